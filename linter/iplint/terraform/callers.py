"""Who calls a module: the directories of a tree that reach it, found without parsing what does not."""

from __future__ import annotations

import os

from iplint.boundary import Refused
from iplint.terraform.configuration import SUFFIXES, local_path
from iplint.terraform.terragrunt import UNIT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from iplint.boundary import Boundary

MOST_DIRECTORIES = 20_000


class Callers:
    """What of a tree may reach some directories: directories of modules, and Terragrunt units.

    `complete` is false when the tree has more directories than are looked at.
    """

    __slots__ = ("complete", "directories", "units")

    def __init__(self) -> None:
        self.directories: set[str] = set()
        self.units: set[str] = set()
        self.complete = True


def find_callers(
    boundary: Boundary,
    top: str,
    targets: Collection[str],
    skipped: Collection[str],
    is_excluded: Callable[[str], bool],
) -> Callers:
    """The directories below `top` that may reach one of `targets`, those included, and the units that may deploy one.

    Every string that looks like a local path counts as a call, so that some are too many and none is missing.
    """
    found = Callers()
    callers: dict[str, set[str]] = {}
    units: dict[str, set[str]] = {}
    looked_at = 0
    for directory, below, names in os.walk(top):
        looked_at += 1
        if looked_at > MOST_DIRECTORIES:
            found.complete = False
            break
        below[:] = [name for name in below if name not in skipped]
        for name in names:
            if not name.endswith(SUFFIXES) and name != UNIT:
                continue
            path = os.path.join(directory, name)
            try:
                data = boundary.read(path)
            except Refused:
                continue  # told where it matters: when the module that it is part of is judged
            paths = _local_paths(data, directory)
            if name == UNIT:
                for target in (*paths, directory):
                    units.setdefault(target, set()).add(path)
            for target in paths if name != UNIT and paths and not is_excluded(path) else ():
                callers.setdefault(target, set()).add(directory)
    waiting = list(targets)
    while waiting:
        directory = waiting.pop()
        if directory not in found.directories:
            found.directories.add(directory)
            found.units |= {unit for unit in units.get(directory, ()) if not is_excluded(unit)}
            waiting += callers.get(directory, ())
    return found


def _local_paths(data: bytes, directory: str) -> set[str]:
    """The directories that the strings of a file may name by a local path."""
    found: set[str] = set()
    at = data.find(b'".')
    while at >= 0:
        end = data.find(b'"', at + 1)
        if end < 0:
            break
        path = local_path(directory, data[at + 1 : end].decode("utf-8", "replace").replace("\\\\", "\\"))
        if path is not None:
            found.add(path)
        at = data.find(b'".', at + 1)
    return found

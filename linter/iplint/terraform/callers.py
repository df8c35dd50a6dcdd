"""Find who calls a module: the directories that reach it, without parsing directories that do not."""

from __future__ import annotations

import os

from iplint.aws.marks import TERRAFORM_SUFFIXES
from iplint.terraform.configuration import local_path
from iplint.terraform.terragrunt import UNIT
from iplint.workspace import ReadError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from iplint.workspace import Workspace

MAX_DIRECTORIES = 20_000


class Callers:
    """The call graph of module directories below a directory: the callers of each, and the units that deploy it.

    Every string that looks like a local path counts as a call, so there may be too many calls but none is missing.
    `complete` is false when the tree has more directories than are searched.
    """

    __slots__ = ("_callers", "_units", "complete")

    def __init__(
        self, workspace: Workspace, top: str, skipped: Collection[str], is_excluded: Callable[[str], bool]
    ) -> None:
        self._callers: dict[str, set[str]] = {}
        self._units: dict[str, set[str]] = {}
        self.complete = True
        for looked_at, (directory, below, names) in enumerate(os.walk(top)):
            if looked_at >= MAX_DIRECTORIES:
                self.complete = False
                break
            below[:] = [name for name in below if name not in skipped]
            for name in names:
                if name.endswith(TERRAFORM_SUFFIXES) or name == UNIT:
                    self._take_in(workspace, directory, name, is_excluded)

    def _take_in(self, workspace: Workspace, directory: str, name: str, is_excluded: Callable[[str], bool]) -> None:
        path = os.path.join(directory, name)
        try:
            data = workspace.read(path)
        except ReadError:
            return  # reported where it matters: when the module that it is part of is checked
        paths = _local_paths(data, directory)
        if (paths or name == UNIT) and not is_excluded(path):
            if name == UNIT:
                for target in (*paths, directory):
                    self._units.setdefault(target, set()).add(path)
            else:
                for target in paths:
                    self._callers.setdefault(target, set()).add(directory)

    def reaching(self, targets: Collection[str]) -> tuple[set[str], set[str]]:
        """Return the directories that may reach one of `targets`, these included, and the units that may deploy one."""
        directories: set[str] = set()
        units: set[str] = set()
        waiting = list(targets)
        while waiting:
            directory = waiting.pop()
            if directory not in directories:
                directories.add(directory)
                units |= self._units.get(directory, set())
                waiting += self._callers.get(directory, ())
        return directories, units


def _local_paths(data: bytes, directory: str) -> set[str]:
    """Return the directories that strings of a file may name by a local path."""
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

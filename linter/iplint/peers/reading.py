"""All skips in some files and directories."""

from __future__ import annotations

import os

from iplint.fix.comments import takes_comments
from iplint.peers.comments import comments
from iplint.peers.metadata import metadata
from iplint.peers.settings import DENY_LIST, NAMES, settings
from iplint.syntax import decoding
from iplint.syntax.problem import SyntaxProblem
from iplint.workspace import ReadError, Workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from iplint.location import Source
    from iplint.peers.skips import Skip
    from iplint.syntax.hcl_tree import Body
    from iplint.syntax.tree import Mapping

_SKIPPED = {".git", ".terraform", ".terragrunt-cache", "node_modules", "cdk.out"}
_YAML = (".yml", ".yaml")


def all_skips(
    trees: Iterable[tuple[Source, Mapping]], bodies: Iterable[tuple[Source, Body]], paths: Sequence[str]
) -> Iterator[Skip]:
    """Yield the skips in templates and in Terraform files, and in configurations of other tools in the directories."""
    for source, tree in trees:
        yield from metadata(tree)
        if takes_comments(source):
            yield from comments(source)
    for source, _ in bodies:
        yield from comments(source)
    for source, name in _configurations(paths):
        yield from settings(source, name, os.path.dirname(source.path))


def _configurations(paths: Sequence[str]) -> Iterator[tuple[Source, str]]:
    """Yield the configurations of other tools in some directories, each with the name of its file."""
    working = os.getcwd()
    seen: set[str] = set()
    for path in paths:
        start = os.path.normpath(os.path.join(working, path))
        if not os.path.isdir(start):
            continue
        workspace = Workspace.around(start, working)
        for directory, below, names in os.walk(start):
            below[:] = sorted(name for name in below if name not in _SKIPPED)
            for name in sorted(names):
                whole = os.path.join(directory, name)
                if whole in seen or not (name in NAMES or name.endswith(_YAML)):
                    continue
                seen.add(whole)
                try:
                    data = workspace.read(whole)
                    if name in NAMES or DENY_LIST in data:
                        yield decoding.decode(workspace.display_path(whole), data), name
                except (ReadError, SyntaxProblem):
                    continue  # a check names what cannot be read

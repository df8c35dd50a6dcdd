"""The groups of repositories in the summary: a part of their names, or what a file maps them to."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# The group of a repository that nothing maps.
NONE = "-"


class GroupError(Exception):
    """Groups that are not understood; the message says what to write."""


class Groups:
    """The groups: the first `depth` parts of a name, or the first of some patterns that matches it."""

    __slots__ = ("_depth", "_patterns")

    def __init__(self, depth: int = 1, patterns: Sequence[tuple[str, str]] | None = None) -> None:
        self._depth = depth
        self._patterns = patterns

    def of(self, name: str) -> str:
        """Return the group of a repository."""
        if self._patterns is not None:
            return next((group for pattern, group in self._patterns if fnmatchcase(name, pattern)), NONE)
        return "/".join(name.split("/")[:-1][: self._depth]) or NONE


def parsed(given: str) -> Groups:
    """Return the groups that an option asks for: a number, or a TOML file of patterns. Raises GroupError."""
    if given.isascii() and given.isdigit() and len(given) < 4:
        return Groups(int(given))
    if not os.path.isfile(given):
        raise GroupError(f"--group {given}: give a number of parts of a name, or a file that maps names to groups")
    import tomllib

    try:
        with open(given, "rb") as file:
            table: dict[str, object] = tomllib.load(file)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise GroupError(f'--group {given}: this is not TOML; write lines like "payments/*" = "team-a"') from None
    except OSError as error:
        raise GroupError(f"--group {given} cannot be read: {error.strerror}") from None
    patterns = [(pattern, group) for pattern, group in table.items() if isinstance(group, str)]
    if len(patterns) < len(table):
        raise GroupError(f'--group {given}: a group is a text; write lines like "payments/*" = "team-a"')
    return Groups(patterns=patterns)

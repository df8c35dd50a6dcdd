"""The workspaces of a run: for each directory, the tree in which files may be read."""

from __future__ import annotations

import os

from iplint.workspace import Workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from iplint.module_sources import ModuleSources
    from iplint.parsed import ParsedTexts


class Workspaces:
    """Workspaces by directory: one for all arguments in a repository, which may call each other.

    `contents` are bytes that are read in place of files, by real path; `sources` maps sources to directories.
    """

    __slots__ = ("_by_directory", "_by_place", "_keeps_answers", "_parsed", "_sources", "contents", "working")

    def __init__(self, working: str, contents: Mapping[str, bytes] | None, sources: ModuleSources | None) -> None:
        self.working = working
        self._sources = sources
        self.contents = contents or {}
        self._by_directory: dict[str, Workspace] = {}
        self._by_place: dict[tuple[str, str], Workspace] = {}
        self._keeps_answers = False
        self._parsed: ParsedTexts | None = None

    def of(self, path: str) -> Workspace:
        """Return the workspace of a file or directory."""
        directory = path if path in self._by_directory or os.path.isdir(path) else os.path.dirname(path)
        found = self._by_directory.get(directory)
        if found is None:
            parent = os.path.dirname(directory)
            # What lies below an argument shares its workspace.
            found = self._by_directory.get(parent) if parent in self._by_directory else None
            found = self._by_directory[directory] = found or self._around(directory)
        return found

    def _around(self, directory: str) -> Workspace:
        made = Workspace.around(directory, self.working, self.contents, sources=self._sources)
        found = self._by_place.setdefault(made.place, made)
        found.parsed = self._parsed
        if self._keeps_answers:
            found.keep_answers()
        return found

    def share(self, directory: str, workspace: Workspace) -> None:
        """Assign to a directory the workspace of the tree that it is in, unless it has one."""
        self._by_directory.setdefault(directory, workspace)

    def holds(self, directory: str) -> bool:
        """Return whether a directory is in one of the trees that may be read."""
        inner = os.path.join(os.path.realpath(directory), "")
        return any(inner.startswith(os.path.join(top, "")) for top, _ in self._by_place)

    def keep_answers(self, parsed: ParsedTexts | None) -> None:
        """Keep digests of all answers from now on, and trees in `parsed`, before anything is read."""
        self._keeps_answers = True
        self._parsed = parsed
        for workspace in self._by_place.values():
            workspace.parsed = parsed
            workspace.keep_answers()

    def display_path(self, path: str) -> str:
        """Return the display path of a file or directory."""
        return self.of(path).display_path(path)

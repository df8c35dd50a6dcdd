"""A cache of the results of roots in memory: each is valid while everything that it depends on is unchanged."""

from __future__ import annotations

import os
from copy import copy
from time import thread_time

from iplint.discovery.pending import RootInfo
from iplint.finding import RootResult
from iplint.parsed import ParsedTexts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from typing import TypeAlias

    from iplint.discovery.pending import PendingRoot
    from iplint.finding import Finding
    from iplint.inventory.rows import LaunchRow
    from iplint.secret import Secrets
    from iplint.workspace import Query, Workspace

    # The tree and the working directory, the display path of a root, and its variant.
    Key: TypeAlias = "tuple[tuple[str, str], str, str]"
    # A rule, and the place of its finding.
    Mark: TypeAlias = "tuple[str, tuple[str, int, int]]"

# So many results of each root are kept: those of the text before a fix that is tried, or before an edit that is undone.
MAX_VERSIONS = 3
# Roots that take no longer than this together, in seconds, are all checked at once: it costs as much to find the first.
SHORT = 0.1


def mark(finding: Finding) -> Mark:
    """Return what distinguishes a finding from others, however many roots report it."""
    return finding.rule, finding.at.key()


class _Kept:
    """The result of a root, with its queries to the workspace, a digest of the answers, and the time it took."""

    __slots__ = ("_asked", "asks", "digest", "failing", "info", "marks", "result", "rows", "seconds", "waits")

    def __init__(
        self,
        asks: Sequence[Query],
        digest: bytes,
        *,
        result: RootResult | None,
        info: RootInfo,
        rows: list[LaunchRow],
        seconds: float,
        waits: bool,
    ) -> None:
        self.asks = asks
        self._asked = frozenset(asks)
        self.digest = digest
        self.result = result
        self.info = info
        self.rows = rows
        self.seconds = seconds
        # Whether it may have to be checked again after an edit of a file that it does not read itself.
        self.waits = waits
        found = [finding for _, finding in result.findings] if result is not None else []
        self.marks = {mark(finding) for finding in found}
        # The files in which something fails.
        self.failing = {finding.at.path for finding in found if finding.is_failure}

    def is_current(self, pending: PendingRoot) -> bool:
        """Return whether the queries of a root have the same answers now."""
        workspace = pending.workspace
        return workspace is not None and workspace.digest(self.asks) + pending.context == self.digest

    def reads(self, path: str) -> bool:
        """Return whether the root reads the file at a real path."""
        if ("read", path) in self._asked:
            return True
        name = os.path.basename(path)
        return any(
            asked.endswith(name) and kind == "read" and os.path.realpath(asked) == path for kind, asked in self.asks
        )


class RecalledResults:
    """A cache of results for the checks of one folder, as `iplint.judging.session.Observer.open_cache` returns one.

    `rows` are those of the launches of the current check: whoever checks a root adds the rows of it to `new_rows`.
    `marks` has the findings of each root. `left_out` are the roots that were not checked, in a check for one file.
    `parsed` has the trees of texts.
    """

    __slots__ = (
        "_first",
        "_kept",
        "_knows_all",
        "_made",
        "_path",
        "_used",
        "left_out",
        "marks",
        "new_rows",
        "parsed",
        "rows",
    )

    def __init__(self) -> None:
        self._kept: dict[Key, list[_Kept]] = {}
        self._made: dict[Key, tuple[Sequence[Query], bytes, list[str]]] = {}
        self._used: set[Key] = set()
        self._path: str | None = None
        self._first: Key | None = None
        self._knows_all = False
        self.new_rows: list[LaunchRow] = []
        self.rows: list[LaunchRow] = []
        self.marks: dict[Key, Collection[Mark]] = {}
        self.left_out: set[Key] = set()
        self.parsed = ParsedTexts()

    def start(self, path: str | None = None) -> None:
        """Start a new check: of all roots, or for the file at a real path.

        For a file, of the roots that have to be checked again only its own are checked, else one that reads it: rather
        one that failed in it, and of these the one that takes the least time.
        """
        self.rows = []
        self.marks = {}
        self.left_out = set()
        self._used.clear()
        self._path = path
        self._first = None
        if path is not None:
            reading = {key: kept[0] for key, kept in self._kept.items() if kept[0].reads(path)}
            waiting = (kept[0] for key, kept in self._kept.items() if kept[0].waits and key not in reading)
            if self._knows_all and sum(kept.seconds for kept in (*reading.values(), *waiting)) < SHORT:
                self._path = None
                return
            if not any(self._is_own(key, path) for key in reading):

                def rank(key: Key) -> tuple[bool, float]:
                    shown = os.path.relpath(path, key[0][1]).replace(os.sep, "/")
                    kept = reading[key]
                    return shown not in kept.failing, kept.seconds

                self._first = min(reading, key=rank, default=None)

    def outcome(self, pending: PendingRoot, check: Callable[[], RootResult | None]) -> RootResult | None:
        """Return the result of a root: that of an earlier check if nothing has changed, else what `check` returns."""
        workspace = pending.workspace
        self.new_rows = []
        if workspace is None:
            found = check()
            self.rows += self.new_rows
            return found
        key = _key(pending, workspace)
        self._used.add(key)
        kept = self._current(pending)
        if kept is not None:
            # Who asks for this depends on the same files.
            workspace.replay(kept.asks)
            pending.skip(kept.info)
        elif self._path is not None and key != self._first and not self._is_own(key, self._path):
            self.left_out.add(key)
            versions = self._kept.get(key)
            pending.skip(versions[0].info if versions else RootInfo())
            return None
        else:
            kept = self._checked(pending, workspace, check)
            if kept.result is None and kept.info.is_template:
                return None  # it is not a template, and what it is instead is reported where it is read
            self._kept[key] = [kept, *self._kept.get(key, [])[: MAX_VERSIONS - 1]]
        self.rows += kept.rows
        self.marks[key] = kept.marks
        return _copied(kept.result) if kept.result is not None else None

    def _is_own(self, key: Key, path: str) -> bool:
        """Return whether a root is the file at a real path, or the directory that it is in.

        Before all roots have been checked once, it is not known of a directory whether others create what is in it.
        """
        (_, working), shown, _ = key
        root = os.path.normpath(os.path.join(working, shown))
        return root == path or (self._knows_all and root == os.path.dirname(path))

    def _checked(self, pending: PendingRoot, workspace: Workspace, check: Callable[[], RootResult | None]) -> _Kept:
        start = thread_time()
        with workspace.recording() as asked:
            result = check()
        asks = sorted(asked.union(pending.before))
        return _Kept(
            asks,
            workspace.digest(asks) + pending.context,
            result=result,
            info=pending.info,
            rows=self.new_rows,
            seconds=thread_time() - start,
            waits=bool(pending.context),
        )

    def _current(self, pending: PendingRoot) -> _Kept | None:
        """Return what is known of a root if it is current; it becomes the first of its versions."""
        workspace = pending.workspace
        versions = self._kept.get(_key(pending, workspace), []) if workspace is not None else []
        found = next((kept for kept in versions if kept.is_current(pending)), None)
        if found is not None and found is not versions[0]:
            versions.remove(found)
            versions.insert(0, found)
        return found

    def knows(self, pending: PendingRoot) -> bool:
        """Return whether the result of a root is known from an earlier check."""
        return self._current(pending) is not None

    def known(self, workspace: Workspace, name: str, make: Callable[[], list[str] | None]) -> list[str] | None:
        """Return the result of `make` for the files of a workspace, kept under a name; None is not kept."""
        key = (workspace.place, name, "")
        asks, digest, made = self._made.get(key, ((), b"", []))
        if digest and workspace.digest(asks) == digest:
            workspace.replay(asks)
            return made
        with workspace.recording() as asked:
            fresh = make()
        if fresh is not None:
            asks = sorted(asked)
            self._made[key] = asks, workspace.digest(asks), fresh
        return fresh

    def close(self, secrets: Secrets) -> None:
        """Remove the roots that no longer exist. Nothing is written to disk."""
        del secrets
        if self._path is None:
            self._knows_all = True
            for key in [key for key in self._kept if key not in self._used]:
                del self._kept[key]


def _key(pending: PendingRoot, workspace: Workspace) -> Key:
    return workspace.place, pending.path, pending.variant


def _copied(result: RootResult) -> RootResult:
    """Return a result whose findings and notices a report may change."""
    other = copy(result)
    other.findings = [(whose, copy(finding)) for whose, finding in result.findings]
    other.notices = [copy(notice) for notice in result.notices]
    return other

"""A cache of the results of roots in memory: each is valid while everything that it depends on is unchanged."""

from __future__ import annotations

from copy import copy

from iplint.finding import RootResult

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from iplint.discovery.pending import PendingRoot, RootInfo
    from iplint.inventory.rows import LaunchRow
    from iplint.secret import Secrets
    from iplint.workspace import Query, Workspace

    Key: TypeAlias = "tuple[tuple[str, str], str, str]"


class _Kept:
    """The result of a root, with its queries to the workspace and a digest of the answers."""

    __slots__ = ("asks", "digest", "info", "result", "rows")

    def __init__(self, asks: Sequence[Query], digest: bytes) -> None:
        self.asks = asks
        self.digest = digest
        self.result: RootResult | None = None
        self.info: RootInfo | None = None
        self.rows: list[LaunchRow] = []

    def is_current(self, pending: PendingRoot) -> bool:
        """Return whether the queries of a root have the same answers now."""
        workspace = pending.workspace
        return workspace is not None and workspace.digest(self.asks) + pending.context == self.digest


class RecalledResults:
    """A cache of results for the checks of one folder, as `iplint.judging.session.Observer.open_cache` returns one.

    `rows` are those of the launches of the current check: whoever checks a root adds the rows of it to `new_rows`.
    """

    __slots__ = ("_kept", "_made", "_used", "new_rows", "rows")

    def __init__(self) -> None:
        self._kept: dict[Key, _Kept] = {}
        self._made: dict[Key, tuple[Sequence[Query], bytes, list[str]]] = {}
        self._used: set[Key] = set()
        self.new_rows: list[LaunchRow] = []
        self.rows: list[LaunchRow] = []

    def start(self) -> None:
        """Start a new check."""
        self.rows = []
        self._used.clear()

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
        kept = self._kept.get(key)
        if kept is None or not self.knows(pending):
            with workspace.recording() as asked:
                result = check()
            asks = sorted(asked.union(pending.before))
            kept = self._kept[key] = _Kept(asks, workspace.digest(asks) + pending.context)
            kept.result, kept.info, kept.rows = result, pending.info, self.new_rows
        else:
            # Who asks for this depends on the same files.
            workspace.replay(kept.asks)
            if kept.info is not None:
                pending.skip(kept.info)
        self.rows += kept.rows
        return _copied(kept.result) if kept.result is not None else None

    def knows(self, pending: PendingRoot) -> bool:
        """Return whether the result of a root is known from an earlier check."""
        workspace = pending.workspace
        kept = self._kept.get(_key(pending, workspace)) if workspace is not None else None
        return kept is not None and kept.is_current(pending)

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

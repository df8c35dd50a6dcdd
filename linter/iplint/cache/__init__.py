"""The results of roots in earlier runs, kept as long as everything that they depend on is unchanged.

`record` converts a result to values of JSON and back, `store` keeps them in an SQLite file.
"""

from __future__ import annotations

import json
import os
import sys
from hashlib import blake2b
from importlib.util import find_spec

from iplint.cache.record import Sources, Unusable, as_list, as_text, packed, unpacked
from iplint.cache.store import Store, compressed, expanded
from iplint.finding import RootResult
from iplint.report.masking import Mask
from iplint.resource import NoticeKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from iplint.discovery.pending import PendingRoot, RootInfo
    from iplint.secret import Secrets
    from iplint.workspace import Query, Workspace

# The packages whose code decides the result of a run.
_PACKAGES = ("iplint", "iplint_rules", "yaml")
# What comes of a row that no run has written: no JSON, a kind of question or a severity that there is not.
_NOT_OURS = (Unusable, LookupError, ValueError)


class Cache:
    """The results of roots in one directory.

    `settings` are what a run depends on besides the files that it reads, as values of JSON. Nothing is kept of a root
    in which a secret was found, and no text that repeats a secret. `checked` and `recalled` count the roots that were
    checked in this run, and in an earlier one; `is_usable` is false where the directory cannot be used.
    """

    __slots__ = ("_known", "_made", "_settings", "_store", "_trees", "checked", "directory", "is_usable", "recalled")

    def __init__(self, directory: str, settings: Sequence[object]) -> None:
        self._store = Store(directory)
        self.directory = directory
        self.is_usable = self._store.is_open
        self._settings = _digest([*settings, sys.version, *_code()]).hex()
        self._trees: dict[Workspace, _Tree] = {}
        self._made: list[tuple[bytes, bytes]] = []
        self._known: dict[PendingRoot, tuple[RootResult, RootInfo]] = {}
        self.checked = 0
        self.recalled = 0

    def outcome(self, pending: PendingRoot, check: Callable[[], RootResult | None]) -> RootResult | None:
        """Return the result of a root: from an earlier run, else by calling `check`, to be kept for the next run."""
        workspace = pending.workspace
        if workspace is None:
            self.checked += 1
            return check()
        tree = self._tree(workspace)
        key = tree.key(f"{pending.path}\0{pending.variant}")
        if self.knows(pending):
            known, info = self._known.pop(pending)
            pending.skip(info)
            self.recalled += info.is_template
            return known
        with workspace.recording() as asked:
            outcome = check()
        self.checked += outcome is not None
        kept = RootResult() if outcome is None and not pending.info.is_template else outcome
        if kept is None or kept.hidden or any(notice.kind == NoticeKind.INTERNAL for notice in kept.notices):
            return outcome
        try:
            record = packed(kept, pending.info)
        except Unusable:
            return outcome  # it refers to what is in no file
        self._keep(key, workspace, asked.union(pending.before), pending.context, record)
        return outcome

    def knows(self, pending: PendingRoot) -> bool:
        """Return whether the result of a root is known from an earlier run."""
        workspace = pending.workspace
        if workspace is not None and pending not in self._known:
            tree = self._tree(workspace)
            try:
                row = self._found(tree.key(f"{pending.path}\0{pending.variant}"), tree, pending.context)
                self._known[pending] = unpacked(row, tree.sources)
            except _NOT_OURS:
                return False
        return pending in self._known

    def known(self, workspace: Workspace, name: str, make: Callable[[], list[str] | None]) -> list[str] | None:
        """Return the result of `make` for the files of a workspace, kept under a name; None is not kept."""
        tree = self._tree(workspace)
        key = tree.key(name)
        try:
            return [as_text(text) for text in as_list(self._found(key, tree, b""))]
        except _NOT_OURS:
            pass
        with workspace.recording() as asked:
            made = make()
        if made is not None:
            self._keep(key, workspace, asked, b"", made)
        return made

    def _tree(self, workspace: Workspace) -> _Tree:
        if workspace not in self._trees:
            self._trees[workspace] = _Tree(workspace, self._settings, self._store)
        return self._trees[workspace]

    def _found(self, key: bytes, tree: _Tree, context: bytes) -> object:
        """Return the result kept under a key. Raises Unusable when there is none or its files have changed, or one of
        _NOT_OURS.
        """
        text = expanded(tree.rows.pop(key, None))
        if text is None:
            raise Unusable("nothing is kept")
        whole: object = json.loads(text)
        questions, answers, kept = as_list(whole, 3)
        asks = [(as_text(kind), as_text(path)) for kind, path in (as_list(pair, 2) for pair in as_list(questions))]
        if (tree.workspace.digest(asks) + context).hex() != answers:
            raise Unusable("what was read has changed")
        # Who asks for this depends on the same files.
        tree.workspace.replay(asks)
        self._store.use(key)
        return kept

    def _keep(self, key: bytes, workspace: Workspace, asked: set[Query], context: bytes, value: object) -> None:
        asks = sorted(asked)
        row = [asks, (workspace.digest(asks) + context).hex(), value]
        self._made.append((key, compressed(json.dumps(row, separators=(",", ":")))))

    def close(self, secrets: Secrets) -> None:
        """Write the results of this run, now that all of its secrets are known."""
        mask = Mask(secrets)
        self._store.close((key, row) for key, row in self._made if not mask.repeats(expanded(row) or ""))


class _Tree:
    """The results for one tree: `rows`, by key, are those not yet used in this run."""

    __slots__ = ("_start", "rows", "sources", "workspace")

    def __init__(self, workspace: Workspace, settings: str, store: Store) -> None:
        self._start = _digest([settings, workspace.place])
        self.workspace = workspace
        self.rows = store.rows(self._start)
        self.sources = Sources(workspace)

    def key(self, name: str) -> bytes:
        return self._start + _digest(name)


def directory_for(environment: Mapping[str, str], platform: str, home: str) -> str | None:
    """Return the directory for results: that of `IPLINT_CACHE_DIR`, else in the system's directory for user caches;
    None for none.

    An empty `IPLINT_CACHE_DIR` disables the cache. (XDG Base Directory Specification; Apple's File System Programming
    Guide; Microsoft's documentation of known folders.)
    """
    named = environment.get("IPLINT_CACHE_DIR")
    if named is not None:
        return os.path.abspath(named) if named else None
    if platform == "win32":
        local = environment.get("LOCALAPPDATA")
        return os.path.join(local, "iplint", "Cache") if local else None
    shared = environment.get("XDG_CACHE_HOME", "")
    if os.path.isabs(shared):
        return os.path.join(shared, "iplint")
    if not os.path.isabs(home):
        return None
    return os.path.join(home, *(("Library", "Caches") if platform == "darwin" else (".cache",)), "iplint")


def _digest(value: object) -> bytes:
    return blake2b(json.dumps(value).encode(), digest_size=16).digest()


def code() -> str:
    """Return a digest of the code that decides the result of a run."""
    return _digest([*_code()]).hex()


def _code() -> Iterator[str]:
    """Yield what identifies the code of a run: the files of its packages, wherever they are."""
    for package in _PACKAGES:
        found = find_spec(package)
        for top in found.submodule_search_locations or () if found is not None else ():
            for directory, below, names in os.walk(top):
                below[:] = sorted(name for name in below if name != "__pycache__")
                for name in sorted(names):
                    path = os.path.join(directory, name)
                    with open(path, "rb") as file:
                        yield f"{os.path.relpath(path, top)} {blake2b(file.read(), digest_size=20).hexdigest()}"

"""Pending roots: a root may be read, or its result taken from an earlier run."""

from __future__ import annotations

from iplint.budget import allow

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from typing import TypeAlias

    from iplint.resource import Notice, Root
    from iplint.workspace import Query, Workspace

    # Digests of the answers to what a root asked of its workspace.
    Answers: TypeAlias = Mapping[Query, bytes]


class RootInfo:
    """What reading a root yields in addition to the root.

    `held` are the display paths of the templates that it deploys; `unread` are the notices of modules that it may call,
    by directory; `called` has the directories of those that some scenario creates. `is_marked` says that a template has
    suppressions or doubled keys, `is_template` that it is one.
    """

    __slots__ = ("called", "held", "is_marked", "is_template", "unread")

    def __init__(self) -> None:
        self.held: set[str] = set()
        self.called: set[str] = set()
        self.unread: dict[str, list[Notice]] = {}
        self.is_marked = False
        self.is_template = True


class PendingRoot:
    """A root that is not read yet, with its display `path`: it is read, or skipped with what an earlier run knows of
    it.

    `read` returns the root, if there is one, and fills `info`. `workspace` records the files that reading it needs;
    None where it cannot be skipped. `before` are files that were already read for it, `context` a digest of what else
    it depends on. `variant` distinguishes several roots at one path. `again` is true of a root that others call or nest
    as well. `release` drops what no later root of its batch needs.
    """

    __slots__ = ("_read", "_skip", "again", "before", "context", "info", "path", "release", "variant", "workspace")

    def __init__(
        self,
        path: str,
        read: Callable[[RootInfo], Root | None],
        skip: Callable[[RootInfo], None] = lambda info: None,
        workspace: Workspace | None = None,
        before: Collection[Query] = (),
        context: bytes = b"",
        variant: str = "",
        again: bool = False,
        release: Callable[[], None] = lambda: None,
    ) -> None:
        self.path = path
        self.again = again
        self.release = release
        self.variant = variant
        self.info = RootInfo()
        self.workspace = workspace
        self.before = before
        self.context = context
        self._read = read
        self._skip = skip

    def read(self) -> Root | None:
        """Read the root; None where the file turns out to contain none."""
        return self._read(self.info)

    def skip(self, info: RootInfo) -> None:
        """Skip the root, using the notices and infos of an earlier run."""
        self._skip(info)


def at_hand(root: Root, size: int = 0) -> PendingRoot:
    """Return a root that is read already, from a source of this length."""

    def read(info: RootInfo) -> Root:
        del info
        allow(size)
        return root

    return PendingRoot(root.path, read)

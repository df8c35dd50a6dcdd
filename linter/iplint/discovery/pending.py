"""A root in its turn: it may be read, or what an earlier run knows of it may stand for it."""

from __future__ import annotations

from iplint.budget import allow

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from iplint.resource import Notice, Root
    from iplint.workspace import Query, Workspace


class RootInfo:
    """What reading a root says beside the root.

    `held` are the shown paths of the templates that it deploys; `unread` says, by directory, what could not be read
    of the modules that it may call; `called` has the directories of those that some scenario creates. `is_marked` says
    that a template speaks of iplint, `is_template` that it is one.
    """

    __slots__ = ("called", "held", "is_marked", "is_template", "unread")

    def __init__(self) -> None:
        self.held: set[str] = set()
        self.called: set[str] = set()
        self.unread: dict[str, list[Notice]] = {}
        self.is_marked = False
        self.is_template = True


class PendingRoot:
    """A root in its turn, `path` as shown: it is read, or skipped with what an earlier run knows of it.

    `read` gives the root, if there is one, and fills `info`. `workspace` is what reading it asks; None where it cannot
    be skipped. `before` are questions that were asked for it already, `context` a digest of what it depends on beside.
    `variant` names which of the roots at its path it is, where there are more. `again` is true of what others call or
    nest as well.
    """

    __slots__ = ("_read", "_skip", "again", "before", "context", "info", "path", "variant", "workspace")

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
    ) -> None:
        self.path = path
        self.again = again
        self.variant = variant
        self.info = RootInfo()
        self.workspace = workspace
        self.before = before
        self.context = context
        self._read = read
        self._skip = skip

    def read(self) -> Root | None:
        """Read the root; None where the file turns out to hold none."""
        return self._read(self.info)

    def skip(self, info: RootInfo) -> None:
        """Take the root for read, as what an earlier run was told beside it says."""
        self._skip(info)


def at_hand(root: Root, size: int = 0) -> PendingRoot:
    """Return a root that is read already, from a source of so many characters."""

    def read(info: RootInfo) -> Root:
        del info
        allow(size)
        return root

    return PendingRoot(root.path, read)

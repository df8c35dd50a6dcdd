"""What the readers of this room report when a text is not in their notation."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.location import Span


class SyntaxProblem(Exception):
    """A text, or a block of it, that cannot be read: where, and why in one sentence without a full stop."""

    def __init__(self, at: Span, reason: str) -> None:
        super().__init__(reason)
        self.at = at
        self.reason = reason

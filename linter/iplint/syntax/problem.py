"""The errors of the readers in this room: a text is not in their notation."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.location import Span


class SyntaxProblem(Exception):
    """A text, or a block of it, that cannot be read: the place, and the reason in one sentence without a full stop.

    `unread` is everything that was skipped because of it, which may begin before the place of the error.
    """

    def __init__(self, at: Span, reason: str, unread: Span | None = None) -> None:
        super().__init__(reason)
        self.at = at
        self.reason = reason
        self.unread = unread or at


class RepeatedKey(SyntaxProblem):
    """A mapping has a repeated key."""


def quotable(name: str, instead: str = "") -> str:
    """Return a name of the source in quotes, for a message.

    `instead` is used where it has digits, because it may be a secret.
    """
    return instead if any(letter.isdigit() for letter in name) else f"'{name}'"

"""Surfaces: the texts of a root that land on an instance, in code, or in anybody's hands who reads the template."""

from __future__ import annotations

from iplint.aws.keys import find_keys
from iplint.aws.user_data import unwrap
from iplint.value import Known, Text, as_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.aws.keys import FoundKey
    from iplint.location import Span
    from iplint.model.launch import Launch
    from iplint.resource import Passage


class KeyFound:
    """A key in a surface: what was found, where it stands, and the part of the source that no report may show."""

    __slots__ = ("at", "hide", "key")

    def __init__(self, key: FoundKey, at: Span, hide: Span) -> None:
        self.key = key
        self.at = at
        self.hide = hide


class Surface:
    """One text, with the words that name it."""

    __slots__ = ("_passage", "key")

    def __init__(self, passage: Passage, key: str) -> None:
        self._passage = passage
        self.key = key

    exists = True

    @property
    def address(self) -> str:
        """The resource or block that holds the text."""
        return self._passage.holder

    @property
    def launches(self) -> tuple[Launch, ...]:
        """None: a key anywhere is no verdict on one launch."""
        return ()

    @property
    def place(self) -> str:
        """What the text is, in words: the names on the way to it."""
        names = [name for name in self._passage.names if name]
        return ".".join(names[-2:]) if names else "text"

    @property
    def keys(self) -> Iterator[KeyFound]:
        """The access keys in the text and in everything packed inside it."""
        value = self._passage.value
        if not isinstance(value, Known):
            return
        if not isinstance(value.value, Text):
            return
        whole = value.value
        for text in unwrap(whole, self._is_user_data):
            flat = text.flat
            for found in find_keys(flat, self._assigned_name):
                at = text.span(found.start, found.end)
                yield KeyFound(found, at, at)

    @property
    def _is_user_data(self) -> bool:
        return any("user" in name.lower() and "data" in name.lower() for name in self._passage.names)

    @property
    def _assigned_name(self) -> str | None:
        """The name that the text is assigned to, said as an AWS name where the block around it is AWS's."""
        names = self._passage.names
        if self._passage.holder_type == "provider aws" and names:
            return {
                "access_key": "aws_access_key_id",
                "secret_key": "aws_secret_access_key",
                "token": "aws_session_token",
            }.get(names[-1])
        if names and names[-1].lower() == "default":
            return names[-2] if len(names) > 1 else self._passage.holder.rpartition(".")[2]
        return names[-1] if names else self._passage.holder.rpartition(".")[2]


__all__ = ["KeyFound", "Surface", "as_text"]

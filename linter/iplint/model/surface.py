"""Surfaces: the texts of a root that land on an instance, in code, or in anybody's hands who reads the template."""

from __future__ import annotations

from iplint.aws.keys import find_keys
from iplint.aws.user_data import unwrap
from iplint.value import Known, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.aws.keys import FoundKey
    from iplint.location import Span
    from iplint.model.launch import Launch
    from iplint.model.stack import Stack
    from iplint.resource import Passage

# CloudFormation Template Reference, "AWS::CloudFormation::Authentication": it may hold an access key and its secret.
AUTHENTICATION = "AWS::CloudFormation::Authentication"


# CodeBuild User Guide, "Environment variables": of these kinds, the value is the name under which the secret is kept.
STORED_ELSEWHERE = frozenset(("PARAMETER_STORE", "SECRETS_MANAGER"))


class KeyFound:
    """A key in a surface: what was found, where it stands, and the part of the source that no report may show."""

    __slots__ = ("at", "hide", "key")

    def __init__(self, key: FoundKey, at: Span, hide: Span) -> None:
        self.key = key
        self.at = at
        self.hide = hide


class Surface:
    """One text, with the words that name it."""

    __slots__ = ("_passage", "_stack", "key")

    def __init__(self, stack: Stack, passage: Passage, key: str) -> None:
        self._stack = stack
        self._passage = passage
        self.key = key

    exists = True

    @property
    def address(self) -> str:
        """The resource or block that holds the text."""
        return self._passage.holder

    @property
    def launches(self) -> tuple[Launch, ...]:
        """The launches whose own text it is, or their template's."""
        return self._stack.launches_written_in(self.address)

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
        """The name that the text is assigned to; `aws.` before it says that the block around it is AWS's own."""
        names = self._passage.names
        if not STORED_ELSEWHERE.isdisjoint(names):
            return None
        if not names:
            return self._passage.holder.rpartition(".")[2]
        if names[-1].lower() == "default":
            return names[-2] if len(names) > 1 else self._passage.holder.rpartition(".")[2]
        is_aws = self._passage.holder_type == "provider aws" or AUTHENTICATION in names
        return f"aws.{names[-1]}" if is_aws else names[-1]

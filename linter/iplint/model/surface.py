"""Surfaces: the texts of a root that land on an instance, in code, or in anybody's hands who reads the template."""

from __future__ import annotations

from iplint.aws.keys import find_keys, key_places, named_key
from iplint.aws.launch_types import TAKING_KEYS
from iplint.aws.user_data import unwrap
from iplint.value import Chunk, Hole, Known, Text, Unknown, pieces_given

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.aws.keys import FoundKey, Kind
    from iplint.aws.secrets import FoundSecret
    from iplint.location import Span
    from iplint.model.launch import Launch
    from iplint.model.stack import Stack
    from iplint.resource import Passage
    from iplint.value import Reason, Ref, Value

# CloudFormation Template Reference, "AWS::CloudFormation::Authentication": it may hold an access key and its secret.
AUTHENTICATION = "AWS::CloudFormation::Authentication"


# CodeBuild User Guide, "Environment variables": of these kinds, the value is the name under which the secret is kept.
STORED_ELSEWHERE = frozenset(("PARAMETER_STORE", "SECRETS_MANAGER"))


class KeyFound:
    """A key in a surface: what was found, where it stands, and the parts of the source that no report may show."""

    __slots__ = ("at", "hide", "key")

    def __init__(self, key: FoundKey, at: Span, hide: tuple[Span, ...]) -> None:
        self.key = key
        self.at = at
        self.hide = hide


class SecretFound:
    """Another secret in a surface: what was found, where it stands, and the parts that no report may show."""

    __slots__ = ("at", "hide", "secret")

    def __init__(self, secret: FoundSecret, at: Span, hide: tuple[Span, ...]) -> None:
        self.secret = secret
        self.at = at
        self.hide = hide


class Inflow:
    """A value that a surface takes in from elsewhere: `at` is where it comes in, `label` how the template writes it.

    `assigned` is the kind of key that the text takes it for, by the name of AWS's own that it assigns it to.
    """

    __slots__ = ("assigned", "label", "value")

    def __init__(self, value: Value, label: str, assigned: Kind | None = None) -> None:
        self.value = value
        self.label = label
        self.assigned = assigned

    @property
    def at(self) -> Span:
        """Where the text takes the value in."""
        return self.value.trail[0].at if self.value.trail else self.value.at

    @property
    def ref(self) -> Ref | None:
        """The attribute that the value stands for."""
        return self.value.ref if isinstance(self.value, Known | Unknown) else None

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """What decides the value as far as it is not settled."""
        return self.value.reasons if isinstance(self.value, Unknown) else ()

    @property
    def input(self) -> str | None:
        """The input that gives the value, in words; None when something else does."""
        return self.value.input.label if isinstance(self.value, Known | Unknown) and self.value.input else None

    @property
    def named(self) -> Kind | None:
        """The kind of key that the input says it is, by a name of AWS's own."""
        return named_key(self.input.replace(".", " ").rpartition(" ")[2]) if self.input is not None else None


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
        """The launches that the text lands on: it is their own or their template's, or becomes part of user data."""
        return tuple(launch for launch in self._landings if not launch.is_template)

    @property
    def is_on_instance(self) -> bool:
        """Whether the text lands on instances: those of a template that nothing launches here, too."""
        return bool(self._landings) or self._stack.carries(self.address)

    @property
    def _landings(self) -> tuple[Launch, ...]:
        return self._stack.written_in(self.address) or self._stack.carrying(origins(self._passage.value))

    @property
    def place(self) -> str:
        """What the text is, in words: the names on the way to it."""
        names = [name for name in self._passage.names if name]
        return ".".join(names[-2:]) if names else "text"

    @property
    def keys(self) -> Iterator[KeyFound]:
        """The access keys in the text and in everything packed inside it."""
        if not isinstance(self._passage.value, Known):
            return
        for text in self._texts:
            for found in find_keys(text.flat, self._assigned_name):
                yield KeyFound(found, text.span(found.start, found.end), text.spans(found.start, found.end))

    @property
    def secrets(self) -> Iterator[SecretFound]:
        """The private keys and vendors' tokens in the text and in everything packed inside it."""
        from iplint.aws.secrets import find_secrets

        for text in self._texts:
            for found in find_secrets(text.flat):
                yield SecretFound(found, text.span(found.start, found.end), text.spans(found.start, found.end))

    @property
    def inflows(self) -> Iterator[Inflow]:
        """What the text takes in from elsewhere: references that are not settled, and the values of inputs."""
        for text in self._texts:
            places: list[tuple[Kind, int, int]] | None = None
            at = 0
            for piece in text.pieces:
                size = len(piece.text) if isinstance(piece, Chunk) else 1
                value = piece.value if isinstance(piece, Hole) else piece.given
                if value is not None:
                    if places is None:
                        places = self._key_places(text)
                    assigned: Kind | None = None
                    for kind, start, end in places:
                        if start <= at and at + size <= end:
                            assigned = kind
                            break
                    yield Inflow(value, piece.label if isinstance(piece, Hole) else "", assigned)
                at += size

    def _key_places(self, text: Text) -> list[tuple[Kind, int, int]]:
        """Where the text holds the values of names of AWS's own; all of it when it is assigned to such a name."""
        kind = named_key(self._assigned_name or "")
        return [(kind, 0, len(text.flat))] if kind is not None else key_places(text.flat)

    @property
    def _texts(self) -> Iterator[Text]:
        """The text and everything packed inside it; of what is no text, one that is all of it."""
        match self._passage.value:
            case Known(Text() as whole) as value:
                yield from unwrap(Text(pieces_given(whole, value), whole.encodes), self._is_user_data)
            case Unknown() as value:
                yield Text((Hole(value, "${...}"),))
            case _:
                pass

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
        is_aws = self._passage.holder_type in TAKING_KEYS or AUTHENTICATION in names
        return f"aws.{names[-1]}" if is_aws else names[-1]


def origins(value: Value) -> Iterator[tuple[str, int, int]]:
    """What identifies the written texts that a value is made of: the places that they were read from."""
    match value:
        case Known(Text() as text):
            if text.encodes is not None:
                yield from origins(text.encodes[1])
            for piece in text.pieces:
                if isinstance(piece, Chunk) and not piece.text.isspace():
                    yield piece.origin.whole.key()
        case _:
            pass

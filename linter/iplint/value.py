"""Three-valued values: known, absent or unknown, each with its place and its trail."""

from __future__ import annotations

from enum import IntEnum
from functools import partial

from iplint import number as numbers
from iplint.budget import charge, charge_bytes
from iplint.location import RedactedOrigin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from typing import Generic, Protocol, TypeAlias, TypeVar

    from iplint.datatype import Type
    from iplint.location import Origin, Span

    T_co = TypeVar("T_co", covariant=True)

    class Referent(Protocol):
        """What a reference leads to: a resource."""

        @property
        def block(self) -> Span:
            """Return the whole of its text."""
            ...

        @property
        def data(self) -> bool:
            """Return whether it is a Terraform data source."""
            ...

        @property
        def type(self) -> str:
            """Return the type as the notation names it: `AWS::IAM::Role`, `aws_iam_role`."""
            ...

        @property
        def address(self) -> str:
            """Return the logical id or resource address."""
            ...

        @property
        def at(self) -> Span:
            """Return where its name is."""
            ...

else:
    # The typing module would cost 4 ms at every start and serve nothing at run time.
    class Generic:
        """Stands in for typing.Generic."""

        def __class_getitem__(cls, item: object) -> type:
            return cls

    T_co = None


class Other:
    """The choice "anything but the values that are named"."""

    def __repr__(self) -> str:
        return "OTHER"


class AnyOf(Other):
    """The choice that stands for each of the values that an input may have."""

    def __repr__(self) -> str:
        return "ANY"


OTHER = Other()
ANY = AnyOf()


class Nothing:
    """A default that is null or an empty collection, as written. Another value is tried only where the files ask
    whether it is null or empty.
    """

    __slots__ = ("written",)

    def __init__(self, written: str) -> None:
        self.written = written

    def __repr__(self) -> str:
        return self.written


NO_VALUE = Nothing("null")
NO_ITEMS = Nothing("[]")
NO_MEMBERS = Nothing("{}")


class Filled:
    """A default that is a collection with something in it. An empty one is tried where the files ask for that."""

    __slots__ = ("empty",)

    def __init__(self, empty: Nothing) -> None:
        self.empty = empty


class Input:
    """Something outside that a root's values depend on: a parameter, a variable, an undecided condition.

    `options` are the values worth trying, in the order they were met: all of them when `closed`, else those it is
    compared with. `default` is its value unless chosen otherwise, None when there is none. The value of a `sensitive`
    input is never shown. One that is `only_compared` is varied only where the files compare it.
    """

    __slots__ = (
        "_compared",
        "_met",
        "assumption",
        "closed",
        "default",
        "key",
        "label",
        "only_compared",
        "options",
        "sensitive",
    )

    def __init__(
        self,
        key: str,
        label: str,
        default: Literal | Filled | None = None,
        options: list[Literal] | None = None,
        closed: bool = False,
        assumption: bool = False,
        sensitive: bool = False,
        only_compared: bool = False,
    ) -> None:
        self.key = key
        self.label = label
        self.default = default
        self.options: list[Literal] = options if options is not None else []
        self.closed = closed
        self.assumption = assumption
        self.sensitive = sensitive
        self.only_compared = only_compared or isinstance(default, Nothing | Filled)
        # Keys alone: a dictionary keeps their order.
        self._compared: dict[Literal, None] = {}
        self._met = set(self.options)

    @property
    def is_switch(self) -> bool:
        """Return whether the input may select between parts of the files: some of its values are written there."""
        return bool(self.options) and not self.assumption

    @property
    def compared(self) -> Collection[Literal]:
        """Return the literals that the files compare it with, or look up by it, in the order they were met."""
        return self._compared.keys()

    def compared_with(self, literal: Literal) -> None:
        """Record a literal that a template compares this input with; of a collection, that it is asked for anything."""
        empty = self.default.empty if isinstance(self.default, Filled) else self.default
        if empty in (NO_ITEMS, NO_MEMBERS) and not isinstance(literal, Nothing):
            literal = empty
        self._compared.setdefault(literal)
        if not self.closed and literal not in self._met:
            self._met.add(literal)
            self.options.append(literal)

    def learns_from(self, other: Input) -> None:
        """Record from now on the comparisons of another input as well."""
        self.options, self._met, self._compared = other.options, other._met, other._compared

    def is_truth(self) -> None:
        """Record that this input is used as a condition: it is true or false, or the template fails."""
        if not self.closed:
            self.options = [True, False]
            self.closed = True
        self._compared = dict.fromkeys(self.options)


class Reason:
    """What decides an unknown, in words that fit after "depends on": `parameter Env`, `var.tokens`.

    `is_failure` says that an expression fails, so that nobody knows what is meant.
    """

    __slots__ = ("at", "what")

    is_failure = False

    def __init__(self, what: str, at: Span | None = None) -> None:
        self.what = what
        self.at = at

    def __repr__(self) -> str:
        return self.what


class Refused(Reason):
    """A look-up of something that does not exist, with which nothing can be deployed.

    `by_default` is true where nobody chose the key, so that the default is not deployed either.
    """

    __slots__ = ("by_default",)

    def __init__(self, what: str, at: Span | None = None, by_default: bool = False) -> None:
        super().__init__(what, at)
        self.by_default = by_default


class UnreadFile(Reason):
    """A file that was not read, and why: `exists` is false of a missing one."""

    __slots__ = ("exists",)

    def __init__(self, what: str, at: Span | None = None, exists: bool = True) -> None:
        super().__init__(what, at)
        self.exists = exists


class Link(IntEnum):
    """A link of the chain from a launch to a policy, in the order of the chain."""

    LAUNCH = 1  # the launch names a profile, or its template
    PROFILE = 2  # the profile
    ROLE = 3  # the profile names the role


class Step:
    """One step of a value's trail: a place, and what happens there.

    `link` says which link of the chain from a launch to a policy it is, None for what is beside the chain; `joint`
    identifies the profile or template that connects it to others. `before` is the step from the launch to its template,
    where that takes the next one.
    """

    __slots__ = ("at", "before", "joint", "link", "message")

    def __init__(
        self, at: Span, message: str, *, link: Link | None = None, joint: str = "", before: Step | None = None
    ) -> None:
        self.at = at
        self.before = before
        self.message = message
        self.link = link
        self.joint = joint


# The attribute of a reference to a whole resource.
WHOLE = ""


class Ref:
    """The attribute of a resource that a value refers to.

    `then` is the reference in this attribute's own value: a profile's `role` that is a role's `name`.
    """

    __slots__ = ("attribute", "resource", "then")

    def __init__(self, resource: Referent, attribute: str, then: Ref | None = None) -> None:
        self.resource = resource
        self.attribute = attribute
        self.then = then

    def chain(self) -> Iterator[Ref]:
        """Yield this reference, then those that follow from it, nearest first."""
        link: Ref | None = self
        while link is not None:
            yield link
            link = link.then


class Located:
    """The base of all values: `at`, the place that decides the value, and the trail from its use to that place."""

    __slots__ = ("at", "trail")

    def __init__(self, at: Span, trail: tuple[Step, ...] = ()) -> None:
        self.at = at
        self.trail = trail


class Known(Located, Generic[T_co]):
    """A value that the template decides."""

    __slots__ = ("input", "ref", "value")
    __match_args__ = ("value",)

    def __init__(
        self,
        value: T_co,
        at: Span,
        trail: tuple[Step, ...] = (),
        ref: Ref | None = None,
        input: Input | None = None,
    ) -> None:
        # Set here, not by the constructor of the base: values are made most often of all.
        self.at = at
        self.trail = trail
        self.value = value
        self.ref = ref
        self.input = input


class Absent(Located):
    """No value: not written, null, or removed. `at` is the innermost place that could set it.

    `type` is the type of a null of Terraform, if it is known; `input` is the input whose default is null.
    """

    __slots__ = ("input", "type")

    def __init__(
        self, at: Span, trail: tuple[Step, ...] = (), type: Type | None = None, input: Input | None = None
    ) -> None:
        self.at = at
        self.trail = trail
        self.type = type
        self.input = input


class Unknown(Located):
    """A value that the template does not decide.

    `reasons` say what does. `present` is true when there certainly is a value, whatever it is. `identity` is equal for
    the same unknown everywhere; `excludes` are values it certainly does not have; `type` is its declared type.
    """

    __slots__ = ("excludes", "identity", "input", "present", "reasons", "ref", "type")

    def __init__(
        self,
        reasons: tuple[Reason, ...],
        at: Span,
        present: bool = False,
        trail: tuple[Step, ...] = (),
        ref: Ref | None = None,
        input: Input | None = None,
        identity: str | None = None,
        excludes: tuple[Literal, ...] = (),
        type: Type | None = None,
    ) -> None:
        self.at = at
        self.trail = trail
        self.reasons = reasons
        self.present = present
        self.ref = ref
        self.input = input
        self.identity = identity
        self.excludes = excludes
        self.type = type

    def of_type(self, type: Type | None) -> Unknown:
        """Return the same unknown with another declared type, None for none."""
        return Unknown(
            self.reasons, self.at, self.present, self.trail, self.ref, self.input, self.identity, self.excludes, type
        )


class UnknownName(Unknown):
    """An unknown that is one name, such as an account, a region or the name of a role: it contains no separator of an
    ARN.
    """

    __slots__ = ()


# What separates the parts of ARNs, and is in no name.
_BETWEEN_NAMES = frozenset("/:;| ")
# What is in no ARN, id or name that AWS makes up for a resource, and the attributes that are one.
_BETWEEN_ARNS = frozenset(",;| \n\t")
_ONE_ARN_OR_ID = frozenset(("Ref", "Arn", "Id", "arn", "id"))
# The value that external code, or another template, has for these.
_MADE_BY_OTHERS = ("Custom::", "AWS::CloudFormation::", "aws_cloudformation_")


def may_hold(value: Unknown, separator: str) -> bool:
    """Return whether a separator may be part of an unknown."""
    # A separator of several characters is in a text only where each of them is.
    if isinstance(value, UnknownName) and not _BETWEEN_NAMES.isdisjoint(separator):
        return False
    return not (is_made_by_aws(value) and not _BETWEEN_ARNS.isdisjoint(separator))


def is_made_by_aws(value: Unknown) -> bool:
    """Return whether an unknown is the ARN, id or name that AWS generates for a resource that is declared here."""
    ref = value.ref
    if ref is None or ref.then is not None or value.input is not None or ref.attribute not in _ONE_ARN_OR_ID:
        return False
    resource = ref.resource
    is_own = value.identity is not None and value.identity.startswith(f"{resource.address}.")
    return is_own and not resource.data and not resource.type.startswith(_MADE_BY_OTHERS)


class Chunk:
    """Literal text: the characters of `text` start at `offset` of `origin`.

    `given` is the value of an input, when the chunk is that value or a part of it.
    """

    __slots__ = ("given", "offset", "origin", "text")

    def __init__(self, text: str, origin: Origin, offset: int = 0, given: Value | None = None) -> None:
        self.text = text
        self.origin = origin
        self.offset = offset
        self.given = given

    @property
    def display(self) -> str:
        """Return the text for readers."""
        return "(sensitive value)" if isinstance(self.origin, RedactedOrigin) else self.text


class Hole:
    """A gap in a text: the unknown that would fill it, and its notation in the template (`${AWS::Region}`)."""

    __slots__ = ("label", "value")

    def __init__(self, value: Unknown, label: str) -> None:
        self.value = value
        self.label = label


MAX_STEPS = 16
# What it costs a rule to look at one item of a list, in steps of a budget.
STEPS_AN_ITEM = 40
BYTES_A_REASON = 16
HOLE = "\ufffc"  # OBJECT REPLACEMENT CHARACTER: one for each hole in a flat text


class Text:
    """A string, as a sequence of literal chunks and holes.

    `encodes` is what the text was encoded from: ("json", value) or ("base64", value).
    """

    __slots__ = ("encodes", "pieces")

    def __init__(self, pieces: tuple[Chunk | Hole, ...], encodes: tuple[str, Value] | None = None) -> None:
        self.pieces = pieces
        self.encodes = encodes

    @property
    def plain(self) -> str | None:
        """Return the whole string if it has no holes, else None."""
        pieces = self.pieces
        if len(pieces) == 1:
            piece = pieces[0]
            return piece.text if isinstance(piece, Chunk) else None
        parts: list[str] = []
        for piece in pieces:
            if isinstance(piece, Hole):
                return None
            parts.append(piece.text)
        return "".join(parts)

    @property
    def size(self) -> int:
        """Return the number of characters in the literal chunks."""
        return sum([len(piece.text) for piece in self.pieces if isinstance(piece, Chunk)])

    @property
    def flat(self) -> str:
        """Return the string with one HOLE character for each hole."""
        return "".join(piece.text if isinstance(piece, Chunk) else HOLE for piece in self.pieces)

    @property
    def display(self) -> str:
        """Return the string for readers: holes as the template writes them, without anything sensitive."""
        return "".join(piece.display if isinstance(piece, Chunk) else piece.label for piece in self.pieces)

    @property
    def holes(self) -> tuple[Hole, ...]:
        """Return the holes, in order."""
        return tuple(piece for piece in self.pieces if isinstance(piece, Hole))

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Return what decides the holes."""
        return merged_reasons(hole.value for hole in self.holes)

    def equals(self, other: str) -> bool | None:
        """Return whether the string is `other`; None when the holes decide."""
        plain = self.plain
        if plain is not None:
            return plain == other
        head, tail = self._ends()
        if not other.startswith(head) or not other.endswith(tail) or len(other) < len(head) + len(tail):
            return False
        if not other and self.encodes is not None and self.encodes[0] == "base64":
            # Base64 is empty only where what it encodes is.
            encoded = self.encodes[1]
            return encoded.value.equals("") if isinstance(encoded, Known) and isinstance(encoded.value, Text) else None
        return None

    def starts_with(self, prefix: str) -> bool | None:
        """Return whether the string starts with `prefix`; None when a hole decides."""
        head, _ = self._ends()
        if len(head) >= len(prefix) or self.plain is not None:
            return head.startswith(prefix)
        return None if prefix.startswith(head) else False

    def ends_with(self, suffix: str) -> bool | None:
        """Return whether the string ends with `suffix`; None when a hole decides."""
        _, tail = self._ends()
        if len(tail) >= len(suffix) or self.plain is not None:
            return tail.endswith(suffix)
        return None if suffix.endswith(tail) else False

    def _ends(self) -> tuple[str, str]:
        """Return the literal text before the first and after the last hole; the whole text for both if there are no
        holes.
        """
        flat = self.flat
        return flat.partition(HOLE)[0] if self.holes else flat, flat.rpartition(HOLE)[2]

    def slice(self, start: int, end: int) -> Text:
        """Return the characters of the flat text from `start` up to `end`, with their places."""
        pieces: list[Chunk | Hole] = []
        at = 0
        for piece in self.pieces:
            size = len(piece.text) if isinstance(piece, Chunk) else 1
            low, high = max(start - at, 0), min(end - at, size)
            if low < high:
                if isinstance(piece, Hole) or (low == 0 and high == size):
                    pieces.append(piece)
                else:
                    pieces.append(Chunk(piece.text[low:high], piece.origin, piece.offset + low, piece.given))
            at += size
        return Text(tuple(pieces))

    def span(self, start: int, end: int) -> Span:
        """Return the place of the characters of the flat text from `start` up to `end`; if several pieces, that in the
        first one.
        """
        at = 0
        for piece in self.pieces:
            size = len(piece.text) if isinstance(piece, Chunk) else 1
            if start < at + size:
                if isinstance(piece, Hole):
                    return piece.value.at
                low, high = start - at, min(end - at, size)
                return piece.origin.span(piece.offset + low, piece.offset + max(low, high))
            at += size
        last = self.pieces[-1]
        if isinstance(last, Hole):
            return last.value.at
        return last.origin.span(last.offset + len(last.text), last.offset + len(last.text))

    def spans(self, start: int, end: int) -> tuple[Span, ...]:
        """Return the places as span, one for each piece."""
        found: list[Span] = []
        at = 0
        for piece in self.pieces:
            size = len(piece.text) if isinstance(piece, Chunk) else 1
            low, high = max(start - at, 0), min(end - at, size)
            if low < high:
                found.append(
                    piece.value.at
                    if isinstance(piece, Hole)
                    else piece.origin.span(piece.offset + low, piece.offset + high)
                )
            at += size
        return tuple(found)


class Seq:
    """A list. `more` is the reason why there may be further items; None when these are all. Items may be evaluated on
    demand.

    `type` is that of a list or set of Terraform, which may be determined on demand; None when the items decide, or it
    is unknown.
    """

    __slots__ = ("_items", "_type", "more")

    def __init__(
        self, items: list[Lazy], more: Unknown | None = None, type: Type | Callable[[], Type | None] | None = None
    ) -> None:
        self._items = items
        self._type = type
        self.more = more

    @property
    def type(self) -> Type | None:
        """Return the type of the list or set."""
        found = self._type
        if callable(found):
            found = self._type = found()
        return found

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Value]:
        for item in self._items:
            yield item() if callable(item) else item

    def item(self, index: int) -> Value:
        """Return the item at `index`, which must exist."""
        item = self._items[index]
        return item() if callable(item) else item


class Map:
    """A mapping from text. `more` is the reason why there may be further members; values may be evaluated on demand.

    `type` is that of a map of Terraform, as in Seq.
    """

    __slots__ = ("_entries", "_type", "more")

    def __init__(
        self,
        entries: dict[str, tuple[Span, Lazy]],
        more: Unknown | None = None,
        type: Type | Callable[[], Type | None] | None = None,
    ) -> None:
        self._entries = entries
        self._type = type
        self.more = more

    @property
    def type(self) -> Type | None:
        """Return the type of the map."""
        found = self._type
        if callable(found):
            found = self._type = found()
        return found

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def key_at(self, key: str) -> Span:
        """Return where the name `key`, which must exist, is written."""
        return self._entries[key][0]

    def get(self, key: str) -> Value | None:
        """Return the value at `key`; None when nothing is written there."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        item = entry[1]
        return item() if callable(item) else item

    def entries(self) -> dict[str, tuple[Span, Lazy]]:
        """Return a copy of the entries, from which another map can be made."""
        return dict(self._entries)


if TYPE_CHECKING:
    Literal: TypeAlias = str | bool | int | float | Other | Nothing
    Datum: TypeAlias = Text | bool | int | float | Seq | Map
    Value: TypeAlias = Known[Datum] | Absent | Unknown
    Lazy: TypeAlias = Value | Callable[[], Value]


def merged_reasons(values: Iterator[Unknown]) -> tuple[Reason, ...]:
    """Return the reasons of several unknowns, each named once, in order."""
    seen: dict[str, Reason] = {}
    for value in values:
        charge(len(value.reasons))
        charge_bytes(BYTES_A_REASON * len(value.reasons))
        for reason in value.reasons:
            seen.setdefault(reason.what, reason)
    return tuple(seen.values())


def whole_resource(values: Iterable[Unknown]) -> Ref | None:
    """Return the reference to the first resource of which one of the values may be any part, however it is written."""
    return next((value.ref for value in values if value.ref is not None and value.ref.attribute == WHOLE), None)


def pieces_given(string: Text, value: Known[Datum]) -> tuple[Chunk | Hole, ...]:
    """Return the pieces of `string`, the text of `value`, for another text: they remember the input."""
    if value.input is None:
        return string.pieces
    return tuple(
        Chunk(piece.text, piece.origin, piece.offset, value) if isinstance(piece, Chunk) else piece
        for piece in string.pieces
    )


def withheld(value: Value, made: dict[int, tuple[Datum, Datum]] | None = None) -> Value:
    """Return the same value, marked so that no report may show any text in it.

    A collection that occurs many times stays one: `made` maps the identity of each collection to the original and the
    marked one.
    """
    made = made if made is not None else {}
    if isinstance(value, Known) and id(value.value) in made:
        return Known(made[id(value.value)][1], value.at, value.trail, value.ref, value.input)
    match value:
        case Known(Text() as string):
            pieces = tuple(
                Chunk(piece.text, RedactedOrigin(piece.origin), piece.offset, piece.given)
                if isinstance(piece, Chunk) and not isinstance(piece.origin, RedactedOrigin)
                else piece
                for piece in string.pieces
            )
            return Known(Text(pieces, string.encodes), value.at, value.trail, value.ref, value.input)
        case Known(Seq() as items):
            items_hidden = Seq(
                [_withheld_later(partial(items.item, index), made) for index in range(len(items))],
                items.more,
                lambda: items.type,
            )
            made[id(items)] = items, items_hidden
            return Known(items_hidden, value.at, value.trail, value.ref, value.input)
        case Known(Map() as members) if type(members) is Map:
            entries = {name: (at, _withheld_later(item, made)) for name, (at, item) in members.entries().items()}
            members_hidden = Map(entries, members.more, lambda: members.type)
            made[id(members)] = members, members_hidden
            return Known(members_hidden, value.at, value.trail, value.ref, value.input)
        case _:
            return value


def _withheld_later(item: Lazy, made: dict[int, tuple[Datum, Datum]]) -> Lazy:
    return lambda: withheld(item() if callable(item) else item, made)


def is_withheld(value: Value) -> bool:
    """Return whether a value is a text of which a part may not be shown."""
    return (
        isinstance(value, Known)
        and isinstance(value.value, Text)
        and any(isinstance(piece, Chunk) and isinstance(piece.origin, RedactedOrigin) for piece in value.value.pieces)
    )


def literal_text(string: str, origin: Origin) -> Text:
    """Return a text without holes."""
    return Text((Chunk(string, origin),))


def with_step(value: Value, at: Span, message: str) -> Value:
    """Return the same value with one more step.

    Of long trails the steps nearest to the use are kept.
    """
    trail = (Step(at, message), *value.trail[: MAX_STEPS - 1])
    match value:
        case Known():
            return Known(value.value, value.at, trail, value.ref, value.input)
        case Absent():
            return Absent(value.at, trail, value.type, value.input)
        case Unknown():
            return Unknown(
                value.reasons,
                value.at,
                value.present,
                trail,
                value.ref,
                value.input,
                value.identity,
                value.excludes,
                value.type,
            )


def referring(value: Value, ref: Ref, at: Span) -> Value:
    """Return the value of an attribute as a reference: to `ref`, then to the target of its own value.

    An attribute that is not set is unknown but present: AWS generates it.
    """
    match value:
        case Known():
            return Known(value.value, value.at, value.trail, Ref(ref.resource, ref.attribute, value.ref))
        case Absent():
            reason = Reason(f"the {ref.attribute} that AWS gives {ref.resource.address}", at)
            return Unknown((reason,), at, present=True, ref=ref)
        case Unknown():
            chained = Ref(ref.resource, ref.attribute, value.ref)
            return Unknown(value.reasons, value.at, True, value.trail, chained, value.input, value.identity)


def dig(value: Value, path: tuple[str, ...]) -> Value:
    """Return the value at `path` below `value`. In a list, a name is looked up in its first item (Terraform's single
    blocks).

    A missing part is Absent at the innermost place that could hold it; an unknown part is Unknown.
    """
    for name in path:
        while isinstance(value, Known) and isinstance(value.value, Seq):
            value = first(value.value, value.at)
        # By class and not by pattern, which takes longer: this is the most frequent look-up of all.
        if isinstance(value, Known):
            members = value.value
            if not isinstance(members, Map):
                return Absent(value.at, value.trail)
            found = members.get(name)
            if found is None:
                more = members.more
                if more is not None:
                    return Unknown(more.reasons, more.at, identity=more.identity, trail=value.trail)
                return Absent(value.at, value.trail)
            value = found
        elif isinstance(value, Absent):
            return value
        else:
            return Unknown(value.reasons, value.at, trail=value.trail, ref=value.ref)
    return value


def first(items: Seq, at: Span) -> Value:
    """Return the first item; Absent at `at` when there is none, Unknown when there may be one."""
    if len(items):
        return items.item(0)
    if items.more is not None:
        return Unknown(items.more.reasons, items.more.at)
    return Absent(at)


def charge_nested(item: Value) -> None:
    """Charge a nested list: it may be in many lists, and is expanded in each."""
    if isinstance(item, Known) and isinstance(item.value, Seq):
        charge(STEPS_AN_ITEM * (1 + len(item.value)))


def spread(value: Value) -> Iterator[Value]:
    """Yield the items of a list, or the value itself if it is not a list; possible further items come last, as Unknown.

    Nested lists are expanded as well.
    """
    match value:
        case Known(Seq() as items):
            for item in items:
                charge_nested(item)
                yield from spread(item)
            if items.more is not None:
                yield items.more
        case Absent():
            pass
        case _:
            yield value


def as_text(value: Value) -> str | None:
    """Return the string of a known text without holes; booleans and numbers as both notations write them; None for
    others.
    """
    match value:
        case Known(Text() as string):
            return string.plain
        case Known(bool() as truth):
            return "true" if truth else "false"
        case Known(int() | float() as number):
            return number_text(number)
        case _:
            return None


def number_text(number: int | float) -> str:
    """Return a number as text: whole numbers without a fraction."""
    if type(number) is float:
        return str(int(number)) if number.is_integer() and abs(number) < 1e21 else str(number)
    return numbers.text(number)


def as_bool(value: Value) -> bool | None:
    """Return a known boolean, also one written as text (`"true"`); None for others."""
    string = as_text(value)
    if string is None:
        return None
    return {"true": True, "false": False}.get(string.lower())


def matches(value: Value, literal: str | bool | int | float) -> bool | None:
    """Return whether the value is `literal`, compared as text; None when unknown."""
    wanted = _written(literal)
    match value:
        case Known(Text() as string):
            return string.equals(wanted)
        case Known():
            return as_text(value) == wanted
        case Absent():
            return False
        case Unknown():
            return False if literal in value.excludes else None


def asks_for_any(value: Value) -> None:
    """Record that the files ask whether a value is null or empty, so that another value of its input is tried."""
    if value.input is not None and isinstance(value.input.default, Nothing):
        value.input.compared_with(value.input.default)


def asks_for_none(value: Value) -> None:
    """Record that the files ask whether a collection is empty, so that an empty one is tried for its input."""
    if value.input is not None and isinstance(value.input.default, Filled):
        value.input.compared_with(value.input.default.empty)


def asks_for_null(value: Value) -> None:
    """Record that the files ask whether a value is null, so that null is tried for its input."""
    input = value.input
    if input is not None and input.default is not None and not isinstance(input.default, Nothing):
        input.compared_with(NO_VALUE)


def is_anything(value: Unknown) -> bool:
    """Return whether a value is certainly neither null nor empty, as a scenario assumes of its input."""
    return any(isinstance(excluded, Nothing) for excluded in value.excludes)


def equals(value: Value, literal: str | bool | int | float) -> bool | None:
    """Compare like `matches`, for a comparison in a template: the input in the value records the literal."""
    if isinstance(value, Known | Unknown) and value.input is not None:
        value.input.compared_with(literal)
    return matches(value, literal)


def _written(literal: str | bool | int | float) -> str:
    if isinstance(literal, str):
        return literal
    return str(literal).lower() if isinstance(literal, bool) else number_text(literal)

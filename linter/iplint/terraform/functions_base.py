"""What Terraform's functions share: reading arguments, making texts, and errors."""

from __future__ import annotations

from iplint import number as numbers
from iplint.aws.marks import stands_for_key
from iplint.budget import charge, charge_bytes
from iplint.location import Origin
from iplint.resource import Passed
from iplint.terraform import types
from iplint.terraform.equality import converter
from iplint.terraform.expression import MAX_PIECES
from iplint.terraform.failure import with_steps
from iplint.terraform.scope import PartiallyOrderedSeq, ResourceMap
from iplint.terraform.types import numbers_in
from iplint.value import (
    Absent,
    Chunk,
    Hole,
    Known,
    Map,
    Seq,
    Text,
    Unknown,
    equals,
    literal_text,
    merged_reasons,
    whole_resource,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Never, TypeAlias

    from iplint.datatype import Type
    from iplint.location import Span
    from iplint.resource import Passing
    from iplint.value import Datum, Lazy, Value

    Make: TypeAlias = Callable[["Arguments"], Value]

MAX_ITEMS = 10_000
MAX_LABEL_LENGTH = 80
MANY = 1 << 30
# What it costs to change the letters of a piece of a text, in steps of a budget.
STEPS_A_RESPELLING = 40


class ArgumentError(Exception):
    """The arguments make Terraform report an error."""


class NeedsUnknown(Exception):
    """An unknown decides the result."""

    def __init__(self, *values: Unknown) -> None:
        super().__init__()
        self.values = values


class Unsupported(Exception):
    """The result is not computed because iplint does not support `what`."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class Excessive(Unsupported):
    """The result is not computed because it is beyond a limit: `what` names it."""


class Function:
    """A function: its implementation, and its number of arguments.

    `total` is true of functions whose result is never null or an error, whatever the unknown arguments are. `passed`
    says which texts of the arguments the result contains. `types` are those that the arguments are converted to, the
    last one also for all further arguments; None accepts any type.
    """

    __slots__ = ("least", "make", "most", "passed", "total", "types")

    def __init__(
        self, make: Make, least: int, most: int, *, total: bool, passed: Passed, types: tuple[Type | None, ...]
    ) -> None:
        self.make = make
        self.least = least
        self.most = most
        self.total = total
        self.passed = passed
        self.types = types

    def converted(self, args: list[Value]) -> list[Value]:
        """Return the converted arguments. Raises Mismatch, or ArgumentError for a null."""
        if not self.types:
            return args
        made: list[Value] = []
        for index, value in enumerate(args):
            type = self.types[min(index, len(self.types) - 1)]
            if type is not None and isinstance(value, Absent):
                raise ArgumentError
            made.append(converter().convert(value, type))
        return made


class FunctionTable:
    """Functions by name."""

    __slots__ = ("functions",)

    def __init__(self) -> None:
        self.functions: dict[str, Function] = {}

    def __call__(
        self,
        *names: str,
        takes: int,
        passes: Passing,
        of: tuple[int, ...] | None = None,
        to: int | None = None,
        total: bool = False,
        types: tuple[Type | None, ...] = (),
    ) -> Callable[[Make], Make]:
        """Declare a function with `takes` up to `to` arguments; exactly `takes` when `to` is not given.

        `passes` says how its result contains the texts of its arguments: of all, or of those in `of`. `total` and
        `types` are as Function has them.
        """
        most = takes if to is None else to

        def enter(make: Make) -> Make:
            for name in names:
                passed = Passed(passes, of)
                self.functions[name] = Function(make, takes, most, total=total, passed=passed, types=types)
            return make

        return enter


class Arguments:
    """The arguments of one call.

    Reading one as a type that it does not have raises ArgumentError; reading an unknown one raises NeedsUnknown.
    """

    __slots__ = ("at", "name", "values")

    def __init__(self, name: str, values: list[Value], at: Span) -> None:
        self.name = name
        self.values = values
        self.at = at

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, index: int) -> Value:
        return self.values[index]

    def datum(self, index: int) -> Datum:
        """Return an argument that is neither null nor unknown."""
        return datum(self.values[index])

    def text(self, index: int) -> Text:
        """Return an argument as a text, which may have holes."""
        return text_of(self.values[index])

    def plain(self, index: int) -> str:
        """Return an argument as a text without holes."""
        return plain(self.text(index))

    def number(self, index: int) -> int | float:
        """Return an argument as a number."""
        return number_of(self.values[index])

    def whole(self, index: int) -> int:
        """Return an argument as a whole number."""
        return whole(self.number(index))

    def seq(self, index: int) -> Seq:
        """Return an argument as a list, which may be open."""
        found = self.datum(index)
        return found if isinstance(found, Seq) else refuse()

    def closed(self, index: int) -> Seq:
        """Return an argument as a list whose items are all known to exist, in their order."""
        return closed(self.seq(index))

    def items(self, index: int) -> list[Value]:
        """Return the items of a closed list."""
        return list(self.closed(index))

    def mapping(self, index: int) -> Map:
        """Return an argument as a map, which may be open."""
        found = self.datum(index)
        return found if isinstance(found, Map) else refuse()

    # Results

    def known(self, datum: Datum) -> Value:
        """Return a value that the call itself produces."""
        return Known(datum, self.at)

    def made(self, string: str) -> Value:
        """Return a computed text, whose letters are not written in the source."""
        return Known(literal_text(string, Origin(self.at)), self.at)

    def pieces(self, pieces: Iterable[Chunk | Hole], encodes: tuple[str, Value] | None = None) -> Value:
        """Return a text of these pieces, placed at the call."""
        return Known(self.assembled(pieces, encodes), self.at)

    def assembled(self, pieces: Iterable[Chunk | Hole], encodes: tuple[str, Value] | None = None) -> Text:
        """Return a Text of these pieces; if it is empty, one empty chunk keeps its place."""
        kept = tuple(piece for piece in pieces if isinstance(piece, Hole) or piece.text)
        return Text(kept or (Chunk("", Origin(self.at)),), encodes)

    def as_text(self, index: int) -> Value:
        """Return an argument that a function leaves as it is: a number or boolean becomes a text all the same."""
        value = self.values[index]
        if isinstance(value, Known) and not isinstance(value.value, Text):
            return Known(self.text(index), value.at, value.trail, input=value.input)
        return value

    def changed(self, index: int, new: Text) -> Value:
        """Return a text argument, rewritten; the argument itself if nothing changes.

        An input in the argument records literals that the result is compared with.
        """
        value = self.values[index]
        old = value.value if isinstance(value, Known) else None
        if isinstance(old, Text) and (old is new or (not old.holes and old.flat == new.flat)):
            return value
        return Known(new, self.at, input=value.input if isinstance(value, Known) else None)


def refuse() -> Never:
    """Raise the error for wrong arguments."""
    raise ArgumentError


def datum(value: Value) -> Datum:
    """Return the content of a known value."""
    match value:
        case Known(found):
            return found
        case Unknown():
            raise NeedsUnknown(value)
        case Absent():
            raise ArgumentError


def text_of(value: Value) -> Text:
    """Return a value as a text, which may have holes."""
    if isinstance(value, Unknown):
        raise NeedsUnknown(value)
    found = to_text(value, "")
    return found if found is not None else refuse()


def plain(string: Text) -> str:
    """Return the letters of a text without holes."""
    found = string.plain
    if found is None:
        raise NeedsUnknown(*(hole.value for hole in string.holes))
    return found


def number_of(value: Value) -> int | float:
    """Return a value as a number; a text that is a number is converted."""
    match datum(value):
        case bool():
            raise ArgumentError
        case int() | float() as number:
            return number
        case Text() as string:
            converted = numbers_in(plain(string))
            return converted if converted is not None else refuse()
        case _:
            raise ArgumentError


def whole(number: int | float) -> int:
    """Return a number without a fraction that fits the Go language's type int."""
    found = numbers.as_whole(number)
    return found if found is not None and -1 << 63 <= found < 1 << 63 else refuse()


def truth_of(value: Value) -> bool:
    """Return a value as a boolean."""
    match datum(value):
        case bool() as truth:
            return truth
        case Text() as string:
            converted = types.truth_of(value)
            if converted is None and not string.holes:
                raise ArgumentError
            return certain(converted, value)
        case _:
            raise ArgumentError


def certain(answer: bool | None, *values: Value) -> bool:
    """Return an answer; None raises NeedsUnknown for the values that decide it."""
    if answer is None:
        raise NeedsUnknown(*unknown_parts(*values))
    return answer


def unknown_parts(*values: Value) -> list[Unknown]:
    """Return the unknown values at the top level of some values."""
    found: list[Unknown] = []
    for value in values:
        match value:
            case Unknown():
                found.append(value)
            case Known(Text() as string):
                found += [hole.value for hole in string.holes]
            case Known(Seq() | Map() as members) if members.more is not None:
                found.append(members.more)
            case _:
                pass
    return found


def closed(items: Seq) -> Seq:
    """Return the list, if all its items are known to exist, in their order."""
    if items.more is not None:
        raise NeedsUnknown(items.more)
    if isinstance(items, PartiallyOrderedSeq):
        raise NeedsUnknown(*unknown_parts(*items))
    return items


def blank(value: Value) -> bool | None:
    """Return whether a value is null or an empty text.

    None when that is unknown. An input in it records the comparison with the empty text.
    """
    match value:
        case Absent():
            return True
        case Unknown(ref=ref, present=True) if ref is not None:
            # What AWS makes up is not empty.
            return False
        case Unknown() | Known(Text()):
            return equals(value, "")
        case Known():
            return False


def settled(items: Seq) -> int:
    """Return how many of the first items certainly have their position."""
    if isinstance(items, PartiallyOrderedSeq):
        return items.settled
    return len(items)


def lazies(items: Seq) -> list[Lazy]:
    """Return the items, not evaluated yet."""
    return [_item(items, index) for index in range(len(items))]


def _item(items: Seq, index: int) -> Lazy:
    return lambda: items.item(index)


def entries_of(members: Map) -> dict[str, tuple[Span, Lazy]]:
    """Return the entries, not evaluated yet. Those of a resource refer to its attributes."""
    entries = members.entries()
    if isinstance(members, ResourceMap):
        return {key: (at, _attribute(members, key)) for key, (at, _) in entries.items()}
    return entries


def _attribute(members: ResourceMap, key: str) -> Lazy:
    return lambda: members.get(key)


def made(item: Lazy) -> Value:
    """Return the value of an item, evaluated."""
    return item() if callable(item) else item


def inside(holder: Value, item: Value) -> Value:
    """Return an item with the steps of its collection."""
    return with_steps(item, holder.trail)


def limited(count: int) -> int:
    """Return the number of items of a result. Raises Excessive beyond the limit."""
    if count > MAX_ITEMS:
        raise Excessive(f"more than {MAX_ITEMS} items")
    return count


# Texts


def to_text(value: Value, label: str) -> Text | None:
    """Return the text of a value in a template: an unknown one as a hole, written `label`; None when it is not allowed
    there.
    """
    match value:
        case Known(Text() as string):
            return string
        case Known(bool() as truth):
            return literal_text("true" if truth else "false", Origin(value.at))
        case Known(int() | float() as number):
            return literal_text(numbers.text(number), Origin(value.at))
        case Unknown():
            return Text((Hole(value, label),))
        case _:
            return None


def as_string(value: Value) -> Value:
    """Return a value as a text: numbers and booleans are written out, others are unchanged."""
    match value:
        case Known(bool() as truth):
            string = "true" if truth else "false"
        case Known(int() | float() as number):
            string = numbers.text(number)
        case Known(Seq() | Map()):
            raise ArgumentError
        case _:
            return value
    return Known(literal_text(string, Origin(value.at)), value.at, value.trail, value.ref, value.input)


def label_of(value: Unknown) -> str:
    """Return the notation of a hole that no template writes."""
    if len(value.reasons) == 1 and len(value.reasons[0].what) <= MAX_LABEL_LENGTH:
        return f"${{{value.reasons[0].what}}}"
    return "${...}"


def hole(value: Unknown) -> Hole:
    """Return the hole for an unknown."""
    return Hole(value, label_of(value))


def reading(value: Value) -> Text:
    """Return a value as a text; an unknown one becomes a hole."""
    return Text((hole(value),)) if isinstance(value, Unknown) else text_of(value)


def key_among(args: Iterable[Value]) -> Unknown | None:
    """Return the first unknown of some arguments that stands for a part of a key."""
    for value in args:
        match value:
            case Unknown():
                unknowns = [value]
            case Known(Text() as string):
                unknowns = [hole.value for hole in string.holes]
            case Known(Seq() | Map() as members) if members.more is not None:
                unknowns = [members.more]
            case _:
                continue
        for unknown in unknowns:
            if stands_for_key(unknown):
                return unknown
    return None


def made_of_key(result: Value, key: Unknown) -> Value:
    """Return the result of a function that passes a part of a key on, whatever it does to its letters."""
    match result:
        case Unknown(ref=None):
            return _with_key(result, key)
        case Known(Text() as string) if string.holes and not any(stands_for_key(hole.value) for hole in string.holes):
            first = string.holes[0]
            filled = Hole(_with_key(first.value, key), first.label)
            pieces = tuple(filled if piece is first else piece for piece in string.pieces)
            return Known(Text(pieces, string.encodes), result.at, result.trail, result.ref, result.input)
        case _:
            return result


def _with_key(value: Unknown, key: Unknown) -> Unknown:
    return Unknown(
        value.reasons, value.at, value.present, value.trail, key.ref, key.input, value.identity, type=value.type
    )


def rewritten(gap: Hole) -> Hole:
    """Return the hole of a rewritten text: its content is no longer the unknown itself."""
    unknown = gap.value
    ref = whole_resource((unknown,))
    return Hole(Unknown(unknown.reasons, unknown.at, unknown.present, unknown.trail, ref), gap.label)


def joined(gaps: list[Hole]) -> Hole:
    """Return one hole for several that cannot be distinguished."""
    if len(gaps) == 1:
        return rewritten(gaps[0])
    first = gaps[0].value
    ref = whole_resource(gap.value for gap in gaps)
    return Hole(Unknown(merged_reasons(gap.value for gap in gaps), first.at, trail=first.trail, ref=ref), "${...}")


def respelled(chunk: Chunk, change: Callable[[str], str]) -> list[Chunk]:
    """Return a chunk with each letter changed; letters that are replaced one to one keep their places."""
    charge(STEPS_A_RESPELLING + len(chunk.text) // 8)
    table = {ord(letter): change(letter) for letter in set(chunk.text)}
    string = chunk.text.translate(table)
    if string == chunk.text:
        return [chunk]
    if len(string) == len(chunk.text) and "" not in table.values():
        return [Chunk(string, chunk.origin, chunk.offset)]
    chunks: list[Chunk] = []
    start = 0
    for index, old in enumerate(chunk.text):
        letter = table[ord(old)]
        if len(letter) == 1:
            continue
        if start < index:
            chunks.append(Chunk(chunk.text[start:index].translate(table), chunk.origin, chunk.offset + start))
        place = chunk.origin.span(chunk.offset + index, chunk.offset + index + 1)
        chunks.append(Chunk(letter, Origin(place)))
        start = index + 1
        if len(chunks) > MAX_PIECES:
            raise Excessive("a text that is too large")
    if start < len(chunk.text):
        chunks.append(Chunk(chunk.text[start:].translate(table), chunk.origin, chunk.offset + start))
    return chunks


class Cutter:
    """Cut many parts out of a text, without searching all its pieces for each."""

    __slots__ = ("_pieces", "_starts", "size")

    def __init__(self, string: Text) -> None:
        self._pieces = string.pieces
        self._starts: list[int] = []
        size = 0
        for piece in string.pieces:
            self._starts.append(size)
            size += len(piece.text) if isinstance(piece, Chunk) else 1
        self.size = size

    def cut(self, start: int, end: int) -> list[Chunk | Hole]:
        """Return the characters of the flat text from `start` up to `end`; an empty chunk in their place when there are
        none.
        """
        from bisect import bisect_right  # only what is cut needs it

        index = max(bisect_right(self._starts, start) - 1, 0)
        pieces: list[Chunk | Hole] = []
        while index < len(self._pieces):
            piece, begin = self._pieces[index], self._starts[index]
            if begin >= end and pieces:
                break
            if isinstance(piece, Chunk):
                low, high = max(start - begin, 0), min(max(end, start) - begin, len(piece.text))
                if low < high or (start >= end and not pieces):
                    pieces.append(Chunk(piece.text[low:high], piece.origin, piece.offset + low))
            elif start < end:
                pieces.append(piece)
            if begin >= end:
                break
            index += 1
        return pieces


def clusters(string: str) -> list[str]:
    """Return the letters as Terraform counts them: one for each character that a reader sees.

    Characters that are neither ASCII nor a letter of their own need Unicode tables: such texts are not counted.
    """
    # A list of letters, of which Python keeps the first 256 for all.
    charge_bytes(len(string) * (8 if string.isascii() else 84))
    if not string.isascii():
        import unicodedata  # few texts need it

        if any(
            unicodedata.category(letter) in ("Mn", "Mc", "Me", "Cf", "Sk", "So") or "\u1100" <= letter <= "\u11ff"
            for letter in string
        ):
            raise Unsupported("a text whose characters cannot be distinguished")
    if "\r\n" not in string:
        return list(string)
    found: list[str] = []
    for letter in string:
        if letter == "\n" and found and found[-1] == "\r":
            found[-1] = "\r\n"
        else:
            found.append(letter)
    return found

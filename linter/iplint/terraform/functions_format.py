"""The functions `format` and `formatlist`.

The verbs are those of Terraform documentation, Built-in Functions, format.
"""

from __future__ import annotations

from iplint import number as numbers
from iplint.budget import charge, charge_bytes
from iplint.datatype import DYNAMIC, STRINGS
from iplint.location import Origin
from iplint.resource import Passing
from iplint.terraform.expression import MAX_PIECES, MAX_TEXT_LENGTH, STEPS_A_PIECE
from iplint.terraform.functions_base import (
    MANY,
    ArgumentError,
    Cutter,
    Excessive,
    FunctionTable,
    NeedsUnknown,
    as_string,
    clusters,
    hole,
    limited,
    number_of,
    rewritten,
    text_of,
    truth_of,
    unknown_parts,
)
from iplint.terraform.functions_encoding import to_json
from iplint.value import Absent, Chunk, Hole, Known, Reason, Seq, Text, Unknown, literal_text, merged_reasons

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from iplint.location import Span
    from iplint.number import Number
    from iplint.terraform.functions_base import Arguments
    from iplint.value import Lazy, Value

MAX_WIDTH = 10_000

FORMAT = FunctionTable()


class _Verb:
    """`%[index]flags width .precision letter`."""

    __slots__ = ("end", "flags", "index", "letter", "precision", "start", "width")

    def __init__(self, flat: str, start: int) -> None:
        self.start = start
        end = start + 1
        while flat[end : end + 1] and flat[end] in "-+# 0":
            end += 1
        self.flags = flat[start + 1 : end]
        self.width, end = _digits(flat, end)
        self.precision: int | None = None
        if flat.startswith(".", end):
            precision, end = _digits(flat, end + 1)
            self.precision = precision or 0
        self.index: int | None = None
        if flat.startswith("[", end):
            self.index, end = _digits(flat, end + 1)
            if not self.index or not flat.startswith("]", end):
                raise ArgumentError
            end += 1
        self.letter = flat[end : end + 1]
        self.end = end + 1

    @property
    def bare(self) -> bool:
        """Return whether a text is inserted unchanged."""
        return not self.width and self.precision is None and "#" not in self.flags


def _digits(flat: str, start: int) -> tuple[int | None, int]:
    end = start
    while flat[end : end + 1].isdecimal() and flat[end].isascii():
        end += 1
    if end - start > 5 or (end > start and int(flat[start:end]) > MAX_WIDTH):
        raise Excessive("a text that is too large")
    return (int(flat[start:end]) if end > start else None), end


def _verbs(flat: str) -> Iterator[_Verb]:
    place = flat.find("%")
    while place >= 0:
        verb = _Verb(flat, place)
        yield verb
        place = flat.find("%", verb.end)


@FORMAT("format", takes=1, to=MANY, total=True, passes=Passing.TOGETHER)
def format_text(args: Arguments) -> Value:
    """Return a text with values in place of its verbs."""
    _refuse_untyped_nulls(args)
    if len(args) == 2 and args.text(0).plain == "%s" and not isinstance(args[1], Absent):
        return as_string(args[1])
    return Known(formatted(args.text(0), args.values[1:], args.at), args.at)


def _refuse_untyped_nulls(args: Arguments) -> None:
    """Raise NeedsUnknown where an argument is a null without a type: Terraform never knows what is made of it."""
    for value in args.values[1:]:
        if isinstance(value, Absent) and value.type in (None, DYNAMIC):
            reason = Reason(f"{args.name}(...) of a null without a type", args.at)
            raise NeedsUnknown(Unknown((reason,), args.at))


def formatted(pattern: Text, values: list[Value], at: Span) -> Text:
    """Return the text of a pattern and its values."""
    flat, cutter = pattern.flat, Cutter(pattern)
    pieces: list[Chunk | Hole] = []
    start = following = furthest = size = 0
    for verb in _verbs(flat):
        if start < verb.start:
            pieces += _kept(cutter.cut(start, verb.start))
        start = verb.end
        if verb.letter == "%":
            if verb.end - verb.start > 2:
                raise ArgumentError
            pieces += cutter.cut(verb.end - 1, verb.end)
            continue
        index = verb.index - 1 if verb.index else following
        following = index + 1
        furthest = max(furthest, following)
        if index >= len(values):
            raise ArgumentError
        written = _written(verb, values[index], at)
        size += sum([len(piece.text) for piece in written if isinstance(piece, Chunk)])
        if size > MAX_TEXT_LENGTH or len(pieces) > MAX_PIECES:
            raise Excessive("a text that is too large")
        pieces += written
    if start < cutter.size:
        pieces += _kept(cutter.cut(start, cutter.size))
    if furthest < len(values):
        # Only a hole could hold the verbs for the others.
        raise NeedsUnknown(*(gap.value for gap in pattern.holes)) if pattern.holes else ArgumentError
    charge(len(flat) // 4 + STEPS_A_PIECE * len(pieces))
    charge_bytes(size + 64 * len(pieces))
    kept = tuple(piece for piece in pieces if isinstance(piece, Hole) or piece.text)
    return Text(kept or (Chunk("", Origin(at)),))


def _kept(pieces: list[Chunk | Hole]) -> list[Chunk | Hole]:
    return [rewritten(piece) if isinstance(piece, Hole) else piece for piece in pieces]


def _written(verb: _Verb, value: Value, at: Span) -> list[Chunk | Hole]:
    """Return the text for a verb."""
    if verb.letter not in _WRITERS:
        raise ArgumentError
    if isinstance(value, Unknown):
        gap = hole(value)
        return [gap if verb.bare and verb.letter in "sv" else rewritten(gap)]
    if isinstance(value, Absent) and verb.letter != "v":
        raise ArgumentError
    return _WRITERS[verb.letter](verb, value, at)


def _string(verb: _Verb, value: Value, at: Span) -> list[Chunk | Hole]:
    return _padded(verb, _cut(verb, text_of(value), at), at)


def _cut(verb: _Verb, string: Text, at: Span) -> Text:
    """Return as many characters as the precision of a verb allows. Terraform takes a precision of zero as none."""
    if not verb.precision:
        return string
    if string.holes:
        return Text((Hole(Unknown(string.reasons, at), "${...}"),))
    size = len("".join(clusters(string.flat)[: verb.precision]))
    return Text(tuple(Cutter(string).cut(0, size)))


def _padded(verb: _Verb, string: Text, at: Span) -> list[Chunk | Hole]:
    if not verb.width:
        return list(string.pieces)
    if string.holes:
        return [Hole(Unknown(string.reasons, at), "${...}")]
    pieces = list(string.pieces)
    filling = "0" if "0" in verb.flags else " "
    padding = Chunk(filling * (verb.width - len(clusters(string.flat))), Origin(at))
    return [*pieces, padding] if "-" in verb.flags else [padding, *pieces]


def _quoted(verb: _Verb, value: Value, at: Span) -> list[Chunk | Hole]:
    return _padded(verb, to_json(Known(_cut(verb, text_of(value), at), value.at)), at)


def _any(verb: _Verb, value: Value, at: Span) -> list[Chunk | Hole]:
    match value:
        case Known(int() | float() as number) if "#" not in verb.flags and not isinstance(number, bool):
            string = numbers.text(number) if numbers.is_infinite(number) else numbers.written(number, "g", None)
            return _padded(verb, literal_text(string, Origin(at)), at)
        case Known(Text() | bool()) if "#" not in verb.flags:
            return _padded(verb, text_of(value), at)
        case _:
            return _padded(verb, to_json(value), at)


def _numeric(verb: _Verb, value: Value, at: Span) -> list[Chunk | Hole]:
    gaps = unknown_parts(value)
    if gaps:
        return [rewritten(hole(gap)) for gap in gaps]
    number = number_of(value)
    if verb.letter in "bdoxX":
        found = numbers.as_whole(number)
        if found is None:
            raise ArgumentError
        return [Chunk(_integer(verb, found), Origin(at))]
    return [Chunk(_decimal(verb, number), Origin(at))]


def _integer(verb: _Verb, number: int) -> str:
    """Return what the Go language's `big.Int.Format` writes."""
    base = {"b": "b", "o": "o", "x": "x", "X": "X"}.get(verb.letter, "d")
    digits = f"{abs(number):{base}}" if abs(number) < 10**4000 or base != "d" else numbers.text(abs(number))
    sign = "-" if number < 0 else "+" if "+" in verb.flags else " " if " " in verb.flags else ""
    prefix = {"b": "0b", "o": "0", "x": "0x", "X": "0X"}.get(verb.letter, "") if "#" in verb.flags else ""
    zeros = 0
    if verb.precision is not None:
        if not number and not verb.precision:
            return ""
        zeros = verb.precision - len(digits)
    left = right = ""
    room = (verb.width or 0) - len(sign) - len(prefix) - max(zeros, 0) - len(digits)
    if room > 0:
        if "-" in verb.flags:
            right = " " * room
        elif "0" in verb.flags and verb.precision is None:
            zeros = room
        else:
            left = " " * room
    return f"{left}{sign}{prefix}{'0' * zeros}{digits}{right}"


def _decimal(verb: _Verb, number: Number) -> str:
    """Return what the Go language's `big.Float.Format` writes."""
    letter = verb.letter.lower()
    places = verb.precision if letter == "g" or verb.precision is not None else 6
    infinite = numbers.is_infinite(number)
    string = numbers.text(number) if infinite else numbers.written(number, letter, places)
    sign = "-" if string.startswith("-") else "+" if "+" in verb.flags else " " if " " in verb.flags else ""
    if infinite and number > 0:
        sign = " " if " " in verb.flags else "+"
    string = string.lstrip("+-")
    if verb.letter.isupper() and not infinite:
        string = string.upper()
    room = (verb.width or 0) - len(sign) - len(string)
    if "0" in verb.flags and not infinite:
        return f"{sign}{'0' * room}{string}"
    return f"{sign}{string}{' ' * room}" if "-" in verb.flags else f"{' ' * room}{sign}{string}"


def _truth(verb: _Verb, value: Value, at: Span) -> list[Chunk | Hole]:
    del verb
    return [Chunk("true" if truth_of(value) else "false", Origin(at))]


_WRITERS: dict[str, Callable[[_Verb, Value, Span], list[Chunk | Hole]]] = {
    "s": _string,
    "v": _any,
    "q": _quoted,
    "t": _truth,
    **dict.fromkeys("bdoxXeEfgG", _numeric),
}


@FORMAT("formatlist", takes=1, to=MANY, total=True, passes=Passing.PART)
def formatlist(args: Arguments) -> Value:
    """Return a list of texts, one for each item of the lists among the arguments."""
    _refuse_untyped_nulls(args)
    pattern, values = args.text(0), args.values[1:]
    gaps = [value for value in values if isinstance(value, Unknown)]
    lists = [value.value for value in values if isinstance(value, Known) and isinstance(value.value, Seq)]
    open_ends = [items.more for items in lists if items.more is not None]
    sizes = {len(items) for items in lists if items.more is None}
    if len(sizes) > 1:
        raise ArgumentError
    if not sizes and (gaps or open_ends):
        # There may be any number of them.
        return args.known(Seq([], Unknown(merged_reasons(iter(gaps + open_ends)), args.at), STRINGS))
    count = limited(sizes.pop() if sizes else 1)
    if open_ends:
        raise NeedsUnknown(*open_ends)
    items: list[Lazy] = []
    for index in range(count):
        row = [_of_row(value, index, args.at) for value in values]
        items.append(Known(formatted(pattern, row, args.at), args.at))
    return args.known(Seq(items, None, STRINGS))


def _of_row(value: Value, index: int, at: Span) -> Value:
    match value:
        case Known(Seq() as items):
            return items.item(index)
        case Unknown(reasons=reasons):
            # A text for all, or an item of a list.
            return Unknown(reasons, at)
        case _:
            return value

"""JSON inside a text with holes: policies that are written as strings keep their places and holes."""

from __future__ import annotations

from bisect import bisect_right

from iplint import number as numbers
from iplint.datatype import DYNAMIC
from iplint.location import Origin, Source, Span
from iplint.value import HOLE, Absent, Chunk, Hole, Known, Map, Reason, Seq, Text, Unknown, merged_reasons

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Never

    from iplint.value import Lazy, Value

MAX_LEVELS = 100

_BLANK = " \t\r\n"
_WORD_ENDS = frozenset(_BLANK + ',:[]{}"')
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_HEX = frozenset("0123456789abcdefABCDEF")
_CONSTANTS = {"true": True, "false": False}

# What was met last between two brackets.
_OPENING, _ITEM, _COMMA, _GAP = range(4)


def parse_json(text: Text) -> Value:
    """Return the value of a JSON text; what its holes decide is Unknown, and open where they may add members.

    A hole in place of a value is that hole's Unknown. A hole in place of a name or a comma makes the mapping or list
    around it open. A value has the place where it is written, a mapping or list that of its name, where missing members
    are reported. Line breaks inside strings are accepted, so that their contents are searched.
    """
    if text.encodes is not None and text.encodes[0] == "json":
        return text.encodes[1]
    scanner = _Scanner(text)
    try:
        return scanner.whole()
    except _ScanError as refusal:
        at = scanner.span(refusal.offset, refusal.offset + 1)
        # With holes in it, the text may still become JSON: they decide as well.
        return Unknown((Reason(refusal.what, at), *text.reasons), at, present=True)


class _ScanError(Exception):
    """The text is not JSON for the reason `what`, detected at `offset`."""

    def __init__(self, what: str, offset: int) -> None:
        super().__init__(what)
        self.what = what
        self.offset = offset


class _Scanner:
    """Parse one text with one character for each hole."""

    __slots__ = ("_flat", "_levels", "_pieces", "_position", "_starts")

    def __init__(self, text: Text) -> None:
        self._pieces = text.pieces
        self._starts: list[int] = []
        self._position = 0
        self._levels = 0
        size = 0
        parts: list[str] = []
        for piece in text.pieces:
            # The mark of a hole may also be written as a letter; here it must not be taken for one.
            part = piece.text.replace(HOLE, "\ufffd") if isinstance(piece, Chunk) else HOLE
            self._starts.append(size)
            parts.append(part)
            size += len(part)
        self._flat = "".join(parts)

    def whole(self) -> Value:
        """Return the value of the whole text. Raises _ScanError."""
        if self._flat.startswith("\ufeff"):
            self._position = 1
        self._next()
        value = self._value(None)
        if self._next():
            self._refuse()
        return value

    def span(self, start: int, end: int) -> Span:
        """See Text.span, without searching all pieces each time."""
        if not self._pieces:
            return Span(Source("", ""), 0, 0)
        index = bisect_right(self._starts, start) - 1
        piece = self._pieces[index]
        if isinstance(piece, Hole):
            return piece.value.at
        low = min(start - self._starts[index], len(piece.text))
        high = min(max(low, end - self._starts[index]), len(piece.text))
        return piece.origin.span(piece.offset + low, piece.offset + high)

    def _cut(self, start: int, end: int) -> list[Chunk | Hole]:
        """See Text.slice, without searching all pieces each time."""
        pieces: list[Chunk | Hole] = []
        index = bisect_right(self._starts, start) - 1
        while start < end:
            piece, begin = self._pieces[index], self._starts[index]
            index += 1
            if isinstance(piece, Hole):
                pieces.append(piece)
                start = begin + 1
                continue
            low, high = start - begin, min(end - begin, len(piece.text))
            if low < high:
                pieces.append(Chunk(piece.text[low:high], piece.origin, piece.offset + low))
            start = begin + high
        return pieces

    def _refuse(self) -> Never:
        raise _ScanError("a text that is not JSON", self._position)

    def _next(self) -> str:
        """Advance to the next character that is not white space and return it; empty at the end."""
        flat, position = self._flat, self._position
        while position < len(flat) and flat[position] in _BLANK:
            position += 1
        self._position = position
        return flat[position : position + 1]

    def _value(self, name: Span | None) -> Value:
        """Return the value that starts here; `name` is the place of its name, if it has one."""
        start = self._position
        match self._flat[start : start + 1]:
            case "{":
                members = self._members()
                return Known(members, name or self.span(start, start + 1))
            case "[":
                items = self._items()
                return Known(items, name or self.span(start, start + 1))
            case '"':
                string = self._string()
                return Known(string, self.span(start, self._position))
            case _:
                return self._word()

    def _members(self) -> Map:
        entries: dict[str, tuple[Span, Lazy]] = {}
        gaps: list[Unknown] = []

        def member() -> bool:
            start = self._position
            name = self._name()
            at = self.span(start, self._position)
            if isinstance(name, Unknown):
                gaps.append(name)
                if self._next() != ":":
                    return True
            elif self._next() != ":":
                self._refuse()
            self._position += 1
            self._next()
            value = self._value(at)
            if isinstance(name, str):
                entries[name] = (at, value)
            return isinstance(value, Unknown)

        self._between("}", member, gaps)
        return Map(entries, _more(gaps))

    def _items(self) -> Seq:
        items: list[Lazy] = []
        gaps: list[Unknown] = []

        def item() -> bool:
            value = self._value(None)
            items.append(value)
            return isinstance(value, Unknown)

        self._between("]", item, gaps)
        return Seq(items, _more(gaps))

    def _between(self, close: str, element: Callable[[], bool], gaps: list[Unknown]) -> None:
        """Parse elements until `close`, collecting the holes between them in `gaps`.

        `element` returns whether it ended in a hole: that may contain the missing comma after it.
        """
        self._levels += 1
        if self._levels > MAX_LEVELS:
            raise _ScanError(f"JSON that is nested more than {MAX_LEVELS} levels deep", self._position)
        self._position += 1
        met = _OPENING
        while (char := self._next()) != close or met == _COMMA:
            if char == "," and met in (_ITEM, _GAP):
                self._position += 1
                met = _COMMA
            elif met != _ITEM:
                met = _GAP if element() else _ITEM
            elif char == HOLE and isinstance(word := self._word(), Unknown):
                gaps.append(word)
                met = _GAP
            else:
                self._refuse()
        self._position += 1
        self._levels -= 1

    def _name(self) -> str | Unknown:
        """Return the name of a member, Unknown when it has holes."""
        start = self._position
        if self._flat[start : start + 1] == '"':
            string = self._string()
            name = string.plain
            return name if name is not None else self._undecided(string.holes, start)
        word = self._word()
        return word if isinstance(word, Unknown) else self._refuse()

    def _word(self) -> Value:
        """Return a number, true, false, null or a hole."""
        flat, start = self._flat, self._position
        end = start
        while end < len(flat) and flat[end] not in _WORD_ENDS:
            end += 1
        word = flat[start:end]
        if HOLE in word:
            self._position = end
            return self._undecided(tuple(hole for hole in self._cut(start, end) if isinstance(hole, Hole)), start)
        value = _CONSTANTS[word] if word in _CONSTANTS else _number(word)
        if value is None and word != "null":
            self._refuse()
        self._position = end
        at = self.span(start, end)
        return Absent(at, (), DYNAMIC) if value is None else Known(value, at)

    def _undecided(self, holes: tuple[Hole, ...], start: int) -> Unknown:
        """Return the Unknown for adjacent holes."""
        if len(holes) == 1:
            return holes[0].value
        return Unknown(merged_reasons(hole.value for hole in holes), self.span(start, start + 1))

    def _string(self) -> Text:
        flat, opening = self._flat, self._position
        pieces: list[Chunk | Hole] = []
        position, close = opening + 1, -1
        while True:
            # Looked for again only when passed: a string of escapes would be searched to its end for each.
            if close < position:
                close = flat.find('"', position)
            if close < 0:
                self._refuse()
            escape = flat.find("\\", position, close)
            pieces += self._cut(position, close if escape < 0 else escape)
            if escape < 0:
                break
            letter, position = self._escape(escape)
            pieces.append(Chunk(letter, Origin(self.span(escape, position))))
        self._position = close + 1
        # A text without a place could not be displayed.
        return Text(tuple(pieces) or (Chunk("", Origin(self.span(opening, close + 1))),))

    def _escape(self, start: int) -> tuple[str, int]:
        """Return the letter for the escape at `start`, and where the escape ends."""
        letter = _ESCAPES.get(self._flat[start + 1 : start + 2])
        if letter is not None:
            return letter, start + 2
        code, end = self._code(start), start + 6
        if 0xD800 <= code < 0xDC00 and self._flat.startswith("\\u", end):
            low = self._code(end)
            if 0xDC00 <= low < 0xE000:
                return chr(0x10000 + ((code - 0xD800) << 10) + low - 0xDC00), end + 6
        # Half a pair is not a character and could not be written into a report.
        return "\ufffd" if 0xD800 <= code < 0xE000 else chr(code), end

    def _code(self, start: int) -> int:
        """Return the number in the four digits of the escape at `start`."""
        digits = self._flat[start + 2 : start + 6]
        if self._flat[start + 1 : start + 2] != "u" or len(digits) < 4 or not _HEX.issuperset(digits):
            self._position = start
            self._refuse()
        return int(digits, 16)


def _more(gaps: list[Unknown]) -> Unknown | None:
    """Return the Unknown for members that `gaps` may add."""
    if len(gaps) < 2:
        return gaps[0] if gaps else None
    return Unknown(merged_reasons(iter(gaps)), gaps[0].at)


def _number(word: str) -> int | float | None:
    """Return the number for a JSON word; None if it is invalid, or too long for any use."""
    mantissa, exponential, exponent = word.replace("E", "e").partition("e")
    whole, point, fraction = mantissa.removeprefix("-").partition(".")
    parts = [whole]
    if point:
        parts.append(fraction)
    if exponential:
        parts.append(exponent[1:] if exponent[:1] in ("+", "-") else exponent)
    if not all(part.isascii() and part.isdigit() for part in parts) or (len(whole) > 1 and whole[0] == "0"):
        return None
    try:
        return numbers.parse(word)
    except numbers.TooLarge:
        return None

"""YAML as Terraform's `yamlencode` writes it: block style, every text in quotes or as a literal block.

The indicators and escapes are those of the emitter in Terraform's library `go-cty-yaml`.
"""

from __future__ import annotations

from iplint import number as numbers
from iplint.budget import charge
from iplint.location import Origin
from iplint.terraform.expression import MAX_PIECES, MAX_TEXT_LENGTH
from iplint.terraform.functions_base import ArgumentError, Excessive, hole
from iplint.value import Absent, Chunk, Hole, Known, Map, Seq, Text, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.location import Span
    from iplint.value import Value

MAX_DEPTH = 100
STEPS_A_PART = 8
# A longer line is broken at its next blank, where its text has one; a longer key has a line of its own.
_WIDTH = 80
_MAX_KEY_BYTES = 128
_ESCAPES = {
    "\0": "0",
    "\a": "a",
    "\b": "b",
    "\t": "t",
    "\n": "n",
    "\v": "v",
    "\f": "f",
    "\r": "r",
    "\x1b": "e",
    '"': '"',
    "\\": "\\",
    "\x85": "N",
    "\xa0": "_",
    "\u2028": "L",
    "\u2029": "P",
}
_BREAKS = frozenset("\r\n\x85\u2028\u2029")


def _is_printable(letter: str) -> bool:
    code = ord(letter)
    return (
        letter == "\n"
        or 0x20 <= code <= 0x7E
        or 0xA0 <= code <= 0xD7FF
        or (0xE000 <= code <= 0xFFFD and letter != "\ufeff")
    )


def _escaped(letter: str) -> str:
    if letter in _ESCAPES:
        return f"\\{_ESCAPES[letter]}"
    code = ord(letter)
    if code <= 0xFF:
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"


class YamlWriter:
    """Write a value as YAML; unknown parts become holes."""

    __slots__ = ("_column", "_pieces", "_size")

    def __init__(self) -> None:
        self._pieces: list[Chunk | Hole] = []
        self._column = 0
        self._size = 0

    def document(self, value: Value) -> Text:
        """Return the text of a whole value."""
        self._node(value, -2, 0, in_mapping=False, on_line=False)
        if self._column:
            self._put("\n", value.at)
        if isinstance(value, Absent) or (isinstance(value, Known) and isinstance(value.value, bool | int | float)):
            self._put("...\n", value.at)
        return Text(tuple(self._pieces))

    def _put(self, string: str, at: Span) -> None:
        self._size += len(string)
        if self._size > MAX_TEXT_LENGTH or len(self._pieces) > MAX_PIECES:
            raise Excessive("a text that is too large")
        charge(STEPS_A_PART + len(string) // 8)
        last = self._pieces[-1] if self._pieces else None
        if isinstance(last, Chunk) and last.origin.whole is at:
            self._pieces[-1] = Chunk(last.text + string, last.origin)
        else:
            self._pieces.append(Chunk(string, Origin(at)))
        line = string.rfind("\n")
        self._column = self._column + len(string) if line < 0 else len(string) - line - 1

    def _hole(self, gap: Hole) -> None:
        self._pieces.append(gap)
        self._column += 1

    def _line(self, indent: int, at: Span) -> None:
        """Begin a line."""
        self._put(("\n" if self._column else "") + " " * indent, at)

    def _node(self, value: Value, indent: int, depth: int, in_mapping: bool, on_line: bool) -> None:
        """Write a value; `on_line` says that its first item may follow an indicator on the same line."""
        if depth > MAX_DEPTH:
            raise Excessive("a value that is nested too deeply")
        if not isinstance(value, Known):
            self._separate(value.at)
            if isinstance(value, Unknown):
                self._hole(hole(value))
            else:
                self._put("null", value.at)
            return
        match value.value:
            case Seq() as items if len(items) or items.more is not None:
                # A list in a mapping begins where its key does.
                inner = max(indent, 0) if in_mapping else indent + 2
                self._items(items, value.at, inner, depth, on_line)
            case Map() as members if len(members) or members.more is not None:
                self._members(members, value.at, indent + 2, depth, on_line)
            case Seq() | Map() as members:
                self._separate(value.at)
                self._put("[]" if isinstance(members, Seq) else "{}", value.at)
            case Text() as string:
                self._separate(value.at)
                self._text(string, max(indent + 2, 2) if indent >= 0 else 2, value.at)
            case bool() as truth:
                self._separate(value.at)
                self._put("true" if truth else "false", value.at)
            case int() | float() as number:
                self._separate(value.at)
                self._put(numbers.text(number), value.at)
            case _:
                raise ArgumentError

    def _separate(self, at: Span) -> None:
        """Put a blank between an indicator and the text after it."""
        last = self._pieces[-1] if self._pieces else None
        if isinstance(last, Chunk) and self._column and not last.text.endswith(" "):
            self._put(" ", at)

    def _items(self, items: Seq, at: Span, indent: int, depth: int, on_line: bool) -> None:
        for index, item in enumerate(items):
            if index or not on_line:
                self._line(indent, at)
            else:
                self._separate(at)
            self._put("-", at)
            self._node(item, indent, depth + 1, in_mapping=False, on_line=True)
        if items.more is not None:
            self._hole(hole(items.more))

    def _members(self, members: Map, at: Span, indent: int, depth: int, on_line: bool) -> None:
        for index, name in enumerate(sorted(members)):
            place = members.key_at(name)
            if index or not on_line:
                self._line(indent, at)
            else:
                self._separate(at)
            key = Text((Chunk(name, Origin(place)),))
            if _BREAKS.isdisjoint(name) and len(name.encode("utf-8", "surrogatepass")) <= _MAX_KEY_BYTES:
                self._quoted(key, indent, place, breaks=False)
            else:
                self._put("? ", at)
                self._text(key, indent + 2, place)
                self._line(indent, at)
            self._put(":", place)
            item = members.get(name)
            if item is not None:
                self._node(item, indent, depth + 1, in_mapping=True, on_line=False)
        if members.more is not None:
            self._hole(hole(members.more))

    def _text(self, string: Text, indent: int, at: Span) -> None:
        plain = string.plain
        if plain is None:
            # What fills the holes decides how it is written.
            self._hole(string.holes[0])
            for piece in string.pieces:
                if isinstance(piece, Hole):
                    self._hole(piece)
                else:
                    self._pieces.append(piece)
            self._hole(string.holes[-1])
        elif "\n" in plain and _fits_block(plain):
            self._block(string, plain, indent, at)
        else:
            self._quoted(string, indent, at, breaks=True)

    def _quoted(self, string: Text, indent: int, at: Span, breaks: bool) -> None:
        plain = string.plain or ""
        marked = plain.startswith("\ufeff")
        self._put('"', at)
        after_blank = False
        place = 0
        last = len(plain) - 1
        for piece in string.pieces:
            if not isinstance(piece, Chunk):
                continue
            run = 0
            for index, letter in enumerate(piece.text):
                blank = letter == " " and not marked
                if blank and breaks and not after_blank and self._column > _WIDTH and 0 < place < last:
                    self._chunk(piece, run, index)
                    run = index + 1
                    self._line(indent, at)
                    if plain[place + 1] == " ":
                        self._put("\\", at)
                elif marked or not _is_printable(letter) or letter in _BREAKS or letter in '"\\':
                    self._chunk(piece, run, index)
                    run = index + 1
                    spot = piece.origin.span(piece.offset + index, piece.offset + index + 1)
                    self._put(_escaped(letter), spot)
                else:
                    self._column += 1
                after_blank = blank
                place += 1
            self._chunk(piece, run, len(piece.text))
        self._put('"', at)

    def _chunk(self, piece: Chunk, start: int, end: int) -> None:
        """Append literal letters of a text, whose columns are already counted."""
        if start < end:
            self._size += end - start
            charge(STEPS_A_PART)
            if self._size > MAX_TEXT_LENGTH or len(self._pieces) > MAX_PIECES:
                raise Excessive("a text that is too large")
            self._pieces.append(Chunk(piece.text[start:end], piece.origin, piece.offset + start))

    def _block(self, string: Text, plain: str, indent: int, at: Span) -> None:
        hint = "2" if plain[0] in " \n" else ""
        if not plain.endswith("\n"):
            hint += "-"
        elif plain == "\n" or plain[-2] in _BREAKS:
            hint += "+"
        self._put(f"|{hint}\n", at)
        start = True
        for piece in string.pieces:
            if not isinstance(piece, Chunk):
                continue
            offset = 0
            for line in piece.text.split("\n"):
                if offset:
                    self._put("\n", at)
                    start = True
                if line:
                    if start:
                        self._put(" " * indent, at)
                    start = False
                    self._chunk(piece, offset, offset + len(line))
                    self._column += len(line)
                offset += len(line) + 1


def _fits_block(plain: str) -> bool:
    """Return whether a text can be written as a literal block."""
    if plain.startswith("\ufeff") or plain.endswith(" ") or " \n" in plain:
        return False
    return all(_is_printable(letter) or letter in "\x85" for letter in plain) and not any(
        f" {sign}" in plain for sign in "\x85\u2028\u2029"
    )

"""What a text decodes to: its escapes, its base64 and its hexadecimal digits, with where each character stands in it.

Nothing says which notation a part of a report is in, so all are tried, inside of one another a few levels deep.
"""

from __future__ import annotations

import re
from base64 import b64decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# How deep encodings lie in one another, and escapes in one another.
_MAX_LEVELS = 4
# Shorter runs encode fewer characters than give a secret away.
_BASE64 = r"[A-Za-z0-9+/_-]{7,}"
_HEX = r"[0-9A-Fa-f]{10,}|(?:(?:0x)?[0-9A-Fa-f]{2}[ :,-]{1,2}){4,}(?:0x)?[0-9A-Fa-f]{2}"
_ESCAPE = (
    r"\\x([0-9A-Fa-f]{2})|\\u\{([0-9A-Fa-f]{1,6})\}|\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})|%([0-9A-Fa-f]{2})"
    r"|&#[xX]([0-9A-Fa-f]{1,6});|\\([0-7]{3})|&#([0-9]{1,7});|(&[A-Za-z]{2,8};)|\\(.)|(\u2060)"
)
_HEX_GROUPS, _OCTAL, _DECIMAL, _NAMED, _LETTER = 6, 7, 8, 9, 10
_LETTERS = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "e": "\x1b"}
# Quoted-printable (RFC 2045), whose sign is too common to be taken for an escape everywhere.
_PRINTABLE = r"=([0-9A-F]{2})"
_READABLE = rb"[ -~]{5}"
_TO_STANDARD = str.maketrans("-_", "+/")
_MAX_CODE = 0x10FFFF


class Spelling:
    """A text, and the range of the original that each of its characters stands for; None where it is the original."""

    __slots__ = ("_ends", "_starts", "text")

    def __init__(self, text: str, starts: Sequence[int] | None = None, ends: Sequence[int] | None = None) -> None:
        self.text = text
        self._starts = starts
        self._ends = ends

    def place(self, start: int, end: int) -> tuple[int, int]:
        """The range of the original for the characters from `start` up to `end`, of which there is one at least."""
        if self._starts is None or self._ends is None:
            return start, end
        return self._starts[start], self._ends[end - 1]

    def made(self, characters: Sequence[tuple[str, int, int]]) -> Spelling:
        """Another spelling of characters, each with the range of this one that it was made from."""
        places = [self.place(start, end) for _, start, end in characters]
        return Spelling(
            "".join(character for character, _, _ in characters),
            [start for start, _ in places],
            [end for _, end in places],
        )


def spellings(text: str) -> Iterator[Spelling]:
    """The text itself, and everything that it or parts of it may decode to."""
    waiting = [(Spelling(text), 0)]
    while waiting:
        spelling, level = waiting.pop()
        yield spelling
        if level == _MAX_LEVELS:
            continue
        unescaped = _unescaped(spelling, _ESCAPE)
        if unescaped is not None:
            waiting.append((unescaped, level + 1))
        if "=" in spelling.text and (printable := _unescaped(spelling, _PRINTABLE)) is not None:
            waiting.append((printable, level + 1))
        waiting += [(inner, level + 1) for inner in _decoded(spelling)]


def _unescaped(spelling: Spelling, form: str) -> Spelling | None:
    """The text with the characters that its escapes stand for; None where it has none."""
    text = spelling.text
    if form == _ESCAPE and not ("\\" in text or "%" in text or "&" in text or "\u2060" in text):
        return None
    found: list[tuple[str, int, int]] = []
    at = 0
    for match in re.finditer(form, text):
        start, end = match.span()
        found += [(text[index], index, index + 1) for index in range(at, start)]
        found += [(character, start, end) for character in _character(match)]
        at = end
    if at == 0:
        return None
    found += [(text[index], index, index + 1) for index in range(at, len(text))]
    return spelling.made(found)


def _character(match: re.Match[str]) -> str:
    """What an escape stands for."""
    number = match.lastindex or 0
    written = match[number]
    if number <= _HEX_GROUPS:
        code = int(written, 16)
    elif number == _OCTAL:
        code = int(written, 8)
    elif number == _DECIMAL:
        code = int(written)
    elif number == _NAMED:
        from html import unescape

        return unescape(written)
    else:
        return _LETTERS.get(written, written) if number == _LETTER else ""
    # A joiner of no width is written into Markdown to keep words from being read as names.
    return "" if code == 0x2060 else chr(code) if code <= _MAX_CODE else ""


def _decoded(spelling: Spelling) -> Iterator[Spelling]:
    """What the parts that look encoded decode to, wherever in a group of digits the readable part begins."""
    text = spelling.text
    for match in re.finditer(_BASE64, text):
        run = match[0].translate(_TO_STANDARD)
        if run == run.lower():
            continue  # an ordinary word: base64 of capitals and digits has capitals
        for shift in range(4):
            body = run[shift:]
            # Of a group that is cut off, what is there is decoded.
            left = len(body) % 4
            whole = body[: len(body) - left] if left == 1 else body + "A" * (-left % 4)
            data = b64decode(whole)[: len(body) * 3 // 4]
            # Most words are no base64: no places are worked out for them.
            if _is_readable(data):
                first = match.start() + shift
                yield _letters(
                    spelling, data, [(first + at * 4 // 3, first + ((at + 1) * 4 + 2) // 3) for at in range(len(data))]
                )
    for match in re.finditer(_HEX, text):
        run = match[0]
        if re.fullmatch(r"[0-9A-Fa-f]+", run):
            pairs = [[(at, at + 2) for at in range(shift, len(run) - 1, 2)] for shift in range(2)]
        else:
            pairs = [[pair.span() for pair in re.finditer(r"(?!0x)[0-9A-Fa-f]{2}", run)]]
        for places in pairs:
            data = bytes(int(run[first:last], 16) for first, last in places)
            if _is_readable(data):
                start = match.start()
                yield _letters(spelling, data, [(start + first, start + last) for first, last in places])


def _is_readable(data: bytes) -> bool:
    """Whether any part of decoded bytes reads as a text, the zeros of UTF-16 left out."""
    return re.search(_READABLE, data.replace(b"\0", b"")) is not None


def _letters(spelling: Spelling, data: bytes, places: Sequence[tuple[int, int]]) -> Spelling:
    """Decoded bytes as text, the zeros of UTF-16 left out."""
    return spelling.made([(chr(byte), *place) for byte, place in zip(data, places, strict=True) if byte])

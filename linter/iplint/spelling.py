"""Decode the escapes, base64 and hexadecimal digits in a text, with the place of each character.

The notation of a part of a report is not known, so all are tried, nested a few levels deep.
"""

from __future__ import annotations

import re
from base64 import b64decode
from bisect import bisect_right
from functools import partial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

# How deep encodings lie in one another, and escapes in one another.
_MAX_LEVELS = 4
# The decoded texts may be this many times as long as the text, and at least this long: real texts reach a third.
_MAX_TIMES = 8
_MAX_OF_SHORT = 200_000
# Shorter runs encode fewer characters than give a secret away.
_BASE64 = r"[A-Za-z0-9+/_-]{7,}"
_HEX = r"[0-9A-Fa-f]{10,}|(?:0x)?[0-9A-Fa-f]{2}(?:[ :,-]{0,2}(?:0x)?[0-9A-Fa-f]{2}){4,}"
_ESCAPE = (
    r"\\x([0-9A-Fa-f]{2})|\\u\{([0-9A-Fa-f]{1,6})\}|\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})|%([0-9A-Fa-f]{2})"
    r"|&#[xX]([0-9A-Fa-f]{1,6});|\\([0-7]{3})|&#([0-9]{1,7});|(&[A-Za-z]{2,8};)|\\(.)|(\u2060)"
)
_HEX_GROUPS, _OCTAL, _DECIMAL, _NAMED, _LETTER = 6, 7, 8, 9, 10
_LETTERS = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "e": "\x1b"}
# Quoted-printable (RFC 2045), whose sign is too common to be taken for an escape everywhere.
_PRINTABLE = r"=([0-9A-F]{2})"
# The parts of decoded bytes that read as text; UTF-16 has zeros between the letters.
_READABLE = rb"(?:[\t\n\r -~]\0*){5,}"
_TO_STANDARD = str.maketrans("-_", "+/")
_MAX_CODE = 0x10FFFF


class TooMuch(Exception):
    """A text that would be slow to search: it decodes to many times its length, or values overlap everywhere in it."""


class Spelling:
    """A decoded text, and the range of the `outer` text for each of its characters, by index."""

    __slots__ = ("_found", "_outer", "text")

    def __init__(
        self, text: str, outer: Spelling | None = None, found: Callable[[int], tuple[int, int]] | None = None
    ) -> None:
        self.text = text
        self._outer = outer
        self._found = found

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Return the range of the original for the characters from `start` up to `end`, at least one."""
        if self._outer is None or self._found is None:
            return start, end
        return self._outer.place(self._found(start)[0], self._found(end - 1)[1])


def spellings(text: str) -> Iterator[Spelling]:
    """Yield the text itself, and everything that it or its parts may decode to. Raises TooMuch."""
    left = max(_MAX_TIMES * len(text), _MAX_OF_SHORT)
    seen: set[tuple[str, tuple[int, int]]] = set()
    waiting = [(Spelling(text), 0)]
    while waiting:
        spelling, level = waiting.pop()
        yield spelling
        if level == _MAX_LEVELS:
            continue
        for inner in _inner(spelling):
            # What one escape changes leaves most encoded parts as they were.
            identity = inner.text, inner.place(0, len(inner.text))
            if identity not in seen:
                seen.add(identity)
                waiting.append((inner, level + 1))
                left -= len(inner.text)
                if left < 0:
                    raise TooMuch


def _inner(spelling: Spelling) -> Iterator[Spelling]:
    """Yield the texts that a text and its parts decode to in one step, except empty ones."""
    text = spelling.text
    if "\\" in text or "%" in text or "&" in text or "\u2060" in text:
        yield from _unescaped(spelling, _ESCAPE)
    if "=" in text:
        yield from _unescaped(spelling, _PRINTABLE)
    yield from _from_base64(spelling)
    yield from _from_digits(spelling)


def _unescaped(spelling: Spelling, form: str) -> Iterator[Spelling]:
    """Yield the text with its escapes decoded, if it has any."""
    text = spelling.text
    parts: list[str] = []
    # Where the parts begin in the result; the range of each in the text, and whether it is an escape.
    begins: list[int] = []
    ranges: list[tuple[int, int, bool]] = []
    length = at = 0

    def add(part: str, start: int, end: int, is_escape: bool) -> None:
        nonlocal length
        if part:
            parts.append(part)
            begins.append(length)
            ranges.append((start, end, is_escape))
            length += len(part)

    for match in re.finditer(form, text):
        start, end = match.span()
        add(text[at:start], at, start, False)
        add(_character(match), start, end, True)
        at = end
    if at == 0:
        return
    add(text[at:], at, len(text), False)

    def found(index: int) -> tuple[int, int]:
        part = bisect_right(begins, index) - 1
        start, end, is_escape = ranges[part]
        return (start, end) if is_escape else (start + index - begins[part], start + index - begins[part] + 1)

    if parts:
        yield Spelling("".join(parts), spelling, found)


def _character(match: re.Match[str]) -> str:
    """Return the character of an escape."""
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


def _from_base64(spelling: Spelling) -> Iterator[Spelling]:
    """Yield the decoded parts that look like base64, wherever in a group of digits the readable part begins."""
    for match in re.finditer(_BASE64, spelling.text):
        run = match[0]
        if run == run.lower():
            continue  # an ordinary word: base64 of capitals and digits has capitals
        run = run.translate(_TO_STANDARD)
        for shift in range(4):
            body = run[shift:]
            # Of a group that is cut off, what is there is decoded.
            left = len(body) % 4
            whole = body[: len(body) - left] if left == 1 else body + "A" * (-left % 4)
            data = b64decode(whole)[: len(body) * 3 // 4]
            yield from _readable(spelling, data, partial(_digits_of_byte, match.start() + shift))


def _digits_of_byte(first: int, at: int) -> tuple[int, int]:
    """Return the range of base64 digits that encode a byte; the first digit is at `first`."""
    return first + at * 4 // 3, first + ((at + 1) * 4 + 2) // 3


def _from_digits(spelling: Spelling) -> Iterator[Spelling]:
    """Yield the decoded parts that look like hexadecimal digits, wherever a pair of them begins."""
    for match in re.finditer(_HEX, spelling.text):
        run = match[0]
        begins: Sequence[Sequence[int]]
        if re.fullmatch(r"[0-9A-Fa-f]+", run):
            begins = [range(shift, len(run) - 1, 2) for shift in range(2)]
        else:
            begins = [[pair.start() for pair in re.finditer(r"(?!0x)[0-9A-Fa-f]{2}", run)]]
        for places in begins:
            data = bytes.fromhex("".join(run[at : at + 2] for at in places))
            yield from _readable(spelling, data, partial(_pair_of_byte, match.start(), places))


def _pair_of_byte(first: int, places: Sequence[int], at: int) -> tuple[int, int]:
    """Return the range of the hexadecimal digits of a byte; `places` are those of all pairs, from `first` on."""
    return first + places[at], first + places[at] + 2


def _readable(spelling: Spelling, data: bytes, found: Callable[[int], tuple[int, int]]) -> Iterator[Spelling]:
    """Yield the readable parts of decoded bytes; `found` returns the characters that a byte was decoded from."""
    for match in re.finditer(_READABLE, data):
        part = match[0]
        kept = [at for at, byte in enumerate(part) if byte] if 0 in part else range(len(part))
        text = part.replace(b"\0", b"").decode("ascii")
        yield Spelling(text, spelling, partial(_kept_byte, found, match.start(), kept))


def _kept_byte(found: Callable[[int], tuple[int, int]], first: int, kept: Sequence[int], at: int) -> tuple[int, int]:
    """Return the range of one of the `kept` bytes, counted from `first` on."""
    return found(first + kept[at])

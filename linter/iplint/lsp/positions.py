"""Positions as editors count them: lines from 0, and the units of the encoding that was agreed on."""

from __future__ import annotations

import re
from bisect import bisect_right
from enum import StrEnum
from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.location import Source, Span


class Unit(StrEnum):
    """What a position counts in its line, by the name of the encoding in the protocol."""

    BYTES = "utf-8"
    UTF_16 = "utf-16"
    CODE_POINTS = "utf-32"

    def length(self, text: str) -> int:
        """Return the length of a text."""
        match self:
            case Unit.BYTES:
                return len(text.encode("utf-8", "surrogatepass"))
            case Unit.UTF_16:
                return len(text) + sum(character > "\uffff" for character in text)
            case Unit.CODE_POINTS:
                return len(text)


class Positions:
    """The positions in one text, as (line, character) from 0. A line ends with LF, CR LF or CR."""

    __slots__ = ("_starts", "_text", "_unit")

    def __init__(self, text: str, unit: Unit) -> None:
        self._text = text
        self._unit = unit
        self._starts = [0, *(found.end() for found in re.finditer(r"\r\n|\n|\r", text))]

    def position(self, offset: int) -> tuple[int, int]:
        """Return the position of a code point."""
        line = bisect_right(self._starts, offset) - 1
        return line, self._unit.length(self._text[self._starts[line] : offset])

    def offset(self, line: int, character: int) -> int:
        """Return the code point at a position; one beyond the end of a line or of the text means that end."""
        if line >= len(self._starts):
            return len(self._text)
        start = self._starts[line]
        end = self._starts[line + 1] if line + 1 < len(self._starts) else len(self._text)
        length = 0
        for offset in range(start, end):
            if length >= character or self._text[offset] in "\r\n":
                return offset
            length += self._unit.length(self._text[offset])
        return end


@lru_cache(64)
def positions(source: Source, unit: Unit) -> Positions:
    """Return the positions of a source."""
    return Positions(source.text, unit)


def ends(at: Span, unit: Unit) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the positions at which a place starts and ends. For a text that is derived from a file, both are the start
    of the file.
    """
    if not at.source.is_file:
        return (0, 0), (0, 0)
    counted = positions(at.source, unit)
    return counted.position(at.start), counted.position(at.end)

"""Edits of a source, and what the notations share in making them."""

from __future__ import annotations

import re
from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from iplint.location import Source


class Edit:
    """Replaces the code points of a source from `start` up to `end` by `text`; where both are equal, inserts it."""

    __slots__ = ("end", "source", "start", "text")

    def __init__(self, source: Source, start: int, end: int, text: str) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.text = text


def applied(text: str, edits: Iterable[Edit]) -> str:
    """Return the text of a source after edits that do not overlap."""
    parts: list[str] = []
    at = 0
    for edit in sorted(edits, key=lambda edit: edit.start):
        parts += text[at : edit.start], edit.text
        at = edit.end
    return "".join((*parts, text[at:]))


def followed(source: Source, start: int, end: int, member: str) -> Edit:
    """Put a member behind that from `start` to `end` in a list in brackets; in a line of its own if that has one."""
    text = source.text
    stop = line_end(text, end)
    behind = re.compile(r"[ \t]*(,?)[ \t]*(?:(?:#|//).*)?").fullmatch(text, end, stop)
    if behind is None or not is_first(text, start):
        return Edit(source, end, end, f", {member}")
    line = f"{newline(text)}{lead(text, start)}{member}"
    return Edit(source, stop, stop, f"{line},") if behind[1] else Edit(source, end, stop, f",{behind[0]}{line}")


def line_end(text: str, offset: int) -> int:
    """Return the offset at which the line of `offset` ends, before its line end."""
    end = text.find("\n", offset)
    end = len(text) if end < 0 else end
    return end - 1 if text[offset:end].endswith("\r") else end


def line_start(text: str, offset: int) -> int:
    """Return the offset at which the line of `offset` starts."""
    return text.rfind("\n", 0, offset) + 1


def lead(text: str, offset: int) -> str:
    """Return the blanks that the line of `offset` starts with."""
    found = re.compile(r"[ \t]*").match(text, line_start(text, offset))
    return found[0] if found else ""


def is_first(text: str, offset: int) -> bool:
    """Return whether nothing but blanks precedes `offset` in its line."""
    return not text[line_start(text, offset) : offset].strip(" \t")


def newline(text: str) -> str:
    """Return how the lines of a text end; its first line says."""
    end = text.find("\n")
    return "\r\n" if end > 0 and text[end - 1] == "\r" else "\n"


@lru_cache(16)
def unit(text: str) -> str:
    """Return what one level is indented by: the first line that is indented says; two blanks where none is."""
    found = re.search(r"\n([ \t]+)\S", text)
    return found[1] if found else "  "

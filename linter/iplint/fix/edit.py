"""Edits of a source, and shared parts of making them."""

from __future__ import annotations

import re
from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from iplint.location import Source


class Edit:
    """An edit that replaces the code points of a source from `start` up to `end` by `text`; if both are equal, it
    inserts.
    """

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
    """Return the edit that adds a member to a bracketed list, after the member from `start` to `end`.

    It gets a line of its own if that member has one.
    """
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
    """Return the indentation of the line of `offset`."""
    found = re.compile(r"[ \t]*").match(text, line_start(text, offset))
    return found[0] if found else ""


def is_first(text: str, offset: int) -> bool:
    """Return whether only white space precedes `offset` in its line."""
    return not text[line_start(text, offset) : offset].strip(" \t")


def newline(text: str) -> str:
    """Return the line end of a text, by its first line."""
    end = text.find("\n")
    return "\r\n" if end > 0 and text[end - 1] == "\r" else "\n"


@lru_cache(16)
def unit(text: str) -> str:
    """Return one level of indentation, by the first indented line; two spaces if there is none."""
    found = re.search(r"\n([ \t]+)\S", text)
    return found[1] if found else "  "

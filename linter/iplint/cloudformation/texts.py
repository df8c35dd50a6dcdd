"""Join values to texts, and identify values by texts."""

from __future__ import annotations

import re

from iplint.budget import charge, charge_bytes, leave_out
from iplint.location import Origin
from iplint.value import (
    Absent,
    Chunk,
    Hole,
    Known,
    Map,
    Reason,
    Seq,
    Text,
    Unknown,
    as_text,
    merged_reasons,
    pieces_given,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from iplint.location import Span
    from iplint.value import Value

    Piece = Chunk | Hole

# CloudFormation User Guide, "Get values stored in other services using dynamic references".
_DYNAMIC = "{{resolve:"
# A few names made of each other would otherwise grow without end; a template itself has at most 1 MB.
MAX_PIECES = 5_000
MAX_TEXT = 4 << 20
# Every level of JSON in JSON doubles the escapes of the one below.
MAX_JSON_PIECES = 100_000
# How a longer text is displayed. It becomes a hole in the text around it.
_TOO_LONG = "${too long}"
# What a piece of a text, and an item that is split off one, take in memory.
_PIECE_BYTES = 200
_ITEM_BYTES = 500


def identified(value: Unknown, identity: str) -> Unknown:
    """Return an unknown with this identity, unless it has one of its own."""
    if value.identity is not None:
        return value
    return Unknown(
        value.reasons, value.at, value.present, value.trail, value.ref, value.input, identity, value.excludes
    )


def _too_long(at: Span) -> Hole:
    """Return the hole in place of a text that is too long; nothing of its root counts as a pass."""
    what = "a text that is too long to put together"
    leave_out(f"{what}: it is not evaluated", at)
    return hole(Unknown((Reason(what, at),), at, present=True), _TOO_LONG)


def is_too_long(text: Text) -> bool:
    """Return whether a part of a text was left out because it is too long."""
    return any(hole.label == _TOO_LONG for hole in text.holes)


class _TooLong(Exception):
    """The JSON text of a value has too many pieces."""


def charge_parts(whole: Text, parts: int) -> None:
    """Charge the cost of splitting a text into so many items: each is located among all pieces."""
    charge(parts * (16 + len(whole.pieces)))
    charge_bytes(parts * _ITEM_BYTES)


def literal(string: str, origin: Origin) -> Text:
    """Return a text as the template writes it; dynamic references become holes."""
    return _with_dynamic_references(Text((Chunk(string, origin),)))


def assembled(pieces: list[Piece], at: Span) -> Text:
    """Return the text of the pieces; a dynamic reference may span several of them."""
    charge(len(pieces))
    if len(pieces) > MAX_PIECES:
        return Text((_too_long(at),))
    size = sum([len(piece.text) if isinstance(piece, Chunk) else 1 for piece in pieces])
    if size > MAX_TEXT:
        return Text((_too_long(at),))
    charge_bytes(size)
    # A text without any piece would not know where it is.
    return _with_dynamic_references(Text(tuple(pieces) or (Chunk("", Origin(at)),)))


def _with_dynamic_references(text: Text) -> Text:
    if not any(isinstance(piece, Chunk) and _DYNAMIC in piece.text for piece in text.pieces):
        return text
    flat = text.flat
    charge_parts(text, flat.count(_DYNAMIC))
    pieces: list[Piece] = []
    here = 0
    while (start := flat.find(_DYNAMIC, here)) >= 0 and (end := flat.find("}}", start) + 2) > 1:
        at = text.span(start, end)
        label = text.slice(start, end).display
        reference = Unknown((Reason("a dynamic reference", at),), at, present=True, identity=label)
        pieces += [*text.slice(here, start).pieces, Hole(reference, label)]
        here = end
    return Text((*pieces, *text.slice(here, len(flat)).pieces))


def pieces_of(value: Value, label: str) -> list[Piece]:
    """Return a value as a part of a text; `label` is its notation in the template, in case it is unknown."""
    match value:
        case Known(Text() as text):
            return list(pieces_given(text, value))
        case Known(Seq() | Map()):
            return [hole(Unknown((Reason("a list or mapping in place of a text", value.at),), value.at), label)]
        case Known():
            return [Chunk(as_text(value) or "", Origin(value.at))]
        case Absent():
            return []
        case Unknown():
            return [hole(value, label)]


def hole(value: Unknown, label: str) -> Hole:
    """Return a hole that is identified with another only if both are certainly equal."""
    return Hole(identified(value, f"{value.at.path}:{value.at.start}"), label)


def unknowns(values: Iterable[Value]) -> Iterator[Unknown]:
    """Yield the unknown values at the top level of some values."""
    for value in values:
        match value:
            case Unknown():
                yield value
            case Known(Text() as text):
                yield from (hole.value for hole in text.holes)
            case Known(Seq() as items):
                yield from unknowns(items)
                if items.more is not None:
                    yield items.more
            case Known(Map() as members) if members.more is not None:
                yield members.more
            case _:
                pass


def reasons_of(*values: Value) -> tuple[Reason, ...]:
    """Return what decides the unknown ones of some values."""
    return merged_reasons(unknowns(values))


def canonical(value: Value) -> str | None:
    """Return a text that is equal for equal values only; None for an unknown without an identity."""
    charge(4)
    match value:
        case Unknown():
            return value.identity
        case Absent():
            return "null"
        case Known(Text() as text):
            charge(len(text.pieces))
            parts: list[str] = []
            for piece in text.pieces:
                if isinstance(piece, Chunk):
                    parts.append(piece.text)
                elif piece.value.identity is None:
                    return None
                else:
                    # Only the mark of a hole distinguishes it from the same letters written literally.
                    parts.append(f"\ufffc{{{piece.value.identity}}}")
            return repr("".join(parts))
        case Known(Seq() as items):
            return _listed("[]", items.more, [canonical(item) for item in items])
        case Known(Map() as members):
            found = [(name, member) for name in sorted(members) if (member := members.get(name)) is not None]
            inner = [(name, canonical(member)) for name, member in found if not isinstance(member, Absent)]
            return _listed("{}", members.more, [f"{name!r}: {text}" if text else None for name, text in inner])
        case Known():
            return repr(as_text(value))


def _listed(brackets: str, more: Unknown | None, parts: list[str | None]) -> str | None:
    known = [part for part in parts if part is not None]
    return None if more is not None or len(known) < len(parts) else ", ".join(known).join(brackets)


def described(value: Value) -> str:
    """Describe a value in a few words for people."""
    match value:
        case Known(Text() as text):
            return f'"{text.display}"'
        case Known(Seq() | Map()):
            return "a list or mapping"
        case Known():
            return as_text(value) or ""
        case Absent():
            return "no value"
        case Unknown():
            return value.reasons[0].what if value.reasons else "something unknown"


def json_text(value: Value, at: Span) -> Text:
    """Return the JSON text of a value; it remembers the value."""
    pieces: list[Piece] = []
    try:
        _json(value, Origin(at), pieces)
    except _TooLong:
        pieces = [_too_long(at)]
    return Text(tuple(pieces), ("json", value))


def _json(value: Value, around: Origin, pieces: list[Piece]) -> None:
    """Append the JSON text of a value to some pieces. Raises _TooLong."""
    charge_bytes(_PIECE_BYTES)
    if len(pieces) > MAX_JSON_PIECES:
        raise _TooLong
    match value:
        case Known(Text() as text):
            pieces.append(Chunk('"', around))
            for piece in text.pieces:
                if isinstance(piece, Chunk):
                    _escaped(piece, pieces)
                else:
                    pieces.append(piece)
            pieces.append(Chunk('"', around))
        case Known(Seq() as items):
            separator = "["
            for item in items:
                pieces.append(Chunk(separator, around))
                _json(item, around, pieces)
                separator = ","
            _closed(separator, "]", items.more, around, pieces)
        case Known(Map() as members):
            separator = "{"
            for name in members:
                member = members.get(name)
                if member is None or isinstance(member, Absent):
                    continue
                key_at = members.key_at(name)
                pieces.append(Chunk(separator, around))
                pieces.append(Chunk('"', Origin(key_at)))
                _escaped(Chunk(name, Origin(key_at)), pieces)
                pieces.append(Chunk('":', Origin(key_at)))
                _json(member, around, pieces)
                separator = ","
            _closed(separator, "}", members.more, around, pieces)
        case Known():
            pieces.append(Chunk(as_text(value) or "", Origin(value.at)))
        case Absent():
            pieces.append(Chunk("null", around))
        case Unknown():
            pieces.append(hole(value, f"${{{described(value)}}}"))


def _closed(separator: str, close: str, more: Unknown | None, around: Origin, pieces: list[Piece]) -> None:
    opening = "" if separator == "," else separator
    if more is not None:
        pieces.append(Chunk(separator, around))
        pieces.append(hole(more, f"${{{described(more)}}}"))
        opening = ""
    pieces.append(Chunk(opening + close, around))


_JSON_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_ESCAPED_IN_JSON = r'["\\\x00-\x1f]'


def _escaped(chunk: Chunk, pieces: list[Piece]) -> None:
    """Append a chunk as it is inside a JSON string: runs without escapes keep their places letter by letter."""
    text, start = chunk.text, 0
    charge(len(text) // 8)
    for found in re.finditer(_ESCAPED_IN_JSON, text):
        index, char = found.start(), found[0]
        if len(pieces) > MAX_JSON_PIECES:
            raise _TooLong
        charge(12)
        charge_bytes(_PIECE_BYTES)
        if start < index:
            pieces.append(Chunk(text[start:index], chunk.origin, chunk.offset + start))
        place = chunk.origin.span(chunk.offset + index, chunk.offset + index + 1)
        pieces.append(Chunk(_JSON_ESCAPES.get(char) or f"\\u{ord(char):04x}", Origin(place)))
        start = index + 1
    if start < len(text):
        pieces.append(Chunk(text[start:], chunk.origin, chunk.offset + start))

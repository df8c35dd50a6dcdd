"""Texts put together from values, and texts that identify values."""

from __future__ import annotations

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
# A few names made of each other would otherwise grow without end.
_MOST_PIECES = 5_000
_MOST_TEXT = 4 << 20
_MOST_JSON = 100_000
MOST_ITEMS = 2_000


def identified(value: Unknown, identity: str) -> Unknown:
    """The unknown with this identity, unless it has one."""
    if value.identity is not None:
        return value
    return Unknown(
        value.reasons, value.at, value.present, value.trail, value.ref, value.input, identity, value.excludes
    )


def literal(string: str, origin: Origin) -> Text:
    """A text as the template writes it; dynamic references in it are holes."""
    return _with_dynamic_references(Text((Chunk(string, origin),)))


def assembled(pieces: list[Piece], at: Span) -> Text:
    """The text that the pieces make; a dynamic reference may lie across several."""
    if len(pieces) > _MOST_PIECES or sum(len(piece.text) for piece in pieces if isinstance(piece, Chunk)) > _MOST_TEXT:
        too_long = Unknown((Reason("a text that is too long to put together", at),), at, present=True)
        return Text((hole(too_long, "${too long}"),))
    # A text without any piece would not know where it stands.
    return _with_dynamic_references(Text(tuple(pieces) or (Chunk("", Origin(at)),)))


def _with_dynamic_references(text: Text) -> Text:
    if not any(isinstance(piece, Chunk) and _DYNAMIC in piece.text for piece in text.pieces):
        return text
    flat = text.flat
    pieces: list[Piece] = []
    here = 0
    while (start := flat.find(_DYNAMIC, here)) >= 0 and (end := flat.find("}}", start) + 2) > 1:
        at = text.span(start, end)
        label = text.slice(start, end).shown
        reference = Unknown((Reason("a dynamic reference", at),), at, present=True, identity=label)
        pieces += [*text.slice(here, start).pieces, Hole(reference, label)]
        here = end
    return Text((*pieces, *text.slice(here, len(flat)).pieces))


def pieces_of(value: Value, label: str) -> list[Piece]:
    """A value as a part of a text; `label` is how the template writes it, in case it is unknown."""
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
    """A gap that is taken for the same as another only if it certainly is."""
    return Hole(identified(value, f"{value.at.path}:{value.at.start}"), label)


def unknowns(values: Iterable[Value]) -> Iterator[Unknown]:
    """What is unknown about the values, as far as their surface shows it."""
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
    """What decides the values as far as they are unknown."""
    return merged_reasons(unknowns(values))


def canonical(value: Value) -> str | None:
    """A text that is the same for the same value only; None for what is unknown without an identity."""
    match value:
        case Unknown():
            return value.identity
        case Absent():
            return "null"
        case Known(Text() as text):
            parts: list[str] = []
            for piece in text.pieces:
                if isinstance(piece, Chunk):
                    parts.append(piece.text)
                elif piece.value.identity is None:
                    return None
                else:
                    # Only the mark of a hole tells it from the same letters written out.
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


def shown(value: Value) -> str:
    """A value in a few words for people."""
    match value:
        case Known(Text() as text):
            return f'"{text.shown}"'
        case Known(Seq() | Map()):
            return "a list or mapping"
        case Known():
            return as_text(value) or ""
        case Absent():
            return "no value"
        case Unknown():
            return value.reasons[0].what if value.reasons else "something unknown"


def json_text(value: Value, at: Span) -> Text:
    """The JSON text of a value, which remembers the value."""
    pieces: list[Piece] = []
    for piece in _json(value, Origin(at)):
        pieces.append(piece)
        if len(pieces) > _MOST_JSON:
            break
    return Text(tuple(pieces), ("json", value))


def _json(value: Value, around: Origin) -> Iterator[Piece]:
    match value:
        case Known(Text() as text):
            yield Chunk('"', around)
            for piece in text.pieces:
                if isinstance(piece, Chunk):
                    yield from _escaped(piece)
                else:
                    yield piece
            yield Chunk('"', around)
        case Known(Seq() as items):
            separator = "["
            for item in items:
                yield Chunk(separator, around)
                yield from _json(item, around)
                separator = ","
            yield from _closed(separator, "]", items.more, around)
        case Known(Map() as members):
            separator = "{"
            for name in members:
                member = members.get(name)
                if member is None or isinstance(member, Absent):
                    continue
                yield Chunk(separator, around)
                yield from _escaped(Chunk(name, Origin(members.key_at(name))), '"', '":')
                yield from _json(member, around)
                separator = ","
            yield from _closed(separator, "}", members.more, around)
        case Known():
            yield Chunk(as_text(value) or "", Origin(value.at))
        case Absent():
            yield Chunk("null", around)
        case Unknown():
            yield hole(value, f"${{{shown(value)}}}")


def _closed(separator: str, close: str, more: Unknown | None, around: Origin) -> Iterator[Piece]:
    opening = "" if separator == "," else separator
    if more is not None:
        yield Chunk(separator, around)
        yield hole(more, f"${{{shown(more)}}}")
        opening = ""
    yield Chunk(opening + close, around)


_JSON_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}


def _escaped(chunk: Chunk, before: str = "", after: str = "") -> Iterator[Chunk]:
    """The chunk inside a JSON string: runs that stay as they are keep their places letter by letter."""
    text, start = chunk.text, 0
    if before:
        yield Chunk(before, Origin(chunk.origin.span(chunk.offset, chunk.offset)))
    for index, char in enumerate(text):
        if char not in _JSON_ESCAPES and char >= " ":
            continue
        if start < index:
            yield Chunk(text[start:index], chunk.origin, chunk.offset + start)
        place = chunk.origin.span(chunk.offset + index, chunk.offset + index + 1)
        yield Chunk(_JSON_ESCAPES.get(char) or f"\\u{ord(char):04x}", Origin(place))
        start = index + 1
    if start < len(text):
        yield Chunk(text[start:], chunk.origin, chunk.offset + start)
    if after:
        yield Chunk(after, Origin(chunk.origin.span(chunk.offset, chunk.offset)))

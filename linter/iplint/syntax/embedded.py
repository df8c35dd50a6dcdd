"""YAML or JSON inside another text: its tree, each node at the place of its letters."""

from __future__ import annotations

from bisect import bisect_right

from iplint.location import Origin, Source, Span, Verbatim
from iplint.syntax import yaml
from iplint.syntax.problem import SyntaxProblem
from iplint.syntax.tree import Mapping, Scalar, Sequence
from iplint.value import Chunk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from iplint.syntax.tree import Node
    from iplint.value import Text


def parse(text: Text, read: Callable[[Source], Node | None] = yaml.parse) -> Node | None:
    """Parse a text without holes, as yaml.parse."""
    source = _file(text)
    if source is not None:
        return read(source)
    pieces = [piece for piece in text.pieces if isinstance(piece, Chunk)]
    places = _LetterPlaces(pieces)
    try:
        tree = read(Source(places.span(0, 0).path, "".join(piece.text for piece in pieces)))
    except SyntaxProblem as problem:
        raise SyntaxProblem(places.of(problem.at), problem.reason, places.of(problem.unread)) from None
    return places.node(tree) if tree is not None else None


def _file(text: Text) -> Source | None:
    """Return the file whose whole content a text is."""
    match text.pieces:
        case [Chunk(text=string, origin=Verbatim(whole=Span(source=source)))] if source.text == string:
            return source
        case _:
            return None


class _LetterPlaces:
    """Map the letters of a text to places, and its nodes to located ones."""

    __slots__ = ("_moved", "_pieces", "_starts")

    def __init__(self, pieces: list[Chunk]) -> None:
        self._pieces = pieces
        self._starts: list[int] = []
        self._moved: dict[int, Node] = {}
        size = 0
        for piece in pieces:
            self._starts.append(size)
            size += len(piece.text)

    def span(self, start: int, end: int) -> Span:
        """Return the span from the character at `start` up to that at `end`, if they share a source."""
        first = self._span(start, max(start, min(end, start + 1)))
        if end <= start + 1:
            return first
        last = self._span(end - 1, end)
        if last.source is first.source and last.end > first.start:
            return Span(first.source, first.start, last.end)
        return first

    def _span(self, start: int, end: int) -> Span:
        index = max(bisect_right(self._starts, start) - 1, 0)
        piece, before = self._pieces[index], self._starts[index]
        return piece.origin.span(piece.offset + start - before, piece.offset + end - before)

    def of(self, at: Span) -> Span:
        """Return the place of a part of the text."""
        return self.span(at.start, at.end)

    def node(self, node: Node) -> Node:
        """Return a node of the text with its place; what an alias repeats stays one node."""
        found = self._moved.get(id(node))
        if found is None:
            found = self._moved[id(node)] = self._move(node)
        return found

    def _move(self, node: Node) -> Node:
        at = self.of(node.at)
        match node:
            case Scalar():
                return self._scalar(node)
            case Sequence():
                return Sequence(at, node.tag, [self.node(item) for item in node.items])
            case Mapping():
                entries = node.entries.items()
                return Mapping(
                    at, node.tag, {name: (self._scalar(key), self.node(inner)) for name, (key, inner) in entries}
                )

    def _scalar(self, node: Scalar) -> Scalar:
        at = self.of(node.at)
        return Scalar(at, node.tag, node.value, node.text, _Embedded(at, node.origin, self))


class _Embedded(Origin):
    """The place of a scalar in an embedded text, whose own letters are elsewhere."""

    __slots__ = ("_inner", "_places")

    def __init__(self, whole: Span, inner: Origin, places: _LetterPlaces) -> None:
        super().__init__(whole)
        self._inner = inner
        self._places = places

    def span(self, start: int, end: int) -> Span:
        """See Origin.span."""
        return self._places.of(self._inner.span(start, end))

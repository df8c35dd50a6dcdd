"""Source maps: the text that an expression was parsed from, and how its offsets map to places."""

from __future__ import annotations

from iplint.location import Origin, Segmented, Source, Span, Verbatim
from iplint.syntax.hcl_tree import Block, Parens
from iplint.terraform.unicode import normal, normalized
from iplint.value import Chunk, Known, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from iplint.syntax.hcl_tree import Body, Expr, TemplateText
    from iplint.value import Hole

    class Node(Protocol):
        """What has a first and a last offset."""

        @property
        def start(self) -> int:
            """Return the offset of the first code point."""
            ...

        @property
        def end(self) -> int:
            """Return the offset after the last code point."""
            ...


class SourceMap:
    """A file whose offsets are the places themselves."""

    __slots__ = ("_literals", "source")

    def __init__(self, source: Source) -> None:
        self.source = source
        self._literals: dict[Node, Known[Text]] = {}

    def span(self, start: int, end: int) -> Span:
        """Return the place of the code points from `start` up to `end`."""
        return Span(self.source, start, end)

    def of(self, node: Node) -> Span:
        """Return the place of a node."""
        return self.span(node.start, node.end)

    def header(self, block: Block) -> Span:
        """Return the place of a block's type and labels, up to the brace."""
        text = self.source.text
        end = block.open
        while end > block.start and text[end - 1] in " \t\r\n":
            end -= 1
        return self.span(block.start, end)

    def pieces(self, part: TemplateText) -> tuple[Chunk | Hole, ...]:
        """Return a run of literal text with the place of its characters."""
        whole = self.span(part.start, part.end)
        segments = part.segments
        if not part.text.isascii() and (string := normal(part.text)) != part.text:
            return (Chunk(string, Origin(whole)),)
        if segments is None:
            return (Chunk(part.text, Verbatim(whole)),)
        return (Chunk(part.text, Segmented(whole, lambda: segments)),)

    def literal(self, node: Node, part: TemplateText) -> Known[Text]:
        """Return the value of a string without interpolation: the same one in every scenario."""
        found = self._literals.get(node)
        if found is None:
            found = self._literals[node] = Known(Text(self.pieces(part)), self.of(node))
        return found


class TextSourceMap(SourceMap):
    """The source map of a text that was made of pieces: a string in JSON, a template that a data source renders."""

    __slots__ = ("_text",)

    def __init__(self, text: Text, path: str) -> None:
        super().__init__(Source(path, text.flat))
        self._text = text

    def span(self, start: int, end: int) -> Span:
        """See SourceMap.span, in the file that the text came from."""
        return self._text.span(start, end)

    def pieces(self, part: TemplateText) -> tuple[Chunk | Hole, ...]:
        """See SourceMap.pieces."""
        if part.segments is None:
            return tuple(normalized(self._text.slice(part.start, part.end).pieces))
        found: list[Chunk | Hole] = []
        ends = [decoded for decoded, _ in part.segments[1:]] + [len(part.text)]
        for (decoded, start), end in zip(part.segments, ends, strict=True):
            run = part.text[decoded:end]
            written = self._text.slice(start, start + len(run))
            # The character of an escape has the place of the escape.
            found += written.pieces if written.flat == run else [Chunk(run, Origin(self.span(start, part.end)))]
        return tuple(normalized(found))


class Relocated(Parens):
    """An expression with another source map than its surroundings."""

    __slots__ = ("source_map",)

    def __init__(self, start: int, end: int, inner: Expr, source_map: SourceMap) -> None:
        super().__init__(start, end, inner)
        self.source_map = source_map


class RelocatedBlock(Block):
    """A nested block with another source map than its surroundings: it comes from an override file."""

    __slots__ = ("source_map",)

    def __init__(self, block: Block, source_map: SourceMap) -> None:
        super().__init__(block.start, block.open, block.end, block.type, block.labels, block.body)
        self.source_map = source_map


class DeclaredBlock:
    """A block and the source map it is on."""

    __slots__ = ("block", "source_map")

    def __init__(self, block: Block, source_map: SourceMap) -> None:
        self.block = block
        self.source_map = source_map

    @property
    def body(self) -> Body:
        """Return the body of the block."""
        return self.block.body

    @property
    def at(self) -> Span:
        """Return the place of its type and labels."""
        return self.source_map.header(self.block)

    @property
    def whole(self) -> Span:
        """Return the place of the whole block."""
        return self.source_map.of(self.block)

    def label(self, index: int) -> str:
        """Return the label at `index`; empty when the block has fewer."""
        labels = self.block.labels
        return labels[index] if index < len(labels) else ""

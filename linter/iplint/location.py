"""Places: sources, spans, and where each character of a decoded text came from."""

from __future__ import annotations

from bisect import bisect_right

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Source:
    """One text that was read: its display path, and an index of its lines.

    Offsets count code points of `text` from 0; lines and columns count from 1, columns in code points. A byte-order
    mark is not part of `text`. A line ends after LF; a CR before it belongs to the end of the line. `is_file` says that
    `text` is the whole file at `path`, and not derived from it.
    """

    __slots__ = ("_starts", "is_file", "path", "text")

    def __init__(self, path: str, text: str, is_file: bool = False) -> None:
        self.path = path
        self.text = text
        self.is_file = is_file
        self._starts: list[int] | None = None

    def _line_starts(self) -> list[int]:
        if self._starts is None:
            starts = [0]
            found = self.text.find("\n")
            while found >= 0:
                starts.append(found + 1)
                found = self.text.find("\n", found + 1)
            self._starts = starts
        return self._starts

    def position(self, offset: int) -> tuple[int, int]:
        """Return line and column, both from 1, of the code point at `offset`."""
        starts = self._line_starts()
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    def start_of(self, number: int) -> int:
        """Return the offset at which line `number` (from 1) starts; that of the end for lines after the last."""
        starts = self._line_starts()
        return starts[number - 1] if number <= len(starts) else len(self.text)

    def line(self, number: int) -> str:
        """Return the text of line `number` (from 1) without its line end; empty if there is no such line."""
        starts = self._line_starts()
        if not 1 <= number <= len(starts):
            return ""
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")


class Span:
    """The code points of a source from offset `start` up to, not including, `end`."""

    __slots__ = ("end", "source", "start")

    def __init__(self, source: Source, start: int, end: int) -> None:
        self.source = source
        self.start = start
        self.end = end

    @property
    def path(self) -> str:
        """Return the display path of the source."""
        return self.source.path

    @property
    def first(self) -> tuple[int, int]:
        """Return line and column of the first code point, from 1."""
        return self.source.position(self.start)

    @property
    def last(self) -> tuple[int, int]:
        """Return line and column just after the last code point, from 1."""
        return self.source.position(self.end)

    @property
    def text(self) -> str:
        """Return the source text that the span covers."""
        return self.source.text[self.start : self.end]

    def holds(self, other: Span) -> bool:
        """Return whether another span is inside this one."""
        return self.path == other.path and self.start <= other.start and other.end <= self.end

    def key(self) -> tuple[str, int, int]:
        """Return the sort key and identity of a span: path, start, end."""
        return self.source.path, self.start, self.end

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Span) and self.key() == other.key()

    def __hash__(self) -> int:
        return hash(self.key())

    def __repr__(self) -> str:
        line, column = self.first
        return f"<{self.path}:{line}:{column}>"


class Origin:
    """Where the characters of a decoded text are in its source; the base class: somewhere in one span."""

    __slots__ = ("whole",)

    def __init__(self, whole: Span) -> None:
        self.whole = whole

    def span(self, start: int, end: int) -> Span:
        """Return the part of the source that became the characters from `start` up to `end` of the decoded text."""
        del start, end
        return self.whole


class Verbatim(Origin):
    """The origin of a text that is in its source letter by letter, from the start of the span."""

    __slots__ = ()

    def span(self, start: int, end: int) -> Span:
        """See Origin.span."""
        begin = self.whole.start
        return Span(self.whole.source, begin + start, begin + end)


class Segmented(Origin):
    """The origin of a text in runs, each of which is in the source letter by letter, with escapes or indentation
    between.

    `segments` returns, when first needed, ascending pairs (offset in the decoded text, offset in the source), each the
    start of a run. A position inside a run maps letter by letter, but never past the start of the next run.
    """

    __slots__ = ("_make", "_segments")

    def __init__(self, whole: Span, segments: Callable[[], list[tuple[int, int]]]) -> None:
        super().__init__(whole)
        self._make = segments
        self._segments: list[tuple[int, int]] | None = None

    def _place(self, offset: int) -> int:
        if self._segments is None:
            self._segments = self._make()
        segments = self._segments
        index = bisect_right(segments, (offset, 1 << 62)) - 1
        if index < 0:
            return self.whole.start
        decoded, source = segments[index]
        place = source + offset - decoded
        limit = segments[index + 1][1] if index + 1 < len(segments) else self.whole.end
        return min(place, limit)

    def span(self, start: int, end: int) -> Span:
        """See Origin.span."""
        first = self._place(start)
        last = self._place(end - 1) + 1 if end > start else first
        return Span(self.whole.source, first, max(first, last))


class RedactedOrigin(Origin):
    """The origin of a text that no report may show. It has the places of the origin that it wraps."""

    __slots__ = ("_inner",)

    def __init__(self, inner: Origin) -> None:
        super().__init__(inner.whole)
        self._inner = inner

    def span(self, start: int, end: int) -> Span:
        """See Origin.span."""
        return self._inner.span(start, end)


class Base64Origin(Origin):
    """The origin of text decoded from base64 text: every 3 bytes are in 4 characters of the encoded text."""

    __slots__ = ("_encoded", "_index")

    def __init__(self, whole: Span, encoded: Callable[[int, int], Span], index: Callable[[int], int]) -> None:
        super().__init__(whole)
        self._encoded = encoded
        self._index = index

    def span(self, start: int, end: int) -> Span:
        """See Origin.span."""
        return self._encoded(self._index(start), max(self._index(start) + 1, self._index(end)))

"""Unicode's normal form C, which Terraform applies to every text (`cty.StringVal`), and its characters."""

from __future__ import annotations

from iplint.location import Origin
from iplint.value import Chunk, Hole, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# No letter below this one is changed, also not by what follows it, unless that is above as well.
_FIRST_COMBINING = "\u0300"


def normal(string: str) -> str:
    """Return a text in normal form C."""
    if string.isascii() or max(string) < _FIRST_COMBINING:
        return string
    from unicodedata import normalize  # few texts need it

    return normalize("NFC", string)


def normalized(pieces: Sequence[Chunk | Hole]) -> Sequence[Chunk | Hole]:
    """Return the pieces of a text in normal form C: a letter that spans pieces becomes one piece."""
    for piece in pieces:
        if isinstance(piece, Chunk) and not piece.text.isascii():
            return _normalized(pieces)
    return pieces


def _normalized(pieces: Sequence[Chunk | Hole]) -> Sequence[Chunk | Hole]:
    made: list[Chunk | Hole] = []
    run: list[Chunk] = []
    for piece in [*pieces, None]:
        if isinstance(piece, Chunk):
            run.append(piece)
            continue
        made += _joined(run)
        run = []
        if piece is not None:
            made.append(piece)
    return made


def _joined(run: list[Chunk]) -> list[Chunk]:
    whole = "".join([chunk.text for chunk in run])
    string = normal(whole)
    if string == whole:
        return run
    if len(run) == 1:
        return [Chunk(string, Origin(run[0].origin.span(run[0].offset, run[0].offset + len(whole))), 0, run[0].given)]
    # Of several pieces, each is brought to the form by itself if that makes no difference to the whole.
    each = [normal(chunk.text) for chunk in run]
    if "".join(each) == string:
        return [piece for chunk in run for piece in _joined([chunk])]
    first = run[0]
    return [Chunk(string, Origin(first.origin.span(first.offset, first.offset + len(first.text))))]


def normal_text(text: Text) -> Text:
    """Return a text in normal form C."""
    pieces = normalized(text.pieces)
    return text if pieces is text.pieces else Text(tuple(pieces), text.encodes)

"""Decode the bytes of a file to a source."""

from __future__ import annotations

import codecs

from iplint.location import Source, Span
from iplint.syntax.problem import SyntaxProblem

# The mark of UTF-32 LE begins with that of UTF-16 LE, so it is first.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def mark(data: bytes) -> bytes:
    """Return the byte-order mark at the start of data; empty when there is none."""
    return next((sign for sign, _ in _MARKS if data.startswith(sign)), b"")


def decode(path: str, data: bytes) -> Source:
    """Return the source at `path` with the bytes `data`, in UTF-8 or the encoding of its byte-order mark.

    Raises SyntaxProblem at the first bytes that are not text.
    """
    mark, encoding = next((pair for pair in _MARKS if data.startswith(pair[0])), (b"", "utf-8"))
    body = data[len(mark) :]
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        source = Source(path, body.decode(encoding, errors="replace"))
        start = len(body[: error.start].decode(encoding))
        name = encoding.upper().removesuffix("-LE").removesuffix("-BE")
        reason = f"this is not {name} text (byte 0x{body[error.start]:02X} does not fit): save the file as UTF-8"
        raise SyntaxProblem(Span(source, start, start + 1), reason) from None
    source = Source(path, text, is_file=True)
    null = text.find("\0")
    if null >= 0:
        reason = "there is a NUL character here, so this is not text: leave the file out, or save it as UTF-8"
        raise SyntaxProblem(Span(source, null, null + 1), reason)
    return source

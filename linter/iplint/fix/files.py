"""Files before and after: their bytes, and writing them whole."""

from __future__ import annotations

import codecs

from iplint.writing import NotWritable, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.location import Source


def encoded(path: str, text: str) -> bytes:
    """Return the bytes of a text as the file at `path` has them.

    UTF-8, after a byte-order mark where the file has one.
    """
    with open(path, "rb") as file:
        mark = codecs.BOM_UTF8 if file.read(3) == codecs.BOM_UTF8 else b""
    return mark + text.encode("utf-8")


def write(path: str, old: Source, text: str) -> None:
    """Put a text in place of the whole of the file at a real path. Raises NotWritable, and leaves it as it was."""
    try:
        with open(path, "rb") as file:
            if file.read() != encoded(path, old.text):
                raise NotWritable("is not as it was read")
        replace(path, encoded(path, text))
    except OSError as error:
        raise NotWritable(f"cannot be written: {error.strerror}") from error

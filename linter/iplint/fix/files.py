"""The bytes of edited files, and writing them whole."""

from __future__ import annotations

import codecs

from iplint.writing import NotWritable, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.location import Source


def encoded(path: str, text: str) -> bytes:
    """Return the bytes of a text for the file at `path`.

    UTF-8, after a byte-order mark where the file has one.
    """
    with open(path, "rb") as file:
        mark = codecs.BOM_UTF8 if file.read(3) == codecs.BOM_UTF8 else b""
    return mark + text.encode("utf-8")


def write(path: str, old: Source, text: str) -> None:
    """Replace the whole content of the file at a real path. Raises NotWritable, and then leaves it unchanged."""
    try:
        with open(path, "rb") as file:
            if file.read() != encoded(path, old.text):
                raise NotWritable("is not as it was read")
        replace(path, encoded(path, text))
    except OSError as error:
        raise NotWritable(f"cannot be written: {error.strerror}") from error

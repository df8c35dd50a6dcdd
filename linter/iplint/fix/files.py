"""Files before and after: their bytes, and writing them whole."""

from __future__ import annotations

import codecs
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.location import Source


class NotWritten(Exception):
    """A file that cannot be changed; the message says why, in a clause that fits after the file's name."""


def encoded(path: str, text: str) -> bytes:
    """The bytes of a text as the file at `path` has them: UTF-8, after a byte-order mark where the file has one."""
    with open(path, "rb") as file:
        mark = codecs.BOM_UTF8 if file.read(3) == codecs.BOM_UTF8 else b""
    return mark + text.encode("utf-8")


def write(path: str, old: Source, text: str) -> None:
    """Put a text in place of the whole of a file, with the file's mode. Raises NotWritten, and leaves it as it was."""
    real = os.path.realpath(path)
    try:
        with open(real, "rb") as file:
            if file.read() != encoded(real, old.text):
                raise NotWritten("is not as it was read")
        temporary = f"{real}.iplint-{os.getpid()}"
        try:
            with open(temporary, "xb") as file:
                os.fchmod(file.fileno(), os.stat(real).st_mode & 0o7777)
                file.write(encoded(real, text))
            os.replace(temporary, real)
        except OSError:
            if os.path.exists(temporary):
                os.unlink(temporary)
            raise
    except OSError as error:
        raise NotWritten(f"cannot be written: {error.strerror}") from error

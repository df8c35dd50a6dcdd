"""Quick looks at the letters of a text, before patterns search it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# Blanks in the place of all that is not a letter of base64.
_APART = bytes(byte if byte < 128 and (chr(byte).isalnum() or byte in b"/+") else 32 for byte in range(256))


def is_plain(flat: str) -> bool:
    """Return whether lower-casing changed no letter of another script into one of ASCII, so that offsets stay valid."""
    return flat.isascii() or not ("\u0130" in flat or "\u212a" in flat or "\u017f" in flat)


def long_words(flat: str, least: int) -> Iterator[int]:
    """Yield the offset of each run of at least `least` letters of base64."""
    apart = flat.encode("ascii", "replace").translate(_APART)
    at = 0
    for word in apart.split():
        if len(word) >= least:
            at = apart.find(word, at)
            yield at
            at += len(word)

"""The trees of texts, kept from one check of the same files to the next."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.location import Source

# How long the texts may be whose trees are kept, in characters all together: a tree takes some 50 bytes for each.
MAX_CHARACTERS = 2_000_000


class ParsedTexts:
    """The trees of texts, by notation and by the display path of the text: of each path the last one.

    A tree depends on nothing but the text and its path, so it is valid as long as the text is the same. Whoever asks
    for it must not change it.
    """

    __slots__ = ("_kept", "_length", "_room")

    def __init__(self, room: int = MAX_CHARACTERS) -> None:
        self._kept: dict[tuple[str, str], tuple[str, object]] = {}
        self._length = 0
        self._room = room

    def get(self, notation: str, source: Source) -> object:
        """Return what is kept of a text; None if nothing is."""
        key = notation, source.path
        found = self._kept.get(key)
        if found is None or found[0] != source.text:
            return None
        self._kept[key] = self._kept.pop(key)  # used last
        return found[1]

    def keep(self, notation: str, source: Source, tree: object) -> None:
        """Keep the tree of a text; those used longest ago are released where there is no room."""
        key = notation, source.path
        self._release(key)
        self._kept[key] = source.text, tree
        self._length += len(source.text)
        while self._length > self._room:
            self._release(next(iter(self._kept)))

    def _release(self, key: tuple[str, str]) -> None:
        found = self._kept.pop(key, None)
        if found is not None:
            self._length -= len(found[0])

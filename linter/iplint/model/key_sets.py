"""Access keys that belong together: an id, its secret and its session token are one key, and one finding."""

from __future__ import annotations

from iplint.secret import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from iplint.aws.keys import FoundKey, Kind
    from iplint.location import Span

    # What texts have in common whose keys may belong together.
    Owner = tuple[str, frozenset[str], bool]
    Part = tuple[tuple[str, int, int], Kind]
    Sets = dict[Part, "tuple[KeyFound, ...] | None"]

# The parts of a set are not further apart, in lines.
MAX_LINES_APART = 5
# The part that a set is reported at: an id alone opens nothing.
_RANKS: dict[Kind, int] = {"secret access key": 0, "session token": 1, "access key id": 2}


class KeyFound:
    """A key in a text: what was found, where it is, and the parts of the source that no report may show.

    `secret` is the same for what is hidden wherever it is repeated.
    """

    __slots__ = ("at", "hide", "key", "secret")

    def __init__(self, key: FoundKey, at: Span, hide: tuple[Span, ...], text: str) -> None:
        self.key = key
        self.secret = Secret(text, hide, is_key=True, is_sure=key.certainty == "real")
        self.at = at
        self.hide = hide

    @property
    def part(self) -> tuple[tuple[str, int, int], Kind]:
        """Return what distinguishes it from other keys."""
        return self.at.key(), self.key.kind


def key_sets(texts: Iterable[tuple[Owner, KeyFound]]) -> Sets:
    """Return the other parts of the set of each key, by the place and kind of that; None for what is such a part.

    `texts` are the keys of all texts, each with what its text has in common with others. The parts of a set follow each
    other.
    """
    found: dict[Part, tuple[KeyFound, set[Owner]]] = {}
    for owner, key in texts:
        found.setdefault(key.part, (key, set()))[1].add(owner)
    sets: Sets = dict.fromkeys(found)
    for group in _adjacent([found[part] for part in sorted(found)]):
        first, *others = sorted(group, key=lambda key: _RANKS[key.key.kind])
        sets[first.part] = tuple(others)
    return sets


def _adjacent(found: list[tuple[KeyFound, set[Owner]]]) -> Iterator[list[KeyFound]]:
    """Yield the keys, which are in order, in sets in which no kind of key is twice."""
    current: list[KeyFound] = []
    last: set[Owner] = set()
    for key, owners in found:
        if current and not (_goes_on(current, key) and last & owners):
            yield current
            current = []
        current.append(key)
        last = owners
    if current:
        yield current


def _goes_on(current: list[KeyFound], key: KeyFound) -> bool:
    before = current[-1]
    return (
        before.at.path == key.at.path
        and key.at.first[0] - before.at.first[0] <= MAX_LINES_APART
        and before.key.certainty == key.key.certainty
        and all(other.key.kind != key.key.kind for other in current)
    )

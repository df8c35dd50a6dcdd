"""Access keys that belong together: an id, its secret and its session token are one key, and one finding."""

from __future__ import annotations

from iplint.secret import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Protocol, TypeVar

    from iplint.aws.keys import FoundKey, Kind
    from iplint.location import Span

    class KeyPart(Protocol):
        """A part of a key: where it is, and which part."""

        at: Span

        @property
        def kind(self) -> Kind | None:
            """Return the kind; None for no part of a key."""
            ...

    P = TypeVar("P", bound=KeyPart)
    # What parts of one key have in common: what holds their texts, for example.
    Owner = tuple[object, ...]
    Place = tuple[tuple[str, int, int], Kind | None]

# The parts of a set are not further apart, in lines.
MAX_LINES_APART = 5
# So many of the next parts are compared with the place of one.
_MAX_INSIDE = 8
# The part that a set is reported at: an id alone opens nothing.
_RANKS: dict[Kind | None, int] = {"secret access key": 0, "session token": 1, "access key id": 2, None: 3}


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
    def kind(self) -> Kind:
        """Return which part of a key it is."""
        return self.key.kind


def place_of(part: KeyPart) -> Place:
    """Return the place and the kind of a part of a key, which identify it."""
    return part.at.key(), part.kind


def key_sets(parts: Iterable[tuple[Owner, P]]) -> dict[Place, tuple[P, ...] | None]:
    """Group the parts of access keys: an id, its secret and its session token are parts of one key.

    Each part comes with its owner: only parts that follow each other and have an owner in common are parts of one key.
    A part that others have as well, such as a text of a loop beside one of a single launch, is reported by itself too.
    What is made of a part, by an expression around it, is reported at the part.
    The result maps the part at which a key is reported, by place and kind, to the other parts of the key; it maps these
    other parts to None.
    """
    found: dict[Place, tuple[P, set[Owner]]] = {}
    for owner, part in parts:
        found.setdefault(place_of(part), (part, set()))[1].add(owner)
    sets: dict[Place, tuple[P, ...] | None] = dict.fromkeys(found)
    placed = sorted(found.values(), key=lambda one: (one[0].at.key(), _RANKS[one[0].kind]))
    inner = [one for index, one in enumerate(placed) if not _is_around_another(placed, index)]
    for group in _adjacent(inner):
        first, *others = sorted(group, key=lambda part: _RANKS[part.kind])
        sets[place_of(first)] = tuple(others)
        owners = found[place_of(first)][1]
        sets.update((place_of(part), ()) for part in others if not found[place_of(part)][1] <= owners)
    return sets


def _is_around_another(placed: list[tuple[P, set[Owner]]], index: int) -> bool:
    """Return whether the place of a part encloses one of the next parts, of the same kind, which has all its owners."""
    part, owners = placed[index]
    return any(
        part.at != other.at and part.at.holds(other.at) and part.kind == other.kind and owners <= others
        for other, others in placed[index + 1 : index + 1 + _MAX_INSIDE]
    )


def _adjacent(found: list[tuple[P, set[Owner]]]) -> Iterator[list[P]]:
    """Yield the parts, which are in order, in sets in which no kind is twice."""
    current: list[P] = []
    last: set[Owner] = set()
    for part, owners in found:
        if current and not (_goes_on(current, part) and last & owners):
            yield current
            current = []
        current.append(part)
        last = owners
    if current:
        yield current


def _goes_on(current: list[P], part: P) -> bool:
    before = current[-1]
    return (
        before.at.path == part.at.path
        and part.at.first[0] - before.at.first[0] <= MAX_LINES_APART
        and part.kind is not None
        and all(other.kind not in (part.kind, None) for other in current)
    )

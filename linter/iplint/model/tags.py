"""Which application or environment a launch belongs to, by its tags."""

from __future__ import annotations

from iplint.aws.application_tags import TAG_LISTS, TAG_MAPS, is_distinguishing
from iplint.model.walk import at_path
from iplint.value import Known, Map, Unknown, as_text, dig, spread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Protocol, TypeVar

    from iplint.resource import Resource
    from iplint.value import Absent, Value

    class Part(Protocol):
        """The settings of a launch or of its template."""

        @property
        def part(self) -> Value:
            """Return the part of the resource that has them."""
            ...

    class Tagged(Protocol):
        """What tags are read of: a launch."""

        @property
        def address(self) -> str:
            """Return the address of the resource that launches."""
            ...

        @property
        def resource(self) -> Resource:
            """Return the resource that launches."""
            ...

        @property
        def settings(self) -> Part:
            """Return the settings of the launch itself."""
            ...

        @property
        def template(self) -> Known[Part] | Absent | Unknown:
            """Return the settings of its launch template."""
            ...

    T = TypeVar("T", bound=Tagged)


def distinguishing_tags(launch: Tagged) -> dict[str, str]:
    """Return the tags of a launch that name applications or environments, its own before its template's."""
    found: dict[str, str] = {}
    for place in places_of(launch):
        for name, value in _tags(place):
            text = as_text(value)
            if text is not None and is_distinguishing(name):
                found.setdefault(name, text)
    return found


def places_of(launch: Tagged) -> list[Value]:
    """Return the values with the tags of a launch: its own before its template's."""
    places = [launch.resource.properties, launch.settings.part]
    template = launch.template
    if isinstance(template, Known):
        places.append(template.value.part)
    return places


def known_tags(places: Iterable[Value]) -> dict[str, str]:
    """Return the tags with known values in some values; the first one of a name counts.

    Where tags are unknown, they may be any: what further values have of them does not count.
    """
    found: dict[str, str | None] = {}
    for place in places:
        for name, value in _tags(place):
            found.setdefault(name, as_text(value))
        if _has_unknown_tags(place):
            break
    return {name: text for name, text in found.items() if text is not None}


def _has_unknown_tags(place: Value) -> bool:
    """Return whether a value may have tags whose names are unknown."""
    for path in TAG_MAPS:
        for tags in at_path(place, path):
            if isinstance(tags, Unknown) or (
                isinstance(tags, Known) and isinstance(tags.value, Map) and tags.value.more
            ):
                return True
    return any(
        as_text(dig(tag, (key,))) is None
        for path, key, _ in TAG_LISTS
        for tags in at_path(place, path)
        if not (isinstance(tags, Known) and isinstance(tags.value, Map))
        for tag in spread(tags)
    )


def _tags(place: Value) -> Iterator[tuple[str, Value]]:
    for path in TAG_MAPS:
        for tags in at_path(place, path):
            if isinstance(tags, Known) and isinstance(tags.value, Map):
                yield from ((name, dig(tags, (name,))) for name in tags.value)
    for path, key, value in TAG_LISTS:
        for tags in at_path(place, path):
            for tag in spread(tags):
                name = as_text(dig(tag, (key,)))
                if name is not None:
                    yield name, dig(tag, (value,))


def distinct_applications(launches: tuple[T, ...]) -> tuple[T, T, str] | None:
    """Return two launches of different resources that name different applications or environments, and the tag.

    The instances of one block are one application, whatever their tags are.
    """
    first: dict[str, tuple[T, str]] = {}
    for launch in launches:
        for name, value in distinguishing_tags(launch).items():
            other, other_value = first.setdefault(name, (launch, value))
            if other_value != value and _block(other) != _block(launch):
                return other, launch, name
    return None


def _block(launch: Tagged) -> str:
    return launch.address.rpartition("[")[0] if launch.address.endswith("]") else launch.address

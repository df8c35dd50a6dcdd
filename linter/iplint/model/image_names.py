"""The public name of an image: the SSM parameter that resolves to it, or the name that a data source searches for."""

from __future__ import annotations

from iplint.aws.launch_types import IMAGE_SOURCES, PUBLISHERS
from iplint.model.walk import at_path
from iplint.value import Hole, Known, Text, Unknown, as_text, dig, spread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from iplint.model.links import Links
    from iplint.resource import Resource
    from iplint.value import Datum, Value

_STORED = "SSM parameter "


def image_names(image: Value, links: Links) -> Iterator[Sequence[str]]:
    """Yield the public names of an image that are written in the root; several together where it has one of them."""
    match image:
        case Known(Text() as text):
            yield [text.display.removeprefix("{{").removesuffix("}}")]
            for piece in text.pieces:
                if isinstance(piece, Hole) and len(text.pieces) == 1:
                    yield from image_names(piece.value, links)
            yield from _names_of(image, (), links)
        case Unknown():
            yield from ([reason.what.removeprefix(_STORED)] for reason in image.reasons)
            # What a function makes of a data source is unknown for the reason that the data source is.
            yield from _names_of(image, [reason.what.rpartition(".")[0] for reason in image.reasons], links)
        case _:
            pass


def _names_of(image: Known[Datum] | Unknown, addresses: Sequence[str], links: Links) -> Iterator[Sequence[str]]:
    """Yield the names by which the referenced data sources, or those with these addresses, find an image."""
    referred = [ref.resource.address for ref in image.ref.chain()] if image.ref is not None else []
    for address in dict.fromkeys((*referred, *addresses)):
        source = links.at(address)
        if source is not None and source.data:
            yield from _looked_for(source)


def _looked_for(source: Resource) -> Iterator[Sequence[str]]:
    """Yield the names by which a data source searches for an image of a known publisher."""
    owners = [as_text(owner) for owner in spread(dig(source.properties, ("owners",)))]
    if owners and not all(owner in PUBLISHERS for owner in owners):
        return
    for path in IMAGE_SOURCES.get(source.type, ()):
        for found in at_path(source.properties, path):
            names = [as_text(value) for value in spread(found)]
            known = [name for name in names if name is not None]
            if known and len(known) == len(names):
                # A regular expression may have several as well.
                yield [one.lstrip("^") for name in known for one in name.split("|")]

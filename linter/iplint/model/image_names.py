"""What an image is called in public: the SSM parameter that leads to it, or the name that a data source looks for."""

from __future__ import annotations

from iplint.aws.launch_types import IMAGE_SOURCES, PUBLISHERS
from iplint.model.walk import at_path
from iplint.value import Hole, Known, Text, Unknown, as_text, dig, spread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.model.links import Links
    from iplint.resource import Resource
    from iplint.value import Value

_STORED = "SSM parameter "


def image_names(image: Value, links: Links) -> Iterator[str]:
    """Yield the names of an image, as far as the root writes any."""
    match image:
        case Known(Text() as text):
            yield text.display.removeprefix("{{").removesuffix("}}")
            for piece in text.pieces:
                if isinstance(piece, Hole) and len(text.pieces) == 1:
                    yield from image_names(piece.value, links)
        case Unknown():
            addresses = [ref.resource.address for ref in image.ref.chain()] if image.ref is not None else []
            for reason in image.reasons:
                yield reason.what.removeprefix(_STORED)
                addresses.append(reason.what.rpartition(".")[0])
            for address in dict.fromkeys(addresses):
                source = links.at(address)
                if source is not None and source.data:
                    yield from _looked_for(source)
        case _:
            pass


def _looked_for(source: Resource) -> Iterator[str]:
    """Yield the names by which a data source finds an image that its publisher owns."""
    owners = [as_text(owner) for owner in spread(dig(source.properties, ("owners",)))]
    if owners and not all(owner in PUBLISHERS for owner in owners):
        return
    for path in IMAGE_SOURCES.get(source.type, ()):
        for found in at_path(source.properties, path):
            for value in spread(found):
                name = as_text(value)
                if name is not None:
                    yield name.lstrip("^")

"""Nodes of a snapshot as values, with their places."""

from __future__ import annotations

from functools import partial

from iplint.budget import charge
from iplint.syntax.tree import Mapping, Scalar, Sequence
from iplint.value import Absent, Chunk, Known, Map, Reason, Seq, Text, Unknown, literal_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.location import Span
    from iplint.syntax.tree import Node
    from iplint.value import Lazy, Ref, Value

    Entries = dict[str, tuple[Span, Lazy]]

# What a node costs, in steps of the budget.
_STEPS = 8


def member(node: Node | None, *names: str) -> Node | None:
    """Return the value at the end of these names; None when there is none."""
    for name in names:
        node = node.get(name) if isinstance(node, Mapping) else None
    return node


def items(node: Node | None) -> list[Mapping]:
    """Return the objects in a list; none for anything else."""
    return [item for item in node.items if isinstance(item, Mapping)] if isinstance(node, Sequence) else []


def string(node: Node | None) -> str:
    """Return the text of a string or number; "" for anything else."""
    return node.text if isinstance(node, Scalar) and node.value is not None else ""


def value_of(node: Node, place: Span) -> Value:
    """Return the value of a node; `place` is the place of its name. An empty text is what AWS returns for none."""
    charge(_STEPS)
    match node:
        case Mapping():
            return Known(Map(entries_of(node)), place)
        case Sequence():
            return Known(Seq([partial(value_of, item, item.at) for item in node.items]), place)
        case Scalar(value=None) | Scalar(value=""):
            return Absent(place)
        case Scalar(value=str() as text):
            return Known(literal_text(text, node.origin), node.at)
        case Scalar(value=bool() | int() | float() as value):
            return Known(value, node.at)
        case _:
            return Absent(place)


def entries_of(node: Mapping) -> Entries:
    """Return the members of an object."""
    return {name: (key.at, partial(value_of, inner, key.at)) for name, (key, inner) in node.entries.items()}


def chosen(node: Mapping, names: tuple[str, ...]) -> Entries:
    """Return some members of an object, as far as it has them."""
    found = {name: node.entries[name] for name in names if name in node.entries}
    return {name: (key.at, partial(value_of, inner, key.at)) for name, (key, inner) in found.items()}


def name_in(arn: Scalar, ref: Ref | None = None) -> Value:
    """Return the name at the end of an ARN as a value, at its place."""
    text = arn.text
    start = text.rfind("/") + 1
    return Known(Text((Chunk(text[start:], arn.origin, start),)), arn.at, (), ref)


def named(node: Scalar, ref: Ref | None = None) -> Value:
    """Return a text as a value that refers to a resource."""
    return Known(literal_text(node.text, node.origin), node.at, (), ref)


def unknown(what: str, at: Span, present: bool = False) -> Unknown:
    """Return the Unknown for something that no output contains."""
    return Unknown((Reason(what, at),), at, present, identity=f"{what} {at.path}:{at.start}")

"""Read the JSON tree of a plan: members and lists, tolerating other values in their places."""

from __future__ import annotations

from iplint.syntax.tree import Mapping, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.syntax.tree import Node


def member(node: Node | None, *names: str) -> Node | None:
    """Return the value at the end of these names; None when there is none."""
    for name in names:
        node = node.get(name) if isinstance(node, Mapping) else None
    return node


def items(node: Node | None) -> list[Node]:
    """Return the items of a list; empty for anything else."""
    return node.items if isinstance(node, Sequence) else []


def members(node: Node | None) -> Iterator[tuple[str, Node]]:
    """Yield the members of an object in their order; nothing for anything else."""
    if isinstance(node, Mapping):
        for name, (_, value) in node.entries.items():
            yield name, value


def string(node: Node | None) -> str:
    """Return a string; an empty one for anything else."""
    return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else ""


def strings(node: Node | None) -> list[str]:
    """Return the strings of a list."""
    return [text for item in items(node) if (text := string(item))]


def is_true(node: Node | None) -> bool:
    """Return whether this is `true`."""
    return isinstance(node, Scalar) and node.value is True


def marked(mark: Node | None, key: str | int) -> Node | None:
    """Return the marks of a member or item; `true` marks everything in it.

    Terraform documentation, JSON Output Format, Change Representation: `after_unknown` and `after_sensitive` have the
    shape of the value, as far as anything in it is marked.
    """
    if is_true(mark):
        return mark
    if isinstance(key, str):
        return member(mark, key)
    found = items(mark)
    return found[key] if key < len(found) else None


def scalars(node: Node) -> Iterator[Scalar]:
    """Yield every scalar in a value, without keys."""
    waiting = [node]
    while waiting:
        match waiting.pop():
            case Scalar() as scalar:
                yield scalar
            case Sequence(items=found):
                waiting += reversed(found)
            case Mapping(entries=entries):
                waiting += [value for _, value in reversed(entries.values())]


def is_marked(mark: Node | None) -> bool:
    """Return whether anything in a value is marked."""
    return mark is not None and any(scalar.value is True for scalar in scalars(mark))


def withheld(node: Node | None, mark: Node | None) -> Iterator[Scalar]:
    """Yield the scalars of a value that are marked as sensitive, except trivial ones."""
    waiting = [(node, mark)]
    while waiting:
        value, sensitive = waiting.pop()
        if value is None or sensitive is None:
            continue
        if is_true(sensitive):
            yield from (scalar for scalar in scalars(value) if scalar.value not in (None, ""))
        elif isinstance(value, Mapping):
            waiting += [(inner, marked(sensitive, name)) for name, inner in members(value)]
        elif isinstance(value, Sequence):
            waiting += [(inner, marked(sensitive, at)) for at, inner in enumerate(value.items)]

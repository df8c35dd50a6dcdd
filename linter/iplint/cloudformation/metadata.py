"""Suppressions in the metadata of a template: JSON has no comments.

Metadata:   iplint:     ignore:       - {rule: imdsv1-allowed, reason: ends with the migration, until: 2027-01-31}
"""

from __future__ import annotations

from iplint.location import Span
from iplint.resource import Ignore
from iplint.syntax.tree import Mapping, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.syntax.tree import Node

_FORM = "write a list of mappings with rule, reason and, if it is to end, until"
_MEMBERS = {"rule", "reason", "until"}


def ignores(tree: Mapping) -> Iterator[Ignore]:
    """Yield the suppressions in the metadata of a template, and of each of its resources."""
    yield from _said(tree, tree.at)
    resources = tree.get("Resources")
    for key, body in resources.entries.values() if isinstance(resources, Mapping) else ():
        if isinstance(body, Mapping):
            yield from _said(body, Span(key.at.source, key.at.start, max(key.at.end, body.at.end)))


def _said(holder: Mapping, covered: Span) -> Iterator[Ignore]:
    metadata = holder.get("Metadata")
    said = metadata.get("iplint") if isinstance(metadata, Mapping) else None
    if said is None:
        return
    listed = said.get("ignore") if isinstance(said, Mapping) else None
    if not isinstance(listed, Sequence):
        yield Ignore(said.at, None, problem=f"it is not understood: {_FORM} under iplint: ignore")
        return
    for item in listed.items:
        yield _read(item, covered)


def _read(item: Node, covered: Span) -> Ignore:
    if not isinstance(item, Mapping) or not set(item.entries) <= _MEMBERS:
        return Ignore(item.at, None, problem=f"it is not understood: {_FORM}")
    texts = {name: node.text for name, (_, node) in item.entries.items() if isinstance(node, Scalar)}
    rules = tuple(name.strip() for name in texts.get("rule", "").split(",") if name.strip())
    return Ignore(item.at, covered, rules, texts.get("reason", ""), texts.get("until"))

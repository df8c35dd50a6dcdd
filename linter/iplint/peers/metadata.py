"""Skips in the metadata of templates and their resources.

Facts: checkov documentation, "Suppressing and Skipping Policies" (`checkov: skip: - {id, comment}`); README of cfn_nag
(`cfn_nag: rules_to_suppress: - {id, reason}`); AWS Guard Rules Registry (`guard: SuppressedRules: - NAME`, with or
without a reason).
"""

from __future__ import annotations

from iplint.location import Span
from iplint.peers.skips import Skip, Tool
from iplint.syntax.tree import Mapping, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.syntax.tree import Node

# By tool: the key of the metadata, that of the list in it, and those of an id and a reason.
_FORMS = (
    (Tool.CHECKOV, "checkov", "skip", "id", "comment"),
    (Tool.CHECKOV, "bridgecrew", "skip", "id", "comment"),
    (Tool.CFN_NAG, "cfn_nag", "rules_to_suppress", "id", "reason"),
    (Tool.CFN_GUARD, "guard", "SuppressedRules", "RuleName", "Reason"),
)


def metadata(tree: Mapping) -> Iterator[Skip]:
    """Yield the skips in the metadata of a template, and of each of its resources."""
    yield from _said(tree, Span(tree.at.source, 0, len(tree.at.source.text)))
    resources = tree.get("Resources")
    for key, body in resources.entries.values() if isinstance(resources, Mapping) else ():
        if isinstance(body, Mapping):
            yield from _said(body, Span(key.at.source, key.at.start, max(key.at.end, body.at.end)))


def _said(holder: Mapping, covered: Span) -> Iterator[Skip]:
    about = holder.get("Metadata")
    if not isinstance(about, Mapping):
        return
    for tool, key, member, id_key, reason_key in _FORMS:
        said = about.get(key)
        listed = said.get(member) if isinstance(said, Mapping) else None
        for item in listed.items if isinstance(listed, Sequence) else ():
            id, reason = _item(item, id_key, reason_key)
            if id:
                line, _ = item.at.first
                yield Skip(tool, (id,), path=item.at.path, line=line, covered=covered, reason=reason)


def _item(item: Node, id_key: str, reason_key: str) -> tuple[str, str]:
    if isinstance(item, Scalar):
        return item.text, ""
    if not isinstance(item, Mapping):
        return "", ""
    id, reason = item.get(id_key), item.get(reason_key)
    return (id.text if isinstance(id, Scalar) else ""), (reason.text if isinstance(reason, Scalar) else "")

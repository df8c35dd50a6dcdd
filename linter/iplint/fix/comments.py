"""Where a comment can be written into a source: not in the middle of a text, and not in JSON."""

from __future__ import annotations

import json
import re

from iplint.fix.edit import Edit, lead, line_end, line_start, newline
from iplint.syntax import yaml
from iplint.syntax.problem import SyntaxProblem
from iplint.syntax.tree import Mapping, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.location import Source
    from iplint.syntax.tree import Node

_HCL = (".tf", ".tofu", ".hcl")
_HEREDOC = r"<<-?([\w-]{1,200})[ \t]{0,200}\r?$"


def above(source: Source, offset: int, comment: str) -> Edit | None:
    """Return the edit that writes a comment on its own line above an offset; None where the source takes none there."""
    start = _line_for_comments(source, offset)
    if start is None:
        return None
    begin = line_start(source.text, start)
    # Comments of other tools apply to the next line: what is written goes above them.
    while begin > 0 and _is_comment(source.text, before := line_start(source.text, begin - 1)):
        begin = before
    return Edit(source, begin, begin, f"{lead(source.text, start)}{comment}{newline(source.text)}")


def _is_comment(text: str, offset: int) -> bool:
    """Return whether the line of an offset is a comment, and not what says how a file is run."""
    return text.startswith(("#", "//"), offset + len(lead(text, offset))) and not text.startswith("#!", offset)


def behind(source: Source, offset: int, comment: str) -> Edit | None:
    """Return the edit that writes a comment behind the line of an offset; None where the source takes none there."""
    start = _line_for_comments(source, offset)
    if start is None or line_start(source.text, start) != line_start(source.text, offset):
        return None
    end = line_end(source.text, offset)
    return Edit(source, end, end, f"  {comment}")


def takes_comments(source: Source) -> bool:
    """Return whether a source may hold comments: it is HCL, or YAML that is no JSON."""
    return source.path.endswith(_HCL) or not (
        source.path.lower().endswith(".json") or source.text.lstrip().startswith(("{", "["))
    )


def into_metadata(source: Source, offset: int, item: dict[str, str]) -> Edit | None:
    """Return the edit that writes a suppression into the metadata of the resource of a template in JSON that holds an
    offset; None where there is no such resource.
    """
    try:
        tree = yaml.parse(source)
    except SyntaxProblem:
        return None
    resources = tree.get("Resources") if isinstance(tree, Mapping) else None
    for key, body in resources.entries.values() if isinstance(resources, Mapping) else ():
        if isinstance(body, Mapping) and key.at.start <= offset < body.at.end:
            return _into(source, body, ("Metadata", "iplint", "ignore"), item)
    return None


def _into(source: Source, body: Mapping, path: tuple[str, ...], item: dict[str, str]) -> Edit | None:
    """Return the edit that adds an item to a list in mappings, as far as these are there."""
    node: Node | None = body
    holder: Node = body
    while path and isinstance(holder, Mapping):
        node = holder.get(path[0])
        if node is None:
            break
        holder, path = node, path[1:]
    text = json.dumps(item)
    for name in reversed(path):
        text = json.dumps(name) + ": " + (f"[{text}]" if name == path[-1] else f"{{{text}}}")
    start = holder.at.start + 1
    if isinstance(holder, Scalar) or source.text[start - 1 : start] not in ("{", "["):
        return None
    is_empty = not (holder.items if isinstance(holder, Sequence) else holder.entries)
    return Edit(source, start, start, text if is_empty else f"{text}, ")


def _line_for_comments(source: Source, offset: int) -> int | None:
    """Return an offset in the line above which a comment may be written; None for none."""
    if not takes_comments(source):
        return None
    if source.path.endswith(_HCL):
        return next((start for start, end in _heredocs(source.text) if start <= offset < end), offset)
    try:
        node: Node | None = yaml.parse(source)
    except SyntaxProblem:
        return None
    start = offset
    while node is not None:
        at = node.at
        is_scalar = isinstance(node, Scalar)
        is_flow = not is_scalar and source.text[at.start : at.start + 1] in ("{", "[")
        if (is_scalar or is_flow) and line_start(source.text, at.start) != line_start(source.text, start):
            return at.start
        node = next((child for child in _children(node) if child.at.start <= offset < child.at.end), None)
    return start


def _heredocs(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the heredocs of a configuration start and end: with the mark, and behind the line that ends them."""
    begun: tuple[int, str] | None = None
    at = 0
    for line in text.split("\n"):
        if begun is None:
            found = re.search(_HEREDOC, line)
            begun = (at + found.start(), found[1]) if found is not None else None
        elif line.strip() == begun[1]:
            yield begun[0], at + len(line)
            begun = None
        at += len(line) + 1


def _children(node: Node) -> Iterator[Node]:
    match node:
        case Mapping():
            for key, value in node.entries.values():
                yield key
                yield value
        case Sequence():
            yield from node.items
        case Scalar():
            pass

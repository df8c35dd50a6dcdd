"""Where a comment can be written into a source: not in the middle of a text, and not in JSON."""

from __future__ import annotations

import json
import re
from contextlib import suppress

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
_JSON_CONFIGURATION = (".tf.json", ".tofu.json", ".pkr.json")
# How many names are between the type of a block and its body, in Terraform's and Packer's JSON; one, if not here.
_LABELS = {"resource": 2, "data": 2, "ephemeral": 2, "source": 2, "terraform": 0, "locals": 0, "packer": 0, "build": 0}
_OTHERS_LABELS = 1
_HEREDOC = r"<<-?([\w-]{1,200})[ \t]{0,200}\r?$"


class Commenter:
    """Writes comments into one source, which is parsed once for all of them."""

    __slots__ = ("_heredocs", "_source", "_tree")

    def __init__(self, source: Source) -> None:
        self._source = source
        self._heredocs: list[tuple[int, int]] = []
        self._tree: Node | None = None
        if source.path.endswith(_HCL):
            self._heredocs = list(_heredocs(source.text))
            return
        with suppress(SyntaxProblem):  # then it takes no comment
            self._tree = yaml.parse(source)

    def suppressing(self, offset: int, rule: str, reason: str) -> Edit | None:
        """Return the edit that suppresses a rule at an offset, in the form that the source takes; None for none.

        It is a comment above the offset, in JSON of Terraform and Packer the property `//` of the block around it, and
        in a template in JSON the metadata of the resource.
        """
        if takes_comments(self._source):
            return self.above(offset, f"# iplint: ignore[{rule}] {reason}")
        if self._source.path.endswith(_JSON_CONFIGURATION):
            return self._into_property(offset, rule, reason)
        return self.into_metadata(offset, {"rule": rule, "reason": reason})

    def above(self, offset: int, comment: str) -> Edit | None:
        """Return the edit that writes a comment on its own line above an offset; None where the source takes none."""
        start = self._line_for_comments(offset)
        if start is None:
            return None
        text = self._source.text
        begin = line_start(text, start)
        # Comments of other tools apply to the next line: what is written goes above them.
        while begin > 0 and self._is_comment(before := line_start(text, begin - 1)):
            begin = before
        return Edit(self._source, begin, begin, f"{lead(text, start)}{comment}{newline(text)}")

    def behind(self, offset: int, comment: str) -> Edit | None:
        """Return the edit that writes a comment at the end of a line, by an offset in it; None where it takes none."""
        text = self._source.text
        start = self._line_for_comments(offset)
        if start is None or line_start(text, start) != line_start(text, offset):
            return None
        end = line_end(text, offset)
        return Edit(self._source, end, end, f"  {comment}")

    def into_metadata(self, offset: int, item: dict[str, str]) -> Edit | None:
        """Return the edit that writes a suppression into the metadata of the resource that holds an offset, in a
        template in JSON; None where there is no such resource.
        """
        resources = self._tree.get("Resources") if isinstance(self._tree, Mapping) else None
        for key, body in resources.entries.values() if isinstance(resources, Mapping) else ():
            if isinstance(body, Mapping) and key.at.start <= offset < body.at.end:
                return _into(self._source, body, ("Metadata", "iplint", "ignore"), item)
        return None

    def _into_property(self, offset: int, rule: str, reason: str) -> Edit | None:
        """Return the edit that writes a suppression into the property `//` of the block that holds an offset.

        None where that property has another text.
        """
        body = self._block_around(offset)
        if body is None:
            return None
        text = self._source.text
        said = body.get("//")
        if said is None:
            start = body.at.start + 1
            first = re.match(r"\s*", text[start : body.at.end])
            blank = first[0] if first is not None and "\n" in first[0] else ""
            comma = "" if not body.entries else "," if blank else ", "
            said_here = json.dumps(f"iplint: ignore[{rule}] {reason}")
            return Edit(self._source, start, start, f'{blank}"//": {said_here}{comma}')
        found = re.match(r'"\s*iplint:\s*ignore\s*\[', text[said.at.start : said.at.end])
        start = said.at.start + (found.end() if found is not None else 0)
        return Edit(self._source, start, start, f"{rule}, ") if found is not None else None

    def _block_around(self, offset: int) -> Mapping | None:
        """Return the body of the top-level block that holds an offset, in JSON of Terraform or Packer."""
        node: Node | None = self._tree
        names = -1  # between here and the body; not known before the type of the block
        while not (isinstance(node, Mapping) and names == 0):
            match node:
                case Mapping():
                    pairs = (pair for pair in node.entries.values() if pair[0].at.start <= offset < pair[1].at.end)
                    pair = next(pairs, None)
                    if pair is None:
                        return None
                    names = names - 1 if names > 0 else _LABELS.get(pair[0].text, _OTHERS_LABELS)
                    node = pair[1]
                case Sequence():
                    node = next((item for item in node.items if item.at.start <= offset < item.at.end), None)
                case _:
                    return None
        return node

    def _is_comment(self, offset: int) -> bool:
        """Return whether the line that starts at an offset is a comment, and no part of a text."""
        text = self._source.text
        first = offset + len(lead(text, offset))
        return text.startswith(("#", "//"), first) and self._line_for_comments(first) == first

    def _line_for_comments(self, offset: int) -> int | None:
        """Return an offset in the line above which a comment may be written; None for none."""
        if not takes_comments(self._source):
            return None
        if self._source.path.endswith(_HCL):
            return next((start for start, end in self._heredocs if start <= offset < end), offset)
        if self._tree is None:
            return None
        text = self._source.text
        node: Node | None = self._tree
        while node is not None:
            at = node.at
            is_scalar = isinstance(node, Scalar)
            is_flow = not is_scalar and text[at.start : at.start + 1] in ("{", "[")
            if (is_scalar or is_flow) and line_start(text, at.start) != line_start(text, offset):
                return at.start
            node = next((child for child in _children(node) if child.at.start <= offset < child.at.end), None)
        return offset


def takes_comments(source: Source) -> bool:
    """Return whether a source may hold comments: it is HCL, or YAML that is not JSON."""
    return source.path.endswith(_HCL) or not (
        source.path.lower().endswith(".json") or source.text.lstrip().startswith(("{", "["))
    )


def _into(source: Source, body: Mapping, path: tuple[str, ...], item: dict[str, str]) -> Edit | None:
    """Return the edit that adds an item to a list in mappings, as far as these are there."""
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


def _heredocs(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the heredocs of a configuration start and end: at the mark, and after the line that ends them."""
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

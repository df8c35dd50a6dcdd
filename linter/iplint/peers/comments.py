"""Skips in comments of templates and Terraform files.

Facts: checkov documentation, "Suppressing and Skipping Policies" (inside of a resource or module call, which it applies
to); trivy documentation, "Filtering by Inline Comments" (on a line, or on its own line above; several in one comment;
`exp` and `ws`; filters by attribute), and tfsec's before it; KICS documentation, "Running KICS" (`ignore` and `disable`
at the beginning of a file; `ignore-line` and `ignore-block` above); semgrep documentation, "Ignore files, folders, and
code" (on the line or above it).
"""

from __future__ import annotations

import re

from iplint.budget import charge
from iplint.judging.suppressions import MARK, Blocks
from iplint.location import Span
from iplint.peers.skips import Skip, Tool
from iplint.syntax import hcl, yaml
from iplint.syntax.problem import SyntaxProblem
from iplint.syntax.tree import Mapping as Members
from iplint.syntax.tree import Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.location import Source
    from iplint.syntax.tree import Node, Scalar

_HCL = (".tf", ".tofu", ".hcl")
_JSON = (".tf.json", ".tofu.json")
# The blocks of Terraform, with the number of their labels.
_LABELS = (("resource", 2), ("data", 2), ("module", 1), ("provider", 1), ("variable", 1), ("locals", 1), ("output", 1))
_COMMENT = re.compile(r"(?:^|(?<=[\s{\[(,;|>]))(?:#|//|/\*)[ \t]*(?P<said>[^\r\n]*)")
_CHECKOV = re.compile(
    r"(?:checkov|bridgecrew|cortex):skip=[ \t]*(?P<ids>[\w*-]+(?:[ \t]*,[ \t]*[\w*-]+)*)(?::(?P<reason>.*))?"
)
_TRIVY = re.compile(
    r"(?P<tool>trivy|tfsec):ignore:(?P<id>[\w*-]+)(?P<filter>\[[^\]]*\])?(?P<rest>(?::(?:exp|ws):[^\s:]+)*)"
)
_KICS = re.compile(
    r"kics-scan[ \t]+(?P<command>ignore-line|ignore-block|ignore|disable|enable)(?:[ \t]*=[ \t]*(?P<ids>[\w, \t-]+))?"
)
_SEMGREP = re.compile(r"nosem(?:grep)?\b(?:[ \t]*:[ \t]*(?P<ids>[\w.@/-]+(?:[ \t]*,[ \t]*[\w.@/-]+)*))?", re.IGNORECASE)


def comments(source: Source) -> Iterator[Skip]:
    """Yield the skips in the comments of a source, in their order."""
    reader = _Reader(source)
    for number, line in enumerate(source.text.split("\n"), 1):
        found = _COMMENT.search(line)
        # An ignore of iplint may have words of another tool in its reason.
        if found is not None and not found["said"].startswith(MARK):
            yield from reader.skips(number, found["said"].rstrip().removesuffix("*/").rstrip())


class _Reader:
    """Reads the comments of one source."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._blocks = Blocks(source)
        self._found: list[tuple[int, int]] | None = None

    def skips(self, line: int, said: str) -> Iterator[Skip]:
        """Yield the skips in one comment."""
        for found in _CHECKOV.finditer(said):
            reason = (found["reason"] or "").partition("checkov:skip=")[0]
            yield self._skip(Tool.CHECKOV, _listed(found["ids"]), line, self._around(line), reason=reason)
        for found in _TRIVY.finditer(said):
            yield self._of_trivy(found, line)
        kics = _KICS.search(said)
        if kics is not None:
            yield from self._of_kics(kics["command"], _listed(kics["ids"] or ""), line)
        semgrep = _SEMGREP.match(said)
        if semgrep is not None:
            reason = said[semgrep.end() :].strip(" -:")
            yield self._skip(Tool.SEMGREP, _listed(semgrep["ids"] or ""), line, self._at(line), reason=reason)

    def _of_trivy(self, found: re.Match[str], line: int) -> Skip:
        options = dict(re.findall(r":(exp|ws):([^\s:]+)", found["rest"]))
        problem = ""
        if found["filter"]:
            problem = f"it skips by the attribute {found['filter']}, and an ignore of iplint has no such filter"
        elif "ws" in options:
            problem = f"it skips in the workspace {options['ws']} only, and an ignore of iplint holds in all"
        tool = Tool(found["tool"])
        ids = () if found["id"] == "*" else (found["id"],)
        return self._skip(tool, ids, line, self._at(line), until=options.get("exp"), problem=problem)

    def _of_kics(self, command: str, ids: tuple[str, ...], line: int) -> Iterator[Skip]:
        whole = Span(self._source, 0, len(self._source.text))
        is_first = not any(
            text.strip() and not re.match(r"[ \t]*(?:#|//|---)", text)
            for text in self._source.text.split("\n")[: line - 1]
        )
        match command:
            case "ignore-line":
                yield self._skip(Tool.KICS, (), line, self._lines(line + 1, line + 1))
            case "ignore-block":
                yield self._skip(Tool.KICS, (), line, self._lines(*self._blocks.below(line)))
            case "ignore" if is_first:
                yield self._skip(Tool.KICS, (), line, whole)
            case "disable" if ids and is_first:
                yield self._skip(Tool.KICS, ids, line, whole)
            case "enable" if ids and is_first:
                yield self._skip(Tool.KICS, (), line, whole, kept=ids)
            case _:
                problem = "KICS reads it at the beginning of a file only"
                yield self._skip(Tool.KICS, ids, line, whole, problem=problem)

    def _skip(
        self,
        tool: Tool,
        ids: tuple[str, ...],
        line: int,
        covered: Span,
        *,
        reason: str = "",
        until: str | None = None,
        kept: tuple[str, ...] = (),
        problem: str = "",
    ) -> Skip:
        return Skip(
            tool,
            ids,
            path=self._source.path,
            line=line,
            covered=covered,
            reason=reason,
            until=until,
            kept=kept,
            problem=problem,
        )

    def _at(self, line: int) -> Span:
        """Return what a comment applies to: the block that its line starts, or the one below if it has a line of its
        own.

        What starts a resource applies to the resource.
        """
        is_own = re.match(r"[ \t]*(?:#|//|/\*)", self._source.line(line)) is not None
        first, last = self._blocks.below(line if is_own else line - 1)
        for start, end in self._resources():
            if start == first:
                return self._lines(start, max(last, end))
        return self._lines(first, last)

    def _around(self, line: int) -> Span:
        """Return the resource or module call that holds a line; the line itself where none does."""
        for start, end in self._resources():
            if start <= line <= end:
                return self._lines(start, end)
        return self._lines(line, line)

    def _resources(self) -> list[tuple[int, int]]:
        """Return the first and last lines of the blocks of a configuration, or of the resources of a template."""
        if self._found is None:
            self._found = list(resource_lines(self._source))
        charge(len(self._found))
        return self._found

    def _lines(self, first: int, last: int) -> Span:
        start = self._source.start_of(first)
        return Span(self._source, start, max(start, self._source.start_of(last + 1)))


def resource_lines(source: Source) -> Iterator[tuple[int, int]]:
    """Yield the first and last lines, from 1, of the blocks of a configuration, or of the resources of a template."""
    if source.path.endswith(_HCL):
        body, _ = hcl.parse(source)
        for block in body.blocks:
            yield source.position(block.start)[0], source.position(block.end)[0]
        return
    try:
        tree = yaml.parse(source)
    except SyntaxProblem:
        return
    if not isinstance(tree, Members):
        return
    if source.path.endswith(_JSON):
        entries = [(key, node) for name, depth in _LABELS for key, node in _below(tree.get(name), depth)]
    else:
        entries = list(_below(tree.get("Resources"), 1))
    for key, node in entries:
        yield key.at.first[0], max(key.at.first[0], source.position(max(node.at.end - 1, node.at.start))[0])


def _below(node: Node | None, depth: int) -> Iterator[tuple[Scalar, Node]]:
    """Yield the entries of mappings that are some levels below; in Terraform's JSON syntax, lists may be in between."""
    for one in node.items if isinstance(node, Sequence) else [node]:
        for key, inner in one.entries.values() if isinstance(one, Members) else ():
            if depth == 1:
                yield key, inner
            else:
                yield from _below(inner, depth - 1)


def _listed(ids: str) -> tuple[str, ...]:
    return tuple(id for part in ids.split(",") if (id := part.strip()))

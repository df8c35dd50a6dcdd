"""Terraform's JSON syntax: a located JSON tree turned into the tree of the native syntax.

Which members of a JSON object are blocks depends on the schema of each resource type. What is not a block in every
type is kept as an attribute that holds an object: the values below it are found the same way.
"""

from __future__ import annotations

from iplint.syntax import hcl
from iplint.syntax.hcl_tree import Attribute, Block, Body, Literal, ObjectCons, TemplateExpr, TemplateText, TupleCons
from iplint.syntax.problem import SyntaxProblem
from iplint.syntax.tree import Mapping as MappingNode
from iplint.syntax.tree import Scalar, Sequence
from iplint.terraform.source_map import Relocated, TextSourceMap
from iplint.value import literal_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from iplint.syntax.hcl_tree import Expr
    from iplint.syntax.tree import Node

# Terraform documentation, JSON Configuration Syntax: top-level blocks and how many labels each has.
LABELS = {
    "resource": 2,
    "data": 2,
    "ephemeral": 2,
    "variable": 1,
    "output": 1,
    "provider": 1,
    "module": 1,
    "check": 1,
    "locals": 0,
    "terraform": 0,
    "moved": 0,
    "import": 0,
    "removed": 0,
}
# The nested blocks that the language itself defines, with their labels.
NESTED = {"lifecycle": 0, "provisioner": 1, "connection": 0, "dynamic": 1, "backend": 1, "cloud": 0, "validation": 0}
# Terraform documentation, JSON Configuration Syntax: these arguments are read without evaluating templates.
VERBATIM = {"type", "depends_on", "ignore_changes", "source", "version"}


def body(
    root: Node, labels: Mapping[str, int] = LABELS, nested: Mapping[str, int] = NESTED
) -> tuple[Body, list[SyntaxProblem]]:
    """Return the body of a JSON configuration file, and what in it cannot be read.

    `labels` says how many labels the blocks at the top have, `nested` those inside of them.
    """
    problems: list[SyntaxProblem] = []
    made = Body()
    for name, key, value in _members(root, problems):
        if name == "//":
            continue
        if name in labels:
            made.blocks += _blocks(name, key, value, labels[name], [], nested, problems)
        else:
            problems.append(
                SyntaxProblem(key.at, f"{name} is no block of {'Terraform' if labels is LABELS else 'Packer'}")
            )
    return made, problems


def values(root: Node) -> tuple[dict[str, Attribute], list[SyntaxProblem]]:
    """Return the assignments of a JSON file of variable values, whose strings are no templates."""
    problems: list[SyntaxProblem] = []
    found = {name: _attribute(name, key, _verbatim(value)) for name, key, value in _members(root, problems)}
    return found, problems


def _members(node: Node, problems: list[SyntaxProblem]) -> Iterator[tuple[str, Scalar, Node]]:
    """Yield the members of an object, or of each object of a list."""
    match node:
        case MappingNode(entries=entries):
            for name, (key, value) in entries.items():
                yield name, key, value
        case Sequence(items=items):
            for item in items:
                yield from _members(item, problems)
        case Scalar(value=None):
            pass
        case _:
            problems.append(SyntaxProblem(node.at, "an object is expected here"))


def _blocks(
    type: str,
    key: Scalar,
    node: Node,
    more_labels: int,
    labels: list[str],
    nested: Mapping[str, int],
    problems: list[SyntaxProblem],
) -> list[Block]:
    if more_labels:
        return [
            block
            for name, inner_key, value in _members(node, problems)
            if name != "//"
            for block in _blocks(type, inner_key, value, more_labels - 1, [*labels, name], nested, problems)
        ]
    if isinstance(node, Sequence):
        return [block for item in node.items for block in _blocks(type, key, item, 0, labels, nested, problems)]
    inner = _inner(node, nested, problems)
    return [Block(key.at.start, key.at.end, node.at.end, type, labels, inner)]


def _inner(node: Node, nested: Mapping[str, int], problems: list[SyntaxProblem]) -> Body:
    made = Body()
    for name, key, value in _members(node, problems):
        if name == "//":
            continue
        if name in nested and not isinstance(value, Scalar):
            made.blocks += _blocks(name, key, value, nested[name], [], nested, problems)
        elif name == "content" and isinstance(value, MappingNode):
            made.blocks += _blocks(name, key, value, 0, [], nested, problems)
        else:
            made.attributes[name] = _attribute(name, key, _verbatim(value) if name in VERBATIM else _expr(value))
    return made


def _attribute(name: str, key: Scalar, expr: Expr) -> Attribute:
    return Attribute(key.at.start, key.at.end, expr.end, name, expr)


def _expr(node: Node) -> Expr:
    """Return the expression that a JSON value stands for: its strings are templates."""
    match node:
        case Scalar(value=str() as string) if "${" in string or "%{" in string:
            return _template(node, string)
        case Scalar():
            return _verbatim(node)
        case Sequence(items=items):
            return TupleCons(node.at.start, node.at.end, [_expr(item) for item in items])
        case MappingNode(entries=entries):
            pairs = [(_expr(key), _expr(value)) for name, (key, value) in entries.items() if name != "//"]
            return ObjectCons(node.at.start, node.at.end, pairs)


def _template(scalar: Scalar, string: str) -> Expr:
    at = scalar.at
    start, end = at.start + 1, at.end - 1
    try:
        if at.source.text[start:end] == string:
            return TemplateExpr(at.start, at.end, hcl.parse_template(at.source, start, end), heredoc=False)
        source_map = TextSourceMap(literal_text(string, scalar.origin), at.path)
        inner = TemplateExpr(0, len(string), hcl.parse_template(source_map.source), heredoc=False)
        return Relocated(at.start, at.end, inner, source_map)
    except SyntaxProblem:
        return _verbatim(scalar)


def _verbatim(node: Node) -> Expr:
    """Return the value itself."""
    start, end = node.at.start, node.at.end
    match node:
        case Scalar(value=str() as string, origin=origin):
            if node.at.source.text[start + 1 : end - 1] == string:
                parts = [TemplateText(start + 1, end - 1, string)] if string else []
                return TemplateExpr(start, end, [*parts], heredoc=False)
            source_map = TextSourceMap(literal_text(string, origin), node.at.path)
            inner = TemplateExpr(0, len(string), [TemplateText(0, len(string), string)], heredoc=False)
            return Relocated(start, end, inner, source_map)
        case Scalar(value=value):
            return Literal(start, end, value if not isinstance(value, str) else None)
        case Sequence(items=items):
            return TupleCons(start, end, [_verbatim(item) for item in items])
        case MappingNode(entries=entries):
            return ObjectCons(start, end, [(_verbatim(key), _verbatim(value)) for key, value in entries.values()])

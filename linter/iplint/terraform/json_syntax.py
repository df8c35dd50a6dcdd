"""Terraform's JSON syntax: convert a located JSON tree to the tree of the native syntax.

Which members of a JSON object are blocks depends on the schema of each resource type. A member that is not a block in
every type is kept as an attribute that holds an object: the values in it are found the same way.
"""

from __future__ import annotations

from iplint.syntax import hcl
from iplint.syntax.hcl_tree import Attribute, Block, Body, Literal, ObjectCons, TemplateExpr, TemplateText, TupleCons
from iplint.syntax.problem import SyntaxProblem, quotable
from iplint.syntax.tree import Mapping as MappingNode
from iplint.syntax.tree import Scalar, Sequence
from iplint.terraform.source_map import Relocated, TextSourceMap
from iplint.terraform.types import numbers_in
from iplint.value import literal_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from iplint.syntax.hcl_tree import Expr
    from iplint.syntax.tree import Node

# Terraform documentation, JSON Configuration Syntax: top-level blocks and how many labels each has.
LABELS = {
    "resource": 2,
    "data": 2,
    "ephemeral": 2,
    "action": 2,
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
# The blocks inside of others that the language itself defines, with their labels, by the type of the outer one. Any
# other has arguments only: an input of a module may be called `connection`.
_RESOURCE = {"lifecycle": 0, "provisioner": 1, "connection": 0, "dynamic": 1}
NESTED: Mapping[str, Mapping[str, int]] = {
    "resource": _RESOURCE,
    "data": _RESOURCE,
    "ephemeral": _RESOURCE,
    "provider": {"dynamic": 1},
    "variable": {"validation": 0},
    "module": {"lifecycle": 0},
    "output": {"precondition": 0},
    "terraform": {"backend": 1, "cloud": 0, "provider_meta": 1},
    "check": {"data": 2, "assert": 0},
    "lifecycle": {"precondition": 0, "postcondition": 0},
    "provisioner": {"connection": 0},
}
# Terraform documentation, JSON Configuration Syntax: these arguments are read without evaluating templates.
VERBATIM: Mapping[str, Collection[str]] = {
    "resource": ("depends_on", "provider"),
    "data": ("depends_on", "provider"),
    "ephemeral": ("depends_on", "provider"),
    "lifecycle": ("ignore_changes", "replace_triggered_by"),
    "module": ("source", "version", "providers", "depends_on"),
    "output": ("depends_on", "description"),
    "provider": ("alias", "version"),
    "variable": ("type", "default", "description"),
}
# A source and a version may be made of constant inputs.
EARLY = ("source", "version")


def body(
    root: Node, labels: Mapping[str, int] = LABELS, nested: Mapping[str, int] | None = None
) -> tuple[Body, list[SyntaxProblem]]:
    """Return the body of a JSON configuration file, and the problems in it.

    `labels` is the number of labels of top-level blocks; `nested` that of blocks inside any block, where it does not
    depend on the outer one.
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
                SyntaxProblem(key.at, f"{name} is not a block of {'Terraform' if labels is LABELS else 'Packer'}")
            )
    return made, problems


def values(root: Node) -> tuple[dict[str, Attribute], list[SyntaxProblem]]:
    """Return the assignments in a JSON file of variable values, whose strings are not templates."""
    problems: list[SyntaxProblem] = []
    found = {name: _attribute(name, key, _verbatim(value)) for name, key, value in _members(root, problems)}
    return found, problems


def _members(node: Node, problems: list[SyntaxProblem]) -> Iterator[tuple[str, Scalar, Node]]:
    """Yield the members of an object, or of each object of a list."""
    match node:
        case MappingNode(entries=entries):
            for key, value in entries.values():
                yield key.text, key, value
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
    nested: Mapping[str, int] | None,
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
    inner = _inner(type, node, nested, problems)
    return [Block(key.at.start, key.at.end, node.at.end, type, labels, inner)]


def _inner(type: str, node: Node, nested: Mapping[str, int] | None, problems: list[SyntaxProblem]) -> Body:
    """Return the body of a block of this type."""
    made = Body()
    # Blocks that a provider defines may be made by dynamic ones.
    inside = nested if nested is not None else NESTED.get(type, {"dynamic": 1} if type not in LABELS else {})
    # Packer evaluates defaults, which may call `env`.
    verbatim = VERBATIM.get(type, ()) if nested is None else ("type",) if type == "variable" else ()
    for name, key, value in _members(node, problems):
        if name == "//":
            continue
        if name in inside and not isinstance(value, Scalar):
            made.blocks += _blocks(name, key, value, inside[name], [], nested, problems)
        elif (name == "content" and not isinstance(value, Scalar)) or ("dynamic" in inside and _has_dynamic(value)):
            made.blocks += _blocks(name, key, value, 0, [], nested, problems)
        elif name in made.attributes:
            # Blocks may be written one by one; an argument may not.
            expr = _joined([made.attributes[name].expr, _expr(value)])
            if expr is None:
                problems.append(SyntaxProblem(key.at, f"the argument {quotable(name, 'here')} is set twice"))
            else:
                made.attributes[name] = _attribute(name, key, expr)
        elif name in verbatim and not (name in EARLY and isinstance(value, Scalar) and "${" in value.text):
            made.attributes[name] = _attribute(name, key, _verbatim(value))
        else:
            made.attributes[name] = _attribute(name, key, _expr(value))
    return made


def _joined(parts: list[Expr]) -> Expr | None:
    """Return the list of all blocks in some values; None where a value is not a block."""
    items: list[Expr] = []
    for part in parts:
        items += part.items if isinstance(part, TupleCons) else [part]
    if not all(isinstance(item, ObjectCons) for item in items):
        return None
    return TupleCons(items[0].start, items[-1].end, items)


def _has_dynamic(node: Node) -> bool:
    """Return whether an object, or each object of a list, contains a dynamic block at any depth and so is a block
    itself.
    """
    match node:
        case MappingNode(entries=entries):
            dynamic = node.get("dynamic")
            return _is_dynamic(dynamic) or any(_has_dynamic(value) for _, value in entries.values())
        case Sequence(items=items):
            return any(_has_dynamic(item) for item in items) and all(isinstance(item, MappingNode) for item in items)
        case _:
            return False


def _is_dynamic(node: Node | None) -> bool:
    """Return whether the value of `dynamic` is a dynamic block: blocks with `for_each` and `content` by type."""
    match node:
        case MappingNode(entries=entries):
            bodies = [
                one
                for _, value in entries.values()
                for one in (value.items if isinstance(value, Sequence) else [value])
            ]
            return bool(bodies) and all(
                isinstance(one, MappingNode) and {"for_each", "content"} <= one.entries.keys() for one in bodies
            )
        case Sequence(items=items):
            return bool(items) and all(_is_dynamic(item) for item in items)
        case _:
            return False


def _attribute(name: str, key: Scalar, expr: Expr) -> Attribute:
    return Attribute(key.at.start, key.at.end, expr.end, name, expr)


def _expr(node: Node) -> Expr:
    """Return the expression for a JSON value: its strings are templates."""
    match node:
        case Scalar(value=str() as string) if "${" in string or "%{" in string:
            return _template(node, string)
        case Scalar():
            return _verbatim(node)
        case Sequence(items=items):
            return TupleCons(node.at.start, node.at.end, [_expr(item) for item in items])
        case MappingNode(entries=entries):
            pairs: dict[str, tuple[Expr, Expr]] = {}
            for key, value in entries.values():
                expr = _expr(value)
                if key.text in pairs:
                    expr = _joined([pairs[key.text][1], expr]) or expr
                pairs[key.text] = _expr(key), expr
            return ObjectCons(node.at.start, node.at.end, [*pairs.values()])


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
    """Return the expression for a JSON value: its strings are literal."""
    start, end = node.at.start, node.at.end
    match node:
        case Scalar(value=str() as string, origin=origin):
            if node.at.source.text[start + 1 : end - 1] == string:
                parts = [TemplateText(start + 1, end - 1, string)] if string else []
                return TemplateExpr(start, end, [*parts], heredoc=False)
            source_map = TextSourceMap(literal_text(string, origin), node.at.path)
            inner = TemplateExpr(0, len(string), [TemplateText(0, len(string), string)], heredoc=False)
            return Relocated(start, end, inner, source_map)
        case Scalar(value=float() as value, text=text):
            return Literal(start, end, numbers_in(text) or value)
        case Scalar(value=value):
            return Literal(start, end, value if not isinstance(value, str) else None)
        case Sequence(items=items):
            return TupleCons(start, end, [_verbatim(item) for item in items])
        case MappingNode(entries=entries):
            return ObjectCons(start, end, [(_verbatim(key), _verbatim(value)) for key, value in entries.values()])

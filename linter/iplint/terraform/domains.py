"""The values that the validations of a variable allow, where they list them all."""

from __future__ import annotations

from iplint.syntax.alternatives import alternatives
from iplint.syntax.hcl_tree import (
    Attr,
    Binary,
    Call,
    Conditional,
    ForExpr,
    Index,
    Interpolation,
    Literal,
    Name,
    ObjectCons,
    Parens,
    TemplateExpr,
    TupleCons,
)
from iplint.terraform.configuration import plain_text
from iplint.terraform.source_map import Relocated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import TypeAlias

    from iplint.syntax.hcl_tree import Attribute, Expr
    from iplint.terraform.source_map import DeclaredBlock, SourceMap
    from iplint.value import Literal as Scalar

    Values: TypeAlias = list[Scalar] | None
    Locals: TypeAlias = Mapping[str, tuple[Attribute, SourceMap]]

# A longer text is not a choice between values.
MAX_LENGTH = 1_000
# Local values that refer to others are followed so far.
MAX_DEPTH = 8
# What changes a text and leaves it the same choice.
_SAME = ("lower", "upper", "title", "trimspace", "tostring", "coalesce", "nonsensitive")
_COLLECTIONS = ("tolist", "toset", "concat", "distinct", "compact", "sort", "flatten", "setunion")


def domain(name: str, variable: DeclaredBlock, locals: Locals) -> list[Scalar]:
    """Return the values that all validations of a variable allow, in the order of the first that lists them."""
    reader = _Domain(name, locals)
    found: Values = None
    for block in variable.body.blocks:
        condition = block.body.attributes.get("condition")
        if block.type == "validation" and condition is not None:
            found = _both(found, reader.allowed(condition.expr))
    return found or []


def scalar(expr: Expr) -> Scalar | None:
    """Return a text, number or truth that is written as such."""
    expr = _bare(expr)
    if isinstance(expr, Literal):
        return expr.value
    written = plain_text(expr)
    return written if written is not None and len(written) <= MAX_LENGTH else None


class _Domain:
    """What a condition says of one variable."""

    __slots__ = ("_locals", "_name")

    def __init__(self, name: str, locals: Locals) -> None:
        self._name = name
        self._locals = locals

    def allowed(self, expr: Expr) -> Values:
        """Return the values for which a condition may hold; None when it does not list them."""
        match _bare(expr):
            case Binary(op="||") as either:
                return _either(map(self.allowed, _alternatives_of(either)))
            case Binary(op="&&", left=left, right=right):
                return _both(self.allowed(left), self.allowed(right))
            case Binary(op="==", left=left, right=right) if self._is_subject(left) or self._is_subject(right):
                return _listed([right if self._is_subject(left) else left])
            case Binary(op=">" | ">=" | "==" | "!=", left=Call(name="length", args=[inner])):
                return self._matched(inner)
            case Conditional(cond=cond, then=Literal(value=True), otherwise=otherwise):
                return _either(map(self.allowed, (cond, otherwise)))
            case Conditional(cond=cond, then=then, otherwise=Literal(value=False)):
                return _both(self.allowed(cond), self.allowed(then))
            case Call(name="try", args=[inner, Literal(value=False)]):
                return self.allowed(inner)
            case Call(name="can", args=[inner]):
                return self._matched(inner)
            case Call(name="contains", args=[items, subject]) if self._is_subject(subject):
                return self._items(items)
            case Call(name="lookup", args=[items, subject, Literal(value=False)]) if self._is_subject(subject):
                return self._keys(items)
            case Call(name="anytrue", args=[TupleCons(items=items)]):
                return _either(map(self.allowed, items))
            case Call(name="anytrue", args=[ForExpr(collection=items, value=name, value_expr=Binary(op="==") as same)]):
                sides = same.left, same.right
                is_item = any(isinstance(side, Name) and side.name == name for side in sides)
                return self._items(items) if is_item and any(map(self._is_subject, sides)) else None
            case Call(name="alltrue", args=[TupleCons(items=items)]):
                found: Values = None
                for item in items:
                    found = _both(found, self.allowed(item))
                return found
            case _:
                return None

    def _matched(self, expr: Expr) -> Values:
        """Return the values for which an expression finds something."""
        match _bare(expr):
            case Call(name="regex" | "regexall", args=[pattern, subject]) if self._is_subject(subject):
                return _alternatives(plain_text(_bare(pattern)) or "")
            case Call(name="index", args=[items, subject]) if self._is_subject(subject):
                return self._items(items)
            case Call(name="setintersection", args=[TupleCons(items=[subject]), items]) if self._is_subject(subject):
                return self._items(items)
            case Call(name="setintersection", args=[items, TupleCons(items=[subject])]) if self._is_subject(subject):
                return self._items(items)
            case Index(object=items, key=subject) if self._is_subject(subject):
                return self._keys(items)
            case _:
                return None

    def _is_subject(self, expr: Expr) -> bool:
        match _bare(expr):
            case Attr(object=Name(name="var"), name=name):
                return name == self._name
            case Call(name=function, args=[inner, *_]) if function in _SAME:
                return self._is_subject(inner)
            case _:
                return False

    def _items(self, expr: Expr, depth: int = 0) -> Values:
        """Return the items of a collection that is written out."""
        match _bare(expr):
            case TupleCons(items=items):
                return _listed(items)
            case Call(name="keys", args=[items]):
                return self._keys(items, depth)
            case Call(name=function, args=args) if function in _COLLECTIONS:
                return _either(self._items(arg, depth) for arg in args)
            case _ as other:
                return self._follow(other, depth, self._items)

    def _keys(self, expr: Expr, depth: int = 0) -> Values:
        """Return the keys of an object that is written out."""
        match _bare(expr):
            case ObjectCons(items=items):
                return _listed(key for key, _ in items)
            case _ as other:
                return self._follow(other, depth, self._keys)

    def _follow(self, expr: Expr, depth: int, read: Callable[[Expr, int], Values]) -> Values:
        match expr:
            case Attr(object=Name(name="local"), name=name) if name in self._locals and depth < MAX_DEPTH:
                return read(self._locals[name][0].expr, depth + 1)
            case _:
                return None


def _bare(expr: Expr) -> Expr:
    while True:
        if isinstance(expr, Relocated | Parens):
            expr = expr.inner
        elif isinstance(expr, TemplateExpr) and expr.bare and isinstance(expr.parts[0], Interpolation):
            expr = expr.parts[0].expr
        else:
            return expr


def _listed(items: Iterable[Expr]) -> Values:
    found: list[Scalar] = []
    for item in items:
        value = item.name if isinstance(item, Name) else scalar(item)
        if value is None:
            return None
        found.append(value)
    return found


def _alternatives_of(expr: Expr) -> list[Expr]:
    """Return the operands of a disjunction of disjunctions, in the order of the text."""
    operands: list[Expr] = []
    while isinstance(expr, Binary) and expr.op == "||":
        operands.append(expr.right)
        expr = _bare(expr.left)
    return [expr, *reversed(operands)]


def _either(parts: Iterable[Values]) -> Values:
    found: dict[Scalar, None] = {}
    for part in parts:
        if part is None:
            return None
        found.update(dict.fromkeys(value for value in part if value not in found))
    return [*found]


def _both(first: Values, second: Values) -> Values:
    if first is None or second is None:
        return second if first is None else first
    return [value for value in first if value in second]


def _alternatives(pattern: str) -> Values:
    """Return the texts that a regular expression matches, when it is a choice between whole texts."""
    if not (pattern.startswith("^") and pattern.endswith("$")):
        return None
    if not pattern.startswith("^(") and pattern.count("|") != pattern.count("$|^"):
        return None  # each sign binds to its alternative only
    return None if (found := alternatives(pattern)) is None else [*found]

"""Small mistakes that somebody could make in a module: where each is possible, and how to make one."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

# How a comparison is flipped: the opposite, or the bound that is one off.
COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
SEVERITIES = {"LOW": "MEDIUM", "MEDIUM": "HIGH", "HIGH": "CRITICAL", "CRITICAL": "HIGH"}
EMPTY = ("Iterator", "Iterable", "Sequence", "list", "tuple", "set", "frozenset", "dict")
# What is as empty as the tuple that is returned in its place.
NOTHING = ("()", "[]", "{}", "set()", "frozenset()")
# A string without white space is a name that the code compares; others are messages.
NAME = re.compile(r"[\w:.*/?$-]+")
# What no behaviour follows from; and the budget, which `tests/test_budget.py` has tests of growth for.
UNMEANT = {"TYPE_CHECKING", "__all__", "__slots__", "__match_args__", "charge", "_cost", "__repr__"}
COST = re.compile(r"_?STEPS(_|$)")
# One more or less is nothing that anybody sees of a limit: it becomes much lower, so that usual things exceed it.
LIMIT = re.compile(r"_?MAX_")
MUCH = 8
# The methods that keep a value: the name it is kept by may be any.
KEEPING = {"memo", "untracked_memo", "per_scenario", "_listed", "_indexed"}


class Unit(NamedTuple):
    """A function, a method, what a class declares, or a statement of a module."""

    name: str
    nodes: list[ast.AST]

    @property
    def called(self) -> bool:
        """Whether running it is seen when tests run; what is kept by a cache runs for one of them only."""
        return isinstance(node := self.nodes[0], ast.FunctionDef) and not any(
            "cache" in ast.unparse(decorator) for decorator in node.decorator_list
        )


class Mutation(NamedTuple):
    """A mistake at one place. `make` changes the tree, and returns what is written there then."""

    kind: str
    line: int
    before: str
    make: Callable[[], str]


def units(tree: ast.Module) -> Iterator[Unit]:
    """Yield the parts of a module that can be wrong on their own."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield Unit(node.name, [node])
        elif isinstance(node, ast.ClassDef):
            own: list[ast.AST] = []
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef):
                    yield Unit(f"{node.name}.{inner.name}", [inner])
                else:
                    own.append(inner)
            yield Unit(node.name, own)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            yield Unit(ast.unparse(target), [node])


def mutations(unit: Unit) -> Iterator[Mutation]:
    """Yield every mistake that is tried in a unit, in the order of its nodes."""
    if COST.match(unit.name) or unit.name.rpartition(".")[2] in UNMEANT:
        return
    for node in unit.nodes:
        yield from _lowered(node) if LIMIT.match(unit.name) else _inside(node, node)


def _lowered(node: ast.AST) -> Iterator[Mutation]:
    for number in (inner for inner in ast.walk(node) if isinstance(inner, ast.Constant)):
        if isinstance(value := number.value, int) and value // MUCH:

            def make(number: ast.Constant = number, value: int = value) -> str:
                number.value = value // MUCH
                return str(number.value)

            yield Mutation("limit", number.lineno, str(value), make)


def _inside(node: ast.AST, function: ast.AST) -> Iterator[Mutation]:
    if _unmeant(node):
        return
    yield from _dropped(node)
    if isinstance(node, ast.Return) and node.value is not None and not _generates(function):
        yield from _returned(node, node.value, function)
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "type_comment"):
            continue
        for place, child in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(child, ast.AST) and not (name == "args" and place == 0 and _keeps(node)):
                yield from _replaced(node, name, place if isinstance(value, list) else None, child)
                inner = child if isinstance(child, ast.FunctionDef | ast.Lambda) else function
                yield from _inside(child, inner)


def _unmeant(node: ast.AST) -> bool:
    """Return whether a node is documentation, a message, types, or has no behaviour."""
    match node:
        case ast.Expr(value=ast.Constant()) | ast.JoinedStr() | ast.Raise():
            return True
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.Expr(value=ast.Call(func=ast.Name(id=name))):
            return name in UNMEANT
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case _:
            return False


def _keeps(node: ast.AST) -> bool:
    """Return whether a node is a call of a method that keeps a value."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in KEEPING


def _generates(function: ast.AST) -> bool:
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in ast.walk(function))


def _returned(node: ast.Return, value: ast.expr, function: ast.AST) -> Iterator[Mutation]:
    annotation = getattr(function, "returns", None)
    kind = ast.unparse(annotation) if annotation is not None else ""
    results = ("True", "False") if kind == "bool" else ("()",) if kind.startswith(EMPTY) else ("None",)
    for result in results:
        if ast.unparse(value) != result and not (result == "()" and ast.unparse(value) in NOTHING):

            def make(result: str = result) -> str:
                node.value = ast.parse(result, mode="eval").body
                return f"return {result}"

            yield Mutation("return", node.lineno, ast.unparse(node), make)


def _dropped(node: ast.AST) -> Iterator[Mutation]:
    """Yield the statements, members, filters and cases that can be left out of a node."""
    for name in ("body", "orelse"):
        body = getattr(node, name, None)
        for place, statement in enumerate(body if isinstance(body, list) else ()):
            instead: ast.stmt = ast.Pass()
            match statement:
                case ast.Expr(value=ast.Yield() | ast.YieldFrom()):
                    instead = ast.parse("yield from ()").body[0]
                case ast.Expr(value=ast.Call(func=ast.Name(id="charge"))):
                    continue
                case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Continue() | ast.Break():
                    pass
                case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
                    pass
                case _:
                    continue
            yield Mutation("statement", statement.lineno, ast.unparse(statement), _setter(body, place, instead))
    match node:
        case ast.Set(elts=members) | ast.List(elts=members) if len(members) > 1 and _loaded(node):
            yield from (_without(members, place) for place in range(len(members)))
        case ast.Tuple(elts=members) if len(members) > 2 and all(isinstance(one, ast.Constant) for one in members):
            yield from (_without(members, place) for place in range(len(members)))
        case ast.Dict(keys=keys, values=values) if len(keys) > 1:
            for place, key in enumerate(keys):
                before = ast.unparse(key or values[place])

                def make(keys: list[ast.expr | None] = keys, values: list[ast.expr] = values, at: int = place) -> str:
                    del keys[at], values[at]
                    return "-"

                yield Mutation("member", values[place].lineno, before, make)
        case ast.comprehension(ifs=filters):
            yield from (_without(filters, place, "filter") for place in range(len(filters)))
        case ast.Match(cases=cases) if len(cases) > 1:
            for place, case in enumerate(cases):
                if isinstance(case.body[0], ast.Pass) and place == len(cases) - 1:
                    continue  # for a checker of types: it does nothing

                def drop(at: int = place, cases: list[ast.match_case] = cases) -> str:
                    del cases[at]
                    return "-"

                yield Mutation("case", case.body[0].lineno, f"case {ast.unparse(case.pattern)}", drop)
        case _:
            pass


def _loaded(node: ast.AST) -> bool:
    return isinstance(getattr(node, "ctx", ast.Load()), ast.Load)


def _setter(body: list[ast.stmt], place: int, instead: ast.stmt) -> Callable[[], str]:
    def make() -> str:
        body[place] = instead
        return ast.unparse(instead)

    return make


def _without(members: list[ast.expr], place: int, kind: str = "member") -> Mutation:
    def make() -> str:
        del members[place]
        return "-"

    return Mutation(kind, members[place].lineno, ast.unparse(members[place]), make)


def _replaced(parent: ast.AST, field: str, place: int | None, node: ast.AST) -> Iterator[Mutation]:
    """Yield the expressions that can be something else in a node's place."""
    for kind, new in _others(parent, field, node):
        assert isinstance(node, ast.expr)

        def make(new: ast.expr = new) -> str:
            if place is None:
                setattr(parent, field, new)
            else:
                getattr(parent, field)[place] = new
            return ast.unparse(new)

        yield Mutation(kind, node.lineno, ast.unparse(node), make)


def _others(parent: ast.AST, field: str, node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    match node:
        case ast.Compare(left=left, ops=[operation], comparators=others) if type(operation) in COMPARISONS:
            yield "comparison", ast.Compare(left, [COMPARISONS[type(operation)]()], others)
        case ast.BoolOp(op=operation, values=values):
            yield "and/or", ast.BoolOp(ast.Or() if isinstance(operation, ast.And) else ast.And(), values)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield "not", operand
        case ast.Attribute(value=ast.Name(id="Severity"), attr=name) if name in SEVERITIES:
            yield "severity", ast.Attribute(ast.Name("Severity", ast.Load()), SEVERITIES[name], ast.Load())
        case ast.Constant(value=bool() as value):
            yield "constant", ast.Constant(not value)
        case ast.Constant(value=int() as value):
            yield "constant", ast.Constant(value + 1)
        case ast.Constant(value=str() as value) if NAME.fullmatch(value) and not isinstance(parent, ast.FormattedValue):
            yield "constant", ast.Constant(f"{value}-mutant")
        case ast.expr() if field == "test" or (field == "ifs" and isinstance(parent, ast.comprehension)):
            yield "not", ast.UnaryOp(ast.Not(), node)
        case _:
            pass

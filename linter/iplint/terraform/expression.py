"""The value of an expression in one scenario."""

from __future__ import annotations

import math

from iplint.budget import charge, charge_bytes
from iplint.location import Origin, Verbatim
from iplint.resource import Passed, Passing
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
    Splat,
    TemplateExpr,
    TemplateFor,
    TemplateIf,
    TemplateText,
    TupleCons,
    Unary,
)
from iplint.terraform import access
from iplint.terraform.failure import beyond_limit, fails, failure
from iplint.terraform.scope import ResourceEntries, ResourceMap, Thunk
from iplint.terraform.source_map import Relocated
from iplint.terraform.truth import (
    asked,
    both,
    composed,
    decide,
    identity_of,
    named,
    negation,
    unknown_truth,
    unknowns,
)
from iplint.value import (
    Absent,
    Chunk,
    Hole,
    Known,
    Map,
    Reason,
    Seq,
    Text,
    Unknown,
    as_bool,
    as_text,
    equals,
    literal_text,
    merged_reasons,
    pieces_given,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import TypeAlias

    from iplint.location import Span
    from iplint.syntax.hcl_tree import Expr, TemplatePart
    from iplint.terraform.scope import Scope
    from iplint.terraform.source_map import Node
    from iplint.value import Datum, Lazy, Value

    # Pairs of collections by their identities, and whether they are equal.
    Compared: TypeAlias = dict[tuple[int, int], tuple[Datum, Datum, bool | None]]

MAX_TEXT_LENGTH = 1024 * 1024
MAX_PIECES = 50_000
MAX_NUMBER = 1 << 512  # Terraform documentation, Types and Values: numbers have 512 bits of precision
# What it costs to bind the names of one repetition, to compare two values, and to put a piece into a text, in steps and
# bytes of a budget.
STEPS_A_REPETITION = 40
BYTES_A_REPETITION = 1_200
BYTES_A_PIECE = 16
STEPS_A_COMPARISON = 32
STEPS_A_STRUCTURE = 64
STEPS_A_PIECE = 8
STEPS_AN_INTERPOLATION = 40
STEPS_AN_EXPRESSION = 8
STEPS_AN_OPERATION = 32
CHARACTERS_A_STEP = 1


def evaluate(expr: Expr, scope: Scope) -> Value:
    """Return the value of an expression."""
    return _DISPATCH[type(expr)](expr, scope)


def later(expr: Expr, scope: Scope) -> Lazy:
    """Return the value of an expression, made when it is first asked for; literals are made at once."""
    kind = type(expr)
    if kind is Literal or (kind is TemplateExpr and _is_plain(expr)):
        return evaluate(expr, scope)
    return Thunk(scope.context.scenario, scope.span(expr), lambda: evaluate_whole(expr, scope))


def evaluate_whole(expr: Expr, scope: Scope) -> Value:
    """Return the value of an expression that nothing else holds, charged by its length."""
    charge(STEPS_AN_EXPRESSION + (expr.end - expr.start) // CHARACTERS_A_STEP)
    return evaluate(expr, scope)


def _is_plain(expr: Expr) -> bool:
    return isinstance(expr, TemplateExpr) and len(expr.parts) == 1 and type(expr.parts[0]) is TemplateText


# Literals and templates


def _literal(expr: Literal, scope: Scope) -> Value:
    at = scope.span(expr)
    value = expr.value
    if value is None:
        return Absent(at)
    return Known(value, at) if abs(value) <= MAX_NUMBER else _too_large(at)


def _too_large(at: Span) -> Value:
    return beyond_limit("a number that is too large", at, True)


def _template(expr: TemplateExpr, scope: Scope) -> Value:
    first = expr.parts[0] if expr.parts else None
    if len(expr.parts) == 1 and isinstance(first, TemplateText):
        return scope.source_map.literal(expr, first)
    if expr.bare and isinstance(first, Interpolation):
        return evaluate(first.expr, scope)
    at = scope.span(expr)
    if not expr.parts:
        return Known(Text((Chunk("", Verbatim(scope.source_map.span(at_end(expr), at_end(expr)))),)), at)
    return assembled(expr.parts, scope, at)


def at_end(expr: TemplateExpr) -> int:
    """Return the offset before the closing quote of an empty string."""
    return max(expr.start, expr.end - 1)


def assembled(parts: Sequence[TemplatePart], scope: Scope, at: Span, whole: bool = True) -> Value:
    """Return the text that the parts of a template come to; unless it has to be `whole`, with a hole where a part
    fails.
    """
    builder = TextBuilder(whole)
    builder.add(parts, scope)
    return builder.result(at)


class TextBuilder:
    """Puts a text together from the parts of a template."""

    def __init__(self, whole: bool = True) -> None:
        self._whole = whole
        self._pieces: list[Chunk | Hole] = []
        self._encodes: list[tuple[str, Value]] = []
        self._failed: Unknown | None = None
        self._size = 0
        self._only_blanks = True

    def result(self, at: Span) -> Value:
        """Return the text, or why there is none."""
        if self._failed is not None:
            return self._failed
        if not self._pieces:
            return Known(literal_text("", Origin(at)), at)
        charge(STEPS_A_PIECE * len(self._pieces))
        charge_bytes(BYTES_A_PIECE * len(self._pieces))
        # Blanks around an encoding do not change what it encodes.
        encodes = self._encodes[0] if len(self._encodes) == 1 and self._only_blanks else None
        return Known(Text(tuple(self._pieces), encodes), at)

    def add(self, parts: Sequence[TemplatePart], scope: Scope) -> None:
        """Add what the parts come to."""
        for part in parts:
            if self._failed is not None:
                return
            match part:
                case TemplateText():
                    if self._only_blanks and not part.text.isspace():
                        self._only_blanks = part.text == ""
                    self._extend(scope.source_map.pieces(part), len(part.text), scope, part)
                case Interpolation():
                    self._interpolate(part, scope)
                case TemplateIf():
                    self._choose(part, scope)
                case TemplateFor():
                    self._repeat(part, scope)

    def _extend(self, pieces: tuple[Chunk | Hole, ...], size: int, scope: Scope, node: Node) -> None:
        self._pieces += pieces
        self._size += size
        if self._size > MAX_TEXT_LENGTH or len(self._pieces) > MAX_PIECES:
            self._failed = beyond_limit("a text that is too large", scope.span(node), True)

    def _interpolate(self, part: Interpolation, scope: Scope) -> None:
        charge(STEPS_AN_INTERPOLATION)
        value = evaluate(part.expr, scope)
        match value:
            case Known(Text() as string):
                if string.encodes is not None:
                    self._encodes.append(string.encodes)
                else:
                    self._only_blanks = self._only_blanks and not string.flat.strip()
                size = sum(len(piece.text) for piece in string.pieces if isinstance(piece, Chunk))
                self._extend(pieces_given(string, value), size, scope, part)
            case Known(bool() | int() | float()):
                self._only_blanks = False
                written = as_text(value) or ""
                self._extend((Chunk(written, Origin(value.at)),), len(written), scope, part)
            case Unknown():
                self._gap(value, part, scope)
            case Absent():
                self._gap(failure("null in a text", value.at), part, scope)
            case Known():
                self._gap(failure("a list or an object in a text", value.at), part, scope)

    def _gap(self, value: Unknown, part: Node, scope: Scope) -> None:
        """Add a part that is unknown, which fails the whole text if it fails itself."""
        self._only_blanks = False
        if self._whole and fails(value):
            self._failed = value
        else:
            self._hole(value, part, scope)

    def _hole(self, value: Unknown, part: Node, scope: Scope) -> None:
        label = scope.source_map.source.text[part.start : part.end]
        self._extend((Hole(value, label if len(label) <= 200 else "${...}"),), 1, scope, part)

    def _choose(self, part: TemplateIf, scope: Scope) -> None:
        truth = decide(evaluate(part.cond, scope), scope, part.cond)
        if isinstance(truth, Unknown):
            self._gap(truth, part, scope)
            return
        self.add(part.then if truth else part.otherwise, scope)

    def _repeat(self, part: TemplateFor, scope: Scope) -> None:
        collection = evaluate(part.collection, scope)
        found = elements(collection, part)
        if isinstance(found, Unknown):
            self._gap(found, part, scope)
            return
        items, more = found
        for position, (key, value) in enumerate(items):
            names: dict[str, Lazy] = {part.value: value}
            if part.key is not None:
                names[part.key] = key
            self.add(part.body, scope.binding(names, f"[{position}]"))
            if self._failed is not None:
                return
        if more is not None:
            self._only_blanks = False
            self._hole(more, part, scope)


def elements(value: Value, repeated: Node) -> tuple[list[tuple[Value, Lazy]], Unknown | None] | Unknown:
    """Return the keys and values of a collection and what may add to them; an Unknown when it cannot be gone through.

    `repeated` is what is evaluated for each of them, which is charged here.
    """
    match value:
        case Unknown():
            return value
        case Absent():
            return failure("a repetition over null", value.at)
        case Known(Seq() as items):
            charge_repetitions(len(items), repeated)
            return [(Known(i, value.at), _item_of(items, i)) for i in range(len(items))], items.more
        case Known(Map() as members):
            charge_repetitions(len(members), repeated)
            entries = members.entries()
            more = None if isinstance(members, ResourceMap) else members.more
            if isinstance(members, ResourceEntries) and members.more is not None and not entries:
                return members.more
            # Terraform documentation, for Expressions: maps and objects are gone through in the order of their keys.
            ordered = sorted(entries.items(), key=_by_key)
            return [(Known(literal_text(key, Verbatim(at)), at), item) for key, (at, item) in ordered], more
        case Known():
            return failure("a repetition over something that is no collection", value.at)


def _by_key(entry: tuple[str, object]) -> str:
    return entry[0]


def _item_of(items: Seq, position: int) -> Callable[[], Value]:
    return lambda: items.item(position)


def charge_repetitions(count: int, repeated: Node) -> None:
    """Charge the evaluation of a piece of source as often as it is repeated: all of it takes as long as it is."""
    length = repeated.end - repeated.start
    charge(count * (STEPS_A_REPETITION + length // 2))
    charge_bytes(count * (BYTES_A_REPETITION + 4 * length))


# Traversals


def _name(expr: Name, scope: Scope) -> Value:
    bound = scope.bound.get(expr.name)
    if bound is not None:
        return bound() if callable(bound) else bound
    if scope.rest is not None:
        return scope.rest
    return failure(f"a reference to {expr.name}, which is not declared", scope.span(expr))


def _attr(expr: Attr, scope: Scope) -> Value:
    if scope.rest is None:
        found = scope.context.reference(expr, scope)
        if found is not None:
            return found
    return access.attribute(evaluate(expr.object, scope), expr.name, scope.span(expr))


def _index(expr: Index, scope: Scope) -> Value:
    value = evaluate(expr.object, scope)
    key = evaluate(expr.key, scope)
    return access.index(value, key, scope.span(expr))


def _splat(expr: Splat, scope: Scope) -> Value:
    value = evaluate(expr.object, scope)
    at = scope.span(expr)
    match value:
        case Absent():
            return Known(Seq([]), at, value.trail)
        case Unknown():
            made = Unknown(value.reasons, value.at, True, value.trail, value.ref)
            return composed(made, scope, expr, "{}[*]", value)
        case Known(Seq() as items):
            charge_repetitions(len(items), expr.each)
            lazy: list[Lazy] = [_item_of(items, position) for position in range(len(items))]
            return Known(Seq(_each(expr, lazy, scope), items.more), at, value.trail)
        case Known(ResourceEntries() as members):
            lazy = [item for _, item in members.entries().values()]
            return Known(Seq(_each(expr, lazy, scope), members.more), at, value.trail)
        case Known():
            return Known(Seq(_each(expr, [value], scope)), at, value.trail)


def _each(expr: Splat, items: list[Lazy], scope: Scope) -> list[Lazy]:
    return [later(expr.each, scope.binding({"*": item}, f"[{position}]")) for position, item in enumerate(items)]


# Collections


def _tuple(expr: TupleCons, scope: Scope) -> Value:
    return Known(Seq([later(item, scope) for item in expr.items]), scope.span(expr))


def _object(expr: ObjectCons, scope: Scope) -> Value:
    entries: dict[str, tuple[Span, Lazy]] = {}
    more: Unknown | None = None
    for key_expr, value_expr in expr.items:
        key = evaluate(key_expr, scope)
        name = as_text(key)
        if name is not None:
            entries[name] = (scope.span(key_expr), later(value_expr, scope))
            continue
        found = unknowns(key)
        if not found:
            return failure("a key of an object that is no text", scope.span(key_expr))
        more = more or Unknown(merged_reasons(iter(found)), scope.span(key_expr))
    return Known(Map(entries, more), scope.span(expr))


def _for(expr: ForExpr, scope: Scope) -> Value:
    at = scope.span(expr)
    found = elements(evaluate(expr.collection, scope), expr)
    if isinstance(found, Unknown):
        made = Unknown(found.reasons, found.at, True, found.trail)
        return named(made, scope, expr)
    pairs, more = found
    made_items: list[Lazy] = []
    groups: dict[str, tuple[Span, list[Lazy]]] = {}
    for position, (key, value) in enumerate(pairs):
        names: dict[str, Lazy] = {expr.value: value}
        if expr.key is not None:
            names[expr.key] = key
        inner = scope.binding(names, f"[{position}]")
        if expr.cond is not None:
            condition = evaluate(expr.cond, inner)
            truth = as_bool(condition)
            if truth is None:
                more = more or unknown_truth(at, condition)
                if fails(condition) and isinstance(condition, Unknown):
                    return condition
                continue
            if not truth:
                continue
        if expr.key_expr is None:
            made_items.append(later(expr.value_expr, inner))
            continue
        made_key = evaluate(expr.key_expr, inner)
        name = as_text(made_key)
        if name is None:
            more = more or unknown_truth(at, made_key)
            if not more.reasons:
                return failure("a key of an object that is no text", scope.span(expr.key_expr))
            continue
        group = groups.setdefault(name, (scope.span(expr.key_expr), []))[1]
        if not expr.group:
            group.clear()
        group.append(later(expr.value_expr, inner))
    if expr.key_expr is None:
        return Known(Seq(made_items, more), at)
    entries: dict[str, tuple[Span, Lazy]] = {
        name: (key_at, Known(Seq(group), at) if expr.group else group[0]) for name, (key_at, group) in groups.items()
    }
    return Known(Map(entries, more), at)


# Functions

# Those that evaluate their arguments when they need them, and the texts that they pass on.
LAZY_FUNCTIONS = {"try": Passed(Passing.SAME), "can": Passed(Passing.NONE), "convert": Passed(Passing.MEMBERS, (0,))}


def _call(expr: Call, scope: Scope) -> Value:
    # Terraform documentation, Function Calls: the built-in functions are also those of the namespace `core`.
    name = expr.name.removeprefix("core::")
    if name == "try":
        return _try(expr, scope)
    if name in ("can", "convert") and len(expr.args) != (1 if name == "can" else 2):
        return failure(f"{name}(...) with arguments it does not take", scope.span(expr))
    if name == "can":
        value = evaluate(expr.args[0], scope)
        if fails(value):
            return Known(False, scope.span(expr))
        if isinstance(value, Unknown) and not value.present:
            return composed(unknown_truth(scope.span(expr), value), scope, expr, "can({})", value)
        return Known(True, scope.span(expr))
    if name == "convert":
        return _convert(evaluate(expr.args[0], scope), expr.args[1], scope, scope.span(expr))
    args = [evaluate(arg, scope) for arg in expr.args]
    at = scope.span(expr)
    if expr.expand and args:
        last = args.pop()
        if not isinstance(last, Known) or not isinstance(last.value, Seq) or last.value.more is not None:
            unknown = [inner for value in (*args, last) for inner in unknowns(value)]
            if not unknown:
                return failure(f"an argument of {expr.name} that is no list", at)
            return composed(Unknown(merged_reasons(iter(unknown)), at), scope, expr, f"{expr.name}({{}}...)", last)
        args += last.value
    result = scope.context.call(name, args, scope, at)
    if result is None:
        result = Unknown((Reason(f"the function {expr.name}", at),), at)
    if isinstance(result, Unknown) and result.identity is None:
        form = ", ".join(["{}"] * len(args))
        return composed(result, scope, expr, f"{expr.name}({form})", *args)
    return result


def _convert(value: Value, type: Expr, scope: Scope, at: Span) -> Value:
    """`convert(value, type)`: as the older functions for single types, in all depth."""
    from iplint.terraform.variables import conform  # it evaluates the defaults that are written in types

    converted = conform(value, type, scope)
    kind = type.name if isinstance(type, Name | Call) else None
    if kind not in ("string", "number", "bool", "list", "set", "map"):
        return converted
    return scope.context.call(f"to{kind}", [converted], scope, at) or converted


def _try(expr: Call, scope: Scope) -> Value:
    value: Value = failure("try without an argument", scope.span(expr))
    for arg in expr.args:
        value = evaluate(arg, scope)
        if not fails(value):
            break
    return value


# Operators


def _parens(expr: Parens, scope: Scope) -> Value:
    return evaluate(expr.inner, scope)


def _relocated(expr: Relocated, scope: Scope) -> Value:
    return evaluate(expr.inner, scope.on(expr.source_map))


def _conditional(expr: Conditional, scope: Scope) -> Value:
    condition = evaluate(expr.cond, scope)
    truth = decide(condition, scope, expr.cond)
    if not isinstance(truth, Unknown):
        return evaluate(expr.then if truth else expr.otherwise, scope)
    if fails(truth):
        return truth
    then, otherwise = evaluate(expr.then, scope), evaluate(expr.otherwise, scope)
    if _scalar(then) is not None and _scalar(then) == _scalar(otherwise):
        return then
    match then, otherwise:
        case Known(True), Known(False):
            return truth
        case Known(False), Known(True):
            return negation(truth, scope, expr.cond)
        case Known(True), (Unknown() | Known(bool())):
            return both("or", truth, otherwise, scope, expr)
        case ((Unknown() | Known(bool())), Known(False)):
            return both("and", truth, then, scope, expr)
        case _:
            pass
    present = all(isinstance(v, Known) or (isinstance(v, Unknown) and v.present) for v in (then, otherwise))
    result = Unknown(truth.reasons, scope.span(expr), present)
    return asked(composed(result, scope, expr, "{} ? {} : {}", truth, then, otherwise), scope)


def _scalar(value: Value) -> str | bool | int | float | None:
    match value:
        case Known(Text() as string):
            return string.plain
        case Known(bool() | int() | float() as scalar):
            return scalar
        case _:
            return None


def _unary(expr: Unary, scope: Scope) -> Value:
    value = evaluate(expr.operand, scope)
    if expr.op == "!":
        return negation(value, scope, expr.operand)
    number = _number(value)
    if number is not None:
        return Known(-number, scope.span(expr), value.trail)
    return _arithmetic_unknown(expr, scope, "-{}", value)


def _binary(expr: Binary, scope: Scope) -> Value:
    charge(STEPS_AN_OPERATION)
    op = expr.op
    left = evaluate(expr.left, scope)
    if op in ("&&", "||"):
        kind = "or" if op == "||" else "and"
        if as_bool(left) is (kind == "or"):
            return both(kind, left, left, scope, expr)
        return both(kind, left, evaluate(expr.right, scope), scope, expr)
    right = evaluate(expr.right, scope)
    if op == "==":
        return _equality(expr, left, right, scope)
    if op == "!=":
        return negation(_equality(expr, left, right, scope), scope, expr)
    first, second = _number(left), _number(right)
    if op in _ORDER:
        return _ordered(expr, left, right, scope)
    if first is None or second is None:
        return _arithmetic_unknown(expr, scope, f"({{}} {op} {{}})", left, right)
    return _calculated(expr, first, second, scope)


def _number(value: Value) -> int | float | None:
    match value:
        case Known(bool()):
            return None
        case Known(int() | float() as number):
            return number
        case Known(Text() as string):
            return to_number(string.plain or "")
        case _:
            return None


def to_number(string: str) -> int | float | None:
    """Return the number that a text converts to; None when it is none."""
    if len(string) > 150 or not string.isascii() or "_" in string or string != string.strip():
        return None
    try:
        return int(string)
    except ValueError:
        pass
    try:
        number = float(string)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _arithmetic_unknown(expr: Unary | Binary, scope: Scope, form: str, *operands: Value) -> Value:
    at = scope.span(expr)
    result = unknown_truth(at, *operands)
    if not result.reasons:
        return failure("a calculation with something that is no number", at)
    return composed(result, scope, expr, form, *operands)


def _calculated(expr: Binary, left: int | float, right: int | float, scope: Scope) -> Value:
    at = scope.span(expr)
    try:
        result = _CALCULATE[expr.op](left, right)
    except (ZeroDivisionError, OverflowError):
        return failure("a calculation without a result", at)
    if isinstance(result, float) and not math.isfinite(result):
        return failure("a calculation without a result", at)
    if abs(result) > MAX_NUMBER:
        return _too_large(at)
    return Known(result, at)


def _divide(left: int | float, right: int | float) -> int | float:
    if isinstance(left, int) and isinstance(right, int) and left % right == 0:
        return left // right
    return left / right


def _remainder(left: int | float, right: int | float) -> int | float:
    if isinstance(left, int) and isinstance(right, int):
        rest = abs(left) % abs(right)
        return -rest if left < 0 else rest
    return math.fmod(left, right)


_CALCULATE: dict[str, Callable[[int | float, int | float], int | float]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": _divide,
    "%": _remainder,
}
_ORDER: dict[str, Callable[[int | float, int | float], bool]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def _ordered(expr: Binary, left: Value, right: Value, scope: Scope) -> Value:
    first, second = _number(left), _number(right)
    if first is not None and second is not None:
        return Known(_ORDER[expr.op](first, second), scope.span(expr))
    at = scope.span(expr)
    result = unknown_truth(at, left, right)
    if not result.reasons:
        return failure("a comparison of things that are no numbers", at)
    identity = identity_of(left) or ""
    empty = _emptiness(expr.op, identity, second)
    if empty is not None:
        truth = composed(result, scope, expr, "{} == 0", left)
        return truth if empty else negation(truth, scope, expr)
    # `a <= b` is written as the negation of `a > b`, so that both are settled together.
    if expr.op in ("<=", ">="):
        inverse = ">" if expr.op == "<=" else "<"
        return negation(composed(result, scope, expr, f"{{}} {inverse} {{}}", left, right), scope, expr)
    return composed(result, scope, expr, f"{{}} {expr.op} {{}}", left, right)


def _emptiness(op: str, identity: str, bound: int | float | None) -> bool | None:
    """Return whether a comparison of a length asks if it is zero (True) or not (False); None when it asks something
    else.
    """
    if not identity.startswith("length("):
        return None
    if (op, bound) in ((">", 0), (">=", 1)):
        return False
    return True if (op, bound) in (("<", 1), ("<=", 0)) else None


def _equality(expr: Binary, left: Value, right: Value, scope: Scope) -> Value:
    at = scope.span(expr)
    result = same(left, right)
    if result is not None:
        return Known(result, at)
    if isinstance(left, Known) and not isinstance(right, Known):
        left, right = right, left
    unknown = unknown_truth(at, left, right)
    if _is_empty_collection(right):
        return composed(unknown, scope, expr, "length({}) == 0", left)
    truth = composed(unknown, scope, expr, "{} == {}", left, right)
    by_input = any(isinstance(side, Unknown) and side.input is not None for side in (left, right))
    return asked(truth, scope) if by_input and _scalar(right) is not None else truth


def _is_empty_collection(value: Value) -> bool:
    match value:
        case Known(Seq() as items):
            return not len(items) and items.more is None
        case Known(Map() as members):
            return not len(members) and members.more is None
        case _:
            return False


def same(left: Value, right: Value, compared: Compared | None = None) -> bool | None:
    """Return whether two values are equal; None when that is unknown. Inputs learn the literals they are compared with.

    Two collections are compared once, wherever they are held: `compared` are those that were.
    """
    charge(STEPS_A_COMPARISON)
    match left, right:
        case (Absent(), Absent()):
            return True
        case (Absent(), other) | (other, Absent()):
            return None if isinstance(other, Unknown) and not other.present else False
        case (Known() | Unknown(), Known(Text() | bool() | int() | float())):
            return _with_literal(left, right)
        case (Known(Text() | bool() | int() | float()), _):
            return _with_literal(right, left)
        case (Known(datum), Known(other_datum)):
            compared = compared if compared is not None else {}
            pair = id(datum), id(other_datum)
            if pair not in compared:
                charge(STEPS_A_STRUCTURE)
                # The collections are kept with the answer, so that no others get their identities.
                compared[pair] = datum, other_datum, _same_structure(datum, other_datum, compared)
            return compared[pair][2]
        case (Unknown(), Unknown()):
            return True if left.identity is not None and left.identity == right.identity else None
        case _:
            return None


def _with_literal(value: Value, literal: Value) -> bool | None:
    first, second = _scalar(value), _scalar(literal)
    if isinstance(literal, Known) and literal.input is not None and first is not None:
        literal.input.compared_with(first)
    if second is not None:
        return equals(value, second)
    if first is not None:
        return equals(literal, first)
    if isinstance(value, Known) and isinstance(value.value, Seq | Map):
        return False
    left, right = identity_of(value), identity_of(literal)
    return True if left is not None and left == right else None


def _same_structure(left: Datum, right: Datum, compared: Compared) -> bool | None:
    if isinstance(left, Seq) and isinstance(right, Seq):
        if (left.more is None and len(left) < len(right)) or (right.more is None and len(right) < len(left)):
            return False
        if left.more is not None or right.more is not None:
            return None
        return _all_same(zip(left, right, strict=True), compared)
    if isinstance(left, Map) and isinstance(right, Map):
        if isinstance(left, ResourceMap) or isinstance(right, ResourceMap):
            return None
        keys, other_keys = set(left), set(right)
        if (left.more is None and other_keys - keys) or (right.more is None and keys - other_keys):
            return False
        if left.more is not None or right.more is not None:
            return None
        pairs = ((left.get(key), right.get(key)) for key in sorted(keys))
        return _all_same(((a, b) for a, b in pairs if a is not None and b is not None), compared)
    # An empty list and an empty set or map are compared as what they hold: nothing.
    return not len(left) and not len(right) if isinstance(left, Seq | Map) and isinstance(right, Seq | Map) else False


def _all_same(pairs: Iterable[tuple[Value, Value]], compared: Compared) -> bool | None:
    known: bool | None = True
    for left, right in pairs:
        result = same(left, right, compared)
        if result is False:
            return False
        known = None if result is None else known
    return known


_DISPATCH: dict[type[object], Callable[..., Value]] = {
    Literal: _literal,
    TemplateExpr: _template,
    Name: _name,
    Attr: _attr,
    Index: _index,
    Splat: _splat,
    Call: _call,
    TupleCons: _tuple,
    ObjectCons: _object,
    ForExpr: _for,
    Conditional: _conditional,
    Binary: _binary,
    Unary: _unary,
    Parens: _parens,
    Relocated: _relocated,
}

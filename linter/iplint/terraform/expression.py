"""Evaluate expressions in one scenario."""

from __future__ import annotations

from functools import partial

from iplint import number as numbers
from iplint.aws.marks import stands_for_key
from iplint.budget import charge, charge_bytes
from iplint.datatype import BOOL, DYNAMIC, NUMBER, PRIMITIVES, STRING, Kind, Type, list_of, map_of
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
from iplint.terraform.equality import converter, replace_maybe, same, scalar
from iplint.terraform.failure import beyond_limit, failed, fails, failure, has_unknown, lacks_file_of
from iplint.terraform.scope import InstanceSeq, PartiallyOrderedSeq, ResourceEntries, Thunk
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
from iplint.terraform.types import OPAQUE, is_set, kind_of, like, numbers_in, truth_of, type_of
from iplint.terraform.unicode import normal, normalized
from iplint.terraform.unification import Mismatch, loses_types, unify
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
    as_text,
    asks_for_any,
    asks_for_none,
    literal_text,
    merged_reasons,
    pieces_given,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeGuard

    from iplint.location import Span
    from iplint.number import Number
    from iplint.scenario import Scenario
    from iplint.syntax.hcl_tree import Expr, TemplatePart
    from iplint.terraform.scope import Scope
    from iplint.terraform.source_map import Node
    from iplint.value import Datum, Lazy, Value

MAX_TEXT_LENGTH = 1024 * 1024
MAX_PIECES = 50_000
# What it costs to bind the names of one repetition, to compare two values, and to put a piece into a text, in steps and
# bytes of a budget.
STEPS_A_REPETITION = 40
BYTES_A_REPETITION = 1_200
BYTES_A_PIECE = 16
STEPS_A_PIECE = 8
STEPS_AN_INTERPOLATION = 40
STEPS_AN_EXPRESSION = 8
STEPS_AN_OPERATION = 32
CHARACTERS_A_STEP = 1


def evaluate(expr: Expr, scope: Scope) -> Value:
    """Return the value of an expression."""
    return _DISPATCH[type(expr)](expr, scope)


def later(expr: Expr, scope: Scope) -> Lazy:
    """Return the value of an expression, evaluated when first used; literals are evaluated at once."""
    kind = type(expr)
    if kind is Literal or (kind is TemplateExpr and _is_plain(expr)):
        return evaluate(expr, scope)
    return Thunk(scope.context.scenario, scope.span(expr), lambda: evaluate_whole(expr, scope))


def evaluate_whole(expr: Expr, scope: Scope) -> Value:
    """Return the value of an expression outside of any other, charged by its length."""
    charge(STEPS_AN_EXPRESSION + (expr.end - expr.start) // CHARACTERS_A_STEP)
    return evaluate(expr, scope)


def _is_plain(expr: Expr) -> bool:
    return isinstance(expr, TemplateExpr) and len(expr.parts) == 1 and type(expr.parts[0]) is TemplateText


# Literals and templates


def _literal(expr: Literal, scope: Scope) -> Value:
    at = scope.span(expr)
    value = expr.value
    return Absent(at, (), DYNAMIC) if value is None else Known(value, at)


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
    """Return the text of a template's parts; unless it must be `whole`, a part that fails becomes a hole."""
    builder = TextBuilder(whole)
    builder.add(parts, scope)
    return builder.result(at)


class TextBuilder:
    """Concatenate the parts of a template to a text."""

    def __init__(self, whole: bool = True) -> None:
        self._whole = whole
        self._pieces: list[Chunk | Hole] = []
        self._encodes: list[tuple[str, Value]] = []
        self._failed: Unknown | None = None
        self._size = 0
        self._only_blanks = True

    def result(self, at: Span) -> Value:
        """Return the text, or the failure."""
        if self._failed is not None:
            return self._failed
        if not self._pieces:
            return Known(literal_text("", Origin(at)), at)
        charge(STEPS_A_PIECE * len(self._pieces))
        charge_bytes(BYTES_A_PIECE * len(self._pieces))
        # Blanks around an encoding do not change what it encodes.
        encodes = self._encodes[0] if len(self._encodes) == 1 and self._only_blanks else None
        return Known(Text(tuple(normalized(self._pieces)), encodes), at)

    def add(self, parts: Sequence[TemplatePart], scope: Scope) -> None:
        """Add the results of the parts."""
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
        """Add an unknown part; a part that fails makes the whole text fail."""
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
        settled = _settled(collection)
        for position, (key, value) in enumerate(items):
            names: dict[str, Lazy] = {part.value: value}
            if part.key is not None:
                names[part.key] = key
            if settled is not None and position >= settled:
                # Others may come before it.
                more = more or _order(scope.span(part))
                self._hole(more, part, scope)
            self.add(part.body, scope.binding(names, f"[{position}]"))
            if self._failed is not None:
                return
        if more is not None:
            self._only_blanks = False
            self._hole(more, part, scope)


def elements(value: Value, repeated: Node) -> tuple[list[tuple[Value, Lazy]], Unknown | None] | Unknown:
    """Return the keys and values of a collection and what may add to them; an Unknown when it cannot be iterated.

    `repeated` is what is evaluated for each of them, which is charged here.
    """
    asks_for_any(value)
    match value:
        case Unknown():
            return value
        case Absent():
            return failure("a repetition over null", value.at)
        case Known(Seq() as items):
            charge_repetitions(len(items), repeated)
            if is_set(items):
                # Terraform documentation, For Expressions: the key of an element of a set is the element itself.
                return [(item, item) for item in items], items.more
            settled = items.settled if isinstance(items, PartiallyOrderedSeq) else len(items)
            keys: list[Value] = [Known(i, value.at) if i < settled else _order(value.at) for i in range(len(items))]
            return [(key, _item_of(items, i)) for i, key in enumerate(keys)], items.more
        case Known(Map() as members):
            charge_repetitions(len(members), repeated)
            entries = members.entries()
            if isinstance(members, ResourceEntries) and members.more is not None and not entries:
                return members.more
            # Terraform documentation, for Expressions: maps and objects are gone through in the order of their keys.
            ordered = sorted(entries.items(), key=_by_key)
            return [(Known(literal_text(key, Verbatim(at)), at), item) for key, (at, item) in ordered], members.more
        case Known():
            return failure("an iteration over something that is not a collection", value.at)


def _settled(collection: Value) -> int | None:
    """Return before how many items of a collection no others certainly come; None for all of them."""
    match collection:
        case Known(PartiallyOrderedSeq() as items):
            return None if items.is_only else items.settled
        case Known(Seq() as items) if items.more is not None and is_set(items):
            return 0
        case Known(Map() as members) if members.more is not None:
            return 0
        case _:
            return None


def _is_firm(collection: Value) -> bool:
    """Return whether all items of a collection certainly exist."""
    return not (isinstance(collection, Known) and isinstance(collection.value, PartiallyOrderedSeq)) or (
        collection.value.firm
    )


def _order(at: Span) -> Unknown:
    return Unknown((Reason("the order of a list", at),), at, present=True)


def _by_key(entry: tuple[str, object]) -> str:
    return entry[0]


def _item_of(items: Seq, position: int) -> Callable[[], Value]:
    return lambda: items.item(position)


def charge_repetitions(count: int, repeated: Node) -> None:
    """Charge the evaluation of a piece of source by its length, for each repetition."""
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
        case Absent(type=type):
            if type is not None and type.kind in (Kind.LIST, Kind.SET, Kind.TUPLE):
                return failure("the items of null", at)
            return Known(Seq([]), at, value.trail)
        case Unknown():
            made = Unknown(value.reasons, value.at, True, value.trail, value.ref)
            return composed(made, scope, expr, "{}[*]", value)
        case Known(Seq() as items):
            if not len(items) and items.more is None and not _is_possible(expr.each, value):
                return failure("an attribute or index of items that have none", at)
            charge_repetitions(len(items), expr.each)
            return Known(_splat_items(expr, items, scope), at, value.trail)
        case Known(ResourceEntries() as members):
            lazy: list[Lazy] = [item for _, item in members.entries().values()]
            return Known(Seq(_each(expr, lazy, scope), members.more), at, value.trail)
        case Known():
            return Known(Seq(_each(expr, [value], scope)), at, value.trail)


def _is_possible(each: Expr, empty: Value) -> bool:
    """Return whether the items of a list without items have a type that `each` is possible for."""
    type = type_of(empty)
    try:
        _type_of_each(each, type.element if type is not None else None)
    except Mismatch:
        return False
    return True


def _type_of_each(each: Expr, element: Type | None) -> Type | None:
    """Return the type of an item's attribute or index; None where it is not known. Raises Mismatch for an error."""
    match each:
        case Name():
            return element
        case Attr(object=inner, name=name):
            found = _type_of_each(inner, element)
            match found and found.kind:
                case Kind.OBJECT if found is not None:
                    if name not in found.attributes:
                        raise Mismatch
                    return found.attributes[name]
                case Kind.MAP if found is not None:
                    return found.element
                case None | Kind.DYNAMIC:
                    return None
                case _:
                    raise Mismatch
        case Index(object=inner):
            found = _type_of_each(inner, element)
            if found is not None and (found.kind is Kind.SET or found.kind in PRIMITIVES):
                raise Mismatch
            return found.element if found is not None and found.kind in (Kind.LIST, Kind.MAP) else None
        case _:
            return None


def _splat_items(expr: Splat, items: Seq, scope: Scope) -> Seq:
    made = _each(expr, [_item_of(items, position) for position in range(len(items))], scope)
    if isinstance(items, PartiallyOrderedSeq):
        return PartiallyOrderedSeq(made, items.settled, items.more, items.firm)
    kind = InstanceSeq if isinstance(items, InstanceSeq) and items.more is not None else Seq
    result = kind(made, items.more, items.type and (lambda: list_of(_element_of(result))))
    return result


def _element_of(items: Seq) -> Type | None:
    """Return the element type of a list."""
    return type_of(items.item(0)) if len(items) else None


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
            entries[normal(name)] = (scope.span(key_expr), later(value_expr, scope))
            continue
        found = unknowns(key)
        if not found or fails(key):
            return failure("a key of an object that is not a string", scope.span(key_expr))
        gap = Unknown(merged_reasons(iter(found)), scope.span(key_expr))
        replace_maybe(entries, key, gap)
        more = more or gap
    return Known(Map(entries, more), scope.span(expr))


def _for(expr: ForExpr, scope: Scope) -> Value:
    at = scope.span(expr)
    collection = evaluate(expr.collection, scope)
    found = elements(collection, expr)
    if isinstance(found, Unknown):
        # What is made of a part of a key is one.
        ref, input = (found.ref, found.input) if stands_for_key(found) else (None, None)
        made = Unknown(found.reasons, found.at, True, found.trail, ref, input)
        return named(made, scope, expr)
    pairs, more = found
    made_items: list[Lazy] = []
    # How many of the items certainly are where they are in the result.
    settled: int | None = None
    settled_before = _settled(collection)
    groups: dict[str, tuple[Span, list[Lazy]]] = {}
    # How many items each group had when the first one came of which the group or the place is not known.
    firm_sizes: dict[str, int] | None = None

    def sizes() -> dict[str, int]:
        return firm_sizes if firm_sizes is not None else {name: len(group) for name, (_, group) in groups.items()}

    for position, (key, value) in enumerate(pairs):
        if position == settled_before and settled is None:
            settled = len(made_items)
            firm_sizes = sizes()
        names: dict[str, Lazy] = {expr.value: value}
        if expr.key is not None:
            names[expr.key] = key
        inner = scope.binding(names, f"[{position}]")
        if expr.cond is not None:
            condition = evaluate(expr.cond, inner)
            truth = truth_of(condition)
            if truth is None:
                unknown = unknown_truth(at, condition)
                if not unknown.reasons:
                    return failure("a condition that is neither true nor false", scope.span(expr.cond))
                if fails(condition):
                    return unknown
                more = more or unknown
                settled = len(made_items) if settled is None else settled
                firm_sizes = sizes()
                continue
            if not truth:
                continue
        if expr.key_expr is None:
            made_items.append(later(expr.value_expr, inner))
            continue
        made_key = evaluate(expr.key_expr, inner)
        name = as_text(made_key)
        if name is None:
            unknown = unknown_truth(at, made_key)
            if not unknown.reasons:
                return failure("a key of an object that is not a string", scope.span(expr.key_expr))
            more = more or unknown
            firm_sizes = sizes()
            continue
        name = normal(name)
        group = groups.setdefault(name, (scope.span(expr.key_expr), []))[1]
        if group and not expr.group:
            return failure(f"two items with the key {name}", scope.span(expr.key_expr))
        group.append(later(expr.value_expr, inner))
    if expr.key_expr is None:
        if settled is not None:
            firm = _is_firm(collection)
            return Known(PartiallyOrderedSeq(made_items, settled, more, firm), at)
        return Known(Seq(made_items, more), at)
    if not expr.group:
        return Known(Map({name: (key_at, group[0]) for name, (key_at, group) in groups.items()}, more), at)
    entries: dict[str, tuple[Span, Lazy]] = {}
    for name, (key_at, group) in groups.items():
        members = Seq(group)
        if more is not None or firm_sizes is not None:
            # Any item that is not known may be one of this group.
            firm_size = len(group) if firm_sizes is None else firm_sizes.get(name, 0)
            members = PartiallyOrderedSeq(group, firm_size, more, _is_firm(collection))
        entries[name] = key_at, Known(members, at)
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
        foreign = fails(value) and lacks_file_of(value, scope.span(expr.args[0]))
        if not foreign and (fails(value) or parts_fail(expr.args[0], scope)):
            return Known(False, scope.span(expr))
        if (
            foreign
            or _may_fail(expr.args[0], value)
            or _fails_before(expr.args[0], scope)
            or scope.context.scenario.aside(lambda: _may_fail_inside(expr.args[0], scope)) is not None
        ):
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
                return failure(f"an argument of {expr.name} that is not a list", at)
            return composed(Unknown(merged_reasons(iter(unknown)), at), scope, expr, f"{expr.name}({{}}...)", last)
        args += last.value
    for arg in args:
        if isinstance(arg, Unknown) and failed(arg):
            return arg
    result = scope.context.call(name, args, scope, at)
    if result is None:
        result = Unknown((Reason(f"the function {expr.name}", at),), at)
    if isinstance(result, Unknown) and result.identity is None:
        form = ", ".join(["{}"] * len(args))
        return composed(result, scope, expr, f"{expr.name}({form})", *args)
    return result


def _convert(value: Value, type: Expr, scope: Scope, at: Span) -> Value:
    """Return `convert(value, type)`: as the older conversion functions, for nested types too."""
    converted = scope.context.convert(value, type, scope)
    kind = type.name if isinstance(type, Name | Call) else None
    if kind not in ("string", "number", "bool", "list", "set", "map"):
        return converted
    return scope.context.call(f"to{kind}", [converted], scope, at) or converted


def _try(expr: Call, scope: Scope) -> Value:
    value: Value = failure("try without an argument", scope.span(expr))
    # What the first argument that fails only in some versions is where it does not.
    newer: tuple[Expr, Value] | None = None
    for arg in expr.args:
        _ask_for_members(arg, scope)
        value = evaluate(arg, scope)
        if fails(value):
            if lacks_file_of(value, scope.span(arg)):
                break
            continue
        if parts_fail(arg, scope):
            value = failure("an expression of which a part fails", scope.span(arg))
            continue
        if not _fails_before(arg, scope):
            if arg is not expr.args[-1] and not isinstance(value, Unknown):
                value = _unless_it_fails(value, arg, expr, scope)
            break
        newer = newer or (arg, value)
    if newer is None or same(newer[1], value):
        return value
    return Unknown((Reason(EAGER, scope.span(newer[0])),), scope.span(newer[0]))


def _unless_it_fails(value: Value, arg: Expr, expr: Call, scope: Scope) -> Value:
    """Return the value of an argument of `try`; unknown where something unknown in it may fail: then others count."""
    # To look for it does not make the result depend on further inputs.
    deciding = scope.context.scenario.aside(lambda: _may_lack(arg, scope) or _may_fail_inside(arg, scope))
    if deciding is None:
        return value
    others = expr.args[expr.args.index(arg) + 1 :]
    if same(value, _try(Call(expr.start, expr.end, expr.name, others, False), scope)):
        return value
    return Unknown(deciding.reasons, scope.span(arg))


def _may_fail_inside(expr: Expr, scope: Scope) -> Unknown | None:
    """Return what decides whether a part of an expression fails; None when none may fail that does not."""
    inner = scope.on(expr.source_map) if isinstance(expr, Relocated) else scope
    parts = _parts_of(expr)
    if isinstance(expr, Conditional):
        for arm, other in ((expr.then, expr.otherwise), (expr.otherwise, expr.then)):
            value = evaluate(arm, inner)
            if _is_of_any_type(value) and not isinstance(evaluate(other, inner), Absent):
                # The type of the other result may be another.
                return value
        truth = truth_of(evaluate(expr.cond, inner))
        parts = parts if truth is None else [expr.cond, expr.then if truth else expr.otherwise]
    for part in parts:
        found = _may_lack(part, inner) or _may_fail_inside(part, inner)
        if found is not None:
            return found
    if isinstance(expr, ForExpr):
        if expr.key_expr is not None and not expr.group:
            made = evaluate(expr, inner)
            if isinstance(made, Known) and isinstance(made.value, Map) and made.value.more is not None:
                # Two items may have the same key.
                return made.value.more
        bodies = [part for part in (expr.cond, expr.key_expr, expr.value_expr) if part is not None]
        for body_scope in _body_scopes(expr, scope) if any(map(_is_compound, bodies)) else ():
            for body in bodies:
                found = _may_lack(body, body_scope) or _may_fail_inside(body, body_scope)
                if found is not None:
                    return found
    return None


def _is_compound(expr: Expr) -> bool:
    return not isinstance(expr, Literal | Name)


def _may_lack(expr: Expr, scope: Scope) -> Unknown | None:
    """Return the unknown that may lack an attribute or item, or the unknown result of a call that may fail."""
    match expr:
        case Attr(object=part, name=name):
            found = evaluate(part, scope)
            type = type_of(found)
            if type is not None and type.kind is Kind.OBJECT and name in type.attributes:
                return None
        case Index(object=part):
            found = evaluate(part, scope)
        case Call(name="can"):
            return None
        case Call(name="try", args=[*_, last]):
            return _may_lack(last, scope) or _may_fail_inside(last, scope)
        case Call(name="jsondecode" | "yamldecode"):
            # A value that a text takes in may make another document of it, or none.
            found = evaluate(expr.args[0], scope) if expr.args else failure("no argument", scope.span(expr))
            if isinstance(found, Known) and isinstance(found.value, Text) and found.value.encodes is None:
                found = next((hole.value for hole in found.value.holes), found)
        case Call(name=called, args=args) if called not in _OF_ANY_TYPE:
            found = evaluate(expr, scope)
            if not isinstance(found, Unknown) or found.present:
                given = [item for arg in args for item in _items_of(evaluate(arg, scope), called)]
                if called == "templatefile" and isinstance(found, Known) and isinstance(found.value, Text):
                    given += [hole.value for hole in found.value.holes]
                return next(filter(_is_of_any_type, given), None)
        case _:
            return None
    # What is only the beginning of a reference fails.
    return found if isinstance(found, Unknown) and not failed(found) else None


# Functions that take a value of any type, so that they never fail by it.
_OF_ANY_TYPE = (
    "jsonencode",
    "yamlencode",
    "sensitive",
    "nonsensitive",
    "issensitive",
    "ephemeralasnull",
    "type",
    "can",
)
# Functions whose arguments may have items of any types.
_OF_ANY_ITEMS = (
    "concat",
    "flatten",
    "length",
    "keys",
    "values",
    "merge",
    "one",
    "element",
    "lookup",
    "slice",
    "reverse",
)


def _items_of(value: Value, called: str) -> Iterator[Value]:
    """Yield what a function needs to be of a certain type: an argument, and its items unless they may be of any."""
    yield value
    if isinstance(value, Known) and called not in _OF_ANY_ITEMS:
        match value.value:
            case Seq() as items if type(items) is Seq:
                yield from items
                if items.more is not None:
                    yield items.more
            case Map() as members if type(members) is Map:
                for name in members:
                    yield members.get(name) or Absent(value.at)
                if members.more is not None:
                    yield members.more
            case _:
                pass


def _is_of_any_type(value: Value) -> TypeGuard[Unknown]:
    """Return whether an unknown may be of any type: an input without a type, and not what a resource has."""
    return isinstance(value, Unknown) and value.type is None and value.ref is None and not failed(value)


def _ask_for_members(expr: Expr, scope: Scope) -> None:
    """Record that `try` asks whether a collection has the member that an expression names."""
    while isinstance(expr, Attr | Index):
        expr = expr.object
        if not isinstance(expr, Name):
            asks_for_none(evaluate(expr, scope))


def _may_fail(expr: Expr, value: Value) -> bool:
    """Return whether an unknown part of the value of an expression may turn out to be an error."""
    if isinstance(value, Unknown) and (not value.present or not _is_reference(expr)):
        return True
    return not _is_reference(expr) and has_unknown(value)


LOGIC = ("&&", "||")
EAGER = "whether Terraform evaluates both operands of && and ||, as it does before version 1.12"


def _fails_before(expr: Expr, scope: Scope) -> bool:
    """Return whether only versions before 1.12 fail: by an operand that does not decide."""
    return _has_logic(expr) and parts_fail(expr, scope, eager=True)


def _has_logic(expr: Expr) -> bool:
    """Return whether there is `&&` or `||` in the parts of an expression that `parts_fail` looks at."""
    return (isinstance(expr, Binary) and expr.op in LOGIC) or any(map(_has_logic, _parts_of(expr)))


def _parts_of(expr: Expr) -> list[Expr]:
    """Return the parts of an expression that are evaluated with it; none of `try` and `can`, which catch errors."""
    match expr:
        case Call(name="try" | "can"):
            return []
        case Call(args=parts) | TupleCons(items=parts):
            return parts
        case Binary(left=left, right=right):
            return [left, right]
        case Unary(operand=part) | Parens(inner=part) | Attr(object=part) | Splat(object=part):
            return [part]
        case Index(object=part, key=key):
            return [part, key]
        case ObjectCons(items=items):
            return [part for pair in items for part in pair]
        case ForExpr(collection=part):
            return [part]
        case Conditional(cond=part, then=then, otherwise=otherwise):
            return [part, then, otherwise]
        case TemplateExpr(parts=pieces):
            return [piece.expr for piece in pieces if isinstance(piece, Interpolation)]
        case _:
            return []


def parts_fail(expr: Expr, scope: Scope, eager: bool = False) -> bool:
    """Return whether a part of an expression fails, even if the whole expression has a value.

    `eager` counts operands of `&&` and `||` that do not decide, too.
    """
    parts = _parts_of(expr)
    match expr:
        case Binary(op="&&" | "||", left=left, right=right):
            # Since Terraform 1.12 the right operand of these is evaluated only when it decides.
            if not eager:
                parts = [left]
            elif _is_no_truth(evaluate(right, scope)):
                return True
        case ForExpr():
            if _bodies_fail(expr, scope, eager):
                return True
        case Conditional(cond=part, then=then, otherwise=otherwise):
            arms_fail = parts_fail(then, scope, eager) or parts_fail(otherwise, scope, eager)
            if not arms_fail and not _unify(evaluate(then, scope), evaluate(otherwise, scope)):
                return True
            parts = [part]
        case _:
            pass
    inner = scope.on(expr.source_map) if isinstance(expr, Relocated) else scope
    return any(
        type(part) not in (Literal, Name) and (parts_fail(part, inner, eager) or fails(evaluate(part, inner)))
        for part in parts
        if not _is_reference(part)
    )


def _bodies_fail(expr: ForExpr, scope: Scope, eager: bool) -> bool:
    """Return whether a part of the condition, key or value of a `for` fails for one of its items."""
    bodies = [part for part in (expr.key_expr, expr.value_expr) if part is not None and _parts_of(part)]
    cond = expr.cond
    if cond is not None and _parts_of(cond):
        every = _body_scopes(expr, scope, every=True)
        if any(parts_fail(cond, inner, eager) for inner in every):
            return True
    scopes = _body_scopes(expr, scope) if bodies else ()
    return any(parts_fail(part, inner, eager) for inner in scopes for part in bodies)


def _body_scopes(expr: ForExpr, scope: Scope, every: bool = False) -> Iterator[Scope]:
    """Yield the scopes in which the key and value of a `for` are evaluated, of every item its condition."""
    found = elements(evaluate(expr.collection, scope), expr)
    if isinstance(found, Unknown):
        return
    for position, (key, value) in enumerate(found[0]):
        names = {expr.value: value} if expr.key is None else {expr.value: value, expr.key: key}
        inner = scope.binding(names, f"[{position}]")
        if every or expr.cond is None or truth_of(evaluate(expr.cond, inner)) is not False:
            yield inner


def _is_no_truth(value: Value) -> bool:
    return isinstance(value, Absent) or (isinstance(value, Known) and truth_of(value) is None)


def _unify(left: Value, right: Value) -> bool:
    """Return whether two results of a conditional have a common type."""
    try:
        if not any(isinstance(value, Unknown) and failed(value) for value in (left, right)):
            unify([type_of(left), type_of(right)])
    except Mismatch:
        return False
    return True


def _is_reference(expr: Expr) -> bool:
    """Return whether an expression only names something: errors of its target are not errors of the expression."""
    while isinstance(expr, Attr):
        expr = expr.object
    return isinstance(expr, Name)


# Operators


def _parens(expr: Parens, scope: Scope) -> Value:
    return evaluate(expr.inner, scope)


def _relocated(expr: Relocated, scope: Scope) -> Value:
    return evaluate(expr.inner, scope.on(expr.source_map))


def _conditional(expr: Conditional, scope: Scope) -> Value:
    condition = evaluate(expr.cond, scope)
    truth = decide(condition, scope, expr.cond)
    if not isinstance(truth, Unknown):
        chosen, other = (expr.then, expr.otherwise) if truth else (expr.otherwise, expr.then)
        return unified(evaluate(chosen, scope), other, scope, scope.span(expr))
    if fails(truth):
        return truth
    then, otherwise = evaluate(expr.then, scope), evaluate(expr.otherwise, scope)
    if scalar(then) is not None and scalar(otherwise) is not None:
        then = unified(then, expr.otherwise, scope, scope.span(expr))
        if same(then, unified(otherwise, expr.then, scope, scope.span(expr))):
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


def unified(value: Value, other: Expr, scope: Scope, at: Span) -> Value:
    """Return the result of a conditional, converted to the common type of both results.

    The other result is evaluated only where its type may make a difference.
    """
    kind = written_kind(other)
    if isinstance(value, Absent) and value.type is DYNAMIC:
        # A null is one of the other result's type.
        return Absent(
            value.at, value.trail, _WRITTEN_TYPES.get(kind) if kind in _WRITTEN_TYPES else _written_shape(other)
        )
    if isinstance(value, Absent) and value.type is not None and value.type.element is DYNAMIC:
        # The elements of the other result decide about those of a null.
        return Absent(value.at, value.trail)
    if not isinstance(value, Known):
        return value
    datum = value.value
    if isinstance(datum, Seq | Map):
        if kind is Kind.DYNAMIC or isinstance(datum, OPAQUE):
            return value
        return (
            _mixed(value, other, scope, at)
            if kind in PRIMITIVES
            else _unified_collection(value, datum, other, scope, at)
        )
    if kind in (Kind.STRING, Kind.DYNAMIC) and isinstance(datum, Text):
        return value
    if kind in (Kind.TUPLE, Kind.OBJECT):
        return _mixed(value, other, scope, at)
    if isinstance(datum, Text) and isinstance(other, Name | Attr | Index | Conditional):
        # To find the type of what is referred to would read inputs that do not matter to the text.
        return value
    if kind is not None and type_of(value) is not None and kind is _kind(value):
        return value
    beside = (
        _WRITTEN_TYPES[kind]
        if kind in _WRITTEN_TYPES
        else type_of(scope.context.scenario.aside(lambda: evaluate(other, scope)))
    )
    try:
        return converter().convert(value, unify([type_of(value), beside]))
    except Mismatch:
        return _mixed(value, other, scope, at)


_WRITTEN_TYPES = {Kind.STRING: STRING, Kind.NUMBER: NUMBER, Kind.BOOL: BOOL, Kind.DYNAMIC: DYNAMIC}


def _written_shape(expr: Expr) -> Type | None:
    """Return the type of a tuple or object as far as it is visible without evaluation."""
    while isinstance(expr, Parens):
        expr = expr.inner
    if isinstance(expr, TupleCons):
        return Type(Kind.TUPLE, items=(None,) * len(expr.items))
    if isinstance(expr, ObjectCons):
        names = [_written_name(key) for key, _ in expr.items]
        shown = {name: None for name in names if name is not None}
        return Type(Kind.OBJECT, attributes=shown) if len(shown) == len(names) else None
    return None


def _written_name(key: Expr) -> str | None:
    """Return the name of an attribute that is written literally."""
    if isinstance(key, TemplateExpr) and all(isinstance(part, TemplateText) for part in key.parts):
        return normal("".join([part.text for part in key.parts if isinstance(part, TemplateText)]))
    return None


def _kind(value: Value) -> Kind | None:
    found = type_of(value)
    return found.kind if found is not None else None


def _mixed(value: Value, other: Expr, scope: Scope, at: Span) -> Value:
    """Return the failure for results of different types.

    One that fails itself has no type, and does not count, unless it is an operation or a condition.
    """
    while isinstance(other, Parens):
        other = other.inner
    if isinstance(other, Conditional) and not _unify(evaluate(other.then, scope), evaluate(other.otherwise, scope)):
        return value
    beside = scope.context.scenario.aside(lambda: evaluate(other, scope))
    if isinstance(other, ForExpr) and fails(beside):
        return value
    fails_itself = isinstance(other, Call | ObjectCons) and isinstance(beside, Unknown) and failed(beside)
    return value if fails_itself else failure(MIXED, at)


MIXED = "a condition whose results are of different types"


def _unified_collection(value: Known[Datum], datum: Seq | Map, other: Expr, scope: Scope, at: Span) -> Value:
    scenario = scope.context.scenario
    kind = written_kind(other)
    if kind is not None and (kind is Kind.TUPLE) is not isinstance(datum, Seq):
        return _mixed(value, other, scope, at)

    def beside() -> Value:
        return scenario.aside(lambda: evaluate(other, scope))

    def together() -> Type | None:
        return _common_type(type_of(value), type_of(beside()))

    if isinstance(datum, Map):
        return like(value, _unified_map(datum, _once(scenario, together), at))
    if kind is None or is_set(datum):
        found = beside()
        if not isinstance(found, Known) or isinstance(found.value, OPAQUE):
            return value
        if not isinstance(found.value, Seq):
            return _mixed(value, other, scope, at)
        kinds = kind_of(datum), kind_of(found.value)
        if Kind.SET in kinds and kinds[0] is not kinds[1]:
            # The items of a set, or of what becomes one, are in an order of their own.
            try:
                return converter().convert(value, together())
            except Mismatch:
                return _mixed(value, other, scope, at)
    return (
        like(value, _unified_list(datum, _once(scenario, together), at)) if type(datum) in (Seq, InstanceSeq) else value
    )


def _common_type(own: Type | None, other: Type | None) -> Type | None:
    """Return the type of a result with a known type of its own; elements of any type keep theirs."""
    type = unify([own, other])
    if own is None or type is None or type.element is not DYNAMIC:
        return type
    if own.kind is type.kind:
        return own
    if own.kind in (Kind.LIST, Kind.SET, Kind.MAP):
        return Type(type.kind, own.element)
    inner = [inner for inner in (*own.items, *own.attributes.values()) if inner is not DYNAMIC]
    element = unify(inner) if inner else DYNAMIC
    if loses_types(element, inner):
        raise Mismatch
    return Type(type.kind, element)


def _unified_list(items: Seq, together: Callable[[], Type | None], at: Span) -> Seq:
    def of(position: int) -> Type | None:
        type = together()
        return type.items[position] if type is not None and type.kind is Kind.TUPLE else type and type.element

    made: list[Lazy] = [_as_unified(_item_of(items, index), partial(of, index), at) for index in range(len(items))]
    return Seq(made, items.more, lambda: _collection_type(together(), items))


def _unified_map(members: Map, together: Callable[[], Type | None], at: Span) -> Map:
    if type(members) is not Map:
        return members

    def of(name: str) -> Type | None:
        type = together()
        return type.attributes[name] if type is not None and type.kind is Kind.OBJECT else type and type.element

    entries: dict[str, tuple[Span, Lazy]] = {
        name: (key_at, _as_unified(item, partial(of, name), at)) for name, (key_at, item) in members.entries().items()
    }
    return Map(entries, members.more, lambda: _collection_type(together(), members))


def list_in_common(items: Seq, scope: Scope, at: Span) -> Seq:
    """Return a tuple as a list, with items converted to their common type.

    The common type is determined when an item that is not text is used.
    """
    return _unified_list(items, _once(scope.context.scenario, lambda: list_of(_in_common(list(items)))), at)


def map_in_common(members: Map, scope: Scope, at: Span) -> Map:
    """Return an object as a map, with values converted to their common type, as list_in_common."""

    def type() -> Type | None:
        return map_of(_in_common([members.get(name) for name in members]))

    return _unified_map(members, _once(scope.context.scenario, type), at)


def _in_common(values: Sequence[Value | None]) -> Type | None:
    return unify([type_of(value) for value in values if value is not None] or [DYNAMIC])


def _once(scenario: Scenario, make: Callable[[], Type | None]) -> Callable[[], Type | None]:
    """Return a function for a type that is determined when first used; None when there is no such type.

    A type is the same in every scenario, or Terraform reports an error, so inputs read for it are not recorded.
    """
    found: list[Type | None] = []

    def made() -> Type | None:
        if not found:
            try:
                found.append(scenario.aside(make))
            except Mismatch:
                found.append(None)
        return found[0]

    return made


def _collection_type(type: Type | None, given: Seq | Map) -> Type | None:
    if type is None:
        return given.type
    return type if type.kind not in (Kind.TUPLE, Kind.OBJECT) else None


def _as_unified(item: Lazy, type: Callable[[], Type | None], at: Span) -> Lazy:
    def make() -> Value:
        value = item() if callable(item) else item
        is_null = isinstance(value, Absent) and value.type is DYNAMIC
        if not is_null and (not isinstance(value, Known) or isinstance(value.value, Text)):
            return value
        try:
            return converter().convert(value, type())
        except Mismatch:
            return failure(MIXED, at)

    return make if callable(item) else make()


def written_kind(expr: Expr) -> Kind | None:
    """Return the kind of an expression's value, if it is visible without evaluation."""
    match expr:
        case Literal(value=value):
            if value is None:
                return Kind.DYNAMIC
            return Kind.BOOL if isinstance(value, bool) else Kind.NUMBER
        case TemplateExpr(bare=bare):
            return None if bare else Kind.STRING
        case Parens(inner=inner):
            return written_kind(inner)
        case TupleCons():
            return Kind.TUPLE
        case ObjectCons():
            return Kind.OBJECT
        case ForExpr(key_expr=key):
            return Kind.TUPLE if key is None else Kind.OBJECT
        case Binary(op=op):
            return Kind.NUMBER if op in _CALCULATE else Kind.BOOL
        case Unary(op=op):
            return Kind.NUMBER if op == "-" else Kind.BOOL
        case Conditional(then=then, otherwise=otherwise):
            first = written_kind(then)
            return first if first in PRIMITIVES and first is written_kind(otherwise) else None
        case _:
            return None


def _unary(expr: Unary, scope: Scope) -> Value:
    value = evaluate(expr.operand, scope)
    if expr.op == "!":
        return negation(value, scope, expr.operand)
    number = _number(value)
    if number is not None:
        return Known(numbers.negate(number), scope.span(expr), value.trail)
    return _arithmetic_unknown(expr, scope, "-{}", value)


def _binary(expr: Binary, scope: Scope) -> Value:
    charge(STEPS_AN_OPERATION)
    op = expr.op
    left = evaluate(expr.left, scope)
    if op in ("&&", "||"):
        kind = "or" if op == "||" else "and"
        if truth_of(left) is (kind == "or"):
            return both(kind, left, left, scope, expr)
        return both(kind, left, evaluate(expr.right, scope), scope, expr)
    right = evaluate(expr.right, scope)
    for operand in (left, right):
        if isinstance(operand, Unknown) and failed(operand):
            return operand
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


def _number(value: Value) -> Number | None:
    match value:
        case Known(bool()):
            return None
        case Known(int() | float() as number):
            return number
        case Known(Text() as string):
            return numbers_in(string.plain or "")
        case _:
            return None


def _arithmetic_unknown(expr: Unary | Binary, scope: Scope, form: str, *operands: Value) -> Value:
    at = scope.span(expr)
    result = unknown_truth(at, *operands)
    if not result.reasons:
        return failure("arithmetic on something that is not a number", at)
    return composed(result, scope, expr, form, *operands)


def _calculated(expr: Binary, left: Number, right: Number, scope: Scope) -> Value:
    at = scope.span(expr)
    try:
        return Known(_CALCULATE[expr.op](left, right), at)
    except numbers.NumberError:
        return failure("a calculation without a result", at)
    except numbers.TooLarge:
        return _too_large(at)


_CALCULATE: dict[str, Callable[[Number, Number], Number]] = {
    "+": numbers.add,
    "-": numbers.subtract,
    "*": numbers.multiply,
    "/": numbers.divide,
    "%": numbers.remainder,
}
_ORDER: dict[str, Callable[[int], bool]] = {
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
}


def _ordered(expr: Binary, left: Value, right: Value, scope: Scope) -> Value:
    first, second = _number(left), _number(right)
    if first is not None and second is not None:
        return Known(_ORDER[expr.op](numbers.compare(first, second)), scope.span(expr))
    at = scope.span(expr)
    result = unknown_truth(at, left, right)
    if not result.reasons:
        return failure("a comparison of things that are not numbers", at)
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
    """Return whether a comparison of a length asks if it is zero (True) or not zero (False); None for other
    comparisons.
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
    if not unknown.reasons:
        unknown = Unknown((Reason("the types that a provider gives its attributes", at),), at, present=True)
    if _is_empty_collection(right):
        return composed(unknown, scope, expr, "length({}) == 0", left)
    truth = composed(unknown, scope, expr, "{} == {}", left, right)
    by_input = any(isinstance(side, Unknown) and side.input is not None for side in (left, right))
    return asked(truth, scope) if by_input and scalar(right) is not None else truth


def _is_empty_collection(value: Value) -> bool:
    match value:
        case Known(Seq() as items):
            return not len(items) and items.more is None
        case Known(Map() as members):
            return not len(members) and members.more is None
        case _:
            return False


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

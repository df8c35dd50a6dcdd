"""Conditions: which are true, and which unknown conditions are the same.

An unknown truth has an identity, and the same identity is the same truth everywhere. A negation, a conjunction and a
disjunction remember their operands, so that one assumption decides both `c` and `!c`.
"""

from __future__ import annotations

from iplint.terraform.failure import Failing, failure
from iplint.terraform.types import truth_of
from iplint.value import Absent, Known, Map, Seq, Text, Unknown, as_text, merged_reasons

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.location import Span
    from iplint.terraform.scope import Scope
    from iplint.terraform.source_map import Node
    from iplint.value import Value

MAX_IDENTITY_LENGTH = 300
MAX_ITEMS = 20
# Of what a condition depends on, so many are named.
MAX_REASONS = 3


def decide(value: Value, scope: Scope, node: Node) -> bool | Unknown:
    """Return whether a condition, written as `node`, is true in this scenario; an undecided one becomes an input."""
    match value:
        case Known(input=input):
            known = truth_of(value)
            if known is None:
                return failure("a condition that is neither true nor false", scope.span(node))
            if input is not None:
                input.is_truth()
            return known
        case Absent():
            return failure("a condition that is null", scope.span(node))
        case Unknown():
            return settle(named(value, scope, node), scope)


def settle(value: Unknown, scope: Scope, label: str | None = None) -> bool | Unknown:
    """Return the truth that this scenario assumes for an unknown condition that has an identity."""
    identity = value.identity
    if identity is None or any(isinstance(reason, Failing) for reason in value.reasons):
        return value
    if value.input is not None:
        value.input.is_truth()
        return value
    if scope.context.exists() is False:
        # The values of a module instance that is not created are only searched for texts: no verdict depends on them.
        return value
    return scope.context.scenario.memo(
        ("settled", identity), lambda: _settled(value, identity, scope, label or identity)
    )


def _settled(value: Unknown, identity: str, scope: Scope, label: str) -> bool | Unknown:
    match scope.context.shapes.get(identity):
        case ("not", (inner,)):
            settled = settle(inner, scope)
            return value if isinstance(settled, Unknown) else not settled
        case ("and" | "or" as kind, (left, right)):
            first = settle(left, scope)
            if first is (kind == "or"):
                return first
            second = settle(right, scope)
            if second is (kind == "or") or not isinstance(first, Unknown):
                return second
            return value
        case ("asked", _):
            return value
        case _:
            if label == identity:
                label = _in_words(value, identity)
            return scope.context.scenario.assumed(identity, label, value.reasons, value.at)


def _in_words(value: Unknown, identity: str) -> str:
    """Describe a condition for people: by its comparison, or by its place and what it depends on."""
    if "(" not in identity.removeprefix("!("):
        return identity.replace("'", '"')
    what = " and ".join(dict.fromkeys(reason.what for reason in value.reasons[:MAX_REASONS]))
    return f"the condition on {what or 'something unknown'} in {value.at.path}:{value.at.first[0]}"


def named(value: Unknown, scope: Scope, node: Node) -> Unknown:
    """Return the unknown with an identity: its own, or else one made of its notation and place."""
    if value.identity is not None:
        return value
    return _with_identity(value, _written(scope, node))


def composed(value: Unknown, scope: Scope, node: Node, form: str, *operands: Value) -> Unknown:
    """Return an unknown result whose identity consists of those of its operands, inserted into `form`."""
    if value.identity is not None:
        return value
    parts = [identity_of(operand) for operand in operands]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return named(value, scope, node)
    identity = form.format(*known)
    return _with_identity(value, identity if len(identity) <= MAX_IDENTITY_LENGTH else _written(scope, node))


def _written(scope: Scope, node: Node) -> str:
    text = scope.source_text(node)
    if len(text) <= MAX_IDENTITY_LENGTH:
        return f"{scope.where}{text}"
    at = scope.span(node)
    return f"{scope.where}{at.path}:{at.start}"


def _with_identity(value: Unknown, identity: str) -> Unknown:
    return Unknown(
        value.reasons,
        value.at,
        value.present,
        value.trail,
        value.ref,
        value.input,
        identity,
        value.excludes,
        value.type,
    )


def identity_of(value: Value) -> str | None:
    """Return a text that is equal for equal values only; None for lists where it would be too long."""
    match value:
        case Unknown(identity=identity):
            return identity
        case Absent():
            return "null"
        case Known(Text() as text):
            plain = text.plain
            return repr(plain) if plain is not None and len(plain) <= MAX_IDENTITY_LENGTH else None
        case Known(Seq() as items) if items.more is None and len(items) <= MAX_ITEMS:
            return _identity_of_items(items)
        case Known(Map() as members) if members.more is None and not len(members):
            return "{}"
        case Known(bool() | int() | float()):
            return as_text(value)
        case _:
            return None


def _identity_of_items(items: Seq) -> str | None:
    parts: list[str] = []
    size = 0
    for item in items:
        part = identity_of(item)
        size += len(part or "")
        if part is None or size > MAX_IDENTITY_LENGTH:
            return None
        parts.append(part)
    return f"[{', '.join(parts)}]"


def unknown_truth(at: Span, *values: Value) -> Unknown:
    """Return an unknown truth that depends on some values."""
    return Unknown(merged_reasons(unknown for value in values for unknown in unknowns(value)), at, present=True)


def unknowns(value: Value) -> list[Unknown]:
    """Return the unknown values at the top level of some values."""
    match value:
        case Unknown():
            return [value]
        case Known(Text() as text):
            return [hole.value for hole in text.holes]
        case Known(Seq() as items):
            open_end = [items.more] if items.more is not None else []
            return [item for item in items if isinstance(item, Unknown)] + open_end
        case Known(Map() as members):
            return [members.more] if members.more is not None else []
        case _:
            return []


def negation(value: Value, scope: Scope, node: Node) -> Value:
    """Return `!value`."""
    match value:
        case Unknown():
            inner = named(value, scope, node)
            identity = str(inner.identity)
            match scope.context.shapes.get(identity):
                case ("not", (twice,)):
                    return twice
                case _:
                    return shaped("not", f"!({identity})", scope, inner)
        case Absent():
            return failure("the negation of null", scope.span(node))
        case Known():
            known = truth_of(value)
            if known is None:
                return failure("the negation of something that is neither true nor false", scope.span(node))
            return Known(not known, value.at, value.trail)


def both(kind: str, left: Value, right: Value, scope: Scope, node: Node) -> Value:
    """Return `left && right` when `kind` is "and", `left || right` when it is "or"."""
    decisive = kind == "or"
    for value in (left, right):
        if isinstance(value, Absent) or (isinstance(value, Known) and truth_of(value) is None):
            return failure("a condition that is neither true nor false", scope.span(node))
        if truth_of(value) is decisive:
            return Known(decisive, value.at, value.trail)
    right = right if isinstance(right, Unknown) else Known(not decisive, right.at, right.trail)
    match left, right:
        case Unknown(), Unknown():
            first, second = named(left, scope, node), named(right, scope, node)
            if first.identity == second.identity:
                return first
            sign = "&&" if kind == "and" else "||"
            return shaped(kind, f"({first.identity} {sign} {second.identity})", scope, first, second)
        case Unknown(), _:
            return left
        case _:
            return right


def shaped(kind: str, identity: str, scope: Scope, *parts: Unknown) -> Unknown:
    """Return an unknown truth that remembers its operands."""
    if len(identity) > MAX_IDENTITY_LENGTH:
        identity = f"#{hash_of(identity)}"
    scope.context.shapes[identity] = (kind, parts)
    return Unknown(merged_reasons(iter(parts)), parts[0].at, present=True, identity=identity)


def asked(value: Unknown, scope: Scope) -> Unknown:
    """Return an unknown truth after marking it: other scenarios decide it without an input of its own."""
    if value.identity is not None:
        scope.context.shapes[value.identity] = ("asked", ())
    return value


def hash_of(text: str) -> str:
    """Return a short hash of a long text."""
    import hashlib  # few configurations need it

    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]

"""Equality of values, and sets: values of different types are never equal, and a set holds no two equal values."""

from __future__ import annotations

from iplint import number as numbers
from iplint.budget import charge
from iplint.datatype import Kind, Type, same_type, set_of
from iplint.terraform.scope import PartiallyOrderedSeq, ResourceMap
from iplint.terraform.truth import identity_of
from iplint.terraform.types import Converter, kind_of, type_of
from iplint.value import (
    Absent,
    Known,
    Map,
    Seq,
    Text,
    Unknown,
    asks_for_any,
    asks_for_none,
    asks_for_null,
    equals,
    matches,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias

    from iplint.location import Span
    from iplint.value import Datum, Lazy, Literal, Value

    # Pairs of collections by their identities, and whether they are equal.
    Compared: TypeAlias = dict[tuple[int, int], tuple[Datum, Datum, bool | None]]

STEPS_A_COMPARISON = 32
STEPS_A_STRUCTURE = 64
# A longer key of a set's item is not written: the order of the set is unknown then.
MAX_KEY_PARTS = 10_000
# What identifies every resource, and the types whose names do.
IDENTIFYING = ("id", "arn")
NAMED = ("aws_iam_", "aws_launch_")


def same(left: Value, right: Value, compared: Compared | None = None) -> bool | None:
    """Return whether two values are equal; None when that is unknown. Inputs record the literals they are compared
    with.

    Two collections are compared once, wherever they occur: `compared` are the pairs so far.
    """
    charge(STEPS_A_COMPARISON)
    if any(
        isinstance(side, Absent) or (isinstance(side, Known) and isinstance(side.value, Seq | Map))
        for side in (left, right)
    ):
        asks_for_any(left)
        asks_for_any(right)
        _ask_for_nothing(left, right)
        _ask_for_nothing(right, left)
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
                outermost = not compared
                # The collections are kept with the answer, so that no others get their identities.
                answer = _same_structure(datum, other_datum, compared)
                if answer and outermost:
                    answer = _same_types(left, right)
                compared[pair] = datum, other_datum, answer
            return compared[pair][2]
        case (Unknown(), Unknown()):
            return True if left.identity is not None and left.identity == right.identity else None
        case _:
            return False if _differ(left, right) else None


def _ask_for_nothing(value: Value, other: Value) -> None:
    """Record that a value is compared with another, if that is null or an empty collection."""
    if isinstance(other, Absent):
        asks_for_null(value)
    elif isinstance(other, Known) and isinstance(other.value, Seq | Map) and not len(other.value):
        asks_for_none(value)


def _same_types(left: Value, right: Value) -> bool | None:
    """Return whether two values with equal contents have the same type."""
    first, second = type_of(left), type_of(right)
    return True if first is None and second is None else same_type(first, second)


def _differ(left: Value, right: Value) -> bool:
    """Return whether the types of two values, one of which may be unknown, certainly differ."""
    first = _outermost(left)
    return first is not None and (second := _outermost(right)) is not None and first is not second


def _outermost(value: Value) -> Kind | None:
    """Return the kind of a value's type; an unknown of AWS is a list, set or map rather than a tuple or object."""
    if isinstance(value, Known) and isinstance(value.value, Seq | Map) and value.ref is None:
        return kind_of(value.value)
    found = type_of(value)
    return found.kind if found is not None and found.kind is not Kind.DYNAMIC else None


def replace_maybe(entries: dict[str, tuple[Span, Lazy]], key: Value, gap: Unknown) -> None:
    """Make the members unknown that a later one replaces if its key, which is not known, is theirs."""
    charge(STEPS_A_COMPARISON * len(entries))
    for name, (at, _) in entries.items():
        if matches(key, name) is not False:
            entries[name] = at, Unknown(gap.reasons, at, True)


def scalar(value: Value) -> str | bool | int | float | None:
    """Return a known text without holes, boolean or number."""
    match value:
        case Known(Text() as string):
            return string.plain
        case Known(bool() | int() | float() as found):
            return found
        case _:
            return None


def _with_literal(value: Value, literal: Value) -> bool | None:
    first, second = scalar(value), scalar(literal)
    if isinstance(literal, Known) and literal.input is not None and first is not None:
        literal.input.compared_with(first)
    if _differ(value, literal):
        if second is not None:
            _learn(value, second)
        return False
    if first is not None and second is not None:
        _learn(value, second)
        return _same_scalars(value, first, literal, second)
    if second == "" and _is_made_up(value):
        return False
    if second is not None:
        return equals(value, second)
    if first is not None:
        return equals(literal, first)
    if isinstance(value, Known) and isinstance(value.value, Seq | Map):
        return False
    left, right = identity_of(value), identity_of(literal)
    return True if left is not None and left == right else None


def _is_made_up(value: Value) -> bool:
    """Return whether a value is what identifies a resource, which is never empty: AWS gives it if nobody does."""
    ref = value.ref if isinstance(value, Known | Unknown) else None
    if ref is None or ref.resource.data:
        return False
    return ref.attribute in IDENTIFYING or (ref.attribute == "name" and ref.resource.type.startswith(NAMED))


def _learn(value: Value, literal: Literal) -> None:
    if isinstance(value, Known | Unknown) and value.input is not None:
        value.input.compared_with(literal)


def _same_scalars(
    value: Value, first: str | bool | int | float, literal: Value, second: str | bool | int | float
) -> bool | None:
    if isinstance(first, str) and isinstance(second, str):
        return first == second
    if isinstance(first, bool) or isinstance(second, bool) or isinstance(first, str) or isinstance(second, str):
        alike = _written(first) == _written(second)
        if type(first) is type(second):
            return alike
        # One is an attribute of a resource, whose type the provider's schema decides.
        return None if alike and None in (type_of(value), type_of(literal)) else False
    return numbers.compare(first, second) == 0


def _written(found: str | bool | int | float) -> str:
    if isinstance(found, str):
        return found
    return ("true" if found else "false") if isinstance(found, bool) else numbers.text(found)


def _same_structure(left: Datum, right: Datum, compared: Compared) -> bool | None:
    if isinstance(left, Seq) and isinstance(right, Seq):
        if _other_kinds(left, right):
            return False
        if (left.more is None and len(left) < len(right)) or (right.more is None and len(right) < len(left)):
            return False
        if left.more is not None or right.more is not None:
            return None
        if isinstance(left, PartiallyOrderedSeq) or isinstance(right, PartiallyOrderedSeq):
            return None
        return _all_same(zip(left, right, strict=True), compared)
    if isinstance(left, Map) and isinstance(right, Map):
        if isinstance(left, ResourceMap) or isinstance(right, ResourceMap):
            return None
        if _other_kinds(left, right):
            return False
        keys, other_keys = set(left), set(right)
        if (left.more is None and other_keys - keys) or (right.more is None and keys - other_keys):
            return False
        if left.more is not None or right.more is not None:
            return None
        pairs = ((left.get(key), right.get(key)) for key in sorted(keys))
        return _all_same(((a, b) for a, b in pairs if a is not None and b is not None), compared)
    return False


def _other_kinds(left: Seq | Map, right: Seq | Map) -> bool:
    first, second = kind_of(left), kind_of(right)
    return first is not None and second is not None and first is not second


def _all_same(pairs: Iterable[tuple[Value, Value]], compared: Compared) -> bool | None:
    known: bool | None = True
    for left, right in pairs:
        result = same(left, right, compared)
        if result is False:
            return False
        known = None if result is None else known
    return known


# Sets


def distinct_values(items: list[Value]) -> tuple[list[Value], bool]:
    """Return the items without duplicates, and whether their number is certain."""
    seen: set[tuple[type, str]] = set()
    kept: list[Value] = []
    compound: list[Value] = []
    firm = True
    compared: Compared = {}
    for item in items:
        found = scalar(item)
        key = None if found is None else (str if isinstance(found, str) else type_key(found), _written(found))
        if key is not None and key in seen:
            continue
        others = kept if key is None else compound
        answers = [same(item, other, compared) for other in others]
        if any(answers):
            continue
        firm = firm and None not in answers
        kept.append(item)
        if key is None:
            compound.append(item)
        else:
            seen.add(key)
    return kept, firm


def type_key(found: bool | int | float) -> type:
    """Return a key that distinguishes booleans from numbers."""
    return bool if isinstance(found, bool) else int


def make_set(items: Seq, element: Type | None) -> Seq:
    """Return a set of the items of a list of one type, without duplicates and in the order of Terraform's sets."""
    kept, firm = distinct_values(list(items))
    type = set_of(element)
    loose = isinstance(items, PartiallyOrderedSeq)
    if items.more is None and (not isinstance(items, PartiallyOrderedSeq) or items.firm):
        if len(kept) < 2:
            return Seq([*kept], None, type)
        if not loose or firm:
            ordered = _ordered(kept, element)
            if ordered is not None:
                return Seq([*ordered], None, type)
    return PartiallyOrderedSeq([*kept], 0, items.more, firm and (not loose or _firm(items)), type)


def _firm(items: Seq) -> bool:
    return not isinstance(items, PartiallyOrderedSeq) or items.firm


def _ordered(items: list[Value], element: Type | None) -> list[Value] | None:
    """Return items in the order of a set; None when an unknown decides."""
    nulls: list[Value] = [item for item in items if isinstance(item, Absent)]
    rest = [item for item in items if not isinstance(item, Absent)]
    scalars = [(scalar(item), item) for item in rest]
    if all(isinstance(found, str) for found, _ in scalars):
        return [item for _, item in sorted(scalars, key=lambda pair: str(pair[0]))] + nulls
    if all(found is not None for found, _ in scalars):
        from functools import cmp_to_key  # few sets hold numbers

        def order(left: tuple[Literal | None, Value], right: tuple[Literal | None, Value]) -> int:
            first, second = left[0], right[0]
            if isinstance(first, int | float) and isinstance(second, int | float):
                return numbers.compare(first, second)
            return 0

        return [item for _, item in sorted(scalars, key=cmp_to_key(order))] + nulls
    keys = [set_key(item) for item in rest]
    if None in keys:
        return None
    return [item for _, item in sorted(zip(keys, rest, strict=True), key=lambda pair: pair[0] or b"")] + nulls


def set_key(value: Value) -> bytes | None:
    """Return the sort key of a list or object in a set, as cty's `makeSetHashBytes`; None when it is unknown."""
    parts: list[str] = []
    return "".join(parts).encode("utf-8", "surrogatepass") if _write_key(value, parts) else None


def _write_key(value: Value, parts: list[str]) -> bool:
    charge(STEPS_A_COMPARISON)
    if len(parts) > MAX_KEY_PARTS:
        return False
    match value:
        case Absent():
            parts.append("~")
            return True
        case Unknown():
            return False
        case Known(Text() as string):
            plain = string.plain
            parts.append(quoted(plain or ""))
            return plain is not None
        case Known(bool() as truth):
            parts.append("T" if truth else "F")
            return True
        case Known(int() | float() as number):
            parts.append(numbers.written(number, "g", 10) if not numbers.is_infinite(number) else numbers.text(number))
            return True
        case Known(Seq() | Map() as members):
            return _write_members(members, parts)
        case _:
            return False


def _write_members(members: Seq | Map, parts: list[str]) -> bool:
    kind = kind_of(members)
    if kind is None or members.more is not None or isinstance(members, PartiallyOrderedSeq):
        return False
    first, last = {Kind.MAP: ("{", "}"), Kind.LIST: ("[", "]"), Kind.SET: ("[", "]")}.get(kind, ("<", ">"))
    parts.append(first)
    found: list[tuple[str | None, Value | None]]
    if isinstance(members, Seq):
        found = [(None, item) for item in members]
    else:
        found = [(name if kind is Kind.MAP else None, members.get(name)) for name in sorted(members)]
    for name, item in found:
        if name is not None:
            parts.append(f"{quoted(name)}:")
        if item is None or not _write_key(item, parts):
            return False
        parts.append(";")
    parts.append(last)
    return True


_ESCAPES = {letter: f"\\{sign}" for letter, sign in zip('\a\b\f\n\r\t\v\\"', 'abfnrtv\\"', strict=True)}


def quoted(string: str) -> str:
    """Return a quoted text, as the Go language writes it."""
    return f'"{"".join([_escaped(letter) for letter in string])}"'


def _escaped(letter: str) -> str:
    if letter in _ESCAPES:
        return _ESCAPES[letter]
    if letter.isprintable():
        return letter
    code = ord(letter)
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def converter() -> Converter:
    """Return the converter of values."""
    return Converter(make_set)

"""The common type to which several types convert, by the rules of Terraform's library `cty` (its package `convert`)."""

from __future__ import annotations

from iplint.budget import charge
from iplint.datatype import DYNAMIC, PRIMITIVES, STRING, Kind, Type, list_of, map_of, same_type, set_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    # The types are kept, so that no others get their identities.
    Unified: TypeAlias = dict[tuple[int, ...], tuple[list[Type], Type | None]]
    Converting: TypeAlias = dict[tuple[int, int], tuple[Type, Type, bool]]

STEPS_A_TYPE = 4
_COLLECTIONS = {Kind.LIST: list_of, Kind.MAP: map_of, Kind.SET: set_of}


class Mismatch(Exception):
    """There is no common type, or no such conversion: Terraform reports an error."""


def unify(types: Sequence[Type | None], unified: Unified | None = None) -> Type | None:
    """Return the type that all of these convert to; None when an unknown type decides.

    Raises Mismatch when there is none. Types that occur many times are unified once: `unified` are the results so far,
    by identity.
    """
    charge(STEPS_A_TYPE * len(types))
    if not types:
        raise Mismatch
    first = types[0]
    if all(other is first for other in types):
        return first
    unified = unified if unified is not None else {}
    known = list({id(type): type for type in types if type is not None}.values())
    key = tuple(map(id, known))
    if key not in unified:
        try:
            unified[key] = known, _unify(known, unified) if known else None
        except Mismatch:
            if None not in types or not _may_be_texts(known):
                raise
            return None
    found = unified[key][1]
    if None not in types:
        return found
    # Whatever it is, it converts to a text, or there is no such type.
    return found if found is STRING else None


_FAMILIES = (PRIMITIVES, {Kind.LIST, Kind.SET, Kind.TUPLE}, {Kind.MAP, Kind.OBJECT})


def _may_be_texts(types: list[Type]) -> bool:
    """Return whether types without a common one may have one beside an unknown type: a number and a truth beside texts
    become texts, inside of lists and maps too.
    """
    return any(all(type.kind in family or type.kind is Kind.DYNAMIC for type in types) for family in _FAMILIES)


def _unify(types: list[Type], unified: Unified) -> Type | None:
    kinds = {type.kind for type in types}
    rest = kinds - {Kind.DYNAMIC}
    if not rest:
        return DYNAMIC
    if len(rest) == 1:
        kind = next(iter(rest))
        if kind in PRIMITIVES:
            return next(type for type in types if type.kind is kind)
        if Kind.DYNAMIC in kinds:
            # The elements of a null decide, which has none.
            return DYNAMIC
        if kind in _COLLECTIONS:
            return _COLLECTIONS[kind](unify([type.element for type in types], unified))
        return _unify_objects(types, unified) if kind is Kind.OBJECT else _unify_tuples(types, unified)
    if rest == {Kind.MAP, Kind.OBJECT}:
        return _as(types, Kind.OBJECT, Kind.MAP, _to_map, unified)
    if rest == {Kind.LIST, Kind.TUPLE}:
        return _as(types, Kind.TUPLE, Kind.LIST, _to_list, unified)
    if Kind.OBJECT in rest and Kind.TUPLE in rest:
        raise Mismatch
    return _preferred(types)


def _as(
    types: list[Type],
    kind: Kind,
    collection: Kind,
    convert: Callable[[list[Type], Unified], Type],
    unified: Unified,
) -> Type | None:
    """Unify tuples with lists as lists, or objects with maps as maps."""
    try:
        made = convert([type for type in types if type.kind is kind], unified)
        found = _unify([made if type.kind is kind else type for type in types], unified)
    except Mismatch:
        return _preferred(types)
    return found if found is not None and found.kind is collection else _preferred(types)


def _unify_objects(types: list[Type], unified: Unified) -> Type:
    first = types[0].attributes
    if any(type.attributes.keys() != first.keys() for type in types):
        return _to_map(types, unified)
    made = Type(
        Kind.OBJECT, attributes={name: unify([type.attributes[name] for type in types], unified) for name in first}
    )
    return made if all(converts(type, made) for type in types) else _to_map(types, unified)


def _unify_tuples(types: list[Type], unified: Unified) -> Type:
    size = len(types[0].items)
    if any(len(type.items) != size for type in types):
        return _to_list(types, unified)
    made = Type(Kind.TUPLE, items=tuple(unify([type.items[index] for type in types], unified) for index in range(size)))
    return made if all(converts(type, made) for type in types) else _to_list(types, unified)


def _to_map(types: list[Type], unified: Unified) -> Type:
    made = map_of(unify([inner for type in types for inner in type.attributes.values()], unified))
    if not all(converts(type, made) for type in types):
        raise Mismatch
    return made


def _to_list(types: list[Type], unified: Unified) -> Type:
    made = list_of(unify([inner for type in types for inner in type.items], unified))
    if not all(converts(type, made) for type in types):
        raise Mismatch
    return made


def _preferred(types: list[Type]) -> Type | None:
    """Return the first of the types, most general ones first, to which all others convert."""
    for wanted in _sorted(types):
        if all(same_type(type, wanted) or converts(type, wanted) for type in types):
            return wanted
    raise Mismatch


def _sorted(types: list[Type]) -> list[Type]:
    after: list[set[int]] = [set() for _ in types]
    for index, type in enumerate(types):
        for other in range(index + 1, len(types)):
            order = _compare(type, types[other])
            if order < 0:
                after[other].add(index)
            elif order > 0:
                after[index].add(other)
    charge(STEPS_A_TYPE * len(types) ** 2)
    waiting = list(range(len(types)))
    made: list[int] = []
    while waiting:
        following = next((index for index in waiting if not after[index] - set(made)), None)
        if following is None:
            break
        made.append(following)
        waiting.remove(following)
    return [types[index] for index in made]


def _compare(left: Type, right: Type) -> int:
    """Return -1 when the left type is preferred, 1 when the right one is."""
    if left.kind is Kind.DYNAMIC or right.kind is Kind.DYNAMIC:
        return (left.kind is Kind.DYNAMIC) - (right.kind is Kind.DYNAMIC)
    if left.kind in PRIMITIVES and right.kind in PRIMITIVES:
        return (right.kind is Kind.STRING) - (left.kind is Kind.STRING)
    if left.kind is right.kind:
        pairs: list[tuple[Type | None, Type | None]] = []
        if left.kind in _COLLECTIONS:
            pairs = [(left.element, right.element)]
        elif left.kind is Kind.OBJECT and left.attributes.keys() == right.attributes.keys():
            pairs = [(inner, right.attributes[name]) for name, inner in left.attributes.items()]
        elif left.kind is Kind.TUPLE and len(left.items) == len(right.items):
            pairs = list(zip(left.items, right.items, strict=True))
        orders = {_compare(one, other) for one, other in pairs if one is not None and other is not None}
        return (1 in orders) - (-1 in orders) if not {1, -1} <= orders else 0
    order = [Kind.LIST, Kind.TUPLE, Kind.SET]
    if left.kind in order and right.kind in order:
        return -1 if order.index(left.kind) < order.index(right.kind) else 1
    if {left.kind, right.kind} == {Kind.MAP, Kind.OBJECT}:
        return -1 if left.kind is Kind.MAP else 1
    return 0


def converts(given: Type | None, wanted: Type | None, known: Converting | None = None) -> bool:
    """Return whether values of one type may convert to another; some texts do not convert to numbers.

    Types that occur many times are compared once: `known` are the answers so far.
    """
    if given is None or wanted is None or Kind.DYNAMIC in (given.kind, wanted.kind):
        return True
    if given.kind in PRIMITIVES or wanted.kind in PRIMITIVES:
        return given.kind is wanted.kind or (
            {given.kind, wanted.kind} <= PRIMITIVES and Kind.STRING in (given.kind, wanted.kind)
        )
    if given is wanted:
        return True
    known = known if known is not None else {}
    key = id(given), id(wanted)
    if key not in known:
        charge(STEPS_A_TYPE)
        known[key] = given, wanted, _parts_convert(given, wanted, known)
    return known[key][2]


def _parts_convert(given: Type, wanted: Type, known: Converting) -> bool:
    match given.kind, wanted.kind:
        case (Kind.LIST | Kind.SET, Kind.LIST | Kind.SET) | (Kind.MAP, Kind.MAP):
            return converts(given.element, wanted.element, known)
        case (Kind.TUPLE, Kind.LIST | Kind.SET):
            return _all_convert(list(given.items), wanted.element, known)
        case (Kind.OBJECT, Kind.MAP):
            attributes = list(given.attributes.values())
            if wanted.element is DYNAMIC and any(type is DYNAMIC for type in attributes):
                # Whether values beside a null have one type is seen when an object is converted.
                return True
            return _all_convert(attributes, wanted.element, known)
        case (Kind.TUPLE, Kind.TUPLE):
            return len(given.items) == len(wanted.items) and all(
                converts(one, other, known) for one, other in zip(given.items, wanted.items, strict=True)
            )
        case (Kind.OBJECT, Kind.OBJECT):
            return all(
                converts(given.attributes[name], inner, known) if name in given.attributes else name in wanted.optional
                for name, inner in wanted.attributes.items()
            )
        case (Kind.MAP, Kind.OBJECT):
            return all(converts(given.element, inner, known) for inner in wanted.attributes.values())
        case _:
            return False


def _all_convert(given: list[Type | None], wanted: Type | None, known: Converting) -> bool:
    if wanted is not None and wanted.kind is Kind.DYNAMIC and given:
        try:
            unified = unify(given)
        except Mismatch:
            return False
        return not loses_types(unified, given)
    return all(converts(type, wanted, known) for type in given)


def loses_types(unified: Type | None, given: Sequence[Type | None]) -> bool:
    """Return whether a part of a common type is of any type where the given types say of which: then Terraform finds no
    single type for the elements of a list, set or map.
    """
    return _loses(unified, given, set())


def _loses(unified: Type | None, given: Sequence[Type | None], seen: set[tuple[int, ...]]) -> bool:
    # A type may be a part of another many times over.
    key = id(unified), *map(id, given)
    if unified is None or key in seen:
        return False
    seen.add(key)
    charge(STEPS_A_TYPE * (1 + len(given)))
    parts: list[tuple[Type | None, list[Type | None]]] = []
    match unified.kind:
        case Kind.DYNAMIC:
            return not all(type is None or type.kind is Kind.DYNAMIC for type in given)
        case Kind.LIST | Kind.SET | Kind.MAP:
            inner = [part for type in given if type is not None for part in _elements(type)]
            parts = [(unified.element, inner)]
        case Kind.OBJECT:
            parts = [
                (part, [_attribute(type, name) for type in given if type is not None])
                for name, part in unified.attributes.items()
            ]
        case Kind.TUPLE:
            parts = [
                (part, [type.items[index] for type in given if type is not None and index < len(type.items)])
                for index, part in enumerate(unified.items)
            ]
        case _:
            pass
    return any(_loses(part, types, seen) for part, types in parts)


def _elements(type: Type) -> list[Type | None]:
    match type.kind:
        case Kind.LIST | Kind.SET | Kind.MAP:
            return [type.element]
        case _:
            return [*type.items, *type.attributes.values()]


def _attribute(type: Type, name: str) -> Type | None:
    return type.element if type.kind is Kind.MAP else type.attributes.get(name)

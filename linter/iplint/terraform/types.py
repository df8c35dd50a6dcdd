"""The types of values, and their conversion to other types, as Terraform's library `cty` has them."""

from __future__ import annotations

from iplint import number as numbers
from iplint.budget import charge
from iplint.datatype import (
    BOOL,
    DYNAMIC,
    NUMBER,
    STRING,
    Kind,
    Type,
    list_of,
    map_of,
    same_type,
    set_of,
)
from iplint.location import Origin
from iplint.terraform.failure import failure
from iplint.terraform.scope import ModuleMap, PartiallyOrderedSeq, ResourceEntries, ResourceMap, ResourceSeq
from iplint.terraform.unification import Mismatch, converts, loses_types, unify
from iplint.value import Absent, Known, Map, Seq, Text, Unknown, literal_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from iplint.location import Span
    from iplint.number import Number
    from iplint.value import Datum, Lazy, Value

    # The types of collections by their identities; these are kept, so that no others get their identities.
    TypesKnown: TypeAlias = dict[int, tuple[Seq | Map, Type | None]]
    # Makes a set of items, which have the type that is given.
    MakeSet = Callable[[Seq, "Type | None"], Seq]

STEPS_A_TYPE = 4
# Values whose types the schemas of providers decide, or what a call makes.
OPAQUE = (ResourceSeq, ResourceMap, ResourceEntries, ModuleMap)
_LIKE_OTHER_TYPES = ("true", "false")


def type_of(value: Value, known: TypesKnown | None = None) -> Type | None:
    """Return the type of a value; None when it is unknown.

    A collection that occurs many times is examined once: `known` are the types so far.
    """
    match value:
        case Unknown(type=type) | Absent(type=type):
            return type
        case Known(Text() as string):
            return STRING if not _from_resource(value) or not _may_be_other(string) else None
        case Known(_) if _from_resource(value):
            return None
        case Known(bool()):
            return BOOL
        case Known(int() | float()):
            return NUMBER
        case Known(Seq() | Map() as members):
            if members.type is not None:
                return members.type
            known = known if known is not None else {}
            if id(members) not in known:
                known[id(members)] = members, _type_of_collection(members, known)
            return known[id(members)][1]
        case _:
            return None


def _from_resource(value: Known[Datum]) -> bool:
    """Return whether a value is an attribute of a resource as written, which has the type of the schema."""
    return value.ref is not None and value.ref.attribute != ""


def _may_be_other(string: Text) -> bool:
    plain = string.plain
    return plain is None or plain in _LIKE_OTHER_TYPES or numbers_in(plain) is not None


def _type_of_collection(members: Seq | Map, known: TypesKnown) -> Type | None:
    """Return the type of a tuple or object."""
    if isinstance(members, (*OPAQUE, PartiallyOrderedSeq)) or members.more is not None:
        return None
    charge(STEPS_A_TYPE * (1 + len(members)))
    if isinstance(members, Seq):
        return Type(Kind.TUPLE, items=tuple([type_of(item, known) for item in members]))
    if type(members) is not Map:
        return None
    found = {name: members.get(name) for name in members}
    return Type(
        Kind.OBJECT, attributes={name: type_of(item, known) for name, item in found.items() if item is not None}
    )


def kind_of(members: Seq | Map) -> Kind | None:
    """Return the kind of a collection, without its element types; None when it is unknown."""
    if members.type is not None:
        return members.type.kind
    if isinstance(members, OPAQUE) or members.more is not None:
        return None
    if isinstance(members, Seq):
        return Kind.TUPLE if type(members) is Seq else None
    return Kind.OBJECT if type(members) is Map else None


def is_set(members: Seq) -> bool:
    """Return whether a sequence is a set."""
    return members.type is not None and members.type.kind is Kind.SET


# Numbers


def numbers_in(string: str) -> Number | None:
    """Return the number that a text converts to; None when it converts to none."""
    try:
        return numbers.parse(string)
    except numbers.TooLarge:
        return None


# Conversion


class Converter:
    """Convert values to types. `make_set` makes sets from converted items.

    A collection that occurs in several places is converted to a type once.
    """

    __slots__ = ("_made", "_make_set")

    def __init__(self, make_set: MakeSet) -> None:
        self._make_set = make_set
        self._made: dict[tuple[int, int], tuple[Datum, Type, Datum]] = {}

    def convert(self, value: Value, wanted: Type | None) -> Value:
        """Return a value converted to a type. Raises Mismatch when Terraform does not convert it."""
        if wanted is None or wanted.kind is Kind.DYNAMIC:
            return value
        if not isinstance(value, Known) and value.type is wanted:
            return value
        if isinstance(value, Absent):
            if value.type is not None and not converts(value.type, wanted):
                raise Mismatch
            # Elements of any type are those of the null's own type, which is not known.
            is_open = value.type is None and wanted.element is DYNAMIC
            return Absent(value.at, value.trail, None if is_open else wanted, value.input)
        if isinstance(value, Unknown):
            if value.type is not None and not converts(value.type, wanted):
                raise Mismatch
            return value
        datum = value.value
        match wanted.kind:
            case Kind.STRING:
                return _to_string(value)
            case Kind.NUMBER:
                return _to_number(value)
            case Kind.BOOL:
                return _to_bool(value)
            case _ if isinstance(datum, Seq | Map):
                key = id(datum), id(wanted)
                if key not in self._made:
                    charge(STEPS_A_TYPE * (1 + len(datum)))
                    self._made[key] = datum, wanted, self._collection(datum, wanted)
                made = self._made[key][2]
                return value if made is datum else like(value, made)
            case _:
                raise Mismatch

    def _collection(self, datum: Seq | Map, wanted: Type) -> Seq | Map:
        if isinstance(datum, OPAQUE):
            return datum
        match wanted.kind, datum:
            case ((Kind.LIST | Kind.SET), Seq()):
                return self._to_sequence(datum, wanted)
            case Kind.TUPLE, Seq() if kind_of(datum) in (Kind.TUPLE, None):
                return self._to_tuple(datum, wanted)
            case Kind.MAP, Map():
                return self._to_map(datum, wanted)
            case Kind.OBJECT, Map():
                return self._to_object(datum, wanted)
            case _:
                raise Mismatch

    def _to_sequence(self, items: Seq, wanted: Type) -> Seq:
        element = wanted.element
        given = items.type
        if given is not None:
            if element is None or element.kind is Kind.DYNAMIC or same_type(given.element, element):
                if given.kind is wanted.kind:
                    return items
                element = given.element
            elif not converts(given.element, element):
                raise Mismatch
        elif element is not None and element.kind is Kind.DYNAMIC:
            element = element_type([type_of(item) for item in items], items.more)
        converted: list[Lazy] = [self.convert(item, element) for item in items]
        if wanted.kind is Kind.SET:
            found = set_of(element)
            return self._make_set(_same_order(items, converted, found), element)
        return _same_order(items, converted, list_of(element))

    def _to_tuple(self, items: Seq, wanted: Type) -> Seq:
        if items.more is None and len(items) != len(wanted.items):
            raise Mismatch
        converted: list[Lazy] = [self.convert(item, type) for item, type in zip(items, wanted.items, strict=False)]
        return _same_order(items, converted, None)

    def _to_map(self, members: Map, wanted: Type) -> Map:
        element = wanted.element
        given = members.type
        if given is not None:
            if element is None or element.kind is Kind.DYNAMIC or same_type(given.element, element):
                return members
            if not converts(given.element, element):
                raise Mismatch
        found = {name: item for name in members if (item := members.get(name)) is not None}
        if given is None and element is not None and element.kind is Kind.DYNAMIC:
            element = element_type([type_of(item) for item in found.values()], members.more, is_map=True)
        entries: dict[str, tuple[Span, Lazy]] = {
            name: (members.key_at(name), self.convert(item, element)) for name, item in found.items()
        }
        return Map(entries, members.more, map_of(element))

    def _to_object(self, members: Map, wanted: Type) -> Map:
        entries: dict[str, tuple[Span, Lazy]] = {}
        given = members.entries()
        for name, type in wanted.attributes.items():
            if name in given:
                at, item = given[name]
                entries[name] = at, self._later(item, type)
            elif members.more is None and name not in wanted.optional:
                raise Mismatch
        return Map(entries, members.more)

    def _later(self, item: Lazy, type: Type | None) -> Lazy:
        """Return an attribute that is converted to a type when first used: objects have many."""
        if type is None or type.kind is Kind.DYNAMIC:
            return item
        if not callable(item):
            return self.convert(item, type)

        def make() -> Value:
            value = item()
            try:
                return self.convert(value, type)
            except Mismatch:
                return failure("a value that does not convert to the type of others", value.at)

        return make


def element_type(types: list[Type | None], more: Unknown | None = None, is_map: bool = False) -> Type | None:
    """Return the element type of a list, set or map with elements of these types, and maybe more."""
    if more is not None:
        types = [*types, None]
    if not types:
        return DYNAMIC
    found = unify(types)
    if loses_types(found, types):
        if found is DYNAMIC and is_map:
            return None
        raise Mismatch
    return found


def _same_order(items: Seq, converted: list[Lazy], type: Type | None) -> Seq:
    """Return converted items with the same certainty of positions as the original ones."""
    if isinstance(items, PartiallyOrderedSeq):
        return PartiallyOrderedSeq(converted, items.settled, items.more, items.firm, type)
    return Seq(converted, items.more, type)


def like(value: Known[Datum], datum: Datum) -> Value:
    """Return a value with other content and the same places."""
    return Known(datum, value.at, value.trail, value.ref, value.input)


def _to_string(value: Known[Datum]) -> Value:
    match value.value:
        case Text():
            return value
        case bool() as truth:
            return like(value, literal_text("true" if truth else "false", Origin(value.at)))
        case int() | float() as number:
            return like(value, literal_text(numbers.text(number), Origin(value.at)))
        case _:
            raise Mismatch


def _to_number(value: Known[Datum]) -> Value:
    match value.value:
        case bool():
            raise Mismatch
        case int() | float():
            return value
        case Text() as string:
            plain = string.plain
            if plain is None:
                return Unknown(string.reasons, value.at, True, value.trail)
            found = numbers_in(plain)
            if found is None:
                raise Mismatch
            return like(value, found)
        case _:
            raise Mismatch


_TRUTHS = {"true": True, "1": True, "false": False, "0": False}


def truth_of(value: Value) -> bool | None:
    """Return the boolean that a value is or converts to; None when it is unknown, or not a boolean."""
    match value:
        case Known(bool() as truth):
            return truth
        case Known(Text() as string):
            return _TRUTHS.get(string.plain or "")
        case _:
            return None


def _to_bool(value: Known[Datum]) -> Value:
    match value.value:
        case bool():
            return value
        case Text() as string:
            plain = string.plain
            if plain is None:
                return Unknown(string.reasons, value.at, True, value.trail)
            if plain not in _TRUTHS:
                raise Mismatch
            return like(value, _TRUTHS[plain])
        case _:
            raise Mismatch

"""Types of values, as Terraform has them (Terraform documentation, Types and Values; Type Constraints)."""

from __future__ import annotations

from enum import Enum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    Compared: TypeAlias = dict[tuple[int, int], tuple["Type", "Type", bool | None]]


class Kind(Enum):
    """The kinds of types."""

    DYNAMIC = "any"
    STRING = "string"
    NUMBER = "number"
    BOOL = "bool"
    LIST = "list"
    SET = "set"
    MAP = "map"
    TUPLE = "tuple"
    OBJECT = "object"


class Type:
    """A type. A part that is unknown is None: of an unknown value, or of an attribute of a resource.

    `element` is that of a list, set or map, `items` are those of a tuple, `attributes` those of an object; the names in
    `optional` may be omitted.
    """

    __slots__ = ("attributes", "element", "items", "kind", "optional")

    def __init__(
        self,
        kind: Kind,
        element: Type | None = None,
        items: tuple[Type | None, ...] = (),
        attributes: Mapping[str, Type | None] | None = None,
        optional: frozenset[str] = frozenset(),
    ) -> None:
        self.kind = kind
        self.element = element
        self.items = items
        self.attributes: Mapping[str, Type | None] = attributes or {}
        self.optional = optional

    def __repr__(self) -> str:
        match self.kind:
            case Kind.LIST | Kind.SET | Kind.MAP:
                return f"{self.kind.value}({self.element})"
            case Kind.TUPLE:
                return f"tuple({list(self.items)})"
            case Kind.OBJECT:
                return f"object({dict(self.attributes)})"
            case _:
                return str(self.kind.value)


DYNAMIC = Type(Kind.DYNAMIC)
STRING = Type(Kind.STRING)
NUMBER = Type(Kind.NUMBER)
BOOL = Type(Kind.BOOL)
PRIMITIVES = frozenset((Kind.STRING, Kind.NUMBER, Kind.BOOL))
SCALARS = frozenset((*PRIMITIVES, Kind.DYNAMIC))
# Collections of which the elements are not determined, or may be of any one type.
SOME_LIST = Type(Kind.LIST)
SOME_SET = Type(Kind.SET)
SOME_MAP = Type(Kind.MAP)
ANY_LIST = Type(Kind.LIST, DYNAMIC)
ANY_SET = Type(Kind.SET, DYNAMIC)
ANY_MAP = Type(Kind.MAP, DYNAMIC)
STRINGS = Type(Kind.LIST, STRING)
SET_OF_STRINGS = Type(Kind.SET, STRING)


def list_of(element: Type | None) -> Type:
    """Return the type of a list of such elements."""
    return STRINGS if element is STRING else Type(Kind.LIST, element)


def set_of(element: Type | None) -> Type:
    """Return the type of a set of such elements."""
    return SET_OF_STRINGS if element is STRING else Type(Kind.SET, element)


def map_of(element: Type | None) -> Type:
    """Return the type of a map of such elements."""
    return Type(Kind.MAP, element)


def same_type(left: Type | None, right: Type | None, compared: Compared | None = None) -> bool | None:
    """Return whether two types are equal; None when an unknown part decides.

    Two types are compared once, wherever they occur: `compared` are the pairs so far, by identity.
    """
    if left is None or right is None:
        return None
    if left.kind is not right.kind:
        return False
    if left.kind in SCALARS:
        return True
    compared = compared if compared is not None else {}
    key = id(left), id(right)
    if key not in compared:
        compared[key] = left, right, _same_parts(left, right, compared)
    return compared[key][2]


def _same_parts(left: Type, right: Type, compared: Compared) -> bool | None:
    match left.kind:
        case Kind.TUPLE:
            if len(left.items) != len(right.items):
                return False
            pairs = list(zip(left.items, right.items, strict=True))
        case Kind.OBJECT:
            if left.attributes.keys() != right.attributes.keys():
                return False
            pairs = [(type, right.attributes[name]) for name, type in left.attributes.items()]
        case _:
            return same_type(left.element, right.element, compared)
    answer: bool | None = True
    for one, other in pairs:
        found = same_type(one, other, compared)
        if found is False:
            return False
        answer = None if found is None else answer
    return answer

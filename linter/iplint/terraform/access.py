"""Look up attributes and items of values as Terraform does."""

from __future__ import annotations

from iplint.number import as_whole
from iplint.terraform.failure import NoSuchKey, failure, with_step, with_steps
from iplint.terraform.scope import (
    BlockMap,
    InstanceSeq,
    ModuleMap,
    PartiallyOrderedSeq,
    ResourceEntries,
    ResourceMap,
    ResourceSeq,
)
from iplint.terraform.types import is_set, numbers_in
from iplint.value import WHOLE, Absent, Input, Known, Map, Reason, Ref, Seq, Text, Unknown, as_text, whole_resource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.location import Span
    from iplint.resource import Resource
    from iplint.value import Datum, Value


# The input that the name of the workspace is.
WORKSPACE = "terraform.workspace"
# Of a longer list an input does not choose an item.
MAX_INDICES = 16
# No list has an item whose place has more digits.
MAX_DIGITS = 9


def attribute(value: Value, name: str, at: Span) -> Value:
    """Return `value.name`, written at `at`."""
    match value:
        case Known(ResourceMap() as members):
            found = members.get(name)
            return with_step(with_steps(found, value.trail), at, f"{members.resource.address}.{name} is used here")
        case Known(ModuleMap() as members):
            return with_step(_entry(value, members, name, at), at, f"{members.address}.{name} is used here")
        case Known(Map() as members):
            return _entry(value, members, name, at)
        case Known(Seq() as items) if isinstance(items, ResourceSeq) or value.ref is not None or _of_blocks(items):
            # Before Terraform 0.12 a resource with `count` was also read without an index.
            return attribute(_item(value, items, 0, at), name, at)
        case Known():
            return failure(f"an attribute {name} of something that has none", at)
        case Absent():
            return failure(f"the attribute {name} of null", at)
        case Unknown():
            return _part_of(value, name, f".{name}")


def _of_blocks(items: Seq) -> bool:
    """Return whether a list holds the nested blocks of one type."""
    if items.type is not None or not len(items):
        return False
    first = items.item(0)
    return isinstance(first, Known) and isinstance(first.value, BlockMap)


def index(value: Value, key: Value, at: Span) -> Value:
    """Return `value[key]`, written at `at`. An input in the key learns the map's keys, or the list's indices."""
    if isinstance(value, Known):
        offer_keys(value.value, key)
    match value:
        case Unknown():
            name = as_text(key)
            if name is not None:
                return _part_of(value, None, f"[{name}]")
            keyed = f"[{key.identity}]" if isinstance(key, Unknown) and key.identity else None
            return _part_of(value, None, keyed)
        case Absent():
            return failure("an item of null", at)
        case Known(ResourceEntries() as members) if (as_text(key) or "") not in members:
            return _instance(value, members, key, at)
        case Known(Map() as members):
            name = as_text(key)
            if members.__class__ is Map and is_none_of(key, members):
                return Unknown((_no_such_key(key, at),), at)
            if name is not None:
                return (
                    attribute(value, name, at) if isinstance(members, ResourceMap) else _entry(value, members, name, at)
                )
            return _by_unknown(value, key, at)
        case Known(Seq() as items) if is_set(items):
            return failure("an item of a set by its place", at)
        case Known(Seq() as items):
            position = as_text(key)
            if position is None:
                only = items.item(0) if isinstance(items, InstanceSeq) and len(items) == 1 else None
                return only or _by_unknown(value, key, at)
            place = _place(position)
            return _item(value, items, place, at) if place is not None else failure(f"item {position} of a list", at)
        case Known():
            return failure("an item of something that has none", at)


def _place(position: str) -> int | None:
    """Return the place in a list that a number or its text names; None for any other text, and beyond every list."""
    if position.isascii() and position.isdigit() and len(position) <= MAX_DIGITS:
        return int(position)
    number = numbers_in(position)
    place = as_whole(number) if number is not None else None
    return place if place is not None and 0 <= place < 10**MAX_DIGITS else None


def offer_keys(collection: Datum, key: Value) -> None:
    """Let the input in a key learn the keys of a map, or the indices of a list."""
    if not isinstance(key, Known | Unknown) or key.input is None:
        return
    match collection:
        case Map() as members:
            for known in members:
                key.input.compared_with(known)
        case Seq() as items if isinstance(key, Known) and isinstance(key.value, int) and len(items) <= MAX_INDICES:
            for position in range(len(items)):
                key.input.compared_with(position)
        case _:
            pass


def is_none_of(key: Value, members: Map) -> bool:
    """Return whether an input chooses the key, and certainly none of those in the map."""
    return members.more is None and _is_chosen(key, members)


def _is_chosen(key: Value, members: Map) -> bool:
    """Return whether an input chooses the key, and certainly none of those in the map."""
    match key:
        case Known(input=Input()):
            return (as_text(key) or "") not in members
        case Unknown(input=Input(), excludes=excludes):
            return bool(excludes) and all(name in excludes for name in members)
        case Unknown(reasons=reasons):
            # What is made of a workspace that no map names.
            return bool(reasons) and all(reason.what == WORKSPACE for reason in reasons)
        case _:
            return False


def _no_such_key(key: Value, at: Span) -> NoSuchKey:
    # A workspace that nobody names is called "default": where that is not a key, it is not deployed.
    is_workspace = isinstance(key, Known) and key.input is not None and key.input.key == WORKSPACE
    name = as_text(key)
    what = f"an attribute {name}" if name is not None else "another attribute"
    return NoSuchKey(f"{what}, which is not there", at, by_default=is_workspace)


def _entry(value: Value, members: Map, name: str, at: Span) -> Value:
    found = members.get(name)
    if found is not None:
        return with_steps(found, value.trail)
    if members.more is not None:
        return with_steps(_part_of(members.more, None, f".{name}"), value.trail)
    if isinstance(members, BlockMap):
        return Unknown((Reason(f"the {name} that AWS chooses", value.at),), value.at, trail=value.trail)
    return failure(f"an attribute {name}, which is not there", at)


def _item(value: Value, items: Seq, position: int, at: Span) -> Value:
    if isinstance(items, PartiallyOrderedSeq) and items.settled <= position and not items.is_only:
        reason = Reason("the order of a list", at)
        ref = whole_resource((items.more,)) if items.more is not None else None
        return Unknown((reason,), at, trail=value.trail, ref=ref)
    if position < len(items):
        return with_steps(items.item(position), value.trail)
    if items.more is not None:
        return with_steps(_part_of(items.more, None, f"[{position}]"), value.trail)
    if isinstance(items, ResourceSeq) and items.placeholder is not None:
        return _not_created(items.placeholder, at)
    return failure(f"item {position} of a list that has {len(items)}", at)


def _instance(value: Value, members: ResourceEntries, key: Value, at: Span) -> Value:
    """Return an instance for a key that is not among the known ones."""
    if members.sample is not None:
        return members.sample
    if as_text(key) is None and len(members) == 1:
        only = members.get(next(iter(members)))
        if only is not None:
            return only
    if as_text(key) is None and len(members):
        return _by_unknown(value, key, at)
    if members.placeholder is not None:
        return _not_created(members.placeholder, at)
    return failure(f"the instance {as_text(key)}, which is not there", at)


def _not_created(placeholder: Resource, at: Span) -> Unknown:
    return failure(f"{placeholder.address}, which is not created", at, Ref(placeholder, WHOLE))


def _by_unknown(value: Value, key: Value, at: Span) -> Value:
    match key:
        case Unknown(reasons=reasons):
            return Unknown(reasons, at, trail=value.trail)
        case Known(Text() as text):
            return Unknown(text.reasons, at, trail=value.trail)
        case _:
            return failure("an index that is neither a number nor a text", at)


def _part_of(value: Unknown, name: str | None, suffix: str | None) -> Unknown:
    """Return a part of an unknown. Instances of an unknown resource keep its attribute for `name`."""
    identity = f"{value.identity}{suffix}" if value.identity and suffix else None
    ref = value.ref
    if ref is not None and name is not None:
        ref = Ref(ref.resource, f"{ref.attribute}.{name}" if ref.attribute else name)
    present = value.present and ref is not None and "." not in ref.attribute
    return Unknown(value.reasons, value.at, present, value.trail, ref, identity=identity)


def computed(resource: Resource, name: str) -> Unknown:
    """Return an attribute of a resource that AWS generates, or that a data source reads."""
    address = f"{resource.address}.{name}"
    what = address if resource.data else f"the {name} that AWS gives {resource.address}"
    ref = Ref(resource, name)
    return Unknown((Reason(what, resource.at),), resource.at, present=True, ref=ref, identity=address)

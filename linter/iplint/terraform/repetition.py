"""The repetition of blocks: `count` and `for_each` of resources, data sources and module calls."""

from __future__ import annotations

from iplint.budget import charge, charge_bytes, leave_out
from iplint.datatype import NUMBER
from iplint.location import Verbatim
from iplint.resource import Notice
from iplint.terraform.body import in_source_of
from iplint.terraform.expression import evaluate_whole
from iplint.terraform.failure import failure
from iplint.terraform.truth import composed, negation, settle, unknowns
from iplint.value import (
    Absent,
    Known,
    Map,
    Reason,
    Seq,
    Text,
    Unknown,
    UnknownName,
    as_bool,
    as_text,
    asks_for_any,
    is_anything,
    literal_text,
    merged_reasons,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from iplint.location import Span
    from iplint.resource import Resource
    from iplint.syntax.hcl_tree import Attribute
    from iplint.terraform.scope import Scope
    from iplint.terraform.source_map import DeclaredBlock
    from iplint.value import Lazy, Value

MAX_INSTANCES = 1_000
# What it costs to number or name an instance, in steps and bytes of a budget.
STEPS_AN_ITEM = 16
BYTES_AN_ITEM = 1_500


class Instance:
    """One instance of a block: its key as in an address, the names bound in it, and whether it exists.

    `key` is None when it is unknown.
    """

    __slots__ = ("bound", "exists", "key", "suffix")

    def __init__(self, suffix: str, key: str | None, bound: Mapping[str, Lazy], exists: bool | None) -> None:
        self.suffix = suffix
        self.key = key
        self.bound = bound
        self.exists = exists


class Placed:
    """An instance of a resource block, and the scope of its body."""

    __slots__ = ("declared", "resource", "scope")

    def __init__(self, resource: Resource, declared: DeclaredBlock, scope: Scope) -> None:
        self.resource = resource
        self.declared = declared
        self.scope = scope


class Repetition:
    """The instances of a block. `kind` is one, count or each; `more` is the reason why there may be others.

    When there are none, `empty` is true, and the one instance shows what the block would create.
    """

    __slots__ = ("_exist", "empty", "items", "kind", "more")

    def __init__(self, kind: str, items: list[Instance], more: Unknown | None = None, empty: bool = False) -> None:
        self.kind = kind
        self.items = items
        self.more = more
        self.empty = empty
        self._exist = {item.suffix: item.exists for item in items}

    def exists(self, suffix: str) -> bool | None:
        """Return whether the instance with this suffix exists; an unlisted one does not."""
        return self._exist.get(suffix, False)


def repeat(declared: DeclaredBlock, scope: Scope, address: str, note: Callable[[Notice], None]) -> Repetition:
    """Return the instances of a block in this scenario."""
    count = declared.body.attributes.get("count")
    if count is not None:
        return _counted(count, declared, scope, address, note)
    each = declared.body.attributes.get("for_each")
    if each is not None:
        return _for_each(each, declared, scope, address, note)
    return Repetition("one", [Instance("", None, {}, _is_enabled(declared, scope, address))])


def _is_enabled(declared: DeclaredBlock, scope: Scope, address: str) -> bool | None:
    """Return whether a block without `count` and `for_each` exists.

    OpenTofu documentation, The enabled Meta-Argument: an argument in `lifecycle`.
    """
    found = (
        (block.body.attributes["enabled"], block)
        for block in declared.body.blocks
        if block.type == "lifecycle" and "enabled" in block.body.attributes
    )
    enabled, block = next(found, (None, None))
    if enabled is None or block is None:
        return True
    inside = in_source_of(block, scope)
    value = evaluate_whole(enabled.expr, inside)
    truth: bool | Unknown | None = as_bool(value)
    if isinstance(value, Unknown):
        truth = settle(value, inside, f"whether {address} is created")
    return truth if isinstance(truth, bool) else None


def _limit(number: int, declared: DeclaredBlock, address: str, note: Callable[[Notice], None]) -> int:
    if number > MAX_INSTANCES:
        message = f"{address} has {number} instances, more than the {MAX_INSTANCES} that iplint checks"
        leave_out(message, declared.at)
    kept = min(number, MAX_INSTANCES)
    charge(STEPS_AN_ITEM * kept)
    charge_bytes(BYTES_AN_ITEM * kept)
    return kept


def _counted(
    count: Attribute, declared: DeclaredBlock, scope: Scope, address: str, note: Callable[[Notice], None]
) -> Repetition:
    value = evaluate_whole(count.expr, scope)
    number = _count_of(value)
    if isinstance(number, int):
        number = _limit(number, declared, address, note)
        if number == 0:
            return Repetition("count", [_numbered(0, value.at, False)], empty=True)
        return Repetition("count", [_numbered(position, value.at, True) for position in range(number)])
    truth: bool | Unknown = number
    if isinstance(value, Unknown) and value.input is not None:
        value.input.compared_with(0)
        truth = True if 0 in value.excludes else number
    else:
        some = _whether_any(number, scope, count)
        truth = settle(some, scope, f"whether {address} is created") if isinstance(some, Unknown) else number
    if truth is False:
        return Repetition("count", [_numbered(0, value.at, False)], empty=True)
    exists = None if isinstance(truth, Unknown) else True
    # The one instance stands for all that there may be, so that its number is not known.
    index = UnknownName(number.reasons, value.at, True, identity=f"{address}.count.index", type=NUMBER)
    return Repetition("count", [_numbered(0, value.at, exists, index)], more=number)


def _whether_any(number: Unknown, scope: Scope, count: Attribute) -> Value:
    """Return whether an unknown count is more than zero; a length is so when it is not zero."""
    shape = scope.context.shapes.get(number.identity or "")
    if shape is not None:
        return number
    bare = Unknown(number.reasons, number.at, True)
    if (number.identity or "").startswith("length("):
        return negation(composed(bare, scope, count.expr, "{} == 0", number), scope, count.expr)
    return composed(bare, scope, count.expr, "{} > 0", number)


def _count_of(value: Value) -> int | Unknown:
    match value:
        case Known(bool() as truth):
            # Before Terraform 0.12 true and false were written 1 and 0.
            return int(truth)
        case Unknown():
            return value
        case Absent():
            return failure("a count that is null", value.at)
        case Known():
            written = as_text(value)
            try:
                return max(0, int(float(written or "")))
            except (ValueError, OverflowError):
                found = unknowns(value)
                if found:
                    return Unknown(merged_reasons(iter(found)), value.at, True)
                return failure("a count that is not a number", value.at)


def _numbered(position: int, at: Span, exists: bool | None, index: Value | None = None) -> Instance:
    """Return the instance at a position. Its `count.index` is `index` where that is given, else the position."""
    count = Known(Map({"index": (at, index or Known(position, at))}), at)
    return Instance(f"[{position}]", str(position), {"count": count}, exists)


def _for_each(
    each: Attribute, declared: DeclaredBlock, scope: Scope, address: str, note: Callable[[Notice], None]
) -> Repetition:
    value = evaluate_whole(each.expr, scope)
    asks_for_any(value)
    found: dict[str, tuple[Value, Lazy]] = {}
    unknown: list[Lazy] = []
    more: Unknown | None
    match value:
        case Known(Map() as members):
            for key, (at, item) in members.entries().items():
                found[key] = (Known(literal_text(key, Verbatim(at)), at), item)
            more = members.more
        case Known(Seq() as items):
            for item in items:
                name = as_text(item)
                if name is None:
                    unknown.append(item)
                else:
                    found[name] = (item, item)
            more = items.more
        case Unknown():
            more = value
        case _:
            more = failure("a for_each that is not a set or map", value.at)
    kept = list(found)[: _limit(len(found), declared, address, note)]
    instances = [_keyed(key, *found[key]) for key in kept]
    at = declared.at
    what = value.input.label if value.input is not None else "each.key"
    nobody = Unknown(more.reasons if more is not None else (Reason(what, at),), at, present=True)
    if unknown:
        first = unknown[0]
        item = first() if callable(first) else first
        instances.append(_starred(_key_of(item, at), item, True))
    elif more is not None:
        has_any = isinstance(value, Unknown) and is_anything(value)
        instances.append(_starred(nobody, nobody, True if has_any else None))
    if instances:
        return Repetition("each", instances, more)
    return Repetition("each", [_starred(nobody, nobody, False)], empty=True)


def _key_of(item: Value, at: Span) -> Value:
    match item:
        case Unknown() | Known(Text()):
            return item
        case _:
            return failure("a key of for_each that is not a string", at)


def _keyed(key: str, name: Value, item: Lazy) -> Instance:
    return Instance(f'["{key}"]', key, _each(name, item), True)


def _starred(key: Value, item: Lazy, exists: bool | None) -> Instance:
    return Instance('["*"]', None, _each(key, item), exists)


def _each(key: Value, item: Lazy) -> dict[str, Lazy]:
    return {"each": Known(Map({"key": (key.at, key), "value": (key.at, item)}), key.at)}

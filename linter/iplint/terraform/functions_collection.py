"""Functions on lists, sets and maps."""

from __future__ import annotations

from functools import reduce

from iplint import number as numbers
from iplint.budget import charge, charge_bytes
from iplint.datatype import (
    ANY_LIST,
    ANY_SET,
    BOOL,
    DYNAMIC,
    NUMBER,
    STRINGS,
    Kind,
    Type,
    list_of,
    map_of,
    same_type,
    set_of,
)
from iplint.location import Origin
from iplint.number import COUNTED, Whole
from iplint.resource import Passing
from iplint.terraform import access
from iplint.terraform.equality import STEPS_A_COMPARISON, converter, distinct_values, make_set, replace_maybe, same
from iplint.terraform.functions_base import (
    MANY,
    ArgumentError,
    Arguments,
    FunctionTable,
    NeedsUnknown,
    blank,
    closed,
    clusters,
    datum,
    entries_of,
    inside,
    lazies,
    limited,
    made,
    number_of,
    plain,
    refuse,
    settled,
    text_of,
    truth_of,
    unknown_parts,
)
from iplint.terraform.scope import InstanceSeq, PartiallyOrderedSeq, ResourceMap
from iplint.terraform.types import element_type, is_set, type_of
from iplint.terraform.unification import Mismatch, unify
from iplint.value import Absent, Known, Map, Seq, Text, Unknown, literal_text, merged_reasons, whole_resource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from iplint.location import Span
    from iplint.terraform.equality import Compared
    from iplint.value import Lazy, Value

COLLECTION = FunctionTable()


class _Gathered:
    """A list under construction, perhaps from parts that are unknown."""

    __slots__ = ("_at", "_firm", "_items", "_more", "_settled")

    def __init__(self, at: Span) -> None:
        self._at = at
        self._items: list[Lazy] = []
        self._settled: int | None = None
        self._more: list[Unknown] = []
        self._firm = True

    def add(self, item: Lazy) -> None:
        """Add an item."""
        self._items.append(item)
        limited(len(self._items))

    def doubtful(self, item: Lazy) -> None:
        """Add an item that may not exist."""
        self.unsettle()
        self._firm = False
        self.add(item)

    def unsettle(self) -> None:
        """Mark the position of all further items as uncertain."""
        if self._settled is None:
            self._settled = len(self._items)

    def open(self, more: Unknown) -> None:
        """Add any number of items."""
        self.unsettle()
        self._more.append(more)

    def enter(self, items: Seq, index: int) -> None:
        """Start adding the items of a list: called before the item at `index`."""
        if isinstance(items, PartiallyOrderedSeq) and index >= items.settled:
            self.unsettle()
            self._firm = self._firm and items.firm

    def leave(self, items: Seq) -> None:
        """End adding the items of a list."""
        if items.more is not None:
            self.open(items.more)

    def extend(self, items: Seq) -> None:
        """Add the items of a list."""
        for index, item in enumerate(lazies(items)):
            self.enter(items, index)
            self.add(item)
        self.leave(items)

    @property
    def seq(self) -> Seq:
        """Return the list, without a type."""
        return self.typed(None)

    def typed(self, type: Type | None) -> Seq:
        """Return the list."""
        more = self._more[0] if len(self._more) == 1 else None
        if len(self._more) > 1:
            more = Unknown(merged_reasons(iter(self._more)), self._at)
        if self._settled is None or (self._firm and self._settled == len(self._items)):
            return Seq(self._items, more, type)
        return PartiallyOrderedSeq(self._items, self._settled, more, self._firm, type)


# Lists


@COLLECTION("concat", takes=1, to=MANY, total=True, passes=Passing.MEMBERS)
def concat(args: Arguments) -> Value:
    """Concatenate lists."""
    gathered = _Gathered(args.at)
    type = _common_list([_sequence(value) for value in args.values if not isinstance(value, Unknown)])
    for value in args.values:
        if isinstance(value, Unknown):
            gathered.open(value)
        else:
            gathered.extend(_sequence(converter().convert(value, type) if type is not None else value))
    return args.known(gathered.typed(type))


def _common_list(lists: list[Seq]) -> Type | None:
    """Return the common type of lists; None for tuples, and for lists whose elements have no common type."""
    types = [items.type for items in lists]
    if not types or any(type is None for type in types):
        return None
    try:
        return unify(types)
    except Mismatch:
        return None


def _sequence(value: Value) -> Seq:
    """Return a list or tuple."""
    found = datum(value)
    return found if isinstance(found, Seq) and not is_set(found) else refuse()


@COLLECTION("flatten", takes=1, total=True, passes=Passing.MEMBERS)
def flatten(args: Arguments) -> Value:
    """Return a list in which nested lists are replaced by their items."""
    gathered = _Gathered(args.at)
    _flatten(args.seq(0), gathered)
    return args.known(gathered.seq)


def _flatten(items: Seq, gathered: _Gathered) -> None:
    # What is in it may add nothing, so the items of the result do not limit the walk.
    charge(2 * STEPS_A_COMPARISON * (1 + len(items)))
    for index, item in enumerate(items):
        gathered.enter(items, index)
        match item:
            case Known(Seq() as inner):
                _flatten(inner, gathered)
            case Unknown() if item.ref is None or not item.present:
                # It may be a list.
                gathered.open(item)
            case _:
                gathered.add(item)
    gathered.leave(items)


@COLLECTION("compact", takes=1, total=True, types=(STRINGS,), passes=Passing.MEMBERS)
def compact(args: Arguments) -> Value:
    """Return a list of texts without those that are empty or null."""
    items = args.seq(0)
    gathered = _Gathered(args.at)
    for index, item in enumerate(items):
        gathered.enter(items, index)
        if not isinstance(item, Absent | Unknown):
            text_of(item)
        empty = blank(item)
        if empty is None:
            gathered.doubtful(item)
        elif not empty:
            gathered.add(item)
    gathered.leave(items)
    return args.known(gathered.typed(STRINGS))


@COLLECTION("coalesce", takes=1, to=MANY, passes=Passing.SAME)
def coalesce(args: Arguments) -> Value:
    """Return the first argument that is neither null nor empty."""
    type = unify([type_of(value) for value in args.values])
    args = Arguments(args.name, [converter().convert(value, type) for value in args.values], args.at)
    candidates: list[Value] = []
    for value in args.values:
        empty = blank(value)
        if not empty:
            candidates.append(value)
        if empty is False:
            return _first_of(candidates, args, True)
    return _first_of(candidates, args, False)


@COLLECTION("coalescelist", takes=1, to=MANY, passes=Passing.MEMBERS)
def coalescelist(args: Arguments) -> Value:
    """Return the first list that is not empty."""
    candidates: list[Value] = []
    for value in args.values:
        if isinstance(value, Absent) and value.type is not None and value.type.kind not in (Kind.LIST, Kind.TUPLE):
            raise ArgumentError
        if isinstance(value, Known):
            _sequence(value)
    for index, value in enumerate(args.values):
        if isinstance(value, Absent):
            continue
        if isinstance(value, Unknown):
            candidates.append(value)
            continue
        items = _sequence(args[index])
        if len(items) or items.more is not None:
            candidates.append(value)
        if settled(items) or (isinstance(items, PartiallyOrderedSeq) and items.firm and len(items)):
            return _first_of(candidates, args, True)
    return _first_of(candidates, args, False)


def _first_of(candidates: list[Value], args: Arguments, present: bool) -> Value:
    """Return the first argument that is not skipped; if there is none, Terraform reports an error."""
    if not candidates:
        raise ArgumentError
    if len(candidates) == 1:
        return candidates[0]
    doubtful = candidates[:-1] if present else candidates
    return Unknown(merged_reasons(iter(unknown_parts(*doubtful))), args.at, present)


@COLLECTION("length", takes=1, total=True, passes=Passing.NONE)
def length(args: Arguments) -> Value:
    """Return the number of items, members or letters."""
    match args.datum(0):
        case Seq() as items:
            if items.more is None and (not isinstance(items, PartiallyOrderedSeq) or items.firm):
                return args.known(Whole(len(items), COUNTED))
            return args.known(Whole(len(closed(items)), COUNTED))
        case Map() as members:
            if members.more is not None:
                raise NeedsUnknown(members.more)
            return args.known(Whole(len(members), COUNTED))
        case Text() as string:
            return args.known(Whole(len(clusters(plain(string))), COUNTED))
        case _:
            raise ArgumentError


@COLLECTION("element", takes=2, passes=Passing.SAME, of=(0,))
def element(args: Arguments) -> Value:
    """Return the item at an index, which wraps around at the end."""
    items = _sequence(args[0])
    firm = items.more is None and not isinstance(items, PartiallyOrderedSeq)
    if (firm or isinstance(items, InstanceSeq)) and len(items) == 1 and isinstance(args[1], Unknown):
        return inside(args[0], items.item(0))
    if firm:
        access.offer_keys(items, args[1])
    index = args.whole(1)
    if index < 0 and items.type is None and (not firm or index % max(len(items), 1)):
        raise ArgumentError
    if firm:
        return access.index(args[0], Known(index % max(len(items), 1), args[1].at), args.at)
    if 0 <= index < settled(items):
        return inside(args[0], items.item(index))
    raise NeedsUnknown(*unknown_parts(args[0], *items))


@COLLECTION("index", takes=2, passes=Passing.NONE)
def index_of(args: Arguments) -> Value:
    """Return the first index of a value in a list."""
    items, wanted = _sequence(args[0]), _not_null(args[1])
    compared: Compared = {}
    for index in range(settled(items)):
        found = same(items.item(index), wanted, compared)
        if found:
            return args.known(Whole(index, COUNTED))
        if found is None:
            raise NeedsUnknown(*unknown_parts(items.item(index), wanted))
    closed(items)
    raise ArgumentError


@COLLECTION("contains", takes=2, total=True, passes=Passing.NONE)
def contains(args: Arguments) -> Value:
    """Return whether a value is in a list or set. All items are compared, so that inputs record each."""
    items, wanted = args.seq(0), _not_null(args[1])
    compared: Compared = {}
    found = [(same(wanted, item, compared), item) for item in items]
    if any(answer for answer, _ in found):
        return args.known(True)
    undecided = [part for answer, item in found if answer is None for part in unknown_parts(item, wanted)]
    if undecided or items.more is not None or any(answer is None for answer, _ in found):
        raise NeedsUnknown(*undecided, *unknown_parts(args[0]))
    return args.known(False)


def _not_null(value: Value) -> Value:
    return refuse() if isinstance(value, Absent) else value


@COLLECTION("one", takes=1, passes=Passing.SAME)
def one(args: Arguments) -> Value:
    """Return the only item; null when there is none."""
    items = args.seq(0)
    if isinstance(items, PartiallyOrderedSeq) and not items.firm:
        closed(items)
    # More items than one are an error, so that nothing that may add to one changes it.
    if len(items) == 1:
        return inside(args[0], items.item(0))
    if len(items):
        raise ArgumentError
    if items.more is not None:
        more = items.more
        return Unknown(more.reasons, more.at, False, args[0].trail + more.trail, more.ref)
    return Absent(args.at, (), items.type.element if items.type is not None else DYNAMIC)


@COLLECTION("reverse", takes=1, total=True, passes=Passing.MEMBERS)
def reverse(args: Arguments) -> Value:
    """Return the items from last to first."""
    items = args.seq(0)
    turned = lazies(items)[::-1]
    type = list_of(items.type.element) if items.type is not None else None
    if isinstance(items, PartiallyOrderedSeq) or items.more is not None:
        firm = not isinstance(items, PartiallyOrderedSeq) or items.firm
        return args.known(PartiallyOrderedSeq(turned, 0, items.more, firm, type))
    return args.known(Seq(turned, None, type))


@COLLECTION("slice", takes=3, passes=Passing.MEMBERS, of=(0,))
def slice_of(args: Arguments) -> Value:
    """Return the items from one index up to another."""
    items, start, end = _sequence(args[0]), args.whole(1), args.whole(2)
    if not 0 <= start <= end:
        raise ArgumentError
    if end > settled(items) and end > len(closed(items)):
        raise ArgumentError
    return args.known(Seq(lazies(items)[start:end], None, items.type))


@COLLECTION("chunklist", takes=2, types=(ANY_LIST, NUMBER), passes=Passing.MEMBERS, of=(0,))
def chunklist(args: Arguments) -> Value:
    """Split a list into lists of a given length."""
    items, size, type = lazies(args.closed(0)), args.whole(1), args.seq(0).type
    if size < 0:
        raise ArgumentError
    size = size or len(items)
    parts = [items[start : start + size] for start in range(0, len(items), size)] if items else []
    return args.known(Seq([args.known(Seq(part, None, type)) for part in parts], None, list_of(type)))


@COLLECTION("range", takes=1, to=3, passes=Passing.NONE)
def range_of(args: Arguments) -> Value:
    """Return the numbers from 0 or a start up to, not including, a limit."""
    given = [args.number(index) for index in range(len(args))]
    start, limit = (Whole(0, COUNTED), given[0]) if len(given) == 1 else (given[0], given[1])
    downward = numbers.compare(limit, start) < 0
    step = given[2] if len(given) > 2 else Whole(-1 if downward else 1, COUNTED)
    if (not step and downward) or (downward and step > 0) or (numbers.compare(limit, start) > 0 and step < 0):
        raise ArgumentError
    made: list[Lazy] = []
    while numbers.compare(start, limit) == (1 if step < 0 else -1):
        # Terraform makes 1024 at most (Terraform documentation, Built-in Functions, range).
        if len(made) == 1024:
            raise ArgumentError
        made.append(Known(start, args.at))
        start = numbers.add(start, step)
    return args.known(Seq(made, None, list_of(NUMBER)))


@COLLECTION("sort", takes=1, total=True, types=(STRINGS,), passes=Passing.MEMBERS)
def sort(args: Arguments) -> Value:
    """Return texts in the order of their letters."""
    items = args.seq(0)
    found = list(items)
    texts = [None if isinstance(item, Unknown) else text_of(item).plain for item in found]
    known = [(string, index) for index, string in enumerate(texts) if string is not None]
    if len(known) == len(found) and items.more is None:
        return args.known(Seq([found[index] for _, index in sorted(known)], None, STRINGS))
    firm = not isinstance(items, PartiallyOrderedSeq) or items.firm
    return args.known(PartiallyOrderedSeq([*found], 0, items.more, firm, STRINGS))


@COLLECTION("sum", takes=1, passes=Passing.NONE)
def sum_of(args: Arguments) -> Value:
    """Return the sum of numbers."""
    found = [number_of(item) for item in args.items(0)]
    return args.known(reduce(numbers.add, found)) if found else refuse()


@COLLECTION("alltrue", takes=1, total=True, types=(list_of(BOOL),), passes=Passing.NONE)
def alltrue(args: Arguments) -> Value:
    """Return whether all items are true."""
    return _truths(args, False)


@COLLECTION("anytrue", takes=1, total=True, types=(list_of(BOOL),), passes=Passing.NONE)
def anytrue(args: Arguments) -> Value:
    """Return whether any item is true."""
    return _truths(args, True)


def _truths(args: Arguments, decisive: bool) -> Value:
    items = args.seq(0)
    undecided = [] if items.more is None else [items.more]
    for item in items:
        if isinstance(item, Unknown):
            undecided.append(item)
        elif isinstance(item, Absent):
            # Null is not true, and it is no answer to whether any is.
            if not decisive:
                return args.known(False)
        elif truth_of(item) is decisive:
            return args.known(decisive)
    if undecided:
        raise NeedsUnknown(*undecided)
    return args.known(not decisive)


@COLLECTION("matchkeys", takes=3, types=(ANY_LIST, ANY_LIST, ANY_LIST), passes=Passing.MEMBERS, of=(0,))
def matchkeys(args: Arguments) -> Value:
    """Return the items of one list at the positions where another list has an item of a third."""
    type = unify([type_of(args[1]), type_of(args[2])])
    values, keys, wanted = lazies(args.closed(0)), *[_items(converter().convert(args[i], type)) for i in (1, 2)]
    if len(values) != len(keys):
        raise ArgumentError
    compared: Compared = {}
    kept = [value for value, key in zip(values, keys, strict=True) if _among(key, wanted, compared)]
    return args.known(Seq(kept, None, args.seq(0).type))


def _items(value: Value) -> list[Value]:
    found = datum(value)
    return list(closed(found)) if isinstance(found, Seq) else refuse()


def _among(value: Value, others: Sequence[Value], compared: Compared) -> bool:
    found = [same(value, other, compared) for other in others]
    if any(found):
        return True
    if None in found:
        raise NeedsUnknown(*unknown_parts(value, *others))
    return False


# Sets


@COLLECTION("distinct", takes=1, total=True, types=(ANY_LIST,), passes=Passing.MEMBERS)
def distinct(args: Arguments) -> Value:
    """Return a list without repeated items."""
    items = args.seq(0)
    kept, firm = distinct_values(list(items))
    if firm and not isinstance(items, PartiallyOrderedSeq):
        return args.known(Seq([*kept], items.more, items.type))
    return args.known(PartiallyOrderedSeq([*kept], 0, items.more, False, items.type))


# Sets of one type


def _sets(args: Arguments) -> tuple[list[Value], Type | None]:
    """Return the arguments as sets of one type, and their element type. Empty tuples have none."""
    types = [type_of(value) for value in args.values]
    elements = [type and type.element for type in types if type is None or type.element is not DYNAMIC]
    if not elements:
        return args.values, DYNAMIC
    element = unify(elements)
    wanted = set_of(element)
    return [converter().convert(value, wanted) for value in args.values], element


@COLLECTION("setunion", takes=1, to=MANY, total=True, types=(ANY_SET,), passes=Passing.MEMBERS)
def setunion(args: Arguments) -> Value:
    """Return the elements that are in any of the sets."""
    gathered = _Gathered(args.at)
    sets, element = _sets(args)
    for value in sets:
        if isinstance(value, Unknown):
            gathered.open(value)
        else:
            found = datum(value)
            gathered.extend(found if isinstance(found, Seq) else refuse())
    return args.known(make_set(gathered.seq, element))


@COLLECTION("setintersection", takes=1, to=MANY, types=(ANY_SET,), passes=Passing.MEMBERS)
def setintersection(args: Arguments) -> Value:
    """Return the elements that are in all of the sets."""
    converted, element = _sets(args)
    sets = [_items(value) for value in converted]
    compared: Compared = {}
    kept = [item for item in sets[0] if all(_among(item, other, compared) for other in sets[1:])]
    return args.known(make_set(Seq([*kept]), element))


@COLLECTION("setsubtract", takes=2, types=(ANY_SET,), passes=Passing.MEMBERS)
def setsubtract(args: Arguments) -> Value:
    """Return the elements that are in the first set, but not in the second."""
    converted, element = _sets(args)
    items, others = (_items(value) for value in converted)
    compared: Compared = {}
    kept: list[Lazy] = [item for item in items if not _among(item, others, compared)]
    return args.known(make_set(Seq(kept), element))


@COLLECTION("setproduct", takes=2, to=MANY, passes=Passing.MEMBERS)
def setproduct(args: Arguments) -> Value:
    """Return all combinations of an item of each set; in the order of lists when there is no set among them."""
    count = 1
    rows: list[list[Lazy]] = [[]]
    elements: list[Type | None] = []
    for index, value in enumerate(args.values):
        given = args.closed(index)
        if given.type is None:
            found = [type_of(item) for item in given]
            elements.append(element_type(found))
        else:
            elements.append(given.type.element)
        items = [converter().convert(item, elements[-1]) for item in given]
        count = limited(count * len(items))
        charge(count * (1 + index))
        charge_bytes(count * (1 + index) * 16)
        rows = [[*row, inside(value, item)] for row in rows for item in items]
    element = Type(Kind.TUPLE, items=tuple(elements))
    made: list[Lazy] = [args.known(Seq(row)) for row in rows]
    if any(is_set(args.seq(index)) for index in range(len(args))):
        return args.known(make_set(Seq(made), element))
    return args.known(Seq(made, None, list_of(element)))


# Maps


@COLLECTION("keys", takes=1, total=True, passes=Passing.MEMBERS)
def keys(args: Arguments) -> Value:
    """Return the names of the members, in the order of their letters."""
    members = args.mapping(0)
    names: list[Lazy] = [
        Known(literal_text(name, Origin(members.key_at(name))), members.key_at(name)) for name in sorted(members)
    ]
    return args.known(_of_members(names, members, STRINGS if members.type is not None else None))


@COLLECTION("values", takes=1, total=True, passes=Passing.MEMBERS)
def values(args: Arguments) -> Value:
    """Return the values of the members, in the order of their names."""
    members = args.mapping(0)
    entries = entries_of(members)
    type = list_of(members.type.element) if members.type is not None else None
    return args.known(_of_members([entries[name][1] for name in sorted(entries)], members, type))


def _of_members(items: list[Lazy], members: Map, type: Type | None) -> Seq:
    limited(len(items))
    return Seq(items, None, type) if members.more is None else PartiallyOrderedSeq(items, 0, members.more, True, type)


@COLLECTION("lookup", takes=2, to=3, passes=Passing.SAME, of=(0, 2))
def lookup(args: Arguments) -> Value:
    """Return the member of a name, or else a default."""
    members, key = args.mapping(0), args[1]
    access.offer_keys(members, key)
    if len(args) > 2 and isinstance(key, Unknown) and members.__class__ is Map and access.is_none_of(key, members):
        return args[2]
    name = args.plain(1)
    # A resource has more attributes than are written.
    found = members.get(name) if name in members or isinstance(members, ResourceMap) else None
    element = members.type.element if members.type is not None else None
    default = converter().convert(args[2], element) if len(args) > 2 else None
    if found is not None:
        return inside(args[0], found)
    if members.more is not None:
        raise NeedsUnknown(members.more)
    return default or refuse()


@COLLECTION("merge", takes=0, to=MANY, total=True, passes=Passing.MEMBERS)
def merge(args: Arguments) -> Value:
    """Return the members of all maps, later ones replacing earlier ones. Null counts as an empty map."""
    entries: dict[str, tuple[Span, Lazy]] = {}
    gaps: list[Unknown] = []
    for index, value in enumerate(args.values):
        if isinstance(value, Absent | Unknown) and value.type is not None and value.type.kind not in _MERGED:
            raise ArgumentError
        if isinstance(value, Absent):
            continue
        members = Map({}, value) if isinstance(value, Unknown) else args.mapping(index)
        if members.more is not None:
            gaps.append(members.more)
            # It may have a member in place of any earlier one.
            overridden = Unknown(members.more.reasons, args.at, ref=whole_resource((members.more,)))
            entries = {name: (at, overridden) for name, (at, _) in entries.items()}
        entries.update(entries_of(members))
        limited(len(entries))
    type = _common_map(args)
    if len(gaps) > 1:
        more = Unknown(merged_reasons(iter(gaps)), args.at, ref=whole_resource(gaps))
        return args.known(Map(entries, more, type))
    return args.known(Map(entries, gaps[0] if gaps else None, type))


_MERGED = (Kind.MAP, Kind.OBJECT, Kind.DYNAMIC)


def _common_map(args: Arguments) -> Type | None:
    """Return the type of a map that is merged from maps of one type; for other types the result is an object."""
    types: list[Type | None] = [
        value.value.type if isinstance(value, Known) and isinstance(value.value, Map) else None for value in args.values
    ]
    return types[0] if types and all(same_type(types[0], type) for type in types) else None


@COLLECTION("zipmap", takes=2, types=(STRINGS, None), passes=Passing.MEMBERS)
def zipmap(args: Arguments) -> Value:
    """Return a map of names in one list to values in another."""
    given = closed(_sequence(args[1]))
    names, items = args.items(0), lazies(given)
    if len(names) != len(items):
        raise ArgumentError
    entries: dict[str, tuple[Span, Lazy]] = {}
    gaps: list[Unknown] = []
    for name, item in zip(names, items, strict=True):
        parts = unknown_parts(name)
        if parts:
            gaps += parts
            replace_maybe(entries, name, Unknown(merged_reasons(iter(parts)), name.at))
        else:
            entries[plain(text_of(name))] = (name.at, item)
    type = map_of(given.type.element) if given.type is not None else None
    return args.known(Map(entries, Unknown(merged_reasons(iter(gaps)), args.at) if gaps else None, type))


@COLLECTION("transpose", takes=1, passes=Passing.MEMBERS)
def transpose(args: Arguments) -> Value:
    """Return a map of lists of texts with keys and values exchanged."""
    members = args.mapping(0)
    if members.more is not None:
        raise NeedsUnknown(members.more)
    turned: dict[str, tuple[Span, list[Lazy]]] = {}
    for name, (at, lazy) in sorted(members.entries().items(), key=lambda entry: entry[0]):
        items = datum(made(lazy))
        if not isinstance(items, Seq):
            raise ArgumentError
        for item in closed(items):
            group = turned.setdefault(plain(text_of(item)), (item.at, []))[1]
            group.append(Known(literal_text(name, Origin(at)), at))
    entries: dict[str, tuple[Span, Lazy]] = {
        name: (at, args.known(Seq(group, None, STRINGS)))
        for name, (at, group) in sorted(turned.items(), key=lambda pair: pair[0])
    }
    return args.known(Map(entries, None, map_of(STRINGS)))

"""Functions on lists, sets and maps.

A set is a list of its items, each once, in the order in which Terraform goes through them: texts by their letters,
numbers by their size. The order of sets of other things is not documented; they keep that of the text.
"""

from __future__ import annotations

from iplint.budget import charge, charge_bytes
from iplint.location import Origin
from iplint.resource import Passing
from iplint.terraform import access
from iplint.terraform.expression import STEPS_A_COMPARISON, same
from iplint.terraform.functions_base import (
    MANY,
    ArgumentError,
    FunctionTable,
    NeedsUnknown,
    as_string,
    blank,
    closed,
    clusters,
    datum,
    entries_of,
    inside,
    lazies,
    limited,
    limited_number,
    made,
    number_of,
    plain,
    refuse,
    settled,
    text_of,
    to_text,
    truth_of,
    unknown_parts,
)
from iplint.terraform.scope import PartiallyOrderedSeq
from iplint.value import Absent, Known, Map, Seq, Text, Unknown, literal_text, merged_reasons

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from iplint.location import Span
    from iplint.terraform.expression import Compared
    from iplint.terraform.functions_base import Arguments
    from iplint.value import Lazy, Value

COLLECTION = FunctionTable()


class _Gathered:
    """A list that is being put together, perhaps from parts that are unknown."""

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
        """Add an item that may turn out not to be there."""
        self.unsettle()
        self._firm = False
        self.add(item)

    def unsettle(self) -> None:
        """From here on, items may stand elsewhere."""
        if self._settled is None:
            self._settled = len(self._items)

    def open(self, more: Unknown) -> None:
        """Add any number of items."""
        self.unsettle()
        self._more.append(more)

    def enter(self, items: Seq, index: int) -> None:
        """Before the item at `index` of a list that may be loose is added."""
        if isinstance(items, PartiallyOrderedSeq) and index >= items.settled:
            self.unsettle()
            self._firm = self._firm and items.firm

    def leave(self, items: Seq) -> None:
        """After the items of a list were added."""
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
        """Return the list."""
        more = self._more[0] if len(self._more) == 1 else None
        if len(self._more) > 1:
            more = Unknown(merged_reasons(iter(self._more)), self._at)
        if self._settled is None or (self._firm and self._settled == len(self._items)):
            return Seq(self._items, more)
        return PartiallyOrderedSeq(self._items, self._settled, more, self._firm)


# Lists


@COLLECTION("concat", takes=1, to=MANY, total=True, passes=Passing.MEMBERS)
def concat(args: Arguments) -> Value:
    """Concatenate lists."""
    gathered = _Gathered(args.at)
    for index, value in enumerate(args.values):
        if isinstance(value, Unknown):
            gathered.open(value)
        else:
            gathered.extend(args.seq(index))
    return args.known(gathered.seq)


@COLLECTION("flatten", takes=1, total=True, passes=Passing.MEMBERS)
def flatten(args: Arguments) -> Value:
    """Return a list with the items of the lists in it in their place."""
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


@COLLECTION("compact", takes=1, total=True, passes=Passing.MEMBERS)
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
    return args.known(gathered.seq)


@COLLECTION("coalesce", takes=1, to=MANY, passes=Passing.SAME)
def coalesce(args: Arguments) -> Value:
    """Return the first argument that is neither null nor empty."""
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
    for index, value in enumerate(args.values):
        if isinstance(value, Absent):
            continue
        if isinstance(value, Unknown):
            candidates.append(value)
            continue
        items = args.seq(index)
        if len(items) or items.more is not None:
            candidates.append(value)
        if settled(items) or (isinstance(items, PartiallyOrderedSeq) and items.firm and len(items)):
            return _first_of(candidates, args, True)
    return _first_of(candidates, args, False)


def _first_of(candidates: list[Value], args: Arguments, present: bool) -> Value:
    """Return the one that is taken of the arguments that may be; that there is none is an error to Terraform."""
    if not candidates:
        raise ArgumentError
    if len(candidates) == 1:
        return candidates[0]
    doubtful = candidates[:-1] if present else candidates
    return Unknown(merged_reasons(iter(unknown_parts(*doubtful))), args.at, present)


@COLLECTION("length", takes=1, total=True, passes=Passing.NONE)
def length(args: Arguments) -> Value:
    """Return how many items, members or letters there are."""
    match args.datum(0):
        case Seq() as items:
            if items.more is None and (not isinstance(items, PartiallyOrderedSeq) or items.firm):
                return args.known(len(items))
            return args.known(len(closed(items)))
        case Map() as members:
            if members.more is not None:
                raise NeedsUnknown(members.more)
            return args.known(len(members))
        case Text() as string:
            return args.known(len(clusters(plain(string))))
        case _:
            raise ArgumentError


@COLLECTION("element", takes=2, passes=Passing.SAME, of=(0,))
def element(args: Arguments) -> Value:
    """Return the item at an index, which starts again from the first after the last."""
    items = args.seq(0)
    firm = items.more is None and not isinstance(items, PartiallyOrderedSeq)
    if firm and len(items) == 1 and isinstance(args[1], Unknown):
        return inside(args[0], items.item(0))
    index = args.whole(1)
    if index < 0:
        raise ArgumentError
    if firm:
        return access.index(args[0], Known(index % max(len(items), 1), args[1].at), args.at)
    if index < settled(items):
        return inside(args[0], items.item(index))
    raise NeedsUnknown(*unknown_parts(args[0], *items))


@COLLECTION("index", takes=2, passes=Passing.NONE)
def index_of(args: Arguments) -> Value:
    """Return where a value is in a list first."""
    items, wanted = args.seq(0), args[1]
    compared: Compared = {}
    for index in range(settled(items)):
        found = same(items.item(index), wanted, compared)
        if found:
            return args.known(index)
        if found is None:
            raise NeedsUnknown(*unknown_parts(items.item(index), wanted))
    closed(items)
    raise ArgumentError


@COLLECTION("contains", takes=2, total=True, passes=Passing.NONE)
def contains(args: Arguments) -> Value:
    """Return whether a value is in a list or set. All are compared: inputs learn of each."""
    items, wanted = args.seq(0), args[1]
    compared: Compared = {}
    found = [(same(wanted, item, compared), item) for item in items]
    if any(answer for answer, _ in found):
        return args.known(True)
    undecided = [part for answer, item in found if answer is None for part in unknown_parts(item, wanted)]
    if undecided or items.more is not None or any(answer is None for answer, _ in found):
        raise NeedsUnknown(*undecided, *unknown_parts(args[0]))
    return args.known(False)


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
    return Absent(args.at)


@COLLECTION("reverse", takes=1, total=True, passes=Passing.MEMBERS)
def reverse(args: Arguments) -> Value:
    """Return the items from last to first."""
    items = args.seq(0)
    turned = lazies(items)[::-1]
    if isinstance(items, PartiallyOrderedSeq) or items.more is not None:
        return args.known(
            PartiallyOrderedSeq(turned, 0, items.more, not isinstance(items, PartiallyOrderedSeq) or items.firm)
        )
    return args.known(Seq(turned))


@COLLECTION("slice", takes=3, passes=Passing.MEMBERS, of=(0,))
def slice_of(args: Arguments) -> Value:
    """Return the items from one index up to another."""
    items, start, end = args.seq(0), args.whole(1), args.whole(2)
    if not 0 <= start <= end:
        raise ArgumentError
    if end > settled(items) and end > len(closed(items)):
        raise ArgumentError
    return args.known(Seq(lazies(items)[start:end]))


@COLLECTION("chunklist", takes=2, passes=Passing.MEMBERS, of=(0,))
def chunklist(args: Arguments) -> Value:
    """Split a list into lists of a given length."""
    items, size = lazies(args.closed(0)), args.whole(1)
    if size < 0:
        raise ArgumentError
    parts = [items[start : start + size] for start in range(0, len(items), size)] if size else [items]
    return args.known(Seq([args.known(Seq(part)) for part in parts]))


@COLLECTION("range", takes=1, to=3, passes=Passing.NONE)
def range_of(args: Arguments) -> Value:
    """Numbers from 0 or a start up to, not including, a limit."""
    numbers = [args.number(index) for index in range(len(args))]
    start, limit = (0, numbers[0]) if len(numbers) == 1 else (numbers[0], numbers[1])
    step = numbers[2] if len(numbers) > 2 else (1 if limit >= start else -1)
    if not step or (limit > start) != (step > 0):
        if step and limit == start:
            return args.known(Seq([]))
        raise ArgumentError
    count = -int((start - limit) // step)
    # Terraform makes 1024 at most (Terraform documentation, Built-in Functions, range).
    if count > 1024:
        raise ArgumentError
    return args.known(Seq([Known(start + step * index, args.at) for index in range(count)]))


@COLLECTION("sort", takes=1, total=True, passes=Passing.MEMBERS)
def sort(args: Arguments) -> Value:
    """Texts in the order of their letters."""
    items = args.seq(0)
    found = [as_string(item) for item in items]
    texts = [None if isinstance(item, Unknown) else text_of(item).plain for item in found]
    known = [(string, index) for index, string in enumerate(texts) if string is not None]
    if len(known) == len(found) and items.more is None:
        return args.known(Seq([found[index] for _, index in sorted(known)]))
    return args.known(
        PartiallyOrderedSeq([*found], 0, items.more, not isinstance(items, PartiallyOrderedSeq) or items.firm)
    )


@COLLECTION("sum", takes=1, passes=Passing.NONE)
def sum_of(args: Arguments) -> Value:
    """Return the sum of numbers."""
    numbers = [number_of(item) for item in args.items(0)]
    return args.known(limited_number(sum(numbers))) if numbers else refuse()


@COLLECTION("alltrue", takes=1, total=True, passes=Passing.NONE)
def alltrue(args: Arguments) -> Value:
    """Return whether all items are true."""
    return _truths(args, False)


@COLLECTION("anytrue", takes=1, total=True, passes=Passing.NONE)
def anytrue(args: Arguments) -> Value:
    """Return whether any item is true."""
    return _truths(args, True)


def _truths(args: Arguments, decisive: bool) -> Value:
    items = args.seq(0)
    undecided = [] if items.more is None else [items.more]
    for item in items:
        if isinstance(item, Unknown):
            undecided.append(item)
        elif (not isinstance(item, Absent) and truth_of(item)) is decisive:
            return args.known(decisive)
    if undecided:
        raise NeedsUnknown(*undecided)
    return args.known(not decisive)


@COLLECTION("matchkeys", takes=3, passes=Passing.MEMBERS, of=(0,))
def matchkeys(args: Arguments) -> Value:
    """Return the items of one list at whose places another list has an item of a third."""
    values, keys, wanted = lazies(args.closed(0)), args.items(1), args.items(2)
    if len(values) != len(keys):
        raise ArgumentError
    compared: Compared = {}
    kept = [value for value, key in zip(values, keys, strict=True) if _among(key, wanted, compared)]
    return args.known(Seq(kept))


def _among(value: Value, others: Sequence[Value], compared: Compared) -> bool:
    found = [same(value, other, compared) for other in others]
    if any(found):
        return True
    if None in found:
        raise NeedsUnknown(*unknown_parts(value, *others))
    return False


# Sets


@COLLECTION("distinct", takes=1, total=True, passes=Passing.MEMBERS)
def distinct(args: Arguments) -> Value:
    """Return a list without items that were there before."""
    items = args.seq(0)
    kept, firm = _distinct(list(items))
    if firm and not isinstance(items, PartiallyOrderedSeq):
        return args.known(Seq([*kept], items.more))
    return args.known(PartiallyOrderedSeq([*kept], 0, items.more, False))


def _distinct(items: list[Value]) -> tuple[list[Value], bool]:
    """Return the items once each, and whether it is certain that there are as many."""
    seen: set[str] = set()
    kept: list[Value] = []
    compound: list[Value] = []
    firm = True
    compared: Compared = {}
    for item in items:
        key = _key(item)
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


def _key(item: Value) -> str | None:
    """Return the letters that tell a known text, number or boolean from others."""
    string = to_text(item, "") if isinstance(item, Known) else None
    return string.plain if string is not None else None


def set_of(items: Seq) -> Seq:
    """Return a set of the items of a list."""
    kept, firm = _distinct(list(items))
    limited(len(kept))
    keys = [_key(item) for item in kept]
    if len(kept) < 2 and items.more is None and (not isinstance(items, PartiallyOrderedSeq) or items.firm):
        return Seq([*kept])
    if items.more is None and not isinstance(items, PartiallyOrderedSeq) and None not in keys:
        in_order: list[Value] = sorted(kept, key=_order(kept))
        return Seq([*in_order])
    if items.more is None and firm and not any(unknown_parts(item) for item in kept):
        return Seq([*kept])
    return PartiallyOrderedSeq(
        [*kept], 0, items.more, firm and (not isinstance(items, PartiallyOrderedSeq) or items.firm)
    )


def _order(items: list[Value]) -> Callable[[Value], tuple[float, str]]:
    numeric = all(
        isinstance(item, Known) and isinstance(item.value, int | float) and not isinstance(item.value, bool)
        for item in items
    )
    if numeric:
        return lambda item: (float(number_of(item)), "")
    return lambda item: (0.0, _key(item) or "")


@COLLECTION("setunion", takes=1, to=MANY, total=True, passes=Passing.MEMBERS)
def setunion(args: Arguments) -> Value:
    """Return what is in any of the sets."""
    gathered = _Gathered(args.at)
    for index, value in enumerate(args.values):
        if isinstance(value, Unknown):
            gathered.open(value)
        else:
            gathered.extend(args.seq(index))
    return args.known(set_of(gathered.seq))


@COLLECTION("setintersection", takes=1, to=MANY, passes=Passing.MEMBERS)
def setintersection(args: Arguments) -> Value:
    """Return what is in all of the sets."""
    sets = [args.items(index) for index in range(len(args))]
    compared: Compared = {}
    kept = [item for item in sets[0] if all(_among(item, other, compared) for other in sets[1:])]
    return args.known(set_of(Seq([*kept])))


@COLLECTION("setsubtract", takes=2, passes=Passing.MEMBERS)
def setsubtract(args: Arguments) -> Value:
    """Return what is in the first set, but not in the second."""
    items, others = args.items(0), args.items(1)
    compared: Compared = {}
    return args.known(set_of(Seq([item for item in items if not _among(item, others, compared)])))


@COLLECTION("setproduct", takes=2, to=MANY, passes=Passing.MEMBERS)
def setproduct(args: Arguments) -> Value:
    """Return all combinations of an item of each set."""
    count = 1
    rows: list[list[Lazy]] = [[]]
    for index in range(len(args)):
        items = lazies(args.closed(index))
        count = limited(count * len(items))
        charge(count * (1 + index))
        charge_bytes(count * (1 + index) * 16)
        rows = [[*row, item] for row in rows for item in items]
    return args.known(Seq([args.known(Seq(row)) for row in rows]))


# Maps


@COLLECTION("keys", takes=1, total=True, passes=Passing.MEMBERS)
def keys(args: Arguments) -> Value:
    """Return the names of the members, in the order of their letters."""
    members = args.mapping(0)
    names: list[Lazy] = [
        Known(literal_text(name, Origin(members.key_at(name))), members.key_at(name)) for name in sorted(members)
    ]
    return args.known(_of_members(names, members))


@COLLECTION("values", takes=1, total=True, passes=Passing.MEMBERS)
def values(args: Arguments) -> Value:
    """Return the values of the members, in the order of their names."""
    members = args.mapping(0)
    entries = entries_of(members)
    return args.known(_of_members([entries[name][1] for name in sorted(entries)], members))


def _of_members(items: list[Lazy], members: Map) -> Seq:
    limited(len(items))
    return Seq(items) if members.more is None else PartiallyOrderedSeq(items, 0, members.more)


@COLLECTION("lookup", takes=2, to=3, passes=Passing.SAME, of=(0, 2))
def lookup(args: Arguments) -> Value:
    """Return the member of a name, or else a default."""
    members, key = args.mapping(0), args[1]
    if isinstance(key, Known | Unknown) and key.input is not None:
        for name in members:
            key.input.compared_with(name)
    name = args.plain(1)
    found = members.get(name) if name in members else None
    if found is not None:
        return inside(args[0], found)
    if members.more is not None:
        raise NeedsUnknown(members.more)
    return args[2] if len(args) > 2 else refuse()


@COLLECTION("merge", takes=0, to=MANY, total=True, passes=Passing.MEMBERS)
def merge(args: Arguments) -> Value:
    """Return the members of all maps, later ones in place of earlier ones. Null is as good as an empty map."""
    entries: dict[str, tuple[Span, Lazy]] = {}
    gaps: list[Unknown] = []
    for index, value in enumerate(args.values):
        if isinstance(value, Absent):
            continue
        members = Map({}, value) if isinstance(value, Unknown) else args.mapping(index)
        if members.more is not None:
            gaps.append(members.more)
            # It may have a member in place of any earlier one.
            overridden = Unknown(members.more.reasons, args.at)
            entries = {name: (at, overridden) for name, (at, _) in entries.items()}
        entries.update(entries_of(members))
        limited(len(entries))
    if len(gaps) > 1:
        return args.known(Map(entries, Unknown(merged_reasons(iter(gaps)), args.at)))
    return args.known(Map(entries, gaps[0] if gaps else None))


@COLLECTION("zipmap", takes=2, passes=Passing.MEMBERS)
def zipmap(args: Arguments) -> Value:
    """Return a map of names in one list to values in another."""
    names, items = args.items(0), lazies(args.closed(1))
    if len(names) != len(items):
        raise ArgumentError
    entries: dict[str, tuple[Span, Lazy]] = {}
    gaps: list[Unknown] = []
    for name, item in zip(names, items, strict=True):
        parts = unknown_parts(name)
        if parts:
            gaps += parts
        else:
            entries[plain(text_of(name))] = (name.at, item)
    return args.known(Map(entries, Unknown(merged_reasons(iter(gaps)), args.at) if gaps else None))


@COLLECTION("transpose", takes=1, passes=Passing.MEMBERS)
def transpose(args: Arguments) -> Value:
    """Return a map of lists of texts, the other way round."""
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
        name: (at, args.known(Seq(group))) for name, (at, group) in sorted(turned.items(), key=lambda pair: pair[0])
    }
    return args.known(Map(entries))

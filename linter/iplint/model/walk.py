"""Follow the property paths of the tables through values."""

from __future__ import annotations

from iplint.budget import charge
from iplint.value import STEPS_AN_ITEM, Absent, Known, Map, Reason, Ref, Seq, Text, Unknown, dig, matches, spread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.aws.launch_types import OptionList
    from iplint.aws.paths import Path
    from iplint.value import Value


def at_paths(value: Value, paths: tuple[Path, ...]) -> Iterator[Value]:
    """Yield the values at these paths, with lists expanded; absent values are left out."""
    for path in paths:
        for found in at_path(value, path):
            yield from spread(found)


def at_path(value: Value, path: Path) -> Iterator[Value]:
    """Yield the values at a path in which `*` matches every item of a list; absent values are left out.

    An item that is a text, where the path goes on below it, is unknown: no such object is understood.
    """
    if "*" not in path:
        found = dig(value, path)
        if not isinstance(found, Absent):
            yield found
        return
    star = path.index("*")
    rest = path[star + 1 :]
    for item in spread(dig(value, path[:star])):
        if rest and isinstance(item, Known) and isinstance(item.value, Text):
            yield Unknown((Reason("a text in the place of an object", item.at),), item.at, trail=item.trail)
        else:
            yield from at_path(item, rest)


def leaves(value: Value, name: str = "") -> Iterator[tuple[str, Known[Text] | Unknown]]:
    """Yield each text, unknown and reference to a whole resource in a value, with the name of the member it is in."""
    pending = [(name, value)]
    # What is in several places is gone through once.
    seen: dict[int, Seq | Map] = {}
    while pending:
        name, found = pending.pop()
        if isinstance(found, Known) and isinstance(found.value, Seq | Map):
            if id(found.value) in seen:
                continue
            seen[id(found.value)] = found.value
            charge(STEPS_AN_ITEM * len(found.value))
        match found:
            case Known(Text() as text):
                yield name, Known(text, found.at, found.trail, found.ref, found.input)
            case Unknown():
                yield name, found
            case Known(Seq() | Map(), ref=Ref() as ref):
                yield name, Unknown((), found.at, ref=ref)
            case Known(Seq() as items):
                pending += ((name, item) for item in items)
            case Known(Map() as members):
                pending += ((key, item) for key in members if (item := members.get(key)) is not None)
            case _:
                pass


def words(value: Value) -> Iterator[str]:
    """Yield everything that is written in a value: texts, names of members, the unknowns of holes.

    Encoded texts are decoded.
    """
    pending = [value]
    # What is in several places is gone through once.
    seen: dict[int, Seq | Map] = {}
    while pending:
        found = pending.pop()
        if isinstance(found, Known) and isinstance(found.value, Seq | Map):
            if id(found.value) in seen:
                continue
            seen[id(found.value)] = found.value
            charge(STEPS_AN_ITEM * len(found.value))
        match found:
            case Known(Text() as text):
                if text.encodes is not None:
                    pending.append(text.encodes[1])
                else:
                    yield text.display
            case Known(Seq() as items):
                pending += items
                if items.more is not None:
                    pending.append(items.more)
            case Known(Map() as members):
                for name in members:
                    yield name
                    if (member := members.get(name)) is not None:
                        pending.append(member)
            case Unknown() as unknown:
                yield from (reason.what for reason in unknown.reasons)
                if unknown.ref is not None:
                    yield unknown.ref.resource.type
                    yield unknown.ref.resource.address
            case _:
                pass


def names_user_data(name: str) -> bool:
    """Return whether a property of this name holds user data: `UserData`, `user_data_base64` and similar names."""
    lower = name.lower()
    return "user" in lower and "data" in lower


def option(items: Value, name: str, keys: OptionList) -> Value:
    """Return the value of the setting `name` in a list of settings; `keys` are the members with names and values."""
    wanted = ((keys.name, name), *((keys.namespace,) if keys.namespace is not None else ()))
    unknown: Unknown | None = None
    for item in spread(items):
        match item:
            case Unknown():
                unknown = unknown or item
            case Known(Map()):
                named = [(value := dig(item, (key,)), matches(value, text)) for key, text in wanted]
                if all(is_same for _, is_same in named):
                    return dig(item, (keys.value,))
                # A setting whose name is unknown may be any.
                if all(is_same is not False for _, is_same in named):
                    unnamed = next(value for value, is_same in named if is_same is None)
                    unknown = unknown or _unsettled(unnamed)
            case _:
                pass
    if unknown is not None:
        return Unknown(unknown.reasons, unknown.at)
    return Absent(items.at)


def _unsettled(value: Value) -> Unknown:
    """Return what is unknown in a value."""
    match value:
        case Unknown():
            return value
        case Known(Text() as text):
            return Unknown(text.reasons, value.at)
        case _:
            return Unknown((), value.at)

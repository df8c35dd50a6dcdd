"""Following the property paths of the tables through values."""

from __future__ import annotations

from iplint.value import Absent, Known, Map, Unknown, as_text, dig, spread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.aws.launch_types import OptionList, Path
    from iplint.value import Value


def at_paths(value: Value, paths: tuple[Path, ...]) -> Iterator[Value]:
    """What stands at these paths, lists taken apart; absent values are left out."""
    for path in paths:
        for found in at_path(value, path):
            yield from spread(found)


def at_path(value: Value, path: Path) -> Iterator[Value]:
    """What stands at a path whose `*` stand for every item of a list; absent values are left out."""
    if "*" not in path:
        found = dig(value, path)
        if not isinstance(found, Absent):
            yield found
        return
    star = path.index("*")
    for item in spread(dig(value, path[:star])):
        yield from at_path(item, path[star + 1 :])


def option(items: Value, name: str, keys: OptionList) -> Value:
    """The value of the setting `name` in a list of settings; `keys` tell which members hold names and values."""
    wanted = ((keys.name, name), *((keys.namespace,) if keys.namespace is not None else ()))
    unknown: Unknown | None = None
    for item in spread(items):
        match item:
            case Unknown():
                unknown = unknown or item
            case Known(Map()):
                if all(as_text(dig(item, (key,))) == text for key, text in wanted):
                    return dig(item, (keys.value,))
            case _:
                pass
    if unknown is not None:
        return Unknown(unknown.reasons, unknown.at)
    return Absent(items.at)

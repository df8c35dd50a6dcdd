"""Following the property paths of the tables through values."""

from __future__ import annotations

from iplint.value import Absent, Known, Map, Unknown, as_text, dig, spread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.aws.launch_types import Path
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


def option(items: Value, namespace: str, name: str, keys: tuple[str, str, str]) -> Value:
    """The value of the setting `name` in a list of settings; `keys` name the members namespace, name and value."""
    unknown: Unknown | None = None
    for item in spread(items):
        match item:
            case Unknown():
                unknown = unknown or item
            case Known(Map()):
                if _reads(item, keys[0], namespace) and _reads(item, keys[1], name):
                    return dig(item, keys[2:])
            case _:
                pass
    if unknown is not None:
        return Unknown(unknown.reasons, unknown.at)
    return Absent(items.at)


def _reads(item: Value, key: str, wanted: str) -> bool:
    return as_text(dig(item, (key,))) == wanted

"""The tree of a YAML or JSON document: scalars, sequences and mappings that know their places."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from iplint.location import Origin, Span


class Scalar:
    """A scalar. `tag` is a local tag as written (`!Ref`), else None.

    `value` is the decoded value: str, bool, int, float or None. `text` is the scalar's text after unquoting, whatever
    its type: an account number written without quotes keeps its leading zero there.
    """

    __slots__ = ("at", "origin", "tag", "text", "value")

    def __init__(
        self, at: Span, tag: str | None, value: str | bool | int | float | None, text: str, origin: Origin
    ) -> None:
        self.at = at
        self.tag = tag
        self.value = value
        self.text = text
        self.origin = origin


class Sequence:
    """A sequence; `at` runs from its first mark to the end of its last item (or its closing bracket)."""

    __slots__ = ("at", "items", "tag")

    def __init__(self, at: Span, tag: str | None, items: list[Node]) -> None:
        self.at = at
        self.tag = tag
        self.items = items


class Mapping:
    """A mapping; keys are unique scalars, in the order of the text. Merge keys (`<<`) are already merged in."""

    __slots__ = ("at", "entries", "tag")

    def __init__(self, at: Span, tag: str | None, entries: dict[str, tuple[Scalar, Node]]) -> None:
        self.at = at
        self.tag = tag
        self.entries = entries

    def get(self, key: str) -> Node | None:
        """Return the value at `key`, or None."""
        entry = self.entries.get(key)
        return entry[1] if entry is not None else None


if TYPE_CHECKING:
    Node: TypeAlias = Scalar | Sequence | Mapping

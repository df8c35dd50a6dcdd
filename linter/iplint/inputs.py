"""One world: what is chosen for each input, and which inputs a piece of work has read."""

from __future__ import annotations

from iplint.value import Input, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeVar

    from iplint.location import Span
    from iplint.value import Literal, Reason

    T = TypeVar("T")
    Assignment = Mapping[str, Literal]


class Circular(Exception):
    """A value that is made from itself."""


class World:
    """An assignment of inputs, shared by everything that is evaluated under it.

    `touched` collects the inputs read since it was last cleared, in reading order. What is memoised through
    `memo` counts as read again each time it is used, so that `touched` does not depend on what ran before.
    """

    __slots__ = ("_memo", "assignment", "touched")

    def __init__(self, assignment: Assignment) -> None:
        self.assignment = assignment
        self.touched: dict[str, Input] = {}
        self._memo: dict[object, tuple[object, dict[str, Input]] | None] = {}

    def choice(self, input: Input) -> Literal | None:
        """What this world chooses for `input`; None leaves it at its default, or unknown."""
        self.touched[input.key] = input
        return self.assignment.get(input.key)

    def assumed(self, identity: str, label: str, reasons: tuple[Reason, ...], at: Span) -> bool | Unknown:
        """The truth that this world assumes for a condition nothing settles, or Unknown if it assumes none."""
        chosen = self.choice(Input(f"assume {identity}", label, options=[True, False], closed=True, assumption=True))
        return chosen if isinstance(chosen, bool) else Unknown(reasons, at, identity=identity)

    def memo(self, key: object, make: Callable[[], T]) -> T:
        """What `make` gives, made once for `key`. Raises Circular when making it needs itself."""
        if key in self._memo:
            hit = self._memo[key]
            if hit is None:
                raise Circular
            self.touched.update(hit[1])
            return hit[0]  # type: ignore[return-value]  # a key always goes with the same make
        outer, self.touched = self.touched, {}
        self._memo[key] = None
        try:
            made = make()
        except BaseException:
            del self._memo[key]
            outer.update(self.touched)
            self.touched = outer
            raise
        inner = self.touched
        self._memo[key] = (made, inner)
        outer.update(inner)
        self.touched = outer
        return made

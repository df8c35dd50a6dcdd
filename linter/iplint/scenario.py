"""One scenario: the values of inputs, and which inputs were read."""

from __future__ import annotations

from iplint.budget import charge, charge_bytes
from iplint.value import Input, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeVar

    from iplint.location import Span
    from iplint.value import Literal, Reason

    T = TypeVar("T")
    Assignment = Mapping[str, Literal]
    # What was made under one assignment, and the inputs that were read for it.
    Made = dict[object, tuple[object, dict[str, Input]]]


MAX_VERSIONS = 16
MAX_ASSIGNMENTS = 64
# What another assignment costs, in steps of the budget.
_STEPS = 80
# What it costs there to see whether something has to be made again, and to take it in.
_STEPS_A_LOOK = 8
# The stack that one reference of a chain takes.
_BYTES_A_LEVEL = 11_000


class Circular(Exception):
    """A value that depends on itself."""


class Scenario:
    """An assignment of inputs, shared by everything that is evaluated under it.

    All inputs have their defaults, except within a context `with scenario.under(assignment):`. `touched` has the inputs
    read in the innermost context, in reading order. A value kept by `memo` counts its inputs as read each time it is
    used, so that `touched` does not depend on what ran before, and is used under every assignment that agrees in these
    inputs. A value kept by `per_scenario` is used under the very same assignment only.
    """

    __slots__ = ("_current", "_deepest", "_default", "_making", "_memo", "_others", "_outer", "assignment", "touched")

    def __init__(self, assignment: Assignment | None = None) -> None:
        self._memo: dict[object, list[_Made]] = {}
        self._making: set[object] = set()
        self._deepest = 0
        self._default: Made = {}
        self._others: dict[str, Made] = {}
        self.assignment: Assignment = assignment or {}
        self.touched: dict[str, Input] = {}
        self._current = self._kept_under(self.assignment)
        # What the contexts around this one have.
        self._outer: list[tuple[Assignment, dict[str, Input], Made]] = []

    def under(self, assignment: Assignment) -> _Under:
        """Return a context in which inputs have the assigned values, and none has been read yet."""
        return _Under(lambda: self._enter(assignment), self._leave)

    def _enter(self, assignment: Assignment) -> Scenario:
        charge(_STEPS)
        self._outer.append((self.assignment, self.touched, self._current))
        self.assignment, self.touched, self._current = assignment, {}, self._kept_under(assignment)
        return self

    def _leave(self) -> None:
        self.assignment, self.touched, self._current = self._outer.pop()

    def _kept_under(self, assignment: Assignment) -> Made:
        """Return the values kept under an assignment."""
        if not assignment:
            return self._default
        identity = repr(assignment)
        if identity not in self._others:
            if len(self._others) >= MAX_ASSIGNMENTS:
                self._others.clear()
            self._others[identity] = {}
        return self._others[identity]

    def clear(self) -> None:
        """Release all kept values: they refer to each other in cycles, so nothing else would free them."""
        self._memo.clear()
        self._default.clear()
        self._others.clear()

    def choice(self, input: Input) -> Literal | None:
        """Return the value that this scenario chooses for `input`; None leaves its default, or leaves it unknown."""
        self.touched[input.key] = input
        return self.assignment.get(input.key)

    def assumed(self, identity: str, label: str, reasons: tuple[Reason, ...], at: Span) -> bool | Unknown:
        """Return the truth that this scenario assumes for an undecided condition, or Unknown if it assumes none."""
        chosen = self.choice(Input(f"assume {identity}", label, options=[True, False], closed=True, assumption=True))
        return chosen if isinstance(chosen, bool) else Unknown(reasons, at, identity=identity)

    def memo(self, key: object, make: Callable[[], T]) -> T:
        """Return the result of `make`, computed once for `key` and the inputs it reads.

        Raises Circular when it needs itself.
        """
        versions = self._memo.get(key)
        if versions is not None:
            for version in versions:
                if not version.touched:
                    return version.value  # type: ignore[return-value]  # a key always goes with the same make
                charge(_STEPS_A_LOOK + len(version.touched) // 8)
                if version.fits(self.assignment):
                    self.touched.update(version.touched)
                    return version.value  # type: ignore[return-value]  # a key always goes with the same make
        if key in self._making:
            raise Circular
        outer, self.touched = self.touched, {}
        self._making.add(key)
        if len(self._making) > self._deepest:
            self._deepest += 1
            charge_bytes(_BYTES_A_LEVEL)
        try:
            made = make()
        finally:
            self._making.discard(key)
            inner = self.touched
            outer.update(inner)
            self.touched = outer
        versions = self._memo.setdefault(key, [])
        versions.append(_Made(made, inner, self.assignment))
        if len(versions) > MAX_VERSIONS:
            # The first was made by default, which is asked for most.
            del versions[1]
        return made

    def per_scenario(self, key: object, make: Callable[[], T]) -> T:
        """Return the result of `make`, computed once for `key` under this assignment.

        The inputs that it reads count as read each time.
        """
        if self._making:
            # What is made there serves other assignments too, and has to know all that is looked at.
            return make()
        found = self._current.get(key)
        if found is not None:
            if found[1]:
                self.touched.update(found[1])
            return found[0]  # type: ignore[return-value]  # a key always goes with the same make
        made, read = self.reading(make)
        self._current[key] = (made, read)
        return made

    def reading(self, make: Callable[[], T]) -> tuple[T, dict[str, Input]]:
        """Return the result of `make`, and the inputs that it reads, which count as read."""
        outer, self.touched = self.touched, {}
        try:
            made = make()
        finally:
            inner = self.touched
            outer.update(inner)
            self.touched = outer
        return made, inner

    def varying(self, make: Callable[[], T]) -> tuple[T, Callable[[], T] | None]:
        """Return the result of `make`, and `make` itself where other scenarios may have another result."""
        made, read = self.reading(make)
        return made, make if any(input.is_switch for input in read.values()) else None

    def untracked(self, make: Callable[[], T]) -> T:
        """Return the result of `make`, without counting the inputs that it reads.

        Inside `memo` they count, because the memo depends on them.
        """
        if self._making:
            return make()
        outer, self.touched = self.touched, {}
        try:
            return make()
        finally:
            self.touched = outer

    def aside(self, make: Callable[[], T]) -> T:
        """Return the result of `make`, without counting the inputs that it reads, even inside `memo`.

        Use only properties of the result that no input changes, such as its type.
        """
        outer, self.touched = self.touched, {}
        try:
            return make()
        finally:
            self.touched = outer


class _Under:
    """A context in which a scenario has another assignment. At its end the scenario is as before."""

    __slots__ = ("_enter", "_leave")

    def __init__(self, enter: Callable[[], Scenario], leave: Callable[[], None]) -> None:
        self._enter = enter
        self._leave = leave

    def __enter__(self) -> Scenario:
        return self._enter()

    def __exit__(self, *_: object) -> None:
        self._leave()


class _Made:
    """A kept value, with the inputs that were read and the choice for each."""

    __slots__ = ("_chosen", "touched", "value")

    def __init__(self, value: object, touched: dict[str, Input], assignment: Assignment) -> None:
        self.value = value
        self.touched = touched
        self._chosen = {key: chosen for key, chosen in assignment.items() if key in touched}

    def fits(self, assignment: Assignment) -> bool:
        """Return whether an assignment agrees in all inputs that were read."""
        # Assignments choose for few inputs, of the many that most things read.
        alike = 0
        for key, chosen in assignment.items():
            if key in self.touched:
                other = self._chosen.get(key)
                if other is not chosen and (other != chosen or type(other) is not type(chosen)):
                    return False
                alike += 1
        return alike == len(self._chosen)

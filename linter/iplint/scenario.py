"""One scenario: the values of inputs, and which inputs were read."""

from __future__ import annotations

from iplint.budget import charge, charge_bytes
from iplint.value import Input, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Protocol, TypeVar

    from iplint.location import Span
    from iplint.value import Literal, Reason, Value

    T = TypeVar("T")
    Assignment = Mapping[str, Literal]

    class Clearable(Protocol):
        """A collection that can be emptied."""

        def clear(self) -> None:
            """Remove all items."""
            ...


MAX_VERSIONS = 32
MAX_ASSIGNMENTS = 1024
# What another assignment costs, in steps of the budget.
_STEPS = 80
# What it costs to make a value that is kept.
_STEPS_A_VALUE = 16
# What it costs there to see whether something has to be made again, and to take it in.
_STEPS_A_LOOK = 4
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

    __slots__ = (
        "_current",
        "_deepest",
        "_default",
        "_held",
        "_making",
        "_memo",
        "_others",
        "_outer",
        "assignment",
        "touched",
    )

    def __init__(self, assignment: Assignment | None = None) -> None:
        self._memo: dict[object, list[Made]] = {}
        self._making: set[object] = set()
        self._deepest = 0
        self._default = _Kept()
        self._others: dict[str, _Kept] = {}
        self.assignment: Assignment = assignment or {}
        self.touched: dict[str, Input] = {}
        self._current = self._kept_under(self.assignment)
        # What the contexts around this one have.
        self._outer: list[tuple[Assignment, dict[str, Input], _Kept]] = []
        self._held: list[Clearable] = []

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

    def _kept_under(self, assignment: Assignment) -> _Kept:
        """Return what is kept under an assignment."""
        if not assignment:
            return self._default
        identity = repr(assignment)
        if identity not in self._others:
            if len(self._others) >= MAX_ASSIGNMENTS:
                self._others.clear()
            self._others[identity] = _Kept()
        return self._others[identity]

    def clear(self) -> None:
        """Release all kept values: they refer to each other in cycles, so nothing else would free them."""
        self._memo.clear()
        for held in self._held:
            held.clear()
        self._held.clear()
        self._default = self._current = _Kept()
        self._others.clear()

    def clear_too(self, held: Clearable) -> None:
        """Empty a collection of values of this scenario when it is cleared."""
        self._held.append(held)

    def choice(self, input: Input) -> Literal | None:
        """Return the value that this scenario chooses for `input`; None leaves its default, or leaves it unknown."""
        self.touched[input.key] = input
        return self.assignment.get(input.key)

    def reads(self, inputs: Iterable[Input]) -> None:
        """Count inputs as read, so that their other values are tried, where no value of them is looked at."""
        self.touched.update((input.key, input) for input in inputs)

    def assumed(self, identity: str, label: str, reasons: tuple[Reason, ...], at: Span) -> bool | Unknown:
        """Return the truth that this scenario assumes for an undecided condition, or Unknown if it assumes none."""
        chosen = self.choice(Input(f"assume {identity}", label, options=[True, False], closed=True, assumption=True))
        return chosen if isinstance(chosen, bool) else Unknown(reasons, at, identity=identity)

    def memo(self, key: object, make: Callable[[], T]) -> T:
        """Return the result of `make`, computed once for `key` and the inputs it reads.

        Raises Circular when it needs itself.
        """
        return self.made(key, make).value  # type: ignore[return-value]  # a key always goes with the same make

    def made(self, key: object, make: Callable[[], object]) -> Made:
        """Return what is kept for `key` under this assignment; make it if nothing is."""
        versions = self._memo.get(key)
        if versions is not None:
            version = self._fitting(key, versions)
            if version is not None:
                if version.touched:
                    self.touched.update(version.touched)
                return version
        if key in self._making:
            raise Circular
        charge(_STEPS_A_VALUE)
        outer = self.touched
        inner: dict[str, Input] = {}
        self.touched = inner
        making = self._making
        making.add(key)
        if len(making) > self._deepest:
            self._deepest += 1
            charge_bytes(_BYTES_A_LEVEL)
        try:
            made = make()
        finally:
            making.discard(key)
            if inner:
                outer.update(inner)
            self.touched = outer
        charge(len(inner) // 8)
        version = Made(made, inner, self.assignment)
        if self.assignment:
            self._current.fitting[key] = version
        versions = self._memo.setdefault(key, [])
        versions.append(version)
        if len(versions) > MAX_VERSIONS:
            # The first was made by default, which is asked for most.
            del versions[1]
        return version

    def lazily(self, make: Callable[[], T]) -> Callable[[], T]:
        """Return a function that returns what `memo` would, without a look-up once no input was read for it."""
        settled: list[T] = []

        def value() -> T:
            if settled:
                return settled[0]
            made = self.made(make, make)
            found: T = made.value  # type: ignore[assignment]  # made by `make`
            if not made.touched:
                settled.append(found)
                self.clear_too(settled)
            return found

        return value

    def _fitting(self, key: object, versions: list[Made]) -> Made | None:
        """Return the value kept for `key` under an assignment that agrees with this one in all that was read for it."""
        first = versions[0]
        if not first.touched:
            return first
        charge(_STEPS_A_LOOK + len(first.touched) // 8)
        if not self.assignment:
            return next((version for version in versions if not version.chosen), None)
        found = self._current.fitting
        version = found.get(key)
        if version is None:
            charge(_STEPS_A_LOOK * len(versions))
            version = next((version for version in versions if version.fits(self.assignment)), None)
            if version is not None:
                found[key] = version
        return version

    def per_scenario(self, key: object, make: Callable[[], T]) -> T:
        """Return the result of `make`, computed once for `key` under this assignment.

        The inputs that it reads count as read each time.
        """
        # What is made within `memo` serves other assignments too, and has to know all that is looked at.
        kept = self._current.within if self._making else self._current.made
        found = kept.get(key)
        if found is not None:
            if found[1]:
                charge(1 + len(found[1]) // 8)
                self.touched.update(found[1])
            return found[0]  # type: ignore[return-value]  # a key always goes with the same make
        charge(_STEPS_A_VALUE)
        made, read = self.reading(make)
        kept[key] = (made, read)
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

    def varying(self, make: Callable[[], Value]) -> tuple[Value, Again | None]:
        """Return the result of `make`, and how to make it again where other scenarios may have another result."""
        made, read = self.reading(make)
        return made, Again(make, read) if any(input.is_switch for input in read.values()) else None

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

    def untracked_memo(self, key: object, make: Callable[[], T]) -> T:
        """Return the result of `memo`, without counting the inputs that it reads, except inside `memo`."""
        if self._making:
            return self.memo(key, make)
        found = self._current.made.get(key)
        if found is not None:
            return found[0]  # type: ignore[return-value]  # a key always goes with the same make
        outer, self.touched = self.touched, {}
        try:
            made = self.memo(key, make)
        finally:
            self.touched = outer
        self._current.made[key] = (made, {})
        return made

    def aside(self, make: Callable[[], T]) -> T:
        """Return the result of `make`, without counting the inputs that it reads, even inside `memo`.

        Use only properties of the result that no input changes, such as its type.
        """
        outer, self.touched = self.touched, {}
        try:
            return make()
        finally:
            self.touched = outer


class Again:
    """How to make a value in the current scenario, and the inputs that were `read` for it in the default one."""

    __slots__ = ("make", "read")

    def __init__(self, make: Callable[[], Value], read: Mapping[str, Input]) -> None:
        self.make = make
        self.read = read


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


class _Kept:
    """The values kept under one assignment, with the inputs that were read, and the kept values of others that fit.

    Of values made `within` others all inputs are known, of those in `made` only the ones that count.
    """

    __slots__ = ("fitting", "made", "within")

    def __init__(self) -> None:
        self.made: dict[object, tuple[object, dict[str, Input]]] = {}
        self.within: dict[object, tuple[object, dict[str, Input]]] = {}
        self.fitting: dict[object, Made] = {}


_NOTHING: Assignment = {}


class Made:
    """A kept value, with the inputs that were read and the choice for each."""

    __slots__ = ("chosen", "touched", "value")

    def __init__(self, value: object, touched: dict[str, Input], assignment: Assignment) -> None:
        self.value = value
        self.touched = touched
        self.chosen = {key: chosen for key, chosen in assignment.items() if key in touched} if assignment else _NOTHING

    def fits(self, assignment: Assignment) -> bool:
        """Return whether an assignment agrees in all inputs that were read."""
        # Assignments choose for few inputs, of the many that most things read.
        alike = 0
        for key, chosen in assignment.items():
            if key in self.touched:
                other = self.chosen.get(key)
                if other is not chosen and (other != chosen or type(other) is not type(chosen)):
                    return False
                alike += 1
        return alike == len(self.chosen)

"""The budget of a root: how many steps and bytes reading, resolving and checking it may take.

Every walk over values charges it, so no input takes unbounded time or memory. There is one current budget: the code
that reads and checks a root opens one with `with Budget():`, and the walks charge it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from iplint.location import Span

# A step takes about a quarter of a microsecond, so these are about three seconds. The largest root of 3,000 real ones
# takes 2.7 million.
MAX_STEPS = 10_000_000
# Bytes of all texts and collections made for one root, freed ones included.
MAX_BYTES = 256 * 1024 * 1024
# What is larger than this is allowed more, in proportion: a template of 5 MB may well hold 24,000 launches.
LARGE = 1024 * 1024
STEPS_A_CHARACTER = 40
# After so many steps, some ten milliseconds, a budget with a pulse calls it.
STEPS_A_PULSE = 20_000
BYTES_A_CHARACTER = 400


class BudgetExceeded(Exception):
    """A root takes more steps or bytes than its budget has; nothing that depends on it is proven."""


# Memory that the system refuses is memory that the budget should have refused.
OUT_OF_BUDGET = (BudgetExceeded, MemoryError)


class Budget:
    """The steps and bytes left for one root, while the context is open. It may be opened again, and continues.

    Contexts nest: the inner one has a budget of its own, and the outer one continues when it closes. `left_out` maps
    each place beyond a limit to a description, each once. `is_spent` is true once the budget was exceeded. `pulse` is
    called every so many steps, and may raise an error to cancel what the budget is for; `reserve` are the steps that
    remain beside those up to the next call.
    """

    __slots__ = ("_outer", "_pulse", "bytes", "is_spent", "left_out", "reserve", "size", "steps")

    def __init__(self, steps: int = MAX_STEPS, bytes: int = MAX_BYTES, pulse: Callable[[], None] | None = None) -> None:
        self._pulse = pulse
        self.reserve = steps if pulse is not None else 0
        self.steps = steps - self.reserve
        self.bytes = bytes
        self.is_spent = False
        self.left_out: dict[tuple[str, int, str], Span] = {}
        self.size = 0
        self._outer: Budget | None = None

    def __enter__(self) -> Budget:
        global _open
        self._outer, _open = _open, self
        return self

    def __exit__(self, *_: object) -> None:
        global _open
        _open, self._outer = self._outer, None

    def draw(self) -> None:
        """Make up for steps that were charged beyond `steps`. Raises BudgetExceeded, and what the pulse raises."""
        if self._pulse is not None:
            self._pulse()
        drawn = min(self.reserve, STEPS_A_PULSE - self.steps)
        self.reserve -= drawn
        self.steps += drawn
        if self.steps < 0:
            raise BudgetExceeded


_open: Budget | None = None


def charge(steps: int = 1) -> None:
    """Charge steps to the open budget, before they are taken. Raises BudgetExceeded."""
    budget = _open
    if budget is not None:
        budget.steps -= steps
        if budget.steps < 0:
            budget.draw()


def charge_bytes(size: int) -> None:
    """Charge bytes to the open budget, before they are allocated. Raises BudgetExceeded."""
    budget = _open
    if budget is not None:
        budget.bytes -= size
        if budget.bytes < 0:
            raise BudgetExceeded


def steps_left() -> int:
    """Return how many steps the open budget has left; 0 where none is open."""
    return _open.steps + _open.reserve if _open is not None else 0


def allow(size: int) -> None:
    """Increase the open budget for a source of this length, up to a limit for all sources of the root."""
    budget = _open
    if budget is not None:
        budget.size += size
        more = max(0, min(size, budget.size - LARGE))
        budget.steps += more * STEPS_A_CHARACTER
        budget.bytes += more * BYTES_A_CHARACTER


def leave_out(what: str, at: Span) -> None:
    """Record that something at a place is left out because it is beyond a limit: no launch of the root is proven.

    It becomes a notice of kind "unreadable".
    """
    if _open is not None:
        _open.left_out.setdefault((at.path, at.start, what), at)

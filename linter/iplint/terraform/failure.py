"""Values that Terraform would fail to compute: unknown here, and caught by `try` and `can`."""

from __future__ import annotations

from iplint.budget import charge, leave_out
from iplint.value import Absent, Hole, Known, Map, Reason, Refused, Seq, Step, Text, Unknown, UnreadFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.location import Span
    from iplint.value import Ref, Value

# Chains of references may be 20,000 long; a reader of a finding follows a few steps at either end.
MAX_STEPS = 12


# What it costs to look at one value, in steps of a budget.
STEPS_A_VALUE = 8


class Failing(Reason):
    """The reason why an expression has no value: an error in Terraform."""

    __slots__ = ()

    is_failure = True


class NoSuchKey(Failing, Refused):
    """A key that an input chooses and that a map does not have."""

    __slots__ = ()


class MissingFile(Failing, UnreadFile):
    """A file that an expression needs as text, and that is missing or not UTF-8."""

    __slots__ = ()


def failure(what: str, at: Span, ref: Ref | None = None) -> Unknown:
    """Return the value of an expression that fails."""
    return Unknown((Failing(what, at),), at, ref=ref)


def beyond_limit(what: str, at: Span, present: bool = False) -> Unknown:
    """Return the Unknown for a value beyond a limit, and record that it is left out."""
    leave_out(f"{what}: it is not evaluated", at)
    return Unknown((Reason(what, at),), at, present)


def failed(value: Unknown) -> bool:
    """Return whether an unknown value is a failure."""
    return any(isinstance(reason, Failing) for reason in value.reasons)


def fails(value: Value) -> bool:
    """Return whether the value, or anything in it, is a failure."""
    return any(failed(unknown) for unknown in _unknowns_in(value))


def lacks_file_of(value: Value, at: Span) -> bool:
    """Return whether the value, or anything in it, lacks a file that something outside of the expression at `at` reads.

    Terraform stops there: no `try` or `can` around a reference catches it, and where it runs the file is there.
    """
    return any(
        isinstance(reason, MissingFile) and (reason.at is None or not at.holds(reason.at))
        for unknown in _unknowns_in(value)
        for reason in unknown.reasons
    )


def has_unknown(value: Value) -> bool:
    """Return whether the value, or anything in it, is unknown, or there may be more in it."""
    if isinstance(value, Known) and isinstance(value.value, Seq | Map) and value.value.more is not None:
        return True
    return any(True for _ in _unknowns_in(value))


def _unknowns_in(value: Value) -> Iterator[Unknown]:
    waiting = [value]
    # A structure may hold itself many times over; each part of it is gone through once.
    seen: dict[int, Text | Seq | Map] = {}
    while waiting:
        found = waiting.pop()
        if isinstance(found, Known) and isinstance(found.value, Text | Seq | Map):
            if id(found.value) in seen:
                continue
            seen[id(found.value)] = found.value
            charge(STEPS_A_VALUE)
        match found:
            case Unknown():
                yield found
            case Known(Text() as text):
                waiting += [piece.value for piece in text.pieces if isinstance(piece, Hole)]
            case Known(Seq() as items):
                waiting += items
            case Known(Map() as members) if not members.more:
                waiting += [item for key in members if (item := members.get(key)) is not None]
            case _:
                pass


def with_step(value: Value, at: Span, message: str) -> Value:
    """Return the value with one more step, as iplint.value.with_step; of long trails both ends are kept."""
    return with_steps(value, (Step(at, message),))


def with_steps(value: Value, steps: tuple[Step, ...]) -> Value:
    """Return the value with more steps."""
    if not steps:
        return value
    trail = steps + value.trail
    if len(trail) > 2 * MAX_STEPS:
        trail = trail[:MAX_STEPS] + trail[-MAX_STEPS:]
    match value:
        case Known():
            return Known(value.value, value.at, trail, value.ref, value.input)
        case Unknown(reasons=reasons, at=at, present=present, ref=ref, input=input, identity=identity):
            return Unknown(reasons, at, present, trail, ref, input, identity, value.excludes, value.type)
        case Absent(type=type):
            return Absent(value.at, trail, type, value.input)

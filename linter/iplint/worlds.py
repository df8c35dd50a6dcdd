"""Which assignments of inputs to try, so that a verdict holds for everything a deployer may choose."""

from __future__ import annotations

from iplint.value import OTHER, Other

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from iplint.finding import Verdict
    from iplint.inputs import Assignment
    from iplint.value import Input, Literal

# Runs that change several inputs at once; and, one input changed alone, more: a parameter may allow many values.
MOST_RUNS = 64
MOST_SINGLE_CHANGES = 256
MOST_ASSUMPTIONS = 6


class Run:
    """What one rule said of one subject in one world.

    `exists` tells whether the world has the subject. `verdicts` are by the part of the subject that they speak of;
    a part without a verdict passes. `touched` are the inputs that were read, in reading order.
    """

    __slots__ = ("exists", "touched", "verdicts")

    def __init__(self, exists: bool | None, verdicts: dict[str, Verdict], touched: list[Input]) -> None:
        self.exists = exists
        self.verdicts = verdicts
        self.touched = touched


class Trial:
    """A run and the assignment it was made under. `by_default` tells that no input with a default was changed."""

    __slots__ = ("assignment", "by_default", "run")

    def __init__(self, assignment: Assignment, run: Run, by_default: bool) -> None:
        self.assignment = assignment
        self.run = run
        self.by_default = by_default


class Exploration:
    """The trials of one rule on one subject, default worlds first; `complete` is false when the limit was met."""

    __slots__ = ("complete", "inputs", "trials")

    def __init__(self) -> None:
        self.trials: list[Trial] = []
        self.inputs: dict[str, Input] = {}
        self.complete = True

    def describe(self, assignment: Assignment) -> str:
        """The choices of an assignment in words: `Env is "prod" and RequireV2 is "false"`."""
        return " and ".join(told(self.inputs[key], value) for key, value in assignment.items())


class _Limit(Exception):
    """The number of runs is used up."""


def explore(run: Callable[[Assignment], Run]) -> Exploration:
    """Run under the default assignment and under every other that may make a difference, as far as the limits go.

    First each input that the default run touched is changed alone, so that the plainest reason is found first; then
    every combination of what the runs touch is tried, branching on inputs in reading order.
    """
    found = Exploration()
    base = run({})
    for input in base.touched:
        found.inputs.setdefault(input.key, input)
    if not any(alternatives(input, {}, found.inputs) for input in base.touched):
        found.trials = [Trial({}, base, True)]
        return found
    seen: dict[frozenset[tuple[str, str]], Run] = {frozenset(): base}

    def trial(assignment: Assignment) -> Run:
        key = frozenset((name, repr(value)) for name, value in assignment.items())
        hit = seen.get(key)
        if hit is not None:
            return hit
        together = len(assignment) > 1
        if sum(len(other) > 1 for other in seen) >= MOST_RUNS if together else len(seen) >= MOST_SINGLE_CHANGES:
            raise _Limit
        made = seen[key] = run(assignment)
        for input in made.touched:
            found.inputs.setdefault(input.key, input)
        return made

    leaves: dict[frozenset[tuple[str, str]], Trial] = {}

    def keep(assignment: Assignment, made: Run) -> None:
        key = frozenset((name, repr(value)) for name, value in assignment.items())
        by_default = all(found.inputs[name].default is None for name in assignment)
        leaves.setdefault(key, Trial(dict(assignment), made, by_default))

    def branch(assignment: Assignment, kept: frozenset[str]) -> None:
        made = trial(assignment)
        for input in made.touched:
            if input.key in assignment or input.key in kept or not alternatives(input, assignment, found.inputs):
                continue
            if input.default is not None:
                branch(assignment, kept | {input.key})
            for value in alternatives(input, assignment, found.inputs):
                branch({**assignment, input.key: value}, kept)
            return
        keep(assignment, made)

    try:
        for input in base.touched:
            if input.default is not None:
                for value in alternatives(input, {}, found.inputs):
                    assignment = {input.key: value}
                    made = trial(assignment)
                    if not _unsettled(made, assignment, found.inputs):
                        keep(assignment, made)
        branch({}, frozenset())
    except _Limit:
        found.complete = False
        if not leaves:
            keep({}, seen[frozenset()])
    found.trials = sorted(leaves.values(), key=lambda leaf: (not leaf.by_default, len(leaf.assignment)))
    return found


def _unsettled(made: Run, assignment: Assignment, inputs: dict[str, Input]) -> bool:
    """Whether a run still waits for a choice of an input without a default."""
    return any(
        input.default is None and input.key not in assignment and alternatives(input, assignment, inputs)
        for input in made.touched
    )


def alternatives(input: Input, assignment: Assignment, inputs: dict[str, Input]) -> list[Literal]:
    """The values of an input worth trying besides its default; none when trying would tell nothing new."""
    if input.assumption:
        assumed = sum(1 for key in assignment if inputs[key].assumption)
        return list(input.options) if assumed < MOST_ASSUMPTIONS else []
    others: list[Literal] = [option for option in input.options if not _same(option, input.default)]
    if not input.closed and (input.default is not None or input.options):
        others.append(OTHER)
    return others


def _same(one: Literal, other: Literal | None) -> bool:
    return one is other or (type(one) is type(other) and one == other)


def told(input: Input, value: Literal) -> str:
    """A choice in words: `Env is "prod"`, `var.create is true`, `Env is anything but "prod" and "test"`."""
    if input.assumption:
        return input.label if value is True else f"not {input.label}"
    if input.sensitive:
        return f"{input.label} is one of its sensitive values"
    if isinstance(value, Other):
        named = [shown(option) for option in input.options]
        if input.default is not None and shown(input.default) not in named:
            named.append(shown(input.default))
        return (
            f"{input.label} is {' nor '.join(named)}".replace(" is ", " is neither ", 1)
            if len(named) > 1
            else (f"{input.label} is not {named[0]}" if named else f"{input.label} is set")
        )
    return f"{input.label} is {shown(value)}"


def shown(value: Literal) -> str:
    """A literal as a person writes it: text in quotes, booleans and numbers bare."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else str(value)


def kept(inputs: Iterable[Input]) -> str:
    """What rests on defaults, in words: `parameter Env keeps its default "legacy"`."""
    return " and ".join(
        f"{input.label} keeps its default{'' if input.sensitive else f' {shown(input.default)}'}"
        for input in inputs
        if input.default is not None
    )

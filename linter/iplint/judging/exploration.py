"""Choose the assignments of inputs to try, so that a verdict is valid for everything a deployer may choose."""

from __future__ import annotations

from iplint.budget import charge
from iplint.finding import Fail
from iplint.value import ANY, OTHER, Filled, Nothing, Other

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from iplint.finding import Undecided, Verdict
    from iplint.scenario import Assignment
    from iplint.value import Input, Literal

# Runs that change several inputs at once; and, one input changed alone, more: a parameter may allow many values.
MAX_RUNS = 64
MAX_SINGLE_CHANGES = 256
# Runs in which some inputs stand for all of their values, where there are more combinations than MAX_RUNS.
MAX_JOINED_RUNS = 64
MAX_ASSUMPTIONS = 6
# What it costs to look at an input that a run has read, in steps of a budget.
_STEPS_AN_INPUT = 8


class RuleRun:
    """The result of one rule on one subject in one scenario.

    `exists` says whether the scenario has the subject. `verdicts` are by part of the subject; a part without a verdict
    passes. `touched` are the inputs that were read, in reading order. `launches` are the keys of the launches that use
    the subject in this scenario, where there is a verdict.
    """

    __slots__ = ("exists", "launches", "touched", "verdicts")

    def __init__(
        self,
        exists: bool | None,
        verdicts: dict[str, Verdict],
        touched: list[Input],
        launches: tuple[str, ...] = (),
    ) -> None:
        self.exists = exists
        self.verdicts = verdicts
        self.touched = touched
        self.launches = launches


class Trial:
    """A run and its assignment. `by_default` says that no input with a default was changed."""

    __slots__ = ("assignment", "by_default", "run")

    def __init__(self, assignment: Assignment, run: RuleRun, by_default: bool) -> None:
        self.assignment = assignment
        self.run = run
        self.by_default = by_default


class Exploration:
    """The trials of one rule on one subject, default scenarios first; `complete` is false at the limit."""

    __slots__ = ("complete", "inputs", "trials")

    def __init__(self) -> None:
        self.trials: list[Trial] = []
        self.inputs: dict[str, Input] = {}
        self.complete = True

    @property
    def passes(self) -> bool:
        """Return whether the default scenario is the only one, it has the subject, and every part passes in it."""
        if len(self.trials) != 1 or not self.complete:
            return False
        run = self.trials[0].run
        return run.exists is not False and not run.verdicts and not self.trials[0].assignment

    def describe(self, assignment: Assignment) -> str:
        """Return the choices of an assignment in words: `Env is "prod" and RequireV2 is "false"`."""
        return " and ".join(describe_choice(self.inputs[key], value) for key, value in assignment.items())


class _LimitReached(Exception):
    """The number of runs is exhausted."""


def explore(
    run: Callable[[Assignment], RuleRun], starts: Iterable[Assignment] = (), inputs: Mapping[str, Input] | None = None
) -> Exploration:
    """Run under the default assignment and under every other that may make a difference, within the limits.

    First each input that the default run touched is changed alone, so that the simplest reason is found first; then
    every combination of the touched inputs is tried, branching on inputs in reading order. `starts` are assignments of
    `inputs` that are known to make a difference although the default run does not read these inputs: they are branched
    from as well. Where these are too many, inputs that decide nothing stand for all of their values at once.
    """
    base = run({})
    found = Exploration()
    starts = list(starts)
    for start in starts:
        for key in start:
            if inputs is not None:
                found.inputs.setdefault(key, inputs[key])
    for input in base.touched:
        found.inputs.setdefault(input.key, input)
    if not starts and not any(alternatives(input, {}, found.inputs) for input in base.touched):
        found.trials = [Trial({}, base, True)]
        return found
    tried = _Explorer(run, base, found)
    try:
        tried.alone()
        for start in starts:
            tried.branch(start, frozenset())
        tried.branch({}, frozenset())
    except _LimitReached:
        try:
            for start in starts:
                tried.branch_joined(start)
            tried.branch_joined({})
        except _LimitReached:
            found.complete = False
    found.trials = tried.trials()
    return found


def survey(
    look: Callable[[Assignment], Iterable[Input]],
    inputs: dict[str, Input],
    choices: Callable[[Input], list[Literal]] | None = None,
    base: list[Input] | None = None,
) -> bool:
    """Look at the default scenario, then change each input that was read alone; continue from scenarios that read more
    inputs. `look` returns the inputs that it read, which are collected in `inputs`. `choices` are the values to try, by
    default all that may make a difference. `base` are the inputs that the default scenario read, if they are known.

    Return whether the limit was kept. Unlike `explore`, this does not combine independent inputs, and changes only
    those that choose between parts of the files: a value from outside adds nothing that is known.
    """
    base = base if base is not None else list(look({}))
    inputs.update((input.key, input) for input in base)
    keys = frozenset(input.key for input in base)
    waiting: list[tuple[Assignment, list[Input], frozenset[str]]] = [({}, base, keys)]
    looked = 0
    while waiting:
        assignment, read, known = waiting.pop(0)
        for input in read:
            if not input.is_switch:
                continue
            for value in choices(input) if choices is not None else alternatives(input, assignment, inputs):
                if looked >= MAX_SINGLE_CHANGES:
                    return False
                looked += 1
                changed = {**assignment, input.key: value}
                found = list(look(changed))
                charge(_STEPS_AN_INPUT * len(found))
                fresh = [one for one in found if one.key not in known]
                if fresh:
                    inputs.update((one.key, one) for one in fresh if one.key not in inputs)
                    waiting.append((changed, fresh, known.union(one.key for one in fresh)))
    return True


class _Explorer:
    """The runs of one exploration, each made once, and the trials that are kept."""

    __slots__ = ("_alone", "_base", "_found", "_harmless", "_is_joining", "_leaves", "_run", "_seen", "_set")

    def __init__(self, run: Callable[[Assignment], RuleRun], base: RuleRun, found: Exploration) -> None:
        self._run = run
        self._base = base
        self._found = found
        self._set: set[str] = set()
        self._is_joining = False
        self._harmless: set[str] = set()
        self._alone = frozenset(input.key for input in base.touched)
        self._seen: dict[frozenset[tuple[str, str]], RuleRun] = {frozenset(): base}
        self._leaves: dict[frozenset[tuple[str, str]], Trial] = {}

    def _trial(self, assignment: Assignment) -> RuleRun:
        key = _identity(assignment)
        hit = self._seen.get(key)
        if hit is not None:
            return hit
        together = sum(len(other) > 1 for other in self._seen) if len(assignment) > 1 else 0
        most = MAX_RUNS + MAX_JOINED_RUNS if self._is_joining else MAX_RUNS
        if together >= most or (len(assignment) <= 1 and len(self._seen) >= MAX_SINGLE_CHANGES):
            raise _LimitReached
        made = self._seen[key] = self._run(assignment)
        # Each of them is looked at for what else to try.
        charge(_STEPS_AN_INPUT * len(made.touched))
        for input in made.touched:
            self._found.inputs.setdefault(input.key, input)
        return made

    def _keep(self, assignment: Assignment, made: RuleRun) -> None:
        by_default = all(self._found.inputs[name].default is None for name in assignment)
        self._leaves.setdefault(_identity(assignment), Trial(dict(assignment), made, by_default))

    def alone(self) -> None:
        """Change each input that the default run touched alone."""
        for input in self._base.touched:
            if input.default is not None:
                for value in alternatives(input, {}, self._found.inputs):
                    assignment = {input.key: value}
                    made = self._trial(assignment)
                    if not _unsettled(made, assignment, self._found.inputs):
                        self._keep(assignment, made)

    def branch(self, assignment: Assignment, kept: frozenset[str]) -> None:
        """Try every choice for the inputs that are read; those in `kept` keep their defaults."""
        made = self._trial(assignment)
        for input in made.touched:
            if input.key in assignment or input.key in kept:
                continue
            if not alternatives(input, assignment, self._found.inputs) or self._is_settled(input):
                continue
            if input.default is not None:
                self.branch(assignment, kept | {input.key})
            if isinstance(input.default, Nothing):
                # What a caller puts in the place of nothing is not known: one combination shows what it leaves open.
                if input.key in self._set:
                    return
                self._set.add(input.key)
            for value in alternatives(input, assignment, self._found.inputs):
                self.branch({**assignment, input.key: value}, kept)
            return
        self._keep(assignment, made)

    def branch_joined(self, assignment: Assignment) -> None:
        """Branch as `branch` does, but give an input all of its values at once where they decide nothing."""
        self._is_joining = True
        self._branch_joined(assignment, {}, frozenset())

    def _branch_joined(self, assignment: Assignment, joined: Assignment, kept: frozenset[str]) -> None:
        """Try every choice for the inputs that are read, but for those that are `joined` and those in `kept`.

        Raises _LimitReached where an input that decided nothing before does so in a combination.
        """
        made = self._trial({**assignment, **joined})
        for input in made.touched:
            if input.key in assignment or input.key in joined or input.key in kept:
                continue
            choices = alternatives(input, assignment, self._found.inputs)
            if not choices or self._is_settled(input):
                continue
            if self._decides_nothing(input, choices, assignment, joined):
                self._branch_joined(assignment, {**joined, input.key: ANY}, kept)
                return
            if input.default is not None:
                self._branch_joined(assignment, joined, kept | {input.key})
            for value in choices:
                self._branch_joined({**assignment, input.key: value}, joined, kept)
            return
        plain = self._trial(assignment)
        if not _is_alike(made, plain):
            raise _LimitReached
        self._keep(assignment, plain)

    def _decides_nothing(
        self, input: Input, choices: list[Literal], assignment: Assignment, joined: Assignment
    ) -> bool:
        """Return whether the result is the same for each value of an input, and for a value that nobody knows."""
        if input.assumption or isinstance(input.default, Nothing | Filled):
            return False
        plain = self._trial(assignment)
        if not _is_alike(self._trial({**assignment, **joined, input.key: ANY}), plain):
            return False
        # A value that nobody knows leaves open what any value may decide, but for what is written in one of them.
        if input.key not in self._harmless:
            if not all(_is_alike(self._trial({**assignment, input.key: value}), plain) for value in choices):
                return False
            self._harmless.add(input.key)
        return True

    def _is_settled(self, input: Input) -> bool:
        """Return whether changing an input alone has shown all that another value does: it has a default, nothing is
        compared with it, and no other input is read for another value, so that it only fills in texts.
        """
        if input.default is None or isinstance(input.default, Nothing) or input.options or input.key not in self._alone:
            return False
        made = self._seen.get(_identity({input.key: OTHER}))
        return made is not None and all(other.key in self._alone for other in made.touched)

    def trials(self) -> list[Trial]:
        """Return the kept trials, default scenarios first; the default run when there are none."""
        if not self._leaves:
            self._keep({}, self._base)
        return sorted(self._leaves.values(), key=lambda leaf: (not leaf.by_default, len(leaf.assignment)))


def brings_in(explored: Exploration, trial: Trial, verdict: Undecided) -> bool:
    """Return whether the unknown in a scenario is more than the free value of an input.

    The default of such an input is what is deployed. Where the input is a switch, because the template compares it with
    something or lists its values, its other choices count.
    """
    free = {
        input.label
        for key, value in trial.assignment.items()
        if isinstance(value, Other) and (input := explored.inputs[key]).default is not None and not input.options
    }
    return not free or any(reason.what not in free for reason in verdict.unknown.reasons)


def is_left_to_caller(explored: Exploration, trial: Trial, verdict: Undecided) -> bool:
    """Return whether a scenario leaves something unknown only because a caller may set an input to any value."""
    set_otherwise = {explored.inputs[key].label for key, value in trial.assignment.items() if isinstance(value, Other)}
    reasons = verdict.unknown.reasons
    return bool(reasons) and all(reason.what in set_otherwise for reason in reasons)


def _is_alike(one: RuleRun, other: RuleRun) -> bool:
    """Return whether two runs read the same inputs and have the same results."""
    return (
        (one.exists, one.launches) == (other.exists, other.launches)
        and {input.key for input in one.touched} == {input.key for input in other.touched}
        and one.verdicts.keys() == other.verdicts.keys()
        and all(_says(verdict) == _says(other.verdicts[part]) for part, verdict in one.verdicts.items())
    )


def _says(verdict: Verdict) -> tuple[object, ...]:
    """Return what two verdicts have in common that say the same."""
    if isinstance(verdict, Fail):
        return verdict.message, verdict.at, verdict.severity, verdict.address
    reasons = frozenset((reason.what, reason.at) for reason in verdict.unknown.reasons)
    return verdict.question, verdict.severity, verdict.address, reasons


def _identity(assignment: Assignment) -> frozenset[tuple[str, str]]:
    """Return a key that is equal for equal assignments."""
    return frozenset((name, repr(value)) for name, value in assignment.items())


def _unsettled(made: RuleRun, assignment: Assignment, inputs: dict[str, Input]) -> bool:
    """Return whether a run still needs a choice for an input without a default."""
    return any(
        input.default is None and input.key not in assignment and alternatives(input, assignment, inputs)
        for input in made.touched
    )


def alternatives(input: Input, assignment: Assignment, inputs: dict[str, Input]) -> list[Literal]:
    """Return the values of an input worth trying besides its default; empty when they cannot change the result."""
    if input.assumption:
        if any(
            isinstance(value, Other) and isinstance(inputs[key].default, Nothing) for key, value in assignment.items()
        ):
            # What a caller puts in the place of nothing is not known at all: no assumption about it leads anywhere.
            return []
        assumed = sum(1 for key in assignment if inputs[key].assumption)
        return list(input.options) if assumed < MAX_ASSUMPTIONS else []
    others: list[Literal] = [option for option in input.options if not _same(option, input.default)]
    is_open = input.default is not None and not input.only_compared
    if not input.closed and (is_open or input.options) and not isinstance(input.default, Filled):
        others.append(OTHER)
    return others


def switch_positions(input: Input) -> list[Literal]:
    """Return the values of an input that select different parts of the files: those that it is compared with, and one
    for all others.
    """
    named = [value for value in input.compared if not _same(value, input.default)]
    if input.closed:
        named = [value for value in named if value in input.options]
    if input.default is not None and input.default not in input.compared:
        return named
    if not input.closed:
        return [*named, OTHER]
    rest = (value for value in input.options if value not in input.compared and not _same(value, input.default))
    return [*named, *([one] if (one := next(rest, None)) is not None else [])]


def _same(one: Literal, other: Literal | Filled | None) -> bool:
    return one is other or (type(one) is type(other) and one == other)


def describe_choice(input: Input, value: Literal) -> str:
    """Describe a choice in words: `Env is "prod"`, `var.create is true`, `Env is anything but "prod" and "test"`."""
    if input.assumption:
        return input.label if value is True else f"not {input.label}"
    if input.sensitive:
        return f"{input.label} is one of its sensitive values"
    if isinstance(value, Other):
        named = [quoted(option) for option in input.options]
        if input.default is not None and not isinstance(input.default, Filled) and quoted(input.default) not in named:
            named.append(quoted(input.default))
        return (
            f"{input.label} is {' nor '.join(named)}".replace(" is ", " is neither ", 1)
            if len(named) > 1
            else (f"{input.label} is not {named[0]}" if named else f"{input.label} is set")
        )
    return f"{input.label} is {quoted(value)}"


def quoted(value: Literal) -> str:
    """Return a literal as a person writes it: text in quotes, booleans and numbers bare."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Nothing):
        return value.written
    return f'"{value}"' if isinstance(value, str) else str(value)


def describe_defaults(inputs: Iterable[Input]) -> str:
    """Describe which defaults a verdict depends on: `parameter Env keeps its default "legacy"`."""
    return " and ".join(
        f"{input.label} keeps its default"
        + (f" {quoted(input.default)}" if not input.sensitive and not isinstance(input.default, Filled) else "")
        for input in inputs
        if input.default is not None
    )

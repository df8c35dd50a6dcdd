"""Rules x subjects x worlds -> findings. The rules are handed in."""

from __future__ import annotations

from iplint.finding import Fail, Finding, Severity, Undecided
from iplint.inputs import World
from iplint.model import Stack, Surface
from iplint.resource import Notice
from iplint.worlds import Run, explore, kept

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from iplint.finding import Report, Verdict
    from iplint.inputs import Assignment
    from iplint.model.stack import Subject
    from iplint.resource import Root
    from iplint.rule import Rule
    from iplint.value import Input
    from iplint.worlds import Exploration, Trial

    AnyRule = Rule[object]


class Engine:
    """Judges roots with rules, one after the other, and gathers what it finds in one report."""

    def __init__(self, rules: Sequence[AnyRule], report: Report) -> None:
        self._rules = rules
        self._report = report
        self._found: dict[tuple[object, ...], Finding] = {}
        self._addresses: dict[tuple[object, ...], set[str]] = {}
        self._by_class: dict[type, list[AnyRule]] = {}
        self._constructs: dict[str, str] = {}

    def judge(self, root: Root) -> None:
        """Judge everything in a root. What goes wrong inside becomes a notice; the rest is still judged."""
        stack = Stack(root, World({}))
        statuses: dict[str, str] = {}
        try:
            self._name_unsupported(stack)
            self._constructs = stack.constructs
            statuses = {launch.key: "proven" for launch in stack.launches if launch.exists is not False}
            subjects = list(stack.subjects())
        except Exception as error:  # one root that fails must not cost the others
            self._internal(root, f"{root.path} could not be judged", error)
            subjects = []
        for subject in subjects:
            for rule in self._rules_on(type(subject)):
                try:
                    for launch, status in self._judge(root, rule, subject, stack):
                        if statuses.get(launch) != "failed" and launch in statuses:
                            statuses[launch] = status
                except Exception as error:  # one rule that fails must not cost the others
                    self._internal(root, f"rule {rule.name} failed on {subject.address}", error)
        launches = self._report.launches
        launches.checked += len(statuses)
        for status in statuses.values():
            launches.proven += status == "proven"
            launches.failed += status == "failed"
            launches.undecided += status == "undecided"

    def _rules_on(self, subject: type) -> list[AnyRule]:
        """The rules that judge a class of subjects."""
        if subject not in self._by_class:
            self._by_class[subject] = [rule for rule in self._rules if issubclass(subject, rule.on)]
        return self._by_class[subject]

    def finish(self) -> None:
        """Hand over what was found. A module that several roots call alike is one fact."""
        for key, finding in self._found.items():
            more = len(self._addresses[key]) - 1
            if more:
                finding.message += f" (and {more} more instance{'s' if more > 1 else ''})"
        self._report.findings += self._found.values()

    def _name_unsupported(self, stack: Stack) -> None:
        """Tell of resources that would be judged if their type were read."""
        for resource in stack.unread:
            message = f"{resource.address}: type {resource.type} is not read, so the resource is not judged"
            self._report.notices.append(Notice("unsupported", resource.at.path, message, resource.at))

    def _internal(self, root: Root, what: str, error: Exception) -> None:
        """Tell of a defect of iplint itself, without any text of the template."""
        self._report.notices.append(
            Notice("internal", root.path, f"{what} ({type(error).__name__}); please report this defect of iplint")
        )

    def _judge(self, root: Root, rule: AnyRule, subject: Subject, stack: Stack) -> list[tuple[str, str]]:
        """Judge one subject by one rule; gives the launches concerned with "failed" or "undecided"."""
        if isinstance(subject, Surface):
            # Texts are searched in every branch, so no world would show another.
            status = None
            for verdict in rule.check(subject):
                if isinstance(verdict, Fail):
                    self._fail(root, rule, subject, verdict, None, [])
                    status = "failed"
                else:
                    self._open(rule, subject, verdict)
                    status = status or "undecided"
            return [(launch.key, status) for launch in subject.launches] if status is not None else []

        def run(assignment: Assignment) -> Run:
            stack.world.become(assignment)
            here = stack.subject(subject)
            verdicts: dict[str, Verdict] = {}
            exists = here.exists if here is not None else False
            if here is not None and exists is not False:
                for verdict in rule.check(here):
                    verdicts.setdefault(verdict.part, verdict)
            return Run(exists, verdicts, list(stack.world.touched.values()))

        explored = explore(run)
        trials = [trial for trial in explored.trials if trial.run.exists is not False]
        default = [trial for trial in trials if trial.by_default] or trials
        parts = dict.fromkeys(part for trial in trials for part in trial.run.verdicts)
        statuses = [self._conclude(root, rule, subject, explored, trials, default, part) for part in parts]
        status = "failed" if "failed" in statuses else "undecided" if "undecided" in statuses else None
        if status is None and not explored.complete and default:
            status = "undecided"
            self._report.notices.append(
                Notice(
                    "unresolved",
                    root.path,
                    f"{subject.address}: more combinations of inputs than {rule.name} tries; it passed in those tried",
                )
            )
            self._report.undecided += 1
        stack.world.become({})
        return [(launch.key, status) for launch in subject.launches] if status is not None else []

    def _conclude(
        self,
        root: Root,
        rule: AnyRule,
        subject: Subject,
        explored: Exploration,
        trials: list[Trial],
        default: list[Trial],
        part: str,
    ) -> str | None:
        """Draw the verdict on one part of a subject from all trials; gives "failed", "undecided" or None (passed)."""
        by_default = [trial.run.verdicts.get(part) for trial in default]
        failures = [verdict for verdict in by_default if isinstance(verdict, Fail)]
        unknowns = [verdict for verdict in by_default if isinstance(verdict, Undecided)]
        if failures and len(failures) == len(by_default):
            resting = _rests_on(explored, trials, part)
            when = kept(resting) if resting else None
            if not default[0].by_default:
                when = f"it exists: {explored.describe(default[0].assignment)}"
            self._fail(root, rule, subject, failures[0], when, resting)
            return "failed"
        failing = next((trial for trial in trials if isinstance(trial.run.verdicts.get(part), Fail)), None)
        if failing is not None:
            verdict = failing.run.verdicts[part]
            if isinstance(verdict, Fail):
                when = f"fails when {explored.describe(_needed(failing, trials, part))}"
                self._undecided(rule, subject, verdict, verdict.message, verdict.at, when)
                return "undecided"
        if unknowns:
            self._open(rule, subject, unknowns[0])
            return "undecided"
        return None

    def _fail(
        self, root: Root, rule: AnyRule, subject: Subject, fail: Fail, when: str | None, resting: list[Input]
    ) -> None:
        severity = fail.severity if fail.severity is not None else rule.severity
        message = fail.message
        if resting and root.library:
            severity = severity.lowered() if severity > Severity.INFO else severity
            message += f"; a caller can set {' and '.join(input.label for input in resting)}"
        if fail.hide is not None:
            self._report.hidden.append(fail.hide)
        address = fail.address if fail.address is not None else subject.address
        finding = Finding(rule.name, severity, "fail", message, address, fail.at, when, fail.related, fail.label)
        finding.construct = self._constructs.get(address)
        # What a text says is one fact whoever uses the text; instances of one block differ in their index only.
        is_text = isinstance(subject, Surface)
        whose = "" if is_text else address.rpartition("[")[0] if address.endswith("]") else address
        self._merge((rule.name, fail.at.key(), whose), finding)

    def _open(self, rule: AnyRule, subject: Subject, verdict: Undecided) -> None:
        """Tell of what is undecided because of something unknown."""
        reasons = " and ".join(reason.what for reason in verdict.unknown.reasons[:3])
        message = f"{verdict.question} depends on {reasons or 'what the template does not tell'}"
        self._undecided(rule, subject, verdict, message, verdict.unknown.at, f"depends on {reasons}")

    def _undecided(self, rule: AnyRule, subject: Subject, verdict: Verdict, message: str, at: Span, when: str) -> None:
        severity = verdict.severity if verdict.severity is not None else rule.severity
        address = verdict.address if verdict.address is not None else subject.address
        finding = Finding(rule.name, severity, "undecided", message, address, at, when, verdict.related)
        finding.construct = self._constructs.get(address)
        whose = "" if isinstance(subject, Surface) else address
        self._merge((rule.name, at.key(), whose, when), finding)

    def _merge(self, key: tuple[object, ...], finding: Finding) -> None:
        """Keep one finding for one fact: the gravest, with the places of all."""
        known = self._found.get(key)
        self._addresses.setdefault(key, set())
        if known is None or _is_twin(known.address, finding.address):
            self._addresses[key].add(finding.address)
        if known is None:
            self._found[key] = finding
            return
        if finding.severity > known.severity:
            known.severity = finding.severity
            known.message, known.label = finding.message, finding.label
        if known.when is not None and finding.when is None:
            known.when = None
        seen = {(step.at.key(), step.message) for step in known.related}
        known.related += tuple(step for step in finding.related if (step.at.key(), step.message) not in seen)


def _is_twin(one: str, other: str) -> bool:
    """Whether two addresses are instances of one block."""
    return one.endswith("]") and other.endswith("]") and one.rpartition("[")[0] == other.rpartition("[")[0]


def _rests_on(explored: Exploration, trials: list[Trial], part: str) -> list[Input]:
    """The inputs on whose defaults a failure rests: those changed in the first world that has it and does not fail."""
    for trial in trials:
        if not trial.by_default and not isinstance(trial.run.verdicts.get(part), Fail):
            changed = (explored.inputs[key] for key in trial.assignment)
            return [input for input in changed if input.default is not None]
    return []


def _needed(failing: Trial, trials: list[Trial], part: str) -> Assignment:
    """The choices of a failing world that matter: those without which another tried world does not fail."""
    needed = dict(failing.assignment)
    for key in failing.assignment:
        rest = {name: value for name, value in needed.items() if name != key}
        twins = [trial for trial in trials if all(trial.assignment.get(name) == value for name, value in rest.items())]
        if rest and all(isinstance(trial.run.verdicts.get(part), Fail) for trial in twins):
            needed = rest
    return needed


if TYPE_CHECKING:
    from iplint.location import Span

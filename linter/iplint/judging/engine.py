"""Run rules on the subjects of a root in its scenarios, and merge the results into a report."""

from __future__ import annotations

import re

from iplint.budget import OUT_OF_BUDGET, Budget, charge
from iplint.finding import (
    Fail,
    Finding,
    GrantByName,
    LaunchStatus,
    Proof,
    RoleInUse,
    RootResult,
    Severity,
    Undecided,
    VerdictKind,
)
from iplint.judging.by_name import HOLDING, GrantsByName, given_by_name, granted_by_commands, role_names
from iplint.judging.exploration import RuleRun, brings_in, describe_defaults, explore, is_left_to_caller
from iplint.judging.proving import (
    FOLLOWS,
    conclude,
    evidence,
    left_open,
    obligation_verdicts,
    qualification,
    status_of,
    with_findings,
)
from iplint.judging.survey import Survey
from iplint.model import InstanceProfile, Launch, PolicySource, ScannedText, Stack
from iplint.model.proof import BY_GROUP, QUESTIONS, REPORTED_AS, UNASKED, Obligation
from iplint.resource import Notice, NoticeCause, NoticeKind, exceeded
from iplint.scenario import Scenario
from iplint.value import Reason, Refused, Step, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from iplint.finding import ObligationResult, Report, Scope, Verdict
    from iplint.judging.exploration import Exploration, Trial
    from iplint.model import Account
    from iplint.model.stack import ModelSubject, Subject
    from iplint.resource import Change, Resource, Root
    from iplint.rule import Rule
    from iplint.scenario import Assignment
    from iplint.secret import Secret
    from iplint.value import Input

    AnyRule = Rule[object]
    # Launches, by their keys, and the status that they have in common.
    Statuses = list[tuple[Collection[str], LaunchStatus]]


# What it costs to report a finding, and to look for a secret in all reports, in steps of the budget.
STEPS_A_FINDING = 400
STEPS_A_SECRET = 4_000
# What it costs to record a verdict for one of the launches that use a subject.
STEPS_A_LAUNCH = 4
# So many resources are named that would have to be changed, each in a scenario of its own.
MAX_ALTERNATIVES = 16
# Used in the verdicts of a launch in place of a rule's name: when its root was not checked as a whole, and for what its
# proof leaves open that no rule reports.
BUDGET = "budget"
PROOF = "proof"


class CheckedRoot:
    """A root that was checked: its `path`, its `stack` and the verdicts on its launches.

    `verdicts` maps the key of each launch that counts to the rules that do not pass on it or on its profile, role or
    policies, with "failed", "undecided" or "qualified". `conditional` are the launches that exist only where inputs
    have other values than their defaults. `proving` are the rules that a launch must pass to be proven. `result` is
    what the engine merges into the report.
    """

    __slots__ = (
        "_absent",
        "_grave",
        "_proving",
        "conditional",
        "path",
        "places",
        "result",
        "roles",
        "stack",
        "verdicts",
    )

    def __init__(self, path: str, stack: Stack, proving: frozenset[str]) -> None:
        self.path = path
        self.stack = stack
        self.result = RootResult()
        self.verdicts: dict[str, dict[str, LaunchStatus]] = {}
        self.conditional: set[str] = set()
        self.places: dict[str, tuple[str, Span]] = {}
        # The names of the roles of launches, each with the verdict if another root may give the role more.
        self.roles: dict[str, tuple[tuple[str, ...], Finding]] = {}
        self._proving = proving
        self._absent: set[str] = set()
        # The launches and rules with a finding of high or critical severity.
        self._grave: set[tuple[str, str]] = set()

    def note(self, launch: str, rule: str, status: LaunchStatus) -> None:
        """Record the status of a launch by a rule; the worst status is kept."""
        found = self.verdicts.get(launch)
        if found is not None and (known := found.get(rule)) is not status:
            found[rule] = _worst((known, status)) or status

    def note_all(self, launches: Collection[str], rule: str, status: LaunchStatus, *, is_grave: bool) -> None:
        """Record the status of launches by a rule; one that is absent in every scenario is removed.

        `is_grave` says that a finding on them, or on their profile, role or texts, has high or critical severity.
        """
        if status is LaunchStatus.ABSENT:
            for launch in launches:
                self.verdicts.pop(launch, None)
                self.conditional.discard(launch)
            self._absent.update(launches)
            return
        for launch in launches:
            self.note(launch, rule, status)
        if is_grave:
            self._grave.update((launch, rule) for launch in launches)

    def count_conditional(self, launch: str) -> None:
        """Count a launch that does not exist by default, unless one rule has shown that no scenario has it."""
        if launch not in self.verdicts and launch not in self._absent:
            self.verdicts[launch] = {}
            self.conditional.add(launch)

    def verdicts_by_rule(self, launch: str) -> dict[str, LaunchStatus]:
        """Return the status of a launch by the name of each rule that does not pass."""
        return {rule: status for rule, status in self.verdicts[launch].items() if rule not in (BUDGET, PROOF)}

    def counted_verdicts(self, launch: str) -> dict[str, LaunchStatus]:
        """Return the status of a launch by the name of each rule that does not pass, if it counts for proofs."""
        return {rule: status for rule, status in self.verdicts_by_rule(launch).items() if self._counts(launch, rule)}

    def _counts(self, launch: str, rule: str) -> bool:
        return rule in self._proving or rule in (BUDGET, PROOF) or (launch, rule) in self._grave

    def status(self, launch: str) -> LaunchStatus:
        """Return the status of a launch: "proven", "qualified", "failed" or "undecided"."""
        found = {status for rule, status in self.verdicts[launch].items() if self._counts(launch, rule)}
        return _worst(found) or LaunchStatus.PROVEN


class Engine:
    """Check roots with rules, one after the other, and merge the results into one report.

    `about` returns whether findings in a file are wanted, by its display path; others are left out of the report. With
    `wants_proofs` the proofs of all launches are made, else only as far as their status depends on them. `scope` gives
    each finding what the resource at its address belongs to.
    """

    def __init__(
        self,
        rules: Sequence[AnyRule],
        report: Report,
        about: Callable[[str], bool] = lambda path: True,
        account: Account | None = None,
        wants_proofs: bool = False,
        scope: Callable[[str, Subject, Resource | None], Scope] | None = None,
    ) -> None:
        self._rules = rules
        self._scope = scope
        self._by_name = {rule.name: rule for rule in rules}
        self._wants_proofs = wants_proofs
        self._gravest = Severity.INFO
        self._proving = frozenset(rule.name for rule in rules if rule.proves)
        self._account = account
        self._report = report
        self._about = about
        self._found: dict[tuple[object, ...], Finding] = {}
        self._addresses: dict[tuple[object, ...], set[str]] = {}
        self._places: dict[tuple[object, ...], _MergedPlaces] = {}
        # What only roots found that others call or nest as well.
        self._again: set[tuple[object, ...]] = set()
        self._by_role_name = GrantsByName()
        self._by_class: dict[type, list[AnyRule]] = {}
        self._stack: Stack | None = None
        self._result = RootResult()
        self._drops_invalid = False
        self._required_choices: set[str] = set()
        self._survey = Survey(())
        # The scenarios that qualify launches, in words, by the launch's key and the rule.
        self._unless: dict[tuple[str, str], list[tuple[Assignment, str]]] = {}
        # The lines of what leaves verdicts undecided.
        self._open_places: set[tuple[str, int]] = set()

    def check(self, root: Root, budget: Budget | None = None) -> CheckedRoot:
        """Check everything in a root. A rule that raises an error becomes a notice; the others still run.

        `budget` is what remains after the root was read. The report is not changed: `merge` does that.
        """
        budget = budget or Budget()
        stack = Stack(root, Scenario({}), self._account)
        checked = CheckedRoot(root.path, stack, self._proving)
        self._result = checked.result
        self._unless = {}
        self._open_places = set()
        with budget:
            try:
                self._check_all(root, stack, checked)
            except OUT_OF_BUDGET:
                budget.is_spent = True
                checked.result.notices.append(exceeded(root.path))
        for (path, _, what), at in budget.left_out.items():
            checked.result.notices.append(Notice(NoticeKind.UNREADABLE, path, what, at))
        unread = (*root.notices, *checked.result.notices)
        if not self._survey.complete:
            message = f"{root.path}: more values of inputs than are compared; what only others bring in is not checked"
            checked.result.notices.append(
                Notice(NoticeKind.UNRESOLVED, root.path, message, cause=NoticeCause.COMBINATIONS, decides=True)
            )
        is_unsettled = any(notice.is_fatal or notice.unsettles for notice in unread)
        if budget.is_spent or not self._survey.complete or is_unsettled:
            # What was not read or not checked may be anything: no launch of the root is proven.
            for launch in checked.verdicts:
                checked.note(launch, BUDGET, LaunchStatus.UNDECIDED)
            reasons = [(notice.message, notice.at) for notice in unread if notice.is_fatal or notice.unsettles]
            reasons += [("a part of its root that was not checked", None)] if not reasons else []
            checked.result.proofs = [left_open(proof, reasons) for proof in checked.result.proofs]
        self._stack = None
        self._mark_deciding(unread, checked)
        for launch in checked.verdicts:
            status = checked.status(launch)
            checked.result.launches.count(status, launch in checked.conditional)
            if status is LaunchStatus.PROVEN and launch in checked.places:
                checked.result.proven.append(checked.places[launch])
            if launch in checked.roles:
                names, finding = checked.roles[launch]
                checked.result.roles_in_use.append(RoleInUse(names, root.path, launch, status=status, finding=finding))
        return checked

    def _check_all(self, root: Root, stack: Stack, checked: CheckedRoot) -> None:
        """Check every subject of a root with every rule. Raises one of OUT_OF_BUDGET."""
        try:
            self._stack = stack
            checked.verdicts = {
                launch.key: {}
                for launch in stack.launches
                if launch.exists is not False and self._concerns(launch.resource.at, launch.path)
            }
            self._name_unsupported(root, stack)
            subjects = list(stack.subjects())
            # For all rules: any of them may quote a text with a secret.
            hidden = checked.result.hidden
            hidden.extend(root.secrets(stack.scenario))
            for subject in subjects:
                if isinstance(subject, ScannedText):
                    hidden.extend(_charged(subject.hidden))
            self._drops_invalid = self._assertions_apply(root, stack.scenario)
            self._survey = survey = Survey(subjects)
            survey.look(stack, lambda: self._is_possible(root, stack.scenario))
            for _, text in survey.texts:
                hidden.extend(_charged(text.hidden))
            for subject in survey.subjects:
                if isinstance(subject, Launch):
                    self._count_conditional(checked, subject)
            subjects += survey.subjects
        except OUT_OF_BUDGET:
            raise
        except Exception as error:  # one root that fails must not cost the others
            self._internal(root, f"{root.path} could not be checked", error)
            subjects, self._survey = [], Survey(())
        for subject in subjects:
            self._check_by_rules(root, subject, stack, checked)
            self._record_grants(root, subject, stack)
        for assignment, text in self._survey.texts:
            with stack.scenario.under(assignment):
                self._check_by_rules(root, text, stack, checked, assignment)
        for subject in subjects:
            if isinstance(subject, Launch) and subject.key in checked.verdicts:
                checked.places[subject.key] = subject.address, subject.resource.at
                try:
                    self._prove(root, subject, stack, checked)
                    self._record_role(root, subject, stack, checked)
                except OUT_OF_BUDGET:
                    raise
                except Exception as error:
                    self._internal(root, f"{subject.address} could not be proven", error)

    def _check_by_rules(
        self, root: Root, subject: Subject, stack: Stack, checked: CheckedRoot, assignment: Assignment | None = None
    ) -> None:
        """Check one subject with every rule; a text that exists only in another scenario, in that scenario."""
        for rule in self._rules_on(type(subject)):
            try:
                self._gravest = Severity.INFO
                if isinstance(subject, ScannedText):
                    statuses = self._check_text(root, rule, subject, checked, assignment or {})
                else:
                    statuses = self._check_subject(root, rule, subject, stack, checked)
                for launches, status in statuses:
                    checked.note_all(launches, rule.name, status, is_grave=self._gravest >= Severity.HIGH)
            except OUT_OF_BUDGET:
                raise
            except Exception as error:  # one rule that fails must not cost the others
                self._rule_failed(root, rule, subject, error)

    def _count_conditional(self, checked: CheckedRoot, launch: Launch) -> None:
        """Count a launch that does not exist by default."""
        if not launch.is_template and self._concerns(launch.resource.at, ()):
            checked.count_conditional(launch.key)

    def _prove(self, root: Root, launch: Launch, stack: Stack, checked: CheckedRoot) -> None:
        """Check the obligations of a launch that the active rules are about, and record what is open."""
        found = checked.counted_verdicts(launch.key)
        # Where a rule fails, or is undecided, no more is to be reported but of credentials.
        is_open = all(status is LaunchStatus.QUALIFIED for status in found.values())
        results: list[ObligationResult] = []
        for obligation in Obligation if self._wants_proofs else UNASKED if is_open else (Obligation.CREDENTIALS,):
            rule = self._by_name.get(REPORTED_AS[obligation])
            if rule is None:
                continue
            explored = self._explored(root, stack, launch, obligation_verdicts(obligation))
            trials = _possible(explored)
            default = _nearest(explored, trials)
            result, undecided = conclude(obligation, explored, trials, default)
            about = {
                name: status for name, status in found.items() if BY_GROUP.get(self._by_name[name].group) is obligation
            }
            if undecided is not None and undecided.part == FOLLOWS:
                if not self._wants_proofs:
                    continue
            elif undecided is not None and (is_open or obligation is Obligation.CREDENTIALS):
                self._report_undecided(rule, launch, undecided)
                is_open = False
            if self._wants_proofs and default:
                with stack.scenario.under(default[0].assignment):
                    same = stack.subject(launch)
                    result.evidence = evidence(obligation, same) if isinstance(same, Launch) else ()
            self._open_places.update(_line_of(at) for _, at in result.reasons if at is not None)
            scenarios = [text for name in about for _, text in self._unless.get((launch.key, name), ())]
            results.append(with_findings(result, about, scenarios))
        status = _worst((status_of(results), checked.status(launch.key)))
        if status is not None:
            checked.note(launch.key, PROOF, status)
        if self._wants_proofs:
            proof = Proof(
                checked.path,
                launch.key,
                address=launch.address,
                at=launch.resource.at,
                status=checked.status(launch.key),
                obligations=tuple(results),
            )
            checked.result.proofs.append(proof)

    def _record_role(self, root: Root, launch: Launch, stack: Stack, checked: CheckedRoot) -> None:
        """Record the names of the role of a launch; where it is undecided or fails anyway, only for its proof."""
        rule = self._by_name.get(REPORTED_AS[Obligation.PRIVILEGES])
        if rule is None or not (self._wants_proofs or checked.status(launch.key) in HOLDING):
            return
        explored = self._explored(root, stack, launch, role_names)
        names = {name: None for trial in _possible(explored) for name in trial.run.verdicts}
        if names:
            message = f"whether {launch.address} {QUESTIONS[Obligation.PRIVILEGES]}"
            at = launch.resource.at
            related = _with_origin(at, (Step(at, f"{launch.address} is declared here"),), launch)
            finding = Finding(
                rule.name, rule.severity, VerdictKind.UNDECIDED, message, launch.address, at, None, related
            )
            self._attach_declaration(finding, launch)
            checked.roles[launch.key] = (*names,), finding

    def _record_grants(self, root: Root, subject: Subject, stack: Stack) -> None:
        """Record what a policy source, or a command, gives to names of roles that the root does not declare."""
        found: Iterable[tuple[str, Reason]] = ()
        if isinstance(subject, ScannedText):
            found = granted_by_commands(subject)
        elif isinstance(subject, PolicySource) and REPORTED_AS[Obligation.PRIVILEGES] in self._by_name:
            trials = _possible(self._explored(root, stack, subject, given_by_name))
            found = (
                (name, reason)
                for trial in trials
                for name, verdict in trial.run.verdicts.items()
                if isinstance(verdict, Undecided)
                for reason in verdict.unknown.reasons
            )
        grants = {
            (name, reason.what): GrantByName(name, root.path, reason.at, reason.what)
            for name, reason in found
            if reason.at is not None
        }
        self._result.grants_by_name += grants.values()

    def merge(self, result: RootResult, again: bool = False) -> None:
        """Merge the result of a root into the report; `again` says that other roots call or nest it as well."""
        report = self._report
        report.launches.add(result.launches)
        if report.proofs is not None:
            report.proofs += result.proofs
        report.proven += result.proven
        report.undecided += result.undecided
        report.notices += result.notices
        report.hidden.update(result.hidden)
        # What another root nests gets its names there.
        self._by_role_name.add(result.grants_by_name if not again else (), result.roles_in_use)
        for whose, finding in result.findings:
            key = (finding.rule, *whose)
            if not again:
                self._again.discard(key)
            elif key not in self._found:
                self._again.add(key)
            self._merge(key, finding)

    def _assertions_apply(self, root: Root, scenario: Scenario) -> bool:
        """Return whether scenarios that violate an assertion are skipped; not if all scenarios that can be tried do.

        If the default scenario violates one, the choices that satisfy the assertions are not reported as deviations.
        """
        self._required_choices = set()
        broken = root.failed_assertion(scenario)
        if broken is None:
            return True

        def run(assignment: Assignment) -> RuleRun:
            with scenario.under(assignment):
                return RuleRun(root.failed_assertion(scenario) is None, {}, list(scenario.touched.values()))

        explored = explore(run)
        found = _nearest(explored, [trial for trial in explored.trials if trial.run.exists])
        self._required_choices = {key for trial in found for key in trial.assignment}
        if not found:
            message = f"{broken.message} fails whatever is chosen beside the values that are given: none is applied"
            self._result.notices.append(
                Notice(NoticeKind.UNRESOLVED, broken.at.path, message, broken.at, cause=NoticeCause.VALUES)
            )
        return bool(found)

    def _is_possible(self, root: Root, scenario: Scenario) -> bool:
        """Return whether the current scenario can be deployed."""
        return not self._drops_invalid or root.failed_assertion(scenario) is None

    def _rules_on(self, subject: type) -> list[AnyRule]:
        """Return the rules that check a class of subjects."""
        if subject not in self._by_class:
            self._by_class[subject] = [rule for rule in self._rules if issubclass(subject, rule.on)]
        return self._by_class[subject]

    def finish(self) -> None:
        """Add the findings to the report, each finding in a module that several roots call in the same way once."""
        for finding in self._by_role_name.apply(self._report):
            self._merge((finding.rule, *_place_of(finding), _block_of(finding.when or "")), finding)
        for key, places in self._places.items():
            self._found[key].declared = tuple(places.declared)
            self._found[key].related = tuple(places.related.values())
        for key, finding in self._found.items():
            more = len(self._addresses[key]) - 1
            if more:
                finding.message += f" (and {more} more instance{'s' if more > 1 else ''})"
        self._report.findings += [
            finding
            for finding in self._once()
            if self._concerns(finding.at, finding.related) or any(self._about(at.path) for at in finding.declared)
        ]

    def _once(self) -> Iterator[Finding]:
        """Yield the findings, one of each pair from a root on its own and the same root called or nested elsewhere."""
        kept: dict[tuple[object, ...], _Addresses] = {}
        for key, finding in sorted(self._found.items(), key=lambda item: item[0] in self._again):
            same = kept.setdefault((finding.rule, finding.at.key()), _Addresses())
            first = same.first_around(finding.address) if key in self._again else None
            if first is None or (finding.is_failure and not first.is_failure):
                same.add(finding)
                yield finding
            else:
                first.scopes += finding.scopes

    def _concerns(self, at: Span, related: tuple[Step, ...]) -> bool:
        """Return whether one of the places is in a requested file."""
        return self._about(at.path) or any(self._about(step.at.path) for step in related)

    def _name_unsupported(self, root: Root, stack: Stack) -> None:
        """Report launches outside of the template: unsupported launch templates, and calls in scripts and code."""
        for resource, what in stack.unread:
            message = f"{resource.address}: {what}"
            self._result.notices.append(
                Notice(
                    NoticeKind.UNSUPPORTED,
                    resource.at.path,
                    message,
                    resource.at,
                    cause=NoticeCause.LAUNCH,
                    decides=True,
                )
            )
        for address, at, why in stack.unread_texts:
            message = f"{address}: a text here {why}; the rest of it is not searched"
            self._result.notices.append(Notice(NoticeKind.UNREADABLE, at.path, message, at))
        named = set[tuple[str, str]]()
        for address, file, _ in stack.unread_files:
            if (address, file.what) not in named:
                named.add((address, file.what))
                kind = NoticeKind.UNREADABLE if file.exists else NoticeKind.UNRESOLVED
                path = file.at.path if file.at is not None else root.path
                message = f"{address} brings a text onto instances that was not read: {file.what}"
                self._result.notices.append(Notice(kind, path, message, file.at, cause=NoticeCause.FILE, decides=True))
        known: set[Span] = set()
        for address, call, at in stack.launch_calls:
            # Instances of one block, and of one module, have the text in common.
            if at not in known:
                known.add(at)
                message = f"{address}: what {call.what} {call.verb} is not checked"
                self._result.notices.append(
                    Notice(NoticeKind.UNSUPPORTED, at.path, message, at, cause=NoticeCause.LAUNCH)
                )

    def _rule_failed(self, root: Root, rule: AnyRule, subject: Subject, error: Exception) -> None:
        """Report an error in a rule: of a custom rule with its lines, for its author."""
        what = f"rule {rule.name} failed on {subject.address}"
        if rule.origin is None:
            self._internal(root, what, error)
            return
        from iplint.judging.custom_rules import described

        message = f"{what}: {described(error, rule.origin)}"
        self._result.notices.append(Notice(NoticeKind.INTERNAL, root.path, message, cause=NoticeCause.RULE))

    def _internal(self, root: Root, what: str, error: Exception) -> None:
        """Report a defect of iplint itself, without any text from the template."""
        self._result.notices.append(
            Notice(
                NoticeKind.INTERNAL, root.path, f"{what} ({type(error).__name__}); please report this defect of iplint"
            )
        )

    def _check_text(
        self, root: Root, rule: AnyRule, text: ScannedText, checked: CheckedRoot, assignment: Assignment
    ) -> Statuses:
        """Check one text in the scenario in which it was found; return the launches concerned.

        Texts are searched in every branch: a key in a text of any scenario is in the files, whatever is chosen.
        """
        when = f"it is there: {self._survey.describe(assignment)}" if assignment else None
        status: LaunchStatus | None = None
        for verdict in rule.check(text):
            if isinstance(verdict, Fail):
                self._fail(root, rule, text, verdict, when, [])
                # What only names a key, in a description or tag, gives an instance nothing.
                if not (text.is_description and verdict.severity is Severity.LOW):
                    status = LaunchStatus.FAILED
            else:
                self._report_undecided(rule, text, verdict)
                status = status or LaunchStatus.UNDECIDED
        if status is None:
            return []
        # What a launch gets in another scenario only does not fail it in its own.
        launches = [launch.key for launch in text.launches]
        if not assignment:
            return [(launches, status)]
        elsewhere = [launch for launch in launches if launch in checked.conditional]
        by_default = [launch for launch in launches if launch not in checked.conditional]
        return [(elsewhere, status), (by_default, LaunchStatus.UNDECIDED)]

    def _check_subject(
        self, root: Root, rule: AnyRule, subject: ModelSubject, stack: Stack, checked: CheckedRoot
    ) -> Statuses:
        """Check one subject with one rule; return the status of the launches concerned."""
        explored = self._explored(root, stack, subject, rule.check)
        if explored.passes:
            if isinstance(subject, Launch):
                self._count_conditional(checked, subject)
            return []
        trials = _possible(explored)
        if not trials and explored.complete:
            # No choice makes its condition true.
            return [([subject.key], LaunchStatus.ABSENT)]
        default = _nearest(explored, trials)
        if trials and isinstance(subject, Launch):
            self._count_conditional(checked, subject)
        parts = dict.fromkeys(part for trial in trials for part in trial.run.verdicts)
        statuses: Statuses = []
        is_reported = False
        for part in parts:
            of_launches = self._launch_statuses(explored, trials, default, part, checked.conditional, rule)
            if not of_launches or any(status is not LaunchStatus.QUALIFIED for _, status in of_launches):
                is_reported |= self._conclude(root, rule, subject, explored, trials, default, part)
            statuses += of_launches
        if not is_reported and not explored.complete:
            outcome = "it passed in those tried" if default else "none of those tried creates it"
            self._result.notices.append(
                Notice(
                    NoticeKind.UNRESOLVED,
                    root.path,
                    f"{subject.address}: more combinations of inputs than {rule.name} tries; {outcome}",
                    cause=NoticeCause.COMBINATIONS,
                    decides=True,
                )
            )
            at = subject.at if isinstance(subject, InstanceProfile) else subject.resource.at
            unknown = Unknown((Reason(f"more combinations of inputs than are tried; {outcome}", at),), at)
            question = f"whether {rule.name} holds for {subject.address}"
            self._report_undecided(rule, subject, Undecided(unknown, question))
            statuses.append(([launch.key for launch in subject.launches], LaunchStatus.UNDECIDED))
        return statuses

    def _launch_statuses(
        self,
        explored: Exploration,
        trials: list[Trial],
        default: list[Trial],
        part: str,
        conditional: set[str],
        rule: AnyRule,
    ) -> Statuses:
        """Return the statuses of the launches that use a subject, from the trials of a rule.

        A launch that exists by default fails by what fails by default; what another scenario adds leaves it undecided,
        or qualified where that is unknown: then the scenario is recorded.
        """
        by_default = [trial for trial in default if not _changes(explored, trial) - self._required_choices]
        found: Statuses = []
        for trial in trials:
            verdict = trial.run.verdicts.get(part)
            if verdict is None or not trial.run.launches:
                continue
            launches: Collection[str] = trial.run.launches
            charge(STEPS_A_LAUNCH * len(launches))
            groups = [(launches, by_default)]
            if not conditional.isdisjoint(launches):
                groups = [
                    ([key for key in launches if key not in conditional], by_default),
                    ([key for key in launches if key in conditional], default),
                ]
            for keys, own in groups:
                status = _status_in(trial, own, part, explored)
                if status is not None:
                    found.append((keys, status))
                if status is LaunchStatus.QUALIFIED and isinstance(verdict, Undecided):
                    self._qualify(keys, rule, explored, trial.assignment, verdict)
        return found

    def _qualify(
        self,
        launches: Collection[str],
        rule: AnyRule,
        explored: Exploration,
        assignment: Assignment,
        verdict: Undecided,
    ) -> None:
        """Record a scenario that leaves something of launches unknown, unless a simpler one is known."""
        text = qualification(BY_GROUP.get(rule.group, rule.name), explored.describe(assignment), verdict)
        for launch in launches:
            known = self._unless.setdefault((launch, rule.name), [])
            if not any(other.items() <= assignment.items() for other, _ in known):
                known.append((assignment, text))

    def _explored(
        self, root: Root, stack: Stack, subject: ModelSubject, check: Callable[[Subject], Iterable[Verdict]]
    ) -> Exploration:
        """Return the runs of a check of one subject in every scenario that may make a difference."""

        def run(assignment: Assignment) -> RuleRun:
            with stack.scenario.under(assignment) as scenario:
                # The subjects are those of the default scenario already, but for profiles that only a launch names.
                at_hand = not assignment and subject in self._survey.by_default
                here: Subject | None = None
                if self._is_possible(root, scenario):
                    here = subject if at_hand else stack.subject(subject)
                verdicts: dict[str, Verdict] = {}
                exists = here.exists if here is not None else False
                if here is not None and exists is not False:
                    for verdict in check(here):
                        verdicts.setdefault(verdict.part, verdict)
                touched = list(scenario.touched.values())
                launches = tuple(launch.key for launch in here.launches) if here is not None and verdicts else ()
                return RuleRun(exists, verdicts, touched, launches)

        explored = explore(run, self._survey.starts(subject), self._survey.inputs)
        explored.complete = explored.complete and self._survey.has_all_starts(subject)
        return explored

    def _conclude(
        self,
        root: Root,
        rule: AnyRule,
        subject: ModelSubject,
        explored: Exploration,
        trials: list[Trial],
        default: list[Trial],
        part: str,
    ) -> bool:
        """Report the verdict on one part of a subject from all trials; return whether there is something to report."""
        by_default = [trial.run.verdicts.get(part) for trial in default]
        failures = [verdict for verdict in by_default if isinstance(verdict, Fail)]
        unknowns = [
            verdict
            for trial, verdict in zip(default, by_default, strict=True)
            if isinstance(verdict, Undecided) and not is_left_to_caller(explored, trial, verdict)
        ]
        if failures and len(failures) == len(by_default):
            resting = _rests_on(explored, trials, part, set(default[0].assignment), self._required_choices)
            when = describe_defaults(resting) if resting else None
            if _changes(explored, default[0]) - self._required_choices:
                when = f"it exists: {explored.describe(default[0].assignment)}"
            self._fail(root, rule, subject, failures[0], when, resting)
            for failing, verdict in _failing_elsewhere(trials, part, failures[:1]):
                when = f"fails when {explored.describe(_needed(failing, trials, part))}"
                self._fail(root, rule, subject, verdict, when, [])
            return True
        alternatives = _failing_elsewhere(trials, part, [])
        for failing, verdict in alternatives:
            when = f"fails when {explored.describe(_needed(failing, trials, part))}"
            self._undecided(rule, subject, verdict, verdict.message, verdict.at, when)
        if unknowns and not alternatives:
            self._report_undecided(rule, subject, unknowns[0])
        return bool(alternatives or unknowns)

    def _fail(
        self, root: Root, rule: AnyRule, subject: Subject, fail: Fail, when: str | None, resting: list[Input]
    ) -> None:
        charge(STEPS_A_FINDING)
        severity = fail.severity if fail.severity is not None else rule.severity
        self._gravest = max(self._gravest, severity)
        message = fail.message
        if resting and root.library:
            severity = severity.lowered() if severity > Severity.INFO else severity
            message += f"; a caller can set {' and '.join(input.label for input in resting)}"
        self._result.hidden.hide(fail.hide)
        address = fail.address if fail.address is not None else subject.address
        related = _with_origin(fail.at, fail.related, subject)
        finding = Finding(rule.name, severity, VerdictKind.FAIL, message, address, fail.at, when, related, fail.label)
        if fail.change is not None and self._stack is not None:
            finding.change, finding.risk = fail.change, fail.change.frozen_risk()
        self._attach_declaration(finding, subject)
        self._result.findings.append((_fact(subject, finding), finding))

    def _report_undecided(self, rule: AnyRule, subject: Subject, verdict: Undecided) -> None:
        """Report a question that the template does not decide."""
        self._open_places.update(_line_of(reason.at) for reason in verdict.unknown.reasons if reason.at is not None)
        reasons = " and ".join(reason.what for reason in verdict.unknown.reasons[:3])
        message = f"{verdict.question} depends on {reasons or 'what the template does not say'}"
        self._undecided(rule, subject, verdict, message, verdict.unknown.at, f"depends on {reasons}")

    def _undecided(self, rule: AnyRule, subject: Subject, verdict: Verdict, message: str, at: Span, when: str) -> None:
        severity = verdict.severity if verdict.severity is not None else rule.severity
        address = verdict.address if verdict.address is not None else subject.address
        related = _with_origin(at, verdict.related, subject)
        finding = Finding(rule.name, severity, VerdictKind.UNDECIDED, message, address, at, when, related)
        self._attach_declaration(finding, subject)
        self._result.findings.append(((*_fact(subject, finding), _block_of(when)), finding))

    def _mark_deciding(self, notices: Iterable[Notice], checked: CheckedRoot) -> None:
        """Mark the notices that leave a verdict of a root undecided: they unsettle it, or what an undecided finding
        depends on is at their place.
        """
        for _, finding in checked.result.findings:
            if not finding.is_failure:
                self._open_places.update(_line_of(at) for at in (finding.at, *(step.at for step in finding.related)))
        for notice in notices:
            is_there = notice.at is not None and _line_of(notice.at) in self._open_places
            notice.decides = notice.decides or is_there or (notice.unsettles and bool(checked.verdicts))

    def _attach_declaration(self, finding: Finding, subject: Subject) -> None:
        """Record where the resource of a finding is declared, and which CDK construct generated it.

        The holder of a text may not be a resource; then the calls of the resources around it are used.
        """
        if self._stack is None:
            return
        resource = self._stack.resource(finding.address)
        if resource is not None:
            finding.construct = resource.construct
            finding.declared = (resource.at, *(step.at for step in resource.calls))
        elif "." in finding.address:
            finding.declared = (finding.at, *(step.at for step in self._stack.calls_to(finding.address)))
        if self._scope is not None:
            finding.scopes = (self._scope(finding.address, subject, resource),)

    def _merge(self, key: tuple[object, ...], finding: Finding) -> None:
        """Merge findings of one fact: keep the most severe, with the places of all."""
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
        known.scopes += finding.scopes
        if known.when is not None and finding.when is None:
            known.when = None
        if not _is_same_change(known.change, finding.change):
            known.change, known.fix = None, None
        known.risk = known.risk or finding.risk
        if known.fix is not None and known.risk:
            known.fix = "unsafe"
        places = self._places.get(key)
        if places is None:
            places = self._places[key] = _MergedPlaces(known)
        places.add(finding)


class _Addresses:
    """Findings by address, to find one whose resource is another's in a module or nested stack, or the reverse."""

    __slots__ = ("_count", "_ends", "_whole")

    def __init__(self) -> None:
        self._count = 0
        self._whole: dict[str, tuple[int, Finding]] = {}
        # By what follows each dot of their addresses.
        self._ends: dict[str, tuple[int, Finding]] = {}

    def add(self, finding: Finding) -> None:
        """Add a finding after those already known."""
        entry = self._count, finding
        self._count += 1
        self._whole.setdefault(finding.address, entry)
        for end in _ends(finding.address):
            self._ends.setdefault(end, entry)

    def first_around(self, address: str) -> Finding | None:
        """Return the first finding that was added of which one of the two addresses is the other's end."""
        found = [self._ends.get(address), *(self._whole.get(end) for end in _ends(address))]
        return min((entry for entry in found if entry is not None), key=lambda entry: entry[0], default=(0, None))[1]


class _MergedPlaces:
    """The places of findings of one fact, each once: thousands of launches may share the fact."""

    __slots__ = ("declared", "related")

    def __init__(self, first: Finding) -> None:
        self.declared: dict[Span, None] = {}
        self.related: dict[tuple[object, ...], Step] = {}
        self.add(first)

    def add(self, finding: Finding) -> None:
        """Add the places of a finding after those already known."""
        for at in finding.declared:
            self.declared.setdefault(at)
        for step in finding.related:
            self.related.setdefault((step.at.key(), step.message), step)


def _line_of(at: Span) -> tuple[str, int]:
    return at.path, at.first[0]


def _with_origin(at: Span, related: tuple[Step, ...], subject: Subject) -> tuple[Step, ...]:
    """Return the related places, followed by the origin of the subject: its own file, and the calls that lead to it."""
    resource = subject.resource if not isinstance(subject, ScannedText) else None
    if resource is None or not resource.calls:
        return related
    known = {(step.at.key(), step.message) for step in related}
    calls = [step for step in resource.calls if (step.at.key(), step.message) not in known]
    if resource.at.path not in {at.path, *(step.at.path for step in (*related, *calls))}:
        return (Step(resource.at, f"{resource.address} is declared here"), *related, *calls)
    return (*related, *calls)


def _is_same_change(one: Change | None, other: Change | None) -> bool:
    """Return whether two changes write the same at the same place."""
    if one is None or other is None:
        return one is other
    return one.key() == other.key()


# The index of an instance in an address.
_INDEX = r"\[(?:\"(?:[^\"\\]|\\.)*\"|\d+)\]"


def _fact(subject: Subject, finding: Finding) -> tuple[str, ...]:
    """Return the identity of the fact of a finding: findings of one rule with the same identity are merged.

    A text is one fact whoever uses it and however it is rendered: by its start. Instances of one block, and of one
    module call, differ in their indexes only.
    """
    return _place_of(finding)[:2] if isinstance(subject, ScannedText) else _place_of(finding)


def _place_of(finding: Finding) -> tuple[str, ...]:
    """Return the place of a finding and its block, whatever the indexes of its instances."""
    path, start, end = finding.at.key()
    return path, str(start), str(end), _block_of(finding.address)


def _block_of(address: str) -> str:
    """Return an address, or a sentence with addresses, without the indexes of instances."""
    return re.sub(_INDEX, "", address) if "[" in address else address


def _is_twin(one: str, other: str) -> bool:
    """Return whether two addresses are different instances of one block."""
    return one != other and _block_of(one) == _block_of(other)


def _ends(address: str) -> Iterator[str]:
    """Yield what follows each dot of an address: the address of the same resource in the modules or stacks within."""
    at = address.find(".")
    while at >= 0:
        yield address[at + 1 :]
        at = address.find(".", at + 1)


def _worst(statuses: Collection[LaunchStatus | None]) -> LaunchStatus | None:
    """Return the worst of several statuses; None where all passed."""
    order = (LaunchStatus.FAILED, LaunchStatus.UNDECIDED, LaunchStatus.QUALIFIED)
    return next((status for status in order if status in statuses), None)


def _changes(explored: Exploration, trial: Trial) -> set[str]:
    """Return the inputs to which a trial gives other values than their defaults."""
    return {key for key in trial.assignment if explored.inputs[key].default is not None}


def _possible(explored: Exploration) -> list[Trial]:
    """Return the trials in which the subject exists and that can be deployed."""
    return [trial for trial in explored.trials if trial.run.exists is not False and not _is_refused(trial)]


def _is_refused(trial: Trial) -> bool:
    """Return whether a trial looks up, by a chosen value, something that does not exist: such a scenario is not
    deployed.
    """
    unknowns = [verdict.unknown for verdict in trial.run.verdicts.values() if isinstance(verdict, Undecided)]
    reasons = [reason for unknown in unknowns for reason in unknown.reasons if isinstance(reason, Refused)]
    return any(trial.assignment or reason.by_default for reason in reasons)


def _status_in(trial: Trial, own: list[Trial], part: str, explored: Exploration) -> LaunchStatus | None:
    """Return the status of launches by a trial with a verdict, where `own` are the trials in which they exist.

    None where the trial leaves them as they are.
    """
    verdict = trial.run.verdicts[part]
    if isinstance(verdict, Fail) and not verdict.counts:
        return None
    if trial in own and not (isinstance(verdict, Undecided) and is_left_to_caller(explored, trial, verdict)):
        certain = all(isinstance(one.run.verdicts.get(part), Fail) for one in own)
        return LaunchStatus.FAILED if certain else LaunchStatus.UNDECIDED
    if isinstance(verdict, Fail):
        return LaunchStatus.UNDECIDED
    return LaunchStatus.QUALIFIED if brings_in(explored, trial, verdict) else None


def _failing_elsewhere(trials: list[Trial], part: str, known: list[Fail]) -> list[tuple[Trial, Fail]]:
    """Return the first failures for each resource to change, except those in `known`."""
    addresses = {verdict.address for verdict in known}
    found: list[tuple[Trial, Fail]] = []
    for trial in trials:
        verdict = trial.run.verdicts.get(part)
        if isinstance(verdict, Fail) and verdict.address not in addresses and len(found) < MAX_ALTERNATIVES:
            addresses.add(verdict.address)
            found.append((trial, verdict))
    return found


def _charged(secrets: Iterator[Secret]) -> Iterator[Secret]:
    """Yield secrets, charging each to the budget of the root. Raises BudgetExceeded."""
    for secret in secrets:
        charge(STEPS_A_SECRET)
        yield secret


def _nearest(explored: Exploration, trials: list[Trial]) -> list[Trial]:
    """Return the trials with the default values; where there are none, those that change the fewest inputs."""
    least = min((len(_changes(explored, trial)) for trial in trials), default=0)
    return [trial for trial in trials if len(_changes(explored, trial)) == least]


def _rests_on(explored: Exploration, trials: list[Trial], part: str, given: set[str], forced: set[str]) -> list[Input]:
    """Return the inputs whose defaults cause a failure: those changed in the first scenario that does not fail.

    Inputs in `given` are changed where it fails as well; those in `forced` count only if no others are changed.
    """
    for trial in trials:
        if not trial.by_default and not isinstance(trial.run.verdicts.get(part), Fail):
            changed = _changes(explored, trial) - given
            changed = changed - forced or changed
            return [explored.inputs[key] for key in trial.assignment if key in changed]
    return []


def _needed(failing: Trial, trials: list[Trial], part: str) -> Assignment:
    """Return the choices of a failing scenario that matter.

    A choice matters if another tried scenario without it does not fail.
    """
    needed = dict(failing.assignment)
    for key in failing.assignment:
        rest = {name: value for name, value in needed.items() if name != key}
        twins = [trial for trial in trials if _includes(trial, rest)]
        if rest and all(isinstance(trial.run.verdicts.get(part), Fail) for trial in twins):
            needed = rest
    return needed


def _includes(trial: Trial, choices: Assignment) -> bool:
    """Return whether a trial covers scenarios with these choices: it made them, or did not read their inputs."""
    read = {input.key for input in trial.run.touched}
    return all(
        trial.assignment[key] == value if key in trial.assignment else key not in read for key, value in choices.items()
    )


if TYPE_CHECKING:
    from iplint.location import Span

"""Proofs: the state of each obligation of a launch, in every scenario that is tried.

The model answers an obligation in one scenario (`iplint.model.proof`). Here the answers of all scenarios, and the
findings of rules, become one result.
"""

from __future__ import annotations

from iplint.finding import Fail, LaunchStatus, ObligationResult, ObligationStatus, Proof, Undecided
from iplint.judging.exploration import brings_in, is_left_to_caller
from iplint.model import Launch
from iplint.model.proof import QUESTIONS, Discharged, Failed, Obligation, Open, state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from iplint.finding import Verdict
    from iplint.judging.exploration import Exploration, Trial
    from iplint.location import Span
    from iplint.model.stack import Subject
    from iplint.value import Step, Unknown


# The part of a verdict that only follows from another obligation, which is open itself.
FOLLOWS = "follows"


def obligation_verdicts(obligation: Obligation) -> Callable[[Subject], Iterator[Verdict]]:
    """Return a check of launches that yields the verdict on an obligation, as a rule would, unless it is discharged."""

    def check(subject: Subject) -> Iterator[Verdict]:
        if not isinstance(subject, Launch):
            return
        match state(obligation, subject):
            case Failed(at=at, message=message):
                yield Fail(at, message)
            case Open(unknown=unknown, follows=follows):
                question = f"whether {subject.address} {QUESTIONS[obligation]}"
                yield Undecided(unknown, question, part=FOLLOWS if follows else "")
            case Discharged():
                pass

    return check


def evidence(obligation: Obligation, launch: Launch) -> tuple[Step, ...]:
    """Return the evidence for an obligation in the current scenario; empty where it is not discharged."""
    match state(obligation, launch):
        case Discharged(evidence=steps):
            return steps
        case _:
            return ()


def conclude(
    obligation: Obligation,
    explored: Exploration,
    trials: Iterable[Trial],
    default: Sequence[Trial],
) -> tuple[ObligationResult, Undecided | None]:
    """Return the state of an obligation over the scenarios in which the launch exists, and the verdict that is
    undecided with the defaults.
    """
    by_default = [list(trial.run.verdicts.values()) for trial in default]
    failures = [next((verdict for verdict in found if isinstance(verdict, Fail)), None) for found in by_default]
    if failures and None not in failures and (failure := failures[0]) is not None:
        return _result(obligation, ObligationStatus.FAILED, (failure.message, failure.at)), None
    for trial, verdict in ((one, verdict) for one in default for verdict in one.run.verdicts.values()):
        if isinstance(verdict, Undecided) and not is_left_to_caller(explored, trial, verdict):
            return ObligationResult(obligation, ObligationStatus.OPEN, reasons=_reasons(verdict.unknown)), verdict
    unless: dict[str, None] = {}
    for trial in trials:
        for verdict in trial.run.verdicts.values():
            when = explored.describe(trial.assignment)
            if isinstance(verdict, Fail):
                reason = f"whether {when}: then {verdict.message}"
                return _result(obligation, ObligationStatus.OPEN, (reason, verdict.at)), None
            if not brings_in(explored, trial, verdict):
                continue
            unless.setdefault(qualification(obligation, when, verdict))
    if not explored.complete:
        reason = "more combinations of inputs than are tried"
        return _result(obligation, ObligationStatus.OPEN, (reason, None)), None
    return ObligationResult(obligation, ObligationStatus.DISCHARGED, unless=tuple(unless)), None


def _result(obligation: Obligation, status: ObligationStatus, reason: tuple[str, Span | None]) -> ObligationResult:
    return ObligationResult(obligation, status, reasons=(reason,))


def _reasons(unknown: Unknown) -> tuple[tuple[str, Span | None], ...]:
    found = {reason.what: reason.at for reason in unknown.reasons}
    return tuple(found.items()) or (("what the template does not say", unknown.at),)


def status_of(results: Iterable[ObligationResult]) -> LaunchStatus:
    """Return the status of a launch by its obligations."""
    worst = LaunchStatus.PROVEN
    for result in results:
        if result.status is ObligationStatus.FAILED:
            return LaunchStatus.FAILED
        if result.status is ObligationStatus.OPEN:
            worst = LaunchStatus.UNDECIDED
        elif result.unless and worst is LaunchStatus.PROVEN:
            worst = LaunchStatus.QUALIFIED
    return worst


def left_open(proof: Proof, reasons: Sequence[tuple[str, Span | None]], only: Obligation | None = None) -> Proof:
    """Return a proof in which nothing is discharged any more, or not one obligation, for reasons that the root of the
    launch does not show.
    """
    obligations = (
        ObligationResult(
            result.name, ObligationStatus.OPEN, evidence=result.evidence, reasons=tuple(reasons), unless=result.unless
        )
        if result.status is not ObligationStatus.FAILED
        and (result.name == only if only is not None else result.status is ObligationStatus.DISCHARGED)
        else result
        for result in proof.obligations
    )
    return Proof(
        proof.root,
        proof.key,
        address=proof.address,
        at=proof.at,
        status=proof.status if proof.status is LaunchStatus.FAILED else LaunchStatus.UNDECIDED,
        obligations=tuple(obligations),
    )


def qualification(what: str, scenario: str, verdict: Undecided) -> str:
    """Describe what a scenario brings in from outside, for an obligation or a rule."""
    reasons = " and ".join(reason for reason, _ in _reasons(verdict.unknown))
    return f"{scenario}: {what} then depends on {reasons}"


def with_findings(
    result: ObligationResult, found: Mapping[str, LaunchStatus], scenarios: Iterable[str] = ()
) -> ObligationResult:
    """Return the result for an obligation combined with the findings of its rules, by name.

    `scenarios` are those that qualify the launch by these rules.
    """
    if result.status is ObligationStatus.DISCHARGED and not result.unless:
        result.unless = tuple(dict.fromkeys(scenarios))
    failed = [rule for rule, status in found.items() if status is LaunchStatus.FAILED]
    undecided = [rule for rule, status in found.items() if status is LaunchStatus.UNDECIDED]
    if failed and result.status is not ObligationStatus.FAILED:
        reasons = (*((f"finding {rule}", None) for rule in failed), *result.reasons)
        return ObligationResult(result.name, ObligationStatus.FAILED, evidence=result.evidence, reasons=reasons)
    if undecided and result.status is ObligationStatus.DISCHARGED:
        reasons = tuple((f"{rule} is undecided", None) for rule in undecided)
        return ObligationResult(
            result.name, ObligationStatus.OPEN, evidence=result.evidence, reasons=reasons, unless=result.unless
        )
    return result

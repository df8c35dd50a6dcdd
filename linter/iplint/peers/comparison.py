"""The results of other tools beside those of iplint: by resource and by kind of fault."""

from __future__ import annotations

from collections import Counter

from iplint.budget import charge
from iplint.finding import LaunchStatus, ObligationStatus
from iplint.peers.comments import resource_lines
from iplint.report.proofs import CLAIMS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from iplint.finding import Finding, Proof, Report
    from iplint.inventory.rows import Inventory, LaunchRow
    from iplint.location import Source, Span
    from iplint.peers.references import References
    from iplint.peers.reports import TheirResult
    from iplint.rule import Rule

    AnyRule = Rule[object]

# What it costs to look at a finding, a launch or a resource, in steps of the budget.
_STEPS = 6


class Shared:
    """A finding of iplint, with the results of other tools for the same fault."""

    __slots__ = ("finding", "theirs")

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        self.theirs: list[TheirResult] = []


class OnlyTheirs:
    """A result without a finding of iplint: the `path` as shown, the rules for it, and why they find nothing."""

    __slots__ = ("path", "reasons", "result", "rules")

    def __init__(self, result: TheirResult, path: str, rules: Sequence[str], reasons: Sequence[str]) -> None:
        self.result = result
        self.path = path
        self.rules = list(rules)
        self.reasons = list(reasons)


class Comparison:
    """All results: `no_rule` counts those that no rule of iplint checks, by tool and id.

    `not_read` are results in files that iplint did not read, each with the reason.
    """

    __slots__ = ("both", "no_rule", "not_read", "only_ours", "only_theirs")

    def __init__(self) -> None:
        self.both: list[Shared] = []
        self.only_theirs: list[OnlyTheirs] = []
        self.only_ours: list[Finding] = []
        self.no_rule: Counter[tuple[str, str]] = Counter()
        self.not_read: list[tuple[TheirResult, str]] = []


def compare(
    theirs: Iterable[TheirResult],
    references: References,
    report: Report,
    inventory: Inventory,
    sources: Mapping[str, Source],
    rules: Collection[str],
) -> Comparison:
    """Compare results with a report that has proofs, on the same tree. `sources` are the files read, by shown path.

    `rules` are the names of those that checked.
    """
    return _Comparer(references, report, inventory, sources, rules).compare(theirs)


class _Comparer:
    """Compares results with one report."""

    def __init__(
        self,
        references: References,
        report: Report,
        inventory: Inventory,
        sources: Mapping[str, Source],
        rules: Collection[str],
    ) -> None:
        self._references = references
        self._report = report
        self._inventory = inventory
        self._sources = sources
        self._rules = rules
        self._blocks: dict[str, list[tuple[int, int]]] = {}
        self._by_name: dict[str, list[tuple[str, ...]]] = {}
        # By shown path, the first of what iplint could not read in it; the rest of the file is checked all the same.
        self._unread: dict[str, str] = {}
        for notice in report.notices:
            if notice.is_fatal:
                self._unread.setdefault(notice.path, notice.message)
        self._shown = {
            tuple(part for part in path.split("/") if part not in ("", ".", "..")): path
            for path in (*sources, *self._unread)
        }
        for parts in self._shown:
            self._by_name.setdefault(parts[-1] if parts else "", []).append(parts)
        self._findings = _by_path(report.findings)
        self._ignored = _by_path(report.ignored)
        # By the address of a launch.
        self._proofs: dict[str, list[Proof]] = {}
        for proof in report.proofs or ():
            self._proofs.setdefault(proof.address, []).append(proof)

    def compare(self, theirs: Iterable[TheirResult]) -> Comparison:
        """Return the comparison with some results."""
        made = Comparison()
        shared: dict[int, Shared] = {}
        # A tool may repeat a result for each instance of a module.
        seen: set[tuple[str, str, str, tuple[int, int], str]] = set()
        for result in theirs:
            rules = self._references.rules(result.known, result.id) if result.known is not None else []
            if not rules:
                made.no_rule[result.tool, result.id] += 1
                continue
            path, why = self._path(result.path)
            if path is None:
                made.not_read.append((result, why))
                continue
            first, last = self._around(path, result.lines)
            here = self._findings.get(path, [])
            charge(_STEPS * (1 + len(here)))
            found = [one for one in here if one.rule in rules and self._is_in(one, path, first, last)]
            failing = [one for one in found if one.is_failure]
            for finding in failing:
                shared.setdefault(id(finding), Shared(finding)).theirs.append(result)
            key = result.tool, result.id, path, result.lines, result.message
            if failing or key in seen:
                continue
            seen.add(key)
            if path in self._unread and not found:
                made.not_read.append((result, f"iplint could not read all of the file: {self._unread[path]}"))
            else:
                reasons = self._reasons(path, first, last, rules, found)
                made.only_theirs.append(OnlyTheirs(result, path, rules, reasons))
        made.both = list(shared.values())
        made.only_ours = [
            finding for finding in self._report.findings if finding.is_failure and id(finding) not in shared
        ]
        return made

    def _path(self, path: str) -> tuple[str | None, str]:
        """Return the shown path of the file that a path of a report refers to; else why there is none."""
        parts = tuple(path.split("/"))
        lengths: dict[int, list[tuple[str, ...]]] = {}
        for other in self._by_name.get(parts[-1], ()):
            same = 0
            while same < min(len(parts), len(other)) and parts[-1 - same] == other[-1 - same]:
                same += 1
            # What is left of both is the directory that one of them starts from: only one may have more.
            if same in (len(parts), len(other)):
                lengths.setdefault(same, []).append(other)
        if not lengths:
            return None, "iplint does not read this file: it is not a template, and none here takes it in"
        best = lengths[max(lengths)]
        if len(best) > 1:
            # Paths start at the folder that was scanned: a file in it is nearer than those of its subfolders.
            best.sort(key=len)
            top = best[0][:-1]
            best = (
                best[:1] if all(other[: len(top)] == top and len(other) > len(best[0]) for other in best[1:]) else best
            )
        if len(best) > 1:
            names = ", ".join(sorted(self._shown[other] for other in best)[:3])
            return None, f"the path may be each of {names}"
        return self._shown[best[0]], ""

    def _around(self, path: str, lines: tuple[int, int]) -> tuple[int, int]:
        """Return the lines of the resource around some lines of a file; the whole file for no lines."""
        first, last = lines
        if first == 0:
            return 1, 1 << 30
        if path not in self._blocks:
            source = self._sources.get(path)
            self._blocks[path] = list(resource_lines(source)) if source is not None else []
        charge(len(self._blocks[path]))
        for start, end in self._blocks[path]:
            if start <= first <= end:
                return start, end
        return first, max(first, last)

    def _is_in(self, finding: Finding, path: str, first: int, last: int) -> bool:
        places = (finding.at, *finding.declared, *(step.at for step in finding.related))
        return any(at.path == path and first <= at.first[0] <= last for at in places)

    def _reasons(self, path: str, first: int, last: int, rules: Sequence[str], found: Sequence[Finding]) -> list[str]:
        """Return what iplint knows of a resource in which it does not find what another tool does."""
        reasons = [f"{one.rule} is undecided: {one.when or one.message}" for one in found]
        nearby = self._ignored.get(path, [])
        charge(_STEPS * (len(nearby) + len(self._inventory.launches) + len(self._inventory.apart)))
        ignored = [one for one in nearby if one.rule in rules and self._is_in(one, path, first, last)]
        reasons += (f"{one.rule} is ignored here: {one.ignored.reason if one.ignored else ''}" for one in ignored)
        for name in rules:
            if name not in self._rules:
                reasons.append(f"{name} did not check: it is optional, or the configuration ignores it")
        groups = {_OBLIGATIONS[name] for name in rules if name in _OBLIGATIONS}
        for row in self._inventory.launches:
            if _is_at(row.launch.at, path, first, last) or self._is_behind(row, path, first, last):
                reasons += self._of_launch(row, groups)
        for apart in self._inventory.apart:
            if _is_at(apart.thing.at, path, first, last):
                reasons.append(f"{apart.thing.address}: {apart.why}")
        if not reasons:
            known = [name for name in (*rules, *sorted(groups)) if name in _NOTHING]
            reasons.append(_NOTHING[known[0] if known else ""])
            here = (one for one in self._findings.get(path, []) if one.is_failure)
            here = (one for one in here if self._is_in(one, path, first, last))
            reasons += (f"iplint reports {one.rule} here: {one.message}" for one in here)
        # What is proven of one launch explains less than what is not of another.
        return sorted(dict.fromkeys(reasons), key=lambda reason: ": proven that " in reason)

    def _is_behind(self, row: LaunchRow, path: str, first: int, last: int) -> bool:
        behind = (row.template, row.profile, row.role, *row.policies)
        return any(thing is not None and _is_at(thing.at, path, first, last) for thing in behind)

    def _of_launch(self, row: LaunchRow, groups: Collection[str]) -> list[str]:
        reasons: list[str] = []
        for proof in self._proofs.get(row.launch.address, ()):
            if proof.at == row.launch.at and proof.address == row.launch.address:
                reasons += _of_proof(proof, groups)
        return reasons


def _by_path(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Return findings, in their order, by each file that they have a place in."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        places = (finding.at, *finding.declared, *(step.at for step in finding.related))
        for path in {at.path for at in places}:
            found.setdefault(path, []).append(finding)
    return found


def _of_proof(proof: Proof, groups: Collection[str]) -> list[str]:
    """Return what a proof says of some obligations."""
    if proof.status is LaunchStatus.ABSENT:
        return [f"{proof.address} is not created"]
    reasons: list[str] = []
    for result in proof.obligations:
        if result.name not in groups:
            continue
        claim = CLAIMS[result.name]
        if result.status is ObligationStatus.DISCHARGED:
            evidence = "; ".join(f"{step.message} ({_place(step.at)})" for step in result.evidence)
            reasons.append(f"{proof.address}: proven that {claim}: {evidence}")
        elif result.status is ObligationStatus.OPEN:
            words = "; ".join(what for what, _ in result.reasons)
            reasons.append(f"{proof.address}: undecided; that {claim} depends on {words}")
        else:
            words = "; ".join(what for what, _ in result.reasons)
            reasons.append(f"{proof.address}: it is not so that {claim}: {words}")
    return reasons


# The obligation that is about what a rule finds.
_OBLIGATIONS = {
    "imdsv1-allowed": "metadata",
    "missing-instance-profile": "profile",
    "role-without-ec2-trust": "trust",
    "overbroad-trust": "trust",
    "administrator-access": "privileges",
    "near-administrator-access": "privileges",
    "privilege-escalation": "privileges",
    "service-wide-access": "privileges",
    "hardcoded-access-key": "credentials",
}


# Why nothing is found where no launch of iplint has to do with a place, by the rule or what it is about.
_NOTHING = {
    "": "iplint finds nothing wrong here: nothing that it follows gives this to a launch",
    "metadata": "nothing that iplint follows launches from this with IMDSv1 allowed",
    "profile": "nothing that iplint follows launches from this without an instance profile",
    "trust": "no instance profile holds a role with this trust policy, so that no instance gets it",
    "privileges": "no instance profile holds a role with this policy, and iplint checks it only for instances",
    "administrator-access": "this does not allow every action on every resource",
    "high-metadata-hop-limit": "no launch from this has a hop limit above 1, or above 2 where containers run on it",
    "credentials": "iplint takes this for an example, a placeholder or a reference, not for a key",
}


def _place(at: Span) -> str:
    return f"{at.path}:{at.first[0]}"


def _is_at(at: Span, path: str, first: int, last: int) -> bool:
    return at.path == path and first <= at.first[0] <= last

"""What rules yield and reports show: severities, verdicts, findings, proofs."""

from __future__ import annotations

from enum import IntEnum, StrEnum

from iplint.resource import Ignore
from iplint.secret import Secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from iplint.location import Span
    from iplint.resource import Change, Notice
    from iplint.value import Step, Unknown


def series(items: Iterable[str]) -> str:
    """Return items as a part of a sentence: "a", "a and b", "a, b and c"."""
    *before, last = items
    return f"{', '.join(before)} and {last}" if before else last


class Severity(IntEnum):
    """The severity of a finding; a greater one matters more."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        """Return the severity as the reports spell it."""
        return self.name.lower()

    def lowered(self, steps: int = 1) -> Severity:
        """Return the severity `steps` below, but not below LOW; INFO stays INFO."""
        return Severity(max(min(self, Severity.LOW), self - steps))


class VerdictKind(StrEnum):
    """The verdict of a rule that does not pass."""

    FAIL = "fail"
    UNDECIDED = "undecided"


class LaunchStatus(StrEnum):
    """The status of a launch: of its proof and all rules, or of one rule."""

    PROVEN = "proven"
    QUALIFIED = "qualified"  # proven with the defaults; open only where an input brings in something from outside
    FAILED = "failed"
    UNDECIDED = "undecided"
    ABSENT = "absent"  # no choice creates it


class Fail:
    """The rule fails: `at` is the place of the deciding value.

    `address` is the resource to edit when it is not the subject itself. `severity` replaces the rule's own. `related`
    are further places that a reader needs, from the launch on. `part` distinguishes several verdicts on one subject,
    and is the same in every scenario. `label` is the text at the carets; `hide` are the parts of the source that no
    report may show, because they contain a secret. `change` is the fix. One that does not `count` leaves the launches
    as they are.
    """

    __slots__ = ("address", "at", "change", "counts", "hide", "label", "message", "part", "related", "severity")

    def __init__(
        self,
        at: Span,
        message: str,
        *,
        related: tuple[Step, ...] = (),
        severity: Severity | None = None,
        address: str | None = None,
        label: str = "",
        hide: tuple[Span, ...] = (),
        part: str = "",
        change: Change | None = None,
        counts: bool = True,
    ) -> None:
        self.at = at
        self.counts = counts
        self.message = message
        self.related = related
        self.severity = severity
        self.address = address
        self.label = label
        self.hide = hide
        self.part = part
        self.change = change


class Undecided:
    """The template does not decide whether the rule fails; `question` is a clause that starts with "whether"."""

    __slots__ = ("address", "part", "question", "related", "severity", "unknown")

    def __init__(
        self,
        unknown: Unknown,
        question: str,
        *,
        related: tuple[Step, ...] = (),
        severity: Severity | None = None,
        address: str | None = None,
        part: str = "",
    ) -> None:
        self.unknown = unknown
        self.question = question
        self.related = related
        self.severity = severity
        self.address = address
        self.part = part


Verdict = Fail | Undecided


class Scope:
    """What one resource of a finding belongs to: its address, its account, if that is known, and its known tags."""

    __slots__ = ("account", "address", "tags")

    def __init__(self, address: str, account: str | None = None, tags: Mapping[str, str] | None = None) -> None:
        self.address = address
        self.account = account
        self.tags = tags or {}


class Finding:
    """One fact that a report shows. `when` says which inputs it depends on.

    `construct` is the path of the CDK construct that generated `address`, for its author. `declared` are the places
    where the resource and the calls that lead to it are declared. `ignored` says what suppresses it. `change` is the
    fix and `risk` what that may break; `fix` is "safe" or "unsafe" when iplint can make it, and `edits` are then the
    places to replace, each with its new text. `commands` are those of the AWS CLI that fix it, to be read and run by
    people.
    """

    __slots__ = (
        "address",
        "at",
        "change",
        "commands",
        "construct",
        "declared",
        "edits",
        "fix",
        "ignored",
        "label",
        "message",
        "related",
        "risk",
        "rule",
        "scopes",
        "severity",
        "verdict",
        "when",
    )

    def __init__(
        self,
        rule: str,
        severity: Severity,
        verdict: VerdictKind,
        message: str,
        address: str,
        at: Span,
        when: str | None = None,
        related: tuple[Step, ...] = (),
        label: str = "",
    ) -> None:
        self.rule = rule
        self.severity = severity
        self.verdict = verdict
        self.message = message
        self.address = address
        self.at = at
        self.when = when
        self.related = related
        self.label = label
        self.construct: str | None = None
        self.declared: tuple[Span, ...] = ()
        self.ignored: Ignore | None = None
        self.change: Change | None = None
        self.risk = ""
        self.fix: str | None = None
        self.scopes: tuple[Scope, ...] = ()
        self.edits: tuple[tuple[Span, str], ...] = ()
        self.commands: tuple[str, ...] = ()

    @property
    def is_failure(self) -> bool:
        """Return whether the rule fails, and is not undecided."""
        return self.verdict == VerdictKind.FAIL


class ObligationStatus(StrEnum):
    """The result for one obligation of a proof."""

    DISCHARGED = "discharged"
    FAILED = "failed"
    OPEN = "open"


class ObligationResult:
    """The result for one obligation of a launch, over all scenarios.

    `name` is "profile", "role", "trust", "metadata", "privileges" or "credentials". `evidence` are the places that show
    it with the defaults; `reasons` say what fails it or leaves it open, each with its place where there is one.
    `unless` describes the scenarios in which an input brings in something from outside.
    """

    __slots__ = ("evidence", "name", "reasons", "status", "unless")

    def __init__(
        self,
        name: str,
        status: ObligationStatus,
        *,
        evidence: tuple[Step, ...] = (),
        reasons: tuple[tuple[str, Span | None], ...] = (),
        unless: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.status = status
        self.evidence = evidence
        self.reasons = reasons
        self.unless = unless


class Proof:
    """The proof of one launch: its status, and the results for its obligations in their order.

    `root` is the path of its root, `key` identifies the launch in it, `at` is the place of the resource at `address`.
    """

    __slots__ = ("address", "at", "key", "obligations", "root", "status")

    def __init__(
        self,
        root: str,
        key: str,
        *,
        address: str,
        at: Span,
        status: LaunchStatus,
        obligations: tuple[ObligationResult, ...],
    ) -> None:
        self.root = root
        self.key = key
        self.address = address
        self.at = at
        self.status = status
        self.obligations = obligations

    @property
    def unless(self) -> tuple[str, ...]:
        """Return the scenarios in which an input brings in something from outside, each once."""
        return tuple(dict.fromkeys(text for result in self.obligations for text in result.unless))


class FileCounts:
    """How many candidate files there were: found = checked + not_templates + unreadable.

    Apart are those that are `excluded` or that git has `ignored`. Not searched are the `vendored` directories, which
    others maintain or tools generate, and the `linked` ones, whose links lead elsewhere. `assembly` is the output of
    the CDK, as shown, where git ignores it.
    """

    __slots__ = (
        "assembly",
        "checked",
        "excluded",
        "found",
        "ignored",
        "linked",
        "not_templates",
        "unreadable",
        "vendored",
    )

    def __init__(self) -> None:
        self.found = 0
        self.checked = 0
        self.not_templates = 0
        self.unreadable = 0
        self.excluded = 0
        self.ignored = 0
        self.vendored = 0
        self.linked = 0
        self.assembly: str | None = None

    @property
    def skipped(self) -> int:
        """Return the number of directories and links that were not searched."""
        return self.vendored + self.linked


class LaunchCounts:
    """The number of checked launches: checked = proven + failed + undecided.

    `qualified` is the number of undecided ones that hold with the defaults, and are open only where an input brings in
    something from outside. `conditional` is the number of all that exist only with other inputs than the defaults.
    """

    __slots__ = ("checked", "conditional", "failed", "proven", "qualified", "undecided")

    def __init__(self) -> None:
        self.checked = 0
        self.proven = 0
        self.failed = 0
        self.undecided = 0
        self.qualified = 0
        self.conditional = 0

    def count(self, status: LaunchStatus, is_conditional: bool = False) -> None:
        """Count a launch."""
        self.checked += 1
        self.proven += status is LaunchStatus.PROVEN
        self.failed += status is LaunchStatus.FAILED
        self.undecided += status in (LaunchStatus.UNDECIDED, LaunchStatus.QUALIFIED)
        self.qualified += status is LaunchStatus.QUALIFIED
        self.conditional += is_conditional

    def add(self, other: LaunchCounts) -> None:
        """Add the counts of another root."""
        for name in LaunchCounts.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


class GrantByName:
    """A policy that a root gives to a role that it does not declare, by the name `role`.

    `root` is its path, `at` the place of the grant, and `what` says what it may give.
    """

    __slots__ = ("at", "role", "root", "what")

    def __init__(self, role: str, root: str, at: Span, what: str) -> None:
        self.role = role
        self.root = root
        self.at = at
        self.what = what


class RoleInUse:
    """The role of a launch that nothing in its root leaves undecided, by the `names` that inputs give it.

    `root` is the path of its root, `key` identifies the launch in it, and `status` is that of the launch. `finding` is
    the verdict on the launch if another root may give the role more: what it depends on is added to its message.
    """

    __slots__ = ("finding", "key", "names", "root", "status")

    def __init__(self, names: tuple[str, ...], root: str, key: str, *, status: LaunchStatus, finding: Finding) -> None:
        self.names = names
        self.root = root
        self.key = key
        self.status = status
        self.finding = finding


class RootResult:
    """The result of checking one root, before the facts of all roots are merged.

    `findings` are in the order in which they were found, each with what distinguishes it from others of the same rule
    at the same place. `launches`, `proven`, `notices`, `hidden` and `undecided` are the root's share of a Report.
    `grants_by_name` and `roles_in_use` are compared with those of other roots.
    """

    __slots__ = (
        "findings",
        "grants_by_name",
        "hidden",
        "launches",
        "notices",
        "proofs",
        "proven",
        "roles_in_use",
        "undecided",
    )

    def __init__(self) -> None:
        self.findings: list[tuple[tuple[str, ...], Finding]] = []
        self.grants_by_name: list[GrantByName] = []
        self.roles_in_use: list[RoleInUse] = []
        self.proofs: list[Proof] = []
        self.proven: list[tuple[str, Span]] = []
        self.notices: list[Notice] = []
        self.launches = LaunchCounts()
        self.undecided = 0
        self.hidden = Secrets()


class Report:
    """All that one run found out, in the order in which it is reported.

    `findings` holds the failures, and the undecided ones too when they are asked for; `undecided` counts them in
    either case. `ignored` are the findings that the templates say to ignore. `hidden` are the secrets of the
    sources: no report may show or hash them. `configuration` is the file that the run was configured by. `proofs` are
    those of all launches, None where they were not asked for. `has_baseline` says whether findings were compared with
    those of a baseline, `lists_notices` whether every notice is listed, `lists_suppressed`
    whether suppressed findings are, in JSON and SARIF. `proven` are the addresses and places of the
    launches that are proven. `reconsidered` has the rule that leaves a launch undecided which was proven in its
    root and is not beside the others, by the path of that root and the launch's key. `lasts_until` is the last day (ISO
    8601) on which all suppressions that count today still do, None where none ends.
    """

    __slots__ = (
        "configuration",
        "files",
        "findings",
        "has_baseline",
        "hidden",
        "ignored",
        "lasts_until",
        "launches",
        "lists_notices",
        "lists_suppressed",
        "notices",
        "proofs",
        "proven",
        "reconsidered",
        "undecided",
    )

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.notices: list[Notice] = []
        self.files = FileCounts()
        self.launches = LaunchCounts()
        self.undecided = 0
        self.ignored: list[Finding] = []
        self.hidden = Secrets()
        self.configuration: str | None = None
        self.lasts_until: str | None = None
        self.proofs: list[Proof] | None = None
        self.proven: list[tuple[str, Span]] = []
        self.reconsidered: dict[tuple[str, str], str] = {}
        self.has_baseline = False
        self.lists_notices = False
        self.lists_suppressed = False

    def reconsider(self, role: RoleInUse) -> None:
        """Count a launch that was proven, or qualified, as undecided."""
        self.reconsidered[role.root, role.key] = role.finding.rule
        if role.status is LaunchStatus.PROVEN:
            self.launches.proven -= 1
            self.launches.undecided += 1
            # Several roots may declare it: each counts once.
            place = role.finding.address, role.finding.at.key()
            same = [number for number, (address, at) in enumerate(self.proven) if (address, at.key()) == place]
            del self.proven[same[0]]
        elif role.status is LaunchStatus.QUALIFIED:
            self.launches.qualified -= 1


__all__ = [
    "Fail",
    "FileCounts",
    "Finding",
    "GrantByName",
    "Ignore",
    "LaunchCounts",
    "LaunchStatus",
    "ObligationResult",
    "ObligationStatus",
    "Proof",
    "Report",
    "RoleInUse",
    "RootResult",
    "Severity",
    "Undecided",
    "Verdict",
    "VerdictKind",
]

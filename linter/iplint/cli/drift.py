"""The part of `iplint audit` that sets an account beside the code that it should come from (`--code`)."""

from __future__ import annotations

import json
import os
from copy import copy

from iplint.cli.command import UsageError
from iplint.cli.output import guard
from iplint.discovery.options import Options
from iplint.finding import Finding, Severity, VerdictKind
from iplint.inventory.drift import Collector, DifferenceKind, differences
from iplint.judging.session import Observer, Session, SessionSettings, arranged
from iplint.report.json import dumps, place_tree
from iplint.report.masking import Mask
from iplint.value import Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeGuard

    from iplint.finding import Report
    from iplint.inventory.drift import Difference, PlanFacts
    from iplint.judging.engine import CheckedRoot
    from iplint.report.masking import Described
    from iplint.resource import Root

# The formats that have a part for differences; in the others these are findings.
_WITH_A_PART = ("text", "json")
_HEADINGS = {
    DifferenceKind.WEAKER: "Weaker than its code:",
    DifferenceKind.BEHIND: "An older version of its template than the latest one:",
    DifferenceKind.REPLACED: "Replaced when its code is deployed:",
    DifferenceKind.AMBIGUOUS: "Not compared, as several launches of the code match:",
    DifferenceKind.WITHOUT_CODE: "Without code:",
}


class _Kind:
    """What reports print of one kind of difference, as they do of a rule."""

    group = "account"

    def __init__(self, kind: DifferenceKind, severity: Severity, title: str, *, why: str, fix: str) -> None:
        self.name = str(kind)
        self.severity = severity
        self.title = title
        self.why = why
        self.fix = fix

    @property
    def doc(self) -> str:
        """Return the documentation, in Markdown."""
        sections = (
            ("What it does", f"`iplint audit --code` reports this: {self.title}"),
            ("Why is this bad", self.why),
        )
        return "\n".join(
            (self.title, *(f"\n## {heading}\n\n{text}." for heading, text in (*sections, ("Fix", self.fix))))
        )

    @property
    def references(self) -> dict[str, list[str]]:
        """Return the ids in catalogues: none knows of code."""
        return {}


KINDS = (
    _Kind(
        DifferenceKind.WEAKER,
        Severity.HIGH,
        "A launch in the account is weaker than its code",
        why="whoever reviews the code takes for safe what is not",
        fix="deploy the code, or run the command that fixes the finding on the launch itself",
    ),
    _Kind(
        DifferenceKind.BEHIND,
        Severity.INFO,
        "A launch has an older version of its launch template than the latest one",
        why="what the latest version mends does not reach it",
        fix="let the group launch the latest version, and replace its instances (an instance refresh)",
    ),
    _Kind(
        DifferenceKind.REPLACED,
        Severity.INFO,
        "A launch that is replaced when its code is deployed",
        why="what was changed by hand is lost then, and so is what only the root volume of the instance holds",
        fix="plan for it, or change the code to what runs",
    ),
    _Kind(
        DifferenceKind.AMBIGUOUS,
        Severity.INFO,
        "A launch in the account that may come from several launches of the code",
        why="it is not compared with its code",
        fix="name a directory with the code of this account only, or add a state, which holds ids",
    ),
    _Kind(
        DifferenceKind.WITHOUT_CODE,
        Severity.INFO,
        "A launch in the account without code",
        why="nobody reviews what changes it",
        fix="import it into a template or a configuration, or end it",
    ),
)
_SEVERITIES = {kind.name: kind.severity for kind in KINDS}


def _is_plan(root: object) -> TypeGuard[PlanFacts]:
    """Return whether a root is a plan or a state."""
    return isinstance(getattr(root, "replaced", None), frozenset)


class CodeBeside(Observer):
    """The code that an account is compared with.

    It is read after the account was checked; the differences are added to the report.
    """

    def __init__(self, directory: str, excluded: Sequence[str]) -> None:
        if not os.path.isdir(directory):
            raise UsageError(f"there is no directory {directory}; --code names the one with the code of the account")
        self._directory = directory
        self._excluded = excluded
        self._live = Collector()
        self._code = Collector()
        self._root: Root | None = None
        self.differences: list[Difference] = []

    def see(self, checked: CheckedRoot) -> None:
        """Add an account that was checked."""
        self._live.see(checked)

    def root_read(self, root: Root) -> None:
        """See Observer.root_read."""
        self._root = root

    def root_checked(self, checked: CheckedRoot) -> None:
        """See Observer.root_checked."""
        self._code.see(checked, self._root if _is_plan(self._root) else None)

    def secrets_found(self, report: Report) -> None:
        """See Observer.secrets_found."""
        guard(report)

    def compare(self, report: Report) -> None:
        """Read the code and compare; what could not be read of it is added to the notices of a report."""
        session = Session(SessionSettings((), inputs=Options(excluded=self._excluded)))
        of_code, _ = session.examine([self._directory], observer=self)
        report.hidden.update(of_code.hidden)
        # What is not read may be the code of any launch.
        unread = [notice for notice in of_code.notices if notice.is_fatal]
        if unread:
            report.notices = arranged([*report.notices, *unread])
        self.differences = differences(self._live.sides, self._code.sides)

    def fails(self, lowest: Severity) -> bool:
        """Return whether a difference of at least a severity is there, other than those that only inform."""
        return any(_SEVERITIES[one.kind] >= lowest for one in self.differences)

    def has_part(self, format: str) -> bool:
        """Return whether a format has a part for differences; in the others they are findings."""
        return format in _WITH_A_PART

    def as_findings(
        self, report: Report, rules: Sequence[Described], lowest: Severity
    ) -> tuple[Report, Sequence[Described]]:
        """Return a report in which the differences of at least a severity are findings, and its rules."""
        found = copy(report)
        found.findings = [*report.findings]
        for one in self.differences:
            severity = _SEVERITIES[one.kind]
            if severity < lowest:
                continue
            related = (Step(one.code.at, f"the code, {one.code.address}"),) if one.code is not None else ()
            found.findings.append(
                Finding(str(one.kind), severity, VerdictKind.FAIL, one.message, one.address, one.at, related=related)
            )
        return found, (*rules, *KINDS)

    def added(self, report: Report, format: str, text: str) -> str:
        """Return the text of a report with the differences added to it, if its format has a part for them."""
        if not self.has_part(format):
            return text
        mask = Mask(report.hidden)
        if format == "json":
            tree = json.loads(text)
            tree["code"] = [
                {
                    "kind": one.kind,
                    "address": mask.words(one.address),
                    "message": mask.words(one.message),
                    **place_tree(mask, one.at),
                    "code": {"address": mask.words(one.code.address), **place_tree(mask, one.code.at)}
                    if one.code is not None
                    else None,
                }
                for one in self.differences
            ]
            return dumps(tree)
        lines: list[str] = []
        for kind, heading in _HEADINGS.items():
            found = [one for one in self.differences if one.kind is kind]
            if found:
                lines += ["", heading]
                lines += (f"  --> {mask.where(one.at.path, one.at)}: {mask.plain(one.message)}" for one in found)
        count = len(self._live.sides)
        unmatched = (DifferenceKind.WITHOUT_CODE, DifferenceKind.AMBIGUOUS)
        matched = count - sum(one.kind in unmatched for one in self.differences)
        lines += ["", f"{matched} of {count} launches and templates have code in {mask.where(self._directory, None)}."]
        return text + "\n".join(lines) + "\n"

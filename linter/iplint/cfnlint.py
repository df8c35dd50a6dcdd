"""The rules as a plug-in of cfn-lint: `cfn-lint -a iplint.cfnlint template.yaml`.

Each rule of iplint is a rule of cfn-lint, whose id is of the range that cfn-lint leaves to others: E91 where iplint's
severity is critical or high, W91 where it is medium or low, I91 where it is info, and the number of the rule. The
configuration, ignores and formats of cfn-lint count for them as for its own; `.iplint.toml` counts as for the command.
"""

# cfn-lint has annotations, but does not say so.
# pyright: reportMissingTypeStubs=false

from __future__ import annotations

import os

from cfnlint.rules import CloudFormationLintRule, RuleMatch

from iplint.cli.check import parsed
from iplint.cli.command import UsageError
from iplint.cli.output import Outlet
from iplint.cli.request import Request
from iplint.config import ConfigError
from iplint.finding import Severity
from iplint.judging.selection import SelectionError
from iplint.judging.session import arrange
from iplint.report.masking import Mask
from iplint.rule import CLOUDFORMATION
from iplint_rules import all_rules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cfnlint.template import Template

    from iplint.finding import Report
    from iplint.location import Span
    from iplint.rule import Rule

UNREAD = "template-not-read"
# The numbers are part of configurations of cfn-lint: none is used again, and new rules get new ones.
NUMBERS = {
    UNREAD: 0,
    "missing-instance-profile": 1,
    "role-as-instance-profile": 2,
    "profile-without-role": 3,
    "profile-with-several-roles": 4,
    "mismatched-profile-reference": 5,
    "mismatched-role-reference": 6,
    "unused-instance-profile": 7,
    "role-without-ec2-trust": 11,
    "overbroad-trust": 12,
    "role-shared-with-other-service": 13,
    "role-shared-by-applications": 14,
    "role-shared-with-people": 15,
    "role-without-instance-profile": 16,
    "imdsv1-allowed": 21,
    "imdsv1-call-in-user-data": 22,
    "high-metadata-hop-limit": 23,
    "metadata-endpoint-disabled": 24,
    "administrator-access": 31,
    "administrator-with-imdsv1": 32,
    "near-administrator-access": 33,
    "privilege-escalation": 34,
    "service-wide-access": 35,
    "unrestricted-passrole": 36,
    "hardcoded-access-key": 41,
    "generated-access-key-in-code": 42,
    "generated-access-key-on-instance": 43,
    "access-key-parameter-on-instance": 44,
    "credentials-file-on-instance": 45,
    "exposed-temporary-credentials": 46,
    "hardcoded-secret-in-user-data": 47,
    "resolved-secret-in-user-data": 48,
    "launch-configuration": 61,
    "pinned-launch-template-version": 62,
    "undeclared-instance-profile": 63,
    "unjustified-ignore": 64,
}
_LETTERS = {Severity.CRITICAL: "E", Severity.HIGH: "E", Severity.MEDIUM: "W", Severity.LOW: "W", Severity.INFO: "I"}


class _Checked:
    """What was found in the template that cfn-lint is at, which it shows to one rule after the other."""

    def __init__(self) -> None:
        self._template: Template | None = None
        self._found: dict[str, list[RuleMatch]] = {}

    def matches(self, name: str, template: Template) -> list[RuleMatch]:
        """Return what a rule finds in a template."""
        if self._template is not template:
            self._template = template
            self._found = {}
            for rule, match in _matches(template.filename):
                self._found.setdefault(rule, []).append(match)
        return self._found.get(name, [])


def _matches(path: str | None) -> Iterator[tuple[str, RuleMatch]]:
    """Yield what there is in a template, each with the name of the rule."""
    if not path or not os.path.isfile(path):
        yield UNREAD, RuleMatch([], "iplint reads files, and not what comes by standard input")
        return
    try:
        with Outlet():
            report, _ = Request(parsed([path])).check()
    except (ConfigError, SelectionError, UsageError) as error:
        yield UNREAD, RuleMatch([], f"iplint did not check this template: {error}")
        return
    arrange(report, Severity.INFO, keep_undecided=False)
    yield from _of(report, path)


def _of(report: Report, path: str) -> Iterator[tuple[str, RuleMatch]]:
    mask = Mask(report.hidden)
    for finding in report.findings:
        words = mask.plain(finding.message)
        if finding.when is not None:
            words = f"{words} when {mask.plain(finding.when)}"
        yield finding.rule, RuleMatch(["Resources", finding.address], words, location=_location(finding.at))
    for notice in report.notices:
        if notice.is_fatal:
            yield UNREAD, RuleMatch([], mask.plain(notice.message), location=_location(notice.at))


def _location(at: Span | None) -> tuple[int, int, int, int]:
    """Return a place as cfn-lint counts: lines and columns from 0."""
    if at is None:
        return 0, 0, 0, 0
    (line, column), (end_line, end_column) = at.first, at.last
    return line - 1, column - 1, end_line - 1, end_column - 1


_CHECKED = _Checked()


class _Matching:
    """Finds what one rule of iplint finds. It is no rule of its own, of which cfn-lint would make an instance."""

    name = ""

    def match(self, cfn: Template) -> list[RuleMatch]:
        """Return what the rule finds in a template."""
        return _CHECKED.matches(self.name, cfn)


def _declared(name: str, severity: Severity, title: str, why: str, group: str) -> type:
    """Return a rule as cfn-lint declares them."""
    members = {
        "name": name,
        "id": f"{_LETTERS[severity]}91{NUMBERS[name]:02}",
        "shortdesc": f"{title} ({name})",
        "description": why,
        "source_url": "",
        "tags": ["iplint", group],
        "__module__": __name__,
    }
    return type(name.title().replace("-", ""), (_Matching, CloudFormationLintRule), members)


def _all(rules: tuple[Rule[object], ...]) -> Iterator[type]:
    yield _declared(
        UNREAD, Severity.HIGH, "Template that iplint cannot read", "what is not read is not checked", "iplint"
    )
    for rule in rules:
        if CLOUDFORMATION in rule.languages:
            yield _declared(rule.name, rule.severity, rule.title, rule.why, rule.group)


# cfn-lint looks for classes in the names of the module.
globals().update((declared.__name__, declared) for declared in _all(tuple(all_rules())))

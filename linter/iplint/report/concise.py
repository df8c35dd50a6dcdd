"""The report in lines: one for each finding and each notice, for editors and `grep`."""

from __future__ import annotations

from iplint.report.masking import Mask, message_of
from iplint.report.notices import listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from iplint.finding import Report
    from iplint.report.masking import Described


def render(report: Report, rules: Sequence[Described], version: str) -> str:
    """Return the report as `path:line:column: severity rule: message [address]`, a line each; empty if nothing was
    found.

    Undecided findings have that word in place of the severity, and notices their kind, without a rule.
    """
    del rules, version
    mask = Mask(report.hidden)
    lines: list[str] = []
    for finding in report.findings:
        word = finding.severity.word if finding.is_failure else finding.verdict
        said = f"{mask.plain(message_of(finding))} [{mask.plain(finding.address)}]"
        lines.append(f"{mask.where(finding.at.path, finding.at)}: {word} {finding.rule}: {said}\n")
    for notice in listed(report):
        lines.append(f"{mask.where(notice.path, notice.at)}: {notice.kind}: {mask.plain(notice.message)}\n")
    return "".join(_headed(line) for line in lines)


def _headed(line: str) -> str:
    """Return a line that is not a workflow command: a path may start with `::`."""
    return f"./{line}" if line.lstrip().startswith("::") else line

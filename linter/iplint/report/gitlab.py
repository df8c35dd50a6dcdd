"""The report for merge requests of GitLab: its Code Quality report."""

from __future__ import annotations

import hashlib

from iplint.finding import Severity
from iplint.report.fingerprint import fingerprints
from iplint.report.json import dumps
from iplint.report.masking import Mask, message_of
from iplint.report.notices import listed
from iplint.resource import NoticeKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from iplint.finding import Report
    from iplint.location import Span
    from iplint.report.json import Json
    from iplint.report.masking import Described

_SEVERITIES = {
    Severity.INFO: "info",
    Severity.LOW: "minor",
    Severity.MEDIUM: "major",
    Severity.HIGH: "critical",
    Severity.CRITICAL: "blocker",
}
_NOTICES = {
    NoticeKind.UNREADABLE: "critical",
    NoticeKind.INTERNAL: "critical",
    NoticeKind.UNRESOLVED: "info",
    NoticeKind.UNSUPPORTED: "info",
}


def render(report: Report, rules: Sequence[Described], version: str) -> str:
    """Return the report as a list of issues (GitLab documentation, "Code Quality report format").

    Notices are issues too, named after their kind; undecided findings are `info`. Lines are 1-based, both ends
    included.
    """
    del rules, version
    mask = Mask(report.hidden)
    issues: list[Json] = []
    for finding, fingerprint in zip(report.findings, fingerprints(report), strict=True):
        failed = finding.is_failure
        said = mask.plain(f"{message_of(finding)} [{finding.address}]")
        severity = _SEVERITIES[finding.severity] if failed else "info"
        said = said if failed else f"Undecided: {said}"
        issues.append(_issue(finding.rule, said, severity, fingerprint, mask.path(finding.at.path), finding.at))
    seen: dict[str, int] = {}
    for notice in listed(report):
        said = mask.plain(notice.message)
        key = "\0".join((notice.kind, mask.path(notice.path), said))
        seen[key] = seen.get(key, 0) + 1
        fingerprint = hashlib.sha256(f"{key}\0{seen[key]}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
        issues.append(_issue(notice.kind, said, _NOTICES[notice.kind], fingerprint, mask.path(notice.path), notice.at))
    return dumps(issues)


def _issue(name: str, said: str, severity: str, fingerprint: str, path: str, at: Span | None) -> Json:
    first, last = (at.first[0], at.last[0]) if at else (1, 1)
    return {
        "description": said,
        "check_name": name,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": {"path": path, "lines": {"begin": first, "end": last}},
    }

"""Findings and notices as diagnostics."""

from __future__ import annotations

from lsprotocol import types as lsp

from iplint.finding import Severity
from iplint.lsp.positions import ends
from iplint.report.masking import related

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from iplint.finding import Finding
    from iplint.location import Span
    from iplint.lsp.folder import Results
    from iplint.lsp.positions import Unit
    from iplint.resource import Notice

SOURCE = "iplint"
SEVERITIES: Mapping[Severity, lsp.DiagnosticSeverity] = {
    Severity.CRITICAL: lsp.DiagnosticSeverity.Error,
    Severity.HIGH: lsp.DiagnosticSeverity.Error,
    Severity.MEDIUM: lsp.DiagnosticSeverity.Warning,
    Severity.LOW: lsp.DiagnosticSeverity.Information,
    Severity.INFO: lsp.DiagnosticSeverity.Hint,
}


def range_of(at: Span, unit: Unit) -> lsp.Range:
    """Return a place as a range."""
    start, end = ends(at, unit)
    return lsp.Range(lsp.Position(*start), lsp.Position(*end))


def diagnostics(results: Results, uris: Mapping[str, str], unit: Unit) -> dict[str, list[lsp.Diagnostic]]:
    """Return all diagnostics of a check by the absolute path of the file. `uris` are those of files that are open."""
    found: dict[str, list[lsp.Diagnostic]] = {}
    for finding in results.report.findings:
        if finding.is_failure or results.shows_undecided:
            found.setdefault(results.path(finding.at.path), []).append(_of_finding(finding, results, uris, unit))
    for notice in results.report.notices:
        # What could not be followed matters where a verdict depends on it; that is said there.
        if notice.is_fatal:
            found.setdefault(results.path(notice.path), []).append(_of_notice(notice, results, unit))
    return found


def location(at: Span, results: Results, uris: Mapping[str, str], unit: Unit) -> lsp.Location:
    """Return a place with the address of its file."""
    path = results.path(at.path)
    return lsp.Location(uris.get(path) or uri_of(path), range_of(at, unit))


def uri_of(path: str) -> str:
    """Return the address of a file."""
    from pathlib import Path

    return Path(path).as_uri()


def _of_finding(finding: Finding, results: Results, uris: Mapping[str, str], unit: Unit) -> lsp.Diagnostic:
    plain = results.mask.plain
    words = [plain(finding.message)]
    if finding.when is not None:
        words.append(f"when {plain(finding.when)}")
    rule = results.rules.get(finding.rule)
    if rule is not None and finding.is_failure:
        words.append(f"fix: {rule.fix}")
    return lsp.Diagnostic(
        range=range_of(finding.at, unit),
        message="\n".join(words),
        severity=SEVERITIES[finding.severity] if finding.is_failure else lsp.DiagnosticSeverity.Information,
        code=finding.rule,
        source=SOURCE,
        related_information=[
            lsp.DiagnosticRelatedInformation(location(step.at, results, uris, unit), plain(step.message))
            for step in related(finding)
        ],
    )


def _of_notice(notice: Notice, results: Results, unit: Unit) -> lsp.Diagnostic:
    start = lsp.Position(0, 0)
    return lsp.Diagnostic(
        range=range_of(notice.at, unit) if notice.at is not None else lsp.Range(start, start),
        message=results.mask.plain(notice.message),
        severity=lsp.DiagnosticSeverity.Error,
        code=str(notice.kind),
        source=SOURCE,
    )

"""Findings and notices as diagnostics."""

from __future__ import annotations

from copy import copy

from lsprotocol import types as lsp

from iplint.finding import Severity
from iplint.location import Source, Span
from iplint.lsp.positions import ends
from iplint.lsp.recall import mark
from iplint.report.masking import related
from iplint.resource import Ignore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from iplint.finding import Finding
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


def first_diagnostics(
    first: Results, earlier: Results | None, path: str, text: str, uris: Mapping[str, str], unit: Unit
) -> list[lsp.Diagnostic]:
    """Return the diagnostics of a file with this text after a check for it, which has left out roots.

    Findings that only those roots had in the `earlier` check of all are kept, in their new places, until these are
    checked too.
    """
    # Whether an ignore is used depends on all roots.
    on_ignores = {name for name, rule in first.rules.items() if rule.on is Ignore}
    found = [one for one in diagnostics(first, uris, unit).get(path, []) if one.code not in on_ignores]
    if earlier is None:
        return found
    checked = {mark for key, marks in earlier.marks.items() if key not in first.left_out for mark in marks}
    shown = {(one.code, one.range.start.line, one.range.start.character) for one in found}
    moves: dict[str, _Moves] = {}
    for finding in earlier.findings(path):
        if mark(finding) in checked:
            continue
        old = finding.at.source
        if old.text not in moves:
            moves[old.text] = _Moves(old, text)
        at = moves[old.text].of(finding.at)
        if at is not None:
            kept = copy(finding)
            kept.at, kept.related, kept.declared = at, (), ()
            one = _of_finding(kept, earlier, uris, unit)
            if (one.code, one.range.start.line, one.range.start.character) not in shown:
                found.append(one)
    return found


class _Moves:
    """Where the places of an old text of a file are in its new one."""

    __slots__ = ("_after", "_before", "_old", "_source")

    def __init__(self, old: Source, text: str) -> None:
        self._old = old
        self._source = Source(old.path, text, old.is_file)
        self._before = _length_in_common(old.text, text)
        rest, new = old.text[self._before :], text[self._before :]
        self._after = len(old.text) - _length_in_common(rest[::-1], new[::-1])

    def of(self, at: Span) -> Span | None:
        """Return the new place; None if it is in what has changed."""
        if at.end <= self._before:
            return Span(self._source, at.start, at.end)
        if at.start < self._after:
            return None
        shift = len(self._source.text) - len(self._old.text)
        return Span(self._source, at.start + shift, at.end + shift)


def _length_in_common(one: str, other: str) -> int:
    """Return the length of the longest start that two texts have in common."""
    shorter = min(len(one), len(other))
    return next((length for length in range(shorter) if one[length] != other[length]), shorter)


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

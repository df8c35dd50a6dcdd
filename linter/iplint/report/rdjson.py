"""The report for reviewdog: its Diagnostic Format, in JSON (rdjson)."""

from __future__ import annotations

from iplint.addresses import about, rule_page, rule_pages
from iplint.report.json import dumps, edits_of
from iplint.report.masking import Mask, level, message_of, related
from iplint.report.notices import listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from iplint.finding import Finding, Report
    from iplint.location import Source, Span
    from iplint.report.json import Json
    from iplint.report.masking import Described

_LEVELS = {"error": "ERROR", "warning": "WARNING", "note": "INFO"}


def render(report: Report, rules: Sequence[Described], version: str) -> str:
    """Return the report as diagnostics, with safe fixes as suggestions. Listed notices are diagnostics too.

    Undecided findings are INFO. Columns count bytes of UTF-8, as reviewdog takes them.
    """
    del rules, version
    mask = Mask(report.hidden)
    pages, page = rule_pages(), about()
    diagnostics: list[Json] = [_diagnostic(finding, mask, pages) for finding in report.findings]
    for notice in listed(report):
        location: dict[str, Json] = {"path": mask.path(notice.path)}
        if notice.at is not None:
            location["range"] = _range(notice.at)
        diagnostics.append(
            {
                "message": mask.words(notice.message),
                "location": location,
                "severity": "ERROR" if notice.is_fatal else "INFO",
                "code": {"value": notice.cause},
            }
        )
    source: dict[str, Json] = {"name": "iplint", **({"url": page} if page is not None else {})}
    return dumps({"source": source, "diagnostics": diagnostics})


def _diagnostic(finding: Finding, mask: Mask, pages: str | None) -> Json:
    failed = finding.is_failure
    message = f"{message_of(finding)} [{finding.address}]"
    page = rule_page(pages, finding.rule)
    diagnostic: dict[str, Json] = {
        "message": mask.words(message if failed else f"Undecided: {message}"),
        "location": _location(finding.at, mask),
        "severity": _LEVELS[level(finding.severity)] if failed else "INFO",
        "code": {"value": finding.rule, **({"url": page} if page is not None else {})},
    }
    # A suggestion is applied with one click, in the file of the diagnostic.
    if finding.fix == "safe" and all(at.path == finding.at.path for at, _ in finding.edits):
        suggestions: list[Json] = [{"range": _range(at), "text": text} for at, text in edits_of(finding, mask)]
        if suggestions:
            diagnostic["suggestions"] = suggestions
    steps: list[Json] = [
        {"message": mask.words(step.message), "location": _location(step.at, mask)} for step in related(finding)
    ]
    if steps:
        diagnostic["relatedLocations"] = steps
    return diagnostic


def _location(at: Span, mask: Mask) -> Json:
    return {"path": mask.path(at.path), "range": _range(at)}


def _range(at: Span) -> Json:
    return {"start": _position(at.source, at.first), "end": _position(at.source, at.last)}


def _position(source: Source, position: tuple[int, int]) -> Json:
    line, column = position
    start = source.start_of(line)
    before = source.text[start : start + column - 1]
    return {"line": line, "column": len(before.encode("utf-8", "surrogatepass")) + 1}

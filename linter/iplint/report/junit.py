"""The report for test dashboards: JUnit's XML."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from iplint.report.masking import Mask, message_of, steady
from iplint.report.notices import listed
from iplint.resource import NoticeKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from iplint.finding import Report
    from iplint.location import Span
    from iplint.report.masking import Described

# The element that says why a test case did not pass.
_NOTICES = {
    NoticeKind.UNREADABLE: "error",
    NoticeKind.INTERNAL: "error",
    NoticeKind.UNRESOLVED: "skipped",
    NoticeKind.UNSUPPORTED: "skipped",
}


class _Case:
    """One test case; unless it passes, with the element that says why not, and that element's message."""

    __slots__ = ("element", "lines")

    def __init__(
        self,
        mask: Mask,
        path: str,
        at: Span | None,
        name: str,
        element: str | None = None,
        type: str = "",
        message: str = "",
    ) -> None:
        self.element = element
        line = f" line={quoteattr(str(at.first[0]))}" if at else ""
        shown = quoteattr(steady(mask.path(path)))
        head = f"    <testcase name={quoteattr(name)} classname={shown} file={shown}{line}"
        if element is None:
            self.lines = [f"{head}/>"]
            return
        self.lines = [
            f"{head}>",
            f"      <{element} type={quoteattr(type)} message={quoteattr(message)}>"
            f"{escape(f'{mask.where(path, at)}: {message}')}</{element}>",
            "    </testcase>",
        ]


def render(report: Report, rules: Sequence[Described], version: str) -> str:
    """Return the report as one test suite for each file, with a test case for each proven launch, finding and
    notice.

    A finding is a failure; undecided findings and unresolved notices are skipped; an unreadable file is an error. An
    empty report has one test case that passes, because readers take a report without test cases for a mistake.
    """
    del rules, version
    mask = Mask(report.hidden)
    suites: dict[str, list[_Case]] = {}
    for address, at in report.proven:
        case = _Case(mask, at.path, at, f"proven {mask.plain(address)}")
        suites.setdefault(at.path, []).append(case)
    for finding in report.findings:
        failed = finding.is_failure
        element, type = ("failure", finding.severity.word) if failed else ("skipped", finding.verdict)
        name = f"{finding.rule} {mask.plain(finding.address)}"
        case = _Case(mask, finding.at.path, finding.at, name, element, type, mask.plain(message_of(finding)))
        suites.setdefault(finding.at.path, []).append(case)
    for notice in listed(report):
        element, message = _NOTICES[notice.kind], mask.plain(notice.message)
        case = _Case(mask, notice.path, notice.at, notice.kind, element, notice.kind, message)
        suites.setdefault(notice.path, []).append(case)
    lines = ['<?xml version="1.0" encoding="utf-8"?>']
    cases = [case for suite in suites.values() for case in suite]
    if not cases:
        lines.append('<testsuites name="iplint" tests="1" failures="0" errors="0" skipped="0">')
        lines.append('  <testsuite name="iplint" tests="1" failures="0" errors="0" skipped="0">')
        lines.append('    <testcase name="nothing to report" classname="iplint"/>')
        lines.append("  </testsuite>")
    else:
        lines.append(f'<testsuites name="iplint" {_counts(cases)}>')
        for path, suite in sorted(suites.items()):
            lines.append(f"  <testsuite name={quoteattr(steady(mask.path(path)))} {_counts(suite)}>")
            lines += [line for case in suite for line in case.lines]
            lines.append("  </testsuite>")
    lines.append("</testsuites>")
    return "\n".join(lines) + "\n"


def _counts(cases: Sequence[_Case]) -> str:
    elements = [case.element for case in cases]
    sums = {"tests": len(cases), "failures": elements.count("failure"), "errors": elements.count("error")}
    sums["skipped"] = elements.count("skipped")
    return " ".join(f'{name}="{number}"' for name, number in sums.items())

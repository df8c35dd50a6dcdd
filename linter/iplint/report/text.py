"""The report for people: each finding at its source line, then what was not checked, then the sums.

Every line starts with words or signs of our own, never with text of a template: a line that starts with `::` would be
a command to the service that runs the check.
"""

from __future__ import annotations

import os

from iplint.finding import Severity
from iplint.report.masking import Mask, condition, defused, level, printable, related, steady, width
from iplint.resource import NoticeKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from iplint.finding import Finding, LaunchCounts, Report
    from iplint.location import Span
    from iplint.report.masking import Described
    from iplint.resource import Notice

_MAX_LINE_LENGTH = 140
_BEFORE_CUT_MARK = 40
_MAX_RELATED = 8

_COLORS = {"error": "1;31", "warning": "1;33", "note": "1;36", "undecided": "1;35", "frame": "1;34", "bold": "1"}

_NOTICES = {
    NoticeKind.UNREADABLE: "Could not be read, so nothing here was checked:",
    NoticeKind.INTERNAL: "Failed inside iplint, please report this:",
    NoticeKind.UNRESOLVED: "Could not be followed, so what depends on it is undecided:",
    NoticeKind.UNSUPPORTED: "Not supported yet, so not checked:",
}
# How to have a fix made.
_OFFERS = {None: "", "safe": "  [--fix]", "unsafe": "  [--fix --unsafe-fixes]"}
# What many a sound configuration has: remote modules above all.
_MINOR = (NoticeKind.UNRESOLVED, NoticeKind.UNSUPPORTED)
_MAX_MINOR = 5
# What stands for itself in the path of an address (RFC 3986), as bytes.
_UNRESERVED = b"/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def render(
    report: Report,
    rules: Sequence[Described],
    color: bool,
    full: bool = True,
    links: str | None = None,
    quiet: bool = False,
    statistics: bool = False,
) -> str:
    """Return the report as text, with ANSI colours if `color`.

    Many things that could not be followed are only counted unless `full`; what could not be read is always told.
    `links` is the working directory where places are to be links to their files (OSC 8). With `statistics`, a table
    replaces the findings. With `quiet`, there are findings and what could not be read, or nothing at all.
    """
    page = _Page(Mask(report.hidden), color, links)
    described = {rule.name: rule for rule in rules}
    if statistics:
        from iplint.report.statistics import table

        blocks = [block] if (block := table(report)) else []
    else:
        blocks = [page.finding(finding, described.get(finding.rule)) for finding in report.findings]
    for kind, heading in _NOTICES.items():
        notices = [notice for notice in report.notices if notice.kind == kind]
        if kind in _MINOR and quiet:
            continue
        if kind in _MINOR and len(notices) > _MAX_MINOR and not full:
            blocks.append([f"{heading} {len(notices)} places; --undecided lists them."])
        elif notices:
            blocks.append(page.notices("error" if kind not in _MINOR else "warning", heading, notices))
    if not quiet:
        blocks.append(summary(report))
    return "".join("\n".join(block) + "\n" for block in _apart(blocks))


def _apart(blocks: list[list[str]]) -> Iterator[list[str]]:
    for index, block in enumerate(blocks):
        yield ["", *block] if index else block


class _Page:
    """How things are written: without secrets, without what would steer a terminal, in colour or not."""

    __slots__ = ("_color", "_links", "_mask")

    def __init__(self, mask: Mask, color: bool, links: str | None) -> None:
        self._mask = mask
        self._color = color
        self._links = links

    def _paint(self, style: str, text: str) -> str:
        return f"\x1b[{_COLORS[style]}m{text}\x1b[0m" if self._color and text else text

    def _words(self, text: str) -> str:
        return self._mask.plain(text)

    def _place(self, path: str, at: Span | None) -> str:
        """Return a place, as a link to its file if there are to be any.

        The address holds nothing that ends the link.
        """
        told = self._mask.where(path, at)
        file = os.path.join(self._links, path) if self._links is not None else ""
        if not os.path.isfile(file):
            return told
        address = "".join(chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in os.fsencode(file))
        return f"\x1b]8;;file://{address}\x1b\\{told}\x1b]8;;\x1b\\"

    def finding(self, finding: Finding, rule: Described | None) -> list[str]:
        """Return the lines of one finding."""
        steps = related(finding)
        label = finding.label
        if not label and (here := next((step for step in steps if step.at == finding.at), None)) is not None:
            # The same place is not shown twice.
            label = here.message
            steps.remove(here)
        more = len(steps) - _MAX_RELATED
        if more > 0:
            del steps[_MAX_RELATED:]
        margin = " " * len(str(max(at.first[0] for at in (finding.at, *(step.at for step in steps)))))
        style = level(finding.severity) if finding.is_failure else "undecided"
        bar = self._paint("frame", f"{margin} |")

        lines = [
            self._paint(style, f"{style}[{finding.rule}]") + self._paint("bold", f": {self._words(finding.message)}"),
            f"{margin}{self._paint('frame', '-->')} {self._place(finding.at.path, finding.at)}",
            bar,
            *self._quote(finding.at, margin, style, "^", label),
        ]
        for step in steps:
            lines.append(f"{margin}{self._paint('frame', ':::')} {self._place(step.at.path, step.at)}")
            lines.extend(self._quote(step.at, margin, "frame", "-", step.message))
        lines.append(bar)
        remarks = [("construct", finding.construct or "")]
        remarks.append(("when" if finding.is_failure else "note", condition(finding)))
        if more > 0:
            remarks.append(("more", f"{_count(more, 'related place')}, which --format json lists"))
        if rule:
            remarks += [("why", rule.why), ("fix", rule.fix + _OFFERS[finding.fix])]
        if finding.fix == "unsafe":
            remarks.append(("unsafe", finding.risk))
        if rule:
            remarks.append(("help", f"iplint explain {rule.name}"))
        sign = self._paint("frame", f"{margin} =")
        lines.extend(f"{sign} {self._paint('bold', name)}: {self._words(text)}" for name, text in remarks if text)
        if lines[-1] == bar:
            lines.pop()
        return lines

    def _quote(self, at: Span, margin: str, style: str, sign: str, label: str) -> Iterator[str]:
        """Yield the first line of a span, underlined as far as the span goes."""
        source = at.source
        number, column = at.first
        start = at.start - column + 1
        end = source.text.find("\n", start)
        end = len(source.text) if end < 0 else end
        while end > start and source.text[end - 1] == "\r":
            end -= 1
        first, last = min(at.start, end), min(at.end, end)

        head = tail = ""
        if end - start > _MAX_LINE_LENGTH:
            if first - start > _MAX_LINE_LENGTH // 2:
                start, head = first - _BEFORE_CUT_MARK, "..."
            if end - start > _MAX_LINE_LENGTH:
                end, tail = start + _MAX_LINE_LENGTH, "..."
            last = min(last, end)

        before, marked, after = (
            printable(self._mask.masked(source, begin, stop))
            for begin, stop in ((start, first), (first, last), (last, end))
        )
        text = defused(f"{head}{before}{marked}{after}{tail}").rstrip()
        underline = self._paint(style, f"{sign * max(1, width(marked.rstrip()))} {self._words(label)}".rstrip())
        quoted = self._paint("frame", f"{number:>{len(margin)}} |")
        yield f"{quoted} {text}".rstrip()
        yield f"{self._paint('frame', f'{margin} |')} {' ' * width(head + before)}{underline}"

    def notices(self, style: str, heading: str, notices: Sequence[Notice]) -> list[str]:
        """Return the lines of the notices of one kind."""
        lines = [self._paint(style, heading)]
        for notice in notices:
            place = self._place(notice.path, notice.at)
            lines.append(f"  {self._paint('frame', '-->')} {place}: {self._words(notice.message)}")
        return lines


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _sums(*sums: tuple[int, str]) -> str:
    return ", ".join(f"{number} {word}" for number, word in sums if number)


def launch_sums(launches: LaunchCounts) -> str:
    """Return how many launches there are, and of which status, as a sentence."""
    statuses = _sums(
        (launches.proven, "proven"),
        (launches.qualified, "proven unless an input is set"),
        (launches.failed, "failed"),
        (launches.undecided - launches.qualified, "undecided"),
    )
    count = f"{launches.checked or 'No'} {'launch' if launches.checked == 1 else 'launches'}"
    conditional = f", {launches.conditional} conditional" if launches.conditional else ""
    return f"{count}{conditional}{f': {statuses}' if statuses else ''}."


def _by_rule(findings: Sequence[Finding]) -> str:
    """Return how many findings there are of each rule."""
    rules = sorted(finding.rule for finding in findings)
    return ", ".join(f"{rule} {rules.count(rule)}" for rule in dict.fromkeys(rules))


def summary(report: Report) -> list[str]:
    """Return the sums of a report, in one line or two."""
    files, launches = report.files, report.launches
    left_out = _sums(
        (files.not_templates, "is not a template" if files.not_templates == 1 else "are not templates"),
        (files.unreadable, "could not be read"),
    )
    told = f"Checked {files.checked} of {_count(files.found, 'file')}" if files.found else "No files to check"
    told += f": {left_out}" if left_out else ""
    apart = _sums(
        (files.excluded, "more excluded"),
        (files.ignored, "ignored by git"),
        (files.vendored, f"vendored or generated {'directory' if files.vendored == 1 else 'directories'} skipped"),
        (files.linked, f"{'link' if files.linked == 1 else 'links'} outside skipped"),
    )
    told += f"; {apart}." if apart else "."

    told += f" {launch_sums(launches)}"

    failed = [finding.severity for finding in report.findings if finding.is_failure]
    found = _sums(*((failed.count(severity), severity.word) for severity in sorted(Severity, reverse=True)))
    told += f" {_count(len(failed), 'finding')}: {found}." if failed else " No findings."
    told += f" {len(report.ignored)} ignored ({_by_rule(report.ignored)})." if report.ignored else ""

    if report.configuration is not None:
        told += f" Configured by {steady(report.configuration)}."
    lines = [told]
    if report.undecided:
        one = report.undecided == 1
        hint = "" if len(failed) < len(report.findings) else f"; --undecided lists {'it' if one else 'them'}"
        lines.append(f"{report.undecided} {'verdict is' if one else 'verdicts are'} undecided{hint}.")
    return lines

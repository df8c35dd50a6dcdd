"""The report for people: each finding at its source line, then what was not checked, then the summary.

Every line starts with words or signs of our own, never with text of a template: a line that starts with `::` would be
a command to the service that runs the check.
"""

from __future__ import annotations

import os

from iplint.finding import Severity
from iplint.report.masking import Mask, by_severity, condition, defused, printable, related, steady, width
from iplint.report.notices import counted, listed
from iplint.resource import NoticeCause, NoticeKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from iplint.finding import Finding, LaunchCounts, Report
    from iplint.location import Span
    from iplint.report.masking import Described
    from iplint.resource import Notice

_MAX_LINE_LENGTH = 140
_BEFORE_CUT_MARK = 40
_MAX_RELATED = 8

# A line of a report is never wrapped or cut to less than this, however narrow the terminal.
MIN_WIDTH = 40
# From so many findings on, a first run gets the advice to record them.
_MANY_FINDINGS = 10

COLORS = {
    "critical": "1;31",
    "high": "1;31",
    "medium": "1;33",
    "low": "1;36",
    "info": "1;36",
    "undecided": "1;35",
    "error": "1;31",
    "warning": "1;33",
    "frame": "1;34",
    "bold": "1",
}

# Under which heading notices are listed, whether they are about what was not read, and which notices these are.
_HEADINGS: tuple[tuple[str, bool, Callable[[Notice], bool]], ...] = (
    (
        "Could not be read, so nothing here was checked:",
        True,
        lambda notice: notice.kind == NoticeKind.UNREADABLE and notice.cause != NoticeCause.INVALID,
    ),
    ("Cannot be deployed, so nothing is proven:", True, lambda notice: notice.cause == NoticeCause.INVALID),
    ("Failed, so the check is incomplete:", True, lambda notice: notice.kind == NoticeKind.INTERNAL),
    (
        "Could not be followed, and leaves a verdict undecided:",
        False,
        lambda notice: not notice.is_fatal and notice.decides,
    ),
    ("Could not be followed:", False, lambda notice: notice.kind == NoticeKind.UNRESOLVED and not notice.decides),
    (
        "Not supported, so not checked:",
        False,
        lambda notice: notice.kind == NoticeKind.UNSUPPORTED and not notice.decides,
    ),
)
# How to have a fix made.
_OFFERS = {"safe": "[--fix]", "unsafe": "[--fix --unsafe-fixes]"}
# The bytes that are not escaped in the path of a URL (RFC 3986).
_UNRESERVED = b"/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def render(
    report: Report,
    rules: Sequence[Described],
    color: bool,
    links: str | None = None,
    quiet: bool = False,
    statistics: bool = False,
    by_file: bool = False,
    columns: int | None = None,
) -> str:
    """Return the report as text, with ANSI colours if `color`: the most severe findings first, of each file if
    `by_file`.

    `links` is the working directory where places are to be links to their files (OSC 8). With `statistics`, a table
    replaces the findings. With `quiet`, there are findings and what could not be read, or nothing at all. Where
    `columns` is given, sentences are wrapped, and quoted lines cut, to that width.
    """
    page = _Page(Mask(report.hidden), color, links, columns)
    if statistics:
        from iplint.report.statistics import table

        blocks = [block] if (block := table(report)) else []
    else:
        blocks = list(_findings(page, report.findings, rules, by_file))
    notices = listed(report)
    for heading, is_fatal, is_one in _HEADINGS:
        found = [notice for notice in notices if is_one(notice)]
        if found and (is_fatal or not quiet):
            blocks.append(page.notices("error" if is_fatal else "warning", heading, found))
    if not quiet:
        blocks.append([line for written in summary(report) for line in page.wrapped("", written)])
    return "".join("\n".join(block) + "\n" for block in _apart(blocks))


def _findings(
    page: _Page, findings: Sequence[Finding], rules: Sequence[Described], by_file: bool
) -> Iterator[list[str]]:
    """Yield the blocks of the findings. The first finding of a rule explains it."""
    described = {rule.name: rule for rule in rules}
    explained: set[str] = set()
    files: dict[str, list[Finding]] = {}
    for finding in by_severity(findings):
        files.setdefault(finding.at.path if by_file else "", []).append(finding)
    for path, found in sorted(files.items()):
        if by_file:
            yield page.file(path, found)
        for finding in found:
            yield page.finding(finding, described.get(finding.rule), explains=finding.rule not in explained)
            explained.add(finding.rule)


def _apart(blocks: list[list[str]]) -> Iterator[list[str]]:
    for index, block in enumerate(blocks):
        yield ["", *block] if index else block


class _Page:
    """The style of the report: without secrets and control characters, in colour or not."""

    __slots__ = ("_color", "_columns", "_links", "_mask", "_pages")

    def __init__(self, mask: Mask, color: bool, links: str | None, columns: int | None) -> None:
        self._mask = mask
        self._color = color
        self._links = links
        self._pages: str | None = None
        if links is not None:
            from iplint.addresses import rule_pages

            self._pages = rule_pages()
        self._columns = max(columns, MIN_WIDTH) if columns is not None else None

    def _paint(self, style: str, text: str) -> str:
        return f"\x1b[{COLORS[style]}m{text}\x1b[0m" if self._color and text else text

    def _words(self, text: str) -> str:
        return self._mask.plain(text)

    def wrapped(self, head: str, text: str, indent: int | None = None) -> list[str]:
        """Return a heading and a sentence, in lines that fit the width; further ones are indented as the head is long,
        or by `indent`.
        """
        if self._columns is None:
            return [text]
        lines, room = [""], self._columns - width(head)
        for word in text.split(" "):
            if lines[-1] and width(lines[-1]) + 1 + width(word) > room:
                lines.append(word)
                room = self._columns - (width(head) if indent is None else indent)
            else:
                lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
        return lines

    def _place(self, path: str, at: Span | None) -> str:
        """Return a place, as a link to its file if links are on.

        The address contains no character that ends the link.
        """
        written = self._mask.where(path, at)
        file = os.path.join(self._links, path) if self._links is not None else ""
        if not os.path.isfile(file):
            return written
        address = "".join(chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in os.fsencode(file))
        return linked(f"file://{address}", written)

    def _rule(self, name: str) -> str:
        """Return the name of a rule, as a link to its page if places are links and there is one."""
        return linked(f"{self._pages}{name}.md", name) if self._pages is not None else name

    def file(self, path: str, findings: Sequence[Finding]) -> list[str]:
        """Return the heading above the findings of one file."""
        return [self._paint("bold", f"In {self._mask.where(path, None)}: {_found(findings)}")]

    def finding(self, finding: Finding, rule: Described | None, explains: bool) -> list[str]:
        """Return the lines of one finding; why it matters, and how to fix it, if it `explains` the rule."""
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
        style = finding.severity.word if finding.is_failure else "undecided"
        bar = self._paint("frame", f"{margin} |")

        head = f"{style}[{finding.rule}]: "
        first, *rest = self.wrapped(head, self._words(finding.message), indent=2)
        lines = [
            self._paint(style, f"{style}[{self._rule(finding.rule)}]") + self._paint("bold", f": {first}"),
            *(f"  {self._paint('bold', line)}" for line in rest),
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
        offer = _OFFERS.get(finding.fix or "", "")
        if rule and explains:
            remarks += [("why", rule.why), ("fix", f"{rule.fix} {offer}".rstrip())]
        elif offer:
            remarks.append(("fix", f"as above {offer}" if rule else offer))
        remarks += (("run", command) for command in finding.commands)
        if finding.fix == "unsafe" or (finding.commands and finding.risk):
            remarks.append(("unsafe", finding.risk))
        if rule and explains:
            remarks.append(("help", f"iplint explain {rule.name}"))
        for name, text in remarks:
            if text:
                first, *rest = self.wrapped(f"{margin} = {name}: ", self._words(text))
                lines.append(f"{self._paint('frame', f'{margin} =')} {self._paint('bold', name)}: {first}")
                lines += (f"{margin}   {' ' * len(name)}  {line}" for line in rest)
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

        most = _MAX_LINE_LENGTH
        if self._columns is not None:
            most = min(most, self._columns - len(margin) - len(" | ......"))
        head = tail = ""
        if end - start > most:
            if first - start > most // 2:
                start, head = first - min(_BEFORE_CUT_MARK, most // 3), "..."
            if end - start > most:
                end, tail = start + most, "..."
            last = min(last, end)

        before, marked, after = (
            printable(self._mask.masked(source, begin, stop))
            for begin, stop in ((start, first), (first, last), (last, end))
        )
        text = defused(f"{head}{before}{marked}{after}{tail}").rstrip()
        quoted = self._paint("frame", f"{number:>{len(margin)}} |")
        yield f"{quoted} {text}".rstrip()
        bar = self._paint("frame", f"{margin} |")
        indent = " " * width(head + before)
        underline, words = sign * max(1, width(marked.rstrip())), self._words(label)
        if self._columns is not None and width(f"{margin} | {indent}{underline} {words}") > self._columns:
            # A label that does not fit after the line is below it, as far to the left as needed.
            yield f"{bar} {indent}{self._paint(style, underline)}"
            indent = indent[: max(0, self._columns // 2 - len(margin))]
            for line in self.wrapped(f"{margin} | {indent}", words):
                yield f"{bar} {indent}{self._paint(style, line)}"
        else:
            yield f"{bar} {indent}{self._paint(style, f'{underline} {words}'.rstrip())}"

    def notices(self, style: str, heading: str, notices: Sequence[Notice]) -> list[str]:
        """Return the lines of the notices of one kind."""
        lines = [self._paint(style, heading)]
        for notice in notices:
            head = f"  --> {self._mask.where(notice.path, notice.at)}: "
            first, *rest = self.wrapped(head, self._words(notice.message), indent=6)
            lines.append(f"  {self._paint('frame', '-->')} {self._place(notice.path, notice.at)}: {first}")
            lines += (f"      {line}" for line in rest)
        return lines


def linked(address: str, text: str) -> str:
    """Return a text that a terminal shows as a link (OSC 8)."""
    return f"\x1b]8;;{address}\x1b\\{text}\x1b]8;;\x1b\\"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _sums(*sums: tuple[int, str]) -> str:
    return ", ".join(f"{number} {word}" for number, word in sums if number)


def launch_sums(launches: LaunchCounts) -> str:
    """Return the number of launches, and of those with each status, as a sentence."""
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
    """Return the number of findings of each rule."""
    rules = sorted(finding.rule for finding in findings)
    return ", ".join(f"{rule} {rules.count(rule)}" for rule in dict.fromkeys(rules))


def _found(findings: Sequence[Finding]) -> str:
    """Return how many findings there are, and of which severity; what `--fix` can fix of them."""
    failed = [finding for finding in findings if finding.is_failure]
    severities = [finding.severity for finding in failed]
    undecided = len(findings) - len(failed)
    if not failed:
        return f"{undecided} undecided" if undecided else "No findings"
    written = f"{_count(len(failed), 'finding')}: " + _sums(
        *((severities.count(severity), severity.word) for severity in sorted(Severity, reverse=True))
    )
    fixes = [finding.fix for finding in failed]
    safe = fixes.count("safe")
    fixable = _sums(
        (safe, "fixable with --fix"),
        (fixes.count("unsafe"), "more with --unsafe-fixes" if safe else "fixable with --fix --unsafe-fixes"),
    )
    written += f" ({fixable})" if fixable else ""
    return f"{written}, {undecided} undecided" if undecided else written


def summary(report: Report) -> list[str]:
    """Return the summary of a report, in sentences a line: findings and launches, files, what else there is to see,
    the next step.
    """
    failed = [finding for finding in report.findings if finding.is_failure]
    lines = [f"{_found(failed)}. {launch_sums(report.launches)}", _files(report)]
    if report.ignored:
        lines.append(f"{len(report.ignored)} ignored ({_by_rule(report.ignored)}).")
    if report.undecided:
        one = report.undecided == 1
        hint = "" if len(failed) < len(report.findings) else f"; --undecided lists {'it' if one else 'them'}"
        lines.append(f"{report.undecided} {'verdict is' if one else 'verdicts are'} undecided{hint}.")
    if len(failed) >= _MANY_FINDINGS and not report.has_baseline:
        lines.append("Next: iplint baseline records these findings, so that a check reports only new ones.")
    return lines


def _files(report: Report) -> str:
    """Return which files were checked and which were not, and the configuration that was used, in sentences."""
    files = report.files
    left_out = _sums(
        (files.not_templates, "is not a template" if files.not_templates == 1 else "are not templates"),
        (files.unreadable, "could not be read"),
    )
    written = f"Checked {files.checked} of {_count(files.found, 'file')}" if files.found else "No files to check"
    written += f": {left_out}" if left_out else ""
    assembly = f" (to check {steady(files.assembly)} as well, name it)" if files.assembly is not None else ""
    apart = _sums(
        (files.excluded, "more excluded"),
        (files.ignored, f"ignored by git{assembly}"),
        (files.vendored, f"vendored or generated {'directory' if files.vendored == 1 else 'directories'} skipped"),
        (files.linked, f"{'link' if files.linked == 1 else 'links'} outside skipped"),
    )
    written += f"; {apart}." if apart else "."
    written += f" {places}" if (places := counted(report)) else ""
    if report.configuration is not None:
        written += f" Configured by {steady(report.configuration)}."
    return written

"""The report for pull requests: a summary in GitHub's Markdown."""

from __future__ import annotations

from urllib.parse import quote

from iplint.report.masking import Mask, message_of, steady
from iplint.report.notices import listed
from iplint.report.text import summary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from iplint.finding import Report
    from iplint.location import Span
    from iplint.report.masking import Described

# What GitHub takes as the body of a comment, in characters.
_MAX_LENGTH = 65_536
# For the last line, which says what is left out.
_RESERVE = 200
_MAX_CELL_LENGTH = 600


def render(report: Report, rules: Sequence[Described], version: str) -> str:
    """Return the report as launches, a table by rule, and a row for each finding and notice, the most severe findings
    first.

    It is at most 65,536 characters long; its last line then says how many rows are left out.
    """
    del rules, version
    mask = Mask(report.hidden)
    launches = report.launches
    text = "## iplint\n\n| Launches | Proven | Failed | Undecided |\n| ---: | ---: | ---: | ---: |\n"
    text += f"| {launches.checked} | {launches.proven} | {launches.failed} | {launches.undecided} |\n\n"
    text += "\n".join(safe(line) for line in summary(report)) + "\n"
    by_rule: dict[tuple[int, str, str], int] = {}
    for finding in report.findings:
        word = finding.severity.word if finding.is_failure else finding.verdict
        key = (-finding.severity if finding.is_failure else 1, finding.rule, word)
        by_rule[key] = by_rule.get(key, 0) + 1
    rows_by_rule = [f"| {safe(rule)} | {word} | {count} |" for (_, rule, word), count in sorted(by_rule.items())]
    tables = [("\n| Rule | Severity | Findings |\n| --- | --- | ---: |\n", rows_by_rule)]
    ordered = sorted(report.findings, key=lambda finding: -finding.severity if finding.is_failure else 1)
    rows: list[str] = []
    for finding in ordered:
        word = finding.severity.word if finding.is_failure else finding.verdict
        said = cell(mask.plain(f"{message_of(finding)} [{finding.address}]"))
        rows.append(f"| {word} | {safe(finding.rule)} | {link(mask.path(finding.at.path), finding.at)} | {said} |")
    tables.append(("\n| Severity | Rule | Place | Finding |\n| --- | --- | --- | --- |\n", rows))
    rows = [
        f"| {notice.kind} | {link(mask.path(notice.path), notice.at)} | {cell(mask.plain(notice.message))} |"
        for notice in sorted(listed(report), key=lambda notice: not notice.is_fatal)
    ]
    tables.append(("\n| Not checked | Place | Why |\n| --- | --- | --- |\n", rows))
    left_out = 0
    for head, rows in tables:
        for index, row in enumerate(rows):
            added = f"{head if index == 0 else ''}{row}\n"
            if left_out or len(text) + len(added) > _MAX_LENGTH - _RESERVE:
                left_out += 1
            else:
                text += added
    if left_out:
        text += f"\nLeft out, to stay within {_MAX_LENGTH} characters: {left_out} rows. Other formats have all.\n"
    return text


def cell(text: str) -> str:
    """Return a text for a table cell: no markup, and not too long."""
    return safe(text if len(text) <= _MAX_CELL_LENGTH else f"{text[: _MAX_CELL_LENGTH - 3]}...")


def safe(text: str) -> str:
    """Return a text without markup: neither Markdown nor HTML, no mention, no reference, no link."""
    return "".join(
        # A joiner of no width keeps what follows from being read as a name, a number or an address.
        f"&#{ord(character)};&#8288;"
        if character in "@#:."
        else f"&#{ord(character)};"
        if character in "\\`*_{}[]()<>!|~&$+="
        else character
        for character in text
    )


def link(path: str, at: Span | None) -> str:
    """Return a place as text, or as a link if its path is relative to the top of the repository."""
    shown = cell(steady(path) + (f":{at.first[0]}" if at else ""))
    if path.startswith("/") or path.split("/")[0] in ("", ".", "..") or path[1:3] == ":/":
        return shown
    target = quote(path.encode("utf-8", "surrogateescape"), safe="/")
    if len(target) > _MAX_CELL_LENGTH:
        return shown
    return f"[{shown}]({target}{f'#L{at.first[0]}' if at else ''})"

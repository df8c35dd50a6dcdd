"""The report for pull requests: a summary in GitHub's Markdown."""

from __future__ import annotations

import os
import re
from urllib.parse import quote

from iplint.addresses import rule_page, rule_pages
from iplint.report.masking import Mask, by_severity, message_of, steady
from iplint.report.notices import listed
from iplint.report.text import summary
from iplint.resource import SuppressedBy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from iplint.finding import Finding, Report
    from iplint.location import Span
    from iplint.report.masking import Described

# What GitHub takes as the body of a comment, in characters.
_MAX_LENGTH = 65_536
# For the last line, which says what is left out.
_RESERVE = 200
_MAX_CELL_LENGTH = 600


# Words of prose; all else is shown as code, where nothing is markup, a mention, a reference or a link.
_PROSE = re.compile(r"[(\"']*(?:[A-Za-z]+(?:[-'][A-Za-z]+)*[0-9]{0,2}|[0-9]{1,5})?[),.;:?!\"']*")
_OPENING = "("
_CLOSING = "),.;:?!"
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")
_COMMIT = re.compile(r"[0-9a-f]{40,64}")
_SERVER = re.compile(r"https?://[\w.:-]+")
# Known findings come after new ones.
_KNOWN = (SuppressedBy.BASELINE, SuppressedBy.SINCE)


def render(report: Report, rules: Sequence[Described], version: str) -> str:
    """Return the report as launches, a table by rule, and a row for each finding and notice: new findings before known
    ones, the most severe first.

    It is at most 65,536 characters long; its last line then says how many rows are left out.
    """
    del rules, version
    mask, pages = Mask(report.hidden), rule_pages()
    launches = report.launches
    text = "## iplint\n\n| Launches | Proven | Failed | Undecided |\n| ---: | ---: | ---: | ---: |\n"
    text += f"| {launches.checked} | {launches.proven} | {launches.failed} | {launches.undecided} |\n\n"
    text += "\n\n".join(safe(line, in_table=False) for line in summary(report)) + "\n"
    by_rule: dict[tuple[int, str, str], int] = {}
    for finding in report.findings:
        word = finding.severity.word if finding.is_failure else finding.verdict
        key = (-finding.severity if finding.is_failure else 1, finding.rule, word)
        by_rule[key] = by_rule.get(key, 0) + 1
    rows_by_rule = [
        f"| {_rule(rule, pages)} | {word} | {count} |" for (_, rule, word), count in sorted(by_rule.items())
    ]
    title = "New finding" if report.has_baseline else "Finding"
    known = [finding for finding in report.ignored if finding.ignored and finding.ignored.by in _KNOWN]
    tables = [
        ("\n| Rule | Severity | Findings |\n| --- | --- | ---: |\n", rows_by_rule),
        (f"\n| Severity | Rule | Place | {title} |\n| --- | --- | --- | --- |\n", _rows(report.findings, mask, pages)),
        (
            "\n| Not checked | Place | Why |\n| --- | --- | --- |\n",
            [
                f"| {notice.kind} | {link(mask.path(notice.path), notice.at)} | {cell(mask.plain(notice.message))} |"
                for notice in sorted(listed(report), key=lambda notice: not notice.is_fatal)
            ],
        ),
        ("\n| Severity | Rule | Place | Known finding |\n| --- | --- | --- | --- |\n", _rows(known, mask, pages)),
    ]
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


def _rule(name: str, pages: str | None) -> str:
    """Return the name of a rule, as a link to its page where there is one."""
    page = rule_page(pages, name)
    return code(name) if page is None else f"[{code(name)}]({page})"


def _rows(findings: Iterable[Finding], mask: Mask, pages: str | None) -> list[str]:
    """Return a row for each finding, the most severe first."""
    rows: list[str] = []
    for finding in by_severity(findings):
        word = finding.severity.word if finding.is_failure else finding.verdict
        said = cell(mask.plain(message_of(finding)))
        if finding.address and finding.address not in finding.message:
            said += f" ({code(mask.plain(finding.address))})"
        if finding.ignored is not None:
            said += f" ({safe(mask.plain(finding.ignored.reason))})"
        rows.append(
            f"| {word} | {_rule(finding.rule, pages)} | {link(mask.path(finding.at.path), finding.at)} | {said} |"
        )
    return rows


def cell(text: str) -> str:
    """Return text for a table cell: no markup, at most _MAX_CELL_LENGTH characters."""
    return safe(text if len(text) <= _MAX_CELL_LENGTH else f"{text[: _MAX_CELL_LENGTH - 3]}...")


def safe(text: str, *, in_table: bool = True) -> str:
    """Return text that is not markup: words as they are, and all else as code, which can be copied."""
    words: list[str] = []
    for word in text.split(" "):
        if _PROSE.fullmatch(word):
            words.append(word)
            continue
        inner = word.lstrip(_OPENING)
        before = word[: len(word) - len(inner)]
        core = inner.rstrip(_CLOSING)
        words.append(f"{before}{code(core, in_table=in_table)}{inner[len(core) :]}" if core else code(word))
    return " ".join(words)


def code(text: str, *, in_table: bool = True) -> str:
    """Return text as a code span, whatever is in it."""
    text = text.replace("|", "\\|") if in_table else text
    fence = "`"
    while fence in text:
        fence += "`"
    edge = " " if len(fence) > 1 or text[:1] == text[-1:] == " " else ""
    return f"{fence}{edge}{text}{edge}{fence}"


def link(path: str, at: Span | None) -> str:
    """Return a place, as a link where its path leads from the root of the repository."""
    shown = code(steady(path) + (f":{at.first[0]}" if at else ""))
    base, inside = _linked_from(path)
    if inside is None or len(inside) > _MAX_CELL_LENGTH:
        return shown
    return f"[{shown}]({base}{inside}{f'#L{at.first[0]}' if at else ''})"


def source_address(path: str, at: Span | None) -> str | None:
    """Return the address of a place on the server of the repository; None where that is not known."""
    base, inside = _linked_from(path)
    return f"{base}{inside}{f'#L{at.first[0]}' if at else ''}" if base and inside is not None else None


def _linked_from(path: str) -> tuple[str, str | None]:
    """Return the address of the repository's files, "" where links are relative, and that of a path below it, None
    where it leads outside.
    """
    if path.startswith("/") or path[1:3] == ":/":
        return "", None
    environment = os.environ
    server, repository = environment.get("GITHUB_SERVER_URL", ""), environment.get("GITHUB_REPOSITORY", "")
    commit = environment.get("GITHUB_SHA", "")
    base = ""
    if _SERVER.fullmatch(server) and _REPOSITORY.fullmatch(repository) and _COMMIT.fullmatch(commit):
        base = f"{server}/{repository}/blob/{commit}/"
        if top := environment.get("GITHUB_WORKSPACE"):
            # A step may run below the root of the repository.
            path = os.path.join(os.path.relpath(os.getcwd(), top), path)
            path = os.path.normpath(path).replace(os.sep, "/")
    if path.split("/")[0] in ("", ".", ".."):
        return "", None
    return base, quote(path.encode("utf-8", "surrogateescape"), safe="/")

"""The number of findings of each rule, as a table in text."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from iplint.finding import Finding, Report, Severity

_COUNTS = ("findings", "undecided", "fixable", "ignored")


def table(report: Report) -> list[str]:
    """Return a line for each rule and severity, the most severe and most frequent first, and the totals; empty if all
    are 0.

    `undecided` counts the listed ones, `fixable` those that `--fix` can fix, `ignored` those suppressed in any way. A
    column with zeros only is left out.
    """
    found: dict[tuple[Severity, str], list[int]] = {}
    counted: Iterable[tuple[Finding, int]] = (
        *((finding, 0 if finding.is_failure else 1) for finding in report.findings),
        *((finding, 2) for finding in report.findings if finding.fix is not None),
        *((finding, 3) for finding in report.ignored),
    )
    for finding, column in counted:
        found.setdefault((finding.severity, finding.rule), [0] * len(_COUNTS))[column] += 1
    if not found:
        return []
    totals = [sum(counts) for counts in zip(*found.values(), strict=True)]
    shown = [column for column, total in enumerate(totals) if total or not column]
    rows = [["rule", "severity", *(_COUNTS[column] for column in shown)]]
    for (severity, rule), counts in sorted(found.items(), key=_gravest_first):
        rows.append([rule, severity.word, *(str(counts[column] or "-") for column in shown)])
    rows.append(["total", "", *(str(totals[column]) for column in shown)])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [_line(row, widths) for row in rows]


def _gravest_first(row: tuple[tuple[Severity, str], Sequence[int]]) -> tuple[object, ...]:
    (severity, rule), counts = row
    return -severity, [-count for count in counts], rule


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    """Return a line of the table: words to the left, numbers to the right."""
    cells = [
        f"{cell:{'<' if index < 2 else '>'}{width}}"
        for index, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()

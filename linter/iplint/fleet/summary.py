"""Count the records of a run by group, and compare them with those of an earlier run."""

from __future__ import annotations

from collections import Counter

from iplint.fleet.journal import LAUNCHES, SEVERITIES
from iplint.fleet.repository import FAILED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from iplint.fleet.journal import Record
    from iplint.fleet.repository import Json

# How many repositories that were not checked are named in the text.
MAX_NAMED = 20
_INCOMPLETE = 3


class Trend:
    """Failing findings beside those of an earlier run: `new`, `fixed` and `same` ones.

    A repository that was not checked has none of them; `unknown` counts its earlier findings.
    """

    __slots__ = ("fixed", "new", "same", "unknown")

    def __init__(self) -> None:
        self.new = self.fixed = self.same = self.unknown = 0

    def add(self, now: Record, before: Record | None) -> None:
        """Count a repository."""
        earlier = Counter(name for name, _ in before.findings) if before is not None else Counter[str]()
        if now.status == FAILED:
            self.unknown += earlier.total()
            return
        found = Counter(name for name, _ in now.findings)
        same = (found & earlier).total()
        self.same += same
        self.new += found.total() - same
        if now.exit == _INCOMPLETE:
            self.unknown += earlier.total() - same  # what was not read may still have them
        else:
            self.fixed += earlier.total() - same

    def tree(self) -> dict[str, Json]:
        """Return the counts for programs."""
        return {"new": self.new, "fixed": self.fixed, "same": self.same, "unknown": self.unknown}


class Summary:
    """The counts of some repositories."""

    __slots__ = ("empty", "failed", "findings", "incomplete", "launches", "repositories", "seconds", "trend")

    def __init__(self) -> None:
        self.repositories = 0
        self.failed = 0
        self.incomplete = 0
        self.empty = 0
        self.launches = [0] * len(LAUNCHES)
        self.findings: dict[str, int] = dict.fromkeys(SEVERITIES, 0)
        self.seconds = 0.0
        self.trend = Trend()

    def add(self, record: Record, before: Record | None) -> None:
        """Count a repository, beside its record of an earlier run."""
        self.repositories += 1
        self.failed += record.status == FAILED
        self.incomplete += record.status != FAILED and record.exit == _INCOMPLETE
        self.empty += record.status != FAILED and not record.files
        self.launches = [one + other for one, other in zip(self.launches, record.launches, strict=True)]
        for _, severity in record.findings:
            self.findings[severity] = self.findings.get(severity, 0) + 1
        self.seconds += record.seconds
        self.trend.add(record, before)

    def tree(self, with_trend: bool) -> dict[str, Json]:
        """Return the counts for programs."""
        return {
            "repositories": self.repositories,
            "failed": self.failed,
            "incomplete": self.incomplete,
            "empty": self.empty,
            "launches": dict(zip(LAUNCHES, self.launches, strict=True)),
            "findings": self.findings,
            "seconds": round(self.seconds, 3),
            **({"trend": self.trend.tree()} if with_trend else {}),
        }


class Report:
    """The summary of a run, by group and as a whole. `before` are the records of an earlier run; None without one.

    `refused` are sources that could not be listed, `kept` counts repositories that are unchanged, `gone` are those of
    the earlier run alone.
    """

    __slots__ = ("before", "failed", "gone", "groups", "incomplete", "kept", "refused", "whole")

    def __init__(
        self,
        records: Iterable[Record],
        before: Mapping[str, Record] | None,
        refused: Sequence[tuple[str, str]],
        kept: int,
    ) -> None:
        self.before = before
        self.refused = refused
        self.kept = kept
        self.whole = Summary()
        self.groups: dict[str, Summary] = {}
        self.failed: list[Record] = []
        self.incomplete: list[Record] = []
        gone = set(before or ())
        for record in records:
            gone.discard(record.name)
            earlier = before.get(record.name) if before is not None else None
            self.whole.add(record, earlier)
            self.groups.setdefault(record.group, Summary()).add(record, earlier)
            if record.status == FAILED:
                self.failed.append(record)
            elif record.exit == _INCOMPLETE:
                self.incomplete.append(record)
        self.gone = sorted(gone)

    def tree(self) -> dict[str, Json]:
        """Return the summary for programs."""
        with_trend = self.before is not None
        return {
            "version": 1,
            "summary": self.whole.tree(with_trend),
            "groups": {name: self.groups[name].tree(with_trend) for name in sorted(self.groups)},
            "failed": [{"repository": record.name, "cause": record.cause} for record in self.failed],
            "incomplete": [record.name for record in self.incomplete],
            "refused": [{"source": source, "cause": cause} for source, cause in self.refused],
            "unchanged": self.kept,
            **({"gone": self.gone} if with_trend else {}),
        }

    def text(self) -> str:
        """Return the summary as text."""
        with_trend = self.before is not None
        head = ["group", "repositories", "not checked", "launches", "proven", "failed", *SEVERITIES[:4]]
        head += ["new", "fixed", "same"] if with_trend else []
        rows = [head]
        named = [(name, self.groups[name]) for name in sorted(self.groups)]
        for name, one in [*named, ("total", self.whole)]:
            counts = dict(zip(LAUNCHES, one.launches, strict=True))
            row = [name, one.repositories, one.failed, counts["checked"], counts["proven"], counts["failed"]]
            row += [one.findings[severity] for severity in SEVERITIES[:4]]
            row += [one.trend.new, one.trend.fixed, one.trend.same] if with_trend else []
            rows.append([str(cell) for cell in row])
        widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
        lines = ["  ".join([row[0].ljust(widths[0]), *_right(row, widths)]).rstrip() for row in rows]
        lines.append("")
        for record in self.failed[:MAX_NAMED]:
            lines.append(f"not checked: {record.name}: {record.cause}")
        lines += _more(self.failed)
        for record in self.incomplete[:MAX_NAMED]:
            lines.append(f"incomplete: {record.name}: something in it could not be read")
        lines += _more(self.incomplete)
        lines += [f"not listed: {source}: {cause}" for source, cause in self.refused]
        if lines[-1]:
            lines.append("")
        return "\n".join([*lines, self._line()]) + "\n"

    def _line(self) -> str:
        whole = self.whole
        counts = ", ".join(f"{count} {severity}" for severity, count in whole.findings.items() if count)
        findings = sum(whole.findings.values())
        launches = dict(zip(LAUNCHES, whole.launches, strict=True))
        parts = [
            f"{findings} finding{'' if findings == 1 else 's'}{f' ({counts})' if counts else ''}",
            f"{launches['proven']} of {launches['checked']} launches proven",
            f"{whole.repositories} repositor{'y' if whole.repositories == 1 else 'ies'}",
        ]
        line = ", ".join(parts)
        if whole.failed:
            line += f", {whole.failed} not checked"
        if whole.empty:
            line += f", {whole.empty} without any template"
        if self.kept:
            line += f", {self.kept} unchanged since an earlier run"
        if self.before is not None:
            trend = whole.trend
            line += f"; {trend.new} new, {trend.fixed} fixed, {trend.same} as before"
            line += f", {trend.unknown} unknown" if trend.unknown else ""
            line += f", {len(self.gone)} of its repositories not in this run" if self.gone else ""
        return f"{line}."


def _right(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]


def _more(records: Sequence[Record]) -> list[str]:
    return [f"... and {len(records) - MAX_NAMED} more"] if len(records) > MAX_NAMED else []

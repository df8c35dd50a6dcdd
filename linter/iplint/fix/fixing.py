"""Which findings can be fixed, and fixing them: an edit is kept only if the new report is better, and no worse
anywhere.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter

from iplint.fix.edit import Edit, applied
from iplint.location import Span
from iplint.resource import Notice, NoticeKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from iplint.finding import Finding, Report
    from iplint.location import Source
    from iplint.resource import Change


class Editor:
    """Make edits for changes, reading each source once."""

    __slots__ = ("_made",)

    def __init__(self) -> None:
        self._made: dict[Source, Callable[[Change], Edit | None]] = {}

    def edit(self, change: Change) -> Edit | None:
        """Return the edit for a change; None where none is certain to be right."""
        source = change.at.source
        if source not in self._made:
            self._made[source] = _reader(source)
        return self._made[source](change)


def _reader(source: Source) -> Callable[[Change], Edit | None]:
    if source.path.endswith((".tf", ".tofu")):
        from iplint.fix import configuration
        from iplint.syntax import hcl

        body, problems = hcl.parse(source)
        block = configuration.around(body)
        return lambda change: configuration.edit(source, block(change.at), change) if not problems else None
    from iplint.fix import template
    from iplint.syntax import yaml
    from iplint.syntax.problem import SyntaxProblem

    try:
        resources = template.ResourceBlocks(source, yaml.parse(source))
    except SyntaxProblem:
        return lambda change: None
    return lambda change: template.edit(source, resources, change)


class Offers:
    """Mark findings that can be fixed: by an edit of a file written by people, for which `may_edit` is true."""

    __slots__ = ("_made", "_may_edit")

    def __init__(self, may_edit: Callable[[str], bool]) -> None:
        self._may_edit = may_edit
        # Roots that share a module have its findings in common.
        self._made: dict[tuple[object, ...], Edit | None] = {}

    def offer(self, findings: Iterable[Finding]) -> None:
        """Mark some findings, whose sources are read for this and not kept."""
        editor = Editor()
        for finding in findings:
            change = finding.change
            if change is None or not finding.is_failure or finding.construct is not None:
                continue
            key = change.key()
            if key not in self._made:
                self._made[key] = editor.edit(change) if self._may_edit(change.at.path) else None
            edit = self._made[key]
            if edit is not None:
                finding.fix = "unsafe" if finding.risk else "safe"
                finding.edits = ((Span(edit.source, edit.start, edit.end), edit.text),)


class Fixed:
    """The result of fixing: old and new source of each changed file, how many findings are gone, what remains."""

    __slots__ = ("count", "report", "sources", "texts", "withdrawn")

    def __init__(self, report: Report) -> None:
        self.report = report
        self.count = 0
        self.sources: dict[str, Source] = {}
        self.texts: dict[str, str] = {}
        self.withdrawn: list[Notice] = []


def fixed(report: Report, check: Callable[[Mapping[str, str]], Report], wanted: Callable[[Finding], bool]) -> Fixed:
    """Fix the findings that are `wanted`. `check` returns the report on the files with other texts, by display path.

    Edits are made together; if a finding then remains, or a finding or notice is new, fewer of them are tried, and one
    that fails alone is withdrawn.
    """
    done = Fixed(report)
    refused: set[tuple[str, ...]] = set()
    while True:
        editor = Editor()
        batch = _apart(
            (finding, edit)
            for finding in done.report.findings
            if finding.fix and finding.change and _key(finding) not in refused and wanted(finding)
            if (edit := editor.edit(finding.change)) is not None
        )
        if not batch:
            return done
        while True:
            texts = dict(done.texts)
            by_source: dict[Source, list[Edit]] = {}
            for _, edit in batch:
                by_source.setdefault(edit.source, []).append(edit)
            for source, edits in by_source.items():
                done.sources.setdefault(source.path, source)
                texts[source.path] = applied(source.text, edits)
            after = check(texts)
            problem = _problem(done.report, after, [finding for finding, _ in batch])
            if problem is None:
                gone = Counter(map(_key, done.report.findings)) - Counter(map(_key, after.findings))
                done.count += gone.total()
                done.report, done.texts = after, texts
                break
            if len(batch) == 1:
                finding = batch[0][0]
                refused.add(_key(finding))
                message = f"{finding.address}: no fix of {finding.rule} is made, as {problem}"
                done.withdrawn.append(Notice(NoticeKind.UNSUPPORTED, finding.at.path, message, finding.at))
                break
            batch = batch[: len(batch) // 2]


def _apart(pairs: Iterable[tuple[Finding, Edit]]) -> list[tuple[Finding, Edit]]:
    """Return edits that do not overlap: of overlapping ones, the first."""
    taken: list[tuple[Finding, Edit]] = []
    # The edits that were taken of each source, in the order of their places, as start and end.
    places: dict[Source, list[tuple[int, int]]] = {}
    for finding, edit in pairs:
        there = places.setdefault(edit.source, [])
        index = bisect_right(there, (edit.end, len(edit.source.text)))
        if index == 0 or there[index - 1][1] < edit.start:
            there.insert(index, (edit.start, edit.end))
            taken.append((finding, edit))
    return taken


def _key(finding: Finding) -> tuple[str, ...]:
    return finding.rule, finding.address, finding.at.path


def _problem(before: Report, after: Report, fixed: list[Finding]) -> str | None:
    old, new = Counter(map(_key, before.findings)), Counter(map(_key, after.findings))
    for key, number in Counter(map(_key, fixed)).items():
        if new[key] > old[key] - number:
            return "it would stay"
    revealed = {(rule, one.address) for one in fixed if one.change is not None for rule in one.change.reveals}
    if more := [key for key in new - old if key[:2] not in revealed]:
        rule, address, _ = min(more)
        return f"{rule} would be found at {address}"
    notices = [Counter((one.kind, one.path, one.message) for one in report.notices) for report in (before, after)]
    if notices[1] - notices[0]:
        return "less could be checked afterwards"
    return None

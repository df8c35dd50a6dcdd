"""Which ignores take the place of skips: at what is found today, and as narrow as the skip is."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from enum import StrEnum

from iplint.budget import charge
from iplint.fix.comments import Commenter, takes_comments
from iplint.fix.edit import applied
from iplint.judging.suppressions import Blocks, covers, ignored_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from typing import TypeAlias

    from iplint.finding import Finding, Report
    from iplint.fix.edit import Edit
    from iplint.inventory.rows import LaunchRow
    from iplint.location import Source, Span
    from iplint.peers.references import References
    from iplint.peers.skips import Skip

    # The rule, address, path and message of a finding.
    _Key: TypeAlias = tuple[str, str, str, str]


# What it costs to look at a finding or a result, in steps of the budget.
_STEPS = 2
# How often a check is repeated to find the ignores that change more than they should.
_MAX_CHECKS = 6
# What would end the ignore, where a reason only mentions it.
_UNTIL = re.compile(r"\buntil\s*=\s*")


class Outcome(StrEnum):
    """What becomes of a skip."""

    WRITTEN = "written"
    IGNORED = "already ignored"
    NO_RULE = "no rule of iplint"
    NOT_FOUND = "nothing found there"
    EXPIRED = "expired"
    LEFT = "left to you"


class Style(StrEnum):
    """What an ignore applies to."""

    LINE = "line"
    BLOCK = "block"
    FILE = "file"


class Migrated:
    """A skip, what becomes of it, and why where it is left to a person. `findings` are what it skips today."""

    __slots__ = ("findings", "outcome", "skip", "why")

    def __init__(self, skip: Skip, outcome: Outcome, why: str = "", findings: Sequence[Finding] = ()) -> None:
        self.skip = skip
        self.outcome = outcome
        self.why = why
        self.findings = list(findings)


class _Comment:
    """An ignore in a file: its edit, and the findings that it is to suppress."""

    __slots__ = ("edit", "findings", "path")

    def __init__(self, path: str, edit: Edit, findings: Sequence[Finding]) -> None:
        self.path = path
        self.edit = edit
        self.findings = list(findings)


class Migration:
    """What becomes of all skips: the `comments` that are written, the new texts of `sources` by shown path, and rules
    by pattern for `ignore-in`.
    """

    __slots__ = ("comments", "ignored_in", "reasons", "results", "sources")

    def __init__(self) -> None:
        self.results: list[Migrated] = []
        self.sources: dict[str, Source] = {}
        self.comments: list[_Comment] = []
        self.ignored_in: dict[str, list[str]] = {}
        # By pattern, what is written beside it.
        self.reasons: dict[str, list[str]] = {}

    @property
    def texts(self) -> dict[str, str]:
        """Return the new texts, by shown path."""
        edits: dict[str, list[Edit]] = {}
        for comment in self.comments:
            edits.setdefault(comment.path, []).append(comment.edit)
        return {path: applied(self.sources[path].text, edits_there) for path, edits_there in edits.items()}


def migration(
    skips: Iterable[Skip],
    references: References,
    report: Report,
    rows: Sequence[LaunchRow],
    today: str,
    check_again: Callable[[Mapping[str, str]], Report],
) -> Migration:
    """Decide what becomes of skips. `report` has what is found now, `rows` the launches; `today` is a date (ISO 8601).

    `check_again` returns the report with other texts in place of those of files, by shown path: an ignore that would
    suppress more than the findings that are skipped is not written.
    """
    planner = _Planner(references, report, rows, today)
    made = Migration()
    made.results = [planner.result(skip) for skip in skips]
    planner.require_all_launches(made.results)
    _write(made, report)
    _withdraw(made, report, check_again)
    return made


class _Planner:
    """Finds what each skip applies to."""

    def __init__(self, references: References, report: Report, rows: Sequence[LaunchRow], today: str) -> None:
        self._references = references
        self._failing = [finding for finding in report.findings if finding.is_failure]
        self._ignored = [finding for finding in report.ignored if finding.is_failure]
        self._today = today
        self._rows = rows
        # By address and file of a template: its launches.
        self._launches: dict[tuple[str, str], list[LaunchRow]] = {}
        for row in rows:
            if row.template is not None:
                self._launches.setdefault((row.template.address, row.template.at.path), []).append(row)
        self._failing_at = self._by_path(self._failing)
        self._ignored_at = self._by_path(self._ignored)

    def _by_path(self, findings: Sequence[Finding]) -> dict[str, list[Finding]]:
        """Return findings by each file that they have a place in, or a launch."""
        found: dict[str, list[Finding]] = {}
        for finding in findings:
            places = (finding.at, *finding.declared, *(row.launch.at for row in self._sharing(finding)))
            for path in {at.path for at in places}:
                found.setdefault(path, []).append(finding)
        return found

    def result(self, skip: Skip) -> Migrated:
        """Return what becomes of one skip."""
        if skip.until is not None and not _is_date(skip.until):
            return Migrated(skip, Outcome.LEFT, f"its date {skip.until} is not YYYY-MM-DD")
        if skip.until is not None and skip.until < self._today:
            return Migrated(skip, Outcome.EXPIRED, f"it ended on {skip.until}")
        rules = [name for id in skip.ids for name in self._references.rules(skip.tool, id)]
        if skip.ids and not rules:
            return Migrated(skip, Outcome.LEFT if skip.problem else Outcome.NO_RULE, skip.problem)
        kept = {name for id in skip.kept for name in self._references.rules(skip.tool, id)}

        def applies(finding: Finding) -> bool:
            is_meant = finding.rule not in kept if skip.is_everything else finding.rule in rules
            return is_meant and finding.rule != "unjustified-ignore" and self._covers(skip, finding)

        if skip.problem:
            return Migrated(skip, Outcome.LEFT, skip.problem)
        failing, ignored = self._failing, self._ignored
        if skip.pattern is None:
            path = skip.covered.path if skip.covered is not None else ""
            failing, ignored = self._failing_at.get(path, []), self._ignored_at.get(path, [])
        charge(_STEPS * (1 + len(failing) + len(ignored)))
        found = [finding for finding in failing if applies(finding)]
        if found:
            return Migrated(skip, Outcome.WRITTEN, findings=found)
        if any(applies(finding) for finding in ignored):
            return Migrated(skip, Outcome.IGNORED)
        return self._used_there(skip, set(rules)) or Migrated(skip, Outcome.NOT_FOUND)

    def _used_there(self, skip: Skip, rules: Collection[str]) -> Migrated | None:
        """Return what becomes of a skip on what only uses the place of a finding: a policy its document, say."""
        covered = skip.covered
        if covered is None:
            return None
        charge(_STEPS * (len(self._rows) + len(self._failing)))
        policies = {policy.address for row in self._rows for policy in row.policies if covered.holds(policy.at)}
        for finding in self._failing:
            # What a finding is about is the first word of its message: a policy, where its document is the place.
            is_about = finding.message.partition(" ")[0] in policies
            if finding.rule in rules and (is_about or any(covered.holds(step.at) for step in finding.related)):
                place = f"{finding.at.path}:{finding.at.first[0]}"
                why = f"{finding.rule} is at {finding.address} ({place}), which others may use, too: ignore it there"
                return Migrated(skip, Outcome.LEFT, why)
        return None

    def _covers(self, skip: Skip, finding: Finding) -> bool:
        if skip.pattern is not None:
            return covers(finding, skip.pattern)
        if skip.covered is None:
            return False
        if skip.covered.holds(finding.at) or any(skip.covered.holds(at) for at in finding.declared):
            return True
        return any(skip.covered.holds(row.launch.at) for row in self._sharing(finding))

    def _sharing(self, finding: Finding) -> list[LaunchRow]:
        """Return the launches from the template that a finding is at."""
        return self._launches.get((finding.address, finding.at.path), [])

    def require_all_launches(self, results: Sequence[Migrated]) -> None:
        """Leave to a person what is skipped for some launches of a template, and found at the template."""
        taken: list[tuple[Migrated, Finding]] = []
        for result in results:
            covered = result.skip.covered
            if result.outcome is not Outcome.WRITTEN or covered is None:
                continue
            for finding in result.findings:
                if covered.holds(finding.at) or any(covered.holds(at) for at in finding.declared):
                    continue
                others = [row for row in self._sharing(finding) if not _is_skipped(row, finding, results)]
                if others:
                    taken.append((result, finding))
                    names = ", ".join(row.launch.address for row in others)
                    result.why = f"{finding.address} also launches {names}, where {finding.rule} is not skipped"
        for result, finding in taken:
            result.findings.remove(finding)
            if not result.findings:
                result.outcome = Outcome.LEFT


def _is_skipped(row: LaunchRow, finding: Finding, results: Sequence[Migrated]) -> bool:
    charge(_STEPS * len(results))
    return any(
        finding in result.findings and result.skip.covered is not None and result.skip.covered.holds(row.launch.at)
        for result in results
    )


def _write(made: Migration, report: Report) -> None:
    """Make the edits and settings for what is to be written."""
    failing = [finding for finding in report.findings if finding.is_failure]
    # By place: the comments there, each with what it ignores and the skips that it is for.
    planned: dict[tuple[str, int, Style, str], tuple[list[Migrated], list[Finding]]] = {}
    # A second ignore of a finding would be of no use, and be reported: a setting comes first, then what holds longest.
    done: set[int] = set()
    for result in sorted((one for one in made.results if one.outcome is Outcome.WRITTEN), key=_precedence):
        skip = result.skip
        said = _said(skip)
        if skip.pattern is not None and skip.until is None:
            there = (*made.ignored_in.get(skip.pattern, ()), *(finding.rule for finding in result.findings))
            made.ignored_in[skip.pattern] = list(dict.fromkeys(there))
            made.reasons.setdefault(skip.pattern, []).append(said)
            done.update(map(id, result.findings))
            continue
        for finding in result.findings:
            if id(finding) in done:
                continue
            done.add(id(finding))
            source, offset, style = _place(skip, finding)
            made.sources.setdefault(source.path, source)
            results, findings = planned.setdefault((source.path, offset, style, said), ([], []))
            results.append(result)
            findings.append(finding)
    writers = {path: _Writer(source, failing) for path, source in made.sources.items()}
    for (path, offset, style, said), (results, findings) in planned.items():
        rules = list(dict.fromkeys(finding.rule for finding in findings))
        edit = writers[path].edit(offset, style, rules, said, results)
        if edit is not None:
            made.comments.append(_Comment(path, edit, findings))
            continue
        for result in results:
            result.outcome = Outcome.LEFT
            result.why = f"{path} takes no comment there: ignore {', '.join(rules)} by ignore-in"


def _said(skip: Skip) -> str:
    """Return the reason and the end of an ignore, in one line."""
    what = ", ".join(skip.ids) if skip.ids else "everything"
    reason = _UNTIL.sub("until ", " ".join(skip.reason.split())) or f"{skip.tool} skips {what}"
    return f"{reason} until={skip.until}" if skip.until is not None else reason


def _precedence(result: Migrated) -> tuple[bool, bool, int]:
    """Return what orders the skips of one finding."""
    until = result.skip.until
    return not _is_in_settings(result), until is not None, -int((until or "0").replace("-", ""))


def _place(skip: Skip, finding: Finding) -> tuple[Source, int, Style]:
    """Return the source, the offset and the style of the ignore for a finding."""
    covered = skip.covered
    if covered is None or (covered.start == 0 and covered.end == len(covered.source.text)):
        source = next((at.source for at in (finding.at, *finding.declared) if at.source.is_file), finding.at.source)
        return source, finding.at.start if source is finding.at.source else 0, Style.FILE
    if not (covered.holds(finding.at) or any(covered.holds(at) for at in finding.declared)):
        return finding.at.source, finding.at.start, Style.BLOCK
    text = covered.source.text[covered.start : covered.end]
    start = covered.start + len(text) - len(text.lstrip())
    if "\n" in text.strip():
        return covered.source, start, Style.BLOCK
    return covered.source, finding.at.start if covered.holds(finding.at) else start, Style.LINE


class _Writer:
    """Writes ignores into one source."""

    __slots__ = ("_blocks", "_commenter", "_failing", "_source")

    def __init__(self, source: Source, failing: Sequence[Finding]) -> None:
        self._source = source
        self._failing = [finding for finding in failing if finding.at.path == source.path]
        self._blocks = Blocks(source)
        self._commenter = Commenter(source)

    def edit(
        self, offset: int, style: Style, rules: Sequence[str], said: str, results: Sequence[Migrated]
    ) -> Edit | None:
        """Return the edit that ignores some rules at an offset; None where nothing can be written there."""
        if not self._source.is_file:
            return None
        names = ", ".join(rules)
        if not takes_comments(self._source):
            reason, _, until = said.partition(" until=")
            item = {"rule": names, "reason": reason, **({"until": until} if until else {})}
            return self._commenter.into_metadata(offset, item) if style is not Style.FILE else None
        if style is Style.FILE:
            return self._commenter.above(0, f"# iplint: ignore-file[{names}] {said}")
        comment = f"# iplint: ignore[{names}] {said}"
        if style is Style.LINE and self._covers_more(offset, rules, results):
            return self._commenter.behind(offset, comment)
        return self._commenter.above(offset, comment)

    def _covers_more(self, offset: int, rules: Sequence[str], results: Sequence[Migrated]) -> bool:
        """Return whether a comment above a line would also ignore what a skip does not."""
        charge(_STEPS * len(self._failing))
        line, _ = self._source.position(offset)
        _, last = self._blocks.below(line - 1)
        return any(
            finding.rule in rules
            and line < finding.at.first[0] <= last
            and not any(finding in result.findings for result in results)
            for finding in self._failing
        )


def _withdraw(made: Migration, report: Report, check_again: Callable[[Mapping[str, str]], Report]) -> None:
    """Take back the comments that would change more than the skipped findings."""
    checks = 0
    while made.comments:
        after = check_again(made.texts)
        checks += 1
        ignored_in(after, made.ignored_in)
        skipped = {
            id(finding) for result in made.results if result.outcome is Outcome.WRITTEN for finding in result.findings
        }
        expected = Counter(_key(one) for one in report.findings if one.is_failure and id(one) not in skipped)
        found = Counter(_key(one) for one in after.findings if one.is_failure)
        lost, new = expected - found, found - expected
        if not lost and not new:
            return
        wrong = _wrong(made, after, lost, new) if checks < _MAX_CHECKS else {}
        if not wrong:
            differing = {path for _, _, path, _ in (*lost, *new)}
            here = [one for one in made.comments if one.path in differing] or made.comments
            wrong = {id(one): "an ignore there would change other findings, too" for one in here}
        _take_back(made, wrong)


def _wrong(made: Migration, after: Report, lost: Counter[_Key], new: Counter[_Key]) -> dict[int, str]:
    """Return why, by comment, those that suppress what is `lost`, do not suppress what is `new`, or are invalid."""
    comments = _Written(made)
    wrong: dict[int, str] = {}
    for finding in after.ignored:
        if finding.ignored is not None and lost[_key(finding)]:
            comment = comments.at(finding.ignored.at)
            if comment is not None:
                wrong[id(comment)] = f"an ignore there would cover {finding.rule} of {finding.address}, too"
    for finding in after.findings:
        if not finding.is_failure or not new[_key(finding)]:
            continue
        if finding.rule == "unjustified-ignore":
            comment = comments.at(finding.at)
            if comment is not None:
                wrong[id(comment)] = f"an ignore there would be wrong: {finding.message}"
            continue
        for comment in made.comments:
            if any(_key(one) == _key(finding) for one in comment.findings):
                wrong[id(comment)] = f"an ignore there would not cover {finding.rule} of {finding.address}"
    return wrong


def _take_back(made: Migration, wrong: Mapping[int, str]) -> None:
    """Take back some comments, and leave to a person what they were for."""
    for comment in made.comments:
        why = wrong.get(id(comment))
        if why is None:
            continue
        gone = set(map(id, comment.findings))
        for result in made.results:
            kept = [finding for finding in result.findings if id(finding) not in gone]
            if result.outcome is Outcome.WRITTEN and len(kept) < len(result.findings) and not _is_in_settings(result):
                result.findings = kept
                result.why = why
                if not kept:
                    result.outcome = Outcome.LEFT
    made.comments = [comment for comment in made.comments if id(comment) not in wrong]


class _Written:
    """Where comments are in the new texts."""

    __slots__ = ("_ranges",)

    def __init__(self, made: Migration) -> None:
        self._ranges: dict[str, list[tuple[int, int, _Comment]]] = {}
        shifts: dict[str, int] = {}
        for comment in sorted(made.comments, key=lambda one: one.edit.start):
            edit, shift = comment.edit, shifts.get(comment.path, 0)
            start = edit.start + shift
            self._ranges.setdefault(comment.path, []).append((start, start + len(edit.text), comment))
            shifts[comment.path] = shift + len(edit.text) - (edit.end - edit.start)

    def at(self, at: Span) -> _Comment | None:
        """Return the comment at a place in a new text."""
        ranges = self._ranges.get(at.path, ())
        charge(len(ranges))
        return next((comment for start, end, comment in ranges if start <= at.start < end), None)


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _is_in_settings(result: Migrated) -> bool:
    return result.skip.pattern is not None and result.skip.until is None


def _key(finding: Finding) -> _Key:
    return finding.rule, finding.address, finding.at.path, finding.message

"""Suppressions in templates, by comments and metadata, and how they match findings."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from fnmatch import fnmatchcase
from heapq import heappop, heappush

from iplint.finding import Fail, Finding, VerdictKind
from iplint.location import Span
from iplint.resource import Ignore, SuppressedBy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from iplint.finding import Report, Scope, Severity
    from iplint.location import Source
    from iplint.resource import NoticeCause
    from iplint.rule import Rule

    AnyRule = Rule[object]

MARK = "iplint:"
_COMMENT = r"(?:#|//|/\*)[ \t]*iplint:(?P<said>[^\r\n]*)"
# Terraform and Packer documentation, JSON Configuration Syntax: the property "//" is a comment of its object.
_PROPERTY = r'"//"\s*:\s*"\s*iplint:(?P<property>(?:[^"\\\r\n]|\\.)*)"'
_BRACES = r'"(?:[^"\\\r\n]|\\.)*"|[{}]'
_SAID = r"\s*ignore(?P<file>-file)?\s*\[(?P<rules>[^\]]*)\](?P<rest>.*)"
_UNTIL = r"(?:^|\s)until\s*=\s*(?P<date>\S+)"
_OWN_LINE = r"[ \t]*(?:#|//|/\*)"
_CLOSING = ("}", "]", ")")
FORM = (
    "write `# iplint: ignore[rule-name] reason`, with until=YYYY-MM-DD if it is to end; ignore-file is for whole files"
)


def comments(source: Source) -> Iterator[Ignore]:
    """Yield the suppressions in the comments of a source, in order.

    A trailing comment applies to its line; a comment on its own line applies to the block below: the next line and the
    following lines that are indented deeper. A property `//` of JSON applies to its object, `ignore-file` to the file.
    """
    if MARK not in source.text:
        return
    blocks = Blocks(source)
    objects: dict[int, tuple[int, int]] | None = None
    for found in re.finditer(f"{_COMMENT}|{_PROPERTY}", source.text):
        if found["property"] is not None:
            objects = objects if objects is not None else _objects(source.text)
            around = Span(source, *objects.get(found.start(), (found.start(), found.end())))
            yield read(found["property"], Span(source, found.start(), found.end()), around)
            continue
        at = Span(source, found.start(), found.start() + len(found[0].rstrip().removesuffix("*/").rstrip()))
        line = at.first[0]
        own = re.match(_OWN_LINE, source.line(line)) is not None
        first, last = blocks.below(line) if own else (line, line)
        covered = _lines(source, first, last)
        yield read(found["said"].rstrip().removesuffix("*/"), at, covered)


def read(said: str, at: Span, covered: Span) -> Ignore:
    """Parse the text after the mark: `ignore[rule, rule] reason until=2027-01-31`."""
    directive = re.fullmatch(_SAID, said)
    if directive is None:
        return Ignore(at, None, problem=f"it is not understood: {FORM}")
    rules = tuple(name.strip() for name in directive["rules"].split(",") if name.strip())
    rest = directive["rest"]
    if directive["file"]:
        covered = Span(at.source, 0, len(at.source.text))
    ends = re.search(_UNTIL, rest)
    reason = " ".join((rest[: ends.start()] + " " + rest[ends.end() :] if ends else rest).split())
    return Ignore(at, covered, rules, reason, ends["date"] if ends else None)


def _objects(text: str) -> dict[int, tuple[int, int]]:
    """Return the object of JSON, with its name, that each property `//` belongs to, by the place of the property."""
    found: dict[int, tuple[int, int]] = {}
    open: list[tuple[int, list[int]]] = []
    before: re.Match[str] | None = None
    for sign in re.finditer(_BRACES, text):
        if sign[0] == "{":
            is_named = before is not None and before[0][0] == '"' and ":" in text[before.end() : sign.start()]
            open.append((before.start() if before is not None and is_named else sign.start(), []))
        elif sign[0] == "}" and open:
            start, properties = open.pop()
            found.update(dict.fromkeys(properties, (start, sign.end())))
        elif sign[0] == '"//"' and open:
            open[-1][1].append(sign.start())
        before = sign
    return found


class Blocks:
    """The blocks of a source by their lines. Each block is searched once for all comments above it."""

    __slots__ = ("_bare", "_ends", "_last", "_lines", "_numbers")

    def __init__(self, source: Source) -> None:
        lines = source.text.split("\n")
        self._last = len(lines)
        # What is not blank, and the numbers of those lines; then those of them that are not comments.
        self._numbers = [number for number, line in enumerate(lines, 1) if line.strip()]
        self._lines = [lines[number - 1] for number in self._numbers]
        self._bare = [index for index, line in enumerate(self._lines) if re.match(_OWN_LINE, line) is None]
        self._ends: dict[int, int] = {}

    def below(self, line: int) -> tuple[int, int]:
        """Return the first and last line of the block below a line; comments and empty lines between do not count."""
        behind = bisect_right(self._numbers, line)
        index = bisect_left(self._bare, behind)
        if index == len(self._bare):
            return self._last + 1, self._last + 1
        first = self._bare[index]
        if first not in self._ends:
            self._ends[first] = self._end(first)
        return self._numbers[first], self._numbers[self._ends[first]]

    def _end(self, first: int) -> int:
        lines = self._lines
        indent = _indent(lines[first])
        is_item = lines[first].lstrip().startswith("- ")
        last = first
        for index in range(first + 1, len(lines)):
            text = lines[index]
            # YAML allows the items of a list at the indentation of its key.
            below = text.lstrip().startswith("- ") and not is_item and _indent(text) == indent
            if _indent(text) <= indent and not below:
                if _indent(text) == indent and text.lstrip().startswith(_CLOSING):
                    last = index
                break
            last = index
        return last


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _lines(source: Source, first: int, last: int) -> Span:
    """Return the source from the start of one line to the end of another."""
    start = source.start_of(first)
    return Span(source, start, max(start, source.start_of(last + 1)))


class SuppressionFilter:
    """Decide which findings of a report are suppressed. `today` is a date (ISO 8601); `known` are all rules, `active`
    those that ran; `needs_reason` requires a reason in each comment. In the files `beside`, which others may use too, a
    suppression that matches nothing may still be needed.
    """

    __slots__ = ("_active", "_beside", "_known", "_needs_reason", "_today")

    def __init__(
        self,
        known: Iterable[str],
        active: Iterable[str],
        today: str,
        needs_reason: bool,
        beside: Iterable[str] = (),
    ) -> None:
        self._beside = frozenset(beside)
        self._known = frozenset(known)
        self._active = frozenset(active)
        self._today = today
        self._needs_reason = needs_reason

    def apply(self, report: Report, ignores: Sequence[Ignore]) -> None:
        """Move suppressed findings of a report to its ignored ones, and report invalid suppressions."""
        accepted: dict[tuple[str, str], list[Ignore]] = {}
        for ignore in ignores:
            ignore.problem = ignore.problem or self._flaw(ignore)
            if ignore.covered is not None and ignore.problem is None:
                ignore.problem = self._misspelled(ignore)
                for rule in dict.fromkeys(ignore.rules):
                    accepted.setdefault((ignore.covered.path, rule), []).append(ignore)
        ends = [ignore.until for ignore in ignores if ignore.until is not None and _is_date(ignore.until)]
        report.lasts_until = min((end for end in ends if end >= self._today), default=None)
        covering = {key: _Covering(found) for key, found in accepted.items()}
        kept: list[Finding] = []
        for finding in report.findings:
            finding.ignored = _ignoring(finding, covering)
            (kept if finding.ignored is None else report.ignored).append(finding)
        report.findings = kept
        for ignore in ignores:
            is_unused = ignore.problem is None and not ignore.used and ignore.at.path not in self._beside
            if is_unused and self._active.intersection(ignore.rules):
                ignore.problem = f"nothing here breaks {' or '.join(ignore.rules)}: take it out"

    def _flaw(self, ignore: Ignore) -> str | None:
        """Return the problem of a suppression that does not depend on findings."""
        if not ignore.rules:
            return f"it names no rule: {FORM}"
        if ignore.until is not None and not _is_date(ignore.until):
            return f"{ignore.until} is not a date: write until=YYYY-MM-DD"
        if ignore.until is not None and ignore.until < self._today:
            return f"it ended on {ignore.until}"
        if self._needs_reason and not ignore.reason:
            return "it gives no reason"
        return None

    def _misspelled(self, ignore: Ignore) -> str | None:
        """Return which names of a suppression are not rules: these are lost, and the others are not."""
        unknown = [name for name in ignore.rules if name not in self._known]
        if not unknown:
            return None
        from difflib import get_close_matches

        near = get_close_matches(unknown[0], sorted(self._known), 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        others = " (its other names hold)" if len(unknown) < len(ignore.rules) else ""
        return f"there is no rule {unknown[0]}{hint}{others}"


class _Covering:
    """Find the first of some comments that covers a place."""

    __slots__ = ("_ignores", "_starts")

    def __init__(self, ignores: Sequence[Ignore]) -> None:
        edges: list[tuple[int, int, int]] = []
        for index, ignore in enumerate(ignores):
            if ignore.covered is not None and ignore.covered.start < ignore.covered.end:
                edges += (ignore.covered.start, index, 1), (ignore.covered.end, index, 0)
        # From each of these places up to the next one, the same comment applies.
        self._starts: list[int] = []
        self._ignores: list[Ignore | None] = []
        waiting: list[int] = []
        ended: set[int] = set()
        for at, index, opens in sorted(edges):
            if opens:
                heappush(waiting, index)
            else:
                ended.add(index)
            while waiting and waiting[0] in ended:
                heappop(waiting)
            if not self._starts or self._starts[-1] != at:
                self._starts.append(at)
                self._ignores.append(None)
            self._ignores[-1] = ignores[waiting[0]] if waiting else None

    def at(self, offset: int) -> Ignore | None:
        """Return the comment that covers an offset; None when there is none."""
        index = bisect_right(self._starts, offset) - 1
        return self._ignores[index] if index >= 0 else None


def _ignoring(finding: Finding, covering: Mapping[tuple[str, str], _Covering]) -> Ignore | None:
    for at in (finding.at, *finding.declared):
        there = covering.get((at.path, finding.rule))
        ignore = there.at(at.start) if there is not None else None
        if ignore is not None:
            ignore.used = True
            return ignore
    return None


def ignored_in(report: Report, selectors: Mapping[str, Collection[str]]) -> None:
    """Suppress findings by the configuration: each selector suppresses some rules in what it covers."""
    kept: list[Finding] = []
    for finding in report.findings:
        found = [one for one, rules in selectors.items() if finding.rule in rules and covers(finding, one)]
        if found:
            reason = f"ignore-in: {found[0]}"
            finding.ignored = Ignore(finding.at, None, (finding.rule,), reason, by=SuppressedBy.CONFIGURATION)
        (report.ignored if found else kept).append(finding)
    report.findings = kept


def severities_in(report: Report, selectors: Mapping[str, Mapping[str, Severity]]) -> None:
    """Set the severities of the findings that a selector covers; the last one counts."""
    for finding in (*report.findings, *report.ignored):
        for selector, severities in selectors.items():
            if finding.rule in severities and covers(finding, selector):
                finding.severity = severities[finding.rule]


def covers(finding: Finding, selector: str) -> bool:
    """Return whether a selector covers a finding: its file or a directory around that, or each of its resources."""
    kind, _, pattern = selector.partition(":")
    if kind not in ("address", "tag", "account"):
        path = finding.at.path
        return fnmatchcase(path, selector) or path.startswith(selector.rstrip("/") + "/")
    return bool(finding.scopes) and all(_is_in(scope, kind, pattern) for scope in finding.scopes)


def _is_in(scope: Scope, kind: str, pattern: str) -> bool:
    """Return whether a resource has an address, a tag or an account like a pattern."""
    match kind:
        case "account":
            return scope.account is not None and fnmatchcase(scope.account, pattern)
        case "tag":
            name, _, value = pattern.partition("=")
            return name in scope.tags and fnmatchcase(scope.tags[name], value)
        case _:
            # In an address, brackets are an index.
            plain = pattern.replace("[", "[[]")
            return any(fnmatchcase(scope.address, form) for form in (plain, f"{plain}.*", f"{plain}[[]*"))


def accept_notices(report: Report, patterns: Mapping[str, Collection[NoticeCause]]) -> None:
    """Accept the notices of some causes in files that match a pattern. What could not be read is never accepted."""
    for notice in report.notices:
        if not notice.is_fatal:
            notice.accepted = any(
                notice.cause in causes and (fnmatchcase(notice.path, pattern) or notice.path.startswith(f"{pattern}/"))
                for pattern, causes in patterns.items()
            )


def _is_date(text: str) -> bool:
    from datetime import date

    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def apply_suppressions(
    report: Report,
    ignores: Sequence[Ignore],
    known: Sequence[AnyRule],
    active: Sequence[AnyRule],
    about: Callable[[str], bool],
    needs_reason: bool,
    beside: Iterable[str] = (),
) -> None:
    """Remove from a report suppressed findings, and add findings on suppressions in the requested files (`about`)."""
    from datetime import date

    suppress = SuppressionFilter(
        [rule.name for rule in known], [rule.name for rule in active], str(date.today()), needs_reason, beside
    )
    suppress.apply(report, ignores)
    for rule in active:
        if rule.on is Ignore:
            for ignore in ignores:
                for verdict in rule.check(ignore) if about(ignore.at.path) else ():
                    if isinstance(verdict, Fail):
                        severity = verdict.severity if verdict.severity is not None else rule.severity
                        report.findings.append(
                            Finding(
                                rule.name,
                                severity,
                                VerdictKind.FAIL,
                                verdict.message,
                                verdict.address or "",
                                verdict.at,
                            )
                        )

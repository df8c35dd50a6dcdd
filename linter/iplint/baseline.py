"""The baseline: known findings of existing code, so that a check reports new ones only.

An entry is a rule, a path from the root of the repository, an address, the evidence and a severity. The evidence is a
hash of the line that decides the finding, without white space, comments and secrets. So an entry survives when lines
move or get a comment, counts repeated findings, and does not cover a finding that has become more severe.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from bisect import bisect_right
from collections import Counter

from iplint.config import ConfigError, items_of, members_of, shallow, violated
from iplint.finding import Severity
from iplint.report.fingerprint import own_range, own_text
from iplint.report.json import escaped
from iplint.report.masking import Mask
from iplint.resource import Ignore, SuppressedBy
from iplint.workspace import ReadError, read_named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import TypeAlias

    from iplint.finding import Finding, Report
    from iplint.location import Source
    from iplint.resource import Notice

    # A rule, a path, an address without the index at its end, and evidence.
    Key: TypeAlias = tuple[str, str, str, str]
    Entry: TypeAlias = tuple[Key, Severity]
    # A cause, a path and a message.
    Place: TypeAlias = tuple[str, str, str]
    # An address that a resource had before a `moved` block gave it another; the directory, as shown, in which it was
    # declared, None where that may have been any; and the names that are new, each with the one before.
    Former: TypeAlias = tuple[str, str | None, tuple[tuple[str, str], ...]]

# Version 1 has no severities, and hashes of lines with their comments. It is still read: its entries cover findings of
# any severity.
VERSION, VERSION_1 = 2, 1
# How deep an entry is, in a file of entries.
_LEVELS = 3
_MEMBERS = ("rule", "path", "address", "evidence")
_NOTICE_MEMBERS = ("cause", "path", "message")
_WORDS = {severity.word: severity for severity in Severity}

SCHEMA: dict[str, object] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Baseline of iplint",
    "type": "object",
    "properties": {
        "version": {"enum": [VERSION_1, VERSION]},
        "findings": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    **{name: {"type": "string"} for name in _MEMBERS},
                    "severity": {"enum": list(_WORDS)},
                    "count": {"type": "integer", "minimum": 1},
                },
                "required": [*_MEMBERS, "count"],
                "additionalProperties": False,
            },
        },
        "notices": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    **{name: {"type": "string"} for name in _NOTICE_MEMBERS},
                    "count": {"type": "integer", "minimum": 1},
                },
                "required": [*_NOTICE_MEMBERS, "count"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["version", "findings"],
    "additionalProperties": False,
}

# Blanks between quoted strings, which decide nothing, and the strings, in which they may.
_BLANKS = r"\"(?:[^\"\\]|\\.)*\"|\s+"
_HCL = (".tf", ".tofu", ".hcl", ".tfvars")


class BaselineError(ConfigError):
    """A baseline that cannot be used; the message says which file, where, and what to do."""


def _no_formers(finding: Finding) -> Iterable[Former]:
    del finding
    return ()


class Baseline:
    """The number of findings of each entry, and of `notices` that are accepted. `rooted` converts a display path to one
    from the root of the repository.
    """

    __slots__ = ("_rooted", "_version", "entries", "notices")

    def __init__(
        self,
        entries: Counter[Entry],
        rooted: Callable[[str], str],
        version: int = VERSION,
        notices: Counter[Place] | None = None,
    ) -> None:
        self.entries = entries
        self.notices: Counter[Place] = notices if notices is not None else Counter()
        self._rooted = rooted
        self._version = version

    @classmethod
    def of(cls, report: Report, rooted: Callable[[str], str]) -> Baseline:
        """Return the failing findings of a report as a baseline, and the notices that it can accept."""
        lines = _LineIndex(report)
        entries = Counter((lines.key(finding, rooted), finding.severity) for finding in _failing(report))
        mask = Mask(report.hidden)
        open_ones = [notice for notice in report.notices if not notice.is_fatal and not notice.accepted]
        return cls(entries, rooted, notices=Counter(_place(notice, mask, rooted) for notice in open_ones))

    @classmethod
    def read(cls, path: str, shown: str, rooted: Callable[[str], str], is_own: bool = False) -> Baseline:
        """Return the baseline in a file, which the command line names unless `is_own`. Raises BaselineError."""
        try:
            tree: object = json.loads(read_named(path, is_own).decode("utf-8"))
        except ReadError as refused:
            raise BaselineError(f"{shown}: the baseline {refused}") from None
        except ValueError as error:
            raise BaselineError(
                f"{shown}: this is not JSON: {error}; run `iplint baseline` to write a new one"
            ) from None
        taken = _taken(tree)
        if taken is None:
            raise BaselineError(f"{shown}: {_complaint(tree)}; run `iplint baseline` to write a new one")
        return cls(taken[1], rooted, taken[0], taken[2])

    def under(self, renamed: Mapping[str, str]) -> Baseline:
        """Return the baseline with the new paths of files that were renamed, from the root of the repository."""
        entries: Counter[Entry] = Counter()
        for ((rule, path, address, evidence), severity), count in self.entries.items():
            entries[(rule, renamed.get(path, path), address, evidence), severity] += count
        notices: Counter[Place] = Counter()
        for (cause, path, message), count in self.notices.items():
            notices[cause, renamed.get(path, path), message] += count
        return Baseline(entries, self._rooted, self._version, notices)

    def text(self) -> str:
        """Return the file: one line an entry, sorted, so that a change of one entry changes one line."""
        findings = [
            {**dict(zip(_MEMBERS, key, strict=True)), "severity": severity.word, "count": count}
            for (key, severity), count in sorted(self.entries.items())
        ]
        notices = [
            {**dict(zip(_NOTICE_MEMBERS, place, strict=True)), "count": count}
            for place, count in sorted(self.notices.items())
        ]
        text = f'{{\n  "version": {VERSION},\n  "findings": {_listed(findings)}'
        return text + (f',\n  "notices": {_listed(notices)}' if notices else "") + "\n}\n"

    def claim(
        self,
        report: Report,
        findings: Iterable[Finding] | None = None,
        formers: Callable[[Finding], Iterable[Former]] = _no_formers,
    ) -> list[Finding]:
        """Use up one entry for each failing finding that is known, and return these findings.

        An entry covers findings of at most its severity. A finding that has become more severe uses up its entry as
        well, but is new. `findings` are those of the report unless they are given; `formers` finds the earlier
        addresses of a finding.
        """
        lines = _LineIndex(report)
        open_ones = _failing(report) if findings is None else list(findings)
        # The most severe first: an entry that covers them covers all others too.
        open_ones.sort(key=lambda finding: (-finding.severity, finding.at.key()))
        claimed: list[Finding] = []
        for is_known in (True, False):
            # Its own address comes before those that others had, so that no entry covers two findings.
            for has_moved in (False, True):
                rest: list[Finding] = []
                for finding in open_ones:
                    keys = self._former(finding, lines, formers) if has_moved else self._own(finding, lines)
                    found = self._least(keys, finding.severity if is_known else Severity.INFO)
                    if found is None:
                        rest.append(finding)
                        continue
                    self.entries[found] -= 1
                    if is_known:
                        claimed.append(finding)
                open_ones = rest
        return claimed

    def _least(self, keys: Iterable[Key], severity: Severity) -> Entry | None:
        """Return the least severe remaining entry of some keys that is at least as severe as asked for."""
        entries = ((key, known) for key in keys for known in Severity if known >= severity)
        return next((entry for entry in entries if self.entries[entry] > 0), None)

    def _own(self, finding: Finding, lines: _LineIndex) -> Iterator[Key]:
        path, address = self._rooted(finding.at.path), lines.address(finding.address)
        for evidence in lines.evidence(finding, self._version):
            yield finding.rule, path, address, evidence

    def _former(
        self, finding: Finding, lines: _LineIndex, formers: Callable[[Finding], Iterable[Former]]
    ) -> Iterator[Key]:
        """Yield the keys that a finding may have had at its earlier addresses, in whatever file these were declared."""
        if not any(count > 0 and key[0] == finding.rule for (key, _), count in self.entries.items()):
            return
        for former, shown, renamed in formers(finding):
            address = lines.address(former)
            known = set(lines.evidence(finding, self._version, renamed))
            directory = self._rooted(shown) if shown is not None else None
            for key, _ in sorted(self.entries):
                rule, path, whose, evidence = key
                is_there = directory is None or (os.path.dirname(path) or os.curdir) == directory
                if rule == finding.rule and whose == address and evidence in known and is_there:
                    yield key

    def apply(
        self,
        report: Report,
        reason: str,
        formers: Callable[[Finding], Iterable[Former]] = _no_formers,
        *,
        by: SuppressedBy = SuppressedBy.BASELINE,
    ) -> list[Finding]:
        """Move known findings of a report to the ignored ones; undecided ones stay. Return the known ones.

        Known notices are accepted.
        """
        self._accept(report)
        claimed = self.claim(report, formers=formers)
        for finding in claimed:
            finding.ignored = Ignore(finding.at, None, (finding.rule,), reason, by=by)
        known = {id(finding) for finding in claimed}
        report.findings = [finding for finding in report.findings if id(finding) not in known]
        report.ignored += claimed
        return claimed

    def _accept(self, report: Report) -> None:
        """Accept one notice for each that is known."""
        mask = Mask(report.hidden)
        for notice in report.notices if self.notices else ():
            place = _place(notice, mask, self._rooted)
            if not notice.is_fatal and not notice.accepted and self.notices[place] > 0:
                self.notices[place] -= 1
                notice.accepted = True

    def fixed(self, read: Iterable[str]) -> int:
        """Return how many entries remain after `claim` for the files that were read, by display path."""
        paths = {self._rooted(path) for path in read}
        return sum(count for ((_, path, _, _), _), count in self.entries.items() if path in paths)


def _place(notice: Notice, mask: Mask, rooted: Callable[[str], str]) -> Place:
    """Return what identifies a notice: lines may move."""
    return notice.cause, rooted(mask.path(notice.path)), mask.words(notice.message)


def _listed(entries: Sequence[Mapping[str, object]]) -> str:
    """Return the JSON text of a list, one line an entry."""
    lines = [escaped(json.dumps(entry, ensure_ascii=False)) for entry in entries]
    body = ",\n    ".join(lines)
    return f"[\n    {body}\n  ]" if lines else "[]"


def rooting(top: str, working: str) -> Callable[[str], str]:
    """Return a function that converts a path relative to the working directory to one relative to the repository's
    root.
    """
    return lambda shown: os.path.relpath(os.path.join(working, shown), top).replace(os.sep, "/")


def _failing(report: Report) -> list[Finding]:
    return [finding for finding in report.findings if finding.is_failure]


class _LineIndex:
    """The lines that identify findings: without white space, comments and secrets."""

    __slots__ = ("_comments", "_mask")

    def __init__(self, report: Report) -> None:
        self._mask = Mask(report.hidden)
        self._comments: dict[Source, list[tuple[int, int]]] = {}

    def address(self, address: str) -> str:
        """Return an address in the form of entries: without the index, because instances of one block are one fact."""
        return self._mask.words(address.rpartition("[")[0] if address.endswith("]") else address)

    def key(self, finding: Finding, rooted: Callable[[str], str]) -> Key:
        """Return the key of a new entry."""
        (evidence,) = self.evidence(finding, VERSION)
        return finding.rule, rooted(self._mask.path(finding.at.path)), self.address(finding.address), evidence

    def evidence(self, finding: Finding, version: int, renamed: Iterable[tuple[str, str]] = ()) -> Iterator[str]:
        """Return the evidence of a finding in the form of each version; with earlier names if given."""
        code = _with_names(self._code(finding), renamed)
        yield _hash(re.sub(_BLANKS, lambda found: found[0] if found[0][0] == '"' else "", code))
        if version == VERSION_1:
            yield _hash(" ".join(code.split()))
            yield _hash(_with_names(own_text(self._mask, finding), renamed))

    def _code(self, finding: Finding) -> str:
        """Return the line without its comments. A finding in a comment keeps the comment."""
        source = finding.at.source
        at, end = own_range(finding)
        comments = self._comments_of(source)
        if not any(start <= finding.at.start < stop for start, stop in self._near(comments, at, end)):
            pieces: list[str] = []
            for start, stop in self._near(comments, at, end):
                pieces.append(self._mask.hashed(source, at, max(at, start)))
                at = min(stop, end)
            return " ".join((*pieces, self._mask.hashed(source, at, end)))
        return self._mask.hashed(source, at, end)

    @staticmethod
    def _near(comments: list[tuple[int, int]], start: int, end: int) -> list[tuple[int, int]]:
        """Return the comments that overlap a range."""
        first = bisect_right(comments, start, key=lambda comment: comment[1])
        last = bisect_right(comments, end, key=lambda comment: comment[0])
        return comments[first:last]

    def _comments_of(self, source: Source) -> list[tuple[int, int]]:
        if source not in self._comments:
            found: list[tuple[int, int]] = []
            # A text that was made of a file may be in any notation.
            if source.is_file:
                if source.path.endswith(_HCL):
                    from iplint.syntax.hcl import comments
                else:
                    from iplint.syntax.yaml import comments
                found = comments(source.text)
            self._comments[source] = found
        return self._comments[source]


def _with_names(text: str, renamed: Iterable[tuple[str, str]]) -> str:
    """Return a line with earlier names, replaced where they are whole words."""
    for now, before in renamed:
        text = re.sub(rf"(?<![\w.-]){re.escape(now)}(?![\w-])", before.replace("\\", r"\\"), text)
    return text


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _taken(tree: object) -> tuple[int, Counter[Entry], Counter[Place]] | None:
    """Return the version, the entries and the notices of a tree if it is valid; faster than by the schema."""
    members = members_of(tree) or {}
    items = items_of(members.get("findings"))
    notices = _taken_notices(members.pop("notices", []))
    version = members.get("version")
    if set(members) != {"version", "findings"} or version not in (VERSION_1, VERSION) or items is None:
        return None
    if notices is None:
        return None
    found: Counter[Entry] = Counter()
    for item in items:
        match members_of(item) or {}:
            case {
                "rule": str(rule),
                "path": str(path),
                "address": str(address),
                "evidence": str(seen),
                "count": int(n),
            } as entry if len(entry) - ("severity" in entry) == len(_MEMBERS) + 1 and n > 0 and n is not True:
                word = entry.get("severity", Severity.CRITICAL.word)
                if not isinstance(word, str) or word not in _WORDS:
                    return None
                address = address.rpartition("[")[0] if address.endswith("]") else address
                found[(rule, path, address, seen), _WORDS[word]] += n
            case _:
                return None
    return (VERSION if version == VERSION else VERSION_1), found, notices


def _taken_notices(value: object) -> Counter[Place] | None:
    """Return the notices of a tree if they are valid."""
    items = items_of(value)
    found: Counter[Place] = Counter()
    for item in items or ():
        match members_of(item) or {}:
            case {"cause": str(cause), "path": str(path), "message": str(message), "count": int(n), **rest} if (
                not rest and n > 0 and n is not True
            ):
                found[cause, path, message] += n
            case _:
                return None
    return found if items is not None else None


def _complaint(tree: object) -> str:
    from jsonschema import ValidationError, validate

    try:
        validate(shallow(tree, _LEVELS), SCHEMA)
    except ValidationError as error:
        where = "/".join(str(part) for part in error.absolute_path)
        return f"{where}: {violated(error)}" if where else violated(error)
    return "this is not a baseline"

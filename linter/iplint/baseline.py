"""The baseline: findings of old code that are known, so that a check tells of new ones only.

An entry is a rule, a path from the root of the repository, an address, and the evidence: a hash of the line that the
finding stands on, without blanks and without any secret. So it survives when lines move, and counts how often it holds.
"""

from __future__ import annotations

import json
import os
from collections import Counter

from iplint.config import ConfigError, items_of, members_of, violated
from iplint.report.fingerprint import evidence
from iplint.report.json import escaped
from iplint.report.masking import Mask
from iplint.resource import Ignore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeAlias

    from iplint.finding import Finding, Report

    Entry: TypeAlias = tuple[str, str, str, str]

VERSION = 1
_MEMBERS = ("rule", "path", "address", "evidence")

SCHEMA: dict[str, object] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Baseline of iplint",
    "type": "object",
    "properties": {
        "version": {"const": VERSION},
        "findings": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    **{name: {"type": "string"} for name in _MEMBERS},
                    "count": {"type": "integer", "minimum": 1},
                },
                "required": [*_MEMBERS, "count"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["version", "findings"],
    "additionalProperties": False,
}


class BaselineError(ConfigError):
    """A baseline that cannot be used; the message says which file, where, and what to do."""


class Baseline:
    """How often each entry holds. `rooted` turns a path as it is shown into one from the root of the repository."""

    __slots__ = ("_rooted", "entries")

    def __init__(self, entries: Counter[Entry], rooted: Callable[[str], str]) -> None:
        self.entries = entries
        self._rooted = rooted

    @classmethod
    def of(cls, report: Report, rooted: Callable[[str], str]) -> Baseline:
        """The failing findings of a report as a baseline."""
        mask = Mask(report.hidden)
        failing = (finding for finding in report.findings if finding.verdict == "fail")
        return cls(Counter(_entry(finding, mask, rooted) for finding in failing), rooted)

    @classmethod
    def read(cls, path: str, shown: str, rooted: Callable[[str], str]) -> Baseline:
        """The baseline in a file. Raises BaselineError."""
        try:
            with open(path, encoding="utf-8") as file:
                tree: object = json.load(file)
        except OSError as error:
            raise BaselineError(f"{shown}: the baseline cannot be read: {error.strerror}") from None
        except ValueError as error:
            raise BaselineError(f"{shown}: this is not JSON: {error}; write it anew with iplint baseline") from None
        entries = _taken(tree)
        if entries is None:
            raise BaselineError(f"{shown}: {_complaint(tree)}; write it anew with iplint baseline")
        return cls(entries, rooted)

    def text(self) -> str:
        """The file: one line an entry, in their order, so that a change of one entry is a change of one line."""
        lines = [
            escaped(json.dumps(dict(zip((*_MEMBERS, "count"), (*entry, count), strict=True)), ensure_ascii=False))
            for entry, count in sorted(self.entries.items())
        ]
        body = ",\n    ".join(lines)
        return f'{{\n  "version": {VERSION},\n  "findings": [' + (f"\n    {body}\n  " if lines else "") + "]\n}\n"

    def apply(self, report: Report, reason: str) -> None:
        """Move what the baseline knows from the findings of a report to the ignored ones; undecided ones stay."""
        mask = Mask(report.hidden)
        left = self.entries.copy()
        kept: list[Finding] = []
        for finding in sorted(report.findings, key=lambda finding: finding.at.key()):
            entry = _entry(finding, mask, self._rooted)
            if finding.verdict == "fail" and left[entry] > 0:
                left[entry] -= 1
                finding.ignored = Ignore(finding.at, None, (finding.rule,), reason)
                report.ignored.append(finding)
            else:
                kept.append(finding)
        report.findings = kept
        self.entries = left

    def fixed(self, read: Iterable[str]) -> int:
        """How many entries, after `apply`, no longer hold in the files that were read, by their shown paths."""
        paths = {self._rooted(path) for path in read}
        return sum(count for (_, path, _, _), count in self.entries.items() if path in paths)


def rooting(top: str, working: str) -> Callable[[str], str]:
    """What turns a path relative to the working directory into one relative to the root of the repository."""
    return lambda shown: os.path.relpath(os.path.join(working, shown), top).replace(os.sep, "/")


def _entry(finding: Finding, mask: Mask, rooted: Callable[[str], str]) -> Entry:
    return finding.rule, rooted(mask.path(finding.at.path)), mask.words(finding.address), evidence(mask, finding)


def _taken(tree: object) -> Counter[Entry] | None:
    """The entries of a tree if it has the form of a baseline, as the schema says it, but at once."""
    members = members_of(tree) or {}
    items = items_of(members.get("findings"))
    if set(members) != {"version", "findings"} or members["version"] != VERSION or items is None:
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
            } as entry if len(entry) == len(_MEMBERS) + 1 and n > 0 and not isinstance(n, bool):
                found[rule, path, address, seen] += n
            case _:
                return None
    return found


def _complaint(tree: object) -> str:
    from jsonschema import ValidationError, validate

    try:
        validate(tree, SCHEMA)
    except ValidationError as error:
        where = "/".join(str(part) for part in error.absolute_path)
        return f"{where}: {violated(error)}" if where else violated(error)
    return "this is no baseline"

"""Convert the result of a root to values of JSON, and back: of the sources only places are kept."""

from __future__ import annotations

import os

from iplint.discovery.pending import RootInfo
from iplint.finding import (
    Finding,
    GrantByName,
    LaunchCounts,
    LaunchStatus,
    RoleInUse,
    RootResult,
    Severity,
    VerdictKind,
)
from iplint.location import Span
from iplint.resource import Notice, NoticeCause, NoticeKind, RecordedChange
from iplint.syntax import decoding
from iplint.syntax.problem import SyntaxProblem
from iplint.value import Link, Step
from iplint.workspace import ReadError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeGuard

    from iplint.location import Source
    from iplint.resource import Change
    from iplint.workspace import Workspace


class Unusable(Exception):
    """Something cannot be kept, or a kept result cannot be used any more; the message says what."""


class Sources:
    """The files of a workspace that places refer to, by display path; each is read once."""

    __slots__ = ("_found", "_workspace")

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._found: dict[str, Source] = {}

    def get(self, shown: str) -> Source:
        """Return the source with a display path. Raises Unusable when it cannot be read any more."""
        found = self._found.get(shown)
        if found is None:
            found = self._found[shown] = self._read(shown)
        return found

    def _read(self, shown: str) -> Source:
        try:
            return decoding.decode(shown, self._workspace.read(os.path.join(self._workspace.place[1], shown)))
        except (ReadError, SyntaxProblem) as error:
            raise Unusable(f"{shown} is not read") from error


def packed(outcome: RootResult, info: RootInfo) -> list[object]:
    """Return the result of a root, and what reading it recorded. Raises Unusable for places outside of files."""
    packer = _Packer()
    launches = outcome.launches
    parts: list[object] = [
        [packer.finding(whose, finding) for whose, finding in outcome.findings],
        [packer.notice(notice) for notice in outcome.notices],
        [*(getattr(launches, name) for name in LaunchCounts.__slots__), outcome.undecided],
        sorted(info.held),
        [[inner, [packer.notice(notice) for notice in notices]] for inner, notices in sorted(info.unread.items())],
        sorted(info.called),
        [info.is_marked, info.is_template],
        [[address, packer.span(at)] for address, at in outcome.proven],
        [[grant.role, grant.root, packer.span(grant.at), grant.what] for grant in outcome.grants_by_name],
        [
            [list(role.names), role.root, role.key, role.status, packer.finding((), role.finding)]
            for role in outcome.roles_in_use
        ],
    ]
    return [list(packer.paths), *parts]


class _Packer:
    """Write places with the number of their file in `paths`."""

    __slots__ = ("paths",)

    def __init__(self) -> None:
        self.paths: dict[str, int] = {}

    def span(self, at: Span) -> list[object]:
        if not at.source.is_file:
            raise Unusable(f"a place is in a text that is made of {at.path}")
        return [self.paths.setdefault(at.path, len(self.paths)), at.start, at.end]

    def notice(self, notice: Notice) -> list[object]:
        at = self.span(notice.at) if notice.at is not None else None
        return [notice.kind, notice.path, notice.message, at, notice.cause, notice.decides]

    def step(self, step: Step) -> list[object]:
        before = self.step(step.before) if step.before is not None else None
        return [self.span(step.at), step.message, step.link or 0, step.joint, before]

    def finding(self, whose: Sequence[str], finding: Finding) -> list[object]:
        change = finding.change
        return [
            list(whose),
            finding.rule,
            int(finding.severity),
            finding.verdict,
            finding.message,
            finding.address,
            self.span(finding.at),
            finding.when,
            [self.step(step) for step in finding.related],
            finding.label,
            finding.construct,
            [self.span(at) for at in finding.declared],
            [self.span(change.at), change.key()] if change is not None else None,
            finding.risk,
            finding.fix,
            [[self.span(at), text] for at, text in finding.edits],
        ]


def unpacked(record: object, sources: Sources) -> tuple[RootResult, RootInfo]:
    """Return the result from its record by `packed`. Raises Unusable when it is invalid, or a file cannot be read."""
    paths, findings, notices, counts, held, unread, called, marks, proven, grants, roles = as_list(record, 11)
    unpacker = _Unpacker([sources.get(as_text(path)) for path in as_list(paths)])
    outcome, info = RootResult(), RootInfo()
    outcome.findings = [unpacker.finding(finding) for finding in as_list(findings)]
    outcome.notices = [unpacker.notice(notice) for notice in as_list(notices)]
    names = LaunchCounts.__slots__
    *numbers, outcome.undecided = map(_number, as_list(counts, len(names) + 1))
    for name, number in zip(names, numbers, strict=True):
        setattr(outcome.launches, name, number)
    info.held = {as_text(path) for path in as_list(held)}
    info.called = {as_text(path) for path in as_list(called)}
    for inner, listed in (as_list(pair, 2) for pair in as_list(unread)):
        info.unread[as_text(inner)] = [unpacker.notice(notice) for notice in as_list(listed)]
    launches = (as_list(launch, 2) for launch in as_list(proven))
    outcome.proven = [(as_text(address), unpacker.span(at)) for address, at in launches]
    outcome.grants_by_name = [unpacker.grant(grant) for grant in as_list(grants)]
    outcome.roles_in_use = [unpacker.role(role) for role in as_list(roles)]
    info.is_marked, info.is_template = (mark is True for mark in as_list(marks, 2))
    return outcome, info


class _Unpacker:
    """Read places in some sources."""

    __slots__ = ("_sources",)

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources

    def span(self, value: object) -> Span:
        number, start, end = map(_number, as_list(value, 3))
        return Span(self._sources[number], start, end)

    def notice(self, value: object) -> Notice:
        kind, path, message, at, cause, decides = as_list(value, 6)
        return Notice(
            NoticeKind(as_text(kind)),
            as_text(path),
            as_text(message),
            self.span(at) if at is not None else None,
            cause=NoticeCause(as_text(cause)),
            decides=decides is True,
        )

    def finding(self, value: object) -> tuple[tuple[str, ...], Finding]:
        parts = as_list(value, 16)
        whose, rule, severity, verdict, message, address, at, when, related, label = parts[:10]
        construct, declared, change, risk, fix, edits = parts[10:]
        finding = Finding(
            as_text(rule),
            Severity(_number(severity)),
            VerdictKind(as_text(verdict)),
            as_text(message),
            as_text(address),
            self.span(at),
            _text_or_none(when),
            tuple(self._step(step) for step in as_list(related)),
            as_text(label),
        )
        finding.construct = _text_or_none(construct)
        finding.declared = tuple(self.span(place) for place in as_list(declared))
        finding.change = self._change(change)
        finding.risk = as_text(risk)
        finding.fix = _text_or_none(fix)
        pairs = (as_list(pair, 2) for pair in as_list(edits))
        finding.edits = tuple((self.span(at), as_text(text)) for at, text in pairs)
        return tuple(as_text(word) for word in as_list(whose)), finding

    def grant(self, value: object) -> GrantByName:
        name, root, at, what = as_list(value, 4)
        return GrantByName(as_text(name), as_text(root), self.span(at), as_text(what))

    def role(self, value: object) -> RoleInUse:
        names, root, key, status, finding = as_list(value, 5)
        kept = LaunchStatus(as_text(status))
        _, verdict = self.finding(finding)
        return RoleInUse(tuple(map(as_text, as_list(names))), as_text(root), as_text(key), status=kept, finding=verdict)

    def _step(self, value: object) -> Step:
        at, words, link, joint, before = as_list(value, 5)
        number = _number(link)
        return Step(
            self.span(at),
            as_text(words),
            link=Link(number) if number else None,
            joint=as_text(joint),
            before=self._step(before) if before is not None else None,
        )

    def _change(self, value: object) -> Change | None:
        if value is None:
            return None
        at, key = as_list(value, 2)
        return RecordedChange(self.span(at), _tuple(key))


def _is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)


def as_list(value: object, length: int | None = None) -> list[object]:
    """Return a list, of a given length if there is one. Raises Unusable for anything else."""
    if not _is_list(value) or length not in (None, len(value)):
        raise Unusable("a list is something else")
    return value


def _tuple(value: object) -> tuple[object, ...]:
    return tuple(_tuple(item) if _is_list(item) else item for item in as_list(value))


def as_text(value: object) -> str:
    """Return a text. Raises Unusable for anything else."""
    if not isinstance(value, str):
        raise Unusable("a text is something else")
    return value


def _text_or_none(value: object) -> str | None:
    return as_text(value) if value is not None else None


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise Unusable("a number is something else")
    return value

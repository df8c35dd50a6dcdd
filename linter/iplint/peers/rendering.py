"""A comparison with other tools as text, as Markdown and as JSON; no format shows a secret."""

from __future__ import annotations

from iplint.report.json import dumps
from iplint.report.markdown import code, safe
from iplint.report.masking import message_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from iplint.finding import Finding
    from iplint.peers.comparison import Comparison
    from iplint.peers.reports import TheirResult
    from iplint.report.json import Json
    from iplint.report.masking import Described, Mask

# How many reasons a result has in text and Markdown.
MAX_REASONS = 4

_TITLES = ("Both", "Only theirs", "Only iplint's", "In files that iplint did not read", "No rule of iplint")


def text(made: Comparison, rules: Mapping[str, Described], mask: Mask) -> str:
    """Return the comparison for a terminal."""
    lines: list[str] = []
    for title, items in _sections(made, rules, mask):
        lines += [f"{title}: {len(items)}"]
        for head, details in items:
            lines += [f"  {mask.plain(head)}", *(f"    {mask.plain(detail)}" for detail in details)]
        lines.append("")
    return "\n".join([*lines, _sums(made)]) + "\n"


def markdown(made: Comparison, rules: Mapping[str, Described], mask: Mask) -> str:
    """Return the comparison in GitHub's Markdown."""
    parts = [f"## iplint and other tools\n\n{safe(_sums(made), in_table=False)}\n"]
    for title, items in _sections(made, rules, mask):
        if items:
            parts.append(f"\n### {title} ({len(items)})\n\n")
            for head, details in items:
                parts.append(f"- {code(mask.plain(head), in_table=False)}\n")
                parts += (f"  - {safe(mask.plain(detail), in_table=False)}\n" for detail in details)
    return "".join(parts)


def json(made: Comparison, rules: Mapping[str, Described], mask: Mask, version: str) -> str:
    """Return the comparison for programs."""
    return dumps(
        {
            "version": 1,
            "tool": {"name": "iplint", "version": version},
            "summary": {
                "both": len(made.both),
                "only_theirs": len(made.only_theirs),
                "only_ours": len(made.only_ours),
                "no_rule": sum(made.no_rule.values()),
                "not_read": len(made.not_read),
            },
            "both": [
                {**_finding(shared.finding, mask), "theirs": [_their(one, mask) for one in shared.theirs]}
                for shared in made.both
            ],
            "only_theirs": [
                {
                    **_their(one.result, mask),
                    "file": mask.path(one.path),
                    "rules": one.rules,
                    "reasons": [mask.words(reason) for reason in one.reasons],
                }
                for one in made.only_theirs
            ],
            "only_ours": [
                {**_finding(finding, mask), "why": rules[finding.rule].why if finding.rule in rules else ""}
                for finding in made.only_ours
            ],
            "no_rule": [
                {"tool": mask.words(tool), "id": mask.words(id), "count": count}
                for (tool, id), count in sorted(made.no_rule.items())
            ],
            "not_read": [{**_their(result, mask), "why": mask.words(why)} for result, why in made.not_read],
        }
    )


def _sums(made: Comparison) -> str:
    return (
        f"{len(made.both)} findings of both, {len(made.only_theirs)} only theirs, {len(made.only_ours)} only iplint's; "
        f"{sum(made.no_rule.values())} results that no rule of iplint checks, {len(made.not_read)} in files not read."
    )


def _sections(
    made: Comparison, rules: Mapping[str, Described], mask: Mask
) -> Iterator[tuple[str, list[tuple[str, list[str]]]]]:
    """Yield each section with its items: a line, and the details below it."""
    yield (
        _TITLES[0],
        [
            (
                f"{_at(shared.finding)}: {shared.finding.rule}: {message_of(shared.finding)}",
                [", ".join(dict.fromkeys(f"{one.tool} {one.id}" for one in shared.theirs))],
            )
            for shared in made.both
        ],
    )
    yield (
        _TITLES[1],
        [
            (f"{_their_place(one.result, one.path)} (iplint: {', '.join(one.rules)})", _shortened(one.reasons))
            for one in made.only_theirs
        ],
    )
    yield (
        _TITLES[2],
        [
            (
                f"{_at(finding)}: {finding.rule}: {message_of(finding)}",
                [rules[finding.rule].why] if finding.rule in rules else [],
            )
            for finding in made.only_ours
        ],
    )
    yield _TITLES[3], [(_their_place(result), [why]) for result, why in made.not_read]
    yield _TITLES[4], [(f"{tool} {id}: {count}", []) for (tool, id), count in sorted(made.no_rule.items())]


def _shortened(reasons: list[str]) -> list[str]:
    """Return the first reasons: a module that many call has one for each launch."""
    if len(reasons) <= MAX_REASONS:
        return reasons
    return [*reasons[: MAX_REASONS - 1], f"{len(reasons) - MAX_REASONS + 1} more launches, listed by --format json"]


def _at(finding: Finding) -> str:
    return f"{finding.at.path}:{finding.at.first[0]}"


def _their_place(result: TheirResult, path: str = "") -> str:
    """Return a result with its place: the `path` of the file here, where it was found."""
    line = f":{result.lines[0]}" if result.lines[0] else ""
    return f"{path or result.path}{line}: {result.tool} {result.id}: {result.message}"


def _finding(finding: Finding, mask: Mask) -> dict[str, Json]:
    line, column = finding.at.first
    return {
        "rule": finding.rule,
        "severity": finding.severity.word,
        "address": mask.words(finding.address),
        "path": mask.path(finding.at.path),
        "line": line,
        "column": column,
        "message": mask.words(message_of(finding)),
    }


def _their(result: TheirResult, mask: Mask) -> dict[str, Json]:
    return {
        "tool": mask.words(result.tool),
        "id": mask.words(result.id),
        "path": mask.path(result.path),
        "line": result.lines[0],
        "message": mask.words(result.message),
    }

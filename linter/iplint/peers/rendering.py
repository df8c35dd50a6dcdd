"""A comparison with other tools as text, as Markdown and as JSON; no format shows a secret."""

from __future__ import annotations

from iplint.report.json import dumps
from iplint.report.markdown import code, safe
from iplint.report.masking import message_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from iplint.finding import Finding
    from iplint.peers.comparison import Comparison, OnlyTheirs
    from iplint.peers.reports import TheirResult
    from iplint.report.json import Json
    from iplint.report.masking import Described, Mask

# How many reasons a result has in text and Markdown.
MAX_REASONS = 4

_TITLES = ("Both", "Only theirs", "Only iplint's", "In files that iplint did not read", "No rule of iplint")


def text(made: Comparison, rules: Mapping[str, Described], mask: Mask) -> str:
    """Return the comparison for a terminal."""
    lines: list[str] = []
    for title, count, items in _sections(made, rules, mask):
        lines += [f"{title}: {count}"]
        for head, details in items:
            lines += [f"  {mask.plain(head)}", *(f"    {mask.plain(detail)}" for detail in details)]
        lines.append("")
    return "\n".join([*lines, _sums(made)]) + "\n"


def markdown(made: Comparison, rules: Mapping[str, Described], mask: Mask) -> str:
    """Return the comparison in GitHub's Markdown."""
    parts = [f"## iplint and other tools\n\n{safe(_sums(made), in_table=False)}\n"]
    for title, count, items in _sections(made, rules, mask):
        if items:
            parts.append(f"\n### {title} ({count})\n\n")
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
    shared, rest = len(made.both), sum(made.no_rule.values())
    return (
        f"{shared} finding{'' if shared == 1 else 's'} of both, {len(made.only_theirs)} only theirs, "
        f"{len(made.only_ours)} only iplint's; {rest} result{'' if rest == 1 else 's'} that no rule of iplint checks, "
        f"{len(made.not_read)} in files not read."
    )


def _sections(
    made: Comparison, rules: Mapping[str, Described], mask: Mask
) -> Iterator[tuple[str, int, list[tuple[str, list[str]]]]]:
    """Yield each section with the number of its results, and its items: a line, and the details below it."""
    yield (
        _TITLES[0],
        len(made.both),
        [
            (
                f"{_at(shared.finding)}: {shared.finding.rule}: {message_of(shared.finding)}",
                [", ".join(dict.fromkeys(f"{one.tool} {one.id}" for one in shared.theirs))],
            )
            for shared in made.both
        ],
    )
    yield _TITLES[1], len(made.only_theirs), _only_theirs(made)
    yield _TITLES[2], len(made.only_ours), _only_ours(made, rules)
    yield _TITLES[3], len(made.not_read), [(_their_place(result), [why]) for result, why in made.not_read]
    rest = [(f"{tool} {id}: {count}", list[str]()) for (tool, id), count in sorted(made.no_rule.items())]
    yield _TITLES[4], sum(made.no_rule.values()), rest


def _only_theirs(made: Comparison) -> list[tuple[str, list[str]]]:
    """Return the items of what only others report: results for one fault at one place are together."""
    together: dict[tuple[str, int, tuple[str, ...], tuple[str, ...]], list[OnlyTheirs]] = {}
    for one in made.only_theirs:
        key = one.path, one.result.lines[0], tuple(one.rules), tuple(one.reasons)
        together.setdefault(key, []).append(one)
    items: list[tuple[str, list[str]]] = []
    for first, *others in together.values():
        also = [f"also {one.result.tool} {one.result.id}: {one.result.message}" for one in others]
        head = f"{_their_place(first.result, first.path)} (iplint: {', '.join(first.rules)})"
        items.append((head, [*also, *_shortened(first.reasons)]))
    return items


def _only_ours(made: Comparison, rules: Mapping[str, Described]) -> list[tuple[str, list[str]]]:
    """Return the items of what only iplint reports, with the reason once a rule."""
    items: list[tuple[str, list[str]]] = []
    explained: set[str] = set()
    for finding in made.only_ours:
        why = [rules[finding.rule].why] if finding.rule in rules and finding.rule not in explained else []
        explained.add(finding.rule)
        items.append((f"{_at(finding)}: {finding.rule}: {message_of(finding)}", why))
    return items


def _shortened(reasons: list[str]) -> list[str]:
    """Return the first reason of each kind, and how many others: a module that many call has one for each launch."""
    kinds: dict[str, list[str]] = {}
    for reason in reasons:
        address, _, rest = reason.partition(": ")
        kinds.setdefault(reason if " " in address else rest.partition(": ")[0], []).append(reason)
    firsts = [
        first
        + (
            f" (and {len(others)} more launch{'es' if len(others) > 1 else ''}, listed by --format json)"
            if others
            else ""
        )
        for first, *others in kinds.values()
    ]
    if len(firsts) <= MAX_REASONS:
        return firsts
    return [*firsts[: MAX_REASONS - 1], f"{len(firsts) - MAX_REASONS + 1} more reasons, listed by --format json"]


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

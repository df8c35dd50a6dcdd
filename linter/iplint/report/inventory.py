"""The inventory of launches as a table, as JSON and as Markdown; no format shows a secret."""

from __future__ import annotations

from textwrap import wrap

from iplint.finding import LaunchCounts, LaunchStatus
from iplint.report.json import dumps, notice_tree
from iplint.report.markdown import link, safe
from iplint.report.masking import width
from iplint.report.text import launch_sums

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from iplint.inventory.rows import Fact, Inventory, LaunchRow, PolicyRow, Thing
    from iplint.report.json import Json
    from iplint.report.masking import Mask
    from iplint.resource import Notice

HEADS = ("VERDICT", "LAUNCH", "PROFILE", "ROLE", "TRUSTS EC2", "POLICIES", "TOKENS", "HOPS", "PLACE")
_MAX_WIDTH = (26, 30, 26, 26, 20, 34, 20, 12, 34)


def cells(row: LaunchRow, mask: Mask) -> list[list[str]]:
    """Return the columns of a launch, each in lines; the last column, its place, is left to the format."""
    policies = [f"{policy.given}: {policy.words}" for policy in row.policies]
    trust = row.trust.words if row.trust is not None else "no role"
    if row.role is not None and row.role.unknown:
        # Whatever decides the role decides these; its own cell says what that is.
        policies = [trust := "unknown: the role"]
    policies = policies or ["none"]
    verdict = [
        row.verdict or "nothing launches it",
        *(f"fails: {rule}" for rule in row.failed),
        *(f"undecided: {rule}" for rule in row.undecided),
    ]
    launch = [row.launch.words, row.launch.type]
    if row.template is not None:
        launch.append(f"from {row.template.words}")
    if row.exists is None:
        launch.append("whether it is created is unknown")
    shown = [
        verdict,
        launch,
        _named(row.profile),
        _named(row.role),
        [trust],
        policies,
        [row.tokens.words],
        [row.hops.words],
    ]
    return [[mask.plain(line) for line in lines] for lines in shown]


def _named(thing: Thing | None) -> list[str]:
    if thing is None:
        return ["none"]
    if thing.unknown and (thing.name or thing.address):
        return [thing.words, f"unknown: {thing.unknown}"]
    return [thing.words]


def table(inventory: Inventory, mask: Mask) -> str:
    """Return the inventory as a table in text. Cells are wrapped, never cut."""
    rows = [*inventory.launches, *inventory.templates]
    lines: list[str] = []
    if rows:
        grid = [
            [
                [part for line in lines for part in _wrapped(line, widest)]
                for lines, widest in zip(
                    [*cells(row, mask), [mask.where(row.launch.at.path, row.launch.at)]], _MAX_WIDTH, strict=True
                )
            ]
            for row in rows
        ]
        widths = [
            max(width(head), *(width(line) for row in grid for line in row[column]))
            for column, head in enumerate(HEADS)
        ]
        lines.append(_line(HEADS, widths))
        for row in grid:
            lines.append("")
            height = max(len(cell) for cell in row)
            lines += [
                _line([cell[index] if index < len(cell) else "" for cell in row], widths) for index in range(height)
            ]
    for one in inventory.apart:
        place = mask.where(one.thing.at.path, one.thing.at)
        lines += ["", "Apart:"] if one is inventory.apart[0] else []
        lines.append(f"  {mask.plain(f'{one.thing.kind} {one.thing.words} ({one.thing.type}): {one.why}')}  {place}")
    lines += ["", _sums(inventory)] if lines else [_sums(inventory)]
    return "\n".join(lines) + "\n"


def _wrapped(line: str, widest: int) -> list[str]:
    """Return a line in parts of at most `widest` characters, broken between words, else after punctuation, else
    anywhere.
    """
    parts: list[str] = []
    for part in wrap(line, widest, break_long_words=False, break_on_hyphens=False) or [""]:
        while len(part) > widest:
            sign = max(part.rfind(sign, widest // 2, widest) for sign in "./:-_") + 1
            parts.append(part[: sign or widest])
            part = part[sign or widest :]
        parts.append(part)
    return parts


def _line(texts: Sequence[str], widths: Sequence[int]) -> str:
    padded = (text + " " * (size - width(text)) for text, size in zip(texts, widths, strict=True))
    return "  ".join(padded).rstrip()


def _sums(inventory: Inventory) -> str:
    launches = LaunchCounts()
    for row in inventory.launches:
        launches.count(LaunchStatus(row.verdict))
    shown = launch_sums(launches)
    unused = len(inventory.templates)
    if unused:
        shown += f" {unused} launch {'template' if unused == 1 else 'templates'} that nothing here launches."
    return shown


def markdown(inventory: Inventory, mask: Mask) -> str:
    """Return the inventory as a table in GitHub's Markdown. Text of templates is shown literally, never as markup."""
    text = f"## Launches\n\n{safe(_sums(inventory), in_table=False)}\n"
    rows = [*inventory.launches, *inventory.templates]
    if rows:
        text += f"\n| {' | '.join(head.capitalize().replace('ec2', 'EC2') for head in HEADS)} |\n"
        text += f"|{' --- |' * len(HEADS)}\n"
    for row in rows:
        shown = ["<br>".join(safe(line) for line in lines) for lines in cells(row, mask)]
        text += f"| {' | '.join(shown)} | {link(mask.path(row.launch.at.path), row.launch.at)} |\n"
    if inventory.apart:
        text += "\n| Apart | Why | Place |\n| --- | --- | --- |\n"
    for one in inventory.apart:
        thing = mask.plain(f"{one.thing.kind} {one.thing.words} ({one.thing.type})")
        text += f"| {safe(thing)} | {one.why} | {link(mask.path(one.thing.at.path), one.thing.at)} |\n"
    return text


def json(inventory: Inventory, notices: Sequence[Notice], mask: Mask, version: str) -> str:
    """Return the inventory for programs, version 1 of docs/inventory.schema.json."""
    return dumps(
        {
            "version": 1,
            "tool": {"name": "iplint", "version": version},
            "launches": [_launch(row, mask) for row in inventory.launches],
            "templates": [_launch(row, mask) for row in inventory.templates],
            "apart": [
                {"root": mask.path(one.root), "kind": one.thing.kind, "why": one.why, **_thing(one.thing, mask)}
                for one in inventory.apart
            ],
            "notices": [notice_tree(mask, notice) for notice in notices],
        }
    )


def _launch(row: LaunchRow, mask: Mask) -> Json:
    return {
        "root": row.root,
        "key": mask.words(row.key),
        **_thing(row.launch, mask),
        "created": row.exists,
        "verdict": row.verdict or None,
        "failed": row.failed,
        "undecided": row.undecided,
        "template": _thing(row.template, mask) if row.template is not None else None,
        "profile": {**_thing(row.profile, mask), "named_by": mask.words(row.named_by)}
        if row.profile is not None
        else None,
        "role": _thing(row.role, mask) if row.role is not None else None,
        "trust": _fact(row.trust, mask) if row.trust is not None else None,
        "policies": [_policy(policy, mask) for policy in row.policies],
        "tokens": _fact(row.tokens, mask),
        "hop_limit": _fact(row.hops, mask),
    }


def _thing(thing: Thing, mask: Mask) -> dict[str, Json]:
    line, column = thing.at.first
    return {
        "address": mask.words(thing.address) or None,
        "type": thing.type or None,
        "name": mask.name(thing.name) or None,
        "unknown": mask.words(thing.unknown) or None,
        "path": mask.path(thing.at.path),
        "line": line,
        "column": column,
    }


def _policy(policy: PolicyRow, mask: Mask) -> Json:
    return {
        "given": policy.given,
        **_thing(policy, mask),
        "held_by": [mask.words(holder) for holder in policy.holders],
        "actions": [mask.words(action) for action in policy.actions],
    }


def _fact(fact: Fact, mask: Mask) -> Json:
    return {
        "value": mask.name(fact.value) or None,
        "unknown": mask.words(fact.unknown) or None,
        "note": mask.words(fact.note) or None,
    }

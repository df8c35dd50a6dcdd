"""Select the rules by name or group."""

from __future__ import annotations

import re

from iplint.rule import GROUPS, Rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    AnyRule = Rule[object]

ALL, DEFAULT = "all", "default"
# How settings select findings by what their resources belong to, in place of a path.
SCOPED = ("address:", "tag:", "account:")


class SelectionError(Exception):
    """Rules that do not exist or cannot be loaded; the message says which, and what to do."""


def chosen(rules: Sequence[AnyRule], selected: Sequence[str], ignored: Sequence[str]) -> list[AnyRule]:
    """Return the rules to run: those `selected`, else the default ones, without those `ignored`.

    Both hold names of rules, names of groups, `all` and `default`. Raises SelectionError for any other name.
    """
    wanted = meant(rules, selected or (DEFAULT,)) - meant(rules, ignored)
    if not wanted:
        raise SelectionError("no rule is left: select more or ignore less")
    return [rule for rule in rules if rule.name in wanted]


def meant(rules: Sequence[AnyRule], names: Iterable[str]) -> set[str]:
    """Return the rules for some names of rules and groups, by name. Raises SelectionError for any other name."""
    found: set[str] = set()
    for name in names:
        if name == ALL:
            found.update(rule.name for rule in rules)
        elif name == DEFAULT:
            found.update(rule.name for rule in rules if not rule.optional)
        elif name in GROUPS or any(rule.group == name for rule in rules):
            found.update(rule.name for rule in rules if rule.group == name)
        else:
            found.add(named(rules, name, (*GROUPS, *(rule.group for rule in rules), ALL, DEFAULT)).name)
    return found


def selector(rules: Sequence[AnyRule], text: str, names: Iterable[str]) -> str:
    """Return the selector in a setting, checked. Raises SelectionError for an invalid one or an unknown rule."""
    meant(rules, names)
    kind, colon, pattern = text.partition(":")
    if colon and f"{kind}:" not in SCOPED and re.fullmatch(r"[a-z]{2,}", kind):
        raise SelectionError(
            f"{text}: findings are selected by a path, or by {', '.join(SCOPED)} (in a path, write ? for :)"
        )
    if kind == "tag" and colon and "=" not in pattern:
        raise SelectionError(f"{text}: write it as tag:NAME=VALUE, where * is any value")
    return text


def named(rules: Sequence[AnyRule], name: str, others: Sequence[str] = ()) -> AnyRule:
    """Return the rule with this name. Raises SelectionError with the nearest name when there is none, `others`
    included.
    """
    for rule in rules:
        if rule.name == name:
            return rule
    from difflib import get_close_matches

    near = get_close_matches(name, [*(rule.name for rule in rules), *others], 1)
    hint = f"; did you mean {near[0]}?" if near else "; `iplint rules` lists them"
    raise SelectionError(f"there is no rule {'or group ' if others else ''}{name}{hint}")

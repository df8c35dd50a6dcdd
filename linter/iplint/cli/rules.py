"""`iplint rules`: the rules by group."""

from __future__ import annotations

from iplint.cli.arguments import add_rules, known_rules
from iplint.cli.command import CLEAN, Command
from iplint.cli.output import emit
from iplint.rule import GROUPS

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def list_rules(options: argparse.Namespace) -> int:
    """Print the rules by group, one a line."""
    rules = known_rules(options)
    width = max(len(rule.name) for rule in rules)
    groups = dict.fromkeys((*GROUPS, *(rule.group for rule in rules)))
    lines: list[str] = []
    for group in groups:
        listed = [rule for rule in rules if rule.group == group]
        if listed:
            lines.append(f"{group}:")
        for rule in listed:
            optional = " (only if selected)" if rule.optional else ""
            lines.append(f"  {rule.name:{width}}  {rule.severity.word:8}  {rule.title}{optional}")
    emit("".join(f"{line}\n" for line in lines))
    return CLEAN


COMMAND = Command("List the rules by group.", add_rules, list_rules)

"""`iplint explain`: the documentation of a rule."""

from __future__ import annotations

from iplint.cli.arguments import add_rules, known_rules
from iplint.cli.command import CLEAN, Command
from iplint.rule import page
from iplint.selection import named

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `iplint explain`."""
    parser.add_argument("name", metavar="RULE", help="the rule to explain")
    add_rules(parser)


def explain(options: argparse.Namespace) -> int:
    """Print the page of a rule."""
    print(page(named(known_rules(options), options.name)))
    return CLEAN


COMMAND = Command("Explain a rule, with examples.", add_arguments, explain)

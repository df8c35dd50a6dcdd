"""`iplint migrate`: what other scanners are told to skip, said to iplint as well."""

from __future__ import annotations

import sys

from iplint.cli.command import CLEAN, Command, UsageError
from iplint.cli.judging import secrets_in
from iplint.cli.output import write

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `iplint migrate`."""
    parser.add_argument("paths", nargs="+", metavar="FILE", help="templates and Terraform files")
    parser.add_argument("--write", action="store_true", help="change the files instead")


def migrate(options: argparse.Namespace) -> int:
    """Print as a diff, or write, the comments that say to iplint what others are told."""
    from iplint.location import Source
    from iplint.migrate import migrated, table
    from iplint.report.diff import render
    from iplint_rules import all_rules

    rules = all_rules()
    known = table(rules)
    hidden = [] if options.write else secrets_in(options.paths, rules)
    changed = 0
    for path in options.paths:
        try:
            with open(path, encoding="utf-8", newline="") as file:
                text = file.read()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{path} cannot be read: {error}") from None
        made = migrated(text, known)
        changed += made != text
        if made != text and options.write:
            write(made, path)
        elif made != text:
            write(render(Source(path, text), made, hidden), None)
    print(
        f"iplint: {changed} of {len(options.paths)} files {'changed' if options.write else 'would change'}",
        file=sys.stderr,
    )
    return CLEAN


COMMAND = Command(
    "Print, as a diff, comments that say to iplint what comments say to checkov, trivy and tfsec.",
    add_arguments,
    migrate,
)

"""`iplint migrate`: what other scanners are told to skip, said to iplint as well."""

from __future__ import annotations

import sys

from iplint.cli.command import CLEAN, Command, UsageError
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
    from difflib import unified_diff

    from iplint.migrate import migrated, table
    from iplint_rules import all_rules

    known = table(all_rules())
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
            sys.stdout.writelines(unified_diff(text.splitlines(True), made.splitlines(True), path, path))
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

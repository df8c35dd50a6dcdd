"""`iplint migrate`: convert suppressions for other scanners to iplint's."""

from __future__ import annotations

import os

from iplint.cli.command import CLEAN, Command, Parser, UsageError
from iplint.cli.output import emit, ready, say, write
from iplint.cli.request import Request
from iplint.secret import Secrets
from iplint.workspace import ReadError, Workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from iplint.finding import Report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `iplint migrate`."""
    parser.add_argument("paths", nargs="+", metavar="FILE", help="templates and Terraform files")
    parser.add_argument("--write", action="store_true", help="change the files instead")


def migrate(options: argparse.Namespace) -> int:
    """Print or write ignore comments that correspond to suppressions for other scanners."""
    from iplint.location import Source
    from iplint.peers.migrate import migrated, table
    from iplint.report.diff import render
    from iplint_rules import all_rules

    rules = all_rules()
    known = table(rules)
    # Only what is printed has to be searched for secrets.
    secrets = Secrets() if options.write else _checked(options.paths).hidden
    changes: dict[str, tuple[str, str]] = {}
    for path in options.paths:
        text = _read(path)
        made = migrated(text, known)
        if made != text:
            changes[path] = text, made
    # All are looked at before one is changed.
    for path in changes if options.write else ():
        ready(path, options.paths)
    for path, (text, made) in changes.items():
        if options.write:
            write(made, path, options.paths)
        else:
            emit(render(Source(path, text), made, secrets))
    changed = len(changes)
    say(f"{changed} of {len(options.paths)} files {'changed' if options.write else 'would change'}")
    return CLEAN


def _read(path: str) -> str:
    """Return the text of a file, read by the rules of a check. Raises UsageError."""
    absolute = os.path.abspath(path)
    try:
        return Workspace.around(os.path.dirname(absolute), os.getcwd()).read(absolute).decode("utf-8")
    except ReadError as refused:
        raise UsageError(f"{path} {refused}") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} cannot be read: {error}") from None


def _checked(paths: Sequence[str]) -> Report:
    """Return the secrets in some files, which their diff may not show."""
    from iplint.cli.check import add_arguments as add_arguments_of_check

    parser = Parser("iplint check", "")
    add_arguments_of_check(parser)
    return Request(parser.parse_args(["--no-repo-config", "--no-cache", "--", *paths])).check()[0]


COMMAND = Command(
    "Print a diff that converts suppressions for checkov, trivy and tfsec to iplint ignores.",
    add_arguments,
    migrate,
)

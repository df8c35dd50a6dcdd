"""`iplint audit`: check accounts as they are, from saved outputs of the AWS CLI."""

from __future__ import annotations

from iplint.cli.arguments import add_configuration, add_selection
from iplint.cli.check import add_report, add_verdicts, check
from iplint.cli.command import Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

# What `iplint check` takes and an account has no use for: inputs of templates, and fixes of files.
_WITHOUT: dict[str, object] = {
    "cross_check": False,
    "diff": False,
    "fix": False,
    "is_snapshot": True,
    "no_cache": True,
    "no_gitignore": False,
    "parameter": [],
    "parameters": [],
    "pre_commit": False,
    "root": None,
    "since": None,
    "stdin_filename": None,
    "unsafe_fixes": False,
    "validate": False,
    "var": [],
    "var_env": False,
    "var_file": [],
    "workspace": None,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `iplint audit`."""
    parser.add_argument(
        "paths",
        nargs="+",
        metavar="SNAPSHOT",
        help="directories or files with outputs of the AWS CLI: JSON or JSON Lines, or either with gzip",
    )
    files = parser.add_argument_group("files")
    files.add_argument("--exclude", action="append", metavar="GLOB", help="skip files and directories (repeatable)")
    files.add_argument(
        "--code",
        metavar="DIR",
        help="compare with the code in a directory (templates, configurations, plans, states): report what runs "
        "without code, what is weaker than its code, and what deploying it replaces",
    )
    add_report(parser)
    add_selection(parser)
    add_verdicts(parser, since=False)
    add_configuration(parser)
    parser.set_defaults(**_WITHOUT)


def audit(options: argparse.Namespace) -> int:
    """Check and report; return the exit status."""
    if options.code is None:
        return check(options)
    from iplint.cli.drift import CodeBeside

    return check(options, CodeBeside(options.code, options.exclude or ()))


COMMAND = Command(
    "Check accounts as they are, from what the AWS CLI saved of them. Nothing is called, and nothing is changed: what "
    "fixes a finding is printed as commands.",
    add_arguments,
    audit,
    "exit status: 0 nothing found, 1 findings, 2 bad usage, 3 something could not be read",
)

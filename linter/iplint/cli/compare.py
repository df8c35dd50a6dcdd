"""`iplint compare`: the results of other tools beside those of iplint."""

from __future__ import annotations

import os

from iplint import __version__
from iplint.budget import OUT_OF_BUDGET, Budget
from iplint.cli.check import parsed
from iplint.cli.command import CLEAN, INCOMPLETE, USAGE, Command, UsageError
from iplint.cli.output import emit, ready, say
from iplint.cli.request import Request, complain_of_missing
from iplint.finding import Severity
from iplint.inventory.listing import add
from iplint.inventory.rows import Inventory
from iplint.judging.session import arrange
from iplint.peers.comparison import compare as compared
from iplint.peers.references import References
from iplint.peers.rendering import json, markdown, text
from iplint.peers.reports import ReportError, results
from iplint.report.masking import Mask
from iplint.workspace import ReadError, read_named

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from iplint.peers.reports import TheirResult

_REPORTS = (".sarif", ".json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `iplint compare`."""
    parser.add_argument("reports", nargs="+", metavar="REPORT", help="SARIF of any tool, JSON of checkov or cfn_nag")
    parser.add_argument(
        "--in",
        dest="paths",
        action="append",
        default=[],
        metavar="PATH",
        help="what was scanned (repeatable; default: directories among the arguments, else this directory)",
    )
    parser.add_argument("--format", choices=("text", "markdown", "json"), default="text", help="default: text")
    parser.add_argument("-o", "--output", metavar="FILE", help="write to a file instead of standard output")


def compare(options: argparse.Namespace) -> int:
    """Compare, and print; return the exit status."""
    given: list[str] = options.reports
    # A template in JSON has the suffix of a report: --in names it.
    paths = [*options.paths, *(path for path in given if os.path.isdir(path) or not path.endswith(_REPORTS))]
    theirs = [result for path in given if path not in paths for result in _read(path)]
    paths = paths or ["."]
    case = Request(parsed(["--no-cache", "--proof", "--", *paths]))
    ready(options.output, paths)
    inventory = Inventory()
    report, catalog = case.check(lambda checked: add(inventory, checked))
    arrange(report, Severity.INFO, keep_undecided=True)
    sources = {source.path: source for source, _ in (*catalog.trees(), *catalog.bodies())}
    sources |= {source.path: source for source in catalog.json_bodies()}
    try:
        with Budget():
            names = {rule.name for rule in case.rules}
            made = compared(theirs, References(case.known), report, inventory, sources, names)
    except OUT_OF_BUDGET:
        say("comparing these reports takes more steps than iplint allows: name fewer paths and reports")
        return INCOMPLETE
    mask = Mask(report.hidden)
    rules = {rule.name: rule for rule in case.known}
    match options.format:
        case "json":
            written = json(made, rules, mask, __version__)
        case "markdown":
            written = markdown(made, rules, mask)
        case _:
            written = text(made, rules, mask)
    emit(written, options.output, paths)
    if catalog.missing:
        complain_of_missing(catalog)
        return USAGE
    return INCOMPLETE if any(notice.is_fatal for notice in report.notices) else CLEAN


def _read(path: str) -> list[TheirResult]:
    """Return the results in a report. Raises UsageError."""
    try:
        return results(read_named(os.path.abspath(path), is_own=True))
    except ReadError as refused:
        raise UsageError(f"{path} {refused}") from None
    except ReportError as error:
        raise UsageError(f"{path} {error}") from None


COMMAND = Command(
    "Set the results of other tools beside those of iplint: what both say, and what only one of them does.",
    add_arguments,
    compare,
    "exit status: 0 compared, 2 a report cannot be read, 3 something could not be checked",
)

"""Shared parts of `iplint inventory` and `iplint graph`: they check as `iplint check` does, and keep rows in place of
verdicts.
"""

from __future__ import annotations

from iplint.budget import OUT_OF_BUDGET
from iplint.cli.arguments import add_configuration, add_format, add_output, add_paths, add_selection
from iplint.cli.command import CLEAN, INCOMPLETE, USAGE
from iplint.cli.output import ready, report_unread, single_output
from iplint.cli.request import Request
from iplint.finding import Severity
from iplint.inventory.listing import add
from iplint.inventory.rows import Inventory
from iplint.judging.session import arrange
from iplint.resource import Notice, NoticeKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from iplint.discovery.catalog import Catalog
    from iplint.finding import Report
    from iplint.judging.engine import CheckedRoot


def add_listing(parser: argparse.ArgumentParser, formats: tuple[str, ...]) -> None:
    """Add the arguments of both commands; the first format is the default."""
    add_paths(parser)
    add_format(parser, formats)
    add_output(parser)
    add_selection(parser)
    add_configuration(parser)


def listed(options: argparse.Namespace, formats: tuple[str, ...]) -> tuple[Inventory, Report, Catalog]:
    """Check the paths of a command line; return the launches with their profiles and roles, and the findings."""
    single_output(options, formats)
    case = Request(options)
    ready(options.output, case.paths)
    inventory = Inventory()
    failed: list[Notice] = []

    def see(checked: CheckedRoot) -> None:
        try:
            add(inventory, checked)
        except OUT_OF_BUDGET:
            raise
        except Exception as error:  # one root that fails must not cost the others
            message = f"what it launches could not be listed ({type(error).__name__}); please report this defect"
            failed.append(Notice(NoticeKind.INTERNAL, checked.path, message))

    report, catalog = case.check(see)
    report.notices += failed
    arrange(report, Severity[options.severity.upper()], keep_undecided=True)
    inventory.arrange(catalog.concerns)
    return inventory, report, catalog


def status(report: Report, catalog: Catalog) -> int:
    """Report what was not read, and return the exit status."""
    unread = report_unread(report)
    return USAGE if catalog.missing else INCOMPLETE if unread else CLEAN

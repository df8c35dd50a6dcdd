"""Shared parts of `iplint inventory` and `iplint graph`: they check as `iplint check` does, and keep rows in place of
verdicts.
"""

from __future__ import annotations

from iplint.budget import OUT_OF_BUDGET
from iplint.cli.arguments import add_configuration, add_format, add_output, add_paths, add_selection, add_snapshot
from iplint.cli.command import CLEAN, INCOMPLETE, USAGE
from iplint.cli.output import ready, report_unread, single_output
from iplint.cli.request import Request
from iplint.finding import Severity
from iplint.inventory.listing import add
from iplint.inventory.rows import Inventory, reconsidered
from iplint.judging.session import arrange
from iplint.resource import Notice, NoticeKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from iplint.discovery.catalog import Catalog
    from iplint.finding import Proof, Report
    from iplint.judging.engine import CheckedRoot


def add_listing(parser: argparse.ArgumentParser, formats: tuple[str, ...]) -> None:
    """Add the arguments that `inventory` and `graph` share; the first format is the default."""
    add_paths(parser)
    add_snapshot(parser)
    add_format(parser, formats)
    add_output(parser)
    add_selection(parser)
    add_configuration(parser)


class RowCollector:
    """Collect the rows of each root while it is checked."""

    __slots__ = ("_failed", "inventory", "proofs")

    def __init__(self) -> None:
        self.inventory = Inventory()
        self.proofs: list[Proof] = []
        self._failed: list[Notice] = []

    def see(self, checked: CheckedRoot) -> None:
        """Add the rows of a root."""
        try:
            add(self.inventory, checked)
        except OUT_OF_BUDGET:
            raise
        except Exception as error:  # one root that fails must not cost the others
            message = f"what it launches could not be listed ({type(error).__name__}); please report this defect"
            self._failed.append(Notice(NoticeKind.INTERNAL, checked.path, message))

    def finish(self, report: Report, catalog: Catalog) -> None:
        """Keep only the rows and proofs of requested files; add to the report what could not be listed."""
        report.notices += self._failed
        self.inventory.launches = reconsidered(self.inventory.launches, report)
        self.inventory.arrange(catalog.concerns)
        self.proofs = report.proofs or []


def listed(options: argparse.Namespace, formats: tuple[str, ...]) -> tuple[Inventory, Report, Catalog]:
    """Check the paths of a command line; return the launches with their profiles and roles, and the findings."""
    single_output(options, formats)
    case = Request(options)
    ready(options.output, case.paths)
    rows = RowCollector()
    report, catalog = case.check(rows.see)
    rows.finish(report, catalog)
    arrange(report, Severity[options.severity.upper()], keep_undecided=True)
    case.warn(catalog)
    return rows.inventory, report, catalog


def status(report: Report, catalog: Catalog) -> int:
    """Report what was not read, and return the exit status."""
    unread = report_unread(report)
    return USAGE if catalog.missing else INCOMPLETE if unread else CLEAN

"""`iplint baseline`: record current findings as known."""

from __future__ import annotations

import os

from iplint.baseline import Baseline, rooting
from iplint.cli.arguments import add_configuration, add_jobs, add_paths, add_selection, add_snapshot, top_of
from iplint.cli.caching import add_cache
from iplint.cli.command import CLEAN, INCOMPLETE, USAGE, Command
from iplint.cli.output import emit, ready, report_unread, say
from iplint.cli.request import Request
from iplint.config import BASELINE
from iplint.finding import Severity
from iplint.judging.session import arrange

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `iplint baseline`."""
    add_paths(parser)
    add_snapshot(parser)
    parser.add_argument("-o", "--output", metavar="FILE", help=f"default: {BASELINE} at the root of the repository")
    add_selection(parser)
    add_configuration(parser)
    add_jobs(parser)
    add_cache(parser)


def write_baseline(options: argparse.Namespace) -> int:
    """Check, and write the failing findings as the baseline; return the exit status."""
    case = Request(options)
    top = top_of(case.working)
    path: str = options.output or os.path.relpath(os.path.join(top, BASELINE), case.working)
    ready(path, case.paths)
    report, catalog = case.check()
    arrange(report, Severity[options.severity.upper()], keep_undecided=False)
    found = Baseline.of(report, rooting(top, case.working))
    emit(found.text(), path, case.paths)
    shown = path.replace(os.sep, "/")
    count = found.entries.total()
    notices = found.notices.total()
    more = f" and {notices} {'notice' if notices == 1 else 'notices'}" if notices else ""
    say(f"{count} {'finding' if count == 1 else 'findings'}{more} written to {shown}")
    case.warn(catalog)
    unread = report_unread(report)
    if unread:
        say("iplint check exits with 3 until this can be read, or `exclude` leaves it out")
    return USAGE if catalog.missing else INCOMPLETE if unread else CLEAN


COMMAND = Command(
    "Record current findings, so that `iplint check` reports only new ones; undecided verdicts are not recorded.",
    add_arguments,
    write_baseline,
)

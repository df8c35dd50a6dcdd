"""`iplint lsp`: the language server, for editors."""

from __future__ import annotations

import os
from copy import deepcopy

from iplint.cli.arguments import add_configuration, add_selection
from iplint.cli.caching import dependencies
from iplint.cli.check import BASELINE_HELP, baseline, parsed
from iplint.cli.command import CLEAN, Command, OutputError, UsageError, lost
from iplint.cli.request import Request
from iplint.config import ConfigError
from iplint.finding import Severity
from iplint.judging.selection import SelectionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping, Sequence

    from iplint.discovery.catalog import Catalog
    from iplint.finding import Report
    from iplint.judging.session import Observer
    from iplint.rule import Rule


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `iplint lsp`: what the configuration of a folder does not say."""
    parser.add_argument("--undecided", action="store_true", default=None, help="show undecided verdicts")
    parser.add_argument("--baseline", metavar="FILE", help=BASELINE_HELP)
    add_selection(parser)
    add_configuration(parser)


class _Checks:
    """The settings of a folder at this moment."""

    __slots__ = ("_case", "_options")

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._case = Request(options)

    @property
    def settings(self) -> object:
        """See Checks."""
        case = self._case
        written = case.config.settings if case.config is not None else None
        return [written, dependencies(case.working, case.asked, case.rules, case.account)]

    @property
    def rules(self) -> Sequence[Rule[object]]:
        """See Checks."""
        return self._case.rules

    @property
    def lowest(self) -> Severity:
        """See Checks."""
        return Severity[self._options.severity.upper()]

    @property
    def shows_undecided(self) -> bool:
        """See Checks."""
        return bool(self._options.undecided)

    def examine(self, contents: Mapping[str, bytes], observer: Observer) -> tuple[Report, Catalog]:
        """See Checks. Findings of the baseline are suppressed."""
        known = baseline(self._options, self._case)
        report, catalog = self._case.session().examine(self._case.paths, contents, observer)
        for finding in report.findings:
            finding.ignored = None  # a finding that is recalled may have been in the baseline of an earlier check
        if known is not None:
            known.apply(report, "known by the baseline", catalog.former)
        return report, catalog


def opened(options: argparse.Namespace) -> Callable[[str], _Checks]:
    """Return a function that opens the settings of a folder, with the options of the command line."""
    # What the command line names is relative to where the server was started, and the server goes to its folders.
    for option in ("config", "baseline"):
        if getattr(options, option) is not None:
            setattr(options, option, os.path.abspath(getattr(options, option)))
    options.rules = [os.path.abspath(rules) if os.path.isdir(rules) else rules for rules in options.rules]
    whole = parsed(["--proof"])
    for name, value in vars(options).items():
        setattr(whole, name, value)

    def open_checks(directory: str) -> _Checks:
        try:
            os.chdir(directory)
        except OSError as error:
            raise UsageError(f"the folder cannot be entered: {error.strerror}") from None
        return _Checks(deepcopy(whole))

    return open_checks


def lsp(options: argparse.Namespace) -> int:
    """Serve until the editor ends it; return the exit status."""
    try:
        from iplint.lsp.server import InputError, serve
    except ImportError as error:
        raise UsageError(f"iplint lsp needs {error.name}: install iplint[lsp]") from None
    try:
        serve(opened(options), (ConfigError, SelectionError, UsageError))
    except InputError as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        raise OutputError(lost(error, None)) from error
    return CLEAN


COMMAND = Command("Serve an editor by the Language Server Protocol, on standard input and output.", add_arguments, lsp)

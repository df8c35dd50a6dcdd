"""A folder of the editor, which is checked with unsaved texts in place of the files."""

from __future__ import annotations

import os

from iplint.fix.fixing import Editor, fixed
from iplint.inventory.listing import add
from iplint.inventory.rows import Inventory, reconsidered
from iplint.judging.session import Observer, arrange
from iplint.lsp.recall import RecalledResults
from iplint.report.masking import Mask

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from typing import Protocol

    from iplint.discovery.catalog import Catalog
    from iplint.discovery.project import Project
    from iplint.finding import Finding, Proof, Report, Severity
    from iplint.fix.edit import Edit
    from iplint.inventory.rows import LaunchRow
    from iplint.judging.engine import CheckedRoot
    from iplint.location import Span
    from iplint.lsp.recall import Key, Mark
    from iplint.rule import Rule

    class Checks(Protocol):
        """How a folder is checked: with the current settings of its configuration."""

        @property
        def settings(self) -> object:
            """Return what results depend on beside the files, for a comparison."""
            ...

        @property
        def rules(self) -> Sequence[Rule[object]]:
            """Return the rules that check."""
            ...

        @property
        def lowest(self) -> Severity:
            """Return the lowest severity that is reported."""
            ...

        @property
        def shows_undecided(self) -> bool:
            """Return whether undecided verdicts are shown."""
            ...

        def examine(self, contents: Mapping[str, bytes], observer: Observer) -> tuple[Report, Catalog]:
            """Check the folder with some contents in place of files, by real path."""
            ...


class Stale(BaseException):
    """A check was cancelled, as a text has changed. It is not an Exception, which a session would report."""


class Results:
    """What a check of a folder found. `report` is arranged; `rules` are by name; `mask` hides secrets.

    `marks` has the findings of each root, `left_out` the roots that a check for one file has not checked.
    """

    __slots__ = ("catalog", "directory", "left_out", "marks", "mask", "report", "rows", "rules", "shows_undecided")

    def __init__(
        self,
        directory: str,
        *,
        report: Report,
        catalog: Catalog,
        rows: Sequence[LaunchRow],
        rules: Sequence[Rule[object]],
        shows_undecided: bool,
        marks: Mapping[Key, Collection[Mark]],
        left_out: Collection[Key],
    ) -> None:
        self.directory = directory
        self.marks = marks
        self.left_out = left_out
        self.report = report
        self.catalog = catalog
        self.rows = rows
        self.rules = {rule.name: rule for rule in rules}
        self.shows_undecided = shows_undecided
        self.mask = Mask(report.hidden)

    def path(self, shown: str) -> str:
        """Return the absolute path of a file, by its shown path."""
        return os.path.normpath(os.path.join(self.directory, shown))

    def is_in(self, at: Span, path: str) -> bool:
        """Return whether a place is in the file at an absolute path."""
        return self.path(at.path) == path

    def findings(self, path: str) -> list[Finding]:
        """Return what is reported of a file, by its absolute path."""
        return [
            finding
            for finding in self.report.findings
            if self.is_in(finding.at, path) and (finding.is_failure or self.shows_undecided)
        ]

    def proofs(self, path: str) -> list[Proof]:
        """Return the proofs of the launches that a file declares; of a launch in several roots each that differs."""
        found: dict[tuple[object, ...], Proof] = {}
        for proof in self.report.proofs or ():
            if self.is_in(proof.at, path):
                found.setdefault((proof.at.key(), proof.address, proof.status), proof)
        return list(found.values())


class Folder:
    """A folder by its real path, which is checked repeatedly. `open_checks` returns its current settings."""

    __slots__ = ("_open_checks", "_recalled", "_settings", "directory")

    def __init__(self, directory: str, open_checks: Callable[[str], Checks]) -> None:
        self.directory = directory
        self._open_checks = open_checks
        self._recalled = RecalledResults()
        self._settings: object = None

    def check(
        self, contents: Mapping[str, bytes], is_stale: Callable[[], bool] = lambda: False, path: str | None = None
    ) -> Results:
        """Check the folder. `contents` are by real path. Raises Stale, and what opening the settings raises.

        With the real path of a file, only its own root or one that reads it is checked, of those that are not known;
        the results say what was left out.
        """
        checks = self._open_checks(self.directory)
        if checks.settings != self._settings:
            self._recalled = RecalledResults()
            self._settings = checks.settings
        recalled = self._recalled
        recalled.start(path)
        report, catalog = checks.examine(contents, _Observer(recalled, is_stale))
        arrange(report, checks.lowest, keep_undecided=True)
        return Results(
            self.directory,
            report=report,
            catalog=catalog,
            rows=reconsidered(recalled.rows, report),
            rules=checks.rules,
            shows_undecided=checks.shows_undecided,
            marks=recalled.marks,
            left_out=recalled.left_out,
        )

    def fix(
        self,
        results: Results,
        finding: Finding,
        contents: Mapping[str, bytes],
        is_stale: Callable[[], bool] = lambda: False,
    ) -> Edit | None:
        """Return the edit that fixes a finding; None where the finding would remain, or another one would be new.

        Raises Stale.
        """
        if finding.change is None or finding.fix is None:
            return None

        def check_again(texts: Mapping[str, str]) -> Report:
            changed = {os.path.realpath(results.path(path)): text.encode() for path, text in texts.items()}
            return self.check({**contents, **changed}, is_stale).report

        done = fixed(results.report, check_again, lambda other: other is finding)
        return Editor().edit(finding.change) if done.count else None


class _Observer(Observer):
    """Recalls the results of earlier checks, keeps the rows of launches, and cancels a check that is stale."""

    def __init__(self, recalled: RecalledResults, is_stale: Callable[[], bool]) -> None:
        self._recalled = recalled
        self._is_stale = is_stale

    @property
    def pulse(self) -> Callable[[], None]:
        return self._go_on

    def _go_on(self) -> None:
        if self._is_stale():
            raise Stale

    def root_starts(self, path: str) -> None:
        del path
        self._go_on()

    def root_checked(self, checked: CheckedRoot) -> None:
        inventory = Inventory()
        add(inventory, checked)
        self._recalled.new_rows += inventory.launches

    def open_cache(self, project: Project) -> RecalledResults:
        project.remember(self._recalled.known, self._recalled.parsed)
        return self._recalled

    def secrets_found(self, report: Report) -> None:
        del report

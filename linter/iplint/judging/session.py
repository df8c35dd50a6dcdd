"""The one public API of a check: settings, and a session that checks paths with them.

    session = Session(SessionSettings(all_rules(), inputs=Options(parameters={"Environment": "prod"})))
    report = session.check(["stacks"], contents={"/repository/stacks/web.yaml": b"..."})

The command, the helpers of the tests and the benchmarks call it, and so should whatever else checks templates: there is
no second loop over roots. A session keeps nothing from one check to the next.
"""

from __future__ import annotations

import gc
import os
import sys
from functools import partial

from iplint.budget import OUT_OF_BUDGET, Budget
from iplint.discovery.files import SKIPPED_DIRECTORIES
from iplint.discovery.options import Options
from iplint.discovery.project import Project
from iplint.finding import Report, RootResult, Scope, Severity
from iplint.judging.engine import Engine
from iplint.judging.selection import SCOPED
from iplint.model.scanned_text import release_texts
from iplint.resource import MARK, Notice, NoticeKind, exceeded
from iplint.secret import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from typing import Protocol

    from iplint.discovery.catalog import Catalog
    from iplint.discovery.pending import PendingRoot
    from iplint.finding import Finding
    from iplint.fix.fixing import Offers
    from iplint.judging.engine import CheckedRoot
    from iplint.judging.workers import Check
    from iplint.location import Source
    from iplint.model import Account
    from iplint.model.stack import Subject
    from iplint.resource import NoticeCause, Resource, Root
    from iplint.rule import Rule
    from iplint.secret import Secrets

    class ResultCache(Protocol):
        """Results of earlier runs."""

        def outcome(self, pending: PendingRoot, check: Callable[[], RootResult | None]) -> RootResult | None:
            """Return the result of a root: that of an earlier run if nothing has changed, else what `check` returns."""
            ...

        def knows(self, pending: PendingRoot) -> bool:
            """Return whether `outcome` will return the result of an earlier run."""
            ...

        def close(self, secrets: Secrets) -> None:
            """Write the new results, without those that repeat a secret."""
            ...


# What gives templates of CloudFormation their account, as a parameter.
ACCOUNT_ID = "AWS::AccountId"
# How many objects the roots that were checked may leave in memory, some 40 MB.
MAX_LEFT_BEHIND = 400_000
# Unless processes are asked for, one checks fewer files than this, as starting others would cost what they save, and no
# more than so many check others.
MIN_FILES = 300
MAX_PROCESSES = 8


class SessionSettings:
    """The settings of a session.

    `rules` are run, and `known` are all rules that a suppression may name (default: the same). `inputs` has the values
    of parameters and variables, and which paths are read. `account` is what is known of the AWS account. `severities`
    replaces severities by rule name. `ignored_in` maps glob patterns of paths to rule names,
    `accepted_notices` maps them to causes of notices. Comments and metadata
    suppress findings unless `follows_ignores` is false; `requires_reason` reports those without a reason. `proofs`
    requests the proof of every launch. `jobs` is how many processes check, None for as many as are worthwhile: several
    need a caller without threads that hold locks.
    """

    __slots__ = (
        "accepted_notices",
        "account",
        "follows_ignores",
        "ignored_in",
        "inputs",
        "jobs",
        "known",
        "proofs",
        "requires_reason",
        "rules",
        "severities",
        "severities_in",
    )

    def __init__(
        self,
        rules: Sequence[Rule[object]],
        *,
        known: Sequence[Rule[object]] | None = None,
        inputs: Options | None = None,
        account: Account | None = None,
        severities: Mapping[str, Severity] | None = None,
        severities_in: Mapping[str, Mapping[str, Severity]] | None = None,
        ignored_in: Mapping[str, Collection[str]] | None = None,
        accepted_notices: Mapping[str, Collection[NoticeCause]] | None = None,
        follows_ignores: bool = True,
        requires_reason: bool = False,
        proofs: bool = False,
        jobs: int | None = 1,
    ) -> None:
        self.rules = rules
        self.known = known if known is not None else rules
        self.inputs = inputs if inputs is not None else Options()
        self.account = account
        self.severities = severities or {}
        self.severities_in = severities_in or {}
        self.ignored_in = ignored_in or {}
        self.accepted_notices = accepted_notices or {}
        self.follows_ignores = follows_ignores
        self.requires_reason = requires_reason
        self.proofs = proofs
        self.jobs = jobs

    @property
    def scope(self) -> Callable[[str, Subject, Resource | None], Scope] | None:
        """Return what gives findings their scopes; None where nothing is selected by address, tag or account."""
        if not any(selector.startswith(SCOPED) for selector in (*self.ignored_in, *self.severities_in)):
            return None
        from iplint.model.scope import account_of, tags_of

        given = self.inputs.parameters.get(ACCOUNT_ID)

        def scope(address: str, subject: Subject, resource: Resource | None) -> Scope:
            return Scope(address, account_of(resource, given), tags_of(resource, subject))

        return scope


class Observer:
    """Callbacks of a session. By default they do nothing.

    Where several processes check, `root_read` and `root_checked` are called in any of them.
    """

    @property
    def pulse(self) -> Callable[[], None] | None:
        """Return what is called every few milliseconds while a root is read and checked, None for nothing.

        An error that is not an Exception cancels the check.
        """
        return None

    def root_starts(self, path: str) -> None:
        """Handle the start of a root, by its display path."""

    def root_read(self, root: Root) -> None:
        """Handle a root that was read, before it is checked: notices may be added to it."""

    def root_checked(self, checked: CheckedRoot) -> None:
        """Handle a root that was checked, before it is released. The root's budget is charged."""

    def open_cache(self, project: Project) -> ResultCache | None:
        """Return the cache of results, None for no cache."""
        return None

    def secrets_found(self, report: Report) -> None:
        """Handle all secrets of the run, before the cache is written."""


class Session:
    """Check paths with the same settings, any number of times. Relative paths start at `working`."""

    __slots__ = ("settings", "working")

    def __init__(self, settings: SessionSettings, working: str | None = None) -> None:
        self.settings = settings
        self.working = working if working is not None else os.getcwd()

    def check(self, paths: Sequence[str], contents: Mapping[str, bytes] | None = None) -> Report:
        """Check files and directories. `contents` are read in place of files, by real path; the files need not exist.

        The report has every verdict, the undecided ones too, in order. A file that cannot be read becomes a notice.
        """
        report, _ = self.examine(paths, contents)
        arrange(report, Severity.INFO, keep_undecided=True)
        return report

    def examine(
        self, paths: Sequence[str], contents: Mapping[str, bytes] | None = None, observer: Observer | None = None
    ) -> tuple[Report, Catalog]:
        """Check as `check` does; return the report in the order of discovery, and the catalog."""
        settings = self.settings
        observer = observer if observer is not None else Observer()
        report = Report()
        project = Project(paths, self.working, options=settings.inputs, files=report.files, contents=contents)
        if settings.proofs:
            report.proofs = []
        engine = Engine(
            settings.rules,
            report,
            project.concerns,
            settings.account,
            wants_proofs=settings.proofs,
            scope=settings.scope,
        )
        cache = observer.open_cache(project)
        checks = _RootChecks(engine, project, observer)
        try:
            for pending, found in self._results(project, checks, cache):
                if found is not None:
                    engine.merge(found, pending.again)
        except Exception as error:  # what was found so far is still reported
            message = f"reading stopped ({type(error).__name__}); please report this defect of iplint"
            report.notices.append(Notice(NoticeKind.INTERNAL, ".", message))
        engine.finish()
        release_texts()
        catalog = project.finish()
        report.notices = catalog.requested_notices(report.notices)
        report.hidden.extend(Secret("", (span,)) for span in catalog.hidden(report.hidden.spans))
        observer.secrets_found(report)
        if cache is not None:
            cache.close(report.hidden)
        self._suppress(report, catalog)
        if settings.inputs.is_snapshot:
            from iplint.fix.commands import commands

            for finding in report.findings:
                finding.commands = commands(finding)
        if catalog.plans:
            for finding in report.findings:
                finding.fix = None  # what a plan shows has been read from other files than those that would change
        return report, catalog

    def _results(
        self, project: Project, checks: _RootChecks, cache: ResultCache | None
    ) -> Iterator[tuple[PendingRoot, RootResult | None]]:
        """Yield the roots in order, each with its result: from the cache, or by a check here or in another process."""
        jobs = processes(self.settings.jobs, project.files.found)
        if jobs == 1:
            for batch in project.batches():
                yield from checks.results(batch, checks.check, cache)
            return
        from iplint.judging.workers import Workers  # few runs have others

        with Workers(jobs, checks.check, records=cache is not None) as workers:
            for batch in project.batches():
                roots = list(batch)
                new = [place for place, pending in enumerate(roots) if cache is None or not cache.knows(pending)]
                if workers.start(roots, new):
                    project.look_ahead()
                yield from checks.results(roots, workers.check, cache)

    def _suppress(self, report: Report, catalog: Catalog) -> None:
        """Apply the suppressions of comments and metadata, then the severities and suppressions of the settings."""
        settings = self.settings
        if settings.follows_ignores:
            beside = _beside(report, catalog)
            marked = [*catalog.marked(), *beside]
            ignores = list(catalog.ignores())
            if marked or ignores:
                from iplint.judging.suppressions import apply_suppressions, comments

                ignores = [*(found for source in marked for found in comments(source)), *ignores]
                apply_suppressions(
                    report,
                    ignores,
                    settings.known,
                    settings.rules,
                    catalog.concerns,
                    settings.requires_reason,
                    [source.path for source in beside],
                )
        for finding in (*report.findings, *report.ignored):
            finding.severity = settings.severities.get(finding.rule, finding.severity)
        if settings.severities_in or settings.ignored_in:
            from iplint.judging.suppressions import ignored_in, severities_in

            severities_in(report, settings.severities_in)
            ignored_in(report, settings.ignored_in)
        if settings.accepted_notices:
            from iplint.judging.suppressions import accept_notices

            accept_notices(report, settings.accepted_notices)


def _beside(report: Report, catalog: Catalog) -> list[Source]:
    """Return the files with suppressions that findings lead to and that were not asked for: local modules, scripts.

    What is installed says nothing of its own findings.
    """
    places = (at for finding in report.findings for at in (finding.at, *finding.declared))
    found = {at.path: at.source for at in places if at.source.is_file}
    found = {path: source for path, source in found.items() if MARK in source.text}
    if found:
        for path in catalog.paths():
            found.pop(path, None)
    return [source for path, source in sorted(found.items()) if SKIPPED_DIRECTORIES.isdisjoint(path.split("/"))]


class _RootChecks:
    """Read and check one root after the other, and offer fixes for the findings."""

    __slots__ = ("_engine", "_observer", "_offers", "_project")

    def __init__(self, engine: Engine, project: Project, observer: Observer) -> None:
        self._engine = engine
        self._project = project
        self._observer = observer
        self._offers: Offers | None = None

    def results(
        self, batch: Iterable[PendingRoot], check: Check, cache: ResultCache | None
    ) -> Iterator[tuple[PendingRoot, RootResult | None]]:
        """Yield the roots of a batch with their results, which `check` returns where the cache has none."""
        for pending in batch:
            self._observer.root_starts(pending.path)
            yield pending, check(pending) if cache is None else cache.outcome(pending, partial(check, pending))
            pending.release()

    def check(self, pending: PendingRoot) -> RootResult | None:
        """Return the result of a root; None if the file turns out to contain none."""
        if gc.get_count()[0] > MAX_LEFT_BEHIND:
            # Roots that were checked hold themselves in circles. What stays is not looked through again.
            gc.collect(0)
        with Budget(pulse=self._observer.pulse) as budget:
            try:
                root = pending.read()
            except OUT_OF_BUDGET:
                unread = RootResult()
                unread.notices.append(exceeded(pending.path))
                return unread
        if root is None:
            return None
        self._observer.root_read(root)
        checked = self._engine.check(root, budget)
        result = checked.result
        with budget:
            try:
                self._observer.root_checked(checked)
            except OUT_OF_BUDGET:
                result.notices.append(exceeded(root.path))
        result.notices += root.notices
        # What a fix changes can be compared only in a root that is checked as a whole.
        is_whole = not budget.is_spent and not budget.left_out
        if is_whole and any(finding.change is not None for _, finding in result.findings):
            self._offer(result)
        checked.stack.scenario.clear()
        return result

    def _offer(self, result: RootResult) -> None:
        """Make the fixes for the findings."""
        if self._offers is None:
            from iplint.fix.fixing import Offers

            self._offers = Offers(lambda path: self._project.own_file(path) is not None)
        self._offers.offer(finding for _, finding in result.findings)


def processes(jobs: int | None, files: int) -> int:
    """Return how many processes check: as many as asked for, else one for each processor where there are many files."""
    if sys.platform != "linux":
        return 1  # elsewhere a fork is not safe, or there is none
    if jobs is not None:
        return jobs
    return min(len(os.sched_getaffinity(0)), MAX_PROCESSES) if files >= MIN_FILES else 1


def arrange(report: Report, lowest: Severity, keep_undecided: bool) -> None:
    """Sort the report, and remove findings below a severity."""
    report.findings = [finding for finding in report.findings if finding.severity >= lowest]
    report.ignored.sort(key=_order)
    report.undecided += sum(not finding.is_failure for finding in report.findings)
    kept = [finding for finding in report.findings if keep_undecided or finding.is_failure]
    report.findings = sorted(kept, key=_order)
    report.notices = arranged(report.notices)
    report.proven.sort(key=lambda launch: (launch[1].key(), launch[0]))
    if report.proofs is not None:
        report.proofs.sort(key=lambda proof: (proof.at.key(), proof.address, proof.key))


def arranged(notices: Iterable[Notice]) -> list[Notice]:
    """Return the notices sorted, each once."""
    seen: dict[tuple[object, ...], Notice] = {}
    for notice in notices:
        place = notice.at.first if notice.at is not None else (0, 0)
        known = seen.setdefault((notice.path, place, notice.kind, notice.message), notice)
        known.decides = known.decides or notice.decides
    return [seen[key] for key in sorted(seen, key=repr)]


def _order(finding: Finding) -> tuple[object, ...]:
    return finding.at.key(), finding.rule, finding.address, finding.verdict, finding.message

"""One check: what is read, by which rules it is judged, and what is accepted."""

from __future__ import annotations

import gc
import os

from iplint.budget import OUT_OF_BUDGET, Budget
from iplint.cli.arguments import asked, configuration, configuration_before, fill_in, known_rules, names_in
from iplint.cli.caching import opened
from iplint.cli.command import UsageError
from iplint.cli.output import guard, say
from iplint.cli.progress import Progress
from iplint.discovery.project import Project
from iplint.finding import Report, RootResult, Severity
from iplint.judging.engine import Engine
from iplint.judging.selection import chosen, meant
from iplint.resource import Notice, exceeded
from iplint.secret import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable

    from iplint.cache import Cache
    from iplint.config import Config
    from iplint.discovery.pending import PendingRoot
    from iplint.finding import Finding
    from iplint.fix.fixing import Offers
    from iplint.judging.engine import CheckedRoot
    from iplint.model import Account

# How many objects the roots that have been judged may leave in memory, some 40 MB.
MAX_LEFT_BEHIND = 400_000


class Session:
    """What a command line asks to judge: it may be judged several times, each time anew.

    `known` are all rules, `rules` those that judge; `paths` are read in the directory `working`, as `asked`. `config`
    says how findings count, `inputs` is the configuration that says what is deployed. Raises UsageError, SelectionError
    or ConfigError for what cannot be carried out.
    """

    __slots__ = ("_options", "asked", "cache", "config", "inputs", "is_moved", "known", "paths", "rules", "working")

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self.working = os.getcwd()
        self.paths: list[str] = options.paths or ["."]
        self.known = known_rules(options)
        self.config = configuration(options)
        self.inputs = self.config
        fill_in(options, self.config)
        self.rules = chosen(self.known, names_in(options.select), names_in(options.ignore))
        self.asked = asked(options, self.config)
        self.is_moved = False
        self.cache: Cache | None = None

    def before(self, top: str, working: str, moved: Callable[[str], str]) -> Session:
        """Return the same check of an earlier revision, laid out in the directory `top`.

        Rules and severities are those of now; values of inputs, and what is said of the account, are those of then.
        Paths are as `moved` makes them, in another working directory.
        """
        from copy import copy

        other = copy(self)
        other.is_moved = True
        # That of this check has been closed by now; using it again would take the file for damaged, and delete it.
        other.cache = None
        other.working = working
        other.inputs = configuration_before(self._options, moved, top)
        other.paths = [moved(path) for path in self.paths]
        other.asked = asked(self._options, other.inputs, moved)
        return other

    def check(self, see: Callable[[CheckedRoot], None] | None = None) -> tuple[Report, Project]:
        """Read and judge: all that was found, before anything is chosen for the report.

        `see` is shown each root once it is judged. Raises UsageError when there is no plan for `--root`.
        """
        report = Report()
        report.configuration = self.config.path if self.config is not None else None
        project = Project(self.paths, self.working, self.asked, report.files)
        account = _account(self.inputs) if self.inputs is not None else None
        engine = Engine(self.rules, report, project.about, account)
        offers: Offers | None = None
        if see is None and not self.is_moved:
            self.cache = opened(self._options, project, self.working, self.asked, self.rules, account)

        def judged(pending: PendingRoot) -> RootResult | None:
            nonlocal offers
            with Budget() as budget:
                try:
                    root = pending.read()
                except OUT_OF_BUDGET:
                    unread = RootResult()
                    unread.notices.append(exceeded(pending.path))
                    return unread
            if root is None:
                return None
            found = engine.check(root, budget)
            outcome = found.result
            if see is not None:
                with budget:
                    try:
                        see(found)
                    except OUT_OF_BUDGET:
                        outcome.notices.append(exceeded(root.path))
            outcome.notices += root.notices
            # What a fix changes can be compared only in a root that is checked as a whole.
            whole = not budget.is_spent and not budget.left_out
            if whole and any(finding.change is not None for _, finding in outcome.findings):
                from iplint.fix.fixing import Offers

                offers = offers or Offers(lambda path: project.own_file(path) is not None)
                offers.offer(finding for _, finding in outcome.findings)
            found.stack.scenario.clear()
            return outcome

        try:
            with Progress(quiet=getattr(self._options, "quiet", False)) as progress:
                for pending in project.pending_roots():
                    progress.at(pending.path)
                    found = self._outcome(pending, judged)
                    if found is not None:
                        engine.merge(found)
                    del pending, found
                    if gc.get_count()[0] > MAX_LEFT_BEHIND:
                        # What has been judged holds itself in circles. What stays is not looked through again.
                        gc.collect(0)
        except Exception as error:  # what was found so far is still reported
            message = f"reading stopped ({type(error).__name__}); please report this defect of iplint"
            report.notices.append(Notice("internal", ".", message))
        engine.finish()
        report.notices = project.requested_notices([*report.notices, *project.notices])
        report.hidden.extend(Secret("", (span,)) for span in project.hidden(report.hidden.spans))
        guard(report)
        if self.cache is not None:
            self.cache.close(report.hidden)
        if self.asked.root is not None and not project.plans and not _is_incomplete(report):
            raise UsageError("--root tells where a plan comes from, but there is no plan among the paths")
        if self.config is not None:
            self._adjust(report, self.config)
        if not self._options.no_repo_config and not getattr(self._options, "no_ignores", False):
            self._ignore(report, project)
        if project.plans:
            for finding in report.findings:
                finding.fix = None  # what a plan shows has been read from other files than those that would change
        return report, project

    def _outcome(self, pending: PendingRoot, judged: Callable[[PendingRoot], RootResult | None]) -> RootResult | None:
        return self.cache.outcome(pending, lambda: judged(pending)) if self.cache is not None else judged(pending)

    def _adjust(self, report: Report, config: Config) -> None:
        """Give findings the severities that a configuration sets; leave out those that do not count in their files."""
        from iplint.judging.suppressions import ignored_in

        severities = config.texts("severities")
        meant(self.known, severities)
        for finding in report.findings:
            if finding.rule in severities:
                finding.severity = Severity[severities[finding.rule].upper()]
        ignored_in(report, {pattern: meant(self.known, rules) for pattern, rules in config.lists("ignore-in").items()})

    def _ignore(self, report: Report, project: Project) -> None:
        """Take out of the report what comments and metadata say to ignore."""
        marked = list(project.marked())
        ignores = list(project.ignores())
        if marked or ignores:
            from iplint.judging.suppressions import apply_suppressions, comments

            ignores = [*(found for source in marked for found in comments(source)), *ignores]
            needs_reason = self.config is not None and self.config.flag("require-reason")
            apply_suppressions(report, ignores, self.known, self.rules, project.about, needs_reason)


def _account(config: Config) -> Account:
    """Return what a configuration says of the account."""
    from iplint.model import Account

    return Account(
        config.word("account-http-tokens"), config.names("accepted-profiles"), config.names("accepted-roles")
    )


def _is_incomplete(report: Report) -> bool:
    return any(notice.kind == "unreadable" for notice in report.notices)


def arrange(report: Report, lowest: Severity, keep_undecided: bool) -> None:
    """Put what is to be reported in its order, the same whatever order things were found in."""
    report.findings = [finding for finding in report.findings if finding.severity >= lowest]
    report.ignored.sort(key=_order)
    report.undecided += sum(finding.verdict == "undecided" for finding in report.findings)
    kept = [finding for finding in report.findings if keep_undecided or finding.verdict == "fail"]
    report.findings = sorted(kept, key=_order)
    report.notices = arranged(report.notices)


def arranged(notices: Iterable[Notice]) -> list[Notice]:
    """Return notices in their order, each once."""
    seen: dict[tuple[object, ...], Notice] = {}
    for notice in notices:
        place = notice.at.first if notice.at is not None else (0, 0)
        seen.setdefault((notice.path, place, notice.kind, notice.message), notice)
    return [seen[key] for key in sorted(seen, key=repr)]


def warn_of_nothing(project: Project) -> None:
    """Name on standard error the directories in which nothing was found to check: a wrong path must not look clean."""
    for shown in project.empty():
        from iplint.report.masking import where

        left_out = ", but for what git ignores" if project.files.ignored else ""
        message = f"found no template, Terraform configuration or Packer template in {where(shown, None)}{left_out}"
        say(f"{message}, so nothing was checked there")


def _order(finding: Finding) -> tuple[object, ...]:
    return finding.at.key(), finding.rule, finding.address, finding.verdict, finding.message

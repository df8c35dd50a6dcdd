"""A command line's request for a check: paths, inputs, rules and configuration for a session."""

from __future__ import annotations

import os

from iplint.cli.arguments import asked, configuration, configuration_before, fill_in, known_rules, names_in
from iplint.cli.caching import opened
from iplint.cli.command import UsageError, nearest
from iplint.cli.output import guard, say
from iplint.cli.progress import Progress
from iplint.finding import Severity
from iplint.judging.selection import SCOPED, chosen, meant, selector
from iplint.judging.session import Observer, Session, SessionSettings
from iplint.location import Source
from iplint.report.masking import where
from iplint.resource import NoticeCause, NoticeKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping

    from iplint.cache import Cache
    from iplint.discovery.catalog import Catalog
    from iplint.discovery.project import Project
    from iplint.finding import Report
    from iplint.judging.engine import CheckedRoot
    from iplint.model import Account
    from iplint.resource import Root
    from iplint.validation import Validator

# How many paths with nothing to check are named one by one.
MAX_NAMED = 5


class Request:
    """A request for a check, which can be run several times.

    `known` are all rules, `rules` those to run; `paths` are relative to the directory `working`, `asked` says what to
    read, and with which inputs. `config` says how findings count, `inputs` is the configuration with the values of
    inputs. `cache` is that of the last check. Raises UsageError, SelectionError or ConfigError.
    """

    __slots__ = (
        "_given",
        "_options",
        "asked",
        "cache",
        "config",
        "inputs",
        "is_moved",
        "known",
        "paths",
        "proofs",
        "rules",
        "validator",
        "working",
    )

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self.working = os.getcwd()
        self.paths: list[str] = options.paths or ["."]
        if "" in self.paths:
            raise UsageError("a path is empty; for this directory, write .")
        self.known = known_rules(options)
        self.config = configuration(options)
        self.inputs = self.config
        self._given: list[str] = getattr(options, "exclude", None) or []
        fill_in(options, self.config)
        self.rules = chosen(self.known, names_in(options.select), names_in(options.ignore))
        self.asked = asked(options, self.config)
        self.is_moved = False
        self.proofs: bool = getattr(options, "proof", False)
        self.cache: Cache | None = None
        self.validator: Validator | None = None

    def before(self, top: str, working: str, moved: Callable[[str], str]) -> Request:
        """Return the same request for an earlier revision, which is checked out in the directory `top`.

        Rules and severities are the current ones; inputs and facts about the account are those of the revision. Paths
        are mapped by `moved`, relative to another working directory.
        """
        from copy import copy

        other = copy(self)
        other.is_moved = True
        other.validator = None
        # The cache of this check has been closed by now; using it again would take the file for damaged, and delete it.
        other.cache = None
        other.working = working
        other.inputs = configuration_before(self._options, moved, top)
        other.paths = [moved(path) for path in self.paths]
        other.asked = asked(self._options, other.inputs, moved)
        return other

    def check(
        self, see: Callable[[CheckedRoot], None] | None = None, *, contents: Mapping[str, bytes] | None = None
    ) -> tuple[Report, Catalog]:
        """Return the report, before selection and sorting, and the catalog.

        `see` is called with each root after it is checked. `contents` are read in place of files, by real path. Raises
        UsageError when there is no plan for `--root`.
        """
        # Whoever sees the roots, and cfn-lint beside this, belong to one process.
        jobs = getattr(self._options, "jobs", None) if see is None and self.validator is None else 1
        session = self.session(jobs)
        with Progress(quiet=getattr(self._options, "quiet", False)) as progress:
            report, catalog = session.examine(self.paths, contents, _Observer(self, progress, see))
        report.configuration = self.config.path if self.config is not None else None
        incomplete = any(notice.kind == NoticeKind.UNREADABLE for notice in report.notices)
        if self.asked.root is not None and not catalog.plans and not incomplete:
            raise UsageError("--root says where a plan comes from, but there is no plan among the paths")
        return report, catalog

    def session(self, jobs: int | None = 1) -> Session:
        """Return a session that checks as the command line and the configuration ask."""
        return Session(self._settings(jobs), self.working)

    def start_validator(self) -> None:
        """Have cfn-lint run on the templates as well. Raises UsageError where it is not installed."""
        from iplint.validation import ValidationError, Validator

        try:
            self.validator = Validator()
        except ValidationError as error:
            raise UsageError(str(error)) from None

    def stop_validator(self) -> None:
        """End the process of cfn-lint, if there is one."""
        if self.validator is not None:
            self.validator.stop()

    def open_cache(self, project: Project) -> Cache | None:
        """Return the cache of results, None where it is not used."""
        is_other = self.is_moved or self.asked.is_snapshot
        if is_other or self.proofs or self.validator is not None or self._is_scoped:
            return None
        self.cache = opened(self._options, project, self.working, self.asked, self.rules, self.account)
        return self.cache

    def warn(self, catalog: Catalog) -> None:
        """Report on standard error what the command line asks for and changes nothing, so that no mistake in it looks
        like a result: paths with nothing to check, patterns that match nothing, values for names that nothing has.
        """
        warn_of_nothing(catalog)
        for pattern in dict.fromkeys(self._given):
            if pattern in catalog.unmatched:
                how = "paths are matched as reports show them, relative to the working directory"
                say(f"--exclude {where(pattern, None)} matches no file or directory: {how}")
        if not catalog.counts.checked:
            return
        parameters = [pair.partition("=")[0] for pair in self._options.parameter]
        variables = [pair.partition("=")[0] for pair in self._options.var]
        unknown = catalog.undeclared(parameters, variables)
        for option, what, names in zip(("--parameter", "--var"), ("parameter", "variable"), unknown, strict=True):
            for name in sorted(names):
                say(f"{option} {where(name, None)} changes nothing: no {what} of this name is declared here")

    @property
    def account(self) -> Account | None:
        """Return the configured facts about the AWS account."""
        config = self.inputs
        if config is None:
            return None
        from iplint.model import Account

        return Account(
            config.word("account-http-tokens"), config.names("accepted-profiles"), config.names("accepted-roles")
        )

    @property
    def _is_scoped(self) -> bool:
        """Return whether findings are selected by tags and accounts, which the cache does not keep."""
        config = self.config
        selectors = (*config.lists("ignore-in"), *config.tables("severity-in")) if config is not None else ()
        return any(one.startswith(SCOPED) for one in selectors)

    def _settings(self, jobs: int | None) -> SessionSettings:
        severities: dict[str, Severity] = {}
        severities_in: dict[str, dict[str, Severity]] = {}
        ignored_in: dict[str, set[str]] = {}
        accepted: dict[str, set[NoticeCause]] = {}
        config = self.config
        if config is not None:
            severities = self._severities(config.texts("severities"))
            tables = config.tables("severity-in")
            severities_in = {selector(self.known, one, names): self._severities(names) for one, names in tables.items()}
            lists = config.lists("ignore-in")
            ignored_in = {selector(self.known, one, names): meant(self.known, names) for one, names in lists.items()}
            accepted = {
                pattern: {NoticeCause(name) for name in names}
                for pattern, names in config.lists("accepted-notices").items()
            }
        return SessionSettings(
            self.rules,
            known=self.known,
            inputs=self.asked,
            account=self.account,
            severities=severities,
            severities_in=severities_in,
            ignored_in=ignored_in,
            accepted_notices=accepted,
            follows_ignores=not (self._options.no_repo_config or getattr(self._options, "no_ignores", False)),
            requires_reason=config is not None and config.flag("require-reason"),
            proofs=self.proofs,
            jobs=jobs,
        )

    def _severities(self, words: Mapping[str, str]) -> dict[str, Severity]:
        """Return the severities of rules, of which a group's name sets all: what comes later counts."""
        return {rule: Severity[word.upper()] for name, word in words.items() for rule in meant(self.known, [name])}


class _Observer(Observer):
    """Show progress, open the cache, pass roots on, and mask secrets in everything that is written."""

    def __init__(self, request: Request, progress: Progress, see: Callable[[CheckedRoot], None] | None) -> None:
        self._request = request
        self._progress = progress
        self._see = see

    def root_starts(self, path: str) -> None:
        self._progress.at(path)

    def root_read(self, root: Root) -> None:
        source: object = getattr(root, "source", None)
        if self._request.validator is not None and isinstance(source, Source):
            root.notices += self._request.validator.notices(source)

    def root_checked(self, checked: CheckedRoot) -> None:
        if self._see is not None:
            self._see(checked)

    def open_cache(self, project: Project) -> Cache | None:
        return self._request.open_cache(project) if self._see is None else None

    def secrets_found(self, report: Report) -> None:
        guard(report)


def warn_of_nothing(catalog: Catalog) -> None:
    """Report on standard error the paths with nothing to check: a wrong path must not look clean."""
    counts = catalog.counts
    left_out = " and ".join(
        word for word, count in (("git ignores", counts.ignored), ("--exclude leaves out", counts.excluded)) if count
    )
    paths = [where(shown, None) for shown in catalog.empty()]
    more = f" or {len(paths) - MAX_NAMED} other paths" if len(paths) > MAX_NAMED else ""
    for shown in [", ".join(paths[:MAX_NAMED]) + more] if more else paths:
        what = (
            "output of the AWS CLI" if catalog.is_snapshot else "template, Terraform configuration or Packer template"
        )
        message = f"found no {what} in {shown}"
        say(f"{message}{f', but for what {left_out}' if left_out else ''}, so nothing was checked there")


def complain_of_missing(catalog: Catalog) -> None:
    """Report on standard error the paths that do not exist, with the nearest name beside each."""
    for path in catalog.missing:
        directory, name = os.path.split(path.rstrip("/" + os.sep))
        beside = os.listdir(directory or os.curdir) if os.path.isdir(directory or os.curdir) else ()
        near = nearest(name, beside)
        hint = f"; did you mean {where(os.path.join(directory, near), None)}?" if near is not None else ""
        say(f"there is no file or directory {where(path, None)}{hint}")

"""`iplint fleet`: check many repositories in many processes, on this machine or on a cluster."""

from __future__ import annotations

import gc
import json
import os
import re
import sys
import threading
from argparse import ArgumentTypeError
from contextlib import ExitStack
from datetime import date
from urllib.parse import quote

from iplint.cli.arguments import add_configuration, add_format, add_selection, trees
from iplint.cli.check import add_verdicts, parsed
from iplint.cli.command import (
    CLEAN,
    FINDINGS,
    INCOMPLETE,
    Command,
    OutputError,
    UsageError,
    at_least_one,
    lost,
)
from iplint.cli.output import emit, say
from iplint.workspace import ReadError, read_named

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from iplint.fleet.groups import Groups
    from iplint.fleet.journal import Journal, Record
    from iplint.fleet.repository import Answer, Json, Repository, Supply
    from iplint.fleet.run import Cluster
    from iplint.fleet.sources import Found

OUTPUTS = ("jsonl", "parquet", "sarif")
FORMATS = ("text", "json")
# The process of a worker that checks.
CHILD = "iplint.cli.fleet_child"
# What may be shipped to workers.
MAX_SHIPPED = 16 * 1024 * 1024
# How many seconds a scheduler and its first worker are waited for.
PATIENCE = 120
# What the command line of a check has, and is the same in every repository.
_SHIPPED_OPTIONS = (
    "select",
    "ignore",
    "severity",
    "fail_on",
    "strict",
    "undecided",
    "no_ignores",
    "no_repo_config",
    "proof",
)
_MAX_NAME = 150


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `iplint fleet`."""
    parser.add_argument(
        "paths",
        nargs="+",
        metavar="SOURCE",
        help="a directory of repositories, a repository, a bare git repository, an archive (.tar.gz, .zip), or a "
        "prefix or pattern of object storage (s3://bucket/repositories/*.tar.gz)",
    )
    add_format(parser, FORMATS)
    parser.add_argument(
        "-o",
        "--output",
        action="append",
        default=[],
        metavar="FILE",
        help="write every report: jsonl:FILE, parquet:DIR or sarif:DIR (repeatable)",
    )
    parser.add_argument(
        "--no-resume", action="store_true", help="check again what is unchanged since the run that wrote the JSON Lines"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="print only the summary")
    parser.add_argument("--undecided", action="store_true", default=None, help="list undecided verdicts")
    parser.add_argument("--proof", action="store_true", help="add the proof of every launch")
    parser.add_argument("--exclude", action="append", metavar="GLOB", help="skip files and directories (repeatable)")
    summary = parser.add_argument_group("summary")
    summary.add_argument(
        "--group",
        default="1",
        metavar="N_OR_FILE",
        help="group by the first N parts of the names of repositories, or by a TOML file of patterns (default: 1)",
    )
    summary.add_argument(
        "--since-run",
        metavar="FILE",
        help="compare with the JSON Lines of an earlier run: new, fixed and same findings",
    )
    cluster = parser.add_argument_group("cluster")
    cluster.add_argument(
        "-j",
        "--workers",
        type=at_least_one,
        metavar="N",
        help="worker processes here (default: one for each processor)",
    )
    cluster.add_argument("--scheduler", metavar="ADDRESS", help="use the Dask cluster of a scheduler (tls://host:8786)")
    limits = parser.add_argument_group("limits of one repository")
    limits.add_argument("--timeout", type=_seconds, default=300.0, metavar="SECONDS", help="time (default: 300)")
    limits.add_argument("--memory", type=at_least_one, default=2048, metavar="MIB", help="memory (default: 2048)")
    limits.add_argument(
        "--max-size", type=at_least_one, default=1024, metavar="MIB", help="size when it is unpacked (default: 1024)"
    )
    add_selection(parser)
    add_verdicts(parser, since=False)
    add_configuration(parser)


def _seconds(given: str) -> float:
    if re.fullmatch(r"\d{1,6}(\.\d{1,3})?", given) and float(given) > 0:
        return float(given)
    raise ArgumentTypeError(f"{given} is not a number of seconds")


def fleet(options: argparse.Namespace) -> int:
    """Check the repositories and report; return the exit status."""
    if sys.platform == "win32":
        raise UsageError("iplint fleet runs on Linux and macOS")
    try:
        from iplint.fleet import run as cluster
    except ImportError as error:
        raise UsageError(f"iplint fleet needs {error.name}: install iplint[fleet]") from None
    from iplint.fleet.groups import GroupError
    from iplint.fleet.groups import parsed as groups_of
    from iplint.fleet.journal import JournalError
    from iplint.fleet.sources import SourceError, found
    from iplint.fleet.storage import StorageError

    # This may run for hours, in threads of others.
    gc.enable()
    threading.stack_size(0)
    if options.scheduler is not None and options.workers is not None:
        raise UsageError("--workers starts workers here, and --scheduler has its own: give one of them")
    try:
        groups = groups_of(options.group)
        wanted = _outputs(options)
        before = _earlier(options.since_run)
        listed = found(options.paths, os.getcwd())
        for note in listed.notes:
            say(note)
        workers = options.workers or cluster.processors()
        place = cluster.Cluster(options.scheduler, workers, PATIENCE, say)
        return _Run(options, groups, wanted, before, listed).check(place)
    except (GroupError, JournalError, SourceError, StorageError, cluster.ClusterError) as error:
        raise UsageError(str(error)) from None


class _Run:
    """One run: what is asked, what was found, and where the answers go."""

    __slots__ = ("_before", "_done", "_groups", "_kept", "_listed", "_options", "_wanted")

    def __init__(
        self,
        options: argparse.Namespace,
        groups: Groups,
        wanted: dict[str, str],
        before: dict[str, Record] | None,
        listed: Found,
    ) -> None:
        self._options = options
        self._groups = groups
        self._wanted = wanted
        self._before = before
        self._listed = listed
        self._kept = 0
        self._done: set[str] = set()

    def check(self, place: Cluster) -> int:
        """Check what is not done yet, write what is asked for, and return the exit status. Raises OutputError."""
        from iplint.fleet.journal import Journal
        from iplint.fleet.run import ClusterLost

        supply = shipped(self._options, sarif="sarif" in self._wanted, digests="jsonl" in self._wanted)
        with ExitStack() as stack:
            path = self._wanted.get("jsonl")
            if path is None:
                from iplint.temporary import directory

                path = os.path.join(stack.enter_context(directory(os.devnull)), "journal")
            try:
                journal = stack.enter_context(Journal(path, resumes=not self._options.no_resume))
                try:
                    self._fill(journal, place, supply)
                except ClusterLost as error:
                    left = len(self._listed.repositories) - len(self._done)
                    say(f"{error}; {left} repositories are not checked, and the same command goes on with them")
                    return INCOMPLETE
                journal.arrange(repository.name for repository in self._listed.repositories)
                if "parquet" in self._wanted:
                    self._write_tables(journal)
            except OSError as error:
                raise OutputError(lost(error, path)) from error
            return self._report(journal)

    def _fill(self, journal: Journal, place: Cluster, supply: Supply) -> None:
        """Have repositories checked, and write each answer to the journal when it comes."""
        from iplint.fleet.journal import line_of
        from iplint.fleet.repository import CHECKED, SAME
        from iplint.fleet.storage import shown

        settings, today = supply.settings, str(date.today())
        known = {
            record.name: record.digest
            for record in journal.records.values()
            if record.status == CHECKED
            and record.settings == settings
            and record.digest is not None
            and (record.until is None or record.until >= today)
            and self._has_sarif(record.name)
        }
        total = len(self._listed.repositories)
        for number, (repository, answer) in enumerate(place.answers(self._listed.repositories, supply, known), 1):
            group = self._groups.of(repository.name)
            self._done.add(repository.name)
            if answer.status == SAME:
                self._kept += 1
                record = journal.records[repository.name]
                if record.group != group:
                    journal.regroup(repository.name, group)
            else:
                self._write_sarif(repository, answer)
                journal.add(line_of(repository.name, group, shown(repository.location), answer, settings))
            if answer.cause is not None:
                say(f"{repository.name} is not checked: {answer.cause}")
            if not self._options.quiet and (number % 100 == 0 or number == total):
                say(f"{number} of {total} repositories")

    def _sarif_path(self, name: str) -> str:
        """Return the file for the SARIF report of a repository: of two names never the same."""
        encoded = quote(name, safe="").replace(".", "%2E") if name.startswith(".") else quote(name, safe="")
        if len(encoded) > _MAX_NAME:
            from hashlib import sha256

            encoded = f"{encoded[:_MAX_NAME]}%{sha256(name.encode()).hexdigest()[:32]}"
        return os.path.join(self._wanted["sarif"], f"{encoded}.sarif")

    def _has_sarif(self, name: str) -> bool:
        return "sarif" not in self._wanted or os.path.isfile(self._sarif_path(name))

    def _write_sarif(self, repository: Repository, answer: Answer) -> None:
        if "sarif" not in self._wanted:
            return
        from iplint.writing import NotWritable, destination, put

        path = self._sarif_path(repository.name)
        try:
            if answer.sarif is not None:
                put(destination(path, _trees(self._options)), answer.sarif.encode())
            elif os.path.isfile(path) and not os.path.islink(path):
                os.unlink(path)  # that of an earlier run would look like one of this
        except NotWritable as error:
            raise UsageError(f"cannot write {path}: it {error}") from None

    def _write_tables(self, journal: Journal) -> None:
        from iplint.fleet.parquet import write
        from iplint.temporary import reserved
        from iplint.writing import NotWritable, destination

        top = self._wanted["parquet"]
        try:
            targets = [
                destination(os.path.join(top, f"{name}.parquet"), _trees(self._options))
                for name in ("repositories", "findings")
            ]
        except NotWritable as error:
            raise UsageError(f"cannot write {top}: it {error}") from None
        with reserved(top) as one, reserved(top) as other:
            write(journal.lines(), one, other)
            for path, target in zip((one, other), targets, strict=True):
                os.replace(path, target)

    def _report(self, journal: Journal) -> int:
        """Print the summary; return the exit status."""
        from iplint.fleet.repository import FAILED
        from iplint.fleet.summary import Report
        from iplint.report.json import dumps

        records = [journal.records[name] for name in sorted(journal.records)]
        report = Report(records, self._before, self._listed.refused, self._kept)
        emit(dumps(report.tree()) if self._options.format == "json" else report.text())
        for source, cause in self._listed.refused:
            say(f"{source} is not listed: {cause}")
        exits = {record.exit for record in records}
        if self._listed.refused or exits - {CLEAN, FINDINGS} or any(record.status == FAILED for record in records):
            return INCOMPLETE
        return FINDINGS if FINDINGS in exits and not self._options.exit_zero else CLEAN


def _trees(options: argparse.Namespace) -> list[str]:
    """Return the real paths of what is checked on this machine, none of whose links is written through."""
    from iplint.fleet.storage import is_address

    return trees([path for path in options.paths if not is_address(path)])


def _outputs(options: argparse.Namespace) -> dict[str, str]:
    """Return the real paths of the outputs by their kinds, with directories made. Raises UsageError."""
    from iplint.writing import NotWritable, destination, make_directory

    wanted: dict[str, str] = {}
    for output in options.output:
        kind, colon, path = output.partition(":")
        if not colon or kind.lower() not in OUTPUTS:
            end = os.path.splitext(output)[1].removeprefix(".").lower()
            kind, path = end, output
        kind = kind.lower()
        if kind not in OUTPUTS or not path:
            raise UsageError(f"--output {output}: write it as jsonl:FILE, parquet:DIR or sarif:DIR")
        if kind in wanted:
            raise UsageError(f"--output gives {kind} twice")
        try:
            if kind == "jsonl":
                wanted[kind] = destination(path, _trees(options))
            else:
                wanted[kind] = make_directory(path, _trees(options))
        except NotWritable as error:
            raise UsageError(f"cannot write {path}: it {error}") from None
        except OSError as error:
            raise UsageError(f"cannot write {path}: {error.strerror}") from None
    if "parquet" in wanted:
        from importlib.util import find_spec

        # It is used when everything is checked.
        if find_spec("pyarrow") is None:
            raise UsageError("--output parquet needs pyarrow: install iplint[fleet]")
    return wanted


def _earlier(path: str | None) -> dict[str, Record] | None:
    """Return the records of an earlier run, by name. Raises UsageError, JournalError."""
    if path is None:
        return None
    from iplint.fleet.journal import read

    try:
        return {record.name: record for record in read(path)}
    except OSError as error:
        raise UsageError(f"--since-run {path} cannot be read: {error.strerror}") from None


def shipped(options: argparse.Namespace, *, sarif: bool, digests: bool) -> Supply:
    """Return what workers need of the command line: the options of a check, own rules, the configuration."""
    from iplint.fleet.repository import Limits, Supply
    from iplint.fleet.worker import own_code

    # What is wrong with them is known before anything starts.
    _expect_valid(options)
    files: dict[str, bytes] = {}
    asked = vars(parsed([]))
    asked |= {name: getattr(options, name) for name in _SHIPPED_OPTIONS}
    asked["exclude"] = options.exclude
    asked |= {"no_cache": True, "quiet": True, "jobs": 1, "rules": [], "config": None}
    for number, source in enumerate(options.rules):
        if os.path.isdir(source):
            for name, data in _modules(source):
                files[f"rules/{number}/{name}"] = data
            asked["rules"].append(f"{{files}}/rules/{number}")
        else:
            asked["rules"].append(source)
    for option, name in (("config", os.path.basename(options.config or "")), ("baseline", "baseline.json")):
        path = getattr(options, option)
        if path is not None:
            files[f"{option}/{name}"] = _contents(path)
            asked[option] = f"{{files}}/{option}/{name}"
    if sum(map(len, files.values())) > MAX_SHIPPED:
        raise UsageError(f"own rules and configuration have more than {MAX_SHIPPED >> 20} MiB together")
    limits = Limits(options.timeout, options.memory << 20, options.max_size << 20)
    kept: dict[str, Json] = json.loads(json.dumps(asked))
    return Supply(kept, files, limits, code=own_code(), module=CHILD, sarif=sarif, digests=digests)


def _expect_valid(options: argparse.Namespace) -> None:
    """Load the rules and the configuration. Raises UsageError, SelectionError, ConfigError."""
    from iplint.cli.arguments import configuration, known_rules, names_in
    from iplint.judging.selection import chosen

    known = known_rules(options)
    if options.config is not None:
        config = configuration(options)
        if config is not None and config.texts("module-sources"):
            raise UsageError(f"{options.config} sets module-sources, which are directories that workers need not have")
    chosen(known, names_in(options.select or []), names_in(options.ignore or []))


def _modules(directory: str) -> Iterable[tuple[str, bytes]]:
    for name in sorted(os.listdir(directory)):
        path = os.path.join(directory, name)
        if os.path.isfile(path) and not name.startswith("."):
            yield name, _contents(path)


def _contents(path: str) -> bytes:
    try:
        return read_named(os.path.abspath(path))
    except ReadError as error:
        raise UsageError(f"{path} {error}") from None


COMMAND = Command(
    "Check many repositories: on the processors of this machine, or on a Dask cluster (needs iplint[fleet]).",
    add_arguments,
    fleet,
    "exit status: 0 nothing found, 1 findings, 2 bad usage, 3 a repository, or something in one, could not be read",
)

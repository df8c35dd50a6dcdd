"""`iplint check`: read, check, report."""

from __future__ import annotations

import os

from iplint.cli.arguments import (
    SEVERITIES,
    add_color,
    add_configuration,
    add_format,
    add_jobs,
    add_paths,
    add_selection,
    top_of,
    trees,
)
from iplint.cli.caching import add_cache
from iplint.cli.command import CLEAN, FINDINGS, INCOMPLETE, USAGE, Command, OutputError, UsageError, one_of
from iplint.cli.output import FORMATS, complain_of_strict, emit, outputs, ready, rendered, say
from iplint.cli.request import Request, complain_of_missing
from iplint.cli.standard_input import expect_template, taken
from iplint.config import BASELINE
from iplint.finding import Severity
from iplint.judging.session import arrange, arranged
from iplint.resource import SuppressedBy

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from iplint.baseline import Baseline
    from iplint.cli.drift import CodeBeside
    from iplint.cli.listing import RowCollector
    from iplint.discovery.catalog import Catalog
    from iplint.finding import Finding, Report
    from iplint.report.masking import Described
    from iplint.resource import Notice

BASELINE_HELP = f"the file of known findings (default: {BASELINE} at the root of the repository, if it exists)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `iplint check`."""
    add_paths(parser, "files and directories (default: this directory); - is standard input")
    add_report(parser)
    add_selection(parser)
    add_verdicts(parser)
    add_configuration(parser)
    add_fixes(parser)
    rest = parser.add_argument_group("reading")
    rest.add_argument("--stdin-filename", metavar="FILE", help="the name for standard input; the file need not exist")
    rest.add_argument("--pre-commit", action="store_true", help="skip files that are not templates (for pre-commit)")
    rest.add_argument(
        "--cross-check", action="store_true", help="read every file with a second parser too, and compare (slow)"
    )
    rest.add_argument(
        "--validate",
        action="store_true",
        help="also run cfn-lint, and report its errors: such a template cannot be deployed (needs iplint[cfn-lint])",
    )
    add_jobs(parser)
    add_cache(parser)


def add_report(parser: argparse.ArgumentParser) -> None:
    """Add what is printed, and where."""
    add_format(parser, FORMATS)
    parser.add_argument(
        "-o",
        "--output",
        action="append",
        default=[],
        metavar="FILE",
        help="write the report to a file instead of standard output; FORMAT:FILE writes another one, and FORMAT "
        "alone prints that format (repeatable)",
    )
    add_color(parser)
    parser.add_argument(
        "--statistics",
        action="store_true",
        help="in the text report, print a table of the rules instead of the findings",
    )
    parser.add_argument("--by-file", action="store_true", help="in the text report, group the findings by file")
    amount = parser.add_mutually_exclusive_group()
    amount.add_argument(
        "-q",
        "--quiet",
        action="store_true",
        help="print findings and unreadable files only, no summary and no progress",
    )
    amount.add_argument(
        "-v", "--verbose", action="store_true", help="print to standard error what was read, and how it was checked"
    )
    parser.add_argument("--undecided", action="store_true", default=None, help="list undecided verdicts")
    parser.add_argument(
        "--suppressed", action="store_true", help="add the suppressed findings to the JSON and SARIF reports"
    )
    parser.add_argument(
        "--proof", action="store_true", help="add the proof of every launch to the JSON and SARIF reports"
    )


def add_verdicts(parser: argparse.ArgumentParser, since: bool = True) -> None:
    """Add which findings fail, and which are known; `since` where there are revisions to compare with."""
    verdicts = parser.add_argument_group("what fails")
    lowest = SEVERITIES[:-1]
    verdicts.add_argument(
        "--fail-on",
        type=one_of(lowest),
        choices=lowest,
        metavar="SEVERITY",
        help=f"the lowest severity that fails: {', '.join(lowest)} (default: low)",
    )
    verdicts.add_argument(
        "--strict", action="store_true", default=None, help="treat undecided verdicts and unsupported files as failures"
    )
    verdicts.add_argument("--exit-zero", action="store_true", help="exit with 0 despite findings")
    if since:
        verdicts.add_argument(
            "--since", metavar="REV", help="report only findings introduced since the merge base with REV"
        )
    verdicts.add_argument("--baseline", metavar="FILE", help=BASELINE_HELP)
    verdicts.add_argument(
        "--no-ignores", action="store_true", help="report findings that comments and metadata suppress, too"
    )


def add_fixes(parser: argparse.ArgumentParser) -> None:
    """Add what changes files, or shows how."""
    fixes = parser.add_argument_group("fixes")
    fixes.add_argument("--fix", action="store_true", help="apply the safe fixes to the files")
    fixes.add_argument(
        "--diff", action="store_true", help="print what --fix would change instead of the report, and change nothing"
    )
    fixes.add_argument(
        "--unsafe-fixes", action="store_true", help="with --fix or --diff: include fixes that may break something"
    )


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options that a command line of `iplint check` sets, for commands that check in the same way."""
    from iplint.cli.command import Parser

    parser = Parser("iplint check", COMMAND.description)
    add_arguments(parser)
    return parser.parse_args(arguments)


def check(options: argparse.Namespace, beside: CodeBeside | None = None) -> int:
    """Check and report; return the exit status. `beside` is the code that an account is compared with."""
    wanted = outputs(options.output, options.format)
    if options.unsafe_fixes and not (options.fix or options.diff):
        raise UsageError("--unsafe-fixes goes with --fix, which changes files, or with --diff, which shows how")
    if options.fix and options.diff:
        raise UsageError("--fix changes files and --diff does not: give one of them")
    given = taken(options)
    case = Request(options)
    for _, file in wanted:
        ready(file, case.paths)
    if options.validate:
        case.start_validator()
    rows = None
    if any(format == "html" for format, _ in wanted):
        from iplint.cli.listing import RowCollector

        rows = RowCollector()
        case.proofs = True
    try:
        report, catalog = _checked(options, case, given, rows, beside)
    finally:
        case.stop_validator()
    case.proofs = options.proof
    if not options.proof:
        report.proofs = None
    if beside is not None:
        beside.compare(report)
    status = settled(report, catalog, options, case)
    report.lists_suppressed = options.suppressed
    report.lists_notices = bool(options.undecided or options.strict or options.verbose)
    if options.undecided:
        report.notices = arranged([*report.notices, *catalog.skipped])
    if options.verbose:
        from iplint.cli.verbose import describe_run

        for line in describe_run(report, catalog, case):
            say(line)
    if not options.diff:
        _write(report, case, options, wanted, rows, beside)
    if beside is not None and status == CLEAN and not options.exit_zero:
        status = FINDINGS if beside.fails(Severity[options.fail_on.upper()]) else status
    # Errors come last, so that no report pushes them out of sight.
    if not options.pre_commit:
        case.warn(catalog)
    if options.strict:
        complain_of_strict(report)
    complain_of_missing(catalog)
    return status


def settled(report: Report, catalog: Catalog, options: argparse.Namespace, case: Request) -> int:
    """Remove what is known or not asked for from a report, and sort it; return the exit status."""
    _leave_out_known(report, catalog, options, case)
    arrange(report, Severity[options.severity.upper()], keep_undecided=options.undecided or options.strict)
    return _status(report, options, missing=bool(catalog.missing))


def _checked(
    options: argparse.Namespace,
    case: Request,
    given: Mapping[str, bytes],
    rows: RowCollector | None,
    beside: CodeBeside | None,
) -> tuple[Report, Catalog]:
    """Check, and fix what is to be fixed; return the report and what the paths contain. `rows` collects launches."""
    see = beside.see if beside is not None else rows.see if rows is not None and not options.fix else None
    report, catalog = case.check(see, contents=given)
    if options.stdin_filename is None and given:
        expect_template(report, catalog)
    if options.cross_check:
        report.notices += cross_check(catalog)
    if options.fix or options.diff:
        fixed = _fixed(options, case, given, report, catalog)
        if options.fix:
            report = fixed
    if rows is not None:
        if options.fix:
            withdrawn = report.notices
            report, catalog = case.check(rows.see)
            report.notices = arranged([*report.notices, *withdrawn])
        rows.finish(report, catalog)
    return report, catalog


def _write(
    report: Report,
    case: Request,
    options: argparse.Namespace,
    wanted: list[tuple[str, str | None]],
    rows: RowCollector | None,
    beside: CodeBeside | None,
) -> None:
    """Write every report, even if one fails. Raises UsageError or OutputError for all that failed."""
    failed: list[UsageError | OutputError] = []
    launches = (rows.inventory, rows.proofs) if rows is not None else None
    for format, file in wanted:
        try:
            shown = report
            rules: Sequence[Described] = case.rules
            if beside is not None and not beside.has_part(format):
                shown, rules = beside.as_findings(report, rules, Severity[options.severity.upper()])
            text = rendered(shown, rules, options, format, file, launches)
            text = beside.added(report, format, text) if beside is not None else text
            emit(text, file, case.paths, commands=format == "github", styled=format == "text")
        except (UsageError, OutputError) as error:
            failed.append(error)
    if failed:
        raise OutputError("; ".join(map(str, failed)))


def cross_check(catalog: Catalog) -> list[Notice]:
    """Return the differences between the second readers and ours in the files of a catalog."""
    from iplint.crosscheck import compare_terraform, compare_yaml

    return [
        *(notice for source, tree in catalog.trees() for notice in compare_yaml(source, tree)),
        *(notice for source, body in catalog.bodies() for notice in compare_terraform(source, body)),
    ]


def _fixed(
    options: argparse.Namespace, case: Request, given: Mapping[str, bytes], report: Report, catalog: Catalog
) -> Report:
    """Make the fixes, or print them; return the report on what remains."""
    from iplint.fix.files import encoded
    from iplint.fix.files import write as write_fixed
    from iplint.fix.fixing import fixed
    from iplint.writing import NotWritable, destination, is_linked

    def file(path: str) -> str:
        return catalog.own_file(path) or path

    def check_again(texts: Mapping[str, str]) -> Report:
        changed = {os.path.realpath(file(path)): (file(path), text) for path, text in texts.items()}
        contents = dict(given) | {
            real: text.encode() if real in given else encoded(path, text) for real, (path, text) in changed.items()
        }
        return case.check(contents=contents)[0]

    lowest = Severity[options.severity.upper()]
    around = trees(case.paths)
    linked: set[str] = set()

    def is_wanted(finding: Finding) -> bool:
        if finding.severity < lowest or not (finding.fix == "safe" or options.unsafe_fixes):
            return False
        path = finding.change.at.path if finding.change is not None else finding.at.path
        if is_linked(file(path), around):
            linked.add(path)
        return path not in linked

    done = fixed(report, check_again, is_wanted)
    if options.diff:
        from iplint.report.diff import render

        report.hidden.update(done.report.hidden)
        emit("".join(render(done.sources[path], done.texts[path], report.hidden) for path in sorted(done.texts)))
    else:
        path = ""
        try:
            # All are looked at before one is changed.
            targets = {path: destination(file(path), around) for path in sorted(done.texts)}
            for path, target in targets.items():
                write_fixed(target, done.sources[path], done.texts[path])
        except NotWritable as error:
            raise UsageError(f"{path} {error}") from None
    for path in sorted(linked):
        say(f"{path} is not changed: a symbolic link leads there; name the file itself")
    verb = "would fix" if options.diff else "fixed"
    findings = "finding" if done.count == 1 else "findings"
    files = "file" if len(done.texts) == 1 else "files"
    left = sum(
        one.fix == "unsafe" and one.severity >= lowest for one in done.report.findings if not options.unsafe_fixes
    )
    more = f"; {left} more with --unsafe-fixes" if left else ""
    say(f"{verb} {done.count} {findings} in {len(done.texts)} {files}{more}")
    for notice in done.withdrawn:
        say(f"{notice.path}: {notice.message}")
    done.report.notices += done.withdrawn
    return done.report


def _leave_out_known(report: Report, catalog: Catalog, options: argparse.Namespace, case: Request) -> None:
    """Remove from a report the findings of a baseline, and of the revision to compare with."""
    path = _baseline_path(options, case)
    now = known = baseline(options, case)
    report.has_baseline = now is not None or options.since is not None
    if options.since is None and now is None:
        return
    top = top_of(case.working)
    shown = _displayed(path, case) if path is not None else ""
    if options.since is not None:
        from iplint.cli.since import Since

        since = Since(options.since, case, path)
        report.notices += since.notices
        if path is not None and _is_below(path, top):
            # What a change writes into the baseline that it is checked with must not hide what else it brings.
            known = since.baseline
            if now is not None and known is None:
                say(f"{shown} does not count: {options.since} has no such baseline")
        claimed = known.apply(report, f"known by {shown}", catalog.former) if known is not None else []
        # What the baseline knows has been taken out already: no new finding of the same kind may go in its place.
        since.found.claim(report, claimed, catalog.former)
        claimed += since.found.apply(report, f"older than {options.since}", catalog.former, by=SuppressedBy.SINCE)
        if now is not None and now is not known:
            now.claim(report, [*claimed, *(found for found in report.findings if found.is_failure)])
    elif known is not None:
        known.apply(report, f"known by {shown}", catalog.former)
    fixed = now.fixed(catalog.paths()) if now is not None else 0
    if fixed:
        entries = "1 entry" if fixed == 1 else f"{fixed} entries"
        say(f"{entries} of {shown} match nothing any more; iplint baseline updates it")


def baseline(options: argparse.Namespace, case: Request) -> Baseline | None:
    """Return the baseline in use. Raises BaselineError, also where a named file does not exist."""
    path = _baseline_path(options, case)
    if path is None or (options.baseline is None and not os.path.isfile(path)):
        return None
    from iplint.baseline import Baseline, rooting

    rooted = rooting(top_of(case.working), case.working)
    return Baseline.read(path, _displayed(path, case), rooted, options.baseline is None)


def _displayed(path: str, case: Request) -> str:
    return os.path.relpath(path, case.working).replace(os.sep, "/")


def _baseline_path(options: argparse.Namespace, case: Request) -> str | None:
    """Return the path of the baseline file, even if it does not exist; None where none applies."""
    if options.baseline is not None:
        return os.path.normpath(os.path.join(case.working, options.baseline))
    return None if options.no_repo_config else os.path.join(top_of(case.working), BASELINE)


def _is_below(path: str, top: str) -> bool:
    return (os.path.realpath(path) + os.sep).startswith(os.path.join(os.path.realpath(top), ""))


def _status(report: Report, options: argparse.Namespace, missing: bool) -> int:
    if missing:
        return USAGE
    if any(notice.is_fatal or (options.strict and not notice.accepted) for notice in report.notices):
        return INCOMPLETE
    lowest = Severity[options.fail_on.upper()]
    failing = any(finding.severity >= lowest and (finding.is_failure or options.strict) for finding in report.findings)
    qualified = report.launches.qualified if options.strict else 0
    if qualified:
        launches = "1 launch is" if qualified == 1 else f"{qualified} launches are"
        say(f"{launches} proven unless an input is set, which fails with --strict; iplint prove shows the inputs")
        failing = True
    return FINDINGS if failing and not options.exit_zero else CLEAN


COMMAND = Command(
    "Check CloudFormation templates, Terraform configurations and Packer templates.",
    add_arguments,
    check,
    "exit status: 0 nothing found, 1 findings, 2 bad usage, 3 something could not be read",
)

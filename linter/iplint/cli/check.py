"""`iplint check`: read, judge, report."""

from __future__ import annotations

import os
from collections import Counter

from iplint.cli.arguments import SEVERITIES, add_configuration, add_paths, add_selection, top_of
from iplint.cli.caching import add_cache
from iplint.cli.command import CLEAN, FINDINGS, INCOMPLETE, USAGE, Command, UsageError
from iplint.cli.judging import Check, arrange
from iplint.cli.output import FORMATS, emit, outputs, rendered, say
from iplint.cli.standard_input import expect_template, taken
from iplint.config import BASELINE
from iplint.finding import Severity

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from iplint.baseline import Entry
    from iplint.finding import Report
    from iplint.project import Project
    from iplint.resource import Notice


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `iplint check`."""
    add_paths(parser, "files and directories (default: this directory); - is standard input")
    parser.add_argument(
        "--stdin-filename", metavar="FILE", help="the file that standard input stands for; it need not exist"
    )
    parser.add_argument("--format", choices=FORMATS, default="text", help="default: text")
    parser.add_argument(
        "-o",
        "--output",
        action="append",
        default=[],
        metavar="FILE",
        help="write the report to a file instead of standard output; FORMAT:FILE writes one more (repeatable)",
    )
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="default: auto")
    parser.add_argument(
        "--statistics", action="store_true", help="in the text report, a table of the rules in place of the findings"
    )
    amount = parser.add_mutually_exclusive_group()
    amount.add_argument(
        "-q", "--quiet", action="store_true", help="findings and what could not be read, no summary and no progress"
    )
    amount.add_argument(
        "-v", "--verbose", action="store_true", help="tell on standard error what was read, and how it was judged"
    )
    parser.add_argument(
        "--fail-on",
        choices=SEVERITIES[:-1],
        metavar="SEVERITY",
        help="the lowest severity that fails: critical, high, medium, low (default: low)",
    )
    add_selection(parser)
    add_configuration(parser)
    add_cache(parser)
    parser.add_argument("--fix", action="store_true", help="change the files where a finding has a safe fix")
    parser.add_argument(
        "--diff", action="store_true", help="print in place of the report what --fix would change, and change nothing"
    )
    parser.add_argument(
        "--unsafe-fixes", action="store_true", help="with --fix or --diff: also fixes that may break something"
    )
    parser.add_argument("--exit-zero", action="store_true", help="findings do not change the exit status")
    parser.add_argument(
        "--no-ignores", action="store_true", help="report what comments and metadata say to ignore, too"
    )
    parser.add_argument(
        "--baseline",
        metavar="FILE",
        help=f"known findings that do not count (default: {BASELINE} at the root of the repository, if it is there)",
    )
    parser.add_argument(
        "--since", metavar="REV", help="report only what came since a revision: since it parted from this one"
    )
    parser.add_argument("--undecided", action="store_true", default=None, help="list what the templates do not settle")
    parser.add_argument(
        "--strict", action="store_true", default=None, help="what is not settled, and what is not supported, fails"
    )
    parser.add_argument(
        "--cross-check", action="store_true", help="read every file with a second reader too, and compare (slow)"
    )
    parser.add_argument(
        "--pre-commit", action="store_true", help="paths are named by a hook: pass over files that are no templates"
    )


def check(options: argparse.Namespace) -> int:
    """Read, judge, report; gives the exit status."""
    wanted = outputs(options.output, options.format)
    if options.unsafe_fixes and not (options.fix or options.diff):
        raise UsageError("--unsafe-fixes goes with --fix, which changes files, or with --diff, which shows how")
    if options.fix and options.diff:
        raise UsageError("--fix changes files and --diff does not: give one of them")
    given = taken(options)
    case = Check(options)
    case.asked.contents = given
    report, project = case.judge()
    if options.stdin_filename is None and given:
        expect_template(report, project)
    if options.cross_check:
        report.notices += cross_check(project)
    if options.fix or options.diff:
        fixed = _fixed(options, case, report, project)
        if options.fix:
            report = fixed
    _leave_out_known(report, project, options, case)
    arrange(report, Severity[options.severity.upper()], keep_undecided=options.undecided or options.strict)
    if options.verbose:
        from iplint.cli.verbose import told

        for line in told(report, project, case):
            say(line)
    if not options.diff:
        for format, file in wanted:
            text = rendered(report, case.rules, options, format, file)
            emit(text, file, commands=format == "github", styled=format == "text")
    return _status(report, options, missing=bool(project.missing))


def cross_check(project: Project) -> list[Notice]:
    """What the second readers read otherwise in the files of a project that has been read."""
    from iplint.crosscheck import compare_terraform, compare_yaml

    return [
        *(notice for source, tree in project.trees() for notice in compare_yaml(source, tree)),
        *(notice for source, body in project.bodies() for notice in compare_terraform(source, body)),
    ]


def _fixed(options: argparse.Namespace, case: Check, report: Report, project: Project) -> Report:
    """Fix what can be fixed, or print how; gives the report on what remains."""
    from iplint.fix.files import NotWritten, encoded
    from iplint.fix.files import write as write_fixed
    from iplint.fix.fixing import fixed

    def file(path: str) -> str:
        return project.own_file(path) or path

    given = dict(case.asked.contents)

    def judge(texts: Mapping[str, str]) -> Report:
        changed = {os.path.realpath(file(path)): (file(path), text) for path, text in texts.items()}
        case.asked.contents = given | {
            real: text.encode() if real in given else encoded(path, text) for real, (path, text) in changed.items()
        }
        return case.judge()[0]

    lowest = Severity[options.severity.upper()]
    done = fixed(
        report,
        judge,
        lambda finding: finding.severity >= lowest and (finding.fix == "safe" or bool(options.unsafe_fixes)),
    )
    if options.diff:
        from iplint.report.diff import render

        report.hidden.update(done.report.hidden)
        emit("".join(render(done.sources[path], done.texts[path], report.hidden) for path in sorted(done.texts)))
    else:
        for path, text in sorted(done.texts.items()):
            try:
                write_fixed(file(path), done.sources[path], text)
            except NotWritten as error:
                raise UsageError(f"{path} {error}") from None
    verb = "would fix" if options.diff else "fixed"
    findings = "finding" if done.count == 1 else "findings"
    files = "file" if len(done.texts) == 1 else "files"
    say(f"{verb} {done.count} {findings} in {len(done.texts)} {files}")
    for notice in done.withdrawn:
        say(f"{notice.path}: {notice.message}")
    done.report.notices += done.withdrawn
    return done.report


def _leave_out_known(report: Report, project: Project, options: argparse.Namespace, case: Check) -> None:
    """Take out of a report what a baseline knows, and what was found in the revision to compare with."""
    known = _known(report, project, options, case)
    if options.since is not None:
        from iplint.cli.since import baseline_of

        older = baseline_of(options.since, case)
        # What the baseline knows has been taken out already: no new finding of the same kind may go in its place.
        older.entries -= known
        older.apply(report, f"older than {options.since}")


def _known(report: Report, project: Project, options: argparse.Namespace, case: Check) -> Counter[Entry]:
    """Take out of a report what the baseline knows, if there is one, and give it."""
    top = top_of(case.working)
    path = os.path.join(case.working, options.baseline) if options.baseline is not None else os.path.join(top, BASELINE)
    if options.baseline is None and (options.no_repo_config or not os.path.isfile(path)):
        return Counter()
    from iplint.baseline import Baseline, rooting

    shown = os.path.relpath(path, case.working).replace(os.sep, "/")
    known = Baseline.read(path, shown, rooting(top, case.working))
    before = known.entries
    known.apply(report, f"known by {shown}")
    fixed = known.fixed(project.paths())
    if fixed:
        say(f"{fixed} findings of {shown} are fixed: write it anew with iplint baseline")
    return before - known.entries


def _status(report: Report, options: argparse.Namespace, missing: bool) -> int:
    if missing:
        return USAGE
    incomplete = (
        ("unreadable", "internal", "unresolved", "unsupported") if options.strict else ("unreadable", "internal")
    )
    if any(notice.kind in incomplete for notice in report.notices):
        return INCOMPLETE
    lowest = Severity[options.fail_on.upper()]
    failing = any(
        finding.severity >= lowest and (finding.verdict == "fail" or options.strict) for finding in report.findings
    )
    return FINDINGS if failing and not options.exit_zero else CLEAN


COMMAND = Command(
    "Check CloudFormation templates, Terraform configurations and Packer templates.",
    add_arguments,
    check,
    "exit status: 0 nothing found, 1 findings, 2 bad usage, 3 something could not be read",
)

"""The command: the only room that knows all others, and the rules."""

from __future__ import annotations

import argparse
import gc
import os
import sys
import threading

from iplint import __version__
from iplint.boundary import Boundary
from iplint.config import BASELINE, SETTINGS, Config, ConfigError
from iplint.config import found as configuration_at
from iplint.config import named as configuration_in
from iplint.engine import Engine
from iplint.finding import Report, Severity
from iplint.project import BadParameters, Options, Project, given_parameters
from iplint.resource import Notice
from iplint.rule import GROUPS, page
from iplint.selection import SelectionError, chosen, loaded, meant, named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import NoReturn

    from iplint.finding import Finding
    from iplint.model import Account
    from iplint.rule import Rule

CLEAN, FINDINGS, USAGE, INCOMPLETE = 0, 1, 2, 3
FORMATS = ("text", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown")
INTERRUPTED = 130  # 128 and the number of SIGINT, as shells have it
# Deep chains of references are followed by recursion; both limits are far beyond what real templates reach.
STACK_BYTES = (512 * 1024 * 1024, 64 * 1024 * 1024)
MOST_FRAMES = 1_000_000


class UsageError(Exception):
    """A command line that cannot be carried out; the message says what to do."""


def main() -> NoReturn:
    """Run the command with the arguments of the process, and leave with its exit status."""
    status = [USAGE]

    def work() -> None:
        status[0] = run(sys.argv[1:])

    # The cyclic collector makes large inputs superlinear, and the process ends soon.
    gc.freeze()
    gc.disable()
    sys.setrecursionlimit(MOST_FRAMES)
    thread = threading.Thread(target=work, daemon=True)
    for size in STACK_BYTES:
        try:
            threading.stack_size(size)
            thread.start()
            break
        except (RuntimeError, ValueError):
            continue  # memory may be limited; the next size is smaller
    else:
        work()
    try:
        if thread.ident is not None:
            thread.join()
        sys.stdout.flush()
        sys.stderr.flush()
    except KeyboardInterrupt:
        status[0] = INTERRUPTED
    except OSError:
        status[0] = INCOMPLETE
    os._exit(status[0])


def run(arguments: Sequence[str]) -> int:
    """Carry out one command line; gives the exit status."""
    parser = _parser()
    try:
        options = parser.parse_args(arguments)
    except SystemExit as exit:
        return exit.code if isinstance(exit.code, int) else USAGE
    try:
        if options.command == "check":
            return check(options)
        if options.command == "rules":
            return list_rules(options)
        if options.command == "explain":
            return explain(options)
        if options.command == "config":
            return show_configuration(options)
        if options.command == "migrate":
            return migrate(options)
    except (UsageError, SelectionError, ConfigError) as error:
        print(f"iplint: {error}", file=sys.stderr)
        return USAGE
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return INCOMPLETE
    except Exception as error:  # a traceback could show what a template holds
        print(f"iplint: internal error ({type(error).__name__}); please report this defect", file=sys.stderr)
        return INCOMPLETE
    parser.print_help()
    return USAGE


class _Formatter(argparse.HelpFormatter):
    """Help of one width: to ask the terminal for its own would load six modules at every start."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=28, width=100)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="iplint",
        formatter_class=_Formatter,
        description="Proves that code on EC2 gets its credentials from an instance profile, or says what breaks it.",
    )
    parser.add_argument("--version", action="version", version=f"iplint {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", prog="iplint")
    check = commands.add_parser(
        "check",
        formatter_class=_Formatter,
        help="check CloudFormation templates, Terraform configurations and Packer templates",
        description="Check CloudFormation templates, Terraform configurations and Packer templates.",
        epilog="exit status: 0 nothing found, 1 findings, 2 bad usage, 3 something could not be read",
    )
    check.add_argument("paths", nargs="*", metavar="PATH", help="files and directories (default: this directory)")
    check.add_argument("--format", choices=FORMATS, default="text", help="default: text")
    check.add_argument(
        "-o",
        "--output",
        action="append",
        default=[],
        metavar="FILE",
        help="write the report to a file instead of standard output; FORMAT:FILE writes one more (repeatable)",
    )
    check.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="default: auto")
    check.add_argument(
        "--fail-on",
        choices=[severity.word for severity in reversed(Severity) if severity is not Severity.INFO],
        metavar="SEVERITY",
        help="the lowest severity that fails: critical, high, medium, low (default: low)",
    )
    check.add_argument(
        "--severity",
        choices=[severity.word for severity in reversed(Severity)],
        metavar="SEVERITY",
        help="the lowest severity that is reported at all (default: info)",
    )
    check.add_argument(
        "--select",
        action="append",
        metavar="RULES",
        help="judge by these rules or groups, also `all` or `default` (comma-separated, repeatable)",
    )
    check.add_argument("--ignore", action="append", metavar="RULES", help="do not judge by these rules or groups")
    _add_sources(check)
    check.add_argument("--fix", action="store_true", help="change the files where a finding has a safe fix")
    check.add_argument(
        "--diff", action="store_true", help="print in place of the report what --fix would change, and change nothing"
    )
    check.add_argument(
        "--unsafe-fixes", action="store_true", help="with --fix or --diff: also fixes that may break something"
    )
    check.add_argument("--exit-zero", action="store_true", help="findings do not change the exit status")
    check.add_argument("--no-ignores", action="store_true", help="report what comments and metadata say to ignore, too")
    _add_configuration(check)
    check.add_argument(
        "--baseline",
        metavar="FILE",
        help=f"known findings that do not count (default: {BASELINE} at the root of the repository, if it is there)",
    )
    check.add_argument(
        "--write-baseline", action="store_true", help="write what fails now as the baseline, and report nothing"
    )
    check.add_argument("--undecided", action="store_true", default=None, help="list what the templates do not settle")
    check.add_argument(
        "--strict", action="store_true", default=None, help="what is not settled, and what is not supported, fails"
    )
    check.add_argument(
        "--exclude", action="append", metavar="GLOB", help="leave out files and directories (repeatable)"
    )
    check.add_argument(
        "--parameter", action="append", default=[], metavar="KEY=VALUE", help="a CloudFormation parameter (repeatable)"
    )
    check.add_argument(
        "--parameters",
        action="append",
        default=[],
        metavar="FILE",
        help="a file with CloudFormation parameters, as deployment tools have it (repeatable)",
    )
    check.add_argument(
        "--var", action="append", default=[], metavar="KEY=VALUE", help="a Terraform or Packer variable (repeatable)"
    )
    check.add_argument(
        "--var-file",
        action="append",
        default=[],
        metavar="FILE",
        help="a file of Terraform or Packer variables (repeatable)",
    )
    check.add_argument(
        "--root", metavar="DIR", help="the Terraform root module of the plans: findings point to its .tf files"
    )
    check.add_argument(
        "--var-env", action="store_true", help="take Terraform variables from the environment too (TF_VAR_name)"
    )
    check.add_argument(
        "--cross-check", action="store_true", help="read every file with a second reader too, and compare (slow)"
    )
    check.add_argument(
        "--pre-commit", action="store_true", help="paths are named by a hook: pass over files that are no templates"
    )
    rules = commands.add_parser(
        "rules", formatter_class=_Formatter, help="list the rules", description="List the rules by group."
    )
    _add_sources(rules)
    explain = commands.add_parser(
        "explain", formatter_class=_Formatter, help="explain a rule", description="Explain a rule, with examples."
    )
    explain.add_argument("name", metavar="RULE", help="the rule to explain")
    _add_sources(explain)
    migrate = commands.add_parser(
        "migrate",
        formatter_class=_Formatter,
        help="say to iplint what checkov and trivy are told to skip",
        description="Print, as a diff, comments that say to iplint what comments say to checkov, trivy and tfsec.",
    )
    migrate.add_argument("paths", nargs="+", metavar="FILE", help="templates and Terraform files")
    migrate.add_argument("--write", action="store_true", help="change the files instead")
    config = commands.add_parser(
        "config",
        formatter_class=_Formatter,
        help="show the configuration",
        description="Show each setting, and where it comes from.",
    )
    _add_configuration(config)
    return parser


def _add_sources(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--rules",
        action="append",
        default=[],
        metavar="DIR",
        help="rules of your own: a directory, or an entry point of an installed package (repeatable)",
    )


def _add_configuration(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", metavar="FILE", help="the configuration, in place of the repository's own")
    parser.add_argument(
        "--no-repo-config",
        action="store_true",
        help="nothing in the repository configures the check: no configuration file counts, and nothing is ignored",
    )


def _top(working: str) -> str:
    """The root of the repository around the working directory."""
    return Boundary.around(working, working).top_of(working)


def _configuration(options: argparse.Namespace) -> Config | None:
    """The configuration that counts; None when there is none."""
    working = os.getcwd()
    if options.config is not None:
        return configuration_in(options.config, working)
    return None if options.no_repo_config else configuration_at(_top(working), working)


def _fill_in(options: argparse.Namespace, config: Config | None) -> None:
    """Set the options that the command line does not give: from the configuration, else to what they usually are."""
    lists = {"select": "select", "ignore": "ignore", "exclude": "exclude"}
    words = {"fail_on": ("fail-on", Severity.LOW), "severity": ("severity", Severity.INFO)}
    for option, setting in lists.items():
        if getattr(options, option) is None:
            setattr(options, option, config.names(setting) if config is not None else [])
    for option, (setting, usual) in words.items():
        if getattr(options, option) is None:
            setattr(options, option, config.word(setting) if config is not None else usual.word)
    for option in ("undecided", "strict"):
        if getattr(options, option) is None:
            setattr(options, option, config is not None and config.flag(option))


def _account(config: Config) -> Account:
    """What a configuration says of the account."""
    from iplint.model import Account

    return Account(
        config.word("account-http-tokens"), config.names("accepted-profiles"), config.names("accepted-roles")
    )


def show_configuration(options: argparse.Namespace) -> int:
    """`iplint config`: each setting, and where it comes from."""
    config = _configuration(options) or Config()
    for name, kind in SETTINGS.items():
        origin = config.path if name in config else "default"
        print(f"{name} = {config.shown(name)}  # {origin}: {kind.doc}")
    return CLEAN


def _known_rules(options: argparse.Namespace) -> list[Rule[object]]:
    """Every rule there is, those of the command line's sources included."""
    from iplint_rules import all_rules

    return loaded(options.rules, os.getcwd(), all_rules())


def check(options: argparse.Namespace) -> int:
    """`iplint check`: read, judge, report."""
    outputs = _outputs(options.output, options.format)
    working = os.getcwd()
    if options.unsafe_fixes and not (options.fix or options.diff):
        raise UsageError("--unsafe-fixes goes with --fix, which changes files, or with --diff, which shows how")
    if options.fix and options.diff:
        raise UsageError("--fix changes files and --diff does not: give one of them")
    known = _known_rules(options)
    config = _configuration(options)
    _fill_in(options, config)
    rules = chosen(known, _names(options.select), _names(options.ignore))
    var_files = [os.path.normpath(os.path.join(working, path)) for path in options.var_file]
    for path in var_files:
        if not os.path.isfile(path):
            raise UsageError(
                f"there is no variables file {os.path.relpath(path, working)}; give an existing --var-file"
            )
    try:
        parameters = given_parameters(options.parameters, working)
    except BadParameters as error:
        raise UsageError(str(error)) from None
    module = os.path.normpath(os.path.join(working, options.root)) if options.root is not None else None
    if module is not None and not os.path.isdir(module):
        raise UsageError(f"there is no directory {options.root}; --root names the Terraform root module of a plan")
    asked = Options(
        {
            **(config.texts("parameters") if config is not None else {}),
            **parameters,
            **_pairs(options.parameter, "--parameter"),
        },
        {**(config.texts("variables") if config is not None else {}), **_pairs(options.var, "--var")},
        var_files,
        options.exclude,
        options.pre_commit,
        module,
        _environment() if options.var_env else None,
    )
    report, project = _judged(options, asked, known, rules, config)
    if module is not None and not project.plans and not any(notice.kind == "unreadable" for notice in report.notices):
        raise UsageError("--root tells where a plan comes from, but there is no plan among the paths")
    if options.fix or options.diff:
        fixed = _fixed(options, asked, known, rules, config, report, project)
        if options.fix:
            report = fixed
    if not options.no_repo_config or options.baseline is not None:
        done = _baseline(report, project, options)
        if done is not None:
            return done
    _arrange(report, Severity[options.severity.upper()], keep_undecided=options.undecided or options.strict)
    if not options.diff:
        for format, file in outputs:
            _write(_render(report, rules, options, format, file), file)
    return _status(report, options, missing=bool(project.missing))


def _judged(
    options: argparse.Namespace,
    asked: Options,
    known: list[Rule[object]],
    rules: list[Rule[object]],
    config: Config | None,
) -> tuple[Report, Project]:
    """Read and judge: all that was found, before anything is chosen for the report."""
    report = Report()
    report.configuration = config.path if config is not None else None
    project = Project(options.paths or ["."], os.getcwd(), asked, report.files)
    engine = Engine(rules, report, project.about, _account(config) if config is not None else None)
    try:
        for root in project.roots():
            engine.judge(root)
            report.notices += root.notices
    except Exception as error:  # what was found so far is still reported
        message = f"reading stopped ({type(error).__name__}); please report this defect of iplint"
        report.notices.append(Notice("internal", ".", message))
    engine.finish()
    report.notices = project.told([*report.notices, *project.notices])
    report.hidden += project.hidden(report.hidden)
    if options.cross_check:
        report.notices += cross_check(project)
    if config is not None:
        _adjust(report, known, config)
    if not (options.no_ignores or options.no_repo_config):
        _ignore(report, project, known, rules, needs_reason=config is not None and config.flag("require-reason"))
    if not project.plans and any(finding.change is not None for finding in report.findings):
        from iplint.fix.fixing import offer

        offer(report.findings, lambda path: project.own_file(path) is not None)
    return report, project


def _fixed(
    options: argparse.Namespace,
    asked: Options,
    known: list[Rule[object]],
    rules: list[Rule[object]],
    config: Config | None,
    report: Report,
    project: Project,
) -> Report:
    """Fix what can be fixed, or print how; gives the report on what remains."""
    from iplint.fix.files import NotWritten, encoded, write
    from iplint.fix.fixing import fixed

    def file(path: str) -> str:
        return project.own_file(path) or path

    def judge(texts: Mapping[str, str]) -> Report:
        asked.contents = {os.path.realpath(file(path)): encoded(file(path), text) for path, text in texts.items()}
        return _judged(options, asked, known, rules, config)[0]

    lowest = Severity[options.severity.upper()]
    done = fixed(
        report,
        judge,
        lambda finding: finding.severity >= lowest and (finding.fix == "safe" or bool(options.unsafe_fixes)),
    )
    if options.diff:
        from iplint.report.diff import render

        hidden = [*report.hidden, *done.report.hidden]
        _write("".join(render(done.sources[path], done.texts[path], hidden) for path in sorted(done.texts)), None)
    else:
        for path, text in sorted(done.texts.items()):
            try:
                write(file(path), done.sources[path], text)
            except NotWritten as error:
                raise UsageError(f"{path} {error}") from None
    verb = "would fix" if options.diff else "fixed"
    findings = "finding" if done.count == 1 else "findings"
    files = "file" if len(done.texts) == 1 else "files"
    print(f"iplint: {verb} {done.count} {findings} in {len(done.texts)} {files}", file=sys.stderr)
    for notice in done.withdrawn:
        print(f"iplint: {notice.path}: {notice.message}", file=sys.stderr)
    done.report.notices += done.withdrawn
    return done.report


def _adjust(report: Report, known: list[Rule[object]], config: Config) -> None:
    """Give findings the severities that a configuration sets, and leave out those that do not count in their files."""
    from iplint.ignore import ignored_in

    severities = config.texts("severities")
    meant(known, severities)
    for finding in report.findings:
        if finding.rule in severities:
            finding.severity = Severity[severities[finding.rule].upper()]
    ignored_in(report, {pattern: meant(known, rules) for pattern, rules in config.lists("ignore-in").items()})


def _baseline(report: Report, project: Project, options: argparse.Namespace) -> int | None:
    """Write the baseline if that is asked for, which gives the exit status; else leave out what it knows."""
    working = os.getcwd()
    top = _top(working)
    path = os.path.join(working, options.baseline) if options.baseline is not None else os.path.join(top, BASELINE)
    if options.baseline is None and not options.write_baseline and not os.path.isfile(path):
        return None
    from iplint.baseline import Baseline, rooting

    shown = os.path.relpath(path, working).replace(os.sep, "/")
    rooted = rooting(top, working)
    if options.write_baseline:
        found = Baseline.of(report, rooted)
        _write(found.text(), path)
        print(f"iplint: {found.entries.total()} findings written to {shown}", file=sys.stderr)
        return INCOMPLETE if any(notice.kind in ("unreadable", "internal") for notice in report.notices) else CLEAN
    known = Baseline.read(path, shown, rooted)
    known.apply(report, f"known by {shown}")
    fixed = known.fixed(source.path for source in project.sources())
    if fixed:
        print(f"iplint: {fixed} findings of {shown} are fixed: write it anew with --write-baseline", file=sys.stderr)
    return None


def migrate(options: argparse.Namespace) -> int:
    """`iplint migrate`: what other scanners are told to skip, said to iplint as well."""
    from difflib import unified_diff

    from iplint.migrate import migrated, table
    from iplint_rules import all_rules

    known = table(all_rules())
    changed = 0
    for path in options.paths:
        try:
            with open(path, encoding="utf-8", newline="") as file:
                text = file.read()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{path} cannot be read: {error}") from None
        made = migrated(text, known)
        changed += made != text
        if made != text and options.write:
            _write(made, path)
        elif made != text:
            sys.stdout.writelines(unified_diff(text.splitlines(True), made.splitlines(True), path, path))
    print(
        f"iplint: {changed} of {len(options.paths)} files {'changed' if options.write else 'would change'}",
        file=sys.stderr,
    )
    return CLEAN


def _ignore(
    report: Report, project: Project, known: list[Rule[object]], active: list[Rule[object]], needs_reason: bool
) -> None:
    """Take out of the report what comments and metadata say to ignore."""
    marked = [source for source in project.sources() if "iplint:" in source.text]
    ignores = list(project.ignores())
    if marked or ignores:
        from iplint.ignore import comments, settle

        ignores = [*(found for source in marked for found in comments(source)), *ignores]
        settle(report, ignores, known, active, project.about, needs_reason)


def cross_check(project: Project) -> list[Notice]:
    """What the second readers read otherwise in the files of a project that has been read."""
    from iplint.crosscheck import compare_terraform, compare_yaml

    return [
        *(notice for source, tree in project.trees for notice in compare_yaml(source, tree)),
        *(notice for source, body in project.bodies() for notice in compare_terraform(source, body)),
    ]


def _environment() -> dict[str, str]:
    """The Terraform variables that the environment sets."""
    prefix = "TF_VAR_"
    return {name[len(prefix) :]: value for name, value in sorted(os.environ.items()) if name.startswith(prefix)}


def _pairs(given: Sequence[str], option: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise UsageError(f"{option} {pair}: write it as {option} KEY=VALUE")
        pairs[name] = value
    return pairs


def _names(given: Sequence[str]) -> list[str]:
    """The names in options that hold lists."""
    return [name.strip() for listed in given for name in listed.split(",") if name.strip()]


def _arrange(report: Report, lowest: Severity, keep_undecided: bool) -> None:
    """Put what is to be reported in its order, the same whatever order things were found in."""
    report.findings = [finding for finding in report.findings if finding.severity >= lowest]
    report.ignored.sort(key=_order)
    report.undecided += sum(finding.verdict == "undecided" for finding in report.findings)
    kept = [finding for finding in report.findings if keep_undecided or finding.verdict == "fail"]
    report.findings = sorted(kept, key=_order)
    seen: dict[tuple[object, ...], Notice] = {}
    for notice in report.notices:
        place = notice.at.first if notice.at is not None else (0, 0)
        seen.setdefault((notice.path, place, notice.kind, notice.message), notice)
    report.notices = [seen[key] for key in sorted(seen, key=repr)]


def _order(finding: Finding) -> tuple[object, ...]:
    return finding.at.key(), finding.rule, finding.address, finding.verdict, finding.message


def _outputs(given: Sequence[str], format: str) -> list[tuple[str, str | None]]:
    """The reports to write, each as its format and its file, None for standard output.

    A file without a format of its own replaces standard output. What stands before a colon is a format if it is the
    name of one: `C:report` and `./text:file` are files.
    """
    named: list[tuple[str, str | None]] = []
    plain: list[tuple[str, str | None]] = []
    for output in given:
        name, colon, path = output.partition(":")
        if not colon or name not in FORMATS:
            plain.append((format, output))
        elif path:
            named.append((name, path))
        else:
            raise UsageError(f"--output {output}: write it as --output {name}:FILE")
    paths = [os.path.realpath(path) for _, path in (*plain, *named) if path is not None]
    if len({*paths}) < len(paths):
        raise UsageError("--output names one file twice; each report needs a file of its own")
    return [*(plain or [(format, None)]), *named]


def _render(
    report: Report, rules: list[Rule[object]], options: argparse.Namespace, format: str, path: str | None
) -> str:
    if format == "json":
        from iplint.report import json

        return json.render(report, rules, __version__)
    if format == "sarif":
        from iplint.report import sarif

        return sarif.render(report, rules, __version__)
    if format == "concise":
        from iplint.report import concise

        return concise.render(report, rules, __version__)
    if format == "github":
        from iplint.report import github

        return github.render(report, rules, __version__)
    if format == "gitlab":
        from iplint.report import gitlab

        return gitlab.render(report, rules, __version__)
    if format == "junit":
        from iplint.report import junit

        return junit.render(report, rules, __version__)
    if format == "markdown":
        from iplint.report import markdown

        return markdown.render(report, rules, __version__)
    from iplint.report import text

    return text.render(report, rules, color=_wants_color(options, path), full=options.undecided or options.strict)


def _wants_color(options: argparse.Namespace, path: str | None) -> bool:
    if options.color != "auto" or path is not None:
        return bool(options.color == "always")
    environment = os.environ
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR") or environment.get("CLICOLOR_FORCE"):
        return True
    return environment.get("TERM") != "dumb" and sys.stdout.isatty()


def _write(text: str, path: str | None) -> None:
    if path is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8"))
        sys.stdout.buffer.flush()
        return
    try:
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error


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


def list_rules(options: argparse.Namespace) -> int:
    """`iplint rules`: one line a rule, by group."""
    rules = _known_rules(options)
    width = max(len(rule.name) for rule in rules)
    groups = dict.fromkeys((*GROUPS, *(rule.group for rule in rules)))
    for group in groups:
        listed = [rule for rule in rules if rule.group == group]
        if listed:
            print(f"{group}:")
        for rule in listed:
            optional = " (only if selected)" if rule.optional else ""
            print(f"  {rule.name:{width}}  {rule.severity.word:8}  {rule.title}{optional}")
    return CLEAN


def explain(options: argparse.Namespace) -> int:
    """`iplint explain`: the documentation of a rule."""
    rule = named(_known_rules(options), options.name)
    print(page(rule))
    return CLEAN

"""`iplint migrate`: convert suppressions for other tools to ignore comments of iplint."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime

from iplint.budget import OUT_OF_BUDGET, Budget
from iplint.cli.arguments import top_of, trees
from iplint.cli.check import parsed
from iplint.cli.command import CLEAN, INCOMPLETE, USAGE, Command, UsageError
from iplint.cli.output import emit, ready, say, write
from iplint.cli.request import Request, complain_of_missing
from iplint.config import FILES
from iplint.finding import Severity
from iplint.fix.files import write as write_fixed
from iplint.inventory.listing import add
from iplint.inventory.rows import Inventory
from iplint.judging.session import arrange
from iplint.location import Source
from iplint.report.diff import render
from iplint.report.json import dumps
from iplint.report.masking import Mask
from iplint.secret import Secrets
from iplint.workspace import read_named
from iplint.writing import NotWritable, destination

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Mapping

    from iplint.finding import Report
    from iplint.peers.migration import Migrated, Migration
    from iplint.report.json import Json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `iplint migrate`."""
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files and directories (default: this directory)")
    parser.add_argument("--write", action="store_true", help="change the files instead of printing a diff")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def migrate(options: argparse.Namespace) -> int:
    """Print or write the ignores that correspond to skips; return the exit status."""
    from iplint.peers.migration import migration
    from iplint.peers.reading import all_skips
    from iplint.peers.references import References

    paths: list[str] = options.paths or ["."]
    for path in paths if options.write else ():
        if os.path.isfile(path):
            ready(path, paths)
    case = Request(parsed(["--no-cache", "--", *paths]))
    inventory = Inventory()
    report, catalog = case.check(lambda checked: add(inventory, checked))
    arrange(report, Severity.INFO, keep_undecided=True)

    def file(path: str) -> str:
        return catalog.own_file(path) or path

    def check_again(texts: Mapping[str, str]) -> Report:
        contents = {os.path.realpath(file(path)): text.encode() for path, text in texts.items()}
        after, _ = case.check(contents=contents)
        return after

    today = datetime.now(UTC).date().isoformat()
    try:
        with Budget():
            skips = sorted(all_skips(catalog.trees(), catalog.bodies(), paths), key=lambda skip: (skip.path, skip.line))
            made = migration(skips, References(case.known), report, inventory.launches, today, check_again)
    except OUT_OF_BUDGET:
        say("converting these skips takes more steps than iplint allows: name fewer paths; nothing is changed")
        return INCOMPLETE
    settings = _settings(made, case)
    if options.write:
        _write(made, settings, case, file)
    if options.format == "json":
        emit(_json(made, report, options.write))
    else:
        if not options.write:
            sources = {path: made.sources[path] for path in made.texts}
            for path in sorted(sources):
                emit(render(sources[path], made.texts[path], report.hidden))
            for path, (before, text) in settings.items():
                emit(render(Source(os.path.relpath(path, case.working), before), text, Secrets()))
        for line in _table(made):
            say(line)
    if catalog.missing:
        complain_of_missing(catalog)
        return USAGE
    return INCOMPLETE if any(notice.is_fatal for notice in report.notices) else CLEAN


def _write(made: Migration, settings: Mapping[str, tuple[str, str]], case: Request, file: Callable[[str], str]) -> None:
    """Change the files, all of which are looked at before one is changed. Raises UsageError."""
    around = trees(case.paths)
    path = ""
    try:
        targets = {path: destination(file(path), around) for path in sorted(made.texts)}
        for path in settings:
            ready(path, case.paths)
        for path, target in targets.items():
            write_fixed(target, made.sources[path], made.texts[path])
    except NotWritable as error:
        raise UsageError(f"{path} {error}") from None
    for path, (_, text) in settings.items():
        write(text, path, case.paths)


def _settings(made: Migration, case: Request) -> dict[str, tuple[str, str]]:
    """Return the old and the new text of the configuration, by its path; nothing where it stays as it is."""
    if not made.ignored_in:
        return {}
    top = top_of(case.working)
    shown = case.config.path if case.config is not None else None
    path = os.path.normpath(os.path.join(case.working, shown)) if shown else os.path.join(top, FILES[0])
    before = read_named(path, is_own=True).decode("utf-8") if os.path.isfile(path) else ""
    header = "[tool.iplint.ignore-in]" if os.path.basename(path) == FILES[-1] else "[ignore-in]"
    known = case.config.lists("ignore-in") if case.config is not None else {}
    text = before
    lines: list[str] = []
    for pattern, rules in made.ignored_in.items():
        reasons = [f"# {reason}" for reason in dict.fromkeys(made.reasons[pattern])]
        whole = json.dumps(list(dict.fromkeys((*known.get(pattern, ()), *rules))))
        entry = f"{json.dumps(pattern)} = {whole}"
        if pattern not in known:
            lines += *reasons, entry
            continue
        written = re.compile(rf"^[ \t]*[\"']{re.escape(pattern)}[\"'][ \t]*=[ \t]*\[[^\]]*\]", re.MULTILINE)
        found = written.search(text)
        if found is not None:
            text = text[: found.start()] + "\n".join([*reasons, entry]) + text[found.end() :]
        else:
            say(f"{os.path.relpath(path, case.working)}: write {entry} into ignore-in, where the pattern is already")
    if lines:
        added = "\n".join(lines) + "\n"
        at = re.search(rf"^{re.escape(header)}[ \t]*(?:#.*)?\n", text, re.MULTILINE)
        if at is not None:
            text = text[: at.end()] + added + text[at.end() :]
        else:
            text = f"{text.rstrip()}\n\n" if text.strip() else ""
            text = f"{text}{header}\n{added}"
    return {path: (before, text)} if text != before else {}


def _table(made: Migration) -> Iterator[str]:
    """Yield what became of the skips, by tool, and each that was not carried over."""
    from iplint.peers.migration import Outcome
    from iplint.peers.skips import Tool

    columns = list(Outcome)
    yield "  ".join([f"{'tool':10}", "read", *columns])
    for tool in Tool:
        results = [result for result in made.results if result.skip.tool is tool]
        if results:
            counts = [sum(result.outcome is outcome for result in results) for outcome in columns]
            cells = [f"{count:>{len(outcome)}}" for count, outcome in zip(counts, columns, strict=True)]
            yield "  ".join([f"{tool:10}", f"{len(results):>4}", *cells])
    if not made.results:
        yield "no skips of other tools were found"
    for result in made.results:
        if result.outcome in (Outcome.NO_RULE, Outcome.LEFT, Outcome.EXPIRED):
            skip = result.skip
            what = ", ".join(skip.ids) or "everything"
            why = f": {result.why}" if result.why else ""
            yield f"{skip.path}:{skip.line}: {skip.tool} {what}: {result.outcome}{why}"


def _json(made: Migration, report: Report, written: bool) -> str:
    mask = Mask(report.hidden)
    return dumps(
        {
            "version": 1,
            "written": written,
            "skips": [_skip_tree(result, mask) for result in made.results],
            "files": [mask.path(path) for path in sorted(made.texts)],
            "ignore_in": {mask.words(pattern): list(rules) for pattern, rules in made.ignored_in.items()},
        }
    )


def _skip_tree(result: Migrated, mask: Mask) -> Json:
    skip = result.skip
    return {
        "tool": skip.tool,
        "ids": [mask.words(id) for id in skip.ids],
        "path": mask.path(skip.path),
        "line": skip.line,
        "reason": mask.words(skip.reason),
        "until": skip.until,
        "outcome": result.outcome,
        "why": mask.words(result.why),
        "rules": sorted({finding.rule for finding in result.findings}),
    }


COMMAND = Command(
    "Convert suppressions for checkov, Trivy, tfsec, KICS, cfn_nag, cfn-guard and semgrep to ignores of iplint.",
    add_arguments,
    migrate,
    "exit status: 0 done, 2 bad usage, 3 something could not be read",
)

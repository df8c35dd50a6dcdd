"""Write reports: formats, files, standard output, and colours."""

from __future__ import annotations

import os
import re
import sys

from iplint import __version__
from iplint.cli.arguments import trees
from iplint.cli.command import OutputError, UsageError, lost, nearest
from iplint.report.masking import Mask, harmless, steady, where
from iplint.secret import Secrets
from iplint.writing import NotWritable, destination, put

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from types import TracebackType

    from iplint.finding import Proof, Report
    from iplint.inventory.rows import Inventory
    from iplint.report.masking import Described

# How many notices standard error lists where the report lists all.
MAX_SHOWN = 5
# Terminals that show the signs of a link; all others that are in use take or pass over them.
_WITHOUT_LINKS = ("dumb", "linux")
# The streams of the process, by the paths under which a command line may name them.
_STREAMS = {"/dev/stdout": 1, "/dev/stderr": 2}
# The formats whose files end in something else than their names.
_BY_ENDING = {"md": "markdown", "xml": "junit", "htm": "html"}
FORMATS = (
    "text",
    "concise",
    "json",
    "sarif",
    "sarif+suppressed",
    "github",
    "gitlab",
    "junit",
    "markdown",
    "rdjson",
    "html",
)


def outputs(given: Sequence[str], format: str, formats: Sequence[str] = FORMATS) -> list[tuple[str, str | None]]:
    """Return the reports to write, each as its format and its file, None for standard output. Raises UsageError.

    A file without a format of its own replaces standard output, and so does a format without a file. What precedes a
    colon is a format if it is the name of one: `C:report` and `./text:file` are files. Where `format` is the default,
    the first of `formats`, the end of a file's name chooses another one.
    """
    named: list[tuple[str, str | None]] = []
    plain: list[tuple[str, str | None]] = []
    for output in given:
        name, colon, path = output.partition(":")
        if name.lower() in formats:
            if colon and not path:
                raise UsageError(f"--output {output}: write it as --output {name}:FILE")
            (named if path not in ("", "-") else plain).append((name.lower(), path if path not in ("", "-") else None))
            continue
        if colon and path and re.fullmatch(r"[\w+-]{2,}", name):
            near = nearest(name, formats)
            hint = f"did you mean {near}?" if near is not None else f"there are {', '.join(formats)}."
            raise UsageError(f"--output {output}: no format {name}; {hint} For a file, write ./{output}")
        near = nearest(name, formats) if re.fullmatch(r"[a-z]+", output) and not os.path.lexists(output) else None
        if near is not None:
            raise UsageError(f"--output {output}: did you mean the format {near}? For a file, write ./{output}")
        chosen = _format_of(output, formats) if format == formats[0] else None
        plain.append((chosen or format, output if output != "-" else None))
    paths = [os.path.realpath(path) for _, path in (*plain, *named) if path is not None]
    if len({*paths}) < len(paths):
        raise UsageError("--output names one file twice; each report needs a file of its own")
    if sum(path is None for _, path in plain) > 1:
        raise UsageError("--output gives standard output two reports; all but one need a file")
    return [*(plain or [(format, None)]), *named]


def _format_of(path: str, formats: Sequence[str]) -> str | None:
    """Return the format that a file's name ends in, as `iplint.sarif` and `report.md` do; None for another end."""
    end = os.path.splitext(path)[1].removeprefix(".").lower()
    name = _BY_ENDING.get(end, end)
    return name if name in formats else None


def single_output(options: argparse.Namespace, formats: Sequence[str]) -> None:
    """Take the format of a report out of `--output`, for a command that writes one report. Raises UsageError."""
    if options.output is not None:
        ((options.format, options.output),) = outputs([options.output], options.format, formats)[-1:]


def rendered(
    report: Report,
    rules: Sequence[Described],
    options: argparse.Namespace,
    format: str,
    path: str | None,
    launches: tuple[Inventory, Sequence[Proof]] | None = None,
) -> str:
    """Return the report in one format, in colour where its destination supports it. `launches`
    with their proofs are for the page of HTML.
    """
    match format:
        case "json":
            from iplint.report.json import render
        case "sarif":
            from iplint.report.sarif import render
        case "sarif+suppressed":
            from iplint.report.sarif import render as render_sarif

            return render_sarif(report, rules, __version__, with_suppressed=True)
        case "html":
            from iplint.inventory.rows import Inventory
            from iplint.page import render as render_page

            inventory, proofs = launches if launches is not None else (Inventory(), ())
            return render_page(report, rules, __version__, inventory=inventory, proofs=proofs)
        case "concise":
            from iplint.report.concise import render
        case "github":
            from iplint.report.github import render
        case "gitlab":
            from iplint.report.gitlab import render
        case "junit":
            from iplint.report.junit import render
        case "rdjson":
            from iplint.report.rdjson import render
        case "markdown":
            from iplint.report.markdown import render
        case _:
            from iplint.report import text

            return text.render(
                report,
                rules,
                takes_color(options.color, path),
                links=os.getcwd() if takes_links(options.color, path) else None,
                quiet=options.quiet,
                statistics=options.statistics,
                by_file=options.by_file,
                columns=columns(path),
            )
    return render(report, rules, __version__)


def takes_color(asked: str, path: str | None) -> bool:
    """Return whether to write in colour: as `asked` ("always" or "never"), else by the environment and the terminal."""
    if asked != "auto" or path is not None:
        return asked == "always"
    environment = os.environ
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR") or environment.get("CLICOLOR_FORCE"):
        return True
    return environment.get("TERM") != "dumb" and sys.stdout.isatty()


def takes_links(asked: str, path: str | None) -> bool:
    """Return whether places are links: on a terminal with colours; FORCE_HYPERLINK, if set, decides."""
    forced = os.environ.get("FORCE_HYPERLINK")
    if path is not None or forced:
        return path is None and forced != "0"
    return sys.stdout.isatty() and os.environ.get("TERM") not in _WITHOUT_LINKS and takes_color(asked, path)


def columns(path: str | None) -> int | None:
    """Return how many columns a line may have: what COLUMNS says, else the width of the terminal; None for a file, and
    where there is no terminal.
    """
    if path is not None:
        return None
    given = os.environ.get("COLUMNS", "")
    if given.isascii() and given.isdecimal() and int(given[:6]) > 0:
        return int(given[:6])
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or None if sys.stdout.isatty() else None
    except (OSError, ValueError):
        return None


_guards: list[Mask] = []


class Outlet:
    """The output of a run of the command: nothing repeats a secret that was found meanwhile. A context."""

    __slots__ = ()

    def __enter__(self) -> Outlet:
        _guards.clear()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _guards.clear()


def guard(report: Report) -> None:
    """Mask the secrets of a report in everything that is written from now on."""
    if report.hidden:
        _guards.append(Mask(report.hidden))


def emit(
    text: str, path: str | None = None, paths: Sequence[str] = (), *, commands: bool = False, styled: bool = False
) -> None:
    """Write a report without secrets and control sequences; unless it is `commands`, also without workflow commands.

    `styled` text may have colours and links. Raises as `write`.
    """
    write(guarded(text, commands=commands, styled=styled), path, paths)


def guarded(text: str, *, commands: bool = False, styled: bool = False) -> str:
    """Return a report without secrets and control sequences, as `emit` writes it."""
    for mask in _guards:
        text = mask.net(text)
    return text if commands else harmless(text, styled=styled)


def say(message: str) -> None:
    """Write one line to standard error, without secrets."""
    for mask in _guards or [Mask(Secrets())]:
        message = mask.words(message)
    print(f"iplint: {steady(message)}", file=sys.stderr)


def report_unread(report: Report) -> bool:
    """Report on standard error what could not be read or followed; return whether anything could not be read.

    What no verdict rests on is only counted.
    """
    from iplint.report.notices import by_cause, listed

    shown = listed(report)
    for notice in shown:
        say(f"{where(notice.path, notice.at)}: {notice.kind}: {notice.message}")
    others = [notice for notice in report.notices if notice not in shown and not notice.accepted]
    if others:
        say(f"not followed: {by_cause(others)}; iplint check -v lists them")
    return any(notice.is_fatal for notice in shown)


def complain_of_strict(report: Report) -> None:
    """Report on standard error the notices that `--strict` makes a failure."""
    from iplint.report.notices import by_cause

    failing = [notice for notice in report.notices if not notice.is_fatal and not notice.accepted]
    for notice in failing[:MAX_SHOWN]:
        what = f"{notice.kind} ({notice.cause}), which fails with --strict"
        say(f"{where(notice.path, notice.at)}: {what}: {notice.message}")
    if more := failing[MAX_SHOWN:]:
        say(f"{len(more)} more, which the report lists, fail with --strict: {by_cause(more)}")
    if failing:
        say("accepted-notices in the configuration, or iplint baseline, accepts these")


def ready(path: str | None, paths: Sequence[str]) -> None:
    """Reject, before anything is checked, destinations that `write` would reject. Raises UsageError.

    `paths` are the checked paths.
    """
    if path is None or path == os.devnull:
        return
    stream = _stream(path)
    try:
        if stream is not None:
            os.fstat(stream)
        else:
            destination(path, trees(paths))
    except NotWritable as error:
        raise UsageError(f"cannot write {path or repr(path)}: it {error}") from None
    except (OSError, OverflowError):
        raise UsageError(f"cannot write {path}: it is not open") from None


def write(text: str, path: str | None, paths: Sequence[str] = ()) -> None:
    """Write a text to a file, or to standard output for None; `paths` are the checked paths.

    Raises UsageError for a file that must not be written, OutputError where writing fails.
    """
    data = text.encode("utf-8")
    stream = _stream(path) if path is not None else 1
    try:
        match stream:
            case None if path == os.devnull:
                pass
            case None:
                put(destination(path or "", trees(paths)), data)
            case 1 | 2:
                file = sys.stdout if stream == 1 else sys.stderr
                file.flush()
                file.buffer.write(data)
                file.buffer.flush()
            case _:
                with open(stream, "wb", closefd=False) as opened:
                    opened.write(data)
    except NotWritable as error:
        raise UsageError(f"cannot write {path or repr(path)}: it {error}") from None
    except OSError as error:
        raise OutputError(lost(error, None if stream == 1 else path)) from error


def _stream(path: str) -> int | None:
    """Return the file descriptor that a path such as /dev/fd/1 names; None for other paths."""
    directory, _, name = path.rpartition("/")
    if directory == "/dev/fd" and name.isascii() and name.isdecimal():
        return int(name)
    return _STREAMS.get(path)

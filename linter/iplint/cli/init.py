"""`iplint init`: set up a repository, by what is found in it."""

from __future__ import annotations

import os

from iplint import __version__
from iplint.cli.arguments import top_of
from iplint.cli.command import CLEAN, Command, UsageError
from iplint.cli.output import emit, ready, say, write
from iplint.config import BASELINE, found
from iplint.onboarding import (
    CONFIGURATION,
    HOOK,
    JOB,
    WORKFLOW,
    NotUnderstoodError,
    configuration,
    with_hook,
    with_job,
    workflow,
)
from iplint.secret import Secrets
from iplint.workspace import ReadError, Workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

TOOLS = ("pre-commit", "github", "gitlab")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `iplint init`."""
    parser.add_argument("--write", action="store_true", help="write the files, instead of showing them as a diff")
    parser.add_argument(
        "--for",
        dest="tools",
        metavar="TOOLS",
        help=f"what to set up beside the configuration: {', '.join(TOOLS)} (default: what the repository uses)",
    )
    parser.add_argument(
        "--requirement",
        default=f"iplint=={__version__}",
        metavar="REQUIREMENT",
        help=f"what pip installs, in hooks and pipelines (default: iplint=={__version__})",
    )


def init(options: argparse.Namespace) -> int:
    """Show as a diff, or write, what sets up the repository around the working directory."""
    top = top_of(os.getcwd())
    wanted = _tools(options.tools, top)
    requirement: str = options.requirement
    if "'" in requirement or "\n" in requirement:
        raise UsageError("--requirement holds a quote or a line break; give what pip takes in one word")
    made: dict[str, tuple[str, str]] = {}
    if found(top, os.getcwd()) is None:
        made[CONFIGURATION] = "", configuration()
    if "pre-commit" in wanted:
        _add(made, HOOK, top, lambda text: with_hook(text, requirement))
    if "github" in wanted:
        _add(made, WORKFLOW, top, lambda text: text or workflow(requirement, _branch(top)))
    if "gitlab" in wanted:
        _add(made, JOB, top, lambda text: with_job(text, requirement))
    for name in made if options.write else ():
        _check_directory(top, os.path.dirname(name))
    for name, (text, new) in made.items():
        path = os.path.relpath(os.path.join(top, name))
        if options.write:
            _make_directory(top, os.path.dirname(name))
            ready(path, [top])
            write(new, path, [top])
            say(f"{path} is {'changed' if text else 'written'}")
        else:
            from iplint.location import Source
            from iplint.report.diff import render

            # No line that was there is repeated, also not where only its end changes: it may hold anything.
            emit(render(Source(name, _with_plain_ends(text)), _with_plain_ends(new), Secrets(), 0))
    if not made:
        say("the repository is set up already; iplint config shows the settings")
    elif not options.write:
        say("nothing is changed yet: iplint init --write writes this")
    if not wanted:
        say(f"no hook and no pipeline was found to add to: --for {' or '.join(TOOLS)} makes one")
    if not os.path.lexists(os.path.join(top, BASELINE)):
        say("next: iplint check; where it finds much, iplint baseline records that, so that only new findings fail")
    return CLEAN


def _tools(given: str | None, top: str) -> list[str]:
    """Return the tools to set up: those given, else those that the repository uses. Raises UsageError."""
    if given is not None:
        names = [name.strip().lower() for name in given.split(",") if name.strip()]
        unknown = [name for name in names if name not in TOOLS]
        if unknown:
            raise UsageError(f"--for {unknown[0]}: the tools are {', '.join(TOOLS)}")
        return names
    used = (HOOK, os.path.dirname(os.path.dirname(WORKFLOW)), JOB)
    return [tool for tool, name in zip(TOOLS, used, strict=True) if os.path.lexists(os.path.join(top, name))]


def _add(made: dict[str, tuple[str, str]], name: str, top: str, change: Callable[[str], str]) -> None:
    """Add a file to those that are made, unless it stays as it is."""
    path = os.path.join(top, name)
    try:
        text = Workspace.around(top, top).read(path).decode("utf-8") if os.path.lexists(path) else ""
        new = change(text)
    except (ReadError, UnicodeDecodeError) as error:
        raise UsageError(f"{name} {error if isinstance(error, ReadError) else 'is not in UTF-8'}") from None
    except NotUnderstoodError as error:
        say(f"{name} is left alone: {str(error).partition(chr(10))[0]}")
        emit(f"{str(error).partition(chr(10))[2]}")
        return
    if new != text:
        made[name] = text, new


def _branch(top: str) -> str:
    """Return the name of the branch that is checked out, or `main`."""
    try:
        with open(os.path.join(top, ".git", "HEAD"), encoding="utf-8") as file:
            name = file.read(1_000).strip()
    except (OSError, UnicodeDecodeError):
        return "main"
    branch = name.removeprefix("ref: refs/heads/")
    return branch if branch != name and branch.replace("-", "").replace("_", "").isalnum() else "main"


def _with_plain_ends(text: str) -> str:
    """Return lines without white space at their ends, each with a line end."""
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def _check_directory(top: str, name: str) -> None:
    """Reject a directory of the repository that is a link or no directory, or is below one. Raises UsageError."""
    path = top
    for part in filter(None, name.split("/")):
        path = os.path.join(path, part)
        if os.path.islink(path) or (os.path.lexists(path) and not os.path.isdir(path)):
            raise UsageError(f"{os.path.relpath(path)} is a link or no directory, so nothing is written there")


def _make_directory(top: str, name: str) -> None:
    """Make a directory of the repository, through no link. Raises UsageError."""
    _check_directory(top, name)
    os.makedirs(os.path.join(top, name), exist_ok=True)


COMMAND = Command(
    "Set up the repository, as a diff first: a commented configuration, the pre-commit hook and the pipeline.",
    add_arguments,
    init,
)

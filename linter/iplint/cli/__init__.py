"""The command: the only room that may import all others, and the rules.

Each command is a module, which is loaded when it is used. `commands` has them by name: `check`, `prove`, `baseline`,
`inventory`, `graph`, `rules`, `explain`, `migrate`, `compare`, `config`, `completion`, `init`, `lsp`; `snapshot` and
`audit` (with `drift`) for accounts; `fleet` for many repositories, each checked by `fleet_child`. `version` answers
`--version`.

`command` has what they share, `arguments` the options of several; `request` turns options into a session, `listing`
serves the commands that list launches. `output` is the only outlet: everything is written through it. `process` handles
signals and streams, `progress` and `verbose` write to standard error. `caching` finds the cache, `since` the findings
of the merge base; `standard_input` reads a template from there.
"""

from __future__ import annotations

import gc
import os
import sys
import threading

from iplint.cli.command import (
    CLEAN,
    FINDINGS,
    INCOMPLETE,
    INTERRUPTED,
    USAGE,
    OutputError,
    Parser,
    UsageError,
    lost,
    nearest,
    refuse_files_as_options,
    without_value,
)
from iplint.cli.commands import COMMANDS, command
from iplint.cli.output import Outlet, emit, say
from iplint.cli.process import complain, end, heed_signals, hold_streams
from iplint.config import ConfigError
from iplint.judging.selection import SelectionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn


# Deep chains of references are followed by recursion; both limits are far beyond what real templates reach.
STACK_BYTES = (512 * 1024 * 1024, 64 * 1024 * 1024)
MAX_FRAMES = 1_000_000


def main() -> NoReturn:
    """Run the command with the arguments of the process, and leave with its exit status."""
    status = [INTERRUPTED]
    done = threading.Event()

    def work() -> None:
        try:
            status[0] = run(sys.argv[1:])
        except KeyboardInterrupt:
            pass  # who interrupts says so
        finally:
            done.set()

    hold_streams()
    # The cyclic collector makes large inputs superlinear, and the process ends soon.
    gc.freeze()
    gc.disable()
    sys.setrecursionlimit(MAX_FRAMES)
    thread = threading.Thread(target=work, daemon=True)
    try:
        heed_signals()
        for size in STACK_BYTES:
            try:
                threading.stack_size(size)
                thread.start()
                break
            except (RuntimeError, ValueError):
                continue  # memory may be limited; the next size is smaller
        else:
            status[0] = run(sys.argv[1:])
            done.set()
        # To join the thread is no way to wait: CPython 3.11 takes a thread for ended when that is interrupted.
        done.wait()
        sys.stdout.flush()
    except KeyboardInterrupt as interrupt:
        status[0] = end(thread, done, interrupt)
    except OSError as error:
        complain(lost(error, None))
        status[0] = INCOMPLETE
    os._exit(status[0])


def run(arguments: Sequence[str]) -> int:
    """Carry out one command line; return the exit status."""
    with Outlet():
        return _carried_out(arguments)


def _carried_out(arguments: Sequence[str]) -> int:
    try:
        refuse_files_as_options(arguments)
        arguments = _completed(arguments)
        name = arguments[0] if arguments else ""
        if name not in COMMANDS:
            return _without_command(arguments)
        asked = command(name)
        parser = Parser(f"iplint {name}", asked.description, asked.epilog)
        asked.add_arguments(parser)
        options = parser.parse_args(arguments[1:])
    except SystemExit as exit:
        return exit.code if isinstance(exit.code, int) else USAGE
    except OutputError as error:
        return _unwritten(error)
    except UsageError as error:
        say(str(error))
        return USAGE
    try:
        return asked.carry_out(options)
    except (UsageError, SelectionError, ConfigError) as error:
        say(str(error))
        return USAGE
    except OutputError as error:
        return _unwritten(error)
    except Exception as error:  # a traceback could show the content of a template
        say(f"internal error ({type(error).__name__}); please report this defect")
        return INCOMPLETE


def _completed(arguments: Sequence[str]) -> Sequence[str]:
    """Return a command line with the command that it leaves out, which is `check`, and with `--help` for `help`."""
    match arguments:
        case [name, *_] if name in COMMANDS:
            return arguments
        case ["help", name, *_] if name in COMMANDS:
            return [name, "--help"]
        case ["help", name] if not name.startswith("-"):
            raise UsageError(f"there is no command {without_value(name)}; {_meant_command(name)}")
        case ["help" | "version" as word, *rest]:
            return [f"--{word}", *rest]
        case [path, *_] if path == "-" or (not path.startswith("-") and os.path.lexists(path)):
            return ["check", *arguments]
        case [option, *_] if option.startswith("-") and option not in ("-h", "--help") and _is_of_check(option):
            return ["check", *arguments]
        case _:
            return arguments


def _is_of_check(option: str) -> bool:
    parser = Parser("iplint check", "")
    command("check").add_arguments(parser)
    return option.partition("=")[0] in parser.flags


def _unwritten(error: OutputError) -> int:
    """Report what could not be written, and discard the rest of standard output."""
    complain(str(error))
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return INCOMPLETE


def _without_command(arguments: Sequence[str]) -> int:
    """Handle `--help` and `--version`; reject anything else that does not begin with a command."""
    width = max(len(name) for name in COMMANDS)
    listed = "\n".join(f"  {name:{width}}  {summary}" for name, summary in COMMANDS.items())
    parser = Parser(
        "iplint",
        "Proves that code on EC2 gets its credentials from an instance profile, or says what breaks it.",
        f"commands:\n{listed}\n\n`iplint COMMAND --help` describes one. `iplint PATH` is `iplint check PATH`.",
        as_it_is=True,
    )
    parser.add_argument("--version", action="store_true", help="show the versions that matter, and exit")
    parser.add_argument("command", nargs="?", metavar="COMMAND", help="what to do")
    options, rest = parser.parse_known_args(arguments)
    if options.version:
        from iplint.cli.version import versions

        emit(f"{versions()}\n")
        return CLEAN
    name: str | None = options.command
    if rest and (name is None or rest[0] == arguments[0]):
        parser.error(parser.unknown(rest[0]))
    if name is None:
        parser.print_help()
        return USAGE
    say(f"there is neither a command nor a file or directory {name}; {_meant_command(name, _beside(name))}")
    return USAGE


def _beside(path: str) -> list[str]:
    """Return the paths in the directory of a path, written as that is."""
    directory = os.path.dirname(path)
    names = os.listdir(directory or os.curdir) if os.path.isdir(directory or os.curdir) else []
    return [os.path.join(directory, name) for name in names]


def _meant_command(name: str, names: Sequence[str] = ()) -> str:
    """Return what a misspelled command may mean, or the commands; `names` are those of files that may be meant."""
    near = nearest(name, (*COMMANDS, *names))
    return f"did you mean {near}?" if near else f"the commands are {', '.join(COMMANDS)}"


__all__ = ["CLEAN", "COMMANDS", "FINDINGS", "INCOMPLETE", "INTERRUPTED", "USAGE", "command", "main", "run"]

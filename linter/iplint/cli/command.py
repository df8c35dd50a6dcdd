"""Shared parts of the commands: their declaration, exit statuses and errors."""

from __future__ import annotations

import argparse
import os
from errno import EBADF

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import NoReturn

    from _typeshed import SupportsWrite

CLEAN, FINDINGS, USAGE, INCOMPLETE = 0, 1, 2, 3
INTERRUPTED = 130  # 128 and the number of SIGINT, as shells have it


class UsageError(Exception):
    """A command line that cannot be executed; the message says what to do."""


class OutputError(Exception):
    """A report that could not be written, reported after everything else is done; the message says which, and why."""


def lost(error: OSError, path: str | None) -> str:
    """Report that a file, or standard output for None, could not be written."""
    if path is not None:
        return f"cannot write {path}: {error.strerror}"
    if isinstance(error, BrokenPipeError):
        return "standard output was closed by its reader before everything was written"
    why = "it is closed" if error.errno == EBADF else error.strerror
    return f"cannot write to standard output: {why}"


def refuse_files_as_options(arguments: Sequence[str]) -> None:
    """Reject an option that is also the name of a file here, which a shell pattern or a hook may have inserted.

    A pull request may add such a file to set an option of its own check. Raises UsageError.
    """
    for argument in arguments:
        if argument == "--":
            return
        if argument.startswith("-") and argument != "-" and os.path.lexists(argument):
            shown = without_value(argument)
            raise UsageError(f"{shown} is an option and the name of a file: rename the file, or write -- before paths")


class Command:
    """One command: its purpose, its arguments, and its function, which returns the exit status."""

    __slots__ = ("add_arguments", "carry_out", "description", "epilog")

    def __init__(
        self,
        description: str,
        add_arguments: Callable[[argparse.ArgumentParser], None],
        carry_out: Callable[[argparse.Namespace], int],
        epilog: str = "",
    ) -> None:
        self.description = description
        self.add_arguments = add_arguments
        self.carry_out = carry_out
        self.epilog = epilog


class _Formatter(argparse.HelpFormatter):
    """Help with a fixed width: asking the terminal for its width would load six modules at every start."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=28, width=100)


class _FormatterAsItIs(_Formatter, argparse.RawDescriptionHelpFormatter):
    """Help that preserves the lines of the epilog."""


class Parser(argparse.ArgumentParser):
    """A parser of command lines, whose usage is one line. `as_it_is` keeps the lines of the epilog."""

    def __init__(self, prog: str, description: str, epilog: str = "", as_it_is: bool = False) -> None:
        formatter = _FormatterAsItIs if as_it_is else _Formatter
        super().__init__(prog, description=description, epilog=epilog or None, formatter_class=formatter)

    def format_usage(self) -> str:
        """Return the usage in one line: help lists the options."""
        self.usage = self._usage()
        return super().format_usage()

    def format_help(self) -> str:
        """Return the help."""
        self.usage = self._usage()
        return super().format_help()

    def _usage(self) -> str:
        forms = {"*": "[{} ...]", "+": "{} [{} ...]", "?": "[{}]"}
        words = [f"{self.prog} [OPTIONS]"]
        for action in self._actions:
            if not action.option_strings:
                name = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
                words.append(forms.get(str(action.nargs), "{}").format(name, name))
        return " ".join(words)

    def print_help(self, file: SupportsWrite[str] | None = None) -> None:
        """Print the help, on standard output by default. Raises OutputError, where argparse would say nothing."""
        if file is not None:
            return super().print_help(file)
        try:
            print(self.format_help(), end="", flush=True)
        except OSError as error:
            raise OutputError(lost(error, None)) from None

    def parse_args(  # type: ignore[override]  # as ArgumentParser, without a namespace
        self, args: Sequence[str]
    ) -> argparse.Namespace:
        """Return the options; paths may be between them.

        An error names what is not understood without the value that may follow it.
        """
        options, rest = self.parse_known_args(args)
        if rest:
            # argparse takes paths in one place only. What follows `--` is never an option.
            behind = list(args[args.index("--") + 1 :]) if "--" in args else []
            is_behind = bool(behind) and rest[-len(behind) :] == behind
            before = [word for word in (rest[: -len(behind)] if is_behind else rest) if word != "--"]
            unknown = [word for word in before if word.startswith("-") and word != "-"]
            many = [action.dest for action in self._actions if action.nargs in ("*", "+") and not action.option_strings]
            if unknown or not many:
                self.error(self.unknown([*unknown, *rest][0]))
            setattr(options, many[0], [*getattr(options, many[0]), *before, *(behind if is_behind else ())])
        return options

    def unknown(self, argument: str) -> str:
        """Return what is wrong with an argument that the command does not take, with the nearest option."""
        name = argument.partition("=")[0]
        if not name.startswith("-"):
            return f"there is one argument too many: {without_value(argument)}"
        near = nearest(name, self.flags)
        hint = f"did you mean {near}?" if near else f"{self.prog} --help lists the options"
        return f"there is no option {without_value(argument)}; {hint}"

    def error(self, message: str) -> NoReturn:
        """Report an invalid command line, as ArgumentParser does, without control characters."""
        from iplint.report.masking import steady, without_alike

        super().error(without_alike(steady(message)))

    @property
    def flags(self) -> list[str]:
        """Return the options that the parser takes."""
        return [flag for action in self._actions for flag in action.option_strings]

    @property
    def actions(self) -> list[argparse.Action]:
        """Return the arguments of the parser in the order of the help."""
        return list(self._actions)


def one_of(words: Sequence[str]) -> Callable[[str], str]:
    """Return a function that reads the value of an option: one of some words, in small or capital letters."""

    def read(given: str) -> str:
        if given.lower() in words:
            return given.lower()
        near = nearest(given.lower(), words)
        hint = f"; did you mean {near}?" if near else ""
        raise argparse.ArgumentTypeError(f"{given} is not one of {', '.join(words)}{hint}")

    return read


def at_least_one(given: str) -> int:
    """Read the value of an option: a number from 1."""
    if given.isascii() and given.isdigit() and 0 < len(given) < 10 and int(given):
        return int(given)
    raise argparse.ArgumentTypeError(f"{given} is not a whole number from 1")


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is most similar to a misspelled one; None where none is similar."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, list(known), 1)), None)


def without_value(argument: str) -> str:
    """Return an argument as messages show it: `--name=VALUE` and `NAME=VALUE` without the value."""
    name, equals, _ = argument.partition("=")
    return f"{name}=..." if equals else name

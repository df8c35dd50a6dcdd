"""`iplint completion`: a shell script that completes command lines, generated from the parsers of the commands."""

from __future__ import annotations

from iplint.cli.command import CLEAN, Command, Parser, one_of
from iplint.cli.commands import COMMANDS, command
from iplint.cli.output import write
from iplint.judging.selection import ALL, DEFAULT
from iplint.rule import GROUPS

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence

SHELLS = ("bash", "zsh", "fish")
# The completions of values, by their names in the help; other names have none.
FILES, RULES = ("PATH", "FILE", "DIR", "SOURCE"), ("RULE", "RULES")


class Argument:
    """An argument of a command: its option `flags`, empty for a positional one, and its value.

    `value` is the name of the value, empty for an option without one; `words` are its allowed values, if these are
    known; `listed` says that several may be joined by commas.
    """

    __slots__ = ("flags", "help", "listed", "value", "words")

    def __init__(self, action: argparse.Action, rules: Sequence[str]) -> None:
        metavar = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
        self.flags = tuple(action.option_strings)
        self.help = (action.help or "").replace("%%", "%")
        self.value = "" if action.nargs == 0 else metavar
        self.words = [str(choice) for choice in action.choices or ()]
        self.listed = metavar == "RULES"
        if metavar in RULES:
            self.words = list(rules) if metavar == "RULE" else [*rules, *GROUPS, ALL, DEFAULT]


def script(shell: str, commands: Mapping[str, str], arguments: Mapping[str, Sequence[Argument]]) -> str:
    """Return the script for a shell: `commands` with their descriptions and arguments."""
    lines = {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell](commands, arguments)
    return "\n".join(lines) + "\n"


def _bash(commands: Mapping[str, str], arguments: Mapping[str, Sequence[Argument]]) -> Iterator[str]:
    yield from (
        "# Completion of iplint for bash (3.2 or newer): source it.",
        "_iplint() {",
        "    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words= joined=",
        "    # Bash takes the sign of --option=value for a word of its own.",
        "    [[ $before == = ]] && before=${COMP_WORDS[COMP_CWORD - 2]}",
        "    [[ $current == = ]] && current=",
        "    COMPREPLY=()",
        "    if [[ $COMP_CWORD == 1 ]]; then",
        f"        COMPREPLY=($(compgen -W '{' '.join((*commands, '--help', '--version'))}' -- \"$current\"))",
        "        return",
        "    fi",
        "    case ${COMP_WORDS[1]}:$before in",
    )
    for name, taken in arguments.items():
        for argument in taken:
            if argument.flags and argument.value:
                pattern = "|".join(f"{name}:{flag}" for flag in argument.flags)
                found = f"words='{' '.join(argument.words)}'" if argument.words else "return"
                joined = " joined=yes" if argument.listed else ""
                yield f"        {pattern}) {found}{joined} ;;"
    yield "        *) case ${COMP_WORDS[1]}:$current in"
    for name, taken in arguments.items():
        flags = " ".join(flag for argument in taken for flag in argument.flags)
        places = " ".join(word for argument in taken if not argument.flags for word in argument.words)
        yield f"            {name}:-*) words='{flags}' ;;"
        if places:
            yield f"            {name}:*) [[ $COMP_CWORD == 2 ]] && words='{places}' ;;"
    yield from (
        "        esac ;;",
        "    esac",
        "    # Without words, readline completes files.",
        "    [[ -z $words ]] && return",
        '    if [[ -n $joined && $current == *,* ]]; then joined="${current%,*},"; else joined=; fi',
        '    COMPREPLY=($(compgen -P "$joined" -W "$words" -- "${current##*,}"))',
        "}",
        "complete -o default -F _iplint iplint",
    )


def _zsh(commands: Mapping[str, str], arguments: Mapping[str, Sequence[Argument]]) -> Iterator[str]:
    yield "#compdef iplint"
    yield "# Completion of iplint for zsh: source it, or put it as _iplint where $fpath leads."
    yield "_iplint() {"
    yield "    local context state state_descr line"
    yield "    typeset -A opt_args"
    yield "    _arguments -C '(- *)'{-h,--help}'[show help]' '(- *)--version[show the versions that matter]' \\"
    yield "        '1:command:->command' '*::argument:->argument'"
    yield "    case $state in"
    yield "        command)"
    yield "            local -a commands=("
    yield from (f"                {_quoted(f'{name}:{does}')}" for name, does in commands.items())
    yield "            )"
    yield "            _describe command commands ;;"
    yield "        argument)"
    yield "            case $words[1] in"
    for name, taken in arguments.items():
        yield f"                {name}) _arguments -s \\"
        yield from (f"                    {_quoted(spec)} \\" for argument in taken for spec in _zsh_specs(argument))
        yield "                    ;;"
    yield "            esac ;;"
    yield "    esac"
    yield "}"
    yield 'if [[ $funcstack[1] == _iplint ]]; then _iplint "$@"; else compdef _iplint iplint; fi'


def _zsh_specs(argument: Argument) -> Iterator[str]:
    words = " ".join(argument.words)
    action = f"_sequence compadd - {words}" if argument.listed else f"({words})" if words else ""
    action = "_files" if argument.value in FILES else action or " "
    if not argument.flags:
        yield f"{'1' if words else '*'}:{argument.value}:{action}"
    help = "".join(f"\\{sign}" if sign in "[]:\\" else sign for sign in argument.help)
    for flag in argument.flags:
        # With the sign, the value may be joined to a long option or follow it.
        sign = "=" if argument.value and flag.startswith("--") else ""
        yield f"*{flag}{sign}[{help}]" + (f":{argument.value}:{action}" if argument.value else "")


def _fish(commands: Mapping[str, str], arguments: Mapping[str, Sequence[Argument]]) -> Iterator[str]:
    yield "# Completion of iplint for fish: save it as ~/.config/fish/completions/iplint.fish."
    yield "complete -c iplint -n __fish_use_subcommand -f"
    yield "complete -c iplint -n __fish_use_subcommand -s h -l help -d 'show help'"
    yield "complete -c iplint -n __fish_use_subcommand -l version -d 'show the versions that matter'"
    for name, does in commands.items():
        yield f"complete -c iplint -n __fish_use_subcommand -a {name} -d {_escaped(does)}"
    for name, taken in arguments.items():
        begin = f"complete -c iplint -n '__fish_seen_subcommand_from {name}'"
        if not any(argument.value in FILES for argument in taken if not argument.flags):
            yield f"{begin} -f"
        for argument in taken:
            words = " ".join(argument.words)
            given = f"(__fish_append , {words})" if argument.listed else words
            if not argument.flags:
                first = f"{begin[:-1]}; and __fish_is_nth_token 2'"
                yield from [f"{first} -a {_escaped(words)}"] if words else ()
                continue
            flags = " ".join(f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}" for flag in argument.flags)
            # -r -F: a value follows, which is a file; -x: which is not.
            follows = f" -x -a {_escaped(given)}" if words else " -r -F" if argument.value in FILES else " -x"
            yield f"{begin} {flags}{follows if argument.value else ''} -d {_escaped(argument.help)}"


def _quoted(text: str) -> str:
    """Return a word for a POSIX shell, and zsh."""
    return "'" + text.replace("'", "'\\''") + "'"


def _escaped(text: str) -> str:
    """Return a word for fish."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `iplint completion`."""
    parser.add_argument("shell", type=one_of(SHELLS), choices=SHELLS, help="the shell that is to complete")


def completion(options: argparse.Namespace) -> int:
    """Print the script."""
    from iplint_rules import all_rules

    rules = [rule.name for rule in all_rules()]
    arguments: dict[str, list[Argument]] = {}
    for name in COMMANDS:
        parser = Parser(f"iplint {name}", "")
        command(name).add_arguments(parser)
        arguments[name] = [Argument(action, rules) for action in parser.actions]
    write(script(options.shell, COMMANDS, arguments), None)
    return CLEAN


COMMAND = Command("Print a completion script for commands, options, rules and files.", add_arguments, completion)

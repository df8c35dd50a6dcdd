"""Temporary credentials that a script prints, logs, stores or sends, followed from where it fetches them.

Source: "Amazon EC2 User Guide, Retrieve security credentials from instance metadata"; what user data prints goes to
/var/log/cloud-init-output.log ("Amazon EC2 User Guide, Run commands when you launch an EC2 instance").
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from itertools import islice, pairwise, takewhile, zip_longest

from iplint.aws.metadata_calls import CLIENTS, arguments_of, mentions_service, metadata_calls
from iplint.syntax.shell import PRINTERS, program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Literal, TypeAlias

    from iplint.aws.metadata_calls import MetadataCall
    from iplint.syntax.shell import Script, ShellCommand, Word

    Gravity: TypeAlias = Literal["high", "medium", "low"]

_SOURCES = (
    "security-credentials",
    "export-credentials",
    "sts assume-role",
    "get-session-token",
    "get_credentials",
    "get_frozen_credentials",
)
# Commands of AWS's command line interface that print credentials.
_PRINTING_COMMANDS = (
    r"\baws\b.{0,200}?\b(?:configure +export-credentials|sts +(?:get-session-token|assume-role[\w-]*))\b"
)
_CREDENTIAL_FIELDS = r"(?i)secret_?access_?key|session_?token|\btoken\b|secret_?key"
_HARMLESS_FIELDS = r"(?i)access_?key(?:_?id)?\b|expiration|last_?updated|\.code\b|\.type\b|assumed_?role|\.arn\b"

_FILTERS = frozenset(
    (
        "jq",
        "sed",
        "awk",
        "gawk",
        "cut",
        "grep",
        "egrep",
        "tr",
        "cat",
        "head",
        "tail",
        "sort",
        "base64",
        "python",
        "python3",
        "perl",
        "ruby",
        "xargs",
        "json_pp",
        "yq",
        "tee",
        "convertfrom-json",
        "convertto-json",
        "select-object",
        "format-list",
        "out-string",
    )
)
_LOGGERS = frozenset(("logger", "wall", "mail", "sendmail", "write-eventlog", "systemd-cat"))
_SENDERS = CLIENTS | {"nc", "ncat", "netcat", "socat"}
_STORING = frozenset(("out-file", "set-content", "add-content", "tee", "tee-object"))
_BODY = (
    r"(?:-d|-F|-T|--data[\w-]*|--json|--form[\w-]*|--upload-file|--post-data|--post-file|--body-data|(?i:-body))"
    r"(?:=.*)?"
)
_TARGET = r"-[a-zA-Z]*[oO]|--output(?:-document)?"
_NOWHERE = ("/dev/null", "$null", "NUL", "nul")
_TERMINALS = r"/dev/(?:console|tty\w*|stdout|stderr|kmsg)"
_CONFIGURES = r"\baws\b.{0,80}?\bconfigure +set\b"
_ENVIRONMENT = (["env"], ["printenv"], ["set"], ["export", "-p"])
# What sets the variables that the output of a command names, and those that hold secrets then.
_TAKING_OVER = ("export", "eval")
_TAKEN_OVER = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_TRACE = r"-[a-z]*x[a-z]*"
_FUNCTION = re.compile(r"^[ \t]{0,40}(?:function[ \t]{1,9})?([\w-]{1,80})[ \t]?\([ \t]?\)\s{0,9}\{", re.MULTILINE)

# How Python, Ruby and Node print and log, and how their SDKs return credentials.
_PRINTING = r"\b(?:print|puts|pprint|log(?:ger|ging)?\.\w{1,20}|console\.(?:log|error|info))[ \t]?\("
_CREDENTIAL_VALUES = r"get_frozen_credentials|get_credentials\(|\.secret_key\b|SecretAccessKey"


class Exposure:
    """Exposed credentials: the characters `start` to `end` of the flat text, and what happens there, as a clause.

    `what` continues the name of the script: "prints temporary credentials".
    """

    __slots__ = ("end", "gravity", "start", "what")

    def __init__(self, start: int, end: int, what: str, gravity: Gravity) -> None:
        self.start = start
        self.end = end
        self.what = what
        self.gravity = gravity


def exposures(script: Script, flat: str) -> list[Exposure]:
    """Return where a script exposes credentials, in the order of the places."""
    if not any(source in flat for source in _SOURCES):
        return []
    calls = metadata_calls(script, flat) if mentions_service(flat) else []
    found = [*_Flow(script, flat, calls).exposures(), *_printed_by_functions(flat, calls)]
    first: dict[int, Exposure] = {}
    for exposure in found:
        first.setdefault(exposure.start, exposure)
    return [first[start] for start in sorted(first)]


class _Flow:
    """Follows the credentials through the commands of one script."""

    __slots__ = ("_console", "_exported", "_fetching", "_found", "_functions", "_giving", "_script", "_secret", "_seen")

    def __init__(self, script: Script, flat: str, calls: Iterable[MetadataCall]) -> None:
        self._script = script
        # "exec > >(tee ... /dev/console)" sends all output there, where GetConsoleOutput reads it.
        to_console = any(
            command.words and command.words[0].text == "exec" and any(target.inner for target in command.writes)
            for command in script.commands
        )
        self._console = " into the log of all its output" if to_console else ""
        self._fetching = {id(call.command) for call in calls if call.for_credentials and call.command is not None}
        self._secret: dict[str, Gravity] = {}
        self._exported = False
        self._functions = list(_functions(flat))
        # Functions of the script whose output is credentials.
        self._giving: dict[str, Gravity] = {}
        self._seen: dict[int, Gravity | None] = {}
        self._found: list[Exposure] = []

    def exposures(self) -> list[Exposure]:
        """Return the exposures, in the order of the commands."""
        for function in self._functions:
            self._learn(function)
        self._secret.clear()
        self._seen.clear()
        trace: ShellCommand | None = None
        for command in self._script.commands:
            # What is substituted in a command runs before it.
            self._sinks(command)
            self._assign(command)
            if self._secret and trace is not None:
                self._add(trace, "traces commands that handle temporary credentials", "low")
                trace = None
            if command.name == "set" and len(command.words) > 1:
                option = command.words[1].text
                trace = command if re.fullmatch(_TRACE, option) else None if option == "+x" else trace
        return self._found

    def _learn(self, function: tuple[str, int, int]) -> None:
        """Record whether a function outputs credentials."""
        name, start, end = function
        commands = self._script.commands
        first = bisect_left(commands, start, key=lambda command: command.start)
        for command in takewhile(lambda command: command.start < end, islice(commands, first, None)):
            if command.user is None and command.next is None and not command.writes:
                gravity = self._output(command)
                if gravity is not None:
                    self._giving[name] = gravity
            self._assign(command)

    def _add(self, command: ShellCommand, what: str, gravity: Gravity) -> None:
        self._found.append(Exposure(command.start, command.end, what, gravity))

    def _word(self, word: Word) -> Gravity | None:
        """Return whether a word contains credentials, and how certain that is: from a variable, or from a substituted
        command.
        """
        for inner in word.inner:
            if inner.next is None and not inner.writes and (gravity := self._output(inner)) is not None:
                return gravity
        if self._secret and "$" in word.text:
            for match in re.finditer(
                r"\$\{?(?:env:)?([#!]?\w{1,64})(:?[+:][^}]{0,40})?((?:\.\w{1,40}){0,4})", word.text
            ):
                gravity = self._secret.get(match[1]) or self._secret.get(match[1].lower())
                # The length of a value, a part of it, or whether it is set are not the value.
                cut: str | None = match[2]
                if gravity is not None and (cut is None or cut.startswith(":-")) and not _is_harmless(match[3]):
                    return gravity
        return None

    def _words(self, words: Iterable[Word]) -> Gravity | None:
        return next((gravity for word in words if (gravity := self._word(word)) is not None), None)

    def _output(self, command: ShellCommand) -> Gravity | None:
        """Return whether a command writes credentials to standard output."""
        key = id(command)
        if key not in self._seen:
            # Asked for while it is worked out, which a pipeline cannot be.
            self._seen[key] = None
            self._seen[key] = self._worked_out(command)
        return self._seen[key]

    def _worked_out(self, command: ShellCommand) -> Gravity | None:
        name = command.name
        if id(command) in self._fetching:
            return None if _target(command) is not None else "medium"
        if name in self._giving:
            return self._giving[name]
        line = " ".join(word.value for word in command.words)
        if name == "aws" and re.search(_PRINTING_COMMANDS, line):
            return None if _is_harmless(line.partition("--query")[2]) else "medium"
        if name in PRINTERS and name != "logger":
            return "high" if self._words(command.words) else None
        if name not in _FILTERS:
            # PowerShell prints the value of a variable that is alone.
            is_value = command.powershell and bool(command.words) and command.words[0].text.startswith("$")
            return self._words(command.words[:1]) if is_value and not command.sets_by_word else None
        if name in ("grep", "egrep") and re.search(r" -\w*q", line):
            return None
        if name in ("jq", "grep", "egrep", "sed", "awk", "cut", "python", "python3") and _is_harmless(line):
            return None
        # Words count as input for here-strings alone, which are read as words.
        given = self._words(command.words)
        if given is None and command.document is not None and not command.document.quoted:
            given = self._word(command.document)
        if given is not None:
            return "high"
        return self._output(command.before) if command.before is not None else None

    def _assign(self, command: ShellCommand) -> None:
        """Keep track of the variables that hold credentials."""
        for name, word in command.assigned:
            values = command.words[2:] if command.sets_by_word else [word]
            gravity = self._words(values)
            if gravity is None and command.sets_by_word and id(command) in self._fetching:
                gravity = "medium"
            if gravity is not None:
                self._secret[name] = gravity
                self._exported = self._exported or name.upper().startswith("AWS_")
            else:
                self._secret.pop(name, None)
        if command.words and command.words[0].text in _TAKING_OVER:
            # export $(printf "AWS_SECRET_ACCESS_KEY=%s ..." $(aws sts assume-role ...)), eval $(aws configure ...)
            given = self._words(word for word in command.words[1:] if not re.match(r"\w{1,64}=", word.text))
            if given is not None:
                self._secret |= dict.fromkeys(_TAKEN_OVER, given)
                self._exported = True

    def _sinks(self, command: ShellCommand) -> None:
        """Return the exposures by one command."""
        name = command.name
        if id(command) in self._fetching and (target := _target(command)) is not None:
            if target not in _NOWHERE:
                self._add(command, "stores temporary credentials in a file", "high")
            return
        if command.sets_by_word:
            return
        line = " ".join(word.value for word in command.words)
        read = self._output(command.before) if command.before is not None else None
        given = read or self._words(command.words)
        if given is not None:
            if name in _LOGGERS:
                self._add(command, "logs temporary credentials", "high")
                return
            if name in _SENDERS and id(command) not in self._fetching and (self._sent(command) or read is not None):
                self._add(command, "sends temporary credentials away", "high")
                return
            if name in _STORING and not (name == "tee" and _only_nowhere(command)):
                self._add(command, "stores temporary credentials in a file", "high")
                return
            if name == "aws" and re.search(_CONFIGURES, line):
                if not re.search(r"aws_access_key_id", line):
                    self._add(command, "stores temporary credentials, which do not rotate there", "medium")
                return
            if name == "aws" and (read is not None or self._words(command.words) is not None):
                self._add(command, "sends temporary credentials away", "high")
                return
        if self._exported and _lists_environment(command):
            self._add(command, "prints an environment that holds temporary credentials", "low")
            return
        gravity = self._output(command)
        if gravity is None or command.next is not None:
            return
        self._lands(command, gravity)

    def _lands(self, command: ShellCommand, gravity: Gravity) -> None:
        """Return where the output of the last command of a pipeline goes."""
        if command.writes:
            for target in command.writes:
                if target.value in _NOWHERE:
                    continue
                if target.inner or re.match(_TERMINALS, target.value):
                    self._add(command, "logs temporary credentials", "high")
                else:
                    self._add(command, "stores temporary credentials in a file", "high")
            return
        if command.user is not None or command.in_file:
            return
        # What a function prints goes where its callers' output goes.
        index = bisect_right(self._functions, command.start, key=lambda function: function[1]) - 1
        if index >= 0 and command.start < self._functions[index][2] and self._functions[index][0] in self._giving:
            return
        self._add(command, f"prints temporary credentials{self._console}", gravity)

    def _sent(self, command: ShellCommand) -> bool:
        """Return whether a client sends credentials in the body or URL of a request; signing headers do not count."""
        previous = ""
        for word in command.words:
            value = word.value
            is_body = re.fullmatch(_BODY, previous) or re.match(rf"{_BODY}=|-d.", value)
            if (is_body or "://" in value) and self._word(word) is not None:
                return True
            previous = value
        return False


def _is_harmless(line: str) -> bool:
    """Return whether a filter expression selects only fields that are not secret."""
    return re.search(_HARMLESS_FIELDS, line) is not None and re.search(_CREDENTIAL_FIELDS, line) is None


def _target(command: ShellCommand) -> str | None:
    """Return the file that a client writes to instead of standard output."""
    texts = [word.value for word in command.words]
    for option, value in pairwise(texts):
        if re.fullmatch(_TARGET, option) and not option.endswith("O"):
            return None if value in ("-", "/dev/stdout") else value
        if option == "-O" and program(texts[0]) == "wget":
            return None if value == "-" else value
    for text in texts:
        if text.startswith(("--output=", "--output-document=")):
            value = text.partition("=")[2]
            return None if value == "-" else value
        if text in ("-O", "--remote-name") and command.name == "curl":
            return text
    # wget writes to a file unless -qO- or -O- says otherwise.
    if command.name == "wget" and not any(re.fullmatch(r"-[a-zA-Z]*O-?|--output-document=-", text) for text in texts):
        return "its own"
    return None


def _only_nowhere(command: ShellCommand) -> bool:
    """Return whether `tee` copies to the null device only."""
    return all(word.value in _NOWHERE for word in command.words[1:] if not word.text.startswith("-"))


def _lists_environment(command: ShellCommand) -> bool:
    words = [word.text for word in command.words if word.text not in ("sudo", "-")]
    return command.user is None and words in _ENVIRONMENT


def _functions(flat: str) -> Iterator[tuple[str, int, int]]:
    """Yield the functions of a shell script as name, start and end; a function ends with a brace at the start of a
    line, or else the next brace.
    """
    matches = list(_FUNCTION.finditer(flat))
    for match, following in zip_longest(matches, matches[1:]):
        limit = following.start() if following is not None else len(flat)
        end = flat.find("\n}", match.end(), limit)
        yield match[1], match.start(), end if end >= 0 else limit


def _printed_by_functions(flat: str, calls: Iterable[MetadataCall]) -> Iterator[Exposure]:
    """Yield what statements of other languages print or log: credentials from SDKs, and variables assigned from such a
    call.
    """
    names = set[str]()
    for call in calls:
        if call.for_credentials and call.command is None:
            line = flat[flat.rfind("\n", 0, call.start) + 1 : call.start]
            assigned = re.match(r"[ \t]*(?:const |let |var )?(\w{1,64})[ \t]*=", line)
            if assigned is not None:
                names.add(assigned[1])
    if not names and re.search(_CREDENTIAL_VALUES, flat) is None:
        return
    for match in re.finditer(_PRINTING, flat):
        arguments = arguments_of(flat, match.end())
        if flat[flat.rfind("\n", 0, match.start()) + 1 : match.start()].lstrip().startswith(("#", "//")):
            continue
        named = names.intersection(re.findall(r"\w+", re.sub(r"(?<!f)(['\"])[^'\"{}]*\1", "", arguments)))
        picked = re.search(_CREDENTIAL_VALUES, arguments)
        if (named or picked) and not _is_harmless(arguments):
            yield Exposure(match.start(), match.end() + len(arguments) + 1, "prints temporary credentials", "high")

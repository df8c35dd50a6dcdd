"""Calls of the instance metadata service in scripts: with a session token, without one, or requests for one.

Source: "Amazon EC2 User Guide, Use the Instance Metadata Service to access instance metadata". AWS's command line
interface and SDKs, `ec2-metadata`, `cloud-init query` and `Get-EC2InstanceMetadata` get a token themselves and do not
count as calls.
"""

from __future__ import annotations

import re

from iplint.syntax.shell import OUTPUT, PRINTERS, program
from iplint.value import HOLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal, TypeAlias

    from iplint.syntax.shell import Script, ShellCommand, Word

    Kind: TypeAlias = Literal["token request", "with token", "without token", "unknown"]

_HOSTS = ("169.254.169.254", "fd00:ec2::254", "instance-data")
_HOST = r"(?:169\.254\.169\.254|\[fd00:ec2::254\])(?::80)?(?![\w.:-])"
_UNSETTLED = rf"[${{%{OUTPUT}{HOLE}]"
# Other clouds have their services at the same address, below /metadata, /opc, /computeMetadata and others.
_PATH = rf"/?(?:latest|1\.0|20\d\d-\d\d-\d\d|{_UNSETTLED})|/?(?=[\"'?]|\Z)"
_URL = rf"(?:https?://)?(?:{_HOST}(?:{_PATH})|instance-data(?:\.ec2\.internal)?/(?:latest|1\.0|20\d\d-))"
_ENDPOINT = rf"(?i)[\"'(\[]*{_URL}"
# As a function gets it: a literal of any kind, or one that is parsed first.
_ENDPOINT_ARGUMENT = rf"(?i)\s*+(?:(?:new\s)?[\w.:]{{1,40}}\(\s*+)?[fbru]{{0,2}}[\"'`]?{_URL}"
_TOKEN_PATH = "/api/token"  # noqa: S105 - a path
_HEADER = r"(?i)x-aws-ec2-metadata-token(?!-ttl)"
_OTHER_CLOUDS = r"(?i)metadata-flavor|\bmetadata:\s*true"
# The role's credentials: below the list of roles, or those of the instance identity role.
_CREDENTIALS = (
    r"/iam/security-credentials/+(?:[^\s/\"')?]|[\"']?\s?\+\s?\w)"
    r"|/identity-credentials/ec2/security-credentials/ec2-instance"
)

CLIENTS = frozenset(
    (
        "curl",
        "wget",
        "http",
        "https",
        "fetch",
        "aria2c",
        "lynx",
        "get",
        "invoke-restmethod",
        "invoke-webrequest",
        "irm",
        "iwr",
        "start-bitstransfer",
    )
)
_HEADER_OPTION = r"(?i)-[a-z]*H|--header|-headers"
_UNREAD_OPTION = r"-K|--config(?:=.*)?|@.+"
# Options that take no value, so that a variable after them is an argument of its own.
_FLAG = (
    r"-[sSfLvikqgn46#]+|-qO-|--(?:silent|fail|show-error|location|verbose|quiet|insecure|ipv[46]|no-verbose|no-proxy)"
    r"|-[Uu]se[Bb]asic[Pp]arsing"
)
_WHOLE_VARIABLE = rf"\"?(?:\$\{{?[\w@*\[\]]{{1,80}}\}}?|[{OUTPUT}{HOLE}]|%\w{{1,64}}%)\"?"

# Functions of Python, Ruby, Node, PHP and .NET that fetch a URL, and those that make a request to be sent later.
_FETCHING = "get|urlopen|urlretrieve|request|head|open|fetch|file_get_contents|DownloadString|DownloadFile|put"
_PREPARING = "Request|GetRequest|new"
_FUNCTION = rf"\b({_FETCHING}|{_PREPARING})[ \t]?\("
_ARGUMENTS = 1500
_NEAR = 200


class MetadataCall:
    """One call of the metadata service: the characters `start` to `end` of the flat text.

    `command` is the command that makes it, None for a function call. `for_credentials` says whether it requests the
    role's credentials, `is_fallback` whether it is made only when no token is available.
    """

    __slots__ = ("command", "end", "for_credentials", "is_fallback", "kind", "start")

    def __init__(
        self,
        kind: Kind,
        start: int,
        end: int,
        for_credentials: bool,
        command: ShellCommand | None = None,
        is_fallback: bool = False,
    ) -> None:
        self.kind = kind
        self.start = start
        self.end = end
        self.command = command
        self.for_credentials = for_credentials
        self.is_fallback = is_fallback


def mentions_service(flat: str) -> bool:
    """Return whether a text can contain a call at all; most cannot."""
    return any(host in flat for host in _HOSTS)


def metadata_calls(script: Script, flat: str) -> list[MetadataCall]:
    """Return the calls in a text, in the order of their places."""
    found = [call for command in script.commands if (call := _call(command)) is not None]
    _mark_fallbacks(found)
    found += _function_calls(script, flat)
    return sorted(found, key=lambda call: call.start)


class _ClientArgument:
    """One argument of a client: its text, and its word, which may contain several."""

    __slots__ = ("text", "word")

    def __init__(self, text: str, word: Word) -> None:
        self.text = text
        self.word = word


def _arguments(command: ShellCommand) -> tuple[Word, list[_ClientArgument]] | None:
    """Return the word that names the client, and its arguments; None when the command does not run a client."""
    found: Word | None = None
    arguments: list[_ClientArgument] = []
    for word in command.words:
        # The shell takes an unquoted variable apart at blanks.
        is_split = word.value != word.text and not word.quoted and not command.powershell
        apart = word.value.split() if is_split else [word.value]
        for text in apart:
            if found is not None:
                arguments.append(_ClientArgument(text, word))
                continue
            name = program(text)
            if name in PRINTERS:
                return None
            if name in CLIENTS and "://" not in text:
                found = word
    return (found, arguments) if found is not None else None


def _call(command: ShellCommand) -> MetadataCall | None:
    """Return the metadata service call of a command."""
    given = _arguments(command)
    if given is None:
        return None
    client, arguments = given
    previous = ""
    for argument in arguments:
        if re.match(_ENDPOINT, argument.text) and previous not in ("--noproxy", "-x", "--proxy"):
            kind = _kind(arguments, argument)
            if kind is None:
                return None
            word = argument.word
            secret = re.search(_CREDENTIALS, argument.text) is not None
            return MetadataCall(kind, client.start, max(word.end, client.end), secret, command)
        previous = argument.text
    return None


def _kind(arguments: list[_ClientArgument], url: _ClientArgument) -> Kind | None:
    """Return the kind of call that these arguments make; None for the metadata service of another cloud."""
    if _TOKEN_PATH in url.text:
        return "token request"
    unknown = False
    previous = "-s"
    for argument in arguments:
        text = argument.text
        if re.search(_HEADER, text):
            return "with token"
        if re.search(_OTHER_CLOUDS, text):
            return None
        if re.fullmatch(_UNREAD_OPTION, text):
            unknown = True
        elif argument is not url and re.search(_UNSETTLED, text):
            # A header whose name is a variable, or a variable that may contain any options.
            if re.fullmatch(_HEADER_OPTION, previous):
                unknown = unknown or ":" not in text
            elif re.fullmatch(_WHOLE_VARIABLE, text) and (previous == url.text or not _takes_value(previous)):
                unknown = True
        previous = text
    return "unknown" if unknown else "without token"


def _takes_value(option: str) -> bool:
    return option.startswith("-") and not re.fullmatch(_FLAG, option)


def _mark_fallbacks(calls: list[MetadataCall]) -> None:
    """Mark the calls that are made only after a call with a token, or a request for one, has failed."""
    asking = {id(call.command) for call in calls if call.kind in ("token request", "with token")}
    tokens = {
        name
        for call in calls
        if call.kind == "token request" and call.command is not None
        for name, _ in (call.command.user or call.command).assigned
    }
    for call in calls:
        command = call.command
        if call.kind != "without token" or command is None:
            continue
        before = command.otherwise
        if before is not None and (id(before) in asking or any(id(inner) in asking for inner in _inside(before))):
            call.is_fallback = True
        call.is_fallback = call.is_fallback or any(
            id(test) in asking or _names(test, tokens) or any(id(inner) in asking for inner in _inside(test))
            for test in command.tests
        )


def _inside(command: ShellCommand) -> Iterator[ShellCommand]:
    """Yield the commands whose output is substituted in a command."""
    for word in command.words:
        yield from word.inner


def _names(command: ShellCommand, variables: set[str]) -> bool:
    """Return whether a command reads one of these variables."""
    return any(
        name in variables
        for word in command.words
        for name in re.findall(r"\$\{?(?:#|!)?(\w{1,64})", word.text.lower() if command.powershell else word.text)
    )


def _function_calls(script: Script, flat: str) -> Iterator[MetadataCall]:
    """Yield the function calls that fetch a URL of the metadata service."""
    matches = list(re.finditer(_FUNCTION, flat))
    if not matches:
        return
    values = _string_values(script)
    elsewhere = re.search(_HEADER, flat) is not None
    for match in matches:
        near = flat[match.end() : match.end() + _NEAR]
        if not mentions_service(near) and not any(name in near for name in values):
            continue
        arguments = arguments_of(flat, match.end())
        first = _resolved(_first(arguments), values)
        if not re.match(_ENDPOINT_ARGUMENT, first) or _is_comment(flat, match.start()):
            continue
        secret = re.search(_CREDENTIALS, first) is not None
        start = _name_start(flat, match.start())
        yield MetadataCall(
            _function_kind(match[1], first, arguments, values, elsewhere),
            start,
            match.end() + len(arguments) + 1,
            secret,
        )


def _function_kind(function: str, url: str, arguments: str, values: dict[str, str], elsewhere: bool) -> Kind:
    if _TOKEN_PATH in url:
        return "token request"
    given = arguments[len(_first(arguments)) :]
    if re.search(_HEADER, given) or re.search(_HEADER, _resolved(given, values)):
        return "with token"
    if re.search(r"(?i)headers?\b|\*\*", given):
        return "unknown"
    # The header may be put into the request, or into the session, by another statement.
    return "unknown" if elsewhere and not function.startswith(("url", "file", "Download")) else "without token"


def arguments_of(flat: str, start: int) -> str:
    """Return the text from the parenthesis before `start` to its closing one, within a limited length."""
    depth = 1
    quote = ""
    for at in range(start, min(len(flat), start + _ARGUMENTS)):
        char = flat[at]
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
            if depth == 0:
                return flat[start:at]
    return ""


def _first(arguments: str) -> str:
    """Return the first argument."""
    depth = 0
    quote = ""
    for at, char in enumerate(arguments):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == "," and depth == 0:
            return arguments[:at]
    return arguments


def _string_values(script: Script) -> dict[str, str]:
    """Return the values of variables that are set once, as far as they are metadata addresses or headers."""
    found: dict[str, str] = {}
    for command in script.commands:
        if command.sets_by_word:
            value = " ".join(word.value for word in command.words[2:])
            if mentions_service(value) or re.search(_HEADER, value):
                found.setdefault(command.assigned[0][0], value)
    return found


def _resolved(text: str, values: dict[str, str]) -> str:
    """Return a text with variables replaced by their values."""
    text = text.strip()
    if not values:
        return text

    def value(match: re.Match[str]) -> str:
        return values.get(match[1], match[0])[:_ARGUMENTS]

    return re.sub(r"(?<![\w./-])[$#]?\{?([A-Za-z_]\w{0,63})\}?", value, text[:_ARGUMENTS])


def _name_start(flat: str, at: int) -> int:
    """Return where the dotted name of the function at `at` begins."""
    start = at
    while start > max(0, at - 80) and (flat[start - 1].isalnum() or flat[start - 1] in "_.:"):
        start -= 1
    return start + 1 if flat[start] == "." else start


def _is_comment(flat: str, at: int) -> bool:
    """Return whether a comment begins before `at` on the same line."""
    line = flat[flat.rfind("\n", 0, at) + 1 : at].lstrip()
    return line.startswith(("#", "//", "*"))

"""Scripts and files that put an AWS credentials file onto an instance, where it takes precedence over the profile.

Source: "AWS SDKs and Tools Reference Guide, Standardized credential providers": SDKs look at the shared file
before they ask the instance metadata service.
"""

from __future__ import annotations

import re
from itertools import pairwise

from iplint.syntax.shell import OUTPUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.syntax.shell import Script, ShellCommand

# What a text that writes such a file has in it.
HINTS = (
    ".aws/",
    "/.aws",
    ".aws\\",
    "\\.aws",
    "aws configure",
    "AWSCredential",
    "AWSDefault",
    "AWS_SHARED_CREDENTIALS_FILE",
)
_FILE = r"(?:^|[/\\])\.aws[/\\]+credentials$"
_DIRECTORY = r"(?:^|[/\\])\.aws[/\\]*$"
# The commands whose last word names what they write, and those that name it by an option.
_COPYING = frozenset(
    (
        "cp",
        "mv",
        "install",
        "ln",
        "scp",
        "rsync",
        "copy",
        "move",
        "xcopy",
        "robocopy",
        "aws",
        "gsutil",
        "az",
        "certutil",
        "bitsadmin",
    )
)
# The commands of cmd.exe have their switches anywhere; this one names files behind the directory.
_OF_WINDOWS = ("copy", "move", "xcopy", "robocopy")
_SWITCH = r"/-?\w{1,6}(?::\S*)?"
_NAMING_FILES_LAST = "robocopy"
_WRITING = frozenset(
    (
        "add-content",
        "copy-item",
        "copy-s3object",
        "curl",
        "invoke-webrequest",
        "iwr",
        "move-item",
        "new-item",
        "out-file",
        "read-s3object",
        "set-content",
        "tee",
        "wget",
    )
)
_POWERSHELL_STORES = (
    "set-awscredential",
    "set-awscredentials",
    "initialize-awsdefaults",
    "initialize-awsdefaultconfiguration",
)
_SETTING = r"(?:profile\.[^.\s]+\.)?aws_(?:access_key_id|secret_access_key)"
# What structured files call the place of a file: cloud-init, Ansible, Ignition, Docker.
_PLACE = (
    r"(?im)(?:^|[\s{,])-?\s{0,20}[\"']?(?:path|dest|destination|target)[\"']?\s{0,20}[:=]\s{0,20}"
    r"[\"']?(?P<place>[^\s\"',}]{1,200})"
)
_OPENED = (
    r"open\(\s{0,20}[^)\n]{0,200}\.aws[/\\]+credentials[^)\n]{0,40}[\"'][wa]b?\+?[\"']"
    r"|(?i:\.DownloadFile|::(?:WriteAll|AppendAll)\w{4,5}|::Copy|\.(?:download_file|copyfile|copy2?|urlretrieve|write_text))"
    r"\([^)\n]{0,300}\.aws[/\\]+credentials"
)
# Settings that refer to other sources, and temporary credentials.
_NO_KEY = r"(?i)\b(?:credential_source|credential_process|role_arn|sso_start_url|web_identity_token_file)\b"
_KEY = r"(?i)\baws_(?:access_key_id|secret_access_key)\b"
_TEMPORARY = (
    r"(?i)\bsts[ \t]+(?:assume-role|get-session-token|get-federation-token)|aws_session_token|AWS_SESSION_TOKEN"
    r"|iam/security-credentials|export-credentials"
)


# What says where the file is, in place of the home directory.
_NAMED_FILE = r"AWS_SHARED_CREDENTIALS_FILE[\"']?[ \t]{0,20}[=:,][ \t]{0,20}[\"']?(?P<place>[^\s\"',;}]{1,200})"
# How a whole directory is copied.
_WHOLE = r"-[a-zA-Z]{0,8}[rRa][a-zA-Z]{0,8}|--recursive|--archive|-Recurse|sync|/(?:[sSeE]|MIR|mir)"
_VARIABLE = rf"[$`{OUTPUT}]|%\w+%"
# How far behind its place the content of a file is looked at.
_MAX_CONTENT = 1_000
# The commands that write what is elsewhere, whatever variables they name it by.
_FETCHING = (_COPYING | {"curl", "wget", "iwr", "invoke-webrequest", "copy-item", "copy-s3object", "read-s3object"}) - {
    "aws"
}


class CredentialsFile:
    """A place in a text that writes, copies or downloads a credentials file; `what` is a clause after its subject."""

    __slots__ = ("end", "start", "what")

    def __init__(self, start: int, end: int, what: str) -> None:
        self.start = start
        self.end = end
        self.what = what


def is_credentials_file(path: str) -> bool:
    """Return whether a path is that of an AWS credentials file."""
    return re.search(_FILE, path.strip("\"' ")) is not None


def holds_no_key(flat: str) -> bool:
    """Return whether a credentials file only refers to other sources of credentials, or contains temporary ones."""
    only_source = re.search(_NO_KEY, flat) is not None and re.search(_KEY, flat) is None
    return only_source or re.search(_TEMPORARY, flat) is not None


def credentials_files(script: Script, flat: str) -> Iterator[CredentialsFile]:
    """Yield where a script or cloud-init file puts a credentials file onto an instance; files with temporary
    credentials do not count.
    """
    # What a script with temporary credentials writes of its variables may be these.
    is_temporary = re.search(_TEMPORARY, flat) is not None
    named = frozenset(match["place"] for match in re.finditer(_NAMED_FILE, flat))
    found: dict[int, CredentialsFile] = {}
    for command in script.commands:
        what = _written_by(command, named)
        if what is not None and not (is_temporary and re.search(_VARIABLE, _content(command))):
            found.setdefault(command.start, CredentialsFile(command.start, command.end, what))
    for match in (*re.finditer(_PLACE, flat), *re.finditer(_OPENED, flat)):
        place = match.groupdict().get("place")
        written = flat if place is None else flat[match.end() : match.end() + _MAX_CONTENT]
        if (place is None or is_credentials_file(place)) and not re.search(_TEMPORARY, written):
            found.setdefault(
                match.start(), CredentialsFile(match.start(), match.end(), "writes an AWS credentials file")
            )
    seen: list[CredentialsFile] = []
    for start in sorted(found):
        # One command sets the id, the next the secret: that is one file.
        if not seen or found[start].what != seen[-1].what or "\n\n" in flat[seen[-1].end : start]:
            seen.append(found[start])
    yield from seen


def _content(command: ShellCommand) -> str:
    """Return what a command writes: its words and what it reads, but of a command that copies nothing."""
    sources = [command, *([command.before] if command.before is not None else [])]
    words = [word.value for source in sources if source.name not in _FETCHING for word in source.words]
    documents = [source.document.text for source in sources if source.document is not None]
    return "\n".join([*words, *documents])


def _written_by(command: ShellCommand, named: frozenset[str]) -> str | None:
    """Return how a command writes a credentials file, in words; None if it does not. `named` are the paths that a
    setting says are those of such files.
    """

    def is_meant(path: str) -> bool:
        return is_credentials_file(path) or path in named

    words = [word.value for word in command.words]
    name = command.name
    is_whole = any(re.fullmatch(_WHOLE, word) for word in words[1:])
    written = "\n".join([*words, command.document.text if command.document is not None else ""])
    if any(is_meant(target.value) for target in command.writes):
        return None if holds_no_key(written) else "writes an AWS credentials file"
    if name in _POWERSHELL_STORES:
        keyed = any(re.fullmatch(r"(?i)-(?:access|secret)key", word) for word in words)
        return "stores an access key with the AWS tools for PowerShell" if keyed else None
    if name == "aws" and "configure" in words:
        after = words[words.index("configure") + 1 :]
        if "set" in after:
            keyed = any(re.fullmatch(_SETTING, word) for word in after)
            return "stores an access key with `aws configure`" if keyed else None
        # Without a subcommand it asks; an option such as --profile has a value.
        is_called = any(
            not word.startswith("-") and not before.startswith("--") for before, word in pairwise(["", *after])
        )
        asks = not is_called or after[0] == "import"
        given = command.before is not None or command.document is not None or after[:1] == ["import"]
        return "stores an access key with `aws configure`" if asks and given else None
    if name in _OF_WINDOWS:
        words = [word for word in words if not re.fullmatch(_SWITCH, word)]
        if name == _NAMING_FILES_LAST:
            words = [*words[:2], *words[3:], *words[2:3]]
    targets = words[-1:] if name in _COPYING else words[1:] if name in _WRITING else []
    if any(is_meant(target) for target in targets):
        # What a pipeline hands to tee is looked at as what is written.
        source = command.before
        piped = "\n".join(word.value for word in source.words) if source is not None else ""
        piped += "\n" + source.document.text if source is not None and source.document is not None else ""
        return None if holds_no_key(f"{written}\n{piped}") else "copies or downloads an AWS credentials file"
    into = any(re.search(_DIRECTORY, target) for target in targets)
    if into and any(re.search(r"(?:^|[/\\])credentials$", word) for word in words[1:-1]):
        return "copies or downloads an AWS credentials file"
    from_it = len(words) > 2 and any(re.search(_DIRECTORY, word) for word in words[1:-1])
    return "copies or downloads a directory of AWS credentials" if is_whole and targets and (into or from_it) else None

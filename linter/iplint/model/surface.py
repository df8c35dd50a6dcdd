"""Surfaces: the texts of a root that land on an instance, in code, or in anybody's hands who reads the template."""

from __future__ import annotations

from iplint.aws.keys import find_keys
from iplint.aws.launch_types import SCRIPT_TYPES, launch_types
from iplint.aws.user_data import unwrap
from iplint.model.walk import names_user_data
from iplint.value import Known, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.aws.credential_exposure import Exposure
    from iplint.aws.keys import FoundKey
    from iplint.aws.metadata_calls import MetadataCall
    from iplint.aws.script import Script
    from iplint.location import Span
    from iplint.model.launch import Launch
    from iplint.model.stack import Stack
    from iplint.resource import Passage

# CloudFormation Template Reference, "AWS::CloudFormation::Authentication": it may hold an access key and its secret.
AUTHENTICATION = "AWS::CloudFormation::Authentication"


# CodeBuild User Guide, "Environment variables": of these kinds, the value is the name under which the secret is kept.
STORED_ELSEWHERE = frozenset(("PARAMETER_STORE", "SECRETS_MANAGER"))


# CloudFormation User Guide, "AWS::CloudFormation::Init": commands and files that cfn-init runs and writes.
INIT = "AWS::CloudFormation::Init"
# The arguments of provisioners whose texts go to the instance; those of others run where Terraform runs.
_REMOTE = {("inline",), ("content",)}
# Without one of these a text neither calls the metadata service nor gets credentials; no command of it is shorter.
_HINTS = (
    "169.254.169.254",
    "fd00:ec2::254",
    "instance-data",
    "export-credentials",
    "sts assume-role",
    "get-session-token",
    "get_credentials",
    "get_frozen_credentials",
)
_SHORTEST = 15
_DESCRIBING = frozenset(("description", "tags", "tag", "metadata"))


class KeyFound:
    """A key in a surface: what was found, where it stands, and the part of the source that no report may show."""

    __slots__ = ("at", "hide", "key")

    def __init__(self, key: FoundKey, at: Span, hide: Span) -> None:
        self.key = key
        self.at = at
        self.hide = hide


class Surface:
    """One text, with the words that name it."""

    __slots__ = ("_passage", "_read", "_stack", "_unwrapped", "key")

    def __init__(self, stack: Stack, passage: Passage, key: str) -> None:
        self._stack = stack
        self._passage = passage
        self._unwrapped: tuple[Text, ...] | None = None
        self._read: tuple[tuple[Text, Script], ...] | None = None
        self.key = key

    exists = True

    @property
    def address(self) -> str:
        """The resource or block that holds the text."""
        return self._passage.holder

    @property
    def launches(self) -> tuple[Launch, ...]:
        """The launches whose own text it is, or their template's."""
        return self._stack.launches_written_in(self.address)

    @property
    def place(self) -> str:
        """What the text is, in words: the names on the way to it."""
        names = [name for name in self._passage.names if name]
        return ".".join(names[-2:]) if names else "text"

    @property
    def hosts(self) -> tuple[Launch, ...]:
        """The launches, and the templates that nobody uses, that it is written in or whose user data it is."""
        value = self._passage.value
        text = value.value if isinstance(value, Known) and isinstance(value.value, Text) else None
        return self._stack.hosts_of(self.address, text)

    @property
    def runs_on_instances(self) -> bool:
        """Whether it is handed to instances to be run: user data, cfn-init, provisioners, scripts of services."""
        names, type = self._passage.names, self._passage.holder_type
        if names[:1] == ("provisioner",):
            return names[1:2] in _REMOTE
        if self._is_user_data or INIT in names or type in SCRIPT_TYPES:
            return True
        return _DESCRIBING.isdisjoint(name.lower() for name in names) and bool(launch_types(type) or self.hosts)

    @property
    def metadata_calls(self) -> Iterator[tuple[MetadataCall, Span]]:
        """The calls of the metadata service in the scripts for instances that it holds, and their places."""
        for text, script in self._scripts:
            from iplint.aws.metadata_calls import metadata_calls

            for call in metadata_calls(script, text.flat):
                yield call, text.span(call.start, call.end)

    @property
    def exposures(self) -> Iterator[tuple[Exposure, Span]]:
        """Where the scripts for instances that it holds give temporary credentials away."""
        for text, script in self._scripts:
            from iplint.aws.credential_exposure import exposures

            for exposure in exposures(script, text.flat):
                yield exposure, text.span(exposure.start, exposure.end)

    @property
    def _scripts(self) -> tuple[tuple[Text, Script], ...]:
        """What may hold calls or credentials: most texts do not, and are told by a look at their letters."""
        if self._read is None:
            suspects = [
                text
                for text in self._texts
                if len(flat := text.flat) >= _SHORTEST and any(hint in flat for hint in _HINTS)
            ]
            self._read = ()
            if suspects and self.runs_on_instances:
                from iplint.aws.script import Script

                self._read = tuple((text, Script(text.flat)) for text in suspects)
        return self._read

    @property
    def _texts(self) -> tuple[Text, ...]:
        """The text and everything packed inside it."""
        if self._unwrapped is None:
            value = self._passage.value
            match value:
                case Known(Text() as text):
                    self._unwrapped = tuple(unwrap(text, self._is_user_data))
                case _:
                    self._unwrapped = ()
        return self._unwrapped

    @property
    def keys(self) -> Iterator[KeyFound]:
        """The access keys in the text and in everything packed inside it."""
        for text in self._texts:
            flat = text.flat
            for found in find_keys(flat, self._assigned_name):
                at = text.span(found.start, found.end)
                yield KeyFound(found, at, at)

    @property
    def _is_user_data(self) -> bool:
        return any(names_user_data(name) for name in self._passage.names)

    @property
    def _assigned_name(self) -> str | None:
        """The name that the text is assigned to; `aws.` before it says that the block around it is AWS's own."""
        names = self._passage.names
        if not STORED_ELSEWHERE.isdisjoint(names):
            return None
        if not names:
            return self._passage.holder.rpartition(".")[2]
        if names[-1].lower() == "default":
            return names[-2] if len(names) > 1 else self._passage.holder.rpartition(".")[2]
        is_aws = self._passage.holder_type == "provider aws" or AUTHENTICATION in names
        return f"aws.{names[-1]}" if is_aws else names[-1]

"""Scanned texts: texts of a root that reach an instance, run as code, or are visible to readers of the template."""

from __future__ import annotations

import re

from iplint.aws.credentials_file import HINTS as CREDENTIALS_FILE_HINTS
from iplint.aws.credentials_file import holds_no_key, is_credentials_file
from iplint.aws.identity_types import ACTION, NAMING_ATTRIBUTES
from iplint.aws.keys import KINDS, fetched_places, find_keys, key_places, named_key
from iplint.aws.launch_calls import (
    Effect,
    has_literal_target,
    launch_calls,
    may_be_run,
    may_launch,
    requires_tokens,
    service_calls,
)
from iplint.aws.launch_types import (
    CODE_TYPES,
    CREDENTIAL_HOLDERS,
    INLINE_CODE,
    INTERPRETERS,
    SCRIPT_TYPES,
    launch_types,
)
from iplint.aws.secrets import (
    DYNAMIC_REFERENCE,
    FETCHING,
    GENERATED_KEYS,
    GENERATED_SECRETS,
    KEPT_READ,
    KEPT_VALUE,
    SECRET_HOLDERS,
    SECRET_REFERENCES,
    SECRET_SOURCES,
    attribute_in,
    stored_object,
)
from iplint.aws.user_data import Unwrapped
from iplint.budget import charge, steps_left
from iplint.location import Source, Span, Verbatim
from iplint.model.key_sets import KeyFound, place_of
from iplint.model.walk import at_paths, leaves, names_user_data
from iplint.resource import TextOccurrence
from iplint.secret import Secret
from iplint.value import HOLE, Chunk, Hole, Known, Reason, Text, Unknown, UnreadFile, as_text, dig, pieces_given

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Protocol

    from iplint.aws.credential_exposure import Exposure
    from iplint.aws.keys import Kind
    from iplint.aws.launch_calls import LaunchCall
    from iplint.aws.metadata_calls import MetadataCall
    from iplint.aws.secrets import FoundSecret
    from iplint.model.key_sets import KeyFound, Owner, Place
    from iplint.model.launch import Launch
    from iplint.resource import Resource
    from iplint.syntax.shell import Script
    from iplint.value import Input, Ref, Value

    Part = tuple[str, int, int] | tuple[str, str]

    class TextRelations(Protocol):
        """What texts look up in their root: see Stack."""

        @property
        def key_sets(self) -> dict[Place, tuple[KeyFound, ...] | None]:
            """Return the keys of all texts by the place where each is reported, with the keys that belong to it."""
            ...

        @property
        def keys_taken_in(self) -> dict[Place, tuple[TaintSource, ...] | None]:
            """Return the values that texts take in and use as keys, by the place where each is reported, with the other
            parts of the same key.
            """
            ...

        @property
        def keys_in_secrets(self) -> dict[str, list[tuple[Ref, str]]]:
            """Return the generated keys that secrets and parameters of the root contain, by address and name."""
            ...

        def written_in(self, address: str) -> tuple[Launch, ...]:
            """Return the launches of a resource, those that use it as their template, or the unused template itself."""
            ...

        def carrying(self, texts: Iterable[tuple[str, int, int]]) -> tuple[Launch, ...]:
            """Return the launches, and unused launch templates, whose instances run any of these texts, or whose own
            properties or template have them.
            """
            ...

        def says_where_it_runs(self, address: str) -> bool:
            """Return whether a container says what it runs on."""
            ...

        def carries(self, address: str) -> bool:
            """Return whether the text of a resource is copied onto instances."""
            ...

        def fetching(self, address: str, *, by_name: bool = False) -> tuple[Launch, ...]:
            """Return the launches, and unused launch templates, that may fetch the object, secret or parameter at an
            address; with `by_name`, those that name it, and not only its bucket.
            """
            ...

        def provisions(self, texts: Iterable[tuple[str, int, int]]) -> bool:
            """Return whether a provisioner sends any of these texts to an instance."""
            ...

        def resource(self, address: str) -> Resource | None:
            """Return the resource with this address."""
            ...


# CloudFormation Template Reference, "AWS::CloudFormation::Authentication": it may hold an access key and its secret.
AUTHENTICATION = "AWS::CloudFormation::Authentication"


# CodeBuild User Guide, "Environment variables": of these kinds, the value is the name under which the secret is kept.
STORED_ELSEWHERE = frozenset(("PARAMETER_STORE", "SECRETS_MANAGER"))


# CloudFormation User Guide, "AWS::CloudFormation::Init": commands and files that cfn-init runs and writes.
INIT = "AWS::CloudFormation::Init"
# CloudFormation Template Reference, "Pseudo parameters reference": how their names begin.
_PSEUDO = "AWS::"
# The arguments of provisioners whose texts go to the instance; those of others run where Terraform runs.
_REMOTE = {("inline",), ("content",), ("script",), ("scripts",), ("source",), ("sources",)}
_SENT_FILES = frozenset(("script", "scripts", "source", "sources"))
# CloudFormation User Guide, "AWS::CloudFormation::Init": what it writes to files, and what it runs.
_INIT_TEXTS = frozenset(("content", "command"))
_LOCAL = {("provisioner", "command"), ("provisioner", "interpreter")}
# Without one of these a text neither calls the metadata service nor gets credentials.
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
# Where the file provisioners of Terraform and Packer put a file, and the arguments of cfn-init that give its content.
_DESTINATION = ("provisioner", "destination")
_CONTENTS = ("content", "source")
_CONTENTS_OF_NAMED = frozenset(("value", "secret_string", "secretstring"))
# What is known by its name, and not by the address of its resource.
NAMED = "name "
# How the names of tags and descriptions end: `volume_tags`, `AlarmDescription`.
_LABELS = ("description", "tags", "tag")
# What names a role in scripts and code: `--role-name app`, `"RoleName": "app"`, `ROLE=app`.
_ROLE_WORDS = r"""(?i)role(?:[_-]?name)?["']?[ \t]?[=:, \t][ \t]?["']?([\w+=,.@-]{1,64})(?![\w+=,.@-])"""
_DESCRIBING = frozenset(("description", "tags", "tag", "metadata"))
# What cfn-init fetches from a bucket has this in its address or command.
_FROM_BUCKET = "s3"
# cloud-init documentation, "User data formats": an include file, alone or as a part.
_INCLUDE = r"(?im)\A\s*#include(?:-once)?\s+\S*://|^content-type:\s*[\"']?text/x-include-(?:once-)?url"
# Shorter texts hold no key, no assignment of one and no call.
_SHORTEST = 12


class SecretFound:
    """Another secret in a text: its kind, its place, and the parts of the source that no report may show."""

    __slots__ = ("at", "hide", "secret", "text")

    def __init__(self, secret: FoundSecret, at: Span, hide: tuple[Span, ...], text: str) -> None:
        self.secret = secret
        self.text = text
        self.at = at
        self.hide = hide


class TaintSource:
    """A value that a text takes in from elsewhere: `at` is where it comes in, `label` how the template writes it.

    `assigned` is the kind of key that the text uses it as, if the text assigns it to one of AWS's own names.
    """

    __slots__ = ("assigned", "at", "label", "value")

    def __init__(self, value: Value, label: str, assigned: Kind | None = None, at: Span | None = None) -> None:
        self.value = value
        self.label = label
        self.assigned: Kind | None = assigned
        self.at = at or (value.trail[0].at if value.trail else value.at)

    @property
    def ref(self) -> Ref | None:
        """Return the attribute that the value refers to."""
        return self.value.ref if isinstance(self.value, Known | Unknown) else None

    @property
    def source(self) -> str | None:
        """Return the source in words: an input, or else what decides the unknown value."""
        return self.input or next((reason.what for reason in self.reasons), None)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Return what decides the value, if it is unknown."""
        return self.value.reasons if isinstance(self.value, Unknown) else ()

    @property
    def input(self) -> str | None:
        """Return the input that is the source, in words; None for other sources."""
        return self.value.input.label if isinstance(self.value, Known | Unknown) and self.value.input else None

    @property
    def kind(self) -> Kind | None:
        """Return which part of a key it is: made by a resource, or by its name or the name that it is assigned to."""
        made = attribute_in(self.ref, GENERATED_KEYS)
        if made is not None:
            return next((kind for kind in KINDS if kind == made[1]), None)
        return (self.named or self.assigned) if self.source is not None else None

    @property
    def group(self) -> tuple[object, ...]:
        """Return what the parts of one key have in common: the resource that makes it, or that nothing does."""
        made = attribute_in(self.ref, GENERATED_KEYS)
        is_other = attribute_in(self.ref, GENERATED_SECRETS) is not None
        return made[0].resource.address if made is not None else None, is_other, self.is_chosen_by_aws

    @property
    def is_chosen_by_aws(self) -> bool:
        """Return whether the value depends on a value that AWS sets, such as the region, as a key of a look-up."""
        return self.input is None and any(reason.what.startswith(_PSEUDO) for reason in self.reasons)

    @property
    def named(self) -> Kind | None:
        """Return the kind of key that the input's name indicates, if it is one of AWS's own names."""
        return named_key(self.input.replace(".", " ").rpartition(" ")[2]) if self.input is not None else None


def _is_kept(source: TaintSource) -> bool:
    """Return whether a value is what a parameter or a secret keeps."""
    ref = source.ref
    is_value = ref is not None and KEPT_VALUE.get(ref.resource.type) == ref.attribute
    return is_value or _reads(ref) is not None or source.label.startswith(DYNAMIC_REFERENCE)


def _reads(ref: Ref | None) -> str | None:
    """Return the argument by which a data source names what it reads, where a reference is to what that keeps."""
    attributes, argument = (
        KEPT_READ.get(ref.resource.type, ((), "")) if ref is not None and ref.resource.data else ((), "")
    )
    return argument if ref is not None and ref.attribute in attributes else None


def _reference_to(name: str) -> str:
    """Return the pattern of what names a secret or parameter, by its name or its logical id."""
    if name.startswith(NAMED):
        return rf"(?<![\w/-]){re.escape(name.removeprefix(NAMED))}(?![\w/-])"
    return rf"\$\{{{re.escape(name.rpartition('.')[2])}[}}.]"


class ScannedText:
    """One text, with the names that lead to it."""

    __slots__ = ("_keys", "_left_out", "_passage", "_read", "_stack", "_unpacked", "key")

    def __init__(self, stack: TextRelations, passage: TextOccurrence, key: str) -> None:
        self._stack = stack
        self._passage = passage
        self._unpacked: list[Text] | None = None
        self._keys: tuple[KeyFound, ...] | None = None
        self._left_out: tuple[Span, str] | None = None
        self._read: tuple[tuple[Text, Script], ...] | None = None
        self.key = key

    exists = True

    @property
    def address(self) -> str:
        """Return the resource or block that holds the text."""
        return self._passage.holder

    @property
    def identity(self) -> tuple[object, ...]:
        """Return an identity that is the same for the same text in different scenarios."""
        return self._passage.holder, self._passage.names, self._passage.value.at.key()

    @property
    def launches(self) -> tuple[Launch, ...]:
        """Return the launches whose instances get the text."""
        hosts = self.hosts or (self._stack.fetching(self.address) if self.kept_in is not None else ())
        return tuple(launch for launch in hosts if not launch.is_template)

    @property
    def hosts(self) -> tuple[Launch, ...]:
        """Return the launches, and unused launch templates, that contain the text, take it in or fetch it."""
        found = self._stack.written_in(self.address) or self._stack.carrying(self._written)
        if not found and stored_object(self._passage.holder_type) is not None:
            return self._stack.fetching(self.address)
        return found

    @property
    def is_on_instance(self) -> bool:
        """Return whether the text reaches instances, those of unused launch templates included."""
        if self._passage.holder_type in CREDENTIAL_HOLDERS and named_key(self._assigned_name or "") is not None:
            # What Terraform or Packer itself calls AWS with stays where it runs.
            return False
        return bool(self.hosts) or self._stack.carries(self.address) or self._is_sent

    @property
    def is_in_code(self) -> bool:
        """Return whether the text is in a function, task, build or object that is not known to reach instances.

        A task may run on Fargate where it does not say what it runs on.
        """
        if self._passage.holder_type not in CODE_TYPES or not _DESCRIBING.isdisjoint(
            name.lower() for name in self._passage.names
        ):
            return False
        return not self.is_on_instance or not (
            self.hosts or self._is_sent or self._stack.says_where_it_runs(self.address)
        )

    @property
    def is_description(self) -> bool:
        """Return whether the text is a tag or a description, which no tool reads keys from."""
        return any(name.lower().endswith(_LABELS) for name in self._passage.names)

    @property
    def kept_in(self) -> str | None:
        """Return the address of the secret or parameter that has the text as its content."""
        return self.address if self._passage.holder_type in SECRET_HOLDERS else None

    @property
    def _is_sent(self) -> bool:
        """Return whether a provisioner sends the text to an instance."""
        names = self._passage.names
        if names[:1] == ("provisioner",):
            return names[1:2] in _REMOTE
        return self._stack.provisions(self._written)

    @property
    def _is_fetched(self) -> bool:
        """Return whether it is the file of an object that instances certainly fetch."""
        stored = stored_object(self._passage.holder_type)
        is_file = stored is not None and self._passage.names[:1] == (stored.file,)
        return is_file and bool(self._stack.fetching(self.address, by_name=True))

    @property
    def _written(self) -> Iterator[tuple[str, int, int]]:
        """Yield the identity of each text written in it; values of inputs are excluded, because they are used elsewhere
        too.
        """
        return origins(self._passage.value, given=False)

    @property
    def runs_on_instances(self) -> bool:
        """Return whether instances run the text.

        User data, cfn-init, provisioners, scripts of services.
        """
        names, type = self._passage.names, self._passage.holder_type
        if names[:1] == ("provisioner",):
            return self._is_sent
        if _is_user_data(names) or INIT in names or type in SCRIPT_TYPES:
            return True
        described = not _DESCRIBING.isdisjoint(name.lower() for name in names)
        return not described and bool(launch_types(type) or self.hosts or self._is_sent)

    @property
    def place(self) -> str:
        """Describe the text by the names that lead to it."""
        names = [name for name in self._passage.names if name]
        return ".".join(names[-2:]) if names else "text"

    @property
    def hidden(self) -> Iterator[Secret]:
        """Yield the secrets in the text and in everything packed inside it, whatever their use."""
        yield from (found.secret for found in self.keys)
        for found in self.secrets:
            yield Secret(found.text, found.hide, is_key=True)

    @property
    def keys(self) -> Sequence[KeyFound]:
        """Return the access keys in the text and in everything packed inside it."""
        if self._keys is None:
            self._keys = tuple(self._found_keys())
        return self._keys

    def _found_keys(self) -> Iterator[KeyFound]:
        value = self._passage.value
        if not isinstance(value, Known):
            return
        for text in self._texts:
            flat = text.flat
            for found in find_keys(flat, self._assigned_name):
                # What a reference leads to is named as a key here only, so its form has to say that it is one.
                if value.trail and found.certainty != "real":
                    continue
                at = text.span(found.start, found.end)
                hide = tuple(span for part in found.parts for span in text.spans(*part))
                yield KeyFound(found, at, hide, "".join(flat[start:end] for start, end in found.parts))

    @property
    def key_sets(self) -> Iterator[tuple[KeyFound, tuple[KeyFound, ...]]]:
        """Yield the keys that are reported in this text, with the keys beside each that are parts of the same key."""
        sets = self._stack.key_sets if self.keys else {}
        for found in self.keys:
            # What only another scenario takes in is reported by itself.
            others = sets.get(place_of(found), ())
            if others is not None:
                yield found, others

    @property
    def keys_taken_in(self) -> Iterator[tuple[TaintSource, tuple[TaintSource, ...]]]:
        """Yield the values that the text takes in and uses as keys, each with the other parts of the same key."""
        sources = list(self.taint_sources)
        sets = self._stack.keys_taken_in if any(source.kind is not None for source in sources) else {}
        for source in sources:
            others = sets.get(place_of(source), ())
            if others is not None:
                yield source, others

    @property
    def keys_fetched(self) -> Iterator[Span]:
        """Yield where scripts on instances assign what a command fetches to the name of a secret access key."""
        for text in self._texts:
            for start, end in fetched_places(text.flat):
                if self.is_on_instance and self.runs_on_instances:
                    yield text.span(start, end)

    @property
    def owner(self) -> Owner:
        """Return what texts with parts of one key have in common: the resource, block or section that holds them, the
        launches that they reach, and whether they are descriptions.
        """
        holder = self._passage.holder
        if not self._passage.holder_type:
            holder = holder.rpartition(".")[0] or "".join(self._passage.names[:1])
        return holder, frozenset(host.key for host in self.hosts), self.is_on_instance, self.is_description

    @property
    def metadata_calls(self) -> Iterator[tuple[MetadataCall, Span]]:
        """Yield the metadata service calls in the text's scripts for instances, and their places."""
        for text, script in self._scripts:
            from iplint.aws.metadata_calls import metadata_calls

            for call in metadata_calls(script, text.flat):
                yield call, text.span(call.start, call.end)

    @property
    def launch_calls(self) -> Iterator[tuple[LaunchCall, Span]]:
        """Yield the instance launching calls in the text's scripts, run anywhere, and their places."""
        names = self._passage.names
        if not _DESCRIBING.isdisjoint(name.lower() for name in names):
            return
        for text in self._texts:
            flat = text.flat
            if may_launch(flat):
                found = {call.start: call for call in service_calls(flat, names[-1] if names else "")}
                if may_be_run(flat) and self._is_run:
                    found |= {call.start: call for call in launch_calls(flat, self._begun)}
                for call in found.values():
                    yield call, text.span(call.start, call.end)

    def _call_that(self, effect: Effect) -> tuple[LaunchCall, Span] | None:
        """Return the first call in the text with an effect, and its place."""
        return next((found for found in self.launch_calls if found[0].effect is effect), None)

    @property
    def named(self) -> frozenset[str]:
        """Return the addresses of the resources that the text, or the resource that holds it, refers to, and of the
        launches that get it. A role counts where it is referred to by its name.
        """
        holes = (hole.value.ref for text in self._texts for hole in text.holes)
        beside = (value.ref for _, value in self._beside)
        links = (link for ref in (*holes, *beside) if ref is not None for link in ref.chain())
        found = (link.resource.address for link in links if _is_naming(link))
        return frozenset((*found, *(host.address for host in self.hosts)))

    @property
    def _beside(self) -> Iterator[tuple[str, Known[Text] | Unknown]]:
        """Yield the texts and unknowns of the resource that holds the text: an argument or a variable of its code."""
        holder = self._stack.resource(self.address)
        if holder is not None:
            yield from leaves(holder.properties)

    def changes(self, effect: Effect) -> Span | None:
        """Return the place of a call with an effect; None where there is no such call."""
        found = self._call_that(effect)
        if found is None or (effect is Effect.LOOSENS and self._requires_tokens_beside):
            return None
        return found[1]

    @property
    def _requires_tokens_beside(self) -> bool:
        """Return whether arguments of a service's call, which are beside its name, require tokens."""
        if launch_types(self._passage.holder_type) or self._is_run:
            return False
        return requires_tokens("\n".join(f'{name}="{_flat(value)}"' for name, value in self._beside))

    def is_open(self, effect: Effect) -> bool:
        """Return whether the text does not say what a call with an effect changes: it may be anything."""
        found = self._call_that(effect)
        if found is None or not found[0].target:
            return False
        texts = (*(text.flat for text in self._texts), *(f'{name}="{_flat(value)}"' for name, value in self._beside))
        return not any(has_literal_target(flat, found[0]) for flat in texts)

    def writes(self, name: str) -> bool:
        """Return whether a name is written in the text, or in the resource that holds it."""
        written = rf"(?i)(?<![\w-]){re.escape(name)}(?![\w-])"
        beside = (_flat(value) for _, value in self._beside)
        return any(re.search(written, flat) for flat in (*(text.flat for text in self._texts), *beside))

    @property
    def names_granted_to(self) -> Iterator[tuple[str, Span]]:
        """Yield the words that name roles in a text with a call that gives a role a policy, and the place of the call.

        They are arguments and variables whose name has "role" in it.
        """
        place = self.changes(Effect.GRANTS)
        if place is None:
            return
        for text in self._texts:
            charge(len(text.flat) >> 4)
            yield from ((name, place) for name in dict.fromkeys(re.findall(_ROLE_WORDS, text.flat)))

    @property
    def _begun(self) -> tuple[str, ...]:
        """Return the words of the interpreters of the provisioners beside a command: `aws`, `autoscaling`."""
        holder = self._stack.resource(self.address) if self._passage.names[:2] in _LOCAL else None
        words = at_paths(holder.properties, INTERPRETERS) if holder is not None else ()
        return tuple(word for word in map(as_text, words) if word is not None)

    @property
    def _is_run(self) -> bool:
        names = self._passage.names
        is_code = INLINE_CODE.get(self._passage.holder_type) in names
        is_code = is_code or self._passage.holder_type.startswith(ACTION)
        return is_code or names[:2] in _LOCAL or self.runs_on_instances

    @property
    def exposures(self) -> Iterator[tuple[Exposure, Span]]:
        """Yield where the text's scripts for instances expose temporary credentials."""
        for text, script in self._scripts:
            from iplint.aws.credential_exposure import exposures

            for exposure in exposures(script, text.flat):
                yield exposure, text.span(exposure.start, exposure.end)

    @property
    def credentials_files(self) -> Iterator[tuple[str, Span]]:
        """Yield where the text puts an AWS credentials file onto instances: a description and the place."""
        names = self._passage.names
        placed = [name for name in names if is_credentials_file(name)]
        if names == _DESTINATION or (placed and names[-1] in _CONTENTS):
            value = self._passage.value
            flat = value.value.flat if isinstance(value, Known) and isinstance(value.value, Text) else ""
            is_file = bool(placed) or is_credentials_file(flat)
            if is_file and not (placed and holds_no_key(flat)) and self.is_on_instance:
                yield "gets an AWS credentials file", value.at
            return
        for text in self._texts:
            flat = text.flat
            if any(hint in flat for hint in CREDENTIALS_FILE_HINTS) and self.is_on_instance and self.runs_on_instances:
                from iplint.aws.credentials_file import credentials_files

                for found in credentials_files(_script(flat), flat):
                    yield found.what, text.span(found.start, found.end)

    @property
    def _scripts(self) -> tuple[tuple[Text, Script], ...]:
        """Return the texts that may hold calls or credentials, after a quick search of their letters."""
        if self._read is None:
            self._read = ()
            suspects = [
                text
                for text, flat in ((text, text.flat) for text in self._texts)
                if any(hint in flat for hint in _HINTS)
            ]
            if suspects and self.runs_on_instances:
                self._read = tuple((text, _script(text.flat)) for text in suspects)
                for text, script in self._read:
                    if script.unread is not None and self._left_out is None:
                        place, why = script.unread
                        self._left_out = text.span(place, place + 1), why
        return self._read

    @property
    def unread(self) -> tuple[Span, str] | None:
        """Return the first place in the text that was not read to its end, and why; None where all was read."""
        _ = self._scripts
        return self._left_out

    @property
    def unread_files(self) -> Iterator[UnreadFile]:
        """Yield the files that a provisioner sends to instances, or that these fetch, and that were not read."""
        if isinstance(self._passage.value, Unknown) and (self._is_sent or self._is_fetched):
            yield from unread_files(self._passage.value)

    @property
    def secrets(self) -> Iterator[SecretFound]:
        """Yield the private keys and vendors' tokens in the text and in everything packed inside it."""
        from iplint.aws.secrets import find_secrets

        for text in self._texts:
            for found in find_secrets(text.flat):
                at, hide = text.span(found.start, found.end), text.spans(found.start, found.end)
                yield SecretFound(found, at, hide, text.flat[found.start : found.end])

    @property
    def taint_sources(self) -> Iterator[TaintSource]:
        """Yield the values that the text takes in from elsewhere: unknown references, and values of inputs."""
        for text in self._texts:
            if text.encodes is not None and text.encodes[0] == "base64" and isinstance(text.encodes[1], Known):
                # What it encodes is one of the texts.
                continue
            places: list[tuple[Kind, int, int]] | None = None
            found: list[TaintSource] = []
            at = 0
            for piece in text.pieces:
                size = len(piece.text) if isinstance(piece, Chunk) else 1
                value = piece.value if isinstance(piece, Hole) else piece.given
                if value is not None:
                    if places is None:
                        places = self._key_places(text)
                    assigned: Kind | None = None
                    for kind, start, end in places:
                        if start <= at and at + size <= end:
                            assigned = kind
                            break
                    label = piece.label if isinstance(piece, Hole) else ""
                    found.append(TaintSource(value, label, assigned, self._taken_in_at(value, text, at)))
                at += size
            yield from self._placed(found)

    def _placed(self, sources: list[TaintSource]) -> Iterator[TaintSource]:
        """Yield what a text takes in; what it takes in several times, at the places in the text."""
        around = self._passage.value.at
        here = {
            (ref.resource.address, ref.attribute)
            for source in sources
            if (ref := source.ref) is not None and around.holds(source.at)
        }
        for source in sources:
            ref = source.ref
            is_again = ref is not None and (ref.resource.address, ref.attribute) in here
            if not is_again or source.value.trail or around.holds(source.at):
                yield source

    @property
    def fetched_keys(self) -> Iterator[tuple[Ref, str, Span]]:
        """Yield the generated keys that a script fetches from secrets of this root, and where each is named.

        Each as the attribute of the key and the address of the secret that contains it.
        """
        fetches = any(fetch in text.flat for text in self._texts for fetch in FETCHING)
        sources = [source for source in self.taint_sources if fetches or _is_kept(source)]
        if not (fetches or sources) or not self.is_on_instance:
            return
        kept = self._stack.keys_in_secrets
        for source in sources if kept else ():
            addresses = [link.resource.address for link in source.ref.chain()] if source.ref is not None else []
            for address in (*addresses, *self._read_by(source.ref)):
                for ref, holder in kept.get(address, ()):
                    yield ref, holder, source.at
        for name, keys in kept.items():
            written = _reference_to(name)
            for source in sources:
                if source.label.startswith(DYNAMIC_REFERENCE) and re.search(written, source.label):
                    yield from ((ref, holder, source.at) for ref, holder in keys)
            for text in self._texts if fetches and name.startswith(NAMED) else ():
                found = re.search(written, text.flat)
                if found is not None:
                    at = text.span(*found.span())
                    if not self._passage.value.at.holds(at) and found.start():
                        at = text.span(found.start() - 1, found.start())
                    yield from ((ref, holder, at) for ref, holder in keys)

    def _read_by(self, ref: Ref | None) -> Iterator[str]:
        """Yield what a data source may read a parameter or secret of: the addresses and the name that it is given."""
        argument = _reads(ref)
        resource = self._stack.resource(ref.resource.address) if ref is not None and argument is not None else None
        if resource is None or argument is None:
            return
        named = dig(resource.properties, (argument,))
        if isinstance(named, Known | Unknown) and named.ref is not None:
            yield from (link.resource.address for link in named.ref.chain())
        name = as_text(named)
        if name is not None:
            yield f"{NAMED}{name}"

    def _taken_in_at(self, value: Value, text: Text, offset: int) -> Span | None:
        """Return where the text takes in a value without a place of its own: right after the text before it."""
        around = self._passage.value.at
        if value.trail or around.holds(value.at) or offset == 0:
            return None
        before = text.span(offset - 1, offset)
        return before if around.holds(before) else None

    def _key_places(self, text: Text) -> list[tuple[Kind, int, int]]:
        """Return where the text holds values for AWS's own key names.

        The whole text when it is assigned to such a name.
        """
        kind = named_key(self._assigned_name or "")
        return [(kind, 0, len(text.flat))] if kind is not None else key_places(text.flat)

    @property
    def _assigned_name(self) -> str | None:
        return _assigned_name(self._passage.names, self._passage.holder, self._passage.holder_type)

    @property
    def _texts(self) -> list[Text]:
        """Return the text and everything packed inside it; a value that is not text becomes a text of one hole."""
        if self._unpacked is None:
            match self._passage.value:
                case Known(Text() as whole) as value:
                    text = whole if value.input is None else Text(pieces_given(whole, value), whole.encodes)
                    unwrapped = Unwrapped(text, _is_user_data(self._passage.names))
                    self._unpacked, self._left_out = unwrapped.texts, unwrapped.unread
                    charge(_cost(self._unpacked))
                case Unknown() as value:
                    self._unpacked = [Text((Hole(value, "${...}"),))]
                case _:
                    self._unpacked = []
        return self._unpacked


class VaryingText:
    """A text that depends on inputs, evaluated in the current scenario."""

    __slots__ = ("_key", "_passage", "_stack")

    def __init__(self, stack: TextRelations, passage: TextOccurrence, key: str) -> None:
        self._stack = stack
        self._passage = passage
        self._key = key

    @property
    def read(self) -> list[Input]:
        """Return the inputs that were read for it by default."""
        again = self._passage.again
        return list(again.read.values()) if again is not None else []

    def parts(self) -> set[Part]:
        """Return the parts that the text has by default."""
        return set(_parts(self._passage.value))

    def another(self, seen: set[Part]) -> ScannedText | None:
        """Return the text of this scenario if it has a part that is not yet in `seen`, to which it is added.

        None also where no search can find anything in it.
        """
        passage = self._passage
        if passage.again is None:
            return None
        value = passage.again.make()
        parts = set(_parts(value))
        if parts <= seen:
            return None
        seen |= parts
        here = TextOccurrence(value, passage.names, passage.holder, passage.holder_type)
        return None if can_skip(here) else ScannedText(self._stack, here, self._key)


def _parts(value: Value) -> Iterator[Part]:
    """Yield the identity of each written text in a value, and the attributes that it takes in.

    Values of inputs are excluded.
    """
    yield from origins(value, given=False)
    if isinstance(value, Known) and isinstance(value.value, Text) and value.value.encodes is not None:
        yield from _parts(value.value.encodes[1])
    for ref in unknown_refs(value):
        yield ref.resource.address, ref.attribute


def unknown_refs(value: Value) -> Iterator[Ref]:
    """Yield what the unknown parts of a text refer to, and of a text that it encodes."""
    match value:
        case Known(Text() as text):
            unknowns = [hole.value for hole in text.holes]
            if text.encodes is not None:
                yield from unknown_refs(text.encodes[1])
        case Unknown():
            unknowns = [value]
        case _:
            unknowns = []
    for unknown in unknowns:
        if unknown.ref is not None:
            yield unknown.ref


def can_skip(passage: TextOccurrence) -> bool:
    """Return whether a text occurrence is silent and takes in nothing that is or may be a key or a secret."""
    taken: list[Value]
    if any(True for _ in unread_files(passage.value)):
        return False
    match passage.value:
        case Known(Text(encodes=None) as text) as value:
            taken = [value] if value.input is not None else []
            for piece in text.pieces:
                if isinstance(piece, Hole):
                    if piece.label.startswith(tuple(SECRET_REFERENCES)):
                        return False
                    taken.append(piece.value)
                elif piece.given is not None:
                    taken.append(piece.given)
            flat = text.flat
        case Unknown() as value:
            taken = [value]
            flat = HOLE
        case _:
            return False
    if not is_silent(flat, passage.names, passage.holder, passage.holder_type):
        return False
    # A text that assigns anything to a name of AWS's own may assign what it takes in.
    # A text that was made by doubling another takes in the same values again and again.
    different = {id(value): value for value in taken}.values()
    return not taken or not (key_places(flat) or any(_may_be_secret(value) for value in different))


def _may_be_secret(value: Value) -> bool:
    """Return whether a value comes from an input with the name of a key, or from a resource that generates or stores
    secrets.
    """
    inflow = TaintSource(value, "")
    return inflow.named is not None or any(attribute_in(inflow.ref, table) is not None for table in SECRET_SOURCES)


def is_for_instances(names: tuple[str, ...]) -> bool:
    """Return whether a text with these names is written to an instance, or runs there: by cfn-init, or from a file that
    a provisioner names.
    """
    if names[:1] == ("provisioner",):
        return names[-1] in _SENT_FILES
    return names[:2] == ("Metadata", INIT) and names[-1] in _INIT_TEXTS


def is_silent(flat: str, names: tuple[str, ...], holder: str, holder_type: str) -> bool:
    """Return whether a literal text is not named as a key, and no search finds anything in it.

    Most texts are silent: regions, names, versions. Those of a module occur again at each of its calls.
    """
    # The address of the holder counts as a name only where there are fewer than two others.
    whose = (names, holder if len(names) < 2 else "", holder_type)
    naming = _namings.get(whose)
    if naming is None:
        naming = _namings[whose] = _naming(*whose)
    name, is_user_data, announces_key = naming
    if announces_key or (INIT in names and _FROM_BUCKET in flat):
        return False
    if len(flat) < _SHORTEST:
        return True
    entry = (flat, name, is_user_data)
    found = _silent.get(entry)
    if found is None:
        text = Text((Chunk(flat, Verbatim(Span(Source("", flat), 0, len(flat)))),))
        unwrapped = Unwrapped(text, is_user_data)
        cost = _cost(unwrapped.texts)
        charge(cost)
        silent = unwrapped.unread is None and _finds_nothing(unwrapped.texts, name)
        _silent[entry] = silent, cost
        return silent
    # Another root may have paid for it: what a root may take does not depend on others.
    charge(found[1])
    return found[0]


def _naming(names: tuple[str, ...], holder: str, holder_type: str) -> tuple[str | None, bool, bool]:
    """Return the name that a text is assigned to, whether it is user data, and whether its names announce a key."""
    name = _assigned_name(names, holder, holder_type)
    announces_key = name is not None and named_key(name) is not None
    is_file = any(".aws" in part and is_credentials_file(part) for part in names)
    return name, _is_user_data(names), announces_key or is_file


# What follows from the names of texts: those of a module occur again at each of its calls.
_namings: dict[tuple[tuple[str, ...], str, str], tuple[str | None, bool, bool]] = {}
_ALL_HINTS = (*_HINTS, *CREDENTIALS_FILE_HINTS, *FETCHING, DYNAMIC_REFERENCE)
# What is known of texts, by their letters and what they are named, and what it took to learn it.
_silent: dict[tuple[str, str | None, bool], tuple[bool, int]] = {}


def release_texts() -> None:
    """Clear the cache of texts, because a process may check any number of trees."""
    _namings.clear()
    _silent.clear()
    _scripts.clear()


# Scripts as they were read, by their text, and what it took: many launches, of several roots, run the same.
_scripts: dict[str, tuple[Script, int]] = {}
MAX_SCRIPTS = 64


def _script(flat: str) -> Script:
    found = _scripts.get(flat)
    if found is not None:
        charge(found[1])
        return found[0]
    from iplint.syntax.shell import Script

    before = steps_left()
    script = Script(flat)
    if len(_scripts) >= MAX_SCRIPTS:
        _scripts.clear()
    _scripts[flat] = script, before - steps_left()
    return script


def _cost(texts: list[Text]) -> int:
    """Return the cost of searching some texts, in steps of the budget."""
    return sum(len(piece.text) if isinstance(piece, Chunk) else 8 for text in texts for piece in text.pieces) >> 2


def _finds_nothing(texts: list[Text], name: str | None) -> bool:
    from iplint.aws.secrets import find_secrets

    for inner in texts:
        flat = inner.flat
        if find_keys(flat, name) or fetched_places(flat) or may_launch(flat):
            return False
        for hint in _ALL_HINTS:
            if hint in flat:
                return False
        for _ in find_secrets(flat):
            return False
    return True


def _is_user_data(names: tuple[str, ...]) -> bool:
    return any(map(names_user_data, names))


def _assigned_name(names: tuple[str, ...], holder: str, holder_type: str) -> str | None:
    """Return the name that a text is assigned to; the prefix `aws.` says that the surrounding block is AWS's own."""
    if not STORED_ELSEWHERE.isdisjoint(names):
        return None
    if not names:
        return holder.rpartition(".")[2]
    last = names[-1].lower()
    is_content = last in _CONTENTS_OF_NAMED and (not holder_type or holder_type in SECRET_HOLDERS)
    if last == "default" or is_content:
        # A variable, a parameter, an output or a secret is named by its declaration.
        return names[-2] if len(names) > 1 else holder.rpartition(".")[2]
    is_aws = holder_type in CREDENTIAL_HOLDERS or AUTHENTICATION in names
    return f"aws.{names[-1]}" if is_aws else names[-1]


def unread_files(value: Value) -> Iterator[UnreadFile]:
    """Yield the unread files in a text."""
    match value:
        case Known(Text() as text):
            if text.encodes is not None:
                yield from unread_files(text.encodes[1])
            for hole in text.holes:
                yield from unread_files(hole.value)
        case Unknown(reasons=reasons):
            yield from (reason for reason in reasons if isinstance(reason, UnreadFile))
        case _:
            pass


def origins(value: Value, given: bool = True) -> Iterator[tuple[str, int, int]]:
    """Yield the identity of each written text in a value, where it was read; those of inputs only if `given`."""
    match value:
        case Known(Text() as text) if given or value.input is None:
            if text.encodes is not None:
                yield from origins(text.encodes[1], given)
            for piece in text.pieces:
                if isinstance(piece, Chunk) and (given or piece.given is None) and not piece.text.isspace():
                    yield piece.origin.whole.key()
        case _:
            pass


def unread_text(value: Value) -> Unknown | None:
    """Return the Unknown for a text that instances run: the whole text, or whole lines; None where there is none.

    A hole within a line is a name or an address, which AWS or the deployer provides, not a script.
    """
    match value:
        case Unknown():
            return value
        case Known(Text() as text):
            if text.encodes is not None:
                return unread_text(text.encodes[1])
            return next(_whole_lines(text), None) or _included(text, value.at)
        case _:
            return None


def _included(text: Text, at: Span) -> Unknown | None:
    """Return the Unknown for what cloud-init fetches in place of a text; None where it fetches nothing so."""
    flat = text.flat
    if "include" not in flat or re.search(_INCLUDE, flat) is None:
        return None
    return Unknown((Reason("what cloud-init includes from other addresses", at),), at)


def _whole_lines(text: Text) -> Iterator[Unknown]:
    """Yield the holes that fill whole lines of a text, except values that AWS gives to resources."""
    is_blank, gaps = True, list[Unknown]()
    for piece in text.pieces:
        if isinstance(piece, Chunk):
            first, *lines = piece.text.split("\n")
            is_blank = is_blank and not first.strip()
            for line in lines:
                if is_blank:
                    yield from gaps
                is_blank, gaps = not line.strip(), []
        elif piece.value.ref is None or piece.value.ref.resource.data:
            gaps.append(piece.value)
        else:
            is_blank = False
    if is_blank:
        yield from gaps


def _flat(value: Known[Text] | Unknown) -> str:
    """Return the letters of a text, and a hole for an unknown."""
    return value.value.flat if isinstance(value, Known) else HOLE


def _is_naming(ref: Ref) -> bool:
    """Return whether a reference is to anything but a role, or to a role by its name."""
    naming = NAMING_ATTRIBUTES.get(ref.resource.type, {}).get(ref.attribute)
    return naming is None or naming[0] != "role" or naming[1] == "name"

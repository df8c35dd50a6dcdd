"""The model of one root in one scenario: its launches and what is behind them."""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate

from iplint.aws.identity_types import (
    ACTION,
    KNOWN_PROVIDERS,
    POLICY_DOCUMENT,
    POLICY_HOLDERS,
    RUNS_CODE,
    TAKEN_DOCUMENTS,
)
from iplint.aws.launch_calls import Effect, only_reads
from iplint.aws.launch_types import (
    ADDRESS_TYPES,
    CARRIERS,
    CONNECTIONS,
    DECLARED_DEFAULTS,
    FARGATE,
    IMAGES,
    MANIFESTS,
    METADATA_DEFAULTS,
    NODE_CLASS_REFERENCES,
    NODE_CLASSES,
    PROFILE_TYPES,
    PROVISIONED,
    RUN_LOCALLY,
    RUN_ON,
    TEMPLATE_HOLDERS,
    TEMPLATE_NAMES,
    UNDESCRIBED,
    launch_types,
)
from iplint.aws.policy import OF_AWS
from iplint.aws.secrets import GENERATED_KEYS, SECRET_HOLDERS, attribute_in, stored_object
from iplint.budget import charge
from iplint.model.account import Account
from iplint.model.fetched import FetchingScript, Stored
from iplint.model.identity import POLICY_NAMES, InstanceProfile, PolicySource, Role
from iplint.model.key_sets import key_sets
from iplint.model.launch import Launch, Settings, parts
from iplint.model.links import Links
from iplint.model.metadata import Image, MetadataDefaults
from iplint.model.placement import STEPS_A_COMPARISON, is_created_after, is_same_region
from iplint.model.reference import ROLE_NAMES, named_roles
from iplint.model.scanned_text import (
    INIT,
    NAMED,
    ScannedText,
    VaryingText,
    can_skip,
    is_for_instances,
    is_silent,
    origins,
    unknown_refs,
    unread_files,
    unread_text,
)
from iplint.model.walk import at_path, at_paths, leaves, words
from iplint.resource import TextOccurrence
from iplint.value import Absent, Chunk, Known, Reason, Text, Unknown, as_text, dig, matches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
    from typing import TypeVar

    from iplint.aws.launch_calls import LaunchCall
    from iplint.location import Span
    from iplint.model.identity import ProfileUser
    from iplint.model.key_sets import KeyFound, Place
    from iplint.model.launch import MaybeTemplate
    from iplint.model.links import Names
    from iplint.model.scanned_text import TaintSource
    from iplint.resource import Resource, Root
    from iplint.scenario import Scenario
    from iplint.value import Input, Ref, Step, UnreadFile, Value

    K = TypeVar("K", bound=Hashable)
    T = TypeVar("T")
    ModelSubject = Launch | InstanceProfile | Role | PolicySource | MetadataDefaults | Image
    Subject = ModelSubject | ScannedText
    Outline = dict[tuple[str, str], tuple[ModelSubject, frozenset[str]]]

UNSETTLED = "unsettled"
# The fact of a subject that a scenario creates it, or may.
EXISTS = "exists"


# The paths of the names of roles, policies, profiles, launches and launch templates.
_OWN_NAMES = tuple(
    dict.fromkeys(
        (
            *ROLE_NAMES.values(),
            *POLICY_NAMES.values(),
            *(path for _, path in PROFILE_TYPES.values()),
            *TEMPLATE_NAMES.values(),
            ("AutoScalingGroupName",),
            ("auto_scaling_group_name",),
            ("EnvironmentName",),
            ("environment_name",),
            ("NodegroupName",),
            ("node_group_name",),
            ("nodegroup_name",),
        )
    )
)


def _is_of_launch(type: str) -> bool:
    return type in PROFILE_TYPES or bool(launch_types(type))


def _is_of_role(type: str) -> bool:
    return type in ROLE_NAMES or type in POLICY_NAMES


def _prefix(resource: Resource) -> str:
    """Return the address prefix of the module or nested stack of a resource: `module.a.`, `Network.`."""
    head, type, _ = resource.address.rpartition(f"{resource.type}.")
    return head if type else f"{resource.address.rpartition('.')[0]}."


class Stack:
    """What a root deploys in the current scenario. Its lists are valid in that scenario only, so ask for them again."""

    __slots__ = (
        "_changing_texts",
        "_init_texts",
        "_links",
        "_root",
        "_unread_by_launch",
        "_unread_files",
        "_unread_sent",
        "account",
        "scenario",
    )

    def __init__(self, root: Root, scenario: Scenario, account: Account | None = None) -> None:
        self._root = root
        self.scenario = scenario
        self.account = account or Account()
        self._links: tuple[list[Resource], Links] | None = None
        # Texts are walked in every branch, so those of one scenario are those of all.
        self._changing_texts: dict[Effect, list[ScannedText]] | None = None
        self._unread_sent: list[tuple[str, Unknown]] | None = None
        self._init_texts: list[tuple[str, Value]] | None = None
        self._unread_files: list[tuple[str, UnreadFile, tuple[Launch, ...]]] | None = None
        self._unread_by_launch: dict[str, list[UnreadFile]] | None = None

    def _listed(self, what: str, make: Callable[[], T]) -> T:
        """Make a method a list of this scenario that is built once.

        Searching the list does not count as reading every input that decides on its items.
        """
        return self.scenario.untracked_memo((self, what), make)

    @property
    def _resources(self) -> list[Resource]:
        return self._listed("resources", lambda: self._root.resources(self.scenario))

    @property
    def links(self) -> Links:
        """Return the resources by type and address."""
        return self._listed("links", self._linked)

    def _linked(self) -> Links:
        resources = self._resources
        # Most scenarios have the very resources of the one before: what is chosen is within them.
        if self._links is None or self._links[0] != resources:
            self._links = (resources, Links(resources, self.scenario))
        return self._links[1]

    @property
    def policy_sources(self) -> list[PolicySource]:
        """Return the resources that hold or attach policies."""
        return self._listed(
            "policy sources",
            lambda: [
                PolicySource(self, resource, row)
                for resource in self._resources
                if (row := _policy_holder(resource)) is not None
            ],
        )

    def policy_source(self, address: str) -> PolicySource | None:
        """Return the policy source of a resource."""

        def pairs() -> Iterator[tuple[str, PolicySource]]:
            yield from ((source.address, source) for source in self.policy_sources)

        return next(iter(self._indexed("policy sources by address", pairs).get(address, ())), None)

    @property
    def profiles(self) -> list[InstanceProfile]:
        """Return the instance profiles that the root declares."""
        return self._listed(
            "profiles",
            lambda: [
                InstanceProfile(self, resource.at, resource)
                for resource in self._resources
                if resource.type in PROFILE_TYPES and not resource.data
            ],
        )

    @property
    def roles(self) -> list[Role]:
        """Return the roles that the root declares."""
        return self._listed(
            "roles",
            lambda: [
                Role(self, resource)
                for resource in self._resources
                if resource.type in ROLE_NAMES and not resource.data
            ],
        )

    @property
    def launches(self) -> list[Launch]:
        """Return the launches."""
        return self._listed(
            "launches",
            lambda: [launch for launch in self._described if not launch.is_template and self._applies(launch)],
        )

    @property
    def templates(self) -> list[Launch]:
        """Return the launch templates and launch configurations."""
        return self._listed("templates", lambda: [launch for launch in self._described if launch.is_template])

    @property
    def _described(self) -> list[Launch]:
        return self._listed(
            "described", lambda: [launch for resource in self._resources for launch in self._launches_in(resource)]
        )

    def _launches_in(self, resource: Resource) -> Iterator[Launch]:
        """Yield the launches and launch templates of one resource."""
        for number, row in enumerate(launch_types(resource.type) if not resource.data else ()):
            sites = sum(1 for _ in parts(resource.properties, row)) if row.site else 1
            charge(sites)
            for index in range(sites):
                key = resource.address if number == index == 0 else f"{resource.address} {number}.{index}"
                yield Launch(self, Settings(resource, row, index), key)

    @property
    def metadata_defaults(self) -> list[MetadataDefaults]:
        """Return the resources that set the account's defaults for the metadata service."""
        return self._listed(
            "metadata defaults",
            lambda: [
                MetadataDefaults(resource)
                for resource in self._resources
                if resource.type == METADATA_DEFAULTS and not resource.data
            ],
        )

    @property
    def images(self) -> list[Image]:
        """Return the images that the root registers."""
        return self._listed(
            "images",
            lambda: [
                Image(resource) for resource in self._resources if resource.type in IMAGES[0] and not resource.data
            ],
        )

    @property
    def unread(self) -> Iterator[tuple[Resource, str]]:
        """Yield resources that launch instances in ways that are not supported, or offer to, and what is not checked
        there.
        """
        for resource in self._resources:
            if resource.type in TEMPLATE_HOLDERS and not resource.data:
                yield resource, f"the template of a {resource.type} is not read, so what it makes is not checked"
            elif resource.type in MANIFESTS and _is_node_class(dig(resource.properties, MANIFESTS[resource.type])):
                yield resource, "a node class of Karpenter is not read, so what it makes is not checked"
            elif resource.type in UNDESCRIBED and resource.exists is not False:
                yield resource, f"the instance that {UNDESCRIBED[resource.type]} launches for it is not checked"

    @property
    def unread_texts(self) -> Iterator[tuple[str, Span, str]]:
        """Return the texts that were not read to their end: the address of the holder, the place, and why."""
        for scanned in self._scanned_texts:
            if scanned.unread is not None:
                yield scanned.address, *scanned.unread

    @property
    def unread_files(self) -> list[tuple[str, UnreadFile, tuple[Launch, ...]]]:
        """Return the unread files of texts for instances.

        Each with the address of the holder and the launches that get the text; found once, in the first scenario. Texts
        of provisioners are searched in every branch.
        """

        def pairs() -> Iterator[tuple[str, UnreadFile, tuple[Launch, ...]]]:
            for launch in self._checked_launches:
                yield from ((launch.address, file, (launch,)) for file in unread_files(launch.user_data))
            for scanned in self._scanned_texts:
                yield from ((scanned.address, file, scanned.hosts) for file in scanned.unread_files)

        if self._unread_files is None:
            self._unread_files = self.scenario.untracked(lambda: list(pairs()))
        return self._unread_files

    @property
    def keys_in_secrets(self) -> dict[str, list[tuple[Ref, str]]]:
        """Return the generated keys that secrets and parameters of this root contain, by address and name.

        Each with the address of the secret or parameter; of a secret, its version.
        """

        def make() -> dict[str, list[tuple[Ref, str]]]:
            found: dict[str, list[tuple[Ref, str]]] = {}
            for scanned in self._scanned_texts:
                holder = scanned.kept_in
                resource = self.resource(holder) if holder is not None else None
                if holder is None or resource is None:
                    continue
                argument = SECRET_HOLDERS[resource.type]
                named = dig(resource.properties, (argument,)) if argument else None
                ref = named.ref if isinstance(named, Known | Unknown) else None
                addresses = {holder, *(link.resource.address for link in (ref.chain() if ref is not None else ()))}
                for address in tuple(addresses):
                    kept = self.resource(address)
                    names = [dig(kept.properties, (key,)) for key in ("Name", "name")] if kept is not None else []
                    addresses.update(f"{NAMED}{name}" for name in map(as_text, names) if name)
                for inflow in scanned.taint_sources:
                    made = attribute_in(inflow.ref, GENERATED_KEYS)
                    if made is not None:
                        for address in addresses:
                            found.setdefault(address, []).append((made[0], holder))
            return found

        return self._listed("keys in secrets", make)

    @property
    def key_sets(self) -> dict[Place, tuple[KeyFound, ...] | None]:
        """Return the keys of all texts by the place where each is reported, with the keys that belong to it."""

        def make() -> dict[Place, tuple[KeyFound, ...] | None]:
            texts = self._scanned_texts
            return key_sets(((*text.owner, key.key.certainty), key) for text in texts for key in text.keys)

        return self._listed("key sets", make)

    @property
    def keys_taken_in(self) -> dict[Place, tuple[TaintSource, ...] | None]:
        """Return the values that texts take in and use as keys, by the place where each is reported, with the other
        parts of the same key.
        """

        def make() -> dict[Place, tuple[TaintSource, ...] | None]:
            texts = ((text, source) for text in self._scanned_texts for source in text.taint_sources)
            return key_sets(((*text.owner, *source.group), source) for text, source in texts if source.kind is not None)

        return self._listed("keys taken in", make)

    def unread_files_of(self, launch: Launch) -> Iterator[UnreadFile]:
        """Yield the unread files of the texts that a launch gets."""
        if self._unread_by_launch is None:
            self._unread_by_launch = {}
            for _, file, hosts in self.unread_files:
                for key in dict.fromkeys(host.key for host in hosts):
                    self._unread_by_launch.setdefault(key, []).append(file)
        yield from self._unread_by_launch.get(launch.key, ())

    @property
    def launch_calls(self) -> Iterator[tuple[str, LaunchCall, Span]]:
        """Yield the instance launching calls in scripts and code.

        As the address of the holder, and the places.
        """
        for scanned in self._scanned_texts:
            for call, at in scanned.launch_calls:
                yield scanned.address, call, at

    def _applies(self, launch: Launch) -> bool:
        row = launch.settings.spec
        if row.role and isinstance(dig(launch.settings.part, row.role), Absent) and row.only_if is not None:
            return False
        if row.needs_template and isinstance(launch.template, Absent) and launch.settings.copied_from is None:
            return False
        if row.only_if is None:
            return True
        path, values = row.only_if
        value = as_text(launch.settings.setting(path))
        return value.lower() in values if value is not None else not row.rare

    @property
    def _checked_launches(self) -> list[Launch]:
        """Return the launches, and the unused launch templates."""
        return self._listed(
            "checked launches",
            lambda: [*self.launches, *(one for one in self.templates if one.address not in self._launched)],
        )

    @property
    def _launched(self) -> frozenset[str]:
        """Return the addresses of the templates that a launch uses."""

        def make() -> frozenset[str]:
            templates = (launch.template for launch in self.launches if launch.exists is not False)
            return frozenset(found.value.resource.address for found in templates if isinstance(found, Known))

        return self._listed("launched", make)

    def may_refer_to(self, resource: Resource, beside: Sequence[Resource] = ()) -> bool:
        """Return whether anything in the root, except the resource itself and those in `beside`, may refer to it."""
        return self._root.may_refer_to(resource, self.scenario, beside)

    @property
    def templates_of_services(self) -> frozenset[str]:
        """Return the addresses of launch templates used by services that create profiles for roles."""
        return self._listed(
            "templates of services",
            lambda: frozenset(
                template.value.resource.address
                for launch in self.launches
                if launch.settings.spec.role and isinstance(template := launch.any_template, Known)
            ),
        )

    def resource(self, address: str) -> Resource | None:
        """Return the resource with this address."""
        return self.links.at(address)

    def calls_to(self, address: str) -> tuple[Step, ...]:
        """Return the module calls that lead to an address without a resource: those of the nearest resource."""
        charge(len(self._resources))
        nearest = max(
            (resource for resource in self._resources if resource.calls and address.startswith(_prefix(resource))),
            key=lambda resource: len(_prefix(resource)),
            default=None,
        )
        return nearest.calls if nearest is not None else ()

    def subjects(self) -> Iterator[Subject]:
        """Yield the subjects of rules: launches, unused templates, profiles, policies, texts."""
        yield from self._modelled()
        yield from self._scanned_texts

    def _modelled(self) -> Iterator[ModelSubject]:
        """Yield the subjects of rules, except texts."""
        yield from self._checked_launches
        yield from self.profiles
        yield from self._named_profiles()
        yield from self.roles
        yield from self.policy_sources
        yield from self.metadata_defaults
        yield from self.images

    def outline(self) -> Outline:
        """Return the subjects of this scenario, except texts, each by its identity in every scenario, with facts.

        A fact that another scenario does not have is a reason to try this one: that the subject exists, a launch that
        uses it, a policy that may count. All inputs that decide on the facts are read.
        """
        return self.scenario.memo((self, "outline"), self._outline)

    def _outline(self) -> Outline:
        found: Outline = {}
        for subject in self._modelled():
            facts = {f"launch {launch.key}" for launch in subject.launches}
            if subject.exists is not False:
                facts.add(EXISTS)
            match subject:
                case Launch():
                    role = subject.role
                    if role is not None:
                        facts.add(f"role {role.key}")
                        facts.update(role.grant_facts, role.reached_facts)
                case Role() if subject.profiles:
                    facts.update(subject.grant_facts, subject.reached_facts)
                case _:
                    pass
            found.setdefault((type(subject).__name__, subject.key), (subject, frozenset(facts)))
        return found

    @property
    def _scanned_texts(self) -> list[ScannedText]:
        """Return the texts in which a search may find something."""
        return self._texts[0]

    @property
    def _texts(self) -> tuple[list[ScannedText], list[VaryingText]]:
        """Return the texts in which a search may find something, and those that depend on inputs."""

        def make() -> tuple[list[ScannedText], list[VaryingText]]:
            found: list[ScannedText] = []
            unread: list[tuple[str, Unknown]] = []
            init: list[tuple[str, Value]] = []
            varying: list[VaryingText] = []
            for number, occurrence in enumerate(self._root.text_occurrences(self.scenario, is_silent)):
                if is_for_instances(occurrence.names) and (unknown := unread_text(occurrence.value)) is not None:
                    unread.append((occurrence.holder, unknown))
                if INIT in occurrence.names:
                    init.append((occurrence.holder, occurrence.value))
                if occurrence.again is not None:
                    varying.append(VaryingText(self, occurrence, f"text {number}"))
                if not can_skip(occurrence):
                    found.append(ScannedText(self, occurrence, f"text {number}"))
            self._unread_sent, self._init_texts = unread, init
            return [*found, *self._user_data_with_keys(found)], varying

        return self._listed("texts", make)

    def _user_data_with_keys(self, texts: Sequence[ScannedText]) -> Iterator[ScannedText]:
        """Yield the user data that takes in a generated key and that none of these texts shows to be on the launch.

        What encodes a value that is put together elsewhere contains the keys in it.
        """
        if not self.links.of_types(GENERATED_KEYS):
            return
        shown = {
            (launch.key, made)
            for text in texts
            for made in _generated_keys_in(text)
            for launch in (text.launches if made else ())
        }
        for launch in self._checked_launches:
            value = launch.user_data
            passage = TextOccurrence(value, ("user_data",), launch.address, launch.resource.type)
            text = ScannedText(self, passage, f"user data of {launch.key}")
            if any((launch.key, made) not in shown for made in _generated_keys_in(text)):
                yield text

    @property
    def _key_makers(self) -> list[str]:
        return self._listed(
            "key makers", lambda: [resource.address for resource in self.links.of_types(GENERATED_KEYS)]
        )

    def key_output_in(self, value: Value) -> Unknown | None:
        """Return the Unknown for outputs of a stack that creates an access key; None where a text takes in none."""
        makers = self._key_makers
        for ref in unknown_refs(value) if makers else ():
            for link in ref.chain():
                address = link.resource.address
                if link.attribute.partition(".")[0] == "outputs" and any(
                    maker.startswith(f"{address}.") for maker in makers
                ):
                    what = f"the outputs of {address}, which creates an access key"
                    return Unknown((Reason(what, value.at),), value.at)
        return None

    def unread_on(self, launch: Launch) -> Unknown | None:
        """Return the Unknown for a text other than user data that is sent to the instances of a launch."""

        def pairs() -> Iterator[tuple[str, Unknown]]:
            if self._unread_sent is None:
                _ = self._texts
            unread = list(self._unread_sent or ())
            for resource in self._resources:
                for value in at_paths(resource.properties, PROVISIONED):
                    if (unknown := unread_text(value)) is not None:
                        unread.append((resource.address, unknown))
            for holder, unknown in unread:
                for host in self.written_in(holder):
                    yield host.key, unknown
            for stored in self._stored:
                if (unknown := stored.unread) is not None:
                    for host, script in self._fetching_scripts:
                        if stored.is_named_by(script):
                            yield host.key, unknown

        return next(iter(self._indexed("unread texts", pairs).get(launch.key, ())), None)

    @property
    def varying_texts(self) -> list[VaryingText]:
        """Return the texts that depend on inputs."""
        return self._texts[1]

    def texts_apart(self, seen: set[tuple[object, ...]]) -> list[ScannedText]:
        """Return the texts of this scenario that are not yet in `seen`, by their identity, which is added."""
        found: list[ScannedText] = []
        for text in self._scanned_texts:
            if text.identity not in seen:
                seen.add(text.identity)
                found.append(text)
        return found

    @property
    def places(self) -> frozenset[tuple[object, ...]]:
        """Return the identity of each resource of this scenario, and where it is declared."""
        return self._listed(
            "places", lambda: frozenset((resource.address, resource.at.key()) for resource in self._resources)
        )

    def subject(self, like: Subject) -> Subject | None:
        """Return the subject of this scenario that corresponds to `like` of another scenario.

        None when this scenario has none.
        """
        match like:
            case ScannedText():
                return like
            case InstanceProfile() if like.resource is None:
                named_by = self.subject(like.named_by) if isinstance(like.named_by, Launch) else None
                profile = named_by.profile if isinstance(named_by, Launch) else None
                return profile.value if isinstance(profile, Known) and profile.value.resource is None else None
            case _:
                key = (self, type(like), like.key)
                return self.scenario.untracked(lambda: self.scenario.per_scenario(key, lambda: self._same(like)))

    def _same(self, like: Subject) -> Subject | None:
        """Return the subject that the same resource has in this scenario."""
        resource = self.links.at(like.address)
        if resource is None:
            return None
        match like:
            case Launch():
                found = next((launch for launch in self._launches_in(resource) if launch.key == like.key), None)
                if found is None:
                    return None
                if found.is_template:
                    # Where something launches from it, what it says is checked with that launch.
                    return found if found.address not in self._launched else None
                return found if self._applies(found) else None
            case InstanceProfile():
                return InstanceProfile(self, resource.at, resource)
            case Role():
                return Role(self, resource)
            case PolicySource():
                row = _policy_holder(resource)
                return PolicySource(self, resource, row) if row is not None else None
            case MetadataDefaults():
                return MetadataDefaults(resource)
            case Image():
                return Image(resource)
            case _:
                return None

    def template(self, named: Value, names: Names, near: Resource, kind: str) -> MaybeTemplate:
        """Return the launch template or configuration that a value of the resource `near` refers to; `kind` names it in
        words.
        """
        found = self.links.target(named, names, near)
        if found is not None:
            row = launch_types(found.type)[0]
            return Known(Settings(found, row, 0), named.at, named.trail)
        match named:
            case Known(Text() as text):
                reason = Reason(f'{kind} "{text.display}", which is not declared here', named.at)
                return Unknown((reason,), named.at, trail=named.trail)
            case Unknown():
                return Unknown(named.reasons, named.at, trail=named.trail)
            case _:
                return Unknown((Reason(f"a value that is not the name of a {kind}", named.at),), named.at)

    def _indexed(self, what: str, pairs: Callable[[], Iterable[tuple[K, T]]]) -> dict[K, tuple[T, ...]]:
        """Group things by their keys, such as addresses."""

        def make() -> dict[K, tuple[T, ...]]:
            found: dict[K, list[T]] = {}
            for key, thing in pairs():
                found.setdefault(key, []).append(thing)
            return {key: tuple(things) for key, things in found.items()}

        return self._listed(what, make)

    def launches_with(self, profile: InstanceProfile) -> tuple[ProfileUser, ...]:
        """Return the launches that use a profile."""
        if profile.resource is None:
            return profile.named_by.launches if profile.named_by is not None else ()

        def pairs() -> Iterator[tuple[str, Launch]]:
            for launch in self.launches:
                match launch.profile:
                    case Known(used) if used.resource is not None and launch.exists is not False:
                        yield used.resource.address, launch
                    case Known(used) if isinstance(used.name, Unknown):
                        yield UNSETTLED, launch
                    case Unknown():
                        yield UNSETTLED, launch
                    case _:
                        pass

        index = self._indexed("launches by profile", pairs)
        for launch in index.get(UNSETTLED, ()):
            # Asking again counts what decides it, so that the scenarios are tried in which it uses this profile.
            _ = launch.profile
        return index.get(profile.resource.address, ())

    def loosened(self, launch: Launch) -> Span | None:
        """Return where a command makes, or may make, tokens optional for the instances of a launch; None where none
        does.
        """
        return self._changed(Effect.LOOSENS, (launch.address,), (), _is_of_launch)

    def replaced(self, launch: Launch) -> Span | None:
        """Return where a command gives, or may give, a launch or its instances another profile, template or version;
        None where none does.
        """
        if not self._changing.get(Effect.REPLACES):
            return None
        parts: list[Resource] = [launch.resource]
        if isinstance(template := launch.template, Known):
            parts.append(template.value.resource)
        if isinstance(profile := launch.profile, Known) and profile.value.resource is not None:
            parts.append(profile.value.resource)
        names = [dig(part.properties, path) for part in parts for path in _OWN_NAMES]
        return self._changed(Effect.REPLACES, [part.address for part in parts], names, _is_of_launch)

    def granted_to(self, role: Role) -> Span | None:
        """Return where a command changes, or may change, what a role may do or who may assume it; None where none
        does.
        """
        if not self._changing.get(Effect.GRANTS):
            return None
        parts = [role.resource, *(policy.resource for policy in self.policy_sources_of(role))]
        names = [dig(part.properties, path) for part in parts for path in _OWN_NAMES]
        return self._changed(Effect.GRANTS, [part.address for part in parts], names, _is_of_role)

    @property
    def _changing(self) -> dict[Effect, list[ScannedText]]:
        """Return the texts with calls that change something, by effect."""
        if self._changing_texts is None:

            def changing() -> dict[Effect, list[ScannedText]]:
                found: dict[Effect, list[ScannedText]] = {}
                for text in self._scanned_texts:
                    for effect in dict.fromkeys(call.effect for call, _ in text.launch_calls):
                        if text.changes(effect) is not None:
                            found.setdefault(effect, []).append(text)
                return found

            self._changing_texts = self.scenario.untracked(changing)
        return self._changing_texts

    def _changed(
        self,
        effect: Effect,
        addresses: Iterable[str],
        names: Sequence[Value],
        is_kind: Callable[[str], bool],
    ) -> Span | None:
        """Return the place of a call that changes what is at one of the addresses, or has one of the names.

        A call that names no resource of its kind, neither by reference nor literally, may change any of them. A name
        that is not known may be any literal one.
        """
        written = [name for name in map(as_text, names) if name]
        is_unknown = any(isinstance(name, Unknown) and name.ref is None for name in names)
        for text in self._changing.get(effect, ()):
            charge(STEPS_A_COMPARISON)
            named = text.named
            found = (self.resource(address) for address in named)
            if not named.isdisjoint(addresses) or any(map(text.writes, written)):
                return text.changes(effect)
            is_open = is_unknown or text.is_open(effect)
            if is_open and not any(is_kind(one.type) for one in found if one is not None):
                return text.changes(effect)
        return None

    @property
    def calling_without_token(self) -> frozenset[str]:
        """Return the keys of the launches whose scripts call, or may call, the metadata service without a token."""

        def make() -> frozenset[str]:
            return frozenset(
                host.key
                for scanned in self._scanned_texts
                if any(
                    call.kind in ("without token", "unknown") and not call.is_fallback
                    for call, _ in scanned.metadata_calls
                )
                for host in scanned.hosts
            )

        return self._listed("calling without token", make)

    def written_in(self, address: str) -> tuple[Launch, ...]:
        """Return the launches of a resource, those that use it as their template, or the unused template itself."""

        def pairs() -> Iterator[tuple[str, Launch]]:
            by_address: dict[str, list[Launch]] = {}
            for launch in self._checked_launches:
                by_address.setdefault(launch.address, []).append(launch)
                yield launch.address, launch
                template = launch.template
                if isinstance(template, Known):
                    yield template.value.resource.address, launch
                for address in launch.provisioners:
                    yield address, launch
            for resource in self._resources:
                if resource.address not in by_address:
                    for address in self._connected_to(resource):
                        yield from ((resource.address, launch) for launch in by_address.get(address, ()))

        return self._indexed("launches by text", pairs).get(address, ())

    def _connected_to(self, resource: Resource) -> Iterator[str]:
        """Yield the addresses of the resources to which the provisioners of another one connect."""
        paths = RUN_ON.get(resource.type, ())
        if not paths and isinstance(dig(resource.properties, ("provisioner",)), Absent):
            return
        for host in at_paths(resource.properties, paths or CONNECTIONS):
            ref = host.ref if isinstance(host, Known | Unknown) else None
            for link in ref.chain() if ref is not None else ():
                yield link.resource.address
                around = self.links.at(link.resource.address)
                if around is not None and around.type in ADDRESS_TYPES:
                    for value in at_paths(around.properties, ADDRESS_TYPES[around.type]):
                        inner = value.ref if isinstance(value, Known | Unknown) else None
                        yield from (other.resource.address for other in (inner.chain() if inner is not None else ()))

    def carrying(self, texts: Iterable[tuple[str, int, int]]) -> tuple[Launch, ...]:
        """Return the launches, and unused launch templates, whose instances run any of these texts, or whose own
        properties or template have them.
        """

        def pairs() -> Iterator[tuple[tuple[str, int, int], Launch]]:
            for launch in self._checked_launches:
                for text in origins(launch.user_data):
                    yield text, launch
                template = launch.template
                holders = [launch.resource, *([template.value.resource] if isinstance(template, Known) else [])]
                for holder in holders:
                    for _, value in leaves(holder.properties):
                        yield from ((text, launch) for text in origins(value))
            for text, addresses in self._provisioned.items():
                for address in addresses:
                    for launch in self.written_in(address):
                        yield text, launch

        index = self._indexed("launches by script", pairs)
        texts = list(texts)
        found = {launch.key: launch for text in texts for launch in index.get(text, ())}
        # What a function has decoded is a part of what is written, or the other way round.
        return tuple((found or self._overlapping(texts, index)).values())

    def _overlapping(
        self, texts: Iterable[tuple[str, int, int]], index: Mapping[tuple[str, int, int], tuple[Launch, ...]]
    ) -> dict[str, Launch]:
        """Return the launches of an index by places whose places overlap any of these, by their keys."""

        def make() -> dict[str, tuple[list[tuple[int, int, tuple[Launch, ...]]], list[int]]]:
            by_path: dict[str, list[tuple[int, int, tuple[Launch, ...]]]] = {}
            for (path, start, end), launches in sorted(index.items(), key=lambda item: item[0]):
                by_path.setdefault(path, []).append((start, end, launches))
            return {
                path: (places, list(accumulate((end for _, end, _ in places), max))) for path, places in by_path.items()
            }

        by_path = self._listed("launches by place of script", make)
        found: dict[str, Launch] = {}
        for path, start, end in texts:
            places, furthest = by_path.get(path, ([], []))
            at = bisect_left(places, end, key=lambda place: place[0])
            while at > 0 and furthest[at - 1] > start:
                at -= 1
                charge(1)
                if places[at][1] > start:
                    found.update((launch.key, launch) for launch in places[at][2])
        return found

    def keys_in(self, launch: Launch, user_data: Value) -> Sequence[KeyFound]:
        """Return the access keys in the form of AWS in the user data of a launch in this scenario."""
        occurrence = TextOccurrence(user_data, ("user_data",), launch.address, launch.resource.type)
        if can_skip(occurrence):
            return ()
        keys = ScannedText(self, occurrence, f"user data of {launch.key}").keys
        return [found for found in keys if found.key.certainty == "real"]

    def fetching(self, address: str, *, by_name: bool = False) -> tuple[Launch, ...]:
        """Return the launches, and unused launch templates, that may fetch the object, secret or parameter at an
        address; with `by_name`, those that name it, and not only its bucket.
        """

        def pairs() -> Iterator[tuple[str, Launch]]:
            for stored in self._stored:
                for launch, script in self._fetching_scripts:
                    charge(1)
                    if stored.is_named_by(script) if by_name else stored.may_be_fetched_by(script):
                        yield stored.resource.address, launch

        return self._indexed(f"launches by what they fetch{' by name' * by_name}", pairs).get(address, ())

    @property
    def _stored(self) -> list[Stored]:
        """Return the objects, secrets and parameters of the root."""
        return self._listed(
            "stored",
            lambda: [
                Stored(resource, self.resource)
                for resource in self._resources
                if (resource.type in SECRET_HOLDERS or stored_object(resource.type) is not None)
                and not resource.data
                and resource.exists is not False
            ],
        )

    @property
    def _fetching_scripts(self) -> list[tuple[Launch, FetchingScript]]:
        """Return the launches whose scripts may fetch something, each with its scripts."""

        def pairs() -> Iterator[tuple[Launch, FetchingScript]]:
            sent: dict[str, list[Value]] = {}
            for resource in self._resources:
                for value in at_paths(resource.properties, PROVISIONED):
                    for launch in self.written_in(resource.address):
                        sent.setdefault(launch.key, []).append(value)
            if self._init_texts is None:
                _ = self._texts
            for holder, value in self._init_texts or ():
                for launch in self.written_in(holder):
                    sent.setdefault(launch.key, []).append(value)
            for launch in self._checked_launches:
                script = FetchingScript([launch.user_data, *sent.get(launch.key, ())])
                if script.fetches_objects or script.fetches_secrets:
                    yield launch, script

        return self._listed("fetching scripts", lambda: list(pairs()) if self._stored else [])

    def provisions(self, texts: Iterable[tuple[str, int, int]]) -> bool:
        """Return whether a provisioner sends any of these texts to an instance."""
        return any(text in self._provisioned for text in texts)

    @property
    def _provisioned(self) -> dict[tuple[str, int, int], tuple[str, ...]]:
        """Return the addresses of the resources whose provisioners send a text, by what identifies the text."""

        def pairs() -> Iterator[tuple[tuple[str, int, int], str]]:
            for resource in self._resources:
                for value in at_paths(resource.properties, PROVISIONED):
                    for text in origins(value):
                        yield text, resource.address

        return self._indexed("texts of provisioners", pairs)

    def carries(self, address: str) -> bool:
        """Return whether the text of a resource is copied onto instances: by an image or a container."""
        resource = self.links.at(address)
        if resource is None or resource.type not in CARRIERS:
            return False
        unless = CARRIERS[resource.type]
        return not any(matches(value, FARGATE) for value in at_path(resource.properties, unless)) if unless else True

    def says_where_it_runs(self, address: str) -> bool:
        """Return whether a container says what it runs on."""
        resource = self.links.at(address)
        where = CARRIERS.get(resource.type, ()) if resource is not None else ()
        return resource is not None and any(not isinstance(one, Absent) for one in at_path(resource.properties, where))

    def only_profile_with(self, role: Resource) -> Resource | None:
        """Return the only profile of the root that holds a role; None when there are others, or an input decides."""
        held = [profile.resource for profile in self.profiles_of(Role(self, role)) if profile.resource is not None]
        return held[0] if len(held) == 1 and held[0].exists else None

    def profiles_of(self, role: Role) -> tuple[InstanceProfile, ...]:
        """Return the profiles that hold a role, including those that services create for it."""

        def pairs() -> Iterator[tuple[str, InstanceProfile]]:
            for profile in (*self.profiles, *self._named_profiles()):
                match profile.role:
                    case Known(held) if profile.exists is not False:
                        yield held.address, profile
                    case _:
                        pass

        return self._indexed("profiles by role", pairs).get(role.address, ())

    def attaching(self, policy: Resource) -> tuple[PolicySource, ...]:
        """Return the resources that attach a managed policy of the root by its ARN."""

        def pairs() -> Iterator[tuple[str, PolicySource]]:
            for source in self.policy_sources:
                for arn in source.attached_arns():
                    attached = self.policy_of(arn, source.resource)
                    if attached is not None:
                        yield attached.address, source

        return self._indexed("attachments by policy", pairs).get(policy.address, ())

    def policy_sources_of(self, role: Role) -> tuple[PolicySource, ...]:
        """Return the policy sources of a role."""

        def pairs() -> Iterator[tuple[str, PolicySource]]:
            for source in self.policy_sources:
                for reached in source.roles:
                    yield reached.address, source

        return self._indexed("policy sources by role", pairs).get(role.address, ())

    @property
    def inline_names(self) -> frozenset[str]:
        """Return the names of the inline policies that the root declares."""
        paths = (("name",), ("PolicyName",), ("policy_name",), ("inline_policy", "*", "name"))

        def make() -> frozenset[str]:
            sources = (source for source in self.policy_sources if source.kind in ("inline", "role"))
            values = (value for source in sources for value in at_paths(source.resource.properties, paths))
            return frozenset(name for name in map(as_text, values) if name is not None)

        return self._listed("inline names", make)

    @property
    def left_behind(self) -> Unknown | None:
        """Return the Unknown for policies of roles that Terraform leaves in the account and no longer declares."""

        def make() -> Unknown | None:
            for part in self._root.unread_parts(self.scenario):
                row = POLICY_HOLDERS.get(part.type)
                if row is not None and row.roles and isinstance(part.properties, Unknown):
                    return part.properties
            return None

        return self._listed("left behind", make)

    @property
    def administrators_elsewhere(self) -> list[Known[Text]]:
        """Return the names of roles elsewhere that get what may lead to administrator access."""
        return self._named_administrators("elsewhere", lambda source: source.roles_elsewhere)

    @property
    def unknown_administrators(self) -> list[Unknown]:
        """Return the unknown names of roles that get what may lead to administrator access."""
        return self._named_administrators("unknown", lambda source: source.unknown_roles)

    def _named_administrators(self, kind: str, names_of: Callable[[PolicySource], Iterable[T]]) -> list[T]:
        """Return the names of one kind in the policy sources that may raise privileges, alone or beside others."""

        def find() -> list[T]:
            charge(len(self.policy_sources))
            return [
                name
                for source in self.policy_sources
                if source.exists is not False and (names := list(names_of(source))) and source.raising is not None
                for name in names
            ]

        return self.scenario.per_scenario((self, "administrators", kind), find)

    def handed_to(self, role: Role) -> tuple[Resource, ...]:
        """Return what gets the name of a role and was not read: it may give the role any policy."""

        def pairs() -> Iterator[tuple[str, Resource]]:
            for part in self._root.unread_parts(self.scenario):
                is_run = part.type.startswith(ACTION)
                find = self._roles_written_in if is_run else self._roles_named_in
                yield from ((address, part) for address in find(part, part.properties))
            for part in self._resources:
                if part.type in RUNS_CODE or (not part.data and _is_of_unknown_provider(part.type)):
                    yield from ((address, part) for address in self._roles_written_in(part, part.properties))
                elif part.data:
                    continue
                elif part.type in TEMPLATE_HOLDERS:
                    yield from ((address, part) for address in self._roles_named_in(part, part.properties))
                elif not isinstance(dig(part.properties, ("provisioner",)), Absent):
                    yield from ((address, part) for address in self._roles_in_commands(part))

        # What another value of an input hands the role to is tried as well.
        self.scenario.reads(self._naming_inputs)
        return self._indexed("unread parts by role", pairs).get(role.address, ())

    @property
    def _naming_inputs(self) -> tuple[Input, ...]:
        """Return the inputs that give names of roles to what is not read."""

        def make() -> tuple[Input, ...]:
            parts = [one for one in self._resources if not one.data and self._is_handed(one.type)]
            given = (
                input
                for part in (*self._root.unread_parts(self.scenario), *parts)
                for name, leaf in leaves(part.properties)
                if "role" in name.lower()
                for input in _inputs_in(leaf)
            )
            return tuple({input.key: input for input in given}.values())

        return self._listed("naming inputs", make)

    @staticmethod
    def _is_handed(type: str) -> bool:
        return type in TEMPLATE_HOLDERS or type in RUNS_CODE or _is_of_unknown_provider(type)

    def _roles_named_in(self, part: Resource, value: Value) -> Iterator[str]:
        """Yield the addresses of the roles whose names a value of a resource has."""
        charge(1)
        found = {
            address: None
            for name, leaf in leaves(value)
            for address in named_roles(leaf, self.links, part, "role" in name.lower())
        }
        yield from found

    def _roles_in_commands(self, part: Resource) -> Iterator[str]:
        """Yield the addresses of the roles whose names get to a command that Terraform runs and that may change
        something.
        """
        given = list(at_paths(part.properties, RUN_LOCALLY))
        if all(
            isinstance(value, Known) and isinstance(value.value, Text) and only_reads(value.value.flat)
            for value in given
        ):
            return
        for value in given:
            yield from self._roles_written_in(part, value)

    def _roles_written_in(self, part: Resource, value: Value) -> Iterator[str]:
        """Yield the addresses of the roles whose names a value of a resource has, inside of longer texts as well."""
        yield from self._roles_named_in(part, value)
        written = {place for _, leaf in leaves(value) for place in _named_origins(leaf)}
        for role in self.roles if written else ():
            charge(STEPS_A_COMPARISON)
            name = set(origins(role.name))
            if name and name <= written:
                yield role.address

    def policy_sources_with(
        self, role: Role, name: str, count: Callable[[PolicySource], bool]
    ) -> tuple[PolicySource, ...]:
        """Return the policy sources of a role that count in this scenario; `name` identifies the kind that counts."""
        return self._listed(
            f"{name} policy sources of {role.address}",
            lambda: tuple(
                source for source in self.policy_sources_of(role) if source.exists is not False and count(source)
            ),
        )

    def is_used(self, document: Resource) -> bool:
        """Return whether a policy of the root uses a statement of a policy document (a data source)."""

        def pairs() -> Iterator[tuple[str, str]]:
            for source in self.policy_sources:
                if not source.resource.data and source.exists is not False:
                    for statement in source.statements:
                        around = self.document_around(statement.at)
                        if around is not None:
                            yield around, source.address

        return document.address in self._indexed("documents used", pairs)

    def is_taken(self, document: Resource) -> bool:
        """Return whether another policy document includes a policy document (a data source)."""

        def pairs() -> Iterator[tuple[str, str]]:
            for source in self.policy_sources:
                if source.resource.data and source.exists is not False:
                    for value in at_paths(source.resource.properties, TAKEN_DOCUMENTS):
                        for link in value.ref.chain() if isinstance(value, Known | Unknown) and value.ref else ():
                            yield link.resource.address, source.address

        return document.address in self._indexed("documents taken", pairs)

    def _named_profiles(self) -> Iterator[InstanceProfile]:
        """Yield the profiles that launches name and the root does not declare."""
        for launch in self.launches:
            match launch.profile:
                case Known(profile) if profile.resource is None:
                    yield profile
                case _:
                    pass

    def policy_of(self, arn: Value, near: Resource | None = None) -> Resource | None:
        """Return the managed policy of the root that an ARN in the resource `near` refers to."""
        if isinstance(arn, Known) and isinstance(arn.value, Text) and OF_AWS in arn.value.flat:
            return None  # one of the root may have the same name
        return self.links.target(arn, POLICY_NAMES, near)

    def document_around(self, at: Span) -> str | None:
        """Return the address of the policy document (a data source) around a place."""
        documents = self._indexed(
            "documents by file",
            lambda: ((source.resource.block.path, source) for source in self.policy_sources if source.resource.data),
        )
        for source in documents.get(at.path, ()):
            block = source.resource.block
            if block.start <= at.start < block.end:
                return source.address
        return None

    def metadata_default(self, of: str, near: Resource) -> tuple[Value, Resource] | None:
        """Return the account's default for a resource ("tokens", "endpoint", "hop_limit"), and the resource that sets
        it.

        None where the root sets none for its account and region.
        """
        found: tuple[Value, Resource] | None = None
        charge(STEPS_A_COMPARISON * len(self.metadata_defaults))
        for defaults in self.metadata_defaults:
            resource = defaults.resource
            is_there = None if defaults.exists is None else is_same_region(resource, near)
            if defaults.exists is False or is_there is False or is_created_after(resource, near):
                continue
            value = defaults.setting(of)
            if is_there is None and not isinstance(value, Absent):
                reason = Reason(f"whether {resource.address} counts where {near.address} is launched", resource.at)
                value = Unknown((reason,), resource.at)
            elif found is not None and as_text(found[0]) != as_text(value):
                reason = Reason(f"which of {found[1].address} and {resource.address} counts", resource.at)
                value = Unknown((reason,), resource.at)
            found = value, resource
        if found is not None and (policy := self._declaring_defaults) is not None:
            reason = Reason(f"the defaults that {policy.address} declares for the organization", policy.at)
            found = Unknown((reason,), policy.at), policy
        return found

    @property
    def _declaring_defaults(self) -> Resource | None:
        """Return a policy of the organization that sets the defaults of its accounts."""
        type, content, member = DECLARED_DEFAULTS

        def make() -> Resource | None:
            policies = self.links.of_types((type,))
            return next((one for one in policies if member in _words_of(dig(one.properties, (content,)))), None)

        return self._listed("declared defaults", make)


def _words_of(value: Value) -> str:
    """Return everything that is written in a value."""
    return "\n".join(words(value))


def _named_origins(leaf: Known[Text] | Unknown) -> Iterator[tuple[str, int, int]]:
    """Yield the identity of each written text in a value, where it was read, but of what is behind a slash: in an ARN,
    a role is no name.
    """
    before = ""
    for piece in leaf.value.pieces if isinstance(leaf, Known) else ():
        if isinstance(piece, Chunk) and before != "/":
            yield from origins(Known(Text((piece,)), leaf.at))
        before = piece.text[-1:] if isinstance(piece, Chunk) else ""


def _generated_keys_in(text: ScannedText) -> set[str]:
    """Return the addresses of what generates the keys that a text takes in."""
    made = (attribute_in(source.ref, GENERATED_KEYS) for source in text.taint_sources)
    return {found[0].resource.address for found in made if found is not None}


def _is_node_class(manifest: Value) -> bool:
    """Return whether a manifest, or its kind, is a node class."""
    flat = manifest.value.flat if isinstance(manifest, Known) and isinstance(manifest.value, Text) else ""
    return any(kind in flat for kind in NODE_CLASSES) and not any(name in flat for name in NODE_CLASS_REFERENCES)


def _inputs_in(leaf: Known[Text] | Unknown) -> Iterator[Input]:
    """Yield the inputs whose values a value is, or is made of."""
    if leaf.input is not None:
        yield leaf.input
    for piece in leaf.value.pieces if isinstance(leaf, Known) else ():
        if isinstance(piece, Chunk) and piece.given is not None and piece.given.input is not None:
            yield piece.given.input


def _is_of_unknown_provider(type: str) -> bool:
    """Return whether a type is of a provider of Terraform that nobody here knows."""
    return "::" not in type and "_" in type and type.partition("_")[0] not in KNOWN_PROVIDERS


def _policy_holder(resource: Resource) -> PolicyHolder | None:
    if resource.data:
        return POLICY_DOCUMENT if resource.type == POLICY_DOCUMENT.type else None
    return POLICY_HOLDERS.get(resource.type)


if TYPE_CHECKING:
    from iplint.aws.identity_types import PolicyHolder

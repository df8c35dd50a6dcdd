"""Launches: what starts instances, with the settings of the launch and of its launch template merged."""

from __future__ import annotations

import re
from itertools import islice

from iplint.aws.images import requires_tokens
from iplint.aws.launch_types import (
    AUTO_SCALING_CONFIGURATIONS,
    BESIDE_TOKENS,
    CLOSED_PLATFORM,
    CONFIGURATION_KINDS,
    CONFIGURATION_TYPES,
    CONTAINER_SERVICES,
    IMAGE_OVERRIDES,
    IMAGE_SETTINGS,
    IMAGES,
    LAUNCH_CONFIGURATION_SETTINGS,
    PUBLIC_ADDRESS,
    REFERENCE_VALUES,
    REQUIRED,
    SECURITY_CONFIGURATIONS,
    SECURITY_TEXTS,
    TEMPLATE_NAMES,
    TEMPLATE_TYPES,
    USER_DATA,
    profile_form,
)
from iplint.aws.security_configuration import minimum_version
from iplint.budget import charge
from iplint.model.identity import InstanceProfile
from iplint.model.image_names import image_names
from iplint.model.reference import PROFILE_NAMES, ROLE_NAMES, reference_change, resolve_reference, rewrite_reference
from iplint.model.template_version import Version, default_is_updated, template_version
from iplint.model.walk import at_path, option, words
from iplint.resource import RenameChange, SettingChange
from iplint.value import (
    Absent,
    Known,
    Link,
    Map,
    Reason,
    Seq,
    Step,
    Text,
    Unknown,
    as_bool,
    as_text,
    dig,
    first,
    matches,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Protocol, TypeAlias

    from iplint.aws.launch_types import LaunchType, OptionList
    from iplint.aws.paths import Path
    from iplint.location import Span
    from iplint.model.identity import IdentityRelations, PolicySource, Role
    from iplint.model.key_sets import KeyFound
    from iplint.model.links import Names
    from iplint.model.reference import Reference
    from iplint.resource import Change, Resource
    from iplint.value import UnreadFile, Value

    MaybeProfile: TypeAlias = Known[InstanceProfile] | Absent | Unknown
    MaybeTemplate: TypeAlias = Known["Settings"] | Absent | Unknown

    class LaunchRelations(IdentityRelations, Protocol):
        """What launches look up in their root: see Stack."""

        @property
        def templates_of_services(self) -> frozenset[str]:
            """Return the addresses of launch templates used by services that create profiles for roles."""
            ...

        @property
        def calling_without_token(self) -> frozenset[str]:
            """Return the keys of the launches whose scripts call, or may call, the metadata service without a token."""
            ...

        def template(self, named: Value, names: Names, near: Resource, kind: str) -> MaybeTemplate:
            """Return the launch template or configuration that a value of the resource `near` refers to."""
            ...

        def policy_source(self, address: str) -> PolicySource | None:
            """Return the policy source of a resource."""
            ...

        def only_profile_with(self, role: Resource) -> Resource | None:
            """Return the only profile of the root that holds a role."""
            ...

        def metadata_default(self, of: str, near: Resource) -> tuple[Value, Resource] | None:
            """Return the account's default for a resource, and the resource that sets it."""
            ...

        def loosened(self, launch: Launch) -> Span | None:
            """Return where a command makes tokens optional for the instances of a launch."""
            ...

        def replaced(self, launch: Launch) -> Span | None:
            """Return where a command gives a launch or its instances another profile, template or version."""
            ...

        def keys_in(self, launch: Launch, user_data: Value) -> Sequence[KeyFound]:
            """Return the access keys in the user data of a launch."""
            ...

        def unread_on(self, launch: Launch) -> Unknown | None:
            """Return the Unknown for a text other than user data that is sent to the instances of a launch."""
            ...

        def key_output_in(self, value: Value) -> Unknown | None:
            """Return the Unknown for outputs of a stack that creates an access key; None where a text takes in none."""
            ...

        def unread_files_of(self, launch: Launch) -> Iterator[UnreadFile]:
            """Yield the unread files of the texts that a launch gets."""
            ...


NO_PREFERENCE = "no-preference"
_TEMPLATE_NAMES = {type: TEMPLATE_NAMES[type] for type in TEMPLATE_TYPES}
_CONFIGURATION_NAMES = {type: TEMPLATE_NAMES[type] for type in CONFIGURATION_TYPES}
# The cost of skipping one part of a resource that launches on its own, in steps of the budget.
_STEPS_A_PART = 8
_CONTAINERS = (
    r"(?i:docker|containerd|podman|kubelet|kubernetes|k8s|nodeadm|bottlerocket|nomad|rancher|k3s)"
    r"|(?<![A-Za-z])e[kc]s(?![a-z])|(?<![A-Z])E[KC]S|E[kc]s(?![a-z])"
)


# One of these is in each of them, in small letters.
_CONTAINER_WORDS = (
    *("docker", "containerd", "podman", "kube", "k8s", "nodeadm", "bottlerocket", "nomad", "rancher", "k3s"),
    *("ecs", "eks"),
)


def _speaks_of_containers(text: str) -> bool:
    lowered = text.lower()
    may = not text.isascii() or any(word in lowered for word in _CONTAINER_WORDS)
    return may and re.search(_CONTAINERS, text) is not None


def parts(properties: Value, row: LaunchType) -> Iterator[tuple[Value, Value]]:
    """Yield the parts of a resource that launch on their own: the part that names the template, and the part with the
    settings.
    """
    for part in at_path(properties, row.site):
        if row.templates:
            yield from ((named, part) for named in at_path(part, row.templates))
            continue
        overrides: list[Value] = []
        if row.overrides is not None:
            items, switch, value = row.overrides
            if matches(dig(properties, switch), value) is not False:
                overrides = list(at_path(part, items))
        yield from ((part, own) for own in overrides or (part,))


class ProfileSetting:
    """A setting that names an instance profile.

    `form` is what it takes: a "name", an "arn", "either", or a "block" with one of them in it. `named` is what its
    value refers to; `is_literal` says that the value is written out in the template. `at` is the place of the value;
    `is_set` says whether it certainly has one.
    """

    __slots__ = ("at", "form", "is_literal", "is_set", "named", "path")

    def __init__(self, path: Path, form: str, value: Value, named: Reference) -> None:
        self.path = path
        self.form = form
        self.named = named
        self.is_literal = _is_literal(value)
        self.is_set = isinstance(value, Known) or (isinstance(value, Unknown) and value.present)
        self.at = value.trail[0].at if value.trail else value.at

    @property
    def name(self) -> str:
        """Return the name of the setting."""
        return self.path[-1]

    @property
    def fits(self) -> bool:
        """Return whether the value has the form that the setting takes, as far as that is known."""
        form = self.named.form
        return form is None or form == self.form or (self.form == "either" and form in ("name", "arn"))

    def excludes(self, other: ProfileSetting) -> bool:
        """Return whether two settings of one block certainly name the profile, one by name, the other by ARN."""
        return self.is_set and other.is_set and len(self.path) > 1 and self.path[:-1] == other.path[:-1]


class Settings:
    """The launch settings in one part of one resource."""

    __slots__ = ("_index", "resource", "spec")

    def __init__(self, resource: Resource, row: LaunchType, index: int) -> None:
        self.resource = resource
        self.spec = row
        self._index = index

    @property
    def part(self) -> Value:
        """Return the part of the resource that holds the settings."""
        return self._place[1]

    @property
    def around(self) -> Value:
        """Return the part of the resource that names the template: next to the settings, or around them."""
        return self._place[0]

    @property
    def _place(self) -> tuple[Value, Value]:
        properties, row = self.resource.properties, self.spec
        if "*" not in row.site and not row.templates:
            part = dig(properties, row.site) if row.site else properties
            return part, part
        missing = Absent(properties.at)
        charge(_STEPS_A_PART * (1 + self._index))
        return next(islice(parts(properties, self.spec), self._index, None), (missing, missing))

    def setting(self, path: Path) -> Value:
        """Return the setting at `path`; Absent when the resource type has none."""
        part = self.part
        if not path:
            return Absent(part.at)
        options = self.spec.options
        if options is None:
            return dig(part, path)
        for one in (part, *self._parents(part, options)):
            found = option(dig(one, options.items), path[-1], options)
            if not isinstance(found, Absent):
                return found
        return Absent(part.at)

    def _parents(self, part: Value, options: OptionList) -> Iterator[Value]:
        """Yield the items from which the part inherits what it leaves out, nearest first."""
        if self.spec.parents is None:
            return
        items, name, last = self.spec.parents
        left = {as_text(dig(item, (name,))): item for item in at_path(self.resource.properties, items)}
        child: Value | None = part
        while child is not None:
            # A parent is named by a reference to an object, beside the values that are texts.
            named = (option(dig(child, options.items), "parent", options.valued(value)) for value in REFERENCE_VALUES)
            parent = next((text for value in named if (text := as_text(value)) is not None), last)
            child = left.pop(parent, None) or left.pop(last, None)
            if child is not None:
                yield child

    def change(self, path: Path, value: bool | int | str, risk: Callable[[], str]) -> Change | None:
        """Return the change that sets the setting at `path`; None where its place cannot be given by names alone."""
        row = self.spec
        if not path or "*" in row.site or row.templates or row.overrides:
            return None
        if row.options is None:
            return SettingChange(self.resource, (*row.site, *path), value, BESIDE_TOKENS.get(path[-1], ()), risk)
        options = row.options
        names = (*((options.namespace,) if options.namespace is not None else ()), (options.name, path[-1]))
        return SettingChange(
            self.resource, (*row.site, *options.items, options.value), value, names, risk, is_member=True
        )

    @property
    def copied_from(self) -> Unknown | None:
        """Return the source from which settings that are not written are copied, if there is one."""
        source = dig(self.resource.properties, self.spec.copied_from) if self.spec.copied_from else None
        if source is None or isinstance(source, Absent) or as_text(source) == "":
            return None
        return Unknown((Reason(f"the settings that its {self.spec.copied_from[-1]} brings", source.at),), source.at)

    @property
    def profile(self) -> Value:
        """Return the reference to the instance profile."""
        for _, value in self.profile_settings():
            return value if as_text(value) != "" else Absent(value.at, value.trail)
        return self.setting(self.spec.profile[0]) if self.spec.profile else Absent(self.part.at)

    def profile_settings(self) -> Iterator[tuple[Path, Value]]:
        """Yield the settings that name an instance profile, by their paths.

        Where a text or a reference replaces the block that would hold them, yield the setting of the block.
        """
        for path in self.spec.profile:
            if len(path) > 1 and self.spec.options is None:
                block = dig(self.part, path[:-1])
                if isinstance(block, Unknown) or (isinstance(block, Known) and isinstance(block.value, Text)):
                    yield path[:-1], block
                    return
            found = self.setting(path)
            if not isinstance(found, Absent):
                yield path, found

    @property
    def user_data(self) -> Value:
        """Return the script that instances run at boot."""
        part = self.part
        found = (dig(part, path) for path in USER_DATA)
        return next((value for value in found if not isinstance(value, Absent)), Absent(part.at))

    @property
    def tokens(self) -> Value:
        """Return the setting that requires session tokens, as it is sent."""
        written = self.setting(self.spec.tokens)
        if not self.spec.sends_together or isinstance(written, Absent):
            return written
        match self.endpoint:
            case Absent() if matches(written, self.spec.safe) is not False:
                # Measured with 5.100 of the provider; which version deploys is not known.
                beside = " and ".join(
                    f'{name} = "{value}"' for name, value in BESIDE_TOKENS.get(self.spec.tokens_name, ())
                )
                what = f"the AWS provider, which sends {self.spec.tokens_name} only beside {beside} in 5.100"
                return Unknown((Reason(what, written.at),), written.at, trail=written.trail)
            case Unknown() as unknown:
                return unknown
            case _:
                return written

    @property
    def endpoint(self) -> Value:
        """Return the setting that switches the metadata service on or off."""
        return self.setting(self.spec.endpoint)

    @property
    def hop_limit(self) -> Value:
        """Return the hop limit of responses with a session token."""
        return self.setting(self.spec.hops)

    @property
    def has_metadata_options(self) -> bool:
        """Return whether the block of metadata options is written, with any setting in it."""
        if len(self.spec.tokens) < 2:
            return False
        block = dig(self.part, self.spec.tokens[:-1])
        while isinstance(block, Known) and isinstance(block.value, Seq):
            block = first(block.value, block.at)
        match block:
            case Absent():
                return False
            case Known(Map() as members):
                return members.more is not None or any(not isinstance(members.get(name), Absent) for name in members)
            case _:
                return True

    @property
    def endpoint_is_off(self) -> bool | None:
        """Return whether the metadata service is switched off."""
        return matches(self.endpoint, "disabled")


class Launch:
    """Something that starts instances: an instance, a group with one of its templates, a service; or an unused launch
    template.

    `key` identifies it in every scenario of its root.
    """

    __slots__ = ("_stack", "key", "resource", "settings")

    def __init__(self, stack: LaunchRelations, own: Settings, key: str) -> None:
        self._stack = stack
        self.settings = own
        self.resource = own.resource
        self.key = key

    @property
    def address(self) -> str:
        """Return the logical id or address of the resource that launches."""
        return self.resource.address

    @property
    def exists(self) -> bool | None:
        """Return whether this scenario creates it."""
        return self.resource.exists

    @property
    def launches(self) -> tuple[Launch, ...]:
        """Return the launch itself, unless it is a template that launches nothing."""
        return () if self.is_template else (self,)

    @property
    def is_template(self) -> bool:
        """Return whether this is a launch template that nothing in the root uses."""
        return self.settings.spec.is_template

    @property
    def is_build(self) -> bool:
        """Return whether the instance only builds an image: it is short-lived and needs no profile."""
        return self.settings.spec.is_build

    @property
    def is_of_service(self) -> bool:
        """Return whether a service creates the instances and accepts no instance profile for them."""
        row = self.settings.spec
        return not row.profile and not row.role and not row.needs_template

    @property
    def profile_made(self) -> PolicySource | None:
        """Return the policies of the temporary profile that is created for this instance only; None where there is
        none.
        """
        path = self.settings.spec.own_profile
        if not path or isinstance(dig(self.settings.part, path), Absent):
            return None
        named, _ = self._merged("profile")
        return self._stack.policy_source(self.address) if isinstance(named, Absent) else None

    @property
    def provisioners(self) -> tuple[str, ...]:
        """Return the addresses of further blocks whose texts are sent to the instance, in addition to its own and its
        template's.
        """
        path = self.settings.spec.provisioners
        found = (as_text(value) for value in at_path(self.settings.part, path)) if path else ()
        return tuple(address for address in found if address is not None)

    @property
    def template(self) -> MaybeTemplate:
        """Return the launch template or launch configuration it starts from; Absent when it uses none."""
        return self._stack.scenario.per_scenario((self.key, "template"), self._template)

    def _template(self) -> MaybeTemplate:
        found, version = self._template_and_version
        if isinstance(found, Known) and version is not None:
            which = template_version(found.value.resource, version, self._stack.links)
            if isinstance(which, Unknown):
                return which
        return found

    @property
    def pinned_version(self) -> Known[str] | Absent | Unknown:
        """Return the template whose first version is always launched, even after later changes; Absent when there is
        none.
        """
        found, version = self._template_and_version
        if not isinstance(found, Known) or version is None:
            return Absent(self.resource.at)
        resource = found.value.resource
        at = (
            version.trail[-1].at
            if isinstance(version, Known | Unknown) and version.ref and version.trail
            else version.at
        )
        match template_version(resource, version, self._stack.links):
            case Version.FIRST:
                return Known(resource.address, at, version.trail)
            case Version.DEFAULT:
                is_updated = default_is_updated(resource)
                if is_updated is None:
                    reason = Reason(f"whether {resource.address} updates its default version", resource.at)
                    return Unknown((reason,), at)
                if not is_updated:
                    return Known(resource.address, at, version.trail)
            case _:
                pass
        return Absent(at)

    @property
    def any_template(self) -> MaybeTemplate:
        """Return the launch template in any version: its content may differ from the version that is launched."""
        return self._template_and_version[0]

    @property
    def _template_and_version(self) -> tuple[MaybeTemplate, Value | None]:
        """Return the template that the launch names, and the version where the launch may choose one."""
        row = self.settings.spec
        if row.configuration:
            named = dig(self.settings.part, row.configuration)
            if not isinstance(named, Absent):
                kind = CONFIGURATION_KINDS[row.configuration[-1]]
                return self._stack.template(named, _CONFIGURATION_NAMES, self.resource, kind), None
        link = row.template
        if link is None:
            return Absent(self.settings.part.at), None
        around = self.settings.around
        for path in (link.id, link.name):
            named = dig(around, path) if path is not None else Absent(around.at)
            if not isinstance(named, Absent):
                found = self._stack.template(named, _TEMPLATE_NAMES, self.resource, "launch template")
                return found, dig(around, link.version) if link.version is not None else None
        return Absent(self.settings.part.at), None

    @property
    def needs_no_profile(self) -> bool:
        """Return whether the instances only build an image, or get a profile that a service creates for a role."""
        return self.is_build or (self.is_template and self.address in self._stack.templates_of_services)

    @property
    def launch_configuration(self) -> Known[str] | Absent | Unknown:
        """Return the address of the launch configuration that is used; the own one if it is or only names one."""
        if self.resource.type in AUTO_SCALING_CONFIGURATIONS:
            return Known(self.address, self.resource.at)
        row = self.settings.spec
        if row.configuration not in LAUNCH_CONFIGURATION_SETTINGS:
            return Absent(self.resource.at)
        named = dig(self.settings.part, row.configuration)
        if isinstance(named, Absent):
            return named
        template = self.template
        if isinstance(template, Known):
            resource = template.value.resource
            return Known(resource.address, resource.at)
        if isinstance(named, Unknown) and not named.present:
            return Unknown(named.reasons, named.at)
        return Known(self.address, named.at)

    @property
    def path(self) -> tuple[Step, ...]:
        """Return the places from the launch to its template, and outwards through calls, as steps of a report."""
        template, first = self.template, self.to_template
        steps: list[Step] = []
        if isinstance(template, Known) and first is not None:
            steps += first, *template.value.resource.calls
        return tuple(dict.fromkeys((*steps, *self.resource.calls)))

    @property
    def to_template(self) -> Step | None:
        """Return the place where the launch names its template, as a step of a report; None where that is not known."""
        template = self.template
        if not isinstance(template, Known):
            return None
        at = template.trail[0].at if template.trail else template.at
        name = template.value.resource.address
        return Step(at, f"{self.address} launches from {name}", link=Link.LAUNCH, joint=name)

    def _merged(self, of: str) -> tuple[Value, Resource]:
        """Return a setting by name, the launch's own before its template's, and the resource that sets it or should."""
        return self._stack.scenario.per_scenario((self.key, of), lambda: self._merge(of))

    def _merge(self, of: str) -> tuple[Value, Resource]:
        own: Value = getattr(self.settings, of)
        if of == "profile" and not self.settings.spec.takes_profile_of_template:
            return own, self.resource
        if isinstance(own, Known) or (isinstance(own, Unknown) and own.present):
            return own, self.resource
        match self.template:
            case Known(template):
                value: Value = getattr(template, of)
                if isinstance(own, Absent) or isinstance(value, Known):
                    return (value if isinstance(own, Absent) else own), template.resource
                return own, self.resource
            case Unknown() as unknown if isinstance(own, Absent):
                return Unknown(unknown.reasons, unknown.at, trail=unknown.trail), self.resource
            case _:
                return own, self.resource

    @property
    def copied_from(self) -> Unknown | None:
        """Return the source of settings that neither the launch nor its template writes, if there is one."""
        template = self.template
        return self.settings.copied_from or (template.value.copied_from if isinstance(template, Known) else None)

    @property
    def profile(self) -> MaybeProfile:
        """Return the instance profile of the instances."""
        return self._stack.scenario.per_scenario((self.key, "instance profile"), self._profile)

    def _profile(self) -> MaybeProfile:
        row = self.settings.spec
        if row.role:
            role = dig(self.settings.part, row.role)
            return Known(InstanceProfile(self._stack, role.at, named_by=self, role=role), role.at)
        if self.is_of_service:
            reason = Reason("the service", self.resource.at)
            return Unknown((reason,), self.resource.at, present=True)
        named, holder = self._merged("profile")
        match named:
            case Absent():
                if (copied := self.copied_from) is not None:
                    return copied
                made = dig(self.settings.part, row.own_profile) if row.own_profile else named
                if not isinstance(made, Absent):
                    reason = Reason("the profile that is made for it", made.at)
                    return Unknown((reason,), made.at, present=True)
                if row.profile_unset != "missing":
                    return Unknown((Reason(row.profile_unset, named.at),), named.at)
                return named
            case Unknown(present=False) if named.ref is None:
                return named
            case _:
                what = resolve_reference(named, self._stack.links, holder)
                if what is not None and (what.kind == "role" or what.is_nothing):
                    reason = Reason(f"{what.what or 'a value'}, which is not an instance profile", what.at)
                    return Unknown((reason,), named.at, True, named.trail)
                declared = self._stack.links.target(named, PROFILE_NAMES, holder)
                profile = InstanceProfile(self._stack, named.at, declared, None if declared else self, name=named)
                return Known(profile, named.at, named.trail)

    @property
    def role(self) -> Role | None:
        """Return the role of the instances, if it is certain and declared here."""
        match self.profile:
            case Known(profile):
                match profile.role:
                    case Known(role):
                        return role
                    case _:
                        return None
            case _:
                return None

    @property
    def has_public_address(self) -> bool:
        """Return whether the instances certainly request a public address."""
        template = self.template
        settings = (self.settings, template.value) if isinstance(template, Known) else (self.settings,)
        return any(as_bool(dig(one.part, path)) is True for one in settings for path in PUBLIC_ADDRESS)

    @property
    def named_profiles(self) -> tuple[ProfileSetting, ...]:
        """Return the settings that name the instance profile, in the launch or else in its template."""
        _, holder = self._merged("profile")
        settings = self.settings if holder is self.resource else None
        if settings is None and isinstance(template := self.template, Known):
            settings = template.value
        if settings is None:
            return ()
        row = settings.spec
        blocks = {path[:-1] for path in row.profile if len(path) > 1 and row.options is None}
        found: list[ProfileSetting] = []
        for path, value in settings.profile_settings():
            named = resolve_reference(value, self._stack.links, settings.resource) if as_text(value) != "" else None
            if named is not None:
                form = "block" if path in blocks else profile_form(row.type, path)
                found.append(ProfileSetting(path, form, value, named))
        return tuple(found)

    def profile_change(self, setting: ProfileSetting) -> Change | None:
        """Return the change that names the profile in the right form; a role is replaced by the only profile that holds
        it.
        """
        _, holder = self._merged("profile")
        named, links = setting.named, self._stack.links
        form = "name" if setting.form == "either" else setting.form
        if named.kind != "role":
            return rewrite_reference(named, form, PROFILE_NAMES, holder, links) or self._moved(setting)
        role = links.at(named.resource.address) if named.resource is not None else None
        profile = self._stack.only_profile_with(role) if role is not None and role.type in ROLE_NAMES else None
        return reference_change(profile, form, named, holder) if profile is not None else None

    def _moved(self, setting: ProfileSetting) -> Change | None:
        """Return the change that replaces a setting by the one that takes the form of the literal."""
        own = self.settings if self._merged("profile")[1] is self.resource else None
        settings = own or (self.template.value if isinstance(self.template, Known) else None)
        block = dig(settings.part, setting.path[:-1]) if settings is not None else None
        if isinstance(block, Known) and isinstance(block.value, Seq):
            block = first(block.value, block.at)
        match block:
            case Known(Map() as members) if settings is not None and setting.is_literal and setting.name in members:
                for path in settings.spec.profile:
                    is_other = path[:-1] == setting.path[:-1] and path[-1] not in members
                    if is_other and profile_form(settings.spec.type, path) == setting.named.form:
                        return RenameChange(members.key_at(setting.name), path[-1])
                return None
            case _:
                return None

    def path_to(self, setting: ProfileSetting) -> tuple[Step, ...]:
        """Return the places from the launch to the setting that names its instance profile, as steps of a report."""
        if setting.at.key() == setting.named.at.key():
            return self.path
        return (*self.path, Step(setting.at, f"{self.profile_holder} takes it as {setting.name}"))

    @property
    def profile_slot(self) -> tuple[Path, tuple[tuple[str, str], ...], str] | None:
        """Return where the profile should be named, in the resource that should name it: a path of properties, `*` for
        an item.

        With the other members that this block needs and the form that the setting takes; None when there is no such
        place.
        """
        _, holder = self._merged("profile")
        template = self.template
        settings = template.value if isinstance(template, Known) and holder is not self.resource else self.settings
        row = settings.spec
        if not row.profile:
            return None
        path, form = row.profile[0], profile_form(row.type, row.profile[0])
        site = (*row.site, *(row.overrides[0] if row.overrides is not None else ()))
        if row.options is None:
            return (*site, *path), (), form
        space = (row.options.namespace,) if row.options.namespace is not None else ()
        inner = (*row.options.items, "*", row.options.value)
        return (*site, *inner), (*space, (row.options.name, path[-1])), form

    @property
    def profile_at(self) -> Span:
        """Return where the launch, or its template, names the profile."""
        profile = self.profile
        return profile.trail[0].at if profile.trail else profile.at

    @property
    def profile_holder(self) -> str:
        """Return the address of the resource that names the profile, or should."""
        return self._merged("profile")[1].address

    def _metadata(self, of: str) -> tuple[Value, Resource]:
        """Return a setting of the metadata service and the resource that sets it; unknown templates are assumed not to
        set it.
        """
        value, holder = self._merged(of)
        if isinstance(getattr(self.settings, of), Absent):
            if isinstance(self.template, Unknown):
                return Absent(value.at), holder
            if self.settings.has_metadata_options and not isinstance(value, Absent):
                return self._undocumented(value.at, holder), holder
        if isinstance(value, Absent):
            return self._account_setting(of) or (value, holder)
        return value, holder

    def _undocumented(self, at: Span, holder: Resource) -> Unknown:
        return Unknown((Reason(f"how AWS merges the metadata options with those of {holder.address}", at),), at)

    @property
    def _takes_defaults(self) -> bool:
        """Return whether EC2 fills in unset settings: from the account's defaults, then from the image."""
        row = self._launched
        return row.unset == "optional" and not row.own_default and self.copied_from is None

    @property
    def _launched(self) -> LaunchType:
        """Return the table row that applies to settings that neither the launch nor its template has."""
        template = self.template
        return template.value.spec if isinstance(template, Known) else self.settings.spec

    def _account_setting(self, of: str) -> tuple[Value, Resource] | None:
        """Return the account's default, if the root sets one, for a setting that the launch does not set."""
        return self._stack.metadata_default(of, self.resource) if self._takes_defaults else None

    @property
    def endpoint(self) -> Value:
        """Return the setting that switches the metadata service on or off; Absent means on."""
        return self._metadata("endpoint")[0]

    @property
    def endpoint_holder(self) -> str:
        """Return the address of the resource that sets the endpoint."""
        return self._metadata("endpoint")[1].address

    @property
    def hop_limit(self) -> Value:
        """Return the hop limit of responses with a session token; Absent means the default."""
        return self._metadata("hop_limit")[0]

    @property
    def hop_limit_holder(self) -> str:
        """Return the address of the resource that sets the hop limit."""
        return self._metadata("hop_limit")[1].address

    @property
    def runs_containers(self) -> bool:
        """Return whether the settings or texts of the launch show that containers run on its instances."""
        return self._stack.scenario.per_scenario((self.key, "containers"), self._runs_containers)

    def _runs_containers(self) -> bool:
        if self.resource.type in CONTAINER_SERVICES:
            return True
        template = self.template
        parts = (self.settings.resource.properties, *((template.value.part,) if isinstance(template, Known) else ()))
        return any(_speaks_of_containers(text) for part in parts for text in words(part))

    @property
    def user_data(self) -> Value:
        """Return the script that its instances run at boot, its own or its template's."""
        found = self._merged("user_data")[0]
        # What is copied from a Beanstalk application is not the user data of its instances.
        is_copied = isinstance(found, Absent) and self.settings.spec.options is None
        return self.copied_from or found if is_copied else found

    @property
    def unread_text(self) -> Unknown | None:
        """Return the Unknown for a text other than user data that is sent to the instances; None where all texts are
        known.
        """
        return self._stack.unread_on(self)

    @property
    def key_output(self) -> Unknown | None:
        """Return the Unknown for outputs of a stack that creates an access key, in the user data; None without any."""
        return self._stack.key_output_in(self.user_data)

    @property
    def keys_in_user_data(self) -> Sequence[KeyFound]:
        """Return the access keys in the user data and in everything packed inside it, wherever they are written."""
        return self._stack.keys_in(self, self.user_data)

    @property
    def unread_files(self) -> Iterator[UnreadFile]:
        """Return the files in the user data, and those that provisioners send, that were not read."""
        return self._stack.unread_files_of(self)

    @property
    def imdsv1(self) -> Known[bool] | Absent | Unknown:
        """Return whether IMDSv1 is allowed: the metadata service answers without a token. Absent when nothing forbids
        it.
        """
        return self._imdsv1()[0]

    @property
    def imdsv1_holder(self) -> str:
        """Return the address of the resource that decides on IMDSv1, or should."""
        return self._imdsv1()[1].address

    @property
    def unsent_options(self) -> bool:
        """Return whether only the account's default and the image can require tokens, because the resource type sends
        no metadata options even if it has a block of them.
        """
        return bool(self.settings.spec.unsent)

    @property
    def tokens_name(self) -> str:
        """Return the name of the setting that requires tokens in the resource that should have it.

        Empty if it has none.
        """
        return self._imdsv1()[2].spec.tokens_name

    @property
    def tokens_safe(self) -> str:
        """Return the value of that setting that requires tokens."""
        return self._imdsv1()[2].spec.safe

    @property
    def tokens_change(self) -> Change | None:
        """Return the change that requires tokens, in the resource that sets this or should."""
        _, _, settings = self._imdsv1()
        row = settings.spec
        value = True if row.safe == "true" else row.safe
        return settings.change(row.tokens, value, self._risk_of_tokens)

    def _risk_of_tokens(self) -> str:
        if self.key not in self._stack.calling_without_token:
            return ""
        return f"a script on {self.address} calls the metadata service without a session token, and would fail"

    def change_hop_limit(self, hops: int, risk: str) -> Change | None:
        """Return the change that sets the hop limit where it is set now."""
        holder = self._metadata("hop_limit")[1]
        template = self.template
        settings = self.settings if holder is self.resource else template.value if isinstance(template, Known) else None
        return settings.change(settings.spec.hops, hops, lambda: risk) if settings is not None else None

    @property
    def replaced_by_command(self) -> Span | None:
        """Return where a command gives the launch or its instances another profile, template or version; None where
        none does.
        """
        return self._stack.replaced(self)

    def _imdsv1(self) -> tuple[Known[bool] | Absent | Unknown, Resource, Settings]:
        return self._stack.scenario.per_scenario((self.key, "imdsv1"), self._kept_setting)

    def _kept_setting(self) -> tuple[Known[bool] | Absent | Unknown, Resource, Settings]:
        """Return the setting at launch, unless a command changes it on running instances."""
        found = self._token_setting()
        at = self._stack.loosened(self) if _allows(found[0]) is False else None
        if at is None:
            return found
        reason = Reason("a command that changes the metadata options of running instances", at)
        return Unknown((reason,), at), *found[1:]

    def _token_setting(self) -> tuple[Known[bool] | Absent | Unknown, Resource, Settings]:
        own, template = self.settings, self.template
        if isinstance(template, Unknown):
            if isinstance(own.tokens, Absent) and not own.endpoint_is_off:
                return Unknown(template.reasons, template.at, trail=template.trail), self.resource, own
            return self._under(own, own.tokens, own.endpoint), self.resource, own
        base = template.value if isinstance(template, Known) else None
        is_mixed = base is not None and own.has_metadata_options
        holder = own if base is None or is_mixed or not isinstance(own.tokens, Absent) else base
        if is_mixed and base is not None and isinstance(own.tokens, Absent) and not isinstance(base.tokens, Absent):
            holder = base
        found = self._under(holder, holder.tokens, self._merged("endpoint")[0])
        if is_mixed and base is not None:
            # AWS documents that settings of the launch win, not whether a block of them replaces the template's whole.
            replaced = self._under(own, own.tokens, own.endpoint)
            if _allows(found) is not _allows(replaced):
                return self._undocumented(own.part.at, base.resource), self.resource, own
        return found, holder.resource, holder

    def _under(self, settings: Settings, tokens: Value, endpoint: Value) -> Known[bool] | Absent | Unknown:
        """Return whether IMDSv1 is allowed with these tokens, from these settings, and this endpoint."""
        if isinstance(endpoint, Absent) and (default := self._account_setting("endpoint")) is not None:
            endpoint = default[0]
        is_off = matches(endpoint, "disabled")
        if is_off:
            return Known(False, endpoint.at, endpoint.trail)
        found = self._left_out(tokens, settings) if isinstance(tokens, Absent) else _decided(tokens, settings)
        if is_off is None and _allows(found):
            return _open(endpoint, "the metadata endpoint")
        return found

    def _left_out(self, missing: Absent, settings: Settings) -> Known[bool] | Absent | Unknown:
        """Return the result where neither the launch nor its template sets the tokens."""
        if (copied := self.copied_from) is not None:
            return copied
        if self.settings.spec.platform and (decided := self._by_platform()) is not None:
            return decided
        if self.settings.spec.security and (decided := self._by_security_configuration()) is not None:
            return decided
        if not self._takes_defaults:
            row = self._launched
            if row.unset == REQUIRED:
                return Known(False, missing.at)
            return missing if row.own_default else Unknown((Reason(row.unset, missing.at),), missing.at)
        default = self._account_setting("tokens")
        said = self._stack.account.http_tokens
        at = missing.at
        if default is not None:
            value, at = default[0], default[0].at
            said = NO_PREFERENCE if isinstance(value, Absent) else as_text(value)
            if said is None:
                return _open(value, "the account's default for HttpTokens")
        if said == "required":
            return Known(False, at)
        if isinstance(settings.part, Unknown):
            return _open(settings.part, "the settings of the launch")
        # EC2 API Reference, InstanceMetadataOptionsRequest: the image decides unless the account's default does.
        return missing if said == "optional" else self._by_image(missing, said == NO_PREFERENCE)

    def _by_platform(self) -> Known[bool] | Unknown | None:
        """Return the result of the platform that a service runs; None where the platform leaves IMDSv1 on."""
        template = self.template
        for settings in (self.settings, *((template.value,) if isinstance(template, Known) else ())):
            for path in settings.spec.platform:
                value = dig(settings.part, path)
                if isinstance(value, Absent):
                    continue
                names = list(image_names(value, self._stack.links))
                if any(all(CLOSED_PLATFORM in name for name in together) for together in names):
                    return Known(False, value.at, value.trail)
                # A data source is named beside the reasons for which its value is unknown.
                is_named = as_text(value) is not None or (
                    isinstance(value, Unknown) and len(names) > len(value.reasons)
                )
                return None if is_named else _open(value, "the platform")
        return None

    def _by_security_configuration(self) -> Known[bool] | Unknown | None:
        """Return the result of a cluster's security configuration; None where it has no such section."""
        row = self.settings.spec
        named = dig(self.settings.part, row.security)
        if isinstance(named, Absent):
            return None
        found = self._stack.links.target(named, SECURITY_CONFIGURATIONS, self.resource)
        if found is None:
            return _open(named, f'security configuration "{as_text(named)}", which is not declared here')
        for path in SECURITY_TEXTS:
            version = minimum_version(dig(found.properties, path))
            if not isinstance(version, Absent):
                return _decided(version, self.settings)
        return None

    def _by_image(self, missing: Absent, is_settled: bool) -> Known[bool] | Absent | Unknown:
        """Return the result of the launched images; `is_settled` when the account has no preference."""
        types, support, safe = IMAGES
        found: Known[bool] | Absent | Unknown = missing
        for image in self._images:
            declared = self._stack.links.target(image, dict.fromkeys(types, ("name",)), self.resource)
            if declared is not None:
                value = dig(declared.properties, support)
                is_safe = matches(value, safe)
                if is_safe is None:
                    return _open(value, f"what {declared.address} supports")
                if is_safe:
                    found = found if isinstance(found, Unknown) else Known(False, declared.at)
                    continue
            named = image_names(image, self._stack.links)
            name = next((together[0] for together in named if all(map(requires_tokens, together))), None)
            if name is None:
                return missing
            what = f'whether the account\'s default allows IMDSv1: image "{name}" requires IMDSv2 unless it does'
            reason = Reason(what, image.at)
            found = Unknown((reason,), image.at)
        return Known(False, found.at) if isinstance(found, Unknown) and is_settled else found

    @property
    def _images(self) -> tuple[Value, ...]:
        """Return the references to the launched images: the launch's own, or else its template's."""
        template = self.template
        named: list[Value] = []
        for settings in (self.settings, *((template.value,) if isinstance(template, Known) else ())):
            named += (image for path in IMAGE_SETTINGS for image in at_path(settings.part, path))
            if named:
                break
        around = self.settings.around
        return (*named[:1], *(image for path in IMAGE_OVERRIDES for image in at_path(around, path)))


def _decided(tokens: Value, settings: Settings) -> Known[bool] | Unknown:
    """Return whether a value of the tokens setting allows IMDSv1."""
    safe = matches(tokens, settings.spec.safe)
    return Known(not safe, tokens.at, tokens.trail) if safe is not None else _open(tokens, "a part of its value")


def _allows(found: Known[bool] | Absent | Unknown) -> bool | None:
    """Return whether IMDSv1 is allowed, None where that is unknown."""
    match found:
        case Known(allows):
            return allows
        case Absent():
            return True
        case Unknown():
            return None


def _open(value: Value, otherwise: str) -> Unknown:
    """Return the Unknown that a value is or contains."""
    match value:
        case Unknown():
            return Unknown(value.reasons, value.at, value.present, value.trail)
        case Known(Text() as text) if text.reasons:
            return Unknown(text.reasons, value.at, True, value.trail)
        case _:
            return Unknown((Reason(otherwise, value.at),), value.at, True, value.trail)


def _is_literal(value: Value) -> bool:
    """Return whether a text is literal in the template, without any input, resource or data source."""
    match value:
        case Known(Text() as text):
            return value.ref is None and value.input is None and text.plain is not None
        case _:
            return False

"""The model of one root in one world: its launches and what stands behind them."""

from __future__ import annotations

from iplint.aws.identity_types import POLICY_DOCUMENT, POLICY_HOLDERS
from iplint.aws.launch_types import PROFILE_TYPES, launch_types
from iplint.model.identity import POLICY_NAMES, Grantor, InstanceProfile, Role
from iplint.model.launch import Launch, Settings
from iplint.model.links import Links
from iplint.model.surface import Surface
from iplint.model.walk import at_path
from iplint.value import Absent, Known, Reason, Text, Unknown, as_text, dig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from iplint.inputs import World
    from iplint.location import Span
    from iplint.model.launch import MaybeTemplate
    from iplint.model.links import Names
    from iplint.resource import Resource, Root
    from iplint.value import Value

    Subject = Launch | InstanceProfile | Grantor | Surface


class Stack:
    """What a root deploys in one world."""

    __slots__ = ("_root", "grantors", "launches", "links", "profiles", "templates", "world")

    def __init__(self, root: Root, world: World) -> None:
        self._root = root
        self.world = world
        resources = root.resources(world)
        self.links = Links(resources)
        self.grantors = [
            Grantor(self, resource, row) for resource in resources if (row := _policy_holder(resource)) is not None
        ]
        self.launches: list[Launch] = []
        self.templates: list[Launch] = []
        for resource in resources:
            if not resource.data:
                self._add_launches(resource)
        self.profiles = [
            InstanceProfile(self, resource.at, resource)
            for resource in resources
            if resource.type in PROFILE_TYPES and not resource.data
        ]

    def _add_launches(self, resource: Resource) -> None:
        for number, row in enumerate(launch_types(resource.type)):
            sites = sum(1 for _ in at_path(resource.properties, row.site)) if row.site else 1
            for index in range(sites):
                key = resource.address if number == index == 0 else f"{resource.address} {number}.{index}"
                launch = Launch(self, Settings(resource, row, index), key)
                if row.is_template:
                    self.templates.append(launch)
                elif self._applies(launch):
                    self.launches.append(launch)

    def _applies(self, launch: Launch) -> bool:
        row = launch.own.row
        if row.needs_template and isinstance(launch.template, Absent):
            return False
        if row.only_if is None:
            return True
        path, values = row.only_if
        value = as_text(dig(launch.own.part, path))
        return value is None or value.upper() in values

    def subjects(self) -> Iterator[Subject]:
        """What the rules judge: launches, templates nobody uses, profiles, policies, texts."""
        yield from self.launches
        used = {
            template.value.resource.address
            for launch in self.launches
            if isinstance(template := launch.template, Known)
        }
        yield from (template for template in self.templates if template.address not in used)
        yield from self.profiles
        yield from self._named_profiles()
        yield from self.grantors
        for number, passage in enumerate(self._root.passages(self.world)):
            yield Surface(passage, f"text {number}")

    def subject(self, like: Subject) -> Subject | None:
        """The subject of this world that is `like` one of another world; None when this world has none."""
        match like:
            case Launch():
                return next((launch for launch in (*self.launches, *self.templates) if launch.key == like.key), None)
            case Grantor():
                return next((grantor for grantor in self.grantors if grantor.key == like.key), None)
            case InstanceProfile() if like.resource is not None:
                return next((profile for profile in self.profiles if profile.key == like.key), None)
            case InstanceProfile():
                named_by = self.subject(like.named_by) if like.named_by is not None else None
                profile = named_by.profile if isinstance(named_by, Launch) else None
                if isinstance(profile, Known) and profile.value.resource is None:
                    return profile.value
                return None
            case Surface():
                return like

    def template(self, named: Value, names: Names) -> MaybeTemplate:
        """The launch template or configuration that a value names."""
        found = self.links.target(named, names)
        if found is not None:
            row = launch_types(found.type)[0]
            return Known(Settings(found, row, 0), named.at, named.trail)
        match named:
            case Known(Text() as text):
                reason = Reason(f'launch template "{text.shown}", which is not declared here', named.at)
                return Unknown((reason,), named.at, trail=named.trail)
            case Unknown():
                return Unknown(named.reasons, named.at, trail=named.trail)
            case _:
                return Unknown((Reason("what is no name of a launch template", named.at),), named.at)

    def launches_with(self, profile: InstanceProfile) -> tuple[Launch, ...]:
        """The launches that use a profile."""
        if profile.resource is None:
            return profile.named_by.launches if profile.named_by is not None else ()
        found: list[Launch] = []
        for launch in self.launches:
            match launch.profile:
                case Known(used) if used.resource is profile.resource and launch.exists is not False:
                    found.append(launch)
                case _:
                    pass
        return tuple(found)

    def profiles_of(self, role: Role) -> tuple[InstanceProfile, ...]:
        """The profiles that hold a role, those that services make for it included."""
        found: list[InstanceProfile] = []
        for profile in (*self.profiles, *self._named_profiles()):
            match profile.role:
                case Known(held) if held.resource is role.resource and profile.exists is not False:
                    found.append(profile)
                case _:
                    pass
        return tuple(found)

    def _named_profiles(self) -> Iterator[InstanceProfile]:
        """The profiles that launches have though the root does not declare them."""
        for launch in self.launches:
            match launch.profile:
                case Known(profile) if profile.resource is None:
                    yield profile
                case _:
                    pass

    def policy_of(self, arn: Value) -> Resource | None:
        """The managed policy of the root that an ARN names."""
        return self.links.target(arn, POLICY_NAMES)

    def document_around(self, at: Span) -> str | None:
        """The address of the policy document (a data source) that a place lies in."""
        for grantor in self.grantors:
            block = grantor.resource.block
            if grantor.resource.data and block.path == at.path and block.start <= at.start < block.end:
                return grantor.address
        return None

    def metadata_default(self, setting: tuple[str, tuple[str, ...]]) -> Value | None:
        """The account's default for the metadata service, when the root sets it."""
        type, path = setting
        for resource in self.links.of_types((type,)):
            return dig(resource.properties, path)
        return None


def _policy_holder(resource: Resource) -> PolicyHolder | None:
    if resource.data:
        return POLICY_DOCUMENT if resource.type == POLICY_DOCUMENT.type else None
    return POLICY_HOLDERS.get(resource.type)


if TYPE_CHECKING:
    from iplint.aws.identity_types import PolicyHolder

    MakeStack = Callable[[World], Stack]

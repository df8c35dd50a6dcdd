"""Who an instance is: instance profiles, the role in each, and what policies grant."""

from __future__ import annotations

from iplint.aws.identity_types import POLICY_DOCUMENT, POLICY_HOLDERS, POLICY_TYPES
from iplint.aws.launch_types import OLD_PROFILE_ROLES, PROFILE_TYPES
from iplint.aws.policy import document, is_administrator_access, managed_policy_name, trust_in_ec2
from iplint.model.naming import ROLE_NAMES, naming
from iplint.model.tags import told_apart
from iplint.model.walk import at_path, at_paths
from iplint.value import (
    Absent,
    Known,
    Map,
    Reason,
    Seq,
    Step,
    Text,
    Unknown,
    as_text,
    dig,
    first,
    merged_reasons,
    spread,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    from iplint.aws.identity_types import PolicyHolder
    from iplint.aws.policy import Statement, Trust
    from iplint.location import Span
    from iplint.model.launch import Launch
    from iplint.model.naming import Naming
    from iplint.model.stack import Stack
    from iplint.resource import Resource
    from iplint.value import Value

    MaybeRole: TypeAlias = Known["Role"] | Absent | Unknown

POLICY_NAMES = {type: POLICY_HOLDERS[type].name for type in POLICY_TYPES}


class Role:
    """An IAM role of the root."""

    __slots__ = ("_stack", "resource")

    def __init__(self, stack: Stack, resource: Resource) -> None:
        self._stack = stack
        self.resource = resource

    @property
    def address(self) -> str:
        """The role's logical id or resource address."""
        return self.resource.address

    @property
    def trust(self) -> Trust:
        """Whether EC2 may assume the role."""
        return trust_in_ec2(self.trust_policy)

    @property
    def trust_policy(self) -> Value:
        """The policy that says who may assume the role."""
        return dig(self.resource.properties, POLICY_HOLDERS[self.resource.type].trust)

    @property
    def boundary(self) -> Value:
        """The permission boundary, an ARN."""
        return dig(self.resource.properties, POLICY_HOLDERS[self.resource.type].boundary)


class InstanceProfile:
    """An instance profile: of the root, made by a service for a role, or one that the root only names.

    `resource` is the profile's, None when it is not of the root; `named_by` is then the launch that names it, by the
    value `name`.
    """

    __slots__ = ("_role", "_stack", "at", "name", "named_by", "resource")

    def __init__(
        self,
        stack: Stack,
        at: Span,
        resource: Resource | None = None,
        named_by: Launch | None = None,
        role: Value | None = None,
        name: Value | None = None,
    ) -> None:
        self._stack = stack
        self._role = role
        self.at = at
        self.name = name
        self.resource = resource
        self.named_by = named_by

    @property
    def key(self) -> str:
        """What identifies the profile in every world of its root."""
        return (
            self.resource.address if self.resource is not None else f"of {self.named_by.key if self.named_by else ''}"
        )

    @property
    def address(self) -> str:
        """The profile's address; where the root only names it, that of the launch."""
        if self.resource is not None:
            return self.resource.address
        return self.named_by.resource.address if self.named_by is not None else ""

    @property
    def exists(self) -> bool | None:
        """Whether this world has the profile."""
        if self.resource is not None:
            return self.resource.exists
        return self.named_by.exists if self.named_by is not None else True

    @property
    def launches(self) -> tuple[Launch, ...]:
        """The launches that use the profile, in the order of the text."""
        return self._stack.launches_with(self)

    @property
    def applications(self) -> tuple[Launch, Launch, str] | None:
        """Two launches with the same role that name different applications or environments, and the tag that does."""
        role = self.role
        if not isinstance(role, Known):
            return None
        profiles = self._stack.profiles_of(role.value)
        launches = {launch.key: launch for profile in profiles for launch in profile.launches}
        return told_apart(tuple(launches.values())) if len(launches) > 1 else None

    @property
    def role(self) -> MaybeRole:
        """The one role in the profile."""
        value = self._role_name()
        found = self._stack.links.target(value, ROLE_NAMES)
        if found is not None:
            return Known(Role(self._stack, found), value.at, value.trail)
        match value:
            case Known(Text() as name):
                if name.plain == "":
                    return Absent(value.at, value.trail)
                reason = Reason(f'role "{name.shown}", which is not declared here', value.at)
                return Unknown((reason,), value.at, present=True, trail=value.trail)
            case Known():
                return Unknown((Reason("what is no name of a role", value.at),), value.at, True, value.trail)
            case _:
                return value

    def _role_name(self) -> Value:
        value = self._roles()
        return first(value.value, value.at) if isinstance(value, Known) and isinstance(value.value, Seq) else value

    def _roles(self) -> Value:
        if self._role is not None:
            return self._role
        if self.resource is None:
            return Unknown(self._elsewhere(), self.at, present=True)
        roles, _ = PROFILE_TYPES[self.resource.type]
        value = dig(self.resource.properties, roles)
        if isinstance(value, Absent):
            older = dig(self.resource.properties, OLD_PROFILE_ROLES)
            value = value if isinstance(older, Absent) else older
        return value

    def _elsewhere(self) -> tuple[Reason, ...]:
        """Why nothing is known of a profile that the root does not declare."""
        match self.name:
            case Unknown() as unknown:
                return unknown.reasons
            case Known(Text() as text):
                return (Reason(f'instance profile "{text.shown}", which is not declared here', self.at),)
            case _:
                return (Reason("an instance profile that is not declared here", self.at),)

    @property
    def role_namings(self) -> tuple[Naming, ...]:
        """What stands where the profile names its role, one item for each role that it certainly names."""
        values = (
            value
            for value in spread(self._roles())
            if as_text(value) != "" and (isinstance(value, Known) or (isinstance(value, Unknown) and value.present))
        )
        return tuple(found for value in values if (found := naming(value, self._stack.links)) is not None)

    @property
    def role_form(self) -> str:
        """How the role has to be named: by "name", or by "arn" where a service makes the profile."""
        return "name" if self.resource is not None else "arn"

    @property
    def names_no_role(self) -> bool:
        """Whether an instance profile, or what names nothing, stands where a role has to be named."""
        return any(named.kind == "profile" or named.is_nothing for named in self.role_namings)

    @property
    def old_roles(self) -> Span | None:
        """Where the profile has the list of roles that Terraform's provider had before 3.0."""
        if self.resource is None or PROFILE_TYPES[self.resource.type][0] == OLD_PROFILE_ROLES:
            return None
        match self.resource.properties:
            case Known(Map() as written) if OLD_PROFILE_ROLES[0] in written:
                value = dig(self.resource.properties, OLD_PROFILE_ROLES)
                return None if isinstance(value, Absent) else written.key_at(OLD_PROFILE_ROLES[0])
            case _:
                return None

    @property
    def path(self) -> tuple[Step, ...]:
        """The places on the way from the launches to the profile's role, for people to follow."""
        role = self.role
        steps = [
            Step(launch.profile_at, f"{launch.address} launches with {self.description}") for launch in self.launches
        ]
        if self.resource is not None and isinstance(role, Known | Unknown):
            steps.append(Step(role.trail[0].at if role.trail else role.at, f"{self.address} holds the role"))
        return tuple(steps)

    @property
    def holder(self) -> str:
        """What names the role, as a message calls it: the profile, or the launch whose profile a service makes."""
        return self.description if self.resource is not None else self.address

    @property
    def description(self) -> str:
        """What the profile is called in a message."""
        return f"instance profile {self.resource.address}" if self.resource is not None else "this instance profile"


class Grant:
    """One thing that may give administrator access: a statement, or a managed policy that is attached.

    `administrator` says whether it does. `part` tells the grants of one holder apart, in every world alike.
    """

    __slots__ = ("_holder", "_narrowed", "administrator", "at", "part", "what")

    def __init__(
        self,
        holder: Grantor,
        at: Span,
        administrator: Known[bool] | Unknown,
        what: str,
        part: str,
        narrowed: bool = False,
    ) -> None:
        self._holder = holder
        self.at = at
        self.administrator = administrator
        self.what = what
        self.part = part
        self._narrowed = narrowed

    @property
    def address(self) -> str:
        """The resource to edit: the holder of the statement, or the attachment."""
        return self._holder.address_at(self.at)

    @property
    def is_narrowed(self) -> bool:
        """Whether a condition, or a permission boundary of every role reached, may narrow the grant."""
        return self._narrowed or self._holder.is_bounded


class Grantor:
    """A resource that holds or attaches policies, or a policy document."""

    __slots__ = ("_row", "_stack", "resource")

    def __init__(self, stack: Stack, resource: Resource, row: PolicyHolder) -> None:
        self._stack = stack
        self._row = row
        self.resource = resource

    @property
    def key(self) -> str:
        """What identifies the holder in every world of its root."""
        return self.resource.address

    @property
    def address(self) -> str:
        """The holder's logical id or resource address."""
        return self.resource.address

    @property
    def exists(self) -> bool | None:
        """Whether this world has the holder."""
        return self.resource.exists

    @property
    def launches(self) -> tuple[Launch, ...]:
        """The launches whose instances get what is granted here."""
        found = {
            launch.key: launch
            for role in self.roles
            for profile in self._stack.profiles_of(role)
            for launch in profile.launches
        }
        return tuple(found.values())

    @property
    def profiles(self) -> tuple[InstanceProfile, ...]:
        """The instance profiles that hold a role which gets what is granted here."""
        return tuple(profile for role in self.roles for profile in self._stack.profiles_of(role))

    @property
    def roles(self) -> tuple[Role, ...]:
        """The roles of the root that get what is granted here."""
        if self._row.kind == "role":
            return (Role(self._stack, self.resource),)
        found = self._named_roles()
        if self._row.kind == "policy":
            for other in self._stack.attaching(self.resource):
                found += other.roles
        return tuple({role.address: role for role in found}.values())

    def _named_roles(self) -> list[Role]:
        found: list[Role] = []
        for value in at_paths(self.resource.properties, self._row.roles):
            target = self._stack.links.target(value, ROLE_NAMES)
            if target is not None:
                found.append(Role(self._stack, target))
        return found

    @property
    def is_attached(self) -> bool:
        """Whether anything in sight gets what is granted here: a role, a user, a group, or one named elsewhere."""
        if self._row.kind in ("role", "identity", "attachment", "inline"):
            return True
        named = any(True for _ in at_paths(self.resource.properties, (*self._row.roles, *self._row.others)))
        return named or bool(self._stack.attaching(self.resource))

    @property
    def is_bounded(self) -> bool:
        """Whether every role that gets the grant has a permission boundary that may cap it."""
        roles = self.roles
        if not roles and self._row.boundary:
            return _caps(dig(self.resource.properties, self._row.boundary))
        return bool(roles) and all(_caps(role.boundary) for role in roles)

    def attached_arns(self) -> Iterator[Value]:
        """The ARNs of the managed policies that the resource attaches."""
        return at_paths(self.resource.properties, self._row.arns)

    def address_at(self, at: Span) -> str:
        """The address of the policy document that a place lies in, else the holder's own."""
        return self._stack.document_around(at) or self.address

    @property
    def grants(self) -> Iterator[Grant]:
        """What the resource grants, in the order of the text."""
        for arn in self.attached_arns():
            yield self._attachment(arn)
        for path in self._row.documents:
            for value in at_path(self.resource.properties, path):
                yield from self._statements(value)

    def _attachment(self, arn: Value) -> Grant:
        place = arn.trail[0].at if arn.trail else arn.at
        part = f"arn {place.key()}"
        verdict: Known[bool] | Unknown
        if self._stack.policy_of(arn) is not None:
            verdict = Known(False, arn.at)
        else:
            match arn:
                case Known(Text() as text):
                    verdict = _is_administrator(text, arn.at)
                case Unknown():
                    verdict = Unknown(arn.reasons, arn.at, True, arn.trail)
                case _:
                    verdict = Known(False, arn.at)
        return Grant(self, arn.at, verdict, "the managed policy AdministratorAccess", part)

    def _statements(self, value: Value) -> Iterator[Grant]:
        policy = document(value)
        if policy.denies_everything:
            return
        what = "every action on every resource"
        for statement in policy.statements:
            if statement.names_principals:
                continue
            yield Grant(
                self,
                statement.at,
                _allows_everything(statement),
                what,
                f"statement {statement.at.key()}",
                statement.is_conditional,
            )
        if policy.more is not None and self._row is not POLICY_DOCUMENT:
            yield Grant(self, policy.more.at, policy.more, what, f"document {policy.at.key()}")


def _is_administrator(arn: Text, at: Span) -> Known[bool] | Unknown:
    verdict = is_administrator_access(arn)
    if verdict:
        return Known(True, at)
    if arn.plain is not None and (managed_policy_name(arn) is not None or not arn.plain.startswith("arn:")):
        return Known(False, at)
    if verdict is False and managed_policy_name(arn) is not None:
        return Known(False, at)
    reasons = arn.reasons if arn.plain is None else (Reason(f"policy {arn.shown}, which is not declared here", at),)
    return Unknown(reasons, at, present=True)


def _allows_everything(statement: Statement) -> Known[bool] | Unknown:
    # IAM refuses a statement without an effect; whoever wrote this one did not mean to deny.
    allows = True if isinstance(statement.element("Effect"), Absent) else statement.allows
    everything = statement.covers_everything()
    if allows is False or everything is False:
        return Known(False, statement.at)
    if allows and everything:
        return Known(True, statement.at)
    reasons = merged_reasons(
        value for element in ("Effect", "Action", "Resource") for value in _unknowns(statement.element(element))
    )
    return Unknown(reasons or (Reason("a part of the statement", statement.at),), statement.at)


def _unknowns(value: Value) -> Iterator[Unknown]:
    match value:
        case Unknown():
            yield value
        case Known(Seq() as items):
            for item in items:
                yield from _unknowns(item)
            if items.more is not None:
                yield items.more
        case Known(Text() as text):
            yield from (hole.value for hole in text.holes)
        case _:
            pass


def _caps(boundary: Value) -> bool:
    match boundary:
        case Absent():
            return False
        case Known(Text() as text):
            return is_administrator_access(text) is not True
        case _:
            return True

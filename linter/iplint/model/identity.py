"""Who an instance is: instance profiles, the role in each, and what policies grant."""

from __future__ import annotations

from iplint.aws.identity_types import EXCLUSIVE, POLICY_DOCUMENT, POLICY_HOLDERS, POLICY_TYPES, STACK_NAME
from iplint.aws.launch_types import OLD_PROFILE_ROLES, PROFILE_TYPES
from iplint.aws.patterns import ACCOUNT, OPAQUE, is_given, normal_arn, wildcard
from iplint.aws.policy import EC2_SERVICES, document
from iplint.aws.trust import (
    Admitted,
    admission_of_role,
    admission_of_service,
    admitted,
    trust_in_ec2,
    unknown_admission,
)
from iplint.budget import charge
from iplint.model.grant import (
    MANY_SERVICES,
    ON_ITSELF,
    Doubt,
    Grant,
    Possible,
    attached_policy,
    can_escalate,
    changed_services,
    escalations,
    is_granted_elsewhere,
    is_wide,
    limits_of,
    may_be_wide,
    may_escalate,
    may_lead_to_more,
    not_known,
    together,
    usable_actions,
    way_to,
)
from iplint.model.policy import attached_policy_by, declared_policy, inline_policies
from iplint.model.reference import (
    PROFILE_NAMES,
    ROLE_NAMES,
    may_be_one_name,
    possible_name,
    resolve_reference,
    rewrite_reference,
)
from iplint.model.tags import distinct_applications
from iplint.model.walk import at_path, at_paths
from iplint.resource import RenameChange, TextChange
from iplint.value import HOLE, Absent, Known, Link, Map, Reason, Seq, Step, Text, Unknown, as_text, dig, first, spread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Protocol, TypeAlias

    from iplint.aws.identity_types import PolicyHolder
    from iplint.aws.policy import Document, Limits, Statement
    from iplint.aws.trust import Admission, Trust
    from iplint.location import Span
    from iplint.model.account import Account
    from iplint.model.grant import Escalation, Usable
    from iplint.model.links import Links
    from iplint.model.policy import Policy
    from iplint.model.reference import Reference
    from iplint.model.tags import Tagged
    from iplint.resource import Change, Resource
    from iplint.scenario import Scenario
    from iplint.value import Ref, Value

    MaybeRole: TypeAlias = Known["Role"] | Absent | Unknown

    class ProfileUser(Tagged, Protocol):
        """A launch that uses an instance profile: see Launch."""

        @property
        def key(self) -> str:
            """Return what identifies the launch in every scenario of its root."""
            ...

        @property
        def exists(self) -> bool | None:
            """Return whether this scenario creates the launch."""
            ...

        @property
        def launches(self) -> tuple[ProfileUser, ...]:
            """Return the launch itself, unless it is a template that launches nothing."""
            ...

        @property
        def profile_at(self) -> Span:
            """Return where the launch, or its template, names the profile."""
            ...

        @property
        def profile_holder(self) -> str:
            """Return the address of the resource that names the profile, or should."""
            ...

        @property
        def to_template(self) -> Step | None:
            """Return the place where the launch names its template; None where that is not known."""
            ...

    class IdentityRelations(Protocol):
        """What profiles, roles and policy sources look up in their root: see Stack."""

        scenario: Scenario
        account: Account

        @property
        def links(self) -> Links:
            """Return the resources by type and address."""
            ...

        @property
        def roles(self) -> list[Role]:
            """Return the roles that the root declares."""
            ...

        @property
        def inline_names(self) -> frozenset[str]:
            """Return the names of the inline policies that the root declares."""
            ...

        @property
        def left_behind(self) -> Unknown | None:
            """Return the Unknown for policies of roles that Terraform leaves in the account and no longer declares."""
            ...

        @property
        def administrators_elsewhere(self) -> list[Known[Text]]:
            """Return the names of roles that get, or may get, administrator access and are not declared in the root."""
            ...

        @property
        def unknown_administrators(self) -> list[Unknown]:
            """Return the unknown names of roles that get, or may get, administrator access."""
            ...

        def resource(self, address: str) -> Resource | None:
            """Return the resource with this address."""
            ...

        def may_refer_to(self, resource: Resource, beside: Sequence[Resource] = ()) -> bool:
            """Return whether anything in the root, except the resource itself and those in `beside`, may refer to
            it.
            """
            ...

        def launches_with(self, profile: InstanceProfile) -> tuple[ProfileUser, ...]:
            """Return the launches that use a profile."""
            ...

        def written_in(self, address: str) -> tuple[ProfileUser, ...]:
            """Return the launches of a resource, those that use it as their template, or the unused template itself."""
            ...

        def profiles_of(self, role: Role) -> tuple[InstanceProfile, ...]:
            """Return the profiles that hold a role."""
            ...

        def policy_sources_of(self, role: Role) -> tuple[PolicySource, ...]:
            """Return the policy sources of a role."""
            ...

        def policy_sources_with(
            self, role: Role, name: str, count: Callable[[PolicySource], bool]
        ) -> tuple[PolicySource, ...]:
            """Return the policy sources of a role that count in this scenario."""
            ...

        def policy_of(self, arn: Value, near: Resource | None = None) -> Resource | None:
            """Return the managed policy of the root that an ARN refers to."""
            ...

        def attaching(self, policy: Resource) -> tuple[PolicySource, ...]:
            """Return the resources that attach a managed policy of the root by its ARN."""
            ...

        def granted_to(self, role: Role) -> Span | None:
            """Return where a command gives a role a policy; None where none does."""
            ...

        def handed_to(self, role: Role) -> tuple[Resource, ...]:
            """Return what gets the name of a role and was not read: it may give the role any policy."""
            ...

        def document_around(self, at: Span) -> str | None:
            """Return the address of the policy document (a data source) around a place."""
            ...

        def is_used(self, document: Resource) -> bool:
            """Return whether a policy of the root uses a statement of a policy document."""
            ...

        def is_taken(self, document: Resource) -> bool:
            """Return whether another policy document includes a policy document."""
            ...


POLICY_NAMES = {type: POLICY_HOLDERS[type].name for type in POLICY_TYPES}

# What grants are looked for by, from their actions alone.
UNREAD = "unread"
GRANT_KINDS: dict[str, Callable[[Grant], bool]] = {
    "wide": may_be_wide,
    "escalating": may_escalate,
    "passing": lambda grant: grant.may_allow(("iam:PassRole",)),
    "service-wide": lambda grant: bool(grant.services),
    UNREAD: lambda grant: grant.statement is None,
}

# What a look at a statement of a policy costs, and at a role that a policy names, in steps of the budget.
_STEPS_A_STATEMENT = 320
_STEPS_A_ROLE = 90
_STEPS_AN_ATTACHMENT = 120
# What something unknown that a data source knows of a role is named by.
_LOOKED_UP = "data.aws_iam_role."
# The provider of names that are new each time.
_GENERATOR = "random_"
# The first of the placeholder letters (private use area) for unknown parts of names.
_FIRST_LETTER = 0xE100


class Role:
    """An IAM role of the root."""

    __slots__ = ("_stack", "resource")

    def __init__(self, stack: IdentityRelations, resource: Resource) -> None:
        self._stack = stack
        self.resource = resource

    @property
    def key(self) -> str:
        """Return what identifies the role in every scenario of its root."""
        return self.resource.address

    @property
    def address(self) -> str:
        """Return the role's logical id or resource address."""
        return self.resource.address

    @property
    def exists(self) -> bool | None:
        """Return whether this scenario has the role."""
        return self.resource.exists

    @property
    def profiles(self) -> tuple[InstanceProfile, ...]:
        """Return the instance profiles that hold the role."""
        return self._stack.profiles_of(self)

    @property
    def is_in_use(self) -> bool | None:
        """Return whether a profile holds the role or anything else may use it; None if only its name may be used
        elsewhere.

        A resource that attaches policies to the role does not count as a use.
        """
        policies = [source.resource for source in self._stack.policy_sources_of(self)]
        if self.profiles or self._stack.may_refer_to(self.resource, policies):
            return True
        return False if isinstance(self.name, Absent) else None

    @property
    def name(self) -> Value:
        """Return the name that the role is given; Absent where AWS makes it."""
        return dig(self.resource.properties, ROLE_NAMES[self.resource.type])

    @property
    def launches(self) -> tuple[ProfileUser, ...]:
        """Return the launches whose instances have the role."""
        return tuple({launch.key: launch for profile in self.profiles for launch in profile.launches}.values())

    @property
    def path(self) -> tuple[Step, ...]:
        """Return the places on the path from the launches to the role, as steps of a report."""
        return _path(self.profiles)

    @property
    def trust(self) -> Trust:
        """Return whether EC2 may assume the role."""
        return self._stack.scenario.per_scenario(("trust", self.key), lambda: trust_in_ec2(self.trust_policy))

    def trust_change(self, reveals: tuple[str, ...]) -> Change | None:
        """Return the change that lets EC2 assume the role: correct a misspelling, or add EC2 to the one statement."""
        trust = self.trust
        if trust.misspelt is not None:
            return TextChange(trust.misspelt, EC2_SERVICES[0])
        if trust.beside is None:
            return None
        risk = f"EC2 can then assume {self.address}, which is for {' and '.join(trust.services)} so far"
        return TextChange(trust.beside, EC2_SERVICES[0], True, lambda: risk, reveals)

    @property
    def trust_policy(self) -> Value:
        """Return the policy that says who may assume the role."""
        return dig(self.resource.properties, POLICY_HOLDERS[self.resource.type].trust)

    @property
    def _trust_document(self) -> Document:
        return self._stack.scenario.per_scenario(("trust document", self.key), lambda: document(self.trust_policy))

    @property
    def policies(self) -> list[Policy]:
        """Return the policies that the role has, by the resource that holds or attaches them, in the order of the
        text.
        """
        found: list[Policy] = []
        for source in self._stack.policy_sources_of(self):
            if source.exists is False:
                continue
            if source.kind in ("role", "inline"):
                found += inline_policies(source.resource)
            elif source.kind == "policy":
                found.append(declared_policy(source.resource, source.attached_to(self)))
            found += (
                attached_policy_by(arn, source.address)
                for arn in source.attached_arns()
                if self._stack.policy_of(arn) is None and not is_granted_elsewhere(arn)
            )
        return found

    @property
    def boundary(self) -> Value:
        """Return the permission boundary, an ARN."""
        return dig(self.resource.properties, POLICY_HOLDERS[self.resource.type].boundary)

    def grants_that(self, kind: str, do: Callable[[Grant], bool]) -> list[Grant]:
        """Return the grants of one kind (of GRANT_KINDS) in all policies of the role for which `do` is true.

        Only inputs of policies that may count are read: otherwise a role with many policies would have more scenarios
        than can be tried. `Stack.outline` knows the scenarios in which other policies count as well.
        """
        may = GRANT_KINDS[kind]
        holders = self._granting(kind)
        return [
            grant
            for holder in holders
            if holder.exists is not False
            for grant in holder.own_grants
            if may(grant) and do(grant)
        ]

    def _granting(self, kind: str) -> tuple[PolicySource, ...]:
        """Return the policy sources with grants of one kind."""
        may = GRANT_KINDS[kind]
        return self._stack.policy_sources_with(
            self, kind, lambda holder: any(may(grant) for grant in holder.own_grants)
        )

    @property
    def grant_facts(self) -> Iterator[str]:
        """Yield the policies that may count, by kind: further ones in another scenario are a reason to try that
        scenario.
        """
        for kind in GRANT_KINDS:
            # What another scenario attaches without its statements is explored for each policy, by its own rule.
            for holder in self._granting(kind) if kind != UNREAD else ():
                yield f"{kind} {holder.key}"

    @property
    def reached_facts(self) -> Iterator[str]:
        """Yield the policies that may count of the other roles that this one may act as."""
        others = {other.key: other for other, _ in (*self._reached(), *self._acting.doubtful)}
        for key, other in others.items():
            yield from (f"{key} {fact}" for fact in other.grant_facts)

    @property
    def limits(self) -> Limits:
        """Return what the denials in all policies of the role, and its boundary, leave."""
        return self._stack.scenario.per_scenario(("limits", self.key), self._limits)

    def _limits(self) -> Limits:
        holders = self._stack.policy_sources_with(
            self, "denying", lambda holder: any(statement.denies is not False for statement in holder.statements)
        )
        statements = [statement for holder in holders if holder.exists is not False for statement in holder.statements]
        return limits_of(statements, self.boundary, self._stack.policy_of(self.boundary))

    @property
    def wide_grants(self) -> list[Grant]:
        """Return the grants that may be a part of administrator access: statements that are not narrow."""
        return self._stack.scenario.per_scenario(("wide", self.key), lambda: self.grants_that("wide", is_wide))

    @property
    def unread_grants(self) -> list[Grant]:
        """Return the policies of which no statement is known: named by an ARN or an input, or not read."""
        return self.grants_that(UNREAD, lambda grant: grant.may_be_administrator)

    @property
    def together(self) -> Grant | None:
        """Return the grants that give administrator access together, where no policy gives it alone."""
        return together(self.wide_grants, lambda: [self.limits])

    @property
    def possible_administrator(self) -> Unknown | None:
        """Return the name, unknown in part at least, of a role that gets what may lead to administrator access and that
        may be this role's name.

        A name that AWS generates is known to nobody but by what is made of the role's attributes.
        """
        if (left := self._stack.left_behind) is not None:
            return left
        ref = self.name.ref if isinstance(self.name, Unknown) else None
        is_random = ref is not None and ref.resource.type.startswith(_GENERATOR)
        own = possible_name(self.name) if not is_random else None
        for name in self._stack.administrators_elsewhere:
            other = possible_name(name)
            # The same name without holes is this role's, and another one is not.
            if own is None or other is None or HOLE not in own + other:
                continue
            if may_be_one_name(own, other):
                gains = "which gets what may lead to administrator access"
                what = f"whether {self.address} is role {name.value.display}, {gains}"
                return Unknown((Reason(what, name.at),), name.at)
        names = self._stack.unknown_administrators
        if isinstance(self.name, Absent):
            names = [name for name in names if name.ref is not None or self._is_in(name.reasons)]
        return next(iter(names), None)

    def _is_in(self, reasons: tuple[Reason, ...]) -> bool:
        """Return whether something unknown is made of attributes of the role, or of what is looked up of a role, or by
        an expression that fails: a reference to a role without its key may be meant for this one.
        """
        return any(reason.is_failure or self.address in reason.what or _LOOKED_UP in reason.what for reason in reasons)

    @property
    def granted_by_command(self) -> Span | None:
        """Return where a command gives the role a policy that is not read here; None where none does."""
        return self._stack.granted_to(self)

    @property
    def handed_to(self) -> Resource | None:
        """Return what gets the name of the role and was not read, so that it may give the role any policy."""
        return next((part for part in self._stack.handed_to(self) if part.exists is not False), None)

    @property
    def administrator(self) -> Grant | None:
        """Return the grant that certainly gives the role administrator access, if there is one."""
        return self._stack.scenario.per_scenario(("administrator", self.key), self._administrator)

    def _administrator(self) -> Grant | None:
        for grant in self.wide_grants:
            match grant.administrator:
                case Known(value=True):
                    return grant
                case _:
                    pass
        return self.together

    @property
    def near_administrator(self) -> Grant | None:
        """Return the grant that certainly gives the role nearly administrator access, if there is one."""
        return self._stack.scenario.per_scenario(("nearly administrator", self.key), self._near_administrator)

    def _near_administrator(self) -> Grant | None:
        for grant in self.wide_grants:
            match grant.near_administrator:
                case Known(value=True):
                    return grant
                case _:
                    pass
        return None

    @property
    def is_past_escalation(self) -> bool:
        """Return whether escalation paths add nothing new to the role: it has administrator access, or nearly."""
        return self._has_most or self.far_reaching is not None

    @property
    def _has_most(self) -> bool:
        return self.administrator is not None or self.near_administrator is not None

    @property
    def far_reaching(self) -> Escalation | None:
        """Return a direct escalation, if the policies of the role allow changes in many services of the account."""
        return self._stack.scenario.per_scenario(("far-reaching", self.key), self._find_far_reaching)

    def _find_far_reaching(self) -> Escalation | None:
        way = next((way for way in self._ways if way.is_new_power), None)
        if way is None or self._has_most:
            return None
        holders = (holder for holder in self._stack.policy_sources_of(self) if holder.exists is not False)
        changed = changed_services(grant for holder in holders for grant in holder.own_grants)
        return way if len(changed) >= MANY_SERVICES else None

    @property
    def escalations(self) -> list[Escalation]:
        """Return the escalations that the role's policies certainly allow together, most severe first.

        A condition narrows an escalation, unless an instance can never meet it or it only restricts the resources. A
        role that has administrator access, or nearly, has none.
        """
        if self.is_past_escalation:
            return []
        return [*self.takeovers, *self._ways]

    @property
    def open_escalations(self) -> list[tuple[Grant, Unknown]]:
        """Return the grants for which an unknown decides whether the role can give itself permissions."""
        grants = self.grants_that("escalating", lambda grant: True)
        if self.is_past_escalation:
            return []
        limits = self.limits
        opened = ((grant, grant.may_raise(limits) or self._may_lead_on(grant, limits)) for grant in grants)
        found = [(grant, unknown) for grant, unknown in opened if unknown is not None]
        reached = ((way.first, other.unknown_power) for other, way in self._reached())
        found += [(grant, unknown) for grant, unknown in reached if unknown is not None]
        found += ((doubt.grant, doubt.unknown) for doubt in self._doubts())
        return found or self._possible_escalations(grants, limits)

    def _possible_escalations(self, grants: list[Grant], limits: Limits) -> list[tuple[Grant, Unknown]]:
        """Return the grants whose unknown effect or actions decide whether several grants escalate together."""
        taken = [Possible(grant, unknown) if (unknown := grant.unknown_part) is not None else grant for grant in grants]
        if not any(isinstance(grant, Possible) for grant in taken):
            return []
        usable = usable_actions(taken, limits)
        ways = [*escalations(usable, self, limits), *self._possible_takeovers(usable, limits)]
        found = (grant for way in ways for _, grant in way.granting if isinstance(grant, Possible))
        return [(grant.grant, grant.unknown) for grant in found][:1]

    def _possible_takeovers(self, usable: Usable, limits: Limits) -> Iterator[Escalation]:
        """Yield the paths to roles that have, or may have, administrator access, by grants that may allow them."""
        from iplint.aws.escalation import ASSUME, PASS_ROLE

        for other in self._stack.roles if ASSUME in usable or PASS_ROLE in usable else ():
            charge(_STEPS_A_ROLE)
            if other.address == self.address or other.exists is False:
                continue
            way = way_to(other, usable, self, limits)
            if way is None or isinstance(way, Doubt):
                continue
            if other.power is not None or other.unknown_power is not None:
                yield way

    def _doubts(self) -> Iterator[Doubt]:
        """Yield what decides whether the role can act as one that has, or may have, administrator access, or nearly,
        where the trust policy of a role on the way is not known whole.
        """
        certain: list[tuple[Role, Grant | None]] = [(self, None)]
        certain += [(other, way.first) for other, way in self._reached()]
        seen = {role.address for role, _ in certain}
        pending = [
            (other, Doubt(first or doubt.grant, doubt.unknown))
            for role, first in certain
            for other, doubt in role._acting.doubtful
        ]
        while pending:
            role, doubt = pending.pop(0)
            if role.address in seen:
                continue
            seen.add(role.address)
            if role.power is not None or role.unknown_power is not None:
                yield doubt
            pending += [(other, doubt) for other, _ in (*role._acting.hops, *role._acting.doubtful)]

    def _may_lead_on(self, grant: Grant, limits: Limits) -> Unknown | None:
        """Return the unknown that decides whether a grant lets the role change itself, or act as a role of the root
        that has administrator access, or nearly, and trusts this one.
        """
        from iplint.aws.escalation import ASSUME, PASS_ROLE

        unknown, statement = grant.unknown_part, grant.statement
        if unknown is None or statement is None:
            return None
        changing = any(grant.may_reach(action) and limits.leave(action) for action in ON_ITSELF)
        if changing and self._may_be_named_by(statement):
            return unknown
        taking = [action for action in (ASSUME, PASS_ROLE) if grant.may_reach(action) and limits.leave(action)]
        usable = usable_actions(self.grants_that("escalating", can_escalate), limits) if taking else {}
        usable |= {action: [grant] for action in taking}
        # What it certainly can act as is known without this grant.
        acting = self._acting
        known = {self.address, *(other.address for other, _ in (*acting.hops, *acting.doubtful))}
        for other in self._stack.roles if taking else ():
            charge(_STEPS_A_ROLE)
            if other.address in known or other.exists is False or not other._may_be_named_by(statement):
                continue
            hop = way_to(other, usable, self, limits, named=lambda one: one is grant)
            if hop is not None and (other.power is not None or other.unknown_power is not None):
                return unknown
        return None

    @property
    def _ways(self) -> list[Escalation]:
        return self._acting.ways

    @property
    def _acting(self) -> Acting:
        return self._stack.scenario.per_scenario(("acting", self.key), self._find_acting)

    def _find_acting(self) -> Acting:
        from iplint.aws.escalation import ASSUME, PASS_ROLE

        if self._has_most:
            # What an administrator can do to itself or act as adds nothing to what it may do.
            return Acting([], [], [])
        grants = self.grants_that("escalating", can_escalate)
        limits = self.limits
        usable = usable_actions(grants, limits) if grants else {}
        found = Acting(escalations(usable, self, limits) if grants else [], [], [])
        takes = ASSUME in usable or PASS_ROLE in usable
        for other in self._stack.roles if takes else self._trusting_roles:
            charge(_STEPS_A_ROLE)
            if other.address != self.address and other.exists is not False:
                way = way_to(other, usable, self, limits)
                if isinstance(way, Doubt):
                    found.doubtful.append((other, way))
                elif way is not None:
                    found.hops.append((other, way))
        return found

    @property
    def takeovers(self) -> list[Escalation]:
        """Return the paths to roles of the root that have administrator access, or nearly, and that let this role act
        as them.
        """
        return [way.leading_to(gain) for other, way in self._reached() if (gain := other.power) is not None]

    def _reached(self) -> Iterator[tuple[Role, Escalation]]:
        """Yield the other roles of the root that the role can act as, each with the path to it.

        A path may go through further roles.
        """
        seen = {self.address}
        pending: list[tuple[Role, Escalation | None]] = [(self, None)]
        while pending:
            role, before = pending.pop(0)
            for other, hop in role._acting.hops:
                if other.address not in seen:
                    seen.add(other.address)
                    way = hop if before is None else before.followed_by(hop)
                    yield other, way
                    pending.append((other, way))

    @property
    def unknown_power(self) -> Unknown | None:
        """Return the unknown that decides whether the role has administrator access, or the first of several."""
        for grant in (*self.wide_grants, *self.unread_grants):
            match grant.administrator:
                case Unknown() as unknown:
                    return unknown
                case Known():
                    pass
        if self.resource.is_imported and not self._is_exclusive:
            what = f"the policies that {self.address} had before an import block brought it in"
            return Unknown((Reason(what, self.resource.at),), self.resource.at)
        return self.possible_administrator

    @property
    def _is_exclusive(self) -> bool:
        """Return whether the role loses every policy that the root does not name."""
        holders = (source for source in self._stack.policy_sources_of(self) if source.exists)
        return {holder.resource.type for holder in holders} >= EXCLUSIVE

    @property
    def power(self) -> Step | None:
        """Return the grant or escalation that certainly gives the role administrator access; None if there is none."""
        grant = self.administrator
        if grant is not None:
            return Step(grant.place(), f"{self.address}, which has administrator access")
        grant = self.near_administrator
        if grant is not None:
            return Step(grant.place(), f"{self.address}, which has nearly administrator access")
        way = next((way for way in self._ways if way.is_direct), None)
        return Step(way.place, f"{self.address}, which {way.what}") if way is not None else None

    @property
    def passes_any_role(self) -> Grant | None:
        """Return the grant that certainly lets the role pass every role to a service and is not part of an escalation.

        Source: IAM User Guide, "Grant a user permissions to pass a role to an AWS service".
        """
        action = "iam:PassRole"
        found = self.grants_that("passing", lambda grant: grant.allows(action))
        if not found or self.is_past_escalation or not self.limits.leave(action):
            return None
        if any(action in way.path.actions for way in self.escalations):
            return None
        return min(found, key=lambda grant: grant.is_conditional)

    @property
    def wide_services(self) -> list[tuple[Grant, list[str]]]:
        """Return the services whose every action is certainly allowed on every resource, with the first such grant of
        each policy.

        Grants that are part of administrator access or of an escalation are left out.
        """
        found = self.grants_that("service-wide", lambda grant: bool(grant.wide_services))
        if not found or self.is_past_escalation:
            return []
        taken = {(grant.source, action.partition(":")[0]) for way in self.escalations for action, grant in way.granting}
        limits = self.limits
        of_policies: dict[str, tuple[Grant, list[str]]] = {}
        for grant in found:
            for service in grant.wide_services:
                if (grant.source, service) not in taken and limits.leave_service(service):
                    services = of_policies.setdefault(grant.source, (grant, []))[1]
                    if service not in services:
                        services.append(service)
        return list(of_policies.values())

    def is_named_by(self, statement: Statement) -> bool:
        """Return whether the role itself is among the resources of a statement: by reference, by name or by pattern."""
        own, names = self._named
        if not statement.names_resources:
            excepted = statement.texts("NotResource")
            return bool(excepted) and not any(self._is_meant(value, own, names, statement, True) for value in excepted)
        return any(self._is_meant(value, own, names, statement) for value in statement.texts("Resource"))

    def _may_be_named_by(self, statement: Statement) -> bool:
        """Return whether the role possibly is among the resources of a statement."""
        own, names = self._named
        if not statement.names_resources:
            return not any(self._is_meant(value, own, names, statement) for value in statement.texts("NotResource"))
        return any(self._is_meant(value, own, names, statement, True) for value in statement.texts("Resource"))

    def _is_meant(self, value: Value, own: str, names: dict[str, str], statement: Statement, may: bool = False) -> bool:
        """Return whether a resource of a statement includes the role; with `may`, whether it possibly does."""
        match value:
            case Known(Text() as text):
                if wildcard(_lettered(text, names, is_literal=statement.has_literals), own):
                    return True
                # What fills a hole is a part of a name, and a name that AWS generates is written nowhere.
                is_named = may and not isinstance(self.name, Absent)
                if is_named and wildcard(_widest(text, is_literal=statement.has_literals), own):
                    return True
                if text.flat.startswith("arn:") and ":role" not in text.flat:
                    return False
            case Unknown() as unknown if unknown.ref is None or (may and not is_given(unknown)):
                return may
            case _:
                pass
        target = self._stack.links.target(value, ROLE_NAMES)
        return target is not None and target.address == self.address

    @property
    def _named(self) -> tuple[str, dict[str, str]]:
        """Return the ARN of the role as a pattern, and a map of its unknown parts to placeholder letters."""
        own, names = self._stack.scenario.per_scenario(("arn", self.key), self._arn)
        return own, dict(names)

    def _arn(self) -> tuple[str, dict[str, str]]:
        names: dict[str, str] = {}
        row = POLICY_HOLDERS[self.resource.type]
        path, prefix = (
            dig(self.resource.properties, where) if where else Absent(self.resource.at)
            for where in (row.path, row.prefix)
        )
        match path:
            case Known(Text() as text):
                below = _lettered(text, names)
            case Absent():
                below = "/"
            case _:
                below = OPAQUE
        match self.name, prefix:
            case (Known(Text() as text), _):
                name = _lettered(text, names)
            case (Absent(), Known(Text() as text)):
                name = f"{_lettered(text, names)}*"
            case (Absent(), Absent()):
                start = row.given.replace(STACK_NAME, _letter(STACK_NAME, names))
                name = f"{start.format(self.address.rpartition('.')[2])}*"
            case _:
                name = OPAQUE
        return f"arn:aws:iam::{ACCOUNT}:role{below}{name}", names

    def lets_role(self, address: str, *, by_name: bool) -> Admission | None:
        """Return where the trust policy lets another role of the root assume this one, or names it."""
        return admission_of_role(
            self._admitted("AWS"),
            lambda value: (
                (target := self._stack.links.target(value, ROLE_NAMES)) is not None and target.address == address
            ),
            by_name=by_name,
        )

    def lets_service(self, services: tuple[str, ...]) -> Admission | None:
        """Return where the trust policy lets one of some services assume the role."""
        return admission_of_service(self._admitted("Service"), services)

    @property
    def _trusting_roles(self) -> list[Role]:
        """Return the roles of the root whose trust policies let anything but a service assume them."""
        return self._stack.scenario.per_scenario(
            "trusting roles", lambda: [role for role in self._stack.roles if role._admitted("AWS")]
        )

    def _admitted(self, kind: str) -> list[Admitted]:
        # Every other role of the root looks at them.
        return self._stack.scenario.per_scenario(
            ("admitted", kind, self.key), lambda: admitted(self._trust_document.statements, kind)
        )

    @property
    def unknown_trust(self) -> Unknown | None:
        """Return the unknown that decides whom else the trust policy lets assume the role; None if there is none."""
        return self._stack.scenario.per_scenario(
            ("unknown admission", self.key), lambda: unknown_admission(self._trust_document)
        )


class Acting:
    """How a role gets further permissions: the escalations of its own, and the other roles of the root that it can act
    as, certainly or in doubt.
    """

    __slots__ = ("doubtful", "hops", "ways")

    def __init__(
        self, ways: list[Escalation], hops: list[tuple[Role, Escalation]], doubtful: list[tuple[Role, Doubt]]
    ) -> None:
        self.ways = ways
        self.hops = hops
        self.doubtful = doubtful


class InstanceProfile:
    """An instance profile: declared in the root, created by a service for a role, or only named by the root.

    `resource` is the declaring resource, None outside the root; then `named_by` is the launch that names the profile,
    by the value `name`.
    """

    __slots__ = ("_role", "_stack", "at", "name", "named_by", "resource")

    def __init__(
        self,
        stack: IdentityRelations,
        at: Span,
        resource: Resource | None = None,
        named_by: ProfileUser | None = None,
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
        """Return what identifies the profile in every scenario of its root."""
        return (
            self.resource.address if self.resource is not None else f"of {self.named_by.key if self.named_by else ''}"
        )

    @property
    def address(self) -> str:
        """Return the profile's address; where the root only names it, that of the launch."""
        if self.resource is not None:
            return self.resource.address
        return self.named_by.resource.address if self.named_by is not None else ""

    @property
    def exists(self) -> bool | None:
        """Return whether this scenario has the profile."""
        if self.resource is not None:
            return self.resource.exists
        return self.named_by.exists if self.named_by is not None else True

    @property
    def launches(self) -> tuple[ProfileUser, ...]:
        """Return the launches that use the profile, in the order of the text."""
        return self._stack.launches_with(self)

    @property
    def applications(self) -> tuple[ProfileUser, ProfileUser, str] | None:
        """Return two launches with the same role that name different applications or environments, and the tag that
        shows it.
        """
        role = self.role
        if not isinstance(role, Known):
            return None
        profiles = self._stack.profiles_of(role.value)
        launches = {launch.key: launch for profile in profiles for launch in profile.launches}
        return distinct_applications(tuple(launches.values())) if len(launches) > 1 else None

    @property
    def role(self) -> MaybeRole:
        """Return the one role in the profile."""
        return self._stack.scenario.per_scenario(("role", self.key), self._one_role)

    def _one_role(self) -> MaybeRole:
        value = self._role_name()
        found = self._stack.links.target(value, ROLE_NAMES, self._written_in)
        if found is not None:
            return Known(Role(self._stack, found), value.at, value.trail)
        match value:
            case Known(Text() as name):
                if name.plain == "":
                    return Absent(value.at, value.trail)
                named = resolve_reference(value, self._stack.links, self._written_in)
                if name.starts_with("arn:") and named is not None and named.kind != "role":
                    reason = Reason(f'"{name.display}", which is not a role', value.at)
                    return Unknown((reason,), value.at, present=True, trail=value.trail)
                reason = Reason(f'role "{name.display}", which is not declared here', value.at)
                return Unknown((reason,), value.at, present=True, trail=value.trail)
            case Known():
                return Unknown(
                    (Reason("a value that is not the name of a role", value.at),), value.at, True, value.trail
                )
            case _:
                return value

    @property
    def is_accepted(self) -> bool:
        """Return whether the profile, or the role in it, is an accepted one that is declared elsewhere."""
        account = self._stack.account
        if self.resource is None and self._role is None:
            name = as_text(self.name) if self.name is not None else None
            return name is not None and account.accepts_profile(name)
        value = self._role_name()
        name = as_text(value)
        declared = self._stack.links.target(value, ROLE_NAMES, self._written_in)
        return name is not None and account.accepts_role(name) and declared is None

    @property
    def is_in_use(self) -> bool | None:
        """Return whether anything may use the profile; None if only its name may be used elsewhere.

        A profile without a name can be used by reference only, because AWS generates its name.
        """
        if self.resource is None or self.launches or self._stack.may_refer_to(self.resource):
            return True
        return False if isinstance(self.effective_name, Absent) else None

    @property
    def effective_name(self) -> Value:
        """Return the profile's name, or the name by which a launch refers to a profile that is declared elsewhere."""
        if self.resource is None:
            return self.name if self.name is not None else Absent(self.at)
        return dig(self.resource.properties, PROFILE_NAMES[self.resource.type])

    @property
    def _written_in(self) -> Resource | None:
        """Return the resource that names the role."""
        return self.resource or (self.named_by.resource if self.named_by is not None else None)

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
        """Return the Unknown for a profile that the root does not declare."""
        match self.name:
            case Unknown() as unknown:
                return unknown.reasons
            case Known(Text() as text):
                return (Reason(f'instance profile "{text.display}", which is not declared here', self.at),)
            case _:
                return (Reason("an instance profile that is not declared here", self.at),)

    @property
    def role_references(self) -> tuple[Reference, ...]:
        """Return the reference at each place where the profile certainly names a role."""
        values = (
            value
            for value in spread(self._roles())
            if as_text(value) != "" and (isinstance(value, Known) or (isinstance(value, Unknown) and value.present))
        )
        return tuple(
            found
            for value in values
            if (found := resolve_reference(value, self._stack.links, self._written_in)) is not None
        )

    def role_change(self, named: Reference) -> Change | None:
        """Return the change that names the role in the expected form."""
        holder = self.resource or (self.named_by.resource if self.named_by is not None else None)
        return rewrite_reference(named, self.role_form, ROLE_NAMES, holder, self._stack.links) if holder else None

    @property
    def old_roles_change(self) -> Change | None:
        """Return the change from the removed list argument to the current argument, for a list of one role."""
        at = self.old_roles
        if at is None or self.resource is None:
            return None
        roles, _ = PROFILE_TYPES[self.resource.type]
        is_named = not isinstance(dig(self.resource.properties, roles), Absent)
        return None if is_named else RenameChange(at, roles[0], is_single=True)

    @property
    def role_form(self) -> str:
        """Return how the role has to be named: by "name", or by "arn" where a service makes the profile."""
        return "name" if self.resource is not None else "arn"

    @property
    def names_no_role(self) -> bool:
        """Return whether the value in the role's place is an instance profile, or refers to nothing."""
        return any(named.kind == "profile" or named.is_nothing for named in self.role_references)

    @property
    def old_roles(self) -> Span | None:
        """Return where the profile uses the argument `roles`, which Terraform's provider had before 3.0."""
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
        """Return the places on the path from the launches to the profile's role, as steps of a report."""
        return self._stack.scenario.per_scenario(("path", self.key), self._steps)

    def _steps(self) -> tuple[Step, ...]:
        role = self.role
        steps = [
            Step(
                launch.profile_at,
                f"{launch.address} launches with {self.description}",
                link=Link.LAUNCH,
                joint=self.address,
                before=launch.to_template if launch.profile_holder != launch.address else None,
            )
            for launch in self.launches
        ]
        if self.resource is not None and isinstance(role, Known | Unknown):
            at = role.trail[0].at if role.trail else role.at
            steps.append(Step(at, f"{self.address} holds the role", link=Link.ROLE, joint=self.address))
        return tuple(steps)

    @property
    def holder(self) -> str:
        """Return what references the role, for messages: the profile, or a launch whose service creates the profile."""
        return self.description if self.resource is not None else self.address

    @property
    def description(self) -> str:
        """Describe the profile for messages."""
        return f"instance profile {self.resource.address}" if self.resource is not None else "this instance profile"


class PolicySource:
    """A resource that holds or attaches policies, or a policy document."""

    __slots__ = ("_row", "_stack", "resource")

    def __init__(self, stack: IdentityRelations, resource: Resource, row: PolicyHolder) -> None:
        self._stack = stack
        self._row = row
        self.resource = resource

    @property
    def kind(self) -> str:
        """Return the kind in the table of policy holders: "role", "inline", "policy", "attachment"..."""
        return self._row.kind

    @property
    def key(self) -> str:
        """Return what identifies the holder in every scenario of its root."""
        return self.resource.address

    @property
    def address(self) -> str:
        """Return the holder's logical id or resource address."""
        return self.resource.address

    @property
    def exists(self) -> bool | None:
        """Return whether this scenario has the holder."""
        return self.resource.exists

    @property
    def launches(self) -> tuple[ProfileUser, ...]:
        """Return the launches whose instances get the policies."""
        found = {
            launch.key: launch
            for role in self.roles
            for profile in self._stack.profiles_of(role)
            for launch in profile.launches
        }
        # What a builder of images is granted goes to the role that is made for its instance.
        return tuple(found.values()) or (self._stack.written_in(self.address) if self.kind == "identity" else ())

    @property
    def profiles(self) -> tuple[InstanceProfile, ...]:
        """Return the instance profiles that hold a role with the policies."""
        return tuple(profile for role in self.roles for profile in self._stack.profiles_of(role))

    @property
    def path(self) -> tuple[Step, ...]:
        """Return the places on the path from the launches to the policies, as steps of a report."""
        return _path(self.profiles)

    @property
    def roles(self) -> tuple[Role, ...]:
        """Return the roles of the root that get the policies."""
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
            charge(_STEPS_A_ROLE)
            target = self._stack.links.target(value, ROLE_NAMES, self.resource)
            if target is not None:
                found.append(Role(self._stack, target))
        return found

    @property
    def roles_elsewhere(self) -> Iterator[Known[Text]]:
        """Yield the names of roles that get the policies and that the root does not declare."""
        for source in self._naming_roles():
            yield from source._names_elsewhere()

    def _naming_roles(self) -> Iterator[PolicySource]:
        """Yield what names the roles that get the policies: the resource itself, and what attaches it."""
        attaching = self._stack.attaching(self.resource) if self._row.kind == "policy" else ()
        yield from (source for source in (self, *attaching) if source.exists is not False)

    def _names_elsewhere(self) -> Iterator[Known[Text]]:
        for value in at_paths(self.resource.properties, self._row.roles):
            charge(_STEPS_A_ROLE)
            if self._stack.links.target(value, ROLE_NAMES, self.resource) is None:
                name = self._looked_up(value)
                match name:
                    case Known(Text() as text):
                        yield Known(text, value.trail[0].at if value.trail else value.at)
                    case _:
                        pass

    def _looked_up(self, value: Value) -> Value:
        """Return a name, or the one by which a data source looks up what it is read of."""
        if isinstance(value, Unknown) and value.ref is not None:
            for link in value.ref.chain():
                found = self._stack.resource(link.resource.address)
                if found is not None and found.data and found.type in ROLE_NAMES:
                    return dig(found.properties, ("name",))
        return value

    @property
    def raising(self) -> Grant | None:
        """Return the first grant that may be a part of administrator access, or of a way to it, with what other
        policies give.
        """
        return next((grant for grant in self.own_grants if may_lead_to_more(grant)), None)

    @property
    def unknown_roles(self) -> Iterator[Unknown]:
        """Yield the unknown names of roles that get the policies: they may be the name of any role."""
        for source in self._naming_roles():
            yield from source._unknown_names()

    def _unknown_names(self) -> Iterator[Unknown]:
        for value in at_paths(self.resource.properties, self._row.roles):
            if isinstance(value, Unknown) and (value.ref is None or self._may_be_any_role(value.ref)):
                charge(_STEPS_A_ROLE)
                if self._stack.links.target(value, ROLE_NAMES, self.resource) is None:
                    yield value

    def _may_be_any_role(self, ref: Ref) -> bool:
        """Return whether a reference is to something that may hold the name of any role: not to a role, nor to what
        generates a name.
        """
        found = self._stack.resource(ref.resource.address)
        if found is None:
            return True
        if found.type.startswith(_GENERATOR):
            return False
        return found.type not in ROLE_NAMES or (found.data and not isinstance(dig(found.properties, ("name",)), Known))

    @property
    def is_attached(self) -> bool:
        """Return whether a role, user or group, in the root or named elsewhere, gets the policies."""
        if self._row.kind in ("role", "identity", "attachment", "inline"):
            return True
        named = any(True for _ in at_paths(self.resource.properties, (*self._row.roles, *self._row.others)))
        return named or bool(self._stack.attaching(self.resource))

    def attached_to(self, role: Role) -> tuple[str, ...]:
        """Return the addresses of the resources that attach the policy to a role."""
        return tuple(
            other.address
            for other in self._stack.attaching(self.resource)
            if other.exists is not False and any(reached.address == role.address for reached in other.roles)
        )

    @property
    def limits(self) -> list[Limits]:
        """Return what denials and boundaries leave of the grants, for each identity that gets the policies."""
        roles = self.roles
        if roles:
            return [role.limits for role in roles]
        where = self._row.boundary
        boundary = dig(self.resource.properties, where) if where else Absent(self.resource.at)
        return [limits_of(list(self.statements), boundary, self._stack.policy_of(boundary))]

    def attached_arns(self) -> Iterator[Value]:
        """Yield the ARNs of the managed policies that the resource attaches."""
        return at_paths(self.resource.properties, self._row.arns)

    def address_at(self, at: Span) -> str:
        """Return the address of the policy document around a place, else the holder's own."""
        return self._stack.document_around(at) or self.address

    @property
    def grants(self) -> Iterator[Grant]:
        """Yield the grants of the resource, in the order of the text; last, those that only several statements give
        together.
        """
        own = list(self.own_grants)
        # Statements of a document count where they end up: in a policy, or in another document that may override them.
        if self._is_document_elsewhere(own):
            return
        yield from own
        union: Grant | None = None
        if self._row.kind == "role":
            union = Role(self._stack, self.resource).together
        elif not self.roles:
            union = together([grant for grant in own if is_wide(grant)], lambda: self.limits)
        if union is not None:
            yield union

    def _is_document_elsewhere(self, own: list[Grant]) -> bool:
        return (
            self._row is POLICY_DOCUMENT
            and any(is_wide(grant) for grant in own)
            and (self._stack.is_used(self.resource) or self._stack.is_taken(self.resource))
        )

    @property
    def wide(self) -> Iterator[Grant]:
        """Yield the first grant of each policy that gives, or may give, administrator access."""
        reported: set[str] = set()
        for grant in self.grants:
            is_wide = grant.administrator
            if (not isinstance(is_wide, Known) or is_wide.value) and grant.source not in reported:
                reported.add(grant.source)
                yield grant

    @property
    def own_grants(self) -> Iterator[Grant]:
        """Yield the grants of single statements and attachments."""
        for arn in self.attached_arns():
            charge(_STEPS_AN_ATTACHMENT)
            if not is_granted_elsewhere(arn):
                yield from self._attachment(arn)
        for value in at_paths(self.resource.properties, (self._row.inline_names,) if self._row.inline_names else ()):
            if not self._is_declared(value):
                part = f"inline {value.at.key()}"
                yield Grant(self, value.at, part, source=part, unknown=_open_name(value))
        for path in self._row.documents:
            for value in at_path(self.resource.properties, path):
                policy = document(value)
                source = f"document {policy.at.key()}"
                for statement in policy.statements:
                    # Who asks looks through it; a policy of many roles is asked for with each of them.
                    charge(_STEPS_A_STATEMENT)
                    if not statement.names_principals:
                        part = f"statement {statement.at.key()}"
                        yield Grant(self, statement.at, part, source=source, statement=statement)
                if policy.more is not None and self._row is not POLICY_DOCUMENT:
                    yield Grant(self, policy.more.at, source, source=source, unknown=policy.more)

    def _is_declared(self, name: Value) -> bool:
        """Return whether a name is that of an inline policy which the root declares."""
        ref = name.ref if isinstance(name, Known | Unknown) else None
        if ref is not None and any(link.resource.type in POLICY_HOLDERS for link in ref.chain()):
            return True
        return as_text(name) in self._stack.inline_names

    @property
    def statements(self) -> Iterator[Statement]:
        """Yield the statements of the policies that the resource holds, and of attached AWS managed policies."""
        for path in self._row.documents:
            for value in at_path(self.resource.properties, path):
                statements = document(value).statements
                charge(_STEPS_A_STATEMENT * len(statements))
                yield from (statement for statement in statements if not statement.names_principals)
        for arn in self.attached_arns():
            managed = attached_policy(arn)
            yield from managed.statements if managed is not None else ()

    def _attachment(self, arn: Value) -> Iterator[Grant]:
        place = arn.trail[0].at if arn.trail else arn.at
        part = f"arn {place.key()}"
        if self._stack.policy_of(arn, self.resource) is not None:
            return
        managed = attached_policy(arn)
        if managed is not None:
            for number, statement in enumerate(managed.statements):
                charge(_STEPS_A_ROLE)
                yield Grant(self, arn.at, f"{part} {number}", source=part, statement=statement, managed=managed)
            return
        match arn:
            case Known(Text() as text):
                yield Grant(self, arn.at, part, source=part, unknown=not_known(text, arn.at))
            case Unknown():
                unknown = Unknown(arn.reasons, arn.at, True, arn.trail)
                yield Grant(self, arn.at, part, source=part, unknown=unknown)
            case _:
                pass


def _open_name(name: Value) -> Unknown:
    """Return the Unknown for an inline policy that is only named."""
    if isinstance(name, Unknown):
        return Unknown(name.reasons, name.at, True, name.trail)
    return Unknown((Reason(f'inline policy "{as_text(name)}", which is not declared here', name.at),), name.at)


def _lettered(text: Text, names: dict[str, str], *, is_literal: bool = False) -> str:
    """Return a text with one placeholder letter for each unknown, the same letter for the same unknown."""
    return normal_arn(text, lambda hole: _letter(hole.value.identity or hole.label, names), is_literal=is_literal)


def _widest(text: Text, *, is_literal: bool) -> str:
    """Return a text as the pattern of all that it may be, whatever fills its holes."""
    return normal_arn(text, lambda hole: OPAQUE if is_given(hole.value) else "*", is_literal=is_literal)


def _letter(name: str, names: dict[str, str]) -> str:
    return names.setdefault(STACK_NAME if name.startswith(STACK_NAME) else name, chr(_FIRST_LETTER + len(names)))


def _path(profiles: tuple[InstanceProfile, ...]) -> tuple[Step, ...]:
    return (
        *(
            Step(profile.at, f"reaches {profile.description}", link=Link.PROFILE, joint=profile.address)
            for profile in profiles
        ),
        *(step for profile in profiles for step in profile.path),
    )

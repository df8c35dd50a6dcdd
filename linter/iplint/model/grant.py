"""What policies grant: administrator access, most of it, or ways to more permissions."""

from __future__ import annotations

from iplint.aws.actions import IAM_WRITES, receivers, service_targets
from iplint.aws.conditions import admits
from iplint.aws.identity_types import POLICY_HOLDERS, POLICY_LOOKUPS
from iplint.aws.policy import (
    EVERY_ACTION,
    Limits,
    document,
    is_every_action,
    managed_policy_path,
    mean_together,
    targets,
)
from iplint.budget import charge
from iplint.model.walk import at_path
from iplint.value import HOLE, Absent, Known, Reason, Seq, Step, Text, Unknown, as_text, charge_nested, merged_reasons

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Protocol

    from iplint.aws.escalation import Path
    from iplint.aws.managed_policies import ManagedPolicy
    from iplint.aws.policy import Statement
    from iplint.aws.trust import Admission
    from iplint.location import Span
    from iplint.resource import Resource
    from iplint.value import Value

    # What actions may be used by.
    Usable = dict[str, list["Grant"]]

    class Holder(Protocol):
        """The policy source of a grant: see PolicySource."""

        @property
        def key(self) -> str:
            """Return what identifies the holder in every scenario of its root."""
            ...

        @property
        def limits(self) -> list[Limits]:
            """Return what denials and boundaries leave, for each identity that gets the policies."""
            ...

        def address_at(self, at: Span) -> str:
            """Return the address of the resource to edit for a statement at a place."""
            ...

    class Identity(Protocol):
        """The role that has a grant, or that a grant lets others act as: see Role."""

        @property
        def address(self) -> str:
            """Return the role's logical id or resource address."""
            ...

        @property
        def profiles(self) -> tuple[object, ...]:
            """Return the instance profiles that hold the role."""
            ...

        def is_named_by(self, statement: Statement) -> bool:
            """Return whether the role itself is among the resources of a statement."""
            ...

        def lets_role(self, address: str, *, by_name: bool) -> Admission | None:
            """Return where the trust policy lets another role of the root assume this one, or names it."""
            ...

        def lets_service(self, services: tuple[str, ...]) -> Admission | None:
            """Return where the trust policy lets one of some services assume the role."""
            ...

        @property
        def unknown_trust(self) -> Unknown | None:
            """Return the unknown that decides whom else the trust policy admits; None if there is none."""
            ...


# Actions that give a role every permission when it may do them to itself.
ON_ITSELF = ("iam:PutRolePolicy", "iam:AttachRolePolicy")

# What an action costs that is looked up for a grant, in steps of the budget.
STEPS_AN_ACTION = 2

# Services that only carry the messages of the agent of AWS Systems Manager on the instance itself: nothing is to be
# narrowed. Systems Manager User Guide, "Create a custom IAM role for Session Manager".
AGENT_SERVICES = ("ec2messages", "ssmmessages")


class Grant:
    """A permission that a policy grants: one statement, an attached managed policy, or an unknown policy.

    `at` is the place of the statement or of the attachment, `source` identifies the policy. `part` distinguishes the
    grants of one holder, and is the same in every scenario. `what` describes the permission.
    """

    __slots__ = ("_unknown", "at", "holder", "managed", "part", "source", "statement")

    def __init__(
        self,
        holder: Holder,
        at: Span,
        part: str,
        *,
        source: str = "",
        statement: Statement | None = None,
        managed: ManagedPolicy | None = None,
        unknown: Unknown | None = None,
    ) -> None:
        self.holder = holder
        self.at = at
        self.part = part
        self.source = f"{holder.key} {source}"
        self.statement = statement
        self.managed = managed
        self._unknown = unknown

    @property
    def address(self) -> str:
        """Return the resource to edit: the holder of the statement, or the attachment."""
        return self.holder.address_at(self.at)

    def place(self, action: str = EVERY_ACTION) -> Span:
        """Return where an action is granted: the action as it is written, or else the attachment or the statement."""
        if self.statement is None or self.managed is not None:
            return self.at
        return self.statement.place(action) or self.at

    @property
    def what(self) -> str:
        """Describe what is granted."""
        if self.managed is not None:
            return f"the managed policy {self.managed.name}"
        if self.is_broad:
            whole = any(self.raises(limits) for limits in self.holder.limits)
            return "every action on every resource" if whole else "every action outside of IAM"
        return "every action of IAM" if self.opens_iam else "what the statement names"

    @property
    def related(self) -> tuple[Step, ...]:
        """Return the places of further grants that are needed with this one."""
        return ()

    @property
    def is_broad(self) -> bool | None:
        """Return whether every action on every resource is allowed, but for exceptions."""
        if self.statement is not None:
            grants = self.statement.grants
            return False if grants is False else _both(grants, self.statement.is_broad)
        return None if self._unknown is not None else False

    @property
    def opens_iam(self) -> bool | None:
        """Return whether actions are allowed that raise privileges."""
        if self.statement is not None:
            grants = self.statement.grants
            return False if grants is False else _both(grants, self.statement.opens_iam)
        return None if self._unknown is not None else False

    def raises(self, limits: Limits) -> bool:
        """Return whether the grant certainly allows a privilege-raising action that denials and boundaries leave."""
        if not self.opens_iam:
            return False
        statement = self.statement
        return any(statement is None or statement.covers(action) for action in limits.iam)

    @property
    def administrator(self) -> Known[bool] | Unknown:
        """Return whether this grant alone gives administrator access, less denials and visible boundaries."""
        broad = self.is_broad
        whole = broad if broad is False else _both(broad, self.opens_iam)
        if whole is None:
            return self._undecided()
        return Known(whole and any(limits.broad and self.raises(limits) for limits in self.holder.limits), self.at)

    @property
    def may_be_administrator(self) -> bool:
        """Return whether this grant alone gives, or may give, administrator access."""
        match self.administrator:
            case Known(value=value):
                return value
            case Unknown():
                return True

    @property
    def near_administrator(self) -> Known[bool] | Unknown:
        """Return whether this grant gives most of administrator access but not all: everything outside IAM, or all of
        IAM.
        """
        match self.administrator:
            case Known(value=False):
                pass
            case _:
                return Known(False, self.at)
        if self.statement is None or self.statement.is_out_of_reach:
            return Known(False, self.at)
        if self.is_broad:
            return Known(any(limits.broad for limits in self.holder.limits), self.at)
        opens_iam = self.opens_iam
        whole = opens_iam if opens_iam is False else _both(self.statement.grants, self.statement.is_all_of_iam)
        if whole is None:
            return self._undecided()
        return Known(whole and any(self.raises(limits) for limits in self.holder.limits), self.at)

    def may_be_used(self, action: str) -> bool:
        """Return whether an action is certainly usable on some resource: an instance may meet the condition, and the
        condition does not restrict the resources.
        """
        statement = self.statement
        return (
            statement is not None
            and statement.covers_action(action) is True
            and statement.grants is True
            and not statement.is_narrowed_for_good
        )

    def may_reach(self, action: str) -> bool:
        """Return whether an action may be usable on some resource."""
        statement = self.statement
        return (
            statement is not None
            and statement.covers_action(action) is not False
            and statement.grants is not False
            and not statement.is_narrowed_for_good
        )

    @property
    def unknown_part(self) -> Unknown | None:
        """Return what is unknown of the statement; None where it decides whether the grant gives administrator access,
        or nearly: that is reported on its own.
        """
        is_open = self.statement is not None and any(
            True
            for element in ("Effect", "Action", "NotAction", "Resource", "NotResource")
            for _ in _unknowns(self.statement.element(element))
        )
        verdicts = (self.administrator, self.near_administrator) if is_open else ()
        return None if not is_open or any(isinstance(verdict, Unknown) for verdict in verdicts) else self._undecided()

    def may_raise(self, limits: Limits) -> Unknown | None:
        """Return the unknown that decides whether the holder can give itself permissions, if there is one.

        None also where the same unknown decides whether the grant gives administrator access, or nearly.
        """
        from iplint.aws.escalation import ITSELF

        statement = self.statement
        if statement is None or statement.grants is False or statement.is_narrowed_for_good:
            return None
        is_open = any(statement.covers(action) is None and limits.leave(action) for action in ITSELF)
        verdicts = (self.administrator, self.near_administrator) if is_open else ()
        return None if not is_open or any(isinstance(verdict, Unknown) for verdict in verdicts) else self._undecided()

    def may_pass_to(self, services: tuple[str, ...]) -> bool:
        """Return whether a role may be passed to one of these services, as far as the condition allows."""
        return self.statement is not None and admits(
            self.statement.element("Condition"), "iam:passedtoservice", services
        )

    def allows(self, action: str, role: Identity | None = None) -> bool:
        """Return whether an action is certainly allowed on every resource that it applies to.

        For some actions it is enough that `role` can do them to itself, because it then has every permission.
        """
        statement = self.statement
        if statement is None or not self.may_be_used(action):
            return False
        if statement.covers(action) is True:
            return True
        return role is not None and action in ON_ITSELF and role.is_named_by(statement)

    def names(self, role: Identity) -> bool:
        """Return whether a role is among the resources of the statement."""
        return self.statement is not None and role.is_named_by(self.statement)

    def may_allow(self, actions: Iterable[str]) -> bool:
        """Return whether the statement may name one of these actions, whatever its effect and resources are."""
        statement = self.statement
        return statement is not None and any(statement.covers_action(action) is not False for action in actions)

    @property
    def services(self) -> list[str]:
        """Return the services whose every action is named, by patterns for one service."""
        patterns = self.statement.action_patterns() if self.statement is not None else []
        found = [pattern[:-2] for pattern in patterns if pattern.endswith(":*")]
        return [service for service in found if not {"*", "?"}.intersection(service) and service not in AGENT_SERVICES]

    @property
    def wide_services(self) -> list[str]:
        """Return the services whose every action is allowed on every resource."""
        statement = self.statement
        if statement is None or statement.grants is not True or statement.is_out_of_reach:
            return []
        if statement.is_on_everything:
            return self.services
        return [
            service
            for service in self.services
            if any(statement.covers_resource(target) for target in service_targets(service))
        ]

    @property
    def is_conditional(self) -> bool:
        """Return whether a condition narrows the grant."""
        return self.statement is not None and self.statement.is_conditional

    @property
    def is_narrowed(self) -> bool:
        """Return whether a condition, or a limit of every role that gets the grant, may narrow it."""
        return self.is_conditional or all(limits.uncertain for limits in self.holder.limits)

    def _undecided(self) -> Unknown:
        if self._unknown is not None or self.statement is None:
            return self._unknown or Unknown((Reason("the policy", self.at),), self.at)
        statement = self.statement
        reasons = merged_reasons(
            value
            for element in ("Effect", "Action", "NotAction", "Resource", "NotResource")
            for value in _unknowns(statement.element(element))
        )
        return Unknown(reasons or (Reason("a part of the statement", self.at),), self.at)


class Union(Grant):
    """Several grants of one identity that together give administrator access; reported at one of them."""

    __slots__ = ("_grants",)

    def __init__(self, grants: list[Grant]) -> None:
        last = grants[-1]
        super().__init__(
            last.holder, last.at, "together", source="together", statement=last.statement, managed=last.managed
        )
        self._grants = grants

    @property
    def what(self) -> str:
        """Describe what is granted."""
        return f"every action on every resource, by {len(self._grants)} statements or policies together"

    @property
    def related(self) -> tuple[Step, ...]:
        """Return the other grants of the union."""
        return tuple(Step(grant.at, f"{grant.address} gives {grant.what}") for grant in self._grants[:-1])

    @property
    def is_conditional(self) -> bool:
        """Return whether a condition narrows one of the grants."""
        return any(grant.is_conditional for grant in self._grants)

    @property
    def administrator(self) -> Known[bool] | Unknown:
        """Return whether the grants together give administrator access."""
        return Known(True, self.at)


class Possible(Grant):
    """A grant with an unknown effect, action or resource, taken as allowing whatever it may allow.

    An unknown part of a resource is a part of a name: only an unknown of which nothing is written may be all resources.
    """

    __slots__ = ("grant", "unknown")

    def __init__(self, grant: Grant, unknown: Unknown) -> None:
        super().__init__(grant.holder, grant.at, grant.part, statement=grant.statement)
        self.grant = grant
        self.unknown = unknown

    def may_be_used(self, action: str) -> bool:
        """Return whether an action may be usable on some resource."""
        return self.may_reach(action)

    def allows(self, action: str, role: Identity | None = None) -> bool:
        """Return whether an action may be allowed on every resource that it applies to."""
        statement = self.statement
        if statement is None or not self.may_reach(action):
            return False
        if all(statement.covers_resource(target) is not False for target in targets(action)):
            return True
        return role is not None and action in ON_ITSELF and role.is_named_by(statement)


class _TrustPolicy:
    """The trust policy of a role, as the holder of what it lets the roles do that it names."""

    __slots__ = ("key",)

    def __init__(self, address: str) -> None:
        self.key = address

    @property
    def limits(self) -> list[Limits]:
        """Return nothing: it is the role that is named that has limits."""
        return []

    def address_at(self, at: Span) -> str:
        """Return the address of the role with the trust policy."""
        del at
        return self.key


class Admitting(Grant):
    """What a trust policy lets a role do that it names: to assume the role with this policy."""

    __slots__ = ()

    def __init__(self, address: str, at: Span) -> None:
        super().__init__(_TrustPolicy(address), at, "trust")


class Escalation:
    """A privilege escalation that a role has: the published path, and the grants of each of its actions.

    `gain` says where it leads, if that is known: to another role of the root. `onward` are the places that continue
    from there.
    """

    __slots__ = ("_uncertain", "gain", "granting", "onward", "path")

    def __init__(
        self,
        path: Path,
        granting: list[tuple[str, Grant]],
        uncertain: bool,
        gain: str | None = None,
        onward: tuple[Step, ...] = (),
    ) -> None:
        self.path = path
        self.granting = granting
        self.gain = gain
        self.onward = onward
        self._uncertain = uncertain

    @property
    def first(self) -> Grant:
        """Return the grant of the path's first action."""
        return self.granting[0][1]

    @property
    def place(self) -> Span:
        """Return where the path's first action is granted."""
        action, grant = self.granting[0]
        return grant.place(action)

    @property
    def what(self) -> str:
        """Describe the effect of the path and the actions that it takes."""
        *others, last = self.path.actions
        actions = f"{', '.join(others)} and {last}" if others else last
        return f"{self.gain or self.path.category} by {actions}"

    @property
    def is_direct(self) -> bool:
        """Return whether the path works without another principal, which may not exist or not trust the role."""
        from iplint.aws.escalation import PRINCIPAL

        return self.gain is not None or self.path.category != PRINCIPAL

    @property
    def is_new_power(self) -> bool:
        """Return whether the path needs nothing that exists already: it grants a permission or starts something new."""
        from iplint.aws.escalation import NEW, SELF

        return self.path.category in (SELF, NEW)

    @property
    def is_narrowed(self) -> bool:
        """Return whether a condition or an unsettled limit may narrow it."""
        return self._uncertain or any(grant.is_conditional for _, grant in self.granting)

    def followed_by(self, hop: Escalation) -> Escalation:
        """Return this escalation continued by one of the role that it leads to."""
        uncertain = self.is_narrowed or hop.is_narrowed
        return Escalation(self.path, self.granting, uncertain, self.gain, (*self.onward, *hop.steps))

    def leading_to(self, power: Step) -> Escalation:
        """Return this escalation with its target: a role, and what that role can do."""
        onward = (*self.onward, Step(power.at, power.message))
        return Escalation(self.path, self.granting, self._uncertain, f"can act as {power.message},", onward)

    @property
    def steps(self) -> tuple[Step, ...]:
        """Return where each action is granted, one step for each place, then the places that continue from there."""
        found: dict[object, tuple[Span, Grant, list[str]]] = {}
        for action, grant in self.granting:
            at = grant.place(action)
            found.setdefault(at.key(), (at, grant, []))[2].append(action)
        grants = (Step(at, f"{grant.address} grants {' and '.join(names)}") for at, grant, names in found.values())
        return (*grants, *self.onward)


class Doubt:
    """A grant that lets a role act as another of the root, where an unknown decides whether its trust policy does."""

    __slots__ = ("grant", "unknown")

    def __init__(self, grant: Grant, unknown: Unknown) -> None:
        self.grant = grant
        self.unknown = unknown


def not_known(arn: Text, at: Span) -> Unknown | None:
    """Return the Unknown for an attached policy that is not declared here; None where the value is no such ARN."""
    plain = arn.plain
    if plain is not None and not plain.startswith("arn:"):
        return None
    what = (
        "which is not declared here" if managed_policy_path(arn) is None else "which is not among the policies of AWS"
    )
    reasons = arn.reasons if plain is None else (Reason(f"policy {arn.display}, {what}", at),)
    return Unknown(reasons, at, present=True)


def is_granted_elsewhere(arn: Value) -> bool:
    """Return whether an ARN is read from another attachment, such as a role's list of managed policies: that attachment
    grants it.
    """
    ref = arn.ref if isinstance(arn, Known | Unknown) else None
    rows = [POLICY_HOLDERS.get(link.resource.type) for link in ref.chain()] if ref is not None else []
    return any(row is not None and row.kind == "attachment" for row in rows)


def together(grants: list[Grant], limits: Callable[[], list[Limits]]) -> Grant | None:
    """Return the grants that together give administrator access, if none does alone and the limits leave it."""
    broad = next((grant for grant in grants if grant.is_broad), None)
    if broad is not None:
        if not any(grant.opens_iam for grant in grants):
            return None
        for left in limits():
            raising = [grant for grant in grants if left.broad and grant.raises(left)]
            if raising:
                # What gives everything alone is reported alone, whatever comes before it.
                return None if any(grant.is_broad for grant in raising) else Union([broad, raising[0]])
        return None
    spread = [grant for grant in grants if grant.statement is not None and _spreads(grant.statement)]
    patterns = [
        pattern for grant in spread if grant.statement is not None for pattern in grant.statement.action_patterns()
    ]
    if not is_every_action(patterns) or not any(left.broad and left.iam for left in limits()):
        return None
    return Union(spread)


def _names_several(statement: Statement) -> bool:
    """Return whether one of the action patterns may match more than one service."""
    return any("*" in pattern.partition(":")[0] for pattern in statement.action_patterns())


def _spreads(statement: Statement) -> bool:
    """Return whether one pattern allows actions of more than one service on every resource."""
    return _names_several(statement) and statement.grants is True and statement.is_on_everything is True


def is_wide(grant: Grant) -> bool:
    """Return whether a grant may be a part of administrator access."""
    if grant.statement is None:
        return False
    return grant.is_broad is not False or grant.opens_iam is not False or _spreads(grant.statement)


def may_be_wide(grant: Grant) -> bool:
    """Return whether a grant may be a part of administrator access, whatever its effect and resources are."""
    statement = grant.statement
    if statement is None:
        return False
    return (
        statement.is_on_every_action is not False
        or (statement.may_speak_of(("iam",)) and grant.may_allow(IAM_WRITES))
        or _names_several(statement)
    )


def may_escalate(grant: Grant) -> bool:
    """Return whether a statement names an action that escalations need, whatever its effect and resources are."""
    if grant.statement is None:
        return False
    from iplint.aws.escalation import ACTIONS, SERVICES

    return grant.statement.may_speak_of(SERVICES) and grant.may_allow(ACTIONS)


def can_escalate(grant: Grant) -> bool:
    """Return whether a statement allows an action that escalations need, on something."""
    from iplint.aws.escalation import ACTIONS

    return any(grant.may_be_used(action) for action in ACTIONS)


def may_lead_to_more(grant: Grant) -> bool:
    """Return whether a grant may be a part of administrator access or of an escalation, whatever else a role has."""
    from iplint.aws.escalation import ACTIONS

    statement = grant.statement
    if statement is None:
        return grant.may_be_administrator
    if statement.grants is False or statement.is_narrowed_for_good:
        return False
    return (
        is_wide(grant)
        or any(statement.covers(action) is not False for action in ACTIONS)
        or any(grant.may_reach(action) for action in ON_ITSELF)
    )


def escalations(usable: Usable, role: Identity, limits: Limits) -> list[Escalation]:
    """Return the published paths whose actions are all granted, most severe first."""
    from iplint.aws.escalation import CATEGORIES, PATHS

    ways: list[Escalation] = []
    for path in PATHS:
        granting = _granting(path, path.actions, usable, role)
        if granting is not None:
            ways.append(Escalation(path, granting, limits.uncertain))
    return sorted(ways, key=lambda way: (CATEGORIES.index(way.path.category), way.is_narrowed, len(way.path.actions)))


def way_to(
    other: Identity, usable: Usable, role: Identity, limits: Limits, named: Callable[[Grant], bool] | None = None
) -> Escalation | Doubt | None:
    """Return how a role can act as another of the root that lets it: by assuming it, or by passing it to something.

    A Doubt where an unknown decides whether it lets it. `named` says which grants name the other role; those that
    certainly do by default.
    """
    from iplint.aws.escalation import ASSUME, BY_ASSUMING, NEW, PASS_ROLE, PATHS

    is_denied = any(other.is_named_by(statement) for statement in limits.denying(ASSUME))
    may_assume = usable.get(ASSUME, []) if not is_denied else []
    assuming = [grant for grant in may_assume if (named(grant) if named else grant.names(other))]
    by_trust = not is_denied and (bool(assuming) or limits.leave(ASSUME))
    trust = other.lets_role(role.address, by_name=not assuming) if by_trust else None
    if trust is not None:
        onward = (Step(trust.at, f"{other.address} trusts {role.address}"),) if assuming else ()
        by = assuming[0] if assuming else Admitting(other.address, trust.at)
        return Escalation(BY_ASSUMING, [(ASSUME, by)], limits.uncertain or trust.is_narrowed, None, onward)
    doubt = other.unknown_trust
    if assuming and doubt is not None:
        return Doubt(assuming[0], doubt)
    passing = [grant for grant in usable.get(PASS_ROLE, []) if (named(grant) if named else grant.names(other))]
    in_doubt: Doubt | None = None
    for path in PATHS if passing else ():
        if path.category != NEW or PASS_ROLE not in path.actions:
            continue
        services = receivers(path.actions)
        fitting = [grant for grant in passing if grant.may_pass_to(services)]
        trust = other.lets_service(services) if fitting else None
        if not fitting or (path.takes_profile and not other.profiles) or (trust is None and doubt is None):
            continue
        others = tuple(action for action in path.actions if action != PASS_ROLE)
        granting = _granting(path, others, usable, role)
        if granting is None:
            continue
        if trust is not None:
            onward = (Step(trust.at, f"{other.address} trusts {trust.name}"),)
            granting = [(PASS_ROLE, fitting[0]), *granting]
            return Escalation(path, granting, limits.uncertain or trust.is_narrowed, None, onward)
        if doubt is not None:
            in_doubt = in_doubt or Doubt(fitting[0], doubt)
    return in_doubt


def usable_actions(grants: list[Grant], limits: Limits) -> Usable:
    """Return the usable grants of each action that escalation paths need and the limits leave."""
    from iplint.aws.escalation import BY_SERVICE

    found: Usable = {}
    for grant in grants:
        statement = grant.statement
        if statement is None:
            continue
        named = statement.named_services
        covered = [
            action
            for service in (BY_SERVICE if named is None else BY_SERVICE.keys() & named)
            for action in BY_SERVICE[service]
            if statement.covers_action(action) is True
        ]
        charge(STEPS_AN_ACTION * len(covered))
        if covered and grant.may_be_used(covered[0]):
            for action in covered:
                found.setdefault(action, []).append(grant)
    return {action: using for action, using in sorted(found.items()) if limits.leave(action)}


def _granting(path: Path, actions: tuple[str, ...], usable: Usable, role: Identity) -> list[tuple[str, Grant]] | None:
    """Return the grants of each action of a path, one grant or several together; None if an action is not granted."""
    from iplint.aws.escalation import PASS_ROLE

    if not all(action in usable for action in actions):
        return None
    found: list[tuple[str, Grant]] = []
    for action in actions:
        grants = usable[action]
        if action == PASS_ROLE:
            services = receivers(path.actions)
            grants = [grant for grant in grants if grant.may_pass_to(services)]
        chosen = _together(action, grants, role)
        if not chosen:
            return None
        found += [(action, grant) for grant in chosen]
    return found


def _together(action: str, grants: list[Grant], role: Identity) -> list[Grant]:
    """Return the grant that allows an action, one without a condition first, or those that allow it together."""
    alone: Grant | None = None
    for grant in grants:
        charge(STEPS_AN_ACTION)
        if grant.allows(action, role):
            if not grant.is_conditional:
                return [grant]
            alone = alone or grant
    if alone is not None:
        return [alone]
    statements = [grant.statement for grant in grants if grant.statement is not None]
    if len(statements) < 2 or not all(mean_together(statements, action, target) for target in targets(action)):
        return []
    return grants


# How many services policies change something in that reach over the whole account.
MANY_SERVICES = 10
# How the actions begin that only look at something.
_READS = (
    "describe",
    "get",
    "list",
    "batchget",
    "lookup",
    "estimate",
    "validate",
    "view",
    "check",
    "search",
    "query",
    "scan",
    "filter",
    "read",
    "head",
    "preview",
)


def changed_services(grants: Iterable[Grant]) -> set[str]:
    """Return the services in which the grants allow changes, on any resources."""
    return {
        service
        for grant in grants
        if grant.statement is not None and grant.statement.grants
        for pattern in grant.statement.action_patterns()
        for service, _, verb in (pattern.partition(":"),)
        if verb and not verb.startswith(_READS)
    }


def limits_of(own: list[Statement], boundary: Value, declared: Resource | None) -> Limits:
    """Return what the denials among an identity's own statements leave, and the permission boundary if known: an AWS
    managed policy, or `declared` here.
    """
    if declared is not None:
        policies = [
            document(value)
            for path in POLICY_HOLDERS[declared.type].documents
            for value in at_path(declared.properties, path)
        ]
        if all(policy.more is None for policy in policies):
            return Limits(own, [statement for policy in policies for statement in policy.statements])
        return Limits(own, None, True)
    if isinstance(boundary, Absent) or as_text(boundary) == "":
        return Limits(own, None)
    managed = attached_policy(boundary)
    return Limits(own, None, True) if managed is None else Limits(own, managed.statements)


def attached_policy(arn: Value) -> ManagedPolicy | None:
    """Return the AWS managed policy that an ARN, name or data source refers to; None if it is another policy."""
    from iplint.aws.managed_policies import managed_policy

    match arn:
        case Known(Text() as text):
            name = named_policy(arn)
            if name is not None:
                return managed_policy(name, by_name=True)
            path = managed_policy_path(text)
            return managed_policy(path) if path is not None else None
        case _:
            return None


def named_policy(arn: Value) -> str | None:
    """Return the name by which a data source looks a policy up, where it is known."""
    for link in arn.ref.chain() if isinstance(arn, Known | Unknown) and arn.ref is not None else ():
        if link.resource.data and link.resource.type in POLICY_LOOKUPS:
            text = arn.value.flat if isinstance(arn, Known) and isinstance(arn.value, Text) else ""
            name = text.rpartition("/")[2]
            return name if name and HOLE not in name and f"{HOLE}:policy/" in text else None
    return None


def _both(left: bool | None, right: bool | None) -> bool | None:
    return False if left is False or right is False else None if left is None or right is None else True


def _unknowns(value: Value) -> Iterator[Unknown]:
    match value:
        case Unknown():
            yield value
        case Known(Seq() as items):
            for item in items:
                charge_nested(item)
                yield from _unknowns(item)
            if items.more is not None:
                yield items.more
        case Known(Text() as text):
            yield from (hole.value for hole in text.holes)
        case _:
            pass

"""What policies grant: administrator access, most of it, or ways to more permissions."""

from __future__ import annotations

from iplint.aws.identity_types import POLICY_HOLDERS
from iplint.aws.managed_policies import managed_policy
from iplint.aws.policy import (
    IAM_WRITES,
    Limits,
    document,
    is_administrator_access,
    is_every_action,
    managed_policy_path,
)
from iplint.model.walk import at_path
from iplint.value import Absent, Known, Reason, Seq, Step, Text, Unknown, charge_nested, merged_reasons

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from iplint.aws.escalation import Path
    from iplint.aws.managed_policies import ManagedPolicy
    from iplint.aws.policy import Statement
    from iplint.location import Span
    from iplint.model.identity import PolicySource, Role
    from iplint.model.stack import Stack
    from iplint.value import Value


# Actions by which a role gives itself every permission when it may do them to itself.
ON_ITSELF = ("iam:PutRolePolicy", "iam:AttachRolePolicy")

# Services that only carry the messages of the agent of AWS Systems Manager on the instance itself: nothing is to be
# narrowed. Systems Manager User Guide, "Create a custom IAM role for Session Manager".
AGENT_SERVICES = ("ec2messages", "ssmmessages")


class Grant:
    """One thing that grants something: a statement, or a managed policy that is attached; or what is not known of it.

    `part` distinguishes the grants of one holder, in every scenario alike. `what` says in words what may be granted.
    """

    __slots__ = ("_unknown", "at", "holder", "managed", "part", "statement")

    def __init__(
        self,
        holder: PolicySource,
        at: Span,
        part: str,
        *,
        statement: Statement | None = None,
        managed: ManagedPolicy | None = None,
        unknown: Unknown | None = None,
    ) -> None:
        self.holder = holder
        self.at = at
        self.part = part
        self.statement = statement
        self.managed = managed
        self._unknown = unknown

    @property
    def address(self) -> str:
        """Return the resource to edit: the holder of the statement, or the attachment."""
        return self.holder.address_at(self.at)

    @property
    def what(self) -> str:
        """Return what is granted, in words."""
        if self.managed is not None:
            return f"the managed policy {self.managed.name}"
        if self.is_broad:
            whole = any(self.raises(limits) for limits in self.holder.limits)
            return "every action on every resource" if whole else "every action outside of IAM"
        return "every action of IAM" if self.opens_iam else "what the statement names"

    @property
    def related(self) -> tuple[Step, ...]:
        """Further places that give what this one gives with them."""
        return ()

    @property
    def is_broad(self) -> bool | None:
        """Return whether every action on every resource is allowed, but for exceptions."""
        if self.statement is not None:
            grants = self.statement.grants
            return False if grants is False else _both(grants, self.statement.is_broad)
        return self.managed.broad if self.managed is not None else None if self._unknown is not None else False

    @property
    def opens_iam(self) -> bool | None:
        """Return whether actions are allowed that raise privileges."""
        if self.statement is not None:
            grants = self.statement.grants
            return False if grants is False else _both(grants, self.statement.opens_iam)
        return self.managed.iam if self.managed is not None else None if self._unknown is not None else False

    def raises(self, limits: Limits) -> bool:
        """Return whether it certainly allows an action that raises privileges and that the limits leave."""
        if not self.opens_iam:
            return False
        statement = self.statement
        return any(statement is None or statement.covers(action) for action in limits.iam)

    @property
    def administrator(self) -> Known[bool] | Unknown:
        """Return whether this alone gives administrator access, denials and visible boundaries counted."""
        broad = self.is_broad
        whole = broad if broad is False else _both(broad, self.opens_iam)
        if whole is None:
            return self._undecided()
        return Known(whole and any(limits.broad and self.raises(limits) for limits in self.holder.limits), self.at)

    @property
    def near_administrator(self) -> Known[bool] | Unknown:
        """Return whether this gives most of administrator access, and not all: all outside of IAM, or all of IAM."""
        match self.administrator:
            case Known(value=False):
                pass
            case _:
                return Known(False, self.at)
        if self.managed is not None:
            return Known(any(limits.broad for limits in self.holder.limits), self.at)
        if self.statement is None or self.statement.asks_for_mfa:
            return Known(False, self.at)
        if self.is_broad:
            return Known(any(limits.broad for limits in self.holder.limits), self.at)
        opens_iam = self.opens_iam
        whole = opens_iam if opens_iam is False else _both(self.statement.grants, self.statement.is_all_of_iam)
        if whole is None:
            return self._undecided()
        return Known(whole and any(self.raises(limits) for limits in self.holder.limits), self.at)

    def allows(self, action: str, role: Role | None = None) -> bool:
        """Return whether an action is certainly allowed on every resource that it can be done to.

        Of some actions it is enough that `role` can do them to itself: it then has every permission.
        """
        statement = self.statement
        if (
            statement is None
            or statement.grants is not True
            or statement.covers_action(action) is not True
            or statement.asks_for_mfa
        ):
            return False
        if statement.covers(action) is True:
            return True
        return role is not None and action in ON_ITSELF and role.is_named_by(statement)

    def may_allow(self, actions: Iterable[str]) -> bool:
        """Return whether a statement may mean one of some actions, whatever its effect and resources are."""
        statement = self.statement
        return statement is not None and any(statement.covers_action(action) is not False for action in actions)

    @property
    def services(self) -> list[str]:
        """Return the services of which every action is meant, by patterns that name one service."""
        patterns = self.statement.action_patterns() if self.statement is not None else []
        found = [pattern[:-2] for pattern in patterns if pattern.endswith(":*")]
        return [service for service in found if not {"*", "?"}.intersection(service) and service not in AGENT_SERVICES]

    @property
    def wide_services(self) -> list[str]:
        """Return the services of which every action on every resource is allowed."""
        statement = self.statement
        if statement is None or statement.grants is not True or statement.asks_for_mfa:
            return []
        if statement.is_on_everything:
            return self.services
        # A name that is a star stands for every resource of the kind, and in some services there is no other kind.
        return [service for service in self.services if statement.covers_resource(f"arn:aws:{service}:::?*")]

    @property
    def is_conditional(self) -> bool:
        """Return whether a condition narrows the grant."""
        return self.statement is not None and self.statement.is_conditional

    @property
    def is_narrowed(self) -> bool:
        """Return whether a condition, or something that limits every role reached, may narrow the grant."""
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
    """Several grants of one identity that give administrator access together; it is where one of them does."""

    __slots__ = ("_grants",)

    def __init__(self, grants: list[Grant]) -> None:
        last = grants[-1]
        super().__init__(last.holder, last.at, "together", statement=last.statement, managed=last.managed)
        self._grants = grants

    @property
    def what(self) -> str:
        """Return what is granted, in words."""
        return f"every action on every resource, by {len(self._grants)} statements or policies together"

    @property
    def related(self) -> tuple[Step, ...]:
        """Return the other grants that it takes."""
        return tuple(Step(grant.at, f"{grant.address} gives {grant.what}") for grant in self._grants[:-1])

    @property
    def is_conditional(self) -> bool:
        """Return whether a condition narrows one of the grants."""
        return any(grant.is_conditional for grant in self._grants)

    @property
    def administrator(self) -> Known[bool] | Unknown:
        """Return whether the grants together give administrator access, as all that are put together do."""
        return Known(True, self.at)


class Escalation:
    """A way to more permissions that a role has: the published path, and for each of its actions what grants it."""

    __slots__ = ("_uncertain", "grants", "path")

    def __init__(self, path: Path, grants: tuple[Grant, ...], uncertain: bool) -> None:
        self.path = path
        self.grants = grants
        self._uncertain = uncertain

    @property
    def what(self) -> str:
        """Return what the path comes to and the actions that it takes, in words."""
        from iplint.aws.escalation import CATEGORIES

        *others, last = self.path.actions
        actions = f"{', '.join(others)} and {last}" if others else last
        return f"{CATEGORIES[self.path.category]} by {actions}"

    @property
    def is_direct(self) -> bool:
        """Return whether nothing has to run already with another role, and no other principal to be there."""
        from iplint.aws.escalation import NEW, SELF

        return self.path.category in (SELF, NEW)

    @property
    def is_narrowed(self) -> bool:
        """Return whether a condition or an unsettled limit may narrow it."""
        return self._uncertain or any(grant.is_conditional for grant in self.grants)

    @property
    def steps(self) -> tuple[Step, ...]:
        """Return where each action is granted, one step for each place."""
        found: dict[object, tuple[Grant, list[str]]] = {}
        for action, grant in zip(self.path.actions, self.grants, strict=True):
            found.setdefault(grant.at.key(), (grant, []))[1].append(action)
        return tuple(
            Step(grant.at, f"{grant.address} grants {' and '.join(actions)}") for grant, actions in found.values()
        )


def not_known(arn: Text, at: Span) -> Unknown | None:
    """Return what is not known of an attached policy that is no listed one; None of an AWS managed policy, or of no
    ARN.
    """
    if managed_policy_path(arn) is not None or (arn.plain is not None and not arn.plain.startswith("arn:")):
        return None
    reasons = arn.reasons if arn.plain is None else (Reason(f"policy {arn.display}, which is not declared here", at),)
    return Unknown(reasons, at, present=True)


def is_told_elsewhere(arn: Value) -> bool:
    """Return whether an ARN is read from another attachment, as lists of all that a role may have do: that one grants
    it.
    """
    ref = arn.ref if isinstance(arn, Known | Unknown) else None
    rows = [POLICY_HOLDERS.get(link.resource.type) for link in ref.chain()] if ref is not None else []
    return any(row is not None and row.kind == "attachment" for row in rows)


def together(grants: list[Grant], limits: Callable[[], list[Limits]]) -> Grant | None:
    """Return the grants that give administrator access together, when none does alone and the limits leave it."""
    broad = next((grant for grant in grants if grant.is_broad), None)
    if broad is not None:
        if not any(grant.opens_iam for grant in grants):
            return None
        for left in limits():
            raising = next((grant for grant in grants if left.broad and grant.raises(left)), None)
            if raising is not None:
                return None if raising.is_broad else Union([broad, raising])
        return None
    spread = [grant for grant in grants if grant.statement is not None and _spreads(grant.statement)]
    patterns = [
        pattern for grant in spread if grant.statement is not None for pattern in grant.statement.action_patterns()
    ]
    if not is_every_action(patterns) or not any(left.broad and left.iam for left in limits()):
        return None
    return Union(spread)


def _names_several(statement: Statement) -> bool:
    """Return whether one of the patterns of actions may stand for more than one service."""
    return any("*" in pattern.partition(":")[0] for pattern in statement.action_patterns())


def _spreads(statement: Statement) -> bool:
    """Return whether actions of more than one service are allowed by one pattern, on everything."""
    return _names_several(statement) and statement.grants is True and statement.is_on_everything is True


def is_wide(grant: Grant) -> bool:
    """Return whether a grant may be a part of administrator access."""
    if grant.managed is not None:
        return True
    if grant.statement is None:
        return False
    return grant.is_broad is not False or grant.opens_iam is not False or _spreads(grant.statement)


def may_be_wide(grant: Grant) -> bool:
    """Return whether a grant may be a part of administrator access, whatever its effect and resources are."""
    if grant.managed is not None:
        return True
    statement = grant.statement
    if statement is None:
        return False
    return (
        statement.is_on_every_action is not False
        or (statement.may_speak_of(("iam",)) and grant.may_allow(IAM_WRITES))
        or _names_several(statement)
    )


def may_escalate(grant: Grant) -> bool:
    """Return whether a statement means an action that escalations need, whatever its effect and resources are."""
    if grant.statement is None:
        return False
    from iplint.aws.escalation import ACTIONS, SERVICES

    return grant.statement.may_speak_of(SERVICES) and grant.may_allow(ACTIONS)


def can_escalate(grant: Grant, role: Role) -> bool:
    """Return whether a statement allows an action that escalations need, on every resource or on the role itself."""
    from iplint.aws.escalation import ACTIONS

    return any(grant.allows(action, role) for action in ACTIONS)


def escalations(grants: list[Grant], role: Role, limits: Limits) -> list[Escalation]:
    """Return the published paths whose actions are all granted and left by the limits, most severe first."""
    from iplint.aws.escalation import ACTIONS, CATEGORIES, PATHS

    granting: dict[str, list[Grant]] = {}
    for action in ACTIONS:
        found = [grant for grant in grants if grant.allows(action, role)]
        if found and limits.leave(action):
            granting[action] = found
    ways: list[Escalation] = []
    for path in PATHS:
        chosen = [_granting(path, granting.get(action, [])) for action in path.actions]
        known = tuple(grant for grant in chosen if grant is not None)
        if len(known) == len(chosen):
            ways.append(Escalation(path, known, limits.uncertain))
    order = tuple(CATEGORIES)
    return sorted(ways, key=lambda way: (order.index(way.path.category), way.is_narrowed, len(way.path.actions)))


def _granting(path: Path, grants: list[Grant]) -> Grant | None:
    """Return the grant of the action that its condition, if any, leaves open for a path.

    One without condition first.
    """
    fitting = [grant for grant in grants if grant.statement is not None and _condition_fits(grant.statement, path)]
    return min(fitting, key=lambda grant: grant.is_conditional) if fitting else None


# Conditions that whoever holds the credentials meets by the way of calling.
_CALLER_CONTROLLED_KEYS = frozenset(
    {"iam:passedtoservice", "aws:securetransport", "aws:requestedregion", "aws:principalaccount"}
)


def _condition_fits(statement: Statement, path: Path) -> bool:
    """Return whether a condition only asks for what a caller chooses, and passing a role to a service of the path is
    left.
    """
    values = statement.condition_values()
    if values is None or not _CALLER_CONTROLLED_KEYS.issuperset(values):
        return False
    services = {action.partition(":")[0] for action in path.actions} - {"iam"}
    passed = values.get("iam:passedtoservice")
    return passed is None or any(service in value for service in services for value in passed) or "*" in passed


def limits_of(stack: Stack, denials: list[Statement], boundary: Value) -> Limits:
    """Return what denials leave, and a permission boundary as far as it is in sight (of AWS or declared here)."""
    declared = stack.policy_of(boundary)
    if declared is not None:
        policies = [
            document(value)
            for path in POLICY_HOLDERS[declared.type].documents
            for value in at_path(declared.properties, path)
        ]
        if all(policy.more is None for policy in policies):
            return Limits(denials, [statement for policy in policies for statement in policy.statements])
        return Limits(denials, None, True)
    match boundary:
        case Absent():
            return Limits(denials, None)
        case Known(Text() as text) if text.plain == "" or is_administrator_access(text):
            return Limits(denials, None)
        case Known(Text() as text) if text.starts_with("arn:") and managed_policy_path(text) is not None:
            # Of what an AWS managed policy allows, no more is known than whether it is everything outside of IAM.
            managed = managed_policy(text)
            broad = managed is not None and managed.broad
            return Limits(denials, None if broad else [], True, without_iam=True)
        case _:
            return Limits(denials, None, True)


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

"""Convert a checked root to the rows of its launches."""

from __future__ import annotations

from iplint.finding import LaunchStatus
from iplint.inventory.rows import Apart, Fact, LaunchRow, PolicyRow, Thing
from iplint.model.policy import actions
from iplint.value import Absent, Known, Text, Unknown, as_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from iplint.inventory.rows import Inventory
    from iplint.judging.engine import CheckedRoot
    from iplint.location import Span
    from iplint.model import Launch, Role
    from iplint.model.identity import MaybeRole
    from iplint.model.launch import MaybeProfile, MaybeTemplate
    from iplint.model.policy import Policy
    from iplint.resource import Resource
    from iplint.value import Reason, Value

UNUSED = "no launch here certainly uses it"
_MAX_REASONS = 3


def add(inventory: Inventory, checked: CheckedRoot) -> None:
    """Add the rows of a root in its default scenario."""
    stack, root = checked.stack, checked.path
    used: set[str] = set()
    for launch in stack.launches:
        row = _row(launch, root)
        for behind in (row.template, row.profile, row.role):
            if behind is not None and launch.exists is not False:
                used.add(behind.address)
        if launch.exists is False:
            inventory.apart.append(Apart(root, row.launch, "it is not created by default"))
        elif launch.key in checked.verdicts:
            row.verdict = checked.status(launch.key)
            verdicts = checked.verdicts_by_rule(launch.key)
            row.failed = sorted(rule for rule, status in verdicts.items() if status is LaunchStatus.FAILED)
            row.undecided = sorted(rule for rule, status in verdicts.items() if status is LaunchStatus.UNDECIDED)
            inventory.launches.append(row)
    for template in stack.templates:
        if template.address not in used and template.exists is not False:
            row = _row(template, root)
            used.update(behind.address for behind in (row.profile, row.role) if behind is not None)
            inventory.templates.append(row)
    for profile in stack.profiles:
        if profile.resource is not None and profile.resource.address not in used and profile.exists is not False:
            inventory.apart.append(Apart(root, _declared("profile", profile.resource, profile.effective_name), UNUSED))
    for role in stack.roles:
        if role.address not in used and role.exists is not False and role.trust.verdict is not False:
            inventory.apart.append(Apart(root, _declared("role", role.resource), UNUSED))


def _row(launch: Launch, root: str) -> LaunchRow:
    kind = "template" if launch.is_template else "launch"
    row = LaunchRow(root, launch.key, _declared(kind, launch.resource), launch.exists)
    row.template = _template(launch.template)
    row.profile = _profile(launch.profile)
    row.named_by = launch.profile_holder
    match launch.profile:
        case Known(profile):
            role = profile.role
            row.role = _role(role)
            row.trust = _trust(role)
            row.policies = _policies(role.value) if isinstance(role, Known) else []
        case Unknown() as unknown:
            row.role = Thing("role", unknown.at, unknown=_why(unknown.reasons))
            row.trust = Fact(unknown=_why(unknown.reasons))
        case Absent():
            pass
    row.tokens = _tokens(launch)
    row.hops = _setting(launch.hop_limit)
    return row


def _why(reasons: Iterable[Reason]) -> str:
    """Return the reasons of an unknown, in words."""
    return " and ".join([reason.what for reason in reasons][:_MAX_REASONS]) or "what the template does not say"


def _called(value: Value | None) -> str:
    match value:
        case Known(Text() as text):
            return text.display
        case _:
            return ""


def _declared(kind: str, resource: Resource, called: Value | None = None) -> Thing:
    return Thing(kind, resource.at, address=resource.address, type=resource.type, name=_called(called))


def _template(template: MaybeTemplate) -> Thing | None:
    match template:
        case Known(settings):
            return _declared("template", settings.resource)
        case Unknown() as unknown:
            return Thing("template", unknown.at, unknown=_why(unknown.reasons))
        case Absent():
            return None


def _profile(profile: MaybeProfile) -> Thing | None:
    match profile:
        case Absent():
            return None
        case Unknown() as unknown:
            return Thing("profile", unknown.at, unknown=_why(unknown.reasons))
        case Known(found) if found.resource is not None:
            return _declared("profile", found.resource, found.effective_name)
        case Known(found):
            match found.effective_name:
                case Known(Text() as text):
                    return Thing("profile", found.at, name=text.display, unknown="it is not declared here")
                case Unknown() as unknown:
                    return Thing("profile", found.at, unknown=_why(unknown.reasons))
                case _:
                    return Thing("profile", found.at, name="made by the service for its role")


def _role(role: MaybeRole) -> Thing | None:
    match role:
        case Absent():
            return None
        case Unknown() as unknown:
            return Thing("role", unknown.at, unknown=_why(unknown.reasons))
        case Known(found):
            return _declared("role", found.resource)


def _trust(role: MaybeRole) -> Fact | None:
    match role:
        case Absent():
            return None
        case Unknown() as unknown:
            return Fact(unknown=_why(unknown.reasons))
        case Known(found):
            trust = found.trust
            if trust.verdict is None:
                return Fact(unknown=_why(trust.reasons))
            return Fact("yes") if trust.verdict else Fact("no", note=trust.invalid or f"trusts {trust.trusted}")


def _policies(role: Role) -> list[PolicyRow]:
    return [_policy(policy) for policy in role.policies]


def _policy(policy: Policy) -> PolicyRow:
    allowed: tuple[str, ...] = ()
    places: tuple[Span, ...] = (policy.at,)
    unknown = ""
    if policy.document is not None:
        allowed = tuple(dict.fromkeys(actions(policy.document)))
        places = (policy.at, *(statement.at for statement in policy.document.statements))
        unknown = _why(policy.document.more.reasons) if policy.document.more is not None else ""
    elif isinstance(policy.called, Unknown):
        unknown = _why(policy.called.reasons)
    resource = policy.resource
    return PolicyRow(
        policy.at,
        policy.kind,
        address=resource.address if resource is not None else "",
        type=resource.type if resource is not None else "",
        name=_called(policy.called),
        unknown=unknown,
        holders=policy.holders,
        actions=allowed,
        places=places,
    )


def _tokens(launch: Launch) -> Fact:
    """Return whether requests need a session token, in EC2's words; "off" where the service is off."""
    if as_text(launch.endpoint) == "disabled":
        return Fact("off")
    match launch.imdsv1:
        case Known(True):
            return Fact("optional")
        case Known():
            return Fact("required")
        case Absent():
            return Fact("not set")
        case Unknown() as unknown:
            return Fact(unknown=_why(unknown.reasons))


def _setting(value: Value) -> Fact:
    match value:
        case Absent():
            return Fact("not set")
        case Unknown() as unknown:
            return Fact(unknown=_why(unknown.reasons))
        case Known(Text() as text):
            return Fact(text.display)
        case Known():
            return Fact(as_text(value) or "set")

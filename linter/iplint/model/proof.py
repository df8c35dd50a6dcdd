"""The proof of a launch: six obligations, each discharged with evidence, failed, or open with reasons.

An obligation is a question that the model answers in one scenario. `iplint.judging.proving` asks it in the others, and
puts it together with what the rules report.
"""

from __future__ import annotations

from enum import StrEnum

from iplint.model.scanned_text import unread_text
from iplint.value import Absent, Known, Reason, Step, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from iplint.location import Span
    from iplint.model.identity import InstanceProfile, PolicySource, Role
    from iplint.model.launch import Launch

    State: TypeAlias = "Discharged | Failed | Open"


class Obligation(StrEnum):
    """One of the six conditions for a launch to be proven."""

    PROFILE = "profile"  # it has an instance profile
    ROLE = "role"  # the profile holds exactly one role, which is known
    TRUST = "trust"  # EC2 can assume the role
    METADATA = "metadata"  # IMDSv1 cannot be used
    PRIVILEGES = "privileges"  # the role is not an administrator
    CREDENTIALS = "credentials"  # no static credentials reach the instance


class Discharged:
    """The obligation is met: `evidence` are the places that show it, each with a description."""

    __slots__ = ("evidence",)

    def __init__(self, *evidence: Step) -> None:
        self.evidence = evidence


class Failed:
    """The obligation is not met: `at` is the deciding place, `message` says why."""

    __slots__ = ("at", "message")

    def __init__(self, at: Span, message: str) -> None:
        self.at = at
        self.message = message


class Open:
    """The templates do not decide the obligation: `unknown` has the reasons.

    `follows` is true where this only follows from another obligation that is open or failed.
    """

    __slots__ = ("follows", "unknown")

    def __init__(self, unknown: Unknown, follows: bool = False) -> None:
        self.unknown = unknown
        self.follows = follows


# The question of an open obligation, as a clause after "whether" and the launch's address.
QUESTIONS: Mapping[Obligation, str] = {
    Obligation.PROFILE: "has an instance profile",
    Obligation.ROLE: "has an instance profile with one role",
    Obligation.TRUST: "has a role that EC2 can assume",
    Obligation.METADATA: "allows IMDSv1",
    Obligation.PRIVILEGES: "has a role with administrator access",
    Obligation.CREDENTIALS: "gets static credentials in its user data",
}
# The rule that reports an obligation which is open: it asks the same question.
REPORTED_AS: Mapping[Obligation, str] = {
    Obligation.PROFILE: "missing-instance-profile",
    Obligation.ROLE: "role-without-ec2-trust",
    Obligation.TRUST: "role-without-ec2-trust",
    Obligation.METADATA: "imdsv1-allowed",
    Obligation.PRIVILEGES: "administrator-access",
    Obligation.CREDENTIALS: "hardcoded-access-key",
}
# The obligations that no rule asks as they are: the rules in REPORTED_AS explore the same question for all others.
UNASKED = (Obligation.PROFILE, Obligation.PRIVILEGES, Obligation.CREDENTIALS)
# The obligation that rules of a group are about.
BY_GROUP: Mapping[str, Obligation] = {
    "profile": Obligation.PROFILE,
    "role": Obligation.TRUST,
    "metadata": Obligation.METADATA,
    "privilege": Obligation.PRIVILEGES,
    "credentials": Obligation.CREDENTIALS,
}


def state(obligation: Obligation, launch: Launch) -> State:
    """Return the state of an obligation of a launch in the current scenario."""
    made = launch.profile_made
    is_without = isinstance(launch.profile, Absent) and made is None
    if launch.is_build and obligation is not Obligation.CREDENTIALS and is_without:
        at = launch.resource.at
        return Discharged(Step(at, f"{launch.address} only builds an image, and has no credentials on its instance"))
    if launch.is_of_service and obligation in (
        Obligation.PROFILE,
        Obligation.ROLE,
        Obligation.TRUST,
        Obligation.PRIVILEGES,
    ):
        what = f"{launch.resource.type} takes no instance profile: the service gives its instances what they need"
        return Discharged(Step(launch.resource.at, what))
    if made is not None and obligation in (Obligation.PROFILE, Obligation.ROLE, Obligation.TRUST):
        what = "the builder makes an instance profile for its instance, with one role that trusts EC2"
        return Discharged(Step(launch.resource.at, what))
    if made is not None and obligation is Obligation.PRIVILEGES:
        return _privileges_made(made)
    return _STATES[obligation](launch)


def _privileges_made(made: PolicySource) -> State:
    for grant in made.wide:
        match grant.administrator:
            case Unknown() as unknown:
                return Open(unknown)
            case Known():
                return Failed(grant.at, f"{made.address} has administrator access: {grant.what}")
    return Discharged(Step(made.resource.at, f"{made.address} has this policy, without administrator access"))


def _profile(launch: Launch) -> State:
    match launch.profile:
        case Known(profile):
            if (at := launch.replaced_by_command) is not None:
                what = f"a command that gives {launch.address} another profile, template or version"
                return Open(Unknown((Reason(what, at),), at))
            if profile.resource is not None:
                what = profile.description
            elif profile.name is None:
                what = "the instance profile that the service makes for its role"
            else:
                what = "the instance profile that it names"
            return Discharged(Step(launch.profile_at, f"{launch.address} launches with {what}"), *launch.path)
        case Absent() as absent:
            return Failed(absent.at, f"{launch.address} launches without an instance profile")
        case Unknown() as unknown:
            return Open(unknown)


def _behind(launch: Launch) -> InstanceProfile | Open | Discharged:
    """Return the profile of a launch; Open where it is unknown, Discharged where it is accepted."""
    match launch.profile:
        case Known(profile) if profile.is_accepted:
            what = "the configuration accepts this instance profile, or its role, by name"
            return Discharged(Step(profile.at, what))
        case Known(profile):
            return profile
        case Unknown() as unknown:
            return Open(unknown, follows=True)
        case Absent() as absent:
            return _following(absent.at, "the instance profile, which is missing")


def _following(at: Span, what: str) -> Open:
    return Open(Unknown((Reason(what, at),), at), follows=True)


def _role(launch: Launch) -> State:
    profile = _behind(launch)
    if isinstance(profile, Open | Discharged):
        return profile
    match profile.role:
        case Known(role) as known:
            at = known.trail[0].at if known.trail else known.at
            return Discharged(Step(at, f"{profile.holder} holds role {role.address}"))
        case Absent() as absent:
            return Failed(absent.at, f"{profile.holder} names no role")
        case Unknown() as unknown:
            return Open(unknown)


def _role_behind(launch: Launch) -> Role | Open | Discharged:
    profile = _behind(launch)
    if isinstance(profile, Open | Discharged):
        return profile
    match profile.role:
        case Known(role):
            return role
        case Unknown() as unknown:
            return Open(unknown, follows=True)
        case Absent() as absent:
            return _following(absent.at, "the role, which is missing")


def _trust(launch: Launch) -> State:
    role = _role_behind(launch)
    if isinstance(role, Open | Discharged):
        return role
    trust = role.trust
    if trust.verdict is None:
        return Open(Unknown(trust.reasons or (Reason("the trust policy", trust.at),), trust.at))
    if not trust.verdict:
        return Failed(trust.at, f"EC2 cannot assume {role.address}: {trust.invalid or f'it trusts {trust.trusted}'}")
    return Discharged(Step(trust.at, f"{role.address} trusts EC2"))


def _metadata(launch: Launch) -> State:
    match launch.imdsv1:
        case Known(value=False, at=at):
            return Discharged(Step(at, f"{launch.imdsv1_holder} does not allow IMDSv1"), *launch.path)
        case Unknown() as unknown:
            return Open(unknown)
        case Known(at=at) | Absent(at=at):
            return Failed(at, f"{launch.imdsv1_holder} allows IMDSv1")


def _privileges(launch: Launch) -> State:
    role = _role_behind(launch)
    if isinstance(role, Open | Discharged):
        return role
    grant = role.administrator
    if grant is not None:
        return Failed(grant.at, f"{role.address} has administrator access: {grant.what}")
    if (unknown := role.unknown_power) is not None:
        return Open(unknown)
    if (at := role.granted_by_command) is not None:
        return Open(
            Unknown((Reason(f"a command that changes what {role.address} may do or who may assume it", at),), at)
        )
    if (part := role.handed_to) is not None:
        reason = Reason(f"what {part.address} gives {role.address}, whose name it gets: it is not read", part.at)
        return Open(Unknown((reason,), part.at))
    found = [
        Step(policy.at, f"{role.address} has this {policy.kind} policy, without administrator access")
        for policy in role.policies
    ]
    return Discharged(*(found or [Step(role.resource.at, f"{role.address} has no policy here")]))


def _credentials(launch: Launch) -> State:
    value = launch.user_data
    unread = unread_text(value)
    if unread is not None:
        is_copied = launch.copied_from is not None and isinstance(launch.profile, Unknown)
        return Open(unread, follows=is_copied or isinstance(launch.template, Unknown))
    if (sent := launch.unread_text) is not None:
        return Open(sent)
    for found in launch.keys_in_user_data:
        return Failed(found.at, f"the user data of {launch.address} holds an AWS {found.key.description}")
    if (output := launch.key_output) is not None:
        return Open(output)
    for file in launch.unread_files:
        return Open(Unknown((file,), file.at or value.at))
    if isinstance(value, Absent):
        return Discharged(Step(launch.resource.at, f"{launch.address} has no user data"))
    return Discharged(Step(value.at, f"the user data of {launch.address} is read to its end"))


_STATES: Mapping[Obligation, Callable[[Launch], State]] = {
    Obligation.PROFILE: _profile,
    Obligation.ROLE: _role,
    Obligation.TRUST: _trust,
    Obligation.METADATA: _metadata,
    Obligation.PRIVILEGES: _privileges,
    Obligation.CREDENTIALS: _credentials,
}

"""What runs in an account beside the code that it should come from: launches without code, and those that differ.

A live launch is matched with one of the code by its id, which states and plans hold; by the tags that CloudFormation
gives to what it creates; by its name; or, for instances, by the tag `Name`. Of several that match equally none is
compared: that is a difference of its own.

Facts: CloudFormation User Guide, "Resource tag"; EC2 User Guide and Auto Scaling User Guide, tags that AWS adds.
"""

from __future__ import annotations

from enum import StrEnum

from iplint.model.proof import Discharged, Failed, Obligation, state
from iplint.model.tags import known_tags, places_of
from iplint.value import Absent, Known, Unknown, as_text, dig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from typing import Protocol

    from iplint.judging.engine import CheckedRoot
    from iplint.model import Launch

    Key = tuple[str, str, str]

    class PlanFacts(Protocol):
        """What is compared of a plan, or a state, beside its launches."""

        @property
        def is_state(self) -> bool:
            """Return whether it is a state, which has what was deployed, and not what is planned."""
            ...

        @property
        def replaced(self) -> Collection[str]:
            """Return the addresses of the resources that it deletes and creates anew."""
            ...


_INSTANCE, _GROUP, _TEMPLATE = "instance", "group", "template"
_KINDS = {
    "AWS::EC2::Instance": _INSTANCE,
    "aws_instance": _INSTANCE,
    "aws_spot_instance_request": _INSTANCE,
    "awscc_ec2_instance": _INSTANCE,
    "AWS::AutoScaling::AutoScalingGroup": _GROUP,
    "aws_autoscaling_group": _GROUP,
    "awscc_autoscaling_auto_scaling_group": _GROUP,
    "AWS::EC2::LaunchTemplate": _TEMPLATE,
    "AWS::AutoScaling::LaunchConfiguration": _TEMPLATE,
    "aws_launch_template": _TEMPLATE,
    "aws_launch_configuration": _TEMPLATE,
    "awscc_ec2_launch_template": _TEMPLATE,
    "awscc_autoscaling_launch_configuration": _TEMPLATE,
}
# The properties that hold an id or a name, with what they are compared as.
_IDS = ("id", "spot_instance_id", "instance_id", "launch_template_id")
_NAMES = (
    *("AutoScalingGroupName", "LaunchTemplateName", "LaunchConfigurationName", "name"),
    *("auto_scaling_group_name", "launch_template_name", "launch_configuration_name"),
)
_LOGICAL_ID, _GROUP_NAME, _NAME = "aws:cloudformation:logical-id", "aws:autoscaling:groupName", "Name"
_TEMPLATE_ID, _TEMPLATE_VERSION = "aws:ec2launchtemplate:id", "aws:ec2launchtemplate:version"
_IMAGES = (("ImageId",), ("ami",), ("image_id",))
# The obligations that a live launch may fail and its code meet, with what is said of each.
OF_SETTINGS = {
    Obligation.METADATA: ("allows IMDSv1", "requires session tokens"),
    Obligation.PRIVILEGES: ("has administrator access", "grants none"),
    Obligation.CREDENTIALS: ("has an AWS access key in its user data", "has none there"),
}
# From the surest to the least sure way of matching.
_WAYS = ("id", "logical id", "name", "tag")


class DifferenceKind(StrEnum):
    """How a live launch and its code differ."""

    WITHOUT_CODE = "without-code"
    WEAKER = "weaker-than-code"
    BEHIND = "template-version-behind"
    REPLACED = "replaced-by-code"
    AMBIGUOUS = "ambiguous-code"


class Difference:
    """One difference: the live launch at `address` and `at`, and the place of its code, if it has any."""

    __slots__ = ("address", "at", "code", "kind", "message")

    def __init__(self, kind: DifferenceKind, side: Side, message: str, code: Side | None = None) -> None:
        self.kind = kind
        self.address = side.address
        self.at = side.at
        self.message = message
        self.code = code


class Side:
    """What is compared of one launch, live or in code. A fact that is not known is None.

    `profile` is the name of its instance profile, "" where it certainly has none. `meets` says which obligations of
    OF_SETTINGS it meets. `is_planned` marks what a plan or a state has, `is_state` what a state has, `is_replaced`
    what a plan replaces.
    """

    __slots__ = (
        "address",
        "at",
        "image",
        "is_planned",
        "is_replaced",
        "is_state",
        "keys",
        "kind",
        "meets",
        "profile",
        "tags",
        "template",
    )

    def __init__(self, launch: Launch, kind: str, plan: PlanFacts | None = None) -> None:
        self.kind = kind
        self.is_planned = plan is not None
        self.is_state = plan is not None and plan.is_state
        self.is_replaced = plan is not None and launch.address in plan.replaced
        self.address = launch.address
        self.at = launch.resource.at
        self.tags = known_tags(places_of(launch))
        self.keys = list(_keys(launch, kind, self.tags))
        self.meets = {obligation: _meets(launch, obligation) for obligation in OF_SETTINGS}
        self.profile: str | None = None
        match launch.profile:
            case Absent():
                self.profile = ""
            case Known(profile):
                name = as_text(profile.effective_name)
                self.profile = name.rpartition("/")[2] if name is not None else None
            case Unknown():
                pass
        part = launch.settings.part
        self.image = next((text for path in _IMAGES if (text := as_text(dig(part, path))) is not None), None)
        template = launch.template
        self.template = template.value.resource.address if isinstance(template, Known) else None


def _meets(launch: Launch, obligation: Obligation) -> bool | None:
    """Return whether a launch meets an obligation; None where that is not known."""
    match state(obligation, launch):
        case Discharged():
            return True
        case Failed():
            return False
        case _:
            return None


def _keys(launch: Launch, kind: str, tags: dict[str, str]) -> Iterable[Key]:
    """Yield what a launch may be matched by."""
    properties = launch.resource.properties
    address = launch.address
    if address.startswith("arn:"):
        plain = address.partition(" ")[0]
        yield kind, "id", plain.rpartition("/")[2]
        if _LOGICAL_ID in tags:
            yield kind, "logical id", tags[_LOGICAL_ID]
    else:
        yield from ((kind, "id", text) for name in _IDS if (text := as_text(dig(properties, (name,)))))
        if "::" in launch.resource.type:
            yield kind, "logical id", address.rpartition(".")[2]
    for name in _NAMES:
        text = as_text(dig(properties, (name,)))
        if text:
            yield kind, "name", text
            if kind == _GROUP:
                yield kind, "id", text
    if kind == _INSTANCE and _NAME in tags:
        yield kind, "tag", tags[_NAME]
    if not address.startswith("arn:") and "::" not in launch.resource.type:
        yield kind, "address", address


class Collector:
    """Collect the launches, and the templates, of roots while they are checked."""

    __slots__ = ("sides",)

    def __init__(self) -> None:
        self.sides: list[Side] = []

    def see(self, checked: CheckedRoot, plan: PlanFacts | None = None) -> None:
        """Add the launches of a root that exist by default; `plan` is the root where it is a plan or a state."""
        for launch in (*checked.stack.launches, *checked.stack.templates):
            kind = _KINDS.get(launch.resource.type)
            if kind is not None and launch.exists is not False:
                self.sides.append(Side(launch, kind, plan))


def differences(live: Sequence[Side], code: Sequence[Side]) -> list[Difference]:
    """Return how live launches differ from their code, in the order of their places."""
    index: dict[Key, list[Side]] = {}
    for side in code:
        for key in side.keys:
            index.setdefault(key, []).append(side)
    found: list[Difference] = []
    latest = _latest(live)
    for side in sorted(live, key=lambda one: (one.at.key(), one.address)):
        candidates, is_replaced = _candidates(side, index)
        if not candidates:
            found.append(Difference(DifferenceKind.WITHOUT_CODE, side, f"{side.address} is in no code that was read"))
        of_code = candidates[0] if len(candidates) == 1 else None
        if len(candidates) > 1:
            places = " and ".join(f"{one.address} in {one.at.path}" for one in candidates[:2])
            more = f", and {len(candidates) - 2} more" if len(candidates) > 2 else ""
            message = f"{side.address} may come from {places}{more}: it is compared with none of them"
            found.append(Difference(DifferenceKind.AMBIGUOUS, side, message))
        if of_code is not None:
            found += _compared(side, of_code, is_replaced)
        found += _behind(side, of_code, latest)
    return found


def _candidates(side: Side, index: dict[Key, list[Side]]) -> tuple[list[Side], bool]:
    """Return the launches of the code that a live one may come from, by the surest way that finds any, and whether a
    plan replaces it.
    """
    keys = list(side.keys)
    if side.kind == _INSTANCE and _GROUP_NAME in side.tags:
        # Its settings are those of its group.
        keys = [(_GROUP, "id", side.tags[_GROUP_NAME])]
        if _LOGICAL_ID in side.tags:
            keys.append((_GROUP, "logical id", side.tags[_LOGICAL_ID]))
    for way in _WAYS:
        found = [one for key in keys if key[1] == way for one in index.get(key, ())]
        distinct = list({id(one): one for one in found}.values())
        if not distinct:
            continue
        # What a state or a plan has of it leads to the code itself, which has the same address.
        written = [
            other
            for one in distinct
            for other in index.get((one.kind, "address", one.address), ())
            if one.is_planned and not other.is_planned
        ]
        is_replaced = any(one.is_replaced for one in distinct)
        if written:
            return list({id(one): one for one in written}.values()), is_replaced
        if all(one.is_planned for one in distinct):
            # A plan has what is to come, and the state of the same resource what was.
            distinct = list({one.address: one for one in sorted(distinct, key=lambda one: not one.is_state)}.values())
        return distinct, is_replaced
    return [], False


def _compared(side: Side, code: Side, is_replaced: bool) -> Iterable[Difference]:
    where = f"its code, {code.address} in {code.at.path}"
    for obligation, (live, written) in OF_SETTINGS.items():
        # Without a profile in the code, it has no privileges to compare: the profile is the difference.
        is_compared = obligation is not Obligation.PRIVILEGES or bool(code.profile)
        if is_compared and side.meets[obligation] is False and code.meets[obligation]:
            message = f"{side.address} {live}, and {where}, {written}"
            yield Difference(DifferenceKind.WEAKER, side, message, code)
    if side.profile is not None and code.profile and side.profile != code.profile:
        has = f"runs with instance profile {side.profile}" if side.profile else "runs without an instance profile"
        message = f"{side.address} {has}, and {where}, has instance profile {code.profile}"
        yield Difference(DifferenceKind.WEAKER, side, message, code)
    if is_replaced:
        yield Difference(DifferenceKind.REPLACED, side, f"a plan of {where}, replaces {side.address}", code)
    elif side.kind == _INSTANCE and code.kind == _INSTANCE and _is_other(side.image, code.image):
        message = f"{side.address} runs image {side.image}, and {where}, has {code.image}: deploying it replaces it"
        yield Difference(DifferenceKind.REPLACED, side, message, code)


def _is_other(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and other.startswith("ami-") and one != other


def _latest(live: Iterable[Side]) -> dict[str, tuple[int, str]]:
    """Return the latest known version of each live launch template, by its address without the version."""
    found: dict[str, tuple[int, str]] = {}
    for side in live:
        arn, _, number = side.address.partition(" version ")
        if number:
            found[arn] = max(found.get(arn, (0, "")), (len(number), number))
    return found


def _behind(side: Side, code: Side | None, latest: dict[str, tuple[int, str]]) -> Iterable[Difference]:
    """Yield that a launch has an older version of its template than the latest one."""
    arn, _, number = (side.template or "").partition(" version ")
    if side.kind == _INSTANCE and _TEMPLATE_ID in side.tags:
        arn, _, _ = side.address.partition(":instance/")
        arn, number = f"{arn}:launch-template/{side.tags[_TEMPLATE_ID]}", side.tags.get(_TEMPLATE_VERSION, "")
    if number and arn in latest and (len(number), number) < latest[arn]:
        template = arn.rpartition("/")[2]
        message = f"{side.address} has version {number} of {template}, of which {latest[arn][1]} is the latest"
        yield Difference(DifferenceKind.BEHIND, side, message, code)

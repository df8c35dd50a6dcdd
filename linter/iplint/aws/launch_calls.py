"""Commands, code and service calls that launch instances, create launch templates, change launches or give roles
policies, outside of any template.

Source: "AWS CLI Command Reference" and its "Global options"; "Amazon EC2 API Reference, Actions", whose names the SDKs
write in the style of their languages; "AWS Tools for PowerShell Cmdlet Reference"; "AWS Step Functions Developer Guide,
AWS SDK integrations"; "EventBridge Scheduler User Guide, Universal targets"; "AWS Systems Manager Automation runbook
reference, Actions".
"""

from __future__ import annotations

from enum import StrEnum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from iplint.syntax.shell import Word


class Effect(StrEnum):
    """The effect of a call."""

    LAUNCHES = "launches"
    LOOSENS = "loosens"  # it lets instances answer requests without a session token
    GRANTS = "grants"  # it gives a role a policy, or takes a limit away


# By service of the command line, what launches instances or makes what launches them.
_COMMANDS = {
    "ec2": frozenset(
        (
            "run-instances",
            "run-scheduled-instances",
            "request-spot-instances",
            "request-spot-fleet",
            "create-fleet",
            "create-launch-template",
            "create-launch-template-version",
        )
    ),
    "autoscaling": frozenset(("create-launch-configuration", "create-auto-scaling-group")),
    "batch": frozenset(("create-compute-environment",)),
    "elasticbeanstalk": frozenset(("create-environment",)),
    "emr": frozenset(("create-cluster",)),
    "eks": frozenset(("create-nodegroup",)),
    "iam": frozenset[str](),
}
# A text that begins with one of these is the end of a command that begins elsewhere: in an interpreter, or in the items
# of the list before it. The names of other operations are those of other commands too.
_ALONE = _COMMANDS["ec2"]
# What changes the metadata options of instances that run, or the account's default.
_LOOSENING = frozenset(("modify-instance-metadata-options", "modify-instance-metadata-defaults"))
_GRANTING = frozenset(("attach-role-policy", "put-role-policy", "delete-role-permissions-boundary"))
_GRANTING_ACTIONS = ("AttachRolePolicy", "PutRolePolicy", "DeleteRolePermissionsBoundary")
_GRANTING_SNAKE = ("attach_role_policy", "put_role_policy", "delete_role_permissions_boundary")
_GRANTING_CMDLETS = ("Register-IAMRolePolicy", "Write-IAMRolePolicy", "Remove-IAMRolePermissionsBoundary")
_SAFE = {"--http-tokens": ("required", "no-preference"), "--http-endpoint": ("disabled", "no-preference")}
_ACTIONS = (
    "RunInstances",
    "RequestSpotInstances",
    "RequestSpotFleet",
    "CreateFleet",
    "CreateLaunchTemplate",
    "CreateLaunchTemplateVersion",
    "CreateLaunchConfiguration",
    "RunJobFlow",
    "CreateNodegroup",
)
_LOOSENING_ACTIONS = ("ModifyInstanceMetadataOptions", "ModifyInstanceMetadataDefaults")
# As Python and Ruby write them; EC2's resource of boto3 has a name of its own.
_SNAKE = (
    "run_instances",
    "request_spot_instances",
    "request_spot_fleet",
    "create_fleet",
    "create_launch_template",
    "create_launch_template_version",
    "create_launch_configuration",
    "create_instances",
    "run_job_flow",
    "create_nodegroup",
)
_LOOSENING_SNAKE = ("modify_instance_metadata_options", "modify_instance_metadata_defaults")
_CMDLETS = (
    "New-EC2Instance",
    "Request-EC2SpotInstance",
    "Request-EC2SpotFleet",
    "New-EC2Fleet",
    "New-EC2LaunchTemplate",
    "New-ASLaunchConfiguration",
    "New-EKSNodegroup",
    "Start-EMRJobFlow",
)
_LOOSENING_CMDLETS = ("Edit-EC2InstanceMetadataOption", "Edit-EC2InstanceMetadataDefault")
_REQUIRED = r"[^)};\n]{0,400}?(?:HttpTokens|http_tokens)\W{1,6}(?:required|no-preference)"
_COMMENT = ("#", "//", "*")
# Without one of these no call is written; most texts have none.
_HINTS = (
    "run-instances",
    "request-spot",
    "create-fleet",
    "create-launch",
    "create-nodegroup",
    "create-auto-scaling-group",
    "create-compute-environment",
    "create-environment",
    "run-scheduled",
    "create-cluster",
    "run_instances",
    "request_spot",
    "create_fleet",
    "create_launch",
    "create_instances",
    "create_nodegroup",
    "run_job_flow",
    "unInstances",
    "equestSpot",
    "reateFleet",
    "reateLaunch",
    "unJobFlow",
    "reateNodegroup",
    "elasticmapreduce:createCluster",
    "New-EC2",
    "Request-EC2",
    "New-ASLaunch",
    "New-EKSNode",
    "Start-EMRJob",
    "instance-metadata-",
    "instance_metadata_",
    "InstanceMetadata",
    *_GRANTING,
    *_GRANTING_SNAKE,
    "RolePolicyCommand",
    "RolePolicy(",
    "RolePolicy (",
    "-IAMRolePolicy",
    "RolePermissionsBoundary",
)


_VERBS = {Effect.LAUNCHES: "makes", Effect.LOOSENS: "changes", Effect.GRANTS: "grants"}


class LaunchCall:
    """A call that launches instances, makes tokens optional or gives a role a policy: the characters `start` to `end`
    of the flat text; `what` describes it.
    """

    __slots__ = ("effect", "end", "start", "what")

    def __init__(self, start: int, end: int, what: str, effect: Effect = Effect.LAUNCHES) -> None:
        self.start = start
        self.end = end
        self.what = what
        self.effect = effect

    @property
    def verb(self) -> str:
        """Return the effect of the call as a verb: it creates or changes something."""
        return _VERBS[self.effect]


def may_launch(flat: str) -> bool:
    """Return whether a text can contain such a call."""
    for hint in _HINTS:  # noqa: SIM110  # any() takes twice as long, for every text of every template
        if hint in flat:
            return True
    return False


def launch_calls(flat: str) -> list[LaunchCall]:
    """Return the calls in a text that is run, in any language, in the order of their places."""
    found = {call.start: call for call in (*_code(flat), *_commands(flat))}
    return sorted(found.values(), key=lambda call: call.start)


def service_calls(flat: str, name: str) -> Iterator[LaunchCall]:
    """Yield the calls that a service makes for its caller: from a state machine, a schedule, a runbook, an integration.

    `name` is the name of the text where that is significant: a runbook names its actions so.
    """
    import re

    actions = "|".join(rf"[{action[0]}{action[0].lower()}]{action[1:]}" for action in (*_ACTIONS, *_LOOSENING_ACTIONS))
    called = (
        rf"\baws-sdk:(?:ec2|autoscaling|emr|eks):({actions})\b"
        rf"|\baws:(runInstances)\b|:(elasticmapreduce:createCluster)\b|:ec2:action/({actions})\b"
        rf"|\b(?i:api|action)[\"']?\s*[:=]\s*[\"']?({actions})\b"
    )
    if name.lower() in ("api", "action") and re.fullmatch(actions, flat.strip()):
        yield _call(0, len(flat), flat.strip())
    for found in re.finditer(called, flat):
        number = found.lastindex or 0
        yield _call(found.start(number), found.end(number), found[number])


def _call(start: int, end: int, what: str) -> LaunchCall:
    is_loosening = what[0].upper() + what[1:] in _LOOSENING_ACTIONS
    return LaunchCall(start, end, what, Effect.LOOSENS if is_loosening else Effect.LAUNCHES)


def _commands(flat: str) -> Iterator[LaunchCall]:
    from iplint.syntax.shell import PRINTERS, Script  # most runs meet no such text

    alone = flat.split(None, 1)[0] if flat.strip() else ""
    if alone in _ALONE or alone in _LOOSENING:
        start = flat.index(alone)
        effect = Effect.LOOSENS if alone in _LOOSENING else Effect.LAUNCHES
        yield LaunchCall(start, start + len(alone), f"aws ec2 {alone}", effect)
    for command in Script(flat).commands:
        if command.name in PRINTERS:
            continue
        words = command.words
        for number, service in enumerate(words):
            # Global options may be between the service and the operation, each with its value.
            for operation in words[number + 1 :] if service.value in _COMMANDS else ():
                what = f"aws {service.value} {operation.value}"
                if operation.value in _COMMANDS[service.value]:
                    yield LaunchCall(service.start, operation.end, what)
                    break
                if service.value == "iam" and operation.value in _GRANTING:
                    yield LaunchCall(service.start, operation.end, what, Effect.GRANTS)
                    break
                if operation.value in _LOOSENING and _loosens(words):
                    yield LaunchCall(service.start, operation.end, what, Effect.LOOSENS)
                    break


def _loosens(words: Sequence[Word]) -> bool:
    """Return whether a command sets an option to a value that is not known to be safe."""
    for number, word in enumerate(words):
        name, is_joined, value = word.value.partition("=")
        if name in _SAFE:
            given = value if is_joined else words[number + 1].value if number + 1 < len(words) else ""
            if given not in _SAFE[name]:
                return True
    return False


def _code(flat: str) -> Iterator[LaunchCall]:
    import re

    for effect, snake, actions, cmdlets in (
        (Effect.LAUNCHES, _SNAKE, _ACTIONS, _CMDLETS),
        (Effect.LOOSENS, _LOOSENING_SNAKE, _LOOSENING_ACTIONS, _LOOSENING_CMDLETS),
        (Effect.GRANTS, _GRANTING_SNAKE, _GRANTING_ACTIONS, _GRANTING_CMDLETS),
    ):
        camel = [action[0].lower() + action[1:] for action in actions]
        called = (
            rf"\.({'|'.join((*snake, *camel, *actions))})\s*\("
            rf"|\bnew\s+((?:{'|'.join(actions)})Command)\b"
            rf"|\b({'|'.join(cmdlets)})(?![\w-])"
        )
        for found in re.finditer(called, flat):
            line = flat[flat.rfind("\n", 0, found.start()) + 1 : found.start()]
            is_safe = effect is Effect.LOOSENS and re.match(_REQUIRED, flat[found.end() :]) is not None
            if not line.lstrip().startswith(_COMMENT) and not is_safe:
                number = found.lastindex or 0
                yield LaunchCall(found.start(number), found.end(number), found[number], effect)

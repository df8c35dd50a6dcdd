"""Commands, code and service calls that launch instances, create launch templates, change launches or give roles
policies, outside of any template.

Source: "AWS CLI Command Reference" and its "Global options"; "Amazon EC2 API Reference, Actions", whose names the SDKs
write in the style of their languages; "AWS Tools for PowerShell Cmdlet Reference"; "AWS Step Functions Developer Guide,
AWS SDK integrations"; "EventBridge Scheduler User Guide, Universal targets"; "AWS Systems Manager Automation runbook
reference, Actions".
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from iplint.syntax.shell import Word


class Effect(StrEnum):
    """The effect of a call."""

    LAUNCHES = "launches"
    LOOSENS = "loosens"  # it lets instances answer requests without a session token
    GRANTS = "grants"  # it gives a role a policy, changes one or who may assume the role, or takes a limit away
    REPLACES = "replaces"  # it gives instances another profile, or a launch another template or version


class Operation:
    """An operation of AWS's API: its service in the command line, its name, and its effect.

    `target` are the parameters that say what it changes. `only_with` are the parameters of which it needs one to have
    the effect; empty where it always has. `is_code` says that code calls it by its name.
    """

    __slots__ = ("action", "effect", "is_code", "only_with", "service", "target")

    def __init__(
        self,
        service: str,
        action: str,
        effect: Effect,
        *,
        target: tuple[str, ...] = (),
        only_with: tuple[str, ...] = (),
        is_code: bool = True,
    ) -> None:
        self.service = service
        self.action = action
        self.effect = effect
        self.target = target
        self.only_with = only_with
        self.is_code = is_code

    @property
    def command(self) -> str:
        """Return the operation's name in the command line: `run-instances`."""
        return _apart(self.action, "-")

    @property
    def snake(self) -> str:
        """Return the operation's name in Python and Ruby: `run_instances`."""
        return _apart(self.action, "_")


def _apart(name: str, by: str) -> str:
    """Return a name in camel case as words in lower case."""
    return "".join(by + letter.lower() if letter.isupper() else letter for letter in name).lstrip(by)


_ROLE = ("RoleName",)
_POLICY = ("PolicyArn",)
_PROFILE = ("InstanceProfileName",)
_INSTANCE = ("InstanceId",)
_TEMPLATE = ("LaunchTemplateId", "LaunchTemplateName")
_OPERATIONS = (
    Operation("ec2", "RunInstances", Effect.LAUNCHES),
    Operation("ec2", "RunScheduledInstances", Effect.LAUNCHES, is_code=False),
    Operation("ec2", "RequestSpotInstances", Effect.LAUNCHES),
    Operation("ec2", "RequestSpotFleet", Effect.LAUNCHES),
    Operation("ec2", "CreateFleet", Effect.LAUNCHES),
    Operation("ec2", "CreateLaunchTemplate", Effect.LAUNCHES),
    Operation("autoscaling", "CreateLaunchConfiguration", Effect.LAUNCHES),
    # The names of the next ones are too common in code.
    Operation("autoscaling", "CreateAutoScalingGroup", Effect.LAUNCHES, is_code=False),
    Operation("batch", "CreateComputeEnvironment", Effect.LAUNCHES, is_code=False),
    Operation("elasticbeanstalk", "CreateEnvironment", Effect.LAUNCHES, is_code=False),
    Operation("emr", "CreateCluster", Effect.LAUNCHES, is_code=False),
    Operation("emr", "RunJobFlow", Effect.LAUNCHES),
    Operation("eks", "CreateNodegroup", Effect.LAUNCHES),
    Operation("ec2", "ModifyInstanceMetadataOptions", Effect.LOOSENS, target=("InstanceId",)),
    # It changes what launches get that say nothing.
    Operation("ec2", "ModifyInstanceMetadataDefaults", Effect.LOOSENS),
    Operation("iam", "AttachRolePolicy", Effect.GRANTS, target=_ROLE),
    Operation("iam", "PutRolePolicy", Effect.GRANTS, target=_ROLE),
    Operation("iam", "DeleteRolePermissionsBoundary", Effect.GRANTS, target=_ROLE),
    Operation("iam", "UpdateAssumeRolePolicy", Effect.GRANTS, target=_ROLE),
    Operation("iam", "CreatePolicyVersion", Effect.GRANTS, target=_POLICY),
    Operation("iam", "SetDefaultPolicyVersion", Effect.GRANTS, target=_POLICY),
    Operation("iam", "AddRoleToInstanceProfile", Effect.REPLACES, target=_PROFILE),
    Operation("iam", "RemoveRoleFromInstanceProfile", Effect.REPLACES, target=_PROFILE),
    Operation("ec2", "AssociateIamInstanceProfile", Effect.REPLACES, target=_INSTANCE),
    Operation("ec2", "ReplaceIamInstanceProfileAssociation", Effect.REPLACES, target=_INSTANCE),
    Operation("ec2", "DisassociateIamInstanceProfile", Effect.REPLACES, target=_INSTANCE),
    Operation("ec2", "CreateLaunchTemplateVersion", Effect.REPLACES, target=_TEMPLATE),
    Operation("ec2", "ModifyLaunchTemplate", Effect.REPLACES, target=_TEMPLATE),
    Operation("ec2", "ModifyFleet", Effect.REPLACES, target=("FleetId",), only_with=("LaunchTemplateConfigs",)),
    Operation(
        "autoscaling",
        "UpdateAutoScalingGroup",
        Effect.REPLACES,
        target=("AutoScalingGroupName",),
        only_with=("LaunchTemplate", "LaunchConfigurationName", "MixedInstancesPolicy"),
    ),
    Operation(
        "autoscaling",
        "StartInstanceRefresh",
        Effect.REPLACES,
        target=("AutoScalingGroupName",),
        only_with=("DesiredConfiguration",),
    ),
    Operation(
        "eks", "UpdateNodegroupVersion", Effect.REPLACES, target=("NodegroupName",), only_with=("LaunchTemplate",)
    ),
    Operation(
        "elasticbeanstalk",
        "UpdateEnvironment",
        Effect.REPLACES,
        target=("EnvironmentName", "EnvironmentId"),
        only_with=("OptionSettings", "OptionsToRemove", "TemplateName"),
    ),
    Operation(
        "batch",
        "UpdateComputeEnvironment",
        Effect.REPLACES,
        target=("ComputeEnvironment",),
        only_with=("ComputeResources",),
    ),
)
_SERVICES = frozenset(operation.service for operation in _OPERATIONS)
_BY_COMMAND = {(operation.service, operation.command): operation for operation in _OPERATIONS}
_BY_ACTION = {operation.action: operation for operation in _OPERATIONS if operation.is_code}
# A text that begins with one of these is the end of a command that begins elsewhere: in an interpreter, or in the items
# of the list before it. The names of other operations are those of other commands too.
_ALONE = {operation.command: operation for operation in _OPERATIONS if operation.service in ("ec2", "iam")}
# What AWS Tools for PowerShell call an operation, and boto3's resources.
_CMDLETS = {
    "New-EC2Instance": "RunInstances",
    "Request-EC2SpotInstance": "RequestSpotInstances",
    "Request-EC2SpotFleet": "RequestSpotFleet",
    "New-EC2Fleet": "CreateFleet",
    "New-EC2LaunchTemplate": "CreateLaunchTemplate",
    "New-ASLaunchConfiguration": "CreateLaunchConfiguration",
    "New-EKSNodegroup": "CreateNodegroup",
    "Start-EMRJobFlow": "RunJobFlow",
    "Edit-EC2InstanceMetadataOption": "ModifyInstanceMetadataOptions",
    "Edit-EC2InstanceMetadataDefault": "ModifyInstanceMetadataDefaults",
    "Register-IAMRolePolicy": "AttachRolePolicy",
    "Write-IAMRolePolicy": "PutRolePolicy",
    "Remove-IAMRolePermissionsBoundary": "DeleteRolePermissionsBoundary",
    "Update-IAMAssumeRolePolicy": "UpdateAssumeRolePolicy",
    "New-IAMPolicyVersion": "CreatePolicyVersion",
    "Set-IAMDefaultPolicyVersion": "SetDefaultPolicyVersion",
    "Add-IAMRoleToInstanceProfile": "AddRoleToInstanceProfile",
    "Remove-IAMRoleFromInstanceProfile": "RemoveRoleFromInstanceProfile",
    "Register-EC2IamInstanceProfile": "AssociateIamInstanceProfile",
    "Set-EC2IamInstanceProfileAssociation": "ReplaceIamInstanceProfileAssociation",
    "Unregister-EC2IamInstanceProfile": "DisassociateIamInstanceProfile",
    "New-EC2LaunchTemplateVersion": "CreateLaunchTemplateVersion",
    "Edit-EC2LaunchTemplate": "ModifyLaunchTemplate",
    "Edit-EC2Fleet": "ModifyFleet",
    "Update-ASAutoScalingGroup": "UpdateAutoScalingGroup",
    "Start-ASInstanceRefresh": "StartInstanceRefresh",
    "Update-EKSNodegroupVersion": "UpdateNodegroupVersion",
    "Update-EBEnvironment": "UpdateEnvironment",
    "Update-BATComputeEnvironment": "UpdateComputeEnvironment",
}
_OF_RESOURCES = {
    "attach_policy": "AttachRolePolicy",
    "attach_role": "AttachRolePolicy",
    "add_role": "AddRoleToInstanceProfile",
    "remove_role": "RemoveRoleFromInstanceProfile",
}
# Other things have methods of these names too: a text has to have one of the resources.
_RESOURCES = ("resource(", "InstanceProfile(", ".Role(", ".Policy(")
# The runbooks of AWS that launch an instance, and the one that gives instances another profile. Systems Manager
# Automation runbook reference.
_RUNBOOKS = {
    "AWS-AttachIAMToInstance": Effect.REPLACES,
    "AWS-CreateManagedLinuxInstance": Effect.LAUNCHES,
    "AWS-CreateManagedLinuxInstanceWithApproval": Effect.LAUNCHES,
    "AWS-CreateManagedWindowsInstance": Effect.LAUNCHES,
    "AWS-CreateManagedWindowsInstanceWithApproval": Effect.LAUNCHES,
    "AWS-UpdateLinuxAmi": Effect.LAUNCHES,
    "AWS-UpdateWindowsAmi": Effect.LAUNCHES,
    "AWSEC2-CloneInstanceAndUpgradeSQLServer": Effect.LAUNCHES,
    "AWSEC2-CloneInstanceAndUpgradeWindows": Effect.LAUNCHES,
    "AWSSupport-ExecuteEC2Rescue": Effect.LAUNCHES,
    "AWSSupport-SetupIPMonitoringFromVPC": Effect.LAUNCHES,
    "AWSSupport-StartEC2RescueWorkflow": Effect.LAUNCHES,
}
# How a step of a runbook or of a workflow names the action that it calls.
_NAMED_ACTION = r"\b(?i:api|action)[\"']?\s*[:=]"
# Without one of these, and without such a name, no service makes a call.
_CALLED_BY_SERVICES = (
    "aws-sdk:",
    "aws:runInstances",
    "elasticmapreduce:createCluster",
    ":action/",
    "AWS-",
    "AWSEC2-",
    "AWSSupport-",
)
_SAFE = {"--http-tokens": ("required", "no-preference"), "--http-endpoint": ("disabled", "no-preference")}
# The options of the command line by which a file or a text brings all others.
_INPUTS = ("--cli-input-json", "--cli-input-yaml")
_REQUIRED = r"[^)};\n]{0,400}?(?:HttpTokens|http_tokens)\W{1,6}(?:required|no-preference)"
_COMMENT = ("#", "//", "*")
# Within so many characters after the name of a call, its arguments are looked for.
_ARGUMENTS = 600
# What changes nothing in an account: commands of a shell, and how the operations of the command line begin.
_HARMLESS = frozenset((":", "cat", "cd", "date", "exit", "jq", "mkdir", "set", "sleep", "test", "true"))
_READING = ("describe-", "get-", "list-", "wait")
# A service and an operation. A variable may hold the blanks between them.
_WORDS_OF_A_COMMAND = 2
# Without one of these no call is written; most texts have none.
_HINTS = (
    "run-instances",
    "run_instances",
    "unInstances",
    "create_instances",
    "request-spot",
    "request_spot",
    "equestSpot",
    "run-scheduled",
    "leet",
    "launch-template",
    "launch_template",
    "aunchTemplate",
    "launch-configuration",
    "launch_configuration",
    "aunchConfiguration",
    "scaling-group",
    "scaling_group",
    "ScalingGroup",
    "nstance-refresh",
    "nstance_refresh",
    "nstanceRefresh",
    "nvironment",
    "odegroup",
    "create-cluster",
    "run-job-flow",
    "run_job_flow",
    "unJobFlow",
    "elasticmapreduce:createCluster",
    "nstance-metadata-",
    "nstance_metadata_",
    "nstanceMetadata",
    "role-policy",
    "role_policy",
    "RolePolicy",
    "ermissions-boundary",
    "ermissions_boundary",
    "ermissionsBoundary",
    "policy-version",
    "policy_version",
    "olicyVersion",
    "nstance-profile",
    "nstance_profile",
    "nstanceProfile",
    "attach_policy",
    "attach_role",
    "add_role",
    "remove_role",
    "AWS-",
    "AWSEC2-",
    "AWSSupport-",
    "-AS",
    "-BAT",
    "-EB",
    "-EC2",
    "-EKS",
    "-EMR",
    "-IAM",
)


_VERBS = {Effect.LAUNCHES: "makes", Effect.LOOSENS: "changes", Effect.GRANTS: "grants", Effect.REPLACES: "replaces"}


class LaunchCall:
    """A call that launches instances, makes tokens optional, gives a role a policy or replaces what a launch has: the
    characters `start` to `end` of the flat text; `what` describes it. `target` are the parameters that say what it
    changes.
    """

    __slots__ = ("effect", "end", "start", "target", "what")

    def __init__(
        self,
        start: int,
        end: int,
        what: str,
        effect: Effect = Effect.LAUNCHES,
        target: tuple[str, ...] = (),
    ) -> None:
        self.start = start
        self.end = end
        self.what = what
        self.effect = effect
        self.target = target

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


def may_be_run(flat: str) -> bool:
    """Return whether a text that contains a hint can be a command or code, and is no single word such as a type."""
    if len(flat.split(None, 1)) >= _WORDS_OF_A_COMMAND or "(" in flat or "$" in flat:
        return True
    return flat.strip() in _ALONE or any(name in flat for name in _CMDLETS)


def launch_calls(flat: str, begun: tuple[str, ...] = ()) -> list[LaunchCall]:
    """Return the calls in a text that is run, in any language, in the order of their places.

    `begun` are the words of an interpreter, which come before the text.
    """
    found = {call.start: call for call in (*_code(flat), *_commands(flat, begun))}
    return sorted(found.values(), key=lambda call: call.start)


def service_calls(flat: str, name: str) -> Iterator[LaunchCall]:
    """Yield the calls that a service makes for its caller: from a state machine, a schedule, a runbook, an integration.

    `name` is the name of the text where that is significant: a runbook names its actions so.
    """
    import re

    is_name = name.lower() in ("api", "action")
    # The patterns are long, and costly to compile; most texts with a hint are types, ARNs and commands.
    if not is_name and not any(hint in flat for hint in _CALLED_BY_SERVICES) and not re.search(_NAMED_ACTION, flat):
        return
    actions, called = _services_calls()
    if is_name and re.fullmatch(actions, flat.strip()):
        yield _call(0, len(flat), flat.strip())
    for found in re.finditer(called, flat):
        number = found.lastindex or 0
        call = _call(found.start(number), found.end(number), found[number])
        if call.effect is not Effect.LOOSENS or not requires_tokens(flat):
            yield call


@cache
def _services_calls() -> tuple[str, str]:
    """Return the patterns of the actions' names, and of the calls that services make."""
    actions = "|".join(rf"[{action[0]}{action[0].lower()}]{action[1:]}" for action in _BY_ACTION)
    called = (
        rf"\baws-sdk:(?:{'|'.join(sorted(_SERVICES))}):({actions})\b"
        rf"|\baws:(runInstances)\b|:(elasticmapreduce:createCluster)\b|:(?:ec2|iam):action/({actions})\b"
        rf"|{_NAMED_ACTION}\s*[\"']?({actions})\b"
        rf"|(?<![\w-])({'|'.join(_RUNBOOKS)})(?![\w-])"
    )
    return actions, called


def requires_tokens(flat: str) -> bool:
    """Return whether a text sets `HttpTokens`, and never to a value that lets instances answer without a token."""
    import re

    values: list[str] = re.findall(r"(?:HttpTokens|http_tokens)\W{1,6}([\w-]*)", flat)
    return bool(values) and all(value in _SAFE["--http-tokens"] for value in values)


def _call(start: int, end: int, what: str) -> LaunchCall:
    if what in _RUNBOOKS:
        return LaunchCall(start, end, what, _RUNBOOKS[what], ("InstanceId",))
    operation = _BY_ACTION.get(what[0].upper() + what[1:])
    return _by(operation, start, end, what) if operation is not None else LaunchCall(start, end, what)


def _by(operation: Operation, start: int, end: int, what: str) -> LaunchCall:
    return LaunchCall(start, end, what, operation.effect, operation.target)


def has_literal_target(flat: str, call: LaunchCall) -> bool:
    """Return whether a text names, literally, what its call changes; always where the call names nothing."""
    import re

    for name in call.target:
        words = [word for word in re.split(r"(?=[A-Z])", name) if word]
        written = "[-_]?".join(words) + "s?"
        # As an option of a command, with or without quotes; in code and in data, as a text.
        target = rf"(?i)--{written}[=\s]+[\"']?\w|\b{written}[\"']?\W{{1,6}}?(?:\w+\.\w+\()?[\"']\w"
        if re.search(target, flat):
            return True
    if _OF_RESOURCES.get(call.what) is not None and call.what != "attach_role":
        return re.search(r"\.(?:Role|InstanceProfile)\(\s*[\"']\w", flat) is not None
    return not call.target


def only_reads(flat: str) -> bool:
    """Return whether the commands of a text change nothing in an account, but for calls that are known here."""
    from iplint.syntax.shell import PRINTERS, Script

    for command in Script(flat).commands:
        if command.name in PRINTERS or command.name in _HARMLESS:
            continue
        if command.name != "aws":
            return False
        called = _called([word.value for word in command.words])
        if called not in _BY_COMMAND and not called[1].startswith(_READING):
            return False
    return True


def _called(words: list[str]) -> tuple[str, str]:
    """Return the service and the operation that a command of the AWS CLI calls; empty texts where they are not there.

    AWS CLI User Guide, "Command line options": global options, most of them with a value, may come first.
    """
    rest = words[words.index("aws") + 1 :] if "aws" in words else []
    while rest and rest[0].startswith("--"):
        has_value = "=" not in rest[0] and not rest[0].startswith("--no-") and rest[0] != "--debug"
        rest = rest[2 if has_value else 1 :]
    service, operation, *_ = (*rest, "", "")
    return service, operation


def _commands(flat: str, begun: tuple[str, ...]) -> Iterator[LaunchCall]:
    from iplint.syntax.shell import PRINTERS, Script  # most runs meet no such text

    alone = flat.split(None, 1)[0] if flat.strip() else ""
    is_whole = len(flat.split(None, 1)) >= _WORDS_OF_A_COMMAND or "$" in flat
    commands = [command for command in Script(flat).commands if command.name not in PRINTERS] if is_whole else []
    known = [*(_BY_COMMAND.get((service, alone)) for service in begun), _ALONE.get(alone)]
    for operation in known:
        if operation is not None and (not commands or _has_effect(operation, commands[0].words)):
            start = flat.index(alone)
            yield _by(operation, start, start + len(alone), f"aws {operation.service} {alone}")
    for command in commands:
        words = command.words
        for number, service in enumerate(words):
            # Global options may be between the service and the operation, each with its value.
            for named in words[number + 1 :] if service.value in _SERVICES else ():
                operation = _BY_COMMAND.get((service.value, named.value))
                if operation is not None and _has_effect(operation, words):
                    what = f"aws {service.value} {named.value}"
                    yield _by(operation, service.start, named.end, what)
                    break


def _has_effect(operation: Operation, words: Sequence[Word]) -> bool:
    """Return whether the options of a command are such that the operation has its effect."""
    options = {word.value.partition("=")[0] for word in words}
    if not options.isdisjoint(_INPUTS):
        return True
    if operation.effect is Effect.LOOSENS:
        return _loosens(words)
    return not operation.only_with or any(f"--{_apart(name, '-')}" in options for name in operation.only_with)


def _loosens(words: Sequence[Word]) -> bool:
    """Return whether a command sets an option to a value that is not known to be safe."""
    for number, word in enumerate(words):
        name, is_joined, value = word.value.partition("=")
        if name in _SAFE:
            given = value if is_joined else words[number + 1].value if number + 1 < len(words) else ""
            if given not in _SAFE[name]:
                return True
    return False


@cache
def _calls(with_resources: bool) -> tuple[str, dict[str, Operation]]:
    """Return the pattern of calls in code, and the operations by what is called; `with_resources` adds the methods of
    boto3's resources.
    """
    methods = {form: operation for operation in _BY_ACTION.values() for form in _methods(operation)}
    methods["create_instances"] = _BY_ACTION["RunInstances"]
    if with_resources:
        methods |= {name: _BY_ACTION[action] for name, action in _OF_RESOURCES.items()}
    commands = {f"{action}Command": operation for action, operation in _BY_ACTION.items()}
    cmdlets = {name: _BY_ACTION[action] for name, action in _CMDLETS.items()}
    called = rf"\.({'|'.join(methods)})\s*\(|\bnew\s+({'|'.join(commands)})\b|\b({'|'.join(cmdlets)})(?![\w-])"
    return called, methods | commands | cmdlets


def _code(flat: str) -> Iterator[LaunchCall]:
    import re

    called, operations = _calls(any(resource in flat for resource in _RESOURCES))
    for found in re.finditer(called, flat):
        number = found.lastindex or 0
        operation = operations[found[number]]
        line = flat[flat.rfind("\n", 0, found.start()) + 1 : found.start()]
        if line.lstrip().startswith(_COMMENT) or not _passes(operation, flat[found.end() :]):
            continue
        yield _by(operation, found.start(number), found.end(number), found[number])


def _methods(operation: Operation) -> tuple[str, str, str]:
    return operation.snake, operation.action[0].lower() + operation.action[1:], operation.action


def _passes(operation: Operation, arguments: str) -> bool:
    """Return whether the arguments of a call are such that the operation has its effect."""
    import re

    if operation.effect is Effect.LOOSENS:
        return re.match(_REQUIRED, arguments) is None
    names = "|".join(name.replace("_", "_?") for name in (_apart(name, "_") for name in operation.only_with))
    return not names or re.search(names, arguments[:_ARGUMENTS], re.IGNORECASE) is not None

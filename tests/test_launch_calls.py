"""Calls that launch, loosen or grant, however AWS's tools write them; botocore knows which operations exist."""

from __future__ import annotations

import botocore.session
import pytest
from botocore import xform_name

from iplint.aws.launch_calls import (
    Effect,
    has_literal_target,
    launch_calls,
    may_be_run,
    may_launch,
    only_reads,
    service_calls,
)

# The operations by service, as botocore names both, and what each does.
OPERATIONS = [
    ("ec2", "RunInstances", "launches"),
    ("ec2", "RequestSpotInstances", "launches"),
    ("ec2", "RequestSpotFleet", "launches"),
    ("ec2", "CreateFleet", "launches"),
    ("ec2", "CreateLaunchTemplate", "launches"),
    ("ec2", "CreateLaunchTemplateVersion", "replaces"),
    ("ec2", "ModifyLaunchTemplate", "replaces"),
    ("ec2", "AssociateIamInstanceProfile", "replaces"),
    ("ec2", "ReplaceIamInstanceProfileAssociation", "replaces"),
    ("ec2", "DisassociateIamInstanceProfile", "replaces"),
    ("iam", "AddRoleToInstanceProfile", "replaces"),
    ("iam", "RemoveRoleFromInstanceProfile", "replaces"),
    ("autoscaling", "CreateLaunchConfiguration", "launches"),
    ("emr", "RunJobFlow", "launches"),
    ("eks", "CreateNodegroup", "launches"),
    ("ec2", "ModifyInstanceMetadataOptions", "loosens"),
    ("ec2", "ModifyInstanceMetadataDefaults", "loosens"),
    ("iam", "AttachRolePolicy", "grants"),
    ("iam", "PutRolePolicy", "grants"),
    ("iam", "DeleteRolePermissionsBoundary", "grants"),
    ("iam", "UpdateAssumeRolePolicy", "grants"),
    ("iam", "CreatePolicyVersion", "grants"),
    ("iam", "SetDefaultPolicyVersion", "grants"),
]
# Operations that replace something only where one of these parameters is given.
ONLY_WITH = {
    ("ec2", "ModifyFleet"): ["LaunchTemplateConfigs"],
    ("autoscaling", "UpdateAutoScalingGroup"): ["LaunchTemplate", "LaunchConfigurationName", "MixedInstancesPolicy"],
    ("autoscaling", "StartInstanceRefresh"): ["DesiredConfiguration"],
    ("eks", "UpdateNodegroupVersion"): ["launchTemplate"],
    ("elasticbeanstalk", "UpdateEnvironment"): ["OptionSettings", "OptionsToRemove", "TemplateName"],
    ("batch", "UpdateComputeEnvironment"): ["computeResources"],
}
# The parameters by which an operation says what it changes.
TARGETS = {
    ("iam", "AttachRolePolicy"): ["RoleName"],
    ("iam", "PutRolePolicy"): ["RoleName"],
    ("iam", "DeleteRolePermissionsBoundary"): ["RoleName"],
    ("iam", "UpdateAssumeRolePolicy"): ["RoleName"],
    ("iam", "CreatePolicyVersion"): ["PolicyArn"],
    ("iam", "SetDefaultPolicyVersion"): ["PolicyArn"],
    ("iam", "AddRoleToInstanceProfile"): ["InstanceProfileName"],
    ("iam", "RemoveRoleFromInstanceProfile"): ["InstanceProfileName"],
    ("ec2", "ModifyInstanceMetadataOptions"): ["InstanceId"],
    ("ec2", "AssociateIamInstanceProfile"): ["InstanceId"],
    ("ec2", "CreateLaunchTemplateVersion"): ["LaunchTemplateId", "LaunchTemplateName"],
    ("ec2", "ModifyLaunchTemplate"): ["LaunchTemplateId", "LaunchTemplateName"],
    ("ec2", "ModifyFleet"): ["FleetId"],
    ("autoscaling", "UpdateAutoScalingGroup"): ["AutoScalingGroupName"],
    ("autoscaling", "StartInstanceRefresh"): ["AutoScalingGroupName"],
    ("eks", "UpdateNodegroupVersion"): ["nodegroupName"],
    ("elasticbeanstalk", "UpdateEnvironment"): ["EnvironmentName", "EnvironmentId"],
    ("batch", "UpdateComputeEnvironment"): ["computeEnvironment"],
}
# Operations that code does not write by these names, or that are too common a word in it.
COMMANDS = [
    ("ec2", "RunScheduledInstances"),
    ("autoscaling", "CreateAutoScalingGroup"),
    ("batch", "CreateComputeEnvironment"),
    ("elasticbeanstalk", "CreateEnvironment"),
]
CMDLETS = {
    "launches": [
        "New-EC2Instance",
        "Request-EC2SpotInstance",
        "Request-EC2SpotFleet",
        "New-EC2Fleet",
        "New-EC2LaunchTemplate",
        "New-ASLaunchConfiguration",
        "New-EKSNodegroup",
        "Start-EMRJobFlow",
    ],
    "loosens": ["Edit-EC2InstanceMetadataOption", "Edit-EC2InstanceMetadataDefault"],
    "grants": [
        "Register-IAMRolePolicy",
        "Write-IAMRolePolicy",
        "Remove-IAMRolePermissionsBoundary",
        "Update-IAMAssumeRolePolicy",
        "New-IAMPolicyVersion",
        "Set-IAMDefaultPolicyVersion",
    ],
    "replaces": [
        "Add-IAMRoleToInstanceProfile",
        "Remove-IAMRoleFromInstanceProfile",
        "Register-EC2IamInstanceProfile",
        "Set-EC2IamInstanceProfileAssociation",
        "Unregister-EC2IamInstanceProfile",
        "New-EC2LaunchTemplateVersion",
        "Edit-EC2LaunchTemplate",
    ],
}


def found(flat: str) -> list[tuple[str, str]]:
    """The calls in a text: what each is called, and its effect. A text with calls must not be passed over."""
    calls = launch_calls(flat)
    assert may_launch(flat) or not calls
    return [(call.what, str(call.effect)) for call in calls]


@pytest.mark.parametrize(("service", "operation", "effect"), OPERATIONS)
def test_a_call_has_its_effect_in_every_language(service: str, operation: str, effect: str) -> None:
    assert operation in botocore.session.Session().get_service_model(service).operation_names
    camel, snake = operation[0].lower() + operation[1:], xform_name(operation)
    for name, text in [
        (snake, f"client.{snake}(Name='x')"),
        (camel, f"await client\n  .{camel}({{}}).promise()"),
        (operation, f"svc.{operation} (ctx, input)"),
        (f"{operation}Command", f"client.send(new {operation}Command({{}}))"),
    ]:
        assert found(text) == [(name, effect)]
        assert found(f"# {text}".replace("\n", "")) == []
    assert found(f"{snake} is not called, nor is {operation}Output(") == []


@pytest.mark.parametrize(
    ("service", "operation", "effect"),
    [one for one in OPERATIONS if one[1] != "RunJobFlow"] + [(*one, "launches") for one in COMMANDS],
)
def test_a_command_has_its_effect(service: str, operation: str, effect: str) -> None:
    assert operation in botocore.session.Session().get_service_model(service).operation_names
    command = xform_name(operation).replace("_", "-")
    options = "--http-tokens optional" if effect == "loosens" else "--role-name x"
    what = f"aws {service} {command}"
    assert found(f"aws {service} {command} {options}") == [(what, effect)]
    assert found(f"aws --region x {service} --output json {command} {options}") == [(what, effect)]
    assert found(f"aws {service} describe-{command}") == []
    assert found(f"echo aws {service} {command}") == []
    if service in ("ec2", "iam"):
        assert found(f"{command} {options}") == [(what, effect)]
    assert found("aws emr create-cluster --instance-profile x") == [("aws emr create-cluster", "launches")]


# PowerShell's name for an operation that only replaces something with a parameter.
CMDLETS_WITH = {
    "Edit-EC2Fleet": "LaunchTemplateConfig",
    "Update-ASAutoScalingGroup": "LaunchTemplate",
    "Start-ASInstanceRefresh": "DesiredConfiguration",
    "Update-EKSNodegroupVersion": "LaunchTemplate",
    "Update-EBEnvironment": "OptionSetting",
    "Update-BATComputeEnvironment": "ComputeResources",
}


@pytest.mark.parametrize(("service", "operation"), ONLY_WITH)
def test_a_call_replaces_something_only_with_some_parameters(service: str, operation: str) -> None:
    model = botocore.session.Session().get_service_model(service).operation_model(operation)
    command = f"aws {service} {xform_name(operation).replace('_', '-')}"
    for parameter in ONLY_WITH[service, operation]:
        assert parameter in model.input_shape.members
        option = "--" + xform_name(parameter).replace("_", "-")
        assert found(f"{command} {option} x") == [(command, "replaces")]
        assert found(f"client.{xform_name(operation)}({parameter}=x)") == [(xform_name(operation), "replaces")]
    assert found(f"{command} --name x") == []
    assert found(f"client.{xform_name(operation)}(Name=x)") == []
    for option in ("--cli-input-json", "--cli-input-yaml"):
        assert found(f"{command} {option} file://x") == [(command, "replaces")]


@pytest.mark.parametrize("cmdlet", CMDLETS_WITH)
def test_a_cmdlet_replaces_something_only_with_some_parameters(cmdlet: str) -> None:
    assert found(f"{cmdlet} -{CMDLETS_WITH[cmdlet]}s x") in ([(cmdlet, "replaces")], [])
    assert found(f"{cmdlet} -Name x") == []


@pytest.mark.parametrize(("service", "operation"), TARGETS)
def test_a_call_names_what_it_changes(service: str, operation: str) -> None:
    model = botocore.session.Session().get_service_model(service).operation_model(operation)
    others = "".join(f" {name}=x" for name in ONLY_WITH.get((service, operation), ()))
    for parameter in TARGETS[service, operation]:
        assert parameter in model.input_shape.members
        option = "--" + xform_name(parameter).replace("_", "-")
        more = "".join(f" --{xform_name(name).replace('_', '-')} x" for name in others.replace("=x", "").split())
        command = f"aws {service} {xform_name(operation).replace('_', '-')}{more} --http-tokens optional"
        code = f"client.{xform_name(operation)}({others.strip()}"
        for literal, given in ((True, f"{command} {option} web"), (True, f"{code} {parameter}='web')")):
            [call] = launch_calls(given)
            assert has_literal_target(given, call) is literal
        for given in (f"{command} {option} $IT", f"{code} {parameter}=it)"):
            [call] = launch_calls(given)
            assert not has_literal_target(given, call)


@pytest.mark.parametrize("operation", ["RunInstances", "CreateFleet"])
def test_a_launch_names_nothing_that_it_changes(operation: str) -> None:
    text = f"client.{xform_name(operation)}(x)"
    [call] = launch_calls(text)
    assert has_literal_target(text, call)


@pytest.mark.parametrize(
    ("call", "effect"),
    [
        ("iam.Role('web').attach_policy(PolicyArn=arn)", "grants"),
        ("iam.Policy(arn).attach_role(RoleName='web')", "grants"),
        ("iam.InstanceProfile('web').add_role(RoleName=name)", "replaces"),
        ("iam.InstanceProfile('web').remove_role(RoleName=name)", "replaces"),
    ],
)
def test_the_resources_of_boto3_have_methods_of_their_own(call: str, effect: str) -> None:
    method = call.partition(").")[2].partition("(")[0]
    [one] = launch_calls(call)
    assert (one.what, str(one.effect)) == (method, effect)
    assert may_launch(call)
    assert has_literal_target(call, one)
    unknown = call.replace("'web'", "name")
    assert not has_literal_target(unknown, launch_calls(unknown)[0])
    # Other things have such methods too.
    assert launch_calls(f"thing.{method}(x)") == []
    assert launch_calls(f"iam = boto3.resource('iam')\nfor it in all:\n  it.{method}(x)")


# Systems Manager Automation runbook reference.
LAUNCHING = [
    "AWS-CreateManagedLinuxInstance",
    "AWS-CreateManagedLinuxInstanceWithApproval",
    "AWS-CreateManagedWindowsInstance",
    "AWS-CreateManagedWindowsInstanceWithApproval",
    "AWS-UpdateLinuxAmi",
    "AWS-UpdateWindowsAmi",
    "AWSEC2-CloneInstanceAndUpgradeSQLServer",
    "AWSEC2-CloneInstanceAndUpgradeWindows",
    "AWSSupport-ExecuteEC2Rescue",
    "AWSSupport-SetupIPMonitoringFromVPC",
    "AWSSupport-StartEC2RescueWorkflow",
]


@pytest.mark.parametrize(
    ("runbook", "effect"), [*((name, "launches") for name in LAUNCHING), ("AWS-AttachIAMToInstance", "replaces")]
)
def test_runbooks_of_aws_have_effects(runbook: str, effect: str) -> None:
    text = f"aws ssm start-automation-execution --document-name {runbook} --parameters InstanceId=i-1"
    assert may_launch(text)
    [call] = service_calls(text, "command")
    assert (call.what, str(call.effect)) == (runbook, effect)
    assert list(service_calls(f"{runbook}Other", "command")) == []


HARMLESS = (*(":", "cat", "cd", "date", "echo", "exit", "jq", "mkdir", "printf", "set", "sleep", "test", "true"),)


@pytest.mark.parametrize(
    ("commands", "reads"),
    [
        ("aws ec2 describe-instances", True),
        ("aws iam get-role --role-name x", True),
        ("aws s3api list-buckets", True),
        ("aws ec2 wait instance-running", True),
        ("aws --debug --region x ec2 --output json describe-instances", False),
        ("aws --debug --region x --no-paginate ec2 describe-instances", True),
        ("aws --region=x ec2 describe-instances", True),
        # What it does is known, and is reported on its own.
        ("aws ec2 run-instances --image-id x", True),
        ("aws iam create-role --role-name x", False),
        ("aws", False),
        ("terraform apply", False),
        *((f"{name} x", True) for name in HARMLESS),
    ],
)
def test_commands_that_only_read(commands: str, reads: bool) -> None:
    assert only_reads(commands) is reads


@pytest.mark.parametrize("comment", ["#", "//", " * ", "  # ", "\t// "])
def test_calls_in_comments_are_none(comment: str) -> None:
    assert launch_calls(f"x = 1\n{comment}client.run_instances(x)\n") == []
    assert found(f"{comment}x\nclient.run_instances(x)\n") == [("run_instances", "launches")]


@pytest.mark.parametrize(
    ("text", "is_run"),
    [
        ("aws ec2 run-instances", True),
        ("run-instances", True),
        ("put-role-policy", True),
        ("create-nodegroup", False),
        ("New-EC2Instance", True),
        ("run($x)", True),
        ("ecs.runInstances$", True),
        ("AWS::EC2::Fleet", False),
        ("AWS::AutoScaling::LaunchConfiguration", False),
    ],
)
def test_a_single_word_is_run_only_if_it_is_a_command(text: str, is_run: bool) -> None:
    assert may_be_run(text) is is_run


@pytest.mark.parametrize(("cmdlet", "effect"), [(name, effect) for effect, names in CMDLETS.items() for name in names])
def test_a_cmdlet_has_its_effect(cmdlet: str, effect: str) -> None:
    assert found(f"{cmdlet} -Name x") == [(cmdlet, effect)]
    assert found(f"{cmdlet}s -Name x") == []


@pytest.mark.parametrize(
    ("options", "loosens"),
    [
        ("--http-tokens optional", True),
        ("--http-tokens=optional", True),
        ("--http-tokens $TOKENS", True),
        ("--http-tokens", True),
        ("--http-tokens required", False),
        ("--http-tokens=no-preference", False),
        ("--http-endpoint enabled", True),
        ("--http-endpoint disabled", False),
        ("--http-endpoint no-preference", False),
        ("--http-tokens required --http-endpoint enabled", True),
        ("--http-put-response-hop-limit 2", False),
    ],
)
def test_options_of_a_command_that_are_safe_loosen_nothing(options: str, loosens: bool) -> None:
    assert bool(found(f"aws ec2 modify-instance-metadata-options --instance-id i-1 {options}")) is loosens


@pytest.mark.parametrize(
    ("arguments", "loosens"),
    [
        ("HttpTokens='optional'", True),
        ("HttpTokens='required'", False),
        ("InstanceId=i, HttpTokens = 'no-preference'", False),
        ("InstanceId=i)\nother(HttpTokens='required'", True),
    ],
)
def test_arguments_of_a_function_that_are_safe_loosen_nothing(arguments: str, loosens: bool) -> None:
    assert bool(found(f"ec2.modify_instance_metadata_options({arguments})")) is loosens


@pytest.mark.parametrize(("service", "operation", "effect"), [one for one in OPERATIONS if one[2] != "grants"])
def test_services_call_operations_by_their_names(service: str, operation: str, effect: str) -> None:
    camel = operation[0].lower() + operation[1:]
    texts = [
        f"arn:aws:states:::aws-sdk:{service}:{camel}",
        f"arn:aws:scheduler:::aws-sdk:{service}:{camel}",
        f"arn:aws:apigateway:eu-west-1:ec2:action/{operation}",
        f'{{"service": "EC2", "action": "{camel}"}}',
        f"action: aws:executeAwsApi\ninputs: {{Api: {operation}}}",
    ]
    for text in texts:
        calls = list(service_calls(text, "definition"))
        assert [(call.what.lower(), str(call.effect)) for call in calls] == [(operation.lower(), effect)], text
        assert [text[call.start : call.end] for call in calls] == [call.what for call in calls]
    for name in ("Api", "action"):
        (call,) = service_calls(f" {operation}\n", name)
        assert (call.what, str(call.effect)) == (operation, effect)
    assert list(service_calls(operation, "Name")) == []


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("action: aws:runInstances", "runInstances"),
        ("arn:aws:states:::elasticmapreduce:createCluster.sync", "elasticmapreduce:createCluster"),
    ],
)
def test_services_have_launches_of_their_own(text: str, what: str) -> None:
    (call,) = service_calls(text, "definition")
    assert (call.what, call.effect, text[call.start : call.end]) == (what, Effect.LAUNCHES, what)


def test_calls_are_in_the_order_of_their_places() -> None:
    text = "aws ec2 run-instances\nec2.create_fleet()\naws iam put-role-policy\n"
    assert [effect for _, effect in found(text)] == ["launches", "launches", "grants"]

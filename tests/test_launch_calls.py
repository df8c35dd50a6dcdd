"""Calls that launch, loosen or grant, however AWS's tools write them; botocore knows which operations exist."""

from __future__ import annotations

import botocore.session
import pytest
from botocore import xform_name

from iplint.aws.launch_calls import Effect, launch_calls, may_launch, service_calls

# The operations by service, as botocore names both, and what each does.
OPERATIONS = [
    ("ec2", "RunInstances", "launches"),
    ("ec2", "RequestSpotInstances", "launches"),
    ("ec2", "RequestSpotFleet", "launches"),
    ("ec2", "CreateFleet", "launches"),
    ("ec2", "CreateLaunchTemplate", "launches"),
    ("ec2", "CreateLaunchTemplateVersion", "replaces"),
    ("autoscaling", "CreateLaunchConfiguration", "launches"),
    ("emr", "RunJobFlow", "launches"),
    ("eks", "CreateNodegroup", "launches"),
    ("ec2", "ModifyInstanceMetadataOptions", "loosens"),
    ("ec2", "ModifyInstanceMetadataDefaults", "loosens"),
    ("iam", "AttachRolePolicy", "grants"),
    ("iam", "PutRolePolicy", "grants"),
    ("iam", "DeleteRolePermissionsBoundary", "grants"),
]
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
    "grants": ["Register-IAMRolePolicy", "Write-IAMRolePolicy", "Remove-IAMRolePermissionsBoundary"],
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
    if service == "ec2":
        assert found(f"{command} {options}") == [(what, effect)]
    assert found("aws emr create-cluster --instance-profile x") == [("aws emr create-cluster", "launches")]


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

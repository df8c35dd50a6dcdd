"""The tables of privileges: the published paths by roles that have just their actions, and what an action applies to.

`escalation-paths.txt` has the paths once more, as their sources do; what an action applies to comes from the Service
Authorization Reference, as cfn-lint ships it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cfnlint
import pytest

from iplint.aws.actions import TARGETS
from iplint.aws.patterns import wildcard
from iplint.aws.policy import Statement, document
from iplint.finding import Report
from iplint.location import Source, Span, Verbatim
from iplint.value import Chunk, Known, Text

Check = Callable[..., Report]
LINES = (Path(__file__).parent / "escalation-paths.txt").read_text(encoding="utf-8").splitlines()
PUBLISHED = {
    name: frozenset(actions.split())
    for name, _, actions in (line.partition(": ") for line in LINES if not line.startswith("#"))
}
NAMED = frozenset(action for actions in PUBLISHED.values() for action in actions)
REFERENCE: dict[str, Any] = json.loads(
    (Path(cfnlint.__file__).parent / "data/AdditionalSpecs/Policies.json").read_text(encoding="utf-8")
)


def roles(held: dict[str, frozenset[str]]) -> str:
    """A template with a role and a profile for each name, and a policy that allows the actions on everything."""
    # Somebody else, so that none of them leads to another one.
    principal = {"AWS": "arn:aws:iam::111122223333:user/somebody"}
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    resources: dict[str, object] = {}
    for name, actions in held.items():
        allowed = {"Effect": "Allow", "Action": sorted(actions), "Resource": "*"}
        policy = {"PolicyName": "it", "PolicyDocument": {"Statement": [allowed]}}
        properties = {"AssumeRolePolicyDocument": {"Statement": [trust]}, "Policies": [policy]}
        resources[name] = {"Type": "AWS::IAM::Role", "Properties": properties}
        resources[f"{name}P"] = {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": [{"Ref": name}]}}
    return json.dumps({"Resources": resources})


def found(report: Report) -> dict[str, tuple[str, int]]:
    """The path that the finding on each role names, and how many there are."""
    paths: dict[str, tuple[str, int]] = {}
    for finding in report.findings:
        named = re.search(r"\((\S+)\)(?:; (\d+) more paths?)?$", finding.message)
        assert named is not None
        paths[finding.address] = (named[1], 1 + int(named[2] or 0))
    return paths


def within(actions: frozenset[str]) -> set[str]:
    """The published paths that need no other actions."""
    return {name for name, needed in PUBLISHED.items() if needed <= actions}


def test_each_published_path_is_found(template: Check) -> None:
    held = {f"R{number}": actions for number, actions in enumerate(PUBLISHED.values())}
    paths = found(template(roles(held), rules=["privilege-escalation"]))
    for role, actions in held.items():
        assert paths[role][0] in within(actions)
        assert paths[role][1] == len(within(actions)), actions


def test_a_path_needs_each_of_its_actions(template: Check) -> None:
    fewer = {actions - {action} for actions in PUBLISHED.values() for action in actions if len(actions) > 1}
    held = {f"R{number}": actions for number, actions in enumerate(sorted(fewer, key=sorted))}
    paths = found(template(roles(held), rules=["privilege-escalation"]))
    assert {role: paths[role][1] if role in paths else 0 for role in held} == {
        role: len(within(actions)) for role, actions in held.items()
    }


# Of what the reference has no resource, or none in cfn-lint's form of it: the resource that the action makes or uses.
RESOURCES = {
    "autoscaling:CreateAutoScalingGroup": ("autoScalingGroup:*:autoScalingGroupName/*",),
    "autoscaling:CreateLaunchConfiguration": ("launchConfiguration:*:launchConfigurationName/*",),
    "bedrock-agentcore:CreateCodeInterpreter": ("code-interpreter-custom/*",),
    "bedrock-agentcore:InvokeCodeInterpreter": ("code-interpreter-custom/*",),
    "bedrock-agentcore:StartCodeInterpreterSession": ("code-interpreter-custom/*",),
    "cloudformation:CreateStackInstances": ("stackset/*:*",),
    "cloudformation:CreateStackSet": ("stackset/*:*",),
    "cloudformation:UpdateStackSet": ("stackset/*:*",),
    "ecs:RegisterTaskDefinition": ("task-definition/*:*",),
    "ecs:RunTask": ("task-definition/*:*",),
    "ecs:StartTask": ("task-definition/*:*",),
    "elasticmapreduce:RunJobFlow": ("cluster/*",),
    "glue:CreateDevEndpoint": ("devEndpoint/*",),
    "ssm:StartAutomationExecution": ("automation-definition/*:*",),
}
# Any of these may name resources of many kinds.
ON_MANY = ("ec2:CreateFleet", "ec2:RequestSpotFleet", "ec2:RequestSpotInstances")
# AWS has these in the region, in no account.
OF_AWS = {"arn:aws:ssm:*:*:document/*": "arn:aws:ssm:REGION::document/AWS-RunShellScript"}


def documented(action: str) -> list[str]:
    """The ARNs that an action applies to, with `*` for what they leave open."""
    service, _, name = action.partition(":")
    if action in RESOURCES:
        return [f"arn:aws:{service}:*:*:{resource}" for resource in RESOURCES[action]]
    kinds = REFERENCE[service]["Actions"][name.lower()]["Resources"]
    formats = [
        written
        for kind in ([kinds] if isinstance(kinds, str) else kinds)
        for written in REFERENCE[service]["Resources"][kind]["ARNFormats"]
    ]
    return [re.sub(r"\$\{(?:Region|Account)\}|\.\*", "*", arn.replace("${Partition}", "aws")) for arn in formats]


def allowing(action: str, resources: list[str]) -> Statement:
    policy = json.dumps({"Statement": [{"Effect": "Allow", "Action": action, "Resource": resources}]})
    source = Source("t", policy)
    span = Span(source, 0, len(policy))
    [statement] = document(Known(Text((Chunk(policy, Verbatim(span)),)), span)).statements
    return statement


def example(arn: str, action: str) -> str:
    """One resource of the account, of a kind that AWS documents."""
    if arn in OF_AWS:
        return OF_AWS[arn]
    parts = arn.split(":", 5)
    account = "ANY" if action == "sts:AssumeRole" else "ACCOUNT"
    where = ("REGION" if parts[3] else "", account if parts[4] else "")
    name = parts[5].replace("*", "x") if parts[2] != "cloudformation" else parts[5].replace("*", "x/x")
    return ":".join((*parts[:3], *where, name))


@pytest.mark.parametrize("action", sorted(TARGETS))
def test_an_action_applies_to_the_resources_that_aws_documents(action: str) -> None:
    resources = documented(action)
    assert (allowing(action, resources).covers(action) is True) is (action not in ON_MANY)
    examples = [example(arn, action) for arn in resources]
    for target in TARGETS[action]:
        assert any(wildcard(target, arn) for arn in examples), target
    # Another service's resources are none of it.
    assert allowing(action, ["arn:aws:sqs:*:*:*"]).covers(action) is False


@pytest.mark.parametrize(
    ("action", "needed"),
    [
        ("ec2:RunInstances", ["image", "instance", "network-interface", "security-group", "subnet", "volume"]),
        ("batch:SubmitJob", ["job-definition", "job-queue"]),
        ("ecs:ExecuteCommand", ["cluster", "task"]),
        ("ssm:SendCommand", ["document", "instance"]),
    ],
)
def test_an_action_needs_a_resource_of_each_of_these_kinds(action: str, needed: list[str]) -> None:
    resources = [arn for arn in documented(action) if arn.split(":", 5)[5].split("/")[0] in needed]
    assert allowing(action, resources).covers(action) is True
    for kind in needed:
        others = [arn for arn in resources if arn.split(":", 5)[5].split("/")[0] != kind]
        assert allowing(action, others).covers(action) is False


# What a service keeps for its users is of one kind, whatever else it has.
MAIN_KINDS = {
    "dynamodb": "table/*",
    "ecr": "repository/*",
    "kinesis": "stream/*",
    "kms": "key/*",
    "lambda": "function:*",
    "logs": "log-group:*",
    "secretsmanager": "secret:*",
    "states": "stateMachine:*",
}


@pytest.mark.parametrize("service", MAIN_KINDS)
def test_all_of_a_service_is_all_of_its_main_kind(template: Check, service: str) -> None:
    patterns = [pattern for kind in REFERENCE[service]["Resources"].values() for pattern in kind["ARNFormats"]]
    assert any(re.search(rf"[:/]{re.escape(MAIN_KINDS[service][:-1])}", written) for written in patterns)
    wide: dict[str, bool] = {}
    for kind in (MAIN_KINDS[service], "other/*"):
        arn = f"arn:aws:{service}:*:*:{kind}"
        body = json.loads(roles({"R": frozenset()}))
        [policy] = body["Resources"]["R"]["Properties"]["Policies"]
        policy["PolicyDocument"]["Statement"] = [
            {"Effect": "Allow", "Action": f"{service}:*", "Resource": arn},
            {"Effect": "Deny", "Action": sorted(NAMED), "Resource": "*"},
        ]
        report = template(json.dumps(body), rules=["service-wide-access"])
        wide[kind] = bool(report.findings)
    assert wide == {MAIN_KINDS[service]: True, "other/*": False}


GIVING = [
    *("iam:CreatePolicyVersion", "iam:PutRolePolicy", "iam:PutUserPolicy", "iam:AttachUserPolicy"),
    *("iam:AttachRolePolicy", "iam:AttachGroupPolicy", "iam:PutGroupPolicy", "iam:AddUserToGroup"),
    "iam:SetDefaultPolicyVersion",
]


@pytest.mark.parametrize("action", [*GIVING, "s3:GetObject"])
def test_on_an_unknown_resource_an_action_may_give_permissions(template: Check, action: str) -> None:
    body = json.loads(roles({"R": frozenset()}))
    [policy] = body["Resources"]["R"]["Properties"]["Policies"]
    policy["PolicyDocument"]["Statement"] = [{"Effect": "Allow", "Action": action, "Resource": {"Ref": "Where"}}]
    body["Parameters"] = {"Where": {"Type": "String"}}
    found = [finding.message for finding in template(json.dumps(body), rules=["privilege-escalation"]).findings]
    asked = [message for message in found if "can give itself any permission depends on" in message]
    assert bool(asked) is (action in GIVING)


def escalation(template: Check, *statements: dict[str, object]) -> list[str]:
    """What is said of a role with these statements, in a template with a user."""
    body = json.loads(roles({"R": frozenset()}))
    [policy] = body["Resources"]["R"]["Properties"]["Policies"]
    policy["PolicyDocument"]["Statement"] = list(statements)
    body["Resources"]["Somebody"] = {"Type": "AWS::IAM::User"}
    report = template(json.dumps(body), rules=["privilege-escalation"])
    return [str(finding.verdict) for finding in report.findings]


def putting(resource: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": "iam:PutUserPolicy", "Resource": resource}


def test_statements_may_cover_all_users_together(template: Check) -> None:
    short, others = putting("arn:aws:iam::*:user/?"), putting("arn:aws:iam::*:user/??*")
    assert escalation(template, short, others) == ["fail"]
    assert escalation(template, short) == []
    assert escalation(template, others) == []


def test_the_arn_that_aws_gives_a_user_is_that_of_one(template: Check) -> None:
    assert escalation(template, putting({"Fn::GetAtt": ["Somebody", "Arn"]})) == []
    assert escalation(template, putting({"Fn::ImportValue": "users"})) == ["undecided"]

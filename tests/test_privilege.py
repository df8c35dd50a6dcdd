"""What the policies of a role come to when they are taken together."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import botocore.session
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import judged
from iplint.aws import managed_policies
from iplint.aws.actions import IAM_WRITES, receivers
from iplint.aws.escalation import ACTIONS, CATEGORIES, PATHS, SERVICES
from iplint.finding import Finding, Report

Check = Callable[..., Report]
Statement = dict[str, object]
PRIVILEGE = (
    "administrator-access",
    "near-administrator-access",
    "privilege-escalation",
    "unrestricted-passrole",
    "service-wide-access",
    "administrator-with-imdsv1",
)
EVERYTHING: Statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
ALL_BUT_CREATING: Statement = {"Effect": "Allow", "NotAction": "iam:Create*", "Resource": "*"}
DENYING_ALL_BUT_CREATING: Statement = {"Effect": "Deny", "NotAction": "iam:Create*", "Resource": "arn:aws:iam::*:*"}
POWER_USER: Statement = {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}


def allow(actions: object, resources: object = "*", **more: object) -> Statement:
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def deny(actions: object, resources: str | list[str] = "*", **more: object) -> Statement:
    return {"Effect": "Deny", "Action": actions, "Resource": resources, **more}


def stack(
    policies: Iterable[list[Statement]],
    *,
    managed: Iterable[str] = (),
    boundary: object = None,
    tokens: str = "required",
    launch: bool = True,
    more: dict[str, object] | None = None,
) -> str:
    """A template with one role, its policies each in a resource of its own, a profile and an instance."""
    role: dict[str, object] = {
        "AssumeRolePolicyDocument": {
            "Statement": {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        },
        "ManagedPolicyArns": [f"arn:aws-us-gov:iam::aws:policy/{name}" for name in managed],
    }
    if boundary is not None:
        role["PermissionsBoundary"] = boundary
    resources: dict[str, object] = {
        "Role": {"Type": "AWS::IAM::Role", "Properties": role},
        "Profile": {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": [{"Ref": "Role"}]}},
        **(more or {}),
    }
    for number, statements in enumerate(policies):
        resources[f"Policy{number}"] = {
            "Type": "AWS::IAM::Policy",
            "Properties": {
                "Roles": [{"Ref": "Role"}],
                "PolicyDocument": {"Version": "2012-10-17", "Statement": statements},
            },
        }
    if launch:
        resources["Host"] = {
            "Type": "AWS::EC2::Instance",
            "Properties": {
                "IamInstanceProfile": {"Ref": "Profile"},
                "MetadataOptions": {"HttpTokens": tokens},
                "NetworkInterfaces": [{"DeviceIndex": "0", "AssociatePublicIpAddress": True}],
            },
        }
    return json.dumps({"Resources": resources}, indent=1)


def privileges(report: Report) -> list[tuple[str, str, str]]:
    """The failing findings of the privilege rules: rule, address, severity."""
    return sorted(
        (finding.rule, finding.address, finding.severity.word)
        for finding in report.findings
        if finding.verdict == "fail" and finding.rule in PRIVILEGE
    )


def only(report: Report, rule: str) -> Finding:
    [found] = [finding for finding in report.findings if finding.rule == rule]
    return found


@pytest.mark.parametrize(
    ("policies", "found"),
    [
        ([[EVERYTHING]], [("administrator-access", "Policy0", "critical")]),
        ([[POWER_USER], [allow("iam:*")]], [("administrator-access", "Role", "critical")]),
        ([[POWER_USER], [allow("iam:AttachRolePolicy")]], [("administrator-access", "Role", "critical")]),
        ([[POWER_USER], [allow("iam:PassRole")]], [("near-administrator-access", "Policy0", "high")]),
        ([[POWER_USER], [allow("iam:*"), deny("iam:*")]], [("near-administrator-access", "Policy0", "high")]),
        ([[EVERYTHING], [deny("iam:*")]], [("near-administrator-access", "Policy0", "high")]),
        ([[EVERYTHING], [deny("IAM:?*")]], [("near-administrator-access", "Policy0", "high")]),
        ([[EVERYTHING], [deny("*", "arn:aws:iam::*:*")]], [("near-administrator-access", "Policy0", "high")]),
        ([[EVERYTHING], [deny("*")]], []),
        ([[ALL_BUT_CREATING], [DENYING_ALL_BUT_CREATING]], [("near-administrator-access", "Policy0", "high")]),
        (
            [[ALL_BUT_CREATING, DENYING_ALL_BUT_CREATING], [allow("iam:CreateAccessKey")]],
            [("administrator-access", "Role", "critical")],
        ),
        ([[EVERYTHING], [{"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}]], []),
        ([[EVERYTHING], [{"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::bucket/*"}]], []),
        ([[allow("sts:AssumeRole", "arn:aws:iam::111122223333:role/*")]], []),
        ([[allow("sts:AssumeRole", "arn:aws:iam::*:role/*")]], [("privilege-escalation", "Policy0", "medium")]),
        ([[EVERYTHING], [deny(["iam:CreateUser", "s3:*"])]], [("administrator-access", "Policy0", "critical")]),
        ([[EVERYTHING], [deny("*", "arn:aws:iam::*:role/one")]], [("administrator-access", "Policy0", "critical")]),
        (
            [[EVERYTHING], [deny("*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}})]],
            [("administrator-access", "Policy0", "critical")],
        ),
        (
            [
                [allow([f"{letter}*" for letter in "abcdefghijklm"])],
                [allow([f"{letter}*" for letter in "nopqrstuvwxyz"])],
            ],
            [("administrator-access", "Role", "critical")],
        ),
        ([[allow("iam:PassRole")], [allow("ec2:*")]], [("privilege-escalation", "Policy0", "high")]),
        ([[allow("iam:PassRole")], [allow("s3:GetObject")]], [("unrestricted-passrole", "Policy0", "medium")]),
        ([[allow("iam:UpdateAssumeRolePolicy")]], [("privilege-escalation", "Policy0", "medium")]),
        ([[allow(["sqs:*"])]], [("service-wide-access", "Policy0", "medium")]),
        ([[allow("s3:*"), deny("s3:*")]], []),
        ([[allow("ssm:StartSession", Condition={"StringEquals": {"ssm:resourceTag/a": "b"}})]], []),
    ],
)
def test_one_fact_of_all_policies_of_a_role(
    template: Check, policies: list[list[Statement]], found: list[tuple[str, str, str]]
) -> None:
    [(rule, address, severity)] = found or [("", "", "")]
    address = "Policy1" if (rule, address) == ("administrator-access", "Role") else address
    assert privileges(template(stack(policies), rules=PRIVILEGE)) == ([(rule, address, severity)] if found else [])


@pytest.mark.parametrize(
    ("managed", "found"),
    [
        (["AdministratorAccess"], ["administrator-access"]),
        (["AdministratorAccess", "PowerUserAccess"], ["administrator-access"]),
        (["PowerUserAccess", "IAMFullAccess"], ["administrator-access"]),
        (["IAMFullAccess"], ["near-administrator-access"]),
        (["service-role/AmazonEC2SpotFleetRole"], ["privilege-escalation"]),
        (["AdministratorAccess-AWSElasticBeanstalk"], ["near-administrator-access"]),
        (["AdministratorAccess-Amplify"], ["near-administrator-access"]),
        (["AmazonS3FullAccess"], ["service-wide-access"]),
        (["AmazonSSMFullAccess"], ["privilege-escalation", "service-wide-access"]),
        (["AWSDenyAll", "AdministratorAccess"], []),
        (["AmazonEC2SpotFleetRole"], []),
        (["AWSAuditManagerAdministratorAccess"], ["service-wide-access"]),
        (["AmazonSSMManagedInstanceCore", "CloudWatchAgentServerPolicy", "SecurityAudit", "ReadOnlyAccess"], []),
    ],
)
def test_managed_policies_count_by_what_they_allow(template: Check, managed: list[str], found: list[str]) -> None:
    assert [rule for rule, _, _ in privileges(template(stack([], managed=managed)))] == found


POLICY = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {"Statement": [POWER_USER]}}}


@pytest.mark.parametrize(
    ("boundary", "found"),
    [
        (None, [("administrator-access", "Policy0", "critical")]),
        ("", [("administrator-access", "Policy0", "critical")]),
        ("arn:aws:iam::aws:policy/AdministratorAccess", [("administrator-access", "Policy0", "critical")]),
        ("arn:aws:iam::111122223333:policy/boundary", [("administrator-access", "Policy0", "high")]),
        ("arn:aws:iam::aws:policy/PowerUserAccess", [("near-administrator-access", "Policy0", "high")]),
        ({"Ref": "Boundary"}, [("near-administrator-access", "Policy0", "high")]),
        ("arn:aws:iam::aws:policy/ReadOnlyAccess", []),
    ],
)
def test_a_boundary_in_sight_counts_and_another_lowers_the_severity(
    template: Check, boundary: object, found: list[tuple[str, str, str]]
) -> None:
    more: dict[str, object] = {"Boundary": POLICY}
    report = template(stack([[EVERYTHING]], boundary=boundary, more=more))
    assert [finding for finding in privileges(report) if finding[1] != "Boundary"] == found


@pytest.mark.parametrize(
    ("statements", "severities"),
    [
        ([POWER_USER], ("high", "medium")),
        ([{**POWER_USER, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}], ("medium", "low")),
        ([allow(["iam:PassRole", "ec2:RunInstances"])], ("high", "medium")),
        ([allow("ssm:SendCommand")], ("high", "medium")),
        ([allow("sts:AssumeRole")], ("medium", "low")),
        ([allow("s3:*")], ("medium", "low")),
        ([allow("iam:PassRole")], ("medium", "low")),
    ],
)
def test_severity_follows_the_launch_and_the_condition(
    template: Check, statements: list[Statement], severities: tuple[str, str]
) -> None:
    found = [
        privileges(template(stack([statements], launch=launch), rules=PRIVILEGE))[0][2] for launch in (True, False)
    ]
    assert tuple(found) == severities


def test_a_way_to_more_names_its_actions_and_where_each_is_granted(template: Check) -> None:
    report = template(stack([[allow("ec2:RunInstances")], [allow("iam:Pass*")]]))
    found = only(report, "privilege-escalation")
    assert found.message == (
        "Role can start something that runs with a more powerful role by iam:PassRole and ec2:RunInstances (ec2-001)"
    )
    assert found.label == "Policy1 grants iam:PassRole"
    assert found.related[0].message == "Policy0 grants ec2:RunInstances"


def test_the_halves_of_administrator_access_are_told_together(template: Check) -> None:
    found = only(template(stack([[POWER_USER], [allow("iam:Put*")]])), "administrator-access")
    assert found.address == "Policy1"
    assert found.message.endswith("every action on every resource, by 2 statements or policies together")
    assert found.related[0].message == "Policy0 gives every action outside of IAM"


@pytest.mark.parametrize("policies", [[[EVERYTHING], [allow("iam:Put*")]], [[allow("iam:Put*")], [EVERYTHING]]])
def test_what_gives_everything_alone_is_one_finding_in_any_order(
    template: Check, policies: list[list[Statement]]
) -> None:
    found = only(template(stack(policies)), "administrator-access")
    assert found.address == f"Policy{policies.index([EVERYTHING])}"
    assert "together" not in found.message


def test_an_administrator_behind_imdsv1_is_one_fact_more(template: Check) -> None:
    report = template(stack([[EVERYTHING]], tokens="optional"))
    found = only(report, "administrator-with-imdsv1")
    assert found.severity.word == "critical"
    assert found.message == (
        "Host allows IMDSv1, and its role Role has administrator access and asks for a public address"
    )
    assert "Policy0 gives administrator access: every action on every resource" in [
        step.message for step in found.related
    ]
    rules = {finding.rule for finding in report.findings}
    assert rules == {"administrator-with-imdsv1", "administrator-access", "imdsv1-allowed"}


def test_a_document_is_judged_with_the_denials_of_who_uses_it(configuration: Check) -> None:
    text = """
data "aws_iam_policy_document" "all" {
  statement {
    actions   = ["*"]
    resources = ["*"]
  }
}
resource "aws_iam_role" "web" {
  assume_role_policy = jsonencode({ Statement = [] })
}
resource "aws_iam_role_policy" "all" {
  role   = aws_iam_role.web.id
  policy = data.aws_iam_policy_document.all.json
}
"""
    denial = """
resource "aws_iam_role_policy" "none" {
  role   = aws_iam_role.web.id
  policy = jsonencode({ Statement = [{ Effect = "Deny", Action = "iam:*", Resource = "*" }] })
}
"""
    assert [rule for rule, _, _ in privileges(configuration(text))] == ["administrator-access"]
    assert privileges(configuration(text + denial)) == []


def test_conditional_policies_without_a_telling_action_open_no_worlds(template: Check) -> None:
    names = [f"P{number}" for number in range(30)]
    body = json.loads(stack([[allow("iam:PassRole")]]))
    body["Parameters"] = {name: {"Type": "String", "Default": "a", "AllowedValues": ["a", "b"]} for name in names}
    body["Conditions"] = {f"C{name}": {"Fn::Equals": [{"Ref": name}, "a"]} for name in names}
    for name in names:
        body["Resources"][f"Policy{name}"] = {
            "Type": "AWS::IAM::Policy",
            "Condition": f"C{name}",
            "Properties": {"Roles": [{"Ref": "Role"}], "PolicyDocument": {"Statement": [allow("s3:GetObject")]}},
        }
    report = template(json.dumps(body), rules=PRIVILEGE)
    assert privileges(report) == [("unrestricted-passrole", "Policy0", "medium")]
    assert [notice.message for notice in report.notices] == []


@pytest.mark.parametrize(
    ("allowed", "is_left"), [("s3:*", True), ("*", True), ("sqs:*", False), ("s3:GetObject", False)]
)
def test_a_boundary_leaves_the_services_that_it_allows(template: Check, allowed: str, is_left: bool) -> None:
    policy = {"PolicyDocument": {"Statement": [allow(allowed)]}}
    more: dict[str, object] = {"Limit": {"Type": "AWS::IAM::ManagedPolicy", "Properties": policy}}
    report = template(stack([[allow("s3:*")]], boundary={"Ref": "Limit"}, more=more), rules=["service-wide-access"])
    assert bool(privileges(report)) is is_left


def test_the_tables_are_well_formed() -> None:
    assert all(re.fullmatch(r"[a-z0-9-]+:[A-Z][A-Za-z0-9]+", action) for action in ACTIONS)
    assert {path.category for path in PATHS} == set(CATEGORIES)
    assert len({path.name for path in PATHS}) == len(PATHS)
    # Those of pathfinding.cloud have numbers, those of our own words.
    assert all(re.fullmatch(r"[a-z0-9]+-(?:\d{3}|[a-z-]+)", path.name) for path in PATHS)
    assert {"iam", "ec2", "sts"} <= SERVICES


# What the Service Authorization Reference has by another name than the API, or without an operation of its own.
NO_OPERATIONS = {"iam:PassRole", "lambda:InvokeFunction"}
MODELS = {"elasticmapreduce": "emr", "bedrock-agentcore": "bedrock-agentcore-control"}


@pytest.mark.parametrize("action", sorted({*ACTIONS} - NO_OPERATIONS))
def test_an_action_of_an_escalation_is_one_of_its_service(action: str) -> None:
    service, _, name = action.partition(":")
    session = botocore.session.Session()
    models = {MODELS.get(service, service), service} & set(session.get_available_services())
    names = {name for model in models for name in session.get_service_model(model).operation_names}
    assert not names or name in names


@pytest.mark.parametrize(
    ("action", "services"),
    [
        ("apprunner:CreateService", {"tasks.apprunner", "build.apprunner"}),
        ("autoscaling:CreateAutoScalingGroup", {"autoscaling", "ec2"}),
        ("batch:RegisterJobDefinition", {"batch", "ecs-tasks"}),
        ("datapipeline:CreatePipeline", {"datapipeline", "elasticmapreduce", "ec2"}),
        ("ecs:RunTask", {"ecs", "ecs-tasks"}),
        ("elasticmapreduce:RunJobFlow", {"elasticmapreduce", "ec2"}),
        ("ec2:RunInstances", {"ec2"}),
        ("lambda:CreateFunction", {"lambda"}),
    ],
)
def test_a_role_is_passed_to_the_services_that_run_what_an_action_makes(action: str, services: set[str]) -> None:
    found = receivers(("iam:PassRole", action))
    assert {name for name in found if not name.startswith("iam.")} == {
        f"{service}.{suffix}" for service in services for suffix in ("amazonaws.com", "amazonaws.com.cn")
    }


# An evaluator of single requests, as the IAM User Guide describes it, to compare verdicts on whole roles with.
REQUESTS = [
    (action, resource)
    for action, resources in {
        **{
            action: [f"arn:aws:iam::111122223333:{kind}/a", f"arn:aws:iam::111122223333:{kind}/b/c"]
            for action, kind in IAM_WRITES.items()
        },
        "s3:GetObject": ["arn:aws:s3:::bucket/key", "arn:aws:s3:::other/key"],
        "organizations:ListAccounts": ["arn:aws:organizations::111122223333:account/o-a/111122223333"],
        "zz9:UnheardOf": ["arn:aws:zz9:eu-west-1:111122223333:thing/one"],
    }.items()
    for resource in resources
]


def matched(patterns: object, string: str, flags: int) -> bool:
    listed = patterns if isinstance(patterns, list) else [patterns]
    return any(
        re.fullmatch(re.escape(str(pattern)).replace(r"\*", ".*").replace(r"\?", "."), string, flags)
        for pattern in listed
    )


def permitted(statements: list[Statement], action: str, resource: str) -> bool:
    """Whether one request is allowed: by a statement, and denied by none."""

    def concerns(statement: Statement) -> bool:
        for element, string, flags in (("Action", action, re.IGNORECASE), ("Resource", resource, 0)):
            if element in statement and not matched(statement[element], string, flags):
                return False
            if f"Not{element}" in statement and matched(statement[f"Not{element}"], string, flags):
                return False
        return True

    effects = {statement["Effect"] for statement in statements if concerns(statement)}
    return effects == {"Allow"}


ACTION_PATTERNS = ["*", "*:*", "iam:*", "IAM:put*", "iam:Create*", "s3:*", "organizations:*", "?*"]
RESOURCE_PATTERNS = ["*", "arn:*", "arn:aws:*", "arn:aws:s3:::bucket/*", "arn:aws:iam::*:*", "arn:aws:iam::*:role/a"]
STATEMENTS = st.builds(
    lambda effect, action, actions, resource, resources: {"Effect": effect, action: actions, resource: resources},
    st.sampled_from(["Allow", "Allow", "Deny"]),
    st.sampled_from(["Action", "Action", "NotAction"]),
    st.lists(st.sampled_from(ACTION_PATTERNS), min_size=1, max_size=3),
    st.sampled_from(["Resource", "Resource", "NotResource"]),
    st.lists(st.sampled_from(RESOURCE_PATTERNS), min_size=1, max_size=2),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(STATEMENTS, min_size=1, max_size=3), min_size=1, max_size=3))
def test_administrator_access_agrees_with_an_evaluation_of_requests(policies: list[list[Statement]]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "template.json"
        path.write_text(stack(policies), encoding="utf-8")
        found = {rule for rule, _, _ in privileges(judged(path, rules=["administrator-access"]))}
    statements = [statement for policy in policies for statement in policy]
    answers = {request: permitted(statements, *request) for request in REQUESTS}
    if all(answers.values()):
        assert found == {"administrator-access"}
    # Denials of the same action on different resources are not put together.
    if sum(statement["Effect"] == "Deny" and statement.get("Resource") != ["*"] for statement in statements) > 1:
        return
    if not any(answer for (action, _), answer in answers.items() if action.startswith("iam:")):
        assert found == set()
    if not any(answers[request] for request in REQUESTS if not request[0].startswith("iam:")):
        assert found == set()


def test_what_asks_for_a_second_factor_is_nothing_that_an_instance_has(template: Check) -> None:
    condition: dict[str, object] = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    assert privileges(template(stack([[{**allow("iam:*"), "Condition": condition}]]))) == []
    condition = {"Bool": {"aws:multifactorAuthPresent": [True]}}
    assert privileges(template(stack([[{**allow("s3:*"), "Condition": condition}]]))) == []
    # A key that is not there fulfils the second of these.
    for operator, value in (("Bool", "false"), ("BoolIfExists", "true")):
        met = {operator: {"aws:MultiFactorAuthPresent": value}}
        assert privileges(template(stack([[{**allow("iam:*"), "Condition": met}]]))) != []


@pytest.mark.parametrize(
    ("action", "resource", "found"),
    [
        ("s3:*", "arn:aws:s3:::*", ["service-wide-access"]),
        ("s3:*", "arn:*:s3:::*", ["service-wide-access"]),
        ("s3:*", "arn:aws:s3:::artifacts", []),
        ("s3:*", "arn:aws:s3:::artifacts-*", []),
        ("sqs:*", "arn:aws:s3:::*", []),
    ],
)
def test_every_resource_of_a_service_by_its_name(template: Check, action: str, resource: str, found: list[str]) -> None:
    statement = {**allow(action), "Resource": resource}
    assert [rule for rule, _, _ in privileges(template(stack([[statement]])))] == found


ON_ROLES = "arn:aws:iam::*:role/"


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        ([allow("iam:PutRolePolicy", "arn:aws:iam::${aws:PrincipalAccount}:role/*")], True),
        ([allow("iam:PutRolePolicy", f"{ON_ROLES}${{aws:PrincipalTag/team}}/*")], False),
        ([allow("iam:PutRolePolicy", [f"{ON_ROLES}?", f"{ON_ROLES}??*"])], True),
        ([allow("iam:PutRolePolicy", f"{ON_ROLES}?"), allow("iam:PutRolePolicy", f"{ON_ROLES}??*")], True),
        ([allow("iam:PutRolePolicy", [f"{ON_ROLES}a*", f"{ON_ROLES}b*"])], False),
        ([allow("iam:PutRolePolicy", {"Fn::Sub": f"{ON_ROLES}${{AWS::StackName}}-*"})], True),
        ([allow("iam:PutRolePolicy", {"Fn::Sub": f"{ON_ROLES}${{AWS::StackName}}-Other-*"})], False),
        ([allow("lambda:UpdateFunctionCode", "arn:aws:lambda:*:*:function:*")], True),
        ([allow("lambda:UpdateFunctionCode", {"Fn::Sub": "arn:aws:lambda:${AWS::Region}:*:function:*"})], True),
        ([allow("lambda:UpdateFunctionCode", "arn:aws:lambda:*:*:function:own-*")], False),
        ([allow(["iam:PassRole", "ec2:RunInstances"], ["arn:aws:iam::*:role/*", "arn:aws:ec2:*"])], True),
        ([allow("iam:PassRole"), allow("ec2:RunInstances", "arn:aws:ec2:*:*:instance/*")], False),
        ([allow(["iam:PassRole", "batch:RegisterJobDefinition", "batch:SubmitJob"])], True),
        ([allow(["iam:PassRole", "states:CreateStateMachine", "states:StartExecution"])], True),
        ([allow(["iam:PassRole", "elasticmapreduce:RunJobFlow"])], True),
    ],
)
def test_every_resource_is_what_the_action_is_done_to(
    template: Check, statements: list[Statement], found: bool
) -> None:
    rules = [rule for rule, _, _ in privileges(template(stack([statements]), rules=["privilege-escalation"]))]
    assert rules == (["privilege-escalation"] if found else [])


@pytest.mark.parametrize(
    ("condition", "severity"),
    [
        ({"StringLike": {"aws:PrincipalArn": "*"}}, "medium"),
        ({"Null": {"aws:userid": "false"}}, "medium"),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, "medium"),
        ({"DateGreaterThan": {"aws:CurrentTime": "2000-01-01T00:00:00Z"}}, "medium"),
        ({"ArnLike": {"ec2:SourceInstanceARN": "arn:aws:ec2:*:*:instance/*"}}, "medium"),
        ({"Bool": {"aws:ViaAWSService": "true"}}, "medium"),
        ({"StringEquals": {"example:unheard-of": "x"}}, "medium"),
        ({"StringNotEquals": {"aws:ResourceTag/team": "red"}}, "medium"),
        ({"StringEquals": {"aws:ResourceTag/team": "red"}}, None),
        ({"StringEquals": {"iam:PermissionsBoundary": "arn:aws:iam::111122223333:policy/b"}}, None),
        ({"StringEquals": {"aws:username": "x"}}, None),
        ({"StringEquals": {"saml:aud": "x"}}, None),
        ({"StringEquals": {"aws:PrincipalType": "User"}}, None),
    ],
)
def test_a_condition_lowers_the_severity_unless_no_instance_meets_it_or_it_names_resources(
    template: Check, condition: dict[str, object], severity: str | None
) -> None:
    report = template(stack([[allow("iam:PutRolePolicy", Condition=condition)]]), rules=["privilege-escalation"])
    assert [found for _, _, found in privileges(report)] == ([severity] if severity is not None else [])


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        ([{"Effect": "allow", "Action": "*", "Resource": "*"}], ["fail"]),
        ([{"Effect": "ALLOW", "Action": "*", "Resource": "*"}], ["fail"]),
        ([{"Effect": "Allow", "Action": "*"}], ["fail"]),
        ([{"Action": "*"}], ["fail"]),
        ([EVERYTHING, {"Effect": "deny", "Action": "*", "Resource": "*"}], ["fail"]),
        ([EVERYTHING, {"Effect": "Deny", "Action": "*"}], ["fail"]),
        ([allow("*", "${aws:PrincipalTag/on, '*'}")], ["undecided"]),
        ([allow("*", "${aws:PrincipalTag/on}")], []),
        ([allow("*", "${aws:PrincipalTag/on, 'none'}")], []),
    ],
)
def test_what_iam_rejects_or_nobody_documents_is_never_nothing(
    template: Check, statements: list[Statement], found: list[str]
) -> None:
    report = template(stack([statements]), rules=["administrator-access"])
    assert [str(finding.verdict) for finding in report.findings] == found


@pytest.mark.parametrize(
    ("resource", "found"),
    [
        ({"Fn::GetAtt": ["Bucket", "Arn"]}, []),
        ({"Fn::Sub": "${Bucket.Arn}/*"}, []),
        ({"Fn::GetAtt": ["Custom", "Arn"]}, ["undecided"]),
        ({"Ref": "Custom"}, ["undecided"]),
        ({"Fn::Sub": "${Provided.Arn}"}, ["undecided"]),
        ({"Fn::Sub": "arn:aws:${Custom.Rest}"}, ["undecided"]),
        ({"Fn::Sub": "arn:aws:s3:::${Custom.Name}/*"}, []),
        ({"Fn::GetAtt": ["Nested", "Outputs.BucketArn"]}, ["undecided"]),
        ({"Ref": "Nested"}, []),
        ({"Fn::GetAtt": ["Other", "Arn"]}, ["undecided"]),
    ],
)
def test_only_what_aws_gives_names_one_resource(template: Check, resource: object, found: list[str]) -> None:
    # The function behind a custom resource, and a template that is not here, may give a pattern.
    more: dict[str, object] = {
        "Bucket": {"Type": "AWS::S3::Bucket"},
        "Custom": {"Type": "Custom::Made", "Properties": {"ServiceToken": "arn"}},
        "Provided": {"Type": "AWS::CloudFormation::CustomResource", "Properties": {"ServiceToken": "arn"}},
        "Nested": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "https://example.com/t"}},
        "Other": {"Type": "Acme::Made::Thing"},
    }
    report = template(stack([[allow("*", resource)]], more=more), rules=["administrator-access"])
    assert [str(finding.verdict) for finding in report.findings] == found


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}, True),
        ({"StringLike": {"iam:PassedToService": "ec2.*"}}, True),
        ({"StringNotEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}, True),
        ({"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}, False),
        ({"StringNotLike": {"iam:PassedToService": "*"}}, False),
    ],
)
def test_a_role_is_passed_to_the_service_of_the_way(template: Check, asked: dict[str, object], found: bool) -> None:
    statements = [allow("iam:PassRole", Condition=asked), allow("ec2:RunInstances")]
    rules = [rule for rule, _, _ in privileges(template(stack([statements]), rules=["privilege-escalation"]))]
    assert rules == (["privilege-escalation"] if found else [])


@pytest.mark.parametrize(
    "name",
    [
        "AdministratorAccess",
        "AdministratorAccess-AWSElasticBeanstalk",
        "AmazonDynamoDBFullAccesswithDataPipeline",
        "AmazonEC2FullAccess",
        "AmazonS3FullAccess",
        "AmazonSSMFullAccess",
        "AmazonSSMManagedInstanceCore",
        "AWSLambda_FullAccess",
        "IAMFullAccess",
        "PowerUserAccess",
        "SecretsManagerReadWrite",
        "service-role/AWSBatchServiceRole",
    ],
)
def test_a_managed_policy_is_what_its_statements_are(template: Check, name: str) -> None:
    written = dict(managed_policies.policies())[name]
    statements: list[Statement] = [
        {"Effect": "Allow", **({} if "NotResource" in one else {"Resource": "*"}), **one} for one in written
    ]
    inline = [(rule, severity) for rule, _, severity in privileges(template(stack([statements])))]
    attached = [(rule, severity) for rule, _, severity in privileges(template(stack([], managed=[name])))]
    assert attached == inline


PAGE = Path(__file__).parent.parent / "docs" / "managed-policies.md"
ROWS = re.findall(r"^\| (\S+) \| (?!reported)([a-z].*) \|$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)


@pytest.mark.parametrize(("name", "reported"), ROWS)
def test_the_page_of_managed_policies_says_what_is_reported(template: Check, name: str, reported: str) -> None:
    rules = [rule for rule in PRIVILEGE if rule != "unrestricted-passrole"]
    found = [f"{rule} {severity}" for rule, _, severity in privileges(template(stack([], managed=[name]), rules=rules))]
    assert found == sorted(re.sub(r" \(.*?\)", "", part) for part in reported.split("; ") if part != "nothing")


def test_a_policy_that_aws_does_not_have_is_undecided(template: Check) -> None:
    report = template(stack([], managed=["NoSuchPolicy"]), rules=PRIVILEGE)
    [found] = report.findings
    assert (found.rule, found.verdict) == ("administrator-access", "undecided")
    assert "policy arn:aws-us-gov:iam::aws:policy/NoSuchPolicy, which is not among the policies of AWS" in found.message


def role(principal: object, *statements: Statement, managed: tuple[str, ...] = (), **more: object) -> dict[str, object]:
    """A role that lets a principal assume it."""
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    properties: dict[str, object] = {
        "AssumeRolePolicyDocument": {"Statement": [{**trust, **more}]},
        "ManagedPolicyArns": [f"arn:aws:iam::aws:policy/{name}" for name in managed],
        "Policies": [{"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)}}],
    }
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def arn_of(name: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, "Arn"]}


OWN_ROOT = {"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}}
BOSS = ("AdministratorAccess",)
ASSUMING: Statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": arn_of("Boss")}
PASSING: Statement = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": arn_of("Boss")}
WITH_LAMBDA = allow(["lambda:CreateFunction", "lambda:InvokeFunction"])


@pytest.mark.parametrize(
    ("statements", "more", "severity"),
    [
        ([ASSUMING], {"Boss": role({"AWS": arn_of("Role")}, managed=BOSS)}, "high"),
        ([ASSUMING], {"Boss": role(OWN_ROOT, managed=BOSS)}, "high"),
        ([ASSUMING], {"Boss": role({"AWS": {"Ref": "AWS::AccountId"}}, managed=BOSS)}, "high"),
        ([ASSUMING], {"Boss": role({"AWS": {"Fn::ImportValue": "Who"}}, managed=BOSS)}, "medium"),
        ([ASSUMING], {"Boss": role({"AWS": "111122223333"}, managed=BOSS)}, "medium"),
        ([ASSUMING], {"Boss": role({"AWS": arn_of("Role")}, managed=("IAMFullAccess",))}, "high"),
        ([ASSUMING], {"Boss": role({"AWS": arn_of("Role")}, allow("iam:PutRolePolicy"))}, "high"),
        ([ASSUMING], {"Boss": role({"AWS": arn_of("Role")}, allow("s3:GetObject", "arn:aws:s3:::b/*"))}, None),
        ([ASSUMING], {"Boss": role({"Service": "lambda.amazonaws.com"}, managed=BOSS)}, None),
        ([allow("s3:GetObject")], {"Boss": role(OWN_ROOT, managed=BOSS)}, None),
        ([PASSING, WITH_LAMBDA], {"Boss": role({"Service": "lambda.amazonaws.com"}, managed=BOSS)}, "high"),
        ([PASSING, WITH_LAMBDA], {"Boss": role({"Service": "ec2.amazonaws.com"}, managed=BOSS)}, None),
        ([PASSING, allow("ec2:RunInstances")], {"Boss": role({"Service": "ec2.amazonaws.com"}, managed=BOSS)}, None),
        (
            [PASSING, allow("ec2:RunInstances")],
            {
                "Boss": role({"Service": "ec2.amazonaws.com"}, managed=BOSS),
                "Its": {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": [{"Ref": "Boss"}]}},
            },
            "high",
        ),
        (
            [ASSUMING],
            {
                "Boss": role(
                    {"AWS": arn_of("Role")},
                    managed=BOSS,
                    Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}},
                )
            },
            None,
        ),
        (
            [ASSUMING],
            {"Boss": role({"AWS": arn_of("Role")}, managed=BOSS, Condition={"StringEquals": {"sts:ExternalId": "x"}})},
            "medium",
        ),
    ],
)
def test_a_role_has_the_access_of_the_roles_that_it_can_act_as(
    template: Check, statements: list[Statement], more: dict[str, object], severity: str | None
) -> None:
    report = template(stack([statements], more=more), rules=["privilege-escalation"])
    assert [found for _, address, found in privileges(report) if address == "Policy0"] == (
        [severity] if severity is not None else []
    )


@pytest.mark.parametrize(
    ("statements", "principal", "severity"),
    [
        ([allow("s3:GetObject", "arn:aws:s3:::b/*")], {"AWS": arn_of("Role")}, "high"),
        ([allow("s3:GetObject", "arn:aws:s3:::b/*")], {"AWS": [arn_of("Other"), arn_of("Role")]}, "high"),
        ([allow("sts:AssumeRole", arn_of("Other"))], {"AWS": arn_of("Role")}, "high"),
        ([], {"AWS": arn_of("Role")}, "high"),
        ([], OWN_ROOT, None),
        ([], {"AWS": "*"}, None),
        ([], {"AWS": arn_of("Other")}, None),
        ([deny("sts:AssumeRole")], {"AWS": arn_of("Role")}, None),
        ([{**deny("sts:AssumeRole"), "Resource": arn_of("Boss")}], {"AWS": arn_of("Role")}, None),
        ([{**deny("sts:AssumeRole"), "Resource": arn_of("Other")}], {"AWS": arn_of("Role")}, "high"),
        (
            [deny("sts:AssumeRole", Condition={"Bool": {"aws:SecureTransport": "false"}})],
            {"AWS": arn_of("Role")},
            "high",
        ),
        ([ASSUMING, {**deny("sts:*"), "Resource": arn_of("Boss")}], {"AWS": arn_of("Role")}, None),
    ],
)
def test_a_role_that_a_trust_policy_names_needs_no_permission_to_assume(
    template: Check, statements: list[Statement], principal: object, severity: str | None
) -> None:
    # AWS STS API Reference, "AssumeRole": in one account it is enough to be named in the role's trust policy.
    others = {"Boss": role(principal, managed=BOSS), "Other": role({"Service": "lambda.amazonaws.com"})}
    report = template(stack([statements] if statements else [], more=others), rules=["privilege-escalation"])
    assert privileges(report) == ([("privilege-escalation", "Boss", severity)] if severity is not None else [])
    assert report.launches.proven == (severity is None)


@pytest.mark.parametrize(
    ("session", "found"),
    [
        ("${Role}/i-0123456789abcdef0", True),
        ("${Role}/${Session}", True),
        ("web/i-0123456789abcdef0", True),
        ("other/i-0123456789abcdef0", False),
    ],
)
def test_a_trust_policy_that_names_a_session_of_a_role_may_admit_an_instance(
    template: Check, session: str, found: bool
) -> None:
    arn = {"Fn::Sub": f"arn:aws:sts::${{AWS::AccountId}}:assumed-role/{session}"}
    tree = json.loads(stack([], more={"Boss": role({"AWS": arn}, managed=BOSS)}))
    tree["Parameters"] = {"Session": {"Type": "String"}}
    tree["Resources"]["Role"]["Properties"]["RoleName"] = "web"
    report = template(json.dumps(tree), rules=["privilege-escalation"])
    assert privileges(report) == ([("privilege-escalation", "Boss", "medium")] if found else [])
    assert report.launches.proven == (not found)


def test_a_role_that_a_trust_policy_names_is_undecided_where_the_other_may_be_an_administrator(template: Check) -> None:
    boss = role({"AWS": arn_of("Role")})
    boss["Properties"] = {**boss["Properties"], "ManagedPolicyArns": [{"Ref": "Given"}]}  # type: ignore[dict-item]  # a role has properties
    text = stack([], more={"Boss": boss})
    text = json.dumps({**json.loads(text), "Parameters": {"Given": {"Type": "String"}}})
    report = template(text, rules=["privilege-escalation"])
    assert [(str(finding.verdict), finding.rule) for finding in report.findings] == [
        ("undecided", "privilege-escalation")
    ]


UNKNOWN = {"Ref": "Trust"}
OF_ROLE: Statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": arn_of("Role")}}
UNKNOWN_TRUSTS: list[object] = [
    UNKNOWN,
    {"Statement": UNKNOWN},
    {"Statement": [UNKNOWN]},
    {"Statement": [{**OF_ROLE, "Effect": UNKNOWN}]},
    {"Statement": [{**OF_ROLE, "Action": UNKNOWN}]},
    {"Statement": [{**OF_ROLE, "Action": {"Fn::Sub": "sts:${Trust}"}}]},
]


@pytest.mark.parametrize("statements", [[ASSUMING], [PASSING, WITH_LAMBDA]])
@pytest.mark.parametrize("through", [False, True])
@pytest.mark.parametrize("trust", UNKNOWN_TRUSTS)
def test_who_may_act_as_an_administrator_role_is_open_where_its_trust_is_unknown(
    template: Check, statements: list[Statement], through: bool, trust: object
) -> None:
    boss = role({}, managed=BOSS)
    boss["Properties"] = {**boss["Properties"], "AssumeRolePolicyDocument": trust}  # type: ignore[dict-item]  # a role has properties
    more: dict[str, object] = {"Boss": boss}
    own = statements
    if through:
        more["Clerk"] = role({"AWS": arn_of("Role")}, *statements)
        own = [{**ASSUMING, "Resource": arn_of("Clerk")}]
    tree = {"Parameters": {"Trust": {"Type": "String"}}, **json.loads(stack([own], more=more))}
    report = template(json.dumps(tree))
    found = only(report, "privilege-escalation")
    assert found.verdict == "undecided"
    assert found.message == "whether Role can give itself any permission depends on parameter Trust"
    assert report.launches.proven == 0


ON = {
    "Parameters": {"On": {"Type": "String", "Default": "no"}},
    "Conditions": {"C": {"Fn::Equals": [{"Ref": "On"}, "yes"]}},
}
EITHER = {"Fn::If": ["C", ["arn:aws:iam::aws:policy/AdministratorAccess"], {"Ref": "AWS::NoValue"}]}


@pytest.mark.parametrize("statements", [[ASSUMING], [PASSING, WITH_LAMBDA]])
@pytest.mark.parametrize("through", [False, True])
def test_a_role_that_becomes_an_administrator_in_another_scenario_may_be_reached_there(
    template: Check, statements: list[Statement], through: bool
) -> None:
    trusted: dict[str, object] = {"AWS": arn_of("Clerk" if through else "Role"), "Service": "lambda.amazonaws.com"}
    boss = role(trusted)
    boss["Properties"] = {**boss["Properties"], "ManagedPolicyArns": EITHER}  # type: ignore[dict-item]  # a role has properties
    more: dict[str, object] = {"Boss": boss}
    own = statements
    if through:
        more["Clerk"] = role({"AWS": arn_of("Role")}, *statements)
        own = [{**ASSUMING, "Resource": arn_of("Clerk")}]
    report = template(json.dumps({**ON, **json.loads(stack([own], more=more))}))
    found = only(report, "privilege-escalation")
    assert (found.verdict, found.when) == ("undecided", 'fails when parameter On is "yes"')
    assert report.launches.proven == 0


CHANGED = [f"{service}:*" for service in ("s3", "sqs", "sns", "dynamodb", "kms", "rds", "ecs", "logs")]
READING = (
    *("Describe", "Get", "List", "BatchGet", "Lookup", "Estimate", "Validate", "View", "Check", "Search", "Query"),
    *("Scan", "Filter", "Read", "Head", "Preview"),
)


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ("athena:*", "near-administrator-access"),
        ("athena:StartQueryExecution", "near-administrator-access"),
        *((f"athena:{verb}*", "privilege-escalation") for verb in READING),
    ],
)
def test_an_escalation_beside_changes_in_ten_services_is_nearly_administrator_access(
    template: Check, more: str, rule: str
) -> None:
    report = template(stack([[allow("iam:PutRolePolicy"), allow([*CHANGED, more])]]), rules=PRIVILEGE)
    assert {finding.rule for finding in report.findings} - {"service-wide-access"} == {rule}


def test_known_actions_of_a_list_that_goes_on_count(configuration: Check) -> None:
    report = configuration(
        """
variable "more" {}
resource "aws_iam_role" "app" {
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}
resource "aws_iam_instance_profile" "app" {
  role = aws_iam_role.app.name
}
resource "aws_iam_role_policy" "app" {
  role   = aws_iam_role.app.name
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = concat(["*"], var.more), Resource = "*" }] })
}
""",
        rules=["administrator-access"],
    )
    assert [finding.verdict for finding in report.findings] == ["fail"]


@pytest.mark.parametrize("order", [1, -1])
def test_each_policy_is_explored_as_itself(template: Check, order: int) -> None:
    policies = [[allow({"Fn::If": ["C", action, "s3:GetObject"]})] for action in ("*", "s3:PutObject")][::order]
    found = only(template(json.dumps({**ON, **json.loads(stack(policies))})), "administrator-access")
    policy = "Policy0" if order == 1 else "Policy1"
    assert (found.verdict, found.address, found.when) == ("undecided", policy, 'fails when parameter On is "yes"')


def test_an_unknown_denial_in_a_trust_policy_admits_nobody(template: Check) -> None:
    boss = role({"Service": "lambda.amazonaws.com"}, managed=BOSS, NotAction=UNKNOWN, Effect="Deny")
    tree = {"Parameters": {"Trust": {"Type": "String"}}, **json.loads(stack([[ASSUMING]], more={"Boss": boss}))}
    assert template(json.dumps(tree)).launches.proven == 1


def test_the_way_to_an_administrator_role_is_shown_through_the_roles_between(template: Check) -> None:
    more: dict[str, object] = {
        "Boss": role({"AWS": arn_of("Clerk")}, managed=BOSS),
        "Clerk": role({"AWS": arn_of("Role")}, ASSUMING),
    }
    statement: Statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": arn_of("Clerk")}
    found = only(template(stack([[statement]], more=more)), "privilege-escalation")
    assert found.message == ("Role can act as Boss, which has administrator access, by sts:AssumeRole (sts-001)")
    assert [step.message for step in found.related[:4]] == [
        "Clerk trusts Role",
        "Clerk grants sts:AssumeRole",
        "Boss trusts Clerk",
        "Boss, which has administrator access",
    ]


def test_seven_wide_actions_of_one_policy_are_one_finding_at_the_action(template: Check) -> None:
    services = ["sns:*", "sqs:*", "dynamodb:*", "logs:*", "events:*", "kinesis:*", "xray:*"]
    report = template(stack([[allow(["s3:GetObject", *services])]]))
    found = only(report, "service-wide-access")
    assert found.at.text == '"sns:*"'
    assert all(service in found.message for service in services)


COMMAND = "aws iam attach-role-policy --policy-arn arn:aws:iam::aws:policy/AdministratorAccess --role-name"
CODE = "import boto3\nboto3.client('iam').put_role_policy(RoleName='app-role', PolicyName='p')\n"


@pytest.mark.parametrize(
    ("runs", "proven"),
    [
        ({"Type": "AWS::EC2::Instance", "Properties": {"UserData": {"Fn::Sub": f"{COMMAND} ${{Role}}"}}}, 0),
        ({"Type": "AWS::EC2::Instance", "Properties": {"UserData": {"Fn::Sub": f"{COMMAND} other"}}}, 1),
        ({"Type": "AWS::Lambda::Function", "Properties": {"Code": {"ZipFile": CODE}}}, 0),
        ({"Type": "AWS::Lambda::Function", "Properties": {"Code": {"ZipFile": CODE.replace("app-role", "x")}}}, 1),
    ],
)
def test_a_command_that_gives_the_role_a_policy_leaves_its_privileges_open(
    template: Check, runs: dict[str, object], proven: int
) -> None:
    written = json.loads(stack([], more={"Runs": runs}))
    written["Resources"]["Role"]["Properties"]["RoleName"] = "app-role"
    [properties] = [
        one["Properties"]
        for one in written["Resources"].values()
        if one["Type"] == "AWS::EC2::Instance" and "UserData" not in one["Properties"]
    ]
    assert properties["IamInstanceProfile"]
    assert template(json.dumps(written)).launches.proven == proven


def test_actions_that_only_read_iam_raise_no_privileges(template: Check) -> None:
    assert privileges(template(stack([[allow("iam:Get*"), allow("iam:List*")]]), rules=PRIVILEGE)) == []


def test_an_unknown_action_is_no_certain_part_of_administrator_access(template: Check) -> None:
    statement: Statement = {"Effect": "Allow", "Action": {"Ref": "Action"}, "Resource": "*"}
    tree = {"Parameters": {"Action": {"Type": "String"}}, **json.loads(stack([[statement]]))}
    assert {finding.verdict for finding in template(json.dumps(tree), rules=PRIVILEGE).findings} == {"undecided"}


ANY: dict[str, object] = {"Ref": "Any"}
PART: dict[str, object] = {"Fn::Sub": "arn:aws:iam::*:role/${Any}"}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([allow("iam:PassRole", ANY), allow("ec2:RunInstances")], "undecided"),
        ([allow("iam:PassRole"), allow("ec2:RunInstances", ANY)], "undecided"),
        ([allow(["iam:PassRole", "ec2:RunInstances"], ANY)], "undecided"),
        ([allow("iam:PassRole", [ANY]), allow(["lambda:CreateFunction", "lambda:InvokeFunction"])], "undecided"),
        ([allow("lambda:UpdateFunctionCode", ANY)], "undecided"),
        ([allow("sts:AssumeRole", ANY)], "undecided"),
        ([allow("ssm:SendCommand", {"Fn::Split": [",", ANY]})], "undecided"),
        ([{"Effect": "Allow", "NotAction": ANY, "Resource": "*"}], "undecided"),
        ([{"Effect": "Allow", "NotAction": ANY, "Resource": ["*", "x"]}, deny("iam:*")], "undecided"),
        ([{"Effect": "Allow", "Action": "iam:PassRole", "NotResource": ANY}, allow("ec2:RunInstances")], "undecided"),
        ([{"Effect": ANY, "Action": ["iam:PassRole", "ec2:RunInstances"], "Resource": "*"}], "undecided"),
        ([{"Effect": "Allow", "NotAction": ANY, "Resource": "arn:aws:s3:::bucket/*"}], "proven"),
        ([allow("iam:PassRole", PART), allow("ec2:RunInstances")], "proven"),
        ([allow("iam:PassRole", {"Fn::GetAtt": ["Role", "Arn"]}), allow("ec2:RunInstances")], "proven"),
        ([allow("iam:PassRole", ANY)], "proven"),
        ([allow("s3:GetObject", ANY)], "proven"),
        ([allow("iam:PassRole", ANY), allow("ec2:RunInstances"), deny("iam:PassRole")], "proven"),
    ],
)
def test_an_unknown_resource_may_be_the_part_that_an_escalation_needs(
    template: Check, statements: list[Statement], expected: str
) -> None:
    tree = {"Parameters": {"Any": {"Type": "String"}}, **json.loads(stack([statements]))}
    report = template(json.dumps(tree), rules=[*PRIVILEGE, "missing-instance-profile", "role-without-ec2-trust"])
    assert getattr(report.launches, expected) == report.launches.checked == 1
    assert not any(one.is_failure and one.rule == "privilege-escalation" for one in report.findings)


def sub(text: str) -> dict[str, object]:
    return {"Fn::Sub": text}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([allow(sub("iam:Put${Any}"))], "undecided"),
        ([allow(sub("iam:${Any}RolePolicy"), {"Fn::GetAtt": ["Role", "Arn"]})], "undecided"),
        (
            [{**allow(sub("iam:Put${Any}")), "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}}],
            "undecided",
        ),
        # Neither a denial nor a condition that an instance does not meet, or that leaves some roles, gives anything.
        ([deny(ANY)], "proven"),
        ([deny(sub("iam:Put${Any}")), allow("s3:GetObject")], "proven"),
        ([{**allow(sub("iam:Put${Any}")), "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}], "proven"),
        ([{**allow(sub("iam:Put${Any}")), "Condition": {"StringEquals": {"iam:ResourceTag/a": "b"}}}], "proven"),
    ],
)
def test_an_unknown_action_may_give_the_role_more(template: Check, statements: list[Statement], expected: str) -> None:
    tree = {"Parameters": {"Any": {"Type": "String"}}, **json.loads(stack([statements]))}
    report = template(json.dumps(tree))
    assert getattr(report.launches, expected) == report.launches.checked == 1
    raised = [one.verdict for one in report.findings if one.rule == "privilege-escalation"]
    assert raised == (["undecided"] if expected == "undecided" else [])


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("var.any", "undecided"),
        ("data.terraform_remote_state.other.outputs.role", "undecided"),
        ("data.aws_ssm_parameter.role.value", "undecided"),
        ("data.aws_iam_role.other.arn", "proven"),
        ('"${data.aws_iam_role.other.arn}/*"', "proven"),
        ("data.aws_iam_roles.others.arns", "proven"),
        ("aws_iam_role.app.arn", "proven"),
    ],
)
def test_an_arn_that_a_data_source_reads_names_a_resource(configuration: Check, resource: str, expected: str) -> None:
    report = configuration(
        f"""
variable "any" {{}}
data "terraform_remote_state" "other" {{
  backend = "s3"
}}
data "aws_ssm_parameter" "role" {{
  name = "/role"
}}
data "aws_iam_role" "other" {{
  name = "other"
}}
data "aws_iam_roles" "others" {{}}
resource "aws_iam_role" "app" {{
  assume_role_policy = jsonencode({{
    Statement = [{{ Effect = "Allow", Principal = {{ Service = "ec2.amazonaws.com" }}, Action = "sts:AssumeRole" }}]
  }})
}}
resource "aws_iam_role_policy" "app" {{
  role   = aws_iam_role.app.id
  policy = jsonencode({{
    Statement = [
      {{ Effect = "Allow", Action = "iam:PassRole", Resource = {resource} }},
      {{ Effect = "Allow", Action = "ec2:RunInstances", Resource = "*" }},
    ]
  }})
}}
resource "aws_iam_instance_profile" "app" {{
  role = aws_iam_role.app.name
}}
resource "aws_instance" "app" {{
  ami                  = "ami-12345678"
  iam_instance_profile = aws_iam_instance_profile.app.name
  metadata_options {{
    http_tokens = "required"
  }}
}}
"""
    )
    assert getattr(report.launches, expected) == report.launches.checked == 1


def test_a_policy_of_the_template_is_not_that_of_aws_with_its_name(template: Check) -> None:
    report = template(
        """\
Resources:
  Own:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      ManagedPolicyName: AdministratorAccess
      PolicyDocument: {Statement: [{Effect: Allow, Action: s3:GetObject, Resource: "*"}]}
  Role:
    Type: AWS::IAM::Role
    Properties:
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/AdministratorAccess"]
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: sts:AssumeRole}]
""",
        rules=PRIVILEGE,
    )
    assert [(found.rule, found.address) for found in report.findings] == [("administrator-access", "Role")]


@pytest.mark.parametrize(
    ("command", "proven"),
    [
        ("aws iam put-role-policy --role-name web --policy-name x", 0),
        ("aws ec2 run-instances --image-id ami-1 # for role_name=web", 1),
        ("ROLE_NAME=web aws ec2 run-instances --image-id ami-1", 1),
        ("ROLE_NAME=web; aws ec2 run-instances; aws iam put-role-policy --role-name $ROLE_NAME", 0),
    ],
)
def test_a_command_that_names_a_role_grants_it_nothing_unless_it_gives_a_policy(
    configuration: Check, command: str, proven: int
) -> None:
    report = configuration(
        f"""
resource "aws_iam_role" "r" {{
  name = "web"
  assume_role_policy = jsonencode({{
    Statement = [{{ Effect = "Allow", Principal = {{ Service = "ec2.amazonaws.com" }}, Action = "sts:AssumeRole" }}]
  }})
}}
resource "aws_iam_instance_profile" "p" {{
  role = aws_iam_role.r.name
}}
resource "aws_instance" "i" {{
  iam_instance_profile = aws_iam_instance_profile.p.name
  metadata_options {{
    http_tokens = "required"
  }}
}}
resource "null_resource" "n" {{
  provisioner "local-exec" {{
    command = "{command}"
  }}
}}
"""
    )
    assert report.launches.proven == proven


@pytest.mark.parametrize(
    ("named", "verdict"),
    [("${Name}", "fail"), ("${Other}", "undecided"), ("app-${Name}", None), ("other", None)],
)
def test_a_role_with_an_unknown_name_is_named_by_the_same_unknown_only(
    template: Check, named: str, verdict: str | None
) -> None:
    report = template(
        f"""
Parameters:
  Name: {{Type: String}}
  Other: {{Type: String}}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Ref Name
      AssumeRolePolicyDocument:
        Statement: [{{Effect: Allow, Principal: {{Service: ec2.amazonaws.com}}, Action: "sts:AssumeRole"}}]
      Policies:
        - PolicyName: p
          PolicyDocument:
            Statement:
              - Effect: Allow
                Action: iam:PutRolePolicy
                Resource: !Sub "arn:aws:iam::${{AWS::AccountId}}:role/{named}"
  Profile: {{Type: AWS::IAM::InstanceProfile, Properties: {{Roles: [!Ref Role]}}}}
""",
        rules=["privilege-escalation"],
    )
    assert [str(finding.verdict) for finding in report.findings] == ([verdict] if verdict else [])


@pytest.mark.parametrize(("managed", "verdicts"), [("AdministratorAccess", ["fail"]), ("ReadOnlyAccess", [])])
def test_roles_that_may_assume_each_other_are_followed_once(template: Check, managed: str, verdicts: list[str]) -> None:
    def role(name: str, other: str, admitted: str, more: str = "") -> str:
        return f"""
  {name}:
    Type: AWS::IAM::Role
    Properties:
      RoleName: {name.lower()}
      {more}
      AssumeRolePolicyDocument:
        Statement:
          - {{Effect: Allow, Principal: {{Service: ec2.amazonaws.com}}, Action: "sts:AssumeRole"}}
          - {{Effect: Allow, Principal: {{AWS: {admitted}}}, Action: "sts:AssumeRole"}}
      Policies:
        - PolicyName: p
          PolicyDocument:
            Statement: [{{Effect: Allow, Action: "sts:AssumeRole", Resource: {other}}}]
"""

    arn = "arn:aws:iam::111122223333:role"
    account = f'["{arn}/first", "{arn}/second", "{arn}/third"]'
    report = template(
        "Resources:\n"
        + role("First", f"{arn}/second", account)
        + role("Second", f'["{arn}/third", "{arn}/first"]', account)
        + role(
            "Third",
            f'["{arn}/second", "{arn}/first"]',
            account,
            f'ManagedPolicyArns: ["arn:aws:iam::aws:policy/{managed}"]',
        )
        + "  Profile: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: [!Ref First]}}\n",
        parameters={"AWS::AccountId": "111122223333"},
        rules=["privilege-escalation"],
    )
    assert [str(finding.verdict) for finding in report.findings if "First can" in finding.message] == verdicts


def test_a_denial_of_an_unknown_resource_takes_away_nothing_for_certain(template: Check) -> None:
    everything = allow("*")
    denial: Statement = {
        "Effect": "Deny",
        "Action": "iam:*",
        "Resource": [{"Ref": "Where"}, "arn:aws:iam::111122223333:role/x"],
    }
    written = json.loads(stack([[everything, denial]]))
    report = template(json.dumps({"Parameters": {"Where": {"Type": "String"}}, **written}))
    assert [notice.message for notice in report.notices] == []
    assert {str(finding.verdict) for finding in report.findings if finding.rule == "administrator-access"} == {"fail"}


@pytest.mark.parametrize(
    ("policy", "is_raised"),
    [
        ("arn:aws:iam::aws:policy/AdministratorAccess", True),
        ("arn:aws:iam::aws:policy/Admin*", True),
        ("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess", False),
        ("arn:aws:iam::aws:policy/${*}", False),
    ],
)
def test_attaching_one_policy_raises_privileges_where_it_is_that_of_administrators(
    template: Check, policy: str, is_raised: bool
) -> None:
    statement = allow("iam:AttachRolePolicy", Condition={"ArnLike": {"iam:PolicyARN": policy}})
    report = template(stack([[statement]]), rules=["privilege-escalation"])
    assert bool(report.findings) is is_raised


@pytest.mark.parametrize(
    ("actions", "named"),
    [
        (["sqs:*"], "sqs:*"),
        (["sqs:*", "sns:*"], "sqs:* and sns:*"),
        (["sqs:*", "sns:*", "ses:*"], "sqs:*, sns:* and ses:*"),
    ],
)
def test_several_services_are_one_sentence(template: Check, actions: list[str], named: str) -> None:
    finding = only(template(stack([[allow(actions)]])), "service-wide-access")
    assert finding.message == f"Role may do anything with a whole service: {named} on every resource"


@pytest.mark.parametrize(
    ("resource", "verdict"),
    [
        ("data.aws_iam_role.x.arn", None),
        ("data.aws_iam_roles.x.arns", None),
        ("data.aws_iam_role.x.path", "undecided"),
        # What takes an ARN to pieces, and what is not of AWS, may have a pattern for all roles.
        ("data.aws_arn.x.arn", "undecided"),
        ("data.corp_role.x.arn", "undecided"),
    ],
)
def test_the_arn_of_a_data_source_of_aws_is_that_of_one_role(
    configuration: Check, resource: str, verdict: str | None
) -> None:
    type = resource.split(".")[1]
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    report = configuration(
        f'data "{type}" "x" {{}}\nresource "aws_iam_role" "it" {{\n  name = "it"\n'
        f"  assume_role_policy = jsonencode({json.dumps({'Statement': [trust]})})\n}}\n"
        'resource "aws_iam_instance_profile" "it" {\n  role = aws_iam_role.it.name\n}\n'
        'data "aws_iam_policy_document" "it" {\n  statement {\n    actions = ["iam:PutUserPolicy"]\n'
        f"    resources = {resource if resource.endswith('arns') else f'[{resource}]'}\n  }}\n}}\n"
        'resource "aws_iam_role_policy" "it" {\n  role = aws_iam_role.it.name\n'
        "  policy = data.aws_iam_policy_document.it.json\n}\n",
        rules=["privilege-escalation"],
    )
    assert [str(found.verdict) for found in report.findings] == ([] if verdict is None else [verdict])


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        # A pattern of an account or region is as wide as the one account or region that it may name.
        ([allow("iam:AttachRolePolicy", "arn:aws:iam::????????????:role/*")], "privilege-escalation"),
        ([allow("iam:AttachRolePolicy", "arn:aws:iam::1234*:role/*")], "privilege-escalation"),
        ([allow("iam:AttachRolePolicy", "arn:aws*:iam::12345678901?:role/*")], "privilege-escalation"),
        ([allow("iam:AttachRolePolicy", "arn:aws:iam::123:role/*?")], "privilege-escalation"),
        ([allow("sqs:*", "arn:aws:sqs:eu-*:*:*")], "service-wide-access"),
        ([allow("sqs:*", "arn:aws:sqs:??-west-1:????????????:*")], "service-wide-access"),
        # No account has so few digits.
        ([allow("iam:AttachRolePolicy", "arn:aws:iam::???:role/*")], None),
        # Denials, and exceptions, of one region or of some accounts leave the others.
        ([allow("sqs:*"), deny("sqs:*", "arn:aws:sqs:us-east-1:*:*")], "service-wide-access"),
        ([allow("sqs:*"), deny("sqs:*", "arn:aws:sqs:us-*:*:*")], "service-wide-access"),
        ([allow("sqs:*"), deny("sqs:*", "arn:aws:sqs:*:1*:*")], "service-wide-access"),
        ([allow("sqs:*"), deny("sqs:*", "arn:aws:sqs:*:????????????:*")], None),
        ([allow("sqs:*"), deny("sqs:*", "arn:aws:sqs:*:123456789012:*")], None),
        ([allow("iam:AttachRolePolicy"), deny("iam:*", "arn:aws:iam::1*:role/*")], "privilege-escalation"),
    ],
)
def test_patterns_of_accounts_and_regions(template: Check, statements: list[Statement], found: str | None) -> None:
    report = template(stack([statements]))
    assert {one.rule for one in report.findings} == ({found} if found else set())
    assert (report.launches.proven == 1) is (found != "privilege-escalation")

"""How much a finding matters, what it says, and when it is none: facts that no fixture's line shows."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from iplint.finding import Report

Check = Callable[..., Report]

ROLE = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{{Effect: Allow, Principal: {{Service: ec2.amazonaws.com}}, Action: "sts:AssumeRole"}}]
      Policies: [{policies}]
  Profile:
    Type: AWS::IAM::InstanceProfile
    Properties: {{Roles: [!Ref Role]}}
{more}
"""
WEB = """
  Web:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-0abcdef1234567890
      IamInstanceProfile: !Ref Profile
      MetadataOptions: {HttpTokens: required}
"""


def policy(*statements: str, name: str = "P") -> str:
    return f"{{PolicyName: {name}, PolicyDocument: {{Statement: [{', '.join(statements)}]}}}}"


def allow(action: str, more: str = "") -> str:
    return f'{{Effect: Allow, Action: "{action}", Resource: "*"{more}}}'


def severities(report: Report) -> list[tuple[str, str]]:
    return [(finding.rule, finding.severity.word) for finding in report.findings if finding.is_failure]


@pytest.mark.parametrize(("launch", "severity"), [("", "medium"), (WEB, "high")])
def test_a_profile_without_role_matters_less_while_nothing_launches_with_it(
    template: Check, launch: str, severity: str
) -> None:
    text = f"Resources:\n  Profile:\n    Type: AWS::IAM::InstanceProfile\n    Properties: {{Roles: []}}\n{launch}"
    report = template(text, rules=["profile-without-role"])
    assert severities(report) == [("profile-without-role", severity)]
    assert [finding.message for finding in report.findings] == ["instance profile Profile names no role"]


def test_one_policy_is_one_finding_however_many_of_its_statements_give_nearly_everything(template: Check) -> None:
    text = ROLE.format(policies=policy(allow("iam:*"), allow("iam:*")), more=WEB)
    assert severities(template(text, rules=["near-administrator-access"])) == [("near-administrator-access", "high")]


@pytest.mark.parametrize(
    ("more", "launch", "severity"),
    [
        ("", WEB, "high"),
        ("", "", "medium"),
        (', Condition: {StringEquals: {"aws:SourceVpc": vpc-1}}', WEB, "medium"),
        (', Condition: {StringEquals: {"aws:SourceVpc": vpc-1}}', "", "low"),
    ],
)
def test_a_condition_and_a_missing_launch_each_lower_the_severity(
    template: Check, more: str, launch: str, severity: str
) -> None:
    text = ROLE.format(policies=policy(allow("iam:*", more)), more=launch)
    assert severities(template(text, rules=["near-administrator-access"])) == [("near-administrator-access", severity)]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ('{"Null": {"aws:PrincipalType": "true"}}', False),
        ('{"Null": {"aws:PrincipalType": "false"}}', True),
        ('{"Null": {"aws:SourceVpc": "true"}}', True),
        ('{"StringEquals": {"aws:PrincipalType": "User"}}', False),
        ('{"StringEquals": {"aws:PrincipalType": "AssumedRole"}}', True),
    ],
)
def test_a_grant_counts_unless_an_instance_never_meets_its_condition(
    template: Check, condition: str, found: bool
) -> None:
    text = ROLE.format(policies=policy(allow("iam:PutRolePolicy", f", Condition: {condition}")), more=WEB)
    rules = [rule for rule, _ in severities(template(text, rules=["privilege-escalation"]))]
    assert rules == ["privilege-escalation"] * found


@pytest.mark.parametrize(
    ("principal", "label"),
    [
        ("{Service: lambda.amazonaws.com}", "Role trusts only lambda.amazonaws.com"),
        ('{Service: [lambda.amazonaws.com, "ecs-tasks.amazonaws.com"]}', "Role trusts only lambda.amazonaws.com and "),
        ('{AWS: "arn:aws:iam::111122223333:role/ops"}', "Role trusts no service"),
    ],
)
def test_a_role_that_ec2_cannot_assume_says_whom_it_trusts(template: Check, principal: str, label: str) -> None:
    text = ROLE.format(policies="", more=WEB).replace("{Service: ec2.amazonaws.com}", principal)
    (finding,) = template(text, rules=["role-without-ec2-trust"]).findings
    assert finding.label.startswith(label)


@pytest.mark.parametrize(
    ("principal", "found"),
    [
        ('!Sub "arn:aws:iam::${AWS::AccountId}:root"', True),
        ("!Ref AWS::AccountId", True),
        ("!GetAtt Role.Arn", True),
        ("!GetAtt Other.Arn", False),
    ],
)
def test_a_role_may_act_as_an_administrator_that_admits_it_by_name_or_by_account(
    template: Check, principal: str, found: bool
) -> None:
    roles = f"""
  Admin:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{{Effect: Allow, Principal: {{AWS: {principal}}}, Action: "sts:AssumeRole"}}]
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/AdministratorAccess"]
  Other:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{{Effect: Allow, Principal: {{Service: lambda.amazonaws.com}}, Action: "sts:AssumeRole"}}]
"""
    text = ROLE.format(policies=policy(allow("sts:AssumeRole")), more=WEB + roles)
    findings = template(text, rules=["privilege-escalation"]).findings
    assert any("Admin" in step.message for finding in findings for step in finding.related) == found


def test_an_administrator_that_admits_an_unknown_principal_may_admit_the_role(template: Check) -> None:
    admin = """
  Admin:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {AWS: !Ref Who}, Action: "sts:AssumeRole"}]
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/AdministratorAccess"]
"""
    text = ROLE.format(policies=policy(allow("sts:AssumeRole")), more=WEB + admin)
    (finding,) = template(f"Parameters:\n  Who: {{Type: String}}\n{text}", rules=["privilege-escalation"]).findings
    assert (finding.verdict, finding.severity.word) == ("fail", "medium")
    assert [step.message for step in finding.related][:2] == [
        "Admin trusts Role",
        "Admin, which has administrator access",
    ]


ATTACHED = """
  Extra:
    Type: AWS::IAM::Policy
    Condition: Wanted
    Properties:
      PolicyName: Extra
      Roles: [!Ref Role]
      PolicyDocument: {Statement: [{Effect: Allow, Action: "*", Resource: "*"}]}
"""


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("!Equals [a, a]", [("fail", None)]),
        ("!Equals [a, b]", []),
        ("!Equals [!Ref Env, prod]", [("fail", 'it exists: parameter Env is "prod"')]),
    ],
)
def test_a_policy_counts_in_the_scenarios_that_have_it(
    template: Check, condition: str, found: list[tuple[str, str]]
) -> None:
    heads = f"Parameters:\n  Env: {{Type: String, Default: dev}}\nConditions:\n  Wanted: {condition}\n"
    report = template(heads + ROLE.format(policies="", more=WEB + ATTACHED), rules=["administrator-access"])
    assert [(finding.verdict, finding.when) for finding in report.findings] == found


def test_a_key_that_a_provisioner_of_another_resource_sends_is_on_the_instance(configuration: Check) -> None:
    text = """
resource "aws_iam_access_key" "app" {
  user = "app"
}
resource "aws_instance" "web" {
  ami = "ami-0abcdef1234567890"
}
resource "null_resource" "setup" {
  connection {
    host = aws_instance.web.public_ip
  }
  provisioner "remote-exec" {
    inline = ["export AWS_SECRET_ACCESS_KEY=${aws_iam_access_key.app.secret}"]
  }
}
"""
    report = configuration(text, rules=["generated-access-key-on-instance"])
    assert [(finding.address, finding.at.first[0]) for finding in report.findings] == [("null_resource.setup", 13)]

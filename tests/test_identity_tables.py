"""The types that hold or attach policies, each by what a user sees: whom administrator access reaches by it.

Sources of what each takes: CloudFormation Template Reference, and the documentation of Terraform's providers.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from iplint.cli import run

if TYPE_CHECKING:
    from pathlib import Path

    from iplint.finding import Report

Check = Callable[..., "Report"]
ADMINISTRATOR = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
ARN = "arn:aws:iam::aws:policy/AdministratorAccess"
EC2 = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
RULE = "administrator-access"
# By what severity says who gets it: an instance, a principal that is in sight or named, or nobody.
ON_INSTANCE, ATTACHED, ON_NOBODY = "critical", "high", "medium"


def severities(report: Report) -> dict[str, str]:
    """The severity of each resource's finding."""
    return {found.address: found.severity.word for found in report.findings if found.verdict == "fail"}


# The role of an instance, which the templates below give more.
HOST: dict[str, object] = {
    "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [EC2]}}},
    "Profile": {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": [{"Ref": "Role"}]}},
    "Host": {"Type": "AWS::EC2::Instance", "Properties": {"IamInstanceProfile": {"Ref": "Profile"}}},
}
INLINE = {"Policies": [{"PolicyName": "all", "PolicyDocument": ADMINISTRATOR}]}
MANAGED = {"ManagedPolicyArns": [ARN]}
DOCUMENT = {"PolicyDocument": ADMINISTRATOR}
IN_TEMPLATES = [
    ("Role", {**INLINE, "AssumeRolePolicyDocument": {"Statement": [EC2]}}, ATTACHED),
    ("Role", {**MANAGED, "AssumeRolePolicyDocument": {"Statement": [EC2]}}, ATTACHED),
    ("User", INLINE, ATTACHED),
    ("User", MANAGED, ATTACHED),
    ("Group", INLINE, ATTACHED),
    ("Group", MANAGED, ATTACHED),
    ("Policy", {**DOCUMENT, "Roles": [{"Ref": "Role"}]}, ON_INSTANCE),
    ("Policy", {**DOCUMENT, "Users": ["somebody"]}, ATTACHED),
    ("Policy", {**DOCUMENT, "Groups": ["some"]}, ATTACHED),
    ("RolePolicy", {**DOCUMENT, "RoleName": {"Ref": "Role"}}, ON_INSTANCE),
    ("UserPolicy", {**DOCUMENT, "UserName": "somebody"}, ATTACHED),
    ("GroupPolicy", {**DOCUMENT, "GroupName": "some"}, ATTACHED),
    ("ManagedPolicy", DOCUMENT, ON_NOBODY),
    ("ManagedPolicy", {**DOCUMENT, "Roles": [{"Ref": "Role"}]}, ON_INSTANCE),
    ("ManagedPolicy", {**DOCUMENT, "Users": ["somebody"]}, ATTACHED),
    ("ManagedPolicy", {**DOCUMENT, "Groups": ["some"]}, ATTACHED),
]


@pytest.mark.parametrize(("type", "properties", "severity"), IN_TEMPLATES)
def test_whom_a_policy_of_a_template_reaches(
    template: Check, type: str, properties: dict[str, object], severity: str
) -> None:
    resources = {**HOST, "It": {"Type": f"AWS::IAM::{type}", "Properties": properties}}
    assert severities(template(json.dumps({"Resources": resources}), rules=[RULE])) == {"It": severity}


@pytest.mark.parametrize("properties", [{"InlinePolicy": ADMINISTRATOR}, {"ManagedPolicies": [ARN]}])
def test_whom_a_permission_set_reaches(template: Check, properties: dict[str, object]) -> None:
    resources = {"It": {"Type": "AWS::SSO::PermissionSet", "Properties": properties}}
    assert severities(template(json.dumps({"Resources": resources}), rules=[RULE])) == {"It": ATTACHED}


BOUNDARY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


@pytest.mark.parametrize(
    ("type", "properties"),
    [
        ("AWS::IAM::Role", {**MANAGED, "PermissionsBoundary": BOUNDARY}),
        ("AWS::IAM::User", {**MANAGED, "PermissionsBoundary": BOUNDARY}),
        (
            "AWS::SSO::PermissionSet",
            {"ManagedPolicies": [ARN], "PermissionsBoundary": {"ManagedPolicyArn": BOUNDARY}},
        ),
    ],
)
def test_a_boundary_leaves_what_it_allows(template: Check, type: str, properties: dict[str, object]) -> None:
    resources = {"It": {"Type": type, "Properties": {**properties, "AssumeRolePolicyDocument": {"Statement": [EC2]}}}}
    assert severities(template(json.dumps({"Resources": resources}), rules=[RULE])) == {}


# The same for Terraform: what each block is given, after the role of an instance.
TERRAFORM_HOST = f"""
resource "aws_iam_role" "role" {{
  name               = "host"
  assume_role_policy = jsonencode({json.dumps({"Statement": [EC2]})})
}}
resource "aws_iam_instance_profile" "profile" {{
  role = aws_iam_role.role.name
}}
resource "aws_instance" "host" {{
  iam_instance_profile = aws_iam_instance_profile.profile.name
}}
"""
POLICY = f"jsonencode({json.dumps(ADMINISTRATOR)})"
TRUST = f"jsonencode({json.dumps({'Statement': [EC2]})})"
TAKEN = "data.aws_iam_policy_document.all.json"
ALL = 'data "aws_iam_policy_document" "all" {\n  statement {\n    actions = ["*"]\n    resources = ["*"]\n  }\n}\n'
IN_TERRAFORM = [
    (
        "aws_iam_role",
        f'assume_role_policy = {TRUST}\n inline_policy {{\n name = "x"\n policy = {POLICY}\n }}',
        ATTACHED,
    ),
    ("aws_iam_role", f'assume_role_policy = {TRUST}\n managed_policy_arns = ["{ARN}"]', ATTACHED),
    ("aws_iam_role_policy", f"role = aws_iam_role.role.name\n policy = {POLICY}", ON_INSTANCE),
    ("aws_iam_user_policy", f'user = "somebody"\n policy = {POLICY}', ATTACHED),
    ("aws_iam_group_policy", f'group = "some"\n policy = {POLICY}', ATTACHED),
    ("aws_iam_policy", f"policy = {POLICY}", ON_NOBODY),
    ("aws_iam_role_policy_attachment", f'role = aws_iam_role.role.name\n policy_arn = "{ARN}"', ON_INSTANCE),
    ("aws_iam_user_policy_attachment", f'user = "somebody"\n policy_arn = "{ARN}"', ATTACHED),
    ("aws_iam_group_policy_attachment", f'group = "some"\n policy_arn = "{ARN}"', ATTACHED),
    ("aws_iam_policy_attachment", f'roles = [aws_iam_role.role.name]\n policy_arn = "{ARN}"', ON_INSTANCE),
    ("aws_iam_policy_attachment", f'users = ["somebody"]\n policy_arn = "{ARN}"', ATTACHED),
    ("aws_iam_policy_attachment", f'groups = ["some"]\n policy_arn = "{ARN}"', ATTACHED),
    (
        "aws_iam_role_policy_attachments_exclusive",
        f'role_name = aws_iam_role.role.name\n policy_arns = ["{ARN}"]',
        ON_INSTANCE,
    ),
    ("aws_iam_user_policy_attachments_exclusive", f'user_name = "somebody"\n policy_arns = ["{ARN}"]', ATTACHED),
    ("aws_iam_group_policy_attachments_exclusive", f'group_name = "some"\n policy_arns = ["{ARN}"]', ATTACHED),
    (
        "aws_ssoadmin_managed_policy_attachment",
        f'permission_set_arn = "arn:aws:sso:::permissionSet/a/b"\n managed_policy_arn = "{ARN}"',
        ATTACHED,
    ),
    (
        "aws_ssoadmin_permission_set_inline_policy",
        f'permission_set_arn = "arn:aws:sso:::permissionSet/a/b"\n inline_policy = {POLICY}',
        ATTACHED,
    ),
    (
        "awscc_iam_role",
        f"assume_role_policy_document = {TRUST}\n policies = [{{ policy_document = {POLICY} }}]",
        ATTACHED,
    ),
    ("awscc_iam_role", f'assume_role_policy_document = {TRUST}\n managed_policy_arns = ["{ARN}"]', ATTACHED),
    ("awscc_iam_user", f"policies = [{{ policy_document = {POLICY} }}]", ATTACHED),
    ("awscc_iam_user", f'managed_policy_arns = ["{ARN}"]', ATTACHED),
    ("awscc_iam_group", f"policies = [{{ policy_document = {POLICY} }}]", ATTACHED),
    ("awscc_iam_group", f'managed_policy_arns = ["{ARN}"]', ATTACHED),
    ("awscc_iam_role_policy", f"role_name = aws_iam_role.role.name\n policy_document = {POLICY}", ON_INSTANCE),
    ("awscc_iam_user_policy", f'user_name = "somebody"\n policy_document = {POLICY}', ATTACHED),
    ("awscc_iam_group_policy", f'group_name = "some"\n policy_document = {POLICY}', ATTACHED),
    ("awscc_iam_managed_policy", f"policy_document = {POLICY}", ON_NOBODY),
    ("awscc_iam_managed_policy", f"roles = [aws_iam_role.role.name]\n policy_document = {POLICY}", ON_INSTANCE),
    ("awscc_iam_managed_policy", f'users = ["somebody"]\n policy_document = {POLICY}', ATTACHED),
    ("awscc_iam_managed_policy", f'groups = ["some"]\n policy_document = {POLICY}', ATTACHED),
    ("awscc_sso_permission_set", f"inline_policy = {POLICY}", ATTACHED),
    ("awscc_sso_permission_set", f'managed_policies = ["{ARN}"]', ATTACHED),
]


@pytest.mark.parametrize(("type", "body", "severity"), IN_TERRAFORM)
def test_whom_a_policy_of_terraform_reaches(configuration: Check, type: str, body: str, severity: str) -> None:
    report = configuration(f'{TERRAFORM_HOST}resource "{type}" "it" {{\n {body}\n}}\n', rules=[RULE])
    assert severities(report) == {f"{type}.it": severity}


@pytest.mark.parametrize(
    ("type", "body"),
    [
        (
            "aws_iam_role",
            f'assume_role_policy = {TRUST}\n permissions_boundary = "{BOUNDARY}"\n managed_policy_arns = ["{ARN}"]',
        ),
        ("awscc_iam_role", f'permissions_boundary = "{BOUNDARY}"\n managed_policy_arns = ["{ARN}"]'),
        ("awscc_iam_user", f'permissions_boundary = "{BOUNDARY}"\n managed_policy_arns = ["{ARN}"]'),
        (
            "awscc_sso_permission_set",
            f'permissions_boundary = {{ managed_policy_arn = "{BOUNDARY}" }}\n managed_policies = ["{ARN}"]',
        ),
    ],
)
def test_a_boundary_of_terraform_leaves_what_it_allows(configuration: Check, type: str, body: str) -> None:
    assert severities(configuration(f'resource "{type}" "it" {{\n {body}\n}}\n', rules=[RULE])) == {}


@pytest.mark.parametrize(
    "argument", ["source_policy_documents", "override_policy_documents", "source_json", "override_json"]
)
def test_a_document_counts_where_others_take_it(configuration: Check, argument: str) -> None:
    value = f"[{TAKEN}]" if argument.endswith("documents") else TAKEN
    report = configuration(
        f'{TERRAFORM_HOST}{ALL}data "aws_iam_policy_document" "it" {{\n {argument} = {value}\n}}\n'
        'resource "aws_iam_role_policy" "it" {\n role = aws_iam_role.role.name\n'
        " policy = data.aws_iam_policy_document.it.json\n}\n",
        rules=[RULE],
    )
    assert list(severities(report).values()) == [ON_INSTANCE]


# What the attributes of roles and instance profiles are: the name, the ARN or the id of which.
OF_ROLES = {"name": "role name", "id": "role name", "arn": "role arn", "unique_id": "role id"}
OF_PROFILES = {"name": "profile name", "id": "profile name", "arn": "profile arn", "unique_id": "profile id"}
ATTRIBUTES = {
    "aws_iam_role": OF_ROLES,
    "data.aws_iam_role": OF_ROLES,
    "aws_iam_instance_profile": {**OF_PROFILES, "role": "role name"},
    "data.aws_iam_instance_profile": {
        "name": "profile name",
        "arn": "profile arn",
        "role_name": "role name",
        "role_arn": "role arn",
        "role_id": "role id",
    },
    "awscc_iam_role": {"role_name": "role name", "id": "role name", "arn": "role arn", "role_id": "role id"},
    "awscc_iam_instance_profile": {"instance_profile_name": "profile name", "id": "profile name", "arn": "profile arn"},
    "AWS::IAM::Role": {"!Ref It": "role name", "!GetAtt It.Arn": "role arn", "!GetAtt It.RoleId": "role id"},
    "AWS::IAM::InstanceProfile": {"!Ref It": "profile name", "!GetAtt It.Arn": "profile arn"},
}
GIVEN = {"name": "is given a name", "arn": "is given an ARN", "id": "is given an id that only IAM uses"}
# Of these it is not known whether they are there at all.
UNCERTAIN = {
    ("awscc_iam_role", "role_id"),
    ("data.aws_iam_instance_profile", "role_arn"),
    ("data.aws_iam_instance_profile", "role_id"),
}


def taking(type: str, attribute: str) -> str:
    """An instance that takes the name of a profile, a template that takes its ARN, a profile that takes a role's name,
    each given the same attribute.
    """
    if "::" in type:
        return (
            f"Resources:\n  It: {{Type: {type}, Properties: {{}}}}\n"
            f"  Host: {{Type: AWS::EC2::Instance, Properties: {{IamInstanceProfile: {attribute}}}}}\n"
            "  Template:\n    Type: AWS::EC2::LaunchTemplate\n    Properties:\n      LaunchTemplateData:\n"
            f"        IamInstanceProfile: {{Arn: {attribute}}}\n"
            f"  Profile: {{Type: AWS::IAM::InstanceProfile, Properties: {{Roles: [{attribute}]}}}}\n"
        )
    block, named = ("data", type[5:]) if type.startswith("data.") else ("resource", type)
    return (
        f'{block} "{named}" "it" {{\n name = "it"\n role_name = "it"\n instance_profile_name = "it"\n}}\n'
        f'resource "aws_instance" "host" {{\n iam_instance_profile = {type}.it.{attribute}\n}}\n'
        f'resource "aws_launch_template" "template" {{\n iam_instance_profile {{\n arn = {type}.it.{attribute}\n'
        f' }}\n}}\nresource "aws_iam_instance_profile" "profile" {{\n role = {type}.it.{attribute}\n}}\n'
    )


@pytest.mark.parametrize(
    ("type", "attribute", "what"),
    [(type, attribute, what) for type, named in ATTRIBUTES.items() for attribute, what in named.items()],
)
def test_what_an_attribute_names_and_how(
    template: Check, configuration: Check, type: str, attribute: str, what: str
) -> None:
    kind, form = what.split()
    rules = ["role-as-instance-profile", "mismatched-profile-reference", "mismatched-role-reference"]
    check = template if "::" in type else configuration
    found: dict[str, str] = {}
    for finding in check(taking(type, attribute), rules=rules).findings:
        name = finding.address.rpartition(".")[2].lower()
        told = f"is given {finding.message.partition('is given ')[2]}"
        found[name] = "role" if finding.rule == "role-as-instance-profile" else told
    if kind == "role":
        expected = {"host": "role", "template": "role", "profile": GIVEN[form]}
        if form == "name" or (type, attribute) in UNCERTAIN:
            del expected["profile"]
    else:
        it = "It" if "::" in type else f"{type}.it"
        expected = {"host": GIVEN[form], "template": GIVEN[form], "profile": f"is given instance profile {it}"}
        if form != "id":
            del expected["host" if form == "name" else "template"]
    assert found == expected


# Where the name of a policy is beside its document, or in the resource.
NAMED = {
    "main.tf": (
        'resource "aws_iam_role" "it" {\n name = "it"\n inline_policy {\n name = "of aws"\n'
        " policy = jsonencode({})\n }\n}\n"
        'resource "aws_iam_instance_profile" "it" {\n role = aws_iam_role.it.name\n}\n'
        'resource "aws_instance" "it" {\n iam_instance_profile = aws_iam_instance_profile.it.name\n}\n'
        'resource "aws_iam_role_policy" "one" {\n name = "its own"\n role = aws_iam_role.it.name\n'
        " policy = jsonencode({})\n}\n"
        'resource "aws_iam_policy" "two" {\n name = "managed"\n policy = jsonencode({})\n}\n'
        'resource "aws_iam_role_policy_attachment" "two" {\n role = aws_iam_role.it.name\n'
        " policy_arn = aws_iam_policy.two.arn\n}\n"
        'resource "awscc_iam_role" "cc" {\n role_name = "cc"\n'
        ' policies = [{ policy_name = "of cc", policy_document = jsonencode({}) }]\n}\n'
        'resource "awscc_iam_instance_profile" "cc" {\n roles = [awscc_iam_role.cc.role_name]\n}\n'
        'resource "awscc_ec2_instance" "cc" {\n'
        " iam_instance_profile = awscc_iam_instance_profile.cc.instance_profile_name\n}\n"
    ),
    "template.yaml": (
        "Resources:\n  Role:\n    Type: AWS::IAM::Role\n    Properties:\n"
        "      Policies: [{PolicyName: of a template, PolicyDocument: {}}]\n"
        "  Profile: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: [!Ref Role]}}\n"
        "  Host: {Type: AWS::EC2::Instance, Properties: {IamInstanceProfile: !Ref Profile}}\n"
    ),
}


def test_the_inventory_names_policies_and_where_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in NAMED.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    run(["inventory", "--format", "json", "."])
    launches = json.loads(capsys.readouterr().out)["launches"]
    found = {(one["given"], one.get("name"), one.get("address")) for row in launches for one in row["policies"]}
    assert found == {
        ("inline", "of aws", "aws_iam_role.it"),
        ("inline", "its own", "aws_iam_role_policy.one"),
        ("managed", "managed", "aws_iam_policy.two"),
        ("inline", "of cc", "awscc_iam_role.cc"),
        ("inline", "of a template", "Role"),
    }

"""The same value in another notation: what `benchmarks/hunt.py` found to be reported in one of them only."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from conftest import failures
from iplint.finding import Report

Check = Callable[..., Report]

SCRIPTS = {
    "credentials-file-on-instance": "#!/bin/sh\ncat > ~/.aws/credentials <<END\naws_access_key_id = <your key>\nEND\n",
    "imdsv1-call-in-user-data": "#!/bin/sh\ncurl http://169.254.169.254/latest/meta-data/instance-id\n",
}
INSTANCE = 'resource "aws_instance" "web" {{\n  user_data = {}\n}}\n'


@pytest.mark.parametrize("rule", SCRIPTS)
@pytest.mark.parametrize("packed", ["jsondecode({})", "yamldecode({})"])
@pytest.mark.parametrize("used", ["{}.scripts[0].text", "base64encode({}.scripts[0].text)"])
def test_a_script_in_a_decoded_document_is_read_by_lines(
    configuration: Check, rule: str, packed: str, used: str
) -> None:
    """In the document, its line breaks are escapes."""
    text = INSTANCE.format(used.format(packed.format('file("${path.module}/boot.json")')))
    document = json.dumps({"scripts": [{"text": SCRIPTS[rule]}]})
    assert rule in {found for found, _, _ in failures(configuration({"main.tf": text, "boot.json": document}))}


def test_a_key_in_a_decoded_document_is_one_finding(configuration: Check) -> None:
    key = {
        "aws_access_key_id": "AKIAFAKEFAKEFAKEFAK2",
        "aws_secret_access_key": "FakeKeyFakeKey2FakeKeyFakeKey3FakeKeyFak",
    }
    text = INSTANCE.format('jsondecode(file("${path.module}/key.json")).aws_access_key_id')
    found = failures(configuration({"main.tf": text, "key.json": json.dumps(key)}))
    assert [rule for rule, _, _ in found if rule == "hardcoded-access-key"] == ["hardcoded-access-key"]


HOP = """\
variable "any" {{
  type = string
}}

resource "aws_iam_role" "web" {{
  name               = "web"
  assume_role_policy = jsonencode({{
    Statement = [{{ Effect = "Allow", Principal = {{ Service = "ec2.amazonaws.com" }}, Action = "sts:AssumeRole" }}]
  }})
}}

resource "aws_iam_instance_profile" "web" {{
  role = aws_iam_role.web.name
}}

resource "aws_instance" "web" {{
  iam_instance_profile = aws_iam_instance_profile.web.name
  metadata_options {{
    http_tokens = "required"
  }}
}}

resource "aws_iam_role" "admin" {{
  name               = "admin"
  assume_role_policy = jsonencode({{
    Statement = [{{ Effect = "Allow", Principal = {{ AWS = aws_iam_role.web.arn }}, Action = "sts:AssumeRole" }}]
  }})
}}

resource "aws_iam_role_policy_attachment" "admin" {{
  role       = aws_iam_role.admin.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}}

resource "aws_iam_role_policy" "hop" {{
  role   = aws_iam_role.web.id
  policy = jsonencode({{ Statement = [{{ Effect = "Allow", Action = {}, Resource = {} }}] }})
}}
"""
# The same with a role that any of the account may assume whose own policies allow it.
ALLOWED_HOP = (
    HOP.replace("aws_iam_role.web.arn", "local.account", 1)
    + """
data "aws_caller_identity" "own" {{}}

locals {{
  account = "arn:aws:iam::${{data.aws_caller_identity.own.account_id}}:root"
}}
"""
)


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("var.any", "aws_iam_role.admin.arn"),
        ("var.any", '["arn:aws:s3:::files/*", aws_iam_role.admin.arn]'),
        ("var.any", "aws_iam_role.web.arn"),
        ('["s3:GetObject", var.any]', "aws_iam_role.admin.arn"),
        ('"sts:${var.any}"', "aws_iam_role.admin.arn"),
        ('"sts:AssumeRole"', "var.any"),
        ('"sts:AssumeRole"', '["arn:aws:s3:::files/*", var.any]'),
        ('"sts:AssumeRole"', '"arn:aws:iam::111122223333:role/${var.any}"'),
        ('"iam:PutRolePolicy"', '"arn:aws:iam::111122223333:role/${var.any}"'),
        ("data.null_data_source.any.outputs.action", "aws_iam_role.admin.arn"),
        ('"sts:AssumeRole"', "data.null_data_source.any.outputs.role"),
    ],
)
def test_an_unknown_part_of_a_statement_may_lead_to_an_administrator(
    configuration: Check, action: str, resource: str
) -> None:
    report = configuration(ALLOWED_HOP.format(action, resource))
    assert "privilege-escalation" in {finding.rule for finding in report.findings if not finding.is_failure}
    assert not report.proven


def test_a_role_that_can_be_assumed_may_be_an_administrator(configuration: Check) -> None:
    text = HOP.format('"sts:AssumeRole"', "aws_iam_role.admin.arn")
    report = configuration(text.replace('"arn:aws:iam::aws:policy/AdministratorAccess"', "var.any"))
    assert "privilege-escalation" in {finding.rule for finding in report.findings if not finding.is_failure}
    assert not report.proven
    report = configuration(text.replace("AdministratorAccess", "AmazonSSMManagedInstanceCore"))
    assert len(report.proven) == 1


TRUST = """jsonencode({
    Statement = [{ Effect = "Allow", Principal = { AWS = aws_iam_role.web.arn }, Action = "sts:AssumeRole" }]
  })"""


@pytest.mark.parametrize(
    "trust",
    [
        "var.any",
        TRUST.replace("[{", "[jsondecode(var.any), {"),
        TRUST.replace('"Allow"', "var.any"),
        TRUST.replace('"sts:AssumeRole"', "var.any"),
        f"keys({{ ({TRUST}) = null }})[0]",
        'file("/etc/trust.json")',
    ],
)
@pytest.mark.parametrize("action", ["sts:AssumeRole", 'iam:PassRole", "ec2:RunInstances', 'iam:PassRole", "lambda:*'])
def test_a_role_may_trust_one_that_leads_to_it(configuration: Check, action: str, trust: str) -> None:
    resources = '[aws_iam_role.admin.arn, "arn:aws:lambda:*:*:function:*", "arn:aws:ec2:*:*:*/*"]'
    text = HOP.format(f'["{action}"]', resources)
    assert TRUST in text
    text = text.replace(TRUST, trust)
    if "RunInstances" in action:
        text += '\nresource "aws_iam_instance_profile" "admin" {\n  role = aws_iam_role.admin.name\n}\n'
    report = configuration(text)
    assert "privilege-escalation" in {finding.rule for finding in report.findings}
    assert not report.proven
    if action == "sts:AssumeRole":
        report = configuration(text.replace("AdministratorAccess", "AmazonSSMManagedInstanceCore"))
        assert len(report.proven) == 1


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("var.any", '"arn:aws:s3:::files/*"'),
        ('["s3:GetObject", "s3:PutObject"]', "var.any"),
        ('"sts:AssumeRole"', '"arn:aws:iam::111122223333:role/${var.any}/deploy"'),
        ('"iam:PutRolePolicy"', '"arn:aws:iam::111122223333:role/app-${var.any}"'),
    ],
)
def test_an_unknown_part_of_a_statement_that_leads_to_no_role(configuration: Check, action: str, resource: str) -> None:
    report = configuration(ALLOWED_HOP.format(action, resource))
    assert len(report.proven) == 1


def test_profiles_of_one_name_and_of_unknown_providers_are_no_one_profile(configuration: Check) -> None:
    """A module whose caller passes no provider configurations: each profile may be in an account of its own."""
    holder = """
provider "aws" {{
  alias = "{0}"
}}

resource "aws_iam_role" "{0}" {{
  provider           = aws.{0}
  assume_role_policy = jsonencode({{
    Statement = [{{ Effect = "Allow", Principal = {{ Service = "{1}.amazonaws.com" }}, Action = "sts:AssumeRole" }}]
  }})
}}

resource "aws_iam_instance_profile" "{0}" {{
  provider = aws.{0}
  name     = "web"
  role     = aws_iam_role.{0}.name
}}

resource "aws_instance" "{0}" {{
  provider             = aws.{0}
  iam_instance_profile = "web"
  metadata_options {{
    http_tokens = "required"
  }}
}}
"""
    files = {
        "main.tf": 'module "m" {\n  source = "./m"\n}\n',
        "m/main.tf": holder.format("a", "ec2") + holder.format("b", "lambda"),
    }
    assert not configuration(files).proven


@pytest.mark.parametrize(
    "compared",
    [
        '"Fn::Equals": [{"Ref": "AWS::Partition"}, "aws-us-gov"]',
        r'"Fn::Equals": [{"Ref": "AWS::\u0050artition"}, "aws-us-gov"]',
        r'"Fn::\u0045quals": [{"Ref": "\u0041WS::Partition"}, "aws-us-gov"]',
        '"Fn::Equals": ["aws-us-gov",' + 300 * " " + '{"Fn::Sub": "${AWS::Partition}"}]',
        '"Fn::Equals": ["aws-us-gov", {"Fn::Select": [0, {"Fn::Split": [",", {"Ref": "AWS::Partition"}]}]}]',
    ],
)
def test_a_partition_that_is_compared_is_tried(template: Check, compared: str) -> None:
    text = """{"Conditions": {"Gov": {%s}}, "Resources": {"Web": {"Type": "AWS::EC2::Instance", "Properties": {
        "MetadataOptions": {"HttpTokens": {"Fn::If": ["Gov", "optional", "required"]}}}}}}"""
    found = {finding.rule for finding in template(text % compared).findings if not finding.is_failure}
    assert "imdsv1-allowed" in found


@pytest.mark.parametrize(
    ("value", "local"),
    [
        (r"${\"e\u0301\" == \"\u00e9\" ? \"optional\" : \"required\"}", ""),
        (r"${local.name == \"\u00e9\" ? \"optional\" : \"required\"}", r"e\u0301"),
        (r"${{ (local.name) = \"optional\" }[\"\u00e9\"]}", r"e\u0301"),
        (r"${local.name == \"x\u00e9y\" ? \"optional\" : \"required\"}", r"xe\u0301y"),
    ],
)
def test_json_syntax_has_texts_in_normal_form(configuration: Check, value: str, local: str) -> None:
    """As Terraform's own plan says."""
    text = (
        '{"resource": {"aws_instance": {"web": {"metadata_options": {"http_tokens": "%s"}}}}, "locals": {"name": "%s"}}'
    )
    found = failures(configuration({"main.tf.json": text % (value, local)}))
    assert "imdsv1-allowed" in {rule for rule, _, _ in found}


def test_too_many_combinations_are_reported_whatever_a_caller_leaves_open(configuration: Check) -> None:
    switches = "".join(f'variable "s{number}" {{\n  default = false\n}}\n' for number in range(7))
    statements = ", ".join(
        f'var.s{number} ? [{{ Effect = "Allow", Action = "s3:Get{number}", Resource = "*" }}] : []'
        for number in range(7)
    )
    policy = f'resource "aws_iam_policy" "web" {{\n  policy = jsonencode({{ Statement = concat({statements}) }})\n}}\n'
    given = policy.replace("s3 ? [", "s3 ? [var.given != null ? var.given : ").replace('"s3:Get1"', "var.action")
    inputs = 'variable "given" {\n  default = null\n}\nvariable "action" {\n  default = "s3:Get1"\n}\n'
    for text in (switches + policy, switches + inputs + given):
        found = {finding.rule for finding in configuration(text).findings if not finding.is_failure}
        assert "administrator-access" in found


HOST = """\
resource "aws_iam_role" "web" {
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_instance_profile" "web" {
  role = aws_iam_role.web.name
}
"""


@pytest.mark.parametrize(
    "given",
    ['"AKIAQ3EGFAKEHUNT7XYZ"', "local.key", "local.keys.prod", "merge(local.keys, {}).prod", "module.keys.id"],
)
@pytest.mark.parametrize("template", [False, True])
def test_a_key_in_any_argument_of_a_launch_fails_it_wherever_it_is_written(
    configuration: Check, given: str, template: bool
) -> None:
    launch = """
resource "aws_instance" "web" {
  iam_instance_profile = aws_iam_instance_profile.web.name
  metadata_options {
    http_tokens = "required"
  }
  KEY
}
"""
    key = f"key_name = {given}"
    if template:
        used = 'launch_template {\n    id = aws_launch_template.web.id\n    version = "$Latest"\n  }'
        launch = launch.replace("KEY", used) + f'resource "aws_launch_template" "web" {{\n  {key}\n}}\n'
    files = {
        "main.tf": HOST + launch.replace("KEY", key) + 'module "keys" {\n  source = "./keys"\n}\n',
        "locals.tf": 'locals {\n  key = "AKIAQ3EGFAKEHUNT7XYZ"\n  keys = { prod = "AKIAQ3EGFAKEHUNT7XYZ" }\n}\n',
        "keys/main.tf": 'output "id" {\n  value = "AKIAQ3EGFAKEHUNT7XYZ"\n}\n',
    }
    report = configuration(files)
    assert "hardcoded-access-key" in {rule for rule, _, _ in failures(report)}
    assert not report.proven


def test_a_key_of_several_launches_is_reported_beside_a_secret_of_one(template: Check) -> None:
    text = """\
Transform: AWS::LanguageExtensions
Mappings:
  Secrets:
    Blue: {Text: ""}
    Green: {Text: wFAKEp7Qz/K3mDENG+bPxRfiCYzzFAKEkey45Abz}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: {Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: sts:AssumeRole}
  Profile:
    Type: AWS::IAM::InstanceProfile
    Properties:
      Roles: [!Ref Role]
  Fn::ForEach::Hosts:
    - Name
    - [Blue, Green]
    - Host${Name}:
        Type: AWS::EC2::Instance
        Properties:
          KeyName: AKIAQ3EGFAKEHUNT7XYZ
          IamInstanceProfile: !Ref Profile
          MetadataOptions: {HttpTokens: required}
          UserData:
            Fn::Base64: !Sub
              - export AWS_SECRET_ACCESS_KEY=${Text}
              - Text: !FindInMap [Secrets, !Ref Name, Text]
"""
    report = template(text)
    found = {where for rule, where, _ in failures(report) if rule == "hardcoded-access-key"}
    assert found == {"HostBlue", "HostGreen"}
    assert not report.proven


def test_a_launch_that_one_rule_shows_to_be_absent_stays_so(template: Check) -> None:
    """A look-up that fails for every value of a parameter: nothing is created, whichever rule asks."""
    text = """\
Parameters:
  Size: {Type: String}
Mappings:
  Sizes:
    small: {Types: one}
Resources:
  Open:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        MetadataOptions: {HttpTokens: optional}
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties:
      MixedInstancesPolicy:
        LaunchTemplate:
          LaunchTemplateSpecification:
            LaunchTemplateId: !Ref Open
            Version: !GetAtt Open.LatestVersionNumber
          Overrides: !FindInMap [Sizes, !Ref Size, Types]
"""
    report = template(text)
    assert "imdsv1-allowed" in {rule for rule, _, _ in failures(report)}
    assert not report.proven


ESCALATING = """\
Parameters:
  Given: {Type: String}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: {Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: sts:AssumeRole}
      Policies: POLICIES
  Profile:
    Type: AWS::IAM::InstanceProfile
    Properties:
      Roles: [!Ref Role]
  Host:
    Type: AWS::EC2::Instance
    Properties:
      IamInstanceProfile: !Ref Profile
      MetadataOptions: {HttpTokens: required}
"""


@pytest.mark.parametrize("given", ["!Ref Given", "!GetAtt Other.Effect", "'{{resolve:ssm:/effect}}'"])
@pytest.mark.parametrize("first", ["iam:PassRole", "ec2:RunInstances"])
def test_an_unknown_effect_may_complete_an_escalation(template: Check, given: str, first: str) -> None:
    second = {"iam:PassRole": "ec2:RunInstances", "ec2:RunInstances": "iam:PassRole"}[first]
    statements = (
        f"[{{Effect: Allow, Action: '{first}', Resource: '*'}}, {{Effect: {given}, Action: '{second}', Resource: '*'}}]"
    )
    policies = f"[{{PolicyName: own, PolicyDocument: {{Statement: {statements}}}}}]"
    text = ESCALATING.replace("POLICIES", policies) + "  Other: {Type: Custom::Effect, Properties: {ServiceToken: x}}\n"
    report = template(text)
    assert "privilege-escalation" in {finding.rule for finding in report.findings if not finding.is_failure}
    assert not report.proven
    assert len(template(text.replace("ec2:RunInstances", "ec2:DescribeInstances")).proven) == 1


BOSS = """\
  Boss:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: {Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: sts:AssumeRole}
      ManagedPolicyArns: [arn:aws:iam::aws:policy/AdministratorAccess]
  BossProfile:
    Type: AWS::IAM::InstanceProfile
    Properties:
      Roles: [!Ref Boss]
"""
PASSING = "{Effect: Allow, Action: 'iam:PassRole', Resource: !GetAtt Boss.Arn}"
OPEN_PASSING = PASSING.replace("Allow", "!Ref Given")


@pytest.mark.parametrize(
    "statements",
    [
        f"[{PASSING}, {{Effect: !Ref Given, Action: 'ec2:RunInstances', Resource: '*'}}]",
        f"[{OPEN_PASSING}, {{Effect: !Ref Given, Action: 'ec2:RunInstances', Resource: '*'}}]",
        f"[{OPEN_PASSING}, {{Effect: Allow, Action: 'ec2:RunInstances', Resource: '*'}}]",
    ],
    ids=["effect of the other", "effects of both", "effect of the first"],
)
def test_an_unknown_part_may_let_a_role_be_passed_that_is_an_administrator(template: Check, statements: str) -> None:
    policies = f"[{{PolicyName: own, PolicyDocument: {{Statement: {statements}}}}}]"
    report = template(ESCALATING.replace("POLICIES", policies) + BOSS)
    assert "privilege-escalation" in {finding.rule for finding in report.findings if not finding.is_failure}
    assert not report.proven
    harmless = BOSS.replace("AdministratorAccess", "ReadOnlyAccess")
    assert len(template(ESCALATING.replace("POLICIES", policies) + harmless).proven) == 1


@pytest.mark.parametrize(
    "policies",
    [
        "['{{resolve:ssm:/policy}}']",
        "[{PolicyName: own, PolicyDocument: {Statement: ['{{resolve:ssm:/policy}}']}}]",
        "[{PolicyName: own, PolicyDocument: {Statement: '{{resolve:ssm:/policy}}'}}]",
        "[{PolicyName: own, PolicyDocument: '{{resolve:ssm:/policy}}'}]",
    ],
)
def test_a_text_in_the_place_of_a_policy_or_statement_is_not_read(template: Check, policies: str) -> None:
    assert not template(ESCALATING.replace("POLICIES", policies)).proven


def test_null_data_source_passes_its_inputs_on_as_strings(configuration: Check) -> None:
    script = "#!/bin/sh\\nexport AWS_SECRET_ACCESS_KEY=${aws_iam_access_key.web.secret}\\n"
    text = f"""
data "null_data_source" "web" {{
  inputs = {{ script = "{script}", tokens = "required", on = true }}
}}

resource "aws_iam_access_key" "web" {{
  user = "web"
}}

resource "aws_instance" "web" {{
  user_data = data.null_data_source.web.outputs.script
  metadata_options {{
    http_tokens = data.null_data_source.web.outputs.on == "true" ? "optional" : "required"
  }}
}}
"""
    found = {rule for rule, _, _ in failures(configuration(text))}
    assert {"generated-access-key-on-instance", "imdsv1-allowed"} <= found


@pytest.mark.parametrize("given", ["!Ref Given", "!GetAtt Other.Effect", "'{{resolve:ssm:/effect}}'"])
@pytest.mark.parametrize(
    "admitted",
    [
        "Principal: '*', Action: sts:AssumeRole",
        "Principal: {AWS: '*'}, Action: sts:AssumeRole",
        "Principal: {Federated: 'arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com'}, "
        "Action: sts:AssumeRoleWithWebIdentity",
    ],
)
def test_an_unknown_effect_may_let_anyone_assume_the_role(template: Check, given: str, admitted: str) -> None:
    first = "{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: sts:AssumeRole}"
    text = ESCALATING.replace("POLICIES", "[]")
    text += "  Other: {Type: Custom::Effect, Properties: {ServiceToken: x}}\n"
    assert first in text
    open_text = text.replace(first, f"[{first}, {{Effect: {given}, {admitted}}}]")
    report = template(open_text)
    assert "overbroad-trust" in {finding.rule for finding in report.findings if not finding.is_failure}
    assert not report.proven
    assert len(template(text).proven) == 1

"""What other scenarios add to the default one: launches, what is behind them, grants and texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from iplint.finding import Report

    Check = Callable[..., Report]

TRUST = '{Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: "sts:AssumeRole"}]}'
SWITCH = """
Parameters:
  Env: {Type: String, Default: dev, AllowedValues: [dev, prod]}
  Free: {Type: String}
Conditions:
  Prod: !Equals [!Ref Env, prod]
"""
BEHIND = f"""
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {TRUST}
  Profile:
    Type: AWS::IAM::InstanceProfile
    Properties: {{Roles: [!Ref Role]}}
"""
HOST = """
  Host:
    Type: AWS::EC2::Instance
    Properties:
      IamInstanceProfile: %s
      MetadataOptions: {HttpTokens: %s}
      UserData: {Fn::Base64: %s}
"""
TF_ROLE = """
resource "aws_iam_role" "app" {
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}
resource "aws_iam_instance_profile" "app" {
  role = aws_iam_role.app.name
}
"""
TF_HOST = """
resource "aws_instance" "host" {
  iam_instance_profile = aws_iam_instance_profile.app.name
  metadata_options {
    http_tokens = "required"
  }
}
"""


def host(profile: str = "!Ref Profile", tokens: str = "required", script: str = '"true"') -> str:
    return HOST % (profile, tokens, script)


def found(report: Report) -> set[tuple[str, str, str]]:
    return {(finding.rule, finding.address, finding.verdict.value) for finding in report.findings}


def counted(report: Report) -> tuple[int, int, int, int, int]:
    launches = report.launches
    return launches.proven, launches.failed, launches.undecided, launches.qualified, launches.conditional


# What other scenarios leave unknown


@pytest.mark.parametrize(
    "launch",
    [
        host(tokens="!If [Prod, !Ref Free, required]"),
        host(tokens="!If [Prod, !ImportValue tokens, required]"),
        host(tokens='!If [Prod, "{{resolve:ssm:tokens}}", required]'),
        host(profile="!If [Prod, elsewhere, !Ref Profile]"),
        host(profile="!If [Prod, !Ref Free, !Ref Profile]"),
    ],
)
def test_what_an_input_brings_in_qualifies_a_launch(template: Check, launch: str) -> None:
    report = template(SWITCH + "Resources:" + BEHIND + launch)
    assert counted(report) == (0, 0, 1, 1, 0)
    assert report.findings == []


def test_an_input_that_may_be_set_to_anything_qualifies_nothing(template: Check) -> None:
    free = "\nParameters:\n  Tokens: {Type: String, Default: required}\nResources:"
    assert counted(template(free + BEHIND + host(tokens="!Ref Tokens"))) == (1, 0, 0, 0, 0)


def test_a_key_that_a_mapping_does_not_have_is_no_scenario(template: Check) -> None:
    table = (
        "\nMappings:\n  T: {us-east-1: {V: required}, eu-west-1: {V: \"required\"}, x: {V: 'required '}}\nResources:"
    )
    tokens = '!FindInMap [T, !Ref "AWS::Region", V]'
    report = template(
        table.replace(", x: {V: 'required '}", ", eu-west-2: {V: required}") + BEHIND + host(tokens=tokens)
    )
    assert counted(report) == (1, 0, 0, 0, 0)


# What they have that the default one does not


def test_a_launch_of_a_longer_list_is_judged(template: Check) -> None:
    report = template(
        "Transform: AWS::LanguageExtensions\n"
        + SWITCH
        + "Mappings:\n  Names: {dev: {List: [Blue]}, prod: {List: [Blue, Green]}}\n"
        "  Tokens: {Blue: {V: required}, Green: {V: optional}}\nResources:"
        + BEHIND
        + "  Fn::ForEach::Hosts:\n  - Name\n  - !FindInMap [Names, !Ref Env, List]\n  - Host${Name}:\n"
        "      Type: AWS::EC2::Instance\n      Properties:\n        IamInstanceProfile: !Ref Profile\n"
        "        MetadataOptions: {HttpTokens: !FindInMap [Tokens, !Ref Name, V]}\n"
    )
    assert found(report) == {("imdsv1-allowed", "HostGreen", "fail")}
    assert [finding.when for finding in report.findings] == ['it exists: parameter Env is "prod"']
    assert counted(report) == (1, 1, 0, 0, 1)


@pytest.mark.parametrize(
    "each",
    [
        'for_each = var.on ? { main = "t3.micro" } : {}',
        'for_each = var.on ? toset(["main"]) : toset([])',
        'for_each = { for name in ["main"] : name => name if var.on }',
        "count = var.on && var.more ? 1 : 0",
    ],
)
def test_instances_of_another_scenario_are_judged(configuration: Check, each: str) -> None:
    switches = 'variable "on" {\n  default = false\n}\nvariable "more" {\n  default = false\n}\n'
    report = configuration(
        'provider "aws" {}\n'
        + switches
        + TF_ROLE
        + TF_HOST.replace("\n  iam", f"\n  {each}\n  iam").replace("required", "optional")
    )
    assert {(rule, verdict) for rule, _, verdict in found(report)} == {("imdsv1-allowed", "fail")}
    assert counted(report) == (0, 1, 0, 0, 1)


def test_a_policy_that_is_attached_in_another_scenario_counts_there(configuration: Check) -> None:
    report = configuration(
        'provider "aws" {}\nvariable "admin" {\n  default = false\n}\n'
        + TF_ROLE
        + TF_HOST
        + 'resource "aws_iam_role_policy_attachment" "app" {\n'
        '  for_each   = var.admin ? toset(["arn:aws:iam::aws:policy/AdministratorAccess"]) : toset([])\n'
        "  role       = aws_iam_role.app.name\n  policy_arn = each.value\n}\n"
    )
    assert {(rule, verdict) for rule, _, verdict in found(report)} == {("administrator-access", "fail")}
    assert [finding.when for finding in report.findings] == ["it exists: var.admin is true"]
    assert counted(report) == (0, 0, 1, 0, 0)


@pytest.mark.parametrize(
    ("policies", "rule"),
    [
        ("!If [Prod, {Effect: Allow, Action: 's3:*', Resource: '*'}, !Ref AWS::NoValue]", "service-wide-access"),
        ("{Effect: Allow, Action: !If [Prod, 's3:*', 's3:GetObject'], Resource: '*'}", "service-wide-access"),
        ("{Effect: Allow, Action: !If [Prod, 'iam:*', 's3:GetObject'], Resource: '*'}", "near-administrator-access"),
    ],
)
def test_a_grant_of_another_scenario_is_found(template: Check, policies: str, rule: str) -> None:
    document = f"{{Statement: [{policies}]}}"
    wide = BEHIND.replace(TRUST, f"{TRUST}\n      Policies: [{{PolicyName: p, PolicyDocument: {document}}}]")
    report = template(SWITCH + "Resources:" + wide + host())
    assert found(report) == {(rule, "Role", "undecided")}
    assert [finding.when for finding in report.findings] == ['fails when parameter Env is "prod"']


def test_a_role_that_is_behind_a_launch_in_another_scenario_is_told(template: Check) -> None:
    other = (
        BEHIND.replace("Role:", "Wide:", 1).replace("!Ref Role", "!Ref Wide").replace("Profile:\n", "WideProfile:\n")
    )
    other = other.replace(TRUST, f'{TRUST}\n      ManagedPolicyArns: ["arn:aws:iam::aws:policy/AdministratorAccess"]')
    report = template(
        SWITCH + "Resources:" + BEHIND + other + host(profile="!If [Prod, !Ref WideProfile, !Ref Profile]")
    )
    assert ("administrator-access", "Wide", "fail") in found(report)
    assert counted(report) == (0, 0, 1, 0, 0)


# Texts


@pytest.mark.parametrize(
    "taken",
    [
        "!FindInMap [Texts, !Ref Env, V]",
        '!FindInMap [Regions, !Ref "AWS::Region", V]',
        "!Select [!If [Prod, 1, 0], ['', 'wFAKEp7Qz/K3mDENG+bPxRfiCYzzFAKEkey45Abz']]",
    ],
)
def test_a_key_that_a_text_takes_in_in_another_scenario_is_found(template: Check, taken: str) -> None:
    key = "wFAKEp7Qz/K3mDENG+bPxRfiCYzzFAKEkey45Abz"
    tables = f"Mappings:\n  Texts: {{dev: {{V: ''}}, prod: {{V: '{key}'}}}}\n"
    tables += f"  Regions: {{us-east-1: {{V: '{key}'}}, eu-west-1: {{V: ''}}}}\n"
    script = f'!Sub ["export AWS_SECRET_ACCESS_KEY=${{Text}} in ${{Env}}", {{Text: {taken}}}]'
    report = template(SWITCH + tables + "Resources:" + BEHIND + host(script=script))
    assert ("hardcoded-access-key", "fail") in {(rule, verdict) for rule, _, verdict in found(report)}
    assert counted(report) == (0, 0, 1, 0, 0)


def test_a_key_of_a_map_that_an_input_chooses_from_is_found(configuration: Check) -> None:
    report = configuration(
        'provider "aws" {}\nvariable "env" {\n  default = "dev"\n}\nlocals {\n  texts = {\n    dev  = "none"\n'
        '    prod = "wFAKEp7Qz/K3mDENG+bPxRfiCYzzFAKEkey45Abz"\n  }\n}\n'
        + TF_ROLE
        + TF_HOST.replace(
            "\n  iam", '\n  user_data = "AWS_SECRET_ACCESS_KEY=${local.texts[var.env]} ${var.env}"\n  iam'
        )
    )
    assert {(rule, verdict) for rule, _, verdict in found(report)} == {("hardcoded-access-key", "fail")}
    assert counted(report) == (0, 0, 1, 0, 0)


def test_the_summary_counts_conditional_launches(template: Check) -> None:
    from iplint.report.text import summary

    conditional = host().replace("Host:\n", "Other:\n    Condition: Prod\n")
    report = template(SWITCH + "Resources:" + BEHIND + host() + conditional)
    assert counted(report) == (2, 0, 0, 0, 1)
    assert "1 conditional" in summary(report)[0]


def test_more_values_than_are_compared_prove_nothing_and_are_named(template: Check) -> None:
    values = [f"v{number}" for number in range(300)]
    rows = "".join(f'    {value}: {{Arn: "arn:aws:iam::aws:policy/ReadOnlyAccess"}}\n' for value in values)
    arn = "!FindInMap [Rows, !Ref Row, Arn]"
    role = BEHIND.replace(
        f"      AssumeRolePolicyDocument: {TRUST}",
        f"      AssumeRolePolicyDocument: {TRUST}\n      ManagedPolicyArns: [{arn}]",
    )
    parameter = f"Parameters:\n  Row: {{Type: String, Default: v0, AllowedValues: [{', '.join(values)}]}}\n"
    report = template(
        f"{parameter}Mappings:\n  Rows:\n{rows}Resources:\n{role}{HOST % ('!Ref Profile', 'required', 'x')}"
    )
    assert (report.launches.proven, report.launches.undecided) == (0, 1)
    assert {notice.kind for notice in report.notices} == {"unresolved"}
    assert any("more values of inputs than are compared" in notice.message for notice in report.notices)


# What CloudFormation says


@pytest.mark.parametrize(
    ("default", "compared", "wanted"),
    [
        ("2.0", "2.0", "optional"),
        ("1.10", "1.10", "optional"),
        ("'2.0'", "'2.0'", "optional"),
        ("7", "'7'", "optional"),
        ("2.0", "'2.0'", None),
        ("2.0", "2", None),
        ("010", "8", None),
        ("010", "7", "required"),
        ("'2.0'", "'2'", "required"),
        ("1e3", "1000", None),
        # YAML 1.1 has numbers to the base of 60.
        ("12:30:00", "'45000'", None),
        ("12:30:00", "'45001'", "required"),
    ],
)
def test_numbers_are_compared_as_they_are_written(
    template: Check, default: str, compared: str, wanted: str | None
) -> None:
    report = template(
        f"Parameters: {{V: {{Type: String, Default: {default}, AllowedValues: [{default}, z]}}}}\n"
        f"Conditions: {{Same: !Equals [!Ref V, {compared}]}}\nResources:"
        + BEHIND
        + host(tokens="!If [Same, optional, required]")
    )
    verdicts = {finding.verdict.value for finding in report.findings if finding.rule == "imdsv1-allowed"}
    assert verdicts == {"optional": {"fail"}, None: {"undecided"}, "required": set()}[wanted]


@pytest.mark.parametrize("condition", ['!Ref "AWS::Partition", aws-us-gov', 'aws-cn, !Ref "AWS::Partition"'])
def test_a_partition_that_is_compared_is_an_input(template: Check, condition: str) -> None:
    start = f"Conditions: {{Other: !Equals [{condition}]}}\nResources:"
    report = template(start + BEHIND + host(tokens="!If [Other, optional, required]"))
    assert found(report) == {("imdsv1-allowed", "Host", "undecided")}
    assert counted(template(start + BEHIND + host()))[0] == 1


@pytest.mark.parametrize(
    "text",
    [
        "MetadataOptions: {HttpTokens: required, Fn::Transform: {Name: Rewrite}}",
        "MetadataOptions: {HttpTokens: required}, Fn::Transform: {Name: Rewrite}",
    ],
)
def test_what_is_beside_a_macro_is_not_known(template: Check, text: str) -> None:
    launch = f"  Host:\n    Type: AWS::EC2::Instance\n    Properties: {{IamInstanceProfile: !Ref Profile, {text}}}\n"
    assert counted(template("Resources:" + BEHIND + launch))[:3] == (0, 0, 1)


@pytest.mark.parametrize("start", ["Transform: [Rewrite]\nResources:", "Resources:\n  Fn::Transform: {Name: Rewrite}"])
def test_nothing_is_proven_beside_a_macro_over_all(template: Check, start: str) -> None:
    report = template(start + BEHIND + host())
    assert counted(report)[:3] == (0, 0, 1)
    assert any("Rewrite" in notice.message for notice in report.notices)
    bad = template(start + BEHIND + host(tokens="optional"))
    assert found(bad) == {("imdsv1-allowed", "Host", "fail")}


@pytest.mark.parametrize("written", ['"${Mode}"', '!Sub "${Mode}"', "!Ref Mode"])
def test_the_name_of_a_loop_is_replaced_wherever_it_is_written(template: Check, written: str) -> None:
    loop = "Fn::ForEach::Hosts:\n  - Mode\n  - [required, optional]\n  - Host${Mode}:\n      Type: AWS::EC2::Instance\n"
    loop += "      Properties:\n        IamInstanceProfile: !Ref Profile\n"
    loop += f"        MetadataOptions: {{HttpTokens: {written}}}\n"
    report = template("Transform: AWS::LanguageExtensions\nResources:" + BEHIND + "  " + loop)
    assert found(report) == {("imdsv1-allowed", "Hostoptional", "fail")}
    assert counted(report) == (1, 1, 0, 0, 0)


def test_alternatives_that_are_launched_alike_are_told_alike(template: Check) -> None:
    text = "Parameters:\n  Size: {Type: String, AllowedValues: [small, medium, large], Default: large}\nConditions:\n"
    text += "".join(f"  {name.title()}: !Equals [{name}, !Ref Size]\n" for name in ("small", "medium"))
    text += "Resources:" + BEHIND
    for name in ("Small", "Medium"):
        text += f"  {name}Config:\n    Type: AWS::AutoScaling::LaunchConfiguration\n    Condition: {name}\n"
        text += "    Properties: {ImageId: ami-1, IamInstanceProfile: !Ref Profile}\n"
    text += "  LargeConfig:\n    Type: AWS::AutoScaling::LaunchConfiguration\n"
    text += "    Properties: {IamInstanceProfile: !Ref Profile, MetadataOptions: {HttpTokens: required}}\n"
    text += "  Group:\n    Type: AWS::AutoScaling::AutoScalingGroup\n    Properties:\n      LaunchConfigurationName: "
    text += "!If [Small, !Ref SmallConfig, !If [Medium, !Ref MediumConfig, !Ref LargeConfig]]\n"
    assert found(template(text)) == {
        ("imdsv1-allowed", "SmallConfig", "undecided"),
        ("imdsv1-allowed", "MediumConfig", "undecided"),
    }


def test_a_text_of_arns_is_split_again(template: Check) -> None:
    policies = '!Split [",", !Sub "${Read},${Log}"]'
    wide = BEHIND.replace(TRUST, f"{TRUST}\n      ManagedPolicyArns: {policies}")
    for name, action in (("Read", "s3:GetObject"), ("Log", "logs:PutLogEvents")):
        wide += f"  {name}:\n    Type: AWS::IAM::ManagedPolicy\n    Properties: {{PolicyDocument: {{Statement: "
        wide += f"[{{Effect: Allow, Action: '{action}', Resource: 'arn:aws:s3:::a/b'}}]}}}}\n"
    assert counted(template("Resources:" + wide + host())) == (1, 0, 0, 0, 0)


def test_a_reference_is_another_value_than_a_text_of_its_name(template: Check) -> None:
    start = "Transform: AWS::LanguageExtensions\nParameters:\n  required: {Type: String, Default: optional}\n"
    start += "Mappings: {M: {eu-west-1: {V: required}}}\nResources:"
    tokens = '!FindInMap [M, !Ref "AWS::Region", V, {DefaultValue: !Ref required}]'
    assert counted(template(start + BEHIND + host(tokens=tokens)))[0] == 0


# Switches of Terraform, whatever their shape


@pytest.mark.parametrize(
    ("variable", "each"),
    [
        ("default = null", "count = var.switch != null ? 1 : 0"),
        ("default = null", "count = var.switch == null ? 0 : 1"),
        ("type = string\n  default = null", 'count = coalesce(var.switch, "none") == "none" ? 0 : 1'),
        ("default = {}", "for_each = var.switch"),
        ("type = map(any)\n  default = {}", "for_each = { for key, value in var.switch : key => value }"),
        ("type = list(string)\n  default = []", "for_each = toset(var.switch)"),
        ("type = list(string)\n  default = []", "count = length(var.switch)"),
        ("type = list(string)\n  default = []", "count = length(var.switch) > 0 ? 1 : 0"),
        ("type = set(string)\n  default = []", "for_each = var.switch"),
        ('default = ""', 'count = var.switch != "" ? 1 : 0'),
        ('default = ""', 'for_each = var.switch == "" ? [] : toset(["main"])'),
        ("default = { enabled = false }", "count = var.switch.enabled ? 1 : 0"),
        ("type = object({ on = bool })\n  default = { on = false }", "for_each = var.switch.on ? { a = 1 } : {}"),
        ('default = { host = { mode = "off" } }', 'count = var.switch.host.mode == "on" ? 1 : 0'),
        ("default = 0", "count = var.switch"),
        ("default = false", 'for_each = { for name in ["a"] : name => name if var.switch }'),
    ],
)
@pytest.mark.parametrize("in_module", [False, True])
def test_switches_are_tried_whatever_their_shape(
    configuration: Check, variable: str, each: str, in_module: bool
) -> None:
    declared = f'variable "switch" {{\n  {variable}\n}}\n'
    launch = TF_HOST.replace("\n  iam", f"\n  {each}\n  iam").replace("required", "optional")
    files = {"main.tf": f'provider "aws" {{}}\n{declared}{TF_ROLE}{launch}'}
    if in_module:
        call = 'module "host" {\n  source = "./host"\n  switch = var.switch\n}\n'
        files = {"main.tf": f'provider "aws" {{}}\n{declared}{call}', "host/main.tf": f"{declared}{TF_ROLE}{launch}"}
    report = configuration(files)
    assert {rule for rule, _, _ in found(report)} == {"imdsv1-allowed"}
    assert report.launches.conditional == 1


@pytest.mark.parametrize(
    ("variable", "block"),
    [
        ("default = {}", "for_each = var.switch"),
        ("default = null", "for_each = var.switch != null ? [1] : []"),
        ("default = { on = false }", "for_each = var.switch.on ? [1] : []"),
        ("default = []", "for_each = var.switch"),
    ],
)
def test_blocks_of_another_scenario_are_read(configuration: Check, variable: str, block: str) -> None:
    """A dynamic block that is there only then sets the tokens, which are required by default."""
    report = configuration(
        f'provider "aws" {{}}\nvariable "switch" {{\n  {variable}\n}}\n{TF_ROLE}'
        'resource "aws_launch_template" "host" {\n  iam_instance_profile {\n'
        "    name = aws_iam_instance_profile.app.name\n  }\n"
        f'  dynamic "metadata_options" {{\n    {block}\n'
        '    content {\n      http_tokens = "optional"\n    }\n  }\n}\n'
        'resource "aws_ec2_instance_metadata_defaults" "all" {\n  http_tokens = "required"\n}\n'
        'resource "aws_instance" "host" {\n  launch_template {\n    id = aws_launch_template.host.id\n'
        '    version = "$Latest"\n  }\n}\n'
    )
    assert {(rule, verdict) for rule, _, verdict in found(report)} == {("imdsv1-allowed", "undecided")}
    assert report.launches.proven == 0


def test_a_profile_in_place_of_the_own_one_qualifies_a_launch(configuration: Check) -> None:
    for profile in (
        "var.profile != null ? var.profile : aws_iam_instance_profile.app.name",
        "coalesce(var.profile, aws_iam_instance_profile.app.name)",
    ):
        report = configuration(
            'provider "aws" {}\nvariable "profile" {\n  type = string\n  default = null\n}\n'
            + TF_ROLE
            + TF_HOST.replace("aws_iam_instance_profile.app.name", profile)
        )
        assert counted(report) == (0, 0, 1, 1, 0)
        assert report.findings == []


@pytest.mark.parametrize("default", ["", "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"])
@pytest.mark.parametrize("compared", ['!Join ["", !Ref More]', '!Join [",", !Ref More]', "!Select [0, !Ref More]"])
def test_a_list_of_policies_that_is_compared_may_be_another_one(template: Check, default: str, compared: str) -> None:
    managed = "!If [Given, !Ref More, [arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore]]"
    report = template(
        f"Parameters:\n  More: {{Type: CommaDelimitedList, Default: '{default}'}}\n"
        f'Conditions:\n  Given: !Not [!Equals [{compared}, ""]]\nResources:'
        + BEHIND.replace("    Properties:\n", f"    Properties:\n      ManagedPolicyArns: {managed}\n", 1)
        + host()
    )
    assert counted(report) == (0, 0, 1, 1, 0)


def test_a_list_that_is_compared_as_a_joined_text_may_be_another_one(configuration: Check) -> None:
    attached = (
        'variable "more" {\n  default = []\n}\nresource "aws_iam_role_policy_attachment" "more" {\n'
        '  count      = join("", var.more) != "" ? 1 : 0\n  role       = aws_iam_role.app.name\n'
        '  policy_arn = join("", var.more)\n}\n'
    )
    assert counted(configuration(f'provider "aws" {{}}\n{TF_ROLE}{TF_HOST}{attached}')) == (0, 0, 1, 1, 0)

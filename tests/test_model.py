"""Launches, profiles, roles and grants: what is followed, merged and told, in both notations."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import failures
from iplint.discovery.options import Options
from iplint.discovery.project import Project
from iplint.finding import FileCounts, Report
from iplint.model.stack import Stack
from iplint.scenario import Scenario
from iplint.value import as_text

Check = Callable[..., Report]

IDENTITY = """
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: sts:AssumeRole}]
  Profile:
    Type: AWS::IAM::InstanceProfile
    Properties: {Roles: [!Ref Role]}
"""


def flagged(report: Report) -> set[tuple[str, str]]:
    return {(rule, address) for rule, address, _ in failures(report)}


def undecided(report: Report) -> set[tuple[str, str]]:
    return {(finding.rule, finding.address) for finding in report.findings if finding.verdict == "undecided"}


def counted(report: Report) -> tuple[int, int, int, int]:
    launches = report.launches
    return launches.checked, launches.proven, launches.failed, launches.undecided


def cfn(resources: str) -> str:
    return f"Resources:{IDENTITY}{resources}"


def test_what_an_instance_says_goes_before_its_template(template: Check) -> None:
    report = template(
        cfn("""
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData: {IamInstanceProfile: {Name: !Ref Profile}, MetadataOptions: {HttpTokens: optional}}
  Host:
    Type: AWS::EC2::Instance
    Properties:
      LaunchTemplate: {LaunchTemplateId: !Ref Template, Version: $Latest}
      MetadataOptions: {HttpTokens: required}
""")
    )
    assert (flagged(report), counted(report)) == (set(), (1, 1, 0, 0))


def test_a_merge_that_aws_does_not_document_is_undecided(template: Check) -> None:
    report = template(
        cfn("""
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData: {IamInstanceProfile: {Name: !Ref Profile}, MetadataOptions: {HttpTokens: required}}
  Host:
    Type: AWS::EC2::Instance
    Properties:
      LaunchTemplate: {LaunchTemplateId: !Ref Template, Version: $Latest}
      MetadataOptions: {HttpEndpoint: enabled}
""")
    )
    assert (flagged(report), undecided(report)) == (set(), {("imdsv1-allowed", "Host")})
    assert counted(report) == (1, 0, 0, 1)


@pytest.mark.parametrize(
    ("name", "link"),
    [
        ("web", "LaunchTemplateName: web"),
        ('!Sub "${AWS::StackName}-web"', 'LaunchTemplateName: !Sub "${AWS::StackName}-web"'),
        ("!Ref AWS::NoValue", "LaunchTemplateId: !Ref Template"),
        ("!Ref AWS::NoValue", "LaunchTemplateId: !GetAtt Template.LaunchTemplateId"),
        ("!Ref AWS::NoValue", "LaunchTemplateId: !Sub '${Template}'"),
    ],
)
def test_a_template_is_found_by_reference_name_and_identical_substitution(
    template: Check, name: str, link: str
) -> None:
    report = template(
        cfn(f"""
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateName: {name}
      LaunchTemplateData: {{IamInstanceProfile: {{Name: !Ref Profile}}}}
  Host:
    Type: AWS::EC2::Instance
    Properties:
      LaunchTemplate: {{{link}, Version: !GetAtt Template.LatestVersionNumber}}
""")
    )
    assert failures(report) == [("imdsv1-allowed", "Template", 15)]
    assert counted(report) == (1, 0, 1, 0)


def test_a_numbered_version_is_not_the_body_that_stands_here(template: Check) -> None:
    report = template(
        cfn("""
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData: {IamInstanceProfile: {Name: !Ref Profile}, MetadataOptions: {HttpTokens: required}}
  Host:
    Type: AWS::EC2::Instance
    Properties: {LaunchTemplate: {LaunchTemplateId: !Ref Template, Version: "3"}}
""")
    )
    assert flagged(report) == set()
    assert undecided(report) == {("imdsv1-allowed", "Host"), ("missing-instance-profile", "Host")}


@pytest.mark.parametrize(
    ("version", "default", "is_known"),
    [
        ("", "", True),
        ("", "default_version = 2", False),
        ('version = "$Default"', "default_version = 2", False),
        ('version = "$Default"', "update_default_version = true", True),
        ('version = "$Latest"', "default_version = 2", True),
        ("version = aws_launch_template.app.latest_version", "default_version = 2", True),
        ("version = aws_launch_template.app.default_version", "", True),
        ("version = aws_launch_template.app.default_version", "default_version = 2", False),
        ("version = 2", "", False),
    ],
)
def test_the_default_version_of_a_template_may_be_another_than_its_body(
    configuration: Check, version: str, default: str, is_known: bool
) -> None:
    report = configuration(
        f"""
resource "aws_launch_template" "app" {{
  name_prefix = "app-"
  {default}
  iam_instance_profile {{
    name = "app"
  }}
  metadata_options {{
    http_tokens = "required"
  }}
}}

resource "aws_instance" "app" {{
  launch_template {{
    name = aws_launch_template.app.name
    {version}
  }}
}}
"""
    )
    assert flagged(report) <= {("pinned-launch-template-version", "aws_instance.app")}
    assert (("imdsv1-allowed", "aws_instance.app") not in undecided(report)) is is_known


@pytest.mark.parametrize(
    "profile",
    [
        "{Name: !Ref Profile}",
        "{Arn: !GetAtt Profile.Arn}",
        '{Name: !Sub "${Profile}"}',
        '{Arn: !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:instance-profile/${Profile}"}',
        "{Name: !If [Given, !Ref Profile, !Ref Profile]}",
        "{Name: !Select [1, [none, !Ref Profile]]}",
        "{Name: !Join ['', [!Ref Profile]]}",
    ],
)
def test_a_role_is_reached_however_the_profile_is_named(template: Check, profile: str) -> None:
    text = cfn(f"""
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties: {{LaunchTemplateData: {{IamInstanceProfile: {profile}, MetadataOptions: {{HttpTokens: required}}}}}}
  Host:
    Type: AWS::EC2::Instance
    Properties: {{LaunchTemplate: {{LaunchTemplateId: !Ref Template, Version: $Latest}}}}
""").replace("ec2.amazonaws.com", "lambda.amazonaws.com")
    report = template("Conditions: {Given: !Equals [!ImportValue x, y]}\n" + text)
    assert flagged(report) == {("role-without-ec2-trust", "Role")}
    [finding] = [finding for finding in report.findings if finding.verdict == "fail"]
    assert finding.severity.word == "high"
    assert any("Host launches with" in step.message for step in finding.related)


def test_correlated_conditions_are_never_contradicted(template: Check) -> None:
    report = template(
        "Parameters: {Own: {Type: String, Default: 'no', AllowedValues: ['yes', 'no']}}\n"
        "Conditions: {Own: !Equals [!Ref Own, 'yes'], Shared: !Not [!Condition Own]}\n"
        + cfn("""
  Own:
    Type: AWS::IAM::InstanceProfile
    Condition: Own
    Properties: {Roles: [!Ref Role]}
  Host:
    Type: AWS::EC2::Instance
    Properties:
      IamInstanceProfile: !If [Own, !Ref Own, shared]
      MetadataOptions: !If [Shared, {HttpTokens: required}, {HttpTokens: !If [Own, required, optional]}]
""")
    )
    assert flagged(report) == set()
    assert not [pair for pair in undecided(report) if pair[0] != "role-without-ec2-trust"]


def test_every_template_of_a_mixed_group_is_judged_and_one_is_told_once(template: Check) -> None:
    groups = "".join(
        f"""
  Group{number}:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties:
      MixedInstancesPolicy:
        LaunchTemplate:
          LaunchTemplateSpecification: {{LaunchTemplateId: !Ref Good, Version: !GetAtt Good.LatestVersionNumber}}
          Overrides:
            - InstanceType: m5.large
            - InstanceType: m7g.large
              LaunchTemplateSpecification: {{LaunchTemplateId: !Ref Open, Version: !GetAtt Open.LatestVersionNumber}}
"""
        for number in range(10)
    )
    report = template(
        cfn(
            """
  Good:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData: {IamInstanceProfile: {Name: !Ref Profile}, MetadataOptions: {HttpTokens: required}}
  Open:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData: {IamInstanceProfile: {Name: !Ref Profile}, MetadataOptions: {HttpTokens: optional}}
"""
            + groups
        )
    )
    assert [(rule, address) for rule, address, _ in failures(report)] == [("imdsv1-allowed", "Open")]
    [finding] = [finding for finding in report.findings if finding.verdict == "fail"]
    assert len(finding.related) == 10
    assert counted(report) == (20, 10, 10, 0)


@pytest.mark.parametrize(
    ("kind", "wanted", "launches"),
    [
        ("Type: instant", {("missing-instance-profile", "Template")}, (2, 1, 1, 0)),
        ("Type: maintain", {("missing-instance-profile", "Template")}, (1, 0, 1, 0)),
        ("ReplaceUnhealthyInstances: true", {("missing-instance-profile", "Template")}, (1, 0, 1, 0)),
    ],
)
def test_an_override_launches_on_its_own_where_ec2_takes_its_settings(
    template: Check, kind: str, wanted: set[tuple[str, str]], launches: tuple[int, int, int, int]
) -> None:
    report = template(
        cfn(f"""
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties: {{LaunchTemplateData: {{MetadataOptions: {{HttpTokens: required}}}}}}
  Fleet:
    Type: AWS::EC2::EC2Fleet
    Properties:
      {kind}
      LaunchTemplateConfigs:
        - LaunchTemplateSpecification: {{LaunchTemplateId: !Ref Template, Version: $Latest}}
          Overrides:
            - {{InstanceType: m5.large, IamInstanceProfile: {{Name: !Ref Profile}}}}
            - {{InstanceType: m5.xlarge}}
""")
    )
    assert (flagged(report), counted(report)) == (wanted, launches)


@pytest.mark.parametrize("version", ["", "VersionLabel: v1"])
def test_what_beanstalk_takes_from_a_template_goes_before_its_source_bundle(template: Check, version: str) -> None:
    options = '{Namespace: "aws:autoscaling:launchconfiguration", OptionName: DisableIMDSv1, Value: "true"}'
    report = template(
        cfn(f"""
  Template:
    Type: AWS::ElasticBeanstalk::ConfigurationTemplate
    Properties: {{ApplicationName: app, OptionSettings: [{options}]}}
  Web:
    Type: AWS::ElasticBeanstalk::Environment
    Properties:
      ApplicationName: app
      TemplateName: !Ref Template
      {version}
""")
    )
    rule = "missing-instance-profile"
    wanted = (set(), {(rule, "Web")}) if version else ({(rule, "Template")}, set())
    assert (flagged(report), undecided(report)) == wanted


@pytest.mark.parametrize(("kind", "wanted"), [("EC2", {("missing-instance-profile", "Batch")}), ("FARGATE", set())])
def test_batch_needs_a_profile_only_where_it_launches_instances(
    template: Check, kind: str, wanted: set[tuple[str, str]]
) -> None:
    report = template(
        cfn(f"""
  Batch:
    Type: AWS::Batch::ComputeEnvironment
    Properties: {{Type: MANAGED, ComputeResources: {{Type: {kind}, MaxvCpus: 4, Subnets: [s]}}}}
""")
    )
    assert flagged(report) == wanted


def test_a_group_made_from_an_instance_copies_what_is_not_in_sight(template: Check) -> None:
    report = template(
        cfn("""
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties: {MinSize: "1", MaxSize: "2", InstanceId: i-0123456789abcdef0}
""")
    )
    assert flagged(report) == set()
    assert undecided(report) == {("missing-instance-profile", "Group"), ("imdsv1-allowed", "Group")}
    assert all("InstanceId" in finding.message for finding in report.findings)


@pytest.mark.parametrize(
    ("engine", "launches"),
    [("custom-sqlserver-web", 1), ("postgres", 0), ("!Ref Engine", 0)],
)
def test_a_database_is_a_launch_where_its_engine_is_one_of_rds_custom(
    template: Check, engine: str, launches: int
) -> None:
    report = template(
        f"""
Parameters:
  Engine: {{Type: String}}
Resources:
  Database:
    Type: AWS::RDS::DBInstance
    Properties: {{DBInstanceClass: db.m5.large, Engine: {engine}}}
"""
    )
    assert counted(report)[0] == launches
    assert flagged(report) == ({("missing-instance-profile", "Database")} if launches else set())


@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        ("{Key: resourceRole, StringValue: worker}", {("role-without-ec2-trust", "Nightly")}),
        ("{Key: terminateAfter, StringValue: 1 hour}", {("missing-instance-profile", "Nightly")}),
    ],
)
def test_an_instance_of_a_pipeline_without_a_role_takes_one_that_is_not_in_sight(
    template: Check, field: str, wanted: set[tuple[str, str]]
) -> None:
    report = template(
        f"""
Resources:
  Nightly:
    Type: AWS::DataPipeline::Pipeline
    Properties:
      Name: nightly
      PipelineObjects:
        - {{Id: Run, Name: Run, Fields: [{{Key: type, StringValue: ShellCommandActivity}}]}}
        - {{Id: Worker, Name: Worker, Fields: [{{Key: type, StringValue: Ec2Resource}}, {field}]}}
"""
    )
    assert flagged(report) == set()
    assert undecided(report) == {("imdsv1-allowed", "Nightly"), *wanted}
    assert counted(report)[0] == 1


def test_the_role_that_an_opsworks_stack_gives_its_instances_must_trust_ec2(template: Check) -> None:
    report = template(
        cfn("""
  Operations:
    Type: AWS::OpsWorks::Stack
    Properties: {Name: o, ServiceRoleArn: arn:aws:iam::111122223333:role/o, DefaultInstanceProfileArn: !GetAtt P.Arn}
  P:
    Type: AWS::IAM::InstanceProfile
    Properties: {Roles: [!Ref R]}
  R:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: opsworks.amazonaws.com}, Action: sts:AssumeRole}]
  App:
    Type: AWS::OpsWorks::Instance
    Properties: {StackId: !Ref Operations, LayerIds: [layer], InstanceType: m5.large}
""")
    )
    assert flagged(report) == {("role-without-ec2-trust", "R")}
    (failure,) = [finding for finding in report.findings if finding.verdict == "fail"]
    assert failure.severity.name == "HIGH"
    assert any("App launches with instance profile P" in step.message for step in failure.related)


def test_the_role_of_an_eks_node_group_must_trust_ec2(template: Check) -> None:
    report = template(
        cfn("""
  Nodes:
    Type: AWS::EKS::Nodegroup
    Properties: {ClusterName: c, NodeRole: !GetAtt Role.Arn, Subnets: [s]}
""").replace("ec2.amazonaws.com", "eks.amazonaws.com")
    )
    assert ("role-without-ec2-trust", "Role") in flagged(report)


def severities(report: Report) -> list[str]:
    return [finding.severity.word for finding in report.findings if finding.rule == "administrator-access"]


@pytest.mark.parametrize(
    ("more", "severity"),
    [
        ("", "high"),
        ("\n  Host: {Type: AWS::EC2::Instance, Properties: {IamInstanceProfile: !Ref Profile}}", "critical"),
    ],
)
def test_a_grant_behind_a_launch_is_graver(template: Check, more: str, severity: str) -> None:
    text = cfn(more).replace(
        "    Properties:\n      Assume",
        "    Properties:\n      ManagedPolicyArns: [arn:aws:iam::aws:policy/AdministratorAccess]\n      Assume",
        1,
    )
    assert severities(template(text)) == [severity]


@pytest.mark.parametrize(
    ("policy", "severity"),
    [
        ("Type: AWS::IAM::ManagedPolicy\n    Properties: {Roles: [!Ref Role], PolicyDocument: DOCUMENT}", "critical"),
        ("Type: AWS::IAM::Policy\n    Properties: {Roles: [!Ref Role], PolicyDocument: DOCUMENT}", "critical"),
        ("Type: AWS::IAM::RolePolicy\n    Properties: {RoleName: !Ref Role, PolicyDocument: DOCUMENT}", "critical"),
        ("Type: AWS::IAM::Policy\n    Properties: {Users: [a], PolicyDocument: DOCUMENT}", "high"),
        ("Type: AWS::IAM::ManagedPolicy\n    Properties: {PolicyDocument: DOCUMENT}", "medium"),
    ],
)
def test_severity_follows_what_a_policy_reaches(template: Check, policy: str, severity: str) -> None:
    document = "{Statement: [{Effect: Allow, Action: '*', Resource: '*'}]}"
    report = template(
        cfn(f"""
  Policy:
    {policy.replace("DOCUMENT", document)}
  Host: {{Type: AWS::EC2::Instance, Properties: {{IamInstanceProfile: !Ref Profile}}}}
""")
    )
    assert severities(report) == [severity]


def test_a_condition_or_a_boundary_lowers_the_severity_never_the_verdict(template: Check) -> None:
    statement = "{Effect: Allow, Action: '*', Resource: '*', Condition: {Bool: {'aws:SecureTransport': 'true'}}}"
    policy = "\n  Policy:\n    Type: AWS::IAM::Policy\n    Properties:\n      Roles: [!Ref Role]\n"
    policy += f"      PolicyDocument: {{Statement: [{statement}]}}\n"
    assert severities(template(cfn(policy))) == ["medium"]


def test_thirty_conditions_on_thirty_resources_stay_apart(template: Check) -> None:
    parameters = "".join(f"  P{n}: {{Type: String, Default: a, AllowedValues: [a, b]}}\n" for n in range(30))
    conditions = "".join(f"  C{n}: !Equals [!Ref P{n}, a]\n" for n in range(30))
    hosts = "".join(
        f"  H{n}: {{Type: AWS::EC2::Instance, Properties: {{IamInstanceProfile: !Ref Profile, "
        f"MetadataOptions: {{HttpTokens: !If [C{n}, required, optional]}}}}}}\n"
        for n in range(30)
    )
    report = template(f"Parameters:\n{parameters}Conditions:\n{conditions}" + cfn(hosts))
    assert {finding.when for finding in report.findings if finding.rule == "imdsv1-allowed"} == {
        f'fails when parameter P{n} is "b"' for n in range(30)
    }
    assert not report.notices


TF_IDENTITY = """
resource "aws_iam_role" "app" {
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}
resource "aws_iam_instance_profile" "app" {
  role = aws_iam_role.app.name
}
"""


def test_the_default_of_the_account_counts(configuration: Check) -> None:
    instance = 'resource "aws_instance" "a" {\n  iam_instance_profile = aws_iam_instance_profile.app.name\n}\n'
    default = 'resource "aws_ec2_instance_metadata_defaults" "d" {\n  http_tokens = "required"\n}\n'
    assert flagged(configuration(TF_IDENTITY + instance)) == {("imdsv1-allowed", "aws_instance.a")}
    assert flagged(configuration(TF_IDENTITY + instance + default)) == set()


def test_each_instance_is_judged_with_its_own_values(configuration: Check) -> None:
    report = configuration(
        TF_IDENTITY
        + """
resource "aws_instance" "a" {
  for_each             = { good = "required", bad = "optional" }
  iam_instance_profile = aws_iam_instance_profile.app.name
  metadata_options {
    http_tokens = each.value
  }
}
"""
    )
    assert flagged(report) == {("imdsv1-allowed", 'aws_instance.a["bad"]')}
    assert counted(report) == (2, 1, 1, 0)


def test_what_is_not_created_by_default_is_judged_where_it_is(configuration: Check) -> None:
    report = configuration(
        'provider "aws" {}\nvariable "on" {\n  type = bool\n  default = false\n}\n'
        + TF_IDENTITY
        + 'resource "aws_instance" "a" {\n  count = var.on ? 1 : 0\n'
        "  iam_instance_profile = aws_iam_instance_profile.app.name\n}\n"
    )
    assert flagged(report) == {("imdsv1-allowed", "aws_instance.a[0]")}
    assert [finding.when for finding in report.findings] == ["it exists: var.on is true"]
    assert counted(report) == (1, 0, 1, 0)
    assert report.launches.conditional == 1


def test_an_unknown_condition_is_the_same_wherever_it_is_met(configuration: Check) -> None:
    report = configuration(
        """
module "label" {
  source = "example/label/null"
}
resource "aws_iam_instance_profile" "app" {
  count = module.label.enabled ? 1 : 0
  role  = "app"
}
resource "aws_instance" "a" {
  count                = module.label.enabled ? 1 : 0
  iam_instance_profile = one(aws_iam_instance_profile.app[*].name)
  metadata_options {
    http_tokens = module.label.enabled ? "required" : "optional"
  }
}
"""
    )
    assert flagged(report) == set()
    assert {rule for rule, _ in undecided(report)} <= {"role-without-ec2-trust"}


def test_in_a_library_a_failure_that_rests_on_a_default_is_milder(configuration: Check) -> None:
    text = (
        'variable "tokens" {\n  type    = string\n  default = "optional"\n}\n'
        + TF_IDENTITY
        + 'resource "aws_instance" "a" {\n  iam_instance_profile = aws_iam_instance_profile.app.name\n'
        "  metadata_options {\n    http_tokens = var.tokens\n  }\n}\n"
    )
    [library] = configuration(text).findings
    assert (library.severity.word, library.when) == ("medium", 'var.tokens keeps its default "optional"')
    assert "a caller can set var.tokens" in library.message
    [root] = configuration('provider "aws" {}\n' + text).findings
    assert root.severity.word == "high"


def test_a_called_module_is_judged_by_its_calls_alone(configuration: Check) -> None:
    report = configuration(
        {
            "main.tf": TF_IDENTITY + 'module "good" {\n  source = "./m"\n  tokens = "required"\n'
            "  profile = aws_iam_instance_profile.app.name\n}\n",
            "m/main.tf": 'variable "tokens" { default = "optional" }\nvariable "profile" { default = null }\n'
            'resource "aws_instance" "a" {\n  iam_instance_profile = var.profile\n'
            "  metadata_options {\n    http_tokens = var.tokens\n  }\n}\n",
        }
    )
    assert (flagged(report), counted(report)) == (set(), (1, 1, 0, 0))


def test_a_key_in_user_data_fails_the_launch(configuration: Check) -> None:
    report = configuration(
        TF_IDENTITY + 'resource "aws_instance" "a" {\n  iam_instance_profile = aws_iam_instance_profile.app.name\n'
        '  user_data = "export AWS_ACCESS_KEY_ID=AKIAFAKEFAKEFAKEFAK2"\n'
        '  metadata_options {\n    http_tokens = "required"\n  }\n}\n'
    )
    assert flagged(report) == {("hardcoded-access-key", "aws_instance.a")}
    assert counted(report) == (1, 0, 1, 0)


CLOUD_CONTROL = """
resource "awscc_iam_role" "app" {
  role_name                   = "app"
  assume_role_policy_document = jsonencode({
    Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
  policies = [{
    policy_name     = "all"
    policy_document = jsonencode({ Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }] })
  }]
}

resource "awscc_iam_instance_profile" "app" {
  roles = [awscc_iam_role.app.role_name]
}

resource "awscc_ec2_launch_template" "app" {
  launch_template_name = "app"
  launch_template_data = {
    iam_instance_profile = { arn = awscc_iam_instance_profile.app.arn }
    metadata_options     = { http_tokens = "required" }
    user_data            = base64encode("export AWS_ACCESS_KEY_ID=AKIAFAKEFAKEFAKEFAK2")
  }
}
"""


@pytest.mark.parametrize(
    "named",
    [
        "launch_template_id = awscc_ec2_launch_template.app.launch_template_id",
        "launch_template_id = awscc_ec2_launch_template.app.id",
        'launch_template_name = "app"',
    ],
)
def test_cloud_control_resources_are_followed_from_launch_to_policy(configuration: Check, named: str) -> None:
    report = configuration(
        f"""{CLOUD_CONTROL}
resource "awscc_ec2_instance" "app" {{
  launch_template = {{
    {named}
    version = awscc_ec2_launch_template.app.latest_version_number
  }}
}}
"""
    )
    assert flagged(report) == {
        ("administrator-access", "awscc_iam_role.app"),
        ("hardcoded-access-key", "awscc_ec2_launch_template.app"),
        ("role-without-ec2-trust", "awscc_iam_role.app"),
    }
    assert counted(report) == (1, 0, 1, 0)
    assert {finding.severity.name for finding in report.findings if finding.rule in ("administrator-access",)} == {
        "CRITICAL"
    }


def test_resources_of_both_providers_name_each_other(configuration: Check) -> None:
    report = configuration(
        f"""{CLOUD_CONTROL}
resource "aws_instance" "app" {{
  ami                  = "ami-0123456789abcdef0"
  iam_instance_profile = aws_iam_instance_profile.both.name
  metadata_options {{
    http_tokens = "required"
  }}
}}

resource "aws_iam_instance_profile" "both" {{
  role = awscc_iam_role.app.role_name
}}

resource "aws_autoscaling_group" "app" {{
  min_size = 1
  max_size = 1
  launch_template {{
    id = awscc_ec2_launch_template.app.launch_template_id
  }}
}}
"""
    )
    assert counted(report) == (2, 0, 2, 0)
    (trust,) = [finding for finding in report.findings if finding.rule == "role-without-ec2-trust"]
    shown = " ".join(step.message for step in trust.related)
    assert "aws_autoscaling_group.app" in shown or "aws_instance.app" in shown


@pytest.mark.parametrize(
    "type", ["aws_cloudformation_stack", "aws_cloudformation_stack_set", "awscc_cloudformation_stack"]
)
def test_a_template_inside_of_a_resource_is_named_never_clean(configuration: Check, type: str) -> None:
    report = configuration(f'resource "{type}" "a" {{\n  template_body = "{{}}"\n}}\n')
    assert [(notice.kind, type in notice.message) for notice in report.notices] == [("unsupported", True)]


def test_the_template_of_a_stack_set_is_named_never_clean(template: Check) -> None:
    report = template(
        """
Resources:
  Everywhere:
    Type: AWS::CloudFormation::StackSet
    Properties: {StackSetName: s, PermissionModel: SELF_MANAGED, TemplateBody: "{}"}
"""
    )
    assert [(notice.kind, "Everywhere" in notice.message) for notice in report.notices] == [("unsupported", True)]


def launched(profile: str) -> str:
    return f"""
  Web:
    Type: AWS::EC2::Instance
    Properties:
      IamInstanceProfile: {profile}
      MetadataOptions: {{HttpTokens: required}}
"""


@pytest.mark.parametrize(
    ("resources", "rule", "address"),
    [
        (launched("!Ref Role"), "role-as-instance-profile", "Web"),
        (launched('"!Ref Profile"'), "mismatched-profile-reference", "Web"),
        (launched("!GetAtt Profile.Arn"), "mismatched-profile-reference", "Web"),
        (launched("{Name: !Ref Profile}"), "mismatched-profile-reference", "Web"),
        (
            launched("!Ref Empty") + "  Empty: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: []}}",
            "profile-without-role",
            "Empty",
        ),
        (
            launched("!Ref Other") + "  Other: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: [!Ref Profile]}}",
            "mismatched-role-reference",
            "Other",
        ),
        (
            launched("!Ref Other") + '  Other: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: ["!Ref Role"]}}',
            "mismatched-role-reference",
            "Other",
        ),
    ],
)
def test_a_profile_or_role_that_is_named_wrongly_is_one_fact(
    template: Check, resources: str, rule: str, address: str
) -> None:
    report = template(cfn(resources))
    assert flagged(report) == {(rule, address)}
    assert undecided(report) == set()


@pytest.mark.parametrize("profile", ["!Ref Profile", "web"])
def test_a_bare_value_in_place_of_a_block_names_a_profile_in_the_wrong_form(template: Check, profile: str) -> None:
    report = template(
        cfn(f"""
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties: {{LaunchTemplateData: {{IamInstanceProfile: {profile}, MetadataOptions: {{HttpTokens: required}}}}}}
""")
    )
    assert flagged(report) == {("mismatched-profile-reference", "Template")}


def test_a_launch_that_is_given_a_role_is_failed(template: Check) -> None:
    assert counted(template(cfn(launched("!Ref Role")))) == (1, 0, 1, 0)


@pytest.mark.parametrize(
    ("statement", "launch", "severity"),
    [
        ('Principal: {AWS: "*"}, Action: sts:AssumeRole', True, "critical"),
        ('Principal: {AWS: "*"}, Action: sts:AssumeRole', False, "high"),
        ('Principal: "*", Action: sts:AssumeRole, Condition: {StringEquals: {aws:PrincipalOrgID: o}}', True, "high"),
        ('Principal: {AWS: "111122223333"}, Action: "*"', True, "medium"),
    ],
)
def test_an_open_role_is_as_grave_as_what_it_opens(
    template: Check, statement: str, launch: bool, severity: str
) -> None:
    report = template(f"""
Resources:
  Open:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - {{Effect: Allow, Principal: {{Service: ec2.amazonaws.com}}, Action: sts:AssumeRole}}
          - {{Effect: Allow, {statement}}}
  One: {{Type: AWS::IAM::InstanceProfile, Properties: {{Roles: [!Ref Open]}}}}
  Another: {{Type: AWS::IAM::InstanceProfile, Properties: {{Roles: [!Ref Open]}}}}
{launched("!Ref One") if launch else ""}""")
    found = [finding for finding in report.findings if finding.verdict == "fail"]
    assert [(finding.rule, finding.address, finding.severity.word) for finding in found] == [
        ("overbroad-trust", "Open", severity)
    ]


def test_both_users_of_a_shared_role_are_told(template: Check) -> None:
    report = template(
        cfn(
            launched("!Ref Profile") + "      Tags: [{Key: App, Value: web}]"
            "\n  Mail:\n    Type: AWS::EC2::Instance\n    Properties: {IamInstanceProfile: !Ref Profile, "
            "MetadataOptions: {HttpTokens: required}, Tags: [{Key: App, Value: mail}]}"
        ),
        rules=["role-shared-by-applications"],
    )
    (found,) = report.findings
    assert found.message == "Role is the role of Web and Mail, which differ in their tag App"
    assert [step.message for step in found.related] == ["Web launches with it", "Mail launches with it"]


@pytest.mark.parametrize(
    ("resource", "rule"),
    [
        ('resource "aws_ami" "a" {\n  name = "a"\n  count = 0\n}\n', "ami-without-imdsv2"),
        (
            'resource "aws_ec2_instance_metadata_defaults" "a" {\n  http_tokens = "optional"\n  count = 0\n}\n',
            "imdsv1-account-default",
        ),
        (
            'resource "aws_iam_role" "a" {\n  count = 0\n  assume_role_policy = jsonencode({ Statement = [{ '
            'Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }] })\n}\n',
            "role-without-instance-profile",
        ),
        ('resource "aws_iam_instance_profile" "a" {\n  count = 0\n  role = "r"\n}\n', "unused-instance-profile"),
    ],
)
def test_what_is_not_created_is_not_checked(configuration: Check, resource: str, rule: str) -> None:
    _, type, *_ = resource.split('"')
    assert configuration(resource, rules=[rule]).findings == []
    assert flagged(configuration(resource.replace("count = 0", "count = 1"), rules=[rule])) == {(rule, f"{type}.a[0]")}


def test_the_way_from_a_launch_to_its_template_is_shown(template: Check) -> None:
    report = template(
        cfn("""
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties: {LaunchTemplateData: {MetadataOptions: {HttpTokens: required}}}
  Host:
    Type: AWS::EC2::Instance
    Properties: {LaunchTemplate: {LaunchTemplateId: !Ref Template, Version: $Latest}}
""")
    )
    (found,) = [finding for finding in report.findings if finding.rule == "missing-instance-profile"]
    assert [(step.message, step.at.first[0]) for step in found.related] == [("Host launches from Template", 16)]


def test_a_policy_lists_only_the_attachments_to_the_role(tmp_path: Path) -> None:
    roles = "".join(
        f'resource "aws_iam_role" "{name}" {{\n  assume_role_policy = "{{}}"\n}}\n'
        f'resource "aws_iam_role_policy_attachment" "{name}" {{\n  role = aws_iam_role.{name}.name\n'
        "  policy_arn = aws_iam_policy.p.arn\n}\n"
        for name in ("one", "other")
    )
    more = (
        'resource "aws_iam_role_policy_attachment" "aws" {\n  role = aws_iam_role.one.name\n'
        '  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"\n}\n'
        'resource "aws_iam_role_policy_attachment" "none" {\n  count = 0\n  role = aws_iam_role.one.name\n'
        "  policy_arn = aws_iam_policy.p.arn\n}\n"
        'resource "aws_iam_policy" "p" {\n  name = "p"\n'
        '  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })\n}\n'
    )
    (tmp_path / "main.tf").write_text(roles + more, encoding="utf-8")
    (root,) = Project([str(tmp_path)], str(tmp_path), options=Options(), files=FileCounts()).roots()
    policies = {role.address: role.policies for role in Stack(root, Scenario({})).roles}
    assert {(one.kind, as_text(one.called), one.holders) for one in policies["aws_iam_role.one"]} == {
        ("managed", "p", ("aws_iam_role_policy_attachment.one",)),
        ("attached", "arn:aws:iam::aws:policy/ReadOnlyAccess", ("aws_iam_role_policy_attachment.aws",)),
    }
    assert [one.holders for one in policies["aws_iam_role.other"]] == [("aws_iam_role_policy_attachment.other",)]


@pytest.mark.parametrize(("other", "expected"), [("A", "proven"), ("B", "undecided")])
def test_names_of_the_same_parts_are_the_same(template: Check, other: str, expected: str) -> None:
    named = IDENTITY.replace("Roles: [!Ref Role]", 'InstanceProfileName: !Sub "${A}-app", Roles: [!Ref Role]')
    host = launched(f'!Sub "${{{other}}}-app"')
    report = template(f"Parameters:\n  A: {{Type: String}}\n  B: {{Type: String}}\nResources:{named}{host}")
    assert counted(report) == ((1, 1, 0, 0) if expected == "proven" else (1, 0, 0, 1))


def test_a_document_that_no_policy_uses_is_checked_itself(configuration: Check) -> None:
    document = """
data "aws_iam_policy_document" "all" {
  statement {
    actions   = ["*"]
    resources = ["*"]
  }
}
"""
    policy = 'resource "aws_iam_policy" "all" {\n  policy = data.aws_iam_policy_document.all.json\n}\n'
    rules = ["administrator-access"]
    assert flagged(configuration(document, rules=rules)) == {(rules[0], "data.aws_iam_policy_document.all")}
    assert len(configuration(document + policy, rules=rules).findings) == 1


@pytest.mark.parametrize("end", ["aws_iam_instance_profile.p.name", "aws_iam_instance_profile.p.id", "var.name"])
def test_a_profile_is_found_at_the_end_of_an_arn(configuration: Check, end: str) -> None:
    text = """
variable "name" {}
resource "aws_iam_role" "r" {
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "Allow", Principal = { Service = "ecs.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}
resource "aws_iam_instance_profile" "p" {
  name = var.name
  role = aws_iam_role.r.name
}
resource "aws_launch_template" "t" {
  iam_instance_profile {
    arn = "arn:aws:iam::111122223333:instance-profile/app/${END}"
  }
  metadata_options {
    http_tokens = "required"
  }
}
"""
    report = configuration(text.replace("END", end))
    assert failures(report) == [("role-without-ec2-trust", "aws_iam_role.r", 5)]
    assert "aws_iam_instance_profile.p" in report.findings[0].message


@pytest.mark.parametrize("profile", ["${Profile}", "${Name}"])
def test_a_profile_of_a_template_is_found_at_the_end_of_an_arn(template: Check, profile: str) -> None:
    text = """
Parameters:
  Name: {Type: String}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: ecs.amazonaws.com}, Action: "sts:AssumeRole"}]
  Profile: {Type: AWS::IAM::InstanceProfile, Properties: {InstanceProfileName: !Ref Name, Roles: [!Ref Role]}}
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        MetadataOptions: {HttpTokens: required}
        IamInstanceProfile: {Arn: !Sub "arn:aws:iam::111122223333:instance-profile/app/END"}
"""
    assert failures(template(text.replace("END", profile))) == [("role-without-ec2-trust", "Role", 9)]


@pytest.mark.parametrize(
    "other",
    [
        "",
        "  Other: {Type: AWS::IAM::Role, Properties: {RoleName: app, AssumeRolePolicyDocument: {Statement: []}}}",
        "  Other: {Type: AWS::IAM::User, Properties: {UserName: app}}",
        "  Other: {Type: AWS::IAM::Group, Properties: {GroupName: app}}",
        "  Other: {Type: AWS::IAM::Policy, Properties: {PolicyName: app, Users: [x], PolicyDocument: {Statement: []}}}",
    ],
)
def test_a_policy_that_is_not_here_is_not_what_else_has_its_name(template: Check, other: str) -> None:
    text = f"""
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{{Effect: Allow, Principal: {{Service: ec2.amazonaws.com}}, Action: "sts:AssumeRole"}}]
      ManagedPolicyArns: ["arn:aws:iam::111122223333:policy/app"]
{other}
"""
    (finding,) = template(text, rules=["administrator-access"]).findings
    assert (finding.verdict, finding.address) == ("undecided", "Role")
    assert "policy/app, which is not declared here" in finding.message

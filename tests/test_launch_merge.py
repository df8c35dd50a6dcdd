"""What a launch and its template make together: metadata options, image, and whether the template is used at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import failures, judged
from iplint.finding import Report
from iplint.judging.session import Session, SessionSettings
from iplint.model import Account
from iplint_rules import all_rules

Check = Callable[..., Report]

TEMPLATE = """
resource "aws_launch_template" "t" {{
  {template}
}}
resource "aws_instance" "i" {{
  iam_instance_profile = "web"
  {launch}
  launch_template {{
    id      = aws_launch_template.t.id
    version = "$Latest"
  }}
}}
"""


def allows(report: Report) -> str:
    """Return what is found about session tokens: "fail", "undecided" or "pass"."""
    found = [finding.verdict.value for finding in report.findings if finding.rule == "imdsv1-allowed"]
    return found[0] if found else "pass"


def options(**settings: str) -> str:
    return "metadata_options {\n" + "".join(f'    {name} = "{value}"\n' for name, value in settings.items()) + "  }"


@pytest.mark.parametrize(
    ("template", "launch", "expected"),
    [
        (options(http_endpoint="disabled"), "", "pass"),
        (options(http_endpoint="disabled"), options(http_endpoint="enabled", http_tokens="optional"), "fail"),
        (options(http_endpoint="disabled"), options(http_endpoint="enabled"), "fail"),
        # AWS does not say whether the block of the launch takes the place of the template's.
        (options(http_endpoint="disabled"), options(http_tokens="optional"), "undecided"),
        (options(http_endpoint="disabled"), options(http_put_response_hop_limit="1"), "undecided"),
        (options(http_tokens="required"), options(http_endpoint="enabled"), "undecided"),
        (options(http_tokens="optional"), options(http_endpoint="enabled"), "fail"),
        (options(http_tokens="optional"), options(http_endpoint="disabled"), "pass"),
        (options(http_tokens="optional"), options(http_tokens="required"), "pass"),
        (options(http_tokens="required", http_endpoint="disabled"), options(http_tokens="required"), "pass"),
        (options(http_tokens="optional"), "metadata_options {\n    http_endpoint = var.endpoint\n  }", "undecided"),
        ("", "metadata_options {\n    http_endpoint = var.endpoint\n  }", "undecided"),
    ],
)
def test_endpoint_and_tokens_are_merged_together(
    configuration: Check, template: str, launch: str, expected: str
) -> None:
    text = TEMPLATE.format(template=template, launch=launch)
    assert allows(configuration(f'variable "endpoint" {{}}\n{text}')) == expected


SUPPORT = """
variable "support" {}
resource "aws_ami" "v2" {
  name         = "v2"
  imds_support = "v2.0"
}
resource "aws_ami" "some" {
  name         = "some"
  imds_support = var.support
}
"""


@pytest.mark.parametrize(
    ("template", "launch", "expected"),
    [
        ("image_id = aws_ami.v2.id", "", "pass"),
        ("image_id = aws_ami.v2.id", 'ami = "ami-1"', "fail"),
        ('image_id = "ami-1"', "ami = aws_ami.v2.id", "pass"),
        ("image_id = aws_ami.some.id", "", "undecided"),
    ],
)
def test_the_image_that_is_launched_decides(configuration: Check, template: str, launch: str, expected: str) -> None:
    assert allows(configuration(SUPPORT + TEMPLATE.format(template=template, launch=launch))) == expected


def test_an_override_may_launch_another_image(template: Check) -> None:
    group = """
Resources:
  T:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        ImageId: "{{{{resolve:ssm:/aws/service/bottlerocket/aws-k8s-1.30/x86_64/latest/image_id}}}}"
        IamInstanceProfile: {{Name: web}}
  G:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties:
      MinSize: "1"
      MaxSize: "1"
      MixedInstancesPolicy:
        LaunchTemplate:
          LaunchTemplateSpecification: {{LaunchTemplateId: !Ref T, Version: !GetAtt T.LatestVersionNumber}}
          Overrides: [{{InstanceType: m5.large{image}}}]
"""
    assert allows(template(group.format(image=""))) == "undecided"
    assert allows(template(group.format(image=", ImageId: ami-1"))) == "fail"


@pytest.mark.parametrize("argument", ["", 'image_id_override = "ami-1"', 'image_type = "ECS_AL2"'])
def test_a_compute_environment_may_launch_another_image_than_its_template(configuration: Check, argument: str) -> None:
    text = f"""
{READ.format(PUBLIC)}
resource "aws_launch_template" "t" {{
  image_id = data.aws_ssm_parameter.al2023.value
  iam_instance_profile {{
    name = "web"
  }}
}}
resource "aws_batch_compute_environment" "c" {{
  type = "MANAGED"
  compute_resources {{
    type          = "EC2"
    instance_role = "arn:aws:iam::111122223333:instance-profile/web"
    launch_template {{
      launch_template_id = aws_launch_template.t.id
      version            = "$Latest"
    }}
    ec2_configuration {{
      {argument}
    }}
  }}
}}
"""
    assert allows(configuration(text)) == ("fail" if "override" in argument else "undecided")


PUBLIC = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
LINUX_2 = "/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2"
ECS = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended"
READ = 'data "aws_ssm_parameter" "al2023" {{\n  name = "{0}"\n}}\n'
FOUND = """data "aws_ami" "al2023" {{
  owners      = ["{1}"]
  most_recent = true
  filter {{
    name   = "name"
    values = ["{0}"]
  }}
}}
"""


@pytest.mark.parametrize(
    ("source", "image", "expected"),
    [
        (READ.format(PUBLIC), "data.aws_ssm_parameter.al2023.value", "undecided"),
        (READ.format(LINUX_2), "data.aws_ssm_parameter.al2023.value", "fail"),
        (READ.format(ECS), "jsondecode(data.aws_ssm_parameter.al2023.value).image_id", "undecided"),
        (READ.format(ECS), 'jsondecode(data.aws_ssm_parameter.al2023.value)["image_id"]', "undecided"),
        (FOUND.format("al2023-ami-2023.*-x86_64", "amazon"), "data.aws_ami.al2023.id", "undecided"),
        (FOUND.format("bottlerocket-aws-ecs-2-*", "amazon"), "data.aws_ami.al2023.image_id", "undecided"),
        (FOUND.format("al2023-ami-2023.*-x86_64", "self"), "data.aws_ami.al2023.id", "fail"),
        # Whichever of several names has the newest image.
        (FOUND.format('al2023-ami-*", "amzn2-ami-*', "amazon"), "data.aws_ami.al2023.id", "fail"),
        (FOUND.format('al2023-ami-*", "bottlerocket-aws-*', "amazon"), "data.aws_ami.al2023.id", "undecided"),
        (
            'data "aws_ami" "al2023" {\n  owners     = ["amazon"]\n  name_regex = "^al2023-ami|^amzn2-ami"\n}\n',
            "data.aws_ami.al2023.id",
            "fail",
        ),
        (FOUND.format("amzn2-ami-hvm-*", "amazon"), "data.aws_ami.al2023.id", "fail"),
        ("", f'"resolve:ssm:{PUBLIC}"', "undecided"),
        ("", f'"resolve:ssm:{LINUX_2}"', "fail"),
    ],
)
def test_public_images_that_require_tokens(configuration: Check, source: str, image: str, expected: str) -> None:
    host = f'resource "aws_instance" "i" {{\n  ami = {image}\n  iam_instance_profile = "web"\n}}\n'
    assert allows(configuration(source + host)) == expected


@pytest.mark.parametrize(
    ("account", "expected"),
    [("no-preference", "pass"), ("optional", "fail"), ("required", "pass"), ("unknown", "undecided")],
)
def test_what_is_said_of_the_account_settles_public_images(
    configuration: Check, tmp_path: Path, account: str, expected: str
) -> None:
    text = f'resource "aws_instance" "i" {{\n  ami = "resolve:ssm:{PUBLIC}"\n  iam_instance_profile = "web"\n}}\n'
    assert allows(configuration(text)) == "undecided"
    settings = SessionSettings(all_rules(), known=all_rules(), account=Account(account))
    report, _ = Session(settings, str(tmp_path)).examine([str(tmp_path)])
    assert allows(report) == expected
    preference = f'resource "aws_ec2_instance_metadata_defaults" "d" {{\n  http_tokens = "{account}"\n}}\n'
    if account != "unknown":
        assert allows(configuration(text + preference)) == expected


def test_an_account_that_allows_imdsv1_overrules_an_image_of_the_root(configuration: Check) -> None:
    text = SUPPORT + TEMPLATE.format(template="image_id = aws_ami.v2.id", launch="")
    lax = 'resource "aws_ec2_instance_metadata_defaults" "d" {\n  http_tokens = "optional"\n}\n'
    assert (allows(configuration(text)), allows(configuration(text + lax))) == ("pass", "fail")


def test_a_default_of_the_account_that_is_half_known(configuration: Check) -> None:
    text = f'resource "aws_instance" "i" {{\n  ami = "resolve:ssm:{PUBLIC}"\n  iam_instance_profile = "web"\n}}\n'
    half = 'variable "x" {}\nresource "aws_ec2_instance_metadata_defaults" "d" {\n  http_tokens = "o${var.x}"\n}\n'
    assert allows(configuration(text + half)) == "undecided"


@pytest.mark.parametrize("count", ["count = 0", "for_each = []", "count = var.on ? 1 : 0"])
def test_a_template_of_no_launch_is_checked_itself(configuration: Check, count: str) -> None:
    text = TEMPLATE.format(template="", launch=count)
    report = configuration(f'variable "on" {{\n  default = false\n}}\n{text}')
    assert ("imdsv1-allowed", "aws_launch_template.t", 5) in failures(report)


def test_what_services_run_takes_no_default_of_the_account(configuration: Check) -> None:
    notebook = 'resource "aws_sagemaker_notebook_instance" "n" {\n  name = "n"\n}\n'
    default = 'resource "aws_ec2_instance_metadata_defaults" "d" {\n  http_tokens = "required"\n}\n'
    assert allows(configuration(default + notebook)) == "fail"
    nodes = 'resource "aws_eks_node_group" "n" {\n  node_role_arn = "arn:aws:iam::111122223333:role/n"\n}\n'
    assert allows(configuration(default + nodes)) == "undecided"


@pytest.mark.parametrize(
    ("action", "expected"), [("create", "pass"), ("update", "undecided")], ids=["first version", "later version"]
)
def test_the_default_version_of_a_template_in_a_plan(tmp_path: Path, action: str, expected: str) -> None:
    values = {"default_version": 1, "metadata_options": [{"http_tokens": "required"}]} if action == "update" else {}
    values |= {"metadata_options": [{"http_tokens": "required"}], "iam_instance_profile": [{"name": "web"}]}
    template = {"address": "aws_launch_template.t", "mode": "managed", "type": "aws_launch_template", "name": "t"}
    host = {"address": "aws_instance.i", "mode": "managed", "type": "aws_instance", "name": "i"}
    change = {"actions": [action], "after": values, "after_unknown": {"id": True, "latest_version": True}}
    named = {"id": {"references": ["aws_launch_template.t.id", "aws_launch_template.t"]}}
    unknown = {"launch_template": [{"id": True}]}
    made = {"launch_template": [{"version": "$Default"}]}
    plan = {
        "format_version": "1.2",
        "planned_values": {"root_module": {"resources": [template | {"values": values}, host | {"values": made}]}},
        "resource_changes": [
            template | {"change": change},
            host | {"change": {"actions": ["create"], "after": made, "after_unknown": unknown}},
        ],
        "configuration": {
            "root_module": {
                "resources": [template | {"expressions": {}}, host | {"expressions": {"launch_template": [named]}}]
            }
        },
    }
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    assert allows(judged(tmp_path / "plan.json")) == expected


STACK = "64bit Amazon Linux 2023 v4.1.0 running Python 3.11"


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        (f'solution_stack_name = "{STACK}"', "pass"),
        (
            'platform_arn = "arn:aws:elasticbeanstalk:eu-west-1::platform/Python on 64bit Amazon Linux 2023/4"',
            "pass",
        ),
        ("solution_stack_name = data.aws_elastic_beanstalk_solution_stack.s.name", "pass"),
        ('solution_stack_name = "64bit Amazon Linux 2 v3.5.0 running Python 3.8"', "fail"),
        ("solution_stack_name = data.aws_elastic_beanstalk_solution_stack.old.name", "fail"),
        ("solution_stack_name = var.platform", "undecided"),
        ("", "fail"),
        (f'solution_stack_name = "{STACK}"\n  version_label = "v1"', "undecided"),
    ],
)
def test_beanstalk_closes_newer_platforms(configuration: Check, platform: str, expected: str) -> None:
    text = f"""
variable "platform" {{}}
data "aws_elastic_beanstalk_solution_stack" "s" {{
  name_regex = "^64bit Amazon Linux 2023 (.*) running Python 3.11$"
}}
data "aws_elastic_beanstalk_solution_stack" "old" {{
  name_regex = "^64bit Amazon Linux 2 (.*)$"
}}
resource "aws_elastic_beanstalk_environment" "e" {{
  name        = "e"
  application = "e"
  {platform}
  setting {{
    namespace = "aws:autoscaling:launchconfiguration"
    name      = "IamInstanceProfile"
    value     = "web"
  }}
}}
"""
    assert allows(configuration(text)) == expected
    opened = text.replace(
        "  setting {",
        '  setting {\n    namespace = "aws:autoscaling:launchconfiguration"\n    name      = "DisableIMDSv1"\n'
        '    value     = "false"\n  }\n  setting {',
    )
    assert allows(configuration(opened)) == "fail"


@pytest.mark.parametrize(("platform", "expected"), [("Amazon Linux 2023/4", "pass"), ("Amazon Linux 2/3", "fail")])
def test_beanstalk_closes_newer_platforms_in_the_cloud_control_provider_too(
    configuration: Check, platform: str, expected: str
) -> None:
    text = f"""
resource "awscc_elasticbeanstalk_environment" "e" {{
  application_name = "e"
  platform_arn     = "arn:aws:elasticbeanstalk:eu-west-1::platform/Python on 64bit {platform}"
  option_settings = [{{
    namespace   = "aws:autoscaling:launchconfiguration"
    option_name = "IamInstanceProfile"
    value       = "web"
  }}]
}}
"""
    assert allows(configuration(text)) == expected


def security(section: str) -> str:
    return f"""
resource "aws_emr_security_configuration" "s" {{
  name          = "depot"
  configuration = {section}
}}
resource "aws_emr_cluster" "c" {{
  name                   = "c"
  security_configuration = "depot"
  ec2_attributes {{
    instance_profile = "web"
  }}
}}
"""


SECTION = "InstanceMetadataServiceConfiguration"
MINIMUM = "MinimumInstanceMetadataServiceVersion"


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        (f"jsonencode({{ {SECTION} = {{ {MINIMUM} = 2 }} }})", "pass"),
        (f"jsonencode({{ {SECTION} = {{ {MINIMUM} = 1 }} }})", "fail"),
        (f'<<-EOT\n    {{"{SECTION}": {{"{MINIMUM}": 2, "HttpPutResponseHopLimit": 1}}}}\n    EOT', "pass"),
        ("jsonencode({ EncryptionConfiguration = {} })", "undecided"),
        ("var.unknown", "undecided"),
    ],
)
def test_emr_takes_tokens_from_its_security_configuration(configuration: Check, section: str, expected: str) -> None:
    report = configuration('variable "unknown" {}\n' + security(section))
    assert allows(report) == expected
    assert allows(configuration(security(section).replace('"depot"\n  ec2', '"elsewhere"\n  ec2'))) == "undecided"


PIPELINE = """
Resources:
  Nightly:
    Type: AWS::DataPipeline::Pipeline
    Properties:
      Name: nightly
      PipelineObjects:
        - Id: Default
          Name: Default
          Fields: [{Key: type, StringValue: Default}, DEFAULT]
        - Id: Base
          Name: Base
          Fields: [{Key: type, StringValue: Base}, BASE]
        - Id: Node
          Name: Node
          Fields: [{Key: type, StringValue: Ec2Resource}, {Key: parent, RefValue: Base}]
"""
NODES = "{Key: resourceRole, StringValue: nodes}"


@pytest.mark.parametrize(("place", "verdict"), [("DEFAULT", None), ("BASE", None), ("", "undecided")])
def test_objects_of_a_pipeline_inherit_their_profile(template: Check, place: str, verdict: str | None) -> None:
    text = PIPELINE.replace(place or "NOTHING", NODES).replace(", DEFAULT", "").replace(", BASE", "")
    report = template(text)
    found = {finding.verdict.value for finding in report.findings if finding.rule == "missing-instance-profile"}
    assert found == ({verdict} if verdict else set())


@pytest.mark.parametrize("name", ["ops/depot", "/ops/depot"])
def test_a_path_is_no_part_of_a_name(configuration: Check, name: str) -> None:
    text = f"""
resource "aws_instance" "i" {{
  iam_instance_profile = "{name}"
  metadata_options {{
    http_tokens = "required"
  }}
}}
resource "aws_iam_instance_profile" "p" {{
  role = "{name}"
}}
"""
    assert {(rule, address) for rule, address, _ in failures(configuration(text))} == {
        ("mismatched-profile-reference", "aws_instance.i"),
        ("mismatched-role-reference", "aws_iam_instance_profile.p"),
    }


@pytest.mark.parametrize(
    ("group", "kind"),
    [
        ("LaunchConfigurationName: web-2019", 'launch configuration "web-2019"'),
        ("LaunchTemplate: {LaunchTemplateName: web-2019, Version: $Latest}", 'launch template "web-2019"'),
    ],
)
def test_what_a_group_names_elsewhere_is_called_by_its_kind(template: Check, group: str, kind: str) -> None:
    report = template(
        f"""
Resources:
  G:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties:
      MinSize: "1"
      MaxSize: "1"
      {group}
"""
    )
    [message] = [finding.message for finding in report.findings if finding.rule == "imdsv1-allowed"]
    assert message.endswith(f"depends on {kind}, which is not declared here")


UNKNOWNS = {
    "parameter": "!Ref Free",
    "mapping": '!FindInMap [Sizes, !Ref Free, "x"]',
    "custom resource": "!GetAtt Custom.Settings",
    "macro": "{'Fn::Transform': {Name: Own, Parameters: {}}}",
}
AROUND = """
Parameters: {{Free: {{Type: String}}}}
Mappings: {{Sizes: {{a: {{y: "1"}}}}}}
Resources:
  Custom: {{Type: "Custom::Settings"}}
  Fleet: {{Type: {type}, Properties: {properties}}}
"""


@pytest.mark.parametrize("unknown", UNKNOWNS)
@pytest.mark.parametrize(
    ("type", "properties", "launches"),
    [
        ("AWS::EC2::SpotFleet", "X", 2),
        ("AWS::EC2::SpotFleet", "{SpotFleetRequestConfigData: X}", 2),
        ("AWS::EC2::SpotFleet", "{SpotFleetRequestConfigData: {LaunchSpecifications: X}}", 1),
        ("AWS::EC2::SpotFleet", "{SpotFleetRequestConfigData: {LaunchSpecifications: [X]}}", 1),
        ("AWS::EC2::SpotFleet", "{SpotFleetRequestConfigData: {LaunchTemplateConfigs: X}}", 1),
        ("AWS::EC2::EC2Fleet", "{LaunchTemplateConfigs: X}", 1),
        ("AWS::AutoScaling::AutoScalingGroup", "{MixedInstancesPolicy: X}", 2),
        ("AWS::ElasticBeanstalk::Environment", "{OptionSettings: X}", 1),
        ("AWS::ElasticBeanstalk::Environment", "{OptionSettings: [X]}", 1),
        (
            "AWS::ElasticBeanstalk::Environment",
            '{OptionSettings: [{Namespace: "aws:autoscaling:launchconfiguration", OptionName: X, Value: "true"}]}',
            1,
        ),
        (
            "AWS::ElasticBeanstalk::Environment",
            '{OptionSettings: [{Namespace: X, OptionName: DisableIMDSv1, Value: "true"},'
            " {Namespace: X, OptionName: IamInstanceProfile, Value: web}]}",
            1,
        ),
        ("AWS::Batch::ComputeEnvironment", "{Type: MANAGED, ComputeResources: X}", 2),
    ],
)
def test_settings_in_an_unknown_container_are_undecided(
    template: Check, unknown: str, type: str, properties: str, launches: int
) -> None:
    report = template(AROUND.format(type=type, properties=properties.replace("X", UNKNOWNS[unknown])))
    assert [finding.rule for finding in report.findings if finding.is_failure] == []
    assert (report.launches.undecided, report.launches.proven, report.launches.failed) == (launches, 0, 0)


NODES = """
resource "aws_launch_template" "t" {}
resource "aws_eks_node_group" "n" {
  cluster_name  = "c"
  node_role_arn = "arn:aws:iam::111122223333:role/nodes"
  ami_type      = "KIND"
  launch_template {
    id      = aws_launch_template.t.id
    version = aws_launch_template.t.latest_version
  }
}
"""
NODES_OF_TEMPLATE = """
Resources:
  T: {Type: AWS::EC2::LaunchTemplate, Properties: {LaunchTemplateData: {InstanceType: t3.micro}}}
  N:
    Type: AWS::EKS::Nodegroup
    Properties:
      ClusterName: c
      NodeRole: arn:aws:iam::111122223333:role/nodes
      AmiType: KIND
      LaunchTemplate: {Id: !Ref T, Version: !GetAtt T.LatestVersionNumber}
"""
KINDS_OF_NODES = [
    ("AL2023_x86_64_STANDARD", "undecided"),
    ("BOTTLEROCKET_ARM_64", "undecided"),
    ("AL2_x86_64", "fail"),
    ("WINDOWS_CORE_2022_x86_64", "fail"),
]


@pytest.mark.parametrize(("kind", "expected"), KINDS_OF_NODES)
def test_the_kind_of_image_of_a_node_group_may_require_tokens(configuration: Check, kind: str, expected: str) -> None:
    assert allows(configuration(NODES.replace("KIND", kind))) == expected


@pytest.mark.parametrize(("kind", "expected"), KINDS_OF_NODES)
def test_so_may_that_of_a_template(template: Check, kind: str, expected: str) -> None:
    assert allows(template(NODES_OF_TEMPLATE.replace("KIND", kind))) == expected


@pytest.mark.parametrize("image", ["!Ref Image", '!Sub "${Image}"'])
@pytest.mark.parametrize(
    ("name", "expected"), [("al2023-ami-kernel-default-x86_64", "undecided"), ("amzn2-ami", "fail")]
)
def test_the_parameter_that_finds_the_image_may_require_tokens(
    template: Check, image: str, name: str, expected: str
) -> None:
    text = f"""
Parameters:
  Image:
    Type: AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>
    Default: /aws/service/ami-amazon-linux-latest/{name}
Resources:
  I: {{Type: AWS::EC2::Instance, Properties: {{ImageId: {image}}}}}
"""
    assert allows(template(text)) == expected


@pytest.mark.parametrize(
    ("words", "runs_containers"),
    [
        ("apt-get install docker.io", True),
        ("start Podman", True),
        ("join cluster-ECS", True),
        ("my_eks_nodes", True),
        ("systemctl start kubelet", True),
        ("read the specs in 5 secs", False),
        ("seeks", False),
    ],
)
def test_two_hops_are_enough_where_containers_run(template: Check, words: str, runs_containers: bool) -> None:
    text = "Resources:\n  I:\n    Type: AWS::EC2::Instance\n    Properties:\n"
    text += "      MetadataOptions: {HttpTokens: required, HttpPutResponseHopLimit: 2}\n"
    report = template(f"{text}      UserData: !Base64 |\n        {words}\n", rules=["high-metadata-hop-limit"])
    assert (report.findings == []) == runs_containers

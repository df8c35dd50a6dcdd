"""What the tables of launches have beside the types themselves: engines, images, defaults, addresses, manifests."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from iplint.finding import Report

Check = Callable[..., "Report"]


def verdicts(report: Report) -> dict[str, str]:
    return {found.address: str(found.verdict) for found in report.findings}


def of_template(template: Check, resources: dict[str, object], rule: str) -> dict[str, str]:
    return verdicts(template(json.dumps({"Resources": resources}), rules=[rule]))


# Amazon RDS API Reference, CreateDBInstance.
CUSTOM = [
    *("custom-oracle-ee", "custom-oracle-ee-cdb", "custom-oracle-se2", "custom-oracle-se2-cdb"),
    *("custom-sqlserver-dev", "custom-sqlserver-ee", "custom-sqlserver-se", "custom-sqlserver-web"),
]


def test_databases_of_rds_custom_run_on_instances(template: Check) -> None:
    engines = [*CUSTOM, "mysql", "oracle-ee", "sqlserver-ee"]
    resources: dict[str, object] = {
        f"D{number}": {"Type": "AWS::RDS::DBInstance", "Properties": {"Engine": engine}}
        for number, engine in enumerate(engines)
    }
    found = of_template(template, resources, "missing-instance-profile")
    assert found == {f"D{number}": "fail" for number in range(len(CUSTOM))}


@pytest.mark.parametrize("type", ["aws_db_instance", "aws_rds_cluster_instance", "awscc_rds_db_instance"])
def test_databases_of_rds_custom_run_on_instances_in_terraform(configuration: Check, type: str) -> None:
    text = "".join(
        f'resource "{type}" "d{number}" {{\n  engine = "{engine}"\n}}\n'
        for number, engine in enumerate([*CUSTOM, "mysql"])
    )
    found = verdicts(configuration(text, rules=["missing-instance-profile"]))
    assert found == {f"{type}.d{number}": "fail" for number in range(len(CUSTOM))}


@pytest.mark.parametrize(
    ("kind", "launches"),
    [("EC2", True), ("SPOT", True), ("ecs_managed_instances", True), ("FARGATE", False), ("FARGATE_SPOT", False)],
)
def test_environments_of_batch_that_launch_instances(
    template: Check, configuration: Check, kind: str, launches: bool
) -> None:
    resources: dict[str, object] = {
        "It": {"Type": "AWS::Batch::ComputeEnvironment", "Properties": {"ComputeResources": {"Type": kind}}}
    }
    assert of_template(template, resources, "missing-instance-profile") == ({"It": "fail"} if launches else {})


@pytest.mark.parametrize(("kind", "launches"), [("Ec2Resource", True), ("EmrCluster", True), ("S3DataNode", False)])
def test_objects_of_pipelines_that_launch_instances(template: Check, kind: str, launches: bool) -> None:
    fields = [{"Key": "type", "StringValue": kind}, {"Key": "resourceRole", "StringValue": "arn:aws:iam::1:role/x"}]
    objects = [{"Id": "It", "Name": "It", "Fields": fields}]
    resources: dict[str, object] = {
        "It": {"Type": "AWS::DataPipeline::Pipeline", "Properties": {"Name": "it", "PipelineObjects": objects}}
    }
    report = template(json.dumps({"Resources": resources}))
    assert report.launches.checked == launches


AL2023 = "{{resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64}}"
IMAGES = {
    "AWS::EC2::Instance": ({"ImageId": "IMAGE"}, AL2023),
    "AWS::EKS::Nodegroup": ({"NodeRole": "r", "AmiType": "IMAGE"}, "AL2023_x86_64_STANDARD"),
    "AWS::Batch::ComputeEnvironment": (
        {
            "ComputeResources": {
                "Type": "EC2",
                "InstanceRole": "p",
                "Ec2Configuration": [{"ImageType": "ECS_AL2", "ImageIdOverride": "IMAGE"}],
            }
        },
        AL2023,
    ),
}


@pytest.mark.parametrize("type", ["AWS::EC2::Instance"])
def test_an_image_that_requires_tokens_decides_with_the_account(template: Check, type: str) -> None:
    properties, image = IMAGES[type]
    found = {}
    for name in (image, "ami-0123456789abcdef0"):
        written = json.loads(json.dumps(properties).replace("IMAGE", name))
        resources: dict[str, object] = {"It": {"Type": type, "Properties": written}}
        found[name] = of_template(template, resources, "imdsv1-allowed")
    assert found == {image: {"It": "undecided"}, "ami-0123456789abcdef0": {"It": "fail"}}


OWN = 'resource "aws_ami" "safe" {\n name = "safe"\n imds_support = "v2.0"\n}\n'
OWN += 'resource "aws_ami" "other" {\n name = "other"\n}\n'
IN_TERRAFORM = [
    ("aws_instance", "ami = IMAGE"),
    ("aws_launch_template", "image_id = IMAGE"),
    ("aws_launch_configuration", "image_id = IMAGE"),
    ("awscc_ec2_instance", "image_id = IMAGE"),
]


@pytest.mark.parametrize(("type", "setting"), IN_TERRAFORM)
def test_an_image_of_the_root_may_require_tokens(configuration: Check, type: str, setting: str) -> None:
    found = {}
    for name in ("safe", "other"):
        block = f'resource "{type}" "it" {{\n {setting.replace("IMAGE", f"aws_ami.{name}.id")}\n}}\n'
        found[name] = verdicts(configuration(OWN + block, rules=["imdsv1-allowed"])).get(f"{type}.it", "pass")
    assert found == {"safe": "pass", "other": "fail"}


GROUP = """
resource "aws_launch_template" "it" {
  image_id = aws_ami.safe.id
  iam_instance_profile {
    name = "p"
  }
}
resource "aws_autoscaling_group" "it" {
  mixed_instances_policy {
    launch_template {
      launch_template_specification {
        launch_template_id = aws_launch_template.it.id
        version            = "$Latest"
      }
      override {
        image_id = IMAGE
      }
    }
  }
}
"""


@pytest.mark.parametrize(("name", "verdict"), [("safe", "pass"), ("other", "fail")])
def test_an_override_may_launch_another_image(configuration: Check, name: str, verdict: str) -> None:
    text = OWN + GROUP.replace("IMAGE", f"aws_ami.{name}.id")
    report = configuration(text, rules=["imdsv1-allowed"])
    related = [step.message for found in report.findings for step in found.related]
    assert bool(report.findings) is (verdict == "fail"), related


BATCH = """
resource "aws_launch_template" "it" {
  image_id = aws_ami.safe.id
}
resource "aws_batch_compute_environment" "it" {
  compute_resources {
    type          = "EC2"
    instance_role = "p"
    ec2_configuration {
      image_id_override = IMAGE
    }
    launch_template {
      launch_template_id = aws_launch_template.it.id
      version            = "$Latest"
    }
  }
}
"""


@pytest.mark.parametrize(("name", "is_found"), [("safe", False), ("other", True)])
def test_a_compute_environment_may_launch_another_image(configuration: Check, name: str, is_found: bool) -> None:
    report = configuration(OWN + BATCH.replace("IMAGE", f"aws_ami.{name}.id"), rules=["imdsv1-allowed"])
    assert bool(report.findings) is is_found


INSTANCE = 'resource "aws_instance" "it" {\n ami = "ami-1"\n iam_instance_profile = "p"\n}\n'


@pytest.mark.parametrize(
    ("setting", "rule", "verdict"),
    [
        ('http_tokens = "required"', "imdsv1-allowed", "pass"),
        ('http_tokens = "optional"', "imdsv1-allowed", "fail"),
        ('http_endpoint = "disabled"', "imdsv1-allowed", "pass"),
        ("http_put_response_hop_limit = 2", "imdsv1-allowed", "fail"),
    ],
)
def test_defaults_of_the_account_decide_what_nothing_else_says(
    configuration: Check, setting: str, rule: str, verdict: str
) -> None:
    text = f'resource "aws_ec2_instance_metadata_defaults" "it" {{\n {setting}\n}}\n'
    text += INSTANCE.replace("ami =", "depends_on = [aws_ec2_instance_metadata_defaults.it]\n ami =")
    assert verdicts(configuration(text, rules=[rule])).get("aws_instance.it", "pass") == verdict


def test_a_policy_of_the_organization_may_declare_the_defaults(configuration: Check) -> None:
    declared = 'resource "aws_organizations_policy" "it" {\n name = "it"\n type = "DECLARATIVE_POLICY_EC2"\n'
    declared += (
        ' content = jsonencode({ ec2_attributes = { MEMBER = { http_tokens = { "@@assign" = "required" } } } })\n}\n'
    )
    text = 'resource "aws_ec2_instance_metadata_defaults" "it" {\n http_tokens = "required"\n}\n'
    text += INSTANCE.replace("ami =", "depends_on = [aws_ec2_instance_metadata_defaults.it]\n ami =")
    found = {
        member: verdicts(configuration(declared.replace("MEMBER", member) + text, rules=["imdsv1-allowed"]))
        for member in ("instance_metadata_defaults", "serial_console_access")
    }
    assert [one.get("aws_instance.it", "pass") for one in found.values()] == ["undecided", "pass"]


MANIFEST = "apiVersion: karpenter.k8s.aws/v1\\nkind: {kind}\\nmetadata: {{name: it}}\\n{more}"


@pytest.mark.parametrize(
    ("kind", "more", "is_named"),
    [
        ("EC2NodeClass", "", True),
        ("AWSNodeTemplate", "", True),
        ("NodePool", "spec: {nodeClassRef: {kind: EC2NodeClass}}", False),
        ("Provisioner", "spec: {providerRef: {kind: AWSNodeTemplate}}", False),
        ("Deployment", "", False),
    ],
)
def test_node_classes_of_karpenter_are_named(configuration: Check, kind: str, more: str, is_named: bool) -> None:
    text = f'resource "kubectl_manifest" "it" {{\n  yaml_body = "{MANIFEST.format(kind=kind, more=more)}"\n}}\n'
    assert bool(configuration(text).notices) is is_named
    manifest = f'apiVersion = "karpenter.k8s.aws/v1"\n    kind = "{kind}"'
    text = f'resource "kubernetes_manifest" "it" {{\n  manifest = {{\n    {manifest}\n  }}\n}}\n'
    assert bool(configuration(text).notices) is (kind in ("EC2NodeClass", "AWSNodeTemplate"))


@pytest.mark.parametrize(
    ("type", "setting", "kind"),
    [
        ("AWS::AutoScaling::AutoScalingGroup", "LaunchConfigurationName", "launch configuration"),
        ("AWS::ElasticBeanstalk::Environment", "TemplateName", "configuration template"),
        ("AWS::OpsWorks::Instance", "StackId", "stack"),
    ],
)
def test_what_a_launch_names_is_called_by_its_kind(template: Check, type: str, setting: str, kind: str) -> None:
    text = f"Resources:\n  It: {{Type: {type}, Properties: {{{setting}: elsewhere}}}}\n"
    report = template(text, rules=["missing-instance-profile"])
    assert [f'{kind} "elsewhere"' in found.message for found in report.findings] == [True]


@pytest.mark.parametrize(
    ("type", "setting", "kind"),
    [
        ("aws_autoscaling_group", "launch_configuration", "launch configuration"),
        ("awscc_autoscaling_auto_scaling_group", "launch_configuration_name", "launch configuration"),
        ("aws_elastic_beanstalk_environment", "template_name", "configuration template"),
        ("aws_opsworks_instance", "stack_id", "stack"),
    ],
)
def test_what_a_launch_of_terraform_names_is_called_by_its_kind(
    configuration: Check, type: str, setting: str, kind: str
) -> None:
    report = configuration(
        f'resource "{type}" "it" {{\n {setting} = "elsewhere"\n}}\n', rules=["missing-instance-profile"]
    )
    assert [f'{kind} "elsewhere"' in found.message for found in report.findings] == [True]


@pytest.mark.parametrize(
    ("text", "is_named"),
    [
        ('resource "aws_launch_configuration" "it" {}\n', True),
        ('resource "awscc_autoscaling_launch_configuration" "it" {}\n', True),
        ('resource "aws_autoscaling_group" "it" {\n launch_configuration = "lc"\n}\n', True),
        ('resource "awscc_autoscaling_auto_scaling_group" "it" {\n launch_configuration_name = "lc"\n}\n', True),
        ('resource "aws_elastic_beanstalk_environment" "it" {\n template_name = "lc"\n}\n', False),
    ],
)
def test_launch_configurations_are_reported(configuration: Check, text: str, is_named: bool) -> None:
    assert bool(configuration(text, rules=["launch-configuration"]).findings) is is_named


ON_INSTANCES = "generated-access-key-on-instance"
SECRET = "${aws_iam_access_key.it.secret}"


@pytest.mark.parametrize(
    ("kind", "argument"), [("remote-exec", f'inline = ["run {SECRET}"]'), ("file", f'content = "{SECRET}"')]
)
def test_what_provisioners_write_is_on_the_instance(configuration: Check, kind: str, argument: str) -> None:
    report = configuration(
        'resource "aws_iam_access_key" "it" {\n user = "u"\n}\nresource "aws_instance" "it" {\n ami = "ami-1"\n'
        f' provisioner "{kind}" {{\n  {argument}\n }}\n}}\n'
    )
    assert [one.address for one in report.findings if one.rule == ON_INSTANCES] == ["aws_instance.it"]


TRUST = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
PROVEN = f"""
resource "aws_iam_role" "it" {{
  name               = "it"
  assume_role_policy = jsonencode({json.dumps({"Statement": [TRUST]})})
}}
resource "aws_iam_instance_profile" "it" {{
  role = aws_iam_role.it.name
}}
resource "aws_instance" "it" {{
  ami                  = "ami-1"
  iam_instance_profile = aws_iam_instance_profile.it.name
  metadata_options {{
    http_tokens = "required"
  }}
}}
"""


@pytest.mark.parametrize(
    ("argument", "is_proven"),
    [
        ('command = "echo it"', True),
        ('command = "./grant.sh ${aws_iam_role.it.name}"', False),
        ('command = "./grant.sh"\n environment = { ROLE = aws_iam_role.it.name }', False),
        ('command = "aws iam get-role --role-name ${aws_iam_role.it.name}"', True),
        ('command = "./grant.sh other"', True),
    ],
)
def test_a_command_that_gets_a_role_may_give_it_a_policy(configuration: Check, argument: str, is_proven: bool) -> None:
    text = f'{PROVEN}resource "null_resource" "run" {{\n provisioner "local-exec" {{\n  {argument}\n }}\n}}\n'
    assert configuration(text).launches.proven == is_proven


def running(connections: dict[str, object], provisioner: dict[str, object]) -> dict[str, str]:
    """Another resource, in JSON, that runs something with a created key on a host."""
    runs = {"provisioner": [{"remote-exec": provisioner}], **connections}
    resources = {
        "null_resource": {"run": runs},
        "aws_iam_access_key": {"it": {"user": "u"}},
        "aws_eip": {"it": {"instance": "${aws_instance.it.id}"}},
    }
    return {"main.tf": PROVEN, "more.tf.json": json.dumps({"resource": resources})}


HOST = "${aws_instance.it.public_ip}"
RUNS: dict[str, object] = {"inline": [f"run {SECRET}"]}


@pytest.mark.parametrize(
    ("outside", "inside"),
    [
        ({"connection": {"host": HOST}}, {}),
        ({"connection": [{"host": HOST}]}, {}),
        ({}, {"connection": {"host": HOST}}),
        ({}, {"connection": [{"host": HOST}]}),
        ({"connection": {"host": "${aws_eip.it.public_ip}"}}, {}),
        ({"connection": {"host": "elsewhere"}}, {}),
    ],
)
def test_a_provisioner_runs_on_the_host_of_its_connection(
    configuration: Check, outside: dict[str, object], inside: dict[str, object]
) -> None:
    report = configuration(running(outside, {**RUNS, **inside}))
    assert report.launches.proven == ("elsewhere" in str(outside))


# Terraform AWS provider documentation: what says which account a configuration leads to.
OF_ACCOUNT = {
    "access_key": '"AKIAFAKEFAKEFAKEFAKE"',
    "allowed_account_ids": '["111122223333"]',
    "assume_role": '{ role_arn = "arn:aws:iam::111122223333:role/deploy" }',
    "assume_role_with_web_identity": '{ role_arn = "arn:aws:iam::111122223333:role/deploy" }',
    "endpoints": '{ ec2 = "http://localhost:4566" }',
    "profile": '"other"',
    "shared_config_files": '["/etc/aws"]',
    "shared_credentials_file": '"/etc/aws"',
    "shared_credentials_files": '["/etc/aws"]',
    "max_retries": "3",
}


@pytest.mark.parametrize("setting", OF_ACCOUNT)
def test_a_provider_may_lead_to_another_account(configuration: Check, setting: str) -> None:
    value = OF_ACCOUNT[setting]
    written = f"{setting} {value}" if value.startswith("{") else f"{setting} = {value}"
    written = written.replace("{ ", "{\n").replace(" }", "\n}")
    text = f'provider "aws" {{\n alias = "other"\n {written}\n}}\nprovider "aws" {{}}\n'
    text += (
        'resource "aws_ec2_instance_metadata_defaults" "it" {\n provider = aws.other\n http_tokens = "required"\n}\n'
    )
    text += INSTANCE.replace("ami =", "depends_on = [aws_ec2_instance_metadata_defaults.it]\n ami =")
    found = verdicts(configuration(text, rules=["imdsv1-allowed"])).get("aws_instance.it", "pass")
    assert found == ("pass" if setting == "max_retries" else "fail")


TAGGED_IN_TEMPLATES = {
    "AWS::EC2::Instance": {"IamInstanceProfile": "p", "Tags": [{"Key": "app", "Value": "VALUE"}]},
    "AWS::EC2::LaunchTemplate": {
        "LaunchTemplateData": {
            "IamInstanceProfile": {"Name": "p"},
            "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "app", "Value": "VALUE"}]}],
        }
    },
}
PROFILE: dict[str, object] = {
    "Role": {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": {"Statement": [TRUST]}},
    },
    "Profile": {
        "Type": "AWS::IAM::InstanceProfile",
        "Properties": {"InstanceProfileName": "p", "Roles": [{"Ref": "Role"}]},
    },
}


@pytest.mark.parametrize("type", TAGGED_IN_TEMPLATES)
@pytest.mark.parametrize(("other", "is_shared"), [("two", True), ("one", False)])
def test_tags_of_launches_in_templates(template: Check, type: str, other: str, is_shared: bool) -> None:
    resources = dict(PROFILE)
    for name, value in (("A", "one"), ("B", other)):
        properties = json.loads(json.dumps(TAGGED_IN_TEMPLATES[type]).replace("VALUE", value))
        resources[name] = {"Type": type, "Properties": properties}
        if type == "AWS::EC2::LaunchTemplate":
            used = {"LaunchTemplateId": {"Ref": name}, "Version": {"Fn::GetAtt": [name, "LatestVersionNumber"]}}
            resources[f"{name}Host"] = {"Type": "AWS::EC2::Instance", "Properties": {"LaunchTemplate": used}}
    report = template(json.dumps({"Resources": resources}), rules=["role-shared-by-applications"])
    assert bool(report.findings) is is_shared


USED = 'resource "aws_instance" "NAME" {\n launch_template {\n id = aws_launch_template.NAME.id\n }\n}\n'
USED_BY_CLOUD_CONTROL = (
    'resource "awscc_ec2_instance" "NAME" {\n launch_template = {\n'
    " launch_template_id = awscc_ec2_launch_template.NAME.id\n version = "
    "awscc_ec2_launch_template.NAME.latest_version_number\n }\n}\n"
)
TAGGED = {
    "aws_instance": ('iam_instance_profile = "p"\n tags = { app = "VALUE" }', ""),
    "aws_launch_template": (
        'iam_instance_profile {\n name = "p"\n }\n tag_specifications {\n tags = { app = "VALUE" }\n }',
        USED,
    ),
    "aws_autoscaling_group": (
        'launch_configuration = aws_launch_configuration.it.name\n tag {\n key = "app"\n value = "VALUE"\n }',
        "",
    ),
    "awscc_ec2_instance": ('iam_instance_profile = "p"\n tags = [{ key = "app", value = "VALUE" }]', ""),
    "awscc_ec2_launch_template": (
        'launch_template_data = {\n iam_instance_profile = { name = "p" }\n'
        ' tag_specifications = [{ tags = [{ key = "app", value = "VALUE" }] }]\n }',
        USED_BY_CLOUD_CONTROL,
    ),
}


@pytest.mark.parametrize("type", TAGGED)
@pytest.mark.parametrize(("other", "is_shared"), [("two", True), ("one", False)])
def test_tags_of_launches_in_terraform(configuration: Check, type: str, other: str, is_shared: bool) -> None:
    text = 'resource "aws_iam_role" "it" {\n name = "it"\n}\n'
    text += 'resource "aws_iam_instance_profile" "it" {\n name = "p"\n role = aws_iam_role.it.name\n}\n'
    text += 'resource "aws_launch_configuration" "it" {\n iam_instance_profile = "p"\n}\n'
    body, used = TAGGED[type]
    for name, value in (("a", "one"), ("b", other)):
        text += f'resource "{type}" "{name}" {{\n {body.replace("VALUE", value)}\n}}\n'
        text += used.replace("NAME", name)
    report = configuration(text, rules=["role-shared-by-applications"])
    assert bool(report.findings) is is_shared


def test_a_text_that_a_variable_gives_is_on_the_instance(configuration: Check) -> None:
    script = "#!/bin/sh\\nexport AWS_SECRET_ACCESS_KEY=FAKE+key/FAKE+key/FAKE+key/FAKE+key/a1B2\\n"
    text = PROVEN.replace("ami ", "user_data = var.script\n  ami ")
    report = configuration(f'{text}variable "script" {{\n  default = "{script}"\n}}\n')
    assert [one.rule for one in report.findings] == ["hardcoded-access-key"]
    assert report.launches.failed == 1


@pytest.mark.parametrize(
    ("command", "is_proven"), [("./grant.sh ${var.name}", False), ("./grant.sh ${var.other}", True)]
)
def test_a_command_that_gets_the_variable_with_the_name_of_a_role(
    configuration: Check, command: str, is_proven: bool
) -> None:
    text = 'variable "name" {\n default = "it"\n}\nvariable "other" {\n default = "other"\n}\n'
    text += PROVEN.replace('name               = "it"', "name = var.name")
    text += f'resource "null_resource" "run" {{\n provisioner "local-exec" {{\n  command = "{command}"\n }}\n}}\n'
    assert configuration(text).launches.proven == is_proven

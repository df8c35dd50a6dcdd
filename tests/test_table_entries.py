"""The entries of the tables, by what a user sees of each: without an entry, its resource is judged otherwise.

The entries are written here once more, so that none can be lost or misspelled there unseen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from iplint.aws.launch_calls import launch_calls, may_launch
from iplint.aws.secrets import find_secrets

if TYPE_CHECKING:
    from iplint.finding import Report

Check = Callable[..., "Report"]


def failing(report: Report, rule: str) -> set[str]:
    return {found.address for found in report.findings if found.rule == rule and found.verdict == "fail"}


def verdicts(report: Report) -> dict[str, str]:
    return {found.address: str(found.verdict) for found in report.findings}


def named(types: tuple[str, ...]) -> dict[str, str]:
    """A resource's name for each type."""
    return {f"R{place}": type for place, type in enumerate(types)}


# Whose texts are kept where code with a role of its own reads them.
CODE_IN_TEMPLATES = (
    "AWS::AppRunner::Service",
    "AWS::Batch::JobDefinition",
    "AWS::CodeBuild::Project",
    "AWS::Glue::Job",
    "AWS::Lambda::Function",
    "AWS::Serverless::Function",
)
CODE_IN_TERRAFORM = (
    "aws_amplify_app",
    "aws_apprunner_service",
    "aws_batch_job_definition",
    "aws_codebuild_project",
    "aws_glue_job",
    "aws_lambda_function",
    "aws_s3_bucket_object",
    "aws_s3_object",
    "awscc_apprunner_service",
    "awscc_batch_job_definition",
    "awscc_codebuild_project",
    "awscc_ecs_task_definition",
    "awscc_lambda_function",
)
CREATED_KEY = "generated-access-key-in-code"


def test_code_of_every_service_may_not_hold_a_created_key(template: Check) -> None:
    text = "Resources:\n  Key: {Type: AWS::IAM::AccessKey, Properties: {UserName: u}}\n"
    resources = named((*CODE_IN_TEMPLATES, "AWS::ECS::TaskDefinition"))
    for name, type in resources.items():
        more = "RequiresCompatibilities: [FARGATE], " if type == "AWS::ECS::TaskDefinition" else ""
        text += f"  {name}: {{Type: {type}, Properties: {{{more}Settings: {{Text: !GetAtt Key.SecretAccessKey}}}}}}\n"
    text += "  Other: {Type: AWS::SNS::Topic, Properties: {DisplayName: !GetAtt Key.SecretAccessKey}}\n"
    assert failing(template(text), CREATED_KEY) == set(resources)


def test_code_of_every_service_may_not_hold_a_created_key_in_terraform(configuration: Check) -> None:
    text = 'resource "aws_iam_access_key" "it" {\n  user = "u"\n}\n'
    resources = named(CODE_IN_TERRAFORM)
    for name, type in resources.items():
        text += f'resource "{type}" "{name}" {{\n  text = aws_iam_access_key.it.secret\n}}\n'
    text += (
        'resource "aws_ecs_task_definition" "task" {\n  requires_compatibilities = ["FARGATE"]\n'
        "  container_definitions = aws_iam_access_key.it.secret\n}\n"
    )
    found = failing(configuration(text), CREATED_KEY)
    assert found == {f"{type}.{name}" for name, type in resources.items()} | {"aws_ecs_task_definition.task"}


ON_INSTANCES = "generated-access-key-on-instance"


@pytest.mark.parametrize("launch_type", ["EC2", "EXTERNAL", None])
def test_what_images_and_tasks_contain_is_on_instances(template: Check, launch_type: str | None) -> None:
    needs = "" if launch_type is None else f"RequiresCompatibilities: [{launch_type}], "
    report = template(
        "Resources:\n  Key: {Type: AWS::IAM::AccessKey, Properties: {UserName: u}}\n"
        f"  Task: {{Type: AWS::ECS::TaskDefinition, Properties: {{{needs}Family: !GetAtt Key.SecretAccessKey}}}}\n"
        "  Part: {Type: AWS::ImageBuilder::Component, Properties: {Data: !GetAtt Key.SecretAccessKey}}\n"
    )
    # What a task runs on that does not say so is chosen by the service that runs it.
    assert failing(report, ON_INSTANCES) == ({"Task", "Part"} if launch_type else {"Part"})
    assert failing(report, "generated-access-key-in-code") == (set() if launch_type else {"Task"})


def test_what_images_and_tasks_contain_is_on_instances_in_terraform(configuration: Check) -> None:
    report = configuration(
        'resource "aws_iam_access_key" "it" {\n  user = "u"\n}\n'
        'resource "aws_ecs_task_definition" "it" {\n  container_definitions = aws_iam_access_key.it.secret\n}\n'
        'resource "aws_imagebuilder_component" "it" {\n  data = aws_iam_access_key.it.secret\n}\n'
    )
    assert failing(report, ON_INSTANCES) == {"aws_imagebuilder_component.it"}
    assert failing(report, "generated-access-key-in-code") == {"aws_ecs_task_definition.it"}


UNDESCRIBED = {
    "AWS::Cloud9::EnvironmentEC2": "AWS Cloud9",
    "AWS::EVS::Environment": "Amazon EVS",
    "AWS::Lambda::CapacityProvider": "AWS Lambda Managed Instances",
    "AWS::LaunchWizard::Deployment": "AWS Launch Wizard",
    "AWS::OpsWorksCM::Server": "AWS OpsWorks CM",
    "AWSUtility::CloudFormation::CommandRunner": "CommandRunner",
    "aws_cloud9_environment_ec2": "AWS Cloud9",
    "aws_lambda_capacity_provider": "AWS Lambda Managed Instances",
    "awscc_evs_environment": "Amazon EVS",
    "awscc_lambda_capacity_provider": "AWS Lambda Managed Instances",
    "awscc_launchwizard_deployment": "AWS Launch Wizard",
}
TEMPLATE_HOLDERS = (
    "AWS::ServiceCatalog::CloudFormationProduct",
    "AWS::ServiceCatalog::CloudFormationProvisionedProduct",
    "aws_servicecatalog_product",
    "aws_servicecatalog_provisioned_product",
    "aws_servicecatalog_provisioning_artifact",
    "awscc_servicecatalog_cloud_formation_product",
    "awscc_servicecatalog_cloud_formation_provisioned_product",
)


def notices(configuration: Check, types: tuple[str, ...]) -> list[str]:
    """What the notices say of one resource of each type."""
    resources = named(types)
    text = "".join(f"  {name}: {{Type: {type}}}\n" for name, type in resources.items() if "::" in type)
    blocks = "".join(f'resource "{type}" "{name}" {{}}\n' for name, type in resources.items() if "::" not in type)
    report = configuration({"template.yaml": f"Resources:\n{text}", "main.tf": blocks})
    return sorted(notice.message for notice in report.notices if " is not a type of AWS" not in notice.message)


def test_services_that_launch_an_instance_of_their_own_are_named(configuration: Check) -> None:
    resources = named(tuple(UNDESCRIBED))
    assert notices(configuration, tuple(UNDESCRIBED)) == sorted(
        f"{name if '::' in type else f'{type}.{name}'}: the instance that {UNDESCRIBED[type]} launches for it"
        " is not checked"
        for name, type in resources.items()
    )


def test_holders_of_templates_are_named(configuration: Check) -> None:
    found = notices(configuration, TEMPLATE_HOLDERS)
    assert sorted(message.partition("the template of a ")[2].partition(" ")[0] for message in found) == sorted(
        TEMPLATE_HOLDERS
    )


@pytest.mark.parametrize("owner", ["amazon", "137112412989", "092701018921", "111122223333", "self"])
@pytest.mark.parametrize("source", ["aws_ami", "aws_ami_ids"])
@pytest.mark.parametrize(
    "search", ['name_regex = "^al2023-ami-.*"', 'filter { \n name = "name"\n values = ["al2023-ami-*"]\n}']
)
def test_the_accounts_of_aws_publish_images_that_require_tokens(
    configuration: Check, owner: str, source: str, search: str
) -> None:
    image = "data.aws_ami.it.id" if source == "aws_ami" else "data.aws_ami_ids.it.ids[0]"
    report = configuration(
        f'data "{source}" "it" {{\n  owners = ["{owner}"]\n  {search}\n}}\n'
        f'resource "aws_instance" "it" {{\n  ami = {image}\n  iam_instance_profile = "p"\n}}\n',
        rules=["imdsv1-allowed"],
    )
    is_of_aws = owner not in ("111122223333", "self")
    assert verdicts(report) == {"aws_instance.it": "undecided" if is_of_aws else "fail"}


TEMPLATES = """
resource "aws_launch_template" "it" {
  name = "it"
  image_id = "ami-1"
  iam_instance_profile {
    name = "p"
  }
  metadata_options {
    http_tokens = "required"
  }
}
resource "aws_instance" "it" {
  launch_template {
    id      = aws_launch_template.it.id
    version = aws_launch_template.it.%s
  }
}
"""


@pytest.mark.parametrize(
    ("attribute", "is_known"), [("latest_version", True), ("default_version", True), ("arn", False)]
)
def test_versions_of_a_launch_template_by_its_attributes(configuration: Check, attribute: str, is_known: bool) -> None:
    report = configuration(TEMPLATES % attribute, rules=["imdsv1-allowed"])
    assert verdicts(report).get("aws_instance.it", "pass") == ("pass" if is_known else "undecided")


@pytest.mark.parametrize(
    ("attribute", "is_known"),
    [("latest_version_number", True), ("default_version_number", True), ("launch_template_id", False)],
)
def test_versions_of_a_launch_template_of_cloud_control(configuration: Check, attribute: str, is_known: bool) -> None:
    report = configuration(
        'resource "awscc_ec2_launch_template" "it" {\n  launch_template_name = "it"\n  launch_template_data = {\n'
        '    image_id = "ami-1"\n    iam_instance_profile = { name = "p" }\n'
        '    metadata_options = { http_tokens = "required" }\n  }\n}\n'
        'resource "awscc_ec2_instance" "it" {\n  launch_template = {\n'
        "    launch_template_id = awscc_ec2_launch_template.it.launch_template_id\n"
        f"    version = awscc_ec2_launch_template.it.{attribute}\n  }}\n}}\n",
        rules=["imdsv1-allowed"],
    )
    assert verdicts(report).get("awscc_ec2_instance.it", "pass") == ("pass" if is_known else "undecided")


SECURITY = '{"InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": %d}}'


@pytest.mark.parametrize(("version", "verdict"), [(1, "fail"), (2, "pass")])
def test_security_configurations_of_clusters(template: Check, version: int, verdict: str) -> None:
    report = template(
        f"Resources:\n  Sec: {{Type: AWS::EMR::SecurityConfiguration, Properties: {{SecurityConfiguration: "
        f"{SECURITY % version}}}}}\n  It: {{Type: AWS::EMR::Cluster, Properties: {{JobFlowRole: p, "
        "SecurityConfiguration: !Ref Sec, ReleaseLabel: emr-7.0.0, Instances: {}, Name: c, ServiceRole: s}}\n",
        rules=["imdsv1-allowed"],
    )
    assert verdicts(report).get("It", "pass") == verdict


@pytest.mark.parametrize(("version", "verdict"), [(1, "fail"), (2, "pass")])
@pytest.mark.parametrize(
    ("prefix", "argument", "profile"),
    [
        ("aws", "configuration", 'ec2_attributes {\n    instance_profile = "p"\n  }'),
        ("awscc", "security_configuration", 'job_flow_role = "p"'),
    ],
)
@pytest.mark.parametrize("reference", ["name", "literal"])
def test_security_configurations_of_clusters_in_terraform(
    configuration: Check, prefix: str, argument: str, profile: str, version: int, verdict: str, reference: str
) -> None:
    which = f"{prefix}_emr_security_configuration.it.name" if reference == "name" else '"sec"'
    report = configuration(
        f'resource "{prefix}_emr_security_configuration" "it" {{\n  name = "sec"\n'
        f"  {argument} = jsonencode({SECURITY % version})\n}}\n"
        f'resource "{prefix}_emr_cluster" "it" {{\n  {profile}\n  security_configuration = {which}\n}}\n',
        rules=["imdsv1-allowed"],
    )
    assert verdicts(report).get(f"{prefix}_emr_cluster.it", "pass") == verdict


SCRIPT = "#!/bin/sh\\ncurl -s http://169.254.169.254/latest/meta-data/instance-id\\n"


@pytest.mark.parametrize(
    "provisioner",
    [
        'provisioner "remote-exec" {\n    script = "boot.sh"\n  }',
        'provisioner "remote-exec" {\n    scripts = ["boot.sh"]\n  }',
        'provisioner "file" {\n    source = "boot.sh"\n    destination = "/tmp/boot.sh"\n  }',
        'provisioner "file" {\n    content = file("boot.sh")\n    destination = "/tmp/boot.sh"\n  }',
        'provisioner "remote-exec" {\n    inline = [file("boot.sh")]\n  }',
    ],
)
def test_files_that_provisioners_send_are_read(configuration: Check, provisioner: str) -> None:
    report = configuration(
        {
            "main.tf": f'resource "aws_instance" "it" {{\n  ami = "ami-1"\n  {provisioner}\n}}\n',
            "boot.sh": SCRIPT.replace("\\n", "\n"),
        },
        rules=["imdsv1-call-in-user-data"],
    )
    assert failing(report, "imdsv1-call-in-user-data") == {"aws_instance.it"}


CONTAINERS = """Resources:
  It:
    Type: AWS::EC2::Instance
    Properties:
      MetadataOptions: {HttpTokens: required, HttpPutResponseHopLimit: 2}
      UserData: !Base64 "#!/bin/sh\\n%s\\n"
"""


@pytest.mark.parametrize(
    ("command", "are_containers"),
    [
        ("docker run app", True),
        ("systemctl start containerd", True),
        ("podman run app", True),
        ("systemctl start kubelet", True),
        ("snap install microk8s", True),
        ("nodeadm init", True),
        ("nomad agent", True),
        ("apiclient set bottlerocket", True),
        ("systemctl start rancher-system-agent", True),
        ("k3s agent", True),
        ("echo ECS_CLUSTER=a >> /etc/ecs/ecs.config", True),
        ("/etc/eks/bootstrap.sh a", True),
        ("yum install -y nginx", False),
    ],
)
def test_words_that_say_that_containers_run(template: Check, command: str, are_containers: bool) -> None:
    report = template(CONTAINERS % command, rules=["high-metadata-hop-limit"])
    assert (verdicts(report).get("It", "pass") == "pass") is are_containers


# What runs a script on instances that are launched elsewhere, with where it has the script.
SCRIPTS = (
    "AWS::ImageBuilder::Component",
    "AWS::SSM::Association",
    "AWS::SSM::Document",
    "AWS::SSM::MaintenanceWindowTask",
    "AWS::SageMaker::NotebookInstanceLifecycleConfig",
    "aws_imagebuilder_component",
    "aws_sagemaker_notebook_instance_lifecycle_configuration",
    "aws_ssm_association",
    "aws_ssm_document",
    "aws_ssm_maintenance_window_task",
)
CALL = "aws ec2 run-instances --image-id ami-1"


def test_scripts_of_services_are_read_for_launches(configuration: Check) -> None:
    resources = named(SCRIPTS)
    text = "".join(f"  {n}: {{Type: {t}, Properties: {{Text: {CALL}}}}}\n" for n, t in resources.items() if "::" in t)
    text += f"  Other: {{Type: AWS::SNS::Topic, Properties: {{Text: {CALL}}}}}\n"
    blocks = "".join(
        f'resource "{type}" "{name}" {{\n  text = "{CALL}"\n}}\n'
        for name, type in resources.items()
        if "::" not in type
    )
    for type in ("cloudinit_config", "template_cloudinit_config", "template_file"):
        blocks += f'data "{type}" "it" {{\n  text = "{CALL}"\n}}\n'
    blocks += f'resource "aws_sns_topic" "it" {{\n  text = "{CALL}"\n}}\n'
    report = configuration({"template.yaml": f"Resources:\n{text}", "main.tf": blocks})
    assert len(report.notices) == len(SCRIPTS) + 3


INLINE_CODE = {
    "AWS::CodeBuild::Project": "BuildSpec",
    "AWS::Lambda::Function": "ZipFile",
    "AWS::Serverless::Function": "InlineCode",
    "aws_codebuild_project": "buildspec",
    "awscc_lambda_function": "zip_file",
}


def test_code_in_templates_is_read_for_launches(configuration: Check) -> None:
    resources = named(tuple(INLINE_CODE))
    text = blocks = ""
    for name, type in resources.items():
        for number, argument in enumerate((INLINE_CODE[type], "Environment")):
            text += f"  {name}{number}: {{Type: {type}, Properties: {{{argument}: {CALL}}}}}\n" if "::" in type else ""
            blocks += (
                f'resource "{type}" "{name}{number}" {{\n  {argument} = "{CALL}"\n}}\n' if "::" not in type else ""
            )
    blocks += 'data "archive_file" "it" {\n  type = "zip"\n  output_path = "x.zip"\n  source {\n'
    blocks += f'    content = "{CALL}"\n    filename = "a.sh"\n  }}\n}}\n'
    blocks += f'data "external" "it" {{\n  program = ["sh", "-c", "{CALL}"]\n}}\n'
    report = configuration({"template.yaml": f"Resources:\n{text}", "main.tf": blocks})
    assert len(report.notices) == len(INLINE_CODE) + 2


RUN_ON = (
    ("AWS::SSM::Association", "InstanceId: !Ref It"),
    ("AWS::SSM::Association", "Targets: [{Key: InstanceIds, Values: [!Ref It]}]"),
    ("AWS::SSM::MaintenanceWindowTask", "Targets: [{Key: InstanceIds, Values: [!Ref It]}]"),
)


@pytest.mark.parametrize(("type", "target"), RUN_ON)
def test_what_systems_manager_runs_on_an_instance_is_on_it(template: Check, type: str, target: str) -> None:
    text = (
        "Resources:\n  Key: {Type: AWS::IAM::AccessKey, Properties: {UserName: u}}\n"
        "  It: {Type: AWS::EC2::Instance, Properties: {IamInstanceProfile: p}}\n"
        f"  Run: {{Type: {type}, Properties: {{TARGET, Name: AWS-RunShellScript, "
        "Parameters: {commands: [!GetAtt Key.SecretAccessKey]}}}\n"
    )
    assert failing(template(text.replace("TARGET", target)), ON_INSTANCES) == {"Run"}
    assert failing(template(text.replace("TARGET", "Other: x")), ON_INSTANCES) == set()


RUN_ON_IN_TERRAFORM = (
    ("aws_ssm_association", "instance_id = aws_instance.it.id"),
    ("aws_ssm_association", 'targets {\n    key = "InstanceIds"\n    values = [aws_instance.it.id]\n  }'),
    ("aws_ssm_maintenance_window_task", 'targets {\n    key = "InstanceIds"\n    values = [aws_instance.it.id]\n  }'),
    ("awscc_ssm_association", "instance_id = aws_instance.it.id"),
    ("awscc_ssm_association", 'targets = [{ key = "InstanceIds", values = [aws_instance.it.id] }]'),
)


@pytest.mark.parametrize(("type", "target"), RUN_ON_IN_TERRAFORM)
def test_what_systems_manager_runs_for_terraform_is_on_it(configuration: Check, type: str, target: str) -> None:
    text = (
        'resource "aws_iam_access_key" "it" {\n  user = "u"\n}\n'
        'resource "aws_instance" "it" {\n  iam_instance_profile = "p"\n}\n'
        f'resource "{type}" "run" {{\n  name = "AWS-RunShellScript"\n  TARGET\n'
        "  parameters = { commands = aws_iam_access_key.it.secret }\n}\n"
    )
    assert failing(configuration(text.replace("TARGET", target)), ON_INSTANCES) == {f"{type}.run"}
    assert failing(configuration(text.replace("TARGET", "")), ON_INSTANCES) == set()


TRUST = (
    '{"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}]}'
)
# Providers whose resources give no role a policy, whatever they take.
PROVIDERS = (
    *("archive", "assert", "azuread", "azurerm", "cloudflare", "cloudinit", "consul", "datadog", "digitalocean"),
    *("docker", "fastly", "github", "gitlab", "google", "grafana", "helm", "http", "kubectl", "kubernetes", "local"),
    *("mongodbatlas", "mysql", "newrelic", "nomad", "null", "okta", "opsgenie", "pagerduty", "postgresql", "rancher2"),
    *("random", "sentry", "splunk", "template", "terraform", "tfe", "time", "tls", "vault", "vsphere"),
)


@pytest.mark.parametrize(("providers", "is_proven"), [(PROVIDERS, True), (("unknown",), False)])
def test_well_known_providers_give_no_role_a_policy(
    configuration: Check, providers: tuple[str, ...], is_proven: bool
) -> None:
    text = (
        f'resource "aws_iam_role" "it" {{\n  name = "it"\n  assume_role_policy = jsonencode({TRUST})\n}}\n'
        'resource "aws_iam_instance_profile" "it" {\n  role = aws_iam_role.it.name\n}\n'
        'resource "aws_instance" "it" {\n  ami = "ami-1"\n  iam_instance_profile = aws_iam_instance_profile.it.name\n'
        '  metadata_options {\n    http_tokens = "required"\n  }\n}\n'
    )
    text += "".join(f'resource "{name}_thing" "it" {{\n  role = aws_iam_role.it.name\n}}\n' for name in providers)
    report = configuration(text)
    assert (report.launches.proven, report.launches.undecided) == ((1, 0) if is_proven else (0, 1))


@pytest.mark.parametrize(
    "setting",
    [
        "NetworkInterfaces: [{DeviceIndex: '0', AssociatePublicIpAddress: true}]",
        "AssociatePublicIpAddress: true",
    ],
)
def test_a_public_address_is_named(template: Check, setting: str) -> None:
    type = "EC2::Instance" if "Network" in setting else "AutoScaling::LaunchConfiguration"
    report = template(
        "Resources:\n  Role:\n    Type: AWS::IAM::Role\n    Properties:\n"
        "      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Action: 'sts:AssumeRole', "
        "Principal: {Service: ec2.amazonaws.com}}]}\n"
        "      ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess']\n"
        "  Profile: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: [!Ref Role]}}\n"
        f"  It: {{Type: AWS::{type}, Properties: {{IamInstanceProfile: !Ref Profile, {setting}}}}}\n"
    )
    (found,) = [one for one in report.findings if one.rule == "administrator-with-imdsv1" and one.address == "It"]
    assert "asks for a public address" in found.message


@pytest.mark.parametrize(
    "setting", ["network_interface_id_none = 1", "associate_public_ip_address = true", "INTERFACES"]
)
def test_a_public_address_is_named_in_terraform(configuration: Check, setting: str) -> None:
    text = (
        f'resource "aws_iam_role" "it" {{\n  assume_role_policy = jsonencode({TRUST})\n}}\n'
        'resource "aws_iam_role_policy_attachment" "it" {\n  role = aws_iam_role.it.name\n'
        '  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"\n}\n'
        'resource "aws_iam_instance_profile" "it" {\n  role = aws_iam_role.it.name\n}\n'
    )
    if setting == "INTERFACES":
        text += (
            'resource "aws_launch_template" "it" {\n'
            "  network_interfaces {\n    associate_public_ip_address = true\n  }\n"
            "  iam_instance_profile {\n    name = aws_iam_instance_profile.it.name\n  }\n}\n"
            'resource "aws_instance" "it" {\n  launch_template {\n    id = aws_launch_template.it.id\n  }\n}\n'
        )
    else:
        text += f'resource "aws_instance" "it" {{\n  {setting}\n'
        text += "  iam_instance_profile = aws_iam_instance_profile.it.name\n}\n"
    found = [one for one in configuration(text).findings if one.rule == "administrator-with-imdsv1"]
    assert ["asks for a public address" in one.message for one in found] == ["none" not in setting]


@pytest.mark.parametrize(
    ("type", "setting", "takes_arn"),
    [
        ("AWS::AutoScaling::LaunchConfiguration", "IamInstanceProfile: ARN, ImageId: ami-1", True),
        ("AWS::Batch::ComputeEnvironment", "Type: MANAGED, ComputeResources: {Type: EC2, InstanceRole: ARN}", True),
        ("AWS::EMR::Cluster", "JobFlowRole: ARN", True),
        (
            "AWS::ElasticBeanstalk::Environment",
            "OptionSettings: [{Namespace: 'aws:autoscaling:launchconfiguration', OptionName: IamInstanceProfile, "
            "Value: ARN}]",
            True,
        ),
        (
            "AWS::ElasticBeanstalk::ConfigurationTemplate",
            "OptionSettings: [{Namespace: 'aws:autoscaling:launchconfiguration', OptionName: IamInstanceProfile, "
            "Value: ARN}]",
            True,
        ),
        ("AWS::EC2::Instance", "IamInstanceProfile: ARN", False),
        ("AWS::ImageBuilder::InfrastructureConfiguration", "InstanceProfileName: ARN", False),
    ],
)
def test_settings_that_take_the_arn_of_a_profile(template: Check, type: str, setting: str, takes_arn: bool) -> None:
    setting = setting.replace("ARN", "'arn:aws:iam::111122223333:instance-profile/p'")
    report = template(f"Resources:\n  It: {{Type: {type}, Properties: {{{setting}}}}}\n")
    assert failing(report, "mismatched-profile-reference") == (set() if takes_arn else {"It"})


OPTION = 'name = "IamInstanceProfile"\n    namespace = "aws:autoscaling:launchconfiguration"\n    value = ARN\n  }\n'
OPTION_SETTINGS = (
    'option_settings = [{ option_name = "IamInstanceProfile", namespace = "aws:autoscaling:launchconfiguration", '
    "value = ARN }]"
)


@pytest.mark.parametrize(
    ("type", "setting", "takes_arn"),
    [
        ("aws_launch_configuration", "iam_instance_profile = ARN", True),
        (
            "aws_batch_compute_environment",
            'compute_resources {\n    type = "EC2"\n    instance_role = ARN\n  }',
            True,
        ),
        ("aws_emr_cluster", "ec2_attributes {\n    instance_profile = ARN\n  }", True),
        ("aws_elastic_beanstalk_environment", "setting {\n    " + OPTION, True),
        ("aws_elastic_beanstalk_configuration_template", "setting {\n    " + OPTION, True),
        ("awscc_autoscaling_launch_configuration", "iam_instance_profile = ARN", True),
        ("awscc_batch_compute_environment", 'compute_resources = { type = "EC2", instance_role = ARN }', True),
        ("awscc_emr_cluster", "job_flow_role = ARN", True),
        ("awscc_elasticbeanstalk_environment", OPTION_SETTINGS, True),
        ("awscc_elasticbeanstalk_configuration_template", OPTION_SETTINGS, True),
        ("aws_instance", "iam_instance_profile = ARN", False),
        ("awscc_ec2_instance", "iam_instance_profile = ARN", False),
    ],
)
def test_arguments_that_take_the_arn_of_a_profile(
    configuration: Check, type: str, setting: str, takes_arn: bool
) -> None:
    setting = setting.replace("ARN", '"arn:aws:iam::111122223333:instance-profile/p"')
    report = configuration(f'resource "{type}" "it" {{\n  {setting}\n}}\n')
    assert failing(report, "mismatched-profile-reference") == (set() if takes_arn else {f"{type}.it"})


@pytest.mark.parametrize(
    ("type", "setting"),
    [
        (
            "aws_batch_compute_environment",
            'compute_resources {\n    type = "EC2"\n    instance_role = "p"\n    launch_template {\n'
            "      launch_template_id = aws_launch_template.it.id\n    }\n  }",
        ),
        (
            "aws_eks_node_group",
            'node_role_arn = "arn:aws:iam::111122223333:role/r"\n  launch_template {\n'
            "    id = aws_launch_template.it.id\n    version = 1\n  }",
        ),
        ("aws_instance", "launch_template {\n    id = aws_launch_template.it.id\n  }"),
    ],
)
def test_services_that_run_containers_may_have_two_hops(configuration: Check, type: str, setting: str) -> None:
    report = configuration(
        'resource "aws_launch_template" "it" {\n  image_id = "ami-1"\n  metadata_options {\n'
        '    http_tokens = "required"\n    http_put_response_hop_limit = 2\n  }\n}\n'
        f'resource "{type}" "it" {{\n  {setting}\n}}\n',
        rules=["high-metadata-hop-limit"],
    )
    assert bool(report.findings) is (type == "aws_instance")


@pytest.mark.parametrize("stack", ["64bit Amazon Linux 2023 v4.1.0 running Python 3.11", "64bit Amazon Linux 2 v3.5.0"])
@pytest.mark.parametrize("name", ["SolutionStackName", "PlatformArn"])
@pytest.mark.parametrize("type", ["Environment", "ConfigurationTemplate"])
def test_platforms_that_close_the_metadata_service_to_the_first_version(
    template: Check, stack: str, name: str, type: str
) -> None:
    value = stack if name == "SolutionStackName" else f"arn:aws:elasticbeanstalk:eu-west-1::platform/{stack}/1"
    report = template(
        f"Resources:\n  It: {{Type: AWS::ElasticBeanstalk::{type}, Properties: {{ApplicationName: a, {name}: {value}, "
        "OptionSettings: [{Namespace: 'aws:autoscaling:launchconfiguration', OptionName: IamInstanceProfile, "
        "Value: p}]}}\n",
        rules=["imdsv1-allowed"],
    )
    assert failing(report, "imdsv1-allowed") == (set() if "2023" in stack else {"It"})


@pytest.mark.parametrize("text", ["!Ref P", "!GetAtt P.Arn", "Fn::GetAtt P Arn", "aws_iam_instance_profile.p.name"])
def test_references_that_quotes_have_made_a_literal_of(template: Check, text: str) -> None:
    report = template(
        "Resources:\n  P: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: [r]}}\n"
        f"  It: {{Type: AWS::EC2::Instance, Properties: {{IamInstanceProfile: '{text}'}}}}\n"
    )
    (found,) = [one for one in report.findings if one.rule == "mismatched-profile-reference"]
    assert "a reference in quotes" in found.message


NAMED_IN_LITERALS = (*("aws_iam_role", "aws_iam_instance_profile", "awscc_iam_role", "awscc_iam_instance_profile"),)


@pytest.mark.parametrize("type", NAMED_IN_LITERALS)
def test_references_of_terraform_that_quotes_have_made_a_literal_of(configuration: Check, type: str) -> None:
    report = configuration(f'resource "aws_instance" "it" {{\n  iam_instance_profile = "{type}.web.name"\n}}\n')
    (found,) = [one for one in report.findings if one.rule == "mismatched-profile-reference"]
    assert "a reference in quotes" in found.message


def test_a_key_of_cfn_init_has_the_names_of_aws(template: Check) -> None:
    report = template(
        "Resources:\n  It:\n    Type: AWS::EC2::Instance\n    Metadata:\n      AWS::CloudFormation::Authentication:\n"
        "        it: {type: S3, accessKeyId: AKIAQ7FAKEFAKEFAKE22, secretKey: 'FAKE-not-of-the-form-of-a-secret-key'}\n"
    )
    found = [one for one in report.findings if one.rule == "hardcoded-access-key"]
    assert len(found) >= 1


def test_a_private_key_is_hidden_to_its_end() -> None:
    lines = "\n".join("FAKE" * 16 for _ in range(200))
    (found,) = find_secrets(f"before\n-----BEGIN RSA PRIVATE KEY-----\n{lines}\n-----END RSA PRIVATE KEY-----\n")
    assert found.end - found.start > len(lines)


@pytest.mark.parametrize("words", ["start-instance-refresh", "start_instance_refresh", "StartInstanceRefresh"])
def test_a_new_configuration_for_a_group_may_be_in_any_language(words: str) -> None:
    given = {"-": "--desired-configuration x", "_": "(DesiredConfiguration='x')", "S": "(DesiredConfiguration: 'x')"}
    style = next(letter for letter in "-_S" if letter in words)
    flat = f"aws autoscaling {words} {given['-']}" if style == "-" else f"client.{words}{given[style]}"
    assert may_launch(flat)
    assert len(launch_calls(flat)) == 1


PIPELINE = """
resource "aws_datapipeline_pipeline_definition" "it" {
  pipeline_id = "df-1"
  pipeline_object {
    id   = "Base"
    name = "Base"
    field {
      key          = "resourceRole"
      string_value = "nodes"
    }
  }
  pipeline_object {
    id   = "Host"
    name = "Host"
    field {
      key          = "type"
      string_value = "Ec2Resource"
    }
    field {
      key = "PARENT"
      ref_value = "Base"
    }
  }
}
"""


@pytest.mark.parametrize(("key", "inherits"), [("parent", True), ("schedule", False)])
def test_objects_of_pipelines_inherit_in_terraform(configuration: Check, key: str, inherits: bool) -> None:
    found = configuration(PIPELINE.replace("PARENT", key), rules=["missing-instance-profile"]).findings
    assert (found == []) is inherits


@pytest.mark.parametrize(
    ("name", "is_described"),
    [("Description", True), ("Tags", True), ("Tag", True), ("Metadata", True), ("Environment", False)],
)
def test_what_describes_code_is_none(template: Check, name: str, is_described: bool) -> None:
    report = template(
        "Resources:\n  Key: {Type: AWS::IAM::AccessKey, Properties: {UserName: u}}\n"
        f"  It: {{Type: AWS::Lambda::Function, Properties: {{{name}: {{Text: !GetAtt Key.SecretAccessKey}}}}}}\n"
    )
    assert failing(report, CREATED_KEY) == (set() if is_described else {"It"})

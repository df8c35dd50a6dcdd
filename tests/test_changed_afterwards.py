"""What changes a launch, its profile or role outside of their declarations: commands, code, services, other tools."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from evidence import checked
from iplint.finding import ObligationStatus

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from iplint.finding import Report

    Check = Callable[..., Report]
    Command = Callable[..., subprocess.CompletedProcess[str]]

ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
TRUST = json.dumps(
    {"Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
)
NODE = f"""
resource "aws_iam_role" "node" {{
  name               = "node"
  assume_role_policy = jsonencode({TRUST})
}}
resource "aws_iam_policy" "read" {{
  policy = jsonencode({{ Statement = [{{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }}] }})
}}
resource "aws_iam_role_policy_attachment" "read" {{
  role       = aws_iam_role.node.name
  policy_arn = aws_iam_policy.read.arn
}}
resource "aws_iam_instance_profile" "node" {{
  name = "node-profile"
  role = aws_iam_role.node.name
}}
"""
INSTANCE = """
resource "aws_instance" "node" {
  iam_instance_profile = aws_iam_instance_profile.node.name
  metadata_options {
    http_tokens = "required"
  }
}
"""
GROUP = """
resource "aws_launch_template" "node" {
  iam_instance_profile {
    name = aws_iam_instance_profile.node.name
  }
  metadata_options {
    http_tokens = "required"
  }
}
resource "aws_autoscaling_group" "node" {
  name = "nodes"
  launch_template {
    id      = aws_launch_template.node.id
    version = VERSION
  }
}
"""
LATEST = GROUP.replace("VERSION", '"$Latest"')
HOST = f"""\
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties: {{RoleName: node, AssumeRolePolicyDocument: {TRUST}}}
  Profile:
    Type: AWS::IAM::InstanceProfile
    Properties: {{Roles: [!Ref Role]}}
  Host:
    Type: AWS::EC2::Instance
    Properties:
      IamInstanceProfile: !Ref Profile
      MetadataOptions: {{HttpTokens: required}}
"""


def is_proven(report: Report) -> bool:
    """Whether the launch is proven; it is undecided if not."""
    found = report.launches
    assert (found.proven, found.failed, found.undecided) in ((1, 0, 0), (0, 0, 1))
    return bool(found.proven)


def run(command: str, more: str = "") -> str:
    """A resource that runs a command where Terraform runs."""
    written = json.dumps(command)
    block = f'provisioner "local-exec" {{\n    command = {written}\n    {more}\n  }}'
    return f'resource "null_resource" "n" {{\n  {block}\n}}\n'


ROLE_COMMANDS = [
    ("aws iam update-assume-role-policy --role-name node --policy-document file://trust.json", False),
    ("aws iam update-assume-role-policy --role-name other --policy-document file://trust.json", True),
    ("aws iam attach-role-policy --cli-input-json file://attach.json", False),
    ("aws iam put-role-policy --role-name $ROLE --policy-name x --policy-document file://p.json", False),
    (
        "aws iam put-role-policy --role-name ${aws_iam_role.node.id} --policy-name x --policy-document file://p.json",
        False,
    ),
    ("aws iam put-role-policy --role-name ${aws_iam_role.other.id} --policy-name x --policy-document {}", True),
    # Which role is not said, whatever else is referred to.
    ("aws iam put-role-policy --role-name $ROLE --policy-name ${aws_instance.node.id} --policy-document {}", False),
    ("aws iam create-policy-version --policy-arn ${aws_iam_policy.read.arn} --set-as-default", False),
    ("aws iam set-default-policy-version --policy-arn arn:aws:iam::123456789012:policy/x --version-id v1", True),
    ('python3 -c \'import boto3; boto3.resource("iam").Role("node").attach_policy(PolicyArn="x")\'', False),
    ('python3 -c \'import boto3; boto3.resource("iam").Policy("x").attach_role(RoleName="node")\'', False),
    ('python3 -c \'import boto3; boto3.resource("iam").Role("other").attach_policy(PolicyArn="x")\'', True),
    # What nobody here knows may give the role any policy, if it gets the role's name.
    ("./setup.sh ${aws_iam_role.node.name}", False),
    ("terraform -chdir=grants apply -auto-approve -var role=${aws_iam_role.node.name}", False),
    ("aws cloudformation deploy --template-file t.yaml --parameter-overrides Role=${aws_iam_role.node.name}", False),
    ("./setup.sh ${aws_iam_role.other.name}", True),
    ("./setup.sh node", True),
    ("aws iam get-role --role-name ${aws_iam_role.node.name} && sleep 10", True),
    ("aws --debug --region eu-west-1 iam get-role --role-name ${aws_iam_role.node.name}", True),
    ("AWS_PROFILE=x aws iam get-role --role-name ${aws_iam_role.node.name}", True),
    ("aws lambda invoke --function-name get-admin --payload ${aws_iam_role.node.name} out", False),
    ("aws iam wait role-exists --role-name ${aws_iam_role.node.name}; echo ${aws_iam_role.node.name}", True),
]
OTHER = f'resource "aws_iam_role" "other" {{\n  name = "other"\n  assume_role_policy = jsonencode({TRUST})\n}}\n'


@pytest.mark.parametrize(("command", "proven"), ROLE_COMMANDS)
def test_a_command_that_may_change_the_role(configuration: Check, command: str, proven: bool) -> None:
    assert is_proven(configuration(NODE + INSTANCE + OTHER + run(command))) is proven


def test_a_command_gets_the_name_of_the_role_by_its_environment(configuration: Check) -> None:
    for role, proven in (("node", False), ("other", True)):
        more = f"environment = {{\n      ROLE = aws_iam_role.{role}.name\n    }}"
        assert is_proven(configuration(NODE + INSTANCE + OTHER + run("./setup.sh", more))) is proven


@pytest.mark.parametrize(
    ("command", "proven"),
    [
        ("aws ec2 modify-instance-metadata-options --cli-input-json file://options.json", False),
        ("aws ec2 modify-instance-metadata-options --instance-id $ID --http-tokens optional", False),
        ("aws ec2 modify-instance-metadata-options --instance-id i-0123 --http-tokens optional", True),
        ("aws ec2 modify-instance-metadata-options --instance-id $ID --http-tokens required", True),
        ("aws ec2 replace-iam-instance-profile-association --association-id x --iam-instance-profile Name=x", False),
        (
            "aws ec2 associate-iam-instance-profile --instance-id ${aws_instance.node.id} --iam-instance-profile x",
            False,
        ),
        ("aws ec2 associate-iam-instance-profile --instance-id i-0123 --iam-instance-profile Name=x", True),
        (
            "aws ec2 associate-iam-instance-profile --instance-id $ID --iam-instance-profile x # ${null_resource.x}",
            False,
        ),
        ("aws iam add-role-to-instance-profile --instance-profile-name node-profile --role-name admin", False),
        ("aws iam add-role-to-instance-profile --instance-profile-name Node-Profile --role-name admin", False),
        ("aws iam add-role-to-instance-profile --instance-profile-name other --role-name admin", True),
    ],
)
def test_a_command_that_may_change_an_instance(configuration: Check, command: str, proven: bool) -> None:
    assert is_proven(configuration(NODE + INSTANCE + run(command))) is proven


UPDATE = "aws autoscaling update-auto-scaling-group --auto-scaling-group-name"


@pytest.mark.parametrize(
    ("command", "proven"),
    [
        ("aws ec2 create-launch-template-version --launch-template-id ${aws_launch_template.node.id}", False),
        ("aws ec2 create-launch-template-version --launch-template-id lt-0123", True),
        (
            "aws ec2 modify-launch-template --launch-template-id ${aws_launch_template.node.id} --default-version 3",
            False,
        ),
        (f"{UPDATE} ${{aws_autoscaling_group.node.name}} --launch-template LaunchTemplateName=x", False),
        (f"{UPDATE} nodes --launch-configuration-name x", False),
        (f"{UPDATE} others --launch-configuration-name x", True),
        (f"{UPDATE} nodes --min-size 3", True),
        ("aws autoscaling start-instance-refresh --auto-scaling-group-name nodes", True),
        ("aws autoscaling start-instance-refresh --auto-scaling-group-name nodes --desired-configuration x", False),
    ],
)
def test_a_command_that_may_change_a_group(configuration: Check, command: str, proven: bool) -> None:
    assert is_proven(configuration(NODE + LATEST + run(command))) is proven


def association(name: str, parameters: str, targets: str = "aws_instance.node.id") -> str:
    return (
        f'resource "aws_ssm_association" "a" {{\n  name = "{name}"\n  parameters = {{\n    {parameters}\n  }}\n'
        f'  targets {{\n    key = "InstanceIds"\n    values = [{targets}]\n  }}\n}}\n'
    )


STATES = (
    'resource "aws_sfn_state_machine" "s" {\n  definition = jsonencode({ States = { A = { Resource ='
    ' "arn:aws:states:::aws-sdk:%s", Parameters = { %s } } } })\n}\n'
)
ACTION = (
    'action "aws_lambda_invoke" "a" {\n  config {\n    function_name = "grant"\n'
    "    payload       = jsonencode({ to = %s })\n  }\n}\n"
)
STEP = 'resource "aws_scheduler_schedule" "s" {\n  target {\n    arn = "arn:aws:scheduler:::aws-sdk:%s"\n%s  }\n}\n'
LOOSEN = "aws ec2 modify-instance-metadata-options --instance-id $ID --http-tokens"


@pytest.mark.parametrize(
    ("more", "proven"),
    [
        (association("AWS-AttachIAMToInstance", 'RoleName = "admin"'), False),
        (association("AWS-AttachIAMToInstance", 'RoleName = "admin"', '"i-0123"'), False),
        (association("AWS-RunShellScript", f'commands = "{LOOSEN} optional"'), False),
        (association("AWS-RunShellScript", f'commands = "{LOOSEN} required"'), True),
        (association("AWS-RunShellScript", 'commands = "yum update -y"'), True),
        (STATES % ("iam:attachRolePolicy", "RoleName = aws_iam_role.node.name"), False),
        (STATES % ("iam:attachRolePolicy", 'RoleName = "other"'), True),
        (STATES % ("iam:attachRolePolicy", '"RoleName.$" = "$.role"'), False),
        (STATES % ("ec2:modifyInstanceMetadataOptions", 'HttpTokens = "optional"'), False),
        (STATES % ("ec2:modifyInstanceMetadataOptions", 'HttpTokens = "required"'), True),
        (STEP % ("iam:putRolePolicy", "    input = jsonencode({ RoleName = aws_iam_role.node.name })\n"), False),
        (STEP % ("iam:putRolePolicy", '    input = jsonencode({ RoleName = "other" })\n'), True),
        (STEP % ("iam:getRole", "    input = jsonencode({ RoleName = aws_iam_role.node.name })\n"), True),
        ('resource "aws_lambda_invocation" "l" {\n  input = jsonencode({ role = aws_iam_role.node.name })\n}\n', False),
        ('resource "aws_lambda_invocation" "l" {\n  input = jsonencode({ role = "other" })\n}\n', True),
        ('resource "acme_grant" "g" {\n  role = aws_iam_role.node.name\n}\n', False),
        ('resource "acme_grant" "g" {\n  role = aws_iam_role.node.arn\n}\n', True),
        ('resource "acme_grant" "g" {\n  text = "grant ${aws_iam_role.node.name} all"\n}\n', False),
        ('data "external" "g" {\n  query = {\n    to = aws_iam_role.node.name\n  }\n}\n', False),
        ('data "external" "g" {\n  query = {\n    to = "other"\n  }\n}\n', True),
        (ACTION % "aws_iam_role.node.name", False),
        (ACTION % "aws_iam_role.node.arn", True),
        ('resource "datadog_monitor" "g" {\n  query = aws_iam_role.node.name\n}\n', True),
        ('resource "aws_ssm_parameter" "p" {\n  value = aws_iam_role.node.name\n}\n', True),
        (
            'resource "aws_servicecatalog_provisioned_product" "p" {\n  provisioning_parameters {\n'
            '    key = "Role"\n    value = aws_iam_role.node.name\n  }\n}\n',
            False,
        ),
    ],
)
def test_a_service_that_may_change_a_launch_or_its_role(configuration: Check, more: str, proven: bool) -> None:
    assert is_proven(configuration(NODE + INSTANCE + more)) is proven


@pytest.mark.parametrize("key", ["commands", "Commands"])
def test_a_key_that_systems_manager_runs_on_an_instance_fails_its_launch(configuration: Check, key: str) -> None:
    command = (
        "export AWS_ACCESS_KEY_ID=AKIAQ7FAKEFAKEFAKE22 AWS_SECRET_ACCESS_KEY=FAKEx8f3kQ9vLm2Zp7Rt5Wy1Bn6Cd4Gh0JsFAKE42"
    )
    report = configuration(NODE + INSTANCE + association("AWS-RunShellScript", f'{key} = "{command}"'))
    assert report.launches.failed == 1
    report = configuration(NODE + INSTANCE + association("AWS-RunShellScript", f'{key} = "{command}"', '"i-0123"'))
    assert report.launches.proven == 1


CODE = "import boto3, os\n          def handler(e, c):\n              boto3.client('%s').%s\n"


def function(service: str, call: str, environment: str = "") -> str:
    variables = f"\n      Environment: {{Variables: {{{environment}}}}}" if environment else ""
    return f"""\
  Code:
    Type: AWS::Lambda::Function
    Properties:{variables}
      Role: !GetAtt Own.Arn
      Code:
        ZipFile: |
          {CODE % (service, call)}
  Own:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: {{Effect: Allow, Principal: {{Service: lambda.amazonaws.com}}, Action: "sts:AssumeRole"}}
"""


@pytest.mark.parametrize(
    ("more", "proven"),
    [
        (function("iam", "attach_role_policy(RoleName=e['role'])"), False),
        (function("iam", "attach_role_policy(RoleName='other')"), True),
        (function("iam", "attach_role_policy(RoleName=os.environ['R'])", "R: !Ref Role"), False),
        (function("iam", "attach_role_policy(RoleName=os.environ['R'])", "R: !Ref Own"), True),
        (function("iam", "attach_role_policy(RoleName=os.environ['R'])", "R: node"), False),
        (function("iam", "update_assume_role_policy(RoleName='node')"), False),
        (
            function("iam", "add_role_to_instance_profile(InstanceProfileName=os.environ['P'])", "P: !Ref Profile"),
            False,
        ),
        (function("ec2", "modify_instance_metadata_options(InstanceId=e['id'], HttpTokens='optional')"), False),
        (function("ec2", "modify_instance_metadata_options(InstanceId=e['id'], HttpTokens='required')"), True),
        (function("ec2", "associate_iam_instance_profile(InstanceId=os.environ['I'])", "I: !Ref Host"), False),
        (function("ec2", "describe_instances(InstanceIds=[e['id']])"), True),
        (
            "  Steps:\n    Type: AWS::StepFunctions::StateMachine\n    Properties:\n"
            '      Definition: {States: {A: {Resource: "arn:aws:states:::aws-sdk:ec2:modifyInstanceMetadataOptions",'
            " Parameters: {HttpTokens: optional}}}}\n",
            False,
        ),
        (
            "  Rule:\n    Type: AWS::Events::Rule\n    Properties:\n      Targets:\n        - Arn: !Sub"
            ' "arn:aws:ssm:${AWS::Region}::automation-definition/AWS-AttachIAMToInstance:$DEFAULT"\n',
            False,
        ),
        (
            "  Product:\n    Type: AWS::ServiceCatalog::CloudFormationProvisionedProduct\n    Properties:\n"
            "      ProvisioningParameters: [{Key: RoleName, Value: !Ref Role}]\n",
            False,
        ),
        (
            "  Runner:\n    Type: AWSUtility::CloudFormation::CommandRunner\n    Properties:\n"
            '      Command: !Sub "aws iam attach-role-policy --role-name ${Role} --policy-arn x"\n',
            False,
        ),
    ],
)
def test_code_that_may_change_a_launch_or_its_role(template: Check, more: str, proven: bool) -> None:
    assert is_proven(template(HOST + more)) is proven


ATTACH = 'resource "aws_iam_role_policy_attachment" "a" {\n  role = "%s"\n  policy_arn = "' + ADMIN + '"\n}\n'


@pytest.mark.parametrize(("name", "failed"), [("node", 1), ("NODE", 1), ("Node", 1), ("nodes", 0)])
def test_names_of_iam_are_the_same_in_any_case(configuration: Check, template: Check, name: str, failed: int) -> None:
    assert configuration(NODE + INSTANCE + ATTACH % name).launches.failed == failed
    policy = f"""\
  Policy:
    Type: AWS::IAM::RolePolicy
    Properties:
      RoleName: {name}
      PolicyDocument: {{Statement: [{{Effect: Allow, Action: "*", Resource: "*"}}]}}
"""
    assert template(HOST + policy).launches.failed == failed


REMOVED = "removed {\n  from = %s\n  lifecycle {\n    destroy = %s\n  }\n}\n"


@pytest.mark.parametrize(
    ("more", "proven"),
    [
        (REMOVED % ("aws_iam_role_policy_attachment.admin", "false"), False),
        (REMOVED % ("aws_iam_role_policy.admin[0]", "false"), False),
        (REMOVED % ("module.grants", "false"), False),
        (REMOVED % ("aws_iam_role_policy_attachment.admin", "true"), True),
        (REMOVED % ("aws_s3_bucket.logs", "false"), True),
        ("removed {\n  from = aws_iam_role_policy.admin\n}\n", True),
    ],
)
def test_a_policy_that_is_removed_and_not_destroyed_stays_on_its_role(
    configuration: Check, more: str, proven: bool
) -> None:
    assert is_proven(configuration(NODE + INSTANCE + more)) is proven


IMPORT = 'import {\n  to = %s\n  id = "x"\n}\n'


@pytest.mark.parametrize(
    ("address", "proven"),
    [
        ("aws_iam_role_policy_attachment.more", False),
        ("aws_iam_role_policy.more[0]", False),
        ("aws_s3_bucket.logs", True),
        ("module.there.aws_iam_role_policy.more", True),
    ],
)
def test_a_policy_that_is_imported_without_a_block_may_be_on_any_role(
    configuration: Check, address: str, proven: bool
) -> None:
    # Terraform generates the block from what is in the account.
    assert is_proven(configuration(NODE + INSTANCE + IMPORT % address)) is proven


KEPT = """
resource "aws_iam_role_policies_exclusive" "node" {
  role_name    = aws_iam_role.node.name
  policy_names = NAMES
}
"""
ATTACHED = """
resource "aws_iam_role_policy_attachments_exclusive" "node" {
  role_name   = aws_iam_role.node.name
  policy_arns = [aws_iam_policy.read.arn]
}
"""


@pytest.mark.parametrize(
    ("more", "proven"),
    [
        (IMPORT % "aws_iam_role.node", False),
        (IMPORT % "aws_iam_role.other", True),
        (IMPORT % "aws_instance.node", True),
        (IMPORT % "aws_iam_role.node" + ATTACHED, False),
        (IMPORT % "aws_iam_role.node" + ATTACHED + KEPT.replace("NAMES", "[]"), True),
    ],
)
def test_a_role_that_is_imported_had_policies_before(configuration: Check, more: str, proven: bool) -> None:
    assert is_proven(configuration(NODE + INSTANCE + OTHER + more)) is proven


@pytest.mark.parametrize(
    ("version", "proven"),
    [('"1"', False), ('"$Default"', False), ('"$Latest"', True), ("aws_launch_template.node.latest_version", True)],
)
def test_the_first_version_of_a_template_that_is_imported_is_another_one(
    configuration: Check, version: str, proven: bool
) -> None:
    group = GROUP.replace("VERSION", version)
    assert is_proven(configuration(NODE + group))
    assert is_proven(configuration(NODE + group + IMPORT % "aws_launch_template.node")) is proven


INLINE = 'resource "aws_iam_role_policy" "own" {\n  name = "own"\n  role = aws_iam_role.node.name\n  policy = "{}"\n}\n'


@pytest.mark.parametrize(
    ("names", "proven"),
    [
        ("[]", True),
        ('["own"]', True),
        ("[aws_iam_role_policy.own.name]", True),
        ('["own", "other"]', False),
        ("var.names", False),
    ],
)
def test_an_inline_policy_that_is_only_named_is_not_read(configuration: Check, names: str, proven: bool) -> None:
    declared = INLINE.replace('"{}"', "jsonencode({ Statement = [] })") + 'variable "names" {}\n'
    assert is_proven(configuration(NODE + INSTANCE + declared + KEPT.replace("NAMES", names))) is proven


CONFIGURATION = """
resource "aws_launch_configuration" "node" {
  iam_instance_profile = aws_iam_instance_profile.node.name
  metadata_options {
    http_tokens = "required"
    # more
  }
}
resource "aws_autoscaling_group" "node" {
  launch_configuration = aws_launch_configuration.node.name
}
variable "endpoint" {}
"""


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ('http_endpoint = "enabled"', (1, 0, 0)),
        ('http_endpoint = "disabled"', (1, 0, 0)),
        ("", (0, 0, 1)),
        ("http_endpoint = null", (0, 0, 1)),
        ("http_endpoint = var.endpoint", (0, 0, 1)),
    ],
)
def test_a_launch_configuration_sends_tokens_only_beside_the_endpoint(
    configuration: Check, more: str, expected: tuple[int, int, int]
) -> None:
    found = configuration(NODE + CONFIGURATION.replace("# more", more)).launches
    assert (found.proven, found.failed, found.undecided) == expected


def test_optional_tokens_of_a_launch_configuration_fail_without_an_endpoint(configuration: Check) -> None:
    text = CONFIGURATION.replace('"required"', '"optional"')
    assert configuration(NODE + text).launches.failed == 1


def test_an_undecided_launch_configuration_says_what_to_write(iplint: Command, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(NODE + CONFIGURATION, encoding="utf-8")
    said = iplint("check", "--undecided", ".", cwd=tmp_path).stdout
    assert 'which sends http_tokens only beside http_endpoint = "enabled" in 5.100' in " ".join(said.split())


@pytest.mark.parametrize(
    "head",
    [
        "Transform: [Rewrite]\n",
        "Transform: {Name: AWS::Include, Parameters: {Location: s3://bucket/more.yaml}}\n",
    ],
)
def test_the_proof_of_a_template_that_a_macro_rewrites_is_open(
    iplint: Command, template: Check, tmp_path: Path, head: str
) -> None:
    assert template(head + HOST).launches.proven == 0
    report = checked(tmp_path)
    (proof,) = report.proofs or []
    assert (report.launches.proven, proof.status) == (0, "undecided")
    assert {result.status for result in proof.obligations} == {ObligationStatus.OPEN}
    printed = iplint("prove", ".", cwd=tmp_path)
    assert printed.returncode == 1
    assert "1 launch: 1 undecided." in printed.stdout
    assert "is not expanded" in printed.stdout


@pytest.mark.parametrize(
    ("user_data", "proven"),
    [
        ("#include\nhttps://scripts.example.com/boot.sh", False),
        ("#include-once https://scripts.example.com/boot.sh", False),
        ("Content-Type: multipart/mixed\n\nContent-Type: text/x-include-url\n\nhttps://example.com/boot.sh", False),
        ("#!/bin/sh\ncat > x.c <<END\n#include <stdio.h>\nEND", True),
        ("#!/bin/sh\n#include all of https://example.com", True),
    ],
)
def test_user_data_that_is_elsewhere_is_not_read(template: Check, user_data: str, proven: bool) -> None:
    assert is_proven(template(f"{HOST}      UserData: {{Fn::Base64: {json.dumps(user_data)}}}\n")) is proven


@pytest.mark.parametrize(
    "line",
    [
        "aws s3 cp s3://bucket/credentials /root/.aws/credentials",
        "aws secretsmanager get-secret-value --secret-id k --query SecretString --output text > ~/.aws/credentials",
    ],
)
def test_a_credentials_file_on_an_instance_fails_its_launch(template: Check, line: str) -> None:
    user_data = json.dumps(f"#!/bin/sh\n{line}\n")
    report = template(f"{HOST}      UserData: {{Fn::Base64: {user_data}}}\n")
    assert [finding.rule for finding in report.findings] == ["credentials-file-on-instance"]
    assert report.launches.failed == 1


BUILD = 'source "amazon-ebs" "x" {\n%s\n}\nbuild {\n  sources = ["source.amazon-ebs.x"]\n%s\n}\nvariable "script" {}\n'
SHELL = '  provisioner "shell" {\n    script = %s\n  }'


@pytest.mark.parametrize(
    ("source", "build", "proven"),
    [
        ("", "", True),
        ("", SHELL % '"here.sh"', True),
        ("", SHELL % '"absent.sh"', False),
        ("", SHELL % "var.script", False),
        ("", '  provisioner "file" {\n    source = "absent.txt"\n    destination = "/tmp/x"\n  }', False),
        ('  user_data_file = "here.sh"', "", True),
        ('  user_data_file = "absent.sh"', "", False),
    ],
)
def test_a_file_of_packer_that_is_not_here_proves_nothing(
    configuration: Check, source: str, build: str, proven: bool
) -> None:
    assert (
        is_proven(configuration({"x.pkr.hcl": BUILD % (source, build), "here.sh": "#!/bin/sh\necho hello\n"})) is proven
    )


GRANT = "#!/bin/sh\naws iam attach-role-policy --role-name %s --policy-arn x\n"


@pytest.mark.parametrize(
    ("command", "more", "path"),
    [
        ("bash grant.sh", "", "grant.sh"),
        ("${path.module}/scripts/grant.sh", "", "scripts/grant.sh"),
        ("sh grant.sh", 'working_dir = "scripts"', "scripts/grant.sh"),
    ],
)
def test_a_script_that_terraform_runs_is_read(configuration: Check, command: str, more: str, path: str) -> None:
    root = NODE + INSTANCE + run(command, more)
    for text, proven in ((GRANT % "node", False), (GRANT % '"$1"', False), (GRANT % "other", True), ("echo", True)):
        assert is_proven(configuration({"main.tf": root, path: text})) is proven


def test_a_policy_of_the_organization_sets_the_defaults_of_the_account(configuration: Check) -> None:
    defaults = 'resource "aws_ec2_instance_metadata_defaults" "all" {\n  http_tokens = "required"\n}\n'
    bare = INSTANCE.replace('  metadata_options {\n    http_tokens = "required"\n  }\n', "")
    bare = bare.replace("  iam", "  depends_on = [aws_ec2_instance_metadata_defaults.all]\n  iam")
    policy = (
        'resource "aws_organizations_policy" "all" {\n  content = jsonencode({ ec2_attributes = {\n'
        '    %s = { http_tokens = { "@@assign" = "optional" } }\n  } })\n}\n'
    )
    assert is_proven(configuration(NODE + bare + defaults))
    assert is_proven(configuration(NODE + bare + defaults + policy % "image_block_public_access"))
    assert not is_proven(configuration(NODE + bare + defaults + policy % "instance_metadata_defaults"))


def test_eks_auto_mode_requires_tokens(template: Check) -> None:
    report = template(f"""\
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties: {{AssumeRolePolicyDocument: {TRUST}}}
  Cluster:
    Type: AWS::EKS::Cluster
    Properties:
      ComputeConfig: {{Enabled: true, NodeRoleArn: !GetAtt Role.Arn}}
""")
    assert is_proven(report)


CHOICE = """
variable "name" {
  default = "web"
  validation {
    condition     = contains(["web", "node"], var.name)
    error_message = "web or node"
  }
}
"""


@pytest.mark.parametrize(
    "more",
    [run("aws iam attach-role-policy --role-name node --policy-arn x"), 'variable "free" {}\n' + ATTACH % "node"],
)
def test_a_value_of_an_input_that_gives_the_role_the_name_is_tried(configuration: Check, more: str) -> None:
    named = NODE.replace('= "node"\n  assume', "= var.name\n  assume")
    assert not is_proven(configuration(named + INSTANCE + CHOICE + more))


@pytest.mark.parametrize(("name", "proven"), [("node-eu-west-1", False), ("other-eu-west-1", True), ("node", True)])
def test_a_name_that_is_known_in_part_may_be_one_that_is_written(template: Check, name: str, proven: bool) -> None:
    policy = f"""\
  Policy:
    Type: AWS::IAM::RolePolicy
    Properties:
      RoleName: {name}
      PolicyDocument: {{Statement: [{{Effect: Allow, Action: "*", Resource: "*"}}]}}
"""
    named = HOST.replace("RoleName: node", "RoleName: !Sub 'node-${AWS::Region}'")
    assert is_proven(template(named + policy)) is proven


@pytest.mark.parametrize(
    "more",
    [
        'module "grant" {\n  source    = "acme/grant/aws"\n  role_name = var.name\n}\n',
        'resource "acme_grant" "g" {\n  role = var.name\n}\n',
    ],
)
def test_a_value_of_an_input_that_hands_the_role_on_is_tried(configuration: Check, more: str) -> None:
    assert not is_proven(configuration(NODE + INSTANCE + CHOICE + more))
    assert is_proven(configuration(NODE + INSTANCE + CHOICE.replace('"node"', '"other"') + more))


REPEATED = """
resource "aws_iam_role" "many" {
  for_each           = { a = 1 }
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}
resource "aws_iam_instance_profile" "many" {
  role = aws_iam_role.many["a"].name
}
resource "aws_instance" "many" {
  iam_instance_profile = aws_iam_instance_profile.many.name
  metadata_options {
    http_tokens = "required"
  }
}
"""


@pytest.mark.parametrize("role", ["aws_iam_role.many.name", 'aws_iam_role.many["b"].name', "aws_iam_role.many[0].name"])
@pytest.mark.parametrize(
    "grant",
    [
        f'resource "aws_iam_role_policy_attachment" "g" {{\n  role = ROLE\n  policy_arn = "{ADMIN}"\n}}\n',
        f'resource "aws_iam_policy_attachment" "g" {{\n  roles = [ROLE]\n  policy_arn = "{ADMIN}"\n}}\n',
        'resource "aws_iam_role_policy" "g" {\n  role = ROLE\n  policy = jsonencode('
        '{ Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }] })\n}\n',
    ],
    ids=["attachment", "attachments", "inline"],
)
def test_a_reference_that_fails_may_be_meant_for_any_role(configuration: Check, grant: str, role: str) -> None:
    assert configuration(REPEATED).launches.proven == 1
    assert configuration(REPEATED + grant.replace("ROLE", role)).launches.proven == 0


@pytest.mark.parametrize(
    "script",
    [
        '"#!/bin/sh\\necho ${local.texts[var.first][var.second]} > /text"',
        'join("\\n", ["#!/bin/sh", "echo ${local.texts[var.first][var.second]}"])',
    ],
)
def test_two_inputs_that_choose_a_key_together_end_the_proof(configuration: Check, script: str) -> None:
    chosen = "".join(
        f'variable "{name}" {{\n  default = "{values[0]}"\n  validation {{\n'
        f"    condition = contains({json.dumps(values)}, var.{name})\n"
        '    error_message = "one of them"\n  }\n}\n'
        for name, values in (("first", ["a", "b"]), ("second", ["x", "y"]))
    )
    texts = {"a": {"x": "one", "y": "two"}, "b": {"x": "three", "y": "AKIAFAKEFAKEFAKE2345"}}
    launch = INSTANCE.rstrip().removesuffix("}") + f"  user_data = {script}\n}}\n"
    found = configuration(NODE + launch + chosen + f"locals {{\n  texts = {json.dumps(texts)}\n}}\n")
    assert (found.launches.checked, found.launches.proven) == (1, 0)


def test_two_parameters_that_choose_a_key_together_end_the_proof(template: Check) -> None:
    found = template("""\
Parameters:
  First: {Type: String, Default: a, AllowedValues: [a, b]}
  Second: {Type: String, Default: x, AllowedValues: [x, y]}
Mappings:
  Texts: {a: {x: one, y: two}, b: {x: three, y: AKIAFAKEFAKEFAKE2345}}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: 'sts:AssumeRole'}]
  Profile: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: [!Ref Role]}}
  Node:
    Type: AWS::EC2::Instance
    Properties:
      IamInstanceProfile: !Ref Profile
      MetadataOptions: {HttpTokens: required}
      UserData:
        Fn::Base64: !Sub ["#!/bin/sh\\necho ${Text} > /text", {Text: !FindInMap [Texts, !Ref First, !Ref Second]}]
""")
    assert (found.launches.checked, found.launches.proven) == (1, 0)


@pytest.mark.parametrize(
    ("interpreter", "command", "proven"),
    [
        ('["aws", "iam"]', f"attach-role-policy --role-name node --policy-arn {ADMIN}", False),
        ('["aws", "iam"]', "delete-role-permissions-boundary --role-name node", False),
        ('["aws", "ec2"]', "modify-instance-metadata-options --instance-id $ID --http-tokens optional", False),
        ('["aws", "ec2"]', "modify-instance-metadata-options --instance-id $ID --http-tokens required", True),
        ('["aws", "ec2"]', "create-launch-template-version --launch-template-id $ID", False),
        ('["aws", "batch"]', "update-compute-environment --compute-environment $ID --compute-resources x", False),
        ('["aws", "batch"]', "update-compute-environment --compute-environment $ID --state ENABLED", True),
        ('["aws"]', f"iam attach-role-policy --role-name node --policy-arn {ADMIN}", False),
        ('["aws", "s3"]', "sync . s3://node", True),
        ('["/bin/sh", "-c"]', "update-compute-environment --compute-environment $ID --compute-resources x", True),
    ],
)
def test_a_command_may_begin_in_an_interpreter(
    configuration: Check, interpreter: str, command: str, proven: bool
) -> None:
    later = f"""
resource "null_resource" "later" {{
  provisioner "local-exec" {{
    interpreter = {interpreter}
    command     = "{command}"
  }}
}}
"""
    assert is_proven(configuration(NODE + INSTANCE + later)) is proven


OF_SOMEBODY = """
variable "somebody" {
  type = string
}
resource "aws_ssm_parameter" "role" {
  name  = "role"
  type  = "String"
  value = var.somebody
}
resource "aws_iam_policy" "g" {
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = ACTIONS, Resource = "*" }] })
}
"""
WAYS = ['"*"', '["iam:PassRole", "ec2:RunInstances"]', '"iam:CreatePolicyVersion"', '"iam:*"']


@pytest.mark.parametrize("role", ["var.somebody", "aws_ssm_parameter.role.value", "data.external.x.result.role"])
@pytest.mark.parametrize(
    "grant",
    [
        'resource "aws_iam_role_policy_attachment" "g" {\n  role = ROLE\n  policy_arn = aws_iam_policy.g.arn\n}\n',
        'resource "aws_iam_policy_attachment" "g" {\n  roles = [ROLE]\n  policy_arn = aws_iam_policy.g.arn\n}\n',
        'resource "aws_iam_role_policy" "g" {\n  role = ROLE\n  policy = aws_iam_policy.g.policy\n}\n',
    ],
    ids=["attachment", "attachments", "inline"],
)
def test_what_leads_to_administrator_access_may_be_given_to_any_role(
    configuration: Check, grant: str, role: str
) -> None:
    for actions in WAYS:
        more = (OF_SOMEBODY + grant).replace("ACTIONS", actions).replace("ROLE", role)
        assert not is_proven(configuration(NODE + INSTANCE + more)), actions
    more = (OF_SOMEBODY + grant).replace("ACTIONS", '"s3:GetObject"').replace("ROLE", role)
    assert is_proven(configuration(NODE + INSTANCE + more))


NAMES = """
resource "random_pet" "n" {
}
resource "random_pet" "other" {
}
resource "aws_vpc" "n" {
}
resource "aws_ssm_parameter" "n" {
  name = "n"
  type = "String"
}
"""


@pytest.mark.parametrize(
    "name", ["random_pet.n.id", "random_pet.n.keepers.x", "aws_vpc.n.id", "aws_ssm_parameter.n.value"]
)
def test_a_name_that_a_resource_makes_is_one_name(configuration: Check, name: str) -> None:
    node = NAMES + NODE.replace('name               = "node"', f"name               = {name}") + INSTANCE
    assert name in node
    grant = f'resource "aws_iam_role_policy_attachment" "g" {{\n  role = NAME\n  policy_arn = "{ADMIN}"\n}}\n'
    assert is_proven(configuration(node))
    assert configuration(node + grant.replace("NAME", name)).launches.failed == 1
    assert is_proven(configuration(node + grant.replace("NAME", "random_pet.other.id")))


# A launch with its own name and a profile, and a command that replaces what launches of that name have.
NODEGROUP = "aws eks update-nodegroup-version --cluster-name c --nodegroup-name web --launch-template x"
ENVIRONMENT = "aws elasticbeanstalk update-environment --environment-name web --option-settings x"
BY_NAME = [
    (
        f"{UPDATE} web --launch-configuration-name x",
        "aws_autoscaling_group",
        'name = "NAME"\n launch_configuration = LC',
    ),
    (
        f"{UPDATE} web --launch-configuration-name x",
        "awscc_autoscaling_auto_scaling_group",
        'auto_scaling_group_name = "NAME"\n launch_configuration_name = LC',
    ),
    (NODEGROUP, "aws_eks_node_group", 'node_group_name = "NAME"\n node_role_arn = "arn:aws:iam::111122223333:role/r"'),
    (NODEGROUP, "awscc_eks_nodegroup", 'nodegroup_name = "NAME"\n node_role = "arn:aws:iam::111122223333:role/r"'),
    (
        ENVIRONMENT,
        "aws_elastic_beanstalk_environment",
        'name = "NAME"\n setting {\n namespace = "aws:autoscaling:launchconfiguration"\n name = "IamInstanceProfile"\n'
        ' value = "p"\n }',
    ),
    (
        ENVIRONMENT,
        "awscc_elasticbeanstalk_environment",
        'environment_name = "NAME"\n option_settings = [{ namespace = "aws:autoscaling:launchconfiguration", '
        'option_name = "IamInstanceProfile", value = "p" }]',
    ),
]
IN_TEMPLATES = [
    (
        f"{UPDATE} web --launch-configuration-name x",
        "AWS::AutoScaling::AutoScalingGroup",
        "AutoScalingGroupName: NAME, LaunchConfigurationName: !Ref LC",
    ),
    (NODEGROUP, "AWS::EKS::Nodegroup", "NodegroupName: NAME, NodeRole: 'arn:aws:iam::111122223333:role/r'"),
    (
        ENVIRONMENT,
        "AWS::ElasticBeanstalk::Environment",
        "EnvironmentName: NAME, OptionSettings: [{Namespace: 'aws:autoscaling:launchconfiguration', "
        "OptionName: IamInstanceProfile, Value: p}]",
    ),
]


def is_replaced(root: Path) -> bool:
    """Whether a proof says that a command gives the launch another profile, template or version."""
    proofs = checked(root).proofs or ()
    return any("a command that gives" in text for one in proofs for part in one.obligations for text, _ in part.reasons)


@pytest.mark.parametrize(("command", "type", "body"), BY_NAME)
def test_a_command_may_name_a_launch_by_its_own_name(tmp_path: Path, command: str, type: str, body: str) -> None:
    text = 'resource "aws_launch_configuration" "it" {\n iam_instance_profile = "p"\n}\n' + run(command)
    text += f'resource "{type}" "it" {{\n {body.replace("LC", "aws_launch_configuration.it.name")}\n}}\n'
    for name in ("web", "other"):
        (tmp_path / "main.tf").write_text(text.replace("NAME", name))
        assert is_replaced(tmp_path) is (name == "web")


@pytest.mark.parametrize(("command", "type", "body"), IN_TEMPLATES)
def test_a_command_of_a_template_may_name_a_launch(tmp_path: Path, command: str, type: str, body: str) -> None:
    text = (
        "Resources:\n  LC: {Type: AWS::AutoScaling::LaunchConfiguration, Properties: {IamInstanceProfile: p}}\n"
        f"  It: {{Type: {type}, Properties: {{{body}}}}}\n  Run: {{Type: AWS::SSM::Document, Properties: "
        f"{{Content: {{mainSteps: [{{action: 'aws:runShellScript', inputs: {{runCommand: ['{command}']}}}}]}}}}}}\n"
    )
    for name in ("web", "other"):
        (tmp_path / "template.yaml").write_text(text.replace("NAME", name))
        assert is_replaced(tmp_path) is (name == "web")


@pytest.mark.parametrize(
    ("own", "other", "may_be"),
    [
        ('"node"', '"no${var.somebody}"', True),
        ('"node"', '"${var.somebody}"', True),
        ('"node"', '"${var.somebody}-node"', False),
        ('"node"', '"other"', False),
        ("var.somebody", '"other"', True),
        ('"n${var.somebody}"', '"node"', True),
        ("random_pet.n.id", '"other"', False),
    ],
)
def test_a_name_with_a_part_that_is_unknown_may_be_the_name_of_the_role(
    configuration: Check, own: str, other: str, may_be: bool
) -> None:
    node = NAMES + NODE.replace('name               = "node"', f"name               = {own}") + INSTANCE
    node += 'variable "somebody" {\n  type = string\n}\n'
    grant = 'resource "aws_iam_role_policy" "g" {\n  role = NAME\n  policy = jsonencode(POLICY)\n}\n'
    for actions in WAYS:
        policy = f'{{ Statement = [{{ Effect = "Allow", Action = {actions}, Resource = "*" }}] }}'
        more = grant.replace("NAME", other).replace("POLICY", policy)
        assert is_proven(configuration(node + more)) is not may_be, actions


@pytest.mark.parametrize(
    ("name", "may_be"),
    [('"{{resolve:ssm:/role}}"', True), ('!Sub "no${Part}"', True), ('!Sub "x${Part}"', False), ("other", False)],
)
def test_a_name_of_a_template_that_is_known_in_part_may_be_that_of_the_role(
    template: Check, name: str, may_be: bool
) -> None:
    statement = "{Effect: Allow, Action: '*', Resource: '*'}"
    text = f"""
Parameters:
  Part: {{Type: String}}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties: {{RoleName: node, AssumeRolePolicyDocument: {TRUST}}}
  Profile:
    Type: AWS::IAM::InstanceProfile
    Properties: {{Roles: [!Ref Role]}}
  Node:
    Type: AWS::EC2::Instance
    Properties: {{IamInstanceProfile: !Ref Profile, MetadataOptions: {{HttpTokens: required}}}}
  Grant:
    Type: AWS::IAM::RolePolicy
    Properties: {{RoleName: {name}, PolicyName: all, PolicyDocument: {{Statement: [{statement}]}}}}
"""
    assert is_proven(template(text)) is not may_be

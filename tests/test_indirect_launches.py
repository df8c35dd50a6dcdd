"""Other doors to an instance: templates inside of resources, Cloud Control, commands and code that launch."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from conftest import failures, judged
from iplint.finding import Report, VerdictKind

Check = Callable[..., Report]
Command = Callable[..., CompletedProcess[str]]

# Line 1 is empty, so that a template that follows `<<-YAML` in line 3 has its own first line in line 4.
WEB = """
Parameters:
  Tokens: {Type: String, Default: optional, AllowedValues: [required, optional]}
  Profile: {Type: String, Default: web}
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-1
      IamInstanceProfile: !Ref Profile
      MetadataOptions: {HttpTokens: !Ref Tokens}
"""


def stack(body: str, more: str = "", type: str = "aws_cloudformation_stack") -> str:
    return f'resource "{type}" "app" {{\n  name = "app"\n  template_body = {body}\n{more}\n}}\n'


def heredoc(template: str) -> str:
    return f"<<-YAML{template.rstrip()}\n  YAML"


def notices(report: Report) -> list[tuple[str, str, int | None]]:
    return [(one.kind, one.message, one.at.first[0] if one.at is not None else None) for one in report.notices]


def open_questions(report: Report) -> list[tuple[str, str]]:
    return [
        (finding.rule, finding.address)
        for finding in report.findings
        if finding.verdict == "undecided" and finding.rule == "imdsv1-allowed"
    ]


def met(report: Report) -> list[tuple[str, str]]:
    """What is found about session tokens, whatever the verdict."""
    return [(finding.verdict, finding.address) for finding in report.findings if finding.rule == "imdsv1-allowed"]


WRITTEN = WEB.replace("!Ref Tokens", "optional")


def test_what_a_template_in_a_heredoc_does_is_found_at_its_own_line(configuration: Check) -> None:
    report = configuration(stack(heredoc(WRITTEN)))
    assert failures(report) == [("imdsv1-allowed", "aws_cloudformation_stack.app.Web", 13)]
    (finding,) = (one for one in report.findings if one.verdict == "fail")
    assert (finding.at.path, finding.at.text) == ("main.tf", "optional")
    assert [step.message for step in finding.related] == ["stack aws_cloudformation_stack.app is declared here"]
    assert not report.notices
    assert (report.launches.checked, report.launches.failed) == (1, 1)


def test_what_a_stack_passes_reaches_its_template(configuration: Check) -> None:
    safe = configuration(stack(heredoc(WEB), 'parameters = { Tokens = "required" }'))
    assert (met(safe), safe.launches.checked) == ([], 1)
    unsafe = configuration(
        'variable "t" { default = "optional" }\n' + stack(heredoc(WEB), "parameters = { Tokens = var.t }")
    )
    assert failures(unsafe) == [("imdsv1-allowed", "aws_cloudformation_stack.app.Web", 1)]
    assert [one.when for one in unsafe.findings if one.verdict == "fail"] == ['var.t keeps its default "optional"']
    unknown = configuration('variable "t" {}\n' + stack(heredoc(WEB), "parameters = { Tokens = var.t }"))
    assert open_questions(unknown) == [("imdsv1-allowed", "aws_cloudformation_stack.app.Web")]


def test_a_role_that_terraform_declares_stands_behind_an_instance_of_the_template(configuration: Check) -> None:
    report = configuration(
        """
resource "aws_iam_role" "app" {
  assume_role_policy = jsonencode({ Statement = { Effect = "Allow", Action = "sts:AssumeRole", Principal = {
    Service = "lambda.amazonaws.com" } } })
}
resource "aws_iam_instance_profile" "app" {
  role = aws_iam_role.app.name
}
"""
        + stack(heredoc(WEB), 'parameters = { Tokens = "required", Profile = aws_iam_instance_profile.app.name }')
    )
    assert failures(report) == [("role-without-ec2-trust", "aws_iam_role.app", 4)]
    assert any("aws_cloudformation_stack.app.Web launches" in step.message for step in report.findings[0].related)


def test_a_template_in_json_is_read(configuration: Check) -> None:
    encoded = """jsonencode({
    Resources = {
      Web = {
        Type = "AWS::EC2::Instance"
        Properties = { MetadataOptions = {
          HttpTokens = "optional"
        } }
      }
    }
  })"""
    assert failures(configuration(stack(encoded))) == [
        ("missing-instance-profile", "aws_cloudformation_stack.app.Web", 5),
        ("imdsv1-allowed", "aws_cloudformation_stack.app.Web", 8),
    ]


def test_a_template_in_a_file_is_judged_once_with_what_is_passed(configuration: Check, tmp_path: Path) -> None:
    main = stack('file("${path.module}/web.yaml")', 'parameters = { Tokens = "required" }')
    report = configuration({"main.tf": main, "web.yaml": WEB})
    # The template can be deployed by itself as well, with its own defaults.
    assert (met(report), report.launches.checked) == ([(VerdictKind.FAIL, "Web")], 2)
    assert (report.files.found, report.files.checked) == (2, 2)
    alone = judged(tmp_path / "web.yaml")
    assert failures(alone) == [("imdsv1-allowed", "Web", 3)]
    (tmp_path / "main.tf").write_text(stack('file("${path.module}/web.yaml")'), encoding="utf-8")
    both = judged(tmp_path)
    assert failures(both) == [("imdsv1-allowed", "aws_cloudformation_stack.app.Web", 3)]
    assert {one.at.path for one in both.findings if one.verdict == "fail"} == {"web.yaml"}
    named = judged(tmp_path / "main.tf")
    assert failures(named) == failures(both)


def test_a_template_that_is_rendered_stands_in_its_own_file(configuration: Check) -> None:
    main = stack('templatefile("${path.module}/web.tftpl", { image = "ami-1" })')
    rendered = WRITTEN.replace("ami-1", "${image}")
    report = configuration({"main.tf": main, "web.tftpl": rendered})
    assert [(one.at.path, one.at.first[0]) for one in report.findings if one.verdict == "fail"] == [("web.tftpl", 11)]


def test_a_template_that_an_input_chooses_is_judged_in_every_world(configuration: Check) -> None:
    chosen = 'var.safe ? file("safe.txt") : file("unsafe.txt")'
    texts = {"safe.txt": WRITTEN.replace("HttpTokens: optional", "HttpTokens: required"), "unsafe.txt": WRITTEN}
    report = configuration({"main.tf": 'variable "safe" { default = true }\n' + stack(chosen), **texts})
    (finding,) = (one for one in report.findings if one.rule == "imdsv1-allowed")
    assert (finding.verdict, finding.when) == ("undecided", "fails when var.safe is false")


def test_keys_and_calls_in_a_template_are_found_once(configuration: Check) -> None:
    user_data = """
      UserData:
        Fn::Base64: |
          export AWS_ACCESS_KEY_ID=AKIAFAKEFAKEFAKE2345
          curl http://169.254.169.254/latest/meta-data/iam/security-credentials/web
"""
    found = failures(configuration(stack(heredoc(WEB.replace("optional", "required").rstrip() + user_data))))
    assert [(rule, line) for rule, _, line in found] == [("hardcoded-access-key", 16), ("imdsv1-call-in-user-data", 17)]


def test_comments_in_and_around_a_template_ignore(configuration: Check) -> None:
    inside = WRITTEN.replace("optional}\n", "optional}  # iplint: ignore[imdsv1-allowed] legacy\n")
    assert not failures(configuration(stack(heredoc(inside))))
    assert not failures(configuration("# iplint: ignore[imdsv1-allowed] legacy\n" + stack(heredoc(WRITTEN))))


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ('"Resources: ${var.what}"', "its template_body depends on var.what"),
        ("var.what", "its template_body (var.what) is not here"),
        ('file("missing.yaml")', "its template_body (the file missing.yaml, which"),
        ('"{}"', "its template_body is not a template"),
        ('"Resources: ["', "its template_body cannot be read: line 4: "),
        ("null", "its template_url is not here"),
    ],
)
@pytest.mark.parametrize(
    "type", ["aws_cloudformation_stack", "aws_cloudformation_stack_set", "awscc_cloudformation_stack"]
)
def test_a_template_that_cannot_be_read_is_named(configuration: Check, type: str, body: str, why: str) -> None:
    report = configuration('variable "what" {}\n' + stack(body, type=type))
    unsupported = [(message, line) for kind, message, line in notices(report) if kind == "unsupported"]
    ((message, line),) = unsupported
    assert (f"{type}.app is not checked: {why}" in message, line) == (True, 2)


def test_a_template_behind_a_url_is_named(configuration: Check) -> None:
    report = configuration(
        'resource "aws_cloudformation_stack" "app" {\n  template_url = "https://s3/x?Signature=FAKE"\n}\n'
    )
    assert notices(report) == [
        ("unsupported", "stack aws_cloudformation_stack.app is not checked: its template https://s3/x is not here", 1)
    ]


def test_a_stack_that_is_not_made_counts_no_launch(configuration: Check) -> None:
    report = configuration(stack(heredoc(WRITTEN), "count = 0"))
    assert (report.findings, report.launches.checked) == ([], 0)


def test_paths_inside_of_a_template_in_a_text_lead_nowhere(configuration: Check) -> None:
    inner = "\nResources:\n  Inner: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ./web.yaml}}\n"
    report = configuration({"main.tf": stack(heredoc(inner)), "web.yaml": WRITTEN})
    assert met(report) == [("fail", "Web")]
    assert [message for kind, message, _ in notices(report)] == [
        "nested stack aws_cloudformation_stack.app.Inner is not checked: its template ./web.yaml is not here"
    ]


def test_assertions_in_a_template_narrow_what_is_passed(configuration: Check) -> None:
    rules = """
Rules:
  Safe:
    Assertions: [{Assert: !Equals [!Ref Tokens, required]}]
"""
    main = """
variable "t" {
  default = "required"
  validation {
    condition = contains(["required", "optional"], var.t)
  }
}
"""
    passed = "parameters = { Tokens = var.t }"
    assert open_questions(configuration(main + stack(heredoc(WEB), passed)))
    assert not met(configuration(main + stack(heredoc(WEB.rstrip() + rules), passed)))


def test_a_template_in_a_plan_is_read(tmp_path: Path) -> None:
    values = {"name": "app", "template_body": WRITTEN, "parameters": {"Profile": "web"}}
    address = {"address": "aws_cloudformation_stack.app", "type": "aws_cloudformation_stack", "name": "app"}
    planned = {"root_module": {"resources": [{**address, "mode": "managed", "values": values}]}}
    plan = {"format_version": "1.2", "terraform_version": "1.9.0", "planned_values": planned}
    (tmp_path / "plan.json").write_text(json.dumps(plan, indent=1), encoding="utf-8")
    report = judged(tmp_path)
    assert [(one.rule, one.address, one.at.text) for one in report.findings if one.verdict == "fail"] == [
        ("imdsv1-allowed", "aws_cloudformation_stack.app.Web", "optional")
    ]


def test_a_sensitive_template_is_named_and_not_read(tmp_path: Path) -> None:
    values = {"name": "app", "template_body": WRITTEN.replace("Web", "FakeName")}
    address = {"address": "aws_cloudformation_stack.app", "type": "aws_cloudformation_stack", "name": "app"}
    resource = {**address, "mode": "managed", "values": values, "sensitive_values": {"template_body": True}}
    plan = {"format_version": "1.2", "planned_values": {"root_module": {"resources": [resource]}}}
    (tmp_path / "plan.json").write_text(json.dumps(plan, indent=1), encoding="utf-8")
    report = judged(tmp_path)
    assert [message for _, message, _ in notices(report)] == [
        "stack aws_cloudformation_stack.app is not checked: its template_body is sensitive"
    ]
    assert not report.findings


STACK_SET = """
Resources:
  Everywhere:
    Type: AWS::CloudFormation::StackSet
    Properties:
      StackSetName: s
      PermissionModel: SELF_MANAGED
      Parameters: [{ParameterKey: Tokens, ParameterValue: TOKENS}]
      TemplateBody: |
"""


def stack_set(tokens: str, more: str = "") -> str:
    body = "".join(f"        {line}\n" for line in WEB.splitlines())
    return STACK_SET.replace("TOKENS", tokens) + body + more


def test_the_template_of_a_stack_set_is_judged_with_its_parameters(template: Check) -> None:
    assert not met(template(stack_set("required")))
    report = template(stack_set("optional"))
    assert failures(report) == [("imdsv1-allowed", "Everywhere.Web", 8)]
    assert (report.launches.checked, report.notices) == (1, [])


def test_a_finding_in_the_template_of_a_stack_set_stands_at_its_line(template: Check) -> None:
    text = stack_set("required").replace("!Ref Tokens", "optional")
    assert failures(template(text)) == [("imdsv1-allowed", "Everywhere.Web", 20)]


def test_what_some_stacks_of_a_set_get_is_undecided(template: Check) -> None:
    groups = """
      StackInstancesGroup:
        - Regions: [eu-west-1]
          DeploymentTargets: {Accounts: ["111122223333"]}
          ParameterOverrides: [{ParameterKey: Tokens, ParameterValue: optional}]
"""
    assert open_questions(template(stack_set("required", groups))) == [("imdsv1-allowed", "Everywhere.Web")]


def test_what_an_instance_of_a_stack_set_gets_is_undecided(configuration: Check) -> None:
    instance = """
resource "aws_cloudformation_stack_set_instance" "some" {
  stack_set_name      = aws_cloudformation_stack_set.app.name
  parameter_overrides = { Tokens = "optional" }
}
"""
    main = stack(heredoc(WEB), 'parameters = { Tokens = "required" }', "aws_cloudformation_stack_set")
    assert open_questions(configuration(main + instance)) == [
        ("imdsv1-allowed", "aws_cloudformation_stack_set.app.Web")
    ]
    other = instance.replace("set.app.name", "set.other.name") + stack(
        '"{}"', "", "aws_cloudformation_stack_set"
    ).replace('"app"', '"other"')
    assert not met(configuration(main + other))


def test_a_stack_set_is_made_in_other_regions_than_the_template_around(template: Check) -> None:
    text = stack_set("required").replace("!Ref Tokens", "!If [Here, required, optional]")
    text = text.replace(
        "        Resources:", "        Conditions: {Here: !Equals [!Ref AWS::Region, eu-west-1]}\n        Resources:"
    )
    assert open_questions(template(text, parameters={"AWS::Region": "eu-west-1"})) == [
        ("imdsv1-allowed", "Everywhere.Web")
    ]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("TemplateURL: https://s3/x", "its template https://s3/x is not here"),
        ('TemplateBody: "{}"', "its TemplateBody is not a template"),
        ("TemplateBody: !Ref Body", "its TemplateBody (parameter Body) is not here"),
        ("TemplateBody: !Sub 'Resources: ${Body}'", "its TemplateBody depends on parameter Body"),
    ],
)
def test_a_stack_set_whose_template_is_not_read_is_named(template: Check, body: str, why: str) -> None:
    text = f"""
Parameters: {{Body: {{Type: String}}}}
Resources:
  Everywhere:
    Type: AWS::CloudFormation::StackSet
    Properties:
      StackSetName: s
      {body}
"""
    assert notices(template(text)) == [("unsupported", f"stack set Everywhere is not checked: {why}", 4)]


CONTROLLED = """
resource "aws_cloudcontrolapi_resource" "app" {
  type_name     = "AWS::EC2::Instance"
  desired_state = jsonencode({
    IamInstanceProfile = "web"
    MetadataOptions = { HttpTokens = "optional" }
  })
}
"""


def test_a_resource_of_cloud_control_is_read_as_that_of_cloudformation(configuration: Check) -> None:
    report = configuration(CONTROLLED)
    assert failures(report) == [("imdsv1-allowed", "aws_cloudcontrolapi_resource.app", 6)]
    assert report.launches.checked == 1
    assert failures(configuration(CONTROLLED.replace("optional", "required"))) == []
    assert not configuration(CONTROLLED.replace("EC2::Instance", "Logs::LogGroup")).findings


def test_a_resource_of_cloud_control_may_hold_what_terraform_decides(configuration: Check) -> None:
    text = 'variable "t" {}\n' + CONTROLLED.replace('"optional"', "var.t")
    assert open_questions(configuration(text)) == [("imdsv1-allowed", "aws_cloudcontrolapi_resource.app")]
    text = 'variable "s" {}\n' + CONTROLLED.replace("jsonencode({", "var.s #({").partition("#")[0] + "\n}\n"
    assert ("imdsv1-allowed", "aws_cloudcontrolapi_resource.app") in open_questions(configuration(text))
    text = 'variable "type" {}\n' + CONTROLLED.replace('"AWS::EC2::Instance"', "var.type")
    assert notices(configuration(text)) == [
        ("unsupported", "aws_cloudcontrolapi_resource.app is not checked: its type_name is not known", 3)
    ]


def test_a_stack_set_whose_template_a_parameter_chooses_is_judged_with_each(template: Check) -> None:
    web = {"Type": "AWS::EC2::Instance", "Properties": {"MetadataOptions": {"HttpTokens": "required"}}}
    safe = json.dumps({"Resources": {"Web": web}})
    choice = {"Fn::If": ["Safe", safe, safe.replace("required", "optional")]}
    text = {
        "Parameters": {"Mode": {"Type": "String", "Default": "safe", "AllowedValues": ["safe", "old"]}},
        "Conditions": {"Safe": {"Fn::Equals": [{"Ref": "Mode"}, "safe"]}},
        "Resources": {"Set": {"Type": "AWS::CloudFormation::StackSet", "Properties": {"TemplateBody": choice}}},
    }
    report = template(json.dumps(text))
    assert met(report) == [("undecided", "Set.Web")]
    assert [one.when for one in report.findings if one.verdict == "undecided"] == ['fails when parameter Mode is "old"']


LAUNCHING = """
resource "null_resource" "app" {
  count = 2
  provisioner "local-exec" {
    command = <<-EOT
      # aws ec2 run-instances
      echo aws ec2 run-instances
      aws ec2 describe-instances
      CALL
    EOT
  }
}
"""


@pytest.mark.parametrize(
    ("call", "what"),
    [
        ("aws ec2 run-instances --image-id ami-1", "aws ec2 run-instances"),
        ("ID=$(aws --region eu-west-1 ec2 request-spot-instances --x)", "aws ec2 request-spot-instances"),
        ("if true; then aws ec2 create-fleet; fi", "aws ec2 create-fleet"),
        ('bash -c "aws autoscaling create-launch-configuration"', "aws autoscaling create-launch-configuration"),
        ("aws ec2 create-launch-template --launch-template-name x", "aws ec2 create-launch-template"),
        ("New-EC2Instance -ImageId ami-1", "New-EC2Instance"),
        ("aws ec2 --region us-east-1 run-instances --image-id x", "aws ec2 run-instances"),
        ("aws --profile x ec2 --output text --debug run-instances", "aws ec2 run-instances"),
        ("aws emr --region x create-cluster --name y", "aws emr create-cluster"),
    ],
)
def test_a_command_of_terraform_that_launches_is_named(configuration: Check, call: str, what: str) -> None:
    report = configuration(LAUNCHING.replace("CALL", call))
    assert notices(report) == [("unsupported", f"null_resource.app[0]: what {what} makes is not checked", 9)]


def test_commands_and_texts_that_launch_nothing_are_not_named(configuration: Check) -> None:
    policy = """
resource "aws_iam_policy" "app" {
  name        = "app"
  description = "aws ec2 run-instances --image-id ami-1"
  policy      = jsonencode({ Statement = [{ Effect = "Allow", Action = "ec2:RunInstances", Resource = "*" }] })
}
"""
    assert not configuration(LAUNCHING.replace("CALL", "true") + policy).notices


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("boto3.client('ec2').run_instances(ImageId='ami-1')", "run_instances"),
        ("await client.send(new RunInstancesCommand({}));", "RunInstancesCommand"),
        ("ec2.runInstances(params, done);", "runInstances"),
        ("boto3.resource('ec2').create_instances(MinCount=1)", "create_instances"),
    ],
)
def test_code_of_a_function_that_launches_is_named(template: Check, code: str, what: str) -> None:
    text = f"""
Resources:
  Maker:
    Type: AWS::Lambda::Function
    Properties:
      Code:
        ZipFile: |
          # ec2.run_instances(
          {code}
  Made: {{Type: Custom::Instance, Properties: {{ServiceToken: !GetAtt Maker.Arn}}}}
"""
    assert notices(template(text)) == [("unsupported", f"Maker: what {what} makes is not checked", 9)]


@pytest.mark.parametrize(
    "block",
    [
        'resource "null_resource" "a" {\n  provisioner "local-exec" {\n'
        '    interpreter = ["aws", "ec2", "run-instances"]\n'
        '    command     = "--image-id"\n  }\n}\n',
        'data "external" "a" {\n  program = ["aws", "ec2", "run-instances", "--image-id", "x"]\n}\n',
        'action "aws_ssm_command" "a" {\n  config {\n    commands = ["aws ec2 run-instances --image-id x"]\n  }\n}\n',
        'resource "aws_codebuild_project" "a" {\n  source {\n    type      = "NO_SOURCE"\n'
        "    buildspec = \"phases: {build: {commands: ['aws ec2 run-instances']}}\"\n  }\n}\n",
        'resource "aws_sfn_state_machine" "a" {\n  definition = jsonencode({ States = { A = {\n'
        '    Resource = "arn:aws:states:::aws-sdk:ec2:runInstances" } } })\n}\n',
        'resource "aws_scheduler_schedule" "a" {\n  target {\n'
        '    arn = "arn:aws:scheduler:::aws-sdk:ec2:runInstances"\n  }\n}\n',
        'resource "aws_ssm_document" "a" {\n  document_type = "Automation"\n'
        '  content       = jsonencode({ mainSteps = [{ action = "aws:runInstances", inputs = {} }] })\n}\n',
        'resource "aws_ssm_document" "a" {\n  document_type = "Automation"\n  content       = <<-EOT\n'
        "    mainSteps:\n      - action: aws:executeAwsApi\n"
        "        inputs: {Service: ec2, Api: RunInstances}\n    EOT\n}\n",
    ],
)
def test_what_launches_without_a_shell_is_named(configuration: Check, block: str) -> None:
    [notice] = configuration(block).notices
    assert notice.kind == "unsupported"
    assert "makes is not checked" in notice.message


SERVICES = """
Resources:
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: arn:aws:iam::111122223333:role/x
      Definition:
        States: {A: {Type: Task, Resource: "arn:aws:states:::elasticmapreduce:createCluster.sync"}}
  Runbook:
    Type: AWS::SSM::Document
    Properties:
      DocumentType: Automation
      Content: {mainSteps: [{action: "aws:executeAwsApi", inputs: {Service: ec2, Api: RunInstances}}]}
  Custom:
    Type: Custom::AWS
    Properties:
      ServiceToken: arn:aws:lambda:eu-west-1:111122223333:function:sdk
      Create: '{"service":"EC2","action":"runInstances","parameters":{"ImageId":"ami-1"}}'
  Desk: {Type: AWS::Cloud9::EnvironmentEC2, Properties: {InstanceType: t3.small, ImageId: amazonlinux-2023-x86_64}}
  Policy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument: {Statement: [{Effect: Deny, Action: ["ec2:RunInstances"], Resource: "*"}]}
"""


def test_what_services_launch_is_named(template: Check) -> None:
    assert [message for _, message, _ in notices(template(SERVICES))] == [
        "Desk: the instance that AWS Cloud9 launches for it is not checked",
        "Machine: what elasticmapreduce:createCluster makes is not checked",
        "Runbook: what RunInstances makes is not checked",
        "Custom: what runInstances makes is not checked",
    ]


CLOSED = """
resource "aws_instance" "i" {
  ami                  = "ami-1"
  iam_instance_profile = "web"
  user_data            = "USER DATA"
  metadata_options {
    http_tokens = "required"
  }
  provisioner "local-exec" {
    command = "SELF"
  }
}
resource "null_resource" "a" {
  provisioner "local-exec" {
    command = "OTHER"
  }
}
"""
MODIFY = "aws ec2 modify-instance-metadata-options --instance-id"


@pytest.mark.parametrize(
    ("where", "command", "is_open"),
    [
        ("SELF", f"{MODIFY} ${{self.id}} --http-tokens optional", True),
        ("SELF", f"{MODIFY} ${{self.id}} --http-tokens=optional --http-endpoint enabled", True),
        ("SELF", f"{MODIFY} ${{self.id}} --http-tokens ${{terraform.workspace}}", True),
        ("SELF", f"{MODIFY} ${{self.id}} --http-tokens required", False),
        ("SELF", f"{MODIFY} ${{self.id}} --region ${{upper(terraform.workspace)}} --http-tokens optional", True),
        ("OTHER", f"{MODIFY} ${{upper(terraform.workspace)}} --http-tokens optional", False),
        ("OTHER", f"{MODIFY} ${{aws_instance.i.id}} --http-tokens optional", True),
        ("OTHER", f"{MODIFY} i-1 --http-tokens optional", False),
        ("USER DATA", f"#!/bin/sh\\n{MODIFY} $ID --http-tokens optional\\n", True),
    ],
)
def test_tokens_that_a_command_makes_optional(configuration: Check, where: str, command: str, is_open: bool) -> None:
    report = configuration(CLOSED.replace(where, command))
    assert open_questions(report) == ([("imdsv1-allowed", "aws_instance.i")] if is_open else [])
    is_named = [message for _, message, _ in notices(report) if "modify-instance-metadata-options changes" in message]
    assert bool(is_named) is ("required" not in command)


def test_eks_launches_the_nodes_of_auto_mode(template: Check) -> None:
    text = """
Resources:
  Node:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: eks.amazonaws.com}, Action: sts:AssumeRole}]
  Cluster:
    Type: AWS::EKS::Cluster
    Properties:
      RoleArn: arn:aws:iam::111122223333:role/cluster
      ComputeConfig: {Enabled: true, NodePools: [system], NodeRoleArn: !GetAtt Node.Arn}
"""
    assert [found[:2] for found in failures(template(text))] == [("role-without-ec2-trust", "Node")]
    assert template(text.replace("Enabled: true", "Enabled: false")).launches.checked == 0
    assert template(text.replace(", NodeRoleArn: !GetAtt Node.Arn", "")).launches.checked == 0


def test_a_custom_resource_without_such_code_is_not_named(template: Check) -> None:
    text = """
Resources:
  Made: {Type: Custom::Instance, Properties: {ServiceToken: arn, InstanceType: t3.micro}}
  Other: {Type: AWS::CloudFormation::CustomResource, Properties: {ServiceToken: arn}}
"""
    assert not template(text).notices


@pytest.mark.parametrize(
    ("type", "properties", "message"),
    [
        ("AWS::ServiceCatalog::CloudFormationProduct", "Name: p", "the template of a AWS::ServiceCatalog"),
        ("AWS::ServiceCatalog::CloudFormationProvisionedProduct", "ProductName: p", "the template of a AWS::Service"),
        ("My::Own::Web::MODULE", "Size: 1", "module My::Own::Web::MODULE is not expanded"),
    ],
)
def test_what_deploys_a_template_from_elsewhere_is_named(
    template: Check, type: str, properties: str, message: str
) -> None:
    report = template(f"Resources:\n  Away:\n    Type: {type}\n    Properties: {{{properties}}}\n")
    ((kind, told, line),) = notices(report)
    assert (kind, message in told, line) == ("unsupported", True, 2)


@pytest.mark.parametrize("type", ["aws_servicecatalog_product", "aws_servicecatalog_provisioned_product"])
def test_what_deploys_a_product_of_a_catalog_is_named(configuration: Check, type: str) -> None:
    report = configuration(f'resource "{type}" "away" {{\n  name = "p"\n}}\n')
    assert [(kind, type in told, line) for kind, told, line in notices(report)] == [("unsupported", True, 1)]


def test_a_remote_application_of_sam_is_named(template: Check) -> None:
    text = """
Transform: AWS::Serverless-2016-10-31
Resources:
  App:
    Type: AWS::Serverless::Application
    Properties:
      Location: {ApplicationId: "arn:aws:serverlessrepo:us-east-1:123456789012:applications/a", SemanticVersion: 1.0.0}
"""
    (message,) = (message for _, message, _ in notices(template(text)))
    assert "App" in message
    assert "arn:aws:serverlessrepo:us-east-1:123456789012:applications/a" in message


NODE_CLASS = """
resource "kubectl_manifest" "nodes" {
  yaml_body = <<-YAML
    apiVersion: karpenter.k8s.aws/v1
    kind: EC2NodeClass
    spec:
      role: ${aws_iam_role.nodes.name}
  YAML
}
resource "kubernetes_manifest" "nodes" {
  manifest = {
    apiVersion = "karpenter.k8s.aws/v1"
    kind       = "EC2NodeClass"
  }
}
resource "kubectl_manifest" "pool" {
  yaml_body = <<-YAML
    apiVersion: karpenter.sh/v1
    kind: NodePool
    spec: {template: {spec: {nodeClassRef: {group: karpenter.k8s.aws, kind: EC2NodeClass, name: nodes}}}}
  YAML
}
resource "aws_iam_role" "nodes" {
  assume_role_policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = {
    Service = "ec2.amazonaws.com" } }] })
}
"""


def test_what_karpenter_launches_is_named(configuration: Check) -> None:
    told = "a node class of Karpenter is not read, so what it makes is not checked"
    assert notices(configuration(NODE_CLASS)) == [
        ("unsupported", f"kubectl_manifest.nodes: {told}", 2),
        ("unsupported", f"kubernetes_manifest.nodes: {told}", 10),
    ]


def test_what_a_launch_in_a_template_in_a_text_lacks_has_names_of_its_template(iplint: Command, tmp_path: Path) -> None:
    lacking = WRITTEN.replace("      IamInstanceProfile: !Ref Profile\n", "")
    (tmp_path / "main.tf").write_text(stack(heredoc(lacking)) + CONTROLLED.replace('IamInstanceProfile = "web"', ""))
    done = iplint("explain", "missing-instance-profile", ".", cwd=tmp_path)
    assert "  WebProfile:\n" in done.stdout
    assert "app.Web" not in done.stdout.partition("permissions that the application needs")[2]
    assert done.stdout.count("permissions that the application needs") == 1


def test_a_template_in_a_text_or_a_file_is_fixed_where_it_stands(iplint: Command, tmp_path: Path) -> None:
    trust = """
Resources:
  Profile: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: [!Ref Role]}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: {Effect: Allow, Principal: {Service: "lambda.amazonaws.com"}, Action: "sts:AssumeRole"}
"""
    other = 'resource "aws_cloudformation_stack" "web" {\n  template_body = file("web.yaml")\n}\n'
    (tmp_path / "main.tf").write_text(stack(heredoc(trust)) + other)
    (tmp_path / "web.yaml").write_text(WRITTEN)
    iplint("check", ".", "--fix", "--unsafe-fixes", cwd=tmp_path)
    assert 'Service: ["lambda.amazonaws.com", "ec2.amazonaws.com"]' in (tmp_path / "main.tf").read_text()
    assert (tmp_path / "web.yaml").read_text() == WRITTEN.replace("HttpTokens: optional", "HttpTokens: required")


@pytest.mark.parametrize("name", ["description", "tags"])
def test_a_call_in_a_description_is_not_run(configuration: Check, name: str) -> None:
    text = 'resource "aws_ssm_document" "a" {\n  name = "a"\n  document_type = "Command"\n  content = jsonencode({\n'
    text += '    NAME = "runs aws ec2 run-instances --image-id x"\n  })\n}\n'
    assert notices(configuration(text.replace("NAME", name))) == []
    assert len(notices(configuration(text.replace("NAME", "runCommand")))) == 1


@pytest.mark.parametrize(
    ("type", "service"),
    [
        ("AWS::Cloud9::EnvironmentEC2", "AWS Cloud9"),
        ("AWS::LaunchWizard::Deployment", "AWS Launch Wizard"),
        ("AWS::OpsWorksCM::Server", "AWS OpsWorks CM"),
    ],
)
def test_what_a_service_launches_undescribed_is_named(template: Check, type: str, service: str) -> None:
    report = template(f"Resources:\n  A: {{Type: {type}}}\n")
    assert [message for _, message, _ in notices(report)] == [
        f"A: the instance that {service} launches for it is not checked"
    ]


@pytest.mark.parametrize("type", ["aws_cloud9_environment_ec2", "awscc_launchwizard_deployment"])
def test_so_is_what_one_launches_for_terraform(configuration: Check, type: str) -> None:
    assert len(notices(configuration(f'resource "{type}" "a" {{}}\n'))) == 1


@pytest.mark.parametrize("type", ["aws_imagebuilder_component", "aws_ssm_document", "aws_lambda_function"])
def test_the_description_of_a_script_is_not_run(configuration: Check, type: str) -> None:
    text = f'resource "{type}" "a" {{\n  NAME = "runs aws ec2 run-instances --image-id x"\n}}\n'
    assert notices(configuration(text.replace("NAME", "description"))) == []
    assert notices(configuration(text.replace("NAME", "Metadata"))) == []
    if type != "aws_lambda_function":
        assert len(notices(configuration(text.replace("NAME", "data")))) == 1

"""Which files are read, whatever they are called and however their types are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from iplint.discovery.options import Options
from iplint.judging.session import Session, SessionSettings
from iplint_rules import all_rules

if TYPE_CHECKING:
    from pathlib import Path

    from iplint.finding import Report

KEY = "AKIAFAKEFAKEFAKEFAK2"
INSTANCE = "Resources:\n  Web: {Type: AWS::EC2::Instance, Properties: {ImageId: ami-1}}\n"


def check(top: Path, files: dict[str, str], *paths: str, options: Options | None = None) -> Report:
    """Write files, and check the paths, by default all."""
    for name, text in files.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text, encoding="utf-8")
    return Session(SessionSettings(all_rules(), inputs=options), str(top)).check(list(paths or (".",)))


def failing(report: Report) -> set[tuple[str, str]]:
    return {(finding.rule, finding.address) for finding in report.findings if finding.is_failure}


def notices(report: Report) -> list[tuple[str, str]]:
    return [(str(notice.kind), notice.path) for notice in report.notices]


@pytest.mark.parametrize("name", ["web.YAML", "web.Yml", "web.TEMPLATE", "web.CFN"])
def test_the_case_of_a_suffix_does_not_matter(tmp_path: Path, name: str) -> None:
    assert ("imdsv1-allowed", "Web") in failing(check(tmp_path, {name: INSTANCE}))


@pytest.mark.parametrize("sign", ["\n", "\r\n", "\x85", "\u2028", "\u2029"])
def test_a_type_that_an_escaped_line_break_parts_is_read(tmp_path: Path, sign: str) -> None:
    text = INSTANCE.replace("AWS::EC2::Instance", f'"A\\{sign}WS::EC2::Instance"')
    (tmp_path / "web.yaml").write_bytes(text.encode())
    report = Session(SessionSettings(all_rules()), str(tmp_path)).check(["."])
    assert ("imdsv1-allowed", "Web") in failing(report)


@pytest.mark.parametrize(
    "text",
    [
        f"AWSTemplateFormatVersion: x\nResources: {{A: {{Type: Custom::Run, Properties: {{Key: {KEY}}}}}}}\n",
        f'{{"Resources": {{"A": {{"Type": "Sample::EC2::Host::MODULE", "Properties": {{"Key": "{KEY}"}}}}}}}}',
        f"Resources:\n  A:\n    Type: Sample::EC2::Host\n    Properties:\n      Key: {KEY}\n",
    ],
)
def test_a_template_without_types_of_aws_is_searched_for_keys(tmp_path: Path, text: str) -> None:
    assert ("hardcoded-access-key", "A") in failing(check(tmp_path, {"a.yaml": text}))


@pytest.mark.parametrize(
    "text", ["Resources: {A: {Type: image}}\n# a::b\n", "Resources: {A: {Kind: 'x::y'}}\nType: b\n"]
)
def test_what_has_no_resource_type_is_no_template(tmp_path: Path, text: str) -> None:
    report = check(tmp_path, {"a.yaml": text})
    assert (report.files.checked, report.files.not_templates, report.notices) == (0, 1, [])


@pytest.mark.parametrize("name", ["#web.tf", "#web.tofu", "#web.tf.json"])
def test_a_name_that_only_begins_with_a_hash_is_configuration(tmp_path: Path, name: str) -> None:
    hcl = 'resource "aws_instance" "web" {\n  ami = "ami-1"\n}\n'
    json = '{"resource": {"aws_instance": {"web": {"ami": "ami-1"}}}}'
    report = check(tmp_path, {name: json if name.endswith("json") else hcl})
    assert ("imdsv1-allowed", "aws_instance.web") in failing(report)


@pytest.mark.parametrize("source", ["git::https://example.com/host.git", "github.com/example/host"])
def test_a_root_of_modules_that_are_not_here_is_named(tmp_path: Path, source: str) -> None:
    report = check(tmp_path, {"main.tf": f'module "host" {{\n  source = "{source}"\n}}\n'})
    assert notices(report) == [("unresolved", "main.tf")]
    assert 'module "host" was not read' in report.notices[0].message


@pytest.mark.parametrize(
    "text",
    [
        'module "net" {\n  source = "Azure/network/azurerm"\n}\n',
        'module "net" {\n  source = "app.terraform.io/example/network/google//modules/vpc"\n}\n',
        'provider "google" {}\nmodule "net" {\n  source = "git::https://example.com/net.git"\n}\n',
    ],
)
def test_a_root_of_another_cloud_is_not_named(tmp_path: Path, text: str) -> None:
    report = check(tmp_path, {"main.tf": text})
    assert (report.files.not_templates, report.notices) == (1, [])


DIALECTS = {
    "serverless.yml": "service: x\nprovider: {}\nresources:\n  Resources:\n    I: {Type: AWS::EC2::Instance}\n",
    "api/serverless.json": '{"service":"x","provider":{},"resources":{"Resources":{"I":{"Type":"AWS::EMR::Cluster"}}}}',
    "eksctl.yaml": "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmanagedNodeGroups:\n  - name: n\n",
    "eksctl.json": '{"apiVersion":"eksctl.io/v1alpha5","kind":"ClusterConfig","nodeGroups":[]}',
    "class.yaml": "---\napiVersion: karpenter.k8s.aws/v1\nkind: EC2NodeClass\n---\napiVersion: v1\nkind: Pod\n",
    "old.yaml": "apiVersion: karpenter.k8s.aws/v1alpha1\nkind: AWSNodeTemplate\nspec: {{ .Values.spec }}\n",
    "auto.yaml": "apiVersion: eks.amazonaws.com/v1\nkind: NodeClass\n",
    "machine.yaml": "apiVersion: infrastructure.cluster.x-k8s.io/v1beta2\nkind: AWSMachineTemplate\n",
    "kops.yaml": "apiVersion: kops.k8s.io/v1alpha2\nkind: InstanceGroup\n",
    "crossplane.yaml": "apiVersion: ec2.aws.upbound.io/v1beta1\nkind: Instance\n",
    "ack.yaml": "apiVersion: ec2.services.k8s.aws/v1alpha1\nkind: LaunchTemplate\n",
    "list.yaml": "kind: List\nitems:\n  - apiVersion: karpenter.k8s.aws/v1\n    kind: EC2NodeClass\n",
    "classic.yaml": "apiVersion: eks.aws.crossplane.io/v1alpha1\nkind: NodeGroup\n",
    "openshift.yaml": (
        "apiVersion: machine.openshift.io/v1beta1\nkind: MachineSet\nspec:\n  template:\n    spec:\n"
        "      providerSpec:\n        value:\n          kind: AWSMachineProviderConfig\n"
    ),
    "rancher.yaml": "apiVersion: rke-machine-config.cattle.io/v1\nkind: Amazonec2Config\ninstanceType: t3.small\n",
    "env.yaml": (
        "AWSConfigurationTemplateVersion: 1.1.0.0\nOptionSettings:\n  aws:autoscaling:launchconfiguration:\n"
        "    IamInstanceProfile: web\n"
    ),
    ".elasticbeanstalk/saved_configs/web.cfg.yml": "OptionSettings:\n  aws:autoscaling:asg:\n    MinSize: 1\n",
    "pcluster.yaml": "HeadNode:\n  InstanceType: t3.small\n",
    "play.yml": "- hosts: all\n  tasks:\n    - amazon.aws.ec2_instance:\n        name: x\n",
    "Pulumi.yaml": "name: x\nruntime: yaml\nresources:\n  web:\n    type: aws:ec2:Instance\n",
    ".ebextensions/01.config": "option_settings:\n  aws:autoscaling:launchconfiguration:\n    DisableIMDSv1: false\n",
}
OTHERS = {
    "serverless.yml": "service: x\nprovider: {name: aws}\nfunctions: {f: {handler: h}}\n",
    "eksctl.yaml": "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nfargateProfiles: []\n",
    "classic.yaml": "apiVersion: ec2.aws.crossplane.io/v1beta1\nkind: SecurityGroup\n",
    "other-cloud.yaml": "apiVersion: machine.openshift.io/v1beta1\nkind: MachineSet\nspec: {template: {}}\n",
    "env.yaml": "OptionSettings:\n  aws:elasticbeanstalk:environment:\n    ServiceRole: x\n",
    "pool.yaml": "apiVersion: karpenter.sh/v1\nkind: NodePool\n",
    ".ebextensions/01.config": "packages:\n  yum:\n    git: []\n",
    "app.config": "option_settings:\n  aws:autoscaling:launchconfiguration:\n    DisableIMDSv1: false\n",
    "quoting.yaml": "Resources: {A: {Type: AWS::B::C}}\n# apiVersion: kops.k8s.io/v1\n# kind: InstanceGroup\n",
}


@pytest.mark.parametrize("name", DIALECTS)
def test_a_launch_in_the_language_of_another_tool_is_named(tmp_path: Path, name: str) -> None:
    for _ in range(2):
        report = check(tmp_path, {name: DIALECTS[name]})
        assert notices(report) == [("unsupported", name)]
        assert report.files.found == report.files.not_templates == 1


@pytest.mark.parametrize("name", OTHERS)
def test_what_holds_no_launch_of_another_tool_is_not_named(tmp_path: Path, name: str) -> None:
    assert notices(check(tmp_path, {name: OTHERS[name]})) == []


BAD = 'resource "aws_instance" "web" {\n  ami = "ami-1"\n}\n'
CALL = 'module "prod" {{\n  source = "../prod"\n{}}}\n'
NESTED = (
    "Resources:\n  Inner:\n    Type: AWS::CloudFormation::Stack\n{}    Properties: {{TemplateURL: ./prod.yaml{}}}\n"
)


@pytest.mark.parametrize(
    "files",
    [
        {"prod/main.tf": BAD, "decoy/main.tf": CALL.format("  count = 0\n")},
        {"prod/main.tf": BAD, "decoy/main.tf": CALL.format("  for_each = toset([])\n")},
        {"prod/main.tf": BAD, "decoy/main.tf": "locals {\n  n = 0\n}\n" + CALL.format("  count = local.n\n")},
        {
            "prod/main.tf": BAD,
            "a/main.tf": CALL.format("") + 'module "b" {\n  source = "../b"\n}\n',
            "b/main.tf": 'module "a" {\n  source = "../a"\n}\n',
        },
        {"prod/main.tf": 'terraform {\n  backend "s3" {}\n}\n' + BAD, "decoy/main.tf": CALL.format("")},
    ],
)
def test_a_reference_that_nothing_deploys_hides_no_root(tmp_path: Path, files: dict[str, str]) -> None:
    found = check(tmp_path, files).findings
    assert [finding.at.path for finding in found if finding.rule == "imdsv1-allowed"] == ["prod/main.tf"]


TOKENS = '\n  metadata_options {\n    http_tokens = "required"\n  }\n}'
OPEN = 'variable "tokens" {\n  default = "optional"\n}\n' + BAD.replace(
    "\n}", TOKENS.replace('"required"', "var.tokens")
)


@pytest.mark.parametrize(
    ("more", "alone"),
    [
        ("", False),
        ('terraform {\n  backend "s3" {}\n}\n', True),
        ('provider "aws" {\n  region = "eu-west-1"\n}\n', True),
        ('provider "aws" {\n  alias = "there"\n}\n', False),
    ],
)
def test_what_is_made_to_be_deployed_is_checked_with_its_own_defaults(tmp_path: Path, more: str, alone: bool) -> None:
    files = {"prod/main.tf": more + OPEN, "safe/main.tf": CALL.format('  tokens = "required"\n')}
    assert (("imdsv1-allowed", "aws_instance.web") in failing(check(tmp_path, files))) is alone


def test_values_beside_a_module_make_it_a_root(tmp_path: Path) -> None:
    files = {"prod/main.tf": OPEN, "safe/main.tf": CALL.format('  tokens = "required"\n')}
    report = check(tmp_path, files | {"prod/terraform.tfvars": 'tokens = "optional"\n'})
    assert ("imdsv1-allowed", "aws_instance.web") in failing(report)


@pytest.mark.parametrize(
    "files",
    [
        {
            "prod.yaml": INSTANCE,
            "a.yaml": "Conditions: {Never: !Equals [a, b]}\n" + NESTED.format("    Condition: Never\n", ""),
        },
        {
            "prod.yaml": INSTANCE,
            "m.tf": 'resource "aws_cloudformation_stack" "s" {\n  count = 0\n  template_body = file("prod.yaml")\n}\n',
        },
        {
            "prod.yaml": INSTANCE.replace("ImageId: ami-1", "ImageId: ami-1, MetadataOptions: {HttpTokens: !Ref T}")
            + "Parameters: {T: {Type: String, Default: optional}}\n",
            "a.yaml": NESTED.format("", ", Parameters: {T: required}"),
        },
    ],
)
def test_a_template_that_others_nest_is_checked_by_itself(tmp_path: Path, files: dict[str, str]) -> None:
    assert ("imdsv1-allowed", "Web") in failing(check(tmp_path, files))


def test_a_template_that_needs_parameters_is_checked_where_it_is_nested(tmp_path: Path) -> None:
    prod = (
        INSTANCE.replace("ami-1", "ami-1, MetadataOptions: {HttpTokens: !Ref T}") + "Parameters: {T: {Type: String}}\n"
    )
    report = check(tmp_path, {"prod.yaml": prod, "a.yaml": NESTED.format("", ", Parameters: {T: optional}")})
    assert {address for _, address in failing(report)} == {"Inner.Web"}


@pytest.mark.parametrize(
    "files",
    [
        {
            "main.tf": BAD,
            "main.tofu": BAD.replace("\n}", TOKENS),
        },
        {
            "main.tofu": BAD,
            "main.tf": BAD.replace("\n}", TOKENS),
        },
        {
            "main.tf": 'module "m" {\n  source = "./m"\n}\n',
            "m/web.tf": BAD,
            "m/web_override.tofu": 'resource "aws_instance" "web" {' + TOKENS,
        },
    ],
)
def test_what_terraform_and_opentofu_read_is_checked(tmp_path: Path, files: dict[str, str]) -> None:
    assert "imdsv1-allowed" in {rule for rule, _ in failing(check(tmp_path, files))}


@pytest.mark.parametrize(
    "inner",
    [
        f'resource "aws_instance" "web" {{\n  ami = "ami-1"\n  user_data = "export AWS_ACCESS_KEY_ID={KEY}"\n}}\n',
        f'resource "aws_instance" "web" {{\n  ami = "ami-1"\n}}\nlocals {{\n  access_key = "{KEY}"\n}}\n',
    ],
)
def test_where_a_caller_is_named_what_it_calls_is_reported(tmp_path: Path, inner: str) -> None:
    files = {"main.tf": 'module "m" {\n  source = "./m"\n}\n', "other/main.tf": f'locals {{\n  x = "{KEY}"\n}}\n'}
    report = check(tmp_path, files | {"m/main.tf": inner}, "main.tf")
    found = [finding.at.path for finding in report.findings if finding.rule == "hardcoded-access-key"]
    assert found == ["m/main.tf"]


def test_a_variable_of_another_tool_is_no_missing_resource(tmp_path: Path) -> None:
    role = 'Resources:\n  R: {Type: AWS::IAM::Role, Properties: {RoleName: !Sub "${self:custom.stage}-app"}}\n'
    report = check(tmp_path, {"a.yaml": role})
    [notice] = report.notices
    assert notice.message == (
        "${self:custom.stage} is a variable of another tool, which fills it in before CloudFormation reads the template"
    )


def test_a_launch_configuration_is_called_one(tmp_path: Path) -> None:
    type = "AWS::AutoScaling::AutoScalingGroup"
    group = f"Resources:\n  G:\n    Type: {type}\n    Properties: {{LaunchConfigurationName: old}}\n"
    messages = [finding.message for finding in check(tmp_path, {"a.yaml": group}).findings]
    assert any('launch configuration "old", which is not declared here' in message for message in messages)


@pytest.mark.parametrize(("length", "expected"), [(2, []), (3, ["fail"])])
def test_a_length_is_compared_as_a_number(tmp_path: Path, length: int, expected: list[str]) -> None:
    text = (
        "Transform: AWS::LanguageExtensions\nConditions:\n"
        f"  Two: !Equals [Fn::Length: [a, b], {length}]\nResources:\n  I:\n    Type: AWS::EC2::Instance\n"
        "    Properties: {MetadataOptions: {HttpTokens: !If [Two, required, optional]}}\n"
    )
    found = [str(one.verdict) for one in check(tmp_path, {"a.yaml": text}).findings if one.rule == "imdsv1-allowed"]
    assert found == expected

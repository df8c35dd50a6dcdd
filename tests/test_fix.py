"""Fixes: what they write, byte for byte, what they leave alone, and when there is none."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import cfnlint.api
import hcl2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from iplint.cli import run

Command = Callable[..., CompletedProcess[str]]

BLOCK = """\
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-0abcdef1234567890   # image
      IamInstanceProfile: web{}
      UserData:
        Fn::Base64: |
          #!/bin/sh
          echo hi

  # the end
"""
ADDED = "\n      MetadataOptions:\n        HttpTokens: required"
WITH_OPTIONS = """\
Resources:
  Web:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        ImageId: ami-0abcdef1234567890
        IamInstanceProfile: {{Name: web}}
        MetadataOptions:
          HttpEndpoint: enabled # on{}"""
PRETTY = """\
{{
  "Resources": {{
    "Web": {{
      "Type": "AWS::EC2::Instance",
      "Properties": {{
        "ImageId": "ami-0abcdef1234567890",
        "IamInstanceProfile": "web"{}
      }}
    }}
  }}
}}
"""
PRETTY_ADDED = """,
        "MetadataOptions": {
          "HttpTokens": "required"
        }"""
DENSE = (
    '{{"Resources": {{"Web": {{"Type": "AWS::EC2::Instance", '
    '"Properties": {{"ImageId": "ami-0abcdef1234567890", "IamInstanceProfile": "web"{}}}}}}}}}'
)
FLOW = (
    "Resources:\n  Web: {{Type: AWS::EC2::Instance, "
    "Properties: {{ImageId: ami-0abcdef1234567890, IamInstanceProfile: web{}}}}} # w\n"
)
EXPLICIT = """\
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-0abcdef1234567890
      IamInstanceProfile: web
      MetadataOptions: {{HttpTokens: {}}}
"""
HCL = """\
# web
resource "aws_launch_template" "web" {{
    image_id = "ami-0abcdef1234567890"
    iam_instance_profile {{
        name = "web"
    }}{}
    # the end
}}
"""
HCL_ADDED = """
    metadata_options {
        http_endpoint = "enabled"
        http_tokens   = "required"
    }"""
MIXED = """\
 resource "aws_launch_template" "web" {{
\t image_id = "ami-0abcdef1234567890"{}
 }}
"""
MIXED_ADDED = """

\t metadata_options {
\t \t http_endpoint = "enabled"
\t \t http_tokens   = "required"
\t }"""
HCL_OPTIONS = """\
resource "aws_instance" "web" {{
  ami                  = "ami-0abcdef1234567890"
  iam_instance_profile = "web"
  metadata_options {{
    http_endpoint = "enabled" # on{}
  }}
}}
"""
SWITCH = """\
Resources:
  Notebook:
    Type: AWS::SageMaker::NotebookInstance
    Properties:
      InstanceType: ml.t3.medium
      RoleArn: arn:aws:iam::111122223333:role/notebook
      InstanceMetadataServiceConfiguration:
        MinimumInstanceMetadataServiceVersion: '{}'
"""
OPTIONS = """\
Resources:
  Web:
    Type: AWS::ElasticBeanstalk::Environment
    Properties:
      ApplicationName: web
      OptionSettings:
        - Namespace: aws:autoscaling:launchconfiguration
          OptionName: IamInstanceProfile
          Value: web # the profile{}
      SolutionStackName: 64bit Amazon Linux 2 v3.5.9 running Python 3.8
"""
OPTION = """
        - Namespace: aws:autoscaling:launchconfiguration
          OptionName: DisableIMDSv1
          Value: {}"""
FLOW_OPTIONS = """\
Resources:
  Web:
    Type: AWS::ElasticBeanstalk::ConfigurationTemplate
    Properties:
      ApplicationName: web
      OptionSettings:
      - {{Namespace: 'aws:autoscaling:launchconfiguration', OptionName: IamInstanceProfile, Value: web}} # p{}
      SolutionStackName: 64bit Amazon Linux 2 v3.5.9 running Python 3.8
"""
FLOW_OPTION = """
      - {{Namespace: aws:autoscaling:launchconfiguration, OptionName: DisableIMDSv1, Value: {}}}"""
JSON_OPTIONS = """\
{{
  "Resources": {{
    "Web": {{
      "Type": "AWS::ElasticBeanstalk::Environment",
      "Properties": {{
        "ApplicationName": "web",
        "OptionSettings": [
          {{
            "Namespace": "aws:autoscaling:launchconfiguration",
            "OptionName": "IamInstanceProfile",
            "Value": "web"
          }}{}
        ],
        "SolutionStackName": "64bit Amazon Linux 2 v3.5.9 running Python 3.8"
      }}
    }}
  }}
}}
"""
JSON_OPTION = """,
          {{
            "Namespace": "aws:autoscaling:launchconfiguration",
            "OptionName": "DisableIMDSv1",
            "Value": "{}"
          }}"""
HCL_OPTION_LIST = """\
resource "aws_elastic_beanstalk_environment" "web" {{
  name        = "web"
  application = "web"

  setting {{
    namespace = "aws:autoscaling:launchconfiguration"
    name      = "IamInstanceProfile"
    value     = "web"
  }} # p{}
}}
"""
HCL_OPTION = """

  setting {{
    namespace = "aws:autoscaling:launchconfiguration"
    name      = "DisableIMDSv1"
    value     = {}
  }}"""
CASES = {
    # Indented by other blanks than what is around it.
    "mixed.tf": (MIXED.format(""), MIXED.format(MIXED_ADDED)),
    "no-option.yaml": (OPTIONS.format(""), OPTIONS.format(OPTION.format('"true"'))),
    "option.yaml": (OPTIONS.format(OPTION.format("'false'")), OPTIONS.format(OPTION.format("'true'"))),
    "truth.yaml": (OPTIONS.format(OPTION.format("false # no")), OPTIONS.format(OPTION.format("true # no"))),
    "no-option-flow.yaml": (FLOW_OPTIONS.format(""), FLOW_OPTIONS.format(FLOW_OPTION.format('"true"'))),
    "option-flow.yaml": (
        FLOW_OPTIONS.format(FLOW_OPTION.format('"false"')),
        FLOW_OPTIONS.format(FLOW_OPTION.format('"true"')),
    ),
    "no-option.json": (JSON_OPTIONS.format(""), JSON_OPTIONS.format(JSON_OPTION.format("true"))),
    "no-option-tabs.json": (
        JSON_OPTIONS.format("").replace("  ", "\t"),
        JSON_OPTIONS.format(JSON_OPTION.format("true")).replace("  ", "\t"),
    ),
    "no-option-dense.json": (
        re.sub(r"\s*\n\s*", " ", JSON_OPTIONS.format("")),
        re.sub(r"\s*\n\s*", " ", JSON_OPTIONS.format(JSON_OPTION.format("true"))).replace("} ,", "},"),
    ),
    "option.json": (
        JSON_OPTIONS.format(JSON_OPTION.format("false")),
        JSON_OPTIONS.format(JSON_OPTION.format("true")),
    ),
    "no-option.tf": (HCL_OPTION_LIST.format(""), HCL_OPTION_LIST.format(HCL_OPTION.format('"true"'))),
    "option.tf": (
        HCL_OPTION_LIST.format(HCL_OPTION.format("false")),
        HCL_OPTION_LIST.format(HCL_OPTION.format("true")),
    ),
    "option-text.tf": (
        HCL_OPTION_LIST.format(HCL_OPTION.format('"false"')),
        HCL_OPTION_LIST.format(HCL_OPTION.format('"true"')),
    ),
    "block.yaml": (BLOCK.format(""), BLOCK.format(ADDED)),
    "crlf.yaml": (BLOCK.format("").replace("\n", "\r\n"), BLOCK.format(ADDED).replace("\n", "\r\n")),
    "mark.yaml": ("\ufeff" + BLOCK.format(""), "\ufeff" + BLOCK.format(ADDED)),
    "unended.yaml": (WITH_OPTIONS.format(""), WITH_OPTIONS.format("\n          HttpTokens: required")),
    "flow.yaml": (FLOW.format(""), FLOW.format(", MetadataOptions: {HttpTokens: required}")),
    "plain.yaml": (EXPLICIT.format("optional"), EXPLICIT.format("required")),
    "quoted.yaml": (EXPLICIT.format('"optional"'), EXPLICIT.format('"required"')),
    "switch.yaml": (SWITCH.format(1), SWITCH.format(2)),
    "pretty.json": (PRETTY.format(""), PRETTY.format(PRETTY_ADDED)),
    "tabs.json": (PRETTY.format("").replace("  ", "\t"), PRETTY.format(PRETTY_ADDED).replace("  ", "\t")),
    "dense.json": (DENSE.format(""), DENSE.format(', "MetadataOptions": {"HttpTokens": "required"}')),
    "block.tf": (HCL.format(""), HCL.format(HCL_ADDED)),
    "crlf.tf": (HCL.format("").replace("\n", "\r\n"), HCL.format(HCL_ADDED).replace("\n", "\r\n")),
    "options.tf": (HCL_OPTIONS.format(""), HCL_OPTIONS.format('\n    http_tokens   = "required"')),
    "explicit.tf": (
        HCL_OPTIONS.format('\n    http_tokens   = "optional"'),
        HCL_OPTIONS.format('\n    http_tokens   = "required"'),
    ),
}


def fix(path: Path, *arguments: str) -> int:
    """Fix one file in this process; gives the exit status."""
    return run(["check", str(path), "--fix", "-o", str(path.parent / "report.txt"), *arguments])


@pytest.mark.parametrize("name", CASES)
def test_a_fix_writes_exactly_this_and_once(tmp_path: Path, name: str) -> None:
    before, after = CASES[name]
    path = tmp_path / name
    path.write_bytes(before.encode())
    path.chmod(0o640)
    select = ("--select", "imdsv1-allowed")
    assert fix(path, *select) == 0
    assert path.read_bytes().decode() == after
    assert path.stat().st_mode & 0o777 == 0o640
    assert fix(path, *select) == 0
    assert path.read_bytes().decode() == after
    assert {one.name for one in tmp_path.iterdir()} == {name, "report.txt"}


@pytest.mark.parametrize("name", [name for name in CASES if name.endswith(".tf")])
def test_fixed_configurations_are_read_by_another_reader(name: str) -> None:
    assert hcl2.loads(CASES[name][1].replace("\r\n", "\n"))["resource"]


@pytest.mark.parametrize(
    "name",
    ["block.yaml", "unended.yaml", "pretty.json", *(name for name in CASES if "option" in name and ".tf" not in name)],
)
def test_fixed_templates_are_valid(name: str) -> None:
    found = cfnlint.api.lint_all(CASES[name][1])
    assert [match.rule.id for match in found if match.rule.id.startswith("E")] == []


REFUSED = {
    "parameter.yaml": "Parameters:\n  T: {Type: String, Default: optional}\n" + EXPLICIT.format("!Ref T"),
    "anchor.yaml": EXPLICIT.format("&t optional"),
    "variable.tf": 'variable "t" {\n  default = "optional"\n}\n' + HCL_OPTIONS.format("\n    http_tokens = var.t"),
    "line.tf": 'resource "aws_instance" "web" { ami = "ami-0abcdef1234567890" }\n',
    "option-parameter.yaml": "Parameters:\n  V: {Type: String, Default: 'false'}\n"
    + OPTIONS.format(OPTION.format("!Ref V")),
    "no-options.yaml": re.sub(r"      OptionSettings:\n(        .*\n)+", "", OPTIONS.format("")),
    "option-twice.yaml": OPTIONS.format(OPTION.format("'false'") * 2),
    "option-variable.tf": 'variable "v" {\n  default = "false"\n}\n'
    + HCL_OPTION_LIST.format(HCL_OPTION.format("var.v")),
    "option-dynamic.tf": HCL_OPTION_LIST.format(
        '\n  dynamic "setting" {\n    for_each = { A = "b" }\n    content {\n'
        '      namespace = "n"\n      name      = setting.key\n      value     = setting.value\n    }\n  }'
    ),
    "construct.json": PRETTY.format("").replace(
        '"Properties"', '"Metadata": {"aws:cdk:path": "App/Web/Resource"}, "Properties"'
    ),
    "dynamic.tf": 'resource "aws_instance" "web" {\n  ami = "ami-0abcdef1234567890"\n  dynamic "metadata_options" {\n'
    '    for_each = [1]\n    content {\n      http_tokens = "optional"\n    }\n  }\n}\n',
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_literal_is_left_alone(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(REFUSED[name], encoding="utf-8")
    run(["check", str(path), "--select", "imdsv1-allowed", "--format", "json", "-o", str(tmp_path / "before")])
    assert [one["fix"] for one in json.loads((tmp_path / "before").read_text())["findings"]] == [None]
    assert fix(path, "--select", "imdsv1-allowed") == 1
    assert path.read_text(encoding="utf-8") == REFUSED[name]


def test_a_fix_that_would_break_the_boot_is_asked_for_by_name(tmp_path: Path, iplint: Command) -> None:
    text = BLOCK.format("").replace("echo hi", "curl http://169.254.169.254/latest/meta-data/instance-id")
    path = tmp_path / "web.yaml"
    path.write_text(text, encoding="utf-8")
    shown = iplint("check", "--fix", "web.yaml", cwd=tmp_path)
    assert "fixed 0 findings in 0 files; 1 more with --unsafe-fixes" in shown.stderr
    assert "without a session token, and would fail" in shown.stdout
    assert path.read_text(encoding="utf-8") == text
    assert "fixed 1 finding in 1 file" in iplint("check", "--fix", "--unsafe-fixes", "web.yaml", cwd=tmp_path).stderr
    assert path.read_text(encoding="utf-8") == text.replace(": web\n", f": web{ADDED}\n")


def test_a_diff_changes_nothing_and_shows_no_secret(tmp_path: Path, iplint: Command) -> None:
    path = tmp_path / "web.yaml"
    key = "AKIAQWERTYUIOPFAKE23"
    text = BLOCK.format("").replace("echo hi", f"export AWS_ACCESS_KEY_ID={key}")
    path.write_text(text, encoding="utf-8")
    shown = iplint("check", "--diff", "web.yaml", cwd=tmp_path)
    assert shown.returncode == 1
    assert "+      MetadataOptions:\n+        HttpTokens: required\n" in shown.stdout
    assert key not in shown.stdout + shown.stderr
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(("word", "limit", "needed"), [("web", 1, ["--unsafe-fixes"]), ("docker", 2, [])])
def test_a_hop_limit_is_lowered_as_far_as_containers_allow(
    tmp_path: Path, word: str, limit: int, needed: list[str]
) -> None:
    text = HCL_OPTIONS.format('\n    http_tokens   = "required"\n    http_put_response_hop_limit = {}')
    text = text.replace('= "web"', f'= "{word}"').replace("{}", "9")
    path = tmp_path / "main.tf"
    path.write_text(text, encoding="utf-8")
    select = ("--select", "high-metadata-hop-limit")
    if needed:
        fix(path, *select)
        assert path.read_text(encoding="utf-8") == text
    assert fix(path, *select, *needed) == 0
    assert path.read_text(encoding="utf-8") == text.replace("= 9", f"= {limit}")


def test_a_change_that_makes_something_else_worse_is_withdrawn(tmp_path: Path, iplint: Command) -> None:
    """The group's own options hide those of its template, and AWS does not say how they merge."""
    text = (
        "Resources:\n  T:\n    Type: AWS::EC2::LaunchTemplate\n    Properties:\n      LaunchTemplateData:\n"
        "        MetadataOptions: {HttpTokens: optional}\n  Web:\n    Type: AWS::EC2::Instance\n    Properties:\n"
        "      LaunchTemplate: {LaunchTemplateId: !Ref T, Version: !GetAtt T.LatestVersionNumber}\n"
        "      MetadataOptions: {HttpEndpoint: enabled}\n"
    )
    path = tmp_path / "web.yaml"
    path.write_text(text, encoding="utf-8")
    shown = iplint("check", "--fix", "--select", "imdsv1-allowed", "web.yaml", cwd=tmp_path)
    assert "no fix of imdsv1-allowed is made" in shown.stderr
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("options", [["--unsafe-fixes"], ["--fix", "--diff"]])
def test_options_that_make_no_sense_are_refused(tmp_path: Path, options: list[str]) -> None:
    assert run(["check", str(tmp_path), *options]) == 2


def test_a_module_that_was_not_asked_for_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "root").mkdir()
    (tmp_path / "module").mkdir()
    (tmp_path / "root" / "main.tf").write_text('module "web" {\n  source = "../module"\n}\n', encoding="utf-8")
    inner = tmp_path / "module" / "main.tf"
    inner.write_text(HCL.format(""), encoding="utf-8")
    assert fix(tmp_path / "root") == 1
    assert inner.read_text(encoding="utf-8") == HCL.format("")


@given(
    step=st.integers(1, 6),
    comments=st.lists(st.sampled_from(["", "# note", "  # deep"]), min_size=4, max_size=4),
    ends=st.sampled_from(["", "\n", "\n\n"]),
    line=st.sampled_from(["\n", "\r\n"]),
)
@settings(max_examples=40, deadline=None)
def test_all_else_stays(
    tmp_path_factory: pytest.TempPathFactory, step: int, comments: list[str], ends: str, line: str
) -> None:
    one, two, three = (" " * step * depth for depth in (1, 2, 3))
    lines = ["Resources:", f"{one}Web:", f"{two}Type: AWS::EC2::Instance", f"{two}Properties:"]
    lines += [f"{three}ImageId: ami-0abcdef1234567890", f"{three}IamInstanceProfile: web"]
    for place, comment in zip((6, 5, 3, 1), comments, strict=True):
        lines.insert(place, comment)
    before = line.join(lines) + ends.replace("\n", line)
    path = tmp_path_factory.mktemp("fix") / "web.yaml"
    path.write_bytes(before.encode())
    fix(path, "--select", "imdsv1-allowed")
    after = path.read_bytes().decode()
    added = f"{line}{three}MetadataOptions:{line}{three}{' ' * step}HttpTokens: required"
    assert after.count(added) == 1
    assert after.replace(added, "") == before
    old, new = (YAML(typ="safe").load(text) for text in (before, after))
    assert new["Resources"]["Web"]["Properties"].pop("MetadataOptions") == {"HttpTokens": "required"}
    assert new == old

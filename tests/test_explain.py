"""What `iplint explain` prints for a launch without a profile is what it lacks: added to the file, it mends it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from conftest import judged

Command = Callable[..., CompletedProcess[str]]
RULE = "missing-instance-profile"

TEMPLATES: dict[str, dict[str, Any]] = {
    "Web": {"Type": "AWS::EC2::Instance"},
    "Configuration": {"Type": "AWS::AutoScaling::LaunchConfiguration", "Properties": {"ImageId": "ami-1"}},
    "Group": {
        "Type": "AWS::AutoScaling::AutoScalingGroup",
        "Properties": {"LaunchConfigurationName": {"Ref": "Configuration"}},
    },
    "Template": {"Type": "AWS::EC2::LaunchTemplate", "Properties": {"LaunchTemplateData": {"ImageId": "ami-1"}}},
    "Fleet": {
        "Type": "AWS::EC2::EC2Fleet",
        "Properties": {
            "LaunchTemplateConfigs": [
                {"LaunchTemplateSpecification": {"LaunchTemplateId": {"Ref": "Template"}, "Version": "$Latest"}}
            ]
        },
    },
    "Spot": {
        "Type": "AWS::EC2::SpotFleet",
        "Properties": {"SpotFleetRequestConfigData": {"LaunchSpecifications": [{"ImageId": "ami-1"}]}},
    },
    "App": {"Type": "AWS::ElasticBeanstalk::Environment", "Properties": {"OptionSettings": []}},
    "Image": {"Type": "AWS::ImageBuilder::InfrastructureConfiguration", "Properties": {}},
    # A name that the role would get otherwise.
    "WebRole": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": []}}},
}
CONFIGURATION = """
resource "aws_instance" "web" {
  count = 2
}
resource "aws_launch_template" "workers" {}
resource "aws_autoscaling_group" "workers" {
  launch_template {
    id = aws_launch_template.workers.id
  }
}
resource "aws_spot_fleet_request" "spot" {
  launch_specification {
    ami = "ami-1"
  }
}
resource "aws_elastic_beanstalk_environment" "app" {}
resource "awscc_ec2_launch_template" "cc" {}
resource "awscc_autoscaling_auto_scaling_group" "cc" {
  launch_template = {
    launch_template_id = awscc_ec2_launch_template.cc.id
  }
}
resource "aws_iam_role" "web" {
  assume_role_policy = "{}"
}
"""


def lacking(printed: str) -> dict[str, str]:
    """What was printed to add, by address."""
    found = re.split(r"^What (\S+) \(.*\) lacks; .*\n\n", printed, flags=re.MULTILINE)
    return dict(zip(found[1::2], found[2::2], strict=True))


def merged(one: Any, other: Any) -> Any:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return {name: merged(one.get(name), other.get(name)) for name in {**one, **other}}
    if isinstance(one, list) and isinstance(other, list):
        return [merged(*pair) for pair in zip(one, other, strict=True)] if one else other
    return one if other is None else other


def missing(path: Path) -> set[str]:
    return {finding.address for finding in judged(path, rules=[RULE]).findings}


def test_what_a_template_in_json_lacks_mends_it(iplint: Command, tmp_path: Path) -> None:
    path = tmp_path / "template.json"
    tree: Any = {"Resources": TEMPLATES}
    path.write_text(json.dumps(tree), encoding="utf-8")
    bare = missing(path)
    assert bare == {"Web", "Configuration", "Template", "Spot", "App", "Image"}
    printed = lacking(iplint("explain", RULE, path.name, cwd=tmp_path).stdout)
    assert set(printed) == bare
    for lines in printed.values():
        tree = merged(tree, json.loads(lines))
    assert tree["Resources"]["WebRole"] == TEMPLATES["WebRole"]
    path.write_text(json.dumps(tree), encoding="utf-8")
    report = judged(path)
    assert {finding.rule for finding in report.findings} <= {"imdsv1-allowed"}
    assert report.launches.checked == 6


def test_what_a_template_in_yaml_lacks_says_the_same(iplint: Command, tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text("# YAML\n" + json.dumps({"Resources": TEMPLATES}), encoding="utf-8")
    (tmp_path / "template.json").write_text(json.dumps({"Resources": TEMPLATES}), encoding="utf-8")
    from ruamel.yaml import YAML

    reader = YAML(typ="safe")
    for tag, full in {"!Ref": "Ref", "!GetAtt": "Fn::GetAtt"}.items():

        def short(_: Any, node: Any, full: str = full) -> dict[str, Any]:
            value = node.value if full == "Ref" else node.value.split(".")
            return {full: value}

        reader.constructor.add_constructor(tag, short)
    in_yaml = lacking(iplint("explain", RULE, "template.yaml", cwd=tmp_path).stdout)
    in_json = lacking(iplint("explain", RULE, "template.json", cwd=tmp_path).stdout)
    assert {name: reader.load(lines) for name, lines in in_yaml.items()} == {
        name: json.loads(lines) for name, lines in in_json.items()
    }


def test_what_a_configuration_lacks_mends_it(iplint: Command, tmp_path: Path) -> None:
    """Terraform merges a block of an override file into the one that it names."""
    (tmp_path / "main.tf").write_text(CONFIGURATION, encoding="utf-8")
    bare = missing(tmp_path)
    assert bare == {
        "aws_instance.web[0]",
        "aws_launch_template.workers",
        "aws_spot_fleet_request.spot",
        "aws_elastic_beanstalk_environment.app",
        "awscc_ec2_launch_template.cc",
    }
    printed = lacking(iplint("explain", RULE, ".", cwd=tmp_path).stdout)
    assert set(printed) == bare
    for number, lines in enumerate(printed.values()):
        role, profile, launch = re.split(r"^(?=resource )", lines, flags=re.MULTILINE)[1:]
        (tmp_path / f"role{number}.tf").write_text(role + profile, encoding="utf-8")
        (tmp_path / f"launch{number}_override.tf").write_text(launch, encoding="utf-8")
    assert missing(tmp_path) == set()


def test_other_rules_tell_what_they_find(iplint: Command, tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text("Resources: {Web: {Type: AWS::EC2::Instance}}\n", encoding="utf-8")
    done = iplint("explain", "imdsv1-allowed", "web.yaml", cwd=tmp_path)
    assert done.returncode == 0
    assert "high[imdsv1-allowed]" in done.stdout
    assert RULE not in done.stdout


@pytest.mark.parametrize(("path", "status"), [("nowhere.yaml", 2), ("broken.yaml", 3)])
def test_what_cannot_be_read_is_said(iplint: Command, tmp_path: Path, path: str, status: int) -> None:
    (tmp_path / "broken.yaml").write_text("Resources: {AWS::", encoding="utf-8")
    done = iplint("explain", RULE, path, cwd=tmp_path)
    assert done.returncode == status
    assert path in done.stdout

"""What `iplint explain` prints for a launch without a profile is what it lacks: added to the file, it mends it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import jsonschema
import pytest

from conftest import TOP, judged
from iplint.report.rule_page import styled
from iplint.rule import Rule, page
from iplint_rules import all_rules

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


def test_a_launch_that_other_rules_fail_is_not_called_proven(iplint: Command, tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text((TOP / "tests" / "example" / "web.yaml").read_text(encoding="utf-8"))
    done = iplint("explain", RULE, "web.yaml", cwd=tmp_path)
    assert done.stdout.startswith("No findings. 1 launch: 1 failed.\n")


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


RULES = {rule.name: rule for rule in all_rules()}
# Colours and links, as terminals take them.
SIGNS = re.compile(r"\x1b\[[\d;]*m|\x1b\]8;;[^\x1b]*\x1b\\\\")


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.name)
def test_a_page_in_colours_says_what_the_page_says(rule: Rule[object]) -> None:
    """Apart from markup, the words are the same, and sentences are wrapped to the width."""
    in_colours = styled(rule, links=False, columns=60)
    plain = SIGNS.sub("", in_colours)
    assert in_colours.count("\x1b[") >= 2 * 7
    written = re.sub(r"^#+ |^\*.*\*$|^```|`", "", page(rule), flags=re.MULTILINE)
    assert sorted(plain.split()) == sorted(f"{written} {rule.kind}".split())
    # Code is never broken, however long it is.
    prose = [line for line in in_colours.splitlines() if "\x1b" not in line and not line.startswith("    ")]
    assert prose
    assert all(len(line) <= 60 for line in prose)


def test_a_page_is_markdown_unless_colours_are_asked_for(iplint: Command) -> None:
    assert iplint("explain", RULE).stdout == f"{page(RULES[RULE])}\n"
    assert iplint("explain", RULE, NO_COLOR="1", FORCE_HYPERLINK="1").stdout == f"{page(RULES[RULE])}\n"
    asked = iplint("explain", RULE, "--color", "always", COLUMNS="60").stdout
    assert asked == styled(RULES[RULE], links=False, columns=60)


def test_addresses_are_links_where_links_are_asked_for() -> None:
    doc = "Title.\n\n## What it does\nRead https://example.org/a, or [this](https://example.org/b) `x y`.\n"
    rule = Rule("mine", "profile", object, RULES[RULE].severity, "w", "f", lambda _: iter(()), doc)
    link = "\x1b]8;;https://example.org/{0}\x1b\\{1}\x1b]8;;\x1b\\"
    linked = styled(rule, links=True, columns=None)
    assert link.format("a", "https://example.org/a") + ", or " + link.format("b", "this") in linked
    assert "this (https://example.org/b)" in styled(rule, links=False, columns=None)


def test_programs_get_a_rule_its_findings_and_the_proofs_in_one_document(iplint: Command, tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text("Resources: {Web: {Type: AWS::EC2::Instance}}\n", encoding="utf-8")
    bare = json.loads(iplint("explain", RULE, "--format", "json").stdout)
    assert list(bare) == ["version", "tool", "rule"]
    assert [(one["is"], one["language"]) for one in bare["rule"]["examples"]] == [
        (kind, language) for kind in ("Bad", "Good") for language in ("yaml", "terraform")
    ]
    for name, additions in ((RULE, 1), ("imdsv1-allowed", 1), ("unused-instance-profile", 1)):
        done = iplint("explain", name, "web.yaml", "--format", "json", cwd=tmp_path)
        tree = json.loads(done.stdout)
        jsonschema.validate(tree, json.loads((TOP / "docs" / "report.schema.json").read_text(encoding="utf-8")))
        assert tree["rule"]["name"] == name
        assert {finding["rule"] for finding in tree["findings"]} <= {name}
        # The proof is that of all rules.
        assert [(proof["address"], proof["status"], len(proof["obligations"])) for proof in tree["proofs"]] == [
            ("Web", "failed", 6)
        ]
        assert [one["address"] for one in tree["additions"]] == ["Web"] * additions
    assert "WebProfile" in tree["additions"][0]["text"]

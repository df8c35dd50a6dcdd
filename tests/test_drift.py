"""An account beside its code: what has none, what is weaker, what is behind and what is replaced."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import validate

from accounts import details, instance, of_account, of_region, role, saved, version
from iplint.addresses import DIFFERENCES
from iplint.cli import CLEAN, FINDINGS, INCOMPLETE, USAGE, run
from iplint.cli.drift import KINDS
from iplint.cli.output import FORMATS
from iplint.inventory.drift import DifferenceKind
from test_audit import data, grouped, web

SCHEMA = Path(__file__).parents[1] / "docs" / "report.schema.json"
LOGICAL = "aws:cloudformation:logical-id"
STACK = """\
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-0abcdef1234567890
      IamInstanceProfile: web
      MetadataOptions: {HttpTokens: required}
"""
TERRAFORM = """\
resource "aws_instance" "web" {
  ami                  = "ami-0abcdef1234567890"
  iam_instance_profile = "web"
  metadata_options {
    http_tokens = "required"
  }
}
"""


def tagged(outputs: dict[str, Any], key: str, value: str) -> dict[str, Any]:
    """Give the instance of an account a tag."""
    outputs[of_region("describe-instances")]["Reservations"][0]["Instances"][0]["Tags"] = [{"Key": key, "Value": value}]
    return outputs


def compared(
    directory: Path, outputs: dict[str, Any], files: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> tuple[int, list[dict[str, Any]]]:
    """The exit status of an audit beside files of code, and the differences."""
    saved(directory / "snapshot", outputs)
    for name, text in files.items():
        path = directory / "code" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    capsys.readouterr()
    status = run(["audit", str(directory / "snapshot"), "--code", str(directory / "code"), "--format", "json"])
    report = json.loads(capsys.readouterr().out)
    validate(report, json.loads(SCHEMA.read_text(encoding="utf-8")))
    return status, report["code"]


def state(**attributes: Any) -> str:
    values = {"id": "i-0aaa", "iam_instance_profile": "web", "metadata_options": [{"http_tokens": "optional"}]}
    block = {"mode": "managed", "type": "aws_instance", "name": "web", "provider": "p"}
    block["instances"] = [{"attributes": {**values, **attributes}, "sensitive_attributes": []}]
    return json.dumps({"version": 4, "serial": 1, "lineage": "fake", "outputs": {}, "resources": [block]})


def plan(*actions: str) -> str:
    values = {"id": "i-0aaa", "iam_instance_profile": "web", "metadata_options": [{"http_tokens": "required"}]}
    one = {"address": "aws_instance.web", "mode": "managed", "type": "aws_instance", "name": "web"}
    change = {**one, "change": {"actions": list(actions), "before": values, "after": values}}
    planned = {"root_module": {"resources": [{**one, "values": values}]}}
    return json.dumps({"format_version": "1.2", "planned_values": planned, "resource_changes": [change]})


# By a tag of CloudFormation, by the tag Name, by the id in a state (with its code beside it), by the id in a plan.
WAYS = [
    (LOGICAL, "Web", {"stack.yaml": STACK}),
    ("Name", "web", {"main.tf": TERRAFORM.replace("metadata", 'tags = { Name = "web" }\n  metadata')}),
    ("x", "y", {"main.tf": TERRAFORM, "terraform.tfstate": state()}),
    ("x", "y", {"plan.json": plan("update")}),
]


@pytest.mark.parametrize(("key", "value", "files"), WAYS)
def test_a_launch_is_compared_with_its_code(
    key: str, value: str, files: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    same = compared(tmp_path / "same", tagged(web(), key, value), files, capsys)
    assert same == (CLEAN, [])
    status, [found] = compared(tmp_path / "weaker", tagged(web(HttpTokens="optional"), key, value), files, capsys)
    assert (status, found["kind"]) == (FINDINGS, "weaker-than-code")
    assert "requires session tokens" in found["message"]
    assert Path(found["code"]["path"]).name in files
    assert Path(found["path"]).name == "describe-instances.json"


@pytest.mark.parametrize("profile", [None, "batch"])
def test_another_profile_than_that_of_the_code_is_weaker(
    profile: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outputs = web()
    outputs[of_region("describe-instances")] = {"Reservations": [instance("i-0aaa", profile)]}
    _, found = compared(tmp_path, tagged(outputs, LOGICAL, "Web"), {"stack.yaml": STACK}, capsys)
    assert [one["kind"] for one in found] == ["weaker-than-code"]
    assert "instance profile web" in found[0]["message"]


def test_what_is_in_no_code_is_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, [found] = compared(tmp_path, web(), {"stack.yaml": STACK}, capsys)
    assert (status, found["kind"], found["code"]) == (CLEAN, "without-code", None)


def test_what_may_come_from_two_templates_is_not_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {"a.yaml": STACK, "b.yaml": STACK}
    _, [found] = compared(tmp_path, tagged(web(HttpTokens="optional"), LOGICAL, "Web"), files, capsys)
    assert (found["kind"], found["code"]) == ("ambiguous-code", None)
    assert "compared with none of them" in found["message"]


@pytest.mark.parametrize(
    ("files", "tag"),
    [
        ({"stack.yaml": STACK.replace("ami-0abcdef1234567890", "ami-0fffffffffffffff0")}, "Web"),
        ({"plan.json": plan("delete", "create")}, "other"),
    ],
)
def test_what_the_code_replaces_is_listed(
    files: dict[str, str], tag: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, [found] = compared(tmp_path, tagged(web(), LOGICAL, tag), files, capsys)
    assert (status, found["kind"]) == (CLEAN, "replaced-by-code")


def test_an_older_version_of_a_template_is_behind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    link = {"LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": "1"}}
    versions = [version("lt-1", 1, data("required"), True), version("lt-1", 2, data("required"))]
    _, found = compared(tmp_path, grouped(link, versions, 1, 2), {"stack.yaml": STACK}, capsys)
    [behind] = [one["message"] for one in found if one["kind"] == "template-version-behind"]
    assert behind.endswith("workers has version 1 of lt-1, of which 2 is the latest")


def test_the_instances_of_a_group_have_its_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = """\
Resources:
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData: {IamInstanceProfile: {Name: web}, MetadataOptions: {HttpTokens: required}}
  Workers:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties:
      AutoScalingGroupName: workers
      LaunchTemplate: {LaunchTemplateId: !Ref Template, Version: !GetAtt Template.LatestVersionNumber}
"""
    outputs = tagged(web(HttpTokens="optional"), "aws:autoscaling:groupName", "workers")
    _, found = compared(tmp_path, outputs, {"stack.yaml": code}, capsys)
    assert [(one["kind"], one["code"]["address"]) for one in found] == [("weaker-than-code", "Workers")]


def test_the_text_report_lists_differences(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compared(tmp_path, web(), {"stack.yaml": STACK}, capsys)
    run(["audit", str(tmp_path / "snapshot"), "--code", str(tmp_path / "code")])
    shown = capsys.readouterr().out
    assert "Without code:" in shown
    assert "0 of 1 launches and templates have code" in shown


def test_code_that_is_not_there_is_refused(tmp_path: Path) -> None:
    saved(tmp_path, web())
    assert run(["audit", str(tmp_path), "--code", str(tmp_path / "nowhere")]) == USAGE


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_has_the_differences(format: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outputs = tagged(web(HttpTokens="optional"), LOGICAL, "Web")
    compared(tmp_path, outputs, {"stack.yaml": STACK}, capsys)
    run(["audit", str(tmp_path / "snapshot"), "--code", str(tmp_path / "code"), "--format", format])
    shown = capsys.readouterr().out
    if format == "html":
        assert "weaker-than-code" in shown
        return
    assert "stack.yaml" in shown
    words = shown.replace("`", "")
    assert "requires session tokens" in words or format == "text"
    if not format.startswith("sarif"):
        return
    [sarif] = json.loads(shown)["runs"]
    ids = [rule["id"] for rule in sarif["tool"]["driver"]["rules"]]
    [result] = [one for one in sarif["results"] if one["ruleId"] == "weaker-than-code"]
    assert ids[result["ruleIndex"]] == "weaker-than-code"
    assert result["level"] == "error"
    [place] = result["relatedLocations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"].endswith("stack.yaml")
    [described] = [rule for rule in sarif["tool"]["driver"]["rules"] if rule["id"] == "weaker-than-code"]
    assert "iplint explain" not in described["help"]["markdown"]


def test_every_kind_of_difference_is_described() -> None:
    assert {kind.name for kind in KINDS} == {*DifferenceKind} == {*DIFFERENCES}


def test_what_fails_by_a_difference_depends_on_the_severity(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outputs = web()
    outputs[of_region("describe-instances")] = {"Reservations": [instance("i-0aaa", "batch")]}
    status, _ = compared(tmp_path, tagged(outputs, LOGICAL, "Web"), {"stack.yaml": STACK}, capsys)
    assert status == FINDINGS
    asked = ["audit", str(tmp_path / "snapshot"), "--code", str(tmp_path / "code")]
    assert run([*asked, "--fail-on", "critical"]) == CLEAN
    assert run([*asked, "--exit-zero"]) == CLEAN


def test_code_that_cannot_be_read_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {"stack.yaml": STACK, "other/main.tf": 'resource "aws_instance" "web" {'}
    status, found = compared(tmp_path, tagged(web(), LOGICAL, "Web"), files, capsys)
    assert (status, found) == (INCOMPLETE, [])
    run(["audit", str(tmp_path / "snapshot"), "--code", str(tmp_path / "code")])
    assert "other/main.tf" in capsys.readouterr().out


def test_a_plan_beside_its_configuration_replaces(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {"main.tf": TERRAFORM, "plan.json": plan("delete", "create"), "terraform.tfstate": state()}
    status, found = compared(tmp_path, web(HttpTokens="optional"), files, capsys)
    assert (status, [one["kind"] for one in found]) == (FINDINGS, ["weaker-than-code", "replaced-by-code"])


def test_a_plan_counts_before_the_state(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {"plan.json": plan("update"), "terraform.tfstate": state()}
    _, found = compared(tmp_path, web(HttpTokens="optional"), files, capsys)
    assert [one["kind"] for one in found] == ["weaker-than-code"]
    assert found[0]["code"]["path"].endswith("plan.json")


KEY = "AKIAQ5Z3TFAKEKEYEXMP"
ADMINISTRATOR = {"PolicyName": "all", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}
ROLE = """\
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: {Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: sts:AssumeRole}
  Profile:
    Type: AWS::IAM::InstanceProfile
    Properties: {InstanceProfileName: web, Roles: [!Ref Role]}
"""


@pytest.mark.parametrize(
    ("code", "is_weaker"),
    [
        (STACK.replace("IamInstanceProfile: web", "IamInstanceProfile: !Ref Profile") + ROLE, True),
        # What the role of the code may do is not known: it is not here.
        (STACK, False),
    ],
)
def test_administrator_access_is_weaker_than_code_that_is_known_to_grant_none(
    code: str, is_weaker: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    administrator = {**role("web"), "AttachedManagedPolicies": [ADMINISTRATOR]}
    outputs = tagged({**web(), of_account("get-account-authorization-details"): details(administrator)}, LOGICAL, "Web")
    _, found = compared(tmp_path, outputs, {"stack.yaml": code}, capsys)
    assert ["has administrator access" in one["message"] for one in found] == [True] * is_weaker


def test_a_key_in_user_data_is_weaker_than_code_without(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outputs = tagged(web(script=f"export AWS_ACCESS_KEY_ID={KEY}\n"), LOGICAL, "Web")
    status, [found] = compared(tmp_path, outputs, {"stack.yaml": STACK}, capsys)
    assert (status, found["kind"]) == (FINDINGS, "weaker-than-code")
    assert "access key in its user data" in found["message"]

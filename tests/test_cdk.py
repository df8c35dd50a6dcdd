"""What AWS CDK synthesises: constructs are named, hashes are not secrets, and real templates get the right verdicts."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from conftest import failures, judged
from iplint.finding import Report
from iplint.report import json as json_report
from iplint.report import sarif, text
from iplint_rules import all_rules

APP = Path(__file__).parent / "cdk"
# One process installs aws-cdk-lib for all tests.
pytestmark = pytest.mark.xdist_group("cdk")
SLOW = os.environ.get("CI") == "true" or bool(os.environ.get("IPLINT_SLOW_TESTS"))

SYNTHESISED = {
    "Resources": {
        "HostB4E45AD7": {
            "Type": "AWS::EC2::Instance",
            "Properties": {"IamInstanceProfile": {"Ref": "Profile"}, "ImageId": "ami-0123456789abcdef0"},
            "Metadata": {"aws:cdk:path": "Shop/Host/Resource"},
        },
        "Other1234ABCD": {
            "Type": "AWS::EC2::Instance",
            "Properties": {"MetadataOptions": {"HttpTokens": "required"}, "IamInstanceProfile": {"Ref": "Profile"}},
            "Metadata": {"aws:cdk:path": {"Ref": "Profile"}},
        },
    },
    "Parameters": {"Profile": {"Type": "String"}},
}


def synthesised(directory: Path, template: object = SYNTHESISED) -> Report:
    path = directory / "Shop.template.json"
    path.write_text(json.dumps(template, indent=1), encoding="utf-8")
    return judged(path)


def logical_locations(report: Report) -> list[Any]:
    results = json.loads(sarif.render(report, all_rules(), "0"))["runs"][0]["results"]
    return [result["locations"][0]["logicalLocations"][0] for result in results]


def test_the_construct_is_told_to_people_and_to_code_scanning(tmp_path: Path) -> None:
    report = synthesised(tmp_path)
    assert [(rule, address) for rule, address, _ in failures(report)] == [("imdsv1-allowed", "HostB4E45AD7")]
    assert "= construct: Shop/Host/Resource\n" in text.render(report, all_rules(), False)
    first = logical_locations(report)[0]
    assert first == {"name": "HostB4E45AD7", "fullyQualifiedName": "Shop/Host/Resource", "kind": "resource"}


def test_the_contract_of_the_json_report_has_no_construct(tmp_path: Path) -> None:
    report = json.loads(json_report.render(synthesised(tmp_path), all_rules(), "0"))
    assert {finding["address"] for finding in report["findings"]} >= {"HostB4E45AD7"}
    assert "Shop/Host/Resource" not in json.dumps(report)


def test_a_path_that_is_no_text_is_no_construct(tmp_path: Path) -> None:
    template = {"Resources": {"Host": {**SYNTHESISED["Resources"]["Other1234ABCD"], "Properties": {}}}}
    template["Resources"]["Host"]["Metadata"] = {"aws:cdk:path": ["Shop", "Host"]}
    report = synthesised(tmp_path, template)
    assert report.findings
    assert all(finding.construct is None for finding in report.findings)
    assert "construct" not in text.render(report, all_rules(), False)


@pytest.mark.parametrize("length", [20, 40, 64])
def test_hashes_are_never_secrets(tmp_path: Path, length: int) -> None:
    digest = ("0e1B2c3D4f5A6b7C8d9E" * 4)[:length]
    upper = ("SecretAccessKey4E7F0A1B2C3D4E5F6A7B8C9D0E1F2A3B4C5D6E7F8A9B0C1D2E")[:length]
    function = {
        "Type": "AWS::Lambda::Function",
        "DependsOn": [upper],
        "Properties": {
            "Code": {"S3Bucket": {"Fn::Sub": "assets-${AWS::AccountId}"}, "S3Key": f"{digest.lower()}.zip"},
            "Environment": {
                "Variables": {"SECRET_KEY": {"Ref": upper}, "ACCESS_KEY_ID": {"Fn::GetAtt": [upper, "Arn"]}}
            },
        },
        "Metadata": {
            "aws:cdk:path": f"Shop/{upper}/Resource",
            "aws:asset:path": f"asset.{digest.lower()}",
            "aws:asset:property": "Code",
        },
    }
    secret = {"Type": "AWS::SecretsManager::Secret", "Metadata": {"aws:cdk:path": "Shop/SecretAccessKey/Resource"}}
    analytics = {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": f"v2:deflate64:H4sIAAAAAAAA/{digest}"}}
    output = {"Value": {"Ref": upper}, "Export": {"Name": f"Shop:ExportsOutputRef{upper}"}}
    report = synthesised(
        tmp_path,
        {
            "Resources": {f"Function{digest}": function, upper: secret, "CDKMetadata": analytics},
            "Outputs": {f"ExportsOutputRef{upper}": output},
        },
    )
    assert report.findings == []
    assert report.notices == []


@pytest.fixture(scope="session")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The templates of tests/cdk/app.js, synthesised by the aws-cdk-lib of today."""
    if not SLOW:
        pytest.skip("installs aws-cdk-lib: runs where CI is true, or with IPLINT_SLOW_TESTS set")
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("needs npm and node")
    place = tmp_path_factory.mktemp("cdk")
    for name in ("app.js", "package.json"):
        shutil.copy(APP / name, place)
    install = (npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
    installed = subprocess.run(install, cwd=place, capture_output=True, text=True, timeout=300, check=False)
    if installed.returncode:
        pytest.skip(f"npm cannot install aws-cdk-lib: {installed.stderr.strip()[:200]}")
    out = place / "cdk.out"
    environment = {**os.environ, "CDK_OUTDIR": str(out)}
    subprocess.run([node, "app.js"], cwd=place, env=environment, capture_output=True, timeout=120, check=True)
    return out


# By the construct, because the hashes in logical ids are aws-cdk-lib's business.
VERDICTS = {
    "InstanceOpen": ({("imdsv1-allowed", "InstanceOpen/Host/Resource", "high")}, (1, 0, 1, 0)),
    "InstanceClosed": (set(), (1, 1, 0, 0)),
    "BastionOpen": ({("imdsv1-allowed", "BastionOpen/Host/Resource/Resource", "high")}, (1, 0, 1, 0)),
    "BastionClosed": (set(), (1, 1, 0, 0)),
    "GroupOpen": ({("imdsv1-allowed", "GroupOpen/Workers/LaunchConfig", "high")}, (1, 0, 1, 0)),
    "GroupClosed": (set(), (1, 1, 0, 0)),
    "TemplateOpen": ({("imdsv1-allowed", "TemplateOpen/Workers/Resource", "medium")}, (0, 0, 0, 0)),
    "TemplateClosed": (set(), (0, 0, 0, 0)),
    "TemplateBare": ({("missing-instance-profile", "TemplateBare/Workers/Resource", "info")}, (0, 0, 0, 0)),
    "GroupOfTemplate": ({("role-without-ec2-trust", "GroupOfTemplate/Role/Resource", "high")}, (1, 0, 1, 0)),
}


@pytest.mark.parametrize("name", VERDICTS)
def test_real_stacks_get_the_right_verdicts(stacks: Path, name: str) -> None:
    report = judged(stacks / f"{name}.template.json")
    found = {(finding.rule, finding.construct, finding.severity.word) for finding in report.findings}
    launches = report.launches
    counts = (launches.checked, launches.proven, launches.failed, launches.undecided)
    assert (found, counts) == VERDICTS[name]
    assert report.notices == []


def test_tokens_are_found_behind_the_literal_name_of_a_template(stacks: Path) -> None:
    path = stacks / "InstanceClosed.template.json"
    resources = json.loads(path.read_text(encoding="utf-8"))["Resources"].values()
    [host] = [resource["Properties"] for resource in resources if resource["Type"] == "AWS::EC2::Instance"]
    assert isinstance(host["LaunchTemplate"]["LaunchTemplateName"], str)
    assert "MetadataOptions" not in host
    assert failures(judged(path)) == []


def test_the_whole_output_of_the_synthesis_is_judged(stacks: Path) -> None:
    report = judged(stacks)
    assert len(failures(report)) == sum(len(found) for found, _ in VERDICTS.values())
    assert [notice for notice in report.notices if notice.kind != "unresolved"] == []

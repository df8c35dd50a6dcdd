"""Templates of the Serverless Application Model: what AWS's translator makes of them, shown where it is written."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from conftest import failures

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from subprocess import CompletedProcess

    from iplint.finding import Finding, Report

    Check = Callable[..., Report]
    Command = Callable[..., CompletedProcess[str]]

translated = pytest.mark.skipif(
    find_spec("samtranslator") is None, reason="aws-sam-translator is not installed (iplint[sam])"
)
SAM = "Transform: AWS::Serverless-2016-10-31\n"
FUNCTION = "Type: AWS::Serverless::Function\n    Properties:\n      Runtime: python3.12\n      Handler: app.main\n"


def place(finding: Finding) -> tuple[int, str]:
    """The line of a finding and the text that it marks."""
    return finding.at.first[0], finding.at.text


def function(*lines: str) -> str:
    """A template with a function, whose further properties begin in line 8."""
    return f"{SAM}Resources:\n  Api:\n    {FUNCTION}" + "".join(f"      {line}\n" for line in lines)


@translated
def test_a_policy_by_name_is_judged_in_the_role_that_is_generated(template: Check) -> None:
    report = template(function("Policies: AdministratorAccess"))
    assert failures(report) == [("administrator-access", "ApiRole", 8)]
    assert place(report.findings[0]) == (8, "AdministratorAccess")
    assert not report.notices


@translated
def test_a_statement_keeps_its_place(template: Check) -> None:
    report = template(
        function(
            "Policies:",
            "  - AmazonS3ReadOnlyAccess",
            "  - Statement:",
            "      - Effect: Allow",
            "        Action: '*'",
            "        Resource: '*'",
        )
    )
    assert failures(report) == [("administrator-access", "ApiRole", 12)]


@translated
def test_a_function_with_little_passes(template: Check) -> None:
    report = template(
        function(
            "CodeUri: ./src",
            "MemorySize: 128",
            "Policies:",
            "  - AWSXRayDaemonWriteAccess",
            "  - DynamoDBReadPolicy: {TableName: !Ref Table}",
            "Events: {Get: {Type: Api, Properties: {Path: /, Method: get}}}",
        )
        + "  Table: {Type: AWS::Serverless::SimpleTable}\nOutputs:\n  Role: {Value: !GetAtt ApiRole.Arn}\n"
    )
    assert not report.findings
    assert not report.notices


@translated
def test_a_condition_decides_on_a_policy(template: Check) -> None:
    text = function("Policies:", "  - !If [IsOpen, AdministratorAccess, AmazonS3ReadOnlyAccess]")
    report = template(
        f"{text}Parameters:\n  Open: {{Type: String, AllowedValues: ['yes', 'no']}}\n"
        "Conditions:\n  IsOpen: !Equals [!Ref Open, 'yes']\n"
    )
    assert [(finding.verdict, finding.address, *place(finding)) for finding in report.findings] == [
        ("undecided", "ApiRole", 9, "AdministratorAccess")
    ]


@translated
@pytest.mark.parametrize(
    "transform", ["AWS::Serverless-2016-10-31", "[AWS::LanguageExtensions, AWS::Serverless-2016-10-31]"]
)
def test_keys_are_found_once(template: Check, transform: str) -> None:
    report = template(
        f"""\
Transform: {transform}
Globals:
  Function:
    Runtime: python3.12
    Handler: app.main
    Environment: {{Variables: {{SHARED: AKIAZZZZZZFAKEFAKE23}}}}
Resources:
  One: {{Type: AWS::Serverless::Function, Properties: {{Environment: {{Variables: {{OWN: AKIAZZZZZZFAKEFAKE45}}}}}}}}
  Two: {{Type: AWS::Serverless::Function}}
"""
    )
    keys = [finding for finding in report.findings if finding.rule == "hardcoded-access-key"]
    assert [place(finding) for finding in keys] == [(6, "AKIAZZZZZZFAKEFAKE23"), (8, "AKIAZZZZZZFAKEFAKE45")]


@translated
def test_what_stands_in_globals_is_judged_in_every_function(template: Check) -> None:
    report = template(
        f"""\
{SAM}Globals:
  Function: {{Runtime: python3.12, Handler: app.main, PermissionsBoundary: !Ref Boundary}}
Parameters:
  Boundary: {{Type: String}}
Resources:
  One: {{Type: AWS::Serverless::Function, Properties: {{Policies: AdministratorAccess}}}}
  Two: {{Type: AWS::Serverless::Function, Properties: {{Policies: [AdministratorAccess]}}}}
"""
    )
    assert failures(report) == [("administrator-access", "OneRole", 7), ("administrator-access", "TwoRole", 8)]


INSTANCE = """\
  Web:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-1
      IamInstanceProfile: !Ref Profile
      MetadataOptions: {HttpTokens: optional}
  Profile: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: [!Ref ApiRole]}}
"""


@translated
def test_other_resources_are_judged_as_ever(template: Check) -> None:
    report = template(function("CodeUri: .") + INSTANCE)
    found = {(finding.rule, finding.address): place(finding) for finding in report.findings}
    assert found[("imdsv1-allowed", "Web")] == (14, "optional")
    # The profile holds the role of the function, which the transform makes.
    assert ("role-without-ec2-trust", "ApiRole") in found
    assert not report.notices


@translated
def test_an_application_in_a_file_is_judged_too(tmp_path: Path, iplint: Command) -> None:
    (tmp_path / "main.yaml").write_text(
        f"{SAM}Resources:\n  App: {{Type: AWS::Serverless::Application, Properties: {{Location: ./app.yaml}}}}\n"
    )
    (tmp_path / "app.yaml").write_text(function("Policies: AdministratorAccess"))
    done = iplint("check", ".", cwd=tmp_path)
    assert done.returncode == 1
    assert "App.ApiRole gives administrator access" in done.stdout


@translated
def test_what_the_translator_refuses_is_named_and_the_rest_is_judged(template: Check) -> None:
    report = template(
        function("Policies: [{Nonsense: {}}]", "Timeout: wJalrXUtnFEMIFAKEFAKEFAKE").replace("Runtime", "Run")
        + INSTANCE
    )
    (notice,) = [notice for notice in report.notices if notice.kind == "unsupported"]
    assert notice.at is not None
    assert notice.at.first == (1, 12)
    assert notice.message.startswith("the SAM transform is not expanded")
    assert "Api" in notice.message
    assert "wJalr" not in notice.message
    assert ("imdsv1-allowed", "Web", 15) in failures(report)


@translated
def test_the_same_for_every_hash_seed(tmp_path: Path, iplint: Command) -> None:
    text = function("Policies: [AdministratorAccess, PowerUserAccess]", "AutoPublishAlias: live") + INSTANCE
    (tmp_path / "template.yaml").write_text(text)
    runs = {
        iplint("check", "--undecided", "template.yaml", cwd=tmp_path, PYTHONHASHSEED=seed).stdout for seed in "0123"
    }
    assert len(runs) == 1


def test_without_the_translator_it_is_named_and_the_rest_is_judged(
    template: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "samtranslator.translator.translator", None)
    report = template(function("Policies: AdministratorAccess") + INSTANCE)
    assert [notice.message for notice in report.notices if notice.kind == "unsupported"] == [
        "the SAM transform is not expanded: resources of types AWS::Serverless::* are not checked "
        "(install iplint[sam] to have it expanded)"
    ]
    assert ("imdsv1-allowed", "Web", 14) in failures(report)


@pytest.mark.parametrize("transform", ["AWS::Serverless-2016-10-31", "AWS::LanguageExtensions"])
def test_the_translator_loads_only_for_what_it_expands(tmp_path: Path, transform: str) -> None:
    (tmp_path / "template.yaml").write_text(f"Transform: {transform}\nResources: {{Q: {{Type: AWS::SQS::Queue}}}}\n")
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "iplint", "check", "template.yaml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert not {"samtranslator", "boto3", "logging"} & {
        line.rpartition("|")[2].strip() for line in done.stderr.splitlines()
    }

"""The proof: which launches count as proven, and what keeps the others from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from iplint.finding import Report

    Check = Callable[..., Report]

ROLE = """\
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - {Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: "sts:AssumeRole"}
  Profile:
    Type: AWS::IAM::InstanceProfile
    Properties: {Roles: [!Ref Role]}
"""
HOST = """\
  Host:
    Type: AWS::EC2::Instance
    Properties:
      IamInstanceProfile: !Ref Profile
      MetadataOptions: {HttpTokens: required}
"""


def launches(report: Report) -> tuple[int, int, int, int]:
    """The launches that are proven, qualified, failed, and undecided (the qualified among them)."""
    found = report.launches
    return found.proven, found.qualified, found.failed, found.undecided


def undecided(report: Report) -> set[tuple[str, str]]:
    """The rules and addresses of what is undecided."""
    return {(finding.rule, finding.address) for finding in report.findings if not finding.is_failure}


def test_a_launch_with_all_obligations_discharged_is_proven(template: Check) -> None:
    assert launches(template(ROLE + HOST)) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    "user_data", ["!Ref Script", "!Base64 {Ref: Script}", "!Sub |\n        #!/bin/sh\n        ${Script}"]
)
def test_user_data_that_nobody_has_read_proves_nothing(template: Check, user_data: str) -> None:
    report = template(f"Parameters:\n  Script: {{Type: String}}\n{ROLE}{HOST}      UserData: {user_data}\n")
    assert launches(report) == (0, 0, 0, 1)
    assert undecided(report) == {("hardcoded-access-key", "Host")}


def test_a_gap_in_a_line_of_user_data_is_a_name_and_no_text(template: Check) -> None:
    head = "Parameters:\n  Stack: {Type: String}\n"
    report = template(f'{head}{ROLE}{HOST}      UserData: !Base64 {{"Fn::Sub": "echo ${{Stack}}\\n"}}\n')
    assert launches(report) == (1, 0, 0, 0)


def test_what_another_value_of_a_parameter_brings_in_qualifies_the_proof(template: Check) -> None:
    head = """\
Parameters:
  Env: {Type: String, Default: dev, AllowedValues: [dev, prod]}
  Tokens: {Type: String}
Conditions:
  Prod: !Equals [!Ref Env, prod]
"""
    host = HOST.replace("HttpTokens: required", "HttpTokens: !If [Prod, !Ref Tokens, required]")
    report = template(head + ROLE + host)
    assert launches(report) == (0, 1, 0, 1)
    assert undecided(report) == set()


def test_a_high_finding_on_the_launch_fails_it_whatever_its_rule(template: Check) -> None:
    script = (
        "      UserData: !Base64 |\n        curl http://169.254.169.254/latest/meta-data/iam/security-credentials/app\n"
    )
    assert launches(template(ROLE + HOST + script)) == (0, 0, 1, 0)


def test_the_butane_of_a_node_is_read(configuration: Check) -> None:
    report = configuration(
        """
data "ct_config" "node" {
  content  = "variant: fcos"
  snippets = [file("${path.module}/missing.yaml")]
}

resource "aws_instance" "node" {
  user_data = data.ct_config.node.rendered
  metadata_options {
    http_tokens = "required"
  }
  iam_instance_profile = "node"
}
"""
    )
    assert ("hardcoded-access-key", "aws_instance.node") in undecided(report)

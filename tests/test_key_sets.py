"""An access key id, its secret and its session token are one key, and one finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from iplint.finding import Report

    Check = Callable[..., Report]

ID, OTHER_ID = "AKIAFAKEFAKEFAKEFAK2", "AKIAFAKEFAKEFAKEFAK3"
SECRET, OTHER_SECRET = "Fake/Secret+2FakeSecret+2FakeSecret+2Fak", "Fake/Secret+3FakeSecret+2FakeSecret+2Fak"
TOKEN = f"IQoJ{'FakeToken' * 12}=="
MORE_LINES = "  # more\n" * 6
RULES = ["hardcoded-access-key"]


def found(report: Report) -> list[tuple[int, int]]:
    """The line of each finding, and how many further places belong to it."""
    return [(finding.at.first[0], len(finding.related)) for finding in report.findings]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f'provider "aws" {{\n  access_key = "{ID}"\n  secret_key = "{SECRET}"\n  token = "{TOKEN}"\n}}\n', [(3, 2)]),
        (f'locals {{\n  access_key = "{ID}"\n  secret_key = "{SECRET}"\n}}\n', [(3, 1)]),
        (
            f'variable "access_key" {{\n  default = "{ID}"\n}}\nvariable "secret_key" {{\n  default = "{SECRET}"\n}}\n',
            [(5, 1)],
        ),
        (f'# access_key = "{ID}"\n# secret_key = "{SECRET}"\n', [(2, 1)]),
        # Two pairs are two, in whatever order their parts are.
        (
            f'provider "aws" {{\n  secret_key = "{SECRET}"\n  access_key = "{ID}"\n}}\n'
            f'provider "aws" {{\n  secret_key = "{OTHER_SECRET}"\n  access_key = "{OTHER_ID}"\n}}\n',
            [(2, 1), (6, 1)],
        ),
        # What is far away, or of another block, belongs to something else.
        (f'locals {{\n  access_key = "{ID}"\n{MORE_LINES}  secret_key = "{SECRET}"\n}}\n', [(2, 0), (9, 0)]),
        (
            f'resource "x" "a" {{\n  access_key = "{ID}"\n}}\nresource "x" "b" {{\n  secret_key = "{SECRET}"\n}}\n',
            [(2, 0), (5, 0)],
        ),
    ],
)
def test_what_belongs_together_is_one_finding_at_the_secret(
    configuration: Check, text: str, wanted: list[tuple[int, int]]
) -> None:
    assert found(configuration(text, rules=RULES)) == wanted


@pytest.mark.parametrize(
    "part",
    [
        f"AWS::Lambda::Function, Properties: {{Environment: {{Variables: {{AWS_ACCESS_KEY_ID: {ID},\n"
        f"  AWS_SECRET_ACCESS_KEY: {SECRET}}}}}}}",
        "AWS::ECS::TaskDefinition, Properties: {ContainerDefinitions: [{Environment: [\n"
        f"  {{Name: AWS_ACCESS_KEY_ID, Value: {ID}}}, {{Name: AWS_SECRET_ACCESS_KEY, Value: {SECRET}}}]}}]}}",
        "AWS::EC2::Instance, Properties: {UserData: {'Fn::Base64': !Join [' ', [\n"
        f"  AWS_ACCESS_KEY_ID={ID}, AWS_SECRET_ACCESS_KEY={SECRET}]]}}}}",
    ],
)
def test_the_halves_of_a_pair_in_a_template_are_one_finding(template: Check, part: str) -> None:
    report = template(f"Resources:\n  A: {{Type: {part}}}\n", rules=RULES)
    [finding] = report.findings
    assert (finding.at.first[0], finding.severity.word) == (3, "critical")
    assert "secret access key Fake... (40 characters)" in finding.message
    assert "its access key id AKIA... (20 characters)" in finding.message
    assert [step.message for step in finding.related] == ["its access key id is here"]


GENERATED = "Resources:\n  K: {Type: AWS::IAM::AccessKey, Properties: {UserName: u}}\n"


@pytest.mark.parametrize(
    ("text", "rule", "said"),
    [
        (
            f"{GENERATED}  F: {{Type: AWS::Lambda::Function, Properties: {{Environment: {{Variables: {{A: !Ref K,\n"
            "  B: !GetAtt K.SecretAccessKey}}}}",
            "generated-access-key-in-code",
            "holds the secret access key of K",
        ),
        (
            f"{GENERATED}  W: {{Type: AWS::EC2::Instance, Properties: {{UserData: "
            "!Sub 'run ${K} ${K.SecretAccessKey}'}}",
            "generated-access-key-on-instance",
            "puts the secret access key of K on an instance",
        ),
        (
            "Parameters: {A: {Type: String}, B: {Type: String}}\nResources:\n  W: {Type: AWS::EC2::Instance, "
            "Properties: {UserData: !Sub 'AWS_ACCESS_KEY_ID=${A} AWS_SECRET_ACCESS_KEY=${B} x'}}",
            "access-key-parameter-on-instance",
            "puts parameter B as secret access key and parameter A as access key id on an instance",
        ),
    ],
)
def test_the_parts_of_a_key_that_come_from_elsewhere_are_one_finding(
    template: Check, text: str, rule: str, said: str
) -> None:
    [finding] = template(text, rules=[rule]).findings
    assert said in finding.message
    assert "its access key id is here" in [step.message for step in finding.related]


def test_a_password_that_is_made_of_a_key_is_reported_by_itself(configuration: Check) -> None:
    text = (
        'resource "aws_iam_access_key" "k" {\n  user = "u"\n}\nresource "aws_lambda_function" "f" {\n  environment {\n'
        "    variables = {\n      A = aws_iam_access_key.k.ses_smtp_password_v4\n    }\n  }\n}\n"
    )
    [finding] = configuration(text, rules=["generated-access-key-in-code"]).findings
    assert "SMTP password" in finding.message

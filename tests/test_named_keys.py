"""Keys that only the name of what holds them shows to be keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from iplint.finding import Report

SECRET = "wJalrXUtnFEMIK7MDENGbPxRfiCYFAKEFAKEFAKE"


@pytest.mark.parametrize(
    "text",
    [
        f'output "aws_secret_access_key" {{\n  value = "{SECRET}"\n}}\n',
        f'resource "tfe_variable" "v" {{\n  key = "AWS_SECRET_ACCESS_KEY"\n  value = "{SECRET}"\n}}\n',
        'resource "github_actions_secret" "v" {\n  repository = "app"\n  secret_name = "AWS_SECRET_ACCESS_KEY"\n'
        f'  plaintext_value = "{SECRET}"\n}}\n',
        f'locals {{\n  env = [{{ key = "AWS_SECRET_ACCESS_KEY", value = "{SECRET}" }}]\n}}\n',
    ],
)
def test_a_secret_is_found_behind_what_names_it(configuration: Callable[..., Report], text: str) -> None:
    assert [found.rule for found in configuration(text).findings] == ["hardcoded-access-key"]


def test_a_secret_is_found_in_an_output_of_a_template(template: Callable[..., Report]) -> None:
    head = "Resources:\n  Topic: {Type: AWS::SNS::Topic}\nOutputs:\n"
    report = template(f"{head}  AwsSecretAccessKey: {{Value: {SECRET}}}\n  Other: {{Value: {SECRET}}}\n")
    assert [(found.rule, found.at.first[0]) for found in report.findings] == [("hardcoded-access-key", 4)]


HALVES = ["AKIAFAKEFAKEFAKEFAK2", f"aws_secret_access_key = {SECRET}"]


@pytest.mark.parametrize("half", HALVES)
def test_half_a_key_alone_in_a_comment_of_a_template_is_found(template: Callable[..., Report], half: str) -> None:
    report = template(f"Resources:\n  Topic: {{Type: AWS::SNS::Topic}}  # {half}\n")
    assert [(found.rule, found.at.first[0]) for found in report.findings] == [("hardcoded-access-key", 2)]


@pytest.mark.parametrize("half", HALVES)
def test_half_a_key_alone_in_a_comment_of_a_configuration_is_found(
    configuration: Callable[..., Report], half: str
) -> None:
    report = configuration(f'# {half}\nresource "aws_sns_topic" "t" {{}}\n')
    assert [(found.rule, found.at.first[0]) for found in report.findings] == [("hardcoded-access-key", 1)]

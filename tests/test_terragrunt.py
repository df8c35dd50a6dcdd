"""Terragrunt units: the module that is deployed is judged with the unit's inputs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from iplint.finding import Report

Configuration = Callable[..., Report]

MODULE = """\
variable "tokens" {
  default = "optional"
}
variable "profile" {
  default = null
}
variable "user_data" {
  default = ""
}
resource "aws_instance" "this" {
  iam_instance_profile = var.profile
  user_data            = var.user_data
  metadata_options {
    http_tokens = var.tokens
  }
}
"""


def found(report: Report) -> list[tuple[str, str, str, int]]:
    return [
        (finding.verdict, finding.rule, finding.at.path, finding.at.first[0])
        for finding in report.findings
        if finding.rule != "role-without-ec2-trust"
    ]


def unresolved(report: Report) -> list[tuple[str, str]]:
    return [(notice.path, notice.message) for notice in report.notices if notice.kind == "unresolved"]


def counts(report: Report) -> tuple[int, int, int, int]:
    files = report.files
    return files.found, files.checked, files.not_templates, files.unreadable


UNIT = """\
terraform {
  source = "../../modules//web"
}
inputs = {
  tokens  = "required"
  profile = "web"
}
"""


def test_a_module_is_judged_with_the_inputs_of_each_unit_and_not_with_its_defaults(
    configuration: Configuration,
) -> None:
    report = configuration(
        {
            "modules/web/main.tf": MODULE,
            "live/dev/terragrunt.hcl": UNIT.replace('"required"', '"optional"'),
            "live/prod/terragrunt.hcl": UNIT.replace('"web"', "null"),
        }
    )
    assert found(report) == [
        ("fail", "imdsv1-allowed", "live/dev/terragrunt.hcl", 5),
        ("fail", "missing-instance-profile", "live/prod/terragrunt.hcl", 6),
    ]
    assert {finding.address for finding in report.findings} == {"aws_instance.this"}
    assert unresolved(report) == []
    assert counts(report) == (3, 3, 0, 0)
    assert report.launches.checked == 2


def test_locals_are_read_and_all_else_is_unknown_by_name(configuration: Configuration) -> None:
    report = configuration(
        {
            "modules/web/main.tf": MODULE,
            "live/web/terragrunt.hcl": """\
terraform {
  source = "../../modules/web"
}
locals {
  mode   = "required"
  region = get_env("REGION", "eu-west-1")
}
dependency "role" {
  config_path = "../role"
}
inputs = {
  tokens    = local.mode
  profile   = dependency.role.outputs.profile
  user_data = "#!/bin/sh\\nexport AWS_ACCESS_KEY_ID=AKIAFAKEFAKEFAKEFAK2 ${local.region}"
}
""",
        }
    )
    assert [one for one in found(report) if one[0] == "fail"] == [
        ("fail", "hardcoded-access-key", "live/web/terragrunt.hcl", 14)
    ]
    assert unresolved(report) == []


def test_an_input_that_a_function_makes_is_unknown_by_name(configuration: Configuration) -> None:
    unit = UNIT.replace('"required"', 'get_env("TOKENS")')
    report = configuration({"modules/web/main.tf": MODULE, "live/web/terragrunt.hcl": unit})
    (undecided,) = (finding for finding in report.findings if finding.rule == "imdsv1-allowed")
    assert undecided.verdict == "undecided"
    assert undecided.message.endswith("depends on input tokens of live/web/terragrunt.hcl")


def test_what_is_included_counts_less(configuration: Configuration) -> None:
    files = {
        "modules/web/main.tf": MODULE,
        "live/root.hcl": 'inputs = {\n  tokens = "required"\n  profile = "all"\n}\n',
        "live/web/terragrunt.hcl": """\
include "root" {
  path = find_in_parent_folders("root.hcl")
}
terraform {
  source = "../../modules/web"
}
inputs = {
  tokens = "optional"
}
""",
    }
    report = configuration(files)
    assert found(report) == [("fail", "imdsv1-allowed", "live/web/terragrunt.hcl", 8)]
    assert counts(report) == (2, 2, 0, 0)


@pytest.mark.parametrize(
    "path", ['find_in_parent_folders("none.hcl")', '"${get_repo_root()}/root.hcl"', '"../none.hcl"']
)
def test_what_is_included_and_not_here_is_told_and_its_inputs_are_unknown(
    configuration: Configuration, path: str
) -> None:
    unit = f'include {{\n  path = {path}\n}}\nterraform {{\n  source = "../../modules/web"\n}}\n'
    report = configuration({"modules/web/main.tf": MODULE, "live/web/terragrunt.hcl": unit})
    assert unresolved(report) == [
        ("live/web/terragrunt.hcl", "what is included here is not read, so the inputs that it gives are unknown")
    ]
    assert all(verdict == "undecided" for verdict, _, _, _ in found(report))
    # So is its user data, which is an input as well.
    rules = {"missing-instance-profile", "imdsv1-allowed", "hardcoded-access-key"}
    assert {rule for _, rule, _, _ in found(report)} == rules
    assert report.launches.undecided == 1


def test_a_file_that_others_include_is_no_unit(configuration: Configuration) -> None:
    report = configuration(
        {
            "modules/web/main.tf": MODULE,
            "live/terragrunt.hcl": 'inputs = {\n  tokens = "required"\n}\n',
            "live/web/terragrunt.hcl": "include {\n  path = find_in_parent_folders()\n}\n"
            'terraform {\n  source = "../../modules/web"\n}\ninputs = {\n  profile = "web"\n}\n',
        }
    )
    assert found(report) == []
    assert counts(report) == (3, 2, 1, 0)


def test_inputs_that_are_not_written_out_are_told(configuration: Configuration) -> None:
    unit = 'terraform {\n  source = "../../modules/web"\n}\ninputs = merge(local.a, { tokens = "required" })\n'
    report = configuration({"modules/web/main.tf": MODULE, "live/web/terragrunt.hcl": unit})
    assert [message for _, message in unresolved(report)] == [
        "inputs are not written out, so what they give is unknown"
    ]
    assert {verdict for verdict, _, _, _ in found(report)} == {"undecided"}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            '"git::https://example.com/web.git?ref=v1"',
            "the module of this unit was not read: its source git::https://example.com/web.git?ref=v1 is not here; "
            "it is called with tokens, profile",
        ),
        (
            '"${get_repo_root()}/modules/web"',
            "the module of this unit was not read: its source is not literal; it is called with tokens, profile",
        ),
        ('"../none"', "module source ../none does not exist or holds no configuration"),
    ],
)
def test_a_module_that_is_not_here_is_one_notice(configuration: Configuration, source: str, message: str) -> None:
    report = configuration({"live/web/terragrunt.hcl": UNIT.replace('"../../modules//web"', source)})
    assert unresolved(report) == [("live/web/terragrunt.hcl", message)]
    assert counts(report) == (1, 1, 0, 0)


def test_a_unit_beside_its_configuration(configuration: Configuration) -> None:
    unit = 'inputs = {\n  tokens  = "required"\n  profile = "web"\n}\n'
    report = configuration({"web/main.tf": MODULE, "web/terragrunt.hcl": unit})
    assert found(report) == []
    assert report.launches.checked == 1
    assert counts(report) == (2, 2, 0, 0)


def test_files_of_values_count_more_than_inputs(configuration: Configuration) -> None:
    report = configuration(
        {
            "modules/web/main.tf": MODULE,
            "modules/web/terraform.tfvars": 'tokens = "optional"\n',
            "live/web/terragrunt.hcl": UNIT,
        }
    )
    assert found(report) == [("fail", "imdsv1-allowed", "modules/web/terraform.tfvars", 1)]


def test_a_broken_unit_is_told_with_its_lines(configuration: Configuration) -> None:
    report = configuration({"modules/web/main.tf": MODULE, "live/web/terragrunt.hcl": "inputs = {\n  a = \n"})
    assert [(notice.kind, notice.path) for notice in report.notices] == [("unreadable", "live/web/terragrunt.hcl")]
    assert counts(report) == (2, 1, 0, 1)

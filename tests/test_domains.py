"""The values that validations of variables allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from iplint.finding import Report

    Check = Callable[..., Report]

LAUNCH = """
resource "aws_iam_role" "web" {
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}
resource "aws_iam_instance_profile" "web" {
  role = aws_iam_role.web.name
}
resource "aws_instance" "web" {
  iam_instance_profile = aws_iam_instance_profile.web.name
  metadata_options {
    http_tokens = var.tokens
  }
}
"""
BOTH = '["required", "optional"]'


def variable(condition: str) -> str:
    return f"""
variable "tokens" {{
  default = "required"
  validation {{
    condition     = {condition}
    error_message = "No."
  }}
}}
"""


def states(report: Report) -> tuple[int, int]:
    """How many launches are proven, and how many undecided."""
    return report.launches.proven, report.launches.undecided


@pytest.mark.parametrize(
    "condition",
    [
        f"contains({BOTH}, var.tokens)",
        f"contains(tolist({BOTH}), var.tokens)",
        f"contains(toset(concat({BOTH}, [])), lower(var.tokens))",
        "contains(local.allowed, var.tokens)",
        "contains(keys({ required = 1, optional = 2 }), var.tokens)",
        '"optional" == var.tokens || var.tokens == "required"',
        'var.tokens == "required" ? true : var.tokens == "optional"',
        f"length(var.tokens) > 0 && contains({BOTH}, var.tokens)",
        'anytrue([var.tokens == "required", var.tokens == "optional"])',
        f"anytrue([for one in {BOTH} : one == var.tokens])",
        f"alltrue([var.tokens != null, contains({BOTH}, var.tokens)])",
        'can(regex("^(required|optional)$", var.tokens))',
        'can(regex("^required$|^optional$", var.tokens))',
        'length(regexall("^(?:required|optional)$", var.tokens)) > 0',
        f"can(index({BOTH}, var.tokens))",
        f"length(setintersection([var.tokens], {BOTH})) == 1",
        "can({ required = 1, optional = 2 }[var.tokens])",
        "lookup({ required = true, optional = true }, var.tokens, false)",
        f"try(contains({BOTH}, var.tokens), false)",
    ],
)
def test_every_value_that_a_validation_lists_is_tried(configuration: Check, condition: str) -> None:
    allowed = f"locals {{\n  allowed = {BOTH}\n}}\n"
    assert states(configuration(allowed + variable(condition) + LAUNCH)) == (0, 1)


@pytest.mark.parametrize(
    "condition",
    [
        'var.tokens != "none"',
        "length(var.tokens) > 3",
        'can(regex("^req", var.tokens))',
        'can(regex("^(required|required-.*)$", var.tokens))',
        'contains(["required"], var.tokens)',
        f'contains({BOTH}, var.tokens) && var.tokens == "required"',
    ],
)
def test_a_default_counts_where_no_other_value_is_listed(configuration: Check, condition: str) -> None:
    assert states(configuration(variable(condition) + LAUNCH)) == (1, 0)


def test_what_a_called_module_allows_counts_for_the_variable_that_is_passed(configuration: Check) -> None:
    root = 'variable "mode" {\n  default = "required"\n}\nmodule "web" {\n  source = "./web"\n  tokens = var.mode\n}\n'
    report = configuration({"main.tf": root, "web/main.tf": variable(f"contains({BOTH}, var.tokens)") + LAUNCH})
    assert states(report) == (0, 1)


def test_attributes_that_a_type_fills_in_are_switches(configuration: Check) -> None:
    options = 'variable "o" {\n  type = object({ secure = optional(bool, true) })\n  default = {}\n}\n'
    launch = LAUNCH.replace("var.tokens", 'var.o.secure ? "required" : "optional"')
    assert states(configuration(options + launch)) == (0, 1)


def test_the_name_of_a_resource_is_never_empty(configuration: Check) -> None:
    other = """
module "label" {
  source = "example.org/names/label"
}
resource "aws_iam_instance_profile" "own" {
  name = module.label.id
  role = aws_iam_role.web.name
}
"""
    chosen = 'aws_iam_instance_profile.own.name != "" ? aws_iam_instance_profile.own.name : "elsewhere"'
    launch = LAUNCH.replace("var.tokens", '"required"')
    launch = launch.replace(
        "iam_instance_profile = aws_iam_instance_profile.web.name", f"iam_instance_profile = {chosen}"
    )
    assert states(configuration(other + launch)) == (1, 0)


ALLOWED = """\
Parameters:
  Tokens: {{Type: String, Default: required, AllowedPattern: '{pattern}'}}
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      IamInstanceProfile: web
      MetadataOptions: {{HttpTokens: !Ref Tokens}}
"""


@pytest.mark.parametrize(
    ("pattern", "verdicts"),
    [
        ("required|optional", ["undecided"]),
        ("^(required|optional)$", ["undecided"]),
        ("(?:required|optional)", ["undecided"]),
        ("^required$|^optional$", ["undecided"]),
        ("required", []),
        ("[a-z]+", []),  # anything: the default counts, as without a pattern
    ],
)
def test_a_pattern_that_lists_values_allows_each(
    template: Callable[..., Report], pattern: str, verdicts: list[str]
) -> None:
    found = template(ALLOWED.format(pattern=pattern), rules=["imdsv1-allowed"]).findings
    assert [str(finding.verdict) for finding in found] == verdicts

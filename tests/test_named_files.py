"""Files that are named: exactly the findings of the full run that lie in them, or are caused by them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from conftest import judged
from iplint.finding import Finding, Report
from iplint.terraform import callers

Command = Callable[..., CompletedProcess[str]]

FILES = {
    ".git/HEAD": "",
    "live/main.tf": """\
module "web" {
  source  = "../modules/web"
  profile = module.role.name
  tokens  = var.tokens
}
module "role" {
  source = "../modules/role"
}
resource "aws_instance" "plain" {
  iam_instance_profile = module.role.name
  metadata_options {
    http_tokens = "required"
  }
}
provider "aws" {}
""",
    "live/variables.tf": 'variable "tokens" {\n  default = "optional"\n}\n',
    "live/dev.tfvars": 'tokens = "required"\n',
    "other/main.tf": """\
module "web" {
  source = "./../modules/web"
}
""",
    "modules/web/main.tf": """\
variable "profile" {
  default = null
}
variable "tokens" {
  default = "required"
}
resource "aws_instance" "this" {
  iam_instance_profile = var.profile
  metadata_options {
    http_tokens = var.tokens
  }
}
""",
    "modules/role/main.tf": """\
resource "aws_iam_instance_profile" "this" {
  role = aws_iam_role.this.name
}
resource "aws_iam_role_policy_attachment" "this" {
  role       = aws_iam_role.this.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}
""",
    "modules/role/role.tf": """\
resource "aws_iam_role" "this" {
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}
""",
    "modules/role/outputs.tf": 'output "name" {\n  value = aws_iam_instance_profile.this.name\n}\n',
    "alone/main.tf": 'resource "aws_instance" "alone" {}\n',
    "units/web/terragrunt.hcl": """\
terraform {
  source = "../../deployed"
}
inputs = {
  tokens = "optional"
}
""",
    "deployed/main.tf": """\
variable "tokens" {
  default = "required"
}
resource "aws_instance" "unit" {
  iam_instance_profile = "web"
  metadata_options {
    http_tokens = var.tokens
  }
}
""",
}


def write(top: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def told(finding: Finding) -> tuple[object, ...]:
    return (
        finding.rule,
        finding.severity,
        finding.verdict,
        finding.message,
        finding.address,
        finding.at.key(),
        finding.when,
        [(step.at.key(), step.message) for step in finding.related],
    )


def places(finding: Finding) -> set[str]:
    return {finding.at.path, *(step.at.path for step in finding.related)}


@pytest.fixture
def full(tmp_path: Path) -> Report:
    write(tmp_path, FILES)
    return judged(tmp_path)


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith((".tf", ".hcl"))])
def test_a_named_file_gives_what_the_full_run_finds_in_it_or_because_of_it(
    full: Report, tmp_path: Path, name: str
) -> None:
    found = judged(tmp_path / name, working=tmp_path)
    expected = [told(finding) for finding in full.findings if name in places(finding)]
    assert [told(finding) for finding in found.findings] == expected
    assert (found.files.found, found.files.checked) == (1, 1)


def test_the_full_run_finds_something_for_most_files(full: Report) -> None:
    concerned = set[str]().union(*(places(finding) for finding in full.findings if finding.verdict == "fail"))
    assert concerned == {
        "live/main.tf",
        "live/variables.tf",
        "other/main.tf",
        "modules/web/main.tf",
        "modules/role/main.tf",
        "modules/role/role.tf",
        "alone/main.tf",
        "units/web/terragrunt.hcl",
        "deployed/main.tf",
    }


def test_several_named_files_are_one_run(full: Report, tmp_path: Path) -> None:
    names = ["modules/role/role.tf", "alone/main.tf"]
    found = judged(*(tmp_path / name for name in names), working=tmp_path)
    expected = [told(finding) for finding in full.findings if places(finding) & set(names)]
    assert [told(finding) for finding in found.findings] == expected
    assert found.files.found == 2


def test_a_named_file_beside_a_directory(full: Report, tmp_path: Path) -> None:
    found = judged(tmp_path / "alone", tmp_path / "modules/role/role.tf", working=tmp_path)
    expected = [
        told(finding) for finding in full.findings if places(finding) & {"alone/main.tf", "modules/role/role.tf"}
    ]
    assert [told(finding) for finding in found.findings] == expected


def test_a_module_is_judged_through_its_callers_only(full: Report, tmp_path: Path) -> None:
    found = judged(tmp_path / "modules/web/main.tf", working=tmp_path)
    addresses = {(finding.rule, finding.address) for finding in found.findings if finding.verdict == "fail"}
    assert addresses == {
        ("administrator-with-imdsv1", "module.web.aws_instance.this"),
        ("imdsv1-allowed", "module.web.aws_instance.this"),
        ("missing-instance-profile", "module.web.aws_instance.this"),
        ("role-without-ec2-trust", "module.role.aws_iam_role.this"),
        ("administrator-access", "module.role.aws_iam_role_policy_attachment.this"),
    }
    assert found.launches.checked == 2


def test_notices_stand_in_the_named_file(tmp_path: Path) -> None:
    broken = {
        **FILES,
        "live/broken.tf": 'resource "aws_instance" {\n',
        "alone/gone.tf": 'module "x" { source = "a/b/c" }\n',
    }
    write(tmp_path, broken)
    assert judged(tmp_path / "alone/main.tf", working=tmp_path).notices == []
    assert [notice.path for notice in judged(tmp_path / "alone/gone.tf", working=tmp_path).notices] == ["alone/gone.tf"]
    assert [notice.path for notice in judged(tmp_path / "live/broken.tf", working=tmp_path).notices] == [
        "live/broken.tf"
    ]
    assert [notice.path for notice in judged(tmp_path / "live/dev.tfvars", working=tmp_path).notices] == [
        "live/dev.tfvars"
    ]


def test_an_excluded_caller_does_not_count(iplint: Command, tmp_path: Path) -> None:
    write(tmp_path, FILES)
    arguments = ("check", "modules/web/main.tf", "--format", "json", "--exit-zero")
    report = json.loads(iplint(*arguments, "--exclude", "live", cwd=tmp_path).stdout)
    assert [(finding["rule"], finding["path"]) for finding in report["findings"]] == [
        ("missing-instance-profile", "other/main.tf")
    ]
    assert report["summary"]["launches"]["checked"] == 1
    assert report["summary"]["files"]["found"] == 1


def test_callers_are_found_from_any_directory(iplint: Command, tmp_path: Path) -> None:
    write(tmp_path, FILES)
    arguments = ("check", "main.tf", "--format", "json", "--exit-zero")
    report = json.loads(iplint(*arguments, cwd=tmp_path / "modules" / "web").stdout)
    assert {finding["path"] for finding in report["findings"]} >= {"../../live/variables.tf", "../../other/main.tf"}


def test_callers_are_found_through_a_link_to_the_repository(tmp_path: Path) -> None:
    write(tmp_path / "real", FILES)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    linked = judged(tmp_path / "link/modules/web/main.tf", working=tmp_path / "link")
    named = {Path(finding.at.path).parent.name for finding in linked.findings}
    assert named == {"live", "other", "role"}


def test_json_and_tofu_callers_count(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            ".git/HEAD": "",
            "web/main.tf": FILES["modules/web/main.tf"],
            "a/main.tf.json": '{"module": {"web": {"source": "../web", "tokens": "optional", "profile": "x"}}}',
            "b/main.tofu": 'module "web" {\n  source = "../web"\n  profile = "x"\n  tokens = "optional"\n}\n',
        },
    )
    found = judged(tmp_path / "web/main.tf", working=tmp_path)
    failing = [finding for finding in found.findings if finding.verdict == "fail"]
    assert {finding.at.path for finding in failing} == {"a/main.tf.json", "b/main.tofu"}


def test_a_tree_that_is_too_large_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callers, "MAX_DIRECTORIES", 2)
    write(tmp_path, FILES)
    found = judged(tmp_path / "modules/web/main.tf", working=tmp_path)
    assert any("callers were not looked for in all directories" in notice.message for notice in found.notices)

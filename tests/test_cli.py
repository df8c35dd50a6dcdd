"""The command as a user runs it: arguments, exit statuses, and what bad input costs."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

Command = Callable[..., CompletedProcess[str]]

BAD = """
Resources:
  Host:
    Type: AWS::EC2::Instance
    Properties: {ImageId: ami-0123456789abcdef0}
"""
GOOD = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {Service: ec2.amazonaws.com}
            Action: sts:AssumeRole
      ManagedPolicyArns: [arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess]
  Profile:
    Type: AWS::IAM::InstanceProfile
    Properties: {Roles: [!Ref Role]}
"""


def report(done: CompletedProcess[str]) -> dict[str, Any]:
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def write(folder: Path, files: dict[str, str | bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def test_a_role_for_ec2_with_read_access_and_its_profile_give_no_finding(iplint: Command, tmp_path: Path) -> None:
    write(tmp_path, {"good.yaml": GOOD})
    done = iplint("check", "good.yaml", "--format", "json", cwd=tmp_path)
    found = report(done)
    assert (done.returncode, found["findings"], found["notices"], found["summary"]["undecided"]) == (0, [], [], 0)


def test_findings_give_1_and_exit_zero_turns_that_into_0(iplint: Command, tmp_path: Path) -> None:
    write(tmp_path, {"bad.yaml": BAD})
    assert iplint("check", "bad.yaml", cwd=tmp_path).returncode == 1
    assert iplint("check", "bad.yaml", "--exit-zero", cwd=tmp_path).returncode == 0
    assert iplint("check", "bad.yaml", "--fail-on", "critical", cwd=tmp_path).returncode == 0


def test_no_path_means_the_working_directory(iplint: Command, tmp_path: Path) -> None:
    write(tmp_path, {"deep/er/bad.yaml": BAD})
    done = iplint("check", "--format", "json", cwd=tmp_path)
    assert {finding["path"] for finding in report(done)["findings"]} == {"deep/er/bad.yaml"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "--no-such-option"],
        ["check", "--var", "novalue"],
        ["check", "--var-file", "absent.tfvars"],
        ["frobnicate"],
    ],
)
def test_bad_usage_gives_2(iplint: Command, tmp_path: Path, arguments: list[str]) -> None:
    done = iplint(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_a_path_that_does_not_exist_gives_2_and_the_rest_is_judged(iplint: Command, tmp_path: Path) -> None:
    write(tmp_path, {"bad.yaml": BAD})
    done = iplint("check", "absent.yaml", "bad.yaml", "--format", "json", cwd=tmp_path)
    found = report(done)
    assert done.returncode == 2
    assert [notice["path"] for notice in found["notices"]] == ["absent.yaml"]
    assert len(found["findings"]) == 2


UNREADABLE: dict[str, str | bytes] = {
    "broken.yaml": "Resources:\n  A:\n    Type: AWS::EC2::Instance\n   Properties: [\n",
    "broken.json": '{"Resources": {"A": {"Type": "AWS::EC2::Instance",, }}}',
    "braces.json": "{" * 40_000,
    "brackets.yaml": "[" * 40_000,
    "dashes.yaml": "- " * 40_000,
    "binary.yaml": b"\x00\x01\x02AWS::\xff\xfe",
    "latin.yaml": "Resources: # caf\xe9 AWS::".encode("latin-1"),
    "twice.yaml": BAD + "  Host:\n    Type: AWS::EC2::Instance\n",
    "documents.yaml": BAD + "---\n" + BAD,
    "tabs.yaml": "Resources:\n\tA:\n\t\tType: AWS::EC2::Instance\n",
    "broken.tf": 'resource "aws_instance" "a" {\n  ami = \n}\n',
    "braces.tf": 'resource "aws_instance" "a" {\n  ami = ' + "[" * 40_000,
    "blocks.tf": "a {\n" * 40_000,
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_gives_3_with_its_place_and_the_rest_is_judged(
    iplint: Command, tmp_path: Path, name: str
) -> None:
    write(tmp_path, {name: UNREADABLE[name], "other/bad.yaml": BAD, "tf/main.tf": 'resource "aws_instance" "b" {}\n'})
    done = iplint("check", ".", name, "--format", "json", cwd=tmp_path)
    found = report(done)
    assert done.returncode == 3, done.stderr
    notices = [notice for notice in found["notices"] if notice["kind"] == "unreadable"]
    assert {notice["path"] for notice in notices} == {name}
    assert all(notice["line"] >= 1 and notice["column"] >= 1 and notice["message"] for notice in notices)
    assert {finding["path"] for finding in found["findings"]} >= {"other/bad.yaml", "tf/main.tf"}
    files = found["summary"]["files"]
    assert files["unreadable"] == 1
    assert files["found"] == files["checked"] + files["not_templates"] + files["unreadable"] == 3
    assert "Traceback" not in done.stderr


def test_a_broken_block_costs_that_block_only(iplint: Command, tmp_path: Path) -> None:
    text = 'resource "aws_instance" "a" {}\n\nresource "aws_instance" "b" {\n  ami = = 1\n}\n\n'
    text += 'resource "aws_instance" "c" {}\n'
    write(tmp_path, {"main.tf": text})
    done = iplint("check", "main.tf", "--format", "json", cwd=tmp_path)
    found = report(done)
    assert done.returncode == 3
    assert {finding["address"] for finding in found["findings"]} == {"aws_instance.a", "aws_instance.c"}
    assert [(notice["line"], "lines 3 to 5 were" in notice["message"]) for notice in found["notices"]] == [(4, True)]


@pytest.mark.parametrize("content", ["", "\n\n# nothing\n", "just: a mapping\n", "[1, 2]", "Transform: nothing here\n"])
def test_files_that_are_no_templates_are_counted(iplint: Command, tmp_path: Path, content: str) -> None:
    write(tmp_path, {"other.yaml": content})
    done = iplint("check", "other.yaml", "--format", "json", cwd=tmp_path)
    assert done.returncode == 0
    assert report(done)["summary"]["files"]["not_templates"] == 1


def test_a_hook_passes_over_files_that_are_no_templates(iplint: Command, tmp_path: Path) -> None:
    """A hook names every file that changes; charts and manifests must not stop a commit, broken templates must."""
    files: dict[str, str | bytes] = {
        "chart.yaml": "metadata:\n  name: {{ .Values.name }}\n{{- if .x }}\n",
        "manifests.yaml": "kind: A\n---\nkind: B\n",
        "good.yaml": GOOD,
    }
    write(tmp_path, files)
    done = iplint("check", "--pre-commit", *files, "--format", "json", cwd=tmp_path)
    assert (done.returncode, report(done)["summary"]["files"]["not_templates"]) == (0, 2)
    write(tmp_path, {"broken.yaml": UNREADABLE["broken.yaml"]})
    assert iplint("check", "--pre-commit", "broken.yaml", cwd=tmp_path).returncode == 3
    assert iplint("check", "manifests.yaml", cwd=tmp_path).returncode == 3


ODD = """
Parameters: {Bad: 3, Env: {Type: String, Default: x}}
Conditions:
  Round: !Condition About
  About: !Not [!Condition Round]
Resources:
  Typed: {Type: {a: b}, Properties: {}}
  Null: {Type: AWS::EC2::Instance, Properties: null}
  NullProperty: {Type: AWS::EC2::Instance, Properties: {IamInstanceProfile: null, MetadataOptions: null}}
  Listed: [1, 2]
  Lost: {Type: AWS::EC2::Instance, Properties: {IamInstanceProfile: !Ref Nowhere}}
  Circle: {Type: AWS::EC2::Instance, Condition: Round, Properties: {IamInstanceProfile: web}}
  Text: {Type: AWS::IAM::Policy, Properties: {PolicyDocument: "nonsense", Roles: [a]}}
  List: {Type: AWS::IAM::Policy, Properties: {PolicyDocument: [1, {Effect: Allow, Action: "*", Resource: "*"}]}}
  Number: {Type: AWS::IAM::Policy, Properties: {PolicyDocument: 7}}
  Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: 7, ManagedPolicyArns: x, Policies: {a: b}}}
  Profile: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: !GetAtt Role.Arn}}
  Host: {Type: AWS::EC2::Instance, Properties: {ImageId: ami-0123456789abcdef0}}
"""


def test_odd_shapes_are_told_and_everything_else_is_judged(iplint: Command, tmp_path: Path) -> None:
    write(tmp_path, {"odd.yaml": ODD})
    done = iplint("check", "odd.yaml", "--format", "json", cwd=tmp_path)
    found = report(done)
    assert done.returncode == 1, done.stderr
    flagged = {(finding["rule"], finding["address"]) for finding in found["findings"]}
    assert {("missing-instance-profile", name) for name in ("Null", "NullProperty", "Host")} <= flagged
    assert ("administrator-access", "List") in flagged
    assert {notice["kind"] for notice in found["notices"]} == {"unresolved"}
    told = " ".join(notice["message"] for notice in found["notices"])
    assert "Nowhere" in told
    assert "Typed" in told


def test_a_module_that_does_not_exist_and_a_circle_are_told(iplint: Command, tmp_path: Path) -> None:
    text = """
module "gone" { source = "./gone" }
module "far" {
  source  = "example/thing/aws"
  version = "1.0.0"
}
locals {
  a = local.b
  b = local.a
}
resource "aws_instance" "circle" {
  iam_instance_profile = local.a
  metadata_options { http_tokens = module.far.tokens }
}
resource "aws_instance" "host" {}
"""
    write(tmp_path, {"main.tf": text})
    done = iplint("check", ".", "--format", "json", cwd=tmp_path)
    found = report(done)
    assert done.returncode == 1, done.stderr
    assert {finding["address"] for finding in found["findings"]} == {"aws_instance.host"}
    assert {notice["line"] for notice in found["notices"] if notice["kind"] == "unresolved"} >= {2, 3}
    assert found["summary"]["undecided"] >= 2
    assert iplint("check", ".", "--strict", cwd=tmp_path).returncode == 3


def test_undecided_is_counted_listed_on_demand_and_fails_under_strict(iplint: Command, tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "t.yaml": "Parameters: {T: {Type: String}}\nResources: {H: {Type: AWS::EC2::LaunchTemplate, Properties: "
            "{LaunchTemplateData: {IamInstanceProfile: {Name: x}, MetadataOptions: {HttpTokens: !Ref T}}}}}\n"
        },
    )
    silent = iplint("check", "t.yaml", "--format", "json", cwd=tmp_path)
    assert (silent.returncode, report(silent)["findings"], report(silent)["summary"]["undecided"]) == (0, [], 1)
    listed = iplint("check", "t.yaml", "--format", "json", "--undecided", cwd=tmp_path)
    assert listed.returncode == 0
    assert [(finding["verdict"], finding["when"]) for finding in report(listed)["findings"]] == [
        ("undecided", "depends on parameter T")
    ]
    assert iplint("check", "t.yaml", "--strict", cwd=tmp_path).returncode == 1
    given = iplint("check", "t.yaml", "--strict", "--parameter", "T=required", cwd=tmp_path)
    assert given.returncode == 0


def test_terraform_variables_from_the_command_line_and_files(iplint: Command, tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "main.tf": 'variable "t" { type = string }\nresource "aws_launch_template" "x" {\n'
            "  iam_instance_profile {\n"
            '    name = "p"\n  }\n  metadata_options {\n    http_tokens = var.t\n  }\n}\n',
            "open.tfvars": 't = "optional"\n',
        },
    )
    assert iplint("check", ".", "--var", "t=required", "--strict", cwd=tmp_path).returncode == 0
    assert iplint("check", ".", "--var", "t=optional", cwd=tmp_path).returncode == 1
    done = iplint("check", ".", "--var-file", "open.tfvars", "--format", "json", cwd=tmp_path)
    assert [(finding["path"], finding["line"]) for finding in report(done)["findings"]] == [("open.tfvars", 1)]


def test_excluded_files_are_counted_apart(iplint: Command, tmp_path: Path) -> None:
    write(tmp_path, {"a/bad.yaml": BAD, "b/bad.yaml": BAD, "c.json": "{}"})
    done = iplint("check", ".", "--exclude", "a", "--exclude", "*.json", "--format", "json", cwd=tmp_path)
    found = report(done)
    assert {finding["path"] for finding in found["findings"]} == {"b/bad.yaml"}
    assert (found["summary"]["files"]["found"], found["summary"]["files"]["excluded"]) == (1, 2)


def test_a_terraform_file_is_judged_with_its_directory(iplint: Command, tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "main.tf": 'resource "aws_instance" "a" {\n  iam_instance_profile = local.p\n  metadata_options {\n'
            "    http_tokens = local.t\n  }\n}\n",
            "locals.tf": 'locals {\n  p = "web"\n  t = "required"\n}\n',
        },
    )
    assert iplint("check", "main.tf", cwd=tmp_path).returncode == 0


def test_nothing_outside_the_repository_is_read(iplint: Command, tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "outside.sh": "export AWS_ACCESS_KEY_ID=AKIAFAKEFAKEFAKEFAK2\n",
            "repo/.git/HEAD": "",
            "repo/main.tf": 'resource "aws_instance" "a" {\n  user_data = file("../outside.sh")\n}\n',
        },
    )
    os.symlink(tmp_path / "outside.sh", tmp_path / "repo" / "linked.yaml")
    done = iplint("check", ".", "--format", "json", cwd=tmp_path / "repo")
    assert "hardcoded-access-key" not in done.stdout
    assert [notice["path"] for notice in report(done)["notices"] if notice["kind"] == "unreadable"] == ["linked.yaml"]


def test_the_report_is_the_same_for_any_hash_seed_and_order_of_paths(iplint: Command, tmp_path: Path) -> None:
    write(tmp_path, {"a.yaml": BAD, "b.yaml": ODD, "tf/main.tf": 'resource "aws_instance" "a" {\n  count = 2\n}\n'})
    reports = {
        iplint("check", *paths, "--format", "json", "--undecided", cwd=tmp_path, PYTHONHASHSEED=seed).stdout
        for seed in ("0", "1", "2")
        for paths in (["a.yaml", "b.yaml", "tf"], ["tf", "b.yaml", "a.yaml"])
    }
    assert len(reports) == 1


def test_a_pipe_is_not_waited_for(iplint: Command, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    done = iplint("check", "pipe.yaml", cwd=tmp_path)
    assert done.returncode == 3
    assert "regular file" in done.stdout


def test_a_chain_of_20000_references_does_not_overflow(iplint: Command, tmp_path: Path) -> None:
    chain = "\n".join(f"  l{number} = local.l{number + 1}" for number in range(20_000))
    text = f'locals {{\n{chain}\n  l20000 = "optional"\n}}\nresource "aws_launch_template" "x" {{\n'
    text += '  iam_instance_profile {\n    name = "p"\n  }\n  metadata_options {\n    http_tokens = local.l0\n  }\n}\n'
    write(tmp_path, {"main.tf": text})
    done = iplint("check", ".", "--format", "json", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert [finding["line"] for finding in report(done)["findings"]] == [20_002]


def test_a_misspelled_format_of_output_is_an_error(
    iplint: Callable[..., CompletedProcess[str]], tmp_path: Path
) -> None:
    (tmp_path / "t.yaml").write_text("Resources: {}\n", encoding="utf-8")
    run = iplint("check", "--output", "sraif:x", "t.yaml", cwd=tmp_path)
    assert run.returncode == 2
    assert "sarif" in run.stderr
    assert iplint("check", "--output", "./sraif:x", "t.yaml", cwd=tmp_path).returncode == 0

"""The inventory: what it tells of each launch, in every format, and what it never tells."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import jsonschema
import pytest

Run = Callable[..., CompletedProcess[str]]
SCHEMA = json.loads((Path(__file__).parents[1] / "docs" / "inventory.schema.json").read_text(encoding="utf-8"))
MAIN = """\
variable "profile" {}
resource "aws_instance" "open" {
  ami                  = "ami-1"
  iam_instance_profile = var.profile
}
resource "aws_instance" "web" {
  ami                  = "ami-1"
  iam_instance_profile = aws_iam_instance_profile.web.name
  user_data            = "export AWS_ACCESS_KEY_ID=AKIAFAKEFAKEFAKEFAK2"
  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }
}
resource "aws_instance" "none" {
  ami = "ami-1"
}
resource "aws_iam_instance_profile" "web" {
  role = aws_iam_role.web.name
}
resource "aws_iam_instance_profile" "unused" {
  role = "AKIAFAKEFAKEFAKEFAK2"
}
resource "aws_iam_role" "web" {
  assume_role_policy = jsonencode({ Statement = [
    { Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }
  ] })
}
resource "aws_iam_role_policy" "read" {
  name   = "read"
  role   = aws_iam_role.web.id
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}
resource "aws_iam_policy" "own" {
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "sqs:SendMessage", Resource = "*" }] })
}
resource "aws_iam_role_policy_attachment" "own" {
  role       = aws_iam_role.web.name
  policy_arn = aws_iam_policy.own.arn
}
resource "aws_iam_role_policy_attachment" "agent" {
  role       = aws_iam_role.web.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "main.tf").write_text(MAIN, encoding="utf-8")
    return tmp_path


def listed(iplint: Run, root: Path, **environment: str) -> dict[str, Any]:
    done = iplint("inventory", ".", "--format", "json", cwd=root, **environment)
    assert done.returncode == 0, done.stderr
    tree: dict[str, Any] = json.loads(done.stdout)
    jsonschema.validate(tree, SCHEMA)
    return tree


def test_a_launch_is_told_with_all_that_stands_behind_it(iplint: Run, root: Path) -> None:
    rows = {row["address"]: row for row in listed(iplint, root)["launches"]}
    web = rows["aws_instance.web"]
    assert (web["path"], web["line"], web["verdict"]) == ("main.tf", 6, "failed")
    assert web["failed"] == ["hardcoded-access-key"]
    assert web["profile"]["address"] == "aws_iam_instance_profile.web"
    assert web["role"]["address"] == "aws_iam_role.web"
    assert web["trust"]["value"] == "yes"
    assert (web["tokens"]["value"], web["hop_limit"]["value"]) == ("required", "1")
    assert {(policy["given"], *policy["actions"], *policy["held_by"]) for policy in web["policies"]} == {
        ("inline", "s3:GetObject", "aws_iam_role_policy.read"),
        ("managed", "sqs:SendMessage", "aws_iam_role_policy_attachment.own"),
        ("attached", "aws_iam_role_policy_attachment.agent"),
    }


def test_what_is_unknown_says_what_decides_it(iplint: Run, root: Path) -> None:
    rows = {row["address"]: row for row in listed(iplint, root)["launches"]}
    unsettled = rows["aws_instance.open"]
    assert [unsettled[part]["unknown"] for part in ("profile", "role", "trust")] == ["var.profile"] * 3
    assert (rows["aws_instance.none"]["profile"], rows["aws_instance.none"]["tokens"]["value"]) == (None, "not set")
    assert "unknown: var.profile" in iplint("inventory", ".", cwd=root).stdout


def test_what_no_launch_uses_is_apart(iplint: Run, root: Path) -> None:
    assert [one["address"] for one in listed(iplint, root)["apart"]] == ["aws_iam_instance_profile.unused"]


@pytest.mark.parametrize("format", ["table", "json", "markdown"])
def test_no_format_shows_a_secret_and_every_seed_gives_the_same(iplint: Run, root: Path, format: str) -> None:
    printed = {
        iplint("inventory", ".", "--format", format, cwd=root, PYTHONHASHSEED=seed).stdout for seed in ("1", "2")
    }
    assert len(printed) == 1
    text = printed.pop()
    assert "aws" in text
    assert "AKIAFAKEFAKEFAKEFAK2" not in text


def test_what_cannot_be_read_is_told_and_changes_the_status(iplint: Run, root: Path) -> None:
    (root / "broken.tf").write_text('resource "aws_instance" {\n', encoding="utf-8")
    done = iplint("inventory", ".", cwd=root)
    assert done.returncode == 3
    assert "broken.tf:1" in done.stderr
    assert "aws_instance.web" in done.stdout.replace("\n", "")


def test_names_steer_neither_terminal_nor_markup(iplint: Run, tmp_path: Path) -> None:
    template = {"Resources": {"A|<b>\x1b[31m`x`": {"Type": "AWS::EC2::Instance", "Properties": {"ImageId": "ami-1"}}}}
    (tmp_path / "a.json").write_text(json.dumps(template), encoding="utf-8")
    shown = iplint("inventory", "a.json", cwd=tmp_path).stdout
    assert "\x1b" not in shown
    row = iplint("inventory", "a.json", "--format", "markdown", cwd=tmp_path).stdout.splitlines()[-1]
    # In code nothing is markup, but a table needs its pipes escaped.
    assert "<b>" not in re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", row)
    assert len(re.findall(r"(?<!\\)\|", row)) == 10

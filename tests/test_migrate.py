"""Comments of other scanners, said to iplint as well."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from conftest import judged
from iplint.finding import Report
from iplint.peers.migrate import migrated, table
from iplint_rules import all_rules

KNOWN = table(all_rules())
TERRAFORM = """\
resource "aws_instance" "web" {
  # checkov:skip=CKV_AWS_79:old agent
  #checkov:skip=CKV_AWS_8:no disk
  ami = "ami-0123456789abcdef0"

  iam_instance_profile = "web"
}

#trivy:ignore:AVD-AWS-0028:exp:2999-12-31
resource "aws_instance" "batch" {
  iam_instance_profile = "batch"
}
"""


def test_terraform() -> None:
    assert migrated(TERRAFORM, KNOWN) == (
        "# iplint: ignore[imdsv1-allowed] old agent\n"
        + TERRAFORM.replace("#trivy", "# iplint: ignore[imdsv1-allowed] until=2999-12-31\n#trivy")
    )


def test_cloudformation() -> None:
    text = """\
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties: {}
  Web:
    # checkov:skip=CKV_AWS_79,CKV_AWS_46:two at once
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-0123456789abcdef0
"""
    ours = "  # iplint: ignore[imdsv1-allowed, hardcoded-access-key] two at once\n"
    assert migrated(text, KNOWN) == text.replace("  Web:", f"{ours}  Web:")


@pytest.mark.parametrize(
    "text",
    [
        "# checkov:skip=CKV_AWS_8:another fact\n",
        "x = 1 # tfsec:ignore:aws-s3-enable-logging\n",
        'a = "CKV_AWS_79"\n',
        "",
        "a = 1",
    ],
)
def test_what_is_none_of_ours_stays(text: str) -> None:
    assert migrated(text, KNOWN) == text


def test_once_is_enough_and_line_ends_stay() -> None:
    once = migrated(TERRAFORM.replace("\n", "\r\n"), KNOWN)
    assert migrated(once, KNOWN) == once
    assert "\n" not in once.replace("\r\n", "")


def test_what_was_skipped_is_ignored_afterwards(tmp_path: Path, configuration: Callable[..., Report]) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "main.tf").write_text(TERRAFORM, encoding="utf-8")
    before = judged(tmp_path / "old")
    assert {finding.rule for finding in before.findings if finding.verdict == "fail"} == {"imdsv1-allowed"}
    after = configuration({"new/main.tf": migrated(TERRAFORM, KNOWN)})
    assert [finding.at.path for finding in after.findings if finding.verdict == "fail"] == ["old/main.tf"] * 2
    assert [finding.rule for finding in after.ignored] == ["imdsv1-allowed"] * 2


def test_the_command_shows_a_diff_and_writes_when_asked(
    iplint: Callable[..., CompletedProcess[str]], tmp_path: Path
) -> None:
    path = tmp_path / "main.tf"
    path.write_text(TERRAFORM, encoding="utf-8")
    shown = iplint("migrate", "main.tf", cwd=tmp_path)
    assert shown.returncode == 0
    assert "+# iplint: ignore[imdsv1-allowed] old agent" in shown.stdout
    assert path.read_text(encoding="utf-8") == TERRAFORM
    iplint("migrate", "main.tf", "--write", cwd=tmp_path)
    assert path.read_text(encoding="utf-8") == migrated(TERRAFORM, KNOWN)
    assert iplint("migrate", "none.tf", cwd=tmp_path).returncode == 2

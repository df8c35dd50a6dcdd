"""Standard input in place of a file: judged as the file would be, with what lies around it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from conftest import PATHS
from test_since import git

ROOT = Path(__file__).parents[1]
Given = Callable[..., CompletedProcess[str]]
HOST = """
Resources:
  Host:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-1
      IamInstanceProfile: web
      MetadataOptions: {HttpTokens: optional}
"""
INSTANCE = """
resource "aws_instance" "web" {
  ami                  = "ami-1"
  iam_instance_profile = "web"
  metadata_options {
    http_tokens = local.tokens
  }
}
"""


@pytest.fixture
def given() -> Given:
    """Run a check with a text on standard input."""

    def run(text: str | bytes, *arguments: str, cwd: Path) -> CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "iplint", "check", *arguments],
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": PATHS},
            input=text.encode() if isinstance(text, str) else text,
            capture_output=True,
            timeout=120,
            check=False,
        )
        return CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


def found(done: CompletedProcess[str]) -> list[tuple[str, str, int]]:
    report: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == (1 if report["findings"] else 0), done.stderr
    return [(finding["rule"], finding["path"], finding["line"]) for finding in report["findings"]]


JSON = ("--format", "json")


def test_a_template_without_a_name(given: Given, tmp_path: Path) -> None:
    assert found(given(HOST, "-", *JSON, cwd=tmp_path)) == [("imdsv1-allowed", "<stdin>", 8)]
    assert list(tmp_path.iterdir()) == []


def test_a_plan_without_a_name(given: Given, tmp_path: Path) -> None:
    plan = ROOT / "tests" / "plans" / "web" / "plan.json"
    piped = given(plan.read_bytes(), "-", *JSON, cwd=tmp_path)
    named = given("", str(plan), *JSON, cwd=tmp_path)
    assert {(rule, line) for rule, _, line in found(piped)} == {(rule, line) for rule, _, line in found(named)} != set()


@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize("name", ["stacks/web.yaml", "stacks/web.template", "stacks/web.json"])
def test_a_template_by_its_name(given: Given, tmp_path: Path, name: str, exists: bool) -> None:
    """What the file holds does not count; the configuration and the comments do."""
    if exists:
        (tmp_path / "stacks").mkdir()
        (tmp_path / name).write_text("Resources: [broken", encoding="utf-8")
    done = given(HOST, "-", "--stdin-filename", name, *JSON, cwd=tmp_path)
    assert found(done) == [("imdsv1-allowed", name, 8)]
    (tmp_path / "iplint.toml").write_text(f'[ignore-in]\n"{name}" = ["metadata"]\n', encoding="utf-8")
    assert found(given(HOST, "-", "--stdin-filename", name, *JSON, cwd=tmp_path)) == []


def test_a_file_that_a_template_includes_is_found_beside_it(given: Given, tmp_path: Path) -> None:
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "nested.yaml").write_text(HOST, encoding="utf-8")
    outer = "Resources: {Stack: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: nested.yaml}}}\n"
    done = given(outer, "-", "--stdin-filename", "stacks/outer.yaml", *JSON, cwd=tmp_path)
    assert found(done) == [("imdsv1-allowed", "stacks/nested.yaml", 8)]


@pytest.mark.parametrize("exists", [True, False])
def test_a_terraform_file_is_judged_with_its_siblings(given: Given, tmp_path: Path, exists: bool) -> None:
    (tmp_path / "app").mkdir()
    if exists:
        (tmp_path / "app" / "web.tf").write_text('resource "aws_instance" "old" {}\n', encoding="utf-8")
    for tokens, expected in (("optional", [("imdsv1-allowed", "app/locals.tf", 1)]), ("required", [])):
        (tmp_path / "app" / "locals.tf").write_text(f'locals {{ tokens = "{tokens}" }}\n', encoding="utf-8")
        done = given(INSTANCE, "-", "--stdin-filename", "app/web.tf", *JSON, cwd=tmp_path)
        assert found(done) == expected


def test_a_packer_template(given: Given, tmp_path: Path) -> None:
    text = 'source "amazon-ebs" "x" {\n  access_key = "AKIAFAKEFAKEFAKEFAK2"\n}\n'
    text += 'build {\n  sources = ["amazon-ebs.x"]\n}\n'
    done = given(text, "-", "--stdin-filename", "image.pkr.hcl", *JSON, cwd=tmp_path)
    assert ("hardcoded-access-key", "image.pkr.hcl", 2) in found(done)


def test_a_diff_is_printed_and_no_file_is_made(given: Given, tmp_path: Path) -> None:
    done = given(HOST, "-", "--stdin-filename", "web.yaml", "--diff", cwd=tmp_path)
    assert (
        "-      MetadataOptions: {HttpTokens: optional}\n+      MetadataOptions: {HttpTokens: required}" in done.stdout
    )
    assert list(tmp_path.iterdir()) == []


def test_what_came_since_a_revision(given: Given, tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text(HOST, encoding="utf-8")
    for arguments in (("init", "-q"), ("add", "."), ("commit", "-qm", "one")):
        git(tmp_path, *arguments)
    since = ("-", "--stdin-filename", "web.yaml", "--since", "HEAD", *JSON)
    assert found(given(f"# moved\n{HOST}", *since, cwd=tmp_path)) == []
    more = HOST + HOST.partition("Resources:\n")[2].replace("Host", "Other")
    assert found(given(more, *since, cwd=tmp_path)) == [("imdsv1-allowed", "web.yaml", 14)]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--stdin-filename", "a.yaml"], "give - as the path"),
        (["-", "-"], "read once only"),
        (["-", "--fix"], "--diff prints"),
        (["-", "--stdin-filename", "."], "this is a directory"),
        (["-", "--stdin-filename", "new/"], "this is a directory"),
    ],
)
def test_what_cannot_be_meant(given: Given, tmp_path: Path, arguments: list[str], words: str) -> None:
    done = given(HOST, *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


def test_what_cannot_be_read(given: Given, tmp_path: Path) -> None:
    done = given("Resources: [AWS::", "-", cwd=tmp_path)
    assert done.returncode == 3
    assert "<stdin>:" in done.stdout
    assert "--stdin-filename" in done.stderr
    done = given(b"\xff\xfe\x00", "-", "--stdin-filename", "a.yaml", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (3, "")
    assert "a.yaml" in done.stdout


def test_what_is_no_template_is_not_clean(given: Given, tmp_path: Path) -> None:
    done = given(INSTANCE, "-", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--stdin-filename" in done.stderr
    assert given("kind: Pod\n", "-", "--stdin-filename", "pod.yaml", cwd=tmp_path).returncode == 0


def test_what_lies_outside_the_repository_is_not_read(given: Given, tmp_path: Path) -> None:
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    (tmp_path / "repository" / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    done = given(HOST, "-", "--stdin-filename", "link.yaml", cwd=tmp_path / "repository")
    assert done.returncode == 3
    assert "lies outside the repository" in done.stdout

"""Known findings: written once, left out afterwards, stable under moves, never a secret, never swallowing another."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

Command = Callable[..., CompletedProcess[str]]
NAME = ".iplint-baseline.json"
HOST = """
Resources:
  Host:
    Type: AWS::EC2::Instance
    Properties:
      UserData:
        Fn::Base64: |
          #!/bin/sh
          export AWS_ACCESS_KEY_ID=AKIAFAKEFAKEFAKEFAK2
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "web.yaml").write_text(HOST, encoding="utf-8")
    return tmp_path


def found(iplint: Command, directory: Path, *options: str) -> tuple[int, list[str], dict[str, Any]]:
    done = iplint("check", "--format", "json", *options, cwd=directory)
    report = json.loads(done.stdout)
    return done.returncode, sorted(finding["path"] for finding in report["findings"]), report["summary"]


def test_known_findings_do_not_count(iplint: Command, repository: Path) -> None:
    written = iplint("baseline", cwd=repository)
    assert (written.returncode, written.stdout) == (0, "")
    assert "6 findings written" in written.stderr
    status, paths, summary = found(iplint, repository)
    assert (status, paths, summary["suppressed"]) == (0, [], 6)
    # The same from another directory, and where lines moved.
    assert found(iplint, repository / "a")[1] == []
    moved = "# more\n\n" + HOST.replace("    Type", "    # moved\n    Type")
    (repository / "a" / "web.yaml").write_text(moved, encoding="utf-8")
    assert found(iplint, repository)[1] == []
    assert found(iplint, repository, "--no-repo-config")[0] == 1


def test_no_secret_is_in_it(iplint: Command, repository: Path) -> None:
    iplint("baseline", cwd=repository)
    assert "FAKE" not in (repository / NAME).read_text(encoding="utf-8")


def test_what_is_new_counts_even_with_the_same_address(iplint: Command, repository: Path) -> None:
    (repository / "b" / "web.yaml").unlink()
    iplint("baseline", cwd=repository)
    (repository / "b" / "web.yaml").write_text(HOST, encoding="utf-8")
    assert found(iplint, repository)[1] == ["b/web.yaml"] * 3


def test_what_is_fixed_is_told(iplint: Command, repository: Path) -> None:
    iplint("baseline", cwd=repository)
    (repository / "b" / "web.yaml").write_text("Resources: {A: {Type: AWS::SNS::Topic}}\n", encoding="utf-8")
    done = iplint("check", cwd=repository)
    assert done.returncode == 0
    assert "3 entries of .iplint-baseline.json match nothing any more" in done.stderr
    # What was not looked at is not fixed.
    assert "fixed" not in iplint("check", "a", cwd=repository).stderr


def test_it_is_written_the_same_each_time(iplint: Command, repository: Path) -> None:
    iplint("baseline", cwd=repository)
    once = (repository / NAME).read_text(encoding="utf-8")
    iplint("baseline", "b", "a", cwd=repository, PYTHONHASHSEED="7")
    assert (repository / NAME).read_text(encoding="utf-8") == once


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "this is not JSON"),
        ("{}", "this needs version, findings"),
        ('{"version": 3, "findings": []}', "version: this has to be one of 1, 2"),
        (
            '{"version": 2, "findings": [{"rule": "x", "path": "x", "address": "x", "evidence": "x", "count": 1, '
            '"severity": "bad"}]}',
            "findings/0/severity: this has to be one of info, low",
        ),
        ('{"version": 1, "findings": [{"rule": "x"}]}', "findings/0"),
    ],
)
def test_what_is_no_baseline_is_refused(iplint: Command, repository: Path, text: str, words: str) -> None:
    (repository / NAME).write_text(text, encoding="utf-8")
    done = iplint("check", cwd=repository)
    assert done.returncode == 2
    assert words in done.stderr


INSTANCE = """\
resource "aws_instance" "web" {
  iam_instance_profile = "web"
  metadata_options {
    http_tokens = "optional"
  }
}
resource "aws_instance" "bare" {
  ami = "ami-0123456789abcdef0"
}
"""


def known(iplint: Command, directory: Path, before: dict[str, str], after: dict[str, str]) -> list[tuple[str, str]]:
    """What is new after some files have changed: rule and address."""
    (directory / ".git").mkdir(exist_ok=True)
    for files in (before, after):
        for path in directory.rglob("*.tf"):
            path.unlink()
        for path, text in files.items():
            (directory / path).parent.mkdir(parents=True, exist_ok=True)
            (directory / path).write_text(text, encoding="utf-8")
        if files is before:
            assert iplint("baseline", cwd=directory).returncode == 0
            assert iplint("check", cwd=directory).returncode == 0
    report = json.loads(iplint("check", "--format", "json", cwd=directory).stdout)
    return sorted((finding["rule"], finding["address"]) for finding in report["findings"])


@pytest.mark.parametrize(
    "line",
    [
        '    http_tokens = "optional" # the agent is old',
        '    http_tokens = "optional" // the agent is old',
        '    http_tokens = "optional" /* the agent is old */',
        '    /* why */ http_tokens   =   "optional"',
        '\thttp_tokens="optional"',
    ],
)
def test_a_comment_or_a_blank_makes_nothing_new(iplint: Command, tmp_path: Path, line: str) -> None:
    after = INSTANCE.replace('    http_tokens = "optional"', line).replace('"bare" {', '"bare" { # soon')
    assert known(iplint, tmp_path, {"main.tf": INSTANCE}, {"main.tf": after}) == []


def test_a_comment_in_yaml_makes_nothing_new(iplint: Command, repository: Path) -> None:
    text = "Resources:\n  Host:\n    Type: AWS::EC2::Instance\n"
    text += "    Properties:\n      MetadataOptions: {HttpTokens: optional}\n"
    (repository / "a" / "web.yaml").write_text(text, encoding="utf-8")
    iplint("baseline", cwd=repository)
    changed = text.replace("  Host:", "  Host:   # old").replace("optional}", "optional} # agent")
    (repository / "a" / "web.yaml").write_text(changed, encoding="utf-8")
    assert found(iplint, repository)[1] == []


def test_a_comment_sign_in_a_text_is_no_comment(iplint: Command, repository: Path) -> None:
    script = "          export AWS_ACCESS_KEY_ID=AKIAFAKEFAKEFAKEFAK2"
    iplint("baseline", cwd=repository)
    text = HOST.replace(script.strip(), script.strip() + " # and more")
    (repository / "a" / "web.yaml").write_text(text, encoding="utf-8")
    assert found(iplint, repository)[1] == ["a/web.yaml"]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (
            {
                "main.tf": INSTANCE.replace('"web" {', '"host" {').replace('"bare" {', '"naked" {')
                + "moved {\n  from = aws_instance.web\n  to   = aws_instance.host\n}\n"
                + "moved {\n  from = aws_instance.bare\n  to   = aws_instance.other\n}\n"
                + "moved {\n  from = aws_instance.other\n  to   = aws_instance.naked\n}\n"
            },
            [],
        ),
        (
            {
                "main.tf": 'module "m" {\n  source = "./m"\n}\n'
                + "moved {\n  from = aws_instance.web\n  to   = module.m.aws_instance.web\n}\n"
                + "moved {\n  from = aws_instance.bare\n  to   = module.m.aws_instance.naked\n}\n",
                "m/main.tf": INSTANCE.replace('"bare" {', '"naked" {'),
            },
            [],
        ),
        (
            {
                "main.tf": INSTANCE.replace('"web" {', '"web" {\n  for_each = toset(["x"])')
                + 'moved {\n  from = aws_instance.web\n  to   = aws_instance.web["x"]\n}\n'
            },
            [],
        ),
        # Nothing says that these are the same.
        ({"main.tf": INSTANCE.replace('"web" {', '"host" {')}, [("imdsv1-allowed", "aws_instance.host")]),
        # What is there still has not moved.
        (
            {
                "main.tf": INSTANCE.replace('"optional"', '"required"')
                + INSTANCE.partition('resource "aws_instance" "bare"')[0].replace('"web" {', '"host" {')
                + "moved {\n  from = aws_instance.web\n  to   = aws_instance.host\n}\n"
            },
            [("imdsv1-allowed", "aws_instance.host")],
        ),
    ],
)
def test_a_moved_block_keeps_what_is_known(
    iplint: Command, tmp_path: Path, after: dict[str, str], expected: list[tuple[str, str]]
) -> None:
    assert known(iplint, tmp_path, {"main.tf": INSTANCE}, after) == expected


def test_a_module_that_moves_keeps_what_is_known(iplint: Command, tmp_path: Path) -> None:
    call = 'module "a" {\n  source = "./m"\n}\n'
    moved = call.replace('"a" {', '"b" {\n  count = 1') + "moved {\n  from = module.a\n  to   = module.b[0]\n}\n"
    before = {"main.tf": call, "m/main.tf": INSTANCE}
    assert known(iplint, tmp_path, before, {"main.tf": moved, "m/main.tf": INSTANCE}) == []


def test_what_has_become_more_severe_is_new(iplint: Command, repository: Path) -> None:
    iplint("baseline", cwd=repository)
    path = repository / NAME
    tree = json.loads(path.read_text(encoding="utf-8"))
    assert tree["version"] == 2
    assert {entry["severity"] for entry in tree["findings"]} == {"critical", "high"}
    for entry in tree["findings"]:
        entry["severity"] = "medium"
    path.write_text(json.dumps(tree), encoding="utf-8")
    done = iplint("check", cwd=repository)
    assert done.returncode == 1
    assert "fixed" not in done.stderr


def test_a_baseline_of_version_1_covers_any_severity(iplint: Command, repository: Path) -> None:
    line = "Properties: {MetadataOptions: {HttpTokens: optional}, IamInstanceProfile: x} # old"
    text = f"Resources:\n  Host:\n    Type: AWS::EC2::Instance\n    {line}\n"
    (repository / "a" / "web.yaml").write_text(text, encoding="utf-8")
    entry = {"rule": "imdsv1-allowed", "path": "a/web.yaml", "address": "Host", "count": 1}
    for seen in (line, line.partition(" #")[0]):
        evidence = hashlib.sha256(seen.encode()).hexdigest()[:16]
        tree = {"version": 1, "findings": [{**entry, "evidence": evidence}]}
        (repository / NAME).write_text(json.dumps(tree), encoding="utf-8")
        assert found(iplint, repository, "a")[:2] == (0, [])

"""Known findings: written once, left out afterwards, stable under moves, never a secret, never swallowing another."""

from __future__ import annotations

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
    assert "3 findings of .iplint-baseline.json are fixed" in done.stderr
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
        ('{"version": 2, "findings": []}', "version: this has to meet const 1"),
        ('{"version": 1, "findings": [{"rule": "x"}]}', "findings/0"),
    ],
)
def test_what_is_no_baseline_is_refused(iplint: Command, repository: Path, text: str, words: str) -> None:
    (repository / NAME).write_text(text, encoding="utf-8")
    done = iplint("check", cwd=repository)
    assert done.returncode == 2
    assert words in done.stderr

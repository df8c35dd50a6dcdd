"""`iplint check --validate`: what cfn-lint says of the templates, in every report; what it refuses is not proven."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from iplint.cli import run
from iplint.location import Source
from iplint.validation import Validator

GOOD = """\
Resources:
  Topic: {Type: AWS::SNS::Topic}
  Web:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-0123456789abcdef0
      IamInstanceProfile: web
      MetadataOptions: {HttpTokens: required}
"""
# Rules that a template names are code, and so is what a configuration in the working directory names.
HOSTILE = "Metadata: {cfn-lint: {config: {append_rules: [rules], ignore_checks: [E3002]}}}\n"


def test_errors_of_cfn_lint_are_reported_and_nothing_is_proven(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("cfnlint")
    monkeypatch.chdir(tmp_path)
    files = {
        "good.yaml": GOOD,
        "bad.yaml": GOOD.replace("ImageId:", "Nonsense: 1\n      ImageId:"),
        "own.yaml": HOSTILE + GOOD.replace("ImageId:", "Nonsense: 1\n      ImageId:").replace("SNS", "SSN"),
        "main.tf": "",
        "rules/mine.py": "raise SystemExit(7)\n",
        ".cfnlintrc": "append_rules: [rules]\nignore_checks: [E]\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    status = run(["check", "--validate", "--undecided", "-f", "json", "-o", "sarif:out.sarif"])
    report = json.loads(capfd.readouterr().out)
    told = {
        (one["path"], one["line"], one["message"].split(":")[0]) for one in report["notices"] if one["path"] in files
    }
    assert status == 3
    assert told == {("bad.yaml", 6, "cfn-lint E3002"), ("own.yaml", 3, "cfn-lint E3006")}
    assert "E3002" in (tmp_path / "out.sarif").read_text(encoding="utf-8")
    assert report["summary"]["launches"]["proven"] == 0
    assert run(["check", "-q"]) == 0


def test_cfn_lint_opens_no_file_that_a_template_names(tmp_path: Path) -> None:
    pytest.importorskip("cfnlint")
    (tmp_path / "nested.yaml").write_text("Parameters: {Private: {Type: String}}\n" + GOOD, encoding="utf-8")
    outer = (
        "Resources:\n  Inner:\n    Type: AWS::CloudFormation::Stack\n"
        f"    Properties: {{TemplateURL: {tmp_path / 'nested.yaml'}, Parameters: {{Other: x}}}}\n"
    )
    assert Validator().notices(Source("outer.yaml", outer)) == []


def test_without_cfn_lint_the_option_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert run(["check", "--validate"]) == 2
    assert "pip install 'iplint[cfn-lint]'" in capfd.readouterr().err


def test_a_template_that_takes_too_long_is_not_taken_for_valid() -> None:
    pytest.importorskip("cfnlint")
    validator = Validator(seconds=0)
    (notice,) = validator.notices(Source("t.yaml", GOOD))
    validator.stop()
    assert notice.is_fatal
    assert notice.unsettles
    assert "took longer than 0 seconds" in notice.message

"""iplint as a plug-in of cfn-lint, through its own command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conftest import FIXTURES, PATHS
from iplint.rule import CLOUDFORMATION
from iplint_rules import all_rules

if TYPE_CHECKING:
    from collections.abc import Callable

pytest.importorskip("cfnlint")

from iplint.cfnlint import NUMBERS, UNREAD

# What the script `cfn-lint` does.
RUN = "import sys; from cfnlint.runner import main; sys.exit(main())"
OURS = ("-i", "E", "W", "I", "-m", "E91", "W91", "I91", "-c", "I")


def cfn_lint(cwd: Path, *arguments: str) -> list[dict[str, object]]:
    """Run cfn-lint with the plug-in, and return what it reports."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, "-a", "iplint.cfnlint", "--format", "json", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": PATHS},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert not done.stderr, done.stderr
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


def place(match: dict[str, object]) -> tuple[object, ...]:
    """Return the file, line and column of a match, and the number of its rule."""
    location = match["Location"]
    rule = match["Rule"]
    assert isinstance(location, dict)
    assert isinstance(rule, dict)
    start = location["Start"]
    return match["Filename"], start["LineNumber"], start["ColumnNumber"], int(rule["Id"][3:])


def test_reports_what_the_command_reports(iplint: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    names = ("imdsv1-allowed", "administrator-access", "hardcoded-access-key", "role-without-ec2-trust")
    files = sorted(
        str(path.relative_to(FIXTURES)) for name in names for path in (FIXTURES / name).glob("*.yaml") if path.is_file()
    )
    report = json.loads(iplint("check", "--format", "json", *files, cwd=FIXTURES).stdout)
    expected = [(one["path"], one["line"], one["column"], NUMBERS[one["rule"]]) for one in report["findings"]]
    found = cfn_lint(FIXTURES, *OURS, "--", *files)
    assert len(expected) > 50
    assert sorted(map(repr, map(place, found))) == sorted(map(repr, expected))


def test_counts_ignores_of_cfn_lint(tmp_path: Path) -> None:
    template = {
        "Resources": {
            name: {
                "Type": "AWS::EC2::Instance",
                **({"Metadata": {"cfn-lint": {"config": {"ignore_checks": ["E9121"]}}}} if name == "Old" else {}),
                "Properties": {"ImageId": "ami-12345678"},
            }
            for name in ("New", "Old")
        }
    }
    (tmp_path / "web.json").write_text(json.dumps(template, indent=1))
    found = cfn_lint(tmp_path, "-i", "E9101", "--", "web.json")
    assert [match["Message"] for match in found] == ["New allows IMDSv1: HttpTokens is not set"]


def test_says_what_keeps_it_from_checking(tmp_path: Path) -> None:
    (tmp_path / ".iplint.toml").write_text("select = 3\n")
    (tmp_path / "web.yaml").write_text("Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n")
    (match,) = cfn_lint(tmp_path, *OURS, "--", "web.yaml")
    assert place(match) == ("web.yaml", 1, 1, NUMBERS[UNREAD])
    assert "select" in str(match["Message"])


def test_every_rule_has_a_number_of_its_own() -> None:
    names = {rule.name for rule in all_rules() if CLOUDFORMATION in rule.languages}
    assert names <= set(NUMBERS)
    assert len(set(NUMBERS.values())) == len(NUMBERS)

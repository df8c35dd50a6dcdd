"""The scaffold of a rule: what it writes works before anybody changes it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]
SCRIPT = TOP / "docs" / "new_rule.py"

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def scaffold(tmp_path: Path) -> Path:
    """A tree in which the script has made a rule."""
    (tmp_path / "docs").mkdir()
    script = tmp_path / "docs" / "new_rule.py"
    script.write_text(SCRIPT.read_text(encoding="utf-8"), encoding="utf-8")
    subprocess.run([sys.executable, str(script), "public-address", "metadata"], check=True, capture_output=True)
    return tmp_path


@pytest.mark.parametrize(("case", "findings"), [("bad.yaml", 1), ("good.yaml", 0), ("bad", 1), ("good", 0)])
def test_a_new_rule_finds_what_its_fixtures_mark(scaffold: Path, iplint: Command, case: str, findings: int) -> None:
    rules = ["--rules", str(scaffold / "rules" / "iplint_rules"), "--select", "public-address"]
    done = iplint("check", *rules, "--format", "json", str(scaffold / "tests" / "fixtures" / "public-address" / case))
    found = json.loads(done.stdout)["findings"]
    assert [finding["rule"] for finding in found] == ["public-address"] * findings


@pytest.mark.parametrize("arguments", [["public-address"], ["Public_Address"], ["x", "nothing"], []])
def test_a_rule_that_is_there_or_has_no_name_is_refused(scaffold: Path, arguments: list[str]) -> None:
    script = str(scaffold / "docs" / "new_rule.py")
    done = subprocess.run([sys.executable, script, *arguments], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr

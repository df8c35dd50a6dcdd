"""Several reports of one run, each in its file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from iplint.cli import run

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

TEMPLATE = "Resources:\n  Web:\n    Type: AWS::EC2::Instance\n    Properties: {ImageId: ami-1}\n"


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    (tmp_path / "a.yaml").write_text(TEMPLATE, encoding="utf-8")
    return tmp_path


def test_named_formats_stand_beside_standard_output(
    iplint: Callable[..., subprocess.CompletedProcess[str]], stack: Path
) -> None:
    done = iplint("check", "a.yaml", "--output", "json:out.json", "--output", "junit:out.xml", cwd=stack)
    alone = iplint("check", "a.yaml", cwd=stack)
    assert (done.returncode, done.stdout) == (1, alone.stdout)
    assert json.loads((stack / "out.json").read_text(encoding="utf-8"))["findings"]
    assert "<testsuites" in (stack / "out.xml").read_text(encoding="utf-8")


def test_a_plain_file_takes_the_place_of_standard_output(
    iplint: Callable[..., subprocess.CompletedProcess[str]], stack: Path
) -> None:
    arguments = ("check", "a.yaml", "--format", "concise", "-o", "./text:x", "-o", "C:x", "-o", "gitlab:g.json")
    done = iplint(*arguments, cwd=stack)
    assert (done.returncode, done.stdout) == (1, "")
    assert (stack / "text:x").read_text(encoding="utf-8").startswith("a.yaml:")
    assert (stack / "C:x").read_text(encoding="utf-8").startswith("a.yaml:")
    assert json.loads((stack / "g.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("r.json", "{"),
        ("r.SARIF", "{"),
        ("r.html", "<!"),
        ("r.md", "#"),
        ("r.xml", "<?xml"),
        ("r.log", "high["),
        ("r", "high["),
    ],
)
def test_the_end_of_a_name_chooses_the_format(stack: Path, name: str, start: str) -> None:
    assert run(["check", str(stack / "a.yaml"), "-o", str(stack / name)]) == 1
    assert (stack / name).read_text(encoding="utf-8").startswith(start)
    assert run(["check", str(stack / "a.yaml"), "--format", "concise", "-o", str(stack / name)]) == 1
    assert (stack / name).read_text(encoding="utf-8").partition(":")[0].endswith("a.yaml")


@pytest.mark.parametrize("outputs", [("sarif:",), ("json:x", "./x")])
def test_what_cannot_be_meant(
    iplint: Callable[..., subprocess.CompletedProcess[str]], stack: Path, outputs: tuple[str, ...]
) -> None:
    done = iplint("check", "a.yaml", *(word for output in outputs for word in ("-o", output)), cwd=stack)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--output" in done.stderr

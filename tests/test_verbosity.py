"""How much a check tells, and where: --quiet, --verbose, --statistics, links, the line of progress."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from conftest import PATHS
from iplint.cli.output import takes_links
from iplint.cli.progress import Progress

Command = Callable[..., CompletedProcess[str]]
BAD = """\
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-1
      IamInstanceProfile: web
      MetadataOptions: {HttpTokens: optional}
"""
GOOD = BAD.replace("optional", "required")
IGNORED = BAD.replace("optional}", "optional} # iplint: ignore[imdsv1-allowed] old agent")


def write(folder: Path, **files: str) -> None:
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_text(content, encoding="utf-8")


def test_quiet_is_silent_where_nothing_is_found(iplint: Command, tmp_path: Path) -> None:
    write(tmp_path, good__yaml=GOOD)
    done = iplint("check", "--quiet", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    write(tmp_path, bad__yaml=BAD)
    done = iplint("check", "-q", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("high[imdsv1-allowed]")
    assert "Checked" not in done.stdout


def test_verbose_tells_what_was_read_and_how_it_was_judged(iplint: Command, tmp_path: Path) -> None:
    write(tmp_path, good__yaml=GOOD, bad__yaml=BAD, ignored__yaml=IGNORED, broken__tf='resource "aws_instance" "a" {\n')
    write(tmp_path, iplint__toml='fail-on = "high"\n[parameters]\nPassword = "Hunter2-FAKE"\n')
    done = iplint("check", "--verbose", "--select", "metadata", cwd=tmp_path)
    assert done.returncode == 3
    assert "iplint: configured by iplint.toml, which sets fail-on, parameters\n" in done.stderr
    assert "high-metadata-hop-limit, imdsv1-account-default, imdsv1-allowed" in done.stderr
    assert "iplint: parameters given: Password\n" in done.stderr
    assert done.stderr.splitlines()[-4:] == [
        "iplint: bad.yaml: 1 failing",
        "iplint: broken.tf: 1 unreadable",
        "iplint: good.yaml: nothing found",
        "iplint: ignored.yaml: 1 ignored",
    ]
    assert "Hunter2" not in done.stderr
    assert done.stdout == iplint("check", "--select", "metadata", cwd=tmp_path).stdout


def test_quiet_and_verbose_exclude_each_other(iplint: Command, tmp_path: Path) -> None:
    done = iplint("check", "-q", "-v", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")


def test_what_is_accepted_is_counted_by_rule_and_left_out_of_sarif(iplint: Command, tmp_path: Path) -> None:
    """Whoever accepts it: a comment, the configuration, the baseline."""
    (tmp_path / ".git").mkdir()
    write(tmp_path, said__yaml=IGNORED, legacy__yaml=BAD, known__yaml=BAD)
    assert iplint("baseline", "known.yaml", cwd=tmp_path).returncode == 0
    write(tmp_path, iplint__toml='[ignore-in]\n"legacy.yaml" = ["metadata"]\n')
    done = iplint("check", "-o", "json:out.json", "-o", "sarif:out.sarif", "--statistics", cwd=tmp_path)
    assert done.returncode == 0
    assert "3 ignored (imdsv1-allowed 3)" in done.stdout
    assert [line.split() for line in done.stdout.splitlines()[:2]] == [
        ["rule", "severity", "findings", "ignored"],
        ["imdsv1-allowed", "high", "-", "3"],
    ]
    report = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert (report["summary"]["suppressed"], report["findings"]) == (3, [])
    (run,) = json.loads((tmp_path / "out.sarif").read_text(encoding="utf-8"))["runs"]
    # Code scanning shows suppressed results as open alerts.
    assert run["results"] == []
    assert run["properties"]["summary"]["suppressed"] == 3


@pytest.mark.parametrize(
    ("is_terminal", "asked", "path", "environment", "expected"),
    [
        (True, "auto", None, {"TERM": "xterm"}, True),
        (False, "auto", None, {"TERM": "xterm"}, False),
        (True, "auto", None, {"TERM": "dumb"}, False),
        (True, "auto", None, {"TERM": "linux"}, False),
        (True, "auto", None, {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (True, "never", None, {"TERM": "xterm"}, False),
        (False, "always", None, {"TERM": "xterm"}, False),
        (True, "auto", None, {"TERM": "xterm", "FORCE_HYPERLINK": "0"}, False),
        (False, "auto", None, {"FORCE_HYPERLINK": "1"}, True),
        (True, "auto", "report.txt", {"TERM": "xterm", "FORCE_HYPERLINK": "1"}, False),
    ],
)
def test_where_places_are_links(
    monkeypatch: pytest.MonkeyPatch,
    is_terminal: bool,
    asked: str,
    path: str | None,
    environment: dict[str, str],
    expected: bool,
) -> None:
    monkeypatch.setattr(os, "environ", environment)
    monkeypatch.setattr(sys, "stdout", _Stream(is_terminal))
    assert takes_links(asked, path) is expected


class _Stream:
    """What stands for a standard stream."""

    def __init__(self, is_terminal: bool) -> None:
        self._is_terminal = is_terminal
        self.text = ""

    def isatty(self) -> bool:
        return self._is_terminal

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        pass


def progress_of(monkeypatch: pytest.MonkeyPatch, times: list[float], stream: _Stream, quiet: bool = False) -> str:
    """What is written when roots begin at some times, in seconds."""
    clock = iter([0.0, *times])
    monkeypatch.setattr("iplint.cli.progress.time.monotonic", lambda: next(clock))
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    with Progress(quiet) as progress:
        for number in range(len(times)):
            progress.at(f"stack{number}.yaml")
    return stream.text


def test_progress_is_told_after_a_second_and_erased(monkeypatch: pytest.MonkeyPatch) -> None:
    told = progress_of(monkeypatch, [0.5, 0.9, 1.2, 1.21, 1.5], _Stream(True))
    erase = "\r\x1b[K"
    assert told == f"{erase}iplint: 3 checked, now stack2.yaml{erase}iplint: 5 checked, now stack4.yaml{erase}"


def test_no_progress_for_short_runs_files_and_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    assert progress_of(monkeypatch, [0.5, 0.9], _Stream(True)) == ""
    assert progress_of(monkeypatch, [5.0], _Stream(False)) == ""
    assert progress_of(monkeypatch, [5.0], _Stream(True), quiet=True) == ""


def test_a_path_cannot_steer_the_line_of_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = _Stream(True)
    monkeypatch.setattr("iplint.cli.progress.time.monotonic", iter([0.0, 2.0]).__next__)
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    Progress(False).at("\x1b]0;x\x07\n日本" + "日" * 100)
    line = stream.text.removeprefix("\r\x1b[K")
    assert line.isprintable()
    assert len(line) < 60


def test_a_terminal_gets_colour_and_links(tmp_path: Path) -> None:
    write(tmp_path, bad__yaml=BAD)
    leader, follower = pty.openpty()
    unset = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "FORCE_HYPERLINK")
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    done = subprocess.run(
        [sys.executable, "-m", "iplint", "check", "bad.yaml", "--select", "imdsv1-allowed"],
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": PATHS, "TERM": "xterm"},
        stdin=subprocess.DEVNULL,
        stdout=follower,
        stderr=subprocess.PIPE,
        timeout=120,
        check=False,
    )
    os.close(follower)
    shown = os.read(leader, 1 << 16).decode()
    os.close(leader)
    assert done.returncode == 1
    assert f"\x1b]8;;file://{tmp_path}/bad.yaml\x1b\\bad.yaml:7:37\x1b]8;;\x1b\\" in shown
    assert "\x1b[1;31mhigh[imdsv1-allowed]" in shown

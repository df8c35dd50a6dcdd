"""What the tests share: running a check in this process, and finding the labelled material."""

from __future__ import annotations

import gc
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from iplint.discovery.options import Options
from iplint.finding import Report
from iplint.judging.session import Session, SessionSettings
from iplint_rules import all_rules

sys.setrecursionlimit(20_000)
# The command runs without the cycle collector; here it runs now and then.
gc.set_threshold(100_000, 20, 20)

TOP = Path(__file__).parents[1]
FIXTURES = TOP / "tests" / "fixtures"
OFFLINE = TOP / "tests" / "offline"
# Where a process that the tests start finds the working tree, and what keeps it off the network.
PATHS = os.pathsep.join(str(path) for path in (OFFLINE, TOP / "linter", TOP / "rules"))

# What an earlier run found is none of the tests' business, but for those of the cache.
os.environ["IPLINT_CACHE_DIR"] = ""

# pytest-xdist gives its workers a width, to which reports would be wrapped.
WIDTH = "COLUMNS"
os.environ.pop(WIDTH, None)

# Signals that the shell of a job in the background ignores would not end what the tests start and interrupt. A process
# does not inherit a handler.
for _number in (signal.SIGINT, signal.SIGHUP) if sys.platform != "win32" else ():
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, lambda *_: None)

runpy.run_path(str(OFFLINE / "sitecustomize.py"))


def judged(
    *paths: Path | str,
    working: Path | None = None,
    rules: Sequence[str] = (),
    parameters: Mapping[str, str] | None = None,
    variables: Mapping[str, str] | None = None,
) -> Report:
    """The report on some paths, by the rules that judge unasked or by those named; findings as their places follow."""
    chosen = [rule for rule in all_rules() if (rule.name in rules if rules else not rule.optional)]
    settings = SessionSettings(chosen, known=all_rules(), inputs=Options(parameters, variables))
    directory = working or (Path(paths[0]) if Path(paths[0]).is_dir() else Path(paths[0]).parent)
    report, _ = Session(settings, str(directory)).examine([str(path) for path in paths])
    report.findings.sort(key=lambda finding: (finding.at.key(), finding.rule, finding.address))
    return report


def failures(report: Report) -> list[tuple[str, str, int]]:
    """The failing findings as rule, address and line."""
    return [
        (finding.rule, finding.address, finding.at.first[0]) for finding in report.findings if finding.verdict == "fail"
    ]


@pytest.fixture
def template(tmp_path: Path) -> Callable[..., Report]:
    """Check one CloudFormation template given as text."""

    def check(text: str, **options: object) -> Report:
        path = tmp_path / "template.yaml"
        path.write_text(text, encoding="utf-8")
        return judged(path, **options)  # type: ignore[arg-type]  # handed through as given

    return check


@pytest.fixture
def configuration(tmp_path: Path) -> Callable[..., Report]:
    """Check a Terraform root module given as text, or as texts by path."""

    def check(files: str | Mapping[str, str], **options: object) -> Report:
        for name, text in ({"main.tf": files} if isinstance(files, str) else files).items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return judged(tmp_path, **options)  # type: ignore[arg-type]  # handed through as given

    return check


@pytest.fixture
def iplint() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command as a user does, in a process of its own."""

    def run(*arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "iplint", *arguments],
            cwd=cwd,
            env={name: value for name, value in os.environ.items() if name != WIDTH}
            | {"PYTHONPATH": PATHS, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The labelled material that IPLINT_CORPUS names."""
    named = os.environ.get("IPLINT_CORPUS")
    if not named:
        pytest.skip("IPLINT_CORPUS does not name a corpus")
    return Path(named)

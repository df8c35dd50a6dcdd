"""Checks in several processes: the same report as in one, whatever happens to a process."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from copy import copy
from pathlib import Path
from shutil import copytree
from typing import TYPE_CHECKING

import pytest

from conftest import PATHS
from iplint.cache.store import NAME
from iplint.cli import run
from iplint.discovery.pending import PendingRoot
from iplint.judging.session import MAX_PROCESSES, Session, SessionSettings, processes
from iplint.judging.session import MIN_FILES as MANY
from iplint.resource import NoticeKind
from iplint_rules import all_rules
from test_cache import FILES, FUNCTION, KEY, MIN_FILES, instance, put

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from iplint.finding import Report, Verdict

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has several processes")
RULES = all_rules()
# Beside the roots of all kinds: what is not a template and what cannot be read, secrets, what is checked in one process
# always, and what is found in files that several roots share.
MORE = {
    "keys.yaml": FUNCTION.replace("KEY", KEY),
    "named.yaml": f"Resources:\n{instance('x', 'optional').replace('Web', KEY)}",
    "unread.yaml": "AWSTemplateFormatVersion: 2010-09-09\nResources:\n  - {\n",
    "plan.json": '{"format_version": "1.2", "planned_values": {"root_module": {}}}',
    "tests/main.tftest.hcl": f'variables {{\n  key = "{KEY}"\n}}\n',
    **{
        f"roots/{number}/main.tf": 'provider "aws" {}\nmodule "web" {\n  source = "../../modules/shared"\n}\n'
        for number in range(6)
    },
    "modules/shared/main.tf": 'resource "aws_instance" "web" {\n  ami = "ami-1"\n  metadata_options {\n'
    '    http_tokens = "optional"\n  }\n}\n',
}


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    top = tmp_path / "repository"
    (top / ".git").mkdir(parents=True)
    for name, text in (FILES | MORE).items():
        put(top, name, text)
    monkeypatch.chdir(top)
    return top


@pytest.fixture
def forks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The processes that were started."""
    found: list[int] = []
    fork = os.fork

    def counted() -> int:
        process = fork()
        found.append(process)
        return process

    monkeypatch.setattr(os, "fork", counted)
    return found


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "--format", "json", "--undecided", "--proof", "--suppressed"),
        ("check", "--format", "sarif", "--strict"),
        ("check", "--verbose", "--severity", "low"),
        ("check", "--diff", "--unsafe-fixes"),
        ("prove", "--format", "json"),
        ("baseline", "--output", "/dev/stdout"),
    ],
)
def test_the_report_is_the_same_to_the_byte(
    tree: Path, forks: list[int], capfd: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    if "--diff" in arguments:
        (tree / "plan.json").unlink()  # where there is a plan, nothing is fixed
    alone = run([*arguments, "--jobs", "1"]), capfd.readouterr()
    assert not forks
    assert (run([*arguments, "--jobs", "3"]), capfd.readouterr()) == alone
    assert len(forks) >= 4  # for Terraform and for templates
    assert alone[1].out.strip()
    assert KEY[4:] not in alone[1].out


def test_fixes_are_the_same(tree: Path, forks: list[int], tmp_path: Path) -> None:
    (tree / "plan.json").unlink()
    other = copytree(tree, tmp_path / "other")
    assert run(["check", "--fix", "--unsafe-fixes", "--jobs", "1", "-q", "-o", os.devnull]) == 3
    os.chdir(other)
    assert run(["check", "--fix", "--unsafe-fixes", "--jobs", "2", "-q", "-o", os.devnull]) == 3
    assert forks
    for name in (FILES | MORE).keys() - {"plan.json"}:
        assert (other / name).read_text("utf-8") == (tree / name).read_text("utf-8")
    assert (tree / "modules/shared/main.tf").read_text("utf-8") != MORE["modules/shared/main.tf"]


def test_the_cache_is_filled_and_used_alike(
    tree: Path, forks: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for number in range(MIN_FILES):
        put(tree, f"data/{number}.json", "{}")

    def rows(jobs: int) -> list[tuple[bytes, bytes]]:
        monkeypatch.setenv("IPLINT_CACHE_DIR", str(tmp_path / str(jobs)))
        assert run(["check", "--jobs", str(jobs)]) == 3
        capfd.readouterr()
        with sqlite3.connect(tmp_path / str(jobs) / NAME) as connection:
            return connection.execute("SELECT key, row FROM roots ORDER BY key").fetchall()

    assert len(rows(1)) > len(RULES) // 2
    assert rows(2) == rows(1)
    forks.clear()
    assert rows(2) == rows(1)
    assert not forks  # too little is left to check
    run(["check", "--jobs", "2", "--verbose"])
    assert [line for line in capfd.readouterr().err.splitlines() if "from the cache" in line and " 0 " not in line]


# What may happen to a process


def checked(tree: Path, defect: Callable[[str], None], jobs: int = 2) -> Report:
    """The report of a check in which something happens when a rule comes to a resource."""
    [rule] = [copy(rule) for rule in RULES if rule.name == "imdsv1-allowed"]
    usual = rule.check

    def check(subject: object) -> Iterator[Verdict]:
        defect(getattr(subject, "address", ""))
        yield from usual(subject)

    rule.check = check
    return Session(SessionSettings([rule], jobs=jobs), str(tree)).check(["."])


def lines(report: Report) -> list[str]:
    found = [f"{finding.at!r} {finding.message}" for finding in report.findings]
    return [*found, *(f"{notice.kind} {notice.path} {notice.message}" for notice in report.notices)]


def test_what_a_killed_process_checked_is_checked_again(tree: Path, forks: list[int], tmp_path: Path) -> None:
    here, mark = os.getpid(), tmp_path / "mark"

    def defect(address: str) -> None:
        if address.endswith("aws_instance.web") and os.getpid() != here and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)

    assert lines(checked(tree, defect)) == lines(checked(tree, lambda address: None, jobs=1))
    assert mark.exists()
    assert len(forks) > 4


def test_what_kills_every_process_is_named(tree: Path) -> None:
    here = os.getpid()

    def defect(address: str) -> None:
        if address == KEY and os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)

    usual = checked(tree, lambda address: None, jobs=1)
    report = checked(tree, defect)
    [notice] = [notice for notice in report.notices if notice.path == "named.yaml"]
    assert notice.kind == NoticeKind.UNREADABLE
    assert "ended twice, by SIGKILL" in notice.message
    left = [line for line in lines(usual) if "named.yaml" not in line]
    assert [line for line in lines(report) if "named.yaml" not in line] == left
    assert report.launches.checked == usual.launches.checked - 1


def test_an_error_is_the_same_notice(tree: Path, forks: list[int]) -> None:
    def defect(address: str) -> None:
        if "web" in address:
            raise ValueError(address)

    report = checked(tree, defect)
    assert forks
    assert any("failed on" in line for line in lines(report))
    assert lines(report) == lines(checked(tree, defect, jobs=1))


def test_what_stops_the_run_stops_it_at_the_same_root(
    tree: Path, forks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    read = PendingRoot.read

    def stopped(pending: PendingRoot) -> object:
        if pending.path == "marked.yaml":
            raise LookupError
        return read(pending)

    monkeypatch.setattr(PendingRoot, "read", stopped)
    report = checked(tree, lambda address: None)
    assert forks
    assert any("reading stopped (LookupError)" in line for line in lines(report))
    assert lines(report) == lines(checked(tree, lambda address: None, jobs=1))


def test_without_room_for_processes_there_is_one(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> int:
        raise BlockingIOError

    usual = lines(checked(tree, lambda address: None, jobs=1))
    monkeypatch.setattr(os, "fork", full)
    assert lines(checked(tree, lambda address: None)) == usual


RULE = '''
import os, signal
from iplint.finding import Severity
from iplint.model import Launch
from iplint.rule import rule

@rule("never-ends", group="profile", on=Launch, severity=Severity.LOW, why="-", fix="-", languages=("cloudformation",))
def check(launch):
    """What it does: nothing."""
    os.rename(os.open("{marks}/new", os.O_CREAT) and "{marks}/new", f"{marks}/{{os.getpid()}}")
    signal.pause()
    yield
'''


@pytest.mark.parametrize(
    ("number", "status", "said"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "ended by SIGTERM")]
)
def test_an_interrupt_ends_all_processes(tmp_path: Path, number: int, status: int, said: str) -> None:
    tree, rules, marks = (tmp_path / name for name in ("tree", "rules", "marks"))
    marks.mkdir()
    for index in range(8):
        put(tree, f"{index}.yaml", f"Resources:\n{instance('known')}")
    put(rules, "never_ends.py", RULE.format(marks=marks))
    command = [sys.executable, "-m", "iplint", "check", "--jobs", "2", "--rules", str(rules), str(tree)]
    environment = os.environ | {"PYTHONPATH": PATHS}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, encoding="utf-8") as process:
        for _ in range(3_000):
            if process.poll() is not None or len(os.listdir(marks)) == 2:
                break
            time.sleep(0.01)
        process.send_signal(number)
        _, printed = process.communicate(timeout=60)
    assert (process.returncode, printed) == (status, f"iplint: {said}\n")
    assert [name for name in os.listdir(marks) if Path("/proc", name).exists()] == []
    assert len(os.listdir(marks)) == 2


# How many processes


def test_many_files_are_checked_by_as_many_processes_as_there_are_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1, 2, 7})
    assert processes(None, MANY - 1) == 1
    assert processes(None, MANY) == 4
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(64)))
    assert processes(None, MANY) == MAX_PROCESSES
    assert processes(20, 1) == 20
    monkeypatch.setattr(sys, "platform", "darwin")
    assert processes(20, MANY) == 1


@pytest.mark.parametrize("given", ["0", "-1", "two", "1.5", "²"])
def test_a_number_of_processes_is_a_number(given: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", f"--jobs={given}", "."]) == 2
    assert "is not a whole number from 1" in capsys.readouterr().err

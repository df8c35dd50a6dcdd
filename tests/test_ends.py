"""How a run ends: streams that are full, closed or left, and signals, give one line and the right status."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from conftest import PATHS
from iplint.cli.output import FORMATS
from test_since import HOST, git

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
PRINTING = (
    *(f"check --format {name}" for name in FORMATS),
    "check --statistics",
    "check --diff",
    "rules",
    "explain imdsv1-allowed",
    "explain imdsv1-allowed .",
    "config",
    "inventory",
    "inventory --format json",
    "graph",
    "graph --format svg",
    "completion bash",
    "migrate main.tf",
    "migrate --format json main.tf",
    "prove",
    "prove --snapshot accounts",
    "audit accounts",
    "audit --format json accounts",
    "init",
    "compare theirs.sarif",
    "compare --format json --in . theirs.sarif",
    "baseline -o /dev/stdout",
    "--help",
    "check --help",
    "--version",
)
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "web.yaml").write_text(HOST, encoding="utf-8")
    skipped = 'resource "aws_instance" "web" {\n  # checkov:skip=CKV_AWS_79:old\n  ami = "ami-1"\n}\n'
    (tmp_path / "main.tf").write_text(skipped, encoding="utf-8")
    (tmp_path / "theirs.sarif").write_text('{"version": "2.1.0", "runs": []}', encoding="utf-8")
    (tmp_path / "accounts").mkdir()
    instance = '{"InstanceId": "i-1", "MetadataOptions": {"HttpTokens": "optional"}}'
    (tmp_path / "accounts" / "instances.json").write_text(
        f'{{"Reservations": [{{"OwnerId": "111122223333", "Instances": [{instance}]}}]}}', encoding="utf-8"
    )
    return tmp_path


def shell(tree: Path, command: str, redirected: str, **environment: str) -> CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", f'"$0" -m iplint {command} {redirected}', sys.executable],
        cwd=tree,
        env={**ENVIRONMENT, "PYTHONPATH": PATHS, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("command", PRINTING)
def test_what_cannot_be_printed_is_said(tree: Path, command: str) -> None:
    usual = shell(tree, command, "")
    assert usual.returncode in (0, 1)
    assert usual.stdout
    for redirected, unbuffered in ((">/dev/full", ""), (">/dev/full", "1"), (">&-", "")):
        done = shell(tree, command, redirected, PYTHONUNBUFFERED=unbuffered)
        assert done.returncode == 3, (redirected, done.stderr)
        lines = [line for line in done.stderr.splitlines() if line not in usual.stderr.splitlines()]
        why = "No space left on device" if "full" in redirected else "it is closed"
        assert lines == [f"iplint: cannot write to standard output: {why}"]


@pytest.mark.parametrize("command", PRINTING)
def test_a_standard_error_that_takes_nothing_costs_nothing(tree: Path, command: str) -> None:
    usual = shell(tree, command, "")
    for redirected in ("2>/dev/full", "<&- 2>&-"):
        done = shell(tree, command, redirected)
        assert (done.returncode, done.stdout) == (usual.returncode, usual.stdout), redirected
    assert shell(tree, command, ">&- 2>&- <&-").returncode == 3


def test_a_reader_that_leaves_is_said_once(tree: Path) -> None:
    done = shell(tree, "check --format sarif -o json:kept.json --format sarif -o sarif:/dev/stdout", "| head -c 1")
    assert done.stdout == "{"
    assert [
        line for line in done.stderr.splitlines() if "closed" in line or "cannot" in line
    ] == done.stderr.splitlines()
    assert len(done.stderr.splitlines()) == 1
    assert (tree / "kept.json").exists()
    done = shell(tree, "check --format sarif", "| head -c 1; exit ${PIPESTATUS[0]}")
    assert done.returncode == 3
    assert done.stderr == "iplint: standard output was closed by its reader before everything was written\n"


def test_a_closed_standard_output_is_not_given_to_a_file(tree: Path) -> None:
    done = shell(tree, "check --format json -o a.json -o concise:b.txt --verbose", ">&- 2>&- <&-")
    assert done.returncode == 1
    assert (tree / "a.json").read_text(encoding="utf-8").startswith("{")
    assert (tree / "b.txt").read_text(encoding="utf-8").startswith("main.tf:")


def said(message: bytes) -> bytes:
    """A message of an editor to the language server."""
    return b"Content-Length: %d\r\n\r\n%b" % (len(message), message)


@pytest.mark.parametrize(
    ("redirected", "why"), [(">/dev/full", "No space left on device"), (">&-", "it is closed")], ids=["full", "closed"]
)
def test_a_language_server_that_cannot_answer_ends(tree: Path, redirected: str, why: str) -> None:
    with subprocess.Popen(
        ["bash", "-c", f'exec "$0" -m iplint lsp {redirected}', sys.executable],
        cwd=tree,
        env={**ENVIRONMENT, "PYTHONPATH": PATHS},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        process.stdin.write(
            said(b'{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}}')
        )
        process.stdin.flush()
        # Standard input stays open.
        assert process.wait(timeout=60) == 3
        _, printed = process.communicate()
    assert printed.decode() == f"iplint: cannot write to standard output: {why}\n"


def test_the_log_of_the_language_server_repeats_nothing(tree: Path) -> None:
    secret = b"FAKEtextOfADocument"
    done = subprocess.run(
        [sys.executable, "-m", "iplint", "lsp"],
        cwd=tree,
        env={**ENVIRONMENT, "PYTHONPATH": PATHS},
        input=said(b'{"jsonrpc": "2.0", "text": "%b"}' % secret)
        + said(b'{"%b' % secret)
        + said(b'{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": "%b"}' % secret)
        + said(b'{"jsonrpc": "2.0", "method": "exit"}'),
        capture_output=True,
        timeout=60,
        check=False,
    )
    lines = done.stderr.decode().splitlines()
    assert lines
    assert [line for line in lines if not line.startswith("iplint: pygls") or secret.decode() in line] == []


def test_a_closed_standard_input_is_empty(tree: Path) -> None:
    done = shell(tree, "check -", "<&-")
    assert (done.returncode, "internal" in done.stderr, len(done.stderr.splitlines())) == (2, False, 1)


def started(tree: Path, *arguments: str, temporary: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "iplint", *arguments],
        cwd=tree,
        env={**ENVIRONMENT, "PYTHONPATH": PATHS, "TMPDIR": str(temporary)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


ENDS = [
    (signal.SIGINT, 130, "iplint: interrupted\n"),
    (signal.SIGTERM, 143, "iplint: ended by SIGTERM\n"),
    (signal.SIGHUP, 129, "iplint: ended by SIGHUP\n"),
]


@pytest.mark.parametrize(("number", "status", "line"), ENDS)
def test_a_signal_while_it_waits_for_input(
    tree: Path, tmp_path_factory: pytest.TempPathFactory, number: int, status: int, line: str
) -> None:
    with started(tree, "check", "--verbose", "-", temporary=tmp_path_factory.mktemp("t")) as process:
        _wait(lambda: _waits(process.pid))
        process.send_signal(number)
        printed = process.communicate(timeout=60)
    assert (process.returncode, *printed) == (status, "", line)


@pytest.mark.parametrize(("number", "status", "line"), ENDS)
def test_a_signal_leaves_no_temporary_directory(
    tree: Path, tmp_path_factory: pytest.TempPathFactory, number: int, status: int, line: str
) -> None:
    for index in range(400):
        (tree / f"{index}.yaml").write_text(HOST.replace("Host", f"Host{index}"), encoding="utf-8")
    git(tree, "init", "-q")
    git(tree, "add", ".")
    git(tree, "commit", "-qm", "one")
    temporary = tmp_path_factory.mktemp("temporary")
    with started(tree, "check", "--no-cache", "--since", "HEAD", temporary=temporary) as process:
        _wait(lambda: any(temporary.glob("*/*.yaml")))
        process.send_signal(number)
        printed = process.communicate(timeout=60)
    assert (process.returncode, *printed) == (status, "", line)
    assert os.listdir(temporary) == []


def test_a_signal_that_is_to_be_ignored_is(tree: Path) -> None:
    with subprocess.Popen(
        ["bash", "-c", 'trap "" TERM; exec "$0" -m iplint check -', sys.executable],
        cwd=tree,
        env={**ENVIRONMENT, "PYTHONPATH": PATHS},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        _wait(lambda: _waits(process.pid))
        process.send_signal(signal.SIGTERM)
        _, printed = process.communicate("", timeout=60)
    assert (process.returncode, "standard input holds no template" in printed) == (2, True)


def _waits(pid: int) -> bool:
    """Whether a process has a thread that reads standard input."""
    tasks = Path(f"/proc/{pid}/task")
    if not tasks.exists():
        return True
    return any((task / "syscall").read_text().startswith("0 0x0 ") for task in tasks.iterdir())


def _wait(until: Callable[[], bool]) -> None:
    for _ in range(3_000):
        if until():
            return
        time.sleep(0.01)
    raise AssertionError("it does not come to this")


@pytest.mark.parametrize(("number", "status", "line"), ENDS)
def test_a_signal_leaves_no_git_behind(
    tree: Path, tmp_path_factory: pytest.TempPathFactory, number: int, status: int, line: str
) -> None:
    """An ignore rule may keep git busy for longer than anyone waits."""
    marks = tmp_path_factory.mktemp("marks")
    program = marks / "git"
    program.write_text(
        f"#!/bin/sh\necho $$ > {marks}/pid.new; mv {marks}/pid.new {marks}/pid; exec sleep 600\n", "utf-8"
    )
    program.chmod(0o755)
    git(tree, "init", "-q")
    (tree / ".gitignore").write_text("*\n", encoding="utf-8")
    (tree / "web.yaml").write_text(HOST, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, "-m", "iplint", "check", "--since", "HEAD"],
        cwd=tree,
        env={**ENVIRONMENT, "PYTHONPATH": PATHS, "PATH": f"{marks}:{os.environ['PATH']}"},
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        _wait((marks / "pid").exists)
        process.send_signal(number)
        _, printed = process.communicate(timeout=60)
    assert (process.returncode, printed) == (status, line)
    pid = int((marks / "pid").read_text(encoding="utf-8"))
    _wait(lambda: not _is_alive(pid))


@pytest.mark.parametrize(("number", "status", "line"), ENDS)
def test_a_signal_leaves_no_cfn_lint_behind(
    tree: Path, tmp_path_factory: pytest.TempPathFactory, number: int, status: int, line: str
) -> None:
    """A template may keep it busy for longer than anyone waits."""
    pytest.importorskip("cfnlint", reason="cfn-lint is not installed")
    for index in range(40):
        (tree / f"{index}.yaml").write_text(HOST, encoding="utf-8")
    arguments = ("check", "--validate", "--no-cache", ".")
    with started(tree, *arguments, temporary=tmp_path_factory.mktemp("t")) as process:
        _wait(lambda: bool(_children(process.pid)))
        children = _children(process.pid)
        process.send_signal(number)
        printed = process.communicate(timeout=60)
    assert (process.returncode, *printed) == (status, "", line)
    _wait(lambda: not any(map(_is_alive, children)))


def _children(pid: int) -> list[int]:
    """The processes that a process started."""
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and entry.name != str(pid):
            try:
                parent = int((entry / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            found += [int(entry.name)] if parent == pid else []
    return found


def _is_alive(pid: int) -> bool:
    """Whether a process runs, and is not one that ended and was not waited for."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False

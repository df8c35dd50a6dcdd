"""What is made to be slow, endless or unreadable ends with a clear word and the right exit status.

Time is not measured: what is not bounded runs into the limit of a whole process, which fails the test.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from conftest import PATHS
from test_baseline import Command

INSTANCE = "Resources:\n  Web:\n    Type: AWS::EC2::Instance\n    Properties:\n"
LAUGHS = "a0: &a0 [lol]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12))
MERGES = "a0: &a0 {k: v}\n" + "".join(
    f"a{n}: &a{n} {{{', '.join(f'k{m}: {{<<: *a{n - 1}}}' for m in range(8))}}}\n" for n in range(1, 12)
)
NESTED = "[" * 5_000 + "]" * 5_000
ZIPPED = base64.b64encode(gzip.compress(b"\0" * 50_000_000 + b"AWS_SECRET_ACCESS_KEY=x")).decode()
PARTS = base64.b64encode(b'Content-Type: multipart/mixed; boundary="x"\n\n' + b"--x\n\n\n" * 3_000).decode()
LOOP = """\
Transform: AWS::LanguageExtensions
Resources:
  Fn::ForEach::A:
  - X
  - [{many}]
  - N${{X}}: {{Type: AWS::EC2::Instance}}
"""
TERRAFORM = {
    "count": 'resource "aws_instance" "a" {\n  count = 1000000\n}\n',
    "range": 'resource "aws_instance" "a" {\n  for_each = toset([for x in range(1000000) : tostring(x)])\n}\n',
    "nested ranges": (
        'resource "aws_instance" "a" {\n  user_data = join("", flatten([for x in range(1000) : '
        "[for y in range(1000) : [for z in range(1000) : tostring(x)]]]))\n}\n"
    ),
    "interpolation": 'locals {\n  a = "' + "${" * 500 + '"x"' + "}" * 500 + '"\n}\nresource "aws_instance" "a" {}\n',
    "doubling": 'locals {\n  a0 = "aws"\n'
    + "".join(f'  a{n} = "${{local.a{n - 1}}}${{local.a{n - 1}}}"\n' for n in range(1, 60))
    + '}\nresource "aws_instance" "a" {\n  user_data = local.a59\n}\n',
    "circle": 'locals {\n  a = local.b\n  b = local.a\n}\nresource "aws_instance" "a" {\n  user_data = local.a\n}\n',
    "itself": 'module "m" {\n  source = "./."\n}\nresource "aws_instance" "a" {}\n',
    "conditionals": 'variable "v" {}\nresource "aws_instance" "a" {\n  user_data = '
    + "var.v ? " * 200
    + '"a"'
    + ' : "b"' * 200
    + "\n}\n",
}


def judged(iplint: Command, directory: Path, *paths: str) -> tuple[int, dict[str, int], list[str]]:
    done = iplint("check", "--format", "json", *paths, cwd=directory)
    report = json.loads(done.stdout)
    files = report["summary"]["files"]
    assert files["found"] == files["checked"] + files["not_templates"] + files["unreadable"]
    assert [notice for notice in report["notices"] if notice["kind"] == "internal"] == []
    return done.returncode, files, [notice["message"] for notice in report["notices"]]


@pytest.mark.parametrize(
    "text",
    [
        LAUGHS + INSTANCE + "      UserData: *a11\n",
        MERGES + INSTANCE + "      Tags: *a11\n",
        f"Resources: {NESTED}\nX: AWS::",
    ],
    ids=["aliases", "merges", "depth"],
)
def test_what_grows_without_end_in_yaml_is_refused_by_name(iplint: Command, tmp_path: Path, text: str) -> None:
    (tmp_path / "bomb.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "good.yaml").write_text(INSTANCE + "      ImageId: x\n", encoding="utf-8")
    status, files, messages = judged(iplint, tmp_path)
    assert (status, files["unreadable"], files["checked"]) == (3, 1, 1)
    assert len(messages) == 1


@pytest.mark.parametrize(
    ("packed", "wanted", "told"),
    [(ZIPPED, 3, ["Web: a text here unpacks to more than 4 MiB; the rest of it is not searched"]), (PARTS, 1, [])],
    ids=["gzip", "MIME"],
)
def test_what_user_data_unpacks_to_is_bounded(
    iplint: Command, tmp_path: Path, packed: str, wanted: int, told: list[str]
) -> None:
    (tmp_path / "web.yaml").write_text(f"{INSTANCE}      UserData: {packed}\n", encoding="utf-8")
    status, files, messages = judged(iplint, tmp_path)
    assert (status, files["checked"], messages) == (wanted, 1, told)


def test_a_loop_over_very_much_is_named(iplint: Command, tmp_path: Path) -> None:
    many = ", ".join(f"I{n}" for n in range(20_000))
    (tmp_path / "loop.yaml").write_text(LOOP.format(many=many), encoding="utf-8")
    status, _, messages = judged(iplint, tmp_path)
    assert status == 3
    assert messages == ["the loop Fn::ForEach::A makes more than 1,000 members; the others are not checked"]


@pytest.mark.parametrize("name", sorted(TERRAFORM))
def test_what_grows_without_end_in_terraform_ends(iplint: Command, tmp_path: Path, name: str) -> None:
    (tmp_path / "main.tf").write_text(TERRAFORM[name], encoding="utf-8")
    status, files, _ = judged(iplint, tmp_path)
    assert files["found"] == 1
    assert status in (1, 3)


def test_links_in_circles_and_deep_directories_end(iplint: Command, tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text(INSTANCE + "      ImageId: x\n", encoding="utf-8")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "self.yaml").symlink_to("self.yaml")
    deep = tmp_path
    for _ in range(200):
        deep = deep / "deep"
        deep.mkdir()
    (deep / "web.yaml").write_text(INSTANCE + "      ImageId: x\n", encoding="utf-8")
    status, files, messages = judged(iplint, tmp_path)
    assert (status, files["checked"], files["unreadable"]) == (3, 2, 1)
    assert len(messages) == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_what_is_no_regular_file_is_not_waited_for(iplint: Command, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    os.mkfifo(tmp_path / "pipe.tf")
    (tmp_path / "device.yaml").symlink_to("/dev/zero")
    status, files, messages = judged(iplint, tmp_path)
    assert (status, files["unreadable"]) == (3, 3)
    assert len(messages) == 3


def test_a_file_over_the_limit_is_named(iplint: Command, tmp_path: Path) -> None:
    with (tmp_path / "large.yaml").open("wb") as file:
        file.write(b"AWS::")
        file.truncate(200 * 1024 * 1024)
    status, files, (message,) = judged(iplint, tmp_path)
    assert (status, files["unreadable"]) == (3, 1)
    assert "larger than" in message


def test_many_files_are_all_looked_at(iplint: Command, tmp_path: Path) -> None:
    for number in range(3_000):
        (tmp_path / f"{number}.yaml").write_text("a: 1\n", encoding="utf-8")
    status, files, messages = judged(iplint, tmp_path)
    assert (status, files["not_templates"], messages) == (0, 3_000, [])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_said(iplint: Command, tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text(INSTANCE + "      ImageId: x\n", encoding="utf-8")
    done: CompletedProcess[str] = iplint("check", "--output", "/dev/full", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot write /dev/full" in done.stderr
    with open("/dev/full", "wb") as full:
        status = _started(tmp_path, "check", stdout=full.fileno()).wait(timeout=120)
    assert status == 3


def _started(cwd: Path, *arguments: str, stdout: int = subprocess.PIPE) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "iplint", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": PATHS},
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
    )


def _many(directory: Path) -> None:
    for number in range(300):
        (directory / f"{number}.yaml").write_text(INSTANCE + "      ImageId: x\n", encoding="utf-8")


def test_a_reader_that_goes_away_is_no_error_of_ours(tmp_path: Path) -> None:
    _many(tmp_path)
    with _started(tmp_path, "check") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
    assert process.returncode in (1, 3)


@pytest.mark.skipif(sys.platform == "win32", reason="interrupts are sent otherwise there")
def test_an_interrupt_ends_it_quietly(tmp_path: Path) -> None:
    _many(tmp_path)
    with _started(tmp_path, "check", "--verbose") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.send_signal(signal.SIGINT)
        told = process.stdout.read() + process.stderr.read()
    assert b"Traceback" not in told
    assert process.returncode in (1, 130)


def test_what_may_not_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "closed.yaml").write_text(INSTANCE, encoding="utf-8")
    (tmp_path / "closed.yaml").chmod(0)
    for directory in (tmp_path, *tmp_path.parents[:3]):
        directory.chmod(0o755)
    script = (
        "import os, sys\n"
        "if os.getuid() == 0: os.setuid(65534)\n"
        "from iplint.discovery.options import Options\nfrom iplint.discovery.project import Project\n"
        "from iplint.finding import Report\n"
        "report = Report()\nproject = Project(['.'], os.getcwd(), options=Options(), files=report.files)\n"
        "list(project.roots())\n"
        "print(report.files.unreadable, [notice.message for notice in project.finish().notices])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", "import iplint.cli.check, iplint.syntax.yaml\n" + script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": PATHS},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("1 ['the file cannot be read: Permission denied"), done.stderr

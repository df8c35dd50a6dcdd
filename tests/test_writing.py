"""What iplint writes: through no link of a checkout, into no special file, never into `.git`, and whole."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from conftest import PATHS
from iplint.cli.output import FORMATS

Command = Callable[..., CompletedProcess[str]]
TEMPLATE = "Resources:\n  Web:\n    Type: AWS::EC2::Instance\n    Properties: {ImageId: ami-1}\n"
OPEN = (
    "Resources:\n  Web:\n    Type: AWS::EC2::Instance\n    Properties:\n"
    "      IamInstanceProfile: web\n      MetadataOptions: {HttpTokens: optional}\n"
)
SKIPPED = 'resource "aws_instance" "web" {\n  # checkov:skip=CKV_AWS_79:old agent\n  iam_instance_profile = "web"\n}\n'
PRECIOUS = "precious\n"
# Each command with a file that it writes.
WRITERS = {
    "check": ["check", "-o"],
    **{f"check {format}": ["check", "--output", f"{format}:"] for format in FORMATS},
    "baseline": ["baseline", "-o"],
    "inventory": ["inventory", "--format", "json", "-o"],
    "graph": ["graph", "-o"],
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout, and beside it what must stay as it is."""
    checkout = tmp_path / "checkout"
    (checkout / ".git").mkdir(parents=True)
    (checkout / "sub").mkdir()
    (checkout / "a.yaml").write_text(TEMPLATE, encoding="utf-8")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "victim").write_text(PRECIOUS, encoding="utf-8")
    (checkout / "file").symlink_to("../outside/victim")
    (checkout / "dangling").symlink_to("../outside/new")
    (checkout / "inner").symlink_to("a.yaml")
    (checkout / "directory").symlink_to("../outside")
    (checkout / "within").symlink_to("sub")
    (checkout / "sub" / "up").symlink_to(tmp_path / "outside")
    (checkout / "hooks").symlink_to(".git")
    return checkout


REFUSED = {
    "file": "symbolic link",
    "./file": "symbolic link",
    "sub/../file": "symbolic link",
    "dangling": "symbolic link",
    "inner": "symbolic link",
    "directory/victim": "behind the symbolic link",
    "directory/new": "behind the symbolic link",
    "sub/up/new": "behind the symbolic link",
    "directory/../outside/new": "behind the symbolic link",
    "within/new": "behind the symbolic link",
    "hooks/config": "behind the symbolic link",
    ".git/config": ".git directory",
    ".GIT/config": ".git directory",
    "sub/../.git/hooks": ".git directory",
    "sub": "is a directory",
    "none/new": "does not exist",
    "a.yaml/new": "does not exist",
    "pipe": "not a regular file",
}


def untouched(checkout: Path) -> bool:
    outside = checkout.parent / "outside"
    return (
        sorted(os.listdir(outside)) == ["victim"]
        and (outside / "victim").read_text(encoding="utf-8") == PRECIOUS
        and (checkout / "a.yaml").read_text(encoding="utf-8") == TEMPLATE
        and os.listdir(checkout / ".git") == []
        and sorted(os.listdir(checkout / "sub")) == ["up"]
    )


def named(writer: str, path: str) -> list[str]:
    words = WRITERS[writer]
    return [*words[:-1], words[-1] + path] if words[-1].endswith(":") else [*words, path]


@pytest.mark.parametrize("path", REFUSED)
@pytest.mark.parametrize("writer", ["check", "check sarif", "baseline", "inventory", "graph"])
def test_nothing_is_written_where_a_checkout_leads(iplint: Command, checkout: Path, writer: str, path: str) -> None:
    if path == "pipe":
        os.mkfifo(checkout / "pipe")
    done = iplint(*named(writer, path), cwd=checkout)
    assert (done.returncode, done.stdout) == (2, "")
    assert REFUSED[path] in done.stderr
    assert f"cannot write {path}" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert untouched(checkout)


@pytest.mark.parametrize("writer", WRITERS)
def test_no_format_is_written_through_a_link(iplint: Command, checkout: Path, writer: str) -> None:
    done = iplint(*named(writer, "file"), cwd=checkout)
    assert done.returncode == 2
    assert untouched(checkout)
    # From elsewhere, and by an absolute path.
    done = iplint(*named(writer, str(checkout / "directory" / "new")), str(checkout), cwd=checkout.parent)
    assert done.returncode == 2
    assert untouched(checkout)


def test_a_checkout_without_git_is_one_as_well(iplint: Command, checkout: Path) -> None:
    (checkout / ".git").rmdir()
    for path in ("file", "directory/new"):
        assert iplint("check", "-o", path, cwd=checkout).returncode == 2
        assert iplint("check", ".", "-o", path, cwd=checkout).returncode == 2
        assert iplint("check", "checkout", "-o", f"checkout/{path}", cwd=checkout.parent).returncode == 2
    assert os.listdir(checkout.parent / "outside") == ["victim"]


@pytest.mark.parametrize("words", [["prove"], ["compare", "theirs.sarif"], ["check", "--format", "html"]])
def test_other_commands_write_by_the_same_rules(iplint: Command, checkout: Path, words: list[str]) -> None:
    (checkout / "theirs.sarif").write_text('{"version": "2.1.0", "runs": []}', encoding="utf-8")
    for path in ("file", "directory/new", ".git/new"):
        assert iplint(*words, "-o", path, cwd=checkout).returncode == 2
    assert os.listdir(checkout.parent / "outside") == ["victim"]
    assert (checkout.parent / "outside" / "victim").read_text(encoding="utf-8") == PRECIOUS


@pytest.mark.parametrize(
    "path", ["file", "directory/new", "directory/new/deep", "dangling", ".git/new", "a.yaml", "sub/up/new"]
)
@pytest.mark.parametrize("kind", ["jsonl", "sarif", "parquet"])
@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_fleet_makes_no_file_and_no_directory_where_a_checkout_leads(
    iplint: Command, checkout: Path, kind: str, path: str, elsewhere: bool
) -> None:
    pytest.importorskip("distributed", reason="distributed is not installed (iplint[fleet])")
    for source in [checkout, checkout.parent] if elsewhere else [checkout]:
        cwd = checkout.parent if elsewhere else checkout
        place = checkout / path if elsewhere else path
        done = iplint("fleet", str(source), "-o", f"{kind}:{place}", cwd=cwd)
        assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1), done.stderr
        assert "cannot write" in done.stderr or "is not a line of iplint fleet" in done.stderr
        assert untouched(checkout)


def test_the_usual_baseline_is_not_written_through_a_link(iplint: Command, checkout: Path) -> None:
    (checkout / ".iplint-baseline.json").symlink_to("../outside/victim")
    for directory in (checkout, checkout / "sub"):
        done = iplint("baseline", str(checkout), cwd=directory)
        assert (done.returncode, "symbolic link" in done.stderr) == (2, True)
    assert untouched(checkout)


def test_a_refusal_comes_before_anything_is_read(iplint: Command, checkout: Path) -> None:
    done = iplint("check", "-o", "file", "-o", "json:good.json", "--verbose", cwd=checkout)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert not (checkout / "good.json").exists()


def test_links_above_a_checkout_are_the_users_own(iplint: Command, checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "home").symlink_to(tmp_path)
    (tmp_path / "home2").symlink_to("home")
    through = tmp_path / "home2" / "checkout"
    assert iplint("check", "-o", str(through / "a.txt"), cwd=checkout).returncode == 1
    assert iplint("check", str(through), "-o", str(through / "sub" / "b.txt"), cwd=tmp_path).returncode == 1
    assert iplint("baseline", "-o", str(tmp_path / "home" / "c.json"), cwd=through).returncode == 0
    assert (checkout / "a.txt").exists()
    assert (checkout / "sub" / "b.txt").exists()
    assert (tmp_path / "c.json").exists()
    done = iplint("check", "-o", str(through / "directory" / "new"), cwd=tmp_path, HOME=str(tmp_path))
    assert done.returncode in (0, 1, 2)  # the working directory is what is checked here, and holds the link
    assert sorted(os.listdir(tmp_path / "outside")) == ["victim"]


def test_a_link_outside_may_not_lead_back_through_one_inside(iplint: Command, checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").symlink_to(checkout / "directory")
    assert iplint("check", "checkout", "-o", "mine/new", cwd=tmp_path).returncode == 2
    assert untouched(checkout)


def test_links_in_a_circle_are_an_error(iplint: Command, checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    done = iplint("check", "checkout", "-o", "one/new", cwd=tmp_path)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


def test_another_name_of_a_file_keeps_what_it_holds(iplint: Command, checkout: Path) -> None:
    os.link(checkout.parent / "outside" / "victim", checkout / "hard.json")
    assert iplint("check", "-o", "json:hard.json", cwd=checkout).returncode == 1
    assert json.loads((checkout / "hard.json").read_text(encoding="utf-8"))["findings"]
    assert untouched(checkout)


def test_a_report_keeps_the_mode_and_leaves_nothing_beside_it(iplint: Command, checkout: Path) -> None:
    (checkout / "old.json").write_text("old", encoding="utf-8")
    (checkout / "old.json").chmod(0o640)
    before = sorted(os.listdir(checkout))
    assert iplint("check", "-o", "json:old.json", cwd=checkout).returncode == 1
    assert (checkout / "old.json").stat().st_mode & 0o777 == 0o640
    assert sorted(os.listdir(checkout)) == before
    previous = os.umask(0o027)
    try:
        iplint("check", "-o", "new.txt", cwd=checkout)
    finally:
        os.umask(previous)
    assert (checkout / "new.txt").stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="this system has no /dev/fd")
def test_streams_may_be_named(iplint: Command, checkout: Path) -> None:
    def shell(line: str) -> CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", line, sys.executable],
            cwd=checkout,
            env={**os.environ, "PYTHONPATH": PATHS},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    command = '"$0" -m iplint check a.yaml --format concise'
    alone = shell(command)
    assert shell(f"{command} -o /dev/stdout").stdout == alone.stdout
    assert shell(f"{command} -o /dev/stderr").stderr == alone.stdout
    assert shell(f"{command} -o /dev/fd/1").stdout == alone.stdout
    assert shell(f"{command} -o /dev/fd/7 7>seven").returncode == 1
    assert (checkout / "seven").read_text(encoding="utf-8") == alone.stdout
    assert shell(f"{command} -o json:>(cat >piped; echo done >&2) ; sleep 1").returncode == 0
    assert json.loads((checkout / "piped").read_text(encoding="utf-8"))["findings"]
    nowhere = shell(f"{command} -o /dev/null")
    assert (nowhere.returncode, nowhere.stdout) == (1, "")
    # What standard output is sent to stays, with what others have written there.
    shell(f"{{ echo first; {command} -o /dev/stdout; }} >out.txt")
    assert (checkout / "out.txt").read_text(encoding="utf-8") == f"first\n{alone.stdout}"
    for closed in ("/dev/fd/99", "/dev/fd/99999999999999999999"):
        done = shell(f"{command} -o {closed}")
        assert (done.returncode, done.stderr) == (2, f"iplint: cannot write {closed}: it is not open\n")
    # Only in so many words: a link of the checkout that leads there is a link.
    (checkout / "stream").symlink_to("/dev/stdout")
    assert shell(f"{command} -o stream").returncode == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_one_report_that_cannot_be_written_costs_no_other(checkout: Path) -> None:
    command = [sys.executable, "-m", "iplint", "check", "-o", "/dev/fd/1", "-o", "json:b.json"]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            command,
            cwd=checkout,
            env={**os.environ, "PYTHONPATH": PATHS},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
            check=False,
        )
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
    assert json.loads((checkout / "b.json").read_text(encoding="utf-8"))["findings"]


def test_migrate_writes_and_reads_through_no_link(iplint: Command, checkout: Path) -> None:
    outside = checkout.parent / "outside"
    (outside / "victim").write_text(SKIPPED, encoding="utf-8")
    (checkout / "main.tf").symlink_to("../outside/victim")
    (checkout / "good.tf").write_text(SKIPPED, encoding="utf-8")
    (checkout / "linked.tf").symlink_to("good.tf")
    for path in ("main.tf", "directory/victim", "linked.tf"):
        done = iplint("migrate", "--write", "good.tf", path, cwd=checkout)
        assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1), path
    assert iplint("migrate", "main.tf", cwd=checkout).stdout == ""
    assert (outside / "victim").read_text(encoding="utf-8") == SKIPPED
    assert (checkout / "good.tf").read_text(encoding="utf-8") == SKIPPED
    assert iplint("migrate", "--write", "good.tf", cwd=checkout).returncode == 0
    assert "iplint: ignore" in (checkout / "good.tf").read_text(encoding="utf-8")


def test_a_fix_changes_no_file_through_a_link(iplint: Command, checkout: Path) -> None:
    (checkout / "a.yaml").unlink()
    (checkout / "other").mkdir()
    (checkout / "other" / "real.yaml").write_text(OPEN, encoding="utf-8")
    (checkout / "link.yaml").symlink_to("other/real.yaml")
    (checkout / "inner").unlink()
    done = iplint("check", "--fix", "link.yaml", cwd=checkout)
    assert (checkout / "other" / "real.yaml").read_text(encoding="utf-8") == OPEN
    assert (done.returncode, "link.yaml is not changed" in done.stderr) == (1, True)
    (checkout / "b.yaml").write_text(OPEN, encoding="utf-8")
    iplint("check", "--fix", "link.yaml", "b.yaml", cwd=checkout)
    assert (checkout / "other" / "real.yaml").read_text(encoding="utf-8") == OPEN
    assert "required" in (checkout / "b.yaml").read_text(encoding="utf-8")
    os.link(checkout / "other" / "real.yaml", checkout / "hard.yaml")
    iplint("check", "--fix", "hard.yaml", cwd=checkout)
    assert "required" in (checkout / "hard.yaml").read_text(encoding="utf-8")
    assert (checkout / "other" / "real.yaml").read_text(encoding="utf-8") == OPEN


def test_the_cache_is_not_made_through_a_link_of_the_checkout(iplint: Command, checkout: Path) -> None:
    for number in range(60):
        (checkout / "sub" / f"{number}.yaml").write_text(TEMPLATE, encoding="utf-8")
    done = iplint("check", "--verbose", cwd=checkout, IPLINT_CACHE_DIR="directory/cache")
    assert "nothing is kept in" in done.stderr
    assert sorted(os.listdir(checkout.parent / "outside")) == ["victim"]


def test_the_file_of_the_cache_is_no_link(iplint: Command, checkout: Path, tmp_path: Path) -> None:
    for number in range(60):
        (checkout / "sub" / f"{number}.yaml").write_text(TEMPLATE, encoding="utf-8")
    (tmp_path / "cache").mkdir(mode=0o700)
    (tmp_path / "cache" / "roots.sqlite3").symlink_to(tmp_path / "elsewhere")
    done = iplint("check", "--verbose", cwd=checkout, IPLINT_CACHE_DIR=str(tmp_path / "cache"))
    assert (done.returncode, "nothing is kept in" in done.stderr) == (1, True)
    assert not (tmp_path / "elsewhere").exists()

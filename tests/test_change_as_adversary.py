"""What a change may bring to steer its own check: names that are options, links, ignore rules, programs, and bombs."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from conftest import PATHS
from test_since import HOST, git

Command = Callable[..., CompletedProcess[str]]
RULE = (Path(__file__).parents[1] / "rules" / "iplint_rules" / "missing_instance_profile.py").read_text("utf-8")
REMOTE = 'module "host" {\n  source = "git::https://example.com/host.git"\n}\n'
MANIFEST = {"Modules": [{"Key": "host", "Source": "git::https://example.com/host.git", "Dir": ".terraform/modules/h"}]}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with one finding; beside it is room for what lies outside."""
    top = tmp_path / "checkout"
    top.mkdir()
    (top / "web.yaml").write_text(HOST, encoding="utf-8")
    git(top, "init", "-q")
    git(top, "add", ".")
    git(top, "commit", "-qm", "one")
    git(top, "tag", "one")
    return top


def marking(path: Path) -> str:
    return f"open({str(path)!r}, 'w').close()\n"


@pytest.mark.parametrize(
    "name", ["--exit-zero", "--rules=own.yaml", "--config=c.tf", "--baseline=b.json", "-ox.yaml", "--no-ig", "-v"]
)
def test_a_file_that_is_named_like_an_option_sets_none(iplint: Command, checkout: Path, name: str) -> None:
    """A hook and a pattern of the shell write the names of files where options are read."""
    (checkout / "own.yaml").mkdir()
    (checkout / "own.yaml" / "own.py").write_text(marking(checkout / "ran"), encoding="utf-8")
    (checkout / name).write_text(HOST, encoding="utf-8")
    for arguments in (["--pre-commit", name, "web.yaml"], [name, "web.yaml"], ["web.yaml", name]):
        done = iplint("check", *arguments, cwd=checkout)
        assert (done.returncode, done.stdout) == (2, "")
        assert "rename the file, or write -- before paths" in done.stderr
    assert not (checkout / "ran").exists()
    assert iplint("check", "--", name, "web.yaml", cwd=checkout).returncode in (1, 3)


def test_a_directory_does_not_take_the_place_of_an_installed_package(
    iplint: Command, checkout: Path, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    (site / "company-1.dist-info").mkdir(parents=True)
    (site / "company-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: company\nVersion: 1\n")
    (site / "company-1.dist-info" / "entry_points.txt").write_text("[iplint.rules]\ncompany = company_rules\n")
    (site / "company_rules.py").write_text(RULE.replace("missing-instance-profile", "company-profile"), "utf-8")
    (checkout / "company").mkdir()
    (checkout / "company" / "own.py").write_text(
        RULE.replace("missing-instance-profile", "own-profile") + marking(checkout / "ran"), encoding="utf-8"
    )
    paths = os.pathsep.join([PATHS, str(site)])
    done = iplint("rules", "--rules", "company", cwd=checkout, PYTHONPATH=paths)
    assert ("company-profile" in done.stdout, (checkout / "ran").exists()) == (True, False), done.stderr
    done = iplint("rules", "--rules", "./company", cwd=checkout, PYTHONPATH=paths)
    assert "own-profile" in done.stdout, done.stderr


@pytest.mark.parametrize("link", ["stack", "stack/.terraform", "stack/.terraform/modules"])
def test_a_link_of_the_revision_leads_no_module_outside(
    iplint: Command, checkout: Path, tmp_path: Path, link: str
) -> None:
    """What is installed now is copied beside the files of the revision, of which one may be a link."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "main.tf").write_text(REMOTE, encoding="utf-8")
    stack = checkout / "stack"
    (checkout / link).parent.mkdir(parents=True, exist_ok=True)
    (checkout / link).symlink_to(outside)
    if link != "stack":
        (stack / "main.tf").write_text(REMOTE, encoding="utf-8")
    git(checkout, "add", ".")
    git(checkout, "commit", "-qm", "two")
    git(checkout, "tag", "two")
    git(checkout, "rm", "-q", "--cached", link)
    (checkout / link).unlink()
    (stack / ".terraform" / "modules" / "h").mkdir(parents=True)
    (stack / "main.tf").write_text(REMOTE, encoding="utf-8")
    (stack / ".terraform" / "modules" / "h" / "main.tf").write_text('resource "aws_instance" "a" {}\n', "utf-8")
    (stack / ".terraform" / "modules" / "modules.json").write_text(json.dumps(MANIFEST), encoding="utf-8")
    iplint("check", "--since", "two", cwd=checkout)
    assert os.listdir(outside) == ["main.tf"]


@pytest.mark.parametrize("name", ["iplint.toml", ".iplint.toml", "pyproject.toml", ".iplint-baseline.json", "named"])
@pytest.mark.parametrize("into", ["outside", ".git"])
def test_what_configures_is_read_through_no_link_that_leads_outside(
    iplint: Command, checkout: Path, tmp_path: Path, name: str, into: str
) -> None:
    target = (tmp_path if into == "outside" else checkout / ".git") / "target"
    if name in ("named", ".iplint-baseline.json"):
        assert iplint("baseline", "-o", str(tmp_path / "known"), cwd=checkout).returncode == 0
        target.write_bytes((tmp_path / "known").read_bytes())
    else:
        table = "[tool.iplint]\n" if name == "pyproject.toml" else ""
        target.write_text(f'{table}exclude = ["web.yaml"]\n', encoding="utf-8")
    (checkout / name).symlink_to(target)
    options = ["--baseline", "named"] if name == "named" else []
    done = iplint("check", *options, cwd=checkout)
    assert (done.returncode, done.stdout) == (2, "")
    assert "outside the repository" in done.stderr or "in a .git directory" in done.stderr
    assert iplint("check", "--no-repo-config", cwd=checkout).returncode in (1, 3)
    # A link inside of the repository is followed, and what lies outside of it is the user's.
    (checkout / name).unlink()
    (tmp_path / "moved").write_bytes(target.read_bytes())
    (checkout / "inside").write_bytes(target.read_bytes())
    (checkout / name).symlink_to("inside")
    assert iplint("check", *options, cwd=checkout).returncode == 0
    if options:
        (tmp_path / "link").symlink_to("moved")
        assert iplint("check", "--baseline", "../link", cwd=checkout).returncode == 0


def test_a_named_baseline_that_is_a_pipe_is_not_waited_for(iplint: Command, checkout: Path) -> None:
    os.mkfifo(checkout / "pipe")
    done = iplint("check", "--baseline", "pipe", cwd=checkout)
    assert (done.returncode, "is not a regular file" in done.stderr) == (2, True)


def test_ignore_rules_do_not_count_where_nothing_of_the_repository_configures(iplint: Command, checkout: Path) -> None:
    """A step before may have made the file, a plan for instance, and the change may ignore its name."""
    (checkout / "made.yaml").write_text(HOST, encoding="utf-8")
    (checkout / ".gitignore").write_text("made.yaml\n", encoding="utf-8")
    for options, paths in ([], {"web.yaml"}), (["--no-repo-config"], {"web.yaml", "made.yaml"}):
        report = json.loads(iplint("check", "--format", "json", *options, cwd=checkout).stdout)
        assert {finding["path"] for finding in report["findings"]} == paths


def test_rules_that_take_git_long_are_given_up_by_name(iplint: Command, checkout: Path) -> None:
    deep = checkout.joinpath(*["a"] * 200)
    deep.mkdir(parents=True)
    (deep / "web.yaml").write_text(HOST, encoding="utf-8")
    (checkout / ".gitignore").write_text("/".join(["**", "a"] * 8) + "/**/b/w*.yaml\n", encoding="utf-8")
    done = iplint("check", "--undecided", "--format", "json", cwd=checkout)
    report = json.loads(done.stdout)
    assert len({finding["path"] for finding in report["findings"]}) == 2
    assert [notice["path"] for notice in report["notices"] if "ignore rules" in notice["message"]] == ["."]
    assert iplint("check", "--strict", cwd=checkout).returncode == 3


def test_git_is_none_of_the_repository_around_a_submodule(iplint: Command, checkout: Path, tmp_path: Path) -> None:
    inner = checkout / "inner"
    inner.mkdir()
    (inner / "web.yaml").write_text(HOST, encoding="utf-8")
    (inner / ".gitignore").write_text("*\n", encoding="utf-8")
    git(inner, "init", "-q")
    program = checkout / "bin" / "git"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\ntouch {tmp_path / 'ran'}\nexit 1\n", encoding="utf-8")
    program.chmod(0o755)
    path = os.pathsep.join([str(program.parent), os.environ["PATH"]])
    for directory in (checkout, inner):
        iplint("check", cwd=directory, PATH=path)
    iplint("check", str(inner), cwd=tmp_path, PATH=path)
    assert not (tmp_path / "ran").exists()


def test_no_temporary_directory_lies_in_the_checkout(iplint: Command, checkout: Path) -> None:
    """Python takes the working directory where no other place can be written."""
    (checkout / "tmp").mkdir()
    done = iplint("check", "--since", "one", cwd=checkout, TMPDIR=str(checkout / "tmp"))
    assert (done.returncode, "set TMPDIR" in done.stderr, os.listdir(checkout / "tmp")) == (2, True, [])


BOMBS = {
    ".iplint-baseline.json": '{"version": 2, "findings": ' + "[" * 200_000 + "]" * 200_000 + "}",
    "iplint.toml": "a." * 100_000 + "b = 1\n",
    ".iplint.toml": "x = 1\n" + "\n".join(f"[{'a . ' * 2_000}'b'{index}]" for index in range(50)),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_configuration_that_takes_long_to_read_or_describe_is_refused(checkout: Path, name: str) -> None:
    (checkout / name).write_text(BOMBS[name], encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "iplint", "check"],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": PATHS},
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (5, 5)),
    )
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1), done.stderr[:500]

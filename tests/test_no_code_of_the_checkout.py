"""No code of what is checked runs: not in the action, not with `python -m`, not through git, not beside own rules.

The checkout is planted with a module of every name that Python or an installed package has; each leaves a mark.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from importlib.metadata import packages_distributions
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from test_ci import BAD, checker, run_step
from test_since import HOST, git

Command = Callable[..., CompletedProcess[str]]
NAMES = {*sys.stdlib_module_names, *packages_distributions(), "sitecustomize", "usercustomize", "setup", "conftest"}
PROGRAMS = ("python", "python3", "pip", "git", "git-upload-pack", "iplint", "sh", "env", "uname")


class Planted:
    """A checkout that leaves a mark where anything of it runs."""

    def __init__(self, path: Path, marks: Path) -> None:
        self.path = path
        self._marks = marks
        marks.mkdir()
        path.mkdir(exist_ok=True)

    def modules(self, names: Iterable[str] = NAMES) -> None:
        for name in names:
            if name.isidentifier():
                text = f"open({str(self._marks / name)!r}, 'w').close()\n"
                (self.path / f"{name}.py").write_text(text, encoding="utf-8")

    def programs(self, directory: str = ".") -> None:
        for name in PROGRAMS:
            program = self.path / directory / name
            program.parent.mkdir(exist_ok=True)
            program.write_text(f"#!/bin/bash\ntouch {self._marks / name}.program\nexit 1\n", encoding="utf-8")
            program.chmod(0o755)

    @property
    def ran(self) -> list[str]:
        return sorted(os.listdir(self._marks))


@pytest.fixture
def planted(tmp_path: Path) -> Planted:
    planted = Planted(tmp_path / "checkout", tmp_path / "marks")
    (planted.path / "web.yaml").write_text(BAD, encoding="utf-8")
    return planted


def everywhere(checkout: Path) -> dict[str, str]:
    """An environment that leads into the checkout wherever a job may do so without thinking."""
    return {
        "PYTHONPATH": os.pathsep.join([".", "", str(checkout)]),
        "PYTHONSTARTUP": "sitecustomize.py",
        "PYTHONWARNINGS": "error::token.Token",
        "PYTHONUSERBASE": str(checkout),
        "PATH": os.pathsep.join([".", "", os.environ["PATH"]]),
        "PIP_CONFIG_FILE": "pip.conf",
        "PIP_FIND_LINKS": ".",
    }


@pytest.mark.parametrize("leads", [False, True])
def test_the_action_installs_nothing_of_the_checkout(planted: Planted, tmp_path: Path, leads: bool) -> None:
    planted.modules()
    planted.programs()
    (planted.path / "pip.conf").write_text("[install]\ntarget = .\n", encoding="utf-8")
    (planted.path / "setup.cfg").write_text("[install]\nprefix = .\n", encoding="utf-8")
    (planted.path / "pyproject.toml").write_text("[build-system]\nrequires = []\n", encoding="utf-8")
    (tmp_path / "temp").mkdir()
    (tmp_path / "empty").mkdir()
    before = sorted(os.listdir(planted.path))
    environment = {"PIP_NO_INDEX": "1", **(everywhere(planted.path) if leads else {})}
    done = run_step(
        "Install iplint", planted.path, {}, action=tmp_path / "empty", temp=tmp_path / "temp", **environment
    )
    assert "ERROR: Directory" in done.stderr  # it came as far as pip
    assert (tmp_path / "temp" / "iplint" / "bin" / "python").exists()
    assert planted.ran == []
    assert sorted(os.listdir(planted.path)) == before


@pytest.mark.parametrize("leads", [False, True])
def test_the_action_checks_without_running_the_checkout(planted: Planted, tmp_path: Path, leads: bool) -> None:
    planted.modules()
    planted.programs()
    (tmp_path / "temp").mkdir()
    checker(tmp_path / "temp")
    environment = everywhere(planted.path) if leads else {}
    done = run_step("Check", planted.path, {}, temp=tmp_path / "temp", **environment)
    assert (done.returncode, planted.ran) == (1, []), done.stderr
    assert "::error file=web.yaml" in done.stdout


def not_loaded() -> set[str]:
    """The names of modules that Python loads only when something asks for them."""
    own = subprocess.run(
        [sys.executable, "-I", "-c", "import runpy, sys; print(*sys.modules)"], capture_output=True, text=True
    )
    loaded = {name.partition(".")[0] for name in own.stdout.split()}
    return NAMES - loaded - {"iplint", "sitecustomize", "usercustomize"}


def test_python_m_looks_for_no_module_in_the_checkout(iplint: Command, planted: Planted) -> None:
    """But for those that Python itself loads before iplint is there, which `-I` alone can prevent."""
    planted.modules(not_loaded())
    (planted.path / "theirs.sarif").write_text('{"version": "2.1.0", "runs": []}', encoding="utf-8")
    for arguments in (
        ["check"],
        ["check", "--format", "json", "--cross-check"],
        ["check", "--format", "html", "--diff"],
        ["--version"],
        ["inventory"],
        ["prove"],
        ["graph", "--format", "svg"],
        ["compare", "theirs.sarif"],
        ["audit", "."],
        ["migrate", "."],
        ["explain", "imdsv1-allowed", "."],
        ["baseline", "-o", "/dev/null"],
        ["init"],
        ["config"],
        ["completion", "bash"],
        ["lsp"],
    ):
        done = iplint(*arguments, cwd=planted.path)
        assert (done.returncode in (0, 1), planted.ran) == (True, []), done.stderr


@pytest.fixture
def repository(planted: Planted) -> Path:
    (planted.path / "web.yaml").write_text(HOST, encoding="utf-8")
    git(planted.path, "init", "-q")
    git(planted.path, "add", ".")
    git(planted.path, "commit", "-qm", "one")
    git(planted.path, "tag", "one")
    return planted.path


def since(iplint: Command, repository: Path, **environment: str) -> None:
    done = iplint("check", "--since", "one", cwd=repository, **environment)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", [".", "", "bin", "CHECKOUT/bin", "CHECKOUT/../checkout", "LINK"])
def test_git_is_none_of_the_checkout(
    iplint: Command, planted: Planted, repository: Path, tmp_path: Path, path: str
) -> None:
    planted.programs()
    planted.programs("bin")
    (tmp_path / "linked").symlink_to(repository / "bin")
    first = path.replace("CHECKOUT", str(repository)).replace("LINK", str(tmp_path / "linked"))
    since(iplint, repository, PATH=os.pathsep.join([first, os.environ["PATH"]]))
    assert planted.ran == []


def test_git_runs_nothing_that_a_configuration_or_the_environment_names(
    iplint: Command, planted: Planted, repository: Path
) -> None:
    planted.programs("bin")
    program = repository / "bin" / "sh"
    settings = ("fsmonitor", "pager", "sshCommand", "gitProxy", "alternateRefsCommand", "editor", "askPass")
    lines = ["[core]", *(f"{name} = {program}" for name in settings), "hooksPath = bin"]
    lines += ["[diff]", f"external = {program}", '[diff "x"]', f"textconv = {program}", f"command = {program}"]
    lines += ['[filter "x"]', f"clean = {program}", f"smudge = {program}", "required = true"]
    lines += [
        "[alias]",
        *(f"{name} = !{program}" for name in ("diff", "rev-parse", "ls-tree", "cat-file", "merge-base")),
    ]
    lines += ["[trace2]", f"normalTarget = {planted.path.parent / 'marks' / 'trace'}"]
    (repository / "shared.gitconfig").write_text("\n".join(lines) + "\n", encoding="utf-8")
    git(repository, "config", "include.path", "../shared.gitconfig")
    (repository / ".gitattributes").write_text("* filter=x diff=x\n", encoding="utf-8")
    (repository / "web.yaml").rename(repository / "moved.yaml")
    # As a change that was staged elsewhere: to stage it here would itself run the filter.
    plain = ("-c", "include.path=", "-c", "core.fsmonitor=false", "-c", "core.attributesFile=/dev/null")
    subprocess.run(["git", *plain, "mv", "-k", "moved.yaml", "moved.yaml"], cwd=repository, capture_output=True)
    for mark in planted.ran:
        (planted.path.parent / "marks" / mark).unlink()
    environment = {
        name: str(program)
        for name in ("GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_PROXY_COMMAND")
    }
    environment |= {"GIT_EXEC_PATH": "bin", "GIT_CONFIG_GLOBAL": "shared.gitconfig"}
    iplint("check", "--since", "one", cwd=repository, **environment)
    assert planted.ran == []


def test_git_fetches_nothing_that_is_missing(iplint: Command, planted: Planted, repository: Path) -> None:
    """A clone that leaves objects out for later names a remote, and this one a program."""
    planted.programs("bin")
    git(repository, "config", "remote.origin.url", f"ext::{repository / 'bin' / 'sh'}")
    git(repository, "config", "remote.origin.promisor", "true")
    git(repository, "config", "protocol.ext.allow", "always")
    git(repository, "config", "extensions.partialClone", "origin")
    git(repository, "config", "core.repositoryFormatVersion", "1")
    blob = subprocess.run(
        ["git", "rev-parse", "one:web.yaml"], cwd=repository, capture_output=True, text=True, check=True
    ).stdout.strip()
    (repository / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    done = iplint("check", "--since", "one", cwd=repository)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert planted.ran == []


def test_rules_of_ones_own_leave_nothing_beside_them(iplint: Command, tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    text = (Path(__file__).parents[1] / "rules" / "iplint_rules" / "missing_instance_profile.py").read_text("utf-8")
    (rules / "own.py").write_text(text.replace("missing-instance-profile", "own-profile"), encoding="utf-8")
    (tmp_path / "outside").mkdir()
    (rules / "__pycache__").symlink_to(tmp_path / "outside")
    done = iplint("rules", "--rules", "rules", cwd=tmp_path, PYTHONDONTWRITEBYTECODE="")
    assert (done.returncode, "own-profile" in done.stdout) == (0, True), done.stderr
    assert os.listdir(tmp_path / "outside") == []

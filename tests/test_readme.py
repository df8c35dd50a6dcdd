"""What README.md and docs/*.md show is what happens: every `console` and `sh` block is run.

A `console` block is run at the top of the project, and what it shows is compared; a line of three dots stands for lines
that are left out. The lines of an `sh` block that call iplint are run in a sample of a repository, where what the
documents name is at hand; they have to be accepted and to come to an end: with or without findings.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from conftest import PATHS
from iplint.cli import COMMANDS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in ROOT.glob("docs/*.md")}
PAGES["README.md"] = README
# What `sh` blocks name, as a path of the sample, and what stands there.
SAMPLE = {
    "tests/example": ROOT / "tests" / "example",
    "docs/own-rules": ROOT / "docs" / "own-rules",
    "stacks": ROOT / "tests" / "example",
    "main.tf": ROOT / "tests" / "plans" / "web" / "app" / "main.tf",
    "snapshot": ROOT / "tests" / "snapshot",
    "plan.json": ROOT / "tests" / "plans" / "web" / "plan.json",
}


def blocks(language: str) -> list[tuple[str, str]]:
    """The fenced blocks of a language: page, text."""
    fence = re.compile(rf"^```{language}\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)
    return [(page, block) for page, text in sorted(PAGES.items()) for block in fence.findall(text)]


SHOWN = [
    (page, command, output)
    for page, block in blocks("console")
    for command, output in re.findall(r"^\$ ([^\n]+)\n((?:(?!\$ ).*\n)*)", block, flags=re.MULTILINE)
]
# What stands behind an installation is run, the installation is not.
CALLS = [
    (page, re.sub(r"^.*\bpip install [^&]*&& ", "", line))
    for page, block in blocks("sh")
    for line in block.replace("\\\n", " ").splitlines()
    if re.search(r"(^|[\s(/])iplint ", line.partition(" #")[0])
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the command iplint in `.venv/bin`."""
    home = tmp_path_factory.mktemp("home")
    command = home / ".venv" / "bin" / "iplint"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m iplint "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    return home


@pytest.fixture
def shell(home: Path) -> Callable[[str, Path], CompletedProcess[str]]:
    """Run a line as a user of bash does."""

    def run(line: str, cwd: Path) -> CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", line],
            cwd=cwd,
            env={
                **os.environ,
                "HOME": str(home),
                "PATH": os.pathsep.join([str(home / ".venv" / "bin"), os.environ["PATH"]]),
                "PYTHONPATH": PATHS,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture
def sample(home: Path, tmp_path: Path) -> Path:
    """A repository that holds what the documents name, at one commit."""
    for name, path in SAMPLE.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if path.is_dir() else shutil.copy)(path, tmp_path / name)
    shutil.copytree(home / ".venv", tmp_path / ".venv")
    person = ("-c", "user.name=A", "-c", "user.email=a@example.com")
    for command in (
        ("init", "-q", "-b", "main"),
        ("add", "."),
        (*person, "commit", "-qm", "one"),
        ("update-ref", "refs/remotes/origin/main", "HEAD"),
    ):
        subprocess.run(["git", *command], cwd=tmp_path, check=True, capture_output=True)
    return tmp_path


def test_there_is_something_to_run() -> None:
    assert "README.md" in {page for page, _, _ in SHOWN}
    assert len({page for page, _, _ in SHOWN}) >= 4
    assert len({page for page, _ in CALLS}) >= 2


@pytest.mark.parametrize(("page", "command", "shown"), SHOWN)
def test_shown_output_is_real(
    shell: Callable[[str, Path], CompletedProcess[str]], page: str, command: str, shown: str
) -> None:
    printed = shell(command, ROOT).stdout
    parts = [re.escape(part) for part in re.split(r"^\.\.\.\n", shown, flags=re.MULTILINE)]
    assert re.fullmatch("(?:.*\n)*?".join(parts), printed), printed


@pytest.mark.parametrize(("page", "line"), CALLS)
def test_every_call_runs(
    shell: Callable[[str, Path], CompletedProcess[str]], sample: Path, page: str, line: str
) -> None:
    done = shell(line, sample)
    assert done.returncode in (0, 1), done.stderr


def test_the_pages_and_the_table_are_those_of_the_rules() -> None:
    """If this fails, run docs/generate.py."""
    spec = spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    generate = module_from_spec(spec)
    spec.loader.exec_module(generate)
    written = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "rules").iterdir()}
    assert written == generate.pages()
    assert generate.table() in README
    assert generate.settings() == PAGES["docs/settings.md"]


def test_the_options_exist(iplint: Callable[..., CompletedProcess[str]]) -> None:
    known = iplint("--help").stdout + "".join(iplint(command, "--help").stdout for command in COMMANDS)
    for option in set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README)):
        assert option in known

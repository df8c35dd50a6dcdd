"""`iplint init`: what it writes for what a repository uses, and what it leaves alone."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
import yaml

from iplint import __version__, config
from iplint.cli import run
from iplint.onboarding import configuration, with_hook, with_job

Run: TypeAlias = Callable[..., tuple[int, str, str]]
HOOKS = "default_stages: [pre-commit]\nrepos:\n  # ours\n  - repo: https://example.com/x\n    rev: v1\n    hooks:\n"
HOOKS += "      - id: z\n\nci:\n  autofix_prs: false\n"


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run `iplint init` in a repository; its status, output and errors."""
    subprocess.run(["git", "init", "-q", "-b", "trunk", tmp_path], check=True)
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")

    def carry_out(*arguments: str) -> tuple[int, str, str]:
        status = run(["init", *arguments])
        done = capfd.readouterr()
        return status, done.out, done.err

    return carry_out


def files(top: Path) -> set[str]:
    paths = (path.relative_to(top).as_posix() for path in top.rglob("*") if path.is_file())
    return {path for path in paths if not path.startswith(".git/")}


def test_a_diff_is_shown_and_nothing_is_written(command: Run, tmp_path: Path) -> None:
    status, printed, errors = command()
    assert (status, files(tmp_path)) == (0, set())
    assert "+++ b/.iplint.toml\n" in printed
    assert "nothing is changed yet: iplint init --write writes this" in errors
    assert "iplint baseline" in errors
    assert "no hook and no pipeline was found to add to" in errors
    assert "no hook and no pipeline" not in command("--for", "pre-commit")[2]


def test_what_the_repository_uses_is_set_up_once(command: Run, tmp_path: Path) -> None:
    (tmp_path / ".pre-commit-config.yaml").write_text(HOOKS, encoding="utf-8")
    (tmp_path / ".github").mkdir()
    (tmp_path / ".gitlab-ci.yml").write_text("stages: [build]\nbuild:\n  script: [make]\n", encoding="utf-8")
    assert command("--write")[0] == 0
    hooks = yaml.safe_load((tmp_path / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert [repo["hooks"][0]["id"] for repo in hooks["repos"]] == ["z", "iplint"]
    assert hooks["repos"][1]["hooks"][0]["additional_dependencies"] == [f"iplint=={__version__}"]
    assert hooks["ci"] == {"autofix_prs": False}
    workflow = yaml.safe_load((tmp_path / ".github" / "workflows" / "iplint.yml").read_text(encoding="utf-8"))
    assert workflow[True]["push"]["branches"] == ["trunk"]
    jobs = yaml.safe_load((tmp_path / ".gitlab-ci.yml").read_text(encoding="utf-8"))
    assert (set(jobs), jobs["iplint"]["stage"]) == ({"stages", "build", "iplint"}, ".pre")
    before = files(tmp_path)
    assert "is set up already" in command("--write")[2]
    assert files(tmp_path) == before


def test_tools_and_the_requirement_may_be_given(command: Run, tmp_path: Path) -> None:
    command("--write", "--for", "pre-commit,GitLab", "--requirement", "iplint @ git+https://example.com/iplint@abc")
    assert files(tmp_path) == {".iplint.toml", ".pre-commit-config.yaml", ".gitlab-ci.yml"}
    assert "git+https://example.com/iplint@abc" in (tmp_path / ".gitlab-ci.yml").read_text(encoding="utf-8")
    assert command("--for", "jenkins")[0] == 2
    assert command("--requirement", "a'b")[0] == 2


def test_what_is_there_stays(command: Run, tmp_path: Path) -> None:
    (tmp_path / "iplint.toml").write_text("", encoding="utf-8")
    (tmp_path / ".pre-commit-config.yaml").write_text("repos: [{repo: local, hooks: []}]\n", encoding="utf-8")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".github").symlink_to(tmp_path / "elsewhere")
    status, printed, errors = command("--write")
    assert (status, list((tmp_path / "elsewhere").iterdir())) == (2, [])
    assert ".pre-commit-config.yaml is left alone: it has no list `repos:` to add to" in errors
    assert "- id: iplint" in printed
    assert not (tmp_path / ".iplint.toml").exists()


def test_nothing_is_written_where_one_file_cannot_be(command: Run, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".github").symlink_to(tmp_path / "elsewhere")
    status, _, errors = command("--write", "--for", "github,gitlab")
    assert (status, ".github is a link" in errors) == (2, True)
    assert files(tmp_path) == set()


def test_the_configuration_is_valid_when_its_comments_are_taken_out(tmp_path: Path) -> None:
    text = re.sub(r"^#(?=[a-z])", "", configuration(), flags=re.MULTILINE)
    (tmp_path / "iplint.toml").write_text(text, encoding="utf-8")
    taken = config.named("iplint.toml", str(tmp_path))
    assert {name for name in config.SETTINGS if name in taken} == set(config.SETTINGS)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("repos:\n- repo: a\n  hooks: []\n", 2),
        ("repos:\n    - repo: a\n      hooks: []", 2),
        ("repos:\n\n  - repo: a\n    hooks: []\n\n# end\n\nci: {}\n", 2),
        ("repos:\n- repo: a\n  hooks:\n  - id: iplint\n", 1),
    ],
)
def test_the_hook_is_the_last_of_the_list_however_that_is_indented(text: str, count: int) -> None:
    repos = yaml.safe_load(with_hook(text, "iplint"))["repos"]
    assert len(repos) == count
    assert repos[-1]["hooks"][0]["id"] == "iplint"


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        ("", None),
        ("a:\n  script: b\n", None),
        ("stages: [build, test]\n", None),
        ("stages:\n  - build\n  - test\n", None),
        ("stages:\n  - build\n", ".pre"),
    ],
)
def test_the_job_has_a_stage_that_exists(text: str, stage: str | None) -> None:
    assert yaml.safe_load(with_job(text, "iplint"))["iplint"].get("stage") == stage

"""What git ignores is passed over and counted; what it tracks, and what is named, is checked."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iplint.ignored import Repository

Command = Callable[..., CompletedProcess[str]]
BAD = "Resources:\n  Host:\n    Type: AWS::EC2::Instance\n    Properties: {ImageId: ami-0123456789abcdef0}\n"
INSTANCE = 'resource "aws_instance" "i" {\n  ami = "ami-0123456789abcdef0"\n}\n'
GOOD = "Resources: {Topic: {Type: AWS::SNS::Topic}}\n"


def git(directory: Path, *arguments: str) -> None:
    person = ("-c", "user.name=A", "-c", "user.email=a@example.com")
    subprocess.run(["git", *person, *arguments], cwd=directory, check=True, capture_output=True)


def repository(top: Path, files: dict[str, str]) -> Path:
    git(top, "init", "-q")
    for path, text in files.items():
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).write_text(text, encoding="utf-8")
    return top


def checked(iplint: Command, directory: Path, *arguments: str, **environment: str) -> tuple[set[str], dict[str, Any]]:
    """The files with findings, and the counts of files."""
    done = iplint("check", "--format", "json", *arguments, cwd=directory, **environment)
    report = json.loads(done.stdout)
    counts = report["summary"]["files"]
    assert counts["found"] == counts["checked"] + counts["not_templates"] + counts["unreadable"]
    return {finding["path"] for finding in report["findings"]}, counts


@pytest.mark.parametrize(
    ("rules", "ignored"),
    [
        ({".gitignore": "/build/\n"}, {"build/t.yaml", "build/deep/u.json"}),
        ({".gitignore": "build\n"}, {"build/t.yaml", "build/deep/u.json", "app/build/t.yaml"}),
        ({".gitignore": "*.yaml\n!t.yaml\n"}, {"app/gen-1.yaml"}),
        ({"app/.gitignore": "gen-?.yaml\n"}, {"app/gen-1.yaml"}),
        ({".gitignore": "**/deep/*\n"}, {"build/deep/u.json"}),
        ({".git/info/exclude": "build/**\n"}, {"build/t.yaml", "build/deep/u.json"}),
        ({".gitignore": "/app/gen\\-[0-9].*\n# t.yaml\n"}, {"app/gen-1.yaml"}),
        ({".gitignore": "!build\n"}, set()),
    ],
)
def test_what_git_ignores_is_counted_and_not_checked(
    iplint: Command, tmp_path: Path, rules: dict[str, str], ignored: set[str]
) -> None:
    files = {"build/t.yaml", "build/deep/u.json", "app/build/t.yaml", "app/gen-1.yaml", "t.yaml"}
    repository(tmp_path, {**dict.fromkeys(files, BAD), **rules})
    found, counts = checked(iplint, tmp_path)
    assert (found, counts["ignored"]) == (files - ignored, len(ignored))


def test_terraform_that_git_ignores_is_not_checked(iplint: Command, tmp_path: Path) -> None:
    rules = {".gitignore": "override.tf\n/gen/\n/lib/\n"}
    main = 'module "lib" {\n  source = "./lib"\n}\n'
    repository(
        tmp_path, {**rules, "main.tf": main, "override.tf": INSTANCE, "gen/main.tf": INSTANCE, "lib/main.tf": INSTANCE}
    )
    # A module is read where something that counts calls it.
    found, counts = checked(iplint, tmp_path)
    assert (found, counts["ignored"]) == ({"lib/main.tf"}, 3)


def test_what_is_tracked_or_named_is_checked(iplint: Command, tmp_path: Path) -> None:
    repository(tmp_path, {"gen/t.yaml": BAD, "gen/u.yaml": BAD, "out/v.yaml": BAD})
    git(tmp_path, "add", "gen/t.yaml")
    (tmp_path / ".gitignore").write_text("/gen/\n/out/\n", encoding="utf-8")
    assert checked(iplint, tmp_path)[0] == {"gen/t.yaml"}
    assert checked(iplint, tmp_path, "gen/u.yaml")[0] == {"gen/u.yaml"}
    assert checked(iplint, tmp_path, "out")[0] == {"out/v.yaml"}
    assert checked(iplint, tmp_path, ".", "gen/u.yaml", "out")[1]["ignored"] == 0
    # Without git, nothing is known to be ignored.
    assert checked(iplint, tmp_path, PATH="")[0] == {"gen/t.yaml", "gen/u.yaml", "out/v.yaml"}


def test_a_repository_in_another_has_rules_of_its_own(iplint: Command, tmp_path: Path) -> None:
    repository(tmp_path, {".gitignore": "/vendor/\n", "gen.yaml": BAD})
    for name in ("inner", "vendor"):
        (tmp_path / name).mkdir()
        repository(tmp_path / name, {".gitignore": "gen.yaml\n", "gen.yaml": BAD, "own.yaml": BAD})
    found, counts = checked(iplint, tmp_path)
    assert (found, counts["ignored"]) == ({"gen.yaml", "inner/own.yaml"}, 3)


def test_nothing_that_the_repository_names_runs(iplint: Command, tmp_path: Path) -> None:
    repository(tmp_path, {".gitignore": "/gen/\n", "gen/t.yaml": BAD})
    (tmp_path / ".git" / "info" / "attributes").write_text("* filter=own\n", encoding="utf-8")
    for setting in ("core.fsmonitor", "core.sshCommand", "filter.own.clean", "core.pager", "core.askPass"):
        git(tmp_path, "config", setting, "touch ran; cat")
    (tmp_path / "ran").unlink(missing_ok=True)
    assert checked(iplint, tmp_path)[1]["ignored"] == 1
    assert not (tmp_path / "ran").exists()


def test_a_pipe_among_the_rules_is_not_waited_for(iplint: Command, tmp_path: Path) -> None:
    repository(tmp_path, {"t.yaml": BAD})
    os.mkfifo(tmp_path / ".gitignore")
    assert checked(iplint, tmp_path)[0] == {"t.yaml"}


def test_the_summary_counts_what_is_passed_over_and_why(iplint: Command, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    top = tmp_path / "top"
    top.mkdir()
    files = {"t.yaml": GOOD, "gen/a.yaml": BAD, "gen/b.yaml": BAD, "node_modules/x.yaml": BAD, ".gitignore": "gen\n"}
    repository(top, files)
    (top / "link").symlink_to(outside)
    done = iplint("check", cwd=top)
    assert (
        "Checked 1 of 1 file; 2 ignored by git, 1 vendored or generated directory skipped, 1 link outside skipped."
        in done.stdout
    )
    assert checked(iplint, top)[1]["skipped"] == 2
    notices = json.loads(iplint("check", "--undecided", "--format", "json", cwd=top).stdout)["notices"]
    assert [(notice["kind"], notice["path"]) for notice in notices] == [
        ("unsupported", "link"),
        ("unsupported", "node_modules"),
    ]
    assert iplint("check", "--strict", "--undecided", cwd=top).returncode == 0


def test_a_directory_without_anything_to_check_is_named(iplint: Command, tmp_path: Path) -> None:
    for path, text in {"docs/README.md": "nothing\n", "app/t.yaml": GOOD, "ci/job.yaml": "on: push\n"}.items():
        (tmp_path / path).parent.mkdir()
        (tmp_path / path).write_text(text, encoding="utf-8")
    for paths, named in ((["docs", "app"], ["docs"]), (["app"], []), (["ci"], ["ci"]), (["."], [])):
        done = iplint("check", *paths, cwd=tmp_path)
        assert done.returncode == 0
        assert [path for path in ("docs", "app", "ci") if f" in {path}," in done.stderr] == named


def test_a_later_run_sees_that_the_rules_have_changed(iplint: Command, tmp_path: Path) -> None:
    cache = str(tmp_path / "cache")
    top = tmp_path / "top"
    top.mkdir()
    files = {f"t{number}.yaml": GOOD for number in range(50)}
    main = 'provider "aws" {}\n'
    repository(top, {**files, "gen/t.yaml": BAD, "tf/main.tf": main, "tf/more.tf": INSTANCE})
    for rules, expected in (
        ("", {"gen/t.yaml", "tf/more.tf"}),
        ("gen\n", {"tf/more.tf"}),
        ("more.tf\n", {"gen/t.yaml"}),
        ("", {"gen/t.yaml", "tf/more.tf"}),
    ):
        (top / ".gitignore").write_text(rules, encoding="utf-8")
        assert checked(iplint, top, IPLINT_CACHE_DIR=cache)[0] == expected


NAMES = st.sampled_from(["a", "b", "ab", "build", "x.yaml", "y.json", "A"])
WORDS = st.sampled_from(
    ["a", "b", "*", "**", "?", "[ab]", "[!a]*", "build", "*.yaml", "x*", "\\a", "A", "y.json", "b*d"]
)
PATTERNS = st.builds(
    lambda negated, anchor, words, end: negated + anchor + "/".join(words) + end,
    st.sampled_from(["", "", "!"]),
    st.sampled_from(["", "/"]),
    st.lists(WORDS, min_size=1, max_size=3),
    st.sampled_from(["", "", "/", " "]),
)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_git_is_asked_wherever_it_would_ignore_anything(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    top = Path(os.path.realpath(tmp_path_factory.mktemp("top")))
    git(top, "init", "-q")
    paths = data.draw(st.lists(st.lists(NAMES, min_size=1, max_size=3).map("/".join), min_size=1, max_size=5))
    for path in paths:
        try:
            (top / path).parent.mkdir(parents=True, exist_ok=True)
            (top / path).touch()
        except OSError:
            continue
    files = [
        path.relative_to(top).as_posix()
        for path in sorted(top.rglob("*"))
        if path.is_file() and ".git/" not in str(path)
    ]
    (top / ".gitignore").write_text("\n".join(data.draw(st.lists(PATTERNS, max_size=4))), encoding="utf-8")
    told = subprocess.run(
        ["git", "-c", f"core.excludesFile={os.devnull}", "ls-files", "-o", "-i", "--exclude-standard", "-z"],
        cwd=top,
        check=True,
        capture_output=True,
    )
    asked = Repository(str(top), str(top))
    asked.files = files
    asked.rules = [str(top / ".gitignore")]
    assert asked.ignored() == {path for path in told.stdout.decode().split("\0")[:-1] if path in files}


def test_no_gitignore_checks_what_git_ignores(iplint: Command, tmp_path: Path) -> None:
    repository(tmp_path, {".gitignore": "gen\n", "gen/t.yaml": BAD, "t.yaml": BAD})
    found, counts = checked(iplint, tmp_path, "--no-gitignore")
    assert (found, counts["ignored"]) == ({"gen/t.yaml", "t.yaml"}, 0)


def test_the_output_of_the_cdk_that_git_ignores_is_named_in_the_summary(iplint: Command, tmp_path: Path) -> None:
    assembly = {"infra/cdk.out/App.template.json": BAD, "infra/cdk.out/manifest.json": "{}"}
    repository(tmp_path, {".gitignore": "cdk.out\n", "t.yaml": GOOD, **assembly})
    printed = iplint("check", cwd=tmp_path).stdout
    assert "2 ignored by git (to check infra/cdk.out as well, name it)" in printed
    found, counts = checked(iplint, tmp_path, "infra/cdk.out")
    assert (found, counts["ignored"]) == ({"infra/cdk.out/App.template.json"}, 0)
    assert "cdk.out" not in iplint("check", "t.yaml", cwd=tmp_path).stdout

"""What a change brings is told, what was there before is not; and nothing that a repository names is run."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Command = Callable[..., CompletedProcess[str]]
HOST = """
Resources:
  Host:
    Type: AWS::EC2::Instance
    Properties:
      MetadataOptions: {HttpTokens: optional}
      IamInstanceProfile: web
"""
MODULE = """
resource "aws_instance" "this" {
  iam_instance_profile = "web"
  metadata_options {
    http_tokens = var.tokens
  }
}
variable "tokens" {}
"""
CALL = """
module "host" {
  source = "../host"
  tokens = "required"
}
"""


def git(directory: Path, *arguments: str) -> None:
    person = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *person, *arguments], cwd=directory, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for path, text in {"old.yaml": HOST, "host/main.tf": MODULE, "stack/main.tf": CALL}.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    git(tmp_path, "tag", "one")
    return tmp_path


def found(iplint: Command, directory: Path, *options: str) -> list[tuple[str, int]]:
    done = iplint("check", "--since", "one", "--format", "json", *options, cwd=directory)
    report = json.loads(done.stdout)
    assert done.returncode == (1 if report["findings"] else 0)
    return [(finding["path"], finding["line"]) for finding in report["findings"]]


def test_what_was_there_before_is_left_out(iplint: Command, repository: Path) -> None:
    assert found(iplint, repository) == []
    (repository / "new.yaml").write_text(HOST, encoding="utf-8")
    assert found(iplint, repository) == [("new.yaml", 6)]
    assert found(iplint, repository / "stack") == []
    assert found(iplint, repository / "stack", "../new.yaml") == [("../new.yaml", 6)]


def test_a_change_elsewhere_that_breaks_a_file_is_told(iplint: Command, repository: Path) -> None:
    (repository / "stack" / "main.tf").write_text(CALL.replace("required", "optional"), encoding="utf-8")
    assert found(iplint, repository) == [("stack/main.tf", 4)]
    assert found(iplint, repository / "stack") == [("main.tf", 4)]


def test_moved_lines_and_files_are_nothing_new(iplint: Command, repository: Path) -> None:
    git(repository, "mv", "old.yaml", "stack/moved.yaml")
    moved = repository / "stack" / "moved.yaml"
    moved.write_text("# more\n" + moved.read_text(encoding="utf-8"), encoding="utf-8")
    assert found(iplint, repository) == []


def test_an_ignore_comment_that_is_taken_out_brings_its_finding(iplint: Command, repository: Path) -> None:
    kept = HOST.replace(
        "      MetadataOptions", "      # iplint: ignore[imdsv1-allowed] old agent\n      MetadataOptions"
    )
    (repository / "old.yaml").write_text(kept, encoding="utf-8")
    git(repository, "commit", "-qam", "two")
    git(repository, "tag", "-f", "one")
    (repository / "old.yaml").write_text(HOST, encoding="utf-8")
    assert found(iplint, repository) == [("old.yaml", 6)]


def test_what_others_mended_meanwhile_is_not_blamed_on_the_change(iplint: Command, repository: Path) -> None:
    git(repository, "switch", "-qc", "change")
    (repository / "new.yaml").write_text(HOST, encoding="utf-8")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "change")
    git(repository, "switch", "-q", "-")
    (repository / "old.yaml").write_text(HOST.replace("optional", "required"), encoding="utf-8")
    git(repository, "commit", "-qam", "mended")
    git(repository, "tag", "-f", "one")
    git(repository, "switch", "-q", "change")
    assert found(iplint, repository) == [("new.yaml", 6)]


def test_a_baseline_counts_as_well_and_hides_nothing_new(iplint: Command, repository: Path) -> None:
    assert iplint("baseline", cwd=repository).returncode == 0
    done = iplint("check", "--since", "one", cwd=repository)
    assert (done.returncode, "are fixed" in done.stderr) == (0, False)
    line = "            export AWS_ACCESS_KEY_ID=AKIAFAKEFAKEFAKEFAK2\n"
    user_data = HOST + "      UserData:\n        Fn::Base64: |\n          #!/bin/sh\n" + line[2:]
    (repository / "old.yaml").write_text(user_data, encoding="utf-8")
    assert iplint("baseline", cwd=repository).returncode == 0
    git(repository, "commit", "-qam", "two")
    git(repository, "tag", "-f", "one")
    assert found(iplint, repository) == []
    # A second key at the same address, on an equal line.
    (repository / "old.yaml").write_text(user_data + line[2:], encoding="utf-8")
    assert found(iplint, repository) == [("old.yaml", 12)]


def test_nothing_of_the_repository_runs(
    iplint: Command, repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    proof = tmp_path_factory.mktemp("ran") / "proof"
    for setting in ("core.fsmonitor", "filter.own.smudge", "filter.own.clean", "diff.external"):
        git(repository, "config", setting, f"touch {proof}; cat")
    (repository / ".gitattributes").write_text("* filter=own\n", encoding="utf-8")
    git(repository, "add", ".gitattributes")
    proof.unlink(missing_ok=True)
    assert found(iplint, repository) == []
    assert not proof.exists()


def test_a_link_out_of_the_repository_is_not_followed(iplint: Command, repository: Path, tmp_path: Path) -> None:
    (repository / "link.yaml").symlink_to("/etc/hostname")
    git(repository, "add", "link.yaml")
    git(repository, "commit", "-qm", "link")
    git(repository, "tag", "-f", "one")
    done = iplint("check", "old.yaml", "--since", "one", cwd=repository)
    assert done.returncode == 0


@pytest.mark.parametrize(("revision", "words"), [("nowhere", "git rev-parse fails"), ("--help", "git rev-parse fails")])
def test_a_revision_that_does_not_exist_is_an_error(
    iplint: Command, repository: Path, revision: str, words: str
) -> None:
    done = iplint("check", f"--since={revision}", cwd=repository)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


def test_without_a_repository_it_is_an_error(iplint: Command, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(HOST, encoding="utf-8")
    done = iplint("check", "--since", "HEAD", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "not a git repository" in done.stderr

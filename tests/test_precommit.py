"""The hooks, with the real pre-commit: installed from a clone, in front of a real `git commit`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent

pytestmark = [
    # One process installs the hooks for all tests.
    pytest.mark.xdist_group("pre-commit"),
    pytest.mark.skipif(
        os.environ.get("CI") != "true" and not os.environ.get("IPLINT_SLOW_TESTS"),
        reason="installs packages, which takes a minute: runs where CI is true, or with IPLINT_SLOW_TESTS set",
    ),
]

GOOD = """\
Resources:
  Profile:
    Type: AWS::IAM::InstanceProfile
    Properties:
      Roles: [!Ref Role]
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - {Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: sts:AssumeRole}
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        IamInstanceProfile: {Arn: !GetAtt Profile.Arn}
        MetadataOptions: {HttpTokens: required}
"""
BAD = GOOD.replace("required", "optional")

TERRAFORM_TEMPLATE = """\
resource "aws_launch_template" "web" {
  iam_instance_profile {
    name = "web"
  }
  metadata_options {
    http_tokens = "optional"
  }
}
"""
TERRAFORM_INSTANCE = """\
resource "aws_instance" "web" {
  launch_template {
    id      = aws_launch_template.web.id
    version = "$Latest"
  }
}
"""


def run(*command: str, cwd: Path, check: bool = True, **variables: str) -> subprocess.CompletedProcess[str]:
    # Of a git command that may run these tests, nothing may reach those that the tests run.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, **variables}
    for role in ("AUTHOR", "COMMITTER"):
        environment |= {f"GIT_{role}_NAME": "Tester", f"GIT_{role}_EMAIL": "tester@example.com"}
    done = subprocess.run(
        command,
        capture_output=True,
        check=False,
        cwd=cwd,
        encoding="utf-8",
        env=environment,
        stdin=subprocess.DEVNULL,
        timeout=600,
    )
    assert done.returncode == 0 or not check, done.stdout + done.stderr
    return done


class Repository:
    """A git repository with the hook installed."""

    def __init__(self, path: Path, home: Path) -> None:
        self.path = path
        self._home = str(home)

    def write(self, **files: str) -> None:
        for name, content in files.items():
            (self.path / name.replace("__", ".")).write_text(content, encoding="utf-8")
        run("git", "add", "--all", cwd=self.path)

    def commit(self, *options: str) -> subprocess.CompletedProcess[str]:
        command = ("git", "commit", "--message", "A change", *options)
        return run(*command, cwd=self.path, check=False, PRE_COMMIT_HOME=self._home)

    def pre_commit(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        command = (sys.executable, "-m", "pre_commit", *arguments)
        return run(*command, cwd=self.path, check=check, PRE_COMMIT_HOME=self._home)


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of the project as it stands, uncommitted changes included."""
    clone = tmp_path_factory.mktemp("iplint")
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=TOP).stdout
    for name in filter(None, listed.split("\0")):
        if (TOP / name).is_file():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(TOP / name, clone / name)
    run("git", "init", "--quiet", cwd=clone)
    run("git", "add", "--all", cwd=clone)
    run("git", "commit", "--quiet", "--message", "As it stands", cwd=clone)
    return clone


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pre-commit keeps what it installed, once for all tests."""
    return tmp_path_factory.mktemp("pre-commit")


@pytest.fixture
def repository(hooks: Path, home: Path, tmp_path: Path) -> Repository:
    repository = Repository(tmp_path, home)
    run("git", "init", "--quiet", cwd=tmp_path)
    revision = run("git", "rev-parse", "HEAD", cwd=hooks).stdout.strip()
    for hook, name in (("iplint", ".pre-commit-config.yaml"), ("iplint-tree", ".tree.yaml")):
        config = f"repos:\n  - repo: {hooks}\n    rev: {revision}\n    hooks:\n      - id: {hook}\n"
        (tmp_path / name).write_text(config, encoding="utf-8")
    repository.pre_commit("install", "--install-hooks")
    return repository


def test_a_good_template_is_committed_and_a_bad_one_is_not(repository: Repository) -> None:
    repository.write(web__yaml=GOOD)
    done = repository.commit()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Passed" in done.stderr

    repository.write(web__yaml=BAD)
    done = repository.commit()
    assert done.returncode == 1
    assert "imdsv1-allowed" in done.stderr
    assert "web.yaml:17" in done.stderr
    assert run("git", "log", "--oneline", cwd=repository.path).stdout.count("\n") == 1


def test_files_that_are_no_templates_are_committed(repository: Repository) -> None:
    repository.write(settings__json='{"a": 1}', notes__yaml="a: b\n", terraform__tfvars='a = "b"\n')
    done = repository.commit()
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_broken_template_is_not_committed(repository: Repository) -> None:
    repository.write(web__yaml=GOOD + "\tbroken: [\n")
    done = repository.commit()
    assert done.returncode == 1
    assert "web.yaml" in done.stderr


def test_a_changed_file_is_judged_with_its_directory(repository: Repository) -> None:
    repository.write(template__tf=TERRAFORM_TEMPLATE, instance__tf=TERRAFORM_INSTANCE)
    repository.commit("--no-verify")
    repository.write(instance__tf=f"# Changed.\n{TERRAFORM_INSTANCE}")
    done = repository.commit()
    assert done.returncode == 1
    assert "imdsv1-allowed" in done.stderr
    assert "template.tf:6" in done.stderr

    repository.write(template__tf=TERRAFORM_TEMPLATE.replace("optional", "required"))
    assert repository.commit().returncode == 0


def test_the_hook_for_the_whole_tree(repository: Repository) -> None:
    repository.write(web__yaml=GOOD)
    tree = ("run", "--config", ".tree.yaml", "--all-files")
    repository.pre_commit(*tree)
    repository.write(web__yaml=BAD)
    done = repository.pre_commit(*tree, check=False)
    assert done.returncode == 1
    assert "imdsv1-allowed" in done.stdout

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
    assert (done.returncode, "match nothing any more" in done.stderr) == (0, False)
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


@pytest.mark.parametrize(("revision", "words"), [("nowhere", "no such revision"), ("--help", "no such revision")])
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


REMOTE = 'module "web" {\n  source  = "git::https://example.com/web.git?ref=v1"\n}\n'
INSTALLED = 'resource "aws_instance" "i" {\n  ami = "ami-0123456789abcdef0"\n}\n'


def install(root: Path, source: str, key: str = "web") -> None:
    installed = root / ".terraform" / "modules" / key
    installed.mkdir(parents=True)
    (installed / "main.tf").write_text(INSTALLED, encoding="utf-8")
    entry = {"Key": key, "Source": source, "Dir": f".terraform/modules/{key}"}
    manifest = {"Modules": [{"Key": "", "Source": "", "Dir": "."}, entry]}
    (root / ".terraform" / "modules" / "modules.json").write_text(json.dumps(manifest), encoding="utf-8")


def commit(repository: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (repository / path).parent.mkdir(parents=True, exist_ok=True)
        (repository / path).write_text(text, encoding="utf-8")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "more")


def base(repository: Path, files: dict[str, str]) -> None:
    """Commit some files, and take that commit as the one to compare with."""
    commit(repository, {".gitignore": ".terraform/\n", **files})
    git(repository, "tag", "-f", "one")


def test_a_remote_module_serves_the_revision_only_where_it_is_called_alike(iplint: Command, repository: Path) -> None:
    base(repository, {"far/main.tf": REMOTE})
    install(repository / "far", "git::https://example.com/web.git?ref=v1")
    assert found(iplint, repository) == []
    commit(repository, {"far/main.tf": REMOTE.replace("v1", "v2")})
    done = iplint("check", "--since", "one", "--format", "json", "far", cwd=repository)
    report = json.loads(done.stdout)
    assert {finding["path"] for finding in report["findings"]} == {"far/.terraform/modules/web/main.tf"}
    [notice] = [notice for notice in report["notices"] if "count as new" in notice["message"]]
    assert (notice["kind"], notice["path"]) == ("unresolved", "far")
    assert 'module "web": one calls it' in notice["message"]


def test_installed_modules_that_the_change_brings_are_new(
    iplint: Command, repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Terraform takes what is below .terraform/modules as installed, so a commit may replace a module there."""
    source = "git::https://example.com/web.git?ref=v1"
    submodule = tmp_path_factory.mktemp("other")
    git(submodule, "init", "-q")
    commit(submodule, {"far/main.tf": REMOTE})
    git(repository, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(submodule), "sub")
    base(repository, {"far/main.tf": REMOTE})
    for top, directory in ((repository, "far"), (repository / "sub", "sub/far")):
        install(repository / directory, source)
        assert found(iplint, repository, directory) == []
        git(top, "add", "--force", "far/.terraform")
        assert len(found(iplint, repository, directory)) == 2
        git(top, "commit", "-qm", "more")
        done = iplint("check", "--since", "one", "-v", directory, cwd=repository)
        assert ".terraform/modules is in the repository, but not in one" in done.stderr + done.stdout


def test_a_module_below_a_local_one_is_compared_too(iplint: Command, repository: Path) -> None:
    base(repository, {"far/main.tf": 'module "inner" {\n  source = "./inner"\n}\n', "far/inner/main.tf": REMOTE})
    install(repository / "far", "git::https://example.com/web.git?ref=v1", "inner.web")
    assert found(iplint, repository, "far") == []
    commit(repository, {"far/inner/main.tf": REMOTE.replace("v1", "v2")})
    assert len(found(iplint, repository, "far")) == 2


def test_what_has_become_more_severe_is_new(iplint: Command, repository: Path) -> None:
    role = """Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: "sts:AssumeRole"}]
      Policies:
        - PolicyName: all
          PolicyDocument: {Statement: [{Effect: Allow, Action: "*", Resource: "*"}]}
  Profile: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: [!Ref Role]}}
"""
    host = """  Host:
    Type: AWS::EC2::Instance
    Properties:
      IamInstanceProfile: !Ref Profile
      MetadataOptions: {HttpTokens: required}
"""
    base(repository, {"role.yaml": role})
    assert found(iplint, repository, "role.yaml") == []
    (repository / "role.yaml").write_text(role + host, encoding="utf-8")
    assert ("role.yaml", 9) in found(iplint, repository, "role.yaml")


TOKENS = """Parameters:
  Tokens: {Type: String, Default: required}
Resources:
  Host:
    Type: AWS::EC2::Instance
    Properties: {IamInstanceProfile: web, MetadataOptions: {HttpTokens: !Ref Tokens}}
"""


def test_parameter_files_are_those_of_the_revision(iplint: Command, repository: Path) -> None:
    def values(tokens: str) -> str:
        return json.dumps([{"ParameterKey": "Tokens", "ParameterValue": tokens}])

    base(repository, {"app.yaml": TOKENS, "values.json": values("required")})
    (repository / "values.json").write_text(values("optional"), encoding="utf-8")
    assert found(iplint, repository, "app.yaml", "--parameters", "values.json") != []
    (repository / "new.json").write_text(values("optional"), encoding="utf-8")
    assert found(iplint, repository, "app.yaml", "--parameters", "new.json") != []


def test_configured_inputs_are_those_of_the_revision(iplint: Command, repository: Path) -> None:
    base(repository, {"app.yaml": TOKENS})
    (repository / "iplint.toml").write_text('[parameters]\nTokens = "optional"\n', encoding="utf-8")
    assert found(iplint, repository, "app.yaml") != []


def test_a_file_that_git_does_not_know_is_new(iplint: Command, repository: Path) -> None:
    root = 'provider "aws" {}\n' + MODULE.replace('"tokens" {}', '"tokens" {\n  default = "required"\n}')
    base(repository, {"live/main.tf": root, ".gitignore": "*.tfvars\n"})
    (repository / "live" / "terraform.tfvars").write_text('tokens = "optional"\n', encoding="utf-8")
    assert found(iplint, repository, "live") != []


def test_a_change_cannot_put_what_it_brings_into_the_baseline(iplint: Command, repository: Path) -> None:
    base(repository, {})
    commit(repository, {"new.yaml": HOST})
    assert iplint("baseline", cwd=repository).returncode == 0
    commit(repository, {})
    assert iplint("check", cwd=repository).returncode == 0
    assert found(iplint, repository) == [("new.yaml", 6)]
    assert found(iplint, repository, "--baseline", ".iplint-baseline.json") == [("new.yaml", 6)]


def test_files_that_exchange_their_names_bring_nothing_new(iplint: Command, repository: Path) -> None:
    filler = "".join(f"  Topic{number}: {{Type: AWS::SNS::Topic}}\n" for number in range(40))
    others = "".join(f"  Queue{number}: {{Type: AWS::SQS::Queue}}\n" for number in range(40))
    base(repository, {"bad.yaml": HOST + filler, "good.yaml": "Resources:\n" + others})
    git(repository, "mv", "bad.yaml", "third.yaml")
    git(repository, "mv", "good.yaml", "bad.yaml")
    git(repository, "mv", "third.yaml", "good.yaml")
    assert found(iplint, repository) == []


def test_a_copy_is_new(iplint: Command, repository: Path) -> None:
    commit(repository, {"copy.yaml": HOST})
    assert found(iplint, repository) == [("copy.yaml", 6)]
    double = HOST + HOST.partition("Resources:\n")[2].replace("Host:", "Second:")
    (repository / "old.yaml").write_text(double, encoding="utf-8")
    assert found(iplint, repository, "old.yaml") == [("old.yaml", 11)]


def test_a_replaced_commit_is_not_looked_at(iplint: Command, repository: Path) -> None:
    commit(repository, {"new.yaml": HOST})
    # Whoever can write this ref makes git take the new commit for the old one.
    git(repository, "replace", "one", "HEAD")
    assert found(iplint, repository, "new.yaml") == [("new.yaml", 6)]


def test_a_name_that_several_refs_have_is_refused(iplint: Command, repository: Path) -> None:
    git(repository, "update-ref", "refs/remotes/origin/main", "HEAD")
    commit(repository, {"new.yaml": HOST})
    git(repository, "branch", "origin/main")
    done = iplint("check", "--since", "origin/main", cwd=repository)
    assert (done.returncode, done.stdout) == (2, "")
    assert "refs/heads/origin/main and refs/remotes/origin/main" in done.stderr
    assert iplint("check", "--since", "refs/remotes/origin/main", cwd=repository).returncode == 1


def test_of_several_merge_bases_all_have_to_know_it(iplint: Command, repository: Path) -> None:
    git(repository, "switch", "-qc", "left", "one")
    commit(repository, {"new.yaml": HOST})
    git(repository, "switch", "-qc", "right", "one")
    commit(repository, {"other.yaml": "Resources: {A: {Type: AWS::SNS::Topic}}\n"})
    git(repository, "switch", "-qc", "change", "left")
    git(repository, "merge", "-qm", "one way", "right")
    git(repository, "switch", "-q", "right")
    git(repository, "merge", "-qm", "the other", "-s", "ours", "left")
    git(repository, "tag", "-f", "one")
    git(repository, "switch", "-q", "change")
    assert found(iplint, repository, "new.yaml") == [("new.yaml", 6)]


def test_what_lies_outside_of_the_repository_is_new(
    iplint: Command, repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "web.yaml"
    outside.write_text(HOST, encoding="utf-8")
    assert len(found(iplint, repository, str(outside))) == 1


def test_a_submodule_that_has_not_changed_brings_nothing_new(
    iplint: Command, repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    git(other, "init", "-q")
    commit(other, {"web.yaml": HOST})
    git(repository, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other), "sub")
    base(repository, {})
    assert found(iplint, repository) == []
    commit(repository / "sub", {"more.yaml": HOST})
    assert found(iplint, repository) == [("sub/more.yaml", 6)]

"""Sources of modules and addresses of templates that the configuration maps to local directories."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from iplint.cli import run
from iplint.module_sources import ModuleSources

if TYPE_CHECKING:
    from pathlib import Path

CALL = 'provider "aws" {}\nmodule "web" {\n  source = "SOURCE"\n}\n'
WEB = 'resource "aws_instance" "i" {\n  ami = "ami-1"\n}\n'
GIT = "git::https://example.com/modules.git//web?ref=v1.2.0"
FOUND = ["module.web.aws_instance.i"]


def check(top: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[list[str], list[str]]:
    """The addresses of launches whose metadata options fail, and the notices."""
    run(["check", "--no-cache", "--format", "json", *arguments, str(top)])
    report = json.loads(capsys.readouterr().out)
    found = {row["address"] for row in report["findings"] if row["rule"] == "imdsv1-allowed"}
    return sorted(found), [notice["message"] for notice in report["notices"]]


def write(top: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text, encoding="utf-8")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    top = tmp_path / "live"
    (top / ".git").mkdir(parents=True)
    monkeypatch.chdir(top)
    return top


@pytest.mark.parametrize(
    ("source", "pattern", "directory"),
    [
        (GIT, "git::https://example.com/modules.git//*", "modules/*"),
        (GIT, "git::https://example.com/modules.git", "modules"),
        (GIT, "*/modules.git//*", "modules/*"),
        ("app.terraform.io/example/web/aws", "app.terraform.io/example/*/aws", "modules/*"),
        ("example/web/aws", "example/web/aws", "modules/web"),
        ("example/all/aws//web", "example/all/aws", "modules"),
        ("git@example.com:x/modules.git//web", "git@example.com:x/modules.git//*", "./modules/*"),
    ],
)
def test_a_mapped_module_is_checked(
    source: str, pattern: str, directory: str, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    setting = f'[module-sources]\n"{pattern}" = "{directory}"\n'
    files = {"main.tf": CALL.replace("SOURCE", source), "modules/web/main.tf": WEB, "iplint.toml": setting}
    write(repository, files)
    assert check(repository, capsys) == (FOUND, [])
    # It is called, and so no root of its own; without the configuration it is one.
    found, notices = check(repository, capsys, "--no-repo-config")
    assert found == ["aws_instance.i"]
    assert len(notices) == 1


@pytest.mark.parametrize("name", ["..", "../../web", "a/../../web"])
def test_a_source_leads_nowhere_else(name: str) -> None:
    mapped = ModuleSources({"git::https://example.com/modules.git//*": "/live/modules/*"})
    assert mapped.find(f"git::https://example.com/modules.git//{name}") is None


def test_a_directory_outside_counts_only_where_the_command_line_names_the_file(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    setting = '[module-sources]\n"git::https://example.com/modules.git//*" = "../modules/*"\n'
    write(repository, {"main.tf": CALL.replace("SOURCE", GIT), "iplint.toml": setting})
    write(repository.parent, {"modules/web/main.tf": WEB, "policy.toml": setting.replace("../", "")})
    found, notices = check(repository, capsys)
    assert (found, len(notices)) == ([], 1)
    assert "is mapped to ../modules/web, where no module can be read" in notices[0]
    assert check(repository, capsys, "--config", "../policy.toml") == (FOUND, [])


def test_a_link_that_leads_outside_is_refused(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    setting = '[module-sources]\n"git::https://example.com/modules.git//*" = "modules/*"\n'
    write(repository, {"main.tf": CALL.replace("SOURCE", GIT), "iplint.toml": setting})
    write(repository.parent, {"modules/web/main.tf": WEB})
    (repository / "modules").symlink_to(repository.parent / "modules")
    found, notices = check(repository, capsys)
    assert (found, "no module can be read" in notices[0]) == ([], True)


@pytest.mark.parametrize(
    "address",
    ["https://templates.s3.amazonaws.com/v1/web.yaml", "!Sub https://templates.s3.${AWS::URLSuffix}/v1/web.yaml"],
)
def test_a_mapped_template_is_checked_as_one_that_is_nested(
    address: str, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    setting = '[module-sources]\n"https://templates.s3.*/v1/*" = "stacks/*"\n'
    inner = "Parameters:\n  Tokens:\n    Type: String\nResources:\n  I:\n    Type: AWS::EC2::Instance\n"
    inner += "    Properties:\n      ImageId: ami-1\n      MetadataOptions:\n        HttpTokens: !Ref Tokens\n"
    outer = f"Resources:\n  Web:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: {address}\n"
    outer += "      Parameters:\n        Tokens: optional\n"
    write(repository, {"outer.yaml": outer, "stacks/web.yaml": inner, "iplint.toml": setting})
    assert check(repository, capsys) == (["Web.I"], [])

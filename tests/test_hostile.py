"""A repository that means harm: nothing outside of it is read, and nothing in it steers what reads the reports."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import failures, judged
from test_baseline import Command

OUTSIDE = "outside-of-the-repository"
# In a key's form, so that whoever reads the file finds it.
KEY = "AKIAZQ7X3MKVFAKE5B2D"
SAFE = "Resources:\n  Topic: {Type: AWS::SNS::Topic}\n"
OPEN = "Resources:\n  Web:\n    Type: AWS::EC2::Instance\n    Properties: {IamInstanceProfile: web}\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository, and beside it what must not be read."""
    outside = tmp_path / OUTSIDE
    (outside / "module").mkdir(parents=True)
    (outside / "script.sh").write_text(f"export AWS_ACCESS_KEY_ID={KEY}\n", encoding="utf-8")
    (outside / "nested.yaml").write_text(OPEN, encoding="utf-8")
    (outside / "module" / "main.tf").write_text('resource "aws_instance" "outside" {}\n', encoding="utf-8")
    top = tmp_path / "repository"
    (top / ".git").mkdir(parents=True)
    (top / ".git" / "config").write_text(f"[remote]\n  url = https://{KEY}@example.com\n", encoding="utf-8")
    return top


REACHING = {
    "file": 'resource "aws_instance" "a" {\n  user_data = file("../%s/script.sh")\n}\n',
    "templatefile": 'resource "aws_instance" "a" {\n  user_data = templatefile("../%s/script.sh", {})\n}\n',
    "filebase64": 'resource "aws_instance" "a" {\n  user_data_base64 = filebase64("../%s/script.sh")\n}\n',
    "absolute": 'resource "aws_instance" "a" {\n  user_data = file("ABSOLUTE/%s/script.sh")\n}\n',
    "home": 'resource "aws_instance" "a" {\n  user_data = file("~/../%s/script.sh")\n}\n',
    "module": 'resource "aws_instance" "a" {}\nmodule "m" {\n  source = "../%s/module"\n}\n',
    "git": 'resource "aws_instance" "a" {\n  user_data = file(".git/config")\n}\n# %s\n',
    "link": 'resource "aws_instance" "a" {\n  user_data = file("link.sh")\n}\n# %s\n',
    "linked directory": 'resource "aws_instance" "a" {\n  user_data = file("linked/script.sh")\n}\n# %s\n',
}


@pytest.mark.parametrize("name", sorted(REACHING))
def test_no_terraform_reaches_out(iplint: Command, repository: Path, name: str) -> None:
    text = (REACHING[name] % OUTSIDE).replace("ABSOLUTE", str(repository.parent))
    (repository / "main.tf").write_text(text, encoding="utf-8")
    (repository / "link.sh").symlink_to(repository.parent / OUTSIDE / "script.sh")
    (repository / "linked").symlink_to(repository.parent / OUTSIDE)
    done = iplint("check", "--format", "json", "--undecided", cwd=repository)
    report = json.loads(done.stdout)
    assert not [one for one in report["findings"] if one["verdict"] == "fail" and one["rule"] == "hardcoded-access-key"]
    assert "aws_instance.outside" not in done.stdout
    assert {finding["path"] for finding in report["findings"]} <= {"main.tf"}


def test_no_template_reaches_out(iplint: Command, repository: Path) -> None:
    text = f"""\
Resources:
  Nested:
    Type: AWS::CloudFormation::Stack
    Properties: {{TemplateURL: ../{OUTSIDE}/nested.yaml}}
  Included:
    Type: AWS::EC2::Instance
    Properties:
      IamInstanceProfile: web
      MetadataOptions: {{HttpTokens: required}}
      Fn::Transform: {{Name: AWS::Include, Parameters: {{Location: ../{OUTSIDE}/script.sh}}}}
"""
    (repository / "template.yaml").write_text(text, encoding="utf-8")
    (repository / "link.yaml").symlink_to(repository.parent / OUTSIDE / "nested.yaml")
    done = iplint("check", "--format", "json", cwd=repository)
    report = json.loads(done.stdout)
    assert done.returncode == 3
    assert report["findings"] == []
    assert [notice["path"] for notice in report["notices"] if notice["kind"] == "unreadable"] == ["link.yaml"]


def test_installed_modules_are_those_inside(iplint: Command, repository: Path) -> None:
    manifest = {"Modules": [{"Key": "m", "Source": "registry.terraform.io/a/b/aws", "Dir": f"../{OUTSIDE}/module"}]}
    (repository / ".terraform" / "modules").mkdir(parents=True)
    (repository / ".terraform" / "modules" / "modules.json").write_text(json.dumps(manifest), encoding="utf-8")
    (repository / "main.tf").write_text('provider "aws" {}\nmodule "m" {\n  source = "a/b/aws"\n}\n', encoding="utf-8")
    done = iplint("check", "--format", "json", cwd=repository)
    assert "aws_instance.outside" not in done.stdout
    assert json.loads(done.stdout)["summary"]["launches"]["checked"] == 0


def test_a_change_cannot_switch_its_own_check_off(iplint: Command, repository: Path) -> None:
    kept = OPEN.replace("  Web:", "  # iplint: ignore[imdsv1-allowed] no\n  Web:")
    (repository / "web.yaml").write_text(kept, encoding="utf-8")
    (repository / "iplint.toml").write_text('exclude = ["*"]\nignore = ["metadata"]\n', encoding="utf-8")
    assert iplint("check", cwd=repository).returncode == 0
    assert iplint("check", "--no-repo-config", cwd=repository).returncode == 1
    (repository / "iplint.toml").unlink()
    (repository / "web.yaml").write_text(OPEN, encoding="utf-8")
    iplint("baseline", cwd=repository)
    assert iplint("check", cwd=repository).returncode == 0
    assert iplint("check", "--no-repo-config", cwd=repository).returncode == 1


NASTY = (
    "\x1b]0;title\x07\x1b[2J",
    "\n::error file=x::injected",
    "::set-output name=a::b",
    "##vso[task.complete]",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "]]><!--",
    "\"&<>'",
    "[click](javascript:alert(1))",
    "|`**_~",
    "\u202egnp.exe",
    "a\u0000b",
    "\r\nX: y",
)


@pytest.mark.parametrize("nasty", NASTY)
@pytest.mark.parametrize("where", ["name", "value"])
def test_no_name_or_value_steers_a_reader(iplint: Command, tmp_path: Path, nasty: str, where: str) -> None:
    name = f"Web{nasty}" if where == "name" else "Web"
    value = f"optional{nasty}" if where == "value" else "optional"
    template = {
        "Resources": {name: {"Type": "AWS::EC2::Instance", "Properties": {"MetadataOptions": {"HttpTokens": value}}}}
    }
    (tmp_path / "web.json").write_text(json.dumps(template), encoding="utf-8")
    told = {
        format: iplint("check", "--format", format, "--color", "never", "web.json", cwd=tmp_path)
        for format in ("text", "concise", "github", "gitlab", "junit", "markdown", "sarif", "json")
    }
    for format, done in told.items():
        assert done.returncode in (1, 3), (format, done.stderr)
        steering = [sign for sign in done.stdout + done.stderr if not sign.isprintable() and sign != "\n"]
        assert steering == [] or format == "junit", (format, steering)
        for line in done.stdout.splitlines():
            is_ours = format == "github" and re.match(r"::(?:error|warning|notice) ", line)
            assert is_ours or not line.lstrip().startswith(("::", "##vso")), (format, line)
    ElementTree.fromstring(told["junit"].stdout)
    for format in ("gitlab", "sarif", "json"):
        json.loads(told[format].stdout)
    # In code nothing is markup.
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", told["markdown"].stdout)
    assert "<script" not in outside
    assert "<img" not in outside
    assert not re.search(r"(?<!\\)\]\(javascript", outside)


def _escaped(text: str, choices: list[int]) -> str:
    """A text in YAML's double quotes, some of its letters as escapes."""
    shown: list[str] = []
    for letter, choice in zip(text, choices, strict=True):
        code = ord(letter)
        shown.append((letter, f"\\x{code:02x}", f"\\u{code:04x}", f"\\U{code:08x}", f"\\\n    {letter}")[choice])
    return '"' + "".join(shown) + '"'


TYPE = "AWS::EC2::Instance"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=len(TYPE), max_size=len(TYPE)))
def test_an_escaped_type_is_judged_as_the_plain_one(choices: list[int]) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as directory:
        path = Path(directory) / "web.yaml"
        text = f"Resources:\n  Web:\n    Type: {_escaped(TYPE, choices)}\n    Properties: {{IamInstanceProfile: web}}\n"
        path.write_text(text, encoding="utf-8")
        report = judged(Path(directory))
    assert [rule for rule, _, _ in failures(report)] == ["imdsv1-allowed"]


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_another_encoding_hides_nothing(iplint: Command, tmp_path: Path, codec: str) -> None:
    (tmp_path / "web.yaml").write_bytes(OPEN.encode(codec))
    done = iplint("check", "--format", "json", cwd=tmp_path)
    report = json.loads(done.stdout)
    assert done.returncode in (1, 3)
    assert report["findings"] or report["summary"]["files"]["unreadable"] == 1


@pytest.mark.parametrize("label", ["\\u0061ws_instance", "aws\\u005finstance", "\\U00000061ws_instance"])
def test_an_escaped_label_hides_nothing(iplint: Command, tmp_path: Path, label: str) -> None:
    (tmp_path / "main.tf").write_text(f'resource "{label}" "a" {{\n}}\n', encoding="utf-8")
    assert iplint("check", cwd=tmp_path).returncode in (1, 3)

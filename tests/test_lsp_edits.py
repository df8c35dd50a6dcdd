"""Checks of a folder while its files are edited: quick, in the order in which they are needed, and never stale."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

from iplint import __version__
from iplint.budget import Budget, BudgetExceeded, charge
from iplint.cli.lsp import add_arguments, opened
from iplint.location import Source
from iplint.lsp.diagnostics import diagnostics, first_diagnostics
from iplint.lsp.folder import Folder, Results, Stale
from iplint.lsp.positions import Unit
from iplint.parsed import ParsedTexts
from iplint.report.json import render
from test_cache import FILES

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from lsprotocol import types as lsp

    Command = Callable[..., subprocess.CompletedProcess[str]]

MODULE = """\
variable "hosts" {}
resource "aws_instance" "web" {
  count = var.hosts
  metadata_options {
    http_tokens = "optional"
  }
}
"""


def folder(top: Path, *arguments: str) -> Folder:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return Folder(os.path.realpath(top), opened(parser.parse_args(list(arguments))))


def written(top: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text, encoding="utf-8")
    return top.resolve()


@pytest.fixture(autouse=True)
def _working(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Return to the working directory afterwards: a server goes to its folders. No root is too small to be first."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("iplint.lsp.recall.SHORT", 0.0)


def called(top: Path) -> Path:
    """Write a module whose first caller creates nothing in it, while the second one creates an instance."""
    files = {"module/main.tf": MODULE}
    for name, hosts in (("a", 0), ("b", 1)):
        files[f"{name}/main.tf"] = f'module "web" {{\n  source = "../module"\n  hosts  = {hosts}\n}}\n'
    return written(top, files)


def edited(text: str, random: Random) -> str:
    """Return a text after one of the edits that people make, most of which leave it broken."""
    rows = text.split("\n")
    at = random.randrange(len(rows))
    match random.randrange(8):
        case 0:
            del rows[at]
        case 1:
            rows.insert(at, random.choice(rows))
        case 2:
            rows.insert(at, "# a note")
        case 3:
            return text.replace("required", "optional") if "required" in text else text.replace("optional", "required")
        case 4:
            rows[at] = rows[at][: random.randrange(len(rows[at]) + 1)]
        case 5:
            rows[at] += "  # iplint: ignore[imdsv1-allowed] it is old"
        case 6:
            words = rows[at].split(" ")
            random.shuffle(words)
            rows[at] = " ".join(words)
        case _:
            return f"{text}\n"
    return "\n".join(rows)


def report(results: Results) -> str:
    return render(results.report, list(results.rules.values()), __version__)


# Templates that import from each other, by names that are known, known in part, or that a parameter chooses.
LINKED = {
    "roles.yaml": """\
Parameters:
  Stage: {Type: String, Default: prod, AllowedValues: [prod, test]}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: "sts:AssumeRole"}]
      ManagedPolicyArns: [!ImportValue policies-Policy]
  Profile: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: [!Ref Role]}}
  Web:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-0123456789abcdef0
      IamInstanceProfile: !Ref Profile
      MetadataOptions: {HttpTokens: !ImportValue settings-Tokens}
Outputs:
  Role: {Value: !Ref Role, Export: {Name: !Sub "${AWS::StackName}-Role"}}
  Profile: {Value: !Ref Profile, Export: {Name: !Sub "${Stage}-Profile"}}
""",
    "policies.yaml": """\
Resources:
  Policy:
    Type: AWS::IAM::ManagedPolicy
    Properties: {PolicyDocument: {Statement: [{Effect: Allow, Action: "s3:GetObject", Resource: "*"}]}}
Outputs:
  Policy: {Value: !Ref Policy, Export: {Name: policies-Policy}}
""",
    "settings.yaml": """\
Parameters:
  Tokens: {Type: String, Default: required, AllowedValues: [required, optional]}
Outputs:
  Tokens: {Value: !Ref Tokens, Export: {Name: settings-Tokens}}
  Copied: {Value: !ImportValue copies-Tokens, Export: {Name: settings-Copied}}
Resources:
  Bucket: {Type: AWS::S3::Bucket}
""",
    "copies.yaml": """\
Parameters:
  From: {Type: String, Default: settings}
Resources:
  Bucket: {Type: AWS::S3::Bucket}
Outputs:
  Tokens: {Value: !ImportValue {"Fn::Sub": "${From}-Tokens"}, Export: {Name: copies-Tokens}}
""",
    "granting.yaml": """\
Parameters:
  Stack: {Type: String}
Resources:
  Grant:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: more
      Roles: [!ImportValue {"Fn::Sub": "${Stack}-Role"}]
      PolicyDocument: {Statement: [{Effect: Allow, Action: "iam:*", Resource: "*"}]}
""",
    "hosts.json": """\
{"Parameters": {"Stage": {"Type": "String", "Default": "prod", "AllowedValues": ["prod", "test"]}},
 "Resources": {"Host": {"Type": "AWS::EC2::Instance", "Properties": {
  "ImageId": "ami-0123456789abcdef0",
  "IamInstanceProfile": {"Fn::ImportValue": {"Fn::Sub": "${Stage}-Profile"}},
  "MetadataOptions": {"HttpTokens": {"Fn::ImportValue": "copies-Tokens"}}
 }}}}
""",
    "other.yaml": """\
Resources:
  Bucket: {Type: AWS::S3::Bucket}
Outputs:
  Url: {Value: !GetAtt Bucket.DomainName, Export: {Name: !Sub "${AWS::StackName}-Url"}}
""",
    "nesting.yaml": """\
Resources:
  Settings: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ./other.yaml}}
""",
}
NAMES = ("prod", "test", "-Role", "-Profile", "-Tokens", "settings", "copies", "policies", "Policy", "Url", "Copied")


def linked(text: str, random: Random) -> str:
    """Return a text in which a name is another one, or that is edited in another way."""
    present = [name for name in NAMES if name in text]
    if not present or random.random() < 0.3:
        return edited(text, random)
    return text.replace(random.choice(present), random.choice(NAMES), random.choice((1, 1, 9)))


@pytest.mark.parametrize("nests", [True, False])
@pytest.mark.parametrize("seed", range(2))
def test_what_templates_import_is_current_after_any_edits(tmp_path: Path, seed: int, nests: bool) -> None:
    files = {name: text for name, text in LINKED.items() if nests or name != "nesting.yaml"}
    top = written(tmp_path / "tree", files)
    random = Random(seed)
    kept = folder(top, "--undecided")
    kept.check({})
    texts: dict[str, str] = {}
    differ: set[str] = set()
    for number in range(30):
        name = random.choice(sorted(files))
        texts[name] = linked(texts.get(name, files[name]), random)
        contents = {str(top / other): text.encode() for other, text in texts.items()}
        found = kept.check(contents, path=str(top / name))
        if found.left_out:
            found = kept.check(contents)
        now = report(found)
        assert now == report(folder(top, "--undecided").check(contents)), (number, name)
        differ.add(now)
        if len(texts) > 3:
            del texts[random.choice(sorted(texts))]
    assert len(differ) > 5


def test_an_edit_of_a_template_leaves_those_alone_that_import_nothing_from_it(tmp_path: Path) -> None:
    files = {name: text for name, text in LINKED.items() if name != "nesting.yaml"}
    top = written(tmp_path, files)
    kept = folder(top)
    kept.check({})

    def left(name: str) -> set[str]:
        path = str(top / name)
        found = kept.check({path: f"\n{files[name]}".encode()}, path=path)
        kept.check({path: f"\n{files[name]}".encode()})
        kept.check({})
        return {key[1] for key in found.left_out}

    assert left("other.yaml") == set()
    assert left("granting.yaml") == {"roles.yaml"}
    assert left("copies.yaml") == {"granting.yaml", "hosts.json", "roles.yaml", "settings.yaml"}


@pytest.mark.parametrize("seed", range(2))
def test_the_answer_after_any_edits_is_that_of_a_new_check(tmp_path: Path, iplint: Command, seed: int) -> None:
    top = written(tmp_path / "tree", FILES)
    files = sorted(set(FILES) - {"live/hosts/one.txt"})
    random = Random(seed)
    kept = folder(top, "--undecided")
    kept.check({})
    texts: dict[str, str] = {}
    differ: set[str] = set()
    for number in range(30):
        name = random.choice(sorted(texts) if texts and random.random() < 0.3 else files)
        if name in texts and random.random() < 0.3:
            del texts[name]  # closed without saving
        else:
            texts[name] = edited(texts.get(name, FILES[name]), random)
        contents = {str(top / other): text.encode() for other, text in texts.items()}
        found = kept.check(contents, path=str(top / name))
        if found.left_out:
            found = kept.check(contents)
        now = report(found)
        assert now == report(folder(top, "--undecided").check(contents)), (number, name)
        differ.add(now)
        if len(texts) > 5:
            del texts[random.choice(sorted(texts))]
    assert len(differ) > 10
    written(top, texts)
    shown = json.loads(report(kept.check({})))
    printed = json.loads(iplint("check", "--format", "json", "--undecided", "--proof", "--no-cache", cwd=top).stdout)
    # The command also says what it has not searched.
    printed["notices"] = [one for one in printed["notices"] if "was not searched" not in one["message"]]
    assert shown == printed


def test_the_root_of_the_file_is_checked_first(tmp_path: Path) -> None:
    top = written(tmp_path, {"one.yaml": FILES["exports.yaml"], "two.yaml": FILES["marked.yaml"]})
    path = str(top / "two.yaml")
    found = folder(top).check({}, path=path)
    assert {key[1] for key in found.left_out} == {"one.yaml"}
    assert {finding.at.path for finding in found.report.findings + found.report.ignored} == {"two.yaml"}


def test_small_roots_are_checked_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(called(tmp_path) / "module/main.tf")
    kept = folder(tmp_path)
    kept.check({})
    monkeypatch.setattr("iplint.lsp.recall.SHORT", 100.0)
    contents = {path: f"# a note\n{MODULE}".encode()}
    found = kept.check(contents, path=path)
    assert not found.left_out
    assert report(found) == report(folder(tmp_path).check(contents))


def test_a_module_is_no_root_of_its_own_before_its_callers_are_known(tmp_path: Path) -> None:
    top = called(tmp_path)
    path = str(top / "module/main.tf")
    kept = folder(top, "--undecided")
    found = kept.check({}, path=path)
    assert {key[1] for key in found.left_out} >= {"a", "b"}
    assert found.report.findings == []
    assert report(kept.check({})) == report(folder(top, "--undecided").check({}))


def lines(shown: list[lsp.Diagnostic]) -> list[int]:
    return [one.range.start.line + 1 for one in shown]


def test_the_caller_that_failed_in_the_file_is_checked_first(tmp_path: Path) -> None:
    top = called(tmp_path)
    path = str(top / "module/main.tf")
    kept = folder(top, "--select", "imdsv1-allowed")
    earlier = kept.check({})
    assert lines(diagnostics(earlier, {}, Unit.CODE_POINTS)[path]) == [5]
    for text, expected in ((f"# a note\n{MODULE}", [6]), (MODULE.replace("optional", "required"), [])):
        contents = {path: text.encode()}
        found = kept.check(contents, path=path)
        assert [key[1] for key in found.left_out] == ["a"]
        assert lines(first_diagnostics(found, earlier, path, text, {}, Unit.CODE_POINTS)) == expected
        assert lines(diagnostics(kept.check(contents), {}, Unit.CODE_POINTS).get(path, [])) == expected


def test_what_only_another_caller_found_moves_with_the_text_until_that_is_checked(tmp_path: Path) -> None:
    top = called(tmp_path)
    path = str(top / "module/main.tf")
    kept = folder(top, "--select", "imdsv1-allowed")
    earlier = kept.check({})
    [failing] = [key for key, marks in earlier.marks.items() if marks]
    text = f"# a note\n{MODULE}# another one\n"
    found = kept.check({path: text.encode()}, path=path)
    # As if the caller that creates nothing had been checked first.
    found.report.findings.clear()
    found.left_out = {failing}
    assert lines(first_diagnostics(found, earlier, path, text, {}, Unit.CODE_POINTS)) == []  # it is between two edits
    for text, expected in (
        (f"# a note\n{MODULE}", [6]),
        (f"{MODULE}# a note\n", [5]),
        (MODULE.replace("optional", "required"), []),
    ):
        assert lines(first_diagnostics(found, earlier, path, text, {}, Unit.CODE_POINTS)) == expected
    found.left_out = set()
    assert lines(first_diagnostics(found, earlier, path, MODULE, {}, Unit.CODE_POINTS)) == []


def test_a_file_that_cannot_be_read_is_reported_after_every_edit(tmp_path: Path) -> None:
    broken = "Resources:\n  Web:\n    Type: AWS::EC2::Instance\n    Properties: [\n"
    top = written(tmp_path, {"broken.yaml": broken, "other.yaml": FILES["exports.yaml"]})
    kept = folder(top)
    for number in range(3):
        found = kept.check({str(top / "other.yaml"): f"{FILES['exports.yaml']}# {number}\n".encode()})
        assert [notice.path for notice in found.report.notices] == ["broken.yaml"]
        assert found.report.files.unreadable == 1


def test_a_check_is_cancelled_within_a_root(tmp_path: Path) -> None:
    count = "".join(f'resource "aws_instance" "web{number}" {{\n  ami = "ami-1"\n}}\n' for number in range(300))
    top = written(tmp_path, {"main.tf": f'provider "aws" {{}}\n{count}'})
    kept = folder(top)
    asked = 0

    def is_stale() -> bool:
        nonlocal asked
        asked += 1
        return asked > 3

    with pytest.raises(Stale):
        kept.check({}, is_stale)
    assert asked == 4
    assert report(kept.check({})) == report(folder(top).check({}))


def test_a_pulse_takes_nothing_from_a_budget() -> None:
    calls: list[int] = []
    for budget in (Budget(100_000), Budget(100_000, pulse=lambda: calls.append(1))):
        with budget:
            for _ in range(10):
                charge(9_999)
            charge(10)
            with pytest.raises(BudgetExceeded):
                charge(1)
            with pytest.raises(BudgetExceeded):
                charge(1)
    assert 4 < len(calls) < 12


def test_trees_of_texts_take_bounded_room() -> None:
    parsed = ParsedTexts(10)
    first, second = Source("a", "x" * 6), Source("b", "y" * 4)
    parsed.keep("hcl", first, "A")
    parsed.keep("hcl", second, "B")
    assert parsed.get("hcl", first) == "A"
    assert parsed.get("hcl", Source("a", "z")) is None
    parsed.keep("hcl", Source("c", "z"), "C")
    assert parsed.get("hcl", second) is None
    assert parsed.get("hcl", first) == "A"
    parsed.keep("hcl", Source("d", "z" * 11), "D")
    assert parsed.get("hcl", Source("d", "z" * 11)) is None

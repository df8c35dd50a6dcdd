"""Ignoring a finding: by comments in both notations, by metadata, with an end; and what does not count."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from conftest import failures, judged
from iplint.finding import Report
from iplint.fix.comments import Commenter
from iplint.fix.edit import applied
from iplint.location import Source

Check = Callable[..., Report]

HOST = """
Resources:
  Host:
    Type: AWS::EC2::Instance
    Properties:
      IamInstanceProfile: web
      MetadataOptions: {HttpTokens: optional}
"""
SET = "      MetadataOptions: {HttpTokens: optional}"


def ignored(report: Report) -> list[str]:
    return [finding.rule for finding in report.ignored]


@pytest.mark.parametrize(
    "text",
    [
        HOST.replace(SET, f"{SET}  # iplint: ignore[imdsv1-allowed] a reason"),
        HOST.replace(SET, f"      # iplint: ignore[imdsv1-allowed] a reason\n{SET}"),
        HOST.replace(SET, f"      #iplint:ignore [imdsv1-allowed, administrator-access]\n\n      # more\n{SET}"),
        HOST.replace("  Host:", "  # iplint: ignore[imdsv1-allowed] the whole resource\n  Host:"),
        HOST.replace("  Host:", "  Host:  # iplint: ignore[imdsv1-allowed] the resource"),
        HOST.replace("Resources:", "# iplint: ignore[imdsv1-allowed] all below\nResources:"),
        HOST.replace(SET, f"{SET}  # iplint: ignore[imdsv1-allowed] a reason until=2999-12-31"),
        HOST + "    Metadata: {iplint: {ignore: [{rule: imdsv1-allowed, reason: r}]}}\n",
        HOST + "Metadata: {iplint: {ignore: [{rule: 'imdsv1-allowed', until: 2999-12-31}]}}\n",
    ],
)
def test_what_ignores_a_finding(template: Check, text: str) -> None:
    report = template(text)
    assert failures(report) == []
    assert ignored(report) == ["imdsv1-allowed"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (HOST.replace(SET, f"{SET}  # iplint: ignore[imdsv1-allowed] until=2020-02-29"), "it ended on 2020-02-29"),
        (HOST.replace(SET, f"{SET}  # iplint: ignore[imdsv1-allowed] until=2027-02-30"), "2027-02-30 is not a date"),
        (HOST.replace(SET, f"{SET}  # iplint: ignore[imds1-allowed]"), "did you mean imdsv1-allowed?"),
        (HOST.replace(SET, f"{SET}  # iplint: ignore imdsv1-allowed"), "it is not understood"),
        (HOST.replace(SET, f"{SET}  # iplint: ignore[]"), "it names no rule"),
        (
            HOST.replace("IamInstanceProfile: web", "IamInstanceProfile: web # iplint: ignore[imdsv1-allowed]"),
            "nothing",
        ),
        (HOST + "    Metadata: {iplint: imdsv1-allowed}\n", "it is not understood"),
        (HOST + "    Metadata: {iplint: {ignore: [{rules: imdsv1-allowed}]}}\n", "it is not understood"),
    ],
)
def test_what_does_not(template: Check, text: str, problem: str) -> None:
    report = template(text)
    assert {rule for rule, _, _ in failures(report)} == {"imdsv1-allowed", "unjustified-ignore"}
    (told,) = [finding.message for finding in report.findings if finding.rule == "unjustified-ignore"]
    assert problem in told


def test_a_misspelled_name_costs_that_name_only(template: Check) -> None:
    report = template(HOST.replace(SET, f"{SET}  # iplint: ignore[imds1-allowed, imdsv1-allowed] old agent"))
    (told,) = [finding.message for finding in report.findings if finding.is_failure]
    assert ignored(report) == ["imdsv1-allowed"]
    assert told.endswith("there is no rule imds1-allowed; did you mean imdsv1-allowed? (its other names hold)")
    report = template(HOST + "    Metadata: {iplint: {ignore: [{rule: 'imdsv1-allowed, zzz'}]}}\n")
    (told,) = [finding.message for finding in report.findings if finding.is_failure]
    assert (ignored(report), told.endswith("there is no rule zzz (its other names hold)")) == (["imdsv1-allowed"], True)


FILE_LEVEL = {
    "t.yaml": "# iplint: ignore-file[imdsv1-allowed] old agent\n" + HOST.replace("Host:", "A:") + HOST[12:],
    "t.json": json.dumps(
        {
            "Metadata": {"iplint": {"ignore": [{"rule": "imdsv1-allowed", "reason": "old agent"}]}},
            "Resources": {
                name: {"Type": "AWS::EC2::Instance", "Properties": {"IamInstanceProfile": "web"}} for name in "AB"
            },
        },
        indent=1,
    ),
    "main.tf": 'resource "aws_instance" "a" {\n  iam_instance_profile = "web"\n}\n'
    'resource "aws_instance" "b" {\n  iam_instance_profile = "web"\n}\n'
    "/* iplint: ignore-file[imdsv1-allowed] old agent */\n",
    "main.tf.json": json.dumps(
        {
            "//": 'iplint: ignore-file[imdsv1-allowed] old "agent" until=2999-12-31',
            "resource": {"aws_instance": {name: {"iam_instance_profile": "web"} for name in "ab"}},
        }
    ),
    "a.pkr.hcl": "# iplint: ignore-file[imdsv1-allowed] old agent\n"
    + "".join(f'source "amazon-ebs" "{name}" {{\n  iam_instance_profile = "web"\n}}\n' for name in "ab")
    + 'build {\n  sources = ["source.amazon-ebs.a", "source.amazon-ebs.b"]\n}\n',
    "a.pkr.json": json.dumps(
        {
            "//": "iplint: ignore-file[imdsv1-allowed] old agent",
            "source": {"amazon-ebs": {name: {"iam_instance_profile": "web"} for name in "ab"}},
            "build": [{"sources": ["source.amazon-ebs.a", "source.amazon-ebs.b"]}],
        }
    ),
}


@pytest.mark.parametrize("name", FILE_LEVEL)
def test_a_whole_file_can_be_ignored_in_every_language(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(FILE_LEVEL[name], encoding="utf-8")
    report = judged(tmp_path)
    assert failures(report) == []
    assert ignored(report) == ["imdsv1-allowed", "imdsv1-allowed"]
    (tmp_path / name).write_text(FILE_LEVEL[name].replace("[imdsv1-allowed]", "[imdsv1]"), encoding="utf-8")
    if name != "t.json":
        assert {rule for rule, _, _ in failures(judged(tmp_path))} == {"imdsv1-allowed", "unjustified-ignore"}


def test_a_property_of_json_is_a_comment_of_its_object(configuration: Check) -> None:
    said = {"//": "iplint: ignore[imdsv1-allowed] old agent, braces { too", "iam_instance_profile": "web"}
    instances = {"a": said, "b": {"iam_instance_profile": "web"}}
    report = configuration({"main.tf.json": json.dumps({"resource": {"aws_instance": instances}})})
    assert [(rule, address) for rule, address, _ in failures(report)] == [("imdsv1-allowed", "aws_instance.b")]
    assert ignored(report) == ["imdsv1-allowed"]


def test_a_script_has_comments_too(configuration: Check) -> None:
    key = "export AWS_ACCESS_KEY_ID=AKIAFAKEFAKEFAKEFAK2"
    instance = (
        'resource "aws_instance" "a" {\n  iam_instance_profile = "p"\n  metadata_options {\n'
        '    http_tokens = "required"\n  }\n  user_data = file("u.sh")\n}\n'
    )
    for script in (
        f"#!/bin/sh\n{key}  # iplint: ignore[hardcoded-access-key] withdrawn\n",
        f"#!/bin/sh\n# iplint: ignore-file[hardcoded-access-key] withdrawn\n{key}\n",
    ):
        report = configuration({"main.tf": instance, "u.sh": script})
        assert (failures(report), ignored(report)) == ([], ["hardcoded-access-key"])


def test_a_local_module_has_comments_where_only_its_caller_is_named(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "module").mkdir()
    (tmp_path / "root" / "main.tf").write_text('module "m" {\n  source = "../module"\n}\n', encoding="utf-8")
    said = "# iplint: ignore[imdsv1-allowed] old agent\n"
    text = said + 'resource "aws_instance" "a" {\n  iam_instance_profile = "p"\n}\n'
    # Another caller may need this one.
    text += "# iplint: ignore[imdsv1-call-in-user-data] for the other\nlocals {\n  a = 1\n}\n"
    (tmp_path / "module" / "main.tf").write_text(text, encoding="utf-8")
    (tmp_path / ".git").mkdir()
    report = judged(tmp_path / "root")
    assert (failures(report), ignored(report)) == ([], ["imdsv1-allowed"])


def test_an_installed_module_does_not_ignore_its_own_findings(tmp_path: Path) -> None:
    files = {
        ".terraform/modules/modules.json": '{"Modules": [{"Key": "", "Source": "", "Dir": "."}, '
        '{"Key": "m", "Source": "git::https://example.com/m", "Dir": ".terraform/modules/m"}]}',
        ".terraform/modules/m/main.tf": "# iplint: ignore-file[imdsv1-allowed] trust me\n"
        'resource "aws_instance" "a" {\n  iam_instance_profile = "p"\n}\n',
        "main.tf": 'module "m" {\n  source = "git::https://example.com/m"\n}\n',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    report = judged(tmp_path)
    assert [(rule, address) for rule, address, _ in failures(report)] == [("imdsv1-allowed", "module.m.aws_instance.a")]


def test_other_findings_stay(template: Check) -> None:
    text = HOST.replace("      IamInstanceProfile: web\n", "").replace(
        "  Host:", "  # iplint: ignore[imdsv1-allowed] only this rule\n  Host:"
    )
    report = template(text)
    assert [rule for rule, _, _ in failures(report)] == ["missing-instance-profile"]
    assert ignored(report) == ["imdsv1-allowed"]


def test_a_block_ends_where_the_indentation_does(template: Check) -> None:
    second = HOST.split("Resources:\n")[1].replace("Host", "Other")
    text = HOST.replace("  Host:", "  # iplint: ignore[imdsv1-allowed] this one\n  Host:") + second
    report = template(text)
    assert [address for _, address, _ in failures(report)] == ["Other"]


def test_a_secret_is_ignored_where_it_stands(template: Check) -> None:
    text = HOST.replace("{HttpTokens: optional}", "{HttpTokens: required}") + (
        "      UserData:\n        Fn::Base64: |\n          #!/bin/sh\n"
        "          export AWS_ACCESS_KEY_ID=AKIAFAKEFAKEFAKEFAK2  # iplint: ignore[hardcoded-access-key] withdrawn\n"
    )
    report = template(text)
    assert failures(report) == []
    assert ignored(report) == ["hardcoded-access-key"]


@pytest.mark.parametrize("mark", ["#", "//"])
def test_terraform_has_comments_of_two_kinds(configuration: Check, mark: str) -> None:
    files = {
        "main.tf": f"""
{mark} iplint: ignore[missing-instance-profile] it calls nothing
resource "aws_instance" "web" {{
  ami = "ami-0123456789abcdef0"

  metadata_options {{
    http_tokens = "optional" {mark} iplint: ignore[imdsv1-allowed] old agent
  }}
}}

resource "aws_instance" "other" {{
  metadata_options {{
    http_tokens = "required"
  }}
}}
"""
    }
    report = configuration(files)
    assert [(rule, address) for rule, address, _ in failures(report)] == [
        ("missing-instance-profile", "aws_instance.other")
    ]
    assert sorted(ignored(report)) == ["imdsv1-allowed", "missing-instance-profile"]


def test_packer_templates_have_comments_too(configuration: Check) -> None:
    said = "# iplint: ignore[hardcoded-access-key] old"
    text = f'source "amazon-ebs" "x" {{\n  access_key = "AKIAFAKEFAKEFAKEFAK2" {said}\n}}\n'
    report = configuration({"image.pkr.hcl": text + 'build {\n  sources = ["amazon-ebs.x"]\n}\n'})
    assert ignored(report) == ["hardcoded-access-key"]


def test_a_module_call_covers_what_it_makes(configuration: Check) -> None:
    files = {
        "main.tf": '# iplint: ignore[missing-instance-profile, imdsv1-allowed] a\nmodule "a" {\n  source = "./m"\n}\n'
        'module "b" {\n  source = "./m"\n}\n',
        "m/main.tf": 'resource "aws_instance" "web" {\n  ami = "ami-0123456789abcdef0"\n}\n',
    }
    report = configuration(files)
    assert {finding.address for finding in report.findings} == {"module.b.aws_instance.web"}


def test_a_module_call_covers_a_text_of_the_module_that_no_resource_holds(configuration: Check) -> None:
    files = {
        "main.tf": 'module "a" {\n  source = "./m"\n}\n',
        "m/main.tf": 'resource "aws_s3_bucket" "x" {}\nlocals {\n  key = "AKIAFAKEFAKEFAKEFAK2"\n}\n',
    }
    assert [finding.rule for finding in configuration(files).findings] == ["hardcoded-access-key"]
    files["main.tf"] = "# iplint: ignore[hardcoded-access-key] a\n" + files["main.tf"]
    assert not configuration(files).findings


def test_what_is_ignored_is_counted_and_left_out_of_sarif(
    iplint: Callable[..., CompletedProcess[str]], tmp_path: Path
) -> None:
    text = HOST.replace(SET, f"{SET}  # iplint: ignore[imdsv1-allowed] old agent")
    (tmp_path / "t.yaml").write_text(text, encoding="utf-8")
    shown = iplint("check", "t.yaml", cwd=tmp_path)
    assert shown.returncode == 0
    assert "1 ignored (imdsv1-allowed 1)." in shown.stdout
    summary = json.loads(iplint("check", "t.yaml", "--format", "json", cwd=tmp_path).stdout)["summary"]
    assert summary["suppressed"] == 1
    run = json.loads(iplint("check", "t.yaml", "--format", "sarif", cwd=tmp_path).stdout)["runs"][0]
    assert run["results"] == []
    assert iplint("check", "t.yaml", "--no-ignores", cwd=tmp_path).returncode == 1


# What JSON can hold in place of a comment, written by an editor's action; a finding is on each instance.
INSTANCE = {"ami": "ami-1", "metadata_options": {"http_tokens": "optional"}}
JSON_BLOCKS: tuple[tuple[str, Any], ...] = (
    ("main.tf.json", {"resource": {"aws_instance": {"web": INSTANCE}}}),
    ("main.tf.json", {"resource": [{"aws_instance": [{"web": [INSTANCE]}]}]}),
    (
        "main.tf.json",
        {"resource": {"aws_instance": {"web": {"//": "iplint: ignore[launch-configuration] x", **INSTANCE}}}},
    ),
    ("main.tofu.json", {"resource": {"aws_instance": {"other": {}, "web": INSTANCE}}}),
    ("web.json", {"Resources": {"Web": {"Type": "AWS::EC2::Instance", "Properties": {}}}}),
    ("web.yaml", {"Resources": {"Web": {"Type": "AWS::EC2::Instance", "Metadata": {}, "Properties": {}}}}),
)


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(("name", "tree"), JSON_BLOCKS)
def test_an_ignore_in_json_is_written_as_json_can_hold_it(
    name: str, tree: Any, indent: int | None, tmp_path: Path
) -> None:
    path = tmp_path / name
    text = json.dumps(tree, indent=indent)
    path.write_text(text, encoding="utf-8")
    rules = ["imdsv1-allowed", "launch-configuration"]
    before = judged(path, rules=rules).findings
    finding = next(one for one in before if "other" not in one.address)
    edit = Commenter(finding.at.source).suppressing(finding.at.start, finding.rule, "the old agent needs it")
    assert edit is not None
    written = applied(text, [edit])
    json.loads(written)
    path.write_text(written, encoding="utf-8")
    report = judged(path, rules=rules)
    assert [one.address for one in report.findings if one.rule == finding.rule] == [
        one.address for one in before if one.address != finding.address
    ]
    assert [one.address for one in report.ignored] == [finding.address]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("main.tf.json", '{"resource": {"aws_instance": {"web": {"//": "a host", "ami": "x"}}}}'),
        ("main.auto.tfvars.json", '{"tokens": "x"}'),
        ("web.json", '{"Parameters": {"Key": {"Default": "x"}}}'),
    ],
)
def test_where_json_has_no_place_nothing_is_written(name: str, text: str) -> None:
    assert Commenter(Source(name, text)).suppressing(text.index('"x"'), "imdsv1-allowed", "x") is None

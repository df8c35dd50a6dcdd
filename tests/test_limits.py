"""What lies beyond a limit is named, and no launch that may rest on it is proven; and no limit takes long to reach.

Time is not measured: each command has so much CPU time and memory, and fails when it takes more.
"""

from __future__ import annotations

import base64
import json
import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from conftest import PATHS

# A launch that is proven, with what is to be put beside it.
PROVEN = """\
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      IamInstanceProfile: !Ref Profile
      MetadataOptions: {{HttpTokens: required}}
{properties}
  Profile: {{Type: AWS::IAM::InstanceProfile, Properties: {{Roles: [!Ref Role]}}}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{{Effect: Allow, Principal: {{Service: ec2.amazonaws.com}}, Action: "sts:AssumeRole"}}]
{resources}
"""
DOUBLED = "".join(f"    k{n}: [!FindInMap [M, a, k{n - 1}], !FindInMap [M, a, k{n - 1}]]\n" for n in range(1, 60))
MAPPING = f"Mappings:\n  M:\n   a:\n    k0: [x, y]\n{DOUBLED}"
JOINED = "".join(
    f"    k{n}: !Join ['', [!FindInMap [M, a, k{n - 1}], !FindInMap [M, a, k{n - 1}]]]\n" for n in range(1, 60)
)
# Each of many turns of a loop replaces its variable many times.
LOOPED = (
    f"  Fn::ForEach::L:\n  - n\n  - [{', '.join(f'n{n}' for n in range(10_000))}]\n"
    f"  - 'L${{n}}': {{Type: AWS::EC2::Instance, Properties: {{UserData: '{'${n}' * 10_000}'}}}}\n"
)
GREETING = "echo a longer text that is a script"


def _limits() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))


def limited(
    directory: Path, *arguments: str, command: Sequence[str] = ("check", "--no-cache")
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "iplint", *command, *arguments],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": PATHS},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=_limits,
    )


def judged(directory: Path) -> tuple[int, dict[str, int], list[tuple[str, str]]]:
    done = limited(directory, "--format", "json")
    assert done.stdout, done.stderr
    report = json.loads(done.stdout)
    notices = [(notice["kind"], notice["message"]) for notice in report["notices"]]
    return done.returncode, report["summary"]["launches"], notices


def proven(properties: str = "", resources: str = "") -> str:
    return PROVEN.format(properties=properties, resources=resources)


def packed(text: str, layers: int) -> str:
    for _ in range(layers):
        text = base64.b64encode(text.encode()).decode()
    return text


def test_the_launch_is_proven_without_anything_beyond_a_limit(tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text(proven(f"      UserData: {packed(GREETING, 3)}"), encoding="utf-8")
    status, launches, notices = judged(tmp_path)
    assert (status, launches["proven"], notices) == (0, 1, [])


@pytest.mark.parametrize(
    ("properties", "resources", "told"),
    [
        (f"      UserData: {packed(GREETING, 7)}", "", "is packed more than 4 layers deep"),
        (
            "      UserData:\n        Fn::Base64: |\n"
            f"          curl http://169.254.169.254/latest/api/token -X PUT $({'$(' * 12}curl x{')' * 12})",
            "",
            "nests scripts in each other more than 8 deep",
        ),
        (
            "",
            "  Fn::ForEach::Logs:\n  - N\n"
            f"  - [{', '.join(f'n{n}' for n in range(1_200))}]\n"
            "  - Log${N}: {Type: AWS::Logs::LogGroup}\n",
            "the loop Fn::ForEach::Logs makes more than 1,000 members",
        ),
        (
            "      Tags:\n      - Key: a\n        Value: !Join ['', [" + ", ".join(["!Ref AWS::Region"] * 6_000) + "]]",
            "",
            "a text that is too long to put together",
        ),
        (
            f"      UserData: !Base64 {{Fn::Sub: '{'${AWS::Region}x' * 3_000}'}}",
            "",
            "a text that is too long to put together",
        ),
    ],
    ids=["layers", "script", "loop", "text", "text in a call"],
)
def test_what_lies_beyond_a_limit_is_no_pass(tmp_path: Path, properties: str, resources: str, told: str) -> None:
    text = f"Transform: AWS::LanguageExtensions\n{proven(properties, resources)}"
    (tmp_path / "web.yaml").write_text(text, encoding="utf-8")
    status, launches, notices = judged(tmp_path)
    assert status == 3
    assert (launches["proven"], launches["undecided"]) == (0, 1)
    assert [kind for kind, message in notices if told in message] == ["unreadable"]


# The same launch in Terraform, with the value of its user data.
PROVEN_BY_TERRAFORM = """\
resource "aws_instance" "web" {{
  iam_instance_profile = aws_iam_instance_profile.web.name
  user_data            = {value}
  metadata_options {{
    http_tokens = "required"
  }}
}}
resource "aws_iam_instance_profile" "web" {{
  role = aws_iam_role.web.name
}}
resource "aws_iam_role" "web" {{
  assume_role_policy = jsonencode({{
    Statement = [{{ Effect = "Allow", Principal = {{ Service = "ec2.amazonaws.com" }}, Action = "sts:AssumeRole" }}]
  }})
}}
locals {{
  k0 = "{greeting}"
{doubled}
  million = join("", [for i in range(1000) : format("%01000d", i)])
}}
"""


def proven_by_terraform(value: str, times: int = 39) -> str:
    doubled = "\n".join(f'  k{n} = "${{local.k{n - 1}}}${{local.k{n - 1}}}"' for n in range(1, times + 1))
    return PROVEN_BY_TERRAFORM.format(value=value, greeting=GREETING, doubled=doubled)


def test_the_launch_of_terraform_is_proven_without_anything_beyond_a_limit(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(proven_by_terraform("local.k9", 9), encoding="utf-8")
    status, launches, notices = judged(tmp_path)
    assert (status, notices) == (0, [])
    assert launches == {**launches, "checked": 1, "proven": 1, "failed": 0, "undecided": 0}


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("local.k39", "a text that is too large"),
        ('"${local.k39}"', "a text that is too large"),
        ("base64encode(local.k39)", "a text that is too large"),
        ("upper(local.k39)", "a text that is too large"),
        ('join("", [for i in range(1000) : local.million])', "a text that is too large"),
        ('format("%s%s%s", local.million, local.million, local.million)', "a text that is too large"),
        ('replace(local.million, "0", "echo")', "a text that is too large"),
        ("jsonencode([local.million, local.million])", "too large"),
        ("yamlencode([local.million, local.million])", "too large"),
        ('regex("echo.*", local.million)', "a pattern on a text that is too long"),
        ('join("", flatten([for i in range(1000) : range(1000)]))', "items"),
        ("templatestring(local.k39, {})", "a text that is too large"),
        ('"%{for i in range(1000)}${local.million}%{endfor}"', "a text that is too large"),
        ('try(local.k39, "x")', "a text that is too large"),
        ("chomp(local.k39)", "a text that is too large"),
    ],
)
def test_what_lies_beyond_a_limit_of_terraform_is_no_pass(tmp_path: Path, value: str, told: str) -> None:
    (tmp_path / "main.tf").write_text(proven_by_terraform(value), encoding="utf-8")
    status, launches, notices = judged(tmp_path)
    assert launches == {**launches, "checked": 1, "proven": 0, "failed": 0, "undecided": 1}
    assert status == 3
    assert [message for kind, message in notices if kind == "unreadable" and told in message], notices


def test_launches_of_a_root_that_exceeds_the_budget_are_counted(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(proven_by_terraform('file("long.sh")', 0), encoding="utf-8")
    # A script that calls the metadata service is read command by command.
    call = "curl http://169.254.169.254/latest/meta-data/\n"
    (tmp_path / "long.sh").write_text("#!/bin/sh\n" + "echo hello\n" * 150_000 + call, encoding="utf-8")
    status, launches, notices = judged(tmp_path)
    assert (status, [kind for kind, _ in notices]) == (3, ["unreadable"])
    assert launches == {**launches, "checked": 1, "proven": 0, "failed": 0, "undecided": 1}


def test_the_inventory_names_rules_only(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(proven_by_terraform("local.k39"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "iplint", "inventory", "--format", "json"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": PATHS},
        capture_output=True,
        text=True,
        check=False,
    )
    (row,) = json.loads(done.stdout)["launches"]
    assert (done.returncode, row["verdict"], row["failed"], row["undecided"]) == (3, "undecided", [], [])


def test_stacks_nested_too_deep_are_no_pass(tmp_path: Path) -> None:
    for level in range(25):
        below = f"  S: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: t{level + 1}.yaml}}}}\n"
        text = proven(resources=below) if level == 0 else f"Resources:\n{below}"
        (tmp_path / f"t{level}.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "t25.yaml").write_text("Resources:\n  Log: {Type: AWS::Logs::LogGroup}\n", encoding="utf-8")
    status, launches, notices = judged(tmp_path)
    assert (status, launches["proven"], launches["undecided"]) == (3, 0, 1)
    # Each of the first five templates, checked alone as well, nests one that is too deep.
    assert len(notices) == 5
    assert {kind for kind, _ in notices} == {"unreadable"}
    assert all(message.endswith("is nested more than 20 levels deep") for _, message in notices)


@pytest.mark.parametrize(
    "properties",
    [
        "      Tags: !FindInMap [M, a, k59]",
        "      UserData: !Base64 {Fn::ToJsonString: !FindInMap [M, a, k59]}",
        "      SecurityGroupIds: !FindInMap [M, a, k59]\n      KeyName: !Join ['', !FindInMap [M, a, k59]]",
    ],
    ids=["list", "json", "join"],
)
def test_shared_values_are_no_trees(tmp_path: Path, properties: str) -> None:
    text = f"Transform: AWS::LanguageExtensions\n{MAPPING}{proven(properties)}"
    (tmp_path / "web.yaml").write_text(text, encoding="utf-8")
    status, launches, notices = judged(tmp_path)
    assert "internal" not in {kind for kind, _ in notices}
    assert status == 0 or (status == 3 and launches["proven"] == 0)


@pytest.mark.parametrize(
    "text",
    [
        f"Mappings:\n  M:\n   a:\n    k0: abcdefgh\n{JOINED}{proven('      KeyName: !FindInMap [M, a, k59]')}",
        proven("      KeyName: !Select [0, [" + '{"Fn::ToJsonString": ' * 80 + '"x"' + "}" * 80 + "]]"),
        "A: &a [" + ",".join(["1"] * 900) + "]\nB: [" + ",".join(["*a"] * 1_100) + "]\n" + proven(),
        "T: &t '" + "x" * 300_000 + "'\n" + proven("      Tags: [" + ",".join(["!Join ['', [*t, *t]]"] * 9_000) + "]"),
        proven(resources=LOOPED),
    ],
    ids=["mapping", "escapes", "aliases", "long text", "loop"],
)
def test_what_grows_in_a_template_ends(tmp_path: Path, text: str) -> None:
    (tmp_path / "web.yaml").write_text(f"Transform: AWS::LanguageExtensions\n{text}", encoding="utf-8")
    status, _, notices = judged(tmp_path)
    assert status in (0, 1, 3)
    assert "internal" not in {kind for kind, _ in notices}


def test_many_comments_to_ignore_above_each_other_end(tmp_path: Path) -> None:
    comment = "  # iplint: ignore[missing-instance-profile] it has no need of one\n"
    launches = "".join(f"  W{n}:\n    Type: AWS::EC2::Instance\n" for n in range(200))
    (tmp_path / "web.yaml").write_text("Resources:\n" + comment * 10_000 + launches, encoding="utf-8")
    status, _, notices = judged(tmp_path)
    assert (status, notices) == (1, [])


def test_many_instances_do_not_search_what_all_are_made_of_again(tmp_path: Path) -> None:
    launches = "".join(
        f'resource "aws_instance" "i{n}" {{\n  iam_instance_profile = aws_iam_instance_profile.p.name\n}}\n'
        for n in range(250)
    )
    (tmp_path / "main.tf").write_text(
        'resource "aws_iam_instance_profile" "p" {\n  role = aws_iam_role.r.name\n}\n'
        'resource "aws_iam_role" "r" {\n  assume_role_policy = ""\n}\n'
        'resource "aws_iam_role_policy_attachment" "a" {\n  role = aws_iam_role.r.name\n'
        '  for_each = toset([for n in range(250) : "arn:aws:iam::aws:policy/P${n}"])\n  policy_arn = each.value\n}\n'
        f"{launches}",
        encoding="utf-8",
    )
    status, _, notices = judged(tmp_path)
    assert (status, notices) == (1, [])


def test_a_long_chain_of_operators_takes_memory_in_proportion(tmp_path: Path) -> None:
    chain = " + ".join(["1"] * 20_000)
    (tmp_path / "main.tf").write_text(f'resource "aws_instance" "web" {{\n  user_data = {chain}\n}}\n', "utf-8")
    assert limited(tmp_path).returncode == 1


@pytest.mark.parametrize(
    "script",
    [
        "A=x\n" + "".join(f"A{n}={f'$A{n - 1}' * 300}\n" for n in range(1, 9)) + "AWS_SECRET_ACCESS_KEY=$A8\n",
        "A=x$A\n" * 600 + "AWS_SECRET_ACCESS_KEY=$A\n",
        "".join(f"A{n}={f'$A{n - 1} ' * 130}\n" for n in range(1, 9)) + "aws_secret_access_key = f(" + "$A8 " * 130,
    ],
    ids=["chain", "itself", "operands"],
)
def test_variables_that_are_made_of_each_other_end(tmp_path: Path, script: str) -> None:
    (tmp_path / "main.tf").write_text(proven_by_terraform('file("it.sh")', 0), encoding="utf-8")
    (tmp_path / "it.sh").write_text(f"#!/bin/sh\n{script}", encoding="utf-8")
    status, launches, _ = judged(tmp_path)
    assert (status, launches["checked"]) in ((0, 1), (1, 1), (3, 1))


def test_a_diff_of_many_fixes_in_one_file_ends(tmp_path: Path) -> None:
    template = (
        "  L{n}:\n    Type: AWS::EC2::LaunchTemplate\n    Properties:\n      LaunchTemplateData:\n"
        "        MetadataOptions:\n          HttpTokens: optional\n"
    )
    text = "Resources:\n" + "".join(template.format(n=n) for n in range(4_000))
    (tmp_path / "web.yaml").write_text(text, encoding="utf-8")
    done = limited(tmp_path, "--diff")
    assert done.returncode == 1, done.stderr
    lines = done.stdout.splitlines()
    assert lines[:3] == ["--- a/web.yaml", "+++ b/web.yaml", "@@ -4,23998 +4,23998 @@"]
    assert lines.count("-          HttpTokens: optional") == lines.count("+          HttpTokens: required") == 4_000


def test_a_comparison_of_everything_with_everything_ends(tmp_path: Path) -> None:
    launch = {"Type": "AWS::EC2::Instance", "Properties": {"ImageId": "ami-1"}}
    (tmp_path / "web.json").write_text(json.dumps({"Resources": {f"L{n}": launch for n in range(1_500)}}), "utf-8")
    place = {"physicalLocation": {"artifactLocation": {"uri": "web.json"}, "region": {"startLine": 1}}}
    results = [{"ruleId": "CKV_AWS_79", "message": {"text": f"{n}"}, "locations": [place]} for n in range(1_500)]
    runs = [{"tool": {"driver": {"name": "checkov"}}, "results": results}]
    (tmp_path / "theirs.sarif").write_text(json.dumps({"version": "2.1.0", "runs": runs}), encoding="utf-8")
    done = limited(tmp_path, "--in", "web.json", "theirs.sarif", command=["compare"])
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (3, "", 1), done.stderr
    assert "more steps than iplint allows" in done.stderr


def test_skips_without_end_change_nothing(tmp_path: Path) -> None:
    text = "".join(
        f'resource "aws_instance" "w{n}" {{\n  # checkov:skip=CKV_AWS_79:old\n  ami = "x"\n}}\n' for n in range(4_000)
    )
    (tmp_path / "main.tf").write_text(text, encoding="utf-8")
    done = limited(tmp_path, "--write", "main.tf", command=["migrate"])
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (3, "", 1), done.stderr
    assert "nothing is changed" in done.stderr
    assert (tmp_path / "main.tf").read_text(encoding="utf-8") == text

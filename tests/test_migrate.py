"""What other tools are told to skip becomes ignores of iplint: no more than that, and once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from iplint.location import Source
from iplint.peers.references import References
from iplint.peers.settings import settings
from iplint.peers.skips import Tool
from iplint_rules import all_rules

Run = Callable[..., CompletedProcess[str]]

# Each form of a skip, by a name: what precedes a launch, what is in it, and what its first line ends with.
COMMENTS = {
    "checkov": ("", "# checkov:skip=CKV_AWS_79:old agent", ""),
    "bridgecrew": ("", "#bridgecrew:skip=CKV_AWS_8,CKV_AWS_79: two at once", ""),
    "cortex": ("", "// cortex:skip=CKV_AWS_79", ""),
    "trivy_above": ("#trivy:ignore:AVD-AWS-0028", "", ""),
    "trivy_short": ("# trivy:ignore:aws-0028", "", ""),
    "trivy_several": ("#trivy:ignore:AWS-0131 trivy:ignore:AWS-0028:exp:2999-12-31", "", ""),
    "trivy_everything": ("#trivy:ignore:*", "", ""),
    "tfsec": ("", "", "#tfsec:ignore:aws-ec2-enforce-http-token-imds"),
    "kics_block": ("# kics-scan ignore-block", "", ""),
    "semgrep": ("", "", "# nosemgrep: terraform.lang.security.ec2-imdsv1-optional.ec2-imdsv1-optional"),
    "semgrep_above": ("# nosemgrep: ec2-imdsv1-optional", "", ""),
    "semgrep_everything": ("", "", "# nosemgrep"),
}
HCL = """\
{above}
resource "aws_instance" "{name}" {{ {behind}
  {inside}
  ami                  = "ami-0123456789abcdef0"
  iam_instance_profile = "web"
}}

"""
YAML = """\
  {above}
  {name}: {behind}
    {inside}
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-0123456789abcdef0
      IamInstanceProfile: web
"""
PLAIN = ("", "", "")


def hcl(forms: dict[str, tuple[str, str, str]]) -> str:
    """Return a configuration with a launch for each form, and one without a skip."""
    parts = {**forms, "plain": PLAIN}
    return "".join(
        HCL.format(name=name, above=above, inside=inside, behind=behind)
        for name, (above, inside, behind) in parts.items()
    )


def yaml(forms: dict[str, tuple[str, str, str]]) -> str:
    """Return a template, likewise."""
    parts = {**forms, "plain": PLAIN}
    return "Resources:\n" + "".join(
        YAML.format(name=name.title().replace("_", ""), above=above, inside=inside.replace("//", "#"), behind=behind)
        for name, (above, inside, behind) in parts.items()
    )


def failing(run: Run, directory: Path) -> list[tuple[str, str, str]]:
    """Return the failing findings: rule, address and file."""
    found = json.loads(run("check", "--format", "json", "--no-cache", cwd=directory).stdout)["findings"]
    return sorted((one["rule"], one["address"], one["path"]) for one in found if one["verdict"] == "fail")


def outcomes(run: Run, directory: Path, *arguments: str) -> dict[str, list[str]]:
    """Return what becomes of the skips, by tool."""
    done = run("migrate", "--format", "json", *arguments, cwd=directory)
    assert done.returncode == 0, done.stderr
    found: dict[str, list[str]] = {}
    for skip in json.loads(done.stdout)["skips"]:
        found.setdefault(skip["tool"], []).append(skip["outcome"])
    return found


@pytest.mark.parametrize("notation", ["main.tf", "web.yaml"])
def test_every_form_of_comment_is_carried_over_and_nothing_else(iplint: Run, tmp_path: Path, notation: str) -> None:
    (tmp_path / notation).write_text(hcl(COMMENTS) if notation.endswith(".tf") else yaml(COMMENTS), encoding="utf-8")
    before = failing(iplint, tmp_path)
    assert len(before) == len(COMMENTS) + 1
    done = outcomes(iplint, tmp_path, "--write")
    assert {word for words in done.values() for word in words} == {"written", "no rule of iplint"}
    assert [address.rpartition(".")[2].lower() for _, address, _ in failing(iplint, tmp_path)] == ["plain"]
    text = (tmp_path / notation).read_text(encoding="utf-8")
    assert "# iplint: ignore[imdsv1-allowed] old agent" in text
    assert "until=2999-12-31" in text
    assert outcomes(iplint, tmp_path, "--write").keys() == done.keys()
    assert (tmp_path / notation).read_text(encoding="utf-8") == text


def test_the_comments_of_the_tool_stay_next_to_what_they_skip(iplint: Run, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(hcl({"web": ("# kics-scan ignore-block", "", "")}), encoding="utf-8")
    iplint("migrate", "--write", cwd=tmp_path)
    lines = (tmp_path / "main.tf").read_text(encoding="utf-8").split("\n")
    assert lines[:3] == [
        "# iplint: ignore[imdsv1-allowed] KICS skips everything",
        "# kics-scan ignore-block",
        'resource "aws_instance" "web" { ',
    ]


@pytest.mark.parametrize(
    ("above", "why"),
    [
        ("#trivy:ignore:AWS-0028:exp:2001-01-01", "it ended on 2001-01-01"),
        ("#trivy:ignore:AWS-0028:ws:prod", "it skips in the workspace prod only"),
        ("#trivy:ignore:AWS-0028[ami=x]", "it skips by the attribute [ami=x]"),
        ("#trivy:ignore:AWS-0131", "trivy AWS-0131: no rule of iplint"),
    ],
)
def test_what_cannot_be_carried_over_is_listed(iplint: Run, tmp_path: Path, above: str, why: str) -> None:
    text = hcl({"web": (above, "", "")})
    (tmp_path / "main.tf").write_text(text, encoding="utf-8")
    done = iplint("migrate", "--write", cwd=tmp_path)
    assert "main.tf:1: trivy AWS-0" in done.stderr
    assert why in done.stderr
    assert (tmp_path / "main.tf").read_text(encoding="utf-8") == text


def test_a_skip_on_one_of_several_launches_of_a_template_is_left(iplint: Run, tmp_path: Path) -> None:
    template = 'resource "aws_launch_template" "shared" {\n}\n'
    launch = """\
resource "aws_instance" "{name}" {{
  # checkov:skip=CKV_AWS_79:{name}
  iam_instance_profile = "web"
  launch_template {{
    id      = aws_launch_template.shared.id
    version = "$Latest"
  }}
}}
"""
    one = launch.format(name="one")
    other = launch.format(name="two")
    (tmp_path / "main.tf").write_text(template + one + other.replace("checkov:", ""), encoding="utf-8")
    before = failing(iplint, tmp_path)
    done = iplint("migrate", "--write", cwd=tmp_path)
    assert (
        "aws_launch_template.shared also launches aws_instance.two, where imdsv1-allowed is not skipped" in done.stderr
    )
    assert failing(iplint, tmp_path) == before
    (tmp_path / "main.tf").write_text(template + one + other, encoding="utf-8")
    assert outcomes(iplint, tmp_path, "--write") == {"checkov": ["written", "written"]}
    assert failing(iplint, tmp_path) == []


METADATA: dict[str, dict[str, Any]] = {
    "Checkov": {"checkov": {"skip": [{"id": "CKV_AWS_79", "comment": "old agent"}]}},
    "CfnGuard": {"guard": {"SuppressedRules": ["EC2_IMDSV2_CHECK"]}},
    "Plain": {},
}


@pytest.mark.parametrize("indent", [1, None])
def test_metadata_is_carried_over_in_json(iplint: Run, tmp_path: Path, indent: int | None) -> None:
    properties = {"IamInstanceProfile": "web"}
    template = {
        "Resources": {
            name: {"Type": "AWS::EC2::Instance", "Metadata": metadata, "Properties": properties}
            for name, metadata in METADATA.items()
        }
    }
    (tmp_path / "web.json").write_text(json.dumps(template, indent=indent), encoding="utf-8")
    assert outcomes(iplint, tmp_path, "--write") == {"checkov": ["written"], "cfn-guard": ["written"]}
    assert failing(iplint, tmp_path) == [("imdsv1-allowed", "Plain", "web.json")]
    metadata = json.loads((tmp_path / "web.json").read_text(encoding="utf-8"))["Resources"]["Checkov"]["Metadata"]
    assert metadata["iplint"] == {"ignore": [{"rule": "imdsv1-allowed", "reason": "old agent"}]}
    assert metadata["checkov"] == METADATA["Checkov"]["checkov"]


def test_cfn_nag_suppresses_in_yaml(iplint: Run, tmp_path: Path) -> None:
    (tmp_path / "role.yaml").write_text(
        """\
Resources:
  Role:
    Type: AWS::IAM::Role
    Metadata:
      cfn_nag:
        rules_to_suppress:
          - {id: W43, reason: break glass}
    Properties:
      ManagedPolicyArns: [arn:aws:iam::aws:policy/AdministratorAccess]
      AssumeRolePolicyDocument:
        Statement: {Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: sts:AssumeRole}
  Profile:
    Type: AWS::IAM::InstanceProfile
    Properties: {Roles: [!Ref Role]}
""",
        encoding="utf-8",
    )
    assert [rule for rule, _, _ in failing(iplint, tmp_path)] == ["administrator-access"]
    assert outcomes(iplint, tmp_path, "--write") == {"cfn_nag": ["written"]}
    assert failing(iplint, tmp_path) == []
    assert "  # iplint: ignore[administrator-access] break glass\n  Role:" in (tmp_path / "role.yaml").read_text(
        "utf-8"
    )


@pytest.mark.parametrize(
    ("name", "text", "tool"),
    [
        (".checkov.yaml", "skip-check:\n  - CKV_AWS_79\n", "checkov"),
        (".checkov.yml", "skip-check: CKV_AWS_*\n", "checkov"),
        (".checkov.yaml", "skip-path:\n  - old\n  - new/main.tf\n  - main.tf\n", "checkov"),
        (".trivyignore", "# accepted\nAVD-AWS-0028 # until then\n", "trivy"),
        (".trivyignore", "AWS-0028 exp:2999-01-01\n", "trivy"),
        (".trivyignore.yaml", "misconfigurations:\n  - id: AVD-AWS-0028\n    statement: accepted\n", "trivy"),
        ("kics.config", '{"exclude-queries": ["c306ac53-ee5b-41d3-86a9-0fd2722b4e67"]}', "KICS"),
        ("kics.config", 'exclude-queries = ["c306ac53-ee5b-41d3-86a9-0fd2722b4e67"]\n', "KICS"),
        ("kics.yaml", "exclude-queries:\n  - c306ac53-ee5b-41d3-86a9-0fd2722b4e67\n", "KICS"),
        ("kics.config", "exclude-paths:\n  - main.tf\n  - old\n", "KICS"),
    ],
)
def test_what_covers_files_becomes_a_setting(iplint: Run, tmp_path: Path, name: str, text: str, tool: str) -> None:
    (tmp_path / "old").mkdir()
    for path in ("main.tf", "old/main.tf"):
        (tmp_path / path).write_text(hcl({}), encoding="utf-8")
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert len(failing(iplint, tmp_path)) == 2
    done = outcomes(iplint, tmp_path, "--write")
    assert set(done) == {tool}
    assert "written" in done[tool]
    assert failing(iplint, tmp_path) == []
    settings = tmp_path / ".iplint.toml"
    kept = settings.read_text(encoding="utf-8") if settings.exists() else (tmp_path / "main.tf").read_text("utf-8")
    assert "imdsv1-allowed" in kept
    assert "written" not in outcomes(iplint, tmp_path, "--write")[tool]


def test_paths_of_trivy_cover_those_files_only(iplint: Run, tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    for path in ("main.tf", "old/main.tf"):
        (tmp_path / path).write_text(hcl({}), encoding="utf-8")
    ignored = "misconfigurations:\n  - id: AWS-0028\n    paths: ['old/**']\n    statement: goes away\n"
    (tmp_path / ".trivyignore.yaml").write_text(ignored, encoding="utf-8")
    (tmp_path / ".iplint.toml").write_text('ignore = ["launch-configuration"]\n\n[ignore-in]\n"x/*" = ["all"]\n')
    assert outcomes(iplint, tmp_path, "--write") == {"trivy": ["written"]}
    assert [path for _, _, path in failing(iplint, tmp_path)] == ["main.tf"]
    assert (tmp_path / ".iplint.toml").read_text(encoding="utf-8") == (
        'ignore = ["launch-configuration"]\n\n[ignore-in]\n# goes away\n"old/*" = ["imdsv1-allowed"]\n"x/*" = ["all"]\n'
    )


def test_kics_skips_whole_files(iplint: Run, tmp_path: Path) -> None:
    for name, said in (
        ("everything.tf", "# kics-scan ignore"),
        ("one.tf", "# kics-scan disable=c306ac53-ee5b-41d3-86a9-0fd2722b4e67"),
        ("kept.tf", "# kics-scan enable=c306ac53-ee5b-41d3-86a9-0fd2722b4e67"),
    ):
        text = hcl({}).replace("aws_instance", "aws_spot_fleet").replace("aws_spot_fleet", "aws_instance")
        (tmp_path / name).write_text(f"{said}\n{text.replace('plain', name[:3])}", encoding="utf-8")
    outcomes(iplint, tmp_path, "--write")
    assert [path for _, _, path in failing(iplint, tmp_path)] == ["kept.tf"]
    assert "# iplint: ignore-file[imdsv1-allowed]" in (tmp_path / "everything.tf").read_text(encoding="utf-8")


def test_prints_a_diff_and_a_table_and_changes_nothing(iplint: Run, tmp_path: Path) -> None:
    text = hcl({"web": ("", "# checkov:skip=CKV_AWS_79:old agent", "")}).replace("\n", "\r\n")
    (tmp_path / "main.tf").write_bytes(text.encode())
    shown = iplint("migrate", cwd=tmp_path)
    assert shown.returncode == 0
    assert "+# iplint: ignore[imdsv1-allowed] old agent" in shown.stdout
    assert "iplint: checkov        1        1" in shown.stderr
    assert (tmp_path / "main.tf").read_bytes() == text.encode()
    iplint("migrate", "--write", cwd=tmp_path)
    assert b"old agent\r\nresource" in (tmp_path / "main.tf").read_bytes()
    assert iplint("migrate", "none.tf", cwd=tmp_path).returncode == 2


def test_ids_in_any_spelling() -> None:
    references = References(all_rules())
    assert references.rules(Tool.TRIVY, "aws-0028") == ["imdsv1-allowed"]
    assert references.rules(Tool.TFSEC, "AWS-EC2-enforce-http-token-imds") == ["imdsv1-allowed"]
    assert "imdsv1-allowed" in references.rules(Tool.CHECKOV, "CKV_AWS_7*")
    assert references.rules(Tool.SEMGREP, "a.b.no-iam-star-actions.no-iam-star-actions") == [
        "near-administrator-access",
        "service-wide-access",
    ]
    assert references.rules(Tool.CHECKOV, "CKV_AWS_8") == []


@pytest.mark.parametrize(
    ("written", "pattern"),
    [
        ("old", "infra/old"),
        ("./old/*", "infra/old/*"),
        ("**/main.tf", "infra/*main.tf"),
        ("old/**", "infra/old/*"),
    ],
)
def test_patterns_are_those_of_ignore_in(written: str, pattern: str) -> None:
    source = Source("infra/kics.config", f"exclude-paths:\n  - '{written}'\n")
    assert [skip.pattern for skip in settings(source, "kics.config", "infra")] == [pattern]


@pytest.mark.parametrize(
    ("written", "pattern"),
    [("old", "*old*"), ("^old/.*", "old/*"), ("main.tf$", "*main.tf"), ("(a+)+$", None), ("a|b", None)],
)
def test_plain_paths_of_checkov_are_carried_over(written: str, pattern: str | None) -> None:
    source = Source(".checkov.yaml", f"skip-path: ['{written}']\n")
    assert [skip.pattern for skip in settings(source, ".checkov.yaml", "")] == [pattern]


def test_a_comment_of_a_script_is_no_place_for_an_ignore(iplint: Run, tmp_path: Path) -> None:
    script = "      UserData:\n        Fn::Base64: |\n          #!/bin/sh\n          # the end\n"
    text = yaml({}).replace("      ImageId", f"{script}      MetadataOptions: {{HttpTokens: optional}}\n      ImageId")
    skipped = text.replace("      MetadataOptions", "      # trivy:ignore:AWS-0028\n      MetadataOptions")
    (tmp_path / "web.yaml").write_text(skipped, encoding="utf-8")
    assert outcomes(iplint, tmp_path, "--write") == {"trivy": ["written"]}
    done = (tmp_path / "web.yaml").read_text(encoding="utf-8")
    assert script in done
    assert done.index("# the end") < done.index("# iplint: ignore") < done.index("# trivy:ignore")


def test_a_comment_that_would_cover_more_takes_no_other_along(iplint: Run, tmp_path: Path) -> None:
    """What is in flow style shares a line, and so it would share the comment above the line."""
    body = "Type: 'AWS::EC2::Instance', Properties: {IamInstanceProfile: web}"
    skip = "Metadata: {checkov: {skip: [{id: CKV_AWS_79, comment: flow}]}}"
    flow = f"  ? First\n  : {{{skip}, {body}}}\n"
    (tmp_path / "web.yaml").write_text(yaml({"web": ("", "# checkov:skip=CKV_AWS_79:old", "")}) + flow, "utf-8")
    (tmp_path / "flow.yaml").write_text(
        f"Resources: {{One: {{{skip}, {body}}}, Two: {{{body}}}}}\n" + "Outputs: {}\n", encoding="utf-8"
    )
    done = iplint("migrate", "--write", cwd=tmp_path)
    assert "flow.yaml:1: checkov CKV_AWS_79: left to you: an ignore there would cover imdsv1-allowed of Two, too" in (
        done.stderr
    )
    left = [(address, path) for _, address, path in failing(iplint, tmp_path)]
    assert left == [("One", "flow.yaml"), ("Plain", "web.yaml"), ("Two", "flow.yaml")]
    text = (tmp_path / "flow.yaml").read_text("utf-8")
    assert "iplint" not in text


@pytest.mark.parametrize(
    ("reason", "written"),
    [
        ("stays until=never, [brackets] and: colons", "stays until never, [brackets] and: colons"),
        ("like trivy:ignore:AWS-0028 above", "like trivy:ignore:AWS-0028 above"),
    ],
)
def test_a_reason_ends_nothing_and_skips_nothing(iplint: Run, tmp_path: Path, reason: str, written: str) -> None:
    (tmp_path / "main.tf").write_text(hcl({"web": ("", f"# checkov:skip=CKV_AWS_79:{reason}", "")}), encoding="utf-8")
    read = outcomes(iplint, tmp_path, "--write")
    assert read["checkov"] == ["written"]
    text = (tmp_path / "main.tf").read_text("utf-8")
    assert f"# iplint: ignore[imdsv1-allowed] {written}\n" in text
    assert len(failing(iplint, tmp_path)) == 1
    assert {tool: len(words) for tool, words in outcomes(iplint, tmp_path, "--write").items()} == {
        tool: len(words) for tool, words in read.items()
    }
    assert (tmp_path / "main.tf").read_text("utf-8") == text


def test_a_reason_of_several_lines_is_one_line(iplint: Run, tmp_path: Path) -> None:
    about = """\
    Metadata:
      checkov:
        skip:
          - id: CKV_AWS_79
            comment: |
              old agents
              until=2001-01-01
"""
    text = yaml({"web": ("", "", "")}).replace("    \n    Type", f"{about}    Type", 1)
    (tmp_path / "web.yaml").write_text(text, encoding="utf-8")
    assert outcomes(iplint, tmp_path, "--write") == {"checkov": ["written"]}
    assert "# iplint: ignore[imdsv1-allowed] old agents until 2001-01-01\n" in (tmp_path / "web.yaml").read_text(
        "utf-8"
    )
    assert [address for _, address, _ in failing(iplint, tmp_path)] == ["Plain"]


def test_metadata_of_a_template_covers_the_template(iplint: Run, tmp_path: Path) -> None:
    statement = "{Effect: Allow, Action: '*', Resource: '*'}"
    (tmp_path / "policy.yaml").write_text(
        f"""Metadata:
  cfn_nag: {{rules_to_suppress: [{{id: F5, reason: administrators}}]}}
Resources:
  All:
    Type: AWS::IAM::ManagedPolicy
    Properties: {{PolicyDocument: {{Statement: [{statement}]}}}}
""",
        encoding="utf-8",
    )
    assert outcomes(iplint, tmp_path, "--write") == {"cfn_nag": ["written"]}
    assert failing(iplint, tmp_path) == []
    first, *_ = (tmp_path / "policy.yaml").read_text("utf-8").split("\n")
    assert first == "# iplint: ignore-file[administrator-access] administrators"


@pytest.mark.parametrize("notation", ["main.tf", "web.yaml"])
def test_a_comment_behind_the_beginning_of_a_block_applies_to_the_block(
    iplint: Run, tmp_path: Path, notation: str
) -> None:
    if notation == "main.tf":
        block = '  metadata_options { #trivy:ignore:AWS-0028\n    http_tokens = "optional"\n  }\n  ami'
        text = hcl({"web": PLAIN}).replace("  ami", block, 1)
    else:
        block = "      MetadataOptions: #trivy:ignore:AWS-0028\n        HttpTokens: optional\n      ImageId"
        text = yaml({"web": PLAIN}).replace("      ImageId", block, 1)
    (tmp_path / notation).write_text(text, encoding="utf-8")
    assert outcomes(iplint, tmp_path, "--write") == {"trivy": ["written"]}
    assert [address.rpartition(".")[2].lower() for _, address, _ in failing(iplint, tmp_path)] == ["plain"]


def test_a_comment_above_a_resource_is_no_skip_of_checkov(iplint: Run, tmp_path: Path) -> None:
    skip = "# checkov:skip=CKV_AWS_79:above"
    (tmp_path / "main.tf").write_text(hcl({"web": (skip, "", "")}), encoding="utf-8")
    (tmp_path / "web.yaml").write_text(yaml({"web": (skip, "", "")}), encoding="utf-8")
    assert outcomes(iplint, tmp_path, "--write") == {"checkov": ["nothing found there"] * 2}


def test_a_skip_on_what_uses_a_finding_is_listed_with_its_place(iplint: Run, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        """\
data "aws_iam_policy_document" "all" {
  statement {
    actions   = ["*"]
    resources = ["*"]
  }
}
resource "aws_iam_role" "web" {
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}
resource "aws_iam_instance_profile" "web" {
  role = aws_iam_role.web.name
}
resource "aws_iam_role_policy" "web" {
  # checkov:skip=CKV_AWS_62:administrators
  role   = aws_iam_role.web.name
  policy = data.aws_iam_policy_document.all.json
}
resource "aws_instance" "web" {
  iam_instance_profile = aws_iam_instance_profile.web.name
}
""",
        encoding="utf-8",
    )
    done = iplint("migrate", "--write", cwd=tmp_path)
    assert (
        "main.tf:16: checkov CKV_AWS_62: left to you: administrator-access is at "
        "data.aws_iam_policy_document.all (main.tf:3), which others may use, too: ignore it there"
    ) in done.stderr


def test_a_date_that_is_none_is_listed(iplint: Run, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(hcl({"web": ("#trivy:ignore:AWS-0028:exp:never", "", "")}), encoding="utf-8")
    done = iplint("migrate", "--write", cwd=tmp_path)
    assert done.returncode == 0
    assert "its date never is not YYYY-MM-DD" in done.stderr


def test_one_of_three_launches_of_a_template_is_named(iplint: Run, tmp_path: Path) -> None:
    launch = """\
resource "aws_instance" "{name}" {{
  # {skip}
  iam_instance_profile = "web"
  launch_template {{
    id      = aws_launch_template.shared.id
    version = "$Latest"
  }}
}}
"""
    skips = {"one": "checkov:skip=CKV_AWS_79", "two": "checkov:skip=CKV_AWS_79", "three": "nothing"}
    launches = "".join(launch.format(name=name, skip=skip) for name, skip in skips.items())
    (tmp_path / "main.tf").write_text('resource "aws_launch_template" "shared" {\n}\n' + launches, encoding="utf-8")
    done = iplint("migrate", cwd=tmp_path)
    assert done.stderr.count("also launches aws_instance.three, where") == 2

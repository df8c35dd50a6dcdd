"""Policies that one template or configuration gives, by name, to a role that another one declares."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from conftest import judged
from iplint.discovery.project import Project

Command = Callable[..., CompletedProcess[str]]

TRUST = '{Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: "sts:AssumeRole"}]}'
APP = f"""
Parameters:
  Env: {{Type: String, Default: test, AllowedValues: [test, prod]}}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: ROLE
      AssumeRolePolicyDocument: {TRUST}
  Profile: {{Type: AWS::IAM::InstanceProfile, Properties: {{Roles: [!Ref Role]}}}}
  Web:
    Type: AWS::EC2::Instance
    Properties: {{ImageId: ami-12345678, IamInstanceProfile: !Ref Profile, MetadataOptions: {{HttpTokens: required}}}}
"""
CONFIGURATION = """
resource "aws_iam_role" "app" {
  name               = "app-role"
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}
resource "aws_iam_instance_profile" "app" {
  role = aws_iam_role.app.name
}
resource "aws_instance" "web" {
  ami                  = "ami-12345678"
  iam_instance_profile = aws_iam_instance_profile.app.name
  metadata_options {
    http_tokens = "required"
  }
}
"""
EVERYTHING = '{Statement: [{Effect: Allow, Action: "*", Resource: "*"}]}'
READING = '{Statement: [{Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::artifacts/*"}]}'
ATTACHED = 'resource "aws_iam_role_policy_attachment" "more" {\n  role       = ROLE\n  policy_arn = ARN\n}\n'
ADMINISTRATOR = '"arn:aws:iam::aws:policy/AdministratorAccess"'


def app(name: str = "app-role") -> str:
    return APP.replace("ROLE", name)


def policy(document: str = EVERYTHING, roles: str = "[app-role]", kind: str = "Policy", more: str = "") -> str:
    return f"""
{more}
Resources:
  More:
    Type: AWS::IAM::{kind}
    Properties:
      {"PolicyName: more" if kind != "ManagedPolicy" else "Description: more"}
      {"RoleName" if kind == "RolePolicy" else "Roles"}: {roles}
      PolicyDocument: {document}
"""


def attached(role: str = '"app-role"', arn: str = ADMINISTRATOR, more: str = "") -> str:
    return ATTACHED.replace("ROLE", role).replace("ARN", arn) + more


def command(line: str) -> str:
    return f'resource "terraform_data" "more" {{\n  provisioner "local-exec" {{\n    command = "{line}"\n  }}\n}}\n'


def launches(folder: Path, files: dict[str, str]) -> tuple[int, int, int]:
    """Write the files; return how many launches are proven, failed and undecided."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    counts = judged(folder).launches
    return counts.proven, counts.failed, counts.undecided


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("iam.yaml", policy()),
        ("iam.yaml", policy(kind="ManagedPolicy")),
        ("iam.yaml", policy(kind="RolePolicy", roles="app-role")),
        ("iam.yaml", policy(roles="[other, !Ref Name]", more="Parameters: {Name: {Type: String, Default: app-role}}")),
        (
            "iam.yaml",
            policy(
                roles="!Ref Names", more="Parameters: {Names: {Type: CommaDelimitedList, Default: 'other,app-role'}}"
            ),
        ),
        ("iam.yaml", policy('{Statement: [{Effect: Allow, Action: "iam:PutRolePolicy", Resource: "*"}]}')),
        (
            "iam.yaml",
            policy(
                '{Statement: [{Effect: Allow, Action: !Ref Any, Resource: "*"}]}',
                more="Parameters: {Any: {Type: String}}",
            ),
        ),
        ("iam/main.tf", attached()),
        ("iam/main.tf", attached(arn='"arn:aws:iam::123456789012:policy/elsewhere"')),
        (
            "iam/main.tf",
            attached("data.aws_iam_role.app.name", more='data "aws_iam_role" "app" {\n  name = "app-role"\n}\n'),
        ),
        (
            "iam/main.tf",
            attached("data.aws_iam_role.app.id", more='data "aws_iam_role" "app" {\n  name = "app-role"\n}\n'),
        ),
        (
            "iam/main.tf",
            'resource "aws_iam_policy" "all" {\n  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "*",'
            ' Resource = "*" }] })\n}\n' + attached(arn="aws_iam_policy.all.arn"),
        ),
        (
            "iam/main.tf",
            command(f"aws iam attach-role-policy --role-name app-role --policy-arn {ADMINISTRATOR[1:-1]}"),
        ),
    ],
)
def test_no_launch_is_proven_whose_role_gets_more_from_elsewhere(tmp_path: Path, name: str, text: str) -> None:
    assert launches(tmp_path / "one", {"app.yaml": app(), name: text}) == (0, 0, 1)
    assert launches(tmp_path / "two", {"app/main.tf": CONFIGURATION, name: text}) == (0, 0, 1)


@pytest.mark.parametrize(
    "text",
    [
        policy(READING),
        policy(roles="[another-role]"),
        policy(more="Conditions: {Never: !Equals [a, b]}").replace("    Type:", "    Condition: Never\n    Type:"),
        policy('{Statement: [{Effect: Deny, Action: "*", Resource: "*"}]}'),
        policy(roles="[!Ref Name]", more="Parameters: {Name: {Type: String}}"),
        # Each declares a role of its own: they are for different accounts, or the one is for tests.
        app().replace("Profile:", "Unused:") + policy().partition("Resources:")[2].strip("\n"),
    ],
)
def test_a_launch_stays_proven_beside_what_gives_its_role_nothing(tmp_path: Path, text: str) -> None:
    proven, failed, undecided = launches(tmp_path, {"app.yaml": app(), "iam.yaml": text})
    assert (proven >= 1, undecided) == (True, 0)
    assert failed in (0, 1)


@pytest.mark.parametrize(
    ("own", "other"),
    [
        ("!Sub '${Env}-app'", "[test-app]"),
        ("!Sub '${Env}-app'", "[prod-app]"),
        ("!Sub '${AWS::Region}-app'", "[!Sub '${AWS::Region}-app']"),
        ("!Sub '${AWS::Region}-app'", "[eu-west-1-app]"),
        ("test-app", "[!Sub '${Stage}-app']"),
        ("!Sub '${Env}-app'", "[!Sub '${Stage}-app']"),
        ("!Sub '${AWS::StackName}-app'", "[!Sub '${Stage}-app']"),
    ],
)
def test_names_that_are_made_of_inputs_meet(tmp_path: Path, own: str, other: str) -> None:
    text = policy(roles=other, more="Parameters: {Stage: {Type: String}}")
    assert launches(tmp_path, {"app.yaml": app(own), "iam.yaml": text}) == (0, 0, 1)


@pytest.mark.parametrize(
    ("own", "other"),
    [
        ("!Sub '${AWS::Region}-app'", "[eu-west-1-app2]"),
        ("!Sub '${AWS::Region}-app'", "[!Sub '${AWS::Region}-web']"),
        ("test-app", "[!Sub '${Stage}-web']"),
    ],
)
def test_names_that_their_known_parts_keep_apart_do_not(tmp_path: Path, own: str, other: str) -> None:
    text = policy(roles=other, more="Parameters: {Stage: {Type: String}}")
    assert launches(tmp_path, {"app.yaml": app(own), "iam.yaml": text}) == (1, 0, 0)


def test_the_proof_and_the_inventory_name_the_other_template(iplint: Command, tmp_path: Path) -> None:
    launches(tmp_path, {"app.yaml": app(), "iam.yaml": policy()})
    done = iplint("check", ".", "--format", "json", "--undecided", "--proof", cwd=tmp_path)
    report = json.loads(done.stdout)
    verdict = next(finding for finding in report["findings"] if finding["verdict"] == "undecided")
    assert (verdict["rule"], verdict["address"], verdict["path"], verdict["line"]) == (
        "administrator-access",
        "Web",
        "iam.yaml",
        8,
    )
    assert "whether More is deployed in the same account" in verdict["message"]
    (proof,) = report["proofs"]
    open_ = [one for one in proof["obligations"] if one["status"] == "open"]
    assert (proof["status"], [one["name"] for one in open_]) == ("undecided", ["privileges"])
    assert "administrator access" in open_[0]["reasons"][0]
    (row,) = json.loads(iplint("inventory", ".", "--format", "json", cwd=tmp_path).stdout)["launches"]
    assert row["verdict"] == "undecided"
    # A file that is checked alone is proven alone.
    alone = json.loads(iplint("check", "app.yaml", "--format", "json", cwd=tmp_path).stdout)
    assert alone["summary"]["launches"]["proven"] == 1


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_results_of_earlier_runs_and_other_processes_meet_as_well(iplint: Command, tmp_path: Path, jobs: str) -> None:
    cache = str(tmp_path / "cache")
    top = tmp_path / "top"
    top.mkdir()
    launches(top, {"app.yaml": app(), "iam/main.tf": attached()})
    runs = [
        iplint(
            "check", ".", "--format", "json", "--undecided", "--proof", "--jobs", jobs, cwd=top, IPLINT_CACHE_DIR=cache
        )
        for _ in range(2)
    ]
    assert runs[0].stdout == runs[1].stdout
    assert json.loads(runs[0].stdout)["summary"]["launches"]["undecided"] == 1
    (top / "iam/main.tf").write_text("")
    done = iplint("check", ".", "--format", "json", "--jobs", jobs, cwd=top, IPLINT_CACHE_DIR=cache)
    assert json.loads(done.stdout)["summary"]["launches"]["proven"] == 1


def test_a_folder_is_proven_again_once_the_other_template_is_gone(tmp_path: Path) -> None:
    from iplint.judging.session import Observer, Session, SessionSettings
    from iplint.lsp.recall import RecalledResults
    from iplint_rules import all_rules

    recalled = RecalledResults()

    class Remembering(Observer):
        def open_cache(self, project: Project) -> RecalledResults:
            project.remember(recalled.known)
            return recalled

    session = Session(SessionSettings(all_rules(), proofs=True), str(tmp_path))
    launches(tmp_path, {"app.yaml": app(), "iam.yaml": policy()})
    for document, expected in ((EVERYTHING, "undecided"), (READING, "proven"), (EVERYTHING, "undecided")):
        (tmp_path / "iam.yaml").write_text(policy(document))
        recalled.start()
        report, _ = session.examine(["."], observer=Remembering())
        assert report.proofs is not None
        assert [proof.status for proof in report.proofs] == [expected]
        assert getattr(report.launches, expected) == 1


@pytest.mark.parametrize(
    ("tokens", "status"), [("optional", "failed"), ("!Ref Env", "failed"), ("!Ref Free", "undecided")]
)
def test_the_proof_of_a_launch_that_is_not_proven_anyway_is_open_too(
    tmp_path: Path, iplint: Command, tokens: str, status: str
) -> None:
    template = app().replace("HttpTokens: required", f"HttpTokens: {tokens}")
    template = template.replace("Parameters:", "Parameters:\n  Free: {Type: String}")
    (tmp_path / "app.yaml").write_text(template, encoding="utf-8")
    (tmp_path / "policy.yaml").write_text(policy(), encoding="utf-8")
    report = json.loads(iplint("check", "--format", "json", "--proof", "--undecided", cwd=tmp_path).stdout)
    [proof] = report["proofs"]
    assert proof["status"] == status
    [privileges] = [one for one in proof["obligations"] if one["name"] == "privileges"]
    assert privileges["status"] == "open"
    assert "it gives role app-role administrator access" in privileges["reasons"][0]
    listed = [(one["rule"], one["verdict"]) for one in report["findings"]]
    assert ("administrator-access", "undecided") not in listed

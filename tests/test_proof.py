"""The proof: which launches count as proven, and what keeps the others from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from evidence import checked, is_still_proven, mutations
from iplint.finding import LaunchCounts, ObligationStatus
from iplint.judging.session import Session, SessionSettings
from iplint.model import Account
from iplint_rules import all_rules

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from iplint.finding import Report

    Check = Callable[..., Report]
    Command = Callable[..., subprocess.CompletedProcess[str]]

FIXTURES = Path(__file__).parent / "fixtures"
ROLE = """\
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - {Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: "sts:AssumeRole"}
  Profile:
    Type: AWS::IAM::InstanceProfile
    Properties: {Roles: [!Ref Role]}
"""
HOST = """\
  Host:
    Type: AWS::EC2::Instance
    Properties:
      IamInstanceProfile: !Ref Profile
      MetadataOptions: {HttpTokens: required}
"""

NODE = """
resource "aws_iam_role" "node" {
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_instance_profile" "node" {
  role = aws_iam_role.node.name
}

resource "aws_instance" "node" {
  # more
  iam_instance_profile = aws_iam_instance_profile.node.name
  metadata_options {
    http_tokens = "required"
  }
}
"""


def launches(report: Report) -> tuple[int, int, int, int]:
    """The launches that are proven, qualified, failed, and undecided (the qualified among them)."""
    found = report.launches
    return found.proven, found.qualified, found.failed, found.undecided


def undecided(report: Report) -> set[tuple[str, str]]:
    """The rules and addresses of what is undecided."""
    return {(finding.rule, finding.address) for finding in report.findings if not finding.is_failure}


def test_a_launch_with_all_obligations_discharged_is_proven(template: Check) -> None:
    assert launches(template(ROLE + HOST)) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    "user_data", ["!Ref Script", "!Base64 {Ref: Script}", "!Sub |\n        #!/bin/sh\n        ${Script}"]
)
def test_user_data_that_nobody_has_read_proves_nothing(template: Check, user_data: str) -> None:
    report = template(f"Parameters:\n  Script: {{Type: String}}\n{ROLE}{HOST}      UserData: {user_data}\n")
    assert launches(report) == (0, 0, 0, 1)
    assert undecided(report) == {("hardcoded-access-key", "Host")}


def test_a_gap_in_a_line_of_user_data_is_a_name_and_no_text(template: Check) -> None:
    head = "Parameters:\n  Stack: {Type: String}\n"
    report = template(f'{head}{ROLE}{HOST}      UserData: !Base64 {{"Fn::Sub": "echo ${{Stack}}\\n"}}\n')
    assert launches(report) == (1, 0, 0, 0)


def test_what_another_value_of_a_parameter_brings_in_qualifies_the_proof(template: Check) -> None:
    head = """\
Parameters:
  Env: {Type: String, Default: dev, AllowedValues: [dev, prod]}
  Tokens: {Type: String}
Conditions:
  Prod: !Equals [!Ref Env, prod]
"""
    host = HOST.replace("HttpTokens: required", "HttpTokens: !If [Prod, !Ref Tokens, required]")
    report = template(head + ROLE + host)
    assert launches(report) == (0, 1, 0, 1)
    assert undecided(report) == set()


def test_a_high_finding_on_the_launch_fails_it_whatever_its_rule(template: Check) -> None:
    script = (
        "      UserData: !Base64 |\n        curl http://169.254.169.254/latest/meta-data/iam/security-credentials/app\n"
    )
    assert launches(template(ROLE + HOST + script)) == (0, 0, 1, 0)


def test_the_butane_of_a_node_is_read(configuration: Check) -> None:
    report = configuration(
        """
data "ct_config" "node" {
  content  = "variant: fcos"
  snippets = [file("${path.module}/missing.yaml")]
}

resource "aws_instance" "node" {
  user_data = data.ct_config.node.rendered
  metadata_options {
    http_tokens = "required"
  }
  iam_instance_profile = "node"
}
"""
    )
    assert ("hardcoded-access-key", "aws_instance.node") in undecided(report)


UNREAD = f"Parameters:\n  Script: {{Type: String}}\n{ROLE}{HOST}      UserData: !Ref Script\n"


def test_prove_prints_evidence_and_what_would_settle_an_open_obligation(iplint: Command, tmp_path: Path) -> None:
    (tmp_path / "stack.yaml").write_text(UNREAD, encoding="utf-8")
    done = iplint("prove", "stack.yaml", "Host", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert lines[0] == "undecided: Host  stack.yaml:13:3"
    assert "| Principal" not in done.stdout
    assert "stack.yaml:12:31: instance profile Profile holds role Role" in lines
    assert "| Properties: {Roles: [!Ref Role]}" in lines
    assert "stack.yaml:2:3: depends on parameter Script" in lines
    assert lines[-1] == "1 launch: 1 undecided."


def test_prove_takes_addresses_and_refuses_others(iplint: Command, tmp_path: Path) -> None:
    (tmp_path / "stack.yaml").write_text(ROLE + HOST + HOST.replace("Host", "Other"), encoding="utf-8")
    one = json.loads(iplint("prove", "Other", "--format", "json", cwd=tmp_path).stdout)
    assert [(proof["address"], proof["status"]) for proof in one["proofs"]] == [("Other", "proven")]
    assert [result["status"] for result in one["proofs"][0]["obligations"]] == ["discharged"] * 6
    missing = iplint("prove", "Nobody", cwd=tmp_path)
    assert (missing.returncode, missing.stdout) == (2, "")
    assert "Nobody is neither a file or directory nor the address of a launch" in missing.stderr


def test_prove_writes_a_table_in_markdown(iplint: Command, tmp_path: Path) -> None:
    (tmp_path / "stack.yaml").write_text(UNREAD, encoding="utf-8")
    done = iplint("prove", "--format", "markdown", cwd=tmp_path)
    row = next(line for line in done.stdout.splitlines() if line.startswith("| credentials"))
    assert row.split(" | ")[1] == "open"
    assert "depends on parameter Script ([`stack.yaml:2`](stack.yaml#L2))" in row


def test_proof_is_added_to_the_json_report(iplint: Command, tmp_path: Path) -> None:
    (tmp_path / "stack.yaml").write_text(ROLE + HOST, encoding="utf-8")
    plain = json.loads(iplint("check", "--format", "json", cwd=tmp_path).stdout)
    more = json.loads(iplint("check", "--format", "json", "--proof", cwd=tmp_path).stdout)
    proofs = more.pop("proofs")
    assert more == plain
    names = ["profile", "role", "trust", "metadata", "privileges", "credentials"]
    assert [result["name"] for result in proofs[0]["obligations"]] == names
    assert {place["path"] for result in proofs[0]["obligations"] for place in result["evidence"]} == {"stack.yaml"}


QUALIFIED = (
    "Parameters:\n  Env: {Type: String, Default: dev, AllowedValues: [dev, prod]}\n  Tokens: {Type: String}\n"
    "Conditions:\n  Prod: !Equals [!Ref Env, prod]\n"
    + ROLE
    + HOST.replace("HttpTokens: required", "HttpTokens: !If [Prod, !Ref Tokens, required]")
)


def test_every_report_shows_a_qualified_launch(iplint: Command, tmp_path: Path) -> None:
    (tmp_path / "stack.yaml").write_text(QUALIFIED, encoding="utf-8")
    (proof,) = json.loads(iplint("prove", "--format", "json", cwd=tmp_path).stdout)["proofs"]
    scenario = 'parameter Env is "prod": metadata then depends on parameter Tokens'
    assert (proof["status"], proof["unless"]) == ("qualified", [scenario])
    sarif = json.loads(iplint("check", "--format", "sarif", "--proof", cwd=tmp_path).stdout)
    assert sarif["runs"][0]["properties"]["proofs"] == [proof]
    assert "1 launch: 1 proven unless an input is set." in iplint("check", cwd=tmp_path).stdout
    text = iplint("prove", cwd=tmp_path).stdout
    assert text.startswith("proven unless an input is set: Host")
    assert f"unless {scenario}" in text
    (row,) = json.loads(iplint("inventory", "--format", "json", cwd=tmp_path).stdout)["launches"]
    assert row["verdict"] == "qualified"
    strict = iplint("check", "--strict", cwd=tmp_path)
    assert strict.returncode == 1
    assert "1 launch is proven unless an input is set, which fails with --strict" in strict.stderr
    for format in ("mermaid", "svg"):
        assert "qualified" in iplint("graph", "--format", format, cwd=tmp_path).stdout


KEYS = [
    'locals {\n  boot = yamldecode("run: export AWS_ACCESS_KEY_ID=AKIAFAKEFAKEFAKEFAK2")\n}\n',
    'locals {\n  boot = jsondecode("{\\"run\\": \\"export AWS_ACCESS_KEY_ID=AKIAFAKEFAKEFAKEFAK2\\"}")\n}\n',
]


@pytest.mark.parametrize("written", KEYS)
def test_a_key_that_is_decoded_into_user_data_fails_the_launch(configuration: Check, written: str) -> None:
    report = configuration(written + NODE.replace("# more", "user_data = local.boot.run"))
    assert launches(report) == (0, 0, 1, 0)


@pytest.mark.parametrize("host", ["aws_instance.node.public_ip", "aws_eip.node.public_ip"])
@pytest.mark.parametrize("connection", ["resource", "provisioner"])
def test_a_key_that_another_resource_runs_on_the_instance_fails_its_launch(
    configuration: Check, host: str, connection: str
) -> None:
    block = f"connection {{\n    host = {host}\n  }}"
    report = configuration(
        f"""{NODE}
resource "aws_eip" "node" {{
  instance = aws_instance.node.id
}}

resource "terraform_data" "boot" {{
  {block if connection == "resource" else ""}
  provisioner "remote-exec" {{
    inline = ["export AWS_ACCESS_KEY_ID=AKIAFAKEFAKEFAKEFAK2"]
    {block if connection == "provisioner" else ""}
  }}
}}
"""
    )
    assert launches(report) == (0, 0, 1, 0)


def test_no_launch_stays_proven_without_its_evidence() -> None:
    changes = [mutation for proof in checked(FIXTURES).proofs or () for mutation in mutations(proof)]
    assert len(changes) > 200
    # All of them take a quarter of a minute: python tests/evidence.py tests/fixtures
    sample = changes[::5]
    assert {mutation.obligation for mutation in sample} >= {"profile", "role", "trust", "metadata", "privileges"}
    assert [str(mutation) for mutation in sample if is_still_proven(FIXTURES, mutation)] == []
    assert all(mutation.is_read for mutation in sample)


def test_a_call_without_token_in_decoded_user_data_fails_the_launch(configuration: Check, tmp_path: Path) -> None:
    boot = "run: |\n  curl http://169.254.169.254/latest/meta-data/iam/security-credentials/node\n"
    (tmp_path / "boot.yaml").write_text(boot, encoding="utf-8")
    local = 'locals {\n  boot = yamldecode(file("${path.module}/boot.yaml"))\n}\n'
    report = configuration(local + NODE.replace("# more", "user_data = local.boot.run"))
    assert launches(report) == (0, 0, 1, 0)
    assert [finding.severity.word for finding in report.findings if finding.is_failure] == ["high"]


SENT = [
    ("content", 'content: !Ref Script, mode: "000755"', 0),
    ("content", 'content: !Sub "id=${Script}", mode: "000755"', 1),
    ("mode", 'content: "x", mode: !Ref Script', 1),
]


@pytest.mark.parametrize(("_", "file", "proven"), SENT)
def test_what_cfn_init_writes_unread_proves_nothing(template: Check, _: str, file: str, proven: int) -> None:
    metadata = f"""\
    Metadata:
      AWS::CloudFormation::Init:
        config:
          files:
            /etc/app.sh: {{{file}}}
"""
    host = HOST.replace("    Properties:", f"{metadata}    Properties:")
    report = template(f"Parameters:\n  Script: {{Type: String}}\n{ROLE}{host}")
    assert launches(report) == (proven, 0, 0, 1 - proven)


@pytest.mark.parametrize(
    ("tokens", "proven"),
    [
        ('{ t = "required", (local.name) = "optional" }.t', 0),
        ('{ (local.name) = "optional", t = "required" }.t', 1),
        ('zipmap(["t", local.name], ["required", "optional"])["t"]', 0),
        ('length({ for x in ["t", local.name] : x => x... }.t) == 1 ? "required" : "optional"', 0),
        ('reverse({ for x in [local.name, "required"] : "t" => x... if x != "z" }.t)[0]', 0),
        ('{ for x in [local.name, "required"] : "t" => x... if x != "z" }.t[0]', 0),
        ('base64gzip("") == "" ? "required" : "optional"', 0),
    ],
)
def test_what_a_key_that_is_not_known_may_replace_or_join_proves_nothing(
    configuration: Check, tokens: str, proven: int
) -> None:
    known = 'data "aws_ssm_parameter" "x" {\n  name = "/x"\n}\nlocals {\n  name = data.aws_ssm_parameter.x.value\n}\n'
    report = configuration(known + NODE.replace('= "required"', f"= {tokens}"))
    assert report.launches.proven == proven


@pytest.mark.parametrize(("inline", "proven"), [("var.script", 0), ('"id=${var.script}"', 1)])
def test_what_a_provisioner_runs_unread_proves_nothing(configuration: Check, inline: str, proven: int) -> None:
    block = f'provisioner "remote-exec" {{\n    inline = [{inline}]\n  }}'
    report = configuration('variable "script" {}\n' + NODE.replace("# more", block))
    assert launches(report) == (proven, 0, 0, 1 - proven)


def test_a_launch_has_the_same_status_whether_its_proof_is_asked_for_or_not() -> None:
    plain = Session(SessionSettings(all_rules()), str(FIXTURES)).check(["."])
    proofs = checked(FIXTURES)
    counts = [{name: getattr(one.launches, name) for name in LaunchCounts.__slots__} for one in (plain, proofs)]
    assert counts[0] == counts[1]
    assert plain.launches.proven > 30
    assert [finding.message for finding in plain.findings] == [finding.message for finding in proofs.findings]


NAMED = ROLE.replace("      AssumeRole", "      RoleName: app\n      AssumeRole")
ATTACHED = """\
  Policy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      Roles: [!Ref Who]
      PolicyDocument: {Statement: [{Effect: Allow, Action: "%s", Resource: "*"}]}
"""


@pytest.mark.parametrize(("role", "action", "proven"), [(NAMED, "*", 0), (NAMED, "s3:GetObject", 1), (ROLE, "*", 1)])
def test_an_administrator_policy_for_a_role_of_unknown_name_may_be_for_this_one(
    template: Check, role: str, action: str, proven: int
) -> None:
    report = template(f"Parameters:\n  Who: {{Type: String}}\n{role}{HOST}{ATTACHED % action}")
    assert launches(report) == (proven, 0, 0, 1 - proven)


def test_so_may_one_of_terraform(configuration: Check) -> None:
    named = NODE.replace('"aws_iam_role" "node" {', '"aws_iam_role" "node" {\n  name = "app"')
    policy = 'policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }] })'
    other = f'variable "who" {{}}\nresource "aws_iam_role_policy" "any" {{\n  role = var.who\n  {policy}\n}}\n'
    assert launches(configuration(named + other)) == (0, 0, 0, 1)
    assert launches(configuration(NODE + other)) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    "around", ["try(local.script, null)", 'can(local.script) ? local.script : ""', "try(local.o.s, null)"]
)
def test_a_missing_file_that_something_else_reads_is_not_caught(configuration: Check, around: str) -> None:
    read = 'file("${path.module}/absent.sh")'
    written = f"locals {{\n  script = {read}\n  o = {{ s = {read} }}\n}}\n"
    report = configuration(written + NODE.replace("# more", f"user_data = {around}"))
    assert launches(report) == (0, 0, 0, 1)


def test_a_policy_that_was_not_read_is_no_evidence(configuration: Check, tmp_path: Path) -> None:
    attached = """
resource "aws_iam_role_policy_attachment" "own" {
  role       = aws_iam_role.node.name
  policy_arn = "arn:aws:iam::123456789012:policy/own" # iplint: ignore[administrator-access] it is ours
}
"""
    report = configuration(NODE + attached)
    assert launches(report) == (0, 0, 0, 1)
    (proof,) = checked(tmp_path).proofs or []
    (privileges,) = (one for one in proof.obligations if one.name.value == "privileges")
    assert [what for what, _ in privileges.reasons] == [
        "policy arn:aws:iam::123456789012:policy/own, which is not declared here"
    ]
    assert not privileges.evidence


ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
LOOKED_UP = """
data "aws_iam_role" "again" {
  name = aws_iam_role.node.name
}
data "aws_iam_instance_profile" "again" {
  name = aws_iam_instance_profile.node.name
}
"""


@pytest.mark.parametrize("name", ["", '  name = "app"\n'])
@pytest.mark.parametrize(
    "role",
    [
        "basename(aws_iam_role.node.arn)",
        'regex("[^/]+$", aws_iam_role.node.arn)',
        "lower(aws_iam_role.node.name)",
        "data.aws_iam_role.again.id",
        "data.aws_iam_role.again.name",
        'split("/", data.aws_iam_role.again.arn)[1]',
        "data.aws_iam_instance_profile.again.role_name",
    ],
)
def test_a_name_made_of_attributes_of_the_role_may_be_its_name(configuration: Check, role: str, name: str) -> None:
    own = NODE.replace('"aws_iam_role" "node" {\n', f'"aws_iam_role" "node" {{\n{name}')
    attached = (
        f'resource "aws_iam_role_policy_attachment" "a" {{\n  role = {role}\n  policy_arn = "{ADMINISTRATOR}"\n}}\n'
    )
    assert launches(configuration(own + LOOKED_UP + attached))[0] == 0


@pytest.mark.parametrize(
    "provisioner",
    [
        '"remote-exec" {\n    script = var.path\n  }',
        '"remote-exec" {\n    scripts = [var.path]\n  }',
        '"file" {\n    source = var.path\n    destination = "/opt"\n  }',
    ],
)
def test_a_file_that_nobody_knows_proves_nothing(configuration: Check, provisioner: str) -> None:
    sent = f"provisioner {provisioner}"
    assert launches(configuration('variable "path" {}\n' + NODE.replace("# more", sent)))[0] == 0
    host = "connection {\n    host = aws_instance.node.private_ip\n  }"
    other = f'resource "null_resource" "n" {{\n  {host}\n  {sent}\n}}\n'
    assert launches(configuration('variable "path" {}\n' + NODE + other))[0] == 0


WORKER = '{ worker = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy" }'


@pytest.mark.parametrize(
    "policies",
    [
        "var.more",
        f"merge({WORKER}, var.more)",
        f"merge([{WORKER}, var.more]...)",
        f"{{ for name, arn in merge({WORKER}, var.more) : name => arn }}",
        f"toset(reverse(values(merge({WORKER}, var.more))))",
        f"setsubtract(toset(values(merge({WORKER}, var.more))), [])",
        f"jsondecode(jsonencode(merge({WORKER}, var.more)))",
    ],
)
def test_policies_that_an_empty_input_may_add_qualify_a_launch(configuration: Check, policies: str) -> None:
    attached = f"""
variable "more" {{
  type    = map(string)
  default = {{}}
}}
resource "aws_iam_role_policy_attachment" "node" {{
  for_each   = {policies}
  role       = aws_iam_role.node.name
  policy_arn = each.value
}}
"""
    assert launches(configuration(NODE + attached)) == (0, 1, 0, 1)


ELSEWHERE = 'module "more" {\n  source = "git::https://example.com/more.git"\n  # input\n}\n'


@pytest.mark.parametrize(
    ("given", "proven"),
    [
        ("role = aws_iam_role.node.name", 0),
        ("roles = { app = [aws_iam_role.node] }", 0),
        ("target = aws_iam_instance_profile.node.role", 0),
        ('role_name = "app"', 0),
        ('roles = "other,${aws_iam_role.node.id}"', 0),
        ("count = var.more ? 1 : 0\n  role = aws_iam_role.node.id", 0),
        ("count = 0\n  role = aws_iam_role.node.id", 1),
        ("role_arn = aws_iam_role.node.arn", 1),
        ("profile = aws_iam_instance_profile.node.name", 1),
        ('name = "app"', 1),
    ],
)
def test_a_module_that_is_not_here_may_give_the_role_whose_name_it_gets_any_policy(
    configuration: Check, given: str, proven: int
) -> None:
    named = NODE.replace('"aws_iam_role" "node" {', '"aws_iam_role" "node" {\n  name = "app"')
    switch = 'variable "more" {\n  type = bool\n  default = false\n}\n'
    report = configuration(switch + named + ELSEWHERE.replace("# input", given))
    assert report.launches.proven == proven


@pytest.mark.parametrize(
    ("given", "proven"), [('"${aws_iam_role.node.name}"', 0), ('"for ${aws_iam_role.node.id}"', 0), ('"for nobody"', 1)]
)
def test_so_may_one_that_gets_an_unknown_name_in_a_text(configuration: Check, given: str, proven: int) -> None:
    report = configuration(NODE + ELSEWHERE.replace("# input", f"whose = {given}"))
    assert report.launches.proven == proven


@pytest.mark.parametrize(
    ("part", "proven"),
    [
        ("AWS::CloudFormation::Stack, Properties: {TemplateURL: 'https://x/y', Parameters: {R: !Ref Role}}", 0),
        ("AWS::CloudFormation::Stack, Properties: {TemplateURL: 'https://x/y', Parameters: {R: !GetAtt Role.Arn}}", 1),
        ("AWS::CloudFormation::CustomResource, Properties: {ServiceToken: x, Roles: [!Ref Role]}", 0),
        ("Custom::Attach, Properties: {ServiceToken: x, Role: !Sub '${Role}'}", 0),
        ("Acme::IAM::Attachment, Properties: {Role: app}", 0),
        ("Acme::IAM::Attachment, Properties: {Roles: !Join [',', [other, !Ref Role]]}", 0),
        ("Custom::Attach, Properties: {ServiceToken: x, Role: !GetAtt Role.Arn, Name: app}", 1),
    ],
)
def test_so_may_a_template_that_is_not_here_and_code_that_nobody_sees(template: Check, part: str, proven: int) -> None:
    assert template(f"{NAMED}{HOST}  Part: {{Type: {part}}}\n").launches.proven == proven


@pytest.mark.parametrize(("more", "proven"), [("", 0), ('UserData: {"Fn::Base64": echo}', 1)])
def test_user_data_that_is_copied_from_an_instance_proves_nothing(template: Check, more: str, proven: int) -> None:
    group = f"""\
  Configuration:
    Type: AWS::AutoScaling::LaunchConfiguration
    Properties:
      InstanceId: i-0123456789abcdef0
      IamInstanceProfile: !Ref Profile
      MetadataOptions: {{HttpTokens: required}}
      {more}
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties: {{LaunchConfigurationName: !Ref Configuration, MinSize: "1", MaxSize: "1"}}
"""
    assert template(ROLE + group).launches.proven == proven


def test_a_proof_says_what_fails_each_obligation(tmp_path: Path) -> None:
    text = "Resources:\n  Host: {Type: AWS::EC2::Instance, Properties: {MetadataOptions: {HttpTokens: optional}}}\n"
    (proof,) = checked(tmp_path, {str(tmp_path / "stack.yaml"): text.encode()}, "stack.yaml").proofs or ()
    said = {result.name: [reason for reason, _ in result.reasons] for result in proof.obligations}
    assert said["profile"] == ["Host launches without an instance profile"]
    assert said["metadata"] == ["Host allows IMDSv1"]
    assert {result.name for result in proof.obligations if result.status is ObligationStatus.FAILED} >= {
        "profile",
        "metadata",
    }


@pytest.mark.parametrize(("name", "proven"), [("shared-app", 1), ("app", 0)])
def test_a_profile_that_is_accepted_by_its_name_needs_no_declaration(tmp_path: Path, name: str, proven: int) -> None:
    (tmp_path / "stack.yaml").write_text(
        f"Resources:\n{HOST.replace('!Ref Profile', name)}",
        encoding="utf-8",
    )
    settings = SessionSettings(all_rules(), account=Account(None, ["shared-*"], []))
    assert Session(settings, str(tmp_path)).check(["."]).launches.proven == proven


@pytest.mark.parametrize(
    ("content", "proven"),
    [('"echo"', 1), ('base64encode("echo")', 1), ("var.script", 0), ("base64encode(var.script)", 0)],
)
def test_a_file_that_a_provisioner_sends_is_read_to_its_end(configuration: Check, content: str, proven: int) -> None:
    provisioner = f'  provisioner "file" {{\n    destination = "/x.sh"\n    content = {content}\n  }}\n'
    report = configuration('variable "script" {}\n' + NODE.replace("  # more\n", provisioner))
    assert report.launches.proven == proven


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("{IpAddress: {aws:SourceIp: 10.0.0.0/8}}", (0, 0, 0, 1)),
        ("{Bool: {aws:PrincipalIsAWSService: true}}", (1, 0, 0, 0)),
    ],
)
def test_a_condition_that_the_call_of_ec2_may_not_meet_leaves_the_trust_open(
    template: Check, condition: str, expected: tuple[int, int, int, int]
) -> None:
    role = ROLE.replace('Action: "sts:AssumeRole"', f'Action: "sts:AssumeRole", Condition: {condition}')
    assert launches(template(role + HOST)) == expected


@pytest.mark.parametrize(
    ("more", "failed"),
    [
        ('tags = { owner = "AKIAZ7QFAKE4XW2LTKPM" }', 0),
        (f'tags = {{ id = "AKIAZ7QFAKE4XW2LTKPM", aws_secret_access_key = "wJalrXUtnFAKE+{"FAKE" * 6}KL" }}', 1),
        ('user_data = "# AKIAZ7QFAKE4XW2LTKPM"', 1),
    ],
)
def test_the_id_of_a_key_in_a_tag_gives_an_instance_nothing(configuration: Check, more: str, failed: int) -> None:
    report = configuration(NODE.replace("# more", more))
    assert [finding.rule for finding in report.findings] == ["hardcoded-access-key"]
    assert launches(report) == (1 - failed, 0, failed, 0)


@pytest.mark.parametrize(("name", "proven"), [("shared-app", 1), ("app", 0)])
def test_a_role_that_is_accepted_by_its_name_needs_no_declaration(tmp_path: Path, name: str, proven: int) -> None:
    profile = f"  Profile: {{Type: AWS::IAM::InstanceProfile, Properties: {{Roles: [{name}]}}}}\n"
    (tmp_path / "stack.yaml").write_text(f"Resources:\n{profile}{HOST}", encoding="utf-8")
    settings = SessionSettings(all_rules(), account=Account(None, [], ["shared-*"]))
    assert Session(settings, str(tmp_path)).check(["."]).launches.proven == proven


def test_a_proof_says_which_input_fails_an_obligation(tmp_path: Path) -> None:
    text = (
        "Parameters: {Tokens: {Type: String, AllowedValues: [required, optional], Default: required}}\n"
        "Resources:\n  Host: {Type: AWS::EC2::Instance, Properties: {MetadataOptions: {HttpTokens: !Ref Tokens}}}\n"
    )
    (proof,) = checked(tmp_path, {str(tmp_path / "stack.yaml"): text.encode()}, "stack.yaml").proofs or ()
    said = {result.name: [reason for reason, _ in result.reasons] for result in proof.obligations}
    assert said["metadata"] == ['whether parameter Tokens is "optional": then Host allows IMDSv1']


def test_a_proof_names_the_key_in_user_data_that_fails_it(tmp_path: Path) -> None:
    script = "      UserData: !Base64 |\n        export AWS_ACCESS_KEY_ID=AKIAFAKEFAKEFAKEFAK2\n"
    report = checked(tmp_path, {str(tmp_path / "stack.yaml"): (ROLE + HOST + script).encode()}, "stack.yaml")
    (proof,) = report.proofs or ()
    (credentials,) = (result for result in proof.obligations if result.name == "credentials")
    assert credentials.status is ObligationStatus.FAILED
    assert next(reason for reason, _ in credentials.reasons).startswith(
        "the user data of Host holds an AWS access key id"
    )


def test_a_proof_names_each_policy_where_it_is_written(tmp_path: Path) -> None:
    inline = "      Policies:\n        - {PolicyName: a, PolicyDocument: {Statement: []}}\n"
    inline += "        - {PolicyName: b, PolicyDocument: {Statement: []}}\n"
    text = ROLE.replace("  Profile:\n", f"{inline}  Profile:\n", 1) + HOST
    text += "  Added:\n    Type: AWS::IAM::RolePolicy\n"
    text += "    Properties: {PolicyName: c, RoleName: !Ref Role, PolicyDocument: {Statement: []}}\n"
    (proof,) = checked(tmp_path, {str(tmp_path / "stack.yaml"): text.encode()}, "stack.yaml").proofs or ()
    (privileges,) = (result for result in proof.obligations if result.name == "privileges")
    assert [step.at.text.partition("\n")[0] for step in privileges.evidence] == [
        "{PolicyName: a, PolicyDocument: {Statement: []}}",
        "{PolicyName: b, PolicyDocument: {Statement: []}}",
        "Added",
    ]


@pytest.mark.parametrize("named", ["${aws_iam_role.node.name}", "node"])
def test_a_proof_shows_the_call_that_gives_the_role_a_policy_not_what_is_beside_it(tmp_path: Path, named: str) -> None:
    script = f"aws ec2 run-instances; aws iam put-role-policy --role-name {named} --policy-name x"
    text = NODE.replace("node" + '" {\n  assume', 'node" {\n  name = "node"\n  assume', 1)
    text += f'resource "null_resource" "n" {{\n  provisioner "local-exec" {{\n    command = "{script}"\n  }}\n}}\n'
    (tmp_path / "main.tf").write_text(text, encoding="utf-8")
    (proof,) = checked(tmp_path).proofs or ()
    (privileges,) = (result for result in proof.obligations if result.name == "privileges")
    assert [at.text for _, at in privileges.reasons if at is not None] == ["iam put-role-policy"]


@pytest.mark.parametrize(
    ("principal", "proven", "severity"),
    [
        ("Service: ec2.amazonaws.com", 1, "low"),
        ('Service: [ec2.amazonaws.com, !Sub "ec2.${AWS::URLSuffix}"]', 1, "low"),
        ('Service: ec2.amazonaws.com, AWS: "111122223333"', 0, "medium"),
    ],
)
@pytest.mark.parametrize("action", ['Action: "sts:*"', 'Action: "*"', "NotAction: sts:TagSession"])
def test_any_action_of_services_fails_no_launch(
    template: Check, action: str, principal: str, proven: int, severity: str
) -> None:
    role = ROLE.replace('Action: "sts:AssumeRole"', action).replace("Service: ec2.amazonaws.com", principal)
    report = template(role + HOST)
    assert report.launches.proven == proven
    assert [(found.rule, found.severity.word) for found in report.findings] == [("overbroad-trust", severity)]

"""Keys that come to an instance from elsewhere, through commands that only print, and keys in lists of words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conftest import failures, judged
from iplint.aws.keys import key_places
from iplint.value import HOLE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from iplint.finding import Report

    Check = Callable[..., Report]

SECRET = "Fake/Secret+2FakeSecret+2FakeSecret+2Fak"


@pytest.mark.parametrize(
    "script",
    [
        "export AWS_SECRET_ACCESS_KEY=H\n",
        "export AWS_SECRET_ACCESS_KEY=$(printf %s H)\n",
        "export AWS_SECRET_ACCESS_KEY=$(echo 'H' | base64 -d)\n",
        "export AWS_SECRET_ACCESS_KEY=`echo H`\n",
        "read -r AWS_SECRET_ACCESS_KEY <<< 'H'\n",
        "printf -v AWS_SECRET_ACCESS_KEY '%s%s' x H\n",
        "printf 'aws_secret_access_key=%s\\n' 'H' >> settings\n",
        "K=H\nexport AWS_SECRET_ACCESS_KEY=$K\n",
        'K="H"\nL=${K}\nexport AWS_SECRET_ACCESS_KEY="$L"\n',
        "$k = 'H'\n$env:AWS_SECRET_ACCESS_KEY = $k\n",
        "A=x\nB=H\nexport AWS_SECRET_ACCESS_KEY=$A$B\n",
        "A=x\nA+=H\nexport AWS_SECRET_ACCESS_KEY=${A}y\n",
        "A=H\nA+=x\nexport AWS_SECRET_ACCESS_KEY=$A\n",
        'K=H\nexport AWS_SECRET_ACCESS_KEY=$(printf %s "$K")\n',
        "K=H\nprintf 'aws_secret_access_key=%s\\n' \"$K\" >> settings\n",
        "set K=H\r\nset AWS_SECRET_ACCESS_KEY=%K%\r\n",
    ],
)
def test_what_is_only_printed_is_taken_in(script: str) -> None:
    flat = script.replace("H", HOLE)
    assert any(start <= flat.index(HOLE) < end for _, start, end in key_places(flat))


@pytest.mark.parametrize(
    "script",
    [
        "export AWS_SECRET_ACCESS_KEY=$(aws ssm get-parameter --name H)\n",
        "export AWS_SECRET_ACCESS_KEY=$(echo H | aws kms decrypt --ciphertext-blob fileb:///dev/stdin)\n",
        "K=$(aws ssm get-parameter --name H)\nexport AWS_SECRET_ACCESS_KEY=$K\n",
        "export AWS_SECRET_ACCESS_KEY=$(echo x) OTHER=H\n",
        "K=x\nexport AWS_SECRET_ACCESS_KEY=$K\nL=H\n",
        "K=H\nK=x\nexport AWS_SECRET_ACCESS_KEY=$K\n",
        "F=H\nprintf 'aws_secret_access_key=%s\\n' \"$K\" >> $F\n",
    ],
)
def test_what_a_command_fetches_is_not(script: str) -> None:
    flat = script.replace("H", HOLE)
    assert not any(start <= flat.index(HOLE) < end for _, start, end in key_places(flat))


FETCH = "$(aws ssm get-parameter --name /k --query Parameter.Value --output text)"


@pytest.mark.parametrize(
    ("script", "found"),
    [
        (f"export AWS_SECRET_ACCESS_KEY={FETCH}\n", 1),
        (f'export AWS_SECRET_ACCESS_KEY="{FETCH}"\n', 1),
        ("export AWS_SECRET_ACCESS_KEY=`curl -s http://vault/k`\n", 1),
        (f"K={FETCH}\nexport AWS_SECRET_ACCESS_KEY=$K\n", 1),
        (f"K={FETCH}\nexport AWS_SECRET_ACCESS_KEY=$(echo $K | jq -r .secret)\n", 1),
        (f"docker run -e AWS_SECRET_ACCESS_KEY={FETCH} image\n", 1),
        ("docker run -e AWS_SECRET_ACCESS_KEY=$AWS_SECRET_ACCESS_KEY image\n", 0),
        (f"# export AWS_SECRET_ACCESS_KEY={FETCH}\n", 0),
        (f"export AWS_ACCESS_KEY_ID={FETCH}\n", 0),
        (f"curl http://$MD/iam/security-credentials/\nexport AWS_SECRET_ACCESS_KEY={FETCH}\n", 1),
        (
            "K=$(aws sts assume-role --role-arn r)\nexport AWS_SECRET_ACCESS_KEY=$(jq .S <<< $K)\n",
            0,
        ),
        (f"export AWS_SECRET_ACCESS_KEY={FETCH}\nexport AWS_SESSION_TOKEN={FETCH}\n", 0),
        ("export AWS_SECRET_ACCESS_KEY=$(vault read -field=secret_key aws/creds/web)\n", 0),
        ("export AWS_SECRET_ACCESS_KEY=$(vault kv get -field=k secret/web)\n", 1),
        ("K=$(curl http://169.254.170.2$U)\nexport AWS_SECRET_ACCESS_KEY=$(echo $K | jq -r .SecretAccessKey)\n", 0),
    ],
)
def test_a_key_that_a_command_fetches_is_undecided(template: Check, script: str, found: int) -> None:
    host = "Resources:\n  W:\n    Type: AWS::EC2::Instance\n    Properties:\n      UserData: !Base64 |\n"
    lines = "".join(f"        {line}\n" for line in ("#!/bin/sh", *script.splitlines()))
    report = template(host + lines, rules=["access-key-parameter-on-instance"])
    assert [str(finding.verdict) for finding in report.findings] == ["undecided"] * found


KEY_RULES = ["hardcoded-access-key", "access-key-parameter-on-instance"]
MADE_UP = "wFAKEp7Qz/K3mDENG+bPxRfiCYzzFAKEkey45Abz"


@pytest.mark.parametrize(
    ("script", "rule"),
    [
        (f"export AWS_SECRET_ACCESS_KEY=$(echo {MADE_UP[:9]}_{MADE_UP[9:]} | tr -d _)", "hardcoded-access-key"),
        (f"export AWS_SECRET_ACCESS_KEY=`echo '{MADE_UP[:9]}-{MADE_UP[9:]}' | sed s/-//`", "hardcoded-access-key"),
        (f"K={MADE_UP[:9]}_{MADE_UP[9:]}\nexport AWS_SECRET_ACCESS_KEY=$(echo $K | tr -d _)", "hardcoded-access-key"),
        (
            f"aws configure set aws_secret_access_key $(echo {MADE_UP[:9]}_{MADE_UP[9:]} | tr -d _)",
            "hardcoded-access-key",
        ),
        # What else a command takes away, nobody sees without running it.
        (f"export AWS_SECRET_ACCESS_KEY=$(echo {MADE_UP}x | cut -c1-40)", "access-key-parameter-on-instance"),
        (f"K={MADE_UP}xyz\nexport AWS_SECRET_ACCESS_KEY=${{K%xyz}}", "access-key-parameter-on-instance"),
        (f"K={MADE_UP}xyz\nexport AWS_SECRET_ACCESS_KEY=${{K:0:40}}", "access-key-parameter-on-instance"),
        (
            f"K={MADE_UP[:9]}xyz{MADE_UP[9:]}\nexport AWS_SECRET_ACCESS_KEY=${{K/xyz/}}",
            "access-key-parameter-on-instance",
        ),
        ("export AWS_SECRET_ACCESS_KEY=$(/opt/get-key)", "access-key-parameter-on-instance"),
        ("export AWS_REGION=$(echo us-east-1a | sed 's/.$//')\nexport AWS_SECRET_ACCESS_KEY=", None),
        ("export AWS_SECRET_ACCESS_KEY=${AWS_SECRET_ACCESS_KEY:-}", None),
    ],
)
def test_a_key_that_a_command_changes_is_not_passed_over(
    template: Check, configuration: Check, script: str, rule: str | None
) -> None:
    host = "Resources:\n  W:\n    Type: AWS::EC2::Instance\n    Properties:\n      UserData: !Base64 |\n"
    lines = "".join(f"        {line}\n" for line in ("#!/bin/sh", *script.splitlines()))
    written = script.replace("${", "$${").replace("%{", "%%{")
    block = f'resource "aws_instance" "w" {{\n  user_data = <<-EOT\n#!/bin/sh\n{written}\nEOT\n}}\n'
    for report in (configuration(block, rules=KEY_RULES), template(host + lines, rules=KEY_RULES)):
        assert [finding.rule for finding in report.findings] == ([rule] if rule is not None else [])


@pytest.mark.parametrize(
    "part",
    [
        f"R: {{Type: AWS::ECS::TaskDefinition, Properties: {{ContainerDefinitions: [{{Command: [run, --secret-key, "
        f"'{SECRET}']}}]}}}}",
        "R: {Type: AWS::EC2::Instance, Metadata: {'AWS::CloudFormation::Init': {c: {commands: {a: {command: "
        f"[aws, configure, set, aws_secret_access_key, '{SECRET}']}}}}}}}}}}}}",
        f"R: {{Type: AWS::S3::Bucket}}\nOutputs:\n  SecretAccessKey: {{Value: '{SECRET}'}}",
    ],
)
def test_a_key_is_found_behind_its_name_in_a_template(template: Check, part: str) -> None:
    report = template(f"Resources:\n  {part}\n", rules=["hardcoded-access-key"])
    assert len(failures(report)) == 1


@pytest.mark.parametrize(
    "text",
    [
        f'locals {{\n  command = ["aws", "configure", "set", "aws_secret_access_key", "{SECRET}"]\n}}\n',
        'resource "aws_batch_job_definition" "a" {\n  container_properties = jsonencode({ command = ["--secret-key", '
        f'"{SECRET}"] }})\n}}\n',
        f'output "secret_key" {{\n  value = "{SECRET}"\n}}\n',
    ],
)
def test_a_key_is_found_behind_its_name_in_a_configuration(configuration: Check, text: str) -> None:
    report = configuration(text, rules=["hardcoded-access-key"])
    assert len(failures(report)) == 1


@pytest.mark.parametrize("word", ["monkey", "--key", "tokens", "secret-key-file", "access_keys"])
def test_other_words_name_no_key(template: Check, word: str) -> None:
    report = template(
        f"Resources:\n  R: {{Type: AWS::ECS::TaskDefinition, Properties: {{ContainerDefinitions: [{{Command: [{word}, "
        f"'{SECRET}']}}]}}}}\n",
        rules=["hardcoded-access-key"],
    )
    assert not failures(report)


def test_a_parameter_in_a_list_of_words_is_named_by_the_word_before(template: Check) -> None:
    report = template(
        "Parameters: {K: {Type: String}}\nResources:\n  W:\n    Type: AWS::EC2::Instance\n    Metadata:\n"
        "      AWS::CloudFormation::Init:\n        c:\n          commands:\n            a:\n"
        "              command: [aws, configure, set, aws_secret_access_key, !Ref K]\n",
        rules=["access-key-parameter-on-instance"],
    )
    assert failures(report) == [("access-key-parameter-on-instance", "W", 10)]


INSTANCE = 'resource "aws_instance" "app" {\n  ami = "ami-0123456789abcdef0"\n  user_data ='
MADE = """
resource "aws_iam_user" "own" {
  name = "own"
}
resource "aws_iam_access_key" "own" {
  user = aws_iam_user.own.name
}
resource "terraform_data" "own" {
  input = aws_iam_access_key.own
}
module "own" {
  source = "./own"
  key    = aws_iam_access_key.own.secret
}
locals {
  key    = aws_iam_access_key.own
  secret = { value = aws_iam_access_key.own.secret }
}
"""


@pytest.mark.parametrize(
    "user_data",
    [
        "jsonencode(aws_iam_access_key.own)",
        "yamlencode({ keys = [aws_iam_access_key.own] })",
        "jsonencode(local.key)",
        "jsonencode(local.secret)",
        "yamlencode(merge({ name = 1 }, local.secret))",
        "jsonencode(module.own)",
        "base64encode(jsonencode(module.own.settings))",
        "jsonencode(terraform_data.own.output)",
        "\"#!/bin/sh\\necho '${jsonencode(aws_iam_access_key.own)}'\"",
        'join("\\n", [for name, value in aws_iam_access_key.own : "${name}=${value}"])',
        '"K=${join(" ", [for value in values(aws_iam_access_key.own) : tostring(value)])}"',
        '"%{for name, value in local.key}${name}=${value} %{endfor}"',
        '"K=${join(" ", [for name, value in { for name, value in local.key : upper(name) => value } : value])}"',
        '"K=${lookup(aws_iam_access_key.own, "secret", "")}"',
        '"K=${merge(aws_iam_access_key.own, { status = 1 })["secret"]}"',
        '"K=${values(aws_iam_access_key.own)[5]}"',
    ],
)
def test_a_generated_key_is_taken_in_with_the_value_that_holds_it(configuration: Check, user_data: str) -> None:
    own = 'variable "key" {}\noutput "settings" {\n  value = { deep = [var.key] }\n}\n'
    report = configuration({"main.tf": f"{MADE}{INSTANCE} {user_data}\n}}\n", "own/main.tf": own})
    found = [(rule, address) for rule, address, _ in failures(report) if "generated" in rule]
    assert found == [("generated-access-key-on-instance", "aws_instance.app")]
    assert report.launches.failed == 1


@pytest.mark.parametrize(
    "user_data",
    [
        "jsonencode({ user = aws_iam_access_key.own.user })",
        "jsonencode(local.other)",
        'join(" ", [for name, value in aws_iam_user.own : "${name}=${value}"])',
        'lookup(aws_iam_access_key.own, "user", "")',
    ],
)
def test_what_else_a_value_holds_is_no_key(configuration: Check, user_data: str) -> None:
    other = "locals {\n  other = { user = aws_iam_user.own }\n}\n"
    report = configuration(
        {"main.tf": f"{MADE}{other}{INSTANCE} {user_data}\n}}\n", "own/main.tf": 'variable "key" {}'}
    )
    assert [rule for rule, _, _ in failures(report) if "generated" in rule] == []


def test_a_key_among_what_instances_are_made_of_is_found_in_each_that_takes_it(configuration: Check) -> None:
    report = configuration(
        {
            "main.tf": 'resource "aws_instance" "web" {\n  for_each = {\n    a = "echo"\n'
            f'    b = "export AWS_SECRET_ACCESS_KEY={SECRET}"\n  }}\n  user_data = each.value\n}}\n'
        },
        rules=["hardcoded-access-key"],
    )
    assert failures(report) == [("hardcoded-access-key", 'aws_instance.web["a"]', 4)]
    assert report.launches.failed == 2


@pytest.mark.parametrize(
    "collection",
    [
        '{ a = "echo ${var.aws_secret_access_key}", b = "true" }',
        '{ for name in ["a", "b"] : name => "echo ${var.aws_secret_access_key}" }',
        '{ a = base64encode("echo ${var.aws_secret_access_key}"), b = "true" }',
    ],
)
def test_an_input_among_what_instances_are_made_of_is_taken_in(configuration: Check, collection: str) -> None:
    variable = 'variable "aws_secret_access_key" {\n  default = ""\n}\n'
    instances = f'resource "aws_instance" "web" {{\n  for_each = {collection}\n  user_data = each.value\n}}\n'
    report = configuration({"main.tf": variable + instances}, rules=["access-key-parameter-on-instance"])
    assert {rule for rule, _, _ in failures(report)} == {"access-key-parameter-on-instance"}
    assert report.launches.failed == 2


def test_every_launch_of_a_loop_takes_in_its_text(template: Check) -> None:
    report = template(
        "Transform: AWS::LanguageExtensions\nParameters: {AwsSecretAccessKey: {Type: String, Default: none}}\n"
        "Resources:\n  Fn::ForEach::Launches:\n    - Name\n    - [A, B]\n    - W${Name}:\n"
        "        Type: AWS::EC2::Instance\n        Properties:\n"
        "          UserData: {Fn::Base64: !Sub 'export AWS_SECRET_ACCESS_KEY=${AwsSecretAccessKey}'}\n",
        rules=["access-key-parameter-on-instance"],
    )
    assert failures(report) == [("access-key-parameter-on-instance", "WA", 10)]
    assert report.launches.failed == 2


# What a function makes of a key opens as much as the key.
ENCODING = [
    "base64encode(KEY)",
    "base64encode(jsonencode({ secret = KEY }))",
    'base64gzip("secret=${KEY}")',
    "base64encode(base64encode(KEY))",
    'textencodebase64(KEY, "UTF-16LE")',
    "urlencode(KEY)",
    'replace(KEY, "/", "%2F")',
    "substr(KEY, 0, 20)",
    'join("", split("/", KEY))',
    "strrev(KEY)",
    "upper(trimspace(KEY))",
    'format("%-60s", KEY)',
    'coalesce(KEY, "none")',
]


@pytest.mark.parametrize("key", ["aws_iam_access_key.k.secret", "var.aws_secret_access_key"])
@pytest.mark.parametrize("expression", ENCODING)
@pytest.mark.parametrize("written", ["directly", "in a local"])
def test_what_a_function_makes_of_a_key_is_a_key(configuration: Check, expression: str, key: str, written: str) -> None:
    made = expression.replace("KEY", key)
    used = made if written == "directly" else "local.made"
    report = configuration(
        'resource "aws_iam_access_key" "k" {\n  user = "u"\n}\nvariable "aws_secret_access_key" {\n  type = string\n}\n'
        f"locals {{\n  made = {made}\n}}\n"
        f'resource "aws_instance" "i" {{\n  user_data = "#!/bin/sh\\n/opt/start ${{{used}}}"\n}}\n',
        rules=["generated-access-key-on-instance", "access-key-parameter-on-instance"],
    )
    assert len(failures(report)) == 1


@pytest.mark.parametrize(
    "expression",
    [
        "sha256(KEY)",
        "length(KEY)",
        'KEY != "" ? "on" : "off"',
        'trimspace(KEY) == "" ? "off" : "on"',
        "md5(upper(KEY))",
    ],
)
@pytest.mark.parametrize("key", ["aws_iam_access_key.k.secret", "var.aws_secret_access_key"])
def test_what_a_key_only_decides_is_no_key(configuration: Check, expression: str, key: str) -> None:
    made = expression.replace("KEY", key)
    report = configuration(
        'resource "aws_iam_access_key" "k" {\n  user = "u"\n}\nvariable "aws_secret_access_key" {\n  type = string\n}\n'
        f'resource "aws_instance" "i" {{\n  user_data = "#!/bin/sh\\n/opt/start ${{{made}}}"\n}}\n',
        rules=["generated-access-key-on-instance", "access-key-parameter-on-instance"],
    )
    assert failures(report) == []


@pytest.mark.parametrize("content", ["KEY", '"echo ${KEY}"', "upper(KEY)", 'base64encode("echo ${KEY}")'])
@pytest.mark.parametrize("settings", ["", "gzip = false\n  base64_encode = false\n"])
def test_what_a_function_makes_of_a_key_gets_to_an_instance_in_a_document(
    configuration: Check, content: str, settings: str
) -> None:
    made = content.replace("KEY", "aws_iam_access_key.k.secret")
    report = configuration(
        'resource "aws_iam_access_key" "k" {\n  user = "u"\n}\n'
        f'data "cloudinit_config" "c" {{\n  {settings}part {{\n    content = {made}\n  }}\n}}\n'
        'resource "aws_instance" "i" {\n  user_data_base64 = data.cloudinit_config.c.rendered\n}\n',
        rules=["generated-access-key-on-instance"],
    )
    assert (len(failures(report)), report.launches.failed) == (1, 1)


@pytest.mark.parametrize(
    "part",
    [
        "!Base64 {Fn::GetAtt: [Key, SecretAccessKey]}",
        "!Base64 {Fn::Sub: 'secret=${Key.SecretAccessKey}'}",
        "{Fn::Base64: !Base64 {Fn::GetAtt: [Key, SecretAccessKey]}}",
        "!Base64 {Ref: AwsSecretAccessKey}",
        "!Select [0, !Split ['/', !GetAtt Key.SecretAccessKey]]",
    ],
)
def test_what_cloudformation_encodes_of_a_key_is_a_key(template: Check, part: str) -> None:
    report = template(
        "Parameters: {AwsSecretAccessKey: {Type: String, NoEcho: true}}\nResources:\n"
        "  Key: {Type: AWS::IAM::AccessKey, Properties: {UserName: u}}\n  W:\n    Type: AWS::EC2::Instance\n"
        f"    Properties:\n      UserData:\n        Fn::Base64: !Join ['', ['#!/bin/sh /opt/start ', {part}]]\n",
        rules=["generated-access-key-on-instance", "access-key-parameter-on-instance"],
    )
    assert len(failures(report)) == 1


MAKING = "  Key: {Type: AWS::IAM::AccessKey, Properties: {UserName: u}}\n"
KEPT = (
    "  Kept: {Type: AWS::SSM::Parameter, Properties: {Name: /app/key, Type: String, "
    "Value: !GetAtt Key.SecretAccessKey}}\n"
    "  Secret: {Type: AWS::SecretsManager::Secret, Properties: {SecretString: !GetAtt Key.SecretAccessKey}}\n"
    "  Other: {Type: AWS::SSM::Parameter, Properties: {Type: String, Name: /app/other, Value: nothing}}\n"
)


@pytest.mark.parametrize(
    ("part", "found"),
    [
        ("!GetAtt Kept.Value", 1),
        ("!GetAtt Other.Value", 0),
        ("!GetAtt Kept.Type", 0),
        ("'{{resolve:ssm:/app/key}}'", 1),
        ("'{{resolve:ssm:/app/key:1}}'", 1),
        ("'{{resolve:ssm:/app/key2}}'", 0),
        ("'{{resolve:ssm:/app/other}}'", 0),
        ("!Sub '{{resolve:ssm:${Kept}}}'", 1),
        ("!Sub '{{resolve:secretsmanager:${Secret}}}'", 1),
        ("!Sub '{{resolve:secretsmanager:${Secret}:SecretString:key}}'", 1),
        ("!Join ['', ['{{resolve:secretsmanager:', !Ref Secret, '}}']]", 1),
        ("!Sub '{{resolve:secretsmanager:${Secrets}}}'", 0),
    ],
)
def test_a_generated_key_that_a_template_keeps_and_reads_is_taken_in(template: Check, part: str, found: int) -> None:
    report = template(
        f"Parameters: {{Secrets: {{Type: String}}}}\nResources:\n{MAKING}{KEPT}"
        "  W:\n    Type: AWS::EC2::Instance\n    Properties:\n"
        f"      UserData:\n        Fn::Base64: !Join ['', ['#!/bin/sh /opt/start ', {part}]]\n",
        rules=["generated-access-key-on-instance"],
    )
    assert len(failures(report)) == found


@pytest.mark.parametrize(
    ("value", "name", "found"),
    [
        ("!GetAtt Key.SecretAccessKey", "app-key", 1),
        ("!Base64 {Fn::GetAtt: [Key, SecretAccessKey]}", "app-key", 1),
        ("!Sub 'secret=${Key.SecretAccessKey}'", "app-key", 1),
        ("!GetAtt Key.SecretAccessKey", "!Sub '${AWS::StackName}-key'", 1),
        ("!Sub '${Key}'", "app-other", 0),
        ("u", "app-key", 0),
    ],
)
def test_a_generated_key_that_another_template_exports_is_taken_in(
    tmp_path: Path, value: str, name: str, found: int
) -> None:
    exporting = f"Resources:\n{MAKING}Outputs:\n  Out: {{Value: {value}, Export: {{Name: {name}}}}}\n"
    importing = (
        "Resources:\n  W:\n    Type: AWS::EC2::Instance\n    Properties:\n"
        "      UserData:\n        Fn::Base64: !Join ['', ['#!/bin/sh /opt/start ', !ImportValue app-key]]\n"
    )
    (tmp_path / "keys.yaml").write_text(exporting, encoding="utf-8")
    (tmp_path / "web.yaml").write_text(importing, encoding="utf-8")
    report = judged(tmp_path, rules=["generated-access-key-on-instance"])
    assert len(failures(report)) == found


STORING = """
resource "aws_iam_access_key" "k" {
  user = "u"
}
resource "aws_ssm_parameter" "kept" {
  name  = "/app/key"
  type  = "SecureString"
  value = aws_iam_access_key.k.secret
}
resource "aws_secretsmanager_secret" "kept" {
  name = "app"
}
resource "aws_secretsmanager_secret_version" "kept" {
  secret_id     = aws_secretsmanager_secret.kept.id
  secret_string = aws_iam_access_key.k.secret
}
"""


@pytest.mark.parametrize(
    ("read", "used", "found"),
    [
        ('"aws_ssm_parameter" "d" {\n  name = aws_ssm_parameter.kept.name', "aws_ssm_parameter.d.value", 1),
        ('"aws_ssm_parameter" "d" {\n  name = "/app/key"', "aws_ssm_parameter.d.value", 1),
        ('"aws_ssm_parameter" "d" {\n  name = "/app/key"', "aws_ssm_parameter.d.arn", 0),
        ('"aws_ssm_parameter" "d" {\n  name = "/app/other"', "aws_ssm_parameter.d.value", 0),
        (
            '"aws_secretsmanager_secret_version" "d" {\n  secret_id = aws_secretsmanager_secret.kept.id',
            "aws_secretsmanager_secret_version.d.secret_string",
            1,
        ),
        (
            '"aws_secretsmanager_secret_version" "d" {\n  secret_id = "app"',
            "aws_secretsmanager_secret_version.d.secret_binary",
            1,
        ),
    ],
)
def test_a_generated_key_that_a_data_source_reads_again_is_taken_in(
    configuration: Check, read: str, used: str, found: int
) -> None:
    host = f'resource "aws_instance" "i" {{\n  user_data = "#!/bin/sh\\n/opt/start ${{data.{used}}}"\n}}\n'
    report = configuration(f"{STORING}data {read}\n}}\n{host}", rules=["generated-access-key-on-instance"])
    assert len(failures(report)) == found


STACK = """
resource "aws_iam_role" "r" {
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}
resource "aws_iam_instance_profile" "p" {
  role = aws_iam_role.r.name
}
resource "aws_cloudformation_stack" "s" {
  name = "app"
  template_body = jsonencode({
    Resources = { U = { Type = "AWS::IAM::User" }, K = { Type = "KIND", Properties = { UserName = { Ref = "U" } } } }
    Outputs   = { S = { Value = { "Fn::GetAtt" = ["K", "SecretAccessKey"] } } }
  })
}
resource "aws_instance" "i" {
  iam_instance_profile = aws_iam_instance_profile.p.name
  metadata_options {
    http_tokens = "required"
  }
  USED
}
"""


@pytest.mark.parametrize(
    ("kind", "used", "proven"),
    [
        ("AWS::IAM::AccessKey", 'user_data = "#!/bin/sh\\nstart ${aws_cloudformation_stack.s.outputs["S"]}"', 0),
        (
            "AWS::IAM::AccessKey",
            'user_data_base64 = base64encode("#!/bin/sh\\nstart ${aws_cloudformation_stack.s.outputs.S}")',
            0,
        ),
        ("AWS::IAM::AccessKey", 'user_data = "start ${jsonencode(aws_cloudformation_stack.s.outputs)}"', 0),
        ("AWS::IAM::AccessKey", 'user_data = "start ${lookup(aws_cloudformation_stack.s.outputs, "S", "")}"', 0),
        ("AWS::IAM::AccessKey", 'user_data = "start ${[for v in aws_cloudformation_stack.s.outputs : v][0]}"', 0),
        ("AWS::IAM::AccessKey", 'user_data = "#!/bin/sh\\nstart ${aws_cloudformation_stack.s.id}"', 1),
        ("AWS::S3::Bucket", 'user_data = "#!/bin/sh\\nstart ${aws_cloudformation_stack.s.outputs["S"]}"', 1),
    ],
)
def test_a_launch_beside_the_output_of_a_stack_that_creates_a_key_is_not_proven(
    configuration: Check, kind: str, used: str, proven: int
) -> None:
    report = configuration(STACK.replace("KIND", kind).replace("USED", used))
    assert report.launches.proven == proven
    assert report.launches.undecided == 1 - proven

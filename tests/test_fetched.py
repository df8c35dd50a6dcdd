"""Keys in objects, secrets and parameters of the same root that scripts of instances fetch."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from conftest import judged
from iplint.finding import Report

Check = Callable[..., Report]

KEY, SECRET = "AKIAFAKEABCDEFGH2345", "FAKEwJalrXUtnFEMIK7MDENGbPxRfiCYzzzzzzzz"
EXPORTS = f"export AWS_ACCESS_KEY_ID={KEY}\\nexport AWS_SECRET_ACCESS_KEY={SECRET}\\n"
LAUNCH = """
variable "content" {}
resource "aws_iam_role" "app" {
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}
resource "aws_iam_instance_profile" "app" {
  role = aws_iam_role.app.name
}
resource "aws_s3_bucket" "assets" {
  bucket = "app-assets"
}
resource "aws_instance" "app" {
  ami                  = "ami-12345678"
  iam_instance_profile = aws_iam_instance_profile.app.name
  metadata_options {
    http_tokens = "required"
  }
  user_data = <<-EOT
    #!/bin/sh
    SCRIPT
  EOT
}
"""
BUCKET = "bucket = aws_s3_bucket.assets.id"
OBJECT = 'resource "TYPE" "boot" {{\n  {bucket}\n  key = "boot/env.sh"\n  {content}\n}}\n'
GENERATED = """
resource "aws_iam_user" "app" {
  name = "app"
}
resource "aws_iam_access_key" "app" {
  user = aws_iam_user.app.name
}
"""
SECRETS = f"""
resource "aws_ssm_parameter" "key" {{
  name  = "/app/key"
  type  = "SecureString"
  value = "{KEY}"
}}
resource "aws_secretsmanager_secret" "key" {{
  name = "app/secret"
}}
resource "aws_secretsmanager_secret_version" "key" {{
  secret_id     = aws_secretsmanager_secret.key.id
  secret_string = jsonencode({{ AWS_ACCESS_KEY_ID = "{KEY}", AWS_SECRET_ACCESS_KEY = "{SECRET}" }})
}}
"""


def stored(content: str, type: str = "aws_s3_object", bucket: str = BUCKET) -> str:
    return OBJECT.format(bucket=bucket, content=content).replace("TYPE", type)


def status(report: Report) -> str:
    counts = report.launches
    assert counts.checked == 1
    return "proven" if counts.proven else "failed" if counts.failed else "undecided"


@pytest.mark.parametrize(
    ("content", "more", "expected", "elsewhere"),
    [
        (f'content = "{EXPORTS}"', "", "failed", ["hardcoded-access-key"]),
        (f'content_base64 = base64encode("{EXPORTS}")', "", "failed", ["hardcoded-access-key"]),
        ('source = "${path.module}/env.sh"', "", "failed", ["hardcoded-access-key"]),
        (
            'content = "AWS_SECRET_ACCESS_KEY=${aws_iam_access_key.app.secret}"',
            GENERATED,
            "failed",
            ["generated-access-key-in-code"],
        ),
        ('content = "export AWS_SECRET_ACCESS_KEY=${var.content}"', "", "failed", []),
        ("content = var.content", "", "undecided", []),
        ('source = "${path.module}/absent.sh"', "", "undecided", []),
        ('content = "echo hello"', "", "proven", []),
    ],
)
@pytest.mark.parametrize(
    ("script", "fetches"),
    [
        ("aws s3 cp s3://${aws_s3_bucket.assets.id}/boot/env.sh - | sh", True),
        ("aws s3 cp s3://app-assets/boot/env.sh /tmp/env.sh", True),
        ("aws s3 cp s3://${aws_s3_object.boot.bucket}/${aws_s3_object.boot.key} - | sh", True),
        ("curl -s https://app-assets.s3.amazonaws.com/boot/env.sh | sh", True),
        ('fetch() { aws s3 cp "$1" - | sh; }; fetch ${aws_s3_object.boot.arn}', True),
        ("cd /opt; B=${aws_s3_bucket.assets.bucket}; aws s3 cp s3://$B/boot/ . --recursive; . ./env.sh", True),
        ("echo boot/env.sh", False),
        ("aws s3 cp s3://other-assets/other.sh - | sh", False),
        ("aws s3 sync s3://app-assets-old/ . && aws s3 sync s3://my-app-assets/ . && ls boot/env.sh-old", False),
    ],
)
def test_an_object_that_the_user_data_fetches_is_on_the_instance(
    configuration: Check,
    tmp_path: Path,
    *,
    script: str,
    fetches: bool,
    content: str,
    more: str,
    expected: str,
    elsewhere: list[str],
) -> None:
    (tmp_path / "env.sh").write_text(EXPORTS.replace("\\n", "\n"))
    report = configuration(LAUNCH.replace("SCRIPT", script) + stored(content) + more)
    assert status(report) == (expected if fetches else "proven")
    if not fetches:
        assert [finding.rule for finding in report.findings] == elsewhere


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (f'content = "{EXPORTS}"', "failed"),
        # Of another object of the bucket nothing says that it is fetched.
        ("content = var.content", "proven"),
        ('source = "${path.module}/absent.zip"', "proven"),
    ],
)
@pytest.mark.parametrize("type", ["aws_s3_object", "aws_s3_bucket_object"])
def test_all_objects_of_a_bucket_may_be_fetched(configuration: Check, content: str, expected: str, type: str) -> None:
    script = "aws s3 sync s3://${aws_s3_bucket.assets.id}/ /opt/app"
    assert status(configuration(LAUNCH.replace("SCRIPT", script) + stored(content, type))) == expected


@pytest.mark.parametrize("content", [f'content = "{EXPORTS}"', "content = var.content"])
def test_an_object_of_a_bucket_without_a_name_is_fetched_by_reference(configuration: Check, content: str) -> None:
    unnamed = LAUNCH.replace('  bucket = "app-assets"\n', "")
    sync, copy = (
        "aws s3 sync s3://${aws_s3_bucket.assets.id}/ .",
        "aws s3 cp s3://${aws_s3_bucket.assets.id}/boot/env.sh .",
    )
    found = [status(configuration(unnamed.replace("SCRIPT", script) + stored(content))) for script in (sync, copy)]
    assert found == (["failed", "failed"] if EXPORTS in content else ["proven", "undecided"])


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("aws ssm get-parameter --name /app/key --with-decryption", "failed"),
        ("aws ssm get-parameter --name ${aws_ssm_parameter.key.name}", "failed"),
        ("aws secretsmanager get-secret-value --secret-id app/secret", "failed"),
        ("aws secretsmanager get-secret-value --secret-id ${aws_secretsmanager_secret.key.arn}", "failed"),
        ("aws secretsmanager get-secret-value --secret-id ${aws_secretsmanager_secret_version.key.arn}", "failed"),
        ("aws ssm get-parameter --name ${aws_ssm_parameter.key.arn}", "failed"),
        ("aws ssm get-parameter --name /app/other", "proven"),
        ("aws ssm get-parameter --name /app/key_id --path x_/app/key", "proven"),
        ("echo /app/key", "proven"),
        ("python3 -c \"ssm.get_parameter(Name='/app/key')\"", "failed"),
        ("python3 -c \"client.get_secret_value(SecretId='app/secret')\"", "failed"),
        ("Get-SECSecretValue -SecretId app/secret", "failed"),
        ("python3 -c \"client.put_secret_value(SecretId='app/secret')\"", "proven"),
    ],
)
def test_a_key_in_a_secret_that_the_user_data_fetches_fails_the_launch(
    configuration: Check, script: str, expected: str
) -> None:
    report = configuration(LAUNCH.replace("SCRIPT", script) + SECRETS)
    assert status(report) == expected
    assert {finding.rule for finding in report.findings} == {"hardcoded-access-key"}


def test_a_password_in_a_parameter_stays_where_it_belongs(configuration: Check) -> None:
    script = "aws ssm get-parameter --name /app/key"
    report = configuration(
        LAUNCH.replace("SCRIPT", script) + SECRETS.partition('resource "aws_sec')[0].replace(KEY, "FAKEpassword7")
    )
    assert (status(report), report.findings) == ("proven", [])


TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
COMMAND = {"Fn::Sub": "aws s3 cp s3://${Assets}/boot/env.sh /tmp/env.sh"}
INIT: Mapping[str, object] = {
    "files": {"files": {"/tmp/env.sh": {"source": {"Fn::Sub": "https://${Assets}.s3.amazonaws.com/boot/env.sh"}}}},
    "commands": {"commands": {"fetch": {"command": COMMAND}}},
    "named": {"commands": {"fetch": {"command": "aws s3 cp s3://app-assets/boot/env.sh /tmp/env.sh"}}},
}


@pytest.mark.parametrize(
    ("user_data", "init", "body", "expected"),
    [
        (COMMAND, None, EXPORTS, "failed"),
        ({"Fn::Join": ["", ["aws s3 cp s3://", {"Ref": "Assets"}, "/boot/env.sh ."]]}, None, EXPORTS, "failed"),
        (COMMAND, None, {"Ref": "Free"}, "undecided"),
        (COMMAND, None, "echo hello", "proven"),
        ("cfn-init -s app", "files", EXPORTS, "failed"),
        ("cfn-init -s app", "commands", EXPORTS, "failed"),
        ("cfn-init -s app", "named", EXPORTS, "failed"),
        ("echo hello", None, EXPORTS, "proven"),
    ],
)
def test_what_a_custom_resource_puts_into_a_bucket_is_fetched_as_well(
    tmp_path: Path, user_data: object, init: str | None, body: object, expected: str
) -> None:
    if isinstance(body, str):
        body = body.replace("\\n", "\n")
    launch = {
        "Type": "AWS::EC2::Instance",
        "Metadata": {"AWS::CloudFormation::Init": {"config": INIT[init]}} if init is not None else {},
        "Properties": {
            "ImageId": "ami-12345678",
            "IamInstanceProfile": {"Ref": "Profile"},
            "MetadataOptions": {"HttpTokens": "required"},
            "UserData": {"Fn::Base64": user_data},
        },
    }
    resources = {
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}},
        "Profile": {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": [{"Ref": "Role"}]}},
        "Assets": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "app-assets"}},
        "Script": {
            "Type": "Custom::S3Object",
            "Properties": {"ServiceToken": "put", "Bucket": {"Ref": "Assets"}, "Key": "boot/env.sh", "Body": body},
        },
        "App": launch,
    }
    tree = {"Parameters": {"Free": {"Type": "String"}}, "Resources": resources}
    (tmp_path / "app.json").write_text(json.dumps(tree))
    assert status(judged(tmp_path)) == expected

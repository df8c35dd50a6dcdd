"""What Terraform and its AWS provider mean by a configuration, judged by the findings on it."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from typing import TYPE_CHECKING

import pytest

from iplint.scenario import Scenario
from iplint.terraform.configuration import Reader
from iplint.terraform.evaluate import RootModule
from iplint.value import Known, Text, Unknown, as_text, dig
from iplint.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from iplint.finding import Report
    from iplint.value import Value

    Check = Callable[..., Report]

# Functions

# Terraform documentation, Built-in Functions; after them OpenTofu's own.
DOCUMENTED = """
abs ceil floor log max min parseint pow signum
chomp endswith format formatlist indent join lower regex regexall replace split startswith strcontains strrev substr
templatestring title trim trimprefix trimspace trimsuffix upper
alltrue anytrue chunklist coalesce coalescelist compact concat contains distinct element flatten index keys length list
lookup map matchkeys merge one range reverse setintersection setproduct setsubtract setunion slice sort sum transpose
values zipmap
base64decode base64encode base64gzip csvdecode jsondecode jsonencode textdecodebase64 textencodebase64 urlencode
yamldecode yamlencode
abspath dirname pathexpand basename file fileexists fileset filebase64 templatefile
formatdate plantimestamp timeadd timecmp timestamp
base64sha256 base64sha512 bcrypt filebase64sha256 filebase64sha512 filemd5 filesha1 filesha256 filesha512 md5 rsadecrypt
sha1 sha256 sha512 uuid uuidv5
cidrhost cidrnetmask cidrsubnet cidrsubnets
can convert ephemeralasnull issensitive nonsensitive sensitive tobool tolist tomap tonumber toset tostring try
base64gunzip cidrcontains urldecode
"""


def probe(path: Path, expression: str, **files: str | bytes) -> tuple[Value, RootModule]:
    """What an expression comes to in a root module, and that module."""
    for name, content in files.items():
        (path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    (path / "main.tf").write_text(f'resource "t_probe" "it" {{\n  it = {expression}\n}}\n', encoding="utf-8")
    root = RootModule(Reader(Workspace(str(path), str(path))), os.path.normpath(path))
    return dig(root.resources(Scenario({}))[0].properties, ("it",)), root


@pytest.mark.parametrize("name", DOCUMENTED.split())
def test_every_documented_function_is_known(name: str, tmp_path: Path) -> None:
    # Called with nothing, most fail, but none is unknown.
    _, root = probe(tmp_path, f"{name}()")
    assert root.notices == []


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ("frobnicate", "Terraform has no such function"),
        ("provider::aws::arn_made", "a provider defines it"),
        ("provider::other::arn_build", "a provider defines it"),
    ],
)
def test_a_function_that_nobody_knows_is_unknown_and_noticed(call: str, why: str, tmp_path: Path) -> None:
    value, root = probe(tmp_path, f'{call}("a")')
    assert isinstance(value, Unknown)
    assert [(notice.kind, notice.at and notice.at.first, notice.message) for notice in root.notices] == [
        ("unresolved", (2, 8), f"what {call}(...) returns is unknown: {why}")
    ]


# What Terraform 1.11.4 with the AWS provider 5.100.0 makes of these; None where it reports an error.
OF_PROVIDERS: list[tuple[str, object]] = [
    ('aws::arn_build("aws", "iam", "", "123456789012", "role/x")', "arn:aws:iam::123456789012:role/x"),
    ('aws::arn_build("", "", "", "", "")', "arn:::::"),
    ('aws::arn_build("a:b", "iam", "eu", 1, "a:b/c")', "arn:a:b:iam:eu:1:a:b/c"),
    ('aws::arn_build(null, "iam", "", "1", "role/x")', None),
    ('aws::arn_parse("arn:aws:iam::123456789012:role/x:y").resource', "role/x:y"),
    ('aws::arn_parse("arn:aws:iam::123456789012:role/x:y").account_id', "123456789012"),
    (
        'jsonencode(aws::arn_parse("arn:::::"))',
        '{"account_id":"","partition":"","region":"","resource":"","service":""}',
    ),
    ('aws::arn_parse("arn:aws:iam")', None),
    ('aws::arn_parse("x:aws:iam:::z")', None),
    ('ours::arn_parse("arn:aws:iam::1:x").service', "iam"),
    (
        'aws::trim_iam_role_path("arn:aws:iam::444455556666:role/with/path/example")',
        "arn:aws:iam::444455556666:role/example",
    ),
    ('aws::trim_iam_role_path("arn:aws-cn:iam::444455556666:role/a")', "arn:aws-cn:iam::444455556666:role/a"),
    ('aws::trim_iam_role_path("arn:aws:iam::444455556666:role/a/b/")', "arn:aws:iam::444455556666:role/"),
    ('aws::trim_iam_role_path("arn:aws:iam::444455556666:role")', None),
    ('aws::trim_iam_role_path("arn:aws:iam::444455556666:user/with/a")', None),
    ('aws::trim_iam_role_path("arn:aws:sts::444455556666:role/with/a")', None),
    ('aws::trim_iam_role_path("arn:aws:iam:eu-west-1:444455556666:role/with/a")', None),
    ('terraform::encode_tfvars({ bb = 1, a = "x$${y}\\n\\"q\\"" })', 'a  = "x$${y}\\n\\"q\\""\nbb = 1\n'),
    ('terraform::encode_tfvars({ d = { e = "f", "g h" = 1 } })', 'd = {\n  e     = "f"\n  "g h" = 1\n}\n'),
    ('terraform::encode_tfvars({ "a b" = 1 })', None),
    ('terraform::encode_expr([1, "a", { b = "c" }])', '[1, "a", {\n  b = "c"\n}]'),
    (
        'terraform::encode_expr({ a = { c = 1 }, bb = 1, x-y = 2, "1" = 3 })',
        '{\n  "1" = 3\n  a = {\n    c = 1\n  }\n  bb  = 1\n  x-y = 2\n}',
    ),
    ('terraform::decode_tfvars("a = { b = \\"c\\" }").a.b', "c"),
    ('terraform::decode_tfvars("a = 1\\na = 2")', None),
    ('terraform::decode_tfvars("a {\\n}\\n")', None),
]


@pytest.mark.parametrize(("call", "wanted"), OF_PROVIDERS)
@pytest.mark.parametrize("in_json", [False, True])
def test_pure_functions_of_providers(call: str, wanted: object, in_json: bool, tmp_path: Path) -> None:
    required = 'terraform {\n  required_providers {\n    ours = { source = "hashicorp/aws" }\n  }\n}\n'
    if in_json:
        required = json.dumps({"terraform": [{"required_providers": {"ours": {"source": "hashicorp/aws"}}}]})
    name = "versions.tf.json" if in_json else "versions.tf"
    call = f"provider::{call}" if call[0] != "j" else call.replace("(aws", "(provider::aws")
    value, root = probe(tmp_path, f'try({call}, "an error")', **{name: required})
    assert isinstance(value, Known)
    assert as_text(value) == ("an error" if wanted is None else wanted)
    assert root.notices == []


def test_a_name_for_another_provider_is_no_function_of_aws(tmp_path: Path) -> None:
    required = 'terraform {\n  required_providers {\n    aws = { source = "example.com/x/aws" }\n  }\n}\n'
    value, root = probe(tmp_path, 'provider::aws::arn_parse("arn:aws:iam::1:x").service', **{"versions.tf": required})
    assert isinstance(value, Unknown)
    assert [notice.message for notice in root.notices] == [
        "what provider::aws::arn_parse(...) returns is unknown: a provider defines it"
    ]


def test_core_functions_by_their_full_names(tmp_path: Path) -> None:
    value, root = probe(tmp_path, 'core::try(core::upper(null.x), core::lower("A"))')
    assert isinstance(value, Known)
    assert isinstance(value.value, Text)
    assert value.value.plain == "a"
    assert root.notices == []


def test_digests_of_files_are_those_of_their_bytes(tmp_path: Path) -> None:
    content = b"\x1f\x8b\x00\xff no text"
    for name, made in (
        ("filemd5", hashlib.md5(content).hexdigest()),
        ("filesha1", hashlib.sha1(content).hexdigest()),
        ("filesha256", hashlib.sha256(content).hexdigest()),
        ("filebase64sha512", base64.b64encode(hashlib.sha512(content).digest()).decode()),
    ):
        value, _ = probe(tmp_path, f'{name}("${{path.module}}/code.bin")', **{"code.bin": content})
        assert isinstance(value, Known)
        assert isinstance(value.value, Text)
        assert value.value.plain == made
    outside, _ = probe(tmp_path, 'filesha256("/etc/hostname")')
    assert isinstance(outside, Unknown)


# The AWS provider

# A launch that nothing is wrong with: each test changes it, or adds to it.
ROLE = """
provider "aws" {}
data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}
resource "aws_iam_role" "app" {
  name               = "app"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}
resource "aws_iam_instance_profile" "app" {
  role = aws_iam_role.app.name
}
"""
LAUNCH = """
resource "aws_instance" "web" {
  ami                  = "ami-1"
  iam_instance_profile = aws_iam_instance_profile.app.name
  metadata_options {
    http_tokens = "required"
  }
}
"""
SAFE = ROLE + LAUNCH
NO_TOKENS = SAFE.replace('  metadata_options {\n    http_tokens = "required"\n  }\n', "")
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
ADMIN, TRUST, IMDS, KEYS, PROFILE = (
    "administrator-access",
    "role-without-ec2-trust",
    "imdsv1-allowed",
    "hardcoded-access-key",
    "missing-instance-profile",
)
# Made up.
KEY = "AKIAFAKEQ7PLZ3MWT5RX"


def found(report: Report) -> list[tuple[str, str, str]]:
    """The findings, each with whether it fails or is undecided."""
    return sorted((finding.rule, finding.address, finding.verdict) for finding in report.findings)


def statement(action: str, sid: str = "", effect: str = "Allow") -> str:
    names = f'    sid = "{sid}"\n    effect = "{effect}"\n'
    return f'  statement {{\n{names}    actions = ["{action}"]\n    resources = ["*"]\n  }}\n'


def document(name: str, *body: str) -> str:
    return f'data "aws_iam_policy_document" "{name}" {{\n{"".join(body)}}}\n'


def inline(policy: str) -> str:
    return f'resource "aws_iam_role_policy" "p" {{\n  role = aws_iam_role.app.id\n  policy = {policy}\n}}\n'


def attached(arn: str) -> str:
    return (
        f'resource "aws_iam_role_policy_attachment" "a" {{\n  role = aws_iam_role.app.name\n  policy_arn = {arn}\n}}\n'
    )


def test_a_safe_launch_has_no_findings(configuration: Check) -> None:
    report = configuration(SAFE)
    assert found(report) == []
    assert report.launches.proven == 1


@pytest.mark.parametrize("count", ["var.n", "length(data.aws_subnets.it.ids)", "length(range(0, 2000))"])
@pytest.mark.parametrize(
    "arn",
    [
        f'count.index > 0 ? "{ADMINISTRATOR}" : "arn:aws:iam::aws:policy/ReadOnlyAccess"',
        f'["arn:aws:iam::aws:policy/ReadOnlyAccess", "{ADMINISTRATOR}"][count.index]',
        f'element(["arn:aws:iam::aws:policy/ReadOnlyAccess", "{ADMINISTRATOR}"], count.index)',
    ],
)
def test_of_an_unknown_count_no_index_is_known(configuration: Check, count: str, arn: str) -> None:
    attachment = attached(arn).replace("{\n", f"{{\n  count = {count}\n", 1)
    report = configuration(SAFE + 'variable "n" {}\ndata "aws_subnets" "it" {}\n' + attachment)
    assert not report.launches.proven


@pytest.mark.parametrize(
    "profile",
    [
        "aws_iam_instance_profile.app[count.index].name",
        "aws_iam_instance_profile.app.*.name[count.index]",
        "element(aws_iam_instance_profile.app.*.name, count.index)",
    ],
)
def test_instances_of_an_unknown_count_find_each_other_by_their_index(configuration: Check, profile: str) -> None:
    declared = SAFE.replace("role = aws_iam_role.app.name", "count = var.n\n  role = aws_iam_role.app.name")
    declared = declared.replace("aws_iam_instance_profile.app.name", profile)
    declared = declared.replace('"web" {', '"web" {\n  count = var.n\n  user_data = "echo ${count.index}"')
    report = configuration(declared + 'variable "n" {}\n')
    assert found(report) == []
    assert report.launches.proven == 1


@pytest.mark.parametrize(
    ("sources", "own", "overrides", "expected"),
    [
        ([("*", "")], ("s3:Get*", ""), [], "data.aws_iam_policy_document.one"),
        # The document's own statement takes the place of the source's.
        ([("*", "X")], ("s3:Get*", "X"), [], None),
        ([("s3:Get*", "X")], ("*", "X"), [], "data.aws_iam_policy_document.it"),
        ([], ("*", "X"), [("s3:Get*", "X")], None),
        ([], ("*", "X"), [("s3:Get*", "Y")], "data.aws_iam_policy_document.it"),
        ([], ("*", ""), [("s3:Get*", "")], "data.aws_iam_policy_document.it"),
        ([("*", "X")], ("s3:Get*", "Y"), [("s3:Put*", "X")], None),
        # Later overrides win over earlier ones.
        ([], ("s3:Get*", "Y"), [("*", "X"), ("s3:Put*", "X")], None),
        ([], ("s3:Get*", "Y"), [("s3:Put*", "X"), ("*", "X")], "data.aws_iam_policy_document.two"),
    ],
)
def test_documents_merge_by_sid(
    sources: list[tuple[str, str]],
    own: tuple[str, str],
    overrides: list[tuple[str, str]],
    expected: str | None,
    configuration: Check,
) -> None:
    names = ["one", "two"]
    parts = [document(name, statement(*part)) for name, part in zip(names, [*sources, *overrides], strict=False)]
    listed = [f"data.aws_iam_policy_document.{name}.json" for name in names]
    body = [statement(*own)]
    if sources:
        body.append(f"  source_policy_documents = [{listed[0]}]\n")
    if overrides:
        chosen = listed[len(sources) : len(sources) + len(overrides)]
        body.append(f"  override_policy_documents = [{', '.join(chosen)}]\n")
    report = configuration(
        SAFE + "".join(parts) + document("it", *body) + inline("data.aws_iam_policy_document.it.json")
    )
    reaching = [finding for finding in report.findings if finding.message.startswith("aws_iam_role_policy.p ")]
    assert [(finding.rule, finding.address) for finding in reaching] == ([(ADMIN, expected)] if expected else [])


ALL = 'jsonencode({ Statement = [{ Sid = "X", Effect = "Allow", Action = "*", Resource = "*" }] })'


@pytest.mark.parametrize(
    ("body", "gives"),
    [
        (f"  source_json = {ALL}\n" + statement("s3:Get*"), True),
        (f"  source_json = {ALL}\n" + statement("s3:Get*", "X"), False),
        (f"  override_json = {ALL}\n" + statement("s3:Get*", "X"), True),
        (f"  override_json = {ALL}\n" + statement("*", "Y", "Deny"), False),
        ('  source_policy_documents = [""]\n' + statement("s3:Get*"), False),
        (
            '  dynamic "statement" {\n    for_each = toset(["s3:*", "*"])\n    content {\n'
            '      actions = [statement.value]\n      resources = ["*"]\n    }\n  }\n',
            True,
        ),
        ('  statement {\n    not_actions = ["iam:*"]\n    resources = ["*"]\n  }\n', False),
        ('  statement {\n    actions = ["*"]\n    not_resources = ["arn:aws:s3:::a"]\n  }\n', True),
        ('  statement {\n    actions = ["*"]\n    resources = ["arn:aws:s3:::a"]\n  }\n', False),
    ],
)
def test_statements_of_a_document(body: str, gives: bool, configuration: Check) -> None:
    report = configuration(SAFE + document("it", body) + inline("data.aws_iam_policy_document.it.json"))
    administrator = [finding for finding in found(report) if finding[0] == ADMIN]
    assert administrator == ([(ADMIN, "data.aws_iam_policy_document.it", "fail")] if gives else [])


def test_a_condition_narrows_a_grant(configuration: Check) -> None:
    condition = (
        '    condition {\n      test = "StringEquals"\n      variable = "aws:a"\n      values = ["b"]\n    }\n  }\n'
    )
    body = statement("*").removesuffix("  }\n") + condition
    report = configuration(SAFE + document("it", body) + inline("data.aws_iam_policy_document.it.json"))
    assert [(finding.rule, finding.severity.name) for finding in report.findings] == [(ADMIN, "HIGH")]


@pytest.mark.parametrize(
    ("principals", "expected"),
    [
        ('type = "Service"\n identifiers = ["lambda.amazonaws.com"]', "fail"),
        ('type = "Service"\n identifiers = ["lambda.amazonaws.com", "ec2.amazonaws.com"]', None),
        ('type = "AWS"\n identifiers = ["123456789012"]', "fail"),
        ('type = "AWS"\n identifiers = ["*"]', "undecided"),
        ('type = "*"\n identifiers = ["*"]', "undecided"),
        (
            'type = "*"\n identifiers = ["*"]\n }\n'
            'principals {\n type = "Service"\n identifiers = ["ec2.amazonaws.com"]',
            None,
        ),
        ('type = "Service"\n identifiers = ["ec2.${data.aws_partition.it.dns_suffix}"]', None),
        (
            'type = "Federated"\n identifiers = ["x"]\n }\n'
            'principals {\n type = "Service"\n identifiers = ["ec2.amazonaws.com"]',
            None,
        ),
    ],
)
def test_principals(principals: str, expected: str | None, configuration: Check) -> None:
    written = 'type        = "Service"\n      identifiers = ["ec2.amazonaws.com"]'
    assert written in SAFE
    report = configuration(SAFE.replace(written, principals) + 'data "aws_partition" "it" {}\n')
    trust = [one for one in found(report) if one[0] == TRUST]
    assert trust == ([(TRUST, "aws_iam_role.app", expected)] if expected else [])


@pytest.mark.parametrize(
    ("attachment", "address", "verdict"),
    [
        (attached(f'"{ADMINISTRATOR}"'), "aws_iam_role_policy_attachment.a", "fail"),
        (
            'data "aws_partition" "it" {}\n'
            + attached('"arn:${data.aws_partition.it.partition}:iam::aws:policy/AdministratorAccess"'),
            "aws_iam_role_policy_attachment.a",
            "fail",
        ),
        (
            'data "aws_iam_policy" "it" {\n  name = "AdministratorAccess"\n}\n'
            + attached("data.aws_iam_policy.it.arn"),
            "aws_iam_role_policy_attachment.a",
            "fail",
        ),
        (
            f'data "aws_iam_policy" "it" {{\n  arn = "{ADMINISTRATOR}"\n}}\n' + attached("data.aws_iam_policy.it.id"),
            "aws_iam_role_policy_attachment.a",
            "fail",
        ),
        (
            'data "aws_iam_policy" "it" {\n  name = "ours"\n}\n' + attached("data.aws_iam_policy.it.arn"),
            "aws_iam_role_policy_attachment.a",
            "undecided",
        ),
        (
            # An own policy with the name of one that AWS manages.
            'data "aws_iam_policy" "it" {\n  arn = "arn:aws:iam::111122223333:policy/AdministratorAccess"\n}\n'
            + attached("data.aws_iam_policy.it.arn"),
            "aws_iam_role_policy_attachment.a",
            "undecided",
        ),
        (
            'variable "kind" {}\ndata "aws_iam_policy" "it" {\n  name = "${var.kind}Access"\n}\n'
            + attached("data.aws_iam_policy.it.arn"),
            "aws_iam_role_policy_attachment.a",
            "undecided",
        ),
        (
            'resource "aws_iam_policy_attachment" "a" {\n  roles = [aws_iam_role.app.name]\n'
            f'  policy_arn = "{ADMINISTRATOR}"\n}}\n',
            "aws_iam_policy_attachment.a",
            "fail",
        ),
        (
            'resource "aws_iam_role_policy_attachments_exclusive" "a" {\n  role_name = aws_iam_role.app.name\n'
            f'  policy_arns = ["{ADMINISTRATOR}"]\n}}\n',
            "aws_iam_role_policy_attachments_exclusive.a",
            "fail",
        ),
        (
            # The list only repeats what the attachment grants.
            attached(f'"{ADMINISTRATOR}"')
            + 'resource "aws_iam_role_policy_attachments_exclusive" "a" {\n  role_name = aws_iam_role.app.name\n'
            "  policy_arns = [aws_iam_role_policy_attachment.a.policy_arn]\n}\n",
            "aws_iam_role_policy_attachment.a",
            "fail",
        ),
        (
            'resource "aws_iam_role_policy_attachment" "a" {\n'
            '  for_each = toset(["ReadOnlyAccess", "AdministratorAccess"])\n'
            '  role = aws_iam_role.app.name\n  policy_arn = "arn:aws:iam::aws:policy/${each.key}"\n}\n',
            'aws_iam_role_policy_attachment.a["AdministratorAccess"]',
            "fail",
        ),
        (
            'locals {\n  names = ["ReadOnlyAccess", "AdministratorAccess"]\n}\n'
            'resource "aws_iam_role_policy_attachment" "a" {\n  count = length(local.names)\n'
            '  role = aws_iam_role.app.name\n  policy_arn = "arn:aws:iam::aws:policy/${local.names[count.index]}"\n}\n',
            "aws_iam_role_policy_attachment.a[1]",
            "fail",
        ),
        (inline(ALL), "aws_iam_role_policy.p", "fail"),
        (
            f'resource "aws_iam_policy" "p" {{\n  policy = {ALL}\n}}\n' + attached("aws_iam_policy.p.arn"),
            "aws_iam_policy.p",
            "fail",
        ),
    ],
)
def test_attachments(attachment: str, address: str, verdict: str, configuration: Check) -> None:
    report = configuration(SAFE + attachment)
    assert found(report) == [(ADMIN, address, verdict)]
    if verdict == "fail":
        # It reaches the launch.
        assert report.findings[0].severity.name == "CRITICAL"


@pytest.mark.parametrize(
    "attachment",
    [
        attached('"arn:aws:iam::aws:policy/ReadOnlyAccess"'),
        'resource "aws_iam_role_policies_exclusive" "a" {\n  role_name = aws_iam_role.app.name\n'
        '  policy_names = ["p"]\n}\n'
        'resource "aws_iam_role_policy" "p" {\n  name = "p"\n  role = aws_iam_role.app.name\n'
        "  policy = jsonencode({ Statement = [] })\n}\n",
        'resource "aws_iam_role_policy_attachments_exclusive" "a" {\n  role_name = aws_iam_role.app.name\n'
        '  policy_arns = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]\n}\n',
    ],
)
def test_harmless_attachments(attachment: str, configuration: Check) -> None:
    assert found(configuration(SAFE + attachment)) == []


@pytest.mark.parametrize(
    "argument",
    [
        f'managed_policy_arns = ["{ADMINISTRATOR}"]',
        f'inline_policy {{\n    name = "p"\n    policy = {ALL}\n  }}',
        f'dynamic "inline_policy" {{\n    for_each = [{ALL}]\n'
        "    content {\n      policy = inline_policy.value\n    }\n  }",
    ],
)
def test_policies_in_the_role(argument: str, configuration: Check) -> None:
    report = configuration(SAFE.replace('name               = "app"\n', f'name = "app"\n  {argument}\n'))
    assert found(report) == [(ADMIN, "aws_iam_role.app", "fail")]


def test_a_role_read_by_its_name_is_the_one_declared(configuration: Check) -> None:
    text = SAFE.replace("role = aws_iam_role.app.name", "role = data.aws_iam_role.app.name")
    text += 'data "aws_iam_role" "app" {\n  name = "app"\n}\n'
    assert found(configuration(text)) == []
    assert found(configuration(text.replace("ec2.amazonaws.com", "lambda.amazonaws.com"))) == [
        (TRUST, "aws_iam_role.app", "fail")
    ]


def test_roles_and_profiles_that_are_only_read(configuration: Check) -> None:
    role = 'data "aws_iam_role" "it" {\n  name = "there"\n}\n'
    profile = 'resource "aws_iam_instance_profile" "app" {\n  role = data.aws_iam_role.it.name\n}\n'
    assert found(configuration(role + profile + LAUNCH)) == [(TRUST, "aws_iam_instance_profile.app", "undecided")]
    grant = attached(f'"{ADMINISTRATOR}"').replace("aws_iam_role.app", "data.aws_iam_role.it")
    assert found(configuration(role + grant)) == [(ADMIN, "aws_iam_role_policy_attachment.a", "fail")]
    read = 'data "aws_iam_instance_profile" "it" {\n  name = "there"\n}\n'
    launch = LAUNCH.replace("aws_iam_instance_profile.app", "data.aws_iam_instance_profile.it")
    # There is a profile; what is in it cannot be known.
    assert found(configuration(read + launch)) == [(TRUST, "aws_instance.web", "undecided")]


AMI = 'resource "aws_ami" "it" {\n  name = "ours"\n  imds_support = "v2.0"\n}\n'
DEFAULTS = 'resource "aws_ec2_instance_metadata_defaults" "it" {\n  http_tokens = "required"\n}\n'


@pytest.mark.parametrize(
    ("text", "fails"),
    [
        (NO_TOKENS, True),
        (NO_TOKENS.replace('"ami-1"', "aws_ami.it.id") + AMI, False),
        (NO_TOKENS.replace('"ami-1"', "aws_ami.it.id") + AMI.replace('  imds_support = "v2.0"\n', ""), True),
        (NO_TOKENS + AMI, True),
        (NO_TOKENS + DEFAULTS, False),
        (NO_TOKENS + DEFAULTS.replace("required", "optional"), True),
        (NO_TOKENS + DEFAULTS.replace("{\n", "{\n  count = 0\n", 1), True),
        (NO_TOKENS + DEFAULTS.replace("{\n", "{\n  for_each = toset([])\n", 1), True),
    ],
)
def test_what_holds_when_tokens_are_not_set(text: str, fails: bool, configuration: Check) -> None:
    tokens = [one for one in found(configuration(text)) if one[0] == IMDS]
    assert tokens == ([(IMDS, "aws_instance.web", "fail")] if fails else [])


SCRIPT = f"#!/bin/bash\nexport AWS_ACCESS_KEY_ID={KEY}\n"


@pytest.mark.parametrize(
    ("argument", "before", "place"),
    [
        ('user_data = file("${path.module}/run.sh")', "", ("run.sh", 2, 26)),
        ('user_data_base64 = filebase64("${path.module}/run.sh")', "", ("run.sh", 2, 26)),
        ('user_data_base64 = base64encode(file("run.sh"))', "", ("run.sh", 2, 26)),
        ('user_data_base64 = base64gzip(file("run.sh"))', "", ("run.sh", 2, 26)),
        ('user_data = templatefile("run.sh", { name = "x" })', "", ("run.sh", 2, 26)),
        ('user_data = templatestring(file("run.sh"), {})', "", ("run.sh", 2, 26)),
        (
            "user_data = data.template_file.it.rendered",
            'data "template_file" "it" {\n  template = file("${path.module}/run.sh")\n}\n',
            ("run.sh", 2, 26),
        ),
        (
            "user_data_base64 = data.cloudinit_config.it.rendered",
            'data "cloudinit_config" "it" {\n  gzip = true\n  part {\n    content = "#!/bin/sh"\n  }\n'
            '  part {\n    content = file("run.sh")\n  }\n}\n',
            ("run.sh", 2, 26),
        ),
        (
            "user_data_base64 = data.template_cloudinit_config.it.rendered",
            'data "template_cloudinit_config" "it" {\n  part {\n    content = templatefile("run.sh", {})\n  }\n}\n',
            ("run.sh", 2, 26),
        ),
    ],
)
def test_keys_are_shown_in_the_file_that_holds_them(
    argument: str, before: str, place: tuple[str, int, int], configuration: Check
) -> None:
    launch = LAUNCH.replace('  ami                  = "ami-1"\n', f'  ami = "ami-1"\n  {argument}\n')
    report = configuration({"main.tf": before + ROLE + launch, "run.sh": SCRIPT})
    assert [(finding.rule, finding.at.path, *finding.at.first) for finding in report.findings] == [(KEYS, *place)]


def test_keys_passed_to_a_template(configuration: Check) -> None:
    launch = LAUNCH.replace(
        '  ami                  = "ami-1"\n',
        f'  user_data = templatefile("run.sh", {{\n    keys = [{{ id = "{KEY}" }}]\n  }})\n',
    )
    template = "%{ for one in keys ~}\nexport AWS_ACCESS_KEY_ID=${one.id}\n%{ endfor ~}\n%{ if false }no%{ endif }\n"
    report = configuration({"main.tf": ROLE + launch, "run.sh": template})
    assert [(finding.rule, finding.at.path, finding.at.text) for finding in report.findings] == [(KEYS, "main.tf", KEY)]


@pytest.mark.parametrize(
    ("block", "address"),
    [
        (f'provider "aws" {{\n  alias = "b"\n  access_key = "{KEY}"\n}}\n', "provider.aws"),
        (f'terraform {{\n  backend "s3" {{\n    access_key = "{KEY}"\n  }}\n}}\n', "terraform"),
        (f'module "it" {{\n  source = "somewhere/else/aws"\n  access_key = "{KEY}"\n}}\n', "module.it"),
        (f'module "it" {{\n  source = "./it"\n  env = {{ AWS_ACCESS_KEY_ID = "{KEY}" }}\n}}\n', "module.it"),
        (f'variable "it" {{\n  default = "{KEY}"\n}}\n', "variable.it"),
        (f'locals {{\n  it = false ? "{KEY}" : null\n}}\n', "local.it"),
    ],
)
def test_keys_outside_of_resources(block: str, address: str, configuration: Check) -> None:
    report = configuration({"main.tf": 'provider "aws" {}\n' + block, "it/main.tf": 'variable "env" {}\n'})
    assert found(report) == [(KEYS, address, "fail")]


# Scenarios

LABEL = """
variable "enabled" {
  type    = bool
  default = null
}
variable "context" {
  type    = any
  default = { enabled = true }
}
data "x_flag" "it" {}
locals {
  enabled = var.enabled == null ? OTHERWISE : var.enabled
}
output "enabled" {
  value = tobool(local.enabled)
}
"""
CALLER = """
module "this" {
  source  = "./label"
  enabled = var.enabled
}
variable "enabled" {
  type    = bool
  default = null
}
locals {
  enabled = module.this.enabled
}
data "aws_iam_policy_document" "trust" {
  count = local.enabled ? 1 : 0
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}
resource "aws_iam_role" "app" {
  count              = module.this.enabled ? 1 : 0
  assume_role_policy = one(data.aws_iam_policy_document.trust[*].json)
}
resource "aws_iam_instance_profile" "app" {
  count = local.enabled ? 1 : 0
  role  = ROLE
}
resource "aws_instance" "web" {
  count                = module.this.enabled ? 1 : 0
  iam_instance_profile = PROFILE
  metadata_options {
    http_tokens = "required"
  }
}
"""
HABITS = [
    ('join("", {}.*.name)', 'join("", {}.*.name)'),
    ("one({}[*].name)", "one({}[*].name)"),
    ('try({}[0].name, "")', 'try({}[0].name, "")'),
    ('coalesce(join("", {}[*].name), "other")', 'coalesce(one({}[*].name), "other")'),
    ('element(concat({}.*.name, [""]), 0)', 'element(compact(concat({}.*.name, [""])), 0)'),
    ('concat({}.*.name, [""])[0]', 'concat({}.*.id, [""])[0]'),
    ("local.enabled ? {}[0].name : null", 'local.enabled ? {}[0].name : ""'),
    ("element({}.*.name, 0)", "element({}.*.id, count.index)"),
    ('join("", [for r in {} : r.name])', "flatten([[], {}[*].name])[0]"),
]


@pytest.mark.parametrize("otherwise", ["var.context.enabled", "data.x_flag.it.on"])
@pytest.mark.parametrize(("role", "profile"), HABITS)
def test_one_switch_for_everything_stays_one(role: str, profile: str, otherwise: str, configuration: Check) -> None:
    root = CALLER.replace("ROLE", role.format("aws_iam_role.app"))
    root = root.replace("PROFILE", profile.format("aws_iam_instance_profile.app"))
    label = LABEL.replace("OTHERWISE", otherwise)
    safe = configuration({"main.tf": root, "label/main.tf": label})
    assert found(safe) == []
    assert safe.launches.proven == 1
    unsafe = configuration({"main.tf": root.replace("ec2.amazonaws.com", "lambda.amazonaws.com")})
    assert found(unsafe) == [(TRUST, "aws_iam_role.app[0]", "fail")]


BLOCKS = """
variable "options" {}
data "x_flag" "it" {}
resource "aws_launch_template" "it" {
  iam_instance_profile {
    name = aws_iam_instance_profile.app.name
  }
  dynamic "metadata_options" {
    for_each = FIRST
    content {
      http_tokens = "required"
    }
  }
  dynamic "metadata_options" {
    for_each = SECOND
    content {
      http_tokens = "TOKENS"
    }
  }
}
resource "aws_instance" "web" {
  launch_template {
    id      = aws_launch_template.it.id
    version = "$Latest"
  }
}
"""


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("length(var.options) > 0 ? [1] : []", "length(var.options) > 0 ? [] : [1]"),
        ("length(var.options) == 0 ? [] : [1]", "length(var.options) >= 1 ? [] : [1]"),
        ("var.options ? [1] : []", "!var.options ? [1] : []"),
        ("data.x_flag.it.on ? [1] : []", "data.x_flag.it.on ? [] : [1]"),
        ("data.x_flag.it.all", "length(data.x_flag.it.all) == 0 ? [1] : []"),
        ("var.options", "length(var.options) == 0 ? [1] : []"),
        ("true || data.x_flag.it.on ? [1] : []", "[]"),
        ("[[1], data.x_flag.it.all][0]", "[]"),
    ],
)
def test_blocks_that_complement_each_other(first: str, second: str, configuration: Check) -> None:
    text = ROLE + BLOCKS.replace("FIRST", first).replace("SECOND", second)
    assert found(configuration(text.replace("TOKENS", "required"))) == []
    if second != "[]":
        either = found(configuration(text.replace("TOKENS", "optional")))
        assert either == [(IMDS, "aws_launch_template.it", "undecided")]
        neither = found(configuration(text.replace("TOKENS", "optional").replace('"required"', '"optional"')))
        assert neither == [(IMDS, "aws_launch_template.it", "fail")]


def test_nested_dynamic_blocks_with_iterators(configuration: Check) -> None:
    text = """
data "aws_iam_policy_document" "trust" {
  dynamic "statement" {
    for_each = { people = [["AWS", "123456789012"]], machines = [["Service", "NAME.amazonaws.com"]] }
    iterator = trusted
    content {
      sid     = trusted.key
      actions = ["sts:AssumeRole"]
      dynamic "principals" {
        for_each = trusted.value
        content {
          type        = principals.value[0]
          identifiers = [principals.value[1]]
        }
      }
    }
  }
}
"""
    rest = SAFE.partition("}\nresource")
    text = 'provider "aws" {}\n' + text + rest[1][2:] + rest[2]
    assert found(configuration(text.replace("NAME", "ec2"))) == []
    report = configuration(text.replace("NAME", "lambda"))
    assert found(report) == [(TRUST, "aws_iam_role.app", "fail")]
    assert report.findings[0].at.text == '"lambda.amazonaws.com"'


def test_a_library_says_what_a_caller_can_set(configuration: Check) -> None:
    library = ROLE.replace('provider "aws" {}\n', "") + LAUNCH.replace('"required"', "var.tokens")
    variable = 'variable "tokens" {\n  default = "optional"\n}\n'
    (finding,) = configuration(library + variable).findings
    assert (finding.rule, finding.verdict, finding.severity.name) == (IMDS, "fail", "MEDIUM")
    assert finding.message.endswith("; a caller can set var.tokens")
    (deployed,) = configuration('provider "aws" {}\n' + library + variable).findings
    assert deployed.severity.name == "HIGH"
    assert found(configuration(library + variable.replace("optional", "required"))) == []


def test_a_sensitive_default_is_not_told(configuration: Check) -> None:
    text = SAFE.replace('"required"', 'var.mode == "s3kr1t-FAKE" ? "optional" : "required"')
    variable = 'variable "mode" {\n  default = "s3kr1t-FAKE"\n  sensitive = true\n}\n'
    (finding,) = configuration(text + variable).findings
    assert finding.when == "var.mode keeps its default"
    (undecided,) = configuration(text + variable.replace('"s3kr1t-FAKE"', '"other"')).findings
    assert undecided.verdict == "undecided"
    assert "s3kr1t" not in f"{undecided.message} {undecided.when}"


def test_more_instances_than_are_followed_are_noticed(configuration: Check) -> None:
    report = configuration(SAFE.replace('"web" {\n', '"web" {\n  count = 5000\n'))
    assert found(report) == []
    assert [(notice.kind, notice.message) for notice in report.notices] == [
        ("unreadable", "aws_instance.web has 5000 instances, more than the 1000 that iplint checks")
    ]
    assert report.launches.proven == 0


@pytest.mark.parametrize(
    ("looked_up", "role", "is_proven"),
    [
        ('data "aws_iam_instance_profile" "d" {\n  name = "x"\n}', "data.aws_iam_instance_profile.d.role_name", False),
        ('data "aws_ssm_parameter" "d" {\n  name = "/x"\n}', "data.aws_ssm_parameter.d.value", False),
        ('data "aws_iam_roles" "d" {}', "tolist(data.aws_iam_roles.d.names)[0]", False),
        (
            'data "aws_cloudformation_stack" "d" {\n  name = "x"\n}',
            'data.aws_cloudformation_stack.d.outputs["x"]',
            False,
        ),
        ('data "aws_iam_role" "d" {\n  name = "other"\n}', "data.aws_iam_role.d.name", True),
    ],
)
def test_an_administrator_policy_may_go_to_any_role_that_is_looked_up(
    looked_up: str, role: str, is_proven: bool, configuration: Callable[..., Report]
) -> None:
    attachment = (
        f'resource "aws_iam_role_policy_attachment" "x" {{\n  role = {role}\n'
        '  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"\n}\n'
    )
    report = configuration(f"{SAFE}{looked_up}\n{attachment}")
    assert (report.launches.proven, report.launches.undecided) == ((1, 0) if is_proven else (0, 1))


@pytest.mark.parametrize(
    ("type", "other", "is_equal"),
    [
        ("map(string)", '{ a = "b" }', False),
        ("map(string)", 'tomap({ a = "b" })', True),
        ('object({ a = optional(string, "b") })', '{ a = "b" }', True),
        ('object({ a = optional(string, "b") })', 'tomap({ a = "b" })', False),
    ],
)
def test_the_default_of_a_variable_keeps_its_type_in_every_scenario(
    type: str, other: str, is_equal: bool, configuration: Callable[..., Report]
) -> None:
    variable = f'variable "v" {{\n  type    = {type}\n  default = {{ a = "b" }}\n}}\n'
    report = configuration(variable + SAFE.replace('"required"', f'var.v == {other} ? "required" : "optional"'))
    assert [row[:3] for row in found(report) if row[0] == IMDS] == [
        (IMDS, "aws_instance.web", "undecided" if is_equal else "fail")
    ]


@pytest.mark.parametrize(
    "condition",
    [
        "aws_iam_role.app.permissions_boundary == null",
        "!(aws_iam_role.app.permissions_boundary != null)",
        'coalesce(aws_iam_role.app.description, "none") == "none"',
        "can(length(aws_iam_role.app.description)) == false",
        "terraform_data.it.input == null",
        "terraform_data.it.output == null",
        "data.aws_iam_role.other.permissions_boundary == null",
    ],
)
def test_an_attribute_that_nothing_sets_may_be_null(condition: str, configuration: Check) -> None:
    admin = attached(f'"{ADMINISTRATOR}"').replace("{\n", f"{{\n  count = {condition} ? 1 : 0\n", 1)
    report = configuration(
        SAFE + 'resource "terraform_data" "it" {}\ndata "aws_iam_role" "other" {\n  name = "x"\n}\n' + admin
    )
    assert report.launches.proven == 0
    assert ADMIN in [rule for rule, _, _ in found(report)]
    opposite = configuration(SAFE + admin.replace(f"{condition} ?", "aws_iam_role.app.arn == null ?"))
    assert opposite.launches.proven == 1


@pytest.mark.parametrize(
    "argument", ["source_policy_documents", "override_policy_documents", "source_json", "override_json"]
)
def test_a_document_that_another_one_takes_in_counts_there(argument: str, configuration: Check) -> None:
    taken = "data.aws_iam_policy_document.a.json"
    value = f"[{taken}]" if "documents" in argument else taken
    report = configuration(
        'data "aws_iam_policy_document" "a" {\n  statement {\n    actions = ["*"]\n    resources = ["*"]\n  }\n}\n'
        f'data "aws_iam_policy_document" "b" {{\n  {argument} = {value}\n}}\n'
    )
    (finding,) = report.findings
    assert finding.message.startswith("data.aws_iam_policy_document.b gives administrator access")


@pytest.mark.parametrize(
    ("updates", "verdicts"), [("false", ["fail"]), ("true", []), ("var.update", ["undecided"]), ("null", ["fail"])]
)
def test_whether_the_default_version_of_a_template_follows_changes(
    updates: str, verdicts: list[str], configuration: Check
) -> None:
    report = configuration(
        'variable "update" {}\n'
        f'resource "aws_launch_template" "t" {{\n  image_id = "x"\n  update_default_version = {updates}\n}}\n'
        'resource "aws_autoscaling_group" "g" {\n  launch_template {\n    id = aws_launch_template.t.id\n'
        '    version = "$Default"\n  }\n}\n'
    )
    assert [verdict for rule, _, verdict in found(report) if rule == "pinned-launch-template-version"] == verdicts


VARIABLE = 'variable "u" {\n  type = any\n}\n'


@pytest.mark.parametrize(
    ("tokens", "is_proven"),
    [
        # An attribute that may not be there makes `try` go on to its next argument.
        ('try({ a = "required", b = var.u.c }, { a = "optional" }).a', False),
        ('try({ a = "required", b = var.u.c }, { a = "required" }).a', False),
        ('try({ a = "required", b = var.u }, { a = "optional" }).a', True),
        ('try({ a = "required", b = try(var.u.c, null) }, { a = "optional" }).a', True),
        ('try(true ? { a = "required" } : { a = var.u.c }, { a = "optional" }).a', True),
        ('try([for x in ["required"] : [x, tonumber(var.u)][0]], ["optional"])[0]', False),
        ('try(length([var.u.c]), 0) == 1 ? "required" : "optional"', False),
        ('try(true ? ["required"] : var.u, ["optional"])[0]', False),
        ('try(true ? ["required"] : null, ["optional"])[0]', True),
        ('try(tolist(["required", var.u]), ["optional"])[0]', False),
        ('try(sort(concat(["required"], [var.u]))[0], "optional") == "optional" ? "optional" : "required"', False),
        ('can(true ? ["required"] : var.u) ? "required" : "optional"', False),
        ('["optional", "required"]["1.0"]', True),
        ('(true ? { a = "required" } : { a = null, b = [1] }).a', True),
        ('try(jsondecode("{\\"a\\": \\"required\\", \\"b\\": ${var.u}}"), { a = "optional" }).a', False),
        # What comes before an item is unknown, inside of a `for` and a template too.
        ('[for x in concat(var.u, ["required"]) : x][0]', False),
        ('[for x in concat(["required"], var.u) : x][0]', True),
        ('[for k, x in merge(var.u, { b = "required" }) : x][0]', False),
        ('substr("%{ for x in concat(var.u, ["required"]) }${x}%{ endfor }", 0, 8)', False),
        ('{ for i, x in concat(var.u, ["required"]) : i => x }[0]', False),
        # A part of a `for` that fails fails.
        ('try([for x in ["optional"] : [1][*].a == 1 ? x : x], ["required"])[0]', True),
    ],
)
def test_what_an_unknown_may_make_fail_or_precede(tokens: str, is_proven: bool, configuration: Check) -> None:
    report = configuration(VARIABLE + SAFE.replace('"required"', tokens))
    assert report.launches.proven == int(is_proven), found(report)

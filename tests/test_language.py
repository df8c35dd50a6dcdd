"""What the language has beside expressions: meta-arguments, module sources, blocks of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from iplint.discovery.options import Options
from iplint.judging.session import Session, SessionSettings
from iplint_rules import all_rules

if TYPE_CHECKING:
    from pathlib import Path

    from iplint.finding import Report

BAD = 'resource "aws_instance" "web" {{\n  ami = "ami-1"\n{}}}\n'


def check(top: Path, files: dict[str, str], **variables: str) -> Report:
    """Write files, and check them with values of variables."""
    for name, text in files.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text, encoding="utf-8")
    return Session(SessionSettings(all_rules(), inputs=Options(None, variables)), str(top)).check(["."])


def failing(report: Report, rule: str = "imdsv1-allowed") -> list[str]:
    return [finding.address for finding in report.findings if finding.is_failure and finding.rule == rule]


BLOCKS = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", configuration_aliases = [aws.hub] }
  }
}
removed {
  from = aws_instance.old
}
moved {
  from = aws_instance.older
  to   = aws_instance.web
}
import {
  to = aws_instance.there[0]
  id = "i-123"
}
check "health" {
  data "http" "x" {
    url = "https://example.com"
  }
  assert {
    condition     = data.http.x.status_code == 200
    error_message = "no"
  }
}
ephemeral "aws_secretsmanager_secret_version" "s" {
  secret_id = "x"
}
action "aws_ec2_stop_instance" "stop" {
  config {
    instance_id = aws_instance.web.id
  }
}
module "inner" {
  source     = "./inner"
  providers  = { aws = aws, aws.hub = aws.elsewhere }
  depends_on = [aws_sns_topic.nowhere]
}
"""
META = """  user_data = ephemeral.aws_secretsmanager_secret_version.s.secret_string
  lifecycle {
    ignore_changes       = [ami]
    replace_triggered_by = [aws_sns_topic.nowhere]
  }
"""


def test_names_of_blocks_and_providers_need_not_be_declared(tmp_path: Path) -> None:
    inner = 'resource "aws_sns_topic" "t" {\n  provider = aws.hub\n}\n'
    report = check(tmp_path, {"main.tf": BLOCKS + BAD.format(META), "inner/main.tf": inner})
    assert [notice.message for notice in report.notices] == []
    assert failing(report) == ["aws_instance.web"]


@pytest.mark.parametrize(
    ("enabled", "status"),
    [
        ("false", "absent"),
        ("true", "fail"),
        ('"false"', "absent"),
        ("local.off", "absent"),
        ("var.off", "fail"),
        ("var.on", "fail"),
        ("!var.on", "fail"),
        ("null == 1", "absent"),
    ],
)
def test_opentofu_enables_resources_and_modules(tmp_path: Path, enabled: str, status: str) -> None:
    variables = (
        'variable "on" {\n  type = bool\n  default = true\n}\nvariable "off" {\n  type = bool\n  default = false\n}\n'
    )
    lifecycle = f"  lifecycle {{\n    enabled = {enabled}\n  }}\n"
    module = 'module "m" {\n  source = "./m"\n' + lifecycle + "}\n"
    files = {
        "main.tofu": variables + "locals {\n  off = false\n}\n" + BAD.format(lifecycle) + module,
        "m/main.tofu": BAD.format(""),
    }
    found = {
        finding.address: str(finding.verdict)
        for finding in check(tmp_path, files).findings
        if finding.rule == "imdsv1-allowed"
    }
    expected = {"aws_instance.web": status, "module.m.aws_instance.web": status}
    assert found == ({} if status == "absent" else expected)


def test_json_enables_too(tmp_path: Path) -> None:
    text = '{"resource": {"aws_instance": {"web": {"ami": "ami-1", "lifecycle": {"enabled": false}}}}}'
    report = check(tmp_path, {"main.tf.json": text})
    assert (failing(report), report.launches.checked) == ([], 0)


@pytest.mark.parametrize("syntax", ["vars {{\n{}}}", "vars = {{\n{}}}"])
@pytest.mark.parametrize("reference", ["aws_iam_access_key.bot.secret", '"${aws_iam_access_key.bot.secret}"'])
def test_variables_of_a_template_may_be_a_block(tmp_path: Path, syntax: str, reference: str) -> None:
    given = syntax.format(f"  secret = {reference}\n")
    text = (
        f'resource "aws_iam_access_key" "bot" {{\n  user = "bot"\n}}\ndata "template_file" "boot" {{\n'
        f'  template = "export AWS_SECRET_ACCESS_KEY=$${{secret}}"\n  {given}\n}}\n'
        + BAD.format('  user_data = "${data.template_file.boot.rendered}"\n')
    )
    report = check(tmp_path, {"main.tf": text})
    assert failing(report, "generated-access-key-on-instance") != []


MODULE = 'variable "tokens" {\n  default = "required"\n}\n' + BAD.format(
    "  metadata_options {\n    http_tokens = var.tokens\n  }\n"
)
CALL = 'variable "env" {{\n  default = "dev"\n}}\nmodule "a" {{\n  source = {}\n  tokens = "optional"\n}}\n'


@pytest.mark.parametrize(
    "source", ['"./mods/${var.env}"', '"./mods/${local.env}"', "local.source", '"./mods/${var.env}/."']
)
def test_a_source_of_constants_is_followed(tmp_path: Path, source: str) -> None:
    more = 'locals {\n  env = var.env\n  source = "./mods/${var.env}"\n}\n'
    files = {"main.tf": CALL.format(source) + more, "mods/dev/main.tf": MODULE, "mods/prod/main.tf": ""}
    assert failing(check(tmp_path, files)) == ["module.a.aws_instance.web"]


def test_a_source_follows_the_value_that_is_given(tmp_path: Path) -> None:
    files = {"main.tf": CALL.format('"./mods/${var.env}"'), "mods/dev/main.tf": "", "mods/prod/main.tf": MODULE}
    assert failing(check(tmp_path, files, env="prod")) == ["module.a.aws_instance.web"]


def test_a_source_follows_what_a_call_passes(tmp_path: Path) -> None:
    files = {
        "main.tf": 'module "outer" {\n  source = "./outer"\n  env = "prod"\n}\n',
        "outer/main.tf": CALL.format('"../mods/${var.env}"'),
        "mods/dev/main.tf": "",
        "mods/prod/main.tf": MODULE,
    }
    assert failing(check(tmp_path, files)) == ["module.outer.module.a.aws_instance.web"]


@pytest.mark.parametrize(
    "source",
    [
        '"./mods/${terraform.workspace}"',
        '"${path.module}/mods/${terraform.workspace}"',
        'format("./mods/%s", terraform.workspace)',
        'join("/", ["./mods", terraform.workspace])',
    ],
)
def test_a_computed_source_is_named_and_its_modules_are_not_proven(tmp_path: Path, source: str) -> None:
    call = f'module "a" {{\n  source = {source}\n  tokens = "optional"\n}}\n'
    report = check(tmp_path, {"main.tf": call, "mods/dev/main.tf": MODULE})
    assert [notice.path for notice in report.notices] == ["main.tf"]
    assert report.launches.checked == 0


KEY = "AKIAFAKEFAKEFAKEFAK2"
SECRET = "FakeSecretFakeSecretFakeSecretFakeSecret"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("tests/unit.tftest.hcl", f'provider "aws" {{\n  access_key = "{KEY}"\n}}\nrun "r" {{\n  command = plan\n}}\n'),
        ("unit.tftest.hcl", f'run "r" {{\n  command = plan\n  variables {{\n    access_key = "{KEY}"\n  }}\n}}\n'),
        ("unit.tftest.json", f'{{"provider": {{"aws": {{"access_key": "{KEY}"}}}}}}'),
        ("a.tfmock.hcl", f'mock_resource "aws_iam_access_key" {{\n  defaults = {{\n    id = "{KEY}"\n  }}\n}}\n'),
        ("a.tfquery.hcl", f'provider "aws" {{\n  access_key = "{KEY}"\n}}\nlist "aws_instance" "a" {{}}\n'),
        ("a.tfdeploy.hcl", f'deployment "d" {{\n  inputs = {{\n    access_key = "{KEY}"\n  }}\n}}\n'),
        ("a.tfstack.hcl", f'provider "aws" "this" {{\n  config {{\n    access_key = "{KEY}"\n  }}\n}}\n'),
        ("prod.s3.tfbackend", f'bucket = "state"\naccess_key = "{KEY}"\n'),
        ("live/terragrunt.stack.hcl", f'locals {{\n  access_key = "{KEY}"\n}}\n'),
    ],
)
def test_keys_are_found_in_files_beside_a_configuration(tmp_path: Path, name: str, text: str) -> None:
    report = check(tmp_path, {name: text})
    found = {finding.at.path for finding in report.findings if finding.rule == "hardcoded-access-key"}
    assert found == {name}
    assert (report.files.found, report.files.checked) == (1, 1)


@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        ("a.tftest.hcl", 'run "r" {\n  variables {\n    x = 1\n  }\n}\n', True),
        ("a.tftest.hcl", 'run "r" {\n  command = plan\n}\n', False),
        ("a.tftest.hcl", 'mock_provider "aws" {}\nrun "r" {\n  command = apply\n}\n', False),
        ("terragrunt.stack.hcl", 'unit "a" {\n  source = "./a"\n  path = "a"\n}\n', True),
        ("a.tfcomponent.hcl", 'required_providers {\n  aws = { source = "hashicorp/aws" }\n}\n', False),
    ],
)
def test_what_deploys_and_is_not_read_is_named(tmp_path: Path, name: str, text: str, named: bool) -> None:
    report = check(tmp_path, {name: text})
    assert [(str(notice.kind), notice.path) for notice in report.notices] == ([("unsupported", name)] if named else [])


@pytest.mark.parametrize("name", ["main.tfcomponent.hcl", "main.tfstack.hcl"])
@pytest.mark.parametrize(
    ("inputs", "verdict"),
    [
        ('{ tokens = "optional" }', "fail"),
        ('{ "tokens" = "optional" }', "fail"),
        ("{ tokens = local.tokens }", "fail"),
        ("{ tokens = var.tokens }", "undecided"),
        ("{ for k in [1] : k => k }", "undecided"),
        ('{ tokens = "required" }', None),
    ],
)
def test_a_component_is_checked_with_its_inputs(tmp_path: Path, name: str, inputs: str, verdict: str | None) -> None:
    text = (
        'variable "tokens" {\n  type = string\n}\nlocals {\n  tokens = "optional"\n}\n'
        f'component "app" {{\n  source = "./app"\n  inputs = {inputs}\n}}\n'
    )
    report = check(tmp_path, {name: text, "app/main.tf": MODULE})
    found = [str(finding.verdict) for finding in report.findings if finding.rule == "imdsv1-allowed"]
    assert found == ([verdict] if verdict is not None else [])
    assert ("unsupported", name) in [(str(notice.kind), notice.path) for notice in report.notices]


def test_two_components_of_one_file_are_two_roots(tmp_path: Path) -> None:
    text = "".join(
        f'component "{one}" {{\n  source = "./app"\n  inputs = {{ tokens = "{tokens}" }}\n}}\n'
        for one, tokens in (("a", "required"), ("b", "optional"))
    )
    report = check(tmp_path, {"main.tfcomponent.hcl": text, "app/main.tf": MODULE})
    assert (report.launches.checked, failing(report)) == (2, ["aws_instance.web"])


SETTINGS = """
locals {{
  settings = {{
    test = {{ tokens = "required" }}
    live = {{ tokens = "{}" }}
  }}
  mine = local.settings[{}]
}}
"""


@pytest.mark.parametrize("key", ["terraform.workspace", 'trimprefix(terraform.workspace, "app-")', "var.stage"])
@pytest.mark.parametrize(("tokens", "expected"), [("required", []), ("optional", ["undecided"])])
def test_a_map_that_the_workspace_chooses_from_has_the_keys_that_it_has(
    tmp_path: Path, key: str, tokens: str, expected: list[str]
) -> None:
    text = 'variable "stage" {\n  default = "test"\n}\n' + SETTINGS.format(tokens, key)
    web = BAD.format("  metadata_options {\n    http_tokens = local.mine.tokens\n  }\n")
    report = check(tmp_path, {"main.tf": text + web})
    assert [str(found.verdict) for found in report.findings if found.rule == "imdsv1-allowed"] == expected


def test_what_the_workspace_chooses_from_a_map_is_proven(tmp_path: Path) -> None:
    role = """
resource "aws_iam_role" "r" {
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}
resource "aws_iam_instance_profile" "p" {
  role = aws_iam_role.r.name
}
"""
    settings = "  iam_instance_profile = aws_iam_instance_profile.p.name\n"
    tokens = settings + "  metadata_options {\n    http_tokens = local.mine.tokens\n  }\n"
    text = SETTINGS.format("required", "terraform.workspace") + role + BAD.format(tokens)
    launches = check(tmp_path, {"main.tf": text}).launches
    assert (launches.checked, launches.proven) == (1, 1)


def test_a_default_that_is_no_key_is_still_a_fault(tmp_path: Path) -> None:
    text = 'variable "stage" {\n  default = "dev"\n}\n' + SETTINGS.format("required", "var.stage")
    web = BAD.format("  metadata_options {\n    http_tokens = local.mine.tokens\n  }\n")
    report = check(tmp_path, {"main.tf": text + web})
    assert [str(found.verdict) for found in report.findings if found.rule == "imdsv1-allowed"] == ["undecided"]


def test_a_condition_is_named_in_words(tmp_path: Path) -> None:
    text = 'locals {\n  live = substr(terraform.workspace, 3, length(terraform.workspace)) == "-live"\n}\n'
    report = check(tmp_path, {"main.tf": text + BAD.format("  count = local.live ? 1 : 0\n")})
    whens = {found.when for found in report.findings if found.rule == "imdsv1-allowed"}
    assert whens == {
        'it exists: terraform.workspace is not "default" and the condition on terraform.workspace in main.tf:2'
    }


@pytest.mark.parametrize(("name", "expected"), [("test", []), ("live", ["fail"]), ("dev", ["undecided"])])
def test_the_workspace_may_be_given(tmp_path: Path, name: str, expected: list[str]) -> None:
    web = BAD.format("  metadata_options {\n    http_tokens = local.mine.tokens\n  }\n")
    (tmp_path / "main.tf").write_text(SETTINGS.format("optional", "terraform.workspace") + web, encoding="utf-8")
    settings = SessionSettings(all_rules(), inputs=Options(workspace=name))
    report = Session(settings, str(tmp_path)).check(["."])
    assert [str(found.verdict) for found in report.findings if found.rule == "imdsv1-allowed"] == expected


def test_a_trigger_names_an_action(tmp_path: Path) -> None:
    trigger = "  lifecycle {\n    action_trigger {\n      events  = [after_create]\n      actions = [%s]\n    }\n  }\n"
    action = 'action "aws_lambda_invoke" "it" {\n  config {\n    function_name = "x"\n  }\n}\n'
    report = check(tmp_path, {"main.tf": BAD.format(trigger % "action.aws_lambda_invoke.it") + action})
    assert [notice.message for notice in report.notices if "declared" in notice.message] == []

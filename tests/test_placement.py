"""Accounts and regions: the account's default, and names that count where a provider configuration leads."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import failures, judged
from iplint.finding import Report

Check = Callable[..., Report]

SAFE = 'resource "aws_ec2_instance_metadata_defaults" "d" {\n  http_tokens = "required"\n'
HOST = 'resource "aws_instance" "i" {\n  ami = "ami-1"\n  iam_instance_profile = "web"\n'
PROVIDERS = """
provider "aws" {
  region = "eu-west-1"
}
provider "aws" {
  alias  = "us"
  region = "us-east-1"
}
provider "aws" {
  alias  = "here"
  region = "eu-west-1"
}
provider "aws" {
  alias   = "other"
  region  = "eu-west-1"
  profile = "other"
}
"""


def allows(report: Report) -> str:
    """Return what is found about session tokens: "fail", "undecided" or "pass"."""
    found = [finding.verdict.value for finding in report.findings if finding.rule == "imdsv1-allowed"]
    return found[0] if found else "pass"


@pytest.mark.parametrize(
    ("default", "launch", "expected"),
    [
        ("", "", "pass"),
        ("", "provider = aws", "pass"),
        ("", "provider = aws.us", "fail"),
        ("", "provider = aws.here", "pass"),
        ("", "provider = aws.other", "fail"),
        ("provider = aws.us", "provider = aws.us", "pass"),
        ("provider = aws.us", "", "fail"),
        ('region = "us-east-1"', "", "fail"),
        ('region = "us-east-1"', "provider = aws.us", "pass"),
        ('region = "us-east-1"', 'region = "us-east-1"', "pass"),
        ("", 'region = "us-east-1"', "fail"),
        ("", 'region = "eu-west-1"', "pass"),
        ("region = var.region", "", "undecided"),
        ("region = var.region", "region = var.region", "pass"),
        ("count = var.on ? 1 : 0", "", "undecided"),
        ("count = 0", "", "fail"),
        ("depends_on = [aws_instance.i]", "", "fail"),
        ("depends_on = [aws_instance.other]", "", "pass"),
        ("", "depends_on = [aws_ec2_instance_metadata_defaults.d]", "pass"),
    ],
)
def test_the_default_of_the_account_counts_in_its_own_region(
    configuration: Check, default: str, launch: str, expected: str
) -> None:
    variables = 'variable "region" {}\nvariable "on" {\n  type = bool\n}\n'
    assert allows(configuration(f"{PROVIDERS}{variables}{SAFE}  {default}\n}}\n{HOST}  {launch}\n}}\n")) == expected


def test_a_region_that_the_environment_names_is_unknown(configuration: Check) -> None:
    assert allows(configuration(f'{SAFE}  region = "eu-west-1"\n}}\n{HOST}}}\n')) == "undecided"
    assert allows(configuration(f"{SAFE}}}\n{HOST}}}\n")) == "pass"


MODULE = """
terraform {
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      configuration_aliases = [aws.far]
    }
  }
}
"""


@pytest.mark.parametrize(
    ("call", "launch", "expected"),
    [
        ("", "", "pass"),
        ("providers = { aws = aws.us }", "", "fail"),
        ("providers = { aws.far = aws.us }", "", "pass"),
        ("providers = { aws.far = aws.us }", "provider = aws.far", "fail"),
        ("providers = { aws.far = aws.here }", "provider = aws.far", "pass"),
        ('providers = { aws.far = aws.us }\n  for_each = toset(["a"])', "provider = aws.far", "fail"),
        # Nothing says which configuration this is.
        ("", "provider = aws.far", "undecided"),
    ],
)
def test_a_module_gets_its_providers_from_its_caller(
    configuration: Check, call: str, launch: str, expected: str
) -> None:
    passed = "  providers = {\n    aws     = aws\n    aws.far = aws.far\n  }\n" if "far" in call else ""
    files = {
        "main.tf": f'{PROVIDERS}{SAFE}}}\nmodule "outer" {{\n  source = "./outer"\n  {call}\n}}\n',
        "outer/main.tf": f'{MODULE}module "inner" {{\n  source = "../inner"\n{passed}}}\n',
        "inner/main.tf": f"{MODULE}{HOST}  {launch}\n}}\n",
    }
    report = configuration(files)
    assert allows(report) == expected


def test_a_module_may_have_a_configuration_of_its_own(configuration: Check) -> None:
    files = {
        "main.tf": f'{PROVIDERS}{SAFE}}}\nmodule "m" {{\n  source = "./m"\n}}\n',
        "m/main.tf": f'provider "aws" {{\n  region = "us-east-1"\n}}\n{HOST}}}\n',
    }
    assert allows(configuration(files)) == "fail"


@pytest.mark.parametrize(("key", "expected"), [("eu", "pass"), ("us", "fail")])
def test_opentofu_repeats_a_configuration(tmp_path: Path, key: str, expected: str) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "main.tofu").write_text(f"{HOST}}}\n")
    (tmp_path / "main.tofu").write_text(
        'provider "aws" {\n  alias    = "by"\n  for_each = { eu = "eu-west-1", us = "us-east-1" }\n'
        f'  region   = each.value\n}}\n{SAFE}  provider = aws.by["eu"]\n}}\n'
        f'module "m" {{\n  source = "./m"\n  for_each = toset(["{key}"])\n'
        "  providers = { aws = aws.by[each.key] }\n}\n"
    )
    assert allows(judged(tmp_path)) == expected


@pytest.mark.parametrize(("alias", "expected"), [("aws.here", "pass"), ("aws.us", "fail")])
def test_json_writes_configurations_as_texts(configuration: Check, tmp_path: Path, alias: str, expected: str) -> None:
    host = {"ami": "ami-1", "iam_instance_profile": "web", "provider": alias}
    (tmp_path / "host.tf.json").write_text(json.dumps({"resource": {"aws_instance": {"i": host}}}))
    assert allows(configuration(f"{PROVIDERS}{SAFE}}}\n")) == expected


def test_a_default_in_a_module_may_be_set_after_the_launch(configuration: Check) -> None:
    call = 'module "m" {\n  source = "./m"\n  # after\n}\n'
    calls = [(call, "pass"), (call.replace("# after", "depends_on = [aws_instance.i]"), "fail")]
    for text, expected in calls:
        assert allows(configuration({"main.tf": f"{text}{HOST}}}\n", "m/main.tf": f"{SAFE}}}\n"})) == expected


def test_two_defaults_of_one_region_decide_nothing(configuration: Check) -> None:
    lax = SAFE.replace('"d"', '"lax"').replace("required", "optional")
    assert allows(configuration(f"{SAFE}}}\n{lax}}}\n{HOST}}}\n")) == "undecided"
    assert allows(configuration(f"{PROVIDERS}{SAFE}}}\n{lax}  provider = aws.us\n}}\n{HOST}}}\n")) == "pass"


def test_the_default_sets_endpoint_and_hop_limit_too(configuration: Check) -> None:
    more = '  http_endpoint = "disabled"\n  http_put_response_hop_limit = 9\n}\n'
    found = {rule for rule, _, _ in failures(configuration(SAFE + more + HOST + "}\n"))}
    assert {"metadata-endpoint-disabled", "high-metadata-hop-limit"} <= found
    own = '  metadata_options {\n    http_endpoint = "enabled"\n    http_put_response_hop_limit = 1\n  }\n}\n'
    assert not failures(configuration(SAFE + more + HOST + own))


TWO_PROFILES = """
provider "aws" {
  alias   = "a"
  profile = "a"
}
provider "aws" {
  alias   = "b"
  profile = "b"
}
resource "aws_iam_role" "a" {
  provider           = aws.a
  name               = "web"
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}
resource "aws_iam_role" "b" {
  provider           = aws.b
  name               = "web"
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}
resource "aws_iam_instance_profile" "a" {
  provider = aws.a
  name     = "web"
  role     = "web"
}
resource "aws_iam_instance_profile" "b" {
  provider = aws.b
  name     = "web"
  role     = "web"
}
resource "aws_instance" "i" {
  provider             = aws.%s
  iam_instance_profile = "web"
  metadata_options {
    http_tokens = "required"
  }
}
"""


@pytest.mark.parametrize("alias", ["a", "b"])
def test_names_count_in_one_account(configuration: Check, alias: str) -> None:
    report = configuration(TWO_PROFILES % alias)
    found = {(rule, address) for rule, address, _ in failures(report) if rule == "role-without-ec2-trust"}
    assert found == {("role-without-ec2-trust", "aws_iam_role.b")}
    assert (report.launches.proven, report.launches.failed) == ((1, 0) if alias == "a" else (0, 1))


def test_iam_is_one_in_all_regions_of_an_account(configuration: Check) -> None:
    regions = TWO_PROFILES.replace('profile = "a"', 'region = "a"').replace('profile = "b"', 'region = "b"')
    one = [
        block
        for block in regions.split("resource ")
        if not block.startswith(('"aws_iam_role" "b', '"aws_iam_instance_profile" "b'))
    ]
    assert configuration("resource ".join(one) % "b").launches.proven == 1


def planned(key: str, region: str | None = None) -> dict[str, object]:
    """Return a plan with a default of the account in eu-west-1, and an instance by the configuration `key`."""
    values: dict[str, object] = {"ami": "ami-1", "iam_instance_profile": "web"}
    resources = [
        ("aws_ec2_instance_metadata_defaults", "d", {"http_tokens": "required"}, "aws.eu"),
        ("aws_instance", "i", values | ({"region": region} if region is not None else {}), key),
    ]
    return {
        "format_version": "1.2",
        "planned_values": {
            "root_module": {
                "resources": [
                    {"address": f"{type}.{name}", "mode": "managed", "type": type, "name": name, "values": made}
                    for type, name, made, _ in resources
                ]
            }
        },
        "configuration": {
            "provider_config": {
                f"aws.{alias}": {"name": "aws", "alias": alias, "expressions": {"region": {"constant_value": place}}}
                for alias, place in (("eu", "eu-west-1"), ("us", "us-east-1"), ("here", "eu-west-1"))
            },
            "root_module": {
                "resources": [
                    {"address": f"{type}.{name}", "mode": "managed", "type": type, "name": name}
                    | {"provider_config_key": key}
                    for type, name, _, key in resources
                ]
            },
        },
    }


@pytest.mark.parametrize(
    ("key", "region", "expected"),
    [
        ("aws.eu", None, "pass"),
        ("aws.us", None, "fail"),
        ("aws.here", None, "pass"),
        ("aws.eu", "us-east-1", "fail"),
        ("", None, "undecided"),
        ("m:aws", None, "undecided"),
    ],
)
def test_a_plan_says_which_configuration_makes_a_resource(
    tmp_path: Path, key: str, region: str | None, expected: str
) -> None:
    (tmp_path / "plan.json").write_text(json.dumps(planned(key, region)))
    assert allows(judged(tmp_path / "plan.json")) == expected


@pytest.mark.parametrize(("other", "expected"), [("required", []), ("optional", ["undecided"])])
def test_two_defaults_that_say_the_same_count(configuration: Check, other: str, expected: list[str]) -> None:
    defaults = "".join(
        f'resource "aws_ec2_instance_metadata_defaults" "d{number}" {{\n  http_tokens = "{tokens}"\n}}\n'
        for number, tokens in enumerate(("required", other))
    )
    after = ", ".join(f"aws_ec2_instance_metadata_defaults.d{number}" for number in range(2))
    host = f'resource "aws_instance" "a" {{\n  ami = "a"\n  depends_on = [{after}]\n}}\n'
    report = configuration(defaults + host, rules=["imdsv1-allowed"])
    assert [finding.verdict for finding in report.findings] == expected


@pytest.mark.parametrize("quote", ['"', ""])
@pytest.mark.parametrize(
    ("provider", "found"), [("one", [("role-without-ec2-trust", "aws_iam_role.one")]), ("two", [])]
)
def test_a_profile_holds_the_role_of_its_own_account(
    configuration: Callable[..., Report], provider: str, found: list[tuple[str, str]], quote: str
) -> None:
    text = "".join(
        f'provider "aws" {{\n  alias = "{alias}"\n  allowed_account_ids = [{quote}{account}{quote}]\n}}\n'
        f'resource "aws_iam_role" "{alias}" {{\n  provider = aws.{alias}\n  name = "app"\n'
        "  assume_role_policy = jsonencode("
        f'{{ Statement = [{{ Effect = "Allow", Principal = {{ Service = "{service}.amazonaws.com" }},'
        ' Action = "sts:AssumeRole" }] })\n}\n'
        for alias, account, service in (("one", "111122223333", "ecs"), ("two", "444455556666", "ec2"))
    )
    profile = f'resource "aws_iam_instance_profile" "p" {{\n  provider = aws.{provider}\n  role = "app"\n}}\n'
    report = configuration(text + profile, rules=["role-without-ec2-trust"])
    assert [(finding.rule, finding.address) for finding in report.findings] == found


@pytest.mark.parametrize(
    "setting",
    [
        'allowed_account_ids = ["NUMBER"]',
        'profile = "NUMBER"',
        'shared_config_files = ["NUMBER"]',
        'shared_credentials_file = "NUMBER"',
        'shared_credentials_files = ["NUMBER"]',
        'access_key = "NUMBER"',
        'assume_role {\n    role_arn = "arn:aws:iam::NUMBER:role/x"\n  }',
        'assume_role_with_web_identity {\n    role_arn = "arn:aws:iam::NUMBER:role/x"\n  }',
        'endpoints {\n    iam = "https://NUMBER"\n  }',
    ],
)
def test_what_decides_the_account_of_a_configuration_sets_names_apart(configuration: Check, setting: str) -> None:
    trust = 'assume_role_policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "sts:AssumeRole",\n'
    text = "".join(
        f'provider "aws" {{\n  alias = "{alias}"\n  {setting.replace("NUMBER", number)}\n}}\n'
        f'resource "aws_iam_role" "{alias}" {{\n  provider = aws.{alias}\n  name = "app"\n'
        f'  {trust}    Principal = {{ Service = "{service}.amazonaws.com" }} }}] }})\n}}\n'
        for alias, number, service in (("one", "111122223333", "ecs"), ("two", "444455556666", "ec2"))
    )
    profile = 'resource "aws_iam_instance_profile" "p" {\n  provider = aws.two\n  role = "app"\n}\n'
    assert configuration(text + profile, rules=["role-without-ec2-trust"]).findings == []
    report = configuration(text + profile.replace("aws.two", "aws.one"), rules=["role-without-ec2-trust"])
    assert [finding.address for finding in report.findings] == ["aws_iam_role.one"]


def test_the_providers_of_an_unread_module_are_no_references_to_resources(configuration: Check) -> None:
    report = configuration(
        PROVIDERS
        + f"""
{HOST.replace('"web"', "aws_iam_instance_profile.web.name")}
  metadata_options {{
    http_tokens = "required"
  }}
}}
resource "aws_iam_instance_profile" "web" {{
  role = aws_iam_role.web.name
}}
resource "aws_iam_role" "web" {{
  assume_role_policy = jsonencode({{
    Statement = [{{ Effect = "Allow", Action = "sts:AssumeRole", Principal = {{ Service = "ec2.amazonaws.com" }} }}]
  }})
}}
module "elsewhere" {{
  source    = "example/elsewhere/aws"
  providers = {{ aws = aws.us }}
  name      = "web"
}}
"""
    )
    assert report.launches.proven == 1
    assert not [notice.message for notice in report.notices if "not declared" in notice.message]

"""Root modules and the modules they call: whose inputs count, what is installed, and what is not here."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from conftest import failures, judged
from iplint.finding import Report

Configuration = Callable[..., Report]
Command = Callable[..., CompletedProcess[str]]

INSTANCE = """\
variable "profile" {
  default = null
}
variable "tokens" {
  default = "required"
}
resource "aws_instance" "this" {
  iam_instance_profile = var.profile
  metadata_options {
    http_tokens = var.tokens
  }
}
"""


def write(top: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def places(report: Report) -> list[tuple[str, str, str, int]]:
    """The failures as rule, address, path and line."""
    return [
        (finding.rule, finding.address, finding.at.path, finding.at.first[0])
        for finding in report.findings
        if finding.verdict == "fail"
    ]


def related(report: Report, rule: str) -> list[tuple[str, int]]:
    (finding,) = (finding for finding in report.findings if finding.rule == rule)
    return [(step.at.path, step.at.first[0]) for step in finding.related]


def unresolved(report: Report) -> list[str]:
    return [notice.message for notice in report.notices if notice.kind == "unresolved"]


def manifest(*entries: tuple[str, str, str, str]) -> str:
    """What `terraform init` writes: key, source, version and directory of each module."""
    modules = [{"Key": "", "Source": "", "Dir": "."}]
    for key, source, version, directory in entries:
        modules.append({"Key": key, "Source": source, "Dir": directory} | ({"Version": version} if version else {}))
    return json.dumps({"Modules": modules})


def test_a_called_module_is_judged_with_each_call_and_not_with_its_defaults(configuration: Configuration) -> None:
    found = configuration(
        {
            "main.tf": """\
module "one" {
  source  = "./web"
  profile = "web"
}
module "two" {
  source = "./web"
  profile = "web"
  tokens = "optional"
}
module "three" {
  source  = "./web"
}
""",
            "web/main.tf": INSTANCE,
        }
    )
    assert places(found) == [
        ("imdsv1-allowed", "module.two.aws_instance.this", "main.tf", 8),
        ("missing-instance-profile", "module.three.aws_instance.this", "main.tf", 10),
    ]
    assert related(found, "imdsv1-allowed") == [("web/main.tf", 10), ("main.tf", 5)]
    assert related(found, "missing-instance-profile") == [("web/main.tf", 8), ("web/main.tf", 1), ("main.tf", 10)]
    assert found.launches.checked == 3


def test_the_default_of_a_module_decides_and_the_call_is_a_related_place(configuration: Configuration) -> None:
    module = INSTANCE.replace('"required"', '"optional"').replace("null", '"web"')
    found = configuration({"main.tf": 'module "web" {\n  source = "./web"\n}\n', "web/main.tf": module})
    assert places(found) == [("imdsv1-allowed", "module.web.aws_instance.this", "web/main.tf", 5)]
    assert related(found, "imdsv1-allowed")[-1] == ("main.tf", 1)


def test_findings_on_roles_in_modules_name_the_calls(configuration: Configuration) -> None:
    found = configuration(
        {
            "main.tf": 'module "outer" {\n  source = "./outer"\n}\n',
            "outer/main.tf": 'module "role" {\n  source = "../role"\n}\n',
            "role/main.tf": """\
resource "aws_iam_role_policy_attachment" "this" {
  role       = "web"
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}
""",
        }
    )
    address = "module.outer.module.role.aws_iam_role_policy_attachment.this"
    assert places(found) == [("administrator-access", address, "role/main.tf", 3)]
    assert related(found, "administrator-access") == [("outer/main.tf", 1), ("main.tf", 1)]


REGISTRY = 'provider "aws" {}\nmodule "web" {\n  source  = "example/web/aws"\n  version = "~> 1.0"\n}\n'


@pytest.mark.parametrize("host", ["registry.terraform.io/", "registry.opentofu.org/", ""])
def test_an_installed_module_is_read(configuration: Configuration, host: str) -> None:
    found = configuration(
        {
            "main.tf": REGISTRY.removesuffix("}\n") + '  tokens  = "optional"\n}\n',
            ".terraform/modules/modules.json": manifest(
                ("web", f"{host}example/web/aws", "1.4.2", ".terraform/modules/web"),
                ("web.disk", f"{host}example/disk/aws//inner", "2.0.0", ".terraform/modules/web.disk/inner"),
            ),
            ".terraform/modules/web/main.tf": INSTANCE
            + 'module "disk" {\n  source = "example/disk/aws//inner"\n}\noutput "id" { value = 1 }\n',
            ".terraform/modules/web.disk/inner/main.tf": 'resource "aws_instance" "disk" {}\n',
        }
    )
    assert unresolved(found) == []
    assert places(found) == [
        ("imdsv1-allowed", "module.web.module.disk.aws_instance.disk", ".terraform/modules/web.disk/inner/main.tf", 1),
        (
            "missing-instance-profile",
            "module.web.module.disk.aws_instance.disk",
            ".terraform/modules/web.disk/inner/main.tf",
            1,
        ),
        ("missing-instance-profile", "module.web.aws_instance.this", "main.tf", 2),
        ("imdsv1-allowed", "module.web.aws_instance.this", "main.tf", 5),
    ]
    assert (found.files.found, found.files.checked) == (1, 1)


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        (("web", "registry.terraform.io/other/web/aws", "1.0.0", ".terraform/modules/web"), 1),
        (("web", "registry.terraform.io/example/web/aws", "2.0.0", ".terraform/modules/web"), 1),
        (("web", "registry.terraform.io/example/web/aws", "1.0.0", "../../outside"), 1),
        (("web", "registry.terraform.io/example/web/aws", "1.0.0", ".terraform/modules/gone"), 1),
        (("web", "registry.terraform.io/example/web/aws", "1.9.0", ".terraform/modules/web"), 0),
    ],
)
def test_what_is_installed_must_be_what_is_called(tmp_path: Path, entry: tuple[str, str, str, str], told: int) -> None:
    write(
        tmp_path,
        {
            "outside/main.tf": INSTANCE,
            "a/b/.git/HEAD": "",
            "a/b/main.tf": REGISTRY,
            "a/b/.terraform/modules/modules.json": manifest(entry),
            "a/b/.terraform/modules/web/main.tf": INSTANCE,
        },
    )
    found = judged(tmp_path / "a" / "b")
    assert len(unresolved(found)) == told
    assert len(failures(found)) == 1 - told


def test_a_git_module_that_is_installed_is_read_though_the_root_does_not_speak_of_aws(
    configuration: Configuration,
) -> None:
    source = "git::https://example.com/web.git?ref=v1"
    found = configuration(
        {
            "main.tf": f'module "web" {{\n  source = "{source}"\n}}\n',
            ".terraform/modules/modules.json": manifest(("web", source, "", ".terraform/modules/web")),
            ".terraform/modules/web/main.tf": INSTANCE,
        }
    )
    assert [finding[:2] for finding in places(found)] == [("missing-instance-profile", "module.web.aws_instance.this")]


@pytest.mark.parametrize("content", ["{", "[]", '{"Modules": [{"Key": 1}, 2]}', ""])
def test_a_broken_list_of_installed_modules_is_told(configuration: Configuration, content: str) -> None:
    found = configuration({"main.tf": REGISTRY, ".terraform/modules/modules.json": content})
    assert any("example/web/aws" in message for message in unresolved(found))
    assert any("installed modules are not known" in message for message in unresolved(found)) == (content == "{")


def test_an_absent_module_is_one_notice_with_what_is_passed(configuration: Configuration) -> None:
    found = configuration(
        """\
module "web" {
  source                 = "example/web/aws"
  version                = "1.2.0"
  count                  = 2
  name                   = "web"
  iam_instance_profile   = "web"
  metadata_options       = { http_tokens = "required", http_endpoint = var.endpoint }
  create_role            = true
  metadata_http_tokens   = null
  role_policies          = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
  role_secret            = "FAKEFAKE"
  iam_role_password      = "FAKEFAKE"
  role_key               = "AKIAFAKEFAKEFAKEFAK2"
}
variable "endpoint" {}
resource "aws_instance" "this" {
  iam_instance_profile = module.web[0].profile
  metadata_options {
    http_tokens = module.web[0].tokens
  }
}
"""
    )
    assert unresolved(found) == [
        'module "web" was not read: its source example/web/aws 1.2.0 is not here; it is called with name, '
        'iam_instance_profile = "web", metadata_options, create_role = true, metadata_http_tokens = null, '
        'role_policies = ["arn:aws:iam::aws:policy/ReadOnlyAccess"], role_secret, iam_role_password, role_key'
    ]
    undecided = [finding.message for finding in found.findings if finding.verdict == "undecided"]
    assert len(undecided) == 2
    assert all(message.endswith("depends on module example/web/aws") for message in undecided)


VALUES = 'provider "aws" {}\n' + INSTANCE.replace("null", '"web"')


def test_the_environment_counts_when_it_is_asked_for(iplint: Command, tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": VALUES})
    environment = {"TF_VAR_tokens": "optional", "TF_VAR_other": "x"}
    assert iplint("check", cwd=tmp_path, **environment).returncode == 0
    done = iplint("check", "--var-env", cwd=tmp_path, **environment)
    assert done.returncode == 1
    assert "TF_VAR_tokens" in done.stdout
    assert iplint("check", "--var-env", "--var", "tokens=required", cwd=tmp_path, **environment).returncode == 0
    write(tmp_path, {"terraform.tfvars": 'tokens = "required"\n'})
    assert iplint("check", "--var-env", cwd=tmp_path, **environment).returncode == 0


def test_a_complex_value_of_the_environment_is_an_expression(iplint: Command, tmp_path: Path) -> None:
    module = VALUES.replace("var.tokens", "var.options[0].tokens")
    write(tmp_path, {"main.tf": module + 'variable "options" {\n  type = list(map(string))\n}\n'})
    environment = {"TF_VAR_options": '[{tokens = "optional"}]'}
    assert iplint("check", "--var-env", cwd=tmp_path, **environment).returncode == 1


def test_files_of_values_that_nothing_applies_are_one_notice(iplint: Command, tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": VALUES, "dev.tfvars": 'tokens = "optional"\n', "prod.tfvars.json": '{"tokens": "x"}'})
    done = iplint("check", "--format", "json", cwd=tmp_path)
    assert done.returncode == 0
    (notice,) = json.loads(done.stdout)["notices"]
    assert (notice["kind"], notice["path"]) == ("unresolved", "dev.tfvars")
    assert notice["message"] == (
        "dev.tfvars and prod.tfvars.json were not applied: give one of them with --var-file to check with its values"
    )
    assert iplint("check", "--strict", cwd=tmp_path).returncode == 3


@pytest.mark.parametrize(
    "arguments",
    [("--var-file", "dev.tfvars"), ("--var", "tokens=required"), ("--exclude", "*.tfvars")],
)
def test_files_of_values_that_would_change_nothing_are_not_told(
    iplint: Command, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    values = 'tokens = "required"\n'
    write(tmp_path, {"main.tf": VALUES, "dev.tfvars": values, "prod.tfvars": values, "x.auto.tfvars": values})
    assert json.loads(iplint("check", "--format", "json", *arguments, cwd=tmp_path).stdout)["notices"] == []


def test_a_file_of_values_that_sets_more_than_is_given_is_told(iplint: Command, tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": VALUES, "dev.tfvars": 'profile = "x"\n', "prod.tfvars": 'tokens = "required"\n'})
    done = iplint("check", "--format", "json", "--var-file", "prod.tfvars", cwd=tmp_path)
    assert [notice["path"] for notice in json.loads(done.stdout)["notices"]] == ["dev.tfvars"]


def test_blocks_that_deploy_nothing(configuration: Configuration) -> None:
    found = configuration(
        VALUES
        + """moved {
  from = aws_instance.old
  to   = aws_instance.this
}
import {
  to = aws_instance.this
  id = "i-0123456789abcdef0"
}
removed {
  from = aws_instance.gone
  lifecycle {
    destroy = false
  }
}
check "health" {
  data "aws_iam_policy_document" "inner" {
    statement {
      actions   = ["s3:GetObject"]
      resources = ["*"]
    }
  }
  assert {
    condition     = data.aws_iam_policy_document.inner.json != ""
    error_message = "none"
  }
}
ephemeral "aws_secretsmanager_secret_version" "db" {
  secret_id = "db"
}
resource "aws_launch_template" "other" {
  iam_instance_profile {
    name = ephemeral.aws_secretsmanager_secret_version.db.secret_string
  }
  metadata_options {
    http_tokens = "required"
  }
}
"""
    )
    assert found.notices == []
    assert [finding for finding in found.findings if finding.verdict == "fail"] == []
    assert found.launches.checked == 1


@pytest.mark.parametrize(
    ("files", "line"),
    [
        ({"main.tf": VALUES, "main.tofu": VALUES.replace("required", "optional")}, ("main.tofu", 6)),
        (
            {"main.tf": VALUES, "tokens_override.tf": 'variable "tokens" {\n  default = "optional"\n}\n'},
            ("tokens_override.tf", 2),
        ),
        (
            {"main.tf": VALUES, "override.tf.json": '{"variable": {"tokens": {"default": "optional"}}}'},
            ("override.tf.json", 1),
        ),
        (
            {"main.tf": VALUES, "terraform.tfvars.json": '{"tokens": "optional"}'},
            ("terraform.tfvars.json", 1),
        ),
    ],
)
def test_files_that_take_the_place_of_others(
    configuration: Configuration, files: dict[str, str], line: tuple[str, int]
) -> None:
    found = configuration(files)
    assert [place[2:] for place in places(found) if place[0] == "imdsv1-allowed"] == [line]


@pytest.mark.parametrize(
    ("type", "given", "line"),
    [
        ('object({ tokens = optional(string, "optional") })', "{}", 2),
        ('object({ tokens = optional(string, "required") })', "{}", None),
        ('object({ tokens = optional(string, "required") })', '{ tokens = "optional" }', 3),
        ('object({ tokens = optional(string, "required") })', "{ tokens = null }", None),
        ("object({ tokens = optional(string) })", "{}", None),
    ],
)
def test_optional_attributes_have_defaults(
    configuration: Configuration, type: str, given: str, line: int | None
) -> None:
    module = f"""variable "options" {{
  type = {type}
}}
resource "aws_instance" "this" {{
  iam_instance_profile = "web"
  metadata_options {{
    http_tokens = coalesce(var.options.tokens, "required")
  }}
}}
"""
    call = f'module "web" {{\n  source = "./web"\n  options = {given}\n}}\n'
    found = configuration({"main.tf": call, "web/main.tf": module})
    expected = {None: [], 2: [("web/main.tf", 2)], 3: [("main.tf", 3)]}[line]
    assert [place[2:] for place in places(found)] == expected


@pytest.mark.parametrize(("nullable", "failing"), [("", True), ("nullable = true", True), ("nullable = false", False)])
def test_null_counts_as_not_given_where_it_is_not_allowed(
    configuration: Configuration, nullable: str, failing: bool
) -> None:
    module = INSTANCE.replace('default = "required"', f'default = "required"\n  {nullable}').replace("null", '"web"', 1)
    call = 'module "web" {\n  source = "./web"\n  tokens = null\n}\n'
    found = configuration({"main.tf": call, "web/main.tf": module})
    assert [place[0] for place in places(found)] == (["imdsv1-allowed"] if failing else [])

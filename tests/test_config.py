"""The configuration file: what it sets, what wins, what is refused, and how to be rid of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iplint import config
from iplint.baseline import SCHEMA
from iplint.cli import run
from iplint.config import SETTINGS, ConfigError

Command = Callable[..., CompletedProcess[str]]
DOCS = Path(__file__).parents[1] / "docs"

TEMPLATE = """
Parameters: {Tokens: {Type: String, Default: required}}
Resources:
  Host:
    Type: AWS::EC2::Instance
    Properties: {ImageId: ami-0123456789abcdef0}
  Shared:
    Type: AWS::EC2::Instance
    Properties: {IamInstanceProfile: shared-web, MetadataOptions: {HttpTokens: !Ref Tokens}}
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "web.yaml").write_text(TEMPLATE, encoding="utf-8")
    return tmp_path


@pytest.fixture
def check(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., dict[str, Any]]:
    """The report on the repository, configured by a text in iplint.toml."""
    monkeypatch.chdir(repository)

    def check(text: str, *options: str, name: str = "iplint.toml") -> dict[str, Any]:
        (repository / name).write_text(text, encoding="utf-8")
        status = run(["check", "--format", "json", *options])
        done = capfd.readouterr()
        assert status in (0, 1), done.err
        report: dict[str, Any] = json.loads(done.out)
        return {**report, "status": status}

    return check


def rules(report: dict[str, Any]) -> list[str]:
    return sorted(finding["rule"] for finding in report["findings"])


HOST = ["imdsv1-allowed", "missing-instance-profile"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", HOST),
        ('select = ["metadata"]', HOST[:1]),
        ('ignore = ["metadata"]', HOST[1:]),
        ('exclude = ["stacks"]', []),
        ('severity = "critical"', []),
        ('[ignore-in]\n"stacks" = ["metadata"]', HOST[1:]),
        ('[ignore-in]\n"stacks/*.yaml" = ["imdsv1-allowed", "profile"]', []),
        ('[ignore-in]\n"other/*" = ["all"]', HOST),
        ('[ignore-in]\n"address:Host" = ["metadata"]', HOST[1:]),
        ('[ignore-in]\n"address:Ho" = ["all"]', HOST),
        ('account-http-tokens = "required"', HOST[1:]),
        ('account-http-tokens = "optional"', HOST),
        ("undecided = true", [*HOST, "role-without-ec2-trust"]),
        ('undecided = true\naccepted-profiles = ["shared-*"]', HOST),
        ('undecided = true\naccepted-profiles = ["other"]', [*HOST, "role-without-ec2-trust"]),
        ('[parameters]\nTokens = "optional"', [HOST[0], *HOST]),
    ],
)
def test_what_settings_change(check: Callable[..., dict[str, Any]], text: str, expected: list[str]) -> None:
    assert rules(check(text)) == expected


def test_severities_are_set_by_rule(check: Callable[..., dict[str, Any]]) -> None:
    report = check('[severities]\nimdsv1-allowed = "low"\n')
    assert report["summary"]["findings"] == {"critical": 0, "high": 1, "medium": 0, "low": 1, "info": 0}
    assert check('fail-on = "critical"')["status"] == 0


def test_what_does_not_count_is_counted_as_ignored(check: Callable[..., dict[str, Any]], iplint: Command) -> None:
    assert check('[ignore-in]\nstacks = ["metadata"]')["summary"]["suppressed"] == 1


TAGGED = """
provider "aws" {
  default_tags {
    tags = { Stage = "dev" }
  }
  assume_role {
    role_arn = "arn:aws:iam::111122223333:role/deploy"
  }
}
provider "aws" {
  alias               = "live"
  allowed_account_ids = ["444455556666"]
}
variable "stage" {}
resource "aws_instance" "dev" {
  count = 2
}
resource "aws_instance" "live" {
  provider = aws.live
  tags     = { Stage = "prod", Team = "web" }
}
resource "aws_instance" "any" {
  tags = { Stage = var.stage }
}
resource "aws_instance" "each" {
  for_each = { dev = "dev", prod = "prod" }
  tags     = { Stage = each.value }
}
"""


@pytest.mark.parametrize(
    ("selector", "gone"),
    [
        ("address:aws_instance.dev", {"dev"}),
        ("address:aws_instance.dev[0]", set()),
        ("address:aws_instance.*", {"dev", "live", "any", "each"}),
        ("address:module.other", set()),
        ("tag:Stage=dev", {"dev"}),
        ("tag:Stage=p*", {"live"}),
        ("tag:Stage=*", {"dev", "live", "each"}),
        ("tag:Team=web", {"live"}),
        ("account:111122223333", {"dev", "any", "each"}),
        ("account:4444*", {"live"}),
    ],
)
def test_findings_are_selected_by_what_each_of_their_resources_belongs_to(
    check: Callable[..., dict[str, Any]], repository: Path, selector: str, gone: set[str]
) -> None:
    (repository / "stacks" / "web.yaml").write_text(TAGGED, encoding="utf-8")
    (repository / "stacks" / "web.yaml").rename(repository / "stacks" / "main.tf")

    def found(text: str) -> dict[str, str]:
        report = check(text, "--select", "imdsv1-allowed")
        return {finding["address"].split(".")[1].split("[")[0]: finding["severity"] for finding in report["findings"]}

    left = found(f'[ignore-in]\n"{selector}" = ["metadata"]')
    assert {"dev", "live", "any", "each"} - set(left) == gone
    changed = found(f'[severity-in]\n"{selector}" = {{ metadata = "low" }}')
    assert {name for name, severity in changed.items() if severity == "low"} == gone


@pytest.mark.parametrize(
    ("selector", "is_gone"),
    [("tag:Stage=dev", True), ("tag:Stage=prod", False), ("account:111122223333", True), ("account:1", False)],
)
def test_templates_have_tags_and_an_account_too(
    check: Callable[..., dict[str, Any]], repository: Path, selector: str, is_gone: bool
) -> None:
    tags = "TagSpecifications: [{ResourceType: instance, Tags: [{Key: Stage, Value: dev}]}]"
    template = TEMPLATE.split("  Host:")[0] + "  T:\n    Type: AWS::EC2::LaunchTemplate\n    Properties:\n"
    template += f"      LaunchTemplateData: {{{tags}}}\n"
    (repository / "stacks" / "web.yaml").write_text(template, encoding="utf-8")
    text = f'[parameters]\n"AWS::AccountId" = "111122223333"\n[ignore-in]\n"{selector}" = ["all"]\n'
    assert (check(text)["findings"] == []) == is_gone


@pytest.mark.parametrize("name", ["main.tf", "around.yaml"])
def test_the_account_of_the_templates_is_not_that_of_other_roots(
    check: Callable[..., dict[str, Any]], repository: Path, name: str
) -> None:
    for path in (repository / "stacks").iterdir():
        path.unlink()
    texts = {
        "main.tf": 'resource "aws_instance" "web" {\n  ami = "ami-1"\n}\n',
        "around.yaml": "Resources:\n  Set:\n    Type: AWS::CloudFormation::StackSet\n    Properties:\n"
        "      StackSetName: x\n      PermissionModel: SELF_MANAGED\n      TemplateBody: |\n        Resources:\n"
        "          Web: {Type: AWS::EC2::Instance, Properties: {ImageId: ami-1}}\n",
    }
    (repository / "stacks" / name).write_text(texts[name], encoding="utf-8")
    text = '[parameters]\n"AWS::AccountId" = "111122223333"\n[ignore-in]\n"account:111122223333" = ["all"]\n'
    assert check(text)["findings"]


def test_the_severity_is_set_by_path_and_by_group(check: Callable[..., dict[str, Any]]) -> None:
    def severities(text: str) -> list[str]:
        return [finding["severity"] for finding in check(text)["findings"]]

    assert severities('[severity-in]\n"stacks/*" = { all = "info" }') == ["info", "info"]
    assert severities('[severity-in]\n"other/*" = { all = "info" }') == ["high", "high"]
    assert severities('[severities]\nall = "low"\n[severity-in]\nstacks = { imdsv1-allowed = "critical" }') == [
        "critical",
        "low",
    ]
    assert check('fail-on = "medium"\n[severity-in]\nstacks = { metadata = "low", profile = "low" }')["status"] == 0


def test_the_command_line_wins(check: Callable[..., dict[str, Any]]) -> None:
    assert rules(check('select = ["metadata"]', "--select", "profile")) == HOST[1:]
    assert rules(check('[parameters]\nTokens = "optional"', "--parameter", "Tokens=required")) == HOST
    assert check('fail-on = "critical"', "--fail-on", "low")["status"] == 1


def test_pyproject_may_hold_it(check: Callable[..., dict[str, Any]], repository: Path) -> None:
    assert rules(check('[tool.iplint]\nselect = ["metadata"]', name="pyproject.toml")) == HOST[:1]
    assert rules(check("[tool.other]\nx = 1  # tool.iplint", name="pyproject.toml")) == HOST


def test_a_nested_file_is_not_read(check: Callable[..., dict[str, Any]], repository: Path) -> None:
    (repository / "stacks" / "iplint.toml").write_text('select = ["metadata"]', encoding="utf-8")
    assert rules(check("")) == HOST


def test_the_summary_names_the_file(iplint: Command, repository: Path) -> None:
    (repository / ".iplint.toml").write_text("", encoding="utf-8")
    assert "Configured by .iplint.toml." in iplint("check", cwd=repository).stdout
    assert "Configured by ../.iplint.toml." in iplint("check", cwd=repository / "stacks").stdout


def test_a_pull_request_cannot_switch_its_own_policy_off(iplint: Command, repository: Path) -> None:
    (repository / "iplint.toml").write_text('ignore = ["all"]', encoding="utf-8")
    text = TEMPLATE.replace("  Host:", "  # iplint: ignore[missing-instance-profile, imdsv1-allowed] no\n  Host:")
    (repository / "stacks" / "web.yaml").write_text(text, encoding="utf-8")
    (repository.parent / "policy.toml").write_text('select = ["metadata"]', encoding="utf-8")
    whole = iplint("check", "--no-repo-config", cwd=repository)
    assert "2 findings: 2 high" in whole.stdout
    other = iplint("check", "--config", "../policy.toml", "--no-ignores", cwd=repository)
    assert "1 finding: 1 high" in other.stdout


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("selekt = []", "there is no setting selekt; did you mean select?"),
        ("qqqqqqqqq = 1", "the settings are select,"),
        ("select = 1", "select: this has to be of type array"),
        ('fail-on = "info"', "fail-on: this has to be one of low"),
        ("[severities]\nimdsv1-allowed = 3", "severities.imdsv1-allowed"),
        ('[severities]\nimds1 = "low"', "there is no rule or group imds1"),
        ("[ignore-in]\nstacks = 'x'", "ignore-in.stacks"),
        ('[ignore-in]\n"adress:a" = ["all"]', "findings are selected by a path, or by address:, tag:, account:"),
        ('[ignore-in]\n"tag:Stage" = ["all"]', "write it as tag:NAME=VALUE"),
        ('[severity-in]\nstacks = { imds1 = "low" }', "there is no rule or group imds1"),
        ('[severity-in]\nstacks = { all = "lowest" }', "severity-in.stacks.all"),
        ('[severity-in]\nstacks = "low"', "severity-in.stacks"),
        ("select = [", "iplint.toml: this is not TOML"),
        ('select = ["imdsv1"]', "there is no rule or group imdsv1"),
    ],
)
def test_what_cannot_be_used_is_explained(iplint: Command, repository: Path, text: str, words: str) -> None:
    (repository / "iplint.toml").write_text(text, encoding="utf-8")
    done = iplint("check", cwd=repository)
    assert done.returncode == 2
    assert words in done.stderr


def test_two_files_are_one_too_many(iplint: Command, repository: Path) -> None:
    (repository / "iplint.toml").write_text("", encoding="utf-8")
    (repository / ".iplint.toml").write_text("", encoding="utf-8")
    done = iplint("check", cwd=repository)
    assert done.returncode == 2
    assert "keep one of them" in done.stderr


def test_a_file_that_is_named_must_be_there(iplint: Command, repository: Path) -> None:
    done = iplint("check", "--config", "none.toml", cwd=repository)
    assert done.returncode == 2
    assert "none.toml: the configuration cannot be read" in done.stderr


def test_each_setting_is_shown_with_its_origin(iplint: Command, repository: Path) -> None:
    (repository / "iplint.toml").write_text('select = ["profile"]\n', encoding="utf-8")
    shown = iplint("config", cwd=repository).stdout.splitlines()
    assert [line.partition(" = ")[0] for line in shown] == list(SETTINGS)
    assert any(line.startswith('select = ["profile"]  # iplint.toml:') for line in shown)
    assert any(line.startswith("strict = false  # default:") for line in shown)


def test_a_reason_can_be_demanded(check: Callable[..., dict[str, Any]], repository: Path) -> None:
    text = TEMPLATE.replace("  Host:", "  # iplint: ignore[missing-instance-profile, imdsv1-allowed]\n  Host:")
    (repository / "stacks" / "web.yaml").write_text(text, encoding="utf-8")
    assert rules(check("")) == []
    assert rules(check("require-reason = true")) == [*HOST, "unjustified-ignore"]


def test_the_schema_that_is_shipped_is_the_one_that_holds() -> None:
    """If this fails, run docs/generate.py."""
    for name, expected in (("iplint", config.schema()), ("baseline", SCHEMA)):
        shipped = json.loads((DOCS / f"{name}.schema.json").read_text(encoding="utf-8"))
        assert shipped == expected
        jsonschema.Draft202012Validator.check_schema(shipped)


def test_the_documented_example_is_valid(tmp_path: Path) -> None:
    shown = re.findall(r"```toml\n(.*?)```", (DOCS / "configuration.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    (tmp_path / "iplint.toml").write_text(shown[0], encoding="utf-8")
    assert set(SETTINGS) - {"variables"} <= {
        name for name in SETTINGS if name in config.named("iplint.toml", str(tmp_path))
    }


JSON = st.recursive(
    st.booleans() | st.integers() | st.sampled_from(["low", "info", "required", "x"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2),
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from([*SETTINGS, "other"]), JSON, max_size=2))
def test_the_loader_and_the_schema_agree(table: dict[str, Any]) -> None:
    valid = jsonschema.Draft202012Validator(config.schema()).is_valid(table)
    try:
        config.checked("iplint.toml", table)
    except ConfigError:
        assert not valid
    else:
        assert valid


SECRETS = ["DbSecret", "PASSPHRASE", "RootPwd", "ApiToken", "SigningKey", "cred_id", "AuthCode", "PrivateName"]


@pytest.mark.parametrize(
    ("name", "value", "is_hidden"),
    [
        *((name, "x1", True) for name in [*SECRETS, "TlsCert", "HashSalt", "DoorPin"]),
        ("Environment", "prod", False),
        ("Environment", "a-name-with-many-letters", True),
        ("Environment", "fAkE0rW8xPq2", True),
    ],
)
def test_an_input_that_may_be_secret_is_not_printed(tmp_path: Path, name: str, value: str, is_hidden: bool) -> None:
    path = tmp_path / "iplint.toml"
    path.write_text(f'[parameters]\n{name} = "{value}"\n[variables]\n{name} = "{value}"\n', encoding="utf-8")
    settings = config.named(str(path), "iplint.toml")
    for table in ("parameters", "variables"):
        assert settings.as_toml(table) == f'{{ "{name}" = "{"***" if is_hidden else value}" }}'

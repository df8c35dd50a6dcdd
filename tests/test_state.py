"""States as Terraform keeps them, in format 4: they are checked as `terraform show -json` prints them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, TypeAlias

import pytest

from conftest import failures, judged
from iplint.finding import Report

Json: TypeAlias = Any
WEB = Path(__file__).parent / "plans" / "web" / "plan.json"
AWS = 'provider["registry.terraform.io/hashicorp/aws"]'
TRUST = '{"Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"}}]}'
SECRET = "FAKE-secret-of-a-state-0123456789"
ACCOUNT = "111122223333"


def block(type: str, name: str, *attributes: Json, provider: str = AWS, **more: Json) -> Json:
    """A resource of a state; with several instances, they are counted."""
    instances: list[Json] = [{"schema_version": 1, "attributes": one, "sensitive_attributes": []} for one in attributes]
    if len(instances) > 1:
        for index, instance in enumerate(instances):
            instance["index_key"] = index
    return {"mode": "managed", "type": type, "name": name, "provider": provider, "instances": instances, **more}


def state(*resources: Json, **more: Json) -> Json:
    kept = {"version": 4, "terraform_version": "1.11.4", "serial": 3, "lineage": "fake"}
    return {**kept, "outputs": {}, "resources": list(resources), "check_results": None, **more}


def web(**options: str) -> list[Json]:
    """An instance with a role that is as it should be, but for some metadata options."""
    arn = f"arn:aws:iam::{ACCOUNT}"
    instance = {
        "id": "i-0aaa",
        "arn": f"arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/i-0aaa",
        "iam_instance_profile": "web",
        "metadata_options": [{"http_endpoint": "enabled", "http_tokens": "required", **options}],
        "user_data": None,
        "user_data_base64": None,
    }
    return [
        block(
            "aws_iam_role", "web", {"id": "web", "name": "web", "arn": f"{arn}:role/web", "assume_role_policy": TRUST}
        ),
        block("aws_iam_instance_profile", "web", {"id": "web", "name": "web", "role": "web"}),
        block("aws_instance", "web", instance),
    ]


def checked(directory: Path, kept: Json, *rules: str, name: str = "terraform.tfstate") -> Report:
    directory.mkdir(exist_ok=True)
    (directory / name).write_text(json.dumps(kept, indent=2), encoding="utf-8")
    return judged(directory / name, rules=rules)


def test_a_state_is_checked(tmp_path: Path) -> None:
    safe = checked(tmp_path, state(*web()))
    assert (safe.launches.checked, safe.launches.proven, safe.findings) == (1, 1, [])
    report = checked(tmp_path, state(*web(http_tokens="optional")))
    [found] = report.findings
    assert (found.rule, found.address, found.at.text) == ("imdsv1-allowed", "aws_instance.web", '"optional"')
    assert found.fix is None
    assert found.edits == ()


def test_a_state_among_files_is_found_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "terraform.tfstate").write_text(json.dumps(state(*web(http_tokens="optional"))), encoding="utf-8")
    assert [rule for rule, _, _ in failures(judged(tmp_path))] == ["imdsv1-allowed"]


def of_modules(module: Json) -> list[Json]:
    found: list[Json] = []
    for resource in module.get("resources", ()):
        prefix, _, _ = resource["address"].partition(
            f"{'data.' if resource['mode'] == 'data' else ''}{resource['type']}."
        )
        instance = {"attributes": resource.get("values", {}), "sensitive_attributes": []}
        if "index" in resource:
            instance["index_key"] = resource["index"]
        made = {"mode": resource["mode"], "type": resource["type"], "name": resource["name"], "provider": AWS}
        found.append({**made, "instances": [instance], **({"module": prefix.rstrip(".")} if prefix else {})})
    return [*found, *(one for inner in module.get("child_modules", ()) for one in of_modules(inner))]


def test_a_state_gets_the_verdicts_of_its_printed_form(tmp_path: Path) -> None:
    values = json.loads(WEB.read_text(encoding="utf-8"))["planned_values"]
    kept = state(*of_modules(values["root_module"]), outputs={})
    printed = {"format_version": "1.0", "values": {"root_module": values["root_module"]}}
    ours = checked(tmp_path / "kept", kept)
    theirs = checked(tmp_path / "printed", printed, name="state.json")

    def of(report: Report) -> list[tuple[str, str]]:
        return sorted((rule, address) for rule, address, _ in failures(report))

    assert len(of(ours)) > 5
    assert of(ours) == of(theirs)


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        ({**state(), "version": 3}, "format 3 of states is not read"),
        ({"version": 4, "serial": 1, "lineage": "f", "encrypted_data": "x", "encryption_version": "v0"}, "encrypted"),
    ],
)
def test_other_states_are_refused_clearly(kept: Json, words: str, tmp_path: Path) -> None:
    report = checked(tmp_path, kept)
    [notice] = report.notices
    assert notice.is_fatal
    assert words in notice.message
    assert "terraform show -json" in notice.message or "tofu show -json" in notice.message


def test_a_state_that_is_cut_off_is_not_clean(tmp_path: Path) -> None:
    (tmp_path / "terraform.tfstate").write_text(json.dumps(state(*web()))[:-40], encoding="utf-8")
    [notice] = judged(tmp_path).notices
    assert notice.is_fatal


def test_attributes_of_terraform_0_11_leave_nothing_proven(tmp_path: Path) -> None:
    old = block("aws_instance", "old", {})
    old["instances"][0] = {"schema_version": 0, "attributes_flat": {"id": "i-0bbb"}}
    report = checked(tmp_path, state(*web(), old))
    assert report.launches.proven == 0
    [notice] = report.notices
    assert "aws_instance.old" in notice.message


def test_what_waits_to_be_deleted_is_left_out(tmp_path: Path) -> None:
    resources = web()
    deposed = json.loads(json.dumps(resources[2]["instances"][0]))
    deposed["deposed"] = "0a1b2c3d"
    deposed["attributes"]["metadata_options"][0]["http_tokens"] = "optional"
    resources[2]["instances"].append(deposed)
    report = checked(tmp_path, state(*resources))
    assert (report.launches.checked, report.findings) == (1, [])


def test_instances_and_modules_have_their_addresses(tmp_path: Path) -> None:
    [*_, instance] = web(http_tokens="optional")
    attributes = instance["instances"][0]["attributes"]
    named = block("aws_instance", "b", attributes, module='module.app["x.y"].module.inner[0]')
    named["instances"][0]["index_key"] = "blue"
    report = checked(tmp_path, state(block("aws_instance", "a", attributes, attributes), named), "imdsv1-allowed")
    assert [address for _, address, _ in failures(report)] == [
        "aws_instance.a[0]",
        "aws_instance.a[1]",
        'module.app["x.y"].module.inner[0].aws_instance.b["blue"]',
    ]


DEFAULTS = {"id": "fake", "http_tokens": "required"}


@pytest.mark.parametrize(
    ("provider", "arn", "is_safe"),
    [
        (AWS, None, True),
        (f"{AWS}.west", "arn:aws:sns:us-west-2:111122223333:topic", False),
        (f"{AWS}.same", "arn:aws:sns:eu-west-1:111122223333:topic", True),
        (f"{AWS}.other", "arn:aws:sns:eu-west-1:444455556666:topic", False),
    ],
)
def test_the_default_of_the_same_account_and_region_counts(
    provider: str, arn: str | None, is_safe: bool, tmp_path: Path
) -> None:
    resources = web()
    resources[2]["instances"][0]["attributes"]["metadata_options"] = []
    topic = [block("aws_sns_topic", "t", {"arn": arn}, provider=provider)] if arn is not None else []
    defaults = block("aws_ec2_instance_metadata_defaults", "d", DEFAULTS, provider=provider)
    report = checked(tmp_path, state(*resources, *topic, defaults), "imdsv1-allowed")
    assert bool(failures(report)) is not is_safe


# Secrets


def hidden(report: Report) -> set[str]:
    """What no report may show."""
    return {span.text.strip('"') for span in report.hidden.spans}


PATHS: list[tuple[Json, Json]] = [
    ({"input": SECRET}, [{"type": "get_attr", "value": "input"}]),
    ({"input": {"a": ["b", SECRET]}}, [{"type": "get_attr", "value": "input"}]),
    (
        {"input": {"a": ["b", SECRET]}},
        [
            {"type": "get_attr", "value": "input"},
            {"type": "get_attr", "value": "a"},
            {"type": "index", "value": {"value": 1, "type": "number"}},
        ],
    ),
    (
        {"input": {"value": {"a": ["b", SECRET]}, "type": ["object", {"a": ["tuple", ["string", "string"]]}]}},
        [{"type": "get_attr", "value": "input"}, {"type": "get_attr", "value": "a"}],
    ),
    (
        {"tags": {"k": SECRET}},
        [{"type": "get_attr", "value": "tags"}, {"type": "index", "value": {"value": "k", "type": "string"}}],
    ),
    # Where the path leads nowhere, everything from there on is secret.
    ({"input": {"a": SECRET}}, [{"type": "get_attr", "value": "input"}, {"type": "index", "value": {"value": 3}}]),
]


@pytest.mark.parametrize(("attributes", "path"), PATHS)
def test_sensitive_attributes_are_secrets(attributes: Json, path: Json, tmp_path: Path) -> None:
    data = block("terraform_data", "a", attributes)
    data["instances"][0]["sensitive_attributes"] = [path]
    report = checked(tmp_path, state(data))
    assert SECRET in hidden(report)
    assert not {"object", "string", "tuple"} & hidden(report)


@pytest.mark.parametrize(
    ("type", "attributes"),
    [
        ("aws_iam_access_key", {"secret": SECRET}),
        ("aws_db_instance", {"password": SECRET}),
        ("random_password", {"result": SECRET}),
        ("aws_secretsmanager_secret_version", {"secret_string": SECRET}),
        ("aws_appflow_connector_profile", {"properties": [{"x": [{"client_secret": SECRET}]}]}),
    ],
)
def test_what_providers_declare_secret_is_so_without_a_mark(type: str, attributes: Json, tmp_path: Path) -> None:
    report = checked(tmp_path, state(block(type, "a", attributes)))
    assert SECRET in hidden(report)


def test_sensitive_outputs_are_secrets(tmp_path: Path) -> None:
    outputs = {"o": {"value": SECRET, "type": "string", "sensitive": True}}
    assert SECRET in hidden(checked(tmp_path, state(outputs=outputs)))


@pytest.mark.parametrize("format", ["text", "sarif"])
def test_no_report_shows_a_secret(format: str, tmp_path: Path, iplint: Callable[..., CompletedProcess[str]]) -> None:
    resources = web(http_tokens="optional")
    instance = resources[2]["instances"][0]
    instance["attributes"]["tags"] = {"Name": SECRET}
    instance["attributes"]["metadata_options"][0]["http_tokens"] = SECRET
    instance["sensitive_attributes"] = [
        [{"type": "get_attr", "value": "tags"}],
        [{"type": "get_attr", "value": "metadata_options"}],
    ]
    (tmp_path / "terraform.tfstate").write_text(json.dumps(state(*resources)), encoding="utf-8")
    done = iplint("check", "terraform.tfstate", "--format", format, "--undecided", cwd=tmp_path)
    assert "imdsv1-allowed" in done.stdout
    assert SECRET not in done.stdout + done.stderr

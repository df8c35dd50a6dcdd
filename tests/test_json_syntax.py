"""Terraform's JSON syntax: what is a block, what is a template, and what is neither."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from iplint.judging.session import Session, SessionSettings
from iplint_rules import all_rules

if TYPE_CHECKING:
    from pathlib import Path

    from iplint.finding import Report

INSTANCE = {"ami": "ami-1", "metadata_options": {"http_tokens": "required"}}


def check(top: Path, files: dict[str, object]) -> Report:
    """Write files, those that are not texts as JSON, and check them."""
    for name, content in files.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return Session(SessionSettings(all_rules()), str(top)).check(["."])


def failing(report: Report, rule: str = "imdsv1-allowed") -> list[str]:
    return [finding.address for finding in report.findings if finding.is_failure and finding.rule == rule]


def instance(**more: object) -> dict[str, object]:
    return {"resource": {"aws_instance": {"i": {**INSTANCE, **more}}}}


OPTIONAL = {"for_each": ["optional"], "content": {"http_tokens": "${metadata_options.value}"}}
BASE_HCL = (
    'resource "aws_instance" "i" {\n  ami = "ami-1"\n  metadata_options {\n    http_tokens = "required"\n  }\n}\n'
)


@pytest.mark.parametrize("dynamic_first", [True, False])
def test_blocks_that_dynamic_ones_make_are_beside_those_that_are_written(tmp_path: Path, dynamic_first: bool) -> None:
    wide = {"for_each": ["*"], "content": {"actions": ["${statement.value}"], "resources": ["*"]}}
    parts = {"dynamic": {"statement": wide}, "statement": {"actions": ["s3:GetObject"], "resources": ["*"]}}
    written = dict(sorted(parts.items(), reverse=not dynamic_first))
    files = {
        "data": {"aws_iam_policy_document": {"d": written}},
        "resource": {
            "aws_iam_role_policy": {
                "p": {"role": "r", "name": "p", "policy": "${data.aws_iam_policy_document.d.json}"},
            }
        },
    }
    report = check(tmp_path, {"main.tf.json": files})
    assert failing(report, "administrator-access") == ["data.aws_iam_policy_document.d"]


@pytest.mark.parametrize("base", [{"web.tf.json": instance()}, {"web.tf": BASE_HCL}])
@pytest.mark.parametrize(
    ("name", "override"),
    [
        ("web_override.tf", BASE_HCL.replace("required", "optional")),
        ("web_override.tf.json", instance(metadata_options={"http_tokens": "optional"})),
        ("web_override.tf.json", instance(metadata_options=[{"http_tokens": "optional"}])),
        ("override.tf.json", {"resource": {"aws_instance": {"i": {"dynamic": {"metadata_options": OPTIONAL}}}}}),
    ],
)
def test_an_override_replaces_a_block_in_either_syntax(
    tmp_path: Path, base: dict[str, object], name: str, override: object
) -> None:
    if isinstance(override, dict) and "web" in name:
        override["resource"]["aws_instance"]["i"].pop("ami", None)
    assert failing(check(tmp_path, {**base, name: override})) == ["aws_instance.i"]


def test_an_input_of_a_module_may_be_called_like_an_argument_or_a_block(tmp_path: Path) -> None:
    module = (
        'variable "type" {}\nvariable "connection" {}\nresource "aws_instance" "i" {\n  ami = "ami-1"\n'
        '  metadata_options {\n    http_tokens = "${var.type}${var.connection.rest}"\n  }\n}\n'
    )
    call = {"source": "./m", "type": "${local.begin}", "connection": {"rest": "nal"}}
    files = {"main.tf.json": {"locals": {"begin": "optio"}, "module": {"m": call}}, "m/main.tf": module}
    assert failing(check(tmp_path, files)) == ["module.m.aws_instance.i"]


@pytest.mark.parametrize(
    ("default", "length"), [("%{ if true }strict%{ endif }", 28), ("${1}", 4), ("$${x}", 5), ("%%{x}", 5)]
)
def test_the_default_of_a_variable_is_literal(tmp_path: Path, default: str, length: int) -> None:
    tokens = f'${{length(var.mode) == {length} ? "optional" : "required"}}'
    files = {
        "v.tf.json": {"variable": {"mode": {"default": default}}, **instance(metadata_options={"http_tokens": tokens})}
    }
    assert failing(check(tmp_path, files)) == ["aws_instance.i"]


def test_slashes_are_a_comment_in_a_block_and_a_key_in_a_value(tmp_path: Path) -> None:
    tokens = '${join("", values(local.v))}'
    files = {
        "web.tf.json": {
            "//": "a comment",
            "locals": {"//": "no value", "v": {"//": "opt", "rest": "ional"}},
            **instance(**{"//": "neither", "metadata_options": {"//": "nor this", "http_tokens": tokens}}),
        }
    }
    report = check(tmp_path, files)
    assert failing(report) == ["aws_instance.i"]
    assert [notice.message for notice in report.notices] == []


@pytest.mark.parametrize("as_list", [False, True])
@pytest.mark.parametrize("iterator", ["launch_template_specification", "each_one"])
def test_a_dynamic_block_may_be_inside_of_a_block(tmp_path: Path, as_list: bool, iterator: str) -> None:
    def block(value: dict[str, object]) -> object:
        return [value] if as_list else value

    named = {"iterator": iterator} if iterator == "each_one" else {}
    content = block({"launch_template_id": f"${{{iterator}.value}}", "version": "$Latest"})
    specification = block({"for_each": ["${aws_launch_template.t.id}"], "content": content, **named})
    policy = block({"launch_template": block({"dynamic": block({"launch_template_specification": specification})})})
    group = {"min_size": 1, "max_size": 1, "mixed_instances_policy": policy}
    template = {"image_id": "ami-1", "metadata_options": {"http_tokens": "optional"}}
    files = {"g.tf.json": {"resource": {"aws_autoscaling_group": {"g": group}, "aws_launch_template": {"t": template}}}}
    report = check(tmp_path, files)
    assert report.launches.failed == 1
    assert failing(report) == ["aws_launch_template.t"]


def test_an_object_with_a_key_dynamic_stays_a_value(tmp_path: Path) -> None:
    module = (
        'variable "x" {}\nresource "aws_instance" "i" {\n  ami = "ami-1"\n'
        "  metadata_options {\n    http_tokens = var.x.dynamic.a.content.t\n  }\n}\n"
    )
    value = {"dynamic": {"a": {"for_each": [], "content": {"t": "optional"}}}}
    files = {"main.tf.json": {"module": {"m": {"source": "./m", "x": value}}}, "m/main.tf": module}
    assert failing(check(tmp_path, files)) == ["module.m.aws_instance.i"]


ONE = '{"aws_instance": {"i": {"ami": "x"}}}'
OTHER = '{"aws_instance": {"j": {"ami": "x", "metadata_options": {"http_tokens": "required"}}}}'


@pytest.mark.parametrize(
    "text",
    [
        f'{{"resource": {ONE}, "resource": {OTHER}}}',
        f'{{"resource": {{{OTHER[1:-1]}, {ONE[1:-1]}}}}}',
        f'[{{"resource": {OTHER}}}, {{"resource": {ONE}}}]',
        f'{{"locals": {{"a": 1}}, "locals": {{"b": "x"}}, "resource": {ONE}}}',
    ],
)
def test_a_property_that_stands_for_blocks_may_be_there_twice(tmp_path: Path, text: str) -> None:
    report = check(tmp_path, {"web.tf.json": text})
    assert failing(report) == ["aws_instance.i"]
    assert report.notices == []


def test_nested_blocks_may_be_there_twice_and_arguments_may_not(tmp_path: Path) -> None:
    volume = '"ebs_block_device": {"device_name": "x"}'
    report = check(tmp_path, {"web.tf.json": f'{{"resource": {{"aws_instance": {{"i": {{{volume}, {volume}}}}}}}}}'})
    assert (failing(report), report.notices) == (["aws_instance.i"], [])
    report = check(tmp_path, {"web.tf.json": '{"resource": {"aws_instance": {"i": {"ami": "a", "ami": "b"}}}}'})
    assert [(str(notice.kind), "is set twice" in notice.message) for notice in report.notices] == [("unreadable", True)]

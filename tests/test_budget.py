"""One budget of steps and bytes for each root: what is held many times over, grows or is repeated ends by name.

Nothing is timed: what is not bounded runs into a limit of the process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import PATHS

resource = pytest.importorskip("resource")

SECONDS = 60
BYTES = 2 * 1024**3
EXCEEDED = "resolving this takes more steps or memory than iplint allows; the rest is not checked"
SHARED = "".join(f"  s{n} = [local.s{n - 1}, local.s{n - 1}, local.s{n - 1}]\n" for n in range(1, 40))
SHARED = f'locals {{\n  s0 = ["x"]\n{SHARED}  twin = [local.s38, local.s38, local.s38]\n}}\n'
UNKNOWN = 'variable "v" {}\n' + SHARED.replace('"x"', "var.v")
GRID = "[for i in range(1000) : [for j in range(1000) : j]]"


def launch(condition: str) -> str:
    return (
        'resource "aws_instance" "web" {\n  metadata_options {\n'
        f'    http_tokens = {condition} ? "optional" : "required"\n  }}\n}}\n'
    )


def checked(
    directory: Path, text: str, name: str = "main.tf", bytes: int = BYTES
) -> tuple[int, dict[str, int], list[tuple[str, str]]]:
    """Check one file with bounded processor time and memory: the status, the launches, and the notices."""
    (directory / name).write_text(text, encoding="utf-8")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 5))
        resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))

    done = subprocess.run(
        [sys.executable, "-m", "iplint", "check", "--no-cache", "--format", "json", "."],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": PATHS},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limit,
    )
    assert done.stdout, (done.returncode, done.stderr[-500:])
    report = json.loads(done.stdout)
    notices = [(notice["kind"], notice["message"]) for notice in report["notices"]]
    assert all(kind != "internal" for kind, _ in notices), notices
    return done.returncode, report["summary"]["launches"], notices


@pytest.mark.parametrize(
    "condition",
    [
        "local.s39 == local.twin",
        "length(distinct([local.s39, local.twin])) == 1",
        "contains([local.s39], local.twin)",
        "index([local.s39], local.twin) == 0",
        "length(setintersection([local.s39], [local.twin])) == 1",
        "try(local.s39, 0) == local.twin",
        "{a = local.s39} == merge({a = local.twin})",
    ],
)
def test_what_is_held_many_times_over_is_compared_once(tmp_path: Path, condition: str) -> None:
    status, launches, notices = checked(tmp_path, SHARED + launch(condition))
    assert (status, launches["failed"], notices) == (1, 1, [])


@pytest.mark.parametrize("condition", ["local.s39 == local.twin", "can(local.s39)", "local.s39 == 1"])
def test_what_is_unknown_and_held_many_times_over_is_looked_at_once(tmp_path: Path, condition: str) -> None:
    status, launches, _ = checked(tmp_path, UNKNOWN + launch(condition))
    assert status in (0, 1)
    assert launches["proven"] == 0


@pytest.mark.parametrize("condition", ["length(flatten(local.s39)) == 1", 'jsonencode(local.s39) == "x"'])
def test_what_would_be_written_out_as_a_tree_is_not(tmp_path: Path, condition: str) -> None:
    _, launches, _ = checked(tmp_path, SHARED + launch(condition))
    assert launches["proven"] == 0


@pytest.mark.parametrize(
    "resources",
    [
        'resource "aws_instance" "web" {\n  vpc_security_group_ids = local.s39\n  tags = local.s39\n}\n',
        'resource "aws_instance" "web" {\n  dynamic "metadata_options" {\n    for_each = local.s39\n    content {\n'
        "      http_tokens = metadata_options.value\n    }\n  }\n}\n",
        'data "aws_iam_policy_document" "d" {\n  statement {\n    actions = local.s39\n    '
        "resources = local.s39\n  }\n}\n"
        'resource "aws_iam_role" "r" {\n  assume_role_policy = data.aws_iam_policy_document.d.json\n}\n'
        'resource "aws_iam_instance_profile" "p" {\n  role = aws_iam_role.r.name\n}\n'
        'resource "aws_instance" "web" {\n  iam_instance_profile = aws_iam_instance_profile.p.name\n}\n',
    ],
    ids=["arguments", "dynamic block", "policy"],
)
def test_rules_do_not_take_apart_what_is_held_many_times_over(tmp_path: Path, resources: str) -> None:
    status, launches, _ = checked(tmp_path, SHARED + resources)
    assert status in (1, 3)
    assert launches["proven"] == 0


@pytest.mark.parametrize(
    "condition",
    [
        f"index({GRID}, [9]) > 1",
        'length(transpose({for i in range(1000) : "k${i}" => [for j in range(1000) : "v${j}"]})) > 1',
        f"length(distinct({GRID})) > 1",
        "length([for i in range(1000) : i if contains([for j in range(1000) : j], 1000 + i)]) > 1",
        "max([for i in range(1000) : max(range(1000)...)]...) > 1",
        "sum([for i in range(1000) : sum(range(0, 500, 0.5))]) > 1",
        'length(join("", [for i in range(1000) : replace(join("", range(1000)), "1", join("", range(1000)))])) > 1',
    ],
)
def test_loops_in_loops_end_with_the_name_of_their_root(tmp_path: Path, condition: str) -> None:
    status, launches, notices = checked(tmp_path, launch(condition))
    assert status == 3
    assert ("unreadable", EXCEEDED) in notices
    assert launches["proven"] == 0


@pytest.mark.parametrize(
    "step",
    ['replace(X, "", X)', 'format("%9999s%9999s", X, X)', "jsonencode([X, X])", 'upper("${X}${lower(X)}")'],
)
def test_texts_that_double_are_not_made(tmp_path: Path, step: str) -> None:
    steps = "".join(f"  a{n} = {step.replace('X', f'local.a{n - 1}')}\n" for n in range(1, 60))
    text = f'locals {{\n  a0 = "some text"\n{steps}}}\n'
    _, launches, _ = checked(tmp_path, text + launch('local.a59 == "x"'))
    assert launches["proven"] == 0


def test_policy_documents_that_double_are_not_merged(tmp_path: Path) -> None:
    documents = "".join(
        f'data "aws_iam_policy_document" "d{n}" {{\n  source_policy_documents = [\n'
        + f"    data.aws_iam_policy_document.d{n - 1}.json,\n" * 2 * (n > 0)
        + f'  ]\n  statement {{\n    actions   = ["s3:Get{n}"]\n    resources = ["*"]\n  }}\n}}\n'
        for n in range(40)
    )
    policy = 'resource "aws_iam_role_policy" "p" {\n  role   = aws_iam_role.r.name\n  policy = DOCUMENT\n}\n'
    policy = policy.replace("DOCUMENT", "data.aws_iam_policy_document.d39.json")
    role = (
        'resource "aws_iam_role" "r" {}\nresource "aws_iam_instance_profile" "p" {\n  role = aws_iam_role.r.name\n}\n'
    )
    profile = 'resource "aws_instance" "web" {\n  iam_instance_profile = aws_iam_instance_profile.p.name\n}\n'
    status, launches, notices = checked(tmp_path, documents + policy + role + profile)
    assert status == 3
    assert ("unreadable", EXCEEDED) in notices
    assert launches["proven"] == 0


def test_texts_of_many_long_parts_are_not_put_together(tmp_path: Path) -> None:
    part = {"Fn::Join": ["", ["x"] * 4_900]}
    data = {"Fn::Sub": ["${v}" * 100_000, {"v": part}]}
    template = {"Resources": {"Web": {"Type": "AWS::EC2::Instance", "Properties": {"UserData": {"Fn::Base64": data}}}}}
    status, launches, notices = checked(tmp_path, json.dumps(template), "template.json")
    assert status == 3
    assert notices == [("unreadable", "a text that is too long to put together: it is not evaluated")]
    assert launches["proven"] == 0


def test_a_root_that_exceeds_its_budget_does_not_cost_the_others(tmp_path: Path) -> None:
    good = tmp_path / "good"
    good.mkdir()
    (good / "main.tf").write_text('resource "aws_instance" "web" {\n}\n', encoding="utf-8")
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "main.tf").write_text(launch(f"index({GRID}, [9]) > 1"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "iplint", "check", "--no-cache", "--format", "json", "."],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": PATHS},
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(done.stdout)
    assert done.returncode == 3
    assert [(notice["path"], notice["message"]) for notice in report["notices"]] == [("bad", EXCEEDED)]
    launches = report["summary"]["launches"]
    assert launches == {**launches, "checked": 2, "proven": 0, "failed": 1, "undecided": 1}


ROLE = """
resource "aws_iam_role" "r" {
  name               = "app"
  assume_role_policy = jsonencode({ Statement = [{
    Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" }
  }] })
}
resource "aws_iam_instance_profile" "p" {
  role = aws_iam_role.r.name
}
resource "aws_instance" "web" {
  iam_instance_profile = aws_iam_instance_profile.p.name
  metadata_options {
    http_tokens = "required"
  }
}
"""


def test_nothing_is_proven_where_instances_are_left_out(tmp_path: Path) -> None:
    policies = """
resource "aws_iam_role_policy" "q" {
  count  = %d
  role   = aws_iam_role.r.name
  policy = jsonencode({ Statement = [{
    Effect = "Allow", Action = count.index == 1500 ? "*" : "s3:GetObject", Resource = "*"
  }] })
}
"""
    status, launches, notices = checked(tmp_path, ROLE + policies % 2000)
    assert status == 3
    assert notices == [
        ("unreadable", "aws_iam_role_policy.q has 2000 instances, more than the 1000 that iplint checks")
    ]
    assert (launches["proven"], launches["undecided"]) == (0, 1)
    status, launches, notices = checked(tmp_path, ROLE + policies % 20)
    assert (status, launches["proven"], notices) == (0, 1, [])


def test_nothing_is_proven_where_modules_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "main.tf").write_text("variable v {}\n", encoding="utf-8")
    calls = "".join(
        f'module "m{n}" {{\n  source = "./one"\n  count = 1000\n  v = aws_iam_role.r.name\n}}\n' for n in range(3)
    )
    status, launches, notices = checked(tmp_path, ROLE + calls)
    assert status == 3
    assert ("unreadable", "modules are followed through 2000 calls only") in [
        (kind, message.rpartition(": ")[2]) for kind, message in notices
    ]
    assert launches["proven"] == 0

"""The results of other tools beside those of iplint."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

Run = Callable[..., CompletedProcess[str]]

MAIN = """\
resource "aws_instance" "open" {
  ami                  = "ami-0123456789abcdef0"
  iam_instance_profile = aws_iam_instance_profile.web.name
}

resource "aws_launch_template" "closed" {
  metadata_options {
    http_tokens = "required"
  }
}

resource "aws_instance" "closed" {
  iam_instance_profile = aws_iam_instance_profile.web.name
  launch_template {
    id      = aws_launch_template.closed.id
    version = "$Latest"
  }
}

resource "aws_instance" "absent" {
  count = 0
}

resource "aws_instance" "unknown" {
  iam_instance_profile = aws_iam_instance_profile.web.name
  metadata_options {
    http_tokens = var.tokens
  }
}

variable "tokens" {}

resource "aws_iam_instance_profile" "web" {
  role = aws_iam_role.web.name
}

resource "aws_iam_role" "web" {
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy_attachment" "web" {
  role       = aws_iam_role.web.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a directory with a configuration."""
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "main.tf").write_text(MAIN, encoding="utf-8")
    return tmp_path


def result(id: str, line: int, uri: str = "infra/main.tf", **more: Any) -> dict[str, Any]:
    """Return one result in SARIF."""
    place = {"artifactLocation": {"uri": uri, **more}, "region": {"startLine": line, "endLine": line}}
    return {"ruleId": id, "message": {"text": "IMDSv2 is not required"}, "locations": [{"physicalLocation": place}]}


def sarif(tool: str, *results: dict[str, Any], **run: Any) -> str:
    """Return a report in SARIF."""
    return json.dumps({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": tool}}, "results": results, **run}]})


def compared(run: Run, tree: Path, text: str, *arguments: str) -> dict[str, Any]:
    """Return the comparison of a report with the tree."""
    (tree / "their.sarif").write_text(text, encoding="utf-8")
    done = run("compare", "their.sarif", *arguments, "--format", "json", cwd=tree)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_sets_results_side_by_side(iplint: Run, tree: Path) -> None:
    report = sarif(
        "Trivy",
        result("AWS-0028", 1),
        result("AVD-AWS-0028", 12),
        result("AVD-AWS-0028", 20),
        result("AVD-AWS-0028", 26),
        result("AVD-AWS-0131", 1),
        result("AVD-AWS-0131", 12),
    )
    found = compared(iplint, tree, report)
    assert found["summary"] == {"both": 1, "only_theirs": 3, "only_ours": 2, "no_rule": 2, "not_read": 0}
    assert [(one["rule"], one["address"], one["theirs"][0]["id"]) for one in found["both"]] == [
        ("imdsv1-allowed", "aws_instance.open", "AWS-0028")
    ]
    reasons = [one["reasons"][0] for one in found["only_theirs"]]
    assert reasons[0].startswith("aws_instance.closed: proven that IMDSv1 cannot be used: ")
    assert "infra/main.tf:8" in reasons[0]
    assert reasons[1] == "aws_instance.absent[0]: it is not created by default"
    assert reasons[2].startswith("imdsv1-allowed is undecided")
    assert {one["rule"] for one in found["only_ours"]} == {"administrator-access", "administrator-with-imdsv1"}
    assert all(one["why"] for one in found["only_ours"])
    assert found["no_rule"] == [{"tool": "Trivy", "id": "AVD-AWS-0131", "count": 2}]


@pytest.mark.parametrize(
    "uri",
    [
        "infra/main.tf",
        "main.tf",
        "./infra/main.tf",
        "../../checkout/infra/main.tf",
        "/home/runner/work/shop/shop/infra/main.tf",
        "file:///builds/shop/infra/main.tf",
        "C:\\agent\\work\\1\\infra\\main.tf",
        "infra%2Fmain.tf",
    ],
)
def test_finds_the_file_whatever_the_path_starts_with(iplint: Run, tree: Path, uri: str) -> None:
    assert (
        compared(iplint, tree, sarif("KICS", result("c306ac53-ee5b-41d3-86a9-0fd2722b4e67", 1, uri)))["summary"]["both"]
        == 1
    )


def test_says_what_else_is_reported_there(iplint: Run, tree: Path) -> None:
    statement = 'actions = ["ec2:*", "iam:PassRole"]\n    resources = ["*"]'
    policy = f"""
data "aws_iam_policy_document" "web" {{
  statement {{
    {statement}
  }}
}}

resource "aws_iam_role_policy" "web" {{
  role   = aws_iam_role.web.name
  policy = data.aws_iam_policy_document.web.json
}}
"""
    (tree / "infra" / "main.tf").write_text(
        MAIN.partition('resource "aws_iam_role_policy_attachment"')[0] + policy, "utf-8"
    )
    line = (tree / "infra" / "main.tf").read_text("utf-8").partition('data "aws_iam')[0].count("\n") + 1
    (one,) = compared(iplint, tree, sarif("KICS", result("575a2155-6af1-4026-b1af-d5bc8fe2a904", line)))["only_theirs"]
    assert any(reason.startswith("iplint reports privilege-escalation here") for reason in one["reasons"])


def test_names_a_path_that_may_be_several_files(iplint: Run, tree: Path) -> None:
    (tree / "other").mkdir()
    (tree / "other" / "main.tf").write_text(MAIN, encoding="utf-8")
    (one,) = compared(iplint, tree, sarif("Trivy", result("AVD-AWS-0028", 1, "main.tf")))["not_read"]
    assert one["why"] == "the path may be each of infra/main.tf, other/main.tf"
    base = {"SRC": {"uri": "file:///builds/shop/other/"}}
    whole = sarif("Trivy", result("AVD-AWS-0028", 1, "main.tf", uriBaseId="SRC"), originalUriBaseIds=base)
    (both,) = compared(iplint, tree, whole)["both"]
    assert both["path"] == "other/main.tf"


def test_compares_what_was_read_of_a_file_that_cannot_be_read_whole(iplint: Run, tree: Path) -> None:
    broken = "locals {\n  size = = 2\n}\n"
    (tree / "infra" / "main.tf").write_text(MAIN + broken, encoding="utf-8")
    lost = MAIN.count("\n") + 1
    (tree / "their.sarif").write_text(sarif("Trivy", *(result("AVD-AWS-0028", line) for line in (1, lost))), "utf-8")
    done = iplint("compare", "their.sarif", "--format", "json", cwd=tree)
    assert done.returncode == 3
    found = json.loads(done.stdout)
    assert [one["line"] for one in found["both"]] == [1]
    (one,) = found["not_read"]
    assert one["line"] == lost
    assert one["why"].startswith("iplint could not read all of the file: ")


def test_says_why_a_hop_limit_is_not_reported(iplint: Run, tmp_path: Path) -> None:
    text = MAIN.partition("resource")[0] + (
        'resource "aws_instance" "web" {\n  iam_instance_profile = "web"\n'
        '  metadata_options {\n    http_tokens                 = "required"\n'
        "    http_put_response_hop_limit = 1\n  }\n}\n"
    )
    (tmp_path / "main.tf").write_text(text, encoding="utf-8")
    report = sarif("checkov", result("CKV_AWS_341", 1 + MAIN.partition("resource")[0].count("\n"), "main.tf"))
    (one,) = compared(iplint, tmp_path, report)["only_theirs"]
    assert one["reasons"] == ["no launch from this has a hop limit above 1, or above 2 where containers run on it"]


def test_takes_the_file_of_the_folder_that_was_scanned(iplint: Run, tree: Path) -> None:
    """Scanners name files from there, and modules keep examples below."""
    (tree / "infra" / "examples").mkdir()
    (tree / "infra" / "examples" / "main.tf").write_text(MAIN, encoding="utf-8")
    (both,) = compared(iplint, tree, sarif("Trivy", result("AVD-AWS-0028", 1, "main.tf")))["both"]
    assert both["path"] == "infra/main.tf"


def test_reads_the_reports_of_checkov_and_cfn_nag(iplint: Run, tree: Path) -> None:
    check = {
        "check_id": "CKV_AWS_79",
        "check_name": "Ensure Instance Metadata Service Version 1 is not enabled",
        "file_path": "/main.tf",
        "repo_file_path": "/infra/main.tf",
        "file_line_range": [1, 4],
    }
    checkov = {"check_type": "terraform", "results": {"failed_checks": [check], "passed_checks": []}}
    for text in (json.dumps(checkov), json.dumps([checkov])):
        assert compared(iplint, tree, text)["summary"]["both"] == 1
    line = MAIN.split("\n").index('resource "aws_iam_role_policy_attachment" "web" {') + 1
    violation = {"id": "W43", "message": "AdministratorAccess", "line_numbers": [line], "type": "WARN"}
    nag = [{"filename": "infra/main.tf", "file_results": {"violations": [violation]}}]
    assert {one["rule"] for one in compared(iplint, tree, json.dumps(nag))["both"]} == {"administrator-access"}


def test_text_and_markdown_steer_nothing(iplint: Run, tree: Path) -> None:
    bad = result("AVD-AWS-0028", 12)
    bad["message"]["text"] = "\x1b[31m<b>red</b>\n::error::x"
    (tree / "their.sarif").write_text(sarif("Trivy", bad), encoding="utf-8")
    for format in ("text", "markdown"):
        done = iplint("compare", "their.sarif", "infra", "--format", format, cwd=tree)
        assert done.returncode == 0
        assert "\x1b" not in done.stdout
        assert "\n::error" not in done.stdout
        assert "1 only theirs" in done.stdout
    (line,) = (line for line in done.stdout.split("\n") if "<b>" in line)
    assert line.startswith("- `infra/main.tf:12: Trivy AVD-AWS-0028: ")
    assert line.endswith("`")


def test_their_messages_repeat_no_secret(iplint: Run, tree: Path) -> None:
    key = "FAKE" + "wJalrXUtnFEMIK7MDENGbPxRfiCYzQ84tHvK"
    text = MAIN.replace("  ami ", f'  user_data = "export AWS_SECRET_ACCESS_KEY={key}"\n  ami ', 1)
    (tree / "infra" / "main.tf").write_text(text, encoding="utf-8")
    theirs = result("AVD-AWS-0029", 1)
    theirs["message"]["text"] = f"found {key} here"
    (tree / "their.sarif").write_text(sarif("Trivy", theirs), encoding="utf-8")
    for format in ("text", "markdown", "json"):
        done = iplint("compare", "their.sarif", "--format", format, cwd=tree)
        assert "hardcoded-access-key" in done.stdout
        assert key[6:14] not in done.stdout + done.stderr


@pytest.mark.parametrize("text", ["", "{", "[]x", '{"runs": 1}', '{"a": ' * 3000, "\xff"])
def test_a_report_that_cannot_be_read_is_named(iplint: Run, tree: Path, text: str) -> None:
    (tree / "bad.sarif").write_text(text, encoding="latin-1")
    done = iplint("compare", "bad.sarif", cwd=tree)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("iplint: bad.sarif ")
    assert iplint("compare", "none.sarif", cwd=tree).returncode == 2


def test_a_repeated_result_is_one(iplint: Run, tree: Path) -> None:
    """Checkov reports a resource of a module once for each call."""
    report = sarif("Trivy", result("AVD-AWS-0028", 12), result("AVD-AWS-0028", 12))
    assert compared(iplint, tree, report)["summary"]["only_theirs"] == 1


def test_says_that_no_instance_gets_a_policy(iplint: Run, tmp_path: Path) -> None:
    policy = 'jsonencode({ Statement = [{ Effect = "Allow", Action = "ec2:*", Resource = "*" }] })'
    text = f'resource "aws_iam_user_policy" "web" {{\n  user   = "web"\n  policy = {policy}\n}}\n'
    (tmp_path / "main.tf").write_text(text, encoding="utf-8")
    report = sarif("KICS", result("575a2155-6af1-4026-b1af-d5bc8fe2a904", 1, "main.tf"))
    (one,) = compared(iplint, tmp_path, report)["only_theirs"]
    assert one["reasons"] == ["this does not allow every action on every resource"]


def test_text_has_the_first_of_many_launches_of_a_module(iplint: Run, tmp_path: Path) -> None:
    calls = "".join(f'module "m{number}" {{\n  source = "./m"\n}}\n' for number in range(6))
    closed = 'resource "aws_instance" "web" {\n  metadata_options {\n    http_tokens = "required"\n  }\n}\n'
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "main.tf").write_text(closed, encoding="utf-8")
    (tmp_path / "main.tf").write_text(calls, encoding="utf-8")
    (tmp_path / "their.sarif").write_text(sarif("Trivy", result("AVD-AWS-0028", 1, "m/main.tf")), encoding="utf-8")
    done = iplint("compare", "their.sarif", cwd=tmp_path)
    assert done.stdout.count("proven that IMDSv1 cannot be used") == 1
    assert "(and 5 more launches, listed by --format json)" in done.stdout


def test_text_has_results_for_one_fault_together_and_reasons_once(iplint: Run, tmp_path: Path) -> None:
    closed = 'resource "aws_instance" "one" {\n  metadata_options {\n    http_tokens = "required"\n  }\n}\n'
    (tmp_path / "main.tf").write_text(closed + closed.replace("one", "two"), encoding="utf-8")
    for name, id in (("Trivy", "AVD-AWS-0028"), ("checkov", "CKV_AWS_79")):
        (tmp_path / f"{name}.sarif").write_text(sarif(name, result(id, 1, "main.tf")), encoding="utf-8")
    done = iplint("compare", "Trivy.sarif", "checkov.sarif", cwd=tmp_path)
    theirs = done.stdout.partition("Only theirs: 2\n")[2].partition("\n\n")[0].split("\n")
    assert theirs[0].startswith("  main.tf:1: Trivy AVD-AWS-0028: ")
    assert theirs[1].startswith("    also checkov CKV_AWS_79: ")
    assert theirs[2].startswith("    aws_instance.one: proven that IMDSv1 cannot be used: ")
    assert len(theirs) == 3
    ours = done.stdout.partition("Only iplint's: 2\n")[2].partition("\n\n")[0].split("\n")
    assert [line.startswith("  main.tf:") for line in ours] == [True, False, True]
    assert "0 findings of both, 2 only theirs, 2 only iplint's" in done.stdout


def test_finds_resources_in_json_syntax(iplint: Run, tmp_path: Path) -> None:
    open_instance = {"metadata_options": {"http_tokens": "optional"}}
    closed = {"metadata_options": {"http_tokens": "required"}}
    blocks = {"resource": [{"aws_instance": {"open": [open_instance], "closed": closed}}]}
    text = json.dumps(blocks, indent=1)
    (tmp_path / "main.tf.json").write_text(text, encoding="utf-8")
    lines = text.split("\n")
    first = next(number for number, line in enumerate(lines, 1) if '"open"' in line)
    second = next(number for number, line in enumerate(lines, 1) if '"closed"' in line)
    report = sarif("Trivy", *(result("AVD-AWS-0028", line + 2, "main.tf.json") for line in (first, second)))
    found = compared(iplint, tmp_path, report)
    assert [one["address"] for one in found["both"]] == ["aws_instance.open"]
    (one,) = found["only_theirs"]
    assert one["reasons"][0].startswith("aws_instance.closed: proven that IMDSv1 cannot be used")


def test_shows_what_is_wrong_of_a_message_with_fields(iplint: Run, tree: Path) -> None:
    one = result("AVD-AWS-0028", 12)
    one["message"]["text"] = "Artifact: infra/main.tf\nType: terraform\nMessage: No token is required.\nLink: [x](y)"
    (their,) = compared(iplint, tree, sarif("Trivy", one))["only_theirs"]
    assert their["message"] == "No token is required."


def test_text_names_the_file_that_is_here(iplint: Run, tree: Path) -> None:
    report = sarif("KICS", result("c306ac53-ee5b-41d3-86a9-0fd2722b4e67", 12, "../../checkout/infra/main.tf"))
    (tree / "their.sarif").write_text(report, encoding="utf-8")
    done = iplint("compare", "their.sarif", cwd=tree)
    assert "  infra/main.tf:12: KICS" in done.stdout

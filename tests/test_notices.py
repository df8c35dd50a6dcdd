"""Notices: which of them a verdict rests on, how they are accepted, and what --strict makes of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from iplint.cli import run
from iplint.finding import Report
from iplint.report import junit

INSTANCE = """\
module "away" {
  source = "example.com/away/aws"
}
module "beside" {
  source = "example.com/beside/aws"
}
resource "aws_instance" "web" {
  iam_instance_profile = module.away.profile
  metadata_options {
    http_tokens = "required"
  }
}
"""
CASES = {
    "a module that gives the profile": (INSTANCE, {"away": True, "beside": False}),
    "in JSON": (
        json.dumps(
            {
                "module": {"away": {"source": "example.com/away/aws"}},
                "resource": {"aws_instance": {"web": {"iam_instance_profile": "${module.away.profile}"}}},
            },
            indent=1,
        ),
        {"away": True},
    ),
    "a module that nothing refers to": (INSTANCE.replace("module.away.profile", '"web"'), {"away": False}),
    "a value that leads to the profile": (
        INSTANCE.replace("= module.away", "= local.it") + "locals {\n  it = module.away\n}\n",
        {"away": True, "beside": False},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_notice_decides_where_a_verdict_rests_on_it(
    configuration: Callable[..., Report], tmp_path: Path, case: str
) -> None:
    text, expected = CASES[case]
    report = configuration({f"main.tf{'.json' if text.startswith('{') else ''}": text})
    notices = {name: notice for notice in report.notices for name in expected if f'"{name}"' in notice.message}
    assert {name: notices[name].decides for name in expected} == expected
    assert {notice.cause for notice in notices.values()} == {"missing-module"}


MACRO = "Transform: Unknown\nResources:\n  A: {Type: AWS::SNS::Topic}\n"


def test_a_macro_decides_where_there_are_launches(template: Callable[..., Report]) -> None:
    (notice,) = template(MACRO).notices
    assert (notice.cause, notice.decides) == ("not-expanded", False)
    (notice,) = template(f"{MACRO}  I: {{Type: AWS::EC2::Instance}}\n").notices
    assert notice.decides


@pytest.fixture
def checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run a command in a repository with the configuration; return what it prints, and its exit status last."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "main.tf").write_text(INSTANCE.replace("module.away.profile", '"web"'), encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    def check(*arguments: str) -> str:
        status = run(arguments)
        printed = capsys.readouterr()
        return f"{printed.out}{printed.err}{status}"

    return check


def test_strict_names_the_notices_that_make_it_fail(checked: Callable[..., str]) -> None:
    told = checked("check", "--strict", "--select", "missing-instance-profile")
    assert "main.tf:1:1: unresolved (missing-module), which fails with --strict: module" in told
    assert told.endswith("accepts these\n3")


def test_the_configuration_accepts_notices_by_cause_and_path(checked: Callable[..., str], tmp_path: Path) -> None:
    strict = ("check", "--strict", "--select", "missing-instance-profile")
    settings = tmp_path / "iplint.toml"
    settings.write_text(
        '[accepted-notices]\n"other/*" = ["missing-module"]\n"*" = ["not-expanded"]\n', encoding="utf-8"
    )
    assert checked(*strict).endswith("3")
    settings.write_text('[accepted-notices]\n"*.tf" = ["missing-module"]\n', encoding="utf-8")
    told = checked(*strict)
    assert told.endswith("0")
    assert "2 that could not be followed are accepted." in told
    settings.write_text('[accepted-notices]\n"*" = ["unread"]\n', encoding="utf-8")
    told = checked(*strict)
    assert told.endswith("2")
    assert "accepted-notices" in told


def test_the_baseline_accepts_notices_that_are_known(checked: Callable[..., str], tmp_path: Path) -> None:
    assert "0 findings and 2 notices written" in checked("baseline", "--select", "missing-instance-profile")
    strict = ("check", "--strict", "--select", "missing-instance-profile")
    main = tmp_path / "main.tf"
    main.write_text("# moved down\n" + main.read_text(encoding="utf-8"), encoding="utf-8")
    assert checked(*strict).endswith("0")
    text = main.read_text(encoding="utf-8")
    main.write_text(text + 'module "new" {\n  source = "example.com/new/aws"\n}\n', encoding="utf-8")
    told = checked(*strict)
    assert told.endswith("3")
    assert told.count("which fails with --strict") == 1
    tree = json.loads((tmp_path / ".iplint-baseline.json").read_text(encoding="utf-8"))
    tree["notices"][0]["count"] = 0
    (tmp_path / ".iplint-baseline.json").write_text(json.dumps(tree), encoding="utf-8")
    told = checked(*strict)
    assert told.endswith("2")
    assert "notices/0/count" in told


def test_what_could_not_be_read_is_never_accepted(checked: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "broken.tf").write_text("a = \n", encoding="utf-8")
    checked("baseline")
    assert checked("check").endswith("3")


def test_each_proven_launch_is_a_case_that_passes(configuration: Callable[..., Report]) -> None:
    good = """\
resource "aws_instance" "NAME" {
  iam_instance_profile = aws_iam_instance_profile.p.name
  metadata_options {
    http_tokens = "required"
  }
}
"""
    rest = """\
resource "aws_iam_instance_profile" "p" {
  role = aws_iam_role.r.name
}
resource "aws_iam_role" "r" {
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}
"""
    bad = good.replace("required", "optional").replace("NAME", "bad")
    report = configuration(good.replace("NAME", "one") + good.replace("NAME", "two") + bad + rest)
    assert len(report.proven) == report.launches.proven == 2
    tree = ElementTree.fromstring(junit.render(report, [], "1"))
    passed = [case.attrib["name"] for case in tree.iter("testcase") if not len(case)]
    assert passed == ["proven aws_instance.one", "proven aws_instance.two"]
    assert tree.attrib["tests"] == str(2 + len(report.findings))

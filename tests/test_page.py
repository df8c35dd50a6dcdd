"""The page of HTML: it runs its own script only, shows whatever templates hold as text, and has every launch."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iplint import page
from iplint.cli import run
from iplint.finding import Finding, Report, Severity
from iplint.inventory.rows import Inventory, LaunchRow, Thing
from iplint.location import Source, Span
from iplint.resource import Notice
from test_report_json import KEY_ID, RULES, SECRET, sample


class _Reader(HTMLParser):
    """Read the elements of a page, and the texts of its styles and scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] in ("style", "script") and data.strip():
            self.texts.setdefault(self.tags[-1], []).append(data)


def rendered(report: Report, inventory: Inventory | None = None) -> str:
    return page.render(report, RULES, "0.1.0", inventory=inventory or Inventory(), proofs=[])


def data_of(text: str) -> Any:
    return json.loads(_Reader(text).texts["script"][0])


def test_the_policy_allows_its_own_style_and_script_only() -> None:
    read = _Reader(rendered(sample()))
    (policy,) = (value for _, value in read.attributes if value is not None and value.startswith("default-src"))
    for kind, text in (("style", read.texts["style"][0]), ("script", read.texts["script"][1])):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert not [value for _, value in read.attributes if value and "://" in value], "the page asks no network"
    assert not [name for name, _ in read.attributes if name.startswith("on") or name in ("src", "href", "style")]
    script = read.texts["script"][1]
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|Function\(", script)


HOSTILE = "</script><img src=x onerror=alert(1)>\"'`${x}&amp;<!--\u2028\x1b[31m##[error]"


@pytest.mark.parametrize("hostile", [HOSTILE, "]]></style><base href=//x>"])
def test_text_of_templates_is_no_markup(hostile: str) -> None:
    plain = _Reader(rendered(Report()))
    source = Source(hostile, hostile)
    at = Span(source, 0, 3)
    report = Report()
    report.findings = [Finding("imdsv1-allowed", Severity.LOW, "fail", hostile, hostile, at, hostile + "!")]
    report.notices = [Notice("internal", hostile, hostile)]
    report.configuration = hostile
    inventory = Inventory()
    row = LaunchRow(hostile, hostile, Thing("launch", at, address=hostile, type="T"), True)
    row.verdict = "failed"
    row.profile = Thing("profile", at, unknown=hostile)
    inventory.launches.append(row)
    text = rendered(report, inventory)
    read = _Reader(text)
    assert read.tags == plain.tags
    assert read.attributes == plain.attributes
    tree = data_of(text)
    assert tree["launches"][0]["address"].startswith(hostile[:10])
    assert tree["findings"][0][0] == "imdsv1-allowed"
    assert "\x1b" not in text


@given(st.text())
def test_any_text_comes_back_as_it_is_shown(text: str) -> None:
    report = Report()
    report.notices = [Notice("unsupported", "a.tf", text)]
    ((_, _, shown, _),) = data_of(rendered(report))["notices"]
    assert shown == page.Mask(report.hidden).plain(text)


def test_no_secret_is_on_the_page() -> None:
    text = rendered(sample())
    assert KEY_ID not in text
    assert SECRET not in text


MAIN = """\
resource "aws_instance" "good" {
  iam_instance_profile = aws_iam_instance_profile.p.name
  metadata_options {
    http_tokens = "required"
  }
}
resource "aws_instance" "bare" {
  ami = "a"
}
resource "aws_iam_instance_profile" "p" {
  role = aws_iam_role.r.name
}
resource "aws_iam_role" "r" {
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}
"""


@pytest.fixture
def checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Run a check of MAIN that writes the page; return its data, and what was printed."""
    (tmp_path / "main.tf").write_text(MAIN, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    def check(*arguments: str) -> tuple[Any, str]:
        run(("check", "-o", "html:out.html", *arguments))
        return data_of((tmp_path / "out.html").read_text(encoding="utf-8")), capsys.readouterr().out

    return check


def test_each_launch_has_its_proof_picture_and_findings(checked: Callable[..., Any]) -> None:
    tree, _ = checked()
    failed, proven = tree["launches"]
    assert [(one["address"], one["verdict"]) for one in (failed, proven)] == [
        ("aws_instance.bare", "failed"),
        ("aws_instance.good", "proven"),
    ]
    assert [tree["findings"][index][0] for index in failed["findings"]] == failed["rules"]
    assert [(name, status) for name, _, status, *_ in proven["proof"]][-2:] == [
        ("privileges", "discharged"),
        ("credentials", "discharged"),
    ]
    boxes, edges = failed["picture"]
    assert [(kind, state, open) for kind, state, open, *_ in boxes] == [
        ("launch", "failed", False),
        ("profile", "failed", True),
    ]
    assert edges == [[0, 1]]
    assert [box[0] for box in proven["picture"][0]] == ["launch", "profile", "role"]
    assert tree["rules"]["imdsv1-allowed"]["why"]


def test_other_reports_are_as_without_the_page(checked: Callable[..., Any], capsys: pytest.CaptureFixture[str]) -> None:
    _, beside = checked("--format", "json")
    run(("check", "--format", "json"))
    assert beside == capsys.readouterr().out


def test_the_page_shows_what_is_left_after_a_fix(checked: Callable[..., Any], tmp_path: Path) -> None:
    tree, _ = checked("--fix")
    assert "required" in (tmp_path / "main.tf").read_text(encoding="utf-8").partition("bare")[2]
    assert [one["rules"] for one in tree["launches"]] == [["missing-instance-profile"], []]

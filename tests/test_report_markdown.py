"""The summary for pull requests: what it says, how long it is, and that templates add no markup."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iplint.finding import Finding, Report, Severity
from iplint.location import Source, Span
from iplint.report import markdown
from iplint.resource import Notice, SuppressedBy
from test_report_json import KEY_ID, RULES, SECRET, sample


def test_launches_then_rules_then_findings_then_notices() -> None:
    text = markdown.render(sample(), RULES, "0.1.0")
    shown = text
    assert text.startswith("## iplint\n\n| Launches | Proven | Failed | Undecided |")
    assert "| 4 | 2 | 1 | 1 |\n" in text
    wanted = (
        "| `hardcoded-access-key` | critical | 1 |\n| `role-without-ec2-trust` | high | 1 |\n"
        "| `imdsv1-allowed` | low | 1 |\n| `imdsv1-allowed` | undecided | 1 |\n"
    )
    assert wanted in text
    finding = "| [`stacks/rolle.yaml:4`](stacks/rolle.yaml#L4) | EC2 cannot assume the role behind WebServer's"
    assert f"| high | `role-without-ec2-trust` {finding}" in shown
    assert "(stacks/our%20web/gr%C3%B6%C3%9Fe%20%5B1%5D.yaml#L7)" in text
    assert (
        shown.index("| critical | `hardcoded")
        < shown.index("| high | `role-without")
        < shown.index("| undecided | `imdsv1")
    )
    assert "| unreadable | [`x y.tf:2`](x%20y.tf#L2) | an expression is missing |" in shown
    assert KEY_ID not in shown
    assert SECRET not in shown


def test_no_longer_than_a_comment_may_be() -> None:
    source = Source("a.yaml", "a: b\n")
    report = Report()
    report.findings = [
        Finding("some-rule", Severity.LOW, "fail", f"{number} " + "<" * 900, "Web", Span(source, 0, 1))
        for number in range(900)
    ]
    text = markdown.render(report, RULES, "0.1.0")
    shown = text.count("| low | `some-rule` |")
    assert len(text) <= 65_536
    assert shown > 10
    assert text.endswith(f"65536 characters: {900 - shown} rows. Other formats have all.\n")


def test_templates_add_no_markup() -> None:
    hostile = "|<img src=x>[a](javascript:b)`c` @user #12 https://x.example www.x.example **d**\n# e\x1b[0m\u202e"
    source = Source(hostile, hostile)
    report = Report()
    report.findings = [Finding("some-rule", Severity.LOW, "fail", hostile, hostile, Span(source, 0, 1))]
    report.notices = [Notice("internal", f"../{hostile}", hostile)]
    text = markdown.render(report, RULES, "0.1.0")
    rows = [line for line in text.split("\n") if "img" in line]
    # Of the pipes, those of the template are escaped, as a table needs them even in code.
    assert [len(re.findall(r"(?<!\\)\|", row)) for row in rows] == [5, 4]
    for row in rows:
        outside = re.sub(r"\]\([^() ]*\)", "]", re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", row))
        assert not re.search(r"[<>`*@]|://|www\.|#", outside)
        assert row.isprintable()
    assert [len(re.findall(r"\[`[^]]*`\]\(", row)) for row in rows] == [0, 0]


@given(st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1))
def test_any_text_is_code_that_can_be_copied(text: str) -> None:
    shown = markdown.code(text, in_table=False)
    fence = re.match(r"`+", shown)
    assert fence is not None
    inner = shown[len(fence[0]) : -len(fence[0])]
    assert fence[0] not in inner or len(fence[0]) > 1
    assert text in (inner, inner[1:-1])


@given(st.text(st.sampled_from("ab1`|*_@#:.<>[]()!~-$\\\"' "), max_size=30))
def test_text_outside_of_code_is_prose(text: str) -> None:
    shown = markdown.safe(text)
    outside = re.sub(r"(`+)(?!`)(.*?)(?<!`)\1(?!`)", "", shown)
    assert not re.search(r"[`*_@#<>\[\]~$\\]|(?<!\\)\|", outside)


def test_words_are_prose_and_names_are_code() -> None:
    assert markdown.safe('aws_instance.web allows IMDSv1: http_tokens is not "required" (--fix).') == (
        '`aws_instance.web` allows IMDSv1: `http_tokens` is not "required" (`--fix`).'
    )
    assert markdown.safe("a|b") == "`a\\|b`"
    assert "\u2060" not in markdown.render(sample(), RULES, "0.1.0")


def test_links_are_absolute_where_github_says_what_is_checked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    at = sample().findings[0].at
    assert markdown.link("a b.tf", at) == "[`a b.tf:4`](a%20b.tf#L4)"
    commit = "0123456789abcdef0123456789abcdef01234567"
    for name, value in {"SERVER_URL": "https://github.example", "REPOSITORY": "o/r", "SHA": commit}.items():
        monkeypatch.setenv(f"GITHUB_{name}", value)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    base = f"https://github.example/o/r/blob/{commit}"
    assert markdown.link("a b.tf", at) == f"[`a b.tf:4`]({base}/a%20b.tf#L4)"
    below = tmp_path / "stacks"
    below.mkdir()
    monkeypatch.chdir(below)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    assert markdown.link("a.tf", None) == f"[`a.tf`]({base}/stacks/a.tf)"
    assert markdown.link("../a.tf", None) == f"[`../a.tf`]({base}/a.tf)"
    assert markdown.link("../../a.tf", None) == "`../../a.tf`"
    monkeypatch.setenv("GITHUB_SERVER_URL", "javascript:alert(1)")
    assert markdown.link("a.tf", None) == "[`a.tf`](a.tf)"


def test_new_findings_come_before_known_ones() -> None:
    report = sample()
    report.has_baseline = True
    (known,) = report.ignored
    assert known.ignored is not None
    assert "Known finding" not in markdown.render(report, RULES, "0.1.0"), "a comment accepts it"
    known.ignored.by = SuppressedBy.SINCE
    known.ignored.reason = "older than main"
    text = markdown.render(report, RULES, "0.1.0")
    assert text.index("| New finding |") < text.index("| Known finding |")
    assert text.endswith("| Accepted (`AppRole`) (older than main) |\n") or "(older than main) |" in text

"""The summary for pull requests: what it says, how long it is, and that templates add no markup."""

from __future__ import annotations

import html
import re

from iplint.finding import Finding, Report, Severity
from iplint.location import Source, Span
from iplint.report import markdown
from iplint.resource import Notice
from test_report_json import KEY_ID, RULES, SECRET, sample


def _shown(text: str) -> str:
    return html.unescape(text).replace("\u2060", "")


def test_launches_then_rules_then_findings_then_notices() -> None:
    text = markdown.render(sample(), RULES, "0.1.0")
    shown = _shown(text)
    assert text.startswith("## iplint\n\n| Launches | Proven | Failed | Undecided |")
    assert "| 4 | 2 | 1 | 1 |\n" in text
    wanted = (
        "| hardcoded-access-key | critical | 1 |\n| role-without-ec2-trust | high | 1 |\n| imdsv1-allowed | low | 1 |\n"
        "| imdsv1-allowed | undecided | 1 |\n"
    )
    assert wanted in text
    finding = "| [stacks/rolle.yaml:4](stacks/rolle.yaml#L4) | EC2 cannot assume the role behind WebServer's"
    assert f"| high | role-without-ec2-trust {finding}" in shown
    assert "(stacks/our%20web/gr%C3%B6%C3%9Fe%20%5B1%5D.yaml#L7)" in text
    assert (
        shown.index("| critical | hardcoded")
        < shown.index("| high | role-without")
        < shown.index("| undecided | imdsv1")
    )
    assert "| unreadable | [x y.tf:2](x%20y.tf#L2) | an expression is missing |" in shown
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
    shown = text.count("| low | some-rule |")
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
    assert [row.count("|") for row in rows] == [5, 4]
    for row in rows:
        told = re.sub(r"\]\([^() ]*\)", "]", row)
        assert not re.search(r"[<>`*@]|://|www\.|(?<!&)#", told)
        assert row.isprintable()
    assert [row.count("](") for row in rows] == [1, 0]

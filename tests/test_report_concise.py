"""The report in lines: what each says, and that no template text changes what a line is."""

from __future__ import annotations

from iplint.finding import Finding, Report, Severity
from iplint.location import Source, Span
from iplint.report import concise
from iplint.resource import Notice
from test_report_json import KEY_ID, RULES, SECRET, sample

LINES = """\
stacks/rolle.yaml:4:16: high role-without-ec2-trust: EC2 cannot assume the role behind WebServer's instance profile, \
when Env keeps its default "legacy" [AppRole]
stacks/our web/größe [1].yaml:7:34: critical hardcoded-access-key: An access key id (AKIA..., 20 characters) stands in \
user data [WebServer]
stacks/our web/größe [1].yaml:2:3: undecided imdsv1-allowed: WebServer allows IMDSv1: fails when Tokens is "optional" \
[aws_instance.web["a"]]
stacks/rolle.yaml:5:1: low imdsv1-allowed: Too late [AppRole]
x y.tf:2:7: unreadable: an expression is missing
main.tf: unresolved: module registry/x is not here
"""


def test_one_line_for_each_finding_and_notice() -> None:
    assert concise.render(sample(), RULES, "0.1.0") == LINES
    assert concise.render(Report(), RULES, "0.1.0") == ""


def test_hostile_text_stays_in_its_line() -> None:
    hostile = "::error::x\n::stop\x1b[31m\u202e##[error]##vso[task]" + SECRET
    source = Source(hostile, hostile)
    report = Report()
    report.hidden.hide([Span(source, len(hostile) - len(SECRET), len(hostile))])
    at = Span(source, 0, 3)
    report.findings = [Finding("some-rule", Severity.LOW, "fail", hostile + KEY_ID, hostile, at, hostile)]
    report.notices = [Notice("internal", "::x", hostile)]
    first, second = concise.render(report, RULES, "0.1.0").splitlines()
    for line in (first, second):
        assert line.isprintable()
        assert line.startswith("./::")
        assert "##[" not in line
        assert "##vso[" not in line
    assert SECRET not in second

"""Annotations: read back by the rules of GitHub's runner, within its limits."""

from __future__ import annotations

import re

from iplint.finding import Finding, Report, Severity
from iplint.location import Source, Span
from iplint.report import github
from iplint.resource import Notice
from test_report_json import KEY_ID, RULES, SECRET, sample

COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")


def _read(text: str) -> list[tuple[str, dict[str, str], str]]:
    """The commands of a log as the runner unescapes them: properties end at a comma, and `%25` comes last."""
    found: list[tuple[str, dict[str, str], str]] = []
    for line in text.split("\n"):
        if line.startswith("::"):
            match = COMMAND.fullmatch(line)
            assert match is not None
            properties = dict(pair.split("=", 1) for pair in match[2].split(","))
            found.append((match[1], {name: _plain(value) for name, value in properties.items()}, _plain(match[3])))
    return found


def _plain(text: str) -> str:
    for sign, code in (("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C"), ("%", "%25")):
        text = text.replace(code, sign)
    return text


def test_findings_and_notices_are_annotations_the_gravest_first() -> None:
    text = github.render(sample(), RULES, "0.1.0")
    read = _read(text)
    assert [(type, properties["title"], properties["file"]) for type, properties, _ in read] == [
        ("error", "hardcoded-access-key (critical)", "stacks/our web/größe [1].yaml"),
        ("error", "unreadable", "x y.tf"),
        ("error", "role-without-ec2-trust (high)", "stacks/rolle.yaml"),
        ("warning", "unresolved", "main.tf"),
        ("notice", "imdsv1-allowed (low)", "stacks/rolle.yaml"),
        ("notice", "imdsv1-allowed (medium)", "stacks/our web/größe [1].yaml"),
    ]
    assert {name: read[0][1][name] for name in ("line", "endLine", "col", "endColumn")} == {
        "line": "7",
        "endLine": "7",
        "col": "34",
        "endColumn": "54",
    }
    assert "col" not in read[5][1]
    assert read[5][2].startswith("Undecided: WebServer allows IMDSv1")
    assert text.splitlines()[-3].startswith("Checked 3 of 5 files")
    assert KEY_ID not in text
    assert SECRET not in text


def test_no_more_than_a_step_shows() -> None:
    source = Source("a.yaml", "a: b\n")
    report = Report()
    counts = {Severity.MEDIUM: 12, Severity.HIGH: 11, Severity.CRITICAL: 1, Severity.LOW: 10}
    report.findings = [
        Finding("some-rule", severity, "fail", f"number {number}", "Web", Span(source, 0, 1))
        for severity, count in counts.items()
        for number in range(count)
    ]
    read = _read(github.render(report, RULES, "0.1.0"))
    types = [type for type, _, _ in read]
    assert {type: types.count(type) for type in types} == {"error": 10, "warning": 10, "notice": 10}
    assert read[0][1]["title"] == "some-rule (critical)"
    assert read[-1][2].endswith("left out here: 2 of type error, 2 of type warning, 1 of type notice")


def test_hostile_text_is_no_command() -> None:
    hostile = "a,b:c=d%0A::error::x\r\n::stop-commands::y\x1b[0m##[group]##vso[x]"
    source = Source(hostile, hostile)
    report = Report()
    report.findings = [Finding("some-rule", Severity.LOW, "fail", hostile, hostile, Span(source, 0, 1), hostile + "!")]
    report.notices = [Notice("internal", hostile, hostile)]
    text = github.render(report, RULES, "0.1.0")
    read = _read(text)
    assert len(read) == 2
    for _, properties, message in read:
        assert properties["file"].startswith("a,b:c=d%0A::error::x")
        assert "%0A::error::x ::stop-commands::y" in message
    assert all(line.isprintable() for line in text.split("\n"))
    assert "##[" not in text
    assert "##vso[" not in text


def test_nothing_found_is_no_annotation() -> None:
    assert github.render(Report(), RULES, "0.1.0") == "No findings. No launches.\nNo files to check.\n"

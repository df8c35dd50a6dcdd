"""JUnit's XML, as a library that reads it and a parser see it."""

from __future__ import annotations

from xml.etree import ElementTree

from junitparser import Error, Failure, JUnitXml, Skipped

from iplint.finding import Finding, Report, Severity
from iplint.location import Source, Span
from iplint.report import junit
from iplint.resource import Notice
from test_report_json import KEY_ID, RULES, SECRET, sample

HOSTILE = "]]>\"'<a>&amp;\x00\x1b[31m\ufffe\ud800\u202e\r\n##[error]"


def test_one_case_for_each_finding_and_notice() -> None:
    text = junit.render(sample(), RULES, "0.1.0")
    read = JUnitXml.fromstring(text.encode())
    assert (read.tests, read.failures, read.errors, read.skipped) == (6, 3, 1, 2)
    cases = [(suite.name, case.name, [type(result) for result in case.result]) for suite in read for case in suite]
    assert cases == [
        ("main.tf", "unresolved", [Skipped]),
        ("stacks/our web/größe [1].yaml", "hardcoded-access-key WebServer", [Failure]),
        ("stacks/our web/größe [1].yaml", 'imdsv1-allowed aws_instance.web["a"]', [Skipped]),
        ("stacks/rolle.yaml", "role-without-ec2-trust AppRole", [Failure]),
        ("stacks/rolle.yaml", "imdsv1-allowed AppRole", [Failure]),
        ("x y.tf", "unreadable", [Error]),
    ]
    failure = [case.result[0] for suite in read for case in suite][3]
    assert (failure.type, failure.message) == (
        "high",
        'EC2 cannot assume the role behind WebServer\'s instance profile, when Env keeps its default "legacy"',
    )
    assert failure.text.startswith("stacks/rolle.yaml:4:16: EC2 cannot assume")
    assert KEY_ID not in text
    assert SECRET not in text


def test_nothing_found_is_one_case_that_passes() -> None:
    read = JUnitXml.fromstring(junit.render(Report(), RULES, "0.1.0").encode())
    assert (read.tests, read.failures, read.errors, read.skipped) == (1, 0, 0, 0)


def test_any_text_leaves_the_xml_well_formed() -> None:
    source = Source(HOSTILE, HOSTILE)
    report = Report()
    report.findings = [Finding("some-rule", Severity.LOW, "fail", HOSTILE, HOSTILE, Span(source, 0, 1), HOSTILE + "!")]
    report.notices = [Notice("internal", HOSTILE, HOSTILE)]
    text = junit.render(report, RULES, "0.1.0")
    root = ElementTree.fromstring(text.encode("utf-8"))
    assert [child.tag for child in root[0]] == ["testcase", "testcase"]
    assert "]]>\"'<a>&amp;" in (root[0][0][0].text or "")
    assert all(line.isprintable() for line in text.split("\n"))
    assert "##[" not in text

"""The report for reviewdog: its format, columns in bytes, and fixes as suggestions."""

from __future__ import annotations

import json
from typing import Any

from iplint.finding import Finding, Report, Severity
from iplint.location import Source, Span
from iplint.report import rdjson
from test_report_json import KEY_ID, RULES, SECRET, sample


def _read(report: Report) -> list[dict[str, Any]]:
    tree = json.loads(rdjson.render(report, RULES, "0.1.0"))
    # An installed package may name an address.
    assert tree["source"]["name"] == "iplint"
    diagnostics: list[dict[str, Any]] = tree["diagnostics"]
    return diagnostics


def test_findings_and_notices_are_diagnostics() -> None:
    read = _read(sample())
    assert [(one["code"]["value"], one["severity"], one["location"]["path"]) for one in read] == [
        ("role-without-ec2-trust", "ERROR", "stacks/rolle.yaml"),
        ("hardcoded-access-key", "ERROR", "stacks/our web/größe [1].yaml"),
        ("imdsv1-allowed", "INFO", "stacks/our web/größe [1].yaml"),
        ("imdsv1-allowed", "INFO", "stacks/rolle.yaml"),
        ("unread", "ERROR", "x y.tf"),
        ("missing-module", "INFO", "main.tf"),
    ]
    assert read[0]["location"]["range"] == {"start": {"line": 4, "column": 16}, "end": {"line": 4, "column": 36}}
    assert "range" not in read[5]["location"]
    assert read[2]["message"].startswith("Undecided: WebServer allows IMDSv1")
    text = rdjson.render(sample(), RULES, "0.1.0")
    assert KEY_ID not in text
    assert SECRET not in text


def test_columns_count_bytes_and_safe_fixes_are_suggestions() -> None:
    source = Source("a.tf", "# größe 😀\nä = optional\n")
    start = source.text.index("optional")
    report = Report()
    report.findings = [Finding("r", Severity.LOW, "fail", "m", "a", Span(source, start, start + 8))]
    found = report.findings[0]
    found.fix, found.edits = "safe", ((found.at, "required"),)
    (one,) = _read(report)
    place = {"start": {"line": 2, "column": 6}, "end": {"line": 2, "column": 14}}
    assert one["location"]["range"] == place
    assert one["suggestions"] == [{"range": place, "text": "required"}]
    found.fix = "unsafe"
    assert "suggestions" not in _read(report)[0]

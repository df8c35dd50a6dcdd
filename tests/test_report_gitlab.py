"""The Code Quality report: the shape that GitLab documents, and nothing secret in it."""

from __future__ import annotations

import json

import jsonschema

from iplint.finding import Report
from iplint.report import gitlab
from iplint.report.fingerprint import fingerprints
from test_report_json import KEY_ID, RULES, SECRET, sample

SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "additionalProperties": False,
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": r"^(?!\./)"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}


def test_every_finding_and_notice_is_an_issue() -> None:
    report = sample()
    report.notices += report.notices[1:]
    text = gitlab.render(report, RULES, "0.1.0")
    issues = json.loads(text)
    jsonschema.validate(issues, SCHEMA)
    told = [
        (issue["check_name"], issue["severity"], issue["location"]["path"], *issue["location"]["lines"].values())
        for issue in issues
    ]
    assert told == [
        ("role-without-ec2-trust", "critical", "stacks/rolle.yaml", 4, 4),
        ("hardcoded-access-key", "blocker", "stacks/our web/größe [1].yaml", 7, 7),
        ("imdsv1-allowed", "info", "stacks/our web/größe [1].yaml", 2, 9),
        ("imdsv1-allowed", "minor", "stacks/rolle.yaml", 5, 5),
        ("unreadable", "critical", "x y.tf", 2, 2),
        ("unresolved", "info", "main.tf", 1, 1),
        ("unresolved", "info", "main.tf", 1, 1),
    ]
    assert issues[2]["description"].startswith("Undecided: WebServer allows IMDSv1")
    prints = [issue["fingerprint"] for issue in issues]
    assert prints[:4] == fingerprints(report)
    assert len({*prints}) == len(prints)
    assert KEY_ID not in text
    assert SECRET not in text


def test_nothing_found_is_an_empty_list() -> None:
    assert gitlab.render(Report(), RULES, "0.1.0") == "[]\n"

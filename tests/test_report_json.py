"""The report for programs: the contract as a schema, and nothing that differs between runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema

from iplint.finding import Finding, Ignore, LaunchStatus, ObligationResult, ObligationStatus, Proof, Report, Severity
from iplint.location import Source, Span
from iplint.report import json as json_report
from iplint.report.fingerprint import fingerprints
from iplint.resource import Notice, NoticeCause
from iplint.rule import Rule
from iplint.value import Step

KEY_ID = "AKIA" + "FAKEFAKEFAKEFAK2"
SECRET = "Fake/Secret+2" + "FakeSecret+2" * 2 + "Fak"
MESSAGE = "EC2 cannot assume the role behind WebServer's instance profile"

STACK = f"""\
Resources:
  WebServer:
    Type: AWS::EC2::Instance
    Properties:
      IamInstanceProfile: !Ref AppProfile
      UserData: |
        export AWS_ACCESS_KEY_ID={KEY_ID}
        export AWS_SECRET_ACCESS_KEY={SECRET}
"""
ROLE = """\
Resources:
  AppRole:
    Properties:
      Service: lambda.amazonaws.com
"""


def part(source: Source, text: str) -> Span:
    """The place of a text that stands once in a source."""
    assert source.text.count(text) == 1
    start = source.text.index(text)
    return Span(source, start, start + len(text))


def rule(name: str, severity: Severity, title: str) -> Rule[object]:
    doc = f"{title}.\n\n## What it does\nLooks at what\na launch says.\n\n## Why is this bad\nKeys leak.\n"
    doc += '\n## References\n- A guide, "Keys"\n- CWE: CWE-798, CWE-284\n- checkov: CKV_AWS_79\n'
    return Rule(name, "profile", object, severity, f"why of {name}", f"fix of {name}", lambda _: (), doc)


RULES = [
    rule("role-without-ec2-trust", Severity.HIGH, "EC2 cannot assume the role behind an instance profile"),
    rule("imdsv1-allowed", Severity.MEDIUM, "IMDSv1 is allowed"),
    rule("hardcoded-access-key", Severity.CRITICAL, "An AWS access key stands in the template"),
]


def sample() -> Report:
    """A report with everything in it."""
    stack = Source("stacks/our web/größe [1].yaml", STACK)
    role = Source("stacks/rolle.yaml", ROLE)
    broken = Source("x y.tf", "locals {\n  a = \n")
    report = Report()
    report.files.found, report.files.checked = 5, 3
    report.files.not_templates, report.files.unreadable, report.files.excluded = 1, 1, 2
    report.launches.checked, report.launches.proven, report.launches.failed, report.launches.undecided = 4, 2, 1, 1
    report.undecided = 1
    report.hidden.hide([part(stack, KEY_ID), part(stack, SECRET)])
    trust = part(role, "lambda.amazonaws.com")
    use = Step(part(stack, "!Ref AppProfile"), "WebServer launches with AppProfile, which holds web[0]")
    report.findings = [
        Finding(
            "role-without-ec2-trust",
            Severity.HIGH,
            "fail",
            MESSAGE,
            "AppRole",
            trust,
            'Env keeps its default "legacy"',
            (use, Step(trust, ""), Step(trust, MESSAGE), use, Step(trust, "AppRole trusts this")),
            "AppRole trusts only lambda.amazonaws.com",
        ),
        Finding(
            "hardcoded-access-key",
            Severity.CRITICAL,
            "fail",
            "An access key id (AKIA..., 20 characters) stands in user data",
            "WebServer",
            part(stack, KEY_ID),
            related=(Step(part(stack, f"export AWS_SECRET_ACCESS_KEY={SECRET}"), f"beside it: {SECRET}"),),
        ),
        Finding(
            "imdsv1-allowed",
            Severity.MEDIUM,
            "undecided",
            "WebServer allows IMDSv1",
            'aws_instance.web["a"]',
            Span(stack, stack.text.index("WebServer"), len(stack.text)),
            'fails when Tokens is "optional"',
        ),
        Finding("imdsv1-allowed", Severity.LOW, "fail", "Too late", "AppRole", Span(role, len(ROLE), len(ROLE))),
    ]
    ignored = Finding("imdsv1-allowed", Severity.MEDIUM, "fail", "Accepted", "AppRole", part(role, "AppRole"))
    ignored.ignored = Ignore(part(role, "Service"), part(role, "Properties"), ("imdsv1-allowed",), "a reason")
    report.ignored = [ignored]
    report.notices = [
        Notice("unreadable", "x y.tf", "an expression is missing", Span(broken, 15, 15)),
        Notice("unresolved", "main.tf", "module registry/x is not here", cause=NoticeCause.MODULE, decides=True),
    ]
    return report


DOCS = Path(__file__).parents[1] / "docs"
CONTRACT = json.loads((DOCS / "report.schema.json").read_text(encoding="utf-8"))
PLACE = ("path", "line", "column", "end_line", "end_column")


def resolved(schema: Any, root: Any) -> Any:
    """A schema with what it refers to."""
    if isinstance(schema, dict):
        name = schema.get("$ref", "").rpartition("/")[2]
        return (
            resolved(root["$defs"][name], root) if name else {key: resolved(one, root) for key, one in schema.items()}
        )
    return [resolved(one, root) for one in schema] if isinstance(schema, list) else schema


def _ordered(tree: Any, schema: Any) -> bool:
    """Whether a valid tree has the members of the contract, and no others, in its order."""
    if isinstance(tree, dict):
        properties = schema["properties"]
        known = [name for name in properties if name in tree or name in schema["required"]]
        return list(tree) == known and all(_ordered(tree[key], properties[key]) for key in tree)
    return all(_ordered(item, schema["items"]) for item in tree) if isinstance(tree, list) else True


def test_keeps_the_contract() -> None:
    full = sample()
    full.lists_suppressed = True
    at = full.findings[0].at
    evidence = (Step(at, "it trusts EC2"),)
    result = ObligationResult(
        "trust", ObligationStatus.OPEN, evidence=evidence, reasons=(("var.x", None),), unless=("a",)
    )
    full.proofs = [Proof("a", "k", address="A", at=at, status=LaunchStatus.QUALIFIED, obligations=(result,))]
    for report in (Report(), sample(), full):
        text = json_report.render(report, RULES, "0.1.0")
        tree = json.loads(text)
        jsonschema.validate(tree, CONTRACT)
        assert _ordered(tree, resolved(CONTRACT, CONTRACT))
        assert text == json.dumps(tree, indent=2, ensure_ascii=False) + "\n"


def test_tells_places_sums_and_notices() -> None:
    tree = json.loads(json_report.render(sample(), RULES, "0.1.0"))
    assert tree["tool"] == {"name": "iplint", "version": "0.1.0"}
    assert tree["summary"]["findings"] == {"critical": 1, "high": 1, "medium": 0, "low": 1, "info": 0}
    assert tree["summary"]["undecided"] == 1
    trust, key, undecided, late = tree["findings"]
    assert [trust[name] for name in PLACE] == ["stacks/rolle.yaml", 4, 16, 4, 36]
    assert trust["when"] == 'Env keeps its default "legacy"'
    assert [step["message"] for step in trust["related"]] == [
        "WebServer launches with AppProfile, which holds web[0]",
        "AppRole trusts this",
    ]
    assert key["when"] is None
    assert key["related"][0]["message"] == "beside it: ***"
    assert [undecided[name] for name in PLACE] == ["stacks/our web/größe [1].yaml", 2, 3, 9, 1]
    assert (late["line"], late["column"], late["end_line"], late["end_column"]) == (5, 1, 5, 1)
    assert tree["notices"] == [
        {
            "kind": "unreadable",
            "path": "x y.tf",
            "line": 2,
            "column": 7,
            "message": "an expression is missing",
            "cause": "unread",
            "decides": False,
            "accepted": False,
        },
        {
            "kind": "unresolved",
            "path": "main.tf",
            "line": None,
            "column": None,
            "message": "module registry/x is not here",
            "cause": "missing-module",
            "decides": True,
            "accepted": False,
        },
    ]


def test_says_why_how_and_with_which_edits() -> None:
    report = sample()
    found = report.findings[0]
    found.fix, found.edits = "unsafe", ((found.at, "ec2.amazonaws.com"),)
    first = json.loads(json_report.render(report, RULES, "0.1.0"))["findings"][0]
    assert (first["why"], first["how"]) == ("why of role-without-ec2-trust", "fix of role-without-ec2-trust")
    assert first["help"] is None, "the package names no documentation"
    place = {name: first[name] for name in PLACE}
    assert first["edits"] == [{**place, "text": "ec2.amazonaws.com"}]
    found.edits = ((found.at, f"key: {SECRET}"),)
    assert json.loads(json_report.render(report, RULES, "0.1.0"))["findings"][0]["edits"] == []


def test_suppressed_findings_are_there_if_asked_for() -> None:
    report = sample()
    assert len(json.loads(json_report.render(report, RULES, "0.1.0"))["findings"]) == 4
    report.lists_suppressed = True
    *_, last = json.loads(json_report.render(report, RULES, "0.1.0"))["findings"]
    assert (last["message"], last["suppressed"]) == ("Accepted", "comment")


def test_can_always_be_written_as_utf_8() -> None:
    report = Report()
    report.notices = [Notice("unresolved", "a\udce9.tf", "half a character: \ud83d")]
    json_report.render(report, RULES, "0.1.0").encode("utf-8")


def _finding(path: str, text: str, marked: str, address: str = "Web", hidden: str = "") -> str:
    source = Source(path, text)
    report = Report()
    report.hidden.hide([part(source, hidden)] if hidden else [])
    report.findings = [Finding("some-rule", Severity.LOW, "fail", "message", address, part(source, marked))]
    return fingerprints(report)[0]


def test_fingerprints_outlive_moves_and_nothing_else() -> None:
    same = _finding("a.yaml", "Web:\n  Tokens: optional\n", "optional")
    assert _finding("a.yaml", "# new\n\nWeb:\r\n\tTokens:   optional\r\n", "optional") == same
    assert _finding("b.yaml", "Web:\n  Tokens: optional\n", "optional") != same
    assert _finding("a.yaml", "Web:\n  Tokens: optional\n", "optional", "Other") != same
    assert _finding("a.yaml", "Web:\n  Tokens: 'optional'\n", "optional") != same

    minified = '{"other": "' + "x" * 1200 + '", "Tokens": "optional"}'
    assert _finding("a.json", minified, "optional") == _finding("a.json", minified.replace("xx", "y"), "optional")


def test_fingerprints_of_equal_findings_differ() -> None:
    report = sample()
    report.findings = [report.findings[0]] * 3
    assert len(set(fingerprints(report))) == 3


def test_fingerprints_are_not_made_of_secrets() -> None:
    first = _finding("a.yaml", "Key: FAKEFAKE1\n", "Key", hidden="FAKEFAKE1")
    assert _finding("a.yaml", "Key: FAKE-of-another-length\n", "Key", hidden="FAKE-of-another-length") == first
    split = _finding("a.yaml", "Key: FAKE\n  FAKE\n", "Key", hidden="FAKE\n  FAKE")
    assert _finding("a.yaml", "Key: FA\n  KE2\n", "Key", hidden="FA\n  KE2") == split == first

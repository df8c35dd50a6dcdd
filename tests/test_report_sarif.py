"""The report for code scanning: what GitHub needs, held against the official schema and Microsoft's validator."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from iplint.finding import Finding, Report, Severity, VerdictKind
from iplint.location import Source, Span
from iplint.report import sarif
from iplint.report.fingerprint import line_hashes
from iplint.resource import Notice, SuppressedBy
from iplint.value import Link, Step
from test_report_json import KEY_ID, RULES, SECRET, STACK, part, rule, sample

PACKAGE = "node_modules/@microsoft/sarif-multitool-linux"


def _multitool() -> Path:
    """The validator's binary, which the schema lies beside."""
    named = os.environ.get("IPLINT_SARIF_MULTITOOL")
    binary = Path(named) if named else Path(__file__).parents[1] / PACKAGE / "Sarif.Multitool"
    if not named and not binary.exists():
        pytest.skip(
            "no SARIF Multitool: set IPLINT_SARIF_MULTITOOL to its binary (npm: @microsoft/sarif-multitool-linux)"
        )
    return binary.resolve()


def _run(report: Report) -> dict[str, Any]:
    tree = json.loads(sarif.render(report, RULES, "0.1.0"))
    assert len(tree["runs"]) == 1
    run: dict[str, Any] = tree["runs"][0]
    return run


def test_is_valid_by_the_official_schema() -> None:
    schema = json.loads((_multitool().parent / "sarif-2.1.0.json").read_text("utf-8-sig"))
    for report in (Report(), with_flow()):
        text = sarif.render(report, RULES, "0.1.0", with_suppressed=True)
        jsonschema.validate(json.loads(text), schema)


@pytest.fixture
def named_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that names where its documentation is."""
    addresses = {"documentation": "https://docs.example/iplint/"}
    monkeypatch.setattr("iplint.addresses.project_addresses", lambda: addresses)


@pytest.mark.usefixtures("named_pages")
def test_satisfies_the_validator(tmp_path: Path) -> None:
    binary = _multitool()
    for name, report in (("empty", Report()), ("full", with_flow())):
        log, verdict = tmp_path / f"{name}.sarif", tmp_path / f"{name}.verdict.sarif"
        log.write_text(sarif.render(report, RULES, "0.1.0", with_suppressed=True), "utf-8")
        kinds = ["--rule-kind", "Sarif;Ghas", "--level", "Error;Warning;Note"]
        command = [binary, "validate", log, *kinds, "-o", verdict, "--log", "ForceOverwrite"]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        # The exit status is 0 even with errors.
        (run,) = json.loads(verdict.read_text("utf-8-sig"))["runs"]
        found = [(result.get("level", "warning"), result["ruleId"]) for result in run["results"]]
        assert [(level, rule_id) for level, rule_id in found if level != "note"] == []
        # Without a repository, a network and snippets of secrets, and with names for ids, these remain.
        notes = {"SARIF2003", "SARIF2006", "SARIF2009", "SARIF2010", "SARIF2011", "SARIF2012", "SARIF2015"}
        assert {rule_id for _, rule_id in found} <= notes
        assert not [notice for notice in run["invocations"] if not notice["executionSuccessful"]]


def test_agrees_with_the_validator_on_line_hashes(tmp_path: Path) -> None:
    binary = _multitool()
    text = "Lorem ipsum dolor sit amet.\n" * 8 + "  größe:\t日本 😀\r\n\r\nend" + "x" * 90
    (tmp_path / "a.yaml").write_bytes(text.encode())
    source = Source("a.yaml", text)
    starts = [0, *(index + 1 for index, character in enumerate(text) if character == "\n")]
    report = Report()
    report.findings = [
        Finding("imdsv1-allowed", Severity.LOW, "fail", "m", "a", Span(source, start, start + 1)) for start in starts
    ]
    tree = json.loads(sarif.render(report, RULES, "0.1.0"))
    (run,) = tree["runs"]
    ours = [result.pop("partialFingerprints")["primaryLocationLineHash"] for result in run["results"]]
    run["originalUriBaseIds"] = {"%SRCROOT%": {"uri": f"{tmp_path.as_uri()}/"}}
    log, hashed = tmp_path / "log.sarif", tmp_path / "hashed.sarif"
    log.write_text(json.dumps(tree), "utf-8")
    insert = ["--insert", "RollingHashPartialFingerprints"]
    command = [binary, "rewrite", log, *insert, "-o", hashed, "--log", "ForceOverwrite"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    (run,) = json.loads(hashed.read_text("utf-8-sig"))["runs"]
    theirs = [result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]]
    assert [value.partition(":")[0] for value in ours] == [value.partition(":")[0] for value in theirs]


# The examples of GitHub's own tests of this hash.
GREETINGS = [
    "e9496ae3ebfced30:1",
    "fb7c023a8b9ccb3f:1",
    "ce8ba1a563dcdaca:1",
    "e20e36e16fcb0cc8:1",
    "b3edc88f2938467e:1",
    "c8e28b0b4002a3a0:1",
    "c129715d7a2bc9a3:1",
]
HASHES = [
    ("", ["c129715d7a2bc9a3:1"]),
    (" a\nb\n  \t\tc\n d", ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"]),
    (" hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n", GREETINGS),
    (" hello; \t\nworld!!!\r\r\r  \t\tGreetings\r End\r", GREETINGS),
    (" hello; \t\r\nworld!!!\r\n\r\n\r\n  \t\tGreetings\r\n End\r\n", GREETINGS),
    (" hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n", GREETINGS),
    (
        "Lorem ipsum dolor sit amet.\n" * 10,
        [
            *(f"a7f2ff13bc495cf2:{count}" for count in range(1, 7)),
            "a7f2ff1481e87703:1",
            "a9cf91f7bbf1862b:1",
            "55ec222b86bcae53:1",
            "cc97dc7b1d7d8f7b:1",
            "c129715d7a2bc9a3:1",
        ],
    ),
]


@pytest.mark.parametrize(("text", "expected"), HASHES)
def test_line_hashes_are_those_of_github(text: str, expected: list[str]) -> None:
    assert line_hashes(text) == expected


def test_line_hashes_count_utf_16_units() -> None:
    assert line_hashes("😀" * 60)[0] != line_hashes("😀" * 49)[0]
    assert line_hashes("😀" * 60)[0] == line_hashes("😀" * 70)[0]


def test_tells_what_github_shows() -> None:
    run = _run(sample())
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["hardcoded-access-key", "imdsv1-allowed", "role-without-ec2-trust"]
    assert rules[2]["name"] == "RoleWithoutEc2Trust"
    assert rules[2]["shortDescription"]["text"] == "EC2 cannot assume the role behind an instance profile."
    assert rules[2]["fullDescription"]["text"] == "Looks at what a launch says."
    assert rules[2]["properties"]["security-severity"] == "8.0"
    assert not any("helpUri" in rule for rule in rules), "the package names no documentation"
    assert run["columnKind"] == "unicodeCodePoints"

    # Code scanning shows suppressed results as open alerts: they are left out.
    key, trust, late, undecided = run["results"]
    assert not any("suppressions" in result for result in run["results"])
    assert (trust["ruleId"], trust["ruleIndex"], trust["level"]) == ("role-without-ec2-trust", 2, "error")
    assert trust["message"]["text"] == (
        'EC2 cannot assume the role behind WebServer\'s instance profile, when Env keeps its default "legacy".'
        " WebServer launches with AppProfile, which holds web[0]: [stacks/our web/größe \\[1\\].yaml:5](1)."
        " AppRole trusts this: [stacks/rolle.yaml:4](2)."
    )
    assert trust["message"]["text"] == "{0}.".replace("{0}", *trust["message"]["arguments"])
    assert [place["id"] for place in trust["relatedLocations"]] == [1, 2]
    (location,) = trust["locations"]
    assert location["logicalLocations"] == [{"fullyQualifiedName": "AppRole", "kind": "resource"}]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "stacks/rolle.yaml", "uriBaseId": "%SRCROOT%"},
        "region": {
            "startLine": 4,
            "startColumn": 16,
            "endLine": 4,
            "endColumn": 36,
            "snippet": {"text": "lambda.amazonaws.com"},
        },
    }
    place = key["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "stacks/our%20web/gr%C3%B6%C3%9Fe%20%5B1%5D.yaml"
    assert place["region"] == {"startLine": 7, "startColumn": 34, "endLine": 7, "endColumn": 54}
    assert undecided["level"] == "note"
    assert undecided["message"]["text"].startswith("Undecided: WebServer allows IMDSv1: fails when Tokens is")
    assert undecided["properties"] == {"severity": "medium", "verdict": "undecided"}
    assert late["level"] == "note"
    for result in run["results"]:
        assert set(result["partialFingerprints"]) == {"primaryLocationLineHash", "iplint/v1"}


@pytest.mark.parametrize(
    ("kind", "level", "successful"),
    [
        ("unreadable", "error", False),
        ("internal", "error", False),
        ("unresolved", "warning", True),
        ("unsupported", "warning", True),
    ],
)
def test_tells_whether_everything_was_read(kind: str, level: str, successful: bool) -> None:
    report = Report()
    report.notices = [Notice(kind, "a b.tf", "what is wrong")]
    (invocation,) = _run(report)["invocations"]
    assert invocation["executionSuccessful"] is successful
    (told,) = invocation["toolExecutionNotifications"]
    assert (told["level"], told["descriptor"], told["message"]["text"]) == (level, {"id": kind}, "what is wrong")
    assert told["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20b.tf"
    assert _run(Report())["invocations"][0]["executionSuccessful"] is True


@pytest.mark.parametrize(
    ("path", "artifact"),
    [
        ("a:b%.tf", {"uri": "a%3Ab%25.tf", "uriBaseId": "%SRCROOT%"}),
        ("../a.tf", {"uri": "../a.tf", "uriBaseId": "%SRCROOT%"}),
        ("/tmp/ä.tf", {"uri": "file:///tmp/%C3%A4.tf"}),
        ("C:/x y/a.tf", {"uri": "file:///C:/x%20y/a.tf"}),
    ],
)
def test_writes_paths_as_uris(path: str, artifact: dict[str, str]) -> None:
    report = Report()
    report.notices = [Notice("unresolved", path, "message")]
    (told,) = _run(report)["invocations"][0]["toolExecutionNotifications"]
    assert told["locations"][0]["physicalLocation"]["artifactLocation"] == artifact


def with_flow() -> Report:
    """The sample, in which two launches reach the finding: one by a profile, one by another."""
    report = sample()
    found = report.findings[0]
    at = [Span(found.at.source, start, start + 1) for start in range(4)]
    found.related = (
        Step(at[0], "reaches profile one", link=Link.PROFILE, joint="one"),
        Step(
            at[1],
            "a launches with profile one",
            link=Link.LAUNCH,
            joint="one",
            before=Step(at[0], "a launches from template t", link=Link.LAUNCH, joint="t"),
        ),
        Step(at[2], "one holds the role", link=Link.ROLE, joint="one"),
        Step(at[3], "b launches with profile two", link=Link.LAUNCH, joint="two"),
        Step(at[3], "module x is called here"),
    )
    return report


def test_code_flows_lead_from_each_launch_to_the_finding() -> None:
    flows = next(result["codeFlows"] for result in _run(with_flow())["results"] if "codeFlows" in result)
    told = [
        [location["location"]["message"]["text"] for location in flow["threadFlows"][0]["locations"]] for flow in flows
    ]
    last = "AppRole trusts only lambda.amazonaws.com"
    assert told == [
        [
            "a launches from template t",
            "a launches with profile one",
            "reaches profile one",
            "one holds the role",
            last,
        ],
        ["b launches with profile two", last],
    ]


def test_a_rule_is_as_severe_as_the_worst_of_its_results() -> None:
    report = sample()
    report.findings[3].severity = Severity.CRITICAL
    described = {
        rule["id"]: rule["properties"]["security-severity"] for rule in _run(report)["tool"]["driver"]["rules"]
    }
    assert described["imdsv1-allowed"] == "9.5"
    assert {rule["id"]: rule["properties"] for rule in _run(Report())["tool"]["driver"]["rules"]}["imdsv1-allowed"][
        "security-severity"
    ] == "5.5"


def test_what_is_suppressed_is_there_if_asked_for() -> None:
    report = sample()
    report.ignored[0].rule = "imdsv1-allowed"
    (run,) = json.loads(sarif.render(report, RULES, "0.1.0", with_suppressed=True))["runs"]
    (found,) = (result for result in run["results"] if "suppressions" in result)
    assert found["suppressions"] == [{"kind": "inSource", "status": "accepted", "justification": "a reason"}]
    assert report.ignored[0].ignored is not None
    report.ignored[0].ignored.by = SuppressedBy.BASELINE
    (run,) = json.loads(sarif.render(report, RULES, "0.1.0", with_suppressed=True))["runs"]
    assert run["results"][-1]["suppressions"][0]["kind"] == "external"


def test_results_beyond_githubs_limit_are_left_out_the_least_severe_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iplint.report.sarif.MAX_RESULTS", 2)
    run = _run(sample())
    assert [result["ruleId"] for result in run["results"]] == ["hardcoded-access-key", "role-without-ec2-trust"]
    told = run["invocations"][0]["toolExecutionNotifications"][-1]["message"]["text"]
    assert told.startswith("2 results of the lowest severity are left out")


@pytest.mark.parametrize(
    ("message", "verdict", "expected"),
    [
        ("answers of the service travel far", "fail", "Answers of the service travel far."),
        ("web allows it", "fail", "web allows it."),
        ("aws_instance.web allows it", "fail", "aws_instance.web allows it."),
        ("whether web allows it", "undecided", "It is undecided whether web allows it."),
        ("web allows it", "undecided", "Undecided: web allows it."),
    ],
)
def test_messages_are_sentences(message: str, verdict: str, expected: str) -> None:
    report = sample()
    report.findings = [
        Finding("imdsv1-allowed", Severity.LOW, VerdictKind(verdict), message, "web", report.findings[0].at)
    ]
    (result,) = _run(report)["results"]
    assert result["message"]["text"] == expected


@pytest.mark.usefixtures("named_pages")
def test_rules_link_to_their_pages_where_the_package_names_them() -> None:
    driver = _run(sample())["tool"]["driver"]
    assert driver["informationUri"] == "https://docs.example/iplint/"
    found = next(rule for rule in driver["rules"] if rule["id"] == "imdsv1-allowed")
    assert found["helpUri"] == "https://docs.example/iplint/rules/imdsv1-allowed.md"
    assert found["helpUri"] in found["help"]["markdown"]
    assert "Keys leak." in found["help"]["markdown"]


def test_descriptions_keep_githubs_limit() -> None:
    wordy = rule("some-rule", Severity.LOW, "Title")
    wordy.doc = "Title.\n\n## What it does\n" + "word " * 400
    tree = json.loads(sarif.render(Report(), [wordy], "0.1.0"))
    assert len(tree["runs"][0]["tool"]["driver"]["rules"][0]["fullDescription"]["text"]) <= 1000


def test_documentation_does_not_repeat_a_secret() -> None:
    source = Source("a.yaml", STACK)
    documented = rule("some-rule", Severity.LOW, "Title")
    documented.doc += f"\n## Bad\n{KEY_ID}\n"
    report = Report()
    report.hidden.hide([part(source, KEY_ID), part(source, SECRET)])
    assert KEY_ID not in sarif.render(report, [documented], "0.1.0")


def test_rules_are_related_to_the_catalogues_that_know_them() -> None:
    run = _run(sample())
    catalogues = [(taxonomy["name"], [taxon["id"] for taxon in taxonomy["taxa"]]) for taxonomy in run["taxonomies"]]
    assert catalogues == [("CWE", ["CWE-284", "CWE-798"]), ("checkov", ["CKV_AWS_79"])]
    driver = run["tool"]["driver"]
    assert [component["name"] for component in driver["supportedTaxonomies"]] == ["CWE", "checkov"]
    for described in driver["rules"]:
        targets = [relationship["target"] for relationship in described["relationships"]]
        assert [(target["id"], target["toolComponent"]["index"]) for target in targets] == [
            ("CWE-798", 0),
            ("CWE-284", 0),
            ("CKV_AWS_79", 1),
        ]
        assert {"external/cwe/cwe-798", "profile"} <= set(described["properties"]["tags"])

"""Choosing rules on the command line, and judging by rules of one's own."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from iplint_rules import all_rules

Command = Callable[..., CompletedProcess[str]]
DOCS = Path(__file__).parents[1] / "docs"
OWN = DOCS / "own-rules"

TEMPLATE = """
Resources:
  Host:
    Type: AWS::EC2::Instance
    Properties: {ImageId: ami-0123456789abcdef0}
  Ours:
    Type: AWS::EC2::Instance
    Properties: {IamInstanceProfile: payments-web, MetadataOptions: {HttpTokens: required}}
  Theirs:
    Type: AWS::EC2::Instance
    Properties: {IamInstanceProfile: search-web, MetadataOptions: {HttpTokens: required}}
"""


@pytest.fixture
def found(iplint: Command, tmp_path: Path) -> Callable[..., list[tuple[str, str]]]:
    """The rules and addresses that a check with some options reports on TEMPLATE."""
    (tmp_path / "template.yaml").write_text(TEMPLATE, encoding="utf-8")

    def check(*options: str) -> list[tuple[str, str]]:
        done = iplint("check", "template.yaml", "--format", "json", *options, cwd=tmp_path)
        assert done.returncode in (0, 1), done.stderr
        return [(finding["rule"], finding["address"]) for finding in json.loads(done.stdout)["findings"]]

    return check


def test_rules_are_chosen_by_name_and_group(found: Callable[..., list[tuple[str, str]]]) -> None:
    imds, profile = ("imdsv1-allowed", "Host"), ("missing-instance-profile", "Host")
    assert set(found()) == {imds, profile}
    assert found("--select", "imdsv1-allowed") == [imds]
    assert found("--select", "profile") == [profile]
    assert set(found("--select", "metadata,profile")) == {imds, profile}
    assert set(found("--select", "metadata", "--select", "profile")) == {imds, profile}
    assert found("--ignore", "metadata") == [profile]
    assert found("--ignore", "profile", "--ignore", "imdsv1-allowed") == []
    assert {imds, profile} <= set(found("--select", "all"))


def test_findings_below_a_severity_are_left_out(iplint: Command, tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(TEMPLATE, encoding="utf-8")
    done = iplint("check", "template.yaml", "--severity", "critical", cwd=tmp_path)
    assert done.returncode == 0
    assert "error" not in done.stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--select", "imds1-allowed"], "did you mean imdsv1-allowed?"),
        (["--ignore", "metdata"], "did you mean metadata?"),
        (["--select", "qqqqqq"], "`iplint rules` lists them"),
        (["--select", "metadata", "--ignore", "imdsv1-allowed,metadata"], "no rule is left"),
        (["--rules", "nowhere"], "no such directory"),
    ],
)
def test_a_choice_that_cannot_be_made_is_explained(
    iplint: Command, tmp_path: Path, options: list[str], words: str
) -> None:
    done = iplint("check", *options, cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr


def test_the_rules_are_listed_by_group(iplint: Command) -> None:
    lines = iplint("rules").stdout.splitlines()
    listed = {line.split()[0]: line for line in lines if line.startswith("  ")}
    assert set(listed) == {rule.name for rule in all_rules()}
    for rule in all_rules():
        assert rule.title in listed[rule.name]
        assert ("only if selected" in listed[rule.name]) == rule.optional


def test_a_rule_is_explained(iplint: Command) -> None:
    page = iplint("explain", "imdsv1-allowed").stdout
    assert page.startswith("# imdsv1-allowed\n")
    assert "## Why is this bad" in page
    wrong = iplint("explain", "imdsv1-alowed")
    assert wrong.returncode == 2
    assert "did you mean imdsv1-allowed?" in wrong.stderr


def test_rules_of_ones_own_judge_beside_the_others(found: Callable[..., list[tuple[str, str]]]) -> None:
    assert ("profile-of-other-team", "Theirs") in found("--rules", str(OWN))
    assert found("--rules", str(OWN), "--select", "profile-of-other-team") == [("profile-of-other-team", "Theirs")]
    assert ("missing-instance-profile", "Host") in found("--rules", str(OWN))


def test_the_documentation_shows_the_example_as_it_is() -> None:
    shown = re.findall(r"```python\n(.*?)```", (DOCS / "own-rules.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    (source,) = [path.read_text(encoding="utf-8") for path in OWN.glob("*.py")]
    assert shown == [source]


def test_an_entry_point_brings_rules(iplint: Command, tmp_path: Path) -> None:
    package = tmp_path / "site"
    (package / "payments-1.0.dist-info").mkdir(parents=True)
    (package / "payments-1.0.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: payments\nVersion: 1.0\n"
    )
    (package / "payments-1.0.dist-info" / "entry_points.txt").write_text("[iplint.rules]\npayments = payments_rules\n")
    (package / "payments_rules.py").write_text(next(OWN.glob("*.py")).read_text(encoding="utf-8"), encoding="utf-8")
    sys.path.insert(0, str(package))
    try:
        from iplint.judging.custom_rules import loaded

        names = [rule.name for rule in loaded(["payments"], str(tmp_path), all_rules())]
    finally:
        sys.path.remove(str(package))
    assert "profile-of-other-team" in names


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1\n", "no module there makes a rule"),
        ("raise ValueError('odd')\n", "own.py cannot be loaded: ValueError: odd (rules/own.py line 1)"),
        ("def (\n", "own.py cannot be loaded: SyntaxError"),
        ("from iplint_rules.imdsv1_allowed import check\n", None),
    ],
)
def test_what_cannot_be_loaded_is_explained(iplint: Command, tmp_path: Path, text: str, words: str | None) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "own.py").write_text(text, encoding="utf-8")
    done = iplint("rules", "--rules", "rules", cwd=tmp_path)
    assert done.returncode == (2 if words else 0)
    assert (words or "") in done.stderr


def test_a_name_is_given_once(iplint: Command, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    text = next(OWN.glob("*.py")).read_text(encoding="utf-8").replace("profile-of-other-team", "imdsv1-allowed")
    (tmp_path / "rules" / "own.py").write_text(text, encoding="utf-8")
    done = iplint("rules", "--rules", "rules", cwd=tmp_path)
    assert done.returncode == 2
    assert "there already is a rule imdsv1-allowed" in done.stderr


CUSTOM = '''"""My rule."""
from iplint.finding import Fail
from iplint.model import Launch
from iplint.rule import rule


@rule("my-rule", group="ours", on=Launch, severity="Medium", why="w", fix="f")
def check(launch):
    yield from helped(launch)


def helped(launch):
    yield Fail(launch.profile_at, "found")
'''


@pytest.fixture
def custom(iplint: Command, tmp_path: Path) -> Callable[..., CompletedProcess[str]]:
    """Check TEMPLATE by a custom rule given as text."""
    (tmp_path / "template.yaml").write_text(TEMPLATE, encoding="utf-8")
    (tmp_path / "rules").mkdir()

    def check(text: str, *options: str) -> CompletedProcess[str]:
        (tmp_path / "rules" / "mine.py").write_text(text, encoding="utf-8")
        return iplint("check", "template.yaml", "--rules", "rules", *options, cwd=tmp_path)

    return check


def test_a_severity_may_be_a_word_and_a_group_one_of_ones_own(custom: Callable[..., CompletedProcess[str]]) -> None:
    done = custom(CUSTOM, "--select", "ours", "--format", "json")
    assert {(one["rule"], one["severity"]) for one in json.loads(done.stdout)["findings"]} == {("my-rule", "medium")}
    refused = custom(CUSTOM.replace("Medium", "middling"))
    assert refused.returncode == 2
    assert "the severity of rule my-rule is middling; it must be one of info, low, medium, high" in refused.stderr
    assert "(rules/mine.py line 7)" in refused.stderr


def test_an_error_in_a_custom_rule_has_its_own_traceback(custom: Callable[..., CompletedProcess[str]]) -> None:
    done = custom(CUSTOM.replace("launch.profile_at", "launch.nothing"), "--format", "json")
    (message, *_) = [one["message"] for one in json.loads(done.stdout)["notices"] if one["kind"] == "internal"]
    assert done.returncode == 3
    assert "rule my-rule failed on Host: AttributeError: 'Launch' object has no attribute 'nothing'" in message
    assert message.endswith("(rules/mine.py line 9 in check, rules/mine.py line 13 in helped)")
    shown = custom(CUSTOM.replace("launch.profile_at", "launch.nothing"))
    assert "please report" not in shown.stdout + shown.stderr
    assert "no finding" not in shown.stdout.lower()


def test_the_documented_rule_runs_as_it_is(custom: Callable[..., CompletedProcess[str]]) -> None:
    (text,) = re.findall(r"```python\n(.*?)```", (DOCS / "own-rules.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    found = json.loads(custom(text, "--format", "json", "--select", "profile-of-other-team").stdout)["findings"]
    assert [finding["address"] for finding in found] == ["Theirs"]

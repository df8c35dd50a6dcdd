"""Every documented example and every fixture of every rule."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conftest import FIXTURES, failures, judged
from iplint.aws.launch_types import CLOUDFORMATION
from iplint.rule import Rule
from iplint_rules import all_rules

RULES = {rule.name: rule for rule in all_rules()}
UNASKED = [rule.name for rule in RULES.values() if not rule.optional]
HEADINGS = ["What it does", "Why is this bad", "Bad", "Good", "When it cannot tell", "Fix", "References"]
NOTATIONS = ["yaml", "terraform"]
# Rules about what there is in one notation only, or cannot be alone in the other.
ONE_NOTATION = {
    "deprecated-roles-argument": "terraform",  # an argument of Terraform's provider
    "profile-with-several-roles": "yaml",  # Terraform's argument takes one role; its older list is a fact of its own
}
MARKS = {
    "fail": re.compile(r"(?:#|//)\s*expect: ([a-z0-9-]+(?:, [a-z0-9-]+)*)"),
    "undecided": re.compile(r"(?:#|//)\s*undecided: ([a-z0-9-]+(?:, [a-z0-9-]+)*)"),
}


def sections(rule: Rule[object]) -> dict[str, str]:
    parts = re.split(r"^## (.+)$", rule.doc, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def examples(section: str) -> list[tuple[str, str]]:
    return re.findall(r"```(yaml|terraform)\n(.*?)```", section, flags=re.DOTALL)


def notations(name: str) -> list[str]:
    """The notations in which a rule has examples."""
    return [notation for notation in NOTATIONS if ONE_NOTATION.get(name, notation) == notation]


def write(directory: Path, notation: str, text: str) -> Path:
    path = directory / ("template.yaml" if notation == "yaml" else "main.tf")
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", RULES)
def test_the_documentation_has_its_headings_in_order(name: str) -> None:
    assert list(sections(RULES[name])) == HEADINGS


@pytest.mark.parametrize("name", RULES)
def test_bad_examples_are_flagged_by_exactly_this_rule(name: str, tmp_path: Path) -> None:
    shown = examples(sections(RULES[name])["Bad"])
    assert [notation for notation, _ in shown] == notations(name)
    for notation, text in shown:
        report = judged(write(tmp_path, notation, text), rules=[*UNASKED, name])
        assert {rule for rule, _, _ in failures(report)} == {name}, notation
        assert not report.notices


@pytest.mark.parametrize("name", RULES)
def test_good_examples_are_flagged_by_nothing(name: str, tmp_path: Path) -> None:
    shown = examples(sections(RULES[name])["Good"])
    assert [notation for notation, _ in shown] == notations(name)
    for notation, text in shown:
        report = judged(write(tmp_path, notation, text), rules=[*UNASKED, name])
        assert failures(report) == [], notation
        assert not report.notices


def cases() -> list[Path]:
    """The fixtures: a file for a template, a directory for a Terraform root."""
    return sorted(path for rule in FIXTURES.iterdir() for path in rule.iterdir())


@pytest.mark.parametrize("case", cases(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_fixtures_are_flagged_where_they_say(case: Path) -> None:
    rule = case.parent.name
    files = [case] if case.is_file() else [path for path in case.rglob("*") if path.is_file()]
    report = judged(case, working=FIXTURES, rules=[rule])
    for verdict, mark in MARKS.items():
        wanted = {
            (path.relative_to(FIXTURES).as_posix(), number)
            for path in files
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
            for found in mark.findall(line)
            if rule in found.split(", ")
        }
        found = {(finding.at.path, finding.at.first[0]) for finding in report.findings if finding.verdict == verdict}
        assert found == wanted, verdict
    assert [notice.message for notice in report.notices if notice.kind in ("unreadable", "internal")] == []


@pytest.mark.parametrize("type", sorted({row.type for row in CLOUDFORMATION}))
def test_every_type_of_the_table_stands_in_the_fixtures(type: str) -> None:
    declared = f"Type: {type}\n"
    assert any(declared in path.read_text(encoding="utf-8") for path in FIXTURES.rglob("*.yaml"))


@pytest.mark.parametrize("name", RULES)
def test_every_rule_has_fixtures_in_both_notations_that_fail_and_that_pass(name: str) -> None:
    folder = FIXTURES / name
    kinds: set[tuple[bool, bool]] = set()
    for case in folder.iterdir():
        files = [case] if case.is_file() else list(case.rglob("*"))
        text = "".join(path.read_text(encoding="utf-8") for path in files if path.is_file())
        kinds.add((case.is_dir(), "expect:" in text))
    assert kinds == {(notation == "terraform", fails) for notation in notations(name) for fails in (True, False)}

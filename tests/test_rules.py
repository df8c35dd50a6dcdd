"""Every documented example and every fixture of every rule."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from conftest import FIXTURES, failures, judged
from fixture_reports import REPORTS, report_on, written
from iplint.aws import launch_types
from iplint.aws.cloud_control import resource_type
from iplint.discovery.options import Options
from iplint.discovery.project import Project
from iplint.finding import Fail, Report
from iplint.model import Stack
from iplint.rule import CLOUDFORMATION, TERRAFORM, Rule
from iplint.scenario import Scenario
from iplint_rules import all_rules

RULES = {rule.name: rule for rule in all_rules()}
UNASKED = [rule.name for rule in RULES.values() if not rule.optional]
HEADINGS = ["What it does", "Why is this bad", "Bad", "Good", "When it cannot tell", "Fix", "References"]
NOTATIONS = {"yaml": CLOUDFORMATION, "terraform": TERRAFORM}
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
    return [notation for notation, language in NOTATIONS.items() if language in RULES[name].languages]


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
        assert {rule for rule, _, _ in failures(report)} == {name, *RULES[name].composed_of}, notation
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


@pytest.mark.parametrize("case", cases(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_fixtures_are_reported_word_for_word_as_before(case: Path) -> None:
    """Messages, places, severities, related places, fixes and the launches that are proven.

    After a change that means to change them: `nox -s reports`, and read the difference.
    """
    assert report_on(case) == written(case.parent.name).get(case.relative_to(FIXTURES).as_posix())


def test_no_report_is_kept_of_a_fixture_that_is_gone() -> None:
    kept = {name for path in REPORTS.iterdir() for name in written(path.stem)}
    assert kept == {case.relative_to(FIXTURES).as_posix() for case in cases()}


def outcomes(name: str) -> dict[str, set[str]]:
    """What a rule on launches says of each resource type in its fixtures: "fail", "pass", "undecided"."""
    found: dict[str, set[str]] = {}
    for case in sorted((FIXTURES / name).iterdir()):
        for root in Project([str(case)], str(FIXTURES), options=Options(), files=Report().files).roots():
            stack = Stack(root, Scenario({}))
            for launch in (*stack.launches, *stack.templates):
                verdicts = list(RULES[name].check(launch))
                said = {"fail" if isinstance(verdict, Fail) else "undecided" for verdict in verdicts} or {"pass"}
                found.setdefault(launch.resource.type, set()).update(said)
    return found


def with_cloud_control(types: Iterable[str]) -> set[str]:
    """These types, and what Cloud Control calls those of CloudFormation; OpsWorks ended before it began."""
    return {
        *types,
        *(resource_type(type) for type in types if type.startswith("AWS::") and "OpsWorks" not in type),
    }


TYPES = with_cloud_control({row.type for row in (*launch_types.CLOUDFORMATION, *launch_types.TERRAFORM)})
# EKS makes the profile itself; AWS owns the instances of notebooks and streams; the others have one of their own.
HAVE_A_PROFILE = with_cloud_control(
    {
        "AWS::AppStream::AppBlockBuilder",
        "AWS::AppStream::Fleet",
        "AWS::AppStream::ImageBuilder",
        "AWS::BedrockAgentCore::CapacityProvider",
        "AWS::DataPipeline::Pipeline",
        "AWS::EKS::Cluster",
        "AWS::EKS::Nodegroup",
        "AWS::SageMaker::NotebookInstance",
        "aws_datapipeline_pipeline_definition",
        "aws_eks_cluster",
        "aws_eks_node_group",
        "aws_sagemaker_notebook_instance",
    }
)
# No setting of these, nor of a template they launch from, ends IMDSv1: the service decides, so they never pass either.
HAVE_NO_TOKENS = with_cloud_control(
    {
        "AWS::BedrockAgentCore::CapacityProvider",
        "AWS::DataPipeline::Pipeline",
        "AWS::ECS::CapacityProvider",
        "AWS::EMR::Cluster",
        "AWS::OpsWorks::Instance",
        "AWS::OpsWorks::Stack",
        "AWS::RDS::DBInstance",
        "aws_datapipeline_pipeline_definition",
        "aws_db_instance",
        "aws_ecs_capacity_provider",
        "aws_emr_cluster",
        "aws_opsworks_instance",
        "aws_opsworks_stack",
        "aws_rds_cluster_instance",
    }
)
# Their service lets no instance answer without a token.
ALWAYS_CLOSED = with_cloud_control({"AWS::EKS::Cluster", "aws_eks_cluster"})


def test_every_type_of_the_tables_has_a_launch_without_a_profile_and_one_with() -> None:
    said = outcomes("missing-instance-profile")
    assert {type for type in TYPES if "pass" not in said.get(type, ())} == set()
    assert {type for type in TYPES if "fail" not in said[type]} == HAVE_A_PROFILE


def test_every_type_of_the_tables_has_a_launch_that_allows_imdsv1_and_one_that_does_not() -> None:
    said = outcomes("imdsv1-allowed")
    assert {type for type in TYPES if said.get(type) == {"undecided"}} == HAVE_NO_TOKENS
    assert {type for type in TYPES if said.get(type) == {"pass"}} == ALWAYS_CLOSED
    assert {type for type in TYPES if not said.get(type, set()) >= {"fail", "pass"}} == HAVE_NO_TOKENS | ALWAYS_CLOSED


@pytest.mark.parametrize("name", RULES)
def test_every_rule_has_fixtures_in_its_notations_that_fail_and_that_pass(name: str) -> None:
    folder = FIXTURES / name
    kinds: set[tuple[bool, bool]] = set()
    for case in folder.iterdir():
        files = [case] if case.is_file() else list(case.rglob("*"))
        text = "".join(path.read_text(encoding="utf-8") for path in files if path.is_file())
        kinds.add((case.is_dir(), "expect:" in text))
    assert kinds == {(notation == "terraform", fails) for notation in notations(name) for fails in (True, False)}


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if rule.undecided_in])
def test_every_rule_has_a_fixture_that_is_undecided(name: str) -> None:
    for notation, language in NOTATIONS.items():
        files = FIXTURES.joinpath(name).rglob("*.yaml" if notation == "yaml" else "*.tf")
        marked = any(
            name in found.split(", ") for path in files for found in MARKS["undecided"].findall(path.read_text())
        )
        assert marked or language not in RULES[name].undecided_in, notation


# What each rule declares. A change of a severity, or of what checks by default, changes what everybody's checks say.
DECLARED = {
    "access-key-parameter-on-instance": ("credentials", "high", "default"),
    "administrator-access": ("privilege", "high", "default"),
    "administrator-with-imdsv1": ("privilege", "critical", "default"),
    "ami-without-imdsv2": ("metadata", "low", "optional"),
    "credentials-file-on-instance": ("credentials", "medium", "default"),
    "deprecated-roles-argument": ("profile", "medium", "default"),
    "exposed-temporary-credentials": ("credentials", "high", "optional"),
    "generated-access-key-in-code": ("credentials", "high", "default"),
    "generated-access-key-on-instance": ("credentials", "critical", "default"),
    "hardcoded-access-key": ("credentials", "critical", "default"),
    "hardcoded-secret-in-user-data": ("credentials", "high", "optional"),
    "high-metadata-hop-limit": ("metadata", "low", "default"),
    "imdsv1-account-default": ("metadata", "high", "default"),
    "imdsv1-allowed": ("metadata", "high", "default"),
    "imdsv1-call-in-user-data": ("metadata", "medium", "default"),
    "launch-configuration": ("hygiene", "info", "optional"),
    "metadata-endpoint-disabled": ("metadata", "medium", "default"),
    "mismatched-profile-reference": ("profile", "medium", "default"),
    "mismatched-role-reference": ("profile", "medium", "default"),
    "missing-instance-profile": ("profile", "high", "default"),
    "near-administrator-access": ("privilege", "high", "default"),
    "overbroad-trust": ("role", "critical", "default"),
    "pinned-launch-template-version": ("hygiene", "low", "default"),
    "privilege-escalation": ("privilege", "high", "default"),
    "profile-with-several-roles": ("profile", "high", "default"),
    "profile-without-role": ("profile", "high", "default"),
    "resolved-secret-in-user-data": ("credentials", "medium", "optional"),
    "role-as-instance-profile": ("profile", "high", "default"),
    "role-shared-by-applications": ("role", "low", "optional"),
    "role-shared-with-other-service": ("role", "medium", "default"),
    "role-shared-with-people": ("role", "low", "optional"),
    "role-without-ec2-trust": ("role", "high", "default"),
    "role-without-instance-profile": ("role", "low", "optional"),
    "service-wide-access": ("privilege", "medium", "default"),
    "undeclared-instance-profile": ("hygiene", "info", "optional"),
    "unjustified-ignore": ("hygiene", "low", "default"),
    "unrestricted-passrole": ("privilege", "medium", "optional"),
    "unused-instance-profile": ("profile", "low", "optional"),
}


@pytest.mark.parametrize("name", RULES)
def test_every_rule_has_its_severity_and_checks_by_default_or_not(name: str) -> None:
    rule = RULES[name]
    assert (rule.group, rule.severity.word, "optional" if rule.optional else "default") == DECLARED[name]

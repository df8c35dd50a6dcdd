"""Conditions and assertions against cfn-lint, which resolves them with a solver of its own.

cfn-lint knows which combinations of truths can occur together, and which can under given values of parameters. Where
the two differ on purpose, the templates here keep away from it: cfn-lint takes two comparisons of one parameter for
exclusive, also where the other side is a parameter as well or the sides are exchanged; it leaves open what a comparison
of two parameters gives; and it knows none of the functions that only rules have. It ships no templates to compare with.
"""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iplint.cloudformation.template import Template
from iplint.location import Source
from iplint.scenario import Scenario
from iplint.syntax import yaml
from iplint.syntax.tree import Mapping
from iplint.value import OTHER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cfnlint.conditions.conditions import Conditions

    from iplint.value import Literal

    Json = dict[str, object]

TESTS = Path(__file__).parent
VALUES = ("a", "b", "c")


def cfn_lint(template: Json) -> Conditions:
    from cfnlint.template import Template as Theirs

    return Theirs("t.json", template).conditions


def iplint(text: str) -> Template:
    source = Source("t.json", text)
    tree = yaml.parse(source)
    assert isinstance(tree, Mapping)
    return Template(source, tree)


def truths(template: Template, assignment: dict[str, Literal]) -> dict[str, bool] | None:
    """The conditions that are true in a scenario, by the resources that it creates; None if it breaks an assertion."""
    scenario = Scenario({f"parameter {name}": value for name, value in assignment.items()})
    found = {resource.address.removeprefix("On"): resource.exists for resource in template.resources(scenario)}
    assert None not in found.values()
    return None if template.failed_assertion(scenario) else {name: exists is True for name, exists in found.items()}


def assignments(parameters: dict[str, list[str]]) -> Iterator[dict[str, Literal]]:
    for values in product(*parameters.values()):
        yield dict(zip(parameters, values, strict=True))


def equality(parameters: dict[str, list[str]]) -> st.SearchStrategy[Json]:
    names = st.sampled_from(sorted(parameters))
    return st.builds(lambda name, value: {"Fn::Equals": [{"Ref": name}, value]}, names, st.sampled_from(VALUES))


def combined(leaves: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(lambda one: {"Fn::Not": [one]}, inner),
            st.builds(
                lambda name, parts: {name: parts},
                st.sampled_from(["Fn::And", "Fn::Or"]),
                st.lists(inner, min_size=2, max_size=3),
            ),
        ),
        max_leaves=4,
    )


@st.composite
def templates(draw: st.DrawFn, rules: bool = False) -> tuple[Json, dict[str, list[str]]]:
    """A template with one resource for each condition, and the values that its parameters may take."""
    allowed = st.lists(st.sampled_from(VALUES), min_size=1, max_size=3, unique=True)
    parameters = {f"P{number}": draw(allowed) for number in range(draw(st.integers(2, 4)))}
    conditions: Json = {}
    for number in range(draw(st.integers(1, 4))):
        leaves = equality(parameters)
        if conditions:
            named = st.builds(lambda name: {"Condition": name}, st.sampled_from(sorted(conditions)))
            leaves = st.one_of(leaves, named)
        conditions[f"C{number}"] = draw(combined(leaves))
    template: Json = {
        "Parameters": {name: {"Type": "String", "AllowedValues": values} for name, values in parameters.items()},
        "Conditions": conditions,
        "Resources": {f"On{name}": {"Type": "AWS::SQS::Queue", "Condition": name} for name in conditions},
    }
    if rules:
        made = st.builds(lambda node: {"Assert": node}, combined(equality(parameters)))
        rule: Json = {"Assertions": draw(st.lists(made, min_size=1, max_size=2))}
        if draw(st.booleans()):
            rule["RuleCondition"] = draw(combined(equality(parameters)))
        template["Rules"] = {"Rule": rule}
    return template, parameters


def scenarios(template: Json, names: list[str]) -> set[tuple[bool, ...]]:
    """The combinations of truths that cfn-lint takes for possible."""
    found = cfn_lint(template).build_scenarios({name: {True, False} for name in names})
    return {tuple(scenario[name] for name in names) for scenario in found}


def check(template: Json, parameters: dict[str, list[str]]) -> None:
    names = list(template["Conditions"])  # type: ignore[call-overload]  # a mapping, as it is made above
    ours = iplint(json.dumps(template))
    ours_in = [truths(ours, assignment) for assignment in assignments(parameters)]
    possible = {tuple(scenario[name] for name in names) for scenario in ours_in if scenario is not None}
    assert possible == scenarios(template, names)


@settings(max_examples=40, deadline=None)
@given(templates())
def test_the_same_conditions_hold_together(made: tuple[Json, dict[str, list[str]]]) -> None:
    check(*made)


@settings(max_examples=25, deadline=None)
@given(templates(rules=True))
def test_the_same_conditions_hold_together_under_assertions(made: tuple[Json, dict[str, list[str]]]) -> None:
    check(*made)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_each_condition_is_the_same_for_given_values(data: st.DataObject) -> None:
    template, parameters = data.draw(templates())
    assignment = {name: data.draw(st.sampled_from(values)) for name, values in parameters.items()}
    ours = truths(iplint(json.dumps(template)), dict(assignment))
    assert ours is not None
    theirs = cfn_lint(template)
    for name, truth in ours.items():
        assert theirs.satisfiable({name: truth}, assignment)
        assert not theirs.satisfiable({name: not truth}, assignment)


@pytest.mark.parametrize(
    "path",
    [
        path
        for folder in ("fixtures", "example")
        for path in sorted((TESTS / folder).rglob("*.yaml"))
        if "\nConditions:" in path.read_text()
    ],
    ids=lambda path: path.stem,
)
def test_what_fixtures_say_is_possible_for_cfn_lint_too(path: Path) -> None:
    """Every scenario of a template is one that cfn-lint takes for possible, whatever its parameters are."""
    from cfnlint.decode.cfn_yaml import load

    source = Source(str(path), path.read_text())
    tree = yaml.parse(source)
    assert isinstance(tree, Mapping)
    template = Template(source, tree)
    scenario = Scenario({})
    section = tree.get("Conditions")
    assert isinstance(section, Mapping)
    theirs = load(str(path))
    names = list(section.entries)
    (here,) = template.evaluations(scenario)

    def held() -> tuple[bool, ...] | None:
        found = [here.condition(name, section.at) for name in names]
        settled = [truth for truth in found if isinstance(truth, bool)]
        return tuple(settled) if len(settled) == len(found) else None

    held()
    inputs = list(scenario.touched.values())
    assert inputs
    possible = scenarios(theirs, names)
    seen: set[tuple[bool, ...]] = set()
    for choice in product(*([*input.options, *([] if input.closed else [OTHER])] for input in inputs)):
        with scenario.under({input.key: value for input, value in zip(inputs, choice, strict=True)}):
            truth = held()
            if truth is not None:
                seen.add(truth)
    assert seen
    assert seen <= possible

"""The section Rules: assertions about parameters; nothing is deployed when one fails.

Facts: CloudFormation User Guide, "CloudFormation template Rules syntax".
"""

from __future__ import annotations

from iplint.cloudformation.conditions import resolved, truth_of
from iplint.syntax.tree import Mapping, Sequence
from iplint.value import Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from iplint.cloudformation.evaluate import Evaluation
    from iplint.scenario import Scenario
    from iplint.syntax.tree import Node


def failed_assertion(evaluations: Iterable[Evaluation], scenario: Scenario) -> Step | None:
    """Return the first assertion that certainly fails in a scenario, in templates that are deployed together.

    Only the inputs of such an assertion count as read: other scenarios may satisfy it.
    """
    outer, scenario.touched = scenario.touched, {}
    try:
        for evaluation in evaluations:
            nesting = evaluation.template.nesting
            scenario.touched = {}
            if nesting is not None and nesting.exists(scenario) is not True:
                continue
            around = scenario.touched
            for name, node, condition in _assertions(evaluation):
                scenario.touched = dict(around)
                if condition is not None and not _holds(condition, evaluation):
                    continue
                if _holds(node, evaluation) is False:
                    outer.update(scenario.touched)
                    return Step(node.at, f"an assertion of rule {name}")
    finally:
        scenario.touched = outer
    return None


def _holds(node: Node, evaluation: Evaluation) -> bool | None:
    truth = resolved(truth_of(node, evaluation.scope), evaluation.scope)
    return truth if isinstance(truth, bool) else None


def _assertions(evaluation: Evaluation) -> Iterator[tuple[str, Node, Node | None]]:
    """Yield the assertions with the name and the condition of their rule."""
    template = evaluation.template
    section = template.section("Rules")
    for name, (key, rule) in section.entries.items() if section is not None else ():
        listed = rule.get("Assertions") if isinstance(rule, Mapping) else None
        if not isinstance(rule, Mapping) or not isinstance(listed, Sequence):
            template.note_unresolved(f"rule {name} has no list of assertions", key.at)
            continue
        for item in listed.items:
            assertion = item.get("Assert") if isinstance(item, Mapping) else None
            if assertion is None:
                template.note_unresolved(f"rule {name} has an assertion without Assert", item.at)
            else:
                yield name, assertion, rule.get("RuleCondition")

"""Exports and imports between the templates of one run.

Facts: CloudFormation User Guide, "Get exported outputs from a deployed CloudFormation stack".
"""

from __future__ import annotations

from iplint.cloudformation.parameters import Choice
from iplint.scenario import Circular, Scenario
from iplint.value import Input, Known, Reason, Text, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from iplint.cloudformation.evaluate import Evaluation
    from iplint.cloudformation.template import Template
    from iplint.scenario import Assignment
    from iplint.value import Literal, Value


class Exports:
    """The exports of some roots, by their names when all inputs keep their defaults.

    The inputs of the exporting template are inputs of the importing one as well: as twins of the original inputs.
    """

    __slots__ = ("_found", "_templates", "_twins")

    def __init__(self, templates: Iterable[Template]) -> None:
        self._templates = list(templates)
        self._found: dict[str, list[tuple[Evaluation, str]]] | None = None
        self._twins: dict[str, Input] = {}

    def release(self) -> None:
        """Release the templates, which refer to these exports in a cycle that only the garbage collector would free."""
        self._templates.clear()
        self._found = {}

    def value(self, name: str, scenario: Scenario) -> Known[Text] | Unknown | None:
        """Return the value that exactly one template exports under a name, in the scenario of an importing template.

        None for anything but a plain text: its references belong to another root, where addresses have another meaning.
        """
        match self._by_name().get(name):
            case [(evaluation, output)]:
                pass
            case _:
                return None
        path = evaluation.template.path
        chosen: dict[str, Literal] = {}
        asked: set[str] = set()
        while True:
            value, read = _output(evaluation, output, chosen)
            before = len(chosen)
            for input in read:
                if input.key not in asked:
                    asked.add(input.key)
                    choice = scenario.choice(self._twin(input, path))
                    if choice is not None:
                        chosen[input.key] = choice
            if len(chosen) == before:
                break
        decided_by = value.input if isinstance(value, Known | Unknown) else None
        twin = self._twin(decided_by, path) if decided_by is not None else None
        match value:
            case Known(Text() as text) if text.plain is not None:
                return Known(text, value.at, value.trail, None, twin)
            case Unknown(at=at) if twin is not None:
                reason = Reason(twin.label, at)
                return Unknown((reason,), at, True, value.trail, None, twin, twin.key, value.excludes)
            case _:
                return None

    def _twin(self, input: Input, path: str) -> Input:
        """Return the input of an importing template that mirrors one of the template at a path."""
        if input.key in self._twins:
            return input
        key, label = f"{input.key} of {path}", f"{input.label} of {path}"
        twin = self._twins.get(key)
        if twin is None:
            twin = self._twins[key] = (
                Choice.twin(input, key, label)
                if isinstance(input, Choice)
                else Input(key, label, input.default, input.options, input.closed, input.assumption)
            )
        return twin

    def _by_name(self) -> dict[str, list[tuple[Evaluation, str]]]:
        if self._found is None:
            # A name may be made of an import, which then finds nothing yet.
            self._found = {}
            for template in self._templates:
                template.is_asked, before = True, template.is_asked
                for evaluation in template.evaluations(Scenario({})):
                    for output, name in evaluation.exports():
                        self._found.setdefault(name, []).append((evaluation, output))
                template.is_asked = before
        return self._found


def _output(evaluation: Evaluation, name: str, chosen: Assignment) -> tuple[Value | None, list[Input]]:
    """Return the value of an output under some choices, and the inputs that it reads."""
    scenario, template = evaluation.scenario, evaluation.template.outermost
    template.is_asked, before = True, template.is_asked
    try:
        # Templates may import from each other by turns, so that this scenario is in use already.
        with scenario.under(chosen):
            return evaluation.output(name), list(scenario.touched.values())
    except Circular:
        return None, []
    finally:
        template.is_asked = before

"""What the templates of one run export to each other.

Facts: CloudFormation User Guide, "Get exported outputs from a deployed CloudFormation stack".
"""

from __future__ import annotations

from iplint.inputs import Circular, World
from iplint.value import Known, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from iplint.cloudformation.evaluate import Evaluation
    from iplint.cloudformation.template import Template


class Exports:
    """The exports of some roots, by their names as long as all inputs keep their defaults."""

    __slots__ = ("_found", "_templates")

    def __init__(self, templates: Iterable[Template]) -> None:
        self._templates = list(templates)
        self._found: dict[str, list[tuple[Evaluation, str]]] | None = None

    def text(self, name: str) -> Known[Text] | None:
        """The text that exactly one template exports under a name; None for what is no plain text, or varies.

        What the value refers to belongs to another root, where the addresses mean other things.
        """
        match self._by_name().get(name):
            case [(evaluation, output)]:
                pass
            case _:
                return None
        world = evaluation.world
        # Templates may import from each other by turns, so that this world is in use already.
        outer, world.touched = world.touched, {}
        try:
            value = evaluation.output(output)
            varies = any(input.closed for input in world.touched.values())
        except Circular:
            return None
        finally:
            world.touched = outer
        match value:
            case Known(Text() as text) if text.plain is not None and not varies:
                return Known(text, value.at, value.trail)
            case _:
                return None

    def _by_name(self) -> dict[str, list[tuple[Evaluation, str]]]:
        if self._found is None:
            # A name may be made of an import, which then finds nothing yet.
            self._found = {}
            for template in self._templates:
                for evaluation in template.evaluations(World({})):
                    for output, name in evaluation.exports():
                        self._found.setdefault(name, []).append((evaluation, output))
        return self._found

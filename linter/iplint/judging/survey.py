"""What other scenarios have and the default one does not: subjects, launches that use them, and texts.

The rules explore each subject by the inputs that they read. That does not lead to what another scenario adds: a launch
of a list that is longer there, a role that a profile holds only there, a policy that counts only there, a key that a
text takes in only there. So the outlines of the model are compared over the scenarios first, and each text by itself.
"""

from __future__ import annotations

from iplint.judging.exploration import describe_choice, survey, switch_positions
from iplint.model import InstanceProfile
from iplint.model.stack import EXISTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from iplint.model import ScannedText, Stack
    from iplint.model.stack import ModelSubject, Subject
    from iplint.scenario import Assignment
    from iplint.value import Input, Literal

    Key = tuple[str, str]

# So many inputs that are changed together lead to something are tried at once, beside each of them alone.
MAX_STARTS = 16


class Survey:
    """What was found in scenarios other than the default one.

    `by_default` are the subjects of the default scenario, the same objects in each of its runs. `subjects` are further
    ones, each once. `texts` likewise, with the assignment under which each is found. `complete` is false when there are
    more scenarios than are looked at.
    """

    __slots__ = ("_facts", "_inputs", "_starts", "by_default", "complete", "subjects", "texts")

    def __init__(self, default: Iterable[Subject]) -> None:
        self.by_default = {
            subject for subject in default if not isinstance(subject, InstanceProfile) or subject.resource is not None
        }
        self.subjects: list[ModelSubject] = []
        self.texts: list[tuple[Assignment, ScannedText]] = []
        self.complete = True
        self._inputs: dict[str, Input] = {}
        self._facts: dict[Key, set[str]] = {}
        self._starts: dict[Key, list[Assignment]] = {}

    @property
    def inputs(self) -> dict[str, Input]:
        """Return the inputs of all assignments by key."""
        return self._inputs

    def starts(self, subject: ModelSubject) -> list[Assignment]:
        """Return the assignments that add something to a subject: each alone, then as many as possible together."""
        found = self._starts.get(_key(subject), [])
        together: dict[str, Literal] = {}
        for one in found:
            if all(together.get(key, value) == value for key, value in one.items()):
                together.update(one)
        return [*found[:MAX_STARTS], together] if len(found) > 1 and together not in found else found

    def has_all_starts(self, subject: ModelSubject) -> bool:
        """Return whether `starts` includes each assignment that adds something to a subject."""
        return len(self._starts.get(_key(subject), ())) <= MAX_STARTS

    def exists(self, subject: ModelSubject) -> bool:
        """Return whether a scenario that was looked at has, or may have, a subject."""
        return EXISTS in self._facts.get(_key(subject), ())

    def describe(self, assignment: Assignment) -> str:
        """Describe an assignment in words."""
        return " and ".join(describe_choice(self._inputs[key], value) for key, value in assignment.items())

    def look(self, stack: Stack, is_possible: Callable[[], bool]) -> None:
        """Compare the outlines of scenarios. `is_possible` says whether the current one can be deployed."""
        places = stack.places
        elsewhere: list[Assignment] = []

        def outline(assignment: Assignment) -> list[Input]:
            with stack.scenario.under(assignment) as scenario:
                if not assignment or is_possible():
                    self._compare(stack, assignment)
                    if not stack.places <= places:
                        elsewhere.append(assignment)
                return list(scenario.touched.values())

        self.complete = survey(outline, self._inputs)
        self._find_texts(stack, elsewhere)

    def _compare(self, stack: Stack, assignment: Assignment) -> None:
        for key, (subject, facts) in stack.outline().items():
            known = self._facts.get(key)
            if known is None:
                if assignment and EXISTS not in facts:
                    continue
                known = self._facts[key] = set()
                if assignment:
                    self.subjects.append(subject)
            if assignment and not facts <= known:
                self._starts.setdefault(key, []).append(assignment)
            known |= facts

    def _find_texts(self, stack: Stack, elsewhere: list[Assignment]) -> None:
        """Find the texts of resources that only other scenarios have, and the variants of texts in other scenarios."""
        seen: set[tuple[object, ...]] = set()
        _ = stack.texts_apart(seen) if elsewhere else ()
        for assignment in elsewhere:
            with stack.scenario.under(assignment):
                texts = stack.texts_apart(seen)
            self.texts += [(assignment, text) for text in texts]
        for varying in stack.varying_texts:
            self.texts += self._variants(stack, varying)

    def _variants(self, stack: Stack, varying: VaryingText) -> Iterator[tuple[Assignment, ScannedText]]:
        """Yield the variants of a text in scenarios in which it contains more than by default."""
        found: list[tuple[Assignment, ScannedText]] = []
        seen = varying.parts()

        def look(assignment: Assignment) -> list[Input]:
            with stack.scenario.under(assignment) as scenario:
                text = varying.another(seen)
                if text is not None:
                    found.append((assignment, text))
                return list(scenario.touched.values())

        self.complete = survey(look, self._inputs, switch_positions, varying.read) and self.complete
        yield from found


def _key(subject: ModelSubject) -> Key:
    return type(subject).__name__, subject.key


if TYPE_CHECKING:
    from iplint.model.scanned_text import VaryingText

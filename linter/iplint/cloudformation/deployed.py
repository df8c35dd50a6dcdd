"""What CloudFormation deploys for a root of another notation: the templates of its stacks, and single resources.

Facts: Terraform AWS provider documentation, `aws_cloudformation_stack`, `aws_cloudformation_stack_set` and
`aws_cloudcontrolapi_resource`, whose `desired_state` are the properties of a CloudFormation type in JSON.
"""

from __future__ import annotations

from iplint.cloudformation.holders import CLOUD_CONTROL, HOLDERS, INSTANCES
from iplint.cloudformation.nested import (
    MAX_STACKS,
    BeyondLimit,
    Nesting,
    NotNested,
    inner_template,
    not_checked,
    read_inside,
)
from iplint.cloudformation.parameters import PseudoParameters
from iplint.cloudformation.template import Template, is_named_elsewhere
from iplint.resource import Notice, NoticeKind, Resource, keep_all
from iplint.syntax.partial import parse_json
from iplint.value import Absent, Known, Map, Reason, Text, Unknown, as_text, dig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from iplint.location import Source, Span
    from iplint.resource import CanSkip, Root, TextOccurrence
    from iplint.scenario import Scenario
    from iplint.secret import Secret
    from iplint.syntax.tree import Mapping
    from iplint.value import Step, Value


class Deployed:
    """A root with what CloudFormation deploys for it.

    The resources of a stack follow it, in CloudFormation's vocabulary and with the parameters that the stack passes to
    its template.
    """

    def __init__(self, root: Root) -> None:
        self.path = root.path
        self.notices = root.notices
        self.library = root.library
        self._root = root
        self._around = PseudoParameters({})
        self._templates: dict[tuple[str, str], Template | None] = {}
        self._read: dict[tuple[str, Span], tuple[Source, Mapping]] = {}
        self._asserting: tuple[int, bool] = (0, False)
        self._noted: set[str] = set()

    def resources(self, scenario: Scenario) -> list[Resource]:
        """See Root.resources."""
        found: list[Resource] = []
        for resource in self._root.resources(scenario):
            if resource.type == CLOUD_CONTROL and not resource.data:
                found.append(self._controlled(resource, scenario))
                continue
            found.append(resource)
            inner = self._inside(resource) if resource.type in HOLDERS and not resource.data else None
            if inner is not None:
                found += inner.own_resources(scenario)
        return found

    def unread_parts(self, scenario: Scenario) -> Iterator[Resource]:
        """See Root.unread_parts: those of the root and of the templates of its stacks, and stacks without one."""
        yield from self._root.unread_parts(scenario)
        for stack in self._stacks(scenario).values():
            if self._inside(stack) is None:
                yield stack
        for inner in self._deployed(scenario):
            yield from inner.unread_parts(scenario)

    def failed_assertion(self, scenario: Scenario) -> Step | None:
        """See Root.failed_assertion: an assertion of the root, or in the template of a stack that certainly exists."""
        refused = self._root.failed_assertion(scenario)
        if refused is not None or not self._has_assertions():
            return refused
        from iplint.cloudformation.assertions import failed_assertion

        return failed_assertion(
            (one for inner in self._deployed(scenario) for one in inner.evaluations(scenario)),
            scenario,
        )

    def secrets(self, scenario: Scenario) -> Iterator[Secret]:
        """See Root.secrets."""
        yield from self._root.secrets(scenario)
        for inner in self._deployed(scenario):
            yield from inner.secrets(scenario)

    def text_occurrences(self, scenario: Scenario, silent: CanSkip = keep_all) -> Iterator[TextOccurrence]:
        """See Root.text_occurrences."""
        yield from self._root.text_occurrences(scenario, silent)
        for inner in self._deployed(scenario):
            yield from inner.text_occurrences(scenario, silent)

    def may_refer_to(self, resource: Resource, scenario: Scenario, beside: Sequence[Resource] = ()) -> bool:
        """See Root.may_refer_to."""
        if "::" in resource.type:
            return is_named_elsewhere(resource, beside)
        return self._root.may_refer_to(resource, scenario, beside)

    def files(self, scenario: Scenario) -> set[str]:
        """Return the display paths of the templates whose stacks may exist in a scenario."""
        return {inner.path for inner in self._deployed(scenario) if inner.is_deployed(scenario)}

    def _has_assertions(self) -> bool:
        """Return whether one of the templates has assertions; computed again when there are more templates."""
        known = len(self._templates)
        if self._asserting[0] != known:
            templates = [template for template in self._templates.values() if template is not None]
            self._asserting = known, any(template.has_assertions() for template in templates)
        return self._asserting[1]

    def _deployed(self, scenario: Scenario) -> list[Template]:
        """Return the templates of the stacks of a scenario."""

        def make() -> list[Template]:
            stacks = self._stacks(scenario).values()
            return [inner for stack in stacks if (inner := self._inside(stack)) is not None]

        return scenario.memo((self, "deployed"), make)

    def _stacks(self, scenario: Scenario) -> dict[str, Resource]:
        """Return the stacks of a scenario by address."""
        return scenario.memo(
            (self, "stacks"),
            lambda: {
                resource.address: resource
                for resource in self._root.resources(scenario)
                if resource.type in HOLDERS and not resource.data
            },
        )

    def _instances(self, scenario: Scenario) -> list[Resource]:
        """Return the resources that create the stack instances of a scenario's stack sets."""
        return scenario.memo(
            (self, "instances"),
            lambda: [resource for resource in self._root.resources(scenario) if resource.type in INSTANCES],
        )

    def _inside(self, stack: Resource) -> Template | None:
        """Return the template of a stack. None if it cannot be read, which is noted once for each stack."""
        inner = inner_template(stack)
        key = stack.address, inner.key
        if key not in self._templates:
            found: Template | None = None
            try:
                if inner.text is None:
                    raise NotNested("is not here")
                if len(self._templates) >= MAX_STACKS:
                    raise BeyondLimit(f"comes after {MAX_STACKS:,} others, which is more than iplint follows")
                found = self._nest(stack, inner.key, inner.text)
            except NotNested as problem:
                if stack.address not in self._noted:
                    self._noted.add(stack.address)
                    self.notices.append(not_checked(stack, inner, problem))
            self._templates[key] = found
        return self._templates[key]

    def _nest(self, stack: Resource, key: str, text: Text) -> Template:
        """Return the template in a text, as a stack deploys it. Raises NotNested when there is none."""

        def find(scenario: Scenario) -> Resource | None:
            return scenario.memo((self, stack.address, key), lambda: self._stack(stack.address, key, scenario))

        # The instances of a block have their text in common.
        written = key, text.span(0, 1)
        if written not in self._read:
            self._read[written] = read_inside(text)
        nesting = Nesting(stack, find, self._around, instances=self._instances)
        template = Template(*self._read[written], nesting=nesting)
        self.notices += template.notices
        template.notices = self.notices
        return template

    def _stack(self, address: str, key: str, scenario: Scenario) -> Resource | None:
        """Return a stack in another scenario; None where it has another template."""
        stack = self._stacks(scenario).get(address)
        return stack if stack is not None and inner_template(stack).key == key else None

    def _controlled(self, resource: Resource, scenario: Scenario) -> Resource:
        """Return a resource of the Cloud Control API in CloudFormation's vocabulary."""
        named = dig(resource.properties, ("type_name",))
        type = as_text(named)
        if type is None:
            if resource.address not in self._noted:
                self._noted.add(resource.address)
                message = f"{resource.address} is not checked: its type_name is not known"
                self.notices.append(Notice(NoticeKind.UNSUPPORTED, resource.at.path, message, resource.at))
            return resource
        return Resource(
            type,
            resource.address,
            resource.at,
            resource.block,
            lambda: scenario.memo((self, resource.address, "state"), lambda: _state(resource)),
            lambda: resource.exists,
            resource.calls,
        )


def _state(resource: Resource) -> Value:
    """Return the properties of a resource of the Cloud Control API."""
    state = dig(resource.properties, ("desired_state",))
    match state:
        case Known(Text() as text):
            found = parse_json(text)
        case Unknown() | Absent():
            found = state
        case _:
            found = Absent(state.at)
    match found:
        case Known(Map()) | Unknown():
            return found
        case _:
            return Unknown((Reason(f"the desired_state of {resource.address}", found.at),), found.at, present=True)

"""What conditions, functions and loops ask of the template and the scenario in which they are evaluated.

For type checkers only: `evaluate` and `template` implement these protocols.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol, TypeAlias

    from iplint.cloudformation.calls import IntrinsicCall
    from iplint.cloudformation.parameters import Parameter, PseudoParameters
    from iplint.location import Span
    from iplint.resource import Notice
    from iplint.scenario import Scenario
    from iplint.syntax import tree
    from iplint.value import Known, Lazy, Ref, Step, Text, Unknown, Value

    class SymbolicBool(Protocol):
        """A truth that the template leaves open."""

        def resolve(self, scenario: Scenario) -> bool | Unknown:
            """Return what the scenario assumes."""
            ...

    Truth: TypeAlias = bool | SymbolicBool

    class NestingContext(Protocol):
        """Where a template is nested: see Nesting."""

        steps: tuple[Step, ...]

        def exists(self, scenario: Scenario) -> bool | None:
            """Return whether a scenario creates the stack with the nested template."""
            ...

    class TemplateContext(Protocol):
        """The template: see Template."""

        path: str
        prefix: str
        parameters: dict[str, Parameter]
        pseudo_parameters: PseudoParameters
        written: tree.Mapping
        is_expanded_elsewhere: bool
        is_asked: bool

        @property
        def nesting(self) -> NestingContext | None:
            """Return where the template is nested; None for an outermost one."""
            ...

        def section(self, name: str) -> tree.Mapping | None:
            """Return a section; None if it is missing or unreadable."""
            ...

        def mapping(self, name: str) -> tree.Node | None:
            """Return the entry of the section Mappings with this name."""
            ...

        def imported(self, name: str, scenario: Scenario) -> Known[Text] | Unknown | None:
            """Return the value that another template of this run exports under a name."""
            ...

        def exported_key(self, name: Text) -> Ref | None:
            """Return the attribute of a key that another template of this run exports under a name."""
            ...

        def export_candidates(self, name: Text) -> str | None:
            """Return the outputs that are, or may be, exported under a name, as a relative clause."""
            ...

        def note(self, notice: Notice) -> None:
            """Record a notice, each once."""
            ...

        def note_unresolved(self, message: str, at: Span) -> None:
            """Record that something in the template could not be resolved."""
            ...

        def note_unsupported(self, macro: str, at: Span, given: Span, *, unsettles: bool = False) -> None:
            """Record that a macro used at a place is not expanded."""
            ...

    class EvalContext(Protocol):
        """The template in a scenario: see Evaluation."""

        scenario: Scenario

        @property
        def template(self) -> TemplateContext:
            """Return the template."""
            ...

        def condition(self, name: str, at: Span) -> Truth:
            """Return the truth of a condition, referred to at `at`."""
            ...

        def spend(self, most: int) -> bool:
            """Count one iteration of a loop; false when there were too many in all."""
            ...

    class NodeScope(Protocol):
        """Where a node is evaluated, with the values of the loop variables around it: see TemplateScope."""

        @property
        def evaluation(self) -> EvalContext:
            """Return the template in its scenario."""
            ...

        @property
        def loops(self) -> Mapping[str, Value]:
            """Return the values of the loop variables."""
            ...

        def bound(self, variable: str, value: Value) -> NodeScope:
            """Return the scope of one iteration of a loop."""
            ...

        def value(self, node: tree.Node, place: Span | None = None) -> Value:
            """Return the value of a node."""
            ...

        def lazy(self, node: tree.Node, place: Span) -> Lazy:
            """Return the value of a node, evaluated when first used."""
            ...

        def reference(self, name: str, at: Span, place: Span) -> Value:
            """Return the result of Ref for a name."""
            ...

        def attribute(self, path: str, at: Span) -> Value:
            """Return the result of Fn::GetAtt for `Resource.Attribute`."""
            ...

        def variable(self, name: str, at: Span) -> Value:
            """Return the value of `${name}` in a text."""
            ...

        def missing(self, what: str, at: Span) -> Unknown:
            """Return the value of a reference to something that the template does not declare."""
            ...

        def unreadable(self, what: str, at: Span) -> Unknown:
            """Return the value in place of something that CloudFormation would reject."""
            ...

        def left_out(self, what: str, at: Span) -> Unknown:
            """Return the value in place of what is beyond a limit."""
            ...

        def circular(self, what: str, at: Span) -> Unknown:
            """Return the value of a circular reference."""
            ...

        def identity(self, call: IntrinsicCall) -> str:
            """Return a text that is equal for the same call in the same iterations of the same loops only."""
            ...

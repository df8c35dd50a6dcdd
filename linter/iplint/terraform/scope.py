"""What an expression can see: the names bound around it, and the module that it is in."""

from __future__ import annotations

from iplint.scenario import Circular
from iplint.terraform.failure import beyond_limit, failure
from iplint.value import Known, Map, Seq, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Protocol, TypeAlias

    from iplint.datatype import Type
    from iplint.location import Span
    from iplint.resource import Resource
    from iplint.scenario import Scenario
    from iplint.syntax.hcl_tree import Attr
    from iplint.terraform.source_map import Node, SourceMap
    from iplint.value import Lazy, Value

    # How a truth that is unknown is made up of others: "not", "and", "or" of them; "asked" when what decides it is
    # an input, or has been asked for already; nothing when it stands for itself.
    Shape: TypeAlias = tuple[str, tuple[Unknown, ...]]

    class EvalContext(Protocol):
        """The module instance that expressions are evaluated in."""

        scenario: Scenario
        shapes: dict[str, Shape]

        def reference(self, node: Attr, scope: Scope) -> Value | None:
            """Return what a traversal's first names lead to (`var.x`, `aws_instance.web`).

            None when they need another.
            """
            ...

        def call(self, name: str, args: list[Value], scope: Scope, at: Span) -> Value | None:
            """Return the result of a function; None when there is no such function."""
            ...


class Scope:
    """The names that an expression can see.

    `where` tells apart the repetitions that the same expression is evaluated in; `rest` is what names stand for that
    are not bound, when the module's own cannot be seen (in a template file).
    """

    __slots__ = ("bound", "context", "rest", "source_map", "where")

    def __init__(
        self,
        home: EvalContext,
        source_map: SourceMap,
        where: str,
        bound: Mapping[str, Lazy],
        rest: Unknown | None = None,
    ) -> None:
        self.context = home
        self.source_map = source_map
        self.where = where
        self.bound = bound
        self.rest = rest

    def span(self, node: Node) -> Span:
        """Return where a node is."""
        return self.source_map.span(node.start, node.end)

    def source_text(self, node: Node) -> str:
        """Return how a node is written."""
        return " ".join(self.source_map.source.text[node.start : node.end].split())

    def binding(self, names: Mapping[str, Lazy], where: str) -> Scope:
        """Return this scope with more names bound."""
        return Scope(self.context, self.source_map, f"{self.where}{where}", {**self.bound, **names}, self.rest)

    def on(self, source_map: SourceMap) -> Scope:
        """Return this scope for an expression on another source map."""
        return Scope(self.context, source_map, self.where, self.bound, self.rest)


class Thunk:
    """A value that is made when it is first asked for, once in each scenario."""

    __slots__ = ("_at", "_make", "_scenario")

    def __init__(self, scenario: Scenario, at: Span, make: Callable[[], Value]) -> None:
        self._scenario = scenario
        self._at = at
        self._make = make

    def __call__(self) -> Value:
        """Return the value."""
        try:
            return self._scenario.memo(self, self._make)
        except Circular:
            return failure("a circular reference", self._at)
        except RecursionError:
            return beyond_limit("an expression that is nested too deeply", self._at)


class ResourceMap(Map):
    """A resource as a value: whatever attribute is asked for stands for that attribute of the resource."""

    __slots__ = ("attribute", "resource")

    def __init__(self, resource: Resource, arguments: Map, attribute: Callable[[str], Value], more: Unknown) -> None:
        super().__init__(arguments.entries(), more)
        self.resource = resource
        self.attribute = attribute

    def get(self, key: str) -> Value:
        """Return the attribute; unknown, but there, when AWS sets it."""
        return self.attribute(key)


class BlockMap(Map):
    """A nested block as a value: what is not written in it may be set by AWS."""

    __slots__ = ()


class ModuleMap(Map):
    """The outputs of a called module, as a value."""

    __slots__ = ("address",)

    def __init__(self, address: str, outputs: dict[str, tuple[Span, Lazy]], more: Unknown | None) -> None:
        super().__init__(outputs, more)
        self.address = address


class ResourceSeq(Seq):
    """The instances of a resource with `count`; `ghost` stands for what is referred to and not created."""

    __slots__ = ("placeholder",)

    def __init__(self, items: list[Lazy], more: Unknown | None, ghost: Resource | None) -> None:
        super().__init__(items, more)
        self.placeholder = ghost


class ResourceEntries(Map):
    """The instances of a resource with `for_each`; `sample` stands for those whose keys are unknown."""

    __slots__ = ("ghost", "sample")

    def __init__(
        self,
        entries: dict[str, tuple[Span, Lazy]],
        more: Unknown | None,
        sample: Known[ResourceMap] | None,
        ghost: Resource | None,
    ) -> None:
        super().__init__(entries, more)
        self.sample = sample
        self.ghost = ghost


class PartiallyOrderedSeq(Seq):
    """A list of which only the first `settled` items certainly stand where they are.

    The items after them are in it at places that are unknown. `firm` is false when some of these may not be in it at
    all, or may be the same one: what `compact` or a set make of unknown items.
    """

    __slots__ = ("firm", "settled")

    def __init__(
        self,
        items: list[Lazy],
        settled: int,
        more: Unknown | None = None,
        firm: bool = True,
        type: Type | None = None,
    ) -> None:
        super().__init__(items, more, type)
        self.settled = settled
        self.firm = firm

    @property
    def is_only(self) -> bool:
        """Return whether there certainly is one item and no other, so that its place is no question."""
        return len(self) == 1 and self.firm and self.more is None

"""The names that an expression can use: those bound around it, and those of its module."""

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
    from iplint.syntax.hcl_tree import Attr, Expr
    from iplint.terraform.source_map import Node, SourceMap
    from iplint.value import Lazy, Value

    # How a truth that is unknown is made up of others: "not", "and", "or" of them; "asked" when what decides it is
    # an input, or was already asked for; nothing when it is evaluated itself.
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

        def convert(self, value: Value, type: Expr, scope: Scope) -> Value:
            """Return a value converted to the type that an expression declares, with the defaults written in it."""
            ...

        def call(self, name: str, args: list[Value], scope: Scope, at: Span) -> Value | None:
            """Return the result of a function; None when there is no such function."""
            ...

        def exists(self) -> bool | None:
            """Return whether this scenario creates what the module declares."""
            ...


class Scope:
    """The names that an expression can use.

    `where` distinguishes the iterations in which the same expression is evaluated; `rest` is the value of unbound names
    where the module's own are not visible (in a template file).
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
        """Return the place of a node."""
        return self.source_map.span(node.start, node.end)

    def source_text(self, node: Node) -> str:
        """Return the source text of a node."""
        return " ".join(self.source_map.source.text[node.start : node.end].split())

    def binding(self, names: Mapping[str, Lazy], where: str) -> Scope:
        """Return this scope with more names bound."""
        return Scope(self.context, self.source_map, f"{self.where}{where}", {**self.bound, **names}, self.rest)

    def on(self, source_map: SourceMap) -> Scope:
        """Return this scope for an expression on another source map."""
        return Scope(self.context, source_map, self.where, self.bound, self.rest)


class Thunk:
    """A value that is evaluated when first used, once in each scenario."""

    __slots__ = ("_at", "_make", "_scenario", "_settled")

    def __init__(self, scenario: Scenario, at: Span, make: Callable[[], Value]) -> None:
        self._scenario = scenario
        self._at = at
        self._make = make
        # The value, once it was made without reading an input.
        self._settled: Value | None = None

    def __call__(self) -> Value:
        """Return the value."""
        if self._settled is not None:
            return self._settled
        try:
            made = self._scenario.made(self, self._make)
        except Circular:
            return failure("a circular reference", self._at)
        except RecursionError:
            return beyond_limit("an expression that is nested too deeply", self._at)
        value: Value = made.value  # type: ignore[assignment]  # made by `_make`
        if not made.touched:
            self._settled = value
        return value


class ResourceMap(Map):
    """A resource as a value: each attribute is a reference to that attribute of the resource."""

    __slots__ = ("attribute", "resource")

    def __init__(self, resource: Resource, arguments: Map, attribute: Callable[[str], Value], more: Unknown) -> None:
        super().__init__(arguments.entries(), more)
        self.resource = resource
        self.attribute = attribute

    def get(self, key: str) -> Value:
        """Return the attribute; unknown but present when AWS sets it."""
        return self.attribute(key)


class BlockMap(Map):
    """A nested block as a value: AWS may set arguments that are not written."""

    __slots__ = ()


class ModuleMap(Map):
    """The outputs of a called module, as a value."""

    __slots__ = ("address",)

    def __init__(self, address: str, outputs: dict[str, tuple[Span, Lazy]], more: Unknown | None) -> None:
        super().__init__(outputs, more)
        self.address = address


class InstanceSeq(Seq):
    """A value of each instance of a block with `count`. Where their number is unknown, one stands for all of them."""

    __slots__ = ()


class ResourceSeq(InstanceSeq):
    """The instances of a resource with `count`; `placeholder` is used for those referred to that do not exist."""

    __slots__ = ("placeholder",)

    def __init__(self, items: list[Lazy], more: Unknown | None, placeholder: Resource | None) -> None:
        super().__init__(items, more)
        self.placeholder = placeholder


class ResourceEntries(Map):
    """The instances of a resource with `for_each`; `sample` is a placeholder for those with unknown keys."""

    __slots__ = ("placeholder", "sample")

    def __init__(
        self,
        entries: dict[str, tuple[Span, Lazy]],
        more: Unknown | None,
        sample: Known[ResourceMap] | None,
        placeholder: Resource | None,
    ) -> None:
        super().__init__(entries, more)
        self.sample = sample
        self.placeholder = placeholder


class PartiallyOrderedSeq(Seq):
    """A list of which only the first `settled` items certainly have their position.

    The positions of the following items are unknown. `firm` is false when some of these may not exist at all, or may be
    equal: the result of `compact` or of a set with unknown items.
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
        """Return whether there is certainly exactly one item, so that its position is known."""
        return len(self) == 1 and self.firm and self.more is None

"""The configuration in a plan: which arguments are written, and which resources they refer to.

Terraform documentation, JSON Output Format, Configuration Representation and Expression Representation: an expression
is described by the references in it, not by its operations; locals and dynamic blocks are left out.
"""

from __future__ import annotations

from iplint.budget import charge
from iplint.syntax.tree import Mapping, Scalar, Sequence
from iplint.terraform.plan.address import most_specific, tokens
from iplint.terraform.plan.tree import items, member, string, strings
from iplint.value import Ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Protocol

    from iplint.resource import Resource
    from iplint.syntax.tree import Node
    from iplint.terraform.plan.address import Path

    class Target(Protocol):
        """What a reference can lead to: one instance of a resource."""

        resource: Resource
        key: str

        def texts(self, attribute: str) -> list[str]:
            """Return what is known of an attribute; of the names that AWS knows it by, when no attribute is named."""
            ...

        def knows(self, attribute: str) -> bool:
            """Return whether all of an attribute is known before apply."""
            ...


# What it costs to follow a reference, in steps of a budget.
STEPS_A_REFERENCE = 40
_LEAF = {"constant_value", "references"}
_BOUND = ("each.", "count.", "self.")


class WrittenExpression:
    """How an argument or a block is written.

    `written` is None when that is unknown: there is no configuration, or a dynamic block may have produced it.
    """

    __slots__ = ("_block", "_node", "written")

    def __init__(self, node: Node | None, written: bool | None, block: bool = False) -> None:
        self._node = node
        self._block = block
        self.written = written

    @property
    def _is_leaf(self) -> bool:
        return not self._block and isinstance(self._node, Mapping) and self._node.entries.keys() <= _LEAF

    def member(self, name: str) -> WrittenExpression:
        """Return how an argument of a block, or a member of an object, is written."""
        if self._node is None or self._is_leaf:
            return self
        node = member(self._node, name)
        constant = member(node, "constant_value")
        if node is None or (isinstance(constant, Scalar) and constant.value is None):
            return UNWRITTEN
        return WrittenExpression(node, True)

    def item(self, index: int, value: Node) -> WrittenExpression:
        """Return how an item of a list is written: its nested block."""
        if isinstance(self._node, Sequence):
            blocks = self._node.items
            if len(blocks) == 1 and index == 0:
                return WrittenExpression(blocks[0], True, block=True)
            # The blocks of a set are in another order than its items.
            fitting = [block for block in blocks if _fits(block, value)]
            return WrittenExpression(fitting[0], True, block=True) if len(fitting) == 1 else UNTOLD
        # Items without a block in the plan: a dynamic block made them, or AWS did.
        return UNTOLD if self.written is False else self

    @property
    def is_constant(self) -> bool:
        """Return whether the plan has the constant value."""
        return self._is_leaf and member(self._node, "constant_value") is not None

    @property
    def references(self) -> list[str]:
        """Return its references, as far as the plan contains them."""
        return strings(member(self._node, "references")) if self._is_leaf else []


UNTOLD = WrittenExpression(None, None)
UNWRITTEN = WrittenExpression(None, False)


def _fits(block: Node, value: Node) -> bool:
    """Return whether the constants of a nested block equal those of a value."""
    if not isinstance(block, Mapping):
        return False
    for name, (_, expression) in block.entries.items():
        constant = member(expression, "constant_value")
        if not isinstance(constant, Scalar):
            continue
        written = member(value, name)
        if not isinstance(written, Scalar) or written.text != constant.text:
            return False
    return True


class _ModuleBlocks:
    """The configuration of one module."""

    __slots__ = ("_node", "_resources")

    def __init__(self, node: Node | None) -> None:
        self._node = node
        self._resources = {
            (string(member(one, "mode")), string(member(one, "type")), string(member(one, "name"))): one
            for one in items(member(node, "resources"))
        }

    def resource(self, mode: str, type: str, name: str) -> Node | None:
        return self._resources.get((mode, type, name))

    def call(self, name: str) -> Node | None:
        return member(self._node, "module_calls", name)

    def output(self, name: str) -> Node | None:
        return member(self._node, "outputs", name, "expression")


class References:
    """Follow references through variables and outputs of modules to resource instances in a plan."""

    __slots__ = ("_instances", "_module_keys", "_modules", "_root")

    def __init__(self, configuration: Node | None) -> None:
        self._root = member(configuration, "root_module")
        self._modules: dict[tuple[str, ...], _ModuleBlocks] = {}
        self._instances: dict[tuple[Path, str, str, str], dict[str, Target]] = {}
        self._module_keys: dict[tuple[Path, str], dict[str, None]] = {}

    def add(self, path: Path, mode: str, type: str, name: str, target: Target) -> None:
        """Add an instance of a resource."""
        self._instances.setdefault((path, mode, type, name), {})[target.key] = target
        for depth, (call, key) in enumerate(path):
            self._module_keys.setdefault((path[:depth], call), {})[key] = None

    def _module(self, path: Path) -> _ModuleBlocks:
        names = tuple(name for name, _ in path)
        found = self._modules.get(names)
        if found is None:
            node = self._root
            for name in names:
                node = member(node, "module_calls", name, "module")
            found = self._modules[names] = _ModuleBlocks(node)
        return found

    def declared(self, path: Path, mode: str, type: str, name: str) -> Node | None:
        """Return the block of a resource; None where there is no configuration."""
        return self._module(path).resource(mode, type, name)

    def arguments(self, path: Path, mode: str, type: str, name: str) -> WrittenExpression:
        """Return how the arguments of a resource are written."""
        declared = self._module(path).resource(mode, type, name)
        if declared is None:
            return UNTOLD
        expressions = member(declared, "expressions")
        return WrittenExpression(expressions, True, block=True) if expressions is not None else UNWRITTEN

    def ref(
        self, expression: WrittenExpression, path: Path, declared: tuple[str, str, str], key: str, known: str | None
    ) -> Ref | None:
        """Return the reference in an argument of the instance with `key` of a resource, given what is known of its
        value.

        Of several instances of one type it is the one that has the value; none if the value is unknown.
        """
        references = expression.references
        if not references:
            return None
        over = member(self._module(path).resource(*declared), "for_each_expression")
        by_type: dict[tuple[str, bool], dict[str, tuple[Target, str]]] = {}
        for target, attribute in self._followed(references, path, key, over, set()):
            if target is None:
                continue
            resource = target.resource
            if known is None or known in target.texts(attribute):
                by_type.setdefault((resource.type, resource.data), {})[resource.address] = (target, attribute)
        found: Ref | None = None
        for targets in by_type.values():
            if len(targets) == 1:
                ((target, attribute),) = targets.values()
                found = Ref(target.resource, attribute, found)
        return found

    def may_depend(self, expression: WrittenExpression, path: Path, declared: tuple[str, str, str], key: str) -> bool:
        """Return whether an argument may depend on values that are known only after apply.

        Otherwise it is null, and its value is unknown because AWS will choose it.
        """
        over = member(self._module(path).resource(*declared), "for_each_expression")
        return any(
            target is None or not target.knows(attribute)
            for target, attribute in self._followed(expression.references, path, key, over, set())
        )

    def _followed(
        self, references: list[str], path: Path, key: str, over: Node | None, seen: set[tuple[Path, str, str]]
    ) -> Iterator[tuple[Target | None, str]]:
        """Yield the instances that references lead to, and the attribute of each, empty where it is unknown.

        None for a reference that cannot be followed.
        """
        bound = any(reference.startswith(_BOUND) for reference in references)
        for reference in most_specific(references):
            if (path, key, reference) in seen:
                continue
            charge(STEPS_A_REFERENCE)
            seen.add((path, key, reference))
            match tokens(reference):
                case ["var", name, *_] if path:
                    caller, (called, called_key) = path[:-1], path[-1]
                    call = self._module(caller).call(called)
                    given = strings(member(call, "expressions", name, "references"))
                    yield from self._followed(given, caller, called_key, member(call, "for_each_expression"), seen)
                case ["module", name, *rest]:
                    yield from self._outputs(path, name, rest, key if bound else None, seen)
                case ["each", "value", *_]:
                    yield from self._followed(strings(member(over, "references")), path, key, None, seen)
                case ["local" | "self", *_]:
                    yield None, ""
                case ["data", type, name, *rest]:
                    yield from self._chosen((path, "data", type, name), rest, key if bound else None)
                case [type, name, *rest]:
                    yield from self._chosen((path, "managed", type, name), rest, key if bound else None)
                case _:
                    pass

    def _outputs(
        self, path: Path, name: str, rest: list[str], key: str | None, seen: set[tuple[Path, str, str]]
    ) -> Iterator[tuple[Target | None, str]]:
        keys = self._module_keys.get((path, name), {})
        chosen, rest = _key_of(keys, rest, key)
        if chosen is None or not rest:
            yield None, ""
            return
        inside = (*path, (name, chosen))
        output = self._module(inside).output(rest[0])
        yield from self._followed(strings(member(output, "references")), inside, "", None, seen)

    def _chosen(
        self, whose: tuple[Path, str, str, str], rest: list[str], key: str | None
    ) -> Iterator[tuple[Target | None, str]]:
        instances = self._instances.get(whose, {})
        chosen, rest = _key_of(instances, rest, key)
        attribute = rest[0] if rest and not rest[0].startswith("[") else ""
        if chosen is not None and chosen in instances:
            yield instances[chosen], attribute
        elif chosen is None:
            yield from ((target, attribute) for target in instances.values())


def _key_of(keys: Iterable[str], rest: list[str], key: str | None) -> tuple[str | None, list[str]]:
    """Return which of the instances with these keys a reference leads to, and the rest of the reference; None when the
    plan does not show it.

    A resource that is repeated together with its user has the same key; `key` is the user's.
    """
    if rest and rest[0].startswith("["):
        return rest[0], rest[1:]
    known = list(keys)
    if len(known) == 1:
        return known[0], rest
    return (key if key is not None and key in known else "" if "" in known else None), rest

"""Find the provider configuration of a resource in a plan.

Facts: Terraform documentation, JSON Output Format, Configuration Representation: `provider_config_key` refers to a
member of `provider_config`, also where a module gets the configuration of its caller.
"""

from __future__ import annotations

from iplint.resource import Placement
from iplint.syntax.tree import Mapping, Sequence
from iplint.terraform.plan.tree import items, member, members, string, strings
from iplint.value import Absent, Known, Map, Reason, Seq, Unknown, dig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from iplint.location import Span
    from iplint.syntax.tree import Node
    from iplint.value import Lazy, Value

    # Makes the value of a constant.
    Constant = Callable[[Node], Value]


class ProviderConfigurations:
    """The configurations of providers in a plan; a state has none."""

    __slots__ = ("_configuration", "_constant", "_variables")

    def __init__(self, tree: Node, constant: Constant) -> None:
        self._configuration = member(tree, "configuration", "provider_config")
        self._variables = member(tree, "variables")
        self._constant = constant

    def placement(self, declared: Node | None, region: Value, at: Span) -> Placement:
        """Return the placement of a resource with the block `declared` and its own argument `region`."""
        key = string(member(declared, "provider_config_key"))
        # Of a configuration that is passed to a module, older plans have the name inside of it only.
        is_known = isinstance(self._configuration, Mapping) and (key in self._configuration.entries or ":" not in key)
        if not key or not is_known:
            unknown = Unknown((Reason("its provider", at),), at)
            return Placement(None, unknown, unknown if isinstance(region, Absent) else region)
        settings = self._settings(member(self._configuration, key, "expressions"), at)
        return Placement(key, settings, dig(settings, ("region",)) if isinstance(region, Absent) else region)

    def _settings(self, node: Node | None, at: Span) -> Value:
        """Return the value of an expression, or of the arguments of a block."""
        constant = member(node, "constant_value")
        if constant is not None:
            return self._constant(constant)
        references = strings(member(node, "references"))
        if references:
            match references[0].split("."):
                case ["var", name] if (given := member(self._variables, name, "value")) is not None:
                    return self._constant(given)
                case _:
                    what = ", ".join(references)
                    return Unknown((Reason(what, at),), at, True, identity=what)
        if isinstance(node, Sequence):
            return Known(Seq([self._settings(item, at) for item in items(node)]), at)
        entries: dict[str, tuple[Span, Lazy]] = {
            name: (at, self._settings(inner, at)) for name, inner in members(node) if name != "references"
        }
        return Known(Map(entries), at)

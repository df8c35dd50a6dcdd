"""Find the provider configuration of a resource, through module calls.

Facts: Terraform documentation, Provider Configuration, The provider Meta-Argument, The providers Meta-Argument;
OpenTofu documentation, Provider Configuration, for_each.
"""

from __future__ import annotations

import re

from iplint.resource import Placement
from iplint.syntax.hcl_tree import Attr, Index, Name, ObjectCons, Parens, TupleCons
from iplint.terraform.body import arguments
from iplint.terraform.configuration import plain_text
from iplint.terraform.expression import evaluate
from iplint.terraform.repetition import repeat
from iplint.terraform.source_map import Relocated
from iplint.value import Absent, Known, Map, Reason, Unknown, as_text, dig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Protocol

    from iplint.location import Span
    from iplint.resource import Notice
    from iplint.syntax.hcl_tree import Expr
    from iplint.terraform.configuration import Module
    from iplint.terraform.scope import Scope
    from iplint.terraform.source_map import DeclaredBlock, SourceMap
    from iplint.value import Value

    class Call(Protocol):
        """The call of a module."""

        @property
        def declared(self) -> DeclaredBlock:
            """Return the block that calls."""
            ...

        @property
        def scope(self) -> Scope:
            """Return the scope of its arguments."""
            ...

        @property
        def instance(self) -> Called:
            """Return the module that it is in."""
            ...

    class Called(Protocol):
        """A module as one call makes it; the root module has no caller."""

        @property
        def module(self) -> Module:
            """Return its configuration."""
            ...

        @property
        def prefix(self) -> str:
            """Return what addresses in it begin with."""
            ...

        @property
        def caller(self) -> Call | None:
            """Return the call that makes it."""
            ...

        def scope(self, source_map: SourceMap) -> Scope:
            """Return the scope of what is on a source map of it."""
            ...

        def note(self, notice: Notice) -> None:
            """Record a notice."""
            ...


# How the JSON syntax writes a configuration: `aws`, `aws.eu`, `aws.by["eu"]`.
_WRITTEN = re.compile(r'^([\w-]+)(?:\.([\w-]+))?(?:\["?([^"\]]*)"?\])?$')


class Wanted:
    """A reference to a provider configuration in a module: the provider's local name, the alias, and an instance key.

    `key` is empty where the configuration is not repeated, None where it is unknown.
    """

    __slots__ = ("alias", "key", "name")

    def __init__(self, name: str, alias: str = "", key: str | None = "") -> None:
        self.name = name
        self.alias = alias
        self.key = key

    def is_called(self, other: Wanted | None) -> bool:
        """Return whether both have the same name and alias."""
        return other is not None and (self.name, self.alias) == (other.name, other.alias)


# The registry that a source without a host is in, and the provider that is a part of Terraform.
REGISTRIES = ("registry.terraform.io/", "registry.opentofu.org/")
BUILT_IN = "terraform.io/builtin/terraform"


def source_of(name: str, module: Module) -> str:
    """Return the source of the provider that a module calls `name`, without the public registry's host.

    Terraform documentation, Provider Requirements: a name that is not declared is one of HashiCorp's.
    """
    for settings in module.settings:
        requirements = [block.body.attributes for block in settings.body.blocks if block.type == "required_providers"]
        written = [attributes[name].expr for attributes in requirements if name in attributes]
        if "required_providers" in settings.body.attributes:
            # In JSON it is an argument.
            written += _members(settings.body.attributes["required_providers"].expr, name)
        for source in (text for expr in written for one in _members(expr, "source") if (text := plain_text(one))):
            found = source.lower()
            for registry in REGISTRIES:
                found = found.removeprefix(registry)
            return found if "/" in found else f"hashicorp/{found}"
    return BUILT_IN if name == "terraform" else f"hashicorp/{name}"


def _members(expr: Expr, name: str) -> list[Expr]:
    """Return the values that an object, or each of a list, gives a member."""
    match expr:
        case Relocated(inner=inner):
            return _members(inner, name)
        case TupleCons(items=items):
            return [found for item in items for found in _members(item, name)]
        case ObjectCons(items=items):
            return [value for key, value in items if _is_named(key, name)]
        case _:
            return []


def _is_named(key: Expr, name: str) -> bool:
    return key.name == name if isinstance(key, Name) else plain_text(key) == name


def placement_of(instance: Called, declared: DeclaredBlock, scope: Scope, properties: Value) -> Placement:
    """Return the placement of a resource of a module."""
    attribute = declared.body.attributes.get("provider")
    wanted = Wanted(declared.label(0).partition("_")[0])
    found = _wanted(attribute.expr, scope) if attribute is not None else wanted
    made = _configuration(instance, found, declared.at) if found is not None else None
    if made is None:
        unknown = Unknown((Reason("its provider", declared.at),), declared.at)
        made = Placement(None, unknown, unknown)
    region = dig(properties, ("region",))
    region = made.region if isinstance(region, Absent) else region
    return Placement(made.provider, made.settings, region, after=tuple(_depends_on(instance, declared)))


def _depends_on(instance: Called, declared: DeclaredBlock) -> Iterator[str]:
    """Yield the addresses in the argument depends_on of a block and of the calls around it."""
    attribute = declared.body.attributes.get("depends_on")
    listed = attribute.expr if attribute is not None else None
    while isinstance(listed, Relocated):
        listed = listed.inner
    for item in listed.items if isinstance(listed, TupleCons) else ():
        match item:
            case Attr(object=Name(name=type), name=name):
                yield f"{instance.prefix}{type}.{name}"
            case _ if (written := plain_text(item)) is not None:
                yield f"{instance.prefix}{written}"
            case _:
                pass
    if instance.caller is not None:
        yield from _depends_on(instance.caller.instance, instance.caller.declared)


def _unwrapped(expr: Expr, scope: Scope) -> tuple[Expr, Scope]:
    while isinstance(expr, Parens):
        scope = scope.on(expr.source_map) if isinstance(expr, Relocated) else scope
        expr = expr.inner
    return expr, scope


def _wanted(expr: Expr, scope: Scope) -> Wanted | None:
    """Return the provider configuration that an expression refers to; None where it refers to none."""
    key: str | None = ""
    expr, scope = _unwrapped(expr, scope)
    if isinstance(expr, Index):
        key = as_text(evaluate(expr.key, scope))
        expr = expr.object
    match expr:
        case Name(name=name):
            return Wanted(name, "", key)
        case Attr(object=Name(name=name), name=alias):
            return Wanted(name, alias, key)
        case _:
            written = _WRITTEN.match(plain_text(expr) or "")
            return Wanted(written[1], written[2] or "", written[3] or "") if written is not None else None


def _configuration(instance: Called, wanted: Wanted, at: Span) -> Placement | None:
    """Return the provider configuration for a name in a module; None where that is unknown."""
    while True:
        own = instance.module.provider(wanted.name, wanted.alias)
        caller = instance.caller
        # A block with nothing but an alias only announces that the caller passes such a configuration.
        is_own = own is not None and (not own.body.attributes.keys() <= {"alias", "version"} or bool(own.body.blocks))
        if caller is None or is_own:
            return _made(instance, own, wanted, at)
        passed = caller.declared.body.attributes.get("providers")
        given = _passed(passed.expr, caller.scope, wanted) if passed is not None else None
        if given is None and wanted.alias:
            return None
        instance, wanted = caller.instance, given or Wanted(wanted.name)


def _passed(expr: Expr, scope: Scope, wanted: Wanted) -> Wanted | None:
    """Return the provider configuration that a call passes to the called module."""
    expr, scope = _unwrapped(expr, scope)
    if not isinstance(expr, ObjectCons):
        return None
    for key, value in expr.items:
        if wanted.is_called(_wanted(key, scope)):
            return _wanted(value, scope)
    return None


def _made(instance: Called, own: DeclaredBlock | None, wanted: Wanted, at: Span) -> Placement | None:
    address = f"{instance.prefix}provider.{wanted.name}{f'.{wanted.alias}' if wanted.alias else ''}"
    if own is None:
        return Placement(address, Known(Map({}), at), Absent(at))
    scope = instance.scope(own.source_map)
    if "for_each" in own.body.attributes:
        repeated = repeat(own, scope, address, instance.note)
        item = next((item for item in repeated.items if item.key is not None and item.key == wanted.key), None)
        if item is None:
            return None
        address += item.suffix
        scope = scope.binding(item.bound, address)
    settings = arguments(own.body, scope, own.at)
    return Placement(address, settings, dig(settings, ("region",)))

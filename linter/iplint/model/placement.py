"""Whether two resources are made in the same account, and in the same region of it."""

from __future__ import annotations

from iplint.budget import charge
from iplint.model.walk import words
from iplint.value import Absent, Known, Map, Seq, Text, Unknown, dig, spread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from iplint.resource import Placement, Resource
    from iplint.value import Value

# What it costs to compare where two resources are made, in steps of a budget.
STEPS_A_COMPARISON = 100
# Terraform AWS provider documentation, Provider Configuration: what decides which account a configuration leads to.
_ACCOUNT = (
    "access_key",
    "allowed_account_ids",
    "assume_role",
    "assume_role_with_web_identity",
    "endpoints",
    "profile",
    "shared_config_files",
    "shared_credentials_file",
    "shared_credentials_files",
)


def is_same_account(one: Resource, other: Resource) -> bool | None:
    """Return whether two resources are made in one account; None where that is unknown."""
    here, there = one.placement, other.placement
    return True if here is None or there is None else _one_account(here, there)


def is_same_region(one: Resource, other: Resource) -> bool | None:
    """Return whether two resources are made in one region of one account; None where that is unknown."""
    here, there = one.placement, other.placement
    if here is None or there is None:
        return True
    account = _one_account(here, there)
    is_one = here.provider == there.provider
    first, second = here.region, there.region
    if isinstance(first, Absent) and isinstance(second, Absent):
        region: bool | None = True
    elif isinstance(first, Absent) or isinstance(second, Absent):
        # The environment may name the region that the other one writes down; two configurations are meant to differ.
        region = None if is_one else False
    else:
        region = _is_same(first, second)
    return False if account is False or region is False else None if account is None or region is None else True


def is_created_after(one: Resource, other: Resource) -> bool:
    """Return whether a resource says that it is created after another one."""
    placement = one.placement
    named = placement.after if placement is not None else ()
    return any(other.address == name or other.address.startswith((f"{name}[", f"{name}.")) for name in named)


def nearest(found: Sequence[Resource], near: Resource | None) -> Resource | None:
    """Return which of several resources with one name is meant from the resource `near`; None where that is unknown."""
    if near is None or not found:
        return found[0] if found else None
    charge(STEPS_A_COMPARISON * len(found))
    possible = [resource for resource in found if is_same_account(resource, near) is not False]
    if len(possible) > 1:
        # Where names count in a region only, those of other regions are others.
        possible = [one for one in possible if is_same_region(one, near) is not False] or possible
    if len(possible) > 1:
        possible = [one for one in possible if _provider(one) == _provider(near)] or possible
    return possible[0] if len(possible) == 1 or len({_provider(one) for one in possible}) == 1 else None


def _provider(resource: Resource) -> str | None:
    """Return the provider configuration of a resource; where it is unknown, it is no other resource's."""
    placement = resource.placement
    if placement is None:
        return None
    return placement.provider if placement.provider is not None else f"that of {resource.address}"


def _one_account(here: Placement, there: Placement) -> bool | None:
    if here.provider is None or there.provider is None:
        return None
    if here.provider == there.provider:
        return True
    found: list[bool | None] = [
        _is_same(dig(here.settings, (name,)), dig(there.settings, (name,))) for name in _ACCOUNT
    ]
    return False if False in found else None if None in found else True


def _is_same(one: Value, other: Value) -> bool | None:
    """Return whether two values are certainly the same or certainly different; None otherwise."""
    if isinstance(one, Absent) or isinstance(other, Absent):
        return isinstance(one, Absent) and isinstance(other, Absent)
    if list(words(one)) == list(words(other)):
        return True
    return False if _is_settled(one) and _is_settled(other) else None


def _is_settled(value: Value) -> bool:
    match value:
        case Known(Text() as text):
            return text.plain is not None
        case Known(Seq()):
            return all(_is_settled(item) for item in spread(value))
        case Known(Map() as members):
            found = (members.get(name) for name in members)
            return members.more is None and all(item is None or _is_settled(item) for item in found)
        case Unknown():
            return False
        case _:
            return True

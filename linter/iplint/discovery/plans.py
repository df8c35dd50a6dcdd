"""Plans and states of Terraform among the possible templates: as `terraform show -json` prints them, and as it keeps
states.
"""

from __future__ import annotations

from functools import partial

from iplint.discovery.configurations import deploying
from iplint.discovery.pending import at_hand
from iplint.resource import Notice, NoticeKind
from iplint.scenario import Scenario

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.discovery.catalog import CatalogBuilder
    from iplint.discovery.pending import PendingRoot
    from iplint.location import Source
    from iplint.syntax.tree import Node
    from iplint.terraform.plan.document import Plan


def take_plan(builder: CatalogBuilder, path: str, source: Source, tree: Node) -> bool:
    """Add a plan or state, if a tree is one; return whether it is."""
    from iplint.terraform.plan.document import Plan, is_plan, unsupported_version
    from iplint.terraform.plan.state import State, is_state, why_unread

    kept = tree if is_state(tree) else None
    if kept is None and not is_plan(tree):
        return False
    unread = why_unread(kept) if kept is not None else None
    version = unsupported_version(tree) if kept is None else None
    if version is not None:
        unread = f"format version {version[0]} of plans is not read (1.x and 0.x are)", version[1]
    if unread is not None:
        message, at = unread
        builder.unread(Notice(NoticeKind.UNREADABLE, source.path, f"{message}, so nothing here is checked", at))
        return True
    root, places = builder.options.root, None
    if root is not None:
        from iplint.terraform.plan.places import Places

        places = Places(builder.readers.of(root), root)
    builder.take(path, source)
    builder.plans.append(State(source, kept, places) if kept is not None else Plan(source, tree, places))
    return True


def plan_roots(builder: CatalogBuilder) -> Iterator[PendingRoot]:
    """Yield the plans that were added."""
    for plan in builder.plans:
        types = builder.bounded(plan.path, partial(_types, plan), set[str]())
        yield at_hand(deploying(plan, types) or plan, plan.size)


def _types(plan: Plan) -> set[str]:
    return {resource.type for resource in plan.resources(Scenario({}))}


def why_no_plan(data: bytes) -> str | None:
    """Return why a file from Terraform is not a plan in JSON.

    None when it is not from Terraform.
    """
    from iplint.terraform.plan.unsupported import why_not_a_plan

    return why_not_a_plan(data)

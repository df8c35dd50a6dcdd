"""Plans and states of Terraform, as printed by `terraform show -json`, among the possible templates."""

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

    if not is_plan(tree):
        return False
    version = unsupported_version(tree)
    if version is not None:
        message = f"format version {version[0]} of plans is not read (1.x and 0.x are), so nothing here is checked"
        builder.unread(Notice(NoticeKind.UNREADABLE, source.path, message, version[1]))
        return True
    root, places = builder.options.root, None
    if root is not None:
        from iplint.terraform.plan.places import Places

        places = Places(builder.readers.of(root), root)
    builder.take(path, source)
    builder.plans.append(Plan(source, tree, places))
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

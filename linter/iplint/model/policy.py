"""The policies of a role: written into it, declared in another resource, or attached by ARN."""

from __future__ import annotations

from iplint.aws.identity_types import DOCUMENT_NAMES, POLICY_HOLDERS
from iplint.aws.policy import document
from iplint.model.walk import at_path
from iplint.value import Absent, Known, Text, Unknown, dig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.aws.policy import Document
    from iplint.location import Span
    from iplint.resource import Resource
    from iplint.value import Value


class Policy:
    """One policy of a role.

    `kind` is "inline" (in the role or naming the role), "managed" (declared in the root) or "attached" (defined
    elsewhere, known by its ARN). `called` is its name or ARN. `resource` is where it is declared, None for an attached
    one. `holders` are the addresses of the resources that attach it. `document` is its content, None for an attached
    one.
    """

    __slots__ = ("at", "called", "document", "holders", "kind", "resource")

    def __init__(
        self,
        kind: str,
        called: Value,
        at: Span,
        resource: Resource | None,
        holders: tuple[str, ...],
        document: Document | None,
    ) -> None:
        self.kind = kind
        self.called = called
        self.at = at
        self.resource = resource
        self.holders = holders
        self.document = document


def inline_policies(resource: Resource) -> Iterator[Policy]:
    """Yield the policies that are written into a resource."""
    for path in POLICY_HOLDERS[resource.type].documents:
        *around, name = path
        for written in at_path(resource.properties, tuple(around)):
            value = dig(written, (name,))
            if not isinstance(value, Absent):
                called = dig(written, (DOCUMENT_NAMES.get(name, ""),))
                at = written.at if around else resource.at
                yield Policy("inline", called, at, resource, (resource.address,), document(value))


def declared_policy(resource: Resource, attached_by: tuple[str, ...]) -> Policy:
    """Return the managed policy that a resource declares, with the addresses of the resources that attach it."""
    row = POLICY_HOLDERS[resource.type]
    value = dig(resource.properties, row.documents[0])
    return Policy(
        "managed",
        dig(resource.properties, row.name),
        resource.at,
        resource,
        attached_by or (resource.address,),
        document(value),
    )


def attached_policy_by(arn: Value, address: str) -> Policy:
    """Return the policy that the resource at an address attaches by an ARN, and that is declared elsewhere."""
    at = arn.trail[0].at if arn.trail else arn.at
    return Policy("attached", arn, at, None, (address,), None)


def actions(policy: Document) -> Iterator[str]:
    """Yield the actions that the statements of a policy allow, as they are written; for unknown ones, what decides
    them.
    """
    for statement in policy.statements:
        if statement.grants is False:
            continue
        for element, before in (("Action", ""), ("NotAction", "not ")):
            for text in statement.texts(element):
                match text:
                    case Known(Text() as words):
                        yield before + words.display
                    case Unknown() as unknown:
                        yield f"{before}unknown: {' and '.join(reason.what for reason in unknown.reasons)}"

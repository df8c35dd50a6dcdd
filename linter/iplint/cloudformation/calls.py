"""Recognising intrinsic functions, in their long form (`Fn::Sub: ...`) and their short form (`!Sub ...`)."""

from __future__ import annotations

from iplint.syntax.tree import Mapping, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.location import Span
    from iplint.syntax.tree import Node

FOR_EACH = "Fn::ForEach::"
TRANSFORM = "Fn::Transform"
INCLUDE = "AWS::Include"
# The Serverless Application Model: the transform, and the types of resources that it expands.
SAM = "AWS::Serverless-2016-10-31"
SAM_TYPES = "AWS::Serverless::"
# How the directives of Rain begin, which it carries out before CloudFormation reads a template.
RAIN = "Rain::"
# The functions whose names have no prefix.
_BARE = {"!Ref": "Ref", "!Condition": "Condition"}


class IntrinsicCall:
    """The use of an intrinsic function: its long name, its argument, and its place."""

    __slots__ = ("argument", "at", "name")

    def __init__(self, name: str, argument: Node, at: Span) -> None:
        self.name = name
        self.argument = argument
        self.at = at

    @property
    def arguments(self) -> list[Node]:
        """Return the items of the argument, if it is a list; else the argument itself."""
        given = self.argument
        return given.items if isinstance(given, Sequence) and given.tag is None else [given]


def call_of(node: Node) -> IntrinsicCall | None:
    """Return the function call that a node is, for any function name; None when the node is plain data."""
    tag = node.tag
    if tag is not None:
        name = tag[1:] if tag.startswith(f"!{RAIN}") else _BARE.get(tag) or f"Fn::{tag[1:]}"
        return IntrinsicCall(name, _untagged(node), node.at)
    if isinstance(node, Mapping) and len(node.entries) == 1:
        for name, (_, argument) in node.entries.items():
            if name == "Ref" or (name.startswith(("Fn::", RAIN)) and not name.startswith(FOR_EACH)):
                return IntrinsicCall(name, argument, node.at)
    return None


def _untagged(node: Node) -> Node:
    match node:
        case Scalar():
            return Scalar(node.at, None, node.value, node.text, node.origin)
        case Sequence():
            return Sequence(node.at, None, node.items)
        case Mapping():
            return Mapping(node.at, None, node.entries)


def scalar_text(node: Scalar) -> str:
    """Return a scalar as CloudFormation passes it on where a text is required."""
    if isinstance(node.value, bool):
        return "true" if node.value else "false"
    return node.text

"""Recognise a template, and read it as YAML or JSON in which CloudFormation allows repeated keys.

Source: CloudFormation takes the last value of a repeated property or attribute. Its treatment of a repeated logical ID
or section is not documented: such a template is not read.
"""

from __future__ import annotations

from sys import maxsize

from iplint.budget import Budget, charge, charge_bytes
from iplint.cloudformation.calls import FOR_EACH, TRANSFORM
from iplint.cloudformation.loops import loop_of
from iplint.resource import Notice, NoticeCause, NoticeKind
from iplint.syntax import yaml
from iplint.syntax.decoding import decode
from iplint.syntax.problem import RepeatedKey, SyntaxProblem, quotable
from iplint.syntax.tree import Mapping, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeGuard

    from iplint.location import Source
    from iplint.syntax.tree import Node
    from iplint.workspace import Workspace

# Sections, and the logical IDs in them.
UNIQUE_LEVELS = 2


def is_template(tree: Node) -> TypeGuard[Mapping]:
    """Return whether a document is a CloudFormation template."""
    if not isinstance(tree, Mapping) or "Resources" not in tree.entries:
        return isinstance(tree, Mapping) and "AWSTemplateFormatVersion" in tree.entries
    if "AWSTemplateFormatVersion" in tree.entries or "Transform" in tree.entries:
        return True
    return any(
        name == TRANSFORM or TRANSFORM in body.entries or _is_type(body.get("Type"))
        for name, body in members(tree.get("Resources"))
    )


def _is_type(node: Node | None) -> bool:
    """Return whether a node may be a resource type: `service::name`, or what a macro or Rain makes one of."""
    return "::" in f"{node.tag}{node.text}" if isinstance(node, Scalar) else node is not None


def members(section: Node | None) -> Iterator[tuple[str, Mapping]]:
    """Return the mappings in a section by name, including those inside loops."""
    for name, (_, body) in section.entries.items() if isinstance(section, Mapping) else ():
        loop = loop_of(body) if name.startswith(FOR_EACH) else None
        if loop is not None:
            yield from members(loop[2])
        elif isinstance(body, Mapping):
            yield name, body


def read_template(source: Source) -> tuple[Node | None, list[Notice]]:
    """Return the tree of a template, with the last of each repeated key, and a notice for each of them.

    Raises SyntaxProblem.
    """
    try:
        return yaml.parse(source), []
    except RepeatedKey as problem:
        tree = yaml.parse(source, repeats=True)
        doubled: list[Scalar] = []
        if tree is None or not _keep_last(tree, doubled):
            raise problem from None
        return tree, [_notice(source, key) for key in doubled]


class _ParsedTemplate:
    """A template that was read: its source, its tree, and notices of its repeated keys. Raises SyntaxProblem."""

    __slots__ = ("_spent", "doubled", "source", "tree")

    def __init__(self, source: Source) -> None:
        self._spent = Budget(maxsize, maxsize)
        try:
            with self._spent:
                self.tree, self.doubled = read_template(source)
        except SyntaxProblem:
            self.charge()
            raise
        self.source = source

    def charge(self) -> None:
        """Charge what it took to read it, so that a limit is reached where it would be without this."""
        charge(maxsize - self._spent.steps)
        charge_bytes(maxsize - self._spent.bytes)


def decode_template(workspace: Workspace, path: str, data: bytes) -> tuple[Source, Node | None, list[Notice]]:
    """Return a file as a source, and what `read_template` returns of it. Raises SyntaxProblem."""
    source = decode(workspace.display_path(path), data)
    parsed = workspace.parsed
    if parsed is None:
        return source, *read_template(source)
    from copy import copy  # an ordinary run keeps no trees

    known = parsed.get("template", source)
    if not isinstance(known, _ParsedTemplate):
        known = _ParsedTemplate(source)
        parsed.keep("template", source, known)
    known.charge()
    return known.source, known.tree, [copy(notice) for notice in known.doubled]


def _notice(source: Source, key: Scalar) -> Notice:
    name = quotable(key.text, "a key")
    message = f"{name} is in this mapping twice: the last value counts, as CloudFormation takes it"
    return Notice(NoticeKind.UNRESOLVED, source.path, message, key.at, cause=NoticeCause.DOUBLED)


def _keep_last(tree: Node, doubled: list[Scalar]) -> bool:
    """Keep the last of each repeated key in a tree, and collect them; return whether all are at a level where that is
    allowed.
    """
    waiting: list[tuple[Node, int]] = [(tree, 0)]
    seen: set[int] = set()
    while waiting:
        node, level = waiting.pop()
        charge(1)
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Sequence):
            waiting += ((item, level + 1) for item in node.items)
        elif isinstance(node, Mapping):
            entries: dict[str, tuple[Scalar, Node]] = {}
            for name, entry in node.entries.items():
                key, is_again = entry[0], "\0" in name
                if is_again:
                    if level < UNIQUE_LEVELS or key.text == "<<":
                        return False
                    doubled.append(key)
                    entries.pop(key.text, None)
                entries[key.text if is_again else name] = entry
            node.entries = entries
            waiting += ((value, level + 1) for _, value in entries.values())
    return True

"""The second readers: python-hcl2 and ruamel.yaml read every file again, and both results must agree.

A text that only one reader understands can hide a resource, so a difference is an error. JSON is left out: it has one
meaning.
"""

from __future__ import annotations

from iplint.location import Span
from iplint.resource import Notice, NoticeKind
from iplint.syntax.tree import Mapping, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Protocol, TypeAlias

    from lark import Token, Tree

    from iplint.location import Source
    from iplint.syntax.hcl_tree import Body
    from iplint.syntax.tree import Node

    # The name of a block with its labels, or of an attribute, after the names of the blocks around it.
    Path: TypeAlias = tuple[str, ...]

    class _Mark(Protocol):
        index: int

    class _Second(Protocol):
        """A node of ruamel.yaml; the type of `value` follows from its class."""

        id: str
        tag: str
        value: Any
        start_mark: _Mark


def compare_terraform(source: Source, body: Body) -> list[Notice]:
    """Return the differences between python-hcl2 and `body` in a Terraform file: blocks, their labels, attributes."""
    if source.path.endswith(".json"):
        return []
    from lark.exceptions import LarkError, UnexpectedInput

    try:
        tree = _lark_tree(source.text)
    except LarkError as error:
        place = error.pos_in_stream if isinstance(error, UnexpectedInput) else None
        return [] if _has_problems(source) else [_unsupported(source, "python-hcl2", place)]
    theirs = dict(_lark_body(tree, ()))
    ours = dict(_body(body, ()))
    differences = [place for place in sorted({**ours, **theirs}) if ours.get(place) != theirs.get(place)]
    # What our own reader could not read is reported already.
    if not differences or _has_problems(source):
        return []
    place = differences[0]
    return [_disagreement(source, place, _path(ours.get(place)), _path(theirs.get(place)), "python-hcl2")]


def compare_yaml(source: Source, tree: Node) -> list[Notice]:
    """Return the differences between ruamel.yaml and `tree` in a YAML template: keys, tags, texts, and nesting."""
    if _is_json(source.text):
        return []
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    # The round-trip reader would put marks into the texts where it folds lines.
    reader = YAML(typ="safe", pure=True)
    try:
        second: _Second | None = reader.compose(source.text)  # pyright: ignore[reportUnknownMemberType]  # not annotated
    except (YAMLError, ValueError) as error:
        mark: _Mark | None = getattr(error, "problem_mark", None)
        return [_unsupported(source, "ruamel.yaml", mark.index if mark is not None else None)]
    if second is None:
        return [_disagreement(source, tree.at.start, _shape(tree), "nothing", "ruamel.yaml")]
    difference = next(_Comparison().differences(tree, second), None)
    if difference is None:
        return []
    return [_disagreement(source, *difference, "ruamel.yaml")]


def _disagreement(source: Source, place: int, ours: str, theirs: str, second: str) -> Notice:
    at = Span(source, place, place + 1)
    message = f"two readers disagree about this file: iplint reads {ours} here, {second} reads {theirs}"
    return Notice(NoticeKind.UNREADABLE, source.path, message, at)


def _unsupported(source: Source, second: str, place: int | None) -> Notice:
    at = Span(source, place, place + 1) if place is not None and place >= 0 else None
    return Notice(
        NoticeKind.UNSUPPORTED, source.path, f"{second} could not read this file, so it was read once only", at
    )


def _path(path: Path | None) -> str:
    return "nothing of its own" if path is None else " in ".join(reversed(path))


def _has_problems(source: Source) -> bool:
    from iplint.syntax import hcl

    return bool(hcl.parse(source)[1])


def _body(body: Body, around: Path) -> Iterator[tuple[int, Path]]:
    """Yield the start and a description of each attribute and block of a body."""
    for attribute in body.attributes.values():
        yield attribute.start, (*around, attribute.name)
    for block in body.blocks:
        path = (*around, _head(block.type, block.labels))
        yield block.start, path
        yield from _body(block.body, path)


def _head(type: str, labels: list[str]) -> str:
    return " ".join((type, *(f'"{label}"' for label in labels)))


def _lark_tree(text: str) -> Tree[Token]:
    import hcl2

    # It is annotated with a bare Tree.
    return hcl2.parses_to_tree(text)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


def _lark_body(tree: Tree[Token], around: Path) -> Iterator[tuple[int, Path]]:
    """Yield the same as _body from python-hcl2's tree."""
    for child in _subtrees(tree):
        if child.data == "body":
            yield from _lark_body(child, around)
        elif child.data == "attribute":
            name = _subtrees(child)[0]
            yield name.meta.start_pos, (*around, _word(name))
        elif child.data == "block":
            *head, body = (part for part in _subtrees(child) if part.data != "new_line_or_comment")
            type, *labels = map(_word, head)
            path = (*around, _head(type, labels))
            yield head[0].meta.start_pos, path
            yield from _lark_body(body, path)


def _subtrees(tree: Tree[Token]) -> list[Tree[Token]]:
    # Recognized by what they have: lark itself must not be imported on the ordinary path.
    return [child for child in tree.children if not isinstance(child, str)]


def _word(tree: Tree[Token]) -> str:
    """Return a name or a label without quotes."""
    letters = "".join(str(token) for token in tree.scan_values(lambda _: True))
    if tree.data != "string":
        return letters
    import json

    try:
        return str(json.loads(letters))
    except ValueError:
        return letters[1:-1]


def _is_json(text: str) -> bool:
    if not text.lstrip().startswith(("{", "[")):
        return False
    import json

    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


class _Comparison:
    """Compare two trees of one YAML text, each pair of nodes once however many aliases lead to it."""

    __slots__ = ("_entries", "_seen")

    def __init__(self) -> None:
        self._seen: set[tuple[int, int]] = set()
        self._entries: dict[int, dict[str, tuple[_Second, _Second]]] = {}

    def differences(self, ours: Node, theirs: _Second) -> Iterator[tuple[int, str, str]]:
        """Yield the differences: the place, our node, the other node.

        No text is reported, only its length: it may be secret.
        """
        pair = id(ours), id(theirs)
        if pair in self._seen:
            return
        self._seen.add(pair)
        mine, second = _shape(ours), _second_shape(theirs)
        if mine != second:
            yield ours.at.start, mine, second
            return
        match ours:
            case Scalar(text=text):
                if text != theirs.value:
                    yield ours.at.start, f"a text of {len(text)} characters", f"another of {len(theirs.value)}"
            case Sequence(items=items):
                for one, other in zip(items, theirs.value, strict=True):
                    yield from self.differences(one, other)
            case Mapping(entries=entries):
                others = self._merged(theirs)
                for name, (key, value) in entries.items():
                    if name in others:
                        yield from self.differences(value, others[name][1])
                    else:
                        yield key.at.start, f"the key {name}", "no key"
                for name, (other_key, _) in others.items():
                    if name not in entries:
                        yield other_key.start_mark.index, "no key", f"the key {name}"

    def _merged(self, mapping: _Second) -> dict[str, tuple[_Second, _Second]]:
        """Return the entries of a mapping, then those of its merge keys."""
        if id(mapping) in self._entries:
            return self._entries[id(mapping)]
        entries: dict[str, tuple[_Second, _Second]] = {}
        merged: list[_Second] = []
        for key, value in mapping.value:
            if key.tag == "tag:yaml.org,2002:merge":
                merged += value.value if value.id == "sequence" else [value]
            else:
                entries[str(key.value)] = key, value
        for other in merged:
            for name, entry in self._merged(other).items():
                entries.setdefault(name, entry)
        self._entries[id(mapping)] = entries
        return entries


def _shape(node: Node) -> str:
    """Return the kind of a node and its tag."""
    match node:
        case Scalar():
            shape = "a value"
        case Sequence(items=items):
            shape = f"a list of {len(items)}"
        case Mapping():
            shape = "a mapping"
    return f"{shape} with the tag {node.tag}" if node.tag is not None else shape


def _second_shape(node: _Second) -> str:
    """Return the same as _shape for a node of ruamel.yaml."""
    match node.id:
        case "scalar":
            shape = "a value"
        case "sequence":
            shape = f"a list of {len(node.value)}"
        case _:
            shape = "a mapping"
    return f"{shape} with the tag {node.tag}" if node.tag.startswith("!") else shape

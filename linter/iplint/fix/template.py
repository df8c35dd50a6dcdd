"""Changes of CloudFormation templates, in YAML and in JSON."""

from __future__ import annotations

import json
import re
from bisect import bisect_right

from iplint.fix.edit import Edit, followed, is_first, lead, line_end, line_start, newline, unit
from iplint.location import Span
from iplint.resource import ReferenceChange, RenameChange, SettingChange, TextChange
from iplint.syntax.pattern import pattern
from iplint.syntax.tree import Mapping, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    from iplint.location import Source
    from iplint.resource import Change
    from iplint.syntax.tree import Node

    Written: TypeAlias = "bool | int | str | dict[str, Written]"

# What an anchor names may be in other places too.
_ANCHOR = r"(?m)(?:^|[:\-,\[{?]|![^\s!]*)[ \t]*&\w"
_BEHIND = pattern(r"[ \t]*(?:[ \t]#[^\r\n]*)?")
_PLAIN = r"(?!(?i:true|false|yes|no|on|off|null|y|n)\Z)[A-Za-z][\w-]*(?::[A-Za-z][\w-]*)*"


class ResourceBlocks:
    """The resources of a template, by their places; empty where an anchor may make anything count twice."""

    __slots__ = ("_starts", "_values", "whole")

    def __init__(self, source: Source, tree: Node | None) -> None:
        text = source.text
        whole = tree.get("Resources") if isinstance(tree, Mapping) else None
        is_plain = isinstance(whole, Mapping) and (text.lstrip().startswith("{") or not re.search(_ANCHOR, text))
        self.whole = whole if isinstance(whole, Mapping) and is_plain else Mapping(Span(source, 0, 0), None, {})
        self._values = sorted(
            ((key.at.start, value) for key, value in self.whole.entries.values()), key=lambda entry: entry[0]
        )
        self._starts = [start for start, _ in self._values]

    def around(self, at: Span) -> Node | None:
        """Return the node of the resource that a place is in, or whose name is there."""
        index = bisect_right(self._starts, at.start) - 1
        return self._values[index][1] if index >= 0 else None


def edit(source: Source, resources: ResourceBlocks, change: Change) -> Edit | None:
    """Return the edit for a change in a template; None where the value is not literal, or may be used elsewhere too."""
    resource = resources.around(change.at)
    if resource is None:
        return None
    match change:
        case SettingChange():
            return _set(source, resources.whole, resource, change)
        case ReferenceChange():
            node, _ = _standing(resource, change.at, into_calls=True)
            inside = change.around.start <= change.at.start and change.at.end <= change.around.end
            return _referring(source, node, change) if node is not None and inside else None
        case TextChange():
            node, around = _standing(resource, change.at, into_calls=False)
            return _worded(source, node, around, change) if isinstance(node, Scalar) else None
        case RenameChange(is_single=False):
            key = next(
                (key for _, node in _all(resource, into_calls=False) for key in _keys(node) if key.at == change.at),
                None,
            )
            if key is None or key.text not in source.text[key.at.start : key.at.end]:
                return None
            return Edit(source, key.at.start, key.at.end, _quoted_as(source.text[key.at.start], change.name))
        case _:
            return None


def _all(node: Node, *, into_calls: bool) -> Iterator[tuple[Node | None, Node]]:
    """Yield a node and every node below it, each after its parent; function arguments only if requested."""
    pending: list[tuple[Node | None, Node]] = [(None, node)]
    while pending:
        around, node = pending.pop()
        yield around, node
        match node:
            case Mapping() | Sequence() if node.tag is not None and not into_calls:
                pass
            case Mapping():
                entries = node.entries.items()
                pending += [(node, value) for name, (_, value) in entries if into_calls or not name.startswith("Fn::")]
            case Sequence():
                pending += [(node, item) for item in node.items]
            case Scalar():
                pass


def _keys(node: Node) -> list[Scalar]:
    return [key for key, _ in node.entries.values()] if isinstance(node, Mapping) else []


def _standing(resource: Node, at: Span, *, into_calls: bool) -> tuple[Node | None, Node | None]:
    """Return the node that is exactly at a place, and its parent."""
    nodes = _all(resource, into_calls=into_calls)
    found = ((node, around) for around, node in nodes if node.at == at and around is not None)
    return next(found, (None, None))


def _quoted_as(mark: str, text: str) -> str:
    """Return a text in the kind of quotes that `mark` is, if it is one."""
    return f"{mark}{text}{mark}" if mark in "\"'" else text


def _referring(source: Source, node: Node, change: ReferenceChange) -> Edit | None:
    text = source.text
    start, end = node.at.start, node.at.end
    is_ref = change.attribute == "Ref"
    short = f"!Ref {change.name}" if is_ref else f"!GetAtt {change.name}.{change.attribute}"
    if node.tag is not None:
        tag = re.search(r"!(?:Ref|GetAtt)[ \t]+\Z", text[max(0, start - 40) : start])
        is_inline = isinstance(node, Scalar) or text[start] == "["
        return Edit(source, start - len(tag[0]), end, short) if tag is not None and is_inline else None
    match node:
        case Mapping() if list(node.entries) in (["Ref"], ["Fn::GetAtt"]):
            ((key, value),) = node.entries.values()
            start, end = key.at.start, value.at.end
            if value.tag is not None or "#" in text[start:end] or isinstance(value, Mapping):
                return None
            words = [_quoted_as(text[start], one) for one in ("Fn::GetAtt", "Ref", change.name, change.attribute)]
            full = f"{words[1]}: {words[2]}" if is_ref else f"{words[0]}: [{words[2]}, {words[3]}]"
            return Edit(source, start, end, full)
        case Scalar() if _is_written_out(source, node):
            if not text.lstrip().startswith("{"):
                return Edit(source, start, end, short)
            call = {"Ref": change.name} if is_ref else {"Fn::GetAtt": [change.name, change.attribute]}
            return Edit(source, start, end, json.dumps(call))
        case _:
            return None


def _worded(source: Source, node: Scalar, around: Node | None, change: TextChange) -> Edit | None:
    """Return the edit that replaces a scalar by another text, a list of both, or adds the text after it in its list."""
    text = source.text
    start, end = node.at.start, node.at.end
    if not _is_written_out(source, node):
        return None
    new = _quoted_as(text[start], change.text)
    if not change.is_more:
        return Edit(source, start, end, new)
    if not isinstance(around, Sequence):
        return Edit(source, start, end, f"[{text[start:end]}, {new}]")
    if text[around.at.start] == "[":
        return followed(source, start, end, new)
    before, stop = text[line_start(text, start) : start], line_end(text, end)
    if before.strip(" ") != "-" or not _BEHIND().fullmatch(text, end, stop):
        return None
    return Edit(source, stop, stop, f"{newline(text)}{before}{new}")


def _set(source: Source, resources: Mapping, resource: Node, change: SettingChange) -> Edit | None:
    type = resource.get("Type") if isinstance(resource, Mapping) else None
    if not isinstance(type, Scalar) or type.text != change.type:
        return None
    around, node = resources, resource
    names = ("Properties", *(change.path[:-1] if change.is_member else change.path))
    for index, name in enumerate(names):
        if not isinstance(node, Mapping) or node.tag or any(key == "Ref" or "Fn::" in key for key in node.entries):
            return None
        entry = node.entries.get(name)
        if entry is None:
            return _added(source, node, around, names[index:], change) if not change.is_member else None
        around, node = node, entry[1]
    if change.is_member:
        return _set_in_list(source, node, change)
    return _replaced(source, node, change.value)


def _set_in_list(source: Source, node: Node, change: SettingChange) -> Edit | None:
    """Return the edit that sets the value in the list member with the names of this setting, or adds such a member."""
    name = change.path[-1]
    wanted = dict(change.beside)
    if not isinstance(node, Sequence) or node.tag is not None or not node.items:
        return None
    members = [item for item in node.items if isinstance(item, Mapping) and item.tag is None]
    if len(members) < len(node.items) or any(not {*wanted, name} & {*member.entries} for member in members):
        return None
    given = [{key: _scalar_text(value) for key, (_, value) in member.entries.items()} for member in members]
    same = [member for member, texts in zip(members, given, strict=True) if wanted.items() <= texts.items()]
    if same:
        value = same[0].get(name)
        return _replaced(source, value, change.value) if value is not None and len(same) == 1 else None
    return _appended(source, node, members[-1], {**wanted, name: _word(change.value)})


def _scalar_text(node: Node) -> str | None:
    return node.text if isinstance(node, Scalar) and node.tag is None else None


def _appended(source: Source, node: Sequence, last: Mapping, member: dict[str, str]) -> Edit | None:
    """Return the edit that adds a member after the last of a list in the same style: flow or block, one line or
    several.
    """
    text = source.text
    start, end = last.at.start, last.at.end
    is_braced = text[start] == "{"
    keys = [key.at.start for key in _keys(last)]
    is_quoted = text[keys[0]] == '"'
    if is_quoted:
        pairs = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in member.items()]
    else:
        pairs = [f"{key}: {_yaml(value)}" for key, value in member.items()]
    end_of_line = newline(text)
    in_line = "{" + text[start + 1 : keys[0]] + ", ".join(pairs) + text[last.at.end - 1 - _blanks(text, end - 1) : end]
    if text[node.at.start] == "[":
        if not is_braced or "#" in text[keys[0] : end]:
            return None
        if is_first(text, keys[0]):
            apart = f"{end_of_line}{lead(text, keys[0])}"
            made = f"{{{apart}{f',{apart}'.join(pairs)}{end_of_line}{lead(text, end - 1)}}}"
            before = f"{end_of_line}{lead(text, start)}" if is_first(text, start) else " "
            return Edit(source, end, end, f",{before}{made}")
        return followed(source, start, end, in_line)
    before = text[line_start(text, start) : start]
    stop = line_end(text, end)
    if before.strip(" ") != "-" or not _BEHIND().fullmatch(text, end, stop) or _ends_in_block_scalar(last, text):
        return None
    if is_braced:
        return Edit(source, stop, stop, f"{end_of_line}{before}{in_line}") if "\n" not in in_line else None
    apart = f"{end_of_line}{' ' * len(before)}"
    return Edit(source, stop, stop, f"{end_of_line}{before}{apart.join(pairs)}")


def _blanks(text: str, end: int) -> int:
    """Return the number of spaces before an offset."""
    return end - len(text[:end].rstrip(" "))


def _replaced(source: Source, node: Node, value: bool | int | str) -> Edit | None:
    if not isinstance(node, Scalar) or node.value is None or not _is_written_out(source, node):
        return None
    start, end = node.at.start, node.at.end
    is_word = source.text[start] in "\"'" or isinstance(node.value, bool)
    return Edit(source, start, end, _quoted_as(source.text[start], _word(value)) if is_word else _yaml(value))


def _is_written_out(source: Source, node: Scalar) -> bool:
    """Return whether a scalar is written literally, except for quotes: in one line, and without a tag."""
    written = source.text[node.at.start : node.at.end]
    return node.tag is None and written[:1] not in ("|", ">", "!", "") and written.strip("\"'") == node.text


def _word(value: bool | int | str) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _yaml(value: bool | int | str) -> str:
    return _word(value) if not isinstance(value, str) or re.fullmatch(_PLAIN, value) else json.dumps(value)


def _added(
    source: Source, node: Mapping, around: Mapping, names: tuple[str, ...], change: SettingChange
) -> Edit | None:
    value: Written = change.value
    for name in reversed(names[1:]):
        value = {name: value}
    if source.text.startswith("{", node.at.start):
        return _added_to_flow(source, node, around, names[0], value)
    return _added_to_block(source, node, around, names[0], value)


def _added_to_block(source: Source, node: Mapping, around: Mapping, name: str, value: Written) -> Edit | None:
    """Return the edit that adds an entry to a block mapping: after the last entry that is not a block scalar, else
    before the first.
    """
    text = source.text
    entries = list(node.entries.values())
    first = entries[0][0].at.start
    begin = line_start(text, first)
    indent = " " * (first - begin)
    if text[begin:first].strip(" -"):
        return None
    outer = next(iter(around.entries.values()))[0].at.start
    step = max(first - begin - (outer - line_start(text, outer)), 0) or 2
    lines = [*_block(name, value, step)]
    end_of_line = newline(text)
    for _, last in reversed(entries):
        if _ends_in_block_scalar(last, text):
            continue
        end = line_end(text, last.at.end)
        if not _BEHIND().fullmatch(text, last.at.end, end):
            return None
        return Edit(source, end, end, "".join(f"{end_of_line}{indent}{line}" for line in lines))
    return Edit(source, first, first, "".join(f"{line}{end_of_line}{indent}" for line in lines))


def _block(name: str, value: Written, step: int) -> list[str]:
    if not isinstance(value, dict):
        return [f"{name}: {_yaml(value)}"]
    inner = [line for key, member in value.items() for line in _block(key, member, step)]
    return [f"{name}:", *(" " * step + line for line in inner)]


def _ends_in_block_scalar(node: Node, text: str) -> bool:
    while not isinstance(node, Scalar) and text[node.at.start : node.at.start + 1] not in "{[":
        nodes = node.items if isinstance(node, Sequence) else [value for _, value in node.entries.values()]
        node = nodes[-1]
    return isinstance(node, Scalar) and text[node.at.start : node.at.start + 1] in ("|", ">")


def _added_to_flow(source: Source, node: Mapping, around: Mapping, name: str, value: Written) -> Edit | None:
    text = source.text
    entries = list(node.entries.values())
    key = (entries or list(around.entries.values()))[-1][0].at.start
    if not text.startswith('"', key):
        return _added_to_bare_flow(source, node, name, value)
    member = {name: value}
    end_of_line = newline(text)
    if not entries:
        if text[node.at.start + 1 : node.at.end - 1].strip():
            return None
        start, end = node.at.start + 1, node.at.end - 1
        if not is_first(text, key):
            return Edit(source, start, end, json.dumps(member)[1:-1])
        made = json.dumps(member, indent=unit(text))[1:-1].rstrip().replace("\n", end_of_line + lead(text, key))
        return Edit(source, start, end, made + end_of_line + lead(text, key))
    end = entries[-1][1].at.end
    if text[end : node.at.end - 1].strip():
        return None
    if not is_first(text, key):
        return Edit(source, end, end, ", " + json.dumps(member)[1:-1])
    made = json.dumps(member, indent=unit(text))[1:-1].strip()
    prefix = end_of_line + lead(text, key)
    # The members of an object are one level deeper than its braces, which are left out.
    lines = [line.removeprefix(unit(text)) for line in made.split("\n")]
    return Edit(source, end, end, "," + prefix + prefix.join(lines))


def _added_to_bare_flow(source: Source, node: Mapping, name: str, value: Written) -> Edit | None:
    """Return the edit that adds an entry to a flow mapping with unquoted keys, in one line."""
    text = source.text
    made = f"{name}: {_flow(value)}"
    if not node.entries:
        is_empty = not text[node.at.start + 1 : node.at.end - 1].strip()
        return Edit(source, node.at.start + 1, node.at.end - 1, made) if is_empty else None
    end = list(node.entries.values())[-1][1].at.end
    if text[end : node.at.end - 1].strip():
        return None
    return Edit(source, end, end, f", {made}")


def _flow(value: Written) -> str:
    if not isinstance(value, dict):
        return _yaml(value)
    return "{" + ", ".join(f"{key}: {_flow(member)}" for key, member in value.items()) + "}"

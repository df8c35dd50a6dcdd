"""Changes of CloudFormation templates, in YAML and in JSON."""

from __future__ import annotations

import json
import re

from iplint.fix.edit import Edit, is_first, lead, line_end, line_start, newline, unit
from iplint.syntax.tree import Mapping, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from iplint.location import Source
    from iplint.resource import Change
    from iplint.syntax.tree import Node

    Written: TypeAlias = "bool | int | str | dict[str, Written]"

# What an anchor names may stand in other places too.
_ANCHOR = r"(?m)(?:^|[:\-,\[{?]|![^\s]*)[ \t]*&\w"
_BEHIND = re.compile(r"[ \t]*(?:[ \t]#[^\r\n]*)?")
_PLAIN = re.compile(r"(?!(?i:true|false|yes|no|on|off|null|y|n)\Z)[A-Za-z][\w-]*")


def edit(source: Source, tree: Node | None, change: Change) -> Edit | None:
    """What makes a change in a template; None where what is written there is no literal, or may count elsewhere too."""
    text = source.text
    resources = tree.get("Resources") if isinstance(tree, Mapping) else None
    if not isinstance(resources, Mapping) or (not text.lstrip().startswith("{") and re.search(_ANCHOR, text)):
        return None
    start = change.resource.block.start
    node = next((body for key, body in resources.entries.values() if key.at.start == start), None)
    type = node.get("Type") if isinstance(node, Mapping) else None
    if node is None or not isinstance(type, Scalar) or type.text != change.resource.type:
        return None
    around = resources
    names = ("Properties", *change.path)
    for index, name in enumerate(names):
        if not isinstance(node, Mapping) or node.tag or any(key == "Ref" or "Fn::" in key for key in node.entries):
            return None
        entry = node.entries.get(name)
        if entry is None:
            return _added(source, node, around, names[index:], change)
        around, node = node, entry[1]
    return _replaced(source, node, change.value)


def _replaced(source: Source, node: Node, value: bool | int | str) -> Edit | None:
    start, end = node.at.start, node.at.end
    written = source.text[start:end]
    if not isinstance(node, Scalar) or node.tag or node.value is None or written[:1] in "|>!":
        return None
    # A plain scalar over several lines, or any other that does not stand as it reads.
    if written.strip("\"'") != node.text:
        return None
    quote = written[0] if written[0] in "\"'" else ""
    new = f"{quote}{_word(value)}{quote}" if quote else _yaml(value)
    return Edit(source, start, end, new)


def _word(value: bool | int | str) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _yaml(value: bool | int | str) -> str:
    return _word(value) if not isinstance(value, str) or _PLAIN.fullmatch(value) else json.dumps(value)


def _added(source: Source, node: Mapping, around: Mapping, names: tuple[str, ...], change: Change) -> Edit | None:
    value: Written = change.value
    for name in reversed(names[1:]):
        value = {name: value}
    if source.text.startswith("{", node.at.start):
        return _added_to_flow(source, node, around, names[0], value)
    return _added_to_block(source, node, around, names[0], value)


def _added_to_block(source: Source, node: Mapping, around: Mapping, name: str, value: Written) -> Edit | None:
    """Behind the last entry that ends in something else than a block scalar; else before the first."""
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
        if not _BEHIND.fullmatch(text, last.at.end, end):
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
    # The members of an object stand one level deeper than its braces, which are left out.
    lines = [line.removeprefix(unit(text)) for line in made.split("\n")]
    return Edit(source, end, end, "," + prefix + prefix.join(lines))


def _added_to_bare_flow(source: Source, node: Mapping, name: str, value: Written) -> Edit | None:
    """To a mapping in braces whose keys stand without quotes, in one line."""
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

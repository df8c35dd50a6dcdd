"""Changes of Terraform configurations in HCL."""

from __future__ import annotations

import json
import re

from iplint.fix.edit import Edit, is_first, lead, line_end, newline, unit
from iplint.syntax.hcl_tree import Literal, Template, TemplateText

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.location import Source
    from iplint.resource import Change
    from iplint.syntax.hcl_tree import Attribute, Block, Body, Expr

_BEHIND = re.compile(r"[ \t]*(?:(?:#|//)[^\r\n]*)?")


def edit(source: Source, body: Body, change: Change) -> Edit | None:
    """What makes a change in a file; None where what is written there is no literal, or several blocks could hold it.

    Attributes that hold objects are left alone, as are blocks that a `dynamic` block makes.
    """
    start = change.resource.block.start
    block = next((block for block in body.blocks if block.start == start and block.type == "resource"), None)
    if block is None or block.labels[:1] != [change.resource.type]:
        return None
    for index, name in enumerate(change.path[:-1]):
        inner = [one for one in block.body.blocks if name in (one.type, *(one.labels if one.type == "dynamic" else ()))]
        if name in block.body.attributes or len(inner) > 1 or any(one.type == "dynamic" for one in inner):
            return None
        if not inner:
            # The types of the other providers' resources take attributes in place of blocks.
            is_block = change.resource.type.startswith("aws_")
            return _added(source, block, change.path[index:], change) if is_block else None
        block = inner[0]
    attribute = block.body.attributes.get(change.path[-1])
    if attribute is None:
        return _added(source, block, change.path[-1:], change)
    value = _literal(change.value)
    if isinstance(attribute.expr, Template):
        value = value if value.startswith('"') else f'"{value}"'
    return Edit(source, attribute.expr.start, attribute.expr.end, value) if _is_literal(attribute.expr) else None


def _is_literal(expr: Expr) -> bool:
    if isinstance(expr, Template):
        return not expr.heredoc and all(isinstance(part, TemplateText) for part in expr.parts)
    return isinstance(expr, Literal) and expr.value is not None


def _literal(value: bool | int | str) -> str:
    return json.dumps(value)


def _added(source: Source, block: Block, names: tuple[str, ...], change: Change) -> Edit | None:
    text = source.text
    body = block.body
    begin, end = block.open + 1, block.end - 1
    items: list[Attribute | Block] = [*body.attributes.values(), *body.blocks]
    items.sort(key=lambda item: item.start)
    if not is_first(text, block.start):
        return None
    margin = lead(text, block.start)
    step = unit(text)
    if items and is_first(text, items[0].start):
        deeper = lead(text, items[0].start)
        step = deeper.removeprefix(margin) or step
    made = _lines(names, change, step)
    if len(names) == 1:
        made = [_aligned(source, body, names[0], change)]
    elif items and all(_is_apart(text, one.start) for one in body.blocks):
        made = ["", *made]
    line_break = newline(text)
    lines = "".join(f"{line_break}{margin}{step}{line}" if line else line_break for line in made)
    if not items:
        return Edit(source, begin, end, f"{lines}{line_break}{margin}") if not text[begin:end].strip() else None
    last = max(item.end for item in items)
    stop = line_end(text, last)
    if "\n" not in text[last:end] or not _BEHIND.fullmatch(text, last, stop):
        return None
    return Edit(source, stop, stop, lines)


def _lines(names: tuple[str, ...], change: Change, step: str) -> list[str]:
    """The blocks for all names but the last, and what stands in the innermost."""
    pairs = [*change.beside, (change.path[-1], change.value)]
    width = max(len(name) for name, _ in pairs)
    lines = [f"{name:{width}} = {_literal(value)}" for name, value in pairs]
    for name in reversed(names[:-1]):
        lines = [f"{name} {{", *(step + line for line in lines), "}"]
    return lines


def _aligned(source: Source, body: Body, name: str, change: Change) -> str:
    """An argument whose sign stands below that of the line above, where its name leaves the room."""
    text = source.text
    last = max(body.attributes.values(), key=lambda one: one.start, default=None)
    width = 0
    if last is not None and "\n" not in text[last.start : last.end]:
        width = text.find("=", last.name_end) - last.start - 1
    return f"{name:{max(width, 0)}} = {_literal(change.value)}"


def _is_apart(text: str, start: int) -> bool:
    """Whether the line above that of `start` is empty."""
    return re.search(r"\n[ \t\r]*\n[ \t]*\Z", text[max(0, start - 400) : start]) is not None

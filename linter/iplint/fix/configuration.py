"""Changes of Terraform configurations in HCL."""

from __future__ import annotations

import json
import re
from bisect import bisect_right

from iplint.fix.edit import Edit, followed, is_first, lead, line_end, newline, unit
from iplint.resource import ReferenceChange, RenameChange, SettingChange, TextChange
from iplint.syntax.hcl_tree import (
    Attr,
    Body,
    Call,
    Conditional,
    Index,
    Interpolation,
    Literal,
    Name,
    ObjectCons,
    Parens,
    TemplateExpr,
    TemplateText,
    TupleCons,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from iplint.location import Source, Span
    from iplint.resource import Change
    from iplint.syntax.hcl_tree import Attribute, Block, Expr

_BEHIND = re.compile(r"[ \t]*(?:(?:#|//)[^\r\n]*)?")


def around(body: Body) -> Callable[[Span], Body]:
    """Return a function that finds the top-level block around a place, as a body of its own."""
    starts = [block.start for block in body.blocks]

    def find(at: Span) -> Body:
        index = bisect_right(starts, at.start) - 1
        found = Body()
        found.blocks = body.blocks[index : index + 1] if index >= 0 else []
        return found

    return find


def edit(source: Source, body: Body, change: Change) -> Edit | None:
    """Return the edit for a change in a file; None where the value is not a literal, or several blocks could hold it.

    Attributes that hold objects are left alone, as are blocks that a `dynamic` block produces.
    """
    match change:
        case SettingChange():
            return _set(source, body, change)
        case ReferenceChange():
            inside = change.around.start <= change.at.start and change.at.end <= change.around.end
            expr = next((expr for expr, _ in _written(body, into_calls=False) if _is_at(expr, change.at)), None)
            return _referring(source, expr, change) if expr is not None and inside else None
        case TextChange():
            found = (
                (expr, around) for expr, around in _written(body, into_calls=True) if isinstance(expr, TemplateExpr)
            )
            expr, around = next(((expr, around) for expr, around in found if _holds(expr, change.at)), (None, None))
            return _worded(source, expr, around, change) if isinstance(expr, TemplateExpr) else None
        case RenameChange():
            found_in = ((block.body, one) for block in _blocks(body) for one in block.body.attributes.values())
            is_there = (pair for pair in found_in if pair[1].start == change.at.start)
            return next((_renamed(source, inner, one, change) for inner, one in is_there), None)
        case _:
            return None


def _blocks(body: Body) -> Iterator[Block]:
    """Yield the resources and data sources, and the literal blocks in them."""
    pending = [block for block in body.blocks if block.type in ("resource", "data")]
    while pending:
        block = pending.pop()
        yield block
        pending += [inner for inner in block.body.blocks if inner.type not in ("dynamic", "lifecycle", "provisioner")]


def _written(body: Body, *, into_calls: bool) -> Iterator[tuple[Expr, Expr | None]]:
    """Yield the expressions of arguments of resources and data sources, and what contains each.

    Arguments of functions and values of objects are left out unless requested.
    """
    pending: list[tuple[Expr, Expr | None]] = [
        (one.expr, None)
        for block in _blocks(body)
        for one in block.body.attributes.values()
        if one.name not in ("count", "for_each", "depends_on", "provider")
    ]
    while pending:
        expr, around = pending.pop()
        yield expr, around
        match expr:
            case TupleCons():
                pending += [(item, expr) for item in expr.items]
            case Conditional():
                pending += [(expr.then, expr), (expr.otherwise, expr)]
            case Parens():
                pending.append((expr.inner, expr))
            case Call() if into_calls:
                pending += [(item, expr) for item in expr.args]
            case ObjectCons() if into_calls:
                pending += [(value, expr) for _, value in expr.items]
            case TemplateExpr(parts=[Interpolation(expr=inner)]):
                pending.append((inner, expr))
            case _:
                pass


def _is_at(expr: Expr, at: Span) -> bool:
    return expr.start == at.start and expr.end == at.end


def _holds(expr: TemplateExpr, at: Span) -> bool:
    return _is_at(expr, at) or (expr.heredoc and expr.start <= at.start and at.end <= expr.end)


def _referring(source: Source, expr: Expr, change: ReferenceChange) -> Edit | None:
    if isinstance(expr, Attr) and _named(expr.object) == change.name.partition("[")[0]:
        # What is between, such as an index, is right as it is.
        start = expr.end - len(expr.name)
        return Edit(source, start, expr.end, change.attribute) if source.text.startswith(expr.name, start) else None
    is_reference = isinstance(expr, Attr) and bool(_named(expr.object))
    if "[" in change.name or not (is_reference or (isinstance(expr, TemplateExpr) and _is_literal(expr))):
        return None
    return Edit(source, expr.start, expr.end, f"{change.name}.{change.attribute}")


def _named(expr: Expr) -> str:
    """Return the target of a reference, without indexes; "" for any other expression."""
    names: list[str] = []
    while isinstance(expr, Attr | Index):
        if isinstance(expr, Attr):
            names.append(expr.name)
        expr = expr.object
    return ".".join([expr.name, *reversed(names)]) if isinstance(expr, Name) else ""


def _worded(source: Source, expr: TemplateExpr, around: Expr | None, change: TextChange) -> Edit | None:
    """Return the edit that replaces a string by another, a list of both, or adds the other after it in its list."""
    text = source.text
    start, end = change.at.start, change.at.end
    written, new = text[start:end], json.dumps(change.text)
    if not all(isinstance(part, TemplateText) for part in expr.parts) or not re.fullmatch(r'"[\w.-]+"', written):
        return None
    if not change.is_more:
        return Edit(source, start, end, new)
    is_item = isinstance(around, TupleCons)
    if expr.heredoc:
        before = text[expr.start : start].rstrip()[-1:]
        if before not in (":", "[", ","):
            return None
        is_item = before != ":"
    return followed(source, start, end, new) if is_item else Edit(source, start, end, f"[{written}, {new}]")


def _renamed(source: Source, body: Body, attribute: Attribute, change: RenameChange) -> Edit | None:
    """Return the edit that renames an argument and replaces a list of one by its value, keeping `=` aligned."""
    text = source.text
    expr = attribute.expr
    end, value = attribute.name_end, ""
    if change.is_single:
        if not isinstance(expr, TupleCons) or len(expr.items) != 1:
            return None
        item = expr.items[0]
        if text[expr.start + 1 : item.start].strip() or text[item.end : expr.end - 1].strip() not in ("", ","):
            return None
        end, value = expr.end, text[attribute.name_end : expr.start] + text[item.start : item.end]
    line, column = source.position(text.find("=", attribute.name_end))
    signs = (source.position(text.find("=", one.name_end)) for one in body.attributes.values())
    is_aligned = any(other == column and abs(number - line) == 1 for number, other in signs)
    width = attribute.name_end - attribute.start if is_aligned else 0
    return Edit(source, attribute.start, end, f"{change.name:{width}}{value}")


def _set(source: Source, body: Body, change: SettingChange) -> Edit | None:
    start = change.at.start
    block = next((block for block in body.blocks if block.start == start and block.type == "resource"), None)
    if block is None or block.labels[:1] != [change.type]:
        return None
    for index, name in enumerate(change.path[:-1]):
        inner = [one for one in block.body.blocks if name in (one.type, *(one.labels if one.type == "dynamic" else ()))]
        if change.is_member:
            if name in block.body.attributes or any(one.type == "dynamic" for one in inner):
                return None
            same = [one for one in inner if all(_text(one, key) == text for key, text in change.beside)]
            if not inner or len(same) > 1:
                return None
            inner = same
        if name in block.body.attributes or len(inner) > 1 or any(one.type == "dynamic" for one in inner):
            return None
        if not inner:
            # The types of the other providers' resources take attributes in place of blocks.
            is_block = change.type.startswith("aws_")
            return _added(source, block, change.path[index:], change) if is_block else None
        block = inner[0]
    attribute = block.body.attributes.get(change.path[-1])
    if attribute is None:
        return _added(source, block, change.path[-1:], change)
    value = _literal(change.value)
    if isinstance(attribute.expr, TemplateExpr):
        value = value if value.startswith('"') else f'"{value}"'
    return Edit(source, attribute.expr.start, attribute.expr.end, value) if _is_literal(attribute.expr) else None


def _text(block: Block, name: str) -> str | None:
    """Return the literal text of an argument."""
    attribute = block.body.attributes.get(name)
    match attribute.expr if attribute is not None else None:
        case TemplateExpr(parts=[TemplateText(text=text)]):
            return text
        case _:
            return None


def _is_literal(expr: Expr) -> bool:
    if isinstance(expr, TemplateExpr):
        return not expr.heredoc and all(isinstance(part, TemplateText) for part in expr.parts)
    return isinstance(expr, Literal) and expr.value is not None


def _literal(value: bool | int | str) -> str:
    return json.dumps(value)


def _added(source: Source, block: Block, names: tuple[str, ...], change: SettingChange) -> Edit | None:
    text = source.text
    body = block.body
    begin, end = block.open + 1, block.end - 1
    items: list[Attribute | Block] = [*body.attributes.values(), *body.blocks]
    items.sort(key=lambda item: item.start)
    if not is_first(text, block.start):
        return None
    margin = lead(text, block.start)
    step = unit(text)
    deeper = margin + step
    if items and is_first(text, items[0].start):
        deeper = lead(text, items[0].start)
        step = deeper.removeprefix(margin) if deeper.startswith(margin) and deeper != margin else step
    made = _lines(names, change, step)
    if len(names) == 1:
        made = [_aligned(source, body, names[0], change)]
    elif items and all(_is_apart(text, one.start) for one in body.blocks):
        made = ["", *made]
    line_break = newline(text)
    lines = "".join(f"{line_break}{deeper}{line}" if line else line_break for line in made)
    if not items:
        return Edit(source, begin, end, f"{lines}{line_break}{margin}") if not text[begin:end].strip() else None
    last = max(item.end for item in items)
    stop = line_end(text, last)
    if "\n" not in text[last:end] or not _BEHIND.fullmatch(text, last, stop):
        return None
    return Edit(source, stop, stop, lines)


def _lines(names: tuple[str, ...], change: SettingChange, step: str) -> list[str]:
    """Return the blocks for all names but the last, and the contents of the innermost."""
    # A list of settings has one type for all values.
    value = _literal(change.value).strip('"') if change.is_member else change.value
    pairs = [*change.beside, (change.path[-1], value)]
    width = max(len(name) for name, _ in pairs)
    lines = [f"{name:{width}} = {_literal(value)}" for name, value in pairs]
    for name in reversed(names[:-1]):
        lines = [f"{name} {{", *(step + line for line in lines), "}"]
    return lines


def _aligned(source: Source, body: Body, name: str, change: SettingChange) -> str:
    """Return an argument with its `=` sign aligned with the line above, where its name leaves the room."""
    text = source.text
    last = max(body.attributes.values(), key=lambda one: one.start, default=None)
    width = 0
    if last is not None and "\n" not in text[last.start : last.end]:
        width = text.find("=", last.name_end) - last.start - 1
    return f"{name:{max(width, 0)}} = {_literal(change.value)}"


def _is_apart(text: str, start: int) -> bool:
    """Return whether the line above that of `start` is empty."""
    return re.search(r"\n[ \t\r]*\n[ \t]*\Z", text[max(0, start - 400) : start]) is not None

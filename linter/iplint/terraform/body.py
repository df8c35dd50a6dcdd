"""The body of a block as a value: its arguments, and its nested blocks as lists."""

from __future__ import annotations

from iplint.syntax.hcl_tree import Name, TemplateExpr
from iplint.terraform.configuration import plain
from iplint.terraform.expression import elements, evaluate, later
from iplint.terraform.failure import fails, failure
from iplint.terraform.scope import BlockMap, Thunk
from iplint.terraform.source_map import Relocated, RelocatedBlock, SourceMap
from iplint.terraform.truth import composed, settle
from iplint.value import Absent, Known, Map, Reason, Seq, Unknown, as_text, is_anything, merged_reasons

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.location import Span
    from iplint.syntax.hcl_tree import Attribute, Block, Body
    from iplint.terraform.scope import Scope
    from iplint.value import Lazy, Value

# Terraform documentation, Meta-Arguments: these name things and have no value.
NAMING = {"depends_on", "ignore_changes", "replace_triggered_by"}


def arguments(body: Body, scope: Scope, at: Span) -> Known[Map]:
    """Return the contents of a body; each nested block type becomes a list of its blocks."""
    entries: dict[str, tuple[Span, Lazy]] = {}
    for name, attribute in body.attributes.items():
        if name in NAMING or (name == "provider" and not isinstance(attribute.expr, TemplateExpr)):
            continue
        entries[name] = (name_span(attribute, scope.source_map), later(attribute.expr, scope))
    groups: dict[str, list[Block]] = {}
    for block in body.blocks:
        groups.setdefault(produced_type(block), []).append(block)
    for type, blocks in groups.items():
        written = body.attributes.get(type) if type in entries else None
        # In JSON, blocks that no dynamic block makes are arguments that hold objects.
        entries[type] = _group(blocks, scope) if written is None else _beside(written, entries[type], blocks, scope)
    return Known(BlockMap(entries), at)


def _beside(written: Attribute, entry: tuple[Span, Lazy], blocks: list[Block], scope: Scope) -> tuple[Span, Lazy]:
    """Return the blocks that an argument holds together with others of their type, in the order of the text."""
    at, objects = entry

    def together() -> Value:
        parts = [objects, _group(blocks, scope)[1]]
        if blocks[0].start < written.start:
            parts.reverse()
        items: list[Lazy] = []
        more: Unknown | None = None
        for part in parts:
            value = part() if callable(part) else part
            match value:
                case Known(Seq() as listed):
                    items += listed
                    more = more or listed.more
                case Unknown():
                    more = more or value
                case Absent():
                    pass
                case _:
                    items.append(value)
        return Known(Seq(items, more), at)

    return at, Thunk(scope.context.scenario, at, together)


def name_span(attribute: Attribute, source_map: SourceMap) -> Span:
    """Return where the name of an argument is written."""
    if isinstance(attribute.expr, Relocated):
        inner = attribute.expr.source_map
        # The strings of a JSON file are on source maps of their own, their names are not.
        source_map = inner if type(inner) is SourceMap else source_map
    return source_map.span(attribute.start, attribute.name_end)


def produced_type(block: Block) -> str:
    """Return the type of a nested block; for a dynamic block, the type of the blocks that it produces."""
    return block.labels[0] if block.type == "dynamic" and block.labels else block.type


def in_source_of(block: Block, scope: Scope) -> Scope:
    """Return the scope for a nested block's own source map."""
    return scope.on(block.source_map) if isinstance(block, RelocatedBlock) else scope


def _group(blocks: list[Block], scope: Scope) -> tuple[Span, Lazy]:
    first = in_source_of(blocks[0], scope).source_map.header(blocks[0])
    if all(block.type != "dynamic" for block in blocks):
        return first, Known(Seq([_block(block, in_source_of(block, scope)) for block in blocks]), first)
    return first, Thunk(scope.context.scenario, first, lambda: _with_dynamic(blocks, scope, first))


def _block(block: Block, scope: Scope) -> Lazy:
    at = scope.source_map.header(block)
    return Thunk(scope.context.scenario, at, lambda: _block_value(block, scope, at))


def _block_value(block: Block, scope: Scope, at: Span) -> Value:
    made = arguments(block.body, scope, at)
    if not block.labels or block.type == "dynamic":
        return made
    # A provisioner's or backend's label is its only name.
    entries = made.value.entries()
    return Known(BlockMap({block.labels[0]: (at, Known(BlockMap(entries), at)), **entries}), at)


def _with_dynamic(blocks: list[Block], scope: Scope, at: Span) -> Value:
    items: list[Lazy] = []
    open_ends: list[Unknown] = []
    for block in blocks:
        if block.type != "dynamic":
            items.append(_block(block, in_source_of(block, scope)))
            continue
        for inner in repetitions(block, in_source_of(block, scope)):
            if isinstance(inner, Unknown):
                open_ends.append(inner)
            else:
                items.append(_content(block, inner))
    more = (
        Unknown(merged_reasons(iter(open_ends)), open_ends[0].at, identity=open_ends[0].identity) if open_ends else None
    )
    return Known(Seq(items, more), at)


def _content(block: Block, scope: Scope) -> Lazy:
    at = scope.source_map.header(block)
    content = next((nested for nested in block.body.blocks if nested.type == "content"), None)
    if content is None:
        return failure("a dynamic block without content", at)
    body = content.body
    return Thunk(scope.context.scenario, at, lambda: arguments(body, scope, at))


def repetitions(block: Block, scope: Scope) -> list[Scope | Unknown]:
    """Return the scope of each block that a dynamic block produces; last, if there may be more, the reason."""
    at = scope.source_map.header(block)
    over = block.body.attributes.get("for_each")
    if over is None:
        return [failure("a dynamic block without for_each", at)]
    collection = evaluate(over.expr, scope)
    if isinstance(collection, Absent):
        return [failure("a dynamic block over null", collection.at)]
    found = elements(collection, block)
    if isinstance(found, Unknown):
        return _unsettled(block, found, scope, over)
    pairs, more = found
    name = iterator_name(block)
    is_list = isinstance(collection, Known) and isinstance(collection.value, Seq)
    scopes: list[Scope | Unknown] = []
    for position, (key, value) in enumerate(pairs):
        scopes.append(iteration(scope, name, key, value, f"{name}[{as_text(key) if not is_list else position}]"))
    return [*scopes, more] if more is not None else scopes


def _unsettled(block: Block, over: Unknown, scope: Scope, written: Attribute) -> list[Scope | Unknown]:
    """Return the blocks of a dynamic block with an unknown collection: none or some, as the scenario assumes."""
    if fails(over):
        return [over]
    if is_anything(over):
        return [open_repetition(block, scope), over]
    bare = Unknown(over.reasons, over.at, True)
    match settle(composed(bare, scope, written.expr, "length({}) == 0", over), scope):
        case True:
            return []
        case False:
            return [open_repetition(block, scope), over]
        case Unknown():
            return [over]


def iteration(scope: Scope, name: str, key: Value, value: Lazy, where: str) -> Scope:
    """Return the scope of one iteration, in which `name.key` and `name.value` are bound."""
    at = key.at
    return scope.binding({name: Known(Map({"key": (at, key), "value": (at, value)}), at)}, f"{where}.")


def iterator_name(block: Block) -> str:
    """Return the name of a dynamic block's iterator."""
    iterator = block.body.attributes.get("iterator")
    if iterator is not None and isinstance(iterator.expr, Name):
        return iterator.expr.name
    written = plain(iterator)
    if written is not None:
        return written  # in JSON, a name is a string
    return produced_type(block)


def open_repetition(block: Block, scope: Scope) -> Scope:
    """Return the scope of a dynamic block's content with an unknown element."""
    at = scope.source_map.header(block)
    unknown = Unknown((Reason(f"what dynamic {produced_type(block)} repeats", at),), at)
    return iteration(scope, iterator_name(block), unknown, unknown, "*")

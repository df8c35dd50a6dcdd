"""Every text that a module holds, wherever it stands and whichever branch of a condition it is in."""

from __future__ import annotations

from iplint.resource import Passage
from iplint.syntax.hcl_tree import (
    Attr,
    Call,
    Conditional,
    ForExpr,
    Index,
    Interpolation,
    Literal,
    Name,
    ObjectCons,
    Parens,
    Splat,
    Template,
    TemplateFor,
    TemplateIf,
    TemplateText,
    TupleCons,
)
from iplint.terraform import computed
from iplint.terraform.body import open_repetition, produced_type, repetitions, standing
from iplint.terraform.configuration import plain, plain_text
from iplint.terraform.expression import assembled, elements, evaluate
from iplint.terraform.scope import Scope
from iplint.terraform.sheet import Inset
from iplint.value import Known, Map, Reason, Text, Unknown, as_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from iplint.syntax.hcl_tree import Attribute, Block, Body, Expr, TemplatePart
    from iplint.terraform.evaluate import ModuleInstance, Placed
    from iplint.terraform.sheet import Declared
    from iplint.value import Lazy, Value

# Instances of a block differ by the values of each and count only.
MOST_INSTANCES = 20
MOST_ELEMENTS = 50
# Repetitions inside of repetitions multiply; what is left of a block is then shown with the first element each.
MOST_REPETITIONS = 1_000
# The results of these are made of the texts they are given, which are shown together.
ASSEMBLING = {
    "base64decode",
    "base64encode",
    "base64gzip",
    "chomp",
    "file",
    "filebase64",
    "format",
    "indent",
    "join",
    "replace",
    "templatefile",
    "templatestring",
    "textencodebase64",
    "trimspace",
}
# The members of these stand in the configuration one by one.
ENCODING = {"jsonencode", "yamlencode"}


def passages(module: ModuleInstance) -> Iterator[Passage]:
    """The texts of one module instance, in the order of the text within each kind of block."""
    for declared in module.module.resources:
        for placed in module.instances_of(declared)[:MOST_INSTANCES]:
            yield from _resource(placed)
    for kind, blocks in _other_blocks(module):
        for declared in blocks:
            name = declared.label(0)
            holder = f"{module.prefix}{kind}.{name}" if name else f"{module.prefix}{kind}"
            walk = Walk(holder, f"provider {name}" if kind == "provider" else "")
            yield from walk.body(declared.body, module.scope(declared.sheet), ())
    for name, (attribute, sheet) in module.module.locals.items():
        walk = Walk(f"{module.prefix}local.{name}", "")
        yield from walk.expression(attribute.expr, module.scope(sheet), (name,))
    for name, declared in module.module.calls.items():
        instances = module.called(name)
        scopes = [instance.caller.scope for instance in instances or () if instance.caller is not None]
        walk = Walk(f"{module.prefix}module.{name}", "")
        for scope in scopes[:MOST_INSTANCES] or [module.scope(declared.sheet)]:
            yield from walk.body(declared.body, scope, ())
    if module.caller is None:
        for name, given in module.root.given.items():
            unnamed = Unknown((), given.sheet.of(given.expr))
            walk = Walk(f"variable.{name}", "")
            yield from walk.expression(given.expr, Scope(module, given.sheet, "", {}, unnamed), (name,))


def _other_blocks(module: ModuleInstance) -> list[tuple[str, list[Declared]]]:
    written = module.module
    others: dict[str, list[Declared]] = {declared.block.type: [] for declared in written.others}
    for declared in written.others:
        others[declared.block.type].append(declared)
    return [
        ("provider", written.providers),
        ("variable", list(written.variables.values())),
        ("output", list(written.outputs.values())),
        ("terraform", written.settings),
        *others.items(),
    ]


def _resource(placed: Placed) -> Iterator[Passage]:
    resource = placed.resource
    walk = Walk(resource.address, resource.type)
    yield from walk.body(placed.declared.body, placed.scope, ())
    # What a data source renders is put together from texts that may make sense together only.
    if "rendered" in computed.makers(resource.type, resource.data):
        properties = resource.properties
        if isinstance(properties, Known) and isinstance(properties.value, Map):
            rendered = properties.value.get("rendered")
            if isinstance(rendered, Known):
                yield walk.passage(rendered, ("rendered",))


class Walk:
    """Goes through what one block holds."""

    __slots__ = ("_holder", "_left", "_type")

    def __init__(self, holder: str, type: str) -> None:
        self._left = MOST_REPETITIONS
        self._holder = holder
        self._type = type

    def passage(self, value: Value, names: tuple[str, ...]) -> Passage:
        """A text of this block."""
        return Passage(value, names, self._holder, self._type)

    def _room(self, wanted: int) -> int:
        """How many elements of a repetition are gone through."""
        granted = max(1, min(wanted, MOST_ELEMENTS, self._left))
        self._left -= granted
        return granted

    def body(self, body: Body, scope: Scope, names: tuple[str, ...]) -> Iterator[Passage]:
        """The texts of a body."""
        beside = _name_beside(body.attributes)
        for name, attribute in body.attributes.items():
            if name == "type" and self._holder.rpartition(".")[0].endswith("variable"):
                continue
            inner = (*names, name, *beside) if name == "value" else (*names, name)
            if beside and name == "value":
                yield from self._reference(attribute.expr, scope, inner)
            yield from self.expression(attribute.expr, scope, inner)
        for block in body.blocks:
            yield from self._block(block, standing(block, scope), names)

    def _block(self, block: Block, scope: Scope, names: tuple[str, ...]) -> Iterator[Passage]:
        inner = (*names, produced_type(block))
        if block.type != "dynamic":
            yield from self.body(block.body, scope, inner)
            return
        over = block.body.attributes.get("for_each")
        if over is not None:
            yield from self.expression(over.expr, scope, (*inner, "for_each"))
        scopes = [found for found in repetitions(block, scope) if isinstance(found, Scope)]
        scopes = scopes[: self._room(len(scopes))]
        for content in block.body.blocks:
            for one in scopes or [open_repetition(block, scope)]:
                yield from self.body(content.body, one, inner)

    def _reference(self, expr: Expr, scope: Scope, names: tuple[str, ...]) -> Iterator[Passage]:
        """What a reference alone gives to something that is named beside it."""
        if isinstance(expr, Attr | Index):
            value = evaluate(expr, scope)
            if isinstance(value, Unknown) or (isinstance(value, Known) and value.input is not None):
                yield self.passage(value, names)

    def expression(self, expr: Expr, scope: Scope, names: tuple[str, ...]) -> Iterator[Passage]:
        """The texts that an expression writes; what it refers to is shown where that is written."""
        match expr:
            case Literal() | Name():
                pass
            case Template():
                yield from self._template(expr, scope, names)
            case Inset(inner=inner, sheet=sheet):
                yield from self.expression(inner, scope.on(sheet), names)
            case Parens(inner=inner):
                yield from self.expression(inner, scope, names)
            case Attr(object=inner) | Index(object=inner) | Splat(object=inner):
                if not isinstance(inner, Name):
                    yield from self.expression(inner, scope, names)
            case Call():
                yield from self._call(expr, scope, names)
            case TupleCons(items=items):
                for item in items:
                    yield from self.expression(item, scope, names)
            case ObjectCons():
                yield from self._object(expr, scope, names)
            case Conditional(then=then, otherwise=otherwise):
                yield from self.expression(then, scope, names)
                yield from self.expression(otherwise, scope, names)
            case ForExpr():
                yield from self._for(expr, scope, names)
            case _:
                pass

    def _template(self, expr: Template, scope: Scope, names: tuple[str, ...]) -> Iterator[Passage]:
        if not expr.parts:
            return
        if expr.bare:
            yield from self._inside(expr.parts, scope, names)
            return
        value = evaluate(expr, scope)
        if isinstance(value, Known):
            yield self.passage(value, names)
        else:
            yield from self._literal_parts(expr.parts, scope, names)
        yield from self._inside(expr.parts, scope, names)

    def _literal_parts(self, parts: Sequence[TemplatePart], scope: Scope, names: tuple[str, ...]) -> Iterator[Passage]:
        """The text around an interpolation that fails."""
        for part in parts:
            if isinstance(part, TemplateText):
                yield self.passage(Known(Text(scope.sheet.pieces(part)), scope.span(part)), names)

    def _inside(self, parts: Sequence[TemplatePart], scope: Scope, names: tuple[str, ...]) -> Iterator[Passage]:
        """The texts inside of interpolations, and the branches of directives."""
        for part in parts:
            match part:
                case TemplateText():
                    pass
                case Interpolation(expr=inner):
                    yield from self.expression(inner, scope, names)
                case TemplateIf(then=then, otherwise=otherwise):
                    for branch in (then, otherwise):
                        yield from self._branch(branch, scope, names)
                case TemplateFor(body=body, key=key, value=value):
                    yield from self._branch(body, _unbound(scope, key, value, part), names)

    def _branch(self, parts: Sequence[TemplatePart], scope: Scope, names: tuple[str, ...]) -> Iterator[Passage]:
        if not parts:
            return
        at = scope.sheet.span(parts[0].start, parts[-1].end)
        value = assembled(parts, scope, at)
        if isinstance(value, Known):
            yield self.passage(value, names)
        else:
            yield from self._literal_parts(parts, scope, names)
        yield from self._inside(parts, scope, names)

    def _call(self, expr: Call, scope: Scope, names: tuple[str, ...]) -> Iterator[Passage]:
        value = evaluate(expr, scope) if expr.name not in ENCODING else None
        text = isinstance(value, Known) and isinstance(value.value, Text)
        if text and value is not None:
            yield self.passage(value, names)
        covered = text and expr.name in ASSEMBLING
        for arg in expr.args:
            if not covered or not _is_plain(arg):
                yield from self.expression(arg, scope, names)

    def _object(self, expr: ObjectCons, scope: Scope, names: tuple[str, ...]) -> Iterator[Passage]:
        keys = [plain_text(key) or as_text(evaluate(key, scope)) for key, _ in expr.items]
        beside = [
            text
            for wanted in (("type", "Type"), ("name", "Name"))
            for key, (_, value) in zip(keys, expr.items, strict=True)
            if key in wanted and (text := as_text(evaluate(value, scope)))
        ]
        for key, (_, value) in zip(keys, expr.items, strict=True):
            inner = (*names, key) if key is not None else names
            if beside and key in ("value", "Value"):
                inner = (*inner, *beside)
                yield from self._reference(value, scope, inner)
            yield from self.expression(value, scope, inner)

    def _for(self, expr: ForExpr, scope: Scope, names: tuple[str, ...]) -> Iterator[Passage]:
        yield from self.expression(expr.collection, scope, names)
        found = elements(evaluate(expr.collection, scope), scope, expr)
        if isinstance(found, Unknown) or not found[0]:
            yield from self.expression(expr.value_expr, _unbound(scope, expr.key, expr.value, expr), names)
            return
        for position, (key, value) in enumerate(found[0][: self._room(len(found[0]))]):
            bound: dict[str, Lazy] = {expr.value: value}
            if expr.key is not None:
                bound[expr.key] = key
            yield from self.expression(expr.value_expr, scope.binding(bound, f"[{position}]"), names)


def _unbound(scope: Scope, key: str | None, value: str, node: ForExpr | TemplateFor) -> Scope:
    """The scope of a repetition whatever it is repeated over."""
    at = scope.span(node)
    unknown = Unknown((Reason("what is repeated over", at),), at)
    names = {value: unknown} if key is None else {value: unknown, key: unknown}
    return scope.binding(names, "[*]")


def _name_beside(attributes: dict[str, Attribute]) -> tuple[str, ...]:
    """The kind and the name that an argument `value` goes by, when others give them beside it."""
    name = plain(attributes.get("name"))
    kind = plain(attributes.get("type"))
    return (kind, name) if kind and name else (name,) if name else ()


def _is_plain(expr: Expr) -> bool:
    """Whether an argument is shown whole by what it is assembled into."""
    match expr:
        case Template(parts=parts):
            return all(isinstance(part, TemplateText) for part in parts)
        case TupleCons(items=items):
            return all(_is_plain(item) for item in items)
        case _:
            return isinstance(expr, Literal)

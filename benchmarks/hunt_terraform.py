"""Rewritings of Terraform files: such that keep what a root means, and such that weaken it.

Each takes the files of a root, as text by path, and one site in them; names start with `hunt_`, so that none is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from iplint.location import Source
from iplint.syntax import hcl
from iplint.syntax.hcl_tree import (
    Attr,
    Binary,
    Block,
    Body,
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
    TemplateExpr,
    TemplateText,
    TupleCons,
    Unary,
)

if TYPE_CHECKING:
    from iplint.syntax.hcl_tree import Expr

Files: TypeAlias = dict[str, str]
Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

# Blocks whose expressions Terraform evaluates like any other.
READ = ("resource", "data", "module", "locals", "provider", "output")
# Arguments that take no expression, or none that could be moved; and blocks inside others that hold such.
LITERAL_ONLY = {"source", "version", "providers", "provider", "depends_on", "alias", "ignore_changes"}
FIXED = {"count", "for_each"}
APART = ("lifecycle", "provisioner", "connection", "timeouts")
# What is known only where the expression is written.
BOUND = {"each", "count", "self", "path"}
PURE = {"jsonencode", "tostring", "tobool", "tonumber", "tolist", "toset", "tomap", "concat", "merge", "join"}


class Site(NamedTuple):
    """An expression in a file: what it evaluates to, as far as its form says, and where it may be moved to.

    `kind` is string, bool, number, list, object or any. `constant` is its value if it is made of literals only; `moves`
    says whether a local could hold it. `attribute` is the nearest argument around it, `block` the block of the file.
    """

    path: str
    start: int
    end: int
    text: str
    kind: str
    moves: bool
    attribute: str
    block: Block
    whole: bool
    expr: Expr

    @property
    def constant(self) -> Json | Missing:
        return constant(self.expr)


class Missing:
    """No constant."""


MISSING = Missing()


def constant(expr: Expr) -> Json | Missing:
    """The value of an expression that is made of literals only."""
    if isinstance(expr, Literal):
        return expr.value
    if isinstance(expr, Parens):
        return constant(expr.inner)
    if isinstance(expr, TemplateExpr):
        texts = [part.text for part in expr.parts if isinstance(part, TemplateText)]
        return "".join(texts) if len(texts) == len(expr.parts) else MISSING
    if isinstance(expr, TupleCons):
        items = [constant(item) for item in expr.items]
        return MISSING if any(isinstance(item, Missing) for item in items) else _plain(items)
    if isinstance(expr, ObjectCons):
        pairs = [(constant(key), constant(value)) for key, value in expr.items]
        made: dict[str, Json] = {}
        for key, value in pairs:
            if not isinstance(key, str) or isinstance(value, Missing):
                return MISSING
            made[key] = value
        return made
    return MISSING


def _plain(items: list[Json | Missing]) -> list[Json]:
    return [item for item in items if not isinstance(item, Missing)]


def sites(files: Mapping[str, str]) -> Iterator[Site]:
    """Each expression of the `.tf` files of a root that may be rewritten."""
    for path, text in sorted(files.items()):
        if not path.endswith((".tf", ".tofu")):
            continue
        body, problems = hcl.parse(Source(path, text))
        if problems:
            continue
        for block in body.blocks:
            if block.type in READ:
                yield from _in_body(path, text, block.body, block, frozenset())


def _in_body(path: str, text: str, body: Body, top: Block, bound: frozenset[str]) -> Iterator[Site]:
    for attribute in body.attributes.values():
        if attribute.name in LITERAL_ONLY:
            continue
        yield from _in_expr(path, text, attribute.expr, attribute.name, top, bound, True)
    for block in body.blocks:
        if block.type in APART:
            continue
        inner = bound
        if block.type == "dynamic":
            iterator = block.body.attributes.get("iterator")
            name = iterator.expr.name if iterator is not None and isinstance(iterator.expr, Name) else block.labels[0]
            inner = bound | {name}
        yield from _in_body(path, text, block.body, top, inner)


def _in_expr(
    path: str, text: str, expr: Expr, attribute: str, top: Block, bound: frozenset[str], whole: bool
) -> Iterator[Site]:
    names = set(_names(expr))
    inner_names = {name for name in names if name in bound or name in BOUND or name == "*"}
    moves = not inner_names and attribute not in FIXED
    yield Site(path, expr.start, expr.end, text[expr.start : expr.end], kind(expr), moves, attribute, top, whole, expr)
    inside = partial(_in_expr, path, text, attribute=attribute, top=top, whole=False)
    if isinstance(expr, TupleCons):
        for item in expr.items:
            yield from inside(item, bound=bound)
    elif isinstance(expr, ObjectCons):
        for key, value in expr.items:
            name = constant(key)
            yield from inside(value, bound=bound, attribute=name if isinstance(name, str) else attribute)
    elif isinstance(expr, Call):
        for item in expr.args:
            yield from inside(item, bound=bound)
    elif isinstance(expr, ForExpr):
        yield from inside(expr.value_expr, bound=bound | {expr.value, expr.key or expr.value})
    elif isinstance(expr, Conditional):
        yield from inside(expr.then, bound=bound)
        yield from inside(expr.otherwise, bound=bound)
    elif isinstance(expr, TemplateExpr):
        for part in expr.parts:
            if isinstance(part, Interpolation):
                yield from inside(part.expr, bound=bound)
    elif isinstance(expr, Parens):
        yield from inside(expr.inner, bound=bound)


def _names(expr: object) -> Iterator[str]:
    """The first names of all references in an expression."""
    if isinstance(expr, Name):
        yield expr.name
        return
    if isinstance(expr, list | tuple):
        for item in expr:  # pyright: ignore[reportUnknownVariableType]
            yield from _names(item)
        return
    for name in getattr(expr, "__slots__", ()):
        if name not in ("start", "end", "name", "op", "text", "segments", "key") or isinstance(expr, Index):
            value: object = getattr(expr, name)
            if isinstance(value, list | tuple) or hasattr(value, "__slots__"):
                yield from _names(value)


STRINGS = {
    "jsonencode",
    "join",
    "format",
    "lower",
    "upper",
    "trimspace",
    "replace",
    "base64encode",
    "tostring",
    "chomp",
}


def kind(expr: Expr) -> str:
    if isinstance(expr, Literal):
        value = expr.value
        return "bool" if isinstance(value, bool) else "null" if value is None else "number"
    if isinstance(expr, TemplateExpr):
        return "any" if expr.bare else "string"
    if isinstance(expr, TupleCons):
        return "list"
    if isinstance(expr, ObjectCons):
        return "object"
    if isinstance(expr, Call) and expr.name in STRINGS:
        return "string"
    if isinstance(expr, Parens):
        return kind(expr.inner)
    if isinstance(expr, Binary | Unary | Attr | Splat | Conditional | ForExpr):
        return "any"
    return "any"


# In place: the kinds that they fit, and the expression; `@` is the expression that was there.
IN_PLACE: dict[str, tuple[str, str]] = {
    "parentheses": ("*", "(@)"),
    "conditional": ("*", "(true ? @ : null)"),
    "conditional, negated": ("*", "(false ? null : @)"),
    "conditional of the workspace": ("*", '(terraform.workspace == "hunt-none" ? null : @)'),
    "try": ("*", "try(@, null)"),
    "try after an error": ("*", "try({}.hunt, @)"),
    "can": ("*", "(can({}.hunt) ? null : @)"),
    "one": ("*", "one([@])"),
    "index": ("*", "[@][0]"),
    "element": ("*", "element([@], 0)"),
    "attribute": ("*", "{ hunt = @ }.hunt"),
    "key": ("*", '{ hunt = @ }["hunt"]'),
    "lookup": ("*", 'lookup({ hunt = @ }, "hunt", null)'),
    "lookup of a default": ("*", 'lookup({}, "hunt", @)'),
    "merge": ("*", "merge({ hunt = null }, { hunt = @ }).hunt"),
    "merge, expanded": ("*", "merge([{}, { hunt = @ }]...).hunt"),
    "for": ("*", "[for hunt in [@] : hunt][0]"),
    "for with a condition": ("*", "[for hunt in [null, @] : hunt if hunt != null][0]"),
    "for over an object": ("*", "[for hunt_k, hunt_v in { a = @ } : hunt_v][0]"),
    "for to an object": ("*", '{ for hunt in ["a"] : hunt => @ }["a"]'),
    "for, grouped": ("*", '{ for hunt in ["a"] : hunt => @... }["a"][0]'),
    "values": ("*", "values({ a = @ })[0]"),
    "splat": ("*", "([{ hunt = @ }][*].hunt)[0]"),
    "attribute splat": ("*", "[{ hunt = @ }].*.hunt[0]"),
    "zipmap": ("*", 'zipmap(["a"], [@])["a"]'),
    "concat": ("*", "concat([], [@])[0]"),
    "coalescelist": ("*", "coalescelist([], [@])[0]"),
    "slice": ("*", "slice([null, @], 1, 2)[0]"),
    "reverse": ("*", "reverse([null, @])[0]"),
    "sensitive": ("*", "nonsensitive(sensitive(@))"),
    "bare template": ("any bool number", '"${@}"'),
    "json and back": ("constant", "jsondecode(jsonencode(@))"),
    "yaml and back": ("constant", "yamldecode(yamlencode(@))"),
    "tostring": ("string bool number", "tostring(@)"),
    "format": ("string", 'format("%s", @)'),
    "format, indexed": ("string", 'format("%[2]s", "", @)'),
    "formatlist": ("string", 'formatlist("%s", [@])[0]'),
    "join": ("string", 'join("", [@])'),
    "trimspace": ("tight", 'trimspace(" ${@} ")'),
    "trimprefix": ("string", 'trimprefix("hunt${@}", "hunt")'),
    "trimsuffix": ("string", 'trimsuffix("${@}hunt", "hunt")'),
    "replace": ("string", 'replace(@, "hunt-nothing", "")'),
    "replace by pattern": ("string", 'replace(@, "/^hunt-nothing$/", "")'),
    "split": ("string", 'split("hunt-nothing", @)[0]'),
    "regex": ("line", 'regex("^.*$", @)'),
    "regexall": ("line", 'regexall("^.*$", @)[0]'),
    "substr": ("string", "substr(@, 0, -1)"),
    "strrev": ("string", "strrev(strrev(@))"),
    "base64": ("string", "base64decode(base64encode(@))"),
    "gzip, never": ("string", '(@ == "" ? base64gzip(@) : @)'),
    "coalesce": ("filled", 'coalesce("", @)'),
    "coalesce first": ("filled", 'coalesce(@, "hunt")'),
    "compact": ("filled", 'compact(["", @])[0]'),
    "distinct": ("string", "distinct([@, @])[0]"),
    "sort": ("string", "sort([@])[0]"),
    "toset": ("string", "tolist(toset([@]))[0]"),
    "one of a set": ("string", "one(toset([@]))"),
    "setunion": ("string", "one(setunion([@], []))"),
    "keys": ("string", "keys({ (@) = null })[0]"),
    "tomap": ("string", "tomap({ a = @ }).a"),
    "template for": ("string", '"%{ for hunt in [@] }${hunt}%{ endfor }"'),
    "template if": ("string", '"%{ if true }${@}%{ else }hunt%{ endif }"'),
    "template if, strip": ("tight", '"  %{~ if true ~}  ${@}  %{~ endif ~}  "'),
    "lower": ("lower", "lower(upper(@))"),
    "indent": ("line", "indent(2, @)"),
    "chomp": ("tight", 'chomp("${@}\\n")'),
    "urlencode": ("plain", "urlencode(@)"),
    "startswith": ("string", '(startswith(@, "hunt") ? null : @)'),
    "index of": ("string", 'element(["hunt", @], index(["hunt", @], @))'),
    "range": ("string", "[for hunt in range(1) : @][0]"),
    "transpose": ("filled", "one(keys(transpose({ a = [@] })))"),
    "tobool": ("bool", 'tobool("@")'),
    "bool as text": ("bool", '"@"'),
    "not not": ("bool", "!!@"),
    "and": ("bool", "@ && true"),
    "or": ("bool", "@ || false"),
    "compared": ("bool", "(@ == true)"),
    "compared for inequality": ("bool", "(@ != false)"),
    "contains": ("bool", "contains([@], true)"),
    "alltrue": ("bool", "alltrue([@])"),
    "anytrue": ("bool", "anytrue([@])"),
    "number as text": ("number", '"@"'),
    "sum": ("number", "sum([@, 0])"),
    "max": ("number", "max(@, @)"),
    "plus": ("number", "@ + 0"),
    "times": ("number", "@ * 1"),
    "parseint": ("number", 'parseint("@", 10)'),
    "length": ("number", "length(range(@))"),
    "list, concatenated": ("list", "concat(@, [])"),
    "list, for": ("list", "[for hunt in @ : hunt]"),
    "list, splat": ("list", "@[*]"),
    "list, flattened": ("list", "flatten([@])"),
    "list, reversed twice": ("list", "reverse(reverse(@))"),
    "list, cut": ("list", "slice(@, 0, length(@))"),
    "list, converted": ("strings", "tolist(@)"),
    "list, compacted": ("strings", 'compact(concat(@, [""]))'),
    "list, distinct": ("strings", "distinct(@)"),
    "list, from a text": ("strings", 'split("|", join("|", @))'),
    "list, conditional": ("list", "(length([]) == 0 ? @ : [])"),
    "list, setsubtract": ("strings", 'tolist(setsubtract(@, ["hunt"]))'),
    "object, merged": ("object", "merge(@, {})"),
    "object, merged over": ("object", "merge({}, @)"),
    "object, for": ("object", "{ for hunt_k, hunt_v in @ : hunt_k => hunt_v }"),
    "object, zipped": ("object", "zipmap(keys(@), values(@))"),
    "object, nulls dropped": (
        "object",
        "{ for hunt_k, hunt_v in merge(@, { hunt = null }) : hunt_k => hunt_v if hunt_v != null }",
    ),
    "object, conditional": ("object", "(true ? @ : {})"),
    "object, json": ("constant object", "jsondecode(jsonencode(@))"),
}


def fits(site: Site, kinds: str) -> bool:
    """Whether the expression at a site is of one of some kinds."""
    if kinds == "*":
        return site.kind != "null"
    return any(_is(site, one) for one in kinds.split())


def _is(site: Site, wanted: str) -> bool:  # one line a kind
    value = site.constant
    if wanted == "constant":
        return not isinstance(value, Missing) and value is not None
    if wanted == "strings":
        return isinstance(value, list) and bool(value) and all(isinstance(item, str) and item for item in value)
    if not isinstance(value, str):
        return site.kind == wanted
    ways = {
        "tight": value.strip() == value,
        "line": "\n" not in value,
        "filled": bool(value),
        "lower": value.isascii() and value == value.lower(),
        "plain": value.isascii() and value.isalnum(),
        "string": True,
    }
    return ways.get(wanted, False)


def put(files: Mapping[str, str], site: Site, text: str) -> Files:
    """The files with another expression at a site."""
    whole = files[site.path]
    return {**files, site.path: whole[: site.start] + text + whole[site.end :]}


def in_place(form: str, files: Mapping[str, str], site: Site) -> Files:
    """The files with a form of `IN_PLACE` around the expression at a site."""
    held = f"{site.text}\n" if "<<" in site.text else site.text
    return put(files, site, form.replace("@", held))

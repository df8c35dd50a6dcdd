"""The tree of an HCL file.

Every node has `start` and `end`: offsets in code points into `Source.text`, end exclusive.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias


class Literal:
    """A number, true, false or null: `value` is int, float, bool or None. A whole number without exponent is an int."""

    __slots__ = ("end", "start", "value")

    def __init__(self, start: int, end: int, value: bool | int | float | None) -> None:
        self.start = start
        self.end = end
        self.value = value


class TemplateText:
    """A run of literal text in a template, decoded.

    `segments` is None when the text is in the source letter by letter from `start`; otherwise it is a list of
    ascending pairs (offset in `text`, offset in the source), each the start of a run that does.
    """

    __slots__ = ("end", "segments", "start", "text")

    def __init__(self, start: int, end: int, text: str, segments: list[tuple[int, int]] | None = None) -> None:
        self.start = start
        self.end = end
        self.text = text
        self.segments = segments


class Interpolation:
    """`${expr}` in a template; strip marks were applied to the neighbouring text by the parser."""

    __slots__ = ("end", "expr", "start")

    def __init__(self, start: int, end: int, expr: Expr) -> None:
        self.start = start
        self.end = end
        self.expr = expr


class TemplateIf:
    """`%{ if cond }then%{ else }otherwise%{ endif }` in a template."""

    __slots__ = ("cond", "end", "otherwise", "start", "then")

    def __init__(
        self, start: int, end: int, cond: Expr, then: list[TemplatePart], otherwise: list[TemplatePart]
    ) -> None:
        self.start = start
        self.end = end
        self.cond = cond
        self.then = then
        self.otherwise = otherwise


class TemplateFor:
    """`%{ for key, value in collection }body%{ endfor }`; `key` is None when only one name is given."""

    __slots__ = ("body", "collection", "end", "key", "start", "value")

    def __init__(
        self, start: int, end: int, key: str | None, value: str, collection: Expr, body: list[TemplatePart]
    ) -> None:
        self.start = start
        self.end = end
        self.key = key
        self.value = value
        self.collection = collection
        self.body = body


class TemplateExpr:
    """A quoted string or heredoc. A string without interpolation has one TemplateText, an empty one has no part.

    `bare` is true when the template is exactly one interpolation and nothing else (`"${x}"`): its value is then the
    value of the expression itself, whatever its type. `heredoc` distinguishes heredocs from quoted strings.
    """

    __slots__ = ("bare", "end", "heredoc", "parts", "start")

    def __init__(self, start: int, end: int, parts: list[TemplatePart], heredoc: bool) -> None:
        self.start = start
        self.end = end
        self.parts = parts
        self.heredoc = heredoc
        self.bare = len(parts) == 1 and isinstance(parts[0], Interpolation)


class Name:
    """The root of a traversal: `var`, `aws_instance`, `each`, or a name bound by a `for`."""

    __slots__ = ("end", "name", "start")

    def __init__(self, start: int, end: int, name: str) -> None:
        self.start = start
        self.end = end
        self.name = name


class Attr:
    """`object.name`; legacy `object.0` is an Index with a Literal key."""

    __slots__ = ("end", "name", "object", "start")

    def __init__(self, start: int, end: int, object: Expr, name: str) -> None:
        self.start = start
        self.end = end
        self.object = object
        self.name = name


class Index:
    """`object[key]`."""

    __slots__ = ("end", "key", "object", "start")

    def __init__(self, start: int, end: int, object: Expr, key: Expr) -> None:
        self.start = start
        self.end = end
        self.object = object
        self.key = key


class Splat:
    """`object[*].a.b` (full) or `object.*.a.b` (attribute-only).

    `each` is applied to every element; inside it the element is a Name whose name is `*`. An attribute-only splat's
    `each` holds only attributes and legacy indexes; `[0]` after it applies to the whole result, as in HCL.
    """

    __slots__ = ("each", "end", "full", "object", "start")

    def __init__(self, start: int, end: int, object: Expr, each: Expr, full: bool) -> None:
        self.start = start
        self.end = end
        self.object = object
        self.each = each
        self.full = full


class Call:
    """`name(args)`, with `expand` when the last argument is followed by `...`; `name` may hold `::`."""

    __slots__ = ("args", "end", "expand", "name", "start")

    def __init__(self, start: int, end: int, name: str, args: list[Expr], expand: bool) -> None:
        self.start = start
        self.end = end
        self.name = name
        self.args = args
        self.expand = expand


class TupleCons:
    """`[a, b]`."""

    __slots__ = ("end", "items", "start")

    def __init__(self, start: int, end: int, items: list[Expr]) -> None:
        self.start = start
        self.end = end
        self.items = items


class ObjectCons:
    """`{ key = value }`. A bare identifier as key is a Template with that text; `(name)` is a Parens."""

    __slots__ = ("end", "items", "start")

    def __init__(self, start: int, end: int, items: list[tuple[Expr, Expr]]) -> None:
        self.start = start
        self.end = end
        self.items = items


class ForExpr:
    """`[for k, v in c : value if cond]` (`key_expr` is None) or `{for k, v in c : key => value... if cond}`."""

    __slots__ = ("collection", "cond", "end", "group", "key", "key_expr", "start", "value", "value_expr")

    def __init__(
        self,
        start: int,
        end: int,
        key: str | None,
        value: str,
        collection: Expr,
        key_expr: Expr | None,
        value_expr: Expr,
        cond: Expr | None,
        group: bool,
    ) -> None:
        self.start = start
        self.end = end
        self.key = key
        self.value = value
        self.collection = collection
        self.key_expr = key_expr
        self.value_expr = value_expr
        self.cond = cond
        self.group = group


class Conditional:
    """`cond ? then : otherwise`."""

    __slots__ = ("cond", "end", "otherwise", "start", "then")

    def __init__(self, start: int, end: int, cond: Expr, then: Expr, otherwise: Expr) -> None:
        self.start = start
        self.end = end
        self.cond = cond
        self.then = then
        self.otherwise = otherwise


class Binary:
    """`left op right`; `op` is one of `|| && == != < > <= >= + - * / %`."""

    __slots__ = ("end", "left", "op", "right", "start")

    def __init__(self, start: int, end: int, op: str, left: Expr, right: Expr) -> None:
        self.start = start
        self.end = end
        self.op = op
        self.left = left
        self.right = right


class Unary:
    """`!operand` or `-operand`."""

    __slots__ = ("end", "op", "operand", "start")

    def __init__(self, start: int, end: int, op: str, operand: Expr) -> None:
        self.start = start
        self.end = end
        self.op = op
        self.operand = operand


class Parens:
    """`(inner)`."""

    __slots__ = ("end", "inner", "start")

    def __init__(self, start: int, end: int, inner: Expr) -> None:
        self.start = start
        self.end = end
        self.inner = inner


class Attribute:
    """`name = expr` in a body; `start` is the start of the name, `end` the end of the value (a heredoc's marker)."""

    __slots__ = ("end", "expr", "name", "name_end", "start")

    def __init__(self, start: int, name_end: int, end: int, name: str, expr: Expr) -> None:
        self.start = start
        self.name_end = name_end
        self.end = end
        self.name = name
        self.expr = expr


class Block:
    """`type "label" { body }`; `open` is the offset of the opening brace, `end` follows the closing one."""

    __slots__ = ("body", "end", "labels", "open", "start", "type")

    def __init__(self, start: int, open: int, end: int, type: str, labels: list[str], body: Body) -> None:
        self.start = start
        self.open = open
        self.end = end
        self.type = type
        self.labels = labels
        self.body = body


class Body:
    """The attributes and blocks of a file or block, each in the order of the text."""

    __slots__ = ("attributes", "blocks")

    def __init__(self) -> None:
        self.attributes: dict[str, Attribute] = {}
        self.blocks: list[Block] = []


_WITH_PARTS = (
    Interpolation,
    TemplateIf,
    TemplateFor,
    TemplateExpr,
    Attr,
    Index,
    Splat,
    Call,
    TupleCons,
    ObjectCons,
    ForExpr,
    Conditional,
    Binary,
    Unary,
    Parens,
    Attribute,
    Block,
    Body,
)


def parts_of(part: object) -> Iterator[object]:
    """Yield what a node, or a collection of nodes, directly consists of."""
    if isinstance(part, list | tuple):
        yield from part
    elif isinstance(part, dict):
        yield from part.values()
    elif isinstance(part, _WITH_PARTS):
        for base in type(part).__mro__:
            for name in getattr(base, "__slots__", ()):
                yield getattr(part, name)


if TYPE_CHECKING:
    TemplatePart: TypeAlias = TemplateText | Interpolation | TemplateIf | TemplateFor
    Expr: TypeAlias = (
        Literal
        | TemplateExpr
        | Name
        | Attr
        | Index
        | Splat
        | Call
        | TupleCons
        | ObjectCons
        | ForExpr
        | Conditional
        | Binary
        | Unary
        | Parens
    )

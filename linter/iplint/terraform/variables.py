"""Variables: their types, the values given to a root, and the inputs for those without a value."""

from __future__ import annotations

import os
from functools import lru_cache, partial

from iplint.budget import charge, charge_bytes
from iplint.datatype import (
    ANY_LIST,
    ANY_MAP,
    BOOL,
    DYNAMIC,
    NUMBER,
    PRIMITIVES,
    STRING,
    Kind,
    Type,
    list_of,
    map_of,
    set_of,
)
from iplint.location import Origin, Source
from iplint.resource import Notice, NoticeKind
from iplint.syntax import hcl
from iplint.syntax.hcl_tree import (
    Attr,
    Call,
    Index,
    Interpolation,
    Literal,
    Name,
    ObjectCons,
    Parens,
    TemplateExpr,
    TemplateText,
    TupleCons,
    parts_of,
)
from iplint.syntax.problem import SyntaxProblem
from iplint.terraform.configuration import plain_text, unread_lines
from iplint.terraform.domains import MAX_LENGTH, domain, scalar
from iplint.terraform.equality import converter
from iplint.terraform.expression import evaluate, list_in_common, map_in_common
from iplint.terraform.failure import failed, failure
from iplint.terraform.scope import PartiallyOrderedSeq, Thunk
from iplint.terraform.source_map import DeclaredBlock, Relocated, RelocatedBlock, SourceMap, TextSourceMap
from iplint.terraform.types import OPAQUE, kind_of, like
from iplint.terraform.unification import Mismatch, converts
from iplint.value import (
    NO_ITEMS,
    NO_MEMBERS,
    NO_VALUE,
    Absent,
    Filled,
    Input,
    Known,
    Map,
    Nothing,
    Seq,
    Text,
    Unknown,
    literal_text,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from iplint.location import Span
    from iplint.syntax.hcl_tree import Attribute, Expr
    from iplint.terraform.configuration import Reader
    from iplint.terraform.domains import Locals
    from iplint.terraform.scope import Scope
    from iplint.value import Datum, Lazy, Value
    from iplint.value import Literal as Scalar

# What it costs to convert a member of a collection, in steps and bytes of a budget.
STEPS_A_MEMBER = 20
BYTES_A_MEMBER = 600
ENVIRONMENT = "TF_VAR_"


class Given:
    """An expression with its source map: the value given to a variable, or its type.

    `label` names a value that is unknown unless it is literal, and may use the `locals` of its file; `certain` is false
    when it may not be given at all. `replaces` is the value with the next lower precedence.
    """

    __slots__ = ("certain", "expr", "label", "locals", "replaces", "source_map")

    def __init__(
        self,
        expr: Expr,
        source_map: SourceMap,
        label: str = "",
        locals: Mapping[str, Given] | None = None,
        certain: bool = True,
    ) -> None:
        self.expr = expr
        self.source_map = source_map
        self.label = label
        self.certain = certain
        self.locals = locals or {}
        self.replaces: Given | None = None


# Types


def constraint(variable: DeclaredBlock) -> Given | None:
    """Return the type of a variable; None when any type is allowed."""
    attribute = variable.body.attributes.get("type")
    if attribute is None:
        return None
    expr, source_map = attribute.expr, variable.source_map
    written = plain_text(expr)
    if written is not None:
        # Terraform 0.11 and the JSON syntax write types in quotes.
        source_map = TextSourceMap(literal_text(written, Origin(source_map.of(expr))), source_map.source.path)
        try:
            expr = hcl.parse_expression(source_map.source)
        except SyntaxProblem:
            return None
    if isinstance(expr, Name) and expr.name == "any":
        return None
    return Given(expr, source_map)


class DeclaredType:
    """A declared type, with the defaults of optional attributes.

    `element` is the declared type of elements of a list, set or map, `items` those of a tuple's, `attributes` those of
    an object's; `defaults` has the expressions of the attributes that have a default.
    """

    __slots__ = ("attributes", "defaults", "element", "items", "type")

    def __init__(
        self,
        type: Type,
        element: DeclaredType | None = None,
        items: tuple[DeclaredType, ...] = (),
        attributes: Mapping[str, DeclaredType] | None = None,
        defaults: Mapping[str, Expr] | None = None,
    ) -> None:
        self.type = type
        self.element = element
        self.items = items
        self.attributes: Mapping[str, DeclaredType] = attributes or {}
        self.defaults: Mapping[str, Expr] = defaults or {}


_NAMED_TYPES = {
    "string": DeclaredType(STRING),
    "number": DeclaredType(NUMBER),
    "bool": DeclaredType(BOOL),
    # Before Terraform 0.12 these were written without the type of their elements.
    "list": DeclaredType(ANY_LIST, DeclaredType(DYNAMIC)),
    "map": DeclaredType(ANY_MAP, DeclaredType(DYNAMIC)),
}
_COLLECTIONS = {"list": list_of, "set": set_of, "map": map_of}
_ANY = DeclaredType(DYNAMIC)


@lru_cache(maxsize=1024)
def declared_type(expr: Expr) -> DeclaredType:
    """Return the declared type in an expression (Terraform documentation, Type Constraints)."""
    match expr:
        case Name(name=name):
            return _NAMED_TYPES.get(name, _ANY)
        case Parens(inner=inner) | Call(name="optional", args=[inner, *_]):
            return declared_type(inner)
        case Call(name="list" | "set" | "map" as name, args=[inner]):
            element = declared_type(inner)
            return DeclaredType(_COLLECTIONS[name](element.type), element)
        case Call(name="tuple", args=[TupleCons(items=types)]):
            items = tuple(map(declared_type, types))
            return DeclaredType(Type(Kind.TUPLE, items=tuple([item.type for item in items])), items=items)
        case Call(name="object", args=[ObjectCons(items=pairs)]):
            return _declared_object(pairs)
        case _:
            return _ANY


def _declared_object(pairs: Sequence[tuple[Expr, Expr]]) -> DeclaredType:
    attributes: dict[str, DeclaredType] = {}
    defaults: dict[str, Expr] = {}
    optional: set[str] = set()
    for key, inner in pairs:
        name = plain_text(key)
        if name is None:
            continue
        attributes[name] = declared_type(inner)
        if isinstance(inner, Call) and inner.name == "optional":
            optional.add(name)
            if len(inner.args) > 1:
                defaults[name] = inner.args[1]
    types: dict[str, Type | None] = {name: inner.type for name, inner in attributes.items()}
    type = Type(Kind.OBJECT, attributes=types, optional=frozenset(optional))
    return DeclaredType(type, attributes=attributes, defaults=defaults)


def conform(value: Value, type: Expr | None, scope: Scope) -> Value:
    """Return the value converted to a type, with the defaults of optional attributes.

    Terraform documentation, Types and Values and Type Constraints.
    """
    return value if type is None else _Conversion(scope, scope.span(type)).converted(value, declared_type(type))


class _Conversion:
    """Convert one value, and its contents when they are used.

    A collection that occurs in several places is converted to a type once.
    """

    __slots__ = ("_at", "_made", "_scope")

    def __init__(self, scope: Scope, at: Span) -> None:
        self._scope = scope
        self._at = at
        # By the identities of collections and types; the collection is kept so that no other gets its identity.
        self._made: dict[tuple[int, int], tuple[Datum, Datum | None]] = {}

    def converted(self, value: Value, wanted: DeclaredType) -> Value:
        """Return the value converted to a type; a failure when Terraform does not convert it."""
        kind = wanted.type.kind
        if kind is Kind.DYNAMIC:
            return value
        if not isinstance(value, Known):
            return _typed(value, wanted.type)
        if kind in PRIMITIVES:
            try:
                return converter().convert(value, wanted.type)
            except Mismatch:
                return self._mismatch(value)
        if not isinstance(value.value, Seq | Map):
            return self._mismatch(value)
        key = id(value.value), id(wanted)
        if key not in self._made:
            charge(STEPS_A_MEMBER * len(value.value))
            charge_bytes(BYTES_A_MEMBER * len(value.value))
            try:
                self._made[key] = value.value, self._collection(value, value.value, wanted)
            except Mismatch:
                self._made[key] = value.value, None
        made = self._made[key][1]
        if made is None:
            return self._mismatch(value)
        return value if made is value.value else like(value, made)

    def _mismatch(self, value: Value) -> Value:
        return failure("a value that does not convert to the type that is declared", value.at)

    def _collection(self, value: Known[Datum], datum: Seq | Map, wanted: DeclaredType) -> Seq | Map:
        if isinstance(datum, OPAQUE):
            return datum
        match wanted.type.kind, datum:
            case Kind.LIST, Seq():
                return self._list(datum, wanted)
            case Kind.SET, Seq():
                return self._set(datum, wanted)
            case Kind.TUPLE, Seq() if kind_of(datum) in (Kind.TUPLE, None):
                if datum.more is None and len(datum) != len(wanted.items):
                    raise Mismatch
                return self._sequence(datum, list(wanted.items), None)
            case Kind.MAP, Map():
                return self._map(datum, wanted)
            case Kind.OBJECT, Map():
                return self._object(value.at, datum, wanted)
            case _:
                raise Mismatch

    def _sequence(self, items: Seq, wanted: list[DeclaredType], type: Type | None) -> Seq:
        made = [self._later(partial(items.item, index), inner) for index, inner in enumerate(wanted[: len(items)])]
        if isinstance(items, PartiallyOrderedSeq):
            return PartiallyOrderedSeq(made, items.settled, items.more, items.firm, type)
        return Seq(made, items.more, type)

    def _list(self, items: Seq, wanted: DeclaredType) -> Seq:
        element = wanted.element or _ANY
        if element.type.kind is not Kind.DYNAMIC:
            return self._sequence(items, [element] * len(items), wanted.type)
        if kind_of(items) is Kind.TUPLE:
            return list_in_common(items, self._scope, self._at)
        found = converter().convert(Known(items, self._at), ANY_LIST)
        return found.value if isinstance(found, Known) and isinstance(found.value, Seq) else items

    def _set(self, items: Seq, wanted: DeclaredType) -> Seq:
        element = wanted.element or _ANY
        made = Known(self._sequence(items, [element] * len(items), None), self._at)
        if any(isinstance(item, Unknown) and failed(item) for item in made.value):
            raise Mismatch
        found = converter().convert(made, wanted.type)
        return found.value if isinstance(found, Known) and isinstance(found.value, Seq) else items

    def _map(self, members: Map, wanted: DeclaredType) -> Map:
        element = wanted.element or _ANY
        if type(members) is not Map:
            return members
        if element.type.kind is Kind.DYNAMIC:
            return members if members.type is not None else map_in_common(members, self._scope, self._at)
        entries = {key: (at, self._later(item, element)) for key, (at, item) in members.entries().items()}
        return Map(entries, members.more, wanted.type)

    def _object(self, whole: Span, members: Map, wanted: DeclaredType) -> Map:
        if type(members) is not Map:
            return members
        written = members.entries()
        entries: dict[str, tuple[Span, Lazy]] = {}
        for name, inner in wanted.attributes.items():
            default = wanted.defaults.get(name)
            if name in written:
                at, item = written[name]
                entries[name] = (at, self._with_default(item, inner, default, at))
            elif members.more is None and name in wanted.type.optional:
                entries[name] = (whole, self._with_default(Absent(whole), inner, default, whole))
            elif members.more is None:
                raise Mismatch
        return Map(entries, members.more)

    def _later(self, item: Lazy, wanted: DeclaredType) -> Lazy:
        if not callable(item) and not (isinstance(item, Known) and isinstance(item.value, Map | Seq)):
            return self.converted(item, wanted)
        return Thunk(
            self._scope.context.scenario,
            self._at,
            lambda: self.converted(item() if callable(item) else item, wanted),
        )

    def _with_default(self, item: Lazy, wanted: DeclaredType, default: Expr | None, at: Span) -> Lazy:
        if default is None:
            return self._later(item, wanted)

        def make() -> Value:
            value = item() if callable(item) else item
            # Terraform documentation, Type Constraints: null counts as not given.
            return self.converted(evaluate(default, self._scope) if isinstance(value, Absent) else value, wanted)

        return Thunk(self._scope.context.scenario, at, make)


def _typed(value: Unknown | Absent, type: Type) -> Value:
    """Return an unknown value, or a null, with a type."""
    if isinstance(value, Absent):
        return Absent(value.at, value.trail, type, value.input)
    if value.type is not None and not converts(value.type, type):
        return failure("a value that does not convert to the type that is declared", value.at)
    if value.__class__ is not Unknown:
        return value
    return value.of_type(type)


# Values given to a root


def given_values(
    reader: Reader,
    directory: str,
    variables: Mapping[str, str],
    var_files: Sequence[str],
    module: Mapping[str, DeclaredBlock],
    environment: Mapping[str, str],
    inputs: Mapping[str, Given],
) -> tuple[dict[str, Given], bool, list[Notice]]:
    """Return the values given to a root's variables, whether files in its directory give any, and notices of unread
    files.

    Terraform documentation, Input Variables: the environment's (for declared variables), terraform.tfvars,
    terraform.tfvars.json, *.auto.tfvars and *.auto.tfvars.json by name, then the command line's; the last one wins.
    Before all of them come the `inputs` of another tool.
    """
    notices: list[Notice] = []
    given = dict(inputs)

    def give(name: str, value: Given) -> None:
        value.replaces = given.get(name)
        given[name] = value

    for name, raw in environment.items():
        if name in module:
            give(name, _written(f"{ENVIRONMENT}{name}", raw, constraint(module[name]), notices))
    own = automatic_files(reader, directory)
    for path in (*own, *var_files):
        for name, attribute, source_map in _assignments(reader, path, notices):
            give(name, Given(attribute.expr, source_map))
    for name, raw in variables.items():
        declared = module.get(name)
        type = constraint(declared) if declared is not None else None
        give(name, _written(f"--var {name}", raw, type, notices))
    return given, bool(own), notices


def unapplied_files(
    reader: Reader, directory: str, variables: Mapping[str, str], var_files: Sequence[str]
) -> list[str]:
    """Return the files of variable values next to a root that are not applied, although they set variables without a
    given value.

    A file would change nothing if the command line gives values to all of its variables.
    """
    from iplint.workspace import ReadError

    try:
        names = reader.workspace.names(directory)
    except ReadError:
        return []
    paths = [os.path.join(directory, name) for name in names if name.endswith(reader.value_suffixes)]
    applied = {*automatic_files(reader, directory), *var_files}
    left = [path for path in paths if path not in applied]
    if not left:
        return []
    asked = {*variables, *(name for path in var_files for name, _, _ in _assignments(reader, path, []))}
    return [
        path for path in left if not asked or any(name not in asked for name, _, _ in _assignments(reader, path, []))
    ]


def is_literal(expr: Expr) -> bool:
    """Return whether a value is literal or consists of references only, without functions."""
    match expr:
        case Literal() | Name():
            return True
        case TemplateExpr(parts=parts):
            return all(
                isinstance(part, TemplateText) or (isinstance(part, Interpolation) and is_literal(part.expr))
                for part in parts
            )
        case Parens(inner=inner) | Attr(object=inner):
            return is_literal(inner)
        case Index(object=inner, key=key):
            return is_literal(inner) and is_literal(key)
        case TupleCons(items=items):
            return all(is_literal(item) for item in items)
        case ObjectCons(items=items):
            return all(is_literal(key) and is_literal(value) for key, value in items)
        case _:
            return False


def automatic_files(reader: Reader, directory: str) -> list[str]:
    """Return the files of variable values that are loaded automatically, in order."""
    from iplint.workspace import ReadError

    try:
        names = reader.workspace.names(directory)
    except ReadError:
        return []
    whole, ends = reader.own_values
    first = [name for name in whole if name in names]
    others = [name for name in names if name.endswith(ends)]
    return [os.path.join(directory, name) for name in first + others]


def _assignments(reader: Reader, path: str, notices: list[Notice]) -> list[tuple[str, Attribute, SourceMap]]:
    shown = reader.workspace.display_path(path)
    source = reader.source(path)
    if isinstance(source, str):
        notices.append(Notice(NoticeKind.UNREADABLE, shown, f"the file {source}"))
        return []
    if path.endswith(".json"):
        from iplint.syntax import yaml
        from iplint.terraform import json_syntax

        try:
            root = yaml.parse(source)
        except SyntaxProblem as problem:
            notices.append(unread_lines(problem))
            return []
        attributes, problems = json_syntax.values(root) if root is not None else ({}, [])
    else:
        body, problems = hcl.parse(source)
        attributes = body.attributes
    notices += [unread_lines(problem) for problem in problems]
    source_map = SourceMap(source)
    return [(name, attribute, source_map) for name, attribute in attributes.items()]


def _written(place: str, raw: str, type: Given | None, notices: list[Notice]) -> Given:
    """Return a value from the command line or the environment: an expression, unless the variable is a scalar."""
    source_map = SourceMap(Source(place, raw))
    literal = TemplateExpr(0, len(raw), [TemplateText(0, len(raw), raw)] if raw else [], heredoc=False)
    if type is None or isinstance(type.expr, Name):
        return Given(literal, source_map)
    try:
        return Given(hcl.parse_expression(source_map.source), source_map)
    except SyntaxProblem as problem:
        notices.append(unread_lines(problem))
        return Given(literal, source_map)


# Inputs


def input_of(name: str, variable: DeclaredBlock, locals: Locals) -> Input:
    """Return the input for a root's variable without a given value."""
    default: Scalar | Nothing | Filled | None = _default_literal(variable)
    type = constraint(variable)
    declared = type.expr if type is not None else None
    hidden = is_sensitive(variable)
    is_bool = isinstance(declared, Name) and declared.name == "bool"
    if is_bool and isinstance(default, str):
        default = {"true": True, "false": False}.get(default)
    if is_bool or (type is None and isinstance(default, bool)):
        return Input(f"var.{name}", f"var.{name}", default, [True, False], closed=True, sensitive=hidden)
    options = domain(name, variable, locals)
    if isinstance(default, Filled) and not _may_be_empty(name, variable):
        default = None
    if options:
        return Input(f"var.{name}", f"var.{name}", default, options, closed=True, sensitive=hidden)
    return Input(f"var.{name}", f"var.{name}", default, sensitive=hidden)


def input_of_member(path: str, value: Known[Datum], hidden: bool) -> Input | None:
    """Return the input for an attribute of a variable's default, if that is an object; None for a collection."""
    match value.value:
        case bool() as truth:
            return Input(path, path, truth, [True, False], closed=True, sensitive=hidden)
        case Text() as text if (plain := text.plain) is not None and len(plain) <= MAX_LENGTH:
            return Input(path, path, plain, sensitive=hidden, only_compared=True)
        case int() | float() as number:
            return Input(path, path, number, sensitive=hidden, only_compared=True)
        case _:
            return None


def is_sensitive(variable: DeclaredBlock) -> bool:
    """Return whether the value of a variable or an output is sensitive.

    Terraform documentation, Manage sensitive data.
    """
    marks = [variable.body.attributes.get(name) for name in ("sensitive", "ephemeral")]
    return any(mark is not None and scalar(mark.expr) is True for mark in marks)


def sensitive_calls(declared: object, source_map: SourceMap) -> Iterator[tuple[Expr, SourceMap]]:
    """Yield the arguments of the calls of `sensitive` in a part of a tree, each with its source map."""
    waiting: list[tuple[object, SourceMap]] = [(declared, source_map)]
    while waiting:
        charge(1)
        part, within = waiting.pop()
        if isinstance(part, Relocated | RelocatedBlock):
            within = part.source_map
        if isinstance(part, Call) and part.name.rpartition("::")[2] == "sensitive":
            yield from ((arg, within) for arg in part.args)
        waiting += [(inner, within) for inner in parts_of(part)]


def _may_be_empty(name: str, variable: DeclaredBlock) -> bool:
    """Return whether a variable takes an empty collection, as far as its type and its validations say."""
    type = constraint(variable)
    declared = declared_type(type.expr).type if type is not None else None
    if declared is not None and declared.kind in (Kind.OBJECT, Kind.TUPLE):
        return False
    for block in variable.body.blocks:
        condition = block.body.attributes.get("condition")
        if block.type == "validation" and condition is not None:
            written = variable.source_map.of(condition.expr).text
            if name in written and any(sign in written for sign in _EMPTY):
                return False
    return True


# What a validation has in it that may exclude an empty collection.
_EMPTY = ("length", "null", "[]", "{}", "try", "can", "one")


def _default_literal(variable: DeclaredBlock) -> Scalar | Nothing | Filled | None:
    attribute = variable.body.attributes.get("default")
    if attribute is None:
        return None
    expr = attribute.expr
    while isinstance(expr, Relocated | Parens):
        expr = expr.inner
    match expr:
        case Literal(value=None):
            return NO_VALUE
        case ObjectCons(items=items):
            return Filled(NO_MEMBERS) if items else NO_MEMBERS
        case TupleCons(items=items):
            return Filled(NO_ITEMS) if items else NO_ITEMS
        case _:
            return scalar(expr)

"""Functions that providers define, as far as they need only their arguments.

Facts: Terraform AWS provider documentation, Functions; Terraform documentation, Built-in Provider, Functions.
"""

from __future__ import annotations

from iplint import number as numbers
from iplint.budget import charge
from iplint.datatype import DYNAMIC, STRING
from iplint.location import Origin
from iplint.resource import Passing
from iplint.syntax import hcl
from iplint.syntax.hcl_tree import Attr, Call, Literal, Name, ObjectCons, TemplateExpr, TemplateText, TupleCons
from iplint.syntax.pattern import pattern
from iplint.terraform.expression import MAX_PIECES, MAX_TEXT_LENGTH, evaluate
from iplint.terraform.functions import apply
from iplint.terraform.functions_base import (
    ArgumentError,
    Arguments,
    Excessive,
    Function,
    FunctionTable,
    NeedsUnknown,
    Unsupported,
    hole,
    respelled,
)
from iplint.terraform.functions_text import split
from iplint.terraform.providers import BUILT_IN
from iplint.terraform.scope import PartiallyOrderedSeq, Scope, Thunk
from iplint.terraform.source_map import TextSourceMap
from iplint.value import Absent, Chunk, Hole, Known, Map, Seq, Text, Unknown, literal_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.location import Span
    from iplint.resource import Passed
    from iplint.syntax.hcl_tree import Attribute, Expr
    from iplint.value import Lazy, Value

AWS = "hashicorp/aws"

PROVIDER = FunctionTable()
DECODE = f"{BUILT_IN}::decode_tfvars"
# What an ARN consists of, behind `arn`.
PARTS = ("partition", "service", "region", "account_id", "resource")
MAX_DEPTH = 100
STEPS_A_PART = 8
_NAME = pattern(r"(?![\d-])[\w-]+")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def passed_by(name: str) -> Passed | None:
    """Return which texts of its arguments a function passes on, whatever the module calls the provider."""
    _, _, function = name.rpartition("::")
    found = next((one for key, one in PROVIDER.functions.items() if key.endswith(f"::{function}")), None)
    return found.passed if found is not None else None


def call(source: str, name: str, args: list[Value], scope: Scope, at: Span) -> Value | None:
    """Return the result of a function of the provider at `source`; None when there is no such function here."""
    key = f"{source}::{name}"
    function = PROVIDER.functions.get(key)
    if function is None:
        return None
    if key == DECODE:
        function = Function(
            lambda args: _decoded(args, scope), 1, 1, total=False, passed=function.passed, types=function.types
        )
    return apply(function, f"provider::{source.rpartition('/')[2]}::{name}", args, at)


# ARNs


def _arn(args: Arguments) -> list[Text]:
    """Return the parts of an ARN after `arn`."""
    found = split(Arguments(args.name, [Known(literal_text(":", Origin(args.at)), args.at), args[0]], args.at))
    if not isinstance(found, Known) or not isinstance(found.value, Seq):
        raise ArgumentError
    if isinstance(found.value, PartiallyOrderedSeq):
        raise NeedsUnknown(*(gap.value for gap in args.text(0).holes))
    parts = [Text((hole(item),)) if isinstance(item, Unknown) else _text(item) for item in found.value]
    if len(parts) <= len(PARTS) or parts[0].plain != "arn":
        raise ArgumentError
    return [*parts[1 : len(PARTS)], args.assembled(_parted(parts[len(PARTS) :], ":", args.at))]


def _text(value: Value) -> Text:
    if not isinstance(value, Known) or not isinstance(value.value, Text):
        raise ArgumentError
    return value.value


def _parted(texts: list[Text], separator: str, at: Span) -> Iterator[Chunk | Hole]:
    """Yield the pieces of some texts, with a separator between them."""
    for index, text in enumerate(texts):
        if index:
            yield Chunk(separator, Origin(at))
        yield from text.pieces


@PROVIDER(f"{AWS}::arn_build", takes=5, total=True, passes=Passing.TOGETHER, types=(STRING,))
def arn_build(args: Arguments) -> Value:
    """Return an ARN made of its parts."""
    given = [args[index] for index in range(len(PARTS))]
    parts = [Text((hole(part),)) if isinstance(part, Unknown) else _text(part) for part in given]
    return args.pieces(_parted([literal_text("arn", Origin(args.at)), *parts], ":", args.at))


@PROVIDER(f"{AWS}::arn_parse", takes=1, passes=Passing.PART, types=(STRING,))
def arn_parse(args: Arguments) -> Value:
    """Return the parts of an ARN by their names."""
    entries: dict[str, tuple[Span, Lazy]] = {}
    for name, part in zip(PARTS, _arn(args), strict=True):
        entries[name] = (args.at, _whole(part, args))
    return args.known(Map(entries))


def _whole(part: Text, args: Arguments) -> Value:
    match part.pieces:
        case (Hole(value=unknown),):
            return unknown
        case _:
            return args.known(part)


@PROVIDER(f"{AWS}::trim_iam_role_path", takes=1, passes=Passing.PART, types=(STRING,))
def trim_iam_role_path(args: Arguments) -> Value:
    """Return the ARN of a role without the path of its name."""
    partition, service, region, account, resource = _arn(args)
    if service.holes or region.holes:
        raise NeedsUnknown(*(gap.value for gap in (*service.holes, *region.holes)))
    if service.plain != "iam" or region.plain:
        raise ArgumentError
    cut = split(
        Arguments(args.name, [Known(literal_text("/", Origin(args.at)), args.at), args.known(resource)], args.at)
    )
    if not isinstance(cut, Known) or not isinstance(cut.value, Seq):
        raise ArgumentError
    if isinstance(cut.value, PartiallyOrderedSeq):
        raise NeedsUnknown(*(gap.value for gap in resource.holes))
    names = [Text((hole(item),)) if isinstance(item, Unknown) else _text(item) for item in cut.value]
    if len(names) < 2 or names[0].plain != "role":
        raise ArgumentError
    trimmed = Text((*_parted([names[0], names[-1]], "/", args.at),))
    arn = literal_text("arn", Origin(args.at))
    return args.pieces(_parted([arn, partition, service, region, account, trimmed], ":", args.at))


# Files of values


class _Writer:
    """Write values in Terraform's language: members of an object one below the other, equals signs in columns."""

    __slots__ = ("_pieces", "_size")

    def __init__(self) -> None:
        self._pieces: list[Chunk | Hole] = []
        self._size = 0

    def text(self, at: Span) -> Text:
        """Return what was written."""
        return Text(tuple(self._pieces) or (Chunk("", Origin(at)),))

    def put(self, string: str, at: Span) -> None:
        """Write something literal."""
        self._size += len(string)
        if self._size > MAX_TEXT_LENGTH or len(self._pieces) > MAX_PIECES:
            raise Excessive("a text that is too large")
        charge(STEPS_A_PART)
        self._pieces.append(Chunk(string, Origin(at)))

    def assignments(self, members: Map, depth: int, at: Span) -> None:
        """Write the members of an object, each as an assignment on a line of its own."""
        if members.more is not None:
            raise NeedsUnknown(members.more)
        names = sorted(members)
        shown = [name if _NAME().fullmatch(name) else _quoted(name) for name in names]
        values = [members.get(name) or Absent(at) for name in names]
        for index, (name, value) in enumerate(zip(shown, values, strict=True)):
            # Only lines one below the other that are assignments have their equals signs in one column.
            first = last = index
            while first and not _has_lines(values[first - 1]) and not _has_lines(value):
                first -= 1
            while last + 1 < len(values) and not _has_lines(values[last + 1]) and not _has_lines(value):
                last += 1
            width = max(len(one) for one in shown[first : last + 1])
            self.put(f"{'  ' * depth}{name.ljust(width)} = ", value.at)
            self.write(value, depth)
            self.put("\n", value.at)

    def write(self, value: Value, depth: int) -> None:
        """Write a value."""
        if depth > MAX_DEPTH:
            raise Excessive("a value that is nested too deeply")
        match value:
            case Absent():
                self.put("null", value.at)
            case Unknown():
                raise NeedsUnknown(value)
            case Known(Text() as text):
                self._string(text, value.at)
            case Known(bool() as truth):
                self.put("true" if truth else "false", value.at)
            case Known(int() | float() as number):
                if numbers.is_infinite(number):
                    raise ArgumentError
                self.put(numbers.text(number), value.at)
            case Known(Seq() as items):
                self._items(items, depth, value.at)
            case Known(Map() as members) if len(members) or members.more is not None:
                self.put("{\n", value.at)
                self.assignments(members, depth + 1, value.at)
                self.put(f"{'  ' * depth}}}", value.at)
            case Known(Map()):
                self.put("{}", value.at)
            case Known():
                raise ArgumentError

    def _items(self, items: Seq, depth: int, at: Span) -> None:
        if items.more is not None:
            raise NeedsUnknown(items.more)
        if sum(map(_has_lines, items)) > 1:
            raise Unsupported("how Terraform indents several objects of one list")
        self.put("[", at)
        for index, item in enumerate(items):
            if index:
                self.put(", ", at)
            self.write(item, depth)
        self.put("]", at)

    def _string(self, text: Text, at: Span) -> None:
        self.put('"', at)
        for gap in text.holes:
            raise NeedsUnknown(gap.value)
        if "${" in text.flat or "%{" in text.flat:
            # A mark may begin in one piece and end in the next.
            self.put("".join(map(_in_quotes, text.flat)).replace("${", "$${").replace("%{", "%%{"), at)
        else:
            for piece in text.pieces:
                if isinstance(piece, Chunk):
                    self._size += len(piece.text)
                    self._pieces += respelled(piece, _in_quotes)
        self.put('"', at)


def _has_lines(value: Value) -> bool:
    """Return whether a value is written on several lines."""
    match value:
        case Known(Seq() as items):
            return any(map(_has_lines, items))
        case Known(Map() as members):
            return bool(len(members)) or members.more is not None
        case _:
            return False


def _in_quotes(letter: str) -> str:
    escape = _ESCAPES.get(letter)
    if escape is not None:
        return escape
    if letter.isprintable():
        return letter
    return f"\\u{ord(letter):04x}" if letter <= "\uffff" else f"\\U{ord(letter):08x}"


def _quoted(name: str) -> str:
    return f'"{"".join(map(_in_quotes, name))}"'.replace("${", "$${").replace("%{", "%%{")


@PROVIDER(f"{BUILT_IN}::encode_expr", takes=1, passes=Passing.MEMBERS, types=(DYNAMIC,))
def encode_expr(args: Arguments) -> Value:
    """Return a value as the expression that gives it."""
    writer = _Writer()
    writer.write(args[0], 0)
    return args.known(writer.text(args.at))


@PROVIDER(f"{BUILT_IN}::encode_tfvars", takes=1, passes=Passing.MEMBERS, types=(DYNAMIC,))
def encode_tfvars(args: Arguments) -> Value:
    """Return an object as a file of values."""
    members = args.datum(0)
    if not isinstance(members, Map) or not all(_NAME().fullmatch(name) for name in members):
        raise ArgumentError
    writer = _Writer()
    writer.assignments(members, 0, args.at)
    return args.known(writer.text(args.at))


@PROVIDER(f"{BUILT_IN}::decode_tfvars", takes=1, passes=Passing.ENCODED, types=(STRING,))
def decode_tfvars(args: Arguments) -> Value:
    """Return what a file of values assigns. Its expressions need a scope: see `call`."""
    return _decoded(args, None)


def _decoded(args: Arguments, scope: Scope | None) -> Value:
    text = args.text(0)
    if text.holes or scope is None:
        raise NeedsUnknown(*(gap.value for gap in text.holes))
    source_map = TextSourceMap(text, args.at.path)
    body, problems = hcl.parse(source_map.source)
    if problems or body.blocks:
        raise ArgumentError
    inside = Scope(scope.context, source_map, scope.where, {})
    entries: dict[str, tuple[Span, Lazy]] = {}
    for name, attribute in body.attributes.items():
        if isinstance(attribute.expr, Name | Attr | Call):
            raise ArgumentError  # nothing has a name there
        if not _is_constant(attribute.expr):
            raise Unsupported("a value that is computed")
        entries[name] = (source_map.span(attribute.start, attribute.name_end), _assigned(attribute, inside))
    return args.known(Map(entries))


def _is_constant(expr: Expr) -> bool:
    """Return whether an expression is written out: it names nothing, and calls and computes nothing."""
    match expr:
        case Literal():
            return True
        case TemplateExpr(parts=parts):
            return all(isinstance(part, TemplateText) for part in parts)
        case TupleCons(items=items):
            return all(map(_is_constant, items))
        case ObjectCons(items=items):
            return all((isinstance(key, Name) or _is_constant(key)) and _is_constant(value) for key, value in items)
        case _:
            return False


def _assigned(attribute: Attribute, scope: Scope) -> Lazy:
    at = scope.span(attribute.expr)
    return Thunk(scope.context.scenario, at, lambda: evaluate(attribute.expr, scope))

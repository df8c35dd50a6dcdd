"""The intrinsic functions.

Facts: CloudFormation Template Reference, "Intrinsic function reference", and there the page of each function.
"""

from __future__ import annotations

import re
from functools import cache

from iplint.aws.marks import stands_for_key
from iplint.budget import charge, charge_bytes
from iplint.cloudformation.calls import INCLUDE, RAIN, TRANSFORM, call_of, scalar_text
from iplint.cloudformation.conditions import CONDITIONS, resolved, truth_of
from iplint.cloudformation.loops import alphanumeric, substituted
from iplint.cloudformation.parameters import is_literal
from iplint.cloudformation.texts import (
    MAX_PIECES,
    assembled,
    canonical,
    charge_parts,
    described,
    identified,
    json_text,
    literal,
    pieces_of,
    reasons_of,
)
from iplint.location import Origin
from iplint.resource import Notice, NoticeCause, NoticeKind, Passed, Passing
from iplint.scenario import Circular
from iplint.syntax.tree import Mapping, Scalar, Sequence
from iplint.value import (
    Absent,
    Chunk,
    Hole,
    Known,
    Reason,
    Ref,
    Refused,
    Seq,
    Text,
    Unknown,
    as_text,
    literal_text,
    may_hold,
    spread,
    with_step,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from iplint.cloudformation.calls import IntrinsicCall
    from iplint.cloudformation.context import NodeScope
    from iplint.cloudformation.texts import Piece
    from iplint.location import Span
    from iplint.syntax.tree import Node
    from iplint.value import Input, Lazy, Value

    # The place is the name that the result is the value of, if there is one.
    Function = Callable[[IntrinsicCall, NodeScope, Span | None], Value]

# What a text of variables costs, and each variable in it, in steps of the budget.
_STEPS_OF_SUB = 60
_STEPS_OF_VARIABLE = 24
_STEPS_OF_SPLIT = 120
# Memory of an item of a list that is joined, with its label.
_BYTES_OF_PART = 80


def _unsettled(call: IntrinsicCall, scope: NodeScope, *values: Value, present: bool = True) -> Unknown:
    """Return the unknown result of a function that depends on these values."""
    reasons = reasons_of(*values) or (Reason(f"what {call.name} gives", call.at),)
    return Unknown(reasons, call.at, present, identity=scope.identity(call))


# References


def _ref(call: IntrinsicCall, scope: NodeScope, place: Span | None) -> Value:
    name = _name(call.argument, scope)
    if name is None:
        return scope.unreadable("Ref is not given a name", call.at)
    return scope.reference(name, call.at, place or call.at)


def _get_att(call: IntrinsicCall, scope: NodeScope, place: Span | None) -> Value:
    del place
    parts = [_name(node, scope) for node in call.arguments]
    known = [part for part in parts if part is not None]
    if not known or len(known) < len(parts):
        return scope.unreadable("Fn::GetAtt is not given a resource and an attribute", call.at)
    return scope.attribute(".".join(known), call.at)


def _name(node: Node, scope: NodeScope) -> str | None:
    """Return a name, which may be computed in templates with language extensions."""
    if isinstance(node, Scalar) and node.tag is None:
        return substituted(node.text, scope)
    return as_text(scope.value(node)) if call_of(node) is not None else None


def _import_value(call: IntrinsicCall, scope: NodeScope, place: Span | None) -> Value:
    del place
    name = scope.value(call.argument)
    plain = as_text(name)
    found = scope.evaluation.template.imported(plain, scope.evaluation.scenario) if plain is not None else None
    if found is not None:
        return with_step(found, call.at, f"imports {plain}")
    export, candidates, key = described(name), None, None
    if isinstance(name, Known) and isinstance(name.value, Text):
        template = scope.evaluation.template
        export, candidates = name.value.display, template.export_candidates(name.value)
        key = template.exported_key(name.value) if candidates else None
    identity = f"import {canonical(name) or scope.identity(call)}"
    what = f"import {export}, {candidates}" if candidates else f"import {export}"
    return Unknown((Reason(what, call.at),), call.at, present=True, ref=key, identity=identity)


def _get_stack_output(call: IntrinsicCall, scope: NodeScope, place: Span | None) -> Value:
    """Return the output of another stack, which need not export it."""
    del place
    given = call.argument
    stack, output = (given.get(name) if isinstance(given, Mapping) else None for name in ("StackName", "OutputName"))
    if stack is None or output is None:
        return scope.unreadable("Fn::GetStackOutput is not given a stack and an output", call.at)
    names = " of stack ".join(described(scope.value(node)) for node in (output, stack))
    return Unknown((Reason(f"output {names}", call.at),), call.at, present=True, identity=scope.identity(call))


def _find_in_map(call: IntrinsicCall, scope: NodeScope, place: Span | None) -> Value:
    arguments = call.arguments
    if not 3 <= len(arguments) <= 4:
        return scope.unreadable("Fn::FindInMap takes a mapping and two keys", call.at)
    map_name, *keys = (scope.value(node) for node in arguments[:3])
    options = arguments[3] if len(arguments) == 4 else None
    default = options.get("DefaultValue") if isinstance(options, Mapping) else None
    name = as_text(map_name)
    if name is None:
        return _unsettled(call, scope, map_name)
    mapping = scope.evaluation.template.mapping(name)
    if mapping is None and default is None:
        return scope.missing(f"mapping {name}", call.at)
    rows = _entries(mapping)
    if _distinct([cell for row in _open(rows, keys[0]) for cell in _open(_entries(row), keys[1])]) > 1:
        for option in rows:
            is_literal(keys[0], option)
        for row in _matching(rows, keys[0]):
            for option in _entries(row):
                is_literal(keys[1], option)
    cells = [cell for row in _matching(rows, keys[0]) for cell in _matching(_entries(row), keys[1])]
    certain = all(as_text(key) is not None for key in keys)
    if default is not None and not (certain and cells):
        cells.append(default)
    if _distinct(cells) == 1:
        return with_step(_cell(cells[0], scope, call), call.at, f"refers to mapping {name}")
    if not cells and any(isinstance(key, Unknown) and key.excludes for key in keys):
        # The scenario chooses a key that the mapping does not have.
        what = f"a key that mapping {name} does not have"
        return Unknown((Refused(what, call.at),), call.at, present=True, identity=scope.identity(call))
    if cells or not certain:
        return _unsettled(call, scope, *keys)
    what = f'entry "{as_text(keys[0])}", "{as_text(keys[1])}" of mapping {name}'
    if any(isinstance(key, Known) and key.input is not None for key in keys):
        return Unknown((Reason(what, call.at),), call.at, present=True, identity=scope.identity(call))
    return scope.missing(what, call.at)


def _cell(node: Node, scope: NodeScope, call: IntrinsicCall) -> Value:
    """Return the value of an entry of a mapping, evaluated once for all calls."""
    evaluation = scope.evaluation
    if scope.loops or isinstance(node, Scalar):
        return scope.value(node)
    try:
        return evaluation.scenario.memo((evaluation, node), lambda: scope.value(node))
    except Circular:
        return scope.circular("an entry of a mapping", call.at)


def _entries(node: Node | None) -> dict[str, tuple[Scalar, Node]]:
    return node.entries if isinstance(node, Mapping) else {}


def _matching(entries: dict[str, tuple[Scalar, Node]], key: Value) -> list[Node]:
    """Return the entries at the keys that the value may have."""
    plain = as_text(key)
    if plain is not None:
        return [entries[plain][1]] if plain in entries else []
    charge(len(entries))
    match key:
        case Unknown(excludes=excludes):
            charge(len(entries) * len(excludes))
            return [node for name, (_, node) in entries.items() if name not in excludes]
        case Known(Text() as text):
            return [node for name, (_, node) in entries.items() if text.equals(name) is not False]
        case _:
            return []


def _open(entries: dict[str, tuple[Scalar, Node]], key: Value) -> list[Node]:
    """Return the entries at the keys that the value may have in any scenario."""
    varies = isinstance(key, Unknown) or (isinstance(key, Known) and key.input is not None)
    if not varies:
        return _matching(entries, key)
    charge(len(entries))
    return [node for _, node in entries.values()]


def _distinct(nodes: list[Node]) -> int:
    """Return how many different literal values the nodes have."""
    charge(len(nodes))
    # A reference is another value than the text that is its name.
    return len(
        {(node.tag, node.text if isinstance(node, Scalar) else " ".join(node.at.text.split())) for node in nodes}
    )


# Texts


@cache
def _variables() -> re.Pattern[str]:
    # Anything else in braces is not a variable: templates that CloudFormation refuses still hold texts worth reading.
    return re.compile(r"\$\{(?:(!)|\s*([A-Za-z0-9_.:]+)\s*\})|&\{\s*([A-Za-z0-9]+)\s*\}")


def _sub(call: IntrinsicCall, scope: NodeScope, place: Span | None) -> Value:
    del place
    match call.arguments:
        case [Scalar(tag=None) as template]:
            given: dict[str, tuple[Scalar, Node]] = {}
        case [Scalar(tag=None) as template, Mapping() as variables]:
            given = _entries(variables)
        case _:
            return scope.unreadable("Fn::Sub is not given a text, or a text and a mapping", call.at)
    string, origin = template.text, template.origin
    charge(_STEPS_OF_SUB + len(string) // 64)
    pieces: list[Piece] = []
    # What a variable of its own is given may be another text of variables: it is worked out once.
    values: dict[str, Value] = {}
    last = 0
    for found in _variables().finditer(string):
        charge(_STEPS_OF_VARIABLE)
        if len(pieces) > MAX_PIECES:
            break  # the text is too long, whatever follows
        start, end = found.span()
        if found[1]:
            pieces.append(Chunk(string[last : end - 1], origin, last))
            last = end
            continue
        name = found[2] or found[3]
        at = origin.span(start, end)
        if found[3]:
            if name not in scope.loops:
                continue
            value = _alphanumeric(scope.loops[name], at)
        elif name in given:
            if name not in values:
                values[name] = scope.value(given[name][1])
            value = values[name]
        elif ":" in name.replace("::", ""):
            value = _of_other_tool(f"${{{name}}}", at, scope)
        else:
            value = scope.variable(name, at)
        if found[0] == string and not isinstance(value, Absent):
            return _as_text(value, at)
        if last < start:
            pieces.append(Chunk(string[last:start], origin, last))
        pieces += pieces_of(value, found[0] if found[3] else f"${{{name}}}")
        last = end
    if last < len(string) or not pieces:
        pieces.append(Chunk(string[last:], origin, last))
    return Known(assembled(pieces, template.at), template.at)


def _of_other_tool(variable: str, at: Span, scope: NodeScope) -> Unknown:
    """Return the value of another tool's variable such as `${self:custom.stage}`, no name of CloudFormation."""
    message = f"{variable} is a variable of another tool, which fills it in before CloudFormation reads the template"
    scope.evaluation.template.note(Notice(NoticeKind.UNSUPPORTED, at.path, message, at, cause=NoticeCause.TOOL))
    return Unknown((Reason(f"{variable}, which another tool fills in", at),), at, identity=variable)


def _alphanumeric(value: Value, at: Span) -> Value:
    """Return the value of `&{Id}` for a loop variable."""
    string = as_text(value)
    return Known(literal_text(alphanumeric(string), Origin(at)), value.at, value.trail) if string is not None else value


def _as_text(value: Value, at: Span) -> Value:
    """Return a value that is a whole text: unchanged, but numbers and booleans become texts."""
    match value:
        case Known(bool() | int() | float()):
            return Known(assembled(pieces_of(value, ""), at), value.at, value.trail, value.ref)
        case _:
            return value


def _join(call: IntrinsicCall, scope: NodeScope, place: Span | None) -> Value:
    del place
    match call.arguments:
        case [Scalar(tag=None) as delimiter, given]:
            pass
        case _:
            return scope.unreadable("Fn::Join is not given a delimiter and a list", call.at)
    between = Chunk(scalar_text(delimiter), delimiter.origin)
    parts: list[tuple[Value, str]] = []
    # What is compared with all items of a parameter is compared with the parameter.
    input: Input | None = None
    if isinstance(given, Sequence) and given.tag is None:
        for node in given.items:
            value, label = scope.value(node), _label(node, scope)
            parts += [(item, label) for item in _flattened(value)]
    else:
        value, label = scope.value(given), _label(given, scope)
        if isinstance(value, Absent | Unknown):
            return _unsettled(call, scope, value)
        parts += [(item, label) for item in _flattened(value)]
        input = value.input
    present = [(value, label) for value, label in parts if not isinstance(value, Absent)]
    if len(present) == 1:
        return _as_text(present[0][0], call.at)
    pieces: list[Piece] = []
    for index, (value, label) in enumerate(present):
        if len(pieces) > MAX_PIECES:
            break  # the text is too long, whatever follows
        if index and between.text:
            pieces.append(between)
        pieces += pieces_of(value, label)
    return Known(assembled(pieces, call.at), call.at, (), None, input)


def _flattened(value: Value) -> list[Value]:
    match value:
        case Known(Seq() as items):
            charge(len(items))
            charge_bytes(_BYTES_OF_PART * len(items))
            return [*items, *([items.more] if items.more is not None else [])]
        case _:
            return [value]


def _label(node: Node, scope: NodeScope) -> str:
    """Return the notation of the hole for a node: references as in Fn::Sub."""
    call = call_of(node)
    if call is None:
        return "${?}"
    if call.name in ("Ref", "Fn::GetAtt"):
        return f"${{{'.'.join(_name(argument, scope) or '?' for argument in call.arguments)}}}"
    return f"${{{call.name}}}"


def _split(call: IntrinsicCall, scope: NodeScope, place: Span | None) -> Value:
    match call.arguments:
        case [Scalar(tag=None) as delimiter, node]:
            value = scope.value(node)
        case _:
            return scope.unreadable("Fn::Split is not given a delimiter and a text", call.at)
    separator = scalar_text(delimiter)
    if not isinstance(value, Known) or not isinstance(value.value, Text) or not separator:
        return _unsettled(call, scope, value)
    whole = value.value
    flat = whole.flat
    charge(_STEPS_OF_SPLIT)
    charge_parts(whole, flat.count(separator))
    # A hole may contain a delimiter or a part of one: then the positions of the items after it are wrong.
    overlaps = any(separator.startswith(separator[index:]) for index in range(1, len(separator)))
    items: list[Lazy] = []
    ahead: int | None = None
    start = 0
    for part in flat.split(separator):
        end = start + len(part)
        at = whole.span(start, end)
        pieces = whole.slice(start, end).pieces
        has_open = any(isinstance(piece, Hole) and may_hold(piece.value, separator) for piece in pieces)
        if has_open and ahead is None:
            ahead = len(items)
        if len(pieces) == 1 and isinstance(pieces[0], Hole) and not has_open:
            items.append(pieces[0].value)
        elif has_open or (ahead is not None and overlaps):
            items.append(Unknown(reasons_of(value), at, present=True, trail=value.trail, ref=_part_of(pieces)))
        else:
            items.append(Known(assembled(list(pieces), at), at, value.trail))
        start = end + len(separator)
    return Known(
        Seq(items) if ahead is None else _Parts(items, _unsettled(call, scope, value), ahead), place or call.at
    )


def _part_of(pieces: tuple[Piece, ...]) -> Ref | None:
    """Return the attribute of a resource of which an item that is split off is some part, and of nothing else."""
    match pieces:
        case (Hole(value=Unknown(ref=Ref() as ref)),) if not ref.resource.data:
            return Ref(ref.resource, f"part of {ref.attribute}")
        case _:
            return None


class _Parts(Seq):
    """The parts of a text with holes. `ahead` is the number of parts before the first hole, whose positions are
    certain.
    """

    __slots__ = ("ahead",)

    def __init__(self, items: list[Lazy], more: Unknown, ahead: int) -> None:
        super().__init__(items, more)
        self.ahead = ahead

    def is_certain(self, position: int) -> bool:
        """Return whether what is at a position is the item with this number: all before the first that has a hole, and
        this one if it begins with some part of what an attribute is.
        """
        if position != self.ahead:
            return position < self.ahead
        item = self.item(position)
        return isinstance(item, Unknown) and item.ref is not None


def _select(call: IntrinsicCall, scope: NodeScope, place: Span | None) -> Value:
    del place
    if len(call.arguments) != 2:
        return scope.unreadable("Fn::Select takes a position and a list", call.at)
    position, items = (scope.value(node) for node in call.arguments)
    number = as_text(position)
    if isinstance(items, Known) and isinstance(items.value, Seq):
        for index in range(len(items.value)):
            is_literal(position, str(index))
        if isinstance(position, Unknown) and position.excludes and items.value.more is None:
            what = f"a position that a list of {len(items.value)} does not have"
            return Unknown((Refused(what, call.at),), call.at, identity=scope.identity(call))
    match items:
        case Known(_Parts() as parts) if number is not None and number.isdecimal() and parts.is_certain(int(number)):
            return parts.item(int(number))
        case Known(Seq() as listed) if number is not None and listed.more is None:
            if number.isdecimal() and int(number) < len(listed):
                return listed.item(int(number))
            what = f"item {number} of a list of {len(listed)}"
            return Unknown((Reason(what, call.at),), call.at, identity=scope.identity(call))
        case _:
            return _unsettled(call, scope, position, items)


def _base64(call: IntrinsicCall, scope: NodeScope, place: Span | None) -> Value:
    inner = scope.value(call.argument, place)
    match inner:
        case Absent():
            return inner
        case Unknown():
            return _made_of_key(_unsettled(call, scope, inner, present=inner.present), [inner])
        case Known():
            inside = _as_text(inner, call.at)
            holes = inside.value.holes if isinstance(inside, Known) and isinstance(inside.value, Text) else ()
            unknown = _made_of_key(_unsettled(call, scope, inside), [hole.value for hole in holes])
            return Known(Text((Hole(unknown, "base64 text"),), ("base64", inside)), inner.at, inner.trail)


def _made_of_key(value: Unknown, parts: list[Unknown]) -> Unknown:
    """Return what is made of some parts, which stands for a part of a key where one of them does."""
    key = next((part for part in parts if stands_for_key(part)), None)
    if key is None:
        return value
    return Unknown(value.reasons, value.at, value.present, value.trail, key.ref, key.input, value.identity)


def _to_json_string(call: IntrinsicCall, scope: NodeScope, place: Span | None) -> Value:
    value = scope.value(call.argument, place)
    return Known(json_text(value, call.at), place or call.at)


# Lists


def _length(call: IntrinsicCall, scope: NodeScope, place: Span | None) -> Value:
    del place
    items = scope.value(call.argument)
    match items:
        case Known(Seq() as listed) if listed.more is None:
            # A text, as a number is compared by how it is written.
            return Known(literal_text(str(len(listed)), Origin(call.at)), call.at)
        case _:
            open_ends = _unsettled(call, scope, items)
            reasons = tuple(Reason(f"the length that {reason.what} has", reason.at) for reason in open_ends.reasons)
            return Unknown(reasons, call.at, True, identity=open_ends.identity)


def _made_by_aws(call: IntrinsicCall, scope: NodeScope, place: Span | None) -> Value:
    """Return an Unknown for a result that depends on the account or is costly to compute, and decides no verdict."""
    del place
    return _unsettled(call, scope, *(scope.value(node) for node in call.arguments))


# Parameters as a whole, in the section Rules


def _ref_all(call: IntrinsicCall, scope: NodeScope, place: Span | None) -> Value:
    """Return the values of all parameters of a type, in one list."""
    kind = scope.value(call.argument)
    section = scope.evaluation.template.section("Parameters")
    charge(len(section.entries) if section is not None else 0)
    items: list[Lazy] = []
    doubtful: list[Unknown] = []
    for name, (_, node) in section.entries.items() if section is not None else ():
        type = node.get("Type") if isinstance(node, Mapping) else None
        if isinstance(type, Scalar) and type.text == as_text(kind):
            for value in spread(scope.reference(name, call.at, call.at)):
                if isinstance(value, Unknown):
                    doubtful.append(value)
                else:
                    items.append(value)
    if not isinstance(kind, Known):
        return _unsettled(call, scope, kind)
    more = _unsettled(call, scope, *doubtful) if doubtful else None
    return Known(Seq(items, more), place or call.at)


def _of_account(call: IntrinsicCall, scope: NodeScope, place: Span | None) -> Value:
    """Return what the account knows of the values of parameters: the network of a subnet, its tags."""
    del place
    reason = Reason(f"what {call.name} gives", call.at)
    return Unknown((reason,), call.at, present=True, identity=scope.identity(call))


# Choices


def _if(call: IntrinsicCall, scope: NodeScope, place: Span | None) -> Value:
    if len(call.arguments) != 3:
        return scope.unreadable("Fn::If takes the name of a condition and two values", call.at)
    condition, yes, no = call.arguments
    if isinstance(condition, Scalar) and condition.tag is None:
        truth = resolved(scope.evaluation.condition(substituted(condition.text, scope), condition.at), scope)
    else:
        truth = resolved(truth_of(condition, scope), scope)
    if not isinstance(truth, Unknown):
        return scope.value(yes if truth else no, place)
    present = all(_is_present(scope.value(node, place)) for node in (yes, no))
    return Unknown(truth.reasons, call.at, present, identity=scope.identity(call))


def _is_present(value: Value) -> bool:
    return isinstance(value, Known) or (isinstance(value, Unknown) and value.present)


def _truth(call: IntrinsicCall, scope: NodeScope, place: Span | None) -> Value:
    del place
    truth = resolved(CONDITIONS[call.name](call, scope), scope)
    return identified(truth, scope.identity(call)) if isinstance(truth, Unknown) else Known(truth, call.at)


# What is not carried out


def _transform(call: IntrinsicCall, scope: NodeScope, place: Span | None) -> Value:
    del place
    return not_expanded(call.argument, scope, call.at)


def loop_text(node: Scalar, scope: NodeScope) -> Value:
    """Return a text in a loop with the loop variables replaced wherever they are written.

    CloudFormation User Guide, "Fn::ForEach": all instances of the identifier in the output value are replaced.
    """
    string, origin = node.text, node.origin
    charge(_STEPS_OF_SUB + len(string) // 64)
    pieces: list[Piece] = []
    last = 0
    for found in _variables().finditer(string):
        name = found[2] or found[3]
        if name not in scope.loops:
            continue
        charge(_STEPS_OF_VARIABLE)
        if len(pieces) > MAX_PIECES:
            break  # the text is too long, whatever follows
        start, end = found.span()
        at = origin.span(start, end)
        value = with_step(scope.loops[name], at, f"refers to loop variable {name}")
        value = _alphanumeric(value, at) if found[3] else value
        if found[0] == string:
            return _as_text(value, at)
        if last < start:
            pieces.append(Chunk(string[last:start], origin, last))
        pieces += pieces_of(value, found[0])
        last = end
    if not pieces:
        return Known(literal(string, origin), node.at)
    if last < len(string):
        pieces.append(Chunk(string[last:], origin, last))
    return Known(assembled(pieces, node.at), node.at)


def is_include(argument: Node) -> bool:
    """Return whether a transform only adds the content of a file beside its call."""
    name = argument.get("Name") if isinstance(argument, Mapping) else None
    return isinstance(name, Scalar) and name.text == INCLUDE


def not_expanded(argument: Node, scope: NodeScope, at: Span, *, unsettles: bool = False) -> Unknown:
    """Return the Unknown in place of a macro's result, which is reported in a notice.

    It `unsettles` the whole root where the macro may add anything.
    """
    name = argument.get("Name") if isinstance(argument, Mapping) else None
    macro = name.text if isinstance(name, Scalar) else "a macro"
    scope.evaluation.template.note_unsupported(macro, at, argument.at, unsettles=unsettles)
    return Unknown((Reason(f"the transform {macro}", at),), at, identity=f"{TRANSFORM} {at.path}:{at.start}")


def unknown_function(call: IntrinsicCall, scope: NodeScope) -> Unknown:
    """Return the Unknown for a function that CloudFormation does not have, or that is too new; reported in a notice."""
    message = f"{call.name} is not a function that iplint knows: its result is not checked"
    if call.name.startswith(RAIN):
        message = f"!{call.name} is left to Rain: its result is not checked"
    scope.evaluation.template.note(
        Notice(NoticeKind.UNSUPPORTED, call.at.path, message, call.at, cause=NoticeCause.FUNCTION)
    )
    return Unknown((Reason(f"what {call.name} gives", call.at),), call.at, identity=scope.identity(call))


class IntrinsicFunction:
    """A function: its implementation, which argument texts the result contains, and whether it is a reference."""

    __slots__ = ("is_reference", "make", "passed")

    def __init__(self, make: Function, passed: Passed, *, is_reference: bool = False) -> None:
        self.make = make
        self.passed = passed
        self.is_reference = is_reference


_NOTHING = Passed(Passing.NONE)
FUNCTIONS: dict[str, IntrinsicFunction] = {
    "Condition": IntrinsicFunction(_truth, _NOTHING, is_reference=True),
    "Ref": IntrinsicFunction(_ref, _NOTHING, is_reference=True),
    "Fn::Base64": IntrinsicFunction(_base64, Passed(Passing.ENCODED)),
    "Fn::Cidr": IntrinsicFunction(_made_by_aws, _NOTHING),
    "Fn::FindInMap": IntrinsicFunction(_find_in_map, Passed(Passing.SAME, (3,))),
    "Fn::GetAZs": IntrinsicFunction(_made_by_aws, _NOTHING),
    "Fn::GetAtt": IntrinsicFunction(_get_att, _NOTHING, is_reference=True),
    "Fn::GetStackOutput": IntrinsicFunction(_get_stack_output, _NOTHING, is_reference=True),
    "Fn::If": IntrinsicFunction(_if, Passed(Passing.MEMBERS, (1, 2))),
    "Fn::ImportValue": IntrinsicFunction(_import_value, _NOTHING, is_reference=True),
    "Fn::Join": IntrinsicFunction(_join, Passed(Passing.TOGETHER)),
    "Fn::Length": IntrinsicFunction(_length, _NOTHING),
    "Fn::RefAll": IntrinsicFunction(_ref_all, _NOTHING),
    "Fn::Select": IntrinsicFunction(_select, Passed(Passing.SAME, (1,))),
    "Fn::Split": IntrinsicFunction(_split, Passed(Passing.PART, (1,))),
    "Fn::Sub": IntrinsicFunction(_sub, Passed(Passing.TOGETHER)),
    "Fn::ToJsonString": IntrinsicFunction(_to_json_string, Passed(Passing.TOGETHER)),
    "Fn::ValueOf": IntrinsicFunction(_of_account, _NOTHING),
    "Fn::ValueOfAll": IntrinsicFunction(_of_account, _NOTHING),
    TRANSFORM: IntrinsicFunction(_transform, Passed(Passing.MEMBERS)),
    **{name: IntrinsicFunction(_truth, _NOTHING) for name in CONDITIONS if name != "Condition"},
}

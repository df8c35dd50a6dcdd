"""The data source `aws_iam_policy_document`: render its blocks to a policy.

Terraform AWS provider documentation, Data Source: aws_iam_policy_document.
"""

from __future__ import annotations

from iplint.budget import charge, charge_bytes
from iplint.location import Origin
from iplint.syntax.partial import parse_json
from iplint.terraform.scope import Thunk
from iplint.terraform.truth import unknowns
from iplint.value import (
    Absent,
    Chunk,
    Hole,
    Known,
    Map,
    Reason,
    Seq,
    Text,
    Unknown,
    as_text,
    dig,
    literal_text,
    merged_reasons,
    spread,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from iplint.location import Span
    from iplint.scenario import Scenario
    from iplint.value import Lazy, Value

# The arguments of a statement, and the elements of the policy language that they become.
ELEMENTS = {
    "sid": "Sid",
    "effect": "Effect",
    "actions": "Action",
    "not_actions": "NotAction",
    "resources": "Resource",
    "not_resources": "NotResource",
}


# What a statement costs that another document provides: documents may take in each other's twice at every step.
STEPS_A_STATEMENT = 12
BYTES_A_STATEMENT = 64


def render(document: Map, address: str, at: Span, scenario: Scenario | None) -> Known[Text]:
    """Return the `json` of a policy document: a text that remembers the policy it encodes.

    `scenario` is None in a plan, where all documents that it takes in are written out.
    """

    def statements() -> Value:
        return _statements(document, at)

    reason = Reason(f"{address}.json", at)
    hole = Hole(Unknown((reason,), at, present=True, identity=f"{address}.json"), f"${{{address}.json}}")
    entries: dict[str, tuple[Span, Lazy]] = {
        "Version": (at, lambda: _or_default(document.get("version"), "2012-10-17", at)),
        "Statement": (at, statements if scenario is None else Thunk(scenario, at, statements)),
    }
    if "policy_id" in document:
        entries["Id"] = (document.key_at("policy_id"), lambda: document.get("policy_id") or Absent(at))
    return Known(Text((hole,), ("json", Known(Map(entries), at))), at)


def _or_default(value: Value | None, default: str, at: Span) -> Value:
    return Known(literal_text(default, Origin(at)), at) if value is None or isinstance(value, Absent) else value


def _statements(document: Map, at: Span) -> Value:
    """Return the statements: those of the source documents, then the document's own, then the overriding ones.

    A later statement replaces an earlier one with the same Sid; one without Sid is added.
    """
    open_ends: list[Unknown] = []
    statements = _given(document, "source", open_ends)
    own: list[Value] = []
    for block in spread(document.get("statement") or Absent(at)):
        if isinstance(block, Known) and isinstance(block.value, Map):
            own.append(_statement(block, block.value))
        else:
            open_ends += unknowns(block)
    for later in (own, _given(document, "override", open_ends)):
        places = {sid: index for index, other in reversed([*enumerate(statements)]) if (sid := _sid(other))}
        for statement in later:
            sid = _sid(statement)
            if sid in places:
                statements[places[sid]] = statement
            else:
                if sid is not None and later is not own:
                    places[sid] = len(statements)
                statements.append(statement)
    more = Unknown(merged_reasons(iter(open_ends)), open_ends[0].at) if open_ends else None
    return Known(Seq([*statements], more), at)


def _sid(statement: Value) -> str | None:
    return as_text(dig(statement, ("Sid",))) or None


def _given(document: Map, role: str, open_ends: list[Unknown]) -> list[Value]:
    """Return the statements of the source or overriding documents."""
    statements: list[Value] = []
    for name in (f"{role}_json", f"{role}_policy_documents"):
        _take(document.get(name), statements, open_ends)
    return statements


def _take(documents: Value | None, statements: list[Value], open_ends: list[Unknown]) -> None:
    """Add the statements of policies that are JSON texts."""
    if documents is None:
        return
    for document in spread(documents):
        policy = _decoded(document)
        match policy:
            case Known(Map() as members):
                for statement in spread(members.get("Statement") or Absent(policy.at)):
                    charge(STEPS_A_STATEMENT)
                    charge_bytes(BYTES_A_STATEMENT)
                    if isinstance(statement, Unknown):
                        open_ends.append(statement)
                    else:
                        statements.append(statement)
                if members.more is not None:
                    open_ends.append(members.more)
            case Unknown():
                open_ends.append(policy)
            case _:
                pass


def _decoded(document: Value) -> Value:
    """Return the policy that a JSON text encodes."""
    if not isinstance(document, Known) or not isinstance(document.value, Text):
        return document
    string = document.value
    if string.encodes is not None and string.encodes[0] == "json":
        return string.encodes[1]
    plain = string.plain
    return Absent(document.at) if plain is not None and not plain.strip() else parse_json(string)


def _statement(block: Known[object], written: Map) -> Value:
    at = block.at
    entries: dict[str, tuple[Span, Lazy]] = {"Effect": (at, lambda: _or_default(written.get("effect"), "Allow", at))}
    for name, element in ELEMENTS.items():
        if name in written and name != "effect":
            entries[element] = (written.key_at(name), _member(written, name, at))
        elif name in written:
            entries[element] = (written.key_at(name), entries[element][1])
    for name, element in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
        if name in written:
            entries[element] = (written.key_at(name), _later(_principals, written, name, at))
    if "condition" in written:
        entries["Condition"] = (written.key_at("condition"), _later(_conditions, written, "condition", at))
    return Known(Map(entries, written.more), at, block.trail)


def _member(written: Map, name: str, at: Span) -> Callable[[], Value]:
    if name in ("resources", "not_resources"):
        return lambda: _with_variables(written.get(name) or Absent(at))
    return lambda: written.get(name) or Absent(at)


def _with_variables(value: Value) -> Value:
    """Return texts with the variables of policies as policies have them: `&{aws:username}` is `${aws:username}`."""
    match value:
        case Known(Seq() as items):
            made = [_with_variables(item) for item in items]
            return Known(Seq([*made], items.more), value.at, value.trail, value.ref, value.input)
        case Known(Text() as text) if "&{" in text.flat:
            pieces = (
                Chunk(piece.text.replace("&{", "${"), piece.origin, piece.offset, piece.given)
                if isinstance(piece, Chunk)
                else piece
                for piece in text.pieces
            )
            return Known(Text((*pieces,)), value.at, value.trail, value.ref, value.input)
        case _:
            return value


def _later(make: Callable[[Value], Value], written: Map, name: str, at: Span) -> Callable[[], Value]:
    return lambda: make(written.get(name) or Absent(at))


def _principals(blocks: Value) -> Value:
    """Return the principals by type; `type = "*"` with `identifiers = ["*"]` is written as `"*"` alone.

    Beside other principals it is another principal of AWS.
    """
    entries: dict[str, tuple[Span, Lazy]] = {}
    found: dict[str, list[Lazy]] = {}
    more: list[Unknown] = []
    given = list(spread(blocks))
    is_anyone = all(as_text(dig(block, ("type",))) == "*" for block in given)
    for block in given:
        if isinstance(block, Unknown):
            more.append(block)
            continue
        kind = dig(block, ("type",))
        identifiers = _with_variables(dig(block, ("identifiers",)))
        name = as_text(kind)
        if name is None:
            more += unknowns(kind)
            continue
        items = list(spread(identifiers))
        if name == "*" and [as_text(item) for item in items] == ["*"]:
            if is_anyone:
                return items[0]
            name = "AWS"
        found.setdefault(name, []).extend(items)
        entries[name] = (block.at, Known(Seq(found[name]), identifiers.at, identifiers.trail))
    return _open_map(entries, more, blocks)


def _conditions(blocks: Value) -> Value:
    """Return the conditions: operator, then key, then values."""
    tests: dict[str, tuple[Span, dict[str, tuple[Span, Lazy]]]] = {}
    groups: dict[tuple[str, str], list[Lazy]] = {}
    more: list[Unknown] = []
    for block in spread(blocks):
        if isinstance(block, Unknown):
            more.append(block)
            continue
        test, variable = dig(block, ("test",)), dig(block, ("variable",))
        operator, key = as_text(test), as_text(variable)
        if operator is None or key is None:
            more += unknowns(test) + unknowns(variable)
            continue
        keys = tests.setdefault(operator, (block.at, {}))[1]
        values = _with_variables(dig(block, ("values",)))
        group = groups.setdefault((operator, key), [])
        group += spread(values)
        keys[key] = (block.at, Known(Seq(group), values.at) if key in keys else values)
    entries: dict[str, tuple[Span, Lazy]] = {
        operator: (at, Known(Map(keys), at)) for operator, (at, keys) in tests.items()
    }
    return _open_map(entries, more, blocks)


def _open_map(entries: dict[str, tuple[Span, Lazy]], more: list[Unknown], blocks: Value) -> Value:
    open_end = Unknown(merged_reasons(iter(more)), more[0].at) if more else None
    if not entries and open_end is None:
        return Absent(blocks.at, blocks.trail)
    return Known(Map(entries, open_end), blocks.at, blocks.trail)

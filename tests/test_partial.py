from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iplint import number as numbers
from iplint.location import Source, Span, Verbatim
from iplint.syntax.partial import MAX_LEVELS, parse_json
from iplint.value import HOLE, Absent, Chunk, Hole, Known, Map, Reason, Seq, Text, Unknown, literal_text

if TYPE_CHECKING:
    from iplint.value import Value

VAR = Span(Source("variables.tf", 'variable "x" {}'), 0, 12)


def unknown(name: str) -> Unknown:
    return Unknown((Reason(f"var.{name}"),), VAR)


def written(source: str) -> Text:
    """The text of a source in which `<x>` is a hole called x."""
    whole = Source("policy.json", source)
    pieces: list[Chunk | Hole] = []
    place = 0
    for part in source.replace(">", "<").split("<"):
        if len(pieces) % 2:
            pieces.append(Hole(unknown(part), f"${{{part}}}"))
            place += len(part) + 2
        else:
            pieces.append(Chunk(part, Verbatim(Span(whole, place, place + len(part)))))
            place += len(part)
    return Text(tuple(pieces))


def plain(value: Value) -> object:
    """The value as Python data, what is unknown as its reasons, what is open with a last member `...`."""
    match value:
        case Absent():
            return None
        case Unknown():
            return tuple(reason.what for reason in value.reasons)
        case Known(Text() as string):
            return string.display
        case Known(Seq() as items):
            return [plain(item) for item in items] + ([...] if items.more is not None else [])
        case Known(Map() as members):
            data = {key: plain(found) for key in members if (found := members.get(key)) is not None}
            return {**data, "...": plain(members.more)} if members.more is not None else data
        case Known(datum):
            return datum


def read(source: str) -> object:
    return plain(parse_json(written(source)))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('{"a": <x>}', {"a": ("var.x",)}),
        ('{"a": "p<x>s"}', {"a": "p${x}s"}),
        ('{"a": "<x>"}', {"a": "${x}"}),
        ('{"a": "\\"<x>\\\\"}', {"a": '"${x}\\'}),
        ('{"a": 1<x>, "b": 2}', {"a": ("var.x",), "b": 2}),
        ('{"a": <x><y>}', {"a": ("var.x", "var.y")}),
        ('{"a": 1, <x>}', {"a": 1, "...": ("var.x",)}),
        ('{"a": 1 <x> "b": 2}', {"a": 1, "b": 2, "...": ("var.x",)}),
        ('{<x> "b": 2 <y>}', {"b": 2, "...": ("var.x", "var.y")}),
        ('{<x>: 1, "b": 2}', {"b": 2, "...": ("var.x",)}),
        ('{"<x>:aud": 1, "b": 2}', {"b": 2, "...": ("var.x",)}),
        ('{"a": <x> "b": 2}', {"a": ("var.x",), "b": 2}),
        ("[<x>]", [("var.x",)]),
        ('["a", <x>, "b"]', ["a", ("var.x",), "b"]),
        ('["a"<x>]', ["a", ...]),
        ('["a"<x>"b"]', ["a", "b", ...]),
        ('[<x>"b"]', [("var.x",), "b"]),
        ("<x>", ("var.x",)),
        (" <x>\n", ("var.x",)),
        ('\ufeff {"a": null}', {"a": None}),
        ('{"a": 1, "a": 2}', {"a": 2}),
        ('"\\ud83d\\ude00\\u00e9\\n"', "😀é\n"),
        ('"\\ud83d"', "\ufffd"),
        ('"one\ntwo"', "one\ntwo"),
        (f'"{HOLE}"', HOLE),
    ],
)
def test_holes_leave_open_only_what_they_may_decide(source: str, expected: object) -> None:
    assert read(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "",
        " ",
        "nonsense",
        "{",
        "[",
        '"',
        '"\\',
        '"\\u00',
        '"\\u+123"',
        '"\\x"',
        '"\\<x>"',
        "[1,]",
        "[,1]",
        "[1,,2]",
        "[1 2]",
        '{"a" 1}',
        '{"a": 1 "b": 2}',
        '{"a": 1,}',
        '{"a":}',
        "{true: 1}",
        "{1: 1}",
        "{} {}",
        "{}}",
        "01",
        "1.",
        ".5",
        "1e",
        "+1",
        "1_0",
        "٣",
        "NaN",
        "-Infinity",
        "9" * 5000,
        HOLE,
    ],
)
def test_what_is_no_json_is_unknown_and_says_so(source: str) -> None:
    result = parse_json(written(source))
    assert isinstance(result, Unknown)
    assert result.reasons[0].what == "a text that is not JSON"
    assert result.present


def test_a_text_without_a_place_is_no_json_either() -> None:
    assert isinstance(parse_json(Text(())), Unknown)


def test_a_hole_is_a_reason_why_a_text_is_not_json_yet() -> None:
    result = parse_json(written('{"a" <x>'))
    assert isinstance(result, Unknown)
    assert [reason.what for reason in result.reasons] == ["a text that is not JSON", "var.x"]


def test_what_the_text_encodes_is_its_value() -> None:
    value = unknown("x")
    assert parse_json(Text(written("[]").pieces, ("json", value))) is value


def test_depth_is_limited() -> None:
    assert isinstance(parse_json(written("[" * MAX_LEVELS + "]" * MAX_LEVELS)), Known)
    for source in ("[" * (MAX_LEVELS + 1), '{"a":' * 40_000, '[{"a":' * 40_000):
        result = parse_json(written(source))
        assert isinstance(result, Unknown)
        assert "levels deep" in result.reasons[0].what


def test_places() -> None:
    source = '\n{"Statement": [{"Effect": "All\\u006fw<x>", "Sid": null}],\n "n": 12, "e": ""}'
    root = parse_json(written(source))
    assert isinstance(root, Known)
    assert isinstance(root.value, Map)
    assert root.at.text == "{"
    assert root.at.first == (2, 1)
    statements = root.value.get("Statement")
    assert isinstance(statements, Known)
    assert isinstance(statements.value, Seq)
    assert root.value.key_at("Statement").text == statements.at.text == '"Statement"'
    statement = statements.value.item(0)
    assert isinstance(statement, Known)
    assert isinstance(statement.value, Map)
    assert statement.at.text == "{"
    effect = statement.value.get("Effect")
    assert isinstance(effect, Known)
    assert isinstance(effect.value, Text)
    assert effect.value.display == "Allow${x}"
    assert [effect.value.span(start, start + 1).text for start in range(5)] == ["A", "l", "l", "\\u006f", "w"]
    sid = statement.value.get("Sid")
    assert isinstance(sid, Absent)
    assert sid.at.text == "null"
    number = root.value.get("n")
    assert isinstance(number, Known)
    assert number.at.text == "12"
    assert number.at.first == (3, 7)
    empty = root.value.get("e")
    assert isinstance(empty, Known)
    assert isinstance(empty.value, Text)
    assert empty.at.text == '""'
    assert empty.value.plain == ""
    assert empty.value.span(0, 0).first == (3, 16)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON, st.booleans(), st.sampled_from([None, 1]))
def test_any_json_reads_as_it_was_written(data: object, ascii_only: bool, indent: int | None) -> None:
    source = json.dumps(data, ensure_ascii=ascii_only, indent=indent)
    value = parse_json(literal_text(source, Verbatim(Span(Source("x.json", source), 0, len(source)))))
    # Numbers are read digit by digit, not as Python's.
    assert plain(value) == json.loads(source, parse_float=numbers.parse)


@given(JSON, st.lists(st.tuples(st.integers(0, 200), st.integers(0, 3)), max_size=5))
def test_holes_anywhere_give_a_value(data: object, cuts: list[tuple[int, int]]) -> None:
    source = json.dumps(data)
    whole = Source("x.json", source)
    pieces: list[Chunk | Hole] = []
    place = 0
    for cut, skipped in sorted(cuts):
        end = max(place, min(cut, len(source)))
        pieces += [Chunk(source[place:end], Verbatim(Span(whole, place, end))), Hole(unknown("x"), "${x}")]
        place = min(end + skipped, len(source))
    pieces.append(Chunk(source[place:], Verbatim(Span(whole, place, len(source)))))
    plain(parse_json(Text(tuple(pieces))))


@given(st.text(alphabet='{}[]",:\\u0d8\ufffcx -1e.tn\n'))
def test_any_text_gives_a_value(source: str) -> None:
    plain(parse_json(written(source)))


@pytest.mark.parametrize("part", ['"a<x>\\n",', '"\\n",', "<x>,", "<x> ", "[],", '{"<x>": 1},'])
def test_long_texts_are_read_to_their_end(part: str) -> None:
    """Only a reading in linear time ends within the time that a test run has."""
    document = written("[" + part * 40_000 + "0]")
    assert parse_json(document) is not None


def test_one_long_string_of_escapes_takes_no_longer() -> None:
    document = written('"' + "\\n" * 200_000 + '"')
    assert isinstance(parse_json(document), Known)

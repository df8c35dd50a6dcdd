from __future__ import annotations

import json
import math
import os
import tarfile
import time
from itertools import pairwise

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from iplint.location import Segmented, Source, Verbatim
from iplint.syntax.decoding import decode
from iplint.syntax.problem import SyntaxProblem
from iplint.syntax.tree import Mapping, Scalar, Sequence
from iplint.syntax.yaml import parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from iplint.syntax.tree import Node


def read(text: str) -> Any:
    return parse(Source("t.yaml", text))


def attempt(text: str) -> Node | SyntaxProblem | None:
    try:
        return read(text)
    except SyntaxProblem as problem:
        return problem


def plain(node: Node) -> object:
    """The Python data that a tree stands for, tags left out."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {name: plain(value) for name, (_, value) in node.entries.items()}


def scalars(node: Node) -> Iterator[Scalar]:
    if isinstance(node, Scalar):
        yield node
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from scalars(item)
    else:
        for key, value in node.entries.values():
            yield key
            yield from scalars(value)


def nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in node.items if isinstance(node, Sequence) else ():
        yield from nodes(child)
    for _, child in node.entries.values() if isinstance(node, Mapping) else ():
        yield from nodes(child)


def refusal(text: str) -> SyntaxProblem:
    with pytest.raises(SyntaxProblem) as caught:
        read(text)
    problem = caught.value
    assert problem.reason
    assert not problem.reason.endswith(".")
    assert "\n" not in problem.reason
    return problem


def literal(scalar: Scalar) -> list[tuple[str, str]]:
    """The pairs (decoded, source) of characters for all of a scalar's text."""
    spans = [scalar.origin.span(index, index + 1) for index in range(len(scalar.text))]
    assert all(one.start <= two.start for one, two in pairwise(spans))
    return [(char, span.text[:1]) for char, span in zip(scalar.text, spans, strict=True)]


def assert_spans(root: Node) -> None:
    for node in nodes(root):
        if isinstance(node, Scalar):
            continue
        children = list(node.items if isinstance(node, Sequence) else (v for _, v in node.entries.values()))
        written = node.at.text
        assert (written[:1] in "[{" and written[-1:] in "]}") or not children or node.at.end == children[-1].at.end


# --- values ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "\n \n", "# only a comment\n", "---\n", "---\n# x\n...\n", "%YAML 1.1\n---\n"])
def test_empty_documents(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None),
        ("~", None),
        ("NULL", None),
        ("true", True),
        ("FALSE", False),
        ("Yes", True),
        ("off", False),
        ("nULL", "nULL"),
        ("y", "y"),
        ("12", 12),
        ("-3", -3),
        ("+3", 3),
        ("0", 0),
        ("1.5", 1.5),
        ("-.5", -0.5),
        ("1e3", 1000.0),
        ("1.5e-3", 0.0015),
        ("012345678901", "012345678901"),
        ("00", "00"),
        ("01.5", "01.5"),
        ("0x1f", "0x1f"),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("2012-10-17", "2012-10-17"),
        ("10.0.0.0", "10.0.0.0"),
        (".", "."),
        ("-x", "-x"),
        ("1.2.3", "1.2.3"),
        ("9" * 5000, "9" * 5000),
        ('"true"', "true"),
        ("'12'", "12"),
        ('""', ""),
        ("!!str 12", "12"),
        ("!!str true", "true"),
        ("!!int '12'", 12),
        ("!!bool 'yes'", True),
        ("!!timestamp 2012-10-17", "2012-10-17"),
        ("! 12", "12"),
        ("!<tag:yaml.org,2002:str> 1", "1"),
    ],
)
def test_scalar_values(text: str, value: object) -> None:
    root = read(f"k: {text}\n").get("k")
    assert root.value == value
    assert type(root.value) is type(value)
    assert root.tag is None


def test_the_text_of_an_unquoted_number_is_kept() -> None:
    assert read("account: 123456789012").get("account").text == "123456789012"
    assert read("v: 1.10").get("v").text == "1.10"


def test_block_and_folded_scalars_are_text() -> None:
    assert plain(read("a: |\n  12\nb: >-\n  true\n  no\n")) == {"a": "12\n", "b": "true no"}


def test_local_tags_are_kept_in_every_form() -> None:
    text = (
        "a: !Ref x\nb: !Base64 \"x\"\nc: !Sub |\n  echo ${A}\nd: !If [c, 1, !Ref 'AWS::NoValue']\n"
        "e: !GetAtt a.b\nf: !Join\n  - ''\n  - [a]\ng: !Transform\n  Name: x\nh: !Ref 12\ni: !Ref\nj: !Not [x]\n"
    )
    root = read(text)
    assert [root.get(name).tag for name in "abcdefghij"] == [
        "!Ref", "!Base64", "!Sub", "!If", "!GetAtt", "!Join", "!Transform", "!Ref", "!Ref", "!Not",
    ]  # fmt: skip
    assert root.get("d").items[2].tag == "!Ref"
    assert root.get("h").value == "12"
    assert [root.get(name).at.text for name in "abehij"] == ["x", '"x"', "a.b", "12", "", "[x]"]
    assert root.get("c").at.text == "|\n  echo ${A}"
    assert root.get("f").at.text == "- ''\n  - [a]"
    assert root.get("g").at.text == "Name: x"
    assert root.get("i").at.start == text.index("i: !Ref") + len("i: !Ref")


def test_tags_anchors_and_comments_before_a_value_are_no_part_of_it() -> None:
    root = read("a: !T &x # why\n  # more\n  'v'\nb: &y !U\n- 1\nc: &z\n  k: v\nd: !!map\n  q: r\n")
    assert [root.get(name).at.text for name in "abcd"] == ["'v'", "- 1", "k: v", "q: r"]
    assert [root.get(name).tag for name in "abcd"] == ["!T", "!U", None, None]


def test_directives() -> None:
    assert plain(read("%YAML 1.1\n%TAG !e! tag:example.org,2000:\n---\na: !e!x 1\n...\n")) == {"a": "1"}


def test_json() -> None:
    root = read('{"a": [1, -2.5e3, true, null, "true", "\\u00e9\\n\\/"], "b": {}, "c":"d"}')
    assert plain(root) == {"a": [1, -2500.0, True, None, "true", "é\n/"], "b": {}, "c": "d"}
    assert root.get("a").items[4].at.text == '"true"'


def test_json_that_libyaml_refuses() -> None:
    text = '{"a": "x \\ud83d\\ude00 y", "b": [1, {"c": null}], "long ' + "k" * 1100 + '": "\x7f"}'
    root = read(text)
    assert plain(root) == json.loads(text)
    smile = root.get("a")
    assert smile.origin.span(2, 3).start == text.index("\\ud83d")
    assert smile.origin.span(4, 5).text == "y"
    assert root.get("b").at.text == '[1, {"c": null}]'
    assert root.get("b").items[1].at.text == '{"c": null}'


def test_json_keeps_signs_that_yaml_takes_for_line_ends() -> None:
    assert plain(read('{"a": "x \u2028 y\x85"}')) == {"a": "x \u2028 y\x85"}
    assert plain(read("{a: 'x \u2028 y'}")) == {"a": "x\u2028y"}


def test_two_slashes_in_a_value_are_no_comment() -> None:
    assert plain(read("{a: http://x//y, b: 'x // y', c: s3://b/*}")) == {
        "a": "http://x//y",
        "b": "x // y",
        "c": "s3://b/*",
    }
    assert plain(read("a: x // y\nb: [/*, //z]\n")) == {"a": "x // y", "b": ["/*", "//z"]}


def test_trailing_commas_are_taken() -> None:
    assert plain(read('{"a": [1, 2,], "b": "\\ud83d\\ude00",}')) == {"a": [1, 2], "b": "😀"}


# --- places ---------------------------------------------------------------------------------------------------------


def test_spans_of_scalars() -> None:
    text = "é😀: plain text \r\n\"q\\n\": 'it''s' # c\r\n? complex\r\n: |2\r\n   x  \r\n\r\n\r\nz:\t1\t\r\n"
    root = read(text)
    assert [key.at.text for key, _ in root.entries.values()] == ["é😀", '"q\\n"', "complex", "z"]
    assert [value.at.text for _, value in root.entries.values()] == [
        "plain text",
        "'it''s'",
        "|2\r\n   x  ",
        "1",
    ]
    assert root.get("complex").at.first == (4, 3)
    assert root.get("complex").value == " x  \n"
    assert root.entries["z"][0].at.first == (8, 1)
    assert root.at.text == text[:-3]


def test_collections_end_with_their_last_value() -> None:
    text = "a:\n  b:\n  - 1\n  - 2 # x\n\n  # y\n\nc:\n  - d: e\n\n    f: |\n      x\n\n# end\ng: [1, 2 ] # z\n"
    root = read(text)
    assert root.get("a").at.text == "b:\n  - 1\n  - 2"
    assert root.get("a").get("b").at.text == "- 1\n  - 2"
    assert root.get("c").at.text == "- d: e\n\n    f: |\n      x"
    assert root.get("c").items[0].at.text == "d: e\n\n    f: |\n      x"
    assert root.get("g").at.text == "[1, 2 ]"
    assert root.at.text == text[: text.index(" # z")]


def test_left_out_values_have_an_empty_span_behind_the_key() -> None:
    text = "a:\n\n\nb: [x: , y]\n? c\n\n\nd:   # nothing\n"
    root = read(text)
    assert [(root.get(name).at.start, root.get(name).at.end) for name in "acd"] == [
        (2, 2),
        (text.index("c") + 1,) * 2,
        (text.index("d") + 2,) * 2,
    ]
    assert root.get("b").items[0].at.text == "x:"
    assert read("{a : }").get("a").at.start == 4
    assert read("{a }").get("a").at.start == 2
    assert plain(root) == {"a": None, "b": [{"x": None}, "y"], "c": None, "d": None}


def test_single_pairs_in_flow_sequences() -> None:
    root = read("[ a: b , ? c : d, !T {e: f}]")
    assert [item.at.text for item in root.items] == ["a: b", "? c : d", "{e: f}"]


# --- origins --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "decoded", "runs"),
    [
        ('k: "a\\nb"', "a\nb", [(0, "a"), (1, "\\"), (2, "b")]),
        ('k: "\\x41\\u00e9\\U0001F600z"', "Aé😀z", [(0, "\\"), (1, "\\"), (2, "\\"), (3, "z")]),
        ("k: 'it''s'", "it's", [(1, "t"), (2, "'"), (3, "s")]),
        ('k: "one \\\n     two"', "one two", [(3, " "), (4, "t")]),
        ("k: one\n  two\n\n\n  three", "one two\n\nthree", [(3, "\n"), (4, "t"), (9, "t")]),
        ("k: 'one  \r\n\r\n  two'", "one\ntwo", [(2, "e"), (4, "t")]),
        ("k: |\n  a\n   b\n\n  c\n", "a\n b\n\nc\n", [(0, "a"), (1, "\n"), (2, " "), (3, "b"), (6, "c")]),
        ("k: >-\n  a\n  b\n\n  c\n   d\n  e\n", "a b\nc\n d\ne", [(2, "b"), (4, "c"), (6, " "), (7, "d"), (9, "e")]),
        ("k: |1\n\n    \n  x\n", "\n   \n x\n", [(1, " "), (5, " "), (6, "x")]),
        ("k: |+\n\n\n", "\n\n", [(0, "\n"), (1, "\n")]),
        ("k: |\r\n  a\r\n  b", "a\nb", [(0, "a"), (2, "b")]),
    ],
)
def test_origins(text: str, decoded: str, runs: list[tuple[int, str]]) -> None:
    scalar = read(text).get("k")
    assert scalar.text == decoded
    assert isinstance(scalar.origin, Segmented)
    pairs = literal(scalar)
    for index, sign in runs:
        assert pairs[index][1] == sign


def test_the_origin_of_simple_scalars_is_letter_by_letter() -> None:
    for text in ("k: word here", "k: 'word here'", 'k: "word here"', "k: !Sub 'word here'", '{"k": "word here"}'):
        scalar = read(text).get("k")
        assert isinstance(scalar.origin, Verbatim)
        assert scalar.origin.span(5, 9).text == "here"


def test_a_line_of_a_script_is_found_in_its_block() -> None:
    text = "UserData:\n  Fn::Base64: !Sub |\n    #!/bin/bash\n\n    export KEY=abc\n    run ü😀 it\n"
    scalar = read(text).get("UserData").get("Fn::Base64")
    for word in ("KEY=abc", "it", "😀"):
        start = scalar.text.index(word)
        assert scalar.origin.span(start, start + len(word)).text == word
        assert scalar.origin.span(start, start + len(word)).start == text.index(word)


# --- refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", (3, 1), "the key 'a' is in this mapping twice, the first time in line 1"),
        ('{"x": {"a": 1,\n "a": 2}}', (2, 2), "the first time in line 1"),
        ('{"s": "\\ud83d\\ude00",\n "s": 2}', (2, 2), "the first time in line 1"),
        ("1: a\n'1': b\n", (2, 1), "is in this mapping twice"),
        ("<<: {a: 1}\n<<: {b: 1}\n", (2, 1), "is in this mapping twice"),
        ("a: 1\n---\nb: 2\n", (2, 1), "a second document begins here"),
        ("? [a]\n: b\n", (1, 3), "a key has to be one plain value"),
        ("x: {{ y }}\n", (1, 5), "a key has to be one plain value"),
        ("&l [a]: 1\n*l : 2\n", (1, 1), "a key has to be one plain value"),
        ("b: &l [a]\n*l : 2\n", (2, 1), "a key has to be one plain value"),
        ("a: *nope\n", (1, 4), "there is no anchor of this name before the alias"),
        ("a: &a\n  b: *a\n", (2, 6), "the alias is inside the value that it repeats"),
        ("a: &a [1, {b: *a}]\n", (1, 15), "is inside the value"),
        ("a:\n\tb: c\n", (2, 1), "there is a tab where YAML allows only spaces"),
        ("a: b\n\tc: d\n", (2, 1), "there is a tab where"),
        ("a:\n  - |\n\tx\n", (3, 1), "there is a tab where"),
        ("a: b: c\n", (1, 5), "a colon makes this text a key"),
        ("a:\n  b: 1\n c: 2\n", (3, 2), "correct the indentation"),
        ("- a\nb: c\n", (2, 1), "does not begin with a -"),
        ("a: 'open\nb: c\n", (1, 4), "the quote that opens here is never closed"),
        ("a: [1, 2\nb: 3\n", (2, 2), "a comma or the closing ] is missing"),
        ("a: {b: 1\n", (2, 1), "a comma or the closing } is missing"),
        ("a: @x\n", (1, 4), "a value cannot begin with @: put it in quotes"),
        ("a: %x\n", (1, 4), "a value cannot begin with %"),
        ('a: "\\q"\n', (1, 5), "this escape does not exist"),
        ("a: !Base64 !Sub x\n", (1, 12), "a value takes one tag only"),
        ("a: 1\nfoo\nb: 2\n", (2, 1), "a colon is missing after this key"),
        ("a: ü😀\x07\n", (1, 6), "this control character is not allowed in a text"),
        ("a: \ud800", (1, 4), "half a surrogate pair"),
        ("\ufeffa: 1", (1, 1), "a second byte-order mark"),
        ("a: b\n...\nc\n", (3, 1), "the end of the document"),
        ("<<: 1\n", (1, 1), "the merge key << takes a mapping"),
        ("<<: [{a: 1}, b]\n", (1, 1), "the merge key << takes a mapping"),
        ('{"a": 1, // why\n "b": 2}', (1, 10), "JSON has no comments"),
        ('{"a": 1 // why\n}', (1, 9), "JSON has no comments"),
        ('// why\n{"a": 1}', (1, 1), "JSON has no comments"),
        ('\n/* why\n */\n{"a": 1}', (2, 1), "JSON has no comments"),
        ('{"a": [1,// why\n 2]}', (1, 10), "JSON has no comments"),
        ('{\n  /* why */\n  "a": 1\n}', (2, 3), "JSON has no comments"),
        ('[1, /* why */ 2]', (1, 5), "JSON has no comments"),
        ('{"a": "\\ud83d"}', (1, 8), "half a surrogate pair"),
        ('{a: "x\\ud83d"}', (1, 7), "this escape is not a Unicode character"),
        ('a: "\\uzzzz"', (1, 5), "this escape needs hexadecimal digits"),
        ("a: 1\n%x\n", (2, 1), "a line cannot begin with %"),
        ('{"a": 1,\n%{ if x }\n}', (2, 1), "a key in double quotes"),
        ('{"a": "\\ud83d\\ude00" "b": 1}', (1, 22), "a comma or the closing } is missing"),
        ('{"a": "\\ud83d\\ude00", "b" 1}', (1, 27), "a colon is missing after the key"),
        ('{"a": "\\ud83d\\ude00", "b": }', (1, 28), "a JSON value is missing here"),
        ('{"a": "\\ud83d\\ude00"} x', (1, 23), "nothing may"),
        ('{"a": 1', (1, 8), "a comma or the closing } is missing"),
    ],
)  # fmt: skip
def test_refusals(text: str, place: tuple[int, int], words: str) -> None:
    problem = refusal(text)
    assert words in problem.reason
    assert problem.at.first == place
    assert problem.at.path == "t.yaml"


@pytest.mark.parametrize("opening", ["[", "- ", '{"a":', "{a: ", "? ", "[[", "- - "])
@pytest.mark.parametrize("count", [101, 40_000])
def test_deep_nesting_is_refused_at_once(opening: str, count: int) -> None:
    began = time.perf_counter()
    problem = refusal(opening * count)
    assert time.perf_counter() - began < 1
    assert "nest over 100 levels" in problem.reason or opening == "? "


def test_deep_nesting_is_refused_in_json_too() -> None:
    problem = refusal('{"s": "\\ud83d\\ude00", "d": ' + "[" * 40_000)
    assert "nest over 100 levels" in problem.reason


@pytest.mark.parametrize("opening", ["[", "- "])
def test_a_hundred_levels_are_read(opening: str) -> None:
    text = opening * 100 + "x" + ("]" * 100 if opening == "[" else "")
    depth = sum(isinstance(node, Sequence) for node in nodes(read(text)))
    assert depth == 100
    assert refusal(opening + text).at.start == 100 * len(opening)


def test_indented_nesting_is_refused() -> None:
    text = "".join("  " * level + "a:\n" for level in range(200))
    assert refusal(text).at.first == (101, 201)


def test_expanded_aliases_are_counted() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    for one, two in pairwise("abcdefghi"):
        lines.append(f"{two}: &{two} [{', '.join(['*' + one] * 9)}]")
    problem = refusal("\n".join(lines))
    assert "passes 1,000,000 values" in problem.reason
    assert problem.at.first[0] == 7


def test_merge_keys_do_not_explode() -> None:
    lines = ["a0: &a0 {k: v}"]
    lines += [f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 9)}]}}" for i in range(1, 40)]
    began = time.perf_counter()
    assert "passes 1,000,000 values" in refusal("\n".join(lines)).reason
    assert time.perf_counter() - began < 1


def test_too_many_values_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iplint.syntax.yaml._NODES", 1_000)
    assert "passes 1,000 values" in refusal("[" + "1," * 1_000 + "]").reason
    assert "passes 1,000 values" in refusal('["\\ud83d\\ude00",' + "1," * 1_000 + "]").reason


# --- aliases and merge keys -----------------------------------------------------------------------------------------


def test_aliases_share_their_node() -> None:
    root = read("a: &x {b: 1}\nc: *x\nd: [*x]\n")
    assert root.get("c") is root.get("a")
    assert root.get("d").items[0] is root.get("a")
    assert root.get("d").at.text == "[*x]"
    assert root.at.text.endswith("[*x]")


def test_an_alias_ends_the_collection_that_holds_it() -> None:
    root = read("a: &x 1\nb:\n  c: *x\n\nd: 2\n")
    assert root.get("b").at.text == "c: *x"


def test_an_anchor_may_be_given_anew_and_an_alias_may_be_a_key() -> None:
    assert plain(read("a: &x 1\nb: &x 2\nc: *x\n")) == {"a": 1, "b": 2, "c": 2}
    assert plain(read("a: &x k\n*x : v\n")) == {"a": "k", "k": "v"}


def test_merge_keys() -> None:
    text = (
        "base: &base {a: 1, b: 2}\nmore: &more {b: 3, c: 4}\n"
        "one:\n  <<: *base\n  b: own\ntwo:\n  <<: [*base, *more]\n  d: 5\nthree: {<<: {x: 1}}\nfour: {'<<': 1}\n"
    )
    root: Any = plain(read(text))
    assert root["one"] == {"b": "own", "a": 1}
    assert root["two"] == {"d": 5, "a": 1, "b": 2, "c": 4}
    assert root["three"] == {"x": 1}
    assert root["four"] == {"<<": 1}


# --- properties -----------------------------------------------------------------------------------------------------

TEXTS = st.one_of(
    st.text(max_size=30),
    st.text(st.sampled_from("ab '\"\\\n\t:#-é😀"), max_size=60),
    st.lists(st.sampled_from(["word", "two words", "", " lead", "#!x", "trail ", "it's", "é😀"]), max_size=12).map(
        "\n".join
    ),
)
LEAVES = st.one_of(TEXTS, st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False))
DATA = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(TEXTS, inner, max_size=5)),
    max_leaves=15,
)


def same(read_value: Any, value: object) -> bool:
    if isinstance(value, dict):
        return read_value.keys() == value.keys() and all(same(read_value[key], value[key]) for key in value)
    if isinstance(value, list):
        return len(read_value) == len(value) and all(map(same, read_value, value))
    if isinstance(value, float):
        return isinstance(read_value, float) and math.isclose(read_value, value)
    if isinstance(value, str) and isinstance(read_value, float):
        # PyYAML leaves 1e5 without quotes, because its own reader takes it for a text.
        return float(value) == read_value
    return type(read_value) is type(value) and read_value == value


def assert_origins(root: Node, style: str) -> None:
    """Every character that can stand literally maps to itself; the rest to the sign that makes it."""
    for scalar in scalars(root):
        double = scalar.at.text.startswith('"')
        for char, sign in literal(scalar):
            if char == sign:
                continue
            if char in " \n\r\x85\u2028\u2029":
                assert sign in " \t\n\r\x85\u2028\u2029\\"
            else:
                assert double
                assert sign == "\\"
        assert scalar.at.start <= scalar.origin.whole.start
        if style == "json":
            assert json.loads(scalar.at.text) == scalar.value


@settings(deadline=None, max_examples=300)
@given(
    DATA,
    st.sampled_from([None, "'", '"', "|", ">"]),
    st.sampled_from([None, True, False]),
    st.booleans(),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([8, 80]),
)
@example({"a": "x\n\n y\nz z z z z z\n"}, ">", False, True, "\r\n", 8)
def test_what_pyyaml_writes_is_read_back(
    data: object, style: str | None, flow: bool | None, unicode: bool, line_break: str, width: int
) -> None:
    text = yaml.safe_dump(
        data, default_style=style, default_flow_style=flow, allow_unicode=unicode, line_break=line_break, width=width
    )
    try:
        expected = yaml.safe_load(text)
    except yaml.YAMLError:
        return
    if expected != data:
        return
    root = read(text)
    if root is None:
        assert data is None or data == ""
        return
    if style is None:
        assert same(plain(root), data)
    assert_origins(root, "yaml")
    assert_spans(root)


@settings(deadline=None, max_examples=300)
@given(DATA, st.booleans(), st.sampled_from([None, 2, "\t"]))
def test_what_json_writes_is_read_back(data: object, ascii: bool, indent: int | str | None) -> None:
    text = json.dumps([data], ensure_ascii=ascii, indent=indent)
    root = read(text)
    assert same(plain(root), [data])
    assert_origins(root, "json")
    assert_spans(root)


BLANKS = st.sampled_from(["", " ", "  ", "\t"])
LINES = st.lists(
    st.tuples(BLANKS, st.sampled_from(["", "word", "two words", "it''s", "\\\\", "\\x41", "\\", "é😀", "- x"]), BLANKS),
    min_size=1,
    max_size=6,
)
BREAKS = st.sampled_from(["\n", "\r\n", "\n\n", "\r\n\r\n", "\r", "\x85", "\u2028"])


@settings(deadline=None, max_examples=500)
@given(LINES, BREAKS, st.sampled_from(["|", ">", "|+", ">-", "|2", ">2+", "'", '"', ""]))
def test_origins_of_hand_written_scalars(lines: list[tuple[str, ...]], line_break: str, opening: str) -> None:
    body = (line_break + "  ").join(map("".join, lines))
    text = f"k: {opening}{line_break}  {body}" if opening[:1] in ("|", ">") else f"k: {opening}{body}{opening}"
    root = attempt(text + "\n")
    if not isinstance(root, Mapping):
        return
    for scalar in scalars(root):
        pairs = literal(scalar)
        for char, sign in pairs:
            if sign == "\\":
                assert char in 'A\\ \t"\n\x85\u2028'
            elif char in " \n\r\x85\u2028":
                assert sign in " \t\n\r\x85\u2028"
            else:
                assert char == sign
        # The words come in the order and number in which they stand in the source.
        assert len({span.start for span in map(scalar.origin.span, *positions(scalar, "wé"))}) == sum(
            scalar.text.count(sign) for sign in "wé"
        )


def positions(scalar: Scalar, signs: str) -> tuple[list[int], list[int]]:
    found = [index for index, char in enumerate(scalar.text) if char in signs]
    return found, [index + 1 for index in found]


# fmt: off
FRAGMENTS = st.sampled_from([
    "a", ": ", ":", "- ", "-", "\n", "  ", "[", "]", "{", "}", ",", '"', "'", "|", ">", "&a ", "*a", "!x ", "!", "#",
    "? ", "<<", "---", "...", "%", "\t", "\r", "\\", "//", "1", "~", "\ufeff", "\x00", "é", "😀", "\u2028", "\ud800",
    "true", "!!str ", "!<tag:yaml.org,2002:int> ", "\\ud83d\\ude00",
])
# fmt: on


@settings(deadline=None, max_examples=1500)
@given(st.one_of(st.text(), st.lists(FRAGMENTS, max_size=25).map("".join)))
def test_any_text_is_a_tree_or_a_problem(text: str) -> None:
    root = attempt(text)
    if isinstance(root, SyntaxProblem):
        assert 0 <= root.at.start <= root.at.end <= len(text)
        assert not root.reason.endswith(".")
        return
    if root is None:
        return
    for node in nodes(root):
        assert 0 <= node.at.start <= node.at.end <= len(text)
    for scalar in scalars(root):
        literal(scalar)


# --- the corpus -----------------------------------------------------------------------------------------------------


def test_every_file_of_the_corpus_is_read() -> None:
    folder = os.environ.get("IPLINT_CORPUS")
    if not folder:
        pytest.skip("IPLINT_CORPUS does not name the directory of a corpus (dev.tar.gz)")
    count = 0
    with tarfile.open(os.path.join(folder, "dev.tar.gz")) as archive:
        for member in archive:
            if not member.isfile() or not member.name.endswith((".yaml", ".yml", ".json")):
                continue
            count += 1
            content = archive.extractfile(member)
            assert content is not None
            data = content.read()
            try:
                root = parse(decode(member.name, data))
            except SyntaxProblem:
                with pytest.raises((yaml.YAMLError, ValueError)):
                    json.loads(data) if member.name.endswith(".json") else yaml.compose(data, yaml.CSafeLoader)
                continue
            assert root is not None
            assert_spans(root)
            assert_origins(root, "yaml")
    assert count

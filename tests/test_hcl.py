"""The HCL reader: what it accepts, the tree it gives, where everything stands, and what it does with broken text."""

from __future__ import annotations

import gzip
import io
import json
import sys
import tarfile
import time
import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iplint.location import Segmented, Source, Span, Verbatim
from iplint.syntax.hcl import comments, parse, parse_expression, parse_template
from iplint.syntax.hcl_tree import (
    Attr,
    Binary,
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
    TemplateFor,
    TemplateIf,
    TemplateText,
    TupleCons,
    Unary,
)
from iplint.syntax.problem import SyntaxProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from iplint.syntax.hcl_tree import Expr, TemplatePart

    Json = str | int | float | bool | list["Json"] | dict[str, "Json"] | None

BOM = "\ufeff"

# Accepted here, refused by the release of HCL that answered for the corpus.
ACCEPTED_MORE = {"func_ns": "functions of a provider, accepted by later releases of HCL"}


@pytest.fixture(autouse=True)
def _deep_enough() -> Iterator[None]:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(5000)
    yield
    sys.setrecursionlimit(limit)


# Helpers


def body_of(text: str) -> Body:
    body, problems = parse(Source("main.tf", text))
    assert [(problem.at, problem.reason) for problem in problems] == []
    return body


def value_of(text: str) -> Expr:
    """The expression that the attribute `a` is set to in the text."""
    return body_of(text).attributes["a"].expr


def problems_of(text: str) -> list[SyntaxProblem]:
    return parse(Source("main.tf", text))[1]


def places(text: str) -> list[tuple[int, int]]:
    return [problem.at.first for problem in problems_of(text)]


def string(text: str) -> str:
    """The text of the template `a` is set to, when there is nothing but text in it."""
    value = value_of(text)
    assert isinstance(value, TemplateExpr)
    return "".join(part.text for part in value.parts if isinstance(part, TemplateText))


def shown(node: Expr | TemplatePart) -> str:
    """The structure of an expression on one line; brackets show what belongs together."""
    match node:
        case Literal():
            return json.dumps(node.value)
        case TemplateText():
            return json.dumps(node.text)
        case Interpolation():
            return f"${{{shown(node.expr)}}}"
        case TemplateIf():
            return f"if({shown(node.cond)},{many(node.then)},{many(node.otherwise)})"
        case TemplateFor():
            return f"for({node.key},{node.value},{shown(node.collection)},{many(node.body)})"
        case TemplateExpr():
            return f"{'heredoc' if node.heredoc else ''}t{many(node.parts)}"
        case Name():
            return node.name
        case Attr():
            return f"{shown(node.object)}.{node.name}"
        case Index():
            return f"{shown(node.object)}[{shown(node.key)}]"
        case Splat():
            return f"{'full' if node.full else 'attr'}({shown(node.object)},{shown(node.each)})"
        case Call():
            return f"{node.name}({','.join(map(shown, node.args))}{'...' if node.expand else ''})"
        case TupleCons():
            return many(node.items)
        case ObjectCons():
            return "{" + ",".join(f"{shown(key)}={shown(value)}" for key, value in node.items) + "}"
        case ForExpr():
            names = f"{node.key},{node.value} in {shown(node.collection)}:"
            head = f"{shown(node.key_expr)}=>" if node.key_expr is not None else ""
            tail = f" if {shown(node.cond)}" if node.cond is not None else ""
            return f"each({names}{head}{shown(node.value_expr)}{'...' if node.group else ''}{tail})"
        case Conditional():
            return f"({shown(node.cond)}?{shown(node.then)}:{shown(node.otherwise)})"
        case Binary():
            return f"({shown(node.left)}{node.op}{shown(node.right)})"
        case Unary():
            return f"({node.op}{shown(node.operand)})"
        case Parens():
            return f"<{shown(node.inner)}>"


def many(nodes: list[Expr] | list[TemplatePart]) -> str:
    return "[" + ",".join(shown(node) for node in nodes) + "]"


def children(node: Expr | TemplatePart) -> list[Expr | TemplatePart]:
    match node:
        case Literal() | TemplateText() | Name():
            return []
        case Interpolation():
            return [node.expr]
        case TemplateIf():
            return [node.cond, *node.then, *node.otherwise]
        case TemplateFor():
            return [node.collection, *node.body]
        case TemplateExpr():
            return [*node.parts]
        case Attr():
            return [node.object]
        case Index():
            return [node.object, node.key]
        case Splat():
            return [node.object, node.each]
        case Call():
            return [*node.args]
        case TupleCons():
            return [*node.items]
        case ObjectCons():
            return [part for item in node.items for part in item]
        case ForExpr():
            optional = [part for part in (node.key_expr, node.cond) if part is not None]
            return [node.collection, node.value_expr, *optional]
        case Conditional():
            return [node.cond, node.then, node.otherwise]
        case Binary():
            return [node.left, node.right]
        case Unary():
            return [node.operand]
        case Parens():
            return [node.inner]


def check_places(node: Expr | TemplatePart, start: int, end: int) -> None:
    """That every node lies inside its parent."""
    waiting = [(node, start, end)]
    while waiting:
        inner, low, high = waiting.pop()
        assert low <= inner.start <= inner.end <= high, shown(inner)
        waiting += [(child, inner.start, inner.end) for child in children(inner)]


def check_body(body: Body, start: int, end: int) -> None:
    for attribute in body.attributes.values():
        assert start <= attribute.start < attribute.name_end < attribute.end <= end
        check_places(attribute.expr, attribute.name_end + 1, attribute.end)
    for block in body.blocks:
        assert start <= block.start < block.open < block.end <= end
        check_body(block.body, block.open + 1, block.end - 1)


def origin_of(source: Source, part: TemplateText) -> Verbatim | Segmented:
    whole = Span(source, part.start, part.end)
    segments = part.segments
    return Verbatim(whole) if segments is None else Segmented(whole, lambda: segments)


def source_of(text: str, part: TemplateText) -> list[str]:
    """For each character of a part, the character of the source where it stands."""
    origin = origin_of(Source("main.tf", text), part)
    return [origin.span(index, index + 1).text for index in range(len(part.text))]


def only_text(node: Expr) -> TemplateText:
    assert isinstance(node, TemplateExpr)
    (part,) = node.parts
    assert isinstance(part, TemplateText)
    return part


# The corpora


class Unfit(Exception):
    """The expression has no value without variables and functions."""


def evaluated(node: Expr | TemplatePart) -> Json:
    match node:
        case Literal():
            return node.value
        case TemplateText():
            return node.text
        case TemplateExpr():
            return "".join(str(evaluated(part)) for part in node.parts)
        case Interpolation():
            return evaluated(node.expr)
        case Parens():
            return evaluated(node.inner)
        case TupleCons():
            return [evaluated(item) for item in node.items]
        case ObjectCons():
            return {str(evaluated(key)): evaluated(value) for key, value in node.items}
        case Index():
            whole, key = evaluated(node.object), evaluated(node.key)
            if isinstance(whole, dict) and isinstance(key, str):
                return whole[key]
        case Unary(op="-"):
            operand = evaluated(node.operand)
            if isinstance(operand, int | float):
                return -operand
        case Binary(op="+" | "-"):
            left, right = evaluated(node.left), evaluated(node.right)
            if isinstance(left, int | float) and isinstance(right, int | float):
                return left + right if node.op == "+" else left - right
        case _:
            pass
    raise Unfit(shown(node))


def values(body: Body, path: str = "") -> dict[str, Json]:
    found: dict[str, Json] = {}
    for name, attribute in body.attributes.items():
        try:
            found[f"{path}/{name}" if path else name] = evaluated(attribute.expr)
        except Unfit:
            continue
    for block in body.blocks:
        here = ".".join([block.type, *block.labels])
        found |= values(block.body, f"{path}/{here}" if path else here)
    return found


def entries(body: Body, place: Callable[[int], tuple[int, int]], depth: int = 0) -> list[dict[str, object]]:
    """The blocks and attributes of a body as the corpora list them, every place as its line and byte."""
    found: list[tuple[int, list[dict[str, object]]]] = []
    for name, attribute in body.attributes.items():
        entry: dict[str, object] = {"kind": "attr", "name": name, "depth": depth}
        entry |= {"start": place(attribute.start), "name_end": place(attribute.name_end)}
        entry |= {"expr": place(attribute.expr.start), "end": place(attribute.end)}
        found.append((attribute.start, [entry]))
    for block in body.blocks:
        entry = {"kind": "block", "type": block.type, "depth": depth}
        entry |= {"labels": block.labels} if block.labels else {}
        entry |= {"start": place(block.start), "open": place(block.open), "end": place(block.end)}
        found.append((block.start, [entry, *entries(block.body, place, depth + 1)]))
    return [entry for _, group in sorted(found, key=lambda pair: pair[0]) for entry in group]


def listed(source: Source, body: Body, shift: int) -> list[dict[str, object]]:
    def place(offset: int) -> tuple[int, int]:
        return source.position(offset)[0], shift + len(source.text[:offset].encode())

    return entries(body, place)


def expected(body: list[dict[str, object]]) -> list[dict[str, object]]:
    def plain(value: object) -> object:
        # A place is [line, column, byte], its column in units that only a display knows.
        return (value[0], value[2]) if isinstance(value, list) and isinstance(value[-1], int) else value

    return [{key: plain(value) for key, value in entry.items()} for entry in body]


def normal(value: Json) -> Json:
    composed: Json = json.loads(unicodedata.normalize("NFC", json.dumps(value, ensure_ascii=False)))
    return composed


def test_snippets_of_the_corpus(corpus: Path) -> None:
    lines = (corpus / "hcl" / "syntax.jsonl").read_text(encoding="utf-8").splitlines()
    wrong: dict[str, object] = {}
    for line in lines:
        snippet = json.loads(line)
        name, text = snippet["name"], snippet["source"]
        source = Source(name, text.removeprefix(BOM))
        body, problems = parse(source)
        if not snippet["accepted"]:
            refused_at = [problem.at.first[0] for problem in problems]
            if name not in ACCEPTED_MORE and snippet["error"]["line"] not in refused_at[:1]:
                wrong[name] = refused_at
            continue
        if problems:
            wrong[name] = [problem.reason for problem in problems]
        elif listed(source, body, 3 * text.startswith(BOM)) != expected(snippet["body"]):
            wrong[name] = listed(source, body, 3 * text.startswith(BOM))
        found = values(body)
        for path, value in snippet.get("values", {}).items():
            if normal(found.get(path, "missing")) != value["value"]:
                wrong[f"{name} {path}"] = found
    assert wrong == {}
    assert len(lines) > 100


def test_positions_of_the_corpus(corpus: Path) -> None:
    with tarfile.open(corpus / "dev.tar.gz") as archive:
        files = {member.name: archive.extractfile(member) for member in archive.getmembers() if member.isfile()}
        texts = {name: file.read().decode() for name, file in files.items() if file is not None}
    packed = (corpus / "hcl" / "positions.jsonl.gz").read_bytes()
    wrong: list[str] = []
    count = 0
    for line in io.StringIO(gzip.decompress(packed).decode()):
        record = json.loads(line)
        source = Source(record["file"], texts[record["file"]])
        body, problems = parse(source)
        count += 1
        if record["accepted"]:
            if problems or listed(source, body, 0) != expected(record["body"]):
                wrong.append(source.path)
        elif [problem.at.first[0] for problem in problems] != [record["error"]["line"]]:
            wrong.append(source.path)
    assert wrong == []
    assert count > 100


# Expressions


@pytest.mark.parametrize(
    ("text", "structure"),
    [
        ("1 + 2 * 3 - 4", "((1+(2*3))-4)"),
        ("a || b && c == d < e + f * -g", "(a||(b&&(c==(d<(e+(f*(-g)))))))"),
        ("a * b + c < d == e && f || g", "((((((a*b)+c)<d)==e)&&f)||g)"),
        ("a - b - c / d % e", "((a-b)-((c/d)%e))"),
        ("a >= b != c <= d", "((a>=b)!=(c<=d))"),
        ("!a.b[0] && !!c", "((!a.b[0])&&(!(!c)))"),
        ("-x.y + - -2", "((-x.y)+(-(-2)))"),
        ("a ? b ? 1 : 2 : c ? 3 : 4", "(a?(b?1:2):(c?3:4))"),
        ("a == 1 ? b : c + 1", "((a==1)?b:(c+1))"),
        ("(a + b) * c", "(<(a+b)>*c)"),
        ("a.b.0.c[d].e", "a.b[0].c[d].e"),
        ('a["b"]["${c}"]', 'a[t["b"]][t[${c}]]'),
        ("a[*].b[0].c", "full(a,*.b[0].c)"),
        ("a[*].b[*].c", "full(a,full(*.b,*.c))"),
        ("a.*.b.0.c[1].d", "attr(a,*.b[0].c)[1].d"),
        ("a.*", "attr(a,*)"),
        ("a.*.b[*].c", "full(attr(a,*.b),*.c)"),
        ("[1,\n 2, # two\n 3 /* three */ ,]", "[1,2,3]"),
        ("[]", "[]"),
        ("{}", "{}"),
        ("{ a = 1, b : 2\n\n c = 3, }", '{t["a"]=1,t["b"]=2,t["c"]=3}'),
        ('{ (a) = 1, "b${c}" = 2, d.e = 3, null = 4, 5 = 6 }', '{<a>=1,t["b",${c}]=2,d.e=3,t["null"]=4,5=6}'),
        ("f()", "f()"),
        ("f(a, g(b), )", "f(a,g(b))"),
        ("f(a, b...)", "f(a,b...)"),
        ("provider::x::f(a).b", "provider::x::f(a).b"),
        ("[for x in y : x.z if x != null]", "each(None,x in y:x.z if (x!=null))"),
        ("[\nfor i, x in y\n:\n{ a = x }\n]", 'each(i,x in y:{t["a"]=x})'),
        ("{for k, v in m : k => v}", "each(k,v in m:k=>v)"),
        ("{\nfor k, v in m :\nk => v... if k != v\n}", "each(k,v in m:k=>v... if (k!=v))"),
        ("[for x in [for y in z : y] : x ? 1 : 2]", "each(None,x in each(None,y in z:y):(x?1:2))"),
        ("true", "true"),
        ("[null, false]", "[null,false]"),
        ("truest", "truest"),
        ("for-each", "for-each"),
        ("größe", "größe"),
        ("नाम", "नाम"),
        ("(1 +\n\n2 // two\n)", "<(1+2)>"),
        ("f(\r\na,\r\nb\r\n)", "f(a,b)"),
        ('"x"[0]', 't["x"][0]'),
    ],
)
def test_structure_of_expressions(text: str, structure: str) -> None:
    assert shown(value_of(f"a = {text}\n")) == structure
    assert shown(parse_expression(Source("x", text))) == structure


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("007", 7),
        ("12.5", 12.5),
        ("1e3", 1000),
        ("1E+3", 1000),
        ("1.0", 1),
        ("0.1000000000000000000000000000000001", 0.1),
        ("25e-1", 2.5),
        ("9" * 40, int("9" * 40)),
    ],
)
def test_numbers(text: str, value: float) -> None:
    literal = value_of(f"a = {text}\n")
    assert isinstance(literal, Literal)
    assert literal.value == value
    assert isinstance(literal.value, type(value))


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "1 2",
            "a b",
            "a.",
            "a.1.2",
            "a[",
            "a[1",
            "a[*",
            "a.*.*",
            "a.b.",
            "(a",
            "()",
            "[a b]",
            "[a",
            "[,]",
            "{",
            "{a}",
        ),
        *("{a = 1 b = 2}", "{a = }", "f(", "f(a b)", "f(a..., b)", "f(a...,)", "f(,)", "a::b", "a ? b", "a ? b :"),
        *(
            "[for]",
            "[for x y : z]",
            "[for x in y z]",
            "[for x in y : z => x]",
            "[for x in y : z...]",
            "{for x in y : z}",
        ),
        *(
            "[for x, in y : z]",
            "{for x in y : z => x",
            "1 +",
            "+ 1",
            "a && || b",
            "a = b",
            "a & b",
            "1.2.3",
            "1..2",
            "'a'",
        ),
        *('"', '"a', '"\\x"', '"\\u12"', '"\\ud800"', '"\\UFFFFFFFF"', '"\\', '"${"', '"${}"', '"${a"', '"${a b}"'),
        *(
            '"%{"',
            '"%{}"',
            '"%{if}"',
            '"%{if a}"',
            '"%{else}"',
            '"%{for a in b}%{endif}"',
            '"%{if a}%{else}%{else}%{endif}"',
        ),
        *(
            '"%{endfor}"',
            '"%{when a}"',
            '"%{for in b}%{endfor}"',
            '"%{if a b}%{endif}"',
            "<<E\nx",
            "<<E\n${a\nE\n",
            "<< E\nE\n",
        ),
        *("a\u00a0b", "²", "a\u2028", "\\", ";", "1e99999", "9" * 700, "a ~} b", "/* x", "a /* x"),
    ],
)
def test_refused_expressions(text: str) -> None:
    with pytest.raises(SyntaxProblem) as caught:
        parse_expression(Source("x", text))
    at = caught.value.at
    assert 0 <= at.start <= at.end <= len(text)
    assert caught.value.reason
    assert not caught.value.reason.endswith(".")
    assert problems_of(f"a = {text}\n")


def test_a_part_of_a_text_can_be_read_alone() -> None:
    text = 'x = <a + "${b}"> and more'
    expr = parse_expression(Source("x", text), 5, 15)
    assert shown(expr) == "(a+t[${b}])"
    assert (expr.start, expr.end) == (5, 15)
    assert [shown(part) for part in parse_template(Source("x", text), 10, 14)] == ["${b}"]
    with pytest.raises(SyntaxProblem):
        parse_expression(Source("x", text), 5, 14)


# Templates


@pytest.mark.parametrize(
    ("text", "structure"),
    [
        (r"a\tb\\n\"", r't["a\tb\\n\""]'),
        (r"\u00e9\U0001F600\r\n", r't["\u00e9\ud83d\ude00\r\n"]'),
        ("$${a} %%{b} $ % $$ %% $a", 't["${a} %{b} $ % $$ %% $a"]'),
        ("$$${a}", 't["$${a}"]'),
        ("$%{if a}x%{endif}", 't["$",if(a,["x"],[])]'),
        ("", "t[]"),
        ("${a}", "t[${a}]"),
        ("${a}${b}", "t[${a},${b}]"),
        ("x ${a} y", 't["x ",${a}," y"]'),
        ("x ${~ a ~} y", 't["x",${a},"y"]'),
        (r"x \n\t${~ a ~}\n y", 't["x",${a},"y"]'),
        ("${a ~} ", 't[${a},""]'),
        ('${f("}", "${"b"}")}', 't[${f(t["}"],t[${t["b"]}])}]'),
        ('${ { a = "}" }.a }', 't[${{t["a"]=t["}"]}.a}]'),
        ("${\na\n}", "t[${a}]"),
        ("%{ if a }x%{ else }y%{ endif }z", 't[if(a,["x"],["y"]),"z"]'),
        ("%{ if a ~} x %{~ endif }", 't[if(a,["x"],[])]'),
        ("%{ for k, v in m }${k}=${v},%{ endfor }", 't[for(k,v,m,[${k},"=",${v},","])]'),
        ("%{ for v in m }%{ if v }a%{ endif }%{ endfor }", 't[for(None,v,m,[if(v,["a"],[])])]'),
    ],
)
def test_structure_of_templates(text: str, structure: str) -> None:
    assert shown(value_of(f'a = "{text}"\n')) == structure


def test_only_a_lone_interpolation_is_bare() -> None:
    def is_bare(text: str) -> bool:
        value = value_of(f"a = {text}\n")
        assert isinstance(value, TemplateExpr)
        return value.bare

    assert is_bare('"${a}"')
    assert not is_bare('"${a} "')
    assert not is_bare('"${a ~} "')
    assert not is_bare('"a"')
    assert not is_bare('""')
    assert not is_bare("<<E\n${a}\nE")


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        ("<<E\none\n  two\nE\n", "one\n  two\n"),
        ("<<E\nE\n", ""),
        ("<<E\n\nE\n", "\n"),
        ("<<E\n EX\nE y\n\tE \n", " EX\nE y\n"),
        ("<<E\r\none\r\ntwo\r\nE\r\n", "one\r\ntwo\r\n"),
        ('<<E\n"a\\n\\x" $${b} %%{c}\nE\n', '"a\\n\\x" ${b} %{c}\n'),
        ("<<-E\n    one\n      two\n  E\n", "one\n  two\n"),
        ("<<-E\n    one\n  two\n      E\n", "  one\ntwo\n"),
        ("<<-E\n\tone\n\t\ttwo\nE\n", "one\n\ttwo\n"),
        ("<<-E\n\t one\n  two\nE\n", "one\ntwo\n"),
        ("<<-E\n    one\n\n  \n    two\nE\n", "one\n\n  \ntwo\n"),
        ("<<-E\r\n    one\r\n\r\n    two\r\n  E\r\n", "one\r\n\r\ntwo\r\n"),
        ("<<-E\n  $one\n    %two\n  E\n", "$one\n  %two\n"),
        ("<<-E\n  $${one}\n   two\n  E\n", "${one}\n two\n"),
        ("<<-E\n   \n  E\n", "   \n"),
    ],
)
def test_text_of_heredocs(text: str, decoded: str) -> None:
    assert string(f"a = {text}b = 1\n") == decoded


@pytest.mark.parametrize(
    ("text", "structure"),
    [
        ("<<E\na ${b}\nc\nE\n", '["a ",${b},"\\nc\\n"]'),
        ("<<-E\n  ${a}\n    b\n  E\n", '[${a},"\\n  b\\n"]'),
        ("<<-E\n  a\n${b}\n  E\n", '["  a\\n",${b},"\\n"]'),
        ("<<-E\n  a ${b}   c\n   d\n  E\n", '["a ",${b},"   c\\n d\\n"]'),
        ("<<-E\n  %{ if a }\n  b\n  %{ endif }\n  E\n", '[if(a,["\\nb\\n"],[]),"\\n"]'),
        ("<<E\n%{ for a in b ~}\n  ${a}\n%{ endfor ~}\nE\n", '[for(None,a,b,["  ",${a},"\\n"])]'),
        ("<<E\na\n  ${~ b }\nE\n", '["a\\n",${b},"\\n"]'),
        ("<<-E\n  a\n  ${~ b }\n  E\n", '["  a\\n",${b},"\\n"]'),
        ('<<E\n${f(<<F\nE\nF\n, "E\\n")}\nE\n', '[${f(heredoct["E\\n"],t["E\\n"])},"\\n"]'),
        ("<<E\n${a}E\nE\n", '[${a},"E\\n"]'),
        ("<<E\n${\na\n}\nE\n", '[${a},"\\n"]'),
    ],
)
def test_interpolations_in_heredocs(text: str, structure: str) -> None:
    assert shown(value_of(f"a = {text}")) == f"heredoct{structure}"


def test_a_heredoc_ends_after_its_marker() -> None:
    text = "a = <<-E\n  x\n  E\nb = 1\n"
    value = value_of(text)
    assert text[value.start : value.end] == "<<-E\n  x\n  E"
    text = text.replace("\n", "\r\n")
    assert value_of(text).end == text.index("\r\nb")


def test_template_files() -> None:
    def read(text: str) -> str:
        return many(parse_template(Source("x", text)))

    assert read("") == "[]"
    assert read('a\\n "b"\r\nc') == '["a\\\\n \\"b\\"\\r\\nc"]'
    assert read("$${a} %%{b} $ %") == '["${a} %{b} $ %"]'
    assert read("a ${b}\n") == '["a ",${b},"\\n"]'
    assert read("%{ if a ~}\n  b\n%{~ else ~}\nc\n%{ endif ~}\nd") == '[if(a,["  b"],["c\\n"]),"d"]'
    assert read("%{ for a in b }${a}%{ endfor }") == "[for(None,a,b,[${a}])]"
    for text in ("${a", "%{ if a }", "%{ endif }", "${a}\n%{ for }"):
        with pytest.raises(SyntaxProblem):
            parse_template(Source("x", text))


@pytest.mark.parametrize(
    ("text", "segments", "stands"),
    [
        ('"abc"', None, "abc"),
        (r'"a\nb"', [(0, 5), (1, 6), (2, 8)], "a\\b"),
        (r'"\u00e9x"', [(0, 5), (1, 11)], "\\x"),
        ('"a$${b"', [(0, 5), (1, 7)], "a${b"),
        ('"$${b"', None, "${b"),
        ("<<E\nab\ncd\nE", None, "ab\ncd\n"),
        ("<<-E\n  ab\n   c\n  E", [(0, 11), (3, 16)], "ab\n c\n"),
        ("<<-E\n  ab\n\n  c\n  E", [(0, 11), (4, 17)], "ab\n\nc\n"),
        (r'"\t"', [(0, 5)], "\\"),
    ],
)
def test_each_character_of_a_text_has_its_place(text: str, segments: list[tuple[int, int]] | None, stands: str) -> None:
    source = f"a = {text}\n"
    part = only_text(value_of(source))
    assert part.segments == segments
    assert "".join(source_of(source, part)) == stands


def test_stripped_text_keeps_its_place() -> None:
    source = 'a = "${b ~}  c d  ${~ e}"\n'
    value = value_of(source)
    assert isinstance(value, TemplateExpr)
    part = value.parts[1]
    assert isinstance(part, TemplateText)
    assert (part.text, source[part.start : part.end]) == ("c d", "c d")
    assert part.segments is None


# Bodies


def test_blocks_and_attributes() -> None:
    text = 'a = 1\nb "c" d "e\\"f" {\n  g = 2 # g\n  // h\n  i {\n  }\n  i { j = 3 }\n}\nk {}\n/* end */ l = 4'
    body = body_of(text)
    assert [*body.attributes] == ["a", "l"]
    first, last = body.blocks
    assert (first.type, first.labels, last.type, last.labels) == ("b", ["c", "d", 'e"f'], "k", [])
    assert text[first.start : first.end].startswith('b "c" d')
    assert text[first.start : first.end].endswith("j = 3 }\n}")
    assert text[first.open] == "{"
    assert [*first.body.attributes] == ["g"]
    assert [[*inner.body.attributes] for inner in first.body.blocks] == [[], ["j"]]
    attribute = body.attributes["l"]
    assert (text[attribute.start : attribute.name_end], text[attribute.start : attribute.end]) == ("l", "l = 4")


@pytest.mark.parametrize("text", ["", "\n", "# x", "// x\n", "/* x\n */", "\r\n\r\n", " \t"])
def test_texts_without_items(text: str) -> None:
    body = body_of(text)
    assert (body.attributes, body.blocks) == ({}, [])


# Broken texts

GOOD = 'good "b" {\n  a = [1]\n}\n'


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("a = \n", (1, 5)),
        ("a = 1 b = 2\n", (1, 7)),
        ("a = 'b'\n", (1, 5)),
        ("a {\n  b = [1, 2\n}\n", (3, 1)),
        ("a {\n  b = f(1, 2\n  c = 1\n}\n", (3, 3)),
        ('a {\n  b = "c\n  d = "}"\n}\n', (2, 9)),
        ('a {\n  b = "${c"\n  d = 1\n}\n', (2, 11)),
        ("a {\n  b = {\n    c = 1 d = 2\n  }\n}\n", (3, 11)),
        ("a {\n  b = <<E\n}\nwrong ${ , }\nE\n}\n", (4, 10)),
        ("a {\n  b = 1\n  b = 2\n}\n", (3, 3)),
        ('a "${b}" {\n}\n', (1, 4)),
        ('a "b"\n{\n  c = 1\n}\n', (1, 6)),
        ("a { b = 1, c = 2 }\n", (1, 10)),
        ("a { b { } }\n", (1, 5)),
        ("a { b = 1\n}\n", (1, 10)),
        ("} }\n", (1, 1)),
        ("1 = a\n", (1, 1)),
        ('"a" = 1\n', (1, 1)),
        ("a\n", (1, 2)),
        ("a b\n", (1, 4)),
        ("a = b\n  .c\n", (2, 3)),
        ("a = <<E\nx\n  y\n", (5, 1)),
        ('a "b" {\n  c = 1\n', (1, 7)),
        ("a {\n  b {\n  c = [\n}\n", (4, 1)),
    ],
)
def test_a_broken_item_costs_only_itself(text: str, at: tuple[int, int]) -> None:
    before, after = GOOD, GOOD.replace("good", "also")
    shift = before.count("\n")
    source = Source("main.tf", before + text + after)
    body, problems = parse(source)
    wanted = ["good", "also"]
    if text.startswith("a = <<E"):
        at = at[0] + after.count("\n") - 1, at[1]
    if text == "a = b\n  .c\n":
        assert shown(body.attributes["a"].expr) == "b"
    else:
        assert body.attributes == {}
    assert [problem.at.first for problem in problems] == [(shift + at[0], at[1])]
    assert [block.type for block in body.blocks] == wanted
    assert problems[0].at.start <= problems[0].at.end <= len(source.text)
    assert source.text[problems[0].at.end :].strip() in (after.strip(), "")


def test_several_broken_items_are_several_problems() -> None:
    text = f"a = [\n{GOOD}b = ]\n{GOOD}c = 1 1\nd = 2\nd = 3\n"
    body, problems = parse(Source("main.tf", text))
    assert [problem.at.first[0] for problem in problems] == [2, 5, 9, 11]
    assert len(body.blocks) == 2
    assert [*body.attributes] == ["d"]


def test_blocks_after_a_missing_brace_are_read() -> None:
    text = "".join(f'resource "a" "b{index}" {{\n  c = {{\n    d = 1\n  }}\n}}\n\n' for index in range(6))
    text = text.replace("  }\n", "", 1)
    body, problems = parse(Source("main.tf", text))
    assert [problem.at.first for problem in problems] == [(1, 19)]
    assert [block.labels[1] for block in body.blocks] == ["b1", "b2", "b3", "b4", "b5"]
    assert text[problems[0].at.end :].startswith('resource "a" "b1"')


def test_what_is_left_of_a_broken_item_is_no_further_problem() -> None:
    text = f"a = f(\n  b }},\n  c.d,\n  e.f\n)\n{GOOD}"
    body, problems = parse(Source("main.tf", text))
    assert [problem.at.first for problem in problems] == [(2, 5)]
    assert text[problems[0].at.end :].strip() == GOOD.strip()
    assert len(body.blocks) == 1


def test_problems_are_in_the_order_of_the_text() -> None:
    text = f"a = <<E\n{GOOD}b = ]\n{GOOD}"
    body, problems = parse(Source("main.tf", text))
    assert [problem.at.first for problem in problems] == [(5, 5), (9, 1)]
    assert len(body.blocks) == 2


def test_places_count_code_points_and_crlf() -> None:
    assert places('é = "日" ;\r\nb = 1\r\nc = "😀" 1\r\n') == [(1, 9), (3, 9)]
    assert places("a = 1\rb = 2\r") == [(1, 6)]


# Limits


@pytest.mark.parametrize(
    "opening",
    [
        "[",
        "{",
        "(",
        '"${',
        "!",
        "- ",
        "f(",
        "a[",
        "{a=",
        "[{a=",
        "[for a in ",
        "a ? ",
        '"%{if a}',
        '"${[{(',
        "<<E\n${",
        "b {\n",
    ],
)
def test_deep_nesting_is_a_problem(opening: str) -> None:
    for text in (f"a = {opening * 40_000}", opening * 40_000):
        began = time.process_time()
        assert problems_of(text)
        for read in (parse_expression, parse_template):
            try:
                read(Source("x", text))
            except SyntaxProblem:
                continue
        assert time.process_time() - began < 10


@pytest.mark.parametrize(
    ("opening", "closing"), [("[", "]"), ("(", ")"), ("{a=", "}"), ('"${', '}"'), ("f(", ")"), ("!", "")]
)
def test_the_limit_of_nesting(opening: str, closing: str) -> None:
    def read(levels: int) -> Expr:
        return parse_expression(Source("x", opening * levels + "1" + closing * levels))

    check_places(read(199), 0, 5000)
    with pytest.raises(SyntaxProblem, match="nested"):
        read(201)


def test_directives_count_as_levels() -> None:
    text = "%{ for a in b }" * 300 + "%{ endfor }" * 300
    with pytest.raises(SyntaxProblem, match="nested"):
        parse_template(Source("x", text))


def test_long_chains_are_read() -> None:
    value = value_of("a = " + "x ? y : " * 1600 + "z\n")
    for _ in range(1600):
        assert isinstance(value, Conditional)
        value = value.otherwise
    assert isinstance(value, Name)
    for text in ("x + " * 20_000 + "x", "x" + ".y" * 20_000, "x" + "[*]" * 20_000, "[" + "1," * 20_000 + "]"):
        assert isinstance(value_of(f"a = {text}\n"), Binary | Attr | Splat | TupleCons)


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "a {\n",
            "a = 1 b\n",
            "a = 1 /*\n",
            "a {\n/*\n",
            "x {\na {\n}\n/*\n",
            "a {\nb = <<E\n",
            "b = <<E\n",
            "a {\n  b {\n  }\n",
        ),
        *(
            'a = "${"\n',
            "a = [\n",
            "}\n",
            '"',
            '"\n',
            "'",
            "a ",
            "a-",
            "a.",
            "${",
            "$",
            "%",
            "{",
            "<<E\n",
            "/",
            "/*",
            "*/",
            "#\n",
        ),
        *("\\", "1e", "1.", "\r", "\0", "é", "a\u0301", "~}", "::", "a = <<-E\n  x ${y}\nE\n", "%{if a}", "${a ~} "),
    ],
)
def test_time_grows_with_the_length(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    for reading in (text, "a = " + text, 'a = "' + text, "a = <<-E\n" + text, "x {\n" + text):
        began = time.process_time()
        problems_of(reading)
        assert time.process_time() - began < 10


def test_large_files_are_read_quickly() -> None:
    block = 'resource "a" "r" {\n  ami = "ami-1"\n  tags = {\n    Name = "web-${var.n}"\n    Env = local.e\n  }\n}\n'
    began = time.process_time()
    assert len(body_of(block * 8_000).blocks) == 8_000
    assert len(string("a = <<-E\n" + "    some line of a script\n" * 40_000 + "E\n")) == 22 * 40_000
    assert time.process_time() - began < 10


# Properties

names = st.from_regex(r"[a-z_][a-z0-9_-]{0,6}", fullmatch=True).filter(
    lambda name: name not in ("true", "false", "null", "for")
)
texts = st.text(
    st.one_of(st.sampled_from('${}%"\\~\n\t abE'), st.characters(exclude_categories=["Cs"], exclude_characters="\r")),
    max_size=20,
)
# What stands in the text, and how the helper shows what is to be read from it.
Pair = tuple[str, str]


def escaped(text: str) -> str:
    return text.replace("${", "$${").replace("%{", "%%{")


def quoted(text: str) -> str:
    for character, letter in ("\\", "\\"), ('"', '"'), ("\n", "n"), ("\t", "t"):
        text = text.replace(character, "\\" + letter)
    return f'"{escaped(text)}"'


def numbers() -> st.SearchStrategy[Pair]:
    return st.integers(0, 10**9).map(lambda number: (str(number), str(number)))


def strings() -> st.SearchStrategy[Pair]:
    return texts.map(lambda text: (quoted(text), f"t[{json.dumps(text)}]" if text else "t[]"))


def calls(inner: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    def made(name: str, args: list[Pair]) -> Pair:
        return f"{name}({', '.join(text for text, _ in args)})", f"{name}({','.join(tree for _, tree in args)})"

    return st.builds(made, names, st.lists(inner, max_size=3))


def tuples(inner: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    def made(items: list[Pair], comma: str) -> Pair:
        return f"[{comma.join(text for text, _ in items)}]", f"[{','.join(tree for _, tree in items)}]"

    return st.builds(made, st.lists(inner, max_size=3), st.sampled_from([", ", ",\n", " ,/* x */", ", # x\n"]))


def objects(inner: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    def made(items: dict[str, Pair], comma: str, sign: str) -> Pair:
        written = comma.join(f"{key}{sign}{text}" for key, (text, _) in items.items())
        return f"{{{written}}}", "{" + ",".join(f't["{key}"]={tree}' for key, (_, tree) in items.items()) + "}"

    commas = st.sampled_from([", ", "\n", ",\n", " # x\n"])
    return st.builds(made, st.dictionaries(names, inner, max_size=3), commas, st.sampled_from([" = ", " : "]))


def interpolated(inner: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    return inner.map(lambda pair: (f'"a ${{{pair[0]}}} b"', f't["a ",${{{pair[1]}}}," b"]'))


def chosen(inner: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    def made(cond: Pair, then: Pair, otherwise: Pair) -> Pair:
        return f"({cond[0]} ? {then[0]} : {otherwise[0]})", f"<({cond[1]}?{then[1]}:{otherwise[1]})>"

    return st.builds(made, inner, inner, inner)


def members(inner: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    return st.builds(
        lambda pair, name, key: (f"({pair[0]}).{name}[{key[0]}]", f"<{pair[1]}>.{name}[{key[1]}]"), inner, names, inner
    )


def loops(inner: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    return st.builds(
        lambda name, over, value: (
            f"[for {name} in {over[0]} : {value[0]}]",
            f"each(None,{name} in {over[1]}:{value[1]})",
        ),
        names,
        inner,
        inner,
    )


def nested(inner: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    return st.one_of(*(make(inner) for make in (calls, tuples, objects, interpolated, chosen, members, loops)))


expressions = st.recursive(st.one_of(numbers(), strings(), names.map(lambda name: (name, name))), nested, max_leaves=12)


@given(expressions)
def test_written_expressions_are_read_back(pair: Pair) -> None:
    text, tree = pair
    expr = parse_expression(Source("x", text))
    assert shown(expr) == tree
    assert (expr.start, expr.end) == (0, len(text))
    check_places(expr, 0, len(text))


Tree = tuple[str, "Tree", "Tree"] | str
BINDING = {"||": 1, "&&": 2, "==": 3, "!=": 3, "<": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6}


def written(tree: Tree, least: int) -> Pair:
    """An operation with the fewest parentheses that keep its structure."""
    if isinstance(tree, str):
        return tree, tree
    op, left, right = tree
    binding = BINDING[op]
    (left_text, left_tree), (right_text, right_tree) = written(left, binding), written(right, binding + 1)
    text, shape = f"{left_text} {op} {right_text}", f"({left_tree}{op}{right_tree})"
    return (f"({text})", f"<{shape}>") if binding < least else (text, shape)


@given(st.recursive(names, lambda inner: st.tuples(st.sampled_from([*BINDING]), inner, inner), max_leaves=20))
def test_operators_bind_as_they_should(tree: Tree) -> None:
    text, shape = written(tree, 0)
    assert shown(parse_expression(Source("x", text))) == shape


Content = tuple[dict[str, Pair], list[tuple[str, list[str], "Content"]]]


@st.composite
def contents(draw: st.DrawFn, levels: int = 3) -> Content:
    attributes = draw(st.dictionaries(names, expressions, max_size=3))
    count = draw(st.integers(0, 2)) if levels else 0
    return attributes, [
        (draw(names), draw(st.lists(texts, max_size=2)), draw(contents(levels - 1))) for _ in range(count)
    ]


def laid_out(content: Content, end: str, indent: str = "") -> str:
    attributes, blocks = content
    lines = [f"{indent}{name} = {text}{end}" for name, (text, _) in attributes.items()]
    for kind, labels, inner in blocks:
        head = " ".join([kind, *map(quoted, labels)])
        lines.append(f"{indent}{head} {{{end}{laid_out(inner, end, indent + '  ')}{indent}}}{end}")
    return "".join(lines)


def seen(body: Body) -> object:
    attributes = {name: shown(attribute.expr) for name, attribute in body.attributes.items()}
    return attributes, [(block.type, block.labels, seen(block.body)) for block in body.blocks]


def wanted_of(content: Content) -> object:
    attributes, blocks = content
    trees = {name: tree for name, (_, tree) in attributes.items()}
    return trees, [(kind, labels, wanted_of(inner)) for kind, labels, inner in blocks]


@settings(max_examples=60, deadline=None)
@given(contents(), st.sampled_from(["\n", "\r\n", " # x\n", "\n\n"]))
def test_written_bodies_are_read_back(content: Content, end: str) -> None:
    text = laid_out(content, end)
    body = body_of(text)
    assert seen(body) == wanted_of(content)
    check_body(body, 0, len(text))


@settings(max_examples=60, deadline=None)
@given(
    contents(),
    st.integers(0, 10_000),
    st.integers(0, 5),
    st.sampled_from(["", "}", "{", '"', "${", "(", "\n", "<<E\n", "/*"]),
)
def test_damaged_bodies_are_read_as_far_as_possible(content: Content, place: int, length: int, put: str) -> None:
    text = laid_out(content, "\n")
    place = min(place, len(text))
    check_reading(text[:place] + put + text[place + length :])


def check_reading(text: str) -> None:
    body, problems = parse(Source("x", text))
    check_body(body, 0, len(text))
    check_problems(problems, text)


def check_problems(problems: list[SyntaxProblem], text: str) -> None:
    last = 0
    for problem in problems:
        assert last <= problem.at.start <= problem.at.end <= len(text)
        assert problem.reason
        last = problem.at.start


@settings(max_examples=500, deadline=None)
@given(st.text(st.one_of(st.sampled_from('ab ={}[]()"$%~\n\r\\<-E:?.,*#/!&|0'), st.characters()), max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    check_reading(text)
    check_reading(f'a "b" {{\n{text}\n}}\n')
    check_reading(f"a = <<-E\n{text}\nE\n")
    for read in (parse_expression, parse_template):
        try:
            read(Source("x", text))
        except SyntaxProblem as problem:
            check_problems([problem], text)


@given(texts)
def test_the_places_of_quoted_text(text: str) -> None:
    source = f"a = {quoted(text)}\n"
    assert string(source) == text
    if text:
        escapes = {"\n": "\\", "\t": "\\", '"': "\\", "\\": "\\"}
        stands = source_of(source, only_text(value_of(source)))
        assert stands == [escapes.get(character, character) for character in text]


@given(st.lists(st.tuples(st.integers(0, 4), texts), max_size=6), st.sampled_from(["\n", "\r\n"]))
def test_the_places_of_trimmed_heredocs(rows: list[tuple[int, str]], end: str) -> None:
    lines = [" " * indent + text.replace("\n", "").strip() + end for indent, text in rows]
    lines = [line for line in lines if line.strip() != "E"]
    least = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    source = f"a = <<-E{end}{escaped(''.join(lines))}  E{end}"
    assert string(source) == "".join(line[least:] if line.strip() else line for line in lines)
    if lines:
        part = only_text(value_of(source))
        assert "".join(source_of(source, part)) == part.text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('a = "# none" # one\r\nb = 1 // two\n', ["# one", "// two"]),
        ('a = "${b("}")} # none" # one\n', ["# one"]),
        ('a = "%{ if b }# none%{ endif }"\n/* one\n" */ c = 1 / 2 # two', ['/* one\n" */', "# two"]),
        ('a = "$${ # none" # one\n', ["# one"]),
        ('a = <<-END\n# none\nEND\n# one\n"ends with the line # none\n# two\n', ["# one", "# two"]),
        ('a = 1 < 2 # one\n"\\" # none"}}{ # two', ["# one", "# two"]),
    ],
)
def test_comments_are_found_outside_of_strings_only(text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in comments(text)] == found

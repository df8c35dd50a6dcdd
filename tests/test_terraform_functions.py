from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import failures
from iplint.location import Source, Span, Verbatim
from iplint.scenario import Scenario
from iplint.syntax import hcl
from iplint.terraform import functions
from iplint.terraform.expression import evaluate
from iplint.terraform.failure import fails
from iplint.terraform.scope import Scope
from iplint.terraform.source_map import SourceMap
from iplint.terraform.variables import conform
from iplint.value import HOLE, Absent, Chunk, Hole, Input, Known, Map, Reason, Ref, Seq, Text, Unknown, literal_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from iplint.judging.session import Report
    from iplint.syntax.hcl_tree import Attr, Expr
    from iplint.terraform.scope import Shape
    from iplint.value import Datum, Value

SOURCE = Source("main.tf", 'name = "some text that values stand in"')
AT = Span(SOURCE, 0, 4)
ELSEWHERE = Span(SOURCE, 8, 12)


class Role:
    type = "aws_iam_role"
    address = "aws_iam_role.app"


class Home:
    """Evaluates expressions in which `var.x` is unknown and `aws_iam_role.app.x` is an attribute that AWS makes up."""

    def __init__(self) -> None:
        self.scenario = Scenario({})
        self.shapes: dict[str, Shape] = {}

    def reference(self, node: Attr, scope: Scope) -> Value | None:
        name = getattr(node.object, "name", "")
        if name == "var":
            return unknown(f"var.{node.name}")
        return made_by_aws(node.name) if name == "made" else None

    def convert(self, value: Value, type: Expr, scope: Scope) -> Value:
        return conform(value, type, scope)

    def call(self, name: str, args: list[Value], scope: Scope, at: Span) -> Value | None:
        return functions.call(name, args, at)

    def spend(self, steps: int) -> bool:
        return True


def evaluated(expression: str) -> Value:
    source = Source("main.tf", expression)
    return evaluate(hcl.parse_expression(source), Scope(Home(), SourceMap(source), "", {}))


def unknown(name: str, present: bool = False) -> Unknown:
    return Unknown((Reason(name),), ELSEWHERE, present)


def made_by_aws(name: str = "name") -> Unknown:
    return Unknown((Reason(f"made.{name}"),), ELSEWHERE, True, ref=Ref(Role(), name))


def known(datum: Datum | str) -> Known[Datum]:
    return Known(
        literal_text(datum, Verbatim(Span(SOURCE, 8, 8 + len(datum)))) if isinstance(datum, str) else datum, ELSEWHERE
    )


def value_of(data: object) -> Value:
    match data:
        case None:
            return Absent(AT)
        case list():
            return Known(Seq([value_of(item) for item in data]), AT)
        case dict():
            return Known(Map({key: (AT, value_of(item)) for key, item in data.items()}), AT)
        case str() | bool() | int() | float():
            return known(data)
        case _:
            assert isinstance(data, Known | Absent | Unknown)
            return data


def plain(value: Value) -> object:
    """A value as Python data; what is unknown as a tuple of reasons; what is open ends with `...`."""
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
            data = {key: plain(item) for key in members if (item := members.get(key)) is not None}
            return {**data, "...": plain(members.more)} if members.more is not None else data
        case Known(datum):
            return datum


def called(name: str, *args: object) -> Value:
    value = functions.call(name, [value_of(arg) for arg in args], AT)
    assert value is not None
    return value


def result(name: str, *args: object) -> object:
    return plain(called(name, *args))


def string(value: Value) -> Text:
    assert isinstance(value, Known)
    assert isinstance(value.value, Text)
    return value.value


# Facts: what Terraform 1.11 answers.

FACTS = r"""
upper("ßǆŉiéσς")  =>  "\u00df\u01c4\u0149I\u00c9\u03a3\u03a3"
lower("İΣÀẞ")  =>  "i\u03c3\u00e0\u00df"
element(["a","b"], 3)  =>  "b"
tobool("1")  =>  true
tobool(null)  =>  null
tonumber("1e3")  =>  1000
tonumber("-1.5")  =>  -1.5
tonumber("+5")  =>  5
tonumber(".5")  =>  0.5
tonumber("5.")  =>  5
tostring(1.0)  =>  "1"
tostring(true)  =>  "true"
tostring(1e30)  =>  "1000000000000000000000000000000"
tostring(1e-7)  =>  "0.0000001"
tostring(0.1)  =>  "0.1"
tostring(123456789012345678901234567890)  =>  "123456789012345678901234567890"
format("%d", "12")  =>  "12"
format("%v", [1,"a"])  =>  "[1,\"a\"]"
format("%v", {b=1,a=[true]})  =>  "{\"a\":[true],\"b\":1}"
format("%v", 1.5)  =>  "1.5"
format("%v", true)  =>  "true"
format("%#v", "a<b")  =>  "\"a\\u003cb\""
format("%#v", 1)  =>  "1"
format("%v", "a")  =>  "a"
format("%.2f %8.3f %.2s %g %g", 3.14159, 2.5, "abcdef", 1e21, 0.00001)  =>  "3.14    2.500 ab 1e+21 1e-05"
format("%E %.1e", 12345.678, 0.05)  =>  "1.234568E+04 5.0e-02"
format("%[2]s %[1]s", "a", "b")  =>  "b a"
format("%[2]s %[1]s %s", "a", "b")  =>  "b a b"
format("%d%%", 5)  =>  "5%"
format("%f", 1)  =>  "1.000000"
format("%s", 1e30)  =>  "1000000000000000000000000000000"
format("%s", true)  =>  "true"
format("%t", "true")  =>  "true"
format("%-5d|% d|%+.1f", 3, 4, 2.55)  =>  "3    | 4|+2.5"
format("%08.3f", 3.14159)  =>  "0003.142"
format("%3d", -5)  =>  " -5"
format("%x", -255)  =>  "-ff"
format("%#x", 255)  =>  "0xff"
format("%q", "a<b\n")  =>  "\"a\\u003cb\\n\""
format("%-5t|%5v|%-5v|%05s", true, "a", 1, "a")  =>  "true|    a|1    |0000a"
format("%.1v", "abc")  =>  "abc"
format("%4s", 12)  =>  "  12"
format("hello")  =>  "hello"
format("%s", "%d")  =>  "%d"
coalesce("", "a")  =>  "a"
coalesce(false, true)  =>  false
coalesce(["a"], ["b"])  =>  ["a"]
coalescelist([], ["a"])  =>  ["a"]
compact(["a","",null])  =>  ["a"]
compact([])  =>  []
join(",", ["a"], ["b"])  =>  "a,b"
join(",", [1, true])  =>  "1,true"
join(",", [])  =>  ""
replace("abc","","-")  =>  "-a-b-c-"
replace("hello world", "/w.*d/", "[$0]")  =>  "hello [world]"
replace("a-b", "/(?P<x>a)-(b)/", "$${2}-$${x}")  =>  "b-a"
replace("a-b", "/(a)-(b)/", "$1x")  =>  ""
replace("a-b", "/(a)-(b)/", "$2$1$$")  =>  "ba$"
replace("aaa", "/a*/", "b")  =>  "b"
replace("baac", "/a*/", "x")  =>  "xbxcx"
replace("hello", "l", "L")  =>  "heLLo"
replace("a/b", "/", "-")  =>  "a-b"
replace("a//b", "//", "-")  =>  "-a-/-/-b-"
replace("1 + 2 + 3", "+", "-")  =>  "1 - 2 - 3"
regex("(?m)a$", "a\nb")  =>  "a"
regex("[a-z]+", "53453453.345345aaabbbccc23454")  =>  "aaabbbccc"
regex("(\\d\\d\\d\\d)-(\\d\\d)-(\\d\\d)", "2019-02-01")  =>  ["2019", "02", "01"]
regex("(\\d)(x)?", "a1")  =>  ["1", null]
regex("(?i)HELLO", "say hello")  =>  "hello"
regex("\\w+", "éa")  =>  "a"
regex("a{2}", "aaa")  =>  "aa"
regex("a{,2}", "a{,2}")  =>  "a{,2}"
regex("\\.", "a.b")  =>  "."
regex("[$]", "a$")  =>  "$"
regex("\\$", "a$")  =>  "$"
regexall("\\d", "a1b2")  =>  ["1", "2"]
regexall("[a-z]+", "1234abcd5678efgh9")  =>  ["abcd", "efgh"]
regexall("(\\w)(\\d)", "a1b2")  =>  [["a", "1"], ["b", "2"]]
regexall("a*", "baac")  =>  ["", "aa", ""]
regexall("x", "y")  =>  []
substr("hello",-3,2)  =>  "ll"
substr("hello",1,-1)  =>  "ello"
substr("hello",10,2)  =>  ""
substr("hello",0,100)  =>  "hello"
substr("hello",-10,2)  =>  "he"
substr("hello",0,0)  =>  ""
title("hello wOrld_foo-bar 'x' éa")  =>  "Hello WOrld_foo-Bar 'X' \u00c9a"
title("a1b 2c x.y")  =>  "A1b 2c X.Y"
trim("?!hello?!", "!?")  =>  "hello"
trim("foobar", "far")  =>  "oob"
trim("abc", "")  =>  "abc"
trimprefix("helloworld", "hello")  =>  "world"
trimprefix("helloworld", "cat")  =>  "helloworld"
trimprefix("aab", "a")  =>  "ab"
trimsuffix("helloworld", "world")  =>  "hello"
trimspace("  \u0085a\u00a0 ")  =>  "a"
trimspace("\u001ca")  =>  "\u001ca"
chomp("a\r\n\n\r")  =>  "a"
chomp("a\n ")  =>  "a\n "
indent(2, "a\nb\n\nc")  =>  "a\n  b\n  \n  c"
indent(2, "a\r\nb")  =>  "a\r\n  b"
split(",", "")  =>  [""]
split("", "abc")  =>  ["a", "b", "c"]
split(",", "a,b,,c")  =>  ["a", "b", "", "c"]
split("ab", "xabyabab")  =>  ["x", "y", "", ""]
strrev("hello")  =>  "olleh"
strrev("hé")  =>  "\u00e9h"
length("a\r\nb")  =>  3
length("é")  =>  1
length({a=1})  =>  1
length([1,2])  =>  2
parseint("FF", 16)  =>  255
parseint("012", 10)  =>  12
parseint("-z", 36)  =>  -35
parseint("+5", 10)  =>  5
log(16,2)  =>  4
log(8,2)  =>  3
log(50,10)  =>  1.6989700043360185
ceil(-1.5)  =>  -1
ceil(5)  =>  5
ceil(5.1)  =>  6
floor(-1.5)  =>  -2
floor(4.9)  =>  4
pow(2,0.5)  =>  1.4142135623730951
pow(3,2)  =>  9
pow(4,0)  =>  1
pow(2,-1)  =>  0.5
max(1,"3",2)  =>  3
min(12,54,3)  =>  3
min([1,2]...)  =>  1
abs(-12.4)  =>  12.4
abs("-3")  =>  3
signum(-3)  =>  -1
signum(0)  =>  0
sum([1,2.5,"3"])  =>  6.5
setproduct(["a","b"],[1,2])  =>  [["a", 1], ["a", 2], ["b", 1], ["b", 2]]
setproduct(["a"],[])  =>  []
toset([10,9,9])  =>  [9, 10]
toset([])  =>  []
toset(["a", "B", "_", "é", "z"])  =>  ["B", "_", "a", "z", "\u00e9"]
values({b=1,a=2})  =>  [2, 1]
keys({b=1,a=2})  =>  ["a", "b"]
transpose({a=["1","2"],b=["2","3"]})  =>  {"1": ["a"], "2": ["a", "b"], "3": ["b"]}
zipmap(["a","b"],[1,2])  =>  {"a": 1, "b": 2}
zipmap(["a","a"],[1,2])  =>  {"a": 2}
matchkeys(["i1","i2","i3"],["a","b","a"],["a"])  =>  ["i1", "i3"]
chunklist(["a","b","c"],2)  =>  [["a", "b"], ["c"]]
chunklist(["a","b"],0)  =>  [["a", "b"]]
chunklist([],2)  =>  []
slice(["a","b","c"],1,2)  =>  ["b"]
slice(["a","b","c"],0,0)  =>  []
range(3)  =>  [0, 1, 2]
range(0)  =>  []
range(-2)  =>  [0, -1]
range(1,4)  =>  [1, 2, 3]
range(1,8,2)  =>  [1, 3, 5, 7]
range(1,4,0.5)  =>  [1, 1.5, 2, 2.5, 3, 3.5]
range(4,1)  =>  [4, 3, 2]
range(10,5,-2)  =>  [10, 8, 6]
range(5,0)  =>  [5, 4, 3, 2, 1]
range(1,1)  =>  []
distinct(["a","b","a"])  =>  ["a", "b"]
distinct([{a=1},{a=1},{a=2}])  =>  [{"a": 1}, {"a": 2}]
index(["a","b"],"b")  =>  1
contains(["a","b"], "a")  =>  true
contains(["a","b"], "d")  =>  false
alltrue(["true", true])  =>  true
alltrue(["true", null])  =>  false
alltrue([])  =>  true
alltrue([true, false])  =>  false
anytrue([])  =>  false
anytrue(["true", false])  =>  true
urlencode("a b&c/é~*")  =>  "a+b%26c%2F%C3%A9~%2A"
urlencode("Hello World!")  =>  "Hello+World%21"
urldecode("a+b%26c%2F%C3%A9~")  =>  "a b&c/é~"
base64gunzip("H4sIAAAAAAAC/8tIzcnJBwCGphA2BQAAAA==")  =>  "hello"
base64gunzip(base64gzip("hello"))  =>  "hello"
cidrcontains("192.168.2.0/20", "192.168.2.1")  =>  true
cidrcontains("192.168.2.0/20", "192.168.2.0/22")  =>  true
cidrcontains("192.168.2.0/20", "192.126.2.1")  =>  false
cidrcontains("192.168.2.0/20", "192.168.0.0/16")  =>  false
cidrcontains("2001:db8::/32", "2001:db8:1::5")  =>  true
convert("true", bool)  =>  true
convert(["b", "a", "b"], set(string))  =>  ["a", "b"]
convert([1, true], list(string))  =>  ["1", "true"]
convert({}, object({ name = optional(string, "x") }))  =>  {"name": "x"}
convert({ a = { n = 1 } }, map(object({ n = string })))  =>  {"a": {"n": "1"}}
can(convert("abc", number))  =>  false
base64encode("Hello World")  =>  "SGVsbG8gV29ybGQ="
base64encode("é")  =>  "w6k="
base64decode("SGVsbG8gV29ybGQ=")  =>  "Hello World"
base64decode("aGVs\nbG8=")  =>  "hello"
base64decode("")  =>  ""
jsonencode({"hello"="world"})  =>  "{\"hello\":\"world\"}"
jsonencode(null)  =>  "null"
jsonencode({b=[1,null,true],a={}})  =>  "{\"a\":{},\"b\":[1,null,true]}"
jsondecode("{\"hello\": \"world\"}")  =>  {"hello": "world"}
jsondecode("true")  =>  true
jsondecode("null")  =>  null
jsondecode("[1,2.50,1e3]")  =>  [1, 2.5, 1000]
yamldecode("{\"hello\": \"world\"}")  =>  {"hello": "world"}
csvdecode("a,b,c\n1,2,3\n4,5,6\n")  =>  [{"a": "1", "b": "2", "c": "3"}, {"a": "4", "b": "5", "c": "6"}]
csvdecode("a,b\n\"x,y\",\"q\"\"r\"")  =>  [{"a": "x,y", "b": "q\"r"}]
csvdecode("a,b")  =>  []
md5("hello world")  =>  "5eb63bbbe01eeed093cb22bb8f5acdc3"
sha1("hello world")  =>  "2aae6c35c94fcfb415dbe95f408b9ce91ee846ed"
sha256("hello world")  =>  "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"
base64sha256("hello world")  =>  "uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek="
cidrhost("10.12.112.0/20", 16)  =>  "10.12.112.16"
cidrhost("10.12.112.0/20", 268)  =>  "10.12.113.12"
cidrhost("10.0.0.0/24", -1)  =>  "10.0.0.255"
cidrhost("10.0.0.0/24", -256)  =>  "10.0.0.0"
cidrhost("10.0.0.7/24", 1)  =>  "10.0.0.1"
cidrhost("010.0.0.0/24", 1)  =>  "10.0.0.1"
cidrhost("fd00:fd12:3456:7890:00a2::/72", 34)  =>  "fd00:fd12:3456:7890::22"
cidrnetmask("172.16.0.0/12")  =>  "255.240.0.0"
cidrsubnet("172.16.0.0/12", 4, 2)  =>  "172.18.0.0/16"
cidrsubnet("10.1.2.0/24", 4, 15)  =>  "10.1.2.240/28"
cidrsubnet("10.0.0.0/24", 0, 0)  =>  "10.0.0.0/24"
cidrsubnet("fd00:fd12:3456:7890::/56", 16, 162)  =>  "fd00:fd12:3456:7800:a200::/72"
cidrsubnets("10.1.0.0/16", 4, 4, 8, 4)  =>  ["10.1.0.0/20", "10.1.16.0/20", "10.1.32.0/24", "10.1.48.0/20"]
cidrsubnets("10.0.0.0/24")  =>  []
formatdate("DD MMM YYYY hh:mm ZZZ", "2018-01-02T23:12:01Z")  =>  "02 Jan 2018 23:12 UTC"
formatdate("EEEE, DD-MMM-YY hh:mm:ss ZZZ", "2018-01-02T23:12:01Z")  =>  "Tuesday, 02-Jan-18 23:12:01 UTC"
formatdate("EEE, DD MMM YYYY hh:mm:ss ZZZ", "2018-01-02T23:12:01-08:00")  =>  "Tue, 02 Jan 2018 23:12:01 -0800"
formatdate("MMM DD, YYYY", "2018-01-02T23:12:01Z")  =>  "Jan 02, 2018"
formatdate("HH:mmaa", "2018-01-02T23:12:01Z")  =>  "11:12pm"
formatdate("h'h'mm", "2018-01-02T23:12:01-08:00")  =>  "23h12"
formatdate("Z ZZZ ZZZZ ZZZZZ", "2018-01-02T03:12:01Z")  =>  "Z UTC +0000 +00:00"
timeadd("2017-11-22T00:00:00Z", "10m")  =>  "2017-11-22T00:10:00Z"
timeadd("2017-11-22T00:00:00Z", "1h30m5s")  =>  "2017-11-22T01:30:05Z"
timeadd("2017-11-22T00:00:00+02:00", "-1h1.5s")  =>  "2017-11-21T22:59:58+02:00"
timeadd("2017-11-22T00:00:00Z", "1.5h")  =>  "2017-11-22T01:30:00Z"
timeadd("2017-11-22T00:00:00Z", "0")  =>  "2017-11-22T00:00:00Z"
timeadd("2017-11-22T00:00:00Z", "100ms")  =>  "2017-11-22T00:00:00Z"
timecmp("2017-11-22T00:00:00Z", "2017-11-22T00:00:00Z")  =>  0
timecmp("2017-11-22T00:00:00Z", "2017-11-22T01:00:00Z")  =>  -1
timecmp("2017-11-22T01:00:00Z", "2017-11-22T00:00:00-01:00")  =>  0
timecmp("2017-11-22T01:00:00.5Z", "2017-11-22T01:00:00Z")  =>  1
uuidv5("dns", "www.terraform.io")  =>  "a5008fae-b28c-5ba5-96cd-82b4c53552d6"
uuidv5("url", "https://www.terraform.io/")  =>  "9db6f67c-dd95-5ea0-aa5b-e70e5c5f7cf5"
uuidv5("x500", "a")  =>  "54a0a790-c611-5b5b-b50e-ff01490ecdfa"
uuidv5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "www.terraform.io")  =>  "a5008fae-b28c-5ba5-96cd-82b4c53552d6"
textencodebase64("Hello World", "UTF-16LE")  =>  "SABlAGwAbABvACAAVwBvAHIAbABkAA=="
textdecodebase64("SABlAGwAbABvACAAVwBvAHIAbABkAA==", "UTF-16LE")  =>  "Hello World"
textencodebase64("aé", "windows-1252")  =>  "Yek="
textencodebase64("aé", "UTF-8")  =>  "YcOp"
textencodebase64("aé", "ISO-8859-1")  =>  "Yek="
merge(null, {a=1})  =>  {"a": 1}
merge({a=1},{a=null})  =>  {"a": null}
merge({a=1,b=2},{b=3,c=4})  =>  {"a": 1, "b": 3, "c": 4}
merge()  =>  {}
merge([{a=1},{b=2}]...)  =>  {"a": 1, "b": 2}
flatten([["a"],[],["b",["c"]], {x=1}])  =>  ["a", "b", "c", {"x": 1}]
flatten([null, "a"])  =>  [null, "a"]
concat(["a"],["b"],[])  =>  ["a", "b"]
concat([])  =>  []
lookup({a=1}, "b", null)  =>  null
lookup({a="ay",b="bee"}, "a", "what?")  =>  "ay"
lookup({a="ay",b="bee"}, "c", "what?")  =>  "what?"
lookup({a=null}, "a", 3)  =>  null
one([])  =>  null
one(["a"])  =>  "a"
one(toset(["a","a"]))  =>  "a"
sort(["b","a","B","10","9"])  =>  ["10", "9", "B", "a", "b"]
sort([1,10,9])  =>  ["1", "10", "9"]
reverse([1,2,3])  =>  [3, 2, 1]
startswith("abc", "")  =>  true
startswith("hello world", "hello")  =>  true
endswith("hello world", "hello")  =>  false
strcontains("hello world", "wor")  =>  true
strcontains("hello world", "wod")  =>  false
basename("/a/b/")  =>  "b"
basename("foo/bar/baz.txt")  =>  "baz.txt"
basename("")  =>  "."
basename("/")  =>  "/"
dirname("a")  =>  "."
dirname("/a/b/")  =>  "/a/b"
dirname("foo/bar/baz.txt")  =>  "foo/bar"
dirname("/a")  =>  "/"
dirname("")  =>  "."
dirname("a//b/../c")  =>  "a"
setsubtract(["a","b","c"],["a","c"])  =>  ["b"]
setintersection(["a","b"],["b","c"],["b","d"])  =>  ["b"]
setunion(["a","b"],["b","c"],["d"])  =>  ["a", "b", "c", "d"]
formatlist("%s-%s", ["a","b"], "c")  =>  ["a-c", "b-c"]
formatlist("x%s", "c")  =>  ["xc"]
formatlist("x%s", [])  =>  []
formatlist("x")  =>  ["x"]
formatlist("%s-%s", ["a","b"], ["c", "d"])  =>  ["a-c", "b-d"]
nonsensitive("a")  =>  "a"
lower(1)  =>  "1"
upper(true)  =>  "TRUE"
length(toset(["a","a"]))  =>  1
jsonencode(toset(["b","a"]))  =>  "[\"a\",\"b\"]"
pathexpand("a")  =>  "a"
parseint("0b1", 16)  =>  177
parseint("ZZ", 36)  =>  1295
parseint("007", 8)  =>  7
substr("a\r\nb", 1, 1)  =>  "\r\n"
split("", "a\r\nb")  =>  ["a", "\r", "\n", "b"]
regex("a{x}", "a{x}")  =>  "a{x}"
regex("(?m)^b$", "a\nb\nc")  =>  "b"
replace("a\nb\n", "/(?m)$/", ";")  =>  "a;\nb;\n;"
replace("x-y_z", "/[^a-zA-Z0-9]/", "")  =>  "xyz"
regex("^arn:aws[a-z-]*:iam::(\\d{12}):role/(.+)$", "arn:aws:iam::123456789012:role/App")  =>  ["123456789012", "App"]
regex("(?i:A)b", "ab")  =>  "ab"
format("%d %s", 1, [for x in ["a"]: x][0])  =>  "1 a"
format("%v", 1e21)  =>  "1e+21"
format("%v", 1e22)  =>  "1e+22"
format("%v", 1234567)  =>  "1.234567e+06"
format("%e", 0)  =>  "0.000000e+00"
format("%g", 0)  =>  "0"
format("%d", 12345678901234567890123)  =>  "12345678901234567890123"
format("%x", 12345678901234567890123)  =>  "29d42b64e76714244cb"
"""
REFUSED = r"""
element([], 0)
tobool("True")
tonumber("0x1F")
tonumber(" 1")
tonumber("")
tonumber("1_000")
tonumber(true)
tostring(["a"])
format("%d", 1.6)
format("%[2]s %s", "a", "b")
format("%s", "a", "b")
format("%s %s", "a")
format("%5%", 5)
format("%s", [1])
format("%t", 1)
format("%z", 1)
format("%", 1)
coalesce(null, "")
coalescelist([], [])
coalescelist([])
join(",", ["a", null])
join(",")
join(",", [["a"]])
regex("a$", "a\n")
regex("[a-z]+", "53453453.34534523454")
regex("a(?=b)", "ab")
regex("(a)\\1", "aa")
regex("(?P<a>x)(y)", "xy")
substr("hello",1.5,1)
length(1)
length(null)
parseint("0x1", 16)
parseint("1_0", 10)
parseint("12", 2)
parseint(100, 10)
parseint("", 10)
log(-1,10)
pow(-8,0.5)
pow(-8, 0.5)
max()
sum([])
tolist({a=1})
tomap(["a"])
keys([])
zipmap(["a","b"],[1])
matchkeys(["i1"],["a","b"],["a"])
chunklist(["a","b"],-1)
slice(["a","b","c"],2,5)
slice(["a","b","c"],2,1)
range(1,4,-1)
range(1,4,0)
range(1025)
index(["a","b"],"c")
index([], "c")
contains({a=1}, "a")
anytrue(["x"])
base64decode("aGVsbG8")
base64decode("aGVs bG8=")
base64decode("/w==")
base64decode("a===")
jsondecode("{")
jsondecode("")
csvdecode("a,b\n1")
csvdecode("a,a\n1,2")
csvdecode("")
cidrhost("10.0.0.0/24", -257)
cidrhost("10.0.0.0/24", 256)
cidrhost("10.0.0.0", 1)
cidrcontains("10.0.0.0/24", "fd00::1")
cidrcontains("10.0.0.0/24", "here")
urldecode("100%")
base64gunzip("aGVsbG8=")
base64gunzip("H4sIAAAAAAAC/8tIzck=")
convert("abc", bool)
cidrnetmask("fd00::/8")
cidrsubnet("10.0.0.5/24", 4, 16)
cidrsubnet("10.0.0.0/24", 9, 0)
cidrsubnets("10.0.0.0/24", 1, 1, 1)
formatdate("x", "2018-01-02T23:12:01-08:00")
formatdate("YYYY", "2018-01-02")
formatdate("'a", "2018-01-02T23:12:01Z")
timeadd("2017-11-22T00:00:00Z", "1d")
timeadd("2017-11-22T00:00:00Z", "")
timeadd("2017-11-22 00:00:00Z", "1h")
uuidv5("zz", "a")
textencodebase64("aé", "US-ASCII")
textencodebase64("aé", "rot13")
merge({a=1}, ["x"])
flatten("a")
concat(["a"],"b")
lookup({a=1}, "b")
one(["a","b"])
sort([null])
reverse("ab")
formatlist("%s-%s", ["a","b"], ["c"])
lower(["a"])
lower("a", "b")
lower(null)
parseint("-", 10)
"""


@pytest.mark.parametrize("fact", FACTS.strip().splitlines())
def test_answers_as_terraform(fact: str) -> None:
    expression, _, expected = fact.rpartition("  =>  ")
    assert plain(evaluated(expression)) == json.loads(expected)


@pytest.mark.parametrize("expression", REFUSED.strip().splitlines())
def test_what_terraform_refuses_fails(expression: str) -> None:
    assert fails(evaluated(expression))


def test_a_refusal_names_the_function() -> None:
    assert result("lower", ["a"]) == ("lower(...) with arguments it does not take",)
    assert result("lower") == ("lower(...) with arguments it does not take",)
    assert result("lower", "a", "b") == ("lower(...) with arguments it does not take",)


def test_verbs() -> None:
    verbs, values = "%5s|%-5s|%05d|%+d|%x|%X|%b|%o|", ["a", "b", 42, 3, 255, 255, 5, 8]
    assert result("format", verbs, *values) == "    a|b    |00042|+3|ff|FF|101|10|"
    assert (
        result("format", "%e|%g|%q|%t", 1234.5, 1234567.25, 'x"y', True) == '1.234500e+03|1.23456725e+06|"x\\"y"|true'
    )


def test_digests() -> None:
    assert result("sha512", "a") == hashlib.sha512(b"a").hexdigest()
    assert result("base64sha512", "a") == base64.b64encode(hashlib.sha512(b"a").digest()).decode()


def test_named_groups() -> None:
    pattern = "^(?:(?P<scheme>[^:/?#]+):)?(?://(?P<authority>[^/?#]*))?"
    expected = {"authority": "terraform.io", "scheme": "https"}
    assert result("regex", pattern, "https://terraform.io/docs/") == expected


def test_no_such_function() -> None:
    assert functions.call("nonesuch", [], AT) is None
    for name in ("try", "can", "file", "templatefile", "templatestring", "fileset"):
        assert functions.call(name, [known("a")], AT) is None


# Unknown arguments


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("lower(var.x)", ("var.x",)),
        ("contains([var.a, var.b], var.x)", ("var.a", "var.x", "var.b")),
        ('contains(["a", var.x], "a")', True),
        ('contains([var.x], "a")', ("var.x",)),
        ("length([var.a, var.b])", 2),
        ("length({ a = var.a })", 1),
        ("length(var.x)", ("var.x",)),
        ('length(concat(["a"], var.x))', ("var.x",)),
        ("length(toset([var.a, var.b]))", ("var.a", "var.b")),
        ("length(toset([var.a]))", 1),
        ('join(",", ["a", var.x, "b"])', "a,${var.x},b"),
        ('join(",", var.x)', ("var.x",)),
        ('join("-", concat(["a"], var.x))', "a${...}"),
        ('join("-", concat(["a"], var.x, ["b"]))', "a${...}b${...}"),
        ('format("%s-%s", "a", var.x)', "a-${var.x}"),
        ('format("%03d-%s", var.n, "a")', "${var.n}-a"),
        ('format("${var.p}-%s", "a")', "${var.p}-a"),
        ('formatlist("%s/*", ["a", var.x])', ["a/*", "${var.x}/*"]),
        ('formatlist("%s/*", var.x)', [...]),
        ('formatlist("%s-%s", ["a", "b"], var.x)', ["a-${var.x}", "b-${var.x}"]),
        ('concat(["a"], var.x, ["b"])', ["a", "b", ...]),
        ('concat(["a"], var.x, ["b"])[0]', "a"),
        ('element(concat(["a"], var.x, ["b"]), 0)', "a"),
        ('element(concat(var.x, ["b"]), 0)', ("var.x",)),
        ('element(["a"], var.i)', "a"),
        ('element(["a", "b"], var.i)', ("var.i",)),
        ("merge({ a = 1 }, var.x)", {"a": ("var.x",), "...": ("var.x",)}),
        ("merge(var.x, { a = 1 })", {"a": 1, "...": ("var.x",)}),
        ("merge({ a = 1, b = 2 }, var.x, { a = 3 })", {"a": 3, "b": ("var.x",), "...": ("var.x",)}),
        ("merge({ a = var.a }, { b = 1 })", {"a": ("var.a",), "b": 1}),
        ('coalesce(var.x, "a")', ("var.x",)),
        ('coalesce("", var.x)', ("var.x",)),
        ('coalesce("a", var.x)', "a"),
        ("coalescelist([], var.x)", ("var.x",)),
        ('coalescelist(["a"], var.x)', ["a"]),
        ('compact(["", var.x, "a"])', [("var.x",), "a"]),
        ('length(compact(["", var.x, "a"]))', ("var.x",)),
        ('compact(["", "${var.x}-a"])', ["${var.x}-a"]),
        ('flatten([["a"], var.x, [["b"]]])', ["a", "b", ...]),
        ("keys({ b = var.x, a = 1 })", ["a", "b"]),
        ("values({ b = var.x, a = 1 })", [1, ("var.x",)]),
        ("keys(merge({ a = 1 }, var.x))", ["a", ...]),
        ('lookup({ a = var.x }, "a", "b")', ("var.x",)),
        ('lookup({}, "a", var.x)', ("var.x",)),
        ('lookup(var.m, "a", "b")', ("var.m",)),
        ("lookup({ a = 1 }, var.k, 2)", ("var.k",)),
        ('lookup(merge(var.m, { a = 1 }), "a", 2)', 1),
        ('lookup(merge(var.m, { a = 1 }), "b", 2)', ("var.m",)),
        ('index(["a", var.x], "a")', 0),
        ('index([var.x, "a"], "a")', ("var.x",)),
        ("alltrue([var.x, false])", False),
        ("alltrue([var.x, true])", ("var.x",)),
        ("anytrue([var.x, true])", True),
        ("one(concat(var.x))", ("var.x",)),
        ('distinct(["a", "a", var.x])', ["a", ("var.x",)]),
        ('sort(["b", var.x])', ["b", ("var.x",)]),
        ('element(sort(["b", var.x]), 0)', ("var.x",)),
        ('slice(concat(["a", "b"], var.x), 0, 2)', ["a", "b"]),
        ("sum([1, var.x])", ("var.x",)),
        ("max(1, var.x)", ("var.x",)),
        ('startswith("arn:${var.p}", "arn:")', True),
        ('startswith("${var.p}:iam", "arn:")', ("var.p",)),
        ('endswith("${var.p}:iam", "iam")', True),
        ('strcontains("a${var.p}b", "b")', True),
        ('strcontains("a${var.p}b", "c")', ("var.p",)),
        ('trimprefix("arn:${var.p}", "arn:")', "${var.p}"),
        ('trimsuffix("${var.p}.com", ".com")', "${var.p}"),
        ('trimspace("  a ${var.x} b\\n")', "a ${var.x} b"),
        ('trimspace("${var.x} b\\n")', "${var.x}b"),
        ('upper("a-${var.x}")', "A-${var.x}"),
        ('replace("a:${var.x}:b", ":", "/")', "a/${var.x}/b"),
        ('replace("a${var.x}b", "ab", "")', ("var.x",)),
        ('replace("a.b", ".", var.x)', "a${var.x}b"),
        ('split(",", "a,b,${var.x},c")', ["a", "b", "c", ...]),
        ('split(",", "a,b,${var.x},c")[1]', "b"),
        ('element(split(",", "${var.x},c"), 0)', ("var.x",)),
        ('substr("abc-${var.x}", 0, 3)', "abc"),
        ('substr("abc-${var.x}", 0, 5)', ("var.x",)),
        ('indent(2, "a\\n${var.x}\\nb")', "a\n  ${var.x}\n  b"),
        ('regex("a", var.x)', ("var.x",)),
        ('regexall("a", "${var.x}")', ("var.x",)),
        ('jsonencode({ b = var.x, a = "x-${var.y}" })', '{"a":"x-${var.y}","b":${var.x}}'),
        ("jsondecode(jsonencode({ a = var.x }))", {"a": ("var.x",)}),
        ("jsondecode(var.x)", ("var.x",)),
        ('base64decode(base64encode("a-${var.x}"))', "a-${var.x}"),
        ("base64decode(base64encode(var.x))", ("var.x",)),
        ('sha256("a-${var.x}")', ("var.x",)),
        ("cidrsubnet(var.x, 4, 0)", ("var.x",)),
        ("tonumber(var.x)", ("var.x",)),
        ('zipmap([var.k, "a"], [1, 2])', {"a": 2, "...": ("var.k",)}),
        ('zipmap(["a", var.k], [1, 2])', {"a": ("var.k",), "...": ("var.k",)}),
        ("{ a = 1, (var.k) = 2, b = 3 }", {"a": ("var.k",), "b": 3, "...": ("var.k",)}),
        ('{ a = 1, "x-${var.k}" = 2 }', {"a": 1, "...": ("var.k",)}),
        ('{ for x in ["a", "b", var.x] : "k" => x... if x != "b" }.k[0]', "a"),
        ('{ for x in [var.x, "a"] : x => x... }.a', ["a", ...]),
        ('{ for x in [var.x, "a"] : x => x... }.a[0]', ("the order of a list",)),
        ('setunion(["a"], var.x)', ["a", ...]),
        ('setproduct(["a"], [var.x])', [["a", ("var.x",)]]),
    ],
)
def test_as_precise_as_is_sound(expression: str, expected: object) -> None:
    assert plain(evaluated(expression)) == expected


def test_unknown_results_stand_where_the_call_does() -> None:
    value = called("lower", unknown("var.x"))
    assert isinstance(value, Unknown)
    assert value.at is AT
    assert not fails(value)


def test_certainly_there_only_if_nothing_can_fail() -> None:
    def present(name: str, *args: object) -> bool:
        value = called(name, *args)
        return isinstance(value, Unknown) and value.present

    there = unknown("var.x", present=True)
    assert present("lower", there)
    assert not present("lower", unknown("var.x"))
    assert not present("regex", "a", there)
    assert not present("tonumber", there)
    assert present("uuid")
    assert present("timestamp")
    assert present("coalesce", unknown("var.x"), "a")
    assert not present("one", Known(Seq([], unknown("var.x")), AT))


@pytest.mark.parametrize("name", sorted(functions._FUNCTIONS))
@pytest.mark.parametrize("count", range(5))
def test_never_raises(name: str, count: int) -> None:
    shapes: list[object] = [
        None,
        unknown("var.x"),
        made_by_aws(),
        "",
        "a",
        "10.0.0.0/8",
        -1,
        2.5,
        True,
        [],
        ["a", None, unknown("var.x")],
        {},
        {"a": ["b"]},
        Known(Seq([known("a")], unknown("var.y")), AT),
        Known(Map({"a": (AT, known(1))}, unknown("var.y")), AT),
        Known(Text((Hole(unknown("var.x"), "${var.x}"), Chunk("b", Verbatim(AT)))), AT),
    ]
    for turn in range(len(shapes)):
        args = [value_of(shapes[(turn + turn * step + step * step) % len(shapes)]) for step in range(count)]
        value = functions.call(name, args, AT)
        assert value is not None
        plain(value)


# What passes through keeps its place, its reference and its input


@pytest.mark.parametrize(
    "expression",
    [
        "one([made.name])",
        "element([made.name], 3)",
        'coalesce("", made.name)',
        'coalesce(made.name, "a")',
        'join("", [made.name])',
        'compact([made.name, ""])[0]',
        "concat([made.name], var.x)[0]",
        'lookup({ a = made.name }, "a", "b")',
        'lookup({}, "a", made.name)',
        "tolist([made.name])[0]",
        "one(toset([made.name]))",
        "flatten([[made.name], []])[0]",
        "distinct([made.name])[0]",
        "nonsensitive(made.name)",
        "sensitive(made.name)",
        "tostring(made.name)",
        'format("%s", made.name)',
        "merge({ a = made.name }, { b = 1 }).a",
        "values({ a = made.name })[0]",
        'zipmap(["a"], [made.name]).a',
        "reverse([1, made.name])[0]",
        "slice([1, made.name], 1, 2)[0]",
        "chunklist([made.name], 1)[0][0]",
        "setproduct([made.name], [1])[0][0]",
        "coalescelist([], [made.name])[0]",
        'element(concat([made.name], [""]), 0)',
        "jsondecode(jsonencode({ a = made.name })).a",
        "base64decode(base64encode(made.name))",
        'matchkeys([made.name], ["a"], ["a"])[0]',
        "sort([made.name])[0]",
    ],
)
def test_a_reference_survives(expression: str) -> None:
    value = evaluated(expression)
    assert isinstance(value, Unknown)
    assert value.ref is not None
    assert value.ref.resource.address == "aws_iam_role.app"
    assert value.present
    assert value.at is ELSEWHERE


def test_the_same_value_comes_out() -> None:
    name = made_by_aws()
    for value in (
        called("one", [name]),
        called("element", [name], 0),
        called("coalesce", None, name),
        called("join", ",", [name]),
        called("tostring", name),
        called("lookup", {"a": name}, "a"),
    ):
        assert value is name


def test_holes_keep_what_fills_them_only_while_it_is_that() -> None:
    name = made_by_aws()
    kept = string(called("join", "-", ["a", name])).holes[0].value
    assert kept is name
    changed = string(called("upper", called("join", "-", ["a", name]))).holes[0].value
    assert changed.ref is None
    assert changed.reasons == name.reasons


def test_conversions_keep_the_input() -> None:
    input = Input("var.port", "port")
    number: Known[Datum] = Known(80, ELSEWHERE, input=input, ref=Ref(Role(), "x"))
    value = called("tostring", number)
    assert isinstance(value, Known)
    assert (plain(value), value.input, value.ref, value.at) == ("80", input, number.ref, ELSEWHERE)


def test_inputs_learn_what_they_are_compared_with() -> None:
    input = Input("var.env", "env")
    env: Known[Datum] = Known(literal_text("dev", Verbatim(AT)), AT, input=input)
    assert result("contains", ["prod", "stage"], env) is False
    assert input.options == ["prod", "stage"]
    other = Input("var.env", "env")
    assert result("lookup", {"a": 1, "b": 2}, Unknown((Reason("var.env"),), AT, input=other), 3) == ("var.env",)
    assert other.options == ["a", "b"]
    third = Input("var.name", "name")
    assert result("coalesce", Known(literal_text("x", Verbatim(AT)), AT, input=third), "b") == "x"
    assert third.options == [""]
    lowered = called("lower", Known(literal_text("Dev", Verbatim(AT)), AT, input=input))
    assert isinstance(lowered, Known)
    assert lowered.input is input


# Places


def spots(value: Value) -> list[str]:
    """The source text behind each piece of literal text."""
    found: list[str] = []
    for piece in string(value).pieces:
        if isinstance(piece, Chunk):
            found.append(piece.origin.span(piece.offset, piece.offset + len(piece.text)).text)
    return found


@pytest.mark.parametrize(
    ("expression", "letters"),
    [
        ('lower("SECRET")', ["SECRET"]),
        ('upper("secret")', ["secret"]),
        ('title("secret key")', ["secret key"]),
        ('trimspace("  secret ")', ["secret"]),
        ('chomp("secret\\n")', ["secret"]),
        ('trim("--secret--", "-")', ["secret"]),
        ('trimprefix("a-secret", "a-")', ["secret"]),
        ('trimsuffix("secret-b", "-b")', ["secret"]),
        ('substr("a secret b", 2, 6)', ["secret"]),
        ('split(",", "a,secret,b")[1]', ["secret"]),
        ('element(split(",", "a,secret,b"), 1)', ["secret"]),
        ('regex("s[a-z]+", "a secret b")', ["secret"]),
        ('regexall("[a-z]+", "a secret b")[1]', ["secret"]),
        ('regex("a (s[a-z]+) (?:b)", "a secret b")[0]', ["secret"]),
        ('join("-", ["one", "two"])', ["one", '"-"'[1:2], "two"]),
        ('format("key=%s;", "secret")', ["key=", "secret", ";"]),
        ('formatlist("key=%s;", ["secret"])[0]', ["key=", "secret", ";"]),
        ('replace("a.secret", ".", "_")', ["a", "_", "secret"]),
        ('replace("a secret", "/a (\\\\w+)/", "$1")', ["secret"]),
        ('basename("/a/secret")', ["secret"]),
        ('base64decode("c2VjcmV0")', ["c2VjcmV0"]),
    ],
)
def test_letters_keep_their_places(expression: str, letters: list[str]) -> None:
    assert spots(evaluated(expression)) == letters


def test_letters_of_an_encoding_keep_their_places() -> None:
    value = string(evaluated('jsonencode({ name = "a\\"b", list = [1] })'))
    assert value.plain == '{"list":[1],"name":"a\\"b"}'
    place = value.flat.index('a\\"')
    assert value.span(place, place + 1).text == "a"
    assert value.span(place + 3, place + 4).text == "b"
    coded = base64.b64encode(b"x\nsecret").decode()
    decoded = string(evaluated(f'base64decode("{coded}")'))
    span = decoded.span(2, 8)
    assert span.text == coded[2:10]
    assert string(evaluated('urlencode("a b&c")')).span(0, 1).text == "a"
    assert string(evaluated('indent(4, "one\\ntwo")')).span(8, 11).text == "two"


def test_an_empty_text_has_a_place() -> None:
    for expression in ('trimspace(" ")', 'substr("a", 3, 1)', 'join(",", [])', 'split(",", ",")[1]', 'format("")'):
        value = string(evaluated(expression))
        assert value.plain == ""
        assert value.span(0, 0).path == "main.tf"


def test_a_long_list_keeps_its_laziness() -> None:
    def never() -> Value:
        raise AssertionError

    lazy: Value = Known(Seq([known("a"), never]), AT)
    assert result("length", lazy) == 2
    assert result("element", called("concat", lazy, ["c"]), 0) == "a"
    assert result("lookup", Known(Map({"a": (AT, known(1)), "b": (AT, never)}), AT), "a") == 1
    assert plain(called("merge", Known(Map({"b": (AT, never)}), AT), {"b": 1})) == {"b": 1}


# Encodings


def test_encodings_remember() -> None:
    value = value_of({"a": [1, unknown("var.x")]})
    assert string(called("jsonencode", value)).encodes == ("json", value)
    for name in ("base64encode", "base64gzip"):
        inner = called("join", "-", ["a", unknown("var.x")])
        encodes = string(called(name, inner)).encodes
        assert encodes == ("base64", inner)
    utf16 = called("textencodebase64", "Hello", "UTF-16LE")
    assert string(utf16).plain == base64.b64encode("Hello".encode("utf-16-le")).decode()
    assert result("textdecodebase64", utf16, "UTF-16LE") == "Hello"
    assert result("base64decode", called("trimspace", called("base64encode", "a"))) == "a"


def test_yaml() -> None:
    assert result("yamlencode", {"b": 1, "a": ["x"]}) == '"a":\n- "x"\n"b": 1\n'
    assert result("yamlencode", "a\nb\n") == "|\n  a\n  b\n"
    held = string(called("yamlencode", {"a": unknown("var.x"), "b": "x"}))
    assert held.flat == f'"a": {HOLE}\n"b": "x"\n'
    assert result("yamldecode", '{"a": 1}') == {"a": 1}
    assert result("yamldecode", "a: [1, x]\nb: {c: true}\n") == {"a": [1, "x"], "b": {"c": True}}
    assert fails(called("yamldecode", "a: ["))


def test_to_text() -> None:
    assert functions.to_text(Absent(AT), "${x}") is None
    assert functions.to_text(value_of([]), "${x}") is None
    assert functions.to_text(value_of({}), "${x}") is None
    gap = functions.to_text(unknown("var.x"), "${var.x}")
    assert gap is not None
    assert gap.display == "${var.x}"
    for datum, written in (
        (True, "true"),
        (1.0, "1"),
        (0.5, "0.5"),
        (1e30, "1" + "0" * 30),
        (1e-7, "0.0000001"),
        (-1.5e-7, "-0.00000015"),
        (2**100, str(2**100)),
        (1.25e21, "1250000000000000000000"),
    ):
        found = functions.to_text(known(datum), "")
        assert found is not None
        assert found.plain == written


# Limits


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("setproduct", (["a"] * 101, ["b"] * 101)),
        ("indent", (3_000_000, "a\nb\nc")),
        ("indent", (100_000, "a\n" * 1000)),
        ("format", ("%99999s", "a")),
        ("join", ("-", ["x" * 1_000_000] * 9)),
        ("replace", ("a" * 1_000_000, "a", "b")),
        ("split", (",", "," * 20_000)),
        ("split", ("", "a" * 20_000)),
        ("regexall", ("a", "a" * 20_000)),
        ("regex", ("(a+)+$", "a" * 99_000 + "b")),
        ("regex", ("a", "b" * 200_000)),
        ("regex", (r"\pL", "a")),
        ("replace", ("a" * 200_000, "/a/", "b")),
        ("length", ("\U0001f468\u200d\U0001f469",)),
        ("base64encode", ("a" * 4_000_000,)),
    ],
)
def test_too_much_is_unknown(name: str, args: tuple[object, ...]) -> None:
    start = time.process_time()
    value = called(name, *args)
    assert isinstance(value, Unknown)
    assert not fails(value)
    assert value.reasons
    assert time.process_time() - start < 3


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("(a+)+$", "a" * 40 + "b", None),
        ("(?:a|a)*$", "a" * 40 + "b", ""),
        ("a?" * 40 + "a" * 40, "a" * 40, "a" * 40),
        ("a*a*a*a*a*a*b", "a" * 500, None),
        ("(?:(?:a|b)*c)+", "xabcacd", "abcac"),
        ("(?:|a)+", "aaa", ""),
        ("(?:a??)*b", "aab", "aab"),
    ],
)
def test_patterns_that_take_other_engines_long(pattern: str, text: str, found: str | None) -> None:
    start = time.process_time()
    value = called("regex", pattern, text)
    if found is None:
        assert fails(value)
    else:
        assert plain(value) == found
    assert time.process_time() - start < 3


def test_deep_values_do_not_end_the_run() -> None:
    value = value_of("a")
    for _ in range(30_000):
        value = Known(Seq([value]), AT)
    for name in ("flatten", "jsonencode", "yamlencode"):
        called(name, value)
    assert isinstance(called("flatten", value), Unknown)


def test_importing_costs_little() -> None:
    heavy = "{'json', 'base64', 'hashlib', 'ipaddress', 'gzip', 'csv', 'datetime', 'uuid', 'typing', 'dataclasses'}"
    code = (
        "import sys; before = set(sys.modules); import iplint.terraform.functions_base; base = set(sys.modules);"
        "import iplint.terraform.functions;"
        f"print(sorted(({heavy} & set(sys.modules)) - base))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(Path(functions.__file__).parents[2])},
    )
    assert done.stdout.strip() == "[]"


# Properties

letters = st.text(st.characters(codec="utf-8"), max_size=20)
words = st.text(st.characters(codec="utf-8", exclude_characters=","), max_size=10)
# A text of Terraform is in Unicode's normal form C, the key of an object too.
texts = letters.map(lambda text: normalize("NFC", text))
data = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
maps = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 9), max_size=4)


@given(st.lists(words, min_size=1, max_size=6))
def test_split_undoes_join(items: list[str]) -> None:
    # A text of Terraform is in Unicode's normal form.
    assert result("split", ",", called("join", ",", items)) == [normalize("NFC", item) for item in items]


@given(letters)
def test_base64_round_trip(content: str) -> None:
    coded = string(called("base64encode", content))
    assert coded.plain == base64.b64encode(content.encode()).decode()
    # What is decoded is a text of Terraform, in normal form C.
    assert result("base64decode", coded.plain) == normalize("NFC", content)
    assert result("base64decode", Known(coded, AT)) == normalize("NFC", content)


@given(data)
def test_json_round_trip(content: object) -> None:
    coded = string(called("jsonencode", content)).plain
    assert coded is not None
    assert json.loads(coded) == content
    assert result("jsondecode", coded) == content
    expected = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    for letter in "<>&\u2028\u2029":
        expected = expected.replace(letter, f"\\u{ord(letter):04x}")
    assert coded == expected


@given(maps, maps, maps)
def test_merge_with_an_unknown_map_promises_nothing_that_it_could_break(
    first: dict[str, int], hidden: dict[str, int], last: dict[str, int]
) -> None:
    merged = {**first, **hidden, **last}
    promised = result("merge", first, unknown("var.x"), last)
    assert isinstance(promised, dict)
    assert promised.pop("...") == ("var.x",)
    for key, value in promised.items():
        assert value == ("var.x",) or merged[key] == value
    assert {key: value for key, value in promised.items() if key in last} == last


filled = st.lists(st.tuples(st.booleans(), st.text("ab ,\n", max_size=4)), max_size=5)


def with_holes(parts: list[tuple[bool, str]]) -> tuple[Value, str]:
    """A text of which some parts are holes, and what it is when they are filled."""
    pieces = [
        Hole(unknown("var.x"), "${var.x}") if hidden else Chunk(part, Verbatim(Span(SOURCE, 0, len(part))))
        for hidden, part in parts
    ]
    return Known(Text((*pieces, Chunk("", Verbatim(AT)))), AT), "".join(part for _, part in parts)


def may_be(value: Text, full: str, parts: list[str]) -> bool:
    """Whether filling the holes in some way gives the full text."""
    place = 0
    runs = value.flat.split("\ufffc")
    if len(runs) == 1:
        return runs[0] == full
    if not full.startswith(runs[0]) or not full.endswith(runs[-1]) or len(full) < len(runs[0]) + len(runs[-1]):
        return False
    place = len(runs[0])
    for run in runs[1:-1]:
        place = full.find(run, place, len(full) - len(runs[-1]))
        if place < 0:
            return False
        place += len(run)
    return True


@given(filled, st.sampled_from(["trimspace", "chomp", "upper", "indent", "replace", "replace-two", "trim"]))
def test_texts_with_holes_promise_nothing_that_filling_breaks(parts: list[tuple[bool, str]], name: str) -> None:
    value, full = with_holes(parts)
    made, wanted = {
        "trimspace": lambda: (called("trimspace", value), full.strip()),
        "chomp": lambda: (called("chomp", value), full.rstrip("\n")),
        "upper": lambda: (called("upper", value), full.upper()),
        "indent": lambda: (called("indent", 2, value), full.replace("\n", "\n  ")),
        "replace": lambda: (called("replace", value, "a", "bb"), full.replace("a", "bb")),
        "replace-two": lambda: (called("replace", value, "ab", "-"), full.replace("ab", "-")),
        "trim": lambda: (called("trim", value, "a"), full.strip("a")),
    }[name]()
    if isinstance(made, Known):
        assert may_be(string(made), wanted, [part for _, part in parts])
    else:
        assert isinstance(made, Unknown)


@given(filled, st.sampled_from([",", "ab", " "]))
def test_split_of_holes_promises_only_what_stays(parts: list[tuple[bool, str]], separator: str) -> None:
    value, full = with_holes(parts)
    made = called("split", separator, value)
    assert isinstance(made, Known)
    items = made.value
    assert isinstance(items, Seq)
    whole = full.split(separator)
    found = [plain(item) for item in items]
    if items.more is None:
        assert found == whole
    for index in range(getattr(items, "settled", len(items))):
        assert found[index] == whole[index]


@given(st.lists(st.sampled_from(["a", "b", "", None, "?"]), max_size=6), st.sampled_from(["a", "b", ""]))
def test_three_valued_contains(items: list[str | None], wanted: str) -> None:
    answer = result("contains", [unknown("var.x") if item == "?" else item for item in items], wanted)
    if wanted in items:
        assert answer is True
    else:
        assert answer == (("var.x",) if "?" in items else False)


@given(letters, st.integers(-5, 25), st.integers(-1, 25))
def test_substr_is_a_part(content: str, offset: int, length: int) -> None:
    value = called("substr", content, offset, length)
    if isinstance(value, Known):
        assert string(value).flat in content


def test_every_function_of_terraform_says_how_it_passes_texts_on() -> None:
    from iplint.terraform.text_occurrences import NOT_KNOWN, passed_by

    terraform = shutil.which("terraform")
    if terraform is None:
        pytest.skip("no terraform on PATH")
    described = subprocess.run([terraform, "metadata", "functions", "-json"], capture_output=True, check=True)
    signatures: dict[str, object] = json.loads(described.stdout)["function_signatures"]
    calls = {name: hcl.parse_expression(Source("main.tf", f"{name}()")) for name in signatures}
    assert {name for name, call in calls.items() if passed_by(call) is NOT_KNOWN} == set()


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ('trimprefix(var.secret, "key:")', True),
        ('nonsensitive("${upper(var.secret)}")', True),
        ("base64decode(base64encode(var.secret))", True),
        ("sha256(var.secret)", False),
        ("length(var.secret)", False),
    ],
)
def test_a_call_passes_on_what_its_function_declares(
    written: str, kept: bool, configuration: Callable[..., Report]
) -> None:
    text = f'resource "aws_instance" "app" {{\n  user_data = jsonencode({{ AWS_SECRET_ACCESS_KEY = {written} }})\n}}\n'
    report = configuration(f'variable "secret" {{}}\n{text}')
    assert [rule for rule, _, _ in failures(report) if "key" in rule] == ["access-key-parameter-on-instance"] * kept

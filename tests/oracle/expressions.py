"""The expressions that iplint and Terraform must agree on: written by kind, and generated from a typed grammar."""

from __future__ import annotations

import re
from random import Random

import nested as nesting
from edges import EDGES

SEED = 20
GENERATED = 1_500
WIDE_SEED = 21
WIDE = 1_200
NESTED_SEED = 22
NESTED = 900
MAX_LENGTH = 400

Grammar = dict[str, tuple[str, ...]]

# Values of every type.
SCALARS = ('"a"', '""', '"1"', '"true"', "1", "0", "-2", "1.5", "true", "false", "null")
COLLECTIONS = (
    "[]",
    '["b", "a"]',
    "[1, 2]",
    '[1, "a"]',
    "[null]",
    '[["a"], ["b", "c"]]',
    "{}",
    '{ a = 1, b = "x" }',
    "{ a = 1, b = 2 }",
    '{ a = ["x"], b = [] }',
    "tolist([])",
    'tolist(["b", "a", "b"])',
    "tolist([1, 2])",
    "toset([])",
    'toset(["b", "a", "b"])',
    "toset([10, 9, 1.5])",
    "toset([true, false])",
    "toset([{ a = 2 }, { a = 10 }])",
    'toset([["b"], ["a", "c"]])',
    "tomap({})",
    'tomap({ a = "1", b = "2" })',
    "tomap({ a = 1, b = 2 })",
    "tomap({ a = { c = 1 }, b = { c = 2 } })",
    '[for x in toset(["q", "p"]) : x]',
    '{ for k, v in { a = 1 } : k => "${v}" }',
    '[{ a = 1 }, { a = "b", c = null }]',
)
VALUES = SCALARS + COLLECTIONS

UNARY = (
    "abs",
    "alltrue",
    "anytrue",
    "base64decode",
    "base64encode",
    "base64sha256",
    "basename",
    "can",
    "ceil",
    "chomp",
    "cidrnetmask",
    "coalesce",
    "coalescelist",
    "compact",
    "concat",
    "csvdecode",
    "dirname",
    "distinct",
    "flatten",
    "floor",
    "format",
    "jsondecode",
    "jsonencode",
    "keys",
    "length",
    "lower",
    "max",
    "md5",
    "merge",
    "min",
    "one",
    "range",
    "reverse",
    "sha1",
    "signum",
    "sort",
    "strrev",
    "sum",
    "title",
    "tobool",
    "tolist",
    "tomap",
    "tonumber",
    "toset",
    "tostring",
    "transpose",
    "trimspace",
    "try",
    "upper",
    "urlencode",
    "values",
    "yamldecode",
    "yamlencode",
    "setunion",
    "setintersection",
    "nonsensitive",
)

WRITTEN: dict[str, str] = {
    "number": r"""
[1, 2][min(-0, 9)]
[1, 2][-0]
[1, 2][tostring(-0)]
[1, 2][0 * -1]
[1, 2]["-0"]
[1, 2]["1.0"]
[1, 2]["1e0"]
[1, 2]["1.5"]
[1, 2]["x"]
ceil(0.5) / pow(0.1, 2)
floor("1.5") / pow(0.1, 2)
ceil(1 / 3) / pow(0.000001, 3)
floor(length([1])) / pow(0.1, 2)
1.5 / 0 % 0.1 < 5
5 % (1 / 0) == 5
(1 / 0) % 0 == 1 / 0
can(5 % (1 / 0))
ceil(log(9, 3))
log(243, 3)
[for i in range(1, 60) : log(i, 3)]
[for i in range(2, 60) : log(0.37, i)]
[for i in range(2, 60) : pow(i / 7, 11)]
[for i in range(2, 60) : pow(i, -3)]
[for i in range(2, 60) : pow(i, 0.5)]
[for i in range(2, 60) : pow(i, -0.5)]
pow(2, 1.5)
pow(0.000001, 4)
pow(-1, 1e300)
log(1 / 0, 2)
0.1 + 0.2
0.1 + 0.2 == 0.3
1 / 3
tostring(1 / 3)
2 / 3 * 3
2 / 3 * 3 == 2
1e16 + 1
1e16 + 1 == 1e16
9007199254740993
9007199254740993 == 9007199254740992
123456789012345678901234567890
123456789012345678901234567890 + 1
1e300
1e300 * 1e300
1e-300
1.10
1.0
100e-2
5e-1
-0
"x${-0}"
tostring(-0)
-0 == 0
0 * -1
"${0 * -1}"
jsonencode(-0)
5 % 0
5.5 % 0
5.5 % 0 == 5.5
0 % 0
-5 % 3
5 % -3
5.5 % 2
-5.5 % 2
0.3 % 0.1
7 % 2.5
1 / 0 > 1e300
-1 / 0 < 0
tostring(1 / 0)
tostring(-1 / 0)
can(1 / 0)
0 / 0
can(0 / 0)
try(0 / 0, "none")
1 / 0 - 1 / 0
0 * (1 / 0)
jsonencode(1 / 0)
can(jsonencode(1 / 0))
"1" + 1
"1.5" * "2"
"a" + 1
true + 1
null + 1
"0x10" + 0
"1e3" + 0
" 1" + 0
"+1" + 0
"1_000" + 0
"" + 0
"Inf" + 0 > 5
"inf" + 0 > 5
"-Inf" + 0 < 5
tonumber("Infinity")
tonumber("nan")
tonumber("1p3")
tonumber(".5")
tonumber("5.")
tonumber("1e")
tonumber("١")
tonumber("007")
tonumber("-0")
tostring(tonumber("-0"))
tonumber("1.0")
tonumber("0.10")
tonumber("1e5")
tonumber("1E5")
tonumber("12345678901234567890123456789012345678901234567890")
tonumber("0.1234567890123456789012345678901234567890")
1 < 2
1 < "2"
"a" < "b"
"10" < "9"
true < false
2 >= 2.0
1.5 > 1
-(-3)
-"3"
-true
!true
!"true"
!"false"
!"yes"
!1
!null
floor(1.5)
floor(-1.5)
ceil(1.2)
ceil(-1.2)
ceil(-0.5)
floor(1e20 + 0.5)
floor(1 / 0) > 0
abs(-1.25)
abs("-3")
signum(-0.5)
signum(0)
signum("x")
signum(1e30)
max(1, 2.5, "3")
max()
min(1, -2.5)
min("a")
max(-1 / 0, 1)
max([1, 2]...)
max(tolist([1, 5, 3])...)
max(toset([1, 5, 3])...)
max([]...)
pow(2, 10)
pow(2, 0.5)
pow(2, 100)
pow(2, -1)
pow(-8, 1 / 3)
pow(0, 0)
pow(10, 400) > 1
pow(0.1, 3)
log(8, 2)
log(10, 10)
log(100, 10)
log(0, 2) < 0
log(-1, 2)
log(2, 1)
log(1000, 10)
ceil(log(10, 2))
parseint("ff", 16)
parseint("FF", 16)
parseint("-101", 2)
parseint("+5", 10)
parseint("zz", 36)
parseint("Zz", 62)
parseint("10", 1)
parseint("10", 63)
parseint("", 10)
parseint("1_0", 10)
parseint("0x1f", 16)
parseint("0x1f", 0)
parseint("9", 8)
parseint(12, 10)
parseint("12", "10")
parseint("123456789012345678901234567890", 10)
parseint("1.5", 10)
parseint("10", 10.5)
length([1, 2, 3]) / length([1, 2, 3, 4, 5, 6, 7])
length([1]) / 3
sum([1, 2.5])
sum(["1", "2"])
sum(["1", 2])
sum([])
sum(tolist([]))
sum(toset([1, 1, 2]))
sum([null])
sum(["a"])
sum([0.1, 0.2, 0.3])
sum({ a = 1 })
sum(1)
range(3)
range(0)
range(-3)
range(1, 4)
range(4, 1)
range(1, 4, 2)
range(1, 4, -1)
range(4, 1, -2)
range(0, 1, 0.25)
range(1, 1)
range(1, 1, 0)
range(0, 5, 0)
range(1024)
length(range(1024))
range(1025)
range("3")
range(0.5)
range(2.5)
range()
range(1, 2, 3, 4)
1 == 1.0
1 == "1"
"1" == 1
true == "true"
1 != "1"
format("%d", 1.0)
tostring(1.50)
tostring(1e3)
"${1.50}"
"${1e3}-${true}"
""",
    "equality": r"""
null == null
null == ""
null == []
tostring(null) == null
tostring(null) == tonumber(null)
[] == []
[] == tolist([])
{} == {}
{} == tomap({})
tolist([]) == toset([])
tolist([]) == tolist(["a"])
["a"] == ["a"]
["a"] == tolist(["a"])
tolist(["a"]) == tolist(["a"])
toset(["a", "b"]) == toset(["b", "a"])
toset(["a"]) == ["a"]
[1, 2] == [1, 2]
[1, "2"] == [1, 2]
tolist([1, "2"]) == tolist(["1", "2"])
tolist([1]) == tolist(["1"])
{ a = 1 } == { a = 1 }
{ a = 1 } == { a = "1" }
{ a = 1, b = 2 } == { b = 2, a = 1 }
{ a = 1 } == tomap({ a = 1 })
tomap({ a = 1 }) == tomap({ a = 1 })
tomap({ a = "1" }) == tomap({ a = 1 })
[null] == [null]
[null] == [tostring(null)]
{ a = null } == { a = null }
{ a = null } == { a = "x" }
[[]] == [[]]
[tolist([])] == [[]]
"é" == "é"
"é" == "e\u0301"
"Å" == "\u212b"
length("e\u0301") == 1
"a" == "A"
true == true
"true" == true
(true ? 1 : "2") == 1
(true ? 1 : "2") == "1"
(true ? [1] : ["a", "b"]) == ["1"]
(true ? [1] : []) == [1]
(true ? [1] : []) == tolist([1])
(true ? { a = 1 } : {}) == { a = 1 }
(true ? { a = 1 } : {}) == tomap({ a = 1 })
(false ? "" : null) == null
[for x in [1, 2] : x] == [1, 2]
[for x in tolist([1, 2]) : x] == tolist([1, 2])
split(",", "a,b") == ["a", "b"]
split(",", "a,b") == tolist(["a", "b"])
keys({ a = 1 }) == ["a"]
keys({ a = 1 }) == tolist(["a"])
keys(tomap({ a = 1 })) == ["a"]
values({ a = 1 }) == [1]
values(tomap({ a = 1 })) == tolist([1])
concat(["a"], ["b"]) == ["a", "b"]
concat(tolist(["a"]), tolist(["b"])) == tolist(["a", "b"])
concat(["a"], tolist(["b"])) == ["a", "b"]
concat(tolist([1]), tolist(["b"])) == tolist(["1", "b"])
flatten([["a"], ["b"]]) == ["a", "b"]
flatten(tolist([["a"], ["b"]])) == tolist(["a", "b"])
sort(["b", "a"]) == ["a", "b"]
sort(["b", "a"]) == tolist(["a", "b"])
reverse(["a", "b"]) == ["b", "a"]
reverse(tolist(["a", "b"])) == tolist(["b", "a"])
jsondecode("[1]") == [1]
jsondecode("{\"a\":\"1\"}").a == 1
jsondecode("{\"a\":1}").a == 1
jsondecode("1.0") == 1
merge({ a = 1 }, { b = 2 }) == { a = 1, b = 2 }
merge(tomap({ a = 1 }), tomap({ b = 2 })) == tomap({ a = 1, b = 2 })
lookup({ a = 1 }, "a", 0) == 1
lookup(tomap({ a = "1" }), "b", 2) == 2
lookup(tomap({ a = "1" }), "b", 2) == "2"
lookup(tomap({ a = 1 }), "b", "2")
contains([1, 2], 1)
contains([1, 2], "1")
contains(["1", "2"], 1)
contains(["a"], "a")
contains(toset(["a"]), "a")
contains(toset(["1"]), 1)
contains(tolist(["1"]), 1)
contains([null], null)
contains([[]], [])
contains([], 1)
contains({ a = 1 }, 1)
contains("a", "a")
contains(null, 1)
contains([1, "1"], "1")
index(["a", "b"], "b")
index([1, 2], "2")
index(tolist(["1", "2"]), 2)
index(toset(["a"]), "a")
index([], 1)
one([])
one(["a"])
one(["a", "b"])
one(toset([1]))
one(null)
one(tolist([]))
one("a")
distinct([1, "1", 1])
distinct(["a", "b", "a"])
distinct(tolist([1, 1]))
distinct([null, null])
distinct([[], []])
distinct([])
distinct(toset(["a"]))
matchkeys(["a", "b", "c"], ["x", "y", "x"], ["x"])
matchkeys([1, 2], ["a", "b"], ["b"])
matchkeys([1, 2], [1, 2], ["1"])
matchkeys([], [], [])
matchkeys([1], [1, 2], [1])
matchkeys(["a"], ["b"], [])
matchkeys([1], [null], [null])
tolist([{ a = [1] }, tomap({})])
tolist([{ a = tolist([1]) }, tomap({})])
tolist([{ a = 1 }, tomap({})])
tolist([{ a = null }, { a = [1] }])
tolist([{ a = null }, { a = { b = 1 } }])
tolist([{ a = null }, { a = 1 }])
tolist([{ a = null }, { b = tolist([1]) }])
tolist([{ a = {} }, { a = { b = ["x"] } }])
tolist([[null], [[1], [2]]])
tolist([tolist([]), [[1]]])
tolist([tolist([]), [1]])
tolist([toset([]), toset([[1]])])
tolist([null, { a = 1 }])
can(tolist([{ a = [1] }, tomap({})]))
toset([{ a = [1] }, tomap({})])
tomap({ x = { a = [1] }, y = tomap({}) })
tomap({ x = null, y = { a = [1] } })
tomap({ x = [null], y = [[1]] })
tomap({ x = [null], y = [1] })
true ? tolist([]) : [[1], [2, 3]]
merge(tostring(null), { z = 1 })
merge(tolist(null), { z = 1 })
merge(tomap(null), { z = 1 })
toset(jsondecode(jsonencode(one(compact([])))))
jsondecode(jsonencode(tostring(null)))
toset([1]) == toset(jsondecode(jsonencode(tostring(null))))
try([for x in [1, 2] : [[x]][*].a == 1 ? "p" : "q"], "failed")
try({ for x in ["q", "r"] : x => [1][*].a == 1 ? "p" : "q"... }, "failed")
try([for x in ["q"] : x if [1][*].a == 1], "failed")
try([for x in [1, 2] : length([{}.a])], "failed")
can([for x in [] : length([{}.a])])
can({ for x in [{}] : x => x })
format("%s", null)
format("%s", tostring(null))
format("%s", [null, "a"][0])
can(format("%s-%s", null, [1]))
try(format("%s", null), "x")
formatlist("%s", null)
formatlist("%s", [null])
2 == upper(format("%s", null))
setunion(["a"], ["b", "a"])
setunion([1], ["a"])
setunion(toset([1]), toset(["1"]))
setunion([], [])
setunion(["a"], [])
setintersection(["a", "b"], ["b"])
setintersection([1, 2], ["2"])
setintersection(["a"], [])
setintersection(["a"])
setsubtract(["a", "b"], ["b"])
setsubtract([1, 2], ["2"])
setsubtract(["a"], [])
setproduct(["a", "b"], [1, 2])
setproduct(toset(["b", "a"]), toset([2, 1]))
setproduct(["a"], toset([1]))
setproduct(["a"], [])
setproduct(["a"])
setproduct([1, "a"], [true])
setproduct(tolist(["a"]), tolist(["b"]))
setproduct([], [])
setproduct(toset([]), ["a"])
alltrue([])
alltrue([true, "true"])
alltrue([true, null])
alltrue(["yes"])
alltrue([1])
alltrue(toset([true]))
anytrue([])
anytrue([false, "true"])
anytrue([false, null])
anytrue(["false"])
""",
    "set": r"""
element(["a", "b"], -10)
element(["a", "b"], -1)
element(tolist(["a", "b"]), -3)
element([{ a = 1 }, ["x"]], -2)
[for k, v in toset(["b", "a"]) : k]
{ for k, v in toset(["b", "a"]) : k => v }
[for k, v in toset([2, 10]) : "${k}"]
[for v in toset(["b", "B", "a", "é", "z"]) : v]
[for v in toset([10, 9, 1.5, -1]) : v]
[for v in toset([true, false]) : v]
[for v in toset([{ a = 10 }, { a = 9 }]) : v]
[for v in toset([{ a = "x\"", b = null }, { a = "x", b = 1 }]) : v]
[for v in toset([["b"], ["a"], []]) : v]
[for v in toset([[10], [9]]) : v]
[for v in toset([1e20, 123456789012]) : v]
[for v in toset([{ n = 1e20 }, { n = 123456789012 }, { n = 1.5 }, { n = 1e-9 }]) : v]
[for v in toset([{ t = true }, { t = false }]) : v]
[for v in toset([{ t = "\n" }, { t = "é" }, { t = "\u0001" }, { t = "\u200b" }]) : v]
[for v in toset([tomap({ a = 1 }), tomap({ b = 1 }), tomap({})]) : v]
[for v in toset([tolist(["b"]), tolist(["a"])]) : v]
[for v in toset([toset(["b", "a"]), toset(["a"])]) : v]
tolist(toset(["b", "a"]))[0]
toset(["b", "a"])[0]
toset(["a"]).a
length(toset(["a", "a"]))
length(toset([1, "1"]))
toset([1, "1"])
toset([1, "a", true])
toset(["a", null])
toset([null, null])
toset({ a = 1 })
toset("a")
toset(null)
toset([[], {}])
tolist(toset([3, 1, 2]))
tolist({ a = 1 })
tolist("a")
tolist(null)
tolist([1, "a", true])
tolist([[1], ["a"]])
tolist([[1], []])
tolist([{ a = 1 }, { a = "x" }])
tolist([{ a = 1 }, { b = 2 }])
tolist([{ a = 1 }, { a = 1, b = 2 }])
tolist([{ a = [1] }, { a = ["x", 2] }])
tolist([1, []])
tolist([null, 1])
tolist([null, [1]])
tolist([{}, { a = 1 }])
tolist([true, "x"])
tolist([tolist([1]), tolist(["a"])])
tolist([tolist([1]), ["a"]])
tolist([toset([1]), ["a"]])
tolist([toset([1]), tolist([2])])
tomap({ a = 1, b = "x" })
tomap({ a = [1], b = ["x", "y"] })
tomap({ a = { x = 1 }, b = { y = 2 } })
tomap({ a = { x = 1 }, b = { x = "1" } })
tomap({ a = 1, b = [] })
tomap({ a = null })
tomap({ a = null, b = 1 })
tomap([1])
tomap("a")
tomap(null)
tomap({ "a b" = 1 })
tomap(tomap({ a = 1 }))
toset(["a", "b"])[*]
toset([{ a = "x" }, { a = "b" }])[*].a
tolist([{ a = "x" }])[*].a
[{ a = "x" }, { a = 1 }][*].a
"a"[*]
null[*]
{ a = 1 }[*]
{ a = 1 }[*].a
[[1], [2]][*][0]
[1, 2].*
[{ a = { b = 1 } }].*.a.b
tolist([])[*]
tolist(["a"])[*]
element(toset(["b", "a"]), 0)
element(["a", "b"], 5)
element(["a", "b"], -1)
element(["a", "b"], 1.5)
element([], 0)
element(tolist([]), 0)
element(["a"], "0")
element({ a = 1 }, 0)
sort(toset(["b", "a"]))
sort([2, 10])
sort([true, "a"])
sort([null])
sort(["é", "z", "Z", "a"])
join(",", toset(["b", "a"]))
reverse(toset(["b", "a"]))
concat(toset(["a"]), ["b"])
concat(toset(["a"]))
flatten([toset(["b", "a"]), ["c"]])
flatten(["a", ["b", [["c"]]], []])
flatten([[null], [{ a = [1] }]])
flatten(toset([["b"], ["a"]]))
flatten({ a = [1] })
compact(["a", "", null, "b"])
compact(toset(["b", ""]))
compact([1, ""])
compact([])
compact([null])
chunklist(["a", "b", "c"], 2)
chunklist([1, 2], 0)
chunklist([1, 2], -1)
chunklist([], 1)
chunklist(toset(["a"]), 1)
chunklist(["a", 1], 1)
slice(["a", "b", "c"], 1, 2)
slice(["a"], 0, 5)
slice(["a"], 1, 0)
slice(["a"], -1, 1)
slice(tolist(["a", "b"]), 0, 1)
slice(toset(["a", "b"]), 0, 1)
slice("abc", 0, 1)
zipmap(["a", "b"], [1, "x"])
zipmap(["a"], tolist([1]))
zipmap(tolist(["a", "a"]), [1, 2])
zipmap(["a", "b"], [1])
zipmap([1, 2], ["x", "y"])
zipmap([], [])
zipmap(toset(["a"]), [1])
zipmap(["b", "a"], tolist(["x", "y"]))
transpose({ a = ["x", "y"], b = ["y"] })
transpose({})
transpose({ a = [] })
transpose({ a = [1] })
transpose({ a = "x" })
transpose({ a = null })
keys({ b = 1, a = 2 })
keys({})
keys([1])
keys(tomap({ b = 1, a = 2 }))
keys(null)
values({ b = 1, a = "x" })
values(tomap({ b = 1, a = 2 }))
values({})
merge()
merge({})
merge(null)
merge({ a = 1 }, null, { b = "x" })
merge({ a = 1 }, { a = "x" })
merge(tomap({ a = 1 }), { b = "x" })
merge(tomap({ a = 1 }), tomap({ b = "x" }))
merge(tomap({}), {})
merge([{ a = 1 }, { b = 2 }]...)
merge({ a = 1 }, [])
merge({ a = null }, { b = null })
lookup({ a = 1 }, "b")
lookup({ a = 1 }, "a")
lookup({ a = 1, b = "x" }, "c", true)
lookup({ a = null }, "a", 1)
lookup(tomap({ a = 1 }), "a", "x")
lookup(tomap({ a = [1] }), "b", [])
lookup(null, "a", 1)
lookup({ 1 = "x" }, 1, 0)
lookup({}, "a", [1, "x"])
coalesce(null, "", "a")
coalesce(null, 1, "a")
coalesce("", null)
coalesce()
coalesce(1, true)
coalesce(null, [1])
coalesce([], [1])
coalesce(false, true)
coalesce(0, 1)
coalescelist([], [1])
coalescelist([], [])
coalescelist(null, ["a"])
coalescelist(tolist([]), ["a"])
coalescelist(tolist(["x"]), [1])
coalescelist()
coalescelist("a")
length("añb")
length("👍🏽")
length("\r\n")
length("각")
length({ a = 1 })
length(1)
length(null)
length(true)
list("a", 1)
map("a", 1)
""",
    "conditional": r"""
true ? 10 : { (null) = {} }
false ? { for k, v in zipmap([["x"], []], toset(["b", "a"])) : k => v } : [["q"]]
true ? [[1]] : { for k, v in zipmap([["x"], []], toset(["b", "a"])) : k => v }
true ? [[1]] : { for k, v in { a = 1 } : k => tonumber("x") }
true ? 10 : [tonumber("x")]
true ? 10 : { a = { b = tonumber("x") } }
true ? { a = 1 } : { b = null, c = [1] }
false ? { a = 1 } : { b = null, c = [1] }
true ? { a = "x" } : { a = null, b = [1] }
(false ? { a = "x" } : { a = null, b = [1] }).b
false ? { a = "x", c = 1 } : { a = null, b = [1] }
false ? { a = 1 } : { b = null, c = [1], d = [2] }
true ? { a = tomap({ b = 2 }) } : { a = null, b = toset(["b"]) }
true ? { a = [1] } : { b = null, c = tomap({ d = 1 }) }
true ? [1, null] : [[1]]
true ? [1, null, [1]] : ["x"]
jsonencode(true ? { Statement = [{ Action = "*" }], Id = null } : { Statement = null, Version = "x" })
jsonencode(false ? { Statement = null, Version = "x" } : { Statement = [{ Action = "*" }], Id = null })
sort([])[*].a
try(sort([])[*].a, "none")
regexall("[a-z]", "1")[*][0]
regexall("([a-z])(.)", "1")[*][0]
regexall("([a-z])(.)", "1")[*].a
slice(tolist([{ a = 1 }]), 0, 0)[*].a
slice(tolist([{ a = 1 }]), 0, 0)[*].b
slice(tolist([{ a = { c = 1 } }]), 0, 0)[*].a.c
slice(tolist([{ a = { c = 1 } }]), 0, 0)[*].a.c.d
slice(tolist([tomap({ a = 1 })]), 0, 0)[*].zz
slice(tolist([toset([1])]), 0, 0)[*][0]
slice(tolist([{ a = 1 }]), 0, 0).*.b
true ? [false] : (false ? { a = 1, b = [] } : {})
true ? "x" : (false ? { a = 1, b = split("a", "x y  z") } : {})
true ? [1] : (tobool("z") == true)
true ? 1 : "a"
false ? 1 : "a"
true ? true : "a"
true ? 1 : true
true ? null : 1
true ? null : "a"
true ? [] : ["a"]
true ? ["a"] : []
true ? ["a", 1] : ["b", 2]
true ? ["a", 1] : [1, "b"]
true ? ["a"] : [1, 2]
true ? [] : {}
true ? {} : { a = 1 }
true ? { a = 1 } : { a = "x" }
true ? { a = 1 } : { b = "x" }
true ? { a = [1] } : { a = [] }
true ? { a = 1 } : tomap({ b = "x" })
true ? tomap({ a = 1 }) : {}
true ? tolist([1]) : ["a"]
true ? tolist([1]) : tolist(["a"])
true ? toset([1]) : ["a"]
true ? ["b", "a", "b"] : toset(["a"])
true ? tolist(["b", "a", "b"]) : toset(["a"])
true ? toset([1]) : toset(["a"])
true ? "a" : ["b"]
true ? 1 : [1]
true ? null : [1]
true ? [1] : null
true ? [null] : ["a", "b"]
true ? { a = null } : { a = "x" }
"true" ? 1 : 2
"1" ? 1 : 2
1 ? 1 : 2
"yes" ? 1 : 2
null ? 1 : 2
[] ? 1 : 2
true ? try(1 / "a", "fallback") : 2
true ? 1 : 1 / "a"
can(true ? [] : {})
try(true ? [] : {}, "none")
true ? [{ a = 1 }] : []
true ? [{ a = 1 }] : [{ a = "x" }, { a = 2 }]
true ? [{ a = 1, b = 2 }] : [{ a = 1 }]
true ? [["a"]] : [["b", "c"]]
true ? { a = { b = 1 } } : { a = { b = "x" } }
true ? { a = { b = 1 } } : { a = { c = "x" } }
true && "true"
true && "1"
true && 1
"false" || true
null || true
true && null
!(true && false)
true || false && false
(true ? "1" : "2") == "1"
true ? (false ? 1 : "x") : 2
true ? jsondecode("1") : "x"
true ? jsondecode("[1]") : ["x"]
true ? jsonencode({ a = 1 }) : null
""",
    "for": r"""
[for x in ["a", "b"] : upper(x)]
[for i, x in ["a", "b"] : "${i}${x}"]
[for k, v in { b = 1, a = 2 } : "${k}${v}"]
{ for x in ["a", "b"] : x => 1 }
{ for x in ["a", "a"] : x => 1 }
{ for x in ["a", "a"] : x => 1... }
{ for i, x in ["a", "b"] : i => x }
{ for x in ["b", "a"] : x => x if x != "a" }
[for x in [1, 2, 3] : x if x > 1]
[for x in [1, 2] : x if null]
[for x in [1, 2] : x if "true"]
[for x in [1, 2] : x if "yes"]
[for x in null : x]
[for x in "a" : x]
[for x in 5 : x]
[for x in [] : x]
{ for x in [] : x => x }
{ for x in [null] : x => 1 }
{ for x in [[]] : x => 1 }
{ for x in [1, true] : x => 1 }
{ for k, v in tomap({ a = 1 }) : v => k }
{ for k, v in { a = "x", b = "x" } : v => k... }
[for x in [[1, 2], [3]] : [for y in x : y * 2]]
flatten([for x in [1, 2] : [for y in ["a", "b"] : "${x}${y}"]])
[for x in tolist([1]) : x] == [1]
try({ for x in ["a", "a"] : x => 1 }, "double")
can({ for x in ["a", "a"] : x => 1 })
try({ for x in ["a", "b"] : x => 1 }, "double")
{ a = 1, a = 2 }
{ (true ? "a" : "b") = 1 }
{ "a" = 1, "${"b"}" = 2 }
{ (null) = 1 }
{ 1 = "a" }
{ true = "a" }
{ null = "a" }
{ ([]) = 1 }
{ a : 1, b : 2 }
{ (1.50) = "x" }
{ "e\u0301" = 1 }["é"]
{ a = 1 }.a
{ a = 1 }.b
{ a = 1 }["a"]
{ a = 1 }["b"]
{ "1" = "x" }[1]
tomap({ "1" = "x" })[1]
tomap({ a = 1 }).a
tomap({ a = 1 }).b
tomap({ a = 1 })["b"]
["a", "b"][0]
["a", "b"]["0"]
["a", "b"][1.0]
["a", "b"][0.5]
["a", "b"][-1]
["a", "b"][2]
["a", "b"].0
["a", "b"]["x"]
["a", "b"][true]
["a", "b"][null]
null[0]
null.a
"a"[0]
"a".b
1 .a
tolist(["a"])[5]
tolist(["a"])["0"]
[][0]
""",
    "try": r"""
can(true || 1)
can(false && {}.x)
can(null != null && {}.x)
can(true && false)
try(false && {}.x, "bad")
try(null != null && {}.x, false)
try(null != null && {}.x, null != null && {}.y, false)
try(null != null && {}.x, true)
try(true && {}.x, "bad")
try([1][3], false && true, 2)
can("${true ? { b = 1 } : { a = [1] }}")
try("${true ? [1] : [1, [2]]}", "bad")
try(1)
try(null)
try()
try(1 / "a", "x")
try({}.a, "x")
try([][0], null)
try(jsondecode("{"), "x")
try(yamldecode("a: [", "x"))
try(yamldecode("a: ["), "x")
try(tonumber("a"), -1)
try(tonumber("a"), tonumber("b"))
try(file("nothing.txt"), "x")
try(file("bytes.bin"), "x")
can(file("bytes.bin"))
can(file("plain.txt"))
try(templatefile("missing.tftpl", {}), "x")
try(regex("a", "b"), "x")
try(null.a, "x")
try("a".b, "x")
try(tolist("a"), ["x"])
try(toset([[], {}]), "x")
try(cidrsubnet("10.0.0.0/8", 2, 9), "x")
try(base64decode("%"), "x")
try(element([], 0), "x")
try(lookup({}, "a"), "x")
try(merge({}, []), "x")
try(nosuch(1), "x")
try(max(), "x")
try(upper(), "x")
try(upper("a", "b"), "x")
try(upper(null), "x")
try(upper([]), "x")
try("${[]}", "x")
try("${null}", "x")
try("a${null}", "x")
try(!"a", "x")
try({ (null) = 1 }, "x")
try(format("%d", "a"), "x")
try(sum([]), "x")
try(one([1, 2]), "x")
try(timeadd("x", "1h"), "x")
try(parseint("z", 10), "x")
try(zipmap(["a"], []), "x")
try(coalesce(null, ""), "x")
try(index([], 1), "x")
try(slice([], 0, 1), "x")
try(range(0, 5, 0), "x")
try(substr("a", 5, 1), "x")
try(jsonencode(1 / 0), "x")
can(null)
can({}.a)
can([1][1])
can(tonumber("x"))
can(tonumber("1"))
can(regex("^a", "b"))
can(1, 2)
can(yamldecode("{"))
can(base64gunzip("x"))
can(toset(["a", 1]))
can(tomap({ a = 1, b = [] }))
can("${{}}")
can(cidrhost("10.0.0.0/8", 1))
can(cidrhost("10.0.0.0/33", 1))
can(textdecodebase64("x", "nosuch"))
""",
    "text": r"""
replace(0.1, "/[aeiou]+/", "x")
replace(0.1, "/[aeiou]+/", "x") == "0.1"
trimprefix(1.50, "x")
trimsuffix(true, "x")
trim(1.5, "")
pathexpand(1.5)
trimprefix(1.50, "x") == "1.5"
"a${"b"}c"
"${"a"}"
"${1}"
"${true}"
"${null}"
"a${null}"
"${[]}"
"a${[]}"
"$${a}"
"%%{a}"
"$a %b"
"$$$${a}"
"a\tb\nc\"d\\e"
"\u00e9\U0001f44d"
"%{ if true }a%{ else }b%{ endif }"
"%{ if false }a%{ endif }"
"%{ for x in ["a", "b"] }${x},%{ endfor }"
"%{ for i, x in ["a", "b"] }${i}${x}%{ endfor }"
"%{ for x in toset(["b", "a"]) }${x}%{ endfor }"
"%{ for k, x in toset(["b", "a"]) }${k}${x}%{ endfor }"
"a ${~ "b" ~} c"
"a %{~ if true ~} b %{~ endif ~} c"
"%{ if null }a%{ endif }"
"%{ if "true" }a%{ endif }"
"e${"\u0301"}"
"e${"\u0301"}" == "é"
upper("straße")
upper("ǆ")
upper("ı")
upper("ﬁ")
upper("ŉ")
lower("İ")
lower("ΑΣ")
lower("ÀÉ")
upper("àé")
title("hello world")
title("hello-world foo_bar o'neil")
title("👍x")
title("a.b,c")
title("éa ǆa")
title("1a 2b")
title("a\u00a0b")
title("x\u0301y")
title("_a")
title("")
strrev("abc")
strrev("añ👍🏽")
strrev("e\u0301a")
strrev("")
chomp("a\n\n")
chomp("a\r\n")
chomp("a\r")
chomp("a\n\r\n")
chomp("\na")
trimspace("  a b \n\t")
trimspace("\u00a0a\u3000")
trimspace("\u200ba")
trim("?!hello?!", "!?")
trim("aba", "a")
trim("abc", "")
trim("éaé", "é")
trimprefix("helloworld", "hello")
trimprefix("hellohello", "hello")
trimprefix("hello", "x")
trimprefix("hello", "")
trimsuffix("helloworld", "world")
trimsuffix("a", "aa")
startswith("hello", "he")
startswith("hello", "")
startswith("", "a")
endswith("hello", "lo")
strcontains("hello", "ll")
strcontains("hello", "")
substr("hello", 1, 3)
substr("hello", -3, 2)
substr("hello", 0, -1)
substr("hello", 10, 1)
substr("hello", -10, 2)
substr("hello", 2, 100)
substr("héllo", 1, 2)
substr("👍🏽a", 0, 1)
substr("e\u0301a", 0, 1)
substr("a", 0, 0)
substr("hello", 1, -2)
substr("hello", 1.5, 1)
split(",", "a,b,,c")
split("", "abc")
split(",", "")
split("", "")
split("ab", "xabyabz")
split("", "é👍")
split(",", null)
join(",", ["a", "b"])
join(",", ["a", 1, true])
join(",", [])
join(",", ["a"], ["b"])
join(",", tolist([]), ["b"])
join(",", [null])
join(",", [[]])
join(",", "a")
join(",")
join("", ["e", "\u0301"])
replace("hello", "l", "L")
replace("hello", "", "-")
replace("hello", "x", "-")
replace("hello", "/l/", "L")
replace("hello", "/(l)(o)/", "$2$1")
replace("hello", "/(?P<x>l)o/", "$${x}y")
replace("hello", "/l/", "$$")
replace("hello", "/l/", "$0$0")
replace("hello", "/l/", "$1")
replace("hello", "/l/", "$1x")
replace("hello", "/(l)/", "$1x")
replace("hello", "/(l)/", "$${1}x")
replace("hello", "/(l)/", "$01")
replace("hello", "/(?P<a>l)/", "<$a>")
replace("hello", "/", "x")
replace("a/b", "/", "-")
replace("a/b/c", "//", "-")
replace("hello", "/(/", "x")
replace("hello", "/(?i)L/", "x")
replace("a.b", "/./", "x")
replace("a.b", ".", "x")
replace("abc", "/b*/", "-")
replace("baaac", "/a*/", "x")
replace("a\nb", "/(?m)^/", "> ")
replace("a\nb", "/$/", "!")
replace("a\n", "/$/", "!")
replace("a\nb", "/(?s)a.b/", "x")
replace("a\nb", "/a.b/", "x")
replace("héé", "/é/", "e")
replace("aaa", "aa", "b")
replace("x", "x", null)
replace("e\u0301", "e", "a")
replace("hello", "l", "$1")
regex("[a-z]+", "53453453.345345aaabbbccc23454")
regex("(\\d\\d\\d\\d)-(\\d\\d)-(\\d\\d)", "2019-02-01")
regex("^(?:(?P<scheme>[^:/?#]+):)?(?://(?P<authority>[^/?#]*))?", "https://terraform.io/docs/")
regex("a(b)?", "a")
regex("(?P<x>a)(?P<y>b)?", "a")
regex("(?P<x>a)(b)", "ab")
regex("(", "a")
regex("x", "a")
regex("^$", "")
regex("a|ab", "ab")
regex("(a|ab)(c|bcd)(d*)", "abcd")
regex("a+?", "aaa")
regex("(?U)a+", "aaa")
regex("(?U)a+?", "aaa")
regex("(?i)ABC", "xabc")
regex("(?i:A)b", "ab")
regex("a(?i)B", "ab")
regex("\\s", "\u000b")
regex("[\\s]+", " \t\n\u000c\r")
regex("\\w+", "éa_1")
regex("\\d+", "١2")
regex("\\bfoo\\b", "a foo b")
regex("\\Bo", "foo")
regex("\\pL+", "éa1")
regex("\\p{Greek}", "aβ")
regex("[[:alpha:]]+", "1ab2")
regex("[[:^alpha:]]+", "ab12")
regex("[^[:space:]]+", " ab ")
regex("\\x41", "A")
regex("\\x{1F44D}", "👍")
regex("\\Qa.b\\E", "a.b")
regex("\\z", "a")
regex("\\A\\w", "ab")
regex("a\\z", "a\n")
regex("a$", "a\n")
regex("(?m)a$", "a\nb")
regex("(?s).+", "a\nb")
regex(".+", "a\nb")
regex("a{2}", "aaa")
regex("a{2,}", "aaaa")
regex("a{,2}", "a{,2}")
regex("a{1001}", "a")
regex("x*", "aaa")
regex("(a*)*", "aaab")
regex("(a*)+", "aaab")
regex("(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaab")
regex("(?=a)", "a")
regex("(?<=a)b", "ab")
regex("(?<x>a)", "a")
regex("(a)\\1", "aa")
regex("a++", "aa")
regex("a**", "a")
regex("[a", "a")
regex("]", "]")
regex("[]a]+", "]a")
regex("[^]a]+", "]ab")
regex("[z-a]", "a")
regex("a\\", "a")
regex("\\8", "8")
regex("\\_", "_")
regex("\\-", "-")
regex("\\é", "é")
regex("\\a", "a")
regex("\\C", "a")
regex("[\\d.]+", "a1.2")
regex("[\\w-]+", "a-b")
regex("[a-\\d]", "a")
regex("[[:foo:]]", "a")
regex("(?P<1a>a)", "a")
regex("(?P<a>a)(?P<a>b)", "ab")
regex("", "abc")
regex("()", "abc")
regex("é.", "éà")
regex("[é-ü]", "ö")
regex("(|a)+", "aaa")
regex("(?:a|b)*c", "ababc")
regexall("[a-z]+", "1a2bc3")
regexall("([a-z])(\\d)", "a1b2")
regexall("(?P<l>[a-z])(?P<d>\\d)", "a1b2")
regexall("x", "abc")
regexall("", "ab")
regexall("a*", "baac")
regexall("$", "ab")
regexall("(?P<l>z)", "abc")
regexall("\\b", "a b")
format("%s", "a")
format("%s-%s", "a", 1)
format("%d", 5)
format("%d", "5")
format("%d", 5.5)
format("%5d|", 5)
format("%-5d|", 5)
format("%05d", 5)
format("%05d", -5)
format("%+d", 5)
format("% d", 5)
format("%x", 255)
format("%X", 255)
format("%#x", 255)
format("%o", 8)
format("%#o", 8)
format("%b", 5)
format("%#b", 5)
format("%08b", 5)
format("%.3d", 5)
format("%8.3d|", 5)
format("%x", -255)
format("%f", 1.5)
format("%f", 1)
format("%.2f", 1.005)
format("%.0f", 2.5)
format("%.0f", 0.5)
format("%8.2f|", 1.5)
format("%-8.2f|", 1.5)
format("%08.2f", -1.5)
format("%+.1f", 1)
format("%e", 12345.678)
format("%E", 0.00012)
format("%.2e", 12345)
format("%e", 0)
format("%g", 1.5)
format("%g", 1e20)
format("%g", 1e21)
format("%g", 100000)
format("%g", 1000000)
format("%g", 12345678)
format("%g", 0.0001)
format("%g", 0.00001)
format("%G", 1e-7)
format("%.3g", 1234.5)
format("%g", 1 / 3)
format("%v", 1 / 3)
format("%v", 1.5)
format("%v", 1e20)
format("%v", 1e21)
format("%v", 123456789)
format("%v", 0.00001)
format("%v", "a")
format("%v", true)
format("%v", null)
format("%v", [1, "a"])
format("%v", { a = 1 })
format("%#v", "a")
format("%#v", 1)
format("%#v", [1])
format("%q", "a\"b")
format("%q", "é<")
format("%q", 1)
format("%t", true)
format("%t", "true")
format("%t", 1)
format("%5t|", true)
format("%s", true)
format("%s", 1.50)
format("%s", null)
format("%s", [])
format("%5s|", "é")
format("%-5s|", "ab")
format("%05s", "ab")
format("%.2s", "abcdef")
format("%.0s|", "abc")
format("%5.1s|", "abc")
format("%.1s", "👍🏽a")
format("%5q|", "a")
format("%%")
format("%")
format("a%")
format("%z", 1)
format("%s")
format("%s", "a", "b")
format("a", "b")
format("%[2]s %[1]s", "a", "b")
format("%[1]s %[1]s", "a")
format("%[1]d %s", 1, "b")
format("%[3]s", "a")
format("%[0]s", "a")
format("%[1]d", 5)
format("%[1]05d", 5)
format("%5[1]d", 5)
format("%.2[1]f", 5)
format("%*d", 5, 1)
format("%v%v", "a", 1)
format("%10v|", 1.5)
format("%-10v|", "a")
format("%#5v|", "a")
format("%d", 123456789012345678901234567890)
format("%d", "a")
format("%f", "1.5")
format("%f", true)
format("%", 1)
format("%5%")
format("%v", toset(["b", "a"]))
format("%i", 1)
format("%c", 65)
format("%U", 65)
format("%p", 1)
formatlist("%s", ["a", "b"])
formatlist("%s-%s", ["a", "b"], "c")
formatlist("%s-%s", ["a", "b"], [1, 2])
formatlist("%s-%s", ["a", "b"], [1])
formatlist("%s", "a")
formatlist("a")
formatlist("%s", [])
formatlist("%s", toset(["b", "a"]))
formatlist("%s", tolist(["b"]))
formatlist("%s-%s", [], "c")
formatlist("%s", { a = 1 })
formatlist("%s", null)
formatlist("%v", [[1], [2]])
formatlist("%d", [1, "x"])
formatlist("%s", [null])
formatlist("%s %s", "a", "b")
indent(2, "a\nb\n\nc")
indent(0, "a\nb")
indent(-1, "a\nb")
indent(1, "a\r\nb")
indent("2", "a\nb")
indent(1, "")
""",
    "encoding": r"""
base64decode(textencodebase64("a", "UTF-16LE"))
textdecodebase64(base64encode("ab"), "UTF-16LE")
textdecodebase64(textencodebase64("é", "UTF-16BE"), "UTF-16BE")
base64decode(base64gzip("a"))
jsonencode("a<b>&c")
jsonencode("\u2028")
jsonencode("é\u0001\u007f")
jsonencode({ b = 1, a = [true, null] })
jsonencode(toset(["b", "a"]))
jsonencode(1.50)
jsonencode(1e30)
jsonencode([])
jsonencode({})
jsonencode(null)
jsonencode("a\"\\/\u0008\u000c\n\r\t")
jsonencode(tomap({ "e\u0301" = 1 }))
jsondecode("1")
jsondecode("1.50")
jsondecode("1e3")
jsondecode("-0")
jsondecode("01")
jsondecode("\"a\"")
jsondecode("null")
jsondecode("true")
jsondecode("[1, \"a\", null]")
jsondecode("{\"a\": {\"b\": []}}")
jsondecode("{\"a\": 1, \"a\": 2}")
jsondecode("")
jsondecode("[1,]")
jsondecode("{a: 1}")
jsondecode("1 2")
jsondecode("\"\\u00e9\\ud83d\\udc4d\"")
jsondecode("\"\\ud83d\"")
jsondecode("\"e\u0301\"") == "é"
jsondecode("\"\\x\"")
jsondecode("nul")
jsondecode(" [ ] ")
jsondecode("'a'")
jsondecode("12345678901234567890.123")
jsondecode(1)
jsondecode(true)
jsondecode("{\"\": 1}")
jsondecode("\"a\nb\"")
jsondecode("\"\t\"")
base64encode("héllo")
base64encode("")
base64decode("aGVsbG8=")
base64decode("aGVsbG8")
base64decode("aGVs bG8=")
base64decode("aGVs\nbG8=")
base64decode("/w==")
base64decode("-_-_")
base64decode("")
base64decode("aGVsbG8==")
base64sha256("a")
base64sha512("a")
sha1("é")
sha256("a")
sha512("a")
md5("a")
urlencode("a b&c/é~-_.*'()")
urlencode("")
textencodebase64("a", "UTF-16LE")
textencodebase64("é", "ISO-8859-1")
textencodebase64("€", "windows-1252")
textencodebase64("€", "ISO-8859-1")
textencodebase64("a", "nosuch")
textencodebase64("a", "utf-8")
textencodebase64("a", "UTF-16")
textencodebase64("あ", "Shift_JIS")
textencodebase64("あ", "EUC-JP")
textencodebase64("a", "US-ASCII")
textdecodebase64("YQA=", "UTF-16LE")
textdecodebase64("6Q==", "ISO-8859-1")
textdecodebase64("gA==", "windows-1252")
textdecodebase64("a", "UTF-16LE")
textdecodebase64("YQ==", "UTF-8")
csvdecode("a,b\n1,2\n3,4\n")
csvdecode("a,b")
csvdecode("")
csvdecode("a,a\n1,2")
csvdecode("a,b\n1")
csvdecode("a,b\n1,2,3")
csvdecode("a\n\"x\"\"y\"")
csvdecode("a\n\"x\ny\"")
csvdecode("a\nx\"y")
csvdecode("a\n\"x\"y")
csvdecode("a\r\n1\r\n")
csvdecode("a,b\n\n1,2\n")
csvdecode("a\n 1 \n")
csvdecode("a,b\n1,\n")
csvdecode("\ufeffa\n1")
uuidv5("dns", "www.terraform.io")
uuidv5("url", "https://www.terraform.io/")
uuidv5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "www.terraform.io")
uuidv5("x", "a")
uuidv5("{6ba7b810-9dad-11d1-80b4-00c04fd430c8}", "a")
uuidv5("urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8", "a")
uuidv5("6ba7b8109dad11d180b400c04fd430c8", "a")
""",
    "yaml": r"""
yamlencode("a")
yamlencode(1)
yamlencode(1.5)
yamlencode(true)
yamlencode(null)
yamlencode([])
yamlencode({})
yamlencode(["a", 1, null])
yamlencode({ a = 1, "b c" = "x" })
yamlencode({ a = { b = [1, { c = "d" }] }, e = [] })
yamlencode([[1, 2], [3]])
yamlencode([{ a = 1, b = 2 }, { a = 3 }])
yamlencode("a\nb")
yamlencode("a\nb\n")
yamlencode("\na")
yamlencode(" a\nb")
yamlencode("a\n\nb\n\n")
yamlencode({ a = "x\ny\n" })
yamlencode({ a = "x\ny", b = ["p\nq"] })
yamlencode("é\u0001\t\"\\")
yamlencode("a: b #c")
yamlencode("true")
yamlencode(toset(["b", "a"]))
yamlencode(tomap({ b = 1, a = 2 }))
yamlencode("")
yamlencode("👍")
yamlencode("\u2028\u0085")
yamlencode("a \nb")
yamlencode("a\tb\n")
yamlencode("\n")
yamlencode({ "1" = 2, "é" = 3, "a\nb" = 4 })
yamlencode(join("", [for i in range(30) : "word "]))
yamlencode({ a = join("", [for i in range(30) : "word "]) })
yamlencode(join("", [for i in range(120) : "x"]))
yamlencode({ (join("", [for i in range(130) : "k"])) = 1 })
yamlencode("a\r\nb")
yamlencode(1e30)
yamlencode(0.1)
yamldecode("a")
yamldecode("1")
yamldecode("1.50")
yamldecode("0x1f")
yamldecode("0o17")
yamldecode("017")
yamldecode("0b11")
yamldecode("1_000")
yamldecode("1e3")
yamldecode("+1")
yamldecode(".5")
yamldecode("5.")
yamldecode(".inf")
yamldecode("-.inf")
yamldecode(".nan")
yamldecode("true")
yamldecode("True")
yamldecode("TRUE")
yamldecode("yes")
yamldecode("Yes")
yamldecode("no")
yamldecode("on")
yamldecode("off")
yamldecode("y")
yamldecode("n")
yamldecode("null")
yamldecode("~")
yamldecode("Null")
yamldecode("")
yamldecode("---")
yamldecode("2020-01-01")
yamldecode("2020-01-01T00:00:00Z")
yamldecode("2020-01-01 10:00:00")
yamldecode("1:30")
yamldecode("190:20:30")
yamldecode("\"a\\u00e9\\n\"")
yamldecode("'it''s'")
yamldecode("a: 1\nb: [x, 2]\n")
yamldecode("- a\n- 1\n- null\n- ~\n-\n")
yamldecode("{a: 1, b: {c: d}}")
yamldecode("[a, b]")
yamldecode("a: 1\na: 2")
yamldecode("yes: 1")
yamldecode("1: a\ntrue: b")
yamldecode("null: a")
yamldecode("~: a")
yamldecode("1.5: a")
yamldecode("[a]: b")
yamldecode("{a: b}: c")
yamldecode("a: |\n  x\n  y\n")
yamldecode("a: |-\n  x\n  y\n")
yamldecode("a: |+\n  x\n\n")
yamldecode("a: >\n  x\n  y\n\n  z\n")
yamldecode("a: &x 1\nb: *x")
yamldecode("a: &x {p: 1}\nb:\n  <<: *x\n  q: 2")
yamldecode("a: &x {p: 1}\nb:\n  <<: [*x, {r: 3}]\n  p: 2")
yamldecode("<<: {p: 1}\nq: 2")
yamldecode("a: *missing")
yamldecode("a: &x [*x]")
yamldecode("!!str 1")
yamldecode("!!int \"1\"")
yamldecode("!!float 1")
yamldecode("!!bool \"true\"")
yamldecode("!!null x")
yamldecode("!!binary aGVsbG8=")
yamldecode("!!timestamp 2020-01-01")
yamldecode("!custom 1")
yamldecode("!!set {a, b}")
yamldecode("!!omap [a: 1]")
yamldecode("!!seq [a]")
yamldecode("!!map {a: 1}")
yamldecode("a: b: c")
yamldecode("a:\n\tb: 1")
yamldecode("a\nb")
yamldecode("a: [")
yamldecode("---\na\n---\nb")
yamldecode("--- a\n...\n")
yamldecode("%YAML 1.1\n---\na")
yamldecode("%YAML 1.2\n---\na")
yamldecode("# comment\na: 1 # x")
yamldecode("a: 'b")
yamldecode("? a\n: b")
yamldecode("? [a]\n: b")
yamldecode("a: \"\\x41\\U0001F44D\"")
yamldecode("a: 12345678901234567890")
yamldecode("a: 9223372036854775807")
yamldecode("a: 9223372036854775808")
yamldecode("a: 18446744073709551615")
yamldecode("a: 18446744073709551616")
yamldecode("a: -9223372036854775809")
yamldecode("a: 0.1")
yamldecode("a: 1e400")
yamldecode("a: 0.1234567890123456789012")
yamldecode("a: 1.0")
yamldecode("a: 0x")
yamldecode("a: 08")
yamldecode("a: 0777")
yamldecode("a: -017")
yamldecode("a: 1__0")
yamldecode("a: 0_1")
yamldecode("a: 1,000")
yamldecode("a: .")
yamldecode("a: -")
yamldecode("a: =")
yamldecode("a: <<")
yamldecode("a: @b")
yamldecode("a: `b")
yamldecode("a: %b")
yamldecode("a: !b")
yamldecode("\"e\u0301\"") == "é"
yamldecode(1)
yamldecode(true)
yamldecode("t: required\nt: optional")
try(yamldecode("t: required\nt: optional").t, "double")
yamldecode("a:\n- 1\n- 2")
yamldecode("a:   \n  b")
yamldecode(yamlencode({ a = [1, "x", null, true], b = { c = "multi\nline\n" } }))
yamldecode(jsonencode({ a = [1, "x"] }))
yamldecode("\ufeffa: 1")
yamldecode("a: 1.2.3")
yamldecode("a: 1-2")
yamldecode("a: 0o8")
yamldecode("a: ''")
yamldecode("'1': a\n\"2\": b")
yamldecode("a: nUll")
yamldecode("a: +.inf")
yamldecode("a: +.Inf")
yamldecode("a: 685_230.15")
yamldecode("a: 6.8523015e+5")
yamldecode("- - a\n  - b\n- - c")
""",
    "network": r"""
cidrhost("10.0.0.0/8", 5)
cidrhost("10.1.2.3/8", 5)
cidrhost("10.0.0.0/24", -1)
cidrhost("10.0.0.0/24", 255)
cidrhost("10.0.0.0/24", 256)
cidrhost("10.0.0.0/24", -256)
cidrhost("10.0.0.0/24", -257)
cidrhost("10.0.0.0/32", 0)
cidrhost("fd00::/64", 16)
cidrhost("fd00::/64", -1)
cidrhost("::ffff:10.0.0.0/120", 1)
cidrhost("10.0.0.0", 1)
cidrhost("10.0.0.0/33", 1)
cidrhost("010.0.0.0/8", 1)
cidrhost("10.0.0/8", 1)
cidrhost("10.0.0.0/8", 1.5)
cidrhost("10.0.0.0/8", "3")
cidrhost("10.0.0.0/08", 3)
cidrhost(" 10.0.0.0/8", 3)
cidrhost("0.0.0.0/0", 5)
cidrnetmask("10.0.0.0/12")
cidrnetmask("10.0.0.0/0")
cidrnetmask("fd00::/64")
cidrnetmask("1.2.3.4/32")
cidrsubnet("10.0.0.0/8", 8, 2)
cidrsubnet("10.5.0.0/8", 8, 2)
cidrsubnet("10.0.0.0/8", 24, 5)
cidrsubnet("10.0.0.0/8", 25, 5)
cidrsubnet("10.0.0.0/8", 8, 256)
cidrsubnet("10.0.0.0/8", 8, -1)
cidrsubnet("10.0.0.0/8", -1, 0)
cidrsubnet("10.0.0.0/8", 0, 0)
cidrsubnet("fd00:fd12:3456:7890::/56", 16, 162)
cidrsubnet("fd00::/16", 100, 5)
cidrsubnet("fd00::/16", 32, 5)
cidrsubnet("::/0", 8, 1)
cidrsubnet("10.0.0.0/8", 8, 2.5)
cidrsubnets("10.1.0.0/16", 4, 4, 8, 4)
cidrsubnets("10.1.0.0/16")
cidrsubnets("10.1.0.0/16", 0)
cidrsubnets("10.1.0.0/16", 1, 1, 1)
cidrsubnets("10.1.0.0/16", 17)
cidrsubnets("fd00::/56", 8, 8, 16)
cidrsubnets("fd00::/16", 40)
cidrsubnets("10.1.2.3/16", 8)
cidrsubnets("10.0.0.0/8", [4, 4]...)
[for n in cidrsubnets("10.0.0.0/8", 4, 4) : cidrhost(n, 1)]
timeadd("2020-01-01T00:00:00Z", "1h")
timeadd("2020-01-01T00:00:00Z", "-10m")
timeadd("2020-01-01T00:00:00+02:00", "24h")
timeadd("2020-01-01T00:00:00Z", "1.5h")
timeadd("2020-01-01T00:00:00Z", "1h30m10s")
timeadd("2020-01-01T00:00:00Z", "1d")
timeadd("2020-01-01T00:00:00Z", "")
timeadd("2020-01-01T00:00:00Z", "0")
timeadd("2020-01-01T00:00:00Z", "5")
timeadd("2020-01-01", "1h")
timeadd("2020-01-01T00:00:00.5Z", "600ms")
timeadd("2020-02-30T00:00:00Z", "1h")
timeadd("2020-01-01T24:00:00Z", "1h")
timeadd("2020-01-01T00:00:60Z", "1h")
timeadd("2020-01-01t00:00:00z", "1h")
timeadd("2020-01-01T00:00:00-00:00", "1h")
timeadd("2020-12-31T23:59:59Z", "1s")
timeadd("2020-01-01T00:00:00Z", "1us")
timeadd("2020-01-01T00:00:00Z", "+1h")
timeadd("2020-01-01T00:00:00Z", "1h-1m")
timeadd("2020-01-01T00:00:00Z", ".5h")
timeadd("2020-01-01T00:00:00Z", "300000h")
timeadd("2020-01-01T00:00:00Z", "9999999h")
timecmp("2020-01-01T00:00:00Z", "2020-01-01T01:00:00+01:00")
timecmp("2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z")
timecmp("2020-01-01T00:00:01Z", "2020-01-01T00:00:00.9Z")
timecmp("x", "2020-01-01T00:00:00Z")
formatdate("DD MMM YYYY hh:mm ZZZ", "2018-01-02T23:12:01Z")
formatdate("EEEE, DD-MMM-YY hh:mm:ss ZZZ", "2018-01-02T23:12:01Z")
formatdate("EEE, DD MMM YYYY hh:mm:ss ZZZ", "2018-01-02T23:12:01-08:00")
formatdate("MMM DD, YYYY", "2018-01-02T23:12:01Z")
formatdate("HH:mmaa", "2018-01-02T23:12:01Z")
formatdate("H:mm AA", "2018-01-02T00:12:01Z")
formatdate("h 'o''clock'", "2018-01-02T23:12:01Z")
formatdate("M/D/YY h:m:s Z", "2018-01-02T03:02:01+05:30")
formatdate("ZZZZ ZZZZZ", "2018-01-02T03:02:01+05:30")
formatdate("ZZZZ ZZZZZ Z ZZZ", "2018-01-02T03:02:01Z")
formatdate("MMMM", "2018-09-02T03:02:01Z")
formatdate("Y", "2018-01-02T03:02:01Z")
formatdate("x", "2018-01-02T03:02:01Z")
formatdate("'x", "2018-01-02T03:02:01Z")
formatdate("", "2018-01-02T03:02:01Z")
formatdate("YYYY", "2018-01-02")
formatdate("YYYY", "18-01-02T03:02:01Z")
formatdate("ss.", "2018-01-02T03:02:01.75Z")
formatdate("é", "2018-01-02T03:02:01Z")
basename("/a/b.txt")
basename("/a/b/")
basename("")
basename("/")
basename("a//")
dirname("/a/b.txt")
dirname("a")
dirname("/a/b/")
dirname("/a")
dirname("")
dirname("a/../b/c")
dirname("a//b")
abspath("/a/../b")
pathexpand("/a/b")
pathexpand("")
""",
    "file": r"""
templatefile("only.tftpl", { a = null })
try(templatefile("only.tftpl", { a = null }), "null")
templatefile("only.tftpl", { a = one([for k, v in {} : { k = k }]) })
file("plain.txt")
file("./plain.txt")
file("marked.txt")
length(file("marked.txt"))
file("marked.txt") == "marked"
file("bytes.bin")
file("decomposed.txt")
file("decomposed.txt") == "été"
file("nothing.txt")
file("set")
file("")
file(null)
filebase64("bytes.bin")
filebase64("plain.txt")
filebase64("marked.txt")
filebase64("nothing.txt")
filemd5("bytes.bin")
filesha1("plain.txt")
filesha256("plain.txt")
filesha512("plain.txt")
filebase64sha256("bytes.bin")
filebase64sha512("plain.txt")
fileexists("plain.txt")
fileexists("nothing.txt")
fileexists("set")
fileset("set", "*")
fileset("set", "*.json")
fileset("set", "**")
fileset("set", "**/*.json")
fileset("set", "*.{json,txt}")
fileset("set", "[^a]*")
fileset("set", "[!a]*")
fileset("set", "?.txt")
fileset("set", "x[0-9]")
fileset("set", "x[^1]")
fileset("set", "sub/*")
fileset("set", "{sub,nothing}/*.json")
fileset("set", "**/d.json")
fileset("set", "sub/**")
fileset("set", "s*/*")
fileset("set", ".*")
fileset("set", "\\[z\\]")
fileset("set", "[[]z]")
fileset("set", "nothing*")
fileset("set", "[")
fileset("set", "{a,b")
fileset("set", "a.json")
fileset("set", "")
fileset("set", "../*.txt")
fileset("set", "./a.json")
fileset("set", "**.json")
fileset("set", "**{.json,.txt}")
fileset("set", "[a-b].*")
fileset("nothing", "*")
fileset("set/a.json", "*")
fileset(".", "set/*.json")
length(fileset("set", "*"))
[for f in fileset("set", "*.json") : f]
templatefile("greeting.tftpl", { name = "World", list = ["a", "b"], on = true })
templatefile("greeting.tftpl", { name = "World", list = [], on = false })
templatefile("greeting.tftpl", { name = 1, list = toset(["b", "a"]), on = "true" })
templatefile("greeting.tftpl", { name = "World" })
templatefile("greeting.tftpl", { name = null, list = [], on = true })
templatefile("loop.tftpl", { list = ["a", "b"] })
templatefile("loop.tftpl", { list = toset(["b", "a"]) })
templatefile("loop.tftpl", { list = { k = "v" } })
templatefile("trim.tftpl", { on = true })
templatefile("trim.tftpl", { on = false })
templatefile("json.tftpl", { list = [1], on = null })
templatefile("marked.tftpl", { name = "x" })
templatefile("missing.tftpl", {})
templatefile("missing.tftpl", { missing = "x" })
templatefile("missing.tftpl", { missing = [] })
templatefile("missing.tftpl", { missing = [1] })
templatefile("plain.txt", {})
templatefile("plain.txt", { "a-b" = 1 })
templatefile("plain.txt", { "1a" = 1 })
templatefile("plain.txt", [])
templatefile("nothing.tftpl", {})
templatefile("bytes.bin", {})
templatefile("plain.txt", null)
yamldecode(file("data.yaml"))
yamldecode(file("data.yaml")).b[1]
""",
    "provider": r"""
provider::terraform::encode_tfvars({ a = 1 })
provider::terraform::encode_tfvars({ a = "x", b = [1, "y"], c = { d = null } })
provider::terraform::encode_tfvars({})
provider::terraform::encode_expr("a")
provider::terraform::encode_expr([1, "a\n"])
provider::terraform::encode_expr({ a = { b = true }, "c d" = "$${x}" })
provider::terraform::encode_expr(null)
provider::terraform::decode_tfvars("a = 1\nb = [\"x\"]\n")
provider::terraform::decode_tfvars("a = ")
provider::terraform::decode_tfvars("a = b")
provider::terraform::decode_tfvars("a = { b = \"c\" }\n")
""",
}


def expressions() -> list[tuple[str, str]]:
    """Return all expressions with their kinds, each once."""
    found: dict[str, str] = {}
    for kind, lines in WRITTEN.items():
        for line in lines.strip().splitlines():
            found.setdefault(line, kind)
    for one in EDGES:
        found.setdefault(one, "edge")
    for name in UNARY:
        for value in VALUES:
            found.setdefault(f"{name}({value})", "function")
    for index, left in enumerate(VALUES):
        for right in VALUES[index % 3 :: 3]:
            found.setdefault(f"{left} == {right}", "pair")
            found.setdefault(f"true ? {left} : {right}", "pair")
    for value in VALUES:
        for form in FORMS_OF_ANY:
            found.setdefault(form.format(f"({value})"), "form")
        for name in ("toset", "tolist", "distinct", "flatten", "sort", "compact", "jsonencode", "alltrue", "sum"):
            found.setdefault(f"{name}([{value}, {value}])", "form")
            found.setdefault(f'{name}([{value}, "z"])', "form")
    for expression, _ in generated():
        found.setdefault(expression, "generated")
    for expression in wide():
        found.setdefault(expression, "wide")
    for expression, _ in nested():
        found.setdefault(expression, "nested")
    return [(kind, expression) for expression, kind in found.items()]


def generated() -> list[tuple[str, str]]:
    """Return expressions of the grammar; with each, the same one of which one leaf is `var.unknown`."""
    generator = Generator(Random(SEED))
    return list(dict(generator.expression() for _ in range(GENERATED)).items())


def wide() -> list[str]:
    """Return expressions of the wider grammar."""
    generator = Generator(Random(WIDE_SEED), WIDE_LEAVES, WIDE_FORMS, 0.015)
    found: dict[str, None] = {}
    while len(found) < WIDE:
        expression, _ = generator.expression()
        if len(expression) < MAX_LENGTH:
            found[expression] = None
    return list(found)


def nested() -> list[tuple[str, str]]:
    """Return expressions of the nested grammar; with each, the same one of which one leaf is `var.unknown`."""
    generator = Generator(Random(NESTED_SEED), nesting.LEAVES, nesting.FORMS, 0.03)
    found: dict[str, str] = {}
    while len(found) < NESTED:
        expression, hidden = generator.expression()
        if len(expression) < MAX_LENGTH:
            found[expression] = hidden
    return list(found.items())


class Generator:
    """Makes expressions of a wanted type, nested a few levels; `astray` is how often the type is another."""

    def __init__(
        self,
        random: Random,
        leaves: Grammar | None = None,
        forms: Grammar | None = None,
        astray: float = 0.08,
    ) -> None:
        self._random = random
        self._leaves = leaves or LEAVES
        self._forms = forms or FORMS
        self._astray = astray

    def expression(self) -> tuple[str, str]:
        """Return an expression of any type, and the same one of which a leaf is unknown."""
        made = self._of(self._random.choice(("text", "number", "truth", "list", "map", "any")), 3)
        parts = re.split("[\x01\x02]", made)
        hidden = self._random.randrange(1, len(parts), 2)
        return "".join(parts), "".join([*parts[:hidden], "var.unknown", *parts[hidden + 1 :]])

    def _of(self, type: str, depth: int) -> str:
        # Terraform converts between types, or refuses to.
        if self._random.random() < self._astray:
            type = self._random.choice(("text", "number", "truth", "list", "map"))
        if type == "any":
            type = self._random.choice(("text", "number", "truth", "list", "map"))
        if depth == 0 or self._random.random() < 0.1:
            return f"\x01{self._random.choice(self._leaves[type])}\x02"
        parts = self._random.choice(self._forms[type]).split("@")
        return "".join([self._of(part, depth - 1) if index % 2 else part for index, part in enumerate(parts)])


FORMS_OF_ANY = (
    "[for k, v in {} : v]",
    "{}[0]",
    '{}["a"]',
    '"<${{{}}}>"',
    "[{}]",
    "{}[*]",
    "{}.a",
    "!{}",
    "-{}",
)
LEAVES = {
    "text": ('"a"', '"b,c"', '""', '"1"', '"Az"', '"x y"', '"true"', "null"),
    "number": ("0", "1", "2", "-3", "1.5", "10", '"4"', "0.1"),
    "truth": ("true", "false", '"true"'),
    "list": ("[]", '["a", "b"]', "[1, 2]", '[1, "a"]', 'toset(["b", "a"])', 'tolist(["q"])', '[["x"], []]'),
    "map": ("{}", '{ a = "x" }', '{ a = 1, b = "y" }', "tomap({ b = 2, a = 1 })", '{ a = ["p"] }'),
}
FORMS = {
    "text": (
        '"${@any@}-${@text@}"',
        "upper(@text@)",
        "join(@text@, @list@)",
        "@truth@ ? @text@ : @any@",
        'format("%v/%s", @any@, @text@)',
        "tostring(@any@)",
        "jsonencode(@any@)",
        "replace(@text@, @text@, @text@)",
        "substr(@text@, @number@, @number@)",
        "coalesce(@text@, @any@)",
        "try(@any@, @text@)",
        "lookup(@map@, @text@, @any@)",
        "element(@list@, @number@)",
        "@list@[@number@]",
        "@map@.a",
        'trim(@text@, "ab")',
        "yamlencode(@any@)",
        "one(@list@)",
        '"%{ for x in @list@ }${x};%{ endfor }"',
        '"%{ if @truth@ }${@text@}%{ endif }"',
        "title(@text@)",
        '(@any@)["a"]',
    ),
    "number": (
        "@number@ + @number@",
        "@number@ * @number@",
        "@number@ / @number@",
        "@number@ % @number@",
        "-@number@",
        "length(@any@)",
        "max(@number@, @number@)",
        "floor(@number@)",
        "tonumber(@any@)",
        "sum(@list@)",
        "index(@list@, @any@)",
        "@truth@ ? @number@ : @any@",
        "try(@any@, @number@)",
        "parseint(@text@, 16)",
    ),
    "truth": (
        "@any@ == @any@",
        "@any@ != @any@",
        "@list@ == @list@",
        "@map@ == @map@",
        "@number@ < @number@",
        "@number@ >= @number@",
        "!@truth@",
        "contains(@list@, @any@)",
        "can(@any@)",
        "tobool(@any@)",
        "alltrue(@list@)",
        "startswith(@text@, @text@)",
        "@text@ == @text@",
    ),
    "list": (
        "[@any@, @any@]",
        "[for x in @list@ : x]",
        "[for k, v in @list@ : k]",
        "[for k, v in @map@ : v]",
        "[for x in @list@ : x if x != @any@]",
        "toset(@list@)",
        "tolist(@list@)",
        "concat(@list@, @list@)",
        "flatten([@list@, @list@])",
        "distinct(@list@)",
        "sort(@list@)",
        "keys(@map@)",
        "values(@map@)",
        "@truth@ ? @list@ : @list@",
        "split(@text@, @text@)",
        "reverse(@list@)",
        "slice(@list@, 0, @number@)",
        "setunion(@list@, @list@)",
        "setsubtract(@list@, @list@)",
        "setproduct(@list@, @list@)",
        "compact(@list@)",
        "try(@any@, @list@)",
        "coalescelist(@list@, @list@)",
        "@list@[*]",
        "range(@number@)",
        "formatlist(@text@, @list@)",
        "jsondecode(jsonencode(@any@))",
        "yamldecode(yamlencode(@any@))",
        'regexall("[a-z]", @text@)',
        "chunklist(@list@, 2)",
    ),
    "map": (
        "{ a = @any@, b = @any@ }",
        "{ for k, v in @map@ : k => v }",
        '{ for x in @list@ : "${x}" => x }',
        "{ for x in @list@ : x => @any@... }",
        "tomap(@map@)",
        "merge(@map@, @map@)",
        "zipmap(@list@, @list@)",
        "@truth@ ? @map@ : @map@",
        "try(@any@, @map@)",
        "transpose(@map@)",
        "{ (@text@) = @any@ }",
        "jsondecode(jsonencode(@map@))",
    ),
}

# More functions, more values, and types that fit more often.
WIDE_LEAVES = {
    "text": (
        '"a"',
        '"b,c"',
        '""',
        '"1"',
        '"Az-9_x"',
        '"x y  z"',
        '"true"',
        "null",
        '"é👍"',
        '"foo.bar.baz"',
        '"10.0.0.0/8"',
        '"2024-02-29T23:59:60Z"',
        '"2023-12-31T23:00:00-05:00"',
        '"a\\nb\\n"',
        '"$${x}"',
        '"%%{if}"',
        '"0x1F"',
        '"1e3"',
        '" lead"',
        '"{\\"a\\":[1,null]}"',
        '"k: [1, two, ~]"',
        '"aXA="',
        '"ß"',
        '"\\u0130i"',
        '"A=b&c d"',
        '"-0.50"',
    ),
    "number": (
        "0",
        "1",
        "2",
        "-3",
        "1.5",
        "10",
        '"4"',
        "0.1",
        "1e3",
        "-0",
        "99999999999999999999",
        "0.000001",
        "3.0",
        '"0x10"',
        "1/3",
    ),
    "truth": (
        "true",
        "false",
        '"true"',
        '"false"',
        "1 < 2",
        'null == ""',
    ),
    "list": (
        "[]",
        '["a", "b"]',
        "[1, 2]",
        '[1, "a"]',
        'toset(["b", "a"])',
        'tolist(["q"])',
        '[["x"], []]',
        '[null, "a"]',
        "toset([3, 10, 2])",
        '[{ a = 1 }, { a = 2, b = "x" }]',
        '["b", "a", "b"]',
        'toset([{ a = "z" }, { a = "y" }])',
        "tolist([])",
        '[[1, 2], ["3"]]',
        '[true, "false"]',
        '[{ k = "x", v = [1] }, { k = "x", v = [2] }]',
        'toset([["b"], ["a"]])',
        '["10", "9", "010"]',
    ),
    "map": (
        "{}",
        '{ a = "x" }',
        '{ a = 1, b = "y" }',
        "tomap({ b = 2, a = 1 })",
        '{ a = ["p"] }',
        "{ a = { c = null } }",
        '{ "1" = "x", "2" = true }',
        'tomap({ a = ["q"], b = [] })',
        "{ a = null, b = 2 }",
        '{ "é" = 1, "z" = 2, "A" = 3 }',
        "tomap({ x = { c = 1 }, y = { c = 2 } })",
        '{ a = [{ b = [1, { c = "d" }] }] }',
        "tomap({})",
    ),
}
WIDE_FORMS = {
    "text": (
        '"${@any@}-${@text@}"',
        '"a${~ @text@ ~}b"',
        '" %{~ if @truth@ ~} x %{~ else ~} y %{ endif } "',
        '"%{ for k, v in @map@ }${k}=${v};%{ endfor }"',
        '"%{ for i, v in @list@ ~} ${i}:${jsonencode(v)} %{ endfor ~}"',
        '"${@any@}"',
        '"$${${@text@}"',
        "upper(@text@)",
        "lower(@text@)",
        "title(@text@)",
        "strrev(@text@)",
        "indent(@number@, @text@)",
        "join(@text@, @list@)",
        'join(",", @list@, @list@)',
        "@truth@ ? @text@ : @any@",
        'format("%v|%#v", @any@, @any@)',
        'format("%s", @any@)',
        'format("%q", @any@)',
        'format("%5d|%-5d|%05d|%+d", @number@, @number@, @number@, @number@)',
        'format("%.2f|%8.3f|%e|%g", @number@, @number@, @number@, @number@)',
        'format("%x|%X|%o|%b", @number@, @number@, @number@, @number@)',
        'format("%t", @truth@)',
        'format("%[2]s %[1]s", @text@, @any@)',
        'format("%*d", @number@, @number@)',
        'format("%5s|%-5s|%.2s", @text@, @text@, @text@)',
        'format("%%|%c", @number@)',
        "format(@text@, @any@)",
        "tostring(@any@)",
        "jsonencode(@any@)",
        "replace(@text@, @text@, @text@)",
        'replace(@text@, "/(\\\\w)(\\\\W?)/", "$2<$1>")',
        'replace(@text@, "/[aeiou]+/", "$${1}")',
        'replace(@text@, "/(?i)A|(?P<n>b)/", "[$n]")',
        'regex("[a-z0-9]+", @text@)',
        'regex("(?P<h>.)(?P<t>.*)", @text@)["t"]',
        'regex("(.)(.)?", @text@)[1]',
        "substr(@text@, @number@, @number@)",
        "coalesce(@text@, @any@)",
        'coalesce(@any@, @any@, "z")',
        "try(@any@, @text@)",
        "lookup(@map@, @text@, @any@)",
        'lookup(@map@, "a", @any@)',
        "element(@list@, @number@)",
        "@list@[@number@]",
        "@map@.a",
        '@map@["b"]',
        "(@map@)[@text@]",
        'trim(@text@, "ab ")',
        "trimspace(@text@)",
        "trimprefix(@text@, @text@)",
        "trimsuffix(@text@, @text@)",
        "chomp(@text@)",
        "yamlencode(@any@)",
        "one(@list@)",
        "base64encode(@text@)",
        "base64decode(@text@)",
        "md5(@text@)",
        "sha256(@text@)",
        "urlencode(@text@)",
        "cidrhost(@text@, @number@)",
        "cidrsubnet(@text@, @number@, @number@)",
        "formatdate(\"YYYY-MM-DD'T'hh:mm:ssZ EEE\", @text@)",
        'timeadd(@text@, "${@number@}h")',
        'textencodebase64(@text@, "UTF-16LE")',
        "dirname(@text@)",
        "basename(@text@)",
        "pathexpand(@text@)",
        "tostring(tonumber(@text@))",
        'upper("${@text@}x")',
        '@list@[*].a == 1 ? "p" : @text@',
        'split("-", @text@)[0]',
        'join("-", split(",", @text@))',
    ),
    "number": (
        "@number@ + @number@",
        "@number@ - @number@",
        "@number@ * @number@",
        "@number@ / @number@",
        "@number@ % @number@",
        "-@number@",
        "length(@any@)",
        "length(@text@)",
        "max(@number@, @number@)",
        "min(@number@, @number@, @text@)",
        "floor(@number@)",
        "ceil(@number@)",
        "abs(@number@)",
        "signum(@number@)",
        "pow(@number@, @number@)",
        "log(@number@, @number@)",
        "tonumber(@any@)",
        "sum(@list@)",
        "index(@list@, @any@)",
        "@truth@ ? @number@ : @any@",
        "try(@any@, @number@)",
        "parseint(@text@, 16)",
        "parseint(@text@, @number@)",
        "timecmp(@text@, @text@)",
        "length(@list@[*])",
        "max(@list@...)",
        "sum([for x in @list@ : try(tonumber(x), 1)])",
    ),
    "truth": (
        "@any@ == @any@",
        "@any@ != @any@",
        "@list@ == @list@",
        "@map@ == @map@",
        "@number@ < @number@",
        "@number@ >= @number@",
        "@text@ < @number@",
        "!@truth@",
        "@truth@ && @truth@",
        "@truth@ || @truth@",
        "contains(@list@, @any@)",
        "can(@any@)",
        "tobool(@any@)",
        "alltrue(@list@)",
        "anytrue(@list@)",
        "startswith(@text@, @text@)",
        "endswith(@text@, @text@)",
        "strcontains(@text@, @text@)",
        "@text@ == @text@",
        "@number@ == @text@",
        "!@truth@ == @truth@",
        "can(regex(@text@, @text@))",
        "contains(keys(@map@), @text@)",
        "toset(@list@) == toset(@list@)",
        "tolist(@list@) == tolist(@list@)",
        "@list@ == tolist(@list@)",
        "@any@ == null",
        "@map@ == tomap(@map@)",
    ),
    "list": (
        "[@any@, @any@]",
        "[@any@, null, @any@]",
        "[for x in @list@ : x]",
        "[for x in @list@ : @any@ if @truth@]",
        "[for k, v in @list@ : k]",
        "[for k, v in @map@ : v]",
        '[for k, v in @map@ : "${k}-${jsonencode(v)}"]',
        "[for x in @list@ : x if x != @any@]",
        "[for x in @list@ : try(x.a, x)]",
        "toset(@list@)",
        "tolist(@list@)",
        "tolist(@any@)",
        "toset([@any@, @any@])",
        "tolist([@any@, @any@])",
        "concat(@list@, @list@)",
        "concat(@list@, [], @list@)",
        "flatten([@list@, @list@])",
        "flatten(@list@)",
        "flatten([@any@, [@any@]])",
        "distinct(@list@)",
        "distinct(concat(@list@, @list@))",
        "sort(@list@)",
        "keys(@map@)",
        "values(@map@)",
        "@truth@ ? @list@ : @list@",
        "@truth@ ? @list@ : []",
        "@truth@ ? [@any@] : null",
        "split(@text@, @text@)",
        "reverse(@list@)",
        "slice(@list@, 0, @number@)",
        "slice(@list@, 1, length(@list@))",
        "setunion(@list@, @list@)",
        "setsubtract(@list@, @list@)",
        "setintersection(@list@, @list@)",
        "setproduct(@list@, @list@)",
        "compact(@list@)",
        "try(@any@, @list@)",
        "coalescelist(@list@, @list@)",
        "@list@[*]",
        "@any@[*]",
        "@list@[*].a",
        "@list@.*.a",
        '@list@[*]["a"]',
        "@any@[*].a",
        "@list@[*][0]",
        "range(@number@)",
        "range(@number@, @number@)",
        "formatlist(@text@, @list@)",
        'formatlist("%s-%v", @list@, @any@)',
        'formatlist("%s", @any@)',
        "jsondecode(jsonencode(@any@))",
        "yamldecode(yamlencode(@any@))",
        'regexall("[a-z]", @text@)',
        'regexall("([a-z])(\\\\d)?", @text@)',
        "chunklist(@list@, 2)",
        "chunklist(@list@, @number@)",
        "matchkeys(@list@, @list@, @list@)",
        "values({ for i, x in @list@ : i => x })",
        'csvdecode("a,b\\n${@text@},2")',
        '[for p in setproduct(@list@, ["x"]) : p[0]]',
        'cidrsubnets("10.0.0.0/8", @number@, 8)',
        "jsondecode(@text@)",
        "yamldecode(@text@)",
        "(@list@)[*]",
        "sort(keys(@map@))",
        "[for k in sort(keys(@map@)) : @map@[k]]",
        "tolist(toset(@list@))",
        "one(@list@)",
        "setunion(@list@)",
        "concat([@any@], tolist(@list@))",
        "reverse(sort(@list@))",
    ),
    "map": (
        "{ a = @any@, b = @any@ }",
        "{ for k, v in @map@ : k => v }",
        "{ for k, v in @map@ : upper(k) => v if v != null }",
        '{ for x in @list@ : "${x}" => x }',
        "{ for i, x in @list@ : i => x }",
        "{ for x in @list@ : jsonencode(x) => @any@... }",
        '{ for k, v in @map@ : "${v}" => k... }',
        '{ for x in @list@ : try(x.k, "n") => try(x.v, x)... }',
        "tomap(@map@)",
        "tomap({ a = @any@, b = @any@ })",
        "merge(@map@, @map@)",
        "merge(@map@, null, @map@)",
        "merge(@list@...)",
        "zipmap(@list@, @list@)",
        "zipmap(keys(@map@), values(@map@))",
        "@truth@ ? @map@ : @map@",
        "@truth@ ? @map@ : {}",
        "@truth@ ? { a = @any@ } : { a = @any@, b = @any@ }",
        "@truth@ ? { a = @any@ } : null",
        "try(@any@, @map@)",
        "transpose(@map@)",
        "{ (@text@) = @any@ }",
        "{ (@number@) = @any@, z = @any@ }",
        "jsondecode(jsonencode(@map@))",
        "{ for k, v in @map@ : k => [for x in [v] : x] }",
        "merge({ a = { x = @any@ } }, { a = { y = @any@ } })",
        'regex("(?P<a>.)(?P<b>.*)", @text@)',
        "setproduct([@map@], [1])[0][0]",
        'lookup({ a = @map@ }, "a", @map@)',
        "element([@map@, @map@], @number@)",
        "tolist([@map@, @map@])[0]",
        "[@map@, @map@][1]",
        "values({ a = @map@ })[0]",
        "one([@map@])",
        "coalesce(@map@, @map@)",
        "coalesce(null, @map@)",
    ),
}

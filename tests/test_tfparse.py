"""Our evaluation against that of another tool: tfparse, which is Trivy's evaluator of Terraform configurations.

Each configuration is evaluated by both, and every attribute of every resource is compared. Where the two differ, the
difference is listed with its explanation; a listed one that is gone fails as well.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from iplint.scenario import Scenario
from iplint.terraform.configuration import Reader
from iplint.terraform.evaluate import RootModule
from iplint.value import Absent, Known, Map, Seq, Text, Unknown
from iplint.workspace import Workspace

if TYPE_CHECKING:
    from iplint.value import Value

UNKNOWN = "(unknown)"

# Expressions, one on a line.
FUNCTIONS = r"""
abs(-12.5)
ceil(1.2) + floor(-1.2)
log(8, 2)
max(3, 1, 2) - min(3, 1, 2)
parseint("ff", 16)
pow(2, 10)
signum(-3)
chomp("a\n")
endswith("abc", "bc")
format("%s-%03d-%t-%q", "a", 7, true, "x")
formatlist("%s=%s", ["a", "b"], ["1", "2"])
indent(2, "a\nb")
join(",", ["a", "b"])
lower("ABC")
upper("abc")
regex("[a-z]+", "12ab34")
regex("(?P<y>\\d{4})-(?P<m>\\d{2})", "2020-05")
regexall("[a-z]", "1a2b")
replace("a.b.c", ".", "-")
replace("a1b2", "/[0-9]/", "_")
split(",", "a,b,,c")
startswith("abc", "ab")
strcontains("abc", "b")
strrev("abc")
substr("hello", 1, 3)
title("hello world")
trim("xxaxx", "x")
trimprefix("ab", "a")
trimsuffix("ab", "b")
trimspace("  a ")
alltrue([true, true])
anytrue([false, true])
chunklist(["a", "b", "c"], 2)
coalesce("", "b")
coalescelist([], ["b"])
compact(["a", "", "b"])
concat(["a"], ["b"])
contains(["a"], "a")
distinct(["a", "b", "a"])
element(["a", "b"], 3)
flatten([["a"], [["b"], "c"]])
index(["a", "b"], "b")
keys({ b = 1, a = 2 })
length("abc") + length([1]) + length({ a = 1 })
lookup({ a = "x" }, "b", "d")
matchkeys(["i", "j"], ["a", "b"], ["b"])
merge({ a = 1 }, { b = 2 }, { a = 3 })
one(["a"])
range(1, 7, 2)
reverse([1, 2])
setintersection(["a", "b"], ["b"])
setproduct(["a", "b"], ["x"])
setsubtract(["a", "b"], ["b"])
setunion(["a"], ["b"])
slice(["a", "b", "c"], 1, 2)
sort(["b", "a"])
sum([1, 2.5])
transpose({ a = ["x", "y"] })
values({ b = 1, a = 2 })
zipmap(["a", "b"], [1, 2])
base64decode("aGVsbG8=")
base64encode("hello")
csvdecode("a,b\n1,2")
jsondecode("{\"a\":[1,true,null]}")
jsonencode({ b = [1, true, null], a = "<x>" })
textdecodebase64("aABpAA==", "UTF-16LE")
textencodebase64("hi", "UTF-16LE")
urlencode("a b&c")
yamldecode("a: [1, x]")
yamlencode({ a = "x" })
basename("/a/b.txt")
dirname("/a/b.txt")
formatdate("YYYY-MM-DD'T'hh", "2020-02-03T04:05:06Z")
timeadd("2020-02-03T04:05:06Z", "1h")
timecmp("2020-02-03T04:05:06Z", "2021-02-03T04:05:06Z")
base64sha256("a")
md5("a")
sha1("a")
sha256("a")
sha512("a")
uuidv5("dns", "example.com")
cidrhost("10.0.0.0/16", 5)
cidrnetmask("10.0.0.0/12")
cidrsubnet("10.0.0.0/16", 8, 3)
cidrsubnets("10.0.0.0/16", 4, 8)
tobool("true")
tolist(["a"])
tomap({ a = "b" })
tonumber("12")
toset(["b", "a", "b"])
tostring(12)
nonsensitive(sensitive("a"))
"""
EXPRESSIONS = r"""
try(local.objects.nothing, "fallback")
try(tonumber("x"), local.number)
can(local.objects.nothing)
can(local.number)
local.flag ? "yes" : "no"
local.flag ? local.objects : null
!local.flag || local.number > 1 && local.number != 2
1 + 2 * 3 - 4 / 2 % 3
-local.number
local.number >= 3 ? [1] : []
"${local.number}-${local.flag}"
"%{ if local.flag }a%{ else }b%{ endif }"
"%{ for name in local.names ~}${name};%{ endfor ~}"
"$${a} %%{b}"
[for name in local.names : upper(name) if name != "b"]
[for index, name in local.names : "${index}${name}"]
{ for name in local.names : name => length(name) }
{ for name in local.names : length(name) => name... }
{ for key, value in local.objects : key => value.port if value.port > 80 }
[for key, value in local.objects : "${key}:${value.port}"]
local.list[*].port
local.list.*.port
values(local.objects)[*].port
local.list[1].port
local.list[1]["port"]
local.objects["web"].port
local.names[length(local.names) - 1]
[for row in local.list : [for name in local.names : "${name}${row.port}"]]
flatten([for row in local.list : [for name in local.names : "${name}${row.port}"]])
max(local.list[*].port...)
merge([for name in local.names : { (name) = true }]...)
{ "a b" = 1, (local.names[0]) = 2, c : 3 }
local.text
null
[]
{}
one([for name in local.names : name if name == "c"])
lookup(local.objects, "none", { port = 1 }).port
coalesce(null, "", local.names[0])
join("", [for c in split("", "abc") : upper(c)])
"a" == "a" && 1 == 1.0
tostring(1) == "1"
[1, "a", true]
element(local.names, length(local.names))
contains(keys(local.objects), "web")
templatefile("${path.module}/hosts.tftpl", { hosts = local.list, on = local.flag })
file("${path.module}/plain.txt")
fileexists("${path.module}/plain.txt")
fileexists("${path.module}/missing.txt")
fileset(path.module, "*.t*t*")
filebase64("${path.module}/plain.txt")
filesha256("${path.module}/plain.txt")
terraform.workspace
"""
LOCALS = """
locals {
  number  = 3
  flag    = true
  names   = ["a", "b", "c"]
  list    = [{ port = 80 }, { port = 443 }]
  objects = { web = { port = 80 }, tls = { port = 443 } }
  text    = <<-EOT
    first
      second ${local.number}
  EOT
}
"""
TEMPLATE = """%{ for host in hosts ~}
host ${host.port}
%{ endfor ~}
%{ if on }on%{ else }off%{ endif }
"""


def probes(expressions: str) -> str:
    """A resource with an argument for each expression."""
    lines = [line for line in expressions.splitlines() if line]
    return 'resource "t_probe" "it" {\n' + "".join(f"  e{n:03d} = {line}\n" for n, line in enumerate(lines)) + "}\n"


CONFIGURATIONS: dict[str, dict[str, str]] = {
    "functions": {"main.tf": probes(FUNCTIONS)},
    "expressions": {
        "main.tf": LOCALS + probes(EXPRESSIONS),
        "hosts.tftpl": TEMPLATE,
        "plain.txt": "plain\n",
    },
    "repetition": {
        "main.tf": """
variable "create" {
  default = true
}
variable "ports" {
  type    = map(number)
  default = { web = 80, tls = 443 }
}
resource "t_counted" "it" {
  count = var.create ? 2 : 0
  name  = "n${count.index}"
}
resource "t_none" "it" {
  count = var.create ? 0 : 1
  name  = "n"
}
resource "t_each" "map" {
  for_each = var.ports
  name     = each.key
  port     = each.value
}
resource "t_each" "set" {
  for_each = toset(["x", "y"])
  name     = each.value
}
resource "t_blocks" "it" {
  plain {
    a = 1
  }
  plain {
    a = 2
  }
  single {
    b = "x"
    inner {
      c = true
    }
  }
  dynamic "made" {
    for_each = var.ports
    iterator = port
    content {
      name  = port.key
      value = port.value
      dynamic "inside" {
        for_each = range(2)
        content {
          number = "${port.key}${inside.value}"
        }
      }
    }
  }
  dynamic "none" {
    for_each = var.create ? [] : [1]
    content {
      a = 1
    }
  }
}
resource "t_uses" "it" {
  splat    = t_counted.it[*].name
  old      = t_counted.it.*.name
  first    = t_counted.it[0].name
  keyed    = t_each.map["web"].port
  all      = { for key, one in t_each.map : key => one.port }
  one      = one(t_none.it[*].name)
  tried    = try(t_none.it[0].name, "none")
  joined   = join("", t_none.it[*].name)
  values   = values(t_each.map)[*].name
  block    = t_blocks.it.single[0].b
}
""",
    },
    "modules": {
        "main.tf": """
module "one" {
  source = "./child"
  name   = "single"
}
module "many" {
  source   = "./child"
  for_each = { a = 1, b = 2 }
  name     = each.key
  size     = each.value
  tags     = { owner = "us" }
}
module "counted" {
  source = "./child"
  count  = 2
  name   = "c${count.index}"
}
resource "t_uses" "it" {
  one     = module.one.name
  many    = module.many["a"].name
  all     = [for key, it in module.many : it.name]
  counted = module.counted[*].name
  deep    = module.one.deep
}
""",
        "child/main.tf": """
variable "name" {}
variable "size" {
  type    = number
  default = 7
}
variable "tags" {
  type    = map(string)
  default = {}
}
variable "options" {
  type = object({
    level = optional(string, "low")
    count = optional(number)
  })
  default = {}
}
locals {
  full = format("%s-%d", var.name, var.size)
}
module "grand" {
  source = "./grand"
  text   = upper(local.full)
}
resource "t_child" "it" {
  name  = local.full
  tags  = merge({ module = var.name }, var.tags)
  level = var.options.level
  file  = file("${path.module}/note.txt")
}
output "name" {
  value = t_child.it.name
}
output "deep" {
  value = module.grand.text
}
""",
        "child/note.txt": "a note",
        "child/grand/main.tf": """
variable "text" {
  type = string
}
resource "t_grand" "it" {
  text = "<${var.text}>"
}
output "text" {
  value = t_grand.it.text
}
""",
    },
    "values": {
        "main.tf": """
variable "given" {
  default = "default"
}
variable "listed" {
  type    = list(string)
  default = []
}
variable "required" {}
variable "number" {
  type    = string
  default = 5
}
resource "t_uses" "it" {
  given    = var.given
  listed   = length(var.listed) > 1 ? var.listed[1] : "none"
  required = var.required
  number   = var.number
  part     = "a-${var.required}"
  decided  = true || var.required
  known    = [1, var.required][0]
}
""",
        "terraform.tfvars": 'given = "file"\nlisted = ["a", "b"]\n',
    },
}

# What differs, by configuration, address and attribute, and why.
EXPLAINED: dict[tuple[str, str, str], str] = {
    ("expressions", "t_probe.it", "e045"): "templatefile: tfparse gives null, whatever the template",
    ("repetition", "t_blocks.it", "none"): "tfparse leaves out blocks that are repeated over nothing",
    ("repetition", "t_uses.it", "block"): "tfparse does not follow references into nested blocks",
    ("modules", "t_uses.it", "one"): "tfparse takes an argument of the call for the output of the same name",
    ("modules", "t_uses.it", "deep"): "as above, one module further down: the argument `text`",
    ("values", "t_uses.it", "part"): "tfparse puts the name of what is unknown into the text",
}


def ours(directory: Path) -> dict[str, dict[str, object]]:
    """The attributes of the resources by address, as this project evaluates them."""
    root = RootModule(Reader(Workspace(str(directory), str(directory))), os.path.normpath(directory))
    found: dict[str, dict[str, object]] = {}
    for resource in root.resources(Scenario({})):
        plain = shown(resource.properties)
        if resource.exists is not False and isinstance(plain, dict):
            found[resource.address] = plain
    return found


def shown(value: Value) -> object:
    """A value as plain data."""
    match value:
        case Known(Text() as text):
            return UNKNOWN if text.plain is None else text.plain
        case Known(Seq() as items):
            return [shown(item) for item in items]
        case Known(Map() as members):
            return {key: shown(item) for key in members if (item := members.get(key)) is not None}
        case Known(datum):
            return datum
        case Absent():
            return None
        case Unknown():
            return UNKNOWN


def theirs(directory: Path) -> dict[str, dict[str, object]]:
    """The same, as tfparse evaluates them."""
    # In a process of its own: it starts threads, and another library's crash would be this test run's.
    code = (
        "import json, sys, tfparse; json.dump(tfparse.load_from_path(sys.argv[1], vars_paths=sys.argv[2:]), sys.stdout)"
    )

    # It is told of the files of values that Terraform finds by itself.
    given = [path.name for path in directory.glob("*.tfvars")]
    done = subprocess.run(
        [sys.executable, "-c", code, str(directory), *given], capture_output=True, text=True, timeout=120, check=True
    )
    found: dict[str, dict[str, object]] = {}
    for blocks in json.loads(done.stdout).values():
        for block in blocks:
            meta = block.get("__tfmeta", {})
            if meta.get("type") == "resource":
                found[meta["path"]] = {key: bare(item) for key, item in block.items() if key not in OF_BLOCKS}
    return found


# The marks that tfparse adds to blocks, and the arguments that make instances.
OF_BLOCKS = {"__tfmeta", "id", "count", "for_each", "source"}


def bare(value: object) -> object:
    if isinstance(value, dict):
        if "__attribute__" in value:
            return UNKNOWN
        return {key: bare(item) for key, item in value.items() if key not in ("__tfmeta", "id")}
    return [bare(item) for item in value] if isinstance(value, list) else value


def same(one: object, other: object) -> bool:
    """Whether two results say the same. A single block may be a list of one; null is what is left out."""
    if isinstance(one, list) and isinstance(other, dict):
        return len(one) == 1 and same(one[0], other)
    if isinstance(one, dict) and isinstance(other, dict):
        return all(same(one.get(key), other.get(key)) for key in {*one, *other})
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, int | float) and isinstance(other, int | float):
        return type(one) is bool is type(other) or (not isinstance(one, bool) and float(one) == float(other))
    return one == other


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_agreement(name: str, tmp_path: Path) -> None:
    for path, text in CONFIGURATIONS[name].items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    mine, other = ours(tmp_path), theirs(tmp_path)
    assert mine.keys() == other.keys()
    differing = {
        (name, address, key): (mine[address].get(key), other[address].get(key))
        for address in mine
        for key in {*mine[address], *other[address]} - OF_BLOCKS
        if not same(mine[address].get(key), other[address].get(key))
    }
    assert differing.keys() == {key for key in EXPLAINED if key[0] == name}, differing

"""The Terraform evaluator: configurations made up in a directory, and what they come to."""

from __future__ import annotations

import os
import sys
import tarfile
import threading
from typing import TYPE_CHECKING

import pytest

from conftest import judged
from iplint.budget import Budget
from iplint.scenario import Scenario
from iplint.terraform.configuration import Reader, configuration_files
from iplint.terraform.evaluate import RootModule
from iplint.terraform.scope import ResourceMap
from iplint.terraform.sources import local_calls
from iplint.value import OTHER, Absent, Known, Map, Seq, Text, Unknown, as_text, dig, spread
from iplint.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from iplint.location import Span
    from iplint.resource import Resource, TextOccurrence
    from iplint.value import Value


class Directory:
    """A directory of made-up files, and its root module."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, **files: str) -> Directory:
        for name, content in files.items():
            self.put(name.replace("__", "/").replace("_DOT_", ".") + ".tf", content)
        return self

    def put(self, name: str, content: str | bytes) -> Directory:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return self

    def root(
        self, sub: str = ".", variables: dict[str, str] | None = None, var_files: list[str] | None = None
    ) -> RootModule:
        boundary = Workspace(str(self.path), str(self.path))
        files = [str(self.path / name) for name in var_files or []]
        return RootModule(Reader(boundary), os.path.normpath(self.path / sub), variables or {}, files)

    def resources(self, scenario: Scenario | None = None, **options: dict[str, str]) -> dict[str, Resource]:
        found = self.root(**options).resources(scenario or Scenario({}))  # type: ignore[arg-type]  # variables only
        return {resource.address: resource for resource in found}

    def local(self, text: str, scenario: Scenario | None = None) -> Value:
        """The value of `local.it` in a configuration."""
        self.put("main.tf", text + '\nresource "t_probe" "it" {\n  it = local.it\n}\n')
        return dig(self.resources(scenario)["t_probe.it"].properties, ("it",))

    def expression(self, expr: str, scenario: Scenario | None = None) -> Value:
        return self.local(f"locals {{\n  it = {expr}\n}}", scenario)


@pytest.fixture
def here(tmp_path: Path) -> Directory:
    return Directory(tmp_path)


def shown(value: Value) -> object:
    """A value as plain data; what is unknown as `?`."""
    match value:
        case Known(Text() as text):
            return text.plain if text.plain is not None else text.display
        case Known(Seq() as items):
            return [shown(item) for item in items] + (["..."] if items.more is not None else [])
        case Known(Map() as members):
            found = {key: shown(item) for key in members if (item := members.get(key)) is not None}
            return {**found, "...": "?"} if members.more is not None else found
        case Known(datum):
            return datum
        case Absent():
            return None
        case Unknown():
            return "?"


def place(at: Span) -> str:
    line, column = at.first
    return f"{at.path}:{line}:{column} {at.text}"


def reasons(value: Value) -> list[str]:
    assert isinstance(value, Unknown)
    return [reason.what for reason in value.reasons]


def prop(resource: Resource, *path: str) -> Value:
    return dig(resource.properties, path)


@pytest.mark.parametrize(
    ("expr", "value"),
    [
        ("1 + 2 * 3", 7),
        ("7 / 2", 3.5),
        ("-7 % 3", -1),
        ("10 / 5", 2),
        ("1 / 0", float("inf")),
        ("0 / 0", "?"),
        ('"a${1 + 1}b"', "a2b"),
        ('"${[1, 2]}"', [1, 2]),
        ("true && false", False),
        ("false || true", True),
        ("!true", False),
        ('1 < 2 ? "yes" : "no"', "yes"),
        ('"a" == "a"', True),
        ('"a" != "a"', False),
        ("[1, 2] == [1, 2]", True),
        ("[] == [1]", False),
        ("null == null", True),
        ('"x" == null', False),
        ("[for x in [1, 2, 3] : x * 2 if x != 2]", [2, 6]),
        ('[for i, x in ["a", "b"] : "${i}${x}"]', ["0a", "1b"]),
        ("{for k, v in {a = 1, b = 2} : k => v + 1}", {"a": 2, "b": 3}),
        ('{for x in ["ab", "ac", "b"] : x => x... if x != "b"}', {"ab": ["ab"], "ac": ["ac"]}),
        ("[{a = 1}, {a = 2}][*].a", [1, 2]),
        ("[{a = [1]}, {a = [2]}][*].a[0]", [1, 2]),
        ("null[*]", []),
        ("5[*]", [5]),
        ('{a = {b = "c"}}.a.b', "c"),
        ('{a = {b = "c"}}["a"]["b"]', "c"),
        ("[1, 2][1]", 2),
        ("[1, 2][2]", "?"),
        ("try([1, 2][2], 3)", 3),
        ("try({a = 1}.b, {a = 1}.a)", 1),
        ("can([1][1])", False),
        ("can([1][0])", True),
        ('try(aws_instance.none.id, "fallback")', "fallback"),
        ('"%{ if true }a%{ else }b%{ endif }"', "a"),
        ('"%{ for x in ["a", "b"] }<${x}>%{ endfor }"', "<a><b>"),
        ("<<-EOF\n    a\n      b\n    EOF\n", "a\n  b\n"),
        ('{("a") = 1, b = 2}', {"a": 1, "b": 2}),
        ("path.module", "."),
    ],
)
def test_expressions(here: Directory, expr: str, value: object) -> None:
    assert shown(here.expression(expr)) == value


@pytest.mark.parametrize(
    ("expr", "value"),
    [
        ("true || var.u", True),
        ("var.u || true", True),
        ("false && var.u", False),
        ("var.u && true", "?"),
        ("length([var.u])", 1),
        ('["known", var.u][0]', "known"),
        ('"${var.u}-x"', "${var.u}-x"),
        ("var.u == null", False),
        ("var.u + 1", "?"),
        ("[for x in var.u : x]", "?"),
        ("try(var.u.a.b, 1)", "?"),
        ("{a = var.u}.a", "?"),
        ("{(var.u) = 1, b = 2}.b", 2),
        ("{(var.u) = 1, b = 2}.c", "?"),
        ("var.u ? 1 : 1", 1),
    ],
)
def test_unknown_propagates_as_in_terraform(here: Directory, expr: str, value: object) -> None:
    assert shown(here.local(f'variable "u" {{}}\nlocals {{\n  it = {expr}\n}}')) == value


def test_places_and_trails(here: Directory) -> None:
    here.put(
        "main.tf",
        """\
variable "tokens" {
  default = "optional"
}
locals {
  t = var.tokens
}
resource "aws_instance" "web" {
  metadata_options {
    http_tokens = local.t
  }
}
""",
    )
    web = here.resources()["aws_instance.web"]
    assert place(web.at) == 'main.tf:7:1 resource "aws_instance" "web"'
    assert web.block.text.endswith("}\n}")
    assert isinstance(web.properties, Known)
    assert web.properties.at == web.at
    options = prop(web, "metadata_options")
    block = next(iter(spread(options)))
    assert place(block.at) == "main.tf:8:3 metadata_options"
    assert isinstance(block, Known)
    assert isinstance(block.value, Map)
    assert place(block.value.key_at("http_tokens")) == "main.tf:9:5 http_tokens"
    tokens = prop(web, "metadata_options", "http_tokens")
    assert place(tokens.at) == 'main.tf:2:13 "optional"'
    assert [f"{place(step.at)}: {step.message}" for step in tokens.trail] == [
        "main.tf:9:19 local.t: local.t is used here",
        "main.tf:5:7 var.tokens: var.tokens is used here",
    ]
    assert isinstance(tokens, Known)
    assert tokens.input is not None
    assert (tokens.input.key, tokens.input.default) == ("var.tokens", "optional")
    missing = prop(web, "metadata_options", "http_endpoint")
    assert isinstance(missing, Absent)
    assert missing.at == block.at


def test_variables_are_inputs(here: Directory) -> None:
    here.put(
        "main.tf",
        """\
variable "enabled" {
  type = bool
  default = true
}
variable "env" {
  validation {
    condition = contains(["a", "b"], var.env)
    error_message = "x"
  }
}
variable "free" {
  default = "x"
}
variable "nothing" {
  default = null
}
resource "t" "x" {
  enabled = var.enabled
  env = var.env
  nothing = var.nothing
  same = var.free == "y"
}
""",
    )
    root = here.root()
    scenario = Scenario({})
    x = root.resources(scenario)[0]
    scenario.touched.clear()
    enabled = prop(x, "enabled")
    assert list(scenario.touched) == ["var.enabled"]
    assert shown(enabled) is True
    enabled_input = scenario.touched["var.enabled"]
    assert (enabled_input.options, enabled_input.closed, enabled_input.default) == ([True, False], True, True)
    env = prop(x, "env")
    assert isinstance(env, Unknown)
    assert env.present
    assert env.input is not None
    assert (env.input.options, env.input.closed) == (["a", "b"], True)
    assert (reasons(env), env.identity) == (["var.env"], "var.env")
    nothing = prop(x, "nothing")
    assert isinstance(nothing, Absent)
    assert place(nothing.at) == 'main.tf:14:1 variable "nothing"'
    scenario.touched.clear()
    assert shown(prop(x, "same")) is False
    assert scenario.touched["var.free"].options == ["y"]

    other = Scenario({"var.enabled": False, "var.env": "a", "var.free": OTHER})
    x = root.resources(other)[0]
    assert shown(prop(x, "enabled")) is False
    assert shown(prop(x, "env")) == "a"
    assert shown(prop(x, "same")) is False
    assert root.resources(other)[0] is x
    free = other.touched["var.free"]
    assert free is scenario.touched["var.free"]


def test_types_convert_and_complete(here: Directory) -> None:
    value = here.local(
        """\
variable "o" {
  type = object({
    name = string
    size = optional(number, 8)
    tags = optional(map(string), {})
    inner = optional(object({ on = optional(bool, true) }), {})
    gone = optional(string)
  })
  default = { name = 5, extra = 1 }
}
variable "l" {
  type = list(object({ a = optional(string, "x") }))
  default = [{}, { a = "y" }]
}
variable "n" {
  type = number
  default = "12"
}
locals {
  it = { o = var.o, l = var.l, n = var.n }
}"""
    )
    assert shown(value) == {
        "o": {"name": "5", "size": 8, "tags": {}, "inner": {"on": True}, "gone": None},
        "l": [{"a": "x"}, {"a": "y"}],
        "n": 12,
    }
    assert place(dig(value, ("o", "size")).at) == "main.tf:4:29 8"


def test_values_of_variables_in_order(here: Directory) -> None:
    here.put(
        "main.tf",
        """\
variable "a" {}
variable "b" {}
variable "c" {}
variable "d" {
  type = list(string)
}
""",
    )
    here.put(
        "use.tf",
        """\
resource "t" "x" {
  a = var.a
  b = var.b
  c = var.c
  d = var.d
}
""",
    )
    here.put(
        "terraform.tfvars",
        """\
a = "tfvars"
b = "tfvars"
c = "tfvars"
""",
    )
    here.put("z.auto.tfvars.json", '{"b": "auto ${x}", "c": "auto"}')
    here.put("given.tfvars", 'c = "given"\n')
    root = here.root(variables={"d": '["x"]'}, var_files=["given.tfvars"])
    assert not root.library
    x = root.resources(Scenario({}))[0]
    assert shown(x.properties) == {"a": "tfvars", "b": "auto ${x}", "c": "given", "d": ["x"]}
    a = prop(x, "a")
    assert place(a.at) == 'terraform.tfvars:1:5 "tfvars"'
    assert isinstance(a, Known)
    assert a.input is None


def test_references(here: Directory) -> None:
    here.put(
        "main.tf",
        """\
resource "aws_iam_role" "r" {
  name = "web"
}
resource "aws_iam_instance_profile" "p" {
  count = 2
  role = aws_iam_role.r.id
  name = "p${count.index}"
}
resource "aws_iam_instance_profile" "q" {
  for_each = { a = "x", b = "y" }
  role = each.value
}
resource "t" "x" {
  arn = aws_iam_role.r.arn
  unique_id = aws_iam_role.r.unique_id
  index = aws_iam_instance_profile.p[1].role
  splat = aws_iam_instance_profile.p[*].name
  legacy = aws_iam_instance_profile.p.*.name
  key = aws_iam_instance_profile.q["b"].role
  nameless = aws_iam_instance_profile.q["b"].name
  none = aws_iam_role.missing.arn
}
""",
    )
    root = here.root()
    found = {resource.address: resource for resource in root.resources(Scenario({}))}
    x = found["t.x"]
    arn = prop(x, "arn")
    assert isinstance(arn, Known)
    assert isinstance(arn.value, Text)
    assert arn.value.display == "arn:aws:iam::${account}:role/web"
    assert arn.ref is not None
    assert arn.ref.resource is found["aws_iam_role.r"]
    assert arn.ref.attribute == "arn"
    kept = prop(x, "unique_id")
    assert isinstance(kept, Unknown)
    assert kept.present
    assert kept.ref is not None
    assert kept.ref.attribute == "unique_id"
    index = prop(x, "index")
    assert isinstance(index, Known)
    assert index.ref is not None
    assert [(link.resource.address, link.attribute) for link in index.ref.chain()] == [
        ("aws_iam_instance_profile.p[1]", "role"),
        ("aws_iam_role.r", "id"),
    ]
    assert place(index.at) == 'main.tf:2:10 "web"'
    assert [step.message for step in index.trail] == [
        "aws_iam_instance_profile.p[1].role is used here",
        "aws_iam_role.r.id is used here",
    ]
    assert shown(prop(x, "splat")) == ["p0", "p1"]
    assert shown(prop(x, "legacy")) == ["p0", "p1"]
    assert shown(prop(x, "key")) == "y"
    nameless = prop(x, "nameless")
    assert isinstance(nameless, Unknown)
    assert nameless.ref is not None
    assert nameless.ref.resource is found['aws_iam_instance_profile.q["b"]']
    assert reasons(prop(x, "none")) == ["a reference to aws_iam_role.missing, which is not declared"]
    assert [(notice.kind, notice.message) for notice in root.notices] == [
        ("unresolved", "aws_iam_role.missing is not declared")
    ]


def test_resource_as_a_value(here: Directory) -> None:
    here.put(
        "main.tf",
        """\
resource "aws_launch_template" "t" {
  name = "n"
}
module "m" {
  source = "./m"
  t = aws_launch_template.t
}
""",
    )
    here.put(
        "m/main.tf",
        """\
variable "t" {}
resource "t" "x" {
  id = var.t.id
  name = var.t.name
}
""",
    )
    found = here.resources()
    ident = prop(found["module.m.t.x"], "id")
    assert isinstance(ident, Unknown)
    assert ident.ref is not None
    assert ident.ref.resource is found["aws_launch_template.t"]
    assert shown(prop(found["module.m.t.x"], "name")) == "n"


def test_count_and_for_each(here: Directory) -> None:
    here.put(
        "main.tf",
        """\
variable "on" {
  type = bool
  default = false
}
variable "n" {}
variable "names" {}
resource "t" "off" {
  count = var.on ? 1 : 0
}
resource "t" "some" {
  count = length(var.names)
}
resource "t" "each" {
  for_each = toset(["a", "b"])
  name = each.key
  value = each.value
}
resource "t" "none" {
  for_each = {}
}
resource "t" "open" {
  for_each = var.names
  name = each.key
}
resource "t" "ref" {
  off = t.off[0].id
  tried = try(t.off[0].id, "none")
  off_all = t.off[*].id
}
""",
    )
    found = here.resources()
    assert {address: resource.exists for address, resource in found.items()} == {
        "t.off[0]": False,
        "t.some[0]": None,
        't.each["a"]': True,
        't.each["b"]': True,
        't.none["*"]': False,
        't.open["*"]': None,
        "t.ref": True,
    }
    assert shown(prop(found['t.each["b"]'], "name")) == "b"
    assert shown(prop(found['t.open["*"]'], "name")) == "?"
    off = prop(found["t.ref"], "off")
    assert isinstance(off, Unknown)
    assert off.ref is not None
    assert off.ref.resource is found["t.off[0]"]
    assert off.ref.attribute == "id"
    assert shown(prop(found["t.ref"], "tried")) == "none"
    assert shown(prop(found["t.ref"], "off_all")) == []

    on = here.resources(Scenario({"var.on": True}))
    assert on["t.off[0]"].exists is True
    assert isinstance(prop(on["t.ref"], "tried"), Unknown)


def test_existence_tells_what_it_depends_on(here: Directory) -> None:
    here.put(
        "main.tf",
        """\
variable "on" {
  default = true
}
resource "t" "x" {
  count = var.on ? 1 : 0
}
""",
    )
    scenario = Scenario({})
    x = here.root().resources(scenario)[0]
    scenario.touched.clear()
    assert x.exists is True
    assert list(scenario.touched) == ["var.on"]


def test_one_world_takes_other_assignments(here: Directory) -> None:
    here.put(
        "main.tf",
        """\
variable "on" {
  default = false
}
locals {
  names = var.on ? { b = 2, a = 3 } : { a = 1 }
}
resource "t" "x" {
  for_each = local.names
  value    = each.value
}
resource "t" "n" {
  count = var.on ? 2 : 1
}
""",
    )
    root = here.root()
    scenario = Scenario({})

    def found() -> dict[str, object]:
        return {r.address: (r.exists, shown(dig(r.properties, ("value",)))) for r in root.resources(scenario)}

    default = {'t.x["a"]': (True, 1), "t.n[0]": (True, None)}
    assert found() == default
    first = root.resources(scenario)
    with scenario.under({"var.on": True}):
        assert found() == {
            't.x["b"]': (True, 2),
            't.x["a"]': (True, 3),
            "t.n[0]": (True, None),
            "t.n[1]": (True, None),
        }
        second = root.resources(scenario)[-1]
    assert found() == default
    assert root.resources(scenario) == first
    assert second.exists is False


def test_limits_of_instances(here: Directory) -> None:
    root = here.put(
        "main.tf",
        """\
resource "t" "x" {
  count = 100000
}
""",
    ).root()
    with Budget() as budget:
        assert len(root.resources(Scenario({}))) == 1_000
    assert [what for _, _, what in budget.left_out] == [
        "t.x has 100000 instances, more than the 1000 that iplint checks"
    ]
    here.put(
        "main.tf",
        """\
module "again" {
  source = "./."
}
""",
    )
    [notice] = here.root().notices
    assert (notice.kind, "calls itself" in notice.message) == ("unreadable", True)
    for level in range(60):
        here.put(f"{'m/' * level}main.tf", 'module "m" {\n  source = "./m"\n}\n')
    here.put(f"{'m/' * 60}main.tf", 'resource "t" "x" {}\n')
    root = here.root()
    with Budget() as budget:
        root.resources(Scenario({}))
    assert [what for _, _, what in budget.left_out] == [
        "this call and what it makes is not checked: modules are followed through 50 levels only"
    ]


CONDITIONS = """
variable "required" {}
module "this" {
  source = "example/label/null"
}
resource "t" "a" {
  count = module.this.enabled ? 1 : 0
}
resource "t" "b" {
  count = !module.this.enabled ? 1 : 0
}
resource "t" "c" {
  x = module.this.enabled && var.required == "a" ? "both" : "not"
  y = module.this.items != [] ? 1 : 2
  z = length(module.this.items) > 0 ? 1 : 2
}
"""


def test_unknown_conditions_are_assumed_with_one_identity(here: Directory) -> None:
    here.put("main.tf", CONDITIONS)
    root = here.root()
    scenario = Scenario({})
    found = {resource.address: resource for resource in root.resources(scenario)}
    assert list(scenario.touched) == ["assume module.this.enabled"]
    assumption = scenario.touched["assume module.this.enabled"]
    assert assumption.assumption
    assert assumption.options == [True, False]
    assert (found["t.a[0]"].exists, found["t.b[0]"].exists) == (None, None)
    scenario.touched.clear()
    assert isinstance(prop(found["t.c"], "x"), Unknown)
    assert list(scenario.touched) == ["var.required", "assume module.this.enabled"]
    scenario.touched.clear()
    prop(found["t.c"], "y")
    prop(found["t.c"], "z")
    assert list(scenario.touched) == ["assume length(module.this.items) == 0"]
    for truth in (True, False):
        chosen = Scenario({"assume module.this.enabled": truth, "var.required": "a"})
        found = {resource.address: resource for resource in root.resources(chosen)}
        assert (found["t.a[0]"].exists, found["t.b[0]"].exists) == (truth, not truth)
        assert shown(prop(found["t.c"], "x")) == ("both" if truth else "not")


def test_inputs_without_default_are_not_assumed(here: Directory) -> None:
    here.put(
        "main.tf",
        """\
variable "on" {}
resource "t" "x" {
  y = var.on ? 1 : 2
  z = var.name == "a" ? 1 : 2
}
variable "name" {}
""",
    )
    scenario = Scenario({})
    x = here.root().resources(scenario)[0]
    scenario.touched.clear()
    prop(x, "y")
    prop(x, "z")
    assert {key: input.options for key, input in scenario.touched.items()} == {
        "var.on": [True, False],
        "var.name": ["a"],
    }


def test_the_workspace_is_an_input(here: Directory) -> None:
    scenario = Scenario({})
    assert shown(here.expression("terraform.workspace", scenario)) == "default"
    assert scenario.touched["terraform.workspace"].default == "default"
    assert shown(here.expression("terraform.workspace", Scenario({"terraform.workspace": "prod"}))) == "prod"


def test_what_may_be_none_is_assumed_to_be(here: Directory) -> None:
    here.put(
        "main.tf",
        """\
module "this" {
  source = "x/y/z"
}
resource "t" "x" {
  count = length(module.this.items)
}
resource "t" "y" {
  none = length(module.this.items) == 0 ? "none" : "some"
}
""",
    )
    root = here.root()
    for truth in (True, False):
        found = root.resources(Scenario({"assume length(module.this.items) == 0": truth}))
        assert found[0].exists is not truth
        assert shown(prop(found[1], "none")) == ("none" if truth else "some")


def test_names_that_provisioners_and_checks_bind(here: Directory) -> None:
    here.put(
        "main.tf",
        """\
resource "t" "x" {
  name = "n"
  provisioner "local-exec" {
    command = "echo ${self.name}"
  }
}
check "c" {
  data "http" "d" {
    url = "u"
  }
  assert {
    condition     = true
    error_message = "got ${data.http.d.status_code}"
  }
}
""",
    )
    root = here.root()
    assert shown(prop(root.resources(Scenario({}))[0], "provisioner", "local-exec", "command")) == "echo n"
    assert len(list(root.text_occurrences(Scenario({})))) == 4
    assert root.notices == []


def test_dynamic_blocks(here: Directory) -> None:
    here.put(
        "main.tf",
        """\
variable "on" {
  default = true
}
variable "u" {}
resource "t" "x" {
  b {
    v = "static"
  }
  dynamic "b" {
    for_each = ["p", "q"]
    iterator = it
    content {
      v = it.value
      k = it.key
      dynamic "inner" {
        for_each = { z = it.value }
        content {
          both = "${inner.key}${inner.value}${it.value}"
        }
      }
    }
  }
  dynamic "c" {
    for_each = var.on ? [1] : []
    content {
      on = true
    }
  }
  dynamic "d" {
    for_each = var.u
    content {
      on = d.value
    }
  }
}
""",
    )
    x = here.resources()["t.x"]
    assert shown(prop(x, "b", "v")) == "static"
    assert shown(x.properties) == {
        "b": [
            {"v": "static"},
            {"v": "p", "k": 0, "inner": [{"both": "zpp"}]},
            {"v": "q", "k": 1, "inner": [{"both": "zqq"}]},
        ],
        "c": [{"on": True}],
        "d": ["..."],
    }
    off = here.resources(Scenario({"var.on": False}))["t.x"]
    gone = prop(off, "c", "on")
    assert isinstance(gone, Absent)
    assert place(gone.at) == 'main.tf:23:3 dynamic "c"'


def test_modules(here: Directory) -> None:
    here.put(
        "main.tf",
        """\
variable "env" {
  default = "dev"
}
module "web" {
  source = "./modules/web"
  for_each = { a = "x" }
  name = "${var.env}-${each.key}"
  tokens = null
}
module "off" {
  source = "./modules/web"
  count = 0
  name = "off"
}
resource "t" "x" {
  role = module.web["a"].role
  none = try(module.off[0].role, "none")
}
""",
    )
    here.put(
        "modules/web/main.tf",
        """\
variable "name" {}
variable "tokens" {
  default = "required"
  nullable = false
}
variable "opt" {
  default = null
}
resource "aws_iam_role" "r" {
  name = var.name
  tokens = var.tokens
  opt = var.opt
  file = path.module
}
output "role" {
  value = aws_iam_role.r.name
}
""",
    )
    root = here.root()
    found = {resource.address: resource for resource in root.resources(Scenario({}))}
    role = found['module.web["a"].aws_iam_role.r']
    assert found["module.off[0].aws_iam_role.r"].exists is False
    assert role.exists is True
    assert [f"{place(step.at)}: {step.message}" for step in role.calls] == [
        'main.tf:4:1 module "web": module "web" is called here'
    ]
    assert shown(role.properties) == {"name": "dev-a", "tokens": "required", "opt": None, "file": "modules/web"}
    assert place(prop(role, "tokens").at) == 'modules/web/main.tf:3:13 "required"'
    assert place(prop(role, "opt").at) == 'main.tf:4:1 module "web"'
    name = prop(found["t.x"], "role")
    assert isinstance(name, Known)
    assert shown(name) == "dev-a"
    assert name.ref is not None
    assert name.ref.resource is role
    assert name.trail[0].message == 'module.web["a"].role is used here'
    assert shown(prop(found["t.x"], "none")) == "none"
    assert [os.path.relpath(path, here.path) for path in local_calls(root.reader, here.path)] == ["modules/web"]


def test_modules_that_are_not_here(here: Directory) -> None:
    here.put(
        "main.tf",
        """\
module "a" {
  source = "x/y/z"
  version = "1.2"
  ami = "i"
}
module "b" {
  source = "./none"
}
module "c" {
  source = "./empty"
}
resource "t" "x" {
  a = module.a.out
  b = module.b[0].out
}
""",
    )
    here.put("empty/readme", "")
    root = here.root()
    x = root.resources(Scenario({}))[0]
    a = prop(x, "a")
    assert isinstance(a, Unknown)
    assert (reasons(a), a.identity, a.present) == (["module x/y/z"], "module.a.out", False)
    assert [(notice.kind, notice.message, place(notice.at) if notice.at else "") for notice in root.notices] == [
        ("unresolved", "module source ./none does not exist", 'main.tf:6:1 module "b"'),
        ("unresolved", "module source ./empty holds no configuration", 'main.tf:9:1 module "c"'),
        (
            "unresolved",
            'module "a" was not read: its source x/y/z 1.2 is not here; it is called with ami',
            'main.tf:1:1 module "a"',
        ),
    ]


def test_one_notice_names_all_calls_of_a_source_that_is_not_here(here: Directory) -> None:
    call = 'module "{}" {{\n  source = "x/y/z"\n}}\n'
    here.put("main.tf", "".join(call.format(name) for name in "hgfedcba"))
    here.put("more.tf", call.format("other") + 'module "versioned" {\n  source = "x/y/z"\n  version = "1.2"\n}\n')
    assert [(notice.path, notice.message) for notice in here.root().notices] == [
        (
            "main.tf",
            'module "h" was not read: its source x/y/z is not here; it is called without arguments; '
            'so are modules "g", "f", "e", "d", "c" and 2 more',
        ),
        ("more.tf", 'module "other" was not read: its source x/y/z is not here; it is called without arguments'),
        (
            "more.tf",
            'module "versioned" was not read: its source x/y/z 1.2 is not here; it is called without arguments',
        ),
    ]


def test_nothing_outside_of_the_boundary(here: Directory) -> None:
    here.put(
        "inside/main.tf",
        """\
module "m" {
  source = "../outside"
}
locals {
  f = file("../outside/main.tf")
}
resource "t" "x" {
  f = local.f
}
""",
    )
    here.put("outside/main.tf", 'resource "t" "y" {}\n')
    boundary = Workspace(str(here.path / "inside"), str(here.path))
    root = RootModule(Reader(boundary), str(here.path / "inside"))
    assert [resource.address for resource in root.resources(Scenario({}))] == ["t.x"]
    assert "lies outside the repository" in reasons(prop(root.resources(Scenario({}))[0], "f"))[0]


def test_files_and_templates(here: Directory) -> None:
    here.put(
        "t/run.sh.tftpl",
        """\
#!/bin/sh
export KEY=${key}
%{ for h in hosts ~}
host ${h}
%{ endfor ~}
echo $${x}
""",
    )
    here.put("plain.txt", "plain")
    value = here.local(
        """\
variable "u" {}
locals {
  it = {
    t = templatefile("${path.module}/t/run.sh.tftpl", { key = var.u, hosts = ["a", "b"] })
    p = file("plain.txt")
    none = file("none")
    tried = try(file("none"), "else")
    is = fileexists("plain.txt")
    s = templatestring("<$${a}>", { a = 1 })
    set = fileset("t", "*.tftpl")
  }
}"""
    )
    rendered = dig(value, ("t",))
    assert isinstance(rendered, Known)
    assert isinstance(rendered.value, Text)
    assert rendered.value.display == "#!/bin/sh\nexport KEY=${key}\nhost a\nhost b\necho ${x}\n"
    start = rendered.value.flat.index("export")
    assert place(rendered.value.span(start, start + 6)) == "t/run.sh.tftpl:2:1 export"
    start = rendered.value.flat.index("echo ${x}")
    assert place(rendered.value.span(start, start + 4)) == "t/run.sh.tftpl:6:1 echo"
    assert [hole.value.identity for hole in rendered.value.holes] == ["var.u"]
    plain = dig(value, ("p",))
    assert isinstance(plain, Known)
    assert isinstance(plain.value, Text)
    assert place(plain.value.span(2, 5)) == "plain.txt:1:3 ain"
    assert reasons(dig(value, ("none",))) == ["the file none, which cannot be read: No such file or directory"]
    assert shown(dig(value, ("tried",))) == "else"
    assert shown(dig(value, ("is",))) is True
    assert shown(dig(value, ("s",))) == "<1>"
    assert shown(dig(value, ("set",))) == ["run.sh.tftpl"]


def test_a_template_that_renders_itself(here: Directory) -> None:
    here.put("self.tpl", '${templatefile("self.tpl", {})}')
    value = here.expression('templatefile("self.tpl", {})')
    assert isinstance(value, Unknown)
    assert [reason.what for reason in value.reasons] == ["templates that call each other too deeply"]


def test_policy_documents(here: Directory) -> None:
    here.put(
        "main.tf",
        """\
variable "more" {}
data "aws_iam_policy_document" "base" {
  statement {
    sid = "A"
    actions = ["s3:*"]
    resources = ["*"]
  }
  statement {
    sid = "B"
    effect = "Deny"
    not_actions = ["x:y"]
  }
}
data "aws_iam_policy_document" "it" {
  source_policy_documents = [data.aws_iam_policy_document.base.json]
  override_policy_documents = [jsonencode({ Statement = [{ Sid = "B", Effect = "Allow" }, { Effect = "Deny" }] })]
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
    condition {
      test = "StringEquals"
      variable = "k"
      values = ["v"]
    }
  }
  statement {
    principals {
      type = "*"
      identifiers = ["*"]
    }
  }
  statement {
    principals {
      type = "AWS"
      identifiers = ["*"]
    }
  }
}
data "aws_iam_policy_document" "open" {
  source_policy_documents = [var.more]
  dynamic "statement" {
    for_each = ["a", "b"]
    content {
      sid = statement.value
    }
  }
}
resource "t" "x" {
  policy = data.aws_iam_policy_document.it.json
  open = data.aws_iam_policy_document.open.json
}
""",
    )
    found = here.resources()
    value = prop(found["t.x"], "policy")
    assert isinstance(value, Known)
    assert isinstance(value.value, Text)
    assert value.value.encodes is not None
    assert value.ref is not None
    assert value.ref.resource is found["data.aws_iam_policy_document.it"]
    kind, policy = value.value.encodes
    assert kind == "json"
    assert shown(policy) == {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Sid": "A", "Action": ["s3:*"], "Resource": ["*"]},
            {"Sid": "B", "Effect": "Allow"},
            {
                "Effect": "Allow",
                "Action": ["sts:AssumeRole"],
                "Principal": {"Service": ["ec2.amazonaws.com"]},
                "Condition": {"StringEquals": {"k": ["v"]}},
            },
            {"Effect": "Allow", "Principal": "*"},
            {"Effect": "Allow", "Principal": {"AWS": ["*"]}},
            {"Effect": "Deny"},
        ],
    }
    statements = list(spread(dig(policy, ("Statement",))))
    assert place(statements[2].at) == "main.tf:17:3 statement"
    opened = prop(found["t.x"], "open")
    assert isinstance(opened, Known)
    assert isinstance(opened.value, Text)
    assert opened.value.encodes is not None
    statement = dig(opened.value.encodes[1], ("Statement",))
    assert shown(statement) == [{"Effect": "Allow", "Sid": "a"}, {"Effect": "Allow", "Sid": "b"}, "..."]


def test_other_data_sources(here: Directory) -> None:
    here.put("run.sh", "key=${k}\n")
    here.put(
        "main.tf",
        """\
data "aws_partition" "p" {}
data "aws_region" "r" {}
data "aws_iam_policy" "admin" {
  name = "AdministratorAccess"
}
data "template_file" "t" {
  template = file("run.sh")
  vars = {
    k = "v"
  }
}
data "cloudinit_config" "c" {
  part {
    content = "one"
  }
  part {
    content = data.template_file.t.rendered
  }
}
resource "t" "x" {
  p = "arn:${data.aws_partition.p.partition}:iam"
  r = data.aws_region.r.name
  a = data.aws_iam_policy.admin.arn
  t = data.template_file.t.rendered
  c = data.cloudinit_config.c.rendered
}
""",
    )
    x = here.resources()["t.x"]
    assert shown(prop(x, "p")) == "arn:aws:iam"
    region = prop(x, "r")
    assert isinstance(region, Unknown)
    assert (region.present, region.identity, reasons(region)) == (
        True,
        "data.aws_region.r.name",
        ["data.aws_region.r.name"],
    )
    arn = prop(x, "a")
    assert isinstance(arn, Known)
    assert isinstance(arn.value, Text)
    assert arn.value.ends_with(":policy/AdministratorAccess")
    template = prop(x, "t")
    assert isinstance(template, Known)
    assert isinstance(template.value, Text)
    assert shown(template) == "key=v\n"
    assert place(template.value.span(0, 3)) == "run.sh:1:1 key"
    cloud = prop(x, "c")
    assert isinstance(cloud, Known)
    assert isinstance(cloud.value, Text)
    assert cloud.value.encodes is not None
    kind, inner = cloud.value.encodes
    assert (kind, shown(inner)) == ("base64", "one\nkey=v\n")


def test_nested_attributes_of_resources(here: Directory) -> None:
    value = here.local(
        """\
resource "t" "x" {
  b {
    v = "w"
  }
}
locals {
  it = [t.x.b[0].v, t.x.b[0].other, try(t.x.b[0].other, "no"), t.x.c[0].d]
}"""
    )
    assert shown(value) == ["w", "?", "?", "?"]


def test_circular_references(here: Directory) -> None:
    value = here.local(
        """\
locals {
  a = local.b
  b = local.a
  it = [local.a, local.self]
  self = { x = local.self.x }
}"""
    )
    assert isinstance(value, Known)
    assert reasons(next(spread(value))) == ["a circular reference"]
    assert shown(value) == ["?", {"x": "?"}]


def test_undeclared_names(here: Directory) -> None:
    root = here.put(
        "main.tf",
        """\
resource "t" "x" {
  a = var.a
  b = local.b
  c = module.c.x
  d = nothing
  e = each.key
}
""",
    ).root()
    assert set(shown(root.resources(Scenario({}))[0].properties).values()) == {"?"}  # type: ignore[attr-defined]  # a dict
    assert [notice.message for notice in root.notices] == [
        "var.a is not declared",
        "local.b is not declared",
        "module.c is not declared",
    ]


def test_broken_files_beside_good_ones(here: Directory) -> None:
    here.put(
        "a.tf",
        """\
resource "t" "a" {
  x =
}

resource "t" "b" {
  y = t.a.z
}
""",
    )
    here.put("b.tf", b"\xff\xfb\x00binary\x00")
    here.put("c.tf", 'resource "t" "c" {}\n')
    os.mkfifo(here.path / "d.tf")
    root = here.root()
    assert [resource.address for resource in root.resources(Scenario({}))] == ["t.b", "t.c"]
    assert {notice.kind for notice in root.notices} == {"unreadable"}
    assert [notice.path for notice in root.notices] == ["a.tf", "b.tf", "d.tf"]
    assert root.notices[0].message.startswith(("line 2 was not read: ", "lines "))
    assert root.module.files == {"a.tf": True, "b.tf": False, "c.tf": True, "d.tf": False}
    assert "not among what could be read" in reasons(prop(root.resources(Scenario({}))[0], "y"))[0]


def test_which_files_are_the_configuration() -> None:
    names = ["a.tf", "b.tf", "b.tofu", "c.tf.json", "c.tofu.json", "d.tfvars", ".e.tf", "f.tf~"]
    assert configuration_files(names) == ["a.tf", "b.tofu", "c.tofu.json"]


def test_override_files(here: Directory) -> None:
    here.put(
        "main.tf",
        """\
resource "t" "x" {
  a = 1
  b = 2
  block {
    v = 1
  }
  other {}
}
locals {
  l = "old"
}
""",
    )
    here.put(
        "x_override.tf",
        """\
resource "t" "x" {
  b = local.l
  block {
    v = 3
  }
}
locals {
  l = "new"
}
""",
    )
    x = here.resources()["t.x"]
    assert shown(x.properties) == {"a": 1, "b": "new", "other": [{}], "block": [{"v": 3}]}
    assert place(prop(x, "b").at) == 'x_override.tf:8:7 "new"'
    assert isinstance(x.properties, Known)
    assert isinstance(x.properties.value, Map)
    assert place(x.properties.value.key_at("b")) == "x_override.tf:2:3 b"
    assert place(prop(x, "block", "v").at) == "x_override.tf:4:9 3"


def test_json_configuration(here: Directory) -> None:
    here.put(
        "main.tf.json",
        '{"variable": {"v": {"type": "string", "default": "x"}},\n'
        ' "locals": {"l": "${var.v}-y"},\n'
        ' "resource": {"t": {"x": {"a": "${local.l}", "n": 5, "esc": "say \\"hi\\" ${var.v}", "raw": "a\\nb",\n'
        '   "block": [{"v": "${upper(\\"q\\")}"}], "none": null,\n'
        '   "dynamic": {"d": {"for_each": ["1", "2"], "content": {"v": "${d.value}"}}}}}},\n'
        ' "data": {"aws_iam_policy_document": {"p": {"statement": [{"actions": ["*"]}]}}}}\n',
    )
    found = here.resources()
    x = found["t.x"]
    assert place(x.at).startswith("main.tf.json:3:")
    properties = shown(x.properties)
    assert isinstance(properties, dict)
    assert properties["a"] == "x-y"
    assert properties["n"] == 5
    assert properties["esc"] == 'say "hi" x'
    assert properties["raw"] == "a\nb"
    assert properties["block"] == [{"v": "Q"}]
    assert properties["none"] is None
    assert properties["d"] == [{"v": "1"}, {"v": "2"}]
    esc = prop(x, "esc")
    assert isinstance(esc, Known)
    assert isinstance(esc.value, Text)
    assert esc.value.span(5, 7).text == "hi"
    json = prop(found["data.aws_iam_policy_document.p"], "json")
    assert isinstance(json, Known)
    assert isinstance(json.value, Text)
    assert json.value.encodes is not None
    assert shown(dig(json.value.encodes[1], ("Statement",))) == [{"Effect": "Allow", "Action": ["*"]}]


def test_library_roots(here: Directory) -> None:
    assert here.put("main.tf", 'variable "a" {}\n').root().library
    assert not here.put("p.tf", 'provider "aws" {}\n').root().library
    assert (
        not here.put(
            "p.tf",
            """\
terraform {
  backend "s3" {}
}
""",
        )
        .root()
        .library
    )
    assert (
        here.put(
            "p.tf",
            """\
terraform {
  required_version = "1"
}
""",
        )
        .root()
        .library
    )


def test_duplicates_are_both_there(here: Directory) -> None:
    root = here.put(
        "main.tf",
        """\
resource "t" "x" {
  a = 1
}
resource "t" "x" {
  a = 2
}
""",
    ).root()
    assert [shown(resource.properties) for resource in root.resources(Scenario({}))] == [{"a": 1}, {"a": 2}]
    assert [notice.message for notice in root.notices] == [
        "resource t.x is declared twice; references lead to the first"
    ]


PASSAGES = """
variable "secret" {
  default = "var-text"
}
provider "aws" {
  access_key = "provider-text"
}
locals {
  deep = { env = [{ name = "AWS_KEY", value = "local-text" }] }
}
resource "aws_instance" "w" {
  count     = 0
  user_data = var.on ? "then-text" : "else-${var.secret}"
  tags      = merge({ Name = "tag-text" }, local.deep)
  provisioner "remote-exec" {
    inline = ["inline-text"]
  }
  dynamic "ebs" {
    for_each = var.list
    content {
      name = "dynamic-text"
    }
  }
  environment_variable {
    name  = "AWS_X"
    value = "named-text"
  }
}
variable "on" {}
variable "list" {}
module "m" {
  source = "./m"
  arg    = "argument-text"
}
output "o" {
  value = "%{ if var.on }if-text%{ endif }"
}
"""


def test_passages(here: Directory) -> None:
    here.put("main.tf", PASSAGES)
    here.put(
        "m/main.tf",
        """\
variable "arg" {}
resource "t" "x" {
  a = "child-${var.arg}"
}
""",
    )
    passages = list(here.root().text_occurrences(Scenario({})))

    def find(text: str) -> TextOccurrence:
        return next(passage for passage in passages if shown(passage.value) == text)

    def said(text: str) -> tuple[tuple[str, ...], str, str]:
        passage = find(text)
        return passage.names, passage.holder, passage.holder_type

    assert said("var-text") == (("default",), "variable.secret", "")
    assert said("provider-text") == (("access_key",), "provider.aws", "provider aws")
    assert said("local-text") == (("deep", "env", "value", "AWS_KEY"), "local.deep", "")
    assert said("then-text") == (("user_data",), "aws_instance.w[0]", "aws_instance")
    assert said("else-var-text") == (("user_data",), "aws_instance.w[0]", "aws_instance")
    assert said("tag-text")[0] == ("tags", "Name")
    assert said("inline-text")[0] == ("provisioner", "inline")
    assert said("dynamic-text")[0] == ("ebs", "name")
    assert said("named-text")[0] == ("environment_variable", "value", "AWS_X")
    assert said("argument-text") == (("arg",), "module.m", "")
    assert said("child-argument-text") == (("a",), "module.m.t.x", "t")
    assert said("if-text") == (("value",), "output.o", "")


def on_a_big_stack(work: Callable[[], None]) -> None:
    """Run as the command does: with room for chains of references."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # handed on to the test
            failed.append(error)

    limit = sys.getrecursionlimit()
    size = threading.stack_size(512 * 1024 * 1024)
    sys.setrecursionlimit(1_000_000)
    try:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    finally:
        sys.setrecursionlimit(limit)
        threading.stack_size(size)
    if failed:
        raise failed[0]


def test_a_long_chain_of_references(here: Directory) -> None:
    chain = "\n".join(f"  l{i} = local.l{i + 1}" for i in range(20_000))

    def work() -> None:
        value = here.local(f'locals {{\n{chain}\n  l20000 = "end"\n  it = local.l0\n}}')
        assert shown(value) == "end"
        assert len(value.trail) < 30

    on_a_big_stack(work)


def test_values_that_double(here: Directory) -> None:
    doubling = "\n".join(f'  l{i} = "${{local.l{i + 1}}}${{local.l{i + 1}}}"' for i in range(64))
    assert as_text(here.local(f'locals {{\n{doubling}\n  l64 = "x"\n  it = local.l0\n}}')) is None
    doubling = "\n".join(f"  l{i} = [local.l{i + 1}, local.l{i + 1}]" for i in range(64))
    assert shown(here.local(f"locals {{\n{doubling}\n  l64 = 1\n  it = try(local.l0, 1) == null\n}}")) is False


def deeply(value: Value, visited: list[int]) -> None:
    """Make every part of a value."""
    visited[0] += 1
    if visited[0] > 100_000:
        return
    match value:
        case Known(Seq() as items):
            for item in items:
                deeply(item, visited)
        case Known(Map() as members) if not isinstance(members, ResourceMap):
            for key in members:
                member = members.get(key)
                assert member is not None
                deeply(member, visited)
        case Known(Text() as text) if text.encodes is not None:
            deeply(text.encodes[1], visited)
        case _:
            as_text(value)


@pytest.mark.parametrize("archive", ["dev.tar.gz", "wild.tar.gz"])
def test_the_corpora(archive: str, tmp_path: Path) -> None:
    corpus = os.environ.get("IPLINT_CORPUS")
    if not corpus:
        pytest.skip("IPLINT_CORPUS is not set")
    with tarfile.open(os.path.join(corpus, archive)) as tar:
        tar.extractall(tmp_path, filter="data")

    def work() -> None:
        reader = Reader(Workspace(str(tmp_path), str(tmp_path)))
        directories = [
            folder
            for folder, _, names in os.walk(tmp_path)
            if any(name.endswith((".tf", ".tofu", ".tf.json", ".tofu.json")) for name in names)
        ]
        called = {other for folder in directories for other in local_calls(reader, folder)}
        seen = 0
        for folder in directories:
            if folder in called:
                continue
            root = RootModule(reader, folder)
            scenario = Scenario({})
            for resource in root.resources(scenario):
                deeply(resource.properties, [0])
                assert resource.exists in (True, False, None)
                seen += 1
            for passage in root.text_occurrences(scenario):
                deeply(passage.value, [0])
        assert seen > 100

    on_a_big_stack(work)


def test_scripts_of_provisioners_that_are_not_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'provider "aws" {}\nvariable "path" {}\nresource "null_resource" "set_up" {\n'
        '  provisioner "remote-exec" {\n    script = "gone.sh"\n  }\n'
        '  provisioner "remote-exec" {\n    scripts = [var.path, "../outside.sh", "here.sh"]\n  }\n'
        '  provisioner "file" {\n    source = "gone.conf"\n  }\n}\n',
        encoding="utf-8",
    )
    (tmp_path / "here.sh").write_text("#!/bin/sh\n", encoding="utf-8")
    told = sorted((notice.kind, notice.at.first[0] if notice.at else 0) for notice in judged(tmp_path).notices)
    assert told == [("unresolved", 5), ("unresolved", 8), ("unresolved", 8), ("unresolved", 11)]


@pytest.mark.parametrize("name", ["provider", "depends_on", "ignore_changes", "replace_triggered_by"])
@pytest.mark.parametrize("used", ["", 'output "o" {\n  value = aws_instance.web\n}\n'])
def test_a_block_beside_an_argument_that_names_things(tmp_path: Path, name: str, used: str) -> None:
    text = f'resource "aws_instance" "web" {{\n  {name} "x" {{}}\n  {name} = aws.eu\n}}\n{used}'
    (tmp_path / "main.tf").write_text(text, encoding="utf-8")
    report = judged(tmp_path, rules=["missing-instance-profile"])
    assert [finding.address for finding in report.findings] == ["aws_instance.web"]
    assert "internal" not in {notice.kind for notice in report.notices}

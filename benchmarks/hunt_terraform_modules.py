"""Rewritings of Terraform roots that pass a value through modules, loops, templates and files that override."""

from __future__ import annotations

import json
import re

from hunt_terraform import Files, Missing, Site, put
from hunt_terraform_moves import Rewriting, add, beside, escaped, literal

ECHO = 'variable "v" {\n  TYPE\n}\n\noutput "v" {\n  value = VALUE\n}\n'


def ending(site: Site) -> str:
    """What the names of further files of the module end with: Terraform does not read those of OpenTofu."""
    return site.path.rpartition(".")[2]


def directory(site: Site) -> str:
    return site.path.rpartition("/")[0]


def breaks(form: str, site: Site) -> bool:
    """Whether a heredoc would be followed by a comma in an object, where its last line ends the item already."""
    return "<<" in site.text and re.search(r"= @,", form) is not None


def ended(text: str) -> str:
    """An expression after which more may follow: the end of a heredoc has a line of its own."""
    return f"{text}\n" if "<<" in text else text


def through(head: str, given: str, got: str, type: str = "", value: str = "var.v") -> Rewriting:
    """A value that a child module returns; `@` is the value in the arguments that are `given`, NAME the name."""

    def rewrite(files: Files, site: Site, name: str) -> Files | None:
        if not site.moves or breaks(head + given, site):
            return None
        arguments = given.replace("@", ended(site.text)).replace("NAME", name)
        call = f'\nmodule "{name}" {{\n  {head}\n  source = "./{name}"\n  v = {arguments}\n}}\n'
        made = add(put(files, site, got.replace("NAME", name)), site.path, call.replace("@", ended(site.text)))
        return add(
            made, beside(site, f"{name}/main.{ending(site)}"), ECHO.replace("TYPE", type).replace("VALUE", value)
        )

    return rewrite


def through_two(files: Files, site: Site, name: str) -> Files | None:
    """A value that goes through a module inside another, each of them repeated."""
    made = through("for_each = { a = @ }", "{ w = each.value }", 'module.NAME["a"].v', value="module.inner[0].v")(
        files, site, name
    )
    if made is None:
        return None
    inner = '\nmodule "inner" {\n  count = 1\n  source = "./inner"\n  v = var.v.w\n}\n'
    made = add(made, beside(site, f"{name}/main.{ending(site)}"), inner)
    return add(
        made, beside(site, f"{name}/inner/main.{ending(site)}"), ECHO.replace("TYPE", "").replace("VALUE", "var.v")
    )


def constant_output(files: Files, site: Site, name: str) -> Files | None:
    """A constant that only a module has."""
    if isinstance(site.constant, Missing) or site.constant is None:
        return None
    made = add(put(files, site, f"module.{name}.v"), site.path, f'\nmodule "{name}" {{\n  source = "./{name}"\n}}\n')
    return add(
        made, beside(site, f"{name}/main.{ending(site)}"), f'output "v" {{\n  value = {literal(site.constant)}\n}}\n'
    )


def of_each(argument: str, value: str, index: str) -> Rewriting:
    """A value that comes from the loop of its own resource."""

    def rewrite(files: Files, site: Site, name: str) -> Files | None:
        block = site.block
        if not site.moves or block.type != "resource" or {"count", "for_each"} & set(block.body.attributes):
            return None
        reference = re.compile(rf"(?<![\w.\"-]){block.labels[0]}\.{re.escape(block.labels[1])}(?![\w-])(?!\[)")
        text = files[site.path]
        if "self." in text[block.start : block.end] or reference.search(text[block.start : block.end]):
            return None
        if breaks(argument, site) or any(not path.endswith(".tf") and "tf" in path for path in files):
            return None
        held = ended(site.text)
        loop = argument.replace("@", held)
        value_here = value.replace("@", held)
        head, tail = text[block.open + 1 : site.start], text[site.end : block.end - 1]
        changed = f"{text[: block.open + 1]}\n  {loop}\n{head}{value_here}{tail}\n}}{text[block.end :]}"
        made = {**files, site.path: changed}
        return {
            path: reference.sub(lambda found: found[0] + index, text_here)
            if path.rpartition("/")[0] == directory(site) and path.endswith(".tf")
            else text_here
            for path, text_here in made.items()
        }

    return rewrite


def locals_chain(lines: str, got: str) -> Rewriting:
    """A value that goes through several locals."""

    def rewrite(files: Files, site: Site, name: str) -> Files | None:
        if not site.moves or breaks(lines, site):
            return None
        text = lines.replace("@", ended(site.text)).replace("NAME", name)
        return add(
            put(files, site, got.replace("NAME", name)),
            beside(site, f"{name}.{ending(site)}"),
            f"locals {{\n{text}\n}}\n",
        )

    return rewrite


def variable_with(default: str, got: str, head: str = "") -> Rewriting:
    """A constant in the default of a variable of some type."""

    def rewrite(files: Files, site: Site, name: str) -> Files | None:
        value = site.constant
        if isinstance(value, Missing) or value is None:
            return None
        kinds = {"string": "string", "bool": "bool", "number": "number"}
        if "KIND" in head and site.kind not in kinds:
            return None
        type_here = head.replace("KIND", kinds.get(site.kind, "any")).replace("DEFAULT", literal(value))
        type_here = type_here.replace("NAME", name)
        held = default.replace("@", literal(value))
        text = f'\nvariable "{name}" {{\n  {type_here}\n  default = {held}\n}}\n'
        return add(put(files, site, got.replace("NAME", name).replace("@", literal(value))), site.path, text)

    return rewrite


def overridden_default(files: Files, site: Site, name: str) -> Files | None:
    """A default that an override file replaces."""
    value = site.constant
    if not isinstance(value, str):
        return None
    made = add(put(files, site, f"var.{name}"), site.path, f'\nvariable "{name}" {{\n  default = "hunt"\n}}\n')
    return add(
        made,
        beside(site, f"{name}_override.{ending(site)}"),
        f'variable "{name}" {{\n  default = {literal(value)}\n}}\n',
    )


def overridden_local(files: Files, site: Site, name: str) -> Files | None:
    """A local that an override file in JSON replaces."""
    value = site.constant
    if not isinstance(value, str):
        return None
    made = add(put(files, site, f"local.{name}"), site.path, f'\nlocals {{\n  {name} = "hunt"\n}}\n')
    text = json.dumps({"locals": {name: escaped(value)}})
    return add(made, beside(site, f"{name}_override.{ending(site)}.json"), text)


def overridden_call(files: Files, site: Site, name: str) -> Files | None:
    """The argument of a module that an override file replaces."""
    value = site.constant
    made = through("", '"hunt"', "module.NAME.v")(files, site, name)
    if made is None or not isinstance(value, str):
        return None
    return add(
        made, beside(site, f"{name}_override.{ending(site)}"), f'module "{name}" {{\n  v = {literal(value)}\n}}\n'
    )


def overridden_twice(files: Files, site: Site, name: str) -> Files | None:
    """A default that two override files replace: the one that comes last counts."""
    made = overridden_default(files, site, name)
    if made is None:
        return None
    text = f'variable "{name}" {{\n  default = "hunt-first"\n}}\n'
    return add(made, beside(site, f"a_{name}_override.{ending(site)}"), text)


def template_loop(form: str, file: bool) -> Rewriting:
    """Lines that a loop of a template writes."""

    def rewrite(files: Files, site: Site, name: str) -> Files | None:
        value = site.constant
        if not isinstance(value, str) or not value.endswith("\n") or "\r" in value:
            return None
        lines = value.removesuffix("\n").split("\n")
        if any(set(line) & set("\v\f\x85\u2028\u2029") for line in lines):
            return None
        if file:
            call = f'templatefile("${{path.module}}/{name}.tftpl", {{ lines = {literal([*lines])} }})'
            return add(put(files, site, call), beside(site, f"{name}.tftpl"), form)
        text = form.replace("lines", f"local.{name}")
        held = put(files, site, f"<<HUNT\n{text}HUNT\n" if not site.whole else f"<<HUNT\n{text}HUNT")
        return add(held, site.path, f"\nlocals {{\n  {name} = {literal([*lines])}\n}}\n")

    return rewrite


def cut_in_two(form: str) -> Rewriting:
    """A text of two halves."""

    def rewrite(files: Files, site: Site, name: str) -> Files | None:
        value = site.constant
        if not isinstance(value, str) or len(value) < 2:
            return None
        half = len(value) // 2
        return put(files, site, form.replace("@1", literal(value[:half])).replace("@2", literal(value[half:])))

    return rewrite


def template_string(files: Files, site: Site, name: str) -> Files | None:
    value = site.constant
    if not isinstance(value, str) or len(value) < 2 or "{" in value:
        return None
    half = len(value) // 2
    text = f'\nlocals {{\n  {name} = "$${{v}}{literal(value[half:])[1:-1]}"\n}}\n'
    return add(put(files, site, f"templatestring(local.{name}, {{ v = {literal(value[:half])} }})"), site.path, text)


def user_data(form: str) -> Rewriting:
    """User data in another argument, or packed."""

    def rewrite(files: Files, site: Site, name: str) -> Files | None:
        if not site.whole or site.attribute != "user_data" or site.block.labels[0] != "aws_instance":
            return None
        if re.search(r"\buser_data_base64\b|self\.|base64", files[site.path][site.block.start : site.block.end]):
            return None
        text = files[site.path]
        start = text.rindex("user_data", 0, site.start)
        made = f"user_data_base64 = {form.replace('@', ended(site.text)).replace('NAME', name)}"
        changed = {**files, site.path: text[:start] + made + text[site.end :]}
        if "NAME" not in form:
            return changed
        part = '\n  part {\n    content_type = "text/TYPE"\n    content = CONTENT\n  }\n'
        first = part.replace("TYPE", "cloud-config").replace("CONTENT", '"#cloud-config"')
        part = part.replace("TYPE", "x-shellscript").replace("CONTENT", site.text)
        if not site.moves:
            return None
        return add(changed, site.path, f'\ndata "cloudinit_config" "{name}" {{{first}{part}}}\n')

    return rewrite


PASSES: dict[str, Rewriting] = {
    "module": through("", "@", "module.NAME.v"),
    "module, typed": through(
        "", "{ w = @ }", "module.NAME.v", "type = object({ w = any, x = optional(string) })", "var.v.w"
    ),
    "module, twice": through("count = 2", "[@, null]", "module.NAME[1].v[0]"),
    "module of one": through("count = 1", "@", "one(module.NAME[*].v)"),
    "module for each": through('for_each = toset(["a"])', "@", 'module.NAME["a"].v'),
    "module for each value": through("for_each = { a = { w = @ } }", "each.value.w", 'module.NAME["a"].v'),
    "module for each value, listed": through(
        "for_each = { a = { w = @ } }", "each.value.w", "values(module.NAME)[0].v"
    ),
    "module for each value by for": through(
        'for_each = { for x in [{ n = "a", w = @ }, { n = "b", w = null }] : x.n => x if x.n != "b" }',
        "each.value.w",
        "[for m in module.NAME : m.v][0]",
    ),
    "module for each value to object": through(
        "for_each = { a = { w = @ } }", "try(each.value.w, null)", "{ for k, m in module.NAME : k => m.v }.a"
    ),
    "module in a module": through_two,
    "output of a module": constant_output,
    "each value": of_each("for_each = { a = { v = @ } }", "each.value.v", '["a"]'),
    "each value of a list": of_each('for_each = { for x in [{ n = "a", v = @ }] : x.n => x }', "each.value.v", '["a"]'),
    "each value, looked up": of_each("for_each = { a = { v = @ } }", 'lookup(each.value, "v", null)', '["a"]'),
    "each value, merged": of_each(
        "for_each = merge({}, { a = { v = @ } }, {})", 'merge({ v = null }, each.value)["v"]', '["a"]'
    ),
    "each value of a filter": of_each(
        "for_each = { for k, x in { a = { v = @ }, b = { v = null } } : k => x if x.v != null }",
        "each.value.v",
        '["a"]',
    ),
    "each value, flattened": of_each(
        'for_each = { for x in flatten([for g in [{ n = "a", l = [{ v = @ }] }] : [for y in g.l : '
        "{ n = g.n, v = y.v }]]) : x.n => x }",
        "each.value.v",
        '["a"]',
    ),
    "each value of a product": of_each(
        'for_each = { for x in setproduct(["a"], ["b"]) : "${x[0]}-${x[1]}" => { v = @ } }', "each.value.v", '["a-b"]'
    ),
    "value by count": of_each("count = length([1])", "[@][count.index]", "[0]"),
    "locals, merged": locals_chain(
        "  NAME_a = { v = null, w = 1 }\n  NAME_b = { v = @ }\n  NAME = merge(local.NAME_a, local.NAME_b)",
        "local.NAME.v",
    ),
    "locals, merged by for": locals_chain(
        "  NAME_l = [{ v = null }, { v = @ }]\n  NAME = merge(local.NAME_l...)", 'local.NAME["v"]'
    ),
    "locals, nulls left out": locals_chain(
        "  NAME_a = { v = @, w = null }\n"
        "  NAME = merge({ v = null }, { for k, x in local.NAME_a : k => x if x != null })",
        "local.NAME.v",
    ),
    "locals, by workspace": locals_chain(
        "  NAME = { default = { v = @ }, other = { v = null } }", "local.NAME[terraform.workspace].v"
    ),
    "locals, by workspace with lookup": locals_chain(
        "  NAME = { other = { v = null } }\n  NAME_d = { v = @ }",
        "lookup(local.NAME, terraform.workspace, local.NAME_d).v",
    ),
    "locals, tried": locals_chain("  NAME = { v = @ }", "try(local.NAME.none.v, local.NAME.v, null)"),
    "locals, by key": locals_chain('  NAME_k = "v"\n  NAME = { (local.NAME_k) = @ }', "local.NAME.v"),
    "locals, grouped": locals_chain(
        '  NAME_l = [{ k = "a", v = @ }]\n  NAME = { for x in local.NAME_l : x.k => x.v... }', "local.NAME.a[0]"
    ),
    "locals, filtered": locals_chain(
        '  NAME_l = [{ k = "b", v = null }, { k = "a", v = @ }]\n  NAME = [for x in local.NAME_l : x if x.k == "a"]',
        "one(local.NAME).v",
    ),
    "locals, splat": locals_chain("  NAME_l = [{ v = [@] }]\n  NAME = flatten(local.NAME_l[*].v)", "local.NAME[0]"),
    "locals, decoded and merged": locals_chain(
        '  NAME = merge(yamldecode("v: null\\nw: 1"), { v = @ })', 'lookup(local.NAME, "v", null)'
    ),
    "locals, conditional": locals_chain(
        '  NAME_e = "prod"\n  NAME = local.NAME_e == "prod" ? { v = @ } : { v = null }', "local.NAME.v"
    ),
    "variable, sensitive": variable_with("@", "var.NAME", "sensitive = true"),
    "variable, never null": variable_with("@", "var.NAME", "nullable = false"),
    "variable, validated": variable_with(
        "@", "var.NAME", 'validation {\n    condition = var.NAME != "x"\n    error_message = "No."\n  }'
    ),
    "variable of objects": variable_with(
        "{ a = { v = @ }, b = {} }", 'var.NAME["a"].v', "type = map(object({ v = optional(KIND) }))"
    ),
    "variable of a list": variable_with(
        '[{ n = "a", v = @ }]',
        '[for x in var.NAME : x.v if x.n == "a"][0]',
        "type = list(object({ n = string, v = KIND }))",
    ),
    "variable of any": variable_with("{ v = @ }", "try(var.NAME.w.v, var.NAME.v)", "type = any"),
    "variable, looked up": variable_with("{ v = @ }", 'lookup(var.NAME, "v", null)', "type = map(KIND)"),
    "variable, empty": variable_with("{}", 'lookup(var.NAME, "v", @)'),
    "variable, null": variable_with("null", "var.NAME != null ? var.NAME : @"),
    "variable, tuple": variable_with("[1, @]", "var.NAME[1]", "type = tuple([number, KIND])"),
    "variable, set": variable_with("[@]", "one(var.NAME)", "type = set(KIND)"),
    "variable with a default of an attribute": variable_with(
        "[{}]", "var.NAME[0].v.w", "type = list(object({ v = optional(object({ w = optional(KIND, DEFAULT) }), {}) }))"
    ),
    "default overridden": overridden_default,
    "default overridden twice": overridden_twice,
    "local overridden": overridden_local,
    "call overridden": overridden_call,
    "templatefile with a loop": template_loop("%{ for line in lines ~}\n${line}\n%{ endfor ~}\n", True),
    "templatefile with a loop and a condition": template_loop(
        "%{ for i, line in lines ~}\n%{ if i >= 0 ~}\n${line}\n%{ else ~}\nno\n%{ endif ~}\n%{ endfor ~}\n", True
    ),
    "heredoc with a loop": template_loop("%{ for line in lines ~}\n${line}\n%{ endfor ~}\n", False),
    "two halves": cut_in_two('"${@1}${@2}"'),
    "two halves, joined": cut_in_two('join("", [@1, @2])'),
    "two halves, formatted": cut_in_two('format("%s%s", @1, @2)'),
    "two halves, flattened": cut_in_two('join("", flatten([[@1], [[@2]]]))'),
    "two halves by for": cut_in_two('join("", [for x in { a = @1, b = @2 } : x])'),
    "two halves in a template": cut_in_two('"%{ for x in [@1, @2] }${x}%{ endfor }"'),
    "templatestring": template_string,
    "user data, encoded": user_data("base64encode(@)"),
    "user data, packed": user_data("base64gzip(@)"),
    "user data of cloudinit_config": user_data("data.cloudinit_config.NAME.rendered"),
}

"""Rewritings of Terraform roots that move a value to another place."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from hunt_terraform import MISSING, Files, Json, Missing, Site, constant, put

from iplint.syntax.hcl_tree import Call

# The files of a root with one site rewritten; None where it does not fit.
Rewriting: TypeAlias = Callable[[Files, Site, str], "Files | None"]


def literal(value: Json) -> str:
    """A constant as an expression."""
    return json.dumps(value, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")


def beside(site: Site, name: str) -> str:
    """The path of a new file of the same module."""
    return f"{site.path.rpartition('/')[0]}/{name}".lstrip("/")


def add(files: Mapping[str, str], path: str, text: str) -> Files:
    return {**files, path: files.get(path, "") + text}


def local(files: Files, site: Site, name: str) -> Files | None:
    if not site.moves:
        return None
    return add(put(files, site, f"local.{name}"), site.path, f"\nlocals {{\n  {name} = {site.text}\n}}\n")


def local_elsewhere(files: Files, site: Site, name: str) -> Files | None:
    if not site.moves:
        return None
    text = f"locals {{\n  {name}_a = local.{name}[0]\n  {name} = [{site.text}\n]\n}}\n"
    return add(put(files, site, f"local.{name}_a"), beside(site, f"{name}.tf"), text)


def local_object(files: Files, site: Site, name: str) -> Files | None:
    if not site.moves:
        return None
    text = f"\nlocals {{\n  {name} = {{ prod = {{ v = {site.text}\n }}, other = null }}\n}}\n"
    return add(put(files, site, f'local.{name}["prod"].v'), site.path, text)


def local_in_json(files: Files, site: Site, name: str) -> Files | None:
    value = site.constant
    if isinstance(value, Missing):
        return None
    return add(
        put(files, site, f"local.{name}"),
        beside(site, f"{name}.tf.json"),
        json.dumps({"locals": {name: escaped(value)}}),
    )


def escaped(value: Json) -> Json:
    if isinstance(value, str):
        return value.replace("${", "$${").replace("%{", "%%{")
    if isinstance(value, list):
        return [escaped(item) for item in value]
    if isinstance(value, dict):
        return {key: escaped(item) for key, item in value.items()}
    return value


def variable(files: Files, site: Site, name: str, type: str = "", attribute: str = "") -> Files | None:
    value = site.constant
    if isinstance(value, Missing) or value is None:
        return None
    text = f'\nvariable "{name}" {{\n{type}  default = {literal(value)}\n}}\n'
    return add(put(files, site, f"var.{name}{attribute}"), site.path, text)


def variable_typed(files: Files, site: Site, name: str) -> Files | None:
    types = {"string": "string", "bool": "bool", "number": "number", "object": "any", "list": "any"}
    return variable(files, site, name, f"  type = {types[site.kind]}\n") if site.kind in types else None


def variable_optional(files: Files, site: Site, name: str) -> Files | None:
    value = site.constant
    if site.kind not in ("string", "bool", "number") or isinstance(value, Missing):
        return None
    type = f"object({{ v = optional({site.kind}, {literal(value)}) }})"
    text = f'\nvariable "{name}" {{\n  type = {type}\n  default = {{}}\n}}\n'
    return add(put(files, site, f"var.{name}.v"), site.path, text)


def variable_of_text(files: Files, site: Site, name: str) -> Files | None:
    """A bool or number that a variable of type string holds."""
    value = site.constant
    if site.kind not in ("bool", "number") or isinstance(value, Missing):
        return None
    text = f'\nvariable "{name}" {{\n  type = string\n  default = {literal(value)}\n}}\n'
    return add(put(files, site, f"var.{name}"), site.path, text)


def variable_given(files: Files, site: Site, name: str) -> Files | None:
    value = site.constant
    if isinstance(value, Missing) or value is None or "/" in site.path:
        return None
    made = add(put(files, site, f"var.{name}"), site.path, f'\nvariable "{name}" {{}}\n')
    return add(made, "hunt.auto.tfvars", f"{name} = {literal(value)}\n")


def variable_overridden(files: Files, site: Site, name: str) -> Files | None:
    """A default that a file of values replaces."""
    value = site.constant
    if not isinstance(value, str) or "/" in site.path:
        return None
    made = add(put(files, site, f"var.{name}"), site.path, f'\nvariable "{name}" {{\n  default = "hunt"\n}}\n')
    return (
        add(made, "terraform.tfvars.json", json.dumps({name: value})) if "terraform.tfvars.json" not in made else None
    )


def variable_nulled(files: Files, site: Site, name: str) -> Files | None:
    value = site.constant
    if not isinstance(value, str) or not value:
        return None
    text = f'\nvariable "{name}" {{\n  type = string\n  default = null\n}}\n'
    return add(put(files, site, f"coalesce(var.{name}, {literal(value)})"), site.path, text)


def data_input(files: Files, site: Site, name: str) -> Files | None:
    if not site.moves:
        return None
    text = f'\nresource "terraform_data" "{name}" {{\n  input = {site.text}\n}}\n'
    return add(put(files, site, f"terraform_data.{name}.output"), site.path, text)


def trigger(files: Files, site: Site, name: str) -> Files | None:
    if not site.moves or site.kind != "string":
        return None
    text = f'\nresource "null_resource" "{name}" {{\n  triggers = {{ v = {site.text}\n }}\n}}\n'
    return add(put(files, site, f"null_resource.{name}.triggers.v"), site.path, text)


def null_data(files: Files, site: Site, name: str) -> Files | None:
    if not site.moves or site.kind != "string":
        return None
    text = f'\ndata "null_data_source" "{name}" {{\n  inputs = {{ v = {site.text}\n }}\n}}\n'
    return add(put(files, site, f"data.null_data_source.{name}.outputs.v"), site.path, text)


def text_file(files: Files, site: Site, name: str) -> Files | None:
    value = site.constant
    if not isinstance(value, str) or not value:
        return None
    made = put(files, site, f'file("${{path.module}}/{name}.txt")')
    return add(made, beside(site, f"{name}.txt"), value)


def template_file(files: Files, site: Site, name: str) -> Files | None:
    value = site.constant
    if not isinstance(value, str) or not value or "{" in value:
        return None
    cut = len(value) // 2
    made = put(files, site, f'templatefile("${{path.module}}/{name}.tpl", {{ v = {literal(value[:cut])} }})')
    return add(made, beside(site, f"{name}.tpl"), "${v}" + value[cut:])


def template_data(files: Files, site: Site, name: str) -> Files | None:
    value = site.constant
    if not isinstance(value, str) or not value or "{" in value:
        return None
    cut = len(value) // 2
    text = (
        f'\ndata "template_file" "{name}" {{\n  template = {literal(value[:cut] + "${v}")}\n'
        f"  vars = {{ v = {literal(value[cut:])} }}\n}}\n"
    )
    return add(put(files, site, f"data.template_file.{name}.rendered"), site.path, text)


def local_file(files: Files, site: Site, name: str) -> Files | None:
    value = site.constant
    if not isinstance(value, str) or not value:
        return None
    text = f'\ndata "local_file" "{name}" {{\n  filename = "${{path.module}}/{name}.txt"\n}}\n'
    return add(
        add(put(files, site, f"data.local_file.{name}.content"), site.path, text), beside(site, f"{name}.txt"), value
    )


def json_file(files: Files, site: Site, name: str) -> Files | None:
    value = site.constant
    if isinstance(value, Missing) or value is None:
        return None
    made = put(files, site, f'jsondecode(file("${{path.module}}/{name}.json")).v')
    return add(made, beside(site, f"{name}.json"), json.dumps({"v": value}))


def yaml_file(files: Files, site: Site, name: str) -> Files | None:
    value = site.constant
    if isinstance(value, Missing) or value is None:
        return None
    made = put(files, site, f'yamldecode(file("${{path.module}}/{name}.yaml"))["v"]')
    return add(made, beside(site, f"{name}.yaml"), f"v: {json.dumps(value)}\n")


def csv_file(files: Files, site: Site, name: str) -> Files | None:
    value = site.constant
    if not isinstance(value, str) or not value.isascii() or not value or set(value) & set('",\n'):
        return None
    made = put(files, site, f'csvdecode(file("${{path.module}}/{name}.csv"))[0].v')
    return add(made, beside(site, f"{name}.csv"), f"v,w\n{value},x\n")


def json_text(files: Files, site: Site, name: str) -> Files | None:
    """An object that is given as JSON."""
    return _of_call(files, site, "jsonencode", lambda value: literal(json.dumps(value)))


def json_heredoc(files: Files, site: Site, name: str) -> Files | None:
    def made(value: Json) -> str:
        text = json.dumps(value, indent=2).replace("${", "$${").replace("%{", "%%{")
        return f"<<HUNT\n{text}\nHUNT\n"

    return _of_call(files, site, "jsonencode", made)


def json_in_file(files: Files, site: Site, name: str) -> Files | None:
    made = _of_call(files, site, "jsonencode", lambda value: f'file("${{path.module}}/{name}.json")')
    value = _argument(site, "jsonencode")
    return (
        None
        if made is None or isinstance(value, Missing)
        else add(made, beside(site, f"{name}.json"), json.dumps(value))
    )


def json_template(files: Files, site: Site, name: str) -> Files | None:
    made = _of_call(
        files,
        site,
        "jsonencode",
        lambda value: f'templatefile("${{path.module}}/{name}.tftpl", {{ effect = "Allow" }})',
    )
    value = _argument(site, "jsonencode")
    if made is None or isinstance(value, Missing):
        return None
    text = json.dumps(value, indent=1).replace("${", "$${").replace('"Allow"', '"${effect}"')
    return add(made, beside(site, f"{name}.tftpl"), text)


def yaml_to_json(files: Files, site: Site, name: str) -> Files | None:
    return _of_call(files, site, "jsonencode", lambda value: f"jsonencode(yamldecode({literal(json.dumps(value))}))")


def minified(files: Files, site: Site, name: str) -> Files | None:
    return _of_call(
        files, site, "jsonencode", lambda value: literal(re.sub(r"[a-z]", _escape_once, json.dumps(value), count=3))
    )


def _escape_once(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def _argument(site: Site, function: str) -> Json | Missing:
    expr = site.expr
    return (
        constant(expr.args[0]) if isinstance(expr, Call) and expr.name == function and len(expr.args) == 1 else MISSING
    )


def _of_call(files: Files, site: Site, function: str, make: Callable[[Json], str]) -> Files | None:
    value = _argument(site, function)
    return None if isinstance(value, Missing) else put(files, site, make(value))


POLICY_KEYS = {"Version", "Statement", "Id"}
STATEMENT_KEYS = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "Condition"}


def policy_document(files: Files, site: Site, name: str) -> Files | None:
    """A policy as a data source."""
    value = _argument(site, "jsonencode")
    if not isinstance(value, dict) or "Statement" not in value or not set(value) <= POLICY_KEYS:
        return None
    statements = value["Statement"]
    text = "".join(map(_statement, statements if isinstance(statements, list) else [statements]))
    if "\0" in text:
        return None
    made = put(files, site, f"data.aws_iam_policy_document.{name}.json")
    return add(made, site.path, f'\ndata "aws_iam_policy_document" "{name}" {{\n{text}}}\n')


def policy_document_merged(files: Files, site: Site, name: str) -> Files | None:
    made = policy_document(files, site, f"{name}_a")
    if made is None:
        return None
    inner = f"data.aws_iam_policy_document.{name}_a.json"
    text = f'\ndata "aws_iam_policy_document" "{name}" {{\n  source_policy_documents = [{inner}]\n}}\n'
    return {**made, site.path: made[site.path].replace(inner, f"data.aws_iam_policy_document.{name}.json", 1) + text}


def _statement(statement: Json) -> str:
    if not isinstance(statement, dict) or not set(statement) <= STATEMENT_KEYS:
        return "\0"
    lines = ["  statement {"]
    arguments = {"Sid": "sid", "Effect": "effect"}
    lists = {"Action": "actions", "NotAction": "not_actions", "Resource": "resources", "NotResource": "not_resources"}
    for key, value in statement.items():
        if key in arguments:
            lines.append(f"    {arguments[key]} = {literal(value)}")
        elif key in lists:
            lines.append(f"    {lists[key]} = {literal(value if isinstance(value, list) else [value])}")
        elif key == "Principal":
            pairs = value.items() if isinstance(value, dict) else [("*", value)]
            for kind, names in pairs:
                listed = literal(names if isinstance(names, list) else [names])
                lines.append(f"    principals {{\n      type = {literal(kind)}\n      identifiers = {listed}\n    }}")
        elif isinstance(value, dict):
            for test, tests in value.items():
                if not isinstance(tests, dict):
                    return "\0"
                for key_of_test, values in tests.items():
                    listed = literal(values if isinstance(values, list) else [values])
                    lines.append(
                        f"    condition {{\n      test = {literal(test)}\n      variable = {literal(key_of_test)}\n"
                        f"      values = {listed}\n    }}"
                    )
    return "\n".join([*lines, "  }\n"])


def letters_escaped(files: Files, site: Site, name: str) -> Files | None:
    value = site.constant
    if not isinstance(value, str) or not value:
        return None
    return put(
        files, site, '"' + "".join(f"\\u{ord(letter):04x}" if letter < "\uffff" else letter for letter in value) + '"'
    )


def heredoc(files: Files, site: Site, name: str) -> Files | None:
    value = site.constant
    if not isinstance(value, str) or not value.endswith("\n") or "{" in value:
        return None
    return put(files, site, f"<<-HUNT\n{''.join(f'      {line}' for line in value.splitlines(True))}      HUNT\n")


def crlf_heredoc(files: Files, site: Site, name: str) -> Files | None:
    value = site.constant
    if not isinstance(value, str) or "\n" not in value:
        return None
    return put(files, site, literal(value.replace("\n", "\r\n")))


MOVES: dict[str, Rewriting] = {
    "local": local,
    "local in another file": local_elsewhere,
    "local object": local_object,
    "local in JSON": local_in_json,
    "variable with a default": variable,
    "typed variable": variable_typed,
    "optional attribute of a variable": variable_optional,
    "variable of another type": variable_of_text,
    "variable of tfvars": variable_given,
    "default replaced by tfvars": variable_overridden,
    "coalesce of a null variable": variable_nulled,
    "output of terraform_data": data_input,
    "trigger of null_resource": trigger,
    "null_data_source": null_data,
    "file": text_file,
    "templatefile": template_file,
    "template_file": template_data,
    "data local_file": local_file,
    "jsondecode of a file": json_file,
    "yamldecode of a file": yaml_file,
    "csvdecode of a file": csv_file,
    "JSON text": json_text,
    "JSON heredoc": json_heredoc,
    "JSON file": json_in_file,
    "JSON template": json_template,
    "JSON by yamldecode": yaml_to_json,
    "JSON with escapes": minified,
    "letters escaped": letters_escaped,
    "heredoc": heredoc,
    "carriage returns in a text": crlf_heredoc,
    "policy document": policy_document,
    "policy document, merged": policy_document_merged,
}

"""Rewritings of Terraform roots that change how blocks and files are written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from hunt_terraform import Files, Json, Missing, constant, sites
from hunt_terraform_moves import add, escaped, literal

from iplint.location import Source
from iplint.syntax import hcl
from iplint.syntax.hcl_tree import Attribute, Block, Body, TemplateExpr


class Place(NamedTuple):
    """A block: the file, the block of that file that holds it, and the block itself."""

    path: str
    top: Block
    block: Block


# The files of a root with one block rewritten; None where it does not fit.
BlockRewriting: TypeAlias = Callable[[Files, Place, str], "Files | None"]
RootRewriting: TypeAlias = Callable[[Files, str], "Files | None"]


def places(files: Mapping[str, str]) -> Iterator[Place]:
    """Each block of resources and data sources, and each block inside one."""
    for path, text in sorted(files.items()):
        if path.endswith((".tf", ".tofu")):
            body, problems = hcl.parse(Source(path, text))
            for block in [] if problems else body.blocks:
                if block.type in ("resource", "data"):
                    yield Place(path, block, block)
                    for inner in block.body.blocks:
                        yield Place(path, block, inner)


def body_text(text: str, block: Block) -> str:
    return text[block.open + 1 : block.end - 1]


def _put(files: Files, place: Place, new: str) -> Files:
    text = files[place.path]
    return {**files, place.path: text[: place.block.start] + new + text[place.block.end :]}


def _dynamic(for_each: str, before: str = "") -> BlockRewriting:
    def rewrite(files: Files, place: Place, name: str) -> Files | None:
        block = place.block
        if block is place.top or block.type in ("dynamic", "lifecycle", "provisioner", "connection", "timeouts"):
            return None
        held = body_text(files[place.path], block)
        new = f'dynamic "{block.type}" {{\n    for_each = {for_each}\n    content {{{held}}}\n  }}'
        made = _put(files, place, new.replace("NAME", name))
        return add(made, place.path, before.replace("NAME", name)) if before else made

    return rewrite


def _dynamic_values(files: Files, place: Place, name: str) -> Files | None:
    """A dynamic block whose arguments come from its items."""
    block = place.block
    if block is place.top or block.body.blocks or not block.body.attributes or block.type == "dynamic":
        return None
    values = {key: constant(attribute.expr) for key, attribute in block.body.attributes.items()}
    if any(isinstance(value, Missing) for value in values.values()):
        return None
    items = "".join(f"{key} = {literal(value)}, " for key, value in values.items() if not isinstance(value, Missing))
    lines = "".join(f"      {key} = {name}.value.{key}\n" for key in values)
    head = f'dynamic "{block.type}" {{\n    for_each = {{ a = {{ {items} }} }}\n    iterator = {name}\n    content {{\n'
    return _put(files, place, f"{head}{lines}    }}\n  }}")


def _dynamic_lookup(files: Files, place: Place, name: str) -> Files | None:
    block = place.block
    if block is place.top or block.body.blocks or not block.body.attributes or block.type == "dynamic":
        return None
    values = {key: constant(attribute.expr) for key, attribute in block.body.attributes.items()}
    if any(isinstance(value, Missing) for value in values.values()):
        return None
    items = json.dumps(values)
    lines = "".join(f'      {key} = lookup({block.type}.value, "{key}", null)\n' for key in values)
    head = f'dynamic "{block.type}" {{\n    for_each = length(var.{name}) > 0 ? [var.{name}] : []\n    content {{\n'
    made = _put(files, place, f"{head}{lines}    }}\n  }}")
    return add(made, place.path, f'\nvariable "{name}" {{\n  type = any\n  default = {items}\n}}\n')


def _repeated(argument: str, index: str) -> BlockRewriting:
    """A resource with `count` or `for_each`, and all references to it with an index."""

    def rewrite(files: Files, place: Place, name: str) -> Files | None:
        top = place.top
        if place.block is not top or top.type != "resource" or {"count", "for_each"} & set(top.body.attributes):
            return None
        if any(not path.endswith(".tf") and re.search(r"\.(tf|tofu)", path) for path in files):
            # What refers to it there would keep its old address.
            return None
        if any(inner.type == "lifecycle" and "enabled" in inner.body.attributes for inner in top.body.blocks):
            # OpenTofu takes one of the two only.
            return None
        if "self." in body_text(files[place.path], top):
            return None
        text = files[place.path]
        held = body_text(text, top)
        if "\n" not in held:
            held = f"\n  {held.strip()}\n"
        made = text[: top.open + 1] + f"\n  {argument}" + held + text[top.end - 1 :]
        reference = re.compile(rf"(?<![\w.\"-]){top.labels[0]}\.{re.escape(top.labels[1])}(?![\w-])(?!\[)")
        directory = place.path.rpartition("/")[0]
        changed = {**files, place.path: made}
        return {
            path: reference.sub(lambda found: found[0] + index, held)
            if path.rpartition("/")[0] == directory and path.endswith(".tf")
            else held
            for path, held in changed.items()
        }

    return rewrite


def _override(files: Files, place: Place, name: str) -> Files | None:
    """A block whose text comes from an override file; what is there is another."""
    block, top = place.block, place.top
    if block is top or block.type in ("dynamic", "lifecycle") or top.type != "resource":
        return None
    same = [other for other in top.body.blocks if other.type == block.type or other.type == "dynamic"]
    if len(same) > 1:
        return None
    text = files[place.path]
    labels = " ".join(json.dumps(label) for label in top.labels)
    path = f"{place.path.rpartition('/')[0]}/{name}_override.{place.path.rpartition('.')[2]}".lstrip("/")
    made = {**files, place.path: text[: block.start] + f"{block.type} {{}}" + text[block.end :]}
    return {**made, path: f"{top.type} {labels} {{\n  {text[block.start : block.end]}\n}}\n"}


def _override_arguments(files: Files, place: Place, name: str) -> Files | None:
    """A resource whose arguments come from an override file in JSON."""
    top = place.top
    if place.block is not top or top.type != "resource":
        return None
    text = files[place.path]
    chosen = {
        key: constant(attribute.expr)
        for key, attribute in top.body.attributes.items()
        if key not in ("count", "for_each", "depends_on", "provider")
    }
    known = {
        key: escaped(value) for key, value in chosen.items() if not isinstance(value, Missing) and value is not None
    }
    if not known:
        return None
    cut = sorted((top.body.attributes[key] for key in known), key=lambda one: -one.start)
    for attribute in cut:
        text = text[: attribute.start] + text[attribute.end :]
    path = f"{place.path.rpartition('/')[0]}/override.{place.path.rpartition('.')[2]}.json".lstrip("/")
    if path in files:
        return None
    return {**files, place.path: text, path: json.dumps({top.type: {top.labels[0]: {top.labels[1]: known}}})}


BLOCKS: dict[str, BlockRewriting] = {
    "dynamic over a list": _dynamic("[1]"),
    "dynamic over a set": _dynamic('toset(["a"])'),
    "dynamic over an object": _dynamic("{ a = 1 }"),
    "dynamic over a switch": _dynamic(
        "var.NAME ? [1] : []", '\nvariable "NAME" {\n  type = bool\n  default = true\n}\n'
    ),
    "dynamic over a value that may be null": _dynamic(
        "var.NAME == null ? [] : [var.NAME]", '\nvariable "NAME" {\n  type = string\n  default = "x"\n}\n'
    ),
    "dynamic over a splat": _dynamic("var.NAME[*]", '\nvariable "NAME" {\n  default = "x"\n}\n'),
    "dynamic over a local": _dynamic("local.NAME", "\nlocals {\n  NAME = [for x in range(1) : x]\n}\n"),
    "dynamic with values": _dynamic_values,
    "dynamic with lookup": _dynamic_lookup,
    "count": _repeated("count = 1", "[0]"),
    "count of a switch": _repeated("count = true ? 1 : 0", "[0]"),
    "count, one": _repeated('count = length(["a"])', "[0]"),
    "for_each over a set": _repeated('for_each = toset(["a"])', '["a"]'),
    "for_each over an object": _repeated('for_each = { a = "b" }', '["a"]'),
    "for_each by for": _repeated('for_each = { for k in ["a", "b"] : k => k if k != "b" }', '["a"]'),
    "override of a block": _override,
    "override in JSON": _override_arguments,
}


def child_module(files: Files, name: str) -> Files | None:
    """The whole root in a module that another root calls."""
    if any(not path.startswith(("modules/", "hunt")) and "/" in path for path in files if path.endswith(".tf")):
        return None
    if any(path.endswith((".tfvars", ".tfvars.json", ".tfstate", ".lock.hcl")) for path in files):
        return None
    text = "".join(held for path, held in files.items() if path.endswith((".tf", ".tofu")))
    if re.search(r"^\s*(backend|cloud)\b|path\.(root|cwd)|^\s*variable\b", text, re.MULTILINE):
        return None
    moved = {f"modules/{name}/{path}": held for path, held in files.items()}
    return {**moved, "main.tf": f'module "{name}" {{\n  source = "./modules/{name}"\n}}\n'}


def repeated_module(files: Files, name: str) -> Files | None:
    made = child_module(files, name)
    if made is None or re.search(r"^provider\b", "".join(files.values()), re.MULTILINE):
        return None
    return {**made, "main.tf": made["main.tf"].replace("{\n", '{\n  for_each = { a = "x" }\n', 1)}


def module_input(files: Files, name: str) -> Files | None:
    """The whole root in a module; its first literal of interest is an input."""
    made = child_module(files, name)
    if made is None:
        return None
    wanted = [
        site
        for site in sites(made)
        if site.path.count("/") == 2
        and site.block.type == "resource"
        and site.kind in ("string", "bool", "number")
        and not isinstance(site.constant, Missing)
    ]
    wanted.sort(
        key=lambda site: (
            site.attribute
            not in (
                "http_tokens",
                "http_endpoint",
                "user_data",
                "Action",
                "Service",
                "iam_instance_profile",
                "policy_arn",
            )
        )
    )
    if not wanted:
        return None
    site = wanted[0]
    text = made[site.path]
    changed = (
        text[: site.start] + f"var.{name}_v" + text[site.end :] + f'\nvariable "{name}_v" {{\n  default = null\n}}\n'
    )
    call = made["main.tf"].replace(
        "\n}",
        f"\n  {name}_v = {site.text.rstrip()}\n}}" if not _is_heredoc(site.text) else f"\n  {name}_v = {site.text}\n}}",
        1,
    )
    return {**made, site.path: changed, "main.tf": call}


def _is_heredoc(text: str) -> bool:
    return text.startswith("<<")


def split_files(files: Files, name: str) -> Files | None:
    """Each block of the root in a file of its own."""
    made: Files = {path: held for path, held in files.items() if path != "main.tf"}
    text = files.get("main.tf")
    if text is None:
        return None
    body, problems = hcl.parse(Source("main.tf", text))
    if problems:
        return None
    for number, block in enumerate(body.blocks):
        made[f"{name}_{number}.tf"] = f"{text[block.start : block.end]}\n"
    return made


def carriage_returns(files: Files, name: str) -> Files | None:
    return {
        path: held.replace("\r\n", "\n").replace("\n", "\r\n") if path.endswith(".tf") and "<<" not in held else held
        for path, held in files.items()
    }


def byte_order_mark(files: Files, name: str) -> Files | None:
    return {path: "\ufeff" + held.lstrip("\ufeff") if path.endswith(".tf") else held for path, held in files.items()}


def tofu_files(files: Files, name: str) -> Files | None:
    """Each file as one that OpenTofu alone reads; a root that has such files already means something else to it."""
    if any(path.endswith((".tofu", ".tofu.json")) for path in files):
        return None
    return {re.sub(r"\.tf(\.json)?$", r".tofu\1", path): held for path, held in files.items()}


def json_syntax(files: Files, name: str) -> Files | None:
    """Each file of the root in Terraform's JSON syntax."""
    made: Files = {}
    for path, held in files.items():
        if not path.endswith(".tf"):
            made[path] = held
            continue
        body, problems = hcl.parse(Source(path, held))
        if problems:
            return None
        try:
            made[f"{path}.json"] = json.dumps(_file(held, body), indent=2)
        except ValueError:
            return None
    return made


def _file(text: str, body: Body) -> dict[str, Json]:
    made: dict[str, Json] = {}
    comments: list[Json] = [line.strip() for line in text.split("\n") if re.match(r"[ \t]*(#|//)", line)]
    if comments:
        made["//"] = comments
    for block in body.blocks:
        content = _body(text, block.body, block.type)
        if block.type == "provider":
            content.pop("version", None)
        if not block.labels:
            _append(made, block.type, content)
            continue
        inside = made.setdefault(block.type, {})
        for label in block.labels[:-1]:
            assert isinstance(inside, dict)
            inside = inside.setdefault(label, {})
        assert isinstance(inside, dict)
        _append(inside, block.labels[-1], content)
    return made


def _append(made: dict[str, Json], name: str, content: Json) -> None:
    held = made.get(name)
    if held is None:
        made[name] = content
    elif isinstance(held, list):
        held.append(content)
    else:
        made[name] = [held, content]


def _body(text: str, body: Body, top: str) -> dict[str, Json]:
    made: dict[str, Json] = {}
    for name, attribute in body.attributes.items():
        made[name] = _argument(text, attribute, top)
    for block in body.blocks:
        content: Json = _body(text, block.body, "lifecycle" if block.type == "lifecycle" else top)
        for label in reversed(block.labels):
            content = {label: content}
        if block.labels and isinstance(made.get(block.type), dict):
            held = made[block.type]
            assert isinstance(held, dict)
            if block.labels[0] in held:
                raise ValueError
            assert isinstance(content, dict)
            held.update(content)
        elif block.labels:
            made[block.type] = content
        else:
            _append(made, block.type, content)
    return made


def _argument(text: str, attribute: Attribute, top: str) -> Json:
    written = text[attribute.expr.start : attribute.expr.end]
    value = constant(attribute.expr)
    if top in ("variable", "terraform") and attribute.name != "validation":
        if attribute.name == "type":
            return written
        if isinstance(value, Missing):
            raise ValueError
        return value
    if attribute.name in ("depends_on", "ignore_changes", "replace_triggered_by"):
        return written if written == "all" else [one.strip() for one in written.strip("[]").split(",") if one.strip()]
    if attribute.name in ("provider", "providers", "source", "version"):
        if written.startswith("{"):
            raise ValueError
        is_text = written.startswith('"') and written.endswith('"')
        return (written[1:-1] if is_text else written) if isinstance(value, Missing) else value
    if not isinstance(value, Missing):
        return escaped(value)
    if isinstance(attribute.expr, TemplateExpr) and attribute.expr.heredoc:
        raise ValueError
    return f"${{{written}}}"


ROOTS: dict[str, RootRewriting] = {
    "module": child_module,
    "module with for_each": repeated_module,
    "module input": module_input,
    "a file for each block": split_files,
    "carriage returns": carriage_returns,
    "byte-order mark": byte_order_mark,
    "OpenTofu files": tofu_files,
    "JSON syntax": json_syntax,
}

"""Module sources that consist of constants, and the directories that a source may name.

Facts: OpenTofu documentation, Module Sources (early evaluation); Terraform 1.15 release notes, constant variables: a
source may use variables with known values, and local values that use only such variables.
"""

from __future__ import annotations

import os
import re

from iplint.syntax.hcl_tree import Attr, Interpolation, Name, TemplateExpr, TemplateText
from iplint.terraform.configuration import local_path, local_source, plain, plain_text
from iplint.terraform.source_map import Relocated
from iplint.workspace import ReadError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from iplint.syntax.hcl_tree import Attribute, Expr, TemplatePart
    from iplint.terraform.configuration import Module, Reader
    from iplint.terraform.source_map import DeclaredBlock

    # Returns the constant text of a variable, by its name; None where it has none.
    Variables: TypeAlias = Callable[[str], str | None]

# Of local values that are made of each other.
MAX_DEPTH = 16
# Of the directories that one computed source may name.
MAX_DIRECTORIES = 200


def local_calls(reader: Reader, directory: str) -> list[str]:
    """Return the absolute directories of the modules that a directory calls by a local path, each once.

    The configuration is not parsed where none of its files can contain such a path.
    """
    if not reader.may_call(directory):
        return []
    module = reader.module(directory)
    found: dict[str, None] = {}
    for call in module.calls.values():
        source = call.body.attributes.get("source")
        if source is None or plain(source) is not None:
            local = local_source(module.directory, call) or _mapped(reader, source)
            found.update(dict.fromkeys([local] if local is not None else []))
        else:
            found.update(dict.fromkeys(possible_directories(reader, module, call)))
    return list(found)


def _mapped(reader: Reader, source: Attribute | None) -> str | None:
    """Return the directory that the configuration gives in place of a source, if it gives one that is here."""
    written = plain(source)
    sources = reader.workspace.sources
    found = sources.find(written) if sources is not None and written is not None else None
    return found if found is not None and reader.is_dir(found) else None


def constant_source(module: Module, call: DeclaredBlock, variables: Variables) -> str | None:
    """Return the source of a call, if it is a text or consists of constants."""
    attribute = call.body.attributes.get("source")
    return constant(attribute.expr, module, variables) if attribute is not None else None


def constant(expr: Expr, module: Module, variables: Variables, depth: int = 0) -> str | None:
    """Return the text of an expression that consists of constants; None for any other."""
    while isinstance(expr, Relocated):
        expr = expr.inner
    match expr:
        case TemplateExpr(parts=parts):
            pieces: list[str] = []
            for part in parts:
                piece = part.text if isinstance(part, TemplateText) else None
                if isinstance(part, Interpolation):
                    piece = constant(part.expr, module, variables, depth)
                if piece is None:
                    return None
                pieces.append(piece)
            return "".join(pieces)
        case Attr(object=Name(name="var"), name=name):
            return variables(name)
        case Attr(object=Name(name="local"), name=name) if depth < MAX_DEPTH and name in module.locals:
            return constant(module.locals[name][0].expr, module, variables, depth + 1)
        case Attr(object=Name(name="path"), name="module"):
            return "."
        case _:
            return None


def default_of(module: Module, name: str) -> str | None:
    """Return the default of a variable, if it is a literal text."""
    declared = module.variables.get(name)
    attribute = declared.body.attributes.get("default") if declared is not None else None
    return plain_text(attribute.expr) if attribute is not None else None


def possible_directories(reader: Reader, module: Module, call: DeclaredBlock) -> list[str]:
    """Return the directories that a source with unknown parts may name: any name in place of an unknown part."""
    attribute = call.body.attributes.get("source")
    expr = attribute.expr if attribute is not None else None
    while isinstance(expr, Relocated):
        expr = expr.inner
    if not isinstance(expr, TemplateExpr) or expr.bare:
        source = constant_source(module, call, lambda name: default_of(module, name))
        directory = local_path(module.directory, source) if source is not None else None
        if directory is not None:
            return [directory]
        # A function may make a path of what is written as one: `format("./modules/%s", var.env)`.
        text = call.source_map.source.text[expr.start : expr.end] if expr is not None else ""
        starts = {match[1] for match in re.finditer(r'"(\.\.?/(?:[^"%$/]+(?:/|(?=")))*)', text)}
        found = [os.path.normpath(os.path.join(module.directory, start)) for start in sorted(starts)]
        return [path for start in found for path in _inside(reader, start, ["", ""])][:MAX_DIRECTORIES]
    written = "".join(
        part.text if isinstance(part, TemplateText) else "." if _is_path(part) else "\0" for part in expr.parts
    )
    if not written.startswith(("./", "../")):
        return []
    found = [module.directory]
    for segment in written.split("/"):
        if "\0" in segment:
            found = [inner for directory in found for inner in _inside(reader, directory, segment.split("\0"))]
        else:
            found = [os.path.normpath(os.path.join(directory, segment)) for directory in found]
    return found[:MAX_DIRECTORIES]


def _is_path(part: TemplatePart) -> bool:
    """Return whether a part of a template is `path.module`."""
    return isinstance(part, Interpolation) and (
        isinstance(part.expr, Attr) and isinstance(part.expr.object, Name) and part.expr.object.name == "path"
    )


def _inside(reader: Reader, directory: str, pieces: list[str]) -> Iterator[str]:
    """Yield the directories in a directory whose names match the known beginning and end of a name."""
    try:
        names = reader.workspace.names(directory)
    except ReadError:
        return
    for name in names:
        if name.startswith(pieces[0]) and name.endswith(pieces[-1]):
            path = os.path.join(directory, name)
            if reader.is_dir(path):
                yield path

"""Terragrunt units: which module a `terragrunt.hcl` deploys, and with which inputs.

Facts: Terragrunt documentation, "HCL: Blocks" (terraform, include, locals), "Attributes" (inputs) and "Functions"
(find_in_parent_folders). Nothing is run: results of functions and outputs of other units are unknown, by name.
"""

from __future__ import annotations

import os

from iplint.resource import Notice, NoticeCause, NoticeKind
from iplint.syntax import hcl
from iplint.syntax.hcl_tree import Call, Interpolation, Name, ObjectCons, TemplateExpr
from iplint.terraform.configuration import configuration_files, local_path, plain, plain_text, unread_lines
from iplint.terraform.source_map import Relocated, SourceMap
from iplint.terraform.variables import Given

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from iplint.syntax.hcl_tree import Attribute, Block, Body, Expr
    from iplint.terraform.configuration import Reader
    from iplint.workspace import Query

UNIT = "terragrunt.hcl"
MAX_INCLUDED = 100


class Unit:
    """A `terragrunt.hcl`, or a component of Terraform Stacks, which has a `name`.

    `module` is the directory that it deploys; None when that is not here. `inputs` are its values; `open` is the reason
    why there may be others, None when there are none. `is_unit` is false of a file that is only included by others.
    `asked` are the files read for it.
    """

    __slots__ = ("asked", "inputs", "is_unit", "module", "name", "notices", "open", "shown")

    def __init__(self, shown: str, name: str = "") -> None:
        self.shown = shown
        self.name = name
        self.module: str | None = None
        self.inputs: dict[str, Given] = {}
        self.open: tuple[Expr, SourceMap] | None = None
        self.notices: list[Notice] = []
        self.is_unit = True
        self.asked: set[Query] = set()

    def given(self, variables: Iterable[str]) -> dict[str, Given]:
        """Return the values for the variables of the module; unknown ones are Unknown by name."""
        given = dict(self.inputs)
        if self.open is not None:
            expr, source_map = self.open
            for name in variables:
                given.setdefault(name, Given(expr, source_map, _label(name, self.shown), certain=False))
        return given

    def take_inputs(
        self, body: Body, locals: Mapping[str, tuple[Attribute, SourceMap]], source_map: SourceMap, shown: str = ""
    ) -> None:
        """Add the inputs in a body, which may use the local values of its file."""
        inputs = body.attributes.get("inputs")
        if inputs is None:
            return
        shown = shown or self.shown
        expr: Expr = inputs.expr
        while isinstance(expr, Relocated):
            expr = expr.inner
        if not isinstance(expr, ObjectCons):
            self.open = self.open or (inputs.expr, source_map)
            message = "inputs are not written out, so what they give is unknown"
            self.notices.append(
                Notice(NoticeKind.UNRESOLVED, shown, message, source_map.of(inputs), cause=NoticeCause.VALUES)
            )
            return
        known: dict[str, Given] = {}
        for name, (attribute, on) in locals.items():
            known[name] = Given(attribute.expr, on, f"local.{name} of {shown}", known)
        for key, value in expr.items:
            named = plain_text(key) or (key.name if isinstance(key, Name) else None)
            if named is not None:
                # What is included is read later and counts less.
                self.inputs.setdefault(named, Given(value, source_map, _label(named, self.shown), known))

    def deploy(self, reader: Reader, directory: str, attribute: Attribute, source_map: SourceMap) -> None:
        """Find the module that a source names, relative to a directory, or report why it is not here."""
        at = source_map.of(attribute)
        source = plain(attribute)
        target = local_path(directory, source) if source is not None else None
        names = ", ".join(self.inputs)
        with_inputs = f"it is called with {names}" if names else "it is called without inputs"
        what = f"component {self.name}" if self.name else "this unit"
        if source is None:
            message = f"the module of {what} was not read: its source is not literal; {with_inputs}"
        elif target is None:
            message = f"the module of {what} was not read: its source {source} is not here; {with_inputs}"
        elif not reader.is_dir(target) or not reader.module(target).files:
            message = f"module source {source} does not exist or holds no configuration"
        else:
            self.module = target
            return
        self.notices.append(
            Notice(NoticeKind.UNRESOLVED, source_map.source.path, message, at, cause=NoticeCause.MODULE)
        )


def read_unit(reader: Reader, path: str) -> Unit:
    """Return the unit in a file; its notices say what could not be read or followed."""
    unit = Unit(reader.workspace.display_path(path))
    with reader.workspace.recording() as unit.asked:
        _fill(reader, path, unit)
    return unit


def _fill(reader: Reader, path: str, unit: Unit) -> None:
    directory = os.path.dirname(path)
    sources = _read(reader, path, directory, unit, {path})
    if any(notice.kind == NoticeKind.UNREADABLE for notice in unit.notices):
        return
    if sources:
        unit.deploy(reader, directory, *sources[0])
    elif configuration_files(reader.workspace.names(directory)):
        unit.module = directory
    else:
        unit.is_unit = False


def _label(name: str, shown: str) -> str:
    return f"input {name} of {shown}"


def _read(reader: Reader, path: str, directory: str, unit: Unit, read: set[str]) -> list[tuple[Attribute, SourceMap]]:
    """Add the inputs of a file and of those that it includes; return the module sources, nearest first.

    `read` are the files already added: a second inclusion has lower precedence and is skipped.
    """
    shown = reader.workspace.display_path(path)
    source = reader.source(path)
    if isinstance(source, str):
        unit.notices.append(Notice(NoticeKind.UNREADABLE, shown, f"the file {source}"))
        return []
    body, problems = hcl.parse(source)
    unit.notices += [unread_lines(problem) for problem in problems]
    source_map = SourceMap(source)
    sources: list[tuple[Attribute, SourceMap]] = []
    for block in body.blocks:
        if block.type == "terraform" and (attribute := block.body.attributes.get("source")) is not None:
            sources.append((attribute, source_map))
    locals = {
        name: (attribute, source_map)
        for block in body.blocks
        if block.type == "locals"
        for name, attribute in block.body.attributes.items()
    }
    unit.take_inputs(body, locals, source_map, shown)
    for block in body.blocks:
        if block.type == "include":
            sources += _include(reader, block, source_map, directory, unit, read)
    return sources


def _include(
    reader: Reader, block: Block, source_map: SourceMap, directory: str, unit: Unit, read: set[str]
) -> list[tuple[Attribute, SourceMap]]:
    path = block.body.attributes.get("path")
    target = _included(reader, path.expr, directory) if path is not None else None
    if target in read:
        return []
    if target is not None and len(read) < MAX_INCLUDED and not isinstance(reader.source(target), str):
        read.add(target)
        return _read(reader, target, directory, unit, read)
    at = source_map.header(block)
    unit.open = unit.open or (path.expr if path is not None else ObjectCons(block.start, block.end, []), source_map)
    message = "what is included here is not read, so the inputs that it gives are unknown"
    unit.notices.append(Notice(NoticeKind.UNRESOLVED, source_map.source.path, message, at, cause=NoticeCause.VALUES))
    return []


def _included(reader: Reader, expr: Expr, directory: str) -> str | None:
    """Return the included file: a literal path, or the nearest with a name in the directories above."""
    if isinstance(expr, TemplateExpr) and expr.bare and isinstance(expr.parts[0], Interpolation):
        expr = expr.parts[0].expr
    written = plain_text(expr)
    if written is not None:
        return os.path.normpath(os.path.join(directory, written)) if "\0" not in written else None
    match expr:
        case Call(name="find_in_parent_folders", args=[]):
            name = UNIT
        case Call(name="find_in_parent_folders", args=[argument]):
            name = plain_text(argument) or ""
        case _:
            return None
    above = os.path.dirname(directory)
    while name and "\0" not in name and reader.is_dir(above):
        path = os.path.normpath(os.path.join(above, name))
        if reader.workspace.exists(path):
            return path
        if os.path.dirname(above) == above:
            break
        above = os.path.dirname(above)
    return None

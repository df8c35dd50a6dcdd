"""Every text that a module holds, wherever it is and whichever branch of a condition it is in."""

from __future__ import annotations

import os
import re
from functools import partial

from iplint.aws.marks import KEY_MAKERS, may_hold_key, names_key
from iplint.budget import charge
from iplint.location import Origin, Source
from iplint.resource import Notice, NoticeCause, NoticeKind, Passed, Passing, TextOccurrence, joined_comments, unnamed
from iplint.syntax import hcl
from iplint.syntax.hcl_tree import (
    Attr,
    Binary,
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
from iplint.terraform import computed, files, functions
from iplint.terraform.body import in_source_of, open_repetition, produced_type, repetitions
from iplint.terraform.configuration import plain, plain_text
from iplint.terraform.expression import LAZY_FUNCTIONS, STEPS_A_PIECE, assembled, elements, evaluate
from iplint.terraform.scope import Scope
from iplint.terraform.source_map import Relocated, RelocatedBlock, SourceMap
from iplint.terraform.variables import constraint
from iplint.value import (
    STEPS_AN_ITEM,
    Absent,
    Chunk,
    Known,
    Map,
    Reason,
    Seq,
    Text,
    Unknown,
    UnreadFile,
    as_text,
    literal_text,
    spread,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Protocol

    from iplint.resource import CanSkip
    from iplint.scenario import Again
    from iplint.syntax.hcl_tree import Attribute, Block, Body, Expr, TemplatePart
    from iplint.terraform.configuration import Module, Reader, Sifted
    from iplint.terraform.repetition import Placed
    from iplint.terraform.scope import EvalContext
    from iplint.terraform.source_map import DeclaredBlock
    from iplint.terraform.variables import Given
    from iplint.value import Lazy, Value

    class ModuleTexts(EvalContext, Protocol):
        """A module instance, as far as its texts are searched."""

        module: Module
        prefix: str

        @property
        def given(self) -> Mapping[str, Given]:
            """Return the values given to the variables of a root module."""
            ...

        def scope(self, source_map: SourceMap) -> Scope:
            """Return the scope for a source map of the module."""
            ...

        def instances_of(self, declared: DeclaredBlock) -> Sequence[Placed]:
            """Return the instances of a resource or data source."""
            ...

        def scopes_of(self, call: str) -> list[Scope]:
            """Return the scopes in which the arguments of a module call are evaluated."""
            ...


NOTHING: Sifted = ([], [])
# What these arguments name are blocks and provider configurations, which need not be declared here: no values.
NAMING_BLOCKS = frozenset(
    (
        "configuration_aliases",
        "depends_on",
        "from",
        "ignore_changes",
        "provider",
        "providers",
        "replace_triggered_by",
        "to",
    )
)
# What it costs to search a text for keys, in steps of a budget; and how many of its characters cost one more.
STEPS_A_TEXT = 100
CHARACTERS_A_STEP = 2
# Names that lead to no resource and no other module by themselves.
NEAR = frozenset(("count", "each", "local", "path", "self", "terraform", "var"))
# Terraform documentation, "remote-exec", "file": the arguments of provisioners that name files.
SCRIPTS = {"remote-exec": ("script", "scripts"), "file": ("source",)}
RUN = SCRIPTS["remote-exec"]
# What names a script in a command, and how many of them are read.
LOCAL_EXEC = "local-exec"
SCRIPT_NAME = r"(?<![\w@%+=:,./~-])[\w@%+=:,./~-]+\.(?:bash|js|mjs|pl|ps1|psm1|py|rb|sh|ts)(?![\w.])"
MAX_SCRIPTS = 8
# The attributes that hold a text which a block makes or reads.
COMPUTED = ("rendered", "content", "content_base64")
# AWS and local provider documentation: the arguments that name files which are written elsewhere as they are.
UPLOADS = {
    "aws_s3_object": ("source",),
    "aws_s3_bucket_object": ("source",),
    "local_file": ("source",),
    "local_sensitive_file": ("source",),
    "archive_file": ("source_file",),
}
# All files of a directory that a provisioner sends.
ALL_FILES = "**"
# Under which keys an object, or a block, keeps the kind, the name and the value of something.
KINDS = ("type", "Type")
TITLES = ("name", "Name", "key", "Key", "secret_name", "variable_name")
NAMING = frozenset((*KINDS, *TITLES))
VALUES = frozenset(("value", "Value", "plaintext_value"))
# What these functions render is a template that may not be here.
TEMPLATES = {"templatefile", "templatestring"}
# What these functions decode writes a line break in a text as an escape.
ESCAPING = {"jsondecode", "yamldecode", "provider::terraform::decode_tfvars"}
# What a function passes on that is not known here: a provider's, or one of Packer's, that may be given names.
NOT_KNOWN = Passed(Passing.PART, ())
# Every member of their results is searched where it is written.
HELD_APART = (Passing.NONE, Passing.MEMBERS)


def comments(module: Module, reader: Reader) -> Iterator[TextOccurrence]:
    """Yield the comments of a module's files that may contain a key: consecutive ones as one text."""
    for shown in module.files:
        source = reader.source(os.path.join(module.directory, os.path.basename(shown)))
        if isinstance(source, Source) and not shown.endswith(".json") and may_hold_key(source.text):
            for text in joined_comments(source, hcl.comments(source.text)):
                at = text.span(0, len(text.flat))
                yield TextOccurrence(Known(text, at), ("comment",), shown, "")


def passed_by(call: Call) -> Passed:
    """Return which texts of its arguments the result of a call contains, and how."""
    name = call.name.removeprefix("core::")
    if name.startswith("provider::"):
        from iplint.terraform import functions_provider  # few configurations call one

        return functions_provider.passed_by(name) or NOT_KNOWN
    return LAZY_FUNCTIONS.get(name) or files.passed_by(name) or functions.passed_by(name) or NOT_KNOWN


def text_occurrences(module: ModuleTexts, silent: CanSkip, note: Callable[[Notice], None]) -> Iterator[TextOccurrence]:
    """Yield the texts of one module instance, in the order of the text within each kind of block.

    `note` gets the scripts that provisioners run and that are not read.
    """
    sieve = TextFilter(silent, module.module)
    for declared in module.module.resources:
        if (
            not _computed(declared)
            and declared.label(0) not in UPLOADS
            and sieve.body(declared.body, declared.source_map, (), "", declared.label(0)) == NOTHING
        ):
            continue
        instances = module.instances_of(declared)
        each = _quiet_collection(instances, sieve) if len(instances) > 1 else None
        for placed in instances:
            yield from _resource(placed, sieve, note, each)
    for kind, blocks in _other_blocks(module):
        for declared in blocks:
            name = declared.label(0)
            holder = module.prefix + ".".join((kind, *declared.block.labels))
            walk = Walk(holder, f"{kind} {name}" if kind in ("provider", "action") else "", sieve)
            yield from walk.body(declared.body, module.scope(declared.source_map), ())
            type = constraint(declared) if kind == "variable" else None
            if type is not None:
                yield from walk.optional_defaults(type.expr, module.scope(type.source_map), ())
    for name, (attribute, source_map) in module.module.locals.items():
        holder = f"{module.prefix}local.{name}"
        if not sieve.can_skip(attribute.expr, source_map, (name,), holder, ""):
            yield from Walk(holder, "", sieve).expression(attribute.expr, module.scope(source_map), (name,))
    for name, declared in module.module.calls.items():
        walk = Walk(f"{module.prefix}module.{name}", "", sieve)
        searched: Expr | None = None
        for scope in module.scopes_of(name):
            yield from walk.body(declared.body, scope, (), searched)
            # It is the same in each of them.
            searched = _collection(declared)
    for name, given in module.given.items():
        unnamed = Unknown((), given.source_map.of(given.expr))
        walk = Walk(f"variable.{name}", "", sieve)
        yield from walk.expression(given.expr, Scope(module, given.source_map, "", {}, unnamed), (name,))


def _other_blocks(module: ModuleTexts) -> list[tuple[str, list[DeclaredBlock]]]:
    written = module.module
    others: dict[str, list[DeclaredBlock]] = {declared.block.type: [] for declared in written.others}
    for declared in written.others:
        others[declared.block.type].append(declared)
    return [
        ("provider", written.providers),
        ("variable", list(written.variables.values())),
        ("output", list(written.outputs.values())),
        ("terraform", written.settings),
        *others.items(),
    ]


def _computed(declared: DeclaredBlock) -> list[str]:
    """Return the attributes in which a block renders a text, or reads one from a file: texts written nowhere else."""
    made = computed.makers(declared.label(0), declared.block.type == "data")
    return [name for name in COMPUTED if name in made]


def _collection(declared: DeclaredBlock) -> Expr | None:
    """Return what a block is repeated over."""
    each = declared.body.attributes.get("for_each")
    return each.expr if each is not None else None


def _quiet_collection(instances: Sequence[Placed], sieve: TextFilter) -> Expr | None:
    """Return what a block is repeated over, if all texts in it are literal and no search finds anything in them.

    Each of many instances would go through all that the others are made of.
    """
    one = instances[0]
    declared, resource = one.declared, one.resource
    arguments, _ = sieve.body(declared.body, declared.source_map, (), resource.address, resource.type)
    collection = _collection(declared)
    names, expr, refers = next((found for found in arguments if found[1] is collection), ((), None, False))
    if expr is None or refers:
        return None
    walk = Walk(resource.address, resource.type, sieve)
    return expr if all(_is_quiet(found, sieve) for found in walk.expression(expr, one.scope, names)) else None


def _is_quiet(found: TextOccurrence, sieve: TextFilter) -> bool:
    """Return whether a text is literal, takes in no value of an input, and no search finds anything in it."""
    value = found.value
    if not isinstance(value, Known) or not isinstance(value.value, Text) or value.input is not None:
        return False
    text = value.value
    is_literal = text.encodes is None and all(isinstance(piece, Chunk) and piece.given is None for piece in text.pieces)
    return (
        is_literal and found.again is None and sieve.is_silent(text.flat, found.names, found.holder, found.holder_type)
    )


def _resource(
    placed: Placed, sieve: TextFilter, note: Callable[[Notice], None], searched: Expr | None
) -> Iterator[TextOccurrence]:
    """Yield the texts of an instance; those of an argument that was `searched` are left out."""
    resource = placed.resource
    walk = Walk(resource.address, resource.type, sieve, note)
    yield from walk.body(placed.declared.body, placed.scope, (), searched)
    for name in UPLOADS.get(placed.declared.label(0), ()):
        attribute = placed.declared.body.attributes.get(name)
        for path in spread(evaluate(attribute.expr, placed.scope)) if attribute is not None else ():
            found = placed.scope.context.call("file", [path], placed.scope, path.at)
            if isinstance(found, Known) or (
                isinstance(found, Unknown) and any(isinstance(reason, UnreadFile) for reason in found.reasons)
            ):
                yield walk.occurrence(found, (name,))
    for name in _computed(placed.declared):
        properties = resource.properties
        if isinstance(properties, Known) and isinstance(properties.value, Map):
            rendered = properties.value.get(name)
            if isinstance(rendered, Known):
                yield walk.occurrence(rendered, (name,))


class TextFilter:
    """Find what can be skipped in a module, in every scope: expressions that contain only silent texts and references.
    The result is computed once and is valid for all instances of the module.
    """

    __slots__ = ("_bodies", "_expressions", "_silent")

    def __init__(self, silent: CanSkip, module: Module | None = None) -> None:
        self._silent = silent
        self._bodies: dict[Body, Sifted] = module.sifted if module is not None else {}
        self._expressions: dict[Expr, bool] = module.held_back if module is not None else {}

    def body(self, body: Body, source_map: SourceMap, names: tuple[str, ...], holder: str, type: str) -> Sifted:
        """Return the part of a body that cannot be skipped."""
        found = self._bodies.get(body)
        if found is None:
            found = self._bodies[body] = self._sift(body, source_map, names, holder, type)
        return found

    def _sift(self, body: Body, source_map: SourceMap, names: tuple[str, ...], holder: str, type: str) -> Sifted:
        beside = _name_beside(body.attributes)
        arguments: list[tuple[tuple[str, ...], Expr, bool]] = []
        for name, attribute in body.attributes.items():
            if name == "type" and holder.rpartition(".")[0].endswith("variable"):
                continue
            if name in NAMING_BLOCKS and not isinstance(attribute.expr, TemplateExpr):
                continue
            named = bool(beside) and name in VALUES
            inner = (*names, name, *beside) if named else (*names, name)
            refers = _may_refer(attribute.expr) and (
                named or self.names_key(inner, holder, type) or _takes_key(attribute.expr)
            )
            if refers or not self.can_skip(attribute.expr, source_map, inner, holder, type):
                arguments.append((inner, attribute.expr, refers))
        blocks = [block for block in body.blocks if not self._holds_block(block, source_map, names, holder, type)]
        return arguments, blocks

    def is_silent(self, text: str, names: tuple[str, ...], holder: str, type: str) -> bool:
        """Return whether no search finds anything in a text."""
        return self._silent(text, names, holder, type)

    def names_key(self, names: tuple[str, ...], holder: str, type: str) -> bool:
        """Return whether a value with this name is a key."""
        return not self._silent("", names, holder, type)

    def _holds_block(self, block: Block, source_map: SourceMap, names: tuple[str, ...], holder: str, type: str) -> bool:
        if isinstance(block, RelocatedBlock):
            return False
        inner = (*names, produced_type(block))
        if block.type != "dynamic":
            return (
                not _naming_files(block)
                and not _is_local(block)
                and self.body(block.body, source_map, inner, holder, type) == NOTHING
            )
        over = block.body.attributes.get("for_each")
        if over is not None and not self.can_skip(over.expr, source_map, (*inner, "for_each"), holder, type):
            return False
        return all(self.body(content.body, source_map, inner, holder, type) == NOTHING for content in block.body.blocks)

    def can_skip(self, expr: Expr, source_map: SourceMap, names: tuple[str, ...], holder: str, type: str) -> bool:
        """Return whether an expression contains nothing to report, so that it can be skipped."""
        # What a resource's argument of this name is called depends on its instance.
        if source_map.__class__ is not SourceMap or (type and names == ("default",)):
            return False
        found = self._expressions.get(expr)
        if found is None:

            def said(text: str, names: tuple[str, ...]) -> bool:
                return not self._silent(text, names, holder, type)

            found = self._expressions[expr] = not _says(expr, names, said)
        return found


def _named_items(items: Sequence[Expr], names: tuple[str, ...]) -> Iterator[tuple[Expr, tuple[str, ...]]]:
    """Yield the items of a list with their names: what follows the name of a part of a key is its value."""
    before = ""
    for item in items:
        yield item, (*names, before.lstrip("-")) if names_key(before) else names
        before = plain_text(item) or ""


def _says(expr: Expr, names: tuple[str, ...], said: Callable[[str, tuple[str, ...]], bool]) -> bool:
    """Return whether an expression contains a text for which `said` is true, or depends on its scope."""
    match expr:
        case TemplateExpr(parts=parts):
            texts = [part.text for part in parts if isinstance(part, TemplateText)]
            if len(texts) == len(parts):
                return bool(parts) and said("".join(texts), names)
            if not expr.bare:
                return True
            return any(not isinstance(part, Interpolation) or _says(part.expr, names, said) for part in parts)
        case Call(args=args) if passed_by(expr).how in (*HELD_APART, Passing.SAME):
            if _may_refer(expr) and said("", names):
                return True
            return any(_says(arg, names, said) or _may_lead_to_key(arg, said) for arg in args)
        case Relocated() | Call() | ForExpr():
            return True
        case Parens(inner=inner):
            return _says(inner, names, said)
        case Attr(object=inner) | Index(object=inner) | Splat(object=inner):
            return not isinstance(inner, Name) and _says(inner, names, said)
        case TupleCons(items=items):
            return any(
                _says(item, name, said) or (name != names and (_may_refer(item) or _takes_key(item)))
                for item, name in _named_items(items, names)
            )
        case ObjectCons(items=items):
            keys = [plain_text(key) for key, _ in items]
            if None in keys or (not NAMING.isdisjoint(keys) and not VALUES.isdisjoint(keys)):
                return True
            if any(key is not None and said(key, unnamed(names)) for key in keys):
                return True
            named = [((*names, key or ""), value) for key, (_, value) in zip(keys, items, strict=True)]
            return any(
                _says(value, name, said) or (_may_refer(value) and said("", name)) or _takes_key(value)
                for name, value in named
            )
        case Conditional(cond=condition, then=then, otherwise=otherwise):
            branches = _says(then, names, said) or _says(otherwise, names, said)
            return branches or _says(condition, unnamed(names), said)
        case Binary():
            return any(_says(operand, unnamed(names), said) for operand in _operands(expr))
        case Unary(operand=operand):
            return _says(operand, unnamed(names), said)
        case _:
            return False


def _operands(expr: Binary) -> list[Expr]:
    """Return the operands of a chain of operators, in the order of the text: such chains may be long."""
    operands: list[Expr] = []
    rest: Expr = expr
    while isinstance(rest, Binary):
        operands.append(rest.right)
        rest = rest.left
    return [rest, *reversed(operands)]


def _may_refer(expr: Expr) -> bool:
    """Return whether the target of a reference may be the value of an expression, or a part of it."""
    match expr:
        case TemplateExpr(parts=[Interpolation(expr=inner)], bare=True) | Parens(inner=inner):
            return _may_refer(inner)
        case Attr() | Index() | Splat():
            return True
        case Conditional(then=then, otherwise=otherwise):
            return _may_refer(then) or _may_refer(otherwise)
        case Call(args=args):
            passed = passed_by(expr)
            return passed is NOT_KNOWN or any(passed.has(at) and _may_refer(arg) for at, arg in enumerate(args))
        case _:
            return False


def _takes_key(expr: Expr) -> bool:
    """Return whether an expression refers to a resource that generates access keys."""
    match expr:
        case TemplateExpr(parts=[Interpolation(expr=inner)], bare=True) | Parens(inner=inner):
            return _takes_key(inner)
        case Name(name=name):
            return name in KEY_MAKERS
        case Attr(object=inner) | Index(object=inner) | Splat(object=inner):
            return _takes_key(inner)
        case Conditional(then=then, otherwise=otherwise):
            return _takes_key(then) or _takes_key(otherwise)
        case Call(args=args):
            return any(map(_takes_key, args))
        case _:
            return False


def _may_lead_to_key(expr: Expr, said: Callable[[str, tuple[str, ...]], bool]) -> bool:
    """Return whether a reference is to a resource or module, or to something with the name of a key."""
    while isinstance(expr, Attr | Index | Splat):
        if isinstance(expr, Attr) and said("", (expr.name,)):
            return True
        expr = expr.object
    return isinstance(expr, Name) and expr.name not in NEAR


class Walk:
    """Walk through the texts of one block. `note` gets the scripts that it runs and that are not read."""

    __slots__ = ("_holder", "_is_compared", "_is_inside", "_note", "_sieve", "_type")

    def __init__(
        self, holder: str, type: str, sieve: TextFilter, note: Callable[[Notice], None] = lambda notice: None
    ) -> None:
        self._note = note
        # Whether a text was found that contains all that is walked through now.
        self._is_inside = False
        # Whether what is walked through now only decides something.
        self._is_compared = False
        self._holder = holder
        self._type = type
        self._sieve = sieve

    def occurrence(self, value: Value, names: tuple[str, ...], again: Again | None = None) -> TextOccurrence:
        """Return a text of this block; `again` makes it as it is in another scenario."""
        if isinstance(value, Known) and isinstance(value.value, Text):
            pieces = len(value.value.pieces)
            charge(STEPS_A_TEXT + STEPS_A_PIECE * pieces + value.value.size // CHARACTERS_A_STEP)
        return TextOccurrence(value, names, self._holder, self._type, again=again)

    def body(
        self, body: Body, scope: Scope, names: tuple[str, ...], searched: Expr | None = None
    ) -> Iterator[TextOccurrence]:
        """Yield the texts of a body, without those of an argument that was `searched`."""
        arguments, blocks = self._sieve.body(body, scope.source_map, names, self._holder, self._type)
        for inner, expr, refers in arguments:
            if expr is searched:
                continue
            if refers:
                yield from self._reference(expr, scope, inner)
            yield from self.expression(expr, scope, inner)
        for block in blocks:
            yield from self._block(block, in_source_of(block, scope), names)

    def _block(self, block: Block, scope: Scope, names: tuple[str, ...]) -> Iterator[TextOccurrence]:
        inner = (*names, produced_type(block))
        if block.type != "dynamic":
            yield from self.body(block.body, scope, inner)
            for name in _naming_files(block):
                yield from self._files(block.body.attributes[name].expr, scope, (*inner, name))
            if _is_local(block):
                yield from self._run(block.body, scope, inner)
            return
        over = block.body.attributes.get("for_each")
        if over is not None:
            yield from self.expression(over.expr, scope, (*inner, "for_each"))
        scopes = [found for found in repetitions(block, scope) if isinstance(found, Scope)]
        for content in block.body.blocks:
            for one in scopes or [open_repetition(block, scope)]:
                yield from self.body(content.body, one, inner)

    def _files(self, paths: Expr, scope: Scope, names: tuple[str, ...]) -> Iterator[TextOccurrence]:
        """Yield the texts of the files that a provisioner runs or sends."""
        for path in spread(evaluate(paths, scope)):
            for found in _sent(path, scope):
                if isinstance(found, Known) and isinstance(found.value, Text):
                    yield self.occurrence(found, names)
                elif isinstance(found, Unknown):
                    yield self.occurrence(found, names)
                    self._note_unread(path, found, names)

    def _run(self, body: Body, scope: Scope, names: tuple[str, ...]) -> Iterator[TextOccurrence]:
        """Yield the texts of the scripts that a command runs where Terraform runs, in its directory or below."""
        command = body.attributes.get("command")
        value = evaluate(command.expr, scope) if command is not None else None
        if not isinstance(value, Known) or not isinstance(value.value, Text):
            return
        working = body.attributes.get("working_dir")
        directory = as_text(evaluate(working.expr, scope)) if working is not None else ""
        found = dict.fromkeys(re.findall(SCRIPT_NAME, value.value.flat)) if directory is not None else ()
        for name in list(found)[:MAX_SCRIPTS]:
            path = literal_text(os.path.join(directory or "", name), Origin(value.at))
            script = scope.context.call("file", [Known(path, value.at)], scope, value.at)
            if isinstance(script, Known) and isinstance(script.value, Text):
                yield self.occurrence(script, (*names, "command"))

    def _note_unread(self, path: Value, found: Unknown, names: tuple[str, ...]) -> None:
        """Report a script whose file is unknown; named files that are not read are reported for every text."""
        if names[-1] not in RUN or any(isinstance(reason, UnreadFile) for reason in found.reasons):
            return
        reasons = " and ".join(reason.what for reason in found.reasons)
        message = f"{self._holder} runs a script that was not read: {reasons}"
        at = path.trail[0].at if path.trail else path.at
        self._note(Notice(NoticeKind.UNRESOLVED, at.path, message, at, cause=NoticeCause.FILE))

    def _reference(self, expr: Expr, scope: Scope, names: tuple[str, ...]) -> Iterator[TextOccurrence]:
        """Yield the values of references that are assigned to a key's name, or refer to one.

        A reference in a call counts where the function passes it on and the result is unknown.
        """
        match expr:
            case Relocated(inner=inner, source_map=source_map):
                yield from self._reference(inner, scope.on(source_map), names)
            case TemplateExpr(parts=[Interpolation(expr=inner)], bare=True) | Parens(inner=inner):
                yield from self._reference(inner, scope, names)
            case Conditional(then=then, otherwise=otherwise):
                yield from self._reference(then, scope, names)
                yield from self._reference(otherwise, scope, names)
            case Attr(object=Call() as call) | Index(object=Call() as call) if isinstance(
                evaluate(call, scope), Unknown
            ):
                yield from self._reference(call, scope, names)
            case Attr() | Index() | Splat():
                made, again = scope.context.scenario.varying(partial(evaluate, expr, scope))
                if isinstance(made, Known) and isinstance(made.value, Seq):
                    again = None
                for value in spread(made):
                    if isinstance(value, Unknown) or (isinstance(value, Known) and isinstance(value.value, Text)):
                        yield self.occurrence(value, names, again)
            case Call(args=args):
                passed = passed_by(expr)
                value = evaluate(expr, scope)
                if passed is NOT_KNOWN and isinstance(value, Unknown):
                    yield self.occurrence(value, names)
                elif passed.how is Passing.SAME or isinstance(value, Unknown):
                    for at, arg in enumerate(args):
                        if passed.has(at):
                            yield from self._reference(arg, scope, names)
            case _:
                pass

    def expression(self, expr: Expr, scope: Scope, names: tuple[str, ...]) -> Iterator[TextOccurrence]:
        """Yield the texts that an expression contains; those of its references are reported where they are written."""
        match expr:
            case Literal() | Name():
                pass
            case TemplateExpr():
                yield from self._template(expr, scope, names)
            case Relocated(inner=inner, source_map=source_map):
                yield from self.expression(inner, scope.on(source_map), names)
            case Parens(inner=inner):
                yield from self.expression(inner, scope, names)
            case Attr(object=inner) | Index(object=inner) | Splat(object=inner):
                if not isinstance(inner, Name):
                    yield from self.expression(inner, scope, names)
            case Call():
                yield from self._call(expr, scope, names)
            case TupleCons(items=items):
                for item, name in _named_items(items, names):
                    if name != names:
                        yield from self._reference(item, scope, name)
                    yield from self.expression(item, scope, name)
            case ObjectCons():
                yield from self._object(expr, scope, names)
            case Conditional(cond=condition, then=then, otherwise=otherwise):
                yield from self._compared(condition, scope, names)
                yield from self.expression(then, scope, names)
                yield from self.expression(otherwise, scope, names)
            case ForExpr():
                yield from self._for(expr, scope, names)
            case Binary():
                # A compared literal is in the configuration too, whatever its name.
                for operand in _operands(expr):
                    yield from self._compared(operand, scope, names)
            case Unary(operand=operand):
                yield from self.expression(operand, scope, unnamed(names))
            case _:
                pass

    def _compared(self, expr: Expr, scope: Scope, names: tuple[str, ...]) -> Iterator[TextOccurrence]:
        """Yield the texts in what only decides something: a value that is not known there is in no text."""
        outer, self._is_compared = self._is_compared, True
        yield from self.expression(expr, scope, unnamed(names))
        self._is_compared = outer

    def optional_defaults(self, type: Expr, scope: Scope, names: tuple[str, ...]) -> Iterator[TextOccurrence]:
        """Yield the texts in the optional defaults of a type's attributes."""
        match type:
            case Call(name="optional", args=[inner, *defaults]):
                yield from self.optional_defaults(inner, scope, names)
                for default in defaults:
                    yield from self.expression(default, scope, names)
            case Call(args=args) | TupleCons(items=args):
                for inner in args:
                    yield from self.optional_defaults(inner, scope, names)
            case ObjectCons(items=items):
                for key, inner in items:
                    yield from self.optional_defaults(inner, scope, (*names, plain_text(key) or ""))
            case _:
                pass

    def _template(self, expr: TemplateExpr, scope: Scope, names: tuple[str, ...]) -> Iterator[TextOccurrence]:
        if not expr.parts:
            return
        if expr.bare:
            yield from self._inside(expr.parts, scope, names)
            return
        value, again = scope.context.scenario.varying(partial(_text, expr, scope))
        yield self.occurrence(value, names, again)
        outer, self._is_inside = self._is_inside, True
        yield from self._inside(expr.parts, scope, names)
        self._is_inside = outer

    def _inside(self, parts: Sequence[TemplatePart], scope: Scope, names: tuple[str, ...]) -> Iterator[TextOccurrence]:
        """Yield the texts inside interpolations, and in the branches of directives."""
        for part in parts:
            match part:
                case TemplateText():
                    pass
                case Interpolation(expr=inner):
                    yield from self.expression(inner, scope, names)
                case TemplateIf(then=then, otherwise=otherwise):
                    for branch in (then, otherwise):
                        yield from self._branch(branch, scope, names)
                case TemplateFor(body=body, key=key, value=value):
                    yield from self._branch(body, _unbound(scope, key, value, part), names)

    def _branch(self, parts: Sequence[TemplatePart], scope: Scope, names: tuple[str, ...]) -> Iterator[TextOccurrence]:
        if not parts:
            return
        at = scope.source_map.span(parts[0].start, parts[-1].end)
        yield self.occurrence(assembled(parts, scope, at, whole=False), names)
        yield from self._inside(parts, scope, names)

    def _call(self, expr: Call, scope: Scope, names: tuple[str, ...]) -> Iterator[TextOccurrence]:
        passed = passed_by(expr)
        if passed.how is Passing.SAME and self._sieve.can_skip(expr, scope.source_map, names, self._holder, self._type):
            return
        value: Value | None = None
        again: Again | None = None
        if passed.how not in HELD_APART:
            value, again = scope.context.scenario.varying(partial(evaluate, expr, scope))
        text = isinstance(value, Known) and isinstance(value.value, Text)
        if value is not None and (text or (again is not None and not self._is_compared)):
            yield self.occurrence(value, names, again)
        if not text and passed.how is Passing.PART and isinstance(value, Known):
            for item in spread(value):
                if isinstance(item, Known) and isinstance(item.value, Text):
                    yield self.occurrence(item, names)
        if not text and expr.name in ESCAPING and isinstance(value, Known):
            written = evaluate(expr.args[0], scope) if expr.args else value
            # What was encoded here is searched where it is written.
            if isinstance(written, Known) and isinstance(written.value, Text) and written.value.encodes is None:
                yield from self._decoded(value, names)
        if not text and expr.name in TEMPLATES and len(expr.args) > 1 and isinstance(expr.args[1], ObjectCons):
            # Of a template that is not here, it is to be expected that it writes what it is given.
            for _, given in expr.args[1].items:
                yield from self._reference(given, scope, names)
        covered = text and passed.how in (Passing.TOGETHER, Passing.ENCODED)
        outer, self._is_inside = self._is_inside, self._is_inside or covered
        for at, arg in enumerate(expr.args):
            if not covered or not _is_plain(arg):
                yield from self.expression(arg, scope, names if passed.has(at) else unnamed(names))
        self._is_inside = outer

    def _decoded(self, value: Value, names: tuple[str, ...]) -> Iterator[TextOccurrence]:
        """Yield the texts of a decoded document, which has escapes where they have line breaks."""
        match value:
            case Known(Text()):
                yield self.occurrence(value, names)
            case Known(Seq() as items):
                charge(STEPS_AN_ITEM * (1 + len(items)))
                for item in items:
                    yield from self._decoded(item, names)
            case Known(Map() as members):
                charge(STEPS_AN_ITEM * (1 + len(members)))
                for key in members:
                    member = members.get(key)
                    if member is not None:
                        yield from self._decoded(member, (*names, key))
            case _:
                pass

    def _object(self, expr: ObjectCons, scope: Scope, names: tuple[str, ...]) -> Iterator[TextOccurrence]:
        keys = [plain_text(key) or as_text(evaluate(key, scope)) for key, _ in expr.items]
        beside = [
            text
            for wanted in (KINDS, TITLES)
            for key, (_, value) in zip(keys, expr.items, strict=True)
            if key in wanted and (text := as_text(evaluate(value, scope)))
        ]
        for key, (written, value) in zip(keys, expr.items, strict=True):
            if key is not None and not self._sieve.is_silent(key, unnamed(names), self._holder, self._type):
                at = scope.span(written)
                yield self.occurrence(Known(literal_text(key, Origin(at)), at), unnamed(names))
            inner = (*names, key) if key is not None else names
            if beside and key in VALUES:
                inner = (*inner, *beside)
                yield from self._reference(value, scope, inner)
            elif _takes_key(value) or (key is not None and self._sieve.names_key(inner, self._holder, self._type)):
                yield from self._reference(value, scope, inner)
            yield from self.expression(value, scope, inner)

    def _for(self, expr: ForExpr, scope: Scope, names: tuple[str, ...]) -> Iterator[TextOccurrence]:
        yield from self.expression(expr.collection, scope, names)
        found = elements(evaluate(expr.collection, scope), expr)
        pairs, more = ([], found) if isinstance(found, Unknown) else found
        if not pairs or (more is not None and more.ref is not None and not self._is_inside):
            # Of a resource, AWS sets more attributes than are written: a secret, for example.
            yield from self.expression(expr.value_expr, _unbound(scope, expr.key, expr.value, expr, more), names)
        for position, (key, value) in enumerate(pairs):
            bound: dict[str, Lazy] = {expr.value: value}
            if expr.key is not None:
                bound[expr.key] = key
            yield from self.expression(expr.value_expr, scope.binding(bound, f"[{position}]"), names)


def _text(expr: TemplateExpr, scope: Scope) -> Value:
    """Return the value of a template; where the whole is unknown, the text of its parts."""
    value = evaluate(expr, scope)
    return value if isinstance(value, Known) else assembled(expr.parts, scope, scope.span(expr), whole=False)


def _sent(path: Value, scope: Scope) -> Iterator[Value]:
    """Yield the texts of a file, or of all files in a directory, that a provisioner sends."""
    found = scope.context.call("file", [path], scope, path.at)
    pattern = Known(literal_text(ALL_FILES, Origin(path.at)), path.at)
    directory = as_text(path) if isinstance(found, Unknown) else None
    names = scope.context.call("fileset", [path, pattern], scope, path.at) if directory is not None else None
    inner = [as_text(name) for name in spread(names)] if isinstance(names, Known) else []
    if found is not None and not inner:
        yield found
    for name in inner:
        whole = Known(literal_text(f"{directory}/{name}", Origin(path.at)), path.at)
        yield scope.context.call("file", [whole], scope, path.at) or Absent(path.at)


def _unbound(
    scope: Scope, key: str | None, value: str, node: ForExpr | TemplateFor, more: Unknown | None = None
) -> Scope:
    """Return the scope of an iteration with an unknown element, one of `more` where that is known."""
    at = scope.span(node)
    reasons = (Reason("what is repeated over", at),)
    names: dict[str, Lazy] = {value: Unknown(reasons, at, ref=more.ref if more is not None else None)}
    if key is not None:
        names[key] = Unknown(reasons, at)
    return scope.binding(names, "[*]")


def _name_beside(attributes: dict[str, Attribute]) -> tuple[str, ...]:
    """Return the kind and the name of an argument that it names, when its neighbours give them."""
    name = next((name for one in TITLES if (name := plain(attributes.get(one)))), None)
    kind = plain(attributes.get("type"))
    return (kind, name) if kind and name else (name,) if name else ()


def _naming_files(block: Block) -> list[str]:
    """Return the arguments of a provisioner that name files which it runs or sends."""
    named = SCRIPTS.get(block.labels[0], ()) if block.type == "provisioner" and block.labels else ()
    return [name for name in named if name in block.body.attributes]


def _is_local(block: Block) -> bool:
    """Return whether a block is a provisioner that runs a command where Terraform runs."""
    return block.type == "provisioner" and block.labels[:1] == [LOCAL_EXEC] and "command" in block.body.attributes


def _is_plain(expr: Expr) -> bool:
    """Return whether an argument is contained whole in the text that it is part of."""
    match expr:
        case TemplateExpr(parts=parts):
            return all(isinstance(part, TemplateText) for part in parts)
        case TupleCons(items=items):
            return all(_is_plain(item) for item in items)
        case _:
            return isinstance(expr, Literal)

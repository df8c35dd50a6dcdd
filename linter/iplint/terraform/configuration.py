"""The configuration of one directory as it is written, independent of any scenario."""

from __future__ import annotations

import os

from iplint.aws.marks import TERRAFORM_SUFFIXES, TOFU_SUFFIXES, VARIABLE_SUFFIXES
from iplint.resource import MARK, Notice, NoticeCause, NoticeKind
from iplint.syntax import hcl
from iplint.syntax.hcl_tree import (
    Attribute,
    Block,
    Body,
    Literal,
    ObjectCons,
    TemplateExpr,
    TemplateText,
    TupleCons,
)
from iplint.syntax.problem import SyntaxProblem
from iplint.terraform.source_map import DeclaredBlock, Relocated, RelocatedBlock, SourceMap
from iplint.workspace import ReadError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import TypeAlias, TypeVar

    from iplint.location import Source, Span
    from iplint.parsed import ParsedTexts
    from iplint.syntax.hcl_tree import Expr, TemplatePart
    from iplint.workspace import Query, Workspace

    K = TypeVar("K")
    # Arguments, each with the names that lead to it and whether it is the value of a name beside it; and blocks.
    Sifted: TypeAlias = tuple[list[tuple[tuple[str, ...], Expr, bool]], list[Block]]

# A module source that is a path begins with a dot, as Terraform reads the string that it is.
_LOCAL_PATHS = ('".', '"${path.', "\\u", "\\U")
# Without one of these a configuration has no backend and no provider.
_DEPLOYING = ("provider", "backend", "cloud", "\\u", "\\U")
# An access key id has 20 characters, a secret 40: a string that is shorter than either is none.
MIN_KEY_LENGTH = 20


class Module:
    """The blocks of one directory, by kind and in the order of its files.

    `files` says for each file, by its display path, whether it could be read; `complete` is false when a file or block
    could not. Maps hold the first block of each name; `resources` holds every resource and data source. `sifted` and
    `held_back` are what `text_occurrences` knows of its texts, `marked` are the arguments of `sensitive`, found when
    they are first asked for: all are valid for all calls of the module.
    """

    def __init__(self, directory: str, shown: str, tofu: bool = True) -> None:
        self.directory = directory
        self.shown = shown
        self._tofu = tofu
        self.files: dict[str, bool] = {}
        self.notices: list[Notice] = []
        self.complete = True
        self.stub_of = ""
        self.unsettled: dict[str, str] = {}
        self.resources: list[DeclaredBlock] = []
        self.managed: dict[tuple[str, str], DeclaredBlock] = {}
        self.read: dict[tuple[str, str], DeclaredBlock] = {}
        self.variables: dict[str, DeclaredBlock] = {}
        self.outputs: dict[str, DeclaredBlock] = {}
        self.calls: dict[str, DeclaredBlock] = {}
        self.locals: dict[str, tuple[Attribute, SourceMap]] = {}
        self.sensitive_locals: set[str] = set()
        self.providers: list[DeclaredBlock] = []
        self._providers: dict[tuple[str, str], DeclaredBlock] | None = None
        self.settings: list[DeclaredBlock] = []
        self.others: list[DeclaredBlock] = []
        self.sifted: dict[Body, Sifted] = {}
        self.held_back: dict[Expr, bool] = {}
        self.marked: list[tuple[Expr, SourceMap]] | None = None

    def chosen(self, names: list[str]) -> list[str]:
        """Return the configuration files among the files of the directory, in order."""
        return configuration_files(names, self._tofu)

    def provider(self, name: str, alias: str) -> DeclaredBlock | None:
        """Return the provider configuration with this local name and alias, which is empty for the default one."""
        if self._providers is None:
            self._providers = {}
            for block in self.providers:
                named = block.label(0), plain(block.body.attributes.get("alias")) or ""
                self._providers.setdefault(named, block)
        return self._providers.get((name, alias))

    @property
    def deploys(self) -> bool:
        """Return whether the module has a backend or a provider configuration, so that it can be deployed without a
        caller.

        A provider block without arguments is only a placeholder for the caller's one.
        """
        given = (name for provider in self.providers for name in provider.body.attributes)
        return self.has_backend or any(name not in ("alias", "version") for name in given)

    @property
    def has_backend(self) -> bool:
        """Return whether the module declares a backend for its state."""
        return any(block.type in ("backend", "cloud") for settings in self.settings for block in settings.body.blocks)

    @property
    def grammar(self) -> tuple[Mapping[str, int], Mapping[str, int]] | None:
        """Return the number of labels of its blocks in JSON, at the top level and nested; None for Terraform's own."""
        return None

    def add(self, body: Body, source_map: SourceMap) -> None:
        """Add the blocks of one file."""
        for block in body.blocks:
            self._add_block(DeclaredBlock(block, source_map))
        for attribute in body.attributes.values():
            at = source_map.of(attribute)
            message = f"line {at.first[0]} was not read: an argument is outside of every block"
            self._unread(message, source_map.source.path, at)

    def _add_block(self, found: DeclaredBlock) -> None:
        first, second = found.label(0), found.label(1)
        match found.block.type:
            case "resource":
                self.resources.append(found)
                self._name(self.managed, (first, second), found, f"resource {first}.{second}")
            case "data":
                self.resources.append(found)
                self._name(self.read, (first, second), found, f"data source {first}.{second}")
            case "variable":
                self._name(self.variables, first, found, f"variable {first}")
            case "output":
                self._name(self.outputs, first, found, f"output {first}")
            case "module":
                self._name(self.calls, first, found, f"module {first}")
            case "locals":
                for name, attribute in found.body.attributes.items():
                    self.locals.setdefault(name, (attribute, found.source_map))
            case "provider":
                self.providers.append(found)
            case "terraform":
                self.settings.append(found)
            case _:
                self.others.append(found)
                # Terraform documentation, Checks: a check may hold a data source of its own.
                for nested in found.body.blocks:
                    if nested.type == "data" and len(nested.labels) == 2:
                        self.read.setdefault(
                            (nested.labels[0], nested.labels[1]), DeclaredBlock(nested, found.source_map)
                        )

    def _name(self, named: dict[K, DeclaredBlock], key: K, found: DeclaredBlock, what: str) -> None:
        if named.setdefault(key, found) is not found:
            message = f"{what} is declared twice; references lead to the first"
            self.notices.append(
                Notice(
                    NoticeKind.UNRESOLVED, found.source_map.source.path, message, found.at, cause=NoticeCause.DOUBLED
                )
            )

    def override(self, body: Body, source_map: SourceMap) -> None:
        """Merge the blocks of an override file into those that they name.

        Terraform documentation, Override Files: arguments replace arguments, nested blocks replace all nested blocks
        of their type, and a locals block counts value by value.
        """
        for block in body.blocks:
            if block.type == "locals":
                for name, attribute in block.body.attributes.items():
                    self.locals[name] = (relocated_attribute(attribute, source_map), source_map)
                continue
            base = self._base(block)
            if base is None:
                self._add_block(DeclaredBlock(block, source_map))
                continue
            replaced = {_kind(nested) for nested in block.body.blocks}
            for name in replaced.intersection(base.body.attributes):
                del base.body.attributes[name]  # in JSON, nested blocks are arguments that hold objects
            for name, attribute in block.body.attributes.items():
                base.body.attributes[name] = relocated_attribute(attribute, source_map)
            replaced.update(block.body.attributes)
            kept = [nested for nested in base.body.blocks if _kind(nested) not in replaced]
            base.body.blocks = [*kept, *(RelocatedBlock(nested, source_map) for nested in block.body.blocks)]

    def _base(self, block: Block) -> DeclaredBlock | None:
        declared: Iterable[DeclaredBlock]
        match block.type:
            case "resource":
                declared = self.managed.values()
            case "data":
                declared = self.read.values()
            case "variable":
                declared = self.variables.values()
            case "output":
                declared = self.outputs.values()
            case "module":
                declared = self.calls.values()
            case "provider":
                declared = self.providers
                alias = plain(block.body.attributes.get("alias"))
                declared = [found for found in declared if plain(found.body.attributes.get("alias")) == alias]
            case "terraform":
                declared = self.settings
            case _:
                return None
        return next((found for found in declared if found.block.labels == block.labels), None)

    def refuse(self, path: str, message: str) -> None:
        """Record a file that cannot be read."""
        self.files[path] = False
        self._unread(message, path, None)

    def _unread(self, message: str, path: str, at: Span | None) -> None:
        self.complete = False
        self.notices.append(Notice(NoticeKind.UNREADABLE, path, message, at))

    def problem(self, problem: SyntaxProblem) -> None:
        """Record lines that cannot be read."""
        self.complete = False
        self.notices.append(unread_lines(problem))


def unread_lines(problem: SyntaxProblem) -> Notice:
    """Return the notice for lines of a file that could not be read."""
    first, last = problem.unread.first[0], problem.unread.last[0]
    lines = f"line {first} was" if last <= first else f"lines {first} to {last} were"
    return Notice(NoticeKind.UNREADABLE, problem.at.path, f"{lines} not read: {problem.reason}", problem.at)


def plain(attribute: Attribute | None) -> str | None:
    """Return the text of an argument that is written as a literal string."""
    return plain_text(attribute.expr) if attribute is not None else None


def plain_text(expr: Expr) -> str | None:
    """Return the text of a string without interpolation."""
    while isinstance(expr, Relocated):
        expr = expr.inner
    if not isinstance(expr, TemplateExpr):
        return None
    texts = [part.text for part in expr.parts if isinstance(part, TemplateText)]
    return "".join(texts) if len(texts) == len(expr.parts) else None


def local_source(directory: str, call: DeclaredBlock) -> str | None:
    """Return the directory of a module that is called by a local path."""
    source = plain(call.body.attributes.get("source"))
    return local_path(directory, source) if source is not None else None


def local_path(directory: str, source: str) -> str | None:
    """Return the directory that a module source names, seen from `directory`; None when it is not a local path.

    Terraform documentation, Module Sources: a local path begins with `./` or `../`.
    """
    if "\0" in source or not (source in (".", "..") or source.startswith(("./", "../", ".\\", "..\\"))):
        return None
    return os.path.normpath(os.path.join(directory, source.replace("\\", "/")))


# The arguments of a call that are not passed to the module.
CALL_ARGUMENTS = frozenset(("source", "version", "providers", "depends_on", "count", "for_each"))
# What decides about credentials: a value passed under such a name is worth telling.
TELLING = ("profile", "role", "polic", "metadata", "imds")
SECRET = ("secret", "password", "private")
MAX_VALUE_LENGTH = 60
MAX_NAMED = 5


def not_here(calls: Sequence[DeclaredBlock], source: str | None, version: str) -> str:
    """Describe a module that could not be read: its source, its version, and the arguments of its first call."""
    call, *others = calls
    passed = ", ".join(
        f"{name} = {value}" if (value := _displayed_argument(name, attribute, call.source_map)) else name
        for name, attribute in call.body.attributes.items()
        if name not in CALL_ARGUMENTS
    )
    which = f"{source or '(computed)'}{f' {version}' if version else ''}"
    return (
        f'module "{call.label(0)}" was not read: its source {which} is not here; '
        f"it is called {f'with {passed}' if passed else 'without arguments'}{_also(others)}"
    )


def _also(calls: Sequence[DeclaredBlock]) -> str:
    """Name further calls of a source."""
    if not calls:
        return ""
    named = ", ".join(f'"{call.label(0)}"' for call in calls[:MAX_NAMED])
    more = f" and {len(calls) - MAX_NAMED} more" if len(calls) > MAX_NAMED else ""
    return f"; so {'is module' if len(calls) == 1 else 'are modules'} {named}{more}"


def _displayed_argument(name: str, attribute: Attribute, source_map: SourceMap) -> str:
    """Return the literal value of an argument as written, if it is relevant, short, and not secret."""
    if not any(word in name for word in TELLING) or not _is_harmless(attribute.expr):
        return ""
    expr: Expr = attribute.expr
    while isinstance(expr, Relocated):
        source_map = expr.source_map
        expr = expr.inner
    written = " ".join(source_map.source.text[expr.start : expr.end].split())
    is_shown = len(written) <= MAX_VALUE_LENGTH and not any(word in f"{name} {written}".lower() for word in SECRET)
    return written if is_shown else ""


def _is_harmless(expr: Expr) -> bool:
    """Return whether an expression is literal and none of its strings is long or varied enough for a key."""
    match expr:
        case Relocated(inner=inner):
            return _is_harmless(inner)
        case Literal():
            return True
        case TupleCons(items=items):
            return all(_is_harmless(item) for item in items)
        case ObjectCons(items=items):
            return all(_is_harmless(key) and _is_harmless(value) for key, value in items)
        case _:
            written = plain_text(expr)
            return written is not None and (written.startswith("arn:") or len(written) < MIN_KEY_LENGTH)


def relocated_attribute(attribute: Attribute, source_map: SourceMap) -> Attribute:
    """Return a copy of an attribute that keeps its source map in a body that is on another one."""
    expr = Relocated(attribute.start, attribute.end, attribute.expr, source_map)
    return Attribute(attribute.start, attribute.name_end, attribute.end, attribute.name, expr)


def _kind(block: Block) -> str:
    """Return the type of a nested block; for a dynamic block, the type of the blocks that it produces."""
    return block.labels[0] if block.type == "dynamic" and block.labels else block.type


class Reader:
    """Read each directory and file once in a run.

    `own_values` are names, and ends of names, of files of variable values that are loaded automatically,
    `value_suffixes` the ends of all such names. With `tofu` false, OpenTofu's files are ignored as Terraform does.
    """

    own_values: tuple[tuple[str, ...], tuple[str, ...]] = (
        ("terraform.tfvars", "terraform.tfvars.json"),
        (".auto.tfvars", ".auto.tfvars.json"),
    )
    value_suffixes = VARIABLE_SUFFIXES

    def __init__(self, workspace: Workspace, tofu: bool = True) -> None:
        self.workspace = workspace
        self.tofu = tofu
        self._modules: dict[str, Module] = {}
        self._unreadable: dict[str, list[Notice]] = {}
        self._sources: dict[str, Source | str] = {}
        self._marks: dict[str, bytes] = {}
        self._directories: dict[str, bool] = {}
        self._templates: dict[str, tuple[SourceMap, list[TemplatePart]] | str] = {}
        self._by_directory: dict[str, list[str]] = {}
        # What was asked for what is kept here: whoever gets it would have asked the same.
        self._asked: dict[str, set[Query]] = {}
        self._past: set[str] = set()

    def module(self, directory: str) -> Module:
        """Return the configuration of a directory."""
        directory = os.path.normpath(directory)
        found = self._modules.get(directory)
        if found is None:
            with self.workspace.recording() as self._asked[directory]:
                found = self._modules[directory] = read_module(directory, self.workspace, self)
        else:
            self.workspace.replay(self._asked[directory])
        return found

    def may_call(self, directory: str) -> bool:
        """Return whether a directory's configuration may call a module by a local path."""
        # Any source may be mapped to a directory.
        marks = _LOCAL_PATHS if self.workspace.sources is None else ("source",)
        return os.path.normpath(directory) in self._modules or self.mentions(directory, marks)

    def mentions(self, directory: str, marks: Iterable[str]) -> bool:
        """Return whether a file of a directory's configuration contains one of some marks, or cannot be read."""
        try:
            names = configuration_files(self.workspace.names(directory), self.tofu)
        except ReadError:
            return True
        sources = (self.source(os.path.join(directory, name)) for name in names)
        return any(isinstance(source, str) or any(mark in source.text for mark in marks) for source in sources)

    def deploys(self, directory: str) -> bool:
        """Return whether a directory can be deployed by itself: it has a backend, a provider configuration, or a file
        of values that is loaded automatically.
        """
        names, ends = self.own_values
        try:
            listed = self.workspace.names(directory)
        except ReadError:
            return False
        if any(name in names or name.endswith(ends) for name in listed):
            return True
        return self.mentions(directory, _DEPLOYING) and self.module(directory).deploys

    def unreadable(self, directory: str) -> list[Notice]:
        """Return the files and lines of a directory that could not be read."""
        directory = os.path.normpath(directory)
        found = self._unreadable.get(directory)
        if found is None:
            module = self._modules.get(directory) or read_module(directory, self.workspace, self)
            found = self._unreadable[directory] = [
                notice for notice in module.notices if notice.kind == NoticeKind.UNREADABLE
            ]
        return found

    def take_unreadable(self, directory: str, notices: list[Notice]) -> None:
        """Add the notices of a directory that an earlier run could not read completely."""
        self._unreadable.setdefault(os.path.normpath(directory), notices)

    def evict(self, directory: str) -> None:
        """Release a configuration that is no longer needed, and the texts in its directory.

        Its notices and the files with suppressions are kept.
        """
        directory = os.path.normpath(directory)
        if directory in self._modules:
            self.unreadable(directory)
            del self._modules[directory]
        for path in self._by_directory.pop(directory, ()):
            source = self._sources[path]
            if not isinstance(source, str) and MARK not in source.text:
                del self._sources[path]
                self._past.add(path)
                self._templates.pop(path, None)

    def was_read(self, path: str) -> bool:
        """Return whether a file could be read, now or before its directory was released."""
        return os.path.normpath(path) in self._past or not isinstance(self.source(path), str)

    def marked(self, path: str) -> Source | None:
        """Return the text of a file with suppressions; None for other files."""
        source = self.source(path) if os.path.normpath(path) not in self._past else ""
        return source if not isinstance(source, str) and MARK in source.text else None

    def is_dir(self, directory: str) -> bool:
        """Return whether a directory may be read."""
        found = self._directories.get(directory)
        if found is None:
            found = self._directories[directory] = self.workspace.is_dir(directory)
        else:
            self.workspace.replay((("is_dir", directory),))
        return found

    def source(self, path: str) -> Source | str:
        """Return the text of a file, or a clause that says why it is not read."""
        path = os.path.normpath(path)
        found = self._sources.get(path)
        if found is None:
            from iplint.syntax import decoding  # what decodes is needed only where there is a file

            try:
                data = self.workspace.read(path)
                self._marks[path] = decoding.mark(data)
                found = decoding.decode(self.workspace.display_path(path), data)
            except ReadError as refused:
                found = str(refused)
            except SyntaxProblem as problem:
                found = f"cannot be read: {problem.reason}"
            self._sources[path] = found
            self._by_directory.setdefault(os.path.dirname(path), []).append(path)
        else:
            self.workspace.replay((("read", path),))
        return found

    def mark(self, path: str) -> bytes:
        """Return the byte-order mark of a file that was read; empty for most."""
        return self._marks.get(os.path.normpath(path), b"")

    def template(self, path: str) -> tuple[SourceMap, list[TemplatePart]] | str:
        """Return the template in a file, or the reason why it is not read."""
        path = os.path.normpath(path)
        found = self._templates.get(path)
        source = self.source(path)
        if found is None:
            if isinstance(source, str):
                found = source
            else:
                try:
                    found = SourceMap(source), hcl.parse_template(source)
                except SyntaxProblem as problem:
                    found = f"is not a template: line {problem.at.first[0]}: {problem.reason}"
            self._templates[path] = found
        return found


def read_module(directory: str, workspace: Workspace, reader: Reader | None = None) -> Module:
    """Return the configuration of a directory; notices say what could not be read."""
    reader = reader or Reader(workspace)
    module = Module(directory, workspace.display_path(directory), reader.tofu)
    fill(module, reader)
    return module


def fill(module: Module, reader: Reader) -> None:
    """Read the files of a module's directory into it."""
    workspace, directory = reader.workspace, module.directory
    try:
        names = workspace.names(directory)
    except ReadError as refused:
        module.complete = False
        module.notices.append(Notice(NoticeKind.UNREADABLE, module.shown, f"the directory {refused}"))
        return
    chosen = module.chosen(names)
    overrides: list[tuple[Body, SourceMap]] = []
    for name in chosen:
        path = os.path.join(directory, name)
        shown = workspace.display_path(path)
        source = reader.source(path)
        if isinstance(source, str):
            module.refuse(shown, f"the file {source}")
            continue
        module.files[shown] = True
        body, problems = _parse(source, workspace.parsed, json=name.endswith(".json"), grammar=module.grammar)
        for problem in problems:
            module.problem(problem)
        if body is None:
            module.files[shown] = False
        elif _is_override(name):
            overrides.append((body, SourceMap(source)))
        else:
            module.add(body, SourceMap(source))
    for body, source_map in overrides:
        module.override(body, source_map)


def configuration_files(names: list[str], tofu: bool = True) -> list[str]:
    """Return the configuration files of a directory, in order: OpenTofu's, or without `tofu` Terraform's.

    OpenTofu documentation, Files and Directories: a .tofu file replaces the .tf file of the same name.
    """
    if not tofu:
        names = [name for name in names if not name.endswith(TOFU_SUFFIXES)]
    present = set(names)
    chosen: list[str] = []
    for name in names:
        # Terraform ignores `.name`, `name~` and `#name#`; the last two have none of these suffixes.
        if not name.endswith(TERRAFORM_SUFFIXES) or name.startswith("."):
            continue
        stem, _, suffix = name.rpartition(".tf")
        if suffix in ("", ".json") and stem + ".tofu" + suffix in present:
            continue
        chosen.append(name)
    return chosen


def _copied(body: Body) -> Body:
    """Return the body of a file with blocks of its own, which override files may change."""
    made = Body()
    made.attributes = dict(body.attributes)
    for block in body.blocks:
        inner = Body()
        inner.attributes = dict(block.body.attributes)
        inner.blocks = list(block.body.blocks)
        made.blocks.append(Block(block.start, block.open, block.end, block.type, block.labels, inner))
    return made


def _is_override(name: str) -> bool:
    stem = name.removesuffix(".json").rpartition(".")[0]
    return stem == "override" or stem.endswith("_override")


def _parse(
    source: Source,
    parsed: ParsedTexts | None,
    *,
    json: bool,
    grammar: tuple[Mapping[str, int], Mapping[str, int]] | None,
) -> tuple[Body | None, list[SyntaxProblem]]:
    if not json and parsed is not None:
        known = parsed.get("hcl", source)
        if isinstance(known, Body):
            return _copied(known), []
        body, problems = hcl.parse(source)
        if not problems:
            parsed.keep("hcl", source, _copied(body))
        return body, problems
    if not json:
        return hcl.parse(source)
    from iplint.syntax import yaml  # most roots hold no JSON
    from iplint.terraform import json_syntax

    try:
        root = yaml.parse(source, repeats=True)
    except SyntaxProblem as problem:
        return None, [problem]
    if root is None:
        return Body(), []
    return json_syntax.body(root, *(grammar or ()))

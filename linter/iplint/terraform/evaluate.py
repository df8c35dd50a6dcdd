"""A root module in a scenario: its resources and texts, and the targets of its references."""

from __future__ import annotations

import os
import re
from functools import partial

from iplint.budget import allow, charge, charge_bytes, leave_out
from iplint.location import Origin
from iplint.resource import Notice, NoticeCause, NoticeKind, Resource, keep_all
from iplint.scenario import Circular, Scenario
from iplint.secret import secrets_of
from iplint.syntax.hcl_tree import Attr, Name
from iplint.terraform import computed, functions
from iplint.terraform.access import WORKSPACE
from iplint.terraform.access import computed as made_by_aws
from iplint.terraform.body import arguments
from iplint.terraform.configuration import CALL_ARGUMENTS, local_path, not_here, plain, plain_text
from iplint.terraform.domains import domain
from iplint.terraform.expression import evaluate, evaluate_whole
from iplint.terraform.failure import beyond_limit, failure, with_step
from iplint.terraform.files import FileFunctions
from iplint.terraform.moved import imported, left_behind, unindexed
from iplint.terraform.providers import placement_of, source_of
from iplint.terraform.repetition import Placed, repeat
from iplint.terraform.scope import (
    BlockMap,
    InstanceSeq,
    ModuleMap,
    ResourceEntries,
    ResourceMap,
    ResourceSeq,
    Scope,
    Thunk,
)
from iplint.terraform.variables import (
    Given,
    conform,
    constraint,
    given_values,
    input_of,
    input_of_member,
    is_literal,
    is_sensitive,
    sensitive_calls,
)
from iplint.value import (
    ANY,
    NO_ITEMS,
    NO_MEMBERS,
    NO_VALUE,
    WHOLE,
    Absent,
    Input,
    Known,
    Map,
    Nothing,
    Other,
    Reason,
    Ref,
    Seq,
    Step,
    Text,
    Unknown,
    as_bool,
    literal_text,
    referring,
    withheld,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from iplint.location import Span
    from iplint.resource import CanSkip, Placement, TextOccurrence
    from iplint.secret import Secret
    from iplint.syntax.hcl_tree import Expr
    from iplint.terraform.configuration import Module, Reader
    from iplint.terraform.installed import InstalledModule
    from iplint.terraform.repetition import Instance, Repetition
    from iplint.terraform.scope import Shape
    from iplint.terraform.source_map import DeclaredBlock, SourceMap
    from iplint.value import Datum, Lazy, Literal, Value

# Terraform loads modules before it evaluates anything, so that no count ends this.
CIRCULAR = "this module calls itself, directly or through others, which Terraform refuses: the call is not checked"
# The reason why an output of a module is unknown that is not here; its notice says more.
ABSENT = "this module is not here"
# The owners of modules in the public registry of which something is known.
REGISTRY_OWNERS = ("terraform-aws-modules/", "cloudposse/")
MAX_MODULE_DEPTH = 50
MAX_MODULES = 2_000
# What it costs to set up a module that is called, and to check one more instance of a block, in steps and bytes of a
# budget: a block costs that once for being there.
STEPS_A_MODULE = 400
STEPS_AN_INSTANCE = 1_000
BYTES_AN_INSTANCE = 4_000


class RootModule:
    """A root: the configuration of a directory, and the local modules that it calls.

    `variables` are values from the command line, `var_files` absolute paths of files of values, `environment` values by
    the names of variables; `inputs` are values from another tool, with the lowest precedence. `workspace_name` is the
    given workspace, if there is one. `library` is true of a module that is only called by other configurations: no
    provider, no backend, no file of values.
    """

    def __init__(
        self,
        reader: Reader,
        directory: str,
        variables: Mapping[str, str] | None = None,
        var_files: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        inputs: Mapping[str, Given] | None = None,
    ) -> None:
        self.reader = reader
        self.module = reader.module(directory)
        self.path = self.module.shown
        self.notices: list[Notice] = []
        self._called: dict[str, Module | str] = {}
        self._installed: dict[str, InstalledModule] | None = None
        self._imported: frozenset[str] | None = None
        self._noted: set[tuple[str, str, Span | None]] = set()
        # The calls of modules that are not here, by file, source and version.
        self._absent: dict[tuple[str, str | None, str], list[DeclaredBlock]] = {}
        self.inputs: dict[str, Input] = {}
        self.workspace_name: str | None = None
        self.given, has_values, problems = given_values(
            reader, directory, variables or {}, var_files, self.module.variables, environment or {}, inputs or {}
        )
        for notice in problems:
            self.note(notice)
        self._survey(self.module, "", set())
        self._note_absent()
        is_given = has_values or inputs is not None
        self.library = not (self.module.providers or self.module.has_backend or is_given)

    def note(self, notice: Notice) -> None:
        """Record a notice, each once."""
        key = (notice.path, notice.message, notice.at)
        if key not in self._noted:
            self._noted.add(key)
            self.notices.append(notice)

    def input(self, name: str, variable: DeclaredBlock) -> Input:
        """Return the input for a variable without a given value."""
        found = self.inputs.get(name)
        if found is None:
            found = self.inputs[name] = input_of(name, variable, self.module.locals)
        return found

    def workspace(self) -> Input:
        """Return the input for the name of the workspace."""
        return self.inputs.setdefault(WORKSPACE, Input(WORKSPACE, WORKSPACE, default="default"))

    def resources(self, scenario: Scenario) -> list[Resource]:
        """See Root.resources."""
        return [placed.resource for module in self.instances(scenario) for placed in module.placed()]

    def unread_parts(self, scenario: Scenario) -> Iterator[Resource]:
        """See Root.unread_parts: calls of modules that are not here, what removed blocks leave in the account, and
        actions.
        """
        for module in self.instances(scenario):
            for name in module.module.calls:
                if module.callees(name) is None:
                    yield from module.calls_of(name)
            yield from module.left_behind()
            yield from module.actions()

    def is_imported(self, address: str) -> bool:
        """Return whether an import block brings in what is at an address."""
        if self._imported is None:
            self._imported = imported(self.module)
        return bool(self._imported) and unindexed(address) in self._imported

    def types(self) -> set[str]:
        """Return the types of the resources that its modules declare."""
        modules = [self.module, *(called for called in self._called.values() if not isinstance(called, str))]
        return {type for module in modules for type, _ in module.managed}

    def called_directories(self) -> set[str]:
        """Return the directories of the modules that some scenario may create, its own first."""
        found = {self.module.directory}
        scenario = Scenario({})
        for instance in self.instances(scenario):
            if instance.module.directory not in found:
                with scenario.under({}):
                    # Where an input decides that, other scenarios are tried.
                    if instance.exists() is not False or scenario.touched:
                        found.add(instance.module.directory)
        return found

    def failed_assertion(self, scenario: Scenario) -> Step | None:
        """See Root.failed_assertion: the domains of the variables already contain what validations allow."""
        del scenario
        return None

    def secrets(self, scenario: Scenario) -> Iterator[Secret]:
        """See Root.secrets: the values of sensitive variables and outputs."""
        for module in self.instances(scenario):
            yield from module.secrets()

    def may_refer_to(self, resource: Resource, scenario: Scenario, beside: Sequence[Resource] = ()) -> bool:
        """See Root.may_refer_to: everything that looks like a reference counts, wherever it is in the module."""
        place = resource.block
        passed = [place, *(one.block for one in beside)]
        module = next((one.module for one in self.instances(scenario) if place.path in one.module.files), None)
        if module is None or not module.complete or module.stub_of:
            return True
        name = resource.address.rpartition(f"{resource.type}.")[2].partition("[")[0]
        reference = re.compile(rf"\b{re.escape(resource.type)}\s*\.\s*{re.escape(name)}(?![\w-])")
        for shown in module.files:
            source = self.reader.source(os.path.join(module.directory, os.path.basename(shown)))
            if isinstance(source, str):
                return True
            found = (match.start() for match in reference.finditer(source.text))
            blocks = [block for block in passed if block.path == shown]
            if any(not any(block.start <= at < block.end for block in blocks) for at in found):
                return True
        return False

    def text_occurrences(self, scenario: Scenario, silent: CanSkip = keep_all) -> Iterator[TextOccurrence]:
        """See Root.text_occurrences."""
        from iplint.terraform.text_occurrences import comments, text_occurrences

        searched = set[str]()
        for module in self.instances(scenario):
            yield from text_occurrences(module, silent, self.note)
            if module.module.directory not in searched:
                searched.add(module.module.directory)
                yield from comments(module.module, self.reader)

    def instances(self, scenario: Scenario) -> Iterator[ModuleInstance]:
        """Yield the root module and every call of a local module, callers first."""
        root = scenario.memo((self, "root"), lambda: ModuleInstance(self, ScenarioState(scenario), self.module))
        waiting = [root]
        while waiting:
            instance = waiting.pop()
            yield instance
            called = [child for name in instance.module.calls for child in instance.callees(name) or ()]
            waiting += reversed(called)

    def _survey(self, module: Module, key: str, seen: set[str]) -> None:
        """Collect notices of called modules that could not be read or are not here."""
        if module.directory in seen:
            return
        seen.add(module.directory)
        # The sources of its resources: those without any are never large.
        sources = {declared.source_map.source.path: declared.source_map.source for declared in module.resources}
        allow(sum(len(source.text) for source in sources.values()))
        for notice in module.notices:
            self.note(notice)
        for call in module.calls.values():
            inner = call_key(key, call)
            called = self.called_module(module, inner, call)
            if called == ABSENT:
                continue
            if isinstance(called, str):
                kind = NoticeKind.UNREADABLE if called == CIRCULAR else NoticeKind.UNRESOLVED
                self.note(Notice(kind, call.source_map.source.path, called, call.at, cause=NoticeCause.MODULE))
            else:
                self._survey(called, inner, seen)

    def _note_absent(self) -> None:
        """Name the modules that are not here: one notice for all calls of a source in a file."""
        for (path, source, version), calls in self._absent.items():
            calls.sort(key=lambda call: call.at.start)
            message = not_here(calls, source, version)
            self.note(Notice(NoticeKind.UNRESOLVED, path, message, calls[0].at, cause=NoticeCause.MODULE))

    def called_module(self, module: Module, key: str, call: DeclaredBlock) -> Module | str:
        """Return the module that is called, or why there is none. `key` is the path of the call: `web`, `web.disk`."""
        found = self._called.get(key)
        if found is None:
            found = self._called[key] = self._find_module(module, key, call)
        return found

    def _find_module(self, module: Module, key: str, call: DeclaredBlock) -> Module | str:
        source = plain(call.body.attributes.get("source"))
        if source is None:
            from iplint.terraform.sources import constant_source  # most sources are plain texts

            source = constant_source(module, call, self._constants(key.rpartition(".")[0]))
        directory = local_path(module.directory, source) if source is not None else None
        if directory is not None:
            if directory in self._around(key):
                return CIRCULAR
            if not self.reader.is_dir(directory):
                return f"module source {source} does not exist"
            called = self.reader.module(directory)
            return called if called.files else f"module source {source} holds no configuration"
        sources = self.reader.workspace.sources
        mapped = sources.find(source) if sources is not None and source is not None else None
        if mapped is not None:
            return self._mapped(mapped, key, str(source))
        version = plain(call.body.attributes.get("version")) or ""
        entry = self._installed_at(key) if source is not None else None
        if (
            source is not None
            and entry is not None
            and entry.serves(source, version)
            and self.reader.is_dir(entry.directory)
        ):
            called = self.reader.module(entry.directory)
            if called.files:
                return called
        if source is not None and any(owner in source for owner in REGISTRY_OWNERS):
            from iplint.terraform.registry import module_stub  # most roots call none of its modules

            known = module_stub(module, call, source, version)
            if known is not None:
                return known
        self._absent.setdefault((call.source_map.source.path, source, version), []).append(call)
        return ABSENT

    def _mapped(self, directory: str, key: str, source: str) -> Module | str:
        """Return the module in the directory that the configuration gives in place of a source."""
        if directory in self._around(key):
            return CIRCULAR
        called = self.reader.module(directory) if self.reader.is_dir(directory) else None
        if called is None or not called.files:
            shown = self.reader.workspace.display_path(directory)
            return f"module source {source} is mapped to {shown}, where no module can be read"
        return called

    def _constants(self, key: str) -> Callable[[str], str | None]:
        """Return a function for the constant value of a variable in the module that a call creates."""
        from iplint.terraform.sources import constant, default_of

        def find(name: str) -> str | None:
            outer, _, label = key.rpartition(".")
            caller = self._called.get(outer) if outer else self.module
            if not key:
                given = self.given.get(name)
                return plain_text(given.expr) if given is not None else default_of(self.module, name)
            called = self._called.get(key)
            if caller is None or called is None or isinstance(caller, str) or isinstance(called, str):
                return None
            argument = caller.calls[label].body.attributes.get(name)
            if argument is not None:
                return constant(argument.expr, caller, self._constants(outer))
            return default_of(called, name)

        return find

    def _around(self, key: str) -> Iterator[str]:
        """Yield the directories of the modules that contain the call with this path, the root's first."""
        yield self.module.directory
        parts = key.split(".")
        for depth in range(1, len(parts)):
            around = self._called.get(".".join(parts[:depth]))
            if around is not None and not isinstance(around, str):
                yield around.directory

    def _installed_at(self, key: str) -> InstalledModule | None:
        """Return the module that `terraform init` has installed for the call with this path."""
        if self._installed is None:
            from iplint.terraform.installed import read_manifest  # most roots call local modules only

            self._installed, problems = read_manifest(self.reader, self.module.directory)
            for problem in problems:
                self.note(problem)
        return self._installed.get(key)


def call_key(outer: str, call: DeclaredBlock) -> str:
    """Return the path of a call in the form of Terraform's module manifest."""
    return f"{outer}.{call.label(0)}" if outer else call.label(0)


class ScenarioState:
    """The state that all module instances of one scenario share. Counting restarts with each assignment of inputs."""

    __slots__ = ("_assignment", "modules", "scenario", "shapes")

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.shapes: dict[str, Shape] = {}
        self.modules = 0
        self._assignment = scenario.assignment

    def count_module(self) -> int:
        """Count a call of a module; return the number so far."""
        if self._assignment is not self.scenario.assignment:
            self._assignment = self.scenario.assignment
            self.modules = 0
        self.modules += 1
        return self.modules


class ModuleInstance:
    """A module created by one call in one scenario; the root module has no call."""

    def __init__(
        self,
        root: RootModule,
        run: ScenarioState,
        module: Module,
        caller: Caller | None = None,
    ) -> None:
        self.root = root
        self.run = run
        self.scenario = run.scenario
        self.shapes = run.shapes
        self.module = module
        self.caller = caller
        self.prefix = f"{caller.address}." if caller is not None else ""
        self.key: str = call_key(caller.instance.key, caller.declared) if caller is not None else ""
        self.calls: tuple[Step, ...] = caller.steps(module) if caller is not None else ()
        self.depth: int = caller.instance.depth + 1 if caller is not None else 0
        self.files = FileFunctions(root.reader, root.module.directory)
        self._repetitions: dict[DeclaredBlock, Callable[[], Repetition]] = {}
        self._instances: dict[DeclaredBlock, Callable[[], list[Placed]]] = {}
        self.scenario.clear_too(self._repetitions)
        self.scenario.clear_too(self._instances)

    def scope(self, source_map: SourceMap) -> Scope:
        """Return the scope for a source map of this module, outside of any iteration."""
        return Scope(self, source_map, self.prefix, {})

    def note(self, notice: Notice) -> None:
        """Record a notice, each once."""
        self.root.note(notice)

    def exists(self) -> bool | None:
        """Return whether this scenario creates what the module declares."""
        return self.caller.exists() if self.caller is not None else True

    def convert(self, value: Value, type: Expr, scope: Scope) -> Value:
        """See EvalContext.convert."""
        return conform(value, type, scope)

    def call(self, name: str, args: list[Value], scope: Scope, at: Span) -> Value | None:
        """See EvalContext.call."""
        found = self.files.call(name, args, scope, at)
        if found is None:
            found = functions.call(name, args, at)
        if found is None and name.startswith("provider::"):
            from iplint.terraform import functions_provider  # few configurations call one

            provider, _, function = name.removeprefix("provider::").partition("::")
            found = functions_provider.call(source_of(provider, self.module), function, args, scope, at)
        # Values from outside may call functions of the tool that sets them.
        if found is None and all(given.source_map is not scope.source_map for given in self.root.given.values()):
            why = "a provider defines it" if "::" in name else "Terraform has no such function"
            message = f"what {name}(...) returns is unknown: {why}"
            self.root.note(Notice(NoticeKind.UNRESOLVED, at.path, message, at, cause=NoticeCause.FUNCTION))
        return found

    # References

    def reference(self, node: Attr, scope: Scope) -> Value | None:
        """See EvalContext.reference."""
        holder = node.object
        if isinstance(holder, Name):
            if holder.name in scope.bound:
                return None
            at = scope.span(node)
            found = _REFERENCES.get(holder.name)
            if found is not None:
                return found(self, node.name, at)
            return None if holder.name in _LONGER else self._resource(holder.name, node.name, False, at)
        if isinstance(holder, Attr) and isinstance(holder.object, Name) and holder.object.name in _LONGER:
            kind = holder.object.name
            if kind in ("ephemeral", "action"):
                what = f"{self.prefix}{kind}.{holder.name}.{node.name}"
                return Unknown((Reason(what, scope.span(node)),), scope.span(node), True, identity=what)
            if kind not in scope.bound:
                return self._resource(holder.name, node.name, kind == "data", scope.span(node))
        return None

    def _once(self, key: object, at: Span, make: Callable[[], Value]) -> Value:
        try:
            return self.scenario.memo((self, key), make)
        except Circular:
            return failure("a circular reference", at)
        except RecursionError:
            return beyond_limit("a chain of references that is too long", at)

    def _undeclared(self, what: str, at: Span) -> Value:
        if self.module.complete:
            self.root.note(
                Notice(NoticeKind.UNRESOLVED, at.path, f"{what} is not declared", at, cause=NoticeCause.DECLARATION)
            )
            return failure(f"a reference to {what}, which is not declared", at)
        return Unknown((Reason(f"{what}, which is not among what could be read", at),), at)

    def to_unbound(self, name: str, at: Span) -> Value:
        """Return the failure for `each.x`, `count.x` or `self.x` outside of their blocks."""
        return failure(f"a name {name} where there is no repetition", at)

    def to_variable(self, name: str, at: Span) -> Value:
        """Return the value of `var.name`."""
        declared = self.module.variables.get(name)
        if declared is None:
            return self._undeclared(f"var.{name}", at)
        value = self._once(f"var.{name}", at, lambda: self.variable(name, declared))
        return value if self.module.stub_of else with_step(value, at, f"var.{name} is used here")

    def to_local(self, name: str, at: Span) -> Value:
        """Return the value of `local.name`."""
        found = self.module.locals.get(name)
        if found is None:
            return self._undeclared(f"local.{name}", at)
        attribute, source_map = found
        value = self._once(f"local.{name}", at, lambda: evaluate_whole(attribute.expr, self.scope(source_map)))
        if name in self.module.sensitive_locals:
            value = withheld(value)
        return value if self.module.stub_of else with_step(value, at, f"local.{name} is used here")

    def to_path(self, name: str, at: Span) -> Value:
        """Return the value of `path.module` and similar names, relative to the root module."""
        path = "."
        if name == "module":
            path = os.path.relpath(self.module.directory, self.root.module.directory).replace(os.sep, "/")
        elif name not in ("root", "cwd"):
            return failure(f"path.{name}, which does not exist", at)
        return Known(literal_text(path, Origin(at)), at)

    def to_terraform(self, name: str, at: Span) -> Value:
        """Return the value of `terraform.workspace`, an input; other such names are unknown."""
        if name != "workspace":
            return Unknown((Reason(f"terraform.{name}", at),), at, True)
        if self.root.workspace_name is not None:
            return Known(literal_text(self.root.workspace_name, Origin(at)), at)
        input = self.root.workspace()
        return _chosen(self.scenario.choice(input) or "default", input, at)

    def _resource(self, type: str, name: str, data: bool, at: Span) -> Value:
        declared = (self.module.read if data else self.module.managed).get((type, name))
        if declared is None:
            return self._undeclared(f"data.{type}.{name}" if data else f"{type}.{name}", at)
        return self._once(("value", declared), at, lambda: self._resource_value(declared))

    def _resource_value(self, declared: DeclaredBlock) -> Value:
        repetition = self._repetition(declared)
        placed = self.instances_of(declared)
        at = declared.at
        values = [_as_value(one.resource, at) for one in placed]
        placeholder = placed[0].resource if repetition.empty else None
        match repetition.kind:
            case "count":
                items: list[Lazy] = [] if repetition.empty else [*values]
                return Known(ResourceSeq(items, repetition.more, placeholder), at)
            case "each":
                entries: dict[str, tuple[Span, Lazy]] = {
                    item.key: (at, value)
                    for item, value in zip(repetition.items, values, strict=True)
                    if item.key is not None
                }
                unknown = [value for item, value in zip(repetition.items, values, strict=True) if item.key is None]
                sample = unknown[0] if unknown and not repetition.empty else None
                return Known(ResourceEntries(entries, repetition.more, sample, placeholder), at)
            case _:
                return values[0]

    # Resources

    def address(self, declared: DeclaredBlock) -> str:
        """Return the address of a block of a resource or data source, without an instance key."""
        mark = "data." if declared.block.type == "data" else ""
        return f"{self.prefix}{mark}{declared.label(0)}.{declared.label(1)}"

    def placed(self) -> list[Placed]:
        """Return the instances of all resources and data sources, in the order of the text."""
        return self.scenario.memo(
            (self, "placed"),
            lambda: [placed for declared in self.module.resources for placed in self.instances_of(declared)],
        )

    def _repetition(self, declared: DeclaredBlock) -> Repetition:
        found = self._repetitions.get(declared)
        if found is None:
            found = self._repetitions[declared] = self.scenario.lazily(lambda: self._repeat(declared))
        return found()

    def _repeat(self, declared: DeclaredBlock) -> Repetition:
        return repeat(declared, self.scope(declared.source_map), self.address(declared), self.root.note)

    def instances_of(self, declared: DeclaredBlock) -> list[Placed]:
        """Return the instances of a resource or data source; one that does not exist when there are none."""
        found = self._instances.get(declared)
        if found is None:
            found = self.scenario.lazily(lambda: self._place(declared, self._repetition(declared)))
            self._instances[declared] = found
        return found()

    def _place(self, declared: DeclaredBlock, repetition: Repetition) -> list[Placed]:
        more = len(repetition.items) - (self.caller is None)
        if more:
            block = declared.block
            charge(more * (STEPS_AN_INSTANCE + (block.end - block.start) // 2))
            charge_bytes(more * BYTES_AN_INSTANCE)
        return [self._place_one(declared, item) for item in repetition.items]

    def _place_one(self, declared: DeclaredBlock, item: Instance) -> Placed:
        address = f"{self.address(declared)}{item.suffix}"
        names: dict[str, Lazy] = {**item.bound, "self": lambda: self._itself(declared, address, at)}
        scope = Scope(self, declared.source_map, f"{address}: " if item.bound else self.prefix, names)
        data = declared.block.type == "data"
        at = declared.at

        # Another assignment may bind other values here: the scope distinguishes what the address does not.
        properties = self.scenario.lazily(lambda: self._body(declared, address, scope))

        def exists() -> bool | None:
            return both_exist(self.exists(), self._repetition(declared).exists(item.suffix))

        def placement() -> Placement:
            return self.scenario.memo((scope, "placement"), lambda: placement_of(self, declared, scope, properties()))

        resource = Resource(
            declared.label(0),
            address,
            at,
            declared.whole,
            properties,
            exists,
            self.calls,
            data,
            placement=placement,
            is_imported=not data and self.root.is_imported(address),
        )
        return Placed(resource, declared, scope)

    def _itself(self, declared: DeclaredBlock, address: str, at: Span) -> Value:
        """Return the value of `self`, looked up by its address: a reference from the resource to itself would be a
        cycle that only the garbage collector frees.
        """
        found = (one.resource for one in self.instances_of(declared) if one.resource.address == address)
        return next((_as_value(resource, at) for resource in found), failure("a name self outside of a resource", at))

    def _body(self, declared: DeclaredBlock, address: str, scope: Scope) -> Value:
        at = declared.at
        written = arguments(declared.body, scope, at)
        makers = computed.makers(declared.label(0), declared.block.type == "data")
        if not makers:
            return written
        entries = written.value.entries()
        block = computed.ComputedBlock(address, written.value, scope, at, self.files)
        for name, maker in makers.items():
            if name not in entries:
                entries[name] = (at, Thunk(self.scenario, at, _made(maker, block)))
        return Known(Map(entries), at)

    def secrets(self) -> Iterator[Secret]:
        """Yield the values of this module's sensitive variables and locals, of its sensitive outputs, and those that
        `sensitive` is called with.

        A default that another value replaces is as secret: another deployment may use it.
        """
        for name, declared in self.module.variables.items():
            if is_sensitive(declared):
                yield from secrets_of(self.to_variable(name, declared.at))
                default = self._default(declared, self.scope(declared.source_map))
                if default is not None:
                    yield from secrets_of(default)
                replaced = self.root.given.get(name) if self.caller is None else None
                while replaced is not None:
                    yield from secrets_of(self._given(replaced))
                    replaced = replaced.replaces
        for name in sorted(self.module.sensitive_locals):
            written, source_map = self.module.locals[name]
            yield from secrets_of(self.to_local(name, source_map.of(written)))
        for output in self.module.outputs.values():
            attribute = output.body.attributes.get("value")
            if attribute is not None and is_sensitive(output):
                yield from secrets_of(evaluate(attribute.expr, self.scope(output.source_map)))
        if self.root.reader.mentions(self.module.directory, ("sensitive(", "sensitive (")):
            if self.module.marked is None:
                self.module.marked = [*self._marked()]
            for argument, source_map in self.module.marked:
                yield from secrets_of(evaluate(argument, self.scope(source_map)))

    def _marked(self) -> Iterator[tuple[Expr, SourceMap]]:
        """Yield what the module calls `sensitive` with, each with its source map."""
        module = self.module
        named = (module.variables, module.outputs, module.calls)
        blocks = [*module.resources, *module.providers, *module.others, *(one for by in named for one in by.values())]
        for declared in blocks:
            yield from sensitive_calls(declared.body, declared.source_map)
        for attribute, source_map in module.locals.values():
            yield from sensitive_calls(attribute, source_map)

    # Variables

    def variable(self, name: str, declared: DeclaredBlock) -> Value:
        """Return the value of a variable, without the steps of its uses."""
        scope = self.scope(declared.source_map)
        if self.caller is None:
            value = self._root_variable(name, declared, scope)
        else:
            value = self._argument(name, declared, scope, self.caller)
        type = constraint(declared)
        if type is not None:
            value = conform(value, type.expr, scope.on(type.source_map))
        if self.caller is None:
            value = self._filled(name, value, declared)
        elif isinstance(value, Known | Unknown) and value.input is not None and not value.input.closed:
            for option in domain(name, declared, self.module.locals):
                value.input.compared_with(option)
        return withheld(value) if is_sensitive(declared) else value

    def _default(self, declared: DeclaredBlock, scope: Scope) -> Value | None:
        attribute = declared.body.attributes.get("default")
        return evaluate(attribute.expr, scope) if attribute is not None else None

    def _nullable(self, declared: DeclaredBlock, scope: Scope) -> bool:
        attribute = declared.body.attributes.get("nullable")
        return attribute is None or as_bool(evaluate(attribute.expr, scope)) is not False

    def _root_variable(self, name: str, declared: DeclaredBlock, scope: Scope) -> Value:
        given = self.root.given.get(name)
        if given is not None:
            value = self._given(given)
            if not isinstance(value, Absent) or self._nullable(declared, scope):
                return value
        input = self.root.input(name, declared)
        chosen = self.scenario.choice(input)
        default = self._default(declared, scope)
        at = declared.at
        if chosen is not None and not (chosen is NO_VALUE and not self._nullable(declared, scope)):
            if isinstance(default, Known) and not isinstance(chosen, Other):
                return _chosen(chosen, input, default.at)
            return _chosen(chosen, input, at)
        match default:
            case None:
                return Unknown((Reason(f"var.{name}", at),), at, True, (), None, input, f"var.{name}")
            case Absent():
                return Absent(at, input=input)
            case Known(Text() | bool() | int() | float()):
                return Known(default.value, default.at, default.trail, default.ref, input)
            case Known(Seq() | Map()) if isinstance(input.default, Nothing):
                return Known(default.value, default.at, default.trail, default.ref, input)
            case Known(Map() as members) if type(members) is Map:
                whole = Known(members, default.at, default.trail, default.ref, input)
                return self._members(f"var.{name}", whole, members, is_sensitive(declared))
            case Known(Seq() as items):
                return Known(items, default.at, default.trail, default.ref, input)
            case _:
                return default

    def _filled(self, name: str, value: Value, declared: DeclaredBlock) -> Value:
        """Return a default in which also the attributes that its type fills in may be set otherwise."""
        match value:
            case Known(Map() as members) if type(members) is Map and name not in self.root.given:
                return self._members(f"var.{name}", value, members, is_sensitive(declared))
            case _:
                return value

    def _members(self, path: str, whole: Known[Datum], members: Map, hidden: bool) -> Value:
        """Return a default that is an object as a value in which each attribute may be set otherwise."""
        entries: dict[str, tuple[Span, Lazy]] = {}
        for name, (at, item) in members.entries().items():
            entries[name] = (at, Thunk(self.scenario, at, partial(self._member, f"{path}.{name}", item, hidden)))
        return Known(Map(entries, members.more, lambda: members.type), whole.at, whole.trail, whole.ref, whole.input)

    def _member(self, path: str, item: Lazy, hidden: bool) -> Value:
        value = item() if callable(item) else item
        match value:
            case Known(Map() as members) if type(members) is Map:
                return self._members(path, value, members, hidden)
            case Known(input=None):
                input = self.root.inputs.get(path) or input_of_member(path, value, hidden)
                if input is None:
                    return value
                chosen = self.scenario.choice(self.root.inputs.setdefault(path, input))
                if chosen is not None:
                    return _chosen(chosen, input, value.at)
                return Known(value.value, value.at, value.trail, value.ref, input)
            case _:
                return value

    def _given(self, given: Given) -> Value:
        at = given.source_map.of(given.expr)
        if not given.label:
            unnamed = failure("a name where a value is expected", at)
            return evaluate(given.expr, Scope(self, given.source_map, "", {}, unnamed))
        unknown = Unknown((Reason(given.label, at),), at, given.certain, identity=given.label)
        if not given.certain or not is_literal(given.expr):
            return unknown
        entries: dict[str, tuple[Span, Lazy]] = {
            name: (at, Thunk(self.scenario, at, self._given_local(local))) for name, local in given.locals.items()
        }
        names: dict[str, Lazy] = {"local": Known(Map(entries, unknown), at)}
        return evaluate(given.expr, Scope(self, given.source_map, given.label, names, unknown))

    def _given_local(self, given: Given) -> Callable[[], Value]:
        return lambda: self._given(given)

    def _argument(self, name: str, declared: DeclaredBlock, scope: Scope, caller: Caller) -> Value:
        argument = caller.declared.body.attributes.get(name)
        at = caller.declared.at
        value: Value | None = None
        if argument is not None:
            value = evaluate_whole(argument.expr, caller.scope)
            if not isinstance(value, Absent) or self._nullable(declared, scope):
                return value
        default = self._default(declared, scope)
        if default is None:
            what = f"{self.prefix}var.{name}"
            open_question = self.module.unsettled.get(name)
            return Unknown((Reason(open_question or what, at),), at, open_question is None, identity=what)
        if isinstance(default, Absent) and self.module.stub_of:
            return Absent(at)
        if isinstance(default, Absent):
            return Absent(at, (Step(declared.at, f"var.{name} is null unless the call sets it"),))
        return default

    # Modules

    @property
    def given(self) -> Mapping[str, Given]:
        """Return the values given to the variables of a root module."""
        return self.root.given if self.caller is None else {}

    def scopes_of(self, call: str) -> list[Scope]:
        """Return the scopes in which the arguments of a module call are evaluated."""
        callers = [instance.caller for instance in self.callees(call) or ()]
        scopes = [caller.scope for caller in callers if caller is not None]
        return scopes or [self.scope(self.module.calls[call].source_map)]

    def callees(self, name: str) -> list[ModuleInstance] | None:
        """Return the instances of a called module; None when the module is not here."""
        call = self.module.calls[name]
        try:
            return self.scenario.memo((self, "called", call), lambda: self._call(call, self._repeated(call)))
        except Circular:
            return None

    def actions(self) -> Iterator[Resource]:
        """Yield the actions of the module, as resources whose properties are their arguments."""
        for block in self.module.others:
            if block.block.type == "action":
                scope = self.scope(block.source_map)
                address = f"{self.prefix}action.{block.label(0)}.{block.label(1)}"
                properties = partial(arguments, block.body, scope, block.at)
                type = f"action {block.label(0)}"
                yield Resource(type, address, block.at, block.whole, properties, lambda: True, self.calls)

    def left_behind(self) -> Iterator[Resource]:
        """Yield what the module does not declare and a removed or import block names; nobody knows its content.

        Of a module, which may have held anything, it is an attachment of a policy.
        """
        for name, block in left_behind(self.module):
            address = f"{self.prefix}{name}"
            type = unindexed(name).rpartition(".")[0].rpartition(".")[2]
            type = type if type and type != "module" else "aws_iam_role_policy_attachment"
            how = (
                "an import block brings in" if block.block.type == "import" else "a removed block leaves in the account"
            )
            what = f"what {address} holds, which {how}"
            unknown = Unknown((Reason(what, block.at),), block.at)
            yield Resource(type, address, block.at, block.whole, partial(_itself, unknown), lambda: True, self.calls)

    def calls_of(self, name: str) -> Iterator[Resource]:
        """Yield the calls of a module as resources whose properties are its inputs."""
        call = self.module.calls[name]
        for item in self._repeated(call).items:
            address = f"{self.prefix}module.{name}{item.suffix}"
            scope = Scope(self, call.source_map, f"{address}: " if item.bound else self.prefix, item.bound)
            yield Resource(
                "module",
                address,
                call.at,
                call.whole,
                partial(_inputs_of, call, scope),
                partial(self.exists_call, call, item.suffix),
                self.calls,
            )

    def _repeated(self, call: DeclaredBlock) -> Repetition:
        found = self._repetitions.get(call)
        if found is None:
            found = self._repetitions[call] = self.scenario.lazily(lambda: self._call_repetition(call))
        return found()

    def _call_repetition(self, call: DeclaredBlock) -> Repetition:
        return repeat(call, self.scope(call.source_map), f"{self.prefix}module.{call.label(0)}", self.root.note)

    def _call(self, call: DeclaredBlock, repetition: Repetition) -> list[ModuleInstance] | None:
        module = self.root.called_module(self.module, call_key(self.key, call), call)
        if isinstance(module, str):
            return None
        base = f"{self.prefix}module.{call.label(0)}"
        made: list[ModuleInstance] = []
        for item in repetition.items:
            if self.depth >= MAX_MODULE_DEPTH or self.run.count_module() > MAX_MODULES:
                what = f"{MAX_MODULE_DEPTH} levels" if self.depth >= MAX_MODULE_DEPTH else f"{MAX_MODULES} calls"
                message = f"this call and what it makes is not checked: modules are followed through {what} only"
                leave_out(message, call.at)
                return made or None
            charge(STEPS_A_MODULE)
            address = f"{base}{item.suffix}"
            where = f"{address}: " if item.bound else self.prefix
            scope = Scope(self, call.source_map, where, item.bound)
            caller = Caller(self, call, address, scope, item.suffix)
            made.append(ModuleInstance(self.root, self.run, module, caller))
        return made

    def exists_call(self, call: DeclaredBlock, suffix: str) -> bool | None:
        """Return whether one instance of a called module exists."""
        return both_exist(self.exists(), self._repeated(call).exists(suffix))

    def to_module(self, name: str, at: Span) -> Value:
        """Return the value of `module.name`."""
        call = self.module.calls.get(name)
        if call is None:
            return self._undeclared(f"module.{name}", at)
        return self._once(f"module.{name}", at, lambda: self._module_value(name, call))

    def _module_value(self, name: str, call: DeclaredBlock) -> Value:
        at = call.at
        instances = self.callees(name)
        if instances is None:
            source = plain(call.body.attributes.get("source")) or name
            return Unknown((Reason(f"module {source}", at),), at, identity=f"{self.prefix}module.{name}")
        repetition = self._repeated(call)
        values = [instance.outputs(at) for instance in instances]
        match repetition.kind:
            case "count":
                made = Seq if repetition.more is None else InstanceSeq
                return Known(made([] if repetition.empty else [*values], repetition.more), at)
            case "each":
                entries: dict[str, tuple[Span, Lazy]] = {
                    item.key: (at, value)
                    for item, value in zip(repetition.items, values, strict=False)
                    if item.key is not None
                }
                return Known(Map(entries, repetition.more), at)
            case _:
                return values[0]

    def outputs(self, at: Span) -> Known[ModuleMap]:
        """Return the outputs of the module for its caller."""
        entries: dict[str, tuple[Span, Lazy]] = {}
        for name, output in self.module.outputs.items():
            entries[name] = (output.at, Thunk(self.scenario, output.at, self._output(output)))
        more = None
        if not self.module.complete:
            more = Unknown((Reason(f"what of {self.module.shown} could not be read", at),), at)
        return Known(ModuleMap(self.prefix.rstrip("."), entries, more), at)

    def _output(self, output: DeclaredBlock) -> Callable[[], Value]:
        attribute = output.body.attributes.get("value")
        if attribute is None:
            return lambda: Absent(output.at)
        return lambda: evaluate_whole(attribute.expr, self.scope(output.source_map))


class Caller:
    """The call that makes a module instance."""

    __slots__ = ("address", "declared", "instance", "scope", "suffix")

    def __init__(
        self, instance: ModuleInstance, declared: DeclaredBlock, address: str, scope: Scope, suffix: str
    ) -> None:
        self.instance = instance
        self.declared = declared
        self.address = address
        self.scope = scope
        self.suffix = suffix

    def steps(self, module: Module) -> tuple[Step, ...]:
        """Return the calls that lead from the module to the root, innermost first."""
        if self.instance.module.stub_of:
            return self.instance.calls  # all of it is where it is called
        message = f'module "{self.declared.label(0)}" is called here'
        if module.stub_of:
            message += f"; it is checked by what iplint knows of {module.stub_of}, not by its source"
        return (Step(self.declared.at, message), *self.instance.calls)

    def exists(self) -> bool | None:
        """Return whether this scenario makes the call."""
        return self.instance.exists_call(self.declared, self.suffix)


# What the first name of a traversal leads to; any other name is the type of a resource.
_REFERENCES: dict[str, Callable[[ModuleInstance, str, Span], Value]] = {
    "var": ModuleInstance.to_variable,
    "local": ModuleInstance.to_local,
    "module": ModuleInstance.to_module,
    "path": ModuleInstance.to_path,
    "terraform": ModuleInstance.to_terraform,
    "tofu": ModuleInstance.to_terraform,
    "each": ModuleInstance.to_unbound,
    "count": ModuleInstance.to_unbound,
    "self": ModuleInstance.to_unbound,
}
_LONGER = ("data", "resource", "ephemeral", "action")


def both_exist(first: bool | None, second: bool | None) -> bool | None:
    """Return whether something exists, given whether its block and its module exist."""
    if first is False or second is False:
        return False
    return None if first is None or second is None else True


def _inputs_of(call: DeclaredBlock, scope: Scope) -> Value:
    """Return what a call gives the variables of its module."""
    written = arguments(call.body, scope, call.at)
    entries = {name: entry for name, entry in written.value.entries().items() if name not in CALL_ARGUMENTS}
    return Known(BlockMap(entries), call.at)


def _made(maker: computed.Maker, block: computed.ComputedBlock) -> Callable[[], Value]:
    return lambda: maker(block) or Absent(block.at)


def _chosen(literal: Literal, input: Input, at: Span) -> Value:
    """Return the value that a scenario chooses for an input."""
    if isinstance(literal, Other):
        # What a rule compares it with may well be it; only the configuration's own comparisons are settled.
        excludes = tuple(input.options) if literal is not ANY else ()
        return Unknown((Reason(input.label, at),), at, True, (), None, input, input.label, excludes)
    if literal is NO_ITEMS:
        return Known(Seq([]), at, input=input)
    if literal is NO_MEMBERS:
        return Known(Map({}), at, input=input)
    if isinstance(literal, Nothing):
        return Absent(at, input=input)
    datum = literal_text(literal, Origin(at)) if isinstance(literal, str) else literal
    return Known(datum, at, (), None, input)


def _as_value(resource: Resource, at: Span) -> Known[ResourceMap]:
    properties = resource.properties
    written = properties.value if isinstance(properties, Known) and isinstance(properties.value, Map) else Map({})
    more = Unknown((Reason(f"what AWS gives {resource.address}", at),), at, ref=Ref(resource, WHOLE))
    return Known(
        ResourceMap(resource, written, lambda name: attribute_of(resource, written, name), more),
        at,
        (),
        Ref(resource, WHOLE),
    )


def attribute_of(resource: Resource, written: Map, name: str) -> Value:
    """Return the attribute of a resource as the value of a reference."""
    found = written.get(name)
    if found is None and name == "id" and not resource.data and resource.type in computed.NAMED_BY:
        found = written.get(computed.NAMED_BY[resource.type])
    if found is None and name == "arn" and not resource.data and resource.type == "aws_iam_role":
        found = computed.role_arn(resource, written)
    if found is None or isinstance(found, Absent):
        if resource.type == "terraform_data" and name in PASSED_ON:
            return Absent(resource.at)
        made = made_by_aws(resource, name)
        return made if name in ALWAYS_SET else _perhaps_null(made)
    referred = referring(found, Ref(resource, name), resource.at)
    if isinstance(referred, Unknown) and isinstance(found, Unknown) and not found.present and name not in ALWAYS_SET:
        return _perhaps_null(referred)
    return referred


# Attributes that resources and data sources have whatever is written. Any other is null where nothing sets it, unless
# its provider computes it.
ALWAYS_SET = frozenset(
    [
        "account_id",
        "arn",
        "content",
        "default_version",
        "dns_suffix",
        "endpoint",
        "hex",
        "id",
        "ids",
        "image_id",
        "json",
        "key_id",
        "latest_version",
        "name",
        "names",
        "output",
        "partition",
        "region",
        "rendered",
        "result",
        "secret",
        "secret_string",
        "unique_id",
        "url",
        "value",
    ]
)
# terraform_data: what is not written is null, in the output as in the input.
PASSED_ON = frozenset(["input", "output", "triggers_replace"])


def _perhaps_null(value: Unknown) -> Unknown:
    return Unknown(
        value.reasons, value.at, False, value.trail, value.ref, value.input, value.identity, value.excludes, value.type
    )


def _itself(unknown: Unknown) -> Value:
    return unknown

"""Files next to a configuration with provider blocks and values of their own: they are searched for keys.

Facts: Terraform documentation, Tests, Mocks, Query files and Stacks; Terragrunt documentation, Stacks.
"""

from __future__ import annotations

import os

from iplint.aws.marks import BACKEND_SUFFIX
from iplint.resource import Notice, NoticeCause, NoticeKind, keep_all
from iplint.syntax.hcl_tree import Block, Name
from iplint.terraform.configuration import Module, Reader, fill
from iplint.terraform.evaluate import ModuleInstance, RootModule, ScenarioState
from iplint.terraform.source_map import DeclaredBlock
from iplint.terraform.terragrunt import Unit
from iplint.terraform.text_occurrences import text_occurrences
from iplint.value import Reason, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from iplint.location import Source, Span
    from iplint.resource import CanSkip, TextOccurrence
    from iplint.scenario import Scenario
    from iplint.syntax.hcl_tree import Body
    from iplint.terraform.source_map import SourceMap
    from iplint.value import Value

# In JSON, how many labels the blocks at the top and inside of others have.
LABELS = {
    "component": 1,
    "deployment": 1,
    "deployment_auto_approve": 1,
    "deployment_group": 1,
    "identity_token": 1,
    "list": 2,
    "locals": 0,
    "mock_provider": 1,
    "mock_data": 1,
    "mock_resource": 1,
    "orchestrate": 2,
    "output": 1,
    "override_data": 0,
    "override_module": 0,
    "override_resource": 0,
    "provider": 1,
    "publish_output": 1,
    "removed": 0,
    "required_providers": 0,
    "run": 1,
    "stack": 1,
    "store": 2,
    "test": 0,
    "unit": 1,
    "upstream_input": 1,
    "variable": 1,
    "variables": 0,
}
NESTED = {"assert": 0, "config": 0, "module": 0, "variables": 0, "mock_data": 1, "mock_resource": 1}


class SideModule(Module):
    """The blocks of one file. Declarations in other files are unknown here."""

    def __init__(self, path: str, shown: str) -> None:
        super().__init__(os.path.dirname(path), shown)
        self._file = os.path.basename(path)

    def chosen(self, names: list[str]) -> list[str]:
        """See Module.chosen."""
        return [name for name in names if name == self._file]

    @property
    def grammar(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """See Module.grammar."""
        return LABELS, NESTED

    def add(self, body: Body, source_map: SourceMap) -> None:
        """See Module.add; a file of backend arguments becomes one block."""
        if self._file.endswith(BACKEND_SUFFIX):
            end = len(source_map.source.text)
            self.others.append(DeclaredBlock(Block(0, 0, end, "backend", [], body), source_map))
        else:
            super().add(body, source_map)

    def _add_block(self, found: DeclaredBlock) -> None:
        if found.block.type in ("variable", "locals", "provider"):
            super()._add_block(found)
        else:
            self.others.append(found)


class _SideReader(Reader):
    """Read one such file; texts are read through another reader."""

    own_values = (), ()

    def __init__(self, reader: Reader, path: str) -> None:
        super().__init__(reader.workspace)
        self._texts = reader
        self.side = SideModule(path, reader.workspace.display_path(path))
        fill(self.side, self)

    def module(self, directory: str) -> Module:
        """See Reader.module."""
        del directory
        return self.side

    def source(self, path: str) -> Source | str:
        """See Reader.source."""
        return self._texts.source(path)


class SideFile(RootModule):
    """A file that holds texts but no resources, as a root."""

    def __init__(self, reader: Reader, path: str) -> None:
        super().__init__(_SideReader(reader, path), os.path.dirname(path))
        self.library = False

    def instances(self, scenario: Scenario) -> Iterator[ModuleInstance]:
        """See RootModule.instances; there is only one."""
        yield scenario.memo((self, "root"), lambda: _SideInstance(self, ScenarioState(scenario), self.module))

    def text_occurrences(self, scenario: Scenario, silent: CanSkip = keep_all) -> Iterator[TextOccurrence]:
        """See Root.text_occurrences."""
        for instance in self.instances(scenario):
            yield from text_occurrences(instance, silent, self.note)


class _SideInstance(ModuleInstance):
    """The file in one scenario. Its references may be declared elsewhere."""

    def note(self, notice: Notice) -> None:
        """Ignore a notice: only texts are searched."""

    def _undeclared(self, what: str, at: Span) -> Value:
        return Unknown((Reason(what, at),), at)


def side_file(reader: Reader, path: str) -> SideFile:
    """Return the root for a file, with a notice where the file deploys resources that are not checked."""
    root = SideFile(reader, path)
    kinds: dict[str, list[DeclaredBlock]] = {}
    for declared in root.module.others:
        kinds.setdefault(declared.block.type, []).append(declared)
    applied = [run for run in kinds.get("run", ()) if _applies(run)] if "mock_provider" not in kinds else []
    for found, what in (
        (kinds.get("component", ()), "what deployments of this stack set is not read: components are checked without"),
        (kinds.get("unit", ()), "this stack of Terragrunt is not read: what it passes to its units is unknown"),
        (kinds.get("stack", ()), "this stack nests others, which are not read: what they deploy is not checked"),
        (applied, "this test deploys the configuration with values of its own: what it makes is not checked"),
    ):
        if found:
            root.notices.append(Notice(NoticeKind.UNSUPPORTED, root.path, what, found[0].at, cause=NoticeCause.TOOL))
    return root


def _applies(run: DeclaredBlock) -> bool:
    """Return whether a test run deploys its configuration: the default, unless it only plans."""
    command = run.body.attributes.get("command")
    return command is None or not (isinstance(command.expr, Name) and command.expr.name == "plan")


def components(reader: Reader, path: str) -> list[Unit]:
    """Return what the components of a Terraform Stacks file deploy, and notices of what could not be followed."""
    with reader.workspace.recording() as asked:
        module = _SideReader(reader, path).side
    shown = reader.workspace.display_path(path)
    found: list[Unit] = []
    for declared in module.others:
        source = declared.body.attributes.get("source")
        if declared.block.type == "component" and source is not None:
            unit = Unit(shown, declared.label(0))
            unit.asked = asked
            unit.take_inputs(declared.body, module.locals, declared.source_map)
            unit.deploy(reader, module.directory, source, declared.source_map)
            found.append(unit)
    return found

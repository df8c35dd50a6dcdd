"""Terraform's root modules and Terragrunt's units: which modules are deployed, and what each of them reaches."""

from __future__ import annotations

import os
from functools import partial

from iplint.aws.marks import AWS_MARKS
from iplint.discovery.files import SKIPPED_DIRECTORIES
from iplint.discovery.pending import PendingRoot
from iplint.resource import Notice, NoticeKind
from iplint.scenario import Scenario
from iplint.workspace import ReadError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from iplint.cloudformation.deployed import Deployed
    from iplint.discovery.catalog import CatalogBuilder
    from iplint.discovery.pending import RootInfo
    from iplint.resource import Root
    from iplint.terraform.configuration import Module, Reader
    from iplint.terraform.evaluate import RootModule
    from iplint.terraform.terragrunt import Unit
    from iplint.workspace import Workspace

# What the types of resources have in their names that make CloudFormation deploy something.
DEPLOYING_MARKS = ("cloudformation_stack", "cloudcontrolapi")


def configuration_roots(builder: CatalogBuilder) -> Iterator[PendingRoot]:
    """Yield what is deployed of the directories and units that were found."""
    if builder.found.configurations or builder.found.units:
        yield from _Configurations(builder).pending_roots()


class _Configurations:
    """The directories of Terraform's files, and the units that deploy them."""

    __slots__ = ("_builder", "_called", "_found", "_readers", "_workspaces")

    def __init__(self, builder: CatalogBuilder) -> None:
        self._builder = builder
        self._found = builder.found
        self._readers = builder.readers
        self._workspaces = builder.workspaces
        # The directories of modules that each directory's calls.
        self._called: dict[str, list[str]] = {}

    def pending_roots(self) -> Iterator[PendingRoot]:
        """Yield the modules that nothing calls, and what units deploy; a directory is forgotten after its last root."""
        directories, unit_paths = self._around()
        modules = sorted(directories)
        targets = {target for directory in modules for target in self._calls(directory)}
        units = self._read_units(sorted(unit_paths))
        targets |= {unit.module for unit in units.values() if unit.module is not None}
        roots = [directory for directory in modules if directory not in targets]
        if not roots and not units:
            roots = modules
        deployed: list[tuple[str, Unit | None, set[str]]] = [
            (directory, None, self._reached((directory,))) for directory in roots
        ]
        for unit in units.values():
            self._builder.notices += unit.notices
            if unit.module is not None:
                deployed.append((unit.module, unit, self._reached((unit.module,))))
        deployed = [one for one in deployed if self._concerns_aws(one[0], one[2])]
        last = {inner: number for number, (_, _, reached) in enumerate(deployed) for inner in reached}
        for number, (directory, deploying, reached) in enumerate(deployed):
            yield self._pending(directory, deploying, reached)
            for inner in reached:
                if last[inner] == number:
                    self._readers.of(inner).evict(inner)
        # Modules that only call each other in a circle are reached from no root.
        self._count(set(last))
        self._count_units(units)

    def _calls(self, directory: str) -> list[str]:
        """Return the directories of the modules that a directory's calls by a local path."""
        found = self._called.get(directory)
        if found is None:
            reader = self._readers.of(directory)
            known = self._builder.known(reader.workspace, f"calls\0{directory}", lambda: reader.local_calls(directory))
            found = self._called[directory] = known if known is not None else []
        return found

    def _reached(self, directories: Collection[str]) -> set[str]:
        """Return some directories, and those of all modules that are called from them, directly or through others."""
        reached: set[str] = set()
        waiting = list(directories)
        while waiting:
            directory = waiting.pop()
            if directory not in reached:
                reached.add(directory)
                waiting += self._calls(directory)
        return reached

    def _around(self) -> tuple[set[str], set[str]]:
        """Return the requested directories and units, and where files are named those that share modules."""
        directories, units = set(self._found.configurations), set(self._found.units)
        named = {os.path.dirname(path) for path in self._found.named.values()} & directories
        if not named:
            return directories, units
        from iplint.terraform.callers import Callers

        by_top: dict[tuple[str, Workspace], set[str]] = {}
        for directory in named:
            workspace = self._workspaces.of(directory)
            by_top.setdefault((workspace.top_of(directory), workspace), set()).add(directory)
        options = self._builder.options
        for (top, workspace), inside in sorted(by_top.items(), key=lambda item: item[0][0]):
            callers = Callers(workspace, top, SKIPPED_DIRECTORIES, partial(options.excludes, workspace=workspace))
            reaching, _ = callers.reaching(inside)
            # A finding in a module is one for all of its callers, so these are checked too.
            reaching, deploying = callers.reaching(self._reached(reaching))
            directories |= reaching
            units |= deploying
            for directory in reaching:
                self._workspaces.share(directory, workspace)
            if not callers.complete:
                message = "callers were not looked for in all directories: there are too many"
                self._builder.notices.append(Notice(NoticeKind.UNREADABLE, workspace.display_path(top), message))
        return directories, units

    def _read_units(self, paths: Sequence[str]) -> dict[str, Unit]:
        if not paths:
            return {}
        from iplint.terraform.terragrunt import read_unit

        units: dict[str, Unit] = {}
        for path in paths:
            reader = self._readers.of(os.path.dirname(path))
            shown = reader.workspace.display_path(path)
            unit = self._builder.bounded(shown, partial(read_unit, reader, path), None)
            if unit is not None:
                units[path] = unit
        return units

    def _pending(self, directory: str, unit: Unit | None, reached: set[str]) -> PendingRoot:
        """Return a root module in its turn, or what a unit deploys of it; `reached` are all directories that it may
        call.
        """
        reader = self._readers.of(directory)

        def read(info: RootInfo) -> Root:
            root = self._root(directory, unit)
            info.unread = {inner: self._readers.of(inner).unreadable(inner) for inner in reached}
            deployed = deploying(root, root.types())
            if deployed is None:
                return root
            info.held = deployed.files(Scenario({}))
            self._builder.deploy(info.held)
            return deployed

        def skip(info: RootInfo) -> None:
            for inner, notices in info.unread.items():
                self._readers.of(inner).take_unreadable(inner, notices)
            self._builder.deploy(info.held)

        shown = unit.shown if unit is not None else reader.workspace.display_path(directory)
        workspace = reader.workspace if all(self._readers.of(inner) is reader for inner in reached) else None
        return PendingRoot(shown, read, skip, workspace, unit.asked if unit is not None else ())

    def _root(self, directory: str, unit: Unit | None) -> RootModule:
        from iplint.terraform.evaluate import RootModule

        reader, options = self._readers.of(directory), self._builder.options
        inputs = unit.given(reader.module(directory).variables) if unit is not None else None
        root = RootModule(reader, directory, options.variables, options.var_files, options.environment, inputs)
        if unit is not None:
            root.path = unit.shown
        else:
            root.notices += self._unapplied(directory)
        return root

    def _unapplied(self, directory: str) -> list[Notice]:
        """Report files with values of variables that lie beside a root, and that nothing applies."""
        from iplint.terraform.variables import unapplied_files

        workspace, options = self._workspaces.of(directory), self._builder.options
        shown = [
            shown
            for path in unapplied_files(self._readers.of(directory), directory, options.variables, options.var_files)
            if not options.excludes(path, workspace) and self._found.concerns(shown := workspace.display_path(path))
        ]
        if not shown:
            return []
        verb, one = ("were", "one of them") if len(shown) > 1 else ("was", "it")
        message = f"{' and '.join(shown)} {verb} not applied: give {one} with --var-file to check with its values"
        return [Notice(NoticeKind.UNRESOLVED, shown[0], message)]

    def _concerns_aws(self, directory: str, reached: set[str]) -> bool:
        if any(_mentions_aws(self._readers.of(directory), inner) for inner in reached):
            return True
        from iplint.terraform.installed import MANIFEST

        # What is installed for a call may speak of AWS though the call does not.
        if os.path.lexists(os.path.join(directory, MANIFEST)):
            return True
        modules = [
            reader.module(inner) for inner in reached if _calls_modules(reader := self._readers.of(inner), inner)
        ]
        return any(_may_launch_elsewhere(module) for module in modules)

    def _count(self, checked: set[str]) -> None:
        """Count the files of all directories, of which some were `checked`."""
        counts = self._builder.counts
        for directory, files in self._found.configurations.items():
            notices = self._readers.of(directory).unreadable(directory)
            workspace = self._workspaces.of(directory)
            unread = {notice.path for notice in notices}
            for path in files:
                if workspace.display_path(path) in unread:
                    counts.unreadable += 1
                elif directory in checked:
                    counts.checked += 1
                else:
                    counts.not_templates += 1
            if directory not in checked:
                self._builder.notices += notices

    def _count_units(self, units: Mapping[str, Unit]) -> None:
        counts = self._builder.counts
        for path in self._found.units:
            if any(
                notice.kind == NoticeKind.UNREADABLE and notice.path == units[path].shown
                for notice in units[path].notices
            ):
                counts.unreadable += 1
            elif units[path].is_unit:
                counts.checked += 1
            else:
                counts.not_templates += 1


def deploying(root: Root, types: set[str]) -> Deployed | None:
    """Return a root with what CloudFormation deploys for it, if any of its types of resources asks for that."""
    if not any(mark in type for type in types for mark in DEPLOYING_MARKS):
        return None
    from iplint.cloudformation.deployed import Deployed

    return Deployed(root)


# Providers that make nothing in a cloud: a module with only these beside its calls may be one of any cloud.
UTILITIES = frozenset(
    ("archive", "external", "http", "local", "null", "random", "template", "terraform", "time", "tls")
)


def _calls_modules(reader: Reader, directory: str) -> bool:
    """Return whether a file of a module may call modules."""
    from iplint.terraform.configuration import configuration_files

    names = configuration_files(reader.workspace.names(directory))
    sources = (reader.source(os.path.join(directory, name)) for name in names)
    return any(not isinstance(source, str) and "module" in source.text for source in sources)


def _may_launch_elsewhere(module: Module) -> bool:
    """Return whether a module that does not mention AWS calls modules that are not here, and no provider says of which
    cloud they are.
    """
    from iplint.terraform.configuration import local_source, plain

    used = {declared.label(0).partition("_")[0] for declared in (*module.resources, *module.providers)}
    if used - UTILITIES:
        return False
    sources = [
        plain(call.body.attributes.get("source"))
        for call in module.calls.values()
        if local_source(module.directory, call) is None
    ]
    # The last part of a module's address in a registry is its main provider.
    return any(source is None or source.count("/") != 2 or ":" in source for source in sources)


def _mentions_aws(reader: Reader, directory: str) -> bool:
    """Return whether a file of a module speaks of AWS or of its keys, or has an escape that may spell either.

    The backend `s3` and variables take keys in a module that need not name AWS otherwise.
    """
    from iplint.terraform.configuration import configuration_files

    try:
        names = configuration_files(reader.workspace.names(directory))
    except ReadError:
        return True
    for name in names:
        source = reader.source(os.path.join(directory, name))
        if isinstance(source, str) or any(mark in source.text for mark in AWS_MARKS):
            return True
    return False

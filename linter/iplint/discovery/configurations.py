"""Terraform's root modules and Terragrunt's units: which modules are deployed, and which modules each of them calls."""

from __future__ import annotations

import os
from functools import partial

from iplint.aws.marks import AWS_MARKS, COMPONENT_SUFFIXES, TOFU_SUFFIXES
from iplint.discovery.catalog import Readers
from iplint.discovery.files import SKIPPED_DIRECTORIES, FileKind, kind_of
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
    from iplint.terraform.configuration import Module
    from iplint.terraform.evaluate import RootModule
    from iplint.terraform.terragrunt import Unit
    from iplint.workspace import Workspace

# What the types of resources have in their names that make CloudFormation deploy something.
DEPLOYING_MARKS = ("cloudformation_stack", "cloudcontrolapi")


def configuration_roots(builder: CatalogBuilder) -> Iterator[Iterator[PendingRoot]]:
    """Yield the roots of the directories and units that were found, in batches."""
    if builder.found.configurations or builder.found.units or builder.found.sides:
        yield from _Configurations(builder).batches()


class _View:
    """The module directories as one tool reads them: OpenTofu, or Terraform, which ignores OpenTofu's files.

    `calls` uses the cache of earlier runs. A directory that reaches a circle of calls cannot be deployed at all.
    """

    __slots__ = ("_builder", "_called", "_circular", "readers", "variant")

    def __init__(self, builder: CatalogBuilder, readers: Readers) -> None:
        self._builder = builder
        self.readers = readers
        self.variant = "" if readers.tofu else "Terraform"
        self._called: dict[str, list[str]] = {}
        self._circular: dict[str, bool] = {}

    def calls(self, directory: str) -> list[str]:
        """Return the directories of the modules that a directory's calls by a local path."""
        found = self._called.get(directory)
        if found is None:
            from iplint.terraform.sources import local_calls

            reader = self.readers.of(directory)
            name = f"calls{self.variant}\0{directory}"
            known = self._builder.known(reader.workspace, name, lambda: local_calls(reader, directory))
            found = self._called[directory] = known if known is not None else []
        return found

    def reached(self, directories: Collection[str]) -> set[str]:
        """Return some directories, and those of all modules that they call, directly or through others."""
        reached: set[str] = set()
        waiting = list(directories)
        while waiting:
            directory = waiting.pop()
            if directory not in reached:
                reached.add(directory)
                waiting += self.calls(directory)
        return reached

    def is_circular(self, directory: str) -> bool:
        """Return whether a directory calls itself, or reaches one that does, directly or through others."""
        reached = self.reached((directory,))
        for inner in reached - self._circular.keys():
            self._circular[inner] = inner in self.reached(self.calls(inner))
        return any(self._circular[inner] for inner in reached)

    def deploys(self, directory: str) -> bool:
        """Return whether a directory is meant to be deployed by itself."""
        reader = self.readers.of(directory)
        name = f"deploys{self.variant}\0{directory}"
        return bool(
            self._builder.known(reader.workspace, name, lambda: [directory] if reader.deploys(directory) else [])
        )

    def concerns_aws(self, directory: str, reached: set[str]) -> bool:
        """Return whether a directory, or a module that it calls, may involve AWS."""
        if any(self.readers.of(inner).mentions(inner, AWS_MARKS) for inner in reached):
            return True
        from iplint.terraform.installed import MANIFEST

        # The installed module may mention AWS even if the call does not.
        if os.path.lexists(os.path.join(directory, MANIFEST)):
            return True
        calling = [(reader, inner) for inner in reached if (reader := self.readers.of(inner)).mentions(inner, CALL)]
        return any(_may_launch_elsewhere(reader.module(inner)) for reader, inner in calling)


class _Deployment:
    """A root to deploy: a directory's module, as one tool reads it, with the inputs of a unit."""

    __slots__ = ("directory", "reached", "unit", "view")

    def __init__(self, directory: str, view: _View, unit: Unit | None = None) -> None:
        self.directory = directory
        self.view = view
        self.unit = unit
        self.reached = view.reached((directory,))

    def release(self, directories: Sequence[str]) -> None:
        """Drop the texts and trees of directories that no other root reaches."""
        for directory in directories:
            self.view.readers.of(directory).evict(directory)


class _Configurations:
    """The directories of Terraform's files, and the units that deploy them."""

    __slots__ = (
        "_again",
        "_builder",
        "_checked",
        "_created",
        "_found",
        "_parts",
        "_readers",
        "_terraform",
        "_view",
        "_workspaces",
    )

    def __init__(self, builder: CatalogBuilder) -> None:
        self._builder = builder
        self._found = builder.found
        self._readers = builder.readers
        self._workspaces = builder.workspaces
        self._view = _View(builder, builder.readers)
        self._terraform = _View(builder, Readers(builder.workspaces, tofu=False))
        # The directories that roots reach, and those of them that some scenario creates.
        self._checked: set[str] = set()
        self._created: set[str] = set()
        self._parts: set[str] = set()
        # Those that others call, or that no one can deploy because they call each other.
        self._again: set[str] = set()

    def batches(self) -> Iterator[Iterator[PendingRoot]]:
        """Yield batches of roots: modules that nothing calls or that are meant for deployment, and those of units."""
        directories, unit_paths = self._around()
        modules = sorted(directories)
        units = self._read_units(sorted(unit_paths))
        components = self._read_components()
        of_units = {unit.module for unit in (*units.values(), *components) if unit.module is not None}
        deployed = [_Deployment(directory, self._view) for directory in self._roots(modules, of_units)]
        for unit in (*units.values(), *components):
            self._builder.notices += unit.notices
            if unit.module is not None:
                deployed.append(_Deployment(unit.module, self._view, unit))
        yield self._pending_of(deployed)
        # What only references lead to that no scenario follows is deployed by nobody there, but it can be.
        # Below a root are its parts.
        hidden = [directory for directory in modules if directory in self._checked - self._created - self._parts]
        within = {target for directory in hidden for target in self._view.calls(directory)}
        for directory in sorted(hidden, key=within.__contains__):
            if directory not in self._created:
                yield self._pending_of([_Deployment(directory, self._view)])
        self._count(self._checked)
        self._count_units(units)

    def _roots(self, modules: Sequence[str], of_units: set[str]) -> list[str]:
        """Return the directories that are deployed by themselves."""
        view = self._view
        targets = {target for directory in modules for target in view.calls(directory)}
        if targets.intersection(modules):
            # Terraform refuses modules that call each other in a circle, so nothing is deployed through them.
            sound = [directory for directory in modules if not view.is_circular(directory)]
            targets = {target for directory in sound for target in view.calls(directory)}
            self._again = targets.union(modules).difference(set(sound) - targets)
        return [
            directory
            for directory in modules
            if directory not in of_units and (directory not in targets or view.deploys(directory))
        ]

    def _pending_of(self, deployed: list[_Deployment]) -> Iterator[PendingRoot]:
        """Yield the roots among some deployments that may involve AWS, each as every tool reads it."""
        deployed = [one for one in deployed if one.view.concerns_aws(one.directory, one.reached)]
        last = {inner: number for number, one in enumerate(deployed) for inner in one.reached}
        for number, one in enumerate(deployed):
            roots = [self._pending(one)]
            if any(self._is_mixed(inner) for inner in one.reached):
                roots.append(self._pending(_Deployment(one.directory, self._terraform, one.unit)))
            roots[-1].release = partial(one.release, [inner for inner in one.reached if last[inner] == number])
            yield from roots
            self._parts.update(inner for inner in one.reached if inner.startswith(os.path.join(one.directory, "")))
        self._checked.update(last)

    def _is_mixed(self, directory: str) -> bool:
        """Return whether Terraform and OpenTofu both find files in a directory, and different ones."""
        try:
            names = self._workspaces.of(directory).names(directory)
        except ReadError:
            return False
        kinds = {name.endswith(TOFU_SUFFIXES) for name in names if kind_of(name) is FileKind.CONFIGURATION}
        return len(kinds) > 1

    def _around(self) -> tuple[set[str], set[str]]:
        """Return the requested directories and units; for named files, also those that share modules with them."""
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
            reaching, deploying = callers.reaching(self._view.reached(reaching))
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

    def _read_components(self) -> list[Unit]:
        """Return the components of the Terraform Stacks that were found."""
        found: list[Unit] = []
        for path in self._found.sides:
            if path.endswith(COMPONENT_SUFFIXES):
                from iplint.terraform.side_files import components

                reader = self._readers.of(os.path.dirname(path))
                none: list[Unit] = []
                shown = reader.workspace.display_path(path)
                found += self._builder.bounded(shown, partial(components, reader, path), none)
        return found

    def _pending(self, deployment: _Deployment) -> PendingRoot:
        """Return a pending root."""
        unit, readers = deployment.unit, deployment.view.readers
        reader = readers.of(deployment.directory)

        def read(info: RootInfo) -> Root:
            root = self._root(deployment)
            info.unread = {inner: readers.of(inner).unreadable(inner) for inner in deployment.reached}
            info.called = root.called_directories()
            self._created |= info.called
            deployed = deploying(root, root.types())
            if deployed is None:
                return root
            info.held = deployed.files(Scenario({}))
            self._builder.deploy(info.held)
            return deployed

        def skip(info: RootInfo) -> None:
            for inner, notices in info.unread.items():
                readers.of(inner).take_unreadable(inner, notices)
            self._created |= info.called
            self._builder.deploy(info.held)

        shown = unit.shown if unit is not None else reader.workspace.display_path(deployment.directory)
        is_one = all(readers.of(inner) is reader for inner in deployment.reached)
        before = unit.asked if unit is not None else ()
        workspace = reader.workspace if is_one else None
        variant = deployment.view.variant + (unit.name if unit is not None else "")
        again = unit is None and deployment.directory in self._again
        return PendingRoot(shown, read, skip, workspace, before, variant=variant, again=again)

    def _root(self, deployment: _Deployment) -> RootModule:
        from iplint.terraform.evaluate import RootModule

        directory, unit, options = deployment.directory, deployment.unit, self._builder.options
        reader = deployment.view.readers.of(directory)
        inputs = unit.given(reader.module(directory).variables) if unit is not None else None
        root = RootModule(reader, directory, options.variables, options.var_files, options.environment, inputs)
        root.workspace_name = options.workspace
        if unit is not None:
            root.path = unit.shown
        else:
            root.notices += self._builder.unapplied_values(self._readers.of(directory), directory)
        return root

    def _count(self, checked: set[str]) -> None:
        """Count the files of all directories, of which those in `checked` were checked."""
        counts = self._builder.counts
        for directory, files in self._found.configurations.items():
            views = (self._view, self._terraform) if self._is_mixed(directory) else (self._view,)
            notices = [one for view in views for one in view.readers.of(directory).unreadable(directory)]
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
    """Return a root with what CloudFormation deploys for it, if it has resources of such a type."""
    if not any(mark in type for type in types for mark in DEPLOYING_MARKS):
        return None
    from iplint.cloudformation.deployed import Deployed

    return Deployed(root)


# Without this a module calls none.
CALL = ("module",)
# On these hosts, what looks like an address of a registry is a repository.
HOSTS_OF_CODE = frozenset(("bitbucket.org", "github.com"))
# Providers that make nothing in a cloud: a module with only these beside its calls may be one of any cloud.
UTILITIES = frozenset(
    ("archive", "external", "http", "local", "null", "random", "template", "terraform", "time", "tls")
)


def _may_launch_elsewhere(module: Module) -> bool:
    """Return whether a module that does not mention AWS calls modules that are not here, with no provider that shows
    their cloud.
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
    return any(source is None or not _is_of_registry(source) for source in sources)


def _is_of_registry(source: str) -> bool:
    """Return whether a module's source is a registry address, whose last part is the main provider.

    Terraform documentation, Module Sources: `namespace/name/provider`, with a host before it for other registries.
    """
    host, *rest = source.partition("//")[0].split("/")
    if ":" in source or host in HOSTS_OF_CODE:
        return False
    return len(rest) == 3 if "." in host else len(rest) == 2

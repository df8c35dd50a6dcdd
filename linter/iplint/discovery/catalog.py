"""What was read: counts, notices and texts. A CatalogBuilder while roots are being read, a Catalog afterwards."""

from __future__ import annotations

import os

from iplint.budget import OUT_OF_BUDGET, Budget
from iplint.discovery.dialects import unread_launch
from iplint.discovery.files import FileKind, kind_of
from iplint.resource import MARK, Notice, NoticeCause, NoticeKind, exceeded
from iplint.workspace import ReadError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from typing import TypeAlias, TypeVar

    from iplint.discovery.files import FoundFiles
    from iplint.discovery.options import Options
    from iplint.discovery.workspaces import Workspaces
    from iplint.finding import FileCounts, Finding
    from iplint.location import Source, Span
    from iplint.parsed import ParsedTexts
    from iplint.resource import Ignore
    from iplint.syntax.hcl_tree import Body
    from iplint.syntax.tree import Mapping as MappingNode
    from iplint.terraform.configuration import Reader
    from iplint.terraform.plan.document import Plan
    from iplint.workspace import Workspace

    T = TypeVar("T")
    # Returns what a function makes of the files of a workspace, by a name for that; None is not kept.
    Known: TypeAlias = Callable[[Workspace, str, Callable[[], list[str] | None]], list[str] | None]


class Readers:
    """The readers of Terraform's files, one for each workspace; with or without `tofu`, OpenTofu's own files."""

    __slots__ = ("_by_workspace", "_workspaces", "tofu")

    def __init__(self, workspaces: Workspaces, tofu: bool = True) -> None:
        self._workspaces = workspaces
        self.tofu = tofu
        self._by_workspace: dict[Workspace, Reader] = {}

    def of(self, directory: str) -> Reader:
        """Return the reader of a directory."""
        from iplint.terraform.configuration import Reader

        workspace = self._workspaces.of(directory)
        found = self._by_workspace.get(workspace)
        if found is None:
            found = self._by_workspace[workspace] = Reader(workspace, self.tofu)
        return found


class CatalogBuilder:
    """A catalog under construction: the makers of roots count and report here what they read.

    `counts`, `notices` and `plans` grow. `known` may return results of an earlier run for the same files.
    """

    __slots__ = (
        "_deployed",
        "_marked",
        "_read",
        "counts",
        "found",
        "known",
        "notices",
        "options",
        "plans",
        "readers",
        "remembers",
        "workspaces",
    )

    def __init__(self, found: FoundFiles, workspaces: Workspaces, options: Options, counts: FileCounts) -> None:
        self.found = found
        self.workspaces = workspaces
        self.options = options
        self.counts = counts
        self.readers = Readers(workspaces)
        self.notices = list(found.notices)
        self.plans: list[Plan] = []
        self.known: Known = lambda workspace, name, make: make()
        self.remembers = False
        # The templates and plans that were read, and the texts of those with suppressions.
        self._read: list[str] = []
        self._marked: list[Source] = []
        # The real paths of the templates that Terraform deploys.
        self._deployed: set[str] = set()

    def remember(self, known: Known, parsed: ParsedTexts | None) -> None:
        """Record from now on which files are read; `known` may return results of an earlier run, `parsed` trees."""
        self.remembers = True
        self.known = known
        self.workspaces.keep_answers(parsed)

    def unapplied_values(self, reader: Reader, directory: str) -> list[Notice]:
        """Report files of variable values next to a root that are not applied."""
        from iplint.terraform.variables import unapplied_files

        workspace, options = reader.workspace, self.options
        shown = [
            shown
            for path in unapplied_files(reader, directory, options.variables, options.var_files)
            if not options.excludes(path, workspace) and self.found.concerns(shown := workspace.display_path(path))
        ]
        if not shown:
            return []
        verb, one = ("were", "one of them") if len(shown) > 1 else ("was", "it")
        message = f"{' and '.join(shown)} {verb} not applied: give {one} with --var-file to check with its values"
        return [Notice(NoticeKind.UNRESOLVED, shown[0], message, cause=NoticeCause.VALUES)]

    def data(self, path: str) -> bytes | None:
        """Return the bytes of a file; None and a notice if it cannot be read."""
        workspace = self.workspaces.of(path)
        try:
            return workspace.read(path)
        except ReadError as refused:
            self.unread(Notice(NoticeKind.UNREADABLE, workspace.display_path(path), f"the file {refused}"))
            return None

    def unread(self, notice: Notice) -> None:
        """Count and report a file that is not read."""
        self.notices.append(notice)
        self.counts.unreadable += 1

    def name_extension(self, path: str) -> None:
        """Count an Elastic Beanstalk extension file, and report it if it describes launches."""
        data = self.data(path)
        if data is not None:
            self.counts.not_templates += 1
            self.name_unread_launch(path, data, is_extension=True)

    def name_unread_launch(self, path: str, data: bytes, is_extension: bool = False) -> None:
        """Report a file that describes EC2 launches for another tool."""
        why = unread_launch(data, is_extension)
        if why is not None:
            self.notices.append(
                Notice(NoticeKind.UNSUPPORTED, self.workspaces.display_path(path), why, cause=NoticeCause.TOOL)
            )

    def take(self, path: str, source: Source) -> None:
        """Count a template or plan, and keep its text if it has suppressions."""
        self.take_known(path)
        if MARK in source.text:
            self._marked.append(source)

    def take_known(self, path: str) -> None:
        """Count a template without suppressions."""
        self.counts.checked += 1
        self._read.append(path)

    def bounded(self, shown: str, make: Callable[[], T], otherwise: T) -> T:
        """Return the result of `make` before a root is read, with a budget of its own; `otherwise` when it exceeds
        that.
        """
        with Budget():
            try:
                return make()
            except OUT_OF_BUDGET:
                self.unread(exceeded(shown))
                return otherwise

    def deploy(self, files: Iterable[str]) -> None:
        """Record the templates, by display path, that a configuration deploys: they are not roots of their own."""
        for shown in files:
            path = self.found.own_file(shown)
            if path is not None:
                self._deployed.add(os.path.realpath(path))

    def deployed(self) -> set[str]:
        """Return the real paths of the templates that the configurations read so far deploy."""
        return set(self._deployed)

    def finish(self) -> Catalog:
        """Return what was read."""
        return Catalog(self, self._read, self._marked)


class Catalog:
    """What was found and read of some paths. It does not change.

    `is_snapshot` says that outputs of the AWS CLI were read. `missing` are the paths that do not exist, `skipped`
    counts what was not searched, `unmatched` are the patterns that exclude nothing, `notices` say what could not be
    read.
    """

    __slots__ = (
        "_counts",
        "_found",
        "_marked",
        "_read",
        "_readers",
        "_workspaces",
        "is_snapshot",
        "missing",
        "notices",
        "plans",
        "skipped",
        "unmatched",
    )

    def __init__(self, builder: CatalogBuilder, read: Sequence[str], marked: Sequence[Source]) -> None:
        self._counts = builder.counts
        self._found = builder.found
        self._workspaces = builder.workspaces
        self._readers = builder.readers
        self._read = tuple(read)
        self._marked = tuple(marked)
        self.is_snapshot = builder.options.is_snapshot
        self.missing = builder.found.missing
        self.skipped = builder.found.skipped
        self.unmatched = tuple(builder.found.unmatched)
        self.notices = tuple(builder.notices)
        self.plans = tuple(builder.plans)

    @property
    def ignored(self) -> int:
        """Return the number of files that git ignores."""
        return self._counts.ignored

    def concerns(self, path: str) -> bool:
        """Return whether a file, by its display path, was requested."""
        return self._found.concerns(path)

    def own_file(self, shown: str) -> str | None:
        """Return the absolute path of a requested template or Terraform file, by its display path."""
        return self._found.own_file(shown)

    @property
    def counts(self) -> FileCounts:
        """Return how many files were found, by what became of them."""
        return self._counts

    def empty(self) -> list[str]:
        """Return the directories that were searched, and the files that were named where all else is empty too, as
        shown, in which nothing was found to check.
        """
        nothing = not self._counts.checked and not self._counts.unreadable
        walked = self._found.walked.items()
        found = [self._workspaces.display_path(top) for top, is_empty in walked if is_empty or nothing]
        return [*found, *self._found.named] if nothing else found

    def requested_notices(self, notices: Sequence[Notice]) -> list[Notice]:
        """Return the requested notices of a run, with those of the catalog."""
        return self._found.requested_notices([*notices, *self.notices])

    def hidden(self, found: Sequence[Span]) -> list[Span]:
        """Return the secrets in plans, which no report may show."""
        return [span for plan in self.plans for span in plan.hidden(found)]

    def paths(self) -> Iterator[str]:
        """Yield the display paths of the files that were read."""
        yield from (self._workspaces.display_path(path) for path in self._read)
        for directory, files in self._found.in_directories():
            reader = self._readers.of(directory)
            yield from (reader.workspace.display_path(path) for path in files if reader.was_read(path))

    def marked(self) -> Iterator[Source]:
        """Yield the files with suppressions that were read, templates first."""
        yield from self._marked
        for directory, files in self._found.in_directories():
            reader = self._readers.of(directory)
            yield from filter(None, (reader.marked(path) for path in files))

    def ignores(self) -> Iterator[Ignore]:
        """Yield the suppressions in the metadata of templates."""
        if self._marked:
            from iplint.cloudformation.metadata import ignores
            from iplint.cloudformation.reading import read_template
            from iplint.syntax.tree import Mapping as Members

            for source in self._marked:
                tree, _ = read_template(source)
                if isinstance(tree, Members):
                    yield from ignores(tree)

    def trees(self) -> Iterator[tuple[Source, MappingNode]]:
        """Yield the trees of the templates and plans, which are read again."""
        from iplint.syntax import decoding, yaml
        from iplint.syntax.problem import SyntaxProblem
        from iplint.syntax.tree import Mapping as Members

        for path in self._read:
            workspace = self._workspaces.of(path)
            try:
                source = decoding.decode(workspace.display_path(path), workspace.read(path))
                tree = yaml.parse(source)
            except (ReadError, SyntaxProblem):
                continue  # it has changed since it was read
            if isinstance(tree, Members):
                yield source, tree

    def bodies(self) -> Iterator[tuple[Source, Body]]:
        """Yield the HCL files of Terraform and Packer that could be read."""
        from iplint.syntax.hcl import parse

        yield from ((source, parse(source)[0]) for source in self._sources() if not source.path.endswith(".json"))

    def undeclared(self, parameters: Collection[str], variables: Collection[str]) -> tuple[set[str], set[str]]:
        """Return those of some names that no template mentions as a parameter would be, and no configuration as a
        variable would be.
        """
        parameters, variables = set(parameters), set(variables)
        if parameters:
            for path in self._read:
                parameters -= _mentioned(parameters, self._workspaces.of(path), path)
        # Where single files are named, and where Terragrunt calls a module, variables are declared in others too.
        if self._found.named or self._found.units:
            variables.clear()
        elif variables:
            for directory, files in self._found.in_directories():
                for path in files:
                    variables -= _mentioned(variables, self._readers.of(directory).workspace, path)
        return parameters, variables

    def json_bodies(self) -> Iterator[Source]:
        """Yield the files of Terraform and Packer in JSON that could be read."""
        yield from (source for source in self._sources() if source.path.endswith(".json"))

    def _sources(self) -> Iterator[Source]:
        for directory, files in self._found.in_directories():
            for path in files:
                if kind_of(os.path.basename(path)) in (FileKind.CONFIGURATION, FileKind.PACKER):
                    source = self._readers.of(directory).source(path)
                    if not isinstance(source, str):
                        yield source

    def former(self, finding: Finding) -> Iterator[tuple[str, str | None, tuple[tuple[str, str], ...]]]:
        """Return the addresses that the resource of a finding had before `moved` blocks changed them.

        As terraform.moved.former, with display paths of directories.
        """
        if not finding.declared or kind_of(finding.declared[0].path) is not FileKind.CONFIGURATION:
            return
        from iplint.terraform.moved import former, steps

        # The calls that lead to the resource, innermost first, follow it; each is in the directory of its caller.
        way = finding.declared[: len(steps(finding.address))]
        working = os.path.realpath(self._workspaces.working)
        places = [os.path.normpath(os.path.join(working, os.path.dirname(at.path))) for at in reversed(way)]
        if places and len(places) == len(steps(finding.address)):
            for address, directory, renamed in former(finding.address, places, self._readers.of(places[0])):
                shown = self._workspaces.display_path(directory) if directory is not None else None
                yield address, shown, renamed


def _mentioned(names: Collection[str], workspace: Workspace, path: str) -> set[str]:
    """Return the names that occur in a file. One that occurs may be declared: a text cannot say more than that."""
    try:
        text = workspace.read(path)
    except ReadError:
        return set(names)
    has_zeros = b"\0" in text  # as every text in UTF-16 has
    return {name for name in names if has_zeros or name.encode() in text}

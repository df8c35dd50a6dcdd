"""What was read: counts, notices and texts. A CatalogBuilder while roots are being read, a Catalog from then on."""

from __future__ import annotations

import os

from iplint.budget import OUT_OF_BUDGET, Budget
from iplint.discovery.dialects import unread_launch
from iplint.discovery.files import FileKind, kind_of
from iplint.resource import MARK, Notice, NoticeKind, exceeded
from iplint.workspace import ReadError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import TypeAlias, TypeVar

    from iplint.discovery.files import FoundFiles
    from iplint.discovery.options import Options
    from iplint.discovery.workspaces import Workspaces
    from iplint.finding import FileCounts, Finding
    from iplint.location import Source, Span
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
    """The readers of Terraform's files, one a workspace: as OpenTofu reads them, or without `tofu` Terraform."""

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
    """A catalog that is being made: what makes roots counts and reports here what it reads.

    `counts`, `notices` and `plans` grow. `known` may return what an earlier run made of the same files.
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
        # The templates and plans that were read, and the texts of those that speak of iplint.
        self._read: list[str] = []
        self._marked: list[Source] = []
        # The real paths of the templates that Terraform deploys.
        self._deployed: set[str] = set()

    def remember(self, known: Known) -> None:
        """Remember what is asked of the workspaces from now on; `known` may return what an earlier run made."""
        self.remembers = True
        self.known = known
        self.workspaces.keep_answers()

    def data(self, path: str) -> bytes | None:
        """Return the bytes of a file; None, with a notice, where it cannot be read."""
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
        """Count a file of Elastic Beanstalk's, and report it if it describes launches."""
        data = self.data(path)
        if data is not None:
            self.counts.not_templates += 1
            self.name_unread_launch(path, data, is_extension=True)

    def name_unread_launch(self, path: str, data: bytes, is_extension: bool = False) -> None:
        """Report a file that describes EC2 launches for another tool."""
        why = unread_launch(data, is_extension)
        if why is not None:
            self.notices.append(Notice(NoticeKind.UNSUPPORTED, self.workspaces.display_path(path), why))

    def take(self, path: str, source: Source) -> None:
        """Count a template or plan, and keep its text if it speaks of iplint."""
        self.take_known(path)
        if MARK in source.text:
            self._marked.append(source)

    def take_known(self, path: str) -> None:
        """Count a template that does not speak of iplint."""
        self.counts.checked += 1
        self._read.append(path)

    def bounded(self, shown: str, make: Callable[[], T], otherwise: T) -> T:
        """Return what `make` makes before a root is read, in a budget of its own; `otherwise` when it exceeds that."""
        with Budget():
            try:
                return make()
            except OUT_OF_BUDGET:
                self.unread(exceeded(shown))
                return otherwise

    def deploy(self, files: Iterable[str]) -> None:
        """Take in the templates, by shown paths, that a configuration deploys: they are no roots of their own."""
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
    """What some paths hold, and what of it was read. It does not change.

    `missing` are the paths that do not exist, `skipped` has what was not searched, `notices` what could not be read.
    """

    __slots__ = (
        "_counts",
        "_found",
        "_marked",
        "_read",
        "_readers",
        "_workspaces",
        "missing",
        "notices",
        "plans",
        "skipped",
    )

    def __init__(self, builder: CatalogBuilder, read: Sequence[str], marked: Sequence[Source]) -> None:
        self._counts = builder.counts
        self._found = builder.found
        self._workspaces = builder.workspaces
        self._readers = builder.readers
        self._read = tuple(read)
        self._marked = tuple(marked)
        self.missing = builder.found.missing
        self.skipped = builder.found.skipped
        self.notices = tuple(builder.notices)
        self.plans = tuple(builder.plans)

    @property
    def ignored(self) -> int:
        """Return how many files git ignores."""
        return self._counts.ignored

    def concerns(self, path: str) -> bool:
        """Return whether what is in a file, by its shown path, was asked for."""
        return self._found.concerns(path)

    def own_file(self, shown: str) -> str | None:
        """Return the absolute path of a template or Terraform file that was asked for, by its shown path."""
        return self._found.own_file(shown)

    @property
    def counts(self) -> FileCounts:
        """How many files there were."""
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
        """Return the notices of a run that were asked for, with those of the catalog."""
        return self._found.requested_notices([*notices, *self.notices])

    def hidden(self, found: Sequence[Span]) -> list[Span]:
        """Return what no report may show beside the secrets that were found: what plans hold as sensitive."""
        return [span for plan in self.plans for span in plan.hidden(found)]

    def paths(self) -> Iterator[str]:
        """Yield the shown paths of the files that were read."""
        yield from (self._workspaces.display_path(path) for path in self._read)
        for directory, files in self._found.in_directories():
            reader = self._readers.of(directory)
            yield from (reader.workspace.display_path(path) for path in files if reader.was_read(path))

    def marked(self) -> Iterator[Source]:
        """Yield the files that were read and speak of iplint: templates first."""
        yield from self._marked
        for directory, files in self._found.in_directories():
            reader = self._readers.of(directory)
            yield from filter(None, (reader.marked(path) for path in files))

    def ignores(self) -> Iterator[Ignore]:
        """Yield what the metadata of templates says to ignore."""
        if self._marked:
            from iplint.cloudformation.metadata import ignores
            from iplint.cloudformation.reading import read_template
            from iplint.syntax.tree import Mapping as Members

            for source in self._marked:
                tree, _ = read_template(source)
                if isinstance(tree, Members):
                    yield from ignores(tree)

    def trees(self) -> Iterator[tuple[Source, MappingNode]]:
        """Yield the templates and plans that were read; they are read again."""
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
        """Yield the files of Terraform and Packer in HCL that could be read."""
        from iplint.syntax.hcl import parse

        hcl = (FileKind.CONFIGURATION, FileKind.PACKER)
        for directory, files in self._found.in_directories():
            for path in files:
                if kind_of(os.path.basename(path)) in hcl and not path.endswith(".json"):
                    source = self._readers.of(directory).source(path)
                    if not isinstance(source, str):
                        yield source, parse(source)[0]

    def former(self, finding: Finding) -> Iterator[tuple[str, str | None, tuple[tuple[str, str], ...]]]:
        """Return the addresses that the resource of a finding had before `moved` blocks gave it others.

        As terraform.moved.former, but with the directory as shown.
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

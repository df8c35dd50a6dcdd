"""Paths to files: those named, and those that a walk finds and git does not ignore, each with its kind."""

from __future__ import annotations

import os
from enum import Enum
from time import monotonic

from iplint.aws.marks import (
    PACKER_SUFFIXES,
    PACKER_VALUE_SUFFIXES,
    SIDE_SUFFIXES,
    SNAPSHOT_SUFFIXES,
    TEMPLATE_SUFFIXES,
    TERRAFORM_SUFFIXES,
    VARIABLE_SUFFIXES,
)
from iplint.discovery.options import matching
from iplint.ignored import MAX_SECONDS, RULES, Repository
from iplint.resource import Notice, NoticeCause, NoticeKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from iplint.discovery.options import Options
    from iplint.discovery.workspaces import Workspaces
    from iplint.finding import FileCounts
    from iplint.workspace import Workspace

TERRAGRUNT, TERRAGRUNT_STACK = "terragrunt.hcl", "terragrunt.stack.hcl"
# What `cdk synth` writes, which most projects let git ignore.
ASSEMBLY = "cdk.out"
SKIPPED_DIRECTORIES = frozenset((".git", ".terraform", ".terragrunt-cache", "node_modules", "__pycache__"))
# Elastic Beanstalk's configuration files are those in such a directory with such a suffix.
EXTENSIONS, EXTENSION = ".ebextensions", ".config"
# Of these no one needs to know that they were not searched.
_NEVER_TEMPLATES = (".git", "__pycache__")


class FileKind(Enum):
    """The kind of a file, by its name."""

    TEMPLATE = "template"
    CONFIGURATION = "configuration"
    UNIT = "unit"
    PACKER = "packer"
    VALUES = "values"
    PACKER_VALUES = "packer values"
    EXTENSION = "extension"
    SIDE = "side"
    SNAPSHOT = "snapshot"
    OTHER = "other"


def kind_of(name: str, directory: str = "") -> FileKind:
    """Return the kind of a file by its name, and for an extension by its directory."""
    if name.endswith(VARIABLE_SUFFIXES):
        return FileKind.VALUES
    if name.endswith(TERRAFORM_SUFFIXES):
        return FileKind.CONFIGURATION
    if name.endswith(PACKER_VALUE_SUFFIXES):
        return FileKind.PACKER_VALUES
    if name.endswith(PACKER_SUFFIXES):
        return FileKind.PACKER
    if name.endswith(SIDE_SUFFIXES) or name == TERRAGRUNT_STACK:
        return FileKind.SIDE
    if name == TERRAGRUNT:
        return FileKind.UNIT
    if name.endswith(EXTENSION) and os.path.basename(directory) == EXTENSIONS:
        return FileKind.EXTENSION
    # CloudFormation takes a template under any name. Terraform, OpenTofu and Packer read only what is in lower case.
    return FileKind.TEMPLATE if name.lower().endswith(TEMPLATE_SUFFIXES) else FileKind.OTHER


def snapshot_kind(name: str, directory: str = "") -> FileKind:
    """Return the kind of a file of a snapshot by its name."""
    del directory
    return FileKind.SNAPSHOT if name.lower().endswith(SNAPSHOT_SUFFIXES) else FileKind.OTHER


# What a walk takes in. Files with values are read beside the configuration that they are for.
_SEARCHED = frozenset(FileKind) - {FileKind.VALUES, FileKind.PACKER_VALUES, FileKind.OTHER}


class FoundFiles:
    """The files of some paths, by kind. It does not change once `find` has returned it.

    `templates` maps each possible template to whether it counts even if it is none. `configurations` and `packer` have
    files by directory; `extensions` are those of Elastic Beanstalk, `sides` the tests, queries and stacks of Terraform,
    `snapshots` outputs of the AWS CLI.
    `named` are the files on the command line, by display path; `walked` maps the searched directories to whether
    nothing was found there. `missing` are the paths that do not exist, `notices` say what could not be read, and
    `skipped` counts what was not searched. `unmatched` are the patterns that exclude nothing. `root` is that of the
    plans, if one is given.
    """

    __slots__ = (
        "_root",
        "_working",
        "configurations",
        "extensions",
        "missing",
        "named",
        "notices",
        "packer",
        "sides",
        "skipped",
        "snapshots",
        "templates",
        "units",
        "unmatched",
        "walked",
    )

    def __init__(self, working: str, root: str | None) -> None:
        self._working = working
        self._root = root
        self.templates: dict[str, bool] = {}
        self.configurations: dict[str, list[str]] = {}
        self.units: list[str] = []
        self.extensions: list[str] = []
        self.sides: list[str] = []
        self.snapshots: list[str] = []
        self.packer: dict[str, list[str]] = {}
        self.named: dict[str, str] = {}
        self.walked: dict[str, bool] = {}
        self.missing: list[str] = []
        self.notices: list[Notice] = []
        self.skipped: list[Notice] = []
        self.unmatched: list[str] = []

    def in_directories(self) -> list[tuple[str, list[str]]]:
        """Return the directories of Terraform and of Packer, with their files."""
        return sorted((*self.configurations.items(), *self.packer.items()))

    def concerns(self, path: str) -> bool:
        """Return whether a file, by its display path, was requested: where files are named, only these."""
        if not self.named or path in self.named:
            return True
        absolute = os.path.normpath(os.path.join(self._working, path))
        tops = (*self.walked, self._root) if self._root is not None else self.walked
        return any(absolute == top or absolute.startswith(top.rstrip(os.sep) + os.sep) for top in tops)

    def own_file(self, shown: str) -> str | None:
        """Return the absolute path of a requested template or Terraform file, by its display path; None for others."""
        path = os.path.normpath(os.path.join(os.path.realpath(self._working), shown))
        return path if path in self.templates or path in self.configurations.get(os.path.dirname(path), ()) else None

    def requested_notices(self, notices: Sequence[Notice]) -> list[Notice]:
        """Return the requested notices: not those in files that were read only because others refer to them."""
        return [
            notice
            for notice in notices
            if notice.kind == NoticeKind.INTERNAL
            or kind_of(os.path.basename(notice.path)) in (FileKind.TEMPLATE, FileKind.OTHER)
            or self.concerns(notice.path)
        ]


def find(paths: Sequence[str], workspaces: Workspaces, options: Options, counts: FileCounts) -> FoundFiles:
    """Find the files of some paths, and count them. Relative paths start at the working directory."""
    finder = _Finder(workspaces, options, counts)
    for path in paths:
        absolute = os.path.normpath(os.path.join(workspaces.working, path))
        if os.path.isdir(absolute):
            finder.walk(absolute)
        elif os.path.lexists(absolute) or os.path.realpath(absolute) in workspaces.contents:
            finder.name(absolute)
        else:
            finder.miss(path)
    return finder.finish()


class _Finder:
    """The search for files; `finish` returns them."""

    __slots__ = ("_counts", "_found", "_ignored", "_kind_of", "_options", "_unmatched", "_workspaces")

    def __init__(self, workspaces: Workspaces, options: Options, counts: FileCounts) -> None:
        self._workspaces = workspaces
        self._options = options
        self._counts = counts
        self._found = FoundFiles(workspaces.working, options.root)
        self._ignored: set[str] = set()
        self._unmatched = set(options.excluded)
        self._kind_of = snapshot_kind if options.is_snapshot else kind_of

    def miss(self, path: str) -> None:
        """Report a path that does not exist."""
        self._found.missing.append(path)
        self._found.notices.append(
            Notice(NoticeKind.UNREADABLE, path.replace(os.sep, "/"), "there is no such file or directory")
        )

    def name(self, path: str) -> None:
        """Add a file that is named on the command line, whatever its name."""
        workspace = self._workspaces.of(path)
        self._note_matches(path, workspace)
        if self._options.excludes(path, workspace):
            self._counts.excluded += 1
            return
        self._found.named[workspace.display_path(path)] = path
        kind = (
            FileKind.SNAPSHOT if self._options.is_snapshot else kind_of(os.path.basename(path), os.path.dirname(path))
        )
        if kind is FileKind.TEMPLATE or kind is FileKind.OTHER:
            self._counts.found += path not in self._found.templates
            self._found.templates[path] = not self._options.by_hook
        else:
            self._add(path, kind)

    def _add(self, path: str, kind: FileKind) -> None:
        """Add a file, and count it unless it was found already."""
        match kind:
            case FileKind.CONFIGURATION | FileKind.VALUES:
                files = self._found.configurations.setdefault(os.path.dirname(path), [])
            case FileKind.PACKER | FileKind.PACKER_VALUES:
                files = self._found.packer.setdefault(os.path.dirname(path), [])
            case FileKind.UNIT:
                files = self._found.units
            case FileKind.EXTENSION:
                files = self._found.extensions
            case FileKind.SIDE:
                files = self._found.sides
            case FileKind.SNAPSHOT:
                files = self._found.snapshots
            case _:
                if path not in self._found.templates:
                    self._counts.found += 1
                    self._found.templates[path] = False
                return
        if path not in files:
            self._counts.found += 1
            files.append(path)

    def walk(self, top: str) -> None:
        """Add the files below a directory that may be relevant, except those that git ignores."""
        workspace = self._workspaces.of(top)
        self._found.walked.setdefault(top, True)
        repositories = _Repositories(top, workspace)
        before = self._counts.excluded
        unsaved = self._unsaved()
        for directory, below, names in os.walk(top):
            if unsaved:
                names += unsaved.get(os.path.realpath(directory), ())
            repositories.enter(directory, below, names)
            passed = [name for name in below if self._passes_over(directory, name, top)]
            below[:] = sorted(set(below).difference(passed))
            self._workspaces.share(directory, workspace)
            if self._unmatched:
                for name in (*below, *passed, *names):
                    self._note_matches(os.path.join(directory, name), workspace)
            for name in sorted(names):
                kind = self._kind_of(name, directory)
                if kind not in _SEARCHED:
                    continue
                path = os.path.join(directory, name)
                if self._options.excludes(path, workspace):
                    self._counts.excluded += 1
                else:
                    repositories.add(directory, path, kind)
        # Where nothing in the repository may configure the check, its ignore rules are not followed.
        if self._options.follows_rules:
            kept, ignored = repositories.parted(self._report_late)
        else:
            kept, ignored = repositories.files(), []
        self._ignored.update(ignored)
        for path, kind in kept:
            self._add(path, kind)
        self._found.walked[top] = not kept and self._counts.excluded == before

    def _unsaved(self) -> dict[str, list[str]]:
        """Return the names of files that exist in an editor only, by the real path of their directory."""
        found: dict[str, list[str]] = {}
        for path in self._workspaces.contents:
            if not os.path.lexists(path):
                found.setdefault(os.path.dirname(path), []).append(os.path.basename(path))
        return found

    def _note_matches(self, path: str, workspace: Workspace) -> None:
        """Note the patterns that match a file or directory, whatever is in it."""
        if self._unmatched:
            self._unmatched.difference_update(list(matching(self._unmatched, workspace.display_path(path))))

    def _passes_over(self, directory: str, name: str, top: str) -> bool:
        """Return whether a walk skips a directory: it is vendored or generated, or a link."""
        path = os.path.join(directory, name)
        if name in SKIPPED_DIRECTORIES or (name.startswith("asset.") and directory.endswith(ASSEMBLY)):
            if name not in _NEVER_TEMPLATES:
                why = "this directory was not searched: others maintain, or tools generate, what is in it"
                self._counts.vendored += 1
                self._skip(path, f"{why}; name it to have it checked")
            return True
        if os.path.islink(path) and not _is_in(os.path.realpath(path), os.path.realpath(top)):
            self._counts.linked += 1
            self._skip(path, "this link leads elsewhere and was not followed; name where it leads to have that checked")
        return False

    def _report_late(self, top: str) -> None:
        """Report a repository whose ignore rules take git too long; then none of its files are left out."""
        message = f"git takes longer than {MAX_SECONDS:g} seconds for the ignore rules, so none are followed here"
        self._found.notices.append(Notice(NoticeKind.UNSUPPORTED, self._workspaces.display_path(top), message))

    def _skip(self, path: str, message: str) -> None:
        shown = self._workspaces.of(os.path.dirname(path)).display_path(path)
        self._found.skipped.append(Notice(NoticeKind.UNSUPPORTED, shown, message, cause=NoticeCause.SKIPPED))

    def finish(self) -> FoundFiles:
        """Return the files that were found, except those that git ignores, which are counted and removed from their
        modules.

        Named files, and those in named directories, are kept. A module with only ignored files is read where something
        else calls it.
        """
        found = self._found
        found.unmatched = [pattern for pattern in self._options.excluded if pattern in self._unmatched]
        kept = {path for _, files in found.in_directories() for path in files}
        self._ignored -= kept.union(found.templates, found.units, found.extensions, found.sides)
        self._counts.ignored = len(self._ignored)
        for path in sorted(self._ignored):
            directory = os.path.dirname(path)
            if os.path.basename(directory) == ASSEMBLY and self._counts.assembly is None:
                self._counts.assembly = self._workspaces.of(directory).display_path(directory)
            kind = kind_of(os.path.basename(path))
            beside = found.configurations if kind is FileKind.CONFIGURATION else found.packer
            if directory in beside and kind in (FileKind.CONFIGURATION, FileKind.PACKER):
                self._workspaces.of(directory).leave_out(path)
        return found


class _Repositories:
    """The files that a walk from the directory `top` finds, by repository.

    A repository inside another one, such as a submodule, has rules and an index of its own.
    """

    __slots__ = ("_by_directory", "_files", "_inside", "_real", "_top")

    def __init__(self, top: str, workspace: Workspace) -> None:
        self._top = os.path.join(top, "")
        self._files: dict[Repository | None, list[tuple[str, str, FileKind]]] = {}
        self._by_directory: dict[str, Repository | None] = {}
        # Each repository in another one, as a path of that.
        self._inside: dict[Repository, tuple[Repository | None, str]] = {}
        around = workspace.place[0]
        self._real = start = os.path.realpath(top)
        is_repository = os.path.lexists(os.path.join(around, ".git"))
        self._by_directory[os.path.dirname(top)] = Repository(around, start) if is_repository else None

    def enter(self, directory: str, below: Sequence[str], names: Sequence[str]) -> None:
        """Enter a directory whose parent was entered, with its entries."""
        repository = outer = self._by_directory.get(os.path.dirname(directory))
        real = self._in_tree(directory)
        if (".git" in below or ".git" in names) and (outer is None or outer.top != real):
            repository = Repository(real, real)
            inner = os.path.relpath(real, outer.top) if outer is not None else ""
            self._inside[repository] = outer, inner
            if outer is not None:
                outer.files.append(inner)
        self._by_directory[directory] = repository
        if repository is not None and RULES in names:
            repository.rules.append(os.path.join(real, RULES))

    def add(self, directory: str, path: str, kind: FileKind) -> None:
        """Add a file of an entered directory."""
        repository = self._by_directory[directory]
        inner = ""
        if repository is not None:
            real = self._in_tree(path)
            head = os.path.join(repository.top, "")
            inner = real[len(head) :] if real.startswith(head) else os.path.relpath(real, repository.top)
            repository.files.append(inner)
        self._files.setdefault(repository, []).append((path, inner, kind))

    def _in_tree(self, path: str) -> str:
        """Return the path of something that the walk found, below the real path of where it started."""
        return os.path.join(self._real, path[len(self._top) :]) if path.startswith(self._top) else self._real

    def files(self) -> list[tuple[str, FileKind]]:
        """Return all files, with their kinds."""
        return sorted(((path, kind) for files in self._files.values() for path, _, kind in files), key=_path)

    def parted(self, late: Callable[[str], None]) -> tuple[list[tuple[str, FileKind]], list[str]]:
        """Return the files to check, and those that git ignores; `late` is called for one that takes too long."""
        end = monotonic() + MAX_SECONDS
        ignored: dict[Repository, set[str]] = {}
        for one in dict.fromkeys(filter(None, self._by_directory.values())):
            try:
                ignored[one] = one.ignored(max(0.0, end - monotonic()))
            except TimeoutError:
                ignored[one] = set()
                late(one.top)

        def is_ignored(repository: Repository | None, inner: str) -> bool:
            if repository is None:
                return False
            return inner in ignored[repository] or is_ignored(*self._inside.get(repository, (None, "")))

        kept: list[tuple[str, FileKind]] = []
        left_out: list[str] = []
        for repository, files in self._files.items():
            for path, inner, kind in files:
                if is_ignored(repository, inner):
                    left_out.append(path)
                else:
                    kept.append((path, kind))
        return sorted(kept, key=_path), left_out


def _path(file: tuple[str, FileKind]) -> str:
    return file[0]


def _is_in(path: str, top: str) -> bool:
    return path == top or path.startswith(os.path.join(top, ""))

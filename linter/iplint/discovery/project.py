"""Paths to roots: which files are candidates, which of them are templates, and what belongs together."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from functools import partial
from time import monotonic

from iplint.budget import OUT_OF_BUDGET, Budget, allow
from iplint.discovery.pending import PendingRoot
from iplint.ignored import MAX_SECONDS, RULES, Repository
from iplint.resource import MARK, Notice, NoticeKind, exceeded
from iplint.scenario import Scenario
from iplint.workspace import ReadError, Workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import TypeAlias, TypeVar

    from iplint.cloudformation.deployed import Deployed
    from iplint.cloudformation.exports import Exports
    from iplint.cloudformation.template import Template
    from iplint.discovery.pending import RootInfo
    from iplint.finding import FileCounts, Finding
    from iplint.location import Source, Span
    from iplint.resource import Ignore, Root
    from iplint.syntax.hcl_tree import Body
    from iplint.syntax.tree import Mapping as MappingNode
    from iplint.syntax.tree import Node
    from iplint.terraform.configuration import Reader
    from iplint.terraform.evaluate import RootModule
    from iplint.terraform.packer_root import PackerRoot
    from iplint.terraform.plan.document import Plan
    from iplint.terraform.terragrunt import Unit
    from iplint.workspace import Query

    T = TypeVar("T")
    Known: TypeAlias = Callable[[Workspace, str, Callable[[], list[str] | None]], list[str] | None]

TEMPLATE_SUFFIXES = (".yaml", ".yml", ".json", ".template", ".cfn")
TERRAFORM_SUFFIXES = (".tf", ".tofu", ".tf.json", ".tofu.json")
VARIABLE_SUFFIXES = (".tfvars", ".tfvars.json")
TERRAGRUNT = "terragrunt.hcl"
PACKER_SUFFIXES = (".pkr.hcl", ".pkr.json")
PACKER_VALUES = (".pkrvars.hcl", ".pkrvars.json")
SKIPPED_DIRECTORIES = frozenset((".git", ".terraform", ".terragrunt-cache", "node_modules", "__pycache__"))
# Of these no one needs to know that they were not searched.
_NEVER_TEMPLATES = (".git", "__pycache__")
# A text in which these do not occur, and in which no escape could spell them, holds no template: the last one marks
# those that Packer had before HCL.
TEMPLATE_MARKS = (b"AWS::", b"Transform", b'"builders"')
# Likewise of plans and states, as Terraform writes them in JSON.
PLAN_MARK = b"format_version"
# Without one of these a template neither nests or includes another nor exports or imports anything, and is no plan.
IMPORT = b"ImportValue"
LINKS = (b"AWS::CloudFormation::", b"AWS::Serverless::", b"AWS::Include", b"Export", IMPORT, PLAN_MARK)
ESCAPES = (b"\\u", b"\\U", b"\\x", b"\\\n", b"\\\r")

OLD_PACKER = (
    "this Packer template was not read: it is in the format that Packer had before HCL; packer hcl2_upgrade converts it"
)


class ParametersError(Exception):
    """A file with values of parameters that cannot be used; the message names the file, the place and the reason."""


def given_parameters(paths: Sequence[str], working: str) -> dict[str, str]:
    """Return the values of CloudFormation parameters that files hold; what a later file says wins. Raises
    BadParameters.
    """
    found: dict[str, str] = {}
    for path in paths:
        from iplint.cloudformation.parameter_files import ParameterFileError, read_parameters

        absolute = os.path.normpath(os.path.join(working, path))
        workspace = Workspace.around(os.path.dirname(absolute), working)
        try:
            found |= read_parameters(workspace.display_path(absolute), workspace.read(absolute))
        except ReadError as refused:
            raise ParametersError(f"{workspace.display_path(absolute)}: the file {refused}") from None
        except ParameterFileError as error:
            raise ParametersError(str(error)) from None
    return found


class Options:
    """What is read of some paths, and with which inputs.

    `parameters` are values of CloudFormation parameters, `variables` of variables of Terraform root modules, as written
    on the command line. `var_files` are absolute paths. `environment` has values of variables too, which all others
    override. `excluded` are glob patterns over shown paths. `root` is the absolute path of the Terraform root module of
    the plans. With `by_hook`, files that are not templates are skipped. `follows_rules` skips what git ignores.
    """

    __slots__ = (
        "by_hook",
        "environment",
        "excluded",
        "follows_rules",
        "parameters",
        "root",
        "var_files",
        "variables",
    )

    def __init__(
        self,
        parameters: Mapping[str, str] | None = None,
        variables: Mapping[str, str] | None = None,
        *,
        var_files: Sequence[str] = (),
        excluded: Sequence[str] = (),
        by_hook: bool = False,
        root: str | None = None,
        environment: Mapping[str, str] | None = None,
        follows_rules: bool = True,
    ) -> None:
        self.parameters = parameters or {}
        self.variables = variables or {}
        self.var_files = var_files
        self.excluded = excluded
        self.by_hook = by_hook
        self.root = root
        self.environment = environment or {}
        self.follows_rules = follows_rules


class Project:
    """The roots that some paths hold.

    `missing` are the paths that do not exist, `skipped` has what was not searched; `files` counts, once `roots` has
    run through. `contents` are bytes that are read in place of those of files, by real path. Texts and trees are kept
    as long as anything may ask for them, and no longer: of 4,000 files, one at a time.
    """

    def __init__(
        self,
        paths: Sequence[str],
        working: str,
        *,
        options: Options,
        files: FileCounts,
        contents: Mapping[str, bytes] | None = None,
    ) -> None:
        self._options = options
        self._contents = contents or {}
        self._working = working
        self.files = files
        self.notices: list[Notice] = []
        self.skipped: list[Notice] = []
        self.missing: list[str] = []
        self._templates: dict[str, bool] = {}
        self._configurations: dict[str, list[str]] = {}
        self._units: list[str] = []
        self._packer: dict[str, list[str]] = {}
        self._named: dict[str, str] = {}
        self._walked: list[str] = []
        self._ignored: set[str] = set()
        self._empty: dict[str, bool] = {}
        self._boundaries: dict[str, Workspace] = {}
        self._by_place: dict[tuple[str, str], Workspace] = {}
        self._readers: dict[Workspace, Reader] = {}
        # The templates and plans that were read, and the texts of those that speak of iplint.
        self._read: list[str] = []
        self._marked: list[Source] = []
        # The real paths of the templates that Terraform deploys.
        self._held: set[str] = set()
        self.plans: list[Plan] = []
        # Gives what a function makes of the files of a workspace, by a name for that; None is not kept.
        self._known: Known = lambda workspace, name, make: make()
        self._remembers = False
        for path in paths:
            absolute = os.path.normpath(os.path.join(working, path))
            if os.path.isdir(absolute):
                self._walk(absolute)
            elif os.path.lexists(absolute) or os.path.realpath(absolute) in self._contents:
                self._name(absolute)
            else:
                self.missing.append(path)
                self.notices.append(
                    Notice(NoticeKind.UNREADABLE, path.replace(os.sep, "/"), "there is no such file or directory")
                )
        self._leave_out_ignored()

    def _workspace(self, path: str) -> Workspace:
        directory = path if os.path.isdir(path) else os.path.dirname(path)
        found = self._boundaries.get(directory)
        if found is None:
            parent = os.path.dirname(directory)
            # What lies below an argument shares its workspace.
            found = self._boundaries.get(parent) if parent in self._boundaries else None
            found = self._boundaries[directory] = found or self._around_it(directory)
        return found

    def _around_it(self, directory: str) -> Workspace:
        """Return the workspace around a directory: one for all arguments in a repository, which may call each other."""
        made = Workspace.around(directory, self._working, self._contents)
        found = self._by_place.setdefault(made.place, made)
        if self._remembers:
            found.keep_answers()
        return found

    def holds(self, directory: str) -> bool:
        """Return whether a directory lies in one of the trees that may be read."""
        inner = os.path.join(os.path.realpath(directory), "")
        return any(inner.startswith(os.path.join(top, "")) for top, _ in self._by_place)

    @property
    def is_plain(self) -> bool:
        """Return whether what is made of the files depends on nothing but the files.

        Where some are named, these count.
        """
        return not self._named and not self._contents and self._options.root is None

    def remember(self, known: Known) -> None:
        """Remember what is asked from now on, before anything is read; `known` may give what an earlier run made."""
        self._remembers = True
        self._known = known
        for workspace in self._by_place.values():
            workspace.keep_answers()

    def _is_excluded(self, path: str, workspace: Workspace) -> bool:
        shown = workspace.display_path(path)
        return any(
            fnmatchcase(shown, pattern) or fnmatchcase(os.path.basename(path), pattern) or _below(shown, pattern)
            for pattern in self._options.excluded
        )

    def _name(self, path: str) -> None:
        """Take in a file that is named on the command line, whatever it is called."""
        workspace = self._workspace(path)
        if self._is_excluded(path, workspace):
            self.files.excluded += 1
        elif path.endswith((*TERRAFORM_SUFFIXES, *VARIABLE_SUFFIXES)):
            self._named[workspace.display_path(path)] = path
            self._configuration(path)
        elif os.path.basename(path) == TERRAGRUNT:
            self._named[workspace.display_path(path)] = path
            self._unit(path)
        elif path.endswith((*PACKER_SUFFIXES, *PACKER_VALUES)):
            self._named[workspace.display_path(path)] = path
            self._packer_file(path)
        else:
            self._named[workspace.display_path(path)] = path
            self.files.found += path not in self._templates
            self._templates[path] = not self._options.by_hook

    def _configuration(self, path: str) -> None:
        files = self._configurations.setdefault(os.path.dirname(path), [])
        if path not in files:
            self.files.found += 1
            files.append(path)

    def _unit(self, path: str) -> None:
        if path not in self._units:
            self.files.found += 1
            self._units.append(path)

    def _packer_file(self, path: str) -> None:
        files = self._packer.setdefault(os.path.dirname(path), [])
        if path not in files:
            self.files.found += 1
            files.append(path)

    def about(self, path: str) -> bool:
        """Return whether what is in a file, by its shown path, was asked for: where files are named, only these
        count.
        """
        if not self._named or path in self._named:
            return True
        absolute = os.path.normpath(os.path.join(self._working, path))
        return any(absolute == top or absolute.startswith(top.rstrip(os.sep) + os.sep) for top in self._walked)

    def own_file(self, shown: str) -> str | None:
        """Return the absolute path of a template or Terraform file that was asked for, by its shown path; None for
        others.
        """
        path = os.path.normpath(os.path.join(os.path.realpath(self._working), shown))
        return path if path in self._templates or path in self._configurations.get(os.path.dirname(path), ()) else None

    def former(self, finding: Finding) -> Iterator[tuple[str, str | None, tuple[tuple[str, str], ...]]]:
        """Return the addresses that the resource of a finding had before `moved` blocks gave it others.

        As terraform.moved.former, but with the directory as shown.
        """
        if not finding.declared or not finding.declared[0].path.endswith(TERRAFORM_SUFFIXES):
            return
        from iplint.terraform.moved import former, steps

        # The calls that lead to the resource, innermost first, follow it; each is in the directory of its caller.
        way = finding.declared[: len(steps(finding.address))]
        working = os.path.realpath(self._working)
        places = [os.path.normpath(os.path.join(working, os.path.dirname(at.path))) for at in reversed(way)]
        if places and len(places) == len(steps(finding.address)):
            for address, directory, renamed in former(finding.address, places, self._reader(places[0])):
                shown = self._workspace(directory).display_path(directory) if directory is not None else None
                yield address, shown, renamed

    def requested_notices(self, notices: Sequence[Notice]) -> list[Notice]:
        """Return the notices that were asked for: not those in files that were read for the sake of others."""
        others = (*TERRAFORM_SUFFIXES, *VARIABLE_SUFFIXES, TERRAGRUNT, *PACKER_SUFFIXES, *PACKER_VALUES)
        return [
            notice
            for notice in notices
            if notice.kind == NoticeKind.INTERNAL or not notice.path.endswith(others) or self.about(notice.path)
        ]

    def _walk(self, top: str) -> None:
        """Take in the files below a directory that may hold something, but not those that git ignores."""
        workspace = self._workspace(top)
        self._walked.append(top)
        found = _Found(top, workspace)
        before = self.files.excluded
        for directory, below, names in os.walk(top):
            found.enter(directory, below, names)
            passed = [name for name in below if self._passes_over(directory, name, top)]
            below[:] = sorted(set(below).difference(passed))
            self._boundaries.setdefault(directory, workspace)
            for name in sorted(names):
                is_candidate = name.endswith((*TERRAFORM_SUFFIXES, *PACKER_SUFFIXES, *TEMPLATE_SUFFIXES))
                if not (is_candidate or name == TERRAGRUNT) or name.endswith((*VARIABLE_SUFFIXES, *PACKER_VALUES)):
                    continue
                path = os.path.join(directory, name)
                if self._is_excluded(path, workspace):
                    self.files.excluded += 1
                else:
                    found.add(directory, path)
        # Where nothing in the repository may configure the check, its ignore rules are not followed.
        kept, ignored = found.parted(self._late) if self._options.follows_rules else (found.paths(), [])
        self._ignored.update(ignored)
        for path in kept:
            if path.endswith(TERRAFORM_SUFFIXES):
                self._configuration(path)
            elif os.path.basename(path) == TERRAGRUNT:
                self._unit(path)
            elif path.endswith(PACKER_SUFFIXES):
                self._packer_file(path)
            elif path not in self._templates:
                self.files.found += 1
                self._templates[path] = False
        self._empty[top] = not kept and self.files.excluded == before

    def _passes_over(self, directory: str, name: str, top: str) -> bool:
        """Return whether a walk does not enter a directory: others maintain or tools generate it, or it is a link."""
        path = os.path.join(directory, name)
        if name in SKIPPED_DIRECTORIES or (name.startswith("asset.") and directory.endswith("cdk.out")):
            if name not in _NEVER_TEMPLATES:
                why = "this directory was not searched: others maintain, or tools generate, what is in it"
                self._skip(path, f"{why}; name it to have it checked")
            return True
        if os.path.islink(path) and not _is_in(os.path.realpath(path), os.path.realpath(top)):
            self._skip(path, "this link leads elsewhere and was not followed; name where it leads to have that checked")
        return False

    def _late(self, top: str) -> None:
        """Name a repository whose ignore rules take git too long, so that none of its files are left out."""
        message = f"git takes longer than {MAX_SECONDS:g} seconds for the ignore rules, so none are followed here"
        self.notices.append(Notice(NoticeKind.UNSUPPORTED, self._workspace(top).display_path(top), message))

    def _skip(self, path: str, message: str) -> None:
        self.files.skipped += 1
        self.skipped.append(
            Notice(NoticeKind.UNSUPPORTED, self._workspace(os.path.dirname(path)).display_path(path), message)
        )

    def _leave_out_ignored(self) -> None:
        """Count what git ignores, and leave it out of the modules that it lies in.

        What is named, or lies in a directory that is named, counts. A module of which all is ignored is read where
        something else calls it.
        """
        configurations = {path for _, files in self._of_directories() for path in files}
        self._ignored -= configurations.union(self._templates, self._units)
        self.files.ignored = len(self._ignored)
        for path in self._ignored:
            directory = os.path.dirname(path)
            beside = self._configurations if path.endswith(TERRAFORM_SUFFIXES) else self._packer
            if directory in beside and path.endswith((*TERRAFORM_SUFFIXES, *PACKER_SUFFIXES)):
                self._workspace(directory).leave_out(path)

    def empty(self) -> list[str]:
        """Return the directories that were searched, as shown, in which nothing was found to check."""
        nothing = not self.files.checked and not self.files.unreadable
        return [self._workspace(top).display_path(top) for top, is_empty in self._empty.items() if is_empty or nothing]

    def roots(self) -> Iterator[Root]:
        """Yield every root that the paths hold, by notation and in the order of their paths."""
        yield from filter(None, (pending.read() for pending in self.pending_roots()))

    def pending_roots(self) -> Iterator[PendingRoot]:
        """As `roots`, for each of them to be read or skipped before the next is asked for."""
        # Templates that a configuration deploys are no roots of their own, so configurations come first.
        yield from self._terraform_roots()
        yield from self._template_roots()
        for plan in self.plans:
            types = self._bounded(plan.path, partial(_types, plan), set[str]())
            yield _at_hand(_deploying(plan, types) or plan, plan.size)
        yield from map(_at_hand, self._packer_roots())

    def _hold(self, files: Iterable[str]) -> None:
        """Take in the templates, by shown paths, that a configuration deploys: they are no roots of their own."""
        for shown in files:
            path = self.own_file(shown)
            if path is not None:
                self._held.add(os.path.realpath(path))

    def hidden(self, found: Sequence[Span]) -> list[Span]:
        """Return what no report may show beside the secrets that were found: what plans hold as sensitive."""
        return [span for plan in self.plans for span in plan.hidden(found)]

    def _template_roots(self) -> Iterator[PendingRoot]:
        """Yield the templates that nothing else deploys; of those that nest each other in a circle, the first."""
        links = _Links()
        paths: list[str] = []
        for path, named in sorted(self._templates.items()):
            data = self._data(path)
            if data is None:
                continue
            if not named and not _may_hold_template(data):
                self.files.not_templates += 1
                continue
            paths.append(path)
            # What nests or exports nothing, and imports nothing, is read when its turn has come.
            if any(mark in data for mark in (*LINKS, *ESCAPES)):
                self._look_into(path, data, links)
        nested = links.nested
        real = {path: os.path.realpath(path) for path in paths} if any(nested.values()) or self._held else {}
        targets = {target for path, files in nested.items() for target in files if target != real[path]} | self._held
        outermost = [path for path in paths if not targets or real[path] not in targets]
        judged = set(self._held)
        order: list[str] = []
        for path in dict.fromkeys((*outermost, *paths)):
            if path in outermost or real[path] not in judged:
                judged |= nested.get(path, set())
                order.append(path)
        exporting = [path for path in order if path in nested]
        links.exporters = lambda: (links.templates.get(path) or self._again(path) for path in exporting)
        context = b""
        if self._remembers:
            context = b"".join(self._workspace(path).digest(sorted(links.asked[path])) for path in exporting)
        if any(path in links.importing and path in links.templates for path in exporting):
            links.exports()
        for path in order:
            yield self._pending_template(path, links, context if path in links.importing else b"")
        links.release()
        # What others nest is checked with them, and read for the files that are counted.
        for path in paths:
            if path in order or path in links.templates:
                continue
            if path in nested:
                self._take_known(path, path in links.marked)
            else:
                self._in_turn(path, links)

    def _look_into(self, path: str, data: bytes, links: _Links) -> None:
        """Read a template that may nest others, or export or import, as far as no earlier run knows of that."""
        workspace = self._workspace(path)

        def look() -> list[str] | None:
            workspace.replay((("read", path),))
            before = self.files.not_templates
            return self._bounded(workspace.display_path(path), lambda: nested(before), None)

        def nested(before: int) -> list[str] | None:
            links.templates[path] = None
            template = links.templates[path] = self._template(path, data, self._templates[path])
            if template is None:
                return [] if self.files.not_templates > before else None
            return [MARK if MARK in template.source.text else "", *sorted(template.nested_files())]

        with workspace.recording() as links.asked[path]:
            found = self._known(workspace, f"nested\0{path}", look)
        if not found:
            if found is not None and path not in links.templates:
                self.files.not_templates += 1
                links.templates[path] = None
            return
        mark, *files = found
        links.nested[path] = set(files)
        if mark:
            links.marked.add(path)
        if files or any(mark in data for mark in (IMPORT, b"\0", *ESCAPES)):
            links.importing.add(path)

    def _pending_template(self, path: str, links: _Links, context: bytes) -> PendingRoot:
        """Return a template in its turn; `context` is a digest of what it may import from."""
        workspace = self._workspace(path)

        def read(info: RootInfo) -> Template | None:
            before = self.files.not_templates
            template = self._in_turn(path, links)
            info.is_template = self.files.not_templates == before
            if template is not None:
                allow(len(template.source.text))
                info.is_marked = MARK in template.source.text
                if path in links.nested:
                    template.nested_files()  # notes what is not here, as it does when it is looked into
                if path in links.importing:
                    template.exports = links.exports()
            return template

        def skip(info: RootInfo) -> None:
            if path in links.templates:
                del links.templates[path]
            elif not info.is_template:
                self.files.not_templates += 1
            else:
                self._take_known(path, info.is_marked)

        return PendingRoot(workspace.display_path(path), read, skip, workspace, links.asked.get(path, ()), context)

    def _take_known(self, path: str, is_marked: bool) -> None:
        """Count a template that an earlier run has read, and take in its text if it speaks of iplint."""
        if is_marked:
            data = self._data(path)
            if data is not None:
                self._template(path, data, self._templates[path])
        else:
            self.files.checked += 1
            self._read.append(path)

    def _again(self, path: str) -> Template | None:
        """Return a template that an earlier run has read, without being counted; None if it is gone meanwhile."""
        from iplint.cloudformation.template import Template
        from iplint.syntax import decoding, yaml
        from iplint.syntax.problem import SyntaxProblem
        from iplint.syntax.tree import Mapping as Members

        workspace = self._workspace(path)
        try:
            source = decoding.decode(workspace.display_path(path), workspace.read(path))
            tree = yaml.parse(source)
        except (ReadError, SyntaxProblem):
            return None
        return Template(source, tree, self._options.parameters, workspace, path) if isinstance(tree, Members) else None

    def _in_turn(self, path: str, links: _Links) -> Template | None:
        """Return the template at a path, if it holds one; nothing here keeps it any longer."""
        if path in links.templates:
            return links.templates.pop(path)
        data = self._data(path)
        return self._template(path, data, self._templates[path]) if data is not None else None

    def _data(self, path: str) -> bytes | None:
        """Return the bytes of a file; None, with a notice, where it cannot be read."""
        workspace = self._workspace(path)
        try:
            return workspace.read(path)
        except ReadError as refused:
            self._unread(Notice(NoticeKind.UNREADABLE, workspace.display_path(path), f"the file {refused}"))
            return None

    def _template(self, path: str, data: bytes, named: bool) -> Template | None:
        workspace = self._workspace(path)
        shown = workspace.display_path(path)
        from iplint.syntax import decoding, yaml
        from iplint.syntax.problem import SyntaxProblem
        from iplint.syntax.tree import Mapping as Members

        try:
            source = decoding.decode(shown, data)
            tree = yaml.parse(source)
        except SyntaxProblem as problem:
            why = _why_no_plan(data) if named or PLAN_MARK in data else None
            if why is not None:
                self._unread(Notice(NoticeKind.UNREADABLE, shown, f"the file {why}"))
            elif named or _looks_like_template(data):
                self._unread(Notice(NoticeKind.UNREADABLE, shown, problem.reason, problem.at))
            else:
                self.files.not_templates += 1
            return None
        if isinstance(tree, Members) and "format_version" in tree.entries and self._plan(path, source, tree):
            return None
        from iplint.cloudformation.template import Template, is_template

        if tree is None or not is_template(tree):
            old = _packer_builders(tree)
            if old is not None:
                self._unread(Notice(NoticeKind.UNSUPPORTED, shown, OLD_PACKER, old.at))
            else:
                self._no_template(shown, data, named)
            return None
        self._take(path, source)
        return Template(source, tree, self._options.parameters, workspace, path)

    def _no_template(self, shown: str, data: bytes, named: bool) -> None:
        why = _why_no_plan(data) if named else None
        if why is not None:
            self._unread(Notice(NoticeKind.UNREADABLE, shown, f"the file {why}"))
        else:
            self.files.not_templates += 1

    def _take(self, path: str, source: Source) -> None:
        """Count a template or plan."""
        self.files.checked += 1
        self._read.append(path)
        if MARK in source.text:
            self._marked.append(source)

    def _plan(self, path: str, source: Source, tree: Node) -> bool:
        """Take in a plan or a state as `terraform show -json` prints it; return whether it is one."""
        from iplint.terraform.plan.document import Plan, is_plan, unsupported_version

        if not is_plan(tree):
            return False
        version = unsupported_version(tree)
        if version is not None:
            message = f"format version {version[0]} of plans is not read (1.x and 0.x are), so nothing here is checked"
            self._unread(Notice(NoticeKind.UNREADABLE, source.path, message, version[1]))
            return True
        places = None
        if self._options.root is not None:
            from iplint.terraform.plan.places import Places

            places = Places(self._reader(self._options.root), self._options.root)
            self._walked.append(self._options.root)
        self._take(path, source)
        self.plans.append(Plan(source, tree, places))
        return True

    def _bounded(self, shown: str, make: Callable[[], T], otherwise: T) -> T:
        """Return what `make` gives before a root is read, in a budget of its own; `otherwise` when it exceeds that."""
        with Budget():
            try:
                return make()
            except OUT_OF_BUDGET:
                self._unread(exceeded(shown))
                return otherwise

    def _unread(self, notice: Notice) -> None:
        self.notices.append(notice)
        self.files.unreadable += 1

    def _terraform_roots(self) -> Iterator[PendingRoot]:
        if not self._configurations and not self._units:
            return
        directories, unit_paths = self._around()
        modules = {directory: self._reader(directory) for directory in sorted(directories)}
        called = {directory: self._local_calls(directory) for directory in modules}
        units = self._read_units(sorted(unit_paths))
        targets = {target for calls in called.values() for target in calls}
        targets |= {unit.module for unit in units.values() if unit.module is not None}
        roots = [directory for directory in modules if directory not in targets]
        if not roots and not units:
            roots = list(modules)
        deployed: list[tuple[str, Unit | None, set[str]]] = [
            (directory, None, _reached(directory, called)) for directory in roots
        ]
        for unit in units.values():
            reached = self._reached_by(unit, called)
            self.notices += unit.notices
            if unit.module is not None:
                deployed.append((unit.module, unit, reached))
        deployed = [one for one in deployed if self._concerns_aws(one[0], one[2])]
        last = {inner: number for number, (_, _, reached) in enumerate(deployed) for inner in reached}
        for number, (directory, deploying, reached) in enumerate(deployed):
            yield self._module(directory, deploying, reached)
            for inner in reached:
                if last[inner] == number:
                    self._reader(inner).evict(inner)
        # Modules that only call each other in a circle are reached from no root.
        self._count(modules, set(last))
        self._count_units(units)

    def _local_calls(self, directory: str) -> list[str]:
        reader = self._reader(directory)
        found = self._known(reader.workspace, f"calls\0{directory}", lambda: reader.local_calls(directory))
        return found if found is not None else []

    def _around(self) -> tuple[set[str], set[str]]:
        """Return the requested directories and units, and where files are named those that share modules."""
        directories, units = set(self._configurations), set(self._units)
        named = {os.path.dirname(path) for path in self._named.values()} & directories
        if not named:
            return directories, units
        from iplint.terraform.callers import Callers

        by_top: dict[tuple[str, Workspace], set[str]] = {}
        for directory in named:
            workspace = self._workspace(directory)
            by_top.setdefault((workspace.top_of(directory), workspace), set()).add(directory)
        for (top, workspace), inside in sorted(by_top.items(), key=lambda item: item[0][0]):
            callers = Callers(workspace, top, SKIPPED_DIRECTORIES, self._excluded_by(workspace))
            reaching, _ = callers.reaching(inside)
            # A finding in a module is one for all of its callers, so these are checked too.
            reaching, deploying = callers.reaching(self._with_called(reaching))
            directories |= reaching
            units |= deploying
            for directory in reaching:
                self._boundaries.setdefault(directory, workspace)
            if not callers.complete:
                message = "callers were not looked for in all directories: there are too many"
                self.notices.append(Notice(NoticeKind.UNREADABLE, workspace.display_path(top), message))
        return directories, units

    def _with_called(self, directories: set[str]) -> set[str]:
        """Return some directories, and those of the modules that are called from them."""
        called: dict[str, list[str]] = {}
        waiting = list(directories)
        while waiting:
            directory = waiting.pop()
            if directory not in called:
                called[directory] = self._local_calls(directory)
                waiting += called[directory]
        return set(called)

    def _excluded_by(self, workspace: Workspace) -> Callable[[str], bool]:
        return lambda path: self._is_excluded(path, workspace)

    def _read_units(self, paths: Sequence[str]) -> dict[str, Unit]:
        if not paths:
            return {}
        from iplint.terraform.terragrunt import read_unit

        units: dict[str, Unit] = {}
        for path in paths:
            reader = self._reader(os.path.dirname(path))
            unit = self._bounded(reader.workspace.display_path(path), partial(read_unit, reader, path), None)
            if unit is not None:
                units[path] = unit
        return units

    def _reached_by(self, unit: Unit, called: dict[str, list[str]]) -> set[str]:
        """Return the directories that a unit deploys, those included that were not asked for."""
        waiting = [unit.module] if unit.module is not None else []
        while waiting:
            directory = waiting.pop()
            if directory not in called:
                called[directory] = self._local_calls(directory)
                waiting += called[directory]
        return _reached(unit.module, called) if unit.module is not None else set()

    def _module(self, directory: str, unit: Unit | None, reached: set[str]) -> PendingRoot:
        """Return a root module in its turn, or what a unit deploys of it; `reached` are all directories that it may
        call.
        """
        reader = self._reader(directory)

        def read(info: RootInfo) -> Root:
            root = self._deployed(directory, unit)
            info.unread = {inner: self._reader(inner).unreadable(inner) for inner in reached}
            deployed = _deploying(root, root.types())
            if deployed is None:
                return root
            info.held = deployed.files(Scenario({}))
            self._hold(info.held)
            return deployed

        def skip(info: RootInfo) -> None:
            for inner, notices in info.unread.items():
                self._reader(inner).take_unreadable(inner, notices)
            self._hold(info.held)

        shown = unit.shown if unit is not None else reader.workspace.display_path(directory)
        workspace = reader.workspace if all(self._reader(inner) is reader for inner in reached) else None
        return PendingRoot(shown, read, skip, workspace, unit.asked if unit is not None else ())

    def _deployed(self, directory: str, unit: Unit | None) -> RootModule:
        from iplint.terraform.evaluate import RootModule

        reader, options = self._reader(directory), self._options
        inputs = unit.given(reader.module(directory).variables) if unit is not None else None
        root = RootModule(reader, directory, options.variables, options.var_files, options.environment, inputs)
        if unit is not None:
            root.path = unit.shown
        else:
            root.notices += self._unapplied(directory)
        return root

    def _unapplied(self, directory: str) -> list[Notice]:
        """Tells of files with values of variables that lie beside a root, and that nothing applies."""
        from iplint.terraform.variables import unapplied_files

        workspace, options = self._workspace(directory), self._options
        shown = [
            shown
            for path in unapplied_files(self._reader(directory), directory, options.variables, options.var_files)
            if not self._is_excluded(path, workspace) and self.about(shown := workspace.display_path(path))
        ]
        if not shown:
            return []
        verb, one = ("were", "one of them") if len(shown) > 1 else ("was", "it")
        message = f"{' and '.join(shown)} {verb} not applied: give {one} with --var-file to check with its values"
        return [Notice(NoticeKind.UNRESOLVED, shown[0], message)]

    def _packer_roots(self) -> Iterator[Root]:
        """Yield what Packer builds, by directory."""
        for directory, files in sorted(self._packer.items()):
            from iplint.terraform.packer_root import packer_roots

            reader = self._reader(directory)
            concerned = _mentions_amazon(reader, directory)
            read = partial(packer_roots, reader, directory, self._options.variables, self._options.var_files)
            none: list[PackerRoot] = []
            roots = self._bounded(reader.workspace.display_path(directory), read, none)
            unread = [notice for root in roots for notice in root.notices if notice.kind == NoticeKind.UNREADABLE]
            lost = {notice.path for notice in unread}
            for path in files:
                if reader.workspace.display_path(path) in lost:
                    self.files.unreadable += 1
                elif concerned:
                    self.files.checked += 1
                else:
                    self.files.not_templates += 1
            if concerned:
                yield from roots
            else:
                self.notices += unread

    def bodies(self) -> Iterator[tuple[Source, Body]]:
        """Yield the files of Terraform and Packer in HCL that could be read, once `roots` has run through."""
        from iplint.syntax.hcl import parse

        for directory, files in self._of_directories():
            for path in files:
                if path.endswith((".tf", ".tofu", ".pkr.hcl")):
                    source = self._reader(directory).source(path)
                    if not isinstance(source, str):
                        yield source, parse(source)[0]

    def paths(self) -> Iterator[str]:
        """Yield the shown paths of the files that were read, once `roots` has run through."""
        yield from (self._workspace(path).display_path(path) for path in self._read)
        for directory, files in self._of_directories():
            reader = self._reader(directory)
            yield from (reader.workspace.display_path(path) for path in files if reader.was_read(path))

    def marked(self) -> Iterator[Source]:
        """Yield the files that were read and speak of iplint, once `roots` has run through: templates first."""
        yield from self._marked
        for directory, files in self._of_directories():
            reader = self._reader(directory)
            yield from filter(None, (reader.marked(path) for path in files))

    def _of_directories(self) -> list[tuple[str, list[str]]]:
        """Return the directories of Terraform and of Packer, with their files."""
        return sorted((*self._configurations.items(), *self._packer.items()))

    def ignores(self) -> Iterator[Ignore]:
        """Yield what the metadata of templates says to ignore, once `roots` has run through."""
        if self._marked:
            from iplint.cloudformation.metadata import ignores
            from iplint.syntax import yaml
            from iplint.syntax.tree import Mapping as Members

            for source in self._marked:
                tree = yaml.parse(source)
                if isinstance(tree, Members):
                    yield from ignores(tree)

    def trees(self) -> Iterator[tuple[Source, MappingNode]]:
        """Yield the templates and plans that were read, once `roots` has run through; they are read anew."""
        from iplint.syntax import decoding, yaml
        from iplint.syntax.problem import SyntaxProblem
        from iplint.syntax.tree import Mapping as Members

        for path in self._read:
            data = self._data(path)
            try:
                source = decoding.decode(self._workspace(path).display_path(path), data) if data is not None else None
                tree = yaml.parse(source) if source is not None else None
            except SyntaxProblem:
                continue  # it has changed since it was read
            if source is not None and isinstance(tree, Members):
                yield source, tree

    def _reader(self, directory: str) -> Reader:
        from iplint.terraform.configuration import Reader

        workspace = self._workspace(directory)
        found = self._readers.get(workspace)
        if found is None:
            found = self._readers[workspace] = Reader(workspace)
        return found

    def _concerns_aws(self, directory: str, reached: set[str]) -> bool:
        reader = self._reader(directory)
        if any(_mentions_aws(reader, inner) for inner in reached):
            return True
        from iplint.terraform.installed import MANIFEST

        # What is installed for a call may speak of AWS though the call does not.
        return os.path.lexists(os.path.join(directory, MANIFEST))

    def _count(self, modules: Mapping[str, Reader], judged: set[str]) -> None:
        for directory, files in self._configurations.items():
            notices = modules[directory].unreadable(directory)
            workspace = self._workspace(directory)
            unread = {notice.path for notice in notices}
            for path in files:
                shown = workspace.display_path(path)
                if shown in unread:
                    self.files.unreadable += 1
                elif directory in judged:
                    self.files.checked += 1
                else:
                    self.files.not_templates += 1
            if directory not in judged:
                self.notices += notices

    def _count_units(self, units: Mapping[str, Unit]) -> None:
        for path in self._units:
            if any(
                notice.kind == NoticeKind.UNREADABLE and notice.path == units[path].shown
                for notice in units[path].notices
            ):
                self.files.unreadable += 1
            elif units[path].is_unit:
                self.files.checked += 1
            else:
                self.files.not_templates += 1


class _Found:
    """The files that a walk from the directory `top` finds, by the repository that they belong to.

    A repository in another one, a submodule for instance, has rules and an index of its own.
    """

    __slots__ = ("_by_directory", "_inside", "_paths", "_top")

    def __init__(self, top: str, workspace: Workspace) -> None:
        self._top = top
        self._paths: dict[Repository | None, list[tuple[str, str]]] = {}
        self._by_directory: dict[str, Repository | None] = {}
        # Each repository in another one, as a path of that.
        self._inside: dict[Repository, tuple[Repository | None, str]] = {}
        around, start = workspace.place[0], os.path.realpath(top)
        is_repository = os.path.lexists(os.path.join(around, ".git"))
        self._by_directory[os.path.dirname(top)] = Repository(around, start) if is_repository else None

    def enter(self, directory: str, below: Sequence[str], names: Sequence[str]) -> None:
        """Go on in a directory of which the one above has been entered, with what is in it."""
        repository = outer = self._by_directory.get(os.path.dirname(directory))
        real = os.path.normpath(os.path.join(os.path.realpath(self._top), os.path.relpath(directory, self._top)))
        if (".git" in below or ".git" in names) and (outer is None or outer.top != real):
            repository = Repository(real, real)
            inner = os.path.relpath(real, outer.top) if outer is not None else ""
            self._inside[repository] = outer, inner
            if outer is not None:
                outer.files.append(inner)
        self._by_directory[directory] = repository
        if repository is not None and RULES in names:
            repository.rules.append(os.path.join(real, RULES))

    def add(self, directory: str, path: str) -> None:
        """Take in a file of a directory that has been entered."""
        repository = self._by_directory[directory]
        inner = ""
        if repository is not None:
            real = os.path.join(os.path.realpath(self._top), os.path.relpath(path, self._top))
            inner = os.path.relpath(real, repository.top)
            repository.files.append(inner)
        self._paths.setdefault(repository, []).append((path, inner))

    def paths(self) -> list[str]:
        """Return all files."""
        return sorted(path for files in self._paths.values() for path, _ in files)

    def parted(self, late: Callable[[str], None]) -> tuple[list[str], list[str]]:
        """Return the files that count, and those that git ignores; `late` hears of a repository that takes too long."""
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

        kept: list[str] = []
        left_out: list[str] = []
        for repository, files in self._paths.items():
            for path, inner in files:
                (left_out if is_ignored(repository, inner) else kept).append(path)
        return sorted(kept), left_out


class _Links:
    """What templates have to do with each other, by their paths.

    `templates` are those that were read for that in this run, and whose turn has not come; None for what holds none.
    `nested` are the real paths of what each nests, `asked` what was asked for that, `marked` those that speak of
    iplint, `importing` those that may import. `exporters` gives the templates that may export.
    """

    def __init__(self) -> None:
        self.templates: dict[str, Template | None] = {}
        self.nested: dict[str, set[str]] = {}
        self.asked: dict[str, set[Query]] = {}
        self.marked: set[str] = set()
        self.importing: set[str] = set()
        self.exporters: Callable[[], Iterator[Template | None]] = lambda: iter(())
        self._exports: Exports | None = None

    def exports(self) -> Exports:
        """Return what all templates export to each other."""
        if self._exports is None:
            from iplint.cloudformation.exports import Exports

            templates = [template for template in self.exporters() if template is not None]
            self._exports = Exports(templates)
            for template in templates:
                template.exports = self._exports
        return self._exports

    def release(self) -> None:
        """Forget what holds the templates."""
        if self._exports is not None:
            self._exports.release()


# What the types of resources have in their names that make CloudFormation deploy something.
DEPLOYING_MARKS = ("cloudformation_stack", "cloudcontrolapi")


def _deploying(root: Root, types: set[str]) -> Deployed | None:
    """Return a root with what CloudFormation deploys for it, if any of its types of resources asks for that."""
    if not any(mark in type for type in types for mark in DEPLOYING_MARKS):
        return None
    from iplint.cloudformation.deployed import Deployed

    return Deployed(root)


def _types(root: Root) -> set[str]:
    return {resource.type for resource in root.resources(Scenario({}))}


def _at_hand(root: Root, size: int = 0) -> PendingRoot:
    """Return a root that is read already, from a source of so many characters."""

    def read(info: RootInfo) -> Root:
        del info
        allow(size)
        return root

    return PendingRoot(root.path, read)


def _reached(directory: str, called: Mapping[str, Sequence[str]]) -> set[str]:
    """Return a directory and all that its module calls, directly or through others."""
    reached: set[str] = set()
    waiting = [directory]
    while waiting:
        current = waiting.pop()
        if current not in reached:
            reached.add(current)
            waiting += called.get(current, ())
    return reached


# Without one of these a Terraform module neither makes anything of AWS nor holds a key of it.
AWS_MARKS = ("aws", "AWS", "AKIA", "ASIA", "secret_key", "\\u", "\\U")


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


def _mentions_amazon(reader: Reader, directory: str) -> bool:
    """Return whether a Packer template of a directory may have to do with AWS."""
    try:
        names = reader.workspace.names(directory)
    except ReadError:
        return True
    sources = [reader.source(os.path.join(directory, name)) for name in names if name.endswith(PACKER_SUFFIXES)]
    marks = ("amazon", "aws", "AWS", "\\u", "\\U")
    return any(isinstance(source, str) or any(mark in source.text for mark in marks) for source in sources)


def _packer_builders(tree: Node | None) -> Node | None:
    """Return the builders of a template for Packer in its old format, if it has any of AWS."""
    from iplint.syntax.tree import Mapping, Scalar, Sequence

    if not isinstance(tree, Mapping) or "builders" not in tree.entries:
        return None
    builders = tree.entries["builders"][1]
    for builder in builders.items if isinstance(builders, Sequence) else ():
        type = builder.entries.get("type") if isinstance(builder, Mapping) else None
        if type is not None and isinstance(type[1], Scalar) and type[1].text.startswith("amazon-"):
            return builders
    return None


def _is_in(path: str, top: str) -> bool:
    return path == top or path.startswith(os.path.join(top, ""))


def _below(shown: str, pattern: str) -> bool:
    """Return whether a pattern names a directory that the path lies below."""
    folder = pattern.rstrip("/")
    return shown.startswith(folder + "/") or f"/{folder}/" in f"/{shown}"


def _may_hold_template(data: bytes) -> bool:
    """Return whether a file can be a template; only then is it worth parsing."""
    if any(mark in data for mark in (*TEMPLATE_MARKS, PLAN_MARK)) or any(escape in data for escape in ESCAPES):
        return True
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return b"\0" in data


def _looks_like_template(data: bytes) -> bool:
    """Return whether a file that cannot be read was probably meant as a template, or as a plan."""
    if PLAN_MARK in data and (b'"planned_values"' in data or b'"resource_changes"' in data):
        return True
    plain = data.replace(b"\0", b"")  # UTF-16 and UTF-32, where they lack a byte order mark
    return b"Resources" in plain and (b"AWS::" in plain or b"Transform" in plain)


def _why_no_plan(data: bytes) -> str | None:
    """Return why a file that comes from Terraform is none of its plans in JSON.

    None when it does not come from there.
    """
    from iplint.terraform.plan.unsupported import why_not_a_plan

    return why_not_a_plan(data)

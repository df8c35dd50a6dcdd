"""CloudFormation's templates: which of the possible files are templates, and which of these are nested or imported
from.
"""

from __future__ import annotations

import os

from iplint.budget import OUT_OF_BUDGET, Budget, allow
from iplint.discovery.packer import OLD_PACKER, old_builders
from iplint.discovery.pending import PendingRoot
from iplint.discovery.plans import take_plan, why_no_plan
from iplint.discovery.prefilter import ESCAPES, PLAN_MARK, STATE_MARK, looks_like_template, may_hold_template
from iplint.resource import MARK, Notice, NoticeKind
from iplint.workspace import ReadError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from iplint.cloudformation.exports import Exports
    from iplint.cloudformation.template import Template
    from iplint.discovery.catalog import CatalogBuilder
    from iplint.discovery.pending import RootInfo
    from iplint.location import Source
    from iplint.syntax.tree import Mapping as Members
    from iplint.workspace import Query

# Without one of these a template neither nests or includes another nor exports or imports anything, and is not a plan.
IMPORT, EXPORT = b"ImportValue", b"Export"
# Whether a template that others nest can be deployed by itself.
ALONE, NOT_ALONE = "alone", "nested"
# In place of the interface of a template that is transformed.
_TRANSFORMED = "transformed"
# Before the path of a file that is included, among those that a template nests.
INCLUDED = "\0"
LINKS = (
    b"AWS::CloudFormation::",
    b"AWS::Serverless::",
    b"AWS::Include",
    b"Rain::",
    EXPORT,
    IMPORT,
    PLAN_MARK,
    STATE_MARK,
)


class _Relations:
    """The relations between templates, by their paths.

    `templates` are those that were read for this and are not checked yet; None for files without a template. `nested`
    are the real paths of the templates that each one nests or includes, `included` those of all inclusions, `asked` the
    files read for this, `marked` those whose text is needed again, as they have suppressions or doubled keys,
    `importing` those that may import, `exporting` those that may export.
    """

    __slots__ = ("asked", "exporting", "importing", "included", "marked", "nested", "templates")

    def __init__(self) -> None:
        self.templates: dict[str, Template | None] = {}
        self.nested: dict[str, set[str]] = {}
        self.asked: dict[str, set[Query]] = {}
        self.marked: set[str] = set()
        self.importing: set[str] = set()
        self.exporting: set[str] = set()
        self.included: set[str] = set()


class _Exporters:
    """The templates that may export, read when a template needs its imports."""

    __slots__ = ("_exports", "_paths", "_templates")

    def __init__(self, templates: Templates, paths: Iterable[str]) -> None:
        self._templates = templates
        self._paths = paths
        self._exports: Exports | None = None

    def exports(self) -> Exports:
        """Return the exports of all templates."""
        if self._exports is None:
            from iplint.cloudformation.exports import Exports

            templates = [found for path in self._paths if (found := self._templates.exporter(path)) is not None]
            self._exports = Exports(templates)
            for template in templates:
                template.exports = self._exports
        return self._exports

    def release(self) -> None:
        """Forget what holds the templates."""
        if self._exports is not None:
            self._exports.release()


class Templates:
    """The possible templates, each read once, when it is checked or its relations are needed."""

    __slots__ = ("_builder", "_links", "_named", "_paths", "_workspaces")

    def __init__(self, builder: CatalogBuilder) -> None:
        self._builder = builder
        self._workspaces = builder.workspaces
        self._named = builder.found.templates
        self._links = _Relations()
        self._paths: list[str] | None = None

    def look(self) -> list[str]:
        """Return the files that can be templates; find the relations of those that have any."""
        if self._paths is None:
            self._paths = list(self._candidates())
        return self._paths

    def batches(self) -> Iterator[Iterator[PendingRoot]]:
        """Yield one batch: the templates that nothing else deploys, of those that nest each other in a circle the
        first, then nested ones that can be deployed alone as well.

        All configurations have to be read before. Plans among the files are recorded.
        """
        links, deployed = self._links, self._builder.deployed()
        paths = self.look()
        nested = links.nested
        real = {path: os.path.realpath(path) for path in paths} if any(nested.values()) or deployed else {}
        targets = {target for path, files in nested.items() for target in files if target != real[path]} | deployed
        outermost = [path for path in paths if not targets or real[path] not in targets]
        checked = deployed
        order: list[str] = []
        for path in dict.fromkeys((*outermost, *paths)):
            if path in outermost or real[path] not in checked:
                checked |= nested.get(path, set())
                order.append(path)
        exporting = [path for path in order if path in nested]
        exporters = _Exporters(self, exporting)
        contexts: dict[str, bytes] = {}
        if self._builder.remembers and links.importing:
            contexts = self._contexts(exporting)
        if any(path in links.importing and path in links.templates for path in exporting):
            exporters.exports()
        # What these export are the values that they are nested with.
        circular = {
            path
            for path, files in nested.items()
            if any(real[path] in nested[other] for other in nested if real.get(other) in files)
        }
        rest = [path for path in paths if path not in order and path not in circular]
        again = set(filter(self._can_be_deployed_alone, rest))
        order += sorted(again)
        if links.importing:
            # What they export may be given policies by those that import it.
            links.importing |= links.exporting
        yield (
            self._pending(path, exporters, contexts.get(path, b"") if path in links.importing else b"", path in again)
            for path in order
        )
        exporters.release()
        # What others nest is checked with them, and read for the files that are counted.
        for path in paths:
            if path in order or path in links.templates:
                continue
            if path in nested:
                self._take_known(path, path in links.marked)
            else:
                self._in_turn(path)

    def _contexts(self, exporting: Sequence[str]) -> dict[str, bytes]:
        """Return a digest of the templates that each one imports from, or that may give policies to its roles.

        What others nest, include or transform is not known by its names alone: beside such ones, all depend on all.
        """
        from hashlib import blake2b

        from iplint.cloudformation.interface import Dependencies

        own = [self._workspaces.of(path).digest(sorted(self._links.asked[path])) for path in exporting]
        interfaces = [self._interface(path) for path in exporting]
        known = [lines for lines in interfaces if lines is not None]
        dependencies = Dependencies(known) if len(known) == len(exporting) else None
        if dependencies is None:
            return dict.fromkeys(exporting, b"".join(own))
        names = "\n".join(dependencies.names).encode(errors="surrogatepass")
        found: dict[str, bytes] = {}
        for number, path in enumerate(exporting):
            others = dependencies.of(number)
            parts = own if others is None else [b"%d %s" % (other, own[other]) for other in sorted(others)]
            whole = blake2b(names, digest_size=16)
            for part in parts:
                whole.update(part)
            found[path] = whole.digest()
        return found

    def _interface(self, path: str) -> list[str] | None:
        """Return what a template exports and imports, None where its text does not show that."""
        links, workspace = self._links, self._workspaces.of(path)
        if path not in links.importing and path not in links.exporting:
            return []
        if links.nested[path]:
            return None

        def look() -> list[str] | None:
            from iplint.cloudformation.interface import interface

            # It may have been read already, which asks nothing again.
            workspace.replay(links.asked[path])
            template = self.exporter(path)
            if template is None or "Transform" in template.tree.entries:
                return [_TRANSFORMED]
            with Budget():
                try:
                    return interface(template)
                except OUT_OF_BUDGET:
                    return [_TRANSFORMED]

        found = self._builder.known(workspace, f"interface\0{path}", look)
        return found if found != [_TRANSFORMED] else None

    def _can_be_deployed_alone(self, path: str) -> bool:
        """Return whether a nested template has a default for every parameter; an included one never is."""
        workspace = self._workspaces.of(path)
        if os.path.realpath(path) in self._links.included:
            return False

        def look() -> list[str]:
            from iplint.syntax.tree import Mapping as Members

            found = self._read_again(path)
            parameters = found[1].get("Parameters") if found is not None else None
            declared = parameters.entries.values() if isinstance(parameters, Members) else ()
            is_alone = all(isinstance(node, Members) and "Default" in node.entries for _, node in declared)
            return [ALONE if found is not None and is_alone else NOT_ALONE]

        return (self._builder.known(workspace, f"alone\0{path}", look) or look())[0] == ALONE

    def _candidates(self) -> Iterator[str]:
        """Yield the files that can be templates, and find the relations of those that may have any."""
        for path, named in sorted(self._named.items()):
            data = self._builder.data(path)
            if data is None:
                continue
            self._builder.name_unread_launch(path, data)
            if not named and not may_hold_template(data):
                self._builder.counts.not_templates += 1
                continue
            # What nests or exports nothing, and imports nothing, is read when its turn has come.
            if any(mark in data for mark in (*LINKS, *ESCAPES)):
                self._look_into(path, data)
            yield path

    def _look_into(self, path: str, data: bytes) -> None:
        """Read a template that may nest others, or export or import, unless an earlier run knows its relations."""
        workspace, links, counts = self._workspaces.of(path), self._links, self._builder.counts

        def look() -> list[str] | None:
            workspace.replay((("read", path),))
            before = counts.not_templates
            return self._builder.bounded(workspace.display_path(path), lambda: nested(before), None)

        def nested(before: int) -> list[str] | None:
            links.templates[path] = None
            template = links.templates[path] = self._template(path, data)
            if template is None:
                return [] if counts.not_templates > before else None
            mark = MARK if path in links.marked else ""
            included = (f"{INCLUDED}{file}" for file in sorted(template.included_files))
            return [mark, *sorted(template.nested_files() - template.included_files), *included]

        with workspace.recording() as links.asked[path]:
            found = self._builder.known(workspace, f"nested\0{path}", look)
        if not found:
            if found is not None and path not in links.templates:
                counts.not_templates += 1
                links.templates[path] = None
            return
        mark, *files = found
        links.included.update(file.removeprefix(INCLUDED) for file in files if file.startswith(INCLUDED))
        links.nested[path] = {file.removeprefix(INCLUDED) for file in files}
        if mark:
            links.marked.add(path)
        if files or any(mark in data for mark in (IMPORT, b"\0", *ESCAPES)):
            links.importing.add(path)
        if any(mark in data for mark in (EXPORT, *ESCAPES)):
            links.exporting.add(path)

    def _pending(self, path: str, exporters: _Exporters, context: bytes, again: bool) -> PendingRoot:
        """Return a pending template; `context` is a digest of its imports, `again` says that others nest it."""
        workspace, links, counts = self._workspaces.of(path), self._links, self._builder.counts

        def read(info: RootInfo) -> Template | None:
            before = counts.not_templates
            template = self._in_turn(path)
            info.is_template = counts.not_templates == before
            if template is not None:
                allow(len(template.source.text))
                info.is_marked = path in links.marked
                if path in links.nested:
                    template.nested_files()  # notes what is not here, as it does when it is looked into
                if path in links.importing:
                    template.exports = exporters.exports()
            return template

        def skip(info: RootInfo) -> None:
            if path in links.templates:
                del links.templates[path]
            elif not info.is_template:
                counts.not_templates += 1
            else:
                self._take_known(path, info.is_marked)

        asked = links.asked.get(path, ())
        return PendingRoot(workspace.display_path(path), read, skip, workspace, asked, context, again=again)

    def _take_known(self, path: str, is_marked: bool) -> None:
        """Count a template that was read elsewhere, and keep its suppressions and notices where it has any."""
        if is_marked:
            data = self._builder.data(path)
            if data is not None:
                self._template(path, data)
        else:
            self._builder.take_known(path)

    def exporter(self, path: str) -> Template | None:
        """Return a template that may export, without counting it again; None if it no longer exists."""
        found = self._links.templates.get(path)
        if found:
            return found
        again = self._read_again(path)
        if again is None:
            return None
        from iplint.cloudformation.template import Template

        return Template(*again, self._builder.options.parameters, self._workspaces.of(path), path)

    def _read_again(self, path: str) -> tuple[Source, Members] | None:
        """Return a document, without counting it; None if it is not one."""
        from iplint.cloudformation.reading import decode_template
        from iplint.syntax.problem import SyntaxProblem
        from iplint.syntax.tree import Mapping

        workspace = self._workspaces.of(path)
        try:
            source, tree, _ = decode_template(workspace, path, workspace.read(path))
        except (ReadError, SyntaxProblem):
            return None
        return (source, tree) if isinstance(tree, Mapping) else None

    def _in_turn(self, path: str) -> Template | None:
        """Return the template at a path, if there is one, and release it here."""
        if path in self._links.templates:
            return self._links.templates.pop(path)
        data = self._builder.data(path)
        return self._template(path, data) if data is not None else None

    def _template(self, path: str, data: bytes) -> Template | None:
        """Read and count a file: return its template, record its plan, or report what else it is."""
        builder, workspace, named = self._builder, self._workspaces.of(path), self._named[path]
        shown = workspace.display_path(path)
        from iplint.cloudformation.reading import decode_template, is_template
        from iplint.syntax.problem import SyntaxProblem
        from iplint.syntax.tree import Mapping as Members

        try:
            source, tree, doubled = decode_template(workspace, path, data)
        except SyntaxProblem as problem:
            why = why_no_plan(data) if named or PLAN_MARK in data else None
            if why is not None:
                builder.unread(Notice(NoticeKind.UNREADABLE, shown, f"the file {why}"))
            elif named or looks_like_template(data):
                builder.unread(Notice(NoticeKind.UNREADABLE, shown, problem.reason, problem.at))
            else:
                builder.counts.not_templates += 1
            return None
        is_plan = isinstance(tree, Members) and ("format_version" in tree.entries or "lineage" in tree.entries)
        if is_plan and tree is not None and take_plan(builder, path, source, tree):
            return None
        if tree is None or not is_template(tree):
            old = old_builders(tree)
            if old is not None:
                builder.unread(Notice(NoticeKind.UNREADABLE, shown, OLD_PACKER, old.at))
            else:
                self._no_template(shown, data, named)
            return None
        from iplint.cloudformation.template import Template

        builder.notices += doubled
        if doubled or MARK in source.text:
            self._links.marked.add(path)
        builder.take(path, source)
        return Template(source, tree, builder.options.parameters, workspace, path)

    def _no_template(self, shown: str, data: bytes, named: bool) -> None:
        why = why_no_plan(data) if named else None
        if why is not None:
            self._builder.unread(Notice(NoticeKind.UNREADABLE, shown, f"the file {why}"))
        else:
            self._builder.counts.not_templates += 1

"""A CloudFormation template as a root: what is deployed together."""

from __future__ import annotations

import os
import re

from iplint.cloudformation.calls import FOR_EACH, INCLUDE, RAIN, SAM, SAM_TYPES, TRANSFORM
from iplint.cloudformation.evaluate import Evaluation
from iplint.cloudformation.holders import HOLDERS
from iplint.cloudformation.parameters import Parameter, PseudoParameters
from iplint.cloudformation.reading import members
from iplint.resource import Notice, NoticeCause, NoticeKind, keep_all
from iplint.scenario import Scenario
from iplint.syntax.tree import Mapping, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import abc
    from typing import Protocol

    from iplint.cloudformation.evaluate import DeclaredResource
    from iplint.cloudformation.nested import Documents, Inner, Nesting
    from iplint.location import Source, Span
    from iplint.module_sources import ModuleSources
    from iplint.resource import CanSkip, Resource, TextOccurrence
    from iplint.secret import Secret
    from iplint.syntax.tree import Node
    from iplint.value import Known, Ref, Step, Text, Unknown
    from iplint.workspace import Workspace

    class ExportTable(Protocol):
        """What the templates of one run export: see Exports."""

        def value(self, name: str, scenario: Scenario) -> Known[Text] | Unknown | None:
            """Return the value that exactly one template exports under a name."""
            ...

        def candidates(self, name: Text) -> str | None:
            """Return the outputs that are, or may be, exported under a name, as a relative clause."""
            ...

        def key(self, name: Text) -> Ref | None:
            """Return the attribute of a key that the one output is, or is made of, which a name may mean."""
            ...

        def grants(self, exporting: Template) -> list[Resource]:
            """Return the resources of other templates that give a policy to a role that a template exports, and the
            policies of others that its roles import.
            """
            ...


_SECTIONS = ("Parameters", "Rules", "Mappings", "Conditions", "Resources", "Outputs")
# CloudFormation Template Reference, "Transforms": what these add does not change what is checked here.
_HARMLESS = ("AWS::LanguageExtensions", "AWS::SecretsManager-", "AWS::CodeDeployBlueGreen", "AWS::ServiceCatalog")


def is_named_elsewhere(resource: Resource, beside: abc.Sequence[Resource]) -> bool:
    """Return whether anything outside of some resources may refer to the first: every word that is its logical id
    counts.
    """
    name, text = resource.address.rpartition(".")[2], resource.block.source.text
    # Loops, transforms and included files make ids and references that are not written out.
    if any(mark in text for mark in ("Transform", FOR_EACH, RAIN)) or resource.at.text.strip("\"'") != name:
        return True
    passed = [(resource.at.start, resource.block.end), *((one.at.start, one.block.end) for one in beside)]
    found = (match.start() for match in re.finditer(rf"\b{re.escape(name)}\b", text))
    return any(not any(start <= at < end for start, end in passed) for at in found)


class Template:
    """One template with the given values for its parameters; the others are varied.

    Unreadable parts become notices, and the rest is evaluated. `is_expanded_elsewhere` is true of a template to which a
    transform may add what its references lead to. `file` is the absolute path relative to which the templates of nested
    stacks are found; `nesting` says where a nested template is nested, `parent` is the template there (None for one of
    another notation), and `prefix` is the prefix of its logical ids. `exports` are those of all templates that are read
    together.
    """

    library = False

    def __init__(
        self,
        source: Source,
        tree: Mapping,
        overrides: abc.Mapping[str, str] | None = None,
        workspace: Workspace | None = None,
        file: str = "",
        nesting: Nesting | None = None,
        parent: Template | None = None,
    ) -> None:
        self.path = source.path
        self.source = source
        refused: list[Notice] = []
        self._included: set[str] = set()
        self._not_included: abc.Mapping[tuple[str, int], str] = {}
        if INCLUDE in source.text:
            from iplint.cloudformation.include import Inclusion

            inclusion = Inclusion(file, workspace)
            tree = inclusion.template(tree)
            self._included, self._not_included = inclusion.files, inclusion.reasons
            refused += inclusion.notices
        if RAIN in source.text:
            from iplint.cloudformation.rain import Directives

            directives = Directives(workspace)
            tree = directives.template(tree, file)
            self._included = self._included | directives.read
            refused += directives.notices
        # Its texts are searched as they are written: an expansion may repeat some and drop others.
        self.written = tree
        unsupported: list[Notice] = []
        if "Transform" in tree.entries:
            from iplint.cloudformation.transform import TRANSLATOR, declares_sam, expand_sam

            if declares_sam(tree):
                if workspace is not None:
                    workspace.version(TRANSLATOR)
                tree, unsupported = expand_sam(source, tree)
        self.tree = tree
        self.workspace = workspace
        self.file = file
        self.nesting = nesting
        self.parent = parent
        self.prefix = f"{nesting.address}." if nesting is not None else ""
        self._documents: Documents | None = None
        self._asserting: tuple[int, bool] = (0, False)
        self.exports: ExportTable | None = None
        # While others ask for its exports nothing is noted: what is reported of a template does not depend on others.
        self.is_asked = False
        self._nested: dict[tuple[str, str], Template | None] = {}
        self._unread: set[str] = set()
        self.notices: list[Notice] = []
        self.is_expanded_elsewhere = False
        self._noted: set[tuple[str, str, Span | None]] = set()
        self._sections = {name: self._section(name) for name in _SECTIONS}
        given = dict(overrides or {})
        parameters = self._sections["Parameters"]
        self.parameters = {
            name: self._parameter(name, key, node, given.get(name))
            for name, (key, node) in (parameters.entries.items() if parameters is not None else ())
        }
        self.pseudo_parameters: PseudoParameters = (
            nesting.pseudo_parameters if nesting is not None else PseudoParameters(given)
        )
        self.pseudo_parameters.compare(tree, source.text)
        for notice in (*refused, *unsupported):
            self.note(notice)
        self._survey_transforms(bool(unsupported))
        modules = tree.entries.get("Modules")
        if modules is not None:
            message = "the section Modules is not expanded: the resources that its modules make are not checked"
            self.note(Notice(NoticeKind.UNSUPPORTED, self.path, message, modules[0].at, cause=NoticeCause.MACRO))

    def resources(self, scenario: Scenario) -> list[Resource]:
        """See Root.resources; what other templates grant to roles of this one is among them."""
        granted = self.exports.grants(self) if self.exports is not None else []
        return [*self.own_resources(scenario), *granted]

    def own_resources(self, scenario: Scenario) -> list[Resource]:
        """Return the resources that are declared here and in nested templates."""
        return Evaluation.of(self, scenario).resources()

    def unread_parts(self, scenario: Scenario) -> abc.Iterator[Resource]:
        """See Root.unread_parts."""
        for evaluation in self.evaluations(scenario):
            yield from evaluation.unread_parts()

    def may_refer_to(self, resource: Resource, scenario: Scenario, beside: abc.Sequence[Resource] = ()) -> bool:
        """See Root.may_refer_to."""
        del scenario
        return is_named_elsewhere(resource, beside)

    def secrets(self, scenario: Scenario) -> abc.Iterator[Secret]:
        """See Root.secrets: the values of parameters with NoEcho, here and in nested templates that were read."""
        for parameter in self.parameters.values():
            yield from parameter.secrets(scenario)
        for nested in list(self._nested.values()):
            if nested is not None:
                yield from nested.secrets(scenario)

    def text_occurrences(self, scenario: Scenario, silent: CanSkip = keep_all) -> abc.Iterator[TextOccurrence]:
        """See Root.text_occurrences."""
        from iplint.cloudformation.text_occurrences import text_occurrences

        return text_occurrences(Evaluation.of(self, scenario), silent)

    def failed_assertion(self, scenario: Scenario) -> Step | None:
        """See Root.failed_assertion: an assertion in the section Rules, here or in a stack that certainly exists."""
        if not self.has_assertions():
            return None
        from iplint.cloudformation.assertions import failed_assertion

        return failed_assertion(self.evaluations(scenario), scenario)

    def has_assertions(self) -> bool:
        """Return whether this template, or a nested one read so far, has assertions."""
        if self._sections["Rules"] is not None:
            return True
        documents = self.outermost._documents
        stacks = documents.stacks if documents is not None else 0
        if self._asserting[0] != stacks:
            found = any(inner is not None and inner.has_assertions() for inner in self._nested.values())
            self._asserting = stacks, found
        return self._asserting[1]

    def nested(self, stack: DeclaredResource) -> Template | None:
        """Return the template that a stack nests; None if it cannot be read, which is reported once for each stack."""
        from iplint.cloudformation.nested import NotNested, inner_template, not_checked

        address = stack.resource.address
        inner = inner_template(stack.resource, stack.body, self._sources)
        key = address, inner.key
        if key not in self._nested:
            found: Template | None = None
            try:
                found = self._read(stack, inner)
            except NotNested as problem:
                if address not in self._unread:
                    self._unread.add(address)
                    self.note(not_checked(stack.resource, inner, problem))
            self._nested[key] = found
        return self._nested[key]

    @property
    def _sources(self) -> ModuleSources | None:
        return self.workspace.sources if self.workspace is not None else None

    def _read(self, stack: DeclaredResource, inner: Inner) -> Template:
        """Return the template that a stack nests, in a file or in a text. Raises NotNested when there is none."""
        from iplint.cloudformation.nested import (
            MAX_LEVELS,
            MAX_STACKS,
            BeyondLimit,
            Documents,
            Nesting,
            NotNested,
            read_inside,
        )

        name, key = stack.entry.name, inner.key
        nesting = Nesting(
            stack.resource, lambda scenario: self._stack(name, key, scenario), self.pseudo_parameters, self.nesting
        )
        documents = self.outermost._documents
        if documents is None:
            documents = self.outermost._documents = Documents(self.workspace)
            if self.outermost.file:
                documents.count(self.outermost.tree, os.path.realpath(self.outermost.file), self.outermost.note)
        file = ""
        if inner.text is None:
            # A template that is in a text has no place that paths in it could start from.
            if inner.path is None or (self.nesting is not None and not self.file):
                raise NotNested("is not here")
            file = documents.real(os.path.join(os.path.dirname(self.file), inner.path))
            if file in self._around():
                raise NotNested("nests itself")
        if documents.is_beyond:
            raise BeyondLimit(f"is one of more than {MAX_STACKS:,} nested stacks, which is more than iplint follows")
        documents.stacks += 1
        if nesting.level > MAX_LEVELS:
            raise BeyondLimit(f"is nested more than {MAX_LEVELS} levels deep")
        if documents.stacks > MAX_STACKS:
            documents.is_beyond = True
            raise BeyondLimit(f"comes after {MAX_STACKS:,} others, which is more than iplint follows")
        if inner.text is not None:
            return Template(*read_inside(inner.text), nesting=nesting, parent=self)
        source, tree = documents.read(file, self.outermost.note)
        return Template(source, tree, None, self.workspace, file, nesting, self)

    def _stack(self, name: str, key: str, scenario: Scenario) -> Resource | None:
        """Return a stack of this template in a scenario; None where it has another template or a loop does not create
        it.
        """
        from iplint.cloudformation.nested import inner_template

        def find() -> Resource | None:
            declared = Evaluation.of(self, scenario).declared().get(name)
            if declared is None or inner_template(declared.resource, declared.body, self._sources).key != key:
                return None
            return declared.resource

        return scenario.memo((self, "stack", name, key), find)

    def _around(self) -> abc.Iterator[str]:
        """Return the real paths of this template and of those around it."""
        template: Template | None = self
        while template is not None:
            # Nested files are named by their real paths.
            yield template.file if template.nesting is not None else os.path.realpath(template.file)
            template = template.parent

    @property
    def included_files(self) -> frozenset[str]:
        """Return the real paths of the included files."""
        return frozenset(self._included)

    def nested_files(self) -> set[str]:
        """Return the real paths of the templates nested or included here, at any depth, with default inputs.

        A template that no scenario nests here is left out: it is deployed elsewhere, if at all. So are all where they
        are more than are followed: then they are not checked here.
        """
        resources = self._sections["Resources"]
        if not any(
            isinstance(type := body.get("Type"), Scalar) and type.text in HOLDERS for _, body in members(resources)
        ):
            return set(self._included)
        scenario = Scenario({})
        templates = [
            evaluation.template
            for evaluation in self.evaluations(scenario)
            if evaluation.template.is_deployed(scenario)
        ]
        included = {path for template in templates for path in template.included_files}
        files = ({template.file for template in templates} | included) - {self.file}
        return set(self._included) if self._forget_nested() else files

    def _forget_nested(self) -> bool:
        """Release the nested templates where they are many; return whether they are more than are followed."""
        from iplint.cloudformation.nested import MAX_KEPT

        documents = self._documents
        if documents is None or (documents.stacks <= MAX_KEPT and not documents.is_beyond):
            return False
        self._nested.clear()
        documents.stacks = 0
        return documents.is_beyond

    def is_deployed(self, scenario: Scenario) -> bool:
        """Return whether the stack of a nested template exists, in this scenario or in another one."""
        with scenario.under(scenario.assignment):
            template = self
            while template.nesting is not None:
                if template.nesting.exists(scenario) is False and not scenario.touched:
                    return False
                if template.parent is None:
                    break
                template = template.parent
        return True

    def evaluations(self, scenario: Scenario) -> abc.Iterator[Evaluation]:
        """Yield this template in a scenario, then those nested in it, at any depth."""
        waiting = [Evaluation.of(self, scenario)]
        while waiting:
            evaluation = waiting.pop()
            yield evaluation
            inner = (evaluation.nested(declared) for declared in evaluation.declared().values())
            waiting += [nested for nested in inner if nested is not None]

    @property
    def outermost(self) -> Template:
        """Return the outermost template around this one."""
        outer = self
        while outer.parent is not None:
            outer = outer.parent
        return outer

    def imported(self, name: str, scenario: Scenario) -> Known[Text] | Unknown | None:
        """Return the value that another template of this run exports under a name, if it is a text or depends on an
        input.
        """
        exports = self.outermost.exports
        return exports.value(name, scenario) if exports is not None else None

    def export_candidates(self, name: Text) -> str | None:
        """Return the outputs of other templates that are, or may be, exported under a name, as a relative clause."""
        exports = self.outermost.exports
        return exports.candidates(name) if exports is not None else None

    def exported_key(self, name: Text) -> Ref | None:
        """Return the attribute of a key that another template of this run exports under a name."""
        exports = self.outermost.exports
        return exports.key(name) if exports is not None else None

    def section(self, name: str) -> Mapping | None:
        """Return a section for the evaluation; None if it is missing or unreadable."""
        return self._sections[name]

    def mapping(self, name: str) -> Node | None:
        """Return the entry of the section Mappings with this name."""
        section = self._sections["Mappings"]
        return section.get(name) if section is not None else None

    def note(self, notice: Notice) -> None:
        """Record a notice, each once. Those of nested templates are recorded in the outermost one."""
        if self is not self.outermost:
            self.outermost.note(notice)
            return
        if self.is_asked:
            return
        key = notice.path, notice.message, notice.at
        if key not in self._noted:
            self._noted.add(key)
            self.notices.append(notice)

    def note_unresolved(self, message: str, at: Span) -> None:
        """Record that something in the template could not be resolved."""
        self.note(Notice(NoticeKind.UNRESOLVED, at.path, message, at, cause=NoticeCause.DECLARATION))

    def note_unsupported(self, macro: str, at: Span, given: Span, *, unsettles: bool = False) -> None:
        """Record that a macro used at a place is not expanded; `given` is the place of its argument."""
        why = self._not_included.get((given.path, given.start))
        message = f"{macro} is not expanded: what it makes is not checked" + (f": it {why}" if why else "")
        self.note(Notice(NoticeKind.UNSUPPORTED, at.path, message, at, unsettles=unsettles, cause=NoticeCause.MACRO))

    def _section(self, name: str) -> Mapping | None:
        entry = self.tree.entries.get(name)
        if entry is None:
            if name == "Resources":
                self.note(
                    Notice(
                        NoticeKind.UNRESOLVED, self.path, "this template has no Resources: there is nothing to check"
                    )
                )
            return None
        key, node = entry
        if isinstance(node, Mapping):
            return node
        self.note_unresolved(f"{name} is not a mapping: nothing in it is read", key.at)
        return None

    def _parameter(self, name: str, key: Scalar, node: Node, given: str | None) -> Parameter:
        declaration = self._declaration(name, key, node)
        if self.nesting is None:
            return Parameter(name, key.at, declaration, given)
        from iplint.cloudformation.nested import PassedParameter

        return PassedParameter(name, key.at, declaration, self.nesting)

    def _declaration(self, name: str, key: Scalar, node: Node) -> Node:
        if not isinstance(node, Mapping):
            self.note_unresolved(f"parameter {name} is not declared by a mapping", key.at)
        elif isinstance(node.get("Default"), Mapping):
            self.note_unresolved(f"the default of parameter {name} is not a string", key.at)
        return node

    def _survey_transforms(self, refused: bool) -> None:
        """Report the macros, which are not expanded here. `refused` says that SAM's was already reported."""
        transform = self.tree.get("Transform")
        named = transform.items if isinstance(transform, Sequence) else [transform] if transform is not None else []
        for node in named:
            name = node.get("Name") if isinstance(node, Mapping) else node
            macro = name.text if isinstance(name, Scalar) else "a macro"
            if macro.startswith(_HARMLESS):
                continue
            self.is_expanded_elsewhere = True
            if macro != SAM:
                # It takes the whole template, and its result is deployed instead.
                self.note_unsupported(f"the transform {macro}", node.at, node.at, unsettles=True)
            elif not refused and any(
                isinstance(type := body.get("Type"), Scalar) and type.text.startswith(SAM_TYPES)
                for _, body in members(self._sections["Resources"])
            ):
                message = f"the SAM transform is not expanded: resources of types {SAM_TYPES}* are not checked"
                self.note(Notice(NoticeKind.UNSUPPORTED, self.path, message, node.at, cause=NoticeCause.MACRO))
        for section in self._sections.values():
            if section is not None and TRANSFORM in section.entries:
                self.is_expanded_elsewhere = True
                key, argument = section.entries[TRANSFORM]
                name = argument.get("Name") if isinstance(argument, Mapping) else None
                macro = name.text if isinstance(name, Scalar) else "a macro"
                self.note_unsupported(macro, key.at, argument.at, unsettles=True)

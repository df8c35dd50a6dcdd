"""A CloudFormation template as a root: what is deployed together."""

from __future__ import annotations

from iplint.cloudformation.calls import FOR_EACH
from iplint.cloudformation.evaluate import Evaluation
from iplint.cloudformation.loops import loop_of
from iplint.cloudformation.parameters import Parameter, PseudoParameters
from iplint.resource import Notice
from iplint.syntax.tree import Mapping, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import abc
    from typing import TypeGuard

    from iplint.boundary import Boundary
    from iplint.inputs import World
    from iplint.location import Source, Span
    from iplint.resource import Passage, Resource
    from iplint.syntax.tree import Node

_SECTIONS = ("Parameters", "Mappings", "Conditions", "Resources")
# CloudFormation Template Reference, "Transforms": what these add does not change what is judged here.
_HARMLESS = ("AWS::LanguageExtensions", "AWS::SecretsManager-", "AWS::CodeDeployBlueGreen", "AWS::ServiceCatalog")
_SAM = "AWS::Serverless-2016-10-31"
_SAM_TYPES = "AWS::Serverless::"


def is_template(tree: Node) -> TypeGuard[Mapping]:
    """Whether a document is a CloudFormation template."""
    if not isinstance(tree, Mapping) or "Resources" not in tree.entries:
        return isinstance(tree, Mapping) and "AWSTemplateFormatVersion" in tree.entries
    if "AWSTemplateFormatVersion" in tree.entries or "Transform" in tree.entries:
        return True
    return any("Type" in body.entries for _, body in _members(tree.get("Resources")))


def _members(section: Node | None) -> abc.Iterator[tuple[str, Mapping]]:
    """The mappings in a section by name, those inside of loops included."""
    for name, (_, body) in section.entries.items() if isinstance(section, Mapping) else ():
        loop = loop_of(body) if name.startswith(FOR_EACH) else None
        if loop is not None:
            yield from _members(loop[2])
        elif isinstance(body, Mapping):
            yield name, body


class Template:
    """One template with the values that are given for its parameters; what is not given is varied.

    What cannot be read of it becomes a notice, and the rest is evaluated. `is_expanded_elsewhere` is true of a
    template to which a transform may add what its references lead to.
    """

    library = False

    def __init__(
        self,
        source: Source,
        tree: Mapping,
        overrides: abc.Mapping[str, str] | None = None,
        boundary: Boundary | None = None,
    ) -> None:
        self.path = source.path
        self.tree = tree
        self.boundary = boundary
        self.notices: list[Notice] = []
        self.is_expanded_elsewhere = False
        self._noted: set[tuple[str, Span | None]] = set()
        self._sections = {name: self._section(name) for name in _SECTIONS}
        given = dict(overrides or {})
        parameters = self._sections["Parameters"]
        self.parameters = {
            name: Parameter(name, key.at, self._declaration(name, key, node), given.get(name))
            for name, (key, node) in (parameters.entries.items() if parameters is not None else ())
        }
        self.pseudo_parameters = PseudoParameters(given)
        self._survey_transforms()

    def resources(self, world: World) -> list[Resource]:
        """As Root.resources."""
        return Evaluation.of(self, world).resources()

    def passages(self, world: World) -> abc.Iterator[Passage]:
        """As Root.passages."""
        from iplint.cloudformation.passages import passages

        return passages(Evaluation.of(self, world))

    def section(self, name: str) -> Mapping | None:
        """One of the sections that evaluation reads; None if the template has none that can be read."""
        return self._sections[name]

    def mapping(self, name: str) -> Node | None:
        """The entry of the section Mappings with this name."""
        section = self._sections["Mappings"]
        return section.get(name) if section is not None else None

    def note(self, notice: Notice) -> None:
        """Record a notice, each once."""
        key = notice.message, notice.at
        if key not in self._noted:
            self._noted.add(key)
            self.notices.append(notice)

    def note_unresolved(self, message: str, at: Span) -> None:
        """Record that something in the template could not be made sense of."""
        self.note(Notice("unresolved", self.path, message, at))

    def _section(self, name: str) -> Mapping | None:
        entry = self.tree.entries.get(name)
        if entry is None:
            if name == "Resources":
                self.note(Notice("unresolved", self.path, "this template has no Resources: there is nothing to judge"))
            return None
        key, node = entry
        if isinstance(node, Mapping):
            return node
        self.note_unresolved(f"{name} is no mapping: nothing in it is read", key.at)
        return None

    def _declaration(self, name: str, key: Scalar, node: Node) -> Node:
        if not isinstance(node, Mapping):
            self.note_unresolved(f"parameter {name} is not declared by a mapping", key.at)
        elif isinstance(node.get("Default"), Mapping):
            self.note_unresolved(f"the default of parameter {name} is no text", key.at)
        return node

    def _survey_transforms(self) -> None:
        """Name what macros, which are not expanded here, would have done."""
        transform = self.tree.get("Transform")
        named = transform.items if isinstance(transform, Sequence) else [transform] if transform is not None else []
        for node in named:
            name = node.get("Name") if isinstance(node, Mapping) else node
            macro = name.text if isinstance(name, Scalar) else "a macro"
            if macro.startswith(_HARMLESS):
                continue
            self.is_expanded_elsewhere = True
            if macro != _SAM:
                message = f"the transform {macro} is not expanded: what it makes is not judged"
                self.note(Notice("unsupported", self.path, message, node.at))
            elif any(
                isinstance(type := body.get("Type"), Scalar) and type.text.startswith(_SAM_TYPES)
                for _, body in _members(self._sections["Resources"])
            ):
                message = f"the SAM transform is not expanded: resources of types {_SAM_TYPES}* are not judged"
                self.note(Notice("unsupported", self.path, message, node.at))
        if any("Fn::Transform" in section.entries for section in self._sections.values() if section is not None):
            self.is_expanded_elsewhere = True

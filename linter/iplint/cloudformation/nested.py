"""Nested stacks: which file holds their template, and what the stack around passes to it.

Facts: CloudFormation Template Reference, "AWS::CloudFormation::Stack"; AWS CLI Command Reference, "cloudformation
package", for templates that are named by a local path; AWS CDK, `aws:asset:path` in the metadata of what it makes.
"""

from __future__ import annotations

import os

from iplint.boundary import Refused
from iplint.cloudformation.calls import scalar_text
from iplint.cloudformation.evaluate import Evaluation
from iplint.cloudformation.parameters import Parameter
from iplint.cloudformation.texts import identified, shown
from iplint.location import Origin
from iplint.resource import Notice
from iplint.syntax.tree import Mapping, Scalar
from iplint.value import Absent, Known, Step, Text, Unknown, as_text, dig, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.boundary import Boundary
    from iplint.cloudformation.evaluate import Declared
    from iplint.cloudformation.template import Template
    from iplint.inputs import World
    from iplint.location import Source, Span
    from iplint.resource import Resource
    from iplint.syntax.tree import Node
    from iplint.value import Value

MOST_LEVELS = 20
# In one root. Two stacks that nest the same template twice, and so on, double at every level.
MOST_STACKS = 1_000


class NotNested(Exception):
    """The template of a nested stack that is not read; the message is a clause that follows what names the template."""


class Nesting:
    """Where a template is nested: by a stack that `parent` declares."""

    __slots__ = ("_name", "address", "level", "parent", "steps")

    def __init__(self, parent: Template, name: str, stack: Resource) -> None:
        outer = parent.nesting
        self.parent = parent
        self.address = stack.address
        self.level: int = 1 if outer is None else outer.level + 1
        self.steps = (Step(stack.at, f"nested stack {stack.address} is declared here"), *stack.calls)
        self._name = name

    def stack(self, world: World) -> Resource | None:
        """The stack as it is in a world; None where a loop does not declare it."""
        declared = Evaluation.of(self.parent, world).declared().get(self._name)
        return declared.resource if declared is not None else None

    def exists(self, world: World) -> bool | None:
        """Whether a world creates the stack."""
        stack = self.stack(world)
        return stack.exists if stack is not None else False

    def passed(self, name: str, world: World) -> Value | None:
        """What the stack passes to a parameter; None when it passes nothing."""
        stack = self.stack(world)
        found = dig(stack.properties, ("Parameters", name)) if stack is not None else None
        return None if isinstance(found, Absent) else found


class PassedParameter(Parameter):
    """A parameter of a nested template. Its default is no input: the stack around does not set it."""

    __slots__ = ("_name", "_nesting")

    def __init__(self, name: str, at: Span, declared: Node, nesting: Nesting) -> None:
        super().__init__(name, at, declared, None, nesting.address)
        self._name = name
        self._nesting = nesting

    def value(self, world: World) -> Value:
        """As Parameter.value."""
        passed = self._nesting.passed(self._name, world)
        match passed:
            case None:
                return super().value(world)
            case Unknown():
                # A parameter has a value, or the stack is not created.
                found = Unknown(
                    passed.reasons,
                    passed.at,
                    True,
                    passed.trail,
                    passed.ref,
                    passed.input,
                    passed.identity,
                    passed.excludes,
                )
                return self.taken(identified(found, self.label))
            case Known(bool() | int() | float()):
                string = text(as_text(passed) or "", Origin(passed.at))
                return self.taken(Known(string, passed.at, passed.trail, passed.ref, passed.input))
            case _:
                return self.taken(passed)


class Documents:
    """The templates that the stacks of one root nest. Each file is read once."""

    __slots__ = ("_boundary", "_found", "stacks")

    def __init__(self, boundary: Boundary | None) -> None:
        self._boundary = boundary
        self._found: dict[str, tuple[Source, Mapping] | NotNested] = {}
        self.stacks = 0

    def real(self, path: str) -> str:
        """The real path of a file that may be read. Raises NotNested when it is none."""
        if self._boundary is None:
            raise NotNested("is not read")
        try:
            real = self._boundary.real(path)
        except Refused as refused:
            raise NotNested(str(refused)) from None
        if not os.path.isfile(real):
            raise NotNested("is no file here")
        return real

    def read(self, path: str, root: Template) -> tuple[Source, Mapping]:
        """A template. Raises NotNested when it is none; why a file could not be read is noted in `root`."""
        found = self._found.get(path)
        if found is None:
            try:
                found = self._read(path, root)
            except NotNested as problem:
                found = problem
            self._found[path] = found
        if isinstance(found, NotNested):
            raise found
        return found

    def _read(self, path: str, root: Template) -> tuple[Source, Mapping]:
        from iplint.cloudformation.template import is_template
        from iplint.syntax import text, yaml
        from iplint.syntax.problem import SyntaxProblem

        if self._boundary is None:
            raise NotNested("is not read")
        name = self._boundary.shown(path)
        try:
            source = text.decode(name, self._boundary.read(path))
            tree = yaml.parse(source)
        except Refused as refused:
            root.note(Notice("unreadable", name, f"the file {refused}"))
            raise NotNested("cannot be read") from None
        except SyntaxProblem as problem:
            root.note(Notice("unreadable", name, problem.reason, problem.at))
            raise NotNested("cannot be read") from None
        if tree is None or not is_template(tree):
            raise NotNested("is no template")
        return source, tree


def location(declared: Declared) -> tuple[str, str | None]:
    """How to name the template of a nested stack to people, and the path of its file if it is a local one."""
    metadata = declared.body.get("Metadata")
    if isinstance(metadata, Mapping):
        asset, property = metadata.get("aws:asset:path"), metadata.get("aws:asset:property")
        if isinstance(asset, Scalar) and isinstance(property, Scalar) and property.text == "TemplateURL":
            path = scalar_text(asset)
            return f"its template {path}", path
    url = dig(declared.resource.properties, ("TemplateURL",))
    match url:
        case Known(Text() as string):
            plain = string.plain
            # What follows a question mark may be a signature.
            name = f"its template {string.shown.partition('?')[0]}"
            return name, plain if plain is not None and "://" not in plain else None
        case Absent():
            return "its TemplateURL", None
        case _:
            return f"its template ({shown(url)})", None

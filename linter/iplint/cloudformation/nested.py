"""Nested stacks: where their template is, and the parameters that the parent stack passes.

Facts: CloudFormation Template Reference, "AWS::CloudFormation::Stack"; AWS CLI Command Reference, "cloudformation
package", for templates that are named by a local path; AWS CDK, `aws:asset:path` in the metadata of its output.
"""

from __future__ import annotations

import os

from iplint.budget import charge
from iplint.cloudformation.calls import scalar_text
from iplint.cloudformation.holders import HOLDERS, NESTED
from iplint.cloudformation.parameters import Parameter
from iplint.cloudformation.texts import described, identified
from iplint.location import Origin, RedactedOrigin, Source
from iplint.resource import Notice, NoticeCause, NoticeKind
from iplint.secret import secrets_of
from iplint.syntax.tree import Mapping, Scalar
from iplint.value import Absent, Chunk, Known, Map, Step, Text, Unknown, as_text, dig, literal_text
from iplint.workspace import ReadError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from iplint.cloudformation.parameters import PseudoParameters
    from iplint.location import Span
    from iplint.module_sources import ModuleSources
    from iplint.resource import Resource
    from iplint.scenario import Scenario
    from iplint.secret import Secret
    from iplint.syntax.tree import Node
    from iplint.value import Value
    from iplint.workspace import Workspace

# AWS SAM makes a nested stack of it.
SAM_APPLICATION = "AWS::Serverless::Application"
MAX_LEVELS = 20
# In one root. Two stacks that nest the same template twice, and so on, double at every level.
MAX_STACKS = 1_000
# From the walk over files to the check of a root so many templates are kept; more are read again.
MAX_KEPT = 50
# Of what a text depends on, so many are named.
MAX_REASONS = 3


class NotNested(Exception):
    """The template of a nested stack cannot be read; the message is a clause after the name of the template."""


class BeyondLimit(NotNested):
    """The template of a nested stack is not read because there are too many."""


class Nesting:
    """Where a template is nested: in a stack or stack set, which `find` returns for a scenario that nests it.

    `outer` is where the template that declares it is nested itself; `around` are the pseudo parameters there.
    `instances` returns the resources that create stacks of sets there.
    """

    __slots__ = ("_find", "_holder", "_instances", "address", "level", "pseudo_parameters", "steps")

    def __init__(
        self,
        stack: Resource,
        find: Callable[[Scenario], Resource | None],
        around: PseudoParameters,
        outer: Nesting | None = None,
        instances: Callable[[Scenario], list[Resource]] = lambda scenario: [],
    ) -> None:
        self._holder = HOLDERS[stack.type]
        self._find = find
        self._instances = instances
        self.address = stack.address
        self.level: int = 1 if outer is None else outer.level + 1
        self.steps = (Step(stack.at, f"{self._holder.what} {stack.address} is declared here"), *stack.calls)
        self.pseudo_parameters = around.nested(stack.address, elsewhere=self._holder.is_set)

    def exists(self, scenario: Scenario) -> bool | None:
        """Return whether a scenario creates the stack with the nested template."""
        stack = self._find(scenario)
        return stack.exists if stack is not None else False

    def passed(self, name: str, scenario: Scenario) -> Value | None:
        """Return the value that the stack passes to a parameter; None when it passes nothing."""
        stack = self._find(scenario)
        found = self._holder.passed(stack, name, self._instances(scenario)) if stack is not None else None
        return None if isinstance(found, Absent) else found

    def given_values(self, name: str, scenario: Scenario) -> Iterator[Value]:
        """Yield every value that the stack, or an instance of the set, passes to a parameter."""
        stack = self._find(scenario)
        if stack is not None:
            yield from self._holder.given_values(stack, name, self._instances(scenario))


class PassedParameter(Parameter):
    """A parameter of a nested template. Its default is not an input: the parent stack does not set it."""

    __slots__ = ("_name", "_nesting")

    def __init__(self, name: str, at: Span, declared: Node, nesting: Nesting) -> None:
        super().__init__(name, at, declared, None, nesting.address)
        self._name = name
        self._nesting = nesting

    def value(self, scenario: Scenario) -> Value:
        """See Parameter.value."""
        passed = self._nesting.passed(self._name, scenario)
        match passed:
            case None:
                return super().value(scenario)
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
                string = literal_text(as_text(passed) or "", Origin(passed.at))
                return self.taken(Known(string, passed.at, passed.trail, passed.ref, passed.input))
            case _:
                return self.taken(passed)

    def secrets(self, scenario: Scenario) -> Iterator[Secret]:
        """See Parameter.secrets; where several values are passed, none of them is the value."""
        yield from super().secrets(scenario)
        if self.is_sensitive:
            for given in self._nesting.given_values(self._name, scenario):
                yield from secrets_of(given)


class Documents:
    """The templates that the stacks of one root nest. Each file is read once.

    `stacks` counts those that were followed, `is_beyond` says that there are more than are followed, so that none is.
    """

    __slots__ = ("_found", "_workspace", "is_beyond", "stacks")

    def __init__(self, workspace: Workspace | None) -> None:
        self._workspace = workspace
        self._found: dict[str, tuple[Source, Mapping] | NotNested] = {}
        self.stacks = 0
        self.is_beyond = False

    def count(self, tree: Mapping, file: str, note: Callable[[Notice], None]) -> None:
        """Count the stacks below a template by the paths that are written out, before any is followed.

        `file` is its real path. Templates that each nest the next one twice double level by level, and the counts of
        a level give those of the next one.
        """
        total, level = 0, {file: 1}
        paths = {file: self._paths(tree, file)}
        for _ in range(MAX_LEVELS):
            below: dict[str, int] = {}
            for nesting, times in level.items():
                if nesting not in paths:
                    paths[nesting] = self._paths_in(nesting, note)
                for path, written in paths[nesting].items():
                    charge()
                    below[path] = below.get(path, 0) + times * written
                    total += times * written
                if total > MAX_STACKS:
                    self.is_beyond = True
                    return
            level = below

    def _paths_in(self, file: str, note: Callable[[Notice], None]) -> dict[str, int]:
        try:
            return self._paths(self.read(file, note)[1], file)
        except NotNested:
            return {}

    def _paths(self, tree: Mapping, file: str) -> dict[str, int]:
        """Return the other files that stacks of a template name by a literal path, each with the number of stacks."""
        found: dict[str, int] = {}
        resources = tree.get("Resources")
        for _, body in resources.entries.values() if isinstance(resources, Mapping) else ():
            charge()
            path = _literal_path(body) if isinstance(body, Mapping) else None
            if path is None:
                continue
            try:
                real = self.real(os.path.join(os.path.dirname(file), path))
            except NotNested:
                continue
            if real != file:
                found[real] = found.get(real, 0) + 1
        return found

    def real(self, path: str) -> str:
        """Return the real path of a file that may be read. Raises NotNested for any other."""
        if self._workspace is None:
            raise NotNested("is not read")
        try:
            real = self._workspace.real(path)
        except ReadError as refused:
            raise NotNested(str(refused)) from None
        if not self._workspace.is_file(real):
            raise NotNested("is not a file here")
        return real

    def read(self, path: str, note: Callable[[Notice], None]) -> tuple[Source, Mapping]:
        """Return a template. Raises NotNested when it is none; `note` records the reason for an unreadable file."""
        found = self._found.get(path)
        if found is None:
            try:
                found = self._read(path, note)
            except NotNested as problem:
                found = problem
            self._found[path] = found
        if isinstance(found, NotNested):
            raise found
        return found

    def _read(self, path: str, note: Callable[[Notice], None]) -> tuple[Source, Mapping]:
        from iplint.cloudformation.reading import decode_template, is_template
        from iplint.syntax.problem import SyntaxProblem

        if self._workspace is None:
            raise NotNested("is not read")
        name = self._workspace.display_path(path)
        try:
            source, tree, doubled = decode_template(self._workspace, path, self._workspace.read(path))
        except ReadError as refused:
            note(Notice(NoticeKind.UNREADABLE, name, f"the file {refused}"))
            raise NotNested("cannot be read") from None
        except SyntaxProblem as problem:
            note(Notice(NoticeKind.UNREADABLE, name, problem.reason, problem.at))
            raise NotNested("cannot be read") from None
        if tree is None or not is_template(tree):
            raise NotNested("is not a template")
        for notice in doubled:
            note(notice)
        return source, tree


class Inner:
    """Where the template of a stack is: its name for people, and the path of its file or its text."""

    __slots__ = ("path", "shown", "text")

    def __init__(self, shown: str, path: str | None = None, text: Text | None = None) -> None:
        self.shown = shown
        self.path = path
        self.text = text

    @property
    def key(self) -> str:
        """Return the identity of the template among those that the stack may have."""
        return self.path or (self.text.flat if self.text is not None else "")


def inner_template(stack: Resource, body: Mapping | None = None, sources: ModuleSources | None = None) -> Inner:
    """Return where the template of a stack is, which a template declares by `body`.

    `sources` maps addresses to files here. Raises NotNested when that is unknown.
    """
    holder = HOLDERS[stack.type]
    path = _asset_path(body) if body is not None else None
    if path is not None:
        return Inner(f"its template {path}", path)
    written = dig(stack.properties, (holder.body,)) if holder.body else Absent(stack.at)
    match written:
        case Known(Text() as string):
            return Inner(f"its {holder.body}", text=string)
        case Unknown():
            return Inner(f"its {holder.body} ({described(written)})")
        case _:
            pass
    url = dig(stack.properties, (holder.url,))
    match url:
        case Known(Text() as string):
            plain = string.plain
            # What follows a question mark may be a signature.
            name = f"its template {string.display.partition('?')[0]}"
            if plain is not None and "://" not in plain:
                return Inner(name, plain)
            mapped = sources.find(string.display) if sources is not None else None
            return Inner(name, mapped)
        case Absent():
            return Inner(f"its {holder.url}")
        case Known(Map() as location) if (application := location.get("ApplicationId")) is not None:
            # AWS SAM, AWS::Serverless::Application: an application of the Serverless Application Repository.
            return Inner(f"its application ({described(application)})")
        case _:
            return Inner(f"its template ({described(url)})")


def _asset_path(body: Mapping) -> str | None:
    """Return the path of the template of a stack that AWS CDK wrote."""
    metadata = body.get("Metadata")
    asset = metadata.get("aws:asset:path") if isinstance(metadata, Mapping) else None
    property = metadata.get("aws:asset:property") if isinstance(metadata, Mapping) else None
    if isinstance(asset, Scalar) and isinstance(property, Scalar) and property.text == "TemplateURL":
        return scalar_text(asset)
    return None


def _literal_path(body: Mapping) -> str | None:
    """Return the path that a stack declares as the address of its template; None if it is not written out."""
    type, properties = body.get("Type"), body.get("Properties")
    if not isinstance(type, Scalar) or (type.text not in HOLDERS and type.text != SAM_APPLICATION):
        return None
    asset = _asset_path(body)
    if asset is not None:
        return asset
    name = HOLDERS[type.text].url if type.text in HOLDERS else "Location"
    url = properties.get(name) if isinstance(properties, Mapping) else None
    return url.text if isinstance(url, Scalar) and url.tag is None and "://" not in url.text else None


def not_checked(stack: Resource, inner: Inner, problem: NotNested) -> Notice:
    """Return the notice for a stack whose template cannot be read."""
    holder = HOLDERS[stack.type]
    kind = NoticeKind.UNRESOLVED if holder is HOLDERS[NESTED] else NoticeKind.UNSUPPORTED
    if isinstance(problem, BeyondLimit):
        # What is in such a template may be anything: a limit is never a pass.
        kind = NoticeKind.UNREADABLE
    message = f"{holder.what} {stack.address} is not checked: {inner.shown} {problem}"
    return Notice(kind, stack.at.path, message, stack.at, cause=NoticeCause.TEMPLATE)


def read_inside(body: Text) -> tuple[Source, Mapping]:
    """Return the template in a text inside another file. Raises NotNested when it is none."""
    from iplint.cloudformation.reading import is_template
    from iplint.syntax import embedded
    from iplint.syntax.problem import SyntaxProblem

    if any(isinstance(piece, Chunk) and isinstance(piece.origin, RedactedOrigin) for piece in body.pieces):
        # The message would contain the names in it.
        raise NotNested("is sensitive")
    plain = body.plain
    if plain is None:
        raise NotNested(f"depends on {' and '.join(reason.what for reason in body.reasons[:MAX_REASONS])}")
    try:
        tree = embedded.parse(body)
    except SyntaxProblem as problem:
        raise NotNested(f"cannot be read: line {problem.at.first[0]}: {problem.reason}") from None
    if tree is None or not is_template(tree):
        raise NotNested("is not a template")
    return Source(tree.at.path, plain), tree

"""AWS::Include: the contents of local files, inserted where a template includes them.

Places are those in the included file; what replaces a whole call has the place of the call. A file that is named by its
path is one that `aws cloudformation package` would upload.

Facts: CloudFormation Template Reference, "AWS::Include transform"; AWS CLI Command Reference, "cloudformation package".
"""

from __future__ import annotations

import os

from iplint.cloudformation.calls import INCLUDE, TRANSFORM, call_of
from iplint.resource import Notice, NoticeCause, NoticeKind
from iplint.syntax import decoding, yaml
from iplint.syntax.problem import SyntaxProblem
from iplint.syntax.tree import Mapping, Scalar, Sequence
from iplint.workspace import ReadError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.location import Source
    from iplint.syntax.tree import Node
    from iplint.workspace import Workspace

_NESTED = "is in a file that is included itself, where CloudFormation expands no further include"


class NotIncluded(Exception):
    """A file that is not included; the message is a clause about the call."""


class LocalFiles:
    """The files that a template names by their paths: `read` are the real paths of those that were read, `notices` what
    could not be.
    """

    __slots__ = ("_directory", "_trees", "_workspace", "notices", "read")

    def __init__(self, file: str, workspace: Workspace | None) -> None:
        self._directory = os.path.dirname(file)
        self._workspace = workspace
        self._trees: dict[str, Node | NotIncluded] = {}
        self.read: set[str] = set()
        self.notices: list[Notice] = []

    def tree(self, location: Node | None) -> Node:
        """Return the YAML or JSON in the file at a location. Raises NotIncluded."""
        real, workspace = self.find(location)
        if real not in self._trees:
            self._trees[real] = self._parsed(real, workspace)
        found = self._trees[real]
        if isinstance(found, NotIncluded):
            raise found
        return found

    def text(self, location: Node | None) -> Source:
        """Return the text of the file at a location. Raises NotIncluded."""
        real, workspace = self.find(location)
        name = workspace.display_path(real)
        try:
            source = decoding.decode(name, workspace.read(real))
        except (ReadError, SyntaxProblem) as refused:
            self._unread(name, refused)
            raise NotIncluded(f"names {name}, which cannot be read") from None
        self.read.add(real)
        return source

    def find(self, location: Node | None) -> tuple[str, Workspace]:
        """Return the real path of the file at a location, and what may read it. Raises NotIncluded."""
        if not isinstance(location, Scalar) or location.tag is not None:
            raise NotIncluded("names no Location that the template settles")
        # What follows a question mark may be a signature.
        shown = location.text.partition("?")[0]
        if "://" in shown:
            raise NotIncluded(f"names {shown}, which is not here")
        if self._workspace is None:
            raise NotIncluded(f"names {shown}, which is not read")
        try:
            real = self._workspace.real(os.path.join(self._directory, location.text))
        except ReadError as refused:
            raise NotIncluded(f"names {shown}, which {refused}") from None
        if not self._workspace.is_file(real):
            raise NotIncluded(f"names {shown}, which is not a file here")
        return real, self._workspace

    def _parsed(self, path: str, workspace: Workspace) -> Node | NotIncluded:
        name = workspace.display_path(path)
        try:
            tree = yaml.parse(decoding.decode(name, workspace.read(path)))
        except (ReadError, SyntaxProblem) as refused:
            self._unread(name, refused)
            return NotIncluded(f"names {name}, which cannot be read")
        self.read.add(path)
        return tree if tree is not None else NotIncluded(f"names {name}, which is empty")

    def _unread(self, name: str, problem: ReadError | SyntaxProblem) -> None:
        if isinstance(problem, SyntaxProblem):
            self.notices.append(Notice(NoticeKind.UNREADABLE, name, problem.reason, problem.at))
        else:
            self.notices.append(Notice(NoticeKind.UNREADABLE, name, f"the file {problem}"))


class Inclusion:
    """The files that a template includes.

    `notices` say what could not be read; `reasons` say why some transforms are kept, by the places of their arguments;
    `files` are the real paths of the files that were read.
    """

    __slots__ = ("_done", "_files", "notices", "reasons")

    def __init__(self, file: str, workspace: Workspace | None) -> None:
        self._files = LocalFiles(file, workspace)
        self._done: dict[tuple[int, bool], Node] = {}
        self.notices = self._files.notices
        self.reasons: dict[tuple[str, int], str] = {}

    @property
    def files(self) -> set[str]:
        """Return the real paths of the files that were read."""
        return self._files.read

    def template(self, tree: Mapping) -> Mapping:
        """Return a template with all inclusions expanded."""
        # The section Parameters is the one that may include nothing.
        entries = {
            name: (key, node if name in ("Parameters", "Transform") else self._node(node, False))
            for name, (key, node) in tree.entries.items()
        }
        declared = tree.get("Transform")
        kept: list[Node] = []
        for item in declared.items if isinstance(declared, Sequence) else [declared] if declared is not None else []:
            found = self._included(item, False)
            if isinstance(found, Mapping):
                self._merge(entries, found, 1)
            else:
                kept.append(item)
        if declared is not None:
            del entries["Transform"]
            if kept:
                entries["Transform"] = tree.entries["Transform"][0], Sequence(declared.at, None, kept)
        return Mapping(tree.at, tree.tag, entries)

    def _node(self, node: Node, inside: bool) -> Node:
        """Return a node with its inclusions expanded. `inside` says that it comes from an included file."""
        if isinstance(node, Scalar):
            return node
        key = id(node), inside
        found = self._done.get(key)
        if found is None:
            found = self._done[key] = self._expanded(node, inside)
        return found

    def _expanded(self, node: Sequence | Mapping, inside: bool) -> Node:
        call = call_of(node)
        if call is not None and call.name == TRANSFORM:
            match self._included(call.argument, inside):
                case None:
                    return node
                case Mapping(tag=tag, entries=entries):
                    return Mapping(node.at, tag, entries)
                case Sequence(tag=tag, items=items):
                    return Sequence(node.at, tag, items)
                case Scalar() as scalar:
                    return scalar
        if isinstance(node, Sequence):
            return Sequence(node.at, node.tag, [self._node(item, inside) for item in node.items])
        entries = {name: (key, self._node(child, inside)) for name, (key, child) in node.entries.items()}
        if TRANSFORM in node.entries:
            found = self._included(node.entries[TRANSFORM][1], inside)
            if isinstance(found, Mapping):
                del entries[TRANSFORM]
                self._merge(entries, found, 0)
        return Mapping(node.at, node.tag, entries)

    def _merge(self, entries: dict[str, tuple[Scalar, Node]], more: Mapping, depth: int) -> None:
        """Add the members of a mapping, `depth` levels down. Existing members are kept, and this is reported."""
        for name, (key, node) in more.entries.items():
            here = entries.get(name)
            if here is None:
                entries[name] = key, node
            elif depth and isinstance(here[1], Mapping) and isinstance(node, Mapping):
                merged = dict(here[1].entries)
                self._merge(merged, node, depth - 1)
                entries[name] = here[0], Mapping(here[1].at, here[1].tag, merged)
            else:
                what = f"{name} is in the template as well, which is what is checked"
                self.notices.append(Notice(NoticeKind.UNRESOLVED, key.at.path, what, key.at, cause=NoticeCause.DOUBLED))

    def _included(self, argument: Node, inside: bool) -> Node | None:
        """Return what a transform with an argument includes; None if nothing, or if that is unknown."""
        calls = argument.items if isinstance(argument, Sequence) else [argument]
        locations: list[Node | None] = []
        for call in calls:
            name = call.get("Name") if isinstance(call, Mapping) else None
            if not isinstance(call, Mapping) or not isinstance(name, Scalar) or name.text != INCLUDE:
                return None
            parameters = call.get("Parameters")
            locations.append(parameters.get("Location") if isinstance(parameters, Mapping) else None)
        try:
            if inside:
                raise NotIncluded(_NESTED)
            found = [self._file(location) for location in locations]
        except NotIncluded as problem:
            self.reasons[argument.at.path, argument.at.start] = str(problem)
            return None
        if len(found) == 1:
            return found[0]
        entries: dict[str, tuple[Scalar, Node]] = {}
        for one in found:
            if isinstance(one, Mapping):
                self._merge(entries, one, 0)
        return Mapping(argument.at, None, entries)

    def _file(self, location: Node | None) -> Node:
        """Return what the file at a location holds. Raises NotIncluded."""
        return self._node(self._files.tree(location), True)

"""Directives of Rain: what local files hold, put where a template names them.

Rain carries its directives out before CloudFormation reads the template. Those that upload something, or ask for what
only the deployer has, stay as they are, and so do modules.

Source: the documentation of Rain (https://aws-cloudformation.github.io/rain/), "Packaging" and "Modules".
"""

from __future__ import annotations

from iplint.budget import charge
from iplint.cloudformation.calls import RAIN, call_of
from iplint.cloudformation.include import LocalFiles, NotIncluded
from iplint.location import Span, Verbatim
from iplint.resource import Notice, NoticeCause, NoticeKind
from iplint.syntax.tree import Mapping, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.cloudformation.calls import IntrinsicCall
    from iplint.location import Source
    from iplint.syntax.tree import Node
    from iplint.workspace import Workspace

# How many files deep a file may include another.
MAX_INCLUDED = 8


class Directives:
    """The directives in a template. `notices` say what could not be read, `read` are the real paths of what was."""

    __slots__ = ("_around", "_constants", "_done", "_files", "_workspace", "notices")

    def __init__(self, workspace: Workspace | None) -> None:
        self._workspace = workspace
        self._constants: Mapping | None = None
        self._done: dict[tuple[int, str], Node] = {}
        self._files: dict[str, LocalFiles] = {}
        # The files that are being read: each is included by the one before.
        self._around: list[str] = []
        self.notices: list[Notice] = []

    @property
    def read(self) -> set[str]:
        """Return the real paths of the files that were read."""
        return {path for files in self._files.values() for path in files.read}

    def template(self, tree: Mapping, file: str) -> Mapping:
        """Return a template, in the file at a path, with what its directives put into it."""
        section = tree.get("Rain")
        constants = section.get("Constants") if isinstance(section, Mapping) else None
        self._constants = constants if isinstance(constants, Mapping) else None
        entries = {name: (key, self._node(node, file)) for name, (key, node) in tree.entries.items()}
        self.notices += (notice for files in self._files.values() for notice in files.notices)
        return Mapping(tree.at, tree.tag, entries)

    def _node(self, node: Node, file: str) -> Node:
        """Return a node of a file with what directives put into it."""
        charge(1)
        key = id(node), file
        found = self._done.get(key)
        if found is None:
            call = call_of(node)
            made = self._made(call, file) if call is not None and call.name.startswith(RAIN) else None
            found = self._done[key] = made if made is not None else self._inside(node, file)
        return found

    def _inside(self, node: Node, file: str) -> Node:
        match node:
            case Scalar():
                return node
            case Sequence():
                return Sequence(node.at, node.tag, [self._node(item, file) for item in node.items])
            case Mapping():
                entries = {name: (key, self._node(child, file)) for name, (key, child) in node.entries.items()}
                return Mapping(node.at, node.tag, entries)

    def _made(self, call: IntrinsicCall, file: str) -> Node | None:
        """Return what a directive puts in its place; None where it stays."""
        files = self._files.setdefault(file, LocalFiles(file, self._workspace))
        try:
            match call.name.removeprefix(RAIN), call.argument:
                case "Constant", Scalar(text=name):
                    return self._constants.get(name) if self._constants is not None else None
                case "Embed", location:
                    return _embedded(call, files.text(location))
                case "Include", location:
                    return self._included(location, files)
                case _:
                    return None
        except NotIncluded as problem:
            message = f"!{call.name} {problem}"
            notice = Notice(NoticeKind.UNRESOLVED, call.at.path, message, call.at, cause=NoticeCause.FILE)
            self.notices.append(notice)
            return None

    def _included(self, location: Node, files: LocalFiles) -> Node:
        """Return what a file holds, with what its own directives put into it. Raises NotIncluded."""
        real, _ = files.find(location)
        if real in self._around or len(self._around) >= MAX_INCLUDED:
            raise NotIncluded(f"names a file that includes itself, or the {MAX_INCLUDED + 1}th inside of each other")
        tree = files.tree(location)
        self._around.append(real)
        try:
            return self._node(tree, real)
        finally:
            self._around.pop()


def _embedded(call: IntrinsicCall, source: Source) -> Node:
    return Scalar(call.at, None, source.text, source.text, Verbatim(Span(source, 0, len(source.text))))

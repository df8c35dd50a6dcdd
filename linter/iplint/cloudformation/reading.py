"""Read a template as YAML or JSON in which CloudFormation allows repeated keys.

Source: CloudFormation takes the last value of a repeated property or attribute. Its treatment of a repeated logical ID
or section is not documented: such a template is not read.
"""

from __future__ import annotations

from iplint.budget import charge
from iplint.resource import Notice, NoticeCause, NoticeKind
from iplint.syntax import yaml
from iplint.syntax.problem import RepeatedKey, quotable
from iplint.syntax.tree import Mapping, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.location import Source
    from iplint.syntax.tree import Node, Scalar

# Sections, and the logical IDs in them.
UNIQUE_LEVELS = 2


def read_template(source: Source) -> tuple[Node | None, list[Notice]]:
    """Return the tree of a template, with the last of each repeated key, and a notice for each of them.

    Raises SyntaxProblem.
    """
    try:
        return yaml.parse(source), []
    except RepeatedKey as problem:
        tree = yaml.parse(source, repeats=True)
        doubled: list[Scalar] = []
        if tree is None or not _keep_last(tree, doubled):
            raise problem from None
        return tree, [_notice(source, key) for key in doubled]


def _notice(source: Source, key: Scalar) -> Notice:
    name = quotable(key.text, "a key")
    message = f"{name} is in this mapping twice: the last value counts, as CloudFormation takes it"
    return Notice(NoticeKind.UNRESOLVED, source.path, message, key.at, cause=NoticeCause.DOUBLED)


def _keep_last(tree: Node, doubled: list[Scalar]) -> bool:
    """Keep the last of each repeated key in a tree, and collect them; return whether all are at a level where that is
    allowed.
    """
    waiting: list[tuple[Node, int]] = [(tree, 0)]
    seen: set[int] = set()
    while waiting:
        node, level = waiting.pop()
        charge(1)
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Sequence):
            waiting += ((item, level + 1) for item in node.items)
        elif isinstance(node, Mapping):
            entries: dict[str, tuple[Scalar, Node]] = {}
            for name, entry in node.entries.items():
                key, is_again = entry[0], "\0" in name
                if is_again:
                    if level < UNIQUE_LEVELS or key.text == "<<":
                        return False
                    doubled.append(key)
                    entries.pop(key.text, None)
                entries[key.text if is_again else name] = entry
            node.entries = entries
            waiting += ((value, level + 1) for _, value in entries.values())
    return True

"""Fn::ForEach: the members of a mapping, with every loop in it expanded.

Facts: CloudFormation User Guide, "Fn::ForEach".
"""

from __future__ import annotations

from iplint.budget import charge, charge_bytes
from iplint.cloudformation.calls import FOR_EACH
from iplint.syntax.tree import Mapping, Scalar, Sequence
from iplint.value import Known, Seq, Unknown, as_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.cloudformation.context import NodeScope
    from iplint.syntax.tree import Node
    from iplint.value import Value

# A stack has at most 500 resources ("CloudFormation User Guide, Understand CloudFormation quotas").
MAX_ENTRIES = 1_000
# In all loops of a template together, for each scenario.
MAX_TURNS = 100_000
# What a member of a mapping costs, in steps of the budget.
_STEPS = 20
_BYTES = 300


class LoopEntry:
    """A member of a mapping, and the scope that its value is evaluated in."""

    __slots__ = ("key", "name", "node", "scope")

    def __init__(self, name: str, key: Scalar, node: Node, scope: NodeScope) -> None:
        self.name = name
        self.key = key
        self.node = node
        self.scope = scope


class Entries:
    """The members of a mapping; `more` is the reason why there may be others."""

    __slots__ = ("found", "more")

    def __init__(self, mapping: Mapping, scope: NodeScope) -> None:
        self.found: list[LoopEntry] = []
        self.more: Unknown | None = None
        self._collect(mapping, scope)

    def _collect(self, mapping: Mapping, scope: NodeScope) -> None:
        charge(_STEPS * len(mapping.entries))
        charge_bytes(_BYTES * len(mapping.entries))
        for name, (key, node) in mapping.entries.items():
            if name.startswith(FOR_EACH):
                self._loop(key, node, scope)
            else:
                self.found.append(LoopEntry(substituted(name, scope), key, node, scope))

    def _loop(self, key: Scalar, node: Node, scope: NodeScope) -> None:
        loop = loop_of(node)
        if loop is None:
            what = f"the loop {key.text} is not given a name, a list and a mapping"
            self.more = scope.unreadable(what, key.at)
            return
        variable, collection, fragment = loop
        for item in turns(key, collection, scope):
            charge(_STEPS)
            if isinstance(item, Unknown):
                self.more = item
            if len(self.found) >= MAX_ENTRIES or not scope.evaluation.spend(MAX_TURNS):
                what = f"the loop {key.text} makes more than {MAX_ENTRIES:,} members; the others are not checked"
                self.more = scope.left_out(what, key.at)
                return
            self._collect(fragment, scope.bound(variable, item))


def loop_of(node: Node) -> tuple[str, Node, Mapping] | None:
    """Return the variable, the list and the mapping of a loop; None for other nodes."""
    match node:
        case Sequence(items=[Scalar() as variable, collection, Mapping() as fragment]):
            return variable.text, collection, fragment
        case _:
            return None


def turns(key: Scalar, collection: Node, scope: NodeScope) -> Iterator[Value]:
    """Yield the values of a loop variable in turn; for an unknown list, one unknown value."""
    match scope.value(collection):
        case Known(Seq() as items):
            for item in items:
                match item:
                    case Known(Seq() as inner):
                        yield from inner
                    case _:
                        yield item
            if items.more is not None:
                _note(key, items.more, scope)
                yield items.more
        case Unknown(reasons=reasons, at=at) as unknown:
            _note(key, unknown, scope)
            yield Unknown(reasons, at, present=True, identity=f"{key.text} of {key.at.path}:{key.at.start}")
        case other:
            yield scope.unreadable(f"the loop {key.text} is given no list", other.at)


def _note(key: Scalar, unknown: Unknown, scope: NodeScope) -> None:
    """Report a list that the template leaves open; not where only this scenario takes another than the default one."""
    if unknown.input is None or unknown.input.key not in scope.evaluation.scenario.assignment:
        depends = " and ".join(reason.what for reason in unknown.reasons)
        what = f"the items of the loop {key.text} depend on {depends}: one turn of it is checked for all"
        scope.evaluation.template.note_unresolved(what, key.at)


def substituted(name: str, scope: NodeScope) -> str:
    """Return a name with `${Id}` and `&{Id}` replaced by the values of the loop variables around it."""
    if not scope.loops or "{" not in name:
        return name
    charge(_STEPS * len(scope.loops))
    for variable, value in scope.loops.items():
        string = as_text(value)
        if string is not None:
            charge_bytes(len(name) + len(string) * name.count(f"{{{variable}}}"))
            name = name.replace(f"${{{variable}}}", string)
            name = name.replace(f"&{{{variable}}}", alphanumeric(string))
    return name


def alphanumeric(string: str) -> str:
    """Return a text without the characters that a logical id cannot have."""
    charge(len(string))
    return "".join(char for char in string if char.isascii() and char.isalnum())

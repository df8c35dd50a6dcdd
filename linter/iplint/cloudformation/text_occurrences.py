"""Every text of a template, whichever branch of a condition it is in."""

from __future__ import annotations

from functools import partial

from iplint.aws.marks import may_hold_key, names_key
from iplint.budget import charge
from iplint.cloudformation.calls import FOR_EACH, TRANSFORM, call_of
from iplint.cloudformation.functions import FUNCTIONS, not_expanded
from iplint.cloudformation.loops import loop_of, substituted, turns
from iplint.cloudformation.texts import is_too_long
from iplint.resource import Passing, TextOccurrence, joined_comments, unnamed
from iplint.syntax import yaml
from iplint.syntax.tree import Mapping, Scalar, Sequence
from iplint.value import Absent, Known, Reason, Text, Unknown, as_text, literal_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.cloudformation.calls import IntrinsicCall
    from iplint.cloudformation.context import NodeScope
    from iplint.cloudformation.evaluate import Evaluation
    from iplint.location import Source
    from iplint.resource import CanSkip, Passed
    from iplint.scenario import Again
    from iplint.syntax.tree import Node
    from iplint.value import Value

# The keys under which a list of named values keeps the name and the value of each.
_NAMES = ("Name", "Key", "ParameterKey", "OptionName")
_VALUES = ("Value", "ParameterValue")
# What a node costs, in steps of the budget: the text in it is looked at for secrets.
_STEPS = 24
# The sections whose members hold the texts, and what distinguishes these members from resources.
_HOLDERS = {
    "Parameters": "",
    "Resources": "",
    "Mappings": "Mappings.",
    "Conditions": "Conditions.",
    "Outputs": "Outputs.",
}


def text_occurrences(evaluation: Evaluation, silent: CanSkip) -> Iterator[TextOccurrence]:
    """Yield the texts of a template in the order in which they are written, then those of its nested templates."""
    outer = evaluation.template.prefix
    for section, (_, node) in evaluation.template.written.entries.items():
        prefix = _HOLDERS.get(section)
        if prefix is None or not isinstance(node, Mapping):
            yield from _Walk(f"{outer}{section}", "", silent).node(node, (section,), evaluation.scope)
        else:
            yield from _members(node, section, f"{outer}{prefix}", evaluation.scope, silent)
    yield from _comments(evaluation.template.written.at.source)
    for declared in evaluation.declared().values():
        inner = evaluation.nested(declared)
        if inner is not None:
            yield from text_occurrences(inner, silent)


def _comments(source: Source) -> Iterator[TextOccurrence]:
    """Yield the comments of a template that may contain a key."""
    if "#" in source.text and may_hold_key(source.text):
        for text in joined_comments(source, yaml.comments(source.text)):
            yield TextOccurrence(Known(text, text.span(0, len(text.flat))), ("comment",), source.path, "")


def _members(section: Mapping, name: str, prefix: str, scope: NodeScope, silent: CanSkip) -> Iterator[TextOccurrence]:
    for member, (key, node) in section.entries.items():
        holder = substituted(member, scope)
        if member == TRANSFORM:
            not_expanded(node, scope, key.at)
        if member.startswith(FOR_EACH):
            yield from _loop(key, node, name, prefix, scope, silent)
        elif name == "Resources" and isinstance(node, Mapping) and call_of(node) is None:
            type = node.get("Type")
            walk = _Walk(f"{prefix}{holder}", type.text if isinstance(type, Scalar) else "", silent)
            for attribute, (place, inner) in node.entries.items():
                if attribute == TRANSFORM:
                    not_expanded(inner, scope, place.at)
                yield from walk.node(inner, () if attribute == "Properties" else (attribute,), scope)
        else:
            yield from _Walk(f"{prefix}{holder}", "", silent).node(node, (name, holder), scope)


def _loop(
    key: Scalar, node: Node, name: str, prefix: str, scope: NodeScope, silent: CanSkip
) -> Iterator[TextOccurrence]:
    loop = loop_of(node)
    if loop is None:
        yield from _Walk(name, "", silent).node(node, (name,), scope)
        return
    variable, collection, fragment = loop
    yield from _Walk(name, "", silent).node(collection, (name,), scope)
    scopes = _turns(key, variable, collection, scope)
    yield from _different(text for turn in scopes for text in _members(fragment, name, prefix, turn, silent))


def _turns(key: Scalar, variable: str, collection: Node, scope: NodeScope) -> Iterator[NodeScope]:
    """Yield the scopes of the iterations of a loop; for an empty loop, one with an unknown variable."""
    turn = None
    for turn in turns(key, collection, scope):
        yield scope.bound(variable, turn)
    if turn is None:
        reason = Reason(f"the value of {variable}", collection.at)
        yield scope.bound(variable, Unknown((reason,), collection.at, present=True))


def _letters(value: Value) -> Iterator[str]:
    """Yield the letters of a text, and those of the texts that it encodes."""
    while isinstance(value, Known) and isinstance(value.value, Text):
        yield value.value.flat
        if value.value.encodes is None:
            return
        value = value.value.encodes[1]


def _different(found: Iterator[TextOccurrence]) -> Iterator[TextOccurrence]:
    """Yield the texts of the iterations of a loop, each once in a resource or block that several iterations make."""
    seen = set[tuple[object, ...]]()
    for occurrence in found:
        identity = (occurrence.holder, occurrence.names, occurrence.value.at.key(), *_letters(occurrence.value))
        if identity not in seen:
            seen.add(identity)
            yield occurrence


class _Walk:
    """Walk through one member of a section."""

    __slots__ = ("_holder", "_seen", "_silent", "_type")

    def __init__(self, holder: str, type: str, silent: CanSkip) -> None:
        self._holder = holder
        self._type = type
        self._silent = silent
        self._seen: dict[Node, tuple[tuple[str, ...], NodeScope]] = {}

    def _is_again(self, node: Node, names: tuple[str, ...], scope: NodeScope) -> bool:
        """Return whether the same texts were visited already: an alias repeats a node that was read once."""
        here = names, scope
        first = self._seen.setdefault(node, here)
        return first is not here and first[0] == names and first[1].loops == scope.loops

    def node(self, node: Node, names: tuple[str, ...], scope: NodeScope) -> Iterator[TextOccurrence]:
        """Yield the texts in a node, with `names` as the path to it."""
        charge(_STEPS)
        if isinstance(node, Scalar) and node.tag is None:
            if isinstance(node.value, str):
                # Only braces make anything else of a text than what is written.
                if "{" in node.value or not self._silent(node.value, names, self._holder, self._type):
                    yield self._occurrence(scope.value(node), names)
            elif node.value is not None and not isinstance(node.value, bool):
                yield self._occurrence(Known(literal_text(node.text, node.origin), node.at), names)
            return
        if self._is_again(node, names, scope):
            return
        call = call_of(node)
        if call is not None:
            yield from self._call(call, node, names, scope)
        elif isinstance(node, Mapping):
            yield from self._mapping(node, names, scope)
        elif isinstance(node, Sequence):
            before = ""
            for item in node.items:
                yield from self.node(item, (*names, before.lstrip("-")) if names_key(before) else names, scope)
                before = item.text if isinstance(item, Scalar) and item.tag is None else ""

    def _occurrence(self, value: Value, names: tuple[str, ...], again: Again | None = None) -> TextOccurrence:
        return TextOccurrence(value, names, self._holder, self._type, again=again)

    def _mapping(self, node: Mapping, names: tuple[str, ...], scope: NodeScope) -> Iterator[TextOccurrence]:
        called: tuple[str, ...] = ()
        for name in _NAMES:
            beside = node.get(name)
            if beside is not None and (found := as_text(scope.value(beside))):
                called = (found,)
        kind = node.get("Type")
        if called and isinstance(kind, Scalar):
            called = (kind.text, *called)
        for name, (key, inner) in node.entries.items():
            if name == TRANSFORM:
                not_expanded(inner, scope, key.at)
            loop = loop_of(inner) if name.startswith(FOR_EACH) else None
            if loop is not None:
                variable, collection, fragment = loop
                yield from self.node(collection, names, scope)
                scopes = _turns(key, variable, collection, scope)
                yield from _different(text for turn in scopes for text in self._mapping(fragment, names, turn))
                continue
            if not self._silent(name, unnamed(names), self._holder, self._type):
                yield self._occurrence(
                    Known(literal_text(substituted(name, scope), key.origin), key.at), unnamed(names)
                )
            if called and name in _VALUES:
                yield from self.node(inner, (*names, name, *called), scope)
            else:
                yield from self.node(inner, (*names, name), scope)

    def _call(
        self, call: IntrinsicCall, node: Node, names: tuple[str, ...], scope: NodeScope
    ) -> Iterator[TextOccurrence]:
        function = FUNCTIONS.get(call.name)
        if function is None or function.is_reference or call.name == TRANSFORM:
            # Evaluated also for the notices about missing references and macros.
            value, again = scope.evaluation.scenario.varying(partial(scope.value, node))
            if self._type and function is not None and function.is_reference and not isinstance(value, Absent):
                yield self._occurrence(value, names, again)
        if function is None:
            yield from self.node(call.argument, names, scope)
        elif not function.is_reference:
            yield from self._passed(call, function.passed, node, names, scope)

    def _passed(
        self, call: IntrinsicCall, passed: Passed, node: Node, names: tuple[str, ...], scope: NodeScope
    ) -> Iterator[TextOccurrence]:
        """Yield the texts that a function makes of its arguments, and those of arguments that the result does not
        contain.
        """
        if passed.how in (Passing.SAME, Passing.TOGETHER, Passing.ENCODED):
            value, again = scope.evaluation.scenario.varying(partial(scope.value, node))
            text = value.value if isinstance(value, Known) else None
            known = isinstance(text, Text) and not is_too_long(text)
            refers = isinstance(value, Unknown) and value.ref is not None
            if known or again is not None or refers:
                yield self._occurrence(value, names, again)
            if known or passed.of is not None:
                yield from self._branches(call, passed, names, scope)
                return
        elif passed.how is Passing.MEMBERS and passed.of is not None:
            yield from self._branches(call, passed, names, scope)
            return
        elif passed.of is not None:
            for at, argument in enumerate(call.arguments):
                yield from self.node(argument, names if passed.has(at) else unnamed(names), scope)
            return
        yield from self.node(call.argument, names, scope)

    def _branches(
        self, call: IntrinsicCall, passed: Passed, names: tuple[str, ...], scope: NodeScope
    ) -> Iterator[TextOccurrence]:
        """Yield the texts of a call's arguments that its result may not contain."""
        for at, argument in enumerate(call.arguments):
            if passed.of is not None and passed.has(at):
                yield from self.node(argument, names, scope)
            else:
                yield from self._inside(argument, names, scope)

    def _inside(self, node: Node, names: tuple[str, ...], scope: NodeScope) -> Iterator[TextOccurrence]:
        call = call_of(node)
        function = FUNCTIONS.get(call.name) if call is not None else None
        if call is not None and function is not None:
            yield from self._branches(call, function.passed, names, scope)
        elif isinstance(node, Sequence):
            for item in node.items:
                yield from self._inside(item, names, scope)
        elif isinstance(node, Mapping):
            for _, inner in node.entries.values():
                yield from self._inside(inner, names, scope)

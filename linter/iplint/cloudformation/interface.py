"""What templates import from and export to each other, as far as it is written: which others each one depends on.

An import depends on the templates that may export its name, on those that these import from, and on the names of all
exports. A template whose exports are imported depends on what may give a policy to its roles as well.
"""

from __future__ import annotations

import re

from iplint.cloudformation.calls import call_of
from iplint.cloudformation.evaluate import Evaluation
from iplint.scenario import Scenario
from iplint.syntax.tree import Mapping, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Sequence as Items
    from typing import TypeAlias

    from iplint.cloudformation.template import Template
    from iplint.syntax.tree import Node

    # What a name begins and ends with, and whether that is all of it.
    Pattern: TypeAlias = "tuple[str, str, bool]"

_ANY: Pattern = ("", "", False)
# The first letter of each line of an interface.
_EXPORT, _IMPORT, _NAME, _GRANTS = "exports", "imports", "name", "grants"
_SEPARATOR = "\0"
# What the types of resources that give a policy to roles end in, see exports.
_POLICIES = ("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::RolePolicy")
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
# So many patterns are made of one name at most.
_MAX_PATTERNS = 32
# Above so many comparisons of names, or steps from one template to the next, each template depends on all.
MAX_STEPS = 200_000


def interface(template: Template) -> list[str]:
    """Return the names that a template exports and imports, in lines that do not depend on their places.

    It must not nest or include others, nor be transformed: what these add is not written in it.
    """
    lines: set[str] = set()
    for kind, node in _calls(template.tree):
        for pattern in _patterns(node, template):
            head, tail, whole = pattern if _SEPARATOR not in pattern[0] + pattern[1] else _ANY
            lines.add(_SEPARATOR.join((kind, "=" if whole else "*", head, tail)))
    evaluation = Evaluation.of(template, Scenario({}))
    template.is_asked, before = True, template.is_asked
    for output, name in evaluation.exports():
        lines.add(_SEPARATOR.join((_NAME, template.path, output, name.flat)))
    template.is_asked = before
    resources = template.tree.get("Resources")
    for _, resource in resources.entries.values() if isinstance(resources, Mapping) else ():
        type = resource.get("Type") if isinstance(resource, Mapping) else None
        if not isinstance(type, Scalar) or type.text in _POLICIES:
            lines.add(_GRANTS)
    return sorted(lines)


def _calls(tree: Mapping) -> Iterator[tuple[str, Node]]:
    """Yield the names of exports and imports that are written in a template, with what each of them is."""
    outputs = tree.get("Outputs")
    for _, output in outputs.entries.values() if isinstance(outputs, Mapping) else ():
        export = output.get("Export") if isinstance(output, Mapping) else None
        name = export.get("Name") if isinstance(export, Mapping) else None
        if name is not None:
            yield _EXPORT, name
    waiting: list[Node] = [tree]
    seen: set[int] = set()  # an anchor may be used many times
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        call = call_of(node) if node.tag is not None or (isinstance(node, Mapping) and len(node.entries) == 1) else None
        if call is not None and call.name == "Fn::ImportValue":
            yield _IMPORT, call.argument
        if isinstance(node, Sequence):
            waiting += node.items
        elif isinstance(node, Mapping):
            waiting += (child for _, child in node.entries.values())


def _patterns(node: Node, template: Template) -> Items[Pattern]:
    """Return what the names begin and end with that a node may be."""
    if isinstance(node, Scalar) and node.tag is None:
        return [(node.text, node.text, True)]
    call = call_of(node)
    if call is None or call.name != "Fn::Sub" or not call.arguments:
        return [_ANY]
    text, *given = call.arguments
    if not isinstance(text, Scalar):
        return [_ANY]
    # Literal parts, with the names of variables between them.
    parts = _VARIABLE.split(text.text)
    choices = [None if given else _choices(template, name) for name in parts[1::2]]
    number = 1
    for index, values in enumerate(choices):
        number *= len(values) if values is not None else 1
        if number > _MAX_PATTERNS:
            choices[index:] = [None] * (len(choices) - index)
            break
    made: list[list[str]] = [[parts[0]]]
    for values, literal in zip(choices, parts[2::2], strict=True):
        if values is None:
            made = [[*one, literal] for one in made]
        else:
            made = [[*one[:-1], one[-1] + value + literal] for one in made for value in values]
    return [(one[0], one[-1], len(one) == 1) for one in made]


def _choices(template: Template, name: str) -> list[str] | None:
    """Return all values that a parameter may have, None where they are not known."""
    parameter = template.parameters.get(name)
    input = parameter.input if parameter is not None else None
    # Without a default, the value is unknown at first, and may be anything then.
    if input is None or not input.closed or not isinstance(input.default, str):
        return None
    return list(dict.fromkeys([input.default, *map(str, input.options)]))


def _may_be(one: Pattern, other: Pattern) -> bool:
    """Return whether two names may be equal."""
    if one[2] and other[2]:
        return one[0] == other[0]
    heads = one[0].startswith(other[0]) or other[0].startswith(one[0])
    return heads and (one[1].endswith(other[1]) or other[1].endswith(one[1]))


class _Named:
    """The interface of a template, from its lines."""

    __slots__ = ("exports", "grants", "imports", "names")

    def __init__(self, lines: Items[str]) -> None:
        self.exports: set[Pattern] = set()
        self.imports: set[Pattern] = set()
        self.names: list[str] = []
        self.grants = _GRANTS in lines
        for line in lines:
            kind, *rest = line.split(_SEPARATOR)
            if kind == _NAME:
                self.names.append(line)
            elif kind in (_EXPORT, _IMPORT):
                found = self.exports if kind == _EXPORT else self.imports
                found.add((rest[1], rest[2], rest[0] == "="))


class Dependencies:
    """Which templates each one depends on, by their interfaces; `names` are the names of all exports.

    None in place of a set stands for all: there are too many.
    """

    __slots__ = ("_granting", "_reached", "_sources", "names")

    def __init__(self, interfaces: Items[Items[str]]) -> None:
        named = [_Named(lines) for lines in interfaces]
        self.names = [name for one in named for name in one.names]
        exported: dict[Pattern, set[int]] = {}
        imported: dict[Pattern, set[int]] = {}
        for number, one in enumerate(named):
            for pattern in one.exports:
                exported.setdefault(pattern, set()).add(number)
            for pattern in one.imports:
                imported.setdefault(pattern, set()).add(number)
        self._sources: list[set[int]] | None = None
        self._granting: list[set[int]] = [set() for _ in named]
        self._reached: dict[int, frozenset[int]] = {}
        if len(exported) * len(imported) > MAX_STEPS:
            return
        sources: list[set[int]] = [set() for _ in named]
        for wanted, importing in imported.items():
            for offered, exporting in exported.items():
                if _may_be(wanted, offered):
                    for number in importing:
                        sources[number] |= exporting
        for number, found in enumerate(sources):
            if named[number].grants:
                for exporting_one in found:
                    self._granting[exporting_one].add(number)
        if len(named) * sum(map(len, sources)) <= MAX_STEPS:
            self._sources = sources

    def of(self, number: int) -> frozenset[int] | None:
        """Return the numbers of the templates that one depends on, itself included."""
        if self._sources is None:
            return None
        found = self._reach(number)
        return found.union(*(self._reach(granting) for granting in self._granting[number]))

    def _reach(self, number: int) -> frozenset[int]:
        """Return a template and all that it imports from, directly or through others."""
        found = self._reached.get(number)
        if found is None:
            reached: set[int] = set()
            waiting = [number]
            while waiting:
                one = waiting.pop()
                if one not in reached:
                    reached.add(one)
                    waiting += self._sources[one] if self._sources is not None else ()
            found = self._reached[number] = frozenset(reached)
        return found

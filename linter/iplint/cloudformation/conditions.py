"""Conditions: what is true in a scenario, and what the template leaves open.

A truth is a boolean, or a SymbolicBool that remembers its operands, so that a comparison is assumed to be true or false
once, wherever it occurs. Only a symbolic truth that matters is resolved, and only the inputs that resolve it are read.
A combined one is resolved through `Scenario.memo`: conditions may refer to each other in long chains, or twice at every
step.

Facts: CloudFormation Template Reference, "Condition functions" and "Rule functions".
"""

from __future__ import annotations

import re
from contextlib import suppress

from iplint.budget import charge
from iplint.cloudformation.calls import call_of, scalar_text
from iplint.cloudformation.loops import substituted
from iplint.cloudformation.parameters import is_literal
from iplint.cloudformation.texts import canonical, described, reasons_of, unknowns
from iplint.syntax.tree import Mapping, Scalar
from iplint.value import HOLE, Absent, Known, Text, Unknown, as_text, merged_reasons, spread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from iplint.cloudformation.calls import IntrinsicCall
    from iplint.cloudformation.context import NodeScope, SymbolicBool, Truth
    from iplint.scenario import Scenario
    from iplint.syntax.tree import Node
    from iplint.value import Value

# What a comparison costs, in steps of the budget.
_STEPS_AN_EQUALS = 48


class OpenBool:
    """A truth that no scenario assumes: it is unknown unless the inputs decide it."""

    __slots__ = ("_unknown",)

    def __init__(self, unknown: Unknown) -> None:
        self._unknown = unknown

    def resolve(self, scenario: Scenario) -> bool | Unknown:
        """See SymbolicBool.resolve."""
        del scenario
        return self._unknown


class AssumedBool:
    """A comparison whose result a scenario has to assume."""

    __slots__ = ("_identity", "_label", "_unknown")

    def __init__(self, identity: str, label: str, unknown: Unknown) -> None:
        self._identity = identity
        self._label = label
        self._unknown = unknown

    def resolve(self, scenario: Scenario) -> bool | Unknown:
        """See SymbolicBool.resolve."""
        return scenario.assumed(self._identity, self._label, self._unknown.reasons, self._unknown.at)


class NegatedBool:
    """The negation of a symbolic truth."""

    __slots__ = ("_inner",)

    def __init__(self, inner: SymbolicBool) -> None:
        self._inner = inner

    def resolve(self, scenario: Scenario) -> bool | Unknown:
        """See SymbolicBool.resolve."""
        return scenario.memo(self, lambda: self._settle(scenario))

    def _settle(self, scenario: Scenario) -> bool | Unknown:
        settled = self._inner.resolve(scenario)
        return settled if isinstance(settled, Unknown) else not settled


class CombinedBool:
    """Symbolic truths, one of which decides the whole if it is `decisive`: true for Fn::Or, false for Fn::And."""

    __slots__ = ("_decisive", "_parts")

    def __init__(self, decisive: bool, parts: Sequence[SymbolicBool]) -> None:
        self._decisive = decisive
        self._parts = parts

    def resolve(self, scenario: Scenario) -> bool | Unknown:
        """See SymbolicBool.resolve."""
        return scenario.memo(self, lambda: self._settle(scenario))

    def _settle(self, scenario: Scenario) -> bool | Unknown:
        doubtful: list[Unknown] = []
        for part in self._parts:
            settled = part.resolve(scenario)
            if settled is self._decisive:
                return settled
            if isinstance(settled, Unknown):
                doubtful.append(settled)
        return Unknown(merged_reasons(iter(doubtful)), doubtful[0].at) if doubtful else not self._decisive


def resolved(truth: Truth, scope: NodeScope) -> bool | Unknown:
    """Return the truth in this scenario, if the scenario assumes one."""
    return truth if isinstance(truth, bool) else truth.resolve(scope.evaluation.scenario)


def truth_of(node: Node, scope: NodeScope) -> Truth:
    """Return the truth of a node in a condition."""
    if isinstance(node, Mapping) and list(node.entries) == ["Condition"]:
        return _named(node.entries["Condition"][1], scope)
    call = call_of(node)
    if call is not None:
        function = CONDITIONS.get(call.name)
        if function is not None:
            return function(call, scope)
    elif isinstance(node, Scalar) and scalar_text(node) in ("true", "false"):
        return scalar_text(node) == "true"
    return OpenBool(scope.unreadable("this is not a condition", node.at))


def _named(node: Node, scope: NodeScope) -> Truth:
    if not isinstance(node, Scalar):
        return OpenBool(scope.unreadable("this is not the name of a condition", node.at))
    return scope.evaluation.condition(substituted(node.text, scope), node.at)


def _condition(call: IntrinsicCall, scope: NodeScope) -> Truth:
    return _named(call.argument, scope)


def _not(call: IntrinsicCall, scope: NodeScope) -> Truth:
    if len(call.arguments) != 1:
        return OpenBool(scope.unreadable("Fn::Not takes one condition", call.at))
    truth = truth_of(call.arguments[0], scope)
    return not truth if isinstance(truth, bool) else NegatedBool(truth)


def _combined(decisive: bool) -> Callable[[IntrinsicCall, NodeScope], Truth]:
    def combined(call: IntrinsicCall, scope: NodeScope) -> Truth:
        doubts: list[SymbolicBool] = []
        for node in call.arguments:
            truth = truth_of(node, scope)
            if not isinstance(truth, bool):
                doubts.append(truth)
            elif truth is decisive:
                return truth
        return CombinedBool(decisive, doubts) if doubts else not decisive

    return combined


def _equals(call: IntrinsicCall, scope: NodeScope) -> Truth:
    charge(_STEPS_AN_EQUALS)
    if len(call.arguments) != 2:
        return OpenBool(scope.unreadable("Fn::Equals takes two values", call.at))
    left, right = (scope.value(node) for node in call.arguments)
    verdict = compared(left, right)
    if verdict is not None:
        return verdict
    unknown = Unknown(reasons_of(left, right), call.at)
    if _awaits_choice((left, right), scope.evaluation.scenario):
        return OpenBool(unknown)
    sides = [side for side in (canonical(left), canonical(right)) if side is not None]
    identity = " = ".join(sorted(sides)) if len(sides) == 2 else scope.identity(call)
    return AssumedBool(identity, f"{described(left)} equals {described(right)}", unknown)


def _contains(call: IntrinsicCall, scope: NodeScope) -> Truth:
    """Return whether a list holds a text."""
    match _listed(call, scope):
        case [items, wanted] if len(wanted) == 1:
            return _any(call, items, wanted[0])
        case _:
            return OpenBool(scope.unreadable("Fn::Contains takes a list and a text", call.at))


def _each_equals(call: IntrinsicCall, scope: NodeScope) -> Truth:
    """Return whether every item of a list is a text."""
    match _listed(call, scope):
        case [items, wanted] if len(wanted) == 1:
            return _all(_any(call, wanted, item) for item in items)
        case _:
            return OpenBool(scope.unreadable("Fn::EachMemberEquals takes a list and a text", call.at))


def _each_in(call: IntrinsicCall, scope: NodeScope) -> Truth:
    """Return whether every item of a list is in another one."""
    match _listed(call, scope):
        case [items, allowed]:
            return _all(_any(call, allowed, item) for item in items)
        case _:
            return OpenBool(scope.unreadable("Fn::EachMemberIn takes two lists", call.at))


def _listed(call: IntrinsicCall, scope: NodeScope) -> list[list[Value]]:
    """Return the items of each argument of a call; Unknown for items that are not known."""
    return [list(spread(scope.value(node))) for node in call.arguments]


def _any(call: IntrinsicCall, items: Sequence[Value], wanted: Value) -> Truth:
    """Return whether one of the items certainly equals a value. What is open stays open: no scenario assumes anything
    about it.
    """
    charge(4 * len(items))
    verdicts = [compared(item, wanted) for item in items]
    if True in verdicts:
        return True
    return OpenBool(Unknown(reasons_of(*items, wanted), call.at)) if None in verdicts else False


def _all(truths: Iterable[Truth]) -> Truth:
    doubts: list[SymbolicBool] = []
    for truth in truths:
        if truth is False:
            return False
        if not isinstance(truth, bool):
            doubts.append(truth)
    return CombinedBool(False, doubts) if doubts else True


def compared(left: Value, right: Value) -> bool | None:
    """Return whether two values are equal, None when an unknown decides. Inputs record what they are compared with."""
    if isinstance(left, Absent) or isinstance(right, Absent):
        return False
    one, other = _written(left), _written(right)
    if one is not None and other is not None:
        for value, text in ((left, other), (right, one)):
            is_literal(value, text)
        return _equal_texts(left, one, right, other)
    if one is not None or other is not None:
        return _is(left, other) if other is not None else _is(right, one or "")
    sides = canonical(left), canonical(right)
    if None in sides:
        return None
    if sides[0] == sides[1]:
        return True
    return None if any(unknowns((left, right))) else False


# As YAML 1.1 has numbers of hours, minutes and seconds.
_BASE_60 = r"[-+]?[0-9]{1,9}(?::[0-5]?[0-9]){1,3}(?:\.[0-9]{0,9})?"
# A number that every reader of YAML or JSON writes as it is written in the template.
_SETTLED_NUMBER = r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{0,14}[1-9])?"


def _written(value: Value) -> str | None:
    """Return a scalar as the template writes it: `2.0`, not 2. None for anything else."""
    match value:
        case Known(bool()):
            return as_text(value)
        case Known(int() | float()):
            # Of a number that a function makes, the place is the function.
            text = value.at.text
            return text if text[:1] in "+-.0123456789" else as_text(value)
        case _:
            return as_text(value)


def _equal_texts(left: Value, one: str, right: Value, other: str) -> bool | None:
    """Return whether two scalars are equal, as the template writes them.

    CloudFormation compares texts, and it is not documented which text a number becomes that has several notations (2.0,
    010, 1e3): it is equal to the same notation, and may be equal to a quoted text or to the same number in another
    notation.
    """
    are_open = [_is_open_number(value, text) for value, text in ((left, one), (right, other))]
    if one == other:
        return True if are_open[0] == are_open[1] or not _is_quoted(right if are_open[0] else left) else None
    if not any(are_open):
        return False
    return False if _numbers(one).isdisjoint(_numbers(other)) else None


def _is_open_number(value: Value, text: str) -> bool:
    """Return whether a text is a number without quotes that may become another text when it is deployed."""
    return value.at.text == text and bool(_numbers(text)) and re.fullmatch(_SETTLED_NUMBER, text) is None


def _is_quoted(value: Value) -> bool:
    return value.at.text[:1] in ('"', "'")


def _numbers(text: str) -> set[float]:
    """Return the numbers that YAML 1.1, YAML 1.2 or JSON may read in a text; empty where none does."""
    plain = text.replace("_", "").lower()
    found: set[float] = set()
    for base in (10, 8, 0):
        with suppress(ValueError, OverflowError):
            found.add(float(int(plain, base)))
    with suppress(ValueError, OverflowError):
        found.add(float(plain))
    if re.fullmatch(_BASE_60, plain):
        total = 0.0
        for digits in plain.lstrip("+-").split(":"):
            total = total * 60 + float(digits)
        found.add(-total if plain.startswith("-") else total)
    return found


def _is(value: Value, literal: str) -> bool | None:
    if isinstance(value, Known) and isinstance(value.value, Text):
        holes = value.value.holes
        head, _, tail = value.value.flat.partition(HOLE)
        if len(holes) == 1 and HOLE not in tail and value.value.equals(literal) is None:
            return is_literal(holes[0].value, literal[len(head) : len(literal) - len(tail)])
    return is_literal(value, literal)


def _awaits_choice(values: tuple[Value, ...], scenario: Scenario) -> bool:
    """Return whether other scenarios, which choose inputs that are open here, decide a comparison."""
    return any(
        unknown.input is not None and unknown.input.options and unknown.input.key not in scenario.assignment
        for unknown in unknowns(values)
    )


CONDITIONS: dict[str, Callable[[IntrinsicCall, NodeScope], Truth]] = {
    "Condition": _condition,
    "Fn::And": _combined(False),
    "Fn::Contains": _contains,
    "Fn::EachMemberEquals": _each_equals,
    "Fn::EachMemberIn": _each_in,
    "Fn::Equals": _equals,
    "Fn::Not": _not,
    "Fn::Or": _combined(True),
}

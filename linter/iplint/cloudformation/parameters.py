"""What a deployer chooses: parameters, and the pseudo parameters that depend on where a stack is created.

Facts: CloudFormation User Guide, "CloudFormation template Parameters syntax", "Pseudo parameters reference", "Specify
existing resources at runtime with CloudFormation-supplied parameter types".
"""

from __future__ import annotations

import re

from iplint.budget import charge
from iplint.cloudformation.calls import call_of, scalar_text
from iplint.cloudformation.texts import charge_parts, literal
from iplint.location import Origin
from iplint.secret import secrets_of
from iplint.syntax.alternatives import alternatives
from iplint.syntax.tree import Mapping, Scalar, Sequence
from iplint.value import (
    ANY,
    Absent,
    Input,
    Known,
    Other,
    Reason,
    Seq,
    Text,
    Unknown,
    as_text,
    equals,
    literal_text,
    withheld,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.location import Span
    from iplint.scenario import Scenario
    from iplint.secret import Secret
    from iplint.syntax.tree import Node
    from iplint.value import Datum, Lazy, Literal, Value

_STORED = "AWS::SSM::Parameter::Value<"
_LISTS = ("CommaDelimitedList", "List<")


class Choice(Input):
    """An input of CloudFormation: its values are texts."""

    __slots__ = ()

    def __init__(self, name: str, label: str, default: str | None, options: list[Literal], closed: bool) -> None:
        super().__init__(f"parameter {name}", label, default, options, closed)

    @classmethod
    def twin(cls, of: Choice, key: str, label: str) -> Choice:
        """Return an input with another key and label that records the same comparisons as this one."""
        made = cls(key, label, None, of.options, of.closed)
        made.key, made.default, made.sensitive = key, of.default, of.sensitive
        made.learns_from(of)
        return made

    def chosen(self, literal: Literal, at: Span) -> Value:
        """Return the value where a scenario chooses `literal`: a known text, for Other any text but the compared ones,
        for ANY any text.
        """
        if isinstance(literal, Other):
            excludes = tuple(self.compared) if literal is not ANY else ()
            return Unknown((Reason(self.label, at),), at, True, (), None, self, self.label, excludes)
        string = literal if isinstance(literal, str) else str(literal)
        return Known(literal_text(string, Origin(at)), at, (), None, self)


def is_literal(value: Value, literal: str) -> bool | None:
    """Compare as value.equals, for a comparison in the template."""
    input = value.input if isinstance(value, Known | Unknown) else None
    if input is not None:
        charge(1)
    return equals(value, literal)


class Parameter:
    """A declared parameter. `given` is the value from the command line, which no scenario changes.

    `stack` is the address of the nested stack whose parameter it is: no deployer chooses its value.
    """

    __slots__ = ("_allowed", "_at", "_default", "_is_list", "_stored", "_written", "input", "is_sensitive", "label")

    def __init__(self, name: str, at: Span, declared: Node, given: str | None, stack: str = "") -> None:
        type = _member(declared, "Type")
        kind = type.text if isinstance(type, Scalar) else "String"
        self._at = at
        self.label = f"parameter {name} of {stack}" if stack else f"parameter {name}"
        self._is_list = kind.startswith(_LISTS)
        default = _member(declared, "Default")
        self._written: Known[Datum] | None = None
        if isinstance(default, Scalar) and default.value is not None:
            self._written = Known(literal(scalar_text(default), default.origin), default.at)
        elif isinstance(default, Sequence):
            items = [item for item in default.items if isinstance(item, Scalar)]
            self._written = Known(Seq([Known(literal(scalar_text(one), one.origin), one.at) for one in items]), at)
        self._default = Known(literal_text(given, Origin(at)), at) if given is not None else self._written
        self._stored: Unknown | None = None
        if kind.startswith(_STORED):
            path = as_text(self._default) if self._default is not None else None
            reason = Reason(f"SSM parameter {path}" if path else self.label, at)
            self._stored = Unknown((reason,), at, present=True, identity=self.label)
        allowed = _member(declared, "AllowedValues")
        listed = allowed.items if isinstance(allowed, Sequence) else ()
        self._allowed = [item for item in listed if isinstance(item, Scalar)]
        options: list[Literal] = [scalar_text(item) for item in self._allowed]
        pattern = _member(declared, "AllowedPattern")
        if not options and isinstance(pattern, Scalar):
            # CloudFormation User Guide, "Parameters": the pattern must match the entire value.
            options = [*(alternatives(pattern.text) or ())]
        hidden = _member(declared, "NoEcho")
        self.is_sensitive = isinstance(hidden, Scalar) and scalar_text(hidden).lower() == "true"
        self.input: Choice | None = None
        if given is None and self._stored is None and not stack:
            plain = as_text(self._default) if self._default is not None else None
            # A list may hold any number of the values that are allowed for each item.
            closed = bool(options) and not self._is_list
            self.input = Choice(name, self.label, plain, options, closed)
            self.input.sensitive = self.is_sensitive

    def value(self, scenario: Scenario) -> Value:
        """Return the value of the parameter in a scenario."""
        if self._stored is not None:
            return self._stored
        chosen = scenario.choice(self.input) if self.input is not None else None
        if chosen is not None and self.input is not None:
            found = self.input.chosen(chosen, self._at)
        elif self._default is not None:
            found = Known(self._default.value, self._default.at, (), None, self.input)
        else:
            found = Unknown((Reason(self.label, self._at),), self._at, True, (), None, self.input, self.label)
        return self.taken(found)

    def taken(self, value: Value) -> Value:
        """Return a given value as references to the parameter see it."""
        if self._stored is not None:
            return self._stored
        if self._is_list:
            value = _split(value)
        return withheld(value) if self.is_sensitive else value

    def secrets(self, scenario: Scenario) -> Iterator[Secret]:
        """Yield the possible values in the template, if the parameter is secret."""
        if self.is_sensitive:
            yield from secrets_of(self.value(scenario))
            if self._written is not None:
                # The value that is given in its place is that of one deployment.
                yield from secrets_of(self.taken(self._written))
            for item in self._allowed:
                yield from secrets_of(Known(literal(scalar_text(item), item.origin), item.at))


def _split(value: Value) -> Value:
    """Return a comma-separated text as a list; white space around the items is removed."""
    match value:
        case Known(Text() as whole):
            items: list[Lazy] = []
            start = 0
            flat = whole.flat
            charge_parts(whole, flat.count(","))
            for part in flat.split(","):
                end = start + len(part)
                low, high = start + len(part) - len(part.lstrip()), start + len(part.rstrip())
                item = whole.slice(low, high) if low < high else literal_text("", Origin(value.at))
                items.append(Known(item, whole.span(min(low, high), high), (), None, value.input))
                start = end + 1
            return Known(Seq(items), value.at, value.trail, None, value.input)
        case _:
            return value


def _member(node: Node, name: str) -> Node | None:
    return node.get(name) if isinstance(node, Mapping) else None


# A template is read as one for the standard partition, the first, unless it compares the partition with something.
# AWS General Reference, "AWS service endpoints"; IAM User Guide, "IAM ARNs".
_PARTITIONS: dict[str, list[Literal]] = {
    "AWS::Partition": ["aws", "aws-cn", "aws-us-gov"],
    "AWS::URLSuffix": ["amazonaws.com", "amazonaws.com.cn"],
}
_COMPARING = ("Fn::Equals", "Fn::FindInMap")
# How a letter is escaped in JSON, and in double quotes in YAML.
_ESCAPE = r"\\[uUx][0-9A-Fa-f]"
_OPEN = ("AWS::Region", "AWS::AccountId", "AWS::StackName", "AWS::StackId", "AWS::NotificationARNs")
_NO_VALUE = "AWS::NoValue"
_OF_STACK = ("AWS::StackName", "AWS::StackId")


def _compared(tree: Node) -> Iterator[str]:
    """Yield the names of partitions that are compared somewhere in a template."""
    pending = [(tree, False)]
    while pending:
        node, inside = pending.pop()
        match node:
            case Scalar():
                if inside and "AWS::" in node.text:
                    yield from (name for name in _PARTITIONS if name in node.text)
                continue
            case Sequence():
                inner = node.items
            case Mapping():
                inner = [value for _, value in node.entries.values()]
        call = None if inside else call_of(node)
        is_compared = inside or (call is not None and call.name in _COMPARING)
        pending += ((item, is_compared) for item in inner)


class PseudoParameters:
    """The parameters that every template has, one input each."""

    __slots__ = ("_compared", "_given", "_inputs", "_own", "_partitions", "_stack")

    def __init__(self, given: dict[str, str]) -> None:
        self._stack = ""
        self._own: tuple[str, ...] = ()
        self._given = given
        self._inputs = {name: Choice(name, name, None, [], False) for name in _OPEN if name not in given}
        self._partitions = {
            name: Choice(name, name, str(values[0]), values, True)
            for name, values in _PARTITIONS.items()
            if name not in given
        }
        self._compared: set[str] = set()

    def compare(self, tree: Node, text: str) -> None:
        """Record whether a template compares the partition with anything. `text` is what it was parsed from."""
        if any(name in text for name in _PARTITIONS) or re.search(_ESCAPE, text):
            self._compared.update(_compared(tree))

    def nested(self, stack: str, elsewhere: bool = False) -> PseudoParameters:
        """Return the pseudo parameters of a nested stack, which is created in the same place but has a name of its own.

        Those of a stack set are created `elsewhere`.
        """
        own = _OPEN if elsewhere else _OF_STACK
        inner = PseudoParameters({name: value for name, value in self._given.items() if name not in own})
        inner._inputs = {name: input for name, input in self._inputs.items() if name not in own}
        inner._partitions = self._partitions
        inner._stack, inner._own = stack, own
        return inner

    def value(self, name: str, scenario: Scenario, at: Span, place: Span) -> Value | None:
        """Return the value of `name`, used at `at`, in a scenario; where it means no value, Absent at `place`."""
        if name == _NO_VALUE:
            return Absent(place)
        given = self._given.get(name)
        if given is not None:
            return Known(literal_text(given, Origin(at)), at)
        partition = self._partitions.get(name)
        if partition is not None:
            chosen = scenario.choice(partition) if name in self._compared else None
            text = str(chosen if chosen is not None else partition.default)
            return Known(literal_text(text, Origin(at)), at, (), None, partition if name in self._compared else None)
        input = self._inputs.get(name)
        if input is None:
            if name not in self._own:
                return None
            own = f"{name} of {self._stack}"
            return Unknown((Reason(own, at),), at, present=True, identity=own)
        chosen = scenario.choice(input)
        if chosen is not None:
            return input.chosen(chosen, at)
        return Unknown((Reason(name, at),), at, True, (), None, input, name)

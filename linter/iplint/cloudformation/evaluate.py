"""A template in a scenario: the value of each node, and the targets of its references.

A scenario has one assignment of inputs after the other. So nothing here keeps a value that depends on it:
`Scenario.memo` keeps such values, and they are requested each time.
"""

from __future__ import annotations

from iplint.budget import charge, charge_bytes
from iplint.cloudformation.calls import FOR_EACH, RAIN, TRANSFORM, call_of
from iplint.cloudformation.conditions import OpenBool, resolved, truth_of
from iplint.cloudformation.functions import FUNCTIONS, is_include, loop_text, not_expanded, unknown_function
from iplint.cloudformation.holders import HOLDERS, NESTED
from iplint.cloudformation.loops import Entries, substituted
from iplint.cloudformation.texts import canonical, identified, literal
from iplint.location import Origin, Span
from iplint.resource import Notice, NoticeCause, NoticeKind, Resource
from iplint.scenario import Circular
from iplint.syntax.tree import Mapping, Scalar, Sequence
from iplint.value import (
    Absent,
    Chunk,
    Hole,
    Known,
    Map,
    Reason,
    Ref,
    Seq,
    Text,
    Unknown,
    UnknownName,
    as_text,
    dig,
    merged_reasons,
    referring,
    with_step,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Protocol

    from iplint.cloudformation.calls import IntrinsicCall
    from iplint.cloudformation.context import TemplateContext, Truth
    from iplint.cloudformation.loops import LoopEntry
    from iplint.scenario import Scenario
    from iplint.syntax.tree import Node
    from iplint.value import Lazy, Value

    class DeployedTemplate(TemplateContext, Protocol):
        """A template, with those that are nested in it: see Template."""

        file: str

        @property
        def outermost(self) -> DeployedTemplate:
            """Return the outermost template around this one."""
            ...

        @property
        def included_files(self) -> frozenset[str]:
            """Return the real paths of the included files."""
            ...

        def nested(self, stack: DeclaredResource) -> DeployedTemplate | None:
            """Return the template that a stack nests; None if it cannot be read."""
            ...

        def is_deployed(self, scenario: Scenario) -> bool:
            """Return whether the stack of a nested template exists, in this scenario or in another one."""
            ...


_MAX_IDENTITY_LENGTH = 300
# What evaluating a node costs, and asking for its value again, in steps of the budget.
_STEPS = 16
_STEPS_AGAIN = 4
# What a resource takes in memory.
_RESOURCE_BYTES = 1_500
# Ref returns a name that the template may set for these; for all others a generated name, an ARN or an id.
# CloudFormation Template Reference, "Return values" of each type.
NAMED_BY_REF = {
    "AWS::AutoScaling::AutoScalingGroup": "AutoScalingGroupName",
    "AWS::AutoScaling::LaunchConfiguration": "LaunchConfigurationName",
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
}
# IAM User Guide, "IAM identifiers": the part of an ARN before the path.
_IAM_ARNS = {"AWS::IAM::InstanceProfile": "instance-profile", "AWS::IAM::Role": "role"}
MODULE = "::MODULE"
# CloudFormation User Guide, "Using the CloudFormation registry": a third-party type has three parts, a custom resource
# two. Alexa skills are Amazon's.
_PARTS_OF_TYPE = 3
_AMAZON = ("AWS::", "Alexa::")
_CUSTOM = "AWS::CloudFormation::CustomResource"
# AWS CDK Developer Guide, "Constructs and paths": what it synthesises says where in the program it comes from.
CONSTRUCT = "aws:cdk:path"


class DeclaredResource:
    """A resource as declared, after expansion of loops."""

    __slots__ = ("body", "entry", "resource")

    def __init__(self, entry: LoopEntry, body: Mapping, resource: Resource) -> None:
        self.entry = entry
        self.body = body
        self.resource = resource


class Evaluation:
    """A template in a scenario. Named parts are evaluated once for each choice of the inputs they read."""

    __slots__ = ("_turns", "scenario", "template")

    def __init__(self, template: DeployedTemplate, scenario: Scenario) -> None:
        self.template = template
        self.scenario = scenario
        self._turns = 0

    @classmethod
    def of(cls, template: DeployedTemplate, scenario: Scenario) -> Evaluation:
        """Return the only evaluation of a template in a scenario."""
        return scenario.memo((template, "evaluation"), lambda: cls(template, scenario))

    @property
    def scope(self) -> TemplateScope:
        """Return the scope outside of any loop."""
        return TemplateScope(self, {})

    def spend(self, most: int) -> bool:
        """Count one iteration of a loop; false when there were too many in all."""
        self._turns += 1
        return self._turns <= most

    # Conditions

    def _conditions(self) -> dict[str, LoopEntry]:
        def make() -> dict[str, LoopEntry]:
            section = self.template.section("Conditions")
            found = Entries(section, self.scope).found if section is not None else []
            return {entry.name: entry for entry in found}

        return self.scenario.memo((self.template, "conditions"), make)

    def condition(self, name: str, at: Span) -> Truth:
        """Return the truth of the condition `name`, referred to at `at`, in this scenario."""
        try:
            entry = self._conditions().get(name)
            if entry is None:
                return OpenBool(self.scope.missing(f"condition {name}", at))
            return self.scenario.memo((entry, "condition"), lambda: truth_of(entry.node, entry.scope))
        except Circular:
            return OpenBool(self.scope.circular(f"condition {name}", at))

    # Resources

    def resources(self) -> list[Resource]:
        """Return the resources in the order of the text, those of a nested stack after the stack."""
        found: list[Resource] = []
        for declared in self.declared().values():
            if declared.resource.type:
                found.append(declared.resource)
                inner = self.nested(declared)
                if inner is not None:
                    found += inner.resources()
        return found

    def unread_parts(self) -> Iterator[Resource]:
        """Yield the stacks whose templates are not here, and the resources that are not AWS's own: custom ones, those
        of registry modules and third-party types.
        """
        for declared in self.declared().values():
            type = declared.resource.type
            is_own = type.startswith(_AMAZON) and type != _CUSTOM
            if type and (not is_own or (type in HOLDERS and self.nested(declared) is None)):
                yield declared.resource

    def nested(self, declared: DeclaredResource) -> Evaluation | None:
        """Return the template that a resource nests, in this scenario; None if it nests none that can be read."""
        if declared.resource.type not in HOLDERS:
            return None

        def make() -> Evaluation | None:
            template = self.template.nested(declared)
            return Evaluation.of(template, self.scenario) if template is not None else None

        return self.scenario.memo((declared.entry, "nested"), make)

    # Outputs

    def _outputs(self) -> dict[str, LoopEntry]:
        def make() -> dict[str, LoopEntry]:
            section = self.template.section("Outputs")
            return {entry.name: entry for entry in Entries(section, self.scope).found} if section is not None else {}

        return self.scenario.memo((self.template, "outputs"), make)

    def output(self, name: str) -> Value | None:
        """Return the value of the output `name` for other stacks; None if there is none."""
        entry = self._outputs().get(name)
        if entry is None:
            return None
        return self.scenario.memo((entry, "output"), lambda: self._output(entry))

    def exports(self) -> Iterator[tuple[str, Text]]:
        """Yield the outputs with the names that they are exported under."""
        for entry in self._outputs().values():
            export = entry.node.get("Export") if isinstance(entry.node, Mapping) else None
            node = export.get("Name") if isinstance(export, Mapping) else None
            match entry.scope.value(node) if node is not None else None:
                case Known(Text() as name):
                    yield entry.name, name
                case _:
                    pass

    def _output(self, entry: LoopEntry) -> Value:
        at, body = entry.key.at, entry.node
        given = body.entries.get("Value") if isinstance(body, Mapping) else None
        condition = body.get("Condition") if isinstance(body, Mapping) else None
        made = not isinstance(condition, Scalar) or resolved(self.condition(condition.text, condition.at), entry.scope)
        value = entry.scope.value(given[1], given[0].at) if given is not None else Absent(at)
        if made is not False and not isinstance(value, Absent):
            return value
        return Unknown((Reason(f"output {entry.name}, which is not created", at),), at, present=True)

    def declared(self) -> dict[str, DeclaredResource]:
        """Return the resources by logical id, including those without a readable type."""
        return self.scenario.memo((self.template, "resources"), self._declare)

    def modules(self) -> list[DeclaredResource]:
        """Return the modules (types ending in ::MODULE), each of which creates resources."""
        return self.scenario.memo(
            (self.template, "modules"),
            lambda: [one for one in self.declared().values() if one.resource.type.endswith(MODULE)],
        )

    def _declare(self) -> dict[str, DeclaredResource]:
        section = self.template.section("Resources")
        declared: dict[str, DeclaredResource] = {}
        for entry in Entries(section, self.scope).found if section is not None else ():
            body = entry.node
            call = call_of(body)
            if entry.name == TRANSFORM:
                not_expanded(body, entry.scope, entry.key.at)
            elif call is not None and call.name == TRANSFORM:
                not_expanded(call.argument, entry.scope, call.at, unsettles=True)
            elif not isinstance(body, Mapping) or call is not None:
                self.template.note_unresolved(f"{entry.name} is not a resource: it is not checked", entry.key.at)
            else:
                declared[entry.name] = DeclaredResource(entry, body, self._resource(entry, body))
        return declared

    def _resource(self, entry: LoopEntry, body: Mapping) -> Resource:
        charge(_STEPS)
        charge_bytes(_RESOURCE_BYTES)
        name, at = entry.name, entry.key.at
        kind = body.get("Type")
        type = ""
        if isinstance(kind, Scalar) and kind.tag is None and isinstance(kind.value, str):
            type = substituted(kind.value, entry.scope)
        module = type if type.endswith(MODULE) else ""
        if isinstance(kind, Scalar) and kind.tag == f"!{RAIN}Module":
            module = kind.text
        if module:
            message = f"module {module} is not expanded: the resources that {name} makes are not checked"
            self.template.note(Notice(NoticeKind.UNSUPPORTED, at.path, message, at, cause=NoticeCause.MACRO))
        elif not type:
            self.template.note_unresolved(f"resource {name} has no readable Type: it is not checked", at)
        elif type.count("::") == _PARTS_OF_TYPE - 1 and not type.startswith(_AMAZON):
            message = f"{type} is not a type of AWS: what {name} makes is not checked"
            self.template.note(Notice(NoticeKind.UNSUPPORTED, at.path, message, at, cause=NoticeCause.MACRO))
        properties = body.entries.get("Properties")
        if properties is not None and isinstance(properties[1], Scalar):
            self.template.note_unresolved(f"the properties of {name} are not a mapping", properties[0].at)
        nesting = self.template.nesting
        return Resource(
            type,
            self.template.prefix + name,
            at,
            # An alias repeats a node further up.
            Span(at.source, at.start, max(at.end, body.at.end)),
            lambda: self.scenario.memo((entry, "properties"), lambda: self._properties(entry, body)),
            lambda: self._exists(entry, body),
            nesting.steps if nesting is not None else (),
            construct=_construct(body),
        )

    def _properties(self, entry: LoopEntry, body: Mapping) -> Value:
        at = entry.key.at
        node = body.get("Properties")
        value: Value = entry.scope.value(node, at) if node is not None else Absent(at)
        match value:
            case Absent():
                value = Known(Map({}), at)
            case Known(Map()) | Unknown():
                pass
            case Known():
                value = entry.scope.unreadable(f"the properties of {entry.name} are not a mapping", at)
        transform = body.get(TRANSFORM)
        if transform is not None:
            more = not_expanded(transform, entry.scope, body.entries[TRANSFORM][0].at)
            if not is_include(transform):
                return more
            entries = value.value.entries() if isinstance(value, Known) and isinstance(value.value, Map) else {}
            value = Known(Map(entries, more), at)
        return value

    def _exists(self, entry: LoopEntry, body: Mapping) -> bool | None:
        nesting = self.template.nesting
        scenario = self.scenario
        created: bool | None = True
        if nesting is not None:
            # Each level asks the one around it, for each of its resources.
            created = scenario.memo((self.template, "created"), lambda: nesting.exists(scenario))
        if created is False:
            return False
        if entry.scope.loops:
            # Which resources a loop makes depends on what its list depends on.
            self.declared()
            if any(isinstance(value, Unknown) for value in entry.scope.loops.values()):
                created = None
        node = body.get("Condition")
        if node is None:
            return created
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            self.template.note_unresolved(f"the condition of {entry.name} is not a name", node.at)
            return None
        truth = resolved(self.condition(substituted(node.value, entry.scope), node.at), entry.scope)
        return created if truth is True else False if truth is False else None


class TemplateScope:
    """Where a node is evaluated: a template in a scenario, and the values of the loop variables around it."""

    __slots__ = ("evaluation", "loops")

    def __init__(self, evaluation: Evaluation, loops: dict[str, Value]) -> None:
        self.evaluation = evaluation
        self.loops = loops

    def bound(self, variable: str, value: Value) -> TemplateScope:
        """Return the scope of one iteration of a loop."""
        return TemplateScope(self.evaluation, {**self.loops, variable: value})

    # Values

    def value(self, node: Node, place: Span | None = None) -> Value:
        """Return the value of a node. `place` is the place of its name, where missing parts are reported."""
        if isinstance(node, Scalar) and node.tag is None:
            return self._scalar(node, place)
        charge(_STEPS)
        call = call_of(node)
        if call is not None:
            function = FUNCTIONS.get(call.name)
            return function.make(call, self, place) if function is not None else unknown_function(call, self)
        match node:
            case Mapping():
                return self._mapping(node, place or node.at)
            case Sequence():
                return self._sequence(node, place or node.at)
            case Scalar():
                return self._scalar(node, place)

    def _scalar(self, node: Scalar, place: Span | None) -> Value:
        if self.loops and isinstance(node.value, str) and "{" in node.value:
            return loop_text(node, self)
        return _scalar(node, place)

    def lazy(self, node: Node, place: Span) -> Lazy:
        """Return the value of a node, evaluated when first used unless it is a plain scalar."""
        if isinstance(node, Scalar) and node.tag is None:
            return self._scalar(node, place)
        return _Thunk(self, node, place)

    def _mapping(self, node: Mapping, place: Span) -> Value:
        charge(4 * len(node.entries))
        entries: dict[str, tuple[Span, Lazy]] = {}
        more: Unknown | None = None
        loops = False
        for name, (key, child) in node.entries.items():
            if name.startswith(FOR_EACH):
                loops = True
            elif name == TRANSFORM:
                more = not_expanded(child, self, key.at)
                if not is_include(child):
                    # A macro takes everything beside its call, and its result replaces that.
                    return more
            else:
                entries[substituted(name, self)] = (key.at, self.lazy(child, key.at))
        if loops:
            expanded = Entries(node, self)
            entries = {e.name: (e.key.at, e.scope.lazy(e.node, e.key.at)) for e in expanded.found}
            entries.pop(TRANSFORM, None)
            more = more or expanded.more
        return Known(Map(entries, more), place)

    def _sequence(self, node: Sequence, place: Span) -> Value:
        charge(4 * len(node.items))
        items: list[Lazy] = []
        doubtful: list[Unknown] = []
        for child in node.items:
            if not _may_vanish(child):
                items.append(self.lazy(child, child.at))
                continue
            value = self.value(child)
            if isinstance(value, Unknown) and not value.present:
                doubtful.append(value)
            elif not isinstance(value, Absent):
                items.append(value)
        if not doubtful:
            return Known(Seq(items), place)
        more = doubtful[0] if len(doubtful) == 1 else Unknown(merged_reasons(iter(doubtful)), doubtful[0].at)
        return Known(Seq(items, more), place)

    # References

    def reference(self, name: str, at: Span, place: Span) -> Value:
        """Return the result of Ref for a name, used at `at`."""
        if name in self.loops:
            return with_step(self.loops[name], at, f"refers to loop variable {name}")
        home = self.evaluation
        parameter = home.template.parameters.get(name)
        if parameter is not None:
            return with_step(parameter.value(home.scenario), at, f"refers to parameter {name}")
        pseudo = home.template.pseudo_parameters.value(name, home.scenario, at, place)
        if pseudo is not None:
            return pseudo
        return self._of_resource(name, "", at) or self.missing(name, at)

    def attribute(self, path: str, at: Span) -> Value:
        """Return the result of Fn::GetAtt for `Resource.Attribute`, used at `at`."""
        name, _, attribute = path.partition(".")
        return self._of_resource(name, attribute, at) or self.missing(f"resource {name}", at)

    def variable(self, name: str, at: Span) -> Value:
        """Return the value of `${name}` in a text."""
        return self.attribute(name, at) if "." in name else self.reference(name, at, at)

    def _of_resource(self, name: str, attribute: str, at: Span) -> Value | None:
        """Return an attribute of a resource, or the result of Ref if the attribute is empty; None if there is no such
        resource.
        """
        try:
            declared = self.evaluation.declared().get(name)
            if declared is None:
                return self._of_module(name, attribute, at)
            return self._attribute(declared, attribute, at)
        except Circular:
            return self.circular(name, at)

    def _of_module(self, name: str, attribute: str, at: Span) -> Value | None:
        """Return the value of a reference to a resource of a module; None if there is no such module.

        Its name is that of the module, which is declared here, and its own, with or without a full stop between them
        (CloudFormation CLI User Guide, "Using modules in CloudFormation templates").
        """
        for declared in self.evaluation.modules():
            module = declared.entry.name
            if name.startswith(module):
                made = name[len(module) :].removeprefix(".")
                return self._attribute(declared, f"{made}.{attribute}" if attribute else made, at)
        return None

    def _attribute(self, declared: DeclaredResource, attribute: str, at: Span) -> Value:
        resource = declared.resource
        if resource.exists is False:
            reason = Reason(f"{resource.address}, which is not created", at)
            return Unknown((reason,), at, present=True, identity=f"{resource.address}.{attribute}")
        if resource.type == NESTED and attribute:
            found = self._of_stack(declared, attribute, at)
        else:
            property = NAMED_BY_REF.get(resource.type) if not attribute else None
            named: Value = dig(resource.properties, (property,)) if property is not None else Absent(at)
            if attribute == "Arn" and resource.type in _IAM_ARNS:
                named = self._arn_in_iam(resource, at)
            found = referring(named, Ref(resource, attribute or "Ref"), at)
            if property is not None and not isinstance(named, Absent):
                found = with_step(found, at, f"refers to {resource.address}")
        if isinstance(found, Unknown):
            return identified(found, f"{resource.address}.{attribute}")
        return found

    def _arn_in_iam(self, resource: Resource, at: Span) -> Value:
        """Return the ARN of a role or profile: the account is not known, nor is a name that CloudFormation makes."""
        origin = Origin(at)
        partition = as_text(self.reference("AWS::Partition", at, at)) or "aws"
        account = UnknownName((Reason("AWS::AccountId", at),), at, present=True, identity="AWS::AccountId")
        pieces: list[Chunk | Hole] = [
            Chunk(f"arn:{partition}:iam::", origin),
            Hole(account, "${AWS::AccountId}"),
            Chunk(f":{_IAM_ARNS[resource.type]}", origin),
        ]
        match dig(resource.properties, ("Path",)):
            case Known(Text() as path):
                pieces += path.pieces
            case Absent():
                pieces.append(Chunk("/", origin))
            case path:
                reasons = path.reasons if isinstance(path, Unknown) else (Reason("a path", at),)
                return Unknown(reasons, at, present=True)
        match dig(resource.properties, (NAMED_BY_REF[resource.type],)):
            case Known(Text() as name):
                pieces += name.pieces
            case name:
                reasons = (
                    name.reasons if isinstance(name, Unknown) else (Reason(f"the name of {resource.address}", at),)
                )
                made = UnknownName(reasons, at, present=True, ref=Ref(resource, "Ref"), identity=f"{resource.address}.")
                pieces.append(Hole(made, f"${{{resource.address}}}"))
        return Known(Text(tuple(pieces)), at)

    def _of_stack(self, declared: DeclaredResource, attribute: str, at: Span) -> Value:
        """Return an attribute of a nested stack: an output of its template, if that can be read."""
        address = declared.resource.address
        section, _, name = attribute.partition(".")
        inner = self.evaluation.nested(declared) if section == "Outputs" else None
        if inner is not None:
            found = inner.output(name)
            if found is not None:
                return with_step(found, at, f"refers to output {name} of nested stack {address}")
            if not inner.template.is_expanded_elsewhere:
                self.evaluation.template.note_unresolved(f"nested stack {address} has no output {name}", at)
        reason = Reason(f"nested stack {address}", at)
        return Unknown((reason,), at, True, (), Ref(declared.resource, attribute))

    # What has no value

    def missing(self, what: str, at: Span) -> Unknown:
        """Return the value of a reference to something that the template does not declare."""
        template = self.evaluation.template
        name = what.rpartition(" ")[2]
        if template.is_expanded_elsewhere:
            reason = Reason(f"{what}, which a transform may declare", at)
        elif ":" in name.replace("::", ""):
            # No name of CloudFormation has one: `${self:custom.stage}` is a variable of the Serverless Framework.
            reason = Reason(f"{name}, a variable that another tool replaces", at)
            template.note_unresolved(f"{name} is a variable that another tool replaces: its value is unknown", at)
        else:
            reason = Reason(f"a reference to {what}, which this template does not declare", at)
            template.note_unresolved(f"{what} is not declared in this template", at)
        return Unknown((reason,), at, identity=f"undeclared {template.prefix}{what}")

    def unreadable(self, what: str, at: Span) -> Unknown:
        """Return the value in place of something that CloudFormation would reject."""
        self.evaluation.template.note_unresolved(what, at)
        return Unknown((Reason(what, at),), at, identity=f"{at.path}:{at.start}")

    def left_out(self, what: str, at: Span) -> Unknown:
        """Return the value in place of what is beyond a limit; it never counts as a pass."""
        self.evaluation.template.note(Notice(NoticeKind.UNREADABLE, at.path, what, at))
        return Unknown((Reason(what, at),), at, identity=f"{at.path}:{at.start}")

    def circular(self, what: str, at: Span) -> Unknown:
        """Return the value of a circular reference."""
        self.evaluation.template.note_unresolved(f"{what} is made from itself: this is a circular reference", at)
        return Unknown((Reason("a circular reference", at),), at, identity=f"a circle at {at.path}:{at.start}")

    def identity(self, call: IntrinsicCall) -> str:
        """Return a text that is equal for the same call in the same iterations of the same loops only."""
        turn = "".join(f" {name}={canonical(value)}" for name, value in self.loops.items())
        at, prefix = call.at, self.evaluation.template.prefix
        if at.end - at.start <= _MAX_IDENTITY_LENGTH:
            return f"{prefix}{call.name} {' '.join(at.text.split())}{turn}"
        return f"{prefix}{call.name} {at.path}:{at.start}{turn}"


class _Thunk:
    """The value of a node, evaluated when first used."""

    __slots__ = ("_node", "_place", "_scope", "_settled")

    def __init__(self, scope: TemplateScope, node: Node, place: Span) -> None:
        self._scope = scope
        self._node = node
        self._place = place
        # The value, once it was made without reading an input.
        self._settled: Value | None = None

    def __call__(self) -> Value:
        # A value used twice may contain another one used twice, and so on: a walk over it sees a tree.
        charge(_STEPS_AGAIN)
        if self._settled is not None:
            return self._settled
        made = self._scope.evaluation.scenario.made(self, self._make)
        value: Value = made.value  # type: ignore[assignment]  # made by `_make`
        if not made.touched:
            self._settled = value
        return value

    def _make(self) -> Value:
        return self._scope.value(self._node, self._place)


def _construct(body: Mapping) -> str | None:
    """Return the path of the CDK construct that generated a resource, if the metadata has it."""
    metadata = body.get("Metadata")
    path = metadata.get(CONSTRUCT) if isinstance(metadata, Mapping) else None
    return path.value if isinstance(path, Scalar) and isinstance(path.value, str) else None


def _scalar(node: Scalar, place: Span | None) -> Value:
    value = node.value
    if isinstance(value, str):
        return Known(literal(value, node.origin), node.at)
    return Absent(place or node.at) if value is None else Known(value, node.at)


def _may_vanish(node: Node) -> bool:
    """Return whether an item of a list may turn out not to exist."""
    if isinstance(node, Scalar) and node.tag is None:
        return node.value is None
    call = call_of(node)
    if call is None:
        return False
    if call.name == "Fn::FindInMap":
        return len(call.arguments) == 4
    return call.name == "Fn::If" or (
        call.name == "Ref" and isinstance(call.argument, Scalar) and call.argument.text == "AWS::NoValue"
    )

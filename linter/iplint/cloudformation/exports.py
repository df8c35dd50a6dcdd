"""Exports and imports between the templates of one run.

Facts: CloudFormation User Guide, "Get exported outputs from a deployed CloudFormation stack".
"""

from __future__ import annotations

from iplint.aws.marks import stands_for_key
from iplint.budget import charge
from iplint.cloudformation.calls import call_of
from iplint.cloudformation.parameters import Choice
from iplint.resource import Resource
from iplint.scenario import Circular, Scenario
from iplint.syntax.tree import Mapping, Sequence
from iplint.value import HOLE, Input, Known, Map, Reason, Ref, Seq, Text, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from iplint.cloudformation.evaluate import DeclaredResource, Evaluation
    from iplint.cloudformation.template import Template
    from iplint.scenario import Assignment
    from iplint.syntax.tree import Node
    from iplint.value import Literal, Value

# The resources that give a policy to roles, by the property that names these.
# CloudFormation Template Reference, "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy".
_GRANTS = {"AWS::IAM::ManagedPolicy": "Roles", "AWS::IAM::Policy": "Roles", "AWS::IAM::RolePolicy": "RoleName"}
_ATTACHED = "ManagedPolicyArns"
# So many outputs are named that an import may mean.
_MAX_CANDIDATES = 3
# What comparing two names costs, in steps of the budget.
_STEPS = 8


class _Importing:
    """A resource with a property that imports: the `names` of what it imports, and the `path` of its template."""

    __slots__ = ("names", "path", "property", "resource")

    def __init__(self, resource: Resource, property: str, names: list[Text], path: str) -> None:
        self.resource = resource
        self.property = property
        self.names = names
        self.path = path


class Exports:
    """The exports of some roots, by their names when all inputs keep their defaults.

    The inputs of the exporting template are inputs of the importing one as well: as twins of the original inputs.
    """

    __slots__ = ("_by_end", "_found", "_grants", "_imports", "_names", "_templates", "_twins")

    def __init__(self, templates: Iterable[Template]) -> None:
        self._templates = list(templates)
        self._found: dict[str, list[tuple[Evaluation, str]]] | None = None
        self._names: list[tuple[Evaluation, str, Text]] | None = None
        self._grants: dict[str, list[Resource]] = {}
        self._by_end: dict[str, list[tuple[Evaluation, str]]] = {}
        self._imports: list[_Importing] | None = None
        self._twins: dict[str, Input] = {}

    def release(self) -> None:
        """Release the templates, which refer to these exports in a cycle that only the garbage collector would free."""
        self._templates.clear()
        self._grants.clear()
        self._by_end.clear()
        self._found, self._names, self._imports = {}, [], []

    def value(self, name: str, scenario: Scenario) -> Known[Text] | Unknown | None:
        """Return the value that exactly one template exports under a name, in the scenario of an importing template.

        None for anything but a plain text: its references belong to another root, where addresses have another meaning.
        """
        match self._by_name().get(name):
            case [(evaluation, output)]:
                pass
            case _:
                return None
        path = evaluation.template.path
        chosen: dict[str, Literal] = {}
        asked: set[str] = set()
        while True:
            value, read = _output(evaluation, output, chosen)
            before = len(chosen)
            for input in read:
                if input.key not in asked:
                    asked.add(input.key)
                    choice = scenario.choice(self._twin(input, path))
                    if choice is not None:
                        chosen[input.key] = choice
            if len(chosen) == before:
                break
        decided_by = value.input if isinstance(value, Known | Unknown) else None
        twin = self._twin(decided_by, path) if decided_by is not None else None
        match value:
            case Known(Text() as text) if text.plain is not None:
                return Known(text, value.at, value.trail, None, twin)
            case Unknown(at=at) if twin is not None:
                reason = Reason(twin.label, at)
                return Unknown((reason,), at, True, value.trail, None, twin, twin.key, value.excludes)
            case _:
                return None

    def _twin(self, input: Input, path: str) -> Input:
        """Return the input of an importing template that mirrors one of the template at a path."""
        if input.key in self._twins:
            return input
        key, label = f"{input.key} of {path}", f"{input.label} of {path}"
        twin = self._twins.get(key)
        if twin is None:
            twin = self._twins[key] = (
                Choice.twin(input, key, label)
                if isinstance(input, Choice)
                else Input(key, label, input.default, input.options, input.closed, input.assumption)
            )
        return twin

    def key(self, name: Text) -> Ref | None:
        """Return the attribute of a key that the one output that a name may mean is made of; None for other outputs."""
        same = self._by_name().get(name.plain, []) if name.plain is not None else []
        found = same or self._candidates(name)
        if len(found) != 1:
            return None
        evaluation, output = found[0]
        match _output(evaluation, output, {})[0]:
            case Unknown() as value:
                parts = [value]
            case Known(Text() as text):
                parts = [hole.value for hole in text.holes]
            case _:
                parts = []
        return next((part.ref for part in parts if part.ref is not None and stands_for_key(part)), None)

    def candidates(self, name: Text) -> str | None:
        """Return the outputs that are, or may be, exported under a name, as a relative clause; None if there are
        none.
        """
        same = self._by_name().get(name.plain, []) if name.plain is not None else []
        found = same or self._candidates(name)
        named = [f"output {output} of {evaluation.template.path}" for evaluation, output in found[:_MAX_CANDIDATES]]
        more = len(found) - len(named)
        named += [f"one of {more} more outputs"] if more else []
        return f"which {'is' if len(same) == 1 else 'may be'} {' or '.join(named)}" if named else None

    def _candidates(self, name: Text) -> list[tuple[Evaluation, str]]:
        """Return the outputs that may be exported under a name that is not known as a whole."""
        flat = name.flat
        found = self._by_end.get(flat)
        if found is None:
            found = [(evaluation, output) for evaluation, output, other in self._all() if _may_be(name, other)]
            self._by_end[flat] = found
        return found

    def grants(self, exporting: Template) -> list[Resource]:
        """Return the resources of other templates that give a policy to a role that a template exports, and the
        policies of others that its roles import.

        Each names the role as the template itself does. Of a name that begins with that of a stack, the rest decides,
        where one export alone ends in it.
        """
        known = self._grants.get(exporting.path)
        if known is None:
            known = self._grants[exporting.path] = []
            own = [one for one in self._all() if one[0].template.outermost.path == exporting.path]
            imports = self._all_imports()
            granting = [one for one in imports if one.path != exporting.path and one.property in _GRANTS.values()]
            attaching = [one for one in imports if one.path == exporting.path and one.property == _ATTACHED]
            found: list[tuple[_Importing, list[Value]]] = []
            for one in granting if own else ():
                roles = [value for name in one.names for value in self._exported(name, own, one.resource)]
                if roles:
                    found.append((one, roles))
            attached = self._attached(attaching)
            if found or attached:
                taken = {resource.address for resource in exporting.own_resources(Scenario({}))}
                known += (_granting(one.resource, one.property, roles, taken, one.path) for one, roles in found)
                known += (_granting(one, "Roles", roles, taken, one.at.path) for one, roles in attached)
        return known

    def _exported(self, name: Text, own: list[tuple[Evaluation, str, Text]], by: Resource) -> Iterator[Value]:
        """Yield the values of outputs that are exported under a name that a resource imports; unknown where another
        output may be meant as well.
        """
        for evaluation, output, other in own:
            is_meant = (name.plain is not None and name.plain == other.plain) or self._is_meant(name, other)
            value = evaluation.output(output) if is_meant or _may_be(name, other) else None
            if value is not None and not is_meant:
                reasons = value.reasons if isinstance(value, Unknown) else ()
                what = f"{output} ({' and '.join(reason.what for reason in reasons)}) is what {by.address} imports"
                value = Unknown((Reason(f"whether output {what}", by.at),), by.at, True)
            if value is not None:
                yield value

    def _attached(self, attaching: list[_Importing]) -> list[tuple[Resource, list[Value]]]:
        """Return the managed policies of other templates that roles import, with these roles."""
        found: dict[tuple[str, str], tuple[Resource, list[Value]]] = {}
        for one in attaching:
            role = one.resource
            reference = Unknown((Reason(role.address, role.at),), role.at, True, ref=Ref(role, "Ref"))
            for name in one.names:
                for policy in self._policies(name, one.path):
                    found.setdefault((policy.at.path, policy.address), (policy, []))[1].append(reference)
        return list(found.values())

    def _all_imports(self) -> list[_Importing]:
        """Return what imports roles to give them a policy, or policies for a role."""
        if self._imports is None:
            found: list[_Importing] = []
            for template in self._templates:
                template.is_asked, before = True, template.is_asked
                for evaluation in template.evaluations(Scenario({})):
                    for declared in evaluation.declared().values():
                        type = declared.resource.type
                        property = _ATTACHED if type == "AWS::IAM::Role" else _GRANTS.get(type)
                        names = list(_imported_names(declared, property)) if property is not None else []
                        if property is not None and names:
                            found.append(_Importing(declared.resource, property, names, template.path))
                template.is_asked = before
            self._imports = found
        return self._imports

    def _policies(self, name: Text, path: str) -> Iterator[Resource]:
        """Yield the managed policies that are exported under a name, but by the template at a path."""
        for evaluation, output, other in self._all():
            is_named = (name.plain is not None and name.plain == other.plain) or self._is_meant(name, other)
            value = evaluation.output(output) if is_named and evaluation.template.outermost.path != path else None
            ref = value.ref if isinstance(value, Known | Unknown) else None
            for link in ref.chain() if ref is not None else ():
                for declared in evaluation.declared().values():
                    resource = declared.resource
                    if resource.type == "AWS::IAM::ManagedPolicy" and resource.address == link.resource.address:
                        yield resource

    def _is_meant(self, name: Text, export: Text) -> bool:
        return _may_be(name, export) and len(self._candidates(name)) == 1

    def _all(self) -> list[tuple[Evaluation, str, Text]]:
        """Return the outputs that have a name for other templates, and these names."""
        if self._names is None:
            # A name may be made of an import, which then finds nothing yet.
            self._names = []
            found: list[tuple[Evaluation, str, Text]] = []
            for template in self._templates:
                template.is_asked, before = True, template.is_asked
                for evaluation in template.evaluations(Scenario({})):
                    found += ((evaluation, output, name) for output, name in evaluation.exports())
                template.is_asked = before
            self._names = found
            self._by_end.clear()
        return self._names

    def _by_name(self) -> dict[str, list[tuple[Evaluation, str]]]:
        if self._found is None:
            self._found = {}
            for evaluation, output, name in self._all():
                if name.plain is not None:
                    self._found.setdefault(name.plain, []).append((evaluation, output))
        return self._found


def _may_be(one: Text, other: Text) -> bool:
    """Return whether two names may be equal: what follows the name of a stack or an unknown is the same."""
    charge(_STEPS)
    first, second = one.flat, other.flat
    if not (first.startswith(HOLE) or second.startswith(HOLE)):
        return False
    ends = [flat.removeprefix(HOLE) for flat in (first, second)]
    if any(HOLE in end or not end for end in ends):
        return False
    if first.startswith(HOLE) and second.startswith(HOLE):
        return ends[0] == ends[1]
    return first.endswith(ends[1]) if second.startswith(HOLE) else second.endswith(ends[0])


def _imported_names(declared: DeclaredResource, property: str) -> Iterator[Text]:
    """Yield the names that a property of a resource imports."""
    properties = declared.body.get("Properties")
    given = properties.get(property) if isinstance(properties, Mapping) else None
    waiting: list[Node] = [given] if given is not None else []
    while waiting:
        node = waiting.pop()
        charge(1)
        call = call_of(node)
        if call is not None and call.name == "Fn::ImportValue":
            match declared.entry.scope.value(call.argument):
                case Known(Text() as name):
                    yield name
                case _:
                    # A name that is nothing but a parameter may be any: no export is meant for certain.
                    pass
        elif call is not None:
            waiting.append(call.argument)
        elif isinstance(node, Sequence):
            waiting += node.items
        elif isinstance(node, Mapping):
            waiting += (child for _, child in node.entries.values())


def _granting(resource: Resource, property: str, roles: list[Value], taken: set[str], path: str) -> Resource:
    """Return a resource of another template, with the roles that it imports as these are known where they are
    declared.
    """

    def properties() -> Value:
        value = resource.properties
        if not isinstance(value, Known) or not isinstance(value.value, Map):
            return value
        entries = value.value.entries()
        at = value.value.key_at(property) if property in value.value else value.at
        entries[property] = at, Known(Seq([*roles]), at)
        return Known(Map(entries, value.value.more), value.at)

    address = f"{resource.address} of {path}" if resource.address in taken else resource.address
    return Resource(resource.type, address, resource.at, resource.block, properties, lambda: resource.exists)


def _output(evaluation: Evaluation, name: str, chosen: Assignment) -> tuple[Value | None, list[Input]]:
    """Return the value of an output under some choices, and the inputs that it reads."""
    scenario, template = evaluation.scenario, evaluation.template.outermost
    template.is_asked, before = True, template.is_asked
    try:
        # Templates may import from each other, so that this scenario is in use already.
        with scenario.under(chosen):
            return evaluation.output(name), list(scenario.touched.values())
    except Circular:
        return None, []
    finally:
        template.is_asked = before

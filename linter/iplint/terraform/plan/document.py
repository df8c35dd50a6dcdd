"""A plan or a state as `terraform show -json` prints it: the resources that it will create, or has created."""

from __future__ import annotations

from iplint.location import Span
from iplint.resource import Notice, NoticeCause, NoticeKind, Resource, TextOccurrence, keep_all
from iplint.secret import Secret
from iplint.syntax.tree import Mapping, Scalar, Sequence
from iplint.terraform.plan.address import instance_key, module_path
from iplint.terraform.plan.places import Spot
from iplint.terraform.plan.providers import ProviderConfigurations
from iplint.terraform.plan.references import UNTOLD, References
from iplint.terraform.plan.sensitive import sensitive
from iplint.terraform.plan.tree import is_marked, items, member, members, string, strings
from iplint.terraform.plan.values import ValueBuilder
from iplint.terraform.policy_document import render
from iplint.value import Absent, Known, Map, Reason, Ref, Seq, Step, Text, Unknown, as_text, dig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Sequence as Items
    from typing import TypeGuard

    from iplint.location import Source
    from iplint.resource import CanSkip, Placement
    from iplint.scenario import Scenario
    from iplint.syntax.tree import Node
    from iplint.terraform.plan.address import Path
    from iplint.terraform.plan.places import Places
    from iplint.terraform.plan.references import WrittenExpression
    from iplint.value import Lazy, Value

_TRUTHS = ("true", "false")
POLICY_DOCUMENT = "aws_iam_policy_document"
_DOCUMENT_TEXTS = ("json", "minified_json")
_DOCUMENT_PARTS = {
    "statement",
    "source_json",
    "source_policy_documents",
    "override_json",
    "override_policy_documents",
}
# The attributes by which AWS identifies a resource of any type.
_IDENTITIES = ("id", "arn")
# Terraform AWS provider documentation, Resource: aws_launch_template: what its settings are the version of.
_VERSIONS = ("latest_version",)
# Shorter texts are the same by chance too often to be one text that appears twice.
_LONG = 16
# Terraform AWS provider documentation, Resource: aws_instance, aws_launch_configuration: up to version 5, plans and
# states hold the SHA-1 of user data in its place.
_HASHED = "user_data"
_HASH_LENGTH = 40
_HEX = frozenset("0123456789abcdef")
# The major versions of the format that are read: 0 was Terraform 0.12 to 1.0.
_MAJOR_VERSIONS = ("0", "1")


def is_plan(tree: Node | None) -> TypeGuard[Mapping]:
    """Return whether a JSON document is a plan or a state as `terraform show -json` prints it."""
    return (
        isinstance(tree, Mapping)
        and "format_version" in tree.entries
        and (
            "planned_values" in tree.entries
            or "resource_changes" in tree.entries
            or isinstance(member(tree, "values", "root_module"), Mapping)
        )
    )


def unsupported_version(tree: Node) -> tuple[str, Span] | None:
    """Return the version of the format and its place, if it is unsupported.

    Terraform documentation, JSON Output Format: readers reject a major version that they do not support.
    """
    version = member(tree, "format_version")
    if isinstance(version, Scalar) and version.text.partition(".")[0] in _MAJOR_VERSIONS:
        return None
    return (version.text, version.at) if isinstance(version, Scalar) else ("unreadable", tree.at)


class Planned:
    """One instance of a resource, as planned or as it is."""

    __slots__ = ("_node", "_plan", "how", "key", "mode", "name", "path", "resource", "spot", "unknown", "values")

    def __init__(self, plan: Plan, node: Mapping, values: Node | None, unknown: Node | None) -> None:
        self._plan = plan
        self.values = values
        self.unknown = unknown
        address = node.get("address")
        index = node.get("index")
        type = string(member(node, "type"))
        self.mode = string(member(node, "mode"))
        self.name = string(member(node, "name"))
        self.key = instance_key(index.value if isinstance(index, Scalar) else None)
        self.path = module_path(string(address))
        data = self.mode == "data"
        declared = plan.places.resource(self.path, data, type, self.name) if plan.places is not None else None
        self.spot = Spot.of(declared) if declared is not None else None
        at = address.at if address is not None else node.at
        made: list[Value] = []

        def properties() -> Value:
            if not made:
                made.append(plan.properties(self))
            return made[0]

        self.resource = Resource(
            type,
            string(address),
            declared.at if declared is not None else at,
            declared.whole if declared is not None else node.at,
            properties,
            lambda: True,
            plan.places.calls(self.path) if plan.places is not None else (),
            data,
            placement=lambda: plan.placement(self),
        )

    @property
    def block(self) -> str:
        """Return the address of its block, without the indexes of instances and modules."""
        address = f"{self.resource.type}.{self.name}"
        calls = "".join(f"module.{call}." for call, _ in self.path)
        return f"{calls}data.{address}" if self.resource.data else calls + address

    @property
    def declared(self) -> tuple[str, str, str]:
        """Return mode, type and name: the identity of its block in its module."""
        return self.mode, self.resource.type, self.name

    def text(self, attribute: str) -> str:
        """Return the text of an attribute; empty if it is unknown."""
        node = member(self.values, attribute)
        return node.text if isinstance(node, Scalar) and node.value is not None else ""

    def knows(self, attribute: str) -> bool:
        """See Target.knows."""
        unknown = member(self.unknown, attribute)
        return bool(attribute) and not is_marked(unknown) and member(self.values, attribute) is not None

    def texts(self, attribute: str) -> list[str]:
        """See Target.texts."""
        names = (attribute,) if attribute else (*_IDENTITIES, "name", *_DOCUMENT_TEXTS)
        return [canonical(text) for name in names if (text := self.text(name))]


class Plan:
    """A plan or a state, as a root: it has no inputs, so every scenario is the same.

    `places` maps it to the `.tf` files that it was made from, if these are known.
    """

    def __init__(self, source: Source, tree: Node, places: Places | None = None) -> None:
        self.path = source.path
        self.size = len(source.text)
        self.places = places
        self.notices: list[Notice] = []
        self.library = False
        self._tree = tree
        self._configuration = member(tree, "configuration")
        self._references = References(self._configuration)
        self._changes = {
            string(member(change, "address")): change
            for change in items(member(tree, "resource_changes"))
            if not string(member(change, "deposed"))
        }
        self._planned: dict[str, Planned] = {}
        self._withheld = list(sensitive(tree))
        self._sensitive = {id(scalar): scalar.at for scalar in self._withheld}
        self._shown: list[tuple[Spot, Span]] = []
        self._read()
        self._by_identity = self._identities()
        self._documents = self._policies()
        self._attached = self._attachments()
        self._note()

    # Reading

    def _read(self) -> None:
        for section in ("planned_values", "values"):
            self._module(member(self._tree, section, "root_module"), ("managed", "data"))
        # Data read while planning is in the prior state.
        self._module(member(self._tree, "prior_state", "values", "root_module"), ("data",))
        for change in self._changes.values():
            after = member(change, "change", "after")
            if isinstance(after, Mapping) and isinstance(change, Mapping):
                self._add(change, after)

    def _module(self, node: Node | None, modes: tuple[str, ...]) -> None:
        waiting = [node]
        while waiting:
            module = waiting.pop()
            for resource in items(member(module, "resources")):
                if isinstance(resource, Mapping) and string(resource.get("mode")) in modes:
                    self._add(resource, resource.get("values"))
            waiting += reversed(items(member(module, "child_modules")))

    def _add(self, node: Mapping, values: Node | None) -> None:
        address = string(node.get("address"))
        # What is deposed has been replaced already, and waits to be deleted.
        if not address or address in self._planned or string(node.get("deposed_key")):
            return
        unknown = member(self._changes.get(address), "change", "after_unknown")
        planned = self._planned[address] = Planned(self, node, values, unknown)
        self._references.add(planned.path, *planned.declared, planned)

    def _note(self) -> None:
        """Report what the plan leaves out."""
        for deferred in items(member(self._tree, "deferred_changes")):
            change = member(deferred, "resource_change")
            address = string(member(change, "address"))
            why = string(member(deferred, "reason"))
            message = f"{address or 'a resource'} is deferred{f' ({why})' if why else ''}, so it is not checked"
            self.notices.append(Notice(NoticeKind.UNSUPPORTED, self.path, message, deferred.at, cause=NoticeCause.PLAN))
        for name, wrong, message in (
            ("errored", True, "planning failed, so resources may be missing in the plan"),
            ("complete", False, "the plan is not complete: further changes follow after apply, or it was limited"),
        ):
            said = member(self._tree, name)
            if isinstance(said, Scalar) and said.value is wrong:
                self.notices.append(Notice(NoticeKind.UNRESOLVED, self.path, message, said.at, cause=NoticeCause.PLAN))
        for planned in self._planned.values():
            self._note_hash(planned)
        if self.places is None:
            return
        unread = self.places.unread()
        for path, message, at in unread:
            message += "; resources declared there are shown at their places in the plan"
            self.notices.append(Notice(NoticeKind.UNRESOLVED, path, message, at, cause=NoticeCause.PLAN))
        if not unread and self._planned and all(planned.spot is None for planned in self._planned.values()):
            message = (
                f"no resource of the plan is declared in {self.places.display_path} or a local module that it calls"
            )
            self.notices.append(Notice(NoticeKind.UNRESOLVED, self.path, message, cause=NoticeCause.PLAN))

    def _note_hash(self, planned: Planned) -> None:
        """Report a resource whose user data is not in the plan, because it was not searched."""
        hashed = self._hashed(planned)
        if hashed is not None:
            address = planned.resource.address
            message = f"the plan holds only a hash of the user data of {address}: keys are not searched for in it"
            self.notices.append(Notice(NoticeKind.UNRESOLVED, self.path, message, hashed.at, cause=NoticeCause.PLAN))

    def _hashed(self, planned: Planned) -> Scalar | None:
        """Return the hash that the plan contains instead of user data; None where the user data is known."""
        hashed = member(planned.values, _HASHED)
        if not isinstance(hashed, Scalar) or len(hashed.text) != _HASH_LENGTH or not _HEX.issuperset(hashed.text):
            return None
        how = self._references.arguments(planned.path, *planned.declared).member(_HASHED)
        return None if how.is_constant else hashed

    @property
    def is_state(self) -> bool:
        """Return whether this is a state, which has what was deployed, and not what is planned."""
        return member(self._tree, "planned_values") is None

    @property
    def replaced(self) -> frozenset[str]:
        """Return the addresses of the resources that the plan deletes and creates anew."""
        return frozenset(
            address
            for address, change in self._changes.items()
            if {"create", "delete"} <= {*strings(member(change, "change", "actions"))}
        )

    # Root

    def resources(self, scenario: Scenario) -> list[Resource]:
        """See Root.resources."""
        del scenario
        return [planned.resource for planned in self._planned.values()]

    def unread_parts(self, scenario: Scenario) -> Iterator[Resource]:
        """See Root.unread_parts: a plan contains what its modules declare."""
        del scenario
        yield from ()

    def failed_assertion(self, scenario: Scenario) -> Step | None:
        """See Root.failed_assertion: the values in a plan were accepted."""
        del scenario
        return None

    def may_refer_to(self, resource: Resource, scenario: Scenario, beside: Items[Resource] = ()) -> bool:
        """See Root.may_refer_to: a plan does not contain everything that refers to a resource."""
        del resource, scenario, beside
        return True

    def text_occurrences(self, scenario: Scenario, silent: CanSkip = keep_all) -> Iterator[TextOccurrence]:
        """See Root.text_occurrences: the texts of resources come first, and are not repeated at their origin."""
        del scenario, silent
        seen: set[str] = set()
        for planned in self._planned.values():
            for passage in _texts(planned.resource.properties, (), planned.resource.address, planned.resource.type):
                seen.add(_plain(passage))
                yield passage
        for section in (self._configured(), self._variables(), self._outputs()):
            new_texts = [passage for passage in section if len(_plain(passage)) < _LONG or _plain(passage) not in seen]
            seen.update(map(_plain, new_texts))
            yield from new_texts

    def _variables(self) -> Iterator[TextOccurrence]:
        """Yield the texts in the values of the root module's variables."""
        for name, variable in members(member(self._tree, "variables")):
            yield from self._texts_of(member(variable, "value"), (name,), f"variable.{name}")

    def _outputs(self) -> Iterator[TextOccurrence]:
        """Yield the texts in the outputs of the root module."""
        for section in ("planned_values", "values"):
            for name, output in members(member(self._tree, section, "outputs")):
                yield from self._texts_of(member(output, "value"), (name,), f"output.{name}")

    def _configured(self) -> Iterator[TextOccurrence]:
        """Yield the constant texts of the configuration."""
        for key, provider in members(member(self._configuration, "provider_config")):
            name = string(member(provider, "name")) or key.rpartition(":")[2].partition(".")[0]
            module = string(member(provider, "module_address"))
            holder = f"{module}.provider.{name}" if module else f"provider.{name}"
            alias = string(member(provider, "alias"))
            spot = self.places.provider(module_path(module), name, alias) if self.places is not None else None
            yield from self._texts_of(member(provider, "expressions"), (), holder, f"provider {name}", spot)
        made: dict[str, Planned] = {}
        for planned in self._planned.values():
            made.setdefault(planned.block, planned)
        waiting = [("", member(self._configuration, "root_module"))]
        while waiting:
            prefix, node = waiting.pop()
            for resource in items(member(node, "resources")):
                first = made.get(prefix + string(member(resource, "address")))
                if first is not None:
                    yield from self._constants(first, resource)
            for name, variable in members(member(node, "variables")):
                yield from self._texts_of(member(variable, "default"), ("default",), f"{prefix}variable.{name}")
            for name, output in members(member(node, "outputs")):
                yield from self._texts_of(member(output, "expression"), (name,), f"{prefix}output.{name}")
            for name, call in members(member(node, "module_calls")):
                yield from self._texts_of(member(call, "expressions"), (), f"{prefix}module.{name}")
                waiting.append((f"{prefix}module.{name}.", member(call, "module")))

    def _constants(self, planned: Planned, written: Node) -> Iterator[TextOccurrence]:
        """Yield the constant texts of one block: for some, such as user data, the planned values have a hash only."""
        holder, type, spot = planned.resource.address, planned.resource.type, planned.spot
        yield from self._texts_of(member(written, "expressions"), (), holder, type, spot)
        for provisioner in items(member(written, "provisioners")):
            names = ("provisioner", string(member(provisioner, "type")))
            yield from self._texts_of(member(provisioner, "expressions"), names, holder, type)

    def _texts_of(
        self, node: Node | None, names: tuple[str, ...], holder: str, type: str = "", spot: Spot | None = None
    ) -> Iterator[TextOccurrence]:
        """Yield the texts of a value, or of the constants in expressions."""
        match node:
            case Scalar(value=str()):
                value = ValueBuilder(self, holder).scalar(node, spot, UNTOLD)
                yield TextOccurrence(value, names, holder, type)
            case Sequence():
                for index, item in enumerate(node.items):
                    yield from self._texts_of(item, names, holder, type, spot.item(index) if spot is not None else None)
            case Mapping():
                for name, inner in members(node):
                    if name == "constant_value":
                        yield from self._texts_of(inner, names, holder, type, spot)
                    elif name != "references":
                        below = spot.member(name) if spot is not None else None
                        yield from self._texts_of(inner, (*names, name), holder, type, below)
            case _:
                pass

    # Values

    def properties(self, planned: Planned) -> Value:
        """Return the properties of an instance."""
        resource = planned.resource
        how = self._references.arguments(planned.path, *planned.declared)
        made = ValueBuilder(self, resource.address, planned).members(
            planned.values, planned.unknown, how, planned.spot, resource.at
        )
        entries = made.entries()
        for name in _VERSIONS:
            # A changed template has older versions, whatever number the new one gets.
            if is_marked(member(planned.unknown, name)) and self._is_updated(planned):
                what = f"{resource.address}.{name}"
                entries[name] = resource.at, Unknown((Reason(what, resource.at),), resource.at, True, identity=what)
        hashed = self._hashed(planned)
        if hashed is not None:
            reason = Reason(f"the user data of {resource.address}, of which the plan holds only a hash", hashed.at)
            entries[_HASHED] = hashed.at, Unknown((reason,), hashed.at, present=True)
        if resource.data and resource.type == POLICY_DOCUMENT and not _DOCUMENT_PARTS.isdisjoint(entries):
            rendered = render(made, resource.address, resource.at, None)
            entries |= dict.fromkeys(_DOCUMENT_TEXTS, (resource.at, rendered))
        if resource.type == "aws_iam_role" and not resource.data:
            self._without_attachments(planned, entries, how)
        return Known(Map(entries), resource.at)

    def _is_updated(self, planned: Planned) -> bool:
        actions = strings(member(self._changes.get(planned.resource.address), "change", "actions"))
        return "update" in actions

    def placement(self, planned: Planned) -> Placement:
        """Return where an instance is made."""
        resource = planned.resource
        declared = self._references.declared(planned.path, *planned.declared)
        configurations = ProviderConfigurations(self._tree, lambda node: self._constant(node, resource.at))
        return configurations.placement(declared, dig(resource.properties, ("region",)), resource.at)

    def _constant(self, node: Node, at: Span) -> Value:
        return ValueBuilder(self, "").value(node, None, UNTOLD, None, at, "")

    def is_sensitive(self, scalar: Scalar) -> bool:
        """Return whether a scalar of the plan is sensitive."""
        return id(scalar) in self._sensitive

    def written_at(self, spot: Spot, in_plan: Span) -> None:
        """Record that a value of the plan is displayed at a place in a `.tf` file."""
        self._shown.append((spot, in_plan))

    def ref(self, planned: Planned, how: WrittenExpression, known: str | None) -> Ref | None:
        """Return the reference in an argument of an instance, given its text if that is known."""
        known = canonical(known) if known is not None else None
        found = self._references.ref(how, planned.path, planned.declared, planned.key, known)
        if found is not None or known is None:
            return found
        named = self._by_identity.get(known)
        if named is not None and named is not planned:
            attribute = next((name for name in _IDENTITIES if named.text(name) == known), "")
            return Ref(named.resource, attribute)
        if known.startswith("{") and planned.resource.type != POLICY_DOCUMENT:
            same = self._documents.get((planned.path, known), ())
            if len(same) == 1:
                return Ref(same[0].resource, "json")
        return None

    def may_depend(self, planned: Planned, how: WrittenExpression) -> bool:
        """Return whether an argument of an instance may depend on values that are known only after apply."""
        return self._references.may_depend(how, planned.path, planned.declared, planned.key)

    def document(self, ref: Ref, at: Span) -> Value | None:
        """Return the policy of the policy document that a reference leads to, used at `at`."""
        resource = ref.resource
        planned = self._planned.get(resource.address)
        if ref.attribute not in _DOCUMENT_TEXTS or planned is None or planned.resource.type != POLICY_DOCUMENT:
            return None
        found = dig(planned.resource.properties, (ref.attribute,))
        if not isinstance(found, Known) or not isinstance(found.value, Text):
            return None
        step = Step(at, f"{resource.address}.{ref.attribute} is used here")
        return Known(found.value, found.at, (step,), ref)

    def version(self, ref: Ref, number: str | None) -> Ref | None:
        """Return the launch template version with a number, if the plan has its settings."""
        planned = self._planned.get(ref.resource.address)
        if planned is None or number is None:
            return None
        return next((Ref(planned.resource, name) for name in _VERSIONS if planned.text(name) == number), None)

    def _policies(self) -> dict[tuple[Path, str], list[Planned]]:
        """Return the policy documents by module and text."""
        found: dict[tuple[Path, str], list[Planned]] = {}
        for planned in self._planned.values():
            if planned.resource.type == POLICY_DOCUMENT and (text := planned.text("json")):
                found.setdefault((planned.path, canonical(text)), []).append(planned)
        return found

    def _identities(self) -> dict[str, Planned]:
        """Return the resources by their AWS names, where only one has the name."""
        found: dict[str, list[Planned]] = {}
        for planned in self._planned.values():
            if planned.mode == "managed":
                for name in _IDENTITIES:
                    text = planned.text(name)
                    # An id that is a name may be that of several types, and a number anything.
                    if text and text != planned.text("name") and not text.isdecimal():
                        found.setdefault(text, []).append(planned)
        return {text: same[0] for text, same in found.items() if len(same) == 1}

    def _attachments(self) -> set[tuple[str, str]]:
        """Return the names of roles, each with the ARN or name of a policy that another resource attaches."""
        found: set[tuple[str, str]] = set()
        for planned in self._planned.values():
            match planned.resource.type:
                case "aws_iam_role_policy_attachment":
                    found.add((planned.text("role"), planned.text("policy_arn")))
                case "aws_iam_policy_attachment":
                    roles = strings(member(planned.values, "roles"))
                    found |= {(role, planned.text("policy_arn")) for role in roles}
                case "aws_iam_role_policy":
                    found.add((planned.text("role"), planned.text("name")))
                case _:
                    pass
        return found

    def _without_attachments(
        self, planned: Planned, entries: dict[str, tuple[Span, Lazy]], how: WrittenExpression
    ) -> None:
        """Remove from a role the policies that other resources attach.

        Terraform AWS provider documentation, Resource: aws_iam_role: both are read back from AWS where they are not
        configured.
        """
        role = planned.text("name")
        made = Map(entries)
        for attribute, name in (("managed_policy_arns", ()), ("inline_policy", ("name",))):
            match made.get(attribute):
                case Known(Seq() as policies, at=at) if role and how.member(attribute).written is not True:
                    kept: list[Lazy] = [
                        one for one in policies if (role, as_text(dig(one, name))) not in self._attached
                    ]
                    entries[attribute] = made.key_at(attribute), Known(Seq(kept), at) if kept else Absent(at)
                case _:
                    pass

    # Reports

    def secrets(self, scenario: Scenario) -> Iterator[Secret]:
        """See Root.secrets: the values that are marked as sensitive."""
        del scenario
        for scalar in self._withheld:
            text = scalar.text if isinstance(scalar.value, str | int | float) and scalar.text not in _TRUTHS else ""
            yield Secret(text, (scalar.at,))

    def hidden(self, found: Items[Span]) -> list[Span]:
        """Return further places that no report may show: where `.tf` files contain sensitive values of the plan, and
        where the plan contains secrets found in `.tf` files.
        """
        spans: list[Span] = []
        marked = {span.key() for span in self._sensitive.values()}
        secrets = [span for span in found if span.path != self.path]
        for spot, in_plan in self._shown:
            if in_plan.key() in marked:
                # The name of a variable reveals nothing, a text may.
                if spot.found and ('"' in spot.at.text or "<<" in spot.at.text):
                    spans.append(spot.at)
            elif any(_overlap(spot.at, secret) for secret in secrets):
                spans.append(in_plan)
        return spans


def _overlap(one: Span, other: Span) -> bool:
    return one.path == other.path and one.start < other.end and other.start < one.end


def canonical(text: str) -> str:
    """Return a text for comparisons: in JSON objects, white space and the order of members are ignored."""
    if not text.lstrip().startswith("{"):
        return text
    import json  # only policies come here

    try:
        return json.dumps(json.loads(text), sort_keys=True)
    except ValueError:
        return text


def _plain(passage: TextOccurrence) -> str:
    match passage.value:
        case Known(Text() as text):
            return text.flat
        case _:
            return ""


def _texts(value: Value, names: tuple[str, ...], holder: str, type: str) -> Iterator[TextOccurrence]:
    """Yield the texts in a value, with `names` as the path to it."""
    match value:
        case Known(Text()):
            yield TextOccurrence(value, names, holder, type)
        case Known(Seq() as found):
            for item in found:
                yield from _texts(item, names, holder, type)
        case Known(Map() as entries):
            beside = tuple(text for key in ("type", "name") if (text := as_text(entries.get(key) or Absent(value.at))))
            for name in entries:
                inner = entries.get(name)
                if inner is not None:
                    called = (*names, name, *beside) if name == "value" else (*names, name)
                    yield from _texts(inner, called, holder, type)
        case _:
            pass

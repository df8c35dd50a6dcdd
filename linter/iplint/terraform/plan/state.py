"""A state as Terraform keeps it (`terraform.tfstate`, format 4), as a plan: the account as it was at the last apply.

Facts: Terraform's source, internal/states/statefile/version4.go; its values are those of `terraform show -json`.
"""

from __future__ import annotations

from iplint.budget import charge
from iplint.location import Origin
from iplint.resource import Notice, NoticeCause, NoticeKind, Placement
from iplint.syntax.tree import Mapping, Scalar, Sequence
from iplint.terraform.plan.address import instance_key
from iplint.terraform.plan.document import Plan
from iplint.terraform.plan.sensitive import sensitive_names
from iplint.terraform.plan.tree import items, member, members, string
from iplint.value import Absent, Known, Map, Reason, Seq, Unknown, as_text, dig, literal_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeGuard

    from iplint.location import Source, Span
    from iplint.syntax.tree import Node
    from iplint.terraform.plan.document import Planned
    from iplint.terraform.plan.places import Places
    from iplint.value import Value

_FORMAT = 4
# What a state has at the top, whatever its format.
_MARKS = ("lineage", "serial")
# The parts of an ARN that name a region and an account.
_REGION, _ACCOUNT = 3, 4
# The names of types in cty's notation, alone or before further parts.
_TYPES = frozenset(("bool", "dynamic", "list", "map", "number", "object", "set", "string", "tuple"))
# What a node costs, in steps of the budget.
_STEPS = 8


def is_state(tree: Node | None) -> TypeGuard[Mapping]:
    """Return whether a JSON document is a state as Terraform keeps it."""
    return isinstance(tree, Mapping) and all(name in tree.entries for name in _MARKS)


def why_unread(tree: Mapping) -> tuple[str, Span] | None:
    """Return why a state is not read, and the place; None for one that is."""
    for name in ("encrypted_data", "encryption_version"):
        if name in tree.entries:
            what = "this state is encrypted by OpenTofu: `tofu show -json > state.json` writes what can be read"
            return what, tree.entries[name][0].at
    version = tree.get("version")
    if isinstance(version, Scalar) and version.value == _FORMAT:
        return None
    written = version.text if isinstance(version, Scalar) else "of another form"
    what = f"format {written} of states is not read (format 4 is, which Terraform writes from 0.12 on)"
    return f"{what}: `terraform show -json > state.json` writes what can be read", (version or tree).at


class State(Plan):
    """A state as a root. A resource is where the provider configuration is that the state names for it."""

    def __init__(self, source: Source, tree: Mapping, places: Places | None = None) -> None:
        converter = _Converter(source.path)
        shown = converter.shown(tree)
        self._providers = converter.providers
        self._regions: dict[str, tuple[str, str]] = {}
        super().__init__(source, shown, places)
        self.notices += converter.notices
        for planned in self._planned.values():
            arn = planned.text("arn").split(":", _ACCOUNT + 1)
            provider = self._providers[planned.resource.address]
            if len(arn) > _ACCOUNT and arn[_ACCOUNT].isdecimal():
                region, account = self._regions.get(provider, ("", ""))
                own = "" if member(planned.values, "region") is not None else arn[_REGION]
                self._regions[provider] = region or own, account or arn[_ACCOUNT]

    def placement(self, planned: Planned) -> Placement:
        """See Plan.placement: ARNs name the region and the account of a provider configuration."""
        resource = planned.resource
        at, provider = resource.at, self._providers[resource.address]
        region, account = self._regions.get(provider, ("", ""))
        own = dig(resource.properties, ("region",))
        arn = planned.text("arn").split(":", _ACCOUNT + 1)
        if as_text(own) is None and len(arn) > _ACCOUNT and arn[_REGION]:
            region = arn[_REGION]
        unknown = Unknown((Reason(f"what configures {provider}", at),), at, present=True, identity=provider)
        accounts: Value = Known(Seq([_text(account, at)]), at) if account else unknown
        settings: Value = Known(Map({"allowed_account_ids": (at, accounts)}), at) if account else unknown
        if isinstance(own, Absent):
            own = _text(region, at) if region else unknown
        return Placement(provider, settings, own)


def _text(written: str, at: Span) -> Value:
    return Known(literal_text(written, Origin(at)), at)


class _Converter:
    """Turn the tree of a state into that of `terraform show -json`, with the places of the state."""

    __slots__ = ("_path", "notices", "providers")

    def __init__(self, path: str) -> None:
        self._path = path
        self.notices: list[Notice] = []
        # The provider configuration of each resource, by address.
        self.providers: dict[str, str] = {}

    def shown(self, tree: Mapping) -> Mapping:
        """Return the tree of a state in the other form."""
        at = tree.at
        resources = [made for block in items(tree.get("resources")) for made in self._instances(block)]
        root: dict[str, Node] = {"resources": Sequence(at, None, resources)}
        values: dict[str, Node] = {"root_module": _mapping(at, root)}
        outputs = tree.get("outputs")
        if outputs is not None:
            values["outputs"] = outputs
        return _mapping(at, {"values": _mapping(at, values)})

    def _instances(self, block: Node) -> list[Node]:
        if not isinstance(block, Mapping):
            return []
        found: list[Node] = []
        for instance in items(block.get("instances")):
            if isinstance(instance, Mapping):
                charge(_STEPS)
                made = self._instance(block, instance)
                if made is not None:
                    found.append(made)
        return found

    def _instance(self, block: Mapping, instance: Mapping) -> Mapping | None:
        """Return one instance; None and a notice where its attributes cannot be read."""
        mode, type, name = (string(block.get(part)) for part in ("mode", "type", "name"))
        index = instance.get("index_key")
        module = string(block.get("module"))
        address = ".".join(
            part for part in (module, "data" if mode == "data" else "", type, name) if part
        ) + instance_key(index.value if isinstance(index, Scalar) else None)
        named = block.get("name")
        place = index if isinstance(index, Scalar) else named if isinstance(named, Scalar) else instance
        entries: dict[str, Node] = {"address": Scalar(place.at, None, address, address, Origin(place.at))}
        for part in ("mode", "type", "name"):
            if (node := block.get(part)) is not None:
                entries[part] = node
        if index is not None:
            entries["index"] = index
        attributes = instance.get("attributes")
        deposed = instance.get("deposed")
        if deposed is not None and string(deposed):
            # It has been replaced already, and waits to be deleted: only its secrets count.
            if attributes is None:
                return None
            entries["deposed_key"] = deposed
        else:
            self.providers[address] = string(block.get("provider"))
        if attributes is None:
            message = f"the attributes of {address} are in the form of Terraform 0.11: `terraform refresh` renews them"
            self.notices.append(Notice(NoticeKind.UNREADABLE, self._path, message, place.at, cause=NoticeCause.PLAN))
            return None
        attributes = _unwrapped(attributes)
        entries["values"] = attributes
        marks = _marks(attributes, [items(path) for path in items(instance.get("sensitive_attributes"))])
        marks = _joined(marks, _declared(attributes, sensitive_names(type)))
        if marks is not None:
            entries["sensitive_values"] = marks
        return _mapping(instance.at, entries)


def _mapping(at: Span, entries: dict[str, Node]) -> Mapping:
    return Mapping(at, None, {name: (_scalar(at, name), node) for name, node in entries.items()})


def _scalar(at: Span, value: str | bool) -> Scalar:
    return Scalar(at, None, value, str(value), Origin(at))


def _unwrapped(attributes: Node) -> Node:
    """Return attributes with the values of those of any type, which a state keeps beside their types."""
    if not isinstance(attributes, Mapping):
        return attributes
    found = {name: (key, _of_any_type(node) or node) for name, (key, node) in attributes.entries.items()}
    return Mapping(attributes.at, None, found)


def _of_any_type(node: Node) -> Node | None:
    """Return the value in an object of a value and its type in cty's notation; None for other nodes."""
    if not isinstance(node, Mapping) or node.entries.keys() != {"value", "type"}:
        return None
    type = node.entries["type"][1]
    first = type.items[0] if isinstance(type, Sequence) and type.items else type
    return node.entries["value"][1] if string(first) in _TYPES else None


def _marks(node: Node, paths: list[list[Node]]) -> Node | None:
    """Return the marks of a value that is sensitive at some paths, in its own shape; None where nothing is marked.

    A path that cannot be followed marks everything from there on.
    """
    if not paths:
        return None
    keys: dict[str, list[list[Node]]] = {}
    for path in paths:
        key = _key(path[0]) if path else None
        if key is None:
            return _scalar(node.at, True)
        keys.setdefault(key, []).append(path[1:])
    match node:
        case Mapping() if node.entries.keys() >= keys.keys():
            marked = {name: _marks(inner, keys.get(name, [])) for name, inner in members(node)}
            return _mapping(node.at, {name: mark for name, mark in marked.items() if mark is not None})
        case Sequence() if all(key.isdecimal() and int(key) < len(node.items) for key in keys):
            made = [_marks(item, keys.get(str(at), [])) for at, item in enumerate(node.items)]
            return Sequence(node.at, None, [mark or _scalar(node.at, False) for mark in made])
        case _:
            return _scalar(node.at, True)


def _key(step: Node) -> str | None:
    """Return the name or the index of a step of a path."""
    value = member(step, "value")
    inner = member(value, "value") if isinstance(value, Mapping) else value
    return inner.text if isinstance(inner, Scalar) else None


def _declared(node: Node, names: frozenset[str]) -> Node | None:
    """Return the marks of the members with some names, at any depth."""
    match node:
        case Mapping():
            made = {
                name: _scalar(inner.at, True) if name in names else _declared(inner, names)
                for name, inner in members(node)
            }
            found = {name: mark for name, mark in made.items() if mark is not None}
            return _mapping(node.at, found) if found else None
        case Sequence():
            marks = [_declared(item, names) for item in node.items]
            return Sequence(node.at, None, [mark or _scalar(node.at, False) for mark in marks]) if any(marks) else None
        case _:
            return None


def _joined(one: Node | None, other: Node | None) -> Node | None:
    """Return the marks of both."""
    match one, other:
        case None, found:
            return found
        case found, None:
            return found
        case Mapping(), Mapping():
            names = dict.fromkeys((*one.entries, *other.entries))
            made = {name: _joined(one.get(name), other.get(name)) for name in names}
            return _mapping(one.at, {name: mark for name, mark in made.items() if mark is not None})
        case Sequence(), Sequence():
            pairs = zip(one.items, other.items, strict=True)
            return Sequence(one.at, None, [_joined(mine, theirs) or mine for mine, theirs in pairs])
        case Scalar(value=True), _:
            return one
        case _, Scalar(value=True):
            return other
        case Scalar(), found:
            return found
        case found, _:
            return found

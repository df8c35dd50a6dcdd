"""What a value refers to in IAM, a role or an instance profile, and in which form: by name, by ARN or not at all."""

from __future__ import annotations

import re

from iplint.aws.identity_types import NAMING_ATTRIBUTES, POLICY_HOLDERS, ROLE_TYPES
from iplint.aws.launch_types import PROFILE_TYPES
from iplint.aws.patterns import wildcard
from iplint.budget import charge
from iplint.resource import ReferenceChange
from iplint.value import HOLE, WHOLE, Absent, Hole, Known, Map, Seq, Text, Unknown, dig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.location import Span
    from iplint.model.links import Links, Names
    from iplint.resource import Resource
    from iplint.value import Ref, Referent, Value

ROLE_NAMES = {type: POLICY_HOLDERS[type].name for type in ROLE_TYPES}
PROFILE_NAMES = {type: name for type, (_, name) in PROFILE_TYPES.items()}
# How both notations write a reference, when quotes have made a literal of it.
_QUOTED = (*(f"{type}." for type in NAMING_ATTRIBUTES if "::" not in type), "!Ref ", "!GetAtt ", "Fn::GetAtt")
# Names with holes are compared where at least so many characters of them are known, and IAM allows no longer ones.
# IAM User Guide, "IAM and AWS STS quotas".
_MIN_KNOWN = 4
_MAX_NAME = 64


class Reference:
    """The target of a value.

    `kind` is "role", "profile" or None when it is unknown. `form` is "name", "arn", "path" (a name after a path, which
    no setting takes), "id" (only used inside IAM), "quoted" (a reference that quotes have turned into a literal),
    "structure" (a list or mapping), or None when it is unknown. `at` is the place of the name, `what` describes the
    target. `is_read` marks what a data source reads. `resource` is the target, or the intended target of a quoted
    reference.
    """

    __slots__ = ("at", "form", "is_read", "kind", "resource", "what")

    def __init__(
        self,
        at: Span,
        kind: str | None,
        form: str | None,
        what: str,
        is_read: bool = False,
        resource: Referent | None = None,
    ) -> None:
        self.at = at
        self.kind = kind
        self.form = form
        self.what = what
        self.is_read = is_read
        self.resource = resource

    @property
    def is_nothing(self) -> bool:
        """Return whether the value certainly refers to neither a role nor a profile."""
        return self.form in ("quoted", "structure")


def resolve_reference(value: Value, links: Links, near: Resource | None = None) -> Reference | None:
    """Return the target of a value of the resource `near`; None when there is no value.

    Where a profile and a role have the same name, the name alone does not decide: `kind` is None.
    """
    if not isinstance(value, Known | Unknown):
        return None
    if value.ref is not None:
        found = _by_reference(value, value.ref, links)
        if found is not None:
            return found
    if not isinstance(value, Known) or not isinstance(value.value, Text):
        # A whole resource in place of its name does not get as far as AWS: Terraform refuses to plan it.
        is_structure = isinstance(value, Known) and isinstance(value.value, Map | Seq) and value.ref is None
        return Reference(value.at, None, "structure" if is_structure else None, "")
    match value.value.pieces:
        case (Hole(value=filling),):
            return resolve_reference(filling, links, near)
        case _:
            return _by_text(value, value.value, links, near)


def named_roles(value: Known[Text] | Unknown, links: Links, near: Resource, is_name: bool) -> Iterator[str]:
    """Yield the addresses of the roles whose names are in a value of the resource `near`, or of the role that it is.

    A name that is only written alike counts where `is_name` says that the value is the name of a role, or of several.
    """
    found = resolve_reference(value, links, near)
    whole = value.ref is not None and value.ref.attribute == WHOLE and value.ref.resource.type in ROLE_NAMES
    by_name = found is not None and found.form == "name" and found.kind != "profile"
    if whole or (by_name and (is_name or value.ref is not None)):
        target = links.target(value, ROLE_NAMES, near)
        if target is not None:
            yield target.address
            return
    if isinstance(value, Unknown) or value.value.starts_with("arn:") is not False:
        return
    start = 0
    items = value.value.flat.split(",")
    for item in items if len(items) > 1 else ():
        charge(1)
        yield from named_roles(Known(value.value.slice(start, start + len(item)), value.at), links, near, is_name)
        start += len(item) + 1
    for piece in value.value.pieces if len(items) == 1 else ():
        if isinstance(piece, Hole) and piece.value.ref is not None:
            yield from named_roles(piece.value, links, near, is_name)


def rewrite_reference(
    named: Reference, form: str, types: Names, holder: Resource, links: Links
) -> ReferenceChange | None:
    """Return the change that makes `named`, in a block of its holder, refer to the same resource in this form.

    None where that resource is of another type, or unknown.
    """
    resource = _unquoted(named, holder, links) if named.form == "quoted" else named.resource
    return reference_change(resource, form, named, holder) if resource is not None and resource.type in types else None


def reference_change(resource: Referent, form: str, named: Reference, holder: Resource) -> ReferenceChange | None:
    """Return the change that replaces a reference by one to another resource.

    None where the resource, or the reference, is in another root or module.
    """
    attributes = NAMING_ATTRIBUTES[resource.type].items()
    attribute = next((attribute for attribute, (_, other) in attributes if other == form), None)
    module, name = _taken_apart(resource)
    if attribute is None or module != _taken_apart(holder)[0]:
        return None
    return ReferenceChange(named.at, holder.block, name, attribute)


def _unquoted(named: Reference, holder: Resource, links: Links) -> Referent | None:
    """Return the resource that a quoted reference would refer to without its quotes."""
    found = re.fullmatch(r'"(?:!(?:Ref|GetAtt) )?(\w+(?:\.[\w-]+(?=\.))?)(?:\.\w+)?"', named.what)
    return links.at(_taken_apart(holder)[0] + found[1]) if found else None


def _taken_apart(resource: Referent) -> tuple[str, str]:
    """Return the address of the module or nested stack of a resource, and its name there."""
    address = resource.address
    start = address.rfind(f"{resource.type}.")
    if start < 0:
        before = re.match(r"(?s)(?:.*\W)?", address)
        start = before.end() if before is not None else 0
    module = address[:start]
    return (module.removesuffix("data."), f"data.{address[start:]}") if resource.data else (module, address[start:])


def _by_reference(value: Known[object] | Unknown, ref: Ref, links: Links) -> Reference | None:
    for link in ref.chain():
        kind, form = NAMING_ATTRIBUTES.get(link.resource.type, {}).get(link.attribute, (None, None))
        if kind is None:
            continue
        resource = link.resource
        shared = form == "name" and kind == "role" and _is_shared(value, resource, links)
        at = _written(value, resource)
        return Reference(at, None if shared else kind, form, resource.address, resource.data, resource)
    return None


def _by_text(value: Known[object], text: Text, links: Links, near: Resource | None) -> Reference:
    what = f'"{text.display}"'
    is_arn = text.starts_with("arn:")
    if is_arn is None:
        return Reference(value.at, None, None, what)
    if is_arn:
        parts = text.flat.split(":", 5)
        path = parts[5] if len(parts) == 6 and parts[2] == "iam" else ""
        kind = "role" if path.startswith("role/") else "profile" if path.startswith("instance-profile/") else None
        return Reference(value.at, kind, "arn", what)
    if any(text.starts_with(start) for start in _QUOTED):
        return Reference(value.at, None, "quoted", what)
    if "/" in text.flat:
        # IAM API Reference, CreateInstanceProfile: the path is not part of the name, and a name has no slash.
        return Reference(value.at, None, "path", what)
    named = Known(text, value.at)
    profile, role = links.target(named, PROFILE_NAMES, near), links.target(named, ROLE_NAMES, near)
    kind = None if (profile is None) == (role is None) else "role" if profile is None else "profile"
    return Reference(value.at, kind, "name", what, resource=(profile or role) if kind is not None else None)


def _is_shared(value: Known[object] | Unknown, role: Referent, links: Links) -> bool:
    """Return whether a declared profile has the name of a role."""
    if isinstance(value, Known) and isinstance(value.value, Text):
        return links.target(Known(value.value, value.at), PROFILE_NAMES) is not None
    declared = links.at(role.address)
    name: Value = Absent(value.at)
    if declared is not None and not declared.data and declared.type in ROLE_NAMES:
        name = dig(declared.properties, ROLE_NAMES[declared.type])
    return links.is_namesake(role, name, PROFILE_NAMES)


def _written(value: Known[object] | Unknown, resource: Referent) -> Span:
    """Return where the reference to a resource is written, on the trail of the value."""
    at = value.at
    block = resource.block
    for step in value.trail:
        if step.at.path == block.path and block.start <= step.at.start < block.end:
            break
        at = step.at
    return at


def name_shape(name: Value) -> str | None:
    """Return the name of a role with a placeholder for each unknown part; None where too little of it is known."""
    match name:
        case Known(Text() as text):
            flat = text.flat
            is_known = bool(flat) if text.plain is not None else len(flat.replace(HOLE, "")) >= _MIN_KNOWN
            return flat if is_known and len(flat) <= _MAX_NAME else None
        case _:
            return None


def possible_name(name: Value) -> str | None:
    """Return the name of a role with a placeholder for each unknown part, however little is known; None for a name
    that AWS generates.
    """
    match name:
        case Known(Text() as text):
            return text.flat if len(text.flat) <= _MAX_NAME else HOLE
        case Unknown():
            return HOLE
        case _:
            return None


def may_be_one_name(one: str, other: str) -> bool:
    """Return whether two names of roles may be the same, in any case: with the same holes, or where the holes of one
    leave it.
    """
    one, other = one.lower(), other.lower()
    if one == other or (HOLE in one) == (HOLE in other):
        return one == other
    pattern, name = (one, other) if HOLE in one else (other, one)
    return wildcard(pattern.replace(HOLE, "*"), name)

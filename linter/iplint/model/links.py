"""How one resource refers to another: by reference, by ARN, or by a name that both write."""

from __future__ import annotations

from iplint.aws.identity_types import NAMING_ATTRIBUTES, POLICY_TYPES
from iplint.model.placement import nearest
from iplint.value import Hole, Known, Text, Unknown, dig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from typing import TypeAlias

    from iplint.resource import Resource
    from iplint.scenario import Scenario
    from iplint.value import Ref, Referent, Value

    Names = Mapping[str, tuple[str, ...]]
    Parts: TypeAlias = tuple[str | tuple[str, str], ...]


# IAM User Guide, "IAM names": they are unique in an account whatever their case.
_OF_IAM = frozenset((*NAMING_ATTRIBUTES, *POLICY_TYPES))


class Links:
    """The resources of one scenario by type and address.

    Resources that this scenario does not create are never returned as targets.
    """

    __slots__ = ("_by_address", "_by_type", "_scenario")

    def __init__(self, resources: Iterable[Resource], scenario: Scenario) -> None:
        self._scenario = scenario
        self._by_type: dict[str, list[Resource]] = {}
        self._by_address: dict[str, Resource] = {}
        for resource in resources:
            self._by_address.setdefault(resource.address, resource)
            if not resource.data:
                self._by_type.setdefault(resource.type, []).append(resource)

    def at(self, address: str) -> Resource | None:
        """Return the resource with this address."""
        return self._by_address.get(address)

    def of_types(self, types: Collection[str]) -> list[Resource]:
        """Return the resources of these types that exist or may exist."""
        return [
            resource
            for type in sorted(types)
            for resource in self._by_type.get(type, ())
            if resource.exists is not False
        ]

    def target(self, value: Value, names: Names, near: Resource | None = None) -> Resource | None:
        """Return the resource that a value refers to; `names` maps the possible types to the path of their name.

        A reference wins, then a reference at the end of an ARN, then the same name in a resource. Of several with that
        name, return the one in the account and region of `near`, the resource that has the value.
        """
        if isinstance(value, Known | Unknown) and value.ref is not None:
            found = self._referred(value.ref, names)
            if found is not None:
                return found
        if isinstance(value, Unknown) and value.identity is not None:
            return nearest(self._names(names).unknown.get(value.identity, ()), near)
        if not isinstance(value, Known) or not isinstance(value.value, Text):
            return None
        name = _after_last_slash(value.value)
        if len(name.pieces) == 1:
            piece = name.pieces[0]
            if isinstance(piece, Hole) and piece.value.ref is not None:
                found = self._referred(piece.value.ref, names)
                if found is not None:
                    return found
            if isinstance(piece, Hole) and piece.value.identity is not None:
                found = nearest(self._names(names).unknown.get(piece.value.identity, ()), near)
                if found is not None:
                    return found
        return self._with_name(name, names, near)

    def _referred(self, ref: Ref, names: Names) -> Resource | None:
        for link in ref.chain():
            if link.resource.type in names:
                found = self._by_address.get(link.resource.address)
                if found is not None and not found.data:
                    return found
                if found is not None:
                    return self.target(dig(found.properties, ("name",)), names, found)
        return None

    def _with_name(self, name: Text, names: Names, near: Resource | None) -> Resource | None:
        index = self._names(names)
        plain = name.plain
        if plain is not None:
            return nearest(index.plain.get(plain) or index.any_case.get(plain.lower()) or (), near)
        return nearest(index.holed.get(_parts(name), ()), near)

    def is_namesake(self, resource: Referent, name: Value, names: Names) -> bool:
        """Return whether one of the resources of `names` is named after a resource, or has the same unknown `name`."""
        index = self._names(names)
        is_same = isinstance(name, Unknown) and name.identity is not None and name.identity in index.unknown
        return is_same or resource.address in index.referred

    def _names(self, names: Names) -> _NameIndex:
        return self._scenario.untracked_memo((self, tuple(names)), lambda: self._index(names))

    def _index(self, names: Names) -> _NameIndex:
        index = _NameIndex()
        for resource in self.of_types(names):
            name = dig(resource.properties, names[resource.type])
            match name:
                case Known(Text() as declared):
                    plain = declared.plain
                    if plain is not None:
                        index.plain.setdefault(plain, []).append(resource)
                        if resource.type in _OF_IAM:
                            index.any_case.setdefault(plain.lower(), []).append(resource)
                    else:
                        index.holed.setdefault(_parts(declared), []).append(resource)
                case Unknown(identity=str(identity)):
                    index.unknown.setdefault(identity, []).append(resource)
                case _:
                    pass
            if isinstance(name, Known | Unknown) and name.ref is not None:
                index.referred.update(link.resource.address for link in name.ref.chain())
        return index


class _NameIndex:
    """Resources by their declared name: names without holes, and others by their parts.

    `referred` are the addresses of resources that names refer to; `unknown` are the resources whose whole name is one
    unknown. `any_case` has the names of IAM in small letters.
    """

    __slots__ = ("any_case", "holed", "plain", "referred", "unknown")

    def __init__(self) -> None:
        self.plain: dict[str, list[Resource]] = {}
        self.any_case: dict[str, list[Resource]] = {}
        self.holed: dict[Parts, list[Resource]] = {}
        self.unknown: dict[str, list[Resource]] = {}
        self.referred: set[str] = set()


def _parts(text: Text) -> Parts:
    """Return the letters between the holes, in however many chunks, and the unknown of each hole.

    Texts with equal parts are certainly equal.
    """
    parts: list[str | tuple[str, str]] = [""]
    for piece in text.pieces:
        last = parts[-1]
        if isinstance(piece, Hole):
            # How a gap is written says what fills it only where nothing else does.
            identity = piece.value.identity
            parts += [("written", piece.label) if identity is None else ("known as", identity), ""]
        elif isinstance(last, str):
            parts[-1] = last + piece.text
    return tuple(parts)


def _after_last_slash(text: Text) -> Text:
    """Return the name at the end of an ARN, or the whole text when it is not an ARN."""
    flat = text.flat
    return text.slice(flat.rfind("/") + 1, len(flat)) if flat.startswith("arn:") and "/" in flat else text

"""The planned values of one resource, including those known only after apply, as values with places and references."""

from __future__ import annotations

from iplint.location import RedactedOrigin, Span
from iplint.syntax.tree import Mapping, Scalar, Sequence
from iplint.terraform.plan.tree import is_marked, is_true, marked, members
from iplint.value import Absent, Chunk, Known, Map, Reason, Seq, Text, Unknown, as_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Generic, Protocol, TypeVar

    from iplint.syntax.tree import Node
    from iplint.terraform.plan.places import Spot
    from iplint.terraform.plan.references import WrittenExpression
    from iplint.value import Lazy, Ref, Value

    P = TypeVar("P")
    P_contra = TypeVar("P_contra", contravariant=True)

    class PlanLookups(Protocol[P_contra]):
        """The look-ups in the whole plan that the values of a part of it need."""

        def version(self, ref: Ref, number: str | None) -> Ref | None:
            """Return the attribute of a launch template that has this version."""
            ...

        def may_depend(self, planned: P_contra, how: WrittenExpression) -> bool:
            """Return whether an expression may refer to anything that is known only after apply."""
            ...

        def ref(self, planned: P_contra, how: WrittenExpression, known: str | None) -> Ref | None:
            """Return the attribute that an expression refers to."""
            ...

        def document(self, ref: Ref, at: Span) -> Value | None:
            """Return the policy document that a reference leads to."""
            ...

        def is_sensitive(self, scalar: Scalar) -> bool:
            """Return whether the plan marks a scalar as sensitive."""
            ...

        def written_at(self, spot: Spot, in_plan: Span) -> None:
            """Record where a value of the plan is written in a file."""
            ...

else:
    from iplint.value import Generic

    P = None


class ValueBuilder(Generic[P]):
    """Build the values of one resource, or of another part of the plan with an address."""

    __slots__ = ("_address", "_plan", "_planned")

    def __init__(self, plan: PlanLookups[P], address: str, planned: P | None = None) -> None:
        self._plan = plan
        self._address = address
        self._planned = planned

    def members(
        self,
        node: Node | None,
        unknown: Node | None,
        how: WrittenExpression,
        spot: Spot | None,
        at: Span,
        path: str = "",
    ) -> Map:
        """Return the members of an object, including those that are known only after apply."""
        written = dict(node.entries) if isinstance(node, Mapping) else {}
        entries: dict[str, tuple[Span, Lazy]] = {}
        for name in (*written, *(name for name, mark in members(unknown) if name not in written and is_marked(mark))):
            key, value = written.get(name, (None, None))
            inner = spot.member(name) if spot is not None else None
            place = inner.at if inner is not None else key.at if key is not None else at
            inside = f"{path}.{name}" if path else name
            entries[name] = place, self.value(value, marked(unknown, name), how.member(name), inner, place, inside)
        self._settle_version(entries)
        return Map(entries)

    def _settle_version(self, entries: dict[str, tuple[Span, Lazy]]) -> None:
        """Mark the version number of a launch template as the version whose content the plan has."""
        if "version" not in entries:
            return
        made = Map(entries)
        version = made.get("version")
        if not isinstance(version, Known) or version.ref is not None:
            return
        for name in made:
            value = made.get(name)
            ref = value.ref if isinstance(value, Known) else None
            found = self._plan.version(ref, as_text(version)) if ref is not None else None
            if found is not None:
                settled = Known(version.value, version.at, version.trail, found)
                entries["version"] = made.key_at("version"), settled

    def value(
        self, node: Node | None, unknown: Node | None, how: WrittenExpression, spot: Spot | None, at: Span, path: str
    ) -> Value:
        """Return the value of a node; `at` is the place of its name, or of its container."""
        if is_true(unknown) or (node is None and is_marked(unknown)):
            return self._unknown(how, spot, at, path)
        match node:
            case Mapping():
                return Known(self.members(node, unknown, how, spot, at, path), at)
            case Sequence(items=[]) | Scalar(value=None) | Scalar(value="") | None:
                # Terraform plugin SDK documentation, Schema Behaviors: it cannot distinguish unset from empty
                # values, and writes the empty value into plans and states.
                return Absent(at)
            case Sequence():
                return Known(self._items(node, unknown, how, spot, at, path), at)
            case Scalar():
                return self.scalar(node, spot, how)

    def _items(
        self, node: Sequence, unknown: Node | None, how: WrittenExpression, spot: Spot | None, at: Span, path: str
    ) -> Seq:
        made: list[Lazy] = []
        for index, item in enumerate(node.items):
            inner = spot.item(index) if spot is not None else None
            place = inner.at if inner is not None else self._place(node, item, at)
            made.append(
                self.value(item, marked(unknown, index), how.item(index, item), inner, place, f"{path}[{index}]")
            )
        return Seq(made)

    def _place(self, node: Sequence, item: Node, at: Span) -> Span:
        """Return where an item is displayed: for the only nested block, the place of its name."""
        if isinstance(item, Scalar):
            return item.at
        return at if len(node.items) == 1 else Span(item.at.source, item.at.start, item.at.start + 1)

    def _unknown(self, how: WrittenExpression, spot: Spot | None, at: Span, path: str) -> Value:
        written = how.written
        if spot is not None and written is not True:
            # The plan does not contain dynamic blocks, the file does.
            written = spot.found if written is None else spot.is_dynamic
        elif written is True and self._planned is not None:
            written = self._plan.may_depend(self._planned, how)
        if written is False:
            # Nobody sets it, so AWS will.
            return Absent(at)
        what = f"{self._address}.{path}"
        reason = Reason(f"{what}, which is known only after apply", at)
        ref = self._plan.ref(self._planned, how, None) if self._planned is not None else None
        document = self._plan.document(ref, at) if ref is not None else None
        return document or Unknown((reason,), at, present=True, ref=ref, identity=what)

    def scalar(self, node: Scalar, spot: Spot | None, how: WrittenExpression) -> Value:
        """Return the value of a text, number or boolean."""
        at = node.at
        if node.value is None:
            return Absent(at)
        if spot is not None:
            at = spot.at
            self._plan.written_at(spot, node.at)
        ref = self._plan.ref(self._planned, how, node.text) if self._planned is not None else None
        if not isinstance(node.value, str):
            return Known(node.value, at, (), ref)
        document = self._plan.document(ref, at) if ref is not None else None
        if document is not None:
            return document
        origin = spot.origin(node.value) if spot is not None else node.origin
        if self._plan.is_sensitive(node):
            origin = RedactedOrigin(origin)
        return Known(Text((Chunk(node.value, origin),)), at, (), ref)

"""The rows: plain words and places, independent of the model.

An unknown is never blank: the row says what decides it.
"""

from __future__ import annotations

from copy import copy

from iplint.finding import LaunchStatus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from iplint.finding import Report
    from iplint.location import Span


class Fact:
    """One fact about a launch: its `value` in a word with a `note`, or what decides it (`unknown`)."""

    __slots__ = ("note", "unknown", "value")

    def __init__(self, value: str = "", *, unknown: str = "", note: str = "") -> None:
        self.value = value
        self.unknown = unknown
        self.note = note

    @property
    def words(self) -> str:
        """Return the fact as text."""
        if self.unknown:
            return f"unknown: {self.unknown}"
        return f"{self.value} ({self.note})" if self.note else self.value


class Thing:
    """A resource, or something that a resource names and that is not declared here.

    `kind` is "launch", "template", "profile", "role" or "policy". `address` and `type` are those of the resource, empty
    when it is not declared here. `name` is its name, empty if unknown. `at` is where it is declared, or else named.
    `unknown` says what decides it, or why no more is known of it; empty when it is declared here.
    """

    __slots__ = ("address", "at", "kind", "name", "type", "unknown")

    def __init__(self, kind: str, at: Span, *, address: str = "", type: str = "", name: str = "", unknown: str = ""):
        self.kind = kind
        self.at = at
        self.address = address
        self.type = type
        self.name = name
        self.unknown = unknown

    @property
    def words(self) -> str:
        """Return its name for readers."""
        return self.address or self.name or f"unknown: {self.unknown}"


class PolicyRow(Thing):
    """A policy of a role.

    `given` is "inline", "managed" or "attached"; `holders` are the addresses of the resources that attach it; `actions`
    are the allowed actions, as written; `places` are its statements, or else its attachment.
    """

    __slots__ = ("actions", "given", "holders", "places")

    def __init__(
        self,
        at: Span,
        given: str,
        *,
        address: str = "",
        type: str = "",
        name: str = "",
        unknown: str = "",
        holders: tuple[str, ...] = (),
        actions: tuple[str, ...] = (),
        places: tuple[Span, ...] = (),
    ) -> None:
        super().__init__("policy", at, address=address, type=type, name=name, unknown=unknown)
        self.given = given
        self.holders = holders
        self.actions = actions
        self.places = places

    @property
    def words(self) -> str:
        """Return its name for readers; an inline policy has its own name."""
        return self.name if self.given == "inline" and self.name else super().words


class LaunchRow:
    """A launch or an unused template, with its profile, role and policies.

    `root` is the path of its root. `profile` is None when there certainly is none, `role` likewise; then there is no
    `trust` either. `named_by` is the address of the resource that names the profile. `exists` is None when it is
    unknown whether the launch is created. `verdict` is "proven", "failed" or "undecided", empty for a template;
    `failed` and `undecided` are the rules that do not pass.
    """

    __slots__ = (
        "exists",
        "failed",
        "hops",
        "key",
        "launch",
        "named_by",
        "policies",
        "profile",
        "role",
        "root",
        "template",
        "tokens",
        "trust",
        "undecided",
        "verdict",
    )

    def __init__(self, root: str, key: str, launch: Thing, exists: bool | None) -> None:
        self.root = root
        self.key = key
        self.launch = launch
        self.exists = exists
        self.template: Thing | None = None
        self.profile: Thing | None = None
        self.named_by = ""
        self.role: Thing | None = None
        self.trust: Fact | None = None
        self.policies: list[PolicyRow] = []
        self.tokens = Fact("not set")
        self.hops = Fact("not set")
        self.verdict = ""
        self.failed: list[str] = []
        self.undecided: list[str] = []


def reconsidered(rows: Iterable[LaunchRow], report: Report) -> list[LaunchRow]:
    """Return the rows of launches, those undecided that were proven in their root and are not beside the others."""
    found: list[LaunchRow] = []
    for row in rows:
        rule = report.reconsidered.get((row.root, row.key))
        if rule is not None:
            row = copy(row)
            row.verdict = LaunchStatus.UNDECIDED
            row.undecided = sorted({*row.undecided, rule})
        found.append(row)
    return found


class Apart:
    """Something that no launch uses, and `why` it is listed."""

    __slots__ = ("root", "thing", "why")

    def __init__(self, root: str, thing: Thing, why: str) -> None:
        self.root = root
        self.thing = thing
        self.why = why


class Inventory:
    """The launches of some roots, the unused templates, and things that no launch uses."""

    __slots__ = ("apart", "launches", "templates")

    def __init__(self) -> None:
        self.launches: list[LaunchRow] = []
        self.templates: list[LaunchRow] = []
        self.apart: list[Apart] = []

    def arrange(self, about: Callable[[str], bool]) -> None:
        """Sort everything by its place, so that the order of discovery does not matter.

        `about` returns whether a file, by its path, is requested; launches that were added already are kept.
        """
        self.templates = [row for row in self.templates if about(row.launch.at.path)]
        self.apart = [one for one in self.apart if about(one.thing.at.path)]
        for rows in (self.launches, self.templates):
            rows.sort(key=lambda row: (row.root, row.launch.at.key(), row.key))
        self.apart.sort(key=lambda one: (one.root, one.thing.at.key(), one.thing.address))

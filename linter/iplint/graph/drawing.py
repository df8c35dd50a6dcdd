"""Drawings, independent of the output format: boxes in columns by kind, lines between them, a group for each root."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from iplint.finding import Finding
    from iplint.inventory.rows import Inventory, LaunchRow, Thing
    from iplint.location import Span
    from iplint.report.masking import Mask

KINDS = ("launch", "template", "profile", "role", "policy")
# How many rules a box names.
_MAX_RULES = 4
# What a box says by its colour, with the sign that says it without.
STATES = {"proven": "\u2713", "failed": "\u2717", "qualified": "\u2248", "undecided": "?", "": ""}


class Box:
    """One box of the drawing.

    `lines` are displayed: the name, the type, then verdicts and rules, last the place. `title` has all that is known.
    `state` is "proven", "qualified", "failed", "undecided" or "" (no findings). `open` boxes are missing, unknown, or
    declared elsewhere.
    """

    __slots__ = ("kind", "lines", "open", "state", "title")

    def __init__(self, kind: str, lines: list[str], title: list[str], state: str, open: bool) -> None:
        self.kind = kind
        self.lines = lines
        self.title = title
        self.state = state
        self.open = open


class Group:
    """The boxes of one root, titled by its path, and the lines between them as pairs of indices, starting at the
    launch.
    """

    __slots__ = ("boxes", "edges", "root")

    def __init__(self, root: str) -> None:
        self.root = root
        self.boxes: list[Box] = []
        self.edges: dict[tuple[int, int], None] = {}


class Drawing:
    """All groups, in order. `left_out` is the number of launches that are not drawn."""

    __slots__ = ("groups", "left_out")

    def __init__(self, groups: list[Group], left_out: int) -> None:
        self.groups = groups
        self.left_out = left_out


class Findings:
    """The findings of a report by address, and by place."""

    __slots__ = ("_by_address", "_by_place")

    def __init__(self, findings: Iterable[Finding]) -> None:
        self._by_address: dict[tuple[str, object], list[Finding]] = {}
        self._by_place: dict[object, list[Finding]] = {}
        for finding in findings:
            self._by_place.setdefault(finding.at.key(), []).append(finding)
            for at in finding.declared:
                self._by_address.setdefault((_block(finding.address), at.key()), []).append(finding)

    def at(self, thing: Thing, places: Sequence[Span]) -> list[Finding]:
        """Return the findings for a thing: at its address, or at its own places."""
        found = list(self._by_address.get((_block(thing.address), thing.at.key()), ()))
        for place in places:
            found += (finding for finding in self._by_place.get(place.key(), ()) if finding not in found)
        return found


def _block(address: str) -> str:
    """Return the address without the index of an instance: a report has one finding for all instances of a block."""
    return address.rpartition("[")[0] if address.endswith("]") else address


def draw(inventory: Inventory, findings: Findings, mask: Mask, most: int | None = None) -> Drawing:
    """Draw the first `most` launches and unused templates, or all."""
    rows = [*inventory.launches, *inventory.templates]
    drawn = sorted(rows, key=lambda row: row.root)[:most]
    artists: dict[str, _Artist] = {}
    for row in drawn:
        if row.root not in artists:
            artists[row.root] = _Artist(Group(mask.where(row.root, None)), findings, mask)
        artists[row.root].add(row)
    groups = [artist.group for artist in artists.values()]
    return Drawing(groups, len(rows) - len(drawn))


def draw_launch(row: LaunchRow, findings: Findings, mask: Mask) -> tuple[Group, list[Finding]]:
    """Draw one launch with what is behind it; return also the findings at its boxes."""
    artist = _Artist(Group(mask.where(row.root, None)), findings, mask)
    artist.add(row)
    return artist.group, artist.found


class _Artist:
    """Draw the rows of one root; what several launches share is drawn once."""

    __slots__ = ("_boxes", "_findings", "_mask", "found", "group")

    def __init__(self, group: Group, findings: Findings, mask: Mask) -> None:
        self.group = group
        self.found: list[Finding] = []
        self._findings = findings
        self._mask = mask
        self._boxes: dict[tuple[object, ...], int] = {}

    def add(self, row: LaunchRow) -> None:
        """Draw a row and its lines: a profile is connected to the launch or template that names it."""
        verdict_lines = [f"fails: {rule}" for rule in row.failed] + [f"undecided: {rule}" for rule in row.undecided]
        facts = [f"session tokens: {row.tokens.words}", f"hop limit: {row.hops.words}"]
        if row.profile is None:
            facts.append("no instance profile")
        if row.exists is None:
            facts.append("whether it is created is unknown")
        rules = [f"{STATES['failed']} {rule}" for rule in row.failed]
        rules += [f"{STATES['undecided']} {rule}" for rule in row.undecided]
        last = self._box(row.launch, [*facts, *verdict_lines], row.verdict, key=row.key, rules=rules or None)
        if row.template is not None:
            template = self._box(row.template, [])
            self._line(last, template)
            if row.profile is not None and row.named_by == row.template.address:
                last = template
        if row.profile is None:
            self._line(last, self._missing(row, "profile", "no instance profile"))
            return
        profile = self._box(row.profile, [] if row.role is not None else ["no role"])
        self._line(last, profile)
        if row.role is None:
            self._line(profile, self._missing(row, "role", "no role"))
            return
        role = self._box(row.role, [f"trusts EC2: {row.trust.words}"] if row.trust is not None else [])
        self._line(profile, role)
        for policy in row.policies:
            facts = [policy.given, *(f"given by {holder}" for holder in policy.holders)]
            facts += [f"allows {action}" for action in policy.actions]
            own = policy.given == "managed"
            box = self._box(policy, facts, places=policy.places, by_address=own or policy.address != row.role.address)
            self._line(role, box)

    def _missing(self, row: LaunchRow, kind: str, name: str) -> int:
        """Return the index of a new box for what a launch lacks."""
        state = "failed" if row.verdict == "failed" else ""
        self.group.boxes.append(Box(kind, [name, "missing", ""], [f"{kind}: none"], state, True))
        return len(self.group.boxes) - 1

    def _line(self, start: int, end: int) -> None:
        self.group.edges[(start, end)] = None

    def _box(
        self,
        thing: Thing,
        facts: list[str],
        verdict: str = "",
        key: str = "",
        places: Sequence[Span] = (),
        by_address: bool = True,
        rules: Sequence[str] | None = None,
    ) -> int:
        """Return the index of the box of a thing, which is drawn when first used."""
        identity = (thing.kind, thing.address, key or thing.name, thing.unknown, thing.at.key())
        if identity in self._boxes:
            return self._boxes[identity]
        found = self._findings.at(thing, places) if by_address else self._findings.at(_nameless(thing), places)
        self.found += found
        verdicts = {finding.verdict for finding in found}
        state = verdict or ("failed" if "fail" in verdicts else "undecided" if "undecided" in verdicts else "")
        place = self._mask.where(thing.at.path, thing.at)
        name = thing.words
        kind = thing.type or f"{thing.kind}, {'not declared here' if thing.name else 'unknown'}"
        if rules is None:
            rules = [f"{STATES['failed' if finding.is_failure else 'undecided']} {finding.rule}" for finding in found]
        lines = [name, kind, *([f"{STATES[state]} {state}"] if verdict else []), *_first(rules), place]
        title = [
            f"{thing.kind} {name}",
            *([f"named {thing.name}"] if thing.name and thing.name != name else []),
            kind,
            place,
            *([f"unknown: {thing.unknown}"] if thing.unknown and thing.unknown not in name else []),
            *facts,
            *(f"{finding.rule}: {finding.message}" for finding in found),
        ]
        box = Box(
            thing.kind,
            [self._mask.plain(line) for line in lines],
            [self._mask.plain(line) for line in title],
            state,
            bool(thing.unknown) or (not thing.address and thing.kind != "policy"),
        )
        self._boxes[identity] = len(self.group.boxes)
        self.group.boxes.append(box)
        return self._boxes[identity]


def _first(rules: Sequence[str]) -> list[str]:
    """Return the first rules, each once, and how many more there are."""
    named = list(dict.fromkeys(rules))
    more = len(named) - _MAX_RULES
    return named if more <= 0 else [*named[:_MAX_RULES], f"and {more} more {'rule' if more == 1 else 'rules'}"]


def _nameless(thing: Thing) -> Thing:
    """Return the same thing without its address, which is that of its container."""
    from iplint.inventory.rows import Thing as Row

    return Row(thing.kind, thing.at)

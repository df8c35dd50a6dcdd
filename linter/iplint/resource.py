"""The common result of all readers: resources with lazy properties, and the texts of a root."""

from __future__ import annotations

from enum import StrEnum
from functools import partial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Protocol, TypeAlias

    from iplint.location import Source, Span
    from iplint.scenario import Again, Scenario
    from iplint.secret import Secret
    from iplint.value import Step, Text, Value


class Placement:
    """Where a Terraform resource is created: by which provider configuration, and in which region.

    `provider` identifies the configuration, None where that is unknown; `settings` are its arguments. `region` is
    absent where neither the resource nor the configuration sets one. `after` are the addresses of what the resource
    says to be created after.
    """

    __slots__ = ("after", "provider", "region", "settings")

    def __init__(self, provider: str | None, settings: Value, region: Value, *, after: tuple[str, ...] = ()) -> None:
        self.after = after
        self.provider = provider
        self.settings = settings
        self.region = region


class Resource:
    """One resource of a root in one scenario.

    `type` and `address` are as the notation names them, addresses from the root on (`module.app.aws_instance.web[0]`).
    `at` is the place of its name, `block` the whole of it. `properties` are evaluated when first used. `calls` lead
    from the resource to the root: the module calls or nested stacks around it, innermost first. `data` marks a
    Terraform data source. `construct` is the path of the CDK construct that generated the resource. `is_imported` says
    that it was there, with other content, before the root declared it.
    """

    __slots__ = (
        "_exists",
        "_placement",
        "_properties",
        "address",
        "at",
        "block",
        "calls",
        "construct",
        "data",
        "is_imported",
        "type",
    )

    def __init__(
        self,
        type: str,
        address: str,
        at: Span,
        block: Span,
        properties: Callable[[], Value],
        exists: Callable[[], bool | None],
        calls: tuple[Step, ...] = (),
        data: bool = False,
        construct: str | None = None,
        placement: Callable[[], Placement] | None = None,
        is_imported: bool = False,
    ) -> None:
        self.type = type
        self.address = address
        self.at = at
        self.block = block
        self.calls = calls
        self.construct = construct
        self.data = data
        self.is_imported = is_imported
        self._properties = properties
        self._exists = exists
        self._placement = placement

    @property
    def placement(self) -> Placement | None:
        """Return where it is created; None where all resources of the root are in one account and region."""
        return self._placement() if self._placement is not None else None

    @property
    def properties(self) -> Value:
        """Return the properties or arguments, a Map when they are readable."""
        return self._properties()

    @property
    def exists(self) -> bool | None:
        """Return whether this scenario creates it; None when that is unknown."""
        return self._exists()

    def __repr__(self) -> str:
        return f"<{self.type} {self.address}>"


def unnamed(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of a text which is somewhere below `names` without a name of its own: its last name is empty."""
    return names if names and not names[-1] else (*names, "")


class TextOccurrence:
    """One text of a root, wherever it is, for the search for keys; or the value in its place.

    `names` are the names that lead to it, outermost first: the keys or block types, and, where a list of named values
    contains it, the kind and the name beside it. `holder` is the address of what contains it, `holder_type` its
    resource type (empty if it is not a resource). `again` makes the value in another scenario, where inputs were
    read for it.
    """

    __slots__ = ("again", "holder", "holder_type", "names", "value")

    def __init__(
        self,
        value: Value,
        names: tuple[str, ...],
        holder: str,
        holder_type: str,
        *,
        again: Again | None = None,
    ) -> None:
        self.value = value
        self.names = names
        self.holder = holder
        self.holder_type = holder_type
        self.again = again


class Passing(StrEnum):
    """How the result of a function contains the texts of its arguments."""

    NONE = "none"  # not at all: a length, a digest, an answer
    SAME = "same"  # it is one of them
    MEMBERS = "members"  # as members of a collection or a document; each is searched where it is written
    TOGETHER = "together"  # whole, in one text
    PART = "part"  # in parts, or in other letters
    ENCODED = "encoded"  # encoded, or decoded


class Passed:
    """Which arguments of a function have texts that its result contains, and how; all of them where `of` is None."""

    __slots__ = ("how", "of")

    def __init__(self, how: Passing, of: tuple[int, ...] | None = None) -> None:
        self.how = how
        self.of = of

    def has(self, index: int) -> bool:
        """Return whether the result contains the texts of the argument at `index`."""
        return self.how is not Passing.NONE and (self.of is None or index in self.of)


def joined_comments(source: Source, ranges: Iterable[tuple[int, int]]) -> Iterator[Text]:
    """Yield the comments in some ranges of a source; those with only white space between are lines of one text."""
    from iplint.location import Span, Verbatim
    from iplint.value import Chunk, Text

    pieces: list[Chunk] = []
    last = 0
    for start, end in ranges:
        if pieces and source.text[last:start].strip():
            yield Text(tuple(pieces))
            pieces = []
        text = source.text[last if pieces else start : end]
        pieces.append(Chunk(text, Verbatim(Span(source, end - len(text), end))))
        last = end
    if pieces:
        yield Text(tuple(pieces))


class NoticeKind(StrEnum):
    """The kind of a notice: why something was not checked."""

    UNREADABLE = "unreadable"  # a file, a block, or what lies beyond a limit: exit status 3, and nothing is proven
    UNRESOLVED = "unresolved"  # a reference that leads nowhere: what depends on it is undecided
    UNSUPPORTED = "unsupported"  # something that iplint does not check
    INTERNAL = "internal"  # a defect of iplint or of a custom rule: exit status 3


class NoticeCause(StrEnum):
    """The precise cause of a notice, by which notices are counted and accepted."""

    UNREAD = "unread"
    INVALID = "not-deployable"
    DEFECT = "defect"
    RULE = "custom-rule"
    MODULE = "missing-module"
    TEMPLATE = "missing-template"
    FILE = "missing-file"
    DECLARATION = "not-declared"
    DOUBLED = "declared-twice"
    VALUES = "values-not-given"
    COMBINATIONS = "too-many-combinations"
    MACRO = "not-expanded"
    FUNCTION = "unknown-function"
    LAUNCH = "unsupported-launch"
    TOOL = "other-tool"
    PLAN = "incomplete-plan"
    REVISION = "earlier-revision"
    SKIPPED = "not-searched"
    OTHER = "other"


class Notice:
    """Something that was not checked. `at` is None where only the path is known.

    If it `unsettles` the root, anything that was read may be different when it is deployed: nothing is proven. A notice
    that `decides` leaves a verdict undecided; one that is `accepted`, by the configuration or the baseline, is not
    reported again.
    """

    __slots__ = ("accepted", "at", "cause", "decides", "kind", "message", "path", "unsettles")

    def __init__(
        self,
        kind: NoticeKind,
        path: str,
        message: str,
        at: Span | None = None,
        *,
        cause: NoticeCause | None = None,
        unsettles: bool = False,
        decides: bool = False,
    ) -> None:
        self.kind = kind
        self.path = path
        self.message = message
        self.at = at
        self.cause = cause or _CAUSES.get(kind, NoticeCause.OTHER)
        self.unsettles = unsettles
        self.decides = decides
        self.accepted = False

    @property
    def is_fatal(self) -> bool:
        """Return whether the check is incomplete because of this: exit status 3."""
        return self.kind in (NoticeKind.UNREADABLE, NoticeKind.INTERNAL)


# The causes of notices that give none.
_CAUSES = {NoticeKind.UNREADABLE: NoticeCause.UNREAD, NoticeKind.INTERNAL: NoticeCause.DEFECT}


def exceeded(path: str) -> Notice:
    """Return the notice for a root that exceeds its budget."""
    message = "resolving this takes more steps or memory than iplint allows; the rest is not checked"
    return Notice(NoticeKind.UNREADABLE, path, message)


class Change:
    """The fix of a finding, in any notation; the subclasses say how.

    `at` is the place to change, or to add to. `risk` describes, when read in the default scenario, what the change may
    break; "" when nothing is known to break. `reveals` are the rules that yield nothing for the resource until this is
    fixed, and may afterwards.
    """

    __slots__ = ("at", "reveals", "risk")

    def __init__(self, at: Span, risk: Callable[[], str] = lambda: "", reveals: tuple[str, ...] = ()) -> None:
        self.at = at
        self.risk = risk
        self.reveals = reveals

    def frozen_risk(self) -> str:
        """Compute the risk now and keep it, so that nothing of the scenario is kept alive for it."""
        risk = self.risk()
        self.risk = partial(str, risk)  # which can be sent to another process
        return risk

    def key(self) -> tuple[object, ...]:
        """Return a key that is equal for changes that write the same at the same place."""
        return type(self).__name__, self.at.key()


class RecordedChange(Change):
    """A change of which only the key is known: it can be compared with others, but not made."""

    __slots__ = ("_key",)

    def __init__(self, at: Span, key: tuple[object, ...]) -> None:
        super().__init__(at)
        self._key = key

    def key(self) -> tuple[object, ...]:
        """See Change.key."""
        return self._key


class SettingChange(Change):
    """Set another value: `value` at `path` below the properties of a resource of this `type`.

    `path` names properties or blocks, outermost first. `beside` are further settings (name and value) that a block
    needs when it has to be created for this one; where it `is_member`, the container is the list member that has these
    settings.
    """

    __slots__ = ("beside", "is_member", "path", "type", "value")

    def __init__(
        self,
        resource: Resource,
        path: tuple[str, ...],
        value: bool | int | str,
        beside: tuple[tuple[str, str], ...] = (),
        risk: Callable[[], str] = lambda: "",
        is_member: bool = False,
    ) -> None:
        super().__init__(resource.block, risk)
        self.type = resource.type
        self.path = path
        self.value = value
        self.beside = beside
        self.is_member = is_member

    def key(self) -> tuple[object, ...]:
        """See Change.key."""
        return (*super().key(), self.path[0], len(self.path), self.value)


class ReferenceChange(Change):
    """Replace the value at `at`, in the block `around` of a resource, by a reference to `attribute` of resource `name`.

    `name` is its logical id, or type and name, with the index of an instance if that has one.
    """

    __slots__ = ("around", "attribute", "name")

    def __init__(self, at: Span, around: Span, name: str, attribute: str) -> None:
        super().__init__(at)
        self.around = around
        self.name = name
        self.attribute = attribute

    def key(self) -> tuple[object, ...]:
        """See Change.key."""
        return (*super().key(), self.name.partition("[")[0], self.attribute)


class TextChange(Change):
    """Replace the text at `at` by `text`; where it `is_more`, make it a list of the old text and `text`."""

    __slots__ = ("is_more", "text")

    def __init__(
        self,
        at: Span,
        text: str,
        is_more: bool = False,
        risk: Callable[[], str] = lambda: "",
        reveals: tuple[str, ...] = (),
    ) -> None:
        super().__init__(at, risk, reveals)
        self.text = text
        self.is_more = is_more

    def key(self) -> tuple[object, ...]:
        """See Change.key."""
        return (*super().key(), self.text, self.is_more)


class RenameChange(Change):
    """Rename the setting whose name is at `at` to `name`; where it `is_single`, replace its list by its only value."""

    __slots__ = ("is_single", "name")

    def __init__(self, at: Span, name: str, is_single: bool = False) -> None:
        super().__init__(at)
        self.name = name
        self.is_single = is_single

    def key(self) -> tuple[object, ...]:
        """See Change.key."""
        return (*super().key(), self.name)


# What is in every text that says to ignore anything.
MARK = "iplint"


class SuppressedBy(StrEnum):
    """What suppresses a finding."""

    COMMENT = "comment"  # a comment or metadata of the template
    BASELINE = "baseline"
    SINCE = "since"  # it is older than the revision to compare with
    CONFIGURATION = "configuration"


class Ignore:
    """A suppression in a template: the `rules` by name, the reason, and the expiry date.

    `at` is its place, `covered` the part of the source that it applies to; None when it is invalid, which `problem`
    describes. `until` is the date as written (ISO 8601), the last day on which it applies. `by` says what
    else suppresses a finding in the same way.
    """

    __slots__ = ("at", "by", "covered", "problem", "reason", "rules", "until", "used")

    def __init__(
        self,
        at: Span,
        covered: Span | None,
        rules: tuple[str, ...] = (),
        reason: str = "",
        until: str | None = None,
        problem: str | None = None,
        *,
        by: SuppressedBy = SuppressedBy.COMMENT,
    ) -> None:
        self.at = at
        self.by = by
        self.covered = covered
        self.rules = rules
        self.reason = reason
        self.until = until
        self.problem = problem
        self.used = False


def keep_all(text: str, names: tuple[str, ...], holder: str, holder_type: str) -> bool:
    """Return false: a CanSkip that keeps all texts."""
    del text, names, holder, holder_type
    return False


if TYPE_CHECKING:
    # Whether nothing that is looked for can be found in a text, given what else makes a TextOccurrence of it.
    CanSkip: TypeAlias = Callable[[str, tuple[str, ...], str, str], bool]

    class Root(Protocol):
        """What is deployed together: a template, or a root module with the modules it calls."""

        path: str
        notices: list[Notice]
        library: bool

        def resources(self, scenario: Scenario) -> list[Resource]:
            """Return the resources in the order of the text, those that this scenario does not create included."""
            ...

        def unread_parts(self, scenario: Scenario) -> Iterator[Resource]:
            """Yield what is deployed and was not read, so that it may do anything with what it is given: modules and
            nested templates that are not here, resources that other code or a registry defines.

            Their properties are what they are given.
            """
            ...

        def failed_assertion(self, scenario: Scenario) -> Step | None:
            """Return the assertion about inputs that a scenario breaks, so that it is never deployed; None if it breaks
            none.

            What decides that counts as read only where there is one.
            """
            ...

        def text_occurrences(self, scenario: Scenario, silent: CanSkip = ...) -> Iterator[TextOccurrence]:
            """Yield every text of the root, in the order of the text, branches not taken included.

            Texts that are written out may be left out where `silent` holds.
            """
            ...

        def secrets(self, scenario: Scenario) -> Iterator[Secret]:
            """Yield what is declared to be secret: the values of sensitive inputs, as far as the files hold them."""
            ...

        def may_refer_to(self, resource: Resource, scenario: Scenario, beside: Sequence[Resource] = ()) -> bool:
            """Return whether anything but the resource itself refers to it: other resources, outputs, what is not read.

            What is in the resources of `beside` does not count.
            """
            ...

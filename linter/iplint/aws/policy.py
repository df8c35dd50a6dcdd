"""IAM policy documents: their statements and what they grant.

Facts: IAM User Guide, "IAM JSON policy elements reference", "AWS JSON policy elements: Principal", "IAM roles for
Amazon EC2"; EC2 User Guide, "IAM roles for Amazon EC2".
"""

from __future__ import annotations

from functools import lru_cache

from iplint.aws.actions import EVERYTHING, IAM_WRITES, TARGETS, service_targets
from iplint.aws.conditions import Narrowing, narrowing
from iplint.aws.patterns import OPAQUE, ResourcePattern, held, hold_together, is_named, resource_pattern, wildcard
from iplint.budget import charge
from iplint.syntax.partial import parse_json
from iplint.value import (
    HOLE,
    Absent,
    Known,
    Map,
    Reason,
    Seq,
    Text,
    Unknown,
    charge_nested,
    dig,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from iplint.location import Span
    from iplint.value import Value

    # A pattern of actions in small letters, and whether it has holes.
    Pattern = tuple[str, bool]

EC2_SERVICES = ("ec2.amazonaws.com", "ec2.amazonaws.com.cn")
# What only a pattern of every action matches.
EVERY_ACTION = "?*:?*"
# What the ARN of an AWS managed policy has in it, in any partition.
OF_AWS = ":iam::aws:policy/"
# A resource with any name.
NAMED = ResourcePattern(OPAQUE, OPAQUE)
# What a pattern, or a statement, costs that is looked at, in steps of the budget.
_STEPS = 4


class Statement:
    """One statement of a policy document; `at` is the place of the statement.

    `has_literals` says that `${...}` in it is plain text and no policy variable: the version of the policy has none.
    """

    __slots__ = (
        "_actions",
        "_covered",
        "_every_action",
        "_held",
        "_members",
        "_names_any",
        "_narrowing",
        "_resources",
        "_services",
        "_texts",
        "_written",
        "at",
        "has_literals",
    )

    def __init__(self, members: Value, at: Span, *, has_literals: bool = False) -> None:
        self._members = members
        self.has_literals = has_literals
        self._texts: dict[str, list[Known[Text] | Unknown]] = {}
        self._actions: dict[str, ActionPatterns] = {}
        self._resources: dict[str, list[ResourcePattern | None]] = {}
        self._covered: dict[str, bool | None] = {}
        self._held: dict[str, bool | None] = {}
        self._narrowing: Narrowing | None = None
        self._written: list[str] | None = None
        self._every_action: tuple[bool | None] | None = None
        self._services: frozenset[str] | None = None
        self._names_any = False
        self.at = at

    def element(self, name: str) -> Value:
        """Return the element called `name`, Absent when the statement has none."""
        return _element(self._members, name)

    def texts(self, name: str) -> list[Known[Text] | Unknown]:
        """Return the strings of the element called `name`."""
        found = self._texts.get(name)
        if found is None:
            found = self._texts[name] = texts(self.element(name))
        return found

    def _is_by_exception(self, name: str) -> bool:
        """Return whether only the excluding element (such as NotAction) applies; the including one may be present and
        empty.
        """
        return not self.texts(name) and bool(self.texts(f"Not{name}"))

    @property
    def allows(self) -> bool | None:
        """Return whether the effect is Allow."""
        return _is(self.element("Effect"), "Allow")

    @property
    def denies(self) -> bool | None:
        """Return whether the effect is Deny."""
        return _is(self.element("Effect"), "Deny")

    @property
    def narrowing(self) -> Narrowing:
        """Return how the condition narrows the statement for the role of an instance."""
        if self._narrowing is None:
            self._narrowing = narrowing(self.element("Condition"))
        return self._narrowing

    @property
    def is_conditional(self) -> bool:
        """Return whether the statement has a condition, known or unknown."""
        match self.element("Condition"):
            case Known(Map() as conditions):
                return len(conditions) > 0 or conditions.more is not None
            case Absent():
                return False
            case Known() | Unknown():
                return True

    @property
    def names_principals(self) -> bool:
        """Return whether the statement has principals, so that it is in a resource-based policy."""
        return not isinstance(self.element("Principal"), Absent) or not isinstance(self.element("NotPrincipal"), Absent)

    @property
    def grants(self) -> bool | None:
        """Return whether the statement is meant to allow.

        IAM rejects a statement without an effect, or with `allow`; its author did not mean to deny.
        """
        match self.element("Effect"):
            case Absent():
                return True
            case Known(Text() as text) if text.flat.lower() == "allow":
                return True
            case _:
                return self.allows

    @property
    def is_broad(self) -> bool | None:
        """Return whether the statement covers every action on every resource, except excluded actions and resources."""
        # The resources are asked for last, so that what decides those of an ordinary statement does not count.
        actions = self.is_on_every_action
        return False if actions is False else _and(actions, self.covers_resource(EVERYTHING))

    @property
    def opens_iam(self) -> bool | None:
        """Return whether the statement covers a privilege-raising action (IAM_WRITES) on every resource of its kind."""
        return self.may_speak_of(("iam",)) and _any(self.covers(action) for action in IAM_WRITES)

    @property
    def is_all_of_iam(self) -> bool | None:
        """Return whether the statement covers every privilege-raising action on every resource of its kind."""
        return self.may_speak_of(("iam",)) and _all(self.covers(action) for action in IAM_WRITES)

    @property
    def is_on_everything(self) -> bool | None:
        """Return whether the statement covers every resource, except excluded ones."""
        return self.covers_resource(EVERYTHING)

    def may_speak_of(self, services: Container[str]) -> bool:
        """Return whether the statement may cover an action of these services, by the start of each pattern only."""
        named = self.named_services
        return named is None or any(service in services for service in named)

    @property
    def named_services(self) -> frozenset[str] | None:
        """Return the services whose actions the statement may cover, by the start of each pattern; None for any."""
        if self._is_by_exception("Action"):
            return None
        charge(_STEPS)
        if self._services is None:
            # A pattern that is not known may be of any service, as one that starts with a wildcard.
            starts = [text.value.plain if isinstance(text, Known) else None for text in self.texts("Action")]
            self._services = frozenset("*" if start is None else start.partition(":")[0].lower() for start in starts)
            self._names_any = any("*" in service or "?" in service for service in self._services)
        return None if self._names_any else self._services

    def action_patterns(self) -> list[str]:
        """Return the actions as written, in lower case, without those that have holes; empty for NotAction."""
        if self._written is None:
            self._written = [
                plain.lower()
                for text in self.texts("Action")
                if isinstance(text, Known) and (plain := text.value.plain) is not None
            ]
        charge(_STEPS)
        return self._written

    @property
    def is_on_every_action(self) -> bool | None:
        """Return whether the statement covers every action, except excluded ones."""
        if self._every_action is None:
            self._every_action = (self._is_on_every_action(),)
        return self._every_action[0]

    def _is_on_every_action(self) -> bool | None:
        if self._is_by_exception("Action"):
            return _not(_any(_is_every_action(text) for text in self.texts("NotAction")))
        if is_every_action(self.action_patterns()):
            return True
        return _any(_is_every_action(text) for text in self.texts("Action"))

    def covers_action(self, action: str) -> bool | None:
        """Return whether the statement covers `action` (`sts:AssumeRole`), with wildcards and NotAction."""
        if action not in self._covered:
            excepted = self._is_by_exception("Action")
            matched = self._action_patterns("NotAction" if excepted else "Action").match(action.lower())
            self._covered[action] = _not(matched) if excepted else matched
        return self._covered[action]

    def _action_patterns(self, name: str) -> ActionPatterns:
        found = self._actions.get(name)
        if found is None:
            found = self._actions[name] = ActionPatterns(self.texts(name))
        return found

    def resources(self, name: str = "Resource") -> list[ResourcePattern | None]:
        """Return the resources of an element as patterns; None for an unknown one."""
        found = self._resources.get(name)
        if found is None:
            excludes = bool(self.denies) == (name == "Resource")
            found = self._resources[name] = [_resource(text, self.has_literals, excludes) for text in self.texts(name)]
        return found

    @property
    def names_resources(self) -> bool:
        """Return whether the statement lists the resources it covers, not the ones it excludes."""
        return not self._is_by_exception("Resource")

    def covers_resource(self, target: str) -> bool | None:
        """Return whether the statement covers the resources of a pattern, with wildcards; with NotResource, some of
        them.
        """
        if target not in self._held:
            self._held[target] = self._covers_resource(target)
        return self._held[target]

    def _covers_resource(self, target: str) -> bool | None:
        if self.names_resources:
            if isinstance(self.element("Resource"), Absent) and self.grants and not self.names_principals:
                # IAM rejects a policy of an identity without resources; its author did not mean to grant nothing.
                return True
            charge(_STEPS * len(self.texts("Resource")))
            return held(self.resources(), target)
        charge(_STEPS * len(self.texts("NotResource")))
        return _not(held(self.resources("NotResource"), target))

    def covers(self, action: str) -> bool | None:
        """Return whether the statement covers `action` on every resource that it applies to; in IAM, every one of its
        kind.
        """
        covered = self.covers_action(action)
        if covered is False:
            return False
        return _and(covered, _all(self.covers_resource(target) for target in targets(action)))

    def place(self, action: str) -> Span | None:
        """Return where the statement names an action; `action` may be a pattern."""
        for text in self.texts("Action"):
            if isinstance(text, Known) and wildcard(text.value.flat.lower(), action.lower()):
                return text.at
        for element in ("Action", "NotAction"):
            if written := self.texts(element):
                return written[0].at
        return None

    @property
    def is_narrowed_for_good(self) -> bool:
        """Return whether the condition certainly leaves only some resources, or nothing."""
        return self.narrowing in (Narrowing.SOME_RESOURCES, Narrowing.NEVER_MET)

    @property
    def is_out_of_reach(self) -> bool:
        """Return whether an instance can never meet the condition."""
        return self.narrowing is Narrowing.NEVER_MET


class ActionPatterns:
    """The actions of an element: by service, and those that may belong to several services."""

    __slots__ = ("_by_service", "_has_unknown", "_others")

    def __init__(self, written: list[Known[Text] | Unknown]) -> None:
        self._by_service: dict[str, list[Pattern]] = {}
        self._others: list[Pattern] = []
        self._has_unknown = False
        for text in written:
            if isinstance(text, Unknown):
                self._has_unknown = True
                continue
            flat = text.value.flat
            pattern = (flat.replace(HOLE, "*").lower(), HOLE in flat)
            service, found, _ = pattern[0].partition(":")
            is_of_one = found and not {"*", "?"}.intersection(service)
            (self._by_service.setdefault(service, []) if is_of_one else self._others).append(pattern)

    def match(self, action: str) -> bool | None:
        """Return whether one of the patterns matches an action in lower case; None when an unknown decides."""
        own = self._by_service.get(action.partition(":")[0])
        patterns = [*own, *self._others] if own is not None else self._others
        charge(1 + len(patterns))
        matched: bool | None = None if self._has_unknown else False
        for written, has_holes in patterns:
            if wildcard(written, action):
                if not has_holes:
                    return True
                matched = None
        return matched


def _resource(text: Known[Text] | Unknown, is_literal: bool, excludes: bool) -> ResourcePattern | None:
    """Return a resource as a pattern; None where it may be anything."""
    if isinstance(text, Unknown):
        return NAMED if is_named(text) else None
    return resource_pattern(text.value, is_literal=is_literal, excludes=excludes)


def targets(action: str) -> tuple[str, ...]:
    """Return the resources on which an action must be allowed to be allowed on everything that it applies to."""
    return TARGETS.get(action, (EVERYTHING,))


def mean_together(statements: Iterable[Statement], action: str, target: str) -> bool | None:
    """Return whether the statements together cover an action on everything that a resource pattern matches.

    For a statement with NotResource, some of these resources are enough.
    """
    alone: list[bool | None] = [False]
    named: list[Statement] = []
    for statement in statements:
        covered = statement.covers_action(action)
        if covered is False:
            continue
        alone.append(_and(covered, statement.covers_resource(target)))
        if alone[-1]:
            return True
        if covered and statement.names_resources:
            named.append(statement)
    if len(named) > 1:
        alone.append(held([pattern for statement in named for pattern in statement.resources()], target))
    return _any(alone)


def mean_wholly(statements: Iterable[Statement], action: str, target: str) -> bool:
    """Return whether the statements together certainly cover an action on everything that a pattern matches."""
    named: list[str] = []
    excepting: list[list[str]] = []
    for statement in statements:
        if not statement.covers_action(action):
            continue
        if statement.names_resources:
            named += [pattern.certain for pattern in statement.resources() if pattern is not None]
        elif None not in (excepted := statement.resources("NotResource")):
            excepting.append([pattern.possible.replace(OPAQUE, "*") for pattern in excepted if pattern is not None])
    return hold_together(named, target, excepting)


class Limits:
    """What the denials and the boundary of an identity leave of what its policies allow.

    `broad` says that they leave everything except named actions; `iam` are the privilege-raising actions that they
    leave; `uncertain` says that an unknown may remove more. `boundary` are the statements of the boundary, None when
    there is none or it is unknown. Conditional denials are exceptions, not limits.
    """

    __slots__ = ("_boundary", "_denials", "_left", "broad", "iam", "uncertain")

    def __init__(self, own: list[Statement], boundary: list[Statement] | None, uncertain: bool = False) -> None:
        self._denials = [statement for statement in own if statement.denies and not statement.is_conditional]
        self._boundary = None if boundary is None else [statement for statement in boundary if statement.grants]
        self._left: dict[str, bool] = {}
        self.broad = not any(statement.is_broad for statement in self._denials) and (
            self._boundary is None or any(statement.is_broad for statement in self._boundary)
        )
        self.iam = tuple(action for action in IAM_WRITES if self.leave(action))
        self.uncertain = uncertain or any(statement.denies is None for statement in own)

    def leave(self, action: str) -> bool:
        """Return whether an action is certainly left on every resource that it applies to, except some."""
        left = self._left.get(action)
        if left is None:
            left = self._left[action] = self._leave(action)
        return left

    def _leave(self, action: str) -> bool:
        if not self._denials and self._boundary is None:
            return True
        # Of an action whose resources are not known here a denial with exceptions leaves nothing certain.
        denied = mean_wholly if action in TARGETS else mean_together
        needed = targets(action)
        if any(denied(self._denials, action, target) for target in needed):
            return False
        return self._boundary is None or all(
            mean_together(self._boundary, action, target) is not False for target in needed
        )

    def denying(self, action: str) -> Iterator[Statement]:
        """Yield the statements that certainly deny an action, on whatever resources they name."""
        return (statement for statement in self._denials if statement.covers_action(action))

    def leave_service(self, service: str) -> bool:
        """Return whether every action of a service is certainly left on every resource, except some."""
        action = f"{service}:*"
        needed = (EVERYTHING, *service_targets(service))
        if any(mean_together(self._denials, action, target) for target in needed):
            return False
        return self._boundary is None or any(
            mean_together(self._boundary, action, target) is not False for target in needed
        )


class Document:
    """The statements of a policy document. `more` is the reason why there may be other or changed statements, None if
    there is none.
    """

    __slots__ = ("at", "more", "statements")

    def __init__(self, statements: list[Statement], more: Unknown | None, at: Span) -> None:
        self.statements = statements
        self.more = more
        self.at = at


def document(value: Value) -> Document:
    """Return the policy document in a value: a mapping, a list of statements, or the JSON text of either."""
    match value:
        case Known(Text() as text):
            inner = parse_json(text) if text.encodes is not None else _parsed(text)
            if isinstance(inner, Document):
                return inner
            if isinstance(inner, Known) and isinstance(inner.value, Map):
                return document(inner)
            if isinstance(inner, Unknown):
                return Document([], Unknown(text.reasons or inner.reasons, value.at), value.at)
            return Document(
                [], Unknown((Reason("a text that is not a policy document", value.at),), value.at), value.at
            )
        case Known(Map()):
            return _from_statements(_element(value, "Statement"), value.at, has_literals=_has_literals(value))
        case Known(Seq()):
            return _from_statements(value, value.at)
        case Absent():
            return Document([], None, value.at)
        case Unknown():
            return Document([], value, value.at)
        case Known():
            reason = Reason("a value that is not a policy document", value.at)
            return Document([], Unknown((reason,), value.at), value.at)


@lru_cache(256)
def _parsed(text: Text) -> Document | Value:
    """Return the policy document in a literal text, or else its JSON value. The result is cached, because each rule
    asks for it.
    """
    inner = parse_json(text)
    return document(inner) if isinstance(inner, Known) and isinstance(inner.value, Map) else inner


def _has_literals(policy: Value) -> bool:
    """Return whether what looks like a variable is a plain text, as in all versions of the language but the latest.

    Source: IAM User Guide, "IAM JSON policy elements: Version": without one, it is 2008-10-17.
    """
    match _element(policy, "Version"):
        case Absent():
            return True
        case Known(Text() as version):
            return version.equals("2008-10-17") is True
        case _:
            return False


# IAM User Guide, "IAM JSON policy elements reference".
_ELEMENTS = frozenset(
    (
        *("Version", "Id", "Statement", "Sid", "Effect", "Principal", "NotPrincipal"),
        *("Action", "NotAction", "Resource", "NotResource", "Condition"),
    )
)


def _element(members: Value, name: str) -> Value:
    """Return an element of a policy or statement; unknown where only its name in other letter case is there."""
    found = dig(members, (name,))
    if isinstance(found, Absent) and isinstance(members, Known) and isinstance(members.value, Map):
        wanted = name.lower()
        for other in members.value:
            if other not in _ELEMENTS and other.lower() == wanted:
                at = members.value.key_at(other)
                return Unknown((Reason(f"whether IAM takes {other} for {name}", at),), at)
    return found


def _from_statements(value: Value, at: Span, *, has_literals: bool = False) -> Document:
    match value:
        case Known(Seq() as items):
            statements: list[Statement] = []
            more = items.more
            for item in items:
                charge_nested(item)
                inner = document(item) if isinstance(item, Known) and isinstance(item.value, Seq) else None
                if inner is not None:
                    statements += inner.statements
                    more = more or inner.more
                elif isinstance(item, Known) and isinstance(item.value, Map):
                    statements.append(Statement(item, item.at, has_literals=has_literals))
                elif isinstance(item, Known):
                    more = more or _no_statement(item.at)
                elif isinstance(item, Unknown):
                    more = item
            return Document(statements, more, at)
        case Known(Map()):
            return Document([Statement(value, value.at, has_literals=has_literals)], None, at)
        case Unknown():
            return Document([], value, at)
        case Absent():
            return Document([], None, at)
        case _:
            return Document([], _no_statement(value.at), at)


def _no_statement(at: Span) -> Unknown:
    return Unknown((Reason("a value that is not a statement", at),), at)


def texts(value: Value) -> list[Known[Text] | Unknown]:
    """Return the strings of an element that is one string or a list of them.

    Unknown ones as Unknown.
    """
    charge(_STEPS)
    match value:
        case Known(Seq() as items):
            found: list[Known[Text] | Unknown] = []
            for item in items:
                charge_nested(item)
                found += texts(item)
            return [*found, items.more] if items.more is not None else found
        case Known(Text() as text):
            return [Known(text, value.at, value.trail, value.ref)]
        case Unknown():
            return [value]
        case _:
            return []


def managed_policy_path(arn: Text) -> str | None:
    """Return the path and name of an AWS managed policy (`job-function/SystemAdministrator`), from its ARN in any
    partition.

    Where a bare name is allowed, return the name; None for any other policy.
    """
    plain = arn.plain
    if plain is not None and ":" not in plain and "/" not in plain:
        return plain
    head, found, path = arn.flat.partition(OF_AWS)
    if not found or not head.startswith("arn:") or HOLE in path:
        return None
    return path


def _is(value: Value, wanted: str) -> bool | None:
    match value:
        case Known(Text() as text):
            return text.equals(wanted)
        case Unknown():
            return None
        case _:
            return False


def is_every_action(patterns: list[str], start: str = "") -> bool:
    """Return whether action patterns in lower case together match all actions of services that start with `start`."""
    charge(2 * len(patterns))
    if not any({"*", "?"}.intersection(pattern.partition(":")[0]) for pattern in patterns):
        return False  # all of them name their service
    if any(wildcard(pattern, f"{start}{EVERY_ACTION}") for pattern in patterns):
        return True
    letters = "abcdefghijklmnopqrstuvwxyz" if not start else "abcdefghijklmnopqrstuvwxyz0123456789-"
    return len(start) < 2 and bool(patterns) and all(is_every_action(patterns, start + letter) for letter in letters)


def _is_every_action(text: Known[Text] | Unknown) -> bool | None:
    if isinstance(text, Unknown):
        return None
    plain = text.value.plain
    if plain is None:
        return None if text.value.flat.strip("*:" + HOLE) == "" else False
    return is_every_action([plain.lower()])


def _and(left: bool | None, right: bool | None) -> bool | None:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def _not(truth: bool | None) -> bool | None:
    return None if truth is None else not truth


def _all(truths: Iterable[bool | None]) -> bool | None:
    return _not(_any(_not(truth) for truth in truths))


def _any(truths: Iterable[bool | None]) -> bool | None:
    unknown = False
    for truth in truths:
        if truth:
            return True
        unknown = unknown or truth is None
    return None if unknown else False

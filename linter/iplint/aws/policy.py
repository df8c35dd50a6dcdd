"""IAM policy documents: their statements, what they grant, and whom a role trusts.

Facts: IAM User Guide, "IAM JSON policy elements reference", "AWS JSON policy elements: Principal",
"IAM roles for Amazon EC2"; EC2 User Guide, "IAM roles for Amazon EC2".
"""

from __future__ import annotations

from functools import lru_cache

from iplint.budget import charge
from iplint.syntax.partial import parse_json
from iplint.value import (
    HOLE,
    Absent,
    Chunk,
    Hole,
    Known,
    Map,
    Reason,
    Seq,
    Text,
    Unknown,
    charge_nested,
    dig,
    matches,
    spread,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from iplint.location import Span
    from iplint.value import Value

    # How a pattern of actions starts before its first wildcard, all of it, and whether it has holes.
    Pattern = tuple[str, str, bool]

EC2_SERVICES = ("ec2.amazonaws.com", "ec2.amazonaws.com.cn")
# Every resource, and how every resource in IAM starts, as patterns. The partition stands for the one that the role is
# in, ACCOUNT for the account that it is in; a role of ANY account may be assumed.
EVERYTHING = "arn:aws:?*:*:*:?*"
OF_IAM = "arn:aws:iam::ACCOUNT:"
OF_ANY_IAM = "arn:aws:iam::ANY:"
# Actions by which a principal gives itself, or takes, permissions that it has not, and the kind of resource of each;
# the kinds of the two actions that hand out a role follow. Service Authorization Reference, "Actions, resources, and
# condition keys for AWS Identity and Access Management".
IAM_WRITES = {
    "iam:PutRolePolicy": "role",
    "iam:AttachRolePolicy": "role",
    "iam:CreatePolicyVersion": "policy",
    "iam:PutUserPolicy": "user",
    "iam:AttachUserPolicy": "user",
    "iam:PutGroupPolicy": "group",
    "iam:AttachGroupPolicy": "group",
    "iam:AddUserToGroup": "group",
    "iam:UpdateAssumeRolePolicy": "role",
    "iam:CreateAccessKey": "user",
    "iam:CreateLoginProfile": "user",
    "iam:UpdateLoginProfile": "user",
}
KINDS = {
    **IAM_WRITES,
    "iam:SetDefaultPolicyVersion": "policy",
    "iam:DeleteAccessKey": "user",
    "iam:PassRole": "role",
    "sts:AssumeRole": "role",
}
# What a pattern, or a statement, costs that is looked at, in steps of the budget.
_STEPS = 4
# How much a service principal has to have in common with EC2's to be taken for a slip, of 1: `ec2.aws.com` has 0.79.
ALIKE = 0.75
MFA = "aws:multifactorauthpresent"
# Keys that EC2's own call may carry when it assumes the role of an instance; they narrow the trust, they do not end it.
CONDITION_KEYS_OF_SERVICES = ("aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths")


class Statement:
    """One statement of a policy document; `at` is the place of the statement."""

    __slots__ = ("_covered", "_lowered", "_members", "_texts", "at")

    def __init__(self, members: Value, at: Span) -> None:
        self._members = members
        self._texts: dict[str, list[Known[Text] | Unknown]] = {}
        self._lowered: dict[str, list[Pattern | None]] = {}
        self._covered: dict[str, bool | None] = {}
        self.at = at

    def element(self, name: str) -> Value:
        """Return the element called `name`, Absent when the statement has none."""
        return dig(self._members, (name,))

    def texts(self, name: str) -> list[Known[Text] | Unknown]:
        """Return the strings of the element called `name`."""
        found = self._texts.get(name)
        if found is None:
            found = self._texts[name] = texts(self.element(name))
        return found

    def _is_by_exception(self, name: str) -> bool:
        """Return whether an element says what is not meant; the one that says what is may be there and empty."""
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
    def is_conditional(self) -> bool:
        """Return whether the statement has a condition, known or not."""
        match self.element("Condition"):
            case Known(Map() as conditions):
                return len(conditions) > 0 or conditions.more is not None
            case Absent():
                return False
            case Known() | Unknown():
                return True

    @property
    def names_principals(self) -> bool:
        """Return whether it is in a resource's policy: an identity's policy has no principals."""
        return not isinstance(self.element("Principal"), Absent) or not isinstance(self.element("NotPrincipal"), Absent)

    @property
    def grants(self) -> bool | None:
        """Return whether the statement is meant to allow.

        IAM refuses a statement without an effect; whoever wrote one did not mean to deny.
        """
        return True if isinstance(self.element("Effect"), Absent) else self.allows

    @property
    def is_broad(self) -> bool | None:
        """Return whether every action on every resource is meant, but for actions and resources that it excepts."""
        # The resources are asked for last, so that what decides those of an ordinary statement does not count.
        actions = self.is_on_every_action
        return False if actions is False else _and(actions, self.covers_resource(EVERYTHING))

    @property
    def opens_iam(self) -> bool | None:
        """Return whether an action is meant that raises privileges (IAM_WRITES), on every resource of its kind."""
        return self.may_speak_of(("iam",)) and _any(self.covers(action) for action in IAM_WRITES)

    @property
    def is_all_of_iam(self) -> bool | None:
        """Return whether every action is meant that raises privileges, on every resource of its kind."""
        return self.may_speak_of(("iam",)) and _all(self.covers(action) for action in IAM_WRITES)

    @property
    def is_on_everything(self) -> bool | None:
        """Return whether every resource is meant, but for those excepted."""
        return self.covers_resource(EVERYTHING)

    def may_speak_of(self, services: Container[str]) -> bool:
        """Return whether an action of these services may be meant, checked by no more than how each pattern starts."""
        if self._is_by_exception("Action"):
            return True
        charge(_STEPS + len(self.texts("Action")))
        for text in self.texts("Action"):
            plain = text.value.plain if isinstance(text, Known) else None
            if plain is None:
                return True
            service = plain.partition(":")[0].lower()
            if service in services or "*" in service or "?" in service:
                return True
        return False

    def action_patterns(self) -> list[str]:
        """Return the actions as written, in small letters; those with holes are left out, and there are none by
        NotAction.
        """
        charge(_STEPS * len(self.texts("Action")))
        return [
            plain.lower()
            for text in self.texts("Action")
            if isinstance(text, Known) and (plain := text.value.plain) is not None
        ]

    @property
    def is_on_every_action(self) -> bool | None:
        """Return whether every action is meant, but for those excepted."""
        if self._is_by_exception("Action"):
            return _not(_any(_is_every_action(text) for text in self.texts("NotAction")))
        if is_every_action(self.action_patterns()):
            return True
        return _any(_is_every_action(text) for text in self.texts("Action"))

    def covers_action(self, action: str) -> bool | None:
        """Return whether `action` (`sts:AssumeRole`) is among the actions meant, wildcards and NotAction included."""
        if action not in self._covered:
            excepted = self._is_by_exception("Action")
            patterns = self._patterns("NotAction" if excepted else "Action")
            matched = _match_any(patterns, action.lower())
            self._covered[action] = _not(matched) if excepted else matched
        return self._covered[action]

    def _patterns(self, name: str) -> list[Pattern | None]:
        """Return the actions of an element in small letters, a star for each hole.

        None stands for one that is unknown.
        """
        found = self._lowered.get(name)
        if found is None:
            found = self._lowered[name] = [
                _pattern(text.value) if isinstance(text, Known) else None for text in self.texts(name)
            ]
        return found

    def covers_resource(self, target: str, wholly: bool = False) -> bool | None:
        """Return whether the resources of a pattern are meant, wildcards and NotResource included.

        What NotResource excepts of them counts only when `wholly`: else they are meant as long as some are left.
        """
        if self._is_by_exception("Resource"):
            test = _touches_resource if wholly else _holds_resource
            charge(_STEPS * len(self.texts("NotResource")))
            return _not(_any(test(text, target) for text in self.texts("NotResource")))
        charge(_STEPS * len(self.texts("Resource")))
        return _any(_holds_resource(text, target) for text in self.texts("Resource"))

    def covers(self, action: str, wholly: bool = False) -> bool | None:
        """Return whether `action` is meant on every resource that it can be done to: in IAM, every one of its kind."""
        covered = self.covers_action(action)
        if covered is False:
            return False
        kind = KINDS.get(action)
        target = EVERYTHING
        if kind is not None:
            target = f"{OF_IAM if action.startswith('iam:') else OF_ANY_IAM}{kind}/?*"
        return _and(covered, self.covers_resource(target, wholly))

    @property
    def asks_for_mfa(self) -> bool:
        """Return whether the condition asks for a second factor, which the session of an instance never has.

        IAM User Guide, "AWS global condition context keys", aws:MultiFactorAuthPresent.
        """
        match dig(self.element("Condition"), ("Bool",)):
            case Known(Map() as keys):
                asked = (keys.get(key) for key in keys if key.lower() == MFA)
                return any(value is not None and all(matches(one, "true") for one in spread(value)) for value in asked)
            case _:
                return False

    def condition_values(self) -> dict[str, tuple[str, ...]] | None:
        """Return the values that the condition tests for, by key in small letters; None when it is not wholly known."""
        found: dict[str, tuple[str, ...]] = {}
        match self.element("Condition"):
            case Absent():
                return found
            case Known(Map() as operators) if operators.more is None:
                for operator in operators:
                    match operators.get(operator):
                        case Known(Map() as keys) if keys.more is None:
                            for key in keys:
                                values = texts(keys.get(key) or Absent(self.at))
                                known = tuple(text.value.plain for text in values if isinstance(text, Known))
                                settled = tuple(value for value in known if value is not None)
                                if len(settled) < len(values):
                                    return None
                                found[key.lower()] = (*found.get(key.lower(), ()), *settled)
                        case _:
                            return None
                return found
            case _:
                return None


class Limits:
    """What the denials and the boundary of an identity leave of what its policies allow.

    `broad` says that they leave anything but named actions, `iam` which actions they leave that raise privileges,
    `uncertain` that something unsettled may take away more. `boundary` are the statements of the boundary, None when
    there is none or it is not known; `without_iam` says that it allows nothing of IAM. Conditional denials are
    exceptions, not limits, and denials of one action on different resources are not put together.
    """

    __slots__ = ("_boundary", "_denials", "_without_iam", "broad", "iam", "uncertain")

    def __init__(
        self,
        denials: list[Statement],
        boundary: list[Statement] | None,
        uncertain: bool = False,
        without_iam: bool = False,
    ) -> None:
        self._without_iam = without_iam
        self._denials = [statement for statement in denials if statement.denies and not statement.is_conditional]
        self._boundary = boundary
        self.broad = not any(statement.is_broad for statement in self._denials) and (
            boundary is None or any(statement.grants and statement.is_broad for statement in boundary)
        )
        self.iam = tuple(action for action in IAM_WRITES if self.leave(action))
        self.uncertain = uncertain or any(statement.denies is None for statement in denials)

    def leave(self, action: str) -> bool:
        """Return whether an action is certainly left, on every resource that it can be done to but for some."""
        if self._without_iam and action.startswith("iam:"):
            return False
        # In IAM it is known which resources an action has; elsewhere a denial with exceptions leaves nothing certain.
        wholly = action.startswith("iam:")
        if any(statement.covers(action, wholly) for statement in self._denials):
            return False
        return self._boundary is None or any(
            statement.grants and statement.covers(action) is not False for statement in self._boundary
        )


class Document:
    """The statements of a policy document. `more` says what may add others or change these; None if nothing does."""

    __slots__ = ("at", "more", "statements")

    def __init__(self, statements: list[Statement], more: Unknown | None, at: Span) -> None:
        self.statements = statements
        self.more = more
        self.at = at


def document(value: Value) -> Document:
    """Return the policy document that a value holds: a mapping, a list of statements, or a JSON text of either."""
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
            return _from_statements(dig(value, ("Statement",)), value.at)
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
    """Return the policy document in a written text, or else what the text holds: each rule asks for it again."""
    inner = parse_json(text)
    return document(inner) if isinstance(inner, Known) and isinstance(inner.value, Map) else inner


def _from_statements(value: Value, at: Span) -> Document:
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
                elif isinstance(item, Known):
                    statements.append(Statement(item, item.at))
                elif isinstance(item, Unknown):
                    more = item
            return Document(statements, more, at)
        case Known(Map()):
            return Document([Statement(value, value.at)], None, at)
        case Unknown():
            return Document([], value, at)
        case _:
            return Document([], None, at)


def texts(value: Value) -> list[Known[Text] | Unknown]:
    """Return the strings of an element that may be one string or a list of them.

    What is not settled comes as Unknown.
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


class Trust:
    """Whether EC2 may assume a role. `verdict` is None when something unsettled decides: `reasons`.

    `at` is where the deciding value stands; `services` are the services that the role trusts instead. `misspelt` is
    where EC2's name is written wrong, `beside` the service in a list of services that EC2 would have to follow.
    """

    __slots__ = ("at", "beside", "invalid", "misspelt", "reasons", "services", "verdict")

    def __init__(
        self,
        verdict: bool | None,
        at: Span,
        services: tuple[str, ...] = (),
        reasons: tuple[Reason, ...] = (),
        invalid: str | None = None,
        misspelt: Span | None = None,
        beside: Span | None = None,
    ) -> None:
        self.verdict = verdict
        self.at = at
        self.services = services
        self.reasons = reasons
        self.invalid = invalid
        self.misspelt = misspelt
        self.beside = beside

    @property
    def trusted(self) -> str:
        """Return the services trusted, in words."""
        return f"only {' and '.join(self.services)}" if self.services else "no service"


def trust_in_ec2(policy: Value) -> Trust:
    """Return whether a role with this trust policy can be assumed by EC2 for its instances."""
    trusted = document(policy)
    unknown = trusted.more
    reasons = list(unknown.reasons) if unknown is not None else []
    doubts: list[Reason] = []
    services: list[str] = []
    places: list[Span] = []
    allowed: bool | None = False if unknown is None else None
    for statement in trusted.statements:
        wrong = _fault(statement)
        if wrong is not None:
            return Trust(False, wrong[0], invalid=wrong[1], misspelt=_slip(statement))
        if statement.denies and not statement.is_conditional and statement.covers_action("sts:AssumeRole"):
            denied, why = _names_ec2(statement)
            if denied:
                return Trust(False, statement.at, invalid="a statement denies it to EC2")
            doubts += why
        if statement.allows is False:
            continue
        names_ec2, why = _names_ec2(statement)
        verdict = _and(statement.allows, _and(statement.covers_action("sts:AssumeRole"), names_ec2))
        if verdict and not _condition_fits(statement):
            verdict, why = None, [Reason("a condition of the trust policy", statement.element("Condition").at)]
        if verdict:
            allowed = True
            continue
        if verdict is None:
            reasons += why or [Reason("a statement of the trust policy", statement.at)]
            allowed = allowed or None
        for text in texts(dig(statement.element("Principal"), ("Service",))):
            if isinstance(text, Known):
                services.append(text.value.display)
                places.append(text.at)
    if allowed:
        return Trust(None, trusted.at, reasons=tuple(doubts)) if doubts else Trust(True, trusted.at)
    if allowed is None:
        return Trust(None, trusted.at, tuple(services), tuple(reasons))
    beside = _beside(trusted.statements[0]) if len(trusted.statements) == 1 else None
    return Trust(False, places[0] if places else trusted.at, tuple(services), beside=beside)


def _slip(statement: Statement) -> Span | None:
    """Return where EC2's name is misspelt, in a statement that names EC2 nowhere else and no service by a pattern."""
    found = _services(statement)
    slips = [service.at for service, name in found if name is not None and misspells_ec2(name)]
    wrong = any(name is None or name in EC2_SERVICES or "*" in name for _, name in found)
    return slips[0] if len(slips) == 1 and not wrong else None


def _beside(statement: Statement) -> Span | None:
    """Return the last of the services that a statement lets assume a role, where naming EC2 too makes it EC2's role."""
    found = _services(statement)
    if not found or any(name is None for _, name in found):
        return None
    fits = statement.allows and statement.covers_action("sts:AssumeRole") and _condition_fits(statement)
    return found[-1][0].at if fits else None


def _services(statement: Statement) -> list[tuple[Known[Text] | Unknown, str | None]]:
    """Return the services that a statement names as principals, each with its name where that is settled."""
    found = texts(dig(statement.element("Principal"), ("Service",)))
    return [(service, service.value.plain if isinstance(service, Known) else None) for service in found]


def misspells_ec2(service: str) -> bool:
    """Return whether a service principal is EC2's, misspelt: it starts alike and goes on nearly alike."""
    written = service.lower()
    if service in EC2_SERVICES or not written.startswith("ec2") or written[3:4].isalnum():
        return False
    from difflib import SequenceMatcher

    return SequenceMatcher(None, written, EC2_SERVICES[0]).ratio() >= ALIKE


def _fault(statement: Statement) -> tuple[Span, str] | None:
    """Return why IAM refuses a trust policy for the sake of a statement in it, and where; None when it does not."""
    excepted = statement.element("NotPrincipal")
    if not isinstance(excepted, Absent):
        return excepted.at, "a trust policy cannot use NotPrincipal"
    for element, others in (("Effect", ()), ("Principal", ()), ("Action", ("NotAction",))):
        if all(isinstance(statement.element(name), Absent) for name in (element, *others)):
            return statement.at, f"IAM refuses a statement without {element}"
    match statement.element("Principal"):
        case Known(Text() as bare) as principal if bare.plain not in (None, "*"):
            return principal.at, f"IAM takes no principal without its kind but *: {bare.display}"
        case _:
            pass
    for service in texts(dig(statement.element("Principal"), ("Service",))):
        plain = service.value.plain if isinstance(service, Known) else None
        if plain is None:
            continue
        if "*" in plain and plain != "*":
            return service.at, f"IAM takes no wildcard in the name of a service: {plain}"
        if misspells_ec2(plain):
            return service.at, f"{plain} is no service; did you mean {EC2_SERVICES[0]}?"
    return None


def _names_ec2(statement: Statement) -> tuple[bool | None, list[Reason]]:
    """Return whether the principals of a statement include EC2, and what decides when that is not settled."""
    principal = statement.element("Principal")
    match principal:
        case Known(Map() as kinds):
            verdicts: list[bool | None] = []
            reasons: list[Reason] = []
            for text in texts(dig(principal, ("Service",))):
                verdict = is_ec2(text.value) if isinstance(text, Known) else None
                verdicts.append(verdict)
                if verdict is None:
                    reasons += text.value.reasons if isinstance(text, Known) else text.reasons
            for text in texts(dig(principal, ("AWS",))):
                if isinstance(text, Known) and text.value.equals("*"):
                    verdicts.append(None)
                    reasons.append(Reason('the principal "*", which may or may not stand for EC2', text.at))
            if kinds.more is not None:
                verdicts.append(None)
                reasons += kinds.more.reasons
            return _any(verdicts), reasons
        case Known(Text()):
            return None, [Reason('the principal "*", which may or may not stand for EC2', principal.at)]
        case Unknown():
            return None, list(principal.reasons)
        case _:
            return False, []


def is_ec2(service: Text) -> bool | None:
    """Return whether a service principal is EC2."""
    # "ec2." and one hole is how configurations write the partition's own suffix; nothing else can sensibly fill it.
    match service.pieces:
        case (Chunk(text="ec2."), Hole()):
            return True
        case _:
            return _any(service.equals(name) for name in EC2_SERVICES)


def _condition_fits(statement: Statement) -> bool:
    """Return whether every key of the condition is one that AWS services send."""
    match statement.element("Condition"):
        case Absent():
            return True
        case Known(Map() as operators) if operators.more is None:
            for operator in operators:
                match operators.get(operator):
                    case Known(Map() as keys) if keys.more is None:
                        if any(key.lower() not in CONDITION_KEYS_OF_SERVICES for key in keys):
                            return False
                    case _:
                        return False
            return True
        case _:
            return False


def is_administrator_access(arn: Text) -> bool | None:
    """Return whether the ARN is that of the AWS managed policy AdministratorAccess, in any partition.

    Source: AWS Managed Policy Reference, "AdministratorAccess".
    """
    plain = arn.plain
    if plain is not None:
        return plain == "AdministratorAccess" or (
            plain.startswith("arn:") and plain.partition(":iam::")[2] == "aws:policy/AdministratorAccess"
        )
    if arn.ends_with(":aws:policy/AdministratorAccess") is True:
        return True
    return _and(arn.starts_with("arn:"), arn.ends_with(":policy/AdministratorAccess"))


def managed_policy_path(arn: Text) -> str | None:
    """Return the path and name of an AWS managed policy (`job-function/SystemAdministrator`), from its ARN in any
    partition.

    Where a bare name stands for one, it is that; None for any other policy.
    """
    plain = arn.plain
    if plain is not None and ":" not in plain and "/" not in plain:
        return plain
    head, found, path = arn.flat.partition(":iam::aws:policy/")
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
    """Return whether patterns of actions, in small letters, together match every action whose service starts with
    `start`.
    """
    charge(2 * len(patterns))
    if not any({"*", "?"}.intersection(pattern.partition(":")[0]) for pattern in patterns):
        return False  # all of them name their service
    if any(wildcard(pattern, f"{start}?*:?*") for pattern in patterns):
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


def _holds_resource(text: Known[Text] | Unknown, target: str) -> bool | None:
    pattern = _resource_pattern(text, target)
    return None if pattern is None else wildcard(pattern, target)


def _touches_resource(text: Known[Text] | Unknown, target: str) -> bool | None:
    pattern = _resource_pattern(text, target)
    return None if pattern is None else overlap(pattern, target)


def _resource_pattern(text: Known[Text] | Unknown, target: str) -> str | None:
    """Return a resource as a pattern in which the partition, and in IAM the account, stand for that of the role."""
    if isinstance(text, Unknown) or (len(text.value.pieces) == 1 and text.value.plain is None):
        return None
    parts = text.value.flat.split(":", 5)
    if parts[0] == "arn" and len(parts) > 2:
        parts[1] = _standing_for("aws", parts[1])
        if len(parts) == 6 and target.startswith(OF_IAM):
            parts[4] = _standing_for("ACCOUNT", parts[4])
    return ":".join(parts)


def _standing_for(own: str, written: str) -> str:
    return written if written != "*" and ("*" in written or "?" in written) else own


def _pattern(text: Text) -> Pattern:
    written = text.flat.replace(HOLE, "*").lower()
    return written.partition("*")[0].partition("?")[0], written, bool(text.holes)


def _match_any(patterns: list[Pattern | None], action: str) -> bool | None:
    """Return whether one of the patterns matches; None when something unknown decides."""
    charge(len(patterns))
    matched: bool | None = False
    for pattern in patterns:
        if pattern is None:
            matched = None
            continue
        # Most patterns are of another service, and need no more than a look at their beginning.
        start, written, has_holes = pattern
        if action.startswith(start) and wildcard(written, action):
            if not has_holes:
                return True
            matched = None
    return matched


def overlap(one: str, other: str) -> bool:
    """Return whether two patterns have a string in common."""
    charge(len(one) * len(other) >> 1)
    # The places in `other` that can be reached when `one` is matched so far.
    here = _skipped({0}, other)
    for letter in one:
        if letter == "*":
            here = set(range(min(here), len(other) + 1)) if here else here
            continue
        there: set[int] = set()
        for at in here:
            if at < len(other):
                if other[at] == "*":
                    there.add(at)
                elif "?" in (letter, other[at]) or letter == other[at]:
                    there.add(at + 1)
        here = _skipped(there, other)
    return len(other) in here


def _skipped(places: set[int], pattern: str) -> set[int]:
    """Return the places with those behind stars that stand for nothing."""
    found = set(places)
    for at in places:
        while at < len(pattern) and pattern[at] == "*":
            at += 1
            found.add(at)
    return found


def wildcard(pattern: str, text: str) -> bool:
    """Return whether `text` matches `pattern`, in which `*` stands for any run and `?` for one character.

    A text with wildcards of its own matches when all that it stands for does.
    """
    head = pattern.partition("*")[0]
    if "?" not in head and not text.startswith(head):
        return False
    # Of a pattern like *a*a*a each part is looked for at every place of the text.
    charge(1 + (len(pattern) * len(text) >> 4))
    at = start = mark = 0
    star = -1
    while at < len(text):
        if start < len(pattern) and pattern[start] == "*":
            star, mark = start, at
            start += 1
        elif start < len(pattern) and (pattern[start] == text[at] or (pattern[start] == "?" and text[at] != "*")):
            start += 1
            at += 1
        elif star >= 0:
            mark += 1
            start, at = star + 1, mark
        else:
            return False
    return pattern[start:].strip("*") == ""


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

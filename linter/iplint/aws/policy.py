"""IAM policy documents: their statements, what they grant, and whom a role trusts.

Facts: IAM User Guide, "IAM JSON policy elements reference", "AWS JSON policy elements: Principal",
"IAM roles for Amazon EC2"; EC2 User Guide, "IAM roles for Amazon EC2".
"""

from __future__ import annotations

from iplint.syntax.partial import parse_json
from iplint.value import Absent, Chunk, Hole, Known, Map, Reason, Seq, Text, Unknown, dig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from iplint.location import Span
    from iplint.value import Value

EC2_SERVICES = ("ec2.amazonaws.com", "ec2.amazonaws.com.cn")
# How much a service principal has to have in common with EC2's to be taken for a slip, of 1: `ec2.aws.com` has 0.79.
ALIKE = 0.75
# Keys that EC2's own call may carry when it assumes the role of an instance; they narrow the trust, they do not end it.
CONDITION_KEYS_OF_SERVICES = ("aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths")


class Statement:
    """One statement of a policy document; `at` is the place of the statement."""

    __slots__ = ("_members", "at")

    def __init__(self, members: Value, at: Span) -> None:
        self._members = members
        self.at = at

    def element(self, name: str) -> Value:
        """The element called `name`, Absent when the statement has none."""
        return dig(self._members, (name,))

    @property
    def allows(self) -> bool | None:
        """Whether the effect is Allow."""
        return _is(self.element("Effect"), "Allow")

    @property
    def denies(self) -> bool | None:
        """Whether the effect is Deny."""
        return _is(self.element("Effect"), "Deny")

    @property
    def is_conditional(self) -> bool:
        """Whether the statement has a condition, known or not."""
        match self.element("Condition"):
            case Known(Map() as conditions):
                return len(conditions) > 0 or conditions.more is not None
            case Absent():
                return False
            case Known() | Unknown():
                return True

    @property
    def names_principals(self) -> bool:
        """Whether it stands in a resource's policy: an identity's policy has no principals."""
        return not isinstance(self.element("Principal"), Absent) or not isinstance(self.element("NotPrincipal"), Absent)

    def covers_everything(self) -> bool | None:
        """Whether every action on every resource is meant."""
        return _and(
            _any(_is_every_action(text) for text in texts(self.element("Action"))),
            _any(_is_every_resource(text) for text in texts(self.element("Resource"))),
        )

    def covers_action(self, action: str) -> bool | None:
        """Whether `action` (`sts:AssumeRole`) is among the actions meant, wildcards and NotAction included."""
        excepted = self.element("NotAction")
        if not isinstance(excepted, Absent):
            return _not(_any(_matches(text, action) for text in texts(excepted)))
        return _any(_matches(text, action) for text in texts(self.element("Action")))


class Document:
    """The statements of a policy document. `more` tells what may add others or change these; None if nothing does."""

    __slots__ = ("at", "more", "statements")

    def __init__(self, statements: list[Statement], more: Unknown | None, at: Span) -> None:
        self.statements = statements
        self.more = more
        self.at = at

    @property
    def denies_everything(self) -> bool:
        """Whether a statement without condition denies every action on every resource."""
        return any(
            statement.denies and not statement.is_conditional and statement.covers_everything()
            for statement in self.statements
        )


def document(value: Value) -> Document:
    """The policy document that a value holds: a mapping, a list of statements, or a JSON text of either."""
    match value:
        case Known(Text() as text):
            inner = parse_json(text)
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


def _from_statements(value: Value, at: Span) -> Document:
    match value:
        case Known(Seq() as items):
            statements: list[Statement] = []
            more = items.more
            for item in items:
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
    """The strings of an element that may be one string or a list of them; what is not settled comes as Unknown."""
    match value:
        case Known(Seq() as items):
            found = [text for item in items for text in texts(item)]
            return [*found, items.more] if items.more is not None else found
        case Known(Text() as text):
            return [Known(text, value.at, value.trail, value.ref)]
        case Unknown():
            return [value]
        case _:
            return []


class Trust:
    """Whether EC2 may assume a role. `verdict` is None when something unsettled decides: `reasons`.

    `at` is where the deciding value stands; `services` are the services that the role trusts instead.
    """

    __slots__ = ("at", "invalid", "reasons", "services", "verdict")

    def __init__(
        self,
        verdict: bool | None,
        at: Span,
        services: tuple[str, ...] = (),
        reasons: tuple[Reason, ...] = (),
        invalid: str | None = None,
    ) -> None:
        self.verdict = verdict
        self.at = at
        self.services = services
        self.reasons = reasons
        self.invalid = invalid

    @property
    def trusted(self) -> str:
        """The services trusted, in words."""
        return f"only {' and '.join(self.services)}" if self.services else "no service"


def trust_in_ec2(policy: Value) -> Trust:
    """Whether a role with this trust policy can be assumed by EC2 for its instances."""
    trusted = document(policy)
    unknown = trusted.more
    reasons = list(unknown.reasons) if unknown is not None else []
    services: list[str] = []
    places: list[Span] = []
    allowed: bool | None = False if unknown is None else None
    for statement in trusted.statements:
        wrong = _fault(statement)
        if wrong is not None:
            return Trust(False, wrong[0], invalid=wrong[1])
        if statement.denies and not statement.is_conditional and _names_ec2(statement)[0]:
            return Trust(False, statement.at, invalid="a statement denies it to EC2")
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
                services.append(text.value.shown)
                places.append(text.at)
    if allowed:
        return Trust(True, trusted.at)
    if allowed is None:
        return Trust(None, trusted.at, tuple(services), tuple(reasons))
    return Trust(False, places[0] if places else trusted.at, tuple(services))


def misspells_ec2(service: str) -> bool:
    """Whether what stands as service principal is EC2's misspelt: it starts alike and goes on nearly alike."""
    written = service.lower()
    if service in EC2_SERVICES or not written.startswith("ec2") or written[3:4].isalnum():
        return False
    from difflib import SequenceMatcher

    return SequenceMatcher(None, written, EC2_SERVICES[0]).ratio() >= ALIKE


def _fault(statement: Statement) -> tuple[Span, str] | None:
    """Why IAM refuses a trust policy for the sake of a statement in it, and where; None when it does not."""
    excepted = statement.element("NotPrincipal")
    if not isinstance(excepted, Absent):
        return excepted.at, "a trust policy cannot use NotPrincipal"
    for element, others in (("Effect", ()), ("Principal", ()), ("Action", ("NotAction",))):
        if all(isinstance(statement.element(name), Absent) for name in (element, *others)):
            return statement.at, f"IAM refuses a statement without {element}"
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
    """Whether the principals of a statement include EC2, and what decides when that is not settled."""
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
    """Whether a service principal is EC2."""
    # "ec2." and one hole is how configurations write the partition's own suffix; nothing else can sensibly fill it.
    match service.pieces:
        case (Chunk(text="ec2."), Hole()):
            return True
        case _:
            return _any(service.equals(name) for name in EC2_SERVICES)


def _condition_fits(statement: Statement) -> bool:
    """Whether every key of the condition is one that AWS services send."""
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
    """Whether the ARN is that of the AWS managed policy AdministratorAccess, in any partition.

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


def managed_policy_name(arn: Text) -> str | None:
    """The name of an AWS managed policy, from its ARN in any partition; None for any other policy."""
    flat = arn.flat
    head, found, path = flat.rpartition("/")
    if not found or not arn.starts_with("arn:") or ":iam::aws:policy" not in head:
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


def _is_every_action(text: Known[Text] | Unknown) -> bool | None:
    if isinstance(text, Unknown):
        return None
    plain = text.value.plain
    if plain is None:
        return None if text.value.flat.strip("*:\ufffc") == "" else False
    service, _, action = plain.partition(":")
    return set(service) == {"*"} and (not action or set(action) == {"*"})


def _is_every_resource(text: Known[Text] | Unknown) -> bool | None:
    if isinstance(text, Unknown):
        return None
    plain = text.value.plain
    if plain is None:
        return None if len(text.value.pieces) == 1 else False
    if plain and set(plain) == {"*"}:
        return True
    scheme, *rest = plain.split(":")
    return scheme == "arn" and len(rest) > 1 and all(part and set(part) == {"*"} for part in rest[1:])


def _matches(text: Known[Text] | Unknown, action: str) -> bool | None:
    if isinstance(text, Unknown):
        return None
    plain = text.value.plain
    return None if plain is None else wildcard(plain.lower(), action.lower())


def wildcard(pattern: str, text: str) -> bool:
    """Whether `text` matches `pattern`, in which `*` stands for any run and `?` for one character."""
    at = start = mark = 0
    star = -1
    while at < len(text):
        if start < len(pattern) and pattern[start] == "*":
            star, mark = start, at
            start += 1
        elif start < len(pattern) and pattern[start] in ("?", text[at]):
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


def _any(truths: Iterable[bool | None]) -> bool | None:
    unknown = False
    for truth in truths:
        if truth:
            return True
        unknown = unknown or truth is None
    return None if unknown else False

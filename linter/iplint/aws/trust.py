"""Whom a trust policy lets assume a role: EC2, other services, people, anyone.

Facts: IAM User Guide, "AWS JSON policy elements: Principal", "IAM roles", "Create a role for OpenID Connect
federation", "AWS global condition context keys"; AWS STS API Reference, "Actions"; Amazon Cognito Developer Guide,
"Role trust and permissions"; EC2 User Guide, "IAM roles for Amazon EC2".
"""

from __future__ import annotations

from iplint.aws.conditions import Narrowing, narrowing, tests
from iplint.aws.patterns import ACCOUNT, hold_together, normal_arn, overlap, wildcard
from iplint.aws.policy import EC2_SERVICES, document, texts
from iplint.value import HOLE, Absent, Chunk, Hole, Known, Map, Reason, Text, Unknown, dig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from iplint.aws.conditions import Test
    from iplint.aws.policy import Document, Statement
    from iplint.location import Span
    from iplint.value import Value

# The actions by which a role is taken, whoever takes it.
_BY_WEB_IDENTITY = "sts:AssumeRoleWithWebIdentity"
_TAKING = ("sts:AssumeRole", "sts:AssumeRoleWithSAML", _BY_WEB_IDENTITY)
_SESSION = ":assumed-role/"
# What each kind of ARN of a principal that is not a service is, in words.
_PEOPLE = {"root": "an account", "user/": "a user", "saml-provider/": "the users of an identity provider"}


# Providers of web identities that serve everyone: which of their tokens are meant, only the subject says, or another
# claim of whom it is issued for. Those of the others are limited by the audience as well.
_SHARED_PROVIDERS = (
    "token.actions.githubusercontent.com",
    "gitlab.com",
    "app.terraform.io",
    "agent.buildkite.com",
    "api.bitbucket.org",
)
# Claims that say whose token it is, by the last word of their key.
_CLAIMS = (
    "sub",
    "repository",
    "repository_owner",
    "repository_id",
    "repository_owner_id",
    "job_workflow_ref",
    "actor",
    "actor_id",
    "environment",
    "enterprise",
    "project_path",
    "namespace_path",
    "terraform_organization_id",
    "organization_id",
    "google/organization_number",
    "id",
    "user_id",
    "oaud",
)
_AUDIENCES = ("aud", "azp", "app_id", "client_id")
# Keys by which a trust policy says who of all accounts may assume a role.
_OF_CALLERS = (
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:userid",
)


class Opening:
    """A wide-open part of a trust policy: a principal that is anyone, or an action that is any action.

    `is_anyone` distinguishes the two; `is_narrowed` says that a condition or a denial may narrow it. `at` is its place,
    `what` how it is written, `who` who is admitted. `unknown` is an effect that decides whether it is allowed. Where it
    is `of_services`, nobody but services of AWS is admitted, which do nothing with it but assume the role.
    """

    __slots__ = ("at", "is_anyone", "is_narrowed", "of_services", "unknown", "what", "who")

    def __init__(
        self,
        at: Span,
        what: str,
        is_anyone: bool,
        is_narrowed: bool,
        who: str = "anyone",
        unknown: Unknown | None = None,
        of_services: bool = False,
    ) -> None:
        self.at = at
        self.of_services = of_services
        self.unknown = unknown
        self.what = what
        self.is_anyone = is_anyone
        self.is_narrowed = is_narrowed
        self.who = who


class Trusted:
    """A principal other than EC2 in a trust policy: `what` in words, `name` as written, `at` its place."""

    __slots__ = ("at", "name", "what")

    def __init__(self, at: Span, name: str, what: str) -> None:
        self.at = at
        self.name = name
        self.what = what


class Admission:
    """A principal that a trust policy lets assume the role: `name` in words, `at` its place; a condition or a denial
    may narrow it.
    """

    __slots__ = ("at", "is_narrowed", "name")

    def __init__(self, at: Span, name: str, is_narrowed: bool) -> None:
        self.at = at
        self.name = name
        self.is_narrowed = is_narrowed


def openings(policy: Value) -> Iterator[Opening]:
    """Yield the wide-open parts, in the order of the text; of each statement a principal only, if there is one."""
    statements = document(policy).statements
    denied = any(statement.denies is not False for statement in statements)
    for statement in statements:
        unknown = _unknown_effect(statement)
        if not any(statement.covers_action(action) for action in _TAKING) or not (statement.allows or unknown):
            continue
        narrowed = denied or _is_narrowed(statement)
        anyone = _anyone(statement)
        if anyone is not None:
            yield Opening(anyone, "*", True, narrowed, unknown=unknown)
            continue
        identities = _any_identity(statement)
        if identities is not None:
            provider, at = identities
            yield Opening(at, provider, True, denied, f"any identity of {provider}", unknown)
            continue
        if unknown is not None:
            continue
        for action in texts(statement.element("Action")):
            plain = action.value.plain if isinstance(action, Known) else None
            if plain is not None and plain.lower() in ("*", "*:*", "sts:*"):
                yield Opening(action.at, plain, False, narrowed, of_services=_is_for_services(statement))
        excepted = statement.element("NotAction")
        if not isinstance(excepted, Absent):
            yield Opening(excepted.at, "NotAction", False, narrowed, of_services=_is_for_services(statement))


def _is_for_services(statement: Statement) -> bool:
    """Return whether all principals of a statement are services, whichever they are."""
    match statement.element("Principal"):
        case Known(Map() as kinds):
            return kinds.more is None and list(kinds.entries()) == ["Service"] and _anyone(statement) is None
        case _:
            return False


def _unknown_effect(statement: Statement) -> Unknown | None:
    """Return what decides whether a statement allows; None where its effect is known."""
    match statement.element("Effect"):
        case Unknown() as unknown:
            return unknown
        case Known(Text() as text) if statement.allows is None:
            return next((piece.value for piece in text.pieces if isinstance(piece, Hole)), None)
        case _:
            return None


def _is_narrowed(statement: Statement) -> bool:
    """Return whether a condition may narrow who is admitted; one that everyone meets does not."""
    found = list(tests(statement.element("Condition")))
    return any(test is None or test.key not in _OF_CALLERS or not test.is_of_all for test in found)


def _any_identity(statement: Statement) -> tuple[str, Span] | None:
    """Return the web identity provider whose every identity a statement admits, and its place."""
    if not statement.covers_action(_BY_WEB_IDENTITY):
        return None
    found = list(tests(statement.element("Condition")))
    for principal in texts(dig(statement.element("Principal"), ("Federated",))):
        name = _provider(principal, found)
        if name is not None and not any(_limits(test, name) for test in found):
            # What is only referred to is where the provider is declared.
            return name or "its provider", principal.trail[0].at if principal.trail else principal.at
    return None


def _provider(principal: Known[Text] | Unknown, found: list[Test | None]) -> str | None:
    """Return the web identity provider that a principal is, by the prefix of its condition keys.

    For a provider that is only referred to, the keys show the prefix; empty where there are none.
    """
    flat = principal.value.flat if isinstance(principal, Known) else HOLE
    name = flat.partition(":oidc-provider/")[2] if flat.startswith("arn:") else flat
    if flat.startswith("arn:") and not name:
        return None
    if HOLE in name:
        owners = [test.key.rpartition(":")[0] for test in found if test is not None]
        return next((owner for owner in owners if "." in owner), "")
    return name if "." in name and ":" not in name else None


def _limits(test: Test | None, provider: str) -> bool:
    """Return whether a test limits, or may limit, which identities of a provider are admitted."""
    if test is None:
        return True
    owner, _, claim = test.key.rpartition(":")
    wanted = _CLAIMS if provider in _SHARED_PROVIDERS else (*_CLAIMS, *_AUDIENCES)
    # A key of another provider, or one that says where the call comes from.
    if owner != provider.lower():
        return test.key in ("aws:sourceip", "aws:sourcevpc", "aws:sourcevpce")
    if claim not in wanted or test.negated or test.operator == "null":
        return False
    # Of a repository or group what comes first is whose it is.
    return test.values is None or not any(test.takes_patterns and _is_open(value) for value in test.values)


def _is_open(value: str) -> bool:
    """Return whether a pattern of a subject admits any owner: `*`, `repo:*`, `repo:*/app:*`."""
    return not value.strip("*?:/") or value.partition(":")[2].startswith("*")


def other_services(policy: Value) -> list[Trusted]:
    """Return the services other than EC2 that may assume a role."""
    found: list[Trusted] = []
    for statement in _allowing(document(policy).statements):
        if statement.covers_action(_TAKING[0]) is False:
            continue
        for service in texts(dig(statement.element("Principal"), ("Service",))):
            if isinstance(service, Known) and is_ec2(service.value) is False:
                found.append(Trusted(service.at, service.value.display, "a service"))
    return found


def people(policy: Value) -> list[Trusted]:
    """Return the accounts, users and identity providers for people that may assume a role."""
    found: list[Trusted] = []
    for statement in _allowing(document(policy).statements):
        principal = statement.element("Principal")
        for kind in ("AWS", "Federated"):
            for text in texts(dig(principal, (kind,))):
                what = _person(text.value) if isinstance(text, Known) else None
                if what is not None and isinstance(text, Known):
                    found.append(Trusted(text.at, text.value.display, what))
    return found


def _person(principal: Text) -> str | None:
    plain = principal.plain
    if plain is not None and _is_account(plain):
        return _PEOPLE["root"]
    parts = principal.flat.split(":", 5)
    if len(parts) < 6 or parts[2] != "iam":
        return None
    return next((what for start, what in _PEOPLE.items() if parts[5].startswith(start)), None)


def _allowing(statements: list[Statement]) -> Iterator[Statement]:
    """Yield the statements that let some principal assume the role."""
    for statement in statements:
        if statement.allows and any(statement.covers_action(action) for action in _TAKING):
            yield statement


def _anyone(statement: Statement) -> Span | None:
    """Return where a statement has anyone as principal."""
    principal = statement.element("Principal")
    named = (*texts(principal), *texts(dig(principal, ("AWS",))), *texts(dig(principal, ("Federated",))))
    for text in named:
        if isinstance(text, Known) and text.value.plain == "*":
            return text.at
    return None


class Admitted:
    """A principal that a statement of a trust policy lets assume the role; `is_narrowed` where not in any case."""

    __slots__ = ("is_narrowed", "principal")

    def __init__(self, principal: Known[Text] | Unknown, is_narrowed: bool) -> None:
        self.principal = principal
        self.is_narrowed = is_narrowed

    def admission(self, named: bool | None) -> Admission:
        """Return the admission of somebody whom the principal names; with None, whom it may name."""
        principal = self.principal
        what = principal.value.display if isinstance(principal, Known) else ""
        return Admission(principal.at, what, self.is_narrowed or named is None)


def admitted(trust: Sequence[Statement], kind: str) -> list[Admitted]:
    """Return the principals of a kind, "AWS" or "Service", that a trust policy lets assume the role."""
    found: list[Admitted] = []
    denied = any(statement.denies is not False for statement in trust)
    for statement in trust:
        if not (statement.allows and statement.covers_action(_TAKING[0])):
            continue
        left = statement.narrowing
        if left is Narrowing.NEVER_MET:
            continue
        principal = statement.element("Principal")
        is_narrowed = denied or left is not Narrowing.NOTHING
        found += (Admitted(text, is_narrowed) for text in (*texts(principal), *texts(dig(principal, (kind,)))))
    return found


def admission_of_role(
    principals: Sequence[Admitted], is_role: Callable[[Value], bool], *, by_name: bool = False
) -> Admission | None:
    """Return where a trust policy admits a role, by its name or with its whole account.

    A role that is named needs no permission of its own to assume the other, unless it is in another account. AWS STS
    API Reference, "AssumeRole".
    """

    def names(principal: Known[Text] | Unknown) -> bool | None:
        if is_role(principal):
            return True
        of_session = _role_of_session(principal.value) if isinstance(principal, Known) else None
        if of_session is not None and is_role(Known(of_session, principal.at)):
            # Nobody knows what a session is called before the instance runs.
            return None
        if by_name:
            return False
        if isinstance(principal, Unknown):
            # Nobody knows who it is: it may well be the role.
            return True if _is_own_account((Hole(principal, ""),)) else None
        arn = normal_arn(principal.value, lambda hole: ACCOUNT)
        plain = principal.value.plain
        if arn == "*" or arn == f"arn:aws:iam::{ACCOUNT}:root" or arn == ACCOUNT or _is_account(arn):
            # An account that is written out may be another one.
            return True if arn == "*" or plain is None else None
        return False

    for one in principals:
        named = names(one.principal)
        if named is not False:
            return one.admission(named)
    return None


def admission_of_service(principals: Sequence[Admitted], services: tuple[str, ...]) -> Admission | None:
    """Return where a trust policy lets one of several services assume the role."""
    for one in principals:
        principal = one.principal
        if isinstance(principal, Known) and principal.value.plain in services:
            return one.admission(True)
    return None


def unknown_admission(trust: Document) -> Unknown | None:
    """Return the unknown that decides whom else a trust policy admits: a statement, its effect or its action.

    None if there is none. An unknown principal is no such unknown: it may be anybody in sight.
    """
    if trust.more is not None:
        return trust.more
    for statement in trust.statements:
        effect, action = statement.element("Effect"), statement.covers_action(_TAKING[0])
        if statement.denies or action is False or narrowing(statement.element("Condition")) is Narrowing.NEVER_MET:
            continue
        if isinstance(effect, Unknown):
            return effect
        for text in statement.texts("Action") if action is None else ():
            if isinstance(text, Unknown):
                return text
            if text.value.reasons:
                return Unknown(text.value.reasons, text.at)
    return None


def _role_of_session(principal: Text) -> Text | None:
    """Return the name of the role in the ARN of a session of it; None for another principal."""
    start = principal.flat.find(_SESSION)
    end = principal.flat.find("/", start + len(_SESSION)) if start >= 0 else -1
    return principal.slice(start + len(_SESSION), end) if end >= 0 else None


def _is_account(principal: str) -> bool:
    return len(principal) == 12 and principal.isdecimal()


ASSUME = "sts:AssumeRole"
# What the account that a role is in is called where nobody writes it out.
OWN_ACCOUNT = ("AWS::AccountId", "aws_caller_identity", "data.aws_caller_identity")
# How much a service principal has to have in common with EC2's to be taken for a slip, of 1: `ec2.aws.com` has 0.79.
ALIKE = 0.75
# Keys that EC2's own call may carry when it assumes the role of an instance; they narrow the trust, they do not end it.
CONDITION_KEYS_OF_SERVICES = ("aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths")


class Trust:
    """Whether EC2 may assume a role. `verdict` is None when an unknown decides: `reasons`.

    `at` is the place of the deciding value; `services` are the services that the role trusts instead. `misspelt` is
    where EC2's name is misspelled, `beside` the service in a list of services after which EC2 should be added.
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
        """Return the trusted services in words."""
        return f"only {' and '.join(self.services)}" if self.services else "no service"


def trust_in_ec2(policy: Value) -> Trust:
    """Return whether EC2 can assume a role with this trust policy for its instances."""
    trusted = document(policy)
    unknown = trusted.more
    reasons = list(unknown.reasons) if unknown is not None else []
    doubts: list[Reason] = []
    services: list[str] = []
    places: list[Span] = []
    allowed: bool | None = False if unknown is None else None
    wrong: tuple[Span, str] | None = None
    for statement in trusted.statements:
        fault = _fault(statement)
        if fault is not None:
            return Trust(False, fault[0], invalid=fault[1], misspelt=_slip(statement))
        denial = _and(statement.denies, statement.covers_action(ASSUME))
        if denial is not False and _may_deny_ec2(statement):
            denied, why = _denied(statement)
            if denial and denied and not statement.is_conditional:
                return Trust(False, statement.at, invalid="a statement denies it to EC2")
            if statement.is_conditional and denied is not False:
                what = "a denial in the trust policy under a condition that may hold for EC2"
                why = [Reason(what, statement.element("Condition").at)]
            elif denied and denial is None:
                why = [Reason("a statement that may deny it to EC2", statement.at)]
            doubts += why
        if statement.allows is False:
            continue
        names_ec2, why = _names_ec2(statement)
        takes = statement.covers_action(ASSUME)
        verdict = _and(statement.allows, _and(takes, names_ec2))
        if verdict:
            open_condition = _open_condition(statement)
            if open_condition is None:
                allowed = True
                continue
            verdict, why = None, [open_condition]
        if verdict is None:
            reasons += why or [Reason("a statement of the trust policy", statement.at)]
            allowed = allowed or None
        elif names_ec2 and takes is False and wrong is None:
            wrong = _wrong_action(statement)
        for text in texts(dig(statement.element("Principal"), ("Service",))):
            if isinstance(text, Known):
                services.append(text.value.display)
                places.append(text.at)
    if unknown is not None:
        # What is not known may deny it.
        doubts += unknown.reasons
    if allowed:
        return Trust(None, trusted.at, reasons=tuple(doubts)) if doubts else Trust(True, trusted.at)
    if allowed is None:
        return Trust(None, trusted.at, tuple(services), tuple(reasons))
    if wrong is not None:
        return Trust(False, wrong[0], tuple(services), invalid=wrong[1])
    beside = _beside(trusted.statements[0]) if len(trusted.statements) == 1 else None
    return Trust(False, places[0] if places else trusted.at, tuple(services), beside=beside)


def _wrong_action(statement: Statement) -> tuple[Span, str]:
    """Return where a statement names EC2 but another action than assuming the role, and that action."""
    found = texts(statement.element("Action"))
    if not found:
        return statement.element("NotAction").at, f"a statement allows EC2 anything but {ASSUME}"
    actions = " and ".join(text.value.display for text in found if isinstance(text, Known))
    return found[0].at, f"a statement allows EC2 {actions}, not {ASSUME}"


def _slip(statement: Statement) -> Span | None:
    """Return where EC2's name is misspelled, in a statement that names EC2 nowhere else and has no service pattern."""
    found = _services(statement)
    slips = [service.at for service, name in found if name is not None and misspells_ec2(name)]
    wrong = any(name is None or name in EC2_SERVICES or "*" in name for _, name in found)
    return slips[0] if len(slips) == 1 and not wrong else None


def _beside(statement: Statement) -> Span | None:
    """Return the last of the services in a statement, where adding EC2 to them would let EC2 assume the role."""
    found = _services(statement)
    if not found or any(name is None for _, name in found):
        return None
    fits = statement.allows and statement.covers_action(ASSUME) and _open_condition(statement) is None
    return found[-1][0].at if fits else None


def _services(statement: Statement) -> list[tuple[Known[Text] | Unknown, str | None]]:
    """Return the services that a statement names as principals, each with its name if that is known."""
    found = texts(dig(statement.element("Principal"), ("Service",)))
    return [(service, service.value.plain if isinstance(service, Known) else None) for service in found]


def misspells_ec2(service: str) -> bool:
    """Return whether a service principal is a misspelling of EC2's: the beginning is the same, the rest nearly."""
    written = service.lower()
    if service in EC2_SERVICES or not written.startswith("ec2") or written[3:4].isalnum():
        return False
    from difflib import SequenceMatcher

    return SequenceMatcher(None, written, EC2_SERVICES[0]).ratio() >= ALIKE


def _fault(statement: Statement) -> tuple[Span, str] | None:
    """Return why and where a statement makes IAM reject a trust policy; None when it does not."""
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
            return service.at, f"{plain} is not a service; did you mean {EC2_SERVICES[0]}?"
    return None


def _names_ec2(statement: Statement) -> tuple[bool | None, list[Reason]]:
    """Return whether the principals of a statement include EC2, and what decides when that is unknown."""
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
                    reasons.append(Reason('the principal "*", which may or may not include EC2', text.at))
            if kinds.more is not None:
                verdicts.append(None)
                reasons += kinds.more.reasons
            return _any(verdicts), reasons
        case Known(Text()):
            return None, [Reason('the principal "*", which may or may not include EC2', principal.at)]
        case Unknown():
            return None, list(principal.reasons)
        case _:
            return False, []


def _denied(statement: Statement) -> tuple[bool | None, list[Reason]]:
    """Return whether a denial includes EC2, and what decides when that is unknown, as for a service with a wildcard."""
    denied, why = _names_ec2(statement)
    for text in texts(dig(statement.element("Principal"), ("Service",))) if denied is False else ():
        if isinstance(text, Known) and wildcard(text.value.flat, EC2_SERVICES[0]):
            return None, [Reason(f'the service "{text.value.display}", which may or may not include EC2', text.at)]
    return denied, why


def is_ec2(service: Text) -> bool | None:
    """Return whether a service principal is EC2."""
    # "ec2." and one hole is how configurations write the partition's own suffix; nothing else can sensibly fill it.
    match service.pieces:
        case (Chunk(text="ec2."), Hole()):
            return True
        case _:
            return _any(service.equals(name) for name in EC2_SERVICES)


def _open_condition(statement: Statement) -> Reason | None:
    """Return the condition test that EC2's own call may not meet; None where it meets all."""
    condition = statement.element("Condition")
    for test in tests(condition):
        if test is not None and test.key == "aws:principalisawsservice" and test.admits("true"):
            continue
        if test is None or test.key not in CONDITION_KEYS_OF_SERVICES or test.negated or test.operator == "null":
            return Reason("a condition of the trust policy", condition.at)
    for key, values in _tested(condition):
        if not any(_fits_own_call(key, value) for value in values):
            shown = [value.value.display if isinstance(value, Known) else value.reasons[0].what for value in values]
            return Reason(f"{key} in a condition, which has to be {' or '.join(shown)}", condition.at)
    return None


def _tested(condition: Value) -> Iterator[tuple[str, list[Known[Text] | Unknown]]]:
    """Yield the keys that a condition tests, each with the values of one test."""
    if not isinstance(condition, Known) or not isinstance(condition.value, Map):
        return
    for operator in condition.value:
        keys = condition.value.get(operator)
        if isinstance(keys, Known) and isinstance(keys.value, Map):
            for key in keys.value:
                values = texts(keys.value.get(key) or Absent(condition.at))
                if values:
                    yield key, values


def _fits_own_call(key: str, value: Known[Text] | Unknown) -> bool:
    """Return whether EC2's call for an instance of this account certainly passes a test of a key."""
    match key.lower():
        case "aws:sourceaccount":
            return _is_own_account(value.value.pieces if isinstance(value, Known) else (Hole(value, ""),))
        case "aws:sourcearn" if isinstance(value, Known):
            arn = value.value
            parts = arn.flat.split(":", 5)
            account = parts[4] if len(parts) == 6 else "*"
            start = sum(len(part) + 1 for part in parts[:4])
            own = account in ("", "*") or _is_own_account(arn.slice(start, start + len(account)).pieces)
            return own and overlap(normal_arn(arn, lambda hole: "*"), f"arn:aws:ec2:*:{ACCOUNT}:instance/?*")
        case "aws:principalisawsservice":
            return True
        case _:
            return isinstance(value, Known) and hold_together([value.value.flat], "*")


def _is_own_account(pieces: tuple[Chunk | Hole, ...]) -> bool:
    """Return whether a text is the account of the role, or a pattern that matches it."""
    match pieces:
        case (Hole(value=filling),):
            links = filling.ref.chain() if filling.ref is not None else ()
            names = (filling.identity or "", *(link.resource.type for link in links))
            return any(name.startswith(OWN_ACCOUNT) for name in names)
        case (Chunk(text=text),):
            return bool(text) and not text.strip("*")
        case _:
            return False


# Keys that EC2's own call does not have: a test passes only if it is negated, or accepts a missing key.
_OF_PRINCIPALS = ("aws:principal", "aws:userid", "aws:username", "sts:", "saml:", "aws:multifactorauth")


def _may_deny_ec2(statement: Statement) -> bool:
    """Return whether a denial may apply to EC2's own call: it has no condition, or one that the call may meet."""
    for test in tests(statement.element("Condition")):
        if test is None:
            continue
        if test.key == "aws:principalisawsservice":
            if test.admits("true") is False:
                return False
        elif test.key.startswith(_OF_PRINCIPALS) and test.operator != "null" and not (test.negated or test.if_exists):
            return False
    return True


def _and(left: bool | None, right: bool | None) -> bool | None:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def _any(truths: Iterable[bool | None]) -> bool | None:
    found = list(truths)
    return True if any(found) else None if None in found else False

"""Whom a trust policy lets assume a role, EC2 aside.

Facts: IAM User Guide, "AWS JSON policy elements: Principal" and "IAM roles"; AWS STS API Reference, "Actions".
"""

from __future__ import annotations

from iplint.aws.policy import document, is_ec2, texts
from iplint.value import Absent, Known, dig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.aws.policy import Statement
    from iplint.location import Span
    from iplint.value import Text, Value

# The actions by which a role is taken, whoever takes it.
_TAKING = ("sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")
# What each kind of ARN of a principal that is no service is, in words.
_PEOPLE = {"root": "an account", "user/": "a user", "saml-provider/": "the users of an identity provider"}


class Opening:
    """What opens a role wide: a principal that is anyone, or an action that is any action.

    `is_anyone` says which; `is_narrowed` that a condition or a denial may narrow it. `at` is where it is, `what`
    how it is written.
    """

    __slots__ = ("at", "is_anyone", "is_narrowed", "what")

    def __init__(self, at: Span, what: str, is_anyone: bool, is_narrowed: bool) -> None:
        self.at = at
        self.what = what
        self.is_anyone = is_anyone
        self.is_narrowed = is_narrowed


class Trusted:
    """Whom a trust policy names beside EC2: `what` in words, `name` as written, `at` where."""

    __slots__ = ("at", "name", "what")

    def __init__(self, at: Span, name: str, what: str) -> None:
        self.at = at
        self.name = name
        self.what = what


def openings(policy: Value) -> Iterator[Opening]:
    """Yield what opens a role wide, in the order of the text; of one statement a principal only, if there is one."""
    statements = document(policy).statements
    denied = any(statement.denies is not False for statement in statements)
    for statement in _allowing(statements):
        narrowed = denied or statement.is_conditional
        anyone = _anyone(statement)
        if anyone is not None:
            yield Opening(anyone, "*", True, narrowed)
            continue
        for action in texts(statement.element("Action")):
            plain = action.value.plain if isinstance(action, Known) else None
            if plain is not None and plain.lower() in ("*", "*:*", "sts:*"):
                yield Opening(action.at, plain, False, narrowed)
        excepted = statement.element("NotAction")
        if not isinstance(excepted, Absent):
            yield Opening(excepted.at, "NotAction", False, narrowed)


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
    if plain is not None and len(plain) == 12 and plain.isdecimal():
        return _PEOPLE["root"]
    parts = principal.flat.split(":", 5)
    if len(parts) < 6 or parts[2] != "iam":
        return None
    return next((what for start, what in _PEOPLE.items() if parts[5].startswith(start)), None)


def _allowing(statements: list[Statement]) -> Iterator[Statement]:
    """Yield the statements that let somebody take the role."""
    for statement in statements:
        if statement.allows and any(statement.covers_action(action) for action in _TAKING):
            yield statement


def _anyone(statement: Statement) -> Span | None:
    """Return where a statement names anyone as principal."""
    principal = statement.element("Principal")
    for text in (*texts(principal), *texts(dig(principal, ("AWS",)))):
        if isinstance(text, Known) and text.value.plain == "*":
            return text.at
    return None

"""How the condition of a statement narrows a grant for the role of an instance.

Facts: IAM User Guide, "AWS global condition context keys", "IAM and AWS STS condition context keys", "IAM JSON policy
elements: Condition operators"; Service Authorization Reference. An unknown condition key may be met: it narrows a
grant, but does not remove it.
"""

from __future__ import annotations

from enum import Enum

from iplint.aws.patterns import OPAQUE, hold_together, normal_arn, wildcard
from iplint.budget import charge
from iplint.value import HOLE, Absent, Known, Map, Text, Unknown, as_text, spread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from iplint.value import Value


class Narrowing(Enum):
    """The part of a grant that a condition leaves: everything, perhaps everything, some resources, or nothing."""

    NOTHING = 0
    PERHAPS = 1
    SOME_RESOURCES = 2
    NEVER_MET = 3


# Keys that no request of an instance with its role carries; a second factor is one that its session never has. Those of
# federated identities have the name of the provider before a colon.
_MISSING = frozenset(
    {
        "aws:username",
        "aws:multifactorauthage",
        "aws:federatedprovider",
        "aws:principalservicename",
        "aws:principalservicenameslist",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "redshift:dbuser",
    }
)
_OF_FEDERATION = ("saml:", "accounts.google.com:", "graph.facebook.com:", "www.amazon.com:", "cognito-identity.")
# Keys that have one value in every request of an instance with its role.
_FIXED = {
    "aws:principaltype": "AssumedRole",
    "aws:principalisawsservice": "false",
    "aws:multifactorauthpresent": "false",
}
# Keys that say what a request is about: the tags of a resource, or the policy that is attached, as a name of a resource
# would.
_OF_RESOURCES = ("aws:resourcetag/", "iam:permissionsboundary", "iam:policyarn", "s3:existingobjecttag/")
# A policy that a role makes itself an administrator with.
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
# What a test costs, in steps of the budget.
_STEPS = 24


class Test:
    """One test of a condition: the operator without prefix and suffix, the key (both in lower case), and the values as
    patterns. `values` is None when they are unknown. With `if_exists`, the test is true where the key is missing.
    """

    __slots__ = ("if_exists", "key", "negated", "operator", "values")

    def __init__(self, operator: str, key: str, values: list[str] | None) -> None:
        plain = operator.lower()
        self.if_exists = plain.endswith("ifexists") or plain.startswith("forallvalues:")
        self.operator = plain.rpartition(":")[2].removesuffix("ifexists")
        self.negated = "not" in self.operator
        self.key = key.lower()
        self.values = values

    @property
    def takes_patterns(self) -> bool:
        """Return whether the operator matches wildcards in the values."""
        return self.operator.startswith("arn") or self.operator.endswith("like")

    def admits(self, value: str) -> bool | None:
        """Return whether the test is true where the key has a value; None when that is unknown."""
        if self.values is None or not self.operator.startswith(("string", "arn", "bool")):
            return None
        if any(OPAQUE in pattern or HOLE in pattern for pattern in self.values):
            return None
        folded = self.operator.endswith("ignorecase") or self.operator == "bool"
        wanted = [pattern.lower() if folded else pattern for pattern in self.values]
        found = value.lower() if folded else value
        is_named = any(wildcard(pattern, found) if self.takes_patterns else pattern == found for pattern in wanted)
        return is_named is not self.negated

    @property
    def is_of_all(self) -> bool:
        """Return whether the test is true for every possible value."""
        return not self.negated and self.takes_patterns and hold_together(self.values or (), "*")


def tests(condition: Value) -> Iterator[Test | None]:
    """Yield the tests of a condition; None for an unknown one."""
    yield from _of_key(condition, None)


def _of_key(condition: Value, key: str | None) -> Iterator[Test | None]:
    """Yield the tests of a condition, or those of one key in lower case; None for an unknown one."""
    match condition:
        case Absent():
            return
        case Known(Map() as operators):
            for operator in operators:
                match operators.get(operator):
                    case Known(Map() as keys):
                        charge(len(keys))
                        for written in keys:
                            if key in (None, written.lower()):
                                charge(_STEPS)
                                yield Test(operator, written, _values(keys.get(written) or Absent(condition.at)))
                        if keys.more is not None:
                            yield None
                    case _:
                        yield None
            if operators.more is not None:
                yield None
        case _:
            yield None


def _values(written: Value) -> list[str] | None:
    found: list[str] = []
    for value in spread(written):
        match value:
            case Known(Text() as text):
                found.append(normal_arn(text, lambda hole: HOLE))
            case Unknown():
                return None
            case _:
                plain = as_text(value)
                if plain is not None:
                    found.append(plain)
    return found


def narrowing(condition: Value) -> Narrowing:
    """Return how a condition narrows a grant for the role of an instance."""
    found = Narrowing.NOTHING
    for test in tests(condition):
        left = Narrowing.PERHAPS if test is None else _left(test)
        if left.value > found.value:
            found = left
    return found


def _left(test: Test) -> Narrowing:
    if test.operator == "null":
        return _left_of_null(test)
    if test.key in _MISSING or test.key.startswith(_OF_FEDERATION):
        return Narrowing.PERHAPS if test.negated or test.if_exists else Narrowing.NEVER_MET
    fixed = _FIXED.get(test.key)
    if fixed is not None:
        # Not every session of a role has the key of the second factor, and then this test holds.
        return Narrowing.NEVER_MET if test.admits(fixed) is False and not test.if_exists else Narrowing.PERHAPS
    if not _is_of_resources(test.key) or test.negated or test.if_exists or test.is_of_all:
        return Narrowing.PERHAPS
    if test.values is None or any(OPAQUE in value or HOLE in value for value in test.values):
        return Narrowing.PERHAPS
    if test.key == "iam:policyarn" and test.admits(normal_policy(ADMINISTRATOR)):
        return Narrowing.PERHAPS
    return Narrowing.SOME_RESOURCES


def _left_of_null(test: Test) -> Narrowing:
    """Return what is left where a key must be missing (`true`), or must exist (`false`)."""
    is_missing = test.key in _MISSING or test.key.startswith(_OF_FEDERATION)
    if test.values == ["false"] and is_missing:
        return Narrowing.NEVER_MET
    if test.values == ["true"] and test.key in _FIXED:
        return Narrowing.NEVER_MET
    return Narrowing.SOME_RESOURCES if test.values == ["false"] and _is_of_resources(test.key) else Narrowing.PERHAPS


def _is_of_resources(key: str) -> bool:
    return key.startswith(_OF_RESOURCES) or ":resourcetag/" in key


def normal_policy(arn: str) -> str:
    """Return the ARN of an AWS managed policy in the normal form of the condition values here."""
    return arn.replace(":aws:policy/", ":ACCOUNT:policy/")


def admits(condition: Value, key: str, candidates: Iterable[str]) -> bool:
    """Return whether the tests of a key may be true for one of several values."""
    asked = [test for test in _of_key(condition, key) if test is not None and test.operator != "null"]
    return not asked or any(all(test.admits(value) is not False for test in asked) for value in candidates)

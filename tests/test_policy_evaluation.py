"""What policies allow and deny, compared with an evaluation of single requests as the IAM User Guide describes it.

The evaluation here shares nothing with iplint: it expands variables, matches with regular expressions, and asks for
each request by itself. iplint compares patterns with patterns instead.
"""

from __future__ import annotations

import random
import re
from datetime import datetime
from functools import cache
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from iplint.aws.conditions import Narrowing
from iplint.aws.policy import Limits, Statement, document, mean_together, targets
from iplint.location import Origin, Source, Span
from iplint.value import Known, Map, Seq, literal_text

if TYPE_CHECKING:
    from iplint.value import Value

Written = dict[str, object]
ACCOUNT = "111122223333"
# Where each action is done to: names that every pattern below tells apart from some other.
NAMES = ("a", "ab", "b", "bc", "c", "cd", "x/y", "AssumedRole")
REQUESTS = {
    "iam:PutRolePolicy": [f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in NAMES],
    "iam:CreateUser": [f"arn:aws:iam::{ACCOUNT}:user/{name}" for name in NAMES],
    "iam:CreateAccessKey": [f"arn:aws:iam::{ACCOUNT}:user/{name}" for name in NAMES],
    "lambda:UpdateFunctionCode": [f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:{name}" for name in NAMES],
    "ec2:StopInstances": [f"arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/{name}" for name in NAMES],
}
# What a statement excludes in the region of the role is left in others.
ELSEWHERE = {
    action: [one.replace("eu-west-1", "eu-west-2") for one in requests if "eu-west-1" in one]
    for action, requests in REQUESTS.items()
}
CHECKED = [action for action in REQUESTS if action != "iam:CreateUser"]
ACTIONS = [
    "*",
    "*:*",
    "iam:*",
    "IAM:Put*",
    "iam:PutRolePolicy",
    "iam:Create*",
    "lambda:*",
    "lambda:Update?unctionCode",
    "ec2:stopinstances",
    "e*",
    "s3:GetObject",
]
RESOURCES = [
    "*",
    "arn:*",
    "arn:aws:iam::*:*",
    "arn:aws:iam::${aws:PrincipalAccount}:role/*",
    "arn:aws:iam::${aws:principalaccount}:user/${*}",
    f"arn:aws:iam::{ACCOUNT}:role/a*",
    "arn:aws:iam::*:role/?",
    "arn:aws:iam::*:role/??*",
    "arn:aws:iam::*:role/${aws:username}",
    "arn:aws:iam::????????????:role/*",
    "arn:aws*:iam::*:*",
    "arn:aws:iam::*:user/*",
    "arn:aws:lambda:*",
    "arn:aws:lambda:*:*:function:*",
    "arn:aws:lambda:eu-west-1:${aws:ResourceAccount}:function:?*",
    "arn:aws:lambda:*:*:function:a*",
    "arn:aws:lambda:eu-west-1:*:function:*",
    "arn:aws:lambda:*:*:function:?",
    "arn:aws:lambda:*:*:function:??*",
    "arn:aws:ec2:${aws:RequestedRegion}:*:instance/*",
    "arn:aws:ec2:*:*:instance/${aws:PrincipalType}",
    "arn:aws:ec2:*:*:instance/a",
    "arn:aws:s3:::bucket/${aws:PrincipalAccount}/*",
]
SETTLED = [resource for resource in RESOURCES if "username" not in resource and "${*}" not in resource]
# What a request of an instance with its role carries. A key that is not here is missing.
CONTEXT = {
    "aws:principalarn": f"arn:aws:iam::{ACCOUNT}:role/web",
    "aws:principalaccount": ACCOUNT,
    "aws:principaltype": "AssumedRole",
    "aws:userid": "AROAEXAMPLEID:i-0123456789abcdef0",
    "aws:requestedregion": "eu-west-1",
    "aws:resourceaccount": ACCOUNT,
    "aws:sourceip": "198.51.100.7",
    "aws:currenttime": "2026-03-07T12:00:00Z",
    "aws:securetransport": "true",
    "aws:viaawsservice": "false",
    "aws:principalisawsservice": "false",
    "aws:multifactorauthpresent": "false",
    "aws:useragent": "aws-cli/2",
}
CONDITIONS: list[Written] = [
    {"StringLike": {"aws:PrincipalArn": "*"}},
    {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/web"}},
    {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/other"}},
    {"StringEquals": {"aws:PrincipalType": "User"}},
    {"StringEquals": {"aws:PrincipalType": "AssumedRole"}},
    {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}},
    {"StringLike": {"aws:username": "*"}},
    {"StringNotLike": {"aws:username": "admin*"}},
    {"StringLikeIfExists": {"aws:username": "admin*"}},
    {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}},
    {"Null": {"aws:userid": "false"}},
    {"Null": {"aws:username": "true"}},
    {"Null": {"aws:username": "false"}},
    {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    {"Bool": {"aws:MultiFactorAuthPresent": "false"}},
    {"Bool": {"aws:ViaAWSService": "false"}},
    {"Bool": {"aws:PrincipalIsAWSService": "true"}},
    {"Bool": {"aws:SecureTransport": "true"}},
    {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "0.0.0.0/0"]}},
    {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
    {"DateGreaterThan": {"aws:CurrentTime": "2000-01-01T00:00:00Z"}},
    {"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-west-2"]}},
    {"StringLike": {"aws:UserAgent": "*"}, "Bool": {"aws:SecureTransport": "true"}},
    {"StringLike": {"aws:UserAgent": "*"}, "StringEquals": {"saml:aud": "x"}},
]


@cache
def matches(written: str, string: str, flags: int = 0) -> bool:
    return pattern(written, flags).fullmatch(string) is not None


@cache
def pattern(written: str, flags: int) -> re.Pattern[str]:
    """Return a pattern with its variables replaced, as a regular expression; one that matches nothing if a variable has
    no value.
    """
    parts = re.split(r"\$\{([^}]*)\}", written)
    expression = ""
    for index, part in enumerate(parts):
        if index % 2 == 0:
            expression += re.escape(part).replace(r"\*", ".*").replace(r"\?", ".")
        elif part in ("*", "?", "$"):
            expression += re.escape(part)
        elif part.lower() in CONTEXT:
            expression += re.escape(CONTEXT[part.lower()])
        else:
            return re.compile(r"(?!)")
    return re.compile(expression, flags | re.DOTALL)


def listed(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def concerns(statement: Written, action: str, resource: str) -> bool:
    """Whether a statement is about a request, its condition aside."""
    for element, string, flags in (("Action", action, re.IGNORECASE), ("Resource", resource, 0)):
        for name, wanted in ((element, True), (f"Not{element}", False)):
            if name in statement:
                region = resource.split(":")[3]
                patterns = [one.replace("${aws:RequestedRegion}", region) for one in listed(statement[name])]
                found = any(matches(one, string, flags) for one in patterns)
                if found is not wanted:
                    return False
    return True


def holds(operator: str, key: str, values: list[str]) -> bool:
    """Whether one test of a condition holds for the request of an instance."""
    held = CONTEXT.get(key.lower())
    plain = operator.removesuffix("IfExists")
    if plain == "Null":
        return (held is None) is (values == ["true"])
    if plain.startswith("ForAllValues:"):
        return held is None or holds(plain.removeprefix("ForAllValues:"), key, values)
    if held is None:
        return operator.endswith("IfExists") or "Not" in plain
    found = {
        "String": lambda one: one == held,
        "StringLike": lambda one: matches(one, held),
        "ArnLike": lambda one: matches(one, held),
        "Bool": lambda one: one.lower() == held.lower(),
        "IpAddress": lambda one: ip_address(held) in ip_network(one),
        "DateGreaterThan": lambda one: datetime.fromisoformat(held) > datetime.fromisoformat(one),
    }[plain.replace("Not", "").replace("Equals", "")]
    return any(found(one) for one in values) is not ("Not" in plain)


def is_met(statement: Written) -> bool:
    condition = statement.get("Condition", {})
    assert isinstance(condition, dict)
    return all(
        holds(operator, key, listed(values)) for operator, keys in condition.items() for key, values in keys.items()
    )


AT = Span(Source("policy", ""), 0, 0)


def value_of(written: object) -> Value:
    """Return a value as a reader would make it."""
    if isinstance(written, dict):
        return Known(Map({name: (AT, value_of(item)) for name, item in written.items()}), AT)
    if isinstance(written, list):
        return Known(Seq([value_of(item) for item in written]), AT)
    return Known(literal_text(str(written), Origin(AT)), AT)


def statements_of(policy: list[Written]) -> list[Statement]:
    return document(value_of({"Version": "2012-10-17", "Statement": policy})).statements


def made(chance: random.Random) -> list[Written]:
    """A policy of one to three statements."""
    policy: list[Written] = []
    for _ in range(chance.randint(1, 3)):
        action = chance.choice(["Action", "Action", "Action", "NotAction"])
        resource = chance.choice(["Resource", "Resource", "Resource", "NotResource"])
        statement: Written = {
            "Effect": chance.choice(["Allow", "Allow", "Allow", "Deny"]),
            action: chance.sample(ACTIONS, chance.randint(1, 3)),
            # Whether NotResource takes in a variable without a value is not documented, and no name is a star.
            resource: chance.sample(RESOURCES if resource == "Resource" else SETTLED, chance.randint(1, 3)),
        }
        if chance.random() < 0.3:
            statement["Condition"] = chance.choice(CONDITIONS)
        policy.append(statement)
    return policy


def test_ten_thousand_policies_allow_what_an_evaluation_of_requests_allows() -> None:
    chance = random.Random(20260307)
    counted = {True: 0, False: 0}
    for _ in range(10_000):
        policy = made(chance)
        statements = statements_of(policy)
        usable = [one for one in statements if one.grants and one.narrowing is not Narrowing.NEVER_MET]
        limits = Limits([one for one in statements if one.denies], None)
        allowing = [one for one in policy if one["Effect"] == "Allow" and is_met(one)]
        denying = [one for one in policy if one["Effect"] == "Deny" and "Condition" not in one]
        for action in chance.sample(CHECKED, 2):
            requests = [(action, resource) for resource in REQUESTS[action]]
            everywhere = requests + [(action, resource) for resource in ELSEWHERE[action]]
            named = [one for one in allowing if "Resource" in one]
            excepting = [one for one in allowing if "NotResource" in one]
            # A statement with NotResource counts where it leaves anything, and the others for all together.
            every = all(any(concerns(one, *request) for one in named) for request in requests) or any(
                any(concerns(one, *request) for request in everywhere) for one in excepting
            )
            left = not all(any(concerns(one, *request) for one in denying) for request in everywhere)
            [target] = targets(action)
            found = mean_together(usable, action, target) is True
            assert found is every, (action, policy)
            assert limits.leave(action) is left, (action, policy)
            counted[every and left] += 1
    assert min(counted.values()) > 2_000

"""The keys and claims of conditions, each by what it leaves of a statement.

Sources: IAM User Guide, "AWS global condition context keys"; the claims that providers of web identities document.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from iplint.finding import Report

Check = Callable[..., "Report"]
EC2 = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}


def severities(template: Check, rule: str, *trust: object, allowed: object = None) -> list[str]:
    """What a rule says of the role of an instance with these statements."""
    role: dict[str, object] = {"AssumeRolePolicyDocument": {"Statement": [EC2, *trust]}}
    if allowed is not None:
        role["Policies"] = [{"PolicyName": "it", "PolicyDocument": {"Statement": [allowed]}}]
    resources = {
        "Role": {"Type": "AWS::IAM::Role", "Properties": role},
        "Profile": {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": [{"Ref": "Role"}]}},
        "Host": {"Type": "AWS::EC2::Instance", "Properties": {"IamInstanceProfile": {"Ref": "Profile"}}},
    }
    report = template(json.dumps({"Resources": resources}), rules=[rule])
    return [found.severity.word for found in report.findings if found.verdict == "fail"]


def web_identity(provider: str, condition: object) -> dict[str, object]:
    return {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{provider}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    }


# The claims of each provider that say whose token it is.
CLAIMS = {
    "token.actions.githubusercontent.com": (
        *("sub", "repository", "repository_owner", "repository_id", "repository_owner_id", "job_workflow_ref"),
        *("actor", "actor_id", "environment", "enterprise"),
    ),
    "gitlab.com": ("sub", "project_path", "namespace_path", "user_id"),
    "app.terraform.io": ("sub", "terraform_organization_id"),
    "agent.buildkite.com": ("sub", "organization_id"),
    "accounts.google.com": ("sub", "google/organization_number", "oaud", "aud", "azp"),
    "graph.facebook.com": ("id", "app_id"),
    "oidc.example.com": ("client_id",),
}


@pytest.mark.parametrize(("provider", "claim"), [(name, claim) for name, claims in CLAIMS.items() for claim in claims])
def test_a_claim_says_whose_token_is_meant(template: Check, provider: str, claim: str) -> None:
    named = web_identity(provider, {"StringEquals": {f"{provider}:{claim}": "acme"}})
    assert severities(template, "overbroad-trust", named) == []
    of_others = web_identity(provider, {"StringEquals": {f"{provider}:iat": "1"}})
    assert severities(template, "overbroad-trust", of_others) == ["critical"]


OF_CALLERS = (
    *("aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:PrincipalAccount", "aws:PrincipalArn", "aws:SourceAccount"),
    *("aws:SourceArn", "aws:SourceOrgID", "aws:userid"),
)


@pytest.mark.parametrize(
    ("key", "value", "severity"),
    [
        *((key, "*", "critical") for key in OF_CALLERS),
        *((key, "acme*", "high") for key in OF_CALLERS),
        ("aws:SourceIp", "*", "high"),
    ],
)
def test_a_condition_that_every_caller_meets_narrows_nothing(
    template: Check, key: str, value: str, severity: str
) -> None:
    anyone = {**EC2, "Principal": "*", "Condition": {"StringLike": {key: value}}}
    assert severities(template, "overbroad-trust", anyone) == [severity]


@pytest.mark.parametrize(
    ("statement", "is_open"),
    [
        ({**EC2, "Principal": "*"}, True),
        ({**EC2, "Principal": "*", "Action": ["sts:TagSession", "sts:AssumeRole"]}, True),
        ({**EC2, "Principal": "*", "Action": "sts:AssumeRoleWithSAML"}, True),
        # These let nobody assume it.
        ({**EC2, "Principal": "*", "Effect": "Deny"}, False),
        ({**EC2, "Principal": "*", "Action": "sts:TagSession"}, False),
    ],
)
def test_only_what_lets_somebody_assume_a_role_opens_it(
    template: Check, statement: dict[str, object], is_open: bool
) -> None:
    assert bool(severities(template, "overbroad-trust", statement)) is is_open


@pytest.mark.parametrize(
    ("principal", "is_person"),
    [
        ({"AWS": "111122223333"}, True),
        ({"AWS": "arn:aws:iam::111122223333:root"}, True),
        ({"AWS": "arn:aws:iam::111122223333:user/somebody"}, True),
        ({"Federated": "arn:aws:iam::111122223333:saml-provider/acme"}, True),
        ({"AWS": "arn:aws:iam::111122223333:role/other"}, False),
        ({"AWS": "1111222233334"}, False),
        ({"AWS": "11112222333x"}, False),
        ({"AWS": "arn:aws:sts::111122223333:user/somebody"}, False),
    ],
)
def test_people_that_may_assume_a_role(template: Check, principal: dict[str, str], is_person: bool) -> None:
    statement = {**EC2, "Principal": principal}
    assert bool(severities(template, "role-shared-with-people", statement)) is is_person


def said(template: Check, operator: str, key: str, value: str) -> list[str]:
    """What is said of a role that may raise its privileges under a condition."""
    statement = {"Effect": "Allow", "Action": "iam:PutRolePolicy", "Resource": "*"}
    condition = {operator: {key: value}}
    return severities(template, "privilege-escalation", allowed={**statement, "Condition": condition})


# No request of an instance has one of these.
NEVER = (
    *("aws:username", "aws:MultiFactorAuthAge", "aws:FederatedProvider", "aws:PrincipalServiceName"),
    *("aws:PrincipalServiceNamesList", "aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID", "aws:SourceOrgPaths"),
    *("redshift:DbUser", "saml:aud", "accounts.google.com:aud", "graph.facebook.com:id", "www.amazon.com:user_id"),
    *("cognito-identity.amazonaws.com:aud",),
)
# Every one has these, with this value.
ALWAYS = {
    "aws:PrincipalType": "AssumedRole",
    "aws:PrincipalIsAWSService": "false",
    "aws:MultiFactorAuthPresent": "false",
}


@pytest.mark.parametrize("key", NEVER)
def test_a_condition_that_no_instance_meets_leaves_nothing(template: Check, key: str) -> None:
    assert said(template, "StringEquals", key, "x") == []
    assert said(template, "Null", key, "false") == []
    assert said(template, "StringEqualsIfExists", key, "x") == ["medium"]
    assert said(template, "StringNotEquals", key, "x") == ["medium"]
    assert said(template, "Null", key, "true") == ["medium"]


@pytest.mark.parametrize("key", ALWAYS)
def test_a_condition_on_what_every_instance_has(template: Check, key: str) -> None:
    assert said(template, "StringEquals", key, ALWAYS[key]) == ["medium"]
    assert said(template, "StringEquals", key, "other") == []
    assert said(template, "StringNotEquals", key, ALWAYS[key]) == []
    assert said(template, "Null", key, "true") == []
    assert said(template, "Null", key, "false") == ["medium"]


# Keys that name resources, or the policies that are attached.
OF_RESOURCES = {
    "aws:ResourceTag/team": "web",
    "ec2:ResourceTag/team": "web",
    "iam:PermissionsBoundary": "arn:aws:iam::111122223333:policy/limit",
    "iam:PolicyARN": "arn:aws:iam::111122223333:policy/some",
    "s3:ExistingObjectTag/team": "web",
}


@pytest.mark.parametrize("key", OF_RESOURCES)
def test_a_condition_on_resources_names_them(template: Check, key: str) -> None:
    assert said(template, "StringEquals", key, OF_RESOURCES[key]) == []
    assert said(template, "Null", key, "false") == []
    assert said(template, "StringLike", key, "*") == ["medium"]
    assert said(template, "StringNotEquals", key, OF_RESOURCES[key]) == ["medium"]
    assert said(template, "StringEqualsIfExists", key, OF_RESOURCES[key]) == ["medium"]
    assert said(template, "Null", key, "true") == ["medium"]

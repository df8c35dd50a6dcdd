"""What policy documents grant and whom they trust."""

from __future__ import annotations

import itertools
import json
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iplint.aws.patterns import hold_together, overlap, wildcard
from iplint.aws.policy import document, is_every_action, managed_policy_path
from iplint.aws.trust import openings, trust_in_ec2
from iplint.location import Source, Span, Verbatim
from iplint.syntax.partial import parse_json
from iplint.value import Chunk, Hole, Known, Map, Reason, Seq, Text, Unknown

if TYPE_CHECKING:
    from iplint.value import Value


def text(string: str) -> Text:
    source = Source("t", string)
    return Text((Chunk(string, Verbatim(Span(source, 0, len(string)))),))


def value(policy: object) -> Value:
    string = json.dumps(policy)
    return Known(text(string), Span(Source("t", string), 0, len(string)))


def trust(*statements: object) -> bool | None:
    return trust_in_ec2(value({"Version": "2012-10-17", "Statement": list(statements)})).verdict


EC2 = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"Principal": {"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]}},
        {"Principal": {"Service": "ec2.amazonaws.com.cn"}},
        {"Action": ["sts:TagSession", "sts:AssumeRole"]},
        {"Action": "sts:*"},
        {"Action": "STS:assume*"},
        {"Action": "*"},
        {"Principal": {"Service": "ec2.amazonaws.com", "AWS": "arn:aws:iam::111122223333:root"}},
        {"Action": ["sts:Assume*", "sts:TagSession"]},
        {"Condition": {"StringLike": {"aws:SourceAccount": "*"}}},
        {"Condition": {"ArnLike": {"aws:SourceArn": ["arn:aws:s3:::b", "arn:aws:ec2:*:*:instance/*"]}}},
        {"Condition": {"Bool": {"aws:PrincipalIsAWSService": "true"}}},
        {"Sid": "Servers"},
    ],
)
def test_what_trusts_ec2(changes: dict[str, object]) -> None:
    assert trust({**EC2, **changes}) is True


@pytest.mark.parametrize(
    "statement",
    [
        {**EC2, "Principal": {"Service": "lambda.amazonaws.com"}},
        {**EC2, "Principal": {"Service": "ec2.amazon.com"}},
        {**EC2, "Principal": {"Service": "*.amazonaws.com"}},
        {**EC2, "Principal": {"Service": "ec2.*.amazonaws.com"}},
        {**EC2, "Principal": {"Service": "ec2.application-autoscaling.amazonaws.com"}},
        {**EC2, "Principal": {}},
        {"Principal": EC2["Principal"], "Action": "sts:AssumeRole"},
        {"Effect": "Allow", "Principal": EC2["Principal"]},
        {"Effect": "Allow", "Action": "sts:AssumeRole"},
        {**EC2, "Principal": {"AWS": "arn:aws:iam::111122223333:root"}},
        {**EC2, "Principal": {"Federated": "cognito-identity.amazonaws.com"}},
        {**EC2, "Action": "sts:AssumeRoleWithWebIdentity"},
        {**EC2, "Action": "sts:TagSession"},
        {**EC2, "Effect": "Deny"},
        {"Effect": "Allow", "NotPrincipal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"},
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "NotAction": "sts:AssumeRole"},
    ],
)
def test_what_does_not_trust_ec2(statement: dict[str, object]) -> None:
    assert trust(statement) is False


@pytest.mark.parametrize(
    "statement",
    [
        {**EC2, "Principal": "*"},
        {**EC2, "Principal": {"AWS": "*"}},
        {**EC2, "Condition": {"StringEquals": {"sts:ExternalId": "x"}}},
        {**EC2, "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}},
        {**EC2, "Condition": {"StringNotEquals": {"aws:SourceAccount": "111122223333"}}},
        {**EC2, "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:ec2:*:111122223333:instance/*"}}},
        {**EC2, "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:lambda:*:*:function:*"}}},
        {**EC2, "Condition": {"StringNotLike": {"aws:SourceArn": "*"}}},
        {**EC2, "Condition": {"StringEquals": {"aws:SourceOrgID": "o-abcdefghij"}}},
        {**EC2, "Condition": {"Null": {"aws:SourceArn": "true"}}},
        {**EC2, "Condition": {"Bool": {"aws:PrincipalIsAWSService": "false"}}},
    ],
)
def test_what_may_trust_ec2(statement: dict[str, object]) -> None:
    assert trust(statement) is None


@pytest.mark.parametrize("provider", ["cognito-identity.amazonaws.com", "token.actions.githubusercontent.com"])
@pytest.mark.parametrize(
    ("test", "is_open"),
    [
        ({}, True),
        ({"StringEquals": {"PROVIDER:iss": "https://PROVIDER"}}, True),
        ({"StringEquals": {"aws:PrincipalType": "Role"}}, True),
        ({"StringNotEquals": {"PROVIDER:sub": "repo:x/y"}}, True),
        ({"Null": {"PROVIDER:sub": "false"}}, True),
        ({"StringLike": {"PROVIDER:sub": "*"}}, True),
        ({"StringLike": {"PROVIDER:sub": "repo:x/*"}}, False),
        ({"StringEquals": {"PROVIDER:sub": "*"}}, False),
        ({"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}, False),
        ({"StringEquals": {"aws:SourceVpc": "vpc-1"}}, False),
        ({"StringEquals": {"aws:SourceVpce": "vpce-1"}}, False),
    ],
)
def test_what_leaves_a_web_identity_role_open_to_anybody(provider: str, test: dict[str, object], is_open: bool) -> None:
    principal = provider if "cognito" in provider else f"arn:aws:iam::111122223333:oidc-provider/{provider}"
    condition = json.loads(json.dumps(test).replace("PROVIDER", provider))
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": principal},
        "Action": "sts:AssumeRoleWithWebIdentity",
        **({"Condition": condition} if condition else {}),
    }
    found = [opening.who for opening in openings(value({"Statement": statement}))]
    assert found == ([f"any identity of {provider}"] if is_open else [])


@pytest.mark.parametrize("action", ["*", "sts:*", "sts:AssumeRoleWithWebIdentity"])
def test_a_role_open_to_anybody_of_a_provider_is_one_opening(action: str) -> None:
    statement = {"Effect": "Allow", "Principal": {"Federated": "cognito-identity.amazonaws.com"}, "Action": action}
    assert len([*openings(value({"Statement": statement}))]) == 1


@pytest.mark.parametrize(
    ("provider", "is_shared"),
    [
        ("token.actions.githubusercontent.com", True),
        ("gitlab.com", True),
        ("app.terraform.io", True),
        ("agent.buildkite.com", True),
        ("api.bitbucket.org", True),
        ("oidc.eks.eu-west-1.amazonaws.com/id/FAKE", False),
        ("login.example.com", False),
    ],
)
def test_an_audience_leaves_a_provider_that_serves_everyone_open(provider: str, is_shared: bool) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{provider}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{provider}:aud": "sts.amazonaws.com"}},
    }
    assert any(True for _ in openings(value({"Statement": statement}))) is is_shared


@pytest.mark.parametrize(
    "service",
    [
        "ec2.amazon.com",
        "ec2.aws.com",
        "ec2.amazonaws",
        "ec2-amazonaws.com",
        "EC2.amazonaws.com",
        "ec2.amazonaws.com/",
        "ec2.amzonaws.com",
        "ec2.amazonaws.com.uk",
    ],
)
def test_a_misspelt_service_is_named_with_what_is_meant(service: str) -> None:
    found = trust_in_ec2(value({"Statement": {**EC2, "Principal": {"Service": service}}}))
    assert (found.verdict, found.invalid) == (False, f"{service} is not a service; did you mean ec2.amazonaws.com?")


@pytest.mark.parametrize(
    "service",
    [
        "ecs.amazonaws.com",
        "ec2fleet.amazonaws.com",
        "ec2.application-autoscaling.amazonaws.com",
        "eks.amazonaws.com",
        "elasticmapreduce.amazonaws.com",
    ],
)
def test_another_service_is_not_taken_for_a_misspelt_one(service: str) -> None:
    found = trust_in_ec2(value({"Statement": {**EC2, "Principal": {"Service": service}}}))
    assert (found.verdict, found.invalid, found.services) == (False, None, (service,))


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ({**EC2, "Principal": {"Service": "*.amazonaws.com"}}, "IAM takes no wildcard in the name of a service"),
        ({"Effect": "Allow", "NotPrincipal": {"AWS": "*"}, "Action": "*"}, "a trust policy cannot use NotPrincipal"),
        ({"Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}, "IAM refuses a statement without Effect"),
        ({"Effect": "Allow", "Principal": {"AWS": "111122223333"}}, "IAM refuses a statement without Action"),
        ({"Effect": "Allow", "Action": "sts:AssumeRole"}, "IAM refuses a statement without Principal"),
    ],
)
def test_a_statement_that_iam_refuses_spoils_the_whole_trust(statement: dict[str, object], why: str) -> None:
    found = trust_in_ec2(value({"Statement": [EC2, statement]}))
    assert found.verdict is False
    assert found.invalid is not None
    assert found.invalid.startswith(why)


def test_a_denial_cancels_the_trust() -> None:
    assert trust(EC2, {**EC2, "Effect": "Deny", "Action": "*"}) is False
    assert trust(EC2, {**EC2, "Effect": "Deny", "Condition": {}}) is False
    assert trust(EC2, {**EC2, "Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}) is None


DENIAL = {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}


@pytest.mark.parametrize(
    ("condition", "trusted"),
    [
        ({"StringNotEquals": {"aws:PrincipalTag/team": "red"}}, None),
        ({"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a"}}, None),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, None),
        ({"Bool": {"aws:PrincipalIsAWSService": "false"}}, True),
        ({"Bool": {"aws:PrincipalIsAWSService": "False"}}, True),
        ({"StringEqualsIgnoreCase": {"aws:PrincipalIsAWSService": "FALSE"}}, True),
        ({"StringNotEqualsIgnoreCase": {"aws:PrincipalIsAWSService": "TRUE"}}, True),
        ({"Bool": {"aws:PrincipalIsAWSService": "true"}}, None),
        ({"Bool": {"aws:PrincipalIsAWSService": "True"}}, None),
        ({"StringEqualsIgnoreCase": {"aws:PrincipalIsAWSService": "TRUE"}}, None),
        ({"StringEquals": {"aws:PrincipalTag/team": "red"}}, True),
        ({"StringLike": {"aws:userid": "AIDA*"}}, True),
        ({"StringEquals": {"aws:username": "bob"}}, True),
        ({"StringEquals": {"sts:ExternalId": "x"}}, True),
        ({"StringEquals": {"saml:aud": "x"}}, True),
        ({"Bool": {"aws:MultiFactorAuthPresent": "false"}}, True),
        ({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}, None),
        ({"Null": {"aws:username": "true"}}, None),
        (
            {"StringNotEquals": {"aws:PrincipalOrgID": "o-a"}, "Bool": {"aws:PrincipalIsAWSService": "false"}},
            True,
        ),
    ],
)
def test_a_denial_under_a_condition_cancels_what_it_may_hold_for(
    condition: dict[str, object], trusted: bool | None
) -> None:
    assert trust(EC2, {**DENIAL, "Condition": condition}) is trusted


def test_a_wrong_action_is_named() -> None:
    found = trust_in_ec2(value({"Statement": {**EC2, "Action": ["sts:TagSession", "sts:SetSourceIdentity"]}}))
    assert found.invalid == "a statement allows EC2 sts:TagSession and sts:SetSourceIdentity, not sts:AssumeRole"


def test_a_single_statement_needs_no_list() -> None:
    assert trust_in_ec2(value({"Statement": EC2})).verdict is True


def test_what_is_no_document_is_not_known() -> None:
    assert trust_in_ec2(value("nonsense")).verdict is None


@pytest.mark.parametrize(
    ("statement", "broad", "opens_iam"),
    [
        ({"Action": "*", "Resource": "*"}, True, True),
        ({"Action": ["s3:Get*", "*"], "Resource": ["arn:aws:s3:::b", "*"]}, True, True),
        ({"Action": "*:*", "Resource": "arn:aws:*"}, True, True),
        ({"Action": "?*:*", "Resource": "arn:*"}, True, True),
        ({"Action": "*:*", "Resource": "arn:*:*:*:*:*"}, True, True),
        ({"Action": "**", "Resource": "**"}, True, True),
        ({"Action": [f"{letter}*" for letter in "abcdefghijklmnopqrstuvwxyz"], "Resource": "*"}, True, True),
        ({"Action": [f"{letter}*" for letter in "abcdefghjklmnopqrstuvwxyz"], "Resource": "*"}, False, False),
        ({"Action": "*:Get*", "Resource": "*"}, False, False),
        ({"Action": "*:*:*", "Resource": "*"}, False, False),
        ({"Action": "iam:*", "Resource": "*"}, False, True),
        ({"Action": "IAM:put?olePolicy", "Resource": "arn:aws:iam::111122223333:role/*"}, False, True),
        ({"Action": "iam:PutRolePolicy", "Resource": "arn:aws:iam::*:role/team/*"}, False, False),
        ({"Action": "iam:PutRolePolicy", "Resource": "arn:aws:iam::*:user/*"}, False, False),
        ({"Action": "*", "Resource": "arn:aws:s3:::bucket/*"}, False, False),
        ({"Action": "*", "Resource": "arn:aws:iam::*:*"}, False, True),
        ({"NotAction": "iam:*", "Resource": "*"}, True, False),
        ({"NotAction": ["iam:Put*", "organizations:*"], "Resource": "*"}, True, True),
        ({"NotAction": "*", "Resource": "*"}, False, False),
        ({"Action": "*", "NotResource": "arn:aws:s3:::bucket"}, True, True),
        ({"Action": "*", "NotResource": "arn:aws:iam::*:*"}, True, False),
        ({"Action": "*", "NotResource": "*"}, False, False),
        ({"Action": "s3:GetObject", "NotAction": [], "Resource": "arn:aws:s3:::b", "NotResource": []}, False, False),
        ({"NotAction": [], "Resource": "*"}, False, False),
        ({"NotAction": 3, "NotResource": {"a": "b"}}, False, False),
        ({}, False, False),
    ],
)
def test_what_is_broad_and_what_opens_iam(statement: dict[str, object], broad: bool, opens_iam: bool) -> None:
    [found] = document(value({"Statement": [{"Effect": "Allow", **statement}]})).statements
    assert (found.is_broad, found.opens_iam) == (broad, opens_iam)


# Service Authorization Reference, "Actions, resources, and condition keys for AWS Identity and Access Management".
KINDS_OF_IAM = {
    "role": [
        "PutRolePolicy",
        "AttachRolePolicy",
        "UpdateAssumeRolePolicy",
        "PassRole",
    ],
    "user": [
        "PutUserPolicy",
        "AttachUserPolicy",
        "CreateAccessKey",
        "CreateLoginProfile",
        "UpdateLoginProfile",
        "DeleteAccessKey",
    ],
    "group": ["PutGroupPolicy", "AttachGroupPolicy", "AddUserToGroup"],
    "policy": ["CreatePolicyVersion", "SetDefaultPolicyVersion"],
}


@pytest.mark.parametrize("kind", KINDS_OF_IAM)
@pytest.mark.parametrize("action", [action for actions in KINDS_OF_IAM.values() for action in actions])
def test_an_action_of_iam_is_covered_by_all_resources_of_its_kind(kind: str, action: str) -> None:
    resource = f"arn:aws:iam::111122223333:{kind}/*"
    statement = {"Effect": "Allow", "Action": f"iam:{action}", "Resource": resource}
    [found] = document(value({"Statement": [statement]})).statements
    assert (found.covers(f"iam:{action}") is True) == (action in KINDS_OF_IAM[kind])


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-eusc"])
def test_administrator_access_in_every_partition(partition: str) -> None:
    assert managed_policy_path(text(f"arn:{partition}:iam::aws:policy/AdministratorAccess")) == "AdministratorAccess"


@pytest.mark.parametrize(
    ("arn", "path"),
    [
        ("arn:aws:iam::aws:policy/job-function/AdministratorAccess", "job-function/AdministratorAccess"),
        ("arn:aws:iam::111122223333:policy/AdministratorAccess", None),
        ("arn:aws:iam::aws:policy/AdministratorAccess-Amplify", "AdministratorAccess-Amplify"),
        ("AdministratorAccess", "AdministratorAccess"),
        ("job-function/AdministratorAccess", None),
        ("iam::aws:policy/AdministratorAccess", None),
        ("arn:aws:sns:eu-west-1:111122223333:AdministratorAccess", None),
    ],
)
def test_other_policies_are_not_administrator_access(arn: str, path: str | None) -> None:
    assert managed_policy_path(text(arn)) == path


def test_a_hole_for_the_partition_hides_nothing() -> None:
    hole = Hole(Unknown((Reason("the partition"),), Span(Source("t", ""), 0, 0)), "${p}")
    source = text("arn:").pieces
    arn = Text((*source, hole, *text(":iam::aws:policy/AdministratorAccess").pieces))
    assert managed_policy_path(arn) == "AdministratorAccess"


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=8))
def test_wildcards_mean_what_the_pattern_language_says(pattern: str, string: str) -> None:
    def matches(left: str, right: str) -> bool:
        if not left:
            return not right
        if left[0] == "*":
            return matches(left[1:], right) or (bool(right) and matches(left, right[1:]))
        return bool(right) and left[0] in ("?", right[0]) and matches(left[1:], right[1:])

    assert wildcard(pattern, string) is matches(pattern, string)


@pytest.mark.parametrize(
    ("patterns", "target", "is_held"),
    [
        (["arn:aws:iam::*"], "arn:aws:iam::*:role/*", True),
        (["arn:aws:*"], "arn:aws:iam::*:role/*", True),
        (["arn:*"], "arn:aws:iam::*:role/*", True),
        (["arn:aws:iam::*:*"], "arn:aws:iam::*:role/*", True),
        (["arn:aws:iam::111122223333*"], "arn:aws:iam::111122223333:role/x", True),
        (["arn:aws:s3:::*"], "arn:aws:iam::*:role/*", False),
        (["arn:aws:iam::*:role/a*"], "arn:aws:iam::*:role/*", False),
    ],
)
def test_a_pattern_shorter_than_an_arn_is_for_all_that_follows(patterns: list[str], target: str, is_held: bool) -> None:
    assert hold_together(patterns, target) is is_held


def test_an_exception_shorter_than_an_arn_leaves_nothing_of_what_follows() -> None:
    patterns, target = ["arn:aws:iam::111122223333:role/*t"], "arn:aws:iam::111122223333:role/*"
    assert hold_together(patterns, target, [["arn:aws:iam*"]]) is False
    assert hold_together(patterns, target, [["arn:aws:iam::111122223333:role/*t"]]) is True


SHORT = ["".join(letters) for size in range(7) for letters in itertools.product("ab", repeat=size)]


@given(st.text("ab*?", max_size=3), st.text("ab*?", max_size=3))
def test_two_patterns_overlap_when_a_string_matches_both(one: str, other: str) -> None:
    # A shortest common string is no longer than both patterns together.
    common = any(wildcard(one, string) and wildcard(other, string) for string in SHORT)
    assert overlap(one, other) is common


@given(st.text("ab*?", max_size=5), st.text("ab*?", max_size=4))
def test_a_pattern_that_matches_another_matches_all_that_it_stands_for(one: str, other: str) -> None:
    if wildcard(one, other):
        assert all(wildcard(one, string) for string in SHORT if wildcard(other, string))


@given(st.lists(st.text("ab*?", max_size=4), max_size=4), st.text("ab*?", max_size=3))
def test_patterns_hold_another_together_when_each_string_matches_one(patterns: list[str], target: str) -> None:
    # A string of letters that no pattern has decides as well.
    strings = ["".join(letters) for size in range(7) for letters in itertools.product("abc", repeat=size)]
    every = all(
        any(wildcard(pattern, string) for pattern in patterns) for string in strings if wildcard(target, string)
    )
    assert hold_together(patterns, target) is every


ACTIONS = ["s3:GetObject", "s3:PutObject", "iam:PutRolePolicy", "iam:PassRole", "ec2:RunInstances", "sts:AssumeRole"]
PATTERNS = st.one_of(
    st.sampled_from(["*", "*:*", "s3:*", "IAM:*", "iam:P*", "s3:?etObject", "*:*Role", "ec2:runinstances", "s*", "a*"]),
    st.sampled_from(ACTIONS),
)


def meant(patterns: list[str], action: str) -> bool:
    """Whether a pattern matches, by regular expressions."""
    return any(
        re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), action, re.IGNORECASE)
        for pattern in patterns
    )


@given(st.sampled_from(["Action", "NotAction"]), st.lists(PATTERNS, min_size=1, max_size=4), st.sampled_from(ACTIONS))
def test_actions_mean_what_regular_expressions_say(element: str, patterns: list[str], action: str) -> None:
    [found] = document(value({"Statement": {"Effect": "Allow", element: patterns, "Resource": "*"}})).statements
    assert found.covers_action(action) is (meant(patterns, action) == (element == "Action"))


@given(st.lists(st.one_of(PATTERNS, st.sampled_from([f"{letter}*" for letter in "abcdefghijklmnopqrstuvwxyz"]))))
def test_patterns_that_are_every_action_match_every_action(patterns: list[str]) -> None:
    if is_every_action([pattern.lower() for pattern in patterns]):
        assert all(meant(patterns, action) for action in [*ACTIONS, "zz9:Unheard-Of", "a1:B"])


@pytest.mark.parametrize(
    "denial",
    [
        {"Effect": "Deny", "Principal": {"Service": "*"}, "Action": "sts:*"},
        {"effect": "Deny", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
        {"Effect": "Deny", "Principal": {"Service": "ec2.amazonaws.com"}, "action": "sts:AssumeRole"},
    ],
)
def test_a_statement_that_may_deny_it_leaves_the_trust_open(denial: dict[str, object]) -> None:
    assert trust(EC2, denial) is None


def test_what_is_not_known_of_a_trust_policy_may_deny_it() -> None:
    at = Span(Source("t", ""), 0, 0)
    more = Unknown((Reason("a parameter", at),), at)
    statement = parse_json(text(json.dumps(EC2)))
    written = Known(Map({"Statement": (at, Known(Seq([statement, more]), at))}), at)
    assert trust_in_ec2(written).verdict is None


@pytest.mark.parametrize(
    ("version", "covers"), [("2012-10-17", True), ("2008-10-17", False), (None, False), ("2030-01-01", True)]
)
def test_only_the_latest_version_of_the_language_has_variables(version: str | None, covers: bool) -> None:
    resource = "arn:aws:iam::${aws:PrincipalAccount}:*"
    policy: dict[str, object] = {"Statement": {"Effect": "Allow", "Action": "iam:*", "Resource": resource}}
    [statement] = document(value({"Version": version, **policy} if version else policy)).statements
    assert statement.covers("iam:PutRolePolicy") is covers


@pytest.mark.parametrize("name", ["Effect", "Action", "Resource"])
def test_an_element_in_other_letter_case_is_not_known(name: str) -> None:
    """Whether IAM takes it is not documented."""
    written = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    other = {key.lower() if key == name else key: found for key, found in written.items()}
    [statement] = document(value({"Version": "2012-10-17", "Statement": [other]})).statements
    assert (statement.grants is not False and statement.is_broad) is None or statement.grants is None
    [reason] = document(value({"statement": [written]})).more.reasons  # type: ignore[union-attr]  # there is one
    assert reason.what == "whether IAM takes statement for Statement"


def test_an_element_without_a_value_is_none() -> None:
    """As in documents of Terraform, whose arguments may be null."""
    policy = {"Version": "2012-10-17", "Statement": [{**EC2, "NotPrincipal": None, "NotAction": None}]}
    assert trust_in_ec2(value(policy)).verdict is True

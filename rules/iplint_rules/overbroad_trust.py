"""Instance role that anyone can assume.

## What it does
Reads the trust policy of the role in each instance profile and asks whether a statement lets anyone in, by the
principal `*` or by web identities of a provider without a condition on whose they are, or names any action (`*`,
`sts:*`, `NotAction`) where `sts:AssumeRole` is meant.

Web identities must be limited by subject, or by audience where the provider gives each application its own: an identity
pool of Amazon Cognito, an application of Google or Facebook, a provider of your own. GitHub, GitLab, HCP Terraform,
Buildkite and Bitbucket serve everyone with the same audience; there a condition must name the owner (`repo:owner/*`).

## Why is this bad
Who can assume the role has all that the application may do, from outside and without touching an instance. A role is
opened this way to every account of AWS.

## Bad
```yaml
Resources:
  WebRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {Service: ec2.amazonaws.com}
            Action: sts:AssumeRole
          - Effect: Allow
            Principal: {AWS: "*"}
            Action: sts:AssumeRole
  WebProfile:
    Type: AWS::IAM::InstanceProfile
    Properties:
      Roles: [!Ref WebRole]
```
```terraform
resource "aws_iam_role" "web" {
  assume_role_policy = jsonencode({
    Statement = [
      { Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" },
      { Effect = "Allow", Principal = { AWS = "*" }, Action = "sts:AssumeRole" },
    ]
  })
}

resource "aws_iam_instance_profile" "web" {
  role = aws_iam_role.web.name
}
```

## Good
```yaml
Resources:
  WebRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {Service: ec2.amazonaws.com}
            Action: sts:AssumeRole
  WebProfile:
    Type: AWS::IAM::InstanceProfile
    Properties:
      Roles: [!Ref WebRole]
```
```terraform
resource "aws_iam_role" "web" {
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_instance_profile" "web" {
  role = aws_iam_role.web.name
}
```

## When it cannot tell
Whether the statement is there depends on an input, or its effect is not known. A principal from a parameter without a
default, an import or another configuration is taken for a named one, and so is such a value of a condition. A condition
or a denial may narrow the statement: the severity is one lower then, unless the condition holds for everyone
(`aws:PrincipalOrgID` like `*`). Where nothing but the action is too wide, the severity is medium; where only services
are trusted, which do nothing but assume the role, it is low and fails no launch. A profile that nothing here launches
with is one severity lower.

## Fix
Name `ec2.amazonaws.com` as the only principal, and `sts:AssumeRole` as the action.

## References
- IAM User Guide, "AWS JSON policy elements: Principal"
- IAM User Guide, "Create a role for OpenID Connect federation"
- CWE: CWE-732
- checkov: CKV_AWS_60, CKV_AWS_61
- KICS: 12b7e704-37f0-4d1e-911a-44bf60c48c21, f80e3aa7-7b34-4185-954e-440a6894dde6
- cfn-nag: F2, W14
- cfn-guard: IAM_ROLE_NO_FULL_ACCESS_ON_TRUST_POLICY
- semgrep: wildcard-assume-role, unrestricted-github-oidc-policy
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.aws.trust import openings
from iplint.finding import Fail, Severity, Undecided, Verdict
from iplint.model import InstanceProfile
from iplint.rule import rule
from iplint.value import Known


@rule(
    "overbroad-trust",
    group="role",
    on=InstanceProfile,
    severity=Severity.CRITICAL,
    why="anyone who can assume the role gets the application's permissions, without touching an instance",
    fix="trust only ec2.amazonaws.com, and allow it nothing but to assume the role",
)
def check(profile: InstanceProfile) -> Iterator[Verdict]:
    """Check that the trust policy of a role in an instance profile does not admit anyone."""
    match profile.role:
        case Known(role):
            for opening in openings(role.trust_policy):
                severity = Severity.CRITICAL if opening.is_anyone else Severity.MEDIUM
                severity = severity.lowered(opening.is_narrowed + opening.of_services + (not profile.launches))
                who = opening.who if opening.is_anyone else "its principals by any action"
                narrowed = ", as far as a condition or a denial lets them" if opening.is_narrowed else ""
                if opening.unknown is not None:
                    question = f"whether {role.address}, the role in {profile.description}, can be assumed by {who}"
                    yield Undecided(opening.unknown, question, address=role.address, part=str(opening.at.key()))
                    continue
                yield Fail(
                    opening.at,
                    f"{role.address}, the role in {profile.description}, can be assumed by {who}{narrowed}",
                    related=profile.path,
                    severity=severity,
                    address=role.address,
                    label=opening.who if opening.is_anyone else f"{opening.what} means more than to assume the role",
                    part=str(opening.at.key()),
                    counts=not opening.of_services,
                )
        case _:
            pass

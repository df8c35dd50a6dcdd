"""Instance role that people or other accounts can assume.

## What it does
Reads the trust policy of the role in each instance profile and asks whether it names accounts, users or an identity
provider for people. It runs only when it is selected: a team may have reasons to let its people take the role of its
servers, and says so with this trust.

## Why is this bad
What people need and what a server needs differ; one role for both has too many permissions for each, and the audit log
no longer shows who did what.

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
            Principal: {AWS: "arn:aws:iam::111122223333:root"}
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
      { Effect = "Allow", Principal = { AWS = "111122223333" }, Action = "sts:AssumeRole" },
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
The principal comes from an input, or is a role: what is behind it is not known, and it is not counted.

## Fix
Give people a role of their own, and leave `ec2.amazonaws.com` alone in this one.

## References
- IAM User Guide, "AWS JSON policy elements: Principal"
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.aws.trust import people
from iplint.finding import Fail, Severity, Verdict
from iplint.model import InstanceProfile
from iplint.rule import rule
from iplint.value import Known


@rule(
    "role-shared-with-people",
    group="role",
    on=InstanceProfile,
    severity=Severity.LOW,
    why="one role for people and servers has too many permissions for each",
    fix="give people a role of their own, and let this one trust only ec2.amazonaws.com",
    optional=True,
)
def check(profile: InstanceProfile) -> Iterator[Verdict]:
    """Check that the role in an instance profile does not trust people."""
    match profile.role:
        case Known(role) if role.trust.verdict is not False:
            others = people(role.trust_policy)
            if others:
                yield Fail(
                    others[0].at,
                    f"{role.address}, the role in {profile.description}, can be assumed by {others[0].what} too",
                    related=profile.path,
                    address=role.address,
                    label=others[0].what,
                )
        case _:
            pass

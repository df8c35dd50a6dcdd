"""Instance role that another service can assume.

## What it does
Reads the trust policy of the role in each instance profile and asks whether it names further services beside EC2.

## Why is this bad
Instance profiles are for EC2; functions, tasks and pipelines have roles of their own kind. With one role for all, each
has the permissions of the others, and a compromise of one reaches as far as all of them.

## Bad
```yaml
Resources:
  WebRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {Service: [ec2.amazonaws.com, lambda.amazonaws.com]}
            Action: sts:AssumeRole
  WebProfile:
    Type: AWS::IAM::InstanceProfile
    Properties:
      Roles: [!Ref WebRole]
```
```terraform
resource "aws_iam_role" "web" {
  assume_role_policy = jsonencode({
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = ["ec2.amazonaws.com", "lambda.amazonaws.com"] }
      Action    = "sts:AssumeRole"
    }]
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
The service comes from an input: it is not counted. A profile that nothing here launches with is one severity lower.

## Fix
Give each service a role of its own, and leave `ec2.amazonaws.com` alone in this one.

## References
- IAM User Guide, "IAM roles"
- Amazon EC2 User Guide, "IAM roles for Amazon EC2"
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.aws.trust import other_services
from iplint.finding import Fail, Severity, Verdict, series
from iplint.model import InstanceProfile
from iplint.rule import rule
from iplint.value import Known


@rule(
    "role-shared-with-other-service",
    group="role",
    on=InstanceProfile,
    severity=Severity.MEDIUM,
    why="one role for several services gives each the permissions of the others",
    fix="give each service a role of its own, and let this one trust only ec2.amazonaws.com",
)
def check(profile: InstanceProfile) -> Iterator[Verdict]:
    """Check that the role in an instance profile trusts EC2 only."""
    match profile.role:
        case Known(role) if role.trust.verdict is not False:
            others = other_services(role.trust_policy)
            if others:
                names = series(dict.fromkeys(other.name for other in others))
                yield Fail(
                    others[0].at,
                    f"{role.address}, the role in {profile.description}, is trusted by {names} too",
                    related=profile.path,
                    severity=None if profile.launches else Severity.LOW,
                    address=role.address,
                    label="not EC2",
                )
        case _:
            pass

"""Unused instance profile.

## What it does
Looks for instance profiles to which nothing refers: no launch, no other resource, no output. A profile that is given no
name of its own can be used in no other way. It runs only when it is selected.

## Why is this bad
The role that is meant for a launch does not reach it: the launch runs bare, or with another role. What is left behind
keeps permissions that nobody looks after.

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
Outputs:
  Profile:
    Value: !Ref WebProfile
    Export: {Name: web-profile}
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

output "profile" {
  value = aws_iam_instance_profile.web.name
}
```

## When it cannot tell
The profile has a name of its own, by which others may use it. Whatever may be a reference counts as use: any mention of
the profile in its template or module, an output that nobody reads included. Templates with loops or transforms, plans
and states are not checked.

## Fix
Give the profile to the launch that it is meant for, or remove it with its role.

## References
- IAM User Guide, "Use instance profiles"
- AWS CloudFormation Template Reference, "AWS::IAM::InstanceProfile"
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.finding import Fail, Severity, Undecided, Verdict
from iplint.model import InstanceProfile
from iplint.rule import rule
from iplint.value import Reason, Unknown


@rule(
    "unused-instance-profile",
    group="profile",
    on=InstanceProfile,
    severity=Severity.LOW,
    why="the launch that it is meant for runs without credentials, and its role keeps permissions that nobody reviews",
    fix="give the profile to the launch that it is meant for, or remove it with its role",
    optional=True,
)
def check(profile: InstanceProfile) -> Iterator[Verdict]:
    """Check that something uses an instance profile."""
    match profile.is_in_use:
        case False:
            yield Fail(profile.at, f"nothing uses {profile.description}", label="nothing refers to it")
        case None:
            at = profile.effective_name.at
            yield Undecided(
                Unknown((Reason("who else writes its name", at),), at), f"whether anything uses {profile.description}"
            )
        case True:
            pass

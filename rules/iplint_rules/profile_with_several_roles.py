"""Instance profile with more than one role.

## What it does
Counts the roles that each instance profile names.

## Why is this bad
An instance profile holds one role and no more; IAM refuses the second, so the deployment fails. Instances could not use
two roles either: they have the credentials of one.

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
  LogRole:
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
      Roles: [!Ref WebRole, !Ref LogRole]
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

## When it cannot tell
Whether a further role is named depends on an input.

## Fix
Keep one role, with the permissions that the application needs.

## References
- IAM User Guide, "Use instance profiles"
- IAM User Guide, "IAM and AWS STS quotas"
- AWS CloudFormation Template Reference, "AWS::IAM::InstanceProfile"
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.finding import Fail, Severity, Verdict
from iplint.model import InstanceProfile
from iplint.rule import CLOUDFORMATION, rule


@rule(
    "profile-with-several-roles",
    group="profile",
    on=InstanceProfile,
    severity=Severity.HIGH,
    why="an instance profile contains exactly one role, so the deployment fails",
    fix="keep one role, with the permissions that the application needs",
    languages=(CLOUDFORMATION,),
)
def check(profile: InstanceProfile) -> Iterator[Verdict]:
    """Check that an instance profile names one role."""
    roles = profile.role_references
    if len(roles) > 1:
        yield Fail(
            roles[1].at,
            f"{profile.description} is given {len(roles)} roles",
            related=profile.path,
            severity=None if profile.launches else Severity.MEDIUM,
            label="an instance profile holds one role only",
        )

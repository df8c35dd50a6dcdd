"""Instance profile without a role.

## What it does
Looks at each instance profile and asks whether it names a role at all.

## Why is this bad
An empty profile delivers no credentials. EC2 refuses to launch with it ("has no associated IAM Roles"); if its role is
taken out later, the metadata service has nothing to hand out, and sooner or later somebody bakes a key into the image.

## Bad
```yaml
Resources:
  WebProfile:
    Type: AWS::IAM::InstanceProfile
    Properties:
      Roles: []
```
```terraform
resource "aws_iam_instance_profile" "web" {
  name = "web"
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
Whether the profile names a role depends on an input. Where a role's name is unknown, the question is whether EC2 can
assume it. A role that is put into the profile by hand, outside of what is read, is not seen. For a profile that no
launch here uses, the severity is one lower.

## Fix
Put the role of the application into the profile.

## References
- IAM User Guide, "Use instance profiles"
- AWS CloudFormation Template Reference, "AWS::IAM::InstanceProfile"
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.finding import Fail, Severity, Verdict
from iplint.model import InstanceProfile
from iplint.rule import rule
from iplint.value import Absent, Known, Unknown


@rule(
    "profile-without-role",
    group="profile",
    on=InstanceProfile,
    severity=Severity.HIGH,
    why="EC2 refuses to launch with an empty profile, and one that is emptied later delivers no credentials",
    fix="add the application's role to the profile",
)
def check(profile: InstanceProfile) -> Iterator[Verdict]:
    """Check that an instance profile holds a role."""
    severity = None if profile.launches else Severity.MEDIUM
    match profile.role:
        case Absent(at=at):
            yield Fail(
                at,
                f"{profile.holder} names no role",
                related=profile.path,
                severity=severity,
                label="no role",
            )
        case Known() | Unknown():
            pass

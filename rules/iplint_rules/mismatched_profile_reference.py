"""Instance profile reference of the wrong kind (name or ARN).

## What it does
Looks at what each launch, or its launch template, names as instance profile, and asks whether the form is one that the
setting takes: a name where AWS wants a name, an ARN where it wants an ARN, one of both where it wants either, and a
reference that is not mere text.

## Why is this bad
AWS looks for a profile whose name is the ARN, or refuses the request: the launch fails, for a group often long after
the deployment.

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
  Web:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-0abcdef1234567890
      IamInstanceProfile: !GetAtt WebProfile.Arn
      MetadataOptions:
        HttpTokens: required
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

resource "aws_instance" "web" {
  ami                  = "ami-0abcdef1234567890"
  iam_instance_profile = aws_iam_instance_profile.web.arn
  metadata_options {
    http_tokens = "required"
  }
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
  Web:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-0abcdef1234567890
      IamInstanceProfile: !Ref WebProfile
      MetadataOptions:
        HttpTokens: required
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

resource "aws_instance" "web" {
  ami                  = "ami-0abcdef1234567890"
  iam_instance_profile = aws_iam_instance_profile.web.name
  metadata_options {
    http_tokens = "required"
  }
}
```

## When it cannot tell
Which form the value has depends on an input. A value that comes from a parameter without a default, an import or
another configuration has the form that its place takes.
For a launch template that no launch here uses, the severity is one lower.

## Fix
Name the profile in the form that the setting takes, or use the setting for the form that it has: `Name` or `Arn`.
`--fix` does, for references to a profile that is declared beside the launch and for literals under the wrong name.

## References
- AWS CloudFormation Template Reference, "AWS::EC2::Instance"
- AWS CloudFormation Template Reference, "AWS::EC2::LaunchTemplate IamInstanceProfile"
- Terraform AWS provider documentation, "aws_instance"
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from iplint.finding import Fail, Severity, Verdict
from iplint.model import Launch
from iplint.rule import rule

TAKEN = {
    "name": "the name of an instance profile",
    "arn": "the ARN of an instance profile",
    "either": "the name or the ARN of an instance profile",
    "block": "a block that names the instance profile",
}
GIVEN = {
    "name": "a name",
    "arn": "an ARN",
    "path": "a path and a name",
    "id": "an id that only IAM uses",
    "quoted": "a reference in quotes, which is mere text",
    "structure": "a list or a mapping",
}


@rule(
    "mismatched-profile-reference",
    group="profile",
    on=Launch,
    severity=Severity.MEDIUM,
    why="AWS finds no profile by a name where it expects an ARN, or the reverse, so the launch fails",
    fix="reference the profile in the form that the property expects",
)
def check(launch: Launch) -> Iterator[Verdict]:
    """Check that a launch names its instance profile in the form that the setting takes."""
    severity = Severity.LOW if launch.is_template else None
    settings = launch.named_profiles
    for setting in settings:
        form = setting.named.form
        # That a role is given is another fact.
        if form is None or setting.fits or setting.named.kind == "role":
            continue
        yield Fail(
            setting.named.at,
            f"{setting.name} of {launch.profile_holder} takes {TAKEN[setting.form]}, but is given {GIVEN[form]}",
            related=launch.path_to(setting),
            severity=severity,
            address=launch.profile_holder,
            label=GIVEN[form],
            part=setting.name,
            change=launch.profile_change(setting),
        )
    for one, other in pairwise(settings):
        if one.excludes(other):
            yield Fail(
                other.named.at,
                f"{launch.profile_holder} names its instance profile twice, by {one.name} and by {other.name}",
                related=launch.path_to(other),
                severity=severity,
                address=launch.profile_holder,
                label=f"{one.name} is set too",
                part="both",
            )

"""Role given where an instance profile is expected.

## What it does
Looks at what each launch, or its launch template, names as instance profile, and asks whether that is a role: a
reference to one, the ARN of one, or a name that a role declared here has and no instance profile.

## Why is this bad
An instance profile is a thing of its own that holds the role; only the console makes one of the same name with each
role. A launch that names a role finds no profile of that name and fails, or takes one that merely has the name.

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
  Web:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-0abcdef1234567890
      IamInstanceProfile: !Ref WebRole
      MetadataOptions:
        HttpTokens: required
```
```terraform
resource "aws_iam_role" "web" {
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_instance" "web" {
  ami                  = "ami-0abcdef1234567890"
  iam_instance_profile = aws_iam_role.web.name
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
The name is that of a role which a data source reads: an instance profile of this name may exist. A name that nothing
here declares, or that a declared instance profile has too, is taken for a profile's.
For a launch template that no launch here uses, the severity is one lower.

## Fix
Declare an instance profile that holds the role, and name the profile. Where the root has exactly one that does, `--fix`
names it. A launch template of an EKS node group names none: EKS makes the profile, of the node role.

## References
- IAM User Guide, "Use instance profiles"
- Amazon EC2 User Guide, "IAM roles for Amazon EC2"
- Amazon EKS User Guide, "Customize managed nodes with launch templates"
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.finding import Fail, Severity, Undecided, Verdict
from iplint.model import Launch
from iplint.rule import rule
from iplint.value import Reason, Unknown


@rule(
    "role-as-instance-profile",
    group="profile",
    on=Launch,
    severity=Severity.HIGH,
    why="a launch needs an instance profile: it fails, or uses a profile that happens to have the role's name",
    fix="declare an instance profile with the role, and reference the profile",
)
def check(launch: Launch) -> Iterator[Verdict]:
    """Check that a launch does not name a role as its instance profile."""
    severity = Severity.MEDIUM if launch.is_template else None
    for setting in launch.named_profiles:
        named = setting.named
        if named.kind != "role":
            continue
        if named.is_read and named.form == "name":
            unknown = Unknown((Reason(f"the name of {named.what}", named.at),), named.at)
            question = f"whether an instance profile for {launch.address} has the name that a role has"
            yield Undecided(unknown, question, related=launch.path_to(setting), severity=severity, part=setting.name)
        else:
            advice = (
                "; its service makes a profile of the role that it is given, and takes none"
                if launch.settings.spec.role
                else ""
            )
            yield Fail(
                named.at,
                f"{launch.address} is given role {named.what} as its instance profile{advice}",
                related=launch.path_to(setting),
                severity=severity,
                address=launch.profile_holder,
                label="a role, not an instance profile",
                part=setting.name,
                change=launch.profile_change(setting),
            )

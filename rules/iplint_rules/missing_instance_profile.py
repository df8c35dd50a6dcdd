"""Launch without an instance profile.

## What it does
Looks at every launch (an instance, a spot request, a group, a fleet, a service that runs instances), merged with its
launch template, and asks whether it names an instance profile.

## Why is this bad
Without a profile the metadata service has no credentials to hand out, so code on the instance that calls AWS can only
use a stored key: long-lived, copied with every image and backup, and useful to whoever finds it.

## Bad
```yaml
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-0abcdef1234567890
      MetadataOptions:
        HttpTokens: required
```
```terraform
resource "aws_instance" "web" {
  ami = "ami-0abcdef1234567890"
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
The launch starts from a template that is declared elsewhere, or the profile is given only under a condition that
nothing here settles. A profile that comes from a parameter, an import or another configuration is a profile.
For a launch template that no launch here uses, the severity is info.
An instance that only builds an image needs no profile, so it is not asked for one; nor is the launch template of an EKS
node group, as EKS makes the profile of the group's role.

## Fix
Give the launch, or its launch template, an instance profile that holds a role for this application. A role, its
profile and the reference, to be filled with what the application needs; in CloudFormation:
```yaml
Resources:
  WebRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
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
      IamInstanceProfile: !Ref WebProfile   # in a launch template: IamInstanceProfile: {Name: !Ref WebProfile}
```
In Terraform:
```terraform
resource "aws_iam_role" "web" {
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_instance_profile" "web" {
  role = aws_iam_role.web.name
}

resource "aws_instance" "web" {
  iam_instance_profile = aws_iam_instance_profile.web.name # in a launch template: iam_instance_profile { name = ... }
}
```

## References
- Amazon EC2 User Guide, "IAM roles for Amazon EC2"
- IAM User Guide, "Use instance profiles"
- AWS Config: ec2-instance-profile-attached
- CIS AWS Foundations Benchmark 3.0: 1.18
- NIST SP 800-53 r5: AC-3, CM-5(1)(a), CM-6a
- PCI DSS 4.0: 7.2.1.5, 7.2.2.5, 7.2.5.3, 7.3.1.3, 7.3.2.3, 7.3.3.3, 8.2.7.3, 8.2.8.5, 8.3.4.3
- CWE: CWE-284
- checkov: CKV2_AWS_41
- KICS: f914357d-8386-4d56-9ba6-456e5723f9a6, 0b93729a-d882-4803-bdc3-ac429a21f158
- prowler: ec2_instance_profile_attached
- cfn-guard: EC2_INSTANCE_PROFILE_ATTACHED
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.finding import Fail, Severity, Undecided, Verdict
from iplint.model import Launch
from iplint.rule import rule
from iplint.value import Absent, Known, Unknown


@rule(
    "missing-instance-profile",
    group="profile",
    on=Launch,
    severity=Severity.HIGH,
    why="without a profile the instance gets no credentials, so long-lived keys end up on it",
    fix="give the launch or its launch template an instance profile with a role of its own",
)
def check(launch: Launch) -> Iterator[Verdict]:
    """Check that a launch names an instance profile."""
    severity = Severity.INFO if launch.is_template else None
    match launch.profile:
        case Absent() if launch.needs_no_profile:
            pass
        case Absent(at=at, trail=trail):
            yield Fail(
                at,
                f"{launch.address} launches without an instance profile",
                related=(*trail, *launch.path),
                severity=severity,
                address=launch.profile_holder,
                label="no instance profile",
            )
        case Unknown(present=False) as unknown:
            yield Undecided(unknown, f"whether {launch.address} has an instance profile", related=launch.path)
        case Known() | Unknown():
            pass

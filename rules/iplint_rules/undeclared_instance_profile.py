"""Instance profile that is not declared here.

## What it does
Looks for launches that name their instance profile by a literal name or ARN which no instance profile of the same
deployment has. It is opt-in, because a profile may well be declared elsewhere.

## Why is this bad
The role behind such a name, its trust and its permissions are not reviewed with the template and may be made by hand.
The launch cannot be proven.

## Bad
```yaml
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-0abcdef1234567890
      IamInstanceProfile: web
      MetadataOptions:
        HttpTokens: required
```
```terraform
resource "aws_instance" "web" {
  ami                  = "ami-0abcdef1234567890"
  iam_instance_profile = "web"
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
Which name it is depends on an input. A name from a parameter, a variable, an import or a data source is not a literal,
and neither is one with a part from there.

## Fix
Declare the role and the instance profile beside the launch, or look the profile up by a data source or an export.

## References
- AWS CloudFormation Template Reference, "AWS::IAM::InstanceProfile"
- Terraform AWS provider documentation, "aws_iam_instance_profile"
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.finding import Fail, Severity, Verdict
from iplint.model import Launch
from iplint.rule import rule
from iplint.value import Known


@rule(
    "undeclared-instance-profile",
    group="hygiene",
    on=Launch,
    severity=Severity.INFO,
    why="nobody reviews what is behind a literal name, and nothing can be proven about it",
    fix="declare the role and the instance profile here, or look the profile up",
    optional=True,
)
def check(launch: Launch) -> Iterator[Verdict]:
    """Check that the instance profile of a launch is declared, or looked up."""
    match launch.profile:
        case Known(profile) if profile.resource is None and not profile.is_accepted:
            for setting in launch.named_profiles:
                if setting.is_literal:
                    what = setting.named.what
                    yield Fail(
                        setting.named.at,
                        f"{launch.address} launches with instance profile {what}, which is not declared here",
                        related=launch.path_to(setting),
                        address=launch.profile_holder,
                        label="not declared here",
                        part=setting.name,
                    )
        case _:
            pass

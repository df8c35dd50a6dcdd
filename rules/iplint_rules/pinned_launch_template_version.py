"""Launch of the first version of a template, for good.

## What it does
Looks at every launch that names a launch template of the same root, and asks which version it starts. `1`, `$Default`,
no version at all and the template's default version all mean the version that was deployed first, unless the template
makes each new version its default (`update_default_version` of `aws_launch_template`).

## Why is this bad
A later change of the template, such as one that requires session tokens, makes a new version that nothing launches. The
template reads as safe and the instances are not.

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
  Servers:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        ImageId: ami-0abcdef1234567890
        IamInstanceProfile: {Name: !Ref WebProfile}
        MetadataOptions: {HttpTokens: required}
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties:
      MinSize: "1"
      MaxSize: "2"
      LaunchTemplate: {LaunchTemplateId: !Ref Servers, Version: "1"}
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

resource "aws_launch_template" "web" {
  image_id = "ami-0abcdef1234567890"
  iam_instance_profile {
    name = aws_iam_instance_profile.web.name
  }
  metadata_options {
    http_tokens = "required"
  }
}

resource "aws_autoscaling_group" "web" {
  min_size = 1
  max_size = 2
  launch_template {
    id = aws_launch_template.web.id
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
  Servers:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        ImageId: ami-0abcdef1234567890
        IamInstanceProfile: {Name: !Ref WebProfile}
        MetadataOptions: {HttpTokens: required}
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties:
      MinSize: "1"
      MaxSize: "2"
      LaunchTemplate: {LaunchTemplateId: !Ref Servers, Version: !GetAtt Servers.LatestVersionNumber}
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

resource "aws_launch_template" "web" {
  image_id = "ami-0abcdef1234567890"
  iam_instance_profile {
    name = aws_iam_instance_profile.web.name
  }
  metadata_options {
    http_tokens = "required"
  }
}

resource "aws_autoscaling_group" "web" {
  min_size = 1
  max_size = 2
  launch_template {
    id      = aws_launch_template.web.id
    version = aws_launch_template.web.latest_version
  }
}
```

## When it cannot tell
Whether the template updates its default version comes from an input without a value. A version that is neither the
latest nor the first one is not known here, so that all that depends on it is undecided.

## Fix
Name the template's latest version, or let the template update its default version.

## References
- Amazon EC2 User Guide, "Manage launch template versions"
- Terraform AWS provider documentation, Resource: aws_launch_template, update_default_version
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.finding import Fail, Severity, Undecided, Verdict
from iplint.model import Launch
from iplint.rule import rule
from iplint.value import Absent, Known, Unknown


@rule(
    "pinned-launch-template-version",
    group="hygiene",
    on=Launch,
    severity=Severity.LOW,
    why="later changes of the launch template, such as requiring session tokens, never reach an instance",
    fix="name the template's latest version, or let the template update its default version",
)
def check(launch: Launch) -> Iterator[Verdict]:
    """Check that a launch follows the changes of its launch template."""
    match launch.pinned_version:
        case Known(template, at=at, trail=trail):
            yield Fail(
                at,
                f"{launch.address} always launches the first version of {template}, whatever is changed in it later",
                related=trail,
                label="the first version",
            )
        case Unknown() as unknown:
            yield Undecided(unknown, f"whether {launch.address} always launches the first version of its template")
        case Absent():
            pass

"""Launch configuration instead of a launch template.

## What it does
Looks for launch configurations, and for Auto Scaling groups that launch from one. It runs only when it is selected:
launch configurations still work where they are.

## Why is this bad
Auto Scaling recommends launch templates: new accounts cannot make launch configurations, and these lack the newer
settings, those of the metadata service among them.

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
    Type: AWS::AutoScaling::LaunchConfiguration
    Properties:
      ImageId: ami-0abcdef1234567890
      InstanceType: t3.micro
      IamInstanceProfile: !Ref WebProfile
      MetadataOptions: {HttpTokens: required}
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties:
      MinSize: "1"
      MaxSize: "2"
      LaunchConfigurationName: !Ref Servers
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

resource "aws_launch_configuration" "web" {
  image_id             = "ami-0abcdef1234567890"
  instance_type        = "t3.micro"
  iam_instance_profile = aws_iam_instance_profile.web.name
  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
  }
}

resource "aws_autoscaling_group" "web" {
  min_size             = 1
  max_size             = 2
  launch_configuration = aws_launch_configuration.web.name
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
Whether a group launches from a launch configuration depends on an input.

## Fix
Declare a launch template with the same settings, and let the group launch from it.

## References
- Amazon EC2 Auto Scaling User Guide, "Launch configurations"
- AWS Security Hub: AutoScaling.9
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.finding import Fail, Severity, Undecided, Verdict
from iplint.model import Launch
from iplint.rule import CLOUDFORMATION, rule
from iplint.value import Absent, Known, Unknown


@rule(
    "launch-configuration",
    group="hygiene",
    on=Launch,
    severity=Severity.INFO,
    why="launch configurations lack newer settings, and new accounts cannot create them",
    fix="declare a launch template with the same settings, and use it in the group",
    optional=True,
    undecided_in=(CLOUDFORMATION,),
)
def check(launch: Launch) -> Iterator[Verdict]:
    """Check that instances are launched from a launch template."""
    match launch.launch_configuration:
        case Known(address, at=at):
            does = "is" if launch.is_template else "launches from"
            yield Fail(
                at,
                f"{launch.address} {does} a launch configuration",
                address=address,
                label="a launch configuration",
            )
        case Unknown() as unknown:
            yield Undecided(unknown, f"whether {launch.address} launches from a launch configuration")
        case Absent():
            pass

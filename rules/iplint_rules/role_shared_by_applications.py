"""Role shared by several applications or environments.

## What it does
Follows each role to the launches that get it, by whatever instance profile, and asks whether two of them say in their
tags that they are different applications or environments: the same tag, such as `Application`, `Project` or
`Environment`, with different values. It runs only when it is selected: tags are no more than a hint.

## Why is this bad
A shared role has what each application needs, so that each can do what only the others should, and a compromise of one
reaches all; with environments, from testing into production.

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
      IamInstanceProfile: !Ref WebProfile
      MetadataOptions:
        HttpTokens: required
      Tags: [{Key: Application, Value: shop}]
  Billing:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-0abcdef1234567890
      IamInstanceProfile: !Ref WebProfile
      MetadataOptions:
        HttpTokens: required
      Tags: [{Key: Application, Value: billing}]
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
  tags = {
    Application = "shop"
  }
}

resource "aws_instance" "billing" {
  ami                  = "ami-0abcdef1234567890"
  iam_instance_profile = aws_iam_instance_profile.web.name
  metadata_options {
    http_tokens = "required"
  }
  tags = {
    Application = "billing"
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
      Tags: [{Key: Application, Value: shop}]
  BillingRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {Service: ec2.amazonaws.com}
            Action: sts:AssumeRole
  BillingProfile:
    Type: AWS::IAM::InstanceProfile
    Properties:
      Roles: [!Ref BillingRole]
  Billing:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-0abcdef1234567890
      IamInstanceProfile: !Ref BillingProfile
      MetadataOptions:
        HttpTokens: required
      Tags: [{Key: Application, Value: billing}]
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
  tags = {
    Application = "shop"
  }
}

resource "aws_iam_role" "billing" {
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_instance_profile" "billing" {
  role = aws_iam_role.billing.name
}

resource "aws_instance" "billing" {
  ami                  = "ami-0abcdef1234567890"
  iam_instance_profile = aws_iam_instance_profile.billing.name
  metadata_options {
    http_tokens = "required"
  }
  tags = {
    Application = "billing"
  }
}
```

## When it cannot tell
Which tag or role a launch has depends on an input. Launches without such tags, and the instances of one block, count as
one application. A role that is not declared here is not followed.

## Fix
Give each application, in each environment, a role and an instance profile of its own.

## References
- IAM User Guide, "Security best practices in IAM"
- KICS: c53c7a89-f9d7-4c7b-8b66-8a555be99593
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.finding import Fail, Severity, Verdict
from iplint.model import InstanceProfile
from iplint.rule import rule
from iplint.value import Known, Step


@rule(
    "role-shared-by-applications",
    group="role",
    on=InstanceProfile,
    severity=Severity.LOW,
    why="a shared role lets each application do what only the others should, and a compromise of one reaches all",
    fix="give each application, in each environment, a role and an instance profile of its own",
    optional=True,
)
def check(profile: InstanceProfile) -> Iterator[Verdict]:
    """Check that the launches with one role belong to one application in one environment."""
    shared = profile.applications
    match profile.role:
        case Known(role) if shared is not None:
            one, other, tag = shared
            yield Fail(
                role.resource.at,
                f"{role.address} is the role of {one.address} and {other.address}, which differ in their tag {tag}",
                related=tuple(Step(user.profile_at, f"{user.address} launches with it") for user in (one, other)),
                address=role.address,
                label="one role for both",
            )
        case _:
            pass

"""Instance role with full access to a service.

## What it does
Looks at the policies of roles in instance profiles for statements that allow every action of a service on every
resource of it (`s3:*` on `*` or on `arn:aws:s3:::*`), those of attached AWS managed policies included
(`AmazonS3FullAccess`). What is a part of administrator access or of a way to more permissions is reported by those
rules; `ec2messages` and `ssmmessages`, which only carry what the agent of Systems Manager says, are left out.

## Why is this bad
Code on an instance needs some actions on some resources. With all of them, whoever gets at the credentials reads and
deletes what has nothing to do with the instance.

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
      Policies:
        - PolicyName: web
          PolicyDocument:
            Statement:
              - {Effect: Allow, Action: "s3:*", Resource: "*"}
  WebProfile:
    Type: AWS::IAM::InstanceProfile
    Properties:
      Roles: [!Ref WebRole]
  Web:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-0abcdef1234567890
      IamInstanceProfile: !Ref WebProfile
      MetadataOptions: {HttpTokens: required}
```
```terraform
resource "aws_iam_role" "web" {
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}
resource "aws_iam_role_policy" "web" {
  role = aws_iam_role.web.id
  policy = jsonencode({
    Statement = [
      { Effect = "Allow", Action = ["s3:*", "sqs:ReceiveMessage"], Resource = "*" }
    ]
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
      Policies:
        - PolicyName: web
          PolicyDocument:
            Statement:
              - {Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::artifacts/*"}
  WebProfile:
    Type: AWS::IAM::InstanceProfile
    Properties:
      Roles: [!Ref WebRole]
  Web:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-0abcdef1234567890
      IamInstanceProfile: !Ref WebProfile
      MetadataOptions: {HttpTokens: required}
```
```terraform
resource "aws_iam_role" "web" {
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}
resource "aws_iam_role_policy" "web" {
  role = aws_iam_role.web.id
  policy = jsonencode({
    Statement = [
      { Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::artifacts/*" }
    ]
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
Only certain grants are reported: statements whose actions or resources come from an input without a value are not. A
condition, and a permission boundary that is not declared here, lower the severity. What depends on the choice of an
input is undecided. For a profile that no launch here uses, the severity is one lower.

## Fix
Grant the actions that the code needs, on the resources that it needs.

## References
- IAM User Guide, "Grant least privilege access"
- AWS Config: iam-policy-no-statements-with-full-access
- AWS Security Hub: IAM.21
- NIST SP 800-53 r5: AC-3, AC-5b, AC-6(2), AC-6(10), CM-5(1)(a)
- cfn-guard: IAM_POLICY_NO_STATEMENTS_WITH_FULL_ACCESS, IAM_MANAGEDPOLICY_NO_STATEMENTS_WITH_FULL_ACCESS
- semgrep: no-iam-star-actions
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.finding import Fail, Severity, Verdict, series
from iplint.model import Role
from iplint.rule import rule


@rule(
    "service-wide-access",
    group="privilege",
    on=Role,
    severity=Severity.MEDIUM,
    why="whoever gets these credentials can do anything in the service",
    fix="grant the actions that the code needs, on the resources that it needs",
)
def check(role: Role) -> Iterator[Verdict]:
    """Check that a role in an instance profile does not have full access to a service."""
    if not role.profiles:
        return
    for grant, services in role.wide_services:
        lower = (not role.launches) + grant.is_narrowed
        named = series(f"{service}:*" for service in services)
        yield Fail(
            grant.place(f"{services[0]}:*"),
            f"{role.address} may do anything with a whole service: {named} on every resource",
            related=role.path,
            severity=Severity.MEDIUM.lowered(lower) if lower else None,
            address=grant.address,
            label=named,
            part=grant.part,
        )

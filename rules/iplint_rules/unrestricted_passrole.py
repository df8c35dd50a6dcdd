"""Instance role that can pass any role to a service.

## What it does
Looks at the policies of roles in instance profiles for `iam:PassRole` on every resource, or on every role. Where the
same role can also start something with the role that it passes, that is a way to more permissions, which
privilege-escalation reports instead.

## Why is this bad
To pass a role is to hand its permissions on. An instance that may pass any role is one permission away from the most
powerful role of the account, and that permission is often granted later, or by a policy that is not in sight.

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
              - {Effect: Allow, Action: "iam:PassRole", Resource: "*"}
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
      { Effect = "Allow", Action = "iam:PassRole", Resource = "*" }
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
              - {Effect: Allow, Action: "iam:PassRole", Resource: "arn:aws:iam::111122223333:role/worker"}
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
      { Effect = "Allow", Action = "iam:PassRole", Resource = "arn:aws:iam::111122223333:role/worker" }
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
condition, such as on the service that a role is passed to, and a permission boundary that is not declared here lower
the severity. What depends on the choice of an input is undecided. For a profile that no launch here uses, the severity
is one lower.

## Fix
Name the roles that may be passed, and the service that may get them (`iam:PassedToService`).

## References
- IAM User Guide, "Grant a user permissions to pass a role to an AWS service"
- KICS: e39bee8c-fe54-4a3f-824d-e5e2d1cca40a
- cfn-nag: F38, F39, F40
- trivy: AVD-AWS-0342
- CWE: CWE-269
- cfn-guard: IAM_ROLE_NO_WILDCARD_RESOURCE_ON_PASSROLE, IAM_POLICY_NO_WILDCARD_RESOURCE_ON_PASSROLE
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.aws.escalation import PASS_ROLE
from iplint.finding import Fail, Severity, Verdict
from iplint.model import Role
from iplint.rule import rule


@rule(
    "unrestricted-passrole",
    group="privilege",
    on=Role,
    severity=Severity.MEDIUM,
    why="whoever may pass any role is one permission away from the most powerful one",
    fix="limit the roles that may be passed, and the service that may receive them",
    optional=True,
)
def check(role: Role) -> Iterator[Verdict]:
    """Check that a role in an instance profile may pass only the roles that it names."""
    if not role.profiles:
        return
    grant = role.passes_any_role
    if grant is not None:
        lower = (not role.launches) + grant.is_narrowed
        yield Fail(
            grant.place(PASS_ROLE),
            f"{role.address} may pass any role to a service",
            related=role.path,
            severity=Severity.MEDIUM.lowered(lower) if lower else None,
            address=grant.address,
            label="every role may be passed",
        )

"""Instance role that can escalate its privileges.

## What it does
Evaluates the statements of all policies of a role in an instance profile together, those of attached AWS managed
policies included, and looks for the published ways to more permissions: to change its own policies, to start something
that runs with a more powerful role, to take over what already runs with another role, to act as another user or role.
All actions of a way must be allowed on every resource that they need (all functions, all stacks, all roles, by one
pattern or by several together), or on the role itself when that is enough; denials and permission boundaries in sight
count.

A role that can assume an administrator role of the same root, or pass it to something that it can start, has its
access too: the trust policy of that role must allow it, and roles in between are followed. The related places show the
way.

## Why is this bad
None of the statements looks like administrator access, and together they lead to it: whoever gets at the credentials
of the instance goes on as somebody more powerful.

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
              - {Effect: Allow, Action: "ec2:RunInstances", Resource: "*"}
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
      { Effect = "Allow", Action = "ec2:RunInstances", Resource = "*" },
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
              - {Effect: Allow, Action: "ec2:RunInstances", Resource: "*"}
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
      { Effect = "Allow", Action = "ec2:RunInstances", Resource = "*" },
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
Where an input without a value, or anything else that is unknown, decides the effect, actions or resources of a
statement that may be a part of a way, that is undecided: a role that may be passed or assumed and is given by an input
may be any role. An unknown part of an ARN is taken for a part of a name, and so is an ARN that AWS gives or a data
source reads.
A condition and a permission boundary that is not in sight lower the
severity, whatever the condition asks for, with three exceptions: one that an instance never meets (a second factor, a
user name, a federated identity) ends the way; one that leaves only resources with a tag, a policy or a boundary is
treated as naming resources; and a role must be allowed to be passed to the service of the way. What depends on the
choice of an input is undecided, and so is a role that may be assumed or passed where a statement, an effect or an
action of its trust policy is unknown. A role that has administrator access or nearly is reported for that alone. A
profile that nothing here launches with is one severity lower, and so is a way that needs another user or role that is
not in sight.

## Fix
Name the resources of at least one of the actions: the roles that may be passed, the functions or instances that may
be changed.

## References
- IAM User Guide, "Grant least privilege access"
- IAM User Guide, "Grant a user permissions to pass a role to an AWS service"
- pathfinding.cloud, "AWS IAM privilege escalation paths"
- AWS Managed Policy Reference
- CWE: CWE-269
- checkov: CKV_AWS_110, CKV_AWS_286
- KICS: 30b88745-eebe-4ecb-a3a9-5cf886e96204, be2aa235-bd93-4b68-978a-1cc65d49082f
- KICS: 0a592060-8166-49f5-8e65-99ac6dce9871, fa62ac4f-f5b9-45b9-97c1-625c8b6253ca
- KICS: f1173d8c-3264-4148-9fdb-61181e031b51
- prowler: iam_policy_allows_privilege_escalation, iam_inline_policy_allows_privilege_escalation
- KICS: eda48c88-2b7d-4e34-b6ca-04c0194aee17, f465fff1-0a0f-457d-aa4d-1bddb6f204ff
- KICS: 5b4d4aee-ac94-4810-9611-833636e5916d, ee49557d-750c-4cc1-aa95-94ab36cbefde
- KICS: eb64f1e9-f67d-4e35-8a3c-3d6a2f9efea7, 118281d0-6471-422e-a7c5-051bc667926e
- KICS: c583f0f9-7dfd-476b-a056-f47c62b47b46, 7c96920c-6fd0-449d-9a52-0aa431b6beaf
- KICS: 9a205ba3-0dd1-42eb-8d54-2ffec836b51a, 35ccf766-0e4d-41ed-9ec4-2dab155082b4
- semgrep: no-iam-priv-esc-funcs, no-iam-priv-esc-roles, no-iam-priv-esc-other-users
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.finding import Fail, Severity, Undecided, Verdict
from iplint.model import Role
from iplint.rule import rule


@rule(
    "privilege-escalation",
    group="privilege",
    on=Role,
    severity=Severity.HIGH,
    why="these permissions lead to permissions that nobody meant to grant",
    fix="limit at least one of the actions to named resources, such as the roles that may be passed",
)
def check(role: Role) -> Iterator[Verdict]:
    """Check that the policies of a role in an instance profile allow no privilege escalation."""
    if not role.profiles:
        return
    ways = role.escalations
    if ways:
        first, *others = ways
        severity = Severity.HIGH if first.is_direct else Severity.MEDIUM
        lower = (not role.launches) + first.is_narrowed
        more = f"; {len(others)} more path{'s' if len(others) > 1 else ''}" if others else ""
        yield Fail(
            first.place,
            f"{role.address} {first.what} ({first.path.name}){more}",
            related=(*first.steps[1:], *role.path),
            severity=severity.lowered(lower) if lower else severity,
            address=first.first.address,
            label=first.steps[0].message,
        )
        return
    for grant, unknown in role.open_escalations:
        question = f"whether {role.address} can give itself any permission"
        yield Undecided(unknown, question, related=role.path, address=grant.address, part=grant.part)

"""A policy gives administrator access.

## What it does
Finds the AWS managed policy AdministratorAccess wherever it is attached, in every partition, and statements that allow
every action on every resource: inline, in managed policies, and in policy documents.

## Why is this bad
Whoever gets at the credentials of such a role, a compromised instance above all, has the account.

## Bad
```yaml
Resources:
  BuildRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {Service: ec2.amazonaws.com}
            Action: sts:AssumeRole
      ManagedPolicyArns:
        - !Sub arn:${AWS::Partition}:iam::aws:policy/AdministratorAccess
```
```terraform
resource "aws_iam_role_policy" "build" {
  role = "build"
  policy = jsonencode({
    Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }]
  })
}
```

## Good
```yaml
Resources:
  BuildRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {Service: ec2.amazonaws.com}
            Action: sts:AssumeRole
      ManagedPolicyArns:
        - !Sub arn:${AWS::Partition}:iam::aws:policy/AmazonSSMManagedInstanceCore
```
```terraform
resource "aws_iam_role_policy" "build" {
  role = "build"
  policy = jsonencode({
    Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::artifacts/*" }]
  })
}
```

## When it cannot tell
The attached policy is declared elsewhere, or its ARN, actions or resources come from an input without a value.
A condition or a permission boundary may narrow the grant: that lowers the severity.

## Fix
Grant the actions that the code needs, on the resources that it needs.

## References
- IAM User Guide, "Grant least privilege access"
- AWS Managed Policy Reference, "AdministratorAccess"
- AWS Security Hub control IAM.1
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.finding import Fail, Severity, Undecided, Verdict
from iplint.model import Grantor
from iplint.rule import rule
from iplint.value import Known, Unknown


@rule(
    "administrator-access",
    group="privilege",
    on=Grantor,
    severity=Severity.HIGH,
    why="whoever gets these credentials has the account",
    fix="grant the actions that the code needs, on the resources that it needs",
)
def check(holder: Grantor) -> Iterator[Verdict]:
    """A policy does not give administrator access."""
    for grant in holder.grants:
        match grant.administrator:
            case Known(value=True):
                severity = Severity.HIGH if holder.is_attached else Severity.MEDIUM
                if holder.launches:
                    severity = Severity.CRITICAL
                yield Fail(
                    grant.at,
                    f"{holder.address} gives administrator access: {grant.what}",
                    related=(*grant.related, *holder.path),
                    severity=severity.lowered() if grant.is_narrowed else severity,
                    address=grant.address,
                    label=grant.what,
                    part=grant.part,
                )
            case Unknown() as unknown:
                question = f"whether {holder.address} gives administrator access"
                yield Undecided(unknown, question, address=grant.address, part=grant.part)
            case Known():
                pass

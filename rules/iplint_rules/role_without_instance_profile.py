"""Role for EC2 without an instance profile.

## What it does
Looks for roles that only EC2 may assume, that no instance profile holds, and to which nothing else refers but the
policies that they are given. It runs only when it is selected.

## Why is this bad
An instance gets a role through an instance profile and in no other way: the role reaches no instance. The launch that
it is meant for runs bare, or with another role, and the permissions stay behind for whoever wires them next.

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
```
```terraform
resource "aws_iam_role" "web" {
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy_attachment" "web" {
  role       = aws_iam_role.web.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
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
```

## When it cannot tell
The role has a name of its own, by which a profile elsewhere may hold it. Whatever may be a reference counts as use: any
mention of the role in its template or module outside of its policies, an output that nobody reads included. Templates
with loops or transforms, plans and states are not checked.

## Fix
Put the role into an instance profile and give that to the launch, or remove the role.

## References
- IAM User Guide, "Use instance profiles"
- IAM User Guide, "Use an IAM role to grant permissions to applications running on Amazon EC2 instances"
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.aws.trust import other_services, people
from iplint.finding import Fail, Severity, Undecided, Verdict
from iplint.model import Role
from iplint.rule import rule
from iplint.value import Reason, Unknown


@rule(
    "role-without-instance-profile",
    group="role",
    on=Role,
    severity=Severity.LOW,
    why="an instance gets a role only through a profile, so the intended launch runs without it",
    fix="add the role to an instance profile and use that in the launch, or remove the role",
    optional=True,
)
def check(role: Role) -> Iterator[Verdict]:
    """Check that each role for EC2 only is in an instance profile."""
    if not role.trust.verdict or other_services(role.trust_policy) or people(role.trust_policy):
        return
    match role.is_in_use:
        case False:
            yield Fail(role.resource.at, f"no instance profile holds {role.address}", label="no profile holds it")
        case None:
            at = role.name.at
            question = f"whether an instance profile holds {role.address}"
            yield Undecided(Unknown((Reason("who else writes its name", at),), at), question)
        case True:
            pass

"""Role referenced by ARN where IAM expects its name.

## What it does
Looks at what each instance profile names as its role, and asks whether that is the name of a role: not an ARN, not the
name of an instance profile, and not a reference in quotes. Of a role that a service wraps in a profile of its own, as
EKS does, it asks whether that is an ARN.

## Why is this bad
IAM looks for a role with this very text as its name, finds none, and the deployment fails.

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
      Roles: [!GetAtt WebRole.Arn]
```
```terraform
resource "aws_iam_role" "web" {
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_instance_profile" "web" {
  role = aws_iam_role.web.arn
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
Which form the value has depends on an input. A value that comes from a parameter without a default, an import or
another configuration has the form that its place takes.

## Fix
Name the role by `!Ref` or `.name`; where a service asks for an ARN, by `!GetAtt ... .Arn` or `.arn`.
`--fix` does, for references to a role that is declared beside the profile.

## References
- AWS CloudFormation Template Reference, "AWS::IAM::InstanceProfile"
- AWS CloudFormation Template Reference, "AWS::EKS::Nodegroup"
- Terraform AWS provider documentation, "aws_iam_instance_profile"
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.finding import Fail, Severity, Verdict
from iplint.model import InstanceProfile
from iplint.rule import rule

TAKEN = {"name": "the name of a role", "arn": "the ARN of a role"}
GIVEN = {
    "name": "a name",
    "arn": "an ARN",
    "path": "a path and a name",
    "id": "an id that only IAM uses",
    "quoted": "a reference in quotes, which is mere text",
    "structure": "a list or a mapping",
}


@rule(
    "mismatched-role-reference",
    group="profile",
    on=InstanceProfile,
    severity=Severity.MEDIUM,
    why="IAM looks for a role with exactly this text as its name, so the deployment fails",
    fix="reference the role by its name (!Ref or .name)",
)
def check(profile: InstanceProfile) -> Iterator[Verdict]:
    """Check that an instance profile names its role by the role's name."""
    for number, named in enumerate(profile.role_references):
        if named.kind == "profile":
            given = f"instance profile {named.what}"
        elif named.form is not None and named.form != profile.role_form:
            given = GIVEN[named.form]
        else:
            continue
        yield Fail(
            named.at,
            f"{profile.holder} takes {TAKEN[profile.role_form]}, but is given {given}",
            related=profile.path,
            label=given,
            part=str(number),
            change=profile.role_change(named),
        )

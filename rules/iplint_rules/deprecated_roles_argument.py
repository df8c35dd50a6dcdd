"""Instance profile with the removed argument `roles`.

## What it does
Looks for the argument `roles` on `aws_iam_instance_profile`.

## Why is this bad
Version 3.0.0 of Terraform's AWS provider removed the argument: the configuration does not even plan with any provider
since, so it is bound to one that gets no fixes.

## Bad
```terraform
resource "aws_iam_role" "web" {
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_instance_profile" "web" {
  roles = [aws_iam_role.web.name]
}
```

## Good
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
Whether the argument is set depends on an input.

## Fix
Write `role` with the one name in place of `roles`. `--fix` does.

## References
- Terraform AWS provider, changelog of version 3.0.0, "resource/aws_iam_instance_profile"
- Terraform AWS provider documentation, "aws_iam_instance_profile"
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.finding import Fail, Severity, Verdict
from iplint.model import InstanceProfile
from iplint.rule import TERRAFORM, rule


@rule(
    "deprecated-roles-argument",
    group="profile",
    on=InstanceProfile,
    severity=Severity.MEDIUM,
    why="the AWS provider has no such argument since 3.0.0, so the configuration does not plan",
    fix="replace roles = [x] with role = x",
    languages=(TERRAFORM,),
)
def check(profile: InstanceProfile) -> Iterator[Verdict]:
    """Check that an instance profile names its role by the argument `role`."""
    at = profile.old_roles
    if at is not None:
        message = f"{profile.address} names its role by roles, which was removed"
        yield Fail(at, message, label="use role", change=profile.old_roles_change)

"""Instance role that EC2 cannot assume.

## What it does
Follows each instance profile to its role and reads the role's trust policy: some statement must allow
`sts:AssumeRole` to the EC2 service.

## Why is this bad
An instance profile delivers credentials by letting EC2 assume the role in it. Where the trust policy names another
service, a misspelt one or an account, the launch succeeds, the metadata service serves no credentials, and sooner or
later somebody bakes a key into the image.

## Bad
```yaml
Resources:
  AppRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {Service: lambda.amazonaws.com}
            Action: sts:AssumeRole
  AppProfile:
    Type: AWS::IAM::InstanceProfile
    Properties:
      Roles: [!Ref AppRole]
```
```terraform
resource "aws_iam_role" "app" {
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_instance_profile" "app" {
  role = aws_iam_role.app.name
}
```

## Good
```yaml
Resources:
  AppRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {Service: ec2.amazonaws.com}
            Action: sts:AssumeRole
  AppProfile:
    Type: AWS::IAM::InstanceProfile
    Properties:
      Roles: [!Ref AppRole]
```
```terraform
data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "app" {
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_instance_profile" "app" {
  role = aws_iam_role.app.name
}
```

## When it cannot tell
The role or its trust policy is declared elsewhere, the principal comes from an input without a value, is `*`, or the
statement has a condition that EC2's own call may not meet. Of `aws:SourceAccount` and `aws:SourceArn` the account must
be the one that the template is deployed to (`AWS::AccountId`, `aws_caller_identity`): an account, or an organization,
that is written out may be another one. A denial under a condition that may hold for EC2's call leaves it open as well.

## Fix
Name `ec2.amazonaws.com` as service in the principal of the role's trust policy. `--fix` corrects a misspelled name.
With `--unsafe-fixes` it also adds EC2 to the services of a policy of one statement; a role for EC2 alone may be better.

## References
- Amazon EC2 User Guide, "IAM roles for Amazon EC2"
- IAM User Guide, "AWS JSON policy elements: Principal"
- cfn-nag: F6
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.finding import Fail, Severity, Undecided, Verdict
from iplint.model import InstanceProfile
from iplint.rule import rule
from iplint.value import Absent, Known, Unknown

# Reported of a role only once EC2 can assume it.
REVEALED = ("role-shared-with-other-service",)


@rule(
    "role-without-ec2-trust",
    group="role",
    on=InstanceProfile,
    severity=Severity.HIGH,
    why="without this trust the instance gets no credentials, so long-lived keys end up on it",
    fix="add ec2.amazonaws.com as a service principal to the role's trust policy",
)
def check(profile: InstanceProfile) -> Iterator[Verdict]:
    """Check that the role in an instance profile trusts EC2."""
    if profile.is_accepted:
        return
    question = f"whether EC2 can assume the role behind {profile.description}"
    severity = None if profile.launches else Severity.MEDIUM
    match profile.role:
        case Known(role):
            trust = role.trust
            if trust.verdict is None:
                unknown = Unknown(trust.reasons, trust.at)
                yield Undecided(unknown, question, related=profile.path, severity=severity, address=role.address)
            elif not trust.verdict:
                why = f": {trust.invalid}" if trust.invalid is not None else ""
                yield Fail(
                    trust.at,
                    f"EC2 cannot assume {role.address}, the role in {profile.description}{why}",
                    related=profile.path,
                    severity=severity,
                    address=role.address,
                    label=trust.invalid or f"{role.address} trusts {trust.trusted}",
                    change=role.trust_change(REVEALED),
                )
        case Unknown() as unknown if not profile.names_no_role:
            yield Undecided(unknown, question, related=profile.path, severity=severity)
        case Absent() | Unknown():
            pass

"""Instance role with near-administrator permissions.

## What it does
Looks at the policies of roles in instance profiles, attached AWS managed policies included, which are evaluated by
their statements (`IAMFullAccess`, `PowerUserAccess` and others, in every partition). Finds statements that allow all of
IAM on every resource, or everything but IAM: by an exception (`NotAction`, `NotResource`), or because a denial or a
permission boundary takes IAM away. Finds roles that can give themselves permissions, or start something with any role,
and change something in ten services or more besides, as with `AdministratorAccess-Amplify`.

## Why is this bad
Who can change any policy has the account a moment later, and who can do everything outside of IAM has all its data
and every role that something in the account already runs with.

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
      ManagedPolicyArns:
        - !Sub arn:${AWS::Partition}:iam::aws:policy/PowerUserAccess
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
      { Effect = "Allow", Action = "iam:*", Resource = "*" }
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
The resources of a statement on IAM come from an input without a value. A condition or an unsettled permission boundary
may narrow the grant: that lowers the severity. Only roles of known instance profiles are checked. A role with
administrator access is reported for that alone. For a profile that no launch here uses, the severity is one lower.

## Fix
Grant the actions that the code needs, on the resources that it needs. For sessions and run commands of AWS Systems
Manager, the policy `AmazonSSMManagedInstanceCore` is enough.

## References
- IAM User Guide, "Grant least privilege access"
- AWS Managed Policy Reference, "PowerUserAccess"
- AWS Managed Policy Reference, "IAMFullAccess"
- cfn-nag: W44
- cfn-guard: IAM_ROLE_ELEVATED_MANAGED_POLICY_RULE, IAM_ROLE_NO_WILDCARD_ACTIONS_ON_PERMISSIONS
- semgrep: no-iam-star-actions
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.finding import Fail, Severity, Undecided, Verdict
from iplint.model import Role
from iplint.rule import rule
from iplint.value import Known, Unknown


@rule(
    "near-administrator-access",
    group="privilege",
    on=Role,
    severity=Severity.HIGH,
    why="these permissions are one step from the whole account",
    fix="grant the actions that the code needs, on the resources that it needs",
)
def check(role: Role) -> Iterator[Verdict]:
    """Check that a role in an instance profile does not have near-administrator permissions."""
    if not role.profiles:
        return
    reported: set[str] = set()
    for grant in role.wide_grants:
        match grant.near_administrator:
            case Known(value=True):
                if role.administrator is not None:
                    return
                if grant.source in reported:
                    continue
                reported.add(grant.source)
                lower = (not role.launches) + grant.is_narrowed
                yield Fail(
                    grant.place() if grant.is_broad else grant.place("iam:*"),
                    f"{role.address} has nearly administrator access by {grant.what}",
                    related=role.path,
                    severity=Severity.HIGH.lowered(lower) if lower else None,
                    address=grant.address,
                    label=grant.what,
                    part=grant.part,
                )
            case Unknown() as unknown:
                question = f"whether {role.address} has nearly administrator access"
                yield Undecided(unknown, question, address=grant.address, part=grant.part)
            case Known():
                pass
    way = role.far_reaching
    if way is not None:
        lower = (not role.launches) + way.is_narrowed
        yield Fail(
            way.place,
            f"{role.address} has nearly administrator access: it {way.what} ({way.path.name}), and changes what "
            "many services have",
            related=(*way.steps[1:], *role.path),
            severity=Severity.HIGH.lowered(lower) if lower else None,
            address=way.first.address,
            label=way.steps[0].message,
            part=way.first.part,
        )

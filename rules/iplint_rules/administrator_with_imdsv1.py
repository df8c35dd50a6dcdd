"""Administrator role exposed through IMDSv1 (SSRF).

## What it does
Puts two facts about a launch together: its role has administrator access, or is next to it, and its metadata service
answers requests without a session token (IMDSv1). Each has a rule of its own; this rule reports that they meet, and
whether the instance also asks for a public address.

## Why is this bad
IMDSv1 gives the credentials of the role to whoever can make the instance send one GET request. When they are those of
an administrator, a server-side request forgery in any program on the instance is a takeover of the account.

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
        - !Sub arn:${AWS::Partition}:iam::aws:policy/AdministratorAccess
  WebProfile:
    Type: AWS::IAM::InstanceProfile
    Properties:
      Roles: [!Ref WebRole]
  Web:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-0abcdef1234567890
      IamInstanceProfile: !Ref WebProfile
      MetadataOptions: {HttpTokens: optional}
```
```terraform
resource "aws_iam_role" "web" {
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}
resource "aws_iam_role_policy_attachment" "web" {
  role       = aws_iam_role.web.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}
resource "aws_iam_instance_profile" "web" {
  role = aws_iam_role.web.name
}
resource "aws_instance" "web" {
  ami                  = "ami-0abcdef1234567890"
  iam_instance_profile = aws_iam_instance_profile.web.name
  metadata_options {
    http_tokens = "optional"
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
The role has administrator access, and whether IMDSv1 is allowed comes from an input without a value, or from a launch
template that is declared elsewhere. Launches whose role is not declared here are not reported.

## Fix
Require session tokens (IMDSv2) at once, then grant the role what the code needs and no more.

## References
- Amazon EC2 User Guide, "Use the Instance Metadata Service to access instance metadata"
- IAM User Guide, "Grant least privilege access"
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.finding import Fail, Severity, Undecided, Verdict
from iplint.model import Launch
from iplint.rule import rule
from iplint.value import Known, Step, Unknown


@rule(
    "administrator-with-imdsv1",
    group="privilege",
    on=Launch,
    severity=Severity.CRITICAL,
    why="a forged request (SSRF) to the metadata service returns an administrator's credentials",
    fix="require session tokens (IMDSv2), and grant the role only what the code needs",
    composed_of=("administrator-access", "imdsv1-allowed"),
)
def check(launch: Launch) -> Iterator[Verdict]:
    """Check that an instance that allows IMDSv1 does not have an administrator role."""
    setting = launch.imdsv1
    if isinstance(setting, Known) and not setting.value:
        return
    role = launch.role
    if role is None:
        return
    grant = role.administrator or role.near_administrator
    if grant is None:
        return
    severity = Severity.CRITICAL.lowered(launch.is_template + grant.is_narrowed)
    what = "administrator access" if role.administrator is not None else "nearly administrator access"
    if isinstance(setting, Unknown):
        question = f"whether {launch.address}, whose role {role.address} has {what}, allows IMDSv1"
        yield Undecided(setting, question, related=launch.path, severity=severity)
        return
    public = " and asks for a public address" if launch.has_public_address else ""
    yield Fail(
        setting.at,
        f"{launch.address} allows IMDSv1, and its role {role.address} has {what}{public}",
        related=(
            *setting.trail,
            *launch.path,
            Step(launch.profile_at, f"{launch.address} gets the role {role.address}"),
            Step(grant.at, f"{grant.address} gives {what}: {grant.what}"),
            *grant.related,
        ),
        severity=severity,
        address=launch.imdsv1_holder,
        label=f"IMDSv1 with {what}",
    )

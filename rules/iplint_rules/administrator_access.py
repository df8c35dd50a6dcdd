"""Policy that grants administrator access.

## What it does
Finds the AWS managed policy AdministratorAccess wherever it is attached, in every partition, and statements that allow
every action on every resource: inline, in managed policies, and in policy documents. Statements in other words count as
well: those that except actions (`NotAction`) or resources (`NotResource`) and still leave open to change policies in
IAM, lists of actions that cover everything, a statement without an effect, and statements or policies that add up to
everything only when all policies of a role are taken together, such as PowerUserAccess beside IAMFullAccess. A denial
of IAM or of everything, in any policy of the same role, cancels the grant, and so does a known permission boundary that
does not allow it.

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
A condition, or a permission boundary that is not in sight, may narrow the grant: that lowers the severity. A denial
under a condition, of single actions, or of single resources is an exception and changes nothing. `IAMFullAccess`,
`PowerUserAccess`, `iam:*` and everything but IAM are not administrator access: near-administrator-access reports them.
A policy of AWS that is not among those known to this version (`iplint --version` shows their date) is undecided.

## Fix
Grant the actions that the code needs, on the resources that it needs.

## References
- IAM User Guide, "Grant least privilege access"
- IAM User Guide, "Policy evaluation logic"
- AWS Managed Policy Reference, "AdministratorAccess"
- AWS Config: iam-policy-no-statements-with-admin-access, iam-policy-blacklisted-check
- AWS Security Hub: IAM.1
- CIS AWS Foundations Benchmark 3.0: 1.16
- NIST SP 800-53 r5: AC-2(1), AC-2(6), AC-3, AC-3(3), AC-3(4), AC-5b, AC-6, AC-6(2), AC-6(3), AC-6(10)
- NIST SP 800-53 r5: CM-5(1)(a), SC-25
- PCI DSS 3.2.1: 2.2, 7.1.2, 7.1.3, 7.2.1, 7.2.2
- CWE: CWE-269, CWE-732
- checkov: CKV_AWS_1, CKV_AWS_49, CKV_AWS_62, CKV_AWS_63, CKV_AWS_274, CKV_AWS_275, CKV2_AWS_40
- trivy: AVD-AWS-0057
- KICS: b1ffa705-19a3-4b73-b9d0-0c97d0663842, 2f37c4a3-58b9-4afe-8a87-d7f1d2286f84
- KICS: 575a2155-6af1-4026-b1af-d5bc8fe2a904, 953b3cdb-ce13-428a-aa12-318726506661
- KICS: f62aa827-4ade-4dc4-89e4-1433d384a368
- cfn-nag: W43, F3, F4, F5
- prowler: iam_role_administratoraccess_policy
- cfn-guard: IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS
- cfn-guard: IAM_ROLE_ADMINISTRATOR_ACCESS_POLICY_RULE
- semgrep: no-iam-admin-privileges, aws-iam-admin-policy
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.finding import Fail, Severity, Undecided, Verdict
from iplint.model import PolicySource
from iplint.rule import rule
from iplint.value import Known, Unknown


@rule(
    "administrator-access",
    group="privilege",
    on=PolicySource,
    severity=Severity.HIGH,
    why="whoever gets these credentials controls the account",
    fix="grant the actions that the code needs, on the resources that it needs",
)
def check(holder: PolicySource) -> Iterator[Verdict]:
    """Check that a policy does not give administrator access."""
    for grant in holder.wide:
        match grant.administrator:
            case Known(value=True):
                severity = Severity.HIGH if holder.is_attached else Severity.MEDIUM
                if holder.launches:
                    severity = Severity.CRITICAL
                yield Fail(
                    grant.place(),
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

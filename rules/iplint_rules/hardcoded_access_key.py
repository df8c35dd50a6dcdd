"""Hardcoded AWS access key.

## What it does
Searches every text of a template for access key ids, secret access keys and session tokens: by their form, and by
assignment to a name that AWS tools read. User data is searched as text, through substitutions and joins, and inside
base64, gzip, MIME parts and cloud-init files.

An id, its secret and its session token side by side are one finding, at the secret.

## Why is this bad
A key in a template is in the repository, in its copies, in the service's console and, from user data, in the hands of
everything on the instance. It does not rotate, and it works from anywhere.

## Bad
```yaml
Resources:
  Upload:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: upload.main
      Role: arn:aws:iam::111122223333:role/upload
      Code: {S3Bucket: artifacts, S3Key: upload.zip}
      Environment:
        Variables:
          AWS_ACCESS_KEY_ID: AKIAFAKEFAKEFAKEFAK2
```
```terraform
provider "aws" {
  region     = "eu-central-1"
  access_key = "AKIAFAKEFAKEFAKEFAK2"
}
```

## Good
```yaml
Resources:
  Upload:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: upload.main
      Role: arn:aws:iam::111122223333:role/upload
      Code: {S3Bucket: artifacts, S3Key: upload.zip}
      Environment:
        Variables:
          BUCKET: artifacts
```
```terraform
provider "aws" {
  region  = "eu-central-1"
  profile = "deploy"
}
```

## When it cannot tell
It reports what is in the files; a key that comes from a parameter or a variable without a value is not.
Comments are searched for keys in the form that AWS gives them only. An access key id in a tag or a description is
reported with low severity.
Published example keys, and values without the form of a key, are reported with low severity when they are assigned
to the name of one: the habit is what matters. LocalStack dummy credentials (`test`, `mock`) are not reported.

## Fix
Delete the key in IAM, then let the code take its credentials from the instance profile, or from the role that its
service gives it.

## References
- IAM User Guide, "Manage access keys for IAM users" and "Security best practices in IAM"
- Amazon EC2 User Guide, "Run commands when you launch an EC2 instance with user data input"
- CWE: CWE-798
- checkov: CKV_AWS_46, CKV_AWS_41, CKV_SECRET_2
- trivy: AVD-AWS-0029, AVD-AWS-0129, aws-access-key-id, aws-secret-access-key
- KICS: d7b9d850-3e06-4a75-852f-c46c2e92240b, 0b93729a-d882-4803-bdc3-ac429a21f158
- prowler: ec2_instance_secrets_user_data, ec2_launch_template_no_secrets
- prowler: elasticbeanstalk_environment_no_secrets_in_configuration
- KICS: 1402afd8-a95c-4e84-8b0b-6fb43758e6ce, 2564172f-c92b-4261-9acd-464aed511696
- KICS: 9ecb6b21-18bc-4aa7-bd07-db20f1c746db, 76c0bcde-903d-456e-ac13-e58c34987852
- KICS: 83ab47ff-381d-48cd-bac5-fb32222f54af, 7f370dd5-eea3-4e5f-8354-3cb2506f9f13
- semgrep: aws-provider-static-credentials, aws-lambda-environment-credentials
- semgrep: detected-aws-access-key-id-value, detected-aws-secret-access-key
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.finding import Fail, Severity, Verdict
from iplint.model import ScannedText
from iplint.rule import rule
from iplint.value import Step

SEVERITIES = {"real": Severity.CRITICAL, "doubtful": Severity.LOW, "example": Severity.LOW}


@rule(
    "hardcoded-access-key",
    group="credentials",
    on=ScannedText,
    severity=Severity.CRITICAL,
    why="anyone who can read the template can read the key, and it does not rotate",
    fix="delete the key in IAM, and let the code use the credentials of the instance profile or of its service's role",
    undecided_in=(),
)
def check(scanned: ScannedText) -> Iterator[Verdict]:
    """Check that no text holds an access key."""
    for found, others in scanned.key_sets:
        kind = "example " if found.key.certainty == "example" else ""
        # An id alone opens nothing, and says whose key it is.
        is_label = scanned.is_description and found.key.kind == "access key id"
        doubt = ", though not in the form that AWS gives one" if found.key.certainty == "doubtful" else ""
        beside = " and ".join(f"its {other.key.description}" for other in others)
        yield Fail(
            found.at,
            f"{scanned.address} holds an AWS {kind}{found.key.description} in {scanned.place}{doubt}"
            + (f", beside {beside}" if beside else ""),
            related=tuple(Step(other.at, f"its {other.key.kind} is here") for other in others),
            severity=Severity.LOW if is_label else SEVERITIES[found.key.certainty],
            label=f"an {found.key.kind}" if found.key.kind.startswith("a") else f"a {found.key.kind}",
            hide=tuple(span for key in (found, *others) for span in key.hide),
            part=str(found.at.key()),
        )

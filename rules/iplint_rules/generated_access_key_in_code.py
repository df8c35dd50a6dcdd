"""Access key created for a function, task, build or object.

## What it does
Follows access keys that the template itself makes to the environment of Lambda functions, ECS tasks, App Runner
services, Batch jobs and CodeBuild projects, and to objects in S3 buckets. A task that requires EC2 or external
instances is the subject of `generated-access-key-on-instance`.
An id, its secret and its session token side by side are one finding.

## Why is this bad
Each of these services gives its code a role with temporary credentials. A key that is created and copied there does not
rotate, can be read in the console and through the API, and works from anywhere.

## Bad
```yaml
Resources:
  Uploader:
    Type: AWS::IAM::User
  UploaderKey:
    Type: AWS::IAM::AccessKey
    Properties: {UserName: !Ref Uploader}
  Upload:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: upload.main
      Role: arn:aws:iam::111122223333:role/upload
      Code: {S3Bucket: artifacts, S3Key: upload.zip}
      Environment:
        Variables:
          UPLOAD_SECRET: !GetAtt UploaderKey.SecretAccessKey
```
```terraform
resource "aws_iam_access_key" "uploader" {
  user = "uploader"
}

resource "aws_lambda_function" "upload" {
  function_name = "upload"
  role          = "arn:aws:iam::111122223333:role/upload"
  environment {
    variables = {
      UPLOAD_SECRET = aws_iam_access_key.uploader.secret
    }
  }
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
resource "aws_lambda_function" "upload" {
  function_name = "upload"
  role          = "arn:aws:iam::111122223333:role/upload"
  environment {
    variables = {
      BUCKET = "artifacts"
    }
  }
}
```

## When it cannot tell
A key that another stack or configuration makes, and that comes in by an import or a state, is not seen as one. A key
that is stored in Secrets Manager or Parameter Store only is not reported: it is stored where keys belong.

## Fix
Give the role of the function, task or project the permissions of the user, delete the key, and let the code use the
credentials of the role.

## References
- AWS Well-Architected Framework, "SEC02-BP02 Use temporary credentials"
- AWS Lambda Developer Guide, "Defining Lambda function permissions with an execution role"
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.aws.secrets import GENERATED_KEYS, attribute_in
from iplint.finding import Fail, Severity, Verdict
from iplint.model import ScannedText
from iplint.rule import rule
from iplint.value import Step


@rule(
    "generated-access-key-in-code",
    group="credentials",
    on=ScannedText,
    severity=Severity.HIGH,
    why="a key created to be copied does not rotate, and can be read in the console and through the API",
    fix="give the role of the function, task or project the user's permissions, and delete the key",
    undecided_in=(),
)
def check(scanned: ScannedText) -> Iterator[Verdict]:
    """Check that no function, task, build or object takes in an access key that the template creates."""
    for inflow, others in scanned.keys_taken_in:
        made = attribute_in(inflow.ref, GENERATED_KEYS)
        if made is None or not scanned.is_in_code:
            continue
        ref, what = made
        yield Fail(
            inflow.at,
            f"{scanned.address} holds the {what} of {ref.resource.address}, in {scanned.place}",
            related=(
                Step(ref.resource.at, f"{ref.resource.address} makes the key"),
                *(Step(other.at, f"its {other.kind} is here") for other in others),
            ),
            label=f"the {what} of {ref.resource.address}",
            part=f"{inflow.at.key()}",
        )

"""AWS credentials file put onto an instance.

## What it does
Finds user data, cloud-init, cfn-init, provisioners and image builds that write, copy or download an AWS credentials
file (`.aws/credentials`) onto an instance, or store an access key there with `aws configure` or the AWS tools for
PowerShell, whatever the file holds.

## Why is this bad
AWS SDKs and tools look at the credentials file before they ask for the credentials of the instance profile. The code
then works with a key that does not rotate and that everything on the instance can read, and the role has no effect.

## Bad
```yaml
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      IamInstanceProfile: web
      MetadataOptions: {HttpTokens: required}
      UserData:
        Fn::Base64: |
          #!/bin/sh
          aws s3 cp s3://deploy/web/credentials /root/.aws/credentials
```
```terraform
resource "aws_instance" "web" {
  iam_instance_profile = "web"
  metadata_options {
    http_tokens = "required"
  }
  user_data = <<-EOT
    #!/bin/sh
    aws s3 cp s3://deploy/web/credentials /root/.aws/credentials
  EOT
}
```

## Good
```yaml
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      IamInstanceProfile: web
      MetadataOptions: {HttpTokens: required}
      UserData:
        Fn::Base64: |
          #!/bin/sh
          aws configure set region eu-central-1
```
```terraform
resource "aws_instance" "web" {
  iam_instance_profile = "web"
  metadata_options {
    http_tokens = "required"
  }
  user_data = <<-EOT
    #!/bin/sh
    aws configure set region eu-central-1
  EOT
}
```

## When it cannot tell
Files that say where to get credentials (`credential_source`, `credential_process`, `role_arn`) and temporary
credentials are not reported. Programs that are installed, and scripts that are downloaded, are not read. Credentials
files in other places than `.aws` are not recognised.

## Fix
Take the file away, and let the code use the credentials of the instance profile. For another account's role, write
`role_arn` and `credential_source = Ec2InstanceMetadata` into `.aws/config`.

## References
- AWS SDKs and Tools Reference Guide, "Standardized credential providers"
- IAM User Guide, "Use IAM roles with applications on Amazon EC2 instances"
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.finding import Fail, Severity, Verdict
from iplint.model import ScannedText
from iplint.rule import rule


@rule(
    "credentials-file-on-instance",
    group="credentials",
    on=ScannedText,
    severity=Severity.MEDIUM,
    undecided_in=(),
    proves=True,
    why="a credentials file takes precedence over the instance profile, and its key does not rotate",
    fix="remove the file, and let the code use the credentials of the instance profile",
)
def check(scanned: ScannedText) -> Iterator[Verdict]:
    """Check that no text on an instance puts a credentials file there."""
    for what, at in scanned.credentials_files:
        yield Fail(
            at,
            f"{scanned.address} {what} on an instance, in {scanned.place}",
            label="credentials file",
            part=str(at.key()),
        )

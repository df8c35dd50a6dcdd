"""Script that prints, logs, stores or sends temporary credentials.

## What it does
Reads user data, cfn-init, write_files, provisioners and other scripts that run on instances, and follows the
credentials that they fetch from the metadata service or with AWS's command line interface: through pipelines, variables
and functions of the script, to the log, to files, to other hosts. Fields that are not secrets, such as the time of
expiry, do not count. It runs only when it is selected: a script can be read in more ways than one.

## Why is this bad
The log of user data is read through the console and by log collectors, and files outlive the session and get into
images. Whoever reads them has the permissions of the role until the credentials expire, from anywhere.

## Bad
```yaml
Resources:
  Worker:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-0abcdef1234567890
      IamInstanceProfile: workers
      MetadataOptions: {HttpTokens: required}
      UserData:
        Fn::Base64: |
          #!/bin/bash
          MD=http://169.254.169.254/latest
          TOKEN=$(curl -s -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" $MD/api/token)
          CREDS=$(curl -s -H "X-aws-ec2-metadata-token: $TOKEN" $MD/meta-data/iam/security-credentials/workers)
          echo "using $CREDS"
```
```terraform
resource "aws_instance" "worker" {
  ami                  = "ami-0abcdef1234567890"
  iam_instance_profile = "workers"
  metadata_options {
    http_tokens = "required"
  }
  user_data = <<-EOT
    #!/bin/bash
    aws configure export-credentials --format env > /opt/app/environment
  EOT
}
```

## Good
```yaml
Resources:
  Worker:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-0abcdef1234567890
      IamInstanceProfile: workers
      MetadataOptions: {HttpTokens: required}
      UserData:
        Fn::Base64: |
          #!/bin/bash
          aws s3 cp s3://artifacts/app.tar.gz /opt/app/
```
```terraform
resource "aws_instance" "worker" {
  ami                  = "ami-0abcdef1234567890"
  iam_instance_profile = "workers"
  metadata_options {
    http_tokens = "required"
  }
  user_data = <<-EOT
    #!/bin/bash
    aws s3 cp s3://artifacts/app.tar.gz /opt/app/
  EOT
}
```

## When it cannot tell
Nothing is undecided. Programs that a script installs or downloads are not read, nor what it does by means other than
those of the shell, PowerShell and the usual statements that print and log.

## Fix
Leave it to AWS's command line interface and SDKs to get credentials, when they need them, and to renew them.

## References
- Amazon EC2 User Guide, "Retrieve security credentials from instance metadata"
- Amazon EC2 User Guide, "Run commands when you launch an EC2 instance with user data input"
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.finding import Fail, Severity, Verdict
from iplint.model import ScannedText
from iplint.rule import rule

SEVERITIES = {"high": Severity.HIGH, "medium": Severity.MEDIUM, "low": Severity.LOW}


@rule(
    "exposed-temporary-credentials",
    group="credentials",
    on=ScannedText,
    severity=Severity.HIGH,
    why="whoever reads the log, the file or the request has the permissions of the role, from anywhere",
    fix="let the AWS CLI or SDK fetch the credentials where they are used, and do not store them",
    optional=True,
    undecided_in=(),
)
def check(scanned: ScannedText) -> Iterator[Verdict]:
    """Check that no script exposes temporary credentials."""
    for exposure, at in scanned.exposures:
        yield Fail(
            at,
            f"{scanned.address} {exposure.what} in {scanned.place}",
            severity=SEVERITIES[exposure.gravity],
            label=exposure.what,
            part=str(at.key()),
        )

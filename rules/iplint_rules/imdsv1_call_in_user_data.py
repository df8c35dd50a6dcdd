"""Script that calls IMDS without a session token.

## What it does
Reads user data, cfn-init, write_files, provisioners and other scripts that run on instances, unpacked as far as they
are packed, and finds the commands and functions that fetch from the metadata service. A call without the header of a
session token is reported, unless it is only made after one with a token has failed. Addresses and headers in
variables of the script are followed.

## Why is this bad
Once session tokens are required such a call is answered with an error, so the script breaks at the next launch; and as
long as they are not, this call is why nobody dares to require them. Severity is high where the launch requires them.

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
          ID=$(curl -s http://169.254.169.254/latest/meta-data/instance-id)
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
    ID=$(curl -s http://169.254.169.254/latest/meta-data/instance-id)
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
          MD=http://169.254.169.254/latest
          TOKEN=$(curl -s -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" $MD/api/token)
          ID=$(curl -s -H "X-aws-ec2-metadata-token: $TOKEN" $MD/meta-data/instance-id)
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
    MD=http://169.254.169.254/latest
    TOKEN=$(curl -s -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" $MD/api/token)
    ID=$(curl -s -H "X-aws-ec2-metadata-token: $TOKEN" $MD/meta-data/instance-id)
  EOT
}
```

## When it cannot tell
The header, or all options of a call, are in a variable that the script does not set. Whether tokens are required is
evaluated with the defaults of the inputs. Programs that are installed, and scripts that are downloaded, are not read.

## Fix
Get a token first with a PUT request and send it in the header of each call, or use a client that does: AWS's command
line interface and SDKs, `ec2-metadata`, `cloud-init query`, `Get-EC2InstanceMetadata`.

## References
- Amazon EC2 User Guide, "Use the Instance Metadata Service to access instance metadata"
- Amazon EC2 User Guide, "Transition to using Instance Metadata Service Version 2"
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.finding import Fail, Severity, Undecided, Verdict
from iplint.model import ScannedText
from iplint.rule import rule
from iplint.value import Known, Reason, Step, Unknown


@rule(
    "imdsv1-call-in-user-data",
    group="metadata",
    on=ScannedText,
    severity=Severity.MEDIUM,
    why="the call fails where session tokens are required, and is a reason not to require them elsewhere",
    fix="fetch a session token with a PUT request first, and send it in the header of the call",
)
def check(scanned: ScannedText) -> Iterator[Verdict]:
    """Check that no script for an instance calls the metadata service without a token."""
    for call, at in scanned.metadata_calls:
        if call.kind == "unknown":
            question = f"whether {scanned.place} of {scanned.address} calls the metadata service with a token"
            yield Undecided(
                Unknown((Reason("what a variable of the script holds", at),), at), question, part=str(at.key())
            )
        if call.kind != "without token" or call.is_fallback:
            continue
        message = f"{scanned.address} calls the metadata service without a session token in {scanned.place}"
        strict = [host for host in scanned.hosts if isinstance(host.imdsv1, Known) and not host.imdsv1.value]
        if strict:
            message += f"; this fails, as {strict[0].address} does not allow IMDSv1"
        yield Fail(
            at,
            message,
            severity=Severity.HIGH if strict else None,
            related=tuple(Step(host.imdsv1.at, f"{host.address} does not allow IMDSv1") for host in strict),
            label="no session token",
            part=str(at.key()),
        )

"""Access key created for an instance.

## What it does
Follows access keys that the template itself makes to the instances that they land on: user data, what an init system
reads, environment variables, image builds and containers on instances. A key that is stored in a secret, or in an
object of a bucket, which user data fetches is followed as well.
An id, its secret and its session token side by side are one finding.

## Why is this bad
The key is made only to be copied to a server: it is in user data, which anything on the instance can read, does not
rotate, and works from anywhere. An instance profile gives the same permissions without a key.

## Bad
```yaml
Resources:
  Uploader:
    Type: AWS::IAM::User
  UploaderKey:
    Type: AWS::IAM::AccessKey
    Properties: {UserName: !Ref Uploader}
  Web:
    Type: AWS::EC2::Instance
    Properties:
      IamInstanceProfile: web
      MetadataOptions: {HttpTokens: required}
      UserData:
        Fn::Base64: !Sub |
          #!/bin/sh
          /opt/uploader --secret ${UploaderKey.SecretAccessKey}
```
```terraform
resource "aws_iam_access_key" "uploader" {
  user = "uploader"
}

resource "aws_instance" "web" {
  iam_instance_profile = "web"
  metadata_options {
    http_tokens = "required"
  }
  user_data = <<-EOT
    #!/bin/sh
    /opt/uploader --secret ${aws_iam_access_key.uploader.secret}
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
          /opt/uploader --credentials-of-instance
```
```terraform
resource "aws_instance" "web" {
  iam_instance_profile = "web"
  metadata_options {
    http_tokens = "required"
  }
  user_data = <<-EOT
    #!/bin/sh
    /opt/uploader --credentials-of-instance
  EOT
}
```

## When it cannot tell
A key that another stack or configuration makes, and that comes in by an import or a state, is not seen as one. Servers
of Lightsail are not instances of EC2 and can have no instance profile: keys are not followed to them.

## Fix
Give the role behind the instance profile the permissions of the user, delete the key, and let the code use the
instance's own credentials.

## References
- IAM User Guide, "Use IAM roles with applications on Amazon EC2 instances"
- AWS Well-Architected Framework, "SEC02-BP02 Use temporary credentials"
- KICS: 7081f85c-b94d-40fd-8b45-a4f1cac75e46
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.aws.secrets import GENERATED_KEYS, attribute_in
from iplint.finding import Fail, Severity, Verdict
from iplint.model import ScannedText
from iplint.rule import rule
from iplint.value import Step


@rule(
    "generated-access-key-on-instance",
    group="credentials",
    on=ScannedText,
    severity=Severity.CRITICAL,
    why="a key created to be copied to a server does not rotate, and everything on the server can read it",
    fix="give the role of the instance profile the user's permissions, and delete the key",
    undecided_in=(),
)
def check(scanned: ScannedText) -> Iterator[Verdict]:
    """Check that no text on an instance takes in an access key that the template creates."""
    for inflow, others in scanned.keys_taken_in:
        made = attribute_in(inflow.ref, GENERATED_KEYS)
        if made is None or not scanned.is_on_instance or scanned.is_in_code:
            continue
        ref, what = made
        yield Fail(
            inflow.at,
            f"{scanned.address} puts the {what} of {ref.resource.address} on an instance, in {scanned.place}",
            related=(
                Step(ref.resource.at, f"{ref.resource.address} makes the key"),
                *(Step(other.at, f"its {other.kind} is here") for other in others),
            ),
            label=f"the {what} of {ref.resource.address}",
            part=f"{inflow.at.key()}",
        )
    for ref, holder, at in scanned.fetched_keys:
        yield Fail(
            at,
            f"{scanned.address} fetches the key of {ref.resource.address} from {holder}, in {scanned.place}",
            related=(Step(ref.resource.at, f"{ref.resource.address} makes the key"),),
            label=f"the key of {ref.resource.address}",
            part=f"{at.key()}",
        )

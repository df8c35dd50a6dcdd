"""Hardcoded private key or token on an instance.

## What it does
Searches the texts that land on instances for private keys and for the tokens of other services, by the form that these
document: GitHub, GitLab, Slack, Stripe, npm, Google, DigitalOcean, HCP Terraform, Vault, Databricks, SendGrid, Bedrock.

## Why is this bad
User data can be read by everything on the instance and by everybody who may describe it, and the template keeps the
secret in its repository.

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
          git clone https://ghp_FAKEfakeFAKEfakeFAKEfakeFAKEfake2345@github.com/acme/web
```
```terraform
resource "aws_instance" "web" {
  iam_instance_profile = "web"
  metadata_options {
    http_tokens = "required"
  }
  user_data = <<-EOT
    #!/bin/sh
    git clone https://ghp_FAKEfakeFAKEfakeFAKEfakeFAKEfake2345@github.com/acme/web
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
          token=$(aws secretsmanager get-secret-value --secret-id github --query SecretString --output text)
          git clone https://$token@github.com/acme/web
```
```terraform
resource "aws_instance" "web" {
  iam_instance_profile = "web"
  metadata_options {
    http_tokens = "required"
  }
  user_data = <<-EOT
    #!/bin/sh
    token=$(aws secretsmanager get-secret-value --secret-id github --query SecretString --output text)
    git clone https://$token@github.com/acme/web
  EOT
}
```

## When it cannot tell
A secret without a form of its own, such as a password, is not recognised.

## Fix
Withdraw the secret, keep its successor in Secrets Manager, and let the code fetch it with the role of the instance.

## References
- Amazon EC2 User Guide, "Run commands when you launch an EC2 instance with user data input"
- AWS Secrets Manager User Guide, "Get secrets"
- KICS: 443488f5-c734-460b-a36d-5b3f330174dc, 568cc372-ca64-420d-9015-ee347d00d288
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.finding import Fail, Severity, Verdict
from iplint.model import ScannedText
from iplint.rule import rule


@rule(
    "hardcoded-secret-in-user-data",
    group="credentials",
    on=ScannedText,
    severity=Severity.HIGH,
    why="everything on the instance can read it, and it stays in the repository",
    fix="revoke the secret, and let the code fetch its replacement with the role of the instance",
    optional=True,
    undecided_in=(),
)
def check(scanned: ScannedText) -> Iterator[Verdict]:
    """Check that no text on an instance contains a private key or a vendor's token."""
    for found in scanned.secrets:
        if scanned.is_on_instance:
            yield Fail(
                found.at,
                f"{scanned.address} puts {found.secret.what} on an instance, in {scanned.place}",
                label=found.secret.what,
                hide=found.hide,
                part=str(found.at.key()),
            )

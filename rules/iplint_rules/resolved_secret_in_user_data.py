"""Secret resolved into user data.

## What it does
Follows secrets to the instances that they land on: dynamic references to Secrets Manager, secret values that the
configuration reads or generates, and private keys that it makes.

## Why is this bad
What is resolved into user data is stored there in plain text: everything on the instance can read it, everybody who
may describe the instance can, and it stays when the secret rotates.

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
          /opt/app --database-password '{{resolve:secretsmanager:database:SecretString:password}}'
```
```terraform
data "aws_secretsmanager_secret_version" "database" {
  secret_id = "database"
}

resource "aws_instance" "web" {
  iam_instance_profile = "web"
  metadata_options {
    http_tokens = "required"
  }
  user_data = <<-EOT
    #!/bin/sh
    /opt/app --database-password '${data.aws_secretsmanager_secret_version.database.secret_string}'
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
          aws secretsmanager get-secret-value --secret-id database --query SecretString | /opt/app --password-from -
```
```terraform
data "aws_secretsmanager_secret" "database" {
  name = "database"
}

resource "aws_instance" "web" {
  iam_instance_profile = "web"
  metadata_options {
    http_tokens = "required"
  }
  user_data = <<-EOT
    #!/bin/sh
    /opt/app --password-from-secret ${data.aws_secretsmanager_secret.database.arn}
  EOT
}
```

## When it cannot tell
Whether a parameter of Systems Manager is a secret depends on its type, which only the account knows.

## Fix
Put the name of the secret there, let the code fetch the value at run time, and allow that to the role behind the
instance profile.

## References
- AWS CloudFormation User Guide, "Get values stored in other services using dynamic references"
- AWS Secrets Manager User Guide, "Get secrets"
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.aws.secrets import SECRET_ATTRIBUTES, SECRET_REFERENCES, STORED_PARAMETERS, attribute_in
from iplint.finding import Fail, Severity, Undecided, Verdict
from iplint.model import ScannedText
from iplint.rule import TERRAFORM, rule
from iplint.value import Unknown


@rule(
    "resolved-secret-in-user-data",
    group="credentials",
    on=ScannedText,
    severity=Severity.MEDIUM,
    why="the resolved value is stored in plain text, and everything on the instance can read it",
    fix="pass the secret's name, and let the code fetch the value with the role of the instance",
    optional=True,
    undecided_in=(TERRAFORM,),
)
def check(scanned: ScannedText) -> Iterator[Verdict]:
    """Check that no text on an instance takes in a secret."""
    for inflow in scanned.taint_sources:
        kept = attribute_in(inflow.ref, SECRET_ATTRIBUTES)
        referred = (what for start, what in SECRET_REFERENCES.items() if inflow.label.startswith(start))
        what = kept[1] if kept is not None else next(referred, None)
        if what is not None and scanned.is_on_instance:
            yield Fail(
                inflow.at,
                f"{scanned.address} puts {what} on an instance in plain text, in {scanned.place}",
                label=what,
                part=f"{inflow.at.key()}",
            )
        elif attribute_in(inflow.ref, STORED_PARAMETERS) is not None and scanned.is_on_instance:
            unknown = Unknown(inflow.reasons, inflow.at)
            question = f"whether {scanned.address} puts a secret on an instance"
            yield Undecided(unknown, question, part=f"{inflow.at.key()}")

"""Access key passed to an instance as a parameter.

## What it does
Follows parameters and variables to the instances that they land on, where their name or the name that the text assigns
them to is one under which AWS tools read access keys. What a text assigns to such a name from elsewhere, such as the
state of another configuration, a data source, a module's output or a parameter of Systems Manager, counts alike.
An id, its secret and its session token side by side are one finding.

## Why is this bad
Neither NoEcho nor sensitive protects the value there: user data can be read on the instance and through the API, and
the key does not rotate. An instance profile needs no key.

## Bad
```yaml
Parameters:
  Secret: {Type: String, NoEcho: true}
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      IamInstanceProfile: web
      MetadataOptions: {HttpTokens: required}
      UserData:
        Fn::Base64: !Sub |
          #!/bin/sh
          export AWS_SECRET_ACCESS_KEY=${Secret}
```
```terraform
variable "aws_secret_key" {
  type      = string
  sensitive = true
}

resource "aws_instance" "web" {
  iam_instance_profile = "web"
  metadata_options {
    http_tokens = "required"
  }
  user_data = <<-EOT
    #!/bin/sh
    /opt/uploader --key '${var.aws_secret_key}'
  EOT
}
```

## Good
```yaml
Parameters:
  Bucket: {Type: String}
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      IamInstanceProfile: web
      MetadataOptions: {HttpTokens: required}
      UserData:
        Fn::Base64: !Sub |
          #!/bin/sh
          /opt/uploader --bucket ${Bucket}
```
```terraform
variable "bucket" {
  type = string
}

resource "aws_instance" "web" {
  iam_instance_profile = "web"
  metadata_options {
    http_tokens = "required"
  }
  user_data = <<-EOT
    #!/bin/sh
    /opt/uploader --bucket '${var.bucket}'
  EOT
}
```

## When it cannot tell
A name that does not say so, in a text that does not either, is not taken for a key. What is looked up by the region, or
by anything else that only AWS knows, is undecided, and so is what a script fetches by a command and assigns to the name
of a secret access key, unless it gets temporary credentials.

## Fix
Take the parameter away, and let the code use the credentials of the instance profile.

## References
- AWS CloudFormation User Guide, "CloudFormation template Parameters syntax" (NoEcho)
- IAM User Guide, "Use IAM roles with applications on Amazon EC2 instances"
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.aws.secrets import GENERATED_KEYS, GENERATED_SECRETS, attribute_in
from iplint.finding import Fail, Severity, Undecided, Verdict
from iplint.model import ScannedText
from iplint.rule import CLOUDFORMATION, rule
from iplint.value import Reason, Step, Unknown


@rule(
    "access-key-parameter-on-instance",
    group="credentials",
    on=ScannedText,
    severity=Severity.HIGH,
    why="user data can be read on the instance and through the API, even where the parameter is hidden",
    fix="remove the parameter, and let the code use the credentials of the instance profile",
    undecided_in=(CLOUDFORMATION,),
)
def check(scanned: ScannedText) -> Iterator[Verdict]:
    """Check that no text on an instance takes in an access key from outside the template."""
    for inflow, others in scanned.keys_taken_in:
        kind = inflow.named or inflow.assigned
        source = inflow.source
        if kind is None or source is None or not scanned.is_on_instance:
            continue
        if any(attribute_in(inflow.ref, table) is not None for table in (GENERATED_KEYS, GENERATED_SECRETS)):
            continue
        if inflow.is_chosen_by_aws:
            question = f"whether {scanned.address} puts an access key on an instance, in {scanned.place},"
            yield Undecided(Unknown(inflow.reasons, inflow.at), question, part=f"{inflow.at.key()}")
            continue
        taken = " and ".join(f"{one.source} as {one.kind}" for one in (inflow, *others))
        declared = (Step(inflow.value.at, f"{source} is declared here"),) if inflow.input is not None else ()
        yield Fail(
            inflow.at,
            f"{scanned.address} puts {taken} on an instance, in {scanned.place}",
            related=(*declared, *(Step(other.at, f"its {other.kind} is here") for other in others)),
            label=f"{kind} from {source}",
            part=f"{inflow.at.key()}",
        )
    for at in scanned.keys_fetched:
        question = f"whether {scanned.address} puts an access key on an instance, in {scanned.place},"
        yield Undecided(Unknown((Reason("the output of a command", at),), at), question, part=f"{at.key()}")

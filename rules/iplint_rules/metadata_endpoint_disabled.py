"""IMDS disabled on an instance with an instance profile.

## What it does
Looks at every launch, merged with its launch template, that has an instance profile, and asks whether the endpoint of
the metadata service is disabled.

## Why is this bad
The metadata service is what hands the credentials of the profile's role to code on the instance. Without it the profile
gives nothing, code finds no credentials, and sooner or later somebody puts an access key on the instance.

## Bad
```yaml
Resources:
  Worker:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-0abcdef1234567890
      IamInstanceProfile: workers
      MetadataOptions:
        HttpEndpoint: disabled
        HttpTokens: required
```
```terraform
resource "aws_instance" "worker" {
  ami                  = "ami-0abcdef1234567890"
  iam_instance_profile = "workers"
  metadata_options {
    http_endpoint = "disabled"
    http_tokens   = "required"
  }
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
      MetadataOptions:
        HttpEndpoint: enabled
        HttpTokens: required
```
```terraform
resource "aws_instance" "worker" {
  ami                  = "ami-0abcdef1234567890"
  iam_instance_profile = "workers"
  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
  }
}
```

## When it cannot tell
The switch, or whether there is a profile, comes from an input without a value; or the launch has metadata options of
its own beside its template's, as AWS does not document how they merge. A template that is declared elsewhere is taken
to leave the service on, which is the default.

## Fix
Enable the endpoint and require session tokens, or take the profile away from instances that call no AWS service.

## References
- Amazon EC2 User Guide, "Configure the Instance Metadata Service options"
- Amazon EC2 User Guide, "IAM roles for Amazon EC2"
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.finding import Fail, Severity, Undecided, Verdict
from iplint.model import Launch
from iplint.rule import rule
from iplint.value import Absent, Known, Unknown, matches


@rule(
    "metadata-endpoint-disabled",
    group="metadata",
    on=Launch,
    severity=Severity.MEDIUM,
    why="code on the instance cannot fetch the credentials of its role, so long-lived keys end up on it",
    fix="enable the metadata endpoint and require session tokens, or drop the instance profile",
)
def check(launch: Launch) -> Iterator[Verdict]:
    """Check that a launch with an instance profile leaves the metadata service on."""
    endpoint, profile = launch.endpoint, launch.profile
    disabled = matches(endpoint, "disabled")
    if disabled is False or isinstance(profile, Absent):
        return
    severity = Severity.LOW if launch.is_template else None
    question = f"whether the metadata service of {launch.address} is off in spite of its instance profile"
    holder = launch.endpoint_holder
    if disabled is None:
        if isinstance(endpoint, Unknown):
            yield Undecided(endpoint, question, related=launch.path, severity=severity, address=holder)
        return
    match profile:
        case Unknown(present=False):
            yield Undecided(profile, question, related=launch.path, severity=severity, address=holder)
        case Known() | Unknown():
            yield Fail(
                endpoint.at,
                f"{launch.address} has an instance profile but no metadata service to get credentials from",
                related=(*endpoint.trail, *launch.path),
                severity=severity,
                address=holder,
                label="switches the metadata service off",
            )

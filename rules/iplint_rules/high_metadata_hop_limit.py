"""IMDS hop limit higher than needed.

## What it does
Looks at every launch, merged with its launch template, and asks how many hops an answer with a session token may take.
More than 2 is reported. A limit of 2 is for containers: it is right where the launch, its template or its user data
mention them, and undecided elsewhere.

## Why is this bad
The hop limit keeps session tokens on the instance: with the default of 1 an answer does not get past a router, a proxy
or the network of a container. Each further hop lets something further away read the credentials of the role.

## Bad
```yaml
Resources:
  Worker:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-0abcdef1234567890
      IamInstanceProfile: workers
      MetadataOptions:
        HttpTokens: required
        HttpPutResponseHopLimit: 5
```
```terraform
resource "aws_instance" "worker" {
  ami                  = "ami-0abcdef1234567890"
  iam_instance_profile = "workers"
  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 5
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
        HttpTokens: required
        HttpPutResponseHopLimit: 1
```
```terraform
resource "aws_instance" "worker" {
  ami                  = "ami-0abcdef1234567890"
  iam_instance_profile = "workers"
  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }
}
```

## When it cannot tell
The limit comes from an input without a value, or is 2 and it is unknown whether containers run on the instance. A
template that is declared elsewhere is taken to leave the default.

## Fix
Set the limit to 1, or to 2 where containers that do not share the network of the instance need the metadata service.

## References
- Amazon EC2 User Guide, "Configure the Instance Metadata Service options"
- Amazon EC2 User Guide, "Instance metadata access considerations"
- AWS Config: ec2-token-hop-limit-check, autoscaling-launch-config-hop-limit
- AWS Security Hub: AutoScaling.4
- checkov: CKV_AWS_341
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.finding import Fail, Severity, Undecided, Verdict
from iplint.model import Launch
from iplint.rule import rule
from iplint.value import Reason, Unknown, as_text

ENOUGH_FOR_CONTAINERS = 2


@rule(
    "high-metadata-hop-limit",
    group="metadata",
    on=Launch,
    severity=Severity.LOW,
    why="whatever is more than one hop away, such as a proxy or a container, can read the credentials of the role",
    fix="set the hop limit to 1, or to 2 where containers need the metadata service",
)
def check(launch: Launch) -> Iterator[Verdict]:
    """Check that responses of the metadata service stay on the instance, or reach its containers and no further."""
    limit, holder = launch.hop_limit, launch.hop_limit_holder
    question = f"whether answers of the metadata service to {launch.address} travel further than they need"
    if isinstance(limit, Unknown):
        yield Undecided(limit, question, related=launch.path, address=holder)
        return
    written = as_text(limit) or ""
    hops = int(written) if written.isdecimal() else 0
    if hops > ENOUGH_FOR_CONTAINERS:
        risk = "" if launch.runs_containers else "a container that is not in this template would get no answer"
        yield Fail(
            limit.at,
            f"answers of the metadata service to {launch.address} may travel {hops} hops",
            related=(*limit.trail, *launch.path),
            address=holder,
            label="more than containers need",
            change=launch.change_hop_limit(ENOUGH_FOR_CONTAINERS if launch.runs_containers else 1, risk),
        )
    elif hops == ENOUGH_FOR_CONTAINERS and not launch.runs_containers:
        containers = Unknown((Reason(f"whether containers run on {launch.address}", limit.at),), limit.at)
        yield Undecided(containers, question, related=launch.path, address=holder)

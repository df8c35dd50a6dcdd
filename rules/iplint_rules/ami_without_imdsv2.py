"""Image that does not require IMDSv2.

## What it does
Looks at the images that a configuration registers, and asks whether they support nothing but IMDSv2.

## Why is this bad
An instance whose launch does not say whether session tokens are required takes that from its image. One that supports
both versions leaves IMDSv1 on, and with it the way for forged requests to the credentials of the role.

## Bad
```terraform
resource "aws_ami" "base" {
  name             = "base"
  root_device_name = "/dev/xvda"
  ebs_block_device {
    device_name = "/dev/xvda"
    snapshot_id = "snap-0abcdef1234567890"
  }
}
```

## Good
```terraform
resource "aws_ami" "base" {
  name             = "base"
  root_device_name = "/dev/xvda"
  imds_support     = "v2.0"
  ebs_block_device {
    device_name = "/dev/xvda"
    snapshot_id = "snap-0abcdef1234567890"
  }
}
```

## When it cannot tell
The setting comes from an input without a value. Images that are copied, made from an instance, or built by other tools
take it from elsewhere and are not checked.

## Fix
Let the image support nothing but IMDSv2. An image keeps that for good, so test with it first.

## References
- Amazon EC2 User Guide, "Configure the Instance Metadata Service options", "Configure the AMI"
"""

from __future__ import annotations

from collections.abc import Iterator

from iplint.finding import Fail, Severity, Undecided, Verdict
from iplint.model import Image
from iplint.rule import TERRAFORM, rule
from iplint.value import Unknown, matches


@rule(
    "ami-without-imdsv2",
    group="metadata",
    on=Image,
    severity=Severity.LOW,
    why="instances whose launch does not require session tokens allow IMDSv1, as their image does",
    fix="require IMDSv2 in the image",
    optional=True,
    languages=(TERRAFORM,),
)
def check(image: Image) -> Iterator[Verdict]:
    """Check that an image requires IMDSv2 by default."""
    support = image.support
    match matches(support, image.safe):
        case False:
            yield Fail(
                support.at,
                f"instances that start from {image.address} allow IMDSv1 unless their launch forbids it",
                related=support.trail,
                label="does not require IMDSv2",
            )
        case None if isinstance(support, Unknown):
            yield Undecided(support, f"whether {image.address} requires IMDSv2")
        case _:
            pass

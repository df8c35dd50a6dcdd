"""Names in Terraform's Cloud Control provider: those of CloudFormation, written with underscores.

Facts: the Terraform Registry's documentation of the AWSCC provider, whose resources are generated from CloudFormation's
resource schemas.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.aws.paths import Path

PREFIX = "awscc_"


def resource_type(type: str) -> str:
    """Return the provider's name of a CloudFormation type.

    `awscc_ec2_launch_template` for `AWS::EC2::LaunchTemplate`.
    """
    _, service, name = type.split("::")
    return f"{PREFIX}{service.lower()}_{attribute(name)}"


def attributes(path: Path) -> Path:
    """Return a property path with the provider's names; `*` is kept."""
    return tuple(attribute(name) for name in path)


def attribute(name: str) -> str:
    """Return the provider's name of a property: words are separated, and numbers from the letters around them.

    A number stays with capitals before it: `DisableIMDSV1` is `disable_imdsv1`, `Ec2Arn` is `ec_2_arn`.
    """
    written = name[:1]
    for place in range(1, len(name)):
        left, right, after = name[place - 1], name[place], name[place + 1 : place + 2]
        if left.islower():
            parted = not right.islower()
        elif left.isdigit():
            parted = right.isalpha()
        else:
            parted = right.isupper() and after.islower()
        written += f"_{right}" if parted else right
    return written.lower()

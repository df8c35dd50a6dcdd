"""Public images that require session tokens, by the names under which AWS publishes them.

Source: "Amazon Linux 2023 User Guide, IMDSv2": its images have ImdsSupport v2.0; "Bottlerocket, Security Features";
"AWS Systems Manager User Guide, Calling public parameters", for the paths of the parameters.
"""

from __future__ import annotations

import re

_PARAMETER = r"(?i)^(?:resolve:ssm:)?/?aws/service/.*?(?:al2023|amazon-linux-2023|bottlerocket)"
_IMAGE = r"(?i)^(?:al2023-ami-|amazon-eks-node-al2023-|bottlerocket-)"
# Amazon EKS API Reference, Nodegroup, amiType; AWS Batch API Reference, Ec2Configuration, imageType.
_KIND = r"^(?:AL2023_|BOTTLEROCKET_|ECS_AL2023|EKS_AL2023)"


def requires_tokens(name: str) -> bool:
    """Return whether images of this name, SSM parameter or kind require IMDSv2 unless the account sets otherwise."""
    found = re.search(_PARAMETER, name) or re.search(_IMAGE, name) or re.search(_KIND, name)
    return found is not None

"""The metadata service settings in security configurations of Amazon EMR.

Source: "Amazon EMR Management Guide, Create a security configuration", InstanceMetadataServiceConfiguration.
"""

from __future__ import annotations

from iplint.aws.launch_types import MINIMUM_VERSION
from iplint.syntax.partial import parse_json
from iplint.value import Known, Text, dig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.aws.paths import Path
    from iplint.value import Value

TOKENS: Path = ("InstanceMetadataServiceConfiguration", MINIMUM_VERSION)


def minimum_version(configuration: Value) -> Value:
    """Return the minimum IMDS version of the instances: 2 requires tokens.

    The configuration is a mapping, or the JSON text of one.
    """
    match configuration:
        case Known(Text() as text):
            return dig(parse_json(text), TOKENS)
        case _:
            return dig(configuration, TOKENS)

"""Security configurations of Amazon EMR: what they say of the metadata service.

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
    """Return the least version of the metadata service that instances have to answer: 2 requires tokens.

    The configuration is a mapping, or the JSON text of one.
    """
    match configuration:
        case Known(Text() as text):
            return dig(parse_json(text), TOKENS)
        case _:
            return dig(configuration, TOKENS)

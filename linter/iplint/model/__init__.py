"""Resources to stacks: launches, and the profiles, roles, grants and texts behind them.

`stack` is the way in: what one root has in one scenario, as the subjects of rules. `launch` merges a launch with its
template (`template_version`); `metadata` has what else decides on the metadata service. `identity` has profiles, roles
and what gives them policies, `policy` the policies of a role, `grant` what they allow. `scanned_text` is a text with
everything packed inside it, searched; `fetched` finds the texts that an instance fetches when it starts, and `key_sets`
the keys that are parts of one. `proof` puts the obligations of a launch together.

How they find each other: `links` looks resources up by reference, ARN or name, `reference` says what a value names,
`placement` whether two are in one account and region, `image_names` what an image is called. `walk` follows the paths
of the tables in `iplint.aws`, `tags` compares tags, and `scope` has the tags and the account of a resource. `account`
is what the configuration says of the account.
"""

from iplint.model.account import Account
from iplint.model.grant import Escalation, Grant
from iplint.model.identity import InstanceProfile, PolicySource, Role
from iplint.model.launch import Launch
from iplint.model.metadata import Image, MetadataDefaults
from iplint.model.scanned_text import ScannedText
from iplint.model.stack import Stack

__all__ = [
    "Account",
    "Escalation",
    "Grant",
    "Image",
    "InstanceProfile",
    "Launch",
    "MetadataDefaults",
    "PolicySource",
    "Role",
    "ScannedText",
    "Stack",
]

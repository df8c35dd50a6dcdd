"""Resources to stacks: launches, and the profiles, roles, grants and texts behind them."""

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

"""Resources to stacks: launches, and the profiles, roles, grants and texts behind them."""

from iplint.model.account import Account
from iplint.model.grant import Escalation, Grant
from iplint.model.identity import PolicySource, InstanceProfile, Role
from iplint.model.launch import Launch
from iplint.model.metadata import Image, MetadataDefaults
from iplint.model.stack import Stack
from iplint.model.scanned_text import ScannedText

__all__ = [
    "Account",
    "Escalation",
    "Grant",
    "PolicySource",
    "Image",
    "InstanceProfile",
    "Launch",
    "MetadataDefaults",
    "Role",
    "Stack",
    "ScannedText",
]

"""What a resource belongs to, for settings that select findings by it: its account and its tags."""

from __future__ import annotations

from iplint.model.launch import Launch
from iplint.model.tags import known_tags, places_of
from iplint.model.walk import at_path
from iplint.value import as_text, dig, spread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.model.stack import Subject
    from iplint.resource import Placement, Resource

# Terraform AWS provider documentation, Provider Configuration: tags of all resources, and what names the account.
_DEFAULT_TAGS = ("default_tags",)
_ACCOUNTS, _ROLES = ("allowed_account_ids",), ("assume_role", "*", "role_arn")
_ACCOUNT_IN_ARN = 4


def tags_of(resource: Resource | None, subject: Subject) -> dict[str, str]:
    """Return the known tags of a resource, then those of the launch that a finding is on, then the provider's."""
    places = [resource.properties] if resource is not None else []
    if isinstance(subject, Launch):
        places += places_of(subject)
    placement = resource.placement if resource is not None else None
    if placement is not None:
        places += spread(dig(placement.settings, _DEFAULT_TAGS))
    return known_tags(places)


def account_of(resource: Resource | None, given: str | None) -> str | None:
    """Return the id of the account that a resource is created in; None where it is unknown.

    `given` is that of the templates, as the pseudo parameter is set: what they nest may be created elsewhere.
    """
    if resource is None:
        return None
    placement = resource.placement
    if placement is None:
        return given if resource.type.startswith("AWS::") and not resource.calls else None
    return _configured(placement)


def _configured(placement: Placement) -> str | None:
    """Return the account of a provider configuration, if all that it says of it is known and agrees."""
    ids = [as_text(item) for item in spread(dig(placement.settings, _ACCOUNTS))]
    arns = [as_text(arn) for arn in at_path(placement.settings, _ROLES)][-1:]
    parts = [arn.split(":") if arn is not None else [] for arn in arns]
    found = {*ids, *(part[_ACCOUNT_IN_ARN] if len(part) > _ACCOUNT_IN_ARN else None for part in parts)}
    return found.pop() if len(found) == 1 else None

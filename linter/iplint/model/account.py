"""Settings about the account that no template holds."""

from __future__ import annotations

from fnmatch import fnmatchcase

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class Account:
    """What the user of the check knows of the account.

    `http_tokens` is the account's default for launches that do not set HttpTokens ("required", "optional" or None).
    `profiles` and `roles` are name patterns of profiles and roles that are declared elsewhere and are accepted.
    """

    __slots__ = ("http_tokens", "profiles", "roles")

    def __init__(self, http_tokens: str | None = None, profiles: Sequence[str] = (), roles: Sequence[str] = ()) -> None:
        self.http_tokens = http_tokens
        self.profiles = tuple(profiles)
        self.roles = tuple(roles)

    def accepts_profile(self, name: str) -> bool:
        """Return whether an instance profile of this name or ARN is accepted."""
        return _any_matches(self.profiles, name)

    def accepts_role(self, name: str) -> bool:
        """Return whether a role of this name or ARN is accepted."""
        return _any_matches(self.roles, name)


def _any_matches(patterns: tuple[str, ...], name: str) -> bool:
    plain = name.rpartition("/")[2]
    return any(fnmatchcase(plain, pattern) for pattern in patterns)

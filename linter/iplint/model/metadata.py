"""What decides on IMDSv1 besides the launch: the account's defaults, and images."""

from __future__ import annotations

from iplint.aws.launch_types import IMAGES, METADATA_DEFAULT_SETTINGS
from iplint.value import dig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.resource import Resource
    from iplint.value import Value


class MetadataDefaults:
    """The account's metadata defaults of one region, for launches that do not set their own."""

    __slots__ = ("key", "resource")

    def __init__(self, resource: Resource) -> None:
        self.resource = resource
        self.key = resource.address

    @property
    def address(self) -> str:
        """Return the address of the resource that sets the defaults."""
        return self.resource.address

    @property
    def exists(self) -> bool | None:
        """Return whether this scenario creates it."""
        return self.resource.exists

    # The launches that follow them are checked themselves.
    launches: tuple[()] = ()

    @property
    def tokens(self) -> Value:
        """Return whether session tokens are required: `required`, `optional` or `no-preference`."""
        return self.setting("tokens")

    def setting(self, of: str) -> Value:
        """Return one default: "tokens", "endpoint" or "hop_limit"."""
        return dig(self.resource.properties, METADATA_DEFAULT_SETTINGS[of])


class Image:
    """An image that is registered from snapshots."""

    __slots__ = ("key", "resource")

    def __init__(self, resource: Resource) -> None:
        self.resource = resource
        self.key = resource.address

    @property
    def address(self) -> str:
        """Return the address of the resource that registers it."""
        return self.resource.address

    @property
    def exists(self) -> bool | None:
        """Return whether this scenario creates it."""
        return self.resource.exists

    # The launches that start from it are checked themselves.
    launches: tuple[()] = ()

    @property
    def support(self) -> Value:
        """Return the IMDS version that instances get when their launch does not set one."""
        return dig(self.resource.properties, IMAGES[1])

    @property
    def safe(self) -> str:
        """Return the value of that setting that requires session tokens."""
        return IMAGES[2]

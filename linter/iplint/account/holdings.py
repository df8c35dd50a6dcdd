"""The documents of one account by operation and region, and where resources are."""

from __future__ import annotations

from iplint.account.documents import GLOBAL
from iplint.location import Span
from iplint.resource import Placement, Resource
from iplint.value import Absent, Known, Map, Seq, literal_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from iplint.account.documents import Document
    from iplint.account.values import Entries
    from iplint.syntax.tree import Mapping
    from iplint.value import Value

_PARTITIONS = (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"), ("us-iso", "aws-iso"), ("eusc-", "aws-eusc"))


class Holdings:
    """The outputs that a snapshot has of one account."""

    __slots__ = ("_by_operation", "_start", "account", "regions")

    def __init__(self, account: str, documents: Sequence[Document]) -> None:
        self.account = account
        self._start = Span(documents[0].tree.at.source, 0, 0)
        self._by_operation: dict[tuple[str, str], list[Document]] = {}
        for document in documents:
            region = "" if document.operation in GLOBAL else document.region
            self._by_operation.setdefault((document.operation, region), []).append(document)
        self.regions = sorted({document.region for document in documents if document.operation not in GLOBAL})

    def outputs(self, operation: str, region: str = "") -> list[Mapping]:
        """Return the outputs of an operation, page by page."""
        return [document.tree for document in self._by_operation.get((operation, region), ())]

    def is_whole(self, operation: str, region: str = "") -> bool:
        """Return whether there is an output of an operation, up to its last page."""
        return any(document.more is None for document in self._by_operation.get((operation, region), ()))

    def missing(self, operation: str, region: str = "") -> bool:
        """Return whether there is no output of an operation."""
        return (operation, region) not in self._by_operation

    def lack(self, operation: str, region: str = "") -> str:
        """Return a clause about something that is missing: the output that would hold it, and whether the snapshot has
        that.
        """
        where = f" in {region}" if region else ""
        has = "does not hold it" if self.is_whole(operation, region) else "the snapshot lacks"
        return f"{operation} of {self.account or 'the account'}{where}, which {has}"

    def start(self, region: str) -> Span:
        """Return the place to report for something that no output of a region contains."""
        found = (documents for (_, of), documents in self._by_operation.items() if of == region)
        first = next(found, None)
        return Span(first[0].tree.at.source, 0, 0) if first is not None else self._start

    def arn(self, service: str, region: str, resource: str) -> str:
        """Return the ARN of a resource of the account."""
        known = region or next(iter(self.regions), "")
        partition = next((name for start, name in _PARTITIONS if known.startswith(start)), "aws")
        return f"arn:{partition}:{service}:{region}:{self.account}:{resource}"

    def resource(
        self, type: str, address: str, at: Span, block: Span, entries: Entries, region: str | None = None
    ) -> Resource:
        """Return a resource of the account; `region` is None for what belongs to no region."""
        placement = self._placement(at, region)
        properties: Value = Known(Map(entries), at)
        return Resource(type, address, at, block, lambda: properties, lambda: True, placement=lambda: placement)

    def _placement(self, at: Span, region: str | None) -> Placement:
        from iplint.location import Origin

        def text(written: str) -> Value:
            return Known(literal_text(written, Origin(at)), at)

        accounts: Value = Known(Seq([text(self.account)]), at) if self.account else Absent(at)
        settings: Value = Known(Map({"allowed_account_ids": (at, accounts)}), at)
        return Placement(f"{self.account} {region or ''}", settings, text(region) if region is not None else Absent(at))

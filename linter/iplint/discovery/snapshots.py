"""Snapshots of accounts: the files that hold outputs of the AWS CLI, as one root for each account."""

from __future__ import annotations

from functools import partial

from iplint.discovery.pending import at_hand
from iplint.resource import Notice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.account.documents import Document
    from iplint.discovery.catalog import CatalogBuilder
    from iplint.discovery.pending import PendingRoot


def snapshot_roots(builder: CatalogBuilder) -> Iterator[PendingRoot]:
    """Yield the accounts of a snapshot. What cannot be read, or placed in an account, is reported."""
    from iplint.account.root import account_roots

    documents: list[Document] = []
    sizes: dict[str, int] = {}
    for path in builder.found.snapshots:
        data = builder.data(path)
        if data is None:
            continue
        shown = builder.workspaces.display_path(path)
        none: list[Document | Notice] = []
        found = builder.bounded(shown, partial(_read, shown, data), none)
        sizes[shown] = len(data)
        unread = [one for one in found if isinstance(one, Notice)]
        builder.notices += unread
        documents += (one for one in found if not isinstance(one, Notice))
        if unread or found is none:
            builder.counts.unreadable += bool(unread)
        else:
            builder.take_known(path)
    for root in account_roots(documents):
        if isinstance(root, Notice):
            builder.notices.append(root)
        else:
            yield at_hand(root, sum(sizes[path] for path in root.paths))


def _read(shown: str, data: bytes) -> list[Document | Notice]:
    from iplint.account.documents import read
    from iplint.budget import allow

    allow(len(data))
    return list(read(shown, data))

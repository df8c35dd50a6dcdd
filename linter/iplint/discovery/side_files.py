"""Tests, queries and stacks of Terraform: searched for keys; what they deploy is reported."""

from __future__ import annotations

import os
from functools import partial

from iplint.discovery.pending import at_hand
from iplint.resource import NoticeKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.discovery.catalog import CatalogBuilder
    from iplint.discovery.pending import PendingRoot
    from iplint.terraform.side_files import SideFile


def side_roots(builder: CatalogBuilder) -> Iterator[PendingRoot]:
    """Yield a root for each test, query, stack or backend file of Terraform."""
    for path in sorted(builder.found.sides):
        from iplint.terraform.side_files import side_file

        reader = builder.readers.of(os.path.dirname(path))
        none: SideFile | None = None
        root = builder.bounded(reader.workspace.display_path(path), partial(side_file, reader, path), none)
        if root is not None:
            unread = any(notice.kind == NoticeKind.UNREADABLE for notice in root.notices)
            builder.counts.unreadable += unread
            builder.counts.checked += not unread
            yield at_hand(root)

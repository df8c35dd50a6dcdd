"""Packer builds, directory by directory."""

from __future__ import annotations

import os
from functools import partial

from iplint.discovery.files import FileKind, kind_of
from iplint.resource import NoticeKind
from iplint.workspace import ReadError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.discovery.catalog import CatalogBuilder
    from iplint.resource import Root
    from iplint.syntax.tree import Node
    from iplint.terraform.configuration import Reader
    from iplint.terraform.packer_root import PackerRoot

OLD_PACKER = (
    "this Packer template was not read: it is in the format that Packer had before HCL; packer hcl2_upgrade converts it"
)
# Without one of these a Packer template has nothing to do with AWS.
AMAZON_MARKS = ("amazon", "aws", "AWS", "\\u", "\\U")


def packer_roots(builder: CatalogBuilder) -> Iterator[Root]:
    """Yield the roots of Packer templates, by directory."""
    for directory, files in sorted(builder.found.packer.items()):
        from iplint.terraform.packer_root import packer_roots as roots_of

        reader, options, counts = builder.readers.of(directory), builder.options, builder.counts
        concerned = _mentions_amazon(reader, directory)
        read = partial(roots_of, reader, directory, options.variables, options.var_files)
        none: list[PackerRoot] = []
        roots = builder.bounded(reader.workspace.display_path(directory), read, none)
        unread = [notice for root in roots for notice in root.notices if notice.kind == NoticeKind.UNREADABLE]
        lost = {notice.path for notice in unread}
        for path in files:
            if reader.workspace.display_path(path) in lost:
                counts.unreadable += 1
            elif concerned:
                counts.checked += 1
            else:
                counts.not_templates += 1
        if concerned:
            for root in roots[:1]:
                root.notices += builder.unapplied_values(root.reader, directory)
            yield from roots
        else:
            builder.notices += unread


def _mentions_amazon(reader: Reader, directory: str) -> bool:
    """Return whether a Packer template of a directory may involve AWS."""
    try:
        names = reader.workspace.names(directory)
    except ReadError:
        return True
    sources = [reader.source(os.path.join(directory, name)) for name in names if kind_of(name) is FileKind.PACKER]
    return any(isinstance(source, str) or any(mark in source.text for mark in AMAZON_MARKS) for source in sources)


def old_builders(tree: Node | None) -> Node | None:
    """Return the builders of a template in Packer's old format, if it has any for AWS."""
    from iplint.syntax.tree import Mapping, Scalar, Sequence

    if not isinstance(tree, Mapping) or "builders" not in tree.entries:
        return None
    builders = tree.entries["builders"][1]
    for builder in builders.items if isinstance(builders, Sequence) else ():
        type = builder.entries.get("type") if isinstance(builder, Mapping) else None
        if type is not None and isinstance(type[1], Scalar) and type[1].text.startswith("amazon-"):
            return builders
    return None

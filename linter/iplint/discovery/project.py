"""From paths to roots: a project finds files, has its roots read one at a time, and returns a catalog at the end."""

from __future__ import annotations

from itertools import chain

from iplint.discovery.catalog import CatalogBuilder
from iplint.discovery.configurations import configuration_roots
from iplint.discovery.files import find
from iplint.discovery.packer import packer_roots
from iplint.discovery.pending import at_hand
from iplint.discovery.plans import plan_roots
from iplint.discovery.side_files import side_roots
from iplint.discovery.templates import Templates
from iplint.discovery.workspaces import Workspaces

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from iplint.discovery.catalog import Catalog, Known
    from iplint.discovery.options import Options
    from iplint.discovery.pending import PendingRoot
    from iplint.finding import FileCounts
    from iplint.parsed import ParsedTexts
    from iplint.resource import Root


class Project:
    """The roots of some paths. Relative paths start at the directory `working`.

    `files` counts while roots are read. `contents` are bytes that are read in place of files, by real path. Texts and
    trees are released as soon as possible: of 4,000 files, one at a time.
    """

    __slots__ = ("_builder", "_found", "_options", "_templates", "_workspaces", "files")

    def __init__(
        self,
        paths: Sequence[str],
        working: str,
        *,
        options: Options,
        files: FileCounts,
        contents: Mapping[str, bytes] | None = None,
    ) -> None:
        self.files = files
        self._options = options
        self._workspaces = Workspaces(working, contents, options.module_sources)
        self._found = find(paths, self._workspaces, options, files)
        self._builder = CatalogBuilder(self._found, self._workspaces, options, files)
        self._templates = Templates(self._builder)

    def batches(self) -> Iterator[Iterable[PendingRoot]]:
        """Yield every root, by notation and in the order of paths, in batches of roots independent of each other.

        Each root of a batch must be read or skipped, and then released, before the next batch is requested. Those that
        have been read already are each a batch: they keep what is found when they are checked.
        """
        if self._options.is_snapshot:
            from iplint.discovery.snapshots import snapshot_roots

            yield from zip(snapshot_roots(self._builder))
            return
        # Templates that a configuration deploys are not roots of their own, so configurations come first.
        yield from configuration_roots(self._builder)
        yield from self._templates.batches()
        yield from zip(plan_roots(self._builder))
        for path in self._found.extensions:
            self._builder.name_extension(path)
        yield from zip(map(at_hand, packer_roots(self._builder)))
        yield from zip(side_roots(self._builder))

    def look_ahead(self) -> None:
        """Read what later batches need, but for what the roots before them decide."""
        if not self._options.is_snapshot:
            self._templates.look()

    def roots(self) -> Iterator[Root]:
        """Read and yield every root."""
        for pending in chain.from_iterable(self.batches()):
            root = pending.read()
            if root is not None:
                yield root
            pending.release()

    def finish(self) -> Catalog:
        """Return the catalog of the roots that were requested."""
        return self._builder.finish()

    def concerns(self, path: str) -> bool:
        """Return whether a file, by its display path, was requested: where files are named, only these."""
        return self._found.concerns(path)

    def own_file(self, shown: str) -> str | None:
        """Return the absolute path of a requested template or Terraform file, by its display path; None for others."""
        return self._found.own_file(shown)

    def holds(self, directory: str) -> bool:
        """Return whether a directory is inside one of the trees that may be read."""
        return self._workspaces.holds(directory)

    @property
    def is_plain(self) -> bool:
        """Return whether the results depend on the files only.

        Where some are named, they depend on the names.
        """
        return not self._found.named and not self._workspaces.contents and self._options.root is None

    def remember(self, known: Known, parsed: ParsedTexts | None = None) -> None:
        """Record from now on which files are read, before anything is read; `known` may return results of an earlier
        run, and `parsed` has the trees of earlier checks.
        """
        self._builder.remember(known, parsed)

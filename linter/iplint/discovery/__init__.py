"""Paths to pending roots: files are found and classified, then their roots are read one at a time.

    paths --files--> FoundFiles --project--> pending roots --finish--> Catalog

`options` says what is read, and with which inputs. `workspaces` returns the tree that each file may be read in. `files`
walks directories, asks git which files it ignores, and classifies the others: its result, FoundFiles, never changes.
Before roots are made, `prefilter` skips files whose bytes cannot be a template, and `dialects` reports files of other
tools that describe launches. `templates`, `configurations`, `packer`, `plans`, `snapshots` and `side_files` make the
roots of their notation; each of them counts and reports in the CatalogBuilder of `catalog`, which keeps what was read.
After all roots, `Project.finish` returns the Catalog: only a Catalog can be asked what was read. `pending` is a root
that is not read yet; the cache may provide its result instead.

`project` is the entry point, and keeps the order: configurations first, since the templates that they deploy are not
roots of their own; then templates, among which the plans are found; then Packer.
"""

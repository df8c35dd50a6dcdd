"""Paths to pending roots: files are found and classified, then their roots are read one at a time.

    paths --files--> FoundFiles --project--> pending roots --finish--> Catalog

`options` says what is read, and with which inputs. `workspaces` gives the tree that each file may be read in. `files`
walks directories, asks git what it ignores, and classifies what is left: its result, FoundFiles, never changes. On the
way to the roots, `prefilter` skips by their bytes the files that cannot be templates, and `dialects` names those of
other tools that describe launches. `templates`, `configurations`, `packer`, `plans` and `side_files` make the roots of
their notation; each of them counts and reports in the CatalogBuilder of `catalog`, which keeps what was read. Once all
roots have been asked for, `Project.finish` returns its Catalog: only a Catalog can be asked what was read. `pending` is
a root in its turn, which the cache may answer instead.

`project` is the way in, and keeps the order: configurations first, since the templates that they deploy are no roots of
their own; then templates, among which the plans are found; then Packer.
"""

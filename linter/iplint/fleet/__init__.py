"""Check many repositories on dask.distributed: a map over `Session.check`, with no scheduler of our own.

`sources` finds the repositories that the command line names, also in object storage (`storage`); what crosses to a
worker and back is a `repository` and its answer. `run` has a cluster check them, a bounded number at a
time, and yields one answer for each. On a worker, `worker` passes them to a process of its own (`child`), which can be
ended whatever it is doing; there `layout` makes the files of a repository, `unpacking` those of an archive, and the
command's own check reports on them. `journal` keeps the answers as JSON Lines, and knows which repositories are done;
`parquet` makes tables of them, `groups` and `summary` counts and compares them.

Nothing here is loaded by another command. What crosses between machines is JSON text that went through the masking of
reports, and settings that are known by their digest.
"""

"""The language server: findings, fixes and proofs in an editor while a template is being written.

`folder` checks a folder with unsaved texts, and `recall` caches the results of its roots from one check to the next;
`positions` converts offsets to positions of the protocol. `diagnostics`, `actions`, `hovers` and `lenses` answer the
requests of an editor. `server` implements the protocol, and is the only module that imports pygls; checks run on one
thread.
"""

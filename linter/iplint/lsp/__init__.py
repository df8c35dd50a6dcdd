"""The language server: what a check finds, as an editor shows it while a template is being written.

`folder` checks a folder of the editor with the texts that are not saved, and `recall` keeps the results of its roots
from one check to the next; `positions` counts as editors count. `diagnostics`, `actions`, `hovers` and `lenses` are
what an editor asks for. `server` speaks the protocol, in which it alone imports pygls; checks run on one thread.
"""

"""Checks directories of Terraform files with c7n-left and the policies of c7n/, in one process.

Usage: run_c7n.py DIRECTORY ...
"""

import sys
from pathlib import Path

from c7n_left.cli import cli

POLICIES = Path(__file__).with_name("c7n")

read = 0
for directory in sys.argv[1:]:
    try:
        cli.main(["run", "-p", str(POLICIES), "-d", directory], standalone_mode=False)
    except SystemExit as end:
        if end.code not in (0, 1):
            continue
    read += 1
if not read:
    sys.exit("no directory could be read")

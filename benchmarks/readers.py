"""What judging costs over reading: `iplint check` of a tree against its readers alone on the same files.

Usage: python benchmarks/readers.py DIRECTORY. Every file that a check reads as a template or a part of one is read with
the reader of its notation; the start-up of bare Python is in both. Run it with the interpreter of an environment that iplint
is installed in, with its modules compiled.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path

from measure import Cost, cost, medians

READ = """
import sys
from iplint.project import ESCAPES, TEMPLATE_MARKS
from iplint.syntax import hcl, text, yaml
from iplint.syntax.problem import SyntaxProblem
import gc
gc.disable()
sys.setrecursionlimit(20_000)
count = size = 0
for path in sys.stdin.read().splitlines():
    with open(path, "rb") as file:
        data = file.read()
    if path.endswith((".tf", ".tofu", ".hcl", ".tfvars")):
        parse = hcl.parse
    elif any(mark in data for mark in TEMPLATE_MARKS):
        parse = yaml.parse
    else:
        continue
    count += 1
    size += len(data)
    try:
        parse(text.decode(path, data))
    except SyntaxProblem:
        pass
print(f"{count:,} files, {size / 1e6:.2f} MB", file=sys.stderr)
"""

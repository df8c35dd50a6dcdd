"""What a second run costs: `iplint check` of a tree without a cache, with an empty one, with a full one, after edits.

Usage: python benchmarks/cache.py DIRECTORY [DIRECTORY ...]. Each tree is copied, and five of its files of HCL, YAML and
JSON that name AWS are edited there, one after the other. The readers alone, as in readers.py, are measured beside. Run
it with the interpreter of an environment that iplint is installed in, with its modules compiled.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from measure import Cost, cost
from readers import READ
from trees import is_candidate

RUNS = 5
EDITED = 5


def main() -> None:
    print(
        "| tree | files | readers alone | no cache | first run | second run | after an edit | ms a file, second run |"
    )
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as work:
            print(row(Path(name), Path(work)), flush=True)


def row(given: Path, work: Path) -> str:
    """The row of a tree: CPU seconds and, in brackets, the megabytes of the peak."""
    tree = work / "tree"
    shutil.copytree(given, tree, symlinks=True)
    environment = {**os.environ, "IPLINT_CACHE_DIR": str(work / "cache")}

    def check(*arguments: str) -> Cost:
        command = [sys.executable, "-m", "iplint", "check", "-q", *arguments, str(tree)]
        return cost(command, environment, (0, 1, 3))

    def median(costs: list[Cost]) -> Cost:
        return Cost(*(statistics.median(column) for column in zip(*costs, strict=True)))

    readers = median([cost([sys.executable, "-c", READ, str(tree)]) for _ in range(RUNS)])
    plain = median([check("--no-cache") for _ in range(3)])
    first = check()
    second = median([check() for _ in range(RUNS)])
    files = sorted(path for path in tree.rglob("*") if is_candidate(path))
    named = [path for path in files if b"aws" in path.read_bytes().lower()]
    edits: list[Cost] = []
    for path in named[len(named) // (2 * EDITED) :: max(1, len(named) // EDITED)][:EDITED]:
        path.write_bytes(path.read_bytes() + b"\n")
        edits.append(check())
    told = " | ".join(f"{one.cpu:.2f} ({one.peak:.0f})" for one in (readers, plain, first, second, median(edits)))
    return f"| {given.name} | {len(files):,} | {told} | {1000 * second.cpu / len(files):.2f} |"


if __name__ == "__main__":
    main()

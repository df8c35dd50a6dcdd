"""Start-up: the CPU time of a whole `iplint check` of one small file, against that of bare Python, in one run.

Usage: python benchmarks/startup.py [FILE ...]. Pairs alternate, and the median ratio of 15 pairs is printed. Run it
with the interpreter of an environment that iplint is installed in, with its modules compiled, as an
installer leaves them.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
from pathlib import Path

PAIRS = 15
EXAMPLE = Path(__file__).parents[1] / "tests" / "example" / "web.yaml"


def cpu(*arguments: str) -> float:
    """CPU milliseconds of one process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def main() -> None:
    for path in sys.argv[1:] or [str(EXAMPLE)]:
        pairs = [(cpu("-c", "pass"), cpu("-m", "iplint", "check", path)) for _ in range(PAIRS)]
        bare, whole = (statistics.median(column) for column in zip(*pairs, strict=True))
        ratio = statistics.median(one[1] / one[0] for one in pairs)
        print(f"{path}: python {bare:.1f} ms, iplint {whole:.1f} ms, median ratio {ratio:.2f}")


if __name__ == "__main__":
    main()

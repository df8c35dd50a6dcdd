"""Compare reports of other tools on real repositories with iplint, and say which results nobody has decided yet.

Usage: python benchmarks/truth.py DIRECTORY REPORT...

`truth.csv` has each result that only another tool has, with who is right and why. The exit status is 1 where a report
has one that is not in it; then look at the place, and add the row, or mend iplint. `tests/test_truth.py` checks the
form of the table.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

TABLE = Path(__file__).parent / "truth.csv"


class Decided(NamedTuple):
    """A result of another tool, and who is `right`: iplint, theirs, or both where they answer different questions."""

    tool: str
    id: str
    path: str
    line: str
    right: str
    why: str


def decided() -> list[Decided]:
    with TABLE.open(encoding="utf-8", newline="") as rows:
        return [Decided(**row) for row in csv.DictReader(rows)]


def main() -> None:
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    directory, *reports = (Path(name).resolve() for name in sys.argv[1:])
    command = [sys.executable, "-m", "iplint", "compare", *map(str, reports), "--in", ".", "--format", "json"]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)
    known = {row[:4] for row in decided()}
    print(json.dumps(found["summary"]))
    missing = 0
    for one in found["only_theirs"]:
        if (one["tool"], one["id"], one["file"], str(one["line"])) not in known:
            missing += 1
            print(f"{one['tool']} {one['id']} {one['file']}:{one['line']}: {one['message']}")
            print("".join(f"    {reason}\n" for reason in one["reasons"]), end="")
    sys.exit(1 if missing else 0)


if __name__ == "__main__":
    main()

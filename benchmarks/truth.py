"""Compare reports of other tools on real repositories with iplint, and say which results nobody has decided yet.

Usage: python benchmarks/truth.py DIRECTORY REPORT...      compare the reports on a directory
       python benchmarks/truth.py --write                  put the table into docs/comparison.md

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

TOP = Path(__file__).parents[1]
TABLE = TOP / "benchmarks" / "truth.csv"
PAGE = TOP / "docs" / "comparison.md"
MARKS = "<!-- decided -->\n", "<!-- end of what was decided -->\n"


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


def page() -> str:
    """The page with the table of what only others report."""
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(MARKS[0])
    _, after = rest.split(MARKS[1])
    rows = [f"| {one.tool} | `{one.path}:{one.line}` | {one.right} | {one.why} |\n" for one in decided()]
    head = "| tool | place | who is right | why |\n| --- | --- | --- | --- |\n"
    return f"{before}{MARKS[0]}\n{head}{''.join(rows)}\n{MARKS[1]}{after}"


def main() -> None:
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(page(), encoding="utf-8")
        return
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

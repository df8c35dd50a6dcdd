"""How many instructions fixed runs of `iplint check` take, against those that were kept: a regression is a number.

Usage: python benchmarks/instructions.py [--write]. Needs valgrind (a package of most Linux distributions), and is to
be run with the interpreter of an environment that iplint is installed in. Counts differ between versions of Python and
of the C library, so only a machine's own are compared: `--write` keeps those of this one in instructions.json.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).parents[1]
KEPT = Path(__file__).with_suffix(".json")
FIXTURES = TOP / "tests" / "fixtures"
CHECK = ("-m", "iplint", "check", "--exit-zero", "--no-repo-config", "--format", "json")
RUNS: dict[str, tuple[str, ...]] = {
    "python -c pass": ("-c", "pass"),
    "one template": (*CHECK, str(TOP / "tests" / "example" / "web.yaml")),
    "one Terraform root": (*CHECK, str(FIXTURES / "missing-instance-profile" / "bare")),
    "the fixtures of three rules": (
        *CHECK,
        *(str(FIXTURES / rule) for rule in ("imdsv1-allowed", "administrator-access", "hardcoded-access-key")),
    ),
}


def count(arguments: tuple[str, ...]) -> int:
    """The instructions of one run of this interpreter, its modules compiled and its hashes fixed."""
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, *arguments]
    # The first run compiles what is not compiled yet.
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    counted = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    )
    found = re.search(r"Collected : (\d+)", counted.stderr)
    if found is None:
        sys.exit(f"valgrind counted nothing: {counted.stderr[-400:]}")
    return int(found[1])


def main() -> None:
    where = f"{platform.python_implementation()} {platform.python_version()} on {platform.machine()}"
    kept: dict[str, dict[str, int]] = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    counts = {name: count(arguments) for name, arguments in RUNS.items()}
    for name, number in counts.items():
        before = kept.get(where, {}).get(name)
        beside = f", {number / before:.3f} times what was kept" if before else ", nothing kept to compare with"
        print(f"{name}: {number / 1e6:,.1f} million, {number / counts['python -c pass']:.1f} times bare Python{beside}")
    if "--write" in sys.argv[1:]:
        kept[where] = counts
        KEPT.write_text(json.dumps(kept, indent=2, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""Attacks: what a check costs on inputs under 1 MB that were written to exhaust it, each with a growth of its own.

Usage: python benchmarks/attacks.py [--list] [PATTERN ...]. Each input is generated into a temporary directory and
checked there, in a process with limits. A pattern is a regular expression, searched in the names; without one, all
inputs are checked, which takes half an hour. The exit status is 1 when a check takes over 5 CPU seconds or 500 MB, ends
without a report, or has an internal notice. Run it with the interpreter of an environment that iplint is installed in.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import attacks_cloudformation
import attacks_terraform

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attacks_terraform import Files, Inputs

MAX_SECONDS = 5.0
MAX_MEGABYTES = 500.0
# What the system ends a check at, so that the one who measures survives it.
KILL_SECONDS = 60
KILL_BYTES = 2 << 30
# Inputs that the limits are not promised for, and the seconds that they may take: one is larger, and the limits are
# those of one root, of which the others have 20, 60 or 1,000.
LARGE = {
    "cloudformation: 5 MB of 24,000 launches": 60.0,
    "nested: doubled by each": 15.0,
    "nested: doubled by CDK": 15.0,
    "nested: doubled by stack sets": 15.0,
    "nested: doubled by applications": 60.0,
    "nested: doubled by a parameter": 60.0,
    "nested: doubled by a loop": 60.0,
    "roots: 20 of 992 nested stacks": 60.0,
    "roots: 20 of modules doubled by each": 60.0,
    "exports: one name of many templates": 15.0,
}
FAMILIES = (*attacks_terraform.FAMILIES, *attacks_cloudformation.FAMILIES)


def limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (KILL_BYTES, KILL_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (KILL_SECONDS, KILL_SECONDS + 2))


def check(directory: Path) -> tuple[float, float, int, str]:
    """The CPU seconds, megabytes and exit status of a check of a directory, and what it reports in short."""
    command = [sys.executable, "-m", "iplint", "check", "--no-cache", "--format", "json", "."]
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, cwd=directory, stdout=output, stderr=errors, preexec_fn=limit)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        said = errors.read().decode(errors="replace").strip().rpartition("\n")[2]
        try:
            report = json.loads(output.read())
        except ValueError:
            summary = f"no report {said}".strip()
        else:
            kinds = sorted({notice["kind"] for notice in report["notices"]})
            summary = ", ".join(kinds) or "no notice"
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, process.returncode, summary


def judge(name: str, files: Files) -> bool:
    """Check an input and print its row; whether the check kept within the limits."""
    with tempfile.TemporaryDirectory() as directory:
        for path, text in files.items():
            file = Path(directory, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        seconds, megabytes, status, summary = check(Path(directory))
    faults = []
    if seconds > LARGE.get(name, MAX_SECONDS):
        faults.append("seconds")
    if megabytes > MAX_MEGABYTES and name not in LARGE:
        faults.append("memory")
    if "internal" in summary or summary.startswith("no report"):
        faults.append("report")
    kilobytes = sum(map(len, files.values())) // 1024
    row = f"{name[:90]}: {kilobytes} kB, {seconds:.1f} s, {megabytes:.0f} MB, exit {status}, {summary}"
    print(row + (f"  <-- {', '.join(faults)}" if faults else ""), flush=True)
    return not faults


def inputs(patterns: Iterable[str]) -> Inputs:
    wanted = [re.compile(pattern) for pattern in patterns]
    for family in FAMILIES:
        for name, files in family():
            if not wanted or any(pattern.search(name) for pattern in wanted):
                yield name, files


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("patterns", nargs="*", metavar="PATTERN")
    parser.add_argument("--list", action="store_true", help="print the names only")
    arguments = parser.parse_args()
    if arguments.list:
        for name, files in inputs(arguments.patterns):
            print(f"{name} ({sum(map(len, files.values())) // 1024} kB)")
        return 0
    return 0 if sum(not judge(name, files) for name, files in inputs(arguments.patterns)) == 0 else 1


if __name__ == "__main__":
    sys.exit(main())

"""What judging costs over reading: `iplint check` of a directory against the readers alone on the same files.

Usage: python benchmarks/readers.py DIRECTORY [DIRECTORY ...]. Terraform and Packer files, and those files of YAML and
that name a resource type of AWS, are read with the reader of their notation. Run it with the interpreter of an
environment that iplint is installed in, with its modules compiled.
"""

from __future__ import annotations

import sys
from functools import partial

from measure import Failed, cost, medians

RUNS = 5
READ = """
import gc, os, sys
gc.disable()
sys.setrecursionlimit(20_000)
from iplint.syntax import hcl, yaml
from iplint.syntax import decoding
from iplint.syntax.problem import SyntaxProblem
for directory, _, names in os.walk(sys.argv[1]):
    for name in names:
        is_hcl = name.endswith((".tf", ".tofu", ".pkr.hcl"))
        if not is_hcl and not name.endswith((".yaml", ".yml", ".json", ".template", ".cfn")):
            continue
        with open(os.path.join(directory, name), "rb") as file:
            data = file.read()
        if is_hcl or b"AWS::" in data:
            try:
                (hcl if is_hcl else yaml).parse(decoding.decode(name, data))
            except SyntaxProblem:
                pass
"""


def main() -> None:
    for directory in sys.argv[1:]:
        measures = {
            "python": partial(cost, [sys.executable, "-c", "pass"]),
            "readers": partial(cost, [sys.executable, "-c", READ, directory]),
            "check": partial(
                cost, [sys.executable, "-m", "iplint", "check", "--no-cache", directory], statuses=(0, 1, 3)
            ),
        }
        costs = {}
        for name, found in medians(measures, RUNS).items():
            if isinstance(found, Failed):
                sys.exit(f"{name}: {found}")
            costs[name] = found.cpu
        ratio = costs["check"] / costs["readers"]
        print(f"{directory}: {', '.join(f'{name} {cpu:.2f} s' for name, cpu in costs.items())}, ratio {ratio:.1f}")


if __name__ == "__main__":
    main()

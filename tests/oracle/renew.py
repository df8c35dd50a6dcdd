"""Write what Terraform makes of each expression: `python tests/oracle/renew.py` (needs `terraform` on the PATH).

A row of `results.jsonl` is the kind, the expression, its type as Terraform's state writes types, and its value as
`jsonencode` writes it; both are null where Terraform reports an error. The type is "unknown" where Terraform never
knows the value.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from expressions import expressions  # noqa: E402 - beside this file

AT_ONCE = 500
HEAD = 'terraform {\n  required_providers {\n    terraform = { source = "terraform.io/builtin/terraform" }\n  }\n}\n'


def results(some: list[tuple[str, str]], folder: Path) -> list[tuple[str, str, object, str | None]]:
    """Return the rows of some expressions."""
    # An infinity is a value that no state can hold: its JSON is asked for first.
    outputs = [
        f'output "x{index}" {{\n  value = try([jsonencode({one}), {one}], "an error")\n}}\n'
        for index, (_, one) in enumerate(some)
    ]
    (folder / "main.tf").write_text(HEAD + "".join(outputs))
    (folder / "terraform.tfstate").unlink(missing_ok=True)
    command = ["terraform", "apply", "-auto-approve", "-no-color", "-compact-warnings"]
    if not (folder / ".terraform.lock.hcl").exists():
        subprocess.run(["terraform", "init", "-no-color"], cwd=folder, capture_output=True, check=False)
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise SystemExit(ran.stderr[:4000])
    state = json.loads((folder / "terraform.tfstate").read_text())["outputs"]
    rows: list[tuple[str, str, object, str | None]] = []
    for index, (kind, one) in enumerate(some):
        output = state.get(f"x{index}")
        if output is None or output["value"] is None:
            rows.append((kind, one, "unknown", None))
        elif output["value"] == "an error":
            rows.append((kind, one, None, None))
        else:
            rows.append((kind, one, output["type"][1][1], output["value"][0]))
    return rows


def main() -> None:
    """Write the results of all expressions."""
    every = expressions()
    version = json.loads(subprocess.run(["terraform", "version", "-json"], capture_output=True, check=True).stdout)
    lines = [json.dumps({"terraform": version["terraform_version"]})]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "root"
        shutil.copytree(HERE / "files", folder)
        for start in range(0, len(every), AT_ONCE):
            for row in results(every[start : start + AT_ONCE], folder):
                lines.append(json.dumps(row, ensure_ascii=True, separators=(",", ":")))
            print(start, file=sys.stderr)
    lines = [re.sub(r"\x7f", "\\\\u007f", line) for line in lines]
    (HERE / "results.jsonl").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()

"""What the playground unpacks in the browser: iplint, its rules, and PyYAML's pure modules, as one zip."""

from __future__ import annotations

import io
import zipfile
from importlib.metadata import files
from pathlib import Path

import yaml

SITE = Path(__file__).parent
TOP = SITE.parent
# What only the command, the language server and other interfaces need.
_LEFT_OUT = (
    "iplint/cli/",
    "iplint/lsp/",
    "iplint/cache/",
    "iplint/peers/",
    "iplint/cfnlint.py",
    "iplint/cfn_lint_worker.py",
)
_DATE = (2020, 1, 1, 0, 0, 0)


def archive() -> bytes:
    """Return the zip, with the same bytes for the same files."""
    found: dict[str, Path] = {"playground.py": SITE / "playground" / "playground.py"}
    for package in (TOP / "linter" / "iplint", TOP / "rules" / "iplint_rules"):
        for path in package.rglob("*"):
            name = path.relative_to(package.parent).as_posix()
            if path.is_file() and "__pycache__" not in name and not name.startswith(_LEFT_OUT):
                found[name] = path
    for path in Path(yaml.__file__).parent.glob("*.py"):
        found[f"yaml/{path.name}"] = path
    for file in files("PyYAML") or ():
        if file.name == "LICENSE":
            found["yaml/LICENSE"] = Path(str(file.locate()))
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, path in sorted(found.items()):
            zipped.writestr(zipfile.ZipInfo(name, _DATE), path.read_bytes(), zipfile.ZIP_DEFLATED)
    return data.getvalue()

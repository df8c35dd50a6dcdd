"""What the README shows is what the command prints."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from subprocess import CompletedProcess

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [README, *(path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md")))]
SHOWN = [
    found for page in PAGES for found in re.findall(r"```console\n\$ iplint ([^\n]+)\n(.*?)```", page, flags=re.DOTALL)
]


def test_there_is_something_to_compare() -> None:
    assert len(SHOWN) >= 2


@pytest.mark.parametrize(("arguments", "shown"), SHOWN)
def test_shown_output_is_real(iplint: Callable[..., CompletedProcess[str]], arguments: str, shown: str) -> None:
    """A line of three dots stands for lines that are left out."""
    printed = iplint(*shlex.split(arguments), cwd=ROOT).stdout
    parts = [re.escape(part) for part in re.split(r"^\.\.\.\n", shown, flags=re.MULTILINE)]
    assert re.fullmatch("(?:.*\n)*?".join(parts) + "(?:.*\n)*", printed), printed


def test_the_pages_and_the_table_are_those_of_the_rules() -> None:
    """If this fails, run docs/generate.py."""
    spec = spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    generate = module_from_spec(spec)
    spec.loader.exec_module(generate)
    written = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "rules").iterdir()}
    assert written == generate.pages()
    assert generate.table() in README


def test_the_options_exist(iplint: Callable[..., CompletedProcess[str]]) -> None:
    known = iplint("check", "--help").stdout + iplint("migrate", "--help").stdout
    known += iplint("graph", "--help").stdout
    for option in set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README)) - {"--version"}:
        assert option in known

"""The table of what only other tools report on real repositories."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from iplint.peers.references import References
from iplint.peers.reports import _TOOLS  # pyright: ignore[reportPrivateUsage]  # the names that reports have
from iplint_rules import all_rules

TABLE = Path(__file__).parents[1] / "benchmarks" / "truth.csv"
pytestmark = pytest.mark.skipif(not TABLE.exists(), reason="a source distribution has no benchmarks")
COLUMNS = ["tool", "id", "path", "line", "right", "why"]


def rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        found = list(reader)
        assert reader.fieldnames == COLUMNS
    return found


def test_each_row_says_who_is_right_and_why() -> None:
    for row in rows():
        assert list(row) == COLUMNS
        assert row["right"] in ("iplint", "both"), "where only theirs is right, iplint has a defect to be mended"
        assert len(row["why"].split()) >= 5, row
        assert row["path"]
        assert row["line"].isdigit()


def test_rows_are_in_order_and_unique() -> None:
    keys = [(row["tool"], row["id"], row["path"], int(row["line"])) for row in rows()]
    assert keys == sorted(set(keys))


def test_a_rule_of_iplint_checks_what_each_row_is_about() -> None:
    references = References(all_rules())
    for row in rows():
        assert references.rules(_TOOLS[row["tool"].lower()], row["id"]), row


def test_the_page_has_the_table() -> None:
    page = (TABLE.parents[1] / "docs" / "comparison.md").read_text(encoding="utf-8")
    for row in rows():
        assert f"| {row['tool']} | `{row['path']}:{row['line']}` | {row['right']} | {row['why']} |\n" in page

"""The tables of what other tools report on real repositories, and of what only they do."""

from __future__ import annotations

import csv
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from iplint.peers.references import References
from iplint.peers.reports import _TOOLS  # pyright: ignore[reportPrivateUsage]  # the names that reports have
from iplint_rules import all_rules

Run = Callable[..., CompletedProcess[str]]

TABLE = Path(__file__).parents[1] / "benchmarks" / "truth.csv"
RESULTS = TABLE.with_name("truth_results.csv")
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
        assert f" | `{row['path']}:{row['line']}` | {row['right']} | {row['why']} |\n" in page


def results() -> list[dict[str, str]]:
    if not RESULTS.exists():
        return []
    with RESULTS.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_what_only_others_report_is_in_the_results() -> None:
    known = {(row["tool"], row["id"], row["path"], row["first"]) for row in results()}
    assert {(row["tool"], row["id"], row["path"], row["line"]) for row in rows()} <= known


@pytest.mark.parametrize("repository", sorted({row["path"].partition("/")[0] for row in results()}))
def test_all_that_only_others_report_is_decided(iplint: Run, corpus: Path, tmp_path: Path, repository: str) -> None:
    """A change of iplint that silences what another tool reports too fails here, and so does one that reports more."""
    below = f"{repository}/"
    runs: dict[str, list[object]] = {}
    for row in results():
        if row["path"].startswith(below):
            place = {
                "artifactLocation": {"uri": row["path"]},
                "region": {"startLine": int(row["first"]), "endLine": int(row["last"])},
            }
            one = {"ruleId": row["id"], "locations": [{"physicalLocation": place}]}
            runs.setdefault(row["tool"], []).append(one)
    report = {"runs": [{"tool": {"driver": {"name": tool}}, "results": found} for tool, found in runs.items()]}
    with tarfile.open(corpus / "wild.tar.gz") as archive:
        held = [member for member in archive if member.name.startswith(f"wild/{below}")]
        archive.extractall(tmp_path, held, filter="data")
    (tmp_path / "theirs.sarif").write_text(json.dumps(report), encoding="utf-8")
    done = iplint("compare", "../theirs.sarif", "--in", ".", "--format", "json", cwd=tmp_path / "wild")
    found = json.loads(done.stdout)
    assert (found["not_read"], found["no_rule"]) == ([], [])
    theirs = {(one["tool"], one["id"], one["file"], str(one["line"])) for one in found["only_theirs"]}
    decided = {(row["tool"], row["id"], row["path"], row["line"]) for row in rows() if row["path"].startswith(below)}
    assert theirs == decided

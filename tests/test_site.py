"""The documentation site, as far as it can be tested without MkDocs and a browser; site/test has the rest."""

from __future__ import annotations

import io
import json
import re
import runpy
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import FIXTURES, TOP, judged

DOCS = TOP / "docs"
LINK = re.compile(r"\]\((?!https?://|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)")
FENCE = re.compile(r"^```.*?^```", flags=re.DOTALL | re.MULTILINE)
EXAMPLES = json.loads((TOP / "site" / "playground" / "examples.json").read_text(encoding="utf-8"))


def entries(node: Any) -> list[str]:
    """The files of a navigation."""
    if isinstance(node, str):
        return [node]
    return [path for one in (node.values() if isinstance(node, dict) else node) for path in entries(one)]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as MkDocs makes them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), flags=re.MULTILINE)
    return {re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower()) for heading in headings}


def test_each_page_is_in_the_navigation() -> None:
    configuration = yaml.load((TOP / "mkdocs.yml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    assert sorted(entries(configuration["nav"])) == sorted(
        [*(path.name for path in DOCS.glob("*.md")), "rules/README.md"]
    )


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        found = page.parent / target if target else page
        assert found.is_file(), target
        assert found.resolve().is_relative_to(DOCS), target
        assert not anchor or anchor in anchors(found), f"{target}#{anchor}"


@pytest.fixture(scope="module")
def playground() -> dict[str, Any]:
    return runpy.run_path(str(TOP / "site" / "playground" / "playground.py"))


@pytest.mark.parametrize("rule", ["imdsv1-allowed", "hardcoded-access-key", "role-without-ec2-trust"])
def test_the_playground_finds_what_a_check_finds(rule: str, playground: dict[str, Any]) -> None:
    path = min((FIXTURES / rule).glob("*.yaml"))
    report = json.loads(playground["check"](path.name, path.read_text(encoding="utf-8")))
    wanted = [(finding.rule, *finding.at.first, finding.verdict) for finding in judged(path).findings]
    found = [(one["rule"], one["line"], one["column"], one["verdict"]) for one in report["findings"]]
    assert sorted(found) == sorted(wanted)


def test_the_playground_fixes(playground: dict[str, Any]) -> None:
    _, terraform, proven = EXAMPLES
    done = json.loads(playground["fix"](terraform["file"], terraform["text"], False))
    assert done["count"] == 1
    for name, text in ((terraform["file"], done["text"]), (proven["file"], proven["text"])):
        report = json.loads(playground["check"](name, text))
        assert {one["status"] for one in report["proofs"]} == {"proven"}
        assert report["picture"].startswith("<svg")


def test_the_archive_needs_nothing_else(tmp_path: Path) -> None:
    """Without site-packages there is no libyaml, as in the browser."""
    archive = runpy.run_path(str(TOP / "site" / "archive.py"))["archive"]
    data = archive()
    assert data == archive()
    with zipfile.ZipFile(io.BytesIO(data)) as zipped:
        zipped.extractall(tmp_path)
    assert "Permission is hereby granted" in (tmp_path / "yaml" / "LICENSE").read_text(encoding="utf-8")
    line = "import sys; sys.path.insert(0, sys.argv[1]); import playground; print(playground.check(*sys.argv[2:]))"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", line, str(tmp_path), EXAMPLES[0]["file"], EXAMPLES[0]["text"]],
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=120,
    )
    assert len(json.loads(done.stdout)["findings"]) == 3

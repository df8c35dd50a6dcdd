"""As `test_leaks`: what an editor is shown, reports of other tools that are compared, what `iplint init` changes."""

from __future__ import annotations

import contextlib
import json
import random
import re
from pathlib import Path

import pytest
from lsprotocol import types as lsp

from iplint.cli.command import Parser
from iplint.cli.lsp import COMMAND, opened
from iplint.fix.fixing import Editor
from iplint.lsp.actions import actions
from iplint.lsp.diagnostics import diagnostics, range_of
from iplint.lsp.folder import Folder
from iplint.lsp.hovers import hover
from iplint.lsp.lenses import lenses
from iplint.lsp.positions import Unit
from test_leaks import SEEDS, STEERING, command, forms, inputs, plan, repository, shown


def seen(top: Path) -> str:
    """All words that an editor is shown of a folder: those of its files, and their addresses, are its own."""
    parser = Parser("iplint lsp", "")
    COMMAND.add_arguments(parser)
    unit, said = Unit.UTF_16, []
    with contextlib.chdir(top):
        results = Folder(str(top), opened(parser.parse_args(["--undecided"]))).check({})
        found = diagnostics(results, {}, unit)
        for one in [one for listed in found.values() for one in listed]:
            said += [one.message, str(one.code), *(related.message for related in one.related_information or ())]
        places = [one.at for one in (*results.report.findings, *(results.report.proofs or ()))]
        for at in places:
            path, place = results.path(at.path), range_of(at, unit)
            pages = hover(results, path, place.start, {}, unit)
            said.append(
                pages.contents.value if pages is not None and isinstance(pages.contents, lsp.MarkupContent) else ""
            )
            offered = actions(
                results,
                path,
                place,
                {},
                unit,
                lambda finding: Editor().edit(finding.change) if finding.change else None,
            )
            said += [action.title for action in offered]
            said += [one.message for action in offered for one in action.diagnostics or ()]
        for path in sorted({results.path(at.path) for at in places}):
            said += [lens.command.title for lens in lenses(results, path, unit) if lens.command is not None]
    assert any("IMDSv1" in words for words in said)
    return re.sub(r"\]\([^)\n]*\)", "]()", "\n".join(said))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", ["repository", "plan", "inputs"])
def test_an_editor_is_shown_no_secret(tmp_path: Path, kind: str, seed: int) -> None:
    draw = random.Random(seed)
    match kind:
        case "repository":
            secrets = repository(tmp_path, seed)
        case "plan":
            secrets = ["".join(draw.choices("FAKEabcdefgh0123456789XYZ", k=length)) for length in (40, *[24] * 8)]
            (tmp_path / "plan.json").write_text(plan(draw, *secrets), encoding="utf-8")
        case _:
            secrets = inputs(draw, tmp_path)
    assert shown(seen(tmp_path.resolve()), secrets) == set()


@pytest.mark.parametrize("nasty", STEERING)
def test_an_editor_is_shown_nothing_that_steers_it(tmp_path: Path, nasty: str) -> None:
    launch = {"Type": "AWS::EC2::Instance", "Properties": {"IamInstanceProfile": nasty, nasty: nasty}}
    (tmp_path / "web.json").write_text(json.dumps({"Resources": {nasty: launch}}), encoding="utf-8")
    assert [sign for sign in seen(tmp_path.resolve()) if not sign.isprintable() and sign != "\n"] == []


def their_reports(draw: random.Random, top: Path, words: list[str]) -> None:
    """Write reports of other tools that repeat words in whatever forms."""

    def word() -> str:
        return forms(draw, draw.choice(words))

    def result(path: str) -> dict[str, object]:
        location = {"artifactLocation": {"uri": path}, "region": {"startLine": draw.randrange(40)}}
        return {
            "ruleId": draw.choice(("CKV_AWS_79", word())),
            "message": {"text": f"{word()} and {word()}"},
            "locations": [{"physicalLocation": location}],
        }

    paths = [draw.choice(("template.yaml", "one/main.tf", f"{word()}/template.yaml", word())) for _ in range(12)]
    runs = [
        {"tool": {"driver": {"name": name}}, "results": [result(path) for path in paths]}
        for name in ("checkov", word())
    ]
    (top / "theirs.sarif").write_text(json.dumps({"version": "2.1.0", "runs": runs}), encoding="utf-8")
    checks = [
        {"check_id": "CKV_AWS_79", "check_name": word(), "file_path": path, "file_line_range": [1, 40]}
        for path in paths
    ]
    checkov = {"check_type": "terraform", "results": {"failed_checks": checks}}
    (top / "theirs.json").write_text(json.dumps(checkov), encoding="utf-8")


@pytest.mark.parametrize("seed", SEEDS)
def test_a_comparison_with_other_tools_shows_no_secret(tmp_path: Path, seed: int) -> None:
    secrets = repository(tmp_path, seed)
    their_reports(random.Random(seed), tmp_path, secrets)
    for format in ("text", "markdown", "json"):
        told = command(tmp_path, "compare", "--format", format, "--in", ".", "theirs.sarif", "theirs.json")
        assert (shown(told, secrets), "CKV_AWS_79" in told) == (set(), True), format


@pytest.mark.parametrize("nasty", STEERING)
def test_a_comparison_with_other_tools_steers_nothing(tmp_path: Path, nasty: str) -> None:
    (tmp_path / "web.yaml").write_text("Resources: {Web: {Type: AWS::EC2::Instance}}\n", encoding="utf-8")
    place = {"physicalLocation": {"artifactLocation": {"uri": "web.yaml"}, "region": {"startLine": 1}}}
    results = [
        {"ruleId": rule, "message": {"text": nasty}, "locations": [place]} for rule in ("CKV_AWS_79", f"CKV_{nasty}")
    ]
    runs = [{"tool": {"driver": {"name": name}}, "results": results} for name in ("checkov", nasty)]
    (tmp_path / "theirs.sarif").write_text(json.dumps({"version": "2.1.0", "runs": runs}), encoding="utf-8")
    for format in ("text", "markdown", "json"):
        told = command(tmp_path, "compare", "--format", format, "--in", ".", "theirs.sarif")
        assert [sign for sign in told if not sign.isprintable() and sign != "\n"] == []
        assert not re.search(r"(?m)^[\s+-]*::\w|##\w*\[", told), told


@pytest.mark.parametrize("end", ["", "  \n", "\r\n", "\n\n"])
def test_init_repeats_nothing_of_the_files_that_it_changes(tmp_path: Path, end: str) -> None:
    secret = "wJ4" + "FAKE7xQzKp2MmTbV9nRs0LdYc5GhUa8EoWiB1"
    # The end of the last line is changed, so that a diff has the line.
    (tmp_path / ".gitlab-ci.yml").write_text(
        f"job:\n  script: [deploy --token={secret[4:30]}]{end}", "utf-8", newline=""
    )
    hooks = f"repos:\n- repo: local\n  hooks:\n  - id: x\n    args: [--token={secret[4:30]}]"
    (tmp_path / ".pre-commit-config.yaml").write_text(hooks + end, encoding="utf-8", newline="")
    told = command(tmp_path, "init")
    assert (shown(told, [secret[4:30]]), "+iplint:" in told, "id: iplint" in told) == (set(), True, True)

"""Mistakes on the command line: what is meant is done, and what is not understood is explained in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from iplint.cli import COMMANDS, run

Run: TypeAlias = Callable[..., tuple[int, str, list[str]]]
BAD = "Resources:\n  Web:\n    Type: AWS::EC2::Instance\n    Properties: {ImageId: ami-1}\n"


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run the command in this process, in a directory with a template; its status, output, and lines of errors."""
    (tmp_path / "web.yaml").write_text(BAD, encoding="utf-8")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "b.yaml").write_text(BAD, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    def carry_out(*arguments: str) -> tuple[int, str, list[str]]:
        status = run(arguments)
        done = capfd.readouterr()
        return status, done.out, done.err.splitlines()

    return carry_out


@pytest.mark.parametrize(
    ("arguments", "last"),
    [
        (["check", "--fial-on", "high"], "there is no option --fial-on; did you mean --fail-on?"),
        (["check", "web.yaml", "--fial-on=high"], "there is no option --fial-on=...; did you mean --fail-on?"),
        (["inventory", "--formt", "json"], "there is no option --formt; did you mean --format?"),
        (["check", "--qqqqqq"], "there is no option --qqqqqq; iplint check --help lists the options"),
        (["--vresion"], "there is no option --vresion; did you mean --version?"),
        (["check", "--fail-on", "hihg"], "hihg is not one of critical, high, medium, low; did you mean high?"),
        (["check", "--severity", "9"], "9 is not one of critical, high, medium, low, info"),
        (["check", "-f", "sraif"], "did you mean sarif?"),
        (["graph", "-f", "svgg"], "svgg is not one of mermaid, svg; did you mean svg?"),
        (["rules", "web.yaml"], "there is one argument too many: web.yaml"),
        (["explain"], "the following arguments are required: RULE"),
        (["check", "-q", "-v"], "not allowed with argument -q/--quiet"),
        (["completion", "bsh"], "did you mean bash?"),
    ],
)
def test_what_is_not_understood_gives_one_line_of_usage_and_the_error_last(
    command: Run, arguments: list[str], last: str
) -> None:
    status, printed, errors = command(*arguments)
    assert (status, printed, len(errors)) == (2, "", 2)
    assert errors[0].startswith("usage: iplint")
    assert errors[1].endswith(last)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["chek"], "neither a command nor a file or directory chek; did you mean check?"),
        (["stacks/web.yaml"], "neither a command nor a file or directory stacks/web.yaml; the commands are check,"),
        (["check", "-o", "sraif:x"], "--output sraif:x: no format sraif; did you mean sarif? For a file"),
        (["check", "-o", "qqqq:x"], "--output qqqq:x: no format qqqq; there are text, "),
        (["othr"], "neither a command nor a file or directory othr; did you mean other?"),
        (["help", "prve"], "there is no command prve; did you mean prove?"),
        (["help", "qqqq"], "there is no command qqqq; the commands are check,"),
        (["check", ""], "a path is empty; for this directory, write ."),
        (["prove", "Wbe"], "nor the address of a launch here; did you mean Web?"),
        (["check", "-o", "sarif-:x"], "no format sarif-"),
        (["check", "-o", "sraif"], "did you mean the format sarif? For a file, write ./sraif"),
        (["check", "-o", "sarif:"], "write it as --output sarif:FILE"),
        (["check", "-o", "sarif", "-o", "json"], "gives standard output two reports"),
        (["check", "-o", "json:x", "-o", "./x"], "names one file twice"),
        (["inventory", "-o", "jsno:x"], "no format jsno; did you mean json?"),
        (["prove", "-o", "jsno:x"], "no format jsno; did you mean json?"),
    ],
)
def test_what_cannot_be_meant_is_one_line(command: Run, arguments: list[str], words: str) -> None:
    status, printed, errors = command(*arguments)
    assert (status, printed, len(errors)) == (2, "", 1)
    assert words in errors[0]


@pytest.mark.parametrize("arguments", [["check", "--fail-on", "HIGH"], ["check", "--fail-on", "High", "-f", "Json"]])
def test_words_may_be_in_capital_letters(command: Run, arguments: list[str]) -> None:
    assert command(*arguments)[0] == 1


def test_words_of_the_configuration_may_be_in_capital_letters(command: Run) -> None:
    Path("iplint.toml").write_text('fail-on = "Critical"\n[severities]\nimdsv1-allowed = "LOW"\n', encoding="utf-8")
    status, printed, _ = command("check", "-f", "json", "web.yaml")
    found = {finding["rule"]: finding["severity"] for finding in json.loads(printed)["findings"]}
    assert (status, found["imdsv1-allowed"]) == (0, "low")
    Path("iplint.toml").write_text('fail-on = "High"\n[severities]\nimdsv1-allowed = "hgih"\n', encoding="utf-8")
    status, _, errors = command("check")
    assert (status, len(errors)) == (2, 1)
    assert "severities.imdsv1-allowed: this has to be one of info, low" in errors[0]


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "-f", "json", "web.yaml"],
        ["check", "-o", "json", "web.yaml"],
        ["check", "-o", "JSON:-", "web.yaml"],
        ["check", "-f", "json", "-o", "-", "web.yaml"],
        ["check", "-o", "json", "-o", "sarif:x.sarif", "web.yaml"],
        ["web.yaml", "-f", "json"],
        ["-f", "json", "web.yaml"],
        ["--format=json", "web.yaml"],
        ["inventory", "-o", "json", "web.yaml"],
        ["prove", "-o", "json", "web.yaml"],
    ],
)
def test_a_format_is_printed_however_it_is_asked_for(command: Run, arguments: list[str]) -> None:
    status, printed, errors = command(*arguments)
    assert (status in (0, 1), errors) == (True, [])
    assert json.loads(printed)["tool"]["name"] == "iplint"
    assert not Path("json").exists()


def test_a_format_and_a_file_are_written_by_each_command(command: Run) -> None:
    assert command("inventory", "-o", "json:inventory.json", "web.yaml")[:2] == (0, "")
    assert json.loads(Path("inventory.json").read_text(encoding="utf-8"))["launches"]
    assert command("graph", "-o", "svg:launches.svg", "web.yaml")[:2] == (0, "")
    assert Path("launches.svg").read_text(encoding="utf-8").startswith("<svg")
    assert command("check", "-q", "-o", "./json", "web.yaml")[:2] == (1, "")
    assert Path("json").read_text(encoding="utf-8")


def test_paths_may_be_on_both_sides_of_options(command: Run) -> None:
    _, printed, errors = command("check", "web.yaml", "-f", "json", "other", "--fail-on", "high", "--", "other/b.yaml")
    assert {finding["path"] for finding in json.loads(printed)["findings"]} == {"web.yaml", "other/b.yaml"}
    assert errors == []


def test_what_follows_two_dashes_is_a_path(command: Run) -> None:
    status, _, errors = command("check", "-q", "web.yaml", "--exit-zero", "--", "--fix")
    assert (status, errors) == (2, ["iplint: there is no file or directory --fix"])


def test_a_path_alone_is_checked_and_a_command_comes_before_a_path_of_its_name(command: Run) -> None:
    Path("rules").mkdir()
    assert command("web.yaml")[1] == command("check", "web.yaml")[1]
    assert command("other")[1] == command("check", "other")[1]
    assert "imdsv1-allowed" in command("rules")[1]


def test_help_is_a_command_too(command: Run) -> None:
    assert command("help") == command("--help")
    assert command("help", "check") == command("check", "--help")
    assert command("version") == command("--version")
    assert command("help")[0] == 0


def test_help_is_in_groups_under_one_line_of_usage(command: Run) -> None:
    for name in COMMANDS:
        assert command(name, "--help")[1].splitlines()[0].startswith(f"usage: iplint {name} [OPTIONS]")
        assert command(name, "--help")[1].splitlines()[1] == ""
    groups = [line for line in command("check", "--help")[1].splitlines() if line.endswith(":")]
    assert {"files:", "inputs:", "selection of rules:", "what fails:", "configuration:", "fixes:"} <= set(groups)


def test_a_path_that_does_not_exist_is_the_last_thing_that_is_said(command: Run) -> None:
    status, printed, errors = command("check", "web.yml", "other")
    assert (status, errors) == (2, ["iplint: there is no file or directory web.yml; did you mean web.yaml?"])
    assert "other/b.yaml" in printed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["empty"], "found no template, Terraform configuration or Packer template in empty, so nothing was"),
        (["empty", "other"], "in empty, so nothing was checked there"),
        (["notes.txt"], "in notes.txt, so nothing was checked there"),
        (["plain"], "in plain, so nothing was checked there"),
        (["other", "--exclude", "*.yaml"], "in other, but for what --exclude leaves out, so nothing was checked"),
    ],
)
def test_nothing_to_check_is_a_warning(command: Run, arguments: list[str], words: str) -> None:
    for name, text in (("empty/.keep", ""), ("notes.txt", "no template"), ("plain/values.yaml", "a: 1\n")):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")
    status, _, errors = command("check", *arguments, "--exit-zero")
    assert (status, len(errors)) == (0, 1)
    assert words in errors[0]
    assert command("check", "--pre-commit", "notes.txt")[2] == []


@pytest.mark.parametrize("name", ["check", "prove", "inventory", "baseline"])
def test_a_pattern_that_matches_nothing_is_named(command: Run, name: str) -> None:
    patterns = ["--exclude", "venodr", "--exclude", "./other", "--exclude", "other", "--exclude", "*.json"]
    _, _, errors = command(name, *patterns)
    named = [line for line in errors if "matches no file or directory" in line]
    assert [line.split()[2] for line in named] == ["venodr", "./other", "*.json"]


def test_a_pattern_that_matches_what_is_not_checked_anyway_is_no_mistake(command: Run) -> None:
    for name in ("node_modules/a.yaml", "docs/readme.md", "build/made.yaml"):
        Path(name).parent.mkdir()
        Path(name).write_text(BAD, encoding="utf-8")
    patterns = ["node_modules", "docs", "*.md", "build/", "*.yaml"]
    assert command("check", "-q", *(word for one in patterns for word in ("--exclude", one)), "--exit-zero")[2] == [
        "iplint: found no template, Terraform configuration or Packer template in ., but for what --exclude leaves "
        "out, so nothing was checked there"
    ]
    # A hook passes some of the files that the patterns are for; so does a configuration, unless it is asked about.
    assert command("check", "-q", "--pre-commit", "--exclude", "vendor", "web.yaml")[2] == []
    Path("iplint.toml").write_text('exclude = ["vendor"]', encoding="utf-8")
    assert command("check", "-q")[2] == []
    assert "iplint: exclude vendor matches no file or directory" in command("check", "-v")[2]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--parameter", "Evn=FAKESECRET"], ["--parameter Evn changes nothing: no parameter of this name"]),
        (["--var", "regoin=FAKESECRET"], ["--var regoin changes nothing: no variable of this name"]),
        (["--parameter", "Env=a", "--var", "region=b"], []),
        (["web.yaml", "main.tf", "--var", "region=b", "--parameter", "Nope=c"], ["--parameter Nope changes nothing"]),
    ],
)
def test_a_value_that_nothing_takes_is_named(command: Run, arguments: list[str], words: list[str]) -> None:
    Path("web.yaml").write_text("Parameters: {Env: {Type: String}}\n" + BAD, encoding="utf-8")
    Path("main.tf").write_text('resource "aws_vpc" "v" {}\n', encoding="utf-8")
    Path("variables.tf").write_text('variable "region" {}\n', encoding="utf-8")
    for _ in range(2):
        errors = command("check", "-q", *arguments)[2]
        assert len(errors) == len(words)
        assert all(word in line for word, line in zip(words, errors, strict=True))
        assert "FAKESECRET" not in str(errors)

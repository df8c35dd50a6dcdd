"""The descriptors for other tools: the members that these tools know, and commands that run."""

from __future__ import annotations

import json
import re
import runpy
import shlex
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import jsonschema
import pytest
import yaml

from conftest import TOP
from iplint import __version__
from iplint.cli.output import FORMATS

Command = Callable[..., CompletedProcess[str]]
FOLDER = TOP / "integrations"
BAD = "Resources:\n  Web:\n    Type: AWS::EC2::Instance\n    Properties: {ImageId: ami-1}\n"
# The members of MegaLinter's descriptor schema that a descriptor of ours may use, and those that it requires.
DESCRIPTOR = {"descriptor_id", "descriptor_type", "descriptor_flavors", "file_extensions", "linters"}
FLAVORS = {"all_flavors", "ci_light", "security", "terraform"}
LINTER = {
    "can_output_sarif": bool,
    "cli_config_arg_name": str,
    "cli_help_arg_name": str,
    "cli_lint_errors_count": str,
    "cli_lint_errors_regex": str,
    "cli_lint_extra_args": list,
    "cli_lint_extra_args_after": list,
    "cli_lint_fix_arg_name": str,
    "cli_lint_mode": str,
    "cli_sarif_args": list,
    "cli_version_arg_name": str,
    "config_file_name": str,
    "examples": list,
    "install": dict,
    "linter_name": str,
    "linter_spdx_license": str,
    "linter_url": str,
    "name": str,
}
# Likewise of Trunk's plugins.
TRUNK_LINTER = {"name", "files", "tools", "direct_configs", "known_good_version", "suggest_if", "commands"}
TRUNK_COMMAND = {"name", "run", "output", "success_codes", "batch", "is_security"}


def read(path: str) -> Any:
    text = (FOLDER / path).read_text(encoding="utf-8")
    return json.loads(text) if path.endswith(".json") else yaml.safe_load(text)


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    (tmp_path / "web.yaml").write_text(BAD, encoding="utf-8")
    return tmp_path


def test_megalinter(iplint: Command, bad: Path) -> None:
    descriptor = read("megalinter/iplint.megalinter-descriptor.yml")
    assert set(descriptor) <= DESCRIPTOR
    assert descriptor["descriptor_type"] in ("language", "format", "tooling_format", "other")
    assert set(descriptor["descriptor_flavors"]) <= FLAVORS
    (linter,) = descriptor["linters"]
    assert {name: type(value) for name, value in linter.items()}.items() <= LINTER.items()
    assert {"linter_name", "linter_url", "examples"} <= set(linter)
    assert linter["cli_lint_mode"] in ("file", "list_of_files", "project")
    assert linter["install"]["pip"] == [f"iplint=={__version__}"]
    sarif = [one.replace("{{SARIF_OUTPUT_FILE}}", "out.sarif") for one in linter["cli_sarif_args"]]
    (bad / ".iplint.toml").write_text("strict = false\n", encoding="utf-8")
    config = [linter["cli_config_arg_name"], linter["config_file_name"]]
    plain = iplint(*linter["cli_lint_extra_args"], *config, *linter["cli_lint_extra_args_after"], cwd=bad)
    assert plain.returncode == 1
    found = re.search(linter["cli_lint_errors_regex"], plain.stdout)
    assert found is not None
    done = iplint(*linter["cli_lint_extra_args"], *config, *sarif, *linter["cli_lint_extra_args_after"], cwd=bad)
    assert done.returncode == 1
    report = json.loads((bad / "out.sarif").read_text(encoding="utf-8"))
    assert len(report["runs"][0]["results"]) == int(found[1])
    assert iplint(linter["cli_version_arg_name"]).returncode == 0
    assert linter["cli_lint_fix_arg_name"] in iplint("check", linter["cli_help_arg_name"]).stdout


def test_trunk(iplint: Command, bad: Path) -> None:
    plugin = read("trunk/plugin.yaml")
    assert set(plugin) == {"version", "tools", "lint"}
    (tool,), (linter,) = plugin["tools"]["definitions"], plugin["lint"]["definitions"]
    assert set(tool) == {"name", "runtime", "package", "shims", "known_good_version"}
    assert set(linter) <= TRUNK_LINTER
    assert tool["known_good_version"] == linter["known_good_version"] == __version__
    (command,) = linter["commands"]
    assert set(command) <= TRUNK_COMMAND
    assert command["output"] == "sarif"
    name, *arguments = shlex.split(command["run"].replace("${target}", "web.yaml"))
    assert name == "iplint"
    done = iplint(*arguments, cwd=bad)
    assert done.returncode in command["success_codes"]
    assert json.loads(done.stdout)["runs"][0]["results"]
    (bad / "web.yaml").write_text("Resources: {AWS::", encoding="utf-8")
    assert iplint(*arguments, cwd=bad).returncode not in command["success_codes"]


def test_reviewdog(iplint: Command, bad: Path) -> None:
    runner = read("reviewdog/.reviewdog.yml")["runner"]["iplint"]
    assert set(runner) == {"cmd", "format", "level"}
    assert runner["format"] in FORMATS
    name, *arguments, dropped = shlex.split(runner["cmd"])
    assert (name, dropped) == ("iplint", "2>/dev/null")
    done = iplint(*arguments, cwd=bad)
    assert done.returncode == 0
    assert json.loads(done.stdout)["diagnostics"]


def test_schema_store() -> None:
    generate = runpy.run_path(str(TOP / "docs" / "generate.py"))
    entries = read("schemastore/catalog.json")
    for entry, name in zip(entries, ("iplint", "baseline"), strict=True):
        assert set(entry) == {"name", "description", "fileMatch", "url"}
        stored = entry["url"].removeprefix("https://json.schemastore.org/")
        schema = read(f"schemastore/{stored}")
        jsonschema.Draft7Validator.check_schema(schema)
        ours = json.loads((TOP / "docs" / f"{name}.schema.json").read_text(encoding="utf-8"))
        assert schema == generate["for_schema_store"](stored.removesuffix(".json"), ours)  # else run docs/generate.py
        jsonschema.Draft7Validator(schema).validate(
            {"fail-on": "low"} if name == "iplint" else {"version": 2, "findings": []}
        )
        assert not jsonschema.Draft7Validator(schema).is_valid({"fail_on": "low"})


def test_workflow_and_hook() -> None:
    if find_spec("check_jsonschema") is None or find_spec("pre_commit") is None:
        pytest.skip("check-jsonschema and pre-commit are not installed")
    for command in (
        ("check_jsonschema", "--builtin-schema", "vendor.github-workflows", "super-linter/lint.yml"),
        ("pre_commit", "validate-config", "pre-commit/.pre-commit-config.yaml"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=FOLDER,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    (line,) = (
        step["run"] for step in read("super-linter/lint.yml")["jobs"]["iplint"]["steps"] if "pip" in step.get("run", "")
    )
    assert f"iplint=={__version__}" in line

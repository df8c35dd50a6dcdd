"""The recipes for pipelines: valid for those who read them, and their steps run as a pipeline runs them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

TOP = Path(__file__).parents[1]
ACTION = TOP / "action.yml"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
RECIPES = re.findall(r"^## (\S+)$.*?^```yaml\n(.*?)^```$", (TOP / "docs" / "ci.md").read_text("utf-8"), re.M | re.S)
BAD = "Resources:\n  Web:\n    Type: AWS::EC2::Instance\n    Properties: {ImageId: ami-1}\n"


@pytest.fixture
def recipes(tmp_path: Path) -> dict[str, Path]:
    """The recipes of docs/ci.md, each as the file that it is."""
    names = {
        "pre-commit": ".pre-commit-config.yaml",
        "GitHub": ".github/workflows/iplint.yml",
        "GitLab": ".gitlab-ci.yml",
    }
    found: dict[str, Path] = {}
    for name, text in RECIPES:
        path = tmp_path / names[name]
        path.parent.mkdir(parents=True, exist_ok=True)
        address = "example/iplint" if name == "GitHub" else "https://example.com/iplint"
        path.write_text(text.replace("REPOSITORY", address).replace("COMMIT", COMMIT), encoding="utf-8")
        found[name] = path
    assert set(found) == set(names)
    return found


def run(*command: str, cwd: Path = TOP, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )


def test_each_is_what_its_reader_takes(recipes: dict[str, Path]) -> None:
    if find_spec("check_jsonschema") is None:
        pytest.skip("check-jsonschema is not installed")
    for schema, path in (
        ("github-actions", ACTION),
        ("github-workflows", recipes["GitHub"]),
        ("gitlab-ci", recipes["GitLab"]),
    ):
        done = run(sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", str(path))
        assert done.returncode == 0, done.stdout + done.stderr
    if find_spec("pre_commit") is None:
        pytest.skip("pre-commit is not installed")
    done = run(sys.executable, "-m", "pre_commit", "validate-config", str(recipes["pre-commit"]))
    assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_finds_nothing(recipes: dict[str, Path]) -> None:
    """With the hashes that the recipe asks for in their places."""
    zizmor = shutil.which("zizmor", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if zizmor is None:
        pytest.skip("zizmor is not installed")
    options = ("--offline", "--no-config", "--persona", "pedantic")
    for path in (ACTION, recipes["GitHub"]):
        done = run(zizmor, *options, str(path))
        assert done.returncode == 0, done.stdout + done.stderr


def steps() -> dict[str, dict[str, Any]]:
    """The steps of the action by name."""
    return {step["name"]: step for step in yaml.safe_load(ACTION.read_text(encoding="utf-8"))["runs"]["steps"]}


def run_step(
    name: str, cwd: Path, inputs: dict[str, str], action: Path = TOP, temp: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a step as GitHub does, with some inputs; others have their defaults."""
    declared = yaml.safe_load(ACTION.read_text(encoding="utf-8"))["inputs"]
    values = {f"inputs.{key}": inputs.get(key, input["default"]) for key, input in declared.items()}
    values["github.action_path"] = str(action)
    step = steps()[name]
    given = {key: values[text.removeprefix("${{").removesuffix("}}").strip()] for key, text in step["env"].items()}
    assert "${{" not in step["run"]
    temp = temp or cwd / "temp"
    given |= {"RUNNER_TEMP": str(temp), "GITHUB_STEP_SUMMARY": str(temp / "summary.md"), **environment}
    bash = shutil.which("bash")
    assert bash is not None
    return run(bash, *("--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]), cwd=cwd, **given)


def checker(temp: Path) -> Path:
    """Make below a directory what the step that installs iplint makes, with the working tree; give its commands."""
    done = run(sys.executable, "-I", "-m", "venv", "--without-pip", str(temp / "iplint"))
    assert done.returncode == 0, done.stderr
    (packages,) = (temp / "iplint").glob("lib/python*/site-packages")
    paths = [str(TOP / "linter"), str(TOP / "rules"), *(path for path in sys.path if path.endswith("-packages"))]
    (packages / "tree.pth").write_text("\n".join(paths) + "\n", encoding="utf-8")
    return temp / "iplint" / "bin"


@pytest.fixture
def runner(tmp_path: Path) -> Path:
    """A checkout on a runner on which the step that installs iplint has run."""
    (tmp_path / "temp").mkdir()
    checker(tmp_path / "temp")
    (tmp_path / "web.yaml").write_text(BAD, encoding="utf-8")
    return tmp_path


def test_the_action_annotates_and_leaves_sarif_and_a_summary(runner: Path) -> None:
    done = run_step("Check", runner, {})
    assert done.returncode == 1, done.stderr
    assert done.stdout.count("::error file=web.yaml,") == 2
    (sarif,) = json.loads((runner / "iplint.sarif").read_text(encoding="utf-8"))["runs"]
    assert {result["ruleId"] for result in sarif["results"]} == {"imdsv1-allowed", "missing-instance-profile"}
    assert "imdsv1-allowed" in (runner / "temp" / "summary.md").read_text(encoding="utf-8")


def test_the_action_hands_its_inputs_on_as_they_are(runner: Path) -> None:
    (runner / "our stacks").mkdir()
    (runner / "our stacks" / "a.yaml").write_text(BAD, encoding="utf-8")
    (runner / "-v.yaml").write_text(BAD, encoding="utf-8")
    proof = runner / "proof"
    inputs = {
        "paths": f"our stacks\n-v.yaml\n$(touch {proof})\n",
        "arguments": "--select=imdsv1-allowed\n\n--exit-zero\n",
        "sarif": "the results.sarif",
    }
    done = run_step("Check", runner, inputs)
    assert done.returncode == 2, done.stderr  # a path that does not exist
    (sarif,) = json.loads((runner / "the results.sarif").read_text(encoding="utf-8"))["runs"]
    places = {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]: result["ruleId"]
        for result in sarif["results"]
    }
    assert places == {"our%20stacks/a.yaml": "imdsv1-allowed", "-v.yaml": "imdsv1-allowed"}
    assert not proof.exists()
    assert run_step("Check", runner, {**inputs, "paths": "our stacks"}).returncode == 0


@pytest.mark.skipif(
    os.environ.get("CI") != "true" and not os.environ.get("IPLINT_SLOW_TESTS"),
    reason="installs packages, which takes a minute: runs where CI is true, or with IPLINT_SLOW_TESTS set",
)
def test_the_action_installs_iplint(tmp_path: Path) -> None:
    (tmp_path / "temp").mkdir()
    (tmp_path / "web.yaml").write_text(BAD, encoding="utf-8")
    done = run_step("Install iplint", tmp_path, {})
    assert done.returncode == 0, done.stdout + done.stderr
    assert run_step("Check", tmp_path, {}).returncode == 1


def test_the_job_for_gitlab(recipes: dict[str, Path], runner: Path) -> None:
    job = yaml.safe_load(recipes["GitLab"].read_text(encoding="utf-8"))["iplint"]
    (line,) = [line for line in job["script"] if " iplint check " in line]
    commands = os.pathsep.join([str(runner / "temp" / "iplint" / "bin"), os.environ["PATH"]])
    done = run("bash", "-c", line, cwd=runner, PATH=commands)
    assert (done.returncode, "imdsv1-allowed" in done.stdout) == (1, True)
    reports = job["artifacts"]["reports"]
    issues = json.loads((runner / reports["codequality"]).read_text(encoding="utf-8"))
    assert {issue["location"]["path"] for issue in issues} == {"web.yaml"}
    assert ElementTree.parse(runner / reports["junit"]).getroot().tag == "testsuites"

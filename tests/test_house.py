"""The house stands as it was drawn: directions, rules, packages, and what an ordinary run loads."""

from __future__ import annotations

import ast
import pkgutil
import re
import subprocess
import sys
import tarfile
import zipfile
from functools import cache
from graphlib import TopologicalSorter
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import grimp
import pytest

import iplint
import iplint_rules
from conftest import PATHS
from iplint.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

TOP = Path(__file__).parent.parent
RULES = TOP / "rules" / "iplint_rules"

# What each room may import directly. Imports under TYPE_CHECKING count as well: an arrow back is one even where it
# carries types only. A module of a room stands for itself when a room may not import the whole of it.
READERS = {
    "aws.marks",
    "location",
    "number",
    "datatype",
    "value",
    "secret",
    "scenario",
    "resource",
    "workspace",
    "module_sources",
    "parsed",
    "budget",
    "syntax",
}
ROOMS: dict[str, set[str]] = {
    "iplint": set(),
    "location": set(),
    "budget": {"location"},
    "workspace": {"module_sources", "parsed"},
    "parsed": {"location"},
    "module_sources": {"budget"},
    "temporary": set(),
    "writing": {"temporary"},
    "number": {"budget"},
    "datatype": set(),
    "value": {"location", "budget", "number", "datatype"},
    "secret": {"location", "value", "budget", "spelling"},
    "spelling": set(),
    "scenario": {"location", "value", "budget"},
    "resource": {"location", "value", "scenario", "secret"},
    "syntax": {"location", "number", "datatype", "value", "budget"},
    "cloudformation": READERS,
    "terraform": READERS,
    "account": {*READERS, "aws.managed_policies", "aws.policy"},
    "aws": {"location", "value", "budget", "syntax.partial", "syntax.shell"},
    "model": {"location", "value", "secret", "scenario", "resource", "budget", "aws", "syntax.shell"},
    "finding": {"location", "value", "resource", "secret"},
    "rule": {"value", "finding"},
    "config": {"workspace", "secret", "resource", "aws.marks"},
    "baseline": {"location", "workspace", "config", "resource", "syntax", "finding", "report"},
    "peers": {
        "budget",
        "location",
        "workspace",
        "syntax",
        "finding",
        "rule",
        "fix",
        "judging.suppressions",
        "inventory.rows",
        "report",
    },
    "children": set(),
    "git": {"children"},
    "git_tree": {"git", "temporary"},
    "ignored": {"git"},
    "discovery": {*READERS, "ignored", "account", "cloudformation", "terraform", "finding"},
    "fix": {"location", "resource", "syntax", "finding", "writing"},
    "judging": {
        "location",
        "value",
        "secret",
        "scenario",
        "resource",
        "budget",
        "model",
        "finding",
        "rule",
        "discovery",
        "fix",
    },
    "cache": {*READERS, "finding", "discovery.pending", "report"},
    "inventory": {"location", "value", "resource", "model", "finding", "judging.engine"},
    "graph": {"location", "finding", "inventory.rows", "report"},
    "lsp": {
        "iplint",
        "location",
        "resource",
        "workspace",
        "parsed",
        "syntax",
        "finding",
        "rule",
        "secret",
        "discovery",
        "fix",
        "judging",
        "inventory",
        "report",
    },
    "page": {"addresses", "finding", "inventory.rows", "location", "report", "graph"},
    "crosscheck": {"location", "resource", "syntax"},
    "snippet": set(),
    "addresses": {"iplint"},
    "report": {
        "aws.marks",
        "addresses",
        "location",
        "value",
        "secret",
        "resource",
        "finding",
        "rule",
        "inventory.rows",
    },
    "iplint_rules": {"model", "value", "aws", "rule", "finding"},
    "cli": {
        "aws.managed_policies",
        "iplint",
        "location",
        "value",
        "secret",
        "scenario",
        "resource",
        "workspace",
        "module_sources",
        "git_tree",
        "temporary",
        "writing",
        "budget",
        "cache",
        "capture",
        "config",
        "baseline",
        "peers",
        "model",
        "finding",
        "rule",
        "judging",
        "inventory",
        "graph",
        "discovery",
        "crosscheck",
        "fix",
        "fleet",
        "lsp",
        "snippet",
        "page",
        "report",
        "terraform.installed",
        "validation",
        "onboarding",
        "iplint_rules",
    },
    "capture": {"aws", "writing"},
    "fleet": {"iplint", "cache", "config", "discovery.files", "git_tree", "report", "temporary", "workspace"},
    "validation": {"children", "location", "resource"},
    "onboarding": {"config"},
    "cfn_lint_worker": set(),
    "cfnlint": {"cli", "config", "finding", "judging", "location", "report", "rule", "iplint_rules"},
    "__main__": {"cli"},
}
# Who may import the packages that come from elsewhere.
PACKAGES = {
    "yaml": {"syntax"},
    "hcl2": {"crosscheck"},
    "lark": {"crosscheck"},
    "ruamel": {"crosscheck"},
    "cfnlint": {"cloudformation", "cfnlint", "cfn_lint_worker"},
    "samtranslator": {"cloudformation"},
    "jsonschema": {"baseline", "config"},
    "boto3": {"capture"},
    "botocore": {"capture"},
    "pygls": {"lsp"},
    "lsprotocol": {"lsp"},
    "distributed": {"fleet"},
    "fsspec": {"fleet"},
    "psutil": {"fleet"},
    "pyarrow": {"fleet"},
}


def room(module: str) -> str:
    head, _, inner = module.partition(".")
    return inner.partition(".")[0] if inner and head == "iplint" else head


@cache
def imports() -> list[tuple[str, str]]:
    """Every direct import of a module of the house: who, and what."""
    graph = grimp.build_graph("iplint", "iplint_rules", include_external_packages=True, cache_dir=None)
    return [(one, other) for one in graph.modules for other in graph.find_modules_directly_imported_by(one)]


def test_the_drawing_has_no_circle() -> None:
    TopologicalSorter({name: {room(f"iplint.{other}") for other in others} for name, others in ROOMS.items()}).prepare()


def test_imports_go_one_way() -> None:
    backward = [
        f"{one} imports {other}"
        for one, other in imports()
        if other.startswith("iplint")
        and room(one) != room(other)
        and not ROOMS[room(one)] & {room(other), other.removeprefix("iplint.")}
    ]
    assert not backward


def test_no_modules_import_each_other() -> None:
    reached: dict[str, set[str]] = {}
    direct: dict[str, set[str]] = {}
    for one, other in imports():
        if one.startswith("iplint.") and other.startswith("iplint."):
            direct.setdefault(one.removeprefix("iplint."), set()).add(other.removeprefix("iplint."))
    for module in direct:
        found: set[str] = set()
        waiting = [module]
        while waiting:
            new = direct.get(waiting.pop(), set()) - found
            found |= new
            waiting += new
        reached[module] = found
    circles = {frozenset(other for other in found if one in reached.get(other, ())) for one, found in reached.items()}
    assert not {circle for circle in circles if circle}


def test_every_package_has_its_room() -> None:
    strays = [f"{one} imports {other}" for one, other in imports() if room(one) not in PACKAGES.get(other, {room(one)})]
    assert not strays


def test_the_page_of_a_room_names_each_of_its_modules() -> None:
    missing: list[str] = []
    for page in sorted((TOP / "linter" / "iplint").rglob("*/__init__.py")):
        named = re.findall(r"`(\w+)/?`", ast.get_docstring(ast.parse(page.read_text(encoding="utf-8"))) or "")
        inner = {path.stem for path in page.parent.glob("*.py")} | {
            path.parent.name for path in page.parent.glob("*/__init__.py")
        }
        missing += [f"{page.parent.name}/{name}" for name in sorted(inner - {"__init__", *named})]
    assert not missing


# What would read past the boundary, which tells a later run whether it would read the same; or depend on the moment.
OUTSIDE = re.compile(
    r"os\.(?!fsencode|fsdecode|sep\b|curdir|pardir|path\.(?:join|normpath|dirname|basename|split|relpath)\b)\w+(\.\w+)?"
    r"|open|time\.(?:time|monotonic|localtime|gmtime)\w*|datetime\.(now|today)|date\.today|random\..*|glob\..*|shutil\..*|subprocess\..*"
)
# Where files are named, nothing is kept. And a template that was read has been asked for with its real path.
# What belongs to the package is a part of the program.
ALLOWED = {
    ("terraform/callers.py", "os.walk"),
    ("cloudformation/template.py", "os.path.realpath"),
    ("aws/managed_policies.py", "open"),
}


def test_what_a_root_reads_it_asks_of_the_boundary() -> None:
    rooms = [f"{name}/**/*.py" for name in ("account", "cloudformation", "terraform", "syntax", "model", "aws")]
    singles = ("judging/engine", "judging/exploration", "value", "scenario", "location", "resource", "finding", "rule")
    paths = [*(path for name in rooms for path in (TOP / "linter/iplint").glob(name)), *RULES.glob("[!_]*.py")]
    found = {
        (
            path.relative_to(TOP / "linter/iplint").as_posix() if path.is_relative_to(TOP / "linter") else path.name,
            called,
        )
        for path in [*paths, *(TOP / "linter/iplint" / f"{name}.py" for name in singles)]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and OUTSIDE.fullmatch(called := ast.unparse(node.func))
    }
    assert found == ALLOWED


def rule_modules() -> list[str]:
    return [found.name for found in pkgutil.iter_modules(iplint_rules.__path__)]


def code_strings(path: Path) -> Iterator[str]:
    """The strings of a module that are not docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


# A type of either notation, a property's name (two words in one), or the name of a notation.
NOTATION = re.compile(
    r"AWS::|\baws(cc)?_|\b[A-Z][a-z0-9]+[A-Z]\w*|\b[a-z0-9]+_\w+|(?i:terraform|cloudformation|yaml|hcl)"
)


@pytest.mark.parametrize("name", ["HttpTokens", "http_tokens", "AWS::EC2::Instance", "aws_instance", "Terraform"])
def test_a_notation_is_known_when_seen(name: str) -> None:
    assert NOTATION.search(f"the {name}")


@pytest.mark.parametrize("name", rule_modules())
def test_no_rule_names_a_language_or_a_property(name: str) -> None:
    assert [found for found in code_strings(RULES / f"{name}.py") if NOTATION.search(found)] == []


@pytest.mark.parametrize("name", rule_modules())
def test_a_rule_is_named_as_its_module_and_has_fixtures(name: str) -> None:
    module = import_module(f"iplint_rules.{name}")
    rules: list[Rule[object]] = [member for member in vars(module).values() if isinstance(member, Rule)]
    assert [rule.name for rule in rules] == [name.replace("_", "-")]
    fixtures = TOP / "tests" / "fixtures" / rules[0].name
    assert fixtures.is_dir()
    assert any(fixtures.iterdir())


def test_all_rules_are_found() -> None:
    assert [rule.name for rule in iplint_rules.all_rules()] == sorted(name.replace("_", "-") for name in rule_modules())


@cache
def environment() -> dict[str, str]:
    """An environment in which the working tree is what `python -m iplint` runs."""
    import os

    return {**os.environ, "PYTHONPATH": PATHS, "PYTHONHASHSEED": "0"}


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        check=False,
        cwd=cwd,
        encoding="utf-8",
        env=environment(),
        stdin=subprocess.DEVNULL,
        timeout=120,
    )


def test_the_package_is_a_command(tmp_path: Path) -> None:
    done = run("-m", "iplint", "--version", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    first, second, third = done.stdout.splitlines()
    assert first == f"iplint {iplint.__version__}"
    assert {"PyYAML", "python-hcl2", "cfn-lint"} <= {word.split()[0] for word in second.split(", ")}
    assert re.fullmatch(r"AWS managed policies as of 20\d\d-\d\d-\d\d", third)


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hatchling", reason="hatchling, which builds the wheel, is not installed")
    target = tmp_path_factory.mktemp("dist")
    done = run("-m", "hatchling", "build", "-t", "wheel", "-t", "sdist", "-d", str(target), cwd=TOP)
    assert done.returncode == 0, done.stderr
    return target


def modules_of(folder: Path) -> set[str]:
    """The files of a source folder that belong into a package."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_a_wheel_holds_the_two_packages_alone(distributions: Path) -> None:
    (wheel,) = distributions.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    metadata = f"iplint-{iplint.__version__}.dist-info/"
    assert {name for name in names if not name.startswith(metadata)} == modules_of(TOP / "linter") | modules_of(
        TOP / "rules"
    )
    assert {f"{metadata}METADATA", f"{metadata}entry_points.txt", f"{metadata}licenses/LICENSE"} <= names


def test_a_source_distribution_gives_the_same_wheel(distributions: Path, tmp_path: Path) -> None:
    (sdist,) = distributions.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.iterdir()
    assert {"pyproject.toml", "README.md", "LICENSE", "linter", "rules", "tests"} <= {
        path.name for path in unpacked.iterdir()
    }
    done = run("-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "again"), cwd=unpacked)
    assert done.returncode == 0, done.stderr
    (wheel,) = distributions.glob("*.whl")
    (again,) = (tmp_path / "again").glob("*.whl")
    with zipfile.ZipFile(wheel) as one, zipfile.ZipFile(again) as other:
        assert set(one.namelist()) == set(other.namelist())


TEMPLATE = """\
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {Service: ec2.amazonaws.com}
            Action: sts:AssumeRole
      ManagedPolicyArns: [!Sub "arn:${AWS::Partition}:iam::aws:policy/AmazonS3ReadOnlyAccess"]
  Profile:
    Type: AWS::IAM::InstanceProfile
    Properties:
      Roles: [!Ref Role]
"""
CONFIGURATION = """\
resource "aws_launch_template" "web" {
  image_id = "ami-0abcdef1234567890"
  iam_instance_profile {
    name = "web"
  }
  metadata_options {
    http_tokens = "required"
  }
  user_data = base64encode("#!/bin/sh\\necho ${var.name}")
}
variable "name" {}
"""
# What an ordinary run may load besides its own modules: argparse and what that brings (shutil with its compressors),
# threads for a deep stack, signals, and a few small things. Which of them load differs between the versions of Python.
STANDARD = """
    __future__ _bisect _codecs _collections _collections_abc _functools _locale _opcode
    _operator _sre _struct _weakref _weakrefset argparse base64 binascii bisect codecs collections contextlib
    copyreg enum errno fnmatch functools gc genericpath gettext importlib io itertools keyword locale math
    operator os posixpath re reprlib runpy signal stat string struct sys textwrap threading time types unicodedata
    warnings zlib
"""
# What only a YAML template needs; PyYAML brings most of it.
YAML = "_datetime _json datetime json yaml"
HEAVY = {
    "asyncio",
    "cfnlint",
    "concurrent",
    "dataclasses",
    "email",
    "hcl2",
    "http",
    "inspect",
    "jsonschema",
    "lark",
    "logging",
    "pathlib",
    "ruamel",
    "samtranslator",
    "typing",
    "urllib",
}


def loaded(*arguments: str, cwd: Path) -> set[str]:
    """The modules that a run imports beyond those of a bare start."""
    return _traced(*arguments, cwd=cwd) - _traced("-c", "pass", cwd=cwd)


def _traced(*arguments: str, cwd: Path) -> set[str]:
    done = run("-X", "importtime", *arguments, cwd=cwd)
    trace = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    rest = [line for line in done.stderr.splitlines() if not line.startswith("import time:")]
    assert done.returncode == 0, "\n".join([done.stdout, *rest])
    return {line.rpartition("|")[2].strip() for line in trace[1:]}


@pytest.mark.parametrize(
    ("name", "content", "allowed", "unneeded"),
    [
        ("small.yaml", TEMPLATE, STANDARD + YAML, {"terraform", "crosscheck"}),
        ("main.tf", CONFIGURATION, STANDARD, {"cloudformation", "crosscheck"}),
    ],
)
def test_an_ordinary_run_loads_little(
    tmp_path: Path, name: str, content: str, allowed: str, unneeded: set[str]
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    modules = loaded("-m", "iplint", "check", name, cwd=tmp_path)
    heads = {module.partition(".")[0] for module in modules}
    assert heads & HEAVY == set()
    assert heads - {"iplint", "iplint_rules"} - set(allowed.split()) == set()
    assert {room(module) for module in modules if module.startswith("iplint.")} & unneeded == set()
    assert not {"iplint.report.json", "iplint.report.sarif", "iplint.inventory", "iplint.graph"} & modules

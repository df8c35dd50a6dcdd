"""The pictures: well formed whatever the names are, and true to what was found."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iplint.graph.drawing import Box, Drawing, Findings, Group, draw
from iplint.graph.layout import lay_out
from iplint.graph.mermaid import label, mermaid
from iplint.graph.svg import svg
from iplint.inventory.rows import Inventory, LaunchRow, Thing
from iplint.location import Source, Span
from iplint.report.masking import Mask
from iplint.secret import Secrets
from test_inventory import MAIN

Run = Callable[..., CompletedProcess[str]]
NAMES = st.text(min_size=1) | st.text('"]}<>%`#;&|\\*_[({\n\r-.1 styleclassDefwww', min_size=1)
NS = "{http://www.w3.org/2000/svg}"


def drawing(name: str) -> Drawing:
    at = Span(Source(name, name), 0, 1)
    inventory = Inventory()
    row = LaunchRow(name, name, Thing("launch", at, address=name, type="T"), True)
    row.profile = Thing("profile", at, unknown=name)
    inventory.launches.append(row)
    return draw(inventory, Findings([]), Mask(Secrets()))


@given(NAMES)
def test_an_svg_holds_our_elements_only(name: str) -> None:
    tree = ET.fromstring(svg(drawing(name)))
    known = {NS + tag for tag in ("svg", "title", "style", "defs", "marker", "rect", "text", "line", "path", "g")}
    assert {element.tag for element in tree.iter()} <= known
    assert all(not word.startswith("on") and "href" not in word for one in tree.iter() for word in one.attrib)


@given(NAMES)
def test_mermaid_takes_a_name_for_nothing_but_text(name: str) -> None:
    shown = label(name.replace("\0", ""))
    assert re.fullmatch(r"(?:[A-Za-z0-9 /_.:-]|#\d+;)*", shown)
    assert not re.search(r"style|classDef|www|--|%%|://", shown)
    lines = mermaid(drawing(name)).splitlines()
    assert all(line.count('"') in (0, 2) for line in lines)
    assert len(lines) == len(mermaid(drawing("web")).splitlines())


@given(NAMES.filter(str.isprintable))
def test_a_label_says_what_the_name_says(name: str) -> None:
    told = re.sub(r"#(\d+);", lambda code: chr(int(code[1])), label(name))
    assert told == name.strip(" ")


@given(st.lists(st.integers(0, 4), min_size=1, max_size=12), st.data())
def test_no_box_stands_over_another(columns: list[int], data: st.DataObject) -> None:
    pairs = [(a, b) for a in range(len(columns)) for b in range(len(columns)) if columns[a] < columns[b]]
    edges = data.draw(st.lists(st.sampled_from(pairs), unique=True, max_size=20)) if pairs else []
    layout = lay_out(columns, edges, [60 + 15 * (column % 3) for column in columns], 10)
    for layer in layout.columns:
        for one, other in itertools.pairwise(layer):
            assert one.y + one.height / 2 <= other.y - other.height / 2 - 10 + 1e-6
        assert all(place.y >= place.height / 2 - 1e-6 and place.y <= layout.height for place in layer)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "main.tf").write_text(MAIN, encoding="utf-8")
    return tmp_path


def test_boxes_have_the_colour_of_the_verdict(iplint: Run, root: Path) -> None:
    shown = iplint("graph", ".", cwd=root).stdout
    states = dict(re.findall(r'"(aws_\w+\.\w+|unknown#58; var\.profile)<br/>.*:::(\w+)$', shown, flags=re.MULTILINE))
    assert states["aws_instance.web"] == "failed"
    assert states["aws_iam_role.web"] == "plain"


def test_what_is_unknown_is_dashed(iplint: Run, root: Path) -> None:
    shown = iplint("graph", ".", cwd=root).stdout
    unknown = re.findall(r'(n\d+)\S*"unknown#58; var', shown)
    (dashed,) = re.findall(r"^  class (\S+) open$", shown, flags=re.MULTILINE)
    assert unknown
    assert set(unknown) <= set(dashed.split(","))
    tree = ET.fromstring(iplint("graph", ".", "--format", "svg", cwd=root).stdout)
    boxes = {box.findtext(f"{NS}title", "").splitlines()[0]: box.find(f"{NS}rect") for box in tree.iter(f"{NS}g")}
    rect = boxes["profile unknown: var.profile"]
    assert rect is not None
    assert "open" in rect.attrib["class"].split()


@pytest.mark.parametrize("format", ["mermaid", "svg"])
def test_no_secret_and_the_same_for_every_seed(iplint: Run, root: Path, format: str) -> None:
    printed = {iplint("graph", ".", "--format", format, cwd=root, PYTHONHASHSEED=seed).stdout for seed in ("1", "2")}
    assert len(printed) == 1
    assert "AKIAFAKEFAKEFAKEFAK2" not in printed.pop()


def test_a_picture_too_large_for_mermaid_is_cut_and_says_so(iplint: Run, tmp_path: Path) -> None:
    many = "".join(f'resource "aws_instance" "machine_number_{index}" {{\n  ami = "a"\n}}\n' for index in range(700))
    (tmp_path / "main.tf").write_text(many, encoding="utf-8")
    done = iplint("graph", ".", cwd=tmp_path)
    assert done.returncode == 0
    assert len(done.stdout) <= 50_000
    drawn = done.stdout.count("machine_number_")
    assert f"{drawn} of 700 launches are drawn" in done.stderr
    assert f"{700 - drawn} more launches are not drawn" in done.stdout


def test_an_unreadable_file_changes_the_status(iplint: Run, root: Path) -> None:
    (root / "broken.tf").write_text('resource "aws_instance" {\n', encoding="utf-8")
    done = iplint("graph", ".", "--format", "svg", "-o", "out.svg", cwd=root)
    assert (done.returncode, done.stdout) == (3, "")
    assert "broken.tf:1" in done.stderr
    ET.fromstring((root / "out.svg").read_text(encoding="utf-8"))


def test_a_group_of_boxes_is_drawn_without_lines() -> None:
    group = Group("root")
    group.boxes.append(Box("policy", ["a", "b", "c"], ["a"], "", False))
    assert svg(Drawing([group], 0)).count('<path class="edge') == 0


def test_a_box_names_its_rules_and_a_missing_profile_is_dashed(iplint: Run, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('resource "aws_instance" "bare" {\n  ami = "a"\n}\n', encoding="utf-8")
    tree = ET.fromstring(iplint("graph", ".", "--format", "svg", cwd=tmp_path).stdout)
    launch, missing = tree.iter(f"{NS}g")
    assert [text.text for text in launch.iter(f"{NS}text")][2:] == [
        "\u2717 failed",
        "\u2717 imdsv1-allowed",
        "\u2717 missing-instance-profile",
        "main.tf:1:1",
    ]
    rect = missing.find(f"{NS}rect")
    assert rect is not None
    assert rect.attrib["class"].split() == ["box", "failed", "open"]
    assert missing.findtext(f"{NS}text") == "no instance profile"
    (edge,) = (path for path in tree.iter(f"{NS}path") if path.attrib["class"] == "edge open")
    assert edge.attrib["marker-end"] == "url(#arrow)"


def test_many_rules_are_counted() -> None:
    source = Source("a.tf", "a")
    inventory = Inventory()
    row = LaunchRow("a", "a", Thing("launch", Span(source, 0, 1), address="a", type="T"), True)
    row.verdict, row.failed = "failed", [f"rule-{number}" for number in range(7)]
    inventory.launches.append(row)
    (group,) = draw(inventory, Findings([]), Mask(Secrets())).groups
    assert group.boxes[0].lines[2:-1] == ["\u2717 failed", *(f"\u2717 rule-{n}" for n in range(4)), "and 3 more rules"]

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

import pytest

from iplint.crosscheck import compare_terraform, compare_yaml
from iplint.location import Source
from iplint.syntax import decoding, hcl, yaml
from iplint.syntax.hcl_tree import Block
from iplint.syntax.problem import SyntaxProblem
from iplint.syntax.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from iplint.resource import Notice
    from iplint.syntax.hcl_tree import Body
    from iplint.syntax.tree import Node

CONFIGURATION = """\
# A comment with a } in it.
resource "aws_instance" "web" {
  ami       = data.aws_ami.linux.id
  user_data = <<-EOT
    #!/bin/sh
    resource "aws_instance" "none" {
    echo ${var.name} "}"
  EOT
  dynamic "ebs_block_device" {
    for_each = { for key, size in var.disks : key => { "size" = size } }
    content {
      device_name = "/dev/${ebs_block_device.key}"
    }
  }
  metadata_options {}
}

locals { a = "x" }
provider aws {}
"""
TEMPLATE = """\
Parameters: &none {}
Mappings: *none
Defaults: &defaults
  HttpTokens: required
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      MetadataOptions:
        <<: [*defaults]
        HttpEndpoint: enabled
      Tags: [{Key: Name, Value: !Sub "${AWS::StackName}-web"}, !If [a, {}, !Ref AWS::NoValue]]
      UserData:
        Fn::Base64: !Sub |
          #!/bin/sh
          echo "${AWS::Region}"
      Description: >-
        folded
        text

        in two paragraphs
  "Quoted Name": 'it''s'
  012: yes
"""


def terraform(source: str) -> tuple[Source, Body]:
    read = Source("main.tf", source)
    body, problems = hcl.parse(read)
    assert not problems
    return read, body


def template(source: str) -> tuple[Source, Node]:
    read = Source("template.yaml", source)
    tree = yaml.parse(read)
    assert tree is not None
    return read, tree


def shown(notices: list[Notice]) -> list[tuple[str, int, str]]:
    return [(notice.kind, notice.at.first[0] if notice.at else 0, notice.message) for notice in notices]


def disagreement(line: int, ours: str, theirs: str, second: str) -> list[tuple[str, int, str]]:
    readings = f"iplint reads {ours} here, {second} reads {theirs}"
    return [("unreadable", line, f"two readers disagree about this file: {readings}")]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_readers_of_terraform_agree(newline: str) -> None:
    assert compare_terraform(*terraform(CONFIGURATION.replace("\n", newline))) == []


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_readers_of_yaml_agree(newline: str) -> None:
    assert compare_yaml(*template(TEMPLATE.replace("\n", newline))) == []


def drop_block(body: Body) -> None:
    body.blocks.pop(0)


def drop_nested_block(body: Body) -> None:
    body.blocks[0].body.blocks.pop()


def drop_attribute(body: Body) -> None:
    del body.blocks[0].body.attributes["ami"]


def rename_attribute(body: Body) -> None:
    body.blocks[0].body.attributes["ami"].name = "image"


def relabel(body: Body) -> None:
    body.blocks[0].labels[1] = "other"


def add_block(body: Body) -> None:
    first = body.blocks[0]
    body.blocks.append(Block(first.start + 2, first.open, first.end, "resource", ["aws_instance", "more"], first.body))


WEB = 'resource "aws_instance" "web"'


@pytest.mark.parametrize(
    ("doctor", "line", "ours", "theirs"),
    [
        (drop_block, 2, "nothing of its own", WEB),
        (drop_nested_block, 15, "nothing of its own", f"metadata_options in {WEB}"),
        (drop_attribute, 3, "nothing of its own", f"ami in {WEB}"),
        (rename_attribute, 3, f"image in {WEB}", f"ami in {WEB}"),
        (relabel, 2, 'resource "aws_instance" "other"', WEB),
        (add_block, 2, 'resource "aws_instance" "more"', "nothing of its own"),
    ],
)
def test_what_one_reader_of_terraform_does_not_see_is_told(
    doctor: Callable[[Body], None], line: int, ours: str, theirs: str
) -> None:
    source, body = terraform(CONFIGURATION)
    doctor(body)
    assert shown(compare_terraform(source, body)) == disagreement(line, ours, theirs, "python-hcl2")


def test_a_block_that_a_heredoc_hides_from_one_reader_is_told() -> None:
    source = 'locals {\n  a = <<EOT\nEOT \n}\nresource "x" "hidden" {}\nlocals {\n  b = <<EOT\nEOT\n}\n'
    first, *_ = compare_terraform(*terraform(source))
    assert first.kind == "unreadable"
    assert first.at is not None
    assert (first.at.first[0], 'resource "x" "hidden"' in first.message) == (5, True)


def keys(node: Node | None, *path: str) -> Mapping:
    for name in path:
        assert isinstance(node, Mapping)
        node = node.get(name)
    assert isinstance(node, Mapping)
    return node


def drop_resource(tree: Node) -> None:
    del keys(tree, "Resources").entries["Web"]


def drop_merged(tree: Node) -> None:
    del keys(tree, "Resources", "Web", "Properties", "MetadataOptions").entries["HttpTokens"]


def add_property(tree: Node) -> None:
    properties = keys(tree, "Resources", "Web", "Properties")
    properties.entries["Extra"] = properties.entries["Tags"]


def change_type(tree: Node) -> None:
    kind = keys(tree, "Resources", "Web").get("Type")
    assert isinstance(kind, Scalar)
    kind.text = "AWS::EC2::Fleet"


def drop_tag(tree: Node) -> None:
    tags = keys(tree, "Resources", "Web", "Properties").get("Tags")
    assert isinstance(tags, Sequence)
    tags.items[1].tag = None


def drop_item(tree: Node) -> None:
    tags = keys(tree, "Resources", "Web", "Properties").get("Tags")
    assert isinstance(tags, Sequence)
    tags.items.pop()


@pytest.mark.parametrize(
    ("doctor", "line", "ours", "theirs"),
    [
        (drop_resource, 6, "no key", "the key Web"),
        (drop_merged, 4, "no key", "the key HttpTokens"),
        (add_property, 12, "the key Extra", "no key"),
        (change_type, 7, "a text of 15 characters", "another of 18"),
        (drop_tag, 12, "a list of 3", "a list of 3 with the tag !If"),
        (drop_item, 12, "a list of 1", "a list of 2"),
    ],
)
def test_what_one_reader_of_yaml_does_not_see_is_told(
    doctor: Callable[[Node], None], line: int, ours: str, theirs: str
) -> None:
    source, tree = template(TEMPLATE)
    doctor(tree)
    assert shown(compare_yaml(source, tree)) == disagreement(line, ours, theirs, "ruamel.yaml")


def test_a_text_that_differs_is_not_told() -> None:
    source, tree = template("a: AKIAIOSFODNN7EXAMPLE\n")
    value = keys(tree).get("a")
    assert isinstance(value, Scalar)
    value.text = "AKIAI44QH8DHBEXAMPLE"
    (notice,) = compare_yaml(source, tree)
    assert "AKIA" not in notice.message


@pytest.mark.parametrize(
    "source",
    ["a = <<_EOT\n_EOT\n", 'a = "${\n1}"\n', 'é = 1\nresource "a" "b" {}\n', "a = <<É\nÉ\n", 'a = "${~ 1 ~}"\n'],
)
def test_what_python_hcl2_refuses_is_read_once_only(source: str) -> None:
    (notice,) = compare_terraform(*terraform(source))
    assert (notice.kind, notice.path) == ("unsupported", "main.tf")
    assert notice.message == "python-hcl2 could not read this file, so it was read once only"


def test_what_ruamel_refuses_is_read_once_only() -> None:
    (notice,) = compare_yaml(*template("a: 1\u2028b: 2\n"))
    assert notice.kind == "unsupported"
    assert notice.message == "ruamel.yaml could not read this file, so it was read once only"


@pytest.mark.parametrize("source", ['a = 1\na = 2\nresource "a" "b" {}\n', "x {\n  y = \n}\nz {}\n"])
def test_what_our_reader_refuses_is_told_once(source: str) -> None:
    read = Source("main.tf", source)
    body, problems = hcl.parse(read)
    assert problems
    assert compare_terraform(read, body) == []


@pytest.mark.parametrize("source", ['{"Resources": {"A": {"Type": "\\ud83d\\ude00"}}}', ' {"a":\t[1]}\n'])
def test_json_is_left_out(source: str) -> None:
    assert compare_yaml(*template(source)) == []
    assert compare_terraform(Source("main.tf.json", source), terraform("a = 1\n")[1]) == []


def test_yaml_in_brackets_is_not_left_out() -> None:
    source, tree = template("{Resources: {A: {}, B: {}}}")
    del keys(tree, "Resources").entries["B"]
    assert compare_yaml(source, tree)


def test_aliases_do_not_multiply_the_work() -> None:
    levels = "".join(f"l{n + 1}: &l{n + 1} {{a: *l{n}, b: *l{n}}}\n" for n in range(15))
    assert compare_yaml(*template(f"l0: &l0 {{x: y}}\n{levels}")) == []


def files(archive: Path, suffixes: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    seen: set[bytes] = set()
    with tarfile.open(archive) as members:
        for member in members:
            content = members.extractfile(member) if member.name.endswith(suffixes) else None
            data = content.read() if content is not None else b""
            if data and data not in seen:
                seen.add(data)
                yield member.name, data


@pytest.mark.parametrize(("archive", "least"), [("dev.tar.gz", 100), ("wild.tar.gz", 500)])
def test_python_hcl2_reads_the_corpora_as_we_do(corpus: Path, archive: str, least: int) -> None:
    notices: list[Notice] = []
    count = 0
    for path, data in files(corpus / archive, (".tf",)):
        source = decoding.decode(path, data)
        count += 1
        notices += compare_terraform(source, hcl.parse(source)[0])
    assert count > least
    assert notices == []


@pytest.mark.parametrize(("archive", "least"), [("dev.tar.gz", 70), ("wild.tar.gz", 90)])
def test_ruamel_reads_the_corpora_as_we_do(corpus: Path, archive: str, least: int) -> None:
    notices: list[Notice] = []
    count = 0
    for path, data in files(corpus / archive, (".yaml", ".yml", ".template")):
        source = decoding.decode(path, data)
        try:
            tree = yaml.parse(source)
        except SyntaxProblem:
            # Kubernetes manifests hold several documents.
            assert b"AWS::" not in data
            continue
        if tree is not None:
            count += 1
            notices += compare_yaml(source, tree)
    assert count > least
    assert notices == []

"""What Terraform and its AWS provider mean by a configuration, judged by the findings on it."""

from __future__ import annotations

import base64
import hashlib
import os
from typing import TYPE_CHECKING

import pytest

from iplint.boundary import Boundary
from iplint.inputs import World
from iplint.terraform.configuration import Reader
from iplint.terraform.evaluate import RootModule
from iplint.value import Known, Text, Unknown, dig

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from iplint.finding import Report
    from iplint.value import Value

    Check = Callable[..., Report]

# Functions

# Terraform documentation, Built-in Functions; after them OpenTofu's own.
DOCUMENTED = """
abs ceil floor log max min parseint pow signum
chomp endswith format formatlist indent join lower regex regexall replace split startswith strcontains strrev substr
templatestring title trim trimprefix trimspace trimsuffix upper
alltrue anytrue chunklist coalesce coalescelist compact concat contains distinct element flatten index keys length list
lookup map matchkeys merge one range reverse setintersection setproduct setsubtract setunion slice sort sum transpose
values zipmap
base64decode base64encode base64gzip csvdecode jsondecode jsonencode textdecodebase64 textencodebase64 urlencode
yamldecode yamlencode
abspath dirname pathexpand basename file fileexists fileset filebase64 templatefile
formatdate plantimestamp timeadd timecmp timestamp
base64sha256 base64sha512 bcrypt filebase64sha256 filebase64sha512 filemd5 filesha1 filesha256 filesha512 md5 rsadecrypt
sha1 sha256 sha512 uuid uuidv5
cidrhost cidrnetmask cidrsubnet cidrsubnets
can convert ephemeralasnull issensitive nonsensitive sensitive tobool tolist tomap tonumber toset tostring try
base64gunzip cidrcontains urldecode
"""


def probe(path: Path, expression: str, **files: str | bytes) -> tuple[Value, RootModule]:
    """What an expression comes to in a root module, and that module."""
    for name, content in files.items():
        (path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    (path / "main.tf").write_text(f'resource "t_probe" "it" {{\n  it = {expression}\n}}\n', encoding="utf-8")
    root = RootModule(Reader(Boundary(str(path), str(path))), os.path.normpath(path))
    return dig(root.resources(World({}))[0].properties, ("it",)), root


@pytest.mark.parametrize("name", DOCUMENTED.split())
def test_every_documented_function_is_known(name: str, tmp_path: Path) -> None:
    # Called with nothing, most fail, but none is unknown.
    _, root = probe(tmp_path, f"{name}()")
    assert root.notices == []


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ("frobnicate", "Terraform has no such function"),
        ("provider::aws::arn_build", "a provider defines it"),
    ],
)
def test_a_function_that_nobody_knows_is_unknown_and_noticed(call: str, why: str, tmp_path: Path) -> None:
    value, root = probe(tmp_path, f'{call}("a")')
    assert isinstance(value, Unknown)
    assert [(notice.kind, notice.at and notice.at.first, notice.message) for notice in root.notices] == [
        ("unresolved", (2, 8), f"what {call}(...) comes to is unknown: {why}")
    ]


def test_core_functions_by_their_full_names(tmp_path: Path) -> None:
    value, root = probe(tmp_path, 'core::try(core::upper(null.x), core::lower("A"))')
    assert isinstance(value, Known)
    assert isinstance(value.value, Text)
    assert value.value.plain == "a"
    assert root.notices == []


def test_digests_of_files_are_those_of_their_bytes(tmp_path: Path) -> None:
    content = b"\x1f\x8b\x00\xff no text"
    for name, made in (
        ("filemd5", hashlib.md5(content).hexdigest()),
        ("filesha1", hashlib.sha1(content).hexdigest()),
        ("filesha256", hashlib.sha256(content).hexdigest()),
        ("filebase64sha512", base64.b64encode(hashlib.sha512(content).digest()).decode()),
    ):
        value, _ = probe(tmp_path, f'{name}("${{path.module}}/code.bin")', **{"code.bin": content})
        assert isinstance(value, Known)
        assert isinstance(value.value, Text)
        assert value.value.plain == made
    outside, _ = probe(tmp_path, 'filesha256("/etc/hostname")')
    assert isinstance(outside, Unknown)

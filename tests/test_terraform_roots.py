"""Whether iplint evaluates generated roots as `terraform plan` does (`tests/oracle/renew_roots.py`)."""

from __future__ import annotations

import hashlib
import json
import sys
from functools import cache
from pathlib import Path

import pytest

from iplint.scenario import Scenario
from iplint.terraform.configuration import Reader
from iplint.terraform.evaluate import RootModule
from iplint.value import Absent, Known, Map, Seq, Text, Unknown
from iplint.workspace import Workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from iplint.value import Value

ORACLE = Path(__file__).parent / "oracle"
sys.path.insert(0, str(ORACLE))

from renew_roots import SETTINGS, digest, write  # noqa: E402 - beside this file
from roots import roots  # noqa: E402 - beside this file

UNKNOWN = "(unknown)"
GROUPS = 20
DOCUMENTS = ("policy", "json", "assume_role_policy")
# What the provider gives settings that nobody writes.
DEFAULTS = {"path": "/", "http_endpoint": "enabled", "http_protocol_ipv6": "disabled", "id": "unknown"}
PASSED = "passed.auto.tfvars"
every = cache(roots)


@cache
def recorded() -> tuple[Any, ...]:
    lines = (ORACLE / "roots.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(json.loads(line) for line in lines[1:])


def settings(folder: Path) -> dict[str, dict[str, object]]:
    """What the resources of a root are set to, by address."""
    root = RootModule(Reader(Workspace(str(folder), str(folder))), str(folder))
    assert [notice.message for notice in root.notices] == []
    found: dict[str, dict[str, object]] = {}
    for resource in root.resources(Scenario({})):
        if resource.exists is not False:
            shown = plain(resource.properties)
            assert isinstance(shown, dict)
            found[resource.address] = {name: value for name, value in shown.items() if name in SETTINGS}
    return found


def plain(value: Value) -> object:
    """A value as a plan has it."""
    match value:
        case Known(Text() as text):
            if text.encodes is not None and text.encodes[0] == "json":
                return document(plain(text.encodes[1]))
            whole = text.plain
            if whole is None:
                return UNKNOWN
            return document(json.loads(whole)) if whole.startswith("{") else whole
        case Known(Seq() as items):
            more = [UNKNOWN] if items.more is not None else []
            return [plain(item) for item in items] + more
        case Known(Map() as members):
            return {key: plain(item) for key in members if (item := members.get(key)) is not None}
        case Known(datum):
            return datum
        case Absent():
            return None
        case Unknown():
            return UNKNOWN


def document(value: object, name: str = "") -> object:
    """A policy as all of its spellings: lists of one are what they hold, and others are sets."""
    match value:
        case dict():
            shown = {key: document(inner, key) for key, inner in value.items()}
            return {key: inner for key, inner in shown.items() if inner not in ("", [], None)}
        case list() if name != "Statement":
            items = [document(item) for item in value]
            distinct = sorted(set(map(str, items)))
            return items[0] if len(distinct) == 1 else distinct
        case list():
            return [document(item) for item in value]
        case _:
            return value


def differences(ours: object, planned: object, unknown: set[str], path: str) -> Iterator[str]:
    """Where iplint's value is another than the plan's: none is where the plan knows none."""
    name = path.rpartition(".")[2]
    if path in unknown or (ours is None and planned == DEFAULTS.get(name)):
        return
    if name in DOCUMENTS and isinstance(planned, dict):
        planned = document(planned)
    if name in ("managed_policy_arns", "availability_zones") and isinstance(ours, list):
        ours = sorted(str(item) for item in ours)
    if name == "user_data" and isinstance(ours, str) and isinstance(planned, str) and len(planned) == 40:
        # The provider keeps a digest.
        ours = hashlib.sha1(ours.encode()).hexdigest() if ours != UNKNOWN else ours
    if isinstance(ours, dict) and isinstance(planned, dict) and name not in DOCUMENTS:
        for key in sorted({*ours, *planned}):
            yield from differences(ours.get(key), planned.get(key), unknown, f"{path}.{key}")
    elif isinstance(ours, list) and isinstance(planned, list) and len(ours) == len(planned):
        for index, (one, other) in enumerate(zip(ours, planned, strict=True)):
            yield from differences(one, other, unknown, f"{path}.{index}")
    elif ours in (None, [], {}, "") and planned in (None, [], {}, ""):
        return
    elif (type(ours) is bool) != (type(planned) is bool) or not (ours == planned or str(ours) == str(planned)):
        yield f"{path}: {ours!r}, planned {planned!r}"


def compared(number: int, folder: Path) -> Iterator[str]:
    files, passed = every()[number]
    known, rows = recorded()[number]
    assert digest(files, passed) == known, "run tests/oracle/renew_roots.py"
    write(folder, files)
    (folder / PASSED).write_text("".join(f"{name} = {value}\n" for name, value in passed.items()), encoding="utf-8")
    found = settings(folder)
    for address in sorted({*found, *rows}):
        if address not in rows or address not in found:
            yield f"r{number} {address}: {'not planned' if address in found else 'not found'}"
            continue
        planned, unknown = rows[address]
        for name in sorted({*found[address], *planned}):
            for difference in differences(found[address].get(name), planned.get(name), set(unknown), name):
                yield f"r{number} {address} {difference}"


@pytest.mark.parametrize("group", range(GROUPS))
def test_evaluated_as_planned(group: int, tmp_path: Path) -> None:
    found = [
        difference
        for number in range(group, len(every()), GROUPS)
        for difference in compared(number, tmp_path / str(number))
    ]
    assert found == []

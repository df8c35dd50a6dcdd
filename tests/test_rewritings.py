"""The same value in another notation: what `benchmarks/hunt.py` found to be reported in one of them only."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from conftest import failures
from iplint.finding import Report

Check = Callable[..., Report]

SCRIPTS = {
    "credentials-file-on-instance": "#!/bin/sh\ncat > ~/.aws/credentials <<END\naws_access_key_id = <your key>\nEND\n",
    "imdsv1-call-in-user-data": "#!/bin/sh\ncurl http://169.254.169.254/latest/meta-data/instance-id\n",
}
INSTANCE = 'resource "aws_instance" "web" {{\n  user_data = {}\n}}\n'


@pytest.mark.parametrize("rule", SCRIPTS)
@pytest.mark.parametrize("packed", ["jsondecode({})", "yamldecode({})"])
@pytest.mark.parametrize("used", ["{}.scripts[0].text", "base64encode({}.scripts[0].text)"])
def test_a_script_in_a_decoded_document_is_read_by_lines(
    configuration: Check, rule: str, packed: str, used: str
) -> None:
    """In the document, its line breaks are escapes."""
    text = INSTANCE.format(used.format(packed.format('file("${path.module}/boot.json")')))
    document = json.dumps({"scripts": [{"text": SCRIPTS[rule]}]})
    assert rule in {found for found, _, _ in failures(configuration({"main.tf": text, "boot.json": document}))}


def test_a_key_in_a_decoded_document_is_one_finding(configuration: Check) -> None:
    key = {
        "aws_access_key_id": "AKIAFAKEFAKEFAKEFAK2",
        "aws_secret_access_key": "FakeKeyFakeKey2FakeKeyFakeKey3FakeKeyFak",
    }
    text = INSTANCE.format('jsondecode(file("${path.module}/key.json")).aws_access_key_id')
    found = failures(configuration({"main.tf": text, "key.json": json.dumps(key)}))
    assert [rule for rule, _, _ in found if rule == "hardcoded-access-key"] == ["hardcoded-access-key"]

"""The table of AWS managed policies, and the script that renews it."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

from iplint.aws import managed_policies

SCRIPT = Path(__file__).parent.parent / "docs" / "managed_policies.py"
DOCUMENT = {
    "Version": "2012-10-17",
    "Statement": [
        {"Sid": "all", "Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Effect": "Deny", "Action": ["s3:DeleteObject"], "Resource": ["arn:aws:s3:::b/*"]},
        {"Effect": "Allow", "NotAction": "iam:*", "NotResource": "*", "Condition": {"Bool": {"a:b": "true"}}},
    ],
}


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("renew", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def forget() -> None:
    for cached in (managed_policies.managed_policy, managed_policies._head, managed_policies._block):
        cached.cache_clear()


def test_every_policy_of_the_table_is_found_by_its_path_and_by_its_name() -> None:
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", managed_policies.date())
    paths = [path for path, _ in managed_policies.policies()]
    assert len(paths) > 1_500
    assert len({path.rpartition("/")[2] for path in paths}) == len(paths)
    for path in paths[::25]:
        name = path.rpartition("/")[2]
        for found in (managed_policies.managed_policy(path), managed_policies.managed_policy(name, by_name=True)):
            assert found is not None
            assert found.path == path
            assert found.statements
    assert managed_policies.managed_policy("service-role/AmazonS3FullAccess") is None
    assert managed_policies.managed_policy("AWSBatchServiceRole") is None
    assert managed_policies.managed_policy("0") is None


def test_the_script_writes_a_table_from_what_the_command_line_of_aws_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    renew = script()
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "Renewed").write_text(
        json.dumps({"PolicyVersion": {"VersionId": "v2", "Document": DOCUMENT}}), encoding="utf-8"
    )
    listed = {"Policies": [{"PolicyName": "Renewed", "Arn": "arn:aws:iam::aws:policy/service-role/Renewed"}]}
    (tmp_path / "policies.json").write_text(json.dumps(listed), encoding="utf-8")
    (tmp_path / "table").write_bytes(renew.table({"Kept": [{"Action": ["ec2:*"]}]}, "2025-01-01"))
    monkeypatch.setattr(managed_policies, "TABLE", str(tmp_path / "table"))
    forget()
    try:
        renew.main(str(tmp_path / "policies.json"), str(tmp_path / "documents"), "2026-02-03")
        forget()
        assert managed_policies.date() == "2026-02-03"
        assert [path for path, _ in managed_policies.policies()] == ["Kept", "service-role/Renewed"]
        renewed = managed_policies.managed_policy("Renewed", by_name=True)
        assert renewed is not None
        allowing, denying, excepting = renewed.statements
        assert (allowing.allows, allowing.covers_action("s3:PutObject"), allowing.is_on_everything) == (
            True,
            True,
            True,
        )
        assert denying.denies
        assert (excepting.is_conditional, excepting.covers_action("iam:PassRole")) == (True, False)
    finally:
        forget()

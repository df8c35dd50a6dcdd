"""Keys that a template has twice: the last counts, as CloudFormation takes it, but for sections and logical IDs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conftest import failures

if TYPE_CHECKING:
    from collections.abc import Callable

    from iplint.finding import Report

    Check = Callable[..., Report]

HOST = """\
Resources:
  Host:
    Type: AWS::EC2::Instance
    Properties:
      IamInstanceProfile: app
      MetadataOptions:
        HttpTokens: {first}
        HttpTokens: {last}
"""


@pytest.mark.parametrize(("first", "last", "fails"), [("optional", "required", 0), ("required", "optional", 1)])
def test_the_last_of_a_doubled_key_counts_and_is_named(template: Check, first: str, last: str, fails: int) -> None:
    report = template(HOST.format(first=first, last=last))
    assert [rule for rule, _, _ in failures(report)] == ["imdsv1-allowed"] * fails
    (notice,) = report.notices
    assert (notice.kind, notice.at.first if notice.at else None) == ("unresolved", (8, 9))
    assert notice.message.startswith("'HttpTokens' is in this mapping twice")


def test_the_same_holds_in_json(template: Check) -> None:
    tokens = '"MetadataOptions": {"HttpTokens": "required", "HttpTokens": "optional"}'
    text = f'{{"Resources": {{"Host": {{"Type": "AWS::EC2::Instance", "Properties": {{{tokens}}}}}}}}}'
    assert "imdsv1-allowed" in {rule for rule, _, _ in failures(template(text))}


@pytest.mark.parametrize(
    "again", ["  Host:\n    Type: AWS::EC2::Instance\n", "Resources:\n  Other:\n    Type: AWS::EC2::Instance\n"]
)
def test_a_doubled_logical_id_or_section_leaves_the_template_unread(template: Check, again: str) -> None:
    report = template(HOST.replace("        HttpTokens: {last}\n", "").format(first="required") + again)
    assert [notice.kind for notice in report.notices] == ["unreadable"]
    assert report.launches.proven == 0

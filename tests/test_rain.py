"""Directives of Rain: local files are checked where a template names them; all others are named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conftest import failures, judged

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from iplint.finding import Report

    Written = Callable[..., Report]

HOST = """
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      IamInstanceProfile: web
"""


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def check(files: dict[str, str], **options: object) -> Report:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return judged(tmp_path, **options)  # type: ignore[arg-type]  # handed through as given

    return check


@pytest.mark.parametrize(
    "user_data",
    [
        "!Base64 {'Fn::Sub': !Rain::Embed scripts/boot.sh}",
        "{Fn::Base64: !Rain::Embed scripts/boot.sh}",
        "{Fn::Base64: {'Rain::Embed': scripts/boot.sh}}",
        "!Rain::Include scripts/part.yaml",
    ],
)
def test_a_key_in_an_embedded_file_is_found_there(written: Written, user_data: str) -> None:
    report = written(
        {
            "main.yaml": f"{HOST}      MetadataOptions: {{HttpTokens: required}}\n      UserData: {user_data}\n",
            "scripts/boot.sh": "#!/bin/sh\nexport AWS_ACCESS_KEY_ID=AKIAFAKEFAKEFAKEFAK2\n",
            # Paths in an included file start from there.
            "scripts/part.yaml": "Fn::Base64: !Rain::Embed boot.sh\n",
        },
        rules=["hardcoded-access-key"],
    )
    assert failures(report) == [("hardcoded-access-key", "Web", 2)]
    assert report.findings[0].at.path == "scripts/boot.sh"
    assert report.launches.failed == 1


def test_an_included_mapping_is_checked_as_a_part_of_the_template(written: Written) -> None:
    report = written(
        {
            "main.yaml": f"{HOST}      MetadataOptions: !Rain::Include options.yaml\n",
            "options.yaml": "HttpTokens: !Rain::Constant Tokens\n",
        },
        rules=["imdsv1-allowed"],
    )
    assert [finding.verdict for finding in report.findings] == ["undecided"]
    report = written(
        {
            "main.yaml": f"Rain: {{Constants: {{Tokens: optional}}}}{HOST}"
            "      MetadataOptions: !Rain::Include options.yaml\n"
        },
        rules=["imdsv1-allowed"],
    )
    assert failures(report) == [("imdsv1-allowed", "Web", 1)]


@pytest.mark.parametrize(
    ("directive", "notice"),
    [
        ("!Rain::S3Http code", "!Rain::S3Http is left to Rain: its result is not checked"),
        ("!Rain::Env TOKENS", "!Rain::Env is left to Rain: its result is not checked"),
        ("!Rain::Include gone.yaml", "!Rain::Include names gone.yaml, which is not a file here"),
        ("!Rain::Include ../outside.yaml", "!Rain::Include names ../outside.yaml, which lies outside"),
        ("!Rain::Include circle.yaml", "includes itself"),
    ],
)
def test_what_is_left_to_rain_is_unknown_and_named(written: Written, directive: str, notice: str) -> None:
    report = written(
        {
            "main.yaml": f"{HOST}      MetadataOptions: {directive}\n",
            "circle.yaml": "A: !Rain::Include circle.yaml\nHttpTokens: !Rain::Env X\n",
            ".git/HEAD": "",
        },
        rules=["imdsv1-allowed"],
    )
    assert [finding.verdict for finding in report.findings] == ["undecided"]
    assert any(notice in found.message for found in report.notices)
    assert report.launches.proven == 0


def test_a_module_of_rain_is_named(written: Written) -> None:
    report = written({"main.yaml": "Resources:\n  Site: {Type: !Rain::Module ./site.yaml}\n"})
    assert [notice.message for notice in report.notices if "module" in notice.message] == [
        "module ./site.yaml is not expanded: the resources that Site makes are not checked"
    ]

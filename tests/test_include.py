"""AWS::Include: what local files hold is judged where a template includes it, and shown where it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conftest import failures, judged

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from subprocess import CompletedProcess

    from iplint.finding import Report

    Command = Callable[..., CompletedProcess[str]]


def include(location: str) -> str:
    return f"{{Name: AWS::Include, Parameters: {{Location: {location}}}}}"


def checked(directory: Path, **files: str) -> Report:
    """The report on a folder with these files, whose names end in .yaml."""
    for name, text in files.items():
        (directory / f"{name}.yaml").write_text(text)
    return judged(directory)


def notices(report: Report) -> list[tuple[str, str]]:
    return [(notice.kind, notice.message.rpartition(" is not checked: ")[2]) for notice in report.notices]


def host(metadata: str) -> str:
    return f"""\
  Host:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-1
      IamInstanceProfile: !ImportValue profile
      {metadata}
"""


OPTIONAL = "MetadataOptions: {HttpTokens: optional}"
UNSAFE = ("imdsv1-allowed", "Host")


@pytest.mark.parametrize(
    ("template", "snippet", "line"),
    [
        (f"Resources:\n{host('Fn::Transform: ' + include('part.yaml'))}", OPTIONAL, 1),
        (f"Resources:\n{host('Fn::Transform: [' + include('part.yaml') + ']')}", OPTIONAL, 1),
        (
            f"Resources:\n{host('MetadataOptions: {Fn::Transform: ' + include('./part.yaml') + '}')}",
            "\nHttpTokens: optional",
            2,
        ),
        (f"Resources:\n{host('MetadataOptions: !Transform ' + include('part.yaml'))}", '{"HttpTokens": "optional"}', 1),
        (f"Resources:\n  Fn::Transform: {include('part.yaml')}", f"# one\n{host(OPTIONAL)}", 7),
        (f"Transform: {include('part.yaml')}", f"Resources:\n{host(OPTIONAL)}", 7),
        (
            f"Transform: [AWS::LanguageExtensions, {include('part.yaml')}]\nResources: {{}}",
            f"Resources:\n{host(OPTIONAL)}",
            7,
        ),
        (
            f"Resources:\n  Host: {{Type: AWS::EC2::Instance, Fn::Transform: {include('part.yaml')}}}",
            f"Properties: {{{OPTIONAL}}}",
            1,
        ),
        (
            f"Mappings: {{Fn::Transform: {include('part.yaml')}}}\n"
            f"Resources:\n{host('MetadataOptions: {HttpTokens: !FindInMap [M, a, b]}')}",
            "M: {a: {b: optional}}",
            1,
        ),
        (
            f"Mappings: {{M: {{a: {{Fn::Transform: {include('part.yaml')}}}}}}}\n"
            f"Resources:\n{host('MetadataOptions: {HttpTokens: !FindInMap [M, a, b]}')}",
            "b: optional",
            1,
        ),
    ],
)
def test_what_is_included_is_judged_where_it_stands(tmp_path: Path, template: str, snippet: str, line: int) -> None:
    report = checked(tmp_path, main=f"AWSTemplateFormatVersion: '2010-09-09'\n{template}", part=snippet)
    found = [finding for finding in report.findings if finding.rule == "imdsv1-allowed"]
    assert [(finding.address, finding.at.path, finding.at.first[0]) for finding in found] == [
        ("Host", "part.yaml", line)
    ]
    assert not report.notices
    assert report.launches.checked == 1


def test_a_whole_resource_stands_where_it_is_included(tmp_path: Path) -> None:
    body = "Type: AWS::EC2::Instance\nProperties: {ImageId: ami-1}"
    report = checked(tmp_path, main=f"Resources:\n  Host: {{Fn::Transform: {include('part.yaml')}}}\n", part=body)
    assert ("missing-instance-profile", "Host", 2) in failures(report)


def test_keys_in_an_included_file_are_found(tmp_path: Path) -> None:
    main = f"Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Metadata: {{Fn::Transform: {include('part.yaml')}}}\n"
    report = checked(tmp_path, main=main, part="x:\n  y: AKIAZZZZZZFAKEFAKE23\n")
    (finding,) = report.findings
    assert (finding.rule, finding.address, finding.at.path, finding.at.first) == (
        "hardcoded-access-key",
        "Q",
        "part.yaml",
        (2, 6),
    )


def test_a_file_is_found_beside_the_template_that_is_nested(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "part.yaml").write_text(OPTIONAL)
    (tmp_path / "deep" / "inner.yaml").write_text(f"Resources:\n{host('Fn::Transform: ' + include('part.yaml'))}")
    main = "Resources:\n  In: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: deep/inner.yaml}}\n"
    assert ("imdsv1-allowed", "In.Host", 1) in failures(checked(tmp_path, main=main))


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("s3://bucket/part.yaml?Signature=abc", "it names s3://bucket/part.yaml, which is not here"),
        ("!Ref Where", "it names no Location that the template settles"),
        ("{a: b}", "it names no Location that the template settles"),
        ("../part.yaml", "it names ../part.yaml, which lies outside the repository"),
        (".git/config", "it names .git/config, which lies in a .git directory"),
        ("nowhere.yaml", "it names nowhere.yaml, which is not a file here"),
        (".", "it names ., which is not a file here"),
        ("empty.yaml", "it names empty.yaml, which is empty"),
        ('"a\\0"', "it names a\0, which is not a path, as it holds a NUL character"),
        ("nesting.yaml", "it is in a file that is included itself, where CloudFormation expands no further include"),
    ],
)
def test_what_is_not_included_is_named_with_the_reason(tmp_path: Path, location: str, reason: str) -> None:
    top = tmp_path / "top"
    (top / ".git").mkdir(parents=True)
    (top / ".git" / "config").write_text(OPTIONAL)
    (tmp_path / "part.yaml").write_text(OPTIONAL)
    template = f"Parameters: {{Where: {{Type: String}}}}\nResources:\n{host('Fn::Transform: ' + include(location))}"
    report = checked(top, main=template, empty="", nesting=f"Fn::Transform: {include('part.yaml')}\nTags: []\n")
    assert notices(report) == [("unsupported", reason)]
    assert UNSAFE not in [found[:2] for found in failures(report)]
    assert report.launches.undecided == 1


def test_a_link_that_leads_outside_is_not_followed(tmp_path: Path) -> None:
    top = tmp_path / "top"
    (top / ".git").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("A: AKIAZZZZZZFAKEFAKE23")
    (top / "link.txt").symlink_to(tmp_path / "secret.txt")
    report = checked(top, main=f"Resources:\n{host('Fn::Transform: ' + include('link.txt'))}")
    assert notices(report) == [("unsupported", "it names link.txt, which lies outside the repository")]


def test_a_file_that_cannot_be_read_is_named_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "main.yaml").write_text(f"Resources:\n{host('Fn::Transform: ' + include('part.txt'))}")
    (tmp_path / "part.txt").write_text("a: 1\nb: [")
    report = judged(tmp_path)
    unreadable, unsupported = report.notices
    assert (unreadable.kind, unreadable.path, unsupported.kind) == ("unreadable", "part.txt", "unsupported")
    assert unreadable.at is not None
    assert unreadable.at.first[0] == 2


def test_what_stands_in_both_is_told_and_judged_as_the_template_has_it(tmp_path: Path) -> None:
    template = f"Resources:\n{host('MetadataOptions: {HttpTokens: required}')}"
    template += f"      Fn::Transform: {include('part.yaml')}\n"
    report = checked(tmp_path, main=template, part=OPTIONAL)
    assert [(notice.kind, notice.path, notice.message) for notice in report.notices] == [
        ("unresolved", "part.yaml", "MetadataOptions is in the template as well, which is what is checked")
    ]
    assert not failures(report)


def test_an_included_file_is_no_template_of_its_own(tmp_path: Path, iplint: Command) -> None:
    (tmp_path / "main.yaml").write_text(
        f"AWSTemplateFormatVersion: '2010-09-09'\nTransform: {include('part.yaml')}\n"
        "Parameters: {Tokens: {Type: String}}\n"
    )
    (tmp_path / "part.yaml").write_text(f"Resources:\n{host('MetadataOptions: {HttpTokens: !Ref Tokens}')}")
    done = iplint("check", ".", cwd=tmp_path)
    assert done.returncode == 0
    assert "1 launch: 1 undecided" in done.stdout
    assert "not declared" not in done.stdout

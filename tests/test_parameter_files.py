"""Values of parameters out of files, as a deployment would be given them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from iplint.cloudformation.parameter_files import ParameterFileError, read_parameters

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from subprocess import CompletedProcess

    Command = Callable[..., CompletedProcess[str]]

TEMPLATE = """
Parameters:
  Tokens: {Type: String, AllowedValues: [required, optional]}
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-1
      IamInstanceProfile: !Ref Profile
      MetadataOptions: {HttpTokens: !Ref Tokens}
  Profile: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: [!Ref Role]}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: {Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: sts:AssumeRole}
"""


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("list.json", '[{"ParameterKey": "A", "ParameterValue": "1"}, {"ParameterKey": "B", "ParameterValue": "x y"}]'),
        ("previous.json", '["A=1", "B=x y", {"ParameterKey": "C", "UsePreviousValue": true}]'),
        ("pipeline.json", '{"Parameters": {"A": "1", "B": "x y"}, "Tags": {"C": "3"}}'),
        ("plain.json", '{"A": "1", "B": "x y"}'),
        ("mark.json", '\ufeff{"A": "1", "B": "x y"}'),
        ("list.yaml", "- ParameterKey: A\n  ParameterValue: 1\n- {ParameterKey: B, ParameterValue: x y}\n"),
        ("pipeline.yml", "Parameters:\n  A: 1\n  B: x y\n"),
        ("plain.yaml", "A: 1\nB: x y\n"),
        ("git-sync.yaml", "template-file-path: web.yaml\nparameters:\n  A: 1\n  B: x y\ntags:\n  C: 3\n"),
        ("samconfig.toml", "version = 0.1\n[default.deploy.parameters]\nparameter_overrides = \"A=1 B='x y'\"\n"),
        ("list.toml", '[default.deploy.parameters]\nparameter_overrides = ["A=1", "B=x y"]\n'),
        ("global.toml", '[default.global.parameters]\nparameter_overrides = ["A=1", "B=x y"]\n'),
        (
            "both.toml",
            '[default.deploy.parameters]\nparameter_overrides = "A=1"\n'
            '[default.global.parameters]\nparameter_overrides = ["A=0", "B=x y"]\n',
        ),
        (
            "keys.toml",
            "[default.deploy.parameters]\n"
            "parameter_overrides = 'ParameterKey=A,ParameterValue=1 \"ParameterKey=B,ParameterValue=x y\"'\n",
        ),
        (
            "environments.toml",
            '[prod.deploy.parameters]\nparameter_overrides = "A=2 C=3"\n'
            '[default.deploy.parameters]\nparameter_overrides = ["A=1", "B=x y"]\n',
        ),
        (
            "prod.toml",
            '[default.deploy.parameters]\nregion = "x"\n[prod.deploy.parameters]\n'
            'parameter_overrides = ["A=1", "B=x y"]\n',
        ),
        ("samconfig.yaml", 'version: 0.1\ndefault: {deploy: {parameters: {parameter_overrides: [A=1, "B=x y"]}}}\n'),
    ],
)
def test_every_shape_gives_the_same_values(name: str, written: str) -> None:
    assert read_parameters(name, written.encode()) == {"A": "1", "B": "x y"}


def test_values_are_passed_on_as_they_are_written() -> None:
    data = b"Account: 012345678901\nOn: true\nZones: [a, b]\n"
    assert read_parameters("p.yaml", data) == {"Account": "012345678901", "On": "true", "Zones": "a,b"}


@pytest.mark.parametrize(
    ("name", "written", "message"),
    [
        ("p.json", '{"A": "1",\n "B": }', "p.json:2:"),
        ("p.json", '[\n  {"ParameterValue": "1"}]', "p.json:2:3: a parameter in this list has no ParameterKey"),
        ("p.json", '[{"ParameterKey": "A"}]', "p.json:1:2: parameter A has no ParameterValue"),
        ("p.json", '{"Parameters": {"A": {"B": "1"}}}', "p.json:1:22: a mapping is not a value of a parameter"),
        ("p.json", '["A"]', "p.json:1:2: a parameter is not written as Key=Value"),
        ("p.yaml", "just text", "p.yaml:1:1: this is neither a mapping nor a list of parameters"),
        ("p.yaml", "", "p.yaml:1:1: this is neither a mapping nor a list of parameters"),
        ("p.toml", "[default]\nx = \n", "p.toml:2:5: this is not TOML: Invalid value"),
        ("p.toml", "[default]\nx = 1\n", "p.toml:1:1: there is no parameter_overrides for a deployment in this file"),
        (
            "p.toml",
            '[default.deploy.parameters]\nparameter_overrides = "A=\'"\n',
            "p.toml:1:1: parameter_overrides: no closing quotation",
        ),
    ],
)
def test_what_gives_no_values_is_refused_with_its_place(name: str, written: str, message: str) -> None:
    with pytest.raises(ParameterFileError) as raised:
        read_parameters(name, written.encode())
    assert str(raised.value).startswith(message)


def test_a_file_settles_what_a_template_leaves_open(tmp_path: Path, iplint: Command) -> None:
    (tmp_path / "web.yaml").write_text(TEMPLATE, encoding="utf-8")
    (tmp_path / "good.json").write_text('{"Parameters": {"Tokens": "required"}}', encoding="utf-8")
    (tmp_path / "bad.json").write_text('{"Tokens": "optional"}', encoding="utf-8")
    check = ("check", "web.yaml", "--strict")

    assert "undecided[imdsv1-allowed]" in iplint(*check, cwd=tmp_path).stdout
    assert iplint(*check, "--parameters", "good.json", cwd=tmp_path).returncode == 0
    failed = iplint(*check, "--parameters", "good.json", "--parameters", "bad.json", cwd=tmp_path)
    assert failed.returncode == 1
    assert "high[imdsv1-allowed]" in failed.stdout
    # What the command line says itself wins.
    won = iplint(*check, "--parameter", "Tokens=required", "--parameters", "bad.json", cwd=tmp_path)
    assert won.returncode == 0


def test_a_file_that_cannot_be_used_is_bad_usage(tmp_path: Path, iplint: Command) -> None:
    (tmp_path / "web.yaml").write_text(TEMPLATE, encoding="utf-8")
    (tmp_path / "broken.json").write_text('{"Tokens": ', encoding="utf-8")
    (tmp_path / "folder").mkdir()
    for name, message in (
        ("broken.json", "iplint: broken.json:1:"),
        ("none.json", "iplint: none.json: the file cannot be read: No such file or directory"),
        ("folder", "iplint: folder: the file "),
    ):
        done = iplint("check", "web.yaml", "--parameters", name, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(message)

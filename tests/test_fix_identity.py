"""Fixes of references, trust and arguments' names: what they write, byte for byte, and what they leave alone."""

from __future__ import annotations

import json
from pathlib import Path

import cfnlint.api
import hcl2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from iplint.cli import run

ROLE = """\
Resources:
  WebRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {{Service: {trust}}}   # who
            Action: sts:AssumeRole
  WebProfile:
    Type: AWS::IAM::InstanceProfile
    Properties:
      Roles: [{role}]
  Web:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-0abcdef1234567890
      IamInstanceProfile: {profile} # web
      MetadataOptions: {{HttpTokens: required}}
"""
GOOD = {"trust": "ec2.amazonaws.com", "role": "!Ref WebRole", "profile": "!Ref WebProfile"}
TEMPLATE = """\
Resources:
  WebRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Principal:
              Service:
{trust}
            Action: sts:AssumeRole
  WebProfile:
    Type: AWS::IAM::InstanceProfile
    Properties:
      Roles:
        - {role} # the role
  Web:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        ImageId: ami-0abcdef1234567890
        IamInstanceProfile:
          {profile}
        MetadataOptions: {{HttpTokens: required}}
"""
BLOCKS = {"trust": "                - ec2.amazonaws.com", "role": "Ref: WebRole", "profile": "Name: !Ref WebProfile"}
OBJECTS = """\
{{
  "Resources": {{
    "WebRole": {{
      "Type": "AWS::IAM::Role",
      "Properties": {{
        "AssumeRolePolicyDocument": {{
          "Statement": [
            {{"Effect": "Allow", "Principal": {{"Service": {trust}}}, "Action": ["sts:AssumeRole"]}}
          ]
        }}
      }}
    }},
    "WebProfile": {{"Type": "AWS::IAM::InstanceProfile", "Properties": {{"Roles": [{role}]}}}},
    "Web": {{
      "Type": "AWS::EC2::Instance",
      "Properties": {{
        "ImageId": "ami-0abcdef1234567890",
        "IamInstanceProfile": {profile},
        "MetadataOptions": {{"HttpTokens": "required"}}
      }}
    }}
  }}
}}
"""
GOOD_OBJECTS = {"trust": '"ec2.amazonaws.com"', "role": '{"Ref": "WebRole"}', "profile": '{"Ref": "WebProfile"}'}
HCL = """\
# web
data "aws_iam_policy_document" "trust" {{
  statement {{
    actions = ["sts:AssumeRole"]
    principals {{
      type        = "Service"
      identifiers = {trust} # who
    }}
  }}
}}

resource "aws_iam_role" "web" {{
  name               = "web-role"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}}

resource "aws_iam_instance_profile" "web" {{
  name = "web"
  {role} # the role
}}

resource "aws_launch_template" "web" {{
  image_id = "ami-0abcdef1234567890"
  iam_instance_profile {{
    {profile}
  }}
  metadata_options {{
    http_tokens = "required"
  }}
}}
"""
USE = """
resource "aws_instance" "web" {{
  launch_template {{
    id      = aws_launch_template.web.id
    version = aws_launch_template.web.latest_version
  }}
}}
"""
GOOD_HCL = {
    "trust": '["ec2.amazonaws.com"]',
    "role": "role = aws_iam_role.web.name",
    "profile": "name = aws_iam_instance_profile.web.name",
}
CALLS = """\
resource "aws_iam_role" "web" {{
  assume_role_policy = {trust}
}}

resource "aws_iam_instance_profile" "web" {{
  role = aws_iam_role.web.name
}}
"""
ENCODED = """jsonencode({{
    Statement = [{{
      Effect    = "Allow"
      Principal = {{ Service = {} }}
      Action    = "sts:AssumeRole"
    }}]
  }})"""
HEREDOC = """<<-JSON
    {{
      "Statement": [
        {{
          "Effect": "Allow",
          "Principal": {{"Service": {}}},
          "Action": "sts:AssumeRole"
        }}
      ]
    }}
  JSON"""
ITEMS = """[
        "lambda.amazonaws.com",{} # functions{}
      ]"""
MORE = "lambda.amazonaws.com, ec2.amazonaws.com"
MORE_QUOTED = '"lambda.amazonaws.com", "ec2.amazonaws.com"'

# The name of a file, what is written, the text with the part that is fixed, that part wrong, and mended.
Case = tuple[str, str, dict[str, str], str, str, str]
CASES: dict[str, Case] = {
    "attribute to Ref": ("a.yaml", ROLE, GOOD, "profile", "!GetAtt WebProfile.Arn", "!Ref WebProfile"),
    "attribute in a list": ("a.yaml", ROLE, GOOD, "profile", "!GetAtt [WebProfile, Arn]", "!Ref WebProfile"),
    "quoted reference": ("a.yaml", ROLE, GOOD, "profile", "'!Ref WebProfile'", "!Ref WebProfile"),
    "quoted attribute": ("a.yaml", ROLE, GOOD, "profile", '"!GetAtt WebProfile.Arn"', "!Ref WebProfile"),
    "long form": ("a.yaml", ROLE, GOOD, "profile", "{Fn::GetAtt: [WebProfile, Arn]}", "{Ref: WebProfile}"),
    "role's attribute": ("a.yaml", ROLE, GOOD, "role", "!GetAtt WebRole.Arn", "!Ref WebRole"),
    "role's id": ("a.yaml", ROLE, GOOD, "role", "!GetAtt WebRole.RoleId", "!Ref WebRole"),
    "role for profile": ("a.yaml", ROLE, GOOD, "profile", "!Ref WebRole", "!Ref WebProfile"),
    "role's ARN for profile": ("a.yaml", ROLE, GOOD, "profile", "!GetAtt WebRole.Arn", "!Ref WebProfile"),
    "misspelt service": ("a.yaml", ROLE, GOOD, "trust", "'ec2.amazon.com'", "'ec2.amazonaws.com'"),
    "one service": ("a.yaml", ROLE, GOOD, "trust", "lambda.amazonaws.com", f"[{MORE}]"),
    "services in a line": ("a.yaml", ROLE, GOOD, "trust", "[lambda.amazonaws.com]", f"[{MORE}]"),
    "services in lines": (
        "a.yaml",
        TEMPLATE,
        BLOCKS,
        "trust",
        "              - 'lambda.amazonaws.com' # functions",
        "              - 'lambda.amazonaws.com' # functions\n              - 'ec2.amazonaws.com'",
    ),
    "key for ARN": (
        "a.yaml",
        TEMPLATE,
        BLOCKS,
        "profile",
        "Name: arn:aws:iam::111122223333:instance-profile/web # by hand",
        "Arn: arn:aws:iam::111122223333:instance-profile/web # by hand",
    ),
    "key for name": ("a.yaml", TEMPLATE, BLOCKS, "profile", "Arn: web # by hand", "Name: web # by hand"),
    "Ref to attribute": ("a.yaml", TEMPLATE, BLOCKS, "profile", "Arn: !Ref WebProfile", "Arn: !GetAtt WebProfile.Arn"),
    "Ref in a block": (
        "a.yaml",
        TEMPLATE,
        BLOCKS,
        "profile",
        "Arn:\n            Ref: WebProfile",
        "Arn:\n            Fn::GetAtt: [WebProfile, Arn]",
    ),
    "attribute in a block": (
        "a.yaml",
        TEMPLATE,
        BLOCKS,
        "role",
        "Fn::GetAtt:\n          - WebRole\n          - Arn",
        "Ref: WebRole",
    ),
    "JSON attribute": (
        "a.json",
        OBJECTS,
        GOOD_OBJECTS,
        "profile",
        '{\n          "Fn::GetAtt": ["WebProfile", "Arn"]\n        }',
        '{\n          "Ref": "WebProfile"\n        }',
    ),
    "JSON role": ("a.json", OBJECTS, GOOD_OBJECTS, "role", '{"Fn::GetAtt": "WebRole.Arn"}', '{"Ref": "WebRole"}'),
    "JSON quoted": ("a.json", OBJECTS, GOOD_OBJECTS, "profile", '"!Ref WebProfile"', '{"Ref": "WebProfile"}'),
    "JSON services": (
        "a.json",
        OBJECTS,
        GOOD_OBJECTS,
        "trust",
        '[\n              "lambda.amazonaws.com"\n            ]',
        '[\n              "lambda.amazonaws.com",\n              "ec2.amazonaws.com"\n            ]',
    ),
    "JSON service": ("a.json", OBJECTS, GOOD_OBJECTS, "trust", '"lambda.amazonaws.com"', f"[{MORE_QUOTED}]"),
    "arn to name": (
        "a.tf",
        HCL,
        GOOD_HCL,
        "profile",
        "name = aws_iam_instance_profile.web.arn",
        "name = aws_iam_instance_profile.web.name",
    ),
    "name to arn": (
        "a.tf",
        HCL,
        GOOD_HCL,
        "profile",
        'arn = "${aws_iam_instance_profile.web.id}"',
        'arn = "${aws_iam_instance_profile.web.arn}"',
    ),
    "in quotes": (
        "a.tf",
        HCL,
        GOOD_HCL,
        "profile",
        'name = "aws_iam_instance_profile.web.name"',
        "name = aws_iam_instance_profile.web.name",
    ),
    "role in place of profile": (
        "a.tf",
        HCL,
        GOOD_HCL,
        "profile",
        "arn = aws_iam_role.web.arn",
        "arn = aws_iam_instance_profile.web.arn",
    ),
    "role's name in place of profile": (
        "a.tf",
        HCL,
        GOOD_HCL,
        "profile",
        'name = "web-role"',
        "name = aws_iam_instance_profile.web.name",
    ),
    "argument for ARN": (
        "a.tf",
        HCL,
        GOOD_HCL,
        "profile",
        'name = "arn:aws:iam::111122223333:instance-profile/web"',
        'arn = "arn:aws:iam::111122223333:instance-profile/web"',
    ),
    "argument for ARN in a template that is used": (
        "a.tf",
        HCL + USE,
        GOOD_HCL,
        "profile",
        'arn = "team"',
        'name = "team"',
    ),
    "role by name": ("a.tf", HCL, GOOD_HCL, "role", "role = aws_iam_role.web.arn", "role = aws_iam_role.web.name"),
    "role in quotes": (
        "a.tf",
        HCL,
        GOOD_HCL,
        "role",
        'role = "aws_iam_role.web.name"',
        "role = aws_iam_role.web.name",
    ),
    "roles": ("a.tf", HCL, GOOD_HCL, "role", "roles = [aws_iam_role.web.name]", "role = aws_iam_role.web.name"),
    "roles in lines": (
        "a.tf",
        HCL,
        GOOD_HCL,
        "role",
        "roles = [\n    aws_iam_role.web.name,\n  ]",
        "role = aws_iam_role.web.name",
    ),
    "aligned roles": (
        "a.tf",
        HCL.replace('name = "web"\n', 'name  = "web"\n'),
        GOOD_HCL,
        "role",
        'roles = ["${aws_iam_role.web.name}"]',
        'role  = "${aws_iam_role.web.name}"',
    ),
    "identifiers": ("a.tf", HCL, GOOD_HCL, "trust", '["lambda.amazonaws.com"]', f"[{MORE_QUOTED}]"),
    "identifiers in lines": (
        "a.tf",
        HCL,
        GOOD_HCL,
        "trust",
        ITEMS.format("", ""),
        ITEMS.format("", '\n        "ec2.amazonaws.com",'),
    ),
    "identifiers without a comma": (
        "a.tf",
        HCL,
        GOOD_HCL,
        "trust",
        '[\n        "lambda.amazonaws.com" # functions\n      ]',
        '[\n        "lambda.amazonaws.com", # functions\n        "ec2.amazonaws.com"\n      ]',
    ),
    "misspelt identifier": ("a.tf", HCL, GOOD_HCL, "trust", '["ec2.amazonws.com"]', '["ec2.amazonaws.com"]'),
    "encoded": (
        "a.tf",
        CALLS,
        {},
        "trust",
        ENCODED.format('"lambda.amazonaws.com"'),
        ENCODED.format(f"[{MORE_QUOTED}]"),
    ),
    "heredoc": (
        "a.tf",
        CALLS,
        {},
        "trust",
        HEREDOC.format('"lambda.amazonaws.com"'),
        HEREDOC.format(f"[{MORE_QUOTED}]"),
    ),
    "list in a heredoc": (
        "a.tf",
        CALLS,
        {},
        "trust",
        HEREDOC.format('[\n            "lambda.amazonaws.com"\n          ]'),
        HEREDOC.format('[\n            "lambda.amazonaws.com",\n            "ec2.amazonaws.com"\n          ]'),
    ),
    "misspelt in a heredoc": (
        "a.tf",
        CALLS,
        {},
        "trust",
        HEREDOC.format('"ec2.amazon.com"'),
        HEREDOC.format('"ec2.amazonaws.com"'),
    ),
}
EXTENDING = {name for name, case in CASES.items() if "lambda" in case[4]}


def texts(case: Case) -> tuple[str, str]:
    _, around, good, part, wrong, right = case
    return around.format(**{**good, part: wrong}), around.format(**{**good, part: right})


def report(path: Path, *arguments: str) -> dict[str, list[dict[str, str]]]:
    """What a check of one file reports, as JSON."""
    out = (path if path.is_dir() else path.parent) / "report.json"
    run(["check", str(path), "--no-repo-config", "--format", "json", "-o", str(out), *arguments])
    return json.loads(out.read_text(encoding="utf-8"))


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("name", CASES)
def test_a_fix_writes_exactly_this_and_once(tmp_path: Path, name: str, mark: str, line_end: str) -> None:
    before, after = ((mark + text).replace("\n", line_end) for text in texts(CASES[name]))
    path = tmp_path / CASES[name][0]
    path.write_bytes(before.encode())
    found = report(path)["findings"]
    is_extending = name in EXTENDING
    assert [one["fix"] for one in found] == ["unsafe" if is_extending else "safe"]
    options = ["--unsafe-fixes"] if is_extending else []
    remaining = report(path, "--fix", *options)["findings"]
    assert path.read_bytes().decode() == after
    assert [one["rule"] for one in remaining] == (["role-shared-with-other-service"] if is_extending else [])
    assert [one["fix"] for one in remaining] == [None] * len(remaining)
    report(path, "--fix", *options)
    assert path.read_bytes().decode() == after


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case[0] == "a.tf"])
def test_fixed_configurations_are_read_by_another_reader(name: str) -> None:
    assert hcl2.loads(texts(CASES[name])[1])["resource"]


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case[0] != "a.tf"])
def test_fixed_templates_are_valid(name: str) -> None:
    found = cfnlint.api.lint_all(texts(CASES[name])[1])
    assert [match.rule.id for match in found if match.rule.id.startswith("E")] == []


def test_whom_a_role_is_for_is_not_changed_unless_asked(tmp_path: Path) -> None:
    path = tmp_path / "web.yaml"
    before, after = texts(CASES["one service"])
    path.write_text(before, encoding="utf-8")
    out = tmp_path / "report.txt"
    assert run(["check", str(path), "--no-repo-config", "--fix", "-o", str(out)]) == 1
    assert "EC2 can then assume WebRole, which is for lambda.amazonaws.com so far" in out.read_text(encoding="utf-8")
    assert path.read_text(encoding="utf-8") == before
    report(path, "--fix", "--unsafe-fixes")
    assert path.read_text(encoding="utf-8") == after


SECOND = """\
  Second:
    Type: AWS::IAM::InstanceProfile
    Properties: {Roles: [!Ref WebRole]}
"""
LOCAL = "\nlocals {\n  profile = aws_iam_instance_profile.web.arn\n}\n"
VARIABLE = '\nvariable "trust" {\n  default = ["lambda.amazonaws.com"]\n}\n'
# What is written, and the rule whose finding stays.
REFUSED = {
    "two profiles.yaml": (ROLE.format(**{**GOOD, "profile": "!Ref WebRole"}) + SECOND, "role-as-instance-profile"),
    "no profile.tf": (
        'resource "aws_iam_role" "web" {\n  assume_role_policy = "{}"\n}\n\nresource "aws_instance" "web" {\n'
        '  iam_instance_profile = aws_iam_role.web.name\n  metadata_options {\n    http_tokens = "required"\n  }\n}\n',
        "role-as-instance-profile",
    ),
    "parameter.yaml": (
        "Parameters:\n  Trust: {Type: String, Default: lambda.amazonaws.com}\n"
        + ROLE.format(**{**GOOD, "trust": "!Ref Trust"}),
        "role-without-ec2-trust",
    ),
    "anchor.yaml": (ROLE.format(**{**GOOD, "role": "&r !GetAtt WebRole.Arn"}), "mismatched-role-reference"),
    "condition.yaml": (
        "Conditions:\n  Never: !Equals [a, b]\n"
        + ROLE.format(**{**GOOD, "trust": "!If [Never, ec2.amazonaws.com, lambda.amazonaws.com]"}),
        "role-without-ec2-trust",
    ),
    "two statements.yaml": (
        ROLE.format(**{**GOOD, "trust": "lambda.amazonaws.com"}).replace(
            "  WebProfile:",
            "          - {Effect: Allow, Principal: {Service: [ecs.amazonaws.com]}, Action: sts:AssumeRole}\n"
            "  WebProfile:",
        ),
        "role-without-ec2-trust",
    ),
    "two mistakes.yaml": (
        ROLE.format(**{**GOOD, "trust": "[ec2.amazon.com, ec2.amazonaws.com]"}),
        "role-without-ec2-trust",
    ),
    "undeclared.tf": (
        HCL.format(**{**GOOD_HCL, "profile": 'name = "aws_iam_instance_profile.other.name"'}),
        "mismatched-profile-reference",
    ),
    "local.tf": (HCL.format(**{**GOOD_HCL, "profile": "name = local.profile"}) + LOCAL, "mismatched-profile-reference"),
    "variable.tf": (HCL.format(**{**GOOD_HCL, "trust": "var.trust"}) + VARIABLE, "role-without-ec2-trust"),
    "dynamic.tf": (
        HCL.format(**{**GOOD_HCL, "profile": "name = aws_iam_instance_profile.web.arn"})
        .replace("  iam_instance_profile {", '  dynamic "iam_instance_profile" {\n    for_each = [1]\n    content {')
        .replace("web.arn\n  }", "web.arn\n  }\n  }"),
        "mismatched-profile-reference",
    ),
    "several roles.tf": (
        HCL.format(**{**GOOD_HCL, "role": "roles = [aws_iam_role.web.name, aws_iam_role.web.name]"}),
        "deprecated-roles-argument",
    ),
    "comment.tf": (
        HCL.format(**{**GOOD_HCL, "role": "roles = [ # one\n    aws_iam_role.web.name\n  ]"}),
        "deprecated-roles-argument",
    ),
    "escaped.tf": (
        CALLS.format(
            trust='"{\\"Statement\\": {\\"Effect\\": \\"Allow\\", \\"Action\\": \\"sts:AssumeRole\\", '
            '\\"Principal\\": {\\"Service\\": \\"lambda.amazonaws.com\\"}}}"'
        ),
        "role-without-ec2-trust",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_certain_is_left_alone(tmp_path: Path, name: str) -> None:
    text, rule = REFUSED[name]
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    select = ("--select", rule, "--unsafe-fixes", "--fix")
    assert {(one["rule"], one["fix"]) for one in report(path, *select)["findings"]} == {(rule, None)}
    assert path.read_text(encoding="utf-8") == text


def test_a_profile_in_another_module_is_not_referred_to(tmp_path: Path) -> None:
    """Nor is an argument changed that a module is given: what else it uses it for is its own affair."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.tf").write_text(APP, encoding="utf-8")
    for profile, rule in (
        ("aws_iam_instance_profile.web.arn", "mismatched-profile-reference"),
        ("aws_iam_role.web.name", "role-as-instance-profile"),
    ):
        call = f'\nmodule "app" {{\n  source  = "./app"\n  profile = {profile}\n}}\n'
        (tmp_path / "main.tf").write_text(HCL.format(**GOOD_HCL) + call, encoding="utf-8")
        found = report(tmp_path, "--fix", "--unsafe-fixes")["findings"]
        assert [(one["rule"], one["fix"]) for one in found] == [(rule, None)]


APP = """\
variable "profile" {}

resource "aws_instance" "web" {
  ami                  = "ami-0abcdef1234567890"
  iam_instance_profile = var.profile
  metadata_options {
    http_tokens = "required"
  }
}
"""

# How a list is written, and what stands between its last service and EC2 then; "@" is the indentation.
LISTS = {
    "[{}]": ", ",
    "[ {} ]": ", ",
    "[\n@@@{}\n@@]": ",\n@@@",
    "[\n@@@{}, # last\n@@]": None,
    "[\n@@@# all\n@@@{},\n\n@@]": None,
}


@given(
    step=st.sampled_from(["  ", "    ", "\t"]),
    layout=st.sampled_from(list(LISTS)),
    services=st.lists(st.sampled_from(["lambda", "ecs-tasks", "states"]), min_size=1, max_size=3, unique=True),
    line_end=st.sampled_from(["\n", "\r\n"]),
    comment=st.sampled_from(["", " # note", " // note"]),
    is_encoded=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_all_else_stays_in_configurations(
    tmp_path_factory: pytest.TempPathFactory,
    step: str,
    layout: str,
    services: list[str],
    line_end: str,
    comment: str,
    is_encoded: bool,
) -> None:
    names = [f'"{service}.amazonaws.com"' for service in services]
    ec2 = '"ec2.amazonaws.com"'
    apart = ",\n@@@" if "\n" in layout else ", "
    listed = apart.join(names)
    between = LISTS[layout]
    lists = [layout.replace("{}", listed)]
    if between is not None:
        lists.append(layout.replace("{}", f"{listed}{between}{ec2}"))
    else:
        # Behind a comma at the end, in a line of its own with one.
        last = lists[0].index("\n", lists[0].index(names[-1]))
        lists.append(f"{lists[0][:last]}\n@@@{ec2},{lists[0][last:]}")
    made = []
    for trust in lists:
        if is_encoded:
            trust = f'jsonencode({{ Statement = [{{\n@Effect = "Allow",\n@Principal = {{ Service = {trust} }}{comment}'
            text = CALLS.format(trust=trust + '\n@Action = "sts:AssumeRole"\n@}] })')
        else:
            text = HCL.format(**{**GOOD_HCL, "trust": trust}).replace(" # who", comment)
        made.append(text.replace("@", step).replace("\n", line_end).encode())
    path = tmp_path_factory.mktemp("fix") / "main.tf"
    path.write_bytes(made[0])
    select = ("--select", "role-without-ec2-trust", "--fix", "--unsafe-fixes")
    for _ in range(2):
        assert report(path, *select)["findings"] == []
        assert path.read_bytes() == made[1]
    assert hcl2.loads(made[1].decode().replace("\r\n", "\n"))["resource"]


@given(
    step=st.integers(2, 6),
    marks=st.sampled_from(["", "'", '"']),
    comments=st.lists(st.sampled_from(["", " # note", "   #"]), min_size=3, max_size=3),
    services=st.lists(st.sampled_from(["lambda", "ecs-tasks", "states"]), min_size=1, max_size=3, unique=True),
    is_listed=st.booleans(),
    line_end=st.sampled_from(["\n", "\r\n"]),
)
@settings(max_examples=60, deadline=None)
def test_all_else_stays_in_templates(
    tmp_path_factory: pytest.TempPathFactory,
    step: int,
    marks: str,
    comments: list[str],
    services: list[str],
    is_listed: bool,
    line_end: str,
) -> None:
    names = [f"{marks}{service}.amazonaws.com{marks}" for service in services]
    ec2 = f"{marks}ec2.amazonaws.com{marks}"
    lead = " " * 14
    if is_listed:
        trust = "\n".join(f"{lead}-{' ' * step}{name}{comments[0]}" for name in names)
        mended = f"{trust}\n{lead}-{' ' * step}{ec2}"
    else:
        trust = f"{lead}  [{', '.join(names)}]{comments[0]}"
        mended = f"{lead}  [{', '.join([*names, ec2])}]{comments[0]}"
    wrong = {
        "trust": trust,
        "role": f"!GetAtt WebRole.Arn{comments[1]}",
        "profile": f"Arn: !Ref WebProfile{comments[2]}",
    }
    right = {
        "trust": mended,
        "role": f"!Ref WebRole{comments[1]}",
        "profile": f"Arn: !GetAtt WebProfile.Arn{comments[2]}",
    }
    before, after = (TEMPLATE.format(**parts).replace("\n", line_end) for parts in (wrong, right))
    path = tmp_path_factory.mktemp("fix") / "web.yaml"
    path.write_bytes(before.encode())
    report(path, "--fix", "--unsafe-fixes")
    assert path.read_bytes().decode() == after
    report(path, "--fix", "--unsafe-fixes")
    assert path.read_bytes().decode() == after
    loaded = YAML().load(after)["Resources"]
    assert len(loaded["WebRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Service"]) == (
        len(services) + 1
    )

"""Stacks that nest templates: what is passed to them, what they give back, and what of them is judged."""

from __future__ import annotations

import json
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from conftest import failures, judged

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from subprocess import CompletedProcess

    Command = Callable[..., CompletedProcess[str]]
    Write = Callable[[Mapping[str, str]], Path]

TRUSTED = """
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: {Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: sts:AssumeRole}
"""
IDENTITY = f"""
Resources:
  Profile: {{Type: AWS::IAM::InstanceProfile, Properties: {{Roles: [!Ref Role]}}}}{TRUSTED}
Outputs:
  Profile: {{Value: !Ref Profile}}
  Arn: {{Value: !GetAtt Profile.Arn}}
"""
WEB = """
Parameters:
  Tokens: {Type: String, Default: optional, AllowedValues: [required, optional]}
  Profile: {Type: String}
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-1
      IamInstanceProfile: !Ref Profile
      MetadataOptions: {HttpTokens: !Ref Tokens}
"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def make(files: Mapping[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text), encoding="utf-8")
        return tmp_path

    return make


def messages(report: object) -> list[str]:
    return [notice.message for notice in report.notices]  # type: ignore[attr-defined]


def test_a_child_is_judged_with_what_is_passed_to_it(write: Write) -> None:
    top = write(
        {
            "main.yaml": """
            Resources:
              Identity: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ./identity.yaml}}
              Safe:
                Type: AWS::CloudFormation::Stack
                Properties:
                  TemplateURL: web/web.yaml
                  Parameters: {Tokens: required, Profile: !GetAtt Identity.Outputs.Profile}
              Unsafe:
                Type: AWS::CloudFormation::Stack
                Properties:
                  TemplateURL: web/web.yaml
                  Parameters:
                    Tokens: optional
                    Profile: !GetAtt Identity.Outputs.Profile
            """,
            "identity.yaml": IDENTITY,
            "web/web.yaml": WEB,
        }
    )
    report = judged(top)
    assert failures(report) == [("imdsv1-allowed", "Unsafe.Web", 14)]
    (finding,) = report.findings
    assert finding.at.path == "main.yaml"
    assert finding.when is None
    assert ("main.yaml", "nested stack Unsafe is declared here") in [
        (step.at.path, step.message) for step in finding.related
    ]
    assert not report.notices
    assert (report.launches.checked, report.launches.proven, report.launches.failed) == (2, 1, 1)
    assert (report.files.found, report.files.checked) == (3, 3)


def test_a_child_is_judged_with_its_defaults_when_it_is_named_alone(write: Write) -> None:
    top = write(
        {
            "main.yaml": """
            Resources:
              Web:
                Type: AWS::CloudFormation::Stack
                Properties: {TemplateURL: web.yaml, Parameters: {Tokens: required, Profile: web}}
            """,
            "web.yaml": WEB,
        }
    )
    assert failures(judged(top)) == []
    assert failures(judged(top / "main.yaml", top / "web.yaml")) == []
    alone = judged(top / "web.yaml")
    assert failures(alone) == [("imdsv1-allowed", "Web", 3)]
    assert alone.findings[0].when == 'parameter Tokens keeps its default "optional"'


def test_a_parent_that_is_named_alone_reads_its_children(write: Write) -> None:
    top = write(
        {
            "main.yaml": """
            Resources:
              Web: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: web.yaml}}
            """,
            "web.yaml": WEB,
        }
    )
    report = judged(top / "main.yaml", rules=["imdsv1-allowed"])
    # A default of a nested template is nothing that a deployer of the parent can change.
    assert failures(report) == [("imdsv1-allowed", "Web.Web", 3)]
    assert [(finding.at.path, finding.when) for finding in report.findings] == [("web.yaml", None)]
    assert [(step.at.path, step.message) for step in report.findings[0].related if step.at.path == "main.yaml"] == [
        ("main.yaml", "nested stack Web is declared here")
    ]


def test_what_a_parameter_of_the_parent_decides_is_said(write: Write) -> None:
    top = write(
        {
            "main.yaml": """
            Parameters:
              Require: {Type: String, Default: "yes", AllowedValues: ["yes", "no"]}
            Conditions:
              Required: !Equals [!Ref Require, "yes"]
            Resources:
              Web:
                Type: AWS::CloudFormation::Stack
                Properties:
                  TemplateURL: web.yaml
                  Parameters: {Tokens: !If [Required, required, !Ref AWS::NoValue], Profile: web}
            """,
            "web.yaml": WEB,
        }
    )
    report = judged(top, rules=["imdsv1-allowed"])
    assert [(finding.verdict, finding.address, finding.when) for finding in report.findings] == [
        ("undecided", "Web.Web", 'fails when parameter Require is "no"')
    ]


def test_a_child_exists_where_its_stack_and_its_own_condition_say_so(write: Write) -> None:
    top = write(
        {
            "main.yaml": """
            Parameters:
              Env: {Type: String, Default: prod, AllowedValues: [prod, test]}
            Conditions:
              Test: !Equals [!Ref Env, test]
            Resources:
              Web:
                Type: AWS::CloudFormation::Stack
                Condition: Test
                Properties: {TemplateURL: web.yaml, Parameters: {Env: !Ref Env}}
            """,
            "web.yaml": """
            Parameters:
              Env: {Type: String}
            Conditions:
              Prod: !Equals [!Ref Env, prod]
            Resources:
              Never: {Type: AWS::EC2::Instance, Condition: Prod, Properties: {ImageId: ami-1}}
              Sometimes: {Type: AWS::EC2::Instance, Properties: {ImageId: ami-1}}
            """,
        }
    )
    report = judged(top, rules=["missing-instance-profile"])
    assert [(finding.address, finding.when) for finding in report.findings] == [
        ("Web.Sometimes", 'it exists: parameter Env is "test"')
    ]


def test_children_are_linked_through_outputs_and_names(write: Write) -> None:
    top = write(
        {
            "main.yaml": """
            Resources:
              Base: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: base.yaml}}
              Web:
                Type: AWS::EC2::Instance
                Properties:
                  LaunchTemplate: {LaunchTemplateName: shared, Version: !GetAtt Base.Outputs.Version}
            """,
            "base.yaml": """
            Resources:
              Profile: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: [web]}}
              Template:
                Type: AWS::EC2::LaunchTemplate
                Properties:
                  LaunchTemplateName: shared
                  LaunchTemplateData:
                    MetadataOptions: {HttpTokens: optional}
                    IamInstanceProfile: {Arn: !GetAtt Profile.Arn}
            Outputs:
              Version: {Value: !GetAtt Template.LatestVersionNumber}
            """,
        }
    )
    report = judged(top)
    assert failures(report) == [("imdsv1-allowed", "Base.Template", 9)]
    assert [finding.at.path for finding in report.findings if finding.verdict == "fail"] == ["base.yaml"]
    assert not report.notices


def test_outputs_flow_through_two_levels(write: Write) -> None:
    top = write(
        {
            "main.yaml": """
            Resources:
              Middle: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: middle/middle.yaml}}
              Web:
                Type: AWS::EC2::Instance
                Properties:
                  IamInstanceProfile: !GetAtt [Middle, Outputs.Profile]
                  MetadataOptions: {HttpTokens: required}
            """,
            "middle/middle.yaml": """
            Resources:
              Inner: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ../inner.yaml}}
            Outputs:
              Profile: {Value: !Sub "${Inner.Outputs.Profile}"}
            """,
            "inner.yaml": IDENTITY.replace("ec2.amazonaws.com", "lambda.amazonaws.com"),
        }
    )
    report = judged(top)
    assert [(rule, address) for rule, address, _ in failures(report)] == [
        ("role-without-ec2-trust", "Middle.Inner.Role")
    ]
    assert report.files.checked == 3
    assert not report.notices


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("https://s3.amazonaws.com/b/web.yaml", "its template https://s3.amazonaws.com/b/web.yaml is not here"),
        ("s3://b/web.yaml?X-Amz-Signature=FAKE", "its template s3://b/web.yaml is not here"),
        (
            "!Sub 'https://${Bucket}.s3.amazonaws.com/web.yaml'",
            "https://${Bucket}.s3.amazonaws.com/web.yaml is not here",
        ),
        ("!Ref Bucket", "its template (parameter Bucket) is not here"),
        ("!Ref AWS::NoValue", "its TemplateURL is not here"),
        ("none.yaml", "its template none.yaml is not a file here"),
        ("../outside.yaml", "its template ../outside.yaml lies outside the repository"),
        ("data.yaml", "its template data.yaml is not a template"),
        ("main.yaml", "its template main.yaml nests itself"),
    ],
)
def test_a_template_that_is_not_read_is_named_once(write: Write, url: str, message: str) -> None:
    text = """
    Parameters:
      Bucket: {Type: String, AllowedValues: [a, b]}
    Resources:
      Inner:
        Type: AWS::CloudFormation::Stack
        Properties: {TemplateURL: URL}
      Web:
        Type: AWS::EC2::Instance
        Properties: {IamInstanceProfile: !GetAtt Inner.Outputs.Profile, MetadataOptions: {HttpTokens: required}}
    """
    top = write({"top/main.yaml": text.replace("URL}", f"{url}}}"), "top/data.yaml": "a: 1"})
    (top / "outside.yaml").write_text("Resources: {A: {Type: AWS::X::Y}}", encoding="utf-8")
    report = judged(top / "top")
    (notice,) = report.notices
    assert (notice.kind, notice.path) == ("unresolved", "main.yaml")
    assert notice.message.startswith("nested stack Inner is not checked: its ")
    assert notice.message.endswith(message)
    assert failures(report) == []


def test_a_child_that_cannot_be_read_is_incomplete(write: Write, iplint: Command) -> None:
    top = write(
        {
            "main.yaml": "Resources: {W: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: broken.yaml}}}",
            "broken.yaml": "Resources: {Type: AWS::EC2::Instance",
        }
    )
    for paths in (("main.yaml",), (".",)):
        done = iplint("check", *paths, "--format", "json", cwd=top)
        notices = json.loads(done.stdout)["notices"]
        assert done.returncode == 3
        assert sorted((notice["kind"], notice["path"]) for notice in notices) == [
            ("unreadable", "broken.yaml"),
            ("unresolved", "main.yaml"),
        ]


def test_templates_that_nest_each_other_end(write: Write) -> None:
    nests = """
    Resources:
      S: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: WHERE}}
      I: {Type: AWS::EC2::Instance}
    """
    top = write({"a.yaml": nests.replace("WHERE", "b.yaml", 1), "b.yaml": nests.replace("WHERE", "./a.yaml", 1)})
    report = judged(top, rules=["missing-instance-profile"])
    assert sorted(finding.address for finding in report.findings) == ["I", "S.I"]
    assert messages(report) == ["nested stack S.S is not checked: its template ./a.yaml nests itself"]


def test_deep_and_wide_nesting_is_cut_off_with_a_notice(write: Write) -> None:
    def nests(*urls: str) -> str:
        stacks = "".join(
            f"\n  S{number}: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {url}}}}}"
            for number, url in enumerate(urls)
        )
        return f"Resources:\n  I: {{Type: AWS::EC2::Instance}}{stacks}\n"

    deep = write({f"{number:02}.yaml": nests(f"{number + 1:02}.yaml") for number in range(30)})
    report = judged(deep / "00.yaml", rules=["missing-instance-profile"])
    assert report.launches.checked == 21
    (message,) = messages(report)
    assert message.endswith("its template 21.yaml is nested more than 20 levels deep")
    wide = write({f"{number:02}.yaml": nests(*[f"{number + 1:02}.yaml"] * 3) for number in range(15)})
    report = judged(wide / "00.yaml", rules=["missing-instance-profile"])
    assert report.launches.checked <= 1_001
    assert any("more than iplint follows" in message for message in messages(report))


@pytest.mark.parametrize("url", ["NEXT", "!Ref Next"], ids=["written out", "by a parameter"])
def test_a_root_with_more_nested_stacks_than_are_followed_has_none_of_them(write: Write, url: str) -> None:
    def nests(number: int) -> str:
        following = f"{number + 1:02}.yaml"
        stack = f"{{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {url.replace('NEXT', following)}}}}}"
        return (
            f"Parameters:\n  Next: {{Type: String, Default: {following}}}\n"
            "Resources:\n  I: {Type: AWS::EC2::Instance}\n"
            + "".join(f"  {name}: {stack}\n" for name in "AB" if number < 11)
        )

    top = write({f"{number:02}.yaml": nests(number) for number in range(12)})
    report = judged(top, rules=["missing-instance-profile"])
    refused = {notice.path for notice in report.notices if "is one of more than 1,000 nested" in notice.message}
    assert {"00.yaml", "01.yaml", "02.yaml"} <= refused
    assert "03.yaml" not in refused
    assert {notice.kind for notice in report.notices} <= {"unreadable", "unresolved"}
    # What they nest is checked for itself: the fourth one has 510 stacks.
    found = {finding.address.count(".") for finding in report.findings if finding.at.path == "11.yaml"}
    assert max(found) == 8
    assert {finding.at.path for finding in report.findings} == {f"{number:02}.yaml" for number in range(12)}


def test_an_output_that_is_not_declared_is_named(write: Write) -> None:
    top = write(
        {
            "main.yaml": """
            Resources:
              Identity: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: identity.yaml}}
              Web:
                Type: AWS::EC2::Instance
                Properties: {IamInstanceProfile: !GetAtt Identity.Outputs.Misspelt}
            """,
            "identity.yaml": IDENTITY,
        }
    )
    assert messages(judged(top)) == ["nested stack Identity has no output Misspelt"]


def test_a_key_in_a_child_is_one_finding_however_often_it_is_nested(write: Write) -> None:
    top = write(
        {
            "main.yaml": """
            Resources:
              One: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: web.yaml}}
              Two: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: web.yaml}}
            """,
            "web.yaml": """
            Resources:
              Web:
                Type: AWS::EC2::Instance
                Properties: {UserData: !Base64 "export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7FAKE123"}
            """,
        }
    )
    report = judged(top, rules=["hardcoded-access-key"])
    assert [(rule, address) for rule, address, _ in failures(report)] == [("hardcoded-access-key", "One.Web")]


def test_a_nested_stack_that_a_cloud_development_kit_made(write: Write) -> None:
    stack = {
        "Resources": {
            "Web": {
                "Type": "AWS::CloudFormation::Stack",
                "Properties": {
                    "TemplateURL": {"Fn::Sub": "https://s3.${AWS::Region}.${AWS::URLSuffix}/assets/0123.json"},
                    "Parameters": {"Tokens": "required", "Profile": "web"},
                },
                "Metadata": {"aws:asset:path": "web.nested.template.json", "aws:asset:property": "TemplateURL"},
            }
        }
    }
    write({"cdk.out/Main.template.json": json.dumps(stack)})
    top = write({"cdk.out/web.nested.template.json": WEB})
    report = judged(top)
    assert failures(report) == []
    assert report.launches.checked == 1
    assert not report.notices


IMPORTING = """
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      IamInstanceProfile: !ImportValue Net-Profile
      MetadataOptions: {HttpTokens: !ImportValue {"Fn::Sub": "Net-Tokens"}}
"""
EXPORTING = """
Parameters:
  Tokens: {Type: String, Default: optional}
Resources:
  Profile: {Type: AWS::IAM::InstanceProfile, Properties: {InstanceProfileName: web, Roles: [web]}}
Outputs:
  Tokens: {Value: optional, Export: {Name: Net-Tokens}}
  Profile: {Value: !Ref Profile, Export: {Name: !Join ["-", [Net, Profile]]}}
"""


@pytest.mark.parametrize("name", ["a.yaml", "z.yaml"])
def test_an_import_is_what_the_one_other_template_exports(write: Write, name: str) -> None:
    top = write({"main.yaml": IMPORTING, name: EXPORTING})
    report = judged(top, rules=["imdsv1-allowed", "missing-instance-profile"])
    assert failures(report) == [("imdsv1-allowed", "Web", 7)]
    assert report.findings[0].at.path == name
    assert report.findings[0].when is None


@pytest.mark.parametrize(
    ("others", "named"),
    [
        ({}, ""),
        (
            {"one.yaml": EXPORTING, "two.yaml": EXPORTING},
            ", which may be output Tokens of one.yaml or output Tokens of two.yaml",
        ),
        ({"other.yaml": EXPORTING.replace("Net-Tokens", "Net-Others")}, ""),
        (
            {"stack.yaml": EXPORTING.replace("Value: optional", "Value: !Sub '${AWS::StackName}-x'")},
            ", which is output Tokens of stack.yaml",
        ),
        (
            {"circle.yaml": EXPORTING.replace("Value: optional", "Value: !ImportValue Net-Tokens")},
            ", which is output Tokens of circle.yaml",
        ),
    ],
    ids=["none", "two", "another name", "unknown", "circle"],
)
def test_an_import_that_nothing_settles_is_undecided(write: Write, others: Mapping[str, str], named: str) -> None:
    top = write({"main.yaml": IMPORTING, **others})
    report = judged(top, rules=["imdsv1-allowed"])
    assert [(finding.verdict, finding.when) for finding in report.findings] == [
        ("undecided", f"depends on import Net-Tokens{named}")
    ]


def exporting(tokens: str, value: str = "!Ref Tokens", more: str = "") -> str:
    """A template that exports a parameter, as it is declared."""
    parameters = f"\nParameters:\n  Tokens: {{Type: String, {tokens}}}\n  Env: {{Type: String, Default: dev}}\n{more}"
    return parameters + EXPORTING[EXPORTING.index("Resources:") :].replace("Value: optional", f"Value: {value}")


@pytest.mark.parametrize(
    ("exports", "wanted"),
    [
        (exporting("Default: optional"), ("fail", 'parameter Tokens of net.yaml keeps its default "optional"')),
        (exporting("Default: required"), None),
        (
            exporting("Default: optional, AllowedValues: [optional, required]"),
            ("fail", 'parameter Tokens of net.yaml keeps its default "optional"'),
        ),
        (
            exporting("Default: required, AllowedValues: [optional, required]"),
            ("undecided", 'fails when parameter Tokens of net.yaml is "optional"'),
        ),
        (exporting("AllowedValues: [optional, off]"), ("fail", None)),
        (exporting("NoEcho: false"), ("undecided", "depends on parameter Tokens of net.yaml")),
        (
            exporting("Default: x", "!If [C, required, optional]", "Conditions: {C: !Equals [!Ref Env, prod]}\n"),
            ("fail", 'parameter Env of net.yaml keeps its default "dev"'),
        ),
        (
            exporting("Default: x", "!If [C, required, optional]", "Conditions: {C: !Equals [!Ref AWS::Region, x]}\n"),
            ("undecided", 'fails when AWS::Region of net.yaml is not "x"'),
        ),
    ],
)
def test_what_the_exporting_template_leaves_open_decides_the_import(
    write: Write, exports: str, wanted: tuple[str, str] | None
) -> None:
    report = judged(write({"main.yaml": IMPORTING, "net.yaml": exports}), rules=["imdsv1-allowed"])
    found = [(finding.verdict, finding.when) for finding in report.findings if finding.address == "Web"]
    assert found == ([wanted] if wanted else [])


def test_an_import_of_an_import_rests_on_the_first_template(write: Write) -> None:
    between = EXPORTING.replace("Value: optional", "Value: !ImportValue Deep-Tokens")
    deep = exporting("Default: optional").replace("Net-", "Deep-").replace("[Net,", "[Deep,")
    report = judged(write({"main.yaml": IMPORTING, "net.yaml": between, "deep.yaml": deep}), rules=["imdsv1-allowed"])
    assert [(finding.address, finding.verdict, finding.when) for finding in report.findings] == [
        ("Web", "fail", 'parameter Tokens of deep.yaml keeps its default "optional"')
    ]


def test_two_imports_of_one_parameter_vary_together(write: Write) -> None:
    """The instance is created only where the exported parameter, which is its token setting as well, is required."""
    main = IMPORTING.replace("Web:", "Web:\n    Condition: Safe") + (
        "\nConditions: {Safe: !Equals [!ImportValue Net-Tokens, required]}\n"
    )
    exports = exporting("Default: required, AllowedValues: [optional, required]")
    report = judged(write({"main.yaml": main, "net.yaml": exports}), rules=["imdsv1-allowed"])
    assert not report.findings


RULED = (
    WEB.replace("required, optional]", "required, optional, open]")
    + """
Rules: {Tokens: {Assertions: [{Assert: !Not [!Equals [!Ref Tokens, WRONG]]}]}}
"""
)


@pytest.mark.parametrize(
    ("wrong", "condition", "wanted"),
    [
        ("optional", "", []),
        ("other", "", [("undecided", 'fails when parameter Tokens is "optional"')]),
        # Nothing is asserted by a stack that may not be made.
        ("optional", "    Condition: Maybe\n", [("undecided", 'fails when parameter Tokens is "optional"')]),
    ],
)  # fmt: skip
def test_an_assertion_of_a_nested_template_narrows_what_is_passed(
    write: Write, wrong: str, condition: str, wanted: list[tuple[str, str]]
) -> None:
    main = (
        "Parameters: {Tokens: {Type: String, Default: required, AllowedValues: [required, optional]}}\n"
        "Conditions: {Maybe: !Equals [!ImportValue made, 'yes']}\n"
        f"Resources:\n  In:\n    Type: AWS::CloudFormation::Stack\n{condition}"
        "    Properties: {TemplateURL: web.yaml, Parameters: {Tokens: !Ref Tokens, Profile: web}}\n"
        "  Own:\n    Type: AWS::EC2::Instance\n"
        "    Properties: {IamInstanceProfile: web, MetadataOptions: {HttpTokens: !Ref Tokens}}\n"
    )
    top = write({"main.yaml": main, "web.yaml": RULED.replace("WRONG", wrong)})
    report = judged(top, rules=["imdsv1-allowed"])
    found = [(finding.verdict, finding.when) for finding in report.findings if finding.address == "Own"]
    assert found == wanted


def test_a_nested_template_exports_what_is_passed_to_it(write: Write) -> None:
    outer = """
    Resources:
      Net:
        Type: AWS::CloudFormation::Stack
        Properties: {TemplateURL: net.yaml, Parameters: {Tokens: required}}
    """
    exporting = EXPORTING.replace("Value: optional", "Value: !Ref Tokens")
    top = write({"main.yaml": IMPORTING, "outer.yaml": outer, "net.yaml": exporting})
    report = judged(top, rules=["imdsv1-allowed"])
    assert report.findings == []
    assert report.launches.proven == 1


ROLE_EXPORTING = """
Resources:
  AppRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: "sts:AssumeRole"}]
  Profile: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: [!Ref AppRole]}}
  App:
    Type: AWS::EC2::Instance
    Properties: {IamInstanceProfile: !Ref Profile, MetadataOptions: {HttpTokens: required}}
Outputs:
  Role: {Value: !Ref AppRole, Export: {Name: !Sub "${AWS::StackName}-role"}}
  Arn: {Value: !GetAtt AppRole.Arn, Export: {Name: app-role-arn}}
"""
STATEMENT = '{Statement: [{Effect: Allow, Action: "*", Resource: "*"}]}'


@pytest.mark.parametrize(
    "grant",
    [
        "AWS::IAM::Policy, Properties: {Roles: [!ImportValue {'Fn::Sub': '${Base}-role'}], ",
        "AWS::IAM::Policy, Properties: {Roles: [!ImportValue base-role], ",
        "AWS::IAM::RolePolicy, Properties: {RoleName: !ImportValue base-role, ",
        "AWS::IAM::ManagedPolicy, Properties: {Roles: [!Select [1, !Split ['/', !ImportValue app-role-arn]]], ",
    ],
)
def test_a_policy_for_an_imported_role_counts_for_the_launches_of_the_other_template(write: Write, grant: str) -> None:
    granting = (
        f"Parameters: {{Base: {{Type: String}}}}\nResources:\n  App: {{Type: {grant}PolicyDocument: {STATEMENT}}}}}"
    )
    report = judged(write({"app.yaml": ROLE_EXPORTING, "grants.yaml": granting}), rules=["administrator-access"])
    [finding] = [finding for finding in report.findings if finding.severity.word == "critical"]
    assert (finding.rule, finding.at.path) == ("administrator-access", "grants.yaml")
    assert (report.launches.failed, report.launches.proven) == (1, 0)


def test_an_import_that_may_be_one_of_several_exports_leaves_the_launches_behind_each_undecided(write: Write) -> None:
    granting = (
        "Parameters: {Base: {Type: String}}\nResources:\n  Grant: {Type: AWS::IAM::Policy, Properties: "
        f"{{Roles: [!ImportValue {{'Fn::Sub': '${{Base}}-role'}}], PolicyDocument: {STATEMENT}}}}}"
    )
    files = {"app.yaml": ROLE_EXPORTING, "other.yaml": ROLE_EXPORTING.replace("app-role", "x"), "grants.yaml": granting}
    report = judged(write(files), rules=["administrator-access"])
    failing = [(finding.address, finding.severity.word) for finding in report.findings if finding.is_failure]
    assert failing == [("Grant", "high")]
    assert all("whether output Role" in finding.message for finding in report.findings if not finding.is_failure)
    assert (report.launches.undecided, report.launches.proven) == (2, 0)


def test_an_import_names_the_outputs_that_it_may_be(write: Write) -> None:
    importing = "Resources:\n  Web: {Type: AWS::EC2::Instance, Properties: {IamInstanceProfile: !ImportValue NAME}}\n"
    exporting = ROLE_EXPORTING.replace("app-role-arn", "net-profile").replace("AppRole.Arn", "Profile.Arn")
    files = {"a.yaml": importing.replace("NAME", "net-profile"), "net.yaml": exporting}
    report = judged(write(files), rules=["role-without-ec2-trust"])
    assert [finding.when for finding in report.findings] == [
        "depends on import net-profile, which is output Arn of net.yaml"
    ]
    report = judged(write({"other.yaml": exporting}), rules=["role-without-ec2-trust"])
    assert [finding.when for finding in report.findings] == [
        "depends on import net-profile, which may be output Arn of net.yaml or output Arn of other.yaml"
    ]


def test_an_import_by_stack_name_names_the_one_output_that_it_may_be(write: Write) -> None:
    importing = (
        "Parameters: {Base: {Type: String}}\nResources:\n  Web: {Type: AWS::EC2::Instance, Properties: "
        "{IamInstanceProfile: !ImportValue {'Fn::Sub': '${Base}-Profile'}}}"
    )
    exporting = EXPORTING.replace('!Join ["-", [Net, Profile]]', '!Sub "${AWS::StackName}-Profile"')
    report = judged(write({"main.yaml": importing, "net.yaml": exporting}), rules=["role-without-ec2-trust"])
    assert [finding.when for finding in report.findings] == [
        "depends on import ${Base}-Profile, which may be output Profile of net.yaml"
    ]


@pytest.mark.parametrize("value", ["!Ref Grant", "!GetAtt Grant.PolicyArn"])
def test_a_policy_that_a_role_imports_counts(write: Write, value: str) -> None:
    importing = ROLE_EXPORTING[: ROLE_EXPORTING.index("Outputs:")].replace(
        "    Properties:\n", "    Properties:\n      ManagedPolicyArns: [!ImportValue grant]\n", 1
    )
    exporting = (
        f"Resources:\n  Grant: {{Type: AWS::IAM::ManagedPolicy, Properties: {{PolicyDocument: {STATEMENT}}}}}\n"
        f"Outputs:\n  Grant: {{Value: {value}, Export: {{Name: grant}}}}\n"
    )
    report = judged(write({"app.yaml": importing, "grants.yaml": exporting}), rules=["administrator-access"])
    assert [finding.severity.word for finding in report.findings if finding.is_failure] == ["critical"]
    assert report.launches.failed == 1

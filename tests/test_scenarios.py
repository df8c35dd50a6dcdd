"""Which scenarios are tried, and what is concluded from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iplint.finding import Fail, Report
from iplint.judging.exploration import MAX_RUNS, RuleRun, explore
from iplint.location import Source, Span
from iplint.scenario import Scenario
from iplint.value import ANY, OTHER, Input

if TYPE_CHECKING:
    from pathlib import Path
    from subprocess import CompletedProcess

    from iplint.scenario import Assignment

    Command = Callable[..., CompletedProcess[str]]

AT = Span(Source("t", "text"), 0, 4)


def flag(name: str, default: bool | None = False) -> Input:
    return Input(name, name, default, [True, False], closed=True)


def ran(fails: bool, *touched: Input) -> RuleRun:
    return RuleRun(True, {"": Fail(AT, "broken")} if fails else {}, list(touched))


def failing(run: Callable[[Assignment], RuleRun]) -> list[Assignment]:
    return [trial.assignment for trial in explore(run).trials if trial.run.verdicts]


def test_nested_inputs_are_followed_to_the_one_failing_world() -> None:
    """Ten nested conditions: each is read only when the one before it holds."""
    inputs = [flag(f"c{number}") for number in range(10)]

    def run(assignment: Assignment) -> RuleRun:
        touched = []
        for input in inputs:
            touched.append(input)
            if assignment.get(input.key) is not True:
                return ran(False, *touched)
        return ran(True, *touched)

    assert failing(run) == [{input.key: True for input in inputs}]
    assert explore(run).complete


def test_every_allowed_value_of_one_input_is_tried() -> None:
    size = Input("size", "size", "s0", [f"s{number}" for number in range(200)], closed=True)

    def run(assignment: Assignment) -> RuleRun:
        return ran(assignment.get("size") == "s199", size)

    assert failing(run) == [{"size": "s199"}]


def test_reaching_the_limit_is_told() -> None:
    inputs = [flag(f"c{number}") for number in range(30)]
    explored = explore(lambda assignment: ran(ANY in assignment.values(), *inputs))
    assert not explored.complete
    assert len(explored.trials) <= 1 + 30 + MAX_RUNS


def test_inputs_that_decide_nothing_do_not_multiply_the_runs() -> None:
    texts = [Input(f"t{number}", f"t{number}", "a", [*"abcdefgh"], closed=True) for number in range(8)]

    def run(assignment: Assignment) -> RuleRun:
        return ran(assignment.get("on") is True, flag("on"), *texts)

    assert explore(run).complete
    assert failing(run)[0] == {"on": True}


def test_an_input_that_decides_together_with_another_one_is_not_passed_over() -> None:
    texts = [Input(f"t{number}", f"t{number}", "a", [*"abcdefgh"], closed=True) for number in range(8)]

    def run(assignment: Assignment) -> RuleRun:
        one, other = assignment.get("t3", "a"), assignment.get("t6", "a")
        fails = one in ("h", ANY) and other in ("h", ANY)
        return ran(fails, *texts)

    assert not explore(run).complete or failing(run)


def test_values_that_only_fill_in_texts_are_not_combined() -> None:
    texts = [Input(f"t{number}", f"t{number}", "web") for number in range(12)]
    switch = flag("c")
    late = Input("late", "late", "web")

    def run(assignment: Assignment) -> RuleRun:
        is_on = assignment.get("c") is True
        return ran(is_on and assignment.get("late") is OTHER, *texts, switch, *([late] if is_on else ()))

    explored = explore(run)
    assert explored.complete
    tried = [trial.assignment for trial in explored.trials]
    assert all({text.key: OTHER} in tried for text in texts)
    # What only another choice reads is changed together with it.
    assert failing(run) == [{"c": True, "late": OTHER}]


def test_an_input_compared_with_literals_is_tried_with_each_and_with_anything_else() -> None:
    env = Input("Env", "parameter Env", "prod", ["prod", "test"])
    tried = {repr(trial.assignment.get("Env")) for trial in explore(lambda assignment: ran(False, env)).trials}
    assert tried == {"None", "'test'", repr(OTHER)}


@given(st.lists(st.booleans(), min_size=32, max_size=32))
def test_five_inputs_are_tried_in_all_combinations(truth: list[bool]) -> None:
    inputs = [flag(f"c{number}") for number in range(5)]

    def index(assignment: Assignment) -> int:
        return sum(1 << number for number, input in enumerate(inputs) if assignment.get(input.key) is True)

    explored = explore(lambda assignment: ran(truth[index(assignment)], *inputs))
    found = {index(trial.assignment) for trial in explored.trials if trial.run.verdicts}
    assert found == {number for number, fails in enumerate(truth) if fails}


def instance(tokens: str, more: str = "") -> str:
    return f"""
Parameters:
  Env: {{Type: String, Default: legacy, AllowedValues: [legacy, modern]}}
  Free: {{Type: String, Default: required}}
  Given: {{Type: String}}
  Both: {{Type: String, AllowedValues: [optional, open]}}
  Some: {{Type: String, AllowedValues: [optional, required]}}
Conditions:
  Legacy: !Equals [!Ref Env, legacy]
  Imported: !Equals [!ImportValue x, "yes"]
Resources:
  Host:
    Type: AWS::EC2::Instance
    {more}
    Properties:
      IamInstanceProfile: web
      MetadataOptions: {{HttpTokens: {tokens}}}
"""


def told(report: Report) -> list[tuple[str, str | None]]:
    return [(finding.verdict, finding.when) for finding in report.findings if finding.rule == "imdsv1-allowed"]


def test_a_failure_that_rests_on_a_default_says_so(template: Callable[..., Report]) -> None:
    report = template(instance("!If [Legacy, optional, required]"))
    assert told(report) == [("fail", 'parameter Env keeps its default "legacy"')]


def test_a_failure_in_every_world_rests_on_nothing(template: Callable[..., Report]) -> None:
    assert told(template(instance("!If [Legacy, optional, open]"))) == [("fail", None)]


def test_a_pass_by_default_that_fails_for_another_allowed_value_is_undecided(template: Callable[..., Report]) -> None:
    report = template(instance("!If [Legacy, required, optional]"))
    assert told(report) == [("undecided", 'fails when parameter Env is "modern"')]


def test_a_free_string_with_a_safe_default_passes(template: Callable[..., Report]) -> None:
    assert told(template(instance("!Ref Free"))) == []


def test_an_input_without_value_is_undecided_and_named(template: Callable[..., Report]) -> None:
    assert told(template(instance("!Ref Given"))) == [("undecided", "depends on parameter Given")]


def test_an_input_without_value_whose_every_choice_fails_fails(template: Callable[..., Report]) -> None:
    assert told(template(instance("!Ref Both"))) == [("fail", None)]


def test_an_input_without_value_with_a_failing_choice_says_which(template: Callable[..., Report]) -> None:
    assert told(template(instance("!Ref Some"))) == [("undecided", 'fails when parameter Some is "optional"')]


def test_a_condition_that_nothing_settles_is_assumed_both_ways(template: Callable[..., Report]) -> None:
    assert told(template(instance("!If [Imported, optional, open]"))) == [("fail", None)]
    assert [verdict for verdict, _ in told(template(instance("!If [Imported, optional, required]")))] == ["undecided"]


def test_a_launch_is_judged_given_that_it_exists(template: Callable[..., Report]) -> None:
    """Under the condition of the resource itself the other branch is never taken."""
    assert told(template(instance("!If [Legacy, required, optional]", "Condition: Legacy"))) == []
    assert told(template(instance("!If [Legacy, optional, required]", "Condition: Legacy"))) == [("fail", None)]


def test_what_exists_in_no_default_world_is_judged_where_it_does(template: Callable[..., Report]) -> None:
    text = instance("optional", "Condition: Modern").replace(
        "  Imported:", "  Modern: !Equals [!Ref Env, modern]\n  Imported:"
    )
    assert told(template(text)) == [("fail", 'it exists: parameter Env is "modern"')]


def test_values_given_on_the_command_line_are_not_varied(template: Callable[..., Report]) -> None:
    report = template(instance("!If [Legacy, required, optional]"), parameters={"Env": "legacy"})
    assert told(report) == []


def flags(number: int) -> str:
    """So many parameters and, for each, the condition that it is set."""
    parameters = "".join(
        f"  P{one}: {{Type: String, Default: 'no', AllowedValues: ['no', 'yes']}}\n" for one in range(number)
    )
    conditions = "".join(f"  C{one}: !Equals [!Ref P{one}, 'yes']\n" for one in range(number))
    return f"Parameters:\n{parameters}Conditions:\n{conditions}"


def host(name: str, tokens: str, condition: str = "") -> str:
    return (
        f"  {name}:\n    Type: AWS::EC2::Instance\n"
        + (f"    Condition: {condition}\n" if condition else "")
        + f"    Properties: {{IamInstanceProfile: web, MetadataOptions: {{HttpTokens: {tokens}}}}}\n"
    )


@pytest.mark.parametrize("seen", ["yes", "no"])
def test_ten_nested_choices_hide_no_failure(template: Callable[..., Report], seen: str) -> None:
    """The one failing branch is the innermost, or stands beside the deepest choice but one."""
    tokens = "optional" if seen == "yes" else "required"
    for number in reversed(range(10)):
        other = "optional" if seen == "no" and number == 9 else "required"
        tokens = f"!If [C{number}, {tokens}, {other}]"
    report = template(f"{flags(10)}Resources:\n{host('Host', tokens)}")
    set_ones = range(10) if seen == "yes" else range(9)
    choices = " and ".join(f'parameter P{number} is "yes"' for number in set_ones)
    assert told(report) == [("undecided", f"fails when {choices}")]
    assert not report.notices


def test_one_of_two_hundred_allowed_values_fails(template: Callable[..., Report]) -> None:
    names = ", ".join(f"v{number}" for number in range(200))
    rows = "".join(f"    v{number}: {{Tokens: required}}\n" for number in range(199))
    report = template(
        f"Parameters:\n  Kind: {{Type: String, Default: v0, AllowedValues: [{names}]}}\n"
        f"Mappings:\n  Kinds:\n{rows}    v199: {{Tokens: optional}}\n"
        f"Resources:\n{host('Host', '!FindInMap [Kinds, !Ref Kind, Tokens]')}"
    )
    assert told(report) == [("undecided", 'fails when parameter Kind is "v199"')]


def test_thirty_conditions_on_thirty_resources_are_all_followed(template: Callable[..., Report]) -> None:
    hosts = "".join(
        host(f"Host{number}", "optional" if number % 3 else "required", f"C{number}") for number in range(30)
    )
    report = template(f"{flags(30)}Resources:\n{hosts}")
    found = {finding.address: finding.when for finding in report.findings if finding.rule == "imdsv1-allowed"}
    assert found == {f"Host{number}": f'it exists: parameter P{number} is "yes"' for number in range(30) if number % 3}
    assert not report.notices


def test_the_same_for_every_hash_seed(tmp_path: Path, iplint: Command) -> None:
    chain = "required"
    for number in range(4):
        chain = f"!If [C{number}, optional, {chain}]"
    hosts = "".join(host(f"Host{number}", chain, f"C{number}") for number in range(4))
    rules = "Rules: {R: {Assertions: [{Assert: !Not [!And [!Equals [!Ref P0, 'yes'], !Equals [!Ref P1, 'yes']]]}]}}\n"
    (tmp_path / "many.yaml").write_text(f"{flags(4)}{rules}Resources:\n{hosts}")
    runs = {
        iplint("check", "--undecided", "--format", "json", ".", cwd=tmp_path, PYTHONHASHSEED=str(seed)).stdout
        for seed in range(20)
    }
    assert len(runs) == 1
    assert "it exists" in runs.pop()


# Assertions


def asserted(rules: str, tokens: str = "!Ref Some") -> str:
    parameters = """\
  Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}
  Tokens: {Type: String, Default: required, AllowedValues: [required, optional]}
  Vpc: {Type: "AWS::EC2::VPC::Id"}
  Kinds: {Type: CommaDelimitedList, Default: "a,b"}
"""
    text = instance(tokens).replace("Conditions:\n", f"{parameters}Conditions:\n  IsProd: !Equals [!Ref Stage, prod]\n")
    return f"{text}Rules:\n  Wanted:\n{rules}"


def asserts(*assertions: str, condition: str = "") -> str:
    rule = f"    RuleCondition: {condition}\n" if condition else ""
    return f"{rule}    Assertions:\n" + "".join(f"      - Assert: {assertion}\n" for assertion in assertions)


OPTIONAL = 'fails when parameter Some is "optional"'


@pytest.mark.parametrize(
    ("assertion", "when"),
    [
        ("!Equals [!Ref Some, required]", None),
        ("!Not [!Equals [!Ref Some, optional]]", None),
        ("{Fn::Contains: [[required, never], !Ref Some]}", None),
        ("{Fn::Contains: [[optional, required], !Ref Some]}", OPTIONAL),
        ("{Fn::EachMemberEquals: [[!Ref Some], required]}", None),
        ("{Fn::EachMemberIn: [[!Ref Some], [required, never]]}", None),
        ("{Fn::EachMemberIn: [!Ref Kinds, [a, b]]}", OPTIONAL),
        ("!And [!Equals [!Ref Some, required], !Equals [!Ref Given, x]]", None),
        ("!Or [!Equals [!Ref Some, required], !Equals [!Ref Given, x]]", OPTIONAL),
        # What only the account knows settles nothing.
        ("{Fn::Equals: [{Fn::ValueOf: [Vpc, Tags.Kind]}, required]}", OPTIONAL),
        ("{Fn::EachMemberIn: [{Fn::ValueOfAll: [String, Tags.A]}, {Fn::RefAll: AWS::EC2::VPC::Id}]}", OPTIONAL),
        ("{Fn::Contains: [{Fn::RefAll: String}, never]}", OPTIONAL),
    ],
)  # fmt: skip
def test_worlds_that_break_an_assertion_are_dropped(
    template: Callable[..., Report], assertion: str, when: str | None
) -> None:
    report = template(asserted(asserts(assertion)))
    assert told(report) == ([("undecided", when)] if when else [])
    assert not report.notices


def test_an_assertion_may_tie_one_parameter_to_another(template: Callable[..., Report]) -> None:
    tied = asserts("!Equals [!Ref Tokens, required]", condition="!Equals [!Ref Stage, prod]")
    assert told(template(asserted(tied, "!If [IsProd, !Ref Tokens, required]"))) == []
    assert told(template(asserted(tied, "!Ref Tokens"))) == [
        ("undecided", 'fails when parameter Tokens is "optional"'),
    ]


def test_a_world_is_mended_by_inputs_that_only_the_assertion_reads(template: Callable[..., Report]) -> None:
    """Tokens may be optional, but not in the stage that is the default; that the stage is another then goes with it."""
    tied = asserts("!Equals [!Ref Tokens, required]", condition="!Equals [!Ref Stage, dev]")
    assert told(template(asserted(tied, "!Ref Tokens"))) == [("undecided", 'fails when parameter Tokens is "optional"')]


def test_a_condition_that_nothing_settles_makes_no_assertion_bind(template: Callable[..., Report]) -> None:
    doubtful = asserts("!Equals [!Ref Some, required]", condition="!Equals [!Ref AWS::Region, eu-west-1]")
    assert told(template(asserted(doubtful)))[0][0] == "undecided"


def test_defaults_that_break_an_assertion_are_no_world(template: Callable[..., Report]) -> None:
    report = template(asserted(asserts("!Equals [!Ref Stage, prod]"), "!If [IsProd, optional, required]"))
    assert told(report) == [("fail", None)]
    assert told(template(asserted(asserts("!Equals [!Ref Stage, prod]"), "!If [IsProd, required, optional]"))) == []


def test_what_an_assertion_makes_a_deployer_choose_leaves_other_defaults_alone(template: Callable[..., Report]) -> None:
    """One of two parameters has to be given; a failure still rests on the default of a third."""
    rule = asserts("!Not [!And [!Equals [!Ref Free, required], !Equals [!Ref Stage, dev]]]")
    assert told(template(asserted(rule, "!If [Legacy, optional, required]"))) == [
        ("fail", 'parameter Env keeps its default "legacy"')
    ]
    assert told(template(asserted(rule, "!If [Legacy, required, optional]"))) == [
        ("undecided", 'fails when parameter Env is "modern"')
    ]


def test_what_exists_in_no_default_world_keeps_its_other_defaults(template: Callable[..., Report]) -> None:
    text = asserted(asserts("!Equals [a, a]"), "!Ref Tokens").replace("Default: required, ", "Default: optional, ")
    assert told(template(text.replace("    Type: AWS::EC2", "    Condition: IsProd\n    Type: AWS::EC2"))) == [
        ("fail", 'it exists: parameter Stage is "prod"')
    ]


@pytest.mark.parametrize("given", [{"Tokens": "optional"}, {}])
def test_an_assertion_that_always_fails_is_told_and_not_applied(
    template: Callable[..., Report], given: dict[str, str]
) -> None:
    assertion = "!Equals [!Ref Tokens, required]" if given else "!Equals [a, b]"
    report = template(asserted(asserts(assertion), "!Ref Tokens"), parameters=given)
    assert [verdict for verdict, _ in told(report)] == ["fail" if given else "undecided"]
    (notice,) = report.notices
    assert notice.at is not None
    assert (notice.kind, notice.at.text) == ("unresolved", assertion.removeprefix("!Equals "))
    assert notice.message.startswith("an assertion of rule Wanted fails whatever is chosen")


@pytest.mark.parametrize("rules", ["    x\n", "    Assertions: x\n", "    Assertions: [x, {}]\n", "    []\n"])
def test_rules_that_cannot_be_read_are_told(template: Callable[..., Report], rules: str) -> None:
    report = template(asserted(rules))
    assert told(report) == [("undecided", OPTIONAL)]
    assert {notice.kind for notice in report.notices} == {"unresolved"}
    assert all("rule Wanted" in notice.message for notice in report.notices)


def test_a_launch_that_no_choice_creates_is_no_launch(template: Callable[..., Report]) -> None:
    report = template("""
Parameters: {Env: {Type: String}}
Conditions:
  Prod: !Equals [!Ref Env, prod]
  Never: !And [!Condition Prod, !Not [!Condition Prod]]
Resources:
  Host: {Type: AWS::EC2::Instance, Condition: Never, Properties: {ImageId: ami-0123456789abcdef0}}
  Real: {Type: AWS::EC2::Instance, Condition: Prod, Properties: {ImageId: ami-0123456789abcdef0}}
""")
    assert {finding.address for finding in report.findings} == {"Real"}
    assert (report.launches.checked, report.launches.failed) == (1, 1)


def test_what_is_made_here_is_made_once_for_each_assignment_and_counts_each_time() -> None:
    scenario, a, b = Scenario({}), flag("a"), flag("b")
    made: list[object] = []

    def make() -> object:
        scenario.untracked(lambda: scenario.choice(b))
        made.append(scenario.choice(a))
        return made[-1]

    for assignment, wanted in (({}, None), ({"a": True}, True), ({}, None), ({"a": True}, True), ({"a": False}, False)):
        with scenario.under(assignment):
            assert scenario.per_scenario("it", make) is wanted
            assert list(scenario.touched) == ["a"]
    assert made == [None, True, False]
    # What a memo holds serves other assignments too, so it has to know of b as well.
    scenario.memo("around", lambda: scenario.per_scenario("it", make))
    assert list(scenario.touched) == ["b", "a"]


def test_instances_of_one_call_and_renderings_of_one_text_are_one_finding(configuration: Callable[..., Report]) -> None:
    report = configuration(
        {
            "main.tf": 'module "job" {\n  source = "./job"\n  for_each = toset(["a", "b"])\n  name = each.key\n}\n'
            'data "template_file" "boot" {\n  template = file("${path.module}/boot.tpl")\n\n'
            '  vars = { color = "blue" }\n}\n'
            'resource "aws_instance" "box" {\n  user_data = data.template_file.boot.rendered\n}\n',
            "boot.tpl": "#!/bin/sh\ncurl http://169.254.169.254/latest/meta-data/local-ipv4\necho $${x} ${color}\n",
            "job/main.tf": 'variable "name" {}\ndata "aws_iam_policy" "own" {\n  name = "own-${var.name}"\n}\n'
            'resource "aws_iam_role" "job" {\n  name = var.name\n  assume_role_policy = "{}"\n}\n'
            'resource "aws_iam_role_policy_attachment" "job" {\n  role = aws_iam_role.job.name\n'
            "  policy_arn = data.aws_iam_policy.own.arn\n}\n",
        }
    )
    rules = [finding.rule for finding in report.findings]
    assert rules.count("imdsv1-call-in-user-data") == 1
    assert rules.count("administrator-access") == 1


def test_an_access_key_id_in_a_tag_or_a_description_is_low(configuration: Callable[..., Report]) -> None:
    report = configuration(
        'resource "aws_iam_user" "app" {\n  name = "app"\n  tags = { key = "AKIAFAKEFAKEFAKEFAK2" }\n}\n'
        'resource "aws_sns_topic" "app" {\n  name = "AKIAFAKEFAKEFAKEFAK3"\n}\n'
    )
    found = {f.at.first[0]: f.severity.word for f in report.findings if f.rule == "hardcoded-access-key"}
    assert found == {3: "low", 6: "critical"}


TOKENS = """\
provider "aws" {{}}
variable "chosen" {{
  {declared}
}}
resource "aws_instance" "web" {{
  metadata_options {{
    http_tokens = {tokens}
  }}
}}
"""
LISTED = 'default = ["eu"]'
MAPPED = 'type = map(string)\n  default = { tokens = "required" }'
NAMED = 'default = "prod"'


@pytest.mark.parametrize(
    ("declared", "tokens", "when"),
    [
        (LISTED, 'length(var.chosen) > 0 ? "required" : "optional"', "var.chosen is []"),
        (LISTED, 'length(compact(var.chosen)) == 0 ? "optional" : "required"', "var.chosen is []"),
        (MAPPED, 'length(keys(var.chosen)) > 0 ? "required" : "optional"', "var.chosen is {}"),
        (LISTED, 'contains(var.chosen, "eu") ? "required" : "optional"', "var.chosen is []"),
        (LISTED, 'var.chosen != [] ? "required" : "optional"', "var.chosen is []"),
        (LISTED, 'var.chosen == null ? "optional" : "required"', "var.chosen is null"),
        (MAPPED, 'try(var.chosen.tokens, "optional")', "var.chosen is {}"),
        (MAPPED, 'try(var.chosen["tokens"], "optional")', "var.chosen is {}"),
        (MAPPED, 'lookup(var.chosen, "tokens", "optional")', "var.chosen is {}"),
        (NAMED, 'var.chosen == null ? "optional" : "required"', "var.chosen is null"),
        (NAMED, 'lookup({ prod = "required" }, var.chosen, "optional")', 'var.chosen is not "prod"'),
        (NAMED, 'try({ prod = "required" }[var.chosen], "optional")', 'var.chosen is not "prod"'),
        ("default = 1", '["optional", "required"][var.chosen]', "var.chosen is 0"),
        ("default = 1", 'element(["optional", "required"], var.chosen)', "var.chosen is 0"),
        # What excludes an empty collection, or null.
        (f"nullable = false\n  {NAMED}", 'var.chosen == null ? "optional" : "required"', None),
        (
            f'{LISTED}\n  validation {{\n    condition = length(var.chosen) > 0\n    error_message = "Name one."\n  }}',
            'length(var.chosen) > 0 ? "required" : "optional"',
            None,
        ),
        ("type = tuple([string])\n  " + LISTED, 'length(var.chosen) > 0 ? "required" : "optional"', None),
        # Nothing asks whether there is anything.
        (LISTED, 'join("", [for place in var.chosen : "required"])', None),
    ],
)
def test_a_filled_default_is_tried_empty_where_the_files_ask_for_that(
    configuration: Callable[..., Report], declared: str, tokens: str, when: str | None
) -> None:
    report = configuration(TOKENS.format(declared=declared, tokens=tokens), rules=["imdsv1-allowed"])
    found = [(finding.verdict, finding.when) for finding in report.findings]
    assert found == ([("undecided", f"fails when {when}")] if when is not None else [])


LETTERS = "[A, B, C, D, E, F, G, H, I]"
BEHIND = """
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: "sts:AssumeRole"}]
  Profile:
    Type: AWS::IAM::InstanceProfile
    Properties: {Roles: [!Ref Role]}
"""


def lettered(text: str, more: str = "", tokens: str = "required", role: str = "") -> str:
    """A template with four parameters of nine values each, and an instance with a script."""
    parameters = "".join(
        f"  {name}: {{Type: String, Default: A, AllowedValues: {LETTERS}}}\n"
        for name in ("One", "Two", "Three", "Four")
    )
    behind = BEHIND.replace("    Properties:\n", f"    Properties:\n      {role}\n", 1)
    return f"""
Parameters:
{parameters}{more}
Resources:{behind}
  Host:
    Type: AWS::EC2::Instance
    Properties:
      IamInstanceProfile: !Ref Profile
      MetadataOptions: {{HttpTokens: {tokens}, HttpEndpoint: !If [On, enabled, disabled]}}
      UserData:
        Fn::Base64: !Sub |
          #!/bin/bash
          {text}
Conditions:
  On: !Not [!Equals [!Ref Four, A]]
"""


@pytest.mark.parametrize(
    ("text", "more", "tokens", "role", "status"),
    [
        ("echo ${One} ${Two} ${Three} ${Four}", "", "required", "", "proven"),
        ("echo ${One}${Two}${Three}${AWS::Region}", "", "required", "", "proven"),
        # Only together do they allow IMDSv1.
        ("echo ${One} ${Two} ${Three}", "", "!If [Free, optional, required]", "", "undecided"),
        (
            "echo ${One} ${Two} ${Three}",
            "",
            "required",
            "ManagedPolicyArns: [!Sub 'arn:aws:iam::aws:policy/${One}${Two}${Three}Access']",
            "undecided",
        ),
    ],
)
def test_parameters_that_only_fill_in_text_prove_as_much_as_one_does(
    template: Callable[..., Report], text: str, more: str, tokens: str, role: str, status: str
) -> None:
    free = "  Free: !And [!Equals [!Ref One, C], !Equals [!Ref Two, C]]\n" if "Free" in tokens else ""
    report = template(lettered(text, more, tokens, role) + free)
    counts = report.launches
    assert (counts.proven, counts.undecided, counts.failed) == (status == "proven", status == "undecided", 0)


@pytest.mark.parametrize(
    ("script", "tokens", "proven"),
    [
        ("echo ${var.one} ${var.two} ${var.three} ${var.four}", "required", 1),
        (
            "echo ${var.one} ${var.two} ${var.three} ${var.four}",
            '${var.one == "c" && var.two == "c" ? "optional" : "required"}',
            0,
        ),
    ],
)
def test_so_do_variables(configuration: Callable[..., Report], script: str, tokens: str, proven: int) -> None:
    variables = "".join(
        f"""
variable "{name}" {{
  default = "a"
  validation {{
    condition     = contains(["a", "b", "c", "d", "e", "f", "g", "h", "i"], var.{name})
    error_message = "one of them"
  }}
}}
"""
        for name in ("one", "two", "three", "four")
    )
    text = f"""{variables}
provider "aws" {{}}

resource "aws_iam_role" "node" {{
  assume_role_policy = jsonencode({{
    Statement = [{{ Effect = "Allow", Principal = {{ Service = "ec2.amazonaws.com" }}, Action = "sts:AssumeRole" }}]
  }})
}}

resource "aws_iam_instance_profile" "node" {{
  role = aws_iam_role.node.name
}}

resource "aws_instance" "node" {{
  iam_instance_profile = aws_iam_instance_profile.node.name
  user_data            = "{script}"

  metadata_options {{
    http_tokens = "{tokens}"
  }}
}}
"""
    assert configuration(text).launches.proven == proven

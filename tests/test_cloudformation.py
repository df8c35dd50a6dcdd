"""What CloudFormation templates say: values with their places, in each scenario, and every text."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from textwrap import dedent
from time import process_time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import judged
from iplint.cloudformation.evaluate import Evaluation
from iplint.cloudformation.functions import FUNCTIONS
from iplint.cloudformation.reading import is_template
from iplint.cloudformation.template import Template
from iplint.location import Source
from iplint.resource import Passing
from iplint.scenario import Scenario
from iplint.syntax import decoding as text_of
from iplint.syntax import yaml
from iplint.syntax.partial import parse_json
from iplint.syntax.problem import SyntaxProblem
from iplint.syntax.tree import Mapping
from iplint.value import OTHER, Absent, Known, Map, Seq, Text, Unknown, dig

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.resource import Resource, TextOccurrence
    from iplint.value import Literal, Value


def template(text: str, **overrides: str) -> Template:
    source = Source("t.yaml", dedent(text))
    tree = yaml.parse(source)
    assert isinstance(tree, Mapping)
    return Template(source, tree, overrides)


def resources(root: Template, assignment: dict[str, Literal] | None = None) -> dict[str, Resource]:
    return {resource.address: resource for resource in root.resources(Scenario(assignment or {}))}


def expression(text: str, around: str = "", assignment: dict[str, Literal] | None = None) -> Value:
    """The value of property P, written as the text, of the resource R in a template with more around it."""
    root = template(around + f"\nResources:\n  R:\n    Type: AWS::X::Y\n    Properties:\n      P: {text}\n" + ROLES)
    return dig(resources(root, assignment)["R"].properties, ("P",))


ROLES = """
  Role: {Type: AWS::IAM::Role, Properties: {RoleName: web}}
  Nameless: {Type: AWS::IAM::Role}
  Profile: {Type: AWS::IAM::InstanceProfile}
  Launch: {Type: AWS::EC2::LaunchTemplate, Properties: {LaunchTemplateName: fixed}}
  Inner: {Type: AWS::CloudFormation::Stack}
"""
AROUND = dedent("""
Parameters:
  Env: {Type: String, Default: dev, AllowedValues: [dev, prod]}
  Size: {Type: String}
  Free: {Type: String, Default: x}
  Many: {Type: CommaDelimitedList, Default: "a, b,c"}
  Nets: {Type: "List<AWS::EC2::Subnet::Id>"}
  Count: {Type: Number, Default: 010}
  Flag: {Type: String, Default: true}
  Image: {Type: "AWS::SSM::Parameter::Value<String>", Default: /aws/ami}
  Secret: {Type: String, Default: "", NoEcho: true}
Mappings:
  Sizes:
    dev: {Size: small, Same: one, Zones: [a, b]}
    prod: {Size: big, Same: one, Zones: [c]}
  Accounts:
    "012345678901": {Name: main}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  IsBig: !Equals [!Ref Size, big]
  Imported: !Equals [!ImportValue Net-Flag, "yes"]
  NotImported: !Not [!Equals ["yes", {"Fn::ImportValue": Net-Flag}]]
""")


def plain(value: Value) -> object:
    """A value as Python has it: unknowns as their reasons in braces, texts with holes as they are shown."""
    match value:
        case Known(Text() as text):
            return text.display
        case Known(Seq() as items):
            return [plain(item) for item in items] + ([plain(items.more)] if items.more else [])
        case Known(Map() as members):
            found = {name: plain(member) for name in members if (member := members.get(name)) is not None}
            return found | ({"...": plain(members.more)} if members.more else {})
        case Known(other):
            return other
        case Absent():
            return None
        case Unknown():
            return {", ".join(reason.what for reason in value.reasons)}


def texted(value: Value) -> Text:
    """The text that the value must be."""
    assert isinstance(value, Known)
    assert isinstance(value.value, Text)
    return value.value


def place(value: Value) -> str:
    return value.at.text


# Every function, long and short


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("!Ref Env", "dev"),
        ("{Ref: Env}", "dev"),
        ('{"Ref": "Count"}', "010"),
        ("!Ref Flag", "true"),
        ("!Ref Size", {"parameter Size"}),
        ("!Ref Many", ["a", "b", "c"]),
        ("!Ref Nets", {"parameter Nets"}),
        ("!Ref Image", {"SSM parameter /aws/ami"}),
        ("!Ref Secret", "(sensitive value)"),
        ("!Ref AWS::Partition", "aws"),
        ("!Ref AWS::URLSuffix", "amazonaws.com"),
        ("!Ref AWS::Region", {"AWS::Region"}),
        ("!Ref AWS::NoValue", None),
        ("!Ref Role", "web"),
        ("!Ref Nameless", {"the Ref that AWS gives Nameless"}),
        ("!Ref Launch", {"the Ref that AWS gives Launch"}),
        ("!Ref Nowhere", {"a reference to Nowhere, which this template does not declare"}),
        ("!GetAtt Role.RoleId", {"the RoleId that AWS gives Role"}),
        ("{Fn::GetAtt: [Role, RoleId]}", {"the RoleId that AWS gives Role"}),
        ("!GetAtt Role.Arn", "arn:aws:iam::${AWS::AccountId}:role/web"),
        ("!Select [1, !Split ['/', !GetAtt Role.Arn]]", "web"),
        ("!GetAtt [Role, !Ref Free]", {"the x that AWS gives Role"}),
        ("!GetAtt Inner.Outputs.Role", {"nested stack Inner"}),
        ("!GetAtt Nowhere.Arn", {"a reference to resource Nowhere, which this template does not declare"}),
        ("!Sub plain", "plain"),
        ("!Sub '${Env}'", "dev"),
        ("!Sub 'a-${Env}-${ Free }-b'", "a-dev-x-b"),
        ("{Fn::Sub: 'arn:${AWS::Partition}:${AWS::Region}:${Role}'}", "arn:aws:${AWS::Region}:web"),
        ("!Sub '${Profile.Arn}!'", "arn:aws:iam::${AWS::AccountId}:instance-profile/${Profile}!"),
        ("!Sub 'echo ${!HOME} ${Env} ${HOME:-x} ${'", "echo ${HOME} dev ${HOME:-x} ${"),
        ("!Sub ['${a}/${Env}', {a: !Ref Free}]", "x/dev"),
        ("!Sub ['${a}.', {a: 7}]", "7."),
        ("!Join ['-', [a, !Ref Env, !Ref AWS::NoValue, 1, true]]", "a-dev-1-true"),
        ("!Join ['', [a, !Ref Size, !GetAtt Role.RoleId, !ImportValue X]]", "a${Size}${Role.RoleId}${Fn::ImportValue}"),
        ("!Join [',', !Ref Many]", "a,b,c"),
        ("!Join [',', !Ref Nets]", {"parameter Nets"}),
        ("!Join ['', []]", ""),
        ("!Join ['', [!If [IsBig, a, !Ref AWS::NoValue], b]]", "${Fn::If}b"),
        ("{Fn::Join: ['', [!If [IsProd, p, d], !Sub '${Env}']]}", "ddev"),
        ("!Select [1, !Ref Many]", "b"),
        ("!Select ['0', [a, b]]", "a"),
        ("!Select [5, [a]]", {"item 5 of a list of 1"}),
        ("!Select [0, !GetAZs '']", {"what Fn::GetAZs gives"}),
        ("!Select [1, !Split ['/', 'a/b/c']]", "b"),
        ("!Split [',', !Ref Size]", {"parameter Size"}),
        ("!Split [',', 'a,,b']", ["a", "", "b"]),
        ("!Split [',', !Sub 'a,b-${Size},c']", ["a", {"parameter Size"}, "c", {"parameter Size"}]),
        ("!Split ['::', !Sub 'a::${Size}:::c']", ["a", {"parameter Size"}, {"parameter Size"}, {"parameter Size"}]),
        ("!Split ['ab', !Sub 'xab${Size}abc']", ["x", {"parameter Size"}, "c", {"parameter Size"}]),
        ("!Select [0, !Split [',', !Sub 'a,b,${Size},c']]", "a"),
        ("!Select [1, !Split [',', !Sub 'a,b,${Size},c']]", "b"),
        ("!Select [2, !Split [',', !Sub 'a,b,${Size},c']]", {"parameter Size"}),
        ("!Select [3, !Split [',', !Sub 'a,b,${Size},c']]", {"parameter Size"}),
        ("!Select [4, !Split [':', !GetAtt Role.Arn]]", {"AWS::AccountId"}),
        ("!Select [4, !Split [':', !GetAtt Role.RoleId]]", {"the RoleId that AWS gives Role"}),
        ("!Select [1, !Split ['/', !Sub 'x/y-${AWS::Region}/z']]", {"AWS::Region"}),
        ("!FindInMap [Sizes, !Ref Env, Size]", "small"),
        ("!FindInMap [Sizes, dev, Zones]", ["a", "b"]),
        ("!FindInMap [Sizes, !Ref Size, Size]", {"parameter Size"}),
        ("!FindInMap [Sizes, !Ref Size, Same]", "one"),
        ("!FindInMap [Sizes, !Ref Size, Same, {DefaultValue: one}]", "one"),
        ("!FindInMap [Sizes, test, Size, {DefaultValue: !Ref Free}]", "x"),
        ("!FindInMap [None, test, Size, {DefaultValue: y}]", "y"),
        ("!FindInMap [Accounts, 012345678901, Name]", "main"),
        ("!FindInMap [Accounts, !Sub 'a${Size}', Name, {DefaultValue: none}]", "none"),
        ("!If [IsProd, a, b]", "b"),
        ("!If [IsBig, a, b]", {"parameter Size"}),
        ("{Fn::If: [Imported, a, b]}", {"import Net-Flag"}),
        ("[!If [IsProd, a, !Ref AWS::NoValue], b, null]", ["b"]),
        ("[!If [IsBig, a, !Ref AWS::NoValue], b]", ["b", {"parameter Size"}]),
        ("[!If [IsBig, a, c], b]", [{"parameter Size"}, "b"]),
        ("{A: !If [IsProd, 1, 2], B: {C: !Ref AWS::NoValue}}", {"A": 2, "B": {"C": None}}),
        ("!ImportValue Net-Role", {"import Net-Role"}),
        ("{Fn::ImportValue: !Sub '${Env}-Role'}", {"import dev-Role"}),
        ("!GetAZs ''", {"what Fn::GetAZs gives"}),
        ("!Select [0, !Cidr [10.0.0.0/16, 2, 8]]", {"what Fn::Cidr gives"}),
        ("{Fn::GetStackOutput: {StackName: net, OutputName: Role}}", {'output "Role" of stack "net"'}),
        ("{Fn::GetStackOutput: {StackName: !Ref Size, OutputName: Role}}", {'output "Role" of stack parameter Size'}),
        ("{Fn::GetStackOutput: net}", {"Fn::GetStackOutput is not given a stack and an output"}),
        ("!FindInMap [!Sub 'Si${Free}es', dev, Size, {DefaultValue: d}]", "d"),
        ("!FindInMap [!If [IsProd, Accounts, Sizes], !Ref Env, !Select [0, [Size]]]", "small"),
        ("!FindInMap [!Ref Size, dev, Size]", {"parameter Size"}),
        ("!FindInMap [Sizes, test, Size, {DefaultValue: !Ref AWS::NoValue}]", None),
        ("[!FindInMap [Sizes, test, Size, {DefaultValue: !Ref AWS::NoValue}], a]", ["a"]),
        ("!Join ['-', [!Ref AWS::NoValue]]", ""),
        ("!Join ['-', [a, !If [IsProd, b, !Ref AWS::NoValue], c]]", "a-c"),
        ("!Sub ['x${a}', {a: !Ref AWS::NoValue}]", "x"),
        ("{A: !If [IsProd, {B: 1}, !Ref AWS::NoValue]}", {"A": None}),
        ("!ToJsonString {a: !Ref AWS::NoValue, b: [1, !Ref AWS::NoValue]}", '{"b":[1]}'),
        ("!Cidr [!Ref Free, 1, 2]", {"what Fn::Cidr gives"}),
        ("{Fn::Length: !Ref Many}", "3"),
        ("!Length [1, 2]", "2"),
        ("{Fn::Length: !Ref Nets}", {"the length that parameter Nets has"}),
        ("!Equals [a, a]", True),
        ("!Base64 text", "base64 text"),
        ("!Transform {Name: Own, Parameters: {}}", {"the transform Own"}),
        ("!Frobnicate 1", {"what Fn::Frobnicate gives"}),
        ("'{{resolve:ssm:/a}}'", "{{resolve:ssm:/a}}"),
        ("{Condition: {StringEquals: {a: b}}}", {"Condition": {"StringEquals": {"a": "b"}}}),
        ("{Ref: [1]}", {"Ref is not given a name"}),
        ("!Join a", {"Fn::Join is not given a delimiter and a list"}),
        ("!If [IsProd]", {"Fn::If takes the name of a condition and two values"}),
        ("!If [Missing, a, b]", {"a reference to condition Missing, which this template does not declare"}),
        (
            "!FindInMap [Accounts, x, y]",
            {'a reference to entry "x", "y" of mapping Accounts, which this template does not declare'},
        ),
    ],
)  # fmt: skip
def test_functions(text: str, wanted: object) -> None:
    assert plain(expression(text, AROUND)) == wanted


@pytest.mark.parametrize(
    "text", ["!Ref Size", "!Ref AWS::Region", "!ImportValue a", "!GetAtt Role.RoleId", "!Ref Image"]
)
def test_what_is_unknown_but_certainly_there(text: str) -> None:
    value = expression(text, AROUND)
    assert isinstance(value, Unknown)
    assert value.present
    assert value.identity


def test_an_unknown_choice_between_a_value_and_none_may_be_none() -> None:
    for text, present in (("!If [IsBig, a, b]", True), ("!If [IsBig, a, !Ref AWS::NoValue]", False)):
        value = expression(text, AROUND)
        assert isinstance(value, Unknown)
        assert value.present is present


def test_references_know_their_resource() -> None:
    for text, wanted in (("!Ref Role", "Ref"), ("!Ref Profile", "Ref"), ("!GetAtt Profile.Arn", "Arn")):
        value = expression(text)
        assert isinstance(value, Known | Unknown)
        assert value.ref is not None
        assert value.ref.attribute == wanted
    hole = texted(expression("!Sub 'x/${Profile}'"))
    (gap,) = hole.holes
    assert gap.value.ref is not None
    assert (gap.label, gap.value.ref.resource.address) == ("${Profile}", "Profile")


def test_the_same_name_put_together_in_two_ways_has_the_same_gaps() -> None:
    one = expression("!Sub '${AWS::StackName}-web'")
    other = expression("!Join ['-', [!Ref AWS::StackName, web]]")
    for value in (one, other):
        assert isinstance(value, Known)
        assert isinstance(value.value, Text)
        assert [(hole.label, hole.value.identity) for hole in value.value.holes] == [
            ("${AWS::StackName}", "AWS::StackName")
        ]


def test_gaps_that_nothing_identifies_are_not_the_same() -> None:
    value = texted(expression("!Sub ['${a}${b}', {a: !If [IsBig, x, y], b: !If [IsBig, y, x]}]", AROUND))
    one, other = value.holes
    assert None not in (one.value.identity, other.value.identity)
    assert one.value.identity != other.value.identity


def test_encodings_remember_what_they_encode() -> None:
    value = texted(expression("{Fn::Base64: !Sub 'key ${Env} ${AWS::Region}'}", AROUND))
    assert value.plain is None
    assert value.encodes is not None
    assert (value.encodes[0], plain(value.encodes[1])) == ("base64", "key dev ${AWS::Region}")
    assert isinstance(expression("!Base64 {Ref: AWS::NoValue}"), Absent)


def test_json_text_holds_the_same_as_its_value() -> None:
    text = "{Fn::ToJsonString: {a: ['x\"y', 1, true, !Ref AWS::Region], b: {c: !Sub '${AWS::Region}-\\n'}}}"
    value = texted(expression(text))
    assert value.display == '{"a":["x\\"y",1,true,${AWS::Region}],"b":{"c":"${AWS::Region}-\\\\n"}}'
    again = parse_json(Text(value.pieces))
    assert value.encodes is not None
    assert plain(again) == plain(parse_json(value)) == plain(value.encodes[1])


# A mapping with such a name would be a call of an intrinsic function, not data.
NAMES = st.text().filter(lambda name: not name.startswith("Fn::") and name not in ("Ref", "Condition"))
DATA = st.recursive(
    st.text() | st.booleans() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner)
)


@given(DATA)
def test_any_json_text_reads_back_as_its_value(datum: object) -> None:
    properties = {"P": {"Fn::ToJsonString": [datum]}}
    source = Source("t.json", json.dumps({"Resources": {"R": {"Type": "x", "Properties": properties}}}))
    try:
        tree = yaml.parse(source)
    except SyntaxProblem:
        return
    assert isinstance(tree, Mapping)
    value = texted(dig(resources(Template(source, tree))["R"].properties, ("P",)))
    assert plain(parse_json(Text(value.pieces))) == [datum]


# Places


def test_places_and_trails() -> None:
    root = template("""
        Parameters:
          Tokens: {Type: String, Default: optional}
          Open: {Type: String}
        Mappings:
          M: {k: {v: found}}
        Resources:
          Host:
            Type: AWS::EC2::Instance
            Properties:
              A: !Ref Tokens
              B: !Ref Open
              C: !FindInMap [M, k, v]
              D: {X: 1}
              E: [1]
              F: null
              G: !Ref AWS::NoValue
              H: !If [Always, {Y: 1}, {Y: 2}]
              I: !Ref Role
              J: !Sub
                - "a-${x}"
                - {x: !Ref Tokens}
              K: !Join ["", [!Ref Tokens]]
          Role:
            Type: AWS::IAM::Role
            Properties:
              RoleName: named
        Conditions:
          Always: !Equals [a, a]
    """)
    host = resources(root)["Host"]
    found = {name: dig(host.properties, (name,)) for name in "ABCDEFGHIJK"}
    places = {
        name: (place(value), value.at.first[0], [(step.at.text, step.message) for step in value.trail])
        for name, value in found.items()
    }
    assert places == {
        "A": ("optional", 3, [("Tokens", "refers to parameter Tokens")]),
        "B": ("Open", 4, [("Open", "refers to parameter Open")]),
        "C": ("found", 6, [("[M, k, v]", "refers to mapping M")]),
        "D": ("D", 14, []),
        "E": ("E", 15, []),
        "F": ("F", 16, []),
        "G": ("G", 17, []),
        "H": ("H", 18, []),
        "I": ("named", 27, [("Role", "refers to Role")]),
        "J": ('"a-${x}"', 21, []),
        "K": ("optional", 3, [("Tokens", "refers to parameter Tokens")]),
    }
    assert (place(host.properties), host.at.text) == ("Host", "Host")
    assert place(dig(host.properties, ("D", "Missing"))) == "D"
    assert (host.block.first[0], host.block.last[0]) == (8, 23)
    text = texted(found["J"])
    assert [text.span(*part).text for part in ((0, 2), (2, 10))] == ["a-", "optional"]


def test_each_letter_of_a_substitution_keeps_its_own_line() -> None:
    root = template("""
        Parameters: {P: {Type: String, Default: ABC}}
        Resources:
          Host:
            Type: AWS::EC2::Instance
            Properties:
              UserData:
                Fn::Base64: !Sub |
                  one ${P}
                  two ${!X} ${AWS::Region}
                  three
    """)
    value = texted(dig(resources(root)["Host"].properties, ("UserData",)))
    assert value.encodes is not None
    inner = texted(value.encodes[1])
    flat = inner.flat
    assert flat == "one ABC\ntwo ${X} \ufffc\nthree\n"
    lines = {
        word: inner.span(flat.index(word), flat.index(word) + len(word))
        for word in ("one", "ABC", "X}", "\ufffc", "three")
    }
    assert {word: (span.text, span.first[0]) for word, span in lines.items()} == {
        "one": ("one", 9),
        "ABC": ("ABC", 2),
        "X}": ("X}", 10),
        "\ufffc": ("${AWS::Region}", 10),
        "three": ("three", 11),
    }


def test_dynamic_references_are_gaps_wherever_they_begin_and_end() -> None:
    text = "!Sub 'a {{resolve:secretsmanager:${Size}:SecretString:password}} {{resolve:ssm:x}} {{resolve:'"
    value = texted(expression(text, AROUND))
    assert value.flat == "a \ufffc \ufffc {{resolve:"
    assert [hole.label for hole in value.holes] == [
        "{{resolve:secretsmanager:${Size}:SecretString:password}}",
        "{{resolve:ssm:x}}",
    ]
    assert all(hole.value.present and hole.value.reasons[0].what == "a dynamic reference" for hole in value.holes)


# Scenarios


def test_a_parameter_is_what_the_world_chooses() -> None:
    assert plain(expression("!Ref Env", AROUND, {"parameter Env": "prod"})) == "prod"
    assert plain(expression("!Ref Many", AROUND, {"parameter Many": "z"})) == ["z"]
    other = expression("!Ref Size", AROUND, {"parameter Size": OTHER})
    assert isinstance(other, Unknown)
    assert other.present
    assert place(expression("!Ref Env", AROUND, {"parameter Env": "prod"})) == "Env"


def test_one_input_stands_for_a_parameter_and_learns_what_it_is_compared_with() -> None:
    root = template(
        AROUND + "\nResources: {R: {Type: X, Condition: IsBig, Properties: {P: !FindInMap [Sizes, !Ref Free, Size]}}}"
    )
    scenario = Scenario({})
    (resource,) = root.resources(scenario)
    assert resource.exists is None
    assert list(scenario.touched) == ["parameter Size"]
    size = scenario.touched["parameter Size"]
    assert (size.options, size.closed, size.default, size.label) == (["big"], False, None, "parameter Size")
    assert isinstance(dig(resource.properties, ("P",)), Unknown)
    assert scenario.touched["parameter Free"].options == ["dev", "prod"]
    for choice, exists in (("big", True), ("small", False), (OTHER, False)):
        with scenario.under({"parameter Size": choice}):
            (resource,) = root.resources(scenario)
            assert resource.exists is exists
            assert scenario.touched["parameter Size"] is size


def test_what_only_a_rule_compares_with_does_not_narrow_any_other_value() -> None:
    """A rule asks whether the value is safe; that any other value is not does not follow from asking."""
    root = template("Parameters: {P: {Type: String}}\nResources: {R: {Type: X, Properties: {A: !Ref P}}}")
    from iplint.value import matches

    scenario = Scenario({})
    assert matches(dig(root.resources(scenario)[0].properties, ("A",)), "required") is None
    with scenario.under({"parameter P": OTHER}):
        assert matches(dig(root.resources(scenario)[0].properties, ("A",)), "required") is None


@pytest.mark.parametrize(
    ("left", "right", "choices", "wanted"),
    [
        ("!Ref Env", "prod", {}, False),
        ("prod", "!Ref Env", {"parameter Env": "prod"}, True),
        ("!Ref Size", "big", {}, None),
        ("!Sub '${Size}-x'", "big-x", {"parameter Size": OTHER}, False),
        ("!Sub '${Size}-x'", "big-y", {}, False),
        ("!Ref Size", "!Ref Size", {}, True),
        ("!Ref Many", "!Ref Many", {}, True),
        ("!Ref Many", "[a, b]", {}, False),
        ("!Join ['', !Ref Many]", "abc", {}, True),
        ("!Ref AWS::NoValue", "!Ref AWS::NoValue", {}, False),
        ("true", "'true'", {}, True),
        ("1", "'1'", {}, True),
        ("!Ref AWS::Region", "us-east-1", {"parameter AWS::Region": "us-east-1"}, True),
        ("!Ref AWS::Partition", "aws-cn", {}, False),
        ("!Select [0, !Ref Many]", "a", {}, True),
    ],
)  # fmt: skip
def test_comparisons(left: str, right: str, choices: dict[str, Literal], wanted: bool | None) -> None:
    value = expression(f"!Equals [{left}, {right}]", AROUND)
    if choices:
        root = template(AROUND + f"\nResources: {{R: {{Type: X, Properties: {{P: !Equals [{left}, {right}]}}}}}}")
        scenario = Scenario({})
        dig(root.resources(scenario)[0].properties, ("P",))
        with scenario.under(choices):
            value = dig(root.resources(scenario)[0].properties, ("P",))
    assert (value.value if isinstance(value, Known) else None) is wanted


LOGIC = """
Parameters: {Open: {Type: String}}
Conditions:
  T: !Equals [a, a]
  F: !Equals [a, b]
  U: !Equals [!Ref Open, x]
  C: CONDITION
Resources:
  R: {Type: X, Condition: C}
"""


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        ("!And [!Condition T, {Condition: T}]", True),
        ("!And [!Condition T, !Condition U]", None),
        ("!And [!Condition U, !Condition F]", False),
        ("{Fn::And: [{Condition: T}, {Condition: F}]}", False),
        ("!Or [!Condition U, !Condition T]", True),
        ("!Or [!Condition U, !Condition F]", None),
        ("!Or [!Condition F, {'Fn::Equals': [a, c]}]", False),
        ("!Not [!Condition F]", True),
        ("!Not [Condition: U]", None),
        ("!Not [!Not [!Condition T]]", True),
        ("!Condition U", None),
        ("nonsense", None),
        ("!Ref Open", None),
        ("!Not []", None),
        ("!Not [!Condition Missing]", None),
        ("{Condition: {a: b}}", None),
    ],
)
def test_three_valued_logic(condition: str, wanted: bool | None) -> None:
    root = template(LOGIC.replace("CONDITION", condition))
    scenario = Scenario({})
    (resource,) = root.resources(scenario)
    assert resource.exists is wanted
    assert not [key for key in scenario.touched if key.startswith("assume")]


def test_what_no_input_settles_is_assumed_once_for_the_same_comparison() -> None:
    root = template(
        AROUND + "\nResources: {R: {Type: X, Properties: {A: !If [Imported, 1, 2], B: !If [NotImported, 3, 4]}}}"
    )
    scenario = Scenario({})
    (resource,) = root.resources(scenario)
    assert isinstance(dig(resource.properties, ("A",)), Unknown)
    (key,) = scenario.touched
    assert scenario.touched[key].assumption
    assert scenario.touched[key].label == 'import Net-Flag equals "yes"'
    for truth, wanted in ((True, {"A": 1, "B": 4}), (False, {"A": 2, "B": 3})):
        with scenario.under({key: truth}):
            assert plain(root.resources(scenario)[0].properties) == wanted


def test_an_assumption_is_asked_for_only_where_it_matters() -> None:
    conditions = "Conditions: {I: !Equals [!ImportValue a, b], C: !And [!Condition I, !Equals [a, b]]}"
    root = template(conditions + "\nResources: {R: {Type: X, Condition: C}}")
    scenario = Scenario({})
    assert root.resources(scenario)[0].exists is False
    assert not scenario.touched


def test_a_resource_that_is_not_created_gives_no_name() -> None:
    root = template(AROUND + """
Resources:
  Role: {Type: AWS::IAM::Role, Condition: IsProd, Properties: {RoleName: web}}
  R: {Type: X, Properties: {P: !Ref Role}}
""")  # fmt: skip
    assert plain(dig(resources(root)["R"].properties, ("P",))) == {"Role, which is not created"}
    assert plain(dig(resources(root, {"parameter Env": "prod"})["R"].properties, ("P",))) == "web"


def test_what_one_world_made_serves_another_only_where_they_agree() -> None:
    root = template(
        AROUND + "\nResources: {R: {Type: X, Properties: {P: {Q: [!If [IsProd, a, !Ref AWS::NoValue], !Ref Free]}}}}"
    )
    scenario = Scenario({})
    wanted: dict[str, object] = {"dev": ["x"], "prod": ["a", "x"]}
    for choice in ("dev", "prod", "dev"):
        with scenario.under({"parameter Env": choice}):
            assert plain(dig(root.resources(scenario)[0].properties, ("P", "Q"))) == wanted[choice]
            assert list(scenario.touched) == ["parameter Env", "parameter Free"]


def test_values_given_for_parameters_are_no_inputs() -> None:
    text = "Parameters: {P: {Type: String}, L: {Type: CommaDelimitedList}, N: 3}\n"
    text += "Resources: {R: {Type: X, Properties: {A: !Ref P, B: !Ref L, C: !Ref AWS::Region}}}"
    root = template(text, P="given", L="a,b", **{"AWS::Region": "eu-west-1"})
    scenario = Scenario({})
    assert plain(root.resources(scenario)[0].properties) == {"A": "given", "B": ["a", "b"], "C": "eu-west-1"}
    assert not scenario.touched


# Loops


def test_loops_over_resources() -> None:
    root = template("""
        Transform: AWS::LanguageExtensions
        Parameters: {Names: {Type: CommaDelimitedList, Default: "a.b,c"}}
        Mappings: {Sizes: {"a.b": {Size: big}, c: {Size: small}}}
        Conditions:
          Fn::ForEach::Wanted: [Id, [c], {"Is${Id}": !Equals [!Ref Id, c]}]
        Resources:
          Fn::ForEach::Hosts:
            - Id
            - !Ref Names
            - Role&{Id}: {Type: AWS::IAM::Role}
              Host&{Id}:
                Type: AWS::EC2::Instance
                Properties:
                  Name: !Ref Id
                  Size: !FindInMap [Sizes, !Ref Id, Size]
                  Text: !Sub "x-${Id}"
                  Role: !Ref Role&{Id}
                  Fn::ForEach::Inner: [Port, [80, 443], {"P${Port}": !Sub "${Id}:${Port}"}]
          Single: {Type: AWS::EC2::Instance, Condition: Isc}
    """)
    found = resources(root)
    assert list(found) == ["Roleab", "Hostab", "Rolec", "Hostc", "Single"]
    assert found["Single"].exists is True
    assert plain(found["Hostab"].properties) == {
        "Name": "a.b",
        "Size": "big",
        "Text": "x-a.b",
        "Role": {"the Ref that AWS gives Roleab"},
        "P80": "a.b:80",
        "P443": "a.b:443",
    }
    assert place(dig(found["Hostc"].properties, ("Name",))) == "c"
    assert not root.notices
    scenario = Scenario({})
    assert root.resources(scenario)[1].exists is True
    assert list(scenario.touched) == ["parameter Names"]
    assert list(resources(root, {"parameter Names": "q"})) == ["Roleq", "Hostq", "Single"]
    # Every turn makes its own text; one that is the same in all turns is read once.
    assert [passage.holder for passage in root.text_occurrences(Scenario({})) if passage.names == ("Text",)] == [
        "Hostab",
        "Hostc",
    ]


def test_a_loop_over_something_unknown_stands_for_one_resource() -> None:
    root = template("""
        Parameters: {Names: {Type: CommaDelimitedList}}
        Resources:
          Fn::ForEach::Hosts:
            - Id
            - !Ref Names
            - Host${Id}: {Type: AWS::EC2::Instance, Properties: {A: !Ref Id, B: !Ref "Host${Id}"}}
    """)
    ((name, host),) = resources(root).items()
    assert (name, host.exists, plain(dig(host.properties, ("A",)))) == ("Host${Id}", None, {"parameter Names"})
    list(root.text_occurrences(Scenario({})))
    told = [(notice.kind, notice.message, notice.at.text) for notice in root.notices if notice.at is not None]
    what = "the items of the loop Fn::ForEach::Hosts depend on parameter Names: one turn of it is checked for all"
    assert told == [("unresolved", what, "Fn::ForEach::Hosts")]


def test_a_loop_whose_list_only_another_world_leaves_open_is_not_told() -> None:
    root = template("""
        Parameters: {Names: {Type: CommaDelimitedList, Default: a}}
        Resources:
          Fn::ForEach::Hosts: [Id, !Ref Names, {"Host${Id}": {Type: AWS::EC2::Instance}}]
    """)
    assert list(resources(root)) == ["Hosta"]
    assert list(resources(root, {"parameter Names": OTHER})) == ["Host${Id}"]
    assert not root.notices


def test_loops_in_loops_and_in_every_section_that_may_have_them() -> None:
    root = template("""
        Transform: AWS::LanguageExtensions
        Conditions:
          Fn::ForEach::C: [Id, [a.b, c], {"Is&{Id}": !Equals [!Ref Id, c]}]
        Resources:
          Fn::ForEach::Outer:
            - Id
            - [a.b, c]
            - Fn::ForEach::Inner:
                - Port
                - [80, 443]
                - "Host&{Id}${Port}":
                    Type: AWS::EC2::Instance
                    Condition: Is&{Id}
                    Properties:
                      A: !Sub "&{Id}/${Id}/&{Port}/&{Other}/${!Id}"
                      B: !Sub "&{Id}"
                      C: !GetAtt "Host&{Id}${Port}.Arn"
                      D: !If ["Is&{Id}", 1, 2]
        Outputs:
          Fn::ForEach::O:
            - Id
            - [a.b, c]
            - "Out&{Id}": {Value: !Sub "v-&{Id}", Export: {Name: !Sub "e-${Id}"}}
    """)
    found = resources(root)
    assert {name: resource.exists for name, resource in found.items()} == {
        "Hostab80": False,
        "Hostab443": False,
        "Hostc80": True,
        "Hostc443": True,
    }
    assert plain(found["Hostc80"].properties) == {
        "A": "c/c/80/&{Other}/${Id}",
        "B": "c",
        "C": {"the Arn that AWS gives Hostc80"},
        "D": 1,
    }
    first = found["Hostab80"].properties
    assert [plain(dig(first, (name,))) for name in "ABD"] == ["ab/a.b/80/&{Other}/${Id}", "ab", 2]
    evaluation = Evaluation.of(root, Scenario({}))
    assert {name: text.plain for name, text in evaluation.exports()} == {"Outab": "e-a.b", "Outc": "e-c"}
    output = evaluation.output("Outab")
    assert output is not None
    assert plain(output) == "v-ab"
    assert not root.notices


def test_resources_of_sam_in_a_loop_are_named() -> None:
    root = template("""
        Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
        Resources:
          Fn::ForEach::Functions: [Id, [a, b], {"F${Id}": {Type: AWS::Serverless::Function, Properties: {}}}]
    """)
    assert [notice.kind for notice in root.notices] == ["unsupported"]
    assert "resources of types AWS::Serverless::* are not checked" in root.notices[0].message


@pytest.mark.parametrize(
    ("template_text", "at"),
    [
        ("Resources: {Q: {Type: AWS::SQS::Queue, Properties: {Fn::Transform: {Name: Own}, A: 1}}}", "Fn::Transform"),
        ("Resources: {Q: {Type: AWS::SQS::Queue, Properties: {A: [!Transform {Name: Own}]}}}", "{Name: Own}"),
        ("Resources: {Q: {Type: AWS::SQS::Queue, Fn::Transform: {Name: Own}}}", "Fn::Transform"),
        ("Resources: {Q: {Type: Queue, Metadata: {Fn::Transform: {Name: Own}}}}", "{Fn::Transform: {Name: Own}}"),
        ("Resources: {Fn::Transform: {Name: Own}}", "Fn::Transform"),
        ("Resources: {Q: {Fn::Transform: {Name: Own}}}", "{Fn::Transform: {Name: Own}}"),
        ("Resources: {Q: {Type: X}}\nMappings: {Fn::Transform: {Name: Own}}", "Fn::Transform"),
        ("Resources: {Q: {Type: X}}\nOutputs: {O: {Fn::Transform: {Name: Own}}}", "{Fn::Transform: {Name: Own}}"),
        ("Resources: {Q: {Type: X}}\nTransform: [Own]", "Own"),
        ("Resources: {Q: {Type: Own::Group::Thing::MODULE}}", "Q"),
    ],
)  # fmt: skip
def test_what_a_macro_or_a_module_makes_is_named_wherever_it_stands(template_text: str, at: str) -> None:
    root = template(template_text)
    list(root.text_occurrences(Scenario({})))
    resources(root)
    told = [(notice.kind, notice.at.text) for notice in root.notices if notice.at is not None]
    assert told == [("unsupported", at)]
    assert "Own" in root.notices[0].message
    assert "not checked" in root.notices[0].message


@pytest.mark.parametrize(
    "reference",
    ["!GetAtt M.Role.Arn", "!GetAtt MRole.Arn", "!Sub '${M.Role.Arn}'", "{Fn::GetAtt: [MRole, Arn]}"],
)
def test_parts_of_a_module_are_unknown_but_there(reference: str) -> None:
    root = template(
        f"Resources: {{M: {{Type: Own::Group::Thing::MODULE}}, R: {{Type: X, Properties: {{P: {reference}}}}}}}"
    )
    value = dig(resources(root)["R"].properties, ("P",))
    assert isinstance(value, Unknown)
    assert value.present
    assert plain(value) == {"the Role.Arn that AWS gives M"}
    assert [notice.kind for notice in root.notices] == ["unsupported"]


def test_loops_end() -> None:
    items = ", ".join(str(number) for number in range(100))
    inner = f"{{'Fn::ForEach::B': [J, [{items}], {{'H${{I}}x${{J}}': {{Type: X}}}}]}}"
    root = template(f"Resources:\n  Fn::ForEach::A: [I, [{items}], {inner}]\n  Last: {{Type: X}}")
    assert 1000 <= len(resources(root)) <= 1001
    assert {notice.kind for notice in root.notices} == {"unreadable"}
    assert "more than 1,000" in root.notices[0].message


@pytest.mark.parametrize("loop", ["1", "[a]", "[a, b, c]", "[a, b, {c: {Type: X}}]", "[{}, [], {}]"])
def test_loops_that_are_none(loop: str) -> None:
    root = template(f"Resources:\n  Fn::ForEach::A: {loop}\n  Last: {{Type: X}}")
    assert "Last" in resources(root)
    assert root.notices
    list(root.text_occurrences(Scenario({})))


# Whatever may stand in a template


def test_bad_shapes_cost_only_themselves() -> None:
    root = template("""
        Parameters:
          P: 1
          Q: {Type: [], Default: {}, AllowedValues: x}
          R: {Type: 3, Default: [a, 1], AllowedValues: [{}, a]}
        Mappings: {M: text, N: {a: b}}
        Conditions: {C: [1], D: null}
        Resources:
          A: {Type: {a: b}}
          B: text
          C: {Properties: {}}
          D: {Type: AWS::EC2::Instance, Properties: null}
          E: {Type: AWS::EC2::Instance, Properties: [1]}
          F: {Type: AWS::EC2::Instance, Condition: [x], Properties: {A: !Ref P, B: !Ref Q, C: !Ref R}}
          G:
            Type: AWS::EC2::Instance
            Condition: C
            Properties: {A: !FindInMap [M, a, b], B: !FindInMap [N, a, b], C: !Ref A}
          H: {Type: AWS::EC2::Instance, Properties: {Ref: AWS::NoValue}}
          I: {Type: AWS::EC2::Instance, Properties: {Fn::Transform: {Name: X}, A: 1}}
          J: {Type: AWS::EC2::Instance, Fn::Transform: {Name: X}, Properties: {A: 1}}
          K: !Sub x
          L: {Type: Own::Group::Thing::MODULE}
          Fn::Transform: {Name: AWS::Include}
    """)
    found = resources(root)
    assert list(found) == ["D", "E", "F", "G", "H", "I", "J", "L"]
    assert [plain(found[name].properties) for name in "DH"] == [{}, {}]
    assert plain(found["E"].properties) == {"the properties of E are not a mapping"}
    assert plain(found["F"].properties) == {"A": {"parameter P"}, "B": {"parameter Q"}, "C": ["a", "1"]}
    assert plain(found["J"].properties) == {"the transform X"}
    assert [found[name].exists for name in "DFG"] == [True, None, None]
    told = {notice.at.text: notice.kind for notice in root.notices if notice.at is not None}
    plain(found["G"].properties)
    plain(found["I"].properties)
    assert {told[name] for name in ("P", "Q", "A", "B", "C", "E", "K", "Properties")} == {"unresolved"}
    assert {told[name] for name in ("L", "Fn::Transform")} == {"unsupported"}
    assert all(notice.message and notice.path == "t.yaml" for notice in root.notices)
    list(root.text_occurrences(Scenario({})))


@pytest.mark.parametrize(
    "section", ["Parameters", "Mappings", "Conditions", "Resources", "Outputs", "Transform", "Metadata"]
)
@pytest.mark.parametrize(
    "content", ["1", "text", "[1, 2]", "null", "{a: null}", "{a: {b: [c]}}", "!Ref x", "{a: !Ref x}"]
)
def test_any_section_may_be_anything(section: str, content: str) -> None:
    text = "AWSTemplateFormatVersion: '2010-09-09'\n" + (
        "" if section == "Resources" else "Resources: {R: {Type: X, Properties: {P: !Ref a}}}\n"
    )
    root = template(f"{text}{section}: {content}")
    for resource in root.resources(Scenario({})):
        plain(resource.properties)
    list(root.text_occurrences(Scenario({})))


def test_references_to_nothing_are_told_once_with_their_place() -> None:
    root = template("""
        Resources:
          A:
            Type: AWS::EC2::Instance
            Condition: Lost
            Properties: {A: !Ref Nowhere, B: !GetAtt Gone.Arn, C: !Sub "${Away.Arn} ${Far}", D: !FindInMap [Map, a, b]}
    """)
    for _ in range(2):
        list(root.text_occurrences(Scenario({})))
        assert resources(root)["A"].exists is None
    told = [(notice.kind, notice.message, notice.at.text if notice.at else "") for notice in root.notices]
    assert told == [
        ("unresolved", "Nowhere is not declared in this template", "Nowhere"),
        ("unresolved", "resource Gone is not declared in this template", "Gone.Arn"),
        ("unresolved", "resource Away is not declared in this template", "${Away.Arn}"),
        ("unresolved", "Far is not declared in this template", "${Far}"),
        ("unresolved", "mapping Map is not declared in this template", "[Map, a, b]"),
        ("unresolved", "condition Lost is not declared in this template", "Lost"),
    ]


def test_circles_are_told() -> None:
    root = template("""
        Conditions: {A: !Not [!Condition B], B: !Or [!Condition A, !Equals [a, b]]}
        Resources:
          One: {Type: AWS::IAM::Role, Condition: A, Properties: {RoleName: !Sub "${Two}x"}}
          Two: {Type: AWS::IAM::Role, Properties: {RoleName: !Join ["", [!Ref One, y]]}}
          Self: {Type: AWS::IAM::Role, Properties: {RoleName: !Ref Self}}
    """)
    found = resources(root)
    assert found["One"].exists is None
    assert plain(dig(found["Self"].properties, ("RoleName",))) == {"a circular reference"}
    name = texted(dig(found["Two"].properties, ("RoleName",)))
    assert [hole.value.reasons[0].what for hole in name.holes] == ["a circular reference"]
    assert {notice.kind for notice in root.notices} == {"unresolved"}
    assert all("circular" in notice.message for notice in root.notices)


def test_long_chains_of_conditions_are_followed() -> None:
    chain = "".join(f"  C{number}: !Not [!Condition C{number + 1}]\n" for number in range(1500))
    root = template(f"Conditions:\n{chain}  C1500: !Equals [a, a]\nResources: {{R: {{Type: X, Condition: C0}}}}")
    assert resources(root)["R"].exists is True


def test_conditions_and_names_made_twice_of_each_other_do_not_grow() -> None:
    conditions = "".join(f"  C{n}: !And [!Condition C{n + 1}, !Not [!Not [!Condition C{n + 1}]]]\n" for n in range(40))
    roles = "".join(
        f"  R{n}: {{Type: AWS::IAM::Role, Properties: {{RoleName: !Sub '${{R{n + 1}}}${{R{n + 1}}}'}}}}\n"
        for n in range(40)
    )
    start = process_time()
    root = template(
        f"Conditions:\n{conditions}  C40: !Equals [!ImportValue a, b]\nResources:\n{roles}"
        "  R40: {Type: AWS::IAM::Role, Condition: C0, Properties: {RoleName: x}}\n"
    )
    found = resources(root)
    assert found["R40"].exists is None
    assert isinstance(dig(found["R0"].properties, ("RoleName",)), Known)
    assert process_time() - start < 2


@pytest.mark.parametrize(
    ("transform", "messages"),
    [
        ("AWS::LanguageExtensions", []),
        ("[AWS::LanguageExtensions, AWS::SecretsManager-2020-07-23]", []),
        ("AWS::Serverless-2016-10-31", ["the SAM transform"]),
        ("[Own]", ["the transform Own"]),
        ("{Name: AWS::Include, Parameters: {Location: s3://x}}", ["the transform AWS::Include"]),
    ],
)  # fmt: skip
def test_transforms(transform: str, messages: list[str]) -> None:
    root = template(
        f"Transform: {transform}\nResources:\n  F: {{Type: AWS::Serverless::Function, Properties: {{A: !Ref FRole}}}}"
    )
    list(root.text_occurrences(Scenario({})))
    told = [notice.message.partition(" is not expanded: ")[0] for notice in root.notices]
    assert told == (messages or ["FRole is not declared in this template"])
    assert all(notice.kind == "unsupported" for notice in root.notices if messages)


def test_a_transform_without_anything_to_transform_is_not_told() -> None:
    assert not template("Transform: AWS::Serverless-2016-10-31\nResources: {A: {Type: AWS::EC2::Instance}}").notices


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Resources: {A: {Type: AWS::EC2::Instance}}", True),
        ("Resources: {A: {Type: {}}}", True),
        ("Resources: {A: {Kind: x}}", False),
        ("Resources: [1]", False),
        ("AWSTemplateFormatVersion: 2010-09-09\nResources: [1]", True),
        ("AWSTemplateFormatVersion: 2010-09-09", True),
        ("{Transform: x, Resources: {}}", True),
        ("Transform: x", False),
        ("Resources: {Fn::ForEach::A: [I, [a], {'X${I}': {Type: AWS::EC2::Instance}}]}", True),
        ("[1]", False),
        ("text", False),
    ],
)
def test_what_is_a_template(text: str, wanted: bool) -> None:
    tree = yaml.parse(Source("t", text))
    assert tree is not None
    assert is_template(tree) is wanted


def test_json_templates_give_the_same() -> None:
    root = template(
        '{"Resources": {"A": {"Type": "AWS::IAM::Role",'
        ' "Properties": {"P": {"Fn::Join": ["-", ["a", {"Ref": "AWS::Partition"}]]}}}}}'
    )
    assert plain(resources(root)["A"].properties) == {"P": "a-aws"}


def test_repeated_blocks_stand_where_their_name_is() -> None:
    root = template(
        "Base: &base {Type: AWS::EC2::Instance, Properties: {A: 1}}\n"
        "Resources:\n  One: *base\n  Two: {<<: *base, Condition: X}\n"
    )
    found = resources(root)
    assert [(found[name].at.text, found[name].block.first[0]) for name in found] == [("One", 3), ("Two", 4)]
    assert plain(found["Two"].properties) == {"A": 1}


# Every text


def passages(text: str) -> list[TextOccurrence]:
    return list(template(text).text_occurrences(Scenario({})))


def named_passages(text: str) -> list[TextOccurrence]:
    """Return the texts that have a name: not the names of members, and what functions only go by."""
    return [passage for passage in passages(text) if passage.names[-1:] != ("",)]


def texts(text: str) -> list[tuple[str, str, object]]:
    return [(passage.holder, ".".join(passage.names), plain(passage.value)) for passage in named_passages(text)]


def test_every_text_has_its_names_and_its_holder() -> None:
    assert texts("""
        Description: told
        Parameters: {P: {Type: String, Default: d}}
        Mappings: {M: {a: {b: c}}}
        Conditions: {C: !Equals [!Ref P, x]}
        Resources:
          R:
            Type: AWS::X::Y
            Metadata: {AWS::CloudFormation::Init: {config: {files: {/a: {content: !Sub "${P}!"}}}}}
            Properties:
              A: a
              B: [b, {C: 12345}, true, null]
              Environment: [{Name: KEY, Value: !Sub "v"}, {Name: !Ref P, Value: w}]
              D: !Ref P
              E: !GetAtt R.Arn
        Outputs: {O: {Value: o}}
    """) == [
        ("Description", "Description", "told"),
        ("P", "Parameters.P.Type", "String"),
        ("P", "Parameters.P.Default", "d"),
        ("Mappings.M", "Mappings.M.a.b", "c"),
        ("Conditions.C", "Conditions.C", "x"),
        ("R", "Type", "AWS::X::Y"),
        ("R", "Metadata.AWS::CloudFormation::Init.config.files./a.content", "d!"),
        ("R", "A", "a"),
        ("R", "B", "b"),
        ("R", "B.C", "12345"),
        ("R", "Environment.Name", "KEY"),
        ("R", "Environment.Value.KEY", "v"),
        ("R", "Environment.Name", "d"),
        ("R", "Environment.Value.d", "w"),
        ("R", "D", "d"),
        ("R", "E", {"the Arn that AWS gives R"}),
        ("Outputs.O", "Outputs.O.Value", "o"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("!If [IsProd, a, !If [IsBig, b, !Sub 'c${Env}']]", ["a", "b", "cdev"]),
        ("!Join ['', [AKIA, FAKE, !If [IsProd, p, d]]]", ["AKIAFAKEd", "p", "d"]),
        ("!Base64 {Fn::If: [IsProd, p, d]}", ["base64 text", "p", "d"]),
        ("!Sub ['${a}', {a: !If [IsProd, p, d]}]", ["d", "p", "d"]),
        ("!Select [0, [a, b]]", ["a", "a", "b"]),
        ("!Select [0, !Ref Nets]", [{"parameter Nets"}]),
        ("!Join [',', !If [IsBig, [a, b], [c]]]", [{"parameter Size"}, ",", "a", "b", "c"]),
        ("!Join ['', [x, !Ref Nowhere, y]]", ["x${Nowhere}y"]),
        ("!FindInMap [Sizes, !Ref Env, Size]", ["small"]),
        ("!FindInMap [Sizes, !Ref Size, Size, {DefaultValue: d}]", [{"parameter Size"}, "d"]),
        ("!Split [',', 'a,b']", ["a,b"]),
        ("!ToJsonString {a: b}", ['{"a":"b"}']),
        ("!ImportValue x", [{"import x"}]),
        ("!Transform {Name: X, Parameters: {a: b}}", ["X", "b"]),
        ("!Frobnicate [a]", ["a"]),
    ],
)  # fmt: skip
def test_texts_that_functions_make(text: str, wanted: list[str]) -> None:
    found = named_passages(AROUND + f"\nResources: {{R: {{Type: X, Properties: {{P: {text}}}}}}}")
    assert [plain(one.value) for one in found if one.holder == "R" and one.names[0] == "P"] == wanted


def test_a_text_split_over_a_list_stands_on_each_of_its_lines() -> None:
    found = passages("""
        Resources:
          R:
            Type: X
            Properties:
              P: !Join
                - ""
                - - AKIA
                  - FAKE
    """)
    value = texted(found[-1].value)
    assert value.flat == "AKIAFAKE"
    assert [value.span(index, index + 4).first[0] for index in (0, 4)] == [8, 9]


def test_functions_of_rules_are_let_through() -> None:
    root = template(
        "Rules: {A: {Assertions: [{Assert: {Fn::Contains: [[a], !Ref AWS::Region]}}]}}\nResources: {R: {Type: X}}"
    )
    list(root.text_occurrences(Scenario({})))
    assert not root.notices


# Real templates


def archived(archive: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(archive) as members:
        for member in members:
            file = members.extractfile(member) if member.isfile() else None
            if file is not None and member.name.endswith((".yaml", ".yml", ".json", ".template")):
                yield member.name, file.read()


@pytest.mark.parametrize("name", ["dev.tar.gz", "wild.tar.gz"])
def test_real_templates_are_evaluated_whole(corpus: Path, name: str) -> None:
    seen = 0
    for path, data in archived(corpus / name):
        try:
            source = text_of.decode(path, data)
            tree = yaml.parse(source)
        except SyntaxProblem:
            continue
        if tree is None or not is_template(tree):
            continue
        seen += 1
        root = Template(source, tree)
        scenario = Scenario({})
        for resource in root.resources(scenario):
            plain(resource.properties)
            assert resource.exists in (True, False, None)
        for passage in root.text_occurrences(scenario):
            assert plain(passage.value) is not None
        for key, input in list(scenario.touched.items()):
            for choice in [*input.options[:2], OTHER]:
                with scenario.under({key: choice}):
                    for resource in root.resources(scenario):
                        plain(resource.properties)
    assert seen > 50


def test_every_intrinsic_function_says_how_it_passes_texts_on() -> None:
    """A function that is entered without saying so does not type-check; those that lead elsewhere hold nothing."""
    assert all(function.passed.how in Passing for function in FUNCTIONS.values())
    assert {name for name, function in FUNCTIONS.items() if function.is_reference} == {
        "Condition",
        "Ref",
        "Fn::GetAtt",
        "Fn::GetStackOutput",
        "Fn::ImportValue",
    }


def test_a_variable_of_another_tool_is_no_missing_resource() -> None:
    root = template("Resources: {T: {Type: 'AWS::SNS::Topic', Properties: {TopicName: !Sub '${opt:stage}-x'}}}")
    list(root.text_occurrences(Scenario({})))
    assert [("another tool" in notice.message, notice.kind) for notice in root.notices] == [(True, "unsupported")]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("Resources: {N: {Type: 'Acme::Web::Server'}}", "Acme::Web::Server is not a type of AWS"),
        ("Resources: {N: {Type: 'AWS::S3::Bucket'}}\nModules: {M: {Source: m.yaml}}", "the section Modules"),
        ("Resources: {N: {Type: 'Custom::Thing'}, S: {Type: 'Alexa::ASK::Skill'}}", ""),
    ],
)
def test_what_others_make_of_a_template_is_named(body: str, named: str) -> None:
    root = template(body)
    root.resources(Scenario({}))
    messages = [notice.message for notice in root.notices]
    assert (len(messages) == 1 and named in messages[0]) if named else not messages


def test_some_part_of_an_arn_is_no_pattern_of_resources(tmp_path: Path) -> None:
    """The reference stays through Split and Join: what AWS gives a bucket is one bucket, whatever it is."""
    policy = '{Statement: [{Effect: Allow, Action: "iam:*", Resource: %s}]}'
    head = (
        "Resources:\n  Store: {Type: AWS::S3::Bucket}\n"
        "  Profile: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: [!Ref Role]}}\n"
        "  Web: {Type: AWS::EC2::Instance, Properties: {IamInstanceProfile: !Ref Profile}}\n"
        "  Role: {Type: AWS::IAM::Role, Properties: {Policies: [{PolicyName: p, PolicyDocument: "
    )
    part = "!Select [0, !Split ['/', !Join ['/', [!GetAtt Store.Arn, x]]]]"
    behind = "!Select [1, !Split ['/', !Join ['/', [!GetAtt Store.Arn, '*']]]]"
    for resource, verdicts in ((part, []), (behind, ["undecided"])):
        (tmp_path / "t.yaml").write_text(f"{head}{policy % resource}}}]}}}}")
        report = judged(tmp_path, rules=["near-administrator-access"])
        assert [finding.verdict for finding in report.findings] == verdicts


def test_a_profile_is_found_by_a_part_of_its_arn(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(
        "Resources:\n  P: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: [gone]}}\n"
        "  W: {Type: AWS::EC2::Instance, Properties: {IamInstanceProfile: "
        "!Select [1, !Split ['/', !GetAtt P.Arn]]}}\n"
    )
    report = judged(tmp_path, rules=["role-without-ec2-trust"])
    assert [finding.message.rpartition("depends on ")[2] for finding in report.findings] == [
        'role "gone", which is not declared here'
    ]

"""Keys in text: by form, by assignment, and all that only looks like one. Made-up keys say FAKE."""

from __future__ import annotations

import base64
import random
import re
import string
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iplint.aws.keys import FoundKey, account_of, find_keys
from iplint.value import HOLE

ID = "AKIA" + "FAKEFAKEFAKEFAK2"
SECRET = "FakeSecret" * 4
MIXED = "Fake/Secret+2" + "FakeSecret+2" * 2 + "Fak"
TOKEN = "IQoJ" + "FakeToken" * 12 + "=="
DOC_ID = "AKIAIOSFODNN7EXAMPLE"
DOC_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
KIND_ID, KIND_SECRET, KIND_TOKEN = "access key id", "secret access key", "session token"


def summary(flat: str, name: str | None = None) -> list[tuple[str, str, str, str | None]]:
    return [(key.kind, key.certainty, flat[key.start : key.end], key.assigned_to) for key in find_keys(flat, name)]


def values(flat: str, name: str | None = None) -> list[str]:
    return [flat[key.start : key.end] for key in find_keys(flat, name)]


def fill(template: str, value: str) -> str:
    return re.sub(r"\bV\b", lambda _: value, template)


# Every one holds V where the value goes; the literal has no form, so that only the assignment can find it.
ASSIGNMENTS = [
    "export AWS_ACCESS_KEY_ID=V",
    "export AWS_ACCESS_KEY='V'",
    'export AWS_SECRET_ACCESS_KEY="V"; ./run',
    "AWS_SECRET_KEY=V AWS_REGION=eu-west-1 ./run",
    "declare -x AWS_SECRET_ACCESS_KEY=V",
    "set AWS_SECRET_ACCESS_KEY=V\r\n",
    "setx AWS_SECRET_ACCESS_KEY V",
    'setx AWS_SECRET_ACCESS_KEY "V" /M',
    "setenv AWS_SECRET_ACCESS_KEY V",
    "set -gx AWS_SECRET_ACCESS_KEY V",
    '$env:AWS_SECRET_ACCESS_KEY = "V"',
    '$Env:AWS_SESSION_TOKEN="V"',
    '[Environment]::SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", "V", "Machine")',
    "AWS_SECURITY_TOKEN=V",
    "  AWS_SESSION_TOKEN = V\n",
    "ENV AWS_SECRET_ACCESS_KEY V",
    "ENV AWS_SECRET_ACCESS_KEY=V",
    'Environment="AWS_ACCESS_KEY_ID=V"',
    'Environment="A=b" "AWS_ACCESS_KEY_ID=V"',
    "docker run -e AWS_SECRET_ACCESS_KEY=V nginx",
    'docker run --env "AWS_SECRET_ACCESS_KEY=V" nginx',
    "aws configure set aws_access_key_id V",
    "aws configure set profile.prod.aws_access_key_id V",
    "aws configure --profile prod set aws_secret_access_key 'V'",
    "aws configure set aws_session_token V --profile prod",
    "[default]\naws_access_key_id = V\n",
    "[default]\naws_secret_access_key=V\n",
    "Set-AWSCredential -AccessKey $id -SecretKey V -StoreAs default",
    "Initialize-AWSDefaults -SecretKey 'V'",
    'boto3.client("s3", aws_access_key_id="V")',
    "boto3.client('s3', aws_secret_access_key='V', region_name='eu-west-1')",
    "os.environ['AWS_SECRET_ACCESS_KEY'] = 'V'",
    "os.environ.setdefault('AWS_SECRET_ACCESS_KEY', 'V')",
    "new AWS.S3({accessKeyId: 'V'})",
    'AWS.config.secretAccessKey = "V";',
    '{"AccessKeyId": "V"}',
    '{"aws_secret_access_key":"V"}',
    r"echo {\"AWS_SECRET_ACCESS_KEY\": \"V\"}",
    'new BasicAWSCredentials("", "V")',
    'credentials.NewStaticCredentials("V", "", "")',
    "s3cmd --access_key=V ls",
    "fs.s3a.secret.key=V",
    "fs.s3n.awsSecretAccessKey=V",
    "<property><name>fs.s3a.access.key</name>\n  <value>V</value></property>",
    "AWS_SECRET_ACCESS_KEY: V\n",
    "AWS_SECRET_ACCESS_KEY: V # production\n",
    "- name: AWS_SECRET_ACCESS_KEY\n  value: V\n",
    '- name: AWS_SECRET_ACCESS_KEY\n  type: PLAINTEXT\n  value: "V"\n',
    "- value: V\n  name: AWS_SECRET_ACCESS_KEY\n",
    '[{"name": "AWS_SECRET_ACCESS_KEY", "value": "V"}]',
    '[{"value": "V", "name": "AWS_SECRET_ACCESS_KEY"}]',
    '[{"Name":"AWS_SECRET_ACCESS_KEY","Type":"PLAINTEXT","Value":"V"}]',
    "namespace: aws:elasticbeanstalk:application:environment\noption_name: AWS_SECRET_KEY\nvalue: V\n",
    "/opt/aws/bin/cfn-init -v --stack s --access-key V --secret-key $X",
    "cfn-signal --secret-key=V",
    "$aws_secret_access_key = 'V';",
    "java -Daws.secretKey=V -jar a.jar",
    "TF_VAR_aws_secret_access_key=V",
]


@pytest.mark.parametrize("template", ASSIGNMENTS)
def test_any_literal_assigned_to_a_name_of_aws(template: str) -> None:
    flat = fill(template, "hunter2")
    assert values(flat) == ["hunter2"]
    found = find_keys(flat, None)[0]
    assert found.certainty == "doubtful"
    assert found.assigned_to


@pytest.mark.parametrize("template", ASSIGNMENTS)
@pytest.mark.parametrize(
    "value",
    [
        "",
        "$VAR",
        "${VAR}",
        "$(curl x)",
        "`curl x`",
        "%VAR%",
        "{{ jinja }}",
        "<%= erb %>",
        HOLE,
        f"a{HOLE}b",
        "12345678",
        "{{resolve:secretsmanager:db:SecretString:password}}",
        "true",
        "arn:aws:ssm:eu-west-1:123456789012:parameter/a",
    ],
)
def test_what_is_no_literal(template: str, value: str) -> None:
    assert values(fill(template, value)) == []


@pytest.mark.parametrize("template", ASSIGNMENTS)
def test_a_key_is_found_once_with_its_name(template: str) -> None:
    for value, kind in ((ID, KIND_ID), (MIXED, None)):
        (found,) = find_keys(fill(template, value), None)
        assert fill(template, value)[found.start : found.end] == value
        assert found.assigned_to
        assert found.certainty == "real"
        assert kind is None or found.kind == kind


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "aws_access_key_id", "AWS_SECRET_ACCESS_KEY"])
@pytest.mark.parametrize(
    "value",
    [
        "changeme",
        "CHANGE_ME",
        "<your key>",
        "[secret]",
        "xxxxxxxx",
        "your-secret",
        "YOUR_ACCESS_KEY_HERE",
        "REPLACE_ME",
        "insert-key",
        "TODO",
        "placeholder",
        "****",
    ],
)
def test_what_is_to_be_replaced_is_no_key(name: str, value: str) -> None:
    for flat in (f"{name}='{value}'", f"{name}={value}", f"# {name}={value}"):
        assert summary(flat) == []
    assert summary(value, name) == []


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "aws_access_key_id", "AWS_SECRET_ACCESS_KEY"])
def test_filler_in_the_form_of_a_key_is_an_example_and_silent_in_comments(name: str) -> None:
    value = "AKIAXXXXXXXXXXXXXXXX"
    assert [entry[1:3] for entry in summary(f"{name}='{value}'")] == [("example", value)]
    assert [entry[1:3] for entry in summary(f"{name}={value}")] == [("example", value)]
    assert [entry[1:3] for entry in summary(value, name)] == [("example", value)]
    assert summary(f"# {name}={value}") == []


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "aws.secret_key", "aws.token"])
@pytest.mark.parametrize(
    "value", ["test", "mock", "minioadmin", "mock_access_key", "AWS_SECRET_ACCESS_KEY", "aws_session_token"]
)
def test_what_emulators_are_given_and_names_of_keys_are_no_keys(name: str, value: str) -> None:
    assert summary(value, name) == []
    assert summary(f"export AWS_SECRET_ACCESS_KEY={value}") == []


@pytest.mark.parametrize(
    ("name", "value", "certainty"),
    [
        ("AWS_ACCESS_KEY_ID", "5NT2FAKE6KQE2Y34", "real"),
        ("AWS_ACCESS_KEY_ID", "5NT2FAKE", "doubtful"),
        ("AWS_SECRET_ACCESS_KEY", "ded7fake27a4558e2ea8bbf0bf37ae0e8521618f", "real"),
        ("AWS_SESSION_TOKEN", "x9" * 60, "real"),
        ("AWS_SESSION_TOKEN", "x9" * 20, "doubtful"),
    ],
)
def test_what_has_not_the_form_of_a_key_is_doubtful(name: str, value: str, certainty: str) -> None:
    assert [entry[1] for entry in summary(value, name)] == [certainty]


@pytest.mark.parametrize("prefix", ["AKIA", "ASIA", "ABIA", "ACCA"])
def test_ids_by_form(prefix: str) -> None:
    assert summary(f"curl https://{prefix}{ID[4:]}:x@host") == [(KIND_ID, "real", prefix + ID[4:], None)]


@pytest.mark.parametrize("prefix", ["AROA", "AIDA", "AGPA", "AIPA", "ANPA", "ANVA", "APKA", "ASCA"])
def test_other_identifiers_are_no_keys(prefix: str) -> None:
    assert summary(f"role {prefix}{ID[4:]}, access key of none") == []


@pytest.mark.parametrize("text", [f"X{ID}", f"{ID}X", f"9{ID}", ID[:-1], ID.lower(), ID[:-1] + "1"])
def test_ids_have_their_length_and_letters(text: str) -> None:
    assert summary(text) == []


def test_the_digits_that_base32_lacks_count_only_when_assigned() -> None:
    value = "AKIA" + "FAKE0189FAKE0189"
    assert summary(value) == []
    assert summary(f"AWS_ACCESS_KEY_ID={value}") == [(KIND_ID, "real", value, "AWS_ACCESS_KEY_ID")]
    assert summary(value, "AWS_ACCESS_KEY_ID") == [(KIND_ID, "real", value, "AWS_ACCESS_KEY_ID")]


@pytest.mark.parametrize(
    "flat",
    [
        f"{ID}:{MIXED}",
        f"s3n://{ID}:{MIXED}@bucket/path",
        f'printf "{ID}\\n{MIXED}\\neu-west-1\\njson\\n" | aws configure',
        f"{ID}\n\n\n\n{MIXED}\n",
        f"{MIXED}\n{ID}",
        f"login({ID!r}, {MIXED!r})",
        f"X_ID={ID}\nX_SECRET={MIXED}",
    ],
)
def test_a_secret_beside_its_id(flat: str) -> None:
    assert sorted(values(flat)) == sorted([ID, MIXED])


def test_a_secret_without_context_is_silent() -> None:
    assert values(MIXED) == []
    assert values(f"{ID}\n" + "\n" * 6 + MIXED) == [ID]
    assert values(f"the secret key is {MIXED}") == [MIXED]
    assert values(MIXED, "app_secret_key_of_prod") == [MIXED]


@pytest.mark.parametrize(
    "text",
    [
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709",
        "0123456789012345678901234567890123456789",
        "opt/Application/config/environment/Prod1",
        "https://example.com/Fake/Secret+2Fake/Secret+2Fake/Sec",
        "s3://bucket/FakeSecret2FakeSecret2FakeSecret2FakeSec",
        "arn:aws:iam::123456789012:role/FakeSecret2FakeSecret2FakeSecret2FakeSec2",
        "MyFunctionServiceRoleDefaultPolicB7A1F3C2",
        "MyFunctionServiceRoleDefaultPolB7A1F3C2A"[:32] + "B7A1F3C2",
        "YmFzZTY0IGJsb2IgdGhhdCBpcyBmYXIgbG9uZ2VyIHRoYW4gZm9ydHkgY2hhcmFjdGVycw==",
        "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "thisIsTheNameOfSomethingQuiteLongAndDull",
    ],
)
def test_forty_characters_are_not_enough(text: str) -> None:
    assert values(f"access key of none: {text}") == []
    assert values(f"{ID} {text}") == [ID]
    assert values(text, "foo") == []


@pytest.mark.parametrize(
    "name", ["access_key", "secret_key", "token", "password", "SECRET_KEY", "MY_AWS_SECRET_ACCESS_KEY"]
)
def test_names_that_are_not_only_of_aws_need_a_form(name: str) -> None:
    for value in (
        "hunter2",
        "correct-horse",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "eyJhbGciOiJIUzI1NiJ9.e30.abc",
    ):
        assert values(f"{name} = '{value}'") == []
        assert values(f"{name}: {value}") == []
        assert values(value, name) == []


def test_generic_names_with_a_form() -> None:
    flat = f"[default]\naccess_key = {ID}\nsecret_key = {SECRET}\n"
    assert summary(flat) == [(KIND_ID, "real", ID, "access_key"), (KIND_SECRET, "real", SECRET, "secret_key")]
    assert summary(SECRET, "secretKey") == [(KIND_SECRET, "real", SECRET, "secretKey")]
    assert summary(TOKEN, "token") == [(KIND_TOKEN, "real", TOKEN, "token")]
    assert summary("hunter2", "aws.secret_key") == [(KIND_SECRET, "doubtful", "hunter2", "aws.secret_key")]
    assert summary("hunter2", "aws.token") == [(KIND_TOKEN, "doubtful", "hunter2", "aws.token")]


@pytest.mark.parametrize(
    "flat",
    [
        "unset AWS_SECRET_ACCESS_KEY\nls",
        "docker run -e AWS_ACCESS_KEY_ID -e AWS_SECRET_ACCESS_KEY nginx",
        'if [ "$AWS_ACCESS_KEY_ID" = "foo" ]; then',
        '[[ $AWS_ACCESS_KEY_ID == "foo" ]]',
        "echo ${AWS_SECRET_ACCESS_KEY:-none}",
        'os.getenv("AWS_SECRET_ACCESS_KEY", "default")',
        'NAMES = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "PATH"]',
        "boto3.client('s3', aws_access_key_id=key, aws_secret_access_key=config.secret)",
        "aws_secret_access_key = var.secret_key",
        "aws_secret_access_key = os.environ['X']",
        '"AWS_ACCESS_KEY_ID=" + key + "\\n"',
        "f'aws_access_key_id={key}'",
        "printf 'aws_access_key_id=%s\\n' x",
        "new S3({ accessKeyId, secretAccessKey })",
        "new S3({ accessKeyId: accessKeyId, secretAccessKey: secret })",
        "interface C { accessKeyId: string; secretAccessKey: string }",
        "jq -r .AccessKeyId x.json; jq -r .SecretAccessKey x.json",
        "AWS_SECRET_ACCESS_KEY: the secret of the user",
        "AWS_SECRET_ACCESS_KEY: !Ref Secret",
        "AWS_SECRET_ACCESS_KEY: /prod/secret",
        '{"AWS_SECRET_ACCESS_KEY": {"Ref": "Secret"}}',
        '{"name": "AWS_SECRET_ACCESS_KEY", "valueFrom": "prod"}',
        '{"name": "AWS_SECRET_ACCESS_KEY"}, {"name": "X", "value": "y"}',
        "- name: AWS_SECRET_ACCESS_KEY\n  valueFrom: prod\n- name: X\n  value: y\n",
        "- name: X\n  value: y\n- name: AWS_SECRET_ACCESS_KEY\n  valueFrom: prod\n",
        '{"name": "AWS_SECRET_ACCESS_KEY", "type": "PARAMETER_STORE", "value": "prod"}',
        '{"name": "AWS_SECRET_ACCESS_KEY", "value": "prod", "type": "SECRETS_MANAGER"}',
        "AWS_SECRET_ACCESS_KEY_FILE=secretfile AWS_ACCESS_KEY_ID_PATH=keyfile",
        "Set-AWSCredential -AccessKey $id -SecretKey $secret",
        "sed -i 's/aws_secret_access_key = .*/x/' ~/.aws/credentials",
        'TOKEN=$(curl -X PUT "http://169.254.169.254/latest/api/token" -H "X-aws-ec2-metadata-token-ttl-seconds: 60")',
        "token: 0123456789 secret password: hunter2 DB_PASSWORD=hunter2",
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQFakeFakeFakeFakeFakeFakeFakeFake secret-key",
        "# AWS_SECRET_ACCESS_KEY=hunter2",
    ],
)
def test_no_keys(flat: str) -> None:
    assert values(flat) == []


@pytest.mark.parametrize(
    "value",
    [
        "AKIAI44QH8DHBEXAMPLE",
        "ASIAIOSFODNN7EXAMPLE",
        "AKIAQRSTUVWXYZEXAMPLE",
        "ASIAWHOJDLGPOEXAMPLE",
        "ASIACQRSTUVWRAOEXAMPLE",
        "ASIAV3ZUEFP6EXAMPLE",
        "AKIA111111111EXAMPLE",
        "AKIAAAAAAAAAAAAAAAAA",
        DOC_ID,
    ],
)
def test_published_ids_are_examples(value: str) -> None:
    assert summary(f"key1={value}") == [(KIND_ID, "example", value, None)]
    assert summary(f"access_key={value}") == [(KIND_ID, "example", value, "access_key")]
    assert summary(value, "AWS_ACCESS_KEY_ID") == [(KIND_ID, "example", value, "AWS_ACCESS_KEY_ID")]


@pytest.mark.parametrize("value", [DOC_SECRET, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY"])
def test_published_secrets_are_examples(value: str) -> None:
    assert summary(f"{DOC_ID}:{value}")[1] == (KIND_SECRET, "example", value, None)
    for name in ("secret_key", "AWS_SECRET_ACCESS_KEY"):
        assert summary(f"{name}={value}") == [(KIND_SECRET, "example", value, name)]
        assert summary(value, name) == [(KIND_SECRET, "example", value, name)]


def test_examples_that_were_altered_are_real() -> None:
    flat = "export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMAAA\n"
    flat += "export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMAAAKEY"
    assert [entry[:2] for entry in summary(flat)] == [(KIND_ID, "real"), (KIND_SECRET, "real")]


@pytest.mark.parametrize(
    "comment", ["# {}", "  // {}", "REM {}", "rem {}", ":: {}", "; {}", "<!--\n {}\n-->", "ls # {}"]
)
def test_comments_silence_examples_but_no_real_key(comment: str) -> None:
    for text in (f"aws_access_key_id={DOC_ID}", DOC_ID, f"{DOC_ID} {DOC_SECRET}", "AWS_SECRET_ACCESS_KEY=hunter2"):
        assert values(comment.format(text)) == []
    assert values(comment.format(f"aws_access_key_id={ID}")) == [ID]
    assert values(comment.format(ID)) == [ID]
    assert values(comment.format("x") + f"\naws_access_key_id={DOC_ID}") == [DOC_ID]


def test_a_hash_in_quotes_begins_no_comment() -> None:
    assert values(f"echo 'a # {DOC_ID}'") == [DOC_ID]


def test_an_id_assigned_to_the_wrong_name_stays_an_id() -> None:
    assert summary(f"AWS_SECRET_ACCESS_KEY={ID}") == [(KIND_ID, "real", ID, "AWS_SECRET_ACCESS_KEY")]


def test_the_token_beside_an_id() -> None:
    flat = f"x {ID}\ny {MIXED}\nz {TOKEN}\n"
    assert [entry[0] for entry in summary(flat)] == [KIND_ID, KIND_SECRET, KIND_TOKEN]


def test_the_whole_text_may_have_blanks_around() -> None:
    assert summary(f"  {ID}\n", "AWS_ACCESS_KEY_ID") == [(KIND_ID, "real", ID, "AWS_ACCESS_KEY_ID")]
    assert summary(f"{HOLE}", "AWS_ACCESS_KEY_ID") == []
    assert summary("", "AWS_ACCESS_KEY_ID") == []


def test_never_more_than_four_characters_are_shown() -> None:
    for value in (ID, SECRET, TOKEN, "hunter2", "ab"):
        (found,) = find_keys(f"AWS_SECRET_ACCESS_KEY={value}", None)
        assert value not in found.description
        assert value[:5] not in found.description
        assert str(len(value)) in found.description
        for slot in FoundKey.__slots__:
            assert value not in str(getattr(found, slot))
        assert value not in repr(found)
    assert find_keys(ID, None)[0].description == "access key id AKIA... (20 characters)"


def test_accounts() -> None:
    def key_of(account: int) -> str:
        data = (account << 7 | 1 << 47).to_bytes(6, "big") + b"FAKE"
        return "AKIA" + base64.b32encode(data).decode()

    assert account_of(key_of(123456789012)) == "123456789012"
    assert account_of(key_of(42)) == "000000000042"
    assert account_of(key_of(10**12)) is None
    assert account_of(DOC_ID) is None
    assert account_of("AKIA" + "FAKE0189FAKE0189") is None


def test_importing_compiles_nothing() -> None:
    script = (
        "import re\nreal = re._compiler.compile\n"
        "def refuse(*a, **k): raise SystemExit('compiled ' + repr(a))\n"
        "re._compiler.compile = refuse\nimport iplint.aws.keys, iplint.aws.user_data"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], env={"PYTHONPATH": ":".join(sys.path)}, capture_output=True, check=False
    )
    assert result.returncode == 0, result.stderr


@given(st.text())
def test_text_without_hints_holds_nothing(flat: str) -> None:
    lowered = flat.lower()
    if not any(hint in lowered for hint in ("akia", "asia", "abia", "acca", "access", "secret", "token")):
        assert find_keys(flat, None) == []


@given(
    st.text(st.characters(exclude_characters="\r\n", codec="utf-8")),
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=16, max_size=16).filter(
        lambda tail: len(set(tail)) > 3 and not tail.endswith("EXAMPLE")
    ),
    st.sampled_from([" ", "\n", '"', "=", ":", HOLE, "/", ""]),
    st.text(st.characters(codec="utf-8")),
)
def test_an_id_is_found_at_its_place(before: str, tail: str, boundary: str, after: str) -> None:
    key = "AKIA" + tail
    if not boundary and ((before and before[-1] in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") or after[:1].isalnum()):
        boundary = " "
    flat = before + boundary + key + boundary + after
    start = len(before + boundary)
    assert [(found.start, found.end) for found in find_keys(flat, None) if found.kind == KIND_ID] == [
        (start, start + 20)
    ]


@given(
    st.text("aws_ACEKIDYsecrtkn=:\"'$#\n -\\<>valuename" + HOLE),
    st.sampled_from([None, "AWS_SECRET_ACCESS_KEY", "token"]),
)
def test_nothing_raises_and_places_are_apart(flat: str, name: str | None) -> None:
    last = 0
    for found in find_keys(flat + "AWS_SECRET_ACCESS_KEY=" + flat, name):
        assert last <= found.start < found.end
        last = found.end


@pytest.mark.parametrize(
    "unit",
    [
        "A",
        "=",
        " ",
        '"',
        "aws_secret_access_key=",
        "token",
        "access_key.",
        f"{ID} ",
        f"AWS_ACCESS_KEY_ID={ID}\n",
        "aA1/",
        "<!-- ",
        "name: AWS_SECRET_ACCESS_KEY ",
        '"name":"AWS_SECRET_ACCESS_KEY",',
        "aws_secret_access_key='",
        "x # ",
    ],
)
def test_long_texts_come_to_an_end(unit: str) -> None:
    flat = unit * (200_000 // len(unit))
    find_keys(flat, None)
    find_keys(f"secret_access_key {flat} {DOC_ID}", "AWS_SECRET_ACCESS_KEY")


LETTERS = string.ascii_letters + string.digits + "+/"
BASE32 = string.ascii_uppercase + "234567"
SURROUNDINGS = [
    "id = {id}\nsome thing {secret}\n",
    "{id}:{secret}",
    "aws s3 cp x y --id {id}\n\n\npassword: '{secret}'",
    "export AWS_SECRET_ACCESS_KEY={secret}\n",
    '"secret_key": "{secret}"',
    "$env:AWS_SECRET_ACCESS_KEY = '{secret}'",
    "secretAccessKey: {secret}\n",
    "AWS_SECRET_ACCESS_KEY: |\n  {secret}\n",
    "- - aws\n  - configure\n  - set\n  - aws_secret_access_key\n  - {secret}\n",
    '["--secret-key",\n "{secret}"]',
    "the secret key is {secret} here",
]


def test_no_key_that_aws_may_make_is_missed() -> None:
    """Of 30,000, beside an id, beside a name, and as the whole of what a name is given."""
    drawn = random.Random(20)
    for number in range(30_000):
        key_id = "AKIA" + "".join(drawn.choices(BASE32, k=16))
        secret = "".join(drawn.choices(LETTERS, k=40))
        flat = SURROUNDINGS[number % len(SURROUNDINGS)].format(id=key_id, secret=secret)
        found = {flat[key.start : key.end] for key in find_keys(flat, None) if key.certainty == "real"}
        assert secret in found, flat
        assert key_id in found or key_id not in flat, flat
        name = "secret_key" if number % 2 else "AWS_SECRET_ACCESS_KEY"
        assert [key.certainty for key in find_keys(secret, name)] == ["real"], secret


HALVES = ("FakeKeyHalf2FakeHalf", "FakeHalf3FakeHalfFak")


@pytest.mark.parametrize(
    "script",
    [
        "A={0}\nB={1}\nexport AWS_SECRET_ACCESS_KEY=$A$B\n",
        "A='{0}'; B=\"{1}\"; export AWS_SECRET_ACCESS_KEY=${{A}}${{B}}",
        "A={0}\nexport AWS_SECRET_ACCESS_KEY=${{A}}{1}\n",
        "A={0}\nA+={1}\nexport AWS_SECRET_ACCESS_KEY=$A\n",
        'A={0}\nA+={1}\nexport AWS_SECRET_ACCESS_KEY=$(printf %s "$A")\n',
        "A=FakeBefore1FakeBefor\nA={0}\nA+={1}\nexport AWS_SECRET_ACCESS_KEY=`echo $A`\n",
        "A={0}\nB=${{A}}{1}\nC=$B\naws configure set aws_secret_access_key $C\n",
        "export AWS_SECRET_ACCESS_KEY='{0}'\"{1}\"\n",
        "export AWS_SECRET_ACCESS_KEY={0}\\\n{1}\n",
        "$a = '{0}'\r\n$b = '{1}'\r\n$env:AWS_SECRET_ACCESS_KEY = \"$a$b\"\r\n",
        "export AWS_SECRET_ACCESS_KEY=$(printf '%s%s' {0} {1})\n",
        "printf -v AWS_SECRET_ACCESS_KEY '%s%s' {0} {1}\n",
        "printf 'aws_secret_access_key=%s%s\\n' {0} {1} >> settings\n",
        'A={0}\nexport AWS_SECRET_ACCESS_KEY=$(printf %s%s "$A" {1})\n',
        "export AWS_SECRET_ACCESS_KEY=`echo -n {0}; echo -n {1}`\n",
        "k=({0} {1})\nexport AWS_SECRET_ACCESS_KEY=${{k[0]}}${{k[1]}}\n",
        "$env:AWS_SECRET_ACCESS_KEY = '{{0}}{{1}}' -f '{0}','{1}'\n",
        "$env:AWS_SECRET_ACCESS_KEY = -join ('{0}', '{1}')\n",
        "boto3.client('s3', aws_secret_access_key=''.join(['{0}', '{1}']))\n",
        "boto3.client('s3', aws_secret_access_key='{0}' '{1}')\n",
        "$a = '{0}'\n$b = '{1}'\n$env:AWS_SECRET_ACCESS_KEY = $a + $b\n",
        "Set-AWSCredential -AccessKey AKIAFAKEFAKEFAKEFAK2 -SecretKey ('{0}' + '{1}')",
        "set A={0}\r\nset B={1}\r\nset AWS_SECRET_ACCESS_KEY=%A%%B%\r\n",
        "set AWS_SECRET_ACCESS_KEY={0}^\r\n{1}\r\n",
        "$a = '{0}' + '{1}'\n[Environment]::SetEnvironmentVariable('AWS_SECRET_ACCESS_KEY', $a, 'Machine')\n",
        'os.environ["AWS_SECRET_ACCESS_KEY"] = "{0}" + \\\n  "{1}"',
    ],
)
def test_a_key_that_a_script_puts_together(script: str) -> None:
    flat = script.format(*HALVES)
    made = ["".join(flat[start:end] for start, end in key.parts) for key in find_keys(flat, None)]
    assert "".join(HALVES) in made


HEXADECIMAL = b"FAKE/8KqQFdZ3mUXrN0gTbP5vLy2HxJw7sCe1aRi".hex()


@pytest.mark.parametrize(
    "script",
    [
        f"export AWS_SECRET_ACCESS_KEY=$(echo {HEXADECIMAL} | xxd -r -p)\n",
        f"A={HEXADECIMAL}\nexport AWS_SECRET_ACCESS_KEY=$(xxd -r -p <<< $A)\n",
        "export AWS_SECRET_ACCESS_KEY=$'" + re.sub("(..)", r"\\x\1", HEXADECIMAL) + "'\n",
        "export AWS_SECRET_ACCESS_KEY=$(printf '" + "".join(f"\\{n:03o}" for n in bytes.fromhex(HEXADECIMAL)) + "')\n",
        "export AWS_SECRET_ACCESS_KEY=$(printf '" + "".join(f"\\{n:04o}" for n in bytes.fromhex(HEXADECIMAL)) + "')\n",
    ],
)
def test_a_key_whose_characters_are_written_by_their_numbers(script: str) -> None:
    found = [key for key in find_keys(script, None) if key.certainty == "real"]
    assert [key.description for key in found] == ["secret access key FAKE... (40 characters)"]


@pytest.mark.parametrize(
    "script",
    [
        "A={0}\nexport AWS_SECRET_ACCESS_KEY=$A$B\n",
        "A=$(cat /run/a)\nB={1}\nexport AWS_SECRET_ACCESS_KEY=$A$B\n",
        "A=$A\nexport AWS_SECRET_ACCESS_KEY=$A{1}\n",
        "export AWS_SECRET_ACCESS_KEY='$A''$B'\n",
    ],
)
def test_what_nobody_sets_makes_no_key(script: str) -> None:
    assert [key for key in find_keys(script.format(*HALVES), None) if key.certainty == "real"] == []


@pytest.mark.parametrize("before", ["", "x ", "k\u212aey ", "\u0130 ", "tokens keyed keys "])
@pytest.mark.parametrize(
    "name", ["secret_key", "ACCESS-KEY-ID", "aws.secretAccessKey", "session_token", "SECRET_ACCESS_KEY", "token"]
)
def test_a_name_is_found_in_whatever_letters_are_around_it(before: str, name: str) -> None:
    value = "FAKE/8KqQFdZ3mUXrN0gTbP5vLy2HxJw7sCe1aRi"
    text = f'{before}{name} = "{value}"\n'
    assert [text[key.start : key.end] for key in find_keys(text, None)] == [value]


@pytest.mark.parametrize("before", ["", " ", "\\n", "${1:-"])
def test_a_key_is_found_by_its_form_behind_whatever_may_precede_it(before: str) -> None:
    value = "FAKE/8KqQFdZ3mUXrN0gTbP5vLy2HxJw7sCe1aRi"
    text = f"secret key {before}{value}"
    assert [text[key.start : key.end] for key in find_keys(text, None)] == [value]


def test_a_key_may_be_in_as_many_parts_as_it_has_letters() -> None:
    key = "wJ4" + "FAKE7xQzKp2MmTbV9nRs0LdYc5GhUa8EoWiB1"
    parts = "".join(f"P{n}={letter}\n" for n, letter in enumerate(key))
    text = f"{parts}export AWS_SECRET_ACCESS_KEY={''.join(f'${{P{n}}}' for n in range(len(key)))}\n"
    (found,) = find_keys(text, None)
    assert (found.kind, "".join(text[start:end] for start, end in found.parts)) == (KIND_SECRET, key)


def test_the_second_place_of_a_word_is_found() -> None:
    word = "Fake/Secret+2FakeSecret+2FakeSecret+2Fak"
    (found,) = find_keys(f"checksum of the archive: {word}\naws_secret_access_key = {word}\n", None)
    assert found.start > len(word)


@pytest.mark.parametrize("context", ["accesskey", "access key", "secret key:", "aws secret", "# AWS access key"])
def test_a_secret_is_found_below_the_first_line_that_mentions_keys(context: str) -> None:
    assert [found[0] for found in summary(f"{context}\n{MIXED}\n")] == [KIND_SECRET]
    assert summary(f"{context}\n\n{MIXED}\n") == []
    assert summary(f"checksum\n{MIXED}\n") == []


@pytest.mark.parametrize("length", range(36, 46))
def test_a_secret_by_form_has_its_length(length: int) -> None:
    value = f"{MIXED}kEsT9"[:length]
    assert (values(f"secret key: {value}\n") == [value]) == (length == 40)

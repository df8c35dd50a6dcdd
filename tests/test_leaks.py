"""No command shows a secret, whatever holds it and however it is written, and none writes what steers a reader.

Each seed makes a repository with a secret in every place, in forms that are drawn. IPLINT_LEAK_SEEDS=200 runs more.
"""

from __future__ import annotations

import base64
import codecs
import contextlib
import hashlib
import html
import io
import json
import os
import random
import re
import sqlite3
import string
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from iplint.cache.store import NAME
from iplint.cli import run
from iplint.cli.caching import MIN_FILES
from iplint.cli.commands import COMMANDS as ALL_COMMANDS
from iplint.cli.output import FORMATS
from iplint.report.masking import Mask
from iplint.secret import Secret, Secrets

SEEDS = range(int(os.environ.get("IPLINT_LEAK_SEEDS", "4")))
LETTERS = string.ascii_letters + string.digits
COMMANDS = (
    *(("check", "--format", format, "--undecided", "--no-cache") for format in ("text", "github")),
    ("check", "--select", "missing-instance-profile", "--format", "json", "--no-cache"),
    *(("check", "--format", format, "--proof", "--suppressed", "--no-cache") for format in ("json", "sarif")),
    ("check", "--by-file", "--undecided", "--no-cache"),
    ("check", "--diff", "--unsafe-fixes", "--no-cache"),
    ("check", "--cross-check", "--strict", "--statistics", "-v", "--no-cache"),
    ("audit", "accounts", "--undecided"),
    ("audit", "accounts", "--format", "json", "--proof"),
    ("prove", "--snapshot", "accounts"),
    ("explain", "missing-instance-profile", "."),
    *(("inventory", "--format", format) for format in ("table", "json", "markdown")),
    *(("prove", "--format", format) for format in ("text", "json", "markdown")),
    *(("graph", "--format", format) for format in ("mermaid", "svg")),
    ("baseline", "-o", "known.json", "--no-cache"),
    ("migrate", "skips.tf"),
    ("migrate", "--format", "json", "skips.tf"),
    ("config",),
    ("init",),
    ("rules",),
)
# One check writes all formats, as its files.
REPORTS = {format: f"report-{number}" for number, format in enumerate(FORMATS)}
ALL_FORMATS = ("check", *(f"--output={format}:{file}" for format, file in REPORTS.items()), "--undecided", "--no-cache")
# Calling AWS and writing for a shell repeat nothing of templates; test_leaks_elsewhere and test_fleet have the others.
UNRUN = {"compare", "completion", "fleet", "lsp", "snapshot"}


def printed_by(top: Path, commands: Iterable[tuple[str, ...]] = COMMANDS) -> dict[str, str]:
    """What each command writes, and each report of a check, by its command line or format."""
    printed = {" ".join(asked): command(top, *asked) for asked in commands}
    printed["all formats"] = command(top, *ALL_FORMATS)
    for format, file in REPORTS.items():
        printed[format] = (top / file).read_text(encoding="utf-8")
        (top / file).unlink()
    return printed


def command(top: Path, *arguments: str) -> str:
    """What a command writes on standard output and standard error, run in this process."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="surrogateescape") for _ in range(2)]
    with (
        contextlib.chdir(top),
        contextlib.redirect_stdout(streams[0]),
        contextlib.redirect_stderr(streams[1]),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(sys, "argv", ["iplint", *arguments])
        run(arguments)
    written = ""
    for stream in streams:
        stream.flush()
        stream.buffer.seek(0)
        written += stream.buffer.read().decode("utf-8", "surrogateescape")  # type: ignore[attr-defined]  # BytesIO
    for path in top.glob("known.json"):
        written += path.read_text(encoding="utf-8")
        path.unlink()
    return written


def readings(text: str, levels: int = 4) -> Iterator[str]:
    """The text, and what it reads as once its escapes and encodings are undone."""
    yield text
    if not levels:
        return
    escapes = r"\\x[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
    undone = re.sub(escapes, lambda found: codecs.decode(found[0], "unicode_escape"), text)
    undone = re.sub(r"#(\d+);", lambda found: chr(int(found[1])), html.unescape(unquote(undone)))
    undone = re.sub(r"\\(.)", r"\1", undone).replace("\u2060", "")
    if undone != text:
        yield from readings(undone, levels - 1)
    for run_ in re.findall(r"[A-Za-z0-9+/_-]{8,}", text):
        for shift in range(4):
            body = run_[shift:].translate(str.maketrans("-_", "+/"))
            inner = base64.b64decode(body[: len(body) // 4 * 4]).decode("latin-1").replace("\0", "")
            if re.search(r"[A-Za-z0-9+/]{5}", inner):
                yield from readings(inner, levels - 1)
    for digits in re.findall(r"(?:[0-9A-Fa-f]{2}){5,}", text):
        yield bytes.fromhex(digits).decode("latin-1")


def shown(text: str, secrets: list[str]) -> set[str]:
    """The runs of five characters of secrets that a text gives away."""
    runs = {secret[at : at + 5] for secret in secrets for at in range(len(secret) - 4)}
    return {found for reading in readings(text) for found in runs if found in reading}


def drawn(draw: random.Random, length: int) -> str:
    return "".join(draw.choice(LETTERS) for _ in range(length))


def escaped(draw: random.Random, text: str) -> str:
    """A text in double quotes as YAML takes it, some characters escaped."""
    kinds: tuple[Callable[[str], str], ...] = (
        lambda letter: letter,
        lambda letter: f"\\x{ord(letter):02x}",
        lambda letter: f"\\u{ord(letter):04x}",
    )
    some = draw.choice(((kinds[0],), kinds[1:], kinds))
    return (
        '"'
        + "".join(draw.choice(some)(letter) if letter.isalnum() else json.dumps(letter)[1:-1] for letter in text)
        + '"'
    )


def forms(draw: random.Random, secret: str) -> str:
    """The secret or a part of it, in one of the forms in which a report might repeat it."""
    start = draw.randrange(0, len(secret) // 2)
    part = draw.choice((secret, secret[start : start + draw.randrange(5, 20)]))
    data = ("x" * draw.randrange(3) + secret).encode()
    return draw.choice(
        (
            part,
            part,
            f"x{part}y",
            f"{part[:10]}-{part[:10]}",
            base64.b64encode(data).decode(),
            base64.urlsafe_b64encode(base64.b64encode(data)).decode(),
            secret.encode().hex(),
            "".join(f"%{ord(letter):02X}" for letter in secret),
        )
    )


def template(draw: random.Random, found: str, hidden: str) -> str:
    """A template that assigns one secret to a key and declares the other NoEcho, both repeated in other places."""

    def form() -> str:
        return escaped(draw, forms(draw, found))

    def name() -> str:
        return escaped(draw, forms(draw, draw.choice((found, hidden))))

    return f"""\
Description: {form()}
Parameters:
  Hidden: {{Type: String, NoEcho: true, Default: {escaped(draw, hidden)}}}
  Open: {{Type: String, Default: {form()}, AllowedValues: [{form()}, {form()}]}}
  {name()}: {{Type: String}}
Mappings: {{{name()}: {{{name()}: {{{name()}: {name()}}}}}}}
Conditions: {{{name()}: !Equals [!Ref Open, {form()}]}}
Resources:
  {name()}: # {found[:4]}
    Type: AWS::EC2::Instance
    Metadata: {{iplint: {{ignore: [{{rule: imdsv1-allowed, reason: {name()}}}]}}}}
    Properties: {{UserData: {escaped(draw, f"export AWS_SECRET_ACCESS_KEY={found}")}}}
  Web:
    Type: AWS::EC2::Instance
    Properties: {{IamInstanceProfile: {form()}, MetadataOptions: {{HttpTokens: !Ref Open}}}}
  Made:
    Type: AWS::EC2::Instance
    Properties:
      IamInstanceProfile: !Join ["-", [!Ref Hidden, web]]
      MetadataOptions: {{HttpTokens: !Ref Hidden}}
  Packed:
    Type: AWS::EC2::Instance
    Properties: {{IamInstanceProfile: {{Fn::Base64: !Ref Hidden}}, UserData: {form()}}}
  {name()}: {{Type: AWS::EC2::Instance, Properties: {{IamInstanceProfile: !Ref {name()}, IamInstanceProfile2: 1}}}}
  Profile:
    Type: AWS::IAM::InstanceProfile
    Properties: {{Roles: [!Ref Role, {name()}], InstanceProfileName: {name()}}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: {name()}
      ManagedPolicyArns: [{name()}, !Sub "arn:aws:iam::aws:policy/${{Hidden}}"]
      AssumeRolePolicyDocument:
        Statement:
        - Effect: Allow
          Principal: {{Service: !Sub "${{Hidden}}.amazonaws.com", AWS: {name()}}}
          Action: sts:AssumeRole
      Policies:
      - PolicyName: {name()}
        PolicyDocument: {{Statement: [{{Effect: Allow, Action: {name()}, Resource: {name()}}}, {{Effect: {name()}}}]}}
  Proven: {{Type: AWS::EC2::Instance, Properties: {{IamInstanceProfile: !Ref Held, UserData: {form()}, \
KeyName: {form()}, MetadataOptions: {{HttpTokens: required}}, Tags: [{{Key: a, Value: {form()}}}]}}}} # {found[:4]}
  Held: {{Type: AWS::IAM::InstanceProfile, Properties: {{Roles: [!Ref Trusted], InstanceProfileName: {name()}}}}}
  Trusted: {{Type: AWS::IAM::Role, Properties: {{RoleName: {name()}, \
AssumeRolePolicyDocument: {{Statement: [{{Sid: {name()}, Effect: Allow, Action: "sts:AssumeRole", \
Principal: {{Service: ec2.amazonaws.com}}}}]}}, \
Policies: [{{PolicyName: {name()}, \
PolicyDocument: {{Statement: [{{Effect: Allow, Action: "s3:GetObject", Resource: {name()}}}]}}}}]}}}}
Outputs: {{{name()}: {{Value: {name()}, Export: {{Name: !Ref Hidden}}}}}}
"""


def configuration(draw: random.Random, found: str, hidden: str) -> str:
    """As `template`, for Terraform: a sensitive variable and what functions make of it."""

    def name() -> str:
        return escaped(draw, forms(draw, draw.choice((found, hidden)))).replace("\\x", "\\u00").replace("%", "%%")

    word = "w" + found[3:14]
    return f"""\
variable "hidden" {{
  sensitive = true
  default   = "{hidden}"
}}
variable "open" {{
  default = {name()}
}}
locals {{
  made = "${{var.hidden}}-made"
  {word} = {name()}
}}
resource "aws_instance" {name()} {{
  user_data            = "export AWS_SECRET_ACCESS_KEY={found}"
  iam_instance_profile = local.made
}}
resource "aws_instance" "a" {{
  iam_instance_profile = upper(var.hidden)
  metadata_options {{
    http_tokens = var.open
  }}
}}
resource "aws_instance" "b" {{
  for_each             = toset([{name()}, {name()}])
  iam_instance_profile = base64encode(var.hidden)
  metadata_options {{
    http_tokens = lookup({{ a = {name()} }}, "b", {name()})
  }}
}}
resource "aws_instance" "c" {{
  iam_instance_profile = substr(var.hidden, 3, 9)
}}
resource "aws_iam_access_key" "made" {{
  user = var.hidden
}}
resource "aws_instance" "e" {{
  user_data            = "export AWS_SECRET_ACCESS_KEY=${{aws_iam_access_key.made.secret}} # ${{var.hidden}}"
  iam_instance_profile = replace(var.hidden, "/(.)/", "$1")
}}
resource "aws_instance" "f" {{
  user_data            = file("${{var.hidden}}.sh")
  iam_instance_profile = regex("^.*$", var.hidden)
  metadata_options {{
    http_tokens = yamldecode("a: ${{var.hidden}}").a
  }}
}}
resource "aws_instance" "g" {{
  user_data            = templatefile("${{terraform.workspace == {name()} ? var.hidden : {name()}}}.tpl", {{ a = "" }})
  iam_instance_profile = yamldecode("[{{a: ${{var.hidden}}, b: {found}}}]")[0].a
}}
resource "aws_instance" "d" {{
  iam_instance_profile = {word}(aws_iam_role.{word}.{word}, var.{word}, local.{word}x)
}}
resource "aws_iam_role" "r" {{
  name               = jsonencode([var.hidden])
  assume_role_policy = jsonencode({{
    Statement = [{{ Effect = "Allow", Action = {name()}, Principal = {{ Service = "${{var.hidden}}.x" }} }}]
  }})
}}
resource "aws_iam_role_policy" {name()} {{
  name   = {name()}
  role   = aws_iam_role.r.name
  policy = jsonencode({{ Statement = [{{ Effect = "Allow", Action = "*", Resource = {name()} }}] }})
}}
module {name()} {{
  source = {name()}
  {word}   = {name()}
}}
"""


def account(top: Path, found: str, unread: str) -> None:
    """Write a snapshot with keys in user data, and their parts wherever an account may have them."""
    top.mkdir()
    script = base64.b64encode(f"export AWS_SECRET_ACCESS_KEY={found}\n".encode()).decode()
    instance = {
        "InstanceId": found,
        "IamInstanceProfile": {"Arn": f"arn:aws:iam::111122223333:instance-profile/{found}"},
        "MetadataOptions": {"HttpTokens": found},
        "Tags": [{"Key": found, "Value": f"x-{found}"}],
    }
    for name, output in {
        "instances.json": {"Reservations": [{"OwnerId": "111122223333", "Instances": [instance]}]},
        "data.json": {"InstanceId": found, "UserData": {"Value": script}},
    }.items():
        (top / name).write_text(json.dumps(output), encoding="utf-8")
    (top / "half.json").write_text(f'{{"Reservations": [{unread} {unread}', encoding="utf-8")
    (top / "other.jsonl").write_text(f'{{"{unread}": 1}}\n{{"{unread}\n', encoding="utf-8")


def repository(top: Path, seed: int) -> list[str]:
    """Make the repository of a seed; gives its secrets."""
    draw = random.Random(seed)
    found, hidden, unread = (
        drawn(draw, 40),
        drawn(draw, 24),
        "AKIA" + "".join(draw.choices("ABCDEFGHJKMNPQRST234567", k=16)),
    )
    (top / "template.yaml").write_text(template(draw, found, hidden), encoding="utf-8")
    (top / "one").mkdir()
    (top / "one" / "main.tf").write_text(configuration(draw, found, hidden), encoding="utf-8")
    (top / "skips.tf").write_text(
        f'resource "aws_instance" "s" {{\n  # tfsec:ignore:aws-ec2-enforce-http-token-imds {found[5:20]}\n'
        f'  user_data = "AWS_SECRET_ACCESS_KEY={found}"\n  iam_instance_profile = "{found[3:30]}"\n}}\n',
        encoding="utf-8",
    )
    (top / f"{found[:18]}.tf").write_text('resource "aws_instance" "n" {\n}\n', encoding="utf-8")
    (top / unread).mkdir()
    (top / unread / f"{found}.yaml").write_text("Resources: {I: {Type: AWS::EC2::Instance}}\n", encoding="utf-8")
    for name, text in {
        "word.tf": f"a = {unread} {unread}\n",
        "text.tf": f'a = "x" "{unread}"\n',
        "twice.tf": f'locals {{\n  {unread} = 1\n  {unread} = "{unread}"\n}}\n',
        "escape.tf": f'a = "\\{unread}"\n',
        "heredoc.tf": f"a = <<{unread}\n",
        "part.tf": f"a = {unread[4:]} {unread[4:]}\n",
        "twice.yaml": f"Resources:\n  I:\n    Type: AWS::EC2::Instance\n    {unread}: a\n    {unread}: b\n",
        "alias.yaml": f"Resources:\n  I: {{Type: AWS::EC2::Instance, P: *{unread}}}\n",
        "json.json": f'{{"Resources": {{"I": {{"Type": "AWS::EC2::Instance", "P": "\\{unread}"}}}}',
        "vars.auto.tfvars": f"open = {unread} {unread}\n",
    }.items():
        directory = top / f"broken-{name.replace('.', '-')}"
        directory.mkdir()
        (directory / name).write_text(text, encoding="utf-8")
        if name.endswith("tfvars"):
            (directory / "main.tf").write_text('resource "aws_instance" "v" {\n}\n', encoding="utf-8")
    account(top / "accounts", found, unread)
    (top / "iplint.toml").write_text(
        f'[parameters]\nOpen = "{found}"\nPassword = "{hidden[:8]}"\n[variables]\nopen = "{unread}"\n', encoding="utf-8"
    )
    return [found, hidden, unread]


def test_every_command_is_run_on_secrets() -> None:
    assert {asked[0] for asked in COMMANDS} | UNRUN == set(ALL_COMMANDS)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_command_shows_a_secret_in_any_form(tmp_path: Path, seed: int) -> None:
    secrets = repository(tmp_path, seed)
    printed = printed_by(tmp_path)
    assert all("hardcoded-access-key" in printed[format] for format in FORMATS)
    assert {asked: runs for asked, text in printed.items() if (runs := shown(text, secrets))} == {}
    assert not any("internal" in text for text in printed.values())
    for format in ("json", "sarif", "sarif+suppressed", "gitlab", "rdjson"):
        # What is masked leaves the structure as it is.
        json.loads(printed[format])


def plan(draw: random.Random, found: str, hidden: str, *marked: str) -> str:
    """A plan as `terraform show -json` writes it: what is sensitive is repeated where nothing marks it.

    Each of the last secrets, of which there are seven at most, is marked in one place of a kind.
    """

    def name() -> str:
        return forms(draw, draw.choice((found, hidden)))

    def resource(type: str, label: str, values: dict[str, object], sensitive: object) -> dict[str, object]:
        return {"address": f"{type}.{label}", "mode": "managed", "type": type, "name": label, "values": values} | {
            "sensitive_values": sensitive
        }

    statement = {"Effect": "Allow", "Action": "*", "Resource": name()}
    made = [
        resource("aws_instance", "marked", {"iam_instance_profile": hidden, "user_data": found}, {"user_data": True}),
        resource("aws_instance", "open", {"iam_instance_profile": name(), "metadata_options": [{}]}, {}),
        resource("aws_instance", name(), {"iam_instance_profile": hidden, "tags": {name(): name()}}, {"tags": True}),
        resource("aws_iam_role_policy", "p", {"role": name(), "policy": json.dumps({"Statement": [statement]})}, {}),
        resource("aws_iam_role", "r", {"name": hidden, "assume_role_policy": name()}, {"name": True}),
        *(
            resource("aws_instance", f"open{number}", {"iam_instance_profile": value, "tags": {value: value}}, {})
            for number, value in enumerate(marked)
        ),
    ]
    changes = [
        {key: value for key, value in one.items() if "values" not in key}
        | {"change": {"actions": ["update"], "before": one["values"], "after": one["values"]}}
        | {"action_reason": name()}
        for one in made
    ]
    for change in changes:
        change["change"] |= {"before_sensitive": {}, "after_sensitive": {"user_data": True}, "after_unknown": {}}  # type: ignore[operator]
    default, argument, output, deferred, drifted, action, prior = (*marked, *("" for _ in range(7 - len(marked))))

    def change(address: str, side: str, value: str) -> dict[str, object]:
        one = {"type": "aws_db_instance", "mode": "managed", "name": "d", "address": f"aws_db_instance.{address}"}
        return one | {"change": {"actions": ["update"], side: {"p": [value]}, f"{side}_sensitive": {"p": [True]}}}

    tree = {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "variables": {"hidden": {"value": hidden}, "open": {"value": name()}},
        "prior_state": {"values": {"outputs": {"o": {"sensitive": True, "value": {"a": prior}}}}},
        "resource_drift": [change("x", "before", drifted)],
        "action_invocations": [
            {"address": "action.a.b", "config_values": {"p": action}, "config_sensitive": {"p": True}}
        ],
        "planned_values": {"outputs": {"o": {"sensitive": True, "value": [found]}}, "root_module": {"resources": made}},
        "resource_changes": changes,
        "deferred_changes": [
            {"reason": name(), "resource_change": {"address": f"aws_instance.{name()}"}},
            {"reason": "absent_prereq", "resource_change": change("y", "after", deferred)},
        ],
        "configuration": {
            "root_module": {
                "variables": {"hidden": {"sensitive": True, "default": default}, "open": {}},
                "outputs": {"o": {"sensitive": True, "expression": {"constant_value": output}}},
                "module_calls": {
                    "m": {
                        "source": "./m",
                        "expressions": {"p": {"constant_value": argument}},
                        "module": {"variables": {"p": {"sensitive": True}}},
                    }
                },
                "resources": [
                    {
                        "address": one["address"],
                        "mode": "managed",
                        "type": one["type"],
                        "name": one["name"],
                        "expressions": {"iam_instance_profile": {"references": ["var.hidden", name()]}},
                    }
                    for one in made
                ],
            }
        },
    }
    return json.dumps(tree, indent=draw.choice((None, 1)))


def state(draw: random.Random, found: str, hidden: str, deposed: str) -> str:
    """A state as Terraform keeps it: what is sensitive is repeated where nothing marks it."""

    def name() -> str:
        return forms(draw, draw.choice((found, hidden)))

    def resource(type: str, label: str, attributes: dict[str, object], *sensitive: str) -> dict[str, object]:
        paths = [[{"type": "get_attr", "value": one}] for one in sensitive]
        instance = {"attributes": attributes, "sensitive_attributes": paths}
        return {"mode": "managed", "type": type, "name": label, "provider": name(), "instances": [instance]}

    tree = {
        "version": 4,
        "serial": 1,
        "lineage": name(),
        "outputs": {"o": {"sensitive": True, "type": "string", "value": found}},
        "resources": [
            resource("aws_instance", "marked", {"iam_instance_profile": hidden, "user_data": found}, "user_data"),
            resource("aws_instance", "open", {"iam_instance_profile": name(), "metadata_options": [{}]}),
            resource("aws_instance", name(), {"tags": {name(): name()}}, "tags"),
            resource("aws_iam_role", "r", {"name": hidden, "assume_role_policy": name()}, "name"),
            resource("random_password", "p", {"result": hidden}),
            resource("aws_instance", "other", {"iam_instance_profile": deposed, "tags": {deposed: deposed}}),
            {
                "mode": "managed",
                "type": "aws_db_instance",
                "name": "d",
                "instances": [{"deposed": "1a2b3c4d", "attributes": {"password": deposed}}],
            },
        ],
    }
    return json.dumps(tree, indent=draw.choice((None, 1)))


def inputs(draw: random.Random, top: Path) -> list[str]:
    """Roots whose sensitive inputs get values in several places, the last of which counts; gives all of the values."""
    values = [drawn(draw, 24) for _ in range(6)]
    default, common, last, argument, chosen, password = values

    def name() -> str:
        return json.dumps(forms(draw, draw.choice(values)).replace("%", "%%"))

    resources = f"""\
resource "aws_instance" {name()} {{
  iam_instance_profile = {name()}
  metadata_options {{
    http_tokens = "${{var.hidden}}"
  }}
}}
module {name()} {{
  source = {name()}
}}
"""
    (top / "main.tf").write_text(
        f'variable "hidden" {{\n  sensitive = true\n  default = "{default}"\n}}\n'
        f'module "inner" {{\n  source = "./inner"\n  hidden = "{argument}"\n}}\n{resources}',
        encoding="utf-8",
    )
    (top / "terraform.tfvars").write_text(f'hidden = "{common}"\n', encoding="utf-8")
    (top / "z.auto.tfvars.json").write_text(json.dumps({"hidden": last, "more": last}), encoding="utf-8")
    (top / "inner").mkdir()
    (top / "inner" / "main.tf").write_text(
        f'variable "hidden" {{\n  ephemeral = true\n  default = "{chosen}"\n}}\n{resources}', encoding="utf-8"
    )
    (top / "web.yaml").write_text(
        f"Parameters:\n  Secret: {{Type: String, NoEcho: true, Default: {password}}}\nResources:\n  {name()}:\n"
        f"    Type: AWS::EC2::Instance\n    Properties: {{IamInstanceProfile: {name()}, X: !Ref {name()}}}\n",
        encoding="utf-8",
    )
    (top / "iplint.toml").write_text(f'[parameters]\nSecret = "{password[:4]}Other"\n', encoding="utf-8")
    return values


def test_no_command_shows_a_sensitive_local_of_packer(tmp_path: Path) -> None:
    secret = drawn(random.Random(1), 24)
    (tmp_path / "image.pkr.hcl").write_text(
        f'local "password" {{\n  expression = "{secret}"\n  sensitive  = true\n}}\n'
        'source "amazon-ebs" "web" {\n  iam_instance_profile = local.password\n'
        f'  tags = {{ "{secret}" = "x" }}\n}}\nbuild {{\n  sources = ["source.amazon-ebs.web"]\n}}\n',
        encoding="utf-8",
    )
    printed = printed_by(tmp_path, [asked for asked in COMMANDS if asked[0] != "migrate"])
    assert "amazon-ebs.web" in printed["json"]
    assert {asked: runs for asked, text in printed.items() if (runs := shown(text, [secret]))} == {}


FAKE = "".join(random.Random(2).choices("FGHJKQVWXYZfghjkqvwxyz", k=40))
ADDRESSES = (
    f"git::https://oauth2:{FAKE}@example.com/m.git",
    f"git::https://{FAKE}@example.com/m.git?ref=v1",
    f"git::ssh://git@example.com/m.git?ref=v1&sshkey={FAKE}",
    f"https://example.com/m.zip?X-Amz-Expires=60&X-Amz-Signature={FAKE}",
    f"s3::https://s3.amazonaws.com/bucket/m.zip?aws_access_key_secret={FAKE}",
    f"https://example.com/m.zip?archive=zip&private_token={FAKE}",
    f"git::https://example.com/ghp_{FAKE[:36]}/m.git",
    f"git::https://example.com/glpat-{FAKE[:24]}/m.git",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_command_shows_what_an_address_holds_of_credentials(tmp_path: Path, address: str) -> None:
    (tmp_path / "main.tf").write_text(
        f'module "m" {{\n  source = "{address}"\n}}\nmodule "{address}" {{\n  source = "./none"\n}}\n'
        f'resource "aws_instance" "i" {{\n  iam_instance_profile = "{address}"\n}}\n',
        encoding="utf-8",
    )
    (tmp_path / "web.yaml").write_text(
        f"Resources:\n  Stack: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: '{address}'}}}}\n"
        f"  Web: {{Type: AWS::EC2::Instance, Properties: {{IamInstanceProfile: '{address}'}}}}\n",
        encoding="utf-8",
    )
    (tmp_path / "iplint.toml").write_text(f'[module-sources]\n"{address}/x" = "."\n', encoding="utf-8")
    printed = printed_by(tmp_path)
    assert "example.com" in printed["text"] or "s3.amazonaws.com" in printed["text"]
    assert {asked: runs for asked, text in printed.items() if (runs := shown(text, [FAKE]))} == {}


@pytest.mark.parametrize(
    "address",
    [
        "git::ssh://git@example.com/m.git?ref=v1.2.3",
        "git::https://example.com/m.git?ref=0123456789abcdef0123456789abcdef01234567&depth=1",
        "https://${var.user}:${var.password}@example.com/m.zip?token=${var.token}",
        "https://example.com/m.zip?archive=zip",
    ],
)
def test_an_address_without_credentials_is_shown(address: str) -> None:
    assert Mask(Secrets()).words(f"its source {address} is not here") == f"its source {address} is not here"


SENSITIVE = "".join(random.Random(3).choices("FGHJKQVWXYZfghjkqvwxyz", k=26))
OVERRIDDEN = "".join(random.Random(4).choices("FGHJKQVWXYZfghjkqvwxyz", k=26))
LAUNCH_OF_BOTH = f"""
  Web: {{Type: AWS::EC2::Instance, Properties: {{IamInstanceProfile: {SENSITIVE}, MetadataOptions: \
{{HttpTokens: {OVERRIDDEN}}}}}}}
"""


@pytest.mark.parametrize(
    "files",
    [
        {
            "set.yaml": "Resources:\n  Set: {Type: AWS::CloudFormation::StackSet, Properties: {TemplateURL: web.yaml, "
            f"Parameters: [{{ParameterKey: Hidden, ParameterValue: {SENSITIVE}}}], StackInstancesGroup: "
            f"[{{ParameterOverrides: [{{ParameterKey: Hidden, ParameterValue: {OVERRIDDEN}}}]}}]}}}}{LAUNCH_OF_BOTH}",
            "web.yaml": "Parameters:\n  Hidden: {Type: String, NoEcho: true}\n"
            "Resources:\n  Web: {Type: AWS::EC2::Instance, Properties: {IamInstanceProfile: !Ref Hidden}}\n",
        },
        {
            "main.tf": f'locals {{\n  one = sensitive("{SENSITIVE}")\n  two = {{ a = [sensitive({{ b = "{OVERRIDDEN}" '
            '})] }\n}\nresource "aws_instance" "a" {\n  iam_instance_profile = local.one\n  metadata_options {\n'
            "    http_tokens = local.two.a[0].b\n  }\n}\n"
            f'resource "aws_instance" "b" {{\n  iam_instance_profile = "{SENSITIVE}"\n  metadata_options {{\n'
            f'    http_tokens = "{OVERRIDDEN}"\n  }}\n}}\n',
        },
        {
            "main.tf.json": json.dumps(
                {
                    "locals": {"one": f'${{sensitive("{SENSITIVE}")}}', "two": f'a ${{sensitive("{OVERRIDDEN}")}}'},
                    "resource": {
                        "aws_instance": {
                            "a": {"iam_instance_profile": "${local.one}", "user_data": "${local.two}"},
                            "b": {"iam_instance_profile": SENSITIVE, "metadata_options": {"http_tokens": OVERRIDDEN}},
                        }
                    },
                },
                indent=1,
            )
        },
    ],
    ids=["stack set", "call", "call in JSON"],
)
def test_what_is_declared_sensitive_where_it_is_given_is_masked(tmp_path: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    printed = printed_by(tmp_path, [asked for asked in COMMANDS if asked[0] != "migrate"])
    assert "missing-instance-profile" in printed["json"] or "imdsv1-allowed" in printed["json"]
    assert {asked: runs for asked, text in printed.items() if (runs := shown(text, [SENSITIVE, OVERRIDDEN]))} == {}


def rows(directory: Path) -> str:
    """What the cache keeps in a directory."""
    with contextlib.closing(sqlite3.connect(directory / NAME)) as opened:
        kept = [zlib.decompress(row).decode() for (row,) in opened.execute("SELECT row FROM roots")]
    assert kept
    return "\n".join(kept)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_command_shows_what_a_plan_or_a_state_marks(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    secrets = [drawn(draw, 40), *(drawn(draw, 24) for _ in range(8))]
    if seed % 2:
        secrets = secrets[:3]
        (tmp_path / "terraform.tfstate").write_text(state(draw, *secrets), encoding="utf-8")
    else:
        (tmp_path / "plan.json").write_text(plan(draw, *secrets), encoding="utf-8")
    printed = printed_by(tmp_path, [asked for asked in COMMANDS if asked[0] != "migrate"])
    assert "aws_instance.open" in printed["json"]
    assert {asked: runs for asked, text in printed.items() if (runs := shown(text, secrets))} == {}
    assert not any("internal" in text for text in printed.values())


@pytest.mark.parametrize("seed", SEEDS)
def test_no_command_shows_any_value_that_is_given_to_a_sensitive_input(tmp_path: Path, seed: int) -> None:
    secrets = inputs(random.Random(seed), tmp_path)
    printed = printed_by(tmp_path, [asked for asked in COMMANDS if asked[0] != "migrate"])
    assert {asked: runs for asked, text in printed.items() if (runs := shown(text, secrets))} == {}
    assert not any("internal" in text for text in printed.values())


def test_a_sensitive_list_of_any_length_is_masked(tmp_path: Path) -> None:
    values = [f"plain{number:05d}secretvalueFAKE" for number in range(12_000)]
    listed = ", ".join(f'"{value}"' for value in values)
    profiles = "".join(
        f'resource "aws_instance" "w{number}" {{\n  iam_instance_profile = "{value}"\n}}\n'
        for number, value in enumerate((values[0], values[5_999], values[-1]))
    )
    text = f'variable "secrets" {{\n  sensitive = true\n  default = [{listed}]\n}}\n{profiles}'
    (tmp_path / "main.tf").write_text(text, encoding="utf-8")
    report = command(tmp_path, "check", "--no-cache", "--select", "all", "--format", "json")
    assert "undeclared-instance-profile" in report
    assert "secretvalueFAKE" not in report


@pytest.mark.parametrize("seed", SEEDS)
def test_neither_the_cache_nor_what_was_before_shows_a_secret(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    top, kept = tmp_path / "top", tmp_path / "kept"
    top.mkdir()
    monkeypatch.setenv("IPLINT_CACHE_DIR", str(kept))
    secrets = repository(top, seed)
    # What is at a value of the command line or a configuration stands in no file, so nothing of it is kept.
    (top / "iplint.toml").unlink()
    for number in range(MIN_FILES):
        (top / f"more-{number}").mkdir()
        (top / f"more-{number}" / "main.tf").write_text('resource "aws_instance" "m" {\n}\n', encoding="utf-8")
    git = ["git", "-C", str(top), "-c", "user.name=n", "-c", "user.email=e@example.com", "-c", "commit.gpgsign=false"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "first"]):
        subprocess.run([*git, *words], check=True)
    (top / "skips.tf").unlink()
    (top / "template.yaml").write_text(f"{(top / 'template.yaml').read_text(encoding='utf-8')}# more\n", "utf-8")
    command(top, "check")
    printed = [
        command(top, "check", "--since", "HEAD", "--undecided", "-v", *more)
        for more in ((), (), ("--format", "sarif"), ("--diff", "--unsafe-fixes"))
    ]
    assert [shown(text, secrets) for text in [*printed, rows(kept)]] == [set()] * 5


def test_the_search_of_this_test_sees_every_form() -> None:
    draw = random.Random(0)
    for _ in range(200):
        secret = drawn(draw, 40)
        assert shown(escaped(draw, forms(draw, secret)), [secret])
    assert not shown(secret[:4], [secret])


KEY = "wJ4" + "FAKE7xQzKp2MmTbV9nRs0LdYc5GhUa8EoWiB1"


@pytest.mark.parametrize("at", range(len(KEY) - 7))
def test_the_net_takes_short_parts_of_a_key_but_no_words_numbers_and_hashes(at: int) -> None:
    mask = Mask(Secrets([Secret(KEY, (), is_key=True, is_sure=True)]))
    assert "***" in mask.net(f"before {KEY[at : at + 8]} after")
    run_ = KEY[at : at + 5]
    assert ("***" in mask.net(f"before {run_} after")) == (not run_.isalpha())
    for ours in ("FAKE", "0123456789", hashlib.sha256(run_.encode()).hexdigest(), "imdsv1-allowed IMDSv1 T1552.005"):
        assert mask.net(ours) == ours


def test_long_values_of_letters_are_no_words_of_ours() -> None:
    mask = Mask(Secrets([Secret("correcthorsebatterystaple", ()), Secret("administrator", ())]))
    assert mask.words("gives administrator access to correcthorsebatterystaple") == "gives administrator access to ***"


NOISE = base64.b64encode(random.Random(1).randbytes(600_000)).decode()
SLOW = {
    "base64": NOISE,
    "lines of base64": "\n".join(NOISE[at : at + 76] for at in range(0, len(NOISE), 76)),
    "nested": base64.b64encode(base64.b64encode(base64.b64encode(b"Hello world, this is " * 15_000))).decode(),
    "digits": "41 " * 250_000,
    "escapes": "\\" * 700_000,
    "escapes of escapes": "%25" * 250_000,
    "references": "&amp;" * 150_000,
    "values that begin alike": "Value-x " * 90_000,
    "one letter": "V" * 700_000,
}


@pytest.mark.parametrize("name", SLOW)
def test_long_texts_are_searched_in_linear_time(name: str) -> None:
    # A line of base64 took a minute: each byte was decoded into four texts that were searched as a whole.
    secrets = Secrets(Secret(f"Value-{number:09}", ()) for number in range(20_000))
    secrets.update(Secrets([Secret(KEY, (), is_key=True, is_sure=True), Secret("V" * 2_000, ())]))
    began = time.process_time()
    assert "***" in Mask(secrets).name(f"{SLOW[name]} {KEY}")
    assert time.process_time() - began < 15


def test_digits_in_groups_are_read() -> None:
    mask = Mask(Secrets([Secret(KEY, (), is_key=True, is_sure=True)]))
    for size, apart in ((2, ":"), (4, " "), (8, " "), (8, "-")):
        digits = KEY.encode().hex()
        printed = apart.join(digits[at : at + size] for at in range(0, len(digits), size))
        assert not shown(bytes.fromhex(re.sub("[^0-9a-f]", "", mask.name(printed))).decode("latin-1"), [KEY]), printed


def test_a_git_hash_is_shown(tmp_path: Path) -> None:
    commit = "3f2a91c07be4d5586a1c9e0d7b24f6835c0a9be1"
    (tmp_path / "main.tf").write_text(
        f'module "m" {{\n  source = "git::https://example.com/aws.git?ref={commit}"\n}}\n', encoding="utf-8"
    )
    assert f"ref={commit}" in command(tmp_path, "check", "--undecided", "--no-cache")


STEERING = (
    "\x1b]0;title\x07\x1b[2J",
    "\x1b[31mred\x9b0m\x7f",
    "\n::error file=x::injected",
    "::set-output name=a::b",
    "##vso[task.complete result=Succeeded]",
    "##[error]injected",
    "##teamcity[buildStatus text='x']",
    "\u202egnp.exe\u2066\u200b\ufeff\u00ad",
    "a\u2028b\u2029c\x85::warning::d",
)


@pytest.mark.parametrize("nasty", STEERING)
def test_nothing_that_is_written_steers_a_terminal_or_a_build_log(tmp_path: Path, nasty: str) -> None:
    name = json.dumps(f"{nasty}")
    properties = {"Type": "AWS::EC2::Instance", "Properties": {"IamInstanceProfile": nasty, nasty: nasty}}
    (tmp_path / "web.json").write_text(json.dumps({"Resources": {nasty: properties}}), encoding="utf-8")
    in_a_name = nasty.replace("/", "_")
    text = f"# {nasty}\n" if "\n" not in nasty else ""
    (tmp_path / f"{in_a_name}.tf").write_text(
        f'resource "aws_launch_template" "l" {{\n  {text}  metadata_options {{\n    http_tokens = "optional"\n'
        "  }\n}\n"
        f'resource "aws_iam_role" {name} {{\n  # tfsec:ignore:aws-ec2-enforce-http-token-imds {text}}}\n',
        encoding="utf-8",
    )
    (tmp_path / f"{in_a_name}.yaml").write_text(f"Resources: {{{name}: a, {name}: b, Type: AWS::EC2::Instance", "utf-8")
    (tmp_path / "skips.tf").write_text(f'# {nasty.strip()}\nresource "aws_instance" "s" {{\n}}\n', encoding="utf-8")
    ours = [("check", nasty), ("check", "--parameter", nasty), ("check", "--format", nasty), (nasty,)]
    for asked, printed in printed_by(tmp_path, (*COMMANDS, *ours)).items():
        assert [sign for sign in printed if not sign.isprintable() and sign != "\n"] == [], asked
        for line in printed.split("\n"):
            is_command = "github" in asked and re.match(r"::(?:error|warning|notice) ", line)
            assert is_command or not re.match(r"[\s+-]*::\w", line), (asked, line)
            assert not re.search(r"##\w*\[", line), (asked, line)


def test_ordinary_words_and_hashes_are_not_taken_for_secrets(tmp_path: Path) -> None:
    commit = "e958673eb6561b0a975f22f3578875835b8eda0e"
    (tmp_path / "main.tf").write_text(
        'variable "stage" {\n  sensitive = true\n  default   = "production"\n}\n'
        'variable "user" {\n  sensitive = true\n  default   = "administrator"\n}\n'
        f'module "m" {{\n  source = "git::https://example.com/m.git?ref={commit}"\n  stage  = var.stage\n}}\n'
        'resource "aws_instance" "production" {\n  iam_instance_profile = "${var.stage}-${var.user}"\n}\n'
        'resource "aws_iam_role_policy" "p" {\n  role = var.user\n'
        '  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }] })\n}\n',
        encoding="utf-8",
    )
    report = json.loads(command(tmp_path, "check", "--undecided", "--format", "json", "--no-cache"))
    assert {finding["rule"] for finding in report["findings"]} >= {"administrator-access", "imdsv1-allowed"}
    assert any(commit in notice["message"] for notice in report["notices"])
    words = " ".join(finding["message"] for finding in report["findings"])
    assert "gives administrator access" in words
    printed = command(tmp_path, "inventory") + command(tmp_path, "check", "--undecided", "--no-cache")
    assert "production-administrator" not in printed
    assert '"production"\n' not in printed

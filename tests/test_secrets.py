"""No output holds more than the first four characters of a key: whatever surface, encoding, command and format."""

from __future__ import annotations

import base64
import gzip
import json
import shutil
import sqlite3
import subprocess
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from subprocess import CompletedProcess
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import judged
from iplint.cache.store import NAME
from iplint.cli.caching import MIN_FILES
from iplint.cli.output import FORMATS
from iplint.location import Source, Span
from iplint.report.masking import Mask
from iplint.secret import Secret, Secrets, is_varied
from test_baseline import Command

# Made up, in the form of real ones.
KEY = "AKIAZQ7X3MKVFAKE5B2D"
SECRET = "fAkE0rW8xPq2ZtLm9VbN4cYsH6dJgKfAkE3uTiQo"
# It stands only where nothing is read: in a block that cannot be, and in the line after a finding.
UNREAD = "AKIAU4KENREADFAKE7QZ"
NOTED = "fAkEn0t3dQ8ZtLm9VbN4cYsH6dJgKfAkE3uTiQoX"
PLANTED = (KEY, SECRET, UNREAD, NOTED)

SCRIPT = f"#!/bin/sh\nexport AWS_ACCESS_KEY_ID={KEY}\nexport AWS_SECRET_ACCESS_KEY={SECRET}\n"
MIME = f'Content-Type: multipart/mixed; boundary="x"\n\n--x\nContent-Type: text/x-shellscript\n\n{SCRIPT}\n--x--\n'
CLOUD_CONFIG = "#cloud-config\nwrite_files:\n- encoding: b64\n  content: " + base64.b64encode(SCRIPT.encode()).decode()


def encoded(text: str, *, zipped: bool = False) -> str:
    data = text.encode()
    return base64.b64encode(gzip.compress(data, mtime=0) if zipped else data).decode()


def indented(text: str, margin: str) -> str:
    return "".join(f"{margin}{line}\n" for line in text.splitlines())


INSTANCE = "  {name}:\n    Type: AWS::EC2::Instance\n    Properties:\n      MetadataOptions: {{HttpTokens: optional}}\n"
USER_DATA = {
    "Plain": "      UserData:\n        Fn::Base64: |\n" + indented(SCRIPT, " " * 10),
    "Substituted": "      UserData:\n        Fn::Base64: !Sub |\n" + indented(SCRIPT + "# ${AWS::Region}", " " * 10),
    "Encoded": f"      UserData: {encoded(SCRIPT)}\n",
    "Zipped": f"      UserData: {encoded(SCRIPT, zipped=True)}\n",
    "Parts": f"      UserData: {encoded(MIME)}\n",
    "Config": f"      UserData: {encoded(CLOUD_CONFIG)}\n",
    "Joined": "      UserData:\n        Fn::Base64: !Join\n          - ''\n"
    + f"          - [AWS_SECRET_ACCESS_KEY={SECRET[:20]}, {SECRET[20:]}]\n",
}
TEMPLATE = (
    f"Parameters:\n  Key: {{Type: String, Default: {KEY}}}\nResources:\n"
    + "".join(INSTANCE.format(name=name) + text for name, text in USER_DATA.items())
    + f"""\
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Environment: {{Variables: {{AWS_ACCESS_KEY_ID: {KEY}, AWS_SECRET_ACCESS_KEY: {SECRET}}}}}
  Build:
    Type: AWS::CodeBuild::Project
    Properties:
      Environment: {{EnvironmentVariables: [{{Name: AWS_SECRET_ACCESS_KEY, Value: {SECRET}}}]}}
  Kept:
    Type: AWS::EC2::Instance
    Properties:
      # iplint: ignore[hardcoded-access-key] it is made up
      UserData:
        Fn::Base64: |
"""
    + indented(SCRIPT, " " * 10)
)
CONFIGURATION = f"""\
provider "aws" {{
  access_key = "{KEY}"
  secret_key = "{SECRET}"
}}
variable "secret" {{
  default = "{SECRET}"
}}
resource "aws_instance" "web" {{
  user_data        = <<-EOT
    {SCRIPT.replace(chr(10), chr(10) + "    ")}
  EOT
  provisioner "remote-exec" {{
    inline = ["AWS_SECRET_ACCESS_KEY=${{var.secret}} run"]
  }}
}}
resource "aws_instance" "packed" {{
  user_data_base64 = base64encode("AWS_SECRET_ACCESS_KEY={SECRET}")
}}
resource "aws_ecs_task_definition" "task" {{
  container_definitions = jsonencode([{{ environment = [{{ name = "AWS_ACCESS_KEY_ID", value = "{KEY}" }}] }}])
}}
"""
FILES = {
    "template.yaml": TEMPLATE,
    "broken.yaml": TEMPLATE + f"  Bad: [AWS::EC2::Instance, {SECRET}\n",
    "one/main.tf": CONFIGURATION,
    "one/terraform.tfvars": f'secret = "{SECRET}"\n',
    "two/main.tf": CONFIGURATION + f'resource "aws_instance" "bad" {{\n  user_data = "{SECRET}\n}}\n',
    "image/web.pkr.hcl": f"""\
source "amazon-ebs" "web" {{
  access_key = "{KEY}"
  secret_key = "{SECRET}"
}}
build {{
  sources = ["source.amazon-ebs.web"]
  provisioner "shell" {{
    inline = ["export AWS_SECRET_ACCESS_KEY={SECRET}"]
  }}
}}
""",
    "plan.json": json.dumps(
        {
            "format_version": "1.2",
            "terraform_version": "1.11.0",
            "planned_values": {
                "root_module": {
                    "resources": [
                        {
                            "address": "aws_instance.web",
                            "mode": "managed",
                            "type": "aws_instance",
                            "name": "web",
                            "values": {"user_data": SCRIPT},
                        }
                    ]
                }
            },
            "resource_changes": [],
            "configuration": {"root_module": {}},
        }
    ),
    # Enough files for what is found to be kept for the next run.
    **{f"data/{number}.json": "{}" for number in range(MIN_FILES)},
    "unread/main.tf": 'resource "aws_instance" "open" {}\n'
    + f'resource "aws_instance" "bad" {{\n  user_data = "{UNREAD}\n}}\n',
    "unread/near.yaml": "Resources:\n"
    + INSTANCE.format(name="Near").replace("optional}", f"optional}} # {UNREAD}")
    + f"  # {UNREAD} {NOTED}\n",
    "skips.tf": f'# checkov:skip=CKV_AWS_79:with {KEY}\nresource "aws_instance" "x" {{\n  user_data = "{KEY}"\n}}\n',
}
COMMANDS = (
    *(("check", "--format", format, "--undecided") for format in FORMATS),
    ("check", "--color", "always", "--verbose", "--no-ignores"),
    ("check", "--statistics"),
    ("check", "--quiet"),
    ("check", "--diff", "--unsafe-fixes"),
    ("check", "--cross-check", "--strict"),
    ("check", "--since", "HEAD"),
    ("check", "--parameter", f"Key={SECRET}", "--var", f"secret={SECRET}"),
    ("baseline", "--output", "baseline.json"),
    *(("inventory", "--format", format) for format in ("table", "json", "markdown")),
    *(("graph", "--format", format) for format in ("mermaid", "svg")),
    ("explain", "hardcoded-access-key", "."),
    ("explain", "missing-instance-profile", "."),
    ("explain", "hardcoded-access-key", ".", "--format", "json"),
    ("migrate", "skips.tf"),
)


def forms(key: str) -> Iterator[str]:
    """Every way in which five characters or more of a key, from its start on, may be written; and its later half."""
    for part in (key[:5], key[len(key) // 2 :]):
        yield part
        yield part.encode().hex()
        yield quote(part, safe="")
        yield json.dumps(part)[1:-1]
        for shift in range(3):
            # Whole groups only, which do not depend on what stands around them.
            whole = base64.b64encode(b"\0" * shift + part.encode()).decode()
            inner = whole[4 if shift else 0 :].rstrip("=")
            inner = inner[: len(inner) - len(inner) % 4]
            if len(inner) >= 8:
                yield inner


def leaks(text: str) -> list[str]:
    return sorted({form for key in PLANTED for form in forms(key) if form in text})


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("secrets")
    for name, text in FILES.items():
        (top / name).parent.mkdir(exist_ok=True)
        (top / name).write_text(text, encoding="utf-8")
    git = ("git", "-c", "user.name=A", "-c", "user.email=a@example.com")
    subprocess.run([*git, "init", "-q"], cwd=top, check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "empty"], cwd=top, check=True)
    return top


def test_leaks_are_seen_in_every_form() -> None:
    for form in (KEY[:5], KEY.encode().hex(), quote(SECRET), encoded(f"x{SECRET}"), encoded(f"xy{KEY}")):
        assert leaks(f"...{form}...")
    assert leaks(KEY[:4] + " " + SECRET[:4]) == []


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_tells_a_key(iplint: Command, repository: Path, tmp_path: Path, command: tuple[str, ...]) -> None:
    work = tmp_path / "work"
    shutil.copytree(repository, work, symlinks=True)
    done: CompletedProcess[str] = iplint(*command, cwd=work, IPLINT_CACHE_DIR=str(tmp_path / "cache"))
    assert done.returncode in (0, 1, 3), done.stderr
    assert "internal" not in done.stderr
    written = "".join(path.read_text() for path in work.glob("baseline.json"))
    # What was given on the command line is the caller's own; what was found is told all the same.
    assert leaks(done.stdout + done.stderr + written) == []
    assert leaks("".join(kept_rows(tmp_path / "cache"))) == []


def kept_rows(directory: Path) -> list[str]:
    """Everything that is kept for the next run, as text."""
    if not (directory / NAME).exists():
        return []
    with closing(sqlite3.connect(directory / NAME)) as connection:
        return [zlib.decompress(row).decode() for (row,) in connection.execute("SELECT row FROM roots")]


def test_all_of_these_keys_are_found(iplint: Command, repository: Path) -> None:
    done = iplint("check", "--format", "json", "--no-ignores", cwd=repository)
    found = [finding for finding in json.loads(done.stdout)["findings"] if finding["rule"] == "hardcoded-access-key"]
    assert {finding["address"] for finding in found} >= {*USER_DATA, "Function", "Build", "Kept", "aws_instance.web"}
    assert {finding["path"] for finding in found} >= {
        "template.yaml",
        "one/main.tf",
        "two/main.tf",
        "image/web.pkr.hcl",
        "plan.json",
    }


def test_a_defect_tells_no_key(iplint: Command, repository: Path, tmp_path: Path) -> None:
    """A rule that fails with a key in its error gives a notice without it."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "failing.py").write_text(
        '"""Fails."""\n'
        "from iplint.finding import Severity\nfrom iplint.model import Launch\nfrom iplint.rule import rule\n"
        '@rule("failing", group="hygiene", on=Launch, severity=Severity.LOW, why="", fix="")\n'
        f'def check(launch):\n    raise ValueError("{SECRET} {KEY}")\n    yield\n',
        encoding="utf-8",
    )
    done = iplint("check", "one", "--rules", str(tmp_path / "rules"), "--select", "failing", cwd=repository)
    assert done.returncode == 3
    assert "ValueError" in done.stdout
    assert leaks(done.stdout + done.stderr) == []


HEADS = ("", "#!/bin/sh\n", "#cloud-config\n", "<powershell>\n", "x" * 17)
NAMES = ("AWS_SECRET_ACCESS_KEY=", "export AWS_ACCESS_KEY_ID=", "aws_secret_access_key = ", "--secret-key ")
WRAPS: tuple[Callable[[str], str], ...] = (
    lambda text: text,
    encoded,
    lambda text: encoded(text, zipped=True),
    lambda text: encoded(encoded(text)),
    lambda text: f"#cloud-config\nwrite_files:\n- content: {encoded(text)}\n",
    lambda text: f"data:text/plain;base64,{encoded(text)}",
)


@settings(max_examples=40, deadline=None)
@given(
    head=st.sampled_from(HEADS),
    name=st.sampled_from(NAMES),
    key=st.sampled_from((KEY, SECRET)),
    wraps=st.lists(st.sampled_from(WRAPS), max_size=2),
    tail=st.text(max_size=20),
)
def test_no_format_tells_a_key_wherever_it_is_packed(
    head: str, name: str, key: str, wraps: list[Callable[[str], str]], tail: str
) -> None:
    from tempfile import TemporaryDirectory

    from conftest import judged
    from iplint.report import concise, github, gitlab, junit, markdown, sarif, text
    from iplint.report import json as json_report
    from iplint_rules import all_rules

    packed = f"{head}{name}{key}\n{tail}"
    for wrap in wraps:
        packed = wrap(packed)
    template = {"Resources": {"Web": {"Type": "AWS::EC2::Instance", "Properties": {"UserData": packed}}}}
    rules = all_rules()
    with TemporaryDirectory() as directory:
        path = Path(directory) / "template.json"
        path.write_text(json.dumps(template), encoding="utf-8")
        report = judged(path)
        told = [text.render(report, rules, color=True)]
        for format in (concise, github, gitlab, junit, markdown, sarif, json_report):
            told.append(format.render(report, rules, "0"))
    found = any(finding.rule == "hardcoded-access-key" for finding in report.findings)
    assert found or name.startswith("--") or wraps
    if found:
        assert leaks("".join(told)) == []


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text("abcAB01/+ ", min_size=8, max_size=14), min_size=100, max_size=140, unique=True),
    st.data(),
)
def test_many_secrets_are_taken_out_as_few_are(secrets: list[str], data: st.DataObject) -> None:
    source = Source("a.yaml", "\n".join(secrets))
    starts = [len("\n".join(secrets[:number])) + bool(number) for number in range(len(secrets))]
    spans = [Span(source, start, start + len(secret)) for start, secret in zip(starts, secrets, strict=True)]
    many = Secrets()
    many.hide(spans)
    mask = Mask(many)
    pieces = data.draw(st.lists(st.sampled_from(secrets) | st.text("abcAB01/+ ", max_size=9), max_size=12))
    text = "".join(pieces)
    held = [span for span in spans if span.text in text]
    few = Secrets()
    few.hide(held)
    assert not any(secret in mask.words(text) for secret in secrets)
    if not any(is_varied(word) for secret in secrets for word in secret.replace("/", " ").replace("+", " ").split()):
        assert mask.words(text) == Mask(few).words(text)
    other = Source("b.yaml", text)
    shown = mask.masked(other, 0, len(text))
    assert len(shown) == len(text)
    assert not any(secret in shown for secret in secrets)


def test_a_key_of_words_does_not_hide_longer_words_of_ours() -> None:
    secrets = Secrets([Secret("FakeSecretFakeSecretFakeSecretFakeSecret", (), is_key=True, is_sure=True)])
    assert secrets.ranges("aws_secretsmanager_secret_version.s") == []
    assert secrets.ranges("the key begins with FakeSec") == [(20, 27)]
    assert secrets.ranges("a part: ecret") == [(8, 13)]


# Made up; as varied as random letters are, of which each part is hidden.
FAKE = "fAkE0rW8xPq2ZtLm9VbN4cYsH6dJg7KfAkE3uTiQo5RzXw1MeBvC8nFaKe2hUyGtDp4LsIqAjOkE6wZxRmVbTcYn7fAkEhSgJuPd9iQo"
TOKENS = [
    ("a GitHub token", f"ghp_{FAKE[:36]}"),
    ("a GitHub token", f"github_pat_{FAKE[:22]}_{FAKE[:59]}"),
    ("a GitLab token", f"glpat-{FAKE[:20]}"),
    ("a Slack token", f"xoxb-{FAKE[:24]}"),
    ("a Slack webhook", f"hooks.slack.com/services/T{FAKE[:8].upper()}/B{FAKE[8:16].upper()}/{FAKE[:24]}"),
    ("a Stripe key", f"sk_live_{FAKE[:20]}"),
    ("an npm token", f"npm_{FAKE[:36]}"),
    ("a Google API key", f"AIza{FAKE[:35]}"),
    ("a DigitalOcean token", f"dop_v1_{'fa4e0c71b29d58e3' * 4}"),
    ("an HCP Terraform token", f"{FAKE[:14]}.atlasv1.{FAKE[:62]}"),
    ("a Vault token", f"hvs.{FAKE[:24]}"),
    ("a Databricks token", f"dapi{'fa4e0c71b29d58e3' * 2}"),
    ("a SendGrid key", f"SG.{FAKE[:22]}.{FAKE[:43]}"),
    ("an Amazon Bedrock API key", f"ABSK{FAKE[:100]}"),
    ("a private key", f"-----BEGIN RSA PRIVATE KEY-----\n{FAKE[:64]}\n-----END RSA PRIVATE KEY-----"),
]


@pytest.mark.parametrize(("kind", "token"), TOKENS, ids=[token[:12] for _, token in TOKENS])
def test_a_vendors_token_is_found_by_its_form_and_hidden_whichever_rules_run(
    tmp_path: Path, kind: str, token: str
) -> None:
    script = indented(f"#!/bin/sh\ncurl https://example.com\n{token}\n", " " * 10)
    path = tmp_path / "template.yaml"
    path.write_text(f"Resources:\n{INSTANCE.format(name='Web')}      UserData:\n        Fn::Base64: |\n{script}")
    (finding,) = judged(path, rules=["hardcoded-secret-in-user-data"]).findings
    assert (kind in finding.message, finding.at.first[0]) == (True, 10)
    line = token.split("\n")[-2 if "\n" in token else 0]
    for rules in (["hardcoded-secret-in-user-data"], ["imdsv1-allowed"]):
        mask = Mask(judged(path, rules=rules).hidden)
        assert line not in mask.words(f"a message with {line} in it")
        assert is_varied(line) is False or line[-12:] not in mask.words(f"a message with {line[-12:]} in it")


@pytest.mark.parametrize("secret", [KEY, SECRET, TOKENS[0][1]])
@pytest.mark.parametrize("rule", ["hardcoded-access-key", "imdsv1-allowed"])
def test_a_secret_is_hidden_whichever_rules_run_and_so_is_what_packs_it(tmp_path: Path, secret: str, rule: str) -> None:
    named = f"AWS_SECRET_ACCESS_KEY={secret}" if secret == SECRET else f"A={secret}"
    packed = encoded(f"#!/bin/sh\nexport {named}\n", zipped=True)
    path = tmp_path / "template.yaml"
    path.write_text(f"Resources:\n{INSTANCE.format(name='Web')}      UserData: {packed}\n", encoding="utf-8")
    mask = Mask(judged(path, rules=[rule]).hidden)
    assert secret not in mask.words(f"a message with {secret} in it")
    assert packed not in mask.words(f"a message with {packed} in it")


@pytest.mark.parametrize("name", ["UserData", "NodeUserData", "user_data_base64"])
def test_a_key_is_found_in_user_data_that_is_wrapped_oddly(tmp_path: Path, name: str) -> None:
    packed = encoded(SCRIPT)
    lines = "\n".join((packed[:10], packed[10:33], "", packed[33:]))
    path = tmp_path / "template.yaml"
    text = "Resources:\n  Fleet:\n    Type: Custom::Fleet\n    Properties:\n      {}: |\n"
    for property, found in ((name, True), ("UserGuide", False), ("Database", False)):
        path.write_text(text.format(property) + indented(lines, " " * 10), encoding="utf-8")
        rules = {finding.rule for finding in judged(path).findings}
        assert ("hardcoded-access-key" in rules) is found, property

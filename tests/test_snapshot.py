"""`iplint snapshot`, on moto in place of AWS: what is saved, what is masked, what fails, and how it goes on."""

from __future__ import annotations

import base64
import functools
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from accounts import REGION, Deployed, of_account, of_region
from conftest import FIXTURES, judged
from iplint.cli import CLEAN, FINDINGS, INCOMPLETE, USAGE, run
from test_audit import OTHERS

boto3 = pytest.importorskip("boto3")
moto = pytest.importorskip("moto")

from botocore.awsrequest import AWSResponse  # noqa: E402  # it is there where boto3 is
from botocore.client import BaseClient  # noqa: E402
from botocore.exceptions import ClientError, ParamValidationError  # noqa: E402
from botocore.loaders import Loader  # noqa: E402
from botocore.retries.bucket import TokenBucket  # noqa: E402
from moto.core.botocore_stubber import BotocoreStubber  # noqa: E402

OTHER = "222233334444"
REGIONS = ("eu-west-1", "us-east-1")
ROLE = f"arn:aws:iam::{OTHER}:role/audit"
IMAGE = "ami-12c6146b"  # one that moto has
KEY = "AKIAIOSFODNN7FAKEKEY"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)


# The models of services are large: they are read once for all sessions.
READ = functools.cache(Loader().load_service_model)


class Calls:
    """What is called, which calls are denied, and what is done before each."""

    def __init__(self) -> None:
        self.made: list[tuple[str, str]] = []
        self.denied: set[str] = set()
        self.before: Callable[[], object] = lambda: None


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Iterator[Calls]:
    """Two accounts of moto, whose calls are recorded, may be denied, and include one that moto does not know."""
    for name, value in {"AWS_ACCESS_KEY_ID": "fake", "AWS_SECRET_ACCESS_KEY": "fake"}.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    found = Calls()
    original: Callable[..., Any] = BaseClient._make_api_call

    def call(client: Any, operation: str, arguments: Any) -> Any:
        found.before()
        found.made.append((operation, client.meta.region_name))
        if operation in found.denied:
            raise ClientError({"Error": {"Code": "UnauthorizedOperation", "Message": "fake-secret-message"}}, operation)
        if operation == "GetInstanceMetadataDefaults":
            return {"AccountLevel": {}, "ResponseMetadata": {}}
        if operation == "DescribeRegions":
            return {"Regions": [{"RegionName": region} for region in REGIONS]}
        return original(client, operation, arguments)

    def load(loader: Any, *arguments: Any, **named: Any) -> Any:
        return READ(*arguments, **named)

    monkeypatch.setattr(BaseClient, "_make_api_call", call)
    monkeypatch.setattr(Loader, "load_service_model", load)
    with moto.mock_aws():
        yield found


def populate(session: Any, regions: tuple[str, ...] = REGIONS[:1], script: str = "#!/bin/sh\n") -> None:
    iam = session.client("iam", region_name="us-east-1")
    iam.create_role(RoleName="web", AssumeRolePolicyDocument=TRUST)
    iam.create_instance_profile(InstanceProfileName="web")
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="web")
    for region in regions:
        ec2, scaling = (session.client(name, region_name=region) for name in ("ec2", "autoscaling"))
        for tokens in ("required", "optional"):
            ec2.run_instances(
                ImageId=IMAGE,
                MinCount=1,
                MaxCount=1,
                UserData=script,
                IamInstanceProfile={"Name": "web"},
                MetadataOptions={"HttpTokens": tokens, "HttpEndpoint": "enabled"},
            )
        data = {"ImageId": IMAGE, "IamInstanceProfile": {"Name": "web"}, "MetadataOptions": {"HttpTokens": "required"}}
        made = ec2.create_launch_template(LaunchTemplateName="t", LaunchTemplateData=data)["LaunchTemplate"]
        scaling.create_auto_scaling_group(
            AutoScalingGroupName="g",
            MinSize=0,
            MaxSize=0,
            AvailabilityZones=[f"{region}a"],
            LaunchTemplate={"LaunchTemplateId": made["LaunchTemplateId"], "Version": "$Latest"},
        )


def take(directory: Path, *more: str, regions: tuple[str, ...] = REGIONS[:1]) -> int:
    return run(["snapshot", "--output", str(directory), *(f"--region={name}" for name in regions), *more])


def audit(directory: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    status = run(["audit", str(directory), "--format", "json", "--undecided"])
    return status, json.loads(capsys.readouterr().out)


def test_a_snapshot_of_accounts_and_regions_is_audited(
    calls: Calls, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    populate(boto3.Session(), REGIONS)
    given = boto3.client("sts", region_name="us-east-1").assume_role(RoleArn=ROLE, RoleSessionName="fake")[
        "Credentials"
    ]
    populate(boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]), REGIONS[:1])
    own = f"arn:aws:iam::{moto.core.DEFAULT_ACCOUNT_ID}:role/audit"
    at = tmp_path / "snapshot"
    assert take(at, "--role", own, "--role", ROLE, "--user-data", regions=REGIONS) == CLEAN
    assert "ec2 describe" not in capsys.readouterr().out
    assert all(path.stat().st_mode & 0o077 == 0 for path in (at, at / OTHER))
    status, report = audit(at, capsys)
    assert status == FINDINGS
    assert [notice["message"] for notice in report["notices"]] == []
    assert report["summary"]["launches"] == {
        "checked": 9,
        "proven": 6,
        "failed": 3,
        "undecided": 0,
        "qualified": 0,
        "conditional": 0,
    }
    assert {finding["rule"] for finding in report["findings"]} == {"imdsv1-allowed"}


def test_only_calls_that_read_are_made(calls: Calls, tmp_path: Path) -> None:
    populate(boto3.Session())
    calls.made.clear()
    assert take(tmp_path / "s", "--user-data") == CLEAN
    documented = Path(__file__).parents[1].joinpath("docs", "audit.md").read_text(encoding="utf-8")
    names = {operation for operation, _ in calls.made} - {"GetCallerIdentity"}
    assert all(operation.startswith(("Describe", "Get", "List")) for operation in names)
    assert [operation for operation in sorted(names) if f":{operation}" not in documented] == []


def test_all_regions_are_saved_unless_some_are_named(calls: Calls, tmp_path: Path) -> None:
    assert run(["snapshot", "--output", str(tmp_path / "s"), "--quiet"]) == CLEAN
    asked = {region for operation, region in calls.made if operation == "DescribeInstances"}
    assert asked == {"eu-west-1", "us-east-1"}


def test_a_denied_call_is_named_and_leaves_what_it_decides_open(
    calls: Calls, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    populate(boto3.Session())
    calls.denied = {"GetAccountAuthorizationDetails"}
    assert take(tmp_path / "s", "--user-data", "--quiet") == INCOMPLETE
    said = capsys.readouterr().err
    assert "get-account-authorization-details of 123456789012 failed: UnauthorizedOperation" in said
    assert "fake-secret-message" not in said
    _, report = audit(tmp_path / "s", capsys)
    assert report["summary"]["launches"]["proven"] == 0
    assert any("get-account-authorization-details" in found["message"] for found in report["findings"])


def test_a_run_goes_on_where_another_ended(calls: Calls, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    populate(boto3.Session())
    calls.denied = {"DescribeAutoScalingGroups"}
    assert take(tmp_path / "s", "--user-data") == INCOMPLETE
    calls.denied = set()
    calls.made.clear()
    assert take(tmp_path / "s", "--user-data") == CLEAN
    assert {operation for operation, _ in calls.made} == {"GetCallerIdentity", "DescribeAutoScalingGroups"}
    _, report = audit(tmp_path / "s", capsys)
    assert (report["summary"]["launches"]["checked"], report["notices"]) == (3, [])


def test_user_data_is_saved_on_request_only(calls: Calls, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    populate(boto3.Session())
    assert take(tmp_path / "s") == CLEAN
    assert "DescribeInstanceAttribute" not in {operation for operation, _ in calls.made}
    _, report = audit(tmp_path / "s", capsys)
    undecided = [found for found in report["findings"] if found["verdict"] == "undecided"]
    assert any("describe-instance-attribute" in found["message"] for found in undecided)


def test_keys_in_user_data_are_masked_at_rest_and_prove_nothing(
    calls: Calls, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    populate(boto3.Session(), script=f"#!/bin/sh\nexport AWS_ACCESS_KEY_ID={KEY}\n")
    assert take(tmp_path / "s", "--user-data") == CLEAN
    assert "holds an access key, masked here" in capsys.readouterr().err
    kept = b"".join(path.read_bytes() for path in (tmp_path / "s").rglob("*.json"))
    outputs = [json.loads(path.read_text()) for path in (tmp_path / "s").rglob("user-data/*.json")]
    scripts = [base64.b64decode(output["UserData"]["Value"]).decode() for output in outputs]
    assert [script.count(KEY) for script in scripts] == [0, 0]
    assert all("AKIA****" in script for script in scripts)
    assert KEY.encode() not in kept
    _, report = audit(tmp_path / "s", capsys)
    assert report["summary"]["launches"]["proven"] == 1  # the group, which has no user data
    assert any("which holds access keys that the snapshot masks" in found["message"] for found in report["findings"])


def test_a_directory_with_something_else_is_refused(calls: Calls, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    assert take(tmp_path) == USAGE
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("path", ["link", "link/new", ".git/new", "dangling"])
def test_nothing_is_saved_where_a_checkout_leads(
    calls: Calls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    (tmp_path / "outside").mkdir()
    checkout = tmp_path / "checkout"
    (checkout / ".git").mkdir(parents=True)
    (checkout / "link").symlink_to("../outside")
    (checkout / "dangling").symlink_to("../outside/new")
    monkeypatch.chdir(checkout)
    assert take(Path(path)) == USAGE
    assert (os.listdir(tmp_path / "outside"), os.listdir(checkout / ".git")) == ([], [])


class Raw(BytesIO):
    """The body of an answer, as urllib3 has it."""

    def stream(self, amount: int | None = None, decode_content: bool | None = None) -> Iterator[bytes]:
        yield self.read()


def test_throttled_calls_are_made_again(
    calls: Calls, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    populate(boto3.Session())
    assert take(tmp_path / "plain", "--user-data") == CLEAN
    seen: Counter[str] = Counter()
    sent: Callable[..., Any] = BotocoreStubber.__call__

    def send(stubber: Any, event_name: str, request: Any, **more: Any) -> Any:
        body = request.body.decode() if isinstance(request.body, bytes) else request.body
        [operation] = parse_qs(body)["Action"]
        seen[operation] += 1
        if seen[operation] % 3 == 0 or operation == "GetCallerIdentity":
            return sent(stubber, event_name, request, **more)
        code = "RequestLimitExceeded" if "/ec2/" in request.headers["Authorization"].decode() else "Throttling"
        # The answers of EC2 are nested in another way than those of other services.
        error = f"<Error><Code>{code}</Code><Message>fake</Message></Error>"
        text = f"<Response><Errors>{error}</Errors>{error}</Response>"
        return AWSResponse(request.url, 503, {}, Raw(text.encode()))

    monkeypatch.setattr(BotocoreStubber, "__call__", send)
    # What botocore waits for is time.
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    monkeypatch.setattr(TokenBucket, "acquire", lambda bucket, amount=1, block=True: True)
    assert take(tmp_path / "throttled", "--user-data") == CLEAN
    assert min(seen[operation] for operation in ("DescribeInstances", "ListInstanceProfiles")) == 3
    plain, throttled = (
        {path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name).rglob("*.json")}
        for name in ("plain", "throttled")
    )
    assert throttled == plain


@pytest.mark.parametrize("after", [1, 4, 9, 12])
def test_a_run_goes_on_where_another_was_killed(
    after: int, calls: Calls, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iplint.capture._SAVE_PART", 0)
    populate(boto3.Session())

    def keep() -> None:
        """What is on disk before a call is what a kill leaves."""
        if len(calls.made) == after:
            shutil.copytree(tmp_path / "whole", tmp_path / "killed")

    calls.made.clear()
    calls.before = keep
    assert take(tmp_path / "whole", "--user-data") == CLEAN
    calls.before = lambda: None
    count = len(calls.made)
    capsys.readouterr()
    status = run(["audit", str(tmp_path / "killed"), "--undecided"])
    assert "iplint snapshot did not complete this snapshot" in capsys.readouterr().out
    assert status == (CLEAN if after == 1 else FINDINGS)
    calls.made.clear()
    assert take(tmp_path / "killed", "--user-data") == CLEAN
    assert len(calls.made) < count - after + 4
    assert audit(tmp_path / "killed", capsys)[1]["findings"] != []
    names = [{path.relative_to(top) for path in top.rglob("*")} for top in (tmp_path / "whole", tmp_path / "killed")]
    assert names[0] == names[1]


def test_pages_of_an_earlier_run_do_not_stay(calls: Calls, tmp_path: Path) -> None:
    populate(boto3.Session())
    calls.denied = {"DescribeInstances"}
    assert take(tmp_path / "s") == INCOMPLETE
    region = next((tmp_path / "s").glob("*/eu-west-1"))
    for name in ("describe-instances.json", "describe-instances-2.json"):
        (region / name).write_text('{"Reservations": []}', encoding="utf-8")
    calls.denied = set()
    assert take(tmp_path / "s") == CLEAN
    assert [path.name for path in region.glob("describe-instances*")] == ["describe-instances.json"]


def test_many_calls_that_fail_alike_are_reported_together(
    calls: Calls, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    populate(boto3.Session())
    calls.denied = {"DescribeInstanceAttribute"}
    assert take(tmp_path / "s", "--user-data", "--quiet") == INCOMPLETE
    said = capsys.readouterr().err
    assert said.count("describe-instance-attribute of 123456789012/eu-west-1 failed") == 1
    assert "failed: UnauthorizedOperation (2 calls)" in said
    assert "2 calls failed, and so the snapshot" in said


def test_credentials_of_an_account_are_as_new_as_its_calls(calls: Calls, tmp_path: Path) -> None:
    own = f"arn:aws:iam::{moto.core.DEFAULT_ACCOUNT_ID}:role/audit"
    assert take(tmp_path / "s", "--role", own, "--role", ROLE) == CLEAN
    names = [operation for operation, _ in calls.made]
    first, second = (number for number, name in enumerate(names) if name == "GetAccountAuthorizationDetails")
    assert "AssumeRole" in names[first:second]


def test_an_account_without_any_region_is_not_taken_for_one_without_launches(
    calls: Calls, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calls.denied = {"DescribeRegions"}
    assert run(["snapshot", "--output", str(tmp_path / "s"), "--quiet"]) == INCOMPLETE
    capsys.readouterr()
    run(["audit", str(tmp_path / "s"), "--undecided"])
    said = capsys.readouterr().out
    assert "the snapshot of 123456789012 lacks the outputs of any region" in said
    assert "did not complete this snapshot: describe-regions of 123456789012 failed" in said


def test_without_credentials_nothing_is_made(calls: Calls, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise ClientError({"Error": {"Code": "InvalidClientTokenId"}}, "GetCallerIdentity")

    calls.before = fail
    assert take(tmp_path / "s") == USAGE
    assert "the credentials cannot be used: InvalidClientTokenId" in capsys.readouterr().err
    assert not (tmp_path / "s").exists()


# What fixtures are as templates, and in an account of moto
AUDITED = ("imdsv1-allowed", "role-without-ec2-trust")
LINKS = ("LaunchTemplate", "LaunchConfigurationName", "MixedInstancesPolicy")
OPTIONS = ("HttpTokens", "HttpEndpoint", "HttpPutResponseHopLimit")


class InMoto:
    """Fixtures as resources of one account in moto. `names` are those of templates, by what the account calls them."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        session = boto3.Session()
        self._iam = session.client("iam", region_name=REGION)
        self._ec2, self._scaling = (session.client(name, region_name=REGION) for name in ("ec2", "autoscaling"))

    def deploy(self, deployed: Deployed, mark: str) -> None:
        """Make what a template deploys; the names begin with `mark`."""

        def outputs(name: str, key: str) -> Iterator[dict[str, Any]]:
            path = of_region(name) if of_region(name) in deployed.outputs else of_account(name)
            yield from deployed.outputs[path][key]

        def marked(name: str) -> str:
            return f"{mark}-{name.rpartition('/')[2]}"

        for role in outputs("get-account-authorization-details", "RoleDetailList"):
            trust = json.dumps(role["AssumeRolePolicyDocument"])
            self._make(marked, role["RoleName"], self._iam.create_role, "RoleName", AssumeRolePolicyDocument=trust)
        for profile in outputs("list-instance-profiles", "InstanceProfiles"):
            name, [held] = profile["InstanceProfileName"], profile["Roles"]
            is_role = marked(held["RoleName"]) in self.names
            if is_role and self._make(marked, name, self._iam.create_instance_profile, "InstanceProfileName"):
                self._iam.add_role_to_instance_profile(
                    InstanceProfileName=marked(name), RoleName=marked(held["RoleName"])
                )
        templates: dict[str, str] = {}
        for version in outputs("describe-launch-template-versions", "LaunchTemplateVersions"):
            data = {"ImageId": IMAGE, **version["LaunchTemplateData"]}
            if "IamInstanceProfile" in data and data["IamInstanceProfile"]["Name"] is not None:
                data["IamInstanceProfile"] = {"Name": marked(data["IamInstanceProfile"]["Name"])}
            name = version["LaunchTemplateId"]
            make = self._ec2.create_launch_template
            if made := self._make(marked, name, make, "LaunchTemplateName", LaunchTemplateData=data):
                templates[name] = made["LaunchTemplate"]["LaunchTemplateId"]
                self.names[templates[name]] = marked(name)
        for reservation in outputs("describe-instances", "Reservations"):
            [live] = reservation["Instances"]
            held = live.get("IamInstanceProfile")
            options = {name: value for name, value in live["MetadataOptions"].items() if name in OPTIONS}
            more = {"IamInstanceProfile": {"Name": marked(held["Arn"])}} if held else {}
            asked = {"ImageId": IMAGE, "MinCount": 1, "MaxCount": 1, "MetadataOptions": options, **more}
            if made := self._make(marked, live["InstanceId"], self._ec2.run_instances, "", **asked):
                self.names[made["Instances"][0]["InstanceId"]] = marked(live["InstanceId"])
        for configuration in outputs("describe-launch-configurations", "LaunchConfigurations"):
            name = configuration.pop("LaunchConfigurationName")
            del configuration["LaunchConfigurationARN"]
            held = configuration.pop("IamInstanceProfile", None)
            more = {"IamInstanceProfile": marked(held)} if held else {}
            asked = {"ImageId": IMAGE, "InstanceType": "t3.micro", **configuration, **more}
            self._make(marked, name, self._scaling.create_launch_configuration, "LaunchConfigurationName", **asked)
        for group in outputs("describe-auto-scaling-groups", "AutoScalingGroups"):
            text = json.dumps({name: group[name] for name in LINKS if name in group})
            for name, id in templates.items():
                named = f'"LaunchTemplateId": "{name}", "LaunchTemplateName": "{name}-name"'
                text = text.replace(named, f'"LaunchTemplateId": "{id}"')
            link = json.loads(text)
            if "LaunchConfigurationName" in link:
                link["LaunchConfigurationName"] = marked(link["LaunchConfigurationName"])
            asked = {"MinSize": 0, "MaxSize": 0, "AvailabilityZones": [f"{REGION}a"], **link}
            make = self._scaling.create_auto_scaling_group
            self._make(marked, group["AutoScalingGroupName"], make, "AutoScalingGroupName", **asked)

    def _make(
        self, marked: Callable[[str], str], name: str, make: Callable[..., Any], key: str, **arguments: Any
    ) -> dict[str, Any] | None:
        """Make something, unless moto refuses it, as what names something that is elsewhere."""
        named = {key: marked(name)} if key else {}
        try:
            made: dict[str, Any] = make(**named, **arguments)
        except (ClientError, ParamValidationError):
            return None
        self.names[marked(name)] = marked(name)
        return made


def test_an_account_of_moto_gets_the_verdicts_of_its_templates(
    calls: Calls, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    account = InMoto()
    expected: set[tuple[str, str]] = set()
    for rule in AUDITED:
        for number, path in enumerate(sorted((FIXTURES / rule).glob("*.yaml"))):
            if path.stem in OTHERS:
                continue
            mark = f"{rule[:4]}{number}"
            account.deploy(Deployed(path), mark)
            parameters = {"AWS::AccountId": moto.core.DEFAULT_ACCOUNT_ID, "AWS::Region": REGION}
            report = judged(path, rules=AUDITED, parameters=parameters)
            expected |= {(one.rule, f"{mark}-{one.address}") for one in report.findings if one.verdict == "fail"}
    assert take(tmp_path / "s", "--user-data", "--quiet") == CLEAN
    _, report = audit(tmp_path / "s", capsys)
    failed = [one for one in report["findings"] if one["verdict"] == "fail" and one["rule"] in AUDITED]
    found = {(one["rule"], account.names[one["address"].split(" ")[0].rpartition("/")[2]]) for one in failed}
    made = set(account.names.values())
    assert found == {(rule, name) for rule, name in expected if name in made}
    assert {rule for rule, _ in found} == {*AUDITED}
    assert len(found) > 12

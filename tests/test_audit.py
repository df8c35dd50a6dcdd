"""An account as it is: snapshots of the AWS CLI's outputs, and what is missing or wrong in them."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from urllib.parse import quote

import pytest

from accounts import (
    ACCOUNT,
    EC2_TRUST,
    OPTIONS,
    REGION,
    Deployed,
    Json,
    arn,
    audited,
    details,
    empty,
    group,
    instance,
    of_account,
    of_region,
    profile,
    role,
    saved,
    template,
    user_data,
    version,
)
from conftest import FIXTURES, judged
from iplint.finding import Finding, Report

RULES = ("imdsv1-allowed", "role-without-ec2-trust")
# Fixtures about fleets and node groups, which an audit does not read.
OTHERS = ("eks", "fleets")
Outputs = dict[str, Json]


def findings(report: Report, rule: str, verdict: str = "fail") -> list[Finding]:
    return [found for found in report.findings if found.rule == rule and found.verdict == verdict]


def messages(report: Report, rule: str, verdict: str = "fail") -> list[str]:
    """What is found, with what decides it."""
    return [f"{found.message} {found.when or ''}" for found in findings(report, rule, verdict)]


def web(id: str = "i-0aaa", script: str = "", **options: Json) -> Outputs:
    """An account with one instance that is as it should be, but for some metadata options."""
    return {
        **empty(),
        of_region("describe-instances"): {"Reservations": [instance(id, **options)]},
        of_region(f"user-data/{id}"): user_data(id, script),
        of_account("get-account-authorization-details"): details(role("web")),
    }


@pytest.mark.parametrize("id", ["i-0aaa", "i-0a339952998619bcd"])
def test_a_whole_snapshot_proves_an_instance(tmp_path: Path, id: str) -> None:
    report = audited(saved(tmp_path, web(id)))
    assert (report.launches.checked, report.launches.proven) == (1, 1)
    assert report.findings == []
    assert report.notices == []
    assert (report.files.found, report.files.checked) == (11, 11)


def test_a_finding_is_in_the_snapshot_and_names_account_and_region(tmp_path: Path) -> None:
    report = audited(saved(tmp_path, web(HttpTokens="optional")))
    [found] = findings(report, "imdsv1-allowed")
    assert found.address == arn("ec2", "instance/i-0aaa")
    assert found.at.path == of_region("describe-instances")
    assert found.at.text == '"optional"'
    assert found.commands == (
        "aws ec2 modify-instance-metadata-options --instance-id i-0aaa --http-tokens required --http-endpoint enabled "
        f"--region {REGION}",
    )
    assert found.fix is None


def test_the_fix_of_a_trust_policy_is_a_command_with_the_whole_policy(tmp_path: Path) -> None:
    trust = json.loads(json.dumps(EC2_TRUST).replace("ec2.amazonaws.com", "ec2.amazonws.com"))
    outputs = {**web(), of_account("get-account-authorization-details"): details(role("web", trust))}
    [found] = findings(audited(saved(tmp_path, outputs)), "role-without-ec2-trust")
    [command] = found.commands
    assert command.startswith("aws iam update-assume-role-policy --role-name web --policy-document ")
    assert json.loads(command.partition("--policy-document ")[2].strip("'")) == EC2_TRUST


def test_what_mends_a_template_is_a_new_version(tmp_path: Path) -> None:
    data = {"IamInstanceProfile": {"Name": "web"}, "MetadataOptions": {"HttpTokens": "optional"}}
    outputs = {
        **web(),
        of_region("describe-launch-templates"): {"LaunchTemplates": [template("lt-1")]},
        of_region("describe-launch-template-versions"): {"LaunchTemplateVersions": [version("lt-1", 1, data, True)]},
    }
    [found] = findings(audited(saved(tmp_path, outputs)), "imdsv1-allowed")
    assert found.address == f"{arn('ec2', 'launch-template/lt-1')} version 1"
    assert [command.split()[2] for command in found.commands] == [
        "create-launch-template-version",
        "modify-launch-template",
    ]


def test_an_instance_without_a_profile_gets_one_by_a_command(tmp_path: Path) -> None:
    outputs = web()
    outputs[of_region("describe-instances")] = {"Reservations": [instance("i-0aaa", None)]}
    [found] = findings(audited(saved(tmp_path, outputs)), "missing-instance-profile")
    assert found.commands[0].startswith("aws ec2 associate-iam-instance-profile --instance-id i-0aaa ")


# What the same things are as templates and as an account


@pytest.mark.parametrize(
    "path",
    sorted(path for rule in RULES for path in (FIXTURES / rule).glob("*.yaml") if path.stem not in OTHERS),
    ids=lambda path: f"{path.parent.name}/{path.stem}",
)
def test_an_account_gets_the_verdicts_of_its_templates(path: Path, tmp_path: Path) -> None:
    deployed = Deployed(path)

    def of_names(report: Report) -> set[tuple[str, str]]:
        failed = [one for one in report.findings if one.verdict == "fail"]
        names = {(one.rule, one.address.split(" ")[0].rpartition("/")[2]) for one in failed}
        return {(rule, name) for rule, name in names if name in deployed.made}

    account = audited(saved(tmp_path, deployed.outputs), *RULES)
    parameters = {"AWS::AccountId": ACCOUNT, "AWS::Region": REGION}
    assert of_names(account) == of_names(judged(path, rules=RULES, parameters=parameters))
    assert not any(notice.is_fatal for notice in account.notices)


# What is missing


@pytest.mark.parametrize(
    ("left_out", "rule", "named"),
    [
        (
            of_account("get-account-authorization-details"),
            "role-without-ec2-trust",
            "get-account-authorization-details",
        ),
        (of_region("user-data/i-0aaa"), "hardcoded-access-key", "ec2 describe-instance-attribute"),
    ],
)
def test_a_missing_output_leaves_an_obligation_open_by_name(
    left_out: str, rule: str, named: str, tmp_path: Path
) -> None:
    outputs = web()
    del outputs[left_out]
    report = audited(saved(tmp_path, outputs))
    assert report.launches.proven == 0
    [message] = messages(report, rule, "undecided")
    assert named in message
    assert ACCOUNT in message


def test_a_profile_that_no_output_has_is_unknown(tmp_path: Path) -> None:
    outputs = {**web(), of_account("get-account-authorization-details"): details()}
    del outputs[of_account("list-instance-profiles")]
    report = audited(saved(tmp_path, outputs))
    [message] = messages(report, "role-without-ec2-trust", "undecided")
    assert "iam list-instance-profiles" in message


@pytest.mark.parametrize("option", ["HttpTokens", "HttpEndpoint"])
def test_an_option_that_is_missing_or_changing_is_unknown(option: str, tmp_path: Path) -> None:
    outputs = web()
    found = outputs[of_region("describe-instances")]["Reservations"][0]["Instances"][0]["MetadataOptions"]
    del found[option]
    assert audited(saved(tmp_path / "missing", outputs)).launches.undecided == int(option == "HttpTokens")
    found |= {option: OPTIONS[option], "State": "pending"}
    assert audited(saved(tmp_path / "pending", outputs)).launches.undecided == 1


def test_a_page_that_is_not_the_last_is_reported(tmp_path: Path) -> None:
    outputs = web()
    outputs[of_region("describe-instances")]["NextToken"] = "fake-token"
    report = audited(saved(tmp_path, outputs))
    [notice] = report.notices
    assert "goes on after this page" in notice.message
    outputs[of_region("describe-instances-2")] = {"Reservations": []}
    assert audited(saved(tmp_path, outputs)).notices == []


# Templates, their versions, groups


def grouped(link: Json, versions: list[Json], default: int = 1, latest: int = 1) -> Outputs:
    return {
        **web(),
        of_region("describe-launch-templates"): {"LaunchTemplates": [template("lt-1", default, latest)]},
        of_region("describe-launch-template-versions"): {"LaunchTemplateVersions": versions},
        of_region("describe-auto-scaling-groups"): {"AutoScalingGroups": [group("workers", **link)]},
    }


def data(tokens: str, **more: Json) -> Json:
    return {
        "IamInstanceProfile": {"Arn": arn("iam", "instance-profile/web", "")},
        "MetadataOptions": {"HttpTokens": tokens},
        **more,
    }


BY_ID, BY_NAME = {"LaunchTemplateId": "lt-1"}, {"LaunchTemplateName": "lt-1-name"}


@pytest.mark.parametrize(
    ("link", "fails"),
    [
        ({**BY_ID, "Version": "1"}, True),
        ({**BY_ID, "Version": "2"}, False),
        ({**BY_ID, "Version": "$Default"}, True),
        (BY_ID, True),
        ({**BY_NAME, "Version": "$Latest"}, False),
        ({**BY_NAME, "Version": "$Default"}, True),
    ],
)
@pytest.mark.parametrize("is_mixed", [False, True])
def test_a_group_launches_the_version_that_it_names(link: Json, fails: bool, is_mixed: bool, tmp_path: Path) -> None:
    named = {"LaunchTemplate": link}
    if is_mixed:
        specification = {"LaunchTemplateSpecification": link, "Overrides": [{"InstanceType": "t3.micro"}]}
        named = {"MixedInstancesPolicy": {"LaunchTemplate": specification}}
    versions = [version("lt-1", 1, data("optional"), True), version("lt-1", 2, data("required"))]
    report = audited(saved(tmp_path, grouped(named, versions, 1, 2)), proofs=True)
    [proof] = [proof for proof in report.proofs or () if "workers" in proof.address and proof.key == proof.address] or [
        proof for proof in report.proofs or () if "workers" in proof.address
    ][:1]
    assert proof.status == ("failed" if fails else "proven")


@pytest.mark.parametrize("version_of", ["3", "$Latest"])
def test_a_version_that_is_not_in_the_snapshot_is_unknown(version_of: str, tmp_path: Path) -> None:
    link = {"LaunchTemplate": {**BY_ID, "Version": version_of}}
    outputs = grouped(link, [version("lt-1", 1, data("required"), True)])
    del outputs[of_region("describe-launch-templates")]
    [message] = messages(audited(saved(tmp_path, outputs)), "imdsv1-allowed", "undecided")
    assert f"version {version_of} of launch template lt-1 in ec2 describe-launch-template" in message


def without_options(image: Json, defaults: Json) -> Outputs:
    link = {"LaunchTemplate": {**BY_ID, "Version": "1"}}
    of_image = {"IamInstanceProfile": {"Name": "web"}, "ImageId": "ami-0fake"}
    return {
        **grouped(link, [version("lt-1", 1, of_image, True)]),
        of_region("describe-images"): {"Images": [image] if image else []},
        of_region("get-instance-metadata-defaults"): {"AccountLevel": defaults},
    }


IMAGE = {"ImageId": "ami-0fake", "OwnerId": "999988887777"}


@pytest.mark.parametrize(
    ("image", "defaults", "status"),
    [
        (IMAGE, {}, "failed"),
        ({**IMAGE, "ImdsSupport": "v2.0"}, {}, "proven"),
        ({**IMAGE, "ImdsSupport": "v2.0"}, {"HttpTokens": "no-preference"}, "proven"),
        ({**IMAGE, "ImdsSupport": "v2.0"}, {"HttpTokens": "optional"}, "failed"),
        (IMAGE, {"HttpTokens": "required"}, "proven"),
        (IMAGE, {"HttpEndpoint": "disabled"}, "proven"),
        (None, {}, "undecided"),
    ],
)
def test_the_image_and_the_default_of_the_region_decide(
    image: Json, defaults: Json, status: str, tmp_path: Path
) -> None:
    report = audited(saved(tmp_path, without_options(image, defaults)), proofs=True)
    [proof] = [proof for proof in report.proofs or () if "workers" in proof.address]
    assert proof.status == status


def test_the_default_of_another_region_does_not_count(tmp_path: Path) -> None:
    outputs = without_options(IMAGE, {})
    outputs[f"{ACCOUNT}/us-east-1/get-instance-metadata-defaults.json"] = {"AccountLevel": {"HttpTokens": "required"}}
    assert findings(audited(saved(tmp_path, outputs)), "imdsv1-allowed")


def test_an_unread_default_leaves_a_template_open(tmp_path: Path) -> None:
    outputs = without_options(IMAGE, {})
    del outputs[of_region("get-instance-metadata-defaults")]
    [message] = messages(audited(saved(tmp_path, outputs)), "imdsv1-allowed", "undecided")
    assert "ec2 get-instance-metadata-defaults" in message


def test_a_launch_configuration_is_read(tmp_path: Path) -> None:
    configuration = {
        "LaunchConfigurationName": "old",
        "LaunchConfigurationARN": arn("autoscaling", "launchConfiguration:0:launchConfigurationName/old"),
        "IamInstanceProfile": "web",
        "UserData": "",
        "KernelId": "",
        "MetadataOptions": {"HttpTokens": "optional"},
    }
    outputs = {
        **web(),
        of_region("describe-launch-configurations"): {"LaunchConfigurations": [configuration]},
        of_region("describe-auto-scaling-groups"): {"AutoScalingGroups": [group("g", LaunchConfigurationName="old")]},
    }
    report = audited(saved(tmp_path, outputs))
    assert [found.at.text for found in findings(report, "imdsv1-allowed")] == ['"optional"']
    assert report.launches.checked == 2


def test_instances_that_are_gone_are_not_launches(tmp_path: Path) -> None:
    outputs = web()
    gone = instance("i-0bbb", None, HttpTokens="optional")
    gone["Instances"][0]["State"]["Name"] = "terminated"
    outputs[of_region("describe-instances")]["Reservations"].append(gone)
    assert audited(saved(tmp_path, outputs)).launches.checked == 1


# Roles and policies

EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
NOTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}


def policy(name: str, *documents: Json, default: int = 1, owner: str = ACCOUNT) -> Json:
    return {
        "PolicyName": name,
        "Arn": f"arn:aws:iam::{owner}:policy/{name}",
        "Path": "/",
        "DefaultVersionId": f"v{default}",
        "PolicyVersionList": [
            {"VersionId": f"v{number}", "IsDefaultVersion": number == default, "Document": document}
            for number, document in enumerate(documents, 1)
        ],
    }


def attaching(*names: str, owner: str = ACCOUNT) -> list[Json]:
    return [{"PolicyName": name, "PolicyArn": f"arn:aws:iam::{owner}:policy/{name}"} for name in names]


@pytest.mark.parametrize(
    ("more", "policies", "status"),
    [
        ({"RolePolicyList": [{"PolicyName": "p", "PolicyDocument": EVERYTHING}]}, [], "failed"),
        ({"RolePolicyList": [{"PolicyName": "p", "PolicyDocument": quote(json.dumps(EVERYTHING))}]}, [], "failed"),
        ({"AttachedManagedPolicies": attaching("AdministratorAccess", owner="aws")}, [], "failed"),
        ({"AttachedManagedPolicies": attaching("own")}, [policy("own", EVERYTHING)], "failed"),
        ({"AttachedManagedPolicies": attaching("own")}, [policy("own", EVERYTHING, NOTHING, default=2)], "proven"),
        ({"AttachedManagedPolicies": attaching("own")}, [policy("own", NOTHING, EVERYTHING, default=2)], "failed"),
        ({"AttachedManagedPolicies": attaching("own")}, [], "undecided"),
        (
            {"AttachedManagedPolicies": attaching("Newer", owner="aws")},
            [policy("Newer", EVERYTHING, owner="aws")],
            "failed",
        ),
        (
            {"AttachedManagedPolicies": attaching("Newer", owner="aws")},
            [policy("Newer", NOTHING, owner="aws")],
            "proven",
        ),
        ({"AttachedManagedPolicies": attaching("Newer", owner="aws")}, [], "undecided"),
        # A policy of the account that has the name of one of AWS's.
        (
            {"AttachedManagedPolicies": attaching("AdministratorAccess", owner="aws")},
            [policy("AdministratorAccess", NOTHING)],
            "failed",
        ),
        (
            {"AttachedManagedPolicies": attaching("AdministratorAccess")},
            [policy("AdministratorAccess", NOTHING)],
            "proven",
        ),
        (
            {
                "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": EVERYTHING}],
                "PermissionsBoundary": {
                    "PermissionsBoundaryType": "Policy",
                    "PermissionsBoundaryArn": f"arn:aws:iam::{ACCOUNT}:policy/limit",
                },
            },
            [policy("limit", NOTHING)],
            "proven",
        ),
    ],
)
def test_every_policy_of_a_role_counts(more: Json, policies: list[Json], status: str, tmp_path: Path) -> None:
    found = details(role("web", **more), policies=policies)
    outputs = {**web(), of_account("get-account-authorization-details"): found}
    [proof] = audited(saved(tmp_path, outputs), proofs=True).proofs or ()
    assert proof.status == status


@pytest.mark.parametrize("member", ["RolePolicyList", "AttachedManagedPolicies", "AssumeRolePolicyDocument"])
def test_what_a_role_does_not_hold_is_unknown(member: str, tmp_path: Path) -> None:
    found = role("web")
    del found[member]
    outputs = {**web(), of_account("get-account-authorization-details"): details(found)}
    assert audited(saved(tmp_path, outputs)).launches.undecided == 1


def test_an_attached_policy_is_detached_by_a_command(tmp_path: Path) -> None:
    found = role("web", AttachedManagedPolicies=attaching("AdministratorAccess", owner="aws"))
    outputs = {**web(), of_account("get-account-authorization-details"): details(found)}
    [finding] = findings(audited(saved(tmp_path, outputs)), "administrator-access")
    expected = "aws iam detach-role-policy --role-name web --policy-arn arn:aws:iam::aws:policy/AdministratorAccess"
    assert finding.commands == (expected,)


def test_roles_that_only_aws_changes_are_left_out(tmp_path: Path) -> None:
    linked = role(
        "AWSServiceRoleForFake",
        Path="/aws-service-role/fake.amazonaws.com/",
        RolePolicyList=[{"PolicyName": "p", "PolicyDocument": EVERYTHING}],
    )
    outputs = {**web(), of_account("get-account-authorization-details"): details(role("web"), linked)}
    assert audited(saved(tmp_path, outputs)).findings == []


def test_a_profile_without_a_role_is_found_by_the_list(tmp_path: Path) -> None:
    outputs = web()
    outputs[of_account("list-instance-profiles")] = {"InstanceProfiles": [profile("web")]}
    outputs[of_account("get-account-authorization-details")] = details()
    assert findings(audited(saved(tmp_path, outputs)), "profile-without-role")


def test_a_key_in_user_data_is_found_and_masked(tmp_path: Path) -> None:
    key = "AKIA" + "IOSFODNN7FAKEFAK"[:16]
    outputs = web(script=f"#!/bin/sh\nexport AWS_ACCESS_KEY_ID={key}\n")
    report = audited(saved(tmp_path, outputs))
    [found] = findings(report, "hardcoded-access-key")
    assert found.at.path == of_region("user-data/i-0aaa")
    assert key not in found.message
    assert base64.b64encode(key.encode()).decode()[4:12] not in found.message


# Files of snapshots


def test_one_file_of_lines_is_a_snapshot(tmp_path: Path) -> None:
    lines = [
        json.dumps({"account": ACCOUNT, "region": REGION, "operation": "x", "response": output})
        for output in web(HttpTokens="optional").values()
    ]
    (tmp_path / "all.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    report = audited(tmp_path, paths=["all.jsonl"])
    [found] = report.findings
    assert found.at.path == "all.jsonl"
    assert '"optional"' in lines[found.at.first[0] - 1]
    assert found.address == arn("ec2", "instance/i-0aaa")


@pytest.mark.parametrize("name", ["all.jsonl.gz", "all.json.gz", "all.json"])
def test_values_behind_each_other_are_read_whatever_the_name(name: str, tmp_path: Path) -> None:
    text = "".join(json.dumps(output, indent=2) + "\n" for output in web(HttpTokens="optional").values()).encode()
    (tmp_path / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    report = audited(tmp_path, paths=[name])
    assert [found.rule for found in report.findings] == ["imdsv1-allowed"]
    assert report.notices == []


@pytest.mark.parametrize(
    ("name", "text", "line", "words"),
    [
        ("prowler.json", '[\n{"Provider": "aws", "CheckID": "fake"}]', 1, "not an output of the AWS CLI"),
        ("half.json", '{\n"Reservations": [\n{"Inst', 3, "not a whole output"),
        ("empty.json", "", 1, "empty"),
        (
            "mixed.json",
            json.dumps({"Reservations": [{"OwnerId": ACCOUNT}, {"OwnerId": "444455556666"}]}, indent=1),
            7,
            "mixes accounts",
        ),
        ("555566667777/a.json", json.dumps({"Reservations": [{"OwnerId": ACCOUNT}]}), 1, "its path says 555566667777"),
        ("bad.json.gz", "no gzip", None, "gzip"),
        ("object.json", '{"Reservations": {"a": 1}}', 1, "Reservations is not a list"),
        # By `--query '{Reservations: Reservations[].Instances[]}'`.
        ("flat.json", '{"Reservations": [\n{"InstanceId": "i-0bbb"}]}', 2, "Instances is not a list"),
        ("ids.json", '{"Reservations": ["i-0bbb"]}', 1, "an item of Reservations is not an object"),
        ("nameless.json", '{"RoleDetailList": [{"Arn": "arn:aws:iam::111122223333:role/a"}]}', 1, "RoleName is not a"),
    ],
)
def test_what_is_no_output_is_named_and_the_rest_goes_on(
    name: str, text: str, line: int | None, words: str, tmp_path: Path
) -> None:
    saved(tmp_path, web(HttpTokens="optional"))
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    report = audited(tmp_path)
    [notice] = [notice for notice in report.notices if notice.is_fatal]
    assert words in notice.message
    assert notice.path == name
    assert (notice.at.first[0] if notice.at is not None else None) == line
    assert [found.rule for found in report.findings] == ["imdsv1-allowed"]
    assert report.files.unreadable == 1


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    (tmp_path / "bomb.json.gz").write_bytes(gzip.compress(b"[" + b" " * (65 * 1024 * 1024), compresslevel=1))
    [notice] = audited(tmp_path).notices
    assert "unpacks to more than 64 MiB" in notice.message


def test_an_output_of_unknown_region_is_named_where_there_are_several(tmp_path: Path) -> None:
    outputs: Outputs = {
        "a/us-east-1/describe-launch-configurations.json": {"LaunchConfigurations": []},
        "a/eu-west-1/describe-launch-configurations.json": {"LaunchConfigurations": []},
        "a/describe-launch-templates.json": {"LaunchTemplates": []},
    }
    report = audited(saved(tmp_path, outputs))
    [notice] = [notice for notice in report.notices if notice.is_fatal]
    assert "does not say which region" in notice.message


def test_two_accounts_are_two_roots(tmp_path: Path) -> None:
    """A profile of one account is not that of another with the same name."""
    other = json.loads(json.dumps(web(HttpTokens="optional")).replace(ACCOUNT, "444455556666"))
    other["444455556666/get-account-authorization-details.json"] = details()
    report = audited(saved(tmp_path, {**web(), **other}))
    assert (report.launches.checked, report.launches.proven, report.launches.failed) == (2, 1, 1)
    assert messages(report, "role-without-ec2-trust", "undecided")


# The command


def test_the_command_prints_what_to_run(tmp_path: Path, iplint: Callable[..., CompletedProcess[str]]) -> None:
    saved(tmp_path / "snapshot", web(HttpTokens="optional"))
    (tmp_path / "snapshot" / "other.json").write_text("{}", encoding="utf-8")
    done = iplint("audit", "snapshot", cwd=tmp_path)
    assert done.returncode == 3
    assert "= run: aws ec2 modify-instance-metadata-options --instance-id i-0aaa" in done.stdout
    assert f"{ACCOUNT}/{REGION}/describe-instances.json" in done.stdout
    assert "--fix" not in done.stdout

"""Snapshots for tests: what the AWS CLI would save of an account in which a template is deployed."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from iplint.discovery.options import Options
from iplint.discovery.project import Project
from iplint.finding import FileCounts, Report
from iplint.judging.session import Session, SessionSettings
from iplint.resource import Resource
from iplint.scenario import Scenario
from iplint.value import Absent, Known, Map, Seq, Text, as_text, dig
from iplint_rules import all_rules

if TYPE_CHECKING:
    from iplint.value import Value

ACCOUNT, REGION = "111122223333", "eu-west-1"
Json: TypeAlias = Any
EC2_TRUST: Json = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
OPTIONS: Json = {
    "State": "applied",
    "HttpTokens": "required",
    "HttpPutResponseHopLimit": 1,
    "HttpEndpoint": "enabled",
    "HttpProtocolIpv6": "disabled",
    "InstanceMetadataTags": "disabled",
}


def arn(service: str, resource: str, region: str = REGION, account: str = ACCOUNT) -> str:
    return f"arn:aws:{service}:{region}:{account}:{resource}"


def profile_arn(name: str) -> str:
    return arn("iam", f"instance-profile/{name}", "")


def instance(id: str, profile: str | None = "web", **options: Json) -> Json:
    """One reservation with one instance, as `describe-instances` has it."""
    found: Json = {
        "InstanceId": id,
        "ImageId": "ami-0abcdef1234567890",
        "State": {"Code": 16, "Name": "running"},
        "Placement": {"AvailabilityZone": f"{REGION}a", "Tenancy": "default"},
        "MetadataOptions": {**OPTIONS, **options},
        "Tags": [],
    }
    if profile is not None:
        found["IamInstanceProfile"] = {"Arn": profile_arn(profile), "Id": "AIPAFAKEFAKEFAKEFAKE1"}
    return {"OwnerId": ACCOUNT, "ReservationId": f"r-{id}", "Groups": [], "Instances": [found]}


def user_data(id: str, script: str = "") -> Json:
    value = {"Value": base64.b64encode(script.encode()).decode()} if script else {}
    return {"InstanceId": id, "UserData": value}


def role(name: str, trust: Json = None, **more: Json) -> Json:
    """One role in a profile of the same name, as `get-account-authorization-details` has it."""
    own = {"Path": "/", "RoleName": name, "RoleId": "AROAFAKEFAKEFAKEFAKE1", "Arn": arn("iam", f"role/{name}", "")}
    own["AssumeRolePolicyDocument"] = EC2_TRUST if trust is None else trust
    return {
        **own,
        "InstanceProfileList": [profile(name, own)],
        "RolePolicyList": [],
        "AttachedManagedPolicies": [],
        "Tags": [],
        **more,
    }


def profile(name: str, *roles: Json) -> Json:
    return {
        "Path": "/",
        "InstanceProfileName": name,
        "InstanceProfileId": "AIPAFAKEFAKEFAKEFAKE1",
        "Arn": profile_arn(name),
        "Roles": list(roles),
    }


def details(*roles: Json, policies: Sequence[Json] = ()) -> Json:
    return {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": list(roles), "Policies": list(policies)}


def version(template: str, number: int, data: Json, default: bool = False) -> Json:
    return {
        "LaunchTemplateId": template,
        "LaunchTemplateName": f"{template}-name",
        "VersionNumber": number,
        "CreatedBy": arn("iam", "root", ""),
        "DefaultVersion": default,
        "LaunchTemplateData": data,
    }


def template(id: str, default: int = 1, latest: int = 1) -> Json:
    return {
        "LaunchTemplateId": id,
        "LaunchTemplateName": f"{id}-name",
        "DefaultVersionNumber": default,
        "LatestVersionNumber": latest,
    }


def group(name: str, **more: Json) -> Json:
    resource = f"autoScalingGroup:00000000-0000-0000-0000-000000000000:autoScalingGroupName/{name}"
    return {
        "AutoScalingGroupName": name,
        "AutoScalingGroupARN": arn("autoscaling", resource),
        "MinSize": 0,
        "Tags": [],
        **more,
    }


def empty() -> dict[str, Json]:
    """Every output of an account in which there is nothing, by path."""
    regional = f"{ACCOUNT}/{REGION}"
    return {
        f"{regional}/describe-instances.json": {"Reservations": []},
        f"{regional}/describe-iam-instance-profile-associations.json": {"IamInstanceProfileAssociations": []},
        f"{regional}/describe-launch-templates.json": {"LaunchTemplates": []},
        f"{regional}/describe-launch-template-versions.json": {"LaunchTemplateVersions": []},
        f"{regional}/describe-images.json": {"Images": []},
        f"{regional}/get-instance-metadata-defaults.json": {"AccountLevel": {}},
        f"{regional}/describe-auto-scaling-groups.json": {"AutoScalingGroups": []},
        f"{regional}/describe-launch-configurations.json": {"LaunchConfigurations": []},
        f"{ACCOUNT}/get-account-authorization-details.json": details(),
        f"{ACCOUNT}/list-instance-profiles.json": {"InstanceProfiles": []},
    }


def of_region(name: str) -> str:
    return f"{ACCOUNT}/{REGION}/{name}.json"


def of_account(name: str) -> str:
    return f"{ACCOUNT}/{name}.json"


def saved(directory: Path, outputs: Mapping[str, Json]) -> Path:
    """Write outputs by path below a directory, which is returned."""
    for name, output in outputs.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(output, indent=4) + "\n", encoding="utf-8")
    return directory


def audited(directory: Path, *rules: str, paths: Sequence[str] = (".",), proofs: bool = False) -> Report:
    """The report on a snapshot, with every verdict."""
    chosen = [one for one in all_rules() if (one.name in rules if rules else not one.optional)]
    settings = SessionSettings(chosen, inputs=Options(is_snapshot=True, follows_rules=False), proofs=proofs)
    return Session(settings, str(directory)).check(list(paths))


class NotSettled(Exception):
    """A value that only a deployment settles."""


def plain(value: Value) -> Json:
    """A value as JSON."""
    match value:
        case Known(Text() as text) if text.encodes is not None and text.encodes[0] == "base64":
            return base64.b64encode(plain(text.encodes[1]).encode()).decode()
        case Known(Text() as text) if text.plain is not None:
            return text.plain
        case Known(bool() | int() | float() as scalar):
            return scalar
        case Known(Seq(more=None) as found):
            return [plain(item) for item in found if not isinstance(item, Absent)]
        case Known(Map(more=None) as members):
            inner = {name: members.get(name) for name in members}
            return {name: plain(one) for name, one in inner.items() if one is not None and not isinstance(one, Absent)}
        case _:
            raise NotSettled


def _policy(value: Value) -> Json:
    found = plain(value)
    return json.loads(found) if isinstance(found, str) else found


class Deployed:
    """What the AWS CLI would save after a template is deployed; names are logical ids. What depends on more is left
    out, and so is what an audit does not read.
    """

    def __init__(self, path: Path) -> None:
        options = Options({"AWS::AccountId": ACCOUNT, "AWS::Region": REGION, "AWS::Partition": "aws"})
        [root] = Project([str(path)], str(path.parent), options=options, files=FileCounts()).roots()
        self.resources: dict[str, Resource] = {one.address: one for one in root.resources(Scenario({}))}
        self.outputs = empty()
        self.made: set[str] = set()
        for one in self.resources.values():
            try:
                if one.exists is not False:
                    self._deploy(one)
            except NotSettled:
                continue

    def _target(self, value: Value, type: str) -> str:
        ref = value.ref if isinstance(value, Known) or not isinstance(value, Absent) else None
        for link in ref.chain() if ref is not None else ():
            if link.resource.type == type:
                return link.resource.address
        written = plain(value)
        for one in self.resources.values():
            if one.type == type and as_text(dig(one.properties, ("RoleName",))) == written:
                return one.address
        raise NotSettled

    def _profile(self, value: Value) -> str | None:
        if isinstance(value, Absent):
            return None
        try:
            return self._target(value, "AWS::IAM::InstanceProfile")
        except NotSettled:
            name: str = plain(value)
            return name.rpartition("/")[2]

    def _add(self, path: str, key: str, item: Json, name: str) -> None:
        self.outputs[path][key].append(item)
        self.made.add(name)

    def _deploy(self, one: Resource) -> None:
        name, properties = one.address, one.properties
        match one.type:
            case "AWS::IAM::Role":
                made = role(name, _policy(dig(properties, ("AssumeRolePolicyDocument",))), InstanceProfileList=[])
                self._add(of_account("get-account-authorization-details"), "RoleDetailList", made, name)
            case "AWS::IAM::InstanceProfile":
                [held] = _list(dig(properties, ("Roles",)))
                found = profile(name, {"RoleName": self._target(held, "AWS::IAM::Role")})
                self._add(of_account("list-instance-profiles"), "InstanceProfiles", found, name)
            case "AWS::EC2::Instance" if isinstance(dig(properties, ("LaunchTemplate",)), Absent):
                options = self._options(dig(properties, ("MetadataOptions",)))
                made = instance(name, self._profile(dig(properties, ("IamInstanceProfile",))), **options)
                self._add(of_region("describe-instances"), "Reservations", made, name)
                self.outputs[of_region(f"user-data/{name}")] = user_data(name)
            case "AWS::EC2::LaunchTemplate":
                self._add(of_region("describe-launch-templates"), "LaunchTemplates", template(name), name)
                data = self._data(dig(properties, ("LaunchTemplateData",)))
                made = version(name, 1, data, default=True)
                self._add(of_region("describe-launch-template-versions"), "LaunchTemplateVersions", made, name)
            case "AWS::AutoScaling::LaunchConfiguration":
                made = {"LaunchConfigurationName": name, **self._data(properties)}
                made["LaunchConfigurationARN"] = arn(
                    "autoscaling", f"launchConfiguration:00000000:launchConfigurationName/{name}"
                )
                self._add(of_region("describe-launch-configurations"), "LaunchConfigurations", made, name)
            case "AWS::AutoScaling::AutoScalingGroup":
                self._add(of_region("describe-auto-scaling-groups"), "AutoScalingGroups", self._group(one), name)
            case _:
                pass

    def _options(self, value: Value) -> Json:
        found = {} if isinstance(value, Absent) else plain(value)
        return {"HttpTokens": "optional", **found}

    def _data(self, data: Value) -> Json:
        found: Json = {}
        for name in ("MetadataOptions", "UserData"):
            value = dig(data, (name,))
            if not isinstance(value, Absent):
                found[name] = plain(value)
        named = dig(data, ("IamInstanceProfile",))
        for key in ("Name", "Arn"):
            inner = dig(named, (key,))
            if not isinstance(inner, Absent):
                found["IamInstanceProfile"] = {"Name": self._profile(inner)}
        if isinstance(named, Known) and isinstance(named.value, Text):
            found["IamInstanceProfile"] = self._profile(named)
        return found

    def _link(self, value: Value) -> Json:
        id = self._target(dig(value, ("LaunchTemplateId",)), "AWS::EC2::LaunchTemplate")
        return {"LaunchTemplateId": id, "LaunchTemplateName": f"{id}-name", "Version": "1"}

    def _group(self, one: Resource) -> Json:
        found: Json = {}
        own = dig(one.properties, ("LaunchTemplate",))
        mixed = dig(one.properties, ("MixedInstancesPolicy", "LaunchTemplate"))
        configuration = dig(one.properties, ("LaunchConfigurationName",))
        if not isinstance(own, Absent):
            found["LaunchTemplate"] = self._link(own)
        if not isinstance(configuration, Absent):
            found["LaunchConfigurationName"] = self._target(configuration, "AWS::AutoScaling::LaunchConfiguration")
        if not isinstance(mixed, Absent):
            overrides = dig(mixed, ("Overrides",))
            found["MixedInstancesPolicy"] = {
                "LaunchTemplate": {
                    "LaunchTemplateSpecification": self._link(dig(mixed, ("LaunchTemplateSpecification",))),
                    "Overrides": [
                        {"InstanceType": "t3.micro"}
                        if isinstance(dig(item, ("LaunchTemplateSpecification",)), Absent)
                        else {"LaunchTemplateSpecification": self._link(dig(item, ("LaunchTemplateSpecification",)))}
                        for item in _list(overrides)
                    ],
                }
            }
        if not found:
            raise NotSettled
        return group(one.address, **found)


def _list(value: Value) -> Iterator[Value]:
    if isinstance(value, Known) and isinstance(value.value, Seq):
        yield from value.value

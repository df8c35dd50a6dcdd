"""An independent oracle: moto deploys a template, and what it runs with is what iplint resolved.

moto's CloudFormation passes over the metadata options of instances and over managed policies, and cannot launch an
instance from a template, so these are not compared. It does not know the short form `!Condition` either.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from iplint.discovery.options import Options
from iplint.discovery.project import Project
from iplint.finding import FileCounts
from iplint.model import Launch, Stack
from iplint.scenario import Scenario
from iplint.value import Absent, Known, Text, as_text, dig

boto3 = pytest.importorskip("boto3")
moto = pytest.importorskip("moto")

REGION = "eu-west-1"
BODY = """\
Parameters:
  Stage: {Type: String, Default: dev, AllowedValues: [dev, test, prod]}
  Principal: {Type: String, Default: ec2.amazonaws.com}
  Owner: {Type: String, Default: web team}
Mappings:
  Sizes:
    dev: {Type: t3.micro, Port: "8080"}
    test: {Type: t3.small, Port: "8081"}
    prod: {Type: m5.large, Port: "443"}
Conditions:
  IsDev: !Equals [!Ref Stage, dev]
  HasProfile: !Not [{Condition: IsDev}]
  IsProd: !And [{Condition: HasProfile}, !Not [!Equals [!Ref Stage, test]]]
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Join ["-", [web, !Ref Stage]]
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {Service: [!If [IsProd, ec2.amazonaws.com, !Ref Principal]]}
            Action: sts:AssumeRole
  Profile:
    Type: AWS::IAM::InstanceProfile
    Properties: {InstanceProfileName: !Sub "${Stage}-web", Roles: [!Ref Role]}
  Host:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-12c6146b
      InstanceType: !FindInMap [Sizes, !Ref Stage, Type]
      IamInstanceProfile: !If [HasProfile, !Ref Profile, !Ref AWS::NoValue]
      UserData:
        Fn::Base64: !Sub
          - |
            #!/bin/bash
            export OWNER="${Owner}" STAGE=${Stage} REGION=${AWS::Region}
            serve --port ${Port} --first ${First} --keep ${!HOME}
          - Port: !FindInMap [Sizes, !Ref Stage, Port]
            First: !Select [0, !Split [" ", !Ref Owner]]
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateName: !Sub "${Stage}-workers"
      LaunchTemplateData:
        ImageId: ami-12c6146b
        IamInstanceProfile: {Arn: !GetAtt Profile.Arn}
        MetadataOptions: {HttpTokens: !If [IsProd, required, optional]}
        UserData:
          Fn::Base64: !Join ["\\n", ["#!/bin/sh", !If [IsDev, "set -x", "set -e"], !Sub "work ${Stage}"]]
  Workers:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties:
      MinSize: "0"
      MaxSize: "0"
      AvailabilityZones: [eu-west-1a]
      LaunchTemplate: {LaunchTemplateId: !Ref Template, Version: !GetAtt Template.LatestVersionNumber}
"""

GIVEN = [
    {},
    {"Stage": "test"},
    {"Stage": "prod"},
    {"Stage": "dev", "Principal": "lambda.amazonaws.com"},
    {"Stage": "test", "Principal": "ecs-tasks.amazonaws.com", "Owner": "night shift"},
    {"Stage": "prod", "Principal": "lambda.amazonaws.com", "Owner": "solo"},
]


class Deployed:
    """What moto runs after it has deployed the template."""

    def __init__(self, given: Mapping[str, str]) -> None:
        formation, self._ec2, self._iam = (
            boto3.client(name, region_name=REGION, aws_access_key_id="fake", aws_secret_access_key="fake")
            for name in ("cloudformation", "ec2", "iam")
        )
        parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()]
        capabilities = ["CAPABILITY_NAMED_IAM"]
        formation.create_stack(StackName="s", TemplateBody=BODY, Parameters=parameters, Capabilities=capabilities)

    def host(self) -> dict[str, Any]:
        [reservation] = self._ec2.describe_instances()["Reservations"]
        [instance] = reservation["Instances"]
        return instance

    def host_profiles(self) -> list[str]:
        """The names of the profiles associated with the instance."""
        found = self._ec2.describe_iam_instance_profile_associations()["IamInstanceProfileAssociations"]
        return [association["IamInstanceProfile"]["Arn"].rpartition("/")[2] for association in found]

    def host_user_data(self) -> str:
        id = self.host()["InstanceId"]
        data = self._ec2.describe_instance_attribute(InstanceId=id, Attribute="userData")["UserData"]["Value"]
        return base64.b64decode(data).decode()

    def template(self) -> dict[str, Any]:
        [template] = self._ec2.describe_launch_templates()["LaunchTemplates"]
        versions = self._ec2.describe_launch_template_versions(LaunchTemplateId=template["LaunchTemplateId"])
        return versions["LaunchTemplateVersions"][0]["LaunchTemplateData"]

    def role_in(self, profile: str) -> str:
        [role] = self._iam.get_instance_profile(InstanceProfileName=profile)["InstanceProfile"]["Roles"]
        return role["RoleName"]

    def trusted_by(self, role: str) -> list[str]:
        document = self._iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
        document = json.loads(document) if isinstance(document, str) else document
        return document["Statement"][0]["Principal"]["Service"]


@pytest.fixture(scope="module", params=GIVEN, ids=lambda given: "-".join(given.values()) or "defaults")
def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Deployed, dict[str, Launch]]]:
    """What moto runs and the launches that iplint resolves, by address."""
    path = tmp_path_factory.mktemp("moto") / "template.yaml"
    path.write_text(BODY, encoding="utf-8")
    given = {"AWS::Region": REGION, **request.param}
    [root] = Project([str(path)], str(path.parent), options=Options(given), files=FileCounts()).roots()
    with moto.mock_aws():
        yield Deployed(request.param), {launch.address: launch for launch in Stack(root, Scenario({})).launches}


def decoded(launch: Launch, template: bool = False) -> str | None:
    """The user data that iplint resolved, before it is encoded."""
    settings = launch.settings
    if template:
        match launch.template:
            case Known(settings):
                pass
            case _:
                return None
    match dig(settings.part, ("UserData",)):
        case Known(Text(encodes=("base64", value))):
            return as_text(value)
        case _:
            return None


def profile_and_role(launch: Launch) -> tuple[str | None, str | None, bool | None]:
    """The names of the profile and of the role in it, and whether EC2 may assume that."""
    match launch.profile:
        case Known(profile) if profile.resource is not None:
            name = as_text(dig(profile.resource.properties, ("InstanceProfileName",)))
            match profile.role:
                case Known(role):
                    return name, as_text(dig(role.resource.properties, ("RoleName",))), role.trust.verdict
                case _:
                    return name, None, None
        case _:
            return None, None, None


def test_the_profile_of_an_instance(both: tuple[Deployed, dict[str, Launch]]) -> None:
    deployed, launches = both
    host = launches["Host"]
    names = deployed.host_profiles()
    assert isinstance(host.profile, Absent) == (not names)
    for name in names:
        role = deployed.role_in(name)
        assert profile_and_role(host) == (name, role, "ec2.amazonaws.com" in deployed.trusted_by(role))


def test_the_type_and_the_user_data_of_an_instance(both: tuple[Deployed, dict[str, Launch]]) -> None:
    deployed, launches = both
    host = launches["Host"]
    assert as_text(dig(host.settings.part, ("InstanceType",))) == deployed.host()["InstanceType"]
    assert decoded(host) == deployed.host_user_data()


def test_the_launch_template_of_a_group(both: tuple[Deployed, dict[str, Launch]]) -> None:
    deployed, launches = both
    workers, data = launches["Workers"], deployed.template()
    name = data["IamInstanceProfile"]["Arn"].rpartition("/")[2]
    role = deployed.role_in(name)
    assert profile_and_role(workers) == (name, role, "ec2.amazonaws.com" in deployed.trusted_by(role))
    assert decoded(workers, template=True) == base64.b64decode(data["UserData"]).decode()
    match workers.imdsv1:
        case Known(allowed):
            assert allowed == (data["MetadataOptions"]["HttpTokens"] != "required")
        case _:
            pytest.fail("the tokens are written down")

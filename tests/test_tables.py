"""Our tables against the resource schemas that cfn-lint ships."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from iplint.aws.application_tags import is_distinguishing
from iplint.aws.cloud_control import attribute, attributes, resource_type
from iplint.aws.identity_types import POLICY_HOLDERS
from iplint.aws.launch_types import (
    CLOUDFORMATION,
    CONFIGURATION_TYPES,
    PROFILE_TYPES,
    TEMPLATE_NAMES,
    TEMPLATE_TYPES,
    launch_types,
)

if TYPE_CHECKING:
    from iplint.aws.paths import Path

MINIMUM_OF_PATHS = 100


def paths() -> Iterator[tuple[str, Path]]:
    """Every CloudFormation property path that a table names, with its type."""
    for row in CLOUDFORMATION:
        found = [*row.profile, row.role, row.tokens, row.endpoint, row.configuration]
        if row.options is not None:
            keys = [row.options.name, row.options.value, *(row.options.namespace or ())[:1]]
            found = [row.configuration, *((*row.options.items, "*", key) for key in keys)]
        if row.overrides is not None:
            items, switch, _ = row.overrides
            found = [(*items, *path) for path in found if path]
            yield row.type, switch
        if row.template is not None:
            links = (row.template.id, row.template.name, row.template.version)
            found += [(*row.templates, *link) for link in links if link]
        if row.only_if is not None and row.options is None:
            found.append(row.only_if[0])
        yield row.type, row.site
        yield row.type, row.copied_from
        for path in found:
            if path:
                yield row.type, (*row.site, *path)
    for holder in POLICY_HOLDERS.values():
        for path in (*holder.documents, *holder.arns, *holder.roles, *holder.others):
            yield holder.type, path
        for path in (holder.boundary, holder.name, holder.trust):
            yield holder.type, path
    for type, (roles, name) in PROFILE_TYPES.items():
        yield type, roles
        yield type, name
    for type, name in TEMPLATE_NAMES.items():
        yield type, name


# Ended, so that the schemas know it no more.
ENDED = "AWS::OpsWorks::"
CASES = sorted(
    {(type, path) for type, path in paths() if type.startswith("AWS::") and not type.startswith(ENDED) and path}
)


def resolved(schema: dict[str, Any], part: dict[str, Any]) -> list[dict[str, Any]]:
    """A part of a schema and the alternatives it is made of, references followed."""
    while "$ref" in part:
        target: Any = schema
        for name in part["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        part = target
    found = [part]
    for key in ("oneOf", "anyOf", "allOf"):
        for option in part.get(key, ()):
            found += resolved(schema, option)
    return found


def has(schema: dict[str, Any], parts: list[dict[str, Any]], path: Path) -> bool:
    if not path:
        return True
    key = "items" if path[0] == "*" else "properties"
    for part in parts:
        below = part.get(key)
        if isinstance(below, dict) and path[0] != "*":
            below = below.get(path[0])
        if isinstance(below, dict) and has(schema, resolved(schema, below), path[1:]):
            return True
    return False


def test_the_tables_name_enough_paths_for_this_to_mean_something() -> None:
    assert len(CASES) >= MINIMUM_OF_PATHS


@pytest.mark.parametrize(("type", "path"), CASES, ids=lambda part: part if isinstance(part, str) else ".".join(part))
def test_every_cloudformation_path_exists(type: str, path: Path) -> None:
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

    found = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", type)
    schema = found.schema
    assert has(schema, resolved(schema, {"properties": schema["properties"]}), path)


def test_a_path_that_does_not_exist_is_seen() -> None:
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", "AWS::EC2::Instance").schema
    assert not has(schema, [{"properties": schema["properties"]}], ("MetadataOptions", "HttpToken"))


# As the AWSCC provider's documentation has them.
DOCUMENTED = {
    "HttpTokens": "http_tokens",
    "IamInstanceProfile": "iam_instance_profile",
    "CustomIAMInstanceProfile": "custom_iam_instance_profile",
    "Ec2InstanceProfileArn": "ec_2_instance_profile_arn",
    "DisableIMDSV1": "disable_imdsv1",
    "MemoryGiBPerVCpu": "memory_gi_b_per_v_cpu",
    "S3Bucket": "s3_bucket",
    "Value": "value",
    "*": "*",
}
DOCUMENTED_TYPES = {
    "AWS::AutoScaling::AutoScalingGroup": "awscc_autoscaling_auto_scaling_group",
    "AWS::AppStream::AppBlockBuilder": "awscc_appstream_app_block_builder",
    "AWS::EC2::EC2Fleet": "awscc_ec2_ec2_fleet",
    "AWS::EC2::LaunchTemplate": "awscc_ec2_launch_template",
    "AWS::ElasticBeanstalk::Environment": "awscc_elasticbeanstalk_environment",
    "AWS::RDS::DBInstance": "awscc_rds_db_instance",
}


@pytest.mark.parametrize("name", DOCUMENTED)
def test_properties_have_the_names_that_cloud_control_gives_them(name: str) -> None:
    assert attribute(name) == DOCUMENTED[name]


@pytest.mark.parametrize("type", DOCUMENTED_TYPES)
def test_types_have_the_names_that_cloud_control_gives_them(type: str) -> None:
    assert resource_type(type) == DOCUMENTED_TYPES[type]


def test_every_launch_of_cloudformation_is_one_of_cloud_control() -> None:
    for row in CLOUDFORMATION:
        assert len(launch_types(resource_type(row.type))) == len(launch_types(row.type))


def test_the_names_of_what_others_name_follow_too() -> None:
    for types in (TEMPLATE_TYPES, CONFIGURATION_TYPES):
        assert {type for type in types if type.startswith("awscc_")} == {
            resource_type(type) for type in types if type.startswith("AWS::") and not type.startswith(ENDED)
        }
    for type, name in TEMPLATE_NAMES.items():
        if type.startswith("AWS::") and not type.startswith(ENDED):
            assert TEMPLATE_NAMES[resource_type(type)] == attributes(name)
    for type, (roles, name) in PROFILE_TYPES.items():
        if type.startswith("AWS::"):
            assert PROFILE_TYPES[resource_type(type)] == (attributes(roles), attributes(name))


# CloudFormation makes these itself, not through Cloud Control.
NOT_IN_CLOUD_CONTROL = "AWS::IAM::Policy"


@pytest.mark.parametrize(
    "type", [type for type in POLICY_HOLDERS if type.startswith("AWS::") and type != NOT_IN_CLOUD_CONTROL]
)
def test_the_policies_of_cloud_control_are_those_of_cloudformation(type: str) -> None:
    row, same = POLICY_HOLDERS[type], POLICY_HOLDERS[resource_type(type)]
    for several in ("documents", "arns", "roles", "others"):
        assert getattr(same, several) == tuple(attributes(path) for path in getattr(row, several))
    for one in ("boundary", "name", "trust"):
        assert getattr(same, one) == attributes(getattr(row, one))
    assert same.kind == row.kind


@pytest.mark.parametrize(
    ("tags", "distinguishes"),
    [
        (("App", "AppId", "app-name", "Application", "application_id", "ApplicationName", "acme:app"), True),
        (("env", "Environment", "Project", "Stage", "kubernetes.io:stage"), True),
        (("Name", "Owner", "app:owner", "Applications", "cost-center", ""), False),
    ],
)
def test_tags_of_applications_and_environments_have_their_usual_names(
    tags: tuple[str, ...], distinguishes: bool
) -> None:
    assert [tag for tag in tags if is_distinguishing(tag) is not distinguishes] == []

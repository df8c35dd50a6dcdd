"""Our tables against the resource schemas that cfn-lint ships."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from iplint.aws.identity_types import POLICY_HOLDERS
from iplint.aws.launch_types import CLOUDFORMATION, PROFILE_TYPES, TEMPLATE_NAMES

if TYPE_CHECKING:
    from iplint.aws.launch_types import Path

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

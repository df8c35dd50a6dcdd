"""Rewritings of CloudFormation templates that move resources: conditions, loops, policies, templates, nested stacks."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import TypeAlias

from hunt_cloudformation import WRITERS, Json, Template, Unreadable, declare, get, put, text_of, values, with_transform

# A template with one of its resources rewritten; None where it does not fit.
ResourceRewriting: TypeAlias = Callable[[Template, str, str], "Template | None"]
# The files of one template, by name; the first is deployed.
TemplateRewriting: TypeAlias = Callable[[Template, str], "dict[str, str] | None"]


def resource(tree: Template, name: str) -> dict[str, Json]:
    found = get(tree, ("Resources", name))
    assert isinstance(found, dict)
    return found


def properties(tree: Template, name: str) -> dict[str, Json]:
    found = resource(tree, name).setdefault("Properties", {})
    if not isinstance(found, dict):
        raise Unreadable
    return found


def conditional(tree: Template, name: str, new: str) -> Template | None:
    made = copy.deepcopy(tree)
    if "Condition" in resource(made, name):
        return None
    resource(made, name)["Condition"] = new
    return declare(made, "Conditions", new, {"Fn::Equals": ["a", "a"]})


def switched(tree: Template, name: str, new: str) -> Template | None:
    made = copy.deepcopy(tree)
    if "Condition" in resource(made, name):
        return None
    resource(made, name)["Condition"] = new
    declare(made, "Parameters", f"{new}P", {"Type": "String", "Default": "yes", "AllowedValues": ["yes"]})
    return declare(made, "Conditions", new, {"Fn::Equals": [{"Ref": f"{new}P"}, "yes"]})


def looped(tree: Template, name: str, new: str) -> Template | None:
    made = copy.deepcopy(tree)
    resources = made["Resources"]
    assert isinstance(resources, dict)
    if name.startswith("Fn::"):
        return None
    held = resources.pop(name)
    resources[f"Fn::ForEach::{new}"] = [f"{new}X", [name], {f"${{{new}X}}": held}]
    return with_transform(made)


def loop_in_name(tree: Template, name: str, new: str) -> Template | None:
    made = looped(tree, name, new)
    if made is None or len(name) < 2:
        return None
    loop = get(made, ("Resources", f"Fn::ForEach::{new}"))
    assert isinstance(loop, list)
    body = loop[2]
    assert isinstance(body, dict)
    half = len(name) // 2
    loop[1] = {"Ref": f"{new}P"}
    loop[2] = {name[:half] + f"${{{new}X}}": next(iter(body.values()))}
    return declare(made, "Parameters", f"{new}P", {"Type": "CommaDelimitedList", "Default": name[half:]})


def loop_in_properties(tree: Template, name: str, new: str) -> Template | None:
    """The first property by a loop."""
    made = copy.deepcopy(tree)
    held = properties(made, name)
    key = next(iter(held), None)
    if key is None or not key.isalnum():
        return None
    value = held.pop(key)
    held[f"Fn::ForEach::{new}"] = [f"{new}X", [key], {f"${{{new}X}}": value}]
    return with_transform(made)


def inline_policies_apart(tree: Template, name: str, new: str) -> Template | None:
    """The inline policies of a role as resources of their own."""
    made = copy.deepcopy(tree)
    if resource(made, name).get("Type") != "AWS::IAM::Role":
        return None
    policies = properties(made, name).pop("Policies", None)
    if not isinstance(policies, list) or "Condition" in resource(made, name):
        return None
    for number, policy in enumerate(policies):
        if not isinstance(policy, dict) or "PolicyName" not in policy:
            return None
        declare(
            made,
            "Resources",
            f"{new}{number}",
            {"Type": "AWS::IAM::Policy", "Properties": {**policy, "Roles": [{"Ref": name}]}},
        )
    return made


def role_policy(tree: Template, name: str, new: str) -> Template | None:
    made = inline_policies_apart(tree, name, new)
    if made is None:
        return None
    for key, held in list(_resources(made).items()):
        if key.startswith(new) and isinstance(held, dict):
            held["Type"] = "AWS::IAM::RolePolicy"
            body = held["Properties"]
            assert isinstance(body, dict)
            del body["Roles"]
            body["RoleName"] = {"Ref": name}
    return made


def managed_policy(tree: Template, name: str, new: str) -> Template | None:
    made = inline_policies_apart(tree, name, new)
    if made is None:
        return None
    for key, held in list(_resources(made).items()):
        if key.startswith(new) and isinstance(held, dict):
            held["Type"] = "AWS::IAM::ManagedPolicy"
            body = held["Properties"]
            assert isinstance(body, dict)
            del body["PolicyName"]
            if key != f"{new}0":
                continue
            # The first one is attached from the role.
            del body["Roles"]
            attached = properties(made, name).setdefault("ManagedPolicyArns", [])
            if not isinstance(attached, list):
                return None
            attached.append({"Ref": key})
    return made


def _resources(tree: Template) -> dict[str, Json]:
    found = tree["Resources"]
    assert isinstance(found, dict)
    return found


MOVED = ("MetadataOptions", "IamInstanceProfile", "UserData", "ImageId")


def launch_template(tree: Template, name: str, new: str) -> Template | None:
    """The settings of an instance in a launch template."""
    made = copy.deepcopy(tree)
    if resource(made, name).get("Type") != "AWS::EC2::Instance" or "LaunchTemplate" in properties(made, name):
        return None
    held = properties(made, name)
    data = {key: held.pop(key) for key in MOVED if key in held}
    if not data or any(isinstance(value, dict) and "Fn::If" in value for value in data.values()):
        return None
    if "IamInstanceProfile" in data:
        data["IamInstanceProfile"] = {"Name": data["IamInstanceProfile"]}
    held["LaunchTemplate"] = {"LaunchTemplateId": {"Ref": new}, "Version": {"Fn::GetAtt": [new, "LatestVersionNumber"]}}
    entry: dict[str, Json] = {"Type": "AWS::EC2::LaunchTemplate", "Properties": {"LaunchTemplateData": data}}
    if "Condition" in resource(made, name):
        entry["Condition"] = resource(made, name)["Condition"]
    return declare(made, "Resources", new, entry)


def loop_of_loops(tree: Template, name: str, new: str) -> Template | None:
    """A resource in a loop inside another; the outer one is over a list of a mapping."""
    made = looped(tree, name, new)
    if made is None or len(name) < 2:
        return None
    half = len(name) // 2
    held = get(tree, ("Resources", name))
    inner: Json = {
        f"Fn::ForEach::{new}Inner": [f"{new}Y", [name[half:]], {f"${{{new}X}}${{{new}Y}}": copy.deepcopy(held)}]
    }
    _resources(made)[f"Fn::ForEach::{new}"] = [f"{new}X", {"Fn::FindInMap": [new, "a", "b"]}, inner]
    return declare(made, "Mappings", new, {"a": {"b": [name[:half]]}})


def loop_value(tree: Template, name: str, new: str) -> Template | None:
    """A resource in a loop, of which a text comes from a mapping by the loop's own value."""
    found = [(path, value) for path, value in values(tree) if path[1] == name and isinstance(value, str) and value]
    if not found or not name.isalnum():
        return None
    path, text = found[-1]
    filled = put(tree, path, {"Fn::FindInMap": [new, {"Ref": f"{new}X"}, "v"]})
    made = looped(filled, name, new)
    return None if made is None else declare(made, "Mappings", new, {name: {"v": text}})


POLICIES = ("PolicyDocument", "AssumeRolePolicyDocument")


def policy_text(form: str) -> ResourceRewriting:
    """The policy document of a resource as a text."""

    def rewrite(tree: Template, name: str, new: str) -> Template | None:
        for path, value in values(tree):
            if path[1] != name or path[-1] not in POLICIES or not isinstance(value, dict) or "Statement" not in value:
                continue
            if form == "json":
                return with_transform(put(tree, path, {"Fn::ToJsonString": value}))
            if "Fn::" in json.dumps(value) or '"Ref"' in json.dumps(value):
                return None
            text = json.dumps(value, indent=1)
            made: Json = {
                "text": text,
                "sub": {"Fn::Sub": [text.replace("${", "${!").replace('"Allow"', '"${A}"'), {"A": "Allow"}]},
                "join": {"Fn::Join": ["\n", list[Json](text.split("\n"))]},
            }[form]
            return put(tree, path, made)
        return None

    return rewrite


def one_statement(tree: Template, name: str, new: str) -> Template | None:
    """Statements as an object instead of a list, texts as lists, and actions in other letters."""
    for path, value in values(tree):
        if path[1] == name and path[-1] == "Statement" and isinstance(value, list) and len(value) == 1:
            statement = copy.deepcopy(value[0])
            if not isinstance(statement, dict) or "Fn::If" in statement:
                return None
            for key in ("Action", "NotAction", "Resource"):
                held = statement.get(key)
                if isinstance(held, str):
                    service, colon, rest = held.partition(":")
                    statement[key] = [service + colon + rest.swapcase() if key != "Resource" else held]
            return put(tree, path, dict(reversed(statement.items())))
    return None


def module_alike(tree: Template, name: str, new: str) -> Template | None:
    """A resource with its properties in another order, after Metadata."""
    made = copy.deepcopy(tree)
    held = resource(made, name)
    if "Metadata" in held:
        return None
    body = dict(reversed(properties(made, name).items()))
    kept = {key: value for key, value in held.items() if key != "Properties"}
    _resources(made)[name] = {"Metadata": {"Note": "x"}, "Properties": body, **kept}
    return made


RESOURCES: dict[str, ResourceRewriting] = {
    "Condition that holds": conditional,
    "Condition of a parameter": switched,
    "ForEach": looped,
    "ForEach over a parameter": loop_in_name,
    "ForEach in properties": loop_in_properties,
    "policies apart": inline_policies_apart,
    "role policy": role_policy,
    "managed policy": managed_policy,
    "launch template": launch_template,
    "other order": module_alike,
    "ForEach in ForEach": loop_of_loops,
    "ForEach with a value of a mapping": loop_value,
    "policy as a text": policy_text("text"),
    "policy by ToJsonString": policy_text("json"),
    "policy by Sub": policy_text("sub"),
    "policy by Join": policy_text("join"),
    "one statement": one_statement,
}


def written(tree: Template, how: str, name: str) -> dict[str, str]:
    suffix, write = WRITERS[how]
    return {f"{name}{suffix}": write(tree)}


def _writes(how: str) -> TemplateRewriting:
    return lambda tree, name: written(tree, how, name)


def nested(type: str, argument: str) -> TemplateRewriting:
    """The template in another one, which gives it the defaults of its parameters."""

    def rewrite(tree: Template, name: str) -> dict[str, str] | None:
        parameters = tree.get("Parameters", {})
        if not isinstance(parameters, dict) or "Transform" in tree:
            return None
        given: dict[str, Json] = {}
        child = copy.deepcopy(tree)
        for key, declared in parameters.items():
            if (
                not isinstance(declared, dict)
                or "Default" not in declared
                or str(declared.get("Type")).startswith("AWS::SSM")
            ):
                return None
            given[key] = declared["Default"]
        stack: dict[str, Json] = {
            "Type": type,
            "Properties": {argument: f"./{name}-child.yaml", **({"Parameters": given} if given else {})},
        }
        top: Template = {"Resources": {"HuntStack": stack}}
        if type.startswith("AWS::Serverless"):
            top["Transform"] = "AWS::Serverless-2016-10-31"
        suffix, write = WRITERS["YAML with tags"]
        return {f"{name}{suffix}": write(top), f"{name}-child.yaml": write(child)}

    return rewrite


def nested_input(tree: Template, name: str) -> dict[str, str] | None:
    """The template in another one, which gives it a value that decides."""
    wanted = ("HttpTokens", "Action", "Service", "IamInstanceProfile", "ImageId")
    found = [path for path, value in values(tree) if path[-1] in wanted and text_of(value) is not None]
    if not found or not isinstance(tree.get("Parameters", {}), dict):
        return None
    path = found[0]
    text = text_of(get(tree, path))
    child = declare(
        put(tree, path, {"Ref": "HuntValue"}), "Parameters", "HuntValue", {"Type": "String", "Default": text}
    )
    return nested("AWS::CloudFormation::Stack", "TemplateURL")(child, name)


def stack_set(tree: Template, name: str) -> dict[str, str] | None:
    # Parameters that nothing sets keep their defaults there; alone, they may be set.
    if "Transform" in tree or tree.get("Parameters"):
        return None
    body = json.dumps(tree)
    group: Json = [{"DeploymentTargets": {"Accounts": ["111122223333"]}, "Regions": ["eu-west-1"]}]
    top: Template = {
        "Resources": {
            "HuntSet": {
                "Type": "AWS::CloudFormation::StackSet",
                "Properties": {
                    "StackSetName": "hunt",
                    "PermissionModel": "SELF_MANAGED",
                    "StackInstancesGroup": group,
                    "TemplateBody": body,
                },
            }
        }
    }
    return written(top, "YAML with tags", name)


def stack_output(tree: Template, name: str) -> dict[str, str] | None:
    """A value that decides, from the outputs of a nested stack."""
    found = _deciding(tree)
    if found is None:
        return None
    path, text = found
    top = put(tree, path, {"Fn::GetAtt": ["HuntValues", "Outputs.Value"]})
    stack: Json = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": f"./{name}-child.yaml"}}
    child: Template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {"Value": {"Value": text}},
    }
    suffix, write = WRITERS["YAML with tags"]
    return {
        f"{name}{suffix}": write(declare(top, "Resources", "HuntValues", stack)),
        f"{name}-child.yaml": write(child),
    }


def _deciding(tree: Template) -> tuple[tuple[str | int, ...], str] | None:
    wanted = ("HttpTokens", "HttpEndpoint", "Action", "Service", "IamInstanceProfile", "ImageId", "Effect", "Resource")
    for path, value in values(tree):
        text = text_of(value)
        if path[-1] in wanted and text is not None:
            return path, text
    return None


def included(tree: Template, name: str) -> dict[str, str] | None:
    """The properties of the first resource in a file of their own."""
    made = copy.deepcopy(tree)
    for key, held in _resources(made).items():
        if isinstance(held, dict) and held.get("Properties") and not key.startswith("Fn::"):
            body = held["Properties"]
            suffix, write = WRITERS["YAML"]
            location: Json = {"Name": "AWS::Include", "Parameters": {"Location": f"./{name}-child.yaml"}}
            if not isinstance(body, dict):
                return None
            held["Properties"] = {"Fn::Transform": location}
            return {f"{name}{suffix}": write(made), f"{name}-child.yaml": write(body)}
    return None


def included_resources(tree: Template, name: str) -> dict[str, str] | None:
    """All resources but one in a file of their own."""
    made = copy.deepcopy(tree)
    resources = _resources(made)
    if len(resources) < 2 or any(key.startswith("Fn::") for key in resources):
        return None
    first = next(iter(resources))
    suffix, write = WRITERS["YAML"]
    location: Json = {"Name": "AWS::Include", "Parameters": {"Location": f"./{name}-child.yaml"}}
    made["Resources"] = {first: resources[first], "Fn::Transform": location}
    rest = {key: held for key, held in resources.items() if key != first}
    return {f"{name}{suffix}": write(made), f"{name}-child.yaml": write(rest)}


def with_serverless(tree: Template, name: str) -> dict[str, str] | None:
    made = copy.deepcopy(tree)
    if "Transform" in made:
        return None
    made["Transform"] = "AWS::Serverless-2016-10-31"
    made["Globals"] = {"Function": {"Timeout": 3}}
    return written(made, "YAML with tags", name)


def two_nested(tree: Template, name: str) -> dict[str, str] | None:
    """A value that decides, through two templates."""
    found = _deciding(tree)
    if found is None or "Transform" in tree or tree.get("Parameters"):
        return None
    path, text = found
    inner = declare(put(tree, path, {"Ref": "HuntInner"}), "Parameters", "HuntInner", {"Type": "String"})
    middle: Template = {
        "Parameters": {"HuntOuter": {"Type": "String"}},
        "Resources": {
            "HuntStack": {
                "Type": "AWS::CloudFormation::Stack",
                "Properties": {
                    "TemplateURL": f"./{name}-inner-child.yaml",
                    "Parameters": {"HuntInner": {"Fn::Sub": "${HuntOuter}"}},
                },
            }
        },
    }
    top: Template = {
        "Resources": {
            "HuntStack": {
                "Type": "AWS::CloudFormation::Stack",
                "Properties": {"TemplateURL": f"./{name}-child.yaml", "Parameters": {"HuntOuter": text}},
            }
        },
    }
    suffix, write = WRITERS["YAML with tags"]
    files = {f"{name}{suffix}": top, f"{name}-child.yaml": middle, f"{name}-inner-child.yaml": inner}
    return {path_here: write(held) for path_here, held in files.items()}


TEMPLATES: dict[str, TemplateRewriting] = {
    **{how: _writes(how) for how in WRITERS},
    "nested stack": nested("AWS::CloudFormation::Stack", "TemplateURL"),
    "serverless application": nested("AWS::Serverless::Application", "Location"),
    "nested stack with a value": nested_input,
    "stack set": stack_set,
    "output of a nested stack": stack_output,
    "included properties": included,
    "included resources": included_resources,
    "with serverless": with_serverless,
    "two nested stacks": two_nested,
}

"""Rewritings that make a value unknown: what failed or was undecided must not pass then, nor a launch be proven."""

from __future__ import annotations

import json

import hunt_cloudformation as cfn
from hunt_terraform import Files, Site, put
from hunt_terraform_moves import Rewriting, add


def _reference(got: str, text: str) -> Rewriting:
    def rewrite(files: Files, site: Site, name: str) -> Files | None:
        if site.attribute in ("count", "for_each"):
            return None
        held = f"{site.text}\n" if "<<" in site.text else site.text
        if held != site.text and "@ }," in got:
            # An item that ends with its line takes no comma.
            return None
        made = put(files, site, got.replace("NAME", name).replace("@", held))
        return add(made, site.path, "\n" + text.replace("NAME", name)) if text else made

    return rewrite


VARIABLE = 'variable "NAME" {\n}\n'
TERRAFORM: dict[str, Rewriting] = {
    "unknown variable": _reference("var.NAME", VARIABLE),
    "unknown data": _reference("data.external.NAME.result.v", 'data "external" "NAME" {\n  program = ["./NAME"]\n}\n'),
    "unknown parameter": _reference(
        "data.aws_ssm_parameter.NAME.value", 'data "aws_ssm_parameter" "NAME" {\n  name = "NAME"\n}\n'
    ),
    "unknown condition": _reference("(var.NAME ? @ : null)", VARIABLE),
    "unknown key": _reference("lookup({ hunt = @ }, var.NAME, null)", VARIABLE),
    "unknown remote module": _reference(
        "module.NAME.v", 'module "NAME" {\n  source = "git::https://example.com/NAME.git"\n}\n'
    ),
    "unknown file": _reference('file("/etc/NAME")', ""),
    "unknown function": _reference("provider::hunt::NAME()", ""),
    "unknown state": _reference(
        "data.terraform_remote_state.NAME.outputs.v",
        'data "terraform_remote_state" "NAME" {\n  backend = "s3"\n}\n',
    ),
}

CLOUDFORMATION: dict[str, cfn.Rewriting] = {}


def _value(make: cfn.Json, declared: dict[str, dict[str, cfn.Json]]) -> cfn.Rewriting:
    def rewrite(tree: cfn.Template, path: cfn.Path, name: str) -> cfn.Template | None:
        held = cfn.get(tree, path)
        text = json.dumps(make).replace("NAME", name)
        value = json.loads(text.replace('"@"', json.dumps(held)))
        made = cfn.put(tree, path, value)
        for section, entries in declared.items():
            for key, entry in entries.items():
                written = json.dumps(entry).replace("NAME", name).replace('"@"', json.dumps(held))
                cfn.declare(made, section, key.replace("NAME", name), json.loads(written))
        return made

    return rewrite


PARAMETER: dict[str, dict[str, cfn.Json]] = {"Parameters": {"NAME": {"Type": "String"}}}
CLOUDFORMATION |= {
    "unknown parameter": _value({"Ref": "NAME"}, PARAMETER),
    "unknown import": _value({"Fn::ImportValue": "NAME"}, {}),
    "unknown attribute": _value(
        {"Fn::GetAtt": ["NAME", "Value"]},
        {"Resources": {"NAME": {"Type": "Custom::Hunt", "Properties": {"ServiceToken": "x"}}}},
    ),
    "unknown condition": _value(
        {"Fn::If": ["NAME", "@", {"Ref": "AWS::NoValue"}]},
        {
            "Parameters": {"NAMEP": {"Type": "String"}},
            "Conditions": {"NAME": {"Fn::Equals": [{"Ref": "NAMEP"}, "on"]}},
        },
    ),
    "unknown macro": _value({"Fn::Transform": {"Name": "NAME", "Parameters": {"v": "@"}}}, {}),
    "unknown dynamic reference": _value("{{resolve:ssm:/hunt/NAME}}", {}),
    "unknown map key": _value(
        {"Fn::FindInMap": ["NAME", {"Ref": "NAMEP"}, "v"]},
        {"Parameters": {"NAMEP": {"Type": "String"}}, "Mappings": {"NAME": {"a": {"v": "hunt"}, "b": {"v": "@"}}}},
    ),
}

"""Write the role, profile and reference that a launch without an instance profile lacks, in its notation.

IAM User Guide, "Use instance profiles": a profile holds one role, which trusts `ec2.amazonaws.com`. The role has no
permissions yet: its author has to add those that the application needs.
"""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TypeAlias

    Tree: TypeAlias = str | list["Tree"] | dict[str, "Tree"]

YAML, JSON, HCL, HCL_JSON = "YAML", "JSON", "HCL", "HCL in JSON"
_STEP = "  "
_TRUST: Tree = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
_YAML = """\
Resources:
  {role}Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {{Service: ec2.amazonaws.com}}
            Action: sts:AssumeRole
  {role}Profile:
    Type: AWS::IAM::InstanceProfile
    Properties:
      Roles: [!Ref {role}Role]
  {name}:
    Properties:
"""
_HCL = """\
resource "aws_iam_role" "{role}" {{
  assume_role_policy = jsonencode({{
    Version   = "2012-10-17"
    Statement = [{{ Effect = "Allow", Principal = {{ Service = "ec2.amazonaws.com" }}, Action = "sts:AssumeRole" }}]
  }})
}}

resource "aws_iam_instance_profile" "{role}" {{
  role = aws_iam_role.{role}.name
}}

resource "{type}" "{name}" {{
"""


class ProfileSlot:
    """Where a launch would name its profile: below the properties of the resource `name` of a `type`.

    `path` are the names on the path, outermost first, with `*` for an item of a list; `beside` are further members that
    the innermost block needs. `by_arn` says that the setting takes an ARN and no name.
    """

    __slots__ = ("beside", "by_arn", "name", "path", "type")

    def __init__(
        self, type: str, name: str, path: Sequence[str], beside: Sequence[tuple[str, str]], by_arn: bool
    ) -> None:
        self.type = type
        self.name = name
        self.path = path
        self.beside = beside
        self.by_arn = by_arn

    def filled(self, reference: Tree) -> dict[str, Tree]:
        """Return the resource's properties with the profile named by `reference`."""
        tree: dict[str, Tree] = {**dict(self.beside), self.path[-1]: reference}
        for index in range(len(self.path) - 2, -1, -1):
            if self.path[index] != "*":
                is_list = self.path[index + 1] == "*"
                tree = {self.path[index]: [tree] if is_list else tree}
        return tree


def snippet(slot: ProfileSlot, role: str, notation: str) -> str:
    """Return the text to add, in one of the notations; `role` is the name for both role and profile."""
    name = slot.name
    if notation == YAML:
        reference = f"!GetAtt {role}Profile.Arn" if slot.by_arn else f"!Ref {role}Profile"
        return _YAML.format(role=role, name=name) + "\n".join(_yaml(slot.filled(reference), _STEP * 3))
    attribute = "arn" if slot.by_arn else "name"
    reference = f"aws_iam_instance_profile.{role}.{attribute}"
    if notation == HCL:
        blocks = not slot.type.startswith("awscc_")
        lines = _hcl(slot.filled(_Unquoted(reference)), _STEP, blocks)
        return _HCL.format(role=role, type=slot.type, name=name) + "\n".join((*lines, "}"))
    if notation == HCL_JSON:
        return _json(
            {
                "resource": {
                    "aws_iam_role": {role: {"assume_role_policy": json.dumps(_TRUST)}},
                    "aws_iam_instance_profile": {role: {"role": f"${{aws_iam_role.{role}.name}}"}},
                    slot.type: {name: slot.filled(f"${{{reference}}}")},
                }
            }
        )
    named: Tree = {"Fn::GetAtt": [f"{role}Profile", "Arn"]} if slot.by_arn else {"Ref": f"{role}Profile"}
    return _json(
        {
            "Resources": {
                f"{role}Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": _TRUST}},
                f"{role}Profile": {
                    "Type": "AWS::IAM::InstanceProfile",
                    "Properties": {"Roles": [{"Ref": f"{role}Role"}]},
                },
                name: {"Properties": slot.filled(named)},
            }
        }
    )


class _Unquoted(str):
    """A text that HCL writes without quotes."""

    __slots__ = ()


def _json(tree: Tree) -> str:
    return json.dumps(tree, indent=2, ensure_ascii=False)


def _yaml(tree: dict[str, Tree], margin: str) -> Iterator[str]:
    for name, value in tree.items():
        if isinstance(value, str):
            yield f"{margin}{name}: {value}"
            continue
        yield f"{margin}{name}:"
        if isinstance(value, dict):
            yield from _yaml(value, margin + _STEP)
            continue
        for item in value:
            lines = list(_yaml(item, margin + _STEP * 2)) if isinstance(item, dict) else []
            yield from (f"{margin}{_STEP}- {lines[0].lstrip()}", *lines[1:])


def _hcl(tree: dict[str, Tree], margin: str, blocks: bool) -> Iterator[str]:
    """Yield the lines of the arguments, or of blocks where the provider has blocks."""
    width = max(len(name) for name in tree)
    for name, value in tree.items():
        if isinstance(value, str):
            yield f"{margin}{name:{width}} = {value if isinstance(value, _Unquoted) else json.dumps(value)}"
            continue
        begin, end = ("{", "}") if isinstance(value, dict) or blocks else ("[{", "}]")
        yield f"{margin}{name} {begin}" if blocks else f"{margin}{name} = {begin}"
        for item in value if isinstance(value, list) else [value]:
            yield from _hcl(item, margin + _STEP, blocks) if isinstance(item, dict) else ()
        yield margin + end

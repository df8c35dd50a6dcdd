"""Attributes that follow from a block's arguments without being written."""

from __future__ import annotations

from iplint.datatype import STRING, Kind, Type
from iplint.location import Origin
from iplint.terraform.equality import converter
from iplint.terraform.files import rendered
from iplint.terraform.policy_document import render
from iplint.terraform.truth import unknowns
from iplint.terraform.unification import Mismatch
from iplint.value import (
    Absent,
    Chunk,
    Hole,
    Known,
    Map,
    Reason,
    Ref,
    Seq,
    Text,
    Unknown,
    UnknownName,
    as_bool,
    literal_text,
    merged_reasons,
    spread,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import TypeAlias

    from iplint.location import Span
    from iplint.resource import Resource
    from iplint.terraform.files import FileFunctions
    from iplint.terraform.scope import Scope
    from iplint.value import Lazy, Value


class ComputedBlock:
    """A data source or resource whose attributes are computed."""

    __slots__ = ("address", "arguments", "at", "files", "scope")

    def __init__(self, address: str, arguments: Map, scope: Scope, at: Span, files: FileFunctions) -> None:
        self.address = address
        self.arguments = arguments
        self.scope = scope
        self.at = at
        self.files = files


if TYPE_CHECKING:
    Maker: TypeAlias = Callable[[ComputedBlock], Value | None]

# Terraform AWS provider documentation: the `id` of these is the argument named here.
NAMED_BY: Mapping[str, str] = {
    "aws_iam_role": "name",
    "aws_iam_instance_profile": "name",
    "aws_iam_user": "name",
    "aws_iam_group": "name",
    "aws_launch_configuration": "name",
    "aws_autoscaling_group": "name",
    "aws_key_pair": "key_name",
    "aws_s3_bucket": "bucket",
}


# The placeholder for the account of all resources.
OWN_ACCOUNT = "data.aws_caller_identity"


def makers(type: str, data: bool) -> Mapping[str, Maker]:
    """Return the computable attributes of a type, with the functions that compute them."""
    return (_DATA if data else _MANAGED).get(type, {})


def _policy_json(block: ComputedBlock) -> Value:
    return render(block.arguments, block.address, block.at, block.scope.context.scenario)


def _constant(string: str) -> Maker:
    return lambda block: Known(literal_text(string, Origin(block.at)), block.at)


def _service_principal(block: ComputedBlock) -> Value | None:
    """Return the service principal of a service (AWS provider documentation, "Data Source: aws_service_principal")."""
    service = block.arguments.get("service_name")
    if not isinstance(service, Known) or not isinstance(service.value, Text):
        return None
    pieces = (*service.value.pieces, Chunk(".amazonaws.com", Origin(block.at)))
    return Known(Text(pieces), service.at, service.trail)


def _policy_arn(block: ComputedBlock) -> Value | None:
    """Return the ARN of a policy. For a policy found by its name, account and path are unknown and the ARN ends with
    the name.
    """
    given = block.arguments.get("arn")
    if given is not None and not isinstance(given, Absent):
        return given
    name = block.arguments.get("name")
    if not isinstance(name, Known) or not isinstance(name.value, Text):
        return None
    account = Unknown((Reason(f"{block.address}.arn", block.at),), block.at, present=True)
    head = Chunk("arn:aws:iam::", Origin(block.at))
    pieces = (head, Hole(account, "${account}"), Chunk(":policy/", Origin(block.at)), *name.value.pieces)
    return Known(Text(pieces), name.at, name.trail)


def role_arn(resource: Resource, written: Map) -> Value | None:
    """Return the ARN of a role from its arguments: the account is unknown, and so is a generated name."""
    at = resource.at
    origin = Origin(at)
    account = UnknownName((Reason("the account", at),), at, present=True, identity=OWN_ACCOUNT)
    pieces: list[Chunk | Hole] = [Chunk("arn:aws:iam::", origin), Hole(account, "${account}"), Chunk(":role", origin)]
    match written.get("path"):
        case None | Absent():
            pieces.append(Chunk("/", origin))
        case Known(Text() as path):
            pieces += path.pieces
        case _:
            return None
    match written.get("name"):
        case Known(Text() as name):
            pieces += name.pieces
        case _ as name:
            reasons = name.reasons if isinstance(name, Unknown) else (Reason(f"the name of {resource.address}", at),)
            given = UnknownName(
                reasons, at, present=True, ref=Ref(resource, "name"), identity=f"{resource.address}.name"
            )
            pieces.append(Hole(given, f"${{{resource.address}.name}}"))
    return Known(Text(tuple(pieces)), at)


def _inputs(block: ComputedBlock) -> Value | None:
    """Return what a `null_data_source` passes on, a map of strings; null provider, "null_data_source"."""
    given = block.arguments.get("inputs")
    try:
        return converter().convert(given, Type(Kind.MAP, STRING)) if given is not None else None
    except Mismatch:
        return None


def _input(block: ComputedBlock) -> Value | None:
    """Return the output of a resource that outputs its input (`terraform_data`)."""
    return block.arguments.get("input")


def _template_file(block: ComputedBlock) -> Value | None:
    template = block.arguments.get("template")
    if template is None:
        return None
    variables = block.arguments.get("vars")
    if isinstance(variables, Known) and isinstance(variables.value, Seq):
        # Before Terraform 0.12 a map could be written as a block, `vars { }`, and as several.
        entries: dict[str, tuple[Span, Lazy]] = {}
        for one in spread(variables):
            if not isinstance(one, Known) or not isinstance(one.value, Map):
                return rendered(
                    template, Unknown((Reason(f"{block.address}.vars", one.at),), one.at), block.scope, block.at
                )
            entries |= one.value.entries()
        variables = Known(Map(entries), variables.at)
    return rendered(template, variables, block.scope, block.at)


def _cloudinit(block: ComputedBlock) -> Value:
    """Return all parts concatenated: what the instance runs, without the MIME structure."""
    contents: list[Value] = []
    for part in spread(block.arguments.get("part") or Absent(block.at)):
        match part:
            case Known(Map() as written):
                contents.append(written.get("content") or Absent(part.at))
            case _:
                contents.append(part)
    inner = _in_lines(contents, block)
    encode = block.arguments.get("base64_encode")
    plain = encode is not None and as_bool(encode) is False
    if plain:
        return inner
    rest = unknowns(encode) if encode is not None else []
    reasons = merged_reasons(iter(rest)) or (Reason(f"{block.address}.rendered", block.at),)
    hole = Hole(Unknown(reasons, block.at, present=True), f"${{{block.address}.rendered}}")
    return Known(Text((hole,), ("base64", inner)), block.at)


def _in_lines(contents: Iterable[Value], block: ComputedBlock) -> Known[Text]:
    """Return some texts concatenated, each starting on a new line."""
    pieces: list[Chunk | Hole] = []
    for content in contents:
        if pieces:
            pieces.append(Chunk("\n", Origin(block.at)))
        match content:
            case Known(Text() as string):
                pieces += string.pieces
            case Unknown():
                pieces.append(Hole(content, "${content}"))
            case _:
                pass
    return Known(Text(tuple(pieces) or (Chunk("", Origin(block.at)),)), block.at)


def _butane(block: ComputedBlock) -> Value:
    """Return the Butane configurations that the provider poseidon/ct converts to Ignition, with their files."""
    missing = Absent(block.at)
    snippets = spread(block.arguments.get("snippets") or missing)
    return _in_lines((block.arguments.get("content") or missing, *snippets), block)


def _local_file(block: ComputedBlock) -> Value | None:
    name = block.arguments.get("filename")
    return block.files.call("file", [name], block.scope, block.at) if name is not None else None


def _file_base64(block: ComputedBlock) -> Value | None:
    name = block.arguments.get("filename")
    return block.files.call("filebase64", [name], block.scope, block.at) if name is not None else None


_POLICY_DOCUMENT: Mapping[str, Maker] = {"json": _policy_json, "minified_json": _policy_json}
_CLOUDINIT: Mapping[str, Maker] = {"rendered": _cloudinit}
_BUTANE: Mapping[str, Maker] = {"rendered": _butane}
_LOCAL_FILE: Mapping[str, Maker] = {"content": _local_file, "content_base64": _file_base64}
_DATA: Mapping[str, Mapping[str, Maker]] = {
    "aws_iam_policy_document": _POLICY_DOCUMENT,
    "aws_partition": {
        "partition": _constant("aws"),
        "id": _constant("aws"),
        "dns_suffix": _constant("amazonaws.com"),
        "reverse_dns_prefix": _constant("com.amazonaws"),
    },
    "aws_service_principal": {"name": _service_principal, "suffix": _constant("amazonaws.com")},
    "aws_iam_policy": {"arn": _policy_arn, "id": _policy_arn},
    "template_file": {"rendered": _template_file},
    "cloudinit_config": _CLOUDINIT,
    "template_cloudinit_config": _CLOUDINIT,
    "ct_config": _BUTANE,
    "local_file": _LOCAL_FILE,
    "local_sensitive_file": _LOCAL_FILE,
    "null_data_source": {"outputs": _inputs},
}
_MANAGED: Mapping[str, Mapping[str, Maker]] = {
    "terraform_data": {"output": _input},
    "template_file": {"rendered": _template_file},
    "template_cloudinit_config": _CLOUDINIT,
    "cloudinit_config": _CLOUDINIT,
}

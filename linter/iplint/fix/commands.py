"""Commands of the AWS CLI that fix findings in an account. They are printed, never run.

Facts: AWS CLI Command Reference, page of each command.
"""

from __future__ import annotations

import json
import re
from shlex import quote

from iplint.resource import RenameChange, SettingChange, TextChange

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from iplint.finding import Finding

_ARN = re.compile(
    r"arn:[a-z-]+:(?P<service>[a-z0-9]+):(?P<region>[a-z0-9-]*):[0-9]*:(?P<resource>[^ ]+)"
    r"(?: version (?P<version>[0-9]+))?"
)
_DEFAULTS = re.compile(r"the instance metadata defaults of .* in (?P<region>[a-z0-9-]+)")
_OPTIONS = {"HttpTokens": "--http-tokens", "HttpPutResponseHopLimit": "--http-put-response-hop-limit"}
_IMDS = "MetadataOptions"
_PLACEHOLDER = "PROFILE"


def commands(finding: Finding) -> tuple[str, ...]:
    """Return the commands that fix a finding; none where no command is certain to."""
    if not finding.is_failure:
        return ()
    defaults = _DEFAULTS.fullmatch(finding.address)
    if defaults is not None:
        return (f"aws ec2 modify-instance-metadata-defaults --http-tokens required --region {defaults['region']}",)
    arn = _ARN.fullmatch(finding.address)
    if arn is None:
        return ()
    kind, _, name = arn["resource"].partition("/")
    make = _MAKERS.get((arn["service"], kind))
    return make(finding, name.rpartition("/")[2], arn) if make is not None else ()


def _of_instance(finding: Finding, id: str, arn: re.Match[str]) -> tuple[str, ...]:
    region = f" --region {arn['region']}" if arn["region"] else ""
    if finding.rule == "missing-instance-profile":
        what = f"--instance-id {quote(id)} --iam-instance-profile Name={_PLACEHOLDER}"
        return (f"aws ec2 associate-iam-instance-profile {what}{region}",)
    change = finding.change
    if not isinstance(change, SettingChange) or change.path[0] != _IMDS or change.path[-1] not in _OPTIONS:
        return ()
    what = f"--instance-id {quote(id)} {_OPTIONS[change.path[-1]]} {change.value}"
    return (f"aws ec2 modify-instance-metadata-options {what} --http-endpoint enabled{region}",)


def _of_template(finding: Finding, id: str, arn: re.Match[str]) -> tuple[str, ...]:
    change = finding.change
    if not isinstance(change, SettingChange) or _IMDS not in change.path or arn["version"] is None:
        return ()
    data = json.dumps({_IMDS: {change.path[-1]: change.value, "HttpEndpoint": "enabled"}})
    template = f"--launch-template-id {quote(id)}"
    region = f" --region {arn['region']}" if arn["region"] else ""
    return (
        f"aws ec2 create-launch-template-version {template} --source-version {arn['version']} "
        f"--launch-template-data {quote(data)}{region}",
        f"aws ec2 modify-launch-template {template} --default-version VERSION{region}",
    )


def _of_role(finding: Finding, name: str, arn: re.Match[str]) -> tuple[str, ...]:
    del arn
    attached = re.fullmatch(r'"(arn:[a-z-]+:iam::(?:aws|[0-9]{12}):policy/[\w+=,.@/-]+)"', finding.at.text)
    if attached is not None:
        return (f"aws iam detach-role-policy --role-name {quote(name)} --policy-arn {quote(attached[1])}",)
    change = finding.change
    if not isinstance(change, TextChange) or isinstance(change, RenameChange):
        return ()
    document = _changed_policy(change)
    if document is None:
        return ()
    return (
        f"aws iam update-assume-role-policy --role-name {quote(name)} --policy-document {quote(json.dumps(document))}",
    )


def _changed_policy(change: TextChange) -> object | None:
    """Return the trust policy around a change, with the change; None where it is not written as JSON."""
    text, at = change.at.source.text, change.at
    written = text[at.start : at.end]
    start = text.rfind('"AssumeRolePolicyDocument"', 0, at.start)
    opening = text.find("{", start)
    if start < 0 or not 0 <= opening < at.start:
        return None
    new = json.dumps(change.text)
    if change.is_more:
        new = f"[{written}, {new}]"
    elif not written.startswith('"'):
        new = new[1:-1]
    try:
        document: object = json.JSONDecoder().raw_decode(text[opening : at.start] + new + text[at.end :])[0]
    except ValueError:
        return None
    return document


_MAKERS: dict[tuple[str, str], Callable[[Finding, str, re.Match[str]], tuple[str, ...]]] = {
    ("ec2", "instance"): _of_instance,
    ("ec2", "launch-template"): _of_template,
    ("iam", "role"): _of_role,
}

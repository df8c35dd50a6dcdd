"""The files of a snapshot: which output of the AWS CLI each one is, and of which account and region."""

from __future__ import annotations

import re
import zlib

from iplint.account.values import string
from iplint.aws.marks import LINES_SUFFIXES
from iplint.location import Span
from iplint.resource import Notice, NoticeCause, NoticeKind
from iplint.syntax import decoding, yaml
from iplint.syntax.problem import SyntaxProblem
from iplint.syntax.tree import Mapping, Scalar, Sequence
from iplint.workspace import MAX_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import abc
    from collections.abc import Iterator

    from iplint.location import Source
    from iplint.syntax.tree import Node

INSTANCES = "ec2 describe-instances"
INSTANCE_ATTRIBUTE = "ec2 describe-instance-attribute"
ASSOCIATIONS = "ec2 describe-iam-instance-profile-associations"
TEMPLATES = "ec2 describe-launch-templates"
VERSIONS = "ec2 describe-launch-template-versions"
DEFAULTS = "ec2 get-instance-metadata-defaults"
IMAGES = "ec2 describe-images"
GROUPS = "autoscaling describe-auto-scaling-groups"
CONFIGURATIONS = "autoscaling describe-launch-configurations"
AUTHORIZATION = "iam get-account-authorization-details"
PROFILES = "iam list-instance-profiles"

# The operations that are read, by a member that only their outputs have at the top (botocore, output shapes).
_MEMBERS: dict[str, str] = {
    "Reservations": INSTANCES,
    "IamInstanceProfileAssociations": ASSOCIATIONS,
    "LaunchTemplateVersions": VERSIONS,
    "LaunchTemplates": TEMPLATES,
    "AccountLevel": DEFAULTS,
    "Images": IMAGES,
    "AutoScalingGroups": GROUPS,
    "LaunchConfigurations": CONFIGURATIONS,
    "RoleDetailList": AUTHORIZATION,
    "InstanceProfiles": PROFILES,
    "UserData": INSTANCE_ATTRIBUTE,
}
# Operations of a whole account; all others are of one region.
GLOBAL = frozenset((AUTHORIZATION, PROFILES))
# What an audit needs of every account, and of every region that it knows anything of.
REGIONAL = (INSTANCES, TEMPLATES, VERSIONS, GROUPS, CONFIGURATIONS, DEFAULTS, IMAGES)
# What every output of an operation has: lists of objects, down to a member of each one that identifies it.
_SHAPES: dict[str, tuple[str, ...]] = {
    INSTANCES: ("Reservations", "Instances", "InstanceId"),
    ASSOCIATIONS: ("IamInstanceProfileAssociations", "InstanceId"),
    VERSIONS: ("LaunchTemplateVersions", "LaunchTemplateId"),
    TEMPLATES: ("LaunchTemplates", "LaunchTemplateId"),
    IMAGES: ("Images", "ImageId"),
    GROUPS: ("AutoScalingGroups", "AutoScalingGroupName"),
    CONFIGURATIONS: ("LaunchConfigurations", "LaunchConfigurationName"),
    AUTHORIZATION: ("RoleDetailList", "RoleName"),
    PROFILES: ("InstanceProfiles", "InstanceProfileName"),
}
# Where outputs name the account or the region of their resources: by an ARN, an owner or an availability zone.
_EVIDENCE: dict[str, tuple[tuple[str, ...], ...]] = {
    INSTANCES: (
        ("Reservations", "OwnerId"),
        ("Reservations", "Instances", "IamInstanceProfile", "Arn"),
        ("Reservations", "Instances", "Placement", "AvailabilityZone"),
    ),
    ASSOCIATIONS: (("IamInstanceProfileAssociations", "IamInstanceProfile", "Arn"),),
    GROUPS: (("AutoScalingGroups", "AutoScalingGroupARN"),),
    CONFIGURATIONS: (("LaunchConfigurations", "LaunchConfigurationARN"),),
    AUTHORIZATION: (("RoleDetailList", "Arn"), ("UserDetailList", "Arn"), ("Policies", "Arn")),
    PROFILES: (("InstanceProfiles", "Arn"),),
}
# What says that a list goes on elsewhere.
_MORE = ("NextToken", "Marker")
# The member by which `iplint snapshot` marks the file about the snapshot itself.
_MANIFEST = "iplint-snapshot"

# The ids of instances, which may be in the names of files, have as many digits in a row, between letters.
_ACCOUNT = re.compile(r"(?<![0-9A-Za-z])[0-9]{12}(?![0-9A-Za-z])")
_REGION = re.compile(r"(?:af|ap|ca|cn|eu|eusc|il|me|mx|sa|us|us-gov|us-iso[a-z]?|eu-isoe)-[a-z]+-[0-9]+")
_ARN = re.compile(r"arn:[a-z-]+:[a-z0-9-]+:([a-z0-9-]*):([0-9]{12}):")


class Document:
    """One output of the AWS CLI: its `operation` (`ec2 describe-instances`), and its `tree` at `path`.

    `account` and `region` are "" where neither the path nor the output names them. `is_last` says that no further page
    follows.
    """

    __slots__ = ("account", "operation", "path", "region", "tree")

    def __init__(self, path: str, operation: str, tree: Mapping, account: str, region: str) -> None:
        self.path = path
        self.operation = operation
        self.tree = tree
        self.account = account
        self.region = region

    @property
    def more(self) -> Scalar | None:
        """Return what says that a further page follows; None at the last page."""
        found = (self.tree.get(name) for name in _MORE)
        return next((node for node in found if isinstance(node, Scalar) and node.value), None)


def unpacked(data: bytes) -> bytes:
    """Return the content of a gzip file. Raises ValueError with what is wrong, as a clause after the file's name."""
    reader = zlib.decompressobj(wbits=31)
    try:
        found = reader.decompress(data, MAX_BYTES + 1)
    except zlib.error:
        raise ValueError("is named as a gzip file and is none, or is damaged") from None
    if len(found) > MAX_BYTES:
        raise ValueError(f"unpacks to more than {MAX_BYTES // (1024 * 1024)} MiB: save the output in several files")
    if not reader.eof:
        raise ValueError("ends within its compressed data: it was not written to its end")
    return found


def read(path: str, data: bytes) -> Iterator[Document | Notice]:
    """Yield the outputs in a file at a display path, and a notice for each part that cannot be read."""
    try:
        source = decoding.decode(path, unpacked(data) if path.lower().endswith(".gz") else data)
    except ValueError as error:
        yield Notice(NoticeKind.UNREADABLE, path, f"the file {error}")
        return
    except SyntaxProblem as problem:
        yield Notice(NoticeKind.UNREADABLE, path, problem.reason, problem.at)
        return
    for tree in _trees(source):
        if isinstance(tree, SyntaxProblem):
            reason = f"{tree.reason}: this is not a whole output of the AWS CLI, as where a command was interrupted"
            yield Notice(NoticeKind.UNREADABLE, path, reason, tree.at)
        else:
            found = _document(path, tree)
            if found is not None:
                yield found


def _trees(source: Source) -> Iterator[Node | SyntaxProblem]:
    """Yield the trees of a file: of one document, or of JSON values that follow each other."""
    if not source.path.lower().endswith(LINES_SUFFIXES):
        try:
            tree = yaml.parse(source)
            if tree is None:
                yield SyntaxProblem(Span(source, 0, 0), "the file is empty")
            else:
                yield tree
            return
        except SyntaxProblem as problem:
            if not source.text.lstrip().startswith("{"):
                yield problem
                return
    yield from yaml.parse_stream(source)


def _document(path: str, tree: Node) -> Document | Notice | None:
    """Return the output that a tree is; a notice where it is none, None where there is nothing to read in it."""
    account, region = "", ""
    if isinstance(tree, Mapping) and isinstance(inner := tree.get("response"), Mapping):
        account, region = string(tree.get("account")), string(tree.get("region"))
        tree = inner
    if isinstance(tree, Mapping) and _MANIFEST in tree.entries:
        return _incomplete(path, tree)
    operation = _operation(tree)
    if operation is None or not isinstance(tree, Mapping):
        message = "this is not an output of the AWS CLI that an audit reads: docs/audit.md lists the commands to save"
        return Notice(NoticeKind.UNREADABLE, path, message, tree.at)
    place = path.replace("\\", "/").split("/")
    account = account or _one(_ACCOUNT, place)
    region = region or _one(_REGION, place)
    of_account, of_region = _evidence(operation, tree)
    # What a resource itself names counts before the name of a file.
    for given, found, what in ((account, of_account, "account"), (region, of_region, "region")):
        known = [*([(given, None)] if given else []), *found.items()]
        if len({name for name, _ in known}) > 1:
            first, (second, at) = known[0][0], known[1]
            message = (
                f"this output is of {what} {second}, but its path says {first}"
                if given
                else f"this output mixes {what}s: {first}, and here {second}"
            )
            return Notice(NoticeKind.UNREADABLE, path, f"{message}; save the output of each {what} on its own", at)
    wrong = _misshapen(tree, _SHAPES.get(operation, ()))
    if wrong is not None:
        where, reason = wrong
        message = f"this is not what {operation} answers: {reason}; save the whole output, without --query"
        return Notice(NoticeKind.UNREADABLE, path, message, where)
    account = account or next(iter(of_account), "")
    region = "" if operation in GLOBAL else region or next(iter(of_region), "")
    return Document(path, operation, tree, account, region)


def _misshapen(tree: Mapping, shape: tuple[str, ...]) -> tuple[Span, str] | None:
    """Return where an output is not of a shape, and why; None where it is."""
    waiting: list[tuple[Mapping, tuple[str, ...]]] = [(tree, shape)] if shape else []
    while waiting:
        node, (name, *rest) = waiting.pop()
        found = node.get(name)
        if not rest:
            if not isinstance(found, Scalar) or not isinstance(found.value, str):
                return node.at if found is None else found.at, f"{name} is not a text here"
            continue
        if not isinstance(found, Sequence):
            return node.at if found is None else found.at, f"{name} is not a list here"
        for item in found.items:
            if not isinstance(item, Mapping):
                return item.at, f"an item of {name} is not an object"
            waiting.append((item, tuple(rest)))
    return None


def _incomplete(path: str, manifest: Mapping) -> Notice | None:
    """Return a notice where `iplint snapshot` recorded that it did not complete a snapshot."""
    complete = manifest.get("complete")
    if not isinstance(complete, Scalar) or complete.value is not False:
        return None
    failed = manifest.get("failed")
    calls = [item for item in failed.items if isinstance(item, Scalar)] if isinstance(failed, Sequence) else []
    message = "iplint snapshot did not complete this snapshot"
    if calls:
        more = f", and {len(calls) - 1} more" if len(calls) > 1 else ""
        message += f": {calls[0].text}{more}"
    at = calls[0].at if calls else complete.at
    return Notice(NoticeKind.UNRESOLVED, path, f"{message}; run the same command again", at, cause=NoticeCause.FILE)


def _operation(tree: Node) -> str | None:
    """Return the operation whose output a tree is."""
    if not isinstance(tree, Mapping):
        return None
    found = next((operation for name, operation in _MEMBERS.items() if name in tree.entries), None)
    return None if found == INSTANCE_ATTRIBUTE and "InstanceId" not in tree.entries else found


def _one(form: re.Pattern[str], parts: abc.Sequence[str]) -> str:
    """Return what the innermost part of a path names; "" where none does."""
    for part in reversed(parts):
        found = form.search(part)
        if found is not None:
            return found[0]
    return ""


def _evidence(operation: str, tree: Mapping) -> tuple[dict[str, Span], dict[str, Span]]:
    """Return the accounts and the regions that the resources in an output name, each with its first place."""
    accounts: dict[str, Span] = {}
    regions: dict[str, Span] = {}
    for node in (found for path in _EVIDENCE.get(operation, ()) for found in _at(tree, path)):
        arn = _ARN.match(node.text)
        if arn is not None:
            accounts.setdefault(arn[2], node.at)
            if _REGION.fullmatch(arn[1]) is not None:
                regions.setdefault(arn[1], node.at)
        elif _ACCOUNT.fullmatch(node.text) is not None:
            accounts.setdefault(node.text, node.at)
        elif (zone := _REGION.match(node.text)) is not None:
            regions.setdefault(zone[0], node.at)
    return accounts, regions


def _at(node: Node | None, path: tuple[str, ...]) -> Iterator[Scalar]:
    """Yield the scalars at a path, with lists expanded."""
    match node:
        case Sequence():
            for item in node.items:
                yield from _at(item, path)
        case Mapping() if path:
            yield from _at(node.get(path[0]), path[1:])
        case Scalar() if not path:
            yield node
        case _:
            pass

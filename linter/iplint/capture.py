"""Take a snapshot of accounts: read-only calls with boto3, whose outputs are saved for `iplint audit`.

Each page of an output is a file, `ACCOUNT/REGION/OPERATION.json`. The file `snapshot.json` lists what is complete, so
that a run that was interrupted goes on where it ended.

Facts: boto3 documentation, Paginators and Retries; the models of botocore.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import time
import zlib
from datetime import datetime
from importlib import import_module

from iplint.aws.keys import find_keys
from iplint.writing import destination, make_directory, put

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Protocol, TypeAlias

    Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
    Page: TypeAlias = dict[str, Json]

    class Paginator(Protocol):
        """What this module uses of botocore's paginators."""

        def paginate(self, **arguments: Json) -> Iterable[Page]:
            """Yield the pages of an output."""
            ...

    class Client(Protocol):
        """What this module uses of botocore's clients."""

        def can_paginate(self, operation_name: str) -> bool:
            """Return whether an operation has pages."""
            ...

        def get_paginator(self, operation_name: str) -> Paginator:
            """Return the paginator of an operation."""
            ...

    class Session(Protocol):
        """What this module uses of boto3's sessions."""

        region_name: str | None

        def client(self, service_name: str, *, region_name: str, config: object) -> Client:
            """Return a client of a service."""
            ...


_EXCEPTIONS = import_module("botocore.exceptions")
_ERRORS: tuple[type[Exception], ...] = (_EXCEPTIONS.BotoCoreError, _EXCEPTIONS.ClientError)
# What a snapshot says of itself, and in which form.
_MANIFEST, _FORM = "snapshot.json", "iplint-snapshot"
_ATTEMPTS = 10
_IMAGES_A_CALL = 100
_REGION_OF_CALLS = "us-east-1"
_MAX_USER_DATA = 1024 * 1024
# After how many instances it is reported how many of them have their user data saved.
_REPORTED = 100
# To record what is complete takes at most one of so many parts of the time.
_SAVE_PART = 20
# The member of an output of describe-instance-attribute that says how many keys were masked in the user data; and in
# place of user data that is not text, so that nothing in it can be masked.
MASKED, NOT_TEXT = "iplint-masked-keys", "iplint-not-saved"
_REGIONAL = (
    ("ec2", "describe_instances"),
    ("ec2", "describe_iam_instance_profile_associations"),
    ("ec2", "describe_launch_templates"),
    ("ec2", "get_instance_metadata_defaults"),
    ("autoscaling", "describe_auto_scaling_groups"),
    ("autoscaling", "describe_launch_configurations"),
)
_GLOBAL = (("iam", "get_account_authorization_details"), ("iam", "list_instance_profiles"))


class CaptureError(Exception):
    """A snapshot that cannot be taken at all; the message says why."""


class Snapshot:
    """A directory that a snapshot is saved in. `failures` are the calls that failed, in words, with their numbers."""

    def __init__(self, directory: str, trees: Sequence[str]) -> None:
        self._directory = directory
        self._trees = trees
        self._done: set[str] = set()
        self._next_save = 0.0
        self.failures: dict[str, int] = {}
        path = os.path.join(directory, _MANIFEST)
        if os.path.isfile(path):
            try:
                with open(path, encoding="utf-8") as file:
                    self._done = set(json.load(file)["done"])
            except (OSError, ValueError, KeyError, TypeError):
                raise CaptureError(
                    f"{path} is not what iplint snapshot wrote: remove it, or give another directory"
                ) from None
        elif os.path.isdir(directory) and os.listdir(directory):
            raise CaptureError(f"{directory} holds something else: give a directory that is empty or does not exist")

    @property
    def has_started(self) -> bool:
        """Return whether anything was saved by this run."""
        return self._next_save > 0

    def pages(self, name: str) -> list[Page] | None:
        """Return the saved pages of an output; None where it is not complete."""
        if name not in self._done:
            return None
        found: list[Page] = []
        while os.path.isfile(path := self._path(name, len(found))):
            with open(path, encoding="utf-8") as file:
                found.append(json.load(file))
        return found

    def start(self, name: str) -> None:
        """Remove what an earlier run has left of an output that it did not complete."""
        if not self._next_save:
            self.save()
        number = 0
        while os.path.isfile(path := self._path(name, number)):
            os.unlink(destination(path, self._trees))
            number += 1

    def add(self, name: str, number: int, page: Page) -> None:
        """Save a page."""
        self._write(self._path(name, number), page)

    def finish(self, name: str) -> None:
        """Record that an output is complete: on disk not each time, as the list of all is written."""
        self._done.add(name)
        if time.monotonic() >= self._next_save:
            self.save()

    def save(self, *, is_complete: bool = False) -> None:
        """Record what is complete so far; `is_complete` where that is everything."""
        start = time.monotonic()
        done: list[Json] = [*sorted(self._done)]
        manifest: Page = {_FORM: 1, "complete": is_complete, "done": done, "failed": [*self.failures]}
        self._write(os.path.join(self._directory, _MANIFEST), manifest)
        end = time.monotonic()
        self._next_save = end + (end - start) * _SAVE_PART

    def _path(self, name: str, number: int) -> str:
        suffix = f"-{number + 1}" if number else ""
        return os.path.join(self._directory, f"{name}{suffix}.json")

    def _write(self, path: str, page: Page) -> None:
        # For nobody else to read: what is saved may hold secrets.
        make_directory(os.path.dirname(path), self._trees, 0o700)
        text = json.dumps(page, indent=1, default=_written)
        put(destination(path, self._trees), f"{text}\n".encode())


def _written(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


class Capture:
    """Take the snapshot of some accounts: that of the own credentials, or those of the roles that are assumed.

    `regions` are all regions of the account where none is given. `say` is called with a message for each step.
    """

    def __init__(
        self, snapshot: Snapshot, *, regions: Sequence[str], wants_user_data: bool, say: Callable[[str], None]
    ) -> None:
        self._snapshot = snapshot
        self._regions = regions
        self._wants_user_data = wants_user_data
        self._say = say

    def take(self, profile: str | None, roles: Sequence[str]) -> None:
        """Save the outputs of every account. Raises CaptureError for one without valid credentials."""
        try:
            own = _session(profile_name=profile)
            sessions = [_assumed(own, role) for role in roles] or [own]
            accounts = [
                _value(_called(_client(session, "sts", _REGION_OF_CALLS), "get_caller_identity", {}), "Account")
                for session in sessions
            ]
        except _ERRORS as error:
            raise CaptureError(f"the credentials cannot be used: {_reason(error)}") from None
        for number, account in enumerate(accounts):
            session = sessions[number]
            if number:
                # The accounts before may have taken longer than credentials last.
                try:
                    session = _assumed(own, roles[number])
                except _ERRORS as error:
                    self._failed("assume-role", account, error)
                    continue
            self._account(session, account)

    def _account(self, session: Session, account: str) -> None:
        for service, operation in _GLOBAL:
            self._output(_client(session, service, _REGION_OF_CALLS), operation, account)
        regions = self._regions
        if not regions:
            client = _client(session, "ec2", session.region_name or _REGION_OF_CALLS)
            try:
                regions = sorted(_values(_called(client, "describe_regions", {}), "RegionName"))
            except _ERRORS as error:
                self._failed("describe-regions", account, error)
        for region in regions:
            self._region(session, account, region)

    def _region(self, session: Session, account: str, region: str) -> None:
        clients = {service: _client(session, service, region) for service in ("ec2", "autoscaling")}
        where = f"{account}/{region}"
        found = {operation: self._output(clients[service], operation, where) for service, operation in _REGIONAL}
        ec2 = clients["ec2"]
        images = set(_values(found["describe_launch_configurations"], "ImageId"))
        images |= set(_values(found["describe_auto_scaling_groups"], "ImageId"))
        for id in sorted(set(_values(found["describe_launch_templates"], "LaunchTemplateId"))):
            name = f"describe-launch-template-versions/{id}"
            versions = self._output(ec2, "describe_launch_template_versions", where, name, LaunchTemplateId=id)
            images |= set(_values(versions, "ImageId"))
        listed = sorted(id for id in images if id.startswith("ami-"))
        for number, start in enumerate(range(0, len(listed), _IMAGES_A_CALL), 1):
            # One that is gone makes a call for its id fail; a filter leaves it out.
            only: Json = [{"Name": "image-id", "Values": [*listed[start : start + _IMAGES_A_CALL]]}]
            self._output(ec2, "describe_images", where, f"describe-images/{number}", Filters=only)
        if self._wants_user_data:
            ids = sorted(set(_values(found["describe_instances"], "InstanceId")))
            for number, id in enumerate(ids, 1):
                name = f"user-data/{id}"
                self._output(ec2, "describe_instance_attribute", where, name, InstanceId=id, Attribute="userData")
                if number % _REPORTED == 0 or number == len(ids):
                    self._say(f"{where}: describe-instance-attribute, {number} of {len(ids)} instances")
        self._snapshot.save()

    def _output(self, client: Client, operation: str, where: str, name: str = "", **arguments: Json) -> list[Page]:
        """Save an output, unless it is complete already; return its pages, none where a call failed."""
        called = operation.replace("_", "-")
        name = f"{where}/{name or called}"
        kept = self._snapshot.pages(name)
        if kept is not None:
            return kept
        found: list[Page] = []
        self._snapshot.start(name)
        try:
            for page in _pages(client, operation, arguments):
                page.pop("ResponseMetadata", None)
                if operation == "describe_instance_attribute":
                    masked = without_keys(page)
                    if masked:
                        self._say(f"{where}: the user data of {arguments['InstanceId']} holds {masked}, masked here")
                self._snapshot.add(name, len(found), page)
                found.append(page)
        except _ERRORS as error:
            self._failed(called, where, error)
            return []
        self._snapshot.finish(name)
        if len(name.split("/")) <= where.count("/") + 2:
            self._say(f"{where}: {called}, {len(found)} {'page' if len(found) == 1 else 'pages'}")
        return found

    def _failed(self, called: str, where: str, error: Exception) -> None:
        message = f"{called} of {where} failed: {_reason(error)}"
        before = self._snapshot.failures.get(message, 0)
        self._snapshot.failures[message] = before + 1
        if not before:
            self._say(message)


def _pages(client: Client, operation: str, arguments: dict[str, Json]) -> Iterator[Page]:
    if client.can_paginate(operation):
        yield from client.get_paginator(operation).paginate(**arguments)
    else:
        yield _called(client, operation, arguments)


def _called(client: Client, operation: str, arguments: dict[str, Json]) -> Page:
    """Return the output of a call. Raises one of _ERRORS."""
    page: Page = getattr(client, operation)(**arguments)
    return page


def _session(**settings: str | None) -> Session:
    found: Session = import_module("boto3").Session(**settings)
    return found


def _client(session: Session, service: str, region: str) -> Client:
    retries = {"mode": "adaptive", "max_attempts": _ATTEMPTS}
    config: object = import_module("botocore.config").Config(retries=retries, user_agent_extra="iplint")
    return session.client(service, region_name=region, config=config)


def _assumed(own: Session, role: str) -> Session:
    """Return a session with the credentials of a role, for as long as these last."""
    asked: dict[str, Json] = {"RoleArn": role, "RoleSessionName": "iplint-snapshot"}
    given = _called(_client(own, "sts", _REGION_OF_CALLS), "assume_role", asked)
    return _session(
        aws_access_key_id=_value(given, "AccessKeyId"),
        aws_secret_access_key=_value(given, "SecretAccessKey"),
        aws_session_token=_value(given, "SessionToken"),
        region_name=own.region_name,
    )


def _reason(error: Exception) -> str:
    """Return the code of AWS's answer, or the kind of error: messages may repeat what was sent."""
    answer: Json = getattr(error, "response", None)
    code = _value(answer, "Code")
    return code or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__)


def _value(pages: Json, name: str) -> str:
    """Return the first text under a name, at any depth; "" where there is none."""
    return next(_values(pages, name), "")


def _values(pages: Json | Sequence[Page], name: str) -> Iterator[str]:
    """Yield the texts under a name, at any depth."""
    if isinstance(pages, dict):
        for key, inner in pages.items():
            if key == name and isinstance(inner, str):
                yield inner
            else:
                yield from _values(inner, name)
    elif isinstance(pages, list):
        for item in pages:
            yield from _values(item, name)


def without_keys(page: Page) -> str:
    """Mask the keys in the user data of an output, which says so; return what was found, in words, "" for nothing."""
    data = page.get("UserData")
    encoded = data.get("Value") if isinstance(data, dict) else None
    if not isinstance(encoded, str) or not isinstance(data, dict):
        return ""
    text = _text(encoded)
    if text is None:
        # What cannot be searched for keys is not kept.
        page["UserData"], page[NOT_TEXT] = {}, True
        return "something that is not text"
    keys = [key for key in find_keys(text, None) if key.certainty != "example"]
    if not keys:
        return ""
    for start, end in (part for key in keys for part in key.parts):
        kept = min(4, (end - start) // 3)
        text = text[: start + kept] + "*" * (end - start - kept) + text[end:]
    data["Value"] = base64.b64encode(text.encode()).decode()
    page[MASKED] = len(keys)
    return "an access key" if len(keys) == 1 else f"{len(keys)} access keys"


def _text(encoded: str) -> str | None:
    """Return user data as text, unpacked; None where it is none."""
    try:
        data = base64.b64decode(encoded)
        if data.startswith(b"\x1f\x8b"):
            reader = zlib.decompressobj(wbits=31)
            data = reader.decompress(data, _MAX_USER_DATA)
            if not reader.eof:
                return None
        return data.decode()
    except (ValueError, binascii.Error, zlib.error):
        return None

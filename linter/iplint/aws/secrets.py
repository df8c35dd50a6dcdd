"""Secrets other than access keys in a template: generated keys, stored secrets, and vendors' tokens.

Facts: CloudFormation Template Reference and the Terraform Registry's AWS, random and tls provider documentation, the
attributes of each type; CloudFormation User Guide, "Get values stored in other services using dynamic references".
"""

from __future__ import annotations

import re

from iplint.aws.marks import TOKENS
from iplint.value import WHOLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.value import Ref

# What the attributes of a resource that makes an access key hold.
GENERATED_KEYS: dict[str, dict[str, str]] = {
    "AWS::IAM::AccessKey": {"Ref": "access key id", "SecretAccessKey": "secret access key"},
    "aws_iam_access_key": {
        "id": "access key id",
        "secret": "secret access key",
        "ses_smtp_password_v4": "SMTP password made of the secret access key",
        WHOLE: "secret access key",
    },
}
_STORED = "a secret of Secrets Manager"
_VERSION = {"secret_string": _STORED, "secret_binary": _STORED, WHOLE: _STORED}
_PASSWORD: dict[str, str] = dict.fromkeys(("result", "bcrypt_hash", WHOLE), "a generated password")
_KEY_PAIR: dict[str, str] = dict.fromkeys(
    ("private_key_pem", "private_key_openssh", "private_key_pem_pkcs8", WHOLE), "a private key"
)
# What is made up here, and so is not an access key of AWS.
GENERATED_SECRETS: dict[str, dict[str, str]] = {
    "aws_secretsmanager_random_password": {"random_password": "a generated password"},
    "random_password": _PASSWORD,
    "tls_private_key": _KEY_PAIR,
}
SECRET_ATTRIBUTES: dict[str, dict[str, str]] = {"aws_secretsmanager_secret_version": _VERSION, **GENERATED_SECRETS}
# Whether the value of one of these is a secret depends on its type, which only the account knows.
STORED_PARAMETERS = {"aws_ssm_parameter": {"value": "a parameter of Systems Manager"}}
# Of the services that dynamic references read, those that keep secrets.
SECRET_REFERENCES = {
    "{{resolve:secretsmanager:": "a secret of Secrets Manager",
    "{{resolve:ssm-secure:": "a secure parameter of Systems Manager",
}


# What keeps secrets, and by which argument it names the secret whose contents it is.
SECRET_HOLDERS: dict[str, str] = {
    "AWS::SSM::Parameter": "",
    "AWS::SecretsManager::Secret": "",
    "aws_secretsmanager_secret_version": "secret_id",
    "aws_ssm_parameter": "",
}
# How scripts fetch secrets and parameters (AWS CLI, SDK for Python, Tools for PowerShell), and how templates do.
FETCHING = ("get-secret-value", "get-parameter", "get_secret_value", "get_parameter", "Get-SECSecretValue")
DYNAMIC_REFERENCE = "{{resolve:"
# The attributes of data sources that are what a parameter or secret keeps, and the argument that names that.
KEPT_READ = {
    "aws_ssm_parameter": (("value", "insecure_value"), "name"),
    "aws_secretsmanager_secret_version": (("secret_string", "secret_binary"), "secret_id"),
}
# The attribute of a parameter that is what it keeps.
KEPT_VALUE = {"AWS::SSM::Parameter": "Value"}


class StoredObject:
    """A resource type that puts an object into a bucket: the properties with the bucket, the key and the contents.

    There may be several names for each, as what is behind a custom resource has its own. `file` names a file with the
    contents.
    """

    __slots__ = ("bucket", "contents", "file", "key")

    def __init__(
        self, bucket: tuple[str, ...], key: tuple[str, ...], contents: tuple[str, ...], file: str | None = None
    ) -> None:
        self.bucket = bucket
        self.key = key
        self.contents = contents
        self.file = file


_OBJECT = StoredObject(("bucket",), ("key",), ("content", "content_base64"), "source")
# CloudFormation has no type for objects: custom resources have, and none of them is AWS's own.
_CUSTOM = StoredObject(
    ("Bucket", "BucketName", "S3Bucket", "TargetBucket", "DestinationBucketName"),
    ("Key", "ObjectKey", "S3Key", "FileName", "Filename"),
    ("Body", "Content", "Contents", "Data"),
)


def stored_object(type: str) -> StoredObject | None:
    """Return what puts an object into a bucket; None for types that do not."""
    if type.startswith("Custom::") or type == "AWS::CloudFormation::CustomResource":
        return _CUSTOM
    return _OBJECT if type in ("aws_s3_object", "aws_s3_bucket_object") else None


SECRET_SOURCES = (GENERATED_KEYS, SECRET_ATTRIBUTES, STORED_PARAMETERS)


def attribute_in(ref: Ref | None, table: dict[str, dict[str, str]]) -> tuple[Ref, str] | None:
    """Return the first reference of a chain whose attribute is in the table, and its entry there."""
    for link in ref.chain() if ref is not None else ():
        found = table.get(link.resource.type, {}).get(link.attribute)
        if found is not None:
            return link, found
    return None


class FoundSecret:
    """A secret in a text: its kind, without any part of it, and its place in the flat text."""

    __slots__ = ("end", "start", "what")

    def __init__(self, what: str, start: int, end: int) -> None:
        self.what = what
        self.start = start
        self.end = end


_PRIVATE_KEY_HEAD = r"-----BEGIN (?:[A-Z]{2,10} ){0,2}PRIVATE KEY(?: BLOCK)?-----"
_PRIVATE_KEY_END = "-----END"
_MAX_PRIVATE_KEY_LENGTH = 20_000
_FILLER = r"(?i)x{6}|\*{4}|\.{4}|example|0{10}|1234567890"


def find_secrets(flat: str) -> Iterator[FoundSecret]:
    """Yield the private keys and vendors' tokens in a text, by kind; placeholders do not count."""
    if "PRIVATE KEY" in flat:
        for match in re.finditer(_PRIVATE_KEY_HEAD, flat):
            limit = match.end() + _MAX_PRIVATE_KEY_LENGTH
            end = flat.find(_PRIVATE_KEY_END, match.end(), limit)
            yield FoundSecret("a private key", match.start(), end if end >= 0 else min(limit, len(flat)))
    for hints, form, what in TOKENS:
        if not any(hint in flat for hint in hints):
            continue
        for match in re.finditer(form, flat):
            if re.search(_FILLER, match[0]) is None:
                yield FoundSecret(what, match.start(), match.end())

"""What Terraform generates as a secret: each attribute of each type that holds one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from iplint.finding import Report

SECRETS = [
    ("tls_private_key.s.private_key_pem", "a private key"),
    ("tls_private_key.s.private_key_openssh", "a private key"),
    ("tls_private_key.s.private_key_pem_pkcs8", "a private key"),
    ("random_password.s.result", "a generated password"),
    ("random_password.s.bcrypt_hash", "a generated password"),
    ("data.aws_secretsmanager_random_password.s.random_password", "a generated password"),
    ("aws_secretsmanager_secret_version.s.secret_string", "Secrets Manager"),
    ("data.aws_secretsmanager_secret_version.s.secret_binary", "Secrets Manager"),
]
OTHERS = ["tls_private_key.s.public_key_pem", "random_password.s.length", "aws_secretsmanager_secret_version.s.arn"]


def declared(value: str) -> str:
    kind, type = ("data", value.split(".")[1]) if value.startswith("data.") else ("resource", value.split(".")[0])
    return f'{kind} "{type}" "s" {{}}\n'


@pytest.mark.parametrize(("value", "what"), SECRETS)
def test_a_secret_in_user_data_is_reported(configuration: Callable[..., Report], value: str, what: str) -> None:
    instance = f'resource "aws_instance" "i" {{\n  user_data = "#!/bin/sh\\nX=${{{value}}} run"\n}}\n'
    (finding,) = configuration(declared(value) + instance, rules=["resolved-secret-in-user-data"]).findings
    assert what in finding.message


@pytest.mark.parametrize("value", OTHERS)
def test_what_else_such_a_resource_has_is_no_secret(configuration: Callable[..., Report], value: str) -> None:
    instance = f'resource "aws_instance" "i" {{\n  user_data = "#!/bin/sh\\nX=${{{value}}} run"\n}}\n'
    assert configuration(declared(value) + instance, rules=["resolved-secret-in-user-data"]).findings == []

"""Rewritings that weaken what a root means: a setting, a policy, a trust, a profile; or that plant a key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

KEY = "AKIAQ3EGFAKEHUNT7XYZ"
SECRET = "hUnTfAkE9/kD0sLq2Vb7Yt4Rw1Xz8Nc5Mp3Gj6Ha"


class Weakening(NamedTuple):
    """What is searched, what it becomes, and the rules of which one must then not pass."""

    pattern: re.Pattern[str]
    replacement: str
    rules: tuple[str, ...]


IMDS = ("imdsv1-allowed", "administrator-with-imdsv1", "imdsv1-account-default")
WIDE = (
    "administrator-access",
    "near-administrator-access",
    "privilege-escalation",
    "service-wide-access",
    "unrestricted-passrole",
)
KEYS = ("hardcoded-access-key",)
TRUST = ("role-without-ec2-trust", "overbroad-trust", "mismatched-role-reference")

WEAKENINGS: dict[str, Weakening] = {
    "tokens optional": Weakening(
        re.compile(r"""((?:http_tokens|HttpTokens)["']?\s*[=:]\s*["']?)required"""), r"\1optional", IMDS
    ),
    "tokens gone": Weakening(re.compile(r"""(?m)^\s*(?:http_tokens\s*=|HttpTokens:).*required.*$"""), "", IMDS),
    "endpoint on": Weakening(
        re.compile(r"""((?:http_endpoint|HttpEndpoint)["']?\s*[=:]\s*["']?)disabled"""), r"\1enabled", IMDS
    ),
    "all actions": Weakening(
        re.compile(r"""((?:Action|actions)["']?\s*[=:]\s*\[?\s*["']?)(?!sts:)[a-z0-9-]+:[A-Za-z*]+"""), r"\1*", WIDE
    ),
    "all resources": Weakening(
        re.compile(r"""((?:Resource|resources)["']?\s*[=:]\s*\[?\s*["']?)arn:aws:[^"'\s\]]+"""), r"\1*", ()
    ),
    "administrator": Weakening(
        re.compile(r"arn:aws:iam::aws:policy/(?!AdministratorAccess)[\w/-]+"),
        "arn:aws:iam::aws:policy/AdministratorAccess",
        WIDE,
    ),
    "trusts another service": Weakening(re.compile(r"\bec2\.amazonaws\.com\b"), "lambda.amazonaws.com", TRUST),
    "profile gone": Weakening(
        re.compile(r"(?m)^\s*(?:iam_instance_profile\s*=\s*[\w.\[\]\"-]+|IamInstanceProfile: *\S.*)$"),
        "",
        ("missing-instance-profile",),
    ),
    "key in user data": Weakening(
        re.compile(r"(#!/bin/(?:ba)?sh[^\n\"\\]*)(\n[ \t]*|\\n)"),
        rf"\1\2export AWS_ACCESS_KEY_ID={KEY}\2export AWS_SECRET_ACCESS_KEY={SECRET}\2",
        KEYS,
    ),
    "key in a tag": Weakening(re.compile(r"(?m)^(\s*)(ami|image_id)(\s*=)"), rf'\1key_name = "{KEY}"\n\1\2\3', KEYS),
    "key in a description": Weakening(re.compile(r"(?m)^(\s*)ImageId:"), rf"\1KeyName: {KEY}\n\1ImageId:", KEYS),
}


def weakened(text: str) -> Iterator[tuple[str, str]]:
    """Each text with one weakening applied, at its first place."""
    for name, weakening in WEAKENINGS.items():
        made, count = weakening.pattern.subn(weakening.replacement, text, count=1)
        if count and made != text:
            yield name, made

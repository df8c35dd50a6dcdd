"""The marks of keys, secret names and files of tools: the one place for their forms.

This module imports nothing, so that every room may import it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.value import Unknown

# IAM User Guide, "IAM identifiers, Understanding unique ID prefixes": of these only those of credentials. AROA, AIDA,
# AIPA and others name roles, users, profiles, which are not secrets.
KEY_ID_PREFIXES = ("AKIA", "ASIA", "ABIA", "ACCA")
KEY_ID_START = f"(?:{'|'.join(KEY_ID_PREFIXES)})"
# IAM API Reference, "AccessKey": the characters of current keys after the prefix, and of a secret.
KEY_ID_REST = 16
SECRET_KEY_LENGTH = 40
# A Terraform module without any of these has no AWS resource and no AWS key.
AWS_MARKS = ("aws", "AWS", *KEY_ID_PREFIXES, "secret_key", "\\u", "\\U")
# The beginnings and lengths that vendors document for their tokens: what is searched first, the whole form, what it is.
TOKENS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"\bgh[pousr]_[A-Za-z0-9]{36,251}\b", "a GitHub token"),
    (("github_pat_",), r"\bgithub_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}\b", "a GitHub token"),
    (("glpat-",), r"\bglpat-[A-Za-z0-9_-]{20,64}", "a GitLab token"),
    (("xox",), r"\bxox[abeoprs]-[A-Za-z0-9-]{20,250}", "a Slack token"),
    (
        ("hooks.slack.com/",),
        r"hooks\.slack\.com/services/T[A-Z0-9]{6,12}/B[A-Z0-9]{6,12}/[A-Za-z0-9]{20,28}",
        "a Slack webhook",
    ),
    (("sk_live_", "rk_live_"), r"\b[sr]k_live_[A-Za-z0-9]{20,247}", "a Stripe key"),
    (("npm_",), r"\bnpm_[A-Za-z0-9]{36}\b", "an npm token"),
    (("AIza",), r"\bAIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])", "a Google API key"),
    (("dop_v1_",), r"\bdop_v1_[0-9a-f]{64}\b", "a DigitalOcean token"),
    ((".atlasv1.",), r"\b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{60,70}", "an HCP Terraform token"),
    (("hvs.", "hvb.", "hvr."), r"\bhv[sbr]\.[A-Za-z0-9_-]{24,300}", "a Vault token"),
    (("dapi",), r"\bdapi[0-9a-f]{32}(?:-\d)?\b", "a Databricks token"),
    (("SG.",), r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}", "a SendGrid key"),
    (("ABSK",), r"\bABSK[A-Za-z0-9+/]{100,300}={0,2}", "an Amazon Bedrock API key"),
)
# What a name has in it whose value may be a secret.
SECRET_NAMES = ("secret", "pass", "pwd", "token", "key", "cred", "auth", "private", "cert", "salt", "pin")

STATE_SUFFIX = ".tfstate"
TEMPLATE_SUFFIXES = (".yaml", ".yml", ".json", ".template", ".cfn", STATE_SUFFIX)
TERRAFORM_SUFFIXES = (".tf", ".tofu", ".tf.json", ".tofu.json")
TOFU_SUFFIXES = (".tofu", ".tofu.json")
VARIABLE_SUFFIXES = (".tfvars", ".tfvars.json")
COMPONENT_SUFFIXES = (".tfcomponent.hcl", ".tfstack.hcl", ".tfcomponent.json", ".tfstack.json")
# Arguments of a backend, which Terraform is given beside the configuration.
BACKEND_SUFFIX = ".tfbackend"
# Files of Terraform that are not configuration: tests, mocks, queries, stacks and arguments of backends.
SIDE_SUFFIXES = (
    *COMPONENT_SUFFIXES,
    BACKEND_SUFFIX,
    *(f"{kind}.{syntax}" for kind in (".tftest", ".tfmock", ".tfquery", ".tfdeploy") for syntax in ("hcl", "json")),
)
PACKER_SUFFIXES = (".pkr.hcl", ".pkr.json")
PACKER_VALUE_SUFFIXES = (".pkrvars.hcl", ".pkrvars.json")
# Outputs of the AWS CLI: one in a file, or one a line (https://jsonlines.org), compressed or not.
LINES_SUFFIXES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")
SNAPSHOT_SUFFIXES = (".json", ".json.gz", *LINES_SUFFIXES)

# The types of Terraform that create access keys: a reference to one takes in a key, whatever its name.
KEY_MAKERS = ("aws_iam_access_key",)
# A stack may create one and return it as an output.
_KEY_MAKERS = (*KEY_MAKERS, "AWS::IAM::AccessKey", "aws_cloudformation_stack")
_MAY_BE_ID = rf"{KEY_ID_START}[A-Z0-9]{{12}}"

# A word of a command, or of a list of settings, after which a part of a key is given.
_NAME_OF_KEY = (
    r"(?i)-{0,2}[\w.]{0,80}?"
    r"(?:(?:access|secret)[_.-]?(?:access[_.-]?)?key(?:[_.-]?id)?|(?:session|security)[_.-]?token)"
)


def names_key(word: str) -> bool:
    """Return whether a word may be the name of a part of a key, so that what follows it in a list is its value."""
    import re

    return len(word) > len("key") and word[-1] in "yYdDnN" and re.fullmatch(_NAME_OF_KEY, word) is not None


def stands_for_key(value: Unknown) -> bool:
    """Return whether an unknown is made of a part of a key: of what a resource creates, or of an input by its name."""
    if value.input is not None and names_key(value.input.label.replace(".", " ").rpartition(" ")[2]):
        return True
    return value.ref is not None and any(link.resource.type in _KEY_MAKERS for link in value.ref.chain())


def may_hold_key(text: str) -> bool:
    """Return whether a text may contain an access key, by a quick look at its letters."""
    import re  # which the report for people does without

    from iplint.aws.words import long_words

    return any(True for _ in long_words(text, SECRET_KEY_LENGTH)) or re.search(_MAY_BE_ID, text) is not None

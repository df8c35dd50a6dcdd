"""Prefilter: which files can be templates at all, by their bytes. Only these are parsed."""

from __future__ import annotations

from iplint.syntax.line_breaks import YAML_BREAKS

# A text in which these do not occur, and in which no escape could spell them, holds no template: the last one marks
# those that Packer had before HCL.
TEMPLATE_MARKS = (b"AWS::", b"AWSTemplateFormatVersion", b"Transform", b'"builders"')
# Or all of these: a template of custom, module and third-party types alone, without a header.
TYPED_ENTRIES = (b"Resources", b"Type", b"::")
# Likewise of plans and states, as Terraform writes them in JSON.
PLAN_MARK = b"format_version"
# Likewise of states as Terraform keeps them.
STATE_MARK = b'"lineage"'
# In these an escape may spell a mark, or an escaped line break may part one.
ESCAPES = (b"\\u", b"\\U", b"\\x", *(f"\\{sign}".encode() for sign in YAML_BREAKS))


def may_hold_template(data: bytes) -> bool:
    """Return whether a file can be a template or a plan."""
    if any(mark in data for mark in (*TEMPLATE_MARKS, PLAN_MARK, STATE_MARK)) or any(
        escape in data for escape in ESCAPES
    ):
        return True
    if all(mark in data for mark in TYPED_ENTRIES):
        return True
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return b"\0" in data


def looks_like_template(data: bytes) -> bool:
    """Return whether an unreadable file was probably meant as a template or a plan."""
    if PLAN_MARK in data and (b'"planned_values"' in data or b'"resource_changes"' in data):
        return True
    if STATE_MARK in data and b'"serial"' in data:
        return True
    plain = data.replace(b"\0", b"")  # UTF-16 and UTF-32, where they lack a byte order mark
    return b"AWSTemplateFormatVersion" in plain or (
        b"Resources" in plain and (b"AWS::" in plain or b"Transform" in plain)
    )

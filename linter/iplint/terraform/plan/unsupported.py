"""Other outputs of Terraform that are mistaken for plans, and what to do about them."""

from __future__ import annotations

_HOW = "write the plan with `terraform plan -out tfplan`, then `terraform show -json tfplan > plan.json`"


def why_not_a_plan(data: bytes) -> str | None:
    """Return a clause that says why a file from Terraform is not a plan that can be read; None for other files.

    Terraform documentation, Command: plan (`-out`, `-json`) and Machine-Readable UI.
    """
    if data.startswith(b"PK\x03\x04") and b"tfplan" in data:
        return "is a plan in Terraform's own binary form: `terraform show -json FILE > plan.json` writes it as JSON"
    head = data[:4096].replace(b"\0", b"")
    if b'"@level"' in head and b'"@message"' in head:
        return f"holds the log of `terraform plan -json`, one JSON object in each line, and no plan: {_HOW}"
    if b"Terraform will perform the following actions" in data or b"OpenTofu will perform the following" in data:
        return f"holds a plan as Terraform shows it to people: {_HOW}"
    if b"\x1b[" in data and b'"format_version"' in data:
        return f"has signs for the colours of a terminal in or around the JSON: {_HOW}"
    return None

"""Writes the table of AWS managed policies that iplint evaluates: linter/iplint/aws/managed_policies.table.

Usage: aws iam list-policies --scope AWS > policies.json
       aws iam get-policy-version --policy-arn ARN --version-id DEFAULT > documents/NAME, for each of these policies
       python docs/managed_policies.py policies.json documents 2026-03-07

The date is that of the lists; `iplint --version` shows it. A policy that is in the table and no longer on the list
stays: it is in force where it is attached. The table is a line of JSON with the date and the index, then blocks of
policies in order of their names, each compressed by itself, so that a run reads only what it needs.
"""

from __future__ import annotations

import json
import sys
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from iplint.aws import managed_policies

# What is left out of a statement where it is this, and what says nothing about what a policy grants.
ASSUMED = {"Effect": "Allow", "Resource": ["*"]}
SILENT = ("Sid",)
# How many policies are compressed together.
BLOCK = 16
Statements = list[dict[str, Any]]


def statements(document: Mapping[str, Any]) -> Statements:
    """Return the statements of a policy document in the form of the table."""
    written = document["Statement"]
    found: Statements = []
    for statement in written if isinstance(written, list) else [written]:
        kept = {
            name: [value] if isinstance(value, str) and name != "Effect" else value
            for name, value in statement.items()
            if name not in SILENT
        }
        found.append({name: value for name, value in kept.items() if ASSUMED.get(name) != value})
    return found


def listed(policies: Path, documents: Path) -> dict[str, Statements]:
    """Return the statements of the policies on a list, by path and name below `policy/` of the ARN."""
    found: dict[str, Statements] = {}
    for policy in json.loads(policies.read_text(encoding="utf-8"))["Policies"]:
        version = json.loads((documents / policy["PolicyName"]).read_text(encoding="utf-8"))
        found[policy["Arn"].partition(":policy/")[2]] = statements(version["PolicyVersion"]["Document"])
    return found


def table(policies: Mapping[str, Statements], as_of: str) -> bytes:
    """Return the table as it is written."""
    names = sorted(policies, key=lambda path: (path.rpartition("/")[2], path))
    blocks: list[bytes] = []
    starts: list[list[object]] = []
    offset = 0
    for first in range(0, len(names), BLOCK):
        part = names[first : first + BLOCK]
        written = json.dumps({path: policies[path] for path in part}, separators=(",", ":"), sort_keys=True)
        block = zlib.compress(written.encode(), 9)
        starts.append([part[0].rpartition("/")[2], offset, len(block)])
        blocks.append(block)
        offset += len(block)
    head = json.dumps({"as_of": as_of, "policies": len(names), "blocks": starts}, separators=(",", ":"))
    return b"".join([head.encode(), b"\n", *blocks])


def main(policies: str, documents: str, as_of: str) -> None:
    """Write the table."""
    before = managed_policies.date()
    found = {**dict(managed_policies.policies()), **listed(Path(policies), Path(documents))}
    Path(managed_policies.TABLE).write_bytes(table(found, as_of))
    print(f"{len(found)} policies as of {as_of}, before as of {before}")


if __name__ == "__main__":
    main(*sys.argv[1:])

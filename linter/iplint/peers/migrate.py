"""Convert skips of other scanners, comments for checkov, trivy and tfsec, to ignore comments of iplint.

Facts: checkov documentation, "Suppressing and Skipping Policies" (a comment inside a block applies to the block); trivy
documentation, "Filtering" (a comment on a line, or on its own line above a block). The original comments stay.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from iplint.rule import Rule

    AnyRule = Rule[object]

_CHECKOV = re.compile(r"(?:#|//)\s*(?:checkov|bridgecrew|cortex):skip=(?P<ids>[\w,-]+)(?::(?P<reason>.*))?")
_TRIVY = re.compile(r"(?:#|//)\s*(?:trivy|tfsec):ignore:(?P<id>[\w-]+)(?::exp:(?P<until>\d{4}-\d{2}-\d{2}))?")
_OURS = "# iplint: ignore["
# trivy documentation: ids with and without their prefix, and the names that tfsec had, mean the same.
_TFSEC = {
    "aws-ec2-enforce-http-token-imds": "AVD-AWS-0028",
    "aws-ec2-enforce-launch-config-http-token-imds": "AVD-AWS-0130",
    "aws-ec2-no-secrets-in-launch-template-user-data": "AVD-AWS-0129",
    "aws-ec2-no-secrets-in-user-data": "AVD-AWS-0029",
    "aws-iam-no-policy-wildcards": "AVD-AWS-0057",
}


def table(rules: Iterable[AnyRule]) -> dict[str, list[str]]:
    """Return the names of our rules by the corresponding ids of checkov and trivy."""
    found: dict[str, list[str]] = {}
    for rule in rules:
        for tool in ("checkov", "trivy"):
            for id in rule.references.get(tool, ()):
                found.setdefault(id, []).append(rule.name)
    return found


def migrated(text: str, known: Mapping[str, Sequence[str]]) -> str:
    """Return a template with an ignore comment of ours added for every skipped check that corresponds to a rule; the
    rest is unchanged.
    """
    lines = text.splitlines(keepends=True)
    added: dict[int, list[str]] = {}
    for number, line in enumerate(lines):
        for directive, place in _directives(lines, number, line, known):
            if not _is_said(lines, place, directive):
                added.setdefault(place, []).append(directive)
    made: list[str] = []
    for number, line in enumerate(lines):
        end = line[len(line.rstrip("\r\n")) :] or "\n"
        for directive in dict.fromkeys(added.get(number, ())):
            made.append(f"{_indent(line)}{directive}{end}")
        made.append(line)
    return "".join(made)


def _directives(
    lines: Sequence[str], number: int, line: str, known: Mapping[str, Sequence[str]]
) -> Iterable[tuple[str, int]]:
    """Return our comments for one line, and the lines above which they are inserted."""
    for found in _CHECKOV.finditer(line):
        rules = [rule for id in found["ids"].split(",") for rule in known.get(id, ())]
        if rules:
            yield _comment(rules, found["reason"] or "", None), _block_around(lines, number)
    for found in _TRIVY.finditer(line):
        id = _TFSEC.get(found["id"], found["id"]).upper()
        theirs = known.get(id if id.startswith("AVD-") else f"AVD-{id}", ())
        if theirs:
            yield _comment(theirs, "", found["until"]), number


def _comment(rules: Iterable[str], reason: str, until: str | None) -> str:
    ends = f" until={until}" if until else ""
    return f"{_OURS}{', '.join(dict.fromkeys(rules))}]{f' {reason.strip()}' if reason.strip() else ''}{ends}"


def _is_said(lines: Sequence[str], place: int, directive: str) -> bool:
    """Return whether the comment exists already."""
    above = place - 1
    while above >= 0 and lines[above].lstrip().startswith(("#", "//")):
        if directive in lines[above]:
            return True
        above -= 1
    return False


def _block_around(lines: Sequence[str], number: int) -> int:
    """Return the first line of the resource that contains a line: in HCL of the block, in YAML of the logical id."""
    chain: list[int] = []
    depth = len(_indent(lines[number])) if lines[number].lstrip().startswith(("#", "//")) else None
    at = number
    while at > 0:
        at -= 1
        text = lines[at]
        if not text.strip() or text.lstrip().startswith(("#", "//", "}", "]", ")")):
            continue
        here = len(_indent(text))
        if depth is None or here < depth:
            chain.append(at)
            depth = here
            if here == 0:
                break
    if not chain:
        return number
    if lines[chain[-1]].startswith("Resources:") and len(chain) > 1:
        return chain[-2]
    return chain[-1]


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]

"""The proofs of launches as text, Markdown and JSON; no format shows a secret."""

from __future__ import annotations

from iplint.finding import LaunchCounts, LaunchStatus, ObligationStatus
from iplint.report.json import dumps, notice_tree, proof_tree
from iplint.report.markdown import code, link, safe
from iplint.report.masking import defused, printable
from iplint.report.text import launch_sums

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from iplint.finding import ObligationResult, Proof
    from iplint.location import Span
    from iplint.report.masking import Mask
    from iplint.resource import Notice

# What an obligation claims, and what a person can do where it is open.
CLAIMS = {
    "profile": "it has an instance profile",
    "role": "the profile holds exactly one role",
    "trust": "EC2 can assume the role",
    "metadata": "IMDSv1 cannot be used",
    "privileges": "the role is not an administrator",
    "credentials": "no static credentials reach the instance",
}
SETTLED_BY = {
    "profile": "set a profile that is declared here, give the input a value, or list the name in accepted-profiles",
    "role": "declare the role here, give the input a value, or list the profile in accepted-profiles",
    "trust": "write the trust policy so that EC2 alone, without conditions, can assume the role",
    "metadata": "set HttpTokens to required where this launch, or its launch template, is declared",
    "privileges": "declare the policy here, or attach one that is known",
    "credentials": "have the user data in a file or template that is read, or give the input a value",
}
_MAX_LINE_LENGTH = 120


def text(proofs: Sequence[Proof], mask: Mask) -> str:
    """Return the proofs for a terminal: each obligation with its evidence and the source line of it."""
    lines: list[str] = []
    for proof in proofs:
        place = mask.where(proof.at.path, proof.at)
        lines += [f"{_called(proof)}: {mask.plain(proof.address)}  {place}"]
        for result in proof.obligations:
            lines += [f"  {result.name}: {_status(result)} ({CLAIMS[result.name]})"]
            lines += (f"    {line}" for line in _details(result, mask))
        lines.append("")
    return "\n".join([*lines, _sums(proofs)]) + "\n"


def _called(proof: Proof) -> str:
    return "proven unless an input is set" if proof.status is LaunchStatus.QUALIFIED else proof.status


def _status(result: ObligationResult) -> str:
    is_qualified = result.status is ObligationStatus.DISCHARGED and result.unless
    return "discharged with the defaults" if is_qualified else result.status


def _details(result: ObligationResult, mask: Mask) -> Iterator[str]:
    for step in result.evidence:
        yield f"{mask.where(step.at.path, step.at)}: {mask.plain(step.message)}"
        yield f"  | {source_line(step.at, mask)}"
    for what, at in result.reasons:
        where = f"{mask.where(at.path, at)}: " if at is not None else ""
        yield f"{where}{because(result)} {mask.plain(what)}"
    for scenario in result.unless:
        yield f"unless {mask.plain(scenario)}"
    if result.status is ObligationStatus.OPEN:
        yield f"settled by: {SETTLED_BY[result.name]}"


def because(result: ObligationResult) -> str:
    """Return the words that introduce a reason of an obligation."""
    return "fails:" if result.status is ObligationStatus.FAILED else "depends on"


def source_line(at: Span, mask: Mask) -> str:
    """Return the first line of a place, without secrets and control characters."""
    source = at.source
    start = source.text.rfind("\n", 0, at.start) + 1
    end = source.text.find("\n", start)
    end = len(source.text) if end < 0 else end
    line = defused(printable(mask.masked(source, start, min(end, start + _MAX_LINE_LENGTH)))).strip()
    return f"{line}..." if end - start > _MAX_LINE_LENGTH else line


def _sums(proofs: Sequence[Proof]) -> str:
    launches = LaunchCounts()
    for proof in proofs:
        launches.count(proof.status)
    return launch_sums(launches)


def markdown(proofs: Sequence[Proof], mask: Mask) -> str:
    """Return the proofs in GitHub's Markdown, a table for each launch. Text of templates is never taken for markup."""
    parts = [f"## Proofs\n\n{safe(_sums(proofs), in_table=False)}\n"]
    for proof in proofs:
        place = link(mask.path(proof.at.path), proof.at)
        rows = [f"\n### {code(mask.plain(proof.address), in_table=False)}: {_called(proof)}\n\n{place}\n"]
        rows.append("| Obligation | Status | Evidence or reason |\n| --- | --- | --- |")
        for result in proof.obligations:
            cells = [_cell(step.message, step.at, mask) for step in result.evidence]
            cells += (_cell(f"{because(result)} {what}", at, mask) for what, at in result.reasons)
            cells += (f"unless {safe(mask.plain(scenario))}" for scenario in result.unless)
            if result.status is ObligationStatus.OPEN:
                cells.append(f"settled by: {SETTLED_BY[result.name]}")
            rows.append(f"| {result.name}: {CLAIMS[result.name]} | {_status(result)} | {'<br>'.join(cells)} |")
        parts.append("\n".join(rows) + "\n")
    return "".join(parts)


def _cell(words: str, at: Span | None, mask: Mask) -> str:
    place = f" ({link(mask.path(at.path), at)})" if at is not None else ""
    return f"{safe(mask.plain(words))}{place}"


def json(proofs: Sequence[Proof], notices: Sequence[Notice], mask: Mask, version: str) -> str:
    """Return the proofs in JSON, as `--proof` adds them to the JSON report."""
    return dumps(
        {
            "version": 1,
            "tool": {"name": "iplint", "version": version},
            "proofs": [proof_tree(proof, mask) for proof in proofs],
            "notices": [notice_tree(mask, notice) for notice in notices],
        }
    )

"""The report for programs: one JSON object."""

from __future__ import annotations

import json

from iplint.addresses import rule_page, rule_pages
from iplint.finding import Severity
from iplint.report.fingerprint import fingerprints
from iplint.report.masking import Mask, related

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeAlias

    from iplint.finding import Finding, Proof, Report
    from iplint.location import Span
    from iplint.report.masking import Described
    from iplint.resource import Notice

    Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"


def dumps(tree: Json) -> str:
    """Return the JSON text of a tree, as valid UTF-8 and without characters that affect a terminal."""
    return escaped(json.dumps(tree, indent=2, ensure_ascii=False)) + "\n"


def escaped(text: str) -> str:
    """Return an equivalent JSON text that affects neither a terminal nor a build log."""
    if not all(line.isprintable() for line in text.split("\n")):
        text = "".join(sign if sign.isprintable() or sign == "\n" else json.dumps(sign)[1:-1] for sign in text)
    return text.replace("##", "#\\u0023")


def render(report: Report, rules: Sequence[Described], version: str) -> str:
    """Return the report as JSON, version 1 of docs/report.schema.json."""
    return dumps(report_tree(report, rules, version))


def report_tree(report: Report, rules: Sequence[Described], version: str) -> dict[str, Json]:
    """Return the report for programs.

    Suppressed findings are there if the report `lists_suppressed`, after the others, with what suppresses them.
    """
    mask = Mask(report.hidden)
    described = {rule.name: rule for rule in rules}
    pages = rule_pages()
    findings = [*report.findings, *(report.ignored if report.lists_suppressed else ())]
    return {
        "version": 1,
        "tool": {"name": "iplint", "version": version},
        "summary": summary(report),
        "findings": [
            _finding(mask, finding, fingerprint, described.get(finding.rule), rule_page(pages, finding.rule))
            for finding, fingerprint in zip(findings, fingerprints(report, findings), strict=True)
        ],
        "notices": [notice_tree(mask, notice) for notice in report.notices],
        **proof_trees(report),
    }


def summary(report: Report) -> Json:
    """Return the counts of a report. `findings` counts the failing ones; undecided ones are counted separately."""
    files, launches = report.files, report.launches
    failed = [finding.severity for finding in report.findings if finding.is_failure]
    return {
        "files": {
            "found": files.found,
            "checked": files.checked,
            "not_templates": files.not_templates,
            "unreadable": files.unreadable,
            "excluded": files.excluded,
            "ignored": files.ignored,
            "skipped": files.skipped,
        },
        "launches": {
            "checked": launches.checked,
            "proven": launches.proven,
            "failed": launches.failed,
            "undecided": launches.undecided,
            "qualified": launches.qualified,
            "conditional": launches.conditional,
        },
        "findings": {severity.word: failed.count(severity) for severity in sorted(Severity, reverse=True)},
        "undecided": report.undecided,
        "suppressed": len(report.ignored),
    }


def place_tree(mask: Mask, at: Span) -> dict[str, Json]:
    """Return a place for reports in JSON."""
    (line, column), (end_line, end_column) = at.first, at.last
    return {"path": mask.path(at.path), "line": line, "column": column, "end_line": end_line, "end_column": end_column}


def edits_of(finding: Finding, mask: Mask) -> list[tuple[Span, str]]:
    """Return the edits that fix a finding: places, each with its new text; none if one would repeat a secret."""
    edits = finding.edits if finding.fix is not None else ()
    return [] if any(mask.repeats(text) for _, text in edits) else list(edits)


def _finding(mask: Mask, finding: Finding, fingerprint: str, rule: Described | None, page: str | None) -> Json:
    return {
        "rule": finding.rule,
        "severity": finding.severity.word,
        "verdict": finding.verdict,
        "message": mask.words(finding.message),
        "address": mask.words(finding.address),
        **place_tree(mask, finding.at),
        "when": None if finding.when is None else mask.words(finding.when),
        "related": [{"message": mask.words(step.message), **place_tree(mask, step.at)} for step in related(finding)],
        "fingerprint": fingerprint,
        "fix": finding.fix,
        "help": page,
        "why": rule.why if rule is not None else None,
        "how": rule.fix if rule is not None else None,
        "edits": [{**place_tree(mask, at), "text": text} for at, text in edits_of(finding, mask)],
        **({"commands": [mask.words(command) for command in finding.commands]} if finding.commands else {}),
        **({"suppressed": finding.ignored.by} if finding.ignored is not None else {}),
    }


def notice_tree(mask: Mask, notice: Notice) -> Json:
    """Return a notice for reports in JSON."""
    line, column = notice.at.first if notice.at else (None, None)
    message = mask.words(notice.message)
    return {
        "kind": notice.kind,
        "path": mask.path(notice.path),
        "line": line,
        "column": column,
        "message": message,
        "cause": notice.cause,
        "decides": notice.decides,
        "accepted": notice.accepted,
    }


def proof_trees(report: Report) -> dict[str, Json]:
    """Return the member with the proofs of a report, where they were requested."""
    mask = Mask(report.hidden)
    return {"proofs": [proof_tree(proof, mask) for proof in report.proofs]} if report.proofs is not None else {}


def proof_tree(proof: Proof, mask: Mask) -> Json:
    """Return a proof for reports in JSON."""
    line, column = proof.at.first
    return {
        "address": mask.words(proof.address),
        "path": mask.path(proof.at.path),
        "line": line,
        "column": column,
        "status": proof.status,
        "unless": [mask.words(scenario) for scenario in proof.unless],
        "obligations": [
            {
                "name": result.name,
                "status": result.status,
                "evidence": [
                    {**place_tree(mask, step.at), "message": mask.words(step.message)} for step in result.evidence
                ],
                "reasons": [mask.words(what) for what, _ in result.reasons],
            }
            for result in proof.obligations
        ],
    }

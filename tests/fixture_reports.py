"""The reports on the fixtures, as text to read: what each rule says of its own fixtures, and which launches are proven.

python tests/fixture_reports.py [RULE...]     # writes tests/reports/; read the difference before you commit it
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from iplint.finding import Finding, ObligationStatus, Proof
from iplint.judging.session import Session, SessionSettings
from iplint.location import Span
from iplint_rules import all_rules

FIXTURES = Path(__file__).parent / "fixtures"
# One file a rule. `?` marks what is undecided; a place is `line:column-column` or `line:column-line:column`.
REPORTS = Path(__file__).parent / "reports"


def place(at: Span, case: str) -> str:
    """A span as `line:column-line:column`, after its path where that is not the case's own."""
    (line, column), (end_line, end_column) = at.first, at.last
    end = f"{end_column}" if line == end_line else f"{end_line}:{end_column}"
    path = "" if at.path == case else f"{at.path.removeprefix(f'{case}/')}:"
    return f"{path}{line}:{column}-{end}"


def described(finding: Finding, case: str) -> Iterator[str]:
    """The lines on one finding: verdict, place and message, then all else that a report may show of it."""
    kind = finding.severity.word if finding.is_failure else f"undecided ({finding.severity.word})"
    yield f"{place(finding.at, case)} {kind} {finding.address}: {finding.message}"
    if finding.label and finding.label not in finding.message:
        yield f"  label: {finding.label}"
    if finding.when is not None and finding.when not in finding.message:
        yield f"  when: {finding.when}"
    for step in finding.related:
        yield f"  {place(step.at, case)} {step.message}"
    if finding.fix is not None:
        yield f"  fix: {finding.fix}{f', {finding.risk}' if finding.risk else ''}"
        for at, text in finding.edits:
            yield f"    {place(at, case)} {text!r}"


def proven(proof: Proof, case: str) -> str:
    """One line on a launch: its status, and the obligations that are not discharged."""
    results = [
        f"{result.name} {result.status}" for result in proof.obligations if result.status != ObligationStatus.DISCHARGED
    ]
    unless = [f"unless {text}" for text in proof.unless]
    return f"{place(proof.at, case)} {proof.address} {proof.status}: {', '.join([*results, *unless]) or 'all'}"


def report_on(case: Path) -> str:
    """The report on one fixture: its own rule in full, the places of the others, notices, and launches."""
    name = case.relative_to(FIXTURES).as_posix()
    report = Session(SessionSettings(all_rules(), proofs=True), str(FIXTURES)).check([name])
    lines = [f"# {name}"]
    others: dict[str, list[str]] = {}
    for finding in report.findings:
        if finding.rule == case.parent.name:
            lines += described(finding, name)
        else:
            mark = "" if finding.is_failure else "?"
            others.setdefault(finding.rule, []).append(f"{place(finding.at, name)}{mark}")
    lines += (f"{rule} at {', '.join(places)}" for rule, places in others.items())
    for notice in report.notices:
        at = f"{place(notice.at, name)} " if notice.at is not None else ""
        lines.append(f"{at}{notice.kind} ({notice.cause}): {notice.message}")
    lines += (proven(proof, name) for proof in report.proofs or ())
    return "\n".join(lines) + "\n"


def written(rule: str) -> dict[str, str]:
    """The reports that are kept for the fixtures of a rule, by the name of the fixture."""
    path = REPORTS / f"{rule}.txt"
    sections = path.read_text(encoding="utf-8").split("\n\n") if path.exists() else ()
    return {section.partition("\n")[0][2:]: section.rstrip("\n") + "\n" for section in sections}


def main() -> None:
    """Write the reports on the fixtures of all rules, or of those that are named."""
    for rule in sorted(FIXTURES.iterdir()):
        if len(sys.argv) == 1 or rule.name in sys.argv[1:]:
            text = "\n".join(report_on(case) for case in sorted(rule.iterdir()))
            (REPORTS / f"{rule.name}.txt").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

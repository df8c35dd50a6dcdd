"""The report as one page of HTML: a table of launches to filter and search, each with its proof, picture and findings.

The page needs nothing else and asks nothing of a network: its policy (CSP) allows its own style and script, by their
hashes, and nothing more. What comes from templates is JSON that the script turns into text of elements.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from html import escape

from iplint.addresses import rule_page, rule_pages
from iplint.graph.drawing import Findings, draw_launch
from iplint.report.json import escaped
from iplint.report.markdown import source_address
from iplint.report.masking import Mask, by_severity, message_of
from iplint.report.proofs import CLAIMS, because, source_line
from iplint.report.text import summary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from iplint.finding import Finding, ObligationResult, Proof, Report
    from iplint.inventory.rows import Inventory, LaunchRow
    from iplint.location import Span
    from iplint.report.json import Json
    from iplint.report.masking import Described

_HERE = os.path.dirname(__file__)
_TABLES = (
    ("launches", "Launches", ("Verdict", "Launch", "Instance profile", "Role", "Fails or undecided", "Place")),
    ("findings", "Findings", ("Severity", "Rule", "Finding", "Place")),
    ("notices", "Not read or not followed", ("Kind", "Cause", "Message", "Place")),
)
_POLICY = "base-uri 'none'; form-action 'none'"
_VERDICTS = ("failed", "undecided", "qualified", "proven")


def render(
    report: Report, rules: Sequence[Described], version: str, *, inventory: Inventory, proofs: Sequence[Proof]
) -> str:
    """Return the page, failed launches first."""
    style, script = _file("page.css"), _file("page.js")
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    )
    lines = "\n".join(f"<p>{escape(line)}</p>" for line in summary(report))
    sections = "\n".join(_section(*table) for table in _TABLES)
    return f"""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>iplint report</title>
<style>{style}</style>
</head>
<body>
<header>
<h1>iplint {escape(version)}</h1>
{lines}
<p class="dim">Enter opens a row, the arrow keys move between rows, / goes to the search.</p>
</header>
<noscript><p>This page shows its tables with a script, which is switched off here.</p></noscript>
<main>
{sections}
</main>
<script type="application/json" id="data">{_data(report, rules, inventory, proofs)}</script>
<script>{script}</script>
</body>
</html>
"""


def _file(name: str) -> str:
    with open(os.path.join(_HERE, name), encoding="utf-8") as file:
        return file.read()


def _hash(text: str) -> str:
    """Return what the policy of a page knows an inline style or script by."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _section(id: str, title: str, heads: tuple[str, ...]) -> str:
    """Return an empty table with its search."""
    cells = "".join(f'<th scope="col">{head}</th>' for head in heads)
    return f"""\
<section id="{id}" hidden>
<h2>{title}</h2>
<div class="bar"><input type="search" aria-label="Search {title.lower()}" placeholder="Search"><output></output></div>
<table><thead><tr>{cells}</tr></thead><tbody></tbody></table>
</section>"""


def _data(report: Report, rules: Sequence[Described], inventory: Inventory, proofs: Sequence[Proof]) -> str:
    """Return what the script shows as JSON that ends no element, an item a line."""
    writer = _Writer(report, proofs)
    findings = by_severity(report.findings)
    index = {id(finding): number for number, finding in enumerate(findings)}
    found = Findings(findings)
    pages = rule_pages()
    rows = sorted(inventory.launches, key=lambda row: (_VERDICTS.index(row.verdict), row.launch.at.key(), row.key))
    used = {finding.rule for finding in findings}
    tables: dict[str, Sequence[Json]] = {
        "launches": [writer.launch(row, found, index) for row in rows],
        "findings": [writer.finding(finding) for finding in findings],
        "notices": [
            [notice.kind, notice.cause, writer.plain(notice.message), writer.place(notice.path, notice.at)]
            for notice in sorted(report.notices, key=lambda notice: not notice.is_fatal)
        ],
    }
    described: Json = {
        rule.name: {"why": rule.why, "how": rule.fix, "page": rule_page(pages, rule.name)}
        for rule in rules
        if rule.name in used
    }
    parts = [f'"rules": {_text(described)}']
    for name, items in tables.items():
        body = ",\n".join(map(_text, items))
        parts.append(f'"{name}": [\n{body}\n]')
    return "{" + ",\n".join(parts) + "}"


def _text(tree: Json) -> str:
    """Return JSON in which nothing is markup."""
    text = escaped(json.dumps(tree, ensure_ascii=False, separators=(",", ":")))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


class _Writer:
    """Write the parts of the page's data, without secrets."""

    __slots__ = ("_mask", "_proofs")

    def __init__(self, report: Report, proofs: Sequence[Proof]) -> None:
        self._mask = Mask(report.hidden)
        self._proofs = {(proof.root, proof.key): proof for proof in proofs}

    def plain(self, text: str) -> str:
        """Return a text in one line."""
        return self._mask.plain(text)

    def place(self, path: str, at: Span | None) -> Json:
        """Return a place, and its address where that is known."""
        return [self._mask.where(path, at), source_address(self._mask.path(path), at)]

    def launch(self, row: LaunchRow, findings: Findings, index: dict[int, int]) -> Json:
        """Return a launch."""
        drawing, found = draw_launch(row, findings, self._mask)
        proof = self._proofs.get((row.root, row.key))
        return {
            "address": self.plain(row.launch.words),
            "type": self.plain(row.launch.type),
            "verdict": row.verdict,
            "profile": self.plain(row.profile.words) if row.profile is not None else "none",
            "role": self.plain(row.role.words) if row.role is not None else "none",
            "rules": [*row.failed, *(f"{rule} (undecided)" for rule in row.undecided)],
            "place": self.place(row.launch.at.path, row.launch.at),
            "findings": sorted({index[id(finding)] for finding in found}),
            "picture": [
                [[box.kind, box.state, box.open, box.lines, box.title] for box in drawing.boxes],
                [list(edge) for edge in drawing.edges],
            ],
            "proof": [self._obligation(result) for result in proof.obligations] if proof is not None else [],
        }

    def _obligation(self, result: ObligationResult) -> Json:
        return [
            result.name,
            CLAIMS[result.name],
            result.status,
            [
                [self.place(step.at.path, step.at), self.plain(step.message), source_line(step.at, self._mask)]
                for step in result.evidence
            ],
            [
                [self.place(at.path, at) if at is not None else None, self.plain(f"{because(result)} {what}")]
                for what, at in result.reasons
            ],
            [self.plain(scenario) for scenario in result.unless],
        ]

    def finding(self, finding: Finding) -> Json:
        """Return a finding with its source line."""
        word = finding.severity.word if finding.is_failure else finding.verdict
        message = self.plain(message_of(finding))
        place = self.place(finding.at.path, finding.at)
        return [finding.rule, word, message, place, finding.fix, source_line(finding.at, self._mask)]

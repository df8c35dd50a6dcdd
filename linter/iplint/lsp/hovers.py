"""What an editor shows at a position: the page of the rule that reports something there, and the proof of a launch."""

from __future__ import annotations

from lsprotocol import types as lsp

from iplint.finding import ObligationStatus
from iplint.lsp.diagnostics import location, range_of
from iplint.lsp.lenses import holds, proofs_at, title
from iplint.report.markdown import safe
from iplint.report.proofs import CLAIMS, SETTLED_BY
from iplint.rule import page

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from iplint.finding import Proof
    from iplint.location import Span
    from iplint.lsp.folder import Results
    from iplint.lsp.positions import Unit


def hover(results: Results, path: str, position: lsp.Position, uris: Mapping[str, str], unit: Unit) -> lsp.Hover | None:
    """Return what there is to show at a position of a file, by its absolute path; None for nothing."""
    at: Span | None = None
    names: list[str] = []
    for finding in results.findings(path):
        if holds(finding.at, results, path, position, unit):
            at = at if at is not None else finding.at
            names.append(finding.rule)
    parts = [page(results.rules[name]) for name in dict.fromkeys(names) if name in results.rules]
    for proof in proofs_at(results, path, position, unit):
        at = at if at is not None else proof.at
        parts.append("\n".join(_proof(proof, results, uris, unit)))
    if at is None:
        return None
    return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, "\n\n---\n\n".join(parts)), range_of(at, unit))


def _proof(proof: Proof, results: Results, uris: Mapping[str, str], unit: Unit) -> Iterator[str]:
    plain = results.mask.plain

    def place(at: Span) -> str:
        found = location(at, results, uris, unit)
        line = found.range.start.line + 1
        name = safe(plain(at.path.rpartition("/")[2]))
        return f"[{name}:{line}]({found.uri}#L{line})" if at.source.is_file else name

    yield f"**{safe(plain(proof.address))}: {title(proof)}**\n"
    for result in proof.obligations:
        yield f"- **{result.name}** {result.status} ({CLAIMS[result.name]})"
        for step in result.evidence:
            yield f"  - {safe(plain(step.message))} {place(step.at)}"
        for what, at in result.reasons:
            why = "fails:" if result.status is ObligationStatus.FAILED else "depends on"
            yield f"  - {why} {safe(plain(what))}" + (f" {place(at)}" if at is not None else "")
        for scenario in result.unless:
            yield f"  - unless {safe(plain(scenario))}"
        if result.status is ObligationStatus.OPEN:
            yield f"  - settled by: {SETTLED_BY[result.name]}"

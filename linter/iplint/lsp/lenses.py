"""Code lenses with the status of each launch, and definitions: the resources that a launch uses."""

from __future__ import annotations

from lsprotocol import types as lsp

from iplint.finding import LaunchStatus, ObligationStatus
from iplint.lsp.diagnostics import location, range_of
from iplint.lsp.positions import positions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from iplint.finding import Proof
    from iplint.location import Span
    from iplint.lsp.folder import Results
    from iplint.lsp.positions import Unit


def lenses(results: Results, path: str, unit: Unit) -> list[lsp.CodeLens]:
    """Return a lens above each launch that a file declares, by its absolute path."""
    return [
        # Without the name of a command, the lens is text.
        lsp.CodeLens(range_of(proof.at, unit), lsp.Command(f"iplint: {title(proof)}", ""))
        for proof in results.proofs(path)
    ]


def title(proof: Proof) -> str:
    """Return the status of a launch, with the obligations that make it so where it is not proven."""
    if proof.status is LaunchStatus.QUALIFIED:
        return "proven unless an input is set"
    wanted = ObligationStatus.FAILED if proof.status is LaunchStatus.FAILED else ObligationStatus.OPEN
    lacking = [result.name for result in proof.obligations if result.status is wanted]
    return f"{proof.status}: {', '.join(lacking)}" if lacking else str(proof.status)


def definitions(
    results: Results, path: str, position: lsp.Position, uris: Mapping[str, str], unit: Unit
) -> list[lsp.Location]:
    """Return where the template, profile, role and policies of the launch at a position are declared."""
    found: dict[tuple[str, int, int], lsp.Location] = {}
    for row in results.rows:
        if holds(row.launch.at, results, path, position, unit):
            for behind in (row.template, row.profile, row.role, *row.policies):
                if behind is not None and behind.at.source.is_file:
                    found.setdefault(behind.at.key(), location(behind.at, results, uris, unit))
    return list(found.values())


def proofs_at(results: Results, path: str, position: lsp.Position, unit: Unit) -> Iterator[Proof]:
    """Yield the proofs of the launches at a position."""
    for proof in results.proofs(path):
        if holds(proof.at, results, path, position, unit):
            yield proof


def holds(at: Span, results: Results, path: str, position: lsp.Position, unit: Unit) -> bool:
    """Return whether a position in a file is in a place; both ends count."""
    if not results.is_in(at, path) or not at.source.is_file:
        return False
    offset = positions(at.source, unit).offset(position.line, position.character)
    return at.start <= offset <= at.end

"""What an editor offers for a finding: its fix, where iplint can make one, and an ignore with a reason."""

from __future__ import annotations

from lsprotocol import types as lsp

from iplint.fix.comments import Commenter
from iplint.location import Span
from iplint.lsp.diagnostics import location, range_of
from iplint.lsp.positions import positions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from iplint.finding import Finding
    from iplint.fix.edit import Edit
    from iplint.lsp.folder import Results
    from iplint.lsp.positions import Unit

REASON = "say here why this is accepted"
FIX_ALL = f"{lsp.CodeActionKind.SourceFixAll.value}.iplint"


def actions(
    results: Results,
    path: str,
    place: lsp.Range,
    uris: Mapping[str, str],
    unit: Unit,
    fix: Callable[[Finding], Edit | None],
) -> list[lsp.CodeAction]:
    """Return the actions for the findings in a range of a file. `fix` returns the edit that fixes one."""
    found: list[lsp.CodeAction] = []
    for finding in results.findings(path):
        at = finding.at
        if not finding.is_failure or not at.source.is_file or not _touches(at, place, unit):
            continue
        shown = range_of(at, unit)
        about = [lsp.Diagnostic(shown, results.mask.plain(finding.message), code=finding.rule, source="iplint")]
        edit = fix(finding) if finding.fix is not None else None
        if edit is not None:
            is_safe = finding.fix == "safe"
            risk = "" if is_safe else f" (unsafe: {results.mask.plain(finding.risk)})"
            found.append(
                lsp.CodeAction(
                    f"Fix {finding.rule}{risk}",
                    kind=lsp.CodeActionKind.QuickFix,
                    diagnostics=about,
                    is_preferred=is_safe,
                    edit=_workspace_edit([edit], results, uris, unit),
                )
            )
        ignore = ignoring(finding)
        if ignore is not None:
            title = f"Ignore {finding.rule} here"
            change = _workspace_edit([ignore], results, uris, unit)
            found.append(lsp.CodeAction(title, kind=lsp.CodeActionKind.QuickFix, diagnostics=about, edit=change))
    return found


def fix_all(
    results: Results, path: str, uris: Mapping[str, str], unit: Unit, fix: Callable[[Finding], Edit | None]
) -> list[lsp.CodeAction]:
    """Return the action that makes all safe fixes in a file; nothing where there is none."""
    edits: list[Edit] = []
    for finding in results.findings(path):
        edit = fix(finding) if finding.fix == "safe" else None
        if edit is not None and not any(_overlap(edit, other) for other in edits):
            edits.append(edit)
    if not edits:
        return []
    change = _workspace_edit(edits, results, uris, unit)
    return [lsp.CodeAction("Fix all that iplint can fix safely", kind=FIX_ALL, edit=change)]


def ignoring(finding: Finding) -> Edit | None:
    """Return the edit that suppresses a finding where it is; None where its file has no place for that."""
    return Commenter(finding.at.source).suppressing(finding.at.start, finding.rule, REASON)


def _touches(at: Span, place: lsp.Range, unit: Unit) -> bool:
    counted = positions(at.source, unit)
    start = counted.offset(place.start.line, place.start.character)
    end = counted.offset(place.end.line, place.end.character)
    return at.start <= end and start <= at.end


def _overlap(one: Edit, other: Edit) -> bool:
    return one.source.path == other.source.path and one.start <= other.end and other.start <= one.end


def _workspace_edit(edits: Sequence[Edit], results: Results, uris: Mapping[str, str], unit: Unit) -> lsp.WorkspaceEdit:
    changes: dict[str, list[lsp.TextEdit]] = {}
    for edit in edits:
        where = location(Span(edit.source, edit.start, edit.end), results, uris, unit)
        changes.setdefault(where.uri, []).append(lsp.TextEdit(where.range, edit.text))
    return lsp.WorkspaceEdit(changes=changes)

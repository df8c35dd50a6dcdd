"""What an editor offers for a finding: its fix, where iplint can make one, and an ignore with a reason."""

from __future__ import annotations

import re

from lsprotocol import types as lsp

from iplint.fix.edit import Edit, lead, line_start, newline
from iplint.location import Span
from iplint.lsp.diagnostics import location, range_of
from iplint.lsp.positions import positions
from iplint.syntax import yaml
from iplint.syntax.problem import SyntaxProblem
from iplint.syntax.tree import Mapping as Table
from iplint.syntax.tree import Scalar
from iplint.syntax.tree import Sequence as Items

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from iplint.finding import Finding
    from iplint.location import Source
    from iplint.lsp.folder import Results
    from iplint.lsp.positions import Unit
    from iplint.syntax.tree import Node

REASON = "say here why this is accepted"
FIX_ALL = f"{lsp.CodeActionKind.SourceFixAll.value}.iplint"
_HCL = (".tf", ".tofu", ".hcl")
_YAML = (".yaml", ".yml", ".template")
_HEREDOC = r"<<-?([\w-]+)[ \t]*\r?\n(?:.*\n)*?[ \t]*\1[ \t]*$"


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
    """Return the edit that writes a comment above what a finding is about; None where a comment is not possible."""
    source = finding.at.source
    path = source.path.lower()
    if path.endswith(_HCL):
        start: int | None = _hcl_start(source, finding.at.start)
    elif path.endswith(_YAML) and not source.text.lstrip().startswith("{"):
        start = _yaml_start(source, finding.at.start)
    else:
        return None  # JSON has no comments
    if start is None:
        return None
    begin = line_start(source.text, start)
    comment = f"{lead(source.text, start)}# iplint: ignore[{finding.rule}] {REASON}{newline(source.text)}"
    return Edit(source, begin, begin, comment)


def _hcl_start(source: Source, offset: int) -> int:
    """Return an offset in the line above which a comment may be written: not in the middle of a heredoc."""
    for heredoc in re.finditer(_HEREDOC, source.text, re.MULTILINE):
        if heredoc.start() <= offset < heredoc.end():
            return heredoc.start()
    return offset


def _yaml_start(source: Source, offset: int) -> int | None:
    """As _hcl_start, for scalars of several lines and what stands in brackets over several lines."""
    try:
        node: Node | None = yaml.parse(source)
    except SyntaxProblem:
        return None
    start = offset
    while node is not None:
        at = node.at
        is_scalar = isinstance(node, Scalar)
        is_flow = not is_scalar and source.text[at.start : at.start + 1] in ("{", "[")
        if (is_scalar or is_flow) and line_start(source.text, at.start) != line_start(source.text, start):
            return at.start
        node = next((child for child in _children(node) if child.at.start <= offset < child.at.end), None)
    return start


def _children(node: Node) -> Iterator[Node]:
    match node:
        case Table():
            for key, value in node.entries.values():
                yield key
                yield value
        case Items():
            yield from node.items
        case Scalar():
            pass


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

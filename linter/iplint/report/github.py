"""The report for GitHub Actions: workflow commands that become annotations."""

from __future__ import annotations

from iplint.report.masking import Mask, level, message_of, steady
from iplint.report.notices import listed
from iplint.report.text import summary
from iplint.resource import NoticeKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from iplint.finding import Report
    from iplint.location import Span
    from iplint.report.masking import Described

# A step shows as many annotations of each type (GitHub documentation, "Workflow commands", and its runner's limits).
_MAX = 10
_TYPES = ("error", "warning", "notice")
# Between critical (4) and high (3), and below every finding of its type.
_NOTICES = {
    NoticeKind.UNREADABLE: ("error", 3.5),
    NoticeKind.INTERNAL: ("error", 3.5),
    NoticeKind.UNRESOLVED: ("warning", 0.0),
    NoticeKind.UNSUPPORTED: ("warning", 0.0),
}


def render(report: Report, rules: Sequence[Described], version: str) -> str:
    """Return the report as annotations, the most severe first, then a notice of how many are left out, and the summary
    as text.

    Undecided findings are notices, whatever their severity would be.
    """
    del rules, version
    mask = Mask(report.hidden)
    ranked: dict[str, list[tuple[float, str]]] = {type: [] for type in _TYPES}
    for finding in report.findings:
        failed = finding.is_failure
        type = level(finding.severity).replace("note", "notice") if failed else "notice"
        said = f"{mask.plain(message_of(finding))} [{mask.plain(finding.address)}]"
        said = said if failed else f"Undecided: {said}"
        title = f"{finding.rule} ({finding.severity.word})"
        rank = float(finding.severity) if failed else -1.0
        ranked[type].append((rank, _command(type, mask.path(finding.at.path), finding.at, title, said)))
    for notice in listed(report):
        type, rank = _NOTICES[notice.kind]
        command = _command(type, mask.path(notice.path), notice.at, notice.kind, mask.plain(notice.message))
        ranked[type].append((rank, command))
    too_many = any(len(commands) > _MAX for commands in ranked.values())
    lines: list[str] = []
    left_out: list[str] = []
    for type, commands in ranked.items():
        # The notice of what is left out takes a place itself.
        most = _MAX - 1 if too_many and type == "notice" else _MAX
        lines += [command for _, command in sorted(commands, key=lambda ranked: -ranked[0])[:most]]
        if len(commands) > most:
            left_out.append(f"{len(commands) - most} of type {type}")
    if left_out:
        message = f"A step shows {_MAX} annotations of each type; left out here: {', '.join(left_out)}"
        lines.append(f"::notice title=iplint::{message}")
    return "".join(f"{line}\n" for line in [*lines, *summary(report)])


def _command(type: str, path: str, at: Span | None, title: str, message: str) -> str:
    """Return one workflow command. Columns are given only for a range within one line, as GitHub requires."""
    properties = {"file": steady(path)}
    if at is not None:
        (line, column), (end_line, end_column) = at.first, at.last
        properties |= {"line": str(line), "endLine": str(end_line)}
        if line == end_line:
            properties |= {"col": str(column), "endColumn": str(end_column)}
    properties["title"] = title
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{type} {written}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

"""The lines of a journal as Parquet: one row for each repository, and one for each finding.

Facts: documentation of pyarrow, `parquet.ParquetWriter`.
"""

from __future__ import annotations

import json
from importlib import import_module

from iplint.config import items_of, members_of
from iplint.fleet.journal import LAUNCHES, SEVERITIES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from types import TracebackType
    from typing import Protocol

    class Writer(Protocol):
        """What is used of pyarrow's writers."""

        def write_table(self, table: object) -> None:
            """Write the rows of a table."""
            ...

        def close(self) -> None:
            """Finish the file."""
            ...


# So many lines are in memory at a time.
BATCH = 500
_TEXT, _NUMBER, _FLOAT = "string", "int64", "float64"
_HEAD = {
    "repository": _TEXT,
    "group": _TEXT,
    "source": _TEXT,
    "status": _TEXT,
    "cause": _TEXT,
    "exit": _NUMBER,
    "digest": _TEXT,
    "until": _TEXT,
    "settings": _TEXT,
    "seconds": _FLOAT,
    "attempts": _NUMBER,
}
REPOSITORIES = {
    **_HEAD,
    **{f"launches_{name}": _NUMBER for name in LAUNCHES},
    **{f"findings_{name}": _NUMBER for name in SEVERITIES},
    "undecided": _NUMBER,
    "suppressed": _NUMBER,
    "files_checked": _NUMBER,
    "files_unreadable": _NUMBER,
}
_OF_FINDING = {
    "rule": _TEXT,
    "severity": _TEXT,
    "verdict": _TEXT,
    "message": _TEXT,
    "address": _TEXT,
    "path": _TEXT,
    "line": _NUMBER,
    "column": _NUMBER,
    "when": _TEXT,
    "fingerprint": _TEXT,
    "fix": _TEXT,
}
FINDINGS = {"repository": _TEXT, "group": _TEXT, **_OF_FINDING}


class _Table:
    """A file of rows with named and typed columns. A context."""

    __slots__ = ("_arrow", "_columns", "_rows", "_schema", "_writer")

    def __init__(self, path: str, columns: Mapping[str, str]) -> None:
        self._arrow = import_module("pyarrow")
        self._columns = columns
        self._schema = self._arrow.schema([(name, getattr(self._arrow, kind)()) for name, kind in columns.items()])
        writer: Callable[..., Writer] = import_module("pyarrow.parquet").ParquetWriter
        self._writer = writer(path, self._schema)
        self._rows: list[dict[str, object]] = []

    def __enter__(self) -> _Table:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.write()
        self._writer.close()

    def add(self, row: Mapping[str, object]) -> None:
        self._rows.append({name: row.get(name) for name in self._columns})

    def write(self) -> None:
        """Write the rows that were added."""
        if self._rows:
            self._writer.write_table(self._arrow.Table.from_pylist(self._rows, schema=self._schema))
            self._rows.clear()


def write(lines: Iterable[bytes], repositories: str, findings: str) -> None:
    """Write the lines of a journal to two files. Raises OSError."""
    with _Table(repositories, REPOSITORIES) as one, _Table(findings, FINDINGS) as other:
        for number, line in enumerate(lines, 1):
            tree = members_of(json.loads(line)) or {}
            report = members_of(tree.get("report")) or {}
            one.add({**tree, **_counts(members_of(report.get("summary")) or {})})
            for item in items_of(report.get("findings")) or _NOTHING:
                finding = members_of(item) or {}
                other.add({**finding, "repository": tree.get("repository"), "group": tree.get("group")})
            if number % BATCH == 0:
                one.write()
                other.write()


_NOTHING: Sequence[object] = ()


def _counts(summary: Mapping[str, object]) -> dict[str, object]:
    launches = members_of(summary.get("launches")) or {}
    findings = members_of(summary.get("findings")) or {}
    files = members_of(summary.get("files")) or {}
    return {
        **{f"launches_{name}": launches.get(name) for name in LAUNCHES},
        **{f"findings_{name}": findings.get(name) for name in SEVERITIES},
        "undecided": summary.get("undecided"),
        "suppressed": summary.get("suppressed"),
        "files_checked": files.get("checked"),
        "files_unreadable": files.get("unreadable"),
    }

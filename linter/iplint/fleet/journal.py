"""The answers of a run as JSON Lines: written as they come, read again by the next run, and put in order at the end.

One line is one repository; of several lines for one repository the last counts. A line that is not complete is what an
interrupted run left, and is overwritten.
"""

from __future__ import annotations

import json
import os
from fcntl import LOCK_EX, LOCK_NB, flock
from stat import S_ISREG

from iplint.config import items_of, members_of
from iplint.fleet.repository import CHECKED, FAILED
from iplint.report.json import escaped
from iplint.report.masking import steady, without_alike

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import IO

    from iplint.fleet.repository import Answer, Json

VERSION = 1
SEVERITIES = ("critical", "high", "medium", "low", "info")
LAUNCHES = ("checked", "proven", "qualified", "undecided", "failed")


class JournalError(Exception):
    """A file that is no journal, or cannot be read; the message says which."""


class Record:
    """What is kept in memory of one repository's line.

    `settings` and `digest` say what was checked, and how; `until` is the last day on which a check would report the
    same. `findings` are the fingerprints of failing findings with their severities, `launches` the counts of launches,
    `files` that of files that may be templates. `start` and `length` are those of the line in its file.
    """

    __slots__ = (
        "cause",
        "digest",
        "exit",
        "files",
        "findings",
        "group",
        "launches",
        "length",
        "name",
        "seconds",
        "settings",
        "start",
        "status",
        "until",
    )

    def __init__(self, line: bytes, start: int = 0) -> None:
        """Take a line apart. Raises JournalError."""
        try:
            tree = members_of(json.loads(line)) or {}
        except (ValueError, RecursionError):
            tree = {}
        if tree.get("version") != VERSION or tree.get("status") not in (CHECKED, FAILED):
            raise JournalError("this is no line of iplint fleet")
        report = members_of(tree.get("report")) or {}
        summary = members_of(report.get("summary")) or {}
        launches = members_of(summary.get("launches")) or {}
        files = members_of(summary.get("files")) or {}
        self.start = start
        self.length = len(line)
        self.name = str(tree.get("repository"))
        self.group = str(tree.get("group"))
        self.status = str(tree.get("status"))
        self.cause = str(tree["cause"]) if tree.get("cause") is not None else None
        self.exit = _number(tree.get("exit"))
        self.digest = str(tree["digest"]) if tree.get("digest") is not None else None
        self.until = str(tree["until"]) if tree.get("until") is not None else None
        self.settings = str(tree.get("settings"))
        self.seconds = _seconds(tree.get("seconds"))
        self.launches = [_number(launches.get(name)) for name in LAUNCHES]
        self.files = _number(files.get("found"))
        self.findings: list[tuple[str, str]] = []
        for item in items_of(report.get("findings")) or []:
            finding = members_of(item) or {}
            if finding.get("verdict") == "fail":
                self.findings.append((str(finding.get("fingerprint")), str(finding.get("severity"))))


def line_of(name: str, group: str, source: str, answer: Answer, settings: str) -> bytes:
    """Return the line for a repository: the report is one member of it, as the worker has rendered it."""
    head: dict[str, Json] = {
        "version": VERSION,
        "repository": name,
        "group": group,
        "source": without_alike(source),
        "status": answer.status,
        "cause": without_alike(steady(answer.cause)) if answer.cause is not None else None,
        "exit": answer.exit,
        "digest": answer.digest,
        "until": answer.until,
        "settings": settings,
        "seconds": round(answer.seconds, 3),
        "attempts": answer.attempts,
    }
    text = escaped(json.dumps(head, ensure_ascii=False, separators=(",", ":")))
    return f'{text[:-1]},"report":{answer.report}}}\n'.encode()


class Journal:
    """A journal in a file at a real path, open for more lines. A context."""

    __slots__ = ("_file", "_path", "records")

    def __init__(self, path: str, *, resumes: bool) -> None:
        """Open the file, and read what an earlier run left if this one `resumes` it. Raises JournalError, OSError."""
        self._path = path
        self.records: dict[str, Record] = {}
        end = 0
        if os.path.exists(path) and os.path.getsize(path):
            for record in read(path):
                self.records[record.name] = record
                end = record.start + record.length
            if not end:
                raise JournalError(f"{path} is not a file of iplint fleet; name another one, or remove it")
        if not resumes:
            self.records.clear()
            end = 0
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        self._file: IO[bytes] = os.fdopen(os.open(path, flags, 0o666), "r+b")
        try:
            flock(self._file, LOCK_EX | LOCK_NB)
        except OSError:
            self._file.close()
            raise JournalError(f"another run is writing {path}") from None
        self._file.truncate(end)
        self._file.seek(end)

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, line: bytes) -> Record:
        """Append a line."""
        record = Record(line, self._file.tell())
        self._file.write(line)
        self._file.flush()
        self.records[record.name] = record
        return record

    def regroup(self, name: str, group: str) -> None:
        """Append the line of a repository again, with another group."""
        record = self.records[name]
        with open(self._path, "rb") as file:
            file.seek(record.start)
            line = file.read(record.length)
        head, mark, report = line.partition(b',"report":')
        tree = {**(members_of(json.loads(head + b"}")) or {}), "group": group}
        text = escaped(json.dumps(tree, ensure_ascii=False, separators=(",", ":")))
        self.add(text[:-1].encode() + mark + report)

    def lines(self) -> Iterator[bytes]:
        """Yield the line of each repository, in the order of names."""
        with open(self._path, "rb") as file:
            for record in self._sorted():
                file.seek(record.start)
                yield file.read(record.length)

    def arrange(self, names: Iterable[str]) -> None:
        """Rewrite the file with one line for each of some repositories, in the order of their names. Raises OSError."""
        wanted = set(names)
        self.records = {name: record for name, record in self.records.items() if name in wanted}
        path = f"{self._path}.{os.getpid()}.tmp"
        with open(path, "xb") as file:
            try:
                start = 0
                for record, line in zip(self._sorted(), self.lines(), strict=True):
                    file.write(line)
                    record.start = start
                    start += record.length
            except BaseException:
                os.unlink(path)
                raise
        os.replace(path, self._path)

    def _sorted(self) -> list[Record]:
        return [self.records[name] for name in sorted(self.records)]


def read(path: str) -> Iterator[Record]:
    """Yield the records in a file, up to a line that is not complete. Raises JournalError, OSError."""
    start = 0
    with open(path, "rb", opener=_open) as file:
        if not S_ISREG(os.fstat(file.fileno()).st_mode):
            raise JournalError(f"{path} is not a regular file")
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                return
            try:
                yield Record(line, start)
            except JournalError:
                raise JournalError(f"{path}:{number} is not a line of iplint fleet") from None
            start += len(line)


def _open(path: str, flags: int) -> int:
    """Open a file without waiting for the other end of a pipe."""
    return os.open(path, flags | os.O_NONBLOCK)


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _seconds(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0

"""Rows in an SQLite file: bytes by key. Errors lose the kept rows and nothing else."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
import zlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

NAME = "roots.sqlite3"
# How long a row lasts that nothing asks for, and how large the file gets before those go that nothing asked for today.
DAYS = 30
MAX_BYTES = 256 * 1024 * 1024
_SECONDS_OF_A_DAY = 86_400
# How long another process may be waited for, in seconds.
_TIMEOUT_S = 2.0
_TABLE = "CREATE TABLE IF NOT EXISTS roots (key BLOB PRIMARY KEY, used INTEGER, row BLOB) WITHOUT ROWID"


class Store:
    """The rows of a directory, which is created if needed, for its owner only.

    A file that cannot be read or written counts as empty; a damaged one is replaced.
    """

    __slots__ = ("_connection", "_file", "_older", "_today", "_used")

    def __init__(self, directory: str) -> None:
        self._file = os.path.join(directory, NAME)
        self._today = int(time.time()) // _SECONDS_OF_A_DAY
        # The keys of rows that were used last before today, and those of them that this run uses.
        self._older: set[bytes] = set()
        self._used: list[bytes] = []
        self._connection: sqlite3.Connection | None = None
        try:
            os.makedirs(directory, mode=0o700, exist_ok=True)
            if not _is_own(directory) or (os.path.lexists(self._file) and not _is_regular(self._file)):
                return
            self._connection = sqlite3.connect(self._file, timeout=_TIMEOUT_S, isolation_level=None)
            self._connection.execute(_TABLE)
        except OSError:
            pass
        except sqlite3.Error as error:
            self._give_up(error)

    @property
    def is_open(self) -> bool:
        """Return whether there is a file to read and write."""
        return self._connection is not None

    def rows(self, start: bytes) -> dict[bytes, bytes]:
        """Return the rows whose keys have a prefix, by key."""
        if self._connection is None:
            return {}
        try:
            found: list[tuple[bytes, int, bytes]] = self._connection.execute(
                "SELECT key, used, row FROM roots WHERE key >= ? AND key < ?", (start, start + b"\xff" * len(start))
            ).fetchall()
        except sqlite3.Error as error:
            self._give_up(error)
            return {}
        self._older.update(key for key, used, _ in found if used != self._today)
        return {key: row for key, _, row in found}

    def use(self, key: bytes) -> None:
        """Keep a row as long as one that is written today."""
        if key in self._older:
            self._used.append(key)

    def close(self, rows: Iterable[tuple[bytes, bytes]]) -> None:
        """Add some rows, remove rows not used for long, and close the file."""
        made = [(key, self._today, row) for key, row in rows]
        if self._connection is None:
            return
        try:
            if made or self._used:
                self._write(self._connection, made)
            self._connection.close()
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)

    def _write(self, connection: sqlite3.Connection, made: list[tuple[bytes, int, bytes]]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("REPLACE INTO roots VALUES (?, ?, ?)", made)
        connection.executemany("UPDATE roots SET used = ? WHERE key = ?", ((self._today, key) for key in self._used))
        connection.execute("DELETE FROM roots WHERE used < ?", (self._today - DAYS,))
        connection.execute("COMMIT")
        if os.path.getsize(self._file) > MAX_BYTES:
            connection.execute("DELETE FROM roots WHERE used < ?", (self._today,))
            connection.execute("VACUUM")
        if os.path.getsize(self._file) > MAX_BYTES:
            connection.execute("DELETE FROM roots")
            connection.execute("VACUUM")

    def _give_up(self, error: Exception) -> None:
        """Continue without the file; remove a damaged one, so that the next run creates another."""
        connection, self._connection = self._connection, None
        try:
            if connection is not None:
                connection.close()
            if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
                os.remove(self._file)
        except (OSError, sqlite3.Error):
            pass


def compressed(text: str) -> bytes:
    """Return a text as the bytes of a row."""
    return zlib.compress(text.encode(), 1)


def expanded(row: object) -> str | None:
    """Return the text in the bytes of a row; None where they hold none."""
    try:
        return zlib.decompress(row).decode() if isinstance(row, bytes) else None
    except (zlib.error, UnicodeDecodeError):
        return None


def _is_own(directory: str) -> bool:
    """Return whether nobody else can write the kept rows: the directory is the user's own."""
    status = os.stat(directory)
    return not hasattr(os, "geteuid") or (status.st_uid == os.geteuid() and not status.st_mode & 0o022)


def _is_regular(path: str) -> bool:
    """Return whether a path is a regular file, not a link."""
    return stat.S_ISREG(os.lstat(path).st_mode)

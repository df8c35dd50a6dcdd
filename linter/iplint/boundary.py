"""What may be read: regular files inside one directory tree, by real path, and how their paths are shown."""

from __future__ import annotations

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_BYTES = 64 * 1024 * 1024


class Refused(Exception):
    """A file that is not read; the message says why, in a clause that fits after the file's name."""


class Boundary:
    """The tree that a run may read from: the git top level around what it checks, else the directory itself.

    Paths go in and out as absolute paths; `shown` makes them relative to the working directory for people. `contents`
    are bytes that are read in place of those of files, by real path.
    """

    __slots__ = ("_contents", "_real", "_top", "_working")

    def __init__(self, top: str, working: str, contents: Mapping[str, bytes] | None = None) -> None:
        self._top = os.path.realpath(top)
        self._working = os.path.realpath(working)
        self._contents = contents or {}
        self._real: dict[str, str] = {}

    @classmethod
    def around(cls, directory: str, working: str, contents: Mapping[str, bytes] | None = None) -> Boundary:
        """The boundary for an argument: the nearest directory above `directory` that holds `.git`, else itself."""
        start = os.path.realpath(directory)
        top = start
        while not os.path.exists(os.path.join(top, ".git")):
            parent = os.path.dirname(top)
            if parent == top:
                return cls(start, working, contents)
            top = parent
        return cls(top, working, contents)

    def top_of(self, directory: str) -> str:
        """The top of the tree in the words of `directory`, which lies in it: links on the way are kept."""
        inner = os.path.relpath(os.path.realpath(directory), self._top)
        if inner == os.curdir:
            return directory
        tail = os.sep + inner
        return directory[: -len(tail)] or os.sep if directory.endswith(tail) else self._top

    def shown(self, path: str) -> str:
        """The path relative to the working directory, with forward slashes."""
        return os.path.relpath(path, self._working).replace(os.sep, "/")

    def real(self, path: str) -> str:
        """The real path. Raises Refused when it lies outside or in a `.git` directory."""
        if "\0" in path:
            raise Refused("is no path, as it holds a NUL character")
        real = self._resolved(path)
        top = self._top.rstrip(os.sep)
        if real != self._top and not real.startswith(top + os.sep):
            raise Refused("lies outside the repository")
        if ".git" in real[len(top) :].split(os.sep):
            raise Refused("lies in a .git directory")
        return real

    def _resolved(self, path: str) -> str:
        """As os.path.realpath, but each directory on the way is looked at once only."""
        directory, name = os.path.split(path)
        if name in ("", os.curdir, os.pardir):
            return os.path.realpath(path)
        parent = self._real.get(directory)
        if parent is None:
            parent = self._real[directory] = os.path.realpath(directory)
        real = os.path.join(parent, name)
        return os.path.realpath(real) if os.path.islink(real) else real

    def is_dir(self, path: str) -> bool:
        """Whether the path is a directory that may be read."""
        try:
            return os.path.isdir(self.real(path))
        except Refused:
            return False

    def names(self, directory: str) -> list[str]:
        """The names in a directory, sorted. Raises Refused when it cannot be listed."""
        real = self.real(directory)
        given = {os.path.basename(path) for path in self._contents if os.path.dirname(path) == real}
        try:
            return sorted(given.union(os.listdir(real)))
        except OSError as error:
            if given:
                return sorted(given)
            raise Refused(f"cannot be listed: {error.strerror}") from error

    def read(self, path: str) -> bytes:
        """The bytes of a regular file. Raises Refused when it is none, too large, outside, or cannot be read."""
        real = self.real(path)
        if real in self._contents:
            return self._contents[real]
        try:
            with open(real, "rb", opener=_open) as file:
                status = os.fstat(file.fileno())
                if not stat.S_ISREG(status.st_mode):
                    raise Refused("is not a regular file")
                if status.st_size > MOST_BYTES:
                    raise Refused(f"is larger than {MOST_BYTES // (1024 * 1024)} MiB")
                return file.read()
        except OSError as error:
            raise Refused(f"cannot be read: {error.strerror}") from error


def _open(path: str, flags: int) -> int:
    """Open without waiting for the other end of a pipe."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))

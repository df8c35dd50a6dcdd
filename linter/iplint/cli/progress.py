"""A progress line on standard error during a long run; on a terminal only."""

from __future__ import annotations

import os
import sys
import time

from iplint.report.masking import steady, width, without_alike

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

# In seconds: before this there is no line, and none changes faster than this.
_FIRST, _NEXT = 1.0, 0.1
# Narrower than any terminal, so that the line never wraps and can be erased.
_WIDTH = 72
_ERASE = "\r\x1b[K"


class Progress:
    """The current root of a run; a context that erases its line at the end. Does nothing where there is no terminal."""

    __slots__ = ("_count", "_is_seen", "_is_shown", "_next")

    def __init__(self, quiet: bool) -> None:
        self._is_seen = not quiet and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._is_shown = False
        self._count = 0
        self._next = time.monotonic() + _FIRST

    def at(self, path: str) -> None:
        """Show that the root with a display path is next."""
        self._count += 1
        if not self._is_seen or (now := time.monotonic()) < self._next:
            return
        self._next = now + _NEXT
        self._is_shown = True
        line = f"iplint: {self._count} checked, now {steady(without_alike(path))}"
        while width(line) > _WIDTH:
            line = line[:-1]
        self._write(_ERASE + line)

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_shown:
            self._write(_ERASE)

    def _write(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()

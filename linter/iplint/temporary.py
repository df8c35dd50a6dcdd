"""Temporary files and directories, which are removed when iplint ends, also when it is interrupted."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from threading import Lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

_lock = Lock()
_paths: set[str] = set()
_is_closed = False


@contextmanager
def reserved(directory: str) -> Generator[str]:
    """Return an unused path in a directory; a file created there is removed at the end of the context."""
    path = os.path.join(directory, f"iplint-{os.urandom(8).hex()}.tmp")
    with _lock:
        if _is_closed:
            raise KeyboardInterrupt
        _paths.add(path)
    try:
        yield path
    finally:
        _remove(path)
        _paths.discard(path)


@contextmanager
def directory(top: str) -> Generator[str]:
    """Create a directory for the owner only, outside of the repository `top`; return its real path. Raises OSError.

    Where no usual place is writable, Python uses the working directory.
    """
    from tempfile import gettempdir

    place = os.path.realpath(gettempdir())
    if os.path.join(place, "").startswith(os.path.join(os.path.realpath(top), "")):
        raise OSError(errno.ENOENT, "there is no temporary directory outside of the repository; set TMPDIR to one")
    with reserved(place) as path:
        os.mkdir(path, 0o700)
        yield path


def close() -> bool:
    """Refuse further temporary files; return whether anything is left to remove."""
    global _is_closed
    with _lock:
        _is_closed = True
        return bool(_paths)


def sweep() -> None:
    """Remove what is left, once nothing is writing there any longer."""
    for path in sorted(_paths):
        _remove(path)


def _remove(path: str) -> None:
    """Remove a file, or a directory with its content; links are not followed."""
    if not os.path.lexists(path):
        return
    if os.path.islink(path) or not os.path.isdir(path):
        os.unlink(path)
        return
    from shutil import rmtree

    rmtree(path, ignore_errors=True)
    if os.path.lexists(path):  # directories inside may be closed even to their owner
        for inner, _, _ in os.walk(path):
            os.chmod(inner, 0o700)
        rmtree(path, ignore_errors=True)

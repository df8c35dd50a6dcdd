"""Write files by the rules by which they are read: through no symbolic link of a checkout, and only regular files.

A checkout may contain a link in the place of a report, or of the directory above it: the report would be written
wherever the link leads. So no link inside a checked tree is followed, nor any link in the place of the file itself.
Links above a tree, such as a linked home directory, are the user's own.
"""

from __future__ import annotations

import errno
import os
import stat

from iplint.temporary import reserved

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# As many links as Linux follows for one path.
MAX_LINKS = 40
# The second is what Windows may call the first.
_GIT = (".git", "git~1")
# What says that no file can be put beside another or in its place, though the other itself may be open to us.
_CLOSED = (errno.EACCES, errno.EPERM, errno.EBUSY)


class NotWritable(Exception):
    """A file that is not written; the message says why, in a clause that fits after the file's name."""


def destination(path: str, trees: Iterable[str]) -> str:
    """Return the real path at which to write a file. `trees` are the real paths of what is checked.

    Raises NotWritable when the path leads through a link of a tree, to anything but a regular file, into `.git`, or to
    a place that cannot be written.
    """
    trees = [*trees]
    directory, name = os.path.split(os.path.join(os.getcwd(), path))
    if "\0" in path:
        raise NotWritable("is not a path, as it contains a NUL character")
    if not path:
        raise NotWritable("is empty; name a file")
    if name in ("", os.curdir, os.pardir):
        raise NotWritable("is a directory; name a file")
    parent = _followed(directory, trees)
    real = os.path.join(parent, name)
    if any(part.casefold() in _GIT for part in _inner(real, trees).split(os.sep)):
        raise NotWritable("lies in a .git directory")
    if not os.path.isdir(parent):
        raise NotWritable("lies in a directory that does not exist; create it first")
    status = _status(real)
    if status is not None and stat.S_ISLNK(status.st_mode):
        raise NotWritable("is a symbolic link; remove it, or name the file that it leads to")
    if status is not None and stat.S_ISDIR(status.st_mode):
        raise NotWritable("is a directory; name a file")
    if status is not None and not stat.S_ISREG(status.st_mode):
        raise NotWritable("is not a regular file")
    if not os.access(parent, os.W_OK) and (status is None or not os.access(real, os.W_OK)):
        raise NotWritable("lies in a directory that cannot be written")
    return real


def make_directory(path: str, trees: Iterable[str], mode: int = 0o777) -> str:
    """Make a directory and those above it, unless they exist, by the rules for files; return its real path.

    Raises NotWritable where a file could not be written either, OSError.
    """
    trees = [*trees]
    if "\0" in path:
        raise NotWritable("is not a path, as it contains a NUL character")
    real = _followed(os.path.join(os.getcwd(), path), trees)
    if any(part.casefold() in _GIT for part in _inner(real, trees).split(os.sep)):
        raise NotWritable("lies in a .git directory")
    missing: list[str] = []
    above = real
    while not os.path.lexists(above):
        missing.append(above)
        above = os.path.dirname(above)
    if not os.path.isdir(above):
        raise NotWritable("is not a directory" if above == real else "lies in what is not a directory")
    for directory in reversed(missing):
        os.mkdir(directory, mode)
    return real


def is_linked(path: str, trees: Iterable[str]) -> bool:
    """Return whether a path is a symbolic link, or leads through one of a tree."""
    directory, name = os.path.split(os.path.join(os.getcwd(), path))
    try:
        return os.path.islink(os.path.join(_followed(directory, [*trees]), name))
    except NotWritable:
        return True


def replace(real: str, data: bytes) -> None:
    """Replace whatever is at a real path by a new file, atomically, with its mode. Raises OSError.

    Hard links to the old file keep its content.
    """
    status = _status(real)
    with reserved(os.path.dirname(real)) as path:
        with open(path, "xb") as file:
            file.write(data)
        if status is not None:
            os.chmod(path, stat.S_IMODE(status.st_mode))
        os.replace(path, real)


def put(real: str, data: bytes) -> None:
    """Write a report like `replace`, or into the old file if its directory cannot be written. Raises OSError.

    That is so for a single file that is mounted into a container.
    """
    try:
        replace(real, data)
    except OSError as error:
        if error.errno not in _CLOSED or not _is_alone(real):
            raise
        flags = os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        with open(os.open(real, flags), "wb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise
            file.truncate()
            file.write(data)


def _followed(directory: str, trees: list[str]) -> str:
    """Return the real path of an absolute path of a directory. Raises NotWritable for a link of a tree."""
    root, tail = os.path.splitdrive(directory)
    at, links = root + os.sep, 0
    parts = _parts(tail)
    while parts:
        part = parts.pop()
        if part == os.pardir:
            at = os.path.dirname(at)
            continue
        step = os.path.join(at, part)
        if not os.path.islink(step):
            at = step
            continue
        links += 1
        if links > MAX_LINKS:
            raise NotWritable("leads through too many symbolic links")
        if _inner(at, trees) != at:
            raise NotWritable(f"lies behind the symbolic link {os.path.relpath(step)}; name a path without it")
        root, tail = os.path.splitdrive(os.readlink(step))
        if os.path.isabs(root + tail):
            at = root + os.sep
        parts += _parts(tail)
    return at


def _parts(path: str) -> list[str]:
    """Return the significant names in a path, the first one last."""
    parts = path.replace(os.altsep or os.sep, os.sep).split(os.sep)
    return [part for part in reversed(parts) if part not in ("", os.curdir)]


def _inner(path: str, trees: list[str]) -> str:
    """Return the part of a real path below the innermost tree around it, with a separator; the whole path outside of
    all trees.
    """
    tops = [top.rstrip(os.sep) for top in trees if (path + os.sep).startswith(top.rstrip(os.sep) + os.sep)]
    return path[max(map(len, tops)) :] + os.sep if tops else path


def _status(path: str) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise NotWritable(f"cannot be written: {error.strerror}") from None


def _is_alone(real: str) -> bool:
    """Return whether a file exists and has no other hard link."""
    status = _status(real)
    return status is not None and status.st_nlink == 1

"""Unpack archives of repositories under limits: nothing is written outside of the target.

Links are made after all files, so that no file is written through one. In place of a link that leads out there is
one that leads nowhere, which a check treats alike. An entry that cannot be written is left out and named; an archive
that is damaged, incomplete or too large is an error as a whole.
"""

from __future__ import annotations

import errno
import lzma
import os
import re
import struct
import tarfile
import zipfile
import zlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from iplint.fleet.repository import Limits

TAR_SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
SUFFIXES = (*TAR_SUFFIXES, ".zip")
MAX_DEPTH = 200
_CHUNK = 1 << 20
_BLOCK = 512
_DAMAGED = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    struct.error,
    ValueError,
    IndexError,
    OverflowError,
)
# What makes the whole archive fail, as every further entry would.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.EIO)
# Where a link leads that would lead out: there can be no such file.
NOWHERE = os.path.join(os.devnull, "outside")
_LINK_TYPE, _TYPES, _REGULAR = 0o120000, 0o170000, (0, 0o100000)


class UnpackError(Exception):
    """An archive that is not unpacked; the message says why."""


class Target:
    """A directory that files and links are written into, under limits.

    `left_out` are the entries that could not be written, each with the reason.
    """

    __slots__ = ("_entries", "_limits", "_links", "_size", "directory", "left_out")

    def __init__(self, directory: str, limits: Limits) -> None:
        self.directory = os.path.realpath(directory)
        self.left_out: list[tuple[str, str]] = []
        self._limits = limits
        self._links: list[tuple[str, str]] = []
        self._size = 0
        self._entries = 0

    def count(self) -> None:
        """Count an entry. Raises UnpackError."""
        self._entries += 1
        if self._entries > self._limits.entries:
            raise UnpackError(f"it has more than {self._limits.entries} entries")

    def spend(self, size: int) -> None:
        """Count bytes before they are written. Raises UnpackError."""
        self._size += size
        if self._size > self._limits.size:
            raise UnpackError(f"it unpacks to more than {self._limits.size >> 20} MiB")

    def add_directory(self, name: str) -> None:
        """Make a directory."""
        parts = self._parts(name)
        if parts is not None:
            try:
                os.makedirs(os.path.join(self.directory, *parts), 0o700, exist_ok=True)
            except OSError as error:
                self._refuse(name, error)

    def add_file(self, name: str, read: Callable[[int], bytes]) -> None:
        """Write a file, whose content `read` returns in pieces. Raises UnpackError."""
        file = self._created(name)
        if file is None:
            return
        with open(file, "wb") as opened:
            while data := read(_CHUNK):
                self.spend(len(data))
                opened.write(data)

    def write(self, name: str, data: bytes) -> None:
        """Write a file whose bytes have been counted. Raises UnpackError."""
        file = self._created(name)
        if file is not None:
            with open(file, "wb") as opened:
                opened.write(data)

    def write_empty(self, name: str, size: int) -> None:
        """Write a file of a size, without content. Raises UnpackError."""
        file = self._created(name)
        if file is not None:
            with open(file, "wb") as opened:
                opened.truncate(size)

    def _created(self, name: str) -> int | None:
        """Return the descriptor of a new file; None where it is left out. Raises UnpackError."""
        parts = self._parts(name)
        if not parts:
            return None
        path = os.path.join(self.directory, *parts)
        try:
            os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
            if os.path.isfile(path):
                os.unlink(path)  # the later of two entries counts
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
            return os.open(path, flags, 0o600)
        except (OSError, ValueError) as error:
            self._refuse(name, error)
            return None

    def add_link(self, name: str, leads: str) -> None:
        """Take note of a symbolic link, which `link` makes."""
        self._links.append((name, leads))

    def leave_out(self, name: str, why: str) -> None:
        """Take note of an entry that is not written."""
        self.left_out.append((name, why))

    def link(self) -> None:
        """Make the links. What leads out leads nowhere."""
        made: list[str] = []
        for name, leads in self._links:
            parts = self._parts(name)
            if not parts:
                continue
            path = os.path.join(self.directory, *parts)
            if os.path.isabs(leads) or "\0" in leads:
                leads = NOWHERE
            try:
                # Another link on the way would have directories made wherever it leads.
                if os.path.realpath(os.path.dirname(path)) == os.path.dirname(path) and not os.path.lexists(path):
                    os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
                    os.symlink(leads, path)
                    made.append(path)
                else:
                    self.leave_out(name, "something else is in the place of this link")
            except (OSError, ValueError) as error:
                self._refuse(name, error)
        inside = os.path.join(self.directory, "")
        # Where one link leads may depend on others, so that they are looked at when all are there.
        for path in made:
            if not os.path.join(os.path.realpath(path), "").startswith(inside):
                os.unlink(path)
                os.symlink(NOWHERE, path)

    def _parts(self, name: str) -> list[str] | None:
        """Return the names on a path that may be written; None where it is left out."""
        parts = [part for part in name.replace(os.sep, "/").split("/") if part not in ("", ".")]
        if any(part.casefold() in (".git", "git~1") for part in parts):
            return None  # it is never read
        why = ""
        if name.startswith("/") or os.path.isabs(name) or os.path.splitdrive(name)[0]:
            why = "its path is absolute"
        elif ".." in parts:
            why = "its path leads out of the archive (..)"
        elif "\0" in name:
            why = "its path holds a NUL character"
        elif len(parts) > MAX_DEPTH:
            why = f"it lies in more than {MAX_DEPTH} directories"
        if why:
            self.leave_out(name, why)
            return None
        return parts

    def _refuse(self, name: str, error: OSError | ValueError) -> None:
        """Leave out an entry that cannot be written. Raises UnpackError where no further one could be."""
        if isinstance(error, OSError) and error.errno in _FULL:
            raise UnpackError(f"it cannot be unpacked: {error.strerror}") from None
        why = error.strerror if isinstance(error, OSError) else "its path is not valid here"
        self.leave_out(name, f"it cannot be written: {why}")


def unpack(path: str, target: Target, name: str) -> str:
    """Unpack the archive at a path; return the directory of the repository in it. Raises UnpackError.

    `name` is its file name, by whose end the format is known. A directory that holds all the rest is the repository, if
    its name says that it was made for the archive.
    """
    try:
        if name.lower().endswith(".zip"):
            _unpack_zip(path, target)
        else:
            _unpack_tar(path, target)
    except _DAMAGED as error:
        raise UnpackError(_damaged(error)) from None
    except (NotImplementedError, RuntimeError):
        raise UnpackError("the archive is encrypted, or compressed in a way that is not supported") from None
    except OSError as error:
        # Without a number it comes from a decompressor.
        why = f"the archive cannot be unpacked: {error.strerror}" if error.errno is not None else _damaged(error)
        raise UnpackError(why) from None
    target.link()
    return _top(target.directory, stem(name))


def _damaged(error: Exception) -> str:
    return f"the archive is damaged or incomplete ({type(error).__name__})"


def stem(name: str) -> str:
    """Return the name of an archive without the end that says its format."""
    for suffix in sorted(SUFFIXES, key=len, reverse=True):
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)]
    return name


def _top(directory: str, name: str) -> str:
    """Return the directory `NAME-COMMIT` or `NAME` that holds everything, as archives of forges have it; else the whole
    directory.
    """
    names = os.listdir(directory)
    if len(names) != 1:
        return directory
    inner = os.path.join(directory, names[0])
    base = name.rpartition("/")[2].casefold()
    is_made = names[0].casefold().startswith(base) or _names_revision(names[0])
    return inner if is_made and os.path.isdir(inner) and not os.path.islink(inner) else directory


def _names_revision(name: str) -> bool:
    """Return whether a name ends with a commit, a main branch or a version."""
    last = name.rpartition("-")[2]
    if last != name and re.fullmatch("[0-9a-f]{7,64}|main|master", last):
        return True
    return re.search(r"-v?\d", name) is not None and re.fullmatch(r"[\w.-]+", name) is not None


def _unpack_tar(path: str, target: Target) -> None:
    with tarfile.open(path, "r:*", errorlevel=2) as archive:
        for member in _members(archive, target):
            target.count()
            if member.isdir():
                target.add_directory(member.name)
            elif member.issym():
                target.add_link(member.name, member.linkname)
            elif member.isreg() or member.islnk():
                try:
                    file = archive.extractfile(member)
                except KeyError:
                    file = None
                if file is None:
                    target.leave_out(member.name, "the file that it is a hard link to is not in the archive")
                    continue
                with file:
                    target.add_file(member.name, file.read)
            else:
                target.leave_out(member.name, "it is a device, a pipe, or of an unknown type")


def _members(archive: tarfile.TarFile, target: Target) -> Iterator[tarfile.TarInfo]:
    """Yield the members. Raises ReadError without the mark of the end: tarfile takes anything for an end."""
    while (member := archive.next()) is not None:
        yield member
    file = archive.fileobj
    file.seek(archive.offset)
    if file.read(_BLOCK) != bytes(_BLOCK):
        raise tarfile.ReadError
    # The checksum of what is compressed comes last.
    while data := file.read(_CHUNK):
        target.spend(len(data))


def _unpack_zip(path: str, target: Target) -> None:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            target.count()
            mode = member.external_attr >> 16 & _TYPES
            if member.is_dir():
                target.add_directory(member.filename)
            elif mode == _LINK_TYPE:
                with archive.open(member) as file:
                    target.add_link(member.filename, os.fsdecode(file.read(1 << 16)))
            elif mode in _REGULAR:
                with archive.open(member) as file:
                    target.add_file(member.filename, file.read)
            else:
                target.leave_out(member.filename, "it is a device, a pipe, or of an unknown type")

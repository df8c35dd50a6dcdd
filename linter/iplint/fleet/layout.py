"""Lay out the files of one repository: a directory is used as it is, archives and bare repositories are unpacked."""

from __future__ import annotations

import os
import stat
from hashlib import sha256
from tempfile import mkdtemp

from iplint import git_tree
from iplint.fleet.repository import ARCHIVE, DIRECTORY
from iplint.fleet.storage import StorageError, download, is_address
from iplint.fleet.unpacking import Target, UnpackError, unpack
from iplint.workspace import MAX_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.fleet.repository import Limits

_CHUNK = 1 << 20
# What git reads of its own directory when it is asked what it ignores.
_OF_GIT = ("index", os.path.join("info", "exclude"), "config")


class LayoutError(Exception):
    """A repository that cannot be laid out; the message says why."""


class Checkout:
    """Lay out one repository in two steps: `digest` identifies its content, `layout` makes its files in `directory`."""

    __slots__ = ("_archive", "_directory", "_kind", "_limits", "_location")

    def __init__(self, kind: str, location: str, directory: str, limits: Limits) -> None:
        self._kind = kind
        self._location = location
        self._directory = directory
        self._limits = limits
        self._archive: tuple[str, str] | None = None

    def digest(self) -> str | None:
        """Return what identifies the content; None where it is not known what a check reads. Raises LayoutError."""
        if self._kind == DIRECTORY:
            _expect_directory(self._location)
            return _digest_of_directory(self._location)
        if self._kind == ARCHIVE:
            return f"sha256:{self._fetched()[1]}"
        return f"commit:{self._commit()}"

    def layout(self) -> str:
        """Make the files; return their directory. Raises LayoutError."""
        if self._kind == DIRECTORY:
            _expect_directory(self._location)
            return self._location
        place = mkdtemp(dir=self._directory)
        target = Target(place, self._limits)
        if self._kind == ARCHIVE:
            name = self._location.partition("?")[0].replace(os.sep, "/").rpartition("/")[2]
            try:
                top = unpack(self._fetched()[0], target, name)
            except UnpackError as error:
                raise LayoutError(str(error)) from None
        else:
            self._check_out(target)
            top = target.directory
        # So that nothing above this directory belongs to the repository.
        os.makedirs(os.path.join(top, ".git"), 0o700, exist_ok=True)
        if target.left_out:
            # An entry that is missing may change what any other one means.
            name, why = target.left_out[0]
            more = f", and {len(target.left_out) - 1} more" if len(target.left_out) > 1 else ""
            raise LayoutError(f"an entry cannot be unpacked: {name}: {why}{more}")
        return top

    def _fetched(self) -> tuple[str, str]:
        """Return the path of the archive here and the digest of its bytes."""
        if self._archive is not None:
            return self._archive
        whole = sha256()
        if not is_address(self._location):
            try:
                with open(self._location, "rb") as archive:
                    if not stat.S_ISREG(os.fstat(archive.fileno()).st_mode):
                        raise LayoutError("it is not a regular file")
                    while data := archive.read(_CHUNK):
                        whole.update(data)
            except OSError as error:
                raise LayoutError(f"it cannot be read: {error.strerror}") from None
            self._archive = self._location, whole.hexdigest()
            return self._archive
        path = os.path.join(mkdtemp(dir=self._directory), "archive")
        try:
            with open(path, "wb") as file:

                def write(data: bytes) -> None:
                    whole.update(data)
                    file.write(data)

                download(self._location, write, self._limits.size)
        except StorageError as error:
            raise LayoutError(f"it cannot be fetched: {error}") from None
        except OSError as error:
            raise LayoutError(f"it cannot be fetched: {error.strerror}") from None
        self._archive = path, whole.hexdigest()
        return self._archive

    def _commit(self) -> str:
        _expect_directory(self._location)
        try:
            return _git(self._location, "rev-parse", "--verify", "--quiet", "--end-of-options", "HEAD^{commit}")
        except git_tree.GitError as error:
            why = str(error)
            raise LayoutError("it has no commit at HEAD" if why.endswith("fails: ") else why) from None

    def _check_out(self, target: Target) -> None:
        """Write the files of the commit at HEAD."""
        commit = self._commit()
        top, place = self._location, git_tree.BARE
        try:
            entries = list(git_tree.listed(top, commit, place))
            for entry in entries:
                target.count()
                if entry.size > MAX_BYTES:
                    target.write_empty(entry.path, entry.size)  # its size is all that a check will look at
                else:
                    target.spend(entry.size)
            wanted = [entry for entry in entries if entry.size <= MAX_BYTES]
            for entry, data in git_tree.contents(top, wanted, place):
                if entry.mode == git_tree.LINK:
                    target.add_link(entry.path, os.fsdecode(data))
                else:
                    target.write(entry.path, data)
        except git_tree.GitError as error:
            raise LayoutError(str(error)) from None
        except UnpackError as error:
            raise LayoutError(str(error)) from None
        target.link()


def _git(top: str, *arguments: str) -> str:
    return git_tree.output(top, *arguments, place=git_tree.BARE).decode().strip()


def _expect_directory(path: str) -> None:
    if not os.path.isdir(path):
        raise LayoutError("there is no such directory where it is checked; workers must see the same file system")


def _digest_of_directory(top: str) -> str | None:
    """Return a digest of all files of a repository; None for a part of one, which may read what lies outside of it.

    None as well for a worktree or submodule, whose index is elsewhere. Of `.git` counts only what decides which files
    git ignores. What is too large to be read counts with its time.
    """
    own = os.path.join(top, ".git")
    if os.path.isfile(own) or (not os.path.lexists(own) and _is_inside_another(top)):
        return None
    whole = sha256()
    for directory, below, names in os.walk(top):
        below.sort()
        if os.path.basename(directory) == ".git":
            below.clear()
            names = [name for name in _OF_GIT if os.path.isfile(os.path.join(directory, name))]
        links = [name for name in below if os.path.islink(os.path.join(directory, name))]
        for name in sorted((*names, *links)):
            path = os.path.join(directory, name)
            whole.update(f"{os.path.relpath(path, top)}\0".encode(errors="surrogateescape"))
            whole.update(_content(path))
    return f"files:{whole.hexdigest()}"


def _content(path: str) -> bytes:
    """Return a digest of what is at a path."""
    try:
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            return b"link" + os.fsencode(os.readlink(path)) + b"\0"
        if not stat.S_ISREG(status.st_mode):
            return b"other"
        if status.st_size > MAX_BYTES:
            return f"{status.st_size} {status.st_mtime_ns}".encode()
        with open(path, "rb") as file:
            return sha256(file.read()).digest()
    except OSError as error:
        return f"error {error.errno}".encode()


def _is_inside_another(path: str) -> bool:
    above = os.path.dirname(os.path.realpath(path))
    while not os.path.lexists(os.path.join(above, ".git")):
        if os.path.dirname(above) == above:
            return False
        above = os.path.dirname(above)
    return True

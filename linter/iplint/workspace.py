"""What may be read: regular files inside one directory tree, by real path, and how their paths are shown."""

from __future__ import annotations

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import TypeAlias, TypeVar

    T = TypeVar("T")
    # A question to the file system: what is asked ("read", "names", "real", ...), and the absolute path.
    Query: TypeAlias = tuple[str, str]

MAX_BYTES = 64 * 1024 * 1024
# The bytes of a digest: enough that no two answers share one.
_DIGEST = 16


class ReadError(Exception):
    """A file that is not read; the message says why, in a clause that fits after the file's name."""


def read_named(path: str, is_own: bool = False) -> bytes:
    """Return the bytes of a file at an absolute path that configures a run. Raises ReadError.

    In a repository it is read as anything else there: only a regular file, and through no link that leads outside. A
    file elsewhere is the user's own, unless `is_own` says that it was found in the working directory.
    """
    for start in (os.getcwd(), os.path.dirname(path)):
        workspace = Workspace.around(start, start)
        top = workspace.place[0]
        is_tree = is_own or os.path.lexists(os.path.join(top, ".git"))
        if is_tree and path.startswith(os.path.join(top, "")):
            return workspace.read(path)
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise ReadError(f"cannot be read: {error.strerror}") from error


# The questions, by kind: what asks them again.
_KINDS: dict[str, Callable[[Workspace, str], object]] = {}


def _recorded(find: Callable[[Workspace, str], T]) -> Callable[[Workspace, str], T]:
    """Make a method a question of its name, whose answer, be it a failed assertion, the workspace records."""
    kind = find.__name__

    def ask(workspace: Workspace, path: str) -> T:
        try:
            answer = find(workspace, path)
        except ReadError as refused:
            workspace.record(kind, path, refused)
            raise
        workspace.record(kind, path, answer)
        return answer

    ask.__doc__ = find.__doc__
    _KINDS[kind] = ask
    return ask


class Workspace:
    """The tree that a run may read from: the git top level around what it checks, else the directory itself.

    Paths go in and out as absolute paths; `shown` makes them relative to the working directory for people. `contents`
    are bytes that are read in place of those of files, by real path.

    Everything that a root reads, it asks here: once the workspace `remember`s, it can tell what was asked, and digests
    of the answers, by which a later run knows whether it would read the same.
    """

    __slots__ = ("_answers", "_contents", "_left_out", "_queries", "_real", "_top", "_working")

    def __init__(self, top: str, working: str, contents: Mapping[str, bytes] | None = None) -> None:
        self._answers: dict[Query, bytes] | None = None
        self._queries: set[Query] | None = None
        self._top = os.path.realpath(top)
        self._working = os.path.realpath(working)
        self._contents = contents or {}
        self._real: dict[str, str] = {}
        self._left_out: set[str] = set()

    @classmethod
    def around(cls, directory: str, working: str, contents: Mapping[str, bytes] | None = None) -> Workspace:
        """Return the workspace for an argument.

        The nearest directory above `directory` that holds `.git`, else itself.
        """
        start = os.path.realpath(directory)
        top = start
        while not os.path.exists(os.path.join(top, ".git")):
            parent = os.path.dirname(top)
            if parent == top:
                return cls(start, working, contents)
            top = parent
        return cls(top, working, contents)

    def top_of(self, directory: str) -> str:
        """Return the top of the tree in the words of `directory`, which lies in it: links on the way are kept."""
        inner = os.path.relpath(os.path.realpath(directory), self._top)
        if inner == os.curdir:
            return directory
        tail = os.sep + inner
        return directory[: -len(tail)] or os.sep if directory.endswith(tail) else self._top

    def display_path(self, path: str) -> str:
        """Return the path relative to the working directory, with forward slashes."""
        return os.path.relpath(path, self._working).replace(os.sep, "/")

    @_recorded
    def real(self, path: str) -> str:
        """Return the real path. Raises ReadError when it lies outside or in a `.git` directory."""
        return self._inside(path)

    def _inside(self, path: str) -> str:
        if "\0" in path:
            raise ReadError("is no path, as it holds a NUL character")
        real = self._resolved(path)
        top = self._top.rstrip(os.sep)
        if real != self._top and not real.startswith(top + os.sep):
            raise ReadError("lies outside the repository")
        if ".git" in real[len(top) :].split(os.sep):
            raise ReadError("lies in a .git directory")
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

    @_recorded
    def is_dir(self, path: str) -> bool:
        """Return whether the path is a directory that may be read."""
        try:
            return os.path.isdir(self._inside(path))
        except ReadError:
            return False

    @_recorded
    def is_file(self, path: str) -> bool:
        """Return whether the path is a regular file, which need not be inside."""
        return os.path.isfile(path)

    @_recorded
    def is_below(self, path: str) -> bool:
        """Return whether the path is a directory, and no link to one; it need not be inside."""
        return os.path.isdir(path) and not os.path.islink(path)

    @_recorded
    def exists(self, path: str) -> bool:
        """Return whether there is anything at the path, be it a link that leads nowhere; it need not be inside."""
        return os.path.lexists(path)

    @_recorded
    def version(self, package: str) -> str:
        """Return the version of an installed package that takes part in the reading; "" where there is none."""
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version(package)
        except PackageNotFoundError:
            return ""

    @_recorded
    def names(self, directory: str) -> list[str]:
        """Return the names in a directory, sorted. Raises ReadError when it cannot be listed."""
        real = self._inside(directory)
        given = {os.path.basename(path) for path in self._contents if os.path.dirname(path) == real}
        try:
            listed = sorted(given.union(os.listdir(real)))
            return [name for name in listed if os.path.join(real, name) not in self._left_out]
        except OSError as error:
            if given:
                return sorted(given)
            raise ReadError(f"cannot be listed: {error.strerror}") from error

    @_recorded
    def read(self, path: str) -> bytes:
        """Return the bytes of a regular file.

        Raises ReadError when it is none, too large, outside, or cannot be read.
        """
        real = self._inside(path)
        if real in self._contents:
            return self._contents[real]
        try:
            with open(real, "rb", opener=_open) as file:
                status = os.fstat(file.fileno())
                if not stat.S_ISREG(status.st_mode):
                    raise ReadError("is not a regular file")
                if status.st_size > MAX_BYTES:
                    raise ReadError(f"is larger than {MAX_BYTES // (1024 * 1024)} MiB")
                return file.read()
        except OSError as error:
            raise ReadError(f"cannot be read: {error.strerror}") from error

    def leave_out(self, path: str) -> None:
        """Leave a file out of the names of its directory, before anything is asked: git ignores it."""
        self._left_out.add(os.path.join(self._resolved(os.path.dirname(path)), os.path.basename(path)))

    @property
    def place(self) -> tuple[str, str]:
        """Return the top of the tree and the working directory, real paths: what all answers and shown paths start
        from.
        """
        return self._top, self._working

    def keep_answers(self) -> None:
        """From now on remember a digest of every answer."""
        if self._answers is None:
            self._answers = {}

    def recording(self) -> ReadRecorder:
        """Gather, as a context, what is asked."""
        return ReadRecorder(self._gather)

    def _gather(self, asked: set[Query] | None) -> set[Query] | None:
        """Gather what is asked from now on in a set; return the set in which it was gathered before."""
        self._queries, outer = asked, self._queries
        return outer

    def replay(self, asks: Iterable[Query]) -> None:
        """Count what was asked before, and is not asked again since the answer was kept, as asked now."""
        if self._queries is not None:
            self._queries.update(asks)

    def digest(self, asks: Iterable[Query]) -> bytes:
        """Return a digest of the answers to some questions: those given before in this run, else those given now."""
        from hashlib import blake2b

        whole = blake2b(digest_size=_DIGEST)
        for ask in asks:
            whole.update(self._answer(ask))
        return whole.digest()

    def _answer(self, ask: Query) -> bytes:
        self.keep_answers()
        answers = self._answers or {}
        if ask not in answers:
            kind, path = ask
            try:
                _KINDS[kind](self, path)
            except ReadError as refused:
                self.record(kind, path, refused)
        return answers[ask]

    def record(self, kind: str, path: str, answer: object) -> None:
        """Remember the answer to a question: a path, names, whether it is so, why not; or the bytes of a file."""
        if self._answers is None:
            return
        from hashlib import blake2b

        data = answer if isinstance(answer, bytes) else b""
        # The same bytes at another place are another answer: what they name is looked for beside them.
        told = self._inside(path) if isinstance(answer, bytes) else answer
        whole = blake2b(f"{type(answer).__name__} {told}\0".encode(errors="surrogatepass"), digest_size=_DIGEST)
        whole.update(data)
        digest = whole.digest()
        ask = kind, path
        if self._answers.setdefault(ask, digest) != digest:
            self._answers[ask] = os.urandom(_DIGEST)  # it changes meanwhile: no later run would read the same
        if self._queries is not None:
            self._queries.add(ask)


class ReadRecorder:
    """A context in which what is asked of a workspace is recorded; contexts may be nested."""

    __slots__ = ("_asked", "_outer", "_swap")

    def __init__(self, swap: Callable[[set[Query] | None], set[Query] | None]) -> None:
        self._swap = swap
        self._asked: set[Query] = set()
        self._outer: set[Query] | None = None

    def __enter__(self) -> set[Query]:
        self._outer = self._swap(self._asked)
        return self._asked

    def __exit__(self, *_: object) -> None:
        if self._outer is not None:
            self._outer |= self._asked
        self._swap(self._outer)


def _open(path: str, flags: int) -> int:
    """Open without waiting for the other end of a pipe."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))

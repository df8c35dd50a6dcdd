"""The files that may be read: regular files inside one directory tree, by real path, and their display paths."""

from __future__ import annotations

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import TypeAlias, TypeVar

    from iplint.module_sources import ModuleSources
    from iplint.parsed import ParsedTexts

    T = TypeVar("T")
    # A question to the file system: what is asked ("read", "names", "real", ...), and the absolute path.
    Query: TypeAlias = tuple[str, str]

MAX_BYTES = 64 * 1024 * 1024
# So many files are kept while a check in an editor runs, and so long ones.
MAX_KEPT = 2_000
MAX_KEPT_BYTES = 32_000
# The bytes of a digest: enough that no two answers share one.
_DIGEST = 16


class ReadError(Exception):
    """A file that is not read; the message says why, in a clause that fits after the file's name."""


def read_named(path: str, is_own: bool = False) -> bytes:
    """Return the bytes of a configuration file at an absolute path. Raises ReadError.

    In a repository it is read like any other file: only a regular file, and through no link that leads outside. A file
    elsewhere is the user's own, unless `is_own` says that it was found in the working directory.
    """
    for start in (os.getcwd(), os.path.dirname(path)):
        workspace = Workspace.around(start, start)
        top = workspace.place[0]
        is_tree = is_own or os.path.lexists(os.path.join(top, ".git"))
        if is_tree and path.startswith(os.path.join(top, "")):
            return workspace.read(path)
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ReadError(f"cannot be read: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise ReadError(f"is larger than {MAX_BYTES // (1024 * 1024)} MiB")
    return data


# The questions, by kind: what asks them again.
_KINDS: dict[str, Callable[[Workspace, str], object]] = {}


def _recorded(find: Callable[[Workspace, str], T]) -> Callable[[Workspace, str], T]:
    """Make a method record its answer, or its error, under its name and argument."""
    return _recorded_as(find.__name__)(find)


def _recorded_as(kind: str) -> Callable[[Callable[[Workspace, str], T]], Callable[[Workspace, str], T]]:
    """Return what makes a method record its answer, or its error, as an answer of a kind."""

    def made(find: Callable[[Workspace, str], T]) -> Callable[[Workspace, str], T]:
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

    return made


class Workspace:
    """The tree that a run may read from: the git top level around the checked paths, else the directory itself.

    Paths are absolute; `display_path` makes them relative to the working directory. `contents` are bytes that are read
    in place of files, by real path. `sources` maps the sources of modules to directories here. `parsed` has the trees
    of texts that were read before, None where none are kept. Where they are, a run is one short check of many, and
    nothing is read or listed twice in it.

    Everything that a root reads goes through here: after `keep_answers`, the workspace has digests of all answers, by
    which a later run knows whether it would read the same.
    """

    __slots__ = (
        "_answers",
        "_bytes",
        "_contents",
        "_found",
        "_left_out",
        "_listed",
        "_queries",
        "_real",
        "_top",
        "_working",
        "parsed",
        "sources",
    )

    def __init__(
        self,
        top: str,
        working: str,
        contents: Mapping[str, bytes] | None = None,
        *,
        sources: ModuleSources | None = None,
    ) -> None:
        self.sources = sources
        self.parsed: ParsedTexts | None = None
        self._answers: dict[Query, bytes] | None = None
        self._queries: set[Query] | None = None
        self._top = os.path.realpath(top)
        self._working = os.path.realpath(working)
        self._contents = contents or {}
        self._bytes: dict[str, bytes] = {}
        self._listed: dict[str, list[str]] = {}
        # Real paths: of directories, and of what is inside.
        self._real: dict[str, str] = {}
        self._found: dict[str, str] = {}
        self._left_out: set[str] = set()

    @classmethod
    def around(
        cls,
        directory: str,
        working: str,
        contents: Mapping[str, bytes] | None = None,
        *,
        sources: ModuleSources | None = None,
    ) -> Workspace:
        """Return the workspace for an argument.

        The nearest directory above `directory` that contains `.git`, else itself.
        """
        start = os.path.realpath(directory)
        top = start
        while not os.path.exists(os.path.join(top, ".git")):
            parent = os.path.dirname(top)
            if parent == top:
                return cls(start, working, contents, sources=sources)
            top = parent
        return cls(top, working, contents, sources=sources)

    def top_of(self, directory: str) -> str:
        """Return the path of the tree's top as `directory` inside it writes it: links on the path are kept."""
        inner = os.path.relpath(os.path.realpath(directory), self._top)
        if inner == os.curdir:
            return directory
        tail = os.sep + inner
        return directory[: -len(tail)] or os.sep if directory.endswith(tail) else self._top

    def display_path(self, path: str) -> str:
        """Return the path relative to the working directory, with forward slashes."""
        # Most paths are below the working directory, and are written without a detour.
        head = self._working + "/"
        if path.startswith(head) and "/." not in path and "//" not in path and path[-1] != "/":
            return path[len(head) :]
        return os.path.relpath(path, self._working).replace(os.sep, "/")

    @_recorded
    def real(self, path: str) -> str:
        """Return the real path. Raises ReadError when it is outside of the workspace or in a `.git` directory."""
        return self._inside(path)

    def _inside(self, path: str) -> str:
        """Return the real path, which is looked for once only. Raises ReadError as `real` does."""
        found = self._found.get(path)
        if found is None:
            found = self._found[path] = self._looked_up(path)
        return found

    def _looked_up(self, path: str) -> str:
        if "\0" in path:
            raise ReadError("is not a path, as it holds a NUL character")
        real = self._resolved(path)
        tops = (self._top, *self.sources.tops) if self.sources is not None else (self._top,)
        top = next((one for one in tops if real == one or real.startswith(one.rstrip(os.sep) + os.sep)), None)
        if top is None:
            raise ReadError("lies outside the repository")
        top = top.rstrip(os.sep)
        if ".git" in real[len(top) :].split(os.sep):
            raise ReadError("lies in a .git directory")
        return real

    def _resolved(self, path: str) -> str:
        """Return the real path like os.path.realpath, but examine each directory on the path once only."""
        directory, name = os.path.split(path)
        if name in ("", os.curdir, os.pardir):
            return os.path.realpath(path)
        parent = self._real.get(directory)
        if parent is None:
            parent = self._real[directory] = self._resolved(directory)
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
        """Return whether the path is a directory and not a link; it need not be inside."""
        return os.path.isdir(path) and not os.path.islink(path)

    @_recorded
    def exists(self, path: str) -> bool:
        """Return whether the path exists, even as a broken link; it need not be inside."""
        return os.path.lexists(path)

    @_recorded
    def version(self, package: str) -> str:
        """Return the version of an installed package that takes part in reading; "" if it is not installed."""
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version(package)
        except PackageNotFoundError:
            return ""

    def names(self, directory: str) -> list[str]:
        """Return the names in a directory, sorted. Raises ReadError when it cannot be listed."""
        known = self._listed.get(directory)
        if known is None:
            known = self._names(directory)
            if self.parsed is not None:
                self._listed[directory] = known
        else:
            self.replay((("names", directory),))
        return known.copy()

    @_recorded_as("names")
    def _names(self, directory: str) -> list[str]:
        real = self._inside(directory)
        given = {os.path.basename(path) for path in self._contents if os.path.dirname(path) == real}
        try:
            listed = sorted(given.union(os.listdir(real)))
            if self._left_out:
                listed = [name for name in listed if os.path.join(real, name) not in self._left_out]
            return listed
        except OSError as error:
            if given:
                return sorted(given)
            raise ReadError(f"cannot be listed: {error.strerror}") from error

    def read(self, path: str) -> bytes:
        """Return the bytes of a regular file.

        Raises ReadError when it is none, too large, outside, or cannot be read.
        """
        known = self._bytes.get(path)
        if known is None:
            known = self._read(path)
            if self.parsed is not None and len(known) <= MAX_KEPT_BYTES and len(self._bytes) < MAX_KEPT:
                self._bytes[path] = known
        else:
            self.replay((("read", path),))
        return known

    @_recorded_as("read")
    def _read(self, path: str) -> bytes:
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
        """Leave a file that git ignores out of the names of its directory; called before anything is read."""
        self._left_out.add(os.path.join(self._resolved(os.path.dirname(path)), os.path.basename(path)))

    @property
    def place(self) -> tuple[str, str]:
        """Return the real paths of the top of the tree and of the working directory, to which answers and display paths
        are relative.
        """
        return self._top, self._working

    def keep_answers(self) -> None:
        """Keep a digest of every answer from now on."""
        if self._answers is None:
            self._answers = {}

    def recording(self) -> ReadRecorder:
        """Return a context that collects the questions asked in it."""
        return ReadRecorder(self._gather)

    def _gather(self, asked: set[Query] | None) -> set[Query] | None:
        """Collect the questions asked from now on in a set; return the set used before."""
        self._queries, outer = asked, self._queries
        return outer

    def replay(self, asks: Iterable[Query]) -> None:
        """Record questions as if they were asked now, because their kept answers are used again."""
        if self._queries is not None:
            self._queries.update(asks)

    def digest(self, asks: Iterable[Query]) -> bytes:
        """Return a digest of the answers to some questions: those of this run, or else new ones."""
        from hashlib import blake2b

        whole = blake2b(digest_size=_DIGEST)
        for ask in asks:
            whole.update(self._answer(ask))
        return whole.digest()

    def _answer(self, ask: Query) -> bytes:
        self.keep_answers()
        answers = self._answers if self._answers is not None else {}
        if ask not in answers:
            kind, path = ask
            try:
                _KINDS[kind](self, path)
            except ReadError as refused:
                self.record(kind, path, refused)
        return answers[ask]

    def answers(self, asks: Iterable[Query]) -> dict[Query, bytes]:
        """Return the digests of the answers to some questions."""
        return {ask: self._answer(ask) for ask in asks}

    def learn(self, answers: Mapping[Query, bytes]) -> None:
        """Record the questions that another process asked, with the digests of its answers, as if asked now."""
        for ask, digest in answers.items():
            self._record(ask, digest)

    def record(self, kind: str, path: str, answer: object) -> None:
        """Record the answer to a question: a path, names, a boolean, an error, or the bytes of a file."""
        if self._answers is None:
            return
        from hashlib import blake2b

        data = answer if isinstance(answer, bytes) else b""
        # The same bytes at another place are another answer: what they name is looked for beside them.
        described = self._inside(path) if isinstance(answer, bytes) else answer
        whole = blake2b(f"{type(answer).__name__} {described}\0".encode(errors="surrogatepass"), digest_size=_DIGEST)
        whole.update(data)
        self._record((kind, path), whole.digest())

    def _record(self, ask: Query, digest: bytes) -> None:
        if self._answers is None:
            return
        if self._answers.setdefault(ask, digest) != digest:
            self._answers[ask] = os.urandom(_DIGEST)  # it changes meanwhile: no later run would read the same
        if self._queries is not None:
            self._queries.add(ask)


# Asked again, they are known from then on too.
_KINDS.update(names=Workspace.names, read=Workspace.read)


class ReadRecorder:
    """A context that records the questions asked of a workspace; contexts may be nested."""

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
    """Open a file without waiting for the other end of a pipe."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))

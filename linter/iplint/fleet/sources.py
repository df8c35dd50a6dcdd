"""Find the repositories that the command line names: directories, bare git repositories, archives, object storage."""

from __future__ import annotations

import os
from collections import Counter

from iplint.discovery.files import SKIPPED_DIRECTORIES, FileKind, kind_of
from iplint.fleet.repository import ARCHIVE, DIRECTORY, GIT, Repository
from iplint.fleet.storage import StorageError, is_address, listed, shown
from iplint.fleet.unpacking import SUFFIXES, stem
from iplint.report.masking import steady, without_alike

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# How deep repositories are looked for below a directory that is none, as in `TEAM/REPOSITORY`.
MAX_LEVELS = 3


class SourceError(Exception):
    """A source that does not exist or holds no repository; the message says which."""


class Found:
    """The repositories of some sources.

    `notes` say what was left out: templates beside repositories, which belong to none, and links, which are not
    followed. `refused` are sources that cannot be listed, with why.
    """

    __slots__ = ("notes", "refused", "repositories")

    def __init__(self) -> None:
        self.repositories: list[Repository] = []
        self.notes: list[str] = []
        self.refused: list[tuple[str, str]] = []


def found(sources: Sequence[str], working: str) -> Found:
    """Return the repositories of some sources, with a name for each. Raises SourceError."""
    result = Found()
    for source in sources:
        before = len(result.repositories)
        if is_address(source):
            try:
                result.repositories += _stored(source)
            except StorageError as error:
                result.refused.append((shown(source), str(error)))
                continue
        else:
            result.repositories += _local(source, os.path.normpath(os.path.join(working, source)), result)
        if len(result.repositories) == before:
            raise SourceError(f"found no repository in {shown(source)}")
    result.repositories = list({repository.location: repository for repository in result.repositories}.values())
    _distinguish(result.repositories)
    return result


def _stored(source: str) -> Iterator[Repository]:
    """Yield the archives at an address; their names are relative to the part before a pattern."""
    bare = source.partition("?")[0]
    start = bare.partition("*")[0].partition("[")[0]
    prefix = start if start.endswith("/") else start.rpartition("/")[0] + "/" if start != bare else bare + "/"
    for address in listed(source, SUFFIXES):
        path = address.partition("?")[0]
        name = path.removeprefix(prefix) if path.startswith(prefix) else path.rpartition("/")[2]
        yield Repository(stem(name), ARCHIVE, address)


def _local(source: str, path: str, result: Found) -> Iterator[Repository]:
    """Yield the repositories at a path: itself, or those in the directory. Raises SourceError."""
    if not os.path.lexists(path):
        raise SourceError(f"there is no file or directory {source}")
    kind = _kind(path)
    if kind is not None:
        yield Repository(_name(os.path.basename(path), kind), kind, path)
        return
    if not os.path.isdir(path):
        raise SourceError(f"{source} is no repository: give a directory, or an archive ({', '.join(SUFFIXES)})")
    inner = list(_below(path, path, MAX_LEVELS, result))
    if not inner and _has_templates(path):
        yield Repository(os.path.basename(path), DIRECTORY, path)
        return
    if not inner:
        directories = [entry for entry in _entries(path) if os.path.isdir(entry) and not os.path.islink(entry)]
        inner = [Repository(os.path.basename(entry), DIRECTORY, entry) for entry in directories]
    yield from inner


def _below(top: str, directory: str, levels: int, result: Found) -> Iterator[Repository]:
    """Yield the repositories below a directory; nothing if there is none."""
    plain: list[str] = []
    notes: list[str] = []
    is_any = False
    entries = _entries(directory)
    kinds = {path: _kind(path) for path in entries if not os.path.islink(path)}
    if directory != top and not {DIRECTORY, GIT}.intersection(kinds.values()) and _holds_other_files(kinds):
        if ARCHIVE in kinds.values():
            shown = os.path.relpath(directory)
            result.notes.append(f"{shown} holds archives beside other files, and is checked as one repository")
        return
    for path in entries:
        shown = os.path.relpath(path)
        if path not in kinds:
            notes.append(f"{shown} is a link, and is not followed")
            continue
        kind = kinds[path]
        name = os.path.relpath(path, top).replace(os.sep, "/")
        if kind is not None:
            is_any = True
            yield Repository(_name(name, kind), kind, path)
        elif os.path.isdir(path):
            inner = list(_below(top, path, levels - 1, result)) if levels > 1 else []
            yield from inner
            is_any = is_any or bool(inner)
            if not inner:
                plain.append(path)
        elif kind_of(os.path.basename(path)) in (FileKind.TEMPLATE, FileKind.CONFIGURATION, FileKind.PACKER):
            notes.append(f"{shown} belongs to no repository, and is not checked")
        elif path.lower().endswith(SUFFIXES):
            notes.append(f"{shown} is not a regular file, and is not checked")
    if is_any:
        # Beside repositories, a directory without any is one that came without its history.
        yield from (Repository(os.path.relpath(path, top).replace(os.sep, "/"), DIRECTORY, path) for path in plain)
        result.notes += notes


def _holds_other_files(kinds: Mapping[str, str | None]) -> bool:
    """Return whether a directory holds files that are no archives: archives belong to it then, as a function's code."""
    return any(kind is None and os.path.isfile(path) for path, kind in kinds.items())


def _entries(directory: str) -> list[str]:
    """Return the paths in a directory that may lead to repositories, sorted. Raises SourceError."""
    try:
        names = sorted(os.listdir(directory))
    except OSError as error:
        raise SourceError(f"{directory} cannot be listed: {error.strerror}") from None
    return [os.path.join(directory, name) for name in names if name not in SKIPPED_DIRECTORIES]


def _kind(path: str) -> str | None:
    """Return the kind of the repository at a path; None where there is none."""
    if os.path.isfile(path):
        return ARCHIVE if path.lower().endswith(SUFFIXES) else None
    if os.path.lexists(os.path.join(path, ".git")):
        return DIRECTORY
    is_bare = os.path.isfile(os.path.join(path, "HEAD")) and all(
        os.path.isdir(os.path.join(path, name)) for name in ("objects", "refs")
    )
    return GIT if is_bare else None


def _name(name: str, kind: str) -> str:
    if kind == ARCHIVE:
        return stem(name)
    return name.removesuffix(".git") if kind == GIT and len(name) > len(".git") else name


def _has_templates(directory: str) -> bool:
    kinds = {kind_of(os.path.basename(path)) for path in _entries(directory) if os.path.isfile(path)}
    return bool(kinds - {FileKind.OTHER})


def _distinguish(repositories: Sequence[Repository]) -> None:
    """Give repositories that share a name their places as names, and each a name that may be printed."""
    counts = Counter(repository.name for repository in repositories)
    taken: set[str] = set()
    for repository in repositories:
        name = repository.name if counts[repository.name] == 1 else shown(repository.location)
        name = without_alike(steady(name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")))
        number = 2
        while name in taken:
            name = f"{name.rpartition('#')[0] or name}#{number}"
            number += 1
        taken.add(name)
        repository.name = name

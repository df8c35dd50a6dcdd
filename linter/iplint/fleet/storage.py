"""Object storage and other file systems, through fsspec.

Where the package that fsspec asks for is not installed (s3fs, gcsfs), the file system of pyarrow serves the same
addresses.

Facts: documentation of fsspec (`url_to_fs`), of pyarrow (`FileSystem.from_uri`).
"""

from __future__ import annotations

import re
from importlib import import_module

from iplint.report.masking import steady, without_alike

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Protocol, TypeAlias

    class Stream(Protocol):
        """What is used of the files of fsspec."""

        def read(self, length: int) -> bytes:
            """Return the next bytes."""
            ...

        def close(self) -> None:
            """Close the file."""
            ...

    class FileSystem(Protocol):
        """What is used of the file systems of fsspec."""

        def find(self, path: str, **options: str) -> Sequence[str]:
            """Return the files below a path."""
            ...

        def open(self, path: str, mode: str) -> Stream:
            """Open a file."""
            ...

    Opened: TypeAlias = "tuple[FileSystem, str]"

MAX_MESSAGE = 300
_CHUNK = 1 << 20


class StorageError(Exception):
    """What a storage refuses or does not have; the message says why."""


def is_address(source: str) -> bool:
    """Return whether a source is an address of fsspec, and not a path."""
    return "://" in source


def shown(address: str) -> str:
    """Return an address for reports: without credentials and without a query, which may hold some."""
    return re.sub(r"//[^/@]*@", "//", re.split(r"[?#]", address, maxsplit=1)[0])


def opened(address: str) -> Opened:
    """Return the file system of an address, and the path in it. Raises StorageError."""
    to_fs: Callable[[str], Opened] = import_module("fsspec.core").url_to_fs
    try:
        return to_fs(address)
    except ImportError as error:
        found = _of_arrow(address)
        if found is None:
            raise StorageError(f"{shown(address)} needs a package: {described(error)}") from None
        return found
    except Exception as error:  # each storage has errors of its own
        raise StorageError(described(error)) from None


def _of_arrow(address: str) -> Opened | None:
    """Return the file system that pyarrow has for an address; None where it has none."""
    try:
        from_uri: Callable[[str], tuple[object, str]] = import_module("pyarrow.fs").FileSystem.from_uri
        wrapper: Callable[[object], FileSystem] = import_module("fsspec.implementations.arrow").ArrowFSWrapper
        # Patterns are not valid in what pyarrow parses.
        start = re.match(r"[^*\[]*", address)
        system, _ = from_uri(re.sub(r"(//[^/?]+)[^?]*", r"\1/", start[0] if start is not None else address))
    except Exception:  # as above
        return None
    return wrapper(system), re.sub(r"^[^:]*://([^/@]*@)?", "", address.partition("?")[0])


def listed(address: str, suffixes: tuple[str, ...]) -> list[str]:
    """Return the addresses of the archives below a prefix, or that match a pattern. Raises StorageError.

    An address that ends in one of the suffixes is an archive itself.
    """
    bare, mark, query = address.partition("?")
    if bare.lower().endswith(suffixes) and "*" not in bare and "[" not in bare:
        return [address]
    system, path = opened(address)
    is_pattern = "*" in bare or "[" in bare
    try:
        found = _below(system, re.split(r"[*\[]", path, maxsplit=1)[0].rpartition("/")[0] if is_pattern else path)
        if is_pattern:
            translate: Callable[[str], str] = import_module("fsspec.utils").glob_translate
            matches = re.compile(translate(path.lstrip("/"))).match
            found = [one for one in found if matches(_without_scheme(one).lstrip("/"))]
    except Exception as error:  # as above
        raise StorageError(described(error)) from None
    scheme = bare.partition("://")[0]
    return [
        f"{scheme}://{_without_scheme(one)}{mark}{query}" for one in sorted(found) if one.lower().endswith(suffixes)
    ]


def _below(system: FileSystem, path: str) -> Sequence[str]:
    """Return the files below a path. What cannot be listed is an error: fsspec would leave it out."""
    try:
        return system.find(path, on_error="raise")
    except TypeError:  # those that list everything at once have no such option, and raise
        return system.find(path)


def download(address: str, write: Callable[[bytes], object], limit: int) -> None:
    """Pass the bytes of a file on in pieces. Raises StorageError, also for more than `limit` bytes."""
    system, path = opened(address)
    left = limit
    try:
        stream = system.open(path, "rb")
        while data := stream.read(_CHUNK):
            left -= len(data)
            if left < 0:
                break
            write(data)
        stream.close()
    except Exception as error:  # as above
        raise StorageError(described(error)) from None
    if left < 0:
        raise StorageError(f"it is larger than {limit >> 20} MiB")


def described(error: BaseException) -> str:
    """Return an error of another package in one line, without what looks like a key."""
    text = " ".join(str(error).split()) or type(error).__name__
    return without_alike(steady(shown(text) if "://" in text else text))[:MAX_MESSAGE]


def _without_scheme(path: str) -> str:
    return path.partition("://")[2] or path

"""The files of a commit, read from git's objects: no filter, hook or other program that a repository names is run."""

from __future__ import annotations

import os
import subprocess

from iplint import git, temporary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FILES, LINK, SUBMODULE = ("100644", "100755"), "120000", "160000"
# What names a bare repository, which git would not look for by itself.
BARE = ("--git-dir=.",)


class GitError(Exception):
    """Objects that git does not give; the message says why."""


class Entry:
    """One entry of a commit: its path from the root, its mode, the name of its object, and its size in bytes."""

    __slots__ = ("mode", "name", "path", "size")

    def __init__(self, path: str, mode: str, name: str, size: int) -> None:
        self.path = path
        self.mode = mode
        self.name = name
        self.size = size


def output(top: str, *arguments: str, place: tuple[str, ...] = ()) -> bytes:
    """Return what git prints. `place` is BARE for a bare repository. Raises GitError."""
    try:
        done = git.run(top, (*place, *arguments), git.environment(top))
    except OSError as error:
        raise GitError(f"git cannot be run: {error.strerror}") from None
    if done.returncode:
        raise GitError(f"git {arguments[0]} fails: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def listed(top: str, commit: str, place: tuple[str, ...] = ()) -> Iterator[Entry]:
    """Yield the entries of a commit. Raises GitError."""
    printed = output(top, "ls-tree", "-r", "-z", "--long", "--full-tree", commit, place=place)
    for line in os.fsdecode(printed).split("\0")[:-1]:
        head, _, path = line.partition("\t")
        mode, _, name, size = head.split()
        if not {"", ".", "..", ".git"}.intersection(path.split("/")):
            yield Entry(path, mode, name, int(size) if size.isdigit() else 0)


def contents(top: str, entries: Sequence[Entry], place: tuple[str, ...] = ()) -> Iterator[tuple[Entry, bytes]]:
    """Yield the files and links among some entries, each with its content. Raises GitError, OSError."""
    wanted = [entry for entry in entries if entry.mode in (*FILES, LINK)]
    with temporary.directory(top) as directory:
        names = os.path.join(directory, "names")
        with open(names, "w", encoding="ascii") as listing:
            listing.writelines(f"{entry.name}\n" for entry in wanted)
        with (
            open(names, "rb") as file,
            subprocess.Popen(  # noqa: S603  # every argument is ours
                git.command(top, *place, "cat-file", "--batch"),
                env=git.environment(top),
                stdin=file,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            ) as process,
        ):
            stream = process.stdout
            if stream is None:
                return
            for entry in wanted:
                answer = stream.readline().split()
                if len(answer) != 3:
                    raise GitError(f"git has no content for {entry.path} ({entry.name}); fetch it first")
                yield entry, stream.read(int(answer[2]))
                stream.read(1)

"""What was found in an earlier revision, as a baseline: so that a check tells only of what a change brings.

The files of the revision are laid out in a temporary directory and judged there, in the same way. Git is asked for
objects only: no hook, no filter and no other program that a repository names is run.
"""

from __future__ import annotations

import os
import shutil
import subprocess

from iplint import temporary
from iplint.baseline import Baseline, rooting
from iplint.boundary import MOST_BYTES
from iplint.cli.arguments import top_of
from iplint.cli.command import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.cli.judging import Check

_MODULES = os.path.join(".terraform", "modules")
# What a configuration of git may name to be run. A repository may have it from a file of the checkout (include.path).
_QUIET = (
    *("--no-pager", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=" + os.devnull),
    *("-c", "safe.bareRepository=explicit"),
)
# Variables that name programs for git, and places of such programs and of its configuration.
_PROGRAMS = ("GIT_ASKPASS", "GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_PROXY_COMMAND", "GIT_SSH", "GIT_SSH_COMMAND")
_PLACES = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_EXEC_PATH", "HOME", "XDG_CONFIG_HOME")
_FILES, _LINK = ("100644", "100755"), "120000"


def baseline_of(revision: str, case: Check) -> Baseline:
    """What a check finds in the revision from which the files here have parted, under the names they have now.

    Raises UsageError when there is no git, no such revision, or nothing that both have in common.
    """
    top = top_of(case.working)
    base = _parting(top, revision)
    renamed = dict(_renamed(top, base))
    with temporary.directory() as there:
        _lay_out(top, base, there)

        def moved(path: str) -> str:
            inner = os.path.relpath(os.path.join(case.working, path), top)
            return path if inner.startswith(os.pardir) else os.path.normpath(os.path.join(there, inner))

        working = moved(case.working)
        os.makedirs(working, exist_ok=True)
        rooted = rooting(there, working)
        report, _ = case.moved(working, moved).judge()
        found = Baseline.of(report, lambda shown: renamed.get(rooted(shown), rooted(shown)))
        return Baseline(found.entries, rooting(top, case.working))


def _git(top: str, *arguments: str) -> bytes:
    """What git prints. Raises UsageError."""
    try:
        done = subprocess.run(  # noqa: S603  # the revision stands behind --end-of-options
            [_program(top), "-C", top, *_QUIET, *arguments],
            capture_output=True,
            check=False,
            env=_environment(top),
            stdin=subprocess.DEVNULL,
        )
    except OSError as error:
        raise UsageError(f"--since needs git, which cannot be run: {error.strerror}") from None
    if done.returncode:
        raise UsageError(f"--since: git {arguments[0]} fails: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def _program(top: str) -> str:
    """Return the path of git: the first on PATH that a change in the repository cannot bring. Raises UsageError."""
    for directory in _directories(top):
        path = os.path.join(directory, "git.exe" if os.name == "nt" else "git")
        if os.path.isfile(path) and os.access(path, os.X_OK) and _is_outside(path, top):
            return path
    raise UsageError("--since needs git, which is in no directory of PATH outside of the repository; install it")


def _directories(top: str) -> list[str]:
    """Return the directories of PATH that are absolute and lie outside of a repository."""
    listed = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return [directory for directory in listed if os.path.isabs(directory) and _is_outside(directory, top)]


def _is_outside(path: str, top: str) -> bool:
    return not os.path.join(os.path.realpath(path), "").startswith(os.path.join(os.path.realpath(top), ""))


def _environment(top: str) -> dict[str, str]:
    """Return the environment of git, in which it fetches nothing, takes no lock, and runs no program but its own."""
    kept = {name: value for name, value in os.environ.items() if name not in _PROGRAMS}
    for name in _PLACES:
        if not os.path.isabs(kept.get(name) or os.sep):
            del kept[name]  # git would look for it in the repository
    quiet = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "", "GIT_OPTIONAL_LOCKS": "0"}
    return {**kept, **quiet, "PATH": os.pathsep.join(_directories(top))}


def _parting(top: str, revision: str) -> str:
    """The commit from which a revision and what is checked out have parted."""
    commit = _git(top, "rev-parse", "--verify", "--end-of-options", revision + "^{commit}").decode().strip()
    try:
        return _git(top, "merge-base", commit, "HEAD").decode().split()[0]
    except UsageError:
        hint = "a shallow clone has to be fetched deeper"
        raise UsageError(f"--since {revision}: it has no commit in common with HEAD; {hint}") from None


def _renamed(top: str, base: str) -> Iterator[tuple[str, str]]:
    """The files that have another name now than in a commit, from the root of the repository: old and new name."""
    told = _git(
        top,
        "diff",
        "--cached",
        "--no-ext-diff",
        "--no-textconv",
        "--find-renames",
        "--diff-filter=R",
        "--name-status",
        "-z",
        base,
    )
    words = os.fsdecode(told).split("\0")[:-1]
    yield from zip(words[1::3], words[2::3], strict=True)


def _lay_out(top: str, commit: str, there: str) -> None:
    """Write the files of a commit below a directory, and beside them the modules that are installed now."""
    os.mkdir(os.path.join(there, ".git"))
    links: list[tuple[str, bytes]] = []
    for path, mode, data in _blobs(top, commit):
        target = os.path.join(there, path)
        if mode == _LINK:
            links.append((target, data))
            continue
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as file:
            file.write(data)
    # Last, so that no file is written through one.
    for target, data in links:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.symlink(os.fsdecode(data), target)
    for directory, below, _ in os.walk(top):
        below[:] = [name for name in below if name not in (".git", "node_modules", ".terraform")]
        installed = os.path.join(directory, _MODULES)
        target = os.path.join(there, os.path.relpath(installed, top))
        if os.path.isdir(installed) and not os.path.lexists(target):
            shutil.copytree(installed, target, symlinks=True, ignore=shutil.ignore_patterns(".git"))


def _blobs(top: str, commit: str) -> Iterator[tuple[str, str, bytes]]:
    """The files and links of a commit: path from the root, mode, content. What is too large to be read is left out."""
    listed = _git(top, "ls-tree", "-r", "-z", "--long", "--full-tree", commit)
    wanted: list[tuple[str, str, str]] = []
    for entry in os.fsdecode(listed).split("\0")[:-1]:
        head, _, path = entry.partition("\t")
        mode, _, name, size = head.split()
        if size == "BAD":  # as git has it for an object that a partial clone has left out
            raise UsageError(f"--since: git has no content for {path} ({name}); fetch it first")
        parts = path.split("/")
        if mode in (*_FILES, _LINK) and int(size) <= MOST_BYTES and not {"", ".", "..", ".git"}.intersection(parts):
            wanted.append((path, mode, name))
    with temporary.directory() as directory:
        names = os.path.join(directory, "names")
        with open(names, "w", encoding="ascii") as listing:
            listing.writelines(f"{name}\n" for _, _, name in wanted)
        with (
            open(names, "rb") as file,
            subprocess.Popen(  # noqa: S603  # every argument is ours
                [_program(top), "-C", top, *_QUIET, "cat-file", "--batch"],
                env=_environment(top),
                stdin=file,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            ) as process,
        ):
            stream = process.stdout
            if stream is None:
                return
            for path, mode, name in wanted:
                answer = stream.readline().split()
                if len(answer) != 3:
                    raise UsageError(f"--since: git has no content for {path} ({name}); fetch it first")
                yield path, mode, stream.read(int(answer[2]))
                stream.read(1)

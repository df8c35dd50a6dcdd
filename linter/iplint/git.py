"""Run git to read a repository: no program that the repository names is run, and nothing is fetched."""

from __future__ import annotations

import os
import subprocess

from iplint import children

# What a configuration of git may name to be run. A repository may have it from a file of the checkout (include.path).
_SETTINGS = (
    *("--no-pager", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=" + os.devnull),
    *("-c", "safe.bareRepository=explicit"),
)
# Variables that name programs for git, and places of such programs and of its configuration.
_PROGRAMS = ("GIT_ASKPASS", "GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_PROXY_COMMAND", "GIT_SSH", "GIT_SSH_COMMAND")
_PLACES = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_EXEC_PATH", "HOME", "XDG_CONFIG_HOME")


def command(top: str, *arguments: str) -> list[str]:
    """Return the command line of git for a repository. Raises FileNotFoundError when no git may be run.

    The program is the first on PATH that a change in the repository cannot replace.
    """
    around = _around(top)
    for directory in _directories(around):
        path = os.path.join(directory, "git.exe" if os.name == "nt" else "git")
        if os.path.isfile(path) and os.access(path, os.X_OK) and _is_outside(path, around):
            return [path, "-C", top, *_SETTINGS, *arguments]
    raise FileNotFoundError(2, "it is in no directory of PATH outside of the repository; install it")


def environment(top: str) -> dict[str, str]:
    """Return the environment of git: no fetching, no locks, no replaced commits, no other programs."""
    kept = {name: value for name, value in os.environ.items() if name not in _PROGRAMS}
    for name in _PLACES:
        if not os.path.isabs(kept.get(name) or os.sep):
            del kept[name]  # git would look for it in the repository
    quiet = {
        "GIT_ALLOW_PROTOCOL": "",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        # Git says that grafts are deprecated wherever the file exists.
        "GIT_GRAFT_FILE": os.path.join(os.devnull, "grafts"),
    }
    return {**kept, **quiet, "PATH": os.pathsep.join(_directories(_around(top)))}


def run(
    top: str, arguments: tuple[str, ...], environment: dict[str, str], input: bytes = b"", timeout: float | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run git. Raises OSError when it cannot be run, subprocess.TimeoutExpired after `timeout` seconds."""
    pipe = subprocess.PIPE
    process = children.start(
        lambda: subprocess.Popen(  # noqa: S603  # the program and its settings are fixed above
            command(top, *arguments), env=environment, stdin=pipe, stdout=pipe, stderr=pipe
        )
    )
    with process:
        try:
            out, err = process.communicate(input, timeout)
        except BaseException:
            process.kill()
            raise
        finally:
            children.ended(process)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def _around(top: str) -> set[str]:
    """Return the outermost repositories around a repository and around the working directory, as real paths.

    A submodule is a part of the change that the repository around it is checked for.
    """
    found: set[str] = {os.path.realpath(top)}
    for start in (top, os.getcwd()):
        outermost, directory = "", os.path.realpath(start)
        while True:
            if os.path.lexists(os.path.join(directory, ".git")):
                outermost = directory
            if os.path.dirname(directory) == directory:
                break
            directory = os.path.dirname(directory)
        if outermost:
            found.add(outermost)
    return found


def _directories(around: set[str]) -> list[str]:
    """Return the directories of PATH that are absolute and outside of some repositories."""
    listed = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return [directory for directory in listed if os.path.isabs(directory) and _is_outside(directory, around)]


def _is_outside(path: str, around: set[str]) -> bool:
    real = os.path.join(os.path.realpath(path), "")
    return not any(real.startswith(os.path.join(top, "")) for top in around)

"""Which files of a repository git ignores: those that match its rules and are not in its index.

Git decides. It is asked only where a rule of the repository may match at all, because that takes longer than reading a
small file.
"""

from __future__ import annotations

import os
import re
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

RULES = ".gitignore"
# Above these, git is asked at once.
MAX_RULE_BYTES = 1 << 20
MAX_RULES = 1_000
# A rule may take git time that is exponential in the length of a path. All repositories of a walk share these.
MAX_SECONDS = 3.0
# Of the user's and the system's settings none counts, so that a repository is the same everywhere.
_SETTINGS = ("-c", f"core.excludesFile={os.devnull}")


class Repository:
    """The files of a walk in one repository, below its directory `start`; both are real paths.

    `files` are paths from the top of the repository, and `rules` the ignore files that the walk passes.
    """

    __slots__ = ("files", "rules", "start", "top")

    def __init__(self, top: str, start: str) -> None:
        self.top = top
        self.start = os.path.relpath(start, top)
        self.files: list[str] = []
        self.rules: list[str] = []
        above = start
        while above != top and os.path.dirname(above) != above:
            above = os.path.dirname(above)
            if os.path.lexists(os.path.join(above, RULES)):
                self.rules.append(os.path.join(above, RULES))

    def ignored(self, seconds: float = MAX_SECONDS) -> set[str]:
        """Return which of the files are ignored: none where git fails, or where the start itself is ignored.

        Raises TimeoutError when git takes longer than some seconds.
        """
        if not self.files or not self._may_ignore():
            return set()
        whole = self.start != os.curdir
        found = set(_ask(self.top, [*self.files, self.start] if whole else self.files, seconds))
        # Who names a directory that is ignored wants it checked.
        return set() if whole and self.start in found else found

    def _may_ignore(self) -> bool:
        """Return whether a rule may match a file, as far as that is visible without git.

        Never false where a rule matches.
        """
        own = os.path.join(self.top, ".git")
        if not os.path.isdir(own):
            return True  # where its rules are is written in it
        rules: list[str] = []
        for path in (*self.rules, os.path.join(own, "info", "exclude")):
            try:
                status = os.lstat(path)
                if stat.S_ISLNK(status.st_mode):
                    return True
                if not stat.S_ISREG(status.st_mode):
                    return False  # git would wait for the other end of a pipe
                if status.st_size > MAX_RULE_BYTES:
                    return True
                with open(path, "rb") as file:
                    rules += os.fsdecode(file.read()).split("\n")
            except OSError:
                continue
        words = [word for rule in rules if (word := _word(rule))]
        if not words:
            return False
        if len(words) > MAX_RULES or "[^/]*" in words:
            return True
        may_match = re.compile(rf"(?:^|/)(?:{'|'.join(dict.fromkeys(words))})(?:/|$)", re.IGNORECASE)
        return any(may_match.search(path) for path in (*self.files, self.start))


def _word(rule: str) -> str:
    """Return a pattern that a name on the path of a file must match for a rule to match the file; "" for no rule."""
    rule = rule.strip()
    if not rule or rule.startswith(("#", "!")):
        return ""
    parts = [part for part in rule.split("/") if part.strip("*")]
    if not parts:
        return "[^/]*"
    part = parts[-1]
    if "[" in part or "\\" in part:
        return re.escape(re.split(r"[*?\[\\]", part, maxsplit=1)[0]) + "[^/]*"
    ends = re.split(r"[*?]", part)
    # What lies between does not count, so that no pattern takes long.
    return re.escape(ends[0]) + ("[^/]*" + re.escape(ends[-1]) if len(ends) > 1 else "")


def _ask(top: str, paths: list[str], seconds: float) -> Iterator[str]:
    """Return which of some paths from the top of a repository git ignores; none where it fails.

    Raises TimeoutError.
    """
    import subprocess

    from iplint import git

    environment = {name: value for name, value in git.environment(top).items() if not name.startswith("GIT_CONFIG")}
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_NAMESPACE"):
        environment.pop(name, None)
    environment |= {"GIT_CEILING_DIRECTORIES": os.path.dirname(top), "GIT_CONFIG_NOSYSTEM": "1"}
    names = b"".join(b"./" + os.fsencode(path.replace(os.sep, "/")) + b"\0" for path in paths)
    arguments = (*_SETTINGS, "check-ignore", "--verbose", "-z", "--stdin")
    try:
        done = git.run(top, arguments, environment, names, seconds)
    except OSError:
        return
    except subprocess.TimeoutExpired:
        raise TimeoutError from None
    # 1: none is ignored; anything greater: git failed.
    if done.returncode == 0:
        words = os.fsdecode(done.stdout).split("\0")[:-1]
        for rule, path in zip(words[2::4], words[3::4], strict=True):
            if not rule.startswith("!"):
                yield os.path.normpath(path)

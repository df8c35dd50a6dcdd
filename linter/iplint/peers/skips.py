"""Suppressions for another tool."""

from __future__ import annotations

from enum import StrEnum
from fnmatch import fnmatchcase

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from iplint.location import Span


class Tool(StrEnum):
    """A tool whose skips are read, as its documentation spells it."""

    CHECKOV = "checkov"
    TRIVY = "trivy"
    TFSEC = "tfsec"
    KICS = "KICS"
    CFN_NAG = "cfn_nag"
    CFN_GUARD = "cfn-guard"
    SEMGREP = "semgrep"


class Skip:
    """A skip: the `ids` of checks, as written, or everything but `kept` ids where there are none.

    It applies to `covered`, a part of a source, or to the files whose shown path `covers_path`; `where` says which in
    words. `path` and `line` (from 1) are where it is written. `until` is a date (ISO 8601) up to and including which it
    holds. `problem` says why it cannot be carried over.
    """

    __slots__ = ("covered", "covers_path", "ids", "kept", "line", "path", "problem", "reason", "tool", "until", "where")

    def __init__(
        self,
        tool: Tool,
        ids: tuple[str, ...],
        *,
        path: str,
        line: int,
        covered: Span | None = None,
        covers_path: Callable[[str], bool] | None = None,
        where: str = "",
        reason: str = "",
        until: str | None = None,
        kept: tuple[str, ...] = (),
        problem: str = "",
    ) -> None:
        self.tool = tool
        self.ids = ids
        self.path = path
        self.line = line
        self.covered = covered
        self.covers_path = covers_path
        self.where = where
        self.reason = " ".join(reason.split())
        self.until = until
        self.kept = kept
        self.problem = problem

    @property
    def is_everything(self) -> bool:
        """Return whether all checks are skipped, but for those that are kept."""
        return not self.ids


def in_files(pattern: str, below: str = "") -> Callable[[str], bool]:
    """Return whether a shown path is one that a glob pattern matches, or lies below one.

    The pattern is relative to the directory `below`, by its shown path; `**` matches any number of directories.
    """
    pattern = pattern.removeprefix("./").strip("/").replace("**/", "*").replace("**", "*")
    start = f"{below.strip('/')}/" if below.strip("/") not in ("", ".") else ""

    def covers(path: str) -> bool:
        if not path.startswith(start):
            return False
        inner = path.removeprefix(start)
        return fnmatchcase(inner, pattern) or fnmatchcase(inner, f"{pattern}/*") or fnmatchcase(inner, f"*/{pattern}")

    return covers


def everywhere(below: str = "") -> Callable[[str], bool]:
    """Return whether a shown path lies in a directory, by its shown path."""
    start = f"{below.strip('/')}/" if below.strip("/") not in ("", ".") else ""
    return lambda path: path.startswith(start)

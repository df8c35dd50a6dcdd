"""Suppressions for another tool."""

from __future__ import annotations

from enum import StrEnum

TYPE_CHECKING = False
if TYPE_CHECKING:
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

    It applies to `covered`, a part of a source, or to the files that `pattern` covers, as `ignore-in` reads patterns.
    `path` and `line` (from 1) are where it is written. `until` is a date (ISO 8601) up to and including which it
    holds. `problem` says why it cannot be carried over.
    """

    __slots__ = ("covered", "ids", "kept", "line", "path", "pattern", "problem", "reason", "tool", "until")

    def __init__(
        self,
        tool: Tool,
        ids: tuple[str, ...],
        *,
        path: str,
        line: int,
        covered: Span | None = None,
        pattern: str | None = None,
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
        self.pattern = pattern
        self.reason = "".join(character for character in " ".join(reason.split()) if character.isprintable())
        self.until = until
        self.kept = kept
        self.problem = problem

    @property
    def is_everything(self) -> bool:
        """Return whether all checks are skipped, but for those that are kept."""
        return not self.ids

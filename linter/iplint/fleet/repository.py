"""A repository of a fleet, what a worker needs to check it, and what comes back."""

from __future__ import annotations

import json
from hashlib import sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeAlias

    Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"

DIRECTORY, GIT, ARCHIVE = "directory", "git", "archive"
# How a repository ends up: checked in this run, unchanged since an earlier one, or not checked.
CHECKED, SAME, FAILED = "checked", "same", "failed"


class Repository:
    """One repository: its `name` in reports, its kind, and where it is (an absolute path, or an address of fsspec)."""

    __slots__ = ("kind", "location", "name")

    def __init__(self, name: str, kind: str, location: str) -> None:
        self.name = name
        self.kind = kind
        self.location = location


class Limits:
    """What one repository may take: seconds, memory in bytes, and bytes and entries when it is laid out."""

    __slots__ = ("entries", "memory", "seconds", "size")

    def __init__(self, seconds: float, memory: int, size: int, entries: int = 200_000) -> None:
        self.seconds = seconds
        self.memory = memory
        self.size = size
        self.entries = entries


class Supply:
    """What is shipped to every worker once: the options of the check, and the user's own rules and configuration.

    `files` are contents by relative path. `options` are those of `iplint check`, in which `{files}` stands for the
    directory of these files. `code` identifies the code of iplint, which workers must have too. `module` is run in the
    process that checks. `sarif` and `digests` say what an answer holds beside the report.
    """

    __slots__ = ("code", "digests", "files", "limits", "module", "options", "sarif")

    def __init__(
        self,
        options: Mapping[str, Json],
        files: Mapping[str, bytes],
        limits: Limits,
        *,
        code: str,
        module: str,
        sarif: bool,
        digests: bool,
    ) -> None:
        self.options = options
        self.files = files
        self.limits = limits
        self.code = code
        self.module = module
        self.sarif = sarif
        self.digests = digests

    @property
    def settings(self) -> str:
        """Return a digest of everything but the repository that decides a report."""
        contents = {name: sha256(data).hexdigest() for name, data in self.files.items()}
        limits = [self.limits.seconds, self.limits.memory, self.limits.size, self.limits.entries]
        return _digest([self.code, self.options, contents, limits])

    @property
    def key(self) -> str:
        """Return a digest under which workers know this supply."""
        return _digest([self.settings, self.module, self.sarif, self.digests])[:32]


class Answer:
    """What comes of one repository.

    `status` is CHECKED, SAME or FAILED; `cause` says why it failed. `report` is the JSON report, `sarif` the SARIF
    report if one is wanted, `exit` the exit status of `iplint check` there. `digest` identifies the content, where
    that is asked and known. `until` is the last day on which the report is what a check would report.
    """

    __slots__ = ("attempts", "cause", "digest", "exit", "report", "sarif", "seconds", "status", "until")

    def __init__(
        self,
        status: str,
        *,
        cause: str | None = None,
        digest: str | None = None,
        exit: int = 3,
        report: str = "null",
        sarif: str | None = None,
        until: str | None = None,
    ) -> None:
        self.status = status
        self.cause = cause
        self.digest = digest
        self.exit = exit
        self.report = report
        self.sarif = sarif
        self.until = until
        self.seconds = 0.0
        self.attempts = 1


def _digest(value: object) -> str:
    return sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()

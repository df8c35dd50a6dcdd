"""The part of `iplint audit` that sets an account beside the code that it should come from (`--code`)."""

from __future__ import annotations

import json
import os

from iplint.cli.command import UsageError
from iplint.cli.output import guard, say
from iplint.discovery.options import Options
from iplint.inventory.drift import Collector, DifferenceKind, differences
from iplint.judging.session import Observer, Session, SessionSettings
from iplint.report.json import dumps, place_tree
from iplint.report.masking import Mask

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeGuard

    from iplint.finding import Report
    from iplint.inventory.drift import Difference
    from iplint.judging.engine import CheckedRoot
    from iplint.resource import Root
    from iplint.secret import Secrets

FORMATS = ("text", "json")
_HEADINGS = {
    DifferenceKind.WEAKER: "Weaker than its code:",
    DifferenceKind.BEHIND: "An older version of its template than the latest one:",
    DifferenceKind.REPLACED: "Replaced when its code is deployed:",
    DifferenceKind.WITHOUT_CODE: "Without code:",
}


def _are_addresses(found: object) -> TypeGuard[frozenset[str]]:
    """Return whether this is what a plan or a state replaces."""
    return isinstance(found, frozenset)


class CodeBeside(Observer):
    """The code that an account is compared with.

    It is read after the account was checked; the differences are added to the report.
    """

    def __init__(self, directory: str, excluded: Sequence[str]) -> None:
        if not os.path.isdir(directory):
            raise UsageError(f"there is no directory {directory}; --code names the one with the code of the account")
        self._directory = directory
        self._excluded = excluded
        self._live = Collector()
        self._code = Collector()
        self._root: Root | None = None
        self._found: list[Difference] | None = None
        self._hidden: Secrets | None = None

    def see(self, checked: CheckedRoot) -> None:
        """Add an account that was checked."""
        self._live.see(checked)

    def root_read(self, root: Root) -> None:
        """See Observer.root_read."""
        self._root = root

    def root_checked(self, checked: CheckedRoot) -> None:
        """See Observer.root_checked."""
        replaced: object = getattr(self._root, "replaced", None)
        self._code.see(checked, replaced if _are_addresses(replaced) else None)

    def secrets_found(self, report: Report) -> None:
        """See Observer.secrets_found."""
        guard(report)

    @property
    def differences(self) -> list[Difference]:
        """Return the differences; the code is read for them once."""
        if self._found is None:
            session = Session(SessionSettings((), inputs=Options(excluded=self._excluded)))
            report, _ = session.examine([self._directory], observer=self)
            self._hidden = report.hidden
            unread = sum(notice.is_fatal for notice in report.notices)
            if unread:
                parts = "1 part" if unread == 1 else f"{unread} parts"
                say(f"{parts} of {self._directory} could not be read, so its launches count as missing there")
            self._found = differences(self._live.sides, self._code.sides)
        return self._found

    @property
    def is_weaker(self) -> bool:
        """Return whether anything is weaker than its code."""
        return any(one.kind is DifferenceKind.WEAKER for one in self.differences)

    def added(self, report: Report, format: str, text: str) -> str:
        """Return the text of a report with the differences added to it."""
        mask = Mask(report.hidden)
        if format == "json":
            tree = json.loads(text)
            tree["code"] = [
                {
                    "kind": one.kind,
                    "address": mask.words(one.address),
                    "message": mask.words(one.message),
                    **place_tree(mask, one.at),
                    "code": {"address": mask.words(one.code.address), **place_tree(mask, one.code.at)}
                    if one.code is not None
                    else None,
                }
                for one in self.differences
            ]
            return dumps(tree)
        lines: list[str] = []
        for kind, heading in _HEADINGS.items():
            found = [one for one in self.differences if one.kind is kind]
            if found:
                lines += ["", heading]
                lines += (f"  --> {mask.where(one.at.path, one.at)}: {mask.plain(one.message)}" for one in found)
        count = len(self._live.sides)
        matched = count - sum(one.kind is DifferenceKind.WITHOUT_CODE for one in self.differences)
        lines += ["", f"{matched} of {count} launches and templates have code in {mask.where(self._directory, None)}."]
        return text + "\n".join(lines) + "\n"

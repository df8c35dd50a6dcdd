"""What the page calls: check the text of the editor, as `iplint check` does, and return what the page shows as JSON."""

from __future__ import annotations

import json
import os
from tempfile import TemporaryDirectory

from iplint import __version__
from iplint.discovery.options import Options
from iplint.finding import Report, Severity
from iplint.fix.fixing import fixed
from iplint.graph.drawing import Findings, draw
from iplint.graph.svg import svg
from iplint.inventory.listing import add
from iplint.inventory.rows import Inventory
from iplint.judging.engine import CheckedRoot
from iplint.judging.session import Observer, Session, SessionSettings, arrange
from iplint.report.json import report_tree
from iplint.report.masking import Mask
from iplint.report.text import summary
from iplint.rule import Rule
from iplint_rules import all_rules

# An empty directory for the one file, which is never written there.
DIRECTORY = TemporaryDirectory(prefix="iplint-")
WORKING = os.path.realpath(DIRECTORY.name)


class _Listing(Observer):
    def __init__(self) -> None:
        self.inventory = Inventory()

    def root_checked(self, checked: CheckedRoot) -> None:
        add(self.inventory, checked)


def _report(name: str, text: str, *, listing: _Listing | None = None) -> tuple[Report, list[Rule[object]]]:
    rules = [rule for rule in all_rules() if not rule.optional]
    settings = SessionSettings(rules, known=all_rules(), inputs=Options(), proofs=listing is not None)
    session = Session(settings, WORKING)
    report, _ = session.examine([name], {os.path.join(WORKING, name): text.encode("utf-8")}, listing)
    arrange(report, Severity.INFO, keep_undecided=True)
    return report, rules


def check(name: str, text: str) -> str:
    """Return the report on one file, with proofs, a picture and a summary."""
    listing = _Listing()
    report, rules = _report(name, text, listing=listing)
    mask = Mask(report.hidden)
    tree = {
        **report_tree(report, rules, __version__),
        "lines": summary(report),
        "picture": svg(draw(listing.inventory, Findings(report.findings), mask)) if listing.inventory.launches else "",
    }
    return json.dumps(tree)


def fix(name: str, text: str, unsafe: bool) -> str:
    """Return the text with fixes made, each verified by a second check, and how many findings are gone."""
    report, _ = _report(name, text)
    done = fixed(
        report,
        lambda texts: _report(name, texts.get(name, text))[0],
        lambda finding: unsafe or finding.fix == "safe",
    )
    return json.dumps({"text": done.texts.get(name, text), "count": done.count})

"""The check of a fleet's repositories in a process of a worker: as `iplint check` in each of them."""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
from queue import SimpleQueue

from iplint import __version__
from iplint.cli import MAX_FRAMES, STACK_BYTES
from iplint.cli.check import settled
from iplint.cli.command import UsageError
from iplint.cli.output import Outlet, guarded
from iplint.cli.request import Request
from iplint.config import ConfigError
from iplint.fleet.child import NotChecked, answers, listen
from iplint.judging.selection import SelectionError
from iplint.report.masking import steady, without_alike


class Judged:
    """The reports on one repository, its exit status, and the last day on which all of them hold."""

    __slots__ = ("exit", "report", "sarif", "until")

    def __init__(self, report: str, sarif: str | None, exit: int, until: str | None) -> None:
        self.until = until
        self.report = report
        self.sarif = sarif
        self.exit = exit


def judge(path: str, wants_sarif: bool) -> Judged:
    """Check the repository in the working directory, with the options in a file. Raises NotChecked."""
    with open(path, encoding="utf-8") as file:
        options = argparse.Namespace(**json.load(file))
    with Outlet():
        try:
            return _judged(options, wants_sarif)
        except (UsageError, SelectionError, ConfigError) as error:
            raise NotChecked(without_alike(steady(str(error)))) from None


def _judged(options: argparse.Namespace, wants_sarif: bool) -> Judged:
    case = Request(options)
    report, catalog = case.check()
    if not options.proof:
        report.proofs = None
    status = settled(report, catalog, options, case)
    from iplint.report.json import escaped, report_tree

    tree = report_tree(report, case.rules, __version__)
    text = guarded(escaped(json.dumps(tree, ensure_ascii=False, separators=(",", ":"))))
    sarif = None
    if wants_sarif:
        from iplint.report.sarif import render

        sarif = guarded(render(report, case.rules, __version__))
    return Judged(text, sarif, status, report.lasts_until)


def main() -> None:
    """Answer the requests on standard input; the directory for what is unpacked is the first argument."""
    requests: SimpleQueue[bytes] = SimpleQueue()
    directory = sys.argv[1]
    os.environ["IPLINT_CACHE_DIR"] = ""
    sys.setrecursionlimit(MAX_FRAMES)

    def work() -> None:
        try:
            answers(judge, requests, directory)
        finally:
            os._exit(0)

    thread = threading.Thread(target=work, daemon=True)
    for size in STACK_BYTES:
        try:
            threading.stack_size(size)
            thread.start()
            break
        except (RuntimeError, ValueError):
            continue  # memory may be limited; the next size is smaller
    listen(requests)
    os._exit(0)


if __name__ == "__main__":
    main()

"""A template on standard input in place of a file: for editors, and for pipes."""

from __future__ import annotations

import os
import sys

from iplint.cli.command import UsageError
from iplint.cli.output import say
from iplint.resource import NoticeKind
from iplint.workspace import MAX_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from iplint.discovery.catalog import Catalog
    from iplint.finding import Report

SIGN, UNNAMED = "-", "<stdin>"


def taken(options: argparse.Namespace) -> dict[str, bytes]:
    """Return the content of standard input, by the real path that replaces `-` among the paths.

    Empty if `-` is not among the paths. Raises UsageError.
    """
    named: str | None = options.stdin_filename
    count = options.paths.count(SIGN)
    if count == 0 and named is not None:
        raise UsageError("--stdin-filename names standard input: give - as the path as well")
    if count == 0:
        return {}
    if count > 1:
        raise UsageError("standard input can be read once only: give - once")
    if options.fix:
        raise UsageError("--fix changes files, and standard input is none: --diff prints what it would change")
    path = named if named is not None else UNNAMED
    if os.path.isdir(path) or path.endswith(("/", os.sep)) or not os.path.basename(path):
        raise UsageError(f"--stdin-filename {path}: this is a directory; give the name of a file")
    data = sys.stdin.buffer.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise UsageError(f"standard input is larger than {MAX_BYTES // (1024 * 1024)} MiB")
    options.paths = [path if given == SIGN else given for given in options.paths]
    return {os.path.realpath(path): data}


def expect_template(report: Report, catalog: Catalog) -> None:
    """Report what to do when standard input has no file name and is not a template. Raises UsageError."""
    hint = "--stdin-filename gives it another name"
    if any(notice.kind == NoticeKind.UNREADABLE and notice.path == UNNAMED for notice in report.notices):
        say(f"standard input was read as a template: {hint}")
    elif UNNAMED not in catalog.paths():
        raise UsageError(f"standard input holds no template of CloudFormation, and no plan of Terraform: {hint}")

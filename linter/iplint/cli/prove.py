"""`iplint prove`: the proof of each launch, obligation by obligation."""

from __future__ import annotations

import os

from iplint import __version__
from iplint.cli.arguments import (
    add_configuration,
    add_format,
    add_jobs,
    add_output,
    add_paths,
    add_selection,
    add_snapshot,
)
from iplint.cli.command import FINDINGS, Command, UsageError, nearest
from iplint.cli.listing import status
from iplint.cli.output import emit, ready, single_output
from iplint.cli.request import Request
from iplint.finding import LaunchStatus, Severity
from iplint.judging.session import arrange
from iplint.report.masking import Mask
from iplint.report.proofs import json, markdown, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

FORMATS = ("text", "json", "markdown")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `iplint prove`."""
    add_paths(parser, "files and directories, then addresses of launches (default: all launches of the directory)")
    add_snapshot(parser)
    add_format(parser, FORMATS)
    add_output(parser)
    add_selection(parser)
    add_configuration(parser)
    add_jobs(parser)


def prove(options: argparse.Namespace) -> int:
    """Check, and print the proofs; return the exit status."""
    given: list[str] = options.paths
    options.paths = [path for path in given if os.path.lexists(path)]
    addresses = [path for path in given if not os.path.lexists(path)]
    options.proof = True
    single_output(options, FORMATS)
    case = Request(options)
    ready(options.output, case.paths)
    report, catalog = case.check()
    arrange(report, Severity.INFO, keep_undecided=True)
    found = report.proofs or []
    for address in addresses:
        if not any(_is_at(proof.address, address) for proof in found):
            near = nearest(address, [proof.address for proof in found])
            hint = f"; did you mean {near}?" if near is not None else ""
            raise UsageError(f"{address} is neither a file or directory nor the address of a launch here{hint}")
    proofs = [proof for proof in found if not addresses or any(_is_at(proof.address, name) for name in addresses)]
    mask = Mask(report.hidden)
    match options.format:
        case "json":
            written = json(proofs, report.notices, mask, __version__)
        case "markdown":
            written = markdown(proofs, mask)
        case _:
            written = text(proofs, mask)
    emit(written, options.output, case.paths)
    case.warn(catalog)
    unread = status(report, catalog)
    return unread or (FINDINGS if any(proof.status is not LaunchStatus.PROVEN for proof in proofs) else 0)


def _is_at(address: str, asked: str) -> bool:
    """Return whether an address is the requested one, or an instance of it."""
    return address == asked or (address.endswith("]") and address.rpartition("[")[0] == asked)


COMMAND = Command(
    "Print the proof of each launch: what shows that it is safe, or what breaks the proof or leaves it open.",
    add_arguments,
    prove,
    "exit status: 0 all of them are proven, 1 some are not, 2 bad usage, 3 something could not be read",
)

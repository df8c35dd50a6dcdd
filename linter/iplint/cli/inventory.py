"""`iplint inventory`: every launch with what is behind it."""

from __future__ import annotations

from iplint import __version__
from iplint.cli.command import Command
from iplint.cli.listing import add_listing, listed, status
from iplint.cli.output import emit
from iplint.report.inventory import json, markdown, table
from iplint.report.masking import Mask

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

FORMATS = ("table", "json", "markdown")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `iplint inventory`."""
    add_listing(parser, FORMATS)


def inventory(options: argparse.Namespace) -> int:
    """Check, and list the launches; return the exit status."""
    found, report, project = listed(options, FORMATS)
    mask = Mask(report.hidden)
    match options.format:
        case "json":
            text = json(found, report.notices, mask, __version__)
        case "markdown":
            text = markdown(found, mask)
        case _:
            text = table(found, mask)
    emit(text, options.output, options.paths or ["."])
    return status(report, project)


COMMAND = Command(
    "List every launch with its instance profile, role, trust, policies, session tokens and verdict.",
    add_arguments,
    inventory,
    "exit status: 0 everything was read, 2 bad usage, 3 something could not be read",
)

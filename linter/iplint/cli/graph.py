"""`iplint graph`: the launches and what is behind them, as a picture."""

from __future__ import annotations

from iplint.cli.command import Command
from iplint.cli.listing import add_listing, listed, status
from iplint.cli.output import emit, say
from iplint.graph.drawing import Findings, draw
from iplint.report.masking import Mask

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from iplint.graph.drawing import Drawing

FORMATS = ("mermaid", "svg")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `iplint graph`."""
    add_listing(parser, FORMATS)


def graph(options: argparse.Namespace) -> int:
    """Check, and draw; return the exit status."""
    inventory, report, project = listed(options, FORMATS)
    mask = Mask(report.hidden)
    findings = Findings(report.findings)
    all = len(inventory.launches) + len(inventory.templates)
    text, drawn = _most(lambda most: draw(inventory, findings, mask, most), all, options.format)
    emit(text, options.output, options.paths or ["."])
    if drawn < all:
        limit = "50,000 characters and 500 lines between boxes" if options.format == "mermaid" else "2,000 boxes"
        hint = ", or take --format svg" if options.format == "mermaid" else ""
        say(f"{drawn} of {all} launches are drawn: the picture may have {limit}; name fewer paths{hint}")
    return status(report, project)


def _most(make: Callable[[int], Drawing], all: int, format: str) -> tuple[str, int]:
    """Return the picture of as many launches as fit into it, and their number."""
    low, high = 0, all
    text, fits = _picture(make(high), format)
    if fits:
        return text, high
    while high - low > 1:
        middle = (low + high) // 2
        if _picture(make(middle), format)[1]:
            low = middle
        else:
            high = middle
    return _picture(make(low), format)[0], low


def _picture(drawing: Drawing, format: str) -> tuple[str, bool]:
    """Return the text of a picture, and whether it is within the size limit."""
    if format == "svg":
        from iplint.graph.svg import MAX_BOXES, svg

        return svg(drawing), sum(len(group.boxes) for group in drawing.groups) <= MAX_BOXES
    from iplint.graph.mermaid import fits, mermaid

    text = mermaid(drawing)
    return text, fits(text)


COMMAND = Command(
    "Draw the launches with their launch templates, instance profiles, roles and policies, in colours of the verdicts.",
    add_arguments,
    graph,
    "exit status: 0 everything was read, 2 bad usage, 3 something could not be read",
)

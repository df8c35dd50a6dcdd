"""Changes of files as unified diffs."""

from __future__ import annotations

import difflib

from iplint.location import Source
from iplint.report.masking import Mask, steady

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.secret import Secrets


def render(old: Source, text: str, secrets: Secrets) -> str:
    """The unified diff from a source to its new text; a star stands for each character of what is hidden."""
    mask = Mask(secrets)
    lines = [list(_lines(mask.shown(source, 0, len(source.text)))) for source in (old, Source(old.path, text))]
    path = steady(mask.path(old.path))
    told: list[str] = []
    for line in difflib.unified_diff(lines[0], lines[1], f"a/{path}", f"b/{path}"):
        told.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    return "".join(told)


def _lines(text: str) -> Iterator[str]:
    """The lines of a source with their ends: after LF only, as everywhere else."""
    start = 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end

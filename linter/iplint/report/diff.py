"""Changes of files as unified diffs."""

from __future__ import annotations

import difflib

from iplint.location import Source
from iplint.report.masking import Mask

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from iplint.location import Span


def render(old: Source, text: str, hidden: Iterable[Span]) -> str:
    """The unified diff from a source to its new text; a star stands for each character of what is hidden."""
    mask = Mask(hidden)
    lines = [
        mask.shown(source, 0, len(source.text)).splitlines(keepends=True) for source in (old, Source(old.path, text))
    ]
    told: list[str] = []
    for line in difflib.unified_diff(lines[0], lines[1], f"a/{old.path}", f"b/{old.path}"):
        told.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    return "".join(told)

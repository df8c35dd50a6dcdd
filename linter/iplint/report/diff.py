"""Changes of files as unified diffs."""

from __future__ import annotations

from difflib import SequenceMatcher

from iplint.location import Source
from iplint.report.masking import Mask, steady

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from iplint.secret import Secrets

    # As difflib has them: what becomes of which lines of the old text, in which lines of the new one.
    Opcode = tuple[str, int, int, int, int]

# So many lines are compared at once: comparing all lines with each other takes the square of their number.
_WINDOW = 64
_CONTEXT = 3


def render(old: Source, text: str, secrets: Secrets, context: int = _CONTEXT) -> str:
    """Return the unified diff from a source to its new text; each hidden character becomes a star.

    `context` is the number of lines shown around a change.
    """
    mask = Mask(secrets)
    before, after = (list(_lines(mask.masked(source, 0, len(source.text)))) for source in (old, Source(old.path, text)))
    path = steady(mask.path(old.path))
    matcher = SequenceMatcher[str](None, (), ())
    matcher.opcodes = _joined(_opcodes(before, after))  # type: ignore[attr-defined]  # what get_opcodes gives, if it is set
    hunks: list[str] = []
    for group in matcher.get_grouped_opcodes(context):
        (_, low, _, new_low, _), (_, _, high, _, new_high) = group[0], group[-1]
        if not hunks:
            hunks += f"--- a/{path}\n", f"+++ b/{path}\n"
        hunks.append(f"@@ -{_range(low, high)} +{_range(new_low, new_high)} @@\n")
        for tag, low, high, new_low, new_high in group:
            if tag == "equal":
                hunks += (_line(" ", line) for line in before[low:high])
                continue
            hunks += (_line("-", line) for line in before[low:high])
            hunks += (_line("+", line) for line in after[new_low:new_high])
    return "".join(hunks)


def _lines(text: str) -> Iterator[str]:
    """Yield the lines of a source with their ends: after LF only, as everywhere else."""
    start = 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end


def _line(sign: str, line: str) -> str:
    return f"{sign}{line}" if line.endswith("\n") else f"{sign}{line}\n\\ No newline at end of file\n"


def _range(start: int, end: int) -> str:
    """Return a range of lines as in the header of a hunk.

    The first line counts from 1; for an empty range, the line before it.
    """
    if end - start == 1:
        return str(start + 1)
    return f"{start + 1 if end > start else start},{end - start}"


def _opcodes(before: Sequence[str], after: Sequence[str]) -> Iterator[Opcode]:
    """Return the differences between the lines, computed in windows: fixes change few lines in a row."""
    low = new_low = 0
    size = _WINDOW
    while low < len(before) or new_low < len(after):
        here, there = before[low : low + size], after[new_low : new_low + size]
        is_last = low + size >= len(before) and new_low + size >= len(after)
        found = SequenceMatcher(None, here, there, autojunk=False).get_opcodes()
        if not is_last:
            # A difference at the end may continue after it.
            while found and found[-1][0] != "equal":
                del found[-1]
            if not found:
                size *= 2
                continue
        for tag, start, end, new_start, new_end in found:
            yield tag, low + start, low + end, new_low + new_start, new_low + new_end
        low, new_low = low + found[-1][2], new_low + found[-1][4]
        size = _WINDOW


def _joined(opcodes: Iterable[Opcode]) -> list[Opcode]:
    """Return the differences with neighbours of one kind joined."""
    joined: list[Opcode] = []
    for tag, low, high, new_low, new_high in opcodes:
        if joined and joined[-1][0] == tag:
            _, low, _, new_low, _ = joined.pop()
        joined.append((tag, low, high, new_low, new_high))
    return joined

"""Identify a finding across runs: hashes of masked text, never of a secret."""

from __future__ import annotations

import hashlib
from collections import Counter
from itertools import accumulate

from iplint.report.masking import Mask

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from iplint.finding import Finding, Report
    from iplint.location import Source

# In a longer line, such as a minified template, anything may change without touching the finding.
_MAX_LINE_LENGTH = 500

# These three make the hash the one that GitHub computes; see fingerprints.ts in github/codeql-action.
_WINDOW = 100
_FACTOR = 37
_END_OF_FILE = 65535
_BITS = (1 << 64) - 1
_LEAVING = pow(_FACTOR, _WINDOW, 1 << 64)


def own_range(finding: Finding) -> tuple[int, int]:
    """Return the start and end of the line of a finding; for a line that is too long, those of the finding itself."""
    span = finding.at
    start = span.start - span.first[1] + 1
    end = span.source.text.find("\n", start)
    end = len(span.source.text) if end < 0 else end
    if end - start > _MAX_LINE_LENGTH:
        start, end = span.start, min(span.end, span.start + _MAX_LINE_LENGTH)
    return start, end


def own_text(mask: Mask, finding: Finding) -> str:
    """Return the line of a finding without secrets, each run of white space as one space."""
    return " ".join(mask.hashed(finding.at.source, *own_range(finding)).split())


def fingerprints(report: Report, findings: Iterable[Finding] | None = None) -> list[str]:
    """Return one fingerprint for each finding of a report, or for the given ones, in order.

    It is stable as long as the rule, the resource and the text of the line are.
    """
    mask = Mask(report.hidden)
    seen: Counter[tuple[str, ...]] = Counter()
    result: list[str] = []
    for finding in report.findings if findings is None else findings:
        parts = finding.rule, mask.path(finding.at.path), mask.words(finding.address), own_text(mask, finding)
        seen[parts] += 1
        whole = "\0".join((*parts, str(seen[parts])))
        result.append(hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:32])
    return result


def line_hashes(text: str) -> list[str]:
    """Return GitHub's primaryLocationLineHash of each line: a hash of the next 100 characters except white space, and
    its count.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace(" ", "").replace("\t", "")
    # The first unit is the byte-order mark that the codec adds.
    units = [*memoryview(text.encode("utf-16", "surrogatepass")).cast("H")[1:], _END_OF_FILE]
    sums = list(accumulate(units + [0] * _WINDOW, lambda before, unit: (before * _FACTOR + unit) & _BITS, initial=0))
    starts = [0, *(index + 1 for index, unit in enumerate(units) if unit == 10)]
    seen: Counter[int] = Counter()
    result: list[str] = []
    for start in starts:
        value = (sums[start + _WINDOW] - sums[start] * _LEAVING) & _BITS
        seen[value] += 1
        result.append(f"{value:x}:{seen[value]}")
    return result


def masked_line_hashes(mask: Mask, source: Source) -> list[str]:
    """Return the line hashes of a source with its secrets masked."""
    return line_hashes(mask.hashed(source, 0, len(source.text)))

"""Regular expressions that are compiled when first used: most runs need few of a reader's patterns."""

from __future__ import annotations

import re
from functools import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def pattern(source: str, flags: int = 0) -> Callable[[], re.Pattern[str]]:
    """Return a function that returns the compiled pattern."""
    return cache(lambda: re.compile(source, flags))

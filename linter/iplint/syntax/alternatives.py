"""Regular expressions that are no more than a choice between texts."""

from __future__ import annotations

import re

_WORD = r"(?:[\w/: -]|\\[.\-/])+"
# A longer expression is not read as a choice.
MAX_LENGTH = 1_000


def alternatives(pattern: str) -> list[str] | None:
    """Return the texts that an expression matches as a whole; None where it is more than a choice between texts."""
    if len(pattern) > MAX_LENGTH:
        return None
    body = pattern.removeprefix("^").removesuffix("$")
    if body.startswith("(") and body.endswith(")") and body.count("(") == 1:
        body = body[1:-1].removeprefix("?:")
    parts = re.split(r"\$?\|\^?", body)
    if not all(re.fullmatch(_WORD, part) for part in parts):
        return None
    return [part.replace("\\", "") for part in parts]

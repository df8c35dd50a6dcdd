"""Versions of modules, and which of them a constraint allows.

Terraform documentation, Version Constraints. What comes after a dash (a prerelease) is not distinguished.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    Version: TypeAlias = tuple[int, int, int]

ANY = ">= 0"
LAST = 1 << 62


def parse_version(written: str) -> tuple[int, ...] | None:
    """Return the numbers of a version, as many as are written; None for any other text."""
    numbers = written.strip().removeprefix("v").partition("+")[0].partition("-")[0].split(".")
    if not 1 <= len(numbers) <= 3 or not all(number.isdecimal() and len(number) < 10 for number in numbers):
        return None
    return tuple(int(number) for number in numbers)


def padded(numbers: tuple[int, ...]) -> Version:
    """Return a version with zeros for missing numbers."""
    first, second, third = (*numbers, 0, 0, 0)[:3]
    return first, second, third


class Allowed:
    """The versions that a constraint allows: from `low` up to, not including, `high`."""

    __slots__ = ("high", "low")

    def __init__(self, low: Version, high: Version) -> None:
        self.low = low
        self.high = high

    def meets(self, low: Version, high: Version) -> bool:
        """Return whether a version from `low` up to, not including, `high` is allowed."""
        return max(self.low, low) < min(self.high, high)


def allowed(constraint: str) -> Allowed | None:
    """Return the versions that a constraint allows; None when it is invalid. Versions excluded by `!=` count as
    allowed.
    """
    low, high = (0, 0, 0), (LAST, 0, 0)
    for part in constraint.split(","):
        written = part.strip()
        operator = written[: len(written) - len(written.lstrip("=!<>~"))] or "="
        numbers = parse_version(written.lstrip("=!<>~"))
        if numbers is None:
            return None
        version = padded(numbers)
        match operator:
            case "=":
                low, high = max(low, version), min(high, _after(version))
            case "!=":
                pass
            case ">":
                low = max(low, _after(version))
            case ">=":
                low = max(low, version)
            case "<":
                high = min(high, version)
            case "<=":
                high = min(high, _after(version))
            case "~>":
                low = max(low, version)
                if len(numbers) > 1:
                    high = min(high, (version[0], version[1] + 1, 0) if len(numbers) > 2 else (version[0] + 1, 0, 0))
            case _:
                return None
    return Allowed(low, high)


def _after(version: Version) -> Version:
    return version[0], version[1], version[2] + 1

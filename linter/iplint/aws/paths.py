"""Dotted property paths, as the tables of types write them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    Path: TypeAlias = tuple[str, ...]


def path(dotted: str) -> Path:
    """Return the names of a dotted path."""
    return tuple(dotted.split(".")) if dotted else ()

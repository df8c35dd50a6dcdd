"""Parse addresses and references in the notation of plans."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    # The calls that lead to a module instance, outermost first: the name of each, and its instance key with brackets
    # (`[0]`, `["blue"]`) or nothing.
    Path: TypeAlias = tuple[tuple[str, str], ...]


def tokens(written: str) -> list[str]:
    """Return the names of a traversal in their order, and its instance keys with their brackets.

    `module.app["a.b"].name` gives `module`, `app`, `["a.b"]`, `name`.
    """
    found: list[str] = []
    start = 0
    while start < len(written):
        if written[start] == "[":
            end = _closing(written, start)
        else:
            start += written[start] == "."
            end = start
            while end < len(written) and written[end] not in ".[":
                end += 1
        if end > start:
            found.append(written[start:end])
        start = max(end, start + 1)
    return found


def _closing(written: str, start: int) -> int:
    """Return the offset after the bracket that closes the one at `start`; a key in quotes may hold brackets."""
    end = start + 1
    quoted = False
    while end < len(written):
        sign = written[end]
        if quoted and sign == "\\":
            end += 1
        elif sign == '"':
            quoted = not quoted
        elif sign == "]" and not quoted:
            return end + 1
        end += 1
    return len(written)


def module_path(address: str) -> Path:
    """Return the module calls at the start of an address."""
    path: list[tuple[str, str]] = []
    parts = tokens(address)
    at = 0
    while at + 1 < len(parts) and parts[at] == "module":
        key = parts[at + 2] if at + 2 < len(parts) and parts[at + 2].startswith("[") else ""
        path.append((parts[at + 1], key))
        at += 3 if key else 2
    return tuple(path)


def instance_key(index: str | bool | int | float | None) -> str:
    """Return the instance key of an address for an index."""
    if index is None:
        return ""
    return f'["{index}"]' if isinstance(index, str) else f"[{index}]"


def most_specific(references: list[str]) -> list[str]:
    """Return the references of an expression without those that are prefixes of others: of `a.b` and `a.b.c` only
    `a.b.c`.
    """
    return [
        reference
        for reference in dict.fromkeys(references)
        if not any(other.startswith((f"{reference}.", f"{reference}[")) for other in references)
    ]

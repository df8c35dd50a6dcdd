"""PyYAML with its C parser, and without the patterns of its Python parser.

At import, PyYAML compiles patterns that only its own parser and resolver use, which the C parser does not need: 7 of
the 70 ms of a check of one small template. So these patterns are compiled when first used.
"""

from __future__ import annotations

import re
from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    import yaml

    class _Mark(Protocol):
        """A place as libyaml reports it."""

        index: int

    class Event(Protocol):
        """An event of libyaml; which attributes it really has depends on its class."""

        start_mark: _Mark
        end_mark: _Mark
        anchor: str | None
        tag: str | None
        value: str
        style: str
        flow_style: bool


class _Pattern:
    """A pattern that is compiled when one of its attributes is used."""

    __slots__ = ("_compiled", "_flags", "_text")

    def __init__(self, text: str, flags: int = 0) -> None:
        self._text = text
        self._flags = flags
        self._compiled: re.Pattern[str] | None = None

    def __getattr__(self, name: str) -> object:
        if self._compiled is None:
            self._compiled = _compile(self._text, self._flags)
        found: object = getattr(self._compiled, name)
        return found


# PyYAML imports these as well; their own patterns are to be compiled as usual.
for _name in ("base64", "datetime"):
    import_module(_name)
_compile = re.compile
if not TYPE_CHECKING:
    re.compile = _Pattern
    try:
        import yaml
    finally:
        re.compile = _compile

__all__ = ["yaml"]

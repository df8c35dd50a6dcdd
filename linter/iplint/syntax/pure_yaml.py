"""PyYAML's own parser in place of libyaml: the same events, and errors in the same words.

Where the two differ, this is as libyaml: a tab may be between tokens, half a surrogate pair is not a character, and a
plain scalar has the empty style.
"""

from __future__ import annotations

import re

from iplint.syntax.libyaml import yaml

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from iplint.syntax.libyaml import Event

_SCALAR: type[object] = yaml.ScalarEvent
_HALF = re.compile(r"\\u[dD][89a-fA-F]|\\U0000[dD][89a-fA-F]")
# What PyYAML says, by its first words, and what libyaml says for it.
_WORDS = {
    "mapping values are not allowed here": "mapping values are not allowed in this context",
    "sequence entries are not allowed here": "block sequence entries are not allowed in this context",
    "mapping keys are not allowed here": "mapping keys are not allowed in this context",
    "expected <block end>": "did not find expected key",
    "expected ',' or ']'": "did not find expected ',' or ']'",
    "expected ',' or '}'": "did not find expected ',' or '}'",
    "expected the node content": "did not find expected node content",
    "expected '<document start>'": "did not find expected <document start>",
    "expected alphabetic or numeric character": "could not find expected directive name",
    "expected escape sequence": "did not find expected hexdecimal number",
    "found unknown escape character": "found unknown escape character",
    "found unexpected document separator": "found unexpected document indicator",
    "found undefined tag handle": "found undefined tag handle",
    "found incompatible YAML document": "found incompatible YAML document",
}


class _Loader(yaml.BaseLoader):
    """A loader for which a tab is a blank where libyaml takes it for one."""

    if TYPE_CHECKING:

        def peek(self, index: int = 0) -> str:
            """Return a character of the text; PyYAML has no types for it."""
            ...

    def scan_to_next_token(self) -> None:
        """Skip what is between two tokens."""
        super().scan_to_next_token()
        while self.peek() == "\t" and (self.flow_level or not self.allow_simple_key):
            self.forward()
            super().scan_to_next_token()

    def scan_plain_spaces(self, indent: int, start_mark: object) -> list[str] | None:
        """Return what is between two words of a plain scalar."""
        blanks = self._blanks()
        after: list[str] | None = super().scan_plain_spaces(indent, start_mark)  # pyright: ignore  # no types
        if after:
            self._blanks()
        return after if after or not blanks else [blanks]

    def _blanks(self) -> str:
        """Skip spaces and tabs; return them."""
        skipped: list[str] = []
        while (sign := self.peek()) in (" ", "\t"):
            skipped.append(sign)
            self.forward()
        return "".join(skipped)


class PureEvents:
    """The events of a text."""

    __slots__ = ("_next", "_text")

    def __init__(self, text: str) -> None:
        text.encode()  # raises the error for half a surrogate pair that libyaml's interface raises
        self._text = text
        loader = _Loader(text)
        self._next: Callable[[], Event] = loader.get_event  # pyright: ignore  # no types

    def next(self) -> Event:
        """Return the next event. Raises YAMLError."""
        try:
            event = self._next()
        except yaml.MarkedYAMLError as error:
            said = error.problem or ""
            error.problem = next((words for first, words in _WORDS.items() if said.startswith(first)), said)
            if error.context == "while parsing a block collection":
                error.problem = "did not find expected '-' indicator"
            if error.problem == "found unknown escape character" and error.problem_mark is not None:
                raise _error(error.problem, error.problem_mark.index - 1) from None
            raise
        if type(event) is _SCALAR:
            event.style = event.style or ""
            if event.style == '"' and any("\ud800" <= sign <= "\udfff" for sign in event.value):
                half = _HALF.search(self._text, event.start_mark.index)
                index = half.start() + 2 if half is not None else event.start_mark.index
                raise _error("found invalid Unicode character escape code", index)
        return event


def _error(problem: str, index: int) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=yaml.Mark("", index, 0, 0, None, 0))

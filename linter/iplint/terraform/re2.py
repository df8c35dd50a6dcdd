"""Regular expressions of the Go language (its package regexp, with RE2's syntax), in bounded time.

A pattern is parsed by Go's rules. Where Python's engine needs few attempts, it runs the translated pattern; other
patterns are run as Go does, all alternatives in parallel.
"""

from __future__ import annotations

import re
from math import comb

from iplint.budget import charge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    Spans: TypeAlias = list[tuple[int, int]]  # of the whole match and of each group; (-1, -1) for one that took no part
    Captures: TypeAlias = tuple[int, ...]
    Instruction: TypeAlias = tuple[str, int, int]

MAX_TRIALS = 20_000_000
MAX_PROGRAM = 2_000
MAX_THREAD_STEPS = 300_000
MAX_NESTING = 50
MANY = 1 << 20


class PatternError(Exception):
    """Go rejects the pattern."""


class UnsupportedRegex(Exception):
    """The pattern is not supported."""


class _Node:
    """A part of a pattern: whether it may match the empty text, and its notation in Python."""

    __slots__ = ("group", "high", "kind", "lazy", "low", "parts", "text")

    def __init__(self, kind: str, parts: list[_Node] | None = None, text: str = "") -> None:
        self.kind = kind  # leaf, assert, concat, alternate, repeat, group
        self.parts = parts or []
        self.text = text
        self.low = self.high = self.group = 0
        self.lazy = False

    @property
    def nullable(self) -> bool:
        """Return whether it can match nothing."""
        match self.kind:
            case "leaf":
                return False
            case "assert":
                return True
            case "repeat":
                return not self.low or self.parts[0].nullable
            case "alternate":
                return any(part.nullable for part in self.parts)
            case _:
                return all(part.nullable for part in self.parts)

    @property
    def ambiguous(self) -> bool:
        """Return whether it can match in several ways."""
        return self.kind in ("repeat", "alternate") or any(part.ambiguous for part in self.parts)

    def python(self) -> str:
        """Return it as Python writes it."""
        match self.kind:
            case "concat":
                return "".join([part.python() for part in self.parts])
            case "alternate":
                return f"(?:{'|'.join([part.python() for part in self.parts])})"
            case "group":
                return f"({self.parts[0].python()})"
            case "repeat":
                high = "" if self.high == MANY else str(self.high)
                inner = self.parts[0].python()
                if not self.parts[0].parts and self.parts[0].kind == "leaf":
                    return f"{inner}{{{self.low},{high}}}{'?' if self.lazy else ''}"
                return f"(?:{inner}){{{self.low},{high}}}{'?' if self.lazy else ''}"
            case _:
                return self.text


_PERL = {"d": "0-9", "s": "\\t\\n\\f\\r ", "w": "0-9A-Za-z_"}
_POSIX = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": "\\x00-\\x7f",
    "blank": "\\t ",
    "cntrl": "\\x00-\\x1f\\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": "!-/:-@\\[-`{-~",
    "space": "\\t\\n\\v\\f\\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}
_CONTROLS = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_WORD_EDGES = {"b": r"(?a:\b)", "B": r"(?a:\B)", "A": r"\A", "z": r"\Z"}


class _Parser:
    """Parses a pattern."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._flags = {"i": False, "m": False, "s": False, "U": False}
        self.names: list[str | None] = []
        self._depth = 0

    def parse(self) -> _Node:
        """Return all of the pattern."""
        node = self._alternation()
        if self._at < len(self._source):
            raise PatternError
        return node

    def _next(self, sign: str) -> bool:
        if self._source.startswith(sign, self._at):
            self._at += len(sign)
            return True
        return False

    def _alternation(self) -> _Node:
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise UnsupportedRegex
        branches = [self._sequence()]
        while self._next("|"):
            branches.append(self._sequence())
        self._depth -= 1
        return branches[0] if len(branches) == 1 else _Node("alternate", branches)

    def _sequence(self) -> _Node:
        parts: list[_Node] = []
        repeated = False
        while self._at < len(self._source) and self._source[self._at] not in "|)":
            bounds = self._bounds()
            if bounds is None:
                parts += self._atom()
                repeated = False
                continue
            if repeated or not parts:
                raise PatternError
            node = _Node("repeat", [parts.pop()])
            node.low, node.high = bounds
            node.lazy = self._next("?") is not self._flags["U"]
            parts.append(node)
            repeated = True
        return parts[0] if len(parts) == 1 else _Node("concat", parts)

    def _bounds(self) -> tuple[int, int] | None:
        """Return the bounds of a quantifier and skip it; None when there is none here."""
        for sign, bounds in (("*", (0, MANY)), ("+", (1, MANY)), ("?", (0, 1))):
            if self._next(sign):
                return bounds
        found = re.compile(r"\{([0-9]+)(,([0-9]*))?\}").match(self._source, self._at)
        if found is None:
            return None
        self._at = found.end()
        if any(part and len(part) > 4 for part in (found[1], found[3])):
            raise PatternError
        low = int(found[1])
        high = (int(found[3]) if found[3] else MANY) if found[2] else low
        if low > 1000 or (high != MANY and (high > 1000 or high < low)):
            raise PatternError
        return low, high

    def _leaf(self, text: str) -> _Node:
        return _Node("leaf", text=f"(?i:{text})" if self._flags["i"] else text)

    def _atom(self) -> list[_Node]:
        sign = self._source[self._at]
        self._at += 1
        match sign:
            case "(":
                return self._group()
            case "[":
                return [self._leaf(self._class())]
            case ".":
                return [self._leaf("(?s:.)" if self._flags["s"] else "[^\\n]")]
            case "^":
                return [_Node("assert", text="(?m:^)" if self._flags["m"] else r"\A")]
            case "$":
                return [_Node("assert", text="(?m:$)" if self._flags["m"] else r"\Z")]
            case "\\":
                return self._escape()
            case _:
                return [self._leaf(re.escape(sign))]

    def _escape(self) -> list[_Node]:
        letter = self._source[self._at : self._at + 1]
        if letter == "Q":
            end = self._source.find("\\E", self._at + 1)
            quoted = self._source[self._at + 1 : end if end >= 0 else len(self._source)]
            self._at = end + 2 if end >= 0 else len(self._source)
            return [self._leaf(re.escape(sign)) for sign in quoted]
        if letter in _WORD_EDGES and letter:
            self._at += 1
            return [_Node("assert", text=_WORD_EDGES[letter])]
        if letter and letter in "pP":
            raise UnsupportedRegex
        if letter and letter.lower() in _PERL:
            self._at += 1
            return [self._leaf(f"[{'' if letter.islower() else '^'}{_PERL[letter.lower()]}]")]
        return [self._leaf(re.escape(self._character()))]

    def _character(self) -> str:
        """Return the character of a backslash escape."""
        letter = self._source[self._at : self._at + 1]
        self._at += 1
        if letter in _CONTROLS and letter:
            return _CONTROLS[letter]
        if letter == "x":
            found = re.compile(r"\{([0-9a-fA-F]+)\}|([0-9a-fA-F]{2})").match(self._source, self._at)
            if found is None or int(found[1] or found[2], 16) > 0x10FFFF:
                raise PatternError
            self._at = found.end()
            return chr(int(found[1] or found[2], 16))
        octal = re.compile(r"0[0-7]{0,2}|[1-7][0-7]{1,2}").match(self._source, self._at - 1)
        if octal is not None:
            self._at = octal.end()
            return chr(int(octal[0], 8))
        if not letter or not letter.isascii() or letter.isalnum():
            raise PatternError
        return letter

    def _class(self) -> str:
        """Return a character class, in Python's notation."""
        negated = self._next("^")
        made: list[str] = []
        first = True
        while first or not self._source.startswith("]", self._at):
            if self._at >= len(self._source):
                raise PatternError
            first = False
            posix = re.compile(r"\[:(\^?)(\w*):\]").match(self._source, self._at)
            if posix is not None:
                if posix[2] not in _POSIX:
                    raise PatternError
                self._at = posix.end()
                made.append(f"[{posix[1]}{_POSIX[posix[2]]}]")
                continue
            if self._source.startswith("\\", self._at):
                letter = self._source[self._at + 1 : self._at + 2]
                if letter and letter in "pP":
                    raise UnsupportedRegex
                if letter and letter.lower() in _PERL:
                    self._at += 2
                    made.append(f"[{'' if letter.islower() else '^'}{_PERL[letter.lower()]}]")
                    continue
            made.append(f"[{self._range()}]")
        self._at += 1
        inner = "|".join(made)
        return f"(?:(?!{inner})(?s:.))" if negated else f"(?:{inner})"

    def _range(self) -> str:
        low = self._class_character()
        if (
            self._source.startswith("-", self._at)
            and self._at + 1 < len(self._source)
            and self._source[self._at + 1] != "]"
        ):
            self._at += 1
            high = self._class_character()
            if high < low:
                raise PatternError
            return f"{re.escape(low)}-{re.escape(high)}"
        return re.escape(low)

    def _class_character(self) -> str:
        if self._at >= len(self._source):
            raise PatternError
        if self._next("\\"):
            return self._character()
        self._at += 1
        return self._source[self._at - 1]

    def _group(self) -> list[_Node]:
        outer = dict(self._flags)
        name: str | None = None
        captures = True
        if self._next("?"):
            named = re.compile(r"P?<(\w+)>").match(self._source, self._at)
            if named is not None:
                name = named.group(1)
                if not named.group(1).isascii():
                    raise PatternError
                self._at = named.end()
            else:
                captures = False
                if not self._set_flags():
                    return []
        group = _Node("group")
        if captures:
            self.names.append(name)
            group.group = len(self.names)
        inner = self._alternation()
        if not self._next(")"):
            raise PatternError
        self._flags = outer
        if not captures:
            return [_Node("concat", [inner])]
        group.parts = [inner]
        return [group]

    def _set_flags(self) -> bool:
        """Read inline flags; return whether a group follows them."""
        found = re.compile(r"([imsU]*)(?:-([imsU]+))?([:)])").match(self._source, self._at)
        if found is None or (found[3] == ")" and not (found[1] or found[2])):
            raise PatternError
        self._at = found.end()
        for flag in found[1]:
            self._flags[flag] = True
        for flag in found[2] or "":
            self._flags[flag] = False
        return found[3] == ":"


class Regex:
    """A compiled pattern. `names` are those of its groups, in their order."""

    def __init__(self, source: str) -> None:
        parser = _Parser(source)
        try:
            self._root = parser.parse()
        except RecursionError:
            raise UnsupportedRegex from None
        self.names = parser.names
        self._pattern: re.Pattern[str] | None = None
        self._program: _Program | None = None

    @property
    def groups(self) -> int:
        """Return how many groups it has."""
        return len(self.names)

    def search(self, text: str, start: int = 0) -> Spans | None:
        """Return the first match from `start` on. Raises UnsupportedRegex where that would take too long."""
        if self._program is None and self._pattern is None:
            if _takes_long(self._root, len(text)):
                self._program = _Program(self._root)
            else:
                try:
                    self._pattern = re.compile(self._root.python())
                except (re.error, OverflowError, RecursionError):
                    self._program = _Program(self._root)
        if self._program is not None:
            return self._program.search(text, start, self.groups)
        found = self._pattern.search(text, start) if self._pattern is not None else None
        return None if found is None else [found.span(group) for group in range(self.groups + 1)]

    def occurrences(self, text: str) -> Iterator[Spans]:
        """Yield all matches that do not overlap; no empty match right after another one."""
        start, end = 0, -1
        while start <= len(text):
            found = self.search(text, start)
            if found is None:
                return
            first, last = found[0]
            if last > first or first != end:
                yield found
            end = last
            start = last if last > first else last + 1


def _takes_long(root: _Node, size: int) -> bool:
    """Return whether Python's backtracking engine could need too many attempts."""
    repeats = optional = 0
    waiting = [root]
    while waiting:
        node = waiting.pop()
        waiting += node.parts
        if node.kind == "repeat":
            inner = node.parts[0]
            if node.high > 1 and (inner.ambiguous or inner.nullable):
                return True
            if node.high != node.low:
                repeats += node.high > 1
                optional += node.high == 1
    return repeats + optional > 0 and comb(size + repeats, repeats + 1) << min(optional, 64) > MAX_TRIALS


class _Program:
    """A pattern as Go compiles it: steps that threads execute in parallel, preferred ones first."""

    def __init__(self, root: _Node) -> None:
        self._code: list[Instruction] = []
        self._leaves: list[re.Pattern[str]] = []
        self._known: dict[tuple[int, str], bool] = {}
        self._emit(root)
        self._add("match")

    def _add(self, kind: str, first: int = 0, second: int = 0) -> int:
        if len(self._code) >= MAX_PROGRAM:
            raise UnsupportedRegex
        self._code.append((kind, first, second))
        return len(self._code) - 1

    def _emit(self, node: _Node) -> None:
        match node.kind:
            case "leaf" | "assert":
                self._leaves.append(re.compile(node.text))
                self._add(node.kind, len(self._leaves) - 1)
            case "group":
                self._add("save", 2 * node.group)
                self._emit(node.parts[0])
                self._add("save", 2 * node.group + 1)
            case "alternate":
                self._alternate(node.parts)
            case "repeat":
                self._repeat(node)
            case _:
                for part in node.parts:
                    self._emit(part)

    def _alternate(self, parts: list[_Node]) -> None:
        ends: list[int] = []
        for part in parts[:-1]:
            split = self._add("split")
            self._emit(part)
            ends.append(self._add("jump"))
            self._code[split] = ("split", split + 1, len(self._code))
        self._emit(parts[-1])
        for end in ends:
            self._code[end] = ("jump", len(self._code), 0)

    def _repeat(self, node: _Node) -> None:
        inner = node.parts[0]
        for _ in range(node.low if node.high != MANY else max(node.low - 1, 0)):
            self._emit(inner)
        if node.high == MANY:
            if node.low:
                self._plus(inner, node.lazy)
            elif inner.nullable:
                split = self._add("split")
                self._plus(inner, node.lazy)
                self._split(split, split + 1, len(self._code), node.lazy)
            else:
                split = self._add("split")
                self._emit(inner)
                self._add("jump", split)
                self._split(split, split + 1, len(self._code), node.lazy)
            return
        splits: list[int] = []
        for _ in range(node.high - node.low):
            splits.append(self._add("split"))
            self._emit(inner)
        for split in splits:
            self._split(split, split + 1, len(self._code), node.lazy)

    def _plus(self, inner: _Node, lazy: bool) -> None:
        start = len(self._code)
        self._emit(inner)
        split = self._add("split")
        self._split(split, start, split + 1, lazy)

    def _split(self, at: int, first: int, second: int, lazy: bool) -> None:
        self._code[at] = ("split", second, first) if lazy else ("split", first, second)

    def search(self, text: str, start: int, groups: int) -> Spans | None:
        """Return where the program matches first from `start` on."""
        steps = (len(text) - start + 1) * len(self._code)
        if steps > MAX_THREAD_STEPS:
            raise UnsupportedRegex
        empty: Captures = (-1,) * (2 * groups + 2)
        threads: list[tuple[int, Captures]] = []
        found: Captures | None = None
        for place in range(start, len(text) + 1):
            seen: set[int] = set()
            following: list[tuple[int, Captures]] = []
            for at, captures in threads:
                self._follow(at, captures, text, place, seen, following)
            if found is None:
                self._follow(0, (place, *empty[1:]), text, place, seen, following)
            charge(1 + len(seen))
            threads = []
            for at, captures in following:
                kind, first, _ = self._code[at]
                if kind == "match":
                    found = (captures[0], place, *captures[2:])
                    break
                if place < len(text) and self._matches(first, text[place]):
                    threads.append((at + 1, captures))
            if not threads and found is not None:
                break
        if found is None:
            return None
        return [(found[index], found[index + 1]) for index in range(0, len(found), 2)]

    def _matches(self, leaf: int, letter: str) -> bool:
        key = leaf, letter
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._leaves[leaf].fullmatch(letter) is not None
        return known

    def _follow(
        self,
        start: int,
        captures: Captures,
        text: str,
        place: int,
        seen: set[int],
        following: list[tuple[int, Captures]],
    ) -> None:
        """Add the next steps of a thread, preferred ones first."""
        waiting = [(start, captures)]
        while waiting:
            at, saved = waiting.pop()
            if at in seen:
                continue
            seen.add(at)
            kind, first, second = self._code[at]
            match kind:
                case "jump":
                    waiting.append((first, saved))
                case "split":
                    waiting += ((second, saved), (first, saved))
                case "save":
                    waiting.append((at + 1, (*saved[:first], place, *saved[first + 1 :])))
                case "assert":
                    if self._leaves[first].match(text, place) is not None:
                        waiting.append((at + 1, saved))
                case _:
                    following.append((at, saved))

"""Regular expressions of the Go language (RE2), as far as Python's run them alike and in bounded time."""

from __future__ import annotations

from iplint.budget import charge_bytes
from iplint.terraform.functions_base import ArgumentError, Excessive, Unsupported, limited
from iplint.value import Absent, Known, Map, Seq, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from iplint.terraform.functions_base import Arguments, Cutter
    from iplint.value import Lazy, Value

MAX_SEARCHED_LENGTH = 100_000
MAX_PATTERN_LENGTH = 1_000
# Python's engine goes back and tries again; some seconds' worth of trials.
MAX_TRIALS = 200_000_000
# What a group of a match takes, in bytes of a budget.
BYTES_A_GROUP = 400


class _Scan:
    """Goes through a pattern once: what it may cost, and how Python writes it."""

    def __init__(self, pattern: str) -> None:
        self.repeats = 0
        self.optional = 0
        self.nested = False
        self.foreign = False
        self.refused = False
        self.multiline = False
        self.python = self._scan(pattern)

    def _scan(self, pattern: str) -> str:
        written: list[str] = []
        # For each group that is open: whether something in it can match in several ways.
        ways = [False]
        closed: bool | None = None
        index = 0
        while index < len(pattern):
            letter = pattern[index]
            size = 1
            ending: bool | None = None
            match letter:
                case "\\":
                    size = 2
                    self._escape(pattern[index + 1 : index + 2])
                case "[":
                    size = self._class(pattern, index)
                case "(":
                    ways.append(False)
                    size = self._group(pattern, index)
                case ")":
                    ending = ways.pop() if len(ways) > 1 else False
                    ways[-1] = ways[-1] or ending
                case "|":
                    ways[-1] = True
                case "*" | "+" | "{" | "?":
                    size = self._quantifier(pattern, index, closed)
                    if not size:
                        written.append("\\{")
                        index += 1
                        closed = None
                        continue
                    ways[-1] = True
                case "$":
                    # Python's would also match before a line end at the end.
                    written.append("$" if self.multiline else r"\Z")
                    index += 1
                    closed = None
                    continue
                case _:
                    pass
            closed = ending
            written.append(pattern[index : index + size])
            index += size
        return "".join(written)

    def _escape(self, letter: str) -> None:
        if letter.isdigit():
            # There are no references back in RE2.
            self.refused = True
        if letter in "zZQEpPC":
            self.foreign = True

    def _class(self, pattern: str, start: int) -> int:
        index = start + 1
        if pattern[index : index + 1] == "^":
            index += 1
        if pattern[index : index + 1] == "]":
            index += 1
        while index < len(pattern) and pattern[index] != "]":
            if pattern.startswith("[:", index) or pattern.startswith("\\p", index) or pattern.startswith("\\P", index):
                self.foreign = True
            index += 2 if pattern[index] == "\\" else 1
        return index + 1 - start

    def _group(self, pattern: str, start: int) -> int:
        if pattern[start + 1 : start + 2] != "?":
            return 1
        if pattern.startswith("(?P<", start):
            return 4
        if pattern.startswith(("(?=", "(?!", "(?<=", "(?<!"), start):
            self.refused = True
            return 3
        end = start + 2
        while end < len(pattern) and pattern[end] in "ims-U":
            end += 1
        # Python takes flags for the whole pattern only at its start. With `m` the dollar has another meaning.
        flags = pattern[start + 2 : end]
        whole = pattern[end : end + 1] == ")" and start == 0
        self.multiline = self.multiline or (whole and "m" in flags)
        scoped = pattern[end : end + 1] == ":" and "m" not in flags
        if not (whole or scoped) or "U" in flags or "-" in flags:
            self.foreign = True
        return end - start

    def _quantifier(self, pattern: str, start: int, group: bool | None) -> int:
        """Return how many letters a quantifier has; 0 for a brace that is none."""
        letter = pattern[start]
        end = start + 1
        if letter == "{":
            close = pattern.find("}", start)
            bounds = pattern[start + 1 : close].split(",") if close > 0 else []
            if not bounds or len(bounds) > 2 or not bounds[0].isdigit() or not (bounds[-1].isdigit() or not bounds[-1]):
                return 0
            if any(len(bound) > 4 or int(bound) > 1000 for bound in bounds if bound):
                self.refused = True
            end = close + 1
        if letter == "?":
            self.optional += 1
        elif not (letter == "{" and "," not in pattern[start:end]):
            self.repeats += 1
        if group and letter != "?":
            self.nested = True
        following = pattern[end : end + 1]
        if following == "?":
            end += 1
        elif following in ("+", "*"):
            self.refused = True
        return end - start


def compiled(source: str, size: int) -> re.Pattern[str]:
    """Return a pattern to search a text of `size` letters with.

    Raises ReadError when Terraform would report it, Excessive when it is not run: it means something else in Python, or
    could take too long.
    """
    import re  # few configurations need it
    from math import comb

    if size > MAX_SEARCHED_LENGTH or len(source) > MAX_PATTERN_LENGTH:
        raise Excessive("a pattern on a text that is too long")
    scan = _Scan(source)
    if scan.refused:
        raise ArgumentError
    if scan.foreign:
        raise Unsupported("a pattern of a kind that is not run")
    trials = comb(size + scan.repeats, scan.repeats + 1) << min(scan.optional, 64)
    if scan.nested or (scan.repeats + scan.optional > 0 and trials > MAX_TRIALS):
        raise Unsupported("a pattern that could take too long")
    try:
        return re.compile(scan.python, re.ASCII)
    except (re.error, OverflowError, RecursionError):
        raise Unsupported("a pattern of a kind that is not run") from None


def occurrences(pattern: re.Pattern[str], letters: str) -> Iterator[re.Match[str]]:
    """Yield what a pattern matches. Unlike Python, Go finds nothing empty right after a match."""
    end = -1
    for count, match in enumerate(pattern.finditer(letters)):
        limited(count)
        if match.start() == match.end() == end:
            continue
        end = match.end()
        yield match


def found_in(args: Arguments, match: re.Match[str], cutter: Cutter) -> Value:
    """Return a match as `regex` returns it: a text, a list of groups, or a map of named groups."""

    def group(number: int) -> Value:
        start, end = match.span(number)
        return Known(Text(tuple(cutter.cut(start, end))), args.at) if start >= 0 else Absent(args.at)

    names = match.re.groupindex
    charge_bytes(BYTES_A_GROUP * (1 + match.re.groups))
    if names and len(names) != match.re.groups:
        raise ArgumentError
    if names:
        return args.known(Map({name: (args.at, group(number)) for name, number in names.items()}))
    if match.re.groups:
        groups: list[Lazy] = [group(number) for number in range(1, match.re.groups + 1)]
        return args.known(Seq(groups))
    return group(0)


def expanded(template: str, match: re.Match[str]) -> Iterator[str | tuple[int, int]]:
    """Yield a replacement, as literal texts and the spans of groups: `$1`, `$name`, `${name}` stand for groups, `$$`
    for `$`.

    A group that the pattern has not is empty, as in the Go language's Regexp.Expand.
    """
    index = 0
    while (dollar := template.find("$", index)) >= 0:
        if index < dollar:
            yield template[index:dollar]
        index = dollar + 1
        if template.startswith("$", index):
            yield "$"
            index += 1
            continue
        braced = template.startswith("{", index)
        start = end = index + braced
        while end < len(template) and (template[end].isalnum() or template[end] == "_"):
            end += 1
        name = template[start:end]
        if not name or (braced and not template.startswith("}", end)):
            yield "$"
            continue
        index = end + braced
        number = int(name) if name.isdecimal() and len(name) < 5 else match.re.groupindex.get(name, -1)
        if 0 <= number <= match.re.groups:
            yield match.span(number)
    if index < len(template):
        yield template[index:]

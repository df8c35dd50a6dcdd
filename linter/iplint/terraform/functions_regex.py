"""What the functions that search with regular expressions share."""

from __future__ import annotations

from iplint.budget import charge, charge_bytes
from iplint.datatype import STRING, Kind, Type
from iplint.terraform import re2
from iplint.terraform.functions_base import ArgumentError, Excessive, Unsupported, limited
from iplint.value import Absent, Known, Map, Seq, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.terraform.functions_base import Arguments, Cutter
    from iplint.terraform.re2 import Regex, Spans
    from iplint.value import Lazy, Value

MAX_SEARCHED_LENGTH = 100_000
MAX_PATTERN_LENGTH = 1_000
STEPS_A_LETTER = 4
# What a group of a match takes, in bytes of a budget.
BYTES_A_GROUP = 400


def compiled(source: str, size: int) -> Regex:
    """Return a compiled pattern for texts of `size` letters.

    Raises ArgumentError when Terraform reports an error, Unsupported when the pattern is not run.
    """
    if size > MAX_SEARCHED_LENGTH or len(source) > MAX_PATTERN_LENGTH:
        raise Excessive("a pattern on a text that is too long")
    charge(STEPS_A_LETTER * len(source))
    try:
        return re2.Regex(source)
    except re2.PatternError:
        raise ArgumentError from None
    except re2.UnsupportedRegex:
        raise Unsupported("a pattern of a kind that is not run") from None


def first_match(pattern: Regex, letters: str) -> Spans | None:
    """Return the first match of a pattern."""
    try:
        return pattern.search(letters)
    except re2.UnsupportedRegex:
        raise Unsupported("a pattern that could take too long") from None


def occurrences(pattern: Regex, letters: str) -> Iterator[Spans]:
    """Yield all matches of a pattern."""
    try:
        for count, match in enumerate(pattern.occurrences(letters)):
            limited(count)
            yield match
    except re2.UnsupportedRegex:
        raise Unsupported("a pattern that could take too long") from None


def found_in(args: Arguments, pattern: Regex, match: Spans, cutter: Cutter) -> Value:
    """Return a match as `regex` returns it: a text, a list of groups, or a map of named groups."""

    def group(number: int) -> Value:
        start, end = match[number]
        return Known(Text(tuple(cutter.cut(start, end))), args.at) if start >= 0 else Absent(args.at, (), STRING)

    charge_bytes(BYTES_A_GROUP * (1 + pattern.groups))
    if any(pattern.names):
        if not all(pattern.names):
            raise ArgumentError
        names = enumerate(pattern.names, 1)
        return args.known(Map({name: (args.at, group(number)) for number, name in names if name is not None}))
    if pattern.groups:
        groups: list[Lazy] = [group(number) for number in range(1, pattern.groups + 1)]
        return args.known(Seq(groups))
    return group(0)


def match_type(pattern: Regex) -> Type:
    """Return the type of the result of `regex` for a pattern."""
    if any(pattern.names):
        if not all(pattern.names):
            raise ArgumentError
        return Type(Kind.OBJECT, attributes={name: STRING for name in pattern.names if name is not None})
    return Type(Kind.TUPLE, items=(STRING,) * pattern.groups) if pattern.groups else STRING


def expanded(template: str, pattern: Regex, match: Spans) -> Iterator[str | tuple[int, int]]:
    """Yield a replacement, as literal texts and the spans of groups: `$1`, `$name`, `${name}` for groups, `$$` for `$`.

    A group that the pattern does not have is empty, as in the Go language's Regexp.Expand.
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
        if name.isascii() and name.isdigit() and len(name) < 5 and (name == "0" or name[0] != "0"):
            number = int(name)
        else:
            number = pattern.names.index(name) + 1 if name in pattern.names else -1
        if 0 <= number <= pattern.groups and match[number][0] >= 0:
            yield match[number]
    if index < len(template):
        yield template[index:]

"""Functions on texts."""

from __future__ import annotations

from iplint.datatype import STRING, STRINGS, list_of
from iplint.location import Origin
from iplint.resource import Passing
from iplint.terraform.expression import MAX_PIECES, MAX_TEXT_LENGTH
from iplint.terraform.functions_base import (
    MANY,
    ArgumentError,
    Cutter,
    Excessive,
    FunctionTable,
    NeedsUnknown,
    as_string,
    certain,
    clusters,
    joined,
    limited,
    plain,
    reading,
    refuse,
    respelled,
    rewritten,
    unknown_parts,
)
from iplint.terraform.functions_regex import compiled, expanded, first_match, found_in, match_type, occurrences
from iplint.terraform.scope import PartiallyOrderedSeq
from iplint.value import HOLE, Absent, Chunk, Hole, Known, Seq, Text, Unknown, may_hold, merged_reasons, whole_resource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from iplint.location import Span
    from iplint.terraform.functions_base import Arguments
    from iplint.value import Lazy, Value

# Unicode's White_Space, as the Go language's unicode.IsSpace has it.
_BLANKS = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f"
    "\u205f\u3000"
)

TEXT = FunctionTable()


# Letters


def _lower(letter: str) -> str:
    # Terraform goes by letters, as the Go language does: none becomes two.
    return letter.lower()[:1]


def _upper(letter: str) -> str:
    upper = letter.upper()
    return upper if len(upper) == 1 else letter


def _each_letter(args: Arguments, change: Callable[[str], str]) -> Value:
    pieces: list[Chunk | Hole] = []
    # A text that was made by doubling another has the same pieces again and again, and so has what is made of it.
    made: dict[int, list[Chunk | Hole]] = {}
    for piece in args.text(0).pieces:
        found = made.get(id(piece))
        if found is None:
            found = made[id(piece)] = []
            found += (rewritten(piece),) if isinstance(piece, Hole) else respelled(piece, change)
        pieces += found
    return args.changed(0, args.assembled(pieces))


@TEXT("lower", takes=1, total=True, passes=Passing.PART)
def lower(args: Arguments) -> Value:
    """Return the text in lower case."""
    return _each_letter(args, _lower)


@TEXT("upper", takes=1, total=True, passes=Passing.PART)
def upper(args: Arguments) -> Value:
    """Return the text in upper case."""
    return _each_letter(args, _upper)


@TEXT("title", takes=1, total=True, passes=Passing.PART)
def title(args: Arguments) -> Value:
    """Return the text with a capital letter at the start of each word."""
    string = args.text(0)
    before = " "
    pieces: list[Chunk] = []
    plain(string)
    for piece in string.pieces:
        if isinstance(piece, Chunk):
            letters: list[str] = []
            for letter in piece.text:
                letters.append(_in_title(letter) if _parts_words(before) else letter)
                before = letter
            pieces.append(Chunk("".join(letters), piece.origin, piece.offset))
    return args.changed(0, args.assembled(pieces))


def _in_title(letter: str) -> str:
    changed = letter.title()
    return changed if len(changed) == 1 else letter


def _parts_words(letter: str) -> bool:
    """Return whether a word begins after a letter: outside ASCII only after white space, as in the Go language."""
    if letter.isascii():
        return not letter.isalnum() and letter != "_"
    return letter in _BLANKS


@TEXT("strrev", takes=1, total=True, passes=Passing.PART)
def strrev(args: Arguments) -> Value:
    """Return the letters from last to first."""
    return args.made("".join(reversed(clusters(args.plain(0)))))


# Ends


def _stripped(pieces: list[Chunk | Hole], letters: str, start: bool) -> list[Chunk | Hole]:
    """Return the pieces without some letters at one end.

    A hole at that end may contain only such letters: then the letters after it may be at the end as well.
    """
    gaps: list[Hole] = []
    rest = list(pieces)
    while rest:
        piece = rest.pop(0 if start else -1)
        if isinstance(piece, Hole):
            gaps.append(piece)
            continue
        kept = piece.text.lstrip(letters) if start else piece.text.rstrip(letters)
        if kept:
            offset = piece.offset + len(piece.text) - len(kept) if start else piece.offset
            chunk = Chunk(kept, piece.origin, offset)
            rest = [chunk, *rest] if start else [*rest, chunk]
            break
    if not gaps:
        return rest
    gap = joined(gaps if start else gaps[::-1])
    return [gap, *rest] if start else [*rest, gap]


def _trimmed(args: Arguments, letters: str, start: bool = True) -> Value:
    string = args.text(0)
    pieces = list(string.pieces)
    if not letters:
        return args.as_text(0)
    if start:
        pieces = _stripped(pieces, letters, True)
    pieces = _stripped(pieces, letters, False)
    # Blanks around an encoding are not part of it.
    encodes = string.encodes if not letters.strip(_BLANKS) else None
    return args.changed(0, args.assembled(pieces, encodes))


@TEXT("trimspace", takes=1, total=True, passes=Passing.TOGETHER)
def trimspace(args: Arguments) -> Value:
    """Return the text without white space at both ends."""
    return _trimmed(args, _BLANKS)


@TEXT("chomp", takes=1, total=True, passes=Passing.TOGETHER)
def chomp(args: Arguments) -> Value:
    """Return the text without line ends at its end."""
    return _trimmed(args, "\r\n", start=False)


@TEXT("trim", takes=2, total=True, passes=Passing.PART, of=(0,))
def trim(args: Arguments) -> Value:
    """Return the text without the given letters at both ends."""
    return _trimmed(args, args.plain(1))


@TEXT("trimprefix", takes=2, total=True, passes=Passing.PART, of=(0,))
def trimprefix(args: Arguments) -> Value:
    """Return the text without a prefix."""
    string, prefix = args.text(0), args.plain(1)
    if not certain(string.starts_with(prefix), args[0]):
        return args.as_text(0)
    cutter = Cutter(string)
    return args.pieces(cutter.cut(len(prefix), cutter.size))


@TEXT("trimsuffix", takes=2, total=True, passes=Passing.PART, of=(0,))
def trimsuffix(args: Arguments) -> Value:
    """Return the text without a suffix."""
    string, suffix = args.text(0), args.plain(1)
    if not certain(string.ends_with(suffix), args[0]):
        return args.as_text(0)
    cutter = Cutter(string)
    return args.pieces(cutter.cut(0, cutter.size - len(suffix)))


@TEXT("startswith", takes=2, total=True, passes=Passing.NONE)
def startswith(args: Arguments) -> Value:
    """Return whether it starts with another text."""
    return args.known(certain(args.text(0).starts_with(args.plain(1)), args[0]))


@TEXT("endswith", takes=2, total=True, passes=Passing.NONE)
def endswith(args: Arguments) -> Value:
    """Return whether it ends with another text."""
    return args.known(certain(args.text(0).ends_with(args.plain(1)), args[0]))


@TEXT("strcontains", takes=2, total=True, passes=Passing.NONE)
def strcontains(args: Arguments) -> Value:
    """Return whether it contains another text."""
    string, wanted = args.text(0), args.plain(1)
    return args.known(certain(wanted in string.flat or (False if not string.holes else None), args[0]))


# Parts


@TEXT("substr", takes=3, passes=Passing.PART, of=(0,))
def substr(args: Arguments) -> Value:
    """Return the letters from an offset, which counts from the end when negative, up to a length unless that is -1."""
    string, offset, length = args.text(0), args.whole(1), args.whole(2)
    head = string.flat.partition(HOLE)[0] if string.holes else string.flat
    letters = clusters(head)
    if string.holes and (offset < 0 or length < 0 or offset + length > len(letters)):
        raise NeedsUnknown(*(gap.value for gap in string.holes))
    first = max(offset + len(letters), 0) if offset < 0 else offset
    before = len("".join(letters[:first]))
    size = len("".join(letters[first:] if length < 0 else letters[first : first + length]))
    return args.pieces(Cutter(string).cut(before, before + size))


@TEXT("split", takes=2, passes=Passing.PART, of=(1,))
def split(args: Arguments) -> Value:
    """Return the parts between separators. A hole may contain separators, so the positions after it are unknown."""
    separator, string = args.plain(0), args.text(1)
    if not separator:
        return _letters(args, string)
    cutter = Cutter(string)
    flat = string.flat
    limited(flat.count(separator))
    items: list[Lazy] = []
    sure: int | None = None
    start = 0
    while start <= len(flat):
        found = flat.find(separator, start)
        end = found if found >= 0 else len(flat)
        part = Text(tuple(cutter.cut(start, end)))
        if any(may_hold(hole.value, separator) for hole in part.holes):
            sure = len(items) if sure is None else sure
        elif sure is None or not _straddles(flat, start, separator):
            items.append(_whole(part, args.at))
        start = end + len(separator)
    if sure is None:
        return args.known(Seq(items, None, STRINGS))
    gap = joined([rewritten(gap) for gap in string.holes]).value
    return args.known(PartiallyOrderedSeq(items, sure, Unknown(gap.reasons, args.at), True, STRINGS))


def _whole(part: Text, at: Span) -> Value:
    """Return a part of a text; if it is only one hole, the unknown itself with its reference."""
    match part.pieces:
        case (Hole(value=unknown),):
            return unknown
        case _:
            return Known(part, at)


def _letters(args: Arguments, string: Text) -> Value:
    letters = plain(string)
    limited(len(letters))
    cutter = Cutter(string)
    items: list[Lazy] = []
    for start in range(len(letters)):
        items.append(Known(Text(tuple(cutter.cut(start, start + 1))), args.at))
    return args.known(Seq(items, None, STRINGS))


def _straddles(flat: str, start: int, separator: str) -> bool:
    """Return whether a separator before `start` may be part of another one that began in a hole."""
    return len(separator) > 1 and HOLE in flat[max(0, start - 2 * len(separator)) : start]


# Replacement


@TEXT("replace", takes=3, total=False, passes=Passing.PART, of=(0,))
def replace(args: Arguments) -> Value:
    """Return the text with each occurrence of a text, or of a pattern between slashes, replaced."""
    string, wanted, other = args.text(0), args.plain(1), reading(args[2])
    if len(wanted) > 1 and wanted.startswith("/") and wanted.endswith("/"):
        return _replaced_pattern(args, wanted[1:-1])
    if not wanted:
        # Between all letters, and at both ends.
        letters, between = plain(string), plain(other)
        if len(letters) + (len(letters) + 1) * len(between) > MAX_TEXT_LENGTH:
            raise Excessive("a text that is too large")
        return args.made(letters.replace("", between))
    found = _occurrences(string, wanted)
    if not found:
        # Nothing is replaced, except perhaps in what fills the holes.
        return args.changed(0, args.assembled(_all_rewritten(list(string.pieces))) if string.holes else string)
    if len(found) * max(1, len(other.pieces)) > MAX_PIECES:
        raise Excessive("a text that is too large")
    cutter = Cutter(string)
    pieces: list[Chunk | Hole] = []
    start = 0
    for place in found:
        if start < place:
            pieces += _all_rewritten(cutter.cut(start, place))
        pieces += other.pieces
        start = place + len(wanted)
    if start < cutter.size:
        pieces += _all_rewritten(cutter.cut(start, cutter.size))
    return args.pieces(pieces)


def _all_rewritten(pieces: list[Chunk | Hole]) -> list[Chunk | Hole]:
    return [rewritten(piece) if isinstance(piece, Hole) else piece for piece in pieces]


def _occurrences(string: Text, wanted: str) -> list[int]:
    """Return where a text occurs. Raises NeedsUnknown when an occurrence may reach into a hole."""
    flat = string.flat
    found: list[int] = []
    place = flat.find(wanted)
    while place >= 0:
        found.append(place)
        if len(found) > MAX_PIECES:
            raise Excessive("a text that is too large")
        place = flat.find(wanted, place + len(wanted))
    if len(wanted) > 1 and string.holes:
        runs = flat.split(HOLE)
        for size in range(1, len(wanted)):
            if any(run.endswith(wanted[:size]) for run in runs[:-1]) or any(
                run.startswith(wanted[-size:]) for run in runs[1:]
            ):
                raise NeedsUnknown(*(gap.value for gap in string.holes))
    return found


def _replaced_pattern(args: Arguments, source: str) -> Value:
    string, other = args.text(0), args.plain(2)
    letters = plain(string)
    pattern = compiled(source, len(letters))
    origin = Origin(args.at)
    cutter = Cutter(string)
    pieces: list[Chunk | Hole] = []
    start = 0
    for match in occurrences(pattern, letters):
        if start < match[0][0]:
            pieces += cutter.cut(start, match[0][0])
        for part in expanded(other, pattern, match):
            if isinstance(part, str):
                pieces.append(Chunk(part, origin))
            elif part[0] < part[1]:
                pieces += cutter.cut(*part)
            if len(pieces) > MAX_PIECES:
                raise Excessive("a text that is too large")
        start = match[0][1]
    if not start and not pieces:
        return args.as_text(0)
    if start < cutter.size:
        pieces += cutter.cut(start, cutter.size)
    return args.pieces(pieces)


@TEXT("regex", takes=2, passes=Passing.PART, of=(1,))
def regex(args: Arguments) -> Value:
    """Return the first match of a pattern: its groups, or the whole match when it has none."""
    string = args.text(1)
    letters = plain(string)
    pattern = compiled(args.plain(0), len(letters))
    match_type(pattern)
    match = first_match(pattern, letters)
    return found_in(args, pattern, match, Cutter(string)) if match is not None else refuse()


@TEXT("regexall", takes=2, passes=Passing.PART, of=(1,))
def regexall(args: Arguments) -> Value:
    """Return all matches of a pattern, each as `regex` returns it."""
    string = args.text(1)
    letters = plain(string)
    pattern = compiled(args.plain(0), len(letters))
    cutter = Cutter(string)
    found = [found_in(args, pattern, match, cutter) for match in occurrences(pattern, letters)]
    return args.known(Seq([*found], None, list_of(match_type(pattern))))


# Assembly


@TEXT("indent", takes=2, total=True, passes=Passing.TOGETHER, of=(1,))
def indent(args: Arguments) -> Value:
    """Return the text with each line but the first indented."""
    count, string = args.whole(0), args.text(1)
    if count < 0:
        raise ArgumentError
    if count > MAX_PIECES or sum(piece.text.count("\n") for piece in string.pieces if isinstance(piece, Chunk)) > (
        MAX_PIECES // 2
    ):
        raise Excessive("a text that is too large")
    spaces = Chunk(" " * count, Origin(args.at))
    pieces: list[Chunk | Hole] = []
    for piece in string.pieces:
        if isinstance(piece, Hole):
            pieces.append(rewritten(piece))
            continue
        start = 0
        for line in piece.text.splitlines(keepends=True) if piece.text.isascii() else _lines(piece.text):
            pieces.append(Chunk(line, piece.origin, piece.offset + start))
            start += len(line)
            if line.endswith("\n"):
                pieces.append(spaces)
    return args.pieces(pieces)


def _lines(string: str) -> list[str]:
    lines = string.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + lines[-1:]


@TEXT("join", takes=2, to=MANY, types=(STRING, None), passes=Passing.TOGETHER)
def join(args: Arguments) -> Value:
    """Return texts joined by a separator. Where a list is open, further items become a hole."""
    lists = [args.seq(index) for index in range(1, len(args))]
    if (
        len(lists) == 1
        and len(lists[0]) == 1
        and lists[0].more is None
        and not isinstance(lists[0], PartiallyOrderedSeq)
    ):
        only = lists[0].item(0)
        return as_string(only) if not isinstance(only, Absent) else refuse()
    separator = reading(args[0])
    pieces: list[Chunk | Hole] = []
    parted = False
    for items in lists:
        sure = items.settled if isinstance(items, PartiallyOrderedSeq) else None
        missing = unknown_parts(*items) if sure is not None else []
        gap = _gap([*([items.more] if items.more is not None else []), *missing], args)
        for index, item in enumerate(items):
            text = reading(item)
            if sure is not None and index >= sure and gap is not None:
                pieces.append(gap)
            elif parted:
                pieces += separator.pieces
            pieces += text.pieces
            parted = True
            if len(pieces) > MAX_PIECES:
                raise Excessive("a text that is too large")
        if gap is not None and (sure is not None or items.more is not None):
            pieces.append(gap)
    return args.pieces(pieces)


def _gap(values: list[Unknown], args: Arguments) -> Hole | None:
    """Return the hole of an open list: any number of items, with separators."""
    if not values:
        return None
    return Hole(Unknown(merged_reasons(iter(values)), args.at, ref=whole_resource(values)), "${...}")

"""Secrets of the sources, found or declared, and the search for them in text that is about to be written.

A secret is known as a decoded text and by its places. A text is searched as it is and in its decoded forms
(`iplint.spelling`), so a secret is found in any escape or encoding.
"""

from __future__ import annotations

from itertools import pairwise

from iplint.budget import charge
from iplint.value import HOLE, Chunk, Known, Map, Seq, Text, as_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from iplint.location import Span
    from iplint.value import Value

# So many consecutive characters of a secret reveal too much of it; four are shown on purpose.
RUN = 5
# A whole report also contains our own words, numbers and hashes: shorter runs may be theirs.
LONG_RUN = 8
# Of a text without the look of a key, shorter ones are ordinary words too often.
_MIN_LOOSE = 8
# Up to this length a value that an input is set to counts only as a whole word.
_MAX_WORD = 16
_MAX_REMEMBERED = 4096
# What numbers and hashes are made of.
_DIGITS = frozenset("0123456789abcdef")
# What it costs to take in one part of a secret value, in steps of the budget.
_STEPS_A_PART = 40
# So many characters are compared with the values of inputs for each one of a text, and of a short one.
_MAX_COMPARED = 200
_MAX_COMPARED_OF_SHORT = 1_000_000


class Secret:
    """A text that may not be written, decoded, and the places that contain it.

    `is_key` is true of what the search for keys found, `is_sure` where it has the form of a key. Everything else is the
    value of a sensitive input, which may be an ordinary word.
    """

    __slots__ = ("is_key", "is_sure", "spans", "text")

    def __init__(self, text: str, spans: tuple[Span, ...], *, is_key: bool = False, is_sure: bool = False) -> None:
        self.text = text
        self.spans = spans
        self.is_key = is_key
        self.is_sure = is_sure


class Secrets:
    """The secrets of a run, and the search for them in texts.

    For a text that looks like a key, any RUN consecutive characters of it are found; for others the whole only: a short
    value of an input as a word of its own, and not among our own words where it may be one of them.
    """

    __slots__ = ("_distinct", "_found", "_known", "_lengths", "_loose", "_lowered", "_runs", "spans")

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        self.spans: list[Span] = []
        self._known: set[tuple[str, bool, bool]] = set()
        self._runs: set[str] = set()
        self._lowered: set[str] = set()
        # Those runs of keys that are neither a word nor a part of a number or a hash, so never of our own.
        self._distinct: set[str] = set()
        # Texts, with whether each is no more than the value of an input, and how long they are by how they begin.
        self._loose: dict[str, bool] = {}
        self._lengths: dict[str, set[int]] = {}
        self._found: dict[tuple[str, int, bool], list[tuple[int, int]]] = {}
        self.extend(secrets)

    def __bool__(self) -> bool:
        return bool(self._known or self.spans)

    def extend(self, secrets: Iterable[Secret]) -> None:
        """Add secrets."""
        for secret in secrets:
            self.spans += secret.spans
            for text in secret.text.split(HOLE):
                self._add(text, secret.is_key, secret.is_sure)
            if secret.is_key:
                # What packs a text may be repeated as well: compressed text is recognised in no other form.
                for span in secret.spans:
                    self._add(span.text, True, False)
        self._found.clear()

    def update(self, other: Secrets) -> None:
        """Add all secrets of another collection."""
        self.spans += other.spans
        self._known |= other._known
        self._runs |= other._runs
        self._lowered |= other._lowered
        self._distinct |= other._distinct
        for text, is_value in other._loose.items():
            self._add_loose(text, is_value)
        self._found.clear()

    def hide(self, spans: Iterable[Span]) -> None:
        """Add the places of secrets whose text is unknown."""
        self.extend(Secret("", (span,), is_key=True) for span in spans)

    def _add(self, text: str, is_key: bool, is_sure: bool) -> None:
        known = (text, is_key, is_sure)
        if known in self._known or len(text) < RUN:
            return
        self._known.add(known)
        parts = "".join(letter if letter.isalnum() else " " for letter in text)
        for word in {*text.split(), *parts.split()}:
            if is_varied(word) or (is_sure and word == text):
                runs = [word[at : at + RUN] for at in range(len(word) - RUN + 1)]
                # Small letters alone may be a word of ours, unless they are a part of what has the form of a key.
                self._runs.update(run for run in runs if is_sure or not (run.isalpha() and run.islower()))
                self._lowered.update(run.lower() for run in runs)
                if is_sure:
                    self._distinct.update(run for run in runs if not run.isalpha() and not _DIGITS.issuperset(run))
        if not is_sure and len(text) >= (_MIN_LOOSE if is_key else RUN):
            self._add_loose(text, not is_key)

    def _add_loose(self, text: str, is_value: bool) -> None:
        self._loose[text] = self._loose.get(text, True) and is_value
        self._lengths.setdefault(text[:RUN], set()).add(len(text))

    def ranges(self, text: str, least: int = RUN, ours: bool = True) -> list[tuple[int, int]]:
        """Return the parts of a text that contain secrets, ascending and disjoint.

        `least` is the minimum number of consecutive characters of a key. `ours` is false for text that comes from the
        sources only: there a value is found even if it may be one of our own words.
        """
        if not self._known or len(text) < RUN:
            return []
        asked = (text, least, ours)
        found = self._found.get(asked)
        if found is None:
            if len(self._found) >= _MAX_REMEMBERED:
                self._found.clear()
            found = self._found[asked] = self._searched(text, least, ours)
        return found

    def _searched(self, text: str, least: int, ours: bool) -> list[tuple[int, int]]:
        from iplint.spelling import TooMuch, spellings

        found: list[tuple[int, int]] = []
        try:
            for spelling in spellings(text):
                for start, end in self._plain(spelling.text, least, ours):
                    found.append(spelling.place(start, end))
        except TooMuch:
            # Only texts made to be slow reach this; what was not searched is not shown.
            return [(0, len(text))]
        return apart(found)

    def _plain(self, text: str, least: int, ours: bool) -> Iterator[tuple[int, int]]:
        """Yield the parts of a text that repeat secrets letter by letter."""
        if self._runs:
            yield from (found for found in _covered(text, self._runs, least) if not _is_inside_word(text, *found))
            if least > RUN:
                yield from _covered(text, self._distinct, RUN)
            lowered = text.lower()
            if len(lowered) == len(text):
                yield from _covered(lowered, self._lowered, LONG_RUN)
        if self._loose and least < LONG_RUN:
            yield from self._repeated(text, ours)

    def _repeated(self, text: str, ours: bool) -> Iterator[tuple[int, int]]:
        """Yield the parts of a text that repeat a whole secret that does not look like a key. Raises TooMuch."""
        from iplint.spelling import TooMuch

        lengths = self._lengths
        left = max(_MAX_COMPARED * len(text), _MAX_COMPARED_OF_SHORT)
        for at in [at for at in range(len(text) - RUN + 1) if text[at : at + RUN] in lengths]:
            for length in lengths[text[at : at + RUN]]:
                left -= length
                if left < 0:
                    raise TooMuch
                secret = text[at : at + length]
                is_value = self._loose.get(secret)
                end = at + len(secret)
                if is_value is False or (is_value and not (ours and _may_be_word(secret)) and _is_whole(text, at, end)):
                    yield at, end


def secrets_of(value: Value) -> Iterator[Secret]:
    """Yield the texts and numbers in a secret value, with their places.

    Raises BudgetExceeded for a value of too many parts.
    """
    waiting = [value]
    # A structure may hold itself many times over; each part of it is gone through once.
    seen: dict[int, Seq | Map] = {}
    while waiting:
        charge(_STEPS_A_PART)
        part = waiting.pop()
        if isinstance(part, Known) and isinstance(part.value, Seq | Map):
            if id(part.value) in seen:
                continue
            seen[id(part.value)] = part.value
        match part:
            case Known(Text() as text):
                spans = [
                    piece.origin.span(piece.offset, piece.offset + len(piece.text))
                    for piece in text.pieces
                    if isinstance(piece, Chunk)
                ]
                yield Secret(text.flat, tuple(spans))
            case Known(Seq() as items):
                waiting += items
            case Known(Map() as members):
                waiting += [item for name in members if (item := members.get(name)) is not None]
            case Known(bool()):
                pass
            case Known(int() | float()) as number:
                yield Secret(as_text(number) or "", (number.at,))
            case _:
                pass


def _covered(text: str, runs: set[str], least: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of a text, at least `least` characters long, all of whose runs are in `runs`."""
    # Every part has a run that begins at a multiple of the stride.
    stride = least - RUN + 1
    done = 0
    for hit in [at for at in range(0, len(text) - RUN + 1, stride) if text[at : at + RUN] in runs]:
        if hit < done:
            continue
        start, last = hit, hit
        while start > done and text[start - 1 : start - 1 + RUN] in runs:
            start -= 1
        while text[last + 1 : last + 1 + RUN] in runs:
            last += 1
        done = last + 1
        if last + RUN - start >= least:
            yield start, last + RUN


def _is_inside_word(text: str, start: int, end: int) -> bool:
    """Return whether a short lower-case part is in a longer word: of a real key, more would have been found there."""
    part = text[start:end]
    if end - start >= LONG_RUN or not (part.isalpha() and part.islower()):
        return False
    return text[start - 1 : start].isalpha() or text[end : end + 1].isalpha()


def _may_be_word(text: str) -> bool:
    """Return whether a text may be one of our own words, by its letters and its length."""
    return len(text) <= _MAX_WORD and text.isalpha()


def _is_whole(text: str, start: int, end: int) -> bool:
    """Return whether a short part of a text is not a part of a longer word."""
    if end - start > _MAX_WORD:
        return True
    return not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum())


def is_varied(text: str) -> bool:
    """Return whether a word changes between capitals, small letters and digits as often as random text."""
    kinds = [letter.isdigit() + 2 * letter.isupper() for letter in text if letter.isalnum()]
    changes = sum(one != other for one, other in pairwise(kinds))
    return len(kinds) >= _MIN_LOOSE and changes * 5 >= len(kinds) * 2


def apart(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return ranges in ascending order, with adjacent ones joined."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found

"""What every report shares: what of the sources may be shown, and which places are worth telling."""

from __future__ import annotations

from bisect import bisect_right

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Protocol

    from iplint.finding import Finding, Severity
    from iplint.location import Source, Span
    from iplint.value import Step

    class Described(Protocol):
        """What reports tell of a rule, whatever it judges."""

        @property
        def name(self) -> str:
            """The kebab-case name."""
            ...

        @property
        def group(self) -> str:
            """The group it belongs to."""
            ...

        @property
        def references(self) -> dict[str, list[str]]:
            """The ids under which catalogues know what it finds, by the catalogue's name and edition."""
            ...

        @property
        def severity(self) -> Severity:
            """The severity unless a finding says otherwise."""
            ...

        @property
        def why(self) -> str:
            """Why it matters, in one sentence."""
            ...

        @property
        def fix(self) -> str:
            """What to do, in one sentence."""
            ...

        @property
        def doc(self) -> str:
            """The whole documentation, in Markdown."""
            ...

        @property
        def title(self) -> str:
            """What it finds, in one line."""
            ...


# Shorter texts are ordinary words too often to be taken out of sentences.
SHORTEST_SECRET = 8
# From so many secrets on it costs less to look at every place of a text than for every secret.
_MANY_SECRETS = 100
_TAB = "    "
# What is as long as a key id or a secret key, and made of the same characters; so much of it may be shown.
_SECRET_LENGTH = 40
_ALIKE = r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])|(?<![\w/+])[A-Za-z0-9/+]{40}(?![\w/+=])"
_SHOWN = 4


class Mask:
    """The sources without their secrets: without the hidden spans, and without their texts wherever these recur."""

    __slots__ = ("_by_start", "_hidden", "_quotes", "_ranges", "_secrets")

    def __init__(self, hidden: Iterable[Span]) -> None:
        self._hidden: dict[str, set[tuple[int, int]]] = {}
        secrets: set[str] = set()
        for span in hidden:
            self._hidden.setdefault(span.path, set()).add((span.start, span.end))
            if len(span.text) >= SHORTEST_SECRET:
                secrets.add(span.text)
        # The longest first: one secret may be part of another.
        self._secrets = sorted(secrets, key=_by_length)
        self._by_start: dict[str, list[str]] = {}
        for secret in self._secrets if len(self._secrets) >= _MANY_SECRETS else ():
            self._by_start.setdefault(secret[:SHORTEST_SECRET], []).append(secret)
        self._ranges: dict[Source, list[tuple[int, int]]] = {}
        self._quotes: dict[Source, list[tuple[int, int]]] = {}

    def _secrets_of(self, text: str) -> list[str]:
        """The secrets that a text may hold, the longest first."""
        if not self._by_start:
            return self._secrets
        starts = {text[at : at + SHORTEST_SECRET] for at in range(len(text) - SHORTEST_SECRET + 1)}
        found = [secret for start in starts & self._by_start.keys() for secret in self._by_start[start]]
        return sorted(found, key=_by_length)

    def _hidden_in(self, source: Source) -> list[tuple[int, int]]:
        """The hidden ranges of a source, ascending and apart."""
        if source not in self._ranges:
            found = set(self._hidden.get(source.path, ()))
            for secret in self._secrets_of(source.text):
                at = source.text.find(secret)
                while at >= 0:
                    found.add((at, at + len(secret)))
                    at = source.text.find(secret, at + len(secret))
            self._ranges[source] = _apart(found)
        return self._ranges[source]

    def _unquoted_in(self, source: Source) -> list[tuple[int, int]]:
        """What no quote may show: what is hidden, and what looks like a key where nothing searches, as in comments."""
        if source not in self._quotes:
            from re import finditer  # a report without quotes does without

            alike = [found.span() for found in finditer(_ALIKE, source.text) if _is_varied(found[0])]
            found = [*self._hidden_in(source), *((start + _SHOWN, end) for start, end in alike)]
            self._quotes[source] = _apart(found)
        return self._quotes[source]

    def _pieces(
        self, source: Source, start: int, end: int, ranges: list[tuple[int, int]]
    ) -> Iterator[tuple[str, bool]]:
        """The text from `start` up to `end` in pieces, each with whether it lies in one of some ranges."""
        at = start
        for first, last in ranges[bisect_right(ranges, start, key=lambda hidden: hidden[1]) :]:
            if first >= end:
                break
            first, last = max(first, at), min(last, end)
            yield source.text[at:first], False
            yield source.text[first:last], True
            at = last
        yield source.text[at:end], False

    def touches(self, source: Source, start: int, end: int) -> bool:
        """Whether anything between `start` and `end` is hidden."""
        return any(hidden for _, hidden in self._pieces(source, start, end, self._unquoted_in(source)))

    def shown(self, source: Source, start: int, end: int) -> str:
        """The text from `start` up to `end`, a star for each hidden character, so that columns stay."""
        pieces = self._pieces(source, start, end, self._unquoted_in(source))
        return "".join("*" * len(text) if hidden else text for text, hidden in pieces)

    def hashed(self, source: Source, start: int, end: int) -> str:
        """The text from `start` up to `end` for hashes: what is hidden leaves its line ends, but not its length."""
        return "".join(
            "\n".join("***" if line else "" for line in text.split("\n")) if hidden else text
            for text, hidden in self._pieces(source, start, end, self._hidden_in(source))
        )

    def words(self, text: str) -> str:
        """A sentence without the secrets that it repeats."""
        for secret in self._secrets_of(text):
            text = text.replace(secret, "***")
        return text

    def plain(self, text: str) -> str:
        """A sentence in one line that holds no secret and steers neither a terminal nor what runs the check."""
        return defused(printable(" ".join(self.words(text).splitlines())))


def _apart(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ranges in ascending order, those that meet as one."""
    apart: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if apart and start <= apart[-1][1]:
            apart[-1] = apart[-1][0], max(end, apart[-1][1])
        else:
            apart.append((start, end))
    return apart


def _is_varied(text: str) -> bool:
    """Whether a text is an access key id, or as varied as a secret key."""
    return len(text) < _SECRET_LENGTH or (
        any(letter.islower() for letter in text)
        and any(letter.isupper() for letter in text)
        and any(letter.isdigit() for letter in text)
    )


def _by_length(secret: str) -> tuple[int, str]:
    """Orders secrets, the longest first."""
    return -len(secret), secret


def related(finding: Finding) -> list[Step]:
    """The related places of a finding that add something: no place is told twice with the same words."""
    told = {(finding.at, words) for words in ("", finding.message, finding.label)}
    steps: list[Step] = []
    for step in finding.related:
        if (step.at, step.message) not in told:
            told.add((step.at, step.message))
            steps.append(step)
    return steps


def condition(finding: Finding) -> str:
    """What the finding rests on, unless its message says so itself."""
    return finding.when if finding.when and finding.when not in finding.message else ""


def level(severity: Severity) -> str:
    """The severity in the three words that people know from compilers: error, warning, note."""
    return ("note", "note", "warning", "error", "error")[severity]


def printable(text: str) -> str:
    """Text that cannot steer a terminal or change the order of what it shows: a visible sign for what would."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _stand_in(character) for character in text)


def _stand_in(character: str) -> str:
    if character == "\t":
        return _TAB
    if character < " ":
        return chr(0x2400 + ord(character))
    return "\N{REPLACEMENT CHARACTER}"


def defused(text: str) -> str:
    """Text without what GitHub and Azure Pipelines take for a command wherever in a line it stands."""
    for command in ("##[", "##vso["):
        text = text.replace(command, "#\N{REPLACEMENT CHARACTER}" + command[2:])
    return text


def where(path: str, at: Span | None) -> str:
    """A place as `path:line:column`, as far as it is known."""
    line_and_column = ":".join(str(number) for number in at.first) if at else ""
    return f"{defused(printable(path))}:{line_and_column}".rstrip(":")


def told(finding: Finding) -> str:
    """What a finding says in one sentence, with what it rests on."""
    rests_on = condition(finding)
    if finding.verdict == "fail":
        return f"{finding.message}, when {rests_on}" if rests_on else finding.message
    return f"{finding.message}: {rests_on}" if rests_on else finding.message


def width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    return sum(
        0 if category(character) in ("Mn", "Me") else 2 if east_asian_width(character) in ("W", "F") else 1
        for character in text
    )

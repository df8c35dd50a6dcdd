"""Shared by every report: which parts of the sources may be shown, and which places are worth showing."""

from __future__ import annotations

from bisect import bisect_right

from iplint.aws.marks import KEY_ID_REST, KEY_ID_START, SECRET_KEY_LENGTH, TOKENS
from iplint.secret import LONG_RUN, Secrets, apart, is_varied

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Protocol

    from iplint.finding import Finding, Severity
    from iplint.location import Source, Span
    from iplint.value import Step

    class Described(Protocol):
        """What reports print of a rule, whatever it checks."""

        @property
        def name(self) -> str:
            """Return the kebab-case name."""
            ...

        @property
        def group(self) -> str:
            """Return the group it belongs to."""
            ...

        @property
        def references(self) -> dict[str, list[str]]:
            """Return the ids under which catalogues know what it finds, by the catalogue's name and edition."""
            ...

        @property
        def severity(self) -> Severity:
            """Return the severity unless a finding says otherwise."""
            ...

        @property
        def why(self) -> str:
            """Return why it matters, in one sentence."""
            ...

        @property
        def fix(self) -> str:
            """Return what to do, in one sentence."""
            ...

        @property
        def doc(self) -> str:
            """Return the whole documentation, in Markdown."""
            ...

        @property
        def title(self) -> str:
            """Return what it finds, in one line."""
            ...


_TAB = "    "
# A word with the length and the characters of a key id or a secret key; this much of it may be shown.
_ALIKE = (
    rf"(?<![A-Za-z0-9]){KEY_ID_START}[A-Z0-9]{{{KEY_ID_REST}}}(?![A-Za-z0-9])"
    rf"|(?<![\w/+])[A-Za-z0-9/+]{{{SECRET_KEY_LENGTH}}}(?![\w/+=])"
)
_SHOWN = 4
# What an address has of credentials: behind a user, or as a user that is none; and signatures, tokens and keys among
# the arguments (RFC 3986; Terraform documentation, Module Sources; AWS, presigned URLs). What is filled in is none.
_HELD = r"[^\s/?#@&\"'<>\\${}]"
_IN_ADDRESS = (
    rf"://[^\s/?#@:\"'\\${{}}]*:(?P<password>{_HELD}+)@"
    rf"|https?://(?P<user>{_HELD}{{16,}})@"
    rf"|[?&][\w.-]*(?i:secret|pass|pwd|token|key|cred|auth|sig)[\w.-]*=(?P<argument>[^\s#&\"'<>\\${{}}]+)"
)
# Colours (SGR) and links (OSC 8), which the text report writes where it is asked to.
_OWN_SEQUENCE = r"(\x1b\[[0-9;]*m|\x1b\]8;;(?:(?:file|https?)://[!-~]*)?\x1b\\)"


class Mask:
    """What may be shown of texts and sources: nothing that is or repeats a secret of the run."""

    __slots__ = ("_alike", "_by_path", "_repeated", "_secrets", "_written")

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._by_path: dict[str, list[Span]] = {}
        for span in secrets.spans:
            self._by_path.setdefault(span.path, []).append(span)
        self._written: dict[Source, list[tuple[int, int]]] = {}
        # By the source and the beginning of the line.
        self._repeated: dict[tuple[Source, int], list[tuple[int, int]]] = {}
        self._alike: dict[tuple[Source, int], list[tuple[int, int]]] = {}

    def _written_in(self, source: Source) -> list[tuple[int, int]]:
        """Return where a source contains secrets, ascending and disjoint; empty for another version of a file."""
        found = self._written.get(source)
        if found is None:
            spans = self._by_path.get(source.path, ())
            found = self._written[source] = apart(
                (span.start, span.end) for span in spans if span.source is source or span.source.text == source.text
            )
        return found

    def _hidden_in(self, source: Source, start: int, end: int) -> list[tuple[int, int]]:
        """Return the hidden ranges of a part of a source, ascending and disjoint."""
        if not self._secrets:
            return []
        found: list[tuple[int, int]] = []
        written = self._written_in(source)
        for low, high in written[bisect_right(written, start, key=lambda hidden: hidden[1]) :]:
            if low >= end:
                break
            found.append((low, high))
        return apart([*found, *self._in_lines(source, start, end, self._repeated, self._repeats_in)])

    def _unquoted_in(self, source: Source, start: int, end: int) -> list[tuple[int, int]]:
        """Return what no quotation may show: hidden ranges, and what looks like a key where no rule searches, as in
        comments.
        """
        alike = self._in_lines(source, start, end, self._alike, _alike_in)
        return apart([*self._hidden_in(source, start, end), *alike])

    def _repeats_in(self, line: str) -> list[tuple[int, int]]:
        """Return the ranges of a line of a source that repeat secrets."""
        return self._secrets.ranges(line, ours=False)

    def _in_lines(
        self,
        source: Source,
        start: int,
        end: int,
        known: dict[tuple[Source, int], list[tuple[int, int]]],
        search: Callable[[str], list[tuple[int, int]]],
    ) -> Iterator[tuple[int, int]]:
        """Yield what a search finds in a part of a source. Each line is searched once: thousands of findings may quote
        it.
        """
        text = source.text
        at = text.rfind("\n", 0, start) + 1
        while at <= end:
            stop = text.find("\n", at)
            stop = len(text) if stop < 0 else stop
            found = known.get((source, at))
            if found is None:
                found = known[source, at] = [(at + low, at + high) for low, high in search(text[at:stop])]
            for low, high in found[bisect_right(found, start, key=lambda hidden: hidden[1]) :]:
                if low >= end:
                    return
                yield low, high
            at = stop + 1

    def _pieces(
        self, source: Source, start: int, end: int, ranges: list[tuple[int, int]]
    ) -> Iterator[tuple[str, bool]]:
        """Yield the text from `start` up to `end` in pieces, each with whether it is in one of some ranges."""
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
        """Return whether anything between `start` and `end` is hidden."""
        return any(hidden for _, hidden in self._pieces(source, start, end, self._unquoted_in(source, start, end)))

    def masked(self, source: Source, start: int, end: int) -> str:
        """Return the text from `start` up to `end` with a star for each hidden character, so that columns stay."""
        pieces = self._pieces(source, start, end, self._unquoted_in(source, start, end))
        return "".join("*" * len(text) if hidden else text for text, hidden in pieces)

    def hashed(self, source: Source, start: int, end: int) -> str:
        """Return the text from `start` up to `end` for hashes.

        Of hidden parts only the line ends remain, so that the length does not matter.
        """
        return "".join(
            "\n".join("***" if line else "" for line in text.split("\n")) if hidden else text
            for text, hidden in self._pieces(source, start, end, self._hidden_in(source, start, end))
        )

    def words(self, text: str) -> str:
        """Return a sentence without the secrets that it repeats, and without anything that looks like a key."""
        return without_alike(_starred(text, self._secrets.ranges(text)))

    def name(self, text: str) -> str:
        """Mask like `words`, for a text that comes from the sources only, such as a name."""
        return without_alike(_starred(text, self._secrets.ranges(text, ours=False)))

    def net(self, text: str) -> str:
        """Return a whole report without secrets that may have got into it; our own words are kept."""
        if not self._secrets:
            return text
        lines = text.split("\n")
        # Most lines of a large report are alike.
        netted = {line: _starred(line, self._secrets.ranges(line, LONG_RUN)) for line in dict.fromkeys(lines)}
        return "\n".join(netted[line] for line in lines)

    def repeats(self, text: str) -> bool:
        """Return whether a text contains any secret, or anything that looks like a key."""
        return any(self.words(line) != line for line in text.split("\n"))

    def plain(self, text: str) -> str:
        """Return a sentence in one line without secrets, control characters and workflow commands."""
        return steady(self.words(text))

    def path(self, path: str) -> str:
        """Return a path without secrets, such as a key in a file name."""
        return self.name(path)

    def where(self, path: str, at: Span | None) -> str:
        """Return a place as `path:line:column`, without secrets."""
        return where(self.path(path), at)


def _alike_in(line: str) -> list[tuple[int, int]]:
    """Return the ranges of a line that look like a key or a credential, except what may be shown of a key."""
    from re import finditer  # a report without quotes does without

    alike = [(found.start() + _SHOWN, found.end()) for found in finditer(_ALIKE, line) if _is_mixed(found[0])]
    return apart([*alike, *_credentials_in(line)])


def _credentials_in(text: str) -> list[tuple[int, int]]:
    """Return the ranges of a text that have the form of a vendor's token, or the place of one in an address."""
    found: list[tuple[int, int]] = []
    if "://" in text:
        from re import finditer

        found += [match.span(match.lastgroup or 0) for match in finditer(_IN_ADDRESS, text)]
    for hints, form, _ in TOKENS:
        if any(hint in text for hint in hints):
            from re import finditer

            found += [(match.start() + _SHOWN, match.end()) for match in finditer(form, text)]
    return apart(found)


def _starred(text: str, ranges: list[tuple[int, int]]) -> str:
    """Return a text with three stars for each of some ranges."""
    for start, end in reversed(ranges):
        text = f"{text[:start]}***{text[end:]}"
    return text


def without_alike(text: str) -> str:
    """Return a text in which anything that looks like a key is cut down to its beginning, and credentials in addresses
    are taken out.
    """
    if len(text) < _SHOWN + 16:
        return text
    from re import sub

    text = _starred(text, _credentials_in(text))
    return sub(_ALIKE, lambda found: f"{found[0][:_SHOWN]}***" if _is_key(found[0]) else found[0], text)


def _is_key(text: str) -> bool:
    """Return whether a text is an access key id, or looks random like a secret key. Paths and git hashes may be as
    long.
    """
    return _is_mixed(text) and (len(text) < SECRET_KEY_LENGTH or is_varied(text))


def _is_mixed(text: str) -> bool:
    """Return whether a text is an access key id, or mixes capitals, small letters and digits like a secret key."""
    return len(text) < SECRET_KEY_LENGTH or (
        any(letter.islower() for letter in text)
        and any(letter.isupper() for letter in text)
        and any(letter.isdigit() for letter in text)
    )


def related(finding: Finding) -> list[Step]:
    """Return the related places of a finding that add information: no place is repeated with the same words."""
    reported = {(finding.at, words) for words in ("", finding.message, finding.label)}
    steps: list[Step] = []
    for step in finding.related:
        if (step.at, step.message) not in reported:
            reported.add((step.at, step.message))
            steps.append(step)
    return steps


def by_severity(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings with the most severe first and the undecided last, else in their order."""
    return sorted(findings, key=lambda finding: (not finding.is_failure, -finding.severity))


def condition(finding: Finding) -> str:
    """Return the inputs that the finding depends on, unless its message names them."""
    return finding.when if finding.when and finding.when not in finding.message else ""


def level(severity: Severity) -> str:
    """Return the severity in the words of compilers: error, warning, note."""
    return ("note", "note", "warning", "error", "error")[severity]


def printable(text: str) -> str:
    """Return a text that cannot control a terminal or change the order of its characters: such characters become
    visible.
    """
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _visible(character) for character in text)


def _visible(character: str) -> str:
    if character == "\t":
        return _TAB
    if character < " ":
        return chr(0x2400 + ord(character))
    return "\N{REPLACEMENT CHARACTER}"


def defused(text: str) -> str:
    """Return a text without anything that GitHub, Azure Pipelines and TeamCity take for a command within a line."""
    if "##" not in text:
        return text
    from re import sub

    return sub(r"##(?=\w*\[)", "#\N{REPLACEMENT CHARACTER}", text)


def steady(text: str) -> str:
    """Return a text in one line without control characters and workflow commands."""
    return defused(printable(" ".join(text.splitlines())))


def harmless(text: str, *, styled: bool = False) -> str:
    """Return lines without control characters and workflow commands; where they are `styled`, colours and links stay.

    A line that would be a workflow command of GitHub gets a visible prefix.
    """
    from re import split, sub

    if not all(line.isprintable() for line in text.split("\n")):
        parts = split(_OWN_SEQUENCE, text) if styled else [text]
        # Of the parts, every second is a sequence of our own.
        parts[::2] = ("\n".join(printable(line) for line in part.split("\n")) for part in parts[::2])
        text = "".join(parts)
    if "::" in text:
        text = sub(r"(?m)^(?=[ +-]*::\w)", "\N{REPLACEMENT CHARACTER}", text)
    return defused(text)


def where(path: str, at: Span | None) -> str:
    """Return a place as `path:line:column`, as far as it is known."""
    line_and_column = ":".join(str(number) for number in at.first) if at else ""
    return f"{steady(path)}:{line_and_column}".rstrip(":")


def message_of(finding: Finding) -> str:
    """Return a finding's message in one sentence, with the inputs that it depends on."""
    rests_on = condition(finding)
    if finding.is_failure:
        return f"{finding.message}, when {rests_on}" if rests_on else finding.message
    return f"{finding.message}: {rests_on}" if rests_on else finding.message


def width(text: str) -> int:
    """Return how many columns of a terminal a text occupies."""
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    return sum(
        0 if category(character) in ("Mn", "Me") else 2 if east_asian_width(character) in ("W", "F") else 1
        for character in text
    )

"""The page of a rule, rendered for a terminal and as JSON."""

from __future__ import annotations

import re

from iplint.addresses import rule_page, rule_pages
from iplint.report.masking import width
from iplint.report.text import COLORS, MIN_WIDTH, linked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.report.json import Json
    from iplint.rule import Rule

_MAX_COLUMNS = 100
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)
# What has a style of its own inside of a sentence: code, a link, an address.
_INLINE = re.compile(r"`([^`]+)`|\[([^\]]+)\]\((https?://[^)\s]+)\)|(https?://[^\s,)]+)")
# A space inside of code, where no line is broken.
_FIXED_SPACE = "\0"


def styled(rule: Rule[object], *, links: bool, columns: int | None) -> str:
    """Return the page of a rule in colours, wrapped to the width of the terminal; with `links`, addresses are links."""
    wide = max(MIN_WIDTH, min(columns or _MAX_COLUMNS, _MAX_COLUMNS))
    address = rule_page(rule_pages(), rule.name) if links else None
    name = linked(address, rule.name) if address is not None else rule.name
    lines = [
        f"{_paint(rule.severity.word, rule.kind)}  {_paint('bold', name)}",
        *_sentence(f"{rule.title}.", wide, links, indent=0),
    ]
    for heading, text in rule.sections.items():
        lines += ["", _paint("frame", heading)]
        # Between two code blocks is prose; a block is its language and its text.
        prose, *blocks = _FENCED.split(text)
        lines += _prose(prose, wide, links)
        for language, code, after in zip(blocks[::3], blocks[1::3], blocks[2::3], strict=True):
            lines += ["", f"  {_paint('low', language)}", *(f"    {line}".rstrip() for line in code.splitlines())]
            lines += _prose(after, wide, links)
    return "\n".join(lines) + "\n"


def _prose(text: str, wide: int, links: bool) -> Iterator[str]:
    """Yield the lines of paragraphs and lists."""
    for number, paragraph in enumerate(re.split(r"\n{2,}", text.strip("\n"))):
        if number:
            yield ""
        for sentence in re.split(r"\n(?=- )", paragraph):
            if sentence:
                yield from _sentence(sentence, wide, links, indent=4 if sentence.startswith("- ") else 2)


def _sentence(text: str, wide: int, links: bool, *, indent: int) -> Iterator[str]:
    """Yield the wrapped lines of a paragraph or an item of a list, which begins two columns further to the left."""
    fixed = _INLINE.sub(lambda found: found[0].replace(" ", _FIXED_SPACE), " ".join(text.split()))
    margin = " " * (indent - 2 if text.startswith("- ") else indent)
    line = ""
    for word in fixed.split(" "):
        if line and len(margin) + width(line) + 1 + width(word) > wide:
            yield margin + _inline(line, links)
            margin, line = " " * indent, word
        else:
            line = f"{line} {word}" if line else word
    yield margin + _inline(line, links)


def _inline(text: str, links: bool) -> str:
    def style(found: re.Match[str]) -> str:
        code, words, target, address = found.groups()
        if code is not None:
            return _paint("low", code)
        if links:
            return linked(target or address, words or address)
        return f"{words} ({target})" if words is not None else address

    return _INLINE.sub(style, text).replace(_FIXED_SPACE, " ")


def _paint(style: str, text: str) -> str:
    return f"\x1b[{COLORS[style]}m{text}\x1b[0m"


def rule_tree(rule: Rule[object]) -> dict[str, Json]:
    """Return what is known of a rule for reports in JSON."""
    sections = rule.sections
    return {
        "name": rule.name,
        "title": rule.title,
        "group": rule.group,
        "severity": rule.severity.word,
        "optional": rule.optional,
        "languages": list(rule.languages),
        "undecided_in": list(rule.undecided_in),
        "help": rule_page(rule_pages(), rule.name),
        "why": rule.why,
        "how": rule.fix,
        "sections": {
            heading: text.strip() for heading, text in sections.items() if heading not in ("Bad", "Good", "References")
        },
        "examples": [
            {"is": kind, "language": language, "text": text}
            for kind in ("Bad", "Good")
            for language, text in _FENCED.findall(sections.get(kind, ""))
        ],
        "references": [line.removeprefix("- ") for line in sections.get("References", "").strip().splitlines()],
    }

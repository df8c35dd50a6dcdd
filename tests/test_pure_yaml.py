"""Without libyaml, as in a browser, PyYAML's own parser gives the same trees, comments and errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import FIXTURES, TOP
from iplint.syntax import yaml as reader
from iplint.syntax.pure_yaml import PureEvents
from iplint.syntax.tree import Mapping, Scalar, Sequence
from test_yaml import attempt

# The first template of each rule, and the texts in which the two parsers differ.
FILES = [
    min(found) for folder in sorted(FIXTURES.iterdir()) if (found := [*folder.glob("*.yaml"), *folder.glob("*.json")])
]
TEXTS = (
    "",
    "# only a comment\n",
    "a: 1\tb\nc:\t2\nd: [x,\ty]\n",
    '{"a": "\\ud83d\\ude00",}',
    "a: !Sub |\n  text\n\n  more\nb: >-\n  folded\n  text\n",
    "a: &x {b: 1}\nc: *x\nd:\ne: !GetAtt a.b # comment\n",
    "a: 'it''s'\nb: \"\\x41\\u0042\"\n? c\n: - d\n  - e\n",
    "a: b: c\n",
    "a:\n  b: 1\n c: 2\n",
    "- a\nb: c\n",
    "a: [1, 2\nb: 3\n",
    "a: {b: 1\n",
    'a: "\\q"\n',
    'a: "\\uzzzz"\n',
    'a: "open\n',
    "a: !Base64 !Sub x\n",
    "a: \ud800",
    "a: b\n...\nc\n",
    "a: @x\n",
    "a: *unknown\n",
    "\ta: 1\n",
    "a: b\t# comment\nc: one\n  \ttwo\n",
    "a: 1\x00\n",
)


def outcome(text: str) -> object:
    """What a parser makes of a text."""
    found = attempt(text)
    if found is None or isinstance(found, Exception):
        return (str(found), found.at.start if found is not None else 0), reader.comments(text)
    return plain(found), reader.comments(text)


def plain(node: object) -> object:
    match node:
        case Scalar():
            places = [(node.origin.span(at, at + 1).start) for at in range(len(node.text))]
            return node.at.start, node.at.end, node.tag, repr(node.value), node.text, places
        case Sequence():
            return node.at.start, node.at.end, node.tag, [plain(item) for item in node.items]
        case Mapping():
            return (
                node.at.start,
                node.at.end,
                node.tag,
                [(plain(key), plain(one)) for key, one in node.entries.values()],
            )
        case _:
            raise TypeError(node)


def both(text: str, monkeypatch: pytest.MonkeyPatch) -> tuple[object, object]:
    with_libyaml = outcome(text)
    monkeypatch.setattr(reader, "events", lambda text: PureEvents(text).next)
    return with_libyaml, outcome(text)


@pytest.mark.parametrize("text", TEXTS)
def test_each_text_is_read_alike(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with_libyaml, without = both(text, monkeypatch)
    assert without == with_libyaml


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(TOP).as_posix())
def test_each_template_is_read_alike(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_libyaml, without = both(path.read_text(encoding="utf-8"), monkeypatch)
    assert without == with_libyaml

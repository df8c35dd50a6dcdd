"""Parse YAML and JSON text to a located tree.

libyaml's events are read one by one, so that no text, however deep or wide, costs more than the limits below allow.
JSON is read as YAML too; a small parser of its own reads the few JSON texts that libyaml rejects or reads otherwise.
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise

from iplint.budget import charge, charge_bytes
from iplint.location import Segmented, Span, Verbatim
from iplint.syntax.libyaml import yaml
from iplint.syntax.line_breaks import YAML_BREAKS
from iplint.syntax.pattern import pattern
from iplint.syntax.problem import RepeatedKey, SyntaxProblem, quotable
from iplint.syntax.tree import Mapping, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from iplint.location import Origin, Source
    from iplint.syntax.libyaml import Event
    from iplint.syntax.tree import Node


# Plain `type[object]`, so that a checker lets them be compared with the type of an `Event`.
_ALIAS: type[object] = yaml.AliasEvent
_SCALAR: type[object] = yaml.ScalarEvent
_MAPPING_START: type[object] = yaml.MappingStartEvent
_MAPPING_END: type[object] = yaml.MappingEndEvent
_SEQUENCE_END: type[object] = yaml.SequenceEndEvent
_STREAM_END: type[object] = yaml.StreamEndEvent

# Real templates nest some twenty levels deep; libyaml itself overflows the C stack at 40,000.
_DEPTH = 100
_TOO_DEEP = f"lists and mappings nest over {_DEPTH} levels deep here"
# Counted with every alias expanded, as those who walk the tree meet them.
_NODES = 1_000_000
# What a node costs, in steps of the budget and in bytes.
_STEPS = 16
_BYTES = 400

_STANDARD = "tag:yaml.org,2002:"
_TYPED = {_STANDARD + kind for kind in ("null", "bool", "int", "float")}
_BREAK = pattern(rf"\r\n|[{YAML_BREAKS}]")
# A tag or an anchor, and the blanks and comments between it and what it belongs to.
_PROPERTY = pattern(rf"(?:!<[^>]*>|[!&][^\s,\[\]{{}}]*+)(?:[ \t{YAML_BREAKS}]++(?:#[^{YAML_BREAKS}]*+)?)*+")
_COMMENT = pattern(rf"(?<![^ \t{YAML_BREAKS}])#[^{YAML_BREAKS}]*+")
# What is allowed between a key and its colon.
_COLON = pattern(r"[ \t]*:")
# A number with a leading zero is more likely an account or a code; longer ones Python refuses to convert.
_INT = pattern(r"[-+]?(?:0|[1-9][0-9]{0,299})")
_FLOAT = pattern(r"[-+]?(?=\.?[0-9])(?:0|[1-9][0-9]*)?(?:\.[0-9]*(?:[eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)")
_CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **{form: True for word in ("true", "yes", "on") for form in (word, word.title(), word.upper())},
    **{form: False for word in ("false", "no", "off") for form in (word, word.title(), word.upper())},
}

# What a JSON text may begin with so that its own reader is worth a try.
_JSON_START = pattern(r"\s*(?:[\[{]|//|/\*+\s)")
_JSON_BLANK = pattern(r"[ \t\r\n]*")
_JSON_PLAIN = pattern(r"(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null)(?![\w.+-])")
_JSON_COMMENT = pattern(r"(?<![^\s,\[{])(?://|/\*)")
_HALF = "half a surrogate pair is not a character: write both halves, or the character itself"
_SURROGATE = pattern(r"[\ud800-\udfff]")

# In each style of scalar, the places where source and decoded text may part.
_UNICODE = r"\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}"
_FOLD = rf"[ \t{YAML_BREAKS}]++"
_TURNS = {
    "": pattern(_FOLD),
    "'": pattern(rf"''|{_FOLD}"),
    '"': pattern(rf"\\(?:\r\n|[{YAML_BREAKS}])[ \t{YAML_BREAKS}]*+|{_UNICODE}|\\.|{_FOLD}"),
    "json": pattern(rf"\\u[dD][89abAB][0-9a-fA-F]{{2}}\\u[dD][c-fC-F][0-9a-fA-F]{{2}}|{_UNICODE}|\\."),
}


def parse(source: Source, repeats: bool = False) -> Node | None:
    """Return the tree of a YAML or JSON text; None when it holds only white space and comments.

    Merged entries (`<<`) follow the mapping's own. Raises SyntaxProblem for a text that is not one such document, that
    repeats a key, or that is deeper or bigger than any real one. With `repeats` a key may be repeated: later entries
    are kept under other names, and the key itself has its original text.
    """
    text = source.text
    like_json = _JSON_START().match(text) is not None
    if like_json and any(sign in text for sign in "\x85\u2028\u2029"):
        # JSON keeps these signs inside a string, YAML folds them like line ends.
        try:
            return _Json(source, repeats).document()
        except SyntaxProblem:
            pass
    try:
        return document(YamlReader, source, repeats)
    except SyntaxProblem as unread:
        problem = unread
    if like_json:
        try:
            return _Json(source, repeats).document()
        except SyntaxProblem as other:
            # The reader that came further understands the text better.
            if other.at.start >= problem.at.start or isinstance(other, _JsonComment):
                problem = other
    raise problem from None


def events(text: str) -> Callable[[], Event]:
    """Return a function that returns the next event of a text.

    It is libyaml's, or where PyYAML has no libyaml, as in a browser, that of PyYAML's own parser.
    """
    if yaml.__with_libyaml__:
        following: Callable[[], Event] = yaml.CBaseLoader(text).get_event  # type: ignore[assignment]  # typed as the base class
        return following
    from iplint.syntax.pure_yaml import PureEvents

    return PureEvents(text).next


def document(reader: type[YamlReader], source: Source, repeats: bool = False) -> Node | None:
    """Return the tree that a reader builds from a text. Raises SyntaxProblem."""
    try:
        return reader(source, repeats).document()
    except yaml.YAMLError as error:
        raise _problem(source, error) from None
    except UnicodeEncodeError as error:
        raise SyntaxProblem(Span(source, error.start, error.start + 1), _HALF) from None


def comments(text: str) -> list[tuple[int, int]]:
    """Return the ranges of the comments of a YAML text, ascending; empty where the text is not a mapping.

    A comment begins with a number sign after white space or at the start of a line, outside of every scalar. A text
    that libyaml cannot read to its end has none.
    """
    if "#" not in text:
        return []
    scalars: list[tuple[int, int]] = []
    kinds: list[type[object]] = []
    try:
        following = events(text)
        while not kinds or kinds[-1] is not _STREAM_END:
            event = following()
            kinds.append(type(event))
            if kinds[-1] is _SCALAR:
                start = event.start_mark.index
                # Behind the sign of a block scalar, its first line may hold a comment.
                head = _BREAK().search(text, start) if event.style in ("|", ">") else None
                scalars.append((start if head is None else head.start(), event.end_mark.index))
    except (yaml.YAMLError, UnicodeEncodeError):
        return []
    if _MAPPING_START not in kinds[2:3]:
        return []
    found: list[tuple[int, int]] = []
    at = 0
    for start, end in (*scalars, (len(text), len(text))):
        found += (comment.span() for comment in _COMMENT().finditer(text, at, start))
        at = max(at, end)
    return found


def parse_stream(source: Source) -> Iterator[Node | SyntaxProblem]:
    """Yield the trees of JSON values that follow each other, as in JSON Lines, and the problems of those that are none.

    After a problem, the next value is the next line that begins with a brace.
    """
    reader = _Json(source)
    start = reader.blanks(0)
    while start < len(source.text):
        before = reader.count
        try:
            node, end = reader.node(start, 0)
            charge(_STEPS * (reader.count - before))
            charge_bytes(_BYTES * (reader.count - before))
            yield node
            start = reader.blanks(end)
        except SyntaxProblem as problem:
            yield problem
            found = source.text.find("\n{", max(start, problem.at.start))
            start = found + 1 if found >= 0 else len(source.text)


class _JsonComment(SyntaxProblem):
    """A comment of another language in a JSON text."""

    def __init__(self, at: Span) -> None:
        super().__init__(at, "JSON has no comments: take the comment out (in YAML, a comment begins with #)")


class TreeReader:
    """Places and limits for the readers of both notations."""

    __slots__ = ("count", "repeats", "source", "text")

    def __init__(self, source: Source, repeats: bool = False) -> None:
        self.source = source
        self.repeats = repeats
        self.text = source.text
        self.count: int = 0

    def problem(self, start: int, reason: str) -> SyntaxProblem:
        """Return a problem at an offset."""
        return SyntaxProblem(self.spot(start), reason)

    def spot(self, start: int) -> Span:
        """Return the place of one character."""
        return Span(self.source, start, min(start + 1, len(self.text)))

    def too_many(self, start: int) -> SyntaxProblem:
        """Return the problem of a document with too many values."""
        reason = f"here the document passes {_NODES:,} values, with every alias replaced by its value"
        return self.problem(start, reason)

    def descend(self, depth: int, start: int) -> int:
        """Return the next depth. Raises SyntaxProblem beyond the limit."""
        if depth == _DEPTH:
            raise self.problem(start, _TOO_DEEP)
        return depth + 1

    def repeated(self, entries: dict[str, tuple[Scalar, Node]], name: str, start: int) -> str:
        """Return the name under which to keep a repeated key. Raises SyntaxProblem."""
        if self.repeats:
            return f"{name}\0{len(entries)}"
        line = entries[name][0].at.first[0]
        raise RepeatedKey(
            self.spot(start),
            f"the key {quotable(_short(name), 'here')} is in this mapping twice, the first time in line {line}",
        )


class YamlReader(TreeReader):
    """Build the tree from libyaml's events."""

    __slots__ = ("anchors", "end", "flow", "next")

    def __init__(self, source: Source, repeats: bool = False) -> None:
        super().__init__(source, repeats)
        self.next: Callable[[], Event] = events(source.text)
        # Each anchor with its node and that node's size; None while the node is still being read.
        self.anchors: dict[str, tuple[Node, int] | None] = {}
        # Where the last node ended: libyaml's own end of a block collection is after the white space that follows it.
        self.end = 0
        self.flow = False

    def document(self) -> Node | None:
        """Return the tree of the whole text; None when it holds only white space and comments."""
        if self.text.startswith("\ufeff"):
            raise self.problem(0, "there is a second byte-order mark here: remove it")
        self.next()
        if type(self.next()) is _STREAM_END:
            return None
        event = self.next()
        self.flow = self.text.startswith(("[", "{"), event.start_mark.index)
        root = self.node(event, 0)
        charge(_STEPS * self.count)
        charge_bytes(_BYTES * self.count)
        self.next()
        further = self.next()
        if type(further) is not _STREAM_END:
            reason = "a second document begins here, but a file may hold only one: split the file"
            raise self.problem(further.start_mark.index, reason)
        blank = isinstance(root, Scalar) and root.tag is None and not root.at.text
        return None if blank else root

    def node(self, event: Event, depth: int) -> Node:
        """Return the node that an event begins."""
        self.spend(1, event)
        kind = type(event)
        if kind is _ALIAS:
            return self.alias(event)
        anchor = event.anchor
        before = self.count
        if anchor is not None:
            self.anchors[anchor] = None
        node: Node
        if kind is _SCALAR:
            node = self.scalar(event)
        elif kind is _MAPPING_START:
            node = self.mapping(event, self.descend(depth, event.start_mark.index))
        else:
            node = self.sequence(event, self.descend(depth, event.start_mark.index))
        if anchor is not None:
            self.anchors[anchor] = node, self.count - before
        return node

    def spend(self, nodes: int, event: Event) -> None:
        """Count nodes. Raises SyntaxProblem beyond the limit."""
        self.count += nodes
        if self.count > _NODES:
            raise self.too_many(event.start_mark.index)

    def alias(self, event: Event) -> Node:
        """Return the node that an alias repeats."""
        start = event.start_mark.index
        name = event.anchor or ""
        if name not in self.anchors:
            raise self.problem(start, "there is no anchor of this name before the alias")
        known = self.anchors[name]
        if known is None:
            raise self.problem(start, "the alias is inside the value that it repeats")
        node, size = known
        self.spend(size, event)
        self.end = event.end_mark.index
        return node

    def sequence(self, event: Event, depth: int) -> Sequence:
        """Return the sequence that an event begins."""
        start = event.start_mark.index
        if event.tag is not None or event.anchor is not None:
            # The event ends at, or for a bracket and an unindented list just behind, the sequence's first sign.
            start = event.end_mark.index
            if event.flow_style or not self.text.startswith("-", start):
                start -= 1
        items: list[Node] = []
        item = self.next()
        while type(item) is not _SEQUENCE_END:
            items.append(self.node(item, depth))
            item = self.next()
        return Sequence(self.closed(start, item), _local(event.tag), items)

    def mapping(self, event: Event, depth: int) -> Mapping:
        """Return the mapping that an event begins."""
        start = event.start_mark.index
        if event.tag is not None or event.anchor is not None:
            start = event.end_mark.index - 1 if event.flow_style else event.end_mark.index
        entries: dict[str, tuple[Scalar, Node]] = {}
        next_event = self.next
        item = next_event()
        while type(item) is not _MAPPING_END:
            key = self.key(item, depth)
            name = key.text
            if name in entries:
                name = self.repeated(entries, name, item.start_mark.index)
            entries[name] = key, self.node(next_event(), depth)
            item = next_event()
        if "<<" in entries and entries["<<"][0].at.text == "<<":
            self.merge(entries, *entries.pop("<<"))
        return Mapping(self.closed(start, item), _local(event.tag), entries)

    def key(self, event: Event, depth: int) -> Scalar:
        """Return a key."""
        kind = type(event)
        if kind is _SCALAR or kind is _ALIAS:
            node = self.node(event, depth)
            if isinstance(node, Scalar):
                return node
        reason = (
            "a key has to be one plain value, not a list or a mapping: put a text that begins with a bracket in quotes"
        )
        raise self.problem(event.start_mark.index, reason)

    def merge(self, entries: dict[str, tuple[Scalar, Node]], key: Scalar, value: Node) -> None:
        """Add the entries that `<<` names, with lower precedence than the mapping's own."""
        for source in value.items if isinstance(value, Sequence) else [value]:
            if not isinstance(source, Mapping):
                raise SyntaxProblem(key.at, "the merge key << takes a mapping or a list of mappings")
            for name, entry in source.entries.items():
                entries.setdefault(name, entry)

    def closed(self, start: int, event: Event) -> Span:
        """Return the span of a collection up to its closing bracket, where the closing event has one."""
        end = event.end_mark.index
        if event.start_mark.index < end:
            self.end = end
        return Span(self.source, start, self.end)

    def scalar(self, event: Event) -> Scalar:
        """Return a scalar."""
        start, end = event.start_mark.index, event.end_mark.index
        value, style, tag = event.value, event.style, event.tag
        source, text = self.source, self.text
        while start < end and text[start] in "!&":
            found = _PROPERTY().match(text, start)
            start = min(found.end(), end) if found is not None else end
        if style == "":
            if event.start_mark.index == end and text[end - 1 : end] not in (":", "-", "?"):
                # libyaml puts a value that is left out before whatever comes next, maybe many lines on.
                colon = _COLON().match(text, self.end, end)
                start = end = self.end if colon is None else colon.end()
            elif self.flow and "/" in value:
                comment = _JSON_COMMENT().search(text, start, end)
                if comment is not None:
                    raise _JsonComment(self.spot(comment.start()))
            inner = at = Span(source, start, end)
        elif style in "|>":
            return self.block_scalar(event, start, end)
        else:
            at = Span(source, start, end)
            inner = Span(source, start + 1, end - 1)
        self.end = end
        origin = _origin(inner, value, style)
        if tag is not None:
            return Scalar(at, _local(tag), _forced(tag, value), value, origin)
        return Scalar(at, None, _typed(value) if style == "" else value, value, origin)

    def block_scalar(self, event: Event, start: int, end: int) -> Scalar:
        """Return a literal or folded block scalar."""
        text, value = self.text, event.value
        visible = start + len(text[start:end].rstrip(" \t" + YAML_BREAKS))
        line_end = _BREAK().search(text, visible, end)
        self.end = end if line_end is None else line_end.start()
        whole = Span(self.source, start, end)
        origin = Segmented(whole, partial(_block_segments, text, start, end, value))
        typed = value if event.tag is None else _forced(event.tag, value)
        return Scalar(Span(self.source, start, self.end), _local(event.tag), typed, value, origin)


class _Json(TreeReader):
    """Parse JSON as the json module does, with places; a trailing comma is allowed, as in YAML."""

    __slots__ = ()

    def document(self) -> Node:
        root, end = self.node(self.blanks(0), 0)
        end = self.blanks(end)
        if end < len(self.text):
            raise self.problem(end, "the JSON text ends before this place: nothing may follow it")
        return root

    def blanks(self, start: int) -> int:
        found = _JSON_BLANK().match(self.text, start)
        end = found.end() if found is not None else start
        if self.text.startswith(("//", "/*"), end):
            raise _JsonComment(self.spot(end))
        return end

    def node(self, start: int, depth: int) -> tuple[Node, int]:
        self.count += 1
        if self.count > _NODES:
            raise self.too_many(start)
        sign = self.text[start : start + 1]
        if sign == '"':
            return self.string(start)
        if sign == "{":
            return self.mapping(start, self.descend(depth, start))
        if sign == "[":
            return self.sequence(start, self.descend(depth, start))
        found = _JSON_PLAIN().match(self.text, start)
        if found is None:
            raise self.problem(start, "a JSON value is missing here: a text needs double quotes")
        at = Span(self.source, start, found.end())
        return Scalar(at, None, _typed(found[0]), found[0], Verbatim(at)), found.end()

    def string(self, start: int) -> tuple[Scalar, int]:
        import json  # only what libyaml refuses comes here

        value: str
        try:
            value, end = json.JSONDecoder().raw_decode(self.text, start)
        except json.JSONDecodeError as error:
            reason = error.msg[0].lower() + error.msg[1:].removesuffix(" at")
            raise self.problem(error.pos, f"this text in quotes is not JSON: {reason}") from None
        origin = _origin(Span(self.source, start + 1, end - 1), value, "json")
        half = _SURROGATE().search(value)
        if half is not None:
            raise SyntaxProblem(origin.span(half.start(), half.end()), _HALF)
        return Scalar(Span(self.source, start, end), None, value, value, origin), end

    def sequence(self, start: int, depth: int) -> tuple[Sequence, int]:
        items: list[Node] = []
        here = self.blanks(start + 1)
        while not self.text.startswith("]", here):
            item, here = self.node(here, depth)
            items.append(item)
            here = self.separator(here, "]")
        return Sequence(Span(self.source, start, here + 1), None, items), here + 1

    def mapping(self, start: int, depth: int) -> tuple[Mapping, int]:
        entries: dict[str, tuple[Scalar, Node]] = {}
        here = self.blanks(start + 1)
        while not self.text.startswith("}", here):
            if not self.text.startswith('"', here):
                raise self.problem(here, "a key in double quotes, or the closing }, is missing here")
            key, end = self.string(here)
            name = self.repeated(entries, key.text, here) if key.text in entries else key.text
            here = self.blanks(end)
            if not self.text.startswith(":", here):
                raise self.problem(here, "a colon is missing after the key")
            value, here = self.node(self.blanks(here + 1), depth)
            entries[name] = key, value
            here = self.separator(here, "}")
        return Mapping(Span(self.source, start, here + 1), None, entries), here + 1

    def separator(self, start: int, closing: str) -> int:
        here = self.blanks(start)
        if self.text.startswith(",", here):
            return self.blanks(here + 1)
        if not self.text.startswith(closing, here):
            raise self.problem(here, f"a comma or the closing {closing} is missing here")
        return here


def _typed(text: str) -> str | bool | int | float | None:
    """Return the value of a plain scalar by its form."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] in "+-.0123456789":
        if _INT().fullmatch(text):
            return int(text)
        if _FLOAT().fullmatch(text):
            return float(text)
    return text


def _forced(tag: str, text: str) -> str | bool | int | float | None:
    """Return the value of a scalar with a tag: only standard tags other than `!!str` change its text."""
    return _typed(text) if tag in _TYPED else text


def _local(tag: str | None) -> str | None:
    """Return the tag for the tree: neither standard tags, nor the lone `!` that only means "not a number"."""
    return None if tag is None or tag == "!" or tag.startswith(_STANDARD) else tag


def _short(name: str) -> str:
    """Return a key shortened for a message."""
    line = " ".join(name.split())
    return line if len(line) <= 60 else line[:57] + "..."


def _origin(inner: Span, decoded: str, style: str) -> Origin:
    """Return the origin of a plain or quoted scalar, whose content without quotes is `inner`."""
    # Folding a line end or reading an escape never makes a text longer, and only what keeps its length stays as it is.
    if len(decoded) == inner.end - inner.start:
        return Verbatim(inner)
    return Segmented(inner, partial(_flow_segments, inner, style))


def _flow_segments(inner: Span, style: str) -> list[tuple[int, int]]:
    """Return the runs of a plain or quoted scalar, whose content without quotes is `inner`."""
    segments = [(0, inner.start)]
    lost = inner.start
    for turn in _TURNS[style]().finditer(inner.source.text, inner.start, inner.end):
        written = turn[0]
        breaks: list[str] = [] if style == "json" else _BREAK().findall(written)
        if written.startswith("\\"):
            made = len(breaks) - 1 if breaks else 1
        elif written == "''":
            made = 1
        elif not breaks:
            continue
        elif breaks[0] in "\u2028\u2029":
            made = len(breaks)
        else:
            # One line end becomes a blank; of several, the first vanishes.
            made = max(1, len(breaks) - 1)
        segments.append((turn.start() - lost, turn.start()))
        lost += len(written) - made
        segments.append((turn.end() - lost, turn.end()))
    return segments


def _block_segments(text: str, start: int, end: int, decoded: str) -> list[tuple[int, int]]:
    """Return the runs of a block scalar, one for each line, whose header is at `start`."""
    bounds = [*(found.end() for found in _BREAK().finditer(text, start, end)), end]
    lines = [(first, _BREAK().split(text[first:last])[0]) for first, last in pairwise(bounds)]
    leading = len(decoded) - len(decoded.lstrip(YAML_BREAKS))
    segments = [(index, first) for index, (first, _) in enumerate(lines[:leading])]
    # Empty lines at the top are kept one by one; the line after them says how far the content is indented.
    lines = lines[leading:]
    if leading == len(decoded) or not lines:
        return segments
    indent = _indent(lines[0][1]) - _indent(decoded[leading:])
    here = leading
    for first, line in lines:
        content = line[indent:]
        if content:
            # Between two lines there are only a space or line ends, and the second line does not begin with one.
            here = decoded.index(content, here)
            segments.append((here, first + indent))
            here += len(content)
    return segments


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


# What libyaml says, in words that say what to do.
_REASONS = {
    # Later releases of libyaml have a limit of their own, far above ours, and reach it by reading ahead.
    "exceeded maximum nesting depth": _TOO_DEEP,
    "mapping values are not allowed in this context": (
        "a colon makes this text a key, which cannot be here: correct the indentation, or put the text in quotes"
    ),
    "block sequence entries are not allowed in this context": (
        "a list item cannot begin here: put it on a line of its own, or put the text in quotes"
    ),
    "mapping keys are not allowed in this context": "a key cannot be here: put it on a line of its own",
    "could not find expected ':'": "a colon is missing after this key, or the text before it is not indented enough",
    "did not find expected key": "this fits no key of the mapping around it: correct the indentation or the quotes",
    "did not find expected '-' indicator": (
        "this line has the same indentation as a list, but does not begin with a - like its items"
    ),
    "did not find expected ',' or ']'": "a comma or the closing ] is missing before this place",
    "did not find expected ',' or '}'": "a comma or the closing } is missing before this place",
    "did not find expected node content": "a value is missing before this place",
    "could not find expected directive name": "a line cannot begin with % here: put the text in quotes",
    "found unknown directive name": "a line cannot begin with % here: put the text in quotes",
    "did not find expected <document start>": "this follows the end of the document: nothing may follow",
    "found unexpected end of stream": "the quote that opens here is never closed",
    "found unexpected document indicator": "the quote that opens here is not closed before the document ends",
    "found unknown escape character": "this escape does not exist: write \\\\ for a backslash, or use single quotes",
    "found invalid Unicode character escape code": "this escape is not a Unicode character",
    "did not find expected hexdecimal number": "this escape needs hexadecimal digits: 2 after \\x, 4 after \\u",
    "found undefined tag handle": "the handle of this tag is not declared: a local tag has one ! only",
    "found incompatible YAML document": "this version of YAML is not supported: take the %YAML line out",
    "control characters are not allowed": "this control character is not allowed in a text: remove it, or escape it",
}
# Here libyaml points after the error.
_AT_START = {
    "could not find expected ':'",
    "could not find expected directive name",
    "found unknown directive name",
    "found unexpected end of stream",
    "found unexpected document indicator",
}
_BEHIND_ESCAPE = {"found invalid Unicode character escape code", "did not find expected hexdecimal number"}
_UNPRINTABLE = pattern("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


def _problem(source: Source, error: yaml.YAMLError) -> SyntaxProblem:
    """Return libyaml's error as a problem with a place and a helpful message."""
    text = source.text
    said, start = "control characters are not allowed", 0
    if isinstance(error, yaml.MarkedYAMLError):
        said = error.problem or ""
        mark = error.context_mark if said in _AT_START and error.context_mark else error.problem_mark
        start = mark.index if mark is not None else 0
        if said in _BEHIND_ESCAPE:
            start -= 2
    elif (found := _UNPRINTABLE().search(text)) is not None:
        start = found.start()
    reason = _REASONS.get(said, said)
    if "found a tab character" in said or (said.startswith("found character") and text.startswith("\t", start)):
        start = text.find("\t", start)
        reason = "there is a tab where YAML allows only spaces: replace it by spaces"
    elif said.startswith("found character"):
        reason = f"a value cannot begin with {text[start : start + 1]}: put it in quotes"
    elif said == "did not find expected key" and text.startswith("!", start):
        reason = "a value takes one tag only: write one of the functions in full, such as Fn::Base64"
    return SyntaxProblem(Span(source, start, min(start + 1, len(text))), reason)

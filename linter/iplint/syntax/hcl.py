"""HCL: configuration files, template files, and single expressions.

A recursive-descent parser that goes once through the text and reads each token only when needed: the meaning of a
character depends on its context (a line end closes an attribute, but not an item of a list; a quote opens a template in
which other marks count). Facts: HCL native syntax specification.
"""

from __future__ import annotations

import re

from iplint import number as numbers
from iplint.location import Span
from iplint.syntax.hcl_tree import (
    Attr,
    Attribute,
    Binary,
    Block,
    Body,
    Call,
    Conditional,
    ForExpr,
    Index,
    Interpolation,
    Literal,
    Name,
    ObjectCons,
    Parens,
    Splat,
    TemplateExpr,
    TemplateFor,
    TemplateIf,
    TemplateText,
    TupleCons,
    Unary,
)
from iplint.syntax.pattern import pattern
from iplint.syntax.problem import SyntaxProblem, quotable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from iplint.location import Source
    from iplint.syntax.hcl_tree import Expr, TemplatePart

    Run: TypeAlias = tuple[str, int, int]

MAX_LEVELS = 200
# Python may refuse to read more digits than this into an int.
MAX_DIGITS = 640

_NAME = r"[^\W\d][\w\-\x80-\U0010ffff]*"
_COMMENT = r"(?:(?:\#|//)[^\n]*|/\*(?s:.*?)\*/)"
_LINE_GAP = rf"[ \t]*(?:{_COMMENT}[ \t]*)*"
_WIDE_GAP = rf"[ \t\n]*(?:(?:{_COMMENT}|\r\n)[ \t\n]*)*"
_TOKEN = rf"""(?:
    (?P<name>{_NAME})
  | (?P<text>"[^"\\$%\r\n]*")
  | (?P<newline>(?:\r?\n[ \t]*)+)
  | (?P<heredoc><<-?{_NAME}\r?\n)
  | (?P<number>[0-9](?:(?:[0-9.]|[eE][+-]?[0-9])*(?:[0-9]|[eE][+-]?[0-9]))?)
  | (?P<mark>==|!=|<=|>=|=>|&&|\|\||::|\.\.\.|~\}}|[\[\](){{}}.,=:?+\-*/%<>!"])
  | (?P<end>\Z)
  | (?P<other>(?s:.))
)"""
_LINE = re.compile(f"{_LINE_GAP}(?x:{_TOKEN})")
_WIDE = re.compile(f"{_WIDE_GAP}(?x:{_TOKEN})")
_GAP = pattern(_WIDE_GAP)
_KINDS = tuple(sorted(_LINE.groupindex, key=_LINE.groupindex.__getitem__))
_MARK = _LINE.groupindex["mark"]
# How messages name a token. Words, numbers and texts may be secrets: their kind is named, and only marks are quoted.
_TOKENS = {
    "name": "a word",
    "text": "a text in quotes",
    "heredoc": "a heredoc",
    "number": "a number",
    "other": "another character",
    "newline": "the end of the line",
    "end": "the end of the text",
}

# In a quoted template a run of text may hold escapes; in the other templates it ends with its line, for strip markers
# and the trimming of indentation never reach across a line end.
_SEQUENCES = r"(?P<escape>\$\$\{|%%\{)|(?P<sequence>[$%]\{~?)|(?P<sign>[$%])"
_QUOTED = re.compile(rf'(?P<text>(?:[^"\\$%\r\n]+|\\[^\r\n])+)|{_SEQUENCES}|(?P<close>")')
_UNQUOTED = re.compile(rf"(?P<text>[^$%\n]*\n|[^$%\n]+)|{_SEQUENCES}")
_ESCAPE = pattern(r"(?P<plain>[^\\]+)|\\(?:(?P<letter>[nrt\"\\])|u(?P<short>[0-9a-fA-F]{4})|U(?P<long>[0-9a-fA-F]{8}))")
_LETTERS = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_SPACES = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))

_BINDING = {
    "||": 1,
    "&&": 2,
    "==": 3,
    "!=": 3,
    "<": 4,
    ">": 4,
    "<=": 4,
    ">=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
    "%": 6,
}
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}

_HEADER = pattern(rf'^{_NAME}(?:[ \t]+(?:"[^"\n]*"|{_NAME}))*[ \t]*\{{', re.MULTILINE)
_SKIPPED = pattern(rf'[^"\#/<{{}}()\[\]\n]+|(?:\#|//)[^\n]*|/\*(?s:.*?)(?:\*/|\Z)|<<-?({_NAME})\r?\n|(?s:.)')
_SKIPPED_IN_QUOTES = pattern(r'(?:[^"\\$%\n]+|\\[^\n]|\$\$\{|%%\{|[$%](?!\{))+|[$%]\{|(?s:.)')
# What holds no comment, with the strings in it that hold no interpolation either.
_WITHOUT_COMMENT = pattern(
    rf"""(?:[^"\#/<]+|"(?:[^"\\$%\n]+|\\[^\n]|\$\$\{{|%%\{{|[$%](?!\{{))*+["\n]|/(?![/*])|<(?!<-?{_NAME}\r?\n))*+"""
)
_OPENERS = {")": "(", "]": "["}


def parse(source: Source) -> tuple[Body, list[SyntaxProblem]]:
    """Return the attributes and blocks of a file, and a problem for each one at its top level that cannot be read.

    A problem starts at the syntax error and runs to the end of what was skipped because of it.
    """
    text = source.text
    body = Body()
    problems: list[SyntaxProblem] = []
    reader = _Parser(source, len(text))
    # Once brackets did not close before the end of the file, every line that looks like the head of a block is one.
    ragged = False
    place = 0
    while True:
        if ragged and place >= reader.end:
            reader.end = _next_header(text, place + 1)
        start = _gap_end(text, place, reader.end)
        if start == reader.end:
            if start == len(text):
                return body, sorted(problems, key=lambda problem: problem.at.start)
            place = start
            continue
        try:
            reader.restart(start)
            reader.item(body)
            place = reader.start
        except SyntaxProblem as problem:
            if ragged:
                place = reader.end
            else:
                place, closed = _skip(text, start)
                if not closed:
                    ragged = True
                    place = reader.end = _next_header(text, start + 1)
            begin, left_out = problem.at.start, start
            # The rest of an item that was given up, a stray bracket for one, is not a problem of its own.
            is_rest = not text[start].isidentifier() or text[start - 1 : start] not in ("", "\n")
            if problems and is_rest and _gap_end(text, problems[-1].at.end, start) == start:
                problem = problems.pop()
                begin, left_out = problem.at.start, problem.unread.start
            end = max(begin, place)
            problems.append(SyntaxProblem(Span(source, begin, end), problem.reason, Span(source, left_out, end)))


def parse_template(source: Source, start: int = 0, end: int | None = None) -> list[TemplatePart]:
    """Return the parts of a template file: text without backslash escapes, interpolations and directives."""
    reader = _Parser(source, len(source.text) if end is None else end)
    reader.stop = start
    return reader.template(_UNQUOTED)


def parse_expression(source: Source, start: int = 0, end: int | None = None) -> Expr:
    """Return a single expression; it may span several lines."""
    reader = _Parser(source, len(source.text) if end is None else end)
    reader.scan = _WIDE
    reader.stop = start
    reader.advance()
    expr = reader.expression()
    if reader.kind != "end":
        raise reader.unexpected("the end of the expression")
    return expr


class _TextPiece:
    """A piece of a template's text, the unit that strip markers and the trimming of indentation work on.

    Each run is its decoded text and its start and end in the source; it is an escape if these differ in length.
    """

    __slots__ = ("runs",)

    def __init__(self, runs: list[Run]) -> None:
        self.runs = runs

    def strip_left(self) -> None:
        while True:
            text, _, end = self.runs[0]
            kept = text.lstrip(_SPACES)
            if kept or len(self.runs) == 1:
                if kept != text:
                    self.runs[0] = (kept, end - len(kept), end)
                return
            del self.runs[0]

    def strip_right(self) -> None:
        while True:
            text, start, _ = self.runs[-1]
            kept = text.rstrip(_SPACES)
            if kept or len(self.runs) == 1:
                if kept != text:
                    self.runs[-1] = (kept, start, start + len(kept))
                return
            del self.runs[-1]


class _Mark:
    """The directive `else`, `endif` or `endfor`."""

    __slots__ = ("end", "word")

    def __init__(self, end: int, word: str) -> None:
        self.end = end
        self.word = word


if TYPE_CHECKING:
    Piece: TypeAlias = _TextPiece | Interpolation | TemplateIf | TemplateFor | _Mark


class _Parser:
    """Parse one text up to `end`.

    The current token runs from `start` to `stop`; its `kind` is the name of its group in `_TOKEN`, and for a mark the
    mark itself. `scan` is the pattern of the next token: `_LINE` where line ends count, `_WIDE` where they do not.
    """

    __slots__ = ("depth", "end", "kind", "scan", "source", "start", "stop", "text")

    def __init__(self, source: Source, end: int) -> None:
        self.source = source
        self.text = source.text
        self.end = end
        self.scan = _LINE
        self.depth = 0
        self.kind = ""
        self.start = 0
        self.stop = 0

    def restart(self, place: int) -> None:
        """Restart with the token at `place`, whatever was being read before."""
        self.scan = _LINE
        self.depth = 0
        self.stop = place
        self.advance()

    def advance(self) -> None:
        found = self.scan.match(self.text, self.stop, self.end)
        assert found is not None
        index = found.lastindex
        assert index is not None
        self.start, self.stop = found.span(index)
        self.kind = found[index] if index == _MARK else _KINDS[index - 1]

    def at(self, *kinds: str) -> bool:
        return self.kind in kinds

    def problem(self, reason: str, start: int, end: int) -> SyntaxProblem:
        return SyntaxProblem(Span(self.source, start, end), reason)

    def unexpected(self, wanted: str) -> SyntaxProblem:
        found = _TOKENS.get(self.kind) or f"'{self.kind}'"
        return self.problem(f"expected {wanted} but found {found}", self.start, self.stop)

    def deepen(self) -> None:
        self.depth += 1
        if self.depth > MAX_LEVELS:
            raise self.problem(f"this is nested more than {MAX_LEVELS} levels deep", self.start, self.stop)

    def word(self) -> str:
        """Return the text of the current token, a name."""
        word = self.text[self.start : self.stop]
        if not word.isascii() and not word.replace("-", "_").isidentifier():
            raise self.problem("this is not a name", self.start, self.stop)
        return word

    def name(self, wanted: str) -> str:
        """Return the name that is required here; advance to the next token."""
        if not self.at("name"):
            raise self.unexpected(wanted)
        word = self.word()
        self.advance()
        return word

    def at_word(self, word: str) -> bool:
        return self.at("name") and self.text[self.start : self.stop] == word

    def enter(self) -> re.Pattern[str]:
        """Skip an opening bracket, after which line ends do not count; return the pattern to restore."""
        outer = self.scan
        self.scan = _WIDE
        self.advance()
        return outer

    def leave(self, mark: str, wanted: str, outer: re.Pattern[str]) -> int:
        """Skip the closing bracket that is required here, and return its end."""
        if not self.at(mark):
            raise self.unexpected(wanted)
        end = self.stop
        self.scan = outer
        self.advance()
        return end

    # Bodies

    def item(self, body: Body) -> None:
        """Parse an attribute or a block, and the end of its line, into `body`."""
        if not self.at("name"):
            raise self.unexpected("an attribute or a block")
        start, stop = self.start, self.stop
        name = self.word()
        self.advance()
        if self.at("="):
            if name in body.attributes:
                raise self.problem(f"{quotable(name, 'this attribute')} is set a second time", start, stop)
            attribute = self.attribute(start, stop, name)
            self.line_end()
            body.attributes[name] = attribute
        else:
            block = self.block(start, name)
            self.line_end()
            body.blocks.append(block)

    def line_end(self) -> None:
        if not self.at("newline", "end"):
            raise self.unexpected("a new line")

    def attribute(self, start: int, stop: int, name: str) -> Attribute:
        self.advance()
        expr = self.expression()
        return Attribute(start, stop, expr.end, name, expr)

    def block(self, start: int, name: str) -> Block:
        labels: list[str] = []
        while not self.at("{"):
            labels.append(self.label())
        opened = self.start
        self.deepen()
        self.advance()
        inner = Body()
        if self.at("name"):
            self.only_attribute(inner)
        else:
            self.items(inner, opened)
        end = self.stop
        self.advance()
        self.depth -= 1
        return Block(start, opened, end, name, labels, inner)

    def label(self) -> str:
        if self.at("name"):
            label = self.word()
            self.advance()
        elif self.at("text"):
            label = self.text[self.start + 1 : self.stop - 1]
            self.advance()
        elif self.at('"'):
            label = ""
            for part in self.quoted().parts:
                if not isinstance(part, TemplateText):
                    raise self.problem("a block's label holds no interpolation or directive", part.start, part.end)
                label += part.text
        else:
            raise self.unexpected("'=', a label or '{'")
        return label

    def only_attribute(self, body: Body) -> None:
        """Parse the single attribute of a one-line block."""
        start, stop = self.start, self.stop
        name = self.word()
        self.advance()
        if not self.at("="):
            raise self.problem("a block on one line holds a single attribute and nothing else", start, stop)
        body.attributes[name] = self.attribute(start, stop, name)
        if not self.at("}"):
            raise self.unexpected("the '}' of the block on this line")

    def items(self, body: Body, opened: int) -> None:
        while True:
            if self.at("newline"):
                self.advance()
            if self.at("}"):
                return
            if self.at("end"):
                raise self.problem("this '{' is never closed", opened, opened + 1)
            if not self.at("newline"):
                self.item(body)

    # Expressions

    def expression(self) -> Expr:
        self.deepen()
        value = self.operand()
        if self.kind in _BINDING:
            value = self.operation(value)
        if self.at("?"):
            value = self.conditional(value)
        self.depth -= 1
        return value

    def conditional(self, cond: Expr) -> Expr:
        # Chains of conditionals may be long, so they are not read by recursion.
        chain: list[tuple[Expr, Expr]] = []
        value = cond
        while self.at("?"):
            self.advance()
            then = self.expression()
            if not self.at(":"):
                raise self.unexpected("the ':' of the conditional")
            self.advance()
            chain.append((value, then))
            value = self.operand()
            if self.kind in _BINDING:
                value = self.operation(value)
        for cond, then in reversed(chain):
            value = Conditional(cond.start, value.end, cond, then, value)
        return value

    def operation(self, first: Expr) -> Expr:
        values = [first]
        waiting: list[str] = []
        while True:
            binding = _BINDING.get(self.kind, 0)
            while waiting and _BINDING[waiting[-1]] >= binding:
                right = values.pop()
                left = values.pop()
                values.append(Binary(left.start, right.end, waiting.pop(), left, right))
            if not binding:
                return values[0]
            waiting.append(self.kind)
            self.advance()
            values.append(self.operand())

    def operand(self) -> Expr:
        """Parse an operand of binary operators."""
        kind = self.kind
        value: Expr
        if kind == "text":
            start, stop = self.start, self.stop
            inside = self.text[start + 1 : stop - 1]
            value = TemplateExpr(start, stop, [TemplateText(start + 1, stop - 1, inside)] if inside else [], False)
            self.advance()
        elif kind == "name":
            value = self.named()
        elif kind == "[":
            value = self.tuple_cons()
        elif kind == "{":
            value = self.object_cons()
        elif kind == '"':
            value = self.quoted()
        elif kind == "heredoc":
            value = self.heredoc()
        elif kind == "number":
            value = self.number()
        elif kind == "(":
            start = self.start
            outer = self.enter()
            inner = self.expression()
            value = Parens(start, self.leave(")", "')'", outer), inner)
        elif kind in ("-", "!"):
            return self.unary()
        else:
            raise self.unexpected("a value")
        if self.at(".", "["):
            value = self.traversal(value)
        return value

    def unary(self) -> Expr:
        signs: list[tuple[int, str]] = []
        while self.at("-", "!"):
            self.deepen()
            signs.append((self.start, self.kind))
            self.advance()
        value = self.operand()
        self.depth -= len(signs)
        for start, sign in reversed(signs):
            value = Unary(start, value.end, sign, value)
        return value

    def number(self) -> Literal:
        start, stop = self.start, self.stop
        digits = self.text[start:stop]
        if stop - start > MAX_DIGITS:
            raise self.problem(f"a number of more than {MAX_DIGITS} digits is not supported", start, stop)
        try:
            value = numbers.parse(digits)
        except numbers.TooLarge:
            raise self.problem("this number is too large, or too near to zero", start, stop) from None
        if value is None:
            raise self.problem("this is not a number", start, stop)
        self.advance()
        return Literal(start, stop, value)

    def named(self) -> Expr:
        """Parse a name, a call, or a keyword value."""
        start, stop = self.start, self.stop
        word = self.word()
        self.advance()
        if self.at("(", "::"):
            return self.call(start, word)
        if word in _WORDS:
            return Literal(start, stop, _WORDS[word])
        return Name(start, stop, word)

    def call(self, start: int, name: str) -> Call:
        while self.at("::"):
            self.advance()
            name += "::" + self.name("a function's name after '::'")
        if not self.at("("):
            raise self.unexpected("the '(' of a function's arguments")
        outer = self.enter()
        args: list[Expr] = []
        expand = False
        wanted = "a value or ')'"
        while not self.at(")"):
            args.append(self.expression())
            wanted = "a comma or ')'"
            if self.at("..."):
                expand = True
                wanted = "')' after '...'"
                self.advance()
                break
            if not self.at(","):
                break
            self.advance()
        return Call(start, self.leave(")", wanted, outer), name, args, expand)

    def traversal(self, value: Expr) -> Expr:
        """Parse the attributes, indexes and splats after a value."""
        # What follows a full splat belongs to its elements, so each is completed when nothing more follows.
        collections: list[Expr] = []
        while True:
            if self.at("."):
                dot = self.start
                self.advance()
                value = self.attribute_splat(value, dot) if self.at("*") else self.member(value)
            elif self.at("["):
                start = self.start
                outer = self.enter()
                if self.at("*"):
                    self.advance()
                    collections.append(value)
                    value = Name(start, self.leave("]", "']' after '*'", outer), "*")
                else:
                    key = self.expression()
                    value = Index(value.start, self.leave("]", "']'", outer), value, key)
            else:
                break
        for collection in reversed(collections):
            value = Splat(collection.start, value.end, collection, value, True)
        return value

    def member(self, value: Expr) -> Expr:
        stop = self.stop
        if self.at("number"):
            if not self.text[self.start : stop].isdigit():
                raise self.problem("only one index may follow a dot, write the others in brackets", self.start, stop)
            return Index(value.start, stop, value, self.number())
        return Attr(value.start, stop, value, self.name("a name after the dot"))

    def attribute_splat(self, value: Expr, dot: int) -> Expr:
        each: Expr = Name(dot, self.stop, "*")
        self.advance()
        while self.at("."):
            self.advance()
            each = self.member(each)
        return Splat(value.start, each.end, value, each, False)

    def tuple_cons(self) -> Expr:
        start = self.start
        outer = self.enter()
        if self.at_word("for"):
            return self.for_expression(start, "]", outer)
        items: list[Expr] = []
        wanted = "a value or ']'"
        while not self.at("]"):
            items.append(self.expression())
            wanted = "a comma or ']'"
            if not self.at(","):
                break
            self.advance()
        return TupleCons(start, self.leave("]", wanted, outer), items)

    def object_cons(self) -> Expr:
        start = self.start
        outer = self.enter()
        if self.at_word("for"):
            return self.for_expression(start, "}", outer)
        self.scan = _LINE
        items: list[tuple[Expr, Expr]] = []
        while True:
            if self.at("newline"):
                self.advance()
                continue
            if self.at("}"):
                break
            key = self.key()
            if not self.at("=", ":"):
                raise self.unexpected("'=' or ':' after a key")
            self.advance()
            items.append((key, self.expression()))
            if self.at(","):
                self.advance()
            elif not self.at("newline"):
                break
        return ObjectCons(start, self.leave("}", "a comma, a new line or '}'", outer), items)

    def key(self) -> Expr:
        key = self.expression()
        if isinstance(key, Name) or (isinstance(key, Literal) and (key.value is None or isinstance(key.value, bool))):
            word = self.text[key.start : key.end]
            return TemplateExpr(key.start, key.end, [TemplateText(key.start, key.end, word)], False)
        return key

    def for_expression(self, start: int, mark: str, outer: re.Pattern[str]) -> ForExpr:
        key, value, collection = self.loop()
        if not self.at(":"):
            raise self.unexpected("':' after the collection of 'for'")
        self.advance()
        key_expr: Expr | None = None
        value_expr = self.expression()
        if self.at("=>") and mark == "}":
            self.advance()
            key_expr, value_expr = value_expr, self.expression()
        elif mark == "}":
            raise self.unexpected("'=>' after the key")
        group = self.at("...") and mark == "}"
        if group:
            self.advance()
        cond: Expr | None = None
        if self.at_word("if"):
            self.advance()
            cond = self.expression()
        end = self.leave(mark, f"'{mark}' after the 'for' expression", outer)
        return ForExpr(start, end, key, value, collection, key_expr, value_expr, cond, group)

    def loop(self) -> tuple[str | None, str, Expr]:
        """Parse a loop's head from the word `for`: the name of the key if there is one, the name of the value, the
        collection.
        """
        self.advance()
        key: str | None = None
        value = self.name("a name after 'for'")
        if self.at(","):
            self.advance()
            key, value = value, self.name("a second name after the comma")
        if not self.at_word("in"):
            raise self.unexpected("'in' after the names of 'for'")
        self.advance()
        return key, value, self.expression()

    # Templates

    def quoted(self) -> TemplateExpr:
        start = self.start
        parts = self.template(_QUOTED)
        value = TemplateExpr(start, self.stop, parts, False)
        self.advance()
        return value

    def heredoc(self) -> TemplateExpr:
        start = self.start
        marker = self.text[start + 2 : self.stop].rstrip()
        parts = self.template(_UNQUOTED, marker.removeprefix("-"), marker.startswith("-"))
        value = TemplateExpr(start, self.stop, parts, True)
        self.advance()
        return value

    def template(self, pattern: re.Pattern[str], marker: str | None = None, trim: bool = False) -> list[TemplatePart]:
        """Parse from `stop` up to the closing quote, the line of a heredoc's `marker`, or the end; skip it."""
        text = self.text
        begin = self.start
        pieces: list[Piece] = []
        directives: list[tuple[str, int]] = []
        strip_next = False
        line_start = True
        while True:
            found = pattern.match(text, self.stop, self.end)
            if found is None:
                break
            kind = found.lastgroup
            start, stop = found.span()
            self.start, self.stop = start, stop
            if kind == "close":
                break
            if kind == "sequence":
                last = pieces[-1] if pieces else None
                if stop - start == 3 and isinstance(last, _TextPiece):
                    last.strip_right()
                strip_next = self.sequence(pieces, directives)
                line_start = False
                continue
            if kind == "text":
                if line_start and marker is not None and found[0].strip(_SPACES) == marker and text[stop - 1] == "\n":
                    self.stop = stop - (2 if found[0].endswith("\r\n") else 1)
                    break
                runs = self.decoded(start, stop) if pattern is _QUOTED else [(found[0], start, stop)]
            elif kind == "escape":
                runs = [(text[start + 1 : stop], start + 1, stop)]
            else:
                runs = [(found[0], start, stop)]
            literal = _TextPiece(runs)
            if strip_next:
                literal.strip_left()
                strip_next = False
            pieces.append(literal)
            line_start = text[stop - 1] == "\n"
        if found is None and (pattern is _QUOTED or marker is not None):
            raise self.unclosed(begin, marker)
        if directives:
            word, start = directives[-1]
            end = "endfor" if word == "for" else "endif"
            raise self.problem(f"this directive has no '{end}'", start, start + 2)
        if trim:
            _trim_indentation(pieces)
        return _tree(pieces)

    def unclosed(self, begin: int, marker: str | None) -> SyntaxProblem:
        if marker is not None:
            line, _ = self.source.position(begin)
            reason = (
                f"no line holds only {quotable(marker, 'its end marker')} to end the text that begins in line {line}"
            )
        elif self.stop < self.end and self.text[self.stop] == "\\":
            reason = "a backslash ends the line"
        else:
            reason = "the closing quote is missing on this line"
        return self.problem(reason, self.stop, self.stop)

    def decoded(self, start: int, end: int) -> list[Run]:
        """Return the runs of a quoted text with its escapes resolved."""
        runs: list[Run] = []
        place = start
        while place < end:
            found = _ESCAPE().match(self.text, place, end)
            if found is None:
                raise self.problem("this is not an escape sequence", place, place + 2)
            stop = found.end()
            digits = found["short"] or found["long"]
            if digits:
                code = int(digits, 16)
                if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
                    raise self.problem("this escape sequence is not a character", place, stop)
                decoded = chr(code)
            else:
                decoded = found["plain"] or _LETTERS[found["letter"]]
            runs.append((decoded, place, stop))
            place = stop
        return runs

    def sequence(self, pieces: list[Piece], directives: list[tuple[str, int]]) -> bool:
        """Parse an interpolation or directive, up to its closing brace; return also whether that strips the text after
        it.
        """
        start = self.start
        is_directive = self.text[start] == "%"
        outer = self.enter()
        piece: Piece
        if is_directive:
            piece = self.directive(start, directives)
            wanted = "the '}' of the directive"
        else:
            piece = Interpolation(start, start, self.expression())
            wanted = "the '}' of the interpolation"
        if not self.at("}", "~}"):
            raise self.unexpected(wanted)
        piece.end = self.stop
        pieces.append(piece)
        self.scan = outer
        return self.at("~}")

    def directive(self, start: int, directives: list[tuple[str, int]]) -> TemplateIf | TemplateFor | _Mark:
        if not self.at("name"):
            raise self.unexpected("'if', 'else', 'endif', 'for' or 'endfor'")
        word = self.word()
        if word in ("if", "for"):
            self.deepen()
            directives.append((word, start))
            if word == "for":
                key, value, collection = self.loop()
                return TemplateFor(start, start, key, value, collection, [])
            self.advance()
            return TemplateIf(start, start, self.expression(), [], [])
        within = directives[-1][0] if directives else ""
        if word == "else" and within == "if":
            directives[-1] = ("else", directives[-1][1])
        elif (word == "endif" and within in ("if", "else")) or (word == "endfor" and within == "for"):
            directives.pop()
            self.depth -= 1
        elif word in ("else", "endif", "endfor"):
            raise self.problem(f"no open directive fits this '{word}'", self.start, self.stop)
        else:
            raise self.unexpected("'if', 'else', 'endif', 'for' or 'endfor'")
        self.advance()
        return _Mark(self.stop, word)


def _trim_indentation(pieces: list[Piece]) -> None:
    """Remove from each line of a heredoc the indentation that all lines share, ignoring blank lines."""
    least: int | None = None
    indented: list[_TextPiece] = []
    line_start = True
    for piece in pieces:
        text = piece.runs[0][0] if isinstance(piece, _TextPiece) else ""
        if line_start:
            bare = text.lstrip(_SPACES)
            if bare or not text.endswith("\n"):
                indent = len(text) - len(bare)
                least = indent if least is None else min(least, indent)
                if isinstance(piece, _TextPiece):
                    indented.append(piece)
        line_start = text.endswith("\n")
    if least:
        for literal in indented:
            text, start, end = literal.runs[0]
            literal.runs[0] = (text[least:], start + least, end)


def _tree(pieces: list[Piece]) -> list[TemplatePart]:
    """Return the pieces of a template with neighbouring text joined, and the contents of directives nested."""
    parts: list[TemplatePart] = []
    outer: list[tuple[TemplateIf | TemplateFor, list[TemplatePart]]] = []
    runs: list[Run] = []
    for piece in pieces:
        if isinstance(piece, _TextPiece):
            runs += [run for run in piece.runs if run[0]]
            continue
        if runs:
            parts.append(_text(runs))
            runs = []
        if not isinstance(piece, _Mark):
            parts.append(piece)
            if not isinstance(piece, Interpolation):
                outer.append((piece, parts))
                parts = piece.then if isinstance(piece, TemplateIf) else piece.body
            continue
        directive, around = outer[-1]
        if piece.word == "else" and isinstance(directive, TemplateIf):
            parts = directive.otherwise
        else:
            directive.end = piece.end
            parts = around
            outer.pop()
    if runs:
        parts.append(_text(runs))
    if len(parts) == 1 and len(pieces) > 1 and isinstance(parts[0], Interpolation):
        # All text around was stripped, but the value is still a string, not the interpolation's own value.
        parts.append(TemplateText(parts[0].end, parts[0].end, ""))
    return parts


def _text(runs: list[Run]) -> TemplateText:
    start, end = runs[0][1], runs[-1][2]
    segments: list[tuple[int, int]] = []
    offset = 0
    follows = -1
    for decoded, at, stop in runs:
        verbatim = stop - at == len(decoded)
        if at != follows or not verbatim:
            segments.append((offset, at))
        offset += len(decoded)
        follows = stop if verbatim else -1
    text = "".join([run[0] for run in runs])
    return TemplateText(start, end, text, None if end - start == len(text) and len(segments) == 1 else segments)


def _gap_end(text: str, place: int, end: int) -> int:
    """Return where the white space and comments at `place` end."""
    gap = _GAP().match(text, place, end)
    return place if gap is None else gap.end()


def _next_header(text: str, place: int) -> int:
    """Return where the next line begins that looks like the start of a top-level block."""
    header = _HEADER().search(text, place)
    return len(text) if header is None else header.start()


def _skip(text: str, start: int) -> tuple[int, bool]:
    """Return the end of the unreadable item at `start`, and whether all brackets and heredocs in it are closed."""
    opened: list[str] = []
    place = start
    while place < len(text):
        in_quotes = bool(opened) and opened[-1] == '"'
        found = (_SKIPPED_IN_QUOTES if in_quotes else _SKIPPED)().match(text, place)
        assert found is not None
        taken = found[0]
        place = found.end()
        if taken == "\n" and (not opened or (opened[-1] in ("(", "[") and _HEADER().match(text, place))):
            # The head of a block has no place inside round or square brackets: one of them was left open.
            return place - 1, True
        if in_quotes:
            if taken in ("${", "%{"):
                opened.append("{")
            elif taken in ('"', "\n"):
                opened.pop()
        elif taken in ('"', "{", "(", "["):
            opened.append(taken)
        elif taken == "}":
            while opened and opened.pop() != "{":
                pass
        elif opened and _OPENERS.get(taken) == opened[-1]:
            opened.pop()
        elif found.lastindex:
            place, closed = _heredoc_end(text, place, found[1])
            if not closed:
                return place, False
    return len(text), not opened


def _heredoc_end(text: str, place: int, name: str) -> tuple[int, bool]:
    """Return the end of the last line of the heredoc whose text begins at `place`, and whether it is terminated."""
    while place < len(text):
        line = place
        place = text.find("\n", line) + 1 or len(text)
        if text[line:place].strip(_SPACES) == name:
            return place - 1, True
    return len(text), False


def comments(text: str) -> list[tuple[int, int]]:
    """Return the ranges of the comments of a configuration file, ascending, without the ends of their lines.

    Strings and heredocs are skipped as a whole, including interpolations: a comment sign in them may be text.
    """
    found: list[tuple[int, int]] = []
    place = 0
    while True:
        between = _WITHOUT_COMMENT().match(text, place)
        token = _SKIPPED().match(text, between.end()) if between is not None else None
        if token is None:
            return found
        start, place = token.span()
        if token.lastindex:
            place, _ = _heredoc_end(text, place, token[1])
        elif token[0] == '"':
            place = _quotes_end(text, place)
        else:
            found.append((start, start + len(token[0].rstrip("\r"))))


def _quotes_end(text: str, place: int) -> int:
    """Return the end of the string whose text begins at `place`."""
    opened = ['"']
    while opened and place < len(text):
        in_quotes = opened[-1] == '"'
        token = (_SKIPPED_IN_QUOTES if in_quotes else _SKIPPED)().match(text, place)
        assert token is not None
        taken = token[0]
        place = token.end()
        if in_quotes:
            if taken in ("${", "%{"):
                opened.append("{")
            elif taken in ('"', "\n"):
                opened.pop()
        elif taken in ('"', "{"):
            opened.append(taken)
        elif taken == "}":
            opened.pop()
        elif token.lastindex:
            place, _ = _heredoc_end(text, place, token[1])
    return place

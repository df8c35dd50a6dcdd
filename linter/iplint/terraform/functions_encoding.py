"""Functions that encode texts and values, and decode them."""

from __future__ import annotations

from functools import partial

from iplint import number as numbers
from iplint.budget import charge
from iplint.datatype import DYNAMIC, PRIMITIVES, STRING, Kind, Type, list_of
from iplint.location import Base64Origin, Origin
from iplint.number import Real, Whole
from iplint.resource import Passing
from iplint.syntax.partial import parse_json
from iplint.syntax.pattern import pattern
from iplint.syntax.tree import Mapping, Scalar, Sequence
from iplint.terraform.expression import MAX_PIECES, MAX_TEXT_LENGTH
from iplint.terraform.failure import beyond_limit
from iplint.terraform.functions_base import (
    MANY,
    ArgumentError,
    Excessive,
    FunctionTable,
    NeedsUnknown,
    Unsupported,
    hole,
    limited,
    plain,
    reading,
    refuse,
    respelled,
    rewritten,
)
from iplint.terraform.scope import PartiallyOrderedSeq
from iplint.terraform.types import like
from iplint.terraform.unicode import normal
from iplint.value import Absent, Chunk, Hole, Known, Map, Reason, Seq, Text, Unknown, literal_text, merged_reasons

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Sequence as SequenceOf
    from typing import Never

    from iplint.location import Span
    from iplint.syntax.tree import Node
    from iplint.terraform.functions_base import Arguments
    from iplint.value import Lazy, Value

ENCODING = FunctionTable()

# JSON

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
# Go's encoder keeps its text harmless inside of HTML and JavaScript.
_UNSAFE = frozenset("<>&\u2028\u2029")
MAX_DEPTH = 100
# What it costs to write a part of a text, in steps of a budget.
STEPS_A_PART = 8
_HALF_ESCAPED = pattern("%(?![0-9A-Fa-f]{2})")


def _in_json(letter: str) -> str:
    escape = _ESCAPES.get(letter)
    if escape is not None:
        return escape
    return f"\\u{ord(letter):04x}" if letter < " " or letter in _UNSAFE else letter


class _JsonWriter:
    """Write a value as JSON.

    A collection that occurs in several places is written once, and the result is repeated.
    """

    __slots__ = ("_at", "_pieces", "_run", "_size", "_written")

    def __init__(self) -> None:
        self._pieces: list[Chunk | Hole] = []
        self._size = 0
        # What was put for one place, and is not yet a piece.
        self._run: list[str] = []
        self._at: Span | None = None
        # Collections by their identities, with the first and last of their pieces, and how many characters these have.
        self._written: dict[int, tuple[Seq | Map, int, int, int]] = {}

    def text(self, encodes: Value) -> Text:
        """Return what was written."""
        self._end_run()
        return Text(tuple(self._pieces), ("json", encodes))

    def _put(self, string: str, at: Span) -> None:
        if at is not self._at:
            self._end_run()
            self._at = at
        self._run.append(string)
        self._grow(len(string))

    def _add(self, piece: Chunk | Hole) -> None:
        self._end_run()
        self._pieces.append(piece)

    def _end_run(self) -> None:
        if self._at is not None:
            self._pieces.append(Chunk("".join(self._run), Origin(self._at)))
            self._run = []
            self._at = None

    def _grow(self, size: int, pieces: int = 0) -> None:
        """Reserve room for further characters and pieces."""
        self._size += size
        if self._size > MAX_TEXT_LENGTH or len(self._pieces) + pieces > MAX_PIECES:
            raise Excessive("a text that is too large")
        charge(STEPS_A_PART + pieces)

    def _string(self, pieces: SequenceOf[Chunk | Hole], at: Span) -> None:
        self._put('"', at)
        for piece in pieces:
            if isinstance(piece, Hole):
                self._add(piece)
                continue
            for chunk in respelled(piece, _in_json):
                self._grow(len(chunk.text))
                self._add(chunk)
        self._put('"', at)

    def write(self, value: Value, depth: int = 0) -> None:
        """Write a value."""
        if depth > MAX_DEPTH:
            raise Excessive("a value that is nested too deeply")
        match value:
            case Absent():
                self._put("null", value.at)
            case Unknown():
                self._add(hole(value))
            case Known(Text() as string):
                self._string(string.pieces, value.at)
            case Known(bool() as truth):
                self._put("true" if truth else "false", value.at)
            case Known(int() | float() as number):
                if numbers.is_infinite(number):
                    raise ArgumentError
                self._put(numbers.text(number), value.at)
            case Known(Seq() | Map() as members):
                self._collection(members, value.at, depth)
            case Known():
                raise ArgumentError

    def _collection(self, members: Seq | Map, at: Span, depth: int) -> None:
        before = self._written.get(id(members))
        if before is not None:
            _, start, end, size = before
            self._end_run()
            self._grow(size, end - start)
            self._pieces += self._pieces[start:end]
            return
        if depth:
            self._end_run()
        start, size = len(self._pieces), self._size
        if isinstance(members, Seq):
            self._items(members, at, depth)
        else:
            self._members(members, at, depth)
        if depth:
            self._end_run()
            self._written[id(members)] = members, start, len(self._pieces), self._size - size

    def _items(self, items: Seq, at: Span, depth: int) -> None:
        self._put("[", at)
        for index, item in enumerate(items):
            if index:
                self._put(",", at)
            self.write(item, depth + 1)
        self._rest(items.more, bool(len(items)), at)
        self._put("]", at)

    def _members(self, members: Map, at: Span, depth: int) -> None:
        self._put("{", at)
        for index, name in enumerate(sorted(members)):
            if index:
                self._put(",", at)
            place = members.key_at(name)
            self._string((Chunk(name, Origin(place)),), place)
            self._put(":", at)
            item = members.get(name)
            if item is not None:
                self.write(item, depth + 1)
        self._rest(members.more, bool(len(members)), at)
        self._put("}", at)

    def _rest(self, more: Unknown | None, parted: bool, at: Span) -> None:
        if more is not None:
            if parted:
                self._put(",", at)
            self._add(hole(more))


def to_json(value: Value) -> Text:
    """Return a value as JSON: members in the order of their names, no white space, unknown parts as holes."""
    writer = _JsonWriter()
    try:
        writer.write(value)
    except (Excessive, RecursionError):
        gap = beyond_limit("a value that is too large for a text", value.at, True)
        return Text((hole(gap),), ("json", value))
    return writer.text(value)


@ENCODING("jsonencode", takes=1, total=True, passes=Passing.MEMBERS)
def jsonencode(args: Arguments) -> Value:
    """Return a value as JSON."""
    return args.known(to_json(args[0]))


@ENCODING("yamlencode", takes=1, total=True, passes=Passing.MEMBERS)
def yamlencode(args: Arguments) -> Value:
    """Return a value as YAML."""
    from iplint.terraform.yaml_writer import YamlWriter  # few configurations need it

    text = YamlWriter().document(args[0])
    return args.known(Text(text.pieces, ("yaml", args[0])))


@ENCODING("jsondecode", takes=1, passes=Passing.ENCODED)
def jsondecode(args: Arguments) -> Value:
    """Return the value of a JSON text."""
    string = args.text(0)
    if string.encodes is not None and string.encodes[0] == "json":
        return as_decoded(string.encodes[1])
    value = parse_json(string)
    if not string.holes:
        if isinstance(value, Unknown):
            raise ArgumentError
        import json  # the reader of texts with holes takes more than JSON

        try:
            json.loads(plain(string), parse_constant=_no_number, parse_int=str, parse_float=str)
        except (ValueError, RecursionError):
            raise ArgumentError from None
    return value


def _no_number(word: str) -> Never:
    raise ValueError(word)


def as_decoded(value: Value) -> Value:
    """Return a value as it is after encoding and decoding: lists become tuples, and maps become objects."""
    match value:
        case Known(Seq() as items):
            made: list[Lazy] = [partial(_item_as_decoded, items, index) for index in range(len(items))]
            if isinstance(items, PartiallyOrderedSeq):
                return like(value, PartiallyOrderedSeq(made, items.settled, items.more, items.firm))
            return like(value, Seq(made, items.more))
        case Known(Map() as members):
            entries: dict[str, tuple[Span, Lazy]] = {
                name: (members.key_at(name), partial(_member_as_decoded, members, name)) for name in members
            }
            return like(value, Map(entries, members.more))
        case Known(Whole() as number):
            return like(value, int(number))
        case Known(Real() as number):
            found = numbers.parse(numbers.text(number))
            return like(value, number if found is None else found)
        case Absent(at=at, trail=trail, input=input):
            return Absent(at, trail, DYNAMIC, input)
        case Unknown(type=type) if type is not None and type.kind not in PRIMITIVES:
            return value.of_type(None)
        case _:
            return value


def _item_as_decoded(items: Seq, index: int) -> Value:
    return as_decoded(items.item(index))


def _member_as_decoded(members: Map, name: str) -> Value:
    return as_decoded(members.get(name) or Absent(members.key_at(name)))


@ENCODING("yamldecode", takes=1, passes=Passing.ENCODED)
def yamldecode(args: Arguments) -> Value:
    """Return the value of a YAML text."""
    from iplint.syntax import cty_yaml, embedded  # few configurations need these
    from iplint.syntax.problem import SyntaxProblem

    string = args.text(0)
    if string.encodes is not None and string.encodes[0] in ("json", "yaml"):
        return as_decoded(string.encodes[1])
    if string.holes:
        value = parse_json(string)
        if not isinstance(value, Unknown):
            return value
        gaps = merged_reasons(gap.value for gap in string.holes)
        return Unknown((*gaps, Reason("yamldecode(...)", args.at)), args.at)
    if string.starts_with("\ufeff"):
        raise Unsupported("a text with a byte-order mark")
    try:
        tree = embedded.parse(string, cty_yaml.parse)
    except SyntaxProblem:
        raise ArgumentError from None
    return _of_node(tree, args.at)


def _of_node(node: Node | None, at: Span) -> Value:
    """Return the value of a YAML node."""
    match node:
        case Scalar(value=str() as string):
            string = normal(string)
            return Known(literal_text(string, node.origin if string == node.text else Origin(node.at)), node.at)
        case Scalar(value=bool() | int() | float() as datum):
            return Known(datum, node.at)
        case Sequence(items=items):
            return Known(Seq([partial(_of_node, item, at) for item in items]), node.at)
        case Mapping(entries=entries):
            members: dict[str, tuple[Span, Lazy]] = {
                normal(key): (name.at, partial(_of_node, below, at)) for key, (name, below) in entries.items()
            }
            return Known(Map(members), node.at)
        case _:
            return Absent(at, (), DYNAMIC)


@ENCODING("csvdecode", takes=1, passes=Passing.ENCODED)
def csvdecode(args: Arguments) -> Value:
    """Return a list of maps from the names in the first line to the fields of each other line."""
    string = args.text(0)
    origin = Origin(string.span(0, len(string.flat)))
    rows = _csv_rows(plain(string))
    if not rows or len(set(rows[0])) < len(rows[0]) or any(len(row) != len(rows[0]) for row in rows):
        raise ArgumentError
    limited(len(rows) * len(rows[0]))
    items: list[Lazy] = []
    for row in rows[1:]:
        entries: dict[str, tuple[Span, Lazy]] = {
            name: (origin.whole, Known(literal_text(field, origin), origin.whole))
            for name, field in zip(rows[0], row, strict=True)
        }
        items.append(args.known(Map(entries)))
    row_type = Type(Kind.OBJECT, attributes=dict.fromkeys(rows[0], STRING))
    return args.known(Seq(items, None, list_of(row_type)))


def _csv_rows(text: str) -> list[list[str]]:
    """Return the fields of each line that is not empty, as the Go language's encoding/csv reads them."""
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    rows: list[list[str]] = []
    following = iter(range(len(lines)))
    for index in following:
        if not lines[index]:
            continue
        line, row, start = lines[index], list[str](), 0
        while True:
            if not line.startswith('"', start):
                end = line.find(",", start)
                field = line[start : end if end >= 0 else len(line)]
                if '"' in field:
                    raise ArgumentError
            else:
                field, start = "", start + 1
                while (quote := line.find('"', start)) < 0 or line.startswith('""', quote):
                    if quote >= 0:
                        field, start = field + line[start : quote + 1], quote + 2
                        continue
                    field += line[start:] + "\n"
                    index = next(following, -1)
                    if index < 0:
                        raise ArgumentError
                    line, start = lines[index], 0
                field, end = field + line[start:quote], quote + 1
                if end < len(line) and line[end] != ",":
                    raise ArgumentError
                end = end if end < len(line) else -1
            row.append(field)
            if end < 0:
                break
            start = end + 1
        rows.append(row)
    return rows


# Base64


# The first three bytes of what gzip has compressed, which is never empty, in base64 (RFC 1952, section 2.3.1).
_GZIP = "H4sI"


def _in_base64(args: Arguments, encode: Callable[[str], bytes] | None) -> Value:
    """Return a text in base64, which remembers what it encodes. Its holes, or bytes that are not known, are one
    hole.
    """
    value = args[0]
    string = reading(value)
    letters = string.plain
    if letters is None or encode is None:
        gaps = merged_reasons(gap.value for gap in string.holes)
        gap = Unknown(gaps or (Reason(f"{args.name}(...)", args.at),), args.at, True)
        # What takes in an unknown is searched as a whole, in one place.
        start = [Chunk(_GZIP, Origin(args.at))] if letters is not None else []
        return args.pieces([*start, Hole(gap, f"${{{args.name}(...)}}")], ("base64", value))
    import base64  # few configurations need it

    try:
        coded = base64.b64encode(encode(letters)).decode("ascii")
    except UnicodeError:
        raise ArgumentError from None
    return args.pieces([Chunk(coded, Origin(args.at))], ("base64", value))


@ENCODING("base64encode", takes=1, total=True, passes=Passing.ENCODED)
def base64encode(args: Arguments) -> Value:
    """Return the UTF-8 bytes of a text, in base64."""
    return _in_base64(args, lambda letters: letters.encode("utf-8", "surrogatepass"))


@ENCODING("base64gzip", takes=1, total=True, passes=Passing.ENCODED)
def base64gzip(args: Arguments) -> Value:
    """Return the compressed bytes of a text, in base64; other compressors produce other bytes."""
    return _in_base64(args, None)


@ENCODING("textencodebase64", takes=2, passes=Passing.ENCODED, of=(0,))
def textencodebase64(args: Arguments) -> Value:
    """Return a text in another encoding, in base64."""
    name = _codec(args.plain(1))
    return _in_base64(args, lambda letters: letters.encode(name))


def _codec(name: str) -> str:
    """Return Python's name of an encoding that IANA has registered."""
    import codecs  # few configurations need it

    # Without a mark, the Go language takes UTF-16 for big-endian, and writes one in front.
    if name.upper() in ("UTF-16", "UTF-32"):
        raise Unsupported(f"the encoding {name}")
    try:
        codec = codecs.lookup(name)
    except (LookupError, ValueError):
        raise ArgumentError from None
    # Python also has codecs under such names that are not encodings of text.
    if not getattr(codec, "_is_text_encoding", True):
        raise ArgumentError
    return codec.name


@ENCODING("base64decode", takes=1, passes=Passing.ENCODED)
def base64decode(args: Arguments) -> Value:
    """Return the text whose UTF-8 bytes are in base64."""
    return _from_base64(args, "utf-8")


@ENCODING("textdecodebase64", takes=2, passes=Passing.ENCODED, of=(0,))
def textdecodebase64(args: Arguments) -> Value:
    """Return the text whose bytes in another encoding are in base64."""
    return _from_base64(args, _codec(args.plain(1)))


def _is_in_another_form(string: Text) -> bool:
    """Return whether what is in base64 is compressed, or not in UTF-8: not the text that it was made from."""
    return any(hole.label.startswith(("${base64gzip(", "${textencodebase64(")) for hole in string.holes)


def _from_base64(args: Arguments, codec: str) -> Value:
    string = args.text(0)
    encoded = string.encodes[1] if string.encodes is not None and string.encodes[0] == "base64" else None
    if encoded is not None and string.plain is None and not _is_in_another_form(string):
        return encoded
    import base64  # few configurations need it

    letters = plain(string)
    try:
        data = base64.b64decode(letters.replace("\r", "").replace("\n", ""), validate=True)
        decoded = data.decode(codec)
    except ValueError:
        raise ArgumentError from None
    if encoded is not None and reading(encoded).plain == decoded:
        return encoded
    whole = string.span(0, len(letters))
    return args.pieces([Chunk(decoded, Base64Origin(whole, string.span, _scale(letters, decoded, codec)))])


def _scale(letters: str, decoded: str, codec: str) -> Callable[[int], int]:
    """Return where in the base64 text the bytes of the decoded letters begin."""
    breaks = [index for index, letter in enumerate(letters) if letter in "\r\n"]

    def index(offset: int) -> int:
        size = offset if codec == "utf-8" and decoded.isascii() else len(decoded[:offset].encode(codec))
        place = size * 4 // 3
        for line_end in breaks:
            if line_end > place:
                break
            place += 1
        return min(place, len(letters))

    return index


@ENCODING("base64gunzip", takes=1, passes=Passing.ENCODED)
def base64gunzip(args: Arguments) -> Value:
    """Return the text whose compressed UTF-8 bytes are in base64 (OpenTofu documentation, base64gunzip)."""
    string = args.text(0)
    if string.encodes is not None and string.encodes[0] == "base64":
        return string.encodes[1]
    import base64  # few configurations need these
    import zlib

    # 31: a window of any size, around it the header and the checksum of gzip.
    unpacking = zlib.decompressobj(31)
    try:
        packed = base64.b64decode(plain(string), validate=True)
        data = unpacking.decompress(packed, MAX_TEXT_LENGTH + 1)
        if len(data) > MAX_TEXT_LENGTH:
            raise Excessive("a text that is too large")
        return args.made(data.decode("utf-8")) if unpacking.eof else refuse()
    except (ValueError, zlib.error):
        raise ArgumentError from None


# Others


@ENCODING("urlencode", takes=1, total=True, passes=Passing.PART)
def urlencode(args: Arguments) -> Value:
    """Return a text encoded for the query of a URL."""
    pieces: list[Chunk | Hole] = []
    for piece in args.text(0).pieces:
        pieces += [rewritten(piece)] if isinstance(piece, Hole) else respelled(piece, _in_url)
    return args.changed(0, args.assembled(pieces))


def _in_url(letter: str) -> str:
    if letter == " ":
        return "+"
    if letter.isascii() and (letter.isalnum() or letter in "-_.~"):
        return letter
    return "".join(f"%{byte:02X}" for byte in letter.encode("utf-8", "surrogatepass"))


@ENCODING("urldecode", takes=1, passes=Passing.PART)
def urldecode(args: Arguments) -> Value:
    """Return the text that is encoded for the query of a URL (OpenTofu documentation, urldecode)."""
    from urllib.parse import unquote_to_bytes  # few configurations need it

    written = args.plain(0)
    if _HALF_ESCAPED().search(written):
        raise ArgumentError
    try:
        decoded = unquote_to_bytes(written.replace("+", " ")).decode("utf-8")
    except UnicodeError:
        raise ArgumentError from None
    return args.as_text(0) if decoded == written else args.made(decoded)


def digest_of(data: bytes, name: str) -> str:
    """Return the digest of bytes in the notation of the function `name`.

    `sha256` in hexadecimal, `base64sha256` in base64.
    """
    import hashlib  # few configurations need it

    algorithm = name.removeprefix("base64")
    found = hashlib.new(algorithm, data, usedforsecurity=False)
    if algorithm == name:
        return found.hexdigest()
    import base64

    return base64.b64encode(found.digest()).decode("ascii")


@ENCODING("md5", "sha1", "sha256", "sha512", "base64sha256", "base64sha512", takes=1, total=True, passes=Passing.NONE)
def digest(args: Arguments) -> Value:
    """Return the digest of a text's UTF-8 bytes."""
    return args.made(digest_of(args.plain(0).encode("utf-8", "surrogatepass"), args.name))


@ENCODING("uuidv5", takes=2, passes=Passing.NONE)
def uuidv5(args: Arguments) -> Value:
    """Return a UUID made of a namespace and a name."""
    import uuid  # few configurations need it

    spaces = {
        "dns": uuid.NAMESPACE_DNS,
        "url": uuid.NAMESPACE_URL,
        "oid": uuid.NAMESPACE_OID,
        "x500": uuid.NAMESPACE_X500,
    }
    name = args.plain(0)
    try:
        space = spaces.get(name) or uuid.UUID(name)
    except ValueError:
        raise ArgumentError from None
    return args.made(str(uuid.uuid5(space, args.plain(1))))


@ENCODING("bcrypt", takes=1, to=MANY, total=True, passes=Passing.NONE)
@ENCODING("uuid", "timestamp", "plantimestamp", takes=0, total=True, passes=Passing.NONE)
@ENCODING("rsadecrypt", takes=2, passes=Passing.ENCODED, of=(0,))
def made_anew(args: Arguments) -> Value:
    """Return an unknown text, which differs in each run or depends on a secret."""
    raise NeedsUnknown(Unknown((Reason(f"{args.name}(...)", args.at),), args.at, True))

"""Unpack user data: base64, gzip, percent-encoded and UTF-16 texts, keeping the place of each character.

No format is parsed. User data as a whole, MIME parts, cloud-config's write_files, `base64 -d` in a script, PowerShell's
-EncodedCommand, Bottlerocket's nested user-data and Ignition's data URLs all contain base64, which is recognised by
what it decodes to.
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from bisect import bisect_right

from iplint.aws.words import long_words
from iplint.budget import charge_bytes
from iplint.location import Base64Origin, Origin
from iplint.value import HOLE, Chunk, Hole, Known, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from iplint.location import Span

    Lines = list[tuple[int, int]]

MAX_LAYERS = 4
# Instance user data is limited to 16 KB before base64 ("EC2 User Guide, Run commands at launch"); this is for bombs.
MAX_UNPACKED = 4 << 20

# The members of one gzip file: each is looked for in what is behind the one before.
MAX_MEMBERS = 64
MIN_RUN = 16
_RUN = r"[A-Za-z0-9+/]+={0,2}"
_NEXT_LINE = r"\\?\r?\n[ \t]*([A-Za-z0-9+/]+={0,2})(?![\w+/=:.\-])"
_WHOLE = r"\s*[A-Za-z0-9+/][A-Za-z0-9+/\s]*(?:=\s*){0,2}"
_LINE = r"[A-Za-z0-9+/=]+"
_DATA_URL = r"data:[\w/+.;=-]{0,200},((?:[\w.~!$&()*+,;:@/?='-]|%[0-9A-Fa-f]{2})+)"
_ESCAPE = r"%([0-9A-Fa-f]{2})"
_QUOTED_PRINTABLE = (
    r"(?im)^content-transfer-encoding:[ \t]{0,20}quoted-printable[ \t]{0,20}\r?\n(?:[^\r\n]{1,500}\r?\n){0,20}\r?\n"
)
_QUOTED = r"(?P<escaped>(?:=[0-9A-Fa-f]{2}){1,200})|=[ \t]{0,80}\r?\n"
MAX_QUOTED = 5_000
_QUOTED_BYTES = 400
_GZIP = b"\x1f\x8b"
# Where the name of the format is in a tar archive (POSIX.1-2017, pax).
_TAR = (257, b"ustar")
# Other words in user data may be texts that look like base64.
_BINARY_IN_BASE64 = r"(?s)(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])(?=.*[+/]).{64,}"
_CONTROLS = bytes(byte for byte in range(32) if byte not in b"\t\r\n\f\x1b")


def unwrap(text: Text, base64_likely: bool) -> list[Text]:
    """Return the texts of `Unwrapped`."""
    return Unwrapped(text, base64_likely).texts


class Unwrapped:
    """A text and, recursively, every text packed inside it: `texts`. What cannot be unpacked is left out.

    With `base64_likely`, as in properties that hold encoded user data, short base64 and any line lengths count too.
    `unread` is the place of the first text that was not unpacked to its end, and why; None where all were.
    """

    __slots__ = ("_is_user_data", "_left", "texts", "unread")

    def __init__(self, text: Text, base64_likely: bool) -> None:
        # Nested archives can grow without end.
        self._left = MAX_UNPACKED
        self._is_user_data = base64_likely
        self.texts: list[Text] = []
        self.unread: tuple[Span, str] | None = None
        self._unwrap(text, base64_likely, MAX_LAYERS)

    def _unwrap(self, text: Text, base64_likely: bool, layers: int) -> None:
        """Collect the text and what is packed inside, down to a number of layers."""
        self.texts.append(text)
        for inner in self._inside(text, base64_likely):
            if layers == 0:
                self._leave(inner.span(0, 1), f"is packed more than {MAX_LAYERS} layers deep")
                return
            self._unwrap(inner, False, layers - 1)

    def _leave(self, at: Span, why: str) -> None:
        self.unread = self.unread or (at, why)

    def _leave_binary(self, at: Span) -> None:
        """Leave what is no text, which matters on instances only: other resources have images and programs too."""
        if self._is_user_data:
            self._leave(at, "is binary data, which is not unpacked")

    def _inside(self, text: Text, base64_likely: bool) -> Iterator[Text]:
        if text.encodes is not None and text.encodes[0] == "base64":
            match text.encodes[1]:
                case Known(Text() as inner):
                    if inner.flat and _codec(inner.flat.encode("utf-8", "surrogateescape")) is None:
                        self._leave_binary(inner.span(0, 1))
                    yield inner
                case _:
                    pass
            return
        flat = text.flat
        if base64_likely and HOLE not in flat and re.fullmatch(_WHOLE, flat):
            lines = [match.span() for match in re.finditer(_LINE, flat)]
            whole = self._decoded(text, flat, lines)
            if whole is not None:
                yield whole
                return
            if re.fullmatch(_BINARY_IN_BASE64, flat):
                self._leave_binary(text.span(0, len(flat)))
        for lines in _runs(flat):
            run = self._decoded(text, flat, lines)
            if run is not None:
                yield run
        if "quoted-printable" in flat.lower():
            yield from self._unquoted(text, flat)
        if "data:" in flat:
            for match in re.finditer(_DATA_URL, flat):
                if "%" in match[1]:
                    yield from _unescaped(text, match[1], match.start(1))

    def _unquoted(self, text: Text, flat: str) -> Iterator[Text]:
        """Yield the MIME parts that are quoted-printable (RFC 2045), decoded."""
        for header in re.finditer(_QUOTED_PRINTABLE, flat):
            end = flat.find("\n--", header.end())
            pieces: list[Chunk | Hole] = []
            at = header.end()
            for count, match in enumerate(re.finditer(_QUOTED, flat[: end if end >= 0 else len(flat)])):
                if match.start() < at:
                    continue
                if count >= MAX_QUOTED:
                    self._leave(text.span(at, at + 1), f"has more than {MAX_QUOTED:,} escapes")
                    break
                charge_bytes(_QUOTED_BYTES)
                pieces += text.slice(at, match.start()).pieces
                if match["escaped"]:
                    data = bytes.fromhex(match["escaped"].replace("=", ""))
                    pieces.append(Chunk(data.decode("utf-8", "replace"), Origin(text.span(*match.span()))))
                at = match.end()
            pieces += text.slice(at, end if end >= 0 else len(flat)).pieces
            if pieces:
                yield Text(tuple(pieces))

    def _decoded(self, text: Text, flat: str, lines: Lines) -> Text | None:
        """Return the decoded text if `lines` of the flat text are base64."""
        packed = "".join(flat[start:end] for start, end in lines).rstrip("=")
        if len(packed) % 4 == 1:
            return None
        charge_bytes(2 * len(packed))
        data = a2b_base64(packed + "=" * (-len(packed) % 4))
        span = text.span(lines[0][0], lines[-1][1])
        if data.startswith(_GZIP):
            return self._decompressed(data, span)
        codec = _codec(data)
        if codec is None:
            return None
        string = data.decode(codec, "surrogateescape" if codec == "utf-8" else "replace")
        return Text((Chunk(string, _base64_origin(text, lines, span, len(packed), string, codec)),))

    def _decompressed(self, data: bytes, span: Span) -> Text | None:
        """Return the text that gzip compressed; damaged and overlong data up to the fault or limit."""
        content = data
        # What it unpacks to may be packed again.
        for _ in range(MAX_LAYERS):
            content = self._members(content, span)
            if not content.startswith(_GZIP):
                break
        if not content:
            return None
        codec = _codec(content)
        # An archive has the texts of its files in it as they are.
        if codec is None and content[_TAR[0] :][: len(_TAR[1])] != _TAR[1]:
            self._leave_binary(span)
        return Text((Chunk(content.decode(codec or "utf-8", "replace"), Origin(span)),))

    def _members(self, data: bytes, span: Span) -> bytes:
        """Return what the members of a gzip file unpack to, one behind the other (RFC 1952)."""
        import zlib

        parts: list[bytes] = []
        members = 0
        while data.startswith(_GZIP):
            members += 1
            if members > MAX_MEMBERS:
                self._leave(span, f"has more than {MAX_MEMBERS} members")
                break
            stream = zlib.decompressobj(wbits=31)
            at = 0
            # In small steps, for what is before the damage is to be had.
            while at < len(data) and not stream.eof:
                if self._left <= 0:
                    self._leave(span, f"unpacks to more than {MAX_UNPACKED >> 20} MiB")
                    return b"".join(parts)
                try:
                    part = stream.decompress(data[at : at + 1024], self._left)
                except zlib.error:
                    self._leave(span, "is compressed data with an error")
                    return b"".join(parts)
                parts.append(part)
                self._left -= len(part)
                at += 1024
            if stream.unconsumed_tail:
                self._leave(span, f"unpacks to more than {MAX_UNPACKED >> 20} MiB")
            if not stream.eof:
                self._leave(span, "is compressed data that is cut off")
                break
            data = stream.unused_data + data[at:]
        return b"".join(parts)


def _runs(flat: str) -> Iterator[Lines]:
    """Yield every run of base64 that begins like text or gzip, with the following lines of a wrapped run."""
    at = 0
    following = re.compile(_NEXT_LINE)
    run = re.compile(_RUN)
    for start in long_words(flat, MIN_RUN):
        match = run.match(flat, start) if start >= at else None
        if match is None:
            continue
        at = match.end()
        if not _promising(match[0]):
            continue
        lines = [match.span()]
        width = len(match[0])
        # All lines of wrapped base64 are equally long but the last, which a word like EOF may follow.
        while (
            flat[at - 1] != "="
            and lines[-1][1] - lines[-1][0] == width
            and (line := following.match(flat, at)) is not None
            and len(line[1]) <= width
        ):
            lines.append(line.span(1))
            at = line.end()
        size = sum(end - start for start, end in lines)
        if len(lines) > 1 and size % 4:
            del lines[-1]
        yield lines


def _promising(run: str) -> bool:
    """Return whether the first characters decode to the start of text or gzip data; most words do not."""
    data = a2b_base64(run[:16])
    return data.startswith(_GZIP) or _codec(data) is not None


def _codec(data: bytes) -> str | None:
    """Return the encoding of bytes that are mostly printable text; None for other bytes."""
    if not data:
        return None
    # PowerShell encodes commands in UTF-16LE ("PowerShell documentation, about_Pwsh, -EncodedCommand").
    if len(data) > 1 and not data[1::2].strip(b"\0") and 0 not in data[::2]:
        return "utf-16-le"
    string = data.decode("utf-8", "replace")
    # Bytes that control are characters of their own, however broken the text is around them.
    odd = string.count("\ufffd") + len(data) - len(data.translate(None, _CONTROLS))
    return "utf-8" if odd * 10 <= len(string) else None


def _base64_origin(text: Text, lines: Lines, span: Span, size: int, string: str, codec: str) -> Origin:
    """Return the origin of `string`, which was decoded from the `size` base64 characters on `lines`."""
    starts = [0]
    for start, end in lines[:-1]:
        starts.append(starts[-1] + end - start)

    def place(offset: int) -> int:
        line = bisect_right(starts, offset) - 1
        return lines[line][0] + offset - starts[line]

    def encoded(start: int, end: int) -> Span:
        # Whole groups of four, so that the part can be decoded by itself.
        first, last = min(start // 4 * 4, size - 1), min((end + 3) // 4 * 4, size)
        return text.span(place(first), place(max(last, first + 1) - 1) + 1)

    return Base64Origin(span, encoded, _scale(string, codec, 8, 6))


def _scale(string: str, codec: str, up: int, down: int) -> Callable[[int], int]:
    """Map an offset of `string` to one of its encoding, whose characters carry `down` bits; a byte has `up`."""

    def index(offset: int) -> int:
        if codec == "utf-8" and string.isascii():
            return offset * up // down
        return len(string[:offset].encode(codec, "surrogateescape" if codec == "utf-8" else "replace")) * up // down

    return index


def _unescaped(text: Text, escaped: str, start: int) -> Iterator[Text]:
    """Yield the text of a data URL with its percent escapes decoded (RFC 2397)."""
    data = bytearray()
    places: list[int] = []
    at = 0
    for match in re.finditer(_ESCAPE, escaped):
        plain = escaped[at : match.start()]
        data += plain.encode("ascii", "replace")
        places.extend(range(start + at, start + match.start()))
        data.append(int(match[1], 16))
        places.append(start + match.start())
        at = match.end()
    data += escaped[at:].encode("ascii", "replace")
    places.extend(range(start + at, start + len(escaped) + 1))
    codec = _codec(bytes(data))
    if codec != "utf-8":
        return
    string = data.decode(codec, "surrogateescape")

    def encoded(first: int, last: int) -> Span:
        end = len(places) - 1
        return text.span(places[min(first, end)], places[min(last, end)])

    span = text.span(start, start + len(escaped))
    yield Text((Chunk(string, Base64Origin(span, encoded, _scale(string, codec, 1, 1))),))

"""Packed texts are found, unpacked, and their characters keep their places."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import json
import lzma
import tarfile
import textwrap
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iplint.aws.keys import find_keys
from iplint.aws.user_data import Unwrapped, unwrap
from iplint.location import Source, Span, Verbatim
from iplint.value import HOLE, Chunk, Hole, Known, Reason, Text, Unknown, literal_text

ID = "AKIA" + "FAKEFAKEFAKEFAK2"
SCRIPT = f"#!/bin/bash\nexport AWS_ACCESS_KEY_ID={ID}\necho done\n"


def b64(content: str | bytes) -> str:
    return base64.b64encode(content.encode() if isinstance(content, str) else content).decode()


def wrapped(content: str, width: int = 76, indent: str = "") -> str:
    return textwrap.indent("\n".join(textwrap.wrap(content, width)), indent)


def located(content: str) -> Text:
    source = Source("user-data", "-- before --" + content + "-- after --")
    return literal_text(content, Verbatim(Span(source, 12, 12 + len(content))))


def key_spans(packed: str, likely: bool = False) -> list[Span]:
    spans: list[Span] = []
    for inner in unwrap(located(packed), likely):
        spans += [inner.span(key.start, key.end) for key in find_keys(inner.flat, None) if key.kind == "access key id"]
    return spans


def test_plain_text_is_itself() -> None:
    whole = located(SCRIPT)
    assert list(unwrap(whole, False)) == [whole]
    assert [span.text for span in key_spans(SCRIPT)] == [ID]


def groups(span: Span) -> bytes:
    """What the base64 that a span shows decodes to by itself."""
    letters = "".join(c for c in span.text if c.isalnum() or c in "+/")
    return base64.b64decode(letters + "=" * (-len(letters) % 4))


CARRIERS = {
    "whole": "{b}",
    "write_files": "#cloud-config\nwrite_files:\n- path: /etc/x\n  encoding: b64\n  content: {b}\n  owner: root\n",
    "content first": "#cloud-config\nwrite_files:\n- content: {b}\n  encoding: base64\n",
    "quoted": '#cloud-config\nwrite_files: [{{"encoding": "b64", "content": "{b}"}}]\n',
    "block": "#cloud-config\nwrite_files:\n- encoding: b64\n  content: |\n{w}\n  path: /etc/x\n",
    "binary": "#cloud-config\nwrite_files:\n- content: !!binary |\n{w}\n  path: /etc/x\n",
    "mime": (
        'Content-Type: multipart/mixed; boundary="B"\nMIME-Version: 1.0\n\n--B\nContent-Type: text/x-shellscript\n'
        "Content-Transfer-Encoding: base64\n\n{w}\n\n--B--\n"
    ),
    "echo": "echo {b} | base64 -d > /etc/x\n",
    "echo quoted": 'echo "{b}" | base64 --decode > /etc/x\n',
    "here string": "base64 --decode <<< {b}\n",
    "here document": "base64 -d > /etc/x <<EOF\n{w}\nEOF\n",
    "here document, no indent": "base64 -d > /etc/x <<'DONE'\n{v}\nDONE\nls\n",
    "crlf": "base64 -d > /etc/x <<EOF\r\n{r}\r\nEOF\r\n",
    "continued": "echo {c} | base64 -d",
    "bottlerocket": '[settings.host-containers.admin]\nuser-data = "{b}"\n',
    "ignition": '{{"ignition": {{}}, "storage": {{"files": [{{"contents": {{"source": "data:;base64,{b}"}}}}]}}}}',
    "ignition with type": '{{"ignition": {{}}, "x": "data:text/plain;charset=utf-8;base64,{b}"}}',
    "dotnet": '[Text.Encoding]::UTF8.GetString([Convert]::FromBase64String("{b}"))',
}


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("shift", range(4))
def test_base64_keeps_places(carrier: str, shift: int) -> None:
    encoded = b64("#" * shift + SCRIPT * 2)
    packed = CARRIERS[carrier].format(
        b=encoded,
        w=wrapped(encoded, indent="    "),
        v=wrapped(encoded, 64),
        r=wrapped(encoded).replace("\n", "\r\n"),
        c=wrapped(encoded).replace("\n", "\\\n"),
    )
    spans = key_spans(packed)
    assert len(spans) == 2
    for span in spans:
        assert ID.encode() in groups(span)
        assert len("".join(span.text.split())) <= 36
    assert spans[0].end <= spans[1].start


def test_short_and_oddly_wrapped_base64_where_it_is_likely() -> None:
    assert [inner.flat for inner in unwrap(located(b64("ls")), True)] == [b64("ls"), "ls"]
    assert [inner.flat for inner in unwrap(located(b64("ls")), False)] == [b64("ls")]
    encoded = b64(SCRIPT)
    spans = key_spans(f"\n {encoded[:10]}\n{encoded[10:33]}\n\n{encoded[33:]}\n", likely=True)
    assert [ID.encode() in groups(span) for span in spans] == [True]


def test_places_after_letters_beyond_ascii() -> None:
    (span,) = key_spans(b64("# größer, 日本語, 🙂\n" + SCRIPT))
    assert ID.encode() in groups(span)


def test_places_after_bytes_that_are_no_text() -> None:
    (span,) = key_spans(b64("# ä, then ".encode() + b"\xff\xfe\x80\n" + SCRIPT.encode()))
    assert ID.encode() in groups(span)


def test_powershell_encoded_command() -> None:
    command = f"$env:AWS_ACCESS_KEY_ID = '{ID}'; ls"
    (span,) = key_spans(f"<powershell>powershell -EncodedCommand {b64(command.encode('utf-16-le'))}</powershell>")
    assert ID in base64.b64decode(span.text).decode("utf-16-le", "replace") or ID.encode("utf-16-le") in groups(span)


@pytest.mark.parametrize("likely", [False, True])
def test_gzip_stands_as_a_whole(likely: bool) -> None:
    packed = b64(gzip.compress(SCRIPT.encode()))
    assert [span.text for span in key_spans(packed, likely)] == [packed]
    config = f"#cloud-config\nwrite_files:\n- encoding: gz+b64\n  content: {packed}\n"
    assert [span.text.rstrip("=") for span in key_spans(config)] == [packed.rstrip("=")]


def test_damaged_gzip_gives_what_it_can() -> None:
    data = gzip.compress((SCRIPT + "x" * 100).encode())
    for cut in (len(data) - 8, 12, 3, 2):
        list(unwrap(located(b64(data[:cut])), True))
    assert len(key_spans(b64(data[:-8]), True)) == 1


def test_a_bomb_is_cut_short() -> None:
    bomb = gzip.compress(b"A" * (64 << 20))
    inner = list(unwrap(located("\n--\n".join([b64(bomb)] * 3)), False))
    assert sum(len(inner_text.flat) for inner_text in inner[1:]) <= 4 << 20


def test_percent_encoded_data_urls() -> None:
    packed = json.dumps({"source": "data:," + quote(SCRIPT, safe="")})
    (span,) = key_spans(packed)
    assert span.text == ID
    packed = "data:;base64," + b64(SCRIPT[:-1]).replace("=", "%3D")
    assert {ID.encode() in groups(span) for span in key_spans(packed)} == {True}


def test_nested_to_four_levels() -> None:
    packed = SCRIPT
    for _ in range(4):
        packed = b64(packed)
    (span,) = key_spans(packed)
    assert len(span.text) < len(packed)
    content = span.text
    assert key_spans(b64(packed)) == []
    assert content in packed


def test_what_the_template_encodes_is_not_decoded_again() -> None:
    inner = located(SCRIPT)
    at = inner.span(0, 1)
    outer = Text((Chunk(b64(SCRIPT), Verbatim(at)),), ("base64", Known(inner, at)))
    assert [found.flat for found in unwrap(outer, True)] == [b64(SCRIPT), SCRIPT]
    unknown = Text(outer.pieces, ("base64", Unknown((Reason("x"),), at)))
    assert list(unwrap(unknown, True)) == [unknown]
    as_json = Text(inner.pieces, ("json", Known(inner, at)))
    assert list(unwrap(as_json, False)) == [as_json]


def test_base64_with_a_hole_is_read_up_to_it() -> None:
    piece = located(b64(SCRIPT * 2))
    hole = Hole(Unknown((Reason("x"),), piece.span(0, 1)), "${X}")
    with_hole = Text((*piece.pieces, hole, *piece.pieces))
    assert sum(len(find_keys(inner.flat, None)) for inner in unwrap(with_hole, True)) >= 2


@pytest.mark.parametrize(
    "packed",
    [
        "AWSCloudFormationInstanceProfileName: InternetGatewayAttachment",
        "/usr/local/share/applications/default/configuration",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
        "",
        " \n ",
        "=",
        "data:,%",
        HOLE,
    ],
)
def test_other_texts_hold_nothing(packed: str) -> None:
    assert [inner.flat for inner in unwrap(located(packed), True)] == [packed]


@given(st.one_of(st.text(), st.text("Aa1+/=\n \\", min_size=16), st.binary(min_size=1).map(b64)), st.booleans())
def test_never_raises(packed: str, likely: bool) -> None:
    for inner in unwrap(located(packed), likely):
        flat = inner.flat
        for at in range(0, len(flat), 7):
            inner.span(at, min(at + 5, len(flat)))


@given(st.text("abc äß\n", min_size=40), st.integers(0, 39), st.integers(1, 30))
def test_every_part_decodes_from_its_place(content: str, start: int, size: int) -> None:
    packed = b64(content)
    inner = [found for found in unwrap(located(packed), True) if found.flat == content]
    part = content[start : start + size]
    assert part.encode() in groups(inner[0].span(start, start + len(part)))


@pytest.mark.parametrize(
    "unit", ["A", "=", " ", "QUJD\n", "QUJDREVGR0hJSktM\n", "data:,%41", "QUJDREVGR0hJSktM=", "H4sIAAAAAAAA "]
)
@pytest.mark.parametrize("likely", [False, True])
def test_long_texts_come_to_an_end(unit: str, likely: bool) -> None:
    for _ in unwrap(located(unit * (200_000 // len(unit)) + "!"), likely):
        pass


def test_quoted_printable_parts_are_decoded_at_their_places() -> None:
    content = (
        "MIME-Version: 1.0\n\n--B\nContent-Type: text/x-shellscript\n"
        "Content-Transfer-Encoding: quoted-printable\n\nexport AWS_ACCESS_KEY_ID=3D=41KIAFAKEFAKE=\nFAKEFAK2\n--B--\n"
    )
    found = [
        (inner.flat[key.start : key.end], inner.span(key.start, key.end).first[0])
        for inner in unwrap(located(content), False)
        for key in find_keys(inner.flat, None)
    ]
    assert found == [("AKIAFAKEFAKEFAKEFAK2", 7)]


@pytest.mark.parametrize("damage", [lambda data: data[:-20], lambda data: data[:15] + b"\xff" * 9 + data[24:]])
def test_damaged_archives_are_named(damage: Callable[[bytes], bytes]) -> None:
    data = gzip.compress(b"#!/bin/sh\n" + b"echo hello there, this is a script\n" * 3, mtime=0)
    packed = base64.b64encode(damage(data)).decode()
    assert Unwrapped(located(packed), True).unread is not None
    assert Unwrapped(located(base64.b64encode(data).decode()), True).unread is None


def archive(content: bytes) -> bytes:
    """A tar archive with one file, compressed."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        member = tarfile.TarInfo("app.env")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(gzip.compress(SCRIPT.encode())),
        gzip.compress(b"echo\n") + gzip.compress(SCRIPT.encode()),
        archive(SCRIPT.encode()),
    ],
)
@pytest.mark.parametrize("likely", [False, True])
def test_what_is_packed_twice_in_parts_or_in_an_archive_is_read(packed: bytes, likely: bool) -> None:
    text = b64(packed) if likely else f"echo {b64(packed)} | base64 -d | tar xz"
    unwrapped = Unwrapped(located(text), likely)
    assert any(find_keys(inner.flat, None) for inner in unwrapped.texts)
    assert unwrapped.unread is None


@pytest.mark.parametrize(
    "data",
    [bz2.compress(SCRIPT.encode() * 9), lzma.compress(SCRIPT.encode() * 9), gzip.compress(bytes(range(256)))],
)
def test_binary_user_data_is_not_read_to_its_end(data: bytes) -> None:
    assert Unwrapped(located(b64(data)), True).unread is not None
    # Other resources have images and programs too.
    assert Unwrapped(located(b64(data)), False).unread is None


@pytest.mark.parametrize(("members", "is_read"), [(64, True), (65, False), (5_000, False)])
def test_a_file_of_many_members_comes_to_an_end(members: int, is_read: bool) -> None:
    unwrapped = Unwrapped(located(b64(gzip.compress(b"#") * (members - 1) + gzip.compress(SCRIPT.encode()))), True)
    assert any(find_keys(inner.flat, None) for inner in unwrapped.texts) == is_read
    assert (unwrapped.unread is None) == is_read


@pytest.mark.parametrize(("escapes", "is_read"), [(4_900, True), (5_001, False)])
def test_a_part_of_many_escapes_comes_to_an_end(escapes: int, is_read: bool) -> None:
    content = "Content-Transfer-Encoding: quoted-printable\n\n" + "=41 " * escapes + "key=3DAKIAFAKEFAKEF=\nAKEFAK2\n"
    unwrapped = Unwrapped(located(content), False)
    assert any(find_keys(inner.flat, None) for inner in unwrapped.texts) == is_read
    assert (unwrapped.unread is None) == is_read

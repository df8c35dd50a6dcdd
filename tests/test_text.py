import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iplint.location import Source
from iplint.syntax.decoding import decode
from iplint.syntax.problem import SyntaxProblem

TEXT = "Schlüssel: wért\nemoji: 😀\n"


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_encodings_with_and_without_mark(mark: bytes, encoding: str) -> None:
    source = decode("a.yaml", mark + TEXT.encode(encoding))
    assert (source.path, source.text) == ("a.yaml", TEXT)


def test_nothing_and_a_mark_alone_are_empty_texts() -> None:
    assert decode("a", b"").text == ""
    assert decode("a", codecs.BOM_UTF8).text == ""
    assert decode("a", codecs.BOM_UTF16_LE).text == ""


@pytest.mark.parametrize(
    ("data", "place", "words"),
    [
        (b"a: b\nc: \xe9t\xe9\n", (2, 4), "not UTF-8 text (byte 0xE9 does not fit): save the file as UTF-8"),
        ("ü: 😀 ".encode() + b"\xff", (1, 6), "byte 0xFF"),
        (codecs.BOM_UTF8 + b"\xc3", (1, 1), "byte 0xC3"),
        (b"a\r\n\xf0\x9f\x98", (2, 1), "byte 0xF0"),
        (codecs.BOM_UTF16_LE + "ab\n".encode("utf-16-le") + b"\x00\xd8", (2, 1), "not UTF-16 text"),
        (codecs.BOM_UTF16_BE + "ab".encode("utf-16-be") + b"\x00", (1, 3), "not UTF-16 text"),
        (codecs.BOM_UTF32_BE + b"\x00\x11\x00\x00", (1, 1), "not UTF-32 text"),
        (b"\x7fELF\x02\x01\x00\x00", (1, 7), "there is a NUL character here"),
        ("ab\ncd".encode("utf-16-le"), (1, 2), "there is a NUL character here"),
    ],
)
def test_what_is_no_text_is_told_at_its_place(data: bytes, place: tuple[int, int], words: str) -> None:
    with pytest.raises(SyntaxProblem) as caught:
        decode("bin", data)
    assert caught.value.at.first == place
    assert caught.value.at.path == "bin"
    assert words in caught.value.reason
    assert not caught.value.reason.endswith(".")


def attempt(data: bytes) -> Source | SyntaxProblem:
    try:
        return decode("x", data)
    except SyntaxProblem as problem:
        return problem


@given(st.binary())
def test_any_bytes_are_a_text_or_a_problem(data: bytes) -> None:
    result = attempt(data)
    if isinstance(result, SyntaxProblem):
        assert result.at.start < result.at.end <= len(result.at.source.text)
    else:
        assert "\0" not in result.text


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_any_text_comes_back(text: str) -> None:
    assert decode("x", codecs.BOM_UTF8 + text.encode()).text == text

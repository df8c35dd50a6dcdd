"""Scripts give their commands, with words, places and variables, and are never run."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iplint.aws.credential_exposure import exposures
from iplint.aws.metadata_calls import metadata_calls
from iplint.syntax.shell import OUTPUT, Script
from iplint.value import HOLE


def words(text: str) -> list[list[str]]:
    """The words of each command, with variables resolved."""
    return [[word.value for word in command.words] for command in Script(text).commands if command.words]


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("a b; c && d || e", [["a", "b"], ["c"], ["d"], ["e"]]),
        ("a \\\n  b", [["a", "b"]]),
        ("a \\\r\n  b", [["a", "b"]]),
        ("a # b\nc#d", [["a"], ["c#d"]]),
        ("a 'b c' \"d e\"", [["a", "b c", "d e"]]),
        ('a "b\\"c" d\\ e', [["a", 'b"c', "d e"]]),
        ("it's here\na", [["it's", "here"], ["a"]]),
        ("a >/dev/null 2>&1", [["a"]]),
        ("a 2>/dev/null b", [["a", "b"]]),
        ("X=$(a b)", [[f"X={OUTPUT}"], ["a", "b"]]),
        ("X=`a b`", [[f"X={OUTPUT}"], ["a", "b"]]),
        ('a "$(b "c d")"', [["a", OUTPUT], ["b", "c d"]]),
        ("X=1; a $X ${X} ${X:-2} '$Y'", [["X=1"], ["a", "1", "1", "1", "$Y"]]),
        ("a $X\nX=1", [["a", "1"], ["X=1"]]),
        ("X=1\na $X\nX=2\na $X", [["X=1"], ["a", "1"], ["X=2"], ["a", "2"]]),
        ("X=1; Y=$X/2; a $Y", [["X=1"], ["Y=1/2"], ["a", "1/2"]]),
        ("bash -c 'a b'", [["bash", "-c", "a b"], ["a", "b"]]),
        ("echo 'a b'", [["echo", "a b"]]),
        ("cat > f <<EOF\na b\nEOF\nc", [["cat"], ["a", "b"], ["c"]]),
        ("cat > f <<-'EOF'\n\ta b\n\tEOF\nc", [["cat"], ["a", "b"], ["c"]]),
        ("cat <<EOF\na b $(c d) \\$(e)\nEOF", [["cat"], ["c", "d"]]),
        ("cat <<EOF | sudo tee f\na \\$(b)\nEOF", [["cat"], ["sudo", "tee", "f"], ["a", "$"], ["b"]]),
        ("a <<NEVER\nb", [["a"], ["b"]]),
        ("f() { a; }\nf", [["{", "a"], ["f"]]),
        ("- [ a, b, 'c' ]", [["-", "[", "a,", "b,", "c"]]),
        ('["a","b", "c"]', [["a", "b", "c"]]),
        ('- "a b"', [["-", "a b"], ["a", "b"]]),
        (f"a {HOLE} x{HOLE}y", [["a", HOLE, f"x{HOLE}y"]]),
    ],
)
def test_commands_of_a_shell_script(text: str, commands: list[list[str]]) -> None:
    assert words(text) == commands


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("Write-Host a `\n b", [["Write-Host", "a", "b"]]),
        ("Write-Host C:\\a", [["Write-Host", "C:\\a"]]),
        ("$x=1\nWrite-Host $X", [["$x", "=", "1"], ["Write-Host", "1"]]),
        ("Write-Host <# a #> b", [["Write-Host", "b"]]),
        ("Write-Host @{'a' = 1; b = 2} c", [["Write-Host", "@{a = 1; b = 2}", "c"]]),
        ("$x = Write-Output a\nWrite-Host $x", [["$x", "=", "Write-Output", "a"], ["Write-Host", OUTPUT]]),
    ],
)
def test_commands_of_powershell(text: str, commands: list[list[str]]) -> None:
    assert words(text) == commands


def test_a_command_knows_its_place() -> None:
    text = "if x; then\n  a \\\n    b > f | c\nfi"
    script = Script(text)
    assert [text[command.start : command.end] for command in script.commands] == [
        "if x",
        "then",
        "a \\\n    b > f",
        "c",
        "fi",
    ]
    a, c = script.commands[2:4]
    assert (a.next, c.before) == (c, a)
    assert [word.text for word in a.writes] == ["f"]
    assert [test.words[0].text for test in a.tests] == ["if"]


def test_a_command_knows_who_uses_its_output_and_what_failed_before() -> None:
    outer, inner, last = Script("a $(b) || c").commands
    assert (inner.user, last.otherwise) == (outer, outer)


PIECES = st.sampled_from(
    [
        *"'\"`$(){}[]<>|&;#\\\n =,@^%",
        "$(",
        "${",
        "<<E\n",
        "E\n",
        "curl ",
        "http://169.254.169.254/latest/meta-data/iam/security-credentials/r",
        "<powershell>",
        "if ",
        "fi",
        "X=",
        "$X",
        "echo ",
        "f() {\n",
        "requests.get(",
        HOLE,
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join))
def test_no_text_is_too_odd(text: str) -> None:
    script = Script(text)
    for command in script.commands:
        assert 0 <= command.start <= command.end <= len(text)
    found = [*metadata_calls(script, text), *exposures(script, text)]
    assert all(0 <= one.start < one.end <= len(text) for one in found)


URL = "http://169.254.169.254/latest/meta-data/iam/security-credentials/r"


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        " ",
        "'",
        '"',
        "`",
        "$(",
        "(",
        "${",
        "${a",
        "\\",
        "\\\n",
        "<<E\n",
        "<<E ",
        "it's\n",
        '"a\n',
        "a.",
        "get(",
        "f(){",
        "f() {\n",
        "{ a\n",
        "} >f\n",
        "(a) >f\n",
        "<",
        ">",
        "|",
        "||\n",
        "#",
        "X=$X$X;",
        "if a\n",
        f"curl {URL};",
        f"C=$(curl {URL});echo $C;",
        "aws ",
        "aws configure ",
        "[",
        ",",
        "@{",
        "print(",
        "'a b' ",
        "bash -c '",
        "cat >f <<E\n",
        "a=b ",
        "\u00e9",
        "%a",
        "Write-Host `",
    ],
)
def test_no_text_holds_the_reader_up(unit: str) -> None:
    """A text of 64 KB takes some tenths of a second; where the time grew with its square, it would take minutes."""
    head = f"x = requests.get('{URL}')\nC=$(curl {URL})\n"
    text = head + unit * (64_000 // len(unit))
    begin = process_time()
    script = Script(text)
    metadata_calls(script, text)
    exposures(script, text)
    assert process_time() - begin < 20

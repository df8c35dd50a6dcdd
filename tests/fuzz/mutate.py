"""Changes of texts that leave most of them in their notation, so that they reach what lies behind the readers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

_TOKEN = rb"[A-Za-z0-9_:./-]+|\s+|."
# What readers, evaluators and decoders have to expect anywhere.
ODD = (
    *(b"", b"null", b"[]", b"{}", b"''", b"~", b"-1", b"1e999", b"0x7f", b"NaN", b"99999999999999999999", b"true"),
    *(b"\x00", b"\xff", b"\xef\xbb\xbf", b"\xe2\x80\xa8", b"\\u0041", b"\\ud800", b"\\x41", b"\xf0\x9f\x98\x80"),
    *(
        b"!Ref X",
        b"!Sub '${X}'",
        b"!If [C, 1, 2]",
        b"!GetAtt A.B",
        b"!ImportValue x",
        b"!Ref AWS::NoValue",
        b"&a",
        b"*a",
    ),
    *(b"<<: *a", b"Fn::ForEach::L", b"Fn::Transform", b"AWS::Include", b"!!binary aGk=", b"|\n  x\n", b"? [a]\n: b\n"),
    *(
        b"${var.x}",
        b"%{ if true }",
        b"<<EOT\nx\nEOT\n",
        b"for x in y : x",
        b"each.value",
        b"count.index",
        b"[*]",
        b".*.",
    ),
    *(
        b"local.x",
        b"module.m.o",
        b"data.aws_iam_policy_document.d.json",
        b"range(1000000)",
        b"jsonencode(",
        b'file("/")',
    ),
)


def mutated(data: bytes, random: Random, others: Sequence[bytes] = ()) -> bytes:
    """The data after one to four changes; `others` are texts that pieces may come from."""
    for _ in range(random.randint(1, 4)):
        data = random.choice(_CHANGES)(data, random, others)
    return data


def _token(data: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    """A token becomes an odd one, or one of another text."""
    tokens = re.findall(_TOKEN, data, re.DOTALL) or [b""]
    pool = re.findall(_TOKEN, random.choice(others), re.DOTALL) if others and random.random() < 0.5 else ODD
    tokens[random.randrange(len(tokens))] = random.choice(pool or ODD)
    return b"".join(tokens)


def _swapped(data: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    """Two tokens change places."""
    tokens = re.findall(_TOKEN, data, re.DOTALL) or [b""]
    one, other = random.randrange(len(tokens)), random.randrange(len(tokens))
    tokens[one], tokens[other] = tokens[other], tokens[one]
    return b"".join(tokens)


def _lines(data: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    """Some lines go, come twice, move, or are indented otherwise; or lines of another text come in."""
    lines = data.splitlines(keepends=True) or [b""]
    start = random.randrange(len(lines))
    end = min(len(lines), start + random.randint(1, 5))
    taken = lines[start:end]
    match random.randrange(5):
        case 0:
            lines[start:end] = []
        case 1:
            lines[start:end] = taken * 2
        case 2:
            lines[start:end] = []
            at = random.randint(0, len(lines))
            lines[at:at] = taken
        case 3:
            lines[start:end] = [b"  " + line if random.random() < 0.5 else line.removeprefix(b"  ") for line in taken]
        case _:
            foreign = (random.choice(others) if others else data).splitlines(keepends=True) or [b""]
            at = random.randrange(len(foreign))
            lines[start:start] = foreign[at : at + random.randint(1, 8)]
    return b"".join(lines)


def _bytes(data: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    """A byte changes, comes in, or everything after it goes."""
    at = random.randint(0, len(data))
    match random.randrange(3):
        case 0:
            return data[:at] + bytes([random.randrange(256)]) + data[at + 1 :]
        case 1:
            return data[:at] + random.choice(ODD) + data[at:]
        case _:
            return data[:at]


_CHANGES = (_token, _token, _token, _swapped, _lines, _lines, _bytes)

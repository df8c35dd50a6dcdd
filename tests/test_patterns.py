"""No regular expression may take long on what somebody writes: each is tried on its own worst cases."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

import iplint
import iplint_rules

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import sre_constants as codes
    import sre_parse

CALLS = frozenset(("compile", "search", "match", "fullmatch", "finditer", "findall", "sub", "subn", "split"))
# What is made of names at run time: these hold words, escaped names and the patterns that are tried elsewhere.
MADE_AT_RUN_TIME = {
    "iplint.aws.keys": {
        "_WORD if listed else _VARIABLE",
    },
    # Names of settings that are escaped, in a configuration of the user's own.
    "iplint.cli.migrate": {
        'f"""^[ \\\\t]*[\\\\"\']{re.escape(pattern)}[\\\\"\'][ \\\\t]*=[ \\\\t]*\\\\[[^\\\\]]*\\\\]"""',
        r"f'^{re.escape(header)}[ \\t]*(?:#.*)?\\n'",
    },
    # The address of object storage that the user of the command gives.
    "iplint.fleet.storage": {"translate(path.lstrip('/'))"},
    # An address whose stars, three at most, stand for anything.
    "iplint.module_sources": {"written"},
    # Names of operations and of their parameters.
    "iplint.aws.launch_calls": {
        "actions",
        "called",
        "names",
        "target",
    },
    "iplint.aws.secrets": {"form"},
    # A literal, a rule of .gitignore whose stars are at its ends only, and the constants beside `spellings`.
    "iplint.baseline": {r"f'(?<![\\w.-]){re.escape(now)}(?![\\w-])'"},
    "iplint.ignored": {"f\"(?:^|/)(?:{'|'.join(dict.fromkeys(words))})(?:/|$)\""},
    "iplint.spelling": {"form"},
    # Literals of a table, names that are escaped, and one of two constants.
    "iplint.discovery.dialects": {"one"},
    "iplint.model.scanned_text": {"written"},
    "iplint.syntax.shell": {"_POWERSHELL_SIGNS if self.powershell else _SHELL_SIGNS"},
    "iplint.terraform.files": {"part"},
    "iplint.cloudformation.template": {r"f'\\b{re.escape(name)}\\b'"},
    "iplint.syntax.pattern": {"source"},
    "iplint.terraform.evaluate": {r"f'\\b{re.escape(resource.type)}\\s*\\.\\s*{re.escape(name)}(?![\\w-])'"},
    # Terraform's own function: what could take too long is not run, which test_terraform_functions.py shows.
    "iplint.terraform.re2": {"node.text", "self._root.python()"},
}
# The longest text that these are given, as their callers cut it.
MAX_LENGTH = {"_AWS_HEAD": 100, "_BEFORE_COMMA": 80, "_BEFORE_PAIR": 80}
SHORT, LONG = 1_000, 4_000
# Linear work grows fourfold, quadratic work sixteenfold. Less than this many seconds is too little to tell.
TOO_STEEP, TOO_LITTLE = 9, 0.004
LETTERS = "a1A _-.,:/=\"'\n\t$<\\{}[]()#;&|~@%+*?!^\x01"


class Site(NamedTuple):
    """A call that uses a pattern: where, how, the pattern and its flags, and how the call writes it."""

    module: str
    how: str
    pattern: str | None
    flags: int
    written: str


def modules() -> Iterator[ModuleType]:
    for package in (iplint, iplint_rules):
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not info.name.endswith("__main__"):
                yield importlib.import_module(info.name)


def sites() -> Iterator[Site]:
    for module in modules():
        for node in ast.walk(ast.parse(Path(module.__file__ or "").read_text(encoding="utf-8"))):
            how = called(node) if isinstance(node, ast.Call) else None
            if isinstance(node, ast.Call) and how is not None:
                yield site(module, how, node)


def called(node: ast.Call) -> str | None:
    """The function of `re` that a call calls; `pattern` compiles later."""
    match node.func:
        case ast.Attribute(value=ast.Name(id="re"), attr=name) if name in CALLS:
            return name
        case ast.Name(id="pattern"):
            return "compile"
        case _:
            return None


def site(module: ModuleType, how: str, node: ast.Call) -> Site:
    written = ast.unparse(node.args[0])
    names = {**vars(module), "re": re, "flags": 0}
    given = [
        *(node.args[1:] if how == "compile" else ()),
        *(word.value for word in node.keywords if word.arg == "flags"),
    ]
    try:
        found = eval(written, names)
        flags = sum(int(eval(ast.unparse(flag), names)) for flag in given)
    except NameError:
        return Site(module.__name__, how, None, 0, written)
    if isinstance(found, re.Pattern):
        return Site(module.__name__, how, str(found.pattern), found.flags, written)
    return Site(module.__name__, how, str(found), flags, written)


SITES = sorted(set(sites()), key=str)
TRIED = [site for site in SITES if site.pattern is not None]


# What a piece of a parsed pattern matches.


def sample(items: sre_parse.SubPattern) -> str:
    """One short text that a pattern matches, or nearly."""
    found = ""
    for code, value in items:
        match code:
            case codes.LITERAL:
                found += chr(value)
            case codes.NOT_LITERAL:
                found += "a" if value != ord("a") else "b"
            case codes.ANY:
                found += "a"
            case codes.IN:
                found += fitting(value)[0]
            case codes.MAX_REPEAT | codes.MIN_REPEAT:
                found += sample(value[2]) * value[0]
            case codes.SUBPATTERN:
                found += sample(value[3])
            case codes.BRANCH:
                found += sample(value[1][0])
            case _:
                pass
    return found


def fitting(members: list[tuple[object, Any]]) -> list[str]:
    """Letters that a character class holds."""
    single = [chr(value) for code, value in members if code is codes.LITERAL]
    ranges = [value for code, value in members if code is codes.RANGE]
    classes = [str(value) for code, value in members if code is codes.CATEGORY]

    def holds(letter: str) -> bool:
        is_in = letter in single or any(low <= ord(letter) <= high for low, high in ranges)
        return (is_in or any(in_class(letter, name) for name in classes)) != (members[0][0] is codes.NEGATE)

    return [letter for letter in LETTERS if holds(letter)] or single or [chr(ranges[0][0])]


def in_class(letter: str, name: str) -> bool:
    """Whether a letter is in a class such as CATEGORY_NOT_SPACE."""
    kinds = {"DIGIT": letter.isdigit(), "SPACE": letter.isspace(), "WORD": letter == "_" or letter.isalnum()}
    return kinds[name.rpartition("_")[2]] != ("NOT" in name)


def repeated(items: sre_parse.SubPattern, before: str = "") -> Iterator[tuple[str, str]]:
    """Every text that a part of a pattern takes often, with a text that leads to that part."""
    for number, (code, value) in enumerate(items):
        head = before + sample(items[:number])
        match code:
            case codes.MAX_REPEAT | codes.MIN_REPEAT | codes.POSSESSIVE_REPEAT:
                if value[1] > 20:
                    yield from ((head, body) for body in alternatives(value[2]))
                    yield "", head + sample(value[2])
                yield from repeated(value[2], head)
            case codes.SUBPATTERN:
                yield from repeated(value[3], head)
            case codes.BRANCH:
                for branch in value[1]:
                    yield from repeated(branch, head)
            case codes.ASSERT | codes.ASSERT_NOT:
                yield from repeated(value[1], head)
            case _:
                pass


def alternatives(items: sre_parse.SubPattern) -> Iterator[str]:
    """Several texts that the body of a repetition matches."""
    yield sample(items)
    if len(items) == 1:
        code, value = items[0]
        if code is codes.IN:
            yield from fitting(value)[:12]
        elif code is codes.BRANCH:
            yield from map(sample, value[1])
        elif code is codes.SUBPATTERN:
            yield from alternatives(value[3])


def seconds(work: Callable[[str], object], text: str) -> float:
    """The least time that some work takes on a text."""
    taken: list[float] = []
    for _ in range(3):
        start = time.process_time()
        work(text)
        taken.append(time.process_time() - start)
    return min(taken)


def work(site: Site) -> Callable[[str], object]:
    """What a site does with a text. What it compiles is for a place that it knows, or is listed among the others."""
    found = re.compile(site.pattern or "", site.flags)
    match site.how:
        case "search":
            return found.search
        case "match" | "compile":
            return found.match
        case "fullmatch":
            return found.fullmatch
        case _:
            return lambda text: sum(1 for _ in found.finditer(text))


def test_every_pattern_is_known() -> None:
    unknown: dict[str, set[str]] = {}
    for one in SITES:
        if one.pattern is None:
            unknown.setdefault(one.module, set()).add(one.written)
    assert unknown == MADE_AT_RUN_TIME
    assert len(TRIED) > 100


@pytest.mark.parametrize("one", TRIED, ids=lambda one: f"{one.module}-{one.how}-{one.written}"[:80])
def test_a_pattern_takes_no_longer_than_its_text_is_long(one: Site) -> None:
    run = work(one)
    longest = MAX_LENGTH.get(one.written, LONG)
    for head, body in dict.fromkeys(repeated(sre_parse.parse(one.pattern or "", one.flags))):
        for tail in ("\0", '"', "\n!"):
            short, long = (head + body * (length // max(1, len(body))) + tail for length in (longest // 4, longest))
            slow = seconds(run, long)
            if slow > TOO_LITTLE:
                assert slow < TOO_STEEP * seconds(run, short), f"{head!r} {body!r} {tail!r}: {slow:.3f} s"

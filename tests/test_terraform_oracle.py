"""What iplint makes of expressions, compared with what Terraform made of them (`tests/oracle/renew.py`)."""

from __future__ import annotations

import json
import re
import shutil
import sys
from functools import cache
from pathlib import Path

import pytest

from iplint.datatype import Kind
from iplint.location import Source, Span
from iplint.scenario import Scenario
from iplint.terraform.configuration import Reader
from iplint.terraform.evaluate import ModuleInstance, RootModule
from iplint.terraform.failure import fails
from iplint.terraform.functions import to_json
from iplint.terraform.functions_base import ArgumentError
from iplint.terraform.scope import PartiallyOrderedSeq
from iplint.terraform.types import type_of
from iplint.value import HOLE, Hole, Known, Map, Seq, Text, Unknown
from iplint.workspace import Workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.datatype import Type
    from iplint.value import Value

ORACLE = Path(__file__).parent / "oracle"
sys.path.insert(0, str(ORACLE))

from expressions import expressions, generated, nested  # noqa: E402 - beside this file

AT = Span(Source("main.tf", "x"), 0, 1)
FAILED = "an error"
UNKNOWN = "unknown"

# Whether these fail depends on the type of what is not chosen.
BY_TYPE = [
    r'can\(jsondecode\(jsonencode\(false \? var\.unknown : \{ a = \["p"\] \}\)\)\)',
    r"try\(yamldecode\(templatefile\(.* false \? var\.unknown : try\(tolist\(.*",
    r"try\(contains\(compact\(.*try\(coalesce\(.*, var\.unknown\), 0\)",
]
# In which order the members of a set come depends on one that is unknown.
BY_ORDER = [r"templatefile\(\"greeting\.tftpl\".* list = toset\(\[for .*"]

CHARACTERS = "tables of Unicode tell characters apart that are neither ASCII nor letters of their own"
EAGER = "before version 1.12 Terraform evaluates both operands of && and ||; later, only those that decide"
TYPES = "a number and a text are never equal, even a text that Terraform never knows, as here of a null without a type"
POWER = "the last digits of such a power depend on the processor"
NULL = "the type of a null that a condition gives is not kept, unless it is one of numbers, texts and booleans"
ARM = "the result of a condition that is not chosen fails, and Terraform knows its type nonetheless"
# What iplint does not know, and why; the pattern matches the whole expression.
NOT_KNOWN = [
    (r".*(👍🏽|👨‍|marked\.txt\"\)\)).*", CHARACTERS),
    (r'upper\("\$\{coalesce\(strrev\("é👍"\).*', CHARACTERS),
    (r"(!contains\(keys|contains\(keys\().* && .*", EAGER),
    (r"can\((true|false|null != null) (&&|\|\|) .*", EAGER),
    (r"try\((false|null != null) && \{\}\.x, .*", EAGER),
    (r"pow\(2, 1.5\)|length\(\[null, .* % pow\(.*", POWER),
    (r"true \|\| null", EAGER),
    (r"(base64decode\(|length\(|base64gzip\(\"a\"\) == )base64gzip\(.*", "which bytes a compressor makes is not known"),
    (r"tostring\(formatlist\(.*null.*", TYPES),
    (r"(2|length\(matchkeys\(.*) == (upper|regex)\(.*format\(.*null.*", TYPES),
    (r"try\(nosuch\(1\), .*", "other versions of Terraform have other functions"),
    (r'regex\("\\\\p.*', "tables of Unicode tell which characters are of a class"),
    (r'textencodebase64\("a", "UTF-16"\)', "which byte order Terraform chooses is not documented"),
    (r'yamldecode\("\\ufeff.*', "the reader of YAML refuses a second byte-order mark"),
    (r'cidrhost\("::ffff:.*', "Terraform's result is not an address"),
    (r'cidrsubnet\("10.0.0.0/8", (8, -1|-1, 0)\)', "Terraform's result is not a network of the one given"),
    (r'file\("(set)?"\)', "why a file is not read is not told apart"),
    (r'templatefile\("bytes.bin".*', "why a file is not read is not told apart"),
    (r'fileset\("set", "\.\./.*', "files outside of the directory are not listed"),
]
# Where iplint knows a type less, or has an error, and Terraform has a value.
OTHERWISE = [
    (r'"\$\{tomap\("false" \? .*', NULL),
    (r'false \? tolist\(null\) : \["a"\]', NULL),
    (r"true \? \{ a = tolist\(null\) \} : .*", NULL),
    (r"coalesce\(\(true \? null : tolist\(\[1\]\)\), .*", NULL),
]
# Where iplint has a value and Terraform reports an error, which ends its run.
MORE_LENIENT = [
    (r"(list|map)\(\"a\", 1\)", "before Terraform 0.12 these were written for [...] and {...}"),
    (
        r"(toset\()?true \? [\[{].* : to(map|list)\([{\[][}\]]\)(\) == .*|\))?",
        "Terraform converts the tuple itself, not the list made of it",
    ),
    (r'startswith\("%\{ if false \}.*floor\(true / -3\).*', ARM),
    (r"\{ a = \{ a = 1, .* parseint\(\(tomap.*", ARM),
    (r'"\$\$\{\$\{setintersection\(tolist.*', ARM),
    (r'tolist\(\[\[\{ a = .* \? \{ a = "0x10" \} : null, .*', NULL),
    (r"\(true \? null : tolist\(\[1\]\)\)\[\*\]", NULL),
]


def described(type: Type | None) -> object:
    """The type as Terraform's state writes it; None when it is not determined."""
    if type is None:
        return None
    match type.kind:
        case Kind.LIST | Kind.SET | Kind.MAP:
            element = described(type.element)
            return element and [type.kind.value, element]
        case Kind.TUPLE:
            items = [described(item) for item in type.items]
            return None if None in items else ["tuple", items]
        case Kind.OBJECT:
            attributes = {name: described(inner) for name, inner in type.attributes.items()}
            return None if None in attributes.values() else ["object", attributes]
        case Kind.DYNAMIC:
            return "dynamic"
        case _:
            return type.kind.value


@cache
def recorded() -> tuple[tuple[str, str, object, str | None], ...]:
    lines = (ORACLE / "results.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(tuple(json.loads(line)) for line in lines[1:])  # type: ignore[misc]  # rows of four


def instance(path: Path, sources: list[str]) -> ModuleInstance:
    """A root whose locals x0, x1, ... are lists of one expression each, or a text where Terraform reports an error."""
    shutil.copytree(ORACLE / "files", path)
    written = [f"  x{index} = try([{source}], {json.dumps(FAILED)})\n" for index, source in enumerate(sources)]
    (path / "main.tf").write_text(
        'variable "unknown" {}\nlocals {\n' + "".join(written) + "}\n", encoding="utf-8", errors="surrogatepass"
    )
    root = RootModule(Reader(Workspace(str(path), str(path))), str(path))
    return next(iter(root.instances(Scenario({}))))


def outcome(value: Value) -> tuple[str, object]:
    """The JSON of a value, and its type; or that it fails, or is unknown."""
    if isinstance(value, Known) and isinstance(value.value, Text):
        return FAILED, None
    item = value.value.item(0) if isinstance(value, Known) and isinstance(value.value, Seq) else value
    if isinstance(item, Unknown):
        return UNKNOWN, None
    try:
        text = to_json(item)
    except ArgumentError:
        return FAILED, None  # an infinity, which has no JSON
    return (UNKNOWN, None) if text.holes else (text.plain or "", described(type_of(item)))


def test_the_results_are_those_of_all_expressions() -> None:
    assert [(kind, one) for kind, one, _, _ in recorded()] == expressions()
    assert len(recorded()) > 6_000


@pytest.mark.parametrize("kind", sorted({kind for kind, _, _, _ in recorded()}))
def test_expressions_are_what_terraform_makes_of_them(kind: str, tmp_path: Path) -> None:
    rows = [row for row in recorded() if row[0] == kind]
    module = instance(tmp_path / "root", [one for _, one, _, _ in rows])
    differences: list[str] = []
    for index, (_, one, type, written) in enumerate(rows):
        found, found_type = outcome(module.to_local(f"x{index}", AT))
        expected = UNKNOWN if type == "unknown" else FAILED if written is None else written
        if found == UNKNOWN and any(re.fullmatch(pattern, one, re.DOTALL) for pattern, _ in NOT_KNOWN):
            continue
        if any(re.fullmatch(pattern, one, re.DOTALL) for pattern, _ in OTHERWISE):
            continue
        if expected == FAILED and any(re.fullmatch(pattern, one, re.DOTALL) for pattern, _ in MORE_LENIENT):
            continue
        if found != expected or found_type not in (None, type):
            differences.append(f"{one}\n    Terraform: {type} {expected}\n    iplint: {found_type} {found}")
    assert not differences, "\n".join(differences)


def test_what_is_partly_unknown_promises_nothing_else(tmp_path: Path) -> None:
    # Terraform's results are those for one value of what is unknown here.
    results = {one: written for _, one, _, written in recorded() if written is not None}
    skipped = re.compile("|".join(BY_TYPE + BY_ORDER), re.DOTALL)
    every = [*generated(), *nested()]
    pairs = [(one, hidden) for one, hidden in every if one in results and not skipped.fullmatch(hidden)]
    module = instance(tmp_path / "root", [hidden for _, hidden in pairs])
    wrong: list[str] = []
    for index, (one, hidden) in enumerate(pairs):
        value = module.to_local(f"x{index}", AT)
        if isinstance(value, Unknown):
            if fails(value):
                wrong.append(f"{hidden}\n    fails, but not so {one}")
            continue
        assert isinstance(value, Known)
        if isinstance(value.value, Text):
            wrong.append(f"{hidden}\n    fails, but not so {one}")
            continue
        assert isinstance(value.value, Seq)
        item = value.value.item(0)
        if loose(item):
            continue
        text = to_json(item)
        written = "".join([HOLE if isinstance(piece, Hole) else piece.text for piece in text.pieces])
        if not fits(written, results[one]) and not fits(bare(written), bare(results[one])):
            wrong.append(f"{hidden}\n    iplint: {text.display}\n    Terraform: {results[one]} for {one}")
    assert not wrong, "\n".join(wrong)


def fits(written: str, result: str) -> bool:
    """Whether a text may be what another one with holes is."""
    return re.fullmatch(".*".join([re.escape(part) for part in written.split(HOLE)]), result, re.DOTALL) is not None


def bare(written: str) -> str:
    """JSON without the quotes around numbers and booleans: types that are unknown decide about these."""
    return re.sub(r'"(-?[0-9.]+|true|false)"', r"\1", written)


def loose(value: Value) -> bool:
    """Whether a part of a value is a list whose order is not known, or may have members in any place."""
    match value:
        case Known(PartiallyOrderedSeq()):
            return True
        case Known(Seq() as items):
            return items.more is not None or any(map(loose, items))
        case Known(Map() as members):
            found = [members.get(name) for name in members]
            return members.more is not None or any(loose(item) for item in found if item is not None)
        case _:
            return False

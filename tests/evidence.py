"""The evidence test: of each proven launch, every piece of evidence is replaced by something unknown, or removed.

The launch must then not be proven any more. One that still is shows an obligation that is not really checked.

    python tests/evidence.py PATH...     # all proven launches below some paths; exit status 1 where any survives
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from iplint.finding import LaunchStatus
from iplint.judging.session import Session, SessionSettings
from iplint_rules import all_rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iplint.finding import Proof, Report
    from iplint.location import Span

RULES = all_rules()
NAME = "IplintUnknown"
# Where there is no policy and no user data, there is nothing to be proven of them.
REMOVABLE = ("profile", "role", "trust", "metadata")
TERRAFORM = (".tf", ".tofu")
TEMPLATES = (".yaml", ".yml", ".json", ".template")


class Mutation:
    """One change of one file: what it does to which evidence, and the text of the file then."""

    def __init__(self, proof: Proof, obligation: str, at: Span, what: str, text: str) -> None:
        self.proof = proof
        self.obligation = obligation
        self.at = at
        self.what = what
        self.text = text
        self.is_read = True

    def __str__(self) -> str:
        line, column = self.at.first
        where = f"{self.at.path}:{line}:{column}"
        return f"{self.proof.address} of {self.proof.root}: {self.obligation} at {where} {self.what}"


def checked(root: Path, contents: dict[str, bytes] | None = None, path: str = ".") -> Report:
    """The report with the proofs of all launches below a directory, or of one root in it."""
    return Session(SessionSettings(RULES, proofs=True), str(root)).check([path], contents)


def mutations(proof: Proof) -> Iterator[Mutation]:
    """Yield each change of a launch that must end its proof; nothing where it is not proven."""
    if proof.status is not LaunchStatus.PROVEN:
        return
    for result in proof.obligations:
        # What leads to a setting is shown after it; only the first place sets it.
        for step in result.evidence if result.name == "privileges" else result.evidence[:1]:
            whats = ("unknown", "removed") if result.name in REMOVABLE else ("unknown",)
            for what in whats:
                text = _changed(step.at, what)
                if text is not None:
                    yield Mutation(proof, result.name, step.at, what, text)


def _changed(at: Span, what: str) -> str | None:
    """The text of the file with the value at a place replaced; None where that is not a value of a template."""
    whole = at.source.text
    head, value, tail = whole[: at.start], whole[at.start : at.end], whole[at.end :]
    kept = value[len(value.rstrip()) :]
    suffix = os.path.splitext(at.path)[1]
    if not value.strip():
        return None
    if suffix in TERRAFORM:
        line = head[head.rfind("\n") + 1 :]
        if re.match(r"\s*(resource|data|module|variable|output|dynamic|\w+\s*\{)", line + value) and "=" not in line:
            return None
        new = "null" if what == "removed" else "var.iplint_unknown"
        return f'{head}{new}{kept}{tail}\nvariable "iplint_unknown" {{}}\n'
    if suffix not in TEMPLATES:
        return None
    name = "AWS::NoValue" if what == "removed" else NAME
    new = f'{{"Ref": "{name}"}}'
    is_json = whole.lstrip().startswith("{")
    if re.match(r"\s*:", tail) and not value.startswith(("{", "[")):
        # The place of a mapping is its key.
        if re.fullmatch(r"\s*", head[head.rfind("\n") + 1 :]) and _is_resource(head, value, is_json):
            return None
        end = _end_of_json(tail) if is_json else _end_of_yaml(head, tail)
        if end is None:
            return None
        text = f"{head}{value}: {new}{tail[end:]}"
    else:
        text = f"{head}{new}{kept}{tail}"
    if is_json:
        return _with_parameter(text, r'("Parameters"\s*:\s*\{)', f'"{NAME}": {{"Type": "String"}},', "{")
    return _with_parameter(text, r"(?m)^(Parameters:\n)", f"  {NAME}: {{Type: String}}\n", "")


def _is_resource(head: str, value: str, is_json: bool) -> bool:
    """Whether a key is the logical id of a resource, which nothing can replace."""
    indent = len(head) - head.rfind("\n") - 1
    around = [line for line in head.splitlines() if line.strip() and len(line) - len(line.lstrip()) < indent]
    return bool(around) and around[-1].strip().strip('"{ :').strip('"') == "Resources"


def _end_of_json(tail: str) -> int | None:
    start = tail.index(":") + 1
    start += len(tail[start:]) - len(tail[start:].lstrip())
    try:
        return json.JSONDecoder().raw_decode(tail, start)[1]
    except ValueError:
        return None


def _end_of_yaml(head: str, tail: str) -> int | None:
    """Where the value of a key of a block mapping ends: before the next line that is not indented deeper."""
    line = head[head.rfind("\n") + 1 :]
    if line.strip(" -"):
        return None  # inside of a flow mapping
    first = tail.find("\n")
    at = first if first >= 0 else len(tail)
    while at < len(tail):
        end = tail.find("\n", at + 1)
        end = len(tail) if end < 0 else end
        text = tail[at + 1 : end]
        deeper = len(text) - len(text.lstrip()) > len(line)
        is_list = len(text) - len(text.lstrip()) == len(line) and text.lstrip().startswith("- ") and "-" not in line
        if text.strip() and not deeper and not is_list:
            break
        at = end
    return at


def _with_parameter(text: str, section: str, entry: str, opening: str) -> str:
    if (found := re.search(section, text)) is not None:
        return text[: found.end()] + entry + text[found.end() :]
    if opening:
        at = text.index(opening) + 1
        return f'{text[:at]}"Parameters": {{{entry.rstrip(",")}}},{text[at:]}'
    return f"{text}\nParameters:\n{entry}"


def is_still_proven(root: Path, mutation: Mutation) -> bool:
    """Whether the launch of a mutation is proven with the changed file."""
    contents = {os.path.realpath(root / mutation.at.path): mutation.text.encode()}
    again = checked(root, contents, mutation.proof.root)
    mutation.is_read = not any(notice.is_fatal for notice in again.notices)
    status = next((other.status for other in again.proofs or () if other.key == mutation.proof.key), None)
    return status is LaunchStatus.PROVEN


def main() -> int:
    """Run the test over paths; return 1 where a launch survives."""
    launches = changes = left = broken = 0
    for argument in sys.argv[1:]:
        root = Path(argument).resolve()
        found = checked(root).proofs or []
        launches += sum(proof.status is LaunchStatus.PROVEN for proof in found)
        for mutation in (change for proof in found for change in mutations(proof)):
            is_proven = is_still_proven(root, mutation)
            changes += 1
            broken += not mutation.is_read
            if is_proven:
                left += 1
                print(f"still proven: {mutation}", flush=True)
    print(f"{launches} proven launches, {changes} changes of evidence, {broken} not read, {left} survivors")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())

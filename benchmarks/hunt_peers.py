"""What only other tools report of the inputs of a hunt, and why iplint does not.

KICS and Trivy are run over portions of the directory that holds all inputs.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from iplint.cli.check import parsed
from iplint.cli.request import Request
from iplint.finding import Severity
from iplint.inventory.listing import add
from iplint.inventory.rows import Inventory
from iplint.judging.session import arrange
from iplint.location import Source
from iplint.peers.comments import resource_lines
from iplint.peers.comparison import compare
from iplint.peers.references import References
from iplint.peers.reports import TheirResult, results
from iplint_rules import all_rules

# Why a result is only theirs, by what iplint says there (see `kind`). One of no kind is a defect of iplint until it has
# its reason here.
REASONS = {
    "undecided": "iplint reports it too, as undecided, with the value that decides",
    "open": "iplint leaves the obligation open, so that nothing is proven",
    "failed": "the launch fails by another rule of the same obligation, at another place",
    "absent": "the resource is not created, or nothing uses it: count = 0, a condition that does not hold",
    "proven": "iplint follows the value, and names the evidence; the other tool reads literals of one resource",
    "not asked": "the rule is optional, or an ignore suppresses it",
    "several files": "the report names a file by a part of its path only",
    "shared lines": "several resources are in one line, as in YAML's flow style: lines do not say which is meant",
    "override": "the file only replaces arguments of a block in another file: what is not in it is there",
    "hidden file": "Terraform does not read files whose names begin with a dot",
    "joined by name": "KICS joins roles and policies of one name, whatever directory or module they are in",
    "unused policy": "a document that another one overrides, or that no policy uses",
    "not created": "a policy that is not created: OpenTofu's `enabled`, which KICS does not know",
    "other place": "iplint reports the launch that is given a role, the other tool the role",
    "unused template": "a launch template that passes, and that no launch of the root uses",
    "folded text": "YAML joins a text in double quotes that a backslash continues on the next line; Trivy does not",
}


SHARED = "resources share lines"
FOLDED = "HttpTokens or HttpEndpoint is written over several lines"


def kind(one: Theirs) -> str | None:
    """Why a result is only theirs; None where no reason is known."""
    said = " ".join(one.reasons)
    of_reasons = (
        ("undecided", "is undecided"),
        ("open", ": undecided; that "),
        ("failed", ": it is not so that "),
        ("absent", "is not created"),
        ("absent", "no launch here certainly uses it"),
        ("proven", ": proven that "),
        ("not asked", "did not check"),
        ("not asked", "is ignored here"),
        ("several files", "the path may be each of"),
        ("shared lines", SHARED),
        ("folded text", FOLDED),
    )
    name = one.place.rpartition(":")[0]
    of_places = (
        ("override", "override." in name),
        ("hidden file", name.rpartition("/")[2].startswith(".")),
        ("joined by name", one.tool == "KICS" and "is associated with a policy" in one.message),
        ("unused policy", "'statement.actions'" in one.message),
        ("not created", "'policy.Statement." in one.message),
        ("other place", "Properties.Roles' is undefined" in one.message),
        ("unused template", "aws_launch_template" in one.message or "LaunchTemplateData" in one.message),
    )
    found = (word for word, words in of_reasons if words in said)
    return next(found, None) or next((word for word, fits in of_places if fits), None)


class Theirs(NamedTuple):
    """A result that only another tool has: the input, the tool's name and id, the place, and iplint's reasons."""

    number: str
    tool: str
    id: str
    place: str
    rules: list[str]
    message: str
    reasons: list[str]
    both: int


# How many inputs a tool gets at once, and the seconds after which it is stopped: Trivy's memory grows faster than what
# it reads, and some inputs never end.
PORTION = 25
TIMEOUT = 120


def reports(binaries: Path, directory: Path, out: Path) -> list[Path]:
    """Run what is there of KICS and Trivy over a directory; the paths of their reports."""
    ids = sorted({id for rule in all_rules() for id in rule.references.get("KICS", ())})
    kinds = ["-t", "Terraform,CloudFormation", "--include-queries", ",".join(ids)]
    trivy = ["fs", "--scanners", "misconfig,secret", "--skip-check-update", "--skip-db-update", "--offline-scan", "-q"]
    out.mkdir(parents=True, exist_ok=True)
    tools = [name for name in ("kics", "trivy") if (binaries / name).exists()]
    for name in {"kics", "trivy"}.difference(tools):
        print(f"{name} is not in {binaries}: left out", file=sys.stderr)
    found: list[Path] = []
    inputs = sorted(directory.iterdir())
    for start in range(0, len(inputs), PORTION):
        with TemporaryDirectory() as top:
            for path in inputs[start : start + PORTION]:
                shutil.copytree(path, Path(top, directory.name, path.name))
            for name in tools:
                report = out / f"{name}-{start:05}.sarif"
                arguments = {
                    "kics": [
                        "-p",
                        top,
                        "-o",
                        str(out),
                        "--output-name",
                        report.stem,
                        "--report-formats",
                        "sarif",
                        *kinds,
                    ],
                    "trivy": [*trivy, "--format", "sarif", "-o", str(report), top],
                }
                if _run(binaries / name, arguments[name]) and report.exists():
                    found.append(report)
                else:
                    print(f"{name} did not finish on {inputs[start].name} and what follows", file=sys.stderr)
    return found


def _run(program: Path, arguments: list[str]) -> bool:
    """Run a program; return whether it ended in time."""
    command = ["timeout", "--signal=KILL", str(TIMEOUT), str(program), *arguments]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return done.returncode != 137


def only_theirs(directory: Path, paths: list[Path]) -> Iterator[Theirs]:
    """Each result that only a report has; the reports are of a directory with one directory for each input."""
    found: dict[str, list[TheirResult]] = {}
    for path in paths:
        for result in results(path.read_bytes()):
            number, separator, below = _below(result.path, directory)
            if separator:
                result.path = below
                found.setdefault(number, []).append(result)
    for number, theirs in sorted(found.items()):
        case = Request(parsed(["--no-cache", "--proof", "--no-ignores", "--", str(directory / number)]))
        inventory = Inventory()
        report_here, catalog = case.check(partial(add, inventory))
        arrange(report_here, Severity.INFO, keep_undecided=True)
        sources = {source.path: source for source, _ in (*catalog.trees(), *catalog.bodies())}
        sources |= {source.path: source for source in catalog.json_bodies()}
        made = compare(
            theirs, References(case.known), report_here, inventory, sources, {rule.name for rule in case.rules}
        )
        for one in made.only_theirs:
            if one.path in sources and _share_lines(sources[one.path]):
                one.reasons.append(SHARED)
            if one.result.tool == "Trivy" and one.path in sources and _FOLD.search(sources[one.path].text):
                one.reasons.append(FOLDED)
            place = f"{one.result.path}:{one.result.lines[0]}"
            yield Theirs(
                number,
                one.result.tool,
                one.result.id,
                place,
                one.rules,
                one.result.message,
                one.reasons,
                len(made.both),
            )
        for result, why in made.not_read:
            yield Theirs(number, result.tool, result.id, result.path, [], result.message, [f"not read: {why}"], 0)


_FOLD = re.compile(r"\bHttp(?:Tokens|Endpoint)\"?[ \t]*:[ \t]*\"[^\"\n]*\\\n")


def _share_lines(source: Source) -> bool:
    blocks = list(resource_lines(source))
    return any(after[0] <= before[1] for before, after in pairwise(blocks))


def _below(path: str, directory: Path) -> tuple[str, str, str]:
    """The number of the input that a path of a report is in, and the path in it."""
    head, separator, rest = f"/{path}".partition(f"/{directory.name}/")
    return (rest if separator else head.lstrip("/")).partition("/")

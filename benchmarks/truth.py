"""Compare other tools with iplint on real repositories and labelled templates, and keep who is right.

Usage: python benchmarks/truth.py DIRECTORY [REPORT...]     compare on a directory of repositories
       python benchmarks/truth.py --labels DIRECTORY [--built DIRECTORY] [--tools NAME ...]
                                                            score the tools on the templates of IPLINT_CORPUS
       python benchmarks/truth.py --write                   put the tables into docs/comparison.md

`truth_results.csv` has the results of other tools on the repositories that a rule of iplint is about too; reports
replace what it has of their tools. `truth.csv` has each that only another tool has, with who is right and why. The
exit status is 1 where one is not in it: look at the place, and add the row, or mend iplint. `tests/test_truth.py`
compares again wherever the repositories are. `--labels` writes `truth_labels.csv`; checkov is installed below its
DIRECTORY as `peers.py` does, and Trivy and KICS are taken from that of `--built`.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from iplint.peers.references import References
from iplint.peers.reports import TheirResult, results
from iplint.peers.skips import Tool
from iplint_rules import all_rules

TOP = Path(__file__).parents[1]
TABLE = TOP / "benchmarks" / "truth.csv"
RESULTS = TOP / "benchmarks" / "truth_results.csv"
LABELS = TOP / "benchmarks" / "truth_labels.csv"
PAGE = TOP / "docs" / "comparison.md"


class Decided(NamedTuple):
    """A result of another tool, and who is `right`: iplint, theirs, or both where they answer different questions."""

    tool: str
    id: str
    path: str
    line: str
    right: str
    why: str


class Recorded(NamedTuple):
    """A result of another tool on a repository; lines are 0 where the tool names none."""

    tool: str
    id: str
    path: str
    first: str
    last: str


class Labelled(NamedTuple):
    """How many labelled faults of a kind a tool finds, and how many good places it reports."""

    date: str
    tool: str
    version: str
    kind: str
    bad: str
    found: str
    good: str
    flagged: str


def decided() -> list[Decided]:
    with TABLE.open(encoding="utf-8", newline="") as rows:
        return [Decided(**row) for row in csv.DictReader(rows)]


def recorded() -> list[Recorded]:
    with RESULTS.open(encoding="utf-8", newline="") as rows:
        return [Recorded(**row) for row in csv.DictReader(rows)]


def labelled() -> list[Labelled]:
    with LABELS.open(encoding="utf-8", newline="") as rows:
        return [Labelled(**row) for row in csv.DictReader(rows)]


def _store(path: Path, fields: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(fields)
        writer.writerows(rows)


# ---------------------------------------------------------------- real repositories


def record(directory: Path, reports: Iterable[Path]) -> None:
    """Put the results of reports that a rule of iplint is about into the place of those of the same tools."""
    references = References(all_rules())
    found: list[TheirResult] = []
    tools: set[str] = set()
    for report in reports:
        held = results(report.read_bytes())
        tools.update(one.tool for one in held)
        found += (one for one in held if one.known is not None and references.rules(one.known, one.id))
    rows = {one for one in recorded() if one.tool not in tools}
    for one in found:
        rows.add(Recorded(one.tool, one.id, _below(one.path, directory), *map(str, one.lines)))
    ordered = sorted(rows, key=lambda row: (row.tool, row.id, row.path, int(row.first), int(row.last)))
    _store(RESULTS, Recorded._fields, ordered)


def _below(path: str, directory: Path) -> str:
    """Return the path of a report below the directory of the repositories, with the repository as its first part."""
    parts = path.split("/")
    names = {child.name for child in directory.iterdir()}
    start = next((number for number, part in enumerate(parts) if part in names), 0)
    return "/".join(parts[start:])


def sarif(rows: Iterable[Recorded]) -> str:
    """Return recorded results as a report."""
    runs: dict[str, list[object]] = {}
    for row in rows:
        region = {"startLine": int(row.first), "endLine": int(row.last)} if row.first != "0" else {}
        place = {"artifactLocation": {"uri": row.path.replace("%", "%25")}, "region": region}
        runs.setdefault(row.tool, []).append({"ruleId": row.id, "locations": [{"physicalLocation": place}]})
    return json.dumps(
        {"runs": [{"tool": {"driver": {"name": tool}}, "results": found} for tool, found in runs.items()]}
    )


def compare(directory: Path) -> bool:
    """Compare the recorded results with iplint, and print what nobody has decided; return whether that is nothing."""
    with tempfile.TemporaryDirectory() as name:
        report = Path(name, "recorded.sarif")
        report.write_text(sarif(recorded()), encoding="utf-8")
        command = [sys.executable, "-m", "iplint", "compare", str(report), "--in", ".", "--format", "json"]
        done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)
    print(json.dumps(found["summary"]))
    theirs = {(one["tool"], one["id"], one["file"], str(one["line"])): one for one in found["only_theirs"]}
    known = {row[:4] for row in decided()}
    for key, one in theirs.items():
        if key not in known:
            print(f"{one['tool']} {one['id']} {one['file']}:{one['line']}")
            print("".join(f"    {reason}\n" for reason in one["reasons"]), end="")
    for key in sorted(known - set(theirs)):
        print(f"{' '.join(key)}: is in the table, and is not only theirs any more")
    for one in found["not_read"]:
        print(f"{one['tool']} {one['id']} {one['path']}:{one['line']}: {one['why']}")
    return set(theirs) == known


# ---------------------------------------------------------------- labelled templates

# The kinds of fault that are labelled, by the rules about them.
KINDS = {
    "missing-instance-profile": "profile",
    "role-without-ec2-trust": "trust",
    "imdsv1-allowed": "imds",
    "administrator-access": "admin",
    "hardcoded-access-key": "keys",
    "generated-access-key-on-instance": "keys",
}
TITLES = {
    "profile": "instance profile",
    "trust": "EC2 can assume the role",
    "imds": "IMDSv2",
    "admin": "no administrator",
    "keys": "no static keys",
}
TRIVY = "fs --scanners misconfig,secret --skip-check-update --skip-db-update --offline-scan -q --format sarif"
# By tool: its arguments, and whether one process reads all templates.
COMMANDS = {
    Tool.CHECKOV: ("-d {root} --skip-download --quiet --compact -o sarif --output-file-path {out}", True),
    # All templates at once take more memory than there is.
    Tool.TRIVY: (TRIVY + " -o {out}/results.sarif {root}", False),
    Tool.KICS: ("-p {root} -o {out} --report-formats sarif -t Terraform,CloudFormation", True),
}

NAMES = ["iplint", *map(str, COMMANDS)]


def kinds_of(tool: Tool) -> dict[str, str]:
    """Return the kinds of fault that a tool's checks are about, by each spelling of their ids."""
    catalogue = {Tool.CHECKOV: "checkov", Tool.TRIVY: "trivy", Tool.KICS: "KICS"}[tool]
    found = {
        id: KINDS[rule.name] for rule in all_rules() if rule.name in KINDS for id in rule.references.get(catalogue, ())
    }
    return found | {id.removeprefix("AVD-"): kind for id, kind in found.items()}


def score(name: str, program: str, version: str) -> list[Labelled]:
    """Score a program on the labelled templates."""
    corpus = Path(os.environ["IPLINT_CORPUS"])
    with tempfile.TemporaryDirectory() as directory:
        out = Path(directory, "scores.json")
        command = [sys.executable, str(corpus / "score.py"), "--json", str(out), "--timeout", "3600"]
        command += ["--cache", directory]
        if name == "iplint":
            command += ["--command", f"{program} check --no-cache --format json --exit-zero"]
        else:
            arguments, is_together = COMMANDS[Tool(name)]
            pairs = ",".join(f"{id}={kind}" for id, kind in sorted(kinds_of(Tool(name)).items()))
            command += ["--command", f"{program} {arguments}", "--sarif-map", pairs]
            command += ["--together"] if is_together else ["--jobs", "1"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        print(name, done.stdout, done.stderr, sep="\n", flush=True)
        scores = json.loads(out.read_text(encoding="utf-8"))
    for case, why in scores["crashes"][:3]:
        print(f"{name} did not finish on {case}, or said so: {why}", file=sys.stderr)
    found: list[Labelled] = []
    for kind in TITLES:
        cells = [cell for cell in scores["cells"] if cell["family"] == kind]
        sums = (str(sum(cell[key] for cell in cells)) for key in ("bad", "found", "good", "flagged"))
        found.append(Labelled(datetime.date.today().isoformat(), name, version, kind, *sums))
    return found


def label(top: Path, built: Path | None, names: Sequence[str]) -> None:
    """Score tools and put the scores into the place of theirs."""
    from measure import Failed  # the rest needs no environments
    from peers import Environments

    environments = Environments(top.resolve(), built.resolve() if built is not None else None)
    programs: dict[str, tuple[str, str]] = {}
    for name in names:
        package = name.lower()
        try:
            if name in ("checkov", "iplint"):
                version = environments.install(package)
                programs[name] = (str(environments.binaries(package) / package), version)
            else:
                assert built is not None
                programs[name] = (str(built.resolve() / package), environments.version_of_built(package))
        except (Failed, AssertionError) as failed:
            print(f"{name} is left out: {failed or 'give --built'}", file=sys.stderr)
    order = {name: number for number, name in enumerate(NAMES)}
    for name, (program, version) in programs.items():
        rows = [row for row in labelled() if row.tool != name] + score(name, program, version)
        rows.sort(key=lambda row: (order[row.tool], [*TITLES].index(row.kind)))
        _store(LABELS, Labelled._fields, rows)


# ---------------------------------------------------------------- the page


def _put(text: str, name: str, lines: Iterable[str]) -> str:
    """Return a page with lines in the place of those between two marks."""
    start, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    before, _, rest = text.partition(start)
    _, found, after = rest.partition(end)
    assert found, f"{PAGE} has no place for {name}"
    held = "".join(f"{line}\n" for line in lines)
    return f"{before}{start}\n{held}\n{end}{after}"


def _labels() -> Iterable[str]:
    rows = labelled()
    yield f"| | {' | '.join(TITLES.values())} | all |"
    yield f"| --- |{' ---: |' * (len(TITLES) + 1)}"
    for tool in dict.fromkeys(row.tool for row in rows):
        own = [row for row in rows if row.tool == tool]
        checked = set(TITLES) if tool == "iplint" else set(kinds_of(Tool(tool)).values())
        cells = [_cell([row for row in own if row.kind == kind]) if kind in checked else "-" for kind in TITLES]
        title = "Trivy" if tool == Tool.TRIVY else tool
        yield f"| {title} {own[0].version}, {own[0].date} | {' | '.join(cells)} | {_cell(own)} |"


def _cell(rows: Sequence[Labelled]) -> str:
    bad, found = sum(int(row.bad) for row in rows), sum(int(row.found) for row in rows)
    flagged = sum(int(row.flagged) for row in rows)
    return f"{found} of {bad}" + (f", {flagged} wrong" if flagged else "")


def _sums() -> Iterable[str]:
    yield "| | results | iplint has them too | only theirs | iplint is right | both are right | only they are right |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    rows, known = recorded(), decided()
    for tool in dict.fromkeys(row.tool for row in rows):
        own = {row for row in rows if row.tool == tool}
        only = [row for row in known if row.tool == tool]
        shared = sum((row.id, row.path, row.first) not in {one[1:4] for one in only} for row in own)
        counts = [sum(row.right == word for row in only) for word in ("iplint", "both", "theirs")]
        yield f"| {tool} | {len(own)} | {shared} | {len(only)} | {' | '.join(map(str, counts))} |"


def _decided() -> Iterable[str]:
    yield "| tool and check | place | who is right | why |"
    yield "| --- | --- | --- | --- |"
    for one in decided():
        id = one.id.partition("-")[0] if one.tool == "KICS" else one.id
        yield f"| {one.tool} {id} | `{one.path}:{one.line}` | {one.right} | {one.why} |"


def page() -> str:
    """Return the page with the tables."""
    text = PAGE.read_text(encoding="utf-8")
    for name, lines in (("labels", _labels()), ("sums", _sums()), ("decided", _decided())):
        text = _put(text, name, lines)
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path, nargs="?")
    parser.add_argument("reports", type=Path, nargs="*", metavar="REPORT")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/comparison.md")
    parser.add_argument("--labels", type=Path, metavar="DIRECTORY", help="score the tools on labelled templates")
    parser.add_argument("--built", type=Path, metavar="DIRECTORY", help="where trivy and kics are")
    parser.add_argument("--tools", nargs="+", default=NAMES, choices=NAMES)
    options = parser.parse_args()
    if options.labels is not None:
        label(options.labels, options.built, options.tools)
    if options.directory is not None:
        if options.reports:
            record(options.directory, options.reports)
        if not compare(options.directory):
            sys.exit(1)
    if options.write:
        PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()

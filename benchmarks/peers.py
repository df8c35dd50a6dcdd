"""iplint and its peers on the same files: CPU seconds, wall seconds and peak memory, as ratios within one run.

Usage: python benchmarks/peers.py DIRECTORY [--write] [--only small repositories templates mixed] [--sizes N ...]
                                  [--runs N] [--repositories N] [--timeout SECONDS] [--built DIRECTORY]

Each tool is installed from PyPI into an environment of its own below DIRECTORY, once; iplint from this checkout, each
time. Tools that are compiled are taken from the directory that `--built` names; those that are not there are left out.
Real files come from the corpus that IPLINT_CORPUS names; without it there are generated ones only.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import re
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeAlias

import trees
from measure import Cost, Failed, cost, medians
from trees import Material

# Costs by name of the tool and view, for each material.
Results: TypeAlias = "Mapping[Material, Mapping[tuple[str, str], Cost | Failed]]"

TOP = Path(__file__).parents[1]
DRIVERS = Path(__file__).parent / "drivers"
GUARD = DRIVERS / "imds.guard"
PAGE = TOP / "docs" / "benchmarks.md"
MARKS = "<!-- measured -->\n", "<!-- end of what was measured -->\n"
SHORT_PAGE = TOP / "docs" / "comparison.md"
SHORT_MARKS = "<!-- speed -->\n", "<!-- end of speed -->\n"
PYTHON = "python -c pass"
OWN = {PYTHON, "iplint"}
PARTS = ("small", "repositories", "templates", "mixed")


class Tool(NamedTuple):
    """A tool: its package, the view it reads, its program and arguments, and the statuses that are fine.

    It is not run on more files than `most`. A tool that `is_built` is no package of PyPI.
    """

    name: str
    package: str
    view: str
    arguments: Callable[[Material], list[str]]
    statuses: Collection[int] = (0, 1)
    most: int = 1_000_000
    is_built: bool = False


def directory(view: str, *arguments: str) -> Callable[[Material], list[str]]:
    """Arguments, then the directory of a view."""
    return lambda material: [*arguments, str(material.view(view))]


def files(view: str, *arguments: str) -> Callable[[Material], list[str]]:
    """Arguments, then the files of a view."""
    return lambda material: [*arguments, *material.files(view)]


def checkov(*arguments: str) -> Callable[[Material], list[str]]:
    return directory("all", "checkov", "--quiet", "--compact", "--skip-download", *arguments, "-d")


LANGUAGES = ("--framework", "cloudformation", "terraform")
SEMGREP = ("--metrics=off", "--disable-version-check", "--no-git-ignore", "--config", str(DRIVERS / "semgrep.yaml"))
TOOLS = (
    Tool("checkov", "checkov", "all", checkov(), most=1_100),
    Tool("checkov, two languages", "checkov", "all", checkov(*LANGUAGES), most=1_100),
    Tool("checkov, one check", "checkov", "all", checkov(*LANGUAGES, "--check", "CKV_AWS_79"), most=1_100),
    Tool("semgrep, two rules", "semgrep", "all", directory("all", "semgrep", "scan", *SEMGREP)),
    # Its status is a sum of bits for errors, warnings and information.
    Tool("cfn-lint", "cfn-lint", "cloudformation", files("cloudformation", "cfn-lint"), range(0, 15, 2)),
    Tool(
        "cfn-guard binding, two rules",
        "cfn-guard-rs",
        "cloudformation",
        files("cloudformation", "python", str(DRIVERS / "run_guard.py")),
        statuses=(0,),
    ),
    Tool(
        "cloudformation-validate",
        "cloudformation-validate",
        "cloudformation",
        files("cloudformation", "python", str(DRIVERS / "run_validate.py")),
        statuses=(0,),
    ),
    Tool(
        "c7n-left, one policy",
        "c7n-left",
        "terraform",
        lambda material: ["python", str(DRIVERS / "run_c7n.py"), *material.modules()],
        statuses=(0,),
    ),
    Tool(
        "tfparse (evaluates only)",
        "tfparse",
        "terraform",
        lambda material: ["python", str(DRIVERS / "run_tfparse.py"), *material.modules()],
        statuses=(0,),
    ),
)

KICS = ("kics", "-t", "Terraform,CloudFormation")
BUILT = (
    Tool(
        "Trivy",
        "trivy",
        "all",
        directory("all", "trivy", "config", "--skip-check-update", "--timeout", "60m", "-q"),
        is_built=True,
    ),
    Tool("KICS", "kics", "all", directory("all", *KICS, "-p"), is_built=True),
    Tool(
        "KICS, queries of our rules",
        "kics",
        "all",
        lambda material: [*KICS, "--include-queries", ",".join(queries()), "-p", str(material.view("all"))],
        is_built=True,
    ),
    Tool(
        "tflint",
        "tflint",
        "terraform",
        lambda material: ["tflint", "--recursive", f"--chdir={material.view('terraform')}"],
        (0, 2),
        is_built=True,
    ),
    Tool(
        "cfn-guard, two rules",
        "cfn-guard",
        "cloudformation",
        lambda material: ["cfn-guard", "validate", "-r", str(GUARD), "-d", *material.files("cloudformation")],
        (0, 19),
        is_built=True,
    ),
)


def queries() -> list[str]:
    """The queries of KICS that check what rules of iplint do, as the pages of the rules name them."""
    pages = (page.read_text(encoding="utf-8") for page in (TOP / "docs" / "rules").glob("*.md"))
    lines = (line for page in pages for line in re.findall(r"^- KICS: (.+)$", page, re.MULTILINE))
    return sorted({id for line in lines for id in line.split(", ")})


def iplint(view: str) -> Tool:
    return Tool("iplint", "iplint", view, directory(view, "iplint", "check", "--no-cache"), (0, 1, 3))


class Environments:
    """One virtual environment for each package, below a directory that is kept."""

    def __init__(self, top: Path, built: Path | None) -> None:
        self.top = top
        self.built = built
        # Compiled modules are what users run, and no tool shall find or leave settings of the one who measures.
        self.variables = {"PATH": os.defpath, "HOME": str(top / "home"), "LANG": "C.UTF-8"}
        (top / "home").mkdir(parents=True, exist_ok=True)

    def binaries(self, package: str) -> Path:
        return self.top / "environments" / package / "bin"

    def install(self, package: str) -> str:
        """Install a package unless it is there, and tell its version. Raises Failed."""
        python = self.binaries(package) / "python"
        done = python.parents[1] / "installed"
        if not done.exists() or package == "iplint":
            venv.create(python.parents[1], with_pip=True)
            # The proxy and mirror of the one who measures are needed here.
            environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
            source = str(TOP) if package == "iplint" else package
            self._run(environment, python, "-m", "pip", "install", "--quiet", source)
            self._run(environment, python, "-m", "compileall", "-q", str(python.parents[1] / "lib"), fine=(0, 1))
            done.touch()
        asked = f"from importlib.metadata import version; print(version({package!r}))"
        return self._run(self.variables, python, "-c", asked).strip()

    def _run(self, environment: Mapping[str, str], python: Path, *arguments: str, fine: Collection[int] = (0,)) -> str:
        done = subprocess.run(
            [python, *arguments], capture_output=True, text=True, env=environment, check=False, cwd=self.top
        )
        if done.returncode not in fine:
            raise Failed(done.stderr.strip().rpartition("\n")[2])
        return done.stdout

    def version_of_built(self, name: str) -> str:
        """The version of a compiled tool. Raises Failed where it is not there."""
        if self.built is None or not (self.built / name).exists():
            raise Failed("it is not in the directory of --built")
        program = self.built / ("kics-console" if name == "kics" else name)
        asked = "version" if name == "kics" else "--version"
        done = subprocess.run([program, asked], capture_output=True, text=True, env=self.variables, check=False)
        found = re.search(r"\d+\.\d+\.\d+", done.stdout + done.stderr)
        if found is None:
            # A program that is built from its module says "dev", but the compiler has noted the module's version.
            done = subprocess.run(["go", "version", "-m", str(program)], capture_output=True, text=True, check=False)
            found = re.search(r"^\tmod\t\S+\tv(\d+\.\d+\.\d+)", done.stdout, re.MULTILINE)
            return found[1] if found is not None else "built from source"
        return found[0]

    def command(self, tool: Tool, arguments: Sequence[str]) -> list[str]:
        """The command line of a tool; its first argument is the name of a program."""
        holder = self.built if tool.is_built and self.built is not None else self.binaries(tool.package)
        return [str(holder / arguments[0]), *arguments[1:]]

    def packages(self) -> list[Path]:
        """Where the installed packages are, iplint's own apart."""
        return sorted(
            found
            for found in self.top.glob("environments/*/lib/python*/site-packages")
            if found.parents[2].name != "iplint"
        )


def measured(
    material: Material, tools: Sequence[Tool], environments: Environments, runs: int, timeout: float
) -> dict[tuple[str, str], Cost | Failed]:
    """The costs of bare Python, iplint and the tools that can read a material, by name and view."""
    chosen = [
        tool
        for tool in tools
        if len(material.files("all")) <= tool.most
        and (material.files("cloudformation") or material.files("terraform"))
        and material.files(tool.view)
    ]
    views = [view for view in trees.VIEWS if view == "all" or any(tool.view == view for tool in chosen)]
    everything = [*map(iplint, views), *chosen]
    measures: dict[tuple[str, str], Callable[[], Cost]] = {
        (tool.name, tool.view): partial(
            cost,
            environments.command(tool, tool.arguments(material)),
            environments.variables,
            tool.statuses,
            timeout,
        )
        for tool in everything
    }
    bare = partial(cost, environments.command(iplint("all"), ["python", "-c", "pass"]), environments.variables)
    return medians({(PYTHON, "all"): bare, **measures}, runs)


def spread(materials: Sequence[Material], count: int) -> list[Material]:
    """So many of some materials, from that with the fewest files to that with the most, evenly spread."""
    ordered = sorted(materials, key=lambda material: (len(material.files("all")), material.name))
    if count >= len(ordered):
        return ordered
    last = len(ordered) - 1
    return [ordered[round(number * last / max(1, count - 1))] for number in range(count)]


def ratio(one: Cost | Failed | None, other: Cost | Failed | None) -> str:
    """How many times the CPU time of another a cost is."""
    if not isinstance(one, Cost) or not isinstance(other, Cost):
        return ""
    times = one.cpu / other.cpu
    return f"{times:.0f}" if times >= 10 else f"{times:.1f}" if times >= 1 else f"{times:.2f}"


def long_table(results: Results) -> Iterator[str]:
    """All figures, a row for each material, view and tool."""
    yield "| files | of which | tool | CPU s | wall s | peak MB | ratio to iplint | ratio to bare Python |"
    yield "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |"
    for material, costs in results.items():
        for (tool, view), found in sorted(costs.items(), key=lambda item: trees.VIEWS.index(item[0][1])):
            count = f"{len(material.files(view)):,} {view}" if view != "all" else "all"
            row = f"| {material.name} | {count} | {tool} |"
            if isinstance(found, Failed):
                yield f"{row} {found} | | | | |"
                continue
            base, bare = costs["iplint", view], costs[PYTHON, "all"]
            yield (
                f"{row} {found.cpu:.2f} | {found.wall:.2f} | {found.peak:.0f} "
                f"| {ratio(found, base)} | {ratio(found, bare)} |"
            )


def wide_table(results: Results) -> Iterator[str]:
    """The CPU seconds of iplint on all files, and the ratios of the others to it on what they read."""
    measured_here = {name for costs in results.values() for name, _ in costs}
    tools = [tool for tool in (*TOOLS, *BUILT) if not tool.is_built or tool.name in measured_here]
    names = [tool.name for tool in tools]
    yield f"| | files | iplint, CPU s | peak MB | {' | '.join(names)} |"
    yield "| --- | ---: | ---: | ---: |" + " ---: |" * len(names)
    for material, costs in results.items():
        own = costs["iplint", "all"]
        head = f"{own.cpu:.2f} | {own.peak:.0f}" if isinstance(own, Cost) else f"{own} | "
        cells: list[str] = []
        for tool in tools:
            found = costs.get((tool.name, tool.view))
            cells.append(
                str(found) if isinstance(found, Failed) else ratio(found, costs.get(("iplint", tool.view))) or "-"
            )
        yield f"| {material.name} | {len(material.files('all')):,} | {head} | {' | '.join(cells)} |"


def short_table(measured_parts: Mapping[str, Results]) -> Iterator[str]:
    """How many times the CPU time of iplint each tool takes: a row for each tool, a column for each part of a run.

    Of several repositories, it is the median, with the least and the most.
    """
    columns: list[tuple[str, list[Mapping[tuple[str, str], Cost | Failed]]]] = []
    for part, results in measured_parts.items():
        if part == "repositories":
            columns.append((f"{len(results)} repositories", list(results.values())))
            continue
        before = "one file, " if part == "small" else ""
        compared = [(material, costs) for material, costs in results.items() if {name for name, _ in costs} - OWN]
        columns += [(f"{before}{material.name}", [costs]) for material, costs in compared]
    yield f"| | {' | '.join(title for title, _ in columns)} |"
    yield "| --- |" + " ---: |" * len(columns)
    for tool in (*TOOLS, *BUILT):
        cells = [_times(tool, costs) for _, costs in columns]
        if any(cells):
            yield f"| {tool.name} | {' | '.join(cell or '-' for cell in cells)} |"


def _times(tool: Tool, several: Sequence[Mapping[tuple[str, str], Cost | Failed]]) -> str:
    """The ratio of a tool to iplint, or the median, least and most of several, and how many it did not finish."""
    found = [
        (costs[tool.name, tool.view], costs["iplint", tool.view])
        for costs in several
        if (tool.name, tool.view) in costs
    ]
    ended = sorted(
        ((one, other) for one, other in found if isinstance(one, Cost) and isinstance(other, Cost)),
        key=lambda pair: pair[0].cpu / pair[1].cpu,
    )
    words = [ratio(*ended[len(ended) // 2])] if ended else []
    if len(ended) > 1:
        words[0] += f" ({ratio(*ended[0])} to {ratio(*ended[-1])})"
    failed = len(found) - len(ended)
    if failed:
        words.append("not finished" if len(found) == 1 else f"{failed} not finished")
    return ", ".join(words)


def put(page: Path, marks: tuple[str, str], lines: Iterable[str]) -> None:
    """Write lines into a page, in the place of what is between two marks."""
    before, found, rest = page.read_text(encoding="utf-8").partition(marks[0])
    _, ends, after = rest.partition(marks[1])
    if not found or not ends:
        raise SystemExit(f"{page} has no place for what was measured: {marks[0].strip()}")
    held = "\n".join(lines)
    page.write_text(f"{before}{marks[0]}\n{held}\n{marks[1]}{after}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md and docs/comparison.md")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--tools", nargs="+", metavar="PACKAGE", help="only these; the tables are then printed only")
    parser.add_argument("--sizes", nargs="+", type=int, default=[100, 1_000, 4_000])
    parser.add_argument(
        "--repositories", type=int, metavar="N", help="only so many, from small to large (default: all)"
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--timeout", type=float, default=600, help="seconds after which a tool is stopped")
    parser.add_argument("--built", type=Path, metavar="DIRECTORY", help="where trivy, kics, tflint and cfn-guard are")
    options = parser.parse_args()
    environments = Environments(options.directory.resolve(), options.built.resolve() if options.built else None)
    versions: dict[str, str] = {}
    asked: Collection[str] = options.tools or {tool.package for tool in (*TOOLS, *BUILT)}
    for package in ("iplint", *dict.fromkeys(tool.package for tool in TOOLS if tool.package in asked)):
        try:
            versions[package] = environments.install(package)
        except Failed as failed:
            print(f"{package} is left out, it could not be installed: {failed}", file=sys.stderr)
    if "iplint" not in versions:
        sys.exit("iplint itself is needed")
    for name in dict.fromkeys(tool.package for tool in BUILT if tool.package in asked):
        try:
            versions[name] = environments.version_of_built(name)
        except Failed as failed:
            print(f"{name} is left out: {failed}", file=sys.stderr)
    tools = [tool for tool in (*TOOLS, *BUILT) if tool.package in versions]

    chosen = f"--only {' '.join(options.only)} --sizes {' '.join(map(str, options.sizes))} --runs {options.runs}"
    if options.repositories is not None:
        chosen += f" --repositories {options.repositories}"
    if options.timeout != parser.get_default("timeout"):
        chosen += f" --timeout {options.timeout:.0f}"
    head = (
        f"Measured on {datetime.date.today().isoformat()} by `peers.py DIRECTORY {chosen}`, with "
        f"{platform.python_implementation()} {platform.python_version()} on {platform.system()}, {os.cpu_count()} cores"
        f" of {platform.machine()}; "
        + ", ".join(f"{name} {version}" for name, version in versions.items())
        + (
            f". Medians of up to {options.runs} runs; what takes over 10 CPU seconds ran once."
            if options.runs > 1
            else ". One run."
        )
    )
    lines = [head, ""]
    parts: dict[str, Results] = {}

    def section(
        part: str, title: str, materials: Iterable[Material], table: Callable[..., Iterator[str]], note: str
    ) -> None:
        results: dict[Material, Mapping[tuple[str, str], Cost | Failed]] = {}
        for material in materials:
            results[material] = measured(material, tools, environments, options.runs, options.timeout)
            print("\n".join(long_table({material: results[material]})), flush=True)
        parts[part] = results
        lines.extend([f"### {title}", "", note, "", *table(results), ""])

    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        if "small" in options.only:
            note = "CPU seconds of a whole run, start-up included."
            section("small", "One small file", trees.small(work), long_table, note)
        unpacked = trees.corpus(work)
        if "repositories" in options.only and unpacked is None:
            print("IPLINT_CORPUS names no corpus: no repositories", file=sys.stderr)
        elif "repositories" in options.only and unpacked is not None:
            note = "CPU seconds of iplint, and the ratio of each other tool to it on the files that the other reads."
            found = list(trees.repositories(unpacked, work))
            found = spread(found, options.repositories) if options.repositories is not None else found
            section("repositories", "Real repositories", found, wide_table, note)
        if "templates" in options.only:
            note = "The same real templates in each folder: what a compiled engine is best at."
            section("templates", "A tree of templates", [trees.templates(unpacked, work)], long_table, note)
        if "mixed" in options.only:
            made = [trees.mixed(size, unpacked, environments.packages(), work) for size in options.sizes]
            note = "; ".join(f"{material.name}: {parts}" for material, parts in made) + "."
            section("mixed", "Trees of mixed files", [material for material, _ in made], long_table, note)
    if options.write and not options.tools:
        put(PAGE, MARKS, lines)
        put(SHORT_PAGE, SHORT_MARKS, [head, "", *short_table(parts), ""])


if __name__ == "__main__":
    main()

"""Measure the tests: make small mistakes in rules, model and tables, one at a time, and count those that no test finds.

    python tests/mutants/run.py [--number 300] [--seed 1] [--jobs 1] [--seconds 60] [--module PART] [--survivors]

The first run traces which test calls which function (some minutes), and so does each run for test modules that changed
since. Then each mistake is made in a process of its own, and the tests that call what was changed run there until one
fails, or the seconds are over: first those that find most mistakes in the time that they take. A process that has
collected all tests is forked for each mistake: the code of a function is replaced in place, and a table is made again
with what is made of it. What survives so, if it runs when its module is imported, or is within a class, is tried in a
process that imports the changed module before anything else.
`build/mutants/` holds the traces and `results.jsonl`; `--survivors` tries again what survived there. Needs `fork`:
Linux and macOS.
"""

from __future__ import annotations

import argparse
import ast
import gc
import importlib
import importlib.abc
import importlib.util
import io
import json
import os
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from cProfile import Profile
from functools import _lru_cache_wrapper, cache
from importlib.machinery import ModuleSpec
from pathlib import Path
from random import Random
from types import CodeType, FunctionType, ModuleType
from typing import NamedTuple

import pytest

# Loaded before the fork, because the tests need them and they take long.
import yaml  # noqa: F401
from equivalent import EQUIVALENT
from mutations import Mutation, Unit, mutations, units

TOP = Path(__file__).parents[2]
STATE = TOP / "build" / "mutants"
RESULTS = STATE / "results.jsonl"
# What is changed, and the tests that are to find it: those that run in this process.
MODULES = ("rules/iplint_rules", "linter/iplint/model", "linter/iplint/aws")
TESTS = (
    "by_name",
    "cfn_lint_conditions",
    "changed_afterwards",
    "cloudformation",
    "condition_tables",
    "config",
    "credentials_file",
    "discovery",
    "domains",
    "doubled_keys",
    "drift",
    "explain",
    "fetched",
    "fix_identity",
    "generated_secrets",
    "identity_tables",
    "ignore",
    "indirect_launches",
    "inventory",
    "json_syntax",
    "key_sets",
    "keys",
    "keys_taken_in",
    "language",
    "launch_calls",
    "launch_merge",
    "launch_tables",
    "managed_policies",
    "metadata_calls",
    "mistakes",
    "model",
    "module_sources",
    "moto",
    "named_files",
    "named_keys",
    "nested_stacks",
    "never_clean",
    "notices",
    "packer",
    "page",
    "partial",
    "patterns",
    "placement",
    "plan",
    "policy",
    "policy_evaluation",
    "privilege",
    "privilege_tables",
    "proof",
    "rain",
    "registry_modules",
    "report_json",
    "report_markdown",
    "report_text",
    "rewritings",
    "rules",
    "sam",
    "scenarios",
    "script_tables",
    "secrets",
    "selection",
    "session",
    "severity",
    "shell",
    "snapshot",
    "survey",
    "table_entries",
    "tables",
    "terraform",
    "terraform_roots",
    "terraform_semantics",
    "terragrunt",
    "text",
    "user_data",
)
SKIPPED = "not grows and not too_many_values and not come_to_an_end"
# How long a mistake may run beyond the time for the tests that are tried on it, in seconds of CPU time.
MAX_RUN = 60
# From how many seconds on the trace of a test is kept when its module changes.
MAX_TRACED = 3
MAX_BYTES = 4 << 30
# How many cases of a test are tried before those of other tests.
ROUND = 3
# How many mistakes a test is taken to find that has found none yet, and what running any costs, in seconds.
UNTRIED = 0.2
OVERHEAD = 0.01
# How many mistakes the tests of a module are taken to find that alone names what is changed.
NAMING = 100
# How many tests may fail for other reasons than the mistake.
MAX_DOUBTS = 5
# How many modules of tests are collected for a mistake that is imported.
MAX_FILES = 8


class Mutant(NamedTuple):
    """A mistake by the module's path, the unit and its place among the mistakes that are possible in the unit."""

    path: str
    unit: str
    number: int

    @property
    def is_in_function(self) -> bool:
        """Whether the code of a function can be replaced: not what a cache keeps, decorators, or defaults."""
        tree = ast.parse((TOP / self.path).read_text(encoding="utf-8"))
        unit = next(unit for unit in units(tree) if unit.name == self.unit)
        body = unit.nodes[0].body[0] if isinstance(unit.nodes[0], ast.FunctionDef) else None
        return body is not None and list(mutations(unit))[self.number].line >= body.lineno

    def made(self) -> tuple[ast.Module, Mutation, str]:
        """Return the changed module, the mistake and what is written there now."""
        tree = ast.parse((TOP / self.path).read_text(encoding="utf-8"))
        unit = next(unit for unit in units(tree) if unit.name == self.unit)
        mutation = list(mutations(unit))[self.number]
        after = mutation.make()
        return ast.fix_missing_locations(tree), mutation, after

    @property
    def what(self) -> str:
        """What the mistake is, without its line: see EQUIVALENT."""
        _, mutation, after = self.made()
        return f"{self.path} {self.unit}  {mutation.kind}: {mutation.before} -> {after}"


def modules(folders: tuple[str, ...]) -> Iterator[str]:
    for folder in folders:
        yield from (path.relative_to(TOP).as_posix() for path in sorted((TOP / folder).rglob("*.py")))


def sample(number: int, seed: int, part: str) -> list[Mutant]:
    """Draw units at random, then a mistake in each: a long table counts as one function does."""
    found: list[list[Mutant]] = []
    for path in modules(MODULES):
        for unit in units(ast.parse((TOP / path).read_text(encoding="utf-8"))) if part in path else ():
            if count := len(list(mutations(unit))):
                found.append([Mutant(path, unit.name, place) for place in range(count)])
    random = Random(seed)
    drawn: list[Mutant] = []
    while found and len(drawn) < number:
        place = random.randrange(len(found))
        drawn.append(found[place].pop(random.randrange(len(found[place]))))
        if not found[place]:
            del found[place]
    return drawn


def impossible() -> list[str]:
    """Return the mistakes of EQUIVALENT that cannot be made any more, because the code is another one."""
    possible: set[str] = set()
    for path, name in {tuple(what.split("  ")[0].split(" ", 1)) for what in EQUIVALENT}:
        for unit in units(ast.parse((TOP / path).read_text(encoding="utf-8"))) if (TOP / path).exists() else ():
            if unit.name == name:
                possible.update(Mutant(path, name, place).what for place in range(len(list(mutations(unit)))))
    return sorted(EQUIVALENT.keys() - possible)


class Traced:
    """A plug-in of pytest that notes which functions of the house each test calls, and how long it takes.

    What was noted of a test that takes long is kept from an earlier run. A test that does not pass can find nothing.
    """

    def __init__(self, earlier: dict[str, tuple[float, list[str]]]) -> None:
        self.tests = {name: test for name, test in earlier.items() if test[0] > MAX_TRACED}
        self.without_result: set[str] = set()

    @property
    def useful(self) -> dict[str, tuple[float, list[str]]]:
        return {name: test for name, test in self.tests.items() if name not in self.without_result}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not report.passed:
            self.without_result.add(report.nodeid)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        self.tests = {item.nodeid: self.tests[item.nodeid] for item in items if item.nodeid in self.tests}
        items[:] = [item for item in items if item.nodeid not in self.tests]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        # The profiler of C notes what is called in a fraction of the time that a function for `sys.settrace` takes.
        profile = Profile(builtins=False)
        start = time.process_time()
        profile.enable()
        try:
            return (yield)
        finally:
            profile.disable()
            self.tests[item.nodeid] = (time.process_time() - start, sorted(units_called(profile)))


def traces() -> dict[str, tuple[float, list[str]]]:
    """Return what each test calls; trace those modules of tests that are newer than their trace."""
    tests: dict[str, tuple[float, list[str]]] = {}
    for name in TESTS:
        source, kept = TOP / "tests" / f"test_{name}.py", STATE / f"{name}.json"
        if not kept.exists() or kept.stat().st_mtime < source.stat().st_mtime:
            if (child := os.fork()) == 0:
                earlier = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
                traced = Traced(earlier)
                quiet([str(source)], traced)
                kept.write_text(json.dumps(traced.useful), encoding="utf-8")
                os._exit(0)
            os.waitpid(child, 0)
            print(f"traced {source.name}", flush=True)
        tests |= json.loads(kept.read_text(encoding="utf-8"))
    return tests


def called_at_import() -> set[str]:
    """Return what runs when modules are imported: what it has made stays as it is when its code is replaced."""
    kept = STATE / "import.txt"
    if (child := os.fork()) == 0:
        sys.path[:0] = [str(TOP / "linter"), str(TOP / "rules")]
        profile = Profile(builtins=False)
        profile.enable()
        for path in modules(MODULES):
            importlib.import_module(module_of(path)[0])
        profile.disable()
        kept.write_text("\n".join(sorted(units_called(profile))), encoding="utf-8")
        os._exit(0)
    os.waitpid(child, 0)
    return set(kept.read_text(encoding="utf-8").splitlines())


def units_called(profile: Profile) -> set[str]:
    """Return the functions of the house that were called while a profile was taken."""
    codes = [entry.code for entry in profile.getstats() if isinstance(entry.code, CodeType)]
    return {
        f"{Path(code.co_filename).relative_to(TOP).as_posix()}:{code.co_qualname.partition('.<locals>')[0]}"
        for code in codes
        if code.co_filename.startswith((f"{TOP}/linter", f"{TOP}/rules"))
    }


class Chosen:
    """A plug-in of pytest that runs some tests only, in their order, as long as there are seconds left."""

    def __init__(self, tests: list[str], seconds: int) -> None:
        self.order = {test: place for place, test in enumerate(tests)}
        self.seconds = seconds
        self.end = 0.0

    def pytest_collection_finish(self) -> None:
        # Collecting takes as long as many tests do, and finds nothing.
        self.end = time.process_time() + self.seconds

    def pytest_runtest_logfinish(self) -> None:
        if time.process_time() > self.end:
            pytest.exit("no seconds are left", returncode=0)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted((one for one in items if one.nodeid in self.order), key=lambda one: self.order[one.nodeid])


def quiet(paths: list[str], plugin: object, *options: str) -> tuple[int, str]:
    """Run tests without output; return the exit status and what pytest printed."""
    with redirect_stdout(io.StringIO()) as printed, redirect_stderr(printed):
        arguments = ["-p", "no:cacheprovider", "-p", "no:randomly", "--rootdir", str(TOP), "-k", SKIPPED, *options]
        status = pytest.main([*arguments, *paths], plugins=[plugin])
    return int(status), printed.getvalue()


def module_of(path: str) -> tuple[str, bool]:
    """Return the name of the module in a file, and whether it is a package."""
    inner = Path(path).relative_to("rules" if path.startswith("rules") else "linter").with_suffix("")
    is_package = inner.name == "__init__"
    return ".".join(inner.parent.parts if is_package else inner.parts), is_package


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Import one module from a tree in place of its file."""

    def __init__(self, path: str, tree: ast.Module) -> None:
        self.path, self.tree = str(TOP / path), tree
        self.name, self.package = module_of(path)

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if name != self.name:
            return None
        places = [str(Path(self.path).parent)] if self.package else None
        return importlib.util.spec_from_file_location(name, self.path, loader=self, submodule_search_locations=places)

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.tree, self.path, "exec"), vars(module))


class Mentions:
    """Who names what in the house: how a table or a class is used."""

    def __init__(self) -> None:
        self.where: dict[str, set[str]] = {}
        self._units: dict[str, Unit] = {}
        for path in modules(("rules", "linter")):
            for unit in units(ast.parse((TOP / path).read_text(encoding="utf-8"))):
                self._units[f"{path}:{unit.name}"] = unit
                for node in (node for outer in unit.nodes for node in ast.walk(outer)):
                    if (name := getattr(node, "id", None) or getattr(node, "attr", None)) is not None:
                        self.where.setdefault(name, set()).add(f"{path}:{unit.name}")

    def statement(self, unit: str) -> ast.stmt:
        """Return the statement that makes a unit."""
        path, _, name = unit.partition(":")
        return statement_of(ast.parse((TOP / path).read_text(encoding="utf-8")), name)

    def tables(self, unit: str) -> set[str]:
        """Return a unit, and the tables that are made of it."""
        return {unit} | {
            name
            for name in self.users(unit)
            if name in self._units and isinstance(self._units[name].nodes[0], ast.Assign | ast.AnnAssign)
        }

    def users(self, unit: str) -> set[str]:
        """Return the functions that name a unit, directly or through tables and what is cached."""
        found: set[str] = set()
        waiting = [unit]
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            found.add(name)
            if name in self._units and not self._units[name].called:
                waiting += self.where.get(name.rpartition(":")[2].rpartition(".")[2], ())
        return found


def tried(mutant: Mutant, tests: dict[str, tuple[float, list[str]]], mentions: Mentions) -> list[str]:
    """Return the tests for a mistake, the fastest first: those that call what was changed."""
    users = mentions.users(f"{mutant.path}:{mutant.unit}")
    if not any(not users.isdisjoint(called) for _, called in tests.values()):
        # New since the traces were made: what calls others of its module.
        users = {unit for _, called in tests.values() for unit in called if unit.startswith(f"{mutant.path}:")}
    return sorted((name for name, (_, called) in tests.items() if not users.isdisjoint(called)), key=lambda n: tests[n])


def naming(mutant: Mutant) -> set[str]:
    """Return the modules of tests that have the text in them which a mistake changes or leaves out."""
    _, mutation, _ = mutant.made()
    text = mutation.before.strip("'")
    if mutation.before != f"'{text}'" or not text:
        return set()
    return {f"tests/test_{name}.py" for name in TESTS if text in source_of(name)}


@cache
def source_of(name: str) -> str:
    """Return the text of a module of tests."""
    return (TOP / "tests" / f"test_{name}.py").read_text(encoding="utf-8")


def in_rounds(names: list[str], found: Counter[str], took: dict[str, float], named: set[str]) -> list[str]:
    """Return tests in the order in which they are tried: some cases of each test before the next ones of any, and
    first those of modules that name what is changed, and those that find most mistakes in the time that they take.
    """
    seen: Counter[str] = Counter()
    ranked: list[tuple[int, float, int, str]] = []
    for place, name in enumerate(names):
        test = function_of(name)
        about = NAMING / len(named) if name.partition("::")[0] in named else 0
        worth = (found[test] + UNTRIED + about) / (took[name] + OVERHEAD)
        ranked.append((seen[test] // ROUND, -worth, place, name))
        seen[test] += 1
    return [name for *_, name in sorted(ranked)]


def forked(work: Callable[[], str], seconds: int) -> str:
    """Return the result of some work in a process of its own, with limits; empty when that does not end well."""
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (seconds + MAX_RUN, seconds + MAX_RUN))
            resource.setrlimit(resource.RLIMIT_AS, (MAX_BYTES, MAX_BYTES))
            os.write(writing, work()[:1000].encode())
        finally:
            os._exit(0)  # nothing of the process that was forked goes on here
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        result = pipe.read()
    os.waitpid(child, 0)
    return result


def function_of(test: str) -> str:
    """Return the function of a test, without its parameters."""
    return test.removeprefix("killed by ").partition("[")[0]


def outcome(result: str) -> str:
    """Return what the tests find of a mistake."""
    status, _, failed = result.partition(" ")
    if status == "skipped":
        return "no such function"
    return "survived" if status in ("0", "5") else f"killed by {failed or 'time or memory'}"


def imported(mutant: Mutant | None, tests: list[str], seconds: int) -> str:
    """Run tests on a mistake, or on none, in a process that imports the changed module; return the status and what
    failed.
    """
    if mutant is not None:
        sys.meta_path.insert(0, Finder(mutant.path, mutant.made()[0]))
    files = list(dict.fromkeys(name.partition("::")[0] for name in tests))[:MAX_FILES]
    status, printed = quiet([str(TOP / name) for name in files], Chosen(tests, seconds), "-x")
    failed = next((line for line in printed.splitlines() if line.startswith(("FAILED", "ERROR"))), "")
    return f"{status} {failed}"


class Collected:
    """A plug-in of pytest that runs nothing itself: for each mistake it forks, replaces code, and runs some tests."""

    def __init__(
        self, mutants: list[tuple[Mutant, list[str]]], mentions: Mentions, options: argparse.Namespace
    ) -> None:
        self.mutants, self.mentions = mutants, mentions
        self.jobs: int = options.jobs
        self.seconds: int = options.seconds
        self.took: dict[str, float] = options.took
        self.at_import = called_at_import()
        self.found: Counter[str] = options.found

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        parts = [self.mutants[part :: self.jobs] for part in range(self.jobs)]
        for child in [started(lambda p=part: self._share(session, items, p)) for part in parts]:
            os.waitpid(child, 0)
        return True

    def _share(
        self, session: pytest.Session, items: dict[str, pytest.Item], mutants: list[tuple[Mutant, list[str]]]
    ) -> None:
        for mutant, tests in mutants:
            # What runs the command in another process meets no mistake that is made in this one.
            names = [name for name in tests if name in items and "iplint" not in items[name].fixturenames]
            names = in_rounds(names, self.found, self.took, naming(mutant))
            found = self._tried(session, mutant, [items[name] for name in names])
            is_made_before = f"{mutant.path}:{mutant.unit}" in self.at_import or not mutant.is_in_function
            if is_made_before and not found.startswith("killed"):
                quick_ones = [name for name in names if self.took[name] < MAX_TRACED]
                found = self._imported(mutant, quick_ones)
            self.found[function_of(found)] += 1
            note(mutant, found)

    def _imported(self, mutant: Mutant, names: list[str]) -> str:
        """Return what the tests find of a mistake that is imported. A test that fails must not fail without it."""
        for _ in range(MAX_DOUBTS):
            result = forked(lambda n=names: in_new_process(mutant, n, self.seconds), self.seconds)
            failed = result.partition(" FAILED ")[2].partition(" - ")[0]
            if failed not in names:
                return outcome(result)
            without = forked(lambda one=[failed]: in_new_process(None, one, self.seconds), self.seconds)
            if without.startswith("0"):
                return outcome(result)
            names = [name for name in names if name != failed]
        return "survived"

    def _tried(self, session: pytest.Session, mutant: Mutant, chosen: list[pytest.Item]) -> str:
        """Return what the tests find of a mistake. A test that fails has to fail alone, too, and not without it."""
        for _ in range(MAX_DOUBTS):
            found = forked(lambda c=chosen: self._run(session, mutant, c), self.seconds)
            failed = next((item for item in chosen if found == f"1 {item.nodeid}"), None)
            if not found and not mutant.is_in_function:
                return "survived"  # the table could not be made again, as may be without the mistake
            if failed is None:
                return outcome(found)
            alone = [failed]
            if (
                forked(lambda one=alone: self._run(session, mutant, one), self.seconds) == found
                and forked(lambda one=alone: self._run(session, mutant, one, is_made=False), self.seconds) == "0"
            ):
                return outcome(found)
            chosen = [item for item in chosen if item is not failed]
        return "survived"

    def _run(self, session: pytest.Session, mutant: Mutant, chosen: list[pytest.Item], *, is_made: bool = True) -> str:
        if not mutant.is_in_function:
            is_there = made_again(mutant, self.mentions, is_made=is_made)
        else:
            is_there = not is_made or replaced(mutant)
        if not is_there:
            return "skipped"
        gc.disable()
        end = time.process_time() + self.seconds
        for item, following in zip(chosen, [*chosen[1:], None], strict=True):
            if time.process_time() + self.took[item.nodeid] > end:
                continue  # it would not come to its end: that is no mistake that it finds
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.testsfailed:
                return f"1 {item.nodeid}"
        return "0"


def replaced(mutant: Mutant) -> bool:
    """Replace the code of a function wherever it is; return whether it is anywhere."""
    module = importlib.import_module(module_of(mutant.path)[0])
    codes = [compile(mutant.made()[0], str(TOP / mutant.path), "exec")]
    found: CodeType | None = None
    while codes and found is None:
        inner = [one for one in codes.pop().co_consts if isinstance(one, CodeType)]
        found = next((one for one in inner if one.co_qualname == mutant.unit), None)
        codes += inner
    if found is None:
        return False
    function = named(module, mutant.unit)
    if function is None:
        return False
    function.__code__ = found
    return True


def named(module: ModuleType, name: str) -> FunctionType | None:
    """Return a function of a module or of a class in it, without what decorates it."""
    found: object = module
    for part in name.split("."):
        found = vars(found).get(part)
    if isinstance(found, _lru_cache_wrapper):
        found.cache_clear()
    for attribute in ("fget", "__func__", "__wrapped__", "check"):
        found = getattr(found, attribute, found)
    return found if isinstance(found, FunctionType) else None


def made_again(mutant: Mutant, mentions: Mentions, *, is_made: bool) -> bool:
    """Run the statement of a mistake again, or as it is written, then those that depend on it; return whether it is
    one.
    """
    path = f"{mutant.path}:{mutant.unit}"
    if "." in mutant.unit or isinstance(mentions.statement(path), ast.ClassDef):
        return False
    made = {path: statement_of(mutant.made()[0], mutant.unit)} if is_made else {}
    for module in {unit.partition(":")[0] for unit in mentions.tables(path)}:
        importlib.import_module(module_of(module)[0])
    order = {name: place for place, name in enumerate(sys.modules)}
    tables = {unit: made.get(unit) or mentions.statement(unit) for unit in mentions.tables(path)}
    for unit, statement in sorted(
        tables.items(), key=lambda item: (order[module_of(item[0].partition(":")[0])[0]], item[1].lineno)
    ):
        file, _, name = unit.partition(":")
        module = sys.modules[module_of(file)[0]]
        before = vars(module).get(name)
        exec(compile(ast.Module([statement], []), str(TOP / file), "exec"), vars(module))
        for other in [
            one for one in sys.modules.values() if (getattr(one, "__file__", "") or "").startswith(f"{TOP}/")
        ]:
            if vars(other).get(name) is before:
                setattr(other, name, vars(module)[name])
    for kept in gc.get_objects():
        if isinstance(kept, _lru_cache_wrapper):
            kept.cache_clear()
    return True


def statement_of(tree: ast.Module, name: str) -> ast.stmt:
    """Return the statement of a module that makes a unit."""
    return next(
        node
        for node in tree.body
        if getattr(node, "name", None) == name
        or (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name)
        or (isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == name)
    )


def in_new_process(mutant: Mutant | None, tests: list[str], seconds: int) -> str:
    """Run tests on a mistake in a process that has nothing of the house; return the status and what failed."""
    # The tests of a table are too many for a command line.
    given = json.dumps([mutant, tests, seconds])
    command = [sys.executable, __file__, "--import"]
    done = subprocess.run(
        command, input=given, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False
    )
    return done.stdout.rpartition("\n")[2]


def note(mutant: Mutant, found: str) -> None:
    """Add a result to the file of results."""
    _, mutation, _ = mutant.made()
    row = {"mutant": mutant, "line": mutation.line, "outcome": found, "what": mutant.what}
    with RESULTS.open("a", encoding="utf-8") as results:
        results.write(json.dumps(row) + "\n")


def started(work: Callable[[], object]) -> int:
    """Begin some work in a process of its own; return its id."""
    if (child := os.fork()) == 0:
        work()
        os._exit(0)
    return child


def main() -> None:
    """Try the mistakes, print those that survive, and the share that was killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seconds", type=int, default=60, help="how long tests are tried on a mistake, in CPU time")
    parser.add_argument("--module", default="", help="only modules with this in their path")
    parser.add_argument("--survivors", action="store_true", help="try again what survived")
    parser.add_argument("--import", dest="imported", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.chdir(TOP)
    if options.imported:
        mutant, tests, seconds = json.load(sys.stdin)
        print(end=imported(Mutant(*mutant) if mutant is not None else None, tests, seconds))
        return
    STATE.mkdir(parents=True, exist_ok=True)
    tests, mentions = traces(), Mentions()
    options.took = {name: seconds for name, (seconds, _) in tests.items()}
    rows = [json.loads(line) for line in RESULTS.read_text(encoding="utf-8").splitlines()] if RESULTS.exists() else []
    options.found = Counter(function_of(row["outcome"]) for row in rows)
    if options.survivors:
        drawn = [Mutant(*row["mutant"]) for row in rows if not row["outcome"].startswith("killed")]
    else:
        drawn = sample(options.number, options.seed, options.module)
    for what in impossible():
        print(f"not possible any more: {what}")
    named = {what.partition("  ")[0] for what in EQUIVALENT}
    equivalent = [one for one in drawn if f"{one.path} {one.unit}" in named and one.what in EQUIVALENT]
    chosen = [(mutant, tried(mutant, tests, mentions)) for mutant in drawn if mutant not in equivalent]
    RESULTS.write_text("", encoding="utf-8")
    for mutant, _ in (one for one in chosen if not one[1]):
        note(mutant, "no test")
    used = [one for one in chosen if one[1]]
    files = sorted({str(TOP / name.partition("::")[0]) for _, names in used for name in names})
    quiet(files, Collected(used, mentions, options))
    rows = [json.loads(line) for line in RESULTS.read_text(encoding="utf-8").splitlines()]
    for row in rows:
        if not row["outcome"].startswith("killed"):
            print(f"{row['outcome']}  {row['what']} (line {row['line']})")
    killed = sum(row["outcome"].startswith("killed") for row in rows)
    print(f"{killed} of {len(rows)} killed ({killed / max(len(rows), 1):.1%}); {len(equivalent)} more change nothing")


if __name__ == "__main__":
    main()

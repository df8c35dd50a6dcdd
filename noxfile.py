"""The chores of a contributor, as `nox` sessions. They run in the environment that nox is installed in.

`nox` lists nothing and runs `fast`; `nox --list` shows all; `nox -s bench -- startup` runs one benchmark.
"""

from __future__ import annotations

import sys

import nox

nox.options.sessions = ["fast"]
nox.options.default_venv_backend = "none"

# The tests of what everything else rests on: readers, values, model, rules and the text report.
FAST = (
    "test_yaml.py",
    "test_hcl.py",
    "test_cloudformation.py",
    "test_policy.py",
    "test_keys.py",
    "test_model.py",
    "test_rules.py",
    "test_selection.py",
    "test_config.py",
    "test_report_text.py",
    "test_report_json.py",
)
# Tests of time and memory, which take long.
SLOW = "not grows and not too_many_values and not come_to_an_end"
BENCHMARKS = ("startup", "growth", "trees", "readers", "cache", "attacks")


@nox.session
def fast(session: nox.Session) -> None:
    """Run the tests that fail first: under a minute on two cores."""
    tests = (f"tests/{name}" for name in FAST)
    session.run(sys.executable, "-m", "pytest", "-n", "auto", "-k", SLOW, *tests, *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check format and style."""
    session.run("ruff", "format", "--check")
    session.run("ruff", "check")


@nox.session
def types(session: nox.Session) -> None:
    """Check types with both checkers."""
    session.run("mypy")
    session.run("pyright")


@nox.session
def test(session: nox.Session) -> None:
    """Run all tests."""
    session.run(sys.executable, "-m", "pytest", "-n", "auto", "--dist", "loadgroup", *session.posargs)


@nox.session
def mutants(session: nox.Session) -> None:
    """Make small mistakes in rules, model and tables, and list those that no test finds."""
    session.run(sys.executable, "tests/mutants/run.py", *session.posargs)


@nox.session
def reports(session: nox.Session) -> None:
    """Write tests/reports/ anew: what the rules say of their fixtures. Read the difference."""
    session.run(sys.executable, "tests/fixture_reports.py", *session.posargs)


@nox.session(name="new-rule")
def new_rule(session: nox.Session) -> None:
    """Start a rule: `nox -s new-rule -- NAME [GROUP]` writes its module and fixtures for both languages."""
    session.run(sys.executable, "docs/new_rule.py", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Write the generated pages anew."""
    session.run(sys.executable, "docs/generate.py")


@nox.session
def site(session: nox.Session) -> None:
    """Build the documentation site into build/site (needs the extra `docs`, and npm); `-- serve` shows it meanwhile."""
    session.run("npm", "ci", "--prefix", "site", external=True)
    session.run(sys.executable, "-m", "mkdocs", *(session.posargs or ("build",)))


@nox.session
def bench(session: nox.Session) -> None:
    """Run the benchmarks that are named, or all that need no other tool."""
    for name in session.posargs or BENCHMARKS:
        session.run(sys.executable, f"benchmarks/{name}.py")

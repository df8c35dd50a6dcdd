"""Rules of the user's own: load them from the sources on the command line, and describe their errors."""

from __future__ import annotations

import os
import sys

from iplint.judging.selection import SelectionError
from iplint.rule import Rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    AnyRule = Rule[object]

ENTRY_POINTS = "iplint.rules"
MAX_MESSAGE = 300


def loaded(sources: Sequence[str], working: str, known: Sequence[AnyRule]) -> list[AnyRule]:
    """Return the built-in rules and those of `sources`, by name.

    A source is the name of an entry point of the group `iplint.rules` that an installed package declares for a module,
    or else a directory with rule modules; `./NAME` is always a directory. Raises SelectionError for a source that
    cannot be loaded or a name that exists twice.
    """
    found = {rule.name: rule for rule in known}
    for source in sources:
        # An entry point comes first: what is checked may bring a directory of its name.
        modules = _from_entry_point(source)
        if modules is None:
            directory = os.path.normpath(os.path.join(working, source))
            if not os.path.isdir(directory):
                message = "there is no such directory, and no installed package has such an entry point"
                raise SelectionError(f"--rules {source}: {message} in the group {ENTRY_POINTS}")
            modules = _from_directory(directory, source)
        rules = [(rule, module) for module in modules for rule in _rules_in(module)]
        if not rules:
            raise SelectionError(f"--rules {source}: no module there makes a rule with the decorator iplint.rule.rule")
        for rule, module in rules:
            if found.setdefault(rule.name, rule) is not rule:
                raise SelectionError(f"--rules {source}: there already is a rule {rule.name}; give it another name")
            if rule not in known:
                rule.origin = module.__file__
    return [found[name] for name in sorted(found)]


def _rules_in(module: ModuleType) -> list[AnyRule]:
    members: list[object] = list(vars(module).values())
    return [member for member in members if isinstance(member, Rule)]


def _from_directory(directory: str, source: str) -> list[ModuleType]:
    from importlib.util import module_from_spec, spec_from_file_location

    modules: list[ModuleType] = []
    for name in sorted(os.listdir(directory)):
        if not name.endswith(".py") or name.startswith(("_", "test_")):
            continue
        path = os.path.join(directory, name)
        spec = spec_from_file_location(f"iplint_own_rules.{name[:-3]}", path)
        if spec is None or spec.loader is None:
            raise SelectionError(f"--rules {source}: {name} is not a Python module")
        module = module_from_spec(spec)
        writes_nothing, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # beside the rules, perhaps by a link
        try:
            spec.loader.exec_module(module)
        except Exception as error:  # any error of a module must reach its author, and nothing else may be lost
            raise SelectionError(f"--rules {source}: {name} cannot be loaded: {described(error, path)}") from error
        finally:
            sys.dont_write_bytecode = writes_nothing
        modules.append(module)
    return modules


def _from_entry_point(source: str) -> list[ModuleType] | None:
    """Return the modules that installed packages declare under a name; None where none does."""
    from importlib.metadata import entry_points
    from types import ModuleType

    points = entry_points(group=ENTRY_POINTS, name=source)
    if not points:
        return None
    modules: list[ModuleType] = []
    for point in points:
        try:
            module: object = point.load()
        except Exception as error:  # as above
            raise SelectionError(
                f"--rules {source}: {point.value} cannot be loaded: {type(error).__name__}: {error}"
            ) from error
        if not isinstance(module, ModuleType):
            raise SelectionError(f"--rules {source}: the entry point must name a module, not {point.value}")
        modules.append(module)
    return modules


def described(error: Exception, origin: str) -> str:
    """Return the error of a custom rule with its traceback, in one line: the lines in the directory of its file."""
    directory = os.path.join(os.path.dirname(os.path.realpath(origin)), "")
    places: list[str] = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if os.path.realpath(code.co_filename).startswith(directory):
            what = "" if code.co_name == "<module>" else f" in {code.co_name}"
            places.append(f"{os.path.relpath(code.co_filename)} line {trace.tb_lineno}{what}")
        trace = trace.tb_next
    message = " ".join(str(error).split())[:MAX_MESSAGE]
    # A syntax error says in its message where it is.
    where = "" if isinstance(error, SyntaxError) or not places else f" ({', '.join(places)})"
    return f"{type(error).__name__}: {message}{where}"

"""Select the rules: by name or group, and from the sources on the command line."""

from __future__ import annotations

import os
import re
import sys

from iplint.rule import GROUPS, Rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import ModuleType

    AnyRule = Rule[object]

ALL, DEFAULT = "all", "default"
ENTRY_POINTS = "iplint.rules"
# How settings select findings by what their resources belong to, in place of a path.
SCOPED = ("address:", "tag:", "account:")


class SelectionError(Exception):
    """Rules that do not exist or cannot be loaded; the message says which, and what to do."""


def chosen(rules: Sequence[AnyRule], selected: Sequence[str], ignored: Sequence[str]) -> list[AnyRule]:
    """Return the rules to run: those `selected`, else the default ones, without those `ignored`.

    Both hold names of rules, names of groups, `all` and `default`. Raises SelectionError for any other name.
    """
    wanted = meant(rules, selected or (DEFAULT,)) - meant(rules, ignored)
    if not wanted:
        raise SelectionError("no rule is left: select more or ignore less")
    return [rule for rule in rules if rule.name in wanted]


def meant(rules: Sequence[AnyRule], names: Iterable[str]) -> set[str]:
    """Return the rules for some names of rules and groups, by name. Raises SelectionError for any other name."""
    found: set[str] = set()
    for name in names:
        if name == ALL:
            found.update(rule.name for rule in rules)
        elif name == DEFAULT:
            found.update(rule.name for rule in rules if not rule.optional)
        elif name in GROUPS:
            found.update(rule.name for rule in rules if rule.group == name)
        else:
            found.add(named(rules, name, (*GROUPS, ALL, DEFAULT)).name)
    return found


def selector(rules: Sequence[AnyRule], text: str, names: Iterable[str]) -> str:
    """Return what selects findings in a setting, if it and the names of rules are understood. Raises SelectionError."""
    meant(rules, names)
    kind, colon, pattern = text.partition(":")
    if colon and f"{kind}:" not in SCOPED and re.fullmatch(r"[a-z]{2,}", kind):
        raise SelectionError(
            f"{text}: findings are selected by a path, or by {', '.join(SCOPED)} (in a path, ? stands for :)"
        )
    if kind == "tag" and colon and "=" not in pattern:
        raise SelectionError(f"{text}: write it as tag:NAME=VALUE, where * stands for any value")
    return text


def named(rules: Sequence[AnyRule], name: str, others: Sequence[str] = ()) -> AnyRule:
    """Return the rule with this name. Raises SelectionError with the nearest name when there is none, `others`
    included.
    """
    for rule in rules:
        if rule.name == name:
            return rule
    from difflib import get_close_matches

    near = get_close_matches(name, [*(rule.name for rule in rules), *others], 1)
    hint = f"; did you mean {near[0]}?" if near else "; `iplint rules` lists them"
    raise SelectionError(f"there is no rule {'or group ' if others else ''}{name}{hint}")


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
        members: list[object] = [member for module in modules for member in vars(module).values()]
        rules: list[AnyRule] = [member for member in members if isinstance(member, Rule)]
        if not rules:
            raise SelectionError(f"--rules {source}: no module there makes a rule with the decorator iplint.rule.rule")
        for rule in rules:
            if found.setdefault(rule.name, rule) is not rule:
                raise SelectionError(f"--rules {source}: there already is a rule {rule.name}; give it another name")
    return [found[name] for name in sorted(found)]


def _from_directory(directory: str, source: str) -> list[ModuleType]:
    from importlib.util import module_from_spec, spec_from_file_location

    modules: list[ModuleType] = []
    for name in sorted(os.listdir(directory)):
        if not name.endswith(".py") or name.startswith(("_", "test_")):
            continue
        spec = spec_from_file_location(f"iplint_own_rules.{name[:-3]}", os.path.join(directory, name))
        if spec is None or spec.loader is None:
            raise SelectionError(f"--rules {source}: {name} is no Python module")
        module = module_from_spec(spec)
        writes_nothing, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # beside the rules, perhaps by a link
        try:
            spec.loader.exec_module(module)
        except Exception as error:  # any error of a module must reach its author, and nothing else may be lost
            raise SelectionError(f"--rules {source}: {name} cannot be loaded: {_describe_error(error)}") from error
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
                f"--rules {source}: {point.value} cannot be loaded: {_describe_error(error)}"
            ) from error
        if not isinstance(module, ModuleType):
            raise SelectionError(f"--rules {source}: the entry point must name a module, not {point.value}")
        modules.append(module)
    return modules


def _describe_error(error: Exception) -> str:
    """Describe an error in a module, with its line."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    line = error.lineno if isinstance(error, SyntaxError) else trace.tb_lineno if trace is not None else None
    return f"{type(error).__name__}: {error}" + (
        f" (line {line})" if line and not isinstance(error, SyntaxError) else ""
    )

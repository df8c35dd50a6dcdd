"""The rules of iplint: one module each, the file's name being the rule's with `_` for `-`."""

from __future__ import annotations

import os
from importlib import import_module

from iplint.rule import Rule


def all_rules() -> list[Rule[object]]:
    """Return every rule, in the order of their names."""
    # pkgutil would find the same, and load inspect and typing on the way.
    names = sorted(name for name in os.listdir(os.path.dirname(__file__)) if name.endswith(".py"))
    modules = (import_module(f"{__name__}.{name[:-3]}") for name in names if not name.startswith("_"))
    checks: list[object] = [module.check for module in modules]
    return [check for check in checks if isinstance(check, Rule)]

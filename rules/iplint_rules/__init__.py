"""The rules of iplint: one module each, the file's name being the rule's with `_` for `-`."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from iplint.rule import Rule


def all_rules() -> list[Rule[object]]:
    """Every rule, in the order of their names."""
    modules = (import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    rules: list[Rule[object]] = [module.check for module in modules if isinstance(module.check, Rule)]
    return sorted(rules, key=lambda rule: rule.name)

"""The command line's choice of a cache."""

from __future__ import annotations

import os
import sys

from iplint.cli.arguments import trees
from iplint.writing import is_linked

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from iplint.cache import Cache
    from iplint.discovery.options import Options
    from iplint.discovery.project import Project
    from iplint.model import Account
    from iplint.rule import Rule

# With fewer files, looking for what was found before costs more than it saves.
MIN_FILES = 50


def add_cache(parser: argparse.ArgumentParser) -> None:
    """Add the option that disables the cache."""
    parser.add_argument_group("cache").add_argument(
        "--no-cache", action="store_true", help="do not read or write the cache"
    )


def opened(
    options: argparse.Namespace,
    project: Project,
    working: str,
    asked: Options,
    rules: Sequence[Rule[object]],
    account: Account | None,
) -> Cache | None:
    """Return the cache of a run; None where it is disabled, not worthwhile, or unsafe.

    Custom rules may depend on anything, and fixes need more than what is kept.
    """
    is_usual = not (options.rules or getattr(options, "fix", False) or getattr(options, "diff", False))
    if getattr(options, "no_cache", True) or not is_usual or project.files.found < MIN_FILES:
        return None
    if not os.path.isfile(__file__):
        return None  # in an archive, the code of one run cannot be distinguished from that of another
    try:
        from iplint.cache import Cache, directory_for
    except ImportError:
        return None  # this Python has no SQLite
    directory = directory_for(os.environ, sys.platform, os.path.expanduser("~"))
    if directory is None or not project.is_plain:
        return None
    if project.holds(directory) or is_linked(os.path.join(directory, os.curdir), trees(options.paths or ["."])):
        # What lies in what is checked may come with the change that is checked.
        if getattr(options, "verbose", False):
            from iplint.cli.output import say

            say(f"nothing is kept in {directory}: it lies in what is checked")
        return None
    cache = Cache(directory, dependencies(working, asked, rules, account))
    project.remember(cache.known)
    return cache


def dependencies(working: str, asked: Options, rules: Sequence[Rule[object]], account: Account | None) -> list[object]:
    """Return what the results of roots depend on beside their files, as values that JSON can hold."""
    return [
        [rule.name for rule in rules],
        [account.http_tokens, list(account.profiles), list(account.roles)] if account is not None else None,
        sorted(asked.parameters.items()),
        sorted(asked.variables.items()),
        [os.path.relpath(path, working) for path in asked.var_files],
        sorted(asked.environment.items()),
        list(asked.excluded),
        asked.workspace,
        [[pattern, os.path.relpath(path, working)] for pattern, path in asked.module_sources.pairs]
        if asked.module_sources is not None
        else [],
    ]

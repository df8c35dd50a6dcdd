"""The commands by their names."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.cli.command import Command

COMMANDS = {
    "check": "check CloudFormation templates, Terraform configurations and Packer templates",
    "audit": "check an account as it is, from what the AWS CLI saved of it",
    "snapshot": "save what iplint audit reads of accounts, by read-only calls (needs iplint[aws])",
    "fleet": "check many repositories, on this machine or a Dask cluster (needs iplint[fleet])",
    "init": "set up a repository: configuration, pre-commit hook, pipeline",
    "baseline": "record current findings, so that checks report only new ones",
    "prove": "print the proof of each launch: its evidence, or what is open",
    "inventory": "list every launch with its profile, role, trust and policies",
    "graph": "draw the launches with their profiles, roles and policies",
    "rules": "list the rules",
    "explain": "explain a rule",
    "migrate": "convert suppressions for other scanners to ignores of iplint",
    "compare": "set the results of other scanners beside those of iplint",
    "config": "show every setting, its value and its source",
    "lsp": "serve an editor by the Language Server Protocol (needs iplint[lsp])",
    "completion": "print a completion script for a shell",
}


def command(name: str) -> Command:
    """Return the command with a name, whose module is loaded now."""
    found: Command = import_module(f"iplint.cli.{name}").COMMAND
    return found

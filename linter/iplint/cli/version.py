"""The versions of iplint and its policy table, of Python, and of the packages that read templates."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from iplint import __version__
from iplint.aws import managed_policies

PACKAGES = ("PyYAML", "cfn-lint", "aws-sam-translator", "python-hcl2", "ruamel.yaml", "jsonschema")


def versions() -> str:
    """Return one line for iplint, one for Python and packages (also missing ones), and one for the policies."""
    packages = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    python = f"{platform.python_implementation()} {platform.python_version()}"
    policies = f"AWS managed policies as of {managed_policies.date()}"
    return f"iplint {__version__}\n{python}, {packages}\n{policies}"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"

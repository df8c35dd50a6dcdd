"""The versions that matter: of iplint, of Python, and of the packages that read templates."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from iplint import __version__

PACKAGES = ("PyYAML", "cfn-lint", "aws-sam-translator", "python-hcl2", "ruamel.yaml", "jsonschema")


def versions() -> str:
    """Return one line for iplint, one for what it is on; a package that is not installed is said to be."""
    packages = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    return f"iplint {__version__}\n{platform.python_implementation()} {platform.python_version()}, {packages}"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
